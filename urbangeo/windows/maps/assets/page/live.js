/* The live circle: what was chosen, and asking the engine for what follows from it. It draws nothing. */
urbangeo.part("live", function (page) {
  "use strict";

  var layer = page.atlas.layers.filter(function (item) { return item.kind === "live"; })[0];
  page.live = null;
  if (!layer || !page.atlas.live) { return; }

  var MOST_CENTRES = layer.starts.reduce(function (most, start) { return Math.max(most, start.centres.length); }, 2);
  var KMH = { road: [5, 130], rail: [20, 350] };
  var MOST_RUN = 5000;       // no link makes the page count for ever:
  var MOST_IN_LINK = 20000;  // nor do many runs together
  var BUSY_MS = 70;          // a slower answer leaves the browser a breath between two of them while a marker is dragged
  var REST_MS = 160;         // tables and words wait until the hand rests
  var listeners = { drawn: [], settled: [], state: [] };
  var live = { layer: layer, engine: null, result: null, before: null, dragging: false, on: false, fault: "", link: "" };
  var state = null, base = null, known = {}, memberOf = [], dropped = [], stale = true, frame = 0, rest = 0, cost = 0;
  page.live = live;

  // ---- words with figures in them ------------------------------------------------------------------------------------
  live.say = function (key, values) {
    return String(layer.words[key]).replace(/\{(\w+)\}/g, function (whole, name) {
      return values && values[name] !== undefined ? values[name] : whole;
    });
  };
  // As many decimals as asked for, thousands apart; a minus sign that reads as one.
  live.number = function (value, digits) {
    var fixed = Math.abs(value).toFixed(digits || 0), cut = fixed.split(".");
    cut[0] = cut[0].replace(/\B(?=(\d{3})+$)/g, ",");
    return (value < 0 && Number(fixed) !== 0 ? "−" : "") + cut.join(".");
  };
  live.people = function (count) {
    return live.say(Math.abs(count) < 9950 ? "people_few" : Math.abs(count) < 999500 ? "people_some" : "people", {
      n: live.number(Math.round(count / 10) * 10), wan: live.number(count / 1e4, 1), k: live.number(count / 1e3), m: live.number(count / 1e6, 2)
    });
  };
  live.wholePeople = function (count) {
    return live.say("people", { wan: live.number(count / 1e4, count % 1e4 ? 1 : 0), k: live.number(count / 1e3), m: live.number(count / 1e6, count % 1e6 ? 2 : 0) });
  };
  live.minuteText = function (minutes) { return String(Number(minutes.toFixed(1))); };
  live.when = function (event, action) { listeners[event].push(action); };
  function tell(event) { listeners[event].forEach(function (action) { action(); }); }

  // ---- what is chosen ------------------------------------------------------------------------------------------------
  function startCentres(start) { return layer.starts[start].centres.map(function (item) { return { at: item.at.slice(), name: item.name }; }); }
  function fresh(start) { return { start: start, minutes: layer.minutes, direction: layer.direction, centres: startCentres(start), changes: {} }; }
  function sameSpot(a, b) { return Math.abs(a[0] - b[0]) < 5e-6 && Math.abs(a[1] - b[1]) < 5e-6; }
  function sameCentres(list, other) {
    return list.length === other.length && list.every(function (item, rank) { return sameSpot(item.at, other[rank].at); });
  }
  function nameOf(at) {
    var found = "";
    layer.starts.forEach(function (start) { start.centres.forEach(function (item) { if (sameSpot(item.at, at)) { found = item.name; } }); });
    return found;
  }
  state = fresh(0);
  live.isStart = function (at) { return nameOf(at) !== ""; };
  live.start = function () { return layer.starts[state.start]; };
  live.state = function () { return state; };
  live.base = function () { return base; };
  live.limits = function (road) { return road.rail ? KMH.rail : KMH.road; };
  live.most = MOST_CENTRES;
  live.range = [Math.min(layer.least, layer.limit), layer.limit];
  live.fixed = Boolean(layer.fixed);
  live.changed = function () { return Object.keys(state.changes).length; };
  live.atStart = function () { return sameCentres(state.centres, live.start().centres) && state.direction === layer.direction; };
  live.moved = function () { return !sameCentres(state.centres, live.start().centres); };
  live.isScenario = function () { return !live.atStart() || live.changed() > 0; };
  live.differs = function () { return keyOf(state) !== keyOf(base || fresh(state.start)); };

  // ---- the address: only what differs from the opening ------------------------------------------------------------------
  function writeSpots(list) { return list.map(function (item) { return item.at[0].toFixed(5) + "," + item.at[1].toFixed(5); }).join(";"); }
  function readSpots(text) {
    var parts = text.split(";"), spots = parts.filter(function (part) {
      var at = part.split(",");
      return at.length === 2 && at[0].trim() && at[1].trim() && Math.abs(Number(at[0])) <= 90 && Math.abs(Number(at[1])) <= 180;
    });
    if (text && (spots.length < parts.length || spots.length > MOST_CENTRES)) { drop("link_centre"); }
    return spots.slice(0, MOST_CENTRES).map(function (part) {
      var at = part.split(",").map(Number);
      return { at: at, name: nameOf(at) };
    });
  }
  // What of a link could not be used, each once.
  function drop(key) {
    if (dropped.indexOf(key) < 0) { dropped.push(key); }
    live.link = dropped.map(function (one) { return live.say(one); }).join(" ");
  }
  function forget() { dropped = []; live.link = ""; }
  // Roads are numbered; neighbours with the same change are written as one: "12-18:off;40:80".
  function writeRoads(changes) {
    var runs = [];
    Object.keys(changes).map(Number).sort(function (a, b) { return a - b; }).forEach(function (id) {
      var value = changes[id].off ? "off" : String(changes[id].kmh), last = runs[runs.length - 1];
      if (last && last[1] === id - 1 && last[2] === value) { last[1] = id; } else { runs.push([id, id, value]); }
    });
    return runs.map(function (run) { return (run[1] > run[0] ? run[0] + "-" + run[1] : run[0]) + ":" + run[2]; }).join(";");
  }
  function readRoads(text) {
    var changes = {}, left = MOST_IN_LINK;
    text.split(";").forEach(function (part) {
      var found = left > 0 && /^(\d{1,7})(?:-(\d{1,7}))?:(off|\d{1,3}(?:\.\d+)?)$/.exec(part);
      if (part && (!found || Number(found[2] || 0) > Number(found[1]) + Math.min(MOST_RUN, left - 1))) { drop("link_dropped"); }
      if (!found) { return; }
      for (var id = Number(found[1]), end = Math.min(Number(found[2] || id), id + MOST_RUN, id + left - 1); id <= end; id += 1, left -= 1) {
        changes[id] = found[3] === "off" ? { off: true } : { kmh: Number(found[3]) };
      }
    });
    return changes;
  }
  // Numbers mean roads of this network only: a link says which one it was made on, and one of another is not followed.
  var MARK = layer.roads_mark + "!";
  function marked(text) { return MARK + text; }
  function unmarked(text) {
    if (!text || text.indexOf(MARK) === 0) { return text.slice(text ? MARK.length : 0); }
    drop("link_other");
    return "";
  }
  function keyOf(wish) { return [wish.direction, writeSpots(wish.centres), writeRoads(wish.changes)].join("~"); }
  function readKey(text) {
    var parts = text.split("~"), centres = readSpots(parts[1] || "");
    if (parts.length !== 3 || !centres.length) { return null; }
    return { direction: parts[0] === "to" ? "to" : "from", centres: centres, changes: readRoads(parts[2]) };
  }
  function kept(key, write, read) {
    // Mail and chat write "~", ";" and "!" of a link as "%7E" and so on.
    page.keep(key, function (text) { read(text === null || text === undefined ? "" : page.plain(String(text))); }, write);
  }
  // The first to be read: what was said of another link is forgotten.
  kept("live-min", function () { return state.minutes === layer.minutes ? null : live.minuteText(state.minutes); }, function (text) {
    forget();
    var value = Number(text);
    state.minutes = text && isFinite(value) ? inRange(value) : layer.minutes;
    touch(false);
  });
  kept("live-start", function () { return state.start ? String(state.start) : null; }, function (text) {
    state.start = /^\d{1,3}$/.test(text) && Number(text) < layer.starts.length ? Number(text) : 0;
    state.centres = startCentres(state.start);
    touch(true);
  });
  if (!live.fixed) {
    kept("live-dir", function () { return state.direction === layer.direction ? null : state.direction; }, function (text) {
      state.direction = text === "to" || text === "from" ? text : layer.direction;
      touch(true);
    });
    kept("live-at", function () { return sameCentres(state.centres, live.start().centres) ? null : writeSpots(state.centres); }, function (text) {
      var centres = readSpots(text);
      state.centres = text && centres.length ? centres : startCentres(state.start);
      touch(true);
    });
    kept("live-road", function () { return live.changed() ? marked(writeRoads(state.changes)) : null; }, function (text) {
      state.changes = readRoads(unmarked(text));
      prune(state.changes);
      touch(true);
    });
    kept("live-base", function () { return base ? marked(keyOf(base)) : null; }, function (text) {
      text = unmarked(text);
      base = text ? readKey(text) : null;
      if (base) { prune(base.changes); }
      touch(true);
    });
  }
  // A link may have been written by hand: roads that are not there, and speeds nobody drives, are left out, and it is said.
  function prune(changes) {
    if (!live.engine) { return; }
    Object.keys(changes).forEach(function (id) {
      var road = live.road(id), change = changes[id];
      if (!road || (change.kmh !== undefined && !live.isSpeed(road, change.kmh))) {
        delete changes[id];
        drop("link_dropped");
      }
    });
  }

  // ---- the engine, opened on first use -------------------------------------------------------------------------------
  live.open = function () {
    if (live.engine || live.fault) { return Boolean(live.engine); }
    try {
      live.engine = urbangeoLive.open(page.atlas.live);
    } catch (error) {
      live.fault = live.say("broken", { why: error.message });
      return false;
    }
    live.engine.roads.forEach(function (road) { known[road.id] = road; });
    var place = {};
    page.atlas.counties.forEach(function (item, member) { place[item.adcode] = member; });
    memberOf = live.engine.members.map(function (adcode) { return place[adcode]; });
    prune(state.changes);
    if (base) { prune(base.changes); }
    return true;
  };
  // The counties of a result by their place on the map; those within the chosen time say so.
  live.counties = function (result, minutes) {
    var found = {};
    result.counties(minutes).forEach(function (item) {
      var member = memberOf[item.member];
      if (member !== undefined) { found[member] = { seat: item.seat_min, within: item.covered, share: item.share, people: item.people }; }
    });
    return found;
  };
  live.road = function (id) { return Object.prototype.hasOwnProperty.call(known, id) ? known[id] : null; };
  live.isSpeed = function (road, kmh) { return isFinite(kmh) && kmh >= live.limits(road)[0] && kmh <= live.limits(road)[1]; };
  function ask(wish) {
    if (live.fixed) { return live.engine.solve({ circle: wish.start }); }
    return live.engine.solve({
      centres: wish.centres.map(function (item) { return item.at.slice(); }), direction: wish.direction, changes: JSON.parse(JSON.stringify(wish.changes))
    });
  }
  var told = { key: null, result: null };
  live.compared = function () {
    // Null where there is nothing to compare with: it is the same.
    if (!live.engine || live.fixed || !live.differs()) { return null; }
    var wish = base || fresh(state.start), key = keyOf(wish);
    if (told.key !== key) { told = { key: key, result: ask(wish) }; }
    return told.result;
  };

  // ---- answering: at most once a picture, words and tables when the hand rests ---------------------------------------------
  function touch(solve) {
    stale = stale || solve;
    if (!live.on) { return; }
    tell("state");
    if (!frame) { frame = window.requestAnimationFrame(step); }
  }
  function step() {
    frame = 0;
    if (!live.on || !live.open()) { tell("state"); return; }
    if (stale) {
      var begin = performance.now();
      live.result = ask(state);
      cost = performance.now() - begin;
      stale = false;
    }
    tell("drawn");
    window.clearTimeout(rest);
    rest = window.setTimeout(settle, live.dragging ? REST_MS + cost : Math.min(REST_MS, cost));
  }
  function settle() {
    if (!live.on || !live.result || stale || frame) { return; }
    tell("settled");
    if (!live.dragging) { page.remember(); }
  }
  // While a marker moves, a slow network is asked less often than the hand moves.
  var pause = 0;
  function soon(solve) {
    if (!live.dragging || cost < BUSY_MS) { touch(solve); return; }
    stale = true;
    if (!pause) { pause = window.setTimeout(function () { pause = 0; touch(true); }, cost); }
  }
  function inRange(minutes) { return Math.round(Math.min(Math.max(minutes, live.range[0]), live.range[1]) * 10) / 10; }

  live.setMinutes = function (minutes) { state.minutes = inRange(minutes); touch(false); };
  live.chooseStart = function (rank) { state.start = rank; state.centres = startCentres(rank); touch(true); };
  live.setDirection = function (direction) { state.direction = direction; touch(true); };
  live.moveCentre = function (rank, at, dragging) {
    live.dragging = Boolean(dragging);
    state.centres[rank].at = [Number(at[0].toFixed(5)), Number(at[1].toFixed(5))];
    state.centres[rank].name = nameOf(state.centres[rank].at);
    soon(true);
  };
  live.nameCentre = function (rank, name) { state.centres[rank].name = name; };
  live.addCentre = function (at) {
    if (state.centres.length >= MOST_CENTRES) { return; }
    state.centres.push({ at: [Number(at[0].toFixed(5)), Number(at[1].toFixed(5))], name: nameOf(at) });
    touch(true);
  };
  live.removeCentre = function (rank) {
    if (state.centres.length < 2) { return; }
    state.centres.splice(rank, 1);
    touch(true);
  };
  // What is the same as stated is no change.
  live.setRoads = function (roads, change) {
    roads.forEach(function (road) {
      if (change && (change.kmh !== road.kmh || road.most !== road.kmh)) { state.changes[road.id] = change; } else { delete state.changes[road.id]; }
    });
    touch(true);
  };
  live.restoreRoads = function () { state.changes = {}; forget(); touch(true); };
  live.reset = function () { state = fresh(state.start); base = null; forget(); touch(true); };
  live.keepAsBase = function () {
    base = live.isScenario() ? JSON.parse(JSON.stringify({ direction: state.direction, centres: state.centres, changes: state.changes })) : null;
    touch(false);
  };
  live.dropBase = function () { base = null; touch(false); };
  live.switchTo = function (on) {
    live.on = on;
    if (on) { touch(!live.result); } else { window.clearTimeout(rest); tell("settled"); }
  };
});
