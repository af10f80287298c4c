/* What layers are drawn with: a pattern for each pattern and colour in use, so that areas are told apart without colour;
   a pane for each layer. */
urbangeo.part("patterns", function (page) {
  "use strict";
  var map = page.map, body = page.body, shape = page.shape;

  var defs = shape("defs", {}, shape("svg", { width: 0, height: 0, "aria-hidden": "true", style: "" }, body));
  defs.parentNode.style.position = "absolute";
  var patterns = {};
  var strokes = {
    diagonal: ["M-2 2L2 -2M0 8L8 0M6 10L10 6", 8, 1.5], diagonal_wide: ["M-3 3L3 -3M0 12L12 0M9 15L15 9", 12, 1.5],
    diagonal_back: ["M-2 6L2 10M0 0L8 8M6 -2L10 2", 8, 1.5], vertical: ["M4 0V8", 8, 1.4], horizontal: ["M0 4H8", 8, 1.6],
    grid: ["M0 4H8M4 0V8", 8, 1]
  };
  function patternOf(style) {
    var key = style.pattern + style.fill;
    if (!patterns[key]) {
      var id = page.id + "-p" + Object.keys(patterns).length, size = style.pattern === "dots" ? 8 : strokes[style.pattern][1];
      var node = shape("pattern", { id: id, width: size, height: size, patternUnits: "userSpaceOnUse" }, defs);
      if (style.pattern === "dots") {
        shape("circle", { cx: 2, cy: 2, r: 1.25, fill: style.fill }, node);
        shape("circle", { cx: 6, cy: 6, r: 1.25, fill: style.fill }, node);
      } else {
        shape("path", { d: strokes[style.pattern][0], stroke: style.fill, "stroke-width": strokes[style.pattern][2], fill: "none" }, node);
      }
      patterns[key] = "url(#" + id + ")";
    }
    return patterns[key];
  }
  function fillOf(style) { return style.pattern ? patternOf(style) : style.fill; }
  function starPath(size) {
    var d = "";
    for (var i = 0; i < 10; i += 1) {
      var r = i % 2 ? size * 0.42 : size, a = Math.PI * i / 5 - Math.PI / 2;
      d += (i ? "L" : "M") + (size + r * Math.cos(a)).toFixed(2) + " " + (size + r * Math.sin(a)).toFixed(2);
    }
    return d + "Z";
  }
  function star(size, colour) {
    var node = shape("svg", { width: 2 * size, height: 2 * size, viewBox: "0 0 " + 2 * size + " " + 2 * size });
    shape("path", { d: starPath(size), fill: colour, stroke: "#fff", "stroke-width": 1.2, "paint-order": "stroke" }, node);
    return node;
  }

  // A pane of its own for each layer, so that layers keep their order whenever they are shown.
  page.rendererFor = function (name, order, live) {
    var pane = map.createPane(name);
    pane.style.zIndex = 400 + order;
    if (!live) { pane.style.pointerEvents = "none"; }
    return L.svg({ pane: name, padding: 0.25 });
  };

  page.strokes = strokes;
  page.fillOf = fillOf;
  page.star = star;
  page.starPath = starPath;
});
