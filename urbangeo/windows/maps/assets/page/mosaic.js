/* The county mosaic, which answers the pointer. */
urbangeo.part("mosaic", function (page) {
  "use strict";
  var map = page.map, atlas = page.atlas;

  var county = atlas.styles.county;
  function drawn() {
    var renderer = page.rendererFor("ug-counties", 10, true);
    return atlas.counties.map(function (item, member) { return polygonOf(renderer, member); });
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
      var style = { fillColor: scheme && scheme.values && (rank === null || rank === undefined) ? "#d9d9d9" : colour,
        fillOpacity: page.through(scheme && scheme.values ? 1 : page.based ? 0.2 : 1) }, now = polygon.options;
      // What is so already is not written again.
      if (!now || now.fillColor !== style.fillColor || now.fillOpacity !== style.fillOpacity) { polygon.setStyle(style); }
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
