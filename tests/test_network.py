"""The road network: counts, both directions, the peak, the checks at the door, and what is handed on."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from dataclasses import replace
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, Point

from urbangeo import AccessLeg, Network, read_network
from urbangeo.archive.catalog import describe_table, read_table
from urbangeo.errors import InputError, SchemaError
from urbangeo.sources.network import check_arrays, check_network, landing_nodes
from urbangeo.sources.network.skeleton import CORE_CLASSES

Frame = Any
"""A frame whose cells are looked up by label, which the stubs of pandas cannot follow."""


@pytest.fixture(scope="module")
def network() -> Network:
    return read_network()


@pytest.fixture(scope="module")
def edges(network: Network) -> Frame:
    return network.edges


def toy() -> tuple[Frame, Frame]:
    """Three nodes in a row: a -- b by a road, b == c by an expressway, with a second road from b to c."""
    nodes = gpd.GeoDataFrame(
        {"kind": ["seat", "junction", "interchange"], "name": ["甲", "乙", "丙"]},
        geometry=[Point(117, 36), Point(117.1, 36), Point(117.2, 36)],
        index=pd.Index(["a", "b", "c"], name="node_id"),
        crs="EPSG:4490",
    )
    rows: list[tuple[Any, ...]] = [
        ("a", "b", 0, 9_000.0, 60.0, "trunk_1", "along", False),
        ("b", "c", 0, 9_000.0, 90.0, "expressway", "ends_only", True),
        ("b", "c", 1, 12_000.0, 60.0, "trunk_1", "along", False),
    ]
    rows += [(v, u, *rest) for u, v, *rest in rows]
    columns = ["u", "v", "key", "length_m", "speed_kmh", "road_class", "access", "toll"]
    edges = pd.DataFrame(rows, columns=columns).set_index(["u", "v", "key"])
    edges["time_min"] = edges["length_m"] / edges["speed_kmh"] * 0.06
    edges[["road_name", "road_code", "length_basis", "source"]] = "toy"
    return nodes, edges


# --- the skeleton ------------------------------


def test_the_skeleton_by_number(network: Network, edges: Frame) -> None:
    assert (len(network.nodes), len(edges)) == (712, 2 * 1_330)
    assert (network.kind, network.is_skeleton, network.mode, network.impedance) == (
        "skeleton",
        True,
        "drive",
        "time_min",
    )
    assert str(network.nodes.crs) == "EPSG:4490"
    assert edges.index.names == ["u", "v", "key"]
    assert edges.index.is_unique
    check_network(network.nodes, edges)


def test_lengths_and_speeds_are_those_of_the_table(edges: Frame) -> None:
    """济青高速, first row: 3.39 km at 100 km/h, without exits in between, with toll."""
    row = edges.loc[("i_lingdian", "j_huashan", 0)]
    assert row["length_m"] == pytest.approx(3_390)
    assert row["speed_kmh"] == 100
    assert row["time_min"] == pytest.approx(3.39 / 100 * 60)
    assert (row["road_code"], row["access"], row["toll"]) == ("G20", "ends_only", True)
    table = read_table("network/edges")
    assert edges["length_m"].sum() == pytest.approx(2_000 * table["length_km"].sum())
    assert ((edges["access"] == "ends_only") == (edges["road_class"] == "expressway")).sum() >= 2_650
    assert set(edges["access"]) == {"along", "ends_only"}


def test_both_directions_are_alike(edges: Frame) -> None:
    there = Counter(
        (min(u, v), max(u, v), u < v, row.length_m, row.speed_kmh, row.time_min, row.access, row.toll, row.road_name)
        for (u, v, _), row in zip(edges.index, edges.itertuples(), strict=True)
    )
    back = Counter((a, b, not forward, *rest) for a, b, forward, *rest in there.elements())
    assert there == back


def test_no_edge_is_shorter_than_the_straight_line(network: Network, edges: Frame) -> None:
    """Positions are good to a few kilometres, so only more than that is an error of a row."""
    x, y = network.nodes.geometry.x, network.nodes.geometry.y
    u, v = edges.index.get_level_values("u"), edges.index.get_level_values("v")
    _, _, straight = Geod(ellps="GRS80").inv(x[u], y[u], x[v], y[v])
    slack = network.nodes["position_accuracy_km"]
    doubt = 1_000 * (slack[u].to_numpy() + slack[v].to_numpy())
    assert (edges["length_m"].to_numpy() > np.asarray(straight) - doubt).all()


def test_toll_stands_on_expressways_only(edges: Frame) -> None:
    """The flag of the table also marks the 胶州湾 tunnel, where no ramp is paid."""
    assert set(edges.loc[edges["toll"], "road_class"]) == {"expressway"}
    assert edges["toll"].sum() == 2 * 514
    assert edges["toll"].dtype == bool


def test_the_peak_slows_core_roads_by_the_factor_of_the_table(network: Network, edges: Frame) -> None:
    peak = read_network(mode="drive_peak")
    factor = read_table("network/turn_tolls").set_index("item")["default"]["peak_factor_core_legs"]
    assert factor == 1.5
    core = edges["road_class"].isin(CORE_CLASSES)
    assert core.sum() == 198 + 46
    ratio = peak.edges["time_min"] / edges["time_min"]
    assert ratio[core].to_numpy() == pytest.approx(factor)
    assert (ratio[~core] == 1).all()
    assert (edges["speed_kmh"] / peak.edges["speed_kmh"])[core].to_numpy() == pytest.approx(factor)
    pd.testing.assert_series_equal(peak.edges["length_m"], edges["length_m"])
    assert peak.mode == "drive_peak"
    assert network.mode == "drive"


def test_parameters_come_from_the_tables(network: Network) -> None:
    tolls = read_table("network/turn_tolls").set_index("item")["default"]
    assert network.toll_min == tolls["toll_ramp_per_entry_or_exit"] == 1.0
    assert network.access == AccessLeg(speed_kmh=36.0, circuity=1.3, max_m=15_000.0)
    assert network.access.ms_per_m == pytest.approx(130.0)


def test_the_skeleton_says_where_it_comes_from(network: Network) -> None:
    assert network.provenance["source_id"] in set(read_table("sources/sources")["source_id"])
    assert network.provenance["sha256"]["network/edges"] == describe_table("network/edges").sha256
    table = read_table("network/edges")
    share = table.loc[table["length_basis"] == "estimated", "length_km"].sum() / table["length_km"].sum()
    assert network.provenance["estimated_length_share"] == round(share, 4)


@pytest.mark.parametrize("mode", ["rail", "walk", ""])
def test_an_unknown_mode_is_refused(mode: Any) -> None:
    with pytest.raises(InputError, match="expected one of 'drive', 'drive_peak'"):
        read_network(mode=mode)


def test_one_way_rows_are_not_turned_round_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(name: str) -> pd.DataFrame:
        table = read_table(name)
        return table.assign(both_directions=[False, *[True] * (len(table) - 1)]) if name == "network/edges" else table

    monkeypatch.setattr("urbangeo.sources.network.skeleton.read_table", read)
    with pytest.raises(SchemaError, match="1 skeleton rows are one-way"):
        read_network()


# --- lines, networkx, landing nodes ------------------------------


def test_one_line_for_each_road_piece(network: Network) -> None:
    lines: Frame = network.lines()
    table = read_table("network/edges")
    assert len(lines) == len(table) == 1_330
    assert lines["length_km"].sum() == pytest.approx(table["length_km"].sum())
    assert Counter(lines["road_name"].fillna("")) == Counter(table["road_name"].fillna(""))
    assert str(lines.crs) == "EPSG:4490"
    assert lines.geometry.is_valid.all()
    assert list(lines.columns) == [
        "road_name",
        "road_code",
        "road_class",
        "length_basis",
        "access",
        "length_km",
        "geometry",
    ]


def test_lines_of_a_toy_by_hand() -> None:
    nodes, edges = toy()
    lines: Frame = Network.from_frames(nodes, edges, kind="toy").lines()
    assert lines["length_km"].tolist() == [9, 9, 12]
    assert [line.wkt for line in lines.geometry] == [
        "LINESTRING (117 36, 117.1 36)",
        "LINESTRING (117.1 36, 117.2 36)",
        "LINESTRING (117.1 36, 117.2 36)",
    ]


def test_networkx_in_the_convention_of_osmnx(network: Network, edges: Frame) -> None:
    graph = network.to_networkx()
    assert isinstance(graph, nx.MultiDiGraph)
    assert (graph.number_of_nodes(), graph.number_of_edges()) == (712, 2_660)
    assert graph.graph["crs"] == "EPSG:4490"
    assert graph.nodes["s_370102"]["x"] == 117.0326
    assert graph.nodes["s_370102"]["y"] == 36.6638
    data = graph.edges["i_lingdian", "j_huashan", 0]
    assert data["length"] == data["length_m"] == edges.loc[("i_lingdian", "j_huashan", 0), "length_m"]
    assert data["road_class"] == "expressway"
    minutes = nx.shortest_path_length(graph, "h_jn_centre", "s_370902", weight="time_min")
    assert 55 <= minutes <= 70, "济南 to 泰安, the range the authors of the skeleton expect"
    data["length"] = -1
    assert (edges["length_m"] > 0).all()


def test_where_one_may_leave_a_toy() -> None:
    nodes, edges = toy()
    expressway = edges[edges["access"] == "ends_only"]
    assert landing_nodes(Network.from_frames(nodes, edges, kind="toy")).tolist() == [True, True, True]
    assert landing_nodes(Network.from_frames(nodes, expressway, kind="toy")).tolist() == [True, False, True]


def test_a_network_is_frozen(network: Network) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.toll_min = 0  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.access.speed_kmh = 100  # type: ignore[misc]


def test_every_call_gives_frames_of_its_own(network: Network) -> None:
    other = read_network()
    other.edges["time_min"] = 0.0
    other.nodes["name"] = "changed"
    assert (read_network().edges["time_min"] > 0).all()
    assert network.nodes.loc["s_370102", "name"] == "历下区"


# --- access legs ------------------------------


@given(st.floats(0.1, 200), st.floats(1, 5), st.floats(1, 50_000))
def test_a_leg_takes_the_time_of_its_way(speed: float, circuity: float, distance: float) -> None:
    leg = AccessLeg(speed_kmh=speed, circuity=circuity, max_m=50_000)
    hours = distance * circuity / 1_000 / speed
    assert leg.ms_per_m * distance == pytest.approx(hours * 3_600_000)


@pytest.mark.parametrize("name", ["speed_kmh", "circuity", "max_m"])
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, -math.inf])
def test_a_leg_that_is_none_is_refused(name: str, value: float) -> None:
    good = {"speed_kmh": 36.0, "circuity": 1.3, "max_m": 1_000.0}
    with pytest.raises(InputError, match="expected a positive speed and distance"):
        AccessLeg(**(good | {name: value}))


def test_a_leg_is_never_shorter_than_the_straight_line() -> None:
    assert AccessLeg(36.0, 1.0, 1.0).circuity == 1.0
    with pytest.raises(InputError, match="circuity of at least 1"):
        AccessLeg(36.0, 0.999, 1.0)


# --- the check at the door ------------------------------


def test_a_toy_passes_and_is_not_changed() -> None:
    nodes, edges = toy()
    before = nodes.copy(), edges.copy()
    check_network(nodes, edges)
    pd.testing.assert_frame_equal(nodes, before[0])
    pd.testing.assert_frame_equal(edges, before[1])


def test_all_faults_are_told_at_once() -> None:
    nodes, edges = toy()
    nodes.loc["a", "geometry"] = Point(math.nan, 36)
    edges = edges.rename(index={"c": "nowhere"}, level="v")
    edges["length_m"] = [0.0, -5.0, math.nan, *edges["length_m"].iloc[3:]]
    edges["time_min"] = [math.inf, *edges["time_min"].iloc[1:]]
    edges["access"] = ["by boat", *edges["access"].iloc[1:]]
    with pytest.raises(SchemaError) as caught:
        check_network(nodes, edges)
    message = str(caught.value)
    for part in (
        "edges name 1 nodes that do not exist: nowhere",
        "3 edges have no positive length_m: ('a', 'b', 0), ('b', 'nowhere', 0), ('b', 'nowhere', 1)",
        "1 edges have no positive time_min: ('a', 'b', 0)",
        "access must be 'along' or 'ends_only', got by boat",
        "these nodes are no points with finite coordinates: a",
    ):
        assert part in message, part


@pytest.mark.parametrize("column", ["length_m", "speed_kmh", "time_min"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf, -math.inf, pd.NA])
def test_a_figure_that_is_not_positive_is_refused(column: str, value: Any) -> None:
    nodes, edges = toy()
    edges[column] = pd.array([value, *edges[column].iloc[1:]], dtype="Float64" if value is pd.NA else "float64")
    with pytest.raises(SchemaError, match=f"1 edges have no positive {column}"):
        check_network(nodes, edges)


def test_faults_of_both_frames_are_told_together() -> None:
    nodes, edges = toy()
    with pytest.raises(SchemaError) as caught:
        check_network(nodes.drop(columns="kind"), pd.concat([edges, edges.head(1)]).drop(columns="toll"))
    message = str(caught.value)
    assert "nodes: column 'kind' is missing" in message
    assert "edges: column 'toll' is missing" in message
    assert "edges: these index values stand more than once: ('a', 'b', 0)" in message


def test_a_missing_access_word_beside_a_wrong_one() -> None:
    nodes, edges = toy()
    edges["access"] = [None, "by boat", *edges["access"].iloc[2:]]
    with pytest.raises(SchemaError, match=r"access must be 'along' or 'ends_only', got .*by boat"):
        check_network(nodes, edges)


def test_missing_nodes_of_mixed_kinds() -> None:
    nodes, edges = toy()
    edges.index = pd.MultiIndex.from_tuples(
        [(5, "b", 0), ("x", "c", 0), *list(edges.index)[2:]], names=["u", "v", "key"]
    )
    with pytest.raises(SchemaError, match="edges name 2 nodes that do not exist"):
        check_network(nodes, edges)


@pytest.mark.parametrize("geometry", [None, Point(), LineString([(117, 36), (118, 36)])])
def test_a_node_that_is_no_point_is_refused(geometry: Any) -> None:
    nodes, edges = toy()
    nodes.geometry = gpd.GeoSeries([geometry, *nodes.geometry.iloc[1:]], index=nodes.index, crs=nodes.crs)
    with pytest.raises(SchemaError, match=r"no points with finite coordinates: a|1 rows have no geometry: a"):
        check_network(nodes, edges)


def test_a_network_without_roads_is_refused() -> None:
    nodes, edges = toy()
    with pytest.raises(SchemaError, match="edges: it has no rows"):
        check_network(nodes, edges.head(0))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"toll_min": math.nan}, "toll_min is nan"),
        ({"toll_min": -1.0}, "toll_min is -1"),
        ({"mode": "fly"}, "mode 'fly'"),
        ({"impedance": "nothing"}, "impedance 'nothing'"),
        ({"impedance": "road_name"}, "impedance 'road_name'"),
    ],
)
def test_what_is_said_of_the_whole_must_be_possible(changed: Any, words: str) -> None:
    with pytest.raises(SchemaError, match=words):
        check_arrays(replace(read_network(), **changed))
