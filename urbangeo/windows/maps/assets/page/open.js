/* The meeting map. All text comes from one JSON block and is set as text, never as markup. The page is made of parts;
   each takes what it needs from `page` and adds what others may use. The counties are made and painted at once; what
   comes after `page.pause` is made in short breaths, so that the pointer is answered in between. */
var urbangeo = (function () {
  "use strict";

  var BREATH_MS = 12;
  // By then the rest goes on even where nothing is painted, as in a frame of a notebook that is out of sight.
  var PATIENCE_MS = 400;
  // Who acts finds everything in its place.
  var ACTS = ["pointerdown", "mousedown", "touchstart", "wheel", "keydown", "beforeprint", "visibilitychange"];
  // Frames and the pointer come first, as far as the browser can tell.
  function rested(work) {
    if (window.requestIdleCallback) { window.requestIdleCallback(work, { timeout: PATIENCE_MS }); } else { window.setTimeout(work, 0); }
  }
  var parts = [];
  return {
    part: function (name, make) { parts.push(make); },
    open: function (map, dataId) {
      var atlas = JSON.parse(document.getElementById(dataId).textContent);
      var page = { map: map, id: dataId, atlas: atlas, words: atlas.words, body: document.body, begin: [] };
      var rest = parts.slice(), pausing = false, begun = false;
      function next() { rest.shift()(page); }
      function finish() {
        begun = true;
        while (rest.length) { next(); }
        ACTS.forEach(function (kind) { window.removeEventListener(kind, finish, true); });
      }
      function breathe() {
        var until = performance.now() + BREATH_MS;
        while (rest.length && performance.now() < until) { next(); }
        if (rest.length) { rested(breathe); } else { finish(); }
      }
      function goOn() {
        if (begun) { return; }
        begun = true;
        breathe();
      }
      page.later = function (work) { rest.push(work); };
      page.finish = finish;
      page.pause = function () { pausing = !document.hidden; };
      while (rest.length && !pausing) { next(); }
      ACTS.forEach(function (kind) { window.addEventListener(kind, finish, true); });
      window.requestAnimationFrame(function () { rested(goOn); });
      window.setTimeout(goOn, PATIENCE_MS);
      return page;
    }
  };
}());
