"""Rail on roads: legs with their minutes apart, one overhead for each ride, stations where one may leave and platforms
where one may not."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from towns import PLAIN, Road, Town, origins, point, shuffled_network, town, town_of

from urbangeo import isochrones, read_network, travel_times
from urbangeo.archive.catalog import describe_table, read_table
from urbangeo.errors import InputError, SnapError
from urbangeo.sources.network import Network, check_arrays, landing_nodes
from urbangeo.sources.network import rail as rail_module
from urbangeo.sources.network.model import LANDING_KINDS
from urbangeo.sources.network.rail import PLATFORM, read_rail, sure_of_rail, with_rail

HALF_MS = 0.5 / 60_000

LEGS = pd.DataFrame(
    [
        ("甲线", "P", "Q", 40.0, 10.0, 8.0),
        ("甲线", "Q", "R", 60.0, np.nan, 12.0),
        ("乙线", "Q", "S", 30.0, 8.0, 4.0),
    ],
    columns=["line", "from_node_id", "to_node_id", "km", "minutes_timetable", "minutes_design"],
)
"""甲线 P–Q–R and 乙线 Q–S. 18 timetable minutes for 12 design minutes: without a timetable, 1.5 times as long."""

MAP = """
A-P    Q-B




S-C    R-D
"""
"""Four villages that no road joins; in each a station at the end of a road of 2 km, driven in 4 minutes at 30 km/h."""


def islands(**more: Any) -> Town:
    roads = [Road(way, kmh=30) for way in ("AP", "QB", "SC", "RD")]
    return town(MAP, *roads, kinds=dict.fromkeys("PQRS", "station"), **more)


def put_rail(monkeypatch: pytest.MonkeyPatch, places: Town, legs: pd.DataFrame = LEGS) -> None:
    """Let the packaged tables hold the toy's lines and stations."""
    full = legs.assign(
        from_station=legs["from_node_id"] + "站",
        to_station=legs["to_node_id"] + "站",
        opened="2024",
        source="km estimated: toy; shared out by km",
        confidence="low",
    )
    stations = sorted({*legs["from_node_id"], *legs["to_node_id"]})
    points = [places.spot(name) for name in stations]
    nodes = pd.DataFrame(
        {
            "node_id": stations,
            "name": [f"{name}站" for name in stations],
            "lon": [place.x for place in points],
            "lat": [place.y for place in points],
        }
    )
    tables = {"network/rail": full, "network/nodes": nodes}
    monkeypatch.setattr(
        rail_module, "read_table", lambda name: tables[name].copy() if name in tables else read_table(name)
    )


def minutes(network: Network, places: Town, start: str, **more: Any) -> dict[str, float]:
    return places.minutes(travel_times(network, places.at(start), **more), digits=6)


# --- the legs ------------------------------


def test_legs_keep_timetable_and_design_minutes_apart() -> None:
    legs: Any = read_rail()
    table: Any = read_table("network/rail")
    assert len(legs) == 75
    for column in ("minutes_timetable", "minutes_design", "km"):
        pd.testing.assert_series_equal(legs[column], table[column])
    assert legs["minutes_timetable"].notna().sum() == 20
    # Nothing was read for 济莱 and 潍烟, so nothing stands there.
    assert legs.loc[legs["line"].isin(["济莱高铁", "潍烟高铁"]), "minutes_timetable"].isna().all()


def test_the_rule_of_estimates_is_the_ratio_of_the_table_itself(repo_root: Path) -> None:
    with (repo_root / "urbangeo/data/network/rail.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["minutes_timetable"]]
    ratio = math.fsum(float(row["minutes_timetable"]) for row in rows) / math.fsum(
        float(row["minutes_design"]) for row in rows
    )
    legs: Any = read_rail()
    assert legs.attrs["estimate_factor"] == pytest.approx(ratio)
    first = legs[legs["line"] == "济莱高铁"].iloc[0]
    assert first["minutes_estimated"] == pytest.approx(3.7 * ratio, abs=0.05)


def test_every_leg_says_how_its_length_and_minutes_are_known() -> None:
    legs: Any = read_rail()
    assert legs["length_basis"].value_counts().to_dict() == {
        "estimated": int(legs["source"].str.startswith("km estimated").sum()),
        "scaled_to_published": int(legs["source"].str.startswith("scaled to").sum()),
        "published": 1,
    }
    # 济南–泰安 17 minutes is the leg's own figure; the 100 minutes of 济青 are shared out by km.
    basis = legs.set_index(["line", "from_station"])["timetable_basis"]
    assert (basis["京沪高铁", "济南西站"], basis["济青高铁", "章丘北"]) == ("leg", "line")
    assert (legs["timetable_basis"].isna() == legs["minutes_timetable"].isna()).all()


# --- one overhead a ride ------------------------------


def test_a_ride_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    places = islands()
    put_rail(monkeypatch, places)
    with_trains = with_rail(places.network, overhead_min=20)
    found = minutes(with_trains, places, "A")
    # 4 minutes to the station, 20 once, 10 in the train, 4 on the road.
    assert (found["P"], found["Q"], found["B"]) == (4, 34, 38)
    # Through Q without a timetable beyond: 12 design minutes × 1.5. Two legs, one overhead.
    assert (found["R"], found["D"]) == (4 + 20 + 10 + 18, 4 + 20 + 10 + 18 + 4)
    # Changing lines at Q: neither a second overhead nor a transfer time.
    assert found["C"] == 4 + 20 + 10 + 8 + 4
    # Leaving the station and boarding again is a second ride.
    assert minutes(with_trains, places, "B")["A"] == found["B"]


def test_trains_run_both_ways_and_both_directions_of_search_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    places = islands()
    put_rail(monkeypatch, places)
    with_trains = with_rail(places.network)
    for start, end in (("A", "D"), ("C", "B"), ("D", "C")):
        there = minutes(with_trains, places, start)[end]
        assert minutes(with_trains, places, end)[start] == there
        assert minutes(with_trains, places, end, direction="to")[start] == there


def test_the_default_overhead_is_that_of_the_table_and_never_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    places = islands()
    put_rail(monkeypatch, places)
    plain, none = with_rail(places.network), with_rail(places.network, overhead_min=0)
    assert minutes(plain, places, "A")["B"] == 4 + 30 + 10 + 4
    told = plain.provenance["rail"]
    assert (told["overhead_min"], told["overhead_basis"]) == (30.0, "network/turn_tolls, rail_overhead")
    assert told["time"] == "with access, wait and egress"
    # In the vehicle only: no edge takes less than a millisecond, on and off are two.
    assert minutes(none, places, "A")["B"] == pytest.approx(18 + 2 / 60_000, abs=HALF_MS)
    assert none.provenance["rail"]["time"] == "in-vehicle"
    assert none.provenance["rail"]["overhead_basis"] == "given"


@settings(max_examples=25)
@given(overhead=st.floats(0.001, 240.0))
def test_the_overhead_is_added_once_to_any_ride(overhead: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        places = islands()
        put_rail(patch, places)
        found = minutes(with_rail(places.network, overhead_min=overhead), places, "A")
    for end, moving in {"B": 18.0, "C": 26.0, "D": 36.0, "P": 4.0, "A": 0.0}.items():
        charged = 0.0 if end in "AP" else overhead
        assert found[end] == pytest.approx(moving + charged, abs=2.1 * HALF_MS), end


def test_design_minutes_are_another_network(monkeypatch: pytest.MonkeyPatch) -> None:
    places = islands()
    put_rail(monkeypatch, places)
    fast = with_rail(places.network, minutes="design", overhead_min=20)
    assert minutes(fast, places, "A")["D"] == 4 + 20 + 8 + 12 + 4
    assert set(fast.edges.loc[fast.edges["road_class"] == "rail", "minutes_basis"]) == {"design"}
    assert fast.provenance["rail"]["minutes"] == "design"
    assert "设计速度" in sure_of_rail(fast)


# --- edges and nodes ------------------------------


def test_what_is_added_and_how_it_is_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    places = islands()
    put_rail(monkeypatch, places)
    before = places.network.edges.copy()
    made = with_rail(places.network)
    check_arrays(made)
    edges: Any = made.edges
    trains = edges[edges["road_class"] == "rail"]
    assert sorted(trains.index) == sorted(
        (f"{a}@rail", f"{b}@rail", 0) for a, b in ("PQ", "QP", "QR", "RQ", "QS", "SQ")
    )
    assert trains.loc[("Q@rail", "R@rail", 0), ["length_m", "time_min", "minutes_basis", "road_name"]].tolist() == [
        60_000.0,
        18.0,
        "estimated",
        "甲线",
    ]
    assert trains.loc[("P@rail", "Q@rail", 0), "minutes_basis"] == "timetable"
    assert trains.loc[("P@rail", "Q@rail", 0), "speed_kmh"] == pytest.approx(240.0)
    steps = edges[edges["road_class"] == "rail_access"]
    assert len(steps) == 2 * 4
    both = edges[edges["road_class"].isin(["rail", "rail_access"])]
    assert set(both["access"]) == {"ends_only"}
    assert not both["toll"].any()
    assert (made.edges["time_min"] * 60_000 > 0.999).all()
    assert made.mode == "drive+rail"
    # What was given is as it was.
    pd.testing.assert_frame_equal(places.network.edges, before)
    assert places.network.mode == "drive"
    roads = edges[~edges["road_class"].isin(["rail", "rail_access"])]
    assert (roads["time_min"].to_numpy() == before["time_min"].to_numpy()).all()


def test_one_leaves_at_stations_never_from_a_train(monkeypatch: pytest.MonkeyPatch) -> None:
    places = islands()
    put_rail(monkeypatch, places)
    made = with_rail(places.network, overhead_min=20)
    assert PLATFORM not in LANDING_KINDS
    may = dict(zip(made.node_id.tolist(), landing_nodes(made).tolist(), strict=True))
    assert [may[f"{name}@rail"] for name in "PQRS"] == [False] * 4
    assert [may[name] for name in "PQRS"] == [True] * 4
    # In the train at 30 minutes, between P and Q, nothing new is reached; after 34 minutes and a bit Q is.
    near, far = (
        isochrones(made, places.at("A"), cutoffs=[cutoff], land=PLAIN, cell_m=50).geometry.iloc[0]
        for cutoff in (33, 36)
    )
    assert not near.contains(places.spot("Q"))
    assert far.contains(places.spot("Q"))
    middle = point(*(np.add(places.xy["P"], places.xy["Q"]) / 2))
    assert not far.contains(middle)
    alone = isochrones(places.network, places.at("A"), cutoffs=[33], land=PLAIN, cell_m=50).geometry.iloc[0]
    assert near.symmetric_difference(alone).area < 1e-12


def test_trains_pay_no_toll(monkeypatch: pytest.MonkeyPatch) -> None:
    """T–P is a toll road with 5 minutes a change; from P on by train nothing more is paid than leaving it at P."""
    places = town(
        MAP.replace("A-P", "A-T-P").replace("\nS-C    R", "\nS-C      R").replace("Q-B", "Q-B"),
        Road("AT", kmh=30),
        Road("TP", kmh=60, toll=True, access="ends_only", road_class="expressway"),
        *[Road(way, kmh=30) for way in ("QB", "SC", "RD")],
        kinds=dict.fromkeys("PQRS", "station"),
        toll_min=5.0,
    )
    put_rail(monkeypatch, places)
    found = minutes(with_rail(places.network, overhead_min=20), places, "A")
    # 4 on the road, 5 onto the toll road, 2 on it, 5 off it at P, then the train.
    assert found["B"] == 4 + 5 + 2 + 5 + 20 + 10 + 4


# --- roads without the skeleton's stations ------------------------------


def numbered(places: Town) -> Network:
    """The toy's network with nodes counted, as in OSM, and none of them called a station."""
    network = places.network
    nodes = network.nodes.assign(kind="junction")
    number = {name: 1_000 + row for row, name in enumerate(nodes.index)}
    edges = network.edges.rename(index=number, level="u").rename(index=number, level="v")
    return Network.from_frames(
        nodes.rename(index=number).rename_axis("node_id"), edges, kind="osm", access=network.access
    )


def test_stations_are_put_on_the_nearest_road(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each road is 10 km at 60 km/h; each station stands 500 m beside it, 4 km from its western end."""
    xy = {"A": (-10_000.0, 0.0), "B": (0.0, 0.0), "C": (20_000.0, 0.0), "D": (30_000.0, 0.0)}
    roads = town_of(xy, Road("AB"), Road("CD"))
    stations = Town(roads.network, {"P": (-6_000.0, 500.0), "Q": (24_000.0, -500.0), "R": (80_000.0, 0.0)})
    legs = LEGS.iloc[:2]
    put_rail(monkeypatch, stations, legs)
    made = with_rail(numbered(roads), overhead_min=20)
    told = made.provenance["rail"]
    # R lies 50 km from any road: no access, and the leg that leads only there is left out.
    assert (told["stations"], told["stations_without_road"], told["legs"]) == (2, ["R站"], 1)
    assert told["largest_station_snap_m"] == pytest.approx(500, abs=5)
    times = travel_times(made, roads.at("A")).droplevel("origin_id")["time_min"]
    # 4 km, the ride, then 6 km on to D; D is node 1003.
    assert times[1_003] == pytest.approx(4 + 20 + 10 + 6, abs=0.001)
    assert made.node_id.dtype.kind == "i"
    # The road was cut: both halves are roads as before, and nothing became longer.
    assert made.length_m[made.along].sum() == pytest.approx(40_000, abs=0.01)
    check_arrays(made)
    # Authored stations and minutes make every result say so, whatever the roads.
    assert made.is_skeleton
    assert made.provenance["parts"] == ["osm", "skeleton"]
    json.dumps(made.provenance)


def test_a_station_between_two_others_is_passed_without_a_road(monkeypatch: pytest.MonkeyPatch) -> None:
    xy = {"A": (-2_000.0, 0.0), "P": (0.0, 0.0), "R": (60_000.0, 0.0), "D": (62_000.0, 0.0)}
    places = town_of(xy, Road("AP", kmh=30), Road("RD", kmh=30), kinds={"P": "station", "R": "station"})
    put_rail(monkeypatch, Town(places.network, {**xy, "Q": (30_000.0, 40_000.0)}), LEGS.iloc[:2])
    made = with_rail(places.network, overhead_min=20)
    assert made.provenance["rail"]["stations_without_road"] == ["Q站"]
    # 10 timetable minutes for 8 by design, so the 12 of the second leg are 15.
    assert minutes(made, places, "A")["D"] == 4 + 20 + 10 + 15 + 4


def test_islands_of_road_are_no_place_for_a_station(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lone way beside the station is nearer than the town's road; nobody could get there, so it is not used."""
    names = [chr(ord("a") + number) for number in range(26)]
    xy = {name: (float(number * 1_000), 0.0) for number, name in enumerate(names)}
    xy |= {"Y": (4_000.0, 600.0), "Z": (5_000.0, 600.0)}
    roads = town_of(xy, Road(names), Road("YZ"))
    put_rail(monkeypatch, Town(roads.network, {"P": (4_500.0, 500.0), "Q": (20_300.0, 300.0)}), LEGS.iloc[:1])
    made = with_rail(numbered(roads))
    assert made.provenance["rail"]["largest_station_snap_m"] == pytest.approx(500, abs=5)


def test_trains_to_nowhere_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind R runs a ring line T–U–V that serves no road; it has no loose end, and is left out all the same."""
    xy = {"A": (-2_000.0, 0.0), "P": (0.0, 0.0), "R": (60_000.0, 0.0), "D": (62_000.0, 0.0)}
    places = town_of(xy, Road("AP", kmh=30), Road("RD", kmh=30), kinds={"P": "station", "R": "station"})
    ring = [("丙线", *pair, 10.0, 5.0, 4.0) for pair in ("RT", "TU", "UV", "VT")]
    legs = pd.concat([LEGS.iloc[:2], pd.DataFrame(ring, columns=LEGS.columns)], ignore_index=True)
    far = {name: (90_000.0 + number * 9_000, 50_000.0) for number, name in enumerate("TUV")}
    put_rail(monkeypatch, Town(places.network, {**xy, **far, "Q": (30_000.0, 40_000.0)}), legs)
    made = with_rail(places.network)
    assert made.provenance["rail"]["legs"] == 2
    assert sorted(node for node in made.node_id.tolist() if "@" in node) == ["P@rail", "Q@rail", "R@rail"]


def test_roads_elsewhere_have_no_rail() -> None:
    with pytest.raises(SnapError, match=r"0 of 68 stations .* within 5 km"):
        with_rail(islands().network)


# --- the skeleton ------------------------------


@pytest.fixture(scope="module")
def both() -> Network:
    return read_network(mode="drive+rail")


def test_the_skeleton_with_rail(both: Network) -> None:
    roads = read_network()
    told = both.provenance["rail"]
    assert (told["legs"], told["stations"], told["stations_without_road"]) == (75, 68, [])
    assert len(both.u) == len(roads.u) + 2 * 75 + 2 * 68
    assert len(both.node_id) == len(roads.node_id) + 68
    table: Any = read_table("network/rail")
    known = table["minutes_timetable"].notna()
    assert told["timetable_km_share"] == round(table.loc[known, "km"].sum() / table["km"].sum(), 4)
    assert told["sha256"]["network/rail"] == describe_table("network/rail").sha256
    assert (both.kind, both.is_skeleton, both.mode) == ("skeleton", True, "drive+rail")
    assert told["confidence"] == "low"
    assert "76%的里程无时刻表" in sure_of_rail(both)
    json.dumps(both.provenance)


def test_rail_makes_no_way_longer_and_an_overhead_none_shorter(both: Network) -> None:
    places = ["济南", "青岛", "西宁"]
    drive = travel_times(read_network(), places)["time_min"]
    for faster, slower in (
        (both, drive),
        (with_rail(read_network(), overhead_min=0), travel_times(both, places)["time_min"]),
    ):
        found = travel_times(faster, places)["time_min"].reindex(slower.index)
        assert found.notna().all()
        assert (found <= slower + 3 * HALF_MS).all()
        # 济南 to 青岛 is one of those that are really faster.
        assert (found < slower - 1).any()


def test_jinan_to_qingdao_by_train(both: Network) -> None:
    """济南东站 to 青岛北 is the whole line of about 100 minutes, 30 minutes once on top."""
    nodes = both.nodes
    place: Any = nodes.loc["r_jinan_e"]
    start = origins({"station": place.geometry})
    found = travel_times(both, start).droplevel("origin_id")["time_min"]
    line: Any = read_rail()
    ride = line.loc[line["line"] == "济青高铁", "minutes_timetable"].sum()
    assert ride == pytest.approx(100, abs=0.5)
    assert found["r_qingdao_n"] == pytest.approx(30 + ride, abs=0.001)


def test_order_of_rows_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    places = islands()
    put_rail(monkeypatch, places)
    first = minutes(with_rail(places.network), places, "A")
    put_rail(monkeypatch, places, LEGS.iloc[::-1].reset_index(drop=True))
    again = minutes(with_rail(shuffled_network(places.network, 7)), places, "A")
    assert again == first


# --- refusals ------------------------------


@pytest.mark.parametrize("value", [-1, math.nan, math.inf, True])
def test_an_overhead_that_is_none_is_refused(value: Any) -> None:
    with pytest.raises(InputError, match="overhead_min"):
        with_rail(read_network(), overhead_min=value)


def test_unknown_minutes_and_distances_are_refused() -> None:
    with pytest.raises(InputError, match="expected 'timetable' or 'design'"):
        with_rail(read_network(), minutes="promised")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="snap_m"):
        with_rail(read_network(), snap_m=-1)


def test_rail_is_added_once_and_to_off_peak_roads(both: Network) -> None:
    with pytest.raises(InputError, match=r"of mode 'drive\+rail'"):
        with_rail(both)
    with pytest.raises(InputError, match="of mode 'drive_peak'"):
        with_rail(read_network(mode="drive_peak"))
    with pytest.raises(InputError, match="has no rail"):
        sure_of_rail(read_network())


def test_the_map_of_a_toy_is_a_frame_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    places = islands()
    put_rail(monkeypatch, places)
    lines: Any = with_rail(places.network).lines()
    assert isinstance(lines, gpd.GeoDataFrame)
    assert lines.loc[lines["road_class"] == "rail", "length_km"].tolist() == [40, 60, 30]
