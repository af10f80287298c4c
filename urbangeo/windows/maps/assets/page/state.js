/* State: view, layers and fill live in the address. */
urbangeo.part("state", function (page) {
  "use strict";
  var map = page.map, atlas = page.atlas;

  var state = { view: "all" };
  function show(id) {
    var view = page.viewOf(id);
    var before = page.moving;
    page.moving = true;
    page.fit(view.bounds);
    page.moving = before;
    state.view = view.id;
    page.markView();
  }
  function chooseFill(id) {
    page.paint(id);
    page.overClasses(atlas.fills.some(function (scheme) { return scheme.id === id && scheme.values; }));
    atlas.fills.forEach(function (scheme) {
      var key = "fill=" + scheme.id;
      if (page.inputs[key]) { page.inputs[key].checked = scheme.id === id; }
      if (page.legends[key]) { page.legends[key].hidden = scheme.id !== id; }
      // A paper legend has nothing to say about no fill.
      if (page.rows[key]) { page.rows[key].classList.toggle("ug-off", scheme.id !== id || !scheme.classes); }
    });
  }
  function refresh() { page.drawStamps(); page.placeLabels(); }
  // What the address keeps, in this order: view, layers, fill, and what other parts add. `write` returns text fit for an
  // address, or null for nothing; `read` gets that text back, undefined where the address has none.
  var kept = [];
  function keep(key, read, write) { kept.push({ key: key, read: read, write: write }); }
  var plain = page.plain;
  keep("on", function (text) {
    var asked = page.askedLayers(text);
    atlas.layers.forEach(function (layer) { page.toggle(layer.id, asked.indexOf(layer) >= 0); });
  }, function () {
    return atlas.layers.filter(function (layer) { return page.on[layer.id]; }).map(function (layer) { return encodeURIComponent(layer.id); }).join(",");
  });
  keep("fill", function (text) {
    var scheme = plain(text || "none");
    chooseFill(atlas.fills.some(function (item) { return item.id === scheme; }) ? scheme : "none");
  }, function () { return page.fill === "none" ? null : encodeURIComponent(page.fill); });

  // While the page opens the address is read, not written: what it asks for comes into being piece by piece.
  var restored = false;
  function remember() {
    if (!restored) { return; }
    var centre = map.getCenter(), parts = [state.view ? "view=" + encodeURIComponent(state.view)
      : "at=" + [centre.lat.toFixed(4), centre.lng.toFixed(4), map.getZoom()].join(",")];
    kept.forEach(function (item) {
      var text = item.write();
      if (text !== null) { parts.push(item.key + "=" + text); }
    });
    page.markView();
    // Some frames of notebooks have no address of their own; the map works there without remembering.
    try { history.replaceState(null, "", "#" + parts.join("&")); } catch (error) { return; }
  }
  function restore() {
    var wanted = page.asked(), at = page.askedAt();
    kept.forEach(function (item) { item.read(wanted[item.key]); });
    if (at) {
      page.look(at);
      state.view = null;
      page.markView();
    } else { show(plain(wanted.view || "all")); }
    restored = true;
    page.drawStamps();
    if (page.opened) { page.placeLabels(); }
  }

  page.moving = false;
  page.state = state;
  page.show = show;
  page.chooseFill = chooseFill;
  page.refresh = refresh;
  page.keep = keep;
  page.remember = remember;
  page.restore = restore;
});
