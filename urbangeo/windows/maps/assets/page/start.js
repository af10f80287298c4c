/* The map opens: layers as the address says in the first frame, names in the next, when the pointer is answered already. */
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
  page.restore();
  ready = true;
  // The size the first view was made for; if the frame has another by now, that is seen before anything is painted.
  var first = map.getSize();
  page.size = first.x + "x" + first.y;
  if (window.ResizeObserver) {
    new ResizeObserver(function () {
      var now = box.clientWidth + "x" + box.clientHeight;
      if (now === page.size || page.onPaper()) { return; }
      page.size = now;
      map.invalidateSize({ animate: false });
      if (page.state.view) { page.show(page.state.view); }
    }).observe(box);
  }
  function open() {
    if (page.opened) { return; }
    page.opened = true;
    page.placeLabels();
    // With the next frame the names have been drawn.
    if (document.hidden) { told(); } else { window.requestAnimationFrame(told); }
  }
  function told() { document.documentElement.setAttribute("data-urbangeo", "ready"); }
  // A page that is not looked at has no frames. Else the first frame is painted before names are measured.
  if (document.hidden) { open(); } else { window.requestAnimationFrame(function () { window.setTimeout(open, 0); }); }
  window.addEventListener("beforeprint", open);
});
