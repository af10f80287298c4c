/* How elements are made: text is set as text. */
urbangeo.part("nodes", function (page) {
  "use strict";
  var words = page.words;

  var SVG = "http://www.w3.org/2000/svg";

  // On a page in another language Chinese names are marked as Chinese, so that they are spoken and drawn as such.
  var HAN = /([\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+(?:[0-9\u2014\u00b7\u201c\u201d]+[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]+)*)/;
  function write(node, text) {
    node.textContent = "";
    if (node.lang) { node.removeAttribute("lang"); }
    if (page.atlas.language === "zh" || !HAN.test(text)) { node.textContent = text; return; }
    var runs = text.split(HAN);
    if (runs.length === 3 && !runs[0] && !runs[2]) { node.textContent = text; node.lang = "zh"; return; }
    runs.forEach(function (run, number) {
      if (number % 2) {
        var name = document.createElement("span");
        name.lang = "zh";
        name.textContent = run;
        node.appendChild(name);
      } else if (run) { node.appendChild(document.createTextNode(run)); }
    });
  }
  function el(tag, className, text, parent) {
    var node = document.createElement(tag);
    if (className) { node.className = className; }
    if (text !== undefined && text !== null) { write(node, String(text)); }
    if (parent) { parent.appendChild(node); }
    return node;
  }
  function shape(tag, attributes, parent) {
    var node = document.createElementNS(SVG, tag);
    Object.keys(attributes).forEach(function (name) { node.setAttribute(name, attributes[name]); });
    if (parent) { parent.appendChild(node); }
    return node;
  }
  function undelta(numbers, scale) {
    var points = [], x = 0, y = 0;
    for (var i = 0; i < numbers.length; i += 2) {
      x += numbers[i]; y += numbers[i + 1];
      points.push([y / scale, x / scale]);
    }
    return points;
  }
  function refs(numbers) { return numbers.map(function (n) { return "[" + n + "]"; }).join(""); }
  function badge(text, parent) { el("span", "ug-badge" + (text === words.unconfirmed ? " ug-alert" : ""), text, parent); }

  page.write = write;
  page.el = el;
  page.shape = shape;
  page.undelta = undelta;
  page.refs = refs;
  page.badge = badge;
});
