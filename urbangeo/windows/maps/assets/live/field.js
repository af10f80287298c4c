/* The travel-time surface: least milliseconds at every cell centre, over all reached pieces of road and the leg from the
   best place to leave each, in closed form (Snell's law). The grid is gone through in blocks, and blocks in tiles; in each
   only the pieces that may be the best there are looked at, so the result is that of looking at all. */
(function (live) {
  "use strict";

  const RIM_CELLS = 2, MARGIN_CELLS = 3, ROUNDING_M = 1e-3, BLOCK = 32, TILE = 4, DEEP_CELLS = 3;

  // Roads that are left far from each other (stations of a railway) get a grid each: none of the cells between is made.
  function islands(pieces, access, bound, cell) {
    const wide = BLOCK * cell, count = pieces.length / 6, of = new Int32Array(count), first = new Map();
    function find(k) {
      while (of[k] !== k) { of[k] = of[of[k]]; k = of[k]; }
      return k;
    }
    for (let k = 0; k < count; k += 1) {
      const i = 6 * k, reach = Math.min(access.max_m + RIM_CELLS * cell, (bound - pieces[i + 4]) / access.ms_per_m) + 4 * cell;
      const c0 = Math.floor((Math.min(pieces[i], pieces[i + 2]) - reach) / wide), c1 = Math.floor((Math.max(pieces[i], pieces[i + 2]) + reach) / wide);
      const r0 = Math.floor((Math.min(pieces[i + 1], pieces[i + 3]) - reach) / wide), r1 = Math.floor((Math.max(pieces[i + 1], pieces[i + 3]) + reach) / wide);
      of[k] = k;
      for (let r = r0; r <= r1; r += 1) {
        for (let c = c0; c <= c1; c += 1) {
          const key = r * 65536 + c;
          if (first.has(key)) { of[find(k)] = find(first.get(key)); } else { first.set(key, k); }
        }
      }
    }
    const parts = new Map();
    for (let k = 0; k < count; k += 1) {
      const root = find(k);
      if (!parts.has(root)) { parts.set(root, []); }
      for (let j = 0; j < 6; j += 1) { parts.get(root).push(pieces[6 * k + j]); }
    }
    return Array.from(parts.values()).map(function (part) { return Float64Array.from(part); });
  }

  // Where the cell centres lie, two empty cells all round.
  function gridRound(pieces, access, bound, cell) {
    let west = Infinity, south = Infinity, east = -Infinity, north = -Infinity;
    for (let i = 0; i < pieces.length; i += 6) {
      const reach = Math.min(access.max_m + RIM_CELLS * cell, (bound - pieces[i + 4]) / access.ms_per_m);
      west = Math.min(west, pieces[i] - reach, pieces[i + 2] - reach);
      east = Math.max(east, pieces[i] + reach, pieces[i + 2] + reach);
      south = Math.min(south, pieces[i + 1] - reach, pieces[i + 3] - reach);
      north = Math.max(north, pieces[i + 1] + reach, pieces[i + 3] + reach);
    }
    west = (Math.floor(west / cell) - 2) * cell;
    south = (Math.floor(south / cell) - 2) * cell;
    east = (Math.ceil(east / cell) + 2) * cell;
    north = (Math.ceil(north / cell) + 2) * cell;
    return {
      west: west, north: north, cell: cell,
      columns: Math.round((east - west) / cell) + 1, rows: Math.round((north - south) / cell) + 1
    };
  }

  function boundOf(limitMs, access, cell) { return limitMs + MARGIN_CELLS * cell * access.ms_per_m; }

  // Sums of sea cells north-west of each corner: whether there is sea in a box is then four look-ups.
  function seaSums(sea, rows, columns) {
    const sums = new Int32Array((rows + 1) * (columns + 1));
    for (let r = 0; r < rows; r += 1) {
      let line = 0;
      const here = (r + 1) * (columns + 1), above = r * (columns + 1);
      for (let c = 0; c < columns; c += 1) {
        line += sea[r * columns + c];
        sums[here + c + 1] = sums[above + c + 1] + line;
      }
    }
    return sums;
  }

  function fillField(pieces, grid, access, bound, sea) {
    const rows = grid.rows, columns = grid.columns, cell = grid.cell, west = grid.west, north = grid.north;
    const slow = access.ms_per_m, maxM = access.max_m, slow2 = slow * slow, max2 = maxM * maxM;
    const best = new Float64Array(rows * columns).fill(Infinity), rim = new Float32Array(rows * columns).fill(Infinity);
    const count = pieces.length / 6;
    const X = new Float64Array(count), Y = new Float64Array(count), L = new Float64Array(count), UX = new Float64Array(count);
    const UY = new Float64Array(count), T = new Float64Array(count), P = new Float64Array(count), E = new Float64Array(count);
    for (let k = 0; k < count; k += 1) {
      const i = 6 * k, dx = pieces[i + 2] - pieces[i], dy = pieces[i + 3] - pieces[i + 1], length = Math.sqrt(dx * dx + dy * dy);
      X[k] = pieces[i];
      Y[k] = pieces[i + 1];
      L[k] = length;
      UX[k] = length > 0 ? dx / length : 0;
      UY[k] = length > 0 ? dy / length : 0;
      T[k] = pieces[i + 4];
      P[k] = length > 0 ? pieces[i + 5] / length : 0;
      // Before the foot of the perpendicular by Snell's law; a road slower than the leg is left at once.
      E[k] = P[k] < slow ? P[k] / Math.sqrt(slow2 - P[k] * P[k]) : Infinity;
    }
    const sums = sea ? seaSums(sea, rows, columns) : null;
    function seaIn(r0, r1, c0, c1) {
      const a = Math.max(r0, 0) * (columns + 1), b = (Math.min(r1, rows - 1) + 1) * (columns + 1);
      const c = Math.max(c0, 0), d = Math.min(c1, columns - 1) + 1;
      return sums[b + d] - sums[b + c] - sums[a + d] + sums[a + c] > 0;
    }
    // Distance to a piece and least time through it if legs might be of any length, from a point.
    let far = 0, soon = 0;
    function measure(k, x, y) {
      const dx = x - X[k], dy = y - Y[k], along = dx * UX[k] + dy * UY[k], length = L[k];
      const across2 = length > 0 ? (dy * UX[k] - dx * UY[k]) * (dy * UX[k] - dx * UY[k]) : dx * dx + dy * dy;
      const across = Math.sqrt(across2);
      const off = along < 0 ? along : along > length ? along - length : 0;
      far = Math.sqrt(off * off + across2);
      let exit = E[k] < Infinity ? along - across * E[k] : 0;
      exit = exit < 0 ? 0 : exit > length ? length : exit;
      soon = T[k] + exit * P[k] + Math.sqrt((along - exit) * (along - exit) + across2) * slow;
    }
    function dry(row, column, r, c) {
      if (!seaIn(Math.floor(Math.min(row, r)), Math.ceil(Math.max(row, r)), Math.floor(Math.min(column, c)), Math.ceil(Math.max(column, c)))) { return true; }
      const strides = Math.ceil(Math.max(Math.abs(row - r), Math.abs(column - c))) + 1;
      const down = (r - row) / strides, right = (c - column) / strides;
      for (let step = 0; step <= strides; step += 1) {
        const i = Math.round(row + down * step), j = Math.round(column + right * step);
        if (i >= 0 && j >= 0 && i < rows && j < columns && sea[i * columns + j]) { return false; }
      }
      return true;
    }
    // One piece for all cells of a tile.
    function lower(k, r0, r1, c0, c1, wet) {
      const x0 = X[k], y0 = Y[k], ux = UX[k], uy = UY[k], length = L[k], begin = T[k], per = P[k], early = E[k];
      for (let r = r0; r < r1; r += 1) {
        const dy = north - cell * r - y0;
        for (let c = c0, place = r * columns + c0; c < c1; c += 1, place += 1) {
          const dx = west + cell * c - x0, along = dx * ux + dy * uy;
          const cross = dy * ux - dx * uy, across2 = length > 0 ? cross * cross : dx * dx + dy * dy;
          const foot = along < 0 ? 0 : along > length ? length : along;
          const away2 = (along - foot) * (along - foot) + across2;
          let exit = foot;
          if (length > 0) {
            let before = early * Math.sqrt(across2);
            if (!(before * before + across2 <= max2)) { before = Math.sqrt(Math.max(max2 - across2, 0)); }
            exit = along - before;
            exit = exit < 0 ? 0 : exit > length ? length : exit;
          }
          const leg = Math.sqrt((along - exit) * (along - exit) + across2), time = begin + exit * per + leg * slow;
          if (time > bound) { continue; }
          const beyond = Math.sqrt(away2) - maxM;
          if (beyond < rim[place]) { rim[place] = beyond; }
          if (leg > maxM + ROUNDING_M || time >= best[place]) { continue; }
          if (!wet) { best[place] = time; continue; }
          if (sea[place]) { continue; }
          const row = (north - y0 - exit * uy) / cell, column = (x0 + exit * ux - west) / cell;
          if (dry(row, column, r, c)) { best[place] = time; } else if (length > 0) { aside(k, place, r, c, along, across2, foot); }
        }
      }
    }
    // The quickest leg would cross water: the foot and the ends of the same road may still be in sight.
    function aside(k, place, r, c, along, across2, foot) {
      for (let way = 0; way < 3; way += 1) {
        const exit = way === 0 ? foot : way === 1 ? 0 : L[k];
        const leg = Math.sqrt((along - exit) * (along - exit) + across2), time = T[k] + exit * P[k] + leg * slow;
        if (time > bound || leg > maxM + ROUNDING_M || time >= best[place]) { continue; }
        if (dry((north - Y[k] - exit * UY[k]) / cell, (X[k] + exit * UX[k] - west) / cell, r, c)) { best[place] = time; }
      }
    }
    const reachCells = Math.ceil(maxM / cell) + 2;
    const row = new Int32Array(count), mine = new Int32Array(count), some = new Int32Array(count), nearer = new Int32Array(count);
    const soonest = new Float64Array(count), distance = new Float64Array(count);
    // Those of some pieces that may matter in a box of cells.
    function chosen(from, number, into, r0, r1, c0, c1, inDeep) {
      const x = west + cell * (c0 + c1 - 1) / 2, y = north - cell * (r0 + r1 - 1) / 2;
      const half = cell / 2 * Math.sqrt((r1 - r0 - 1) * (r1 - r0 - 1) + (c1 - c0 - 1) * (c1 - c0 - 1));
      const wet = sums !== null && seaIn(r0 - reachCells, r1 + reachCells, c0 - reachCells, c1 + reachCells);
      let kept = 0, least = Infinity, nearest = Infinity;
      for (let i = 0; i < number; i += 1) {
        const k = from[i];
        measure(k, x, y);
        if (far - half > maxM + RIM_CELLS * cell || soon - half * slow > bound) { continue; }
        // Near enough for every cell of the box, and in time: an upper bound, where no water may forbid the leg.
        if (!wet && far + half <= maxM) {
          const surely = soon + half * slow;
          // The quickest exit may lie farther off than a leg may run; then the foot of the perpendicular is surely good.
          least = Math.min(least, (soon - T[k]) / slow <= maxM - half ? surely : surely + L[k] * P[k]);
        }
        if (soon + half * slow + L[k] * P[k] <= bound) { nearest = Math.min(nearest, far); }
        soonest[k] = soon - half * slow;
        distance[k] = far;
        into[kept++] = k;
      }
      const deep = inDeep || nearest + half <= maxM - DEEP_CELLS * cell;
      let left = 0;
      for (let i = 0; i < kept; i += 1) {
        const k = into[i];
        if (soonest[k] <= least || (!deep && distance[k] - half <= nearest + half)) { into[left++] = k; }
      }
      chosen.wet = wet;
      chosen.deep = deep;
      chosen.reach = nearest + 2 * half;
      return left;
    }
    const HALF = BLOCK / 4;
    for (let br = 0; br < rows; br += BLOCK) {
      const br1 = Math.min(br + BLOCK, rows), top = north - cell * br, bottom = north - cell * (br1 - 1);
      let inRow = 0;
      for (let k = 0; k < count; k += 1) {
        const reach = Math.min(maxM + RIM_CELLS * cell, (bound - T[k]) / slow), y1 = Y[k] + UY[k] * L[k];
        if (Math.min(Y[k], y1) - reach <= top && Math.max(Y[k], y1) + reach >= bottom) { row[inRow++] = k; }
      }
      for (let bc = 0; inRow && bc < columns; bc += BLOCK) {
        const bc1 = Math.min(bc + BLOCK, columns);
        const inBlock = chosen(row, inRow, mine, br, br1, bc, bc1, false), blockDeep = chosen.deep;
        if (!inBlock) { continue; }
        for (let mr = br; mr < br1; mr += HALF) {
          for (let mc = bc; mc < bc1; mc += HALF) {
            const mr1 = Math.min(mr + HALF, br1), mc1 = Math.min(mc + HALF, bc1);
            const inPart = chosen(mine, inBlock, some, mr, mr1, mc, mc1, blockDeep), partDeep = chosen.deep;
            if (!inPart) { continue; }
            for (let r = mr; r < mr1; r += TILE) {
              for (let c = mc; c < mc1; c += TILE) {
                const r1 = Math.min(r + TILE, mr1), c1 = Math.min(c + TILE, mc1);
                tile(r, r1, c, c1, chosen(some, inPart, nearer, r, r1, c, c1, partDeep));
              }
            }
          }
        }
      }
    }
    function tile(r0, r1, c0, c1, number) {
      const wet = chosen.wet, deep = chosen.deep, reach = chosen.reach;
      const half = cell / 2 * Math.sqrt((r1 - r0 - 1) * (r1 - r0 - 1) + (c1 - c0 - 1) * (c1 - c0 - 1));
      let worst = Infinity;
      // So far inside the largest leg that its end cannot matter: only the times are looked for.
      if (deep) { for (let r = r0; r < r1; r += 1) { rim.fill(-DEEP_CELLS * cell, r * columns + c0, r * columns + c1); } }
      // The most promising first, so that most others need not be looked at.
      for (let turn = 0; turn < number; turn += 1) {
        let pick = turn;
        for (let i = turn + 1; i < number; i += 1) { if (soonest[nearer[i]] < soonest[nearer[pick]]) { pick = i; } }
        const k = nearer[pick];
        nearer[pick] = nearer[turn];
        if (soonest[k] >= worst) {
          if (deep) { return; }
          if (distance[k] - half > reach) { continue; }
        }
        lower(k, r0, r1, c0, c1, wet);
        worst = 0;
        for (let r = r0; r < r1; r += 1) {
          for (let c = c0; c < c1; c += 1) {
            const place = r * columns + c;
            if (best[place] > worst && !(wet && sea[place])) { worst = best[place]; }
          }
        }
      }
    }
    // Minutes, NaN where not reached, and minutes of leg inside (negative) or outside the largest leg.
    const minutes = new Float32Array(rows * columns), rimMin = new Float32Array(rows * columns);
    for (let i = 0; i < minutes.length; i += 1) {
      const reached = best[i] <= bound;
      minutes[i] = reached ? best[i] / 60000 : NaN;
      // A cell that only the sea keeps from being reached is not at the rim.
      rimMin[i] = (reached === rim[i] <= 0 ? rim[i] : reached ? 0 : Infinity) * slow / 60000;
    }
    return { grid: grid, minutes: minutes, rim: rimMin };
  }

  live.islands = islands;
  live.gridRound = gridRound;
  live.boundOf = boundOf;
  live.fillField = fillField;
}(urbangeoLive));
