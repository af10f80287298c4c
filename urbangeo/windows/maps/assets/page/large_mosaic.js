/* The county mosaic of a large map: one canvas for all counties, which still answers the pointer county by county. */
urbangeo.part("large_mosaic", function (page) {
  "use strict";
  var map = page.map, atlas = page.atlas, lines = page.packed;
  if (atlas.drawing !== "canvas") { return; }

  var county = atlas.styles.county, memberAt = page.memberAt;
  var units = atlas.geometry.units;
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
    var renderer = page.canvasFor("ug-counties");
    var colours = units.map(function () { return county.fill; }), edges = null, opacity = page.through(1);
    var Mosaic = page.Drawing.extend({
      _updatePath: function () {
        if (!this._renderer._drawing) { return; }
        var pen = page.penOf(this._renderer);
        if (!edges) {
          var groups = {};
          colours.forEach(function (colour, member) { (groups[colour] = groups[colour] || []).push(member); });
          edges = {};
          Object.keys(groups).forEach(function (colour) { edges[colour] = page.edgeOf(groups[colour]); });
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

    // What other parts ask of a county's polygon.
    return units.map(function (unit, member) {
      return {
        getBounds: function () { return page.boundsOf(member); },
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

  page.largeBorders = function () {
    page.rendererFor("ug-borders", 55, false);
    var above = page.canvasFor("ug-borders");
    new page.Drawing(traceAll(arcsOf(isPrefecture)), { renderer: above, pane: "ug-borders", color: "#5a554d", weight: 1.6, interactive: false, far: { weight: 0.8 } }).addTo(map);
    new page.Drawing(traceAll(arcsOf(function (list) { return list.length === 1 || isProvince(list); })),
      { renderer: above, pane: "ug-borders", color: "#3d3a35", weight: 2.2, interactive: false, far: { weight: 1.5 } }).addTo(map);
  };
});
