"""The compiled graph: what becomes a junction, where everything lies, and the folder it is kept in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from old_routing import compile_network
from road_graphs import Edge, network_of, road_networks, shuffled

from urbangeo import read_network
from urbangeo.areas.graph import folder as graph_folder
from urbangeo.areas.graph.compiled import CompiledGraph, compile_graph, fingerprint
from urbangeo.areas.graph.folder import open_graph, prepare_graph, save_graph
from urbangeo.areas.graph.hilbert import hilbert_keys, hilbert_order
from urbangeo.areas.graph.kernel import LONGEST_MS
from urbangeo.areas.graph.search import node_times, search
from urbangeo.errors import DataIntegrityError, InputError, OutputError, SchemaError
from urbangeo.sources.network import Network
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import Shapes

ARRAYS = [field.name for field in fields(CompiledGraph) if field.name != "meta"]

Spots = list[tuple[float, float]]

STREET: Spots = [(100 + number / 100, 30.0) for number in range(6)]


def ways(
    *nodes: int, ms: int = 10, back: int | None = None, along: bool = True, toll: bool = False, oneway: bool = False
) -> list[Edge]:
    """Straight road through nodes, each piece `ms` one way and `back` the other."""
    edges: list[Edge] = []
    for u, v in pairwise(nodes):
        edges.append((u, v, ms, along, toll, -1, False))
        if not oneway:
            edges.append((v, u, ms if back is None else back, along, toll, -1, False))
    return edges


def inner(edges: list[Edge], *, spots: Spots = STREET, kinds: list[str] | None = None, toll_ms: int = 0) -> list[int]:
    """Nodes that lie between the ends of a chain."""
    graph = compile_graph(network_of(spots, edges, kinds=kinds, toll_ms=toll_ms))
    return np.flatnonzero(graph.node_chain >= 0).tolist()


def test_a_street_is_one_chain_and_sums_its_edges() -> None:
    graph = compile_graph(network_of(STREET, ways(0, 1, 2, ms=7) + ways(2, 3, 4, 5, ms=20)))
    assert (graph.states, graph.chains) == (2, 1)
    assert graph.chain_fwd_ms.tolist() == graph.chain_bwd_ms.tolist() == [74]
    first = int(graph.state_node[graph.chain_tail[0]])
    at = [0, 7, 14, 34, 54, 0] if first == 0 else [0, 67, 60, 40, 20, 0]
    assert graph.node_at_ms.tolist() == at
    assert graph.node_chain.tolist() == [-1, 0, 0, 0, 0, -1]
    assert graph.inner_nodes.tolist() == ([1, 2, 3, 4] if first == 0 else [4, 3, 2, 1])
    assert graph.heads.tolist() == [1, 0]
    assert graph.exits.all()


@pytest.mark.parametrize(
    ("what", "edges", "expected"),
    [
        ("a dead end is a junction", ways(0, 1, 2), [1]),
        ("a crossing is one", ways(0, 1, 2) + ways(1, 3), []),
        ("one way on and on", ways(0, 1, 2, 3, oneway=True), [1, 2]),
        ("one way meets two ways", ways(0, 1, oneway=True) + ways(1, 2), []),
        ("two one-ways that meet head on", ways(0, 1, oneway=True) + ways(2, 1, oneway=True), []),
        ("two one-ways that part", ways(1, 0, oneway=True) + ways(1, 2, oneway=True), []),
        ("equal times go on, whatever the speed", ways(0, 1, ms=5) + ways(1, 2, ms=9), [1]),
        ("another time back breaks", ways(0, 1, ms=5, back=6) + ways(1, 2, ms=5), []),
        ("and so it does where both have it", ways(0, 1, 2, ms=5, back=6), []),
        ("access changes", ways(0, 1, 2) + ways(2, 3, 4, along=False), [1, 3]),
        ("and the other way round", ways(0, 1, 2, along=False) + ways(2, 3, 4), [1, 3]),
        ("toll changes", ways(0, 1, 2, along=False) + ways(2, 3, 4, along=False, toll=True), [1, 3]),
        ("a toll road one may leave has a free side", ways(0, 1, 2, toll=True), []),
        ("twins on the same ground are one road", ways(0, 1, 2) + ways(1, 2, ms=4), [1]),
        ("a loop in a node", ways(0, 1, 2) + ways(1, 1), []),
    ],
)
def test_where_a_chain_ends(what: str, edges: list[Edge], expected: list[int]) -> None:
    assert inner(edges) == expected, what


def test_exits_of_closed_roads_are_junctions() -> None:
    kinds = ["junction", "interchange", "junction", "junction", "junction", "junction"]
    assert inner(ways(0, 1, 2, 3, along=False), kinds=kinds) == [2]
    assert inner(ways(0, 1, 2, 3), kinds=kinds) == [1, 2]
    graph = compile_graph(network_of(STREET, ways(0, 1, 2, 3, along=False), kinds=kinds))
    assert graph.state_node[graph.exits].tolist() == [1]
    # On a toll road the exit has a side of its own, and the toll lies between.
    graph = compile_graph(network_of(STREET, ways(0, 1, 2, 3, along=False, toll=True), kinds=kinds, toll_ms=9))
    assert graph.states == 4
    assert graph.state_node[graph.exits].tolist() == [1]
    gate = int(graph.node_state_free[1])
    assert graph.heads[graph.starts[gate] : graph.starts[gate + 1]].tolist() == [graph.node_state_toll[1]]
    assert graph.costs[graph.starts[gate]] == 9


def test_the_best_of_twins_counts_in_each_direction() -> None:
    edges = ways(0, 1, ms=10, back=30) + ways(0, 1, ms=20, back=15)
    graph = compile_graph(network_of(STREET[:2], edges))
    assert graph.chains == 1
    times = {int(graph.state_node[graph.chain_tail[0]]): (graph.chain_fwd_ms[0], graph.chain_bwd_ms[0])}
    assert times in ({0: (10, 15)}, {1: (15, 10)})
    # A closed road beside an open one stays, for one may be left and not the other; the search knows the quicker.
    graph = compile_graph(network_of(STREET[:2], ways(0, 1, ms=10) + ways(0, 1, ms=4, along=False)))
    assert sorted(zip(graph.chain_along.tolist(), graph.chain_fwd_ms.tolist(), strict=True)) == [(False, 4), (True, 10)]
    assert graph.costs.tolist() == [4, 4]


def test_roads_with_other_bends_stay_apart_and_both_directions_of_one_together() -> None:
    # Dead ends keep both ends junctions.
    spots: Spots = [(100.0, 30.0), (100.01, 30.0), (99.99, 30.0), (100.02, 30.0)]
    upper, lower = [spots[0], (100.005, 30.002), spots[1]], [spots[0], (100.005, 29.998), spots[1]]
    edges: list[Edge] = [
        (0, 1, 10, True, False, 0, False),
        (1, 0, 10, True, False, 0, True),
        (0, 1, 30, True, False, 1, False),
        # The way back of the lower road has a line of its own, drawn the other way.
        (1, 0, 30, True, False, 2, False),
        *ways(0, 2, ms=1),
        *ways(1, 3, ms=1),
    ]
    graph = compile_graph(network_of(spots, edges, lines=[upper, lower, lower[::-1]]))
    assert sorted(graph.chain_fwd_ms.tolist()) == sorted(graph.chain_bwd_ms.tolist()) == [1, 1, 10, 30]
    assert sorted(graph.costs.tolist()) == [1, 1, 1, 1, 10, 10]
    # Half-way round each bend half of the time is gone.
    bends = {
        int(graph.chain_fwd_ms[chain]): (int(lat), int(time))
        for chain, lat, time, whole in zip(
            graph.seg_chain, graph.seg_lat1, graph.seg_to_ms, graph.chain_fwd_ms[graph.seg_chain], strict=True
        )
        if time < whole
    }
    assert bends == {10: (300_020_000, 5), 30: (299_980_000, 15)}


def test_a_loop_from_a_crossing_back_to_it_has_its_directions() -> None:
    spots: Spots = [(100.0, 30.0), (100.01, 30.0)]
    drop = [spots[0], (100.002, 30.002), (99.998, 30.002), spots[0]]
    there, back = (0, 0, 40, True, False, 0, False), (0, 0, 60, True, False, 0, True)
    for edges, times in (
        ([there], (40, -1)),
        ([back], (60, -1)),
        ([there, back], (40, 60)),
        ([back, there], (40, 60)),
    ):
        graph = compile_graph(network_of(spots, [*edges, *ways(0, 1)], lines=[drop]))
        loop = int(np.flatnonzero(graph.chain_tail == graph.chain_head)[0])
        found = (int(graph.chain_fwd_ms[loop]), int(graph.chain_bwd_ms[loop]))
        # Which way round a loop open both ways is called forward is told by its line, not by its times.
        assert found in (times, times[::-1] if times[1] >= 0 else times)
        first = int(np.flatnonzero(graph.seg_chain == loop)[0])
        is_east = graph.seg_lon1[first] > graph.seg_lon0[first]
        assert is_east == (found[0] == 40)
    # A loop without a line has no length to lie on: both ways are alike.
    graph = compile_graph(network_of(spots, [(0, 0, 40, True, False, -1, False), *ways(0, 1)]))
    loop = int(np.flatnonzero(graph.chain_tail == graph.chain_head)[0])
    assert (graph.chain_fwd_ms[loop], graph.chain_bwd_ms[loop]) == (40, 40)


@pytest.mark.parametrize("oneway", [False, True])
def test_a_ring_without_a_junction_gets_one_by_position(oneway: bool) -> None:  # noqa: FBT001
    spots: Spots = [(100.0, 30.0), (100.01, 30.0), (100.01, 30.01), (100.0, 30.01)]
    chosen = []
    for shift in range(4):
        names = [(number + shift) % 4 for number in range(4)]
        places = [spots[name] for name in names]
        ring = [names.index(name) for name in (0, 1, 2, 3, 0)]
        graph = compile_graph(network_of(places, ways(*ring, oneway=oneway), ids=names))
        assert (graph.states, graph.chains) == (1, 1)
        assert graph.chain_fwd_ms.tolist() == [40]
        assert graph.chain_bwd_ms.tolist() == [-1 if oneway else 40]
        chosen.append(places[int(graph.state_node[0])])
        # From the far corner: there and round, the shorter way where both are open.
        found = sorted(node_times(graph, search(graph, [0], [0], limit_ms=LONGEST_MS)).tolist())
        assert found == ([0, 10, 20, 30] if oneway else [0, 10, 10, 20])
    assert len(set(chosen)) == 1


def test_nodes_at_one_place_are_told_apart_by_name() -> None:
    order = hilbert_order(np.array([1.0, 1.0, 0.0]), np.array([2.0, 2.0, 0.0]), np.array(["b", "a", "c"]))
    turned = hilbert_order(np.array([0.0, 1.0, 1.0]), np.array([0.0, 2.0, 2.0]), np.array(["c", "a", "b"]))
    assert ["bac"[row] for row in order] == ["cab"[row] for row in turned]
    assert "".join("bac"[row] for row in order).replace("c", "") == "ab"


def test_the_curve_visits_every_field_once_and_goes_on_to_a_neighbour() -> None:
    side = 16
    x, y = (part.ravel() for part in np.meshgrid(np.arange(side), np.arange(side)))
    lon, lat = (x + 0.5) / side * 360 - 180, (y + 0.5) / side * 180 - 90
    keys = hilbert_keys(lon, lat)
    assert len(set(keys.tolist())) == side * side
    order = np.argsort(keys)
    steps = abs(np.diff(x[order])) + abs(np.diff(y[order]))
    assert steps.tolist() == [1] * (side * side - 1)
    assert hilbert_keys(np.array([-180.0, 180.0]), np.array([-90.0, 90.0])).min() >= 0


@settings(max_examples=150)
@given(road_networks())
def test_every_road_lies_where_its_nodes_and_bends_do(network: Network) -> None:
    """Segments of a chain join each other, its ends and its inner nodes, in place and in time."""
    graph = compile_graph(network)
    place = np.rint(np.stack([network.lon, network.lat], axis=1) * 1e7).astype(int).tolist()
    assert graph.seg_chain.tolist() == sorted(graph.seg_chain.tolist())
    assert set(graph.seg_chain.tolist()) == set(range(graph.chains))
    for chain in range(graph.chains):
        parts = np.flatnonzero(graph.seg_chain == chain)
        begins = list(zip(graph.seg_lon0[parts].tolist(), graph.seg_lat0[parts].tolist(), strict=True))
        ends = list(zip(graph.seg_lon1[parts].tolist(), graph.seg_lat1[parts].tolist(), strict=True))
        since, until = graph.seg_from_ms[parts].tolist(), graph.seg_to_ms[parts].tolist()
        assert begins[1:] == ends[:-1]
        assert since == [0, *until[:-1]]
        assert until[-1] == graph.chain_fwd_ms[chain]
        assert until == sorted(until)
        tail, head = (int(graph.state_node[each[chain]]) for each in (graph.chain_tail, graph.chain_head))
        assert list(begins[0]) == place[tail]
        assert list(ends[-1]) == place[head]
        inside = slice(graph.inner_starts[chain], graph.inner_starts[chain + 1])
        for node, at in zip(graph.inner_nodes[inside].tolist(), graph.inner_at_ms[inside].tolist(), strict=True):
            assert (graph.node_chain[node], graph.node_at_ms[node]) == (chain, at)
            assert (at, place[node]) in [(time, list(end)) for time, end in zip(until, ends, strict=True)]
        if inside.start < inside.stop:
            assert graph.chain_bwd_ms[chain] in (-1, graph.chain_fwd_ms[chain])
        kind = {bool(graph.exits[state]) for state in (graph.chain_tail[chain], graph.chain_head[chain])}
        assert not graph.chain_along[chain] or True in kind or tail == head or network.toll.any()
    # Every node is a junction with a state, or on a chain, or has no road.
    on_road = np.zeros(len(network.node_id), dtype=bool)
    on_road[network.u] = on_road[network.v] = True
    has_state = (graph.node_state_free >= 0) | (graph.node_state_toll >= 0)
    assert (has_state[on_road] != (graph.node_chain[on_road] >= 0)).all()
    assert sorted(graph.inner_nodes.tolist()) == np.flatnonzero(graph.node_chain >= 0).tolist()
    assert (graph.chain_tail[1:] >= graph.chain_tail[:-1]).all()
    both = graph.chain_bwd_ms >= 0
    assert (graph.chain_tail[both] <= graph.chain_head[both]).all()


@settings(max_examples=100)
@given(road_networks(), st.integers(0, 2**32))
def test_the_order_of_rows_changes_nothing_but_the_rows(network: Network, seed: int) -> None:
    other, rows = shuffled(network, seed)
    graph, moved = compile_graph(network), compile_graph(other)
    for name in ARRAYS:
        expected, found = getattr(graph, name), getattr(moved, name)
        if name in ("state_node", "inner_nodes"):
            found = rows[found]
        elif name.startswith("node_"):
            expected = expected[rows]
        assert found.tolist() == expected.tolist(), name


@settings(max_examples=100)
@given(road_networks())
def test_exits_and_usable_roads_are_those_of_the_whole_network(network: Network) -> None:
    graph, plain = compile_graph(network), compile_network(network)
    ends = list(zip(graph.chain_tail.tolist(), graph.chain_head.tolist(), strict=True))
    along = np.flatnonzero(network.along)
    for number, edge in enumerate(along.tolist()):
        u, v = int(network.u[edge]), int(network.v[edge])
        chains = [int(graph.node_chain[node]) for node in (u, v) if graph.node_chain[node] >= 0]
        if not chains:
            states = graph.node_state_toll if network.toll[edge] else graph.node_state_free
            pair = (int(states[u]), int(states[v]))
            chains = [chain for chain, end in enumerate(ends) if end in (pair, pair[::-1])]
        assert {bool(graph.chain_usable[chain]) for chain in chains} == {bool(plain.usable[number])}
    # A chain is of one kind from end to end.
    for end in (network.u, network.v):
        inside = graph.node_chain[end] >= 0
        chain = graph.node_chain[end][inside]
        assert graph.chain_along[chain].tolist() == network.along[inside].tolist()
        for states in (graph.chain_tail[chain], graph.chain_head[chain]):
            is_toll = graph.node_state_toll[graph.state_node[states]] == states
            assert is_toll.tolist() == network.toll[inside].tolist()
    junction = graph.node_state_free >= 0
    assert graph.exits[graph.node_state_free[junction]].tolist() == plain.exits[junction].tolist()
    # What is no junction and may be left lies on a road that may be left.
    between = np.flatnonzero(graph.node_chain >= 0)
    assert graph.chain_along[graph.node_chain[between]].tolist() == plain.exits[between].tolist()


@pytest.mark.parametrize(("length", "usable"), [(20, True), (21, False)])
def test_an_island_is_small_beside_all_nodes_of_the_mainland(length: int, usable: bool) -> None:  # noqa: FBT001
    """Two nodes are a tenth of twenty, though the mainland too has but two junctions; all its inner nodes count."""
    spots: Spots = [(100 + number / 100, 30.0) for number in range(length)] + [(100.0, 31.0), (100.01, 31.0)]
    graph = compile_graph(network_of(spots, ways(*range(length)) + ways(length, length + 1)))
    islands = graph.chain_fwd_ms == 10
    assert islands.sum() == 1
    assert graph.chain_usable[~islands].all()
    assert graph.chain_usable[islands].tolist() == [usable]


def test_the_skeleton() -> None:
    network = read_network()
    graph = compile_graph(network)
    assert graph.nodes == len(network.node_id)
    assert graph.meta["kind"] == "skeleton"
    assert graph.meta["is_skeleton"] is True
    assert graph.chain_usable[graph.seg_chain].mean() > 0.99
    assert json.loads(json.dumps(graph.meta)) == graph.meta


def test_arrays_are_not_to_be_written_to() -> None:
    graph = compile_graph(network_of(STREET, ways(0, 1, 2)))
    for name in ARRAYS:
        assert not getattr(graph, name).flags.writeable, name


def changes() -> dict[str, Callable[[Network], Network]]:
    return {
        "a coordinate": lambda n: replace(n, lon=n.lon + 1e-9),
        "a time": lambda n: replace(n, time_min=n.time_min * 1.0001),
        "the toll": lambda n: replace(n, toll_min=1.0),
        "access": lambda n: replace(n, along=~n.along),
        "a toll road": lambda n: replace(n, toll=~n.toll),
        "a name": lambda n: replace(n, node_id=n.node_id + 1),
        "an end": lambda n: replace(n, u=n.v, v=n.u),
        "an exit": lambda n: replace(n, node_columns={"kind": Coded.constant("seat", 6)}, along=n.along),
        "the kind": lambda n: replace(n, kind="osm"),
        "bends": lambda n: replace(
            n,
            shapes=Shapes(
                np.array([0, 2]),
                np.zeros((2, 2), dtype=np.int32),
                np.full(len(n.u), -1, dtype=np.int32),
                np.zeros(len(n.u), dtype=bool),
            ),
        ),
    }


@pytest.mark.parametrize("what", changes())
def test_the_fingerprint_changes_with_all_that_matters(what: str) -> None:
    network = network_of(STREET, ways(0, 1, 2, along=False) + ways(2, 3))
    assert fingerprint(network) == fingerprint(network_of(STREET, ways(0, 1, 2, along=False) + ways(2, 3)))
    assert fingerprint(changes()[what](network)) != fingerprint(network)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"u": np.empty(0, dtype=np.int32)}, InputError, "no edges"),
        ({"time_min": np.array([1.0, np.nan, 1.0, 1.0])}, SchemaError, "no positive time_min"),
        ({"time_min": np.array([1.0, 0.0, 1.0, -1.0])}, SchemaError, "2 edges have no positive time_min"),
        ({"time_min": np.array([1.0, 36_000.0, 1.0, 1.0])}, InputError, r"24 days\): row 1: 36000"),
        ({"time_min": np.full(4, 30_000.0)}, InputError, "The road between the nodes .* takes 3,600,000,000 ms"),
        ({"toll_min": float("nan")}, SchemaError, "toll_min is nan"),
        ({"toll_min": float("inf")}, SchemaError, "toll_min is inf"),
        ({"toll_min": -1.0}, SchemaError, "toll_min is -1.0"),
        (
            {"impedance": "cost", "edge_columns": {"cost": np.array([1.0, 0, 1, 1])}},
            SchemaError,
            "impedance 'cost' is no column of positive",
        ),
        ({"lat": np.array([30.0, np.nan, 30, 30, 30, 30])}, SchemaError, "no finite coordinates"),
    ],
)
def test_what_cannot_be_compiled_is_refused(change: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        compile_graph(replace(network_of(STREET, ways(0, 1, 2)), **change))


@pytest.mark.parametrize(
    "fault",
    [
        {"line": np.array([0, 1, -1, -1], dtype=np.int32)},
        {"line": np.array([0, -2, -1, -1], dtype=np.int32)},
        {"line": np.array([0], dtype=np.int32)},
        {"offsets": np.array([0, 4])},
        {"offsets": np.array([0, 1])},
        {"offsets": np.array([2, 0])},
        {"offsets": np.array([-1, 3])},
    ],
)
def test_shapes_that_point_nowhere_are_refused(fault: dict[str, Any]) -> None:
    line, backwards = np.array([0, 0, -1, -1], dtype=np.int32), np.zeros(4, dtype=bool)
    shapes = Shapes(np.array([0, 3]), np.zeros((3, 2), dtype=np.int32), line, backwards)
    network = network_of(STREET, ways(0, 1, 2))
    compile_graph(replace(network, shapes=shapes))
    with pytest.raises(SchemaError, match="shapes of this network"):
        compile_graph(replace(network, shapes=replace(shapes, **fault)))


# ---- the folder


@pytest.fixture
def network() -> Network:
    return network_of(STREET, ways(0, 1, 2) + ways(2, 3, along=False) + ways(2, 4, 5, oneway=True), toll_ms=3)


def array_file(folder: Path, name: str) -> Path:
    return next(folder.glob(f"*.{name}.npy"))


def change_header(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    place = folder / "graph.json"
    header = json.loads(place.read_text(encoding="utf-8"))
    change(header)
    place.write_text(json.dumps(header), encoding="utf-8")


def test_a_saved_graph_opens_as_it_was(network: Network, tmp_path: Path) -> None:
    graph = compile_graph(network)
    folder = save_graph(graph, tmp_path / "new" / "graph")
    opened = open_graph(folder, network=network, verify=True)
    for name in ARRAYS:
        found = getattr(opened, name)
        assert found.tolist() == getattr(graph, name).tolist(), name
        assert found.dtype == getattr(graph, name).dtype
        assert not found.flags.writeable
        assert not found.flags.owndata
    assert opened.meta == graph.meta
    one, other = (search(each, [0], [0], limit_ms=99) for each in (graph, opened))
    assert node_times(graph, one).tolist() == node_times(opened, other).tolist()
    assert sorted(path.name.split(".")[1] for path in folder.iterdir()) == sorted([*ARRAYS, "json"])


def test_arrays_that_begin_in_another_way_open_too(network: Network, tmp_path: Path) -> None:
    """Another numpy may write another header; a newer version of the file format stands for it here."""
    graph = compile_graph(network)
    save_graph(graph, tmp_path)
    place = array_file(tmp_path, "costs")
    with place.open("wb") as stream:
        np.lib.format.write_array(stream, graph.costs, version=(2, 0))
    opened = open_graph(tmp_path, verify=True)
    assert opened.costs.tolist() == graph.costs.tolist()
    assert type(opened.costs) is np.ndarray
    assert not opened.costs.flags.writeable


def test_saving_again_replaces_the_graph_and_nothing_else(network: Network, tmp_path: Path) -> None:
    save_graph(compile_graph(network), tmp_path)
    (tmp_path / "mine.npy").write_bytes(b"mine")
    (tmp_path / "0123456789abcdef.mine.npy").write_bytes(b"mine too")
    kept = open_graph(tmp_path)
    before = kept.costs.tolist()
    slower = replace(network, time_min=network.time_min * 2)
    save_graph(compile_graph(slower), tmp_path)
    assert len(list(tmp_path.iterdir())) == len(ARRAYS) + 3
    assert open_graph(tmp_path, network=slower, verify=True).costs.tolist() == [
        cost * 2 if cost != 3 else 3 for cost in before
    ]
    # Whoever had the old one open goes on with it.
    assert kept.costs.tolist() == before


def test_a_graph_that_cannot_be_written_leaves_the_old_one(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_graph(compile_graph(network), tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    written: list[Any] = []

    def fail(place: Any, values: Any) -> None:
        written.append(place)
        if len(written) == 5:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.save", fail)
    with pytest.raises(OutputError, match="No space left"):
        save_graph(compile_graph(replace(network, time_min=network.time_min * 2)), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    open_graph(tmp_path, network=network, verify=True)


def test_prepare_makes_what_is_missing_old_or_damaged(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "graph"
    made: list[Network] = []

    def counted(one: Network) -> CompiledGraph:
        made.append(one)
        return compile_graph(one)

    monkeypatch.setattr(graph_folder, "compile_graph", counted)
    first = prepare_graph(network, folder)
    assert prepare_graph(network, folder).meta == first.meta
    assert len(made) == 1
    other = replace(network, time_min=network.time_min * 2)
    with pytest.raises(InputError, match="compiled from another network"):
        open_graph(folder, network=other)
    assert prepare_graph(other, folder).meta["fingerprint"] == fingerprint(other)
    array_file(folder, "heads").write_bytes(b"")
    prepare_graph(other, folder)
    change_header(folder, lambda header: header["meta"].update(version=0))
    prepare_graph(other, folder)
    array_file(folder, "costs").unlink()
    prepare_graph(other, folder)
    assert len(made) == 5


def test_where_there_is_no_graph(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InputError, match="There is no compiled graph"):
            open_graph(place)


def spoil(name: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        place = array_file(folder, name)
        values = np.load(place)
        np.save(place, change(values))

    return act


def put(values: Any, row: int, number: int) -> Any:
    values[row] = number
    return values


@pytest.mark.parametrize(
    ("message", "act"),
    [
        ("range of heads", spoil("heads", lambda v: put(v, 0, 1_000_000))),
        ("range of r_heads", spoil("r_heads", lambda v: put(v, 0, -1))),
        ("range of costs", spoil("costs", lambda v: put(v, 0, -1))),
        ("range of chain_bwd_ms", spoil("chain_bwd_ms", lambda v: put(v, 0, -2))),
        ("range of node_chain", spoil("node_chain", lambda v: put(v, 0, 99))),
        ("range of inner_nodes", spoil("inner_nodes", lambda v: put(v, 0, 99))),
        ("range of head_chains", spoil("head_chains", lambda v: put(v, 0, 99))),
        ("range of state_node", spoil("state_node", lambda v: put(v, 0, -1))),
        ("range of seg_chain", spoil("seg_chain", lambda v: put(v, 0, 99))),
        ("rows of starts", spoil("starts", lambda v: put(v, 1, 99))),
        ("rows of tail_starts", spoil("tail_starts", lambda v: put(v, -1, 0))),
        ("rows of inner_starts", spoil("inner_starts", lambda v: put(v, 0, 1))),
        ("does not hold", spoil("costs", lambda v: v[:-1])),
        ("does not hold", spoil("costs", lambda v: v.astype(np.int64))),
        ("does not hold", spoil("costs", lambda v: v.astype(">i4"))),
        ("does not hold", spoil("costs", lambda v: v[None, :])),
        ("cannot be read", spoil("costs", lambda v: v.astype(object))),
        ("cannot be read", lambda folder: array_file(folder, "costs").write_bytes(b"\x93NUMPY nonsense")),
        ("cannot be read", lambda folder: array_file(folder, "costs").write_bytes(b"")),
        ("heads.npy is missing", lambda folder: array_file(folder, "heads").unlink()),
        ("no header", lambda folder: change_header(folder, lambda h: h.update(stamp="../../../../etc/x"))),
        ("no header", lambda folder: change_header(folder, lambda h: h["arrays"].pop("heads"))),
        ("no header", lambda folder: change_header(folder, lambda h: h["arrays"].update(more=h["arrays"]["heads"]))),
        ("no header", lambda folder: change_header(folder, lambda h: h["arrays"].update(heads=[1]))),
        ("no header", lambda folder: change_header(folder, lambda h: h["arrays"]["heads"].update(shape=["a"]))),
        ("no header", lambda folder: change_header(folder, lambda h: h.pop("meta"))),
        ("no header", lambda folder: (folder / "graph.json").write_text("[1, 2]", encoding="utf-8")),
        ("no header", lambda folder: (folder / "graph.json").write_text(" " * 2_000_000, encoding="utf-8")),
        ("cannot be read", lambda folder: (folder / "graph.json").write_text("{", encoding="utf-8")),
        ("cannot be read", lambda folder: (folder / "graph.json").write_text("[" * 200_000, encoding="utf-8")),
        ("cannot be read", lambda folder: (folder / "graph.json").write_bytes(b"\xff\xfe\xff")),
        ("format version 99", lambda folder: change_header(folder, lambda h: h["meta"].update(version=99))),
    ],
)
def test_a_faulty_folder_is_refused(
    network: Network, tmp_path: Path, message: str, act: Callable[[Path], object]
) -> None:
    save_graph(compile_graph(network), tmp_path)
    open_graph(tmp_path)
    act(tmp_path)
    with pytest.raises(DataIntegrityError, match=message):
        open_graph(tmp_path)


@pytest.mark.parametrize("name", ARRAYS)
def test_every_length_is_checked(network: Network, tmp_path: Path, name: str) -> None:
    """Even where the header agrees with the file."""
    save_graph(compile_graph(network), tmp_path)
    spoil(name, lambda values: np.concatenate([values, values]))(tmp_path)
    change_header(
        tmp_path, lambda header: header["arrays"][name].update(shape=[len(np.load(array_file(tmp_path, name)))])
    )
    with pytest.raises(DataIntegrityError, match="is damaged"):
        open_graph(tmp_path)


def test_a_changed_figure_is_found_by_its_checksum(network: Network, tmp_path: Path) -> None:
    save_graph(compile_graph(network), tmp_path)
    spoil("costs", lambda values: put(values, 0, 5_000))(tmp_path)
    open_graph(tmp_path)
    with pytest.raises(DataIntegrityError, match="checksum of costs"):
        open_graph(tmp_path, verify=True)


def test_a_graph_replaced_while_it_is_opened_is_opened_anew(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(network, time_min=network.time_min * 2)
    save_graph(compile_graph(network), tmp_path)
    read = graph_folder._read_header
    seen: list[str] = []

    def slow_reader(path: Path) -> dict[str, Any]:
        header = read(path)
        if not seen:
            # Just now somebody else writes.
            save_graph(compile_graph(other), tmp_path)
        seen.append(header["stamp"])
        return header

    monkeypatch.setattr(graph_folder, "_read_header", slow_reader)
    assert open_graph(tmp_path, network=other, verify=True).meta["fingerprint"] == fingerprint(other)
    assert len(set(seen)) == 2
