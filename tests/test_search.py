"""Searches on the compiled graph: by hand, and against plain searches edge by edge over the whole network."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from old_routing import compile_network
from road_graphs import (
    Edge,
    by_node,
    heap_times,
    network_of,
    plain_node_times,
    road_networks,
    shuffled,
    turned,
)
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from towns import Road, town

from urbangeo.areas.graph.compiled import CompiledGraph, compile_graph
from urbangeo.areas.graph.kernel import LONGEST_MS, NEVER
from urbangeo.areas.graph.search import (
    Direction,
    Entries,
    Reach,
    edges_reached,
    enter_chains,
    lent_times,
    node_owners,
    node_times,
    reached_nodes,
    search,
)
from urbangeo.errors import InputError
from urbangeo.sources.network import Network

directions = st.sampled_from(["from", "to"])


def sources_at(graph: CompiledGraph, node: int) -> tuple[list[int], Entries | None]:
    """Stand at a node: at its free state, else its toll state, else at its place on a chain."""
    for states in (graph.node_state_free, graph.node_state_toll):
        if states[node] >= 0:
            return [int(states[node])], None
    return [], enter_chains(graph, [graph.node_chain[node]], [graph.node_at_ms[node]], [0])


def from_node(graph: CompiledGraph, node: int, *, limit: int = LONGEST_MS, direction: Any = "from") -> Reach:
    states, entries = sources_at(graph, node)
    if entries is not None:
        entries = enter_chains(graph, entries.chain, entries.at_ms, entries.spent_ms, direction=direction)
    return search(graph, states, [0] * len(states), limit_ms=limit, direction=direction, entries=entries)


def minutes_of(graph: CompiledGraph, reach: Reach) -> list[int]:
    return [-1 if time == NEVER else int(time) for time in node_times(graph, reach)]


def with_roads(network: Network) -> list[int]:
    return [int(node) for node in np.unique(np.concatenate([network.u, network.v]))]


# A main road of a kilometre a minute with two inner nodes, a farm track of two, a one-way street, and a toll road:
#
#     A--b--c--D==E     A–D 60 km/h (3 min), D–F 30 km/h (4 min), E→A one way 60 km/h round by g,
#           .  |        D=E toll, 60 km/h, 1 min, on which one may not leave; toll 5 min
#        g  .  F
MAP = """
AbcDE

 g.F.
"""


def little_town() -> Network:
    return town(
        MAP,
        Road("AbcD"),
        Road("DF", kmh=30),
        Road("DE", toll=True, access="ends_only"),
        Road("EgA", oneway=True),
        toll_min=5.0,
    ).network


def test_minutes_by_hand() -> None:
    network = little_town()
    graph = compile_graph(network)
    row = {name: number for number, name in enumerate(network.node_id)}
    # D and F, A and E are junctions; D and E have a free and a toll side; b, c and g lie on chains.
    inner = [str(name) for name, chain in zip(network.node_id, graph.node_chain, strict=True) if chain >= 0]
    assert inner == ["b", "c", "g"]
    assert graph.states == 6
    # From A: b 1, c 2, D 3, F 3 + 4 = 7; E 3 + 5 + 1 = 9 on the toll side; g: E 9 + 5 to leave the toll + √13 km.
    found = node_times(graph, from_node(graph, row["A"])) / 60_000
    times = dict(zip(network.node_id, found.round(3), strict=True))
    assert {name: times[name] for name in "AbcDFE"} == {"A": 0, "b": 1, "c": 2, "D": 3, "F": 7, "E": 9}
    assert times["g"] == pytest.approx(14 + 13**0.5, abs=1e-3)
    # From c, between junctions, both ways at once.
    found = node_times(graph, from_node(graph, row["c"])) / 60_000
    times = dict(zip(network.node_id, found.round(3), strict=True))
    assert {name: times[name] for name in "AbcDFE"} == {"A": 2, "b": 1, "c": 0, "D": 1, "F": 5, "E": 7}
    # Towards g only the one-way street leads: from E √13 minutes; from A 9 + 5 more.
    found = node_times(graph, from_node(graph, row["g"], direction="to")) / 60_000
    times = dict(zip(network.node_id, found.round(3), strict=True))
    assert times["E"] == pytest.approx(13**0.5, abs=1e-3)
    assert times["A"] == pytest.approx(14 + 13**0.5, abs=1e-3)


def test_the_limit_holds_between_junctions_too() -> None:
    network = little_town()
    graph = compile_graph(network)
    # Two minutes from A reach c exactly; a millisecond less does not. D is not reached, its chain is.
    rows, times, owners = reached_nodes(graph, from_node(graph, 0, limit=120_000))
    assert dict(zip(network.node_id[rows], times.tolist(), strict=True)) == {"A": 0, "b": 60_000, "c": 120_000}
    assert owners is None
    rows, _, _ = reached_nodes(graph, from_node(graph, 0, limit=119_999))
    assert sorted(network.node_id[rows]) == ["A", "b"]
    # Begun in the middle of a chain whose ends are too far: only what lies on it.
    at_b = enter_chains(graph, [graph.node_chain[1]], [graph.node_at_ms[1]], [1_000])
    reach = search(graph, limit_ms=59_999, entries=at_b)
    assert len(reach.states) == 0
    assert [part.tolist() for part in reached_nodes(graph, reach)[:2]] == [[1], [1_000]]


def test_edges_reached_make_a_small_network() -> None:
    network = little_town()
    graph = compile_graph(network)
    rows = edges_reached(graph, from_node(graph, 0, limit=120_000), network)
    small = network.take_edges(rows)
    assert sorted(zip(small.node_id[small.u], small.node_id[small.v], strict=True)) == [
        ("A", "b"),
        ("b", "A"),
        ("b", "c"),
        ("c", "b"),
    ]
    assert small.to_networkx().number_of_edges() == 4
    with pytest.raises(InputError, match="compiled from 7 nodes, the network has 2"):
        edges_reached(graph, from_node(graph, 0), network_of([(0, 0), (1, 0)], [(0, 1, 1, True, False, -1, False)]))


@settings(max_examples=150)
@given(road_networks(), directions, st.one_of(st.just(LONGEST_MS), st.integers(0, 6_000)))
def test_every_node_equals_the_search_edge_by_edge(network: Network, direction: Direction, limit: int) -> None:
    graph, plain = compile_graph(network), compile_network(network, direction)
    for source in with_roads(network):
        found = minutes_of(graph, from_node(graph, source, limit=limit, direction=direction))
        assert found == plain_node_times(network, source, limit=limit, graph=plain)


@settings(max_examples=60)
@given(road_networks(), directions)
def test_every_node_equals_scipy(network: Network, direction: Direction) -> None:
    # scipy takes an arc of no time for no arc.
    network = replace(network, toll_min=max(network.toll_min, 0.5))
    graph, plain = compile_graph(network), compile_network(network, direction)
    states = len(plain.starts) - 1
    arcs = csr_matrix((plain.costs.astype(float), plain.heads, plain.starts), shape=(states, states))
    for source in with_roads(network):
        state = plain.free_state[source] if plain.free_state[source] >= 0 else plain.toll_state[source]
        ours = minutes_of(graph, from_node(graph, source, direction=direction))
        assert ours == by_node(plain, [int(t) if np.isfinite(t) else 2**63 - 1 for t in dijkstra(arcs, indices=state)])


@settings(max_examples=100)
@given(road_networks(), directions, st.data())
def test_a_start_on_a_road_equals_a_node_put_there(network: Network, direction: Direction, data: st.DataObject) -> None:
    """Splitting the edge at the place gives the same times as entering the chain there."""
    edge = data.draw(st.integers(0, len(network.u) - 1))
    u, v, ms = int(network.u[edge]), int(network.v[edge]), round(network.time_min[edge] * 60_000)
    pair = (network.u == v) & (network.v == u)
    assume(u != v and ms > 1)
    # A piece of its own, so that it is known which edges the place lies on; and the same time both ways.
    twins = ((network.u == u) & (network.v == v)) | pair
    assume(twins.sum() <= 2 and pair.sum() <= 1 and len({int(t) for t in np.rint(network.time_min[twins] * 6e4)}) == 1)
    assume(network.shapes is None or len(set(network.shapes.line[twins].tolist())) == 1)
    assume(len(set(network.along[twins].tolist())) == 1 and len(set(network.toll[twins].tolist())) == 1)
    step = data.draw(st.integers(1, ms - 1))
    graph = compile_graph(network)
    chain, at = position(graph, u, v, step=step, ms=ms, along=bool(network.along[edge]))
    entries = enter_chains(graph, [chain], [at], [0], direction=direction)
    ours = minutes_of(graph, search(graph, limit_ms=LONGEST_MS, direction=direction, entries=entries))
    plain = compile_network(network, direction)
    kind = int(network.toll[edge])
    state = (plain.free_state, plain.toll_state)[kind]
    outward = direction == "from"
    seeds = {int(state[v]): ms - step} if outward else {int(state[u]): step}
    if pair.any():
        seeds |= {int(state[u]): step} if outward else {int(state[v]): ms - step}
    assert ours == by_node(plain, heap_times(plain.starts, plain.heads, plain.costs, seeds))


def position(graph: CompiledGraph, u: int, v: int, *, step: int, ms: int, along: bool) -> tuple[int, int]:
    """Find the chain and the place on it a step after u on the way to v."""
    ends = (graph.chain_tail, graph.chain_head)
    for node, back in ((u, False), (v, True)):
        if graph.node_chain[node] >= 0:
            chain, at = int(graph.node_chain[node]), int(graph.node_at_ms[node])
            tail = int(graph.state_node[graph.chain_tail[chain]])
            # The neighbour lies after it on the chain, or before it.
            other = v if node == u else u
            beyond = ms - step if back else step
            ahead = at + ms
            along_it = graph.node_at_ms[graph.node_chain == chain]
            if graph.node_chain[other] == chain:
                is_next = bool(graph.node_at_ms[other] == ahead)
            else:
                # On a ring the neighbour ends the chain both ways; where others lie between it is not the neighbour.
                is_next = graph.chain_fwd_ms[chain] == ahead and graph.state_node[graph.chain_head[chain]] == other
                is_next = bool(is_next and not ((along_it > at) & (along_it < ahead)).any())
                is_last = at == ms and tail == other and not ((along_it > 0) & (along_it < at)).any()
                if is_next and is_last:
                    continue
            return chain, at + beyond if is_next else at - beyond
    for chain in range(graph.chains):
        tail, head = (int(graph.state_node[end[chain]]) for end in ends)
        inside = graph.inner_starts[chain + 1] - graph.inner_starts[chain]
        if {tail, head} == {u, v} and inside == 0 and bool(graph.chain_along[chain]) == along:
            return chain, step if tail == u else ms - step
    msg = "no chain holds the edge"
    raise AssertionError(msg)


@settings(max_examples=60)
@given(road_networks(), st.data())
def test_turning_all_edges_swaps_from_and_to(network: Network, data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(with_roads(network)))
    back = compile_graph(turned(network))
    graph = compile_graph(network)
    again = compile_graph(turned(turned(network)))
    assert again.meta == graph.meta
    for one, other in (("from", "to"), ("to", "from")):
        expected = minutes_of(graph, from_node(graph, source, direction=one))
        assert minutes_of(back, from_node(back, source, direction=other)) == expected
        assert minutes_of(again, from_node(again, source, direction=one)) == expected


@settings(max_examples=60)
@given(road_networks(), st.integers(0, 2**32), st.data())
def test_the_order_of_rows_does_not_matter(network: Network, seed: int, data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(with_roads(network)))
    other, rows = shuffled(network, seed)
    graph, moved = compile_graph(network), compile_graph(other)
    expected = np.array(minutes_of(graph, from_node(graph, source)))
    found = minutes_of(moved, from_node(moved, int(np.flatnonzero(rows == source)[0])))
    assert found == expected[rows].tolist()


@settings(max_examples=60)
@given(road_networks(), directions, st.data())
def test_two_centres_are_the_least_of_both_and_the_owner_has_it(
    network: Network, direction: Direction, data: st.DataObject
) -> None:
    """A multi-source search is the union of single ones; of equal times the smaller owner has the node."""
    graph = compile_graph(network)
    centres = data.draw(st.lists(st.sampled_from(with_roads(network)), min_size=1, max_size=4))
    owners = data.draw(st.lists(st.integers(0, 3), min_size=len(centres), max_size=len(centres)))
    limit = data.draw(st.sampled_from([LONGEST_MS, 2_500]))
    singles = np.array(
        [node_times(graph, from_node(graph, node, limit=limit, direction=direction)) for node in centres]
    )
    states: list[int] = []
    whose: list[int] = []
    chain: list[int] = []
    at: list[float] = []
    on_chain: list[int] = []
    for node, owner in zip(centres, owners, strict=True):
        here, entry = sources_at(graph, node)
        states += here
        whose += [owner] * len(here)
        if entry is not None:
            chain += entry.chain.tolist()
            at += entry.at_ms.tolist()
            on_chain.append(owner)
    entries = enter_chains(graph, chain, at, [0] * len(chain), direction=direction, owner=on_chain) if chain else None
    together = search(
        graph, states, [0] * len(states), limit_ms=limit, direction=direction, owners=whose, entries=entries
    )
    assert node_times(graph, together).tolist() == singles.min(axis=0).tolist()
    expected = [
        min((owner for owner, time in zip(owners, column, strict=True) if time == min(column)), default=-1)
        if min(column) < NEVER
        else -1
        for column in singles.T.tolist()
    ]
    assert node_owners(graph, together).tolist() == expected


@settings(max_examples=60)
@given(road_networks(), road_networks(), st.data())
def test_another_road_never_makes_a_way_longer(network: Network, more: Network, data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(with_roads(network)))
    count = len(network.node_id)
    rows = np.flatnonzero((more.u < count) & (more.v < count) & ~more.toll)
    assume(len(rows) > 0 and not network.toll.any())
    names = ("u", "v", "length_m", "speed_kmh", "time_min", "along", "toll")
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(network, name), getattr(more, name)[rows]]) for name in names
    }
    road_class = network.road_class.take(np.zeros(len(network.u) + len(rows), dtype=int))
    both = replace(network, **joined, shapes=None, road_class=road_class)
    graph, richer = compile_graph(replace(network, shapes=None)), compile_graph(both)
    before = node_times(graph, from_node(graph, source))
    after = node_times(richer, from_node(richer, source))
    assert (after <= before).all()


@settings(max_examples=40)
@given(road_networks(), st.integers(0, 6_000), st.data())
def test_half_the_speed_reaches_as_far_in_twice_the_time(network: Network, limit: int, data: st.DataObject) -> None:
    """Exactly so where times are whole milliseconds; else each edge may round by half a millisecond both times."""
    source = data.draw(st.sampled_from(with_roads(network)))
    slower = replace(network, time_min=network.time_min * 2, toll_min=network.toll_min * 2)
    graph, slow = compile_graph(network), compile_graph(slower)
    once = np.array(minutes_of(graph, from_node(graph, source, limit=limit)))
    twice = np.array(minutes_of(slow, from_node(slow, source, limit=2 * limit)))
    assert twice.tolist() == np.where(once < 0, -1, 2 * once).tolist()
    odd = replace(network, time_min=network.time_min + data.draw(st.floats(0, 1e-5)))
    graph = compile_graph(odd)
    slow = compile_graph(replace(odd, time_min=odd.time_min * 2, toll_min=odd.toll_min * 2))
    once, twice = (node_times(each, from_node(each, source)).astype(np.int64) for each in (graph, slow))
    assert ((once == NEVER) == (twice == NEVER)).all()
    there = once < NEVER
    assert (abs(twice[there] - 2 * once[there]) <= 1.5 * len(network.u)).all()


@pytest.mark.parametrize("owners", [[8, 5], [5, 8]])
def test_of_two_owners_as_near_the_smaller_has_the_node(owners: list[int]) -> None:
    # Half-way between two junctions; and at a node whose free and toll side are both centres.
    spots = [(100.0, 30.0), (100.01, 30.0), (100.02, 30.0)]
    pairs = [(0, 1), (1, 0), (1, 2), (2, 1)]
    edges: list[Edge] = [(u, v, 9, True, False, -1, False) for u, v in pairs]
    graph = compile_graph(network_of(spots, edges))
    reach = search(graph, graph.node_state_free[[0, 2]], [0, 0], limit_ms=99, owners=owners)
    assert node_owners(graph, reach).tolist() == [owners[0], 5, owners[1]]
    edges = [(u, v, 9, False, u + v == 3, -1, False) for u, v in pairs]
    graph = compile_graph(network_of(spots, edges, toll_ms=50))
    sides = [int(graph.node_state_free[1]), int(graph.node_state_toll[1])]
    reach = search(graph, sides, [0, 0], limit_ms=99, owners=owners)
    assert node_owners(graph, reach).tolist() == [owners[0], 5, owners[1]]


def corridor(length: int) -> Network:
    """Street of crossings one minute apart, each with a dead end half a minute long."""
    street = [(100 + number / 100, 30.0) for number in range(length)]
    ends = [(100 + number / 100, 30.005) for number in range(length)]
    edges = []
    for number in range(length):
        pairs = [(number, length + number, 30_000)] + [(number, number + 1, 60_000)] * (number + 1 < length)
        for u, v, ms in pairs:
            edges += [(u, v, ms, True, False, -1, False), (v, u, ms, True, False, -1, True)]
    return network_of(street + ends, edges)


def test_work_grows_with_what_is_reached_and_not_with_the_network() -> None:
    settled = []
    for length in (50, 100, 4_000):
        graph = compile_graph(corridor(length))
        reach = from_node(graph, 20, limit=600_000)
        # Ten crossings either way and their dead ends, but for the last two, that are half a minute too far.
        assert len(reach.states) == 21 + 19
        settled.append(reach.settled)
    assert settled == [40, 40, 40]


@settings(max_examples=40)
@given(road_networks(), st.data())
def test_nothing_is_left_of_a_search(network: Network, data: st.DataObject) -> None:
    """One workspace serves one search after the other: the same question has the same answer whatever came between."""
    graph = compile_graph(network)
    nodes = with_roads(network)
    first = data.draw(st.sampled_from(nodes))
    fresh = minutes_of(compile_graph(network), from_node(compile_graph(network), first))
    for between in data.draw(st.lists(st.sampled_from(nodes), max_size=4)):
        node_times(graph, from_node(graph, between, limit=data.draw(st.integers(0, 9_000))))
        search(graph, [0], [0], limit_ms=1_000, owners=[3])
    assert minutes_of(graph, from_node(graph, first)) == fresh
    reach = from_node(graph, first)
    with lent_times(graph, reach) as times:
        # A second search inside the block has another workspace.
        from_node(graph, nodes[0])
        assert times.tolist() == reach.spread_over(graph.states).tolist()
        assert not times.flags.writeable


def test_threads_do_not_disturb_each_other() -> None:
    graph = compile_graph(corridor(3_000))
    nodes = list(range(0, 3_000, 60))

    def ask(node: int) -> NDArray[np.int32]:
        return node_times(graph, from_node(graph, node, limit=20_000_000))

    one_by_one = [ask(node) for node in nodes]
    with ThreadPoolExecutor(4) as pool:
        for expected, found in zip(one_by_one, pool.map(ask, nodes), strict=True):
            assert (expected == found).all()


def test_a_search_states_what_it_cannot_do() -> None:
    graph = compile_graph(little_town())
    cases: list[tuple[str, dict[str, Any]]] = [
        ("limit_ms=-1", {"limit_ms": -1}),
        ("24 days", {"limit_ms": 2**31}),
        ("'out' is not known", {"limit_ms": 1, "direction": "out"}),
        (r"states do not exist: 6; the graph has states 0 to 5", {"limit_ms": 1, "states": [6], "costs_ms": [0]}),
        ("2 sources, 1 times", {"limit_ms": 1, "states": [0, 1], "costs_ms": [0]}),
        ("1 sources, 1 times, 2 owners", {"limit_ms": 1, "states": [0], "costs_ms": [0], "owners": [1, 2]}),
        ("whole numbers", {"limit_ms": 1, "states": [0], "costs_ms": [-5]}),
        ("whole numbers", {"limit_ms": 1, "states": [0], "costs_ms": [0.5]}),
        ("whole numbers", {"limit_ms": 1, "states": [0], "costs_ms": [2**40]}),
    ]
    for message, options in cases:
        with pytest.raises(InputError, match=message):
            search(graph, **options)
    mixed = enter_chains(graph, [0], [0.0], [0])
    with pytest.raises(InputError, match="all sources have owners or none"):
        search(graph, [0], [0], limit_ms=1, owners=[1], entries=mixed)
    with pytest.raises(InputError, match="had no owners"):
        node_owners(graph, search(graph, [0], [0], limit_ms=1))
    with pytest.raises(InputError, match="chains do not exist"):
        enter_chains(graph, [99], [0.0], [0])
    for place in (-1.0, 1e9, float("nan")):
        with pytest.raises(InputError, match="on chain 0: expected from 0 to"):
            enter_chains(graph, [0], [place], [0])


def test_routes_near_the_longest_time_do_not_overflow() -> None:
    """Three edges of twelve days each: two fit into 32 bits, three do not and are not reached, whatever the limit."""
    day = 86_400_000
    spots = [(100.0 + number, 30.0) for number in range(4)]
    # Dead ends keep the crossings junctions.
    sides = [(100.0 + number, 31.0) for number in range(4)]
    edges = [(number, number + 1, 12 * day, True, False, -1, False) for number in range(3)]
    edges += [(number, number + 4, 1, True, False, -1, False) for number in range(4)]
    graph = compile_graph(network_of(spots + sides, edges))
    found = minutes_of(graph, from_node(graph, 0))
    assert found[:4] == [0, 12 * day, 24 * day, -1]
    assert minutes_of(graph, from_node(graph, 0, limit=24 * day - 1))[:4] == [0, 12 * day, -1, -1]


def test_an_asymmetric_road_costs_what_each_direction_says() -> None:
    # Uphill 40 s, downhill 20 s; the place a quarter up.
    graph = compile_graph(
        network_of(
            [(100, 30), (100.01, 30)], [(0, 1, 40_000, True, False, -1, False), (1, 0, 20_000, True, False, -1, True)]
        )
    )
    tail = int(graph.state_node[graph.chain_tail[0]])
    share = 0.25 if tail == 0 else 0.75
    at = share * float(graph.chain_fwd_ms[0])
    outward = search(graph, limit_ms=10**6, entries=enter_chains(graph, [0], [at], [100]))
    assert minutes_of(graph, outward) == [5_100, 30_100]
    homeward = search(
        graph, limit_ms=10**6, direction="to", entries=enter_chains(graph, [0], [at], [100], direction="to")
    )
    assert minutes_of(graph, homeward) == [10_100, 15_100]
