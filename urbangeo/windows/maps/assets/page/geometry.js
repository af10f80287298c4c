/* Geometry: arcs are stored once, counties and outlines are made of them. They come packed and are made into points
   only when somebody asks for them. */
urbangeo.part("geometry", function (page) {
  "use strict";
  var map = page.map, atlas = page.atlas;

  var packed = page.linesFrom(atlas.geometry.arcs, atlas.geometry.scale), units = atlas.geometry.units;
  var arcs = [], owners = [];
  function arcOf(number) {
    if (!arcs[number]) { arcs[number] = page.pointsOf(packed, number); }
    return arcs[number];
  }
  for (var number = 0; number < packed.count; number += 1) { owners.push([]); }
  // A ring, or a line, of arcs one after the other; a number below zero is an arc run backwards.
  function ringOf(numbers) {
    var ring = [];
    numbers.forEach(function (number) {
      var arc = number < 0 ? arcOf(-number - 1).slice().reverse() : arcOf(number);
      for (var i = ring.length ? 1 : 0; i < arc.length; i += 1) { ring.push(arc[i]); }
    });
    return ring;
  }
  function shapeOf(unit) { return unit.map(function (polygon) { return polygon.map(ringOf); }); }
  units.forEach(function (unit, member) {
    unit.forEach(function (polygon) {
      polygon.forEach(function (ring) {
        ring.forEach(function (number) {
          var list = owners[number < 0 ? -number - 1 : number];
          if (list.indexOf(member) < 0) { list.push(member); }
        });
      });
    });
  });
  var shapes = [], kept = [];
  units.forEach(function (unit, member) {
    Object.defineProperty(shapes, member, { get: function () {
      // Many are made anew each time they are asked for, few are kept.
      if (atlas.drawing === "canvas") { return shapeOf(unit); }
      return kept[member] || (kept[member] = shapeOf(unit));
    } });
  });
  // Arcs that pass a test, joined end to end so that dashes run through.
  function chainsOf(test) {
    var open = {}, chosen = [], chains = [];
    function end(number) {
      var arc = number < 0 ? -number - 1 : number, first = number < 0;
      var at = first ? packed.starts[arc] : packed.starts[arc + 1] - 1;
      return packed.lat[at] + "," + packed.lng[at];
    }
    owners.forEach(function (list, number) {
      if (!test(list)) { return; }
      var item = { arc: number, used: false };
      chosen.push(item);
      [end(-number - 1), end(number)].forEach(function (key) { (open[key] = open[key] || []).push(item); });
    });
    chosen.forEach(function (first) {
      if (first.used) { return; }
      first.used = true;
      var chain = [first.arc];
      for (var turn = 0; turn < 2; turn += 1) {
        var more = true;
        while (more) {
          var key = end(chain[chain.length - 1]), next = (open[key] || []).filter(function (item) { return !item.used; })[0];
          if (!next) { more = false; } else {
            next.used = true;
            chain.push(end(-next.arc - 1) === key ? next.arc : -next.arc - 1);
          }
        }
        chain = chain.reverse().map(function (number) { return -number - 1; });
      }
      chains.push(chain);
    });
    return chains;
  }
  function isEdgeOf(members) {
    var inside = {};
    members.forEach(function (member) { inside[member] = true; });
    return function (list) { return list.filter(function (member) { return inside[member]; }).length === 1; };
  }

  // The box of each county, of those of its arcs.
  var boxes = new Float64Array(4 * units.length);
  units.forEach(function (unit, member) {
    var box = 4 * member;
    boxes[box] = boxes[box + 1] = Infinity;
    boxes[box + 2] = boxes[box + 3] = -Infinity;
    unit.forEach(function (polygon) {
      polygon[0].forEach(function (number) {
        var arc = 4 * (number < 0 ? -number - 1 : number);
        for (var side = 0; side < 2; side += 1) {
          boxes[box + side] = Math.min(boxes[box + side], packed.boxes[arc + side]);
          boxes[box + 2 + side] = Math.max(boxes[box + 2 + side], packed.boxes[arc + 2 + side]);
        }
      });
    });
  });
  function traceUnit(pen, member) {
    if (!pen.isSeen(boxes, 4 * member)) { return; }
    units[member].forEach(function (polygon) { polygon.forEach(function (ring) { pen.trace(packed, ring, true); }); });
  }
  // By the even-odd rule, with every vertex, whatever the zoom shows.
  function holds(member, x, y) {
    var inside = false, box = 4 * member;
    if (x < boxes[box] || x > boxes[box + 2] || y < boxes[box + 1] || y > boxes[box + 3]) { return false; }
    units[member].forEach(function (polygon) {
      polygon.forEach(function (ring) {
        ring.forEach(function (number) {
          var arc = number < 0 ? -number - 1 : number;
          // Which way an arc is run does not matter for counting crossings.
          for (var at = packed.starts[arc] + 1; at < packed.starts[arc + 1]; at += 1) {
            var y0 = packed.y[at - 1], y1 = packed.y[at];
            if ((y0 > y) !== (y1 > y) && x < packed.x[at - 1] + (y - y0) / (y1 - y0) * (packed.x[at] - packed.x[at - 1])) { inside = !inside; }
          }
        });
      });
    });
    return inside;
  }
  function memberAt(place) {
    var at = map.options.crs.projection.project(L.latLng(place)), at0 = map.options.crs.transformation.transform(at, 1);
    for (var member = 0; member < units.length; member += 1) { if (holds(member, at0.x, at0.y)) { return member; } }
    return null;
  }

  page.packed = packed;
  page.owners = owners;
  page.shapes = shapes;
  page.memberAt = memberAt;
  page.traceUnit = traceUnit;
  page.boundsOf = function (member) { return L.latLngBounds([].concat.apply([], shapes[member].map(function (polygon) { return polygon[0]; }))); };
  page.chainsOf = chainsOf;
  page.isEdgeOf = isEdgeOf;
  // The outer edge of counties: what lies between two of them need not be traced to fill them. Edges of an area close
  // by themselves.
  page.edgeOf = function (members) { return chainsOf(isEdgeOf(members)); };
});
