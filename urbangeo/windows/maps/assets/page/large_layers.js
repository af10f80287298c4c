/* Layers of a large map: areas on canvas where the counties are, circles on canvas where they have many vertices. */
urbangeo.part("large_layers", function (page) {
  "use strict";
  var atlas = page.atlas, lines = page.packed;

  var drawnAreas = page.makers.areas, drawnCircles = page.makers.circles;

  function areas(layer, name) {
    var renderer = page.canvasFor(name), parts = [];
    function add(draw, options) {
      parts.push(new page.Drawing(draw, L.extend({ renderer: renderer, pane: name, interactive: false, fill: false }, options)));
    }
    layer.lines.forEach(function (line) {
      var style = atlas.styles[line.style], whole = style.outline === "union";
      if (!line.members.length) { return; }
      var edges = page.edgeOf(line.members);
      add(function (pen) {
        if (whole || !style.stroke) { edges.forEach(function (chain) { pen.trace(lines, chain, true); }); } else { line.members.forEach(function (member) { page.traceUnit(pen, member); }); }
      }, {
        fill: Boolean(style.fill), fillColor: style.fill ? page.canvasFill(style) : "none", fillOpacity: page.through(style.fill_opacity || 0), fillRule: "evenodd",
        stroke: !whole && Boolean(style.stroke), color: style.stroke, weight: style.stroke_width, dashArray: style.dash || null, far: { weight: 1.3 }
      });
      if (whole) {
        var edge = function (pen) { edges.forEach(function (chain) { pen.trace(lines, chain, false); }); };
        add(edge, { color: "#fff", weight: style.stroke_width + 2.4, opacity: 0.85, lineCap: "butt" });
        add(edge, { color: style.stroke, weight: style.stroke_width, dashArray: style.dash || null, lineCap: "butt", far: { weight: 1.3 } });
      }
      if (style.symbol === "star") {
        line.members.forEach(function (member) {
          parts.push(L.marker(atlas.counties[member].at, { pane: name, interactive: false, keyboard: false,
            icon: L.divIcon({ className: "ug-symbol", html: page.star(7, style.stroke), iconSize: [14, 14] }) }));
        });
      }
    });
    return parts;
  }

  function circles(layer, name) {
    var renderer = page.canvasFor(name);
    var discs = layer.discs.map(function (disc) { return page.linesFrom(disc, layer.scale); });
    function trace(pen, disc) {
      for (var ring = 0; ring < disc.count; ring += 1) {
        if (pen.isSeen(disc.boxes, 4 * ring) && !pen.isSpeck(disc.boxes, 4 * ring)) { pen.trace(disc, [ring], true); }
      }
    }
    var parts = discs.map(function (disc, rank) {
      // The even-odd rule takes the inner disc out of the outer one.
      return new page.Drawing(function (pen) {
        trace(pen, disc);
        if (rank) { trace(pen, discs[rank - 1]); }
      }, { renderer: renderer, pane: name, interactive: false, minutes: layer.lines[rank].minutes, stroke: false, fill: true, fillRule: "evenodd", fillColor: layer.lines[rank].colour, fillOpacity: page.through(layer.lines[rank].opacity) });
    });
    discs.forEach(function (disc, rank) {
      parts.push(new page.Drawing(function (pen) { trace(pen, disc); }, { renderer: renderer, pane: name, interactive: false, minutes: layer.lines[rank].minutes, fill: false,
        color: "#4a062c", weight: rank === discs.length - 1 ? 1.8 : 0.7, far: { weight: 0.6 } }));
    });
    return parts;
  }

  page.makers.areas = function (layer, name, renderer) { return (atlas.drawing === "canvas" ? areas : drawnAreas)(layer, name, renderer); };
  page.makers.circles = function (layer, name, renderer) { return (layer.drawing === "canvas" ? circles : drawnCircles)(layer, name, renderer); };
});
