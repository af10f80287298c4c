/* People in the circles against the target. */
urbangeo.part("totals", function (page) {
  "use strict";
  var atlas = page.atlas, words = page.words, scroll = page.scroll, el = page.el, refs = page.refs, badge = page.badge;

  if (!atlas.totals.length) { return; }
  var node = page.reported(page.section(words.totals, scroll, "section"));
  if (atlas.totals_skeleton) { badge(words.skeleton_mark, el("p", "ug-plain ug-whole", null, node)); }
  atlas.totals.forEach(function (table) {
    var part = el("div", "ug-part", null, node), grid = el("table", "ug-totals", null, part);
    var caption = el("caption", "", table.name + (table.target ? words.target + table.target + words.wan + refs(table.refs) : words.no_target), grid);
    if (table.target_mark) { badge(table.target_mark, caption); }
    var line = el("tr", "", null, el("thead", "", null, grid));
    words.totals_head.forEach(function (word) { el("th", "", word, line).scope = "col"; });
    var rows = el("tbody", "", null, grid);
    table.rows.forEach(function (row) {
      var tr = el("tr", "", null, rows), th = el("th", "", row.definition + row.marks, tr);
      tr.setAttribute("data-minutes", row.minutes);
      th.scope = "row";
      el("td", "", row.minutes, tr);
      el("td", "", row.people, tr);
      el("td", row.short ? "ug-short" : "", row.gap, tr);
    });
    table.footnotes.forEach(function (note) { el("p", "ug-foot-note", note, part); });
  });
});
