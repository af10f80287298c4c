/* Roads of the live circle: chosen on the map or by name, closed, slowed down or sped up, and given back. */
urbangeo.part("live_roads", function (page) {
  "use strict";

  var live = page.live;
  if (!live || live.fixed) { return; }

  var el = page.el, map = page.map, say = live.say, button = live.button;
  var MOST_HITS = 10;
  var chosen = null;         // {roads: all of its route, picked: those to be changed}
  var asking = false;        // another speed was chosen, and no figure given yet
  var part = el("div", "ug-live-part", null, live.tools);
  el("h3", "", say("roads"), part);
  el("p", "ug-plain", say("roads_hint"), part);
  var search = el("input", "", null, part), hits = el("ul", "ug-hits", null, part), editor = el("div", "ug-live-editor", null, part);
  search.type = "search";
  search.placeholder = say("roads_search");
  search.setAttribute("aria-label", say("roads_search"));
  editor.hidden = true;
  var changed = el("div", "ug-live-changed", null, part);

  // ---- how roads are called --------------------------------------------------------------------------------------------
  function nameOf(road) { return road.name || say("road_unnamed"); }
  function kmOf(road) {
    var metres = 0;
    for (var i = 1; i < road.path.length; i += 1) { metres += map.distance(road.path[i - 1], road.path[i]); }
    return metres / 1000;
  }
  function lengthOf(roads) {
    var km = roads.reduce(function (sum, road) { return sum + kmOf(road); }, 0);
    return say("km", { n: live.number(km, km < 20 ? 1 : 0) });
  }
  function speedOf(roads) {
    var low = Infinity, high = 0;
    roads.forEach(function (road) { low = Math.min(low, road.kmh); high = Math.max(high, road.most); });
    return say("kmh", { n: live.number(low) + (Math.round(high) > Math.round(low) ? "—" + live.number(high) : "") });
  }
  function classOf(roads) {
    var names = [];
    roads.forEach(function (road) {
      var word = live.layer.classes[road["class"]] || road["class"];
      if (names.indexOf(word) < 0) { names.push(word); }
    });
    return names.slice(0, 2).join(say("comma"));
  }
  function changeText(roads, change) { return change.off ? say("is_off") : say("is_kmh", { n: change.kmh, was: speedOf(roads) }); }
  live.roadText = function (road) {
    var change = live.state().changes[road.id];
    return [nameOf(road), classOf([road]), lengthOf([road]), speedOf([road]), change ? changeText([road], change) : ""].filter(Boolean).join(" · ");
  };
  // All stretches of one name; a stretch without a name stands alone.
  function routeOf(road) {
    if (!road.name) { return [road]; }
    return live.engine.roads.filter(function (other) { return other.name === road.name && other.rail === road.rail; });
  }

  // ---- the list: roads by name, each with all its stretches --------------------------------------------------------------
  function find() {
    var word = search.value.trim().toLowerCase(), found = [], seen = {};
    hits.textContent = "";
    if (!word || !live.engine) { return found; }
    live.engine.roads.forEach(function (road) {
      var rank = road.name.toLowerCase().indexOf(word), key = road.name + (road.rail ? "\nrail" : "");
      if (rank < 0 || seen[key]) { return; }
      seen[key] = true;
      found.push([rank ? 1 : 0, routeOf(road)]);
    });
    found.sort(function (a, b) { return a[0] - b[0] || (a[1][0].name < b[1][0].name ? -1 : a[1][0].name > b[1][0].name ? 1 : 0); });
    if (!found.length) { el("li", "ug-none", say("roads_none"), hits); }
    found.slice(0, MOST_HITS).forEach(function (pair) {
      var roads = pair[1], item = button("", el("li", "", null, hits), function () { choose(roads, roads, true); });
      el("span", "", nameOf(roads[0]) + " ", item);
      el("small", "", [classOf(roads), lengthOf(roads), speedOf(roads)].join(" · "), item);
      item.addEventListener("mouseenter", function () { live.hint(roads); });
      item.addEventListener("focus", function () { live.hint(roads); });
      item.addEventListener("mouseleave", function () { live.hint([]); });
      item.addEventListener("blur", function () { live.hint([]); });
    });
    if (found.length > MOST_HITS) { el("li", "ug-none", say("roads_more", { n: found.length - MOST_HITS }), hits); }
    return found;
  }
  search.addEventListener("input", find);
  search.addEventListener("keydown", function (event) {
    if (event.key !== "Enter") { return; }
    event.preventDefault();
    var found = find();
    if (found.length) { choose(found[0][1], found[0][1], true); }
  });

  // ---- the editor --------------------------------------------------------------------------------------------------------
  var title = el("p", "ug-live-road", null, editor), facts = el("p", "ug-plain", null, editor), stretches = el("label", "ug-live-stretch", null, editor);
  el("span", "", say("stretch"), stretches);
  var stretch = el("select", "", null, stretches), kind = {}, choices = el("div", "ug-live-way", null, editor);
  stretch.addEventListener("change", function () {
    var rank = Number(stretch.value);
    choose(chosen.roads, rank < 0 ? chosen.roads : [chosen.roads[rank]], true, stretch);
  });
  choices.setAttribute("role", "radiogroup");
  choices.setAttribute("aria-label", say("road_state"));
  ["open", "off", "kmh"].forEach(function (name) {
    var label = el("label", "", null, choices), input = el("input", "", null, label);
    input.type = "radio";
    input.name = page.id + "-live-road";
    input.value = name;
    el("span", "", say("road_" + name), label);
    input.addEventListener("change", function () {
      // A speed as stated is no change: the choice waits for another figure.
      asking = Boolean(chosen) && name === "kmh" && Number(speed.value) === Math.round(chosen.picked[0].kmh) && chosen.picked[0].most === chosen.picked[0].kmh;
      if (asking) { problem.textContent = ""; } else { apply(true); }
      if (name === "kmh") { speed.focus(); speed.select(); }
    });
    kind[name] = input;
  });
  var figure = el("span", "ug-live-figure", null, choices), speed = el("input", "ug-live-number", null, figure);
  speed.type = "number";
  speed.step = 1;
  speed.setAttribute("aria-label", say("road_speed"));
  el("span", "", say("kmh_unit"), figure);
  var problem = el("p", "ug-plain ug-live-problem", null, editor);
  problem.setAttribute("role", "alert");
  button(say("done"), editor, function () { choose(null); search.focus(); });
  // A field as it is being filled may say "1" on the way to "100": only a whole answer counts, the rest is told when left.
  speed.addEventListener("input", function () { kind.kmh.checked = true; apply(false); });
  speed.addEventListener("change", function () { kind.kmh.checked = true; apply(true); });
  function apply(final) {
    if (!chosen) { return; }
    var road = chosen.picked[0], value = Number(speed.value), limits = live.limits(road), text = speed.value.trim();
    problem.textContent = "";
    if (kind.off.checked) { live.setRoads(chosen.picked, { off: true }); return; }
    if (kind.open.checked) { live.setRoads(chosen.picked, null); return; }
    if (text && live.isSpeed(road, value)) { asking = asking && !final; live.setRoads(chosen.picked, { kmh: value }); } else if (final) {
      problem.textContent = say("speed_range", { low: limits[0], high: limits[1], text: text || "—" });
    }
  }
  // The change all of them have in common, null for none; undefined where they differ.
  function common(roads) {
    var changes = live.state().changes;
    if (!roads.some(function (road) { return changes[road.id]; })) { return null; }
    var all = roads.map(function (road) { return JSON.stringify(changes[road.id] || { kmh: road.most === road.kmh ? road.kmh : null }); });
    return all.every(function (one) { return one === all[0]; }) ? JSON.parse(all[0]) : undefined;
  }
  function choose(roads, picked, look, focus) {
    chosen = roads ? { roads: roads, picked: picked } : null;
    asking = false;
    live.chosen(chosen ? picked : []);
    hits.textContent = "";
    editor.hidden = !chosen;
    problem.textContent = "";
    if (!chosen) { return; }
    search.value = "";
    stretch.textContent = "";
    stretches.hidden = roads.length < 2;
    if (roads.length > 1) {
      el("option", "", say("stretch_all", { n: roads.length, km: lengthOf(roads) }), stretch).value = "-1";
      roads.forEach(function (road, rank) {
        el("option", "", say("stretch_one", { n: rank + 1, km: lengthOf([road]) }), stretch).value = String(rank);
      });
      stretch.value = String(picked.length === roads.length ? -1 : roads.indexOf(picked[0]));
    }
    showChosen(true);
    var bounds = L.latLngBounds([]);
    picked.forEach(function (road) { bounds.extend(road.path); });
    if (look && !map.getBounds().intersects(bounds)) { map.fitBounds(bounds, { maxZoom: 9, animate: false }); }
    editor.scrollIntoView({ block: "nearest" });
    (focus || (kind.off.checked ? kind.off : kind.kmh.checked ? kind.kmh : kind.open)).focus({ preventScroll: true });
  }
  function showChosen(anew) {
    if (!chosen) { return; }
    var roads = chosen.picked, change = common(roads), limits = live.limits(roads[0]);
    page.write(title, nameOf(roads[0]));
    facts.textContent = [classOf(roads), lengthOf(roads), speedOf(roads), change ? changeText(roads, change) : change === null ? "" : say("mixed")].filter(Boolean).join(" · ");
    speed.min = limits[0];
    speed.max = limits[1];
    if ((document.activeElement === speed || asking) && !anew) { return; }
    ["open", "off", "kmh"].forEach(function (name) { kind[name].checked = change !== undefined && name === (!change ? "open" : change.off ? "off" : "kmh"); });
    if (anew || change && change.kmh) { speed.value = change && change.kmh !== undefined ? change.kmh : Math.round(roads[0].kmh); }
  }
  live.onRoad = function (road) { choose(routeOf(road), [road], false); };

  // ---- what was changed: stretches of one name and one change in one line ---------------------------------------------------
  function showChanged() {
    var changes = live.state().changes, lines = {}, order = [], holder = changed.contains(document.activeElement);
    Object.keys(changes).forEach(function (id) {
      var road = live.road(id);
      if (!road) { return; }
      var key = JSON.stringify([road.name || road.id, road.rail, changes[id]]);
      if (!lines[key]) { lines[key] = []; order.push(key); }
      lines[key].push(road);
    });
    live.changedWords = [];
    changed.textContent = "";
    changed.hidden = !order.length;
    if (!order.length) {
      if (holder) { search.focus(); }
      return;
    }
    el("strong", "", say("changed", { n: order.length }), changed);
    var list = el("ul", "", null, changed);
    order.forEach(function (key) {
      var roads = lines[key], change = changes[roads[0].id], all = routeOf(roads[0]), line = el("li", "ug-live-is-" + live.kindOf(roads[0], change), null, list);
      var name = nameOf(roads[0]) + (roads.length === all.length ? "" : say("some_stretches", { n: roads.length, of: all.length }));
      live.changedWords.push(say("changed_item", { name: name, change: changeText(roads, change) }));
      el("span", "", live.changedWords[live.changedWords.length - 1] + " ", line);
      button(say("change"), line, function () { choose(all, roads, true); }).setAttribute("aria-label", say("change") + " " + name);
      button(say("restore"), line, function () { live.setRoads(roads, null); }).setAttribute("aria-label", say("restore") + " " + name);
    });
    var every = button(say("restore_all"), changed, function () { live.restoreRoads(); }, "ug-live-restore-all");
    if (holder) { every.focus(); }
  }
  var last = "{}";
  live.when("state", function () {
    var now = JSON.stringify(live.state().changes) + Boolean(live.engine);
    if (now !== last) { last = now; showChanged(); }
    showChosen(false);
  });
});
