/* Roads as states and arcs, changed as the reader wishes, and the quickest times on them. A state is one side of a node:
   off (2n) or on (2n + 1) the toll roads; going from one to the other costs the toll. */
(function (live) {
  "use strict";

  const NEVER = 2147483647;
  /* A strongly connected part with fewer nodes than this share of the largest is an island nobody starts from. */
  const SMALL_PART = 0.1;

  function readRoads(packed) {
    const lon = live.integers(packed.lon, 1).map(function (value) { return value / 1e7; });
    const lat = live.integers(packed.lat, 1).map(function (value) { return value / 1e7; });
    const low = live.integers(packed.low, 1), high = live.integers(packed.high, 1);
    const shapes = packed.lines ? live.lines(packed.lines) : [], line = packed.line ? live.integers(packed.line, 1) : null;
    const pieces = low.length;
    // The points of each piece from its low end to its high one, and how far along each is.
    const points = [], shares = [];
    for (let p = 0; p < pieces; p += 1) {
      const bent = line && line[p] >= 0;
      const drawn = bent ? shapes[line[p]] : Float64Array.of(lon[low[p]], lat[low[p]], lon[high[p]], lat[high[p]]);
      const share = new Float64Array(drawn.length / 2), shrink = Math.cos(drawn[1] * Math.PI / 180);
      for (let i = 1; i < share.length; i += 1) {
        const dx = (drawn[2 * i] - drawn[2 * i - 2]) * shrink, dy = drawn[2 * i + 1] - drawn[2 * i - 1];
        share[i] = share[i - 1] + Math.sqrt(dx * dx + dy * dy);
      }
      const total = share[share.length - 1];
      for (let i = 1; i < share.length; i += 1) { share[i] = total > 0 ? share[i] / total : 1; }
      share[share.length - 1] = 1;
      points.push(drawn);
      shares.push(share);
    }
    return {
      nodes: lon.length, lon: lon, lat: lat, low: low, high: high, points: points, shares: shares, pieces: pieces,
      landing: live.bits(packed.landing, lon.length), along: live.bits(packed.along, pieces),
      toll: live.bits(packed.toll, pieces), tollMs: packed.toll_ms,
      edgePiece: live.integers(packed.edge_piece, 1), edgeBack: live.bits(packed.edge_back, packed.edges),
      edgeMs: live.integers(packed.edge_ms, 1), edgeMm: live.integers(packed.edge_mm, 1),
      edgeRoad: live.integers(packed.edge_road, 1)
    };
  }

  // Milliseconds of all pieces both ways (-1: closed) and what follows from them, with some roads closed or timed anew.
  function buildGraph(roads, changes) {
    const ahead = new Float64Array(roads.pieces).fill(-1), back = new Float64Array(roads.pieces).fill(-1);
    for (let e = 0; e < roads.edgePiece.length; e += 1) {
      const change = changes[roads.edgeRoad[e]];
      if (change && change.off) { continue; }
      const ms = change ? Math.max(Math.round(roads.edgeMm[e] / 1e6 / change.kmh * 3600000), 1) : roads.edgeMs[e];
      const way = roads.edgeBack[e] ? back : ahead, p = roads.edgePiece[e];
      if (way[p] < 0 || ms < way[p]) { way[p] = ms; }
    }
    const landing = Uint8Array.from(roads.landing), hasToll = new Uint8Array(roads.nodes);
    const hasFree = new Uint8Array(roads.nodes), is = new Uint8Array(roads.pieces);
    for (let p = 0; p < roads.pieces; p += 1) {
      if (ahead[p] < 0 && back[p] < 0) { continue; }
      is[p] = 1;
      [roads.low[p], roads.high[p]].forEach(function (node) {
        if (roads.along[p]) { landing[node] = 1; }
        if (roads.toll[p]) { hasToll[node] = 1; } else { hasFree[node] = 1; }
      });
    }
    const tails = [], heads = [], costs = [];
    for (let n = 0; n < roads.nodes; n += 1) {
      if (landing[n]) { hasFree[n] = 1; }
      if (hasFree[n] && hasToll[n]) {
        tails.push(2 * n, 2 * n + 1);
        heads.push(2 * n + 1, 2 * n);
        costs.push(roads.tollMs, roads.tollMs);
      }
    }
    for (let p = 0; p < roads.pieces; p += 1) {
      const tail = 2 * roads.low[p] + roads.toll[p], head = 2 * roads.high[p] + roads.toll[p];
      if (ahead[p] >= 0) { tails.push(tail); heads.push(head); costs.push(ahead[p]); }
      if (back[p] >= 0) { tails.push(head); heads.push(tail); costs.push(back[p]); }
    }
    const states = 2 * roads.nodes;
    const graph = {
      states: states, ahead: ahead, back: back, is: is, landing: landing, hasFree: hasFree, hasToll: hasToll,
      out: compressed(states, tails, heads, costs), home: compressed(states, heads, tails, costs)
    };
    graph.usable = usablePieces(roads, graph);
    return graph;
  }

  function compressed(states, tails, heads, costs) {
    const starts = new Int32Array(states + 1), to = new Int32Array(tails.length), cost = new Int32Array(tails.length);
    tails.forEach(function (tail) { starts[tail + 1] += 1; });
    for (let s = 0; s < states; s += 1) { starts[s + 1] += starts[s]; }
    const place = starts.slice();
    tails.forEach(function (tail, i) {
      to[place[tail]] = heads[i];
      cost[place[tail]++] = costs[i];
    });
    return { starts: starts, to: to, cost: cost };
  }

  // Strongly connected parts, by Kosaraju's two walks.
  function partsOf(graph) {
    const seen = new Uint8Array(graph.states), order = [], part = new Int32Array(graph.states).fill(-1);
    const stack = [], place = graph.out.starts.slice();
    for (let first = 0; first < graph.states; first += 1) {
      if (seen[first]) { continue; }
      seen[first] = 1;
      stack.push(first);
      while (stack.length) {
        const state = stack[stack.length - 1];
        if (place[state] < graph.out.starts[state + 1]) {
          const next = graph.out.to[place[state]++];
          if (!seen[next]) { seen[next] = 1; stack.push(next); }
        } else { order.push(stack.pop()); }
      }
    }
    let count = 0;
    for (let i = order.length - 1; i >= 0; i -= 1) {
      if (part[order[i]] >= 0) { continue; }
      part[order[i]] = count;
      stack.push(order[i]);
      while (stack.length) {
        const state = stack.pop();
        for (let arc = graph.home.starts[state]; arc < graph.home.starts[state + 1]; arc += 1) {
          const next = graph.home.to[arc];
          if (part[next] < 0) { part[next] = count; stack.push(next); }
        }
      }
      count += 1;
    }
    return { part: part, count: count };
  }

  function usablePieces(roads, graph) {
    const found = partsOf(graph), size = new Float64Array(found.count), usable = new Uint8Array(roads.pieces);
    for (let n = 0; n < roads.nodes; n += 1) {
      if (graph.hasFree[n] || graph.hasToll[n]) { size[found.part[graph.hasFree[n] ? 2 * n : 2 * n + 1]] += 1; }
    }
    const largest = size.reduce(function (most, one) { return Math.max(most, one); }, 0);
    for (let p = 0; p < roads.pieces; p += 1) {
      const tail = found.part[2 * roads.low[p] + roads.toll[p]], head = found.part[2 * roads.high[p] + roads.toll[p]];
      usable[p] = graph.is[p] && tail === head && size[tail] >= SMALL_PART * largest ? 1 : 0;
    }
    return usable;
  }

  // Least milliseconds to every state from some states and what was spent there; a heap of pairs.
  function search(graph, sources, direction) {
    const arcs = direction === "from" ? graph.out : graph.home, times = new Int32Array(graph.states).fill(NEVER);
    const heap = [];
    function push(time, state) {
      let i = heap.length;
      heap.push(null);
      while (i > 0) {
        const up = (i - 1) >> 1;
        if (heap[up][0] <= time) { break; }
        heap[i] = heap[up];
        i = up;
      }
      heap[i] = [time, state];
    }
    function pop() {
      const top = heap[0], last = heap.pop();
      if (heap.length) {
        let i = 0;
        for (;;) {
          let child = 2 * i + 1;
          if (child >= heap.length) { break; }
          if (child + 1 < heap.length && heap[child + 1][0] < heap[child][0]) { child += 1; }
          if (heap[child][0] >= last[0]) { break; }
          heap[i] = heap[child];
          i = child;
        }
        heap[i] = last;
      }
      return top;
    }
    sources.forEach(function (one) {
      if (one[1] < times[one[0]]) { times[one[0]] = one[1]; push(one[1], one[0]); }
    });
    while (heap.length) {
      const top = pop(), state = top[1];
      if (top[0] > times[state]) { continue; }
      for (let arc = arcs.starts[state]; arc < arcs.starts[state + 1]; arc += 1) {
        const time = top[0] + arcs.cost[arc];
        if (time < times[arcs.to[arc]]) { times[arcs.to[arc]] = time; push(time, arcs.to[arc]); }
      }
    }
    return times;
  }

  live.NEVER = NEVER;
  live.readRoads = readRoads;
  live.buildGraph = buildGraph;
  live.search = search;
}(urbangeoLive));
