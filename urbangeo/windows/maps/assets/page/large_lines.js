/* Lines that come packed: read in one loop, kept as plain arrays of numbers, thinned to what a zoom can show. */
urbangeo.part("large_lines", function (page) {
  "use strict";

  // The same characters as in Python: five bits each, and one that says that another follows.
  var CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  var values = new Uint8Array(128);
  for (var i = 0; i < CHARACTERS.length; i += 1) { values[CHARACTERS.charCodeAt(i)] = i; }

  // `count` is how many numbers there are, where that is known: memory that is not needed costs time, too.
  function unpack(text, count) {
    var bytes = new TextEncoder().encode(text), end = bytes.length, numbers = new Float64Array(count || end), number = 0, place = 0;
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
  // Two a character.
  function unpackLevels(text, levels) {
    var bytes = new TextEncoder().encode(text);
    for (var at = 0; at < levels.length; at += 1) {
      var pair = values[bytes[at >> 1]];
      levels[at] = at % 2 ? pair & 7 : pair >> 3;
    }
  }

  // All lines of a drawing: x and y run from 0 to 1 over the square of web maps, so that a zoom is a factor.
  function linesFrom(coded, scale) {
    var lines = empty(unpack(coded.sizes), scale);
    unpackLevels(coded.levels, lines.levels);
    return placed(lines, unpack(coded.points, 2 * lines.lat.length), false);
  }
  // The same of plain differences, each row from its own beginning, every vertex wanted at every zoom.
  function linesOfDeltas(rows, scale) {
    var lines = empty(rows.map(function (row) { return row.length / 2; }), scale), steps = new Float64Array(2 * lines.lat.length);
    rows.forEach(function (row, line) { steps.set(row, 2 * lines.starts[line]); });
    return placed(lines, steps, true);
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
  // Differences become degrees, places on the square, and the box of each line; one pass, for it is what a page waits for.
  function placed(lines, steps, anew) {
    var lngs = lines.lng, lats = lines.lat, xs = lines.x, ys = lines.y, starts = lines.starts, boxes = lines.boxes, scale = lines.scale;
    var radian = Math.PI / 180, around = 4 * Math.PI, east = 0, north = 0;
    for (var line = 0; line < lines.count; line += 1) {
      var left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
      if (anew) { east = north = 0; }
      for (var at = starts[line], end = starts[line + 1]; at < end; at += 1) {
        east += steps[2 * at];
        north += steps[2 * at + 1];
        var lng = lngs[at] = east / scale, lat = lats[at] = north / scale;
        if (page.shifted) {
          // Where a base map asks for it degrees are shifted on their way to the screen, here as in the map itself.
          var spot = page.shift(L.latLng(lat, lng));
          lng = spot.lng;
          lat = spot.lat;
        }
        var sine = Math.sin(lat * radian), x = lng / 360 + 0.5, y = 0.5 - Math.log((1 + sine) / (1 - sine)) / around;
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
