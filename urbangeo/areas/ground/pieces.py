"""What of a compiled graph is reached: straight pieces of road with the time at their start and along them.

These are what the exact surface, the drawing of reached roads and the self-check are made of, and what a place adds on
the very road it lies on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.areas.graph.kernel import NEVER
from urbangeo.areas.graph.search import lent_times
from urbangeo.jit import compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from urbangeo.areas.graph.compiled import CompiledGraph
    from urbangeo.areas.graph.search import Reach

    Project = Callable[[NDArray[Any], NDArray[Any]], tuple[NDArray[np.float64], NDArray[np.float64]]]

_DEGREE = 1e-7


def road_pieces(graph: CompiledGraph, reach: Reach, project: Project, *, limit_ms: int) -> NDArray[np.float64]:
    """List all pieces of road one may leave that are begun within a limit, in both directions of travel.

    Parameters
    ----------
    graph : CompiledGraph
        The network.
    reach : Reach
        What a search reached.
    project : callable
        From degrees to metres.
    limit_ms : int
        Largest time of interest.

    Returns
    -------
    numpy.ndarray of float64, shape (pieces, 6)
        x0, y0, x1, y1 in metres, time at the start and time taken in milliseconds. Exits are pieces without length.
    """
    landed = np.flatnonzero(np.asarray(graph.exits)[reach.states] & (reach.times < limit_ms))
    exits = reach.states[landed]
    x, y = project(np.asarray(graph.state_lon)[exits], np.asarray(graph.state_lat)[exits])
    parts = [np.column_stack([x, y, x, y, reach.times[landed], np.zeros(len(exits))])]
    along = np.flatnonzero(np.asarray(graph.chain_along)[graph.seg_chain])
    with lent_times(graph, reach) as times:
        begun = _begin_times(
            (graph.chain_tail, graph.chain_head, graph.chain_fwd_ms, graph.chain_bwd_ms),
            (graph.seg_chain, graph.seg_from_ms, graph.seg_to_ms),
            along,
            times,
            reach.direction == "from",
        )
    near = np.flatnonzero(np.minimum(begun[:, 0], begun[:, 2]) < limit_ms)
    row, begun = along[near], begun[near]
    x0, y0 = project(graph.seg_lon0[row] * _DEGREE, graph.seg_lat0[row] * _DEGREE)
    x1, y1 = project(graph.seg_lon1[row] * _DEGREE, graph.seg_lat1[row] * _DEGREE)
    ahead = np.column_stack([x0, y0, x1, y1, begun[:, 0], begun[:, 1]])
    back = np.column_stack([x1, y1, x0, y0, begun[:, 2], begun[:, 3]])
    parts += [ahead[ahead[:, 4] < limit_ms], back[back[:, 4] < limit_ms]]
    return np.concatenate(parts).astype(np.float64)


def origin_pieces(
    graph: CompiledGraph, reach: Reach, lon: NDArray[np.float64], lat: NDArray[np.float64], project: Project
) -> NDArray[np.float64]:
    """List the places a search began at, and the rest of the roads they lie on, from there to both their ends.

    Parameters
    ----------
    graph : CompiledGraph
        The network.
    reach : Reach
        What the search reached; its entries say where on chains it began.
    lon, lat : numpy.ndarray of float, shape (points,)
        The places themselves, degrees.
    project : callable
        From degrees to metres.

    Returns
    -------
    numpy.ndarray of float64, shape (pieces, 6)
        As :func:`road_pieces` gives them.
    """
    x, y = project(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    parts = [np.column_stack([x, y, x, y, np.zeros((len(x), 2))])]
    entries = reach.entries
    places = () if entries is None else zip(entries.chain, entries.at_ms, entries.spent_ms, strict=True)
    for chain, place, spent in places:
        if not graph.chain_along[chain]:
            continue
        rows = np.arange(*np.searchsorted(graph.seg_chain, [chain, chain + 1]))
        since, until = (np.asarray(part)[rows].astype(np.float64) for part in (graph.seg_from_ms, graph.seg_to_ms))
        x0, y0 = project(graph.seg_lon0[rows] * _DEGREE, graph.seg_lat0[rows] * _DEGREE)
        x1, y1 = project(graph.seg_lon1[rows] * _DEGREE, graph.seg_lat1[rows] * _DEGREE)
        share = np.clip((place - since) / np.maximum(until - since, 1e-9), 0.0, 1.0)
        at_x, at_y, at = x0 + share * (x1 - x0), y0 + share * (y1 - y0), since + share * (until - since)
        back = float(graph.chain_bwd_ms[chain]) / float(graph.chain_fwd_ms[chain])
        # Towards the origin the road is driven the other way.
        up, down = (1.0, back) if reach.direction == "from" else (back, 1.0)
        if up >= 0:
            drawn = np.column_stack([at_x, at_y, x1, y1, spent + (at - place) * up, (until - at) * up])
            parts.append(drawn[until > place])
        if down >= 0:
            drawn = np.column_stack([at_x, at_y, x0, y0, spent + (place - at) * down, (at - since) * down])
            parts.append(drawn[since < place])
    return np.concatenate(parts).astype(np.float64)


@compiled
def _begin_times(
    chains: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    segments: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    rows: NDArray[np.int64],
    times: NDArray[np.int32],
    outward: bool,
) -> NDArray[np.float64]:
    """Return time at the first end and time taken to the second, and the same from the second to the first."""
    tail, head, ahead, back = chains
    of, since, until = segments
    begun = np.empty((len(rows), 4))
    for number in range(len(rows)):
        chain = of[rows[number]]
        fwd, bwd = float(ahead[chain]), float(back[chain])
        low, high = since[rows[number]], until[rows[number]]
        up, down = (1.0, bwd / fwd) if outward else (bwd / fwd, 1.0)
        at_tail, at_head = times[tail[chain]], times[head[chain]]
        begun[number, 0] = at_tail + low * up if up >= 0 and at_tail != NEVER else np.inf
        begun[number, 1] = (high - low) * up
        begun[number, 2] = at_head + (fwd - high) * down if down >= 0 and at_head != NEVER else np.inf
        begun[number, 3] = (high - low) * down
    return begun
