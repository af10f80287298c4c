"""Plain tables of roads: names mapped at the door, directions, units, speeds, and what is refused."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, Point

from urbangeo.errors import CrsError, InputError, SchemaError
from urbangeo.sources.network.graphs.tables import network_from_tables

Frame = Any

NODES: Frame = pd.DataFrame({"编号": [1, 2, 3], "经度": [117.0, 117.1, 117.1], "纬度": [36.6, 36.6, 36.7]})
EDGES: Frame = pd.DataFrame(
    {
        "FNODE": [1, 2],
        "TNODE": [2, 3],
        "LEN": [9.25, 11.1],
        "速度": [60.0, np.nan],
        "等级": [None, "expressway"],
        "方向": ["B", "FT"],
    }
)
COLUMNS = {
    "node_id": "编号",
    "x": "经度",
    "y": "纬度",
    "from": "FNODE",
    "to": "TNODE",
    "length_km": "LEN",
    "speed_kmh": "速度",
    "road_class": "等级",
    "oneway": "方向",
}


def read(nodes: Any = NODES, edges: Any = EDGES, columns: Any = COLUMNS, **options: Any) -> Any:
    return network_from_tables(nodes, edges, columns=columns, **({"crs": "EPSG:4490"} | options))


def test_a_toy_by_hand() -> None:
    before = NODES.copy(), EDGES.copy()
    network = read()
    assert network.node_id.tolist() == [1, 2, 3]
    assert (network.u.tolist(), network.v.tolist()) == ([0, 1, 1], [1, 0, 2])
    assert network.length_m.tolist() == pytest.approx([9250, 9250, 11100])
    assert network.time_min[:2].tolist() == pytest.approx([9.25, 9.25])
    edges: Any = network.edges.reset_index()
    assert edges["speed_basis"].tolist()[:2] == ["given", "given"]
    assert edges["speed_basis"].iloc[2] in {"table", "fallback"}
    assert network.road_class.texts().tolist() == [None, None, "expressway"]
    assert network.along.tolist() == [True, True, False]
    assert network.toll.tolist() == [False, False, True]
    assert (network.kind, network.provenance["columns"]) == ("tables", COLUMNS)
    pd.testing.assert_frame_equal(NODES, before[0])
    pd.testing.assert_frame_equal(EDGES, before[1])


def test_minutes_and_metres() -> None:
    edges = pd.DataFrame({"from": ["1", "2"], "to": [2.0, 3.0], "length_m": [1000, 2000], "time_min": [1.0, 4.0]})
    network = read(edges=edges, columns={"node_id": "编号", "x": "经度", "y": "纬度"}, oneway=True)
    assert network.speed_kmh.tolist() == pytest.approx([60, 30])
    assert network.time_min.tolist() == pytest.approx([1, 4])
    assert len(network.u) == 2


CORNERS = {"from_x": [117.0, 117.1], "from_y": [36.6, 36.6], "to_x": [117.1, 117.0], "to_y": [36.6, 36.7]}


def test_ends_at_one_point_are_one_node_and_missing_lengths_are_measured() -> None:
    network = read(None, pd.DataFrame(CORNERS | {"speed_kmh": [60, 60]}), None, oneway=False)
    assert len(network.node_id) == 3
    assert network.pieces().tolist() == [0, 2]
    expected = Geod(ellps="GRS80").line_length([117.0, 117.1], [36.6, 36.6])
    assert network.length_m[0] == pytest.approx(expected)
    assert network.provenance["lengths_computed"] == 4
    with pytest.raises(InputError, match="1 edges have no finite coordinates at both ends: row 1"):
        read(None, pd.DataFrame(CORNERS | {"to_x": [117.1, np.nan], "speed_kmh": [6, 6]}), None, oneway=False)


def test_lines_are_kept_and_turned_for_the_way_back() -> None:
    line = LineString([(117, 36.6), (117.05, 36.61), (117.1, 36.6)])
    nodes = gpd.GeoDataFrame({"node_id": ["a", "b"]}, geometry=[Point(117, 36.6), Point(117.1, 36.6)], crs="EPSG:4326")
    edges: Any = gpd.GeoDataFrame(
        {"from": ["a", "b"], "to": ["b", "a"], "highway": ["trunk", "primary"], "oneway": [False, -1]},
        geometry=np.array([line, None], dtype=object),
        crs="EPSG:4326",
    )
    network = network_from_tables(nodes, edges)
    assert (network.u.tolist(), network.v.tolist()) == ([0, 1, 0], [1, 0, 1])
    assert [drawn.wkt for drawn in network.geometry()] == [
        line.wkt,
        line.reverse().wkt,
        LineString([(117, 36.6), (117.1, 36.6)]).wkt,
    ]
    assert network.provenance["lines_turned"] == 0
    assert network.length_m[0] == pytest.approx(Geod(ellps="GRS80").line_length(*np.array(line.coords).T))
    with pytest.raises(InputError, match="expected one system"):
        network_from_tables(nodes, edges.to_crs("EPSG:4548"))
    with pytest.raises(InputError, match=r"no LineString: row 0"):
        network_from_tables(nodes, edges.set_geometry([Point(1, 2), None], crs="EPSG:4326"))


@pytest.mark.parametrize(
    ("words", "ends"),
    [
        ([True, False], [(0, 1), (1, 2), (2, 1)]),
        ([1, 0], [(0, 1), (1, 2), (2, 1)]),
        ([-1, 1], [(1, 0), (1, 2)]),
        (["yes", "no"], [(0, 1), (1, 2), (2, 1)]),
        (["FT", "TF"], [(0, 1), (2, 1)]),
        (["T", "B"], [(1, 0), (1, 2), (2, 1)]),
        (["是", "否"], [(0, 1), (1, 2), (2, 1)]),
    ],
)
def test_words_for_directions(words: Any, ends: Any) -> None:
    network = read(edges=EDGES.assign(方向=words))
    assert list(zip(network.u.tolist(), network.v.tolist(), strict=True)) == ends


def test_given_access_and_toll_are_believed() -> None:
    edges = EDGES.assign(access=["ends_only", "along"], toll=[True, False], structure=["bridge", None])
    network = read(edges=edges)
    assert network.along.tolist() == [False, False, True]
    assert network.toll.tolist() == [True, True, False]
    assert network.edges["structure"].dropna().tolist() == ["bridge", "bridge"]


@pytest.mark.parametrize(
    ("words", "tolls"),
    [
        ([1.0, np.nan], [True, True, True]),
        ([0, 1], [False, False, True]),
        (["是", "否"], [True, True, False]),
        (["收费", None], [True, True, True]),
        ([None, "no"], [False, False, False]),
    ],
)
def test_words_for_tolls(words: Any, tolls: list[bool]) -> None:
    assert read(edges=EDGES.assign(toll=words)).toll.tolist() == tolls


def test_limits_and_lanes_that_cannot_be_read_are_counted() -> None:
    edges = EDGES.assign(maxspeed=["六十", "none"], lanes=["many", "2"])
    found = read(edges=edges).provenance
    assert (found["limits_unread"], found["lanes_unread"]) == (2, 2)
    clean = read(edges=EDGES.assign(maxspeed=[60, None], lanes=[2.0, None])).provenance
    assert (clean["limits_unread"], clean["lanes_unread"]) == (0, 0)


@given(st.permutations(range(4)))
def test_the_order_of_rows_does_not_decide(order: list[int]) -> None:
    nodes = pd.DataFrame({"node_id": list("abcd"), "x": [117, 117.1, 117.2, 117.3], "y": [36, 36.1, 36, 36.1]})
    edges = pd.DataFrame(
        {"from": list("abcd"), "to": list("bcda"), "speed_kmh": [50, 60, 70, 80], "oneway": [1, 0, -1, 0]}
    )
    frames = [
        network_from_tables(n, e, crs="EPSG:4490").edges.sort_index()
        for n, e in ((nodes, edges), (nodes.iloc[order], edges.iloc[order]))
    ]
    pd.testing.assert_frame_equal(frames[0], frames[1], check_exact=True)


def without(field: str) -> Any:
    return {key: name for key, name in COLUMNS.items() if key != field}


def edit(**changes: Any) -> Any:
    return {"edges": EDGES.assign(**changes)}


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "toll": (edit(toll=["视情", "否"]), InputError, "toll is 视情"),
    "rail without rail": ({"mode": "drive+rail"}, InputError, "no edge of class rail"),
    "no direction": (
        {"edges": EDGES.drop(columns="方向"), "columns": without("oneway")},
        InputError,
        "does not say which roads are one-way",
    ),
    "two directions": ({"oneway": True}, InputError, "Both a column oneway and oneway= are given"),
    "unknown direction": (edit(方向=["B", "up"]), InputError, r"oneway is up in 1 rows \(row 1\)"),
    "empty direction": (edit(方向=["B", None]), InputError, r"oneway is \(empty\) in 1 rows"),
    "T or F": (edit(方向=["T", "F"]), InputError, "can mean true and false, or to and from"),
    "a column that is not there": (
        {"columns": COLUMNS | {"lanes": "车道"}},
        InputError,
        "'lanes' is said to be column '车道'",
    ),
    "a field that is not read": (
        {"columns": COLUMNS | {"speed": "速度"}},
        InputError,
        "columns= names speed, which is not read",
    ),
    "no ids": ({"columns": without("from")}, InputError, "needs from and to"),
    "no node ids": ({"columns": without("node_id")}, InputError, "nodes has no node_id"),
    "no x": ({"columns": without("x")}, InputError, "needs x and y"),
    "both lengths": (edit(length_m=[1, 2]), InputError, "Both length_m and length_km"),
    "a length of words": (edit(LEN=["far", 1]), InputError, "length_km of 1 edge rows is no figure: 'far' in row 0"),
    "a negative length": (edit(LEN=[-1.0, 1]), InputError, r"negative, zero or no number: 1 → 2 \(-1000\)"),
    "a zero length": (edit(LEN=[0.0, 1]), InputError, "negative, zero or no number"),
    "a zero speed": (edit(速度=[0.0, 1]), InputError, r"speed_kmh is not positive in 1 rows: row 0"),
    "an endless speed": (edit(速度=[np.inf, 1]), InputError, "speed_kmh is not positive"),
    "contradiction": (
        edit(time_min=[20.0, np.nan]),
        InputError,
        "speed_kmh and time_min of 1 rows differ by more than 5%: row 0",
    ),
    "no speed at all": (edit(等级=None), InputError, "1 rows have neither speed_kmh nor time_min.*: row 1"),
    "an unknown class": (edit(等级=["goat", None], 速度=[1.0, 1.0]), InputError, "road_class holds goat"),
    "an unknown access": (edit(access=["boat", None]), InputError, "access is boat"),
    "an unknown structure": (edit(structure=["boat", None]), InputError, "structure is boat"),
    "an unknown end": (edit(TNODE=[2, 9]), SchemaError, "1 ends of edges are no nodes of the table: 9"),
    "an empty end": (edit(TNODE=[2, None]), SchemaError, r"1 ends of edges are no nodes of the table: \(empty\)"),
    "a node twice": ({"nodes": pd.concat([NODES, NODES.head(1)])}, SchemaError, "stand more than once: 1"),
    "NaN coordinates": ({"nodes": NODES.assign(经度=[np.nan, 1, 2])}, SchemaError, "1 nodes have no finite x and y: 1"),
    "no rows": ({"edges": EDGES.head(0)}, SchemaError, "table of edges has no rows"),
    "no frame": ({"edges": [1]}, InputError, "edges is list; expected a pandas.DataFrame"),
    "no system": ({"crs": None}, CrsError, "does not say its coordinate reference system"),
    "no corners": ({"nodes": None, "columns": {"oneway": "方向"}}, InputError, "Without a table of nodes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_tables_are_refused_in_words(name: str) -> None:
    options, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        read(**options)


def test_figures_that_nearly_agree_are_taken() -> None:
    assert read(edges=EDGES.assign(time_min=[9.3, np.nan])).speed_kmh[0] == 60
