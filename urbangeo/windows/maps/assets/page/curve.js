/* People within t minutes: one small chart a circle, of computed figures only. */
urbangeo.part("curve", function (page) {
  "use strict";
  var atlas = page.atlas, words = page.words, el = page.el, shape = page.shape;

  if (!atlas.curves || !atlas.curves.length) { return; }
  var WIDTH = 290, HEIGHT = 140, LEFT = 40, RIGHT = 12, TOP = 26, BOTTOM = 24;
  var unit = atlas.language === "zh" ? 1e4 : 1e6;
  var node = page.reported(page.section(words.curve, page.scroll, "section"));
  node.classList.add("ug-curves");
  if (atlas.curves.some(function (curve) { return curve.skeleton; })) { page.badge(words.skeleton_mark, el("p", "ug-plain ug-whole", null, node)); }

  function write(x, y, text, attributes, parent) {
    var item = shape("text", attributes, parent);
    item.setAttribute("x", x);
    item.setAttribute("y", y);
    item.textContent = text;
    return item;
  }
  // Steps of 1, 2 or 5 times a power of ten, three to five of them.
  function stepOf(most) {
    var power = Math.pow(10, Math.floor(Math.log10(most / 4)));
    return [1, 2, 5, 10].map(function (n) { return n * power; }).filter(function (step) { return most / step <= 5; })[0];
  }
  function plain(value) { return String(Number(value.toPrecision(6))); }

  var marks = [];
  atlas.curves.forEach(function (curve, number) {
    var part = el("div", "ug-part", null, node), id = page.id + "-curve" + number;
    el("h3", "", curve.title, part).id = id + "t";
    var farthest = curve.points[curve.points.length - 1][0];
    var most = Math.max.apply(null, curve.points.map(function (point) { return point[1]; }).concat(curve.target || 0)) / unit;
    var step = stepOf(most || 1), top = Math.max(step, Math.ceil(most / step - 1e-9) * step);
    function x(minutes) { return LEFT + (WIDTH - LEFT - RIGHT) * minutes / farthest; }
    function y(people) { return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * people / unit / top; }
    var chart = shape("svg", { viewBox: "0 0 " + WIDTH + " " + HEIGHT, role: "img", "aria-labelledby": id + "t " + id + "d", "class": "ug-curve" }, part);
    shape("title", {}, chart).textContent = words.curve;
    shape("desc", { id: id + "d" }, chart).textContent = curve.description;
    for (var value = 0; value <= top + step / 2; value += step) {
      shape("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value * unit), y2: y(value * unit), stroke: value ? "#dfe5eb" : "#5b6673", "stroke-width": 1 }, chart);
      write(LEFT - 5, y(value * unit) + 3.5, plain(value), { "text-anchor": "end" }, chart);
    }
    write(2, 15, words.curve_y, {}, chart);
    curve.points.forEach(function (point) {
      var last = point[0] === farthest;
      write(last ? WIDTH - 2 : x(point[0]), HEIGHT - BOTTOM + 13, plain(point[0]) + (last ? " " + words.curve_x : ""), { "text-anchor": last ? "end" : "middle" }, chart);
    });
    if (curve.target) {
      shape("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(curve.target), y2: y(curve.target), stroke: "#9c3a00", "stroke-width": 1.4, "stroke-dasharray": "6 3", "class": "ug-aim" }, chart);
      write(WIDTH - RIGHT, y(curve.target) + 12, curve.target_text, { "text-anchor": "end", "class": "ug-aim" }, chart);
    }
    shape("polyline", { points: curve.points.map(function (point) { return x(point[0]) + "," + y(point[1]); }).join(" "), fill: "none", stroke: "#8a1a52", "stroke-width": 1.2, "stroke-dasharray": "3 2" }, chart);
    curve.points.forEach(function (point) {
      var dot = shape("circle", { cx: x(point[0]), cy: y(point[1]), r: 3, fill: "#8a1a52", stroke: "#fff", "stroke-width": 1 }, chart);
      var last = point[0] === farthest;
      var told = write(x(point[0]) + (last ? 4 : 0), y(point[1]) - 6, point[2], { "text-anchor": last ? "end" : "middle", "class": "ug-figure" }, chart);
      marks.push({ minutes: point[0], farthest: farthest, dot: dot, told: told });
    });
    el("p", "ug-foot-note", curve.definition, part);
    // The same figures to be read or spoken.
    var more = el("details", "ug-figures", null, part);
    el("summary", "", words.curve_table, more);
    var grid = el("table", "ug-totals", null, more), head = el("tr", "", null, el("thead", "", null, grid)), rows = el("tbody", "", null, grid);
    words.curve_head.forEach(function (word) { el("th", "", word, head).scope = "col"; });
    curve.points.forEach(function (point) {
      var row = el("tr", "", null, rows);
      row.setAttribute("data-minutes", plain(point[0]));
      el("th", "", plain(point[0]), row).scope = "row";
      el("td", "", point[2], row);
    });
    if (curve.target_text) { el("p", "ug-foot-note", curve.target_text, more); }
  });
  el("p", "ug-foot-note ug-whole", words.curve_note, node);

  // The point of the band that is shown, or of the whole circle.
  function follow(band) {
    marks.forEach(function (mark) {
      var now = mark.minutes === (band === null ? mark.farthest : Number(band));
      mark.dot.setAttribute("r", now ? 4.6 : 3);
      mark.dot.setAttribute("stroke", now ? "#1d2733" : "#fff");
      mark.told.classList.toggle("ug-now", now);
    });
  }
  if (page.onBand) { page.onBand.push(follow); }
  follow(null);
});
