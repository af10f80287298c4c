/* Paper: page one is the map with the legend of what is on, the pages after it are read. */
urbangeo.part("paper", function (page) {
  "use strict";
  var map = page.map, words = page.words, body = page.body, box = page.box, report = page.report, scroll = page.scroll, el = page.el;

  var paper = window.matchMedia ? window.matchMedia("print") : { matches: false };
  // How the screen was, while the map is on paper.
  var screen = null;
  function frame(view, bounds) {
    page.moving = true;
    map.invalidateSize({ animate: false });
    if (view) { page.show(view); } else { map.fitBounds(bounds, { animate: false }); }
    page.moving = false;
    page.refresh();
  }
  function toPaper() {
    page.finish();
    if (screen) { return; }
    screen = { view: page.state.view, bounds: map.getBounds(), centre: map.getCenter(), zoom: map.getZoom(), open: page.sources && page.sources.open, moved: [], away: [] };
    body.classList.add("ug-print");
    page.reports.forEach(function (node) {
      var mark = document.createComment("");
      scroll.insertBefore(mark, node);
      screen.away.push([node, mark]);
      report.appendChild(node);
    });
    if (page.sources) { page.sources.open = true; }
    [].forEach.call(scroll.querySelectorAll(".ug-group"), function (node) {
      node.classList.toggle("ug-off", !node.querySelector(".ug-layer:not(.ug-off):not(.ug-bare)"));
    });
    // What does not fit beside the map goes on with the legend on the next page.
    var groups = [].slice.call(scroll.querySelectorAll(".ug-group:not(.ug-off)")), next = null;
    while (scroll.scrollHeight > scroll.clientHeight + 1 && groups.length > 1) {
      if (!next) {
        next = el("section", "ug-section ug-rest", null);
        el("h2", "", words.legend_more, next);
        report.insertBefore(next, report.firstChild);
      }
      var last = groups.pop();
      screen.moved.unshift([last, last.nextSibling]);
      next.insertBefore(last, next.children[1] || null);
    }
    screen.next = next;
    frame(page.state.view, screen.bounds);
  }
  function toScreen() {
    if (!screen || paper.matches) { return; }
    var was = screen;
    was.moved.slice().reverse().forEach(function (pair) { scroll.insertBefore(pair[0], pair[1]); });
    if (was.next) { was.next.remove(); }
    was.away.forEach(function (pair) { scroll.replaceChild(pair[0], pair[1]); });
    if (page.sources) { page.sources.open = was.open; }
    body.classList.remove("ug-print");
    page.moving = true;
    map.invalidateSize({ animate: false });
    map.setView(was.centre, was.zoom, { animate: false });
    page.moving = false;
    page.size = box.clientWidth + "x" + box.clientHeight;
    screen = null;
    page.refresh();
  }
  window.addEventListener("beforeprint", toPaper);
  window.addEventListener("afterprint", toScreen);
  if (paper.addEventListener) { paper.addEventListener("change", function () { if (paper.matches) { toPaper(); } else { toScreen(); } }); }

  page.onPaper = function () { return screen !== null; };
  // A page opened as paper: after all that the opening itself puts off.
  if (paper.matches) { page.later(function () { page.later(toPaper); }); }
});
