/* The first view, before there is anything to draw: set once, as the address says or as the map begins. */
urbangeo.part("first", function (page) {
  "use strict";
  var map = page.map, views = page.atlas.views, asked = {};

  function plain(text) { try { return decodeURIComponent(text); } catch (error) { return text; } }
  // What the address asks for, by key.
  page.asked = function () {
    asked = {};
    location.hash.replace(/^#/, "").split("&").forEach(function (part) {
      var cut = part.indexOf("=");
      if (cut > 0) { asked[part.slice(0, cut)] = part.slice(cut + 1); }
    });
    return asked;
  };
  // Centre and zoom it asks for, or null.
  page.askedAt = function () {
    var at = (asked.at || "").split(",").map(Number);
    var usable = at.length === 3 && at.every(isFinite) && Math.abs(at[0]) <= 85 && Math.abs(at[1]) <= 360;
    // Anybody can write an address: far outside, or at a zoom the map does not have, the browser would reckon for ever.
    return usable && at[2] >= map.getMinZoom() && at[2] <= map.getMaxZoom() ? at : null;
  };
  // The layers it asks for; those of the opening if it says nothing.
  page.askedLayers = function (text) {
    var chosen = text === undefined ? null : text.split(",").map(plain);
    return page.atlas.layers.filter(function (layer) { return chosen ? chosen.indexOf(layer.id) >= 0 : layer.on; });
  };
  page.look = function (at) {
    var centre = L.latLng(at[0], at[1]);
    if (map.getZoom() === at[2] && map.project(map.getCenter()).distanceTo(map.project(centre)) < 0.5) { return; }
    map.setView(centre, at[2], { animate: false });
  };
  // A view that is in sight already is not set again: every path would be written anew.
  page.fit = function (bounds) {
    var target = map._getBoundsCenterZoom(L.latLngBounds(bounds), { padding: [14, 14] });
    if (map.getZoom() === target.zoom && map.project(map.getCenter()).distanceTo(map.project(target.center)) < 0.5) { return; }
    map.setView(target.center, target.zoom, { animate: false });
  };
  page.viewOf = function (id) { return views.filter(function (item) { return item.id === id; })[0] || views[0]; };

  if (window.innerWidth <= 640) { page.body.classList.add("ug-folded"); }
  page.asked();
  map.invalidateSize({ animate: false, pan: false });
  var at = page.askedAt();
  if (at) { page.look(at); } else { page.fit(page.viewOf(plain(asked.view || "all")).bounds); }
  page.isFar = function () { return map.getZoom() < 7; };
  page.box.classList.toggle("ug-far", page.isFar());
  // Where neighbours are known what lies around is no sea, drawn or not: a province without them would be an island.
  page.box.classList.toggle("ug-framed", page.atlas.layers.some(function (layer) { return layer.kind === "context"; }));
  page.plain = plain;
});
