/* Marks on the map, scale, north. */
urbangeo.part("furniture", function (page) {
  "use strict";
  var map = page.map, atlas = page.atlas, words = page.words, el = page.el, shape = page.shape;

  var stamps = el("div", "ug-stamps");
  function addControl(position, node) {
    var control = L.control({ position: position });
    control.onAdd = function () { return node; };
    control.addTo(map);
  }
  L.control.zoom({ position: "topleft", zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
  var north = el("div", "ug-north");
  var arrow = shape("svg", { width: 26, height: 40, viewBox: "0 0 26 40", role: "img", "aria-label": words.north }, north);
  shape("path", { d: "M13 2L22 36L13 29L4 36Z", fill: "#fff", stroke: "#123a63", "stroke-width": 1.4, "stroke-linejoin": "round" }, arrow);
  shape("path", { d: "M13 2L22 36L13 29Z", fill: "#123a63" }, arrow);
  el("div", "", words.north_short, north);
  addControl("topright", north);
  addControl("bottomright", stamps);
  var Scale = L.Control.Scale.extend({
    _updateMetric: function (most) {
      var metres = this._getRoundNum(most);
      this._updateScale(this._mScale, metres < 1000 ? metres + words.metre : metres / 1000 + words.kilometre, metres / most);
    }
  });
  new Scale({ position: "bottomleft", imperial: false, maxWidth: 140 }).addTo(map);
  // Each looks at the layers that are page.on and says a mark, or nothing.
  var stampers = [
    function (live) { return live.some(function (layer) { return layer.skeleton; }) && words.skeleton_mark; },
    function (live) { return live.some(function (layer) { return layer.unconfirmed; }) && words.unconfirmed_mark; }
  ];
  function drawStamps() {
    stamps.textContent = "";
    var live = atlas.layers.filter(function (layer) { return page.on[layer.id]; });
    stampers.map(function (stamp) { return stamp(live); }).filter(Boolean).forEach(function (text) { el("div", "ug-stamp", text, stamps); });
  }

  page.addControl = addControl;
  page.stampers = stampers;
  page.drawStamps = drawStamps;
});
