/* Which share of each county lies in an area, by the cells of a grid of degrees, as Python's county_shares counts: which
   share of each cell an outline covers follows exactly from its sides; only where the edge of the area and the border of
   a county cross the same cell, the two are taken to lie independently of each other. */
(function (live) {
  "use strict";

  const CELL_M = 250, DEGREE_M = 111320, FULL = 0.999999, HAIR = 1e-9;

  function latticeOf(box) {
    const high = CELL_M / DEGREE_M, wide = high / Math.max(Math.cos((box[1] + box[3]) / 2 * Math.PI / 180), 0.01);
    const rows = Math.ceil((box[3] - box[1]) / high) + 1, weights = new Float64Array(rows);
    for (let r = 0; r < rows; r += 1) {
      const lat = (box[3] - high * (r + 0.5)) * Math.PI / 180, bend = 1 - 0.006694380 * Math.sin(lat) * Math.sin(lat);
      weights[r] = Math.cos(lat) / (bend * bend);
    }
    return { west: box[0], north: box[3], wide: wide, high: high, rows: rows, columns: Math.ceil((box[2] - box[0]) / wide) + 1, weights: weights };
  }

  // What each side of an outline adds to the cells it crosses; `add(row, column, here, beyond)`.
  function trace(rings, lattice, add) {
    const rows = lattice.rows, columns = lattice.columns;
    rings.forEach(function (ring) {
      for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
        let x0 = (ring[j] - lattice.west) / lattice.wide, y0 = (lattice.north - ring[j + 1]) / lattice.high;
        let x1 = (ring[i] - lattice.west) / lattice.wide, y1 = (lattice.north - ring[i + 1]) / lattice.high, sign = 1;
        if (y0 === y1) { continue; }
        if (y0 > y1) { sign = -1; let swap = x0; x0 = x1; x1 = swap; swap = y0; y0 = y1; y1 = swap; }
        const slope = (x1 - x0) / (y1 - y0);
        for (let row = Math.max(Math.floor(y0), 0); row < y1 && row < rows; row += 1) {
          const top = Math.max(y0, row), bottom = Math.min(y1, row + 1);
          if (bottom <= top) { continue; }
          let left = x0 + (top - y0) * slope, right = x0 + (bottom - y0) * slope;
          if (left > right) { const swap = left; left = right; right = swap; }
          const fall = sign * (bottom - top), run = right - left;
          if (right <= 0) { add(row, 0, fall, 0); continue; }
          if (left >= columns) { continue; }
          if (left < 0) { add(row, 0, fall * -left / run, 0); }
          for (let column = Math.max(Math.floor(left), 0); column <= right && column < columns; column += 1) {
            const begin = Math.max(left, column), end = Math.min(right, column + 1);
            if (end < begin) { continue; }
            const part = run > 1e-12 ? fall * (end - begin) / run : fall, inside = column + 1 - (begin + end) / 2;
            add(row, column, part * inside, part * (1 - inside));
            if (run <= 1e-12) { break; }
          }
        }
      }
    });
  }

  // A county as stretches of full cells and single cells with their shares.
  function burn(rings, lattice) {
    const sums = new Map(), columns = lattice.columns + 1;
    function put(key, value) { sums.set(key, (sums.get(key) || 0) + value); }
    trace(rings, lattice, function (row, column, here, beyond) {
      put(row * columns + column, here);
      if (beyond !== 0) { put(row * columns + column + 1, beyond); }
    });
    const keys = Float64Array.from(sums.keys()).sort(), runs = [], cells = [], parts = [];
    let total = 0, size = 0;
    for (let i = 0; i < keys.length; i += 1) {
      const row = Math.floor(keys[i] / columns), column = keys[i] - row * columns;
      if (i === 0 || Math.floor(keys[i - 1] / columns) !== row) { total = 0; }
      total += sums.get(keys[i]);
      const share = Math.min(Math.abs(total), 1), next = i + 1 < keys.length && Math.floor(keys[i + 1] / columns) === row ? keys[i + 1] - row * columns : column + 1;
      if (column < lattice.columns && share > HAIR) {
        size += share * lattice.weights[row];
        if (share >= FULL) { runs.push(row, column, column + 1); } else { cells.push(row * lattice.columns + column); parts.push(share); }
      }
      if (next > column + 1 && share >= 0.5) {
        runs.push(row, column + 1, next);
        size += (next - column - 1) * lattice.weights[row];
      }
    }
    return { runs: Int32Array.from(runs), cells: Float64Array.from(cells), parts: Float32Array.from(parts), size: size };
  }

  // An area as the shares of the cells of a box, and their sums from the west.
  function cover(rings, lattice) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    rings.forEach(function (ring) {
      const one = live.boxOf(ring);
      box[0] = Math.min(box[0], one[0]);
      box[1] = Math.min(box[1], one[1]);
      box[2] = Math.max(box[2], one[2]);
      box[3] = Math.max(box[3], one[3]);
    });
    const r0 = Math.max(Math.floor((lattice.north - box[3]) / lattice.high), 0), r1 = Math.min(Math.floor((lattice.north - box[1]) / lattice.high) + 1, lattice.rows);
    const c0 = Math.max(Math.floor((box[0] - lattice.west) / lattice.wide), 0), c1 = Math.min(Math.floor((box[2] - lattice.west) / lattice.wide) + 1, lattice.columns);
    if (!(r0 < r1 && c0 < c1)) { return null; }
    const rows = r1 - r0, columns = c1 - c0, shares = new Float32Array(rows * (columns + 1)), before = new Float32Array(rows * (columns + 1));
    const part = { west: lattice.west + c0 * lattice.wide, north: lattice.north - r0 * lattice.high, wide: lattice.wide, high: lattice.high, rows: rows, columns: columns };
    const wide = columns + 1;
    trace(rings, part, function (row, column, here, beyond) {
      shares[row * wide + column] += here;
      shares[row * wide + column + 1] += beyond;
    });
    for (let r = 0; r < rows; r += 1) {
      let total = 0, sum = 0;
      for (let place = r * wide; place < r * wide + columns; place += 1) {
        total += shares[place];
        const share = total < 0 ? -total : total;
        shares[place] = share > 1 ? 1 : share;
        before[place] = sum;
        sum += shares[place];
      }
      before[r * wide + columns] = sum;
    }
    return { r0: r0, c0: c0, rows: rows, columns: columns, shares: shares, before: before, box: box };
  }

  // What of a county lies in an area, as a share of the county.
  function weigh(county, area, lattice, landOf) {
    const wide = area.columns + 1, runs = county.runs;
    let inside = 0;
    for (let i = 0; i < runs.length; i += 3) {
      const row = runs[i] - area.r0;
      if (row < 0 || row >= area.rows) { continue; }
      const from = Math.min(Math.max(runs[i + 1] - area.c0, 0), area.columns), until = Math.min(Math.max(runs[i + 2] - area.c0, 0), area.columns);
      if (until > from) { inside += (area.before[row * wide + until] - area.before[row * wide + from]) * lattice.weights[runs[i]]; }
    }
    for (let i = 0; i < county.cells.length; i += 1) {
      const whole = Math.floor(county.cells[i] / lattice.columns), row = whole - area.r0, column = county.cells[i] - whole * lattice.columns - area.c0;
      if (row < 0 || row >= area.rows || column < 0 || column >= area.columns) { continue; }
      const share = area.shares[row * wide + column];
      // At the shore: of the land, no more than all.
      if (share > 0) { inside += Math.min(share < 1 ? share / Math.min(landOf.get(county.cells[i]), 1) : 1, 1) * county.parts[i] * lattice.weights[whole]; }
    }
    return county.size > 0 ? inside / county.size : 0;
  }

  live.latticeOf = latticeOf;
  live.burn = burn;
  live.cover = cover;
  live.weigh = weigh;
}(urbangeoLive));
