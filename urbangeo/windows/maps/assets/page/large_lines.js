/* Lines that come packed: read in one loop, kept as plain arrays of numbers, thinned to what a zoom can show. */
urbangeo.part("large_lines", function (page) {
  "use strict";

  // The same characters as in Python: five bits each, and one that says that another follows.
  var CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  var values = new Uint8Array(128);
  for (var i = 0; i < CHARACTERS.length; i += 1) { values[CHARACTERS.charCodeAt(i)] = i; }

  function unpack(text) {
    // More room than numbers: a number has one character or more.
    var bytes = new TextEncoder().encode(text), end = bytes.length, numbers = new Float64Array(end), number = 0, place = 0;
    while (place < end) {
      var value = values[bytes[place]], sum = value & 31, unit = 32;
      place += 1;
      while (value > 31) {
        value = values[bytes[place]];
        place += 1;
        // Products, not shifts: numbers may have more than 31 bits.
        sum += (value & 31) * unit;
        unit *= 32;
      }
      var half = Math.floor(sum / 2);
      numbers[number] = sum > 2 * half ? -half - 1 : half;
      number += 1;
    }
    return numbers.subarray(0, number);
  }

  // All lines of a drawing: x and y run from 0 to 1 over the square of web maps, so that a zoom is a factor.
  function linesFrom(coded, scale) {
    var lines = empty(unpack(coded.sizes), scale), lng = lines.lng, lat = lines.lat, levels = lines.levels, count = lat.length;
    var steps = unpack(coded.points), pairs = coded.levels, x = 0, y = 0, at, pair;
    for (at = 0; at < count; at += 1) {
      x += steps[2 * at];
      y += steps[2 * at + 1];
      lng[at] = x / scale;
      lat[at] = y / scale;
      pair = values[pairs.charCodeAt(at >> 1)];
      levels[at] = at % 2 ? pair & 7 : pair >> 3;
    }
    return placed(lines);
  }
  // The same of plain differences, every vertex wanted at every zoom.
  function linesOfDeltas(rows, scale) {
    var lines = empty(rows.map(function (row) { return row.length / 2; }), scale), place = 0;
    rows.forEach(function (row) {
      for (var i = 0, x = 0, y = 0; i < row.length; i += 2) {
        x += row[i];
        y += row[i + 1];
        lines.lng[place] = x / scale;
        lines.lat[place] = y / scale;
        place += 1;
      }
    });
    return placed(lines);
  }
  function empty(sizes, scale) {
    var starts = new Uint32Array(sizes.length + 1), line, count;
    for (line = 0; line < sizes.length; line += 1) { starts[line + 1] = starts[line] + sizes[line]; }
    count = starts[sizes.length];
    return {
      count: sizes.length, scale: scale, starts: starts, lng: new Float64Array(count), lat: new Float64Array(count),
      x: new Float64Array(count), y: new Float64Array(count), levels: new Uint8Array(count), boxes: new Float64Array(4 * sizes.length)
    };
  }
  // On a page without such a base map this is not asked for every vertex.
  function shiftAll(lng, lat, xs, ys) {
    for (var at = 0; at < lat.length; at += 1) {
      var spot = page.shift(L.latLng(lat[at], lng[at]));
      xs[at] = spot.lng;
      ys[at] = spot.lat;
    }
  }
  function placed(lines) {
    var xs = lines.x, ys = lines.y, starts = lines.starts, boxes = lines.boxes, radian = Math.PI / 180, around = 4 * Math.PI;
    // Where a base map asks for it degrees are shifted on their way to the screen, here as in the map itself.
    if (page.shifted) { shiftAll(lines.lng, lines.lat, xs, ys); }
    var lng = page.shifted ? xs : lines.lng, lat = page.shifted ? ys : lines.lat;
    for (var line = 0; line < lines.count; line += 1) {
      var left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
      for (var at = starts[line], end = starts[line + 1]; at < end; at += 1) {
        var sine = Math.sin(lat[at] * radian), x = lng[at] / 360 + 0.5, y = 0.5 - Math.log((1 + sine) / (1 - sine)) / around;
        xs[at] = x;
        ys[at] = y;
        if (x < left) { left = x; }
        if (x > right) { right = x; }
        if (y < top) { top = y; }
        if (y > bottom) { bottom = y; }
      }
      boxes[4 * line] = left;
      boxes[4 * line + 1] = top;
      boxes[4 * line + 2] = right;
      boxes[4 * line + 3] = bottom;
    }
    return lines;
  }
  function pointsOf(lines, line) {
    var points = [];
    for (var at = lines.starts[line]; at < lines.starts[line + 1]; at += 1) { points.push([lines.lat[at], lines.lng[at]]); }
    return points;
  }

  page.linesFrom = linesFrom;
  page.linesOfDeltas = linesOfDeltas;
  page.pointsOf = pointsOf;
});
