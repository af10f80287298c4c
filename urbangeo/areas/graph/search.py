"""Searches on a compiled graph: from states and places on chains to times of states and nodes."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

import numpy as np

from urbangeo.areas.graph.kernel import LONGEST_MS, NEVER, NOBODY, Workspace, as_times, read_only
from urbangeo.errors import InputError, listed
from urbangeo.jit import compiled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from urbangeo.areas.graph.compiled import CompiledGraph
    from urbangeo.sources.network import Network

Direction = Literal["from", "to"]

_NOT_THIS_WAY = np.int64(1 << 40)
"""Longer than any two times together, so that sums with it stay beyond every limit."""


@dataclass(frozen=True, eq=False)
class Entries:
    """Places on chains where travel begins (or, for direction "to", ends), and the states reached from them first.

    Attributes
    ----------
    chain : numpy.ndarray of int32, shape (places,)
        Chain of each place.
    at_ms : numpy.ndarray of float64, shape (places,)
        Time from the chain's tail.
    spent_ms : numpy.ndarray of int32, shape (places,)
        Time already spent when the place is reached.
    owner : numpy.ndarray of int32, shape (places,), optional
        Whose each place is.
    states, costs_ms : numpy.ndarray of int32
        Ends of the chains in the directions one may drive, and the time spent there.
    state_owner : numpy.ndarray of int32, optional
        Whose each of them is.
    """

    chain: NDArray[np.int32]
    at_ms: NDArray[np.float64]
    spent_ms: NDArray[np.int32]
    owner: NDArray[np.int32] | None
    states: NDArray[np.int32]
    costs_ms: NDArray[np.int32]
    state_owner: NDArray[np.int32] | None


@dataclass(frozen=True, eq=False)
class Reach:
    """What a search reached.

    Attributes
    ----------
    states, times : numpy.ndarray of int32, shape (reached,)
        States, rising, and their least times in milliseconds.
    owners : numpy.ndarray of int32, shape (reached,), or None
        Whose each state is, where owners were given.
    limit_ms : int
        Largest time searched.
    direction : {"from", "to"}
        Outward, or towards the sources.
    settled : int
        How often a state was expanded; hardly more than there are states.
    entries : Entries, optional
        The places on chains where the search began.
    """

    states: NDArray[np.int32]
    times: NDArray[np.int32]
    owners: NDArray[np.int32] | None
    limit_ms: int
    direction: Direction
    settled: int
    entries: Entries | None = None

    def spread_over(self, count: int) -> NDArray[np.int32]:
        """Return the times of all states as one new array.

        Parameters
        ----------
        count : int
            Number of states of the graph.

        Returns
        -------
        numpy.ndarray of int32, shape (count,)
            Milliseconds, :data:`~urbangeo.areas.graph.kernel.NEVER` beyond the limit.
        """
        times = np.full(count, NEVER, dtype=np.int32)
        times[self.states] = self.times
        return times


class _Rooms(threading.local):
    """The workspaces of one thread that no search is using, by graph."""

    def __init__(self) -> None:
        self.free: WeakKeyDictionary[CompiledGraph, list[Workspace]] = WeakKeyDictionary()


_ROOMS = _Rooms()


@contextmanager
def _workspace(graph: CompiledGraph) -> Iterator[Workspace]:
    """Lend a clean workspace of this thread; one that was left half-way by an error is not used again."""
    free = _ROOMS.free.setdefault(graph, [])
    room = free.pop() if free else Workspace(graph.states)
    yield room
    free.append(room)


@contextmanager
def lent_times(graph: CompiledGraph, reach: Reach) -> Iterator[NDArray[np.int32]]:
    """Lend the times of all states as an array that costs only as much as was reached.

    Parameters
    ----------
    graph : CompiledGraph
        The graph that was searched.
    reach : Reach
        What a search reached.

    Yields
    ------
    numpy.ndarray of int32, shape (states,)
        Milliseconds, ``NEVER`` beyond the limit. Read-only, and not to be kept beyond the
        block.
    """
    with _workspace(graph) as room:
        room.times[reach.states] = reach.times
        yield read_only(room.times)
        room.times[reach.states] = NEVER


def check_direction(direction: str) -> None:
    """Raise if a direction of travel is not known.

    Parameters
    ----------
    direction : str
        What the caller gave.

    Raises
    ------
    InputError
        If it is neither "from" nor "to".
    """
    if direction not in ("from", "to"):
        msg = f"direction {direction!r} is not known; expected 'from' (outward) or 'to' (towards the centre)."
        raise InputError(msg)


def enter_chains(
    graph: CompiledGraph,
    chain: Any,
    at_ms: Any,
    spent_ms: Any,
    *,
    direction: Direction = "from",
    owner: Any = None,
) -> Entries:
    """Begin at places on chains: list the ends of the chains that can be reached from there.

    Parameters
    ----------
    graph : CompiledGraph
        The graph.
    chain : array_like of int
        Chain of each place.
    at_ms : array_like of float
        Time from the chain's tail, as on its segments.
    spent_ms : array_like of int
        Time already spent when the place is reached, for example by the access leg.
    direction : {"from", "to"}, default "from"
        Outward from the places, or towards them.
    owner : array_like of int, optional
        Whose each place is, not negative.

    Returns
    -------
    Entries
        To be given to :func:`search`.

    Raises
    ------
    InputError
        If a chain does not exist, a place does not lie on it, or a time is negative or too long.
    """
    check_direction(direction)
    chain, spent = as_times(np.atleast_1d(chain)), as_times(np.atleast_1d(spent_ms))
    owned = None if owner is None else as_times(np.atleast_1d(owner))
    at = np.atleast_1d(np.asarray(at_ms, dtype=np.float64))
    _require_known(chain, graph.chains, "chains")
    forward, backward = (each[chain].astype(np.int64) for each in (graph.chain_fwd_ms, graph.chain_bwd_ms))
    outside = ~((at >= 0) & (at <= forward))
    if outside.any():
        one = int(np.argmax(outside))
        msg = f"Place {at[one]:g} ms on chain {chain[one]}: expected from 0 to {forward[one]} ms."
        raise InputError(msg)
    to_head = np.rint(forward - at).astype(np.int64)
    to_tail = np.rint(at * (backward / forward)).astype(np.int64)
    from_tail = np.rint(at).astype(np.int64)
    from_head = np.rint((forward - at) * (backward / forward)).astype(np.int64)
    both = backward >= 0
    if direction == "from":
        heads, tails = (np.ones(len(chain), dtype=bool), to_head), (both, to_tail)
    else:
        heads, tails = (both, from_head), (np.ones(len(chain), dtype=bool), from_tail)
    numbers = np.concatenate([np.flatnonzero(heads[0]), np.flatnonzero(tails[0])])
    return Entries(
        chain=chain,
        at_ms=at,
        spent_ms=spent,
        owner=owned,
        states=as_times(np.concatenate([graph.chain_head[chain][heads[0]], graph.chain_tail[chain][tails[0]]])),
        costs_ms=as_times(np.concatenate([(spent + heads[1])[heads[0]], (spent + tails[1])[tails[0]]])),
        state_owner=None if owned is None else as_times(owned[numbers]),
    )


def _require_known(numbers: NDArray[np.int32], count: int, what: str) -> None:
    unknown = numbers[numbers >= count]
    if len(unknown):
        msg = f"These {what} do not exist: {listed(unknown.tolist())}; the graph has {what} 0 to {count - 1}."
        raise InputError(msg)


def search(
    graph: CompiledGraph,
    states: Any = (),
    costs_ms: Any = (),
    *,
    limit_ms: int,
    direction: Direction = "from",
    owners: Any = None,
    entries: Entries | None = None,
) -> Reach:
    """Find the least time between some sources and every state within a limit.

    Parameters
    ----------
    graph : CompiledGraph
        The graph.
    states : array_like of int
        States to start from; one may stand more than once.
    costs_ms : array_like of int
        Time already spent there.
    limit_ms : int
        Largest time of interest, milliseconds.
    direction : {"from", "to"}, default "from"
        Outward from the sources, or towards them.
    owners : array_like of int, optional
        Whose each source is (its centre), not negative. Every state then belongs to the owner of its least time; of
        several owners with the same time, to the smallest.
    entries : Entries, optional
        Places on chains to start from as well, as :func:`enter_chains` makes them for the same direction.

    Returns
    -------
    Reach
        Times of what was reached.

    Raises
    ------
    InputError
        If a state does not exist, a time or the limit is negative or longer than 24 days, or only some sources have
        owners.

    Examples
    --------
    >>> from urbangeo import read_network
    >>> from urbangeo.areas.graph.compiled import compile_graph
    >>> graph = compile_graph(read_network())
    >>> reach = search(graph, [0], [0], limit_ms=3_600_000)
    >>> int(reach.times.min()), int(reach.times.max()) <= 3_600_000
    (0, True)
    """
    check_direction(direction)
    if not 0 <= limit_ms <= LONGEST_MS:
        msg = f"limit_ms={limit_ms}: expected whole milliseconds from 0 to {LONGEST_MS:,} (24 days)."
        raise InputError(msg)
    sources, spent = as_times(states), as_times(costs_ms)
    whose = None if owners is None else as_times(owners)
    if entries is not None:
        if len(sources) and (whose is None) != (entries.state_owner is None):
            msg = "Either all sources have owners or none; got owners for only the states or only the entries."
            raise InputError(msg)
        if entries.state_owner is not None:
            whose = as_times(np.concatenate([as_times(() if whose is None else whose), entries.state_owner]))
        sources = as_times(np.concatenate([sources, entries.states]))
        spent = as_times(np.concatenate([spent, entries.costs_ms]))
    if len(sources) != len(spent) or (whose is not None and len(whose) != len(sources)):
        msg = f"{len(sources)} sources, {len(spent)} times" + (f", {len(whose)} owners" if whose is not None else "")
        raise InputError(msg + ": expected as many of each.")
    _require_known(sources, graph.states, "states")
    if direction == "from":
        arcs = (graph.starts, graph.heads, graph.costs)
    else:
        arcs = (graph.r_starts, graph.r_heads, graph.r_costs)
    with _workspace(graph) as room:
        reached, times, owned, settled, _ = room.spread(
            arcs, sources, spent, limit=int(limit_ms), longest=graph.longest_ms, owners=whose
        )
    return Reach(reached, times, owned, int(limit_ms), direction, settled, entries)


def reached_nodes(
    graph: CompiledGraph, reach: Reach
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32] | None]:
    """List the nodes of the network that were reached, those between junctions included.

    Takes time in proportion to what was reached, not to the network.

    Parameters
    ----------
    graph : CompiledGraph
        The graph that was searched.
    reach : Reach
        What the search reached.

    Returns
    -------
    rows, times : numpy.ndarray of int32, shape (nodes reached,)
        Rows of nodes in the network, each once, in no order of meaning, and least times in milliseconds.
    owners : numpy.ndarray of int32, shape (nodes reached,), or None
        Whose each node is, where owners were given.
    """
    begun = _begun(reach.entries)
    owned = reach.owners is not None
    by_chain = (graph.chain_tail, graph.chain_head, graph.chain_fwd_ms, graph.chain_bwd_ms)
    inner = (graph.inner_starts, graph.inner_nodes, graph.inner_at_ms)
    by_end = (graph.tail_starts, graph.head_starts, graph.head_chains)
    states, outward = read_only(reach.states), reach.direction == "from"
    if not owned and reach.entries is None:
        with _workspace(graph) as room:
            # Nobody's time, no place half-way: one pass over what was reached, twice as quick as the loops below.
            rows, found = _time_nodes(
                states, read_only(reach.times), room.times, reach.limit_ms, outward, graph.longest_ms, graph.state_node,
                by_chain, inner, by_end,
            )  # fmt: skip
        return rows, found, None
    with lent_times(graph, reach) as times, _workspace(graph) as room:
        whose = read_only(room.owners_of(reach.states, reach.owners))
        at_junctions = _time_junctions(states, times, whose, owned, graph.state_node)
        chains, nodes = _list_chains(states, times, begun[0], by_chain[:2], inner[0], *by_end)
        between = _time_inner(chains, nodes, times, whose, owned, reach.limit_ms, outward, by_chain, inner, begun)
        room.forget_owners(reach.states)
    rows, found, owners = (np.concatenate(both) for both in zip(at_junctions, between, strict=True))
    return rows, found, owners if owned else None


def _begun(
    entries: Entries | None,
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """Return chain, place, time spent and owner of entries in order of chains, for the compiled loops."""
    if entries is None:
        nothing = read_only(np.empty(0, dtype=np.int32))
        return nothing, read_only(np.empty(0, dtype=np.float64)), nothing, nothing
    order = np.argsort(entries.chain, kind="stable")
    owner = np.zeros(len(order), dtype=np.int32) if entries.owner is None else entries.owner[order]
    return (
        read_only(entries.chain[order]),
        read_only(entries.at_ms[order]),
        read_only(entries.spent_ms[order]),
        read_only(owner),
    )


def node_times(graph: CompiledGraph, reach: Reach) -> NDArray[np.int32]:
    """Return the time of every node of the network.

    Parameters
    ----------
    graph : CompiledGraph
        The graph that was searched.
    reach : Reach
        What the search reached.

    Returns
    -------
    numpy.ndarray of int32, shape (nodes,)
        Milliseconds, :data:`~urbangeo.areas.graph.kernel.NEVER` where a node was not reached within the limit.
    """
    rows, times, _ = reached_nodes(graph, reach)
    every = np.full(graph.nodes, NEVER, dtype=np.int32)
    every[rows] = times
    return every


def node_owners(graph: CompiledGraph, reach: Reach) -> NDArray[np.int32]:
    """Return whose every node of the network is.

    Parameters
    ----------
    graph : CompiledGraph
        The graph that was searched.
    reach : Reach
        What a search with owners reached.

    Returns
    -------
    numpy.ndarray of int32, shape (nodes,)
        Owner of the least time (of several, the smallest), -1 where a node was not reached within the limit.

    Raises
    ------
    InputError
        If the search had no owners.
    """
    rows, _, owners = reached_nodes(graph, reach)
    if owners is None:
        msg = "The search had no owners; give search(…, owners=…) one for each source."
        raise InputError(msg)
    every = np.full(graph.nodes, -1, dtype=np.int32)
    every[rows] = owners
    return every


def edges_reached(graph: CompiledGraph, reach: Reach, network: Network) -> NDArray[np.intp]:
    """List the edges of the network both of whose ends were reached, for example to export only them.

    Parameters
    ----------
    graph : CompiledGraph
        The graph that was searched.
    reach : Reach
        What the search reached.
    network : Network
        The network the graph was compiled from.

    Returns
    -------
    numpy.ndarray of int
        Rows of edges, rising; ``network.take_edges(rows)`` is a network of them.

    Raises
    ------
    InputError
        If the network has another number of nodes than the graph.
    """
    if len(network.node_id) != graph.nodes:
        msg = f"The graph was compiled from {graph.nodes} nodes, the network has {len(network.node_id)}."
        raise InputError(msg)
    inside = np.zeros(graph.nodes, dtype=bool)
    inside[reached_nodes(graph, reach)[0]] = True
    return np.flatnonzero(inside[network.u] & inside[network.v])


@compiled
def _time_nodes(
    states: NDArray[np.int32],
    spent: NDArray[np.int32],
    times: NDArray[np.int32],
    limit: int,
    outward: bool,
    longest: int,
    state_node: NDArray[np.int32],
    by_chain: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    inner: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    by_end: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Time the nodes at reached states and on the chains between them; `times` is lent clean and given back clean."""
    chain_tail, chain_head, chain_fwd, chain_bwd = by_chain
    inner_starts, inner_nodes, inner_at = inner
    tail_starts, head_starts, head_chains = by_end
    room = len(states)
    for number in range(len(states)):
        # Without a sign an index needs no look whether it counts from the end.
        state = np.uint32(states[number])
        times[state] = spent[number]
        room += inner_starts[tail_starts[state + 1]] - inner_starts[tail_starts[state]]
    # A chain comes in with its tail. One whose tail was not reached though its head was can only begin where the limit
    # was nearer than the longest arc: all other heads need not be looked at.
    rim = np.empty(16, np.int32)
    chains = 0
    for number in range(len(states)):
        if spent[number] + np.int64(longest) <= limit:
            continue
        state = states[number]
        for place in range(head_starts[state], head_starts[state + 1]):
            chain = head_chains[place]
            if times[chain_tail[chain]] == NEVER and (chain_bwd[chain] >= 0 or not outward):
                if chains == len(rim):
                    wider = np.empty(2 * chains, np.int32)
                    wider[:chains] = rim
                    rim = wider
                rim[chains] = chain
                chains += 1
                room += inner_starts[chain + 1] - inner_starts[chain]
    rows, found = np.empty(room, np.int32), np.empty(room, np.int32)
    count = last = 0
    before = np.int32(-1)
    for number in range(len(states)):
        state = np.uint32(states[number])
        node, time = state_node[state], spent[number]
        # Both sides of a node stand next to each other.
        if node == before:
            found[last] = min(found[last], time)
        else:
            last = count
            rows[count], found[count] = node, time
            count += 1
            before = node
        road, beyond = np.uint32(tail_starts[state]), np.uint32(tail_starts[state + 1])
        inside = np.uint32(inner_starts[road])
        while road < beyond:
            end = np.uint32(inner_starts[road + 1])
            if inside < end:
                both = chain_bwd[road] >= 0
                there = times[np.uint32(chain_head[road])]
                ahead = np.int64(time) if outward or both else _NOT_THIS_WAY
                behind = _NOT_THIS_WAY
                if there != NEVER and (both or not outward):
                    behind = np.int64(there) + chain_fwd[road]
                while inside < end:
                    # Inner nodes lie on chains that take as long in both directions, or that have only one.
                    at = inner_at[inside]
                    best = min(ahead + at, behind - at)
                    rows[count], found[count] = inner_nodes[inside], best
                    count += best <= limit
                    inside = np.uint32(inside + 1)
            road = np.uint32(road + 1)
    for number in range(chains):
        chain = rim[number]
        behind = np.int64(times[chain_head[chain]]) + chain_fwd[chain]
        for place in range(inner_starts[chain], inner_starts[chain + 1]):
            rows[count], found[count] = inner_nodes[place], behind - inner_at[place]
            count += behind - inner_at[place] <= limit
    for number in range(len(states)):
        times[states[number]] = NEVER
    return rows[:count], found[:count]


@compiled
def _time_junctions(
    states: NDArray[np.int32],
    times: NDArray[np.int32],
    whose: NDArray[np.int32],
    owned: bool,
    state_node: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Time the nodes at reached states, each once."""
    rows, found = np.empty(len(states), np.int32), np.empty(len(states), np.int32)
    owners = np.empty(len(states) if owned else 0, np.int32)
    count = 0
    for number in range(len(states)):
        state = states[number]
        node, time = state_node[state], times[state]
        # Both sides of a node stand next to each other; the first that was reached speaks for it.
        if state > 0 and state_node[state - 1] == node and times[state - 1] != NEVER:
            continue
        owner = whose[state] if owned else NOBODY
        other = state + 1
        if other < len(state_node) and state_node[other] == node and times[other] <= time:
            if owned and (times[other] < time or whose[other] < owner):
                owner = whose[other]
            time = times[other]
        rows[count], found[count] = node, time
        if owned:
            owners[count] = owner
        count += 1
    return rows[:count], found[:count], owners[: count if owned else 0]


@compiled
def _list_chains(
    states: NDArray[np.int32],
    times: NDArray[np.int32],
    begun: NDArray[np.int32],
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    inner_starts: NDArray[np.int32],
    tail_starts: NDArray[np.int32],
    head_starts: NDArray[np.int32],
    head_chains: NDArray[np.int32],
) -> tuple[NDArray[np.int32], int]:
    """List the chains with inner nodes that begin or end at reached states or were begun on, and count those nodes."""
    chain_tail, chain_head = ends
    room = len(begun)
    for number in range(len(states)):
        state = states[number]
        room += tail_starts[state + 1] - tail_starts[state] + head_starts[state + 1] - head_starts[state]
    chains = np.empty(room, np.int32)
    count = nodes = 0
    for number in range(len(states)):
        state = states[number]
        for chain in range(tail_starts[state], tail_starts[state + 1]):
            inside = inner_starts[chain + 1] - inner_starts[chain]
            chains[count] = chain
            count += inside > 0
            nodes += inside
        for place in range(head_starts[state], head_starts[state + 1]):
            chain = head_chains[place]
            # The tail, if it was reached, brings the chain in; else the head does.
            if times[chain_tail[chain]] == NEVER:
                chains[count] = chain
                count += 1
                nodes += inner_starts[chain + 1] - inner_starts[chain]
    for number in range(len(begun)):
        chain = begun[number]
        is_new = number == 0 or begun[number - 1] != chain
        if is_new and times[chain_tail[chain]] == NEVER and times[chain_head[chain]] == NEVER:
            chains[count] = chain
            count += 1
            nodes += inner_starts[chain + 1] - inner_starts[chain]
    return chains[:count], nodes


@compiled
def _time_inner(
    chains: NDArray[np.int32],
    nodes: int,
    times: NDArray[np.int32],
    whose: NDArray[np.int32],
    owned: bool,
    limit: int,
    outward: bool,
    by_chain: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    inner: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    entries: tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Time the nodes between the ends of chains, from the ends and from places on the chains."""
    chain_tail, chain_head, chain_fwd, chain_bwd = by_chain
    inner_starts, inner_nodes, inner_at = inner
    entry_chain, entry_at, entry_spent, entry_owner = entries
    rows, found = np.empty(nodes, np.int32), np.empty(nodes, np.int32)
    owners = np.empty(nodes if owned else 0, np.int32)
    count = 0
    for number in range(len(chains)):
        chain = chains[number]
        tail, head, through = chain_tail[chain], chain_head[chain], chain_fwd[chain]
        both = chain_bwd[chain] >= 0
        # Inner nodes lie on chains that take as long in both directions, or that have only one.
        from_tail = times[tail] != NEVER and (outward or both)
        from_head = times[head] != NEVER and (both or not outward)
        first = np.searchsorted(entry_chain, chain) if len(entry_chain) else 0
        for place in range(inner_starts[chain], inner_starts[chain + 1]):
            at = inner_at[place]
            best, owner = np.int64(NEVER), np.int64(NOBODY)
            if from_tail:
                best = np.int64(times[tail]) + at
                owner = np.int64(whose[tail]) if owned else owner
            if from_head:
                time = np.int64(times[head]) + through - at
                if time < best or (owned and time == best and whose[head] < owner):
                    best = time
                    owner = np.int64(whose[head]) if owned else owner
            entry = first
            while entry < len(entry_chain) and entry_chain[entry] == chain:
                is_ahead = at > entry_at[entry]
                if both or at == entry_at[entry] or is_ahead == outward:
                    time = entry_spent[entry] + np.int64(np.rint(abs(at - entry_at[entry])))
                    if time < best or (owned and time == best and entry_owner[entry] < owner):
                        best = time
                        owner = np.int64(entry_owner[entry])
                entry += 1
            if best <= limit:
                rows[count], found[count] = inner_nodes[place], best
                if owned:
                    owners[count] = owner
                count += 1
    return rows[:count], found[:count], owners[: count if owned else 0]
