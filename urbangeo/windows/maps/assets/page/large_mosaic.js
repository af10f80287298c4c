/* The county mosaic of a large map: one canvas for all counties, which still answers the pointer county by county. */
urbangeo.part("large_mosaic", function (page) {
  "use strict";
  var map = page.map, atlas = page.atlas, lines = page.packed;
  if (atlas.drawing !== "canvas") { return; }

  var county = atlas.styles.county;
  var units = atlas.geometry.units;
  // The box of each county, of those of its arcs.
  var boxes = new Float64Array(4 * units.length);
  units.forEach(function (unit, member) {
    var box = 4 * member;
    boxes[box] = boxes[box + 1] = Infinity;
    boxes[box + 2] = boxes[box + 3] = -Infinity;
    unit.forEach(function (polygon) {
      polygon[0].forEach(function (number) {
        var arc = 4 * (number < 0 ? -number - 1 : number);
        for (var side = 0; side < 2; side += 1) {
          boxes[box + side] = Math.min(boxes[box + side], lines.boxes[arc + side]);
          boxes[box + 2 + side] = Math.max(boxes[box + 2 + side], lines.boxes[arc + 2 + side]);
        }
      });
    });
  });
  function traceUnit(pen, member) {
    if (!pen.isSeen(boxes, 4 * member)) { return; }
    units[member].forEach(function (polygon) { polygon.forEach(function (ring) { pen.trace(lines, ring, true); }); });
  }
  // The outer edge of counties of one colour: what lies between two of them need not be traced to fill them. Edges of
  // an area close by themselves.
  function edgeOf(members) { return page.chainsOf(page.isEdgeOf(members)); }
  // By the even-odd rule, with every vertex, whatever the zoom shows.
  function holds(member, x, y) {
    var inside = false, box = 4 * member;
    if (x < boxes[box] || x > boxes[box + 2] || y < boxes[box + 1] || y > boxes[box + 3]) { return false; }
    units[member].forEach(function (polygon) {
      polygon.forEach(function (ring) {
        ring.forEach(function (number) {
          var arc = number < 0 ? -number - 1 : number;
          // Which way an arc is run does not matter for counting crossings.
          for (var at = lines.starts[arc] + 1; at < lines.starts[arc + 1]; at += 1) {
            var y0 = lines.y[at - 1], y1 = lines.y[at];
            if ((y0 > y) !== (y1 > y) && x < lines.x[at - 1] + (y - y0) / (y1 - y0) * (lines.x[at] - lines.x[at - 1])) { inside = !inside; }
          }
        });
      });
    });
    return inside;
  }
  function memberAt(place) {
    var at = map.options.crs.projection.project(L.latLng(place)), at0 = map.options.crs.transformation.transform(at, 1);
    for (var member = 0; member < units.length; member += 1) { if (holds(member, at0.x, at0.y)) { return member; } }
    return null;
  }

  function isInner(field) {
    return function (list) { return list.length === 2 && atlas.counties[list[0]][field] !== atlas.counties[list[1]][field]; };
  }
  var isPrefecture = isInner("prefecture"), isProvince = isInner("province");
  function arcsOf(test) {
    var found = [];
    page.owners.forEach(function (list, number) { if (test(list)) { found.push([number]); } });
    return found;
  }
  function traceAll(chains) {
    return function (pen) {
      chains.forEach(function (chain) { if (pen.isSeen(lines.boxes, 4 * chain[0])) { pen.trace(lines, chain, false); } });
    };
  }
  var borders = arcsOf(function () { return true; });

  page.largeMosaic = function () {
    page.rendererFor("ug-counties", 10, true);
    page.rendererFor("ug-borders", 55, false);
    var renderer = page.canvasFor("ug-counties"), above = page.canvasFor("ug-borders");
    var colours = units.map(function () { return county.fill; }), edges = null, opacity = page.through(1);
    var Mosaic = page.Drawing.extend({
      _updatePath: function () {
        if (!this._renderer._drawing) { return; }
        var pen = page.penOf(this._renderer);
        if (!edges) {
          var groups = {};
          colours.forEach(function (colour, member) { (groups[colour] = groups[colour] || []).push(member); });
          edges = {};
          Object.keys(groups).forEach(function (colour) { edges[colour] = edgeOf(groups[colour]); });
        }
        Object.keys(edges).forEach(function (colour) {
          pen.ctx.beginPath();
          edges[colour].forEach(function (chain) { pen.trace(lines, chain, true); });
          pen.ctx.fillStyle = colour;
          pen.ctx.globalAlpha = opacity;
          pen.ctx.fill("evenodd");
        });
        page.Drawing.prototype._updatePath.call(this);
      },
      _containsPoint: function (point) { return memberAt(map.layerPointToLatLng(point)) !== null; }
    });
    var all = new Mosaic(traceAll(borders), { renderer: renderer, pane: "ug-counties", color: county.stroke,
      // As SVG each border is drawn from both sides.
      weight: 1.3 * county.stroke_width, far: { weight: 0.5 } });
    var under = null;
    function look(event) {
      var member = memberAt(event.latlng);
      if (member !== under) {
        under = member;
        page.hover(member);
      }
      page.follow(event.containerPoint);
    }
    all.on("mouseover mousemove", look).on("mouseout", function () {
      under = null;
      page.hover(null);
    }).on("click", function (event) {
      var member = memberAt(event.latlng);
      if (member === null) { return; }
      L.DomEvent.stop(event);
      page.pin(member, event.containerPoint);
    }).addTo(map);
    new page.Drawing(traceAll(arcsOf(isPrefecture)), { renderer: above, pane: "ug-borders", color: "#5a554d", weight: 1.6, interactive: false, far: { weight: 0.8 } }).addTo(map);
    new page.Drawing(traceAll(arcsOf(function (list) { return list.length === 1 || isProvince(list); })),
      { renderer: above, pane: "ug-borders", color: "#3d3a35", weight: 2.2, interactive: false, far: { weight: 1.5 } }).addTo(map);
    page.memberAt = memberAt;
    page.traceUnit = traceUnit;
    page.edgeOf = edgeOf;

    // What other parts ask of a county's polygon.
    return units.map(function (unit, member) {
      return {
        getBounds: function () { return L.latLngBounds([].concat.apply([], page.shapes[member].map(function (polygon) { return polygon[0]; }))); },
        getElement: function () { return null; },
        setStyle: function (style) {
          // One opacity for all: counties are painted together.
          if (style.fillOpacity !== undefined && style.fillOpacity !== opacity) {
            opacity = style.fillOpacity;
            all.redraw();
          }
          if (style.fillColor && style.fillColor !== colours[member]) {
            colours[member] = style.fillColor;
            edges = null;
            all.redraw();
          }
          return this;
        }
      };
    });
  };
});
