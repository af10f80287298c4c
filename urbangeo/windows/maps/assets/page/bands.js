/* How much of the circles is shown: up to one of the cutoffs they were computed for. */
urbangeo.part("bands", function (page) {
  "use strict";
  var atlas = page.atlas, words = page.words, el = page.el;

  var circles = atlas.layers.filter(function (layer) { return layer.kind === "circles"; });
  var cutoffs = [];
  circles.forEach(function (layer) {
    layer.lines.forEach(function (line) { if (cutoffs.indexOf(line.minutes) < 0) { cutoffs.push(line.minutes); } });
  });
  cutoffs.sort(function (a, b) { return Number(a) - Number(b); });
  // Called with the cutoff in minutes, as a text, or null for all.
  page.onBand = [];
  page.band = null;
  if (cutoffs.length < 2) { return; }

  var last = cutoffs.length - 1;
  function said(rank) { return words.bands_minutes[0] + cutoffs[rank] + words.bands_minutes[1]; }
  function isIn(minutes) { return page.band === null || Number(minutes) <= Number(page.band); }

  // A band beyond the cutoff stays where it is, unseen; the outermost contour in sight is the strong one.
  function draw(layer) {
    var made = page.groups[layer.id] && page.groups[layer.id].made;
    if (!made) { return; }
    var inside = layer.lines.filter(function (line) { return isIn(line.minutes); }), outer = inside.length ? inside[inside.length - 1].minutes : null;
    made.eachLayer(function (part) {
      var minutes = part.options.minutes;
      if (minutes === undefined || !part.setStyle) { return; }
      var was = part.options.bandWas || (part.options.bandWas = { opacity: part.options.opacity, fillOpacity: part.options.fillOpacity });
      var style = isIn(minutes) ? { opacity: was.opacity, fillOpacity: was.fillOpacity } : { opacity: 0, fillOpacity: 0 };
      if (!part.options.fill) { style.weight = minutes === outer ? 1.8 : 0.7; }
      part.setStyle(style);
    });
    var cells = page.legends[layer.id] ? page.legends[layer.id].querySelectorAll(".ug-strip > span") : [];
    layer.lines.forEach(function (line, rank) { if (cells[rank]) { cells[rank].hidden = !isIn(line.minutes); } });
  }
  var toggle = page.toggle;
  page.toggle = function (id, state) {
    toggle(id, state);
    circles.forEach(function (layer) { if (layer.id === id && state) { draw(layer); } });
  };

  var node = el("div", "ug-bands"), label = el("label", "", null, node), value;
  el("span", "", words.bands, label);
  value = el("output", "", "", label);
  var input = el("input", "", null, label);
  input.type = "range";
  input.min = 0;
  input.max = last;
  input.step = 1;
  var ticks = el("div", "ug-ticks", null, node);
  ticks.setAttribute("aria-hidden", "true");
  cutoffs.forEach(function (minutes, rank) {
    var tick = el("span", "", minutes, ticks);
    tick.style.left = 100 * rank / last + "%";
  });
  page.begin.push(function () {
    var first = page.rows[circles[0].id];
    if (first) { first.parentNode.insertBefore(node, first); }
  });

  function choose(rank) {
    page.band = rank >= last ? null : cutoffs[rank];
    input.value = rank;
    value.textContent = said(rank);
    input.setAttribute("aria-valuetext", said(rank));
    circles.forEach(draw);
    tables.forEach(function (table) {
      function isNow(row) { return page.band !== null && row.getAttribute("data-minutes") === page.band; }
      var now = table.rows.filter(isNow), rest = table.rows.filter(function (row) { return !isNow(row); });
      now.concat(rest).forEach(function (row) {
        row.classList.toggle("ug-now", isNow(row));
        table.body.appendChild(row);
      });
    });
    page.onBand.forEach(function (work) { work(page.band); });
  }
  input.addEventListener("input", function () { choose(Number(input.value)); page.remember(); });
  // The totals of the cutoff come first in their table.
  var tables = [];
  page.begin.push(function () {
    [].forEach.call(document.querySelectorAll(".ug-totals tbody"), function (body) {
      tables.push({ body: body, rows: [].slice.call(body.rows) });
    });
    page.keep("band", function (text) {
      var rank = cutoffs.indexOf(page.plain(text || ""));
      choose(rank < 0 ? last : rank);
    }, function () { return page.band === null ? null : encodeURIComponent(page.band); });
  });
});
