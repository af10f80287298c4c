/* Canvas: what is in sight is drawn at once, thinned to what the zoom can show. Rings and lines are lists of packed
   lines, so that a border two counties share is thinned once and never opens. */
urbangeo.part("large_canvas", function (page) {
  "use strict";
  var map = page.map;

  var COARSEST_ZOOM = 3, FINEST_LEVEL = 7;
  var PAPER_RATIO = 3, SCREEN_RATIO = 2;
  // Rings smaller than this many pixels are left out.
  var SPECK = 0.7;

  // As Leaflet's own, but as fine as the screen, and finer for paper. It draws once a frame, however often the view is
  // set before; paper waits for no frame.
  var Renderer = L.Canvas.extend({
    _update: function () {
      if (this._map._animatingZoom && this._bounds) { return; }
      L.Renderer.prototype._update.call(this);
      var size = this._bounds.getSize(), node = this._container;
      this.ratio = page.onPaper && page.onPaper() ? PAPER_RATIO : Math.min(SCREEN_RATIO, Math.max(1, window.devicePixelRatio || 1));
      L.DomUtil.setPosition(node, this._bounds.min);
      node.width = Math.round(size.x * this.ratio);
      node.height = Math.round(size.y * this.ratio);
      node.style.width = size.x + "px";
      node.style.height = size.y + "px";
      this._ctx.scale(this.ratio, this.ratio);
      this._ctx.translate(-this._bounds.min.x, -this._bounds.min.y);
      this.fire("update");
    },
    // Leaflet lets a move pass that comes too soon after another; the last one counts, or the pointer would rest on a
    // county that is not named.
    _handleMouseHover: function (event, point) {
      this._late = this._mouseHoverThrottled ? [event, point] : null;
      if (!this._late) {
        L.Canvas.prototype._handleMouseHover.call(this, event, point);
      } else if (!this._waiting) {
        var self = this;
        this._waiting = window.setTimeout(function () {
          self._waiting = null;
          if (self._late && self._map) { self._handleMouseHover.apply(self, self._late); }
        }, 40);
      }
    },
    _handleMouseOut: function (event) {
      this._late = null;
      L.Canvas.prototype._handleMouseOut.call(this, event);
    },
    _updatePaths: function () {
      if (page.onPaper && page.onPaper()) { this._redraw(); } else if (this._map) { this._redrawRequest = this._redrawRequest || L.Util.requestAnimFrame(this._redraw, this); }
    }
  });

  // A pen that knows the view: where the lines fall on the canvas, how fine they must be, what is out of sight.
  function penOf(renderer, writer) {
    var zoom = map.getZoom(), factor = map.options.crs.scale(zoom), origin = map.getPixelOrigin(), bounds = renderer._bounds, ctx = writer || renderer._ctx;
    var left = bounds.min.x - 12, top = bounds.min.y - 12, right = bounds.max.x + 12, bottom = bounds.max.y + 12;
    var level = Math.ceil(zoom + Math.log(renderer.ratio) / Math.LN2 - 0.5) - COARSEST_ZOOM, all = level >= FINEST_LEVEL;
    function side(x, y) { return (x < left ? 1 : x > right ? 2 : 0) | (y < top ? 4 : y > bottom ? 8 : 0); }
    // Points that lie on the same outer side as the last one drawn are skipped: their line cannot come into sight.
    var common = 0, waiting = false, lastX = 0, lastY = 0;
    function put(x, y) {
      var here = side(x, y);
      if (common & here) {
        common &= here;
        waiting = true;
        lastX = x; lastY = y;
        return;
      }
      if (waiting) {
        ctx.lineTo(lastX, lastY);
        waiting = false;
        // From the point just drawn on, everything counts anew.
        common = side(lastX, lastY);
        if (common & here) { common &= here; waiting = true; lastX = x; lastY = y; return; }
      }
      ctx.lineTo(x, y);
      common = here;
    }
    // Whether a whole box lies on one outer side.
    function isAside(boxes, at) {
      return side(boxes[at] * factor - origin.x, boxes[at + 1] * factor - origin.y) & side(boxes[at + 2] * factor - origin.x, boxes[at + 3] * factor - origin.y);
    }
    function finish() {
      if (waiting) { ctx.lineTo(lastX, lastY); }
      waiting = false;
    }
    function isSeen(boxes, at) { return !isAside(boxes, at); }
    return {
      // One ring or line made of packed lines, a number below zero run backwards.
      trace: function (lines, numbers, closed) {
        var levels = lines.levels, begun = false;
        for (var n = 0; n < numbers.length; n += 1) {
          var number = numbers[n], back = number < 0, line = back ? -number - 1 : number;
          var first = lines.starts[line], last = lines.starts[line + 1] - 1, step = back ? -1 : 1;
          // Of what is out of sight the ends are enough. A line begins where the one before it ended.
          if (isAside(lines.boxes, 4 * line)) { step *= Math.max(1, last - first); }
          for (var at = (back ? last : first) + (begun ? step : 0); at >= first && at <= last; at += step) {
            if (!all && levels[at] > level) { continue; }
            var x = lines.x[at] * factor - origin.x, y = lines.y[at] * factor - origin.y;
            if (begun) { put(x, y); } else {
              ctx.moveTo(x, y);
              common = side(x, y);
              begun = true;
            }
          }
        }
        finish();
        if (closed) { ctx.closePath(); }
      },
      isSeen: isSeen,
      isSpeck: function (boxes, at) { return (boxes[at + 2] - boxes[at]) * factor < SPECK && (boxes[at + 3] - boxes[at + 1]) * factor < SPECK; },
      zoom: zoom, ctx: ctx
    };
  }

  // What is drawn with such a pen. `draw(pen)` makes the path; options are those of Leaflet's paths, and `far`, what
  // differs on maps of small scale, as the style sheet says for SVG.
  var Drawing = L.Path.extend({
    initialize: function (draw, options) {
      this._draw = draw;
      L.setOptions(this, options);
    },
    _project: function () { return this; },
    _reset: function () { return this; },
    _update: function () { return this; },
    _updateBounds: function () { return this; },
    _updatePath: function () {
      var renderer = this._renderer, style = this.options;
      if (!renderer._drawing || !(style.fill && style.fillOpacity) && !(style.stroke && style.opacity)) { return; }
      var pen = penOf(renderer), near = this.options;
      if (near.far && pen.zoom < 7) { this.options = L.extend({}, near, near.far); }
      renderer._ctx.beginPath();
      this._draw(pen);
      renderer._fillStroke(renderer._ctx, this);
      this.options = near;
    },
    _containsPoint: function () { return false; }
  });

  page.canvasFor = function (name) { return new Renderer({ pane: name, padding: 0.15 }); };
  page.penOf = penOf;
  page.Drawing = Drawing;
  // A pattern for a canvas, of the same strokes as the ones for SVG.
  var patterns = {};
  page.canvasFill = function (style) {
    if (!style.pattern) { return style.fill; }
    var key = style.pattern + style.fill;
    if (!patterns[key]) {
      var node = document.createElement("canvas"), ctx = node.getContext("2d"), strokes = page.strokes[style.pattern], size = strokes ? strokes[1] : 8;
      var fine = Boolean(window.DOMMatrix && window.CanvasPattern && window.CanvasPattern.prototype.setTransform), ratio = fine ? PAPER_RATIO : 1;
      node.width = node.height = size * ratio;
      ctx.scale(ratio, ratio);
      ctx.fillStyle = ctx.strokeStyle = style.fill;
      if (strokes) {
        ctx.lineWidth = strokes[2];
        ctx.stroke(new Path2D(strokes[0]));
      } else {
        [2, 6].forEach(function (at) {
          ctx.beginPath();
          ctx.arc(at, at, 1.25, 0, 2 * Math.PI);
          ctx.fill();
        });
      }
      patterns[key] = ctx.createPattern(node, "repeat");
      if (fine) { patterns[key].setTransform(new DOMMatrix().scale(1 / ratio)); }
    }
    return patterns[key];
  };
});
