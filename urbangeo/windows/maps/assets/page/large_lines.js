/* Lines that come packed: read in one loop, kept as plain arrays of numbers, thinned to what a zoom can show. */
urbangeo.part("large_lines", function (page) {
  "use strict";

  // The same characters as in Python: five bits each, and one that says that another follows.
  var CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  var values = new Uint8Array(128);
  for (var i = 0; i < CHARACTERS.length; i += 1) { values[CHARACTERS.charCodeAt(i)] = i; }

  function unpack(text, count) {
    // Where it is not known how many there are, more room than numbers: a number has one character or more.
    var numbers = new Float64Array(count || text.length), number = 0, sum = 0, unit = 1, place, value;
    for (place = 0; place < text.length; place += 1) {
      value = values[text.charCodeAt(place)];
      // Products, not shifts: numbers may have more than 31 bits.
      sum += (value & 31) * unit;
      if (value < 32) {
        numbers[number] = sum % 2 ? -(sum + 1) / 2 : sum / 2;
        number += 1;
        sum = 0;
        unit = 1;
      } else { unit *= 32; }
    }
    return numbers.subarray(0, number);
  }

  // All lines of a drawing: x and y run from 0 to 1 over the square of web maps, so that a zoom is a factor.
  function linesFrom(coded, scale) {
    var sizes = unpack(coded.sizes), lines = empty(sizes, scale), count = lines.lat.length, steps = unpack(coded.points, 2 * count);
    var x = 0, y = 0, at;
    for (at = 0; at < count; at += 1) {
      x += steps[2 * at];
      y += steps[2 * at + 1];
      lines.lng[at] = x / scale;
      lines.lat[at] = y / scale;
      var pair = values[coded.levels.charCodeAt(at >> 1)];
      lines.levels[at] = at % 2 ? pair & 7 : pair >> 3;
    }
    return placed(lines, sizes);
  }
  // The same of plain differences, every vertex wanted at every zoom.
  function linesOfDeltas(rows, scale) {
    var sizes = rows.map(function (row) { return row.length / 2; }), lines = empty(sizes, scale), place = 0;
    rows.forEach(function (row) {
      for (var i = 0, x = 0, y = 0; i < row.length; i += 2) {
        x += row[i];
        y += row[i + 1];
        lines.lng[place] = x / scale;
        lines.lat[place] = y / scale;
        place += 1;
      }
    });
    return placed(lines, sizes);
  }
  function empty(sizes, scale) {
    var count = sizes.reduce(function (sum, size) { return sum + size; }, 0);
    return {
      count: sizes.length, scale: scale, starts: new Uint32Array(sizes.length + 1), lng: new Float64Array(count), lat: new Float64Array(count),
      x: new Float64Array(count), y: new Float64Array(count), levels: new Uint8Array(count), boxes: new Float64Array(4 * sizes.length)
    };
  }
  function placed(lines, sizes) {
    var at, radian = Math.PI / 180;
    for (at = 0; at < lines.lat.length; at += 1) {
      // Where a base map asks for it degrees are shifted on their way to the screen, here as in the map itself.
      var spot = page.shifted ? page.shift(L.latLng(lines.lat[at], lines.lng[at])) : null;
      var sine = Math.sin((spot ? spot.lat : lines.lat[at]) * radian);
      lines.x[at] = (spot ? spot.lng : lines.lng[at]) / 360 + 0.5;
      lines.y[at] = 0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI);
    }
    for (var line = 0; line < lines.count; line += 1) {
      lines.starts[line + 1] = lines.starts[line] + sizes[line];
      var box = 4 * line;
      lines.boxes[box] = lines.boxes[box + 1] = Infinity;
      lines.boxes[box + 2] = lines.boxes[box + 3] = -Infinity;
      for (at = lines.starts[line]; at < lines.starts[line + 1]; at += 1) {
        if (lines.x[at] < lines.boxes[box]) { lines.boxes[box] = lines.x[at]; }
        if (lines.y[at] < lines.boxes[box + 1]) { lines.boxes[box + 1] = lines.y[at]; }
        if (lines.x[at] > lines.boxes[box + 2]) { lines.boxes[box + 2] = lines.x[at]; }
        if (lines.y[at] > lines.boxes[box + 3]) { lines.boxes[box + 3] = lines.y[at]; }
      }
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
