"""The roads reached within a time, cut exactly where it runs out: for drawing, and for asking what an area rests on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.areas.graph.compiled import fingerprint
from urbangeo.areas.graph.kernel import NEVER, to_milliseconds
from urbangeo.areas.graph.search import lent_times, node_times
from urbangeo.errors import InputError
from urbangeo.language.crs import CGCS2000
from urbangeo.sources.network.columns import Coded, frame_columns, take_column

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from urbangeo.areas.graph.compiled import CompiledGraph
    from urbangeo.areas.graph.search import Reach
    from urbangeo.sources.network import Network

_WHOLE = 1e-9
"""Shares of a road nearer than this to its ends are its ends."""


def reached_edges(network: Network, graph: CompiledGraph, reach: Reach, cutoff_min: float) -> gpd.GeoDataFrame:
    """Draw the roads reached within a cutoff, each road once, cut exactly where the time runs out.

    Parameters
    ----------
    network : Network
        The network the graph was compiled from.
    graph : CompiledGraph
        The compiled graph.
    reach : Reach
        What a search at least as far as the cutoff reached.
    cutoff_min : float
        Minutes.

    Returns
    -------
    geopandas.GeoDataFrame
        road_name, road_code, road_class, access, toll, time_start_min, time_end_min, geometry (lines with their bends,
        running from the earlier end to the later one; for direction "to" away from the origin all the same);
        EPSG:4490. A road reached from both ends but not in the middle has two rows.

    Raises
    ------
    InputError
        If graph and network do not belong together, or the search did not go as far as the cutoff.
    """
    import geopandas as gpd

    if graph.meta["fingerprint"] != fingerprint(network):
        msg = "The graph was compiled from another network than the one given; compile this one with compile_graph."
        raise InputError(msg)
    limit = round(cutoff_min * 60_000)
    if not 0 < limit <= reach.limit_ms:
        msg = (
            f"cutoff_min={cutoff_min:g}: expected more than 0 and at most {reach.limit_ms / 60_000:g}, the minutes "
            "that were searched."
        )
        raise InputError(msg)
    stretch = _stretches(network, graph, reach)
    edge, low, high, at_low, at_high, up, down = stretch
    # How far one gets from either end, as a share of the road; infinite times get nowhere.
    with np.errstate(invalid="ignore", divide="ignore"):
        meet = np.where(
            np.isfinite(at_low + up) & np.isfinite(at_high + down),
            low + np.clip((at_high + (high - low) * down - at_low) / (up + down), 0, high - low),
            np.where(np.isfinite(at_low + up), high, low),
        )
        from_low = np.where(np.isfinite(at_low + up), np.minimum(meet, low + np.maximum(limit - at_low, 0) / up), low)
        from_high = np.where(
            np.isfinite(at_high + down), np.maximum(meet, high - np.maximum(limit - at_high, 0) / down), high
        )
    covered = (from_low >= from_high - _WHOLE) & ((from_low > low + _WHOLE) | (from_high < high - _WHOLE))
    rows, begin, end, first, last = [], [], [], [], []
    both = np.flatnonzero(covered)
    one_way_up, one_way_down = ~np.isfinite(at_high + down), ~np.isfinite(at_low + up)
    end_high = np.where(one_way_up, at_low + (high - low) * up, np.minimum(at_high, at_low + (high - low) * up))
    end_low = np.where(one_way_down, at_high + (high - low) * down, np.minimum(at_low, at_high + (high - low) * down))
    forward = end_low[both] <= end_high[both]
    rows.append(edge[both])
    begin.append(np.where(forward, low[both], high[both]))
    end.append(np.where(forward, high[both], low[both]))
    first.append(np.minimum(end_low[both], end_high[both]))
    last.append(np.maximum(end_low[both], end_high[both]))
    part = np.flatnonzero(~covered & (from_low > low + _WHOLE))
    rows.append(edge[part])
    begin.append(low[part])
    end.append(from_low[part])
    first.append(at_low[part])
    last.append(at_low[part] + (from_low[part] - low[part]) * up[part])
    part = np.flatnonzero(~covered & (from_high < high - _WHOLE))
    rows.append(edge[part])
    begin.append(high[part])
    end.append(from_high[part])
    first.append(at_high[part])
    last.append(at_high[part] + (high[part] - from_high[part]) * down[part])
    chosen = np.concatenate(rows).astype(np.int64)
    drawn = _cut(network, chosen, np.concatenate(begin), np.concatenate(end))
    missing = Coded.constant("", len(network.u))
    columns: dict[str, Any] = {
        name: take_column(network.edge_columns.get(name, missing), chosen) for name in ("road_name", "road_code")
    }
    columns["road_class"] = network.road_class.take(chosen)
    columns["access"] = Coded(np.where(network.along[chosen], 0, 1).astype(np.int8), ("along", "ends_only"))
    columns["toll"] = network.toll[chosen]
    columns["time_start_min"] = np.concatenate(first) / 60_000
    columns["time_end_min"] = np.concatenate(last) / 60_000
    return gpd.GeoDataFrame(frame_columns(columns), geometry=drawn, crs=CGCS2000)


def _stretches(network: Network, graph: CompiledGraph, reach: Reach) -> tuple[NDArray[Any], ...]:
    """List stretches of road between places whose time is known.

    Parameters
    ----------
    network, graph, reach
        As in :func:`reached_edges`.

    Returns
    -------
    tuple of numpy.ndarray
        Edge row; two shares of its way from the lower node; the times there, infinite where not reached; and the
        milliseconds of the whole road up and down, infinite against a one-way road.
    """
    outward = reach.direction == "from"
    # Only edges that touch what was reached: the network may be a hundred times larger.
    every = node_times(graph, reach)
    near = every != NEVER
    if reach.entries is not None:
        near |= np.isin(graph.node_chain, reach.entries.chain)
        for end in (graph.chain_tail, graph.chain_head):
            near[graph.state_node[end[reach.entries.chain]]] = True
    rows = np.flatnonzero(near[network.u] | near[network.v])
    u, v = network.u[rows], network.v[rows]
    cost = to_milliseconds(network.cost_min[rows]).astype(np.float64)
    # Both directions of one road together: between the same nodes, along the same line, of one kind.
    low, high = np.minimum(u, v), np.maximum(u, v)
    line = np.full(len(rows), -1) if network.shapes is None else network.shapes.line[rows]
    which = np.where(line >= 0, line, -1 - network.key[rows])
    kind = network.toll[rows].astype(np.int64) + 2 * network.along[rows]
    backward = np.where(u == v, not outward, (u > v) == outward)
    order = np.lexsort((cost, backward, kind, which, high, low))
    keys = np.stack([low, high, which, kind], axis=1)[order]
    fresh = np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)][: len(rows)]
    group = np.cumsum(fresh) - 1
    count = int(fresh.sum())
    # Up is from the lower node to the higher one as the search runs: for "to", the edge from high to low serves it.
    up, down = np.full(count, np.inf), np.full(count, np.inf)
    sorted_back = backward[order]
    np.minimum.at(up, group[~sorted_back], cost[order][~sorted_back])
    np.minimum.at(down, group[sorted_back], cost[order][sorted_back])
    edge = rows[order[fresh]]
    ends = (low[order[fresh]], high[order[fresh]])
    at_low, at_high = _end_times(network, graph, reach, edge, ends, every=every)
    stretch = [edge, np.zeros(count), np.ones(count), at_low, at_high, up, down]
    if reach.entries is None or len(reach.entries.chain) == 0:
        return tuple(stretch)
    return _split_at_entries(network, graph, reach, stretch, ends)


def _end_times(
    network: Network,
    graph: CompiledGraph,
    reach: Reach,
    edge: NDArray[np.int64],
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    *,
    every: NDArray[np.int32],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the times at both ends of roads, on the side of the toll they lie on."""
    found = []
    with lent_times(graph, reach) as times:
        for node in ends:
            state = np.where(network.toll[edge], graph.node_state_toll[node], graph.node_state_free[node])
            at = np.where(state >= 0, times[state], every[node])
            found.append(np.where(at == NEVER, np.inf, at.astype(np.float64)))
    return found[0], found[1]


def _split_at_entries(
    network: Network,
    graph: CompiledGraph,
    reach: Reach,
    stretch: list[NDArray[Any]],
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
) -> tuple[NDArray[Any], ...]:
    """Split the roads on which the search began at the places where it did."""
    edge, _, _, at_low, at_high, up, down = stretch
    entries = reach.entries
    low, high = ends
    extra: list[tuple[float, ...]] = []
    replaced: dict[int, list[tuple[float, float]]] = {}
    if entries is not None:
        for chain, place, spent in zip(entries.chain, entries.at_ms, entries.spent_ms, strict=True):
            for number, share in _on_road(
                graph,
                network,
                (edge, low, high),
                (int(chain), float(place)),
                (up, down),
                outward=reach.direction == "from",
            ):
                replaced.setdefault(number, []).append((share, float(spent)))
    for number, places in replaced.items():
        stops = [(0.0, float(at_low[number])), *sorted(places), (1.0, float(at_high[number]))]
        for (x0, t0), (x1, t1) in pairwise(_soonest(stops, float(up[number]), float(down[number]))):
            extra.append((edge[number], x0, x1, t0, t1, up[number], down[number]))
    kept = np.ones(len(edge), dtype=bool)
    kept[list(replaced)] = False
    added = np.array(extra, dtype=np.float64).reshape(-1, 7)
    return tuple(np.concatenate([part[kept], added[:, place]]) for place, part in enumerate(stretch))


def _soonest(stops: list[tuple[float, float]], up: float, down: float) -> list[tuple[float, float]]:
    """Time places on a road anew: one may be reached sooner along the road from another than by its own leg."""
    times = [time for _, time in stops]
    ways = [after - before for (before, _), (after, _) in pairwise(stops)]
    for number in range(1, len(stops) - 1):
        times[number] = min(times[number], times[number - 1] + (ways[number - 1] * up if ways[number - 1] > 0 else 0.0))
    for number in range(len(stops) - 2, 0, -1):
        times[number] = min(times[number], times[number + 1] + (ways[number] * down if ways[number] > 0 else 0.0))
    return [(share, time) for (share, _), time in zip(stops, times, strict=True)]


def _on_road(
    graph: CompiledGraph,
    network: Network,
    roads: tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]],
    spot: tuple[int, float],
    costs: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    outward: bool,
) -> list[tuple[int, float]]:
    """Find the road of a chain on which a place lies, and the share of its way from the lower node."""
    edge, low, high = roads
    chain, place = spot
    fwd = float(graph.chain_fwd_ms[chain])
    tail, head = (int(graph.state_node[state[chain]]) for state in (graph.chain_tail, graph.chain_head))
    near = np.zeros(len(network.node_id), dtype=bool)
    near[graph.node_chain == chain] = True
    near[[tail, head]] = True
    candidates = np.flatnonzero(near[low] & near[high] & (network.along[edge] == bool(graph.chain_along[chain])))
    for number in candidates.tolist():
        for flip in (False, True):
            one, two = (int(high[number]), int(low[number])) if flip else (int(low[number]), int(high[number]))
            # The node's place on the chain; a junction may be either end of it.
            since = float(graph.node_at_ms[one]) if graph.node_chain[one] == chain else 0.0 if one == tail else np.nan
            until = float(graph.node_at_ms[two]) if graph.node_chain[two] == chain else fwd if two == head else np.nan
            # In the direction of the chain the road takes its forward time.
            own = (costs[1] if flip else costs[0]) if outward else (costs[0] if flip else costs[1])
            if since < until and since - 0.5 <= place <= until + 0.5 and abs(until - since - own[number]) < 0.5:
                share = float(np.clip((place - since) / (until - since), 0.0, 1.0))
                return [(number, 1.0 - share if flip else share)]
    return []


def _cut(
    network: Network, edge: NDArray[np.int64], begin: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[Any]:
    """Cut lines of edges between two shares of the way from the lower node; they run from the first to the second."""
    import shapely
    from shapely.ops import substring

    drawn = network.geometry(edge)
    from_high = network.u[edge] > network.v[edge]
    first, last = np.where(from_high, 1 - begin, begin), np.where(from_high, 1 - end, end)
    backward = first > last
    partial = np.flatnonzero((np.minimum(first, last) > _WHOLE) | (np.maximum(first, last) < 1 - _WHOLE))
    whole_back = np.flatnonzero(backward & ~np.isin(np.arange(len(edge)), partial))
    drawn[whole_back] = shapely.reverse(drawn[whole_back])
    for number in partial.tolist():
        # Time runs evenly with length on the ground, not in degrees: meridians lie closer together in the north.
        points = shapely.get_coordinates(drawn[number])
        ground = np.array([np.cos(np.radians(points[0, 1])), 1.0])
        piece = substring(
            shapely.LineString(points * ground), float(first[number]), float(last[number]), normalized=True
        )
        drawn[number] = shapely.LineString(shapely.get_coordinates(piece) / ground)
    return drawn
