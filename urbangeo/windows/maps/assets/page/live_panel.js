/* The live circle in the panel: switch, time, centres, direction. */
urbangeo.part("live_panel", function (page) {
  "use strict";

  var live = page.live;
  if (!live) { return; }

  var el = page.el, map = page.map, atlas = page.atlas, layer = live.layer, say = live.say;
  var KM_A_MINUTE = 1.4;
  var row = page.rows[layer.id], node = row.parentNode;
  node.classList.add("ug-live");
  node.setAttribute("data-live", "off");
  // Next to the views: what can be asked stands before what can be looked at.
  var views = page.scroll.querySelector(".ug-views");
  page.scroll.insertBefore(node, views ? views.nextSibling : page.scroll.firstChild);

  function button(words, parent, action, className) {
    var made = el("button", className || "", words, parent);
    made.type = "button";
    made.addEventListener("click", action);
    return made;
  }
  live.button = button;

  var invitation = el("div", "ug-live-invite", null, node);
  el("p", "ug-plain", say(live.fixed ? "invite_fixed" : "invite"), invitation);
  button(say("try"), invitation, function () {
    // Two circles on top of each other cannot be read, nor bands over the colours of lists: these make room, and it is said.
    var others = atlas.layers.filter(function (item) { return (item.kind === "circles" || item.kind === "areas") && page.on[item.id]; });
    others.forEach(function (item) { page.toggle(item.id, false); });
    aside.hidden = !others.length;
    page.toggle(layer.id, true);
    page.state.view = null;
    // On a phone the panel lies over the map: it makes room for what is to be seen, and opens again with its button.
    var narrow = window.innerWidth <= 640;
    if (narrow) { page.fold(true); }
    map.fitBounds(around(), { padding: [14, 14], animate: false });
    page.refresh();
    page.remember();
    if (narrow) { page.head.querySelector(".ug-open").focus(); return; }
    page.scroll.scrollTop += node.getBoundingClientRect().top - page.scroll.getBoundingClientRect().top - 4;
    slider.focus();
  });
  // What the longest time may reach, at the speed of an expressway with its detours.
  function around() {
    var bounds = L.latLngBounds([]);
    live.state().centres.forEach(function (centre) { bounds.extend(L.latLng(centre.at).toBounds(2 * layer.limit * KM_A_MINUTE * 1000)); });
    return bounds;
  }
  var tools = el("div", "ug-live-tools", null, node);
  tools.hidden = true;
  live.tools = tools;
  var aside = el("p", "ug-plain ug-live-aside", say("aside"), tools);
  aside.hidden = true;

  // ---- where it may begin ------------------------------------------------------------------------------------------------
  var starts = null;
  if (layer.starts.length > 1) {
    var from = el("label", "ug-live-start", null, tools);
    el("span", "", say("start"), from);
    starts = el("select", "", null, from);
    layer.starts.forEach(function (start, rank) { el("option", "", start.name, starts).value = String(rank); });
    var own = el("option", "", say("start_own"), starts);
    own.value = "own";
    own.disabled = true;
    starts.addEventListener("change", function () {
      live.chooseStart(Number(starts.value));
      map.fitBounds(around(), { padding: [14, 14], animate: false });
    });
  }

  // ---- time ----------------------------------------------------------------------------------------------------------
  var clock = el("div", "ug-live-time", null, tools), id = page.id + "-live-";
  var label = el("label", "", say("time"), clock);
  label.htmlFor = id + "time";
  var slider = el("input", "", null, clock), field = el("input", "ug-live-number", null, clock);
  slider.type = "range";
  slider.id = id + "time";
  field.type = "number";
  field.setAttribute("aria-label", say("time"));
  [slider, field].forEach(function (input) {
    input.min = live.range[0];
    input.max = live.range[1];
    input.step = 0.1;
  });
  el("span", "", page.words.minute, clock);
  slider.addEventListener("input", function () { live.setMinutes(Number(slider.value)); });
  // A tenth is for the hand that drags; keys go by whole minutes.
  slider.addEventListener("keydown", function (event) {
    var step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -5, PageUp: 5 }[event.key];
    if (!step) { return; }
    event.preventDefault();
    live.setMinutes(Math.round(live.state().minutes) + step);
  });
  field.addEventListener("change", function () {
    var value = Number(field.value);
    if (field.value.trim() && isFinite(value)) { live.setMinutes(value); }
    showState();
  });
  var ticks = el("div", "ug-live-ticks", null, tools);
  ticks.setAttribute("aria-label", say("ticks"));
  ticks.setAttribute("role", "group");
  layer.cutoffs.filter(function (minutes) { return minutes >= live.range[0] && minutes <= live.range[1]; }).forEach(function (minutes) {
    button(String(minutes), ticks, function () { live.setMinutes(minutes); }).setAttribute("data-minutes", minutes);
  });

  // ---- what follows, said in one place ---------------------------------------------------------------------------------
  live.answer = el("div", "ug-live-answer", null, tools);

  // ---- centres -----------------------------------------------------------------------------------------------------------
  var centres = null, add = null, problem = null, choices = {};
  if (live.fixed) { el("p", "ug-plain ug-live-why", say(layer.reason === "asked" ? "fixed_asked" : "fixed"), tools); } else { buildWishes(); }
  function buildWishes() {
    var part = el("div", "ug-live-part", null, tools);
    el("h3", "", say("centres"), part);
    el("p", "ug-plain", say("centres_hint"), part);
    centres = el("div", "", null, part);
    problem = el("p", "ug-plain ug-live-problem", null, part);
    problem.setAttribute("role", "alert");
    add = button(say("add_centre"), part, function () {
      var spot = middle();
      live.addCentre(spot);
      live.focusCentre(live.state().centres.length - 1);
    });
    var way = el("div", "ug-live-way", null, part);
    way.setAttribute("role", "radiogroup");
    way.setAttribute("aria-label", say("direction"));
    ["from", "to"].forEach(function (direction) {
      var choice = el("label", "", null, way), input = el("input", "", null, choice);
      input.type = "radio";
      input.name = id + "way";
      input.value = direction;
      el("span", "", say("direction_" + direction), choice);
      input.addEventListener("change", function () { live.setDirection(direction); });
      choices[direction] = input;
    });
  }
  // A second centre begins in the middle of what is shown, or beside the first where that is where the first stands.
  function middle() {
    var size = map.getSize(), at = size.divideBy(2), first = map.latLngToContainerPoint(live.state().centres[0].at);
    if (first.distanceTo(at) < 60) { at = first.add([90, 40]); }
    var spot = map.containerPointToLatLng(at);
    return [spot.lat, spot.lng];
  }
  var fields = [];
  function showCentres() {
    var list = live.state().centres;
    if (fields.length !== list.length) {
      centres.textContent = "";
      fields = list.map(function (centre, rank) {
        var line = el("div", "ug-live-centre-row", null, centres), words = el("label", "", null, line);
        el("span", "ug-live-dot", String(rank + 1), words);
        var input = el("input", "", null, words);
        input.type = "text";
        input.placeholder = say("centre_hint");
        input.setAttribute("aria-label", say("centre_field", { n: rank + 1 }));
        input.addEventListener("keydown", function (event) { if (event.key === "Enter") { event.preventDefault(); place(rank, input.value); } });
        input.addEventListener("change", function () { place(rank, input.value); });
        button(say("show"), line, function () {
          map.panTo(live.state().centres[rank].at, { animate: false });
          live.focusCentre(rank);
        }).setAttribute("aria-label", say("show_centre", { n: rank + 1 }));
        if (list.length > 1) {
          button("×", line, function () { live.removeCentre(rank); }).setAttribute("aria-label", say("remove_centre", { n: rank + 1 }));
        }
        return input;
      });
    }
    list.forEach(function (centre, rank) {
      if (document.activeElement !== fields[rank]) { fields[rank].value = centre.name || live.spotText(centre.at); }
      fields[rank].setAttribute("data-at", centre.at.join(","));
    });
    add.hidden = list.length >= live.most;
  }
  // "117.13,36.93", "36.93 117.13", "117.13°E 36.93°N": in China the larger number is the longitude.
  function spotOf(text) {
    var plain = text.replace(/[°EN东经北纬度]/gi, " ").replace(/[，、,;；\s]+/g, " ").trim();
    if (!/^-?\d+(\.\d+)? -?\d+(\.\d+)?$/.test(plain)) { return null; }
    var pair = plain.split(" ").map(Number);
    return pair[0] > pair[1] ? [pair[1], pair[0]] : pair;
  }
  function place(rank, text) {
    var centre = live.state().centres[rank], word = text.trim(), at = null, said = "";
    problem.textContent = "";
    if (!centre || !word || word === centre.name || word === live.spotText(centre.at)) { return; }
    var spot = spotOf(word), start = startOf(word), called = "";
    if (start) { at = start.at; } else if (spot) {
      at = spot;
      if (Math.abs(at[0]) > 85 || Math.abs(at[1]) > 180) { at = null; said = say("no_spot", { text: word }); }
    } else {
      var found = page.findCounties(word);
      if (!found.length) { said = say("no_place", { text: word }); } else if (found.length > 1) {
        said = say("many_places", { text: word, list: found.slice(0, 4).map(function (member) { return atlas.counties[member].prefecture + atlas.counties[member].name; }).join(say("comma")) });
      } else {
        at = layer.seats[found[0]] || atlas.counties[found[0]].at;
        called = say(layer.seats[found[0]] ? "county_seat" : "county_middle", { name: atlas.counties[found[0]].name });
      }
    }
    if (!at) { page.write(problem, said); return; }
    live.moveCentre(rank, at, false);
    if (called) { live.nameCentre(rank, called); }
    // The field says at once what it was understood as: leaving it asks for nothing again.
    fields[rank].value = live.state().centres[rank].name || live.spotText(live.state().centres[rank].at);
    if (!map.getBounds().contains(at)) { map.panTo(at, { animate: false }); }
  }
  // A starting point by its name or its key; by the beginning of either where only one begins so and no county is so called.
  function startOf(word) {
    var exact = [], like = [];
    layer.starts.forEach(function (item) {
      item.centres.forEach(function (one) {
        var names = item.centres.length === 1 ? [one.name, item.id, item.name] : [one.name];
        if (names.indexOf(word) >= 0) { exact.push(one); }
        if (names.some(function (name) { return name && name.indexOf(word) === 0; })) { like.push(one); }
      });
    });
    if (exact.length) { return exact[0]; }
    var spots = like.filter(function (one, rank) { return like.slice(0, rank).every(function (other) { return String(other.at) !== String(one.at); }); });
    return spots.length === 1 && !page.findCounties(word).length ? spots[0] : null;
  }
  live.place = place;
  page.findCounties = function (word) {
    var exact = [], like = [];
    atlas.counties.forEach(function (item, member) {
      if (item.name === word || item.adcode === word || item.prefecture + item.name === word) { exact.push(member); }
      if (item.name.indexOf(word) === 0) { like.push(member); }
    });
    return exact.length ? exact : like;
  };

  // ---- showing the state -------------------------------------------------------------------------------------------------
  function showState() {
    var state = live.state();
    invitation.hidden = live.on;
    tools.hidden = !live.on;
    slider.value = state.minutes;
    slider.setAttribute("aria-valuetext", live.minuteText(state.minutes) + page.words.minute);
    if (document.activeElement !== field) { field.value = live.minuteText(state.minutes); }
    [].forEach.call(ticks.children, function (item) { item.setAttribute("aria-pressed", String(Number(item.getAttribute("data-minutes")) === state.minutes)); });
    if (starts) { starts.value = live.moved() ? "own" : String(state.start); }
    if (!live.fixed) {
      showCentres();
      Object.keys(choices).forEach(function (direction) { choices[direction].checked = state.direction === direction; });
    }
  }
  live.when("state", function () { node.setAttribute("data-live", live.on ? "busy" : "off"); showState(); });
  live.when("drawn", showState);
  live.when("settled", function () { node.setAttribute("data-live", live.on ? "settled" : "off"); showState(); page.refresh(); page.refill(); });

  page.stampers.push(function () { return live.on && live.isScenario() && say("scenario_mark"); });
  page.spots.live = function (w, h) {
    var x = w / 2 + 20, y = h / 2 + 19;
    return [[0, y], [0, -y], [x, 0], [-x, 0]];
  };
  // A centre is named on the map unless the ordinary layer of centres names it already.
  page.namers.push(function () {
    var named = atlas.layers.some(function (item) { return item.kind === "centres" && page.on[item.id]; });
    return !live.on ? [] : live.state().centres.filter(function (centre) { return centre.name && !(named && live.isStart(centre.at)); })
      .map(function (centre) { return { text: centre.name, at: centre.at, kind: "centre", spot: "live", must: true }; });
  });
  var toggle = page.toggle;
  page.toggle = function (which, on) {
    toggle(which, on);
    if (which === layer.id && live.on !== on) { live.switchTo(on); showState(); node.setAttribute("data-live", on ? "busy" : "off"); }
  };
});
