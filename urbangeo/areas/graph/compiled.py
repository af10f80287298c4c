"""A network made ready for searching: junctions along a Hilbert curve, roads between them as chains, milliseconds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.areas.graph.chains import chain_segments, contract, line_numbers, merge_pieces, place_nodes
from urbangeo.areas.graph.hilbert import hilbert_order
from urbangeo.areas.graph.kernel import (
    LONGEST_MS,
    compressed_best,
    counting_order,
    row_numbers,
    row_starts,
    to_milliseconds,
)
from urbangeo.errors import InputError, SchemaError, listed
from urbangeo.sources.network import check_arrays, landing_nodes
from urbangeo.sources.network.model import DEGREE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from urbangeo.sources.network import Network

FORMAT_VERSION = 1
"""Changes with the meaning of any array; a graph of another version is made anew."""

SMALL_COMPONENT = 0.1
"""A strongly connected component with fewer nodes than this share of the largest is an island nobody starts from.
The skeleton has one component a province, so not only the very largest may be used."""


@dataclass(frozen=True, eq=False)
class CompiledGraph:
    """A network as read-only arrays; any of them may be a memory map.

    A *state* is one side of a junction: a junction where toll roads and others meet has a free and a toll state, and
    going from one to the other costs the toll. A *chain* is a road from junction to junction without a choice on the
    way; times along it are whole milliseconds from its tail, and exact: they are sums of the times of its edges.

    States, chains and segments stand in an order that rests on positions, so the order of the network's rows changes
    none of them.

    Attributes
    ----------
    starts, heads, costs : numpy.ndarray of int32
        Quickest arcs between states, compressed rows by tail: row starts (shape ``states + 1``), heads, milliseconds.
    r_starts, r_heads, r_costs : numpy.ndarray of int32
        The same arcs turned round, compressed rows by head, for direction "to".
    state_node : numpy.ndarray of int32, shape (states,)
        Row of the network's node.
    state_lon, state_lat : numpy.ndarray of float64, shape (states,)
        Degrees.
    exits : numpy.ndarray of bool, shape (states,)
        Whether one may enter or leave the network here: the free sides of landing nodes.
    chain_tail, chain_head : numpy.ndarray of int32, shape (chains,)
        States at the ends; equal for a loop. Where both ways are open the tail is the lower of the two.
    chain_fwd_ms, chain_bwd_ms : numpy.ndarray of int32, shape (chains,)
        Time from tail to head, and from head to tail (-1: one way). They differ only in chains without inner nodes.
    chain_along : numpy.ndarray of bool, shape (chains,)
        Whether one may leave anywhere on the way.
    chain_usable : numpy.ndarray of bool, shape (chains,)
        Whether a place may be snapped to it: it lies in a large strongly connected component.
    node_state_free, node_state_toll : numpy.ndarray of int32, shape (nodes,)
        States of each node of the network, -1 where there is none.
    node_chain : numpy.ndarray of int32, shape (nodes,)
        Chain on which the node lies between the ends, -1 for junctions and for nodes without roads.
    node_at_ms : numpy.ndarray of int32, shape (nodes,)
        Time from the chain's tail to the node; 0 where there is no chain.
    inner_starts, inner_nodes, inner_at_ms : numpy.ndarray of int32
        The same by chain: where its inner nodes begin (shape ``chains + 1``), their rows in the network and their times
        from the tail, in order.
    tail_starts : numpy.ndarray of int32, shape (states + 1,)
        Where the chains of each tail begin; chains stand in the order of their tails.
    head_starts, head_chains : numpy.ndarray of int32
        Chains with inner nodes that end at each state (row starts of shape ``states + 1``), without loops.
    seg_chain : numpy.ndarray of int32, shape (segments,)
        Chain of each straight segment, rising; the segments of a chain stand in its direction.
    seg_from_ms, seg_to_ms : numpy.ndarray of int32, shape (segments,)
        Time from the chain's tail at both ends of the segment. Against the direction of the chain the way from its
        head takes ``chain_bwd_ms * (1 - from_tail / chain_fwd_ms)``.
    seg_lon0, seg_lat0, seg_lon1, seg_lat1 : numpy.ndarray of int32, shape (segments,)
        Its ends, 1e-7 degrees.
    meta : mapping
        ``version``, ``fingerprint`` of the network, ``toll_ms``, ``kind``, ``mode``, ``impedance``, ``access``. JSON
        values only.
    """

    starts: NDArray[np.int32]
    heads: NDArray[np.int32]
    costs: NDArray[np.int32]
    r_starts: NDArray[np.int32]
    r_heads: NDArray[np.int32]
    r_costs: NDArray[np.int32]
    state_node: NDArray[np.int32]
    state_lon: NDArray[np.float64]
    state_lat: NDArray[np.float64]
    exits: NDArray[np.bool_]
    chain_tail: NDArray[np.int32]
    chain_head: NDArray[np.int32]
    chain_fwd_ms: NDArray[np.int32]
    chain_bwd_ms: NDArray[np.int32]
    chain_along: NDArray[np.bool_]
    chain_usable: NDArray[np.bool_]
    node_state_free: NDArray[np.int32]
    node_state_toll: NDArray[np.int32]
    node_chain: NDArray[np.int32]
    node_at_ms: NDArray[np.int32]
    inner_starts: NDArray[np.int32]
    inner_nodes: NDArray[np.int32]
    inner_at_ms: NDArray[np.int32]
    tail_starts: NDArray[np.int32]
    head_starts: NDArray[np.int32]
    head_chains: NDArray[np.int32]
    seg_chain: NDArray[np.int32]
    seg_from_ms: NDArray[np.int32]
    seg_to_ms: NDArray[np.int32]
    seg_lon0: NDArray[np.int32]
    seg_lat0: NDArray[np.int32]
    seg_lon1: NDArray[np.int32]
    seg_lat1: NDArray[np.int32]
    meta: Mapping[str, Any]

    @property
    def states(self) -> int:
        """Number of states."""
        return len(self.state_node)

    @property
    def chains(self) -> int:
        """Number of chains."""
        return len(self.chain_tail)

    @property
    def nodes(self) -> int:
        """Number of nodes of the network it was made from."""
        return len(self.node_chain)

    @cached_property
    def longest_ms(self) -> int:
        """Longest arc, milliseconds."""
        return int(self.costs.max(initial=0))


def fingerprint(network: Network) -> str:
    """Return a checksum of everything in a network that a compiled graph rests on.

    Parameters
    ----------
    network : Network
        Any network.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits. Rows in another order give another one, because nodes are told by their row.
    """
    total = hashlib.sha256(f"urbangeo compiled graph {FORMAT_VERSION}".encode())
    arrays: dict[str, NDArray[Any]] = {
        name: getattr(network, name) for name in ("node_id", "lon", "lat", "u", "v", "along", "toll")
    }
    arrays |= {"cost_min": network.cost_min, "landing": landing_nodes(network)}
    if network.shapes is not None:
        arrays |= {name: getattr(network.shapes, name) for name in ("offsets", "points", "line", "backwards")}
    for name, values in arrays.items():
        total.update(f"{name} {values.dtype.str} {values.shape}".encode())
        total.update(np.ascontiguousarray(values).view(np.uint8).data)
    total.update(repr(_said_of(network)).encode())
    return total.hexdigest()


def _said_of(network: Network) -> dict[str, Any]:
    leg = network.access
    return {
        "toll_ms": round(network.toll_min * 60_000),
        "kind": network.stated_kind,
        "is_skeleton": network.is_skeleton,
        "mode": network.mode,
        "impedance": network.impedance,
        "access": {"speed_kmh": leg.speed_kmh, "circuity": leg.circuity, "max_m": leg.max_m},
    }


def compile_graph(network: Network) -> CompiledGraph:
    """Make a network ready for searching.

    Parameters
    ----------
    network : Network
        Any network.

    Returns
    -------
    CompiledGraph
        Junctions, chains and segments. Times between states equal those on the network edge by edge to the millisecond.

    Raises
    ------
    InputError
        If the network has no edges, the toll or the impedance of an edge is no usable time, or a road without a
        junction takes longer than 24 days.
    SchemaError
        If nodes, edges and shapes do not make a usable network.
    """
    if len(network.u) == 0:
        msg = "The network has no edges; nothing can be reached."
        raise InputError(msg)
    check_arrays(network)
    cost = _edge_costs(network)
    if not 0 <= network.toll_min * 60_000 <= LONGEST_MS:
        msg = f"toll_min={network.toll_min}: expected minutes from 0 to {LONGEST_MS // 60_000:,} (24 days)."
        raise InputError(msg)

    toll_ms = round(network.toll_min * 60_000)
    order = hilbert_order(network.lon, network.lat, network.node_id)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    tail, head = rank[network.u], rank[network.v]
    line, against, offsets, points, example, turned = _lines_of(network)
    pieces = merge_pieces(
        tail,
        head,
        cost,
        line=line,
        against=against,
        along=network.along,
        toll=network.toll,
        nodes=len(order),
        lines=len(example),
    )
    landing = landing_nodes(network)[order]
    chains, has_free, has_toll = contract(pieces, landing)
    bounds, members, _, tails, heads, forward, backward, junction = chains
    longest, worst = int(forward.max()), int(np.argmax(forward))
    if longest > LONGEST_MS:
        where = network.node_id[order[[tails[worst], heads[worst]]]]
        msg = (
            f"The road between the nodes {listed(where)} takes {longest:,} ms, more than {LONGEST_MS:,} ms "
            "(24 days). Look for times in a wrong unit."
        )
        raise InputError(msg)

    free_state, toll_state = _number_states(junction & has_free, junction & has_toll)
    states = int(max(free_state.max(), toll_state.max())) + 1
    state_rank = np.empty(states, dtype=np.int32)
    for side in (free_state, toll_state):
        state_rank[side[side >= 0]] = np.flatnonzero(side >= 0)
    exits = np.zeros(states, dtype=bool)
    exits[free_state[free_state >= 0]] = landing[free_state >= 0]

    kind = pieces[5][members[bounds[:-1]]]
    chain_toll, chain_along = (kind & 1).astype(bool), (kind & 2).astype(bool)
    chain_tail, chain_head = (np.where(chain_toll, toll_state[end], free_state[end]) for end in (tails, heads))
    gates = np.stack([free_state, toll_state])[:, (free_state >= 0) & (toll_state >= 0)]
    arcs = _arcs((chain_tail, chain_head), (forward, backward), gates, toll_ms)
    starts, arc_heads, costs = compressed_best(*arcs, states)
    r_starts, r_heads, r_costs = compressed_best(arc_heads, row_numbers(starts), costs, states)

    on_chain, at_ms = np.full(len(order), -1, dtype=np.int32), np.zeros(len(order), dtype=np.int32)
    begins, inner_starts, inner_ranks = place_nodes(pieces, chains, on_chain, at_ms)
    inner = np.diff(bounds) - 1
    ends_here = np.flatnonzero((inner > 0) & (chain_tail != chain_head)).astype(np.int32)
    lonlat = np.rint(np.stack([network.lon, network.lat], axis=1)[order] * DEGREE).astype(np.int32)
    seg_chain, seg_from, seg_to, ends = chain_segments(pieces, chains, begins, lonlat, offsets, points, example, turned)
    primary = np.where(free_state >= 0, free_state, toll_state)[junction]
    made = CompiledGraph(
        starts=starts,
        heads=arc_heads,
        costs=costs,
        r_starts=r_starts,
        r_heads=r_heads,
        r_costs=r_costs,
        state_node=order[state_rank].astype(np.int32),
        state_lon=network.lon[order[state_rank]],
        state_lat=network.lat[order[state_rank]],
        exits=exits,
        chain_tail=chain_tail,
        chain_head=chain_head,
        chain_fwd_ms=forward.astype(np.int32),
        chain_bwd_ms=backward.astype(np.int32),
        chain_along=chain_along,
        chain_usable=_in_large_component((starts, arc_heads), chain_tail, chain_head, inner, primary[primary >= 0]),
        node_state_free=free_state[rank],
        node_state_toll=toll_state[rank],
        node_chain=on_chain[rank],
        node_at_ms=at_ms[rank],
        inner_starts=inner_starts,
        inner_nodes=order[inner_ranks].astype(np.int32),
        inner_at_ms=at_ms[inner_ranks],
        tail_starts=row_starts(chain_tail, states),
        head_starts=row_starts(chain_head[ends_here], states),
        head_chains=ends_here[counting_order(chain_head[ends_here], states, np.arange(len(ends_here), dtype=np.int32))],
        seg_chain=seg_chain,
        seg_from_ms=seg_from,
        seg_to_ms=seg_to,
        seg_lon0=ends[0],
        seg_lat0=ends[1],
        seg_lon1=ends[2],
        seg_lat1=ends[3],
        meta={"version": FORMAT_VERSION, "fingerprint": fingerprint(network), **_said_of(network)},
    )
    for values in vars(made).values():
        if isinstance(values, np.ndarray):
            values.flags.writeable = False
    return made


def _number_states(
    is_free: NDArray[np.bool_], is_toll: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Give the sides of junctions numbers in the order of their nodes, the free side first; -1 where there is none."""
    before = np.cumsum(is_free.astype(np.int32) + is_toll, dtype=np.int32)
    free_state = np.where(is_free, before - is_toll - 1, -1).astype(np.int32)
    return free_state, np.where(is_toll, before - 1, -1).astype(np.int32)


def _edge_costs(network: Network) -> NDArray[np.int32]:
    """Return whole milliseconds of all edges, or say which are none."""
    minutes = np.asarray(network.cost_min, dtype=np.float64)
    bad = np.flatnonzero(~((minutes > 0) & (minutes * 60_000 <= LONGEST_MS)))
    if len(bad):
        msg = (
            f"{len(bad)} edges have a {network.impedance} that is no positive number of minutes up to "
            f"{LONGEST_MS // 60_000:,} (24 days): "
            + listed([f"row {row}: {minutes[row]:g}" for row in bad[:5].tolist()])
            + ". Mend these values or leave the edges out."
        )
        raise InputError(msg)
    return to_milliseconds(minutes).astype(np.int32)


def _lines_of(network: Network) -> tuple[NDArray[Any], ...]:
    """Return number and direction of each edge's line, the lines, an example of each number, and which are turned."""
    shapes = network.shapes
    edges = len(network.u)
    if shapes is None:
        return (
            np.full(edges, -1, dtype=np.int32),
            np.zeros(edges, dtype=bool),
            np.zeros(1, dtype=np.int64),
            np.empty((0, 2), dtype=np.int32),
            np.empty(0, dtype=np.int32),
            np.empty(0, dtype=bool),
        )
    offsets, points = np.ascontiguousarray(shapes.offsets), np.ascontiguousarray(shapes.points)
    lines = len(offsets) - 1
    if not (
        (len(shapes.line), len(shapes.backwards)) == (edges, edges)
        and (edges == 0 or -1 <= shapes.line.min() <= shapes.line.max() < lines)
        and lines >= 0
        and 0 <= offsets[0] <= offsets[-1] <= len(points)
        and (np.diff(offsets) >= 2).all()
    ):
        msg = (
            "The shapes of this network cannot be used: expected one line number and direction an edge, lines that "
            f"exist (0 to {lines - 1}, -1 for none), and at least two points a line within the {len(points)} there are."
        )
        raise SchemaError(msg)
    numbers, turned, example = line_numbers(offsets, points)
    bent = shapes.line >= 0
    line = np.where(bent, numbers[shapes.line], np.int32(-1)) if len(numbers) else np.full(edges, -1, dtype=np.int32)
    against = bent & (shapes.backwards != turned[shapes.line]) if len(numbers) else np.zeros(edges, dtype=bool)
    return line, against, offsets, points, example, turned


def _arcs(
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    times: tuple[NDArray[np.int64], NDArray[np.int64]],
    gates: NDArray[np.int32],
    toll_ms: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """List tails, heads and costs: chains both ways, and the toll between the two sides of a node."""
    (tail, head), (forward, backward) = ends, times
    ahead, back = tail != head, (tail != head) & (backward >= 0)
    toll = np.full(gates.shape[1], toll_ms, dtype=np.int32)
    return (
        np.concatenate([tail[ahead], head[back], gates[0], gates[1]]),
        np.concatenate([head[ahead], tail[back], gates[1], gates[0]]),
        np.concatenate([forward[ahead].astype(np.int32), backward[back].astype(np.int32), toll, toll]),
    )


def _in_large_component(
    rows: tuple[NDArray[np.int32], NDArray[np.int32]],
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    inner: NDArray[np.int32],
    primary: NDArray[np.int32],
) -> NDArray[np.bool_]:
    """Say which chains lie inside a large strongly connected component; a one-way road out of it does not."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    starts, heads = rows
    states = len(starts) - 1
    arcs = csr_matrix((np.ones(len(heads), dtype=np.int8), heads, starts), shape=(states, states))
    _, component = connected_components(arcs, directed=True, connection="strong")
    inside = component[tail] == component[head]
    # Counted in nodes of the network: each junction once, and the inner nodes of the chains inside.
    size = np.bincount(component[primary], minlength=states) + np.bincount(
        component[tail[inside]], weights=inner[inside], minlength=states
    )
    return np.asarray(inside & (size[component[tail]] >= SMALL_COMPONENT * size.max()))
