/* What the live circle says: people and counties within the time, what changed, curve and table. */
urbangeo.part("live_results", function (page) {
  "use strict";

  var live = page.live;
  if (!live) { return; }

  var el = page.el, shape = page.shape, atlas = page.atlas, say = live.say, layer = live.layer;
  var REACHES = layer.rule === "seat" || layer.rule === "centroid";   // a place is reached, a share is enough
  var NAMED = 8;            // counties named in a sentence; the table names all

  // ---- the answer beside the slider ----------------------------------------------------------------------------------------
  var head = el("p", "ug-live-head", null, live.answer), faults = el("ul", "ug-live-faults", null, live.answer);
  var target = el("p", "ug-plain ug-live-target", null, live.answer), change = el("div", "ug-live-change", null, live.answer);
  var keys = el("div", "ug-live-buttons", null, live.answer);
  var spoken = el("p", "ug-live-spoken", null, live.answer);
  spoken.setAttribute("role", "status");
  spoken.setAttribute("aria-live", "polite");
  var keep = null, drop = null, link = null;
  if (!live.fixed) {
    keep = live.button(say("keep_base"), keys, function () { live.keepAsBase(); drop.focus(); });
    drop = live.button(say("drop_base"), keys, function () { live.dropBase(); keep.focus(); });
    live.button(say("reset"), keys, function () { live.reset(); }, "ug-live-reset");
    link = live.button(say("copy_link"), keys, copy);
  }
  function copy() {
    page.remember();
    var text = location.href;
    function done(words) { link.textContent = words; window.setTimeout(function () { link.textContent = say("copy_link"); }, 2000); }
    if (navigator.clipboard && navigator.clipboard.writeText) {
      navigator.clipboard.writeText(text).then(function () { done(say("copied")); }, function () { done(say("copy_by_hand")); });
    } else { done(say("copy_by_hand")); }
  }

  // ---- curve and table, which go to paper ----------------------------------------------------------------------------------
  var results = page.section(say("results"), page.scroll, "section");
  // On paper they come first: they belong to the map before them.
  page.reports.unshift(results);
  results.classList.add("ug-live-results");
  results.hidden = true;
  var own = live.tools.closest ? live.tools.closest(".ug-section") : live.tools.parentNode;
  own.parentNode.insertBefore(results, own.nextSibling);
  var marks = el("p", "ug-plain", null, results), told = el("p", "ug-plain ug-live-told", null, results), terms = el("div", "ug-live-terms", null, results), curve = el("div", "ug-live-curve ug-part", null, results);
  var frame = el("div", "ug-live-frame", null, results), table = el("table", "ug-totals ug-live-table", null, frame);
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", say("table"));
  el("caption", "", say("table"), table);
  var line = el("tr", "", null, el("thead", "", null, table)), rows = el("tbody", "", null, table);
  layer.words.table_head.forEach(function (word) { el("th", "", word, line).scope = "col"; });
  var how = el("div", "", null, results);
  layer.how.forEach(function (note) { el("p", "ug-foot-note", note, how); });

  // ---- figures -------------------------------------------------------------------------------------------------------------
  function people(count) { return count === null ? say("people_unknown") : say("about", { people: live.people(count) }); }
  function names(members) {
    var list = members.map(function (member) { return atlas.counties[member].name; });
    return list.slice(0, NAMED).join(say("comma")) + (list.length > NAMED ? say("and_more", { n: list.length }) : "");
  }
  var rule = say("rule_" + layer.rule), now = {}, was = null;
  function compare(minutes, before) {
    was = before ? live.counties(before, minutes) : null;
    if (!was) { return null; }
    var all = {}, gained = 0, lost = 0;
    Object.keys(now).concat(Object.keys(was)).forEach(function (member) { all[member] = true; });
    Object.keys(all).forEach(function (member) {
      var a = was[member], b = now[member], more = ((b && b.people) || 0) - ((a && a.people) || 0);
      // People are counted by points of a grid that moves with the centres: below what that can tell, which the page says
      // below its table, a difference is none. Else a second centre would seem to take people away.
      if (Math.abs(more) < Math.max(100, 0.001 * Math.max((a && a.people) || 0, (b && b.people) || 0))) { more = 0; }
      if (more > 0) { gained += more; } else { lost -= more; }
    });
    // Where people are not counted, or not all known, nothing is said of what they gain: least of all that nothing changed.
    var known = live.result.people(minutes) !== null && before.people(minutes) !== null;
    return { gained: known ? gained : null, lost: known ? lost : null, newly: members(isNew), gone: members(isGone) };
  }
  function within(list, member) { return Boolean(list && list[member] && list[member].within); }
  function inTime(member) { return within(now, member); }
  function isNew(member) { return Boolean(was) && within(now, member) && !within(was, member); }
  function isGone(member) { return within(was, member) && !within(now, member); }
  function members(test) { return Object.keys(Object.assign({}, now, was)).filter(test).map(Number); }
  function verdict(item) { return say(!item ? "verdict_away" : item.within === null ? "verdict_unknown" : (REACHES ? "reach_" : "verdict_") + (item.within ? "in" : "out")); }
  // Rounded up, as in the tables: a seat 60.01 minutes away is not within 60.
  function seatText(minutes) { return live.number(Math.ceil(Math.round(minutes * 1e4) / 1e3) / 10, 1); }

  // ---- words ---------------------------------------------------------------------------------------------------------------
  function centreNames() {
    var useless = live.result.faults.map(function (fault) { return fault.centre; });
    return live.state().centres.filter(function (centre, rank) { return useless.indexOf(rank) < 0; }).map(function (centre) { return live.dragging ? centre.name || live.spotText(centre.at) : live.placeText(centre); }).join(say("and"));
  }
  // Where no centre can be used there is nothing to count, and nothing is said to be lost.
  function isLost() { return live.result.faults.length >= live.state().centres.length; }
  function headline(minutes, number, count) {
    return isLost() ? say("no_centre") : say(layer.counted ? "head" : "head_bare", { centre: centreNames(), t: live.minuteText(minutes), people: people(number), rule: rule, n: count });
  }
  function sentences(difference) {
    var list = [];
    if (!difference) { return list; }
    var base = say(live.base() ? "base_own" : "base_start");
    if (!layer.counted) { return list; }
    if (difference.gained === null) { list.push(say("difference_unknown", { base: base })); } else if (Math.round(difference.gained) === 0 && Math.round(difference.lost) === 0) { list.push(say("same_people", { base: base })); } else {
      list.push(say("difference", { base: base, gained: live.people(difference.gained), lost: live.people(difference.lost),
        net: (difference.gained >= difference.lost ? "+" : "") + live.people(difference.gained - difference.lost) }));
    }
    list.push(difference.newly.length ? say("newly", { rule: rule, n: difference.newly.length, list: names(difference.newly) }) : say("newly_none", { rule: rule }));
    list.push(difference.gone.length ? say("gone", { rule: rule, n: difference.gone.length, list: names(difference.gone) }) : say("gone_none", { rule: rule }));
    return list;
  }
  // The plan's target belongs to the plan's centre on the roads as stated, at the plan's hour; anything else is a scenario.
  function targetWords(minutes, number) {
    if (live.isScenario()) { return say("scenario"); }
    var aim = live.start().target;
    if (live.start().no_target && number !== null) { return live.start().no_target; }
    if (!aim || minutes !== aim.minutes || number === null) { return ""; }
    var gap = aim.people - number;
    return say(gap > 0 ? "target_short" : "target_over", { target: live.wholePeople(aim.people), gap: live.people(Math.abs(gap)) }) + page.refs(aim.refs);
  }
  function fill(parent, words, className) {
    parent.textContent = "";
    words.forEach(function (text) { el("p", className || "ug-plain", text, parent); });
  }

  // ---- drawn with every picture: the figure; when the hand rests: everything else -------------------------------------------
  live.when("drawn", function () {
    var minutes = live.state().minutes;
    // The whole sentence, so that nothing below it moves under the hand when the rest is filled in.
    now = live.counties(live.result, minutes);
    page.write(head, headline(minutes, live.result.people(minutes), members(inTime).length));
    faults.textContent = "";
    if (live.link) { el("li", "", live.link, faults); }
    live.result.faults.forEach(function (fault) { el("li", "", live.faultText(fault), faults); });
    live.result.snapped.forEach(function (snap) { if (snap.at_sea) { el("li", "", say("at_sea", { n: snap.centre + 1, km: live.number(snap.metres / 1000, 1) }), faults); } });
    var scenario = live.isScenario();
    target.classList.toggle("ug-live-scenario", scenario);
    if (scenario) {
      target.textContent = say("scenario");
      target.hidden = false;
    }
  });
  live.when("state", function () {
    if (live.fault) { page.write(head, live.fault); }
    if (!keep) { return; }
    keep.hidden = !live.differs();
    drop.hidden = !live.base();
  });
  var last = "", spoke = 0, speaking = 0;
  // One summary at a time, and none oftener than a screen reader can read it.
  function speak(text) {
    if (text === last) { return; }
    last = text;
    window.clearTimeout(speaking);
    speaking = window.setTimeout(function () { spoke = performance.now(); page.write(spoken, last); }, Math.max(350, 2500 - (performance.now() - spoke)));
  }
  live.when("settled", function () {
    results.hidden = !live.on;
    if (!live.on || !live.result) { return; }
    var minutes = live.state().minutes, number = live.result.people(minutes), before = isLost() ? null : live.compared();
    // What lacks a centre is no measure: everything would be new against it.
    var lame = Boolean(before && before.faults.length);
    before = lame ? null : before;
    now = live.counties(live.result, minutes);
    var difference = compare(minutes, before);
    live.outlines(members(isNew), members(isGone));
    kinds.gained.hidden = !members(isNew).length;
    kinds.lost.hidden = !members(isGone).length;
    var summary = headline(minutes, number, members(inTime).length), words = lame ? [say("base_fault")] : sentences(difference), aim = targetWords(minutes, number);
    page.write(head, summary);
    page.write(target, aim);
    target.hidden = !aim;
    if (aim && !live.isScenario() && live.start().target && live.start().target.mark) { page.badge(live.start().target.mark, target); }
    fill(change, words);
    var doubts = [live.link].concat(live.result.faults.map(live.faultText));
    // Figures on paper must say what they are of: which way one drives, and on which roads.
    fill(terms, [say("direction_" + live.state().direction)].concat(live.changedWords || []));
    page.write(told, [summary].concat(doubts, aim, words).filter(Boolean).join(" "));
    marks.textContent = "";
    if (layer.skeleton) { page.badge(page.words.skeleton_mark, marks); }
    if (layer.unconfirmed) { page.badge(page.words.unconfirmed_mark, marks); }
    if (live.isScenario()) { page.badge(say("scenario_mark"), marks); }
    askCurve(minutes, number, before);
    drawTable();
    speak([summary].concat(live.result.faults.map(live.faultText), words).join(" "));
  });
  function drawTable() {
    rows.textContent = "";
    function time(member) {
      var item = now[member];
      return item && item.seat !== null ? item.seat : Infinity;
    }
    members(function () { return true; }).sort(function (a, b) { return time(a) === time(b) ? a - b : time(a) - time(b); }).forEach(function (member) {
      var item = now[member], tr = el("tr", isNew(member) ? "ug-live-newly" : isGone(member) ? "ug-live-gone" : "", null, rows);
      var th = el("th", "", null, tr);
      th.scope = "row";
      el("span", "", atlas.counties[member].name, th);
      if (isNew(member)) { page.badge(say("mark_new"), th); }
      if (isGone(member)) { page.badge(say("mark_gone"), th); }
      el("td", "", time(member) === Infinity ? "—" : seatText(time(member)), tr);
      el("td", "", verdict(item), tr);
      el("td", "", item && item.people !== null ? live.number(item.people / layer.people_unit, 1) : item ? "—" : "0", tr);
    });
  }

  // ---- the curve of people within t minutes ---------------------------------------------------------------------------------
  var CURVE_STEP = 5;
  var PLOT = { width: 286, height: 140, left: 42, right: 10, top: 20, bottom: 26 };
  // Its points are asked for one after the other, so that the page answers meanwhile; what is known is kept.
  var asking = 0, pointsOf = new WeakMap();
  function askCurve(minutes, number, before) {
    var results = before ? [live.result, before] : [live.result];
    window.clearTimeout(asking);
    curve.hidden = number === null;
    if (number === null) { return; }
    function next() {
      var open = null;
      if (results[0] !== live.result) { return; }
      results.some(function (result) {
        if (!pointsOf.has(result)) { pointsOf.set(result, [[0, 0]]); }
        var points = pointsOf.get(result);
        if (points[points.length - 1][0] >= layer.limit) { return false; }
        open = [result, points];
        return true;
      });
      if (!open) { drawCurve(minutes, number, before); return; }
      var at = Math.min(open[1][open[1].length - 1][0] + CURVE_STEP, layer.limit);
      open[1].push([at, open[0].people(at)]);
      asking = window.setTimeout(next, 0);
    }
    next();
  }
  function drawCurve(minutes, number, before) {
    curve.textContent = "";
    var series = [{ points: pointsOf.get(live.result), className: "ug-live-line-now" }];
    if (before) { series.unshift({ points: pointsOf.get(before), className: "ug-live-line-was" }); }
    var limit = layer.limit, most = Math.max.apply(null, series.map(function (item) { return item.points.length ? item.points[item.points.length - 1][1] : 0; }).concat([1]));
    var step = niceStep(most / 3 / layer.people_unit) * layer.people_unit;
    var top = Math.ceil(most / step) * step;
    function x(t) { return PLOT.left + (PLOT.width - PLOT.left - PLOT.right) * t / limit; }
    function y(n) { return PLOT.height - PLOT.bottom - (PLOT.height - PLOT.top - PLOT.bottom) * n / top; }
    el("strong", "", say("curve"), curve);
    var svg = shape("svg", { width: "100%", viewBox: "0 0 " + PLOT.width + " " + PLOT.height, role: "img",
      "aria-label": say("curve_label", { t: live.minuteText(minutes), people: people(number) }) }, curve);
    function text(words, at_x, at_y, anchor) {
      shape("text", { x: at_x, y: at_y, "text-anchor": anchor, "font-size": 10, fill: "#444f5a" }, svg).textContent = words;
    }
    for (var n = 0; n <= top + 1; n += step) {
      shape("line", { x1: PLOT.left, x2: PLOT.width - PLOT.right, y1: y(n), y2: y(n), stroke: "#dbe3ea", "stroke-width": 1 }, svg);
      text(live.number(n / layer.people_unit, step / layer.people_unit < 1 ? 1 : 0), PLOT.left - 4, y(n) + 3.5, "end");
    }
    for (var t = 0; t <= limit; t += 15) { text(String(t), x(t), PLOT.height - PLOT.bottom + 13, "middle"); }
    text(say("curve_axis"), PLOT.width - PLOT.right, PLOT.height - 3, "end");
    series.forEach(function (item) {
      var d = item.points.map(function (point, rank) { return (rank ? "L" : "M") + x(point[0]).toFixed(1) + " " + y(point[1]).toFixed(1); }).join("");
      shape("path", { d: d, fill: "none", "class": item.className }, svg);
    });
    shape("line", { x1: x(minutes), x2: x(minutes), y1: y(0), y2: y(number), stroke: "#4a062c", "stroke-width": 1.4, "stroke-dasharray": "3 2" }, svg);
    shape("circle", { cx: x(minutes), cy: y(number), r: 3.6, fill: "#4a062c", stroke: "#fff", "stroke-width": 1.4 }, svg);
    if (before) {
      var legend = el("p", "ug-foot-note", null, curve);
      [["now", "curve_now"], ["was", "curve_was"]].forEach(function (pair) {
        shape("line", { x1: 0, x2: 22, y1: 5, y2: 5, "class": "ug-live-line-" + pair[0] }, shape("svg", { width: 24, height: 10, "aria-hidden": "true" }, legend));
        el("span", "", say(pair[1]) + " ", legend);
      });
    }
  }
  function niceStep(value) {
    var power = Math.pow(10, Math.floor(Math.log(Math.max(value, 1e-9)) / Math.LN10)), lead = value / power;
    return (lead > 5 ? 10 : lead > 2 ? 5 : lead > 1 ? 2 : 1) * power;
  }

  // ---- the county card -------------------------------------------------------------------------------------------------------
  page.cardRows.push(function (member) {
    if (!live.on || !live.result || !layer.counted) { return []; }
    var item = now[member], list = [];
    if (!item && !(was && was[member])) { return [[say("card"), say("card_away", { t: live.minuteText(live.state().minutes) })]]; }
    list.push([say("card"), (item && item.seat !== null ? say("card_seat", { n: seatText(item.seat) }) : "") + verdict(item)]);
    if (item) { list.push([say("card_people"), say("card_share", { share: live.number(item.share * 100), people: people(item.people) })]); }
    if (isNew(member) || isGone(member)) { list.push([say("card_change"), say(isNew(member) ? "mark_new" : "mark_gone")]); }
    return list;
  });

  // ---- the legend: what the heavy line and the changed roads are ---------------------------------------------------------------
  var legend = page.legends[layer.id], extra = el("div", "ug-live-legend", null);
  if (legend) { legend.insertBefore(extra, legend.firstChild); }
  var strip = el("div", "ug-strip", null, extra);
  layer.bands.forEach(function (band) {
    var cell = el("span", "", null, strip);
    shape("rect", { x: 0.5, y: 0.5, width: 51, height: 12, fill: band.colour, "fill-opacity": band.opacity, stroke: layer.looks.edge.stroke, "stroke-width": 0.6 },
      shape("svg", { width: 52, height: 13, "aria-hidden": "true" }, cell));
    el("span", "", band.text, cell);
  });
  el("span", "", page.words.minute, strip);
  function entry(style, words, className) {
    var item = el("div", className || "", null, extra);
    page.swatch(style, item);
    return el("span", "", words, item);
  }
  function lineOf(name) { return Object.assign({ line: true }, layer.looks[name]); }
  var edge = entry(lineOf("edge"), "");
  var kinds = {};
  ["gained", "lost"].forEach(function (kind) { kinds[kind] = entry(lineOf(kind), say("legend_" + kind, { rule: rule })).parentNode; });
  if (!live.fixed) {
    entry({ radius: 6, colour: layer.looks.centre.stroke }, say("legend_centre"));
    entry(lineOf("road"), say("legend_roads"));
    ["off", "slower", "faster"].forEach(function (kind) { kinds[kind] = entry(lineOf(kind), say("legend_" + kind)).parentNode; });
  }
  live.when("state", function () {
    edge.textContent = say("legend_edge", { t: live.minuteText(live.state().minutes) });
    ["off", "slower", "faster"].filter(function (kind) { return kinds[kind]; }).forEach(function (kind) {
      var changes = live.state().changes;
      kinds[kind].hidden = !Object.keys(changes).some(function (id) { var road = live.road(id); return road && live.kindOf(road, changes[id]) === kind; });
    });
  });
});
