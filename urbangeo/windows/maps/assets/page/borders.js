/* The borders of prefectures and provinces, above the mosaic. */
urbangeo.part("borders", function (page) {
  "use strict";
  var map = page.map, counties = page.atlas.counties;
  if (page.largeBorders) {
    page.largeBorders();
    return;
  }

  var renderer = page.rendererFor("ug-borders", 55, false);
  function differ(list, field) { return counties[list[0]][field] !== counties[list[list.length - 1]][field]; }
  function draw(test, style) {
    new page.Shape(page.drawChains(page.chainsOf(test)), L.extend({ renderer: renderer, pane: "ug-borders", fill: false, interactive: false }, style)).addTo(map);
  }
  draw(function (list) { return list.length === 2 && differ(list, "prefecture"); }, { color: "#5a554d", weight: 1.6, className: "ug-prefectures" });
  draw(function (list) { return list.length === 1 || differ(list, "province"); }, { color: "#3d3a35", weight: 2.2, className: "ug-provinces" });
});
