/* SVG of packed lines: the path of a shape is written at once with the pen the canvas has, thinned to what the zoom can
   show, so that a page opens without a point object for every vertex. */
urbangeo.part("vector", function (page) {
  "use strict";
  var map = page.map;
  // Paper is printed far finer than a screen shows.
  var PAPER_RATIO = 8, SCREEN_RATIO = 2;

  // Takes what a canvas would and writes the text of a path, to a tenth of a pixel. Whole numbers become text many times
  // sooner than fractions.
  var TENTHS = ["", ".1", ".2", ".3", ".4", ".5", ".6", ".7", ".8", ".9"];
  function decimal(tenths) {
    if (tenths < 0) { return "-" + decimal(-tenths); }
    var whole = Math.floor(tenths / 10);
    return whole + TENTHS[tenths - 10 * whole];
  }
  function recorder() {
    var text = "", lastX = NaN, lastY = NaN;
    function add(letter, x, y) {
      x = Math.round(10 * x);
      y = Math.round(10 * y);
      if (letter === "L" && x === lastX && y === lastY) { return; }
      lastX = x;
      lastY = y;
      text += letter + decimal(x) + " " + decimal(y);
    }
    return {
      moveTo: function (x, y) { add("M", x, y); },
      lineTo: function (x, y) { add("L", x, y); },
      closePath: function () { text += "Z"; },
      text: function () { return text || "M0 0"; }
    };
  }

  // What is drawn by `draw(pen)`; options are those of Leaflet's paths. A view that has not changed is not drawn again.
  var Shape = L.Path.extend({
    initialize: function (draw, options) {
      this._draw = draw;
      L.setOptions(this, options);
    },
    _project: function () { return this; },
    _updateBounds: function () { return this; },
    _reset: function () { this._update(); },
    _update: function () {
      var renderer = this._renderer;
      if (!this._map || !renderer._bounds) { return; }
      var paper = page.onPaper && page.onPaper(), origin = map.getPixelOrigin(), box = renderer._bounds;
      renderer.ratio = paper ? PAPER_RATIO : Math.min(SCREEN_RATIO, Math.max(1, window.devicePixelRatio || 1));
      var view = [map.getZoom(), origin.x, origin.y, box.min.x, box.min.y, box.max.x, box.max.y, renderer.ratio].join(" ");
      if (this._view === view) { return; }
      this._view = view;
      var text = recorder();
      this._draw(page.penOf(renderer, text));
      renderer._setPath(this, text.text());
    },
    onRemove: function () {
      this._view = null;
      L.Path.prototype.onRemove.call(this);
    }
  });

  page.Shape = Shape;
  // The draw function of whole packed lines, each a ring or a line.
  page.drawLines = function (lines, closed) {
    return function (pen) {
      for (var line = 0; line < lines.count; line += 1) {
        if (pen.isSeen(lines.boxes, 4 * line)) { pen.trace(lines, [line], closed); }
      }
    };
  };
  page.drawChains = function (chains) {
    return function (pen) { chains.forEach(function (chain) { pen.trace(page.packed, chain, false); }); };
  };
});
