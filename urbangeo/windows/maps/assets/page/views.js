/* Where to look. */
urbangeo.part("views", function (page) {
  "use strict";
  var atlas = page.atlas, words = page.words, scroll = page.scroll, el = page.el;

  var buttons = [];
  var node = page.section(words.views, scroll);
  node.classList.add("ug-views");
  var row = el("div", "ug-buttons", null, node);
  atlas.views.forEach(function (view) {
    var button = el("button", "", view.name, row);
    button.type = "button";
    button.addEventListener("click", function () { page.show(view.id); page.remember(); });
    buttons.push([view.id, button]);
  });

  page.markView = function () { buttons.forEach(function (pair) { pair[1].setAttribute("aria-pressed", String(pair[0] === page.state.view)); }); };
});
