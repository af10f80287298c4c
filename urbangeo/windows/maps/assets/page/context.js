/* What lies around: neighbouring provinces in grey, below everything, in a frame. Beyond the frame nothing is drawn, and
   paper says so: were it of the colour of the sea, land cut off at the frame would look like a coast. */
urbangeo.part("context", function (page) {
  "use strict";
  page.makers.context = function (layer, name, renderer) {
    var rings = page.drawLines(page.linesFrom(layer.rings, layer.scale), true), edges = page.drawLines(page.linesFrom(layer.edges, layer.scale), false);
    var options = { renderer: renderer, pane: name, interactive: false }, parts = [];
    function add(shape) { parts.push(shape); }
    add(L.rectangle(layer.window, L.extend({ stroke: false, fill: true, fillOpacity: 1, className: "ug-window" }, options)));
    add(new page.Shape(rings, L.extend({ fill: true, fillRule: "evenodd", stroke: false, fillColor: layer.fill, fillOpacity: page.through(1), className: "ug-context" }, options)));
    add(new page.Shape(edges, L.extend({ fill: false, color: layer.stroke, weight: layer.stroke_width }, options)));
    add(L.rectangle(layer.window, L.extend({ fill: false, color: "#7d8791", weight: 1, className: "ug-neatline" }, options)));
    return parts;
  };
});
