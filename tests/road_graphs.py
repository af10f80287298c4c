"""Small random road networks that hold every oddity at once, and the slow but plain answers for them.

Times are whole milliseconds, so that every answer can be asked for exactly.
"""

from __future__ import annotations

import heapq
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from old_routing import RoutingGraph, compile_network
from shortest_times import UNREACHED

from urbangeo.sources.network import Network
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import Shapes

Edge = tuple[int, int, int, bool, bool, int, bool]
"""From, to, milliseconds, along, toll, line (-1: straight), against the line."""


def heap_times(
    starts: NDArray[Any],
    heads: NDArray[Any],
    costs: NDArray[Any],
    sources: dict[int, int],
    *,
    limit: int = 10**12,
) -> list[int]:
    """Dijkstra's algorithm with a binary heap, in plain Python: what the kernel is held against."""
    row, head, cost = starts.tolist(), heads.tolist(), costs.tolist()
    best = [UNREACHED] * (len(row) - 1)
    queue: list[tuple[int, int]] = []
    for state, spent in sources.items():
        if spent <= limit:
            best[state] = spent
            queue.append((spent, state))
    heapq.heapify(queue)
    while queue:
        spent, state = heapq.heappop(queue)
        if spent > best[state]:
            continue
        for arc in range(row[state], row[state + 1]):
            there, target = spent + cost[arc], head[arc]
            if there < best[target] and there <= limit:
                best[target] = there
                heapq.heappush(queue, (there, target))
    return best


def network_of(
    nodes: list[tuple[float, float]],
    edges: list[Edge],
    *,
    lines: list[list[tuple[float, float]]] | None = None,
    kinds: list[str] | None = None,
    toll_ms: int = 0,
    ids: Any = None,
) -> Network:
    """Build a network of arrays; nodes and lines in degrees."""
    count = len(edges)
    u, v, ms, along, toll, line, against = (
        np.array([edge[part] for edge in edges]) for part in range(7)
    )  # fmt: skip
    shapes = None
    if lines:
        points = np.rint(np.array([point for each in lines for point in each]) * 1e7).astype(np.int32)
        offsets = np.concatenate([[0], np.cumsum([len(each) for each in lines])]).astype(np.int64)
        shapes = Shapes(offsets, points, line.astype(np.int32), against.astype(bool))
    place = np.array(nodes, dtype=float).reshape(-1, 2)
    return Network(
        node_id=np.arange(len(nodes)) if ids is None else np.asarray(ids),
        lon=place[:, 0].copy(),
        lat=place[:, 1].copy(),
        u=u.astype(np.int32),
        v=v.astype(np.int32),
        length_m=np.full(count, 100.0),
        speed_kmh=np.full(count, 50.0),
        time_min=ms / 60_000,
        road_class=Coded.constant("road", count),
        along=along.astype(bool),
        toll=toll.astype(bool),
        node_columns={"kind": Coded.from_texts(kinds)} if kinds else {},
        shapes=shapes,
        toll_min=toll_ms / 60_000,
    )


@st.composite
def road_networks(draw: st.DrawFn) -> Network:
    """Draw a directed multigraph of roads with inner nodes, loops, parallels, one-ways, tolls, exits and bends."""
    crossings = draw(st.integers(1, 5))
    spot = st.tuples(st.integers(0, 4), st.integers(0, 4))
    nodes = [(100 + x / 100, 30 + y / 100) for x, y in draw(st.lists(spot, min_size=crossings, max_size=crossings))]
    kinds = draw(st.lists(st.sampled_from(["junction", "seat"]), min_size=crossings, max_size=crossings))
    lines: list[list[tuple[float, float]]] = []
    edges: list[Edge] = []
    end = st.integers(0, crossings - 1)
    ms = st.integers(1, 3_000)
    for _ in range(draw(st.integers(1, 7))):
        inner = draw(st.integers(0, 3))
        way = [draw(end), *range(len(nodes), len(nodes) + inner), draw(end)]
        for _ in range(inner):
            x, y = draw(spot)
            nodes.append((100 + x / 100 + 0.003, 30 + y / 100))
            kinds.append("seat" if draw(st.integers(0, 9)) == 0 else "junction")
        oneway, along, toll = draw(st.booleans()), draw(st.booleans()), draw(st.integers(0, 3)) == 0
        equal = draw(st.integers(0, 3)) > 0
        for tail, head in pairwise(way):
            line = -1
            if draw(st.integers(0, 2)) == 0:
                line = len(lines)
                x, y = draw(spot)
                lines.append([nodes[tail], (100 + x / 100 + 0.001, 30 + y / 100 + 0.002), nodes[head]])
            there = draw(ms)
            edges.append((tail, head, there, along, toll, line, False))
            if not oneway:
                edges.append((head, tail, there if equal else draw(ms), along, toll, line, True))
    return network_of(nodes, edges, lines=lines or None, kinds=kinds, toll_ms=draw(st.sampled_from([0, 1, 700])))


def turned(network: Network) -> Network:
    """Turn every edge round."""
    shapes = network.shapes
    return replace(
        network,
        u=network.v.copy(),
        v=network.u.copy(),
        shapes=shapes and replace(shapes, backwards=~shapes.backwards),
    )


def shuffled(network: Network, seed: int) -> tuple[Network, NDArray[np.int64]]:
    """Put nodes, edges and lines in another order; also return the old row of each new node."""
    draw = np.random.default_rng(seed)
    rows, edges = draw.permutation(len(network.node_id)), draw.permutation(len(network.u))
    new = np.empty(len(rows), dtype=np.int32)
    new[rows] = np.arange(len(rows), dtype=np.int32)
    kind, shapes = network.node_columns.get("kind"), network.shapes
    if shapes is not None:
        order = draw.permutation(len(shapes.offsets) - 1)
        place = np.empty(len(order) + 1, dtype=np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        place[-1] = -1
        parts = [shapes.points[shapes.offsets[line] : shapes.offsets[line + 1]] for line in order]
        offsets = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
        shapes = Shapes(offsets, np.concatenate(parts), place[shapes.line], shapes.backwards)
    moved = replace(
        network,
        node_id=network.node_id[rows],
        lon=network.lon[rows],
        lat=network.lat[rows],
        u=new[network.u],
        v=new[network.v],
        node_columns={"kind": kind.take(rows)} if isinstance(kind, Coded) else {},
        shapes=shapes,
    )
    return moved.take_edges(edges), rows


def plain_node_times(
    network: Network, source: int, *, direction: Any = "from", limit: int = 10**12, graph: RoutingGraph | None = None
) -> list[int]:
    """Time of every node from (or to) one, edge by edge over the whole network; -1 where it is not reached."""
    graph = graph or compile_network(network, direction)
    state = max(int(graph.free_state[source]), -1)
    state = state if state >= 0 else int(graph.toll_state[source])
    found = heap_times(graph.starts, graph.heads, graph.costs, {state: 0}, limit=limit) if state >= 0 else []
    return by_node(graph, found)


def by_node(graph: RoutingGraph, found: list[int]) -> list[int]:
    """Time of every node: the lesser of its two sides, -1 where it is not reached."""
    times = np.array([*found, UNREACHED])
    if len(found) == 0:
        return [-1] * len(graph.free_state)
    least = np.minimum(times[graph.free_state], times[graph.toll_state])
    return [int(time) if time < UNREACHED else -1 for time in least]
