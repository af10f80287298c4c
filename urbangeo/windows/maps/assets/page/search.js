/* Search for a county by name or code. */
urbangeo.part("search", function (page) {
  "use strict";
  var map = page.map, atlas = page.atlas, words = page.words, scroll = page.scroll, el = page.el;

  var node = page.section(words.search, scroll);
  node.classList.add("ug-search");
  var input = el("input", "", null, node), hits = el("ul", "ug-hits", null, node);
  input.type = "search";
  input.placeholder = words.search_hint;
  input.setAttribute("aria-label", words.search);
  function find() {
    var word = input.value.trim();
    hits.textContent = "";
    if (!word) { page.say(""); return []; }
    var found = [];
    atlas.counties.forEach(function (item, member) {
      var rank = item.name === word || item.adcode === word ? 0 : item.name.indexOf(word) === 0 ? 1 : item.adcode.indexOf(word) === 0 ? 2
        : item.name.indexOf(word) > 0 ? 3 : item.prefecture.indexOf(word) === 0 ? 4 : -1;
      if (rank >= 0) { found.push([rank, member]); }
    });
    found.sort(function (a, b) { return a[0] - b[0] || a[1] - b[1]; });
    if (!found.length) { el("li", "ug-none", words.search_none, hits); }
    found.slice(0, 8).forEach(function (pair) {
      var item = atlas.counties[pair[1]], button = el("button", "", item.name + " ", el("li", "", null, hits));
      button.type = "button";
      el("small", "", item.prefecture + " " + item.adcode, button);
      button.addEventListener("click", function () { go(pair[1]); });
    });
    page.say(found.length ? words.found[0] + found.length + words.found[1] : words.search_none);
    return found.map(function (pair) { return pair[1]; });
  }
  function go(member) {
    hits.textContent = "";
    map.fitBounds(page.mosaic[member].getBounds(), { maxZoom: 9.5, padding: [40, 40], animate: false });
    page.state.view = null;
    page.remember();
    page.pin(member, map.latLngToContainerPoint(atlas.counties[member].at), input);
  }
  input.addEventListener("input", find);
  input.addEventListener("keydown", function (event) {
    if (event.key === "Enter") { event.preventDefault(); var found = find(); if (found.length) { go(found[0]); } }
    if (event.key === "ArrowDown" && hits.querySelector("button")) { event.preventDefault(); hits.querySelector("button").focus(); }
  });
  hits.addEventListener("keydown", function (event) {
    var buttons = [].slice.call(hits.querySelectorAll("button")), at = buttons.indexOf(document.activeElement);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      (buttons[at + (event.key === "ArrowDown" ? 1 : -1)] || (at ? buttons[buttons.length - 1] : input)).focus();
    }
    if (event.key === "Escape") {
      event.stopPropagation();
      hits.textContent = "";
      input.focus();
    }
  });
});
