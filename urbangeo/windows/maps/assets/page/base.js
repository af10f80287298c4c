/* The base map under the counties, if there is one, and the shift of the drawing where its datum asks for it. */
urbangeo.part("base", function (page) {
  "use strict";
  var map = page.map, base = page.atlas.base_map, words = page.words, el = page.el;

  page.based = Boolean(base);
  // What is filled lets the base map through.
  page.through = function (opacity) { return base ? opacity * 0.55 : opacity; };
  if (!base) { return; }
  page.body.classList.add("ug-based");

  // GCJ-02 as urbangeo.language.datum has it: the published formula, undone by iterating it.
  var A = 6378245.0, EE = 0.00669342162296594323, BOX = [72.004, 0.8293, 137.8347, 55.8271];
  function offset(lng, lat) {
    var x = lng - 105, y = lat - 35, r = Math.PI, root = Math.sqrt(Math.abs(x));
    var short = (20 * Math.sin(6 * x * r) + 20 * Math.sin(2 * x * r)) * 2 / 3;
    var north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + short
      + (20 * Math.sin(y * r) + 40 * Math.sin(y / 3 * r)) * 2 / 3 + (160 * Math.sin(y / 12 * r) + 320 * Math.sin(y * r / 30)) * 2 / 3;
    var east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + short
      + (20 * Math.sin(x * r) + 40 * Math.sin(x / 3 * r)) * 2 / 3 + (150 * Math.sin(x / 12 * r) + 300 * Math.sin(x / 30 * r)) * 2 / 3;
    var phi = lat / 180 * r, magic = 1 - EE * Math.sin(phi) * Math.sin(phi);
    return [east * 180 / (A / Math.sqrt(magic) * Math.cos(phi) * r), north * 180 / (A * (1 - EE) / (magic * Math.sqrt(magic)) * r)];
  }
  function inChina(lng, lat) { return lng >= BOX[0] && lng <= BOX[2] && lat >= BOX[1] && lat <= BOX[3]; }
  function shift(latLng) {
    var by = inChina(latLng.lng, latLng.lat) ? offset(latLng.lng, latLng.lat) : [0, 0];
    return new L.LatLng(latLng.lat + by[1], latLng.lng + by[0]);
  }
  function unshift(latLng) {
    var at = latLng;
    for (var round = 0; round < 8 && inChina(at.lng, at.lat); round += 1) {
      var by = offset(at.lng, at.lat);
      at = new L.LatLng(latLng.lat - by[1], latLng.lng - by[0]);
    }
    return at;
  }
  if (base.shifted) {
    // The data stay as they are: only the way from degrees to the screen has the shift in it, both ways. Tiles are
    // placed by the unshifted way.
    var plain = L.CRS.EPSG3857;
    map.options.crs = L.extend({}, plain, {
      projection: L.extend({}, plain.projection, {
        project: function (latLng) { return plain.projection.project(shift(latLng)); },
        unproject: function (point) { return unshift(plain.projection.unproject(point)); }
      })
    });
    map.setView(map.getCenter(), map.getZoom(), { animate: false, reset: true });
  }
  page.shifted = Boolean(base.shifted);
  page.shift = shift;
  page.unshift = unshift;

  var pane = map.createPane("ug-base"), failed = false;
  pane.style.zIndex = 200;
  pane.style.pointerEvents = "none";
  base.tiles.forEach(function (address) {
    L.tileLayer(address, { pane: "ug-base", subdomains: base.subdomains, maxNativeZoom: base.max_zoom, maxZoom: map.getMaxZoom(), noWrap: true })
      .on("tileerror", function () {
        if (failed) { return; }
        failed = true;
        page.drawStamps();
      }).addTo(map);
  });
  page.begin.push(function () {
    if (base.shifted) { page.stampers.push(function () { return words.base_shifted; }); }
    page.stampers.push(function () { return failed && words.base_failed; });
    page.addControl("bottomright", el("div", "ug-credit", words.base + base.attribution));
  });
});
