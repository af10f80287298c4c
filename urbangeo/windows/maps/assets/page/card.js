/* The county card: hovers with the pointer, stays when pinned. */
urbangeo.part("card", function (page) {
  "use strict";
  var map = page.map, atlas = page.atlas, words = page.words, body = page.body, box = page.box, el = page.el, refs = page.refs, badge = page.badge;

  var card = el("section", "ug-card", null, page.main);
  card.hidden = true;
  // Which county is shown, which one stays, and where the keyboard was before.
  var shown = null, pinned = null, origin = null;
  function pairs(rows, parent) {
    var list = el("dl", "", null, parent);
    rows.forEach(function (row) { el("dt", "", row[0], list); el("dd", "", row[1], list); });
  }
  // Other parts add rows about a county: each takes its number and returns [[label, text], ...].
  var cardRows = [];
  // What a card leaves out, step by step, while it only hovers and cannot be scrolled: details of lists, then all but
  // three lists, then what would change the decision, then the lists, the travel times and the reason.
  var STEPS = 6;
  // The card's headings come after the one heading of the page.
  function heading(tag, text) {
    var node = el(tag, "", text, card);
    node.setAttribute("aria-level", tag === "h3" ? 2 : 3);
    return node;
  }
  function fillCard(member, step) {
    var item = atlas.counties[member];
    card.textContent = "";
    var title = heading("h3", null);
    el("span", "", item.name, title);
    var shut = el("button", "", words.close, title);
    shut.type = "button";
    shut.addEventListener("click", unpin);
    el("p", "ug-where", [item.province, item.prefecture, item.type, item.adcode].filter(Boolean).join(" · "), card);
    if (item.census) { pairs(item.census, card); } else { el("p", "", words.no_census, card); }
    if (item.potential) {
      heading("h4", words.decision + item.potential.decision);
      if (step < 5) { el("p", "", item.potential.reason, card); }
      if (item.potential.flips && step < 3) { el("p", "", words.flips + item.potential.flips, card); }
    }
    if (item.lists) {
      heading("h4", words.lists);
      var list = el("ul", "", null, card), kept = step < 2 ? item.lists.length : step < 4 ? 3 : 0;
      item.lists.slice(0, kept).forEach(function (entry) {
        var line = el("li", "", entry.name, list);
        entry.badges.forEach(function (text) { badge(text, line); });
        var detail = [entry.detail, refs(entry.refs)].filter(Boolean).join(" ");
        if (detail && step < 1) { el("br", "", null, line); el("small", "", detail, line); }
      });
      if (kept < item.lists.length) { el("li", "", words.hidden[0] + (item.lists.length - kept) + words.hidden[1], list); }
    }
    if (item.reach && step < 4) {
      var reach = heading("h4", words.reach);
      if (atlas.reach_skeleton) { badge(words.skeleton_short, reach); }
      pairs(item.reach, card);
    }
    if (step < 4) {
      cardRows.forEach(function (make) { var more = make(member); if (more && more.length) { pairs(more, card); } });
    }
    if (step) { el("p", "ug-more", words.more, card); }
  }
  function fitCard(member) {
    card.style.maxHeight = box.getBoundingClientRect().height - 16 + "px";
    for (var step = 0; step < STEPS; step += 1) {
      fillCard(member, step);
      if (card.scrollHeight <= card.clientHeight) { return; }
    }
  }
  function follow(point) {
    if (pinned !== null || shown === null) { return; }
    moveCard(point);
  }
  function moveCard(point) {
    var outer = box.getBoundingClientRect();
    card.style.maxHeight = outer.height - 16 + "px";
    var width = card.offsetWidth, height = card.offsetHeight;
    var x = point.x + 22 + width > outer.width - 8 ? point.x - 22 - width : point.x + 22;
    var y = Math.min(Math.max(point.y - height / 3, 8), outer.height - height - 8);
    card.style.left = outer.left + Math.max(8, Math.min(x, outer.width - width - 8)) + "px";
    card.style.top = outer.top + Math.max(8, y) + "px";
  }
  function ring(member) { page.outline(member === null ? [] : page.shapes[member]); }
  function hover(member) {
    if (pinned !== null) { return; }
    shown = member;
    card.hidden = member === null;
    if (member !== null) { fitCard(member); }
    ring(member);
  }
  // From the keyboard (`from` is where it was) the card takes the focus, and gives it back when it is closed.
  function pin(member, point, from) {
    pinned = null;
    hover(member);
    fillCard(member, 0);
    moveCard(point);
    pinned = member;
    card.classList.add("ug-pinned");
    card.scrollTop = 0;
    card.setAttribute("aria-label", atlas.counties[member].name);
    page.say(nameOf(member));
    origin = from || null;
    if (origin) { card.querySelector("button").focus({ preventScroll: true }); }
  }
  function unpin() {
    var back = card.contains(document.activeElement) ? origin || box : null;
    pinned = null;
    origin = null;
    card.classList.remove("ug-pinned");
    hover(null);
    if (back) { back.focus({ preventScroll: true }); }
  }
  function nameOf(member) {
    var item = atlas.counties[member];
    return [item.name, item.prefecture, item.potential && words.decision + item.potential.decision].filter(Boolean).join(" ");
  }
  map.on("click", unpin);
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { unpin(); } });

  // With the keyboard on the map a cross marks its middle, and Enter opens the county under it.
  var cross = el("div", "ug-cross", null, box), moved = false;
  cross.setAttribute("aria-hidden", "true");
  document.addEventListener("keydown", function () { body.classList.add("ug-keyed"); }, true);
  document.addEventListener("pointerdown", function () { body.classList.remove("ug-keyed"); }, true);
  function underCross() { return page.memberAt(map.getCenter()); }
  box.addEventListener("keydown", function (event) {
    if (event.target !== box) { return; }
    if (/^(Arrow|[-+=_]$)/.test(event.key)) { moved = true; }
    var member = event.key === "Enter" ? underCross() : null;
    if (member !== null) { page.pin(member, map.latLngToContainerPoint(map.getCenter()), box); }
    if (event.key === "Enter" && member === null) { page.say(words.nothing_here); }
  });
  map.on("moveend", function () {
    if (!moved) { return; }
    moved = false;
    page.state.view = null;
    page.remember();
    var member = underCross();
    page.say(member === null ? words.nothing_here : nameOf(member));
  });

  page.card = card;
  page.cardRows = cardRows;
  page.hover = hover;
  page.follow = follow;
  page.pin = pin;
  page.unpin = unpin;
  page.nameOf = nameOf;
  page.refill = function () { if (pinned !== null) { fillCard(pinned, 0); } };
});
