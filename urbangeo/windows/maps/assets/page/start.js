/* The map opens: as the address says, as wide as the window is. */
urbangeo.part("start", function (page) {
  "use strict";
  var map = page.map, body = page.body, box = page.box;

  var ready = false;
  map.on("dragend", function () { page.state.view = null; page.remember(); });
  map.on("zoomend", function () { if (!page.moving && ready) { page.state.view = null; page.remember(); } });
  map.on("moveend zoomend resize", page.placeLabels);
  window.addEventListener("hashchange", page.restore);

  if (window.innerWidth <= 640) { body.classList.add("ug-folded"); }
  // What waits until every part is there.
  page.begin.forEach(function (work) { work(); });
  map.invalidateSize({ animate: false });
  page.restore();
  ready = true;
  page.size = box.clientWidth + "x" + box.clientHeight;
  if (window.ResizeObserver) {
    new ResizeObserver(function () {
      var now = box.clientWidth + "x" + box.clientHeight;
      if (now === page.size || page.onPaper()) { return; }
      page.size = now;
      map.invalidateSize({ animate: false });
      if (page.state.view) { page.show(page.state.view); }
    }).observe(box);
  }
  document.documentElement.setAttribute("data-urbangeo", "ready");
});
