/* The map opens: layers as the address says, one after the other, then names. */
urbangeo.part("start", function (page) {
  "use strict";
  var map = page.map, box = page.box;

  var ready = false;
  map.on("dragend", function () { page.state.view = null; page.remember(); });
  map.on("zoomend", function () { if (!page.moving && ready) { page.state.view = null; page.remember(); } });
  map.on("moveend zoomend resize", page.placeLabels);
  window.addEventListener("hashchange", page.restore);

  // What waits until every part is there.
  page.begin.forEach(function (work) { work(); });
  // A live circle begins with what the address says of it, not before.
  page.askedLayers(page.asked().on).filter(function (layer) { return layer.kind !== "live"; }).forEach(function (layer) {
    page.later(function () { page.toggle(layer.id, true); });
  });
  page.later(function () {
    page.restore();
    ready = true;
    watchSize();
  });
  page.later(function () {
    page.opened = true;
    page.placeLabels();
    // With the next frame all has been drawn; a page that is not looked at has no frames.
    if (document.hidden) { told(); } else { window.requestAnimationFrame(told); }
  });
  function told() { document.documentElement.setAttribute("data-urbangeo", "ready"); }
  // The size the view was made for; if the frame has another by now, that is seen before the next is painted.
  function watchSize() {
    var first = map.getSize();
    page.size = first.x + "x" + first.y;
    if (!window.ResizeObserver) { return; }
    new ResizeObserver(function () {
      var now = box.clientWidth + "x" + box.clientHeight;
      if (now === page.size || page.onPaper()) { return; }
      page.size = now;
      map.invalidateSize({ animate: false });
      if (page.state.view) { page.show(page.state.view); }
    }).observe(box);
  }
});
