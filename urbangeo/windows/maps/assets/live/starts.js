/* Where centres meet the road, by the rule of Python's snapping: the nearest point of the nearest usable road that may
   be left anywhere, and junctions within a metre of it. And the straight pieces of road that are reached from there. */
(function (live) {
  "use strict";

  const AT_NODE_M = 1.0, KEPT_M = 0.02, DEGREE_M = 111320, SAG_PER_M = 2 / (8 * 6371000);

  // At most `away` metres: how near a straight piece may come on the plane that touches the place, roughly.
  function roughly(lon, lat, points, i, narrow) {
    const x0 = (points[2 * i] - lon) * narrow, y0 = (points[2 * i + 1] - lat) * DEGREE_M;
    const rx = (points[2 * i + 2] - lon) * narrow - x0, ry = (points[2 * i + 3] - lat) * DEGREE_M - y0;
    const length2 = rx * rx + ry * ry;
    const share = length2 > 0 ? Math.min(Math.max(-(x0 * rx + y0 * ry) / length2, 0), 1) : 0;
    return [Math.hypot(x0 + share * rx, y0 + share * ry), length2 * SAG_PER_M];
  }

  function snap(roads, graph, lon, lat, access) {
    const narrow = DEGREE_M * Math.cos(lat * Math.PI / 180), near = [];
    let bound = Infinity;
    for (let p = 0; p < roads.pieces; p += 1) {
      if (!graph.usable[p] || !roads.along[p]) { continue; }
      for (let i = 0; i + 1 < roads.shares[p].length; i += 1) {
        const away = roughly(lon, lat, roads.points[p], i, narrow);
        bound = Math.min(bound, away[0] + away[1]);
        near.push([p, i, away[0] - away[1]]);
      }
    }
    // Farther off the plane is too wrong to choose by; there every road is measured.
    bound = bound > 200000 ? Infinity : bound * 1.05 + 50;
    const map = live.mapRound(lon, lat), found = [];
    let best = Infinity;
    near.forEach(function (one) {
      if (one[2] > bound) { return; }
      const points = roads.points[one[0]], i = one[1];
      let at = map.forward(points[2 * i], points[2 * i + 1]);
      const x0 = at.x, y0 = at.y;
      at = map.forward(points[2 * i + 2], points[2 * i + 3]);
      const rx = at.x - x0, ry = at.y - y0, length2 = rx * rx + ry * ry;
      const share = length2 > 0 ? Math.min(Math.max(-(x0 * rx + y0 * ry) / length2, 0), 1) : 0;
      const x = x0 + share * rx, y = y0 + share * ry, away = Math.hypot(x, y);
      best = Math.min(best, away);
      found.push({ piece: one[0], segment: i, share: share, x: x, y: y, away: away });
    });
    const spent = best > KEPT_M ? Math.round(best * access.ms_per_m) : 0;
    const states = {}, places = [];
    let nearest = null;
    found.forEach(function (one) {
      if (one.away > best + KEPT_M) { return; }
      const p = one.piece, shares = roads.shares[p];
      const place = shares[one.segment] + one.share * (shares[one.segment + 1] - shares[one.segment]);
      const isLow = place <= 0.5, node = isLow ? roads.low[p] : roads.high[p];
      const outer = isLow ? one.segment === 0 : one.segment === shares.length - 2;
      nearest = nearest || map.back(one.x, one.y) && Object.assign({}, map.back(one.x, one.y));
      if (outer) {
        const end = map.forward(roads.lon[node], roads.lat[node]);
        if (Math.hypot(one.x - end.x, one.y - end.y) <= AT_NODE_M) {
          states[graph.hasFree[node] ? 2 * node : 2 * node + roads.toll[p]] = true;
          return;
        }
      }
      places.push({ piece: p, share: place, spent: spent });
    });
    return {
      lon: lon, lat: lat, metres: best, spent: spent, places: places, road: nearest,
      states: Object.keys(states).map(function (state) { return [Number(state), spent]; })
    };
  }

  // The states reached first from all centres, with the time spent.
  function sourcesOf(roads, graph, starts, direction) {
    const sources = [];
    starts.forEach(function (start) {
      start.states.forEach(function (one) { sources.push(one); });
      start.places.forEach(function (place) {
        const p = place.piece, side = roads.toll[p];
        const up = direction === "from" ? graph.ahead[p] : graph.back[p];
        const down = direction === "from" ? graph.back[p] : graph.ahead[p];
        if (up >= 0) { sources.push([2 * roads.high[p] + side, place.spent + Math.round(up * (1 - place.share))]); }
        if (down >= 0) { sources.push([2 * roads.low[p] + side, place.spent + Math.round(down * place.share)]); }
      });
    });
    return sources;
  }

  // All straight pieces one may leave that are begun within a limit: x0, y0, x1, y1 (metres), begin and time taken (ms).
  function piecesOf(roads, graph, starts, times, direction, limit, map) {
    const out = [], placed = new Map();
    function put(x0, y0, x1, y1, begin, taken) { if (begin < limit) { out.push(x0, y0, x1, y1, begin, taken); } }
    function project(p) {
      if (!placed.has(p)) {
        const points = roads.points[p], xy = new Float64Array(points.length);
        for (let i = 0; i < points.length; i += 2) {
          const at = map.forward(points[i], points[i + 1]);
          xy[i] = at.x;
          xy[i + 1] = at.y;
        }
        placed.set(p, xy);
      }
      return placed.get(p);
    }
    starts.forEach(function (start) {
      const at = map.forward(start.lon, start.lat);
      put(at.x, at.y, at.x, at.y, 0, 0);
    });
    for (let n = 0; n < roads.nodes; n += 1) {
      if (graph.landing[n] && times[2 * n] < limit) {
        const at = map.forward(roads.lon[n], roads.lat[n]);
        put(at.x, at.y, at.x, at.y, times[2 * n], 0);
      }
    }
    function run(p, upMs, downMs, low, high) {
      const xy = project(p), shares = roads.shares[p];
      for (let i = 0; i + 1 < shares.length; i += 1) {
        const one = shares[i], two = shares[i + 1], part = two - one;
        if (upMs >= 0 && low !== live.NEVER) {
          put(xy[2 * i], xy[2 * i + 1], xy[2 * i + 2], xy[2 * i + 3], low + one * upMs, part * upMs);
        }
        if (downMs >= 0 && high !== live.NEVER) {
          put(xy[2 * i + 2], xy[2 * i + 3], xy[2 * i], xy[2 * i + 1], high + (1 - two) * downMs, part * downMs);
        }
      }
    }
    for (let p = 0; p < roads.pieces; p += 1) {
      if (!graph.is[p] || !roads.along[p]) { continue; }
      const low = times[2 * roads.low[p] + roads.toll[p]], high = times[2 * roads.high[p] + roads.toll[p]];
      if (low >= limit && high >= limit) { continue; }
      const outward = direction === "from";
      run(p, outward ? graph.ahead[p] : graph.back[p], outward ? graph.back[p] : graph.ahead[p], low, high);
    }
    starts.forEach(function (start) {
      start.places.forEach(function (place) {
        const p = place.piece, xy = project(p), shares = roads.shares[p], outward = direction === "from";
        const up = outward ? graph.ahead[p] : graph.back[p], down = outward ? graph.back[p] : graph.ahead[p];
        for (let i = 0; i + 1 < shares.length; i += 1) {
          const one = shares[i], two = shares[i + 1];
          const share = Math.min(Math.max((place.share - one) / Math.max(two - one, 1e-12), 0), 1);
          const at = one + share * (two - one);
          const x = xy[2 * i] + share * (xy[2 * i + 2] - xy[2 * i]), y = xy[2 * i + 1] + share * (xy[2 * i + 3] - xy[2 * i + 1]);
          if (up >= 0 && two > place.share) {
            put(x, y, xy[2 * i + 2], xy[2 * i + 3], place.spent + (at - place.share) * up, (two - at) * up);
          }
          if (down >= 0 && one < place.share) {
            put(x, y, xy[2 * i], xy[2 * i + 1], place.spent + (place.share - at) * down, (at - one) * down);
          }
        }
      });
    });
    return Float64Array.from(out);
  }

  live.snap = snap;
  live.sourcesOf = sourcesOf;
  live.piecesOf = piecesOf;
}(urbangeoLive));
