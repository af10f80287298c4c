/* Names: few when far, all when near, never on top of each other or over the edge. */
urbangeo.part("labels", function (page) {
  "use strict";
  var map = page.map, atlas = page.atlas, body = page.body, box = page.box, el = page.el;

  var labelPane = map.createPane("ug-labels");
  labelPane.style.zIndex = 490;
  labelPane.style.pointerEvents = "none";
  labelPane.classList.add("leaflet-zoom-hide");
  var ruler = document.createElement("canvas").getContext("2d");
  var fonts = { county: [12, 400, 0], prefecture: [13, 700, 0], province: [19, 700, 0.3], region: [14, 700, 0.1], centre: [12, 700, 0], degree: [11, 400, 0] };
  // From so many provinces on their names stand in smaller letters.
  var CROWD = 9;
  var crowded = atlas.places.filter(function (place) { return place.level === "province"; }).length >= CROWD;
  // Where there is no room for all, the widest come first.
  function width(place) { return place.bounds[1][1] - place.bounds[0][1]; }
  var places = crowded ? atlas.places.slice().sort(function (a, b) { return width(b) - width(a); }) : atlas.places;
  // Names of places further outside than this cannot reach the map.
  var ASIDE = 400;
  var sizes = {}, family = getComputedStyle(body).fontFamily;
  function sizeOf(text, kind) {
    var known = sizes[kind + text];
    if (!known) { known = sizes[kind + text] = measured(text, kind); }
    return known;
  }
  function measured(text, kind) {
    var font = fonts[kind], lines = text.split("\n");
    ruler.font = font[1] + " " + font[0] + "px " + family;
    var width = Math.max.apply(null, lines.map(function (line) { return ruler.measureText(line).width + line.length * font[0] * font[2]; }));
    return [width, lines.length * font[0] * 1.18];
  }
  // Where a name may stand, best place first, as the offset of its middle from its point.
  var spots = {
    dot: function (w, h, far) {
      var list = [];
      [far ? 7 : 9, far ? 15 : 19, 30].forEach(function (r) {
        var x = w / 2 + r, y = h / 2 + r, a = w / 2 + r * 0.7, b = h / 2 + r * 0.4;
        list.push([0, y], [0, -y], [x, 0], [-x, 0], [a, b], [-a, b], [a, -b], [-a, -b]);
      });
      return list;
    },
    symbol: function (w, h) { return [[0, h / 2 + 11], [0, -h / 2 - 11], [w / 2 + 11, 0], [-w / 2 - 11, 0]]; },
    region: function (w, h) { return [[0, 0], [0, -h * 0.7], [0, h * 0.7]]; },
    county: function () { return [[0, 0], [0, -9], [0, 9]]; },
    prefecture: function (w, h) { return [[0, 0], [0, -h], [0, h], [-w * 0.6, 0], [w * 0.6, 0], [-w * 0.6, h], [w * 0.6, h], [-w * 0.6, -h], [w * 0.6, -h]]; },
    province: function (w, h, far, item) {
      var list = [], at = map.latLngToContainerPoint(item.at), low = map.latLngToContainerPoint(item.bounds[0]), high = map.latLngToContainerPoint(item.bounds[1]);
      var middle = (low.x + high.x) / 2 - at.x;
      [0, -1, 1].forEach(function (row) { list.push([0, row * h]); });
      // Inside itself, aside of what stands in its middle.
      var wall = 0.3 * (high.x - low.x), tall = 0.3 * (low.y - high.y), steps = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1], inside = [];
      steps.forEach(function (row) { steps.forEach(function (column) { inside.push([column * wall, row * tall]); }); });
      inside.sort(function (a, b) { return a[0] * a[0] + a[1] * a[1] - b[0] * b[0] - b[1] * b[1]; });
      list = list.concat(inside);
      // Then outside, above and below, where nothing else is written.
      list.push([middle, high.y - at.y - h * 0.7], [middle, low.y - at.y + h * 0.7]);
      [-2, 2, -1, 1, 0].forEach(function (row) { [-0.7, 0.7].forEach(function (column) { list.push([column * w, row * h]); }); });
      return list;
    }
  };
  // What is taken, found by the squares it lies in: on a large map there are thousands of names.
  var SQUARE = 64;
  function Taken() {
    this.squares = {};
    this.count = 0;
  }
  Taken.prototype.each = function (r, work) {
    for (var x = Math.floor((r[0] - 2) / SQUARE); x <= Math.floor((r[2] + 2) / SQUARE); x += 1) {
      for (var y = Math.floor((r[1] - 2) / SQUARE); y <= Math.floor((r[3] + 2) / SQUARE); y += 1) { work(x + " " + y); }
    }
  };
  Taken.prototype.push = function (r) {
    var squares = this.squares, item = [this.count, r];
    this.count += 1;
    this.each(r, function (key) { (squares[key] = squares[key] || []).push(item); });
  };
  Taken.prototype.near = function (rect) {
    var squares = this.squares, seen = {}, found = [];
    this.each(rect, function (key) {
      (squares[key] || []).forEach(function (item) {
        if (!seen[item[0]]) {
          seen[item[0]] = true;
          found.push(item[1]);
        }
      });
    });
    return found;
  };
  // Other parts name what they draw: each returns items {text, at, kind, spot, must}.
  var namers = [];
  // First what must never be missing (centres, provinces, seats of provinces), then what there is room for.
  function candidates(zoom) {
    var must = [], may = [], symbols = {}, first = {}, cities = {}, told = {};
    atlas.layers.forEach(function (layer) {
      if (!page.on[layer.id]) { return; }
      if (layer.kind === "centres") {
        layer.points.forEach(function (point) {
          var name = zoom >= 8.5 ? point.text : zoom >= 5.4 ? point.city || point.circle : point.circle;
          if (!name) { return; }
          must.push({ text: name, at: point.at, kind: "centre", spot: "dot", must: true });
          cities[point.city] = true;
          if (zoom >= 8.5 && name === point.city + point.county) { told[point.city + point.county] = true; }
        });
      }
      if (layer.kind !== "areas") { return; }
      layer.lines.forEach(function (line) {
        line.members.forEach(function (member) {
          first[member] = true;
          if (atlas.styles[line.style].symbol) { symbols[member] = true; }
        });
      });
    });
    places.forEach(function (place) {
      var item = { text: place.text, at: place.at, bounds: place.bounds, kind: place.level, spot: place.level };
      if (place.level === "province" && zoom < 7) {
        // A few provinces are always named; of many, those that have room, and none outside itself.
        item.must = !crowded;
        if (crowded) { item.kind = item.spot = "region"; }
        (crowded ? may : must).push(item);
      }
      if (place.level === "prefecture" && zoom >= 5.4 && zoom < 7.8 && !cities[place.text]) {
        item.must = place.capital;
        (place.capital ? must : may).push(item);
      }
    });
    if (zoom >= 7) {
      atlas.counties.map(function (item, member) { return member; }).filter(function (member) { return zoom >= 7.8 || symbols[member]; })
        .sort(function (a, b) { return (first[b] ? 1 : 0) - (first[a] ? 1 : 0) || a - b; })
        .forEach(function (member) {
          var item = atlas.counties[member];
          // A second core that says the name of its county says it for the county too.
          if (told[item.prefecture + item.name]) { return; }
          may.push({ text: item.label, at: item.at, kind: "county", spot: symbols[member] ? "symbol" : "county" });
        });
    }
    namers.forEach(function (name) { name(zoom).forEach(function (item) { (item.must ? must : may).push(item); }); });
    return must.concat(may);
  }
  function placeLabels() {
    labelPane.textContent = "";
    var size = map.getSize(), zoom = map.getZoom(), far = page.isFar(), taken = new Taken(), soft = new Taken();
    box.classList.toggle("ug-far", far);
    var outer = box.getBoundingClientRect();
    [].forEach.call(box.querySelectorAll(".leaflet-control"), function (node) {
      var r = node.getBoundingClientRect();
      if (r.width) { taken.push([r.left - outer.left, r.top - outer.top, r.right - outer.left, r.bottom - outer.top]); }
    });
    // Dots and stars are reckoned, not measured: while the map moves they may still stand where they were.
    function keep(list, latLng, r) {
      var at = map.latLngToContainerPoint(latLng);
      list.push([at.x - r, at.y - r, at.x + r, at.y + r]);
    }
    atlas.layers.forEach(function (layer) {
      if (!page.on[layer.id]) { return; }
      if (layer.kind === "centres") { layer.points.forEach(function (point) { keep(taken, point.at, far ? 4.5 : 6.6); }); }
      if (layer.kind !== "areas") { return; }
      layer.lines.forEach(function (line) {
        if (!atlas.styles[line.style].symbol) { return; }
        line.members.forEach(function (member) { keep(far ? soft : taken, atlas.counties[member].at, far ? 4.4 : 7); });
      });
    });
    function overlap(rect, list) {
      return list.near(rect).reduce(function (sum, r) {
        var x = Math.min(rect[2], r[2] + 2) - Math.max(rect[0], r[0] - 2), y = Math.min(rect[3], r[3] + 1) - Math.max(rect[1], r[1] - 1);
        return sum + (x > 0 && y > 0 ? x * y : 0);
      }, 0);
    }
    function put(item) {
      var at = item.point || map.latLngToContainerPoint(item.at);
      if (at.x < -ASIDE || at.y < -ASIDE || at.x > size.x + ASIDE || at.y > size.y + ASIDE) { return; }
      var wh = sizeOf(item.text, item.kind), best = null, least = Infinity;
      if (item.must && (at.x < 0 || at.y < 0 || at.x > size.x || at.y > size.y)) { return; }
      (item.spot ? spots[item.spot](wh[0], wh[1], far, item) : [[0, 0]]).some(function (offset) {
        var x = at.x + offset[0] - wh[0] / 2, y = at.y + offset[1] - wh[1] / 2;
        if (item.must) {
          x = Math.max(3, Math.min(x, size.x - wh[0] - 4));
          y = Math.max(3, Math.min(y, size.y - wh[1] - 4));
        }
        var rect = [x, y, x + wh[0], y + wh[1]];
        if (x < 2 || y < 2 || rect[2] > size.x - 2 || rect[3] > size.y - 2) { return false; }
        var cost = overlap(rect, taken) * 100 + (item.must ? overlap(rect, soft) : 0);
        if (cost < least && (cost === 0 || item.must)) { best = rect; least = cost; }
        return cost === 0;
      });
      if (!best) { return; }
      taken.push(best);
      var node = el("span", "ug-label ug-label-" + item.kind, item.text, labelPane);
      var layerPoint = map.containerPointToLayerPoint([best[0], best[1]]);
      node.style.left = layerPoint.x + "px";
      node.style.top = layerPoint.y + "px";
      node.style.width = Math.ceil(wh[0] + 1) + "px";
    }
    if (page.on.labels) { candidates(zoom).forEach(put); }
    if (page.on.graticule) {
      var bounds = map.getBounds();
      for (var lng = Math.ceil(bounds.getWest() / 5) * 5; lng <= bounds.getEast(); lng += 5) {
        put({ text: lng + "°E", point: L.point(map.latLngToContainerPoint([0, lng]).x, 12), kind: "degree" });
      }
      for (var lat = Math.ceil(bounds.getSouth() / 5) * 5; lat <= bounds.getNorth(); lat += 5) {
        put({ text: lat + "°N", point: L.point(size.x - 22, map.latLngToContainerPoint([lat, 0]).y), kind: "degree" });
      }
    }
  }

  page.namers = namers;
  page.spots = spots;
  page.placeLabels = placeLabels;
});
