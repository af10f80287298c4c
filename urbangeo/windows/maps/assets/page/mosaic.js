/* The county mosaic, which answers the pointer, with the borders above it. */
urbangeo.part("mosaic", function (page) {
  "use strict";
  var map = page.map, atlas = page.atlas;

  var county = atlas.styles.county;
  function drawn() {
    var renderer = page.rendererFor("ug-counties", 10, true);
    var polygons = atlas.counties.map(function (item, member) { return polygonOf(renderer, member); });
    var borderRenderer = page.rendererFor("ug-borders", 55, false);
    new page.Shape(bordersOf(function (list) { return list.length === 2 && sides(list, "prefecture")[0] !== sides(list, "prefecture")[1]; }),
      { renderer: borderRenderer, pane: "ug-borders", color: "#5a554d", weight: 1.6, fill: false, interactive: false, className: "ug-prefectures" }).addTo(map);
    new page.Shape(bordersOf(function (list) { return list.length === 1 || sides(list, "province")[0] !== sides(list, "province")[1]; }),
      { renderer: borderRenderer, pane: "ug-borders", color: "#3d3a35", weight: 2.2, fill: false, interactive: false, className: "ug-provinces" }).addTo(map);
    return polygons;
  }
  function polygonOf(renderer, member) {
    var polygon = new page.Shape(function (pen) { page.traceUnit(pen, member); }, {
      renderer: renderer, pane: "ug-counties", color: county.stroke, weight: county.stroke_width, fillColor: county.fill, fill: true, fillOpacity: page.through(1),
      fillRule: "evenodd", className: "ug-county"
    }).addTo(map).on("mouseover", function () { page.hover(member); }).on("mousemove", function (event) { page.follow(event.containerPoint); })
      .on("mouseout", function () { page.hover(null); }).on("click", function (event) { L.DomEvent.stop(event); page.pin(member, event.containerPoint); });
    polygon.getBounds = function () { return page.boundsOf(member); };
    return polygon;
  }
  function bordersOf(test) { return page.drawChains(page.chainsOf(test)); }
  function sides(list, field) { return list.map(function (member) { return atlas.counties[member][field]; }); }
  // Too many counties for an element each are drawn on canvas.
  var mosaic = page.largeMosaic ? page.largeMosaic() : drawn();
  var markRenderer = page.rendererFor("ug-mark", 95, false);
  var halo = L.polygon([], { renderer: markRenderer, pane: "ug-mark", fill: false, color: "#fff", weight: 5, opacity: 0.9, smoothFactor: 0, interactive: false }).addTo(map);
  var mark = L.polygon([], { renderer: markRenderer, pane: "ug-mark", fill: false, color: "#111", weight: 2.4, smoothFactor: 0, interactive: false }).addTo(map);

  function paint(id) {
    page.fill = id;
    var scheme = atlas.fills.filter(function (item) { return item.id === id; })[0];
    mosaic.forEach(function (polygon, member) {
      var rank = scheme && scheme.values ? scheme.values[member] : null;
      var colour = rank === null || rank === undefined ? county.fill : scheme.classes[rank].colour;
      polygon.setStyle({ fillColor: scheme && scheme.values && (rank === null || rank === undefined) ? "#d9d9d9" : colour,
        fillOpacity: page.through(scheme && scheme.values ? 1 : page.based ? 0.2 : 1) });
    });
  }

  page.fill = "none";
  page.mosaic = mosaic;
  page.paint = paint;
  page.outline = function (rings) {
    halo.setLatLngs(rings);
    mark.setLatLngs(rings);
  };
});
