/* Notes, dates and sources. */
urbangeo.part("notes", function (page) {
  "use strict";
  var atlas = page.atlas, words = page.words, scroll = page.scroll, el = page.el, badge = page.badge;

  if (atlas.notes.length) {
    var list = el("ul", "ug-list", null, page.reported(page.section(words.notes, scroll, "section")));
    atlas.notes.forEach(function (note) { el("li", "", note, list); });
  }
  var about = page.reported(page.section(words.about, scroll, "section"));
  atlas.about.forEach(function (line) { el("p", "ug-plain", line, about); });
  if (atlas.sources.length) {
    page.sources = page.section(words.sources + words.count_open + atlas.sources.length + words.count_close, scroll, "details");
    var items = el("ol", "ug-list", null, page.sources);
    atlas.sources.forEach(function (source) {
      var item = el("li", "", source.title, items);
      if (source.mark) { badge(source.mark, item); }
    });
    page.reported(page.sources);
  }
});
