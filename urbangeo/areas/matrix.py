"""Minutes between many places, as a table: one search a place, and no longer than the largest time of interest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.areas.graph.kernel import NEVER
from urbangeo.areas.graph.search import Direction, check_direction, lent_times, search
from urbangeo.areas.origins import checked_cutoffs, checked_origins, points_of
from urbangeo.areas.prepared import PreparedNetwork, prepared, require_seats
from urbangeo.areas.snapping import Snapped, snap
from urbangeo.jit import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from urbangeo.areas.graph.search import Reach
    from urbangeo.areas.origins import Origins
    from urbangeo.sources.network import AccessLeg, Network


def od_matrix(
    network: Network | PreparedNetwork,
    origins: Origins | None = None,
    *,
    destinations: Origins | None = None,
    cutoff_min: float = 60.0,
    direction: Direction = "from",
    access: AccessLeg | None = None,
) -> pd.DataFrame:
    """Compute the minutes from many places to many others, as far as a largest time.

    A place is joined to its nearest road as in :func:`urbangeo.isochrones`, at both ends of the way; a seat of the
    network stands at its node.

    Parameters
    ----------
    network : Network or PreparedNetwork
        Roads.
    origins : geopandas.GeoDataFrame, str, (lon, lat) pair, or a sequence of these, optional
        As in :func:`urbangeo.isochrones`; by default the county seats of the network.
    destinations : the same, optional
        By default the county seats of the network.
    cutoff_min : float, default 60
        Largest time of interest, minutes; pairs farther apart are left out.
    direction : {"from", "to"}, default "from"
        From origins to destinations, or from destinations to origins.
    access : AccessLeg, optional
        The leg between a place and its road; by default the network's own.

    Returns
    -------
    pandas.DataFrame
        Index (origin_id, destination_id) in the order of both (seats by adcode); time_min. A pair of the same place
        takes its access leg twice, or no time at a seat.

    Raises
    ------
    InputError
        If the cutoff or the direction is out of range.
    SchemaError
        If seats are asked for and the network has none, or a frame is faulty.
    SnapError
        If places are too far from every road; all of them are named.

    Examples
    --------
    >>> from urbangeo import read_network
    >>> minutes = od_matrix(read_network(), "济南", cutoff_min=90)
    >>> round(float(minutes.loc[("济南", "370902"), "time_min"]))
    62
    """
    import pandas as pd

    limit_ms = round(checked_cutoffs([cutoff_min])[0] * 60_000)
    check_direction(direction)
    ready = prepared(network)
    leg = access or ready.access
    from_names, starts = _starts(ready, origins, leg)
    to_names, ends = _seat_ends(ready) if destinations is None else _ends_of(*_starts(ready, destinations, leg))
    rows, columns, times = [], [], []
    for number, start in enumerate(starts):
        reach = search(
            ready.graph,
            start.states,
            start.costs_ms,
            limit_ms=limit_ms,
            direction=direction,
            entries=start.entries(ready.graph, direction),
        )
        found = end_times(ready, reach, ends, len(to_names))
        near = np.flatnonzero(found <= limit_ms)
        rows.append(np.full(len(near), number, dtype=np.int32))
        columns.append(near.astype(np.int32))
        times.append(found[near] / 60_000)
    names: Any = [pd.Index(from_names, dtype=object), pd.Index(to_names, dtype=object)]
    codes: Any = [np.concatenate(rows), np.concatenate(columns)]
    index = pd.MultiIndex(
        levels=names,
        codes=codes,
        names=["origin_id", "destination_id"],
    )
    return pd.DataFrame({"time_min": np.concatenate(times)}, index=index)


@dataclass(frozen=True, eq=False)
class Ends:
    """Where ways may end: places on chains and junctions, each with whose it is and the time from there.

    Attributes
    ----------
    chain, chain_of : numpy.ndarray of int32
        Chains, and the destinations they belong to.
    at_ms : numpy.ndarray of float64
        Times from the chains' tails.
    chain_spent : numpy.ndarray of int64
        Time from there to the destination, milliseconds.
    states, state_of : numpy.ndarray of int64
        Junctions, and the destinations they belong to.
    state_spent : numpy.ndarray of int64
        Time from there to the destination, milliseconds.
    """

    chain: NDArray[np.int32]
    chain_of: NDArray[np.int32]
    at_ms: NDArray[np.float64]
    chain_spent: NDArray[np.int64]
    states: NDArray[np.int64]
    state_of: NDArray[np.int64]
    state_spent: NDArray[np.int64]


def end_times(ready: PreparedNetwork, reach: Reach, ends: Ends, count: int) -> NDArray[np.int64]:
    """Return the least time of each destination.

    Parameters
    ----------
    ready : PreparedNetwork
        The network.
    reach : Reach
        What a search reached.
    ends : Ends
        Where ways may end.
    count : int
        Number of destinations.

    Returns
    -------
    numpy.ndarray of int64, shape (count,)
        Milliseconds; larger than any limit where a destination was not reached.
    """
    graph = ready.graph
    best = np.full(count, np.iinfo(np.int64).max, dtype=np.int64)
    begun = reach.entries
    nothing = np.empty(0)
    with lent_times(graph, reach) as times:
        _end_times(
            best,
            times,
            (ends.states, ends.state_of, ends.state_spent),
            (ends.chain.astype(np.int64), ends.chain_of.astype(np.int64), ends.at_ms, ends.chain_spent),
            (graph.chain_tail, graph.chain_head, graph.chain_fwd_ms, graph.chain_bwd_ms),
            (
                (nothing.astype(np.int64), nothing, nothing.astype(np.int64))
                if begun is None
                else (begun.chain.astype(np.int64), begun.at_ms.copy(), begun.spent_ms.astype(np.int64))
            ),
            reach.direction == "from",
        )
    return best


def at_seats(ready: PreparedNetwork) -> list[Snapped]:
    """Start at the seats of a network: at their nodes, on the free side where there is one.

    Parameters
    ----------
    ready : PreparedNetwork
        The network.

    Returns
    -------
    list of Snapped
        One a seat.
    """
    graph, zero = ready.graph, np.zeros(1, dtype=np.int64)
    none = np.empty(0, dtype=np.int64)
    made = []
    for number, node in enumerate(ready.seat_node.tolist()):
        chain = int(graph.node_chain[node])
        state = max(int(graph.node_state_free[node]), -1)
        state = state if state >= 0 else int(graph.node_state_toll[node])
        here = (ready.seat_lon[number : number + 1], ready.seat_lat[number : number + 1])
        on_chain, at_junction = chain >= 0, chain < 0 and state >= 0
        made.append(
            Snapped(
                lon=here[0],
                lat=here[1],
                chain=np.array([chain] if on_chain else [], dtype=np.int32),
                at_ms=np.array([graph.node_at_ms[node]] if on_chain else [], dtype=np.float64),
                spent_ms=zero if on_chain else none,
                states=np.array([state] if at_junction else [], dtype=np.int64),
                costs_ms=zero if at_junction else none,
                snap_m=0.0,
            )
        )
    return made


def _starts(ready: PreparedNetwork, places: Origins | None, access: AccessLeg) -> tuple[list[str], list[Snapped]]:
    if places is None:
        require_seats(ready)
        return ready.seat_adcode.tolist(), at_seats(ready)
    labels, points = points_of(checked_origins(places))
    return labels, snap(ready.graph, points, access=access, labels=labels)


def _ends_of(names: list[str], places: Sequence[Snapped]) -> tuple[list[str], Ends]:
    def whose(counts: list[int]) -> NDArray[np.int64]:
        return np.repeat(np.arange(len(places), dtype=np.int64), counts)

    return names, Ends(
        chain=np.concatenate([place.chain for place in places]),
        chain_of=whose([len(place.chain) for place in places]).astype(np.int32),
        at_ms=np.concatenate([place.at_ms for place in places]),
        chain_spent=np.concatenate([place.spent_ms for place in places]),
        states=np.concatenate([place.states for place in places]),
        state_of=whose([len(place.states) for place in places]),
        state_spent=np.concatenate([place.costs_ms for place in places]),
    )


def _seat_ends(ready: PreparedNetwork) -> tuple[list[str], Ends]:
    """End at the seats' nodes: whoever arrives on a toll road has arrived, too."""
    require_seats(ready)
    names, ends = _ends_of(ready.seat_adcode.tolist(), at_seats(ready))
    toll = np.asarray(ready.graph.node_state_toll)[ready.seat_node].astype(np.int64)
    more = np.flatnonzero(toll >= 0)
    return names, Ends(
        chain=ends.chain,
        chain_of=ends.chain_of,
        at_ms=ends.at_ms,
        chain_spent=ends.chain_spent,
        states=np.concatenate([ends.states, toll[more]]),
        state_of=np.concatenate([ends.state_of, more]),
        state_spent=np.concatenate([ends.state_spent, np.zeros(len(more), dtype=np.int64)]),
    )


@compiled
def _end_times(  # noqa: PLR0917
    best: NDArray[np.int64],
    times: NDArray[np.int32],
    junctions: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    places: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]],
    chains: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    begun: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]],
    outward: bool,  # noqa: FBT001
) -> None:
    states, state_of, state_spent = junctions
    for number in range(len(states)):
        time = times[states[number]]
        if time != NEVER:
            best[state_of[number]] = min(best[state_of[number]], np.int64(time) + state_spent[number])
    of, place_of, at_ms, place_spent = places
    tail, head, ahead, back = chains
    for number in range(len(of)):
        chain, at, mine = of[number], at_ms[number], place_of[number]
        fwd, bwd = float(ahead[chain]), float(back[chain])
        # Milliseconds up and down the chain for each one from its tail; one way roads have one of them only.
        up, down = (1.0, bwd / fwd) if outward else (bwd / fwd, 1.0)
        at_tail, at_head = times[tail[chain]], times[head[chain]]
        if at_tail != NEVER and up >= 0:
            best[mine] = min(best[mine], np.int64(at_tail) + np.int64(np.rint(at * up)) + place_spent[number])
        if at_head != NEVER and down >= 0:
            best[mine] = min(best[mine], np.int64(at_head) + np.int64(np.rint((fwd - at) * down)) + place_spent[number])
        for entry in range(len(begun[0])):
            if begun[0][entry] != chain:
                continue
            run = at - begun[1][entry]
            pace = up if run >= 0 else down
            if pace >= 0 or run == 0:
                way = np.int64(np.rint(abs(run) * max(pace, 0.0)))
                best[mine] = min(best[mine], begun[2][entry] + way + place_spent[number])
