/* The frame of the page: title, map, panel, statement; and the report that appears on paper only. */
urbangeo.part("frame", function (page) {
  "use strict";
  var map = page.map, atlas = page.atlas, words = page.words, body = page.body, el = page.el;

  // One sheet holds what belongs together on a page; the report beneath it appears on paper only. The order of the
  // elements is the order of the keyboard: skip links, title, map with its card, panel, statement.
  var box = map.getContainer();
  var sheet = el("div", "ug-sheet", null, body), report = el("section", "ug-report", null, body);
  report.setAttribute("aria-label", words.about);
  var skips = el("nav", "ug-skips", null, sheet);
  skips.setAttribute("aria-label", words.panel);
  function skip(text, where) {
    var button = el("button", "ug-skip", text, skips);
    button.type = "button";
    button.addEventListener("click", where);
  }
  skip(words.skip_map, function () { box.focus(); });
  skip(words.skip_panel, function () {
    fold(false);
    var first = scroll.querySelector("input, button");
    if (first) { first.focus(); }
  });
  var head = el("header", "ug-head", null, sheet);
  el("h1", "", atlas.title, head);
  if (atlas.subtitle) { el("p", "", atlas.subtitle, head); }
  var open = el("button", "ug-open", words.open, head);
  open.type = "button";
  var main = el("main", "ug-main", null, sheet);
  main.appendChild(box);
  var panel = el("aside", "ug-panel", null, sheet);
  panel.setAttribute("aria-label", words.panel);
  panel.id = page.id + "-panel";
  var top = el("div", "ug-panel-top", null, panel);
  el("strong", "", words.panel, top);
  el("b", "ug-paper", words.legend, top);
  var close = el("button", "", words.fold, top);
  close.type = "button";
  [open, close].forEach(function (button) { button.setAttribute("aria-controls", panel.id); });
  var scroll = el("div", "ug-scroll", null, panel);
  var foot = el("footer", "ug-foot", null, sheet);
  atlas.statement.forEach(function (line) { el("p", "", line, foot); });
  box.setAttribute("role", "application");
  box.setAttribute("aria-label", atlas.title);
  el("span", "ug-unseen", words.map_help, main).id = page.id + "-help";
  box.setAttribute("aria-describedby", page.id + "-help");

  // What happens on the map is said here to those who do not see it.
  var status = el("div", "ug-unseen", null, sheet);
  status.setAttribute("role", "status");
  function say(text) { page.write(status, text); }

  function told() {
    var open_now = String(!body.classList.contains("ug-folded"));
    [open, close].forEach(function (button) { button.setAttribute("aria-expanded", open_now); });
  }
  function fold(folded) {
    if (body.classList.contains("ug-folded") === folded) { return; }
    body.classList.toggle("ug-folded", folded);
    told();
    map.invalidateSize({ animate: false });
    page.placeLabels();
  }
  close.addEventListener("click", function () { fold(true); open.focus(); });
  open.addEventListener("click", function () { fold(false); close.focus(); });
  page.begin.push(told);

  function section(title, parent, tag) {
    var node = el(tag || "fieldset", "ug-section", null, parent);
    // Each begins with a heading, so that the panel can be walked through by headings.
    if (tag === "section") { el("h2", "", title, node); } else { el("h2", "", title, el(tag ? "summary" : "legend", "", null, node)); }
    return node;
  }
  // Parts that are read, not clicked: on paper they stand on the pages after the map.
  var reports = [];
  function reported(node) { reports.push(node); return node; }

  page.box = box;
  page.main = main;
  page.say = say;
  page.sheet = sheet;
  page.report = report;
  page.head = head;
  page.panel = panel;
  page.scroll = scroll;
  page.foot = foot;
  page.fold = fold;
  page.section = section;
  page.reports = reports;
  page.reported = reported;
});
