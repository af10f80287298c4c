/* What lies around: neighbouring provinces in grey, below everything. */
urbangeo.part("context", function (page) {
  "use strict";
  var undelta = page.undelta;

  page.makers.context = function (layer, name, renderer) {
    var rings = layer.rings.map(function (ring) { return undelta(ring, layer.scale); });
    var edges = layer.edges.map(function (edge) { return undelta(edge, layer.scale); });
    return [
      L.polygon(rings, { renderer: renderer, pane: name, interactive: false, smoothFactor: 0, fillRule: "evenodd", stroke: false, fillColor: layer.fill,
        fillOpacity: page.through(1), className: "ug-context" }),
      L.polyline(edges, { renderer: renderer, pane: name, interactive: false, smoothFactor: 0, color: layer.stroke, weight: layer.stroke_width })
    ];
  };
});
