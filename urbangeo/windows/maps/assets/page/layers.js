/* Layers: how each kind is drawn, made when first shown. */
urbangeo.part("layers", function (page) {
  "use strict";
  var map = page.map, atlas = page.atlas, el = page.el, undelta = page.undelta;

  // Which layers are on; their leaflet groups; what of them stands in the panel.
  var on = {}, groups = {}, legends = {}, inputs = {}, rows = {};
  function areaGroup(layer, name, renderer) {
    var parts = [];
    layer.lines.forEach(function (line) {
      var style = atlas.styles[line.style];
      if (!line.members.length) { return; }
      var whole = style.outline === "union";
      parts.push(new page.Shape(function (pen) { line.members.forEach(function (member) { page.traceUnit(pen, member); }); }, {
        renderer: renderer, pane: name, interactive: false, fillRule: "evenodd", className: "ug-area",
        fill: Boolean(style.fill), fillColor: style.fill ? page.fillOf(style) : "none", fillOpacity: page.through(style.fill_opacity || 0),
        stroke: !whole && Boolean(style.stroke), color: style.stroke, weight: style.stroke_width, dashArray: style.dash || null
      }));
      if (whole) {
        var edge = page.drawChains(page.edgeOf(line.members));
        parts.push(new page.Shape(edge, { renderer: renderer, pane: name, interactive: false, fill: false, color: "#fff", weight: style.stroke_width + 2.4, opacity: 0.85, lineCap: "butt" }));
        parts.push(new page.Shape(edge, { renderer: renderer, pane: name, interactive: false, fill: false, color: style.stroke, weight: style.stroke_width, dashArray: style.dash || null, lineCap: "butt", className: "ug-area" }));
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
  function circleGroup(layer, name, renderer) {
    var discs = layer.discs.map(function (rings) { return page.drawLines(page.linesOfDeltas(rings, layer.scale), true); });
    var parts = discs.map(function (disc, rank) {
      // The even-odd rule takes the inner disc out of the outer one.
      return new page.Shape(function (pen) {
        disc(pen);
        if (rank) { discs[rank - 1](pen); }
      }, { renderer: renderer, pane: name, interactive: false, fill: true, stroke: false, fillRule: "evenodd",
        fillColor: layer.lines[rank].colour, fillOpacity: page.through(layer.lines[rank].opacity), className: "ug-band", minutes: layer.lines[rank].minutes });
    });
    discs.forEach(function (disc, rank) {
      parts.push(new page.Shape(disc, { renderer: renderer, pane: name, interactive: false, fill: false,
        color: "#4a062c", weight: rank === discs.length - 1 ? 1.8 : 0.7, className: "ug-contour", minutes: layer.lines[rank].minutes }));
    });
    return parts;
  }
  function roadGroup(layer, name, renderer) {
    // The legend begins with the highest class; it is drawn last, on top.
    return layer.lines.slice().reverse().map(function (line) {
      return new page.Shape(page.drawLines(page.linesFrom(line.paths, layer.scale), false), { renderer: renderer, pane: name, interactive: false, fill: false,
        color: line.stroke, weight: line.stroke_width, dashArray: line.dash || null, className: "ug-road" });
    });
  }
  function pointGroup(layer, name, renderer) {
    return layer.points.map(function (point) {
      return layer.kind === "seats"
        ? L.circleMarker(point, { renderer: renderer, pane: name, interactive: false, radius: 2, weight: 1, color: "#fff", fillColor: "#333", fillOpacity: 1, className: "ug-seat" })
        : L.circleMarker(point.at, { renderer: renderer, pane: name, interactive: false, radius: 5.5, weight: 2.2, color: "#fff", fillColor: "#4a062c", fillOpacity: 1, className: "ug-centre" });
    });
  }
  // What two scenarios change lies under the pointer: it says its figures, and a click goes on to the county below.
  function changeGroup(layer, name, renderer) {
    return layer.lines.filter(function (line) { return line.rings.length; }).map(function (line) {
      var style = atlas.styles[line.style];
      return L.polygon(line.rings.map(function (ring) { return undelta(ring, layer.scale); }), {
        renderer: renderer, pane: name, smoothFactor: 0, fillRule: "evenodd", className: "ug-change", fillColor: page.fillOf(style),
        fillOpacity: style.fill_opacity, color: style.stroke, weight: style.stroke_width, dashArray: style.dash || null
      }).bindTooltip(el("span", "", line.note), { sticky: true, direction: "top" }).on("click", function (event) {
        L.DomEvent.stop(event);
        var below = page.memberAt(event.latlng);
        if (below !== null) { page.pin(below, event.containerPoint); }
      });
    });
  }
  function problemGroup(layer, name, renderer) {
    var parts = [];
    layer.lines.forEach(function (line) {
      line.points.forEach(function (point) {
        parts.push(L.circleMarker(point.at, { renderer: renderer, pane: name, radius: line.radius, weight: 1.2, color: "#fff", fillColor: line.colour,
          fillOpacity: 1, className: "ug-problem" }).bindTooltip(el("span", "", point.note), { direction: "top" }));
      });
    });
    return parts;
  }
  function gridGroup(layer, name, renderer) {
    var lines = [];
    for (var lng = 60; lng <= 150; lng += 5) { lines.push([[0, lng], [60, lng]]); }
    for (var lat = 5; lat <= 60; lat += 5) { lines.push([[lat, 60], [lat, 150]]); }
    return [L.polyline(lines, { renderer: renderer, pane: name, interactive: false, color: "#b9c8d3", weight: 0.8, dashArray: "3 4" })];
  }
  var makers = { areas: areaGroup, circles: circleGroup, roads: roadGroup, centres: pointGroup, seats: pointGroup, problems: problemGroup, changes: changeGroup, graticule: gridGroup };
  atlas.layers.forEach(function (layer, number) {
    if (layer.kind === "labels") { return; }
    var name = "ug-layer-" + number;
    var renderer = page.rendererFor(name, layer.kind === "graticule" ? 2 : layer.order, layer.kind === "problems");
    // A later part may put its own maker in the place of one of these: it is looked up when the layer is first shown.
    groups[layer.id] = { make: function () { return L.layerGroup(page.makers[layer.kind](layer, name, renderer)); }, made: null };
  });
  function toggle(id, state) {
    on[id] = state;
    if (groups[id]) {
      if (state && !groups[id].made) { groups[id].made = groups[id].make(); }
      if (state) { groups[id].made.addTo(map); } else if (groups[id].made) { groups[id].made.remove(); }
    }
    if (inputs[id]) { inputs[id].checked = state; }
    if (legends[id]) { legends[id].hidden = !state; }
    if (rows[id]) { rows[id].classList.toggle("ug-off", !state); }
  }

  // Over the classes of a fill a plain colour would mix with theirs, and neither legend would be true: a style that has a
  // ruled twin is drawn by that one there.
  var TWIN = "_over_classes", plain = {};
  function overClasses(state) {
    atlas.layers.forEach(function (layer) {
      if (layer.kind !== "areas") { return; }
      var changed = layer.lines.filter(function (line) {
        var name = line.style, twin = atlas.styles[name + TWIN];
        if (!twin || state === Boolean(plain[name])) { return false; }
        if (state) { plain[name] = atlas.styles[name]; }
        atlas.styles[name] = state ? twin : plain[name];
        if (!state) { delete plain[name]; }
        return true;
      });
      if (!changed.length) { return; }
      if (groups[layer.id].made) { groups[layer.id].made.remove(); }
      groups[layer.id].made = null;
      if (legends[layer.id]) {
        legends[layer.id].remove();
        page.legendOf(layer, rows[layer.id]);
      }
      if (on[layer.id] !== undefined) { page.toggle(layer.id, on[layer.id]); }
    });
  }

  page.overClasses = overClasses;
  page.on = on;
  page.groups = groups;
  page.legends = legends;
  page.inputs = inputs;
  page.rows = rows;
  page.makers = makers;
  page.toggle = toggle;
});
