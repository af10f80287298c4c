/* The live circle on the map: bands, the heavy line of the chosen time, centres that can be moved, changed roads. */
urbangeo.part("live_map", function (page) {
  "use strict";

  var live = page.live;
  if (!live) { return; }

  var el = page.el, map = page.map, shape = page.shape;
  var LOOK = live.layer.looks;
  var STEP = { near: 4, far: 40 };   // screen pixels an arrow key moves a centre, without and with Shift
  var pane = map.createPane("ug-live-centres");
  pane.style.zIndex = 620;
  var parts = null, markers = [], cached = { result: null, rings: {} };

  // ---- bands -----------------------------------------------------------------------------------------------------------
  function ringsAt(minutes) {
    if (cached.result !== live.result) { cached = { result: live.result, rings: {} }; }
    var key = minutes.toFixed(2);
    // Only the fixed bands are asked for again and again; the chosen time changes with every movement of the slider.
    if (live.layer.cutoffs.indexOf(minutes) < 0) { return live.result.rings(minutes); }
    if (!cached.rings[key]) { cached.rings[key] = live.result.rings(minutes); }
    return cached.rings[key];
  }
  function closed(rings) { return rings.map(function (ring) { return ring.concat([ring[0]]); }); }
  function drawBands() {
    var minutes = live.state().minutes, inner = [], inside = [];
    live.layer.bands.forEach(function (line, rank) {
      var cutoff = live.layer.cutoffs[rank], last = cutoff >= minutes || rank === live.layer.bands.length - 1;
      var starts = rank ? live.layer.cutoffs[rank - 1] : 0;
      if (starts >= minutes) { parts.bands[rank].setLatLngs([]); return; }
      var outer = ringsAt(last ? minutes : cutoff);
      parts.bands[rank].setLatLngs(outer.concat(inner));
      if (!last) { inside = inside.concat(closed(outer)); }
      inner = outer;
    });
    parts.inside.setLatLngs(inside);
    parts.halo.setLatLngs(closed(inner));
    parts.edge.setLatLngs(closed(inner));
  }

  // ---- centres -----------------------------------------------------------------------------------------------------------
  function pin(rank) {
    var node = el("span", "ug-live-pin");
    var svg = shape("svg", { width: 34, height: 34, viewBox: "0 0 34 34", "aria-hidden": "true" }, node);
    shape("circle", { cx: 17, cy: 17, r: 15, fill: "rgba(255,255,255,.55)", stroke: LOOK.centre.stroke, "stroke-width": 1.6, "stroke-dasharray": "4 3" }, svg);
    shape("path", { d: "M17 0V7M17 27V34M0 17H7M27 17H34", stroke: LOOK.centre.stroke, "stroke-width": 1.8 }, svg);
    shape("circle", { cx: 17, cy: 17, r: 8, fill: LOOK.centre.stroke, stroke: "#fff", "stroke-width": 2 }, svg);
    var number = shape("text", { x: 17, y: 21, "text-anchor": "middle", "font-size": 11, "font-weight": 700, fill: "#fff" }, svg);
    number.textContent = String(rank + 1);
    return node;
  }
  function makeMarker(rank) {
    var marker = L.marker(live.state().centres[rank].at, {
      pane: "ug-live-centres", draggable: !live.fixed, keyboard: !live.fixed, interactive: !live.fixed, autoPan: true, autoPanPadding: [30, 30],
      icon: L.divIcon({ className: "ug-live-centre", html: pin(rank), iconSize: [34, 34] })
    });
    function here() { var at = marker.getLatLng(); return [at.lat, at.lng]; }
    marker.on("drag", function () { live.moveCentre(rank, here(), true); });
    marker.on("dragend", function () { live.moveCentre(rank, here(), false); });
    marker.on("click", L.DomEvent.stop);
    marker.on("keydown", function (event) {
      var original = event.originalEvent, step = original.shiftKey ? STEP.far : STEP.near;
      var moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      if (!moves[original.key]) { return; }
      L.DomEvent.stop(original);
      var point = map.latLngToContainerPoint(marker.getLatLng()).add(moves[original.key]), to = map.containerPointToLatLng(point);
      marker.setLatLng(to);
      live.moveCentre(rank, [to.lat, to.lng], false);
    });
    marker.ugTip = el("span", "");
    marker.bindTooltip(marker.ugTip, { direction: "right", offset: [19, 0], permanent: false });
    marker.ugFault = L.tooltip({ permanent: true, direction: "left", offset: [-19, 0], className: "ug-live-fault", interactive: false });
    return marker;
  }
  function placeMarkers() {
    var centres = live.state().centres;
    while (markers.length > centres.length) { parts.group.removeLayer(markers.pop()); }
    centres.forEach(function (centre, rank) {
      if (!markers[rank]) {
        markers[rank] = makeMarker(rank);
        parts.group.addLayer(markers[rank]);
      }
      if (!live.dragging) { markers[rank].setLatLng(centre.at); }
      var name = live.dragging ? centre.name || live.spotText(centre.at) : live.placeText(centre), icon = markers[rank].getElement();
      page.write(markers[rank].ugTip, name);
      if (icon && !live.fixed) {
        icon.setAttribute("aria-label", live.say("centre_label", { n: rank + 1, name: name }));
        icon.setAttribute("aria-roledescription", live.say("centre_role"));
      }
    });
  }
  live.spotText = function (at) { return at[1].toFixed(4) + "°E " + at[0].toFixed(4) + "°N"; };
  // A spot by the county it lies in, with its coordinates; by these alone outside the map.
  live.placeText = function (centre) {
    if (centre.name) { return centre.name; }
    var found = -1;
    page.shapes.some(function (polygons, member) {
      if (!holds(polygons, centre.at)) { return false; }
      found = member;
      return true;
    });
    return found < 0 ? live.spotText(centre.at) : live.say("spot_in", { name: page.atlas.counties[found].name, spot: live.spotText(centre.at) });
  };
  function holds(polygons, at) {
    var inside = false;
    polygons.forEach(function (rings) {
      rings.forEach(function (ring) {
        for (var i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
          var a = ring[i], b = ring[j];
          if ((a[0] > at[0]) !== (b[0] > at[0]) && at[1] < (b[1] - a[1]) * (at[0] - a[0]) / (b[0] - a[0]) + a[1]) { inside = !inside; }
        }
      });
    });
    return inside;
  }
  live.focusCentre = function (rank) {
    var icon = markers[rank] && markers[rank].getElement();
    if (icon) { icon.focus(); }
  };
  live.faultText = function (fault) {
    var key = "fault_" + fault.code, centre = fault.centre + 1;
    return live.say(live.layer.words[key] === undefined ? "fault_other" : key, {
      // With every road closed there is none to be far from.
      n: centre, km: typeof fault.metres === "number" && isFinite(fault.metres) ? live.number(fault.metres / 1000, 1) : "?", code: fault.code
    });
  };
  function drawLegs() {
    var faults = {}, lines = [];
    live.result.faults.forEach(function (fault) { faults[fault.centre] = live.faultText(fault); });
    live.result.snapped.forEach(function (snap) { lines.push([live.state().centres[snap.centre].at, snap.at]); });
    parts.legs.setLatLngs(lines);
    markers.forEach(function (marker, rank) {
      var icon = marker.getElement();
      if (icon) { icon.classList.toggle("ug-live-bad", Boolean(faults[rank])); }
      if (!faults[rank]) { marker.ugFault.remove(); return; }
      marker.ugFault.setLatLng(marker.getLatLng()).setContent(el("span", "", faults[rank]));
      if (!map.hasLayer(marker.ugFault)) { parts.group.addLayer(marker.ugFault); }
    });
  }

  // ---- roads: grey lines of the network the circle runs on, and what was changed on top ------------------------------------
  function drawRoads() {
    var changes = live.state().changes, lines = { off: [], slower: [], faster: [] };
    Object.keys(changes).forEach(function (id) {
      var road = live.road(id);
      if (road) { lines[live.kindOf(road, changes[id])].push(road.path); }
    });
    Object.keys(lines).forEach(function (kind) {
      parts.changed[kind][0].setLatLngs(lines[kind]);
      parts.changed[kind][1].setLatLngs(lines[kind]);
    });
  }
  // Counties newly in, and those no longer in, against what is compared with.
  live.outlines = function (newly, gone) {
    [["gained", newly], ["lost", gone]].forEach(function (pair) {
      var rings = [];
      pair[1].forEach(function (member) { page.shapes[member].forEach(function (polygon) { polygon.forEach(function (ring) { rings.push(ring.concat([ring[0]])); }); }); });
      parts[pair[0]].forEach(function (part) { part.setLatLngs(rings); });
    });
  };
  live.kindOf = function (road, change) { return change.off ? "off" : change.kmh < road.kmh ? "slower" : "faster"; };
  // The road nearest to a spot on the screen, no farther than a finger is thick.
  var REACH = 9;
  live.roadAt = function (latlng) {
    var zoom = map.getZoom(), here = map.project(latlng, zoom), best = null, least = REACH * REACH;
    var low = map.unproject(here.subtract([REACH, REACH]), zoom), high = map.unproject(here.add([REACH, REACH]), zoom);
    live.engine.roads.forEach(function (road) {
      for (var i = 1; i < road.path.length; i += 1) {
        var a = road.path[i - 1], b = road.path[i];
        if (Math.max(a[0], b[0]) < high.lat || Math.min(a[0], b[0]) > low.lat || Math.max(a[1], b[1]) < low.lng || Math.min(a[1], b[1]) > high.lng) { continue; }
        var p = map.project(a, zoom), q = map.project(b, zoom), away = L.LineUtil.pointToSegmentDistance(here, p, q);
        if (away * away < least) { least = away * away; best = road; }
      }
    });
    return best;
  };
  var tip = L.tooltip({ direction: "top", offset: [0, -6], className: "ug-live-road-tip" });
  function overRoad(event) {
    var road = live.roadAt(event.latlng);
    parts.hover.setLatLngs(road ? road.path : []);
    if (!road) { tip.remove(); return; }
    tip.setLatLng(event.latlng).setContent(el("span", "", live.roadText(road)));
    if (!map.hasLayer(tip)) { tip.addTo(map); }
  }
  function leaveRoad() {
    parts.hover.setLatLngs([]);
    tip.remove();
  }
  function pathOf(road) { return road.path; }
  live.hint = function (roads) { if (parts) { parts.hover.setLatLngs(roads.map(pathOf)); } };
  live.chosen = function (roads) { if (parts) { parts.chosen.setLatLngs(roads.map(pathOf)); } };
  live.onRoad = function () { return; };

  page.makers.live = function (layer, name, renderer) {
    function line(style) {
      return L.polyline([], Object.assign({ renderer: renderer, pane: name, interactive: false, smoothFactor: 0.4 }, style));
    }
    var order = [], opened = live.open();
    parts = { group: L.layerGroup(), changed: {} };
    function put(part) { order.push(part); return part; }
    parts.bands = layer.bands.map(function (band) {
      return put(L.polygon([], { renderer: renderer, pane: name, interactive: false, stroke: false, fillRule: "evenodd", fillColor: band.colour,
        fillOpacity: page.through(band.opacity), smoothFactor: 0.4, className: "ug-band ug-live-band" }));
    });
    parts.inside = put(line({ color: LOOK.edge.stroke, weight: 0.7, className: "ug-contour" }));
    parts.halo = put(line({ color: "#fff", weight: 5.6, opacity: 0.85 }));
    parts.edge = put(line({ color: LOOK.edge.stroke, weight: LOOK.edge.stroke_width, className: "ug-live-edge" }));
    if (opened && !live.fixed) {
      // Thin lines to see, wide ones nobody sees to meet with a finger.
      var paths = live.engine.roads.map(pathOf);
      put(line({ color: "#fff", weight: 2.6, opacity: 0.6 })).setLatLngs(paths);
      put(line({ color: LOOK.road.stroke, weight: LOOK.road.stroke_width, className: "ug-live-roads" })).setLatLngs(paths);
      ["faster", "slower", "off"].forEach(function (kind) {
        var style = LOOK[kind];
        parts.changed[kind] = [put(line({ color: "#fff", weight: style.stroke_width + 3.4, lineCap: "butt" })),
          put(line({ color: style.stroke, weight: style.stroke_width, dashArray: style.dash || null, lineCap: "butt", className: "ug-live-" + kind }))];
      });
      parts.hover = put(line({ color: "#0b6bcb", weight: 6, opacity: 0.45 }));
      parts.chosen = put(line({ color: "#0b6bcb", weight: 9, opacity: 0.4, className: "ug-live-chosen" }));
      put(L.polyline(paths, { renderer: renderer, pane: name, opacity: 0, weight: 2 * REACH, smoothFactor: 0.4, bubblingMouseEvents: false, className: "ug-live-touch" })
        .on("mousemove", overRoad).on("mouseout", leaveRoad).on("click", function (event) {
          L.DomEvent.stop(event);
          var road = live.roadAt(event.latlng);
          if (road) { live.onRoad(road); }
        }));
    }
    ["gained", "lost"].forEach(function (kind) {
      parts[kind] = [put(line({ color: "#fff", weight: LOOK[kind].stroke_width + 4, opacity: 0.9 })),
        put(line({ color: LOOK[kind].stroke, weight: LOOK[kind].stroke_width + 1.4, dashArray: LOOK[kind].dash || null, className: "ug-live-" + kind }))];
    });
    parts.legs = put(line({ color: LOOK.centre.stroke, weight: 1.6, dashArray: "2 4" }));
    order.forEach(function (part) { parts.group.addLayer(part); });
    return [parts.group];
  };

  live.when("state", function () { if (parts && live.engine) { placeMarkers(); } });
  live.when("drawn", function () {
    placeMarkers();
    drawBands();
    drawLegs();
    if (!live.fixed) { drawRoads(); }
  });
});
