/* The meeting map. All text comes from one JSON block and is set as text, never as markup. */
function urbangeoAtlas(map, dataId) {
  "use strict";

  var atlas = JSON.parse(document.getElementById(dataId).textContent);
  var SVG = "http://www.w3.org/2000/svg";
  var body = document.body;

  // ---- small tools -------------------------------------------------------------------------------------------------
  function el(tag, className, text, parent) {
    var node = document.createElement(tag);
    if (className) { node.className = className; }
    if (text !== undefined && text !== null) { node.textContent = text; }
    if (parent) { parent.appendChild(node); }
    return node;
  }
  function shape(tag, attributes, parent) {
    var node = document.createElementNS(SVG, tag);
    Object.keys(attributes).forEach(function (name) { node.setAttribute(name, attributes[name]); });
    if (parent) { parent.appendChild(node); }
    return node;
  }
  function undelta(numbers, scale) {
    var points = [], x = 0, y = 0;
    for (var i = 0; i < numbers.length; i += 2) {
      x += numbers[i]; y += numbers[i + 1];
      points.push([y / scale, x / scale]);
    }
    return points;
  }
  function refs(numbers) { return numbers.map(function (n) { return "[" + n + "]"; }).join(""); }
  function badge(text, parent) { el("span", "ug-badge" + (text === atlas.words.unconfirmed ? " ug-alert" : ""), text, parent); }

  // ---- geometry: arcs are stored once, counties and outlines are made of them --------------------------------------
  var arcs = atlas.geometry.arcs.map(function (arc) { return undelta(arc, atlas.geometry.scale); });
  var owners = arcs.map(function () { return []; });
  function ringOf(numbers) {
    var ring = [];
    numbers.forEach(function (number) {
      var arc = number < 0 ? arcs[-number - 1].slice().reverse() : arcs[number];
      for (var i = ring.length ? 1 : 0; i < arc.length; i += 1) { ring.push(arc[i]); }
    });
    return ring;
  }
  var shapes = atlas.geometry.units.map(function (unit, member) {
    return unit.map(function (polygon) {
      return polygon.map(function (ring) {
        ring.forEach(function (number) {
          var list = owners[number < 0 ? -number - 1 : number];
          if (list.indexOf(member) < 0) { list.push(member); }
        });
        return ringOf(ring);
      });
    });
  });
  // Lines made of the arcs that pass a test, joined end to end so that dashes run through.
  function linesOf(test) {
    var open = {}, chosen = [], lines = [];
    function key(point) { return point[0] + "," + point[1]; }
    arcs.forEach(function (arc, number) {
      if (!test(owners[number])) { return; }
      var item = { arc: arc, used: false };
      chosen.push(item);
      [key(arc[0]), key(arc[arc.length - 1])].forEach(function (end) { (open[end] = open[end] || []).push(item); });
    });
    chosen.forEach(function (first) {
      if (first.used) { return; }
      first.used = true;
      var line = first.arc.slice();
      for (var turn = 0; turn < 2; turn += 1) {
        var more = true;
        while (more) {
          var end = key(line[line.length - 1]), next = (open[end] || []).filter(function (item) { return !item.used; })[0];
          if (!next) { more = false; } else {
            next.used = true;
            var piece = key(next.arc[0]) === end ? next.arc : next.arc.slice().reverse();
            line = line.concat(piece.slice(1));
          }
        }
        line.reverse();
      }
      lines.push(line);
    });
    return lines;
  }
  function outlineOf(members) {
    var inside = {};
    members.forEach(function (member) { inside[member] = true; });
    return linesOf(function (list) { return list.filter(function (member) { return inside[member]; }).length === 1; });
  }

  // ---- frame of the page -------------------------------------------------------------------------------------------
  // One sheet holds what belongs together on a page; the report beneath it appears on paper only.
  var box = map.getContainer();
  var sheet = el("div", "ug-sheet", null, body), report = el("div", "ug-report", null, body);
  sheet.appendChild(box);
  var head = el("header", "ug-head", null, sheet);
  el("h1", "", atlas.title, head);
  if (atlas.subtitle) { el("p", "", atlas.subtitle, head); }
  var open = el("button", "ug-open", atlas.words.open, head);
  open.type = "button";
  var panel = el("aside", "ug-panel", null, sheet);
  panel.setAttribute("aria-label", atlas.words.panel);
  var top = el("div", "ug-panel-top", null, panel);
  el("strong", "", atlas.words.panel, top);
  el("b", "ug-paper", atlas.words.legend, top);
  var close = el("button", "", atlas.words.fold, top);
  close.type = "button";
  var scroll = el("div", "ug-scroll", null, panel);
  var foot = el("footer", "ug-foot", null, sheet);
  atlas.statement.forEach(function (line) { el("p", "", line, foot); });
  box.setAttribute("role", "application");
  box.setAttribute("aria-label", atlas.title);
  var card = el("section", "ug-card", null, body);
  card.hidden = true;
  card.setAttribute("aria-live", "polite");

  function fold(folded) {
    body.classList.toggle("ug-folded", folded);
    map.invalidateSize({ animate: false });
    placeLabels();
  }
  close.addEventListener("click", function () { fold(true); open.focus(); });
  open.addEventListener("click", function () { fold(false); close.focus(); });

  // ---- patterns: one for each pattern and colour in use ------------------------------------------------------------
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
      var id = dataId + "-p" + Object.keys(patterns).length, size = style.pattern === "dots" ? 8 : strokes[style.pattern][1];
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

  // ---- panes and the county mosaic ---------------------------------------------------------------------------------
  function rendererFor(name, order, live) {
    var pane = map.createPane(name);
    pane.style.zIndex = 400 + order;
    if (!live) { pane.style.pointerEvents = "none"; }
    return L.svg({ pane: name, padding: 0.25 });
  }
  var countyRenderer = rendererFor("ug-counties", 10, true);
  var county = atlas.styles.county;
  var shown = null, pinned = null, fill = "none";
  var mosaic = atlas.counties.map(function (item, member) {
    return L.polygon(shapes[member], {
      renderer: countyRenderer, pane: "ug-counties", color: county.stroke, weight: county.stroke_width, fillColor: county.fill, fillOpacity: 1,
      smoothFactor: 0, fillRule: "evenodd", className: "ug-county"
    }).addTo(map).on("mouseover", function () { hover(member); }).on("mousemove", function (event) { follow(event.containerPoint); })
      .on("mouseout", function () { hover(null); }).on("click", function (event) { L.DomEvent.stop(event); pin(member, event.containerPoint); });
  });
  function sides(list, field) { return list.map(function (member) { return atlas.counties[member][field]; }); }
  var borderRenderer = rendererFor("ug-borders", 55, false);
  L.polyline(linesOf(function (list) { return list.length === 2 && sides(list, "prefecture")[0] !== sides(list, "prefecture")[1]; }),
    { renderer: borderRenderer, pane: "ug-borders", color: "#5a554d", weight: 1.6, smoothFactor: 0, interactive: false, className: "ug-prefectures" }).addTo(map);
  L.polyline(linesOf(function (list) { return list.length === 1 || sides(list, "province")[0] !== sides(list, "province")[1]; }),
    { renderer: borderRenderer, pane: "ug-borders", color: "#3d3a35", weight: 2.2, smoothFactor: 0, interactive: false, className: "ug-provinces" }).addTo(map);
  var markRenderer = rendererFor("ug-mark", 95, false);
  var halo = L.polygon([], { renderer: markRenderer, pane: "ug-mark", fill: false, color: "#fff", weight: 5, opacity: 0.9, smoothFactor: 0, interactive: false }).addTo(map);
  var mark = L.polygon([], { renderer: markRenderer, pane: "ug-mark", fill: false, color: "#111", weight: 2.4, smoothFactor: 0, interactive: false }).addTo(map);

  function paint(id) {
    fill = id;
    var scheme = atlas.fills.filter(function (item) { return item.id === id; })[0];
    mosaic.forEach(function (polygon, member) {
      var rank = scheme && scheme.values ? scheme.values[member] : null;
      var colour = rank === null || rank === undefined ? county.fill : scheme.classes[rank].colour;
      polygon.setStyle({ fillColor: scheme && scheme.values && (rank === null || rank === undefined) ? "#d9d9d9" : colour });
    });
  }

  // ---- layers ------------------------------------------------------------------------------------------------------
  var on = {}, groups = {}, legends = {}, inputs = {}, rows = {};
  function areaGroup(layer, name, renderer) {
    var parts = [];
    layer.lines.forEach(function (line) {
      var style = atlas.styles[line.style];
      if (!line.members.length) { return; }
      var whole = style.outline === "union";
      parts.push(L.polygon(line.members.map(function (member) { return shapes[member]; }), {
        renderer: renderer, pane: name, interactive: false, smoothFactor: 0, fillRule: "evenodd", className: "ug-area",
        fill: Boolean(style.fill), fillColor: style.fill ? fillOf(style) : "none", fillOpacity: style.fill_opacity || 0,
        stroke: !whole && Boolean(style.stroke), color: style.stroke, weight: style.stroke_width, dashArray: style.dash || null
      }));
      if (whole) {
        var edge = outlineOf(line.members);
        parts.push(L.polyline(edge, { renderer: renderer, pane: name, interactive: false, smoothFactor: 0, color: "#fff", weight: style.stroke_width + 2.4, opacity: 0.85, lineCap: "butt" }));
        parts.push(L.polyline(edge, { renderer: renderer, pane: name, interactive: false, smoothFactor: 0, color: style.stroke, weight: style.stroke_width, dashArray: style.dash || null, lineCap: "butt", className: "ug-area" }));
      }
      if (style.symbol === "star") {
        line.members.forEach(function (member) {
          parts.push(L.marker(atlas.counties[member].at, { pane: name, interactive: false, keyboard: false,
            icon: L.divIcon({ className: "ug-symbol", html: star(7, style.stroke), iconSize: [14, 14] }) }));
        });
      }
    });
    return parts;
  }
  function circleGroup(layer, name, renderer) {
    var discs = layer.discs.map(function (rings) { return rings.map(function (ring) { return undelta(ring, layer.scale); }); });
    var parts = discs.map(function (rings, rank) {
      // The even-odd rule takes the inner disc out of the outer one.
      return L.polygon(rank ? rings.concat(discs[rank - 1]) : rings, { renderer: renderer, pane: name, interactive: false, stroke: false, fillRule: "evenodd",
        fillColor: layer.lines[rank].colour, fillOpacity: layer.lines[rank].opacity, smoothFactor: 0.4, className: "ug-band" });
    });
    discs.forEach(function (rings, rank) {
      parts.push(L.polyline(rings.map(function (ring) { return ring.concat([ring[0]]); }), { renderer: renderer, pane: name, interactive: false,
        color: "#4a062c", weight: rank === discs.length - 1 ? 1.8 : 0.7, smoothFactor: 0.4, className: "ug-contour" }));
    });
    return parts;
  }
  function roadGroup(layer, name, renderer) {
    // The legend begins with the highest class; it is drawn last, on top.
    return layer.lines.slice().reverse().map(function (line) {
      return L.polyline(line.paths.map(function (path) { return undelta(path, layer.scale); }), { renderer: renderer, pane: name, interactive: false,
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
        renderer: renderer, pane: name, smoothFactor: 0, fillRule: "evenodd", className: "ug-change", fillColor: fillOf(style),
        fillOpacity: style.fill_opacity, color: style.stroke, weight: style.stroke_width, dashArray: style.dash || null
      }).bindTooltip(el("span", "", line.note), { sticky: true, direction: "top" }).on("click", function (event) {
        L.DomEvent.stop(event);
        var below = document.elementsFromPoint(event.originalEvent.clientX, event.originalEvent.clientY);
        mosaic.some(function (polygon, member) {
          if (below.indexOf(polygon.getElement()) < 0) { return false; }
          pin(member, event.containerPoint);
          return true;
        });
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
    var renderer = rendererFor(name, layer.kind === "graticule" ? 2 : layer.order, layer.kind === "problems");
    groups[layer.id] = { make: function () { return L.layerGroup(makers[layer.kind](layer, name, renderer)); }, made: null };
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

  // ---- marks on the map, scale, north ------------------------------------------------------------------------------
  var stamps = el("div", "ug-stamps");
  function addControl(position, node) {
    var control = L.control({ position: position });
    control.onAdd = function () { return node; };
    control.addTo(map);
  }
  L.control.zoom({ position: "topleft", zoomInTitle: atlas.words.zoom_in, zoomOutTitle: atlas.words.zoom_out }).addTo(map);
  var north = el("div", "ug-north");
  var arrow = shape("svg", { width: 26, height: 40, viewBox: "0 0 26 40", role: "img", "aria-label": atlas.words.north }, north);
  shape("path", { d: "M13 2L22 36L13 29L4 36Z", fill: "#fff", stroke: "#123a63", "stroke-width": 1.4, "stroke-linejoin": "round" }, arrow);
  shape("path", { d: "M13 2L22 36L13 29Z", fill: "#123a63" }, arrow);
  el("div", "", atlas.words.north_short, north);
  addControl("topright", north);
  addControl("bottomright", stamps);
  var Scale = L.Control.Scale.extend({
    _updateMetric: function (most) {
      var metres = this._getRoundNum(most);
      this._updateScale(this._mScale, metres < 1000 ? metres + atlas.words.metre : metres / 1000 + atlas.words.kilometre, metres / most);
    }
  });
  new Scale({ position: "bottomleft", imperial: false, maxWidth: 140 }).addTo(map);
  function drawStamps() {
    stamps.textContent = "";
    var live = atlas.layers.filter(function (layer) { return on[layer.id]; });
    if (live.some(function (layer) { return layer.skeleton; })) { el("div", "ug-stamp", atlas.words.skeleton_mark, stamps); }
    if (live.some(function (layer) { return layer.unconfirmed; })) { el("div", "ug-stamp", atlas.words.unconfirmed_mark, stamps); }
  }

  // ---- names: few when far, all when near, never on top of each other or over the edge -------------------------------
  var labelPane = map.createPane("ug-labels");
  labelPane.style.zIndex = 490;
  labelPane.style.pointerEvents = "none";
  labelPane.classList.add("leaflet-zoom-hide");
  var ruler = document.createElement("canvas").getContext("2d");
  var fonts = { county: [12, 400, 0], prefecture: [13, 700, 0], province: [19, 700, 0.3], centre: [12, 700, 0], degree: [11, 400, 0] };
  function sizeOf(text, kind) {
    var font = fonts[kind], lines = text.split("\n");
    ruler.font = font[1] + " " + font[0] + "px " + getComputedStyle(body).fontFamily;
    var width = Math.max.apply(null, lines.map(function (line) { return ruler.measureText(line).width + line.length * font[0] * font[2]; }));
    return [width, lines.length * font[0] * 1.18];
  }
  // Where a name may stand, best place first, as the offset of its middle from its point.
  var spots = {
    dot: function (w, h, far) {
      var list = [];
      [far ? 7 : 9, far ? 15 : 19, 30].forEach(function (r) {
        var x = w / 2 + r, y = h / 2 + r, a = w / 2 + r * 0.7, b = h / 2 + r * 0.4;
        list.push([0, y], [0, -y], [x, 0], [-x, 0], [a, b], [-a, b], [a, -b], [-a, -b]);
      });
      return list;
    },
    symbol: function (w, h) { return [[0, h / 2 + 11], [0, -h / 2 - 11], [w / 2 + 11, 0], [-w / 2 - 11, 0]]; },
    county: function () { return [[0, 0], [0, -9], [0, 9]]; },
    prefecture: function (w, h) { return [[0, 0], [0, -h], [0, h], [-w * 0.6, 0], [w * 0.6, 0], [-w * 0.6, h], [w * 0.6, h], [-w * 0.6, -h], [w * 0.6, -h]]; },
    province: function (w, h, far, item) {
      var list = [], at = map.latLngToContainerPoint(item.at), low = map.latLngToContainerPoint(item.bounds[0]), high = map.latLngToContainerPoint(item.bounds[1]);
      var middle = (low.x + high.x) / 2 - at.x;
      [0, -1, 1].forEach(function (row) { list.push([0, row * h]); });
      // Then outside, above and below, where nothing else is written.
      list.push([middle, high.y - at.y - h * 0.7], [middle, low.y - at.y + h * 0.7]);
      [-2, 2, -1, 1, 0].forEach(function (row) { [-0.7, 0.7].forEach(function (column) { list.push([column * w, row * h]); }); });
      return list;
    }
  };
  // First what must never be missing (centres, provinces, seats of provinces), then what there is room for.
  function candidates(zoom) {
    var must = [], may = [], symbols = {}, first = {}, cities = {}, told = {};
    atlas.layers.forEach(function (layer) {
      if (!on[layer.id]) { return; }
      if (layer.kind === "centres") {
        layer.points.forEach(function (point) {
          var name = zoom >= 8.5 ? point.text : zoom >= 5.4 ? point.city || point.circle : point.circle;
          if (!name) { return; }
          must.push({ text: name, at: point.at, kind: "centre", spot: "dot", must: true });
          cities[point.city] = true;
          if (zoom >= 8.5 && name === point.city + point.county) { told[point.city + point.county] = true; }
        });
      }
      if (layer.kind !== "areas") { return; }
      layer.lines.forEach(function (line) {
        line.members.forEach(function (member) {
          first[member] = true;
          if (atlas.styles[line.style].symbol) { symbols[member] = true; }
        });
      });
    });
    atlas.places.forEach(function (place) {
      var item = { text: place.text, at: place.at, bounds: place.bounds, kind: place.level, spot: place.level };
      if (place.level === "province" && zoom < 7) { item.must = true; must.push(item); }
      if (place.level === "prefecture" && zoom >= 5.4 && zoom < 7.8 && !cities[place.text]) {
        item.must = place.capital;
        (place.capital ? must : may).push(item);
      }
    });
    if (zoom >= 7) {
      atlas.counties.map(function (item, member) { return member; }).filter(function (member) { return zoom >= 7.8 || symbols[member]; })
        .sort(function (a, b) { return (first[b] ? 1 : 0) - (first[a] ? 1 : 0) || a - b; })
        .forEach(function (member) {
          var item = atlas.counties[member];
          // A second core that says the name of its county says it for the county too.
          if (told[item.prefecture + item.name]) { return; }
          may.push({ text: item.label, at: item.at, kind: "county", spot: symbols[member] ? "symbol" : "county" });
        });
    }
    return must.concat(may);
  }
  function placeLabels() {
    labelPane.textContent = "";
    var size = map.getSize(), zoom = map.getZoom(), far = zoom < 7, taken = [], soft = [];
    box.classList.toggle("ug-far", far);
    var outer = box.getBoundingClientRect();
    [].forEach.call(box.querySelectorAll(".leaflet-control"), function (node) {
      var r = node.getBoundingClientRect();
      if (r.width) { taken.push([r.left - outer.left, r.top - outer.top, r.right - outer.left, r.bottom - outer.top]); }
    });
    // Dots and stars are reckoned, not measured: while the map moves they may still stand where they were.
    function keep(list, latLng, r) {
      var at = map.latLngToContainerPoint(latLng);
      list.push([at.x - r, at.y - r, at.x + r, at.y + r]);
    }
    atlas.layers.forEach(function (layer) {
      if (!on[layer.id]) { return; }
      if (layer.kind === "centres") { layer.points.forEach(function (point) { keep(taken, point.at, far ? 4.5 : 6.6); }); }
      if (layer.kind !== "areas") { return; }
      layer.lines.forEach(function (line) {
        if (!atlas.styles[line.style].symbol) { return; }
        line.members.forEach(function (member) { keep(far ? soft : taken, atlas.counties[member].at, far ? 4.4 : 7); });
      });
    });
    function overlap(rect, list) {
      return list.reduce(function (sum, r) {
        var x = Math.min(rect[2], r[2] + 2) - Math.max(rect[0], r[0] - 2), y = Math.min(rect[3], r[3] + 1) - Math.max(rect[1], r[1] - 1);
        return sum + (x > 0 && y > 0 ? x * y : 0);
      }, 0);
    }
    function put(item) {
      var at = item.point || map.latLngToContainerPoint(item.at), wh = sizeOf(item.text, item.kind), best = null, least = Infinity;
      if (item.must && (at.x < 0 || at.y < 0 || at.x > size.x || at.y > size.y)) { return; }
      (item.spot ? spots[item.spot](wh[0], wh[1], far, item) : [[0, 0]]).some(function (offset) {
        var x = at.x + offset[0] - wh[0] / 2, y = at.y + offset[1] - wh[1] / 2;
        if (item.must) {
          x = Math.max(3, Math.min(x, size.x - wh[0] - 4));
          y = Math.max(3, Math.min(y, size.y - wh[1] - 4));
        }
        var rect = [x, y, x + wh[0], y + wh[1]];
        if (x < 2 || y < 2 || rect[2] > size.x - 2 || rect[3] > size.y - 2) { return false; }
        var cost = overlap(rect, taken) * 100 + (item.must ? overlap(rect, soft) : 0);
        if (cost < least && (cost === 0 || item.must)) { best = rect; least = cost; }
        return cost === 0;
      });
      if (!best) { return; }
      taken.push(best);
      var node = el("span", "ug-label ug-label-" + item.kind, item.text, labelPane);
      var layerPoint = map.containerPointToLayerPoint([best[0], best[1]]);
      node.style.left = layerPoint.x + "px";
      node.style.top = layerPoint.y + "px";
      node.style.width = Math.ceil(wh[0] + 1) + "px";
    }
    if (on.labels) { candidates(zoom).forEach(put); }
    if (on.graticule) {
      var bounds = map.getBounds();
      for (var lng = Math.ceil(bounds.getWest() / 5) * 5; lng <= bounds.getEast(); lng += 5) {
        put({ text: lng + "°E", point: L.point(map.latLngToContainerPoint([0, lng]).x, 12), kind: "degree" });
      }
      for (var lat = Math.ceil(bounds.getSouth() / 5) * 5; lat <= bounds.getNorth(); lat += 5) {
        put({ text: lat + "°N", point: L.point(size.x - 22, map.latLngToContainerPoint([lat, 0]).y), kind: "degree" });
      }
    }
  }

  // ---- the county card ---------------------------------------------------------------------------------------------
  function pairs(rows, parent) {
    var list = el("dl", "", null, parent);
    rows.forEach(function (row) { el("dt", "", row[0], list); el("dd", "", row[1], list); });
  }
  // What a card leaves out, step by step, while it only hovers and cannot be scrolled: details of lists, then all but
  // three lists, then what would change the decision, then the lists, the travel times and the reason.
  var STEPS = 6;
  function fillCard(member, step) {
    var item = atlas.counties[member];
    card.textContent = "";
    var title = el("h3", "", null, card);
    el("span", "", item.name, title);
    var shut = el("button", "", atlas.words.close, title);
    shut.type = "button";
    shut.addEventListener("click", unpin);
    el("p", "ug-where", [item.province, item.prefecture, item.type, item.adcode].filter(Boolean).join(" · "), card);
    if (item.census) { pairs(item.census, card); } else { el("p", "", atlas.words.no_census, card); }
    if (item.potential) {
      el("h4", "", atlas.words.decision + item.potential.decision, card);
      if (step < 5) { el("p", "", item.potential.reason, card); }
      if (item.potential.flips && step < 3) { el("p", "", atlas.words.flips + item.potential.flips, card); }
    }
    if (item.lists) {
      el("h4", "", atlas.words.lists, card);
      var list = el("ul", "", null, card), kept = step < 2 ? item.lists.length : step < 4 ? 3 : 0;
      item.lists.slice(0, kept).forEach(function (entry) {
        var line = el("li", "", entry.name, list);
        entry.badges.forEach(function (text) { badge(text, line); });
        var detail = [entry.detail, refs(entry.refs)].filter(Boolean).join(" ");
        if (detail && step < 1) { el("br", "", null, line); el("small", "", detail, line); }
      });
      if (kept < item.lists.length) { el("li", "", atlas.words.hidden[0] + (item.lists.length - kept) + atlas.words.hidden[1], list); }
    }
    if (item.reach && step < 4) {
      var heading = el("h4", "", atlas.words.reach, card);
      if (atlas.reach_skeleton) { badge(atlas.words.skeleton_short, heading); }
      pairs(item.reach, card);
    }
    if (step) { el("p", "ug-more", atlas.words.more, card); }
  }
  function fitCard(member) {
    card.style.maxHeight = box.getBoundingClientRect().height - 16 + "px";
    for (var step = 0; step < STEPS; step += 1) {
      fillCard(member, step);
      if (card.scrollHeight <= card.clientHeight) { return; }
    }
  }
  function follow(point) {
    if (pinned !== null || shown === null) { return; }
    moveCard(point);
  }
  function moveCard(point) {
    var outer = box.getBoundingClientRect();
    card.style.maxHeight = outer.height - 16 + "px";
    var width = card.offsetWidth, height = card.offsetHeight;
    var x = point.x + 22 + width > outer.width - 8 ? point.x - 22 - width : point.x + 22;
    var y = Math.min(Math.max(point.y - height / 3, 8), outer.height - height - 8);
    card.style.left = outer.left + Math.max(8, Math.min(x, outer.width - width - 8)) + "px";
    card.style.top = outer.top + Math.max(8, y) + "px";
  }
  function ring(member) {
    var rings = member === null ? [] : shapes[member];
    halo.setLatLngs(rings);
    mark.setLatLngs(rings);
  }
  function hover(member) {
    if (pinned !== null) { return; }
    shown = member;
    card.hidden = member === null;
    if (member !== null) { fitCard(member); }
    ring(member);
  }
  function pin(member, point) {
    pinned = null;
    hover(member);
    fillCard(member, 0);
    moveCard(point);
    pinned = member;
    card.classList.add("ug-pinned");
    card.scrollTop = 0;
  }
  function unpin() {
    pinned = null;
    card.classList.remove("ug-pinned");
    hover(null);
  }
  map.on("click", unpin);
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { unpin(); } });

  // ---- the panel ---------------------------------------------------------------------------------------------------
  function section(title, parent, tag) {
    var node = el(tag || "fieldset", "ug-section", null, parent);
    el(tag === "details" ? "summary" : tag ? "h2" : "legend", "", title, node);
    return node;
  }
  // Parts that are read, not clicked: on paper they stand on the pages after the map.
  var reports = [], sources = null;
  function reported(node) { reports.push(node); return node; }
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
    shape("rect", { x: 2, y: 2, width: 22, height: 11, fill: style.fill ? fillOf(style) : "none", "fill-opacity": style.fill ? style.fill_opacity : 0,
      stroke: style.stroke || "none", "stroke-width": style.stroke_width || 0, "stroke-dasharray": style.dash || "none" }, node);
    if (style.symbol === "star") { shape("path", { d: starPath(4.6), transform: "translate(8.4 2.9)", fill: style.stroke }, node); }
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
    el("span", "", atlas.words.minute, row);
  }
  function legendOf(layer, parent) {
    var node = el("div", "ug-legend", null, parent);
    if (layer.kind === "circles") { strip(layer, node); }
    (layer.kind === "circles" ? [] : layer.lines).forEach(function (line) {
      var row = el("div", "", null, node);
      swatch(layer.kind === "areas" || layer.kind === "changes" ? atlas.styles[line.style] : line.radius ? line : { line: true, stroke: line.stroke, stroke_width: line.stroke_width, dash: line.dash }, row);
      var text = el("span", "", line.text, row);
      if (line.members && layer.lines.length > 1) { el("span", "ug-count", atlas.words.count_open + line.members.length + atlas.words.count_close, text); }
    });
    layer.notes.forEach(function (note, number) {
      if (number || !dots[layer.kind]) { el("p", "", note, node); return; }
      var line = el("div", "", null, node);
      shape("circle", dots[layer.kind], shape("svg", { width: 26, height: 15, "aria-hidden": "true" }, line));
      el("span", "", note, line);
    });
    legends[layer.id] = node;
  }
  function buildSearch() {
    var node = section(atlas.words.search, scroll);
    node.classList.add("ug-search");
    var input = el("input", "", null, node), hits = el("ul", "ug-hits", null, node);
    input.type = "search";
    input.placeholder = atlas.words.search_hint;
    input.setAttribute("aria-label", atlas.words.search);
    function find() {
      var word = input.value.trim();
      hits.textContent = "";
      if (!word) { return []; }
      var found = [];
      atlas.counties.forEach(function (item, member) {
        var rank = item.name === word || item.adcode === word ? 0 : item.name.indexOf(word) === 0 ? 1 : item.adcode.indexOf(word) === 0 ? 2
          : item.name.indexOf(word) > 0 ? 3 : item.prefecture.indexOf(word) === 0 ? 4 : -1;
        if (rank >= 0) { found.push([rank, member]); }
      });
      found.sort(function (a, b) { return a[0] - b[0] || a[1] - b[1]; });
      if (!found.length) { el("li", "ug-none", atlas.words.search_none, hits); }
      found.slice(0, 8).forEach(function (pair) {
        var item = atlas.counties[pair[1]], button = el("button", "", item.name + " ", el("li", "", null, hits));
        button.type = "button";
        el("small", "", item.prefecture + " " + item.adcode, button);
        button.addEventListener("click", function () { go(pair[1]); });
      });
      return found.map(function (pair) { return pair[1]; });
    }
    function go(member) {
      hits.textContent = "";
      map.fitBounds(mosaic[member].getBounds(), { maxZoom: 9.5, padding: [40, 40], animate: false });
      state.view = null;
      remember();
      pin(member, map.latLngToContainerPoint(atlas.counties[member].at));
    }
    input.addEventListener("input", find);
    input.addEventListener("keydown", function (event) {
      if (event.key === "Enter") { event.preventDefault(); var found = find(); if (found.length) { go(found[0]); } }
    });
  }
  var viewButtons = [];
  function buildViews() {
    var node = section(atlas.words.views, scroll);
    node.classList.add("ug-views");
    var row = el("div", "ug-buttons", null, node);
    atlas.views.forEach(function (view) {
      var button = el("button", "", view.name, row);
      button.type = "button";
      button.addEventListener("click", function () { show(view.id); remember(); });
      viewButtons.push([view.id, button]);
    });
  }
  function buildLayers() {
    if (atlas.fills.length > 1) {
      var base = section(atlas.words.fill, scroll);
      base.classList.add("ug-group");
      atlas.fills.forEach(function (scheme) {
        var row = el("div", "ug-layer", null, base), label = el("label", "", null, row), input = el("input", "", null, label);
        input.type = "radio";
        input.name = dataId + "-fill";
        input.value = scheme.id;
        el("span", "", scheme.name, label);
        inputs["fill=" + scheme.id] = input;
        rows["fill=" + scheme.id] = row;
        if (scheme.classes) {
          var legend = el("div", "ug-legend", null, row);
          scheme.classes.forEach(function (item) {
            var line = el("div", "", null, legend);
            swatch({ fill: item.colour, fill_opacity: 1, stroke: "#8b8b8b", stroke_width: 0.5 }, line);
            el("span", "", item.name, line);
          });
          if (scheme.values.some(function (value) { return value === null; })) {
            var gap = el("div", "", null, legend);
            swatch({ fill: "#d9d9d9", fill_opacity: 1, stroke: "#8b8b8b", stroke_width: 0.5 }, gap);
            el("span", "", atlas.words.no_data, gap);
          }
          legends["fill=" + scheme.id] = legend;
        }
        input.addEventListener("change", function () { chooseFill(scheme.id); remember(); });
      });
    }
    el("p", "ug-plain ug-counted", atlas.words.counted, scroll);
    var places = {};
    atlas.layers.forEach(function (layer) {
      if (!places[layer.group]) {
        places[layer.group] = section(layer.group, scroll);
        places[layer.group].classList.add("ug-group");
      }
      var row = el("div", "ug-layer", null, places[layer.group]), label = el("label", "", null, row), input = el("input", "", null, label);
      input.type = "checkbox";
      input.setAttribute("data-layer", layer.id);
      var text = el("span", "", layer.name, label);
      if (layer.count !== null && layer.count !== undefined) { el("span", "ug-count", atlas.words.count_open + layer.count + atlas.words.count_close, text); }
      inputs[layer.id] = input;
      rows[layer.id] = row;
      if (layer.lines.length || layer.notes.length) { legendOf(layer, row); } else { row.classList.add("ug-bare"); }
      input.addEventListener("change", function () { toggle(layer.id, input.checked); refresh(); remember(); });
    });
  }
  function buildTotals() {
    if (!atlas.totals.length) { return; }
    var node = reported(section(atlas.words.totals, scroll, "section"));
    if (atlas.totals_skeleton) { badge(atlas.words.skeleton_mark, el("p", "ug-plain", null, node)); }
    atlas.totals.forEach(function (table) {
      var part = el("div", "ug-part", null, node), grid = el("table", "ug-totals", null, part);
      var caption = el("caption", "", table.name + (table.target ? atlas.words.target + table.target + atlas.words.wan + refs(table.refs) : atlas.words.no_target), grid);
      if (table.target_mark) { badge(table.target_mark, caption); }
      var line = el("tr", "", null, el("thead", "", null, grid));
      atlas.words.totals_head.forEach(function (word) { el("th", "", word, line).scope = "col"; });
      var rows = el("tbody", "", null, grid);
      table.rows.forEach(function (row) {
        var tr = el("tr", "", null, rows), th = el("th", "", row.definition + row.marks, tr);
        th.scope = "row";
        el("td", "", row.minutes, tr);
        el("td", "", row.people, tr);
        el("td", row.short ? "ug-short" : "", row.gap, tr);
      });
      table.footnotes.forEach(function (note) { el("p", "ug-foot-note", note, part); });
    });
  }
  function buildNotes() {
    if (atlas.notes.length) {
      var list = el("ul", "ug-list", null, reported(section(atlas.words.notes, scroll, "section")));
      atlas.notes.forEach(function (note) { el("li", "", note, list); });
    }
    var about = reported(section(atlas.words.about, scroll, "section"));
    atlas.about.forEach(function (line) { el("p", "ug-plain", line, about); });
    if (atlas.sources.length) {
      sources = section(atlas.words.sources + atlas.words.count_open + atlas.sources.length + atlas.words.count_close, scroll, "details");
      var items = el("ol", "ug-list", null, sources);
      atlas.sources.forEach(function (source) {
        var item = el("li", "", source.title, items);
        if (source.mark) { badge(source.mark, item); }
      });
      reported(sources);
    }
  }

  // ---- state: view, layers and fill live in the address ------------------------------------------------------------
  var state = { view: "all", writing: false };
  function show(id) {
    var view = atlas.views.filter(function (item) { return item.id === id; })[0] || atlas.views[0];
    var before = moving;
    moving = true;
    map.fitBounds(view.bounds, { padding: [14, 14], animate: false });
    moving = before;
    state.view = view.id;
    markView();
  }
  function markView() { viewButtons.forEach(function (pair) { pair[1].setAttribute("aria-pressed", String(pair[0] === state.view)); }); }
  function chooseFill(id) {
    paint(id);
    atlas.fills.forEach(function (scheme) {
      var key = "fill=" + scheme.id;
      if (inputs[key]) { inputs[key].checked = scheme.id === id; }
      if (legends[key]) { legends[key].hidden = scheme.id !== id; }
      // A paper legend has nothing to say about no fill.
      if (rows[key]) { rows[key].classList.toggle("ug-off", scheme.id !== id || !scheme.classes); }
    });
  }
  function refresh() { drawStamps(); placeLabels(); }
  function remember() {
    var centre = map.getCenter(), parts = [state.view ? "view=" + encodeURIComponent(state.view)
      : "at=" + [centre.lat.toFixed(4), centre.lng.toFixed(4), map.getZoom()].join(",")];
    parts.push("on=" + atlas.layers.filter(function (layer) { return on[layer.id]; }).map(function (layer) { return encodeURIComponent(layer.id); }).join(","));
    if (fill !== "none") { parts.push("fill=" + encodeURIComponent(fill)); }
    markView();
    // Some frames of notebooks have no address of their own; the map works there without remembering.
    try { history.replaceState(null, "", "#" + parts.join("&")); } catch (error) { return; }
  }
  function restore() {
    var wanted = {};
    location.hash.replace(/^#/, "").split("&").forEach(function (part) {
      var cut = part.indexOf("=");
      if (cut > 0) { wanted[part.slice(0, cut)] = part.slice(cut + 1); }
    });
    function plain(text) { try { return decodeURIComponent(text); } catch (error) { return text; } }
    var chosen = wanted.on === undefined ? null : wanted.on.split(",").map(plain);
    atlas.layers.forEach(function (layer) { toggle(layer.id, chosen ? chosen.indexOf(layer.id) >= 0 : layer.on); });
    var scheme = plain(wanted.fill || "none");
    chooseFill(atlas.fills.some(function (item) { return item.id === scheme; }) ? scheme : "none");
    var at = (wanted.at || "").split(",").map(Number);
    if (at.length === 3 && at.every(isFinite)) {
      map.setView([at[0], at[1]], at[2], { animate: false });
      state.view = null;
      markView();
    } else { show(plain(wanted.view || "all")); }
    refresh();
  }
  // ---- paper: page one is the map with the legend of what is on, the pages after it are read -------------------------
  var paper = window.matchMedia ? window.matchMedia("print") : { matches: false };
  var screen = null;
  function frame(view, bounds) {
    moving = true;
    map.invalidateSize({ animate: false });
    if (view) { show(view); } else { map.fitBounds(bounds, { animate: false }); }
    moving = false;
    refresh();
  }
  function toPaper() {
    if (screen) { return; }
    screen = { view: state.view, bounds: map.getBounds(), centre: map.getCenter(), zoom: map.getZoom(), open: sources && sources.open, moved: [] };
    body.classList.add("ug-print");
    reports.forEach(function (node) { report.appendChild(node); });
    if (sources) { sources.open = true; }
    [].forEach.call(scroll.querySelectorAll(".ug-group"), function (node) {
      node.classList.toggle("ug-off", !node.querySelector(".ug-layer:not(.ug-off):not(.ug-bare)"));
    });
    // What does not fit beside the map goes on with the legend on the next page.
    var groups = [].slice.call(scroll.querySelectorAll(".ug-group:not(.ug-off)")), next = null;
    while (scroll.scrollHeight > scroll.clientHeight + 1 && groups.length > 1) {
      if (!next) {
        next = el("section", "ug-section ug-rest", null);
        el("h2", "", atlas.words.legend_more, next);
        report.insertBefore(next, report.firstChild);
      }
      var last = groups.pop();
      screen.moved.unshift([last, last.nextSibling]);
      next.insertBefore(last, next.children[1] || null);
    }
    screen.next = next;
    frame(state.view, screen.bounds);
  }
  function toScreen() {
    if (!screen || paper.matches) { return; }
    var was = screen;
    was.moved.slice().reverse().forEach(function (pair) { scroll.insertBefore(pair[0], pair[1]); });
    if (was.next) { was.next.remove(); }
    reports.forEach(function (node) { scroll.appendChild(node); });
    if (sources) { sources.open = was.open; }
    body.classList.remove("ug-print");
    moving = true;
    map.invalidateSize({ animate: false });
    map.setView(was.centre, was.zoom, { animate: false });
    moving = false;
    last = box.clientWidth + "x" + box.clientHeight;
    screen = null;
    refresh();
  }
  window.addEventListener("beforeprint", toPaper);
  window.addEventListener("afterprint", toScreen);
  if (paper.addEventListener) { paper.addEventListener("change", function () { if (paper.matches) { toPaper(); } else { toScreen(); } }); }

  var moving = false;
  map.on("dragend", function () { state.view = null; remember(); });
  map.on("zoomend", function () { if (!moving && ready) { state.view = null; remember(); } });
  map.on("moveend zoomend resize", placeLabels);
  window.addEventListener("hashchange", restore);

  var ready = false;
  buildSearch();
  buildViews();
  buildLayers();
  buildTotals();
  buildNotes();
  if (paper.matches) { window.setTimeout(toPaper, 0); }
  if (window.innerWidth <= 640) { body.classList.add("ug-folded"); }
  map.invalidateSize({ animate: false });
  restore();
  ready = true;
  var last = box.clientWidth + "x" + box.clientHeight;
  if (window.ResizeObserver) {
    new ResizeObserver(function () {
      var now = box.clientWidth + "x" + box.clientHeight;
      if (now === last || screen) { return; }
      last = now;
      map.invalidateSize({ animate: false });
      if (state.view) { show(state.view); }
    }).observe(box);
  }
  document.documentElement.setAttribute("data-urbangeo", "ready");
}
