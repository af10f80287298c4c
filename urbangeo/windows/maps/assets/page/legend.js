/* The legend of a layer. */
urbangeo.part("legend", function (page) {
  "use strict";
  var atlas = page.atlas, words = page.words, el = page.el, shape = page.shape;

  function swatch(style, parent) {
    var node = shape("svg", { width: 26, height: 15, "aria-hidden": "true" }, parent);
    if (style.radius) {
      shape("circle", { cx: 13, cy: 7.5, r: style.radius, fill: style.colour, stroke: "#fff", "stroke-width": 1.2 }, node);
      return;
    }
    if (style.line) {
      shape("line", { x1: 1, x2: 25, y1: 7.5, y2: 7.5, stroke: style.stroke, "stroke-width": style.stroke_width, "stroke-dasharray": style.dash || "none" }, node);
      return;
    }
    shape("rect", { x: 2, y: 2, width: 22, height: 11, fill: style.fill ? page.fillOf(style) : "none", "fill-opacity": style.fill ? style.fill_opacity : 0,
      stroke: style.stroke || "none", "stroke-width": style.stroke_width || 0, "stroke-dasharray": style.dash || "none" }, node);
    if (style.symbol === "star") { shape("path", { d: page.starPath(4.6), transform: "translate(8.4 2.9)", fill: style.stroke }, node); }
  }
  var dots = {
    centres: { cx: 13, cy: 7.5, r: 5, fill: "#4a062c", stroke: "#fff", "stroke-width": 1.5 },
    seats: { cx: 13, cy: 7.5, r: 2.4, fill: "#333", stroke: "#fff", "stroke-width": 0.8 }
  };
  // Bands side by side, from the centre outwards.
  function strip(layer, parent) {
    var row = el("div", "ug-strip", null, parent);
    layer.lines.forEach(function (line) {
      var cell = el("span", "", null, row), node = shape("svg", { width: 52, height: 13, "aria-hidden": "true" }, cell);
      shape("rect", { x: 0.5, y: 0.5, width: 51, height: 12, fill: line.colour, "fill-opacity": line.opacity, stroke: "#4a062c", "stroke-width": 0.6 }, node);
      el("span", "", line.text, cell);
    });
    el("span", "", words.minute, row);
  }
  function legendOf(layer, parent) {
    var node = el("div", "ug-legend", null, parent);
    if (layer.kind === "circles") { strip(layer, node); }
    (layer.kind === "circles" ? [] : layer.lines).forEach(function (line) {
      var row = el("div", "", null, node);
      swatch(layer.kind === "areas" || layer.kind === "changes" ? atlas.styles[line.style] : line.radius ? line : { line: true, stroke: line.stroke, stroke_width: line.stroke_width, dash: line.dash }, row);
      var text = el("span", "", line.text, row);
      if (line.members && layer.lines.length > 1) { el("span", "ug-count", words.count_open + line.members.length + words.count_close, text); }
    });
    layer.notes.forEach(function (note, number) {
      if (number || !dots[layer.kind]) { el("p", "", note, node); return; }
      var line = el("div", "", null, node);
      shape("circle", dots[layer.kind], shape("svg", { width: 26, height: 15, "aria-hidden": "true" }, line));
      el("span", "", note, line);
    });
    page.legends[layer.id] = node;
  }

  page.swatch = swatch;
  page.legendOf = legendOf;
});
