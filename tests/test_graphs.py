"""networkx graphs: what stands in them, and that a network comes back as it was."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from urbangeo import Network, read_network
from urbangeo.errors import CrsError, InputError, SchemaError
from urbangeo.sources.network import AccessLeg
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.graphs.convert import from_networkx, to_networkx
from urbangeo.sources.network.model import Shapes

POINTS = {1: (117.0, 36.6), 2: (117.1, 36.6), 3: (117.1, 36.7)}
LINE = LineString([(117, 36.6), (117.05, 36.61), (117.1, 36.6)])


def graph_of(kind: Any = nx.MultiDiGraph, **settings: Any) -> Any:
    graph = kind(**({"crs": "epsg:4326"} | settings))
    for node, (x, y) in POINTS.items():
        graph.add_node(node, x=x, y=y)
    graph.add_edge(1, 2, length=9250.5, highway="trunk", oneway=True, geometry=LINE, maxspeed=["80", "60"], osmid=5)
    graph.add_edge(2, 1, length=9250.5, highway=["residential", "motorway"], oneway=False, name=float("nan"))
    graph.add_edge(2, 3, length=np.float64(11100.0), highway="primary", lanes=4, ref=None)
    return graph


def assert_same(one: Network, two: Network) -> None:
    """Compare everything that matters; rows of edges may stand in another order."""
    pd.testing.assert_frame_equal(one.nodes, two.nodes, check_exact=True)
    pd.testing.assert_frame_equal(one.edges.sort_index(), two.edges.sort_index(), check_exact=True)
    for name in ("kind", "toll_min", "mode", "impedance", "access", "is_skeleton"):
        assert getattr(one, name) == getattr(two, name), name
    assert dict(one.provenance) == dict(two.provenance)
    drawn = [dict(zip(network.edges.index, network.geometry().tolist(), strict=True)) for network in (one, two)]
    assert {edge: line.wkt for edge, line in drawn[0].items()} == {edge: line.wkt for edge, line in drawn[1].items()}
    assert len(one.pieces()) == len(two.pieces())


# --- into a network -------------------------------------------------------------------------------------------------


def test_a_toy_by_hand() -> None:
    graph = graph_of()
    before = [(*edge, dict(data)) for *edge, data in graph.edges(keys=True, data=True)]
    network: Any = from_networkx(graph)
    assert network.node_id.tolist() == [1, 2, 3]
    assert network.node_id.dtype == np.int64
    assert (network.u.tolist(), network.v.tolist()) == ([0, 1, 1], [1, 0, 2])
    assert network.length_m.tolist() == [9250.5, 9250.5, 11100.0]
    assert network.road_class.texts().tolist() == ["trunk_1", "urban_street", "trunk_1"]
    assert network.edges["maxspeed_kmh"].iloc[0] == 60
    assert network.edges["road_name"].isna().all()
    assert network.edges["osm_id"].tolist() == [5, -1, -1]
    assert network.geometry([0])[0].equals(LINE)
    assert (network.kind, network.mode) == ("networkx", "drive")
    after = [(*edge, dict(data)) for *edge, data in graph.edges(keys=True, data=True)]
    assert repr(after) == repr(before)


def test_a_graph_with_one_edge_between_two_nodes() -> None:
    assert from_networkx(graph_of(nx.DiGraph)).length_m.tolist() == [9250.5, 9250.5, 11100.0]


@pytest.mark.parametrize("kind", [nx.Graph, nx.MultiGraph])
def test_undirected_graphs_are_refused(kind: Any) -> None:
    with pytest.raises(InputError, match=r"undirected; roads need directions.*to_directed"):
        from_networkx(graph_of(kind))
    directed = from_networkx(graph_of(kind).to_directed())
    assert len(directed.u) == 2 * graph_of(kind).number_of_edges()


def test_bad_graphs_are_refused_in_words() -> None:
    with pytest.raises(InputError, match="Expected a networkx graph, got dict"):
        from_networkx({})  # type: ignore[arg-type]
    with pytest.raises(CrsError, match="does not say its coordinate reference system"):
        from_networkx(graph_of(crs=None))
    assert from_networkx(graph_of(crs=None), crs="EPSG:4490").lon[0] == 117
    with pytest.raises(SchemaError, match="0 nodes and no edges"):
        from_networkx(nx.MultiDiGraph(crs="EPSG:4326"))
    for value, message in (
        (-1.0, r"negative, zero or no number: 1 → 2 \(-1\)"),
        (0, r"negative, zero or no number: 1 → 2 \(0\)"),
        (float("nan"), "no number"),
        ("far", "length of edges is 'far'"),
        ([1, 2], "expected a figure"),
    ):
        graph = graph_of()
        graph.edges[1, 2, 0]["length"] = value
        with pytest.raises(InputError, match=message):
            from_networkx(graph)
    for line, message in (
        (Point(1, 2), "no LineString"),
        ("LINESTRING (0 0, 1 1)", "no LineString"),
        (LineString(), "empty geometry"),
        (LineString([(0, 0), (1, 1)]), "more than 100 m"),
    ):
        graph = graph_of()
        graph.edges[1, 2, 0]["geometry"] = line
        with pytest.raises(InputError, match=message):
            from_networkx(graph)
    graph = graph_of()
    del graph.nodes[2]["x"]
    with pytest.raises(SchemaError, match="1 nodes have no finite x and y: 2"):
        from_networkx(graph)
    with pytest.raises(InputError, match="written alike"):
        from_networkx(nx.relabel_nodes(graph_of(), {1: "2"}))


# --- out of a network -----------------------------------------------------------------------------------------------


def test_what_stands_in_a_graph() -> None:
    network = from_networkx(graph_of())
    graph = to_networkx(network)
    assert graph.graph["crs"] == "EPSG:4490"
    assert graph.nodes[1] == {"x": 117.0, "y": 36.6, "kind": "junction"}
    data = graph.edges[1, 2, 0]
    assert data["length"] == data["length_m"] == 9250.5
    assert data["travel_time"] == pytest.approx(9250.5 / (data["speed_kph"] / 3.6))
    assert (data["highway"], data["maxspeed"], data["osmid"], data["oneway"]) == ("trunk", "60", 5, True)
    assert data["geometry"].equals(LINE)
    assert "geometry" not in graph.edges[2, 3, 0]
    assert "name" not in data
    assert "osmid" not in graph.edges[2, 3, 0]


def test_oneway_says_whether_the_same_piece_leads_back() -> None:
    network = read_network()
    assert not any(data["oneway"] for *_, data in network.to_networkx().edges(data=True))
    alone = network.take_edges(np.arange(len(network.u)) != 0)
    ways = [edge for *edge, data in alone.to_networkx().edges(keys=True, data=True) if data["oneway"]]
    ends = network.node_id[network.v[0]], network.node_id[network.u[0]]
    assert [tuple(edge[:2]) for edge in ways] == [ends]


def test_a_column_that_would_be_taken_for_another_is_refused() -> None:
    network = read_network()
    named = replace(network, edge_columns={**network.edge_columns, "length": network.length_m})
    with pytest.raises(SchemaError, match="edge column 'length' would be taken for OSMnx's own"):
        named.to_networkx()


# --- there and back -------------------------------------------------------------------------------------------------


def test_the_skeleton_comes_back() -> None:
    skeleton = read_network(mode="drive_peak")
    assert_same(skeleton, from_networkx(skeleton.to_networkx()))


WORDS = st.text(st.characters(codec="utf-8"), max_size=5)
FIGURES = st.floats(0.001, 1e6)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    nodes, edges = draw(st.integers(2, 5)), draw(st.integers(1, 8))
    degrees = st.integers(0, 1000)
    lon = np.array([117 + 0.01 * i + draw(degrees) * 1e-7 for i in range(nodes)])
    lat = np.array([36 + draw(degrees) * 1e-7 for _ in range(nodes)])
    rows = st.integers(0, nodes - 1)
    u = np.array([draw(rows) for _ in range(edges)], dtype=np.int32)
    v = np.array([draw(rows) for _ in range(edges)], dtype=np.int32)
    # Parallel edges are told apart by their order, so it has to be that of the graph: by node.
    order = np.lexsort((v, u))
    u, v = u[order], v[order]
    figures = [np.array([draw(FIGURES) for _ in range(edges)]) for _ in range(3)]
    bent = [draw(st.booleans()) for _ in range(edges)]
    points, offsets, line = [], [0], []
    for row in range(edges):
        if not bent[row]:
            line.append(-1)
            continue
        line.append(len(offsets) - 1)
        middle = [(117 + draw(degrees) * 1e-7, 37 + row * 0.01)]
        points += [(lon[u[row]], lat[u[row]]), *middle, (lon[v[row]], lat[v[row]])]
        offsets.append(len(points))
    whole = np.round(np.array(points).reshape(-1, 2) * 1e7).astype(np.int32)
    shapes = Shapes(np.array(offsets), whole, np.array(line, dtype=np.int32), np.zeros(edges, dtype=bool))
    ids: Any = np.arange(nodes) * 7 if draw(st.booleans()) else np.array([f"n{i}" for i in range(nodes)])
    return Network(
        node_id=ids,
        lon=lon,
        lat=lat,
        u=u,
        v=v,
        length_m=figures[0].astype(draw(st.sampled_from(["f4", "f8"]))),
        speed_kmh=figures[1],
        time_min=figures[2],
        road_class=Coded.from_texts([draw(st.sampled_from(["trunk_1", "ferry", None])) for _ in range(edges)]),
        along=np.array([draw(st.booleans()) for _ in range(edges)]),
        toll=np.array([draw(st.booleans()) for _ in range(edges)]),
        node_columns={"kind": Coded.from_texts([draw(WORDS) for _ in range(nodes)])},
        edge_columns={
            "road_name": Coded.from_texts([draw(st.none() | WORDS) for _ in range(edges)]),
            "lanes": np.array([draw(st.sampled_from([1.0, np.nan])) for _ in range(edges)], dtype=np.float32),
            "osm_id": np.array([draw(st.integers(-(2**62), 2**62)) for _ in range(edges)]),
            "lit": np.array([draw(st.booleans()) for _ in range(edges)]),
        },
        shapes=shapes if draw(st.booleans()) and any(bent) else None,
        kind=draw(st.sampled_from(["osm", "merged"])),
        toll_min=draw(st.floats(0, 5)),
        access=AccessLeg(draw(st.floats(1, 50)), draw(st.floats(1, 2)), 500.0),
        provenance={"parts": ["skeleton"], "说明": draw(WORDS)},
    )


@given(networks())
def test_any_network_comes_back(network: Network) -> None:
    assert_same(network, from_networkx(network.to_networkx()))


def test_a_network_comes_back_through_graphml(tmp_path: Any) -> None:
    """As osmnx.save_graphml writes it: every value as text."""
    from urbangeo.sources.network.graphml.reader import read_graphml

    for network in (read_network(), from_networkx(graph_of())):
        graph: Any = network.to_networkx()
        for data in [graph.graph, *(d for _, d in graph.nodes(data=True)), *(d for *_, d in graph.edges(data=True))]:
            data.update({name: str(value) for name, value in data.items()})
        nx.write_graphml(graph, tmp_path / "own.graphml")
        back = read_graphml(tmp_path / "own.graphml")
        assert_same(network, back)


def test_a_changed_graph_is_not_taken_on_trust() -> None:
    graph = from_networkx(graph_of()).to_networkx()
    graph.edges[1, 2, 0]["length"] = 5.0
    with pytest.raises(InputError, match="length and length_m of 1 edges differ: 1 → 2"):
        from_networkx(graph)
    graph = from_networkx(graph_of()).to_networkx()
    graph.add_edge(3, 1, length=12_000.0, highway="trunk")
    with pytest.raises(SchemaError, match=r"1 edges without speed_kmh.*3 → 1.*add_edges"):
        from_networkx(graph)
    del graph.graph["urbangeo"]
    assert len(from_networkx(graph).u) == 4
    graph.graph["urbangeo"] = '{"version": 99}'
    with pytest.raises(SchemaError, match="is not what this version writes"):
        from_networkx(graph)
    with pytest.raises(InputError, match="was written for mode 'drive', not 'drive_peak'"):
        from_networkx(read_network().to_networkx(), mode="drive_peak")


@pytest.mark.parametrize(
    ("part", "value"),
    [("figures", {"length_m": "int8", "speed_kmh": "float64", "time_min": "float64"}), ("toll_min", "many")],
)
def test_kinds_of_numbers_that_would_round_lengths_away_are_refused(part: str, value: Any) -> None:
    graph = from_networkx(graph_of()).to_networkx()
    mark = json.loads(graph.graph["urbangeo"])
    graph.graph["urbangeo"] = json.dumps(mark | {part: value})
    with pytest.raises(SchemaError, match="does not fit the graph"):
        from_networkx(graph)


def test_a_column_of_numbers_too_large_for_its_kind_is_refused() -> None:
    graph = from_networkx(graph_of()).to_networkx()
    mark = json.loads(graph.graph["urbangeo"])
    mark["edge_columns"]["count"] = "int8"
    for *_, data in graph.edges(data=True):
        data["count"] = 300
    graph.graph["urbangeo"] = json.dumps(mark)
    with pytest.raises(SchemaError, match="does not fit the graph"):
        from_networkx(graph)
