"""What-if networks: roads added, closed and made faster by hand, and what no such change may ever do."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from old_routing import compile_network
from pyproj import Geod
from shapely import LineString, Point, Polygon, box
from shortest_times import UNREACHED, shortest_times
from towns import PLANE, Road, Town, metres, random_town, shuffled_network, town, town_of

from urbangeo import Network, read_network, travel_times
from urbangeo.errors import CrsError, InputError, SchemaError, UnknownNameError
from urbangeo.language.crs import CGCS2000
from urbangeo.sources.network import check_arrays
from urbangeo.sources.network.changes.growing import make_shapes, metres_per_degree
from urbangeo.sources.network.changes.near_names import near_names
from urbangeo.sources.network.changes.scenarios import add_edges, remove_edges, set_speed
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.rail import with_rail
from urbangeo.sources.network.speeds.means import read_speed_table, with_speeds

NOTE = "甲规划第3页"

RIVER = """
A---B---C


D---E---F
"""
"""Two banks of a river, 8 km of road on each at 60 km/h, and a bridge C–F of 3 km at the eastern end."""


def river(**more: Any) -> Town:
    return town(RIVER, Road("ABC"), Road("DEF"), Road("CF", access="ends_only"), **more)


def drawn(*lines: list[tuple[float, float]], **columns: Any) -> Any:
    """New roads drawn in metres of the map."""
    frame: Any = gpd.GeoDataFrame(geometry=[LineString(line) for line in lines], crs=PLANE).to_crs(CGCS2000)
    return frame.assign(**({"road_class": "trunk_1", "speed_kmh": 60.0} | columns))


def between(u: str, v: str, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"u": [u], "v": [v], **({"road_class": "trunk_1", "speed_kmh": 60.0} | columns)})


def minutes(network: Network, places: Town, start: str) -> dict[str, float]:
    return places.minutes(travel_times(network, places.at(start)))


def all_times(network: Network) -> dict[tuple[str, str], int]:
    """Milliseconds from every node to every other, of networks without tolls."""
    graph = compile_network(network)
    states = graph.free_state
    found: dict[tuple[str, str], int] = {}
    for row, state in enumerate(states):
        # A node that lost its last road has no state, and nothing is reached from it.
        if state < 0:
            found |= {(str(network.node_id[row]), str(other)): UNREACHED for other in network.node_id}
            continue
        times = shortest_times(graph.starts, graph.heads, graph.costs, np.array([state]), np.array([0]), limit=10**12)
        for other, there in enumerate(states):
            found[str(network.node_id[row]), str(network.node_id[other])] = (
                int(times[there]) if there >= 0 else UNREACHED
            )
    return found


def bent(network: Network) -> Network:
    """The same roads, each piece with a bend (halfway, a little aside) kept once for both directions."""
    lines, line, backwards = [], np.full(len(network.u), -1), np.zeros(len(network.u), dtype=bool)
    for row in network.pieces():
        ends = np.array([[network.lon[node], network.lat[node]] for node in (network.u[row], network.v[row])])
        lines.append(np.array([ends[0], ends.mean(axis=0) + np.array([0.0005, 0.001]), ends[1]]))
        same = ((network.u == network.u[row]) & (network.v == network.v[row])) | (
            (network.u == network.v[row]) & (network.v == network.u[row])
        )
        line[same] = len(lines) - 1
        backwards[same] = network.u[same] != network.u[row]
    return replace(network, shapes=make_shapes(lines, line.tolist(), backwards.tolist()))


# --- roads added ------------------------------


def test_a_bridge_between_two_nodes_by_hand() -> None:
    places = river()
    planned = add_edges(places.network, between("A", "D", length_m=3_300.0, road_name="新桥"), note=NOTE)
    assert minutes(places.network, places, "A")["D"] == 8 + 3 + 8
    assert minutes(planned, places, "A")["D"] == 3.3
    assert minutes(planned, places, "D")["B"] == 7.3
    change = planned.provenance["changes"]
    assert change == [
        {
            "change": "add_edges",
            "note": NOTE,
            "edges": 2,
            "km": 3.3,
            "ends_at_nodes": 2,
            "ends_on_roads": 0,
            "new_nodes": 0,
            "largest_snap_m": 0.0,
            "speed_basis_km_share": {"given": 1.0},
        }
    ]
    new: Any = planned.edges[planned.edges["scenario"] == NOTE]
    assert new["road_name"].tolist() == ["新桥"] * 2
    assert (new["length_basis"].tolist(), new["access"].tolist()) == (["given"] * 2, ["along"] * 2)
    # The old network is what it was.
    assert "scenario" not in places.network.edges
    assert "changes" not in places.network.provenance


def test_a_line_is_joined_to_a_node_and_to_the_middle_of_a_road() -> None:
    """From 60 m off B straight down to the southern bank, 40 m short of the middle of D–E."""
    places = river()
    bx, by = places.xy["B"]
    dx = (places.xy["D"][0] + places.xy["E"][0]) / 2
    y = places.xy["D"][1]
    line = drawn([(bx, by - 60), (dx, y + 40)], speed_kmh=30.0)
    planned = add_edges(places.network, line, note=NOTE)
    told = planned.provenance["changes"][0]
    assert (told["ends_at_nodes"], told["ends_on_roads"], told["new_nodes"]) == (1, 1, 1)
    assert told["largest_snap_m"] == pytest.approx(60, abs=0.5)
    # Drawn from node to road: 3 km across and 2 km down; 30 km/h takes 2 minutes a kilometre.
    run = math.hypot(bx - dx, by - y) / 1_000
    assert told["km"] == pytest.approx(run, abs=0.01)
    found = minutes(planned, places, "B")
    assert found["D"] == pytest.approx(2 * run + 2, abs=0.01)
    assert found["E"] == pytest.approx(2 * run + 2, abs=0.01)
    # The road that was cut is two halves of what it was, and everything else the same.
    half = planned.edges.loc[planned.edges["road_name"] == "DE"]
    assert len(half) == 4
    assert half["time_min"].tolist() == pytest.approx([2.0] * 4, abs=0.01)
    assert set(half["source"]) == {"toy"}
    assert planned.node_id.tolist()[-1] == "new_road_1"
    check_arrays(planned)


def test_other_ends_are_new_nodes_and_lines_that_meet_share_one() -> None:
    """Two lines leave B and E and meet in the water, 80 m apart as drawn; a third goes on to nowhere."""
    places = river()
    (bx, by), (ex, ey) = places.xy["B"], places.xy["E"]
    x, y = bx + 1_000, (by + ey) / 2
    lines = drawn([(bx, by), (x, y)], [(x + 80, y), (ex, ey)], [(x, y), (x + 900, y)])
    planned = add_edges(places.network, lines, note=NOTE)
    assert planned.provenance["changes"][0]["new_nodes"] == 2
    run = 2 * math.hypot(1_000, (by - ey) / 2) / 1_000
    assert minutes(planned, places, "B")["E"] == pytest.approx(run, abs=0.09)
    again = add_edges(shuffled_network(places.network, 3), lines.iloc[::-1], note=NOTE)
    assert minutes(again, places, "B") == minutes(planned, places, "B")
    assert sorted(again.node_id.tolist()) == sorted(planned.node_id.tolist())


def test_a_bent_line_keeps_its_bends_and_is_measured_along_them() -> None:
    places = river()
    (bx, by), (ex, ey) = places.xy["B"], places.xy["E"]
    corners = [(bx, by), (bx + 2_000, by - 500), (bx + 2_000, ey + 500), (ex, ey)]
    planned = add_edges(places.network, drawn(corners), note=NOTE)
    rows = np.flatnonzero(planned.edges["scenario"] == NOTE)
    lines = planned.geometry(rows)
    assert [len(line.coords) for line in lines] == [4, 4]
    assert lines[1].equals_exact(lines[0].reverse(), 1e-9)
    length = LineString(corners).length
    assert planned.length_m[rows] == pytest.approx([length] * 2, rel=1e-4)
    assert Geod(ellps="GRS80").geometry_length(lines[0]) == pytest.approx(planned.length_m[rows[0]], abs=0.1)
    # The roads that were there are straight as before.
    assert len(planned.geometry([0])[0].coords) == 2
    assert len(planned.lines()) == len(places.network.lines()) + 1


def test_a_bent_road_is_cut_where_it_is_met() -> None:
    places = river()
    roads = bent(places.network)
    row = int(np.flatnonzero(roads.edges["road_name"] == "DE")[0])
    line = roads.geometry([row])[0]
    whole = metres(line)
    spot = whole.interpolate(0.25, normalized=True)
    planned = add_edges(roads, drawn([places.xy["B"], (spot.x, spot.y)]), note=NOTE)
    parts = planned.edges[planned.edges["road_name"] == "DE"]
    assert sorted(parts["length_m"]) == pytest.approx([1_000.0] * 2 + [3_000.0] * 2, abs=1)
    rows = np.flatnonzero(planned.edges["road_name"] == "DE")
    shapes = {frozenset(geometry.coords): metres(geometry).length for geometry in planned.geometry(rows)}
    assert len(shapes) == 2, "both directions of a part run along the same points"
    assert sum(shapes.values()) == pytest.approx(whole.length, abs=0.5)
    for number in rows:
        ends = planned.geometry([number])[0].coords
        for end, node in ((ends[0], planned.u[number]), (ends[-1], planned.v[number])):
            assert end == pytest.approx((planned.lon[node], planned.lat[node]), abs=2e-7)
    assert len(planned.lines()) == len(roads.lines()) + 2


def test_networks_that_count_their_nodes_count_on() -> None:
    places = river()
    number = {name: 5 + row for row, name in enumerate(places.network.nodes.index)}
    nodes = places.network.nodes.rename(index=number).rename_axis("node_id")
    edges = places.network.edges.rename(index=number, level="u").rename(index=number, level="v")
    counted = Network.from_frames(nodes, edges.assign(osm_id=7), kind="osm", access=places.network.access)
    planned = add_edges(counted, drawn([places.xy["B"], (places.xy["E"][0] - 2_000, places.xy["E"][1])]), note=NOTE)
    assert planned.node_id.tolist() == [*counted.node_id.tolist(), -1]
    assert planned.edges["osm_id"].value_counts().to_dict() == {7: len(counted.u) + 2, -1: 2}
    assert planned.length_m.dtype == counted.length_m.dtype
    assert len(add_edges(counted, between(5, 8, length_m=4_000.0), note=NOTE).u) == len(counted.u) + 2  # type: ignore[arg-type]


def test_one_way_toll_and_exits_follow_the_frame_or_the_class() -> None:
    places = town(
        RIVER,
        Road("ABC", toll=True, access="ends_only", road_class="expressway"),
        Road("DEF", road_class="trunk_1"),
        Road("CF"),
        toll_min=1.0,
    )
    frame = pd.concat(
        [
            between("A", "D", road_class="expressway", length_m=4_000.0, oneway=True),
            between("B", "E", road_class="trunk_1", length_m=4_000.0, oneway=False),
        ]
    )
    new: Any = add_edges(places.network, frame, note=NOTE).edges
    new = new[new["scenario"] == NOTE]
    assert new.index.tolist() == [("A", "D", 0), ("B", "E", 0), ("E", "B", 0)]
    assert new["access"].tolist() == ["ends_only", "along", "along"]
    assert new["toll"].tolist() == [True, False, False]
    told: Any = add_edges(places.network, frame.assign(toll=False, access="ends_only"), note=NOTE).edges
    told = told[told["scenario"] == NOTE]
    assert not told["toll"].any()
    assert set(told["access"]) == {"ends_only"}


def test_expressways_are_joined_to_interchanges_only() -> None:
    """The expressway C–F ends at F; the new one ends 50 m from E, a crossing of plain roads, and 90 m from F."""
    xy = {"A": (0.0, 0.0), "E": (4_000.0, 0.0), "F": (4_140.0, 0.0), "C": (4_140.0, 5_000.0)}
    places = town_of(xy, Road("AE"), Road("EF", length_m=200), Road("CF", access="ends_only", road_class="expressway"))
    line = drawn([(4_050.0, 0.0), (9_000.0, 0.0)], road_class="expressway")
    planned = add_edges(places.network, line, note=NOTE)
    assert planned.edges[planned.edges["scenario"] == NOTE].index.tolist()[0][0] == "F"
    # A plain road of the same shape goes to the nearer crossing.
    plain = add_edges(places.network, line.assign(road_class="trunk_1"), note=NOTE)
    assert plain.edges[plain.edges["scenario"] == NOTE].index.tolist()[0][0] == "E"
    # Where there is only a road to be crossed, an expressway is not joined to it.
    with pytest.raises(InputError, match=r"meet the network nowhere.*interchanges only"):
        add_edges(places.network, drawn([(2_000.0, 0.0), (2_000.0, 4_000.0)], road_class="expressway"), note=NOTE)
    joined = add_edges(places.network, drawn([(2_000.0, 0.0), (2_000.0, 4_000.0)]), note=NOTE)
    assert joined.provenance["changes"][0]["ends_on_roads"] == 1


def test_no_road_is_cut_that_may_not_be_left() -> None:
    places = river()
    cx, (cy, fy) = places.xy["C"][0], (places.xy["C"][1], places.xy["F"][1])
    with pytest.raises(InputError, match="New roads 0 meet the network nowhere"):
        add_edges(places.network, drawn([(cx, (cy + fy) / 2), (cx + 5_000, fy - 9_000)]), note=NOTE)


def test_speeds_come_from_the_frame_or_the_table_and_say_so() -> None:
    places = river()
    frame = pd.concat([between("A", "D", length_m=5_500.0), between("B", "E", length_m=5_500.0)])
    made: Any = add_edges(places.network, frame.assign(speed_kmh=[np.nan, 40.0]), note=NOTE)
    new = made.edges[made.edges["scenario"] == NOTE].droplevel("key")
    assert new.loc[("B", "E"), ["speed_kmh", "speed_basis"]].tolist() == [40, "given"]
    assert new.loc[("A", "D"), "speed_basis"] == "table"
    # 一级, plain, setting not known: 55 km/h in the table; 5.5 km take 6 minutes.
    assert new.loc[("A", "D"), "time_min"] == pytest.approx(6.0)
    assert made.provenance["changes"][0]["speed_basis_km_share"] == {"given": 0.5, "table": 0.5}


def test_authored_speeds_stay_authored_beside_new_ones() -> None:
    roads = read_network()
    frame = pd.DataFrame(
        {"u": ["s_370202"], "v": ["s_370211"], "road_class": ["urban_expressway"], "length_m": [46_000]}
    )
    planned = add_edges(roads, frame, note=NOTE)
    basis = planned.edge_columns["speed_basis"]
    assert isinstance(basis, Coded)
    assert set(basis.texts()[: len(roads.u)]) == {"authored"}
    assert set(basis.texts()[len(roads.u) :]) == {"table"}
    assert planned.is_skeleton


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        (between("A", "Z", length_m=9_000.0), UnknownNameError, "no nodes of the network: Z"),
        (between("A", "A", length_m=9_000.0), InputError, "same node"),
        (between("A", "D", length_m=2_800.0), InputError, "shorter than the straight line"),
        (between("A", "D", length_m=-1.0), SchemaError, "length_m are not positive"),
        (between("A", "D", speed_kmh=0.0), SchemaError, "speed_kmh are not positive"),
        (between("A", "D", road_class=None), SchemaError, "road_class is missing"),
        (between("A", "D", road_class="expresway"), SchemaError, "expresway is not known"),
        (between("A", "D", length_m="9 km"), SchemaError, "length_m are not positive"),
        (between("A", "D", speed_kmh=600.0), SchemaError, "above 150 km/h"),
        (between("A", "D", time_min=5.0), SchemaError, "time_min is not read"),
        (between("A", "D", oneway="yes"), SchemaError, "oneway must hold true or false"),
        (between("A", "D", access="by boat"), SchemaError, "access must be"),
        (between("A", "D").iloc[:0], SchemaError, "empty"),
        (pd.DataFrame({"road_class": ["trunk_1"]}), SchemaError, "either lines"),
        (drawn([(0, 0), (1, 1)]).assign(u="A", v="B"), SchemaError, "not both"),
        (drawn([(90_000, 0), (99_000, 0)]), InputError, "meet the network nowhere"),
        (drawn([(-4_000, 1_500), (-4_000, 1_500)]), InputError, "without length"),
        (
            gpd.GeoDataFrame({"road_class": ["trunk_1"]}, geometry=[Point(101, 36)], crs=CGCS2000),
            SchemaError,
            "one line, got Point",
        ),
        (
            gpd.GeoDataFrame({"road_class": ["trunk_1"]}, geometry=[LineString([(101, 36), (101, 37)])]),
            CrsError,
            "no coordinate reference system",
        ),
    ],
)
def test_roads_that_cannot_be_added_are_refused(frame: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        add_edges(river().network, frame, note=NOTE)


def test_a_line_that_ends_in_the_middle_of_another_is_refused() -> None:
    places = river()
    (bx, by), (ex, ey) = places.xy["B"], places.xy["E"]
    middle = ((bx + ex) / 2, (by + ey) / 2)
    lines = drawn([(bx, by), (ex, ey)], [middle, (middle[0] + 900, middle[1])])
    with pytest.raises(InputError, match="Line 1 ends within 100 m of the middle of line 0"):
        add_edges(places.network, lines, note=NOTE)


@pytest.mark.parametrize("note", ["", "  ", None, 3])
def test_every_change_says_by_whose_words(note: Any) -> None:
    roads = river().network
    with pytest.raises(InputError, match="say in words"):
        add_edges(roads, between("A", "D"), note=note)
    with pytest.raises(InputError, match="say in words"):
        remove_edges(roads, where={"road_name": "CF"}, note=note)
    with pytest.raises(InputError, match="say in words"):
        set_speed(roads, factor=2, where={"road_name": "CF"}, note=note)


# --- roads closed and made faster ------------------------------


def test_a_closed_bridge_by_hand() -> None:
    places = river()
    planned = add_edges(places.network, between("A", "D", length_m=3_000.0), note=NOTE)
    closed = remove_edges(planned, where={"road_name": "CF"}, note="维修公告")
    assert minutes(planned, places, "C")["F"] == 3
    assert minutes(closed, places, "C")["F"] == 8 + 3 + 8
    assert closed.provenance["changes"][1] == {
        "change": "remove_edges",
        "note": "维修公告",
        "edges": 2,
        "km": 3.0,
        "where": {"road_name": "CF"},
    }
    json.dumps(closed.provenance)


def test_selections_by_column_node_and_polygon() -> None:
    places = river()
    roads = places.network

    def left(**chosen: Any) -> set[str]:
        return set(remove_edges(roads, note=NOTE, **chosen).edges["road_name"])

    assert left(where={"road_name": ["AB", "BC"]}) == {"DE", "EF", "CF"}
    assert left(where={"access": "ends_only"}) == {"AB", "BC", "DE", "EF"}
    assert left(where={"u": ["C", "F"], "v": ["C", "F"]}) == {"AB", "BC", "DE", "EF"}
    assert left(where={"toll": False, "road_name": "AB"}) == {"BC", "DE", "EF", "CF"}
    assert left(where={"speed_kmh": 60, "road_name": "AB"}) == {"BC", "DE", "EF", "CF"}
    # One direction only: the way back stays.
    one_way = remove_edges(roads, where={"u": "C", "v": "F"}, note=NOTE)
    assert one_way.edges.index[one_way.edges["road_name"] == "CF"].tolist() == [("F", "C", 0)]
    # The northern bank lies wholly inside, the bridge only with one end.
    west, east = places.xy["A"][0] - 500, places.xy["C"][0] + 500
    bank = gpd.GeoSeries([box(west, places.xy["A"][1] - 500, east, places.xy["A"][1] + 500)], crs=PLANE)
    assert left(within=bank) == {"DE", "EF", "CF"}
    assert left(within=bank.to_crs(CGCS2000).iloc[0]) == {"DE", "EF", "CF"}
    assert left(within=bank, where={"road_name": "AB"}) == {"BC", "DE", "EF", "CF"}


def test_a_road_that_bends_out_of_the_polygon_is_not_inside() -> None:
    places = river()
    roads = bent(places.network)
    road = LineString([places.xy["A"], places.xy["B"]])
    strip = gpd.GeoSeries([road.buffer(30)], crs=PLANE)
    assert "AB" not in set(remove_edges(places.network, within=strip, note=NOTE).edges["road_name"])
    with pytest.raises(InputError, match="No edge is selected"):
        remove_edges(roads, within=strip, note=NOTE)


def test_who_writes_part_of_a_name_is_told_the_names_that_hold_it() -> None:
    names = ["青银高速", "济青高速公路南线", "济青高速公路", "老济青路", "G20 济青段", "济广高速"]
    drawing = "A-B-C-D-E-F-G"
    places = town(drawing, *(Road(drawing[2 * place : 2 * place + 3 : 2]) for place in range(6)))
    ways = {"AB": names[0], "BC": names[1], "CD": names[2], "DE": names[3], "EF": names[4], "FG": names[5]}
    edges = places.network.edges
    named = places.network.with_frames(edges=edges.assign(road_name=edges["road_name"].map(ways)))
    with pytest.raises(UnknownNameError) as caught:
        remove_edges(named, where={"road_name": "济青"}, note=NOTE)
    assert str(caught.value) == (
        "No edge has road_name 济青. Near to the first: 济青高速公路, 济青高速公路南线, 老济青路, G20 济青段."
    )
    with pytest.raises(UnknownNameError, match="Near to the first: G20 济青段"):
        remove_edges(named, where={"road_name": "g20"}, note=NOTE)
    # A slip of the pen begins with no name and is in none: names alike by letters.
    with pytest.raises(UnknownNameError, match="Near to the first: 青银高速"):
        remove_edges(named, where={"road_name": "青艮高速"}, note=NOTE)


def test_near_names_of_very_many_are_found_without_reading_each_letter() -> None:
    many = [f"乡道{number:06d}" for number in range(30_000)] + ["济青高速"]
    assert near_names("济青髙速", many) == ["济青高速"]
    assert near_names("乡道029999", many, count=1) == ["乡道029999"]
    assert near_names("  ", many) == near_names("济", []) == []


@pytest.mark.parametrize(
    ("chosen", "error", "words"),
    [
        ({}, InputError, "Which edges"),
        ({"where": {}}, InputError, "expected a mapping"),
        ({"where": "CF"}, InputError, "expected a mapping"),
        ({"where": {"road": "CF"}}, UnknownNameError, "no column 'road'; did you mean 'road_"),
        ({"where": {"road_name": "CG"}}, UnknownNameError, "No edge has road_name CG. Near to the first: CF"),
        ({"where": {"road_name": ["CF", "没有"]}}, UnknownNameError, "没有"),
        ({"where": {"speed_kmh": 61}}, UnknownNameError, "No edge has speed_kmh 61"),
        ({"where": {"speed_kmh": "60"}}, InputError, "holds numbers"),
        ({"where": {"u": "Z"}}, UnknownNameError, "No edge has u Z"),
        ({"where": {"road_name": "AB", "access": "ends_only"}}, InputError, "No edge is selected"),
        ({"within": box(0, 0, 1, 1)}, InputError, "No edge is selected"),
        ({"within": Polygon()}, InputError, "expected a polygon"),
        ({"within": (101, 36)}, InputError, "expected a polygon"),
        ({"where": {"toll": False}}, InputError, "takes all 10 edges"),
    ],
)
def test_selections_of_nothing_are_refused(chosen: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        remove_edges(river().network, note=NOTE, **chosen)


def test_speeds_by_hand() -> None:
    places = river()
    slow = set_speed(places.network, kmh=30, where={"road_name": "CF"}, note=NOTE)
    assert minutes(slow, places, "C")["F"] == 6
    faster = set_speed(slow, factor=4, where={"road_name": "CF"}, note=NOTE)
    assert minutes(faster, places, "C")["F"] == 1.5
    assert faster.edges.loc[("C", "F", 0), "speed_kmh"] == 120
    assert minutes(faster, places, "A")["C"] == 8
    assert [change["change"] for change in faster.provenance["changes"]] == ["set_speed"] * 2
    assert faster.provenance["changes"][1] == {
        "change": "set_speed",
        "note": NOTE,
        "factor": 4,
        "edges": 2,
        "km": 3.0,
        "where": {"road_name": "CF"},
    }
    basis: Any = faster.edges["speed_basis"]
    assert basis[faster.edges["road_name"] == "CF"].tolist() == ["given"] * 2
    assert basis[faster.edges["road_name"] != "CF"].isna().all()


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"kmh": 50, "factor": 2},
        {"kmh": 0},
        {"factor": -1},
        {"kmh": math.nan},
        {"factor": math.inf},
        {"kmh": True},
        {"kmh": "fast"},
    ],
)
def test_a_speed_that_is_none_is_refused(asked: Any) -> None:
    with pytest.raises(InputError, match="expected one of them, a positive number"):
        set_speed(river().network, where={"road_name": "CF"}, note=NOTE, **asked)


def test_waiting_for_a_train_is_no_speed() -> None:
    roads = with_rail(read_network())
    jinan = box(116.8, 36.5, 117.4, 36.9)
    faster = set_speed(roads, factor=2, within=jinan, note=NOTE)
    steps = roads.road_class.is_in(["rail_access"])
    assert (faster.time_min[steps] == roads.time_min[steps]).all()
    assert not (faster.time_min[~steps] == roads.time_min[~steps]).all()
    with pytest.raises(InputError, match="never taken"):
        set_speed(roads, factor=2, where={"road_class": "rail_access"}, note=NOTE)
    trains = set_speed(roads, factor=2, where={"road_name": "济莱高铁"}, note=NOTE)
    new: Any = trains.edges[trains.edges["road_name"] == "济莱高铁"]
    assert set(new["minutes_basis"]) == {"given"}
    assert trains.edges["minutes_basis"].isna().sum() == roads.edges["minutes_basis"].isna().sum()


def test_shares_by_basis_follow_the_change() -> None:
    places = river()
    told = replace(
        places.network,
        edge_columns={**places.network.edge_columns, "speed_basis": Coded.constant("table", len(places.network.u))},
        provenance={"speed_basis_km_share": {"table": 1.0}},
    )
    # 3 of 19 km.
    faster = set_speed(told, factor=2, where={"road_name": "CF"}, note=NOTE)
    assert faster.provenance["speed_basis_km_share"] == {"given": round(3 / 19, 4), "table": round(16 / 19, 4)}
    assert told.provenance == {"speed_basis_km_share": {"table": 1.0}}


# --- what no change may do ------------------------------


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), taken=st.integers(0, 9))
def test_closing_a_road_makes_no_way_shorter(seed: int, taken: int) -> None:
    roads = random_town(seed).network
    row = roads.pieces()[taken % len(roads.pieces())]
    ends = [str(roads.node_id[node]) for node in (roads.u[row], roads.v[row])]
    closed = remove_edges(roads, where={"u": ends, "v": ends}, note=NOTE)
    before, after = all_times(roads), all_times(closed)
    assert all(after[pair] >= before[pair] for pair in before)


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), data=st.data())
def test_a_new_road_makes_no_way_longer_and_closing_it_gives_all_times_back(seed: int, data: st.DataObject) -> None:
    places = random_town(seed)
    names = sorted(places.xy)
    u, v = data.draw(st.lists(st.sampled_from(names), min_size=2, max_size=2, unique=True))
    kmh = data.draw(st.floats(5, 120))
    planned = add_edges(places.network, between(u, v, speed_kmh=kmh), note=NOTE)
    before, after = all_times(places.network), all_times(planned)
    assert all(after[pair] <= before[pair] for pair in before)
    closed = remove_edges(planned, where={"scenario": NOTE}, note="撤回")
    assert all_times(closed) == before


@settings(max_examples=30)
@given(seed=st.integers(0, 10_000), share=st.floats(0.05, 0.95), is_bent=st.booleans())
def test_cutting_a_road_changes_no_time_but_by_rounding(seed: int, share: float, *, is_bent: bool) -> None:
    """A side road is drawn to the middle of A–B and closed again: the cut stays, the times do."""
    places = random_town(seed)
    roads = bent(places.network) if is_bent else places.network
    row = int(np.flatnonzero(roads.edges["road_name"] == "AB")[0])
    spot = metres(roads.geometry([row])[0]).interpolate(share, normalized=True)
    line = drawn([(spot.x, spot.y), (spot.x + 40_000, spot.y + 40_000)])
    # A straight edge of 17 km in degrees lies 4 m beside the straight line in metres.
    planned = add_edges(roads, line, note=NOTE, snap_m=10.0)
    before = all_times(roads)
    closed = all_times(remove_edges(planned, where={"scenario": NOTE}, note="撤回"))
    # A way may use a cut road once in each direction; each part is rounded to a millisecond.
    assert max(abs(closed[pair] - before[pair]) for pair in before) <= 2
    assert planned.length_m[: len(roads.u)].min() > 0


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), factor=st.floats(1.0, 3.0))
def test_a_faster_road_makes_no_way_longer_and_factor_one_changes_nothing(seed: int, factor: float) -> None:
    roads = random_town(seed).network
    chosen = {"road_name": sorted(set(roads.edges["road_name"]))[:3]}
    before = all_times(roads)
    faster = all_times(set_speed(roads, factor=factor, where=chosen, note=NOTE))
    assert all(faster[pair] <= before[pair] for pair in before)
    same = set_speed(roads, factor=1.0, where=chosen, note=NOTE)
    assert (same.time_min == roads.time_min).all()
    assert all_times(same) == before


def test_order_of_rows_decides_nothing() -> None:
    places = random_town(11)
    line = drawn([(0, 0), (20_000, 20_000)], [(20_000, 20_000), (-9_000, 9_000)])
    planned = add_edges(places.network, line, note=NOTE, snap_m=4_000)
    again = add_edges(shuffled_network(places.network, 5), line.iloc[::-1], note=NOTE, snap_m=4_000)
    assert all_times(again) == all_times(planned)
    assert again.provenance["changes"] == planned.provenance["changes"]


def test_a_degree_is_as_long_as_on_the_ellipsoid() -> None:
    ruler = Geod(ellps="GRS80")
    for lat in (18.0, 36.0, 53.0):
        east, north = metres_per_degree(lat)
        assert east == pytest.approx(ruler.inv(100, lat, 100.01, lat)[2] * 100, rel=1e-6)
        assert north == pytest.approx(ruler.inv(100, lat - 0.005, 100, lat + 0.005)[2] * 100, rel=1e-6)


@pytest.mark.parametrize("node", [1.5, "x", None, math.nan, True])
def test_nodes_that_are_no_numbers_are_refused_where_nodes_are_counted(node: Any) -> None:
    counted = replace(river().network, node_id=np.arange(6))
    frame = between("A", "F", length_m=90_000.0).assign(u=[0], v=[node])
    with pytest.raises(SchemaError, match="whole numbers are expected"):
        add_edges(counted, frame, note=NOTE)
    for same in (5, 5.0, "5"):
        assert len(add_edges(counted, frame.assign(v=[same]), note=NOTE).u) == len(counted.u) + 2


def test_a_road_without_a_speed_is_timed_for_the_terrain_the_network_was_read_for() -> None:
    frame = between("A", "F", road_class="secondary_2", length_m=90_000.0).drop(columns="speed_kmh")
    for terrain, kmh in (("plain", 55.0), ("mountain", 45.0)):
        roads = river().network
        roads = replace(roads, road_class=Coded.constant("secondary_2", len(roads.u)))
        hilly = with_speeds(roads, terrain=terrain)  # type: ignore[arg-type]
        assert set(add_edges(hilly, frame, note=NOTE).speed_kmh[-2:]) == {kmh}


def test_a_road_without_a_speed_is_not_timed_by_another_table_than_the_network(tmp_path: Path) -> None:
    roads = river().network
    (tmp_path / "own.csv").write_text("road_class,mean_kmh\nsecondary_2,40\n", encoding="utf-8")
    roads = replace(roads, road_class=Coded.constant("secondary_2", len(roads.u)))
    timed = with_speeds(roads, table=read_speed_table(tmp_path / "own.csv"))
    frame = between("A", "F", road_class="secondary_2", length_m=90_000.0)
    with pytest.raises(InputError, match=r"speed table own\.csv"):
        add_edges(timed, frame.drop(columns="speed_kmh"), note=NOTE)
    assert add_edges(timed, frame, note=NOTE).speed_kmh[-1] == 60
