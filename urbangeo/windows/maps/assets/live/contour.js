/* Rings round the cells within some minutes: marching squares, with time rising evenly between two cells; at a saddle the
   mean of the four decides. Where the largest leg ends and not the time, the edge lies where the leg ends. */
(function (live) {
  "use strict";

  const STEEP_MIN = 60, CLEARANCE_MIN = 0.5 / 60;

  function ringsOf(field, cutoff) {
    const grid = field.grid, rows = grid.rows, columns = grid.columns, minutes = field.minutes, rim = field.rim;
    if (!field.follow) { field.follow = new Int32Array(2 * rows * columns).fill(-1); }
    const follow = field.follow, crossed = [];

    // What counts at a cell: never on the other side of the cutoff than its time.
    function value(place) {
      const time = minutes[place], inside = time <= cutoff;
      let at = time === time ? time : cutoff + STEEP_MIN;
      if (rim) {
        const edge = cutoff + rim[place];
        if (inside) { at = Math.min(Math.max(at, edge), cutoff - CLEARANCE_MIN); } else if (rim[place] > 0 && edge > cutoff) {
          at = Math.min(at, Math.max(edge, cutoff + CLEARANCE_MIN));
        }
      }
      if (Math.abs(at - cutoff) < CLEARANCE_MIN) { at = inside ? cutoff - CLEARANCE_MIN : cutoff + CLEARANCE_MIN; }
      return at;
    }
    // Side 2n runs from cell n to the next column, side 2n + 1 to the next row. The inside lies to the left.
    for (let r = 0; r + 1 < rows; r += 1) {
      let a = minutes[r * columns] <= cutoff, d = minutes[(r + 1) * columns] <= cutoff;
      for (let c = 0, n = r * columns; c + 1 < columns; c += 1, n += 1) {
        const b = minutes[n + 1] <= cutoff, e = minutes[n + 1 + columns] <= cutoff;
        if (a !== b || a !== d || a !== e) {
          const top = 2 * n, left = 2 * n + 1, bottom = 2 * (n + columns), right = 2 * (n + 1) + 1;
          const kind = (a ? 8 : 0) + (b ? 4 : 0) + (e ? 2 : 0) + (d ? 1 : 0);
          if (b !== e) { crossed.push(right); }
          if (d !== e) { crossed.push(bottom); }
          if (kind === 10 || kind === 5) {
            const joined = value(n) + value(n + 1) + value(n + columns) + value(n + columns + 1) <= 4 * cutoff;
            if (kind === 10) {
              if (joined) { follow[right] = top; follow[left] = bottom; } else { follow[left] = top; follow[right] = bottom; }
            } else if (joined) { follow[top] = left; follow[bottom] = right; } else { follow[top] = right; follow[bottom] = left; }
          } else {
            const one = kind === 8 || kind === 12 || kind === 14 ? left : kind === 4 || kind === 6 || kind === 7 ? top
              : kind === 2 || kind === 3 || kind === 11 ? right : bottom;
            const two = kind === 8 || kind === 9 || kind === 11 ? top : kind === 4 || kind === 12 || kind === 13 ? right
              : kind === 2 || kind === 6 || kind === 14 ? bottom : left;
            follow[one] = two;
          }
        }
        a = b;
        d = e;
      }
    }
    const rings = [];
    crossed.forEach(function (first) {
      if (follow[first] < 0) { return; }
      const ring = [];
      let side = first;
      do {
        const n = side >> 1, other = side & 1 ? n + columns : n + 1, r = (n / columns) | 0, c = n - r * columns;
        const one = value(n), two = value(other), known = rim || minutes[n] === minutes[n] && minutes[other] === minutes[other];
        // Without a rim nothing is known of where between the two cells the legs end.
        const share = known ? (cutoff - one) / (two - one) : 0.5;
        ring.push(grid.west + grid.cell * (c + (side & 1 ? 0 : share)), grid.north - grid.cell * (r + (side & 1 ? share : 0)));
        const next = follow[side];
        follow[side] = -1;
        side = next;
      } while (side !== first);
      rings.push(Float64Array.from(ring));
    });
    return rings;
  }

  live.ringsOf = ringsOf;
}(urbangeoLive));
