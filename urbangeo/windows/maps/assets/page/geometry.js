/* Geometry: arcs are stored once, counties and outlines are made of them. On a large map they come packed and are
   made into points only when somebody asks for them. */
urbangeo.part("geometry", function (page) {
  "use strict";
  var atlas = page.atlas, undelta = page.undelta;

  var stored = atlas.geometry.arcs, scale = atlas.geometry.scale;
  var packed = Array.isArray(stored) ? null : page.linesFrom(stored, scale);
  var arcs = packed ? [] : stored.map(function (arc) { return undelta(arc, scale); });
  function arcOf(number) {
    if (!arcs[number]) { arcs[number] = page.pointsOf(packed, number); }
    return arcs[number];
  }
  var owners = [];
  for (var number = 0; number < (packed ? packed.count : arcs.length); number += 1) { owners.push([]); }
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
  atlas.geometry.units.forEach(function (unit, member) {
    unit.forEach(function (polygon) {
      polygon.forEach(function (ring) {
        ring.forEach(function (number) {
          var list = owners[number < 0 ? -number - 1 : number];
          if (list.indexOf(member) < 0) { list.push(member); }
        });
      });
    });
  });
  var shapes = packed ? [] : atlas.geometry.units.map(shapeOf);
  if (packed) {
    atlas.geometry.units.forEach(function (unit, member) {
      Object.defineProperty(shapes, member, { get: function () { return shapeOf(unit); } });
    });
  }
  // Arcs that pass a test, joined end to end so that dashes run through.
  function chainsOf(test) {
    var open = {}, chosen = [], chains = [];
    function end(number) {
      var arc = number < 0 ? -number - 1 : number, first = number < 0;
      if (!packed) { return arcs[arc][first ? 0 : arcs[arc].length - 1].join(); }
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
  function linesOf(test) { return chainsOf(test).map(ringOf); }

  // The county at a place, or null: crossings of a ray, after a look at the box of each polygon.
  var boxes = null;
  function inRing(ring, lat, lng) {
    var odd = false;
    for (var i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      if ((ring[i][0] > lat) !== (ring[j][0] > lat) && lng < (ring[j][1] - ring[i][1]) * (lat - ring[i][0]) / (ring[j][0] - ring[i][0]) + ring[i][1]) { odd = !odd; }
    }
    return odd;
  }
  function memberAt(latLng) {
    var lat = latLng.lat, lng = latLng.lng, found = null;
    boxes = boxes || shapes.map(function (unit) { return unit.map(function (polygon) { return L.latLngBounds(polygon[0]); }); });
    shapes.some(function (unit, member) {
      var inside = unit.some(function (polygon, place) {
        return boxes[member][place].contains(latLng) && polygon.filter(function (ring) { return inRing(ring, lat, lng); }).length % 2 === 1;
      });
      if (inside) { found = member; }
      return inside;
    });
    return found;
  }

  page.packed = packed;
  page.owners = owners;
  page.shapes = shapes;
  page.memberAt = memberAt;
  page.chainsOf = chainsOf;
  page.isEdgeOf = isEdgeOf;
  page.linesOf = linesOf;
  page.outlineOf = function (members) { return linesOf(isEdgeOf(members)); };
});
