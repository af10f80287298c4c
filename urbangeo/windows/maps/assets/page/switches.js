/* Fills of the counties and switches of the layers, each with its legend. */
urbangeo.part("switches", function (page) {
  "use strict";
  var atlas = page.atlas, words = page.words, scroll = page.scroll, el = page.el;

  if (atlas.fills.length > 1) {
    var base = page.section(words.fill, scroll);
    base.classList.add("ug-group");
    atlas.fills.forEach(function (scheme) {
      var row = el("div", "ug-layer", null, base), label = el("label", "", null, row), input = el("input", "", null, label);
      input.type = "radio";
      input.name = page.id + "-fill";
      input.value = scheme.id;
      el("span", "", scheme.name, label);
      page.inputs["fill=" + scheme.id] = input;
      page.rows["fill=" + scheme.id] = row;
      if (scheme.classes) {
        var legend = el("div", "ug-legend", null, row);
        scheme.classes.forEach(function (item) {
          var line = el("div", "", null, legend);
          page.swatch({ fill: item.colour, fill_opacity: 1, stroke: "#8b8b8b", stroke_width: 0.5 }, line);
          el("span", "", item.name, line);
        });
        if (scheme.values.some(function (value) { return value === null; })) {
          var gap = el("div", "", null, legend);
          page.swatch({ fill: "#d9d9d9", fill_opacity: 1, stroke: "#8b8b8b", stroke_width: 0.5 }, gap);
          el("span", "", words.no_data, gap);
        }
        page.legends["fill=" + scheme.id] = legend;
      }
      input.addEventListener("change", function () { page.chooseFill(scheme.id); page.remember(); });
    });
  }
  el("p", "ug-plain ug-counted", words.counted, scroll);
  var places = {};
  atlas.layers.forEach(function (layer) {
    if (!places[layer.group]) {
      places[layer.group] = page.section(layer.group, scroll);
      places[layer.group].classList.add("ug-group");
    }
    var row = el("div", "ug-layer", null, places[layer.group]), label = el("label", "", null, row), input = el("input", "", null, label);
    input.type = "checkbox";
    input.setAttribute("data-layer", layer.id);
    var text = el("span", "", layer.name, label);
    if (layer.count !== null && layer.count !== undefined) { el("span", "ug-count", words.count_open + layer.count + words.count_close, text); }
    page.inputs[layer.id] = input;
    page.rows[layer.id] = row;
    if (layer.lines.length || layer.notes.length) { page.legendOf(layer, row); } else { row.classList.add("ug-bare"); }
    input.addEventListener("change", function () { page.toggle(layer.id, input.checked); page.refresh(); page.remember(); });
  });
});
