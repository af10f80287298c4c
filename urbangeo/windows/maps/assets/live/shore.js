/* Water: which cells no leg may cross, and rings cut at the shore. */
(function (live) {
  "use strict";

  const INSIDE_TURNS = 4;

  // The part of a ring inside a box of degrees, by Sutherland and Hodgman: what lies inside the box is enclosed as before.
  function clipped(ring, box) {
    let points = ring;
    for (let side = 0; side < 4 && points.length; side += 1) {
      const axis = side & 1, limit = box[side], sign = side < 2 ? 1 : -1, out = [];
      const size = points.length;
      for (let i = 0; i < size; i += 2) {
        const j = i ? i - 2 : size - 2, here = (points[i + axis] - limit) * sign, before = (points[j + axis] - limit) * sign;
        if (here >= 0 !== before >= 0) {
          const share = before / (before - here);
          const x = points[j] + share * (points[i] - points[j]), y = points[j + 1] + share * (points[i + 1] - points[j + 1]);
          out.push(axis ? x : limit, axis ? limit : y);
        }
        if (here >= 0) { out.push(points[i], points[i + 1]); }
      }
      points = out;
    }
    return points;
  }

  function boxOf(ring) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < ring.length; i += 2) {
      box[0] = Math.min(box[0], ring[i]);
      box[1] = Math.min(box[1], ring[i + 1]);
      box[2] = Math.max(box[2], ring[i]);
      box[3] = Math.max(box[3], ring[i + 1]);
    }
    return box;
  }

  function meet(one, two) { return one[0] <= two[2] && two[0] <= one[2] && one[1] <= two[3] && two[1] <= one[3]; }

  // Cells whose centre lies outside the land; null where there are none.
  function seaCells(land, grid, map) {
    const rows = grid.rows, columns = grid.columns, cell = grid.cell, box = [Infinity, Infinity, -Infinity, -Infinity];
    const east = grid.west + cell * (columns - 1), south = grid.north - cell * (rows - 1);
    for (let i = 0; i <= 40; i += 1) {
      [[grid.west + (east - grid.west) * i / 40, south], [grid.west + (east - grid.west) * i / 40, grid.north],
        [grid.west, south + (grid.north - south) * i / 40], [east, south + (grid.north - south) * i / 40]].forEach(function (corner) {
        const at = map.back(corner[0], corner[1]);
        box[0] = Math.min(box[0], at.x - 0.02);
        box[1] = Math.min(box[1], at.y - 0.02);
        box[2] = Math.max(box[2], at.x + 0.02);
        box[3] = Math.max(box[3], at.y + 0.02);
      });
    }
    // How often the outline is crossed on the way east, row by row: changes of parity at the first cell beyond.
    const flips = new Int32Array(rows * (columns + 1));
    let any = false;
    land.forEach(function (ring) {
      if (!meet(ring.box, box)) { return; }
      const part = clipped(ring.points, box), size = part.length;
      if (!size) { return; }
      any = true;
      const dense = [];
      for (let i = 0; i < size; i += 2) {
        // Sides along the box are long and bend on the map.
        const j = (i + 2) % size, steps = Math.max(1, Math.ceil(Math.max(Math.abs(part[j] - part[i]), Math.abs(part[j + 1] - part[i + 1])) / 0.1));
        for (let step = 0; step < steps; step += 1) {
          const at = map.forward(part[i] + (part[j] - part[i]) * step / steps, part[i + 1] + (part[j + 1] - part[i + 1]) * step / steps);
          dense.push((at.x - grid.west) / cell, (grid.north - at.y) / cell);
        }
      }
      for (let i = 0; i < dense.length; i += 2) {
        const j = (i + 2) % dense.length, up = dense[i + 1] < dense[j + 1], a = up ? i : j, b = up ? j : i;
        const top = dense[a + 1], bottom = dense[b + 1], slope = (dense[b] - dense[a]) / (bottom - top);
        for (let r = Math.max(Math.ceil(top), 0); r < bottom && r < rows; r += 1) {
          const column = Math.min(Math.max(Math.ceil(dense[a] + (r - top) * slope), 0), columns);
          flips[r * (columns + 1) + column] += 1;
        }
      }
    });
    const sea = new Uint8Array(rows * columns);
    let wet = 0;
    for (let r = 0; r < rows; r += 1) {
      let inside = 0;
      for (let c = 0; c < columns; c += 1) {
        inside += flips[r * (columns + 1) + c];
        if (!(inside & 1)) { sea[r * columns + c] = 1; wet += 1; }
      }
    }
    return any && wet ? sea : wet ? sea : null;
  }

  function area2(ring) {
    let sum = 0;
    for (let i = 0; i < ring.length; i += 2) {
      const j = (i + 2) % ring.length;
      sum += (ring[i] - ring[0]) * (ring[j + 1] - ring[1]) - (ring[j] - ring[0]) * (ring[i + 1] - ring[1]);
    }
    return sum;
  }

  // Whether a point lies inside rings, by counting the sides east of it.
  function within(rings, x, y) {
    let inside = false;
    rings.forEach(function (ring) {
      const points = ring.points || ring;
      if (ring.box && (y < ring.box[1] || y > ring.box[3] || x > ring.box[2])) { return; }
      for (let i = 0, j = points.length - 2; i < points.length; j = i, i += 2) {
        if (points[i + 1] > y !== points[j + 1] > y
          && x < points[i] + (y - points[i + 1]) * (points[j] - points[i]) / (points[j + 1] - points[i + 1])) { inside = !inside; }
      }
    });
    return inside;
  }

  /* Rings cut at the shore. Both run with the inside on their left. Where an outline leaves the land, the shore goes on,
     and where the shore leaves the outline, the outline does: at each crossing the directions tell which of the two. */
  function cutAtShore(rings, land) {
    for (let turn = 0; turn < INSIDE_TURNS; turn += 1) {
      // A corner that lies on the other line by chance is told apart by a hair, a tenth of a millimetre and its multiples.
      const made = cut(rings, land, turn * 1.37e-9);
      if (made) { return made; }
    }
    return rings;
  }

  function cut(given, land, hair) {
    const rings = given.map(function (ring) { return hair ? ring.map(function (value) { return value + hair; }) : ring; });
    const boxes = rings.map(boxOf), all = [Infinity, Infinity, -Infinity, -Infinity];
    boxes.forEach(function (box) {
      all[0] = Math.min(all[0], box[0]);
      all[1] = Math.min(all[1], box[1]);
      all[2] = Math.max(all[2], box[2]);
      all[3] = Math.max(all[3], box[3]);
    });
    const shores = land.filter(function (ring) { return meet(ring.box, all); });
    if (!rings.length || !shores.length) { return rings.length && shores.length === 0 ? [] : rings; }
    // Sides of the outlines by cells of a small grid, so that each side of the shore meets only those near it.
    const step = 0.01, columns = Math.ceil((all[2] - all[0]) / step) + 1, bins = new Map();
    rings.forEach(function (ring, a) {
      for (let i = 0; i < ring.length; i += 2) {
        const j = (i + 2) % ring.length;
        const c0 = Math.floor((Math.min(ring[i], ring[j]) - all[0]) / step), c1 = Math.floor((Math.max(ring[i], ring[j]) - all[0]) / step);
        const r0 = Math.floor((Math.min(ring[i + 1], ring[j + 1]) - all[1]) / step), r1 = Math.floor((Math.max(ring[i + 1], ring[j + 1]) - all[1]) / step);
        for (let r = r0; r <= r1; r += 1) {
          for (let c = c0; c <= c1; c += 1) {
            const key = r * columns + c;
            if (!bins.has(key)) { bins.set(key, []); }
            bins.get(key).push(a, i);
          }
        }
      }
    });
    const crossings = [], onRing = rings.map(function () { return []; }), onShore = shores.map(function () { return []; });
    shores.forEach(function (shore, b) {
      const points = shore.points;
      for (let i = 0; i < points.length; i += 2) {
        const j = (i + 2) % points.length, x0 = points[i], y0 = points[i + 1], x1 = points[j], y1 = points[j + 1];
        const west = Math.min(x0, x1), east = Math.max(x0, x1), south = Math.min(y0, y1), north = Math.max(y0, y1);
        if (west > all[2] || east < all[0] || south > all[3] || north < all[1]) { continue; }
        const seen = new Set();
        const c0 = Math.max(Math.floor((west - all[0]) / step), 0), c1 = Math.min(Math.floor((east - all[0]) / step), columns - 1);
        const r0 = Math.max(Math.floor((south - all[1]) / step), 0), r1 = Math.floor((Math.min(north, all[3]) - all[1]) / step);
        for (let r = r0; r <= r1; r += 1) {
          for (let c = c0; c <= c1; c += 1) {
            const here = bins.get(r * columns + c);
            for (let k = 0; here && k < here.length; k += 2) {
              const name = here[k] * 16777216 + here[k + 1];
              if (seen.has(name)) { continue; }
              seen.add(name);
              const ring = rings[here[k]], s = here[k + 1], e = (s + 2) % ring.length;
              const ax = ring[e] - ring[s], ay = ring[e + 1] - ring[s + 1], bx = x1 - x0, by = y1 - y0, turn = ax * by - ay * bx;
              if (turn === 0) { continue; }
              const dx = x0 - ring[s], dy = y0 - ring[s + 1], t = (dx * by - dy * bx) / turn, u = (dx * ay - dy * ax) / turn;
              if (t < 0 || t >= 1 || u < 0 || u >= 1) { continue; }
              const crossing = { x: ring[s] + t * ax, y: ring[s + 1] + t * ay, toShore: turn > 0, ring: here[k], shore: b, at: s + 2 * t, on: i + 2 * u };
              crossings.push(crossing);
              onRing[here[k]].push(crossing);
              onShore[b].push(crossing);
            }
          }
        }
      }
    });
    onRing.forEach(function (list) { list.sort(function (p, q) { return p.at - q.at; }); });
    onShore.forEach(function (list) { list.sort(function (p, q) { return p.on - q.on; }); });
    // Along either line leaving and entering must take turns.
    const fair = onRing.concat(onShore).every(function (list) {
      return list.length % 2 === 0 && list.every(function (one, i) { return one.toShore !== list[(i + 1) % list.length].toShore; });
    });
    if (!fair) { return null; }
    const out = [];
    rings.forEach(function (ring, a) { if (!onRing[a].length && within(land, ring[0], ring[1])) { out.push(ring); } });
    const bound = rings.map(function (ring, a) { return { points: ring, box: boxes[a] }; });
    shores.forEach(function (shore, b) {
      if (!onShore[b].length && within(bound, shore.points[0], shore.points[1])) { out.push(shore.points); }
    });
    function follow(points, from, until, into) {
      let i = 2 * (Math.floor(from / 2) + 1) % points.length;
      const last = 2 * (Math.floor(until / 2) + 1) % points.length;
      if (i === last && from < until) { return; }
      do {
        into.push(points[i], points[i + 1]);
        i = (i + 2) % points.length;
      } while (i !== last);
    }
    for (let n = 0; n < crossings.length; n += 1) {
      let here = crossings[n];
      if (here.done) { continue; }
      const ring = [];
      for (let guard = 0; !here.done; guard += 1) {
        if (guard > crossings.length) { return null; }
        here.done = true;
        ring.push(here.x, here.y);
        const list = here.toShore ? onShore[here.shore] : onRing[here.ring];
        const next = list[(list.indexOf(here) + 1) % list.length];
        if (here.toShore) { follow(shores[here.shore].points, here.on, next.on, ring); } else { follow(rings[here.ring], here.at, next.at, ring); }
        here = next;
      }
      if (ring.length >= 6) { out.push(Float64Array.from(ring)); }
    }
    return out;
  }

  live.boxOf = boxOf;
  live.meet = meet;
  live.area2 = area2;
  live.seaCells = seaCells;
  live.cutAtShore = cutAtShore;
  live.within = within;
}(urbangeoLive));
