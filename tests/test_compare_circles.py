"""Two scenarios side by side: ground, people and counties gained and lost, by hand on toys."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Polygon, box
from towns import PLAIN, PLANE, Road, Town, point, town_of

from urbangeo import AccessLeg, Network
from urbangeo.answers.scenarios import compare_circles
from urbangeo.errors import InputError, SchemaError, SnapError
from urbangeo.language.crs import CGCS2000
from urbangeo.sources.network.changes.scenarios import add_edges, remove_edges, set_speed

NOTE = "甲规划第3页"
WALK = AccessLeg(speed_kmh=6.0, circuity=1.0, max_m=500.0)


def valley() -> Town:
    """Centre A, 10 km west of seat B and 30 km west of seat C, on one road at 60 km/h: 10 and 30 minutes."""
    xy = {"A": (0.0, 0.0), "B": (10_000.0, 0.0), "C": (30_000.0, 0.0)}
    places = town_of(xy, Road("ABC"), kinds={"B": "seat", "C": "seat"}, access=WALK)
    nodes = places.network.nodes.assign(adcode=pd.array([None, "630101", "630102"], dtype="str"))
    return replace(places, network=places.network.with_frames(nodes=nodes))


def counties() -> Any:
    """West county 20 km wide round A and B, east county 20 km wide round C, both 20 km high."""
    shapes = [box(-5_000, -10_000, 15_000, 10_000), box(15_000, -10_000, 35_000, 10_000)]
    index = pd.Index(["630101", "630102"], name="adcode")
    frame: Any = gpd.GeoDataFrame(
        {"name": ["西县", "东县"], "prefecture": "州", "province": "省"}, geometry=shapes, index=index, crs=PLANE
    )
    frame["prefecture_adcode"], frame["province_adcode"] = "630100", "630000"
    return frame.to_crs(CGCS2000)


def census() -> pd.DataFrame:
    """400 people a km² in the west, 100 in the east, on 400 km² each."""
    index = pd.MultiIndex.from_product([["630101", "630102"], [2020]], names=["adcode", "year"])
    frame: Any = pd.DataFrame(
        {
            "name": ["西县", "东县"],
            "province": "省",
            "resident_population": [160_000, 40_000],
            "urban_population": [80_000, 10_000],
            "urbanization_rate_pct": [50.0, 25.0],
            "unit_type": "county",
            "host_adcode": None,
            "source_id": "S1",
            "confidence": "two_sources",
        },
        index=index,
    )
    counts = ["resident_population", "urban_population"]
    whole: pd.DataFrame = frame.astype(dict.fromkeys(counts, "Int64"))
    return whole


def compared(before: Network, after: Network, places: Town, cutoff: float = 20.0, **more: Any) -> Any:
    more = {"counties": counties(), "census": census()} | more
    return compare_circles(before, after, places.at("A"), cutoffs=[cutoff], cell_m=50, land=PLAIN, **more)


def test_a_faster_road_by_hand() -> None:
    """10 minutes beyond B: at 60 km/h 10 km, at 90 km/h 15 km, as a strip 1 km wide with a tip.

    Whoever walks 500 m takes 5 minutes, so the tip is a triangle 5 minutes of road long: 5 km × 1 km / 2 before,
    7.5 km × 1 km / 2 after. Behind it lie 5 km² and 7.5 km²; from 7.5 to 11.25 km² makes 3.75 km² more.
    """
    places = valley()
    faster = set_speed(places.network, kmh=90, where={"road_name": "BC"}, note=NOTE)
    result = compared(places.network, faster, places)
    assert result.changes.index.tolist() == [("A", 20.0, "gained")]
    gained: Any = result.changes.iloc[0]
    assert gained["area_km2"] == pytest.approx(3.75, abs=0.02)
    assert gained["kind_zh"] == "新增"
    # All of it lies in the east: 100 people a km².
    assert gained["population"] == pytest.approx(375, abs=3)
    total: Any = result.totals.loc[("A", 20.0)]
    assert total["area_after_km2"] - total["area_before_km2"] == pytest.approx(gained["area_km2"], abs=1e-6)
    assert total["population_after"] - total["population_before"] == pytest.approx(gained["population"], abs=2)
    assert (total["lost_km2"], total["population_lost"], total["counties_entering"], total["counties_leaving"]) == (
        0,
        0,
        0,
        0,
    )


def test_turned_round_gains_are_losses() -> None:
    places = valley()
    faster = set_speed(places.network, kmh=90, where={"road_name": "BC"}, note=NOTE)
    there, back = compared(places.network, faster, places), compared(faster, places.network, places)
    assert back.changes.index.tolist() == [("A", 20.0, "lost")]
    assert back.changes.geometry.iloc[0].equals(there.changes.geometry.iloc[0])
    assert back.totals["population_lost"].tolist() == there.totals["population_gained"].tolist()
    assert back.changes["kind_zh"].tolist() == ["减少"]


def test_counties_enter_and_leave_with_their_minutes() -> None:
    """C is 30 minutes away; at 120 km/h beyond B it is 20, and in 25 minutes its county is reached."""
    places = valley()
    faster = set_speed(places.network, kmh=120, where={"road_name": "BC"}, note=NOTE)
    result = compared(places.network, faster, places, cutoff=25)
    assert result.counties.index.tolist() == [("A", 25.0, "630102")]
    row = result.counties.iloc[0]
    assert (row["name"], row["change"], row["county_population"]) == ("东县", "enters", 40_000)
    assert (row["minutes_before"], row["minutes_after"]) == (pytest.approx(30), pytest.approx(20))
    reason = result.totals["reason"].iloc[0]
    assert "进入（按政府驻地可达）：东县（30.0→20.0分钟）" in reason
    assert "覆盖人口" in reason
    back = compared(faster, places.network, places, cutoff=25)
    assert back.counties["change"].tolist() == ["leaves"]
    assert "退出（按政府驻地可达）：东县（20.0→30.0分钟）" in back.totals["reason"].iloc[0]
    assert back.totals["counties_leaving"].tolist() == [1]


def test_a_seat_that_cannot_be_reached_any_more_says_so() -> None:
    places = valley()
    closed = remove_edges(places.network, where={"road_name": "BC"}, note=NOTE)
    result = compared(places.network, closed, places, cutoff=40)
    assert pd.isna(result.counties["minutes_after"].iloc[0])
    assert "东县（30.0→不可达分钟）" not in result.totals["reason"].iloc[0]
    assert "东县（30.0分钟→不可达）" in result.totals["reason"].iloc[0]


def test_the_same_network_twice_changes_nothing() -> None:
    places = valley()
    result = compared(places.network, places.network, places)
    assert len(result.changes) == len(result.counties) == 0
    assert list(result.changes.columns) == ["kind_zh", "area_km2", "population", "network_kind", "geometry"]
    assert result.changes.crs == CGCS2000
    total: Any = result.totals.iloc[0]
    assert (total["gained_km2"], total["lost_km2"], total["population_gained"], total["population_lost"]) == (
        0,
        0,
        0,
        0,
    )
    assert total["population_before"] == total["population_after"] > 0


def test_a_cut_that_only_rounds_is_no_change() -> None:
    """A side road is added and closed again: the cut it left moves outlines by a millisecond, which is no ground."""
    places = valley()
    side: Any = gpd.GeoDataFrame(
        {"road_class": ["local_4"], "speed_kmh": [30.0]},
        geometry=gpd.GeoSeries.from_wkt(["LINESTRING (3333 0, 3333 9000)"]),
        crs=PLANE,
    )
    planned = add_edges(places.network, side, note=NOTE)
    closed = remove_edges(planned, where={"scenario": NOTE}, note="撤回")
    assert len(compared(places.network, closed, places).changes) == 0
    assert compared(places.network, planned, places).changes.index.tolist() == [("A", 20.0, "gained")]


def test_strips_without_width_are_no_ground() -> None:
    """A hundred-thousandth faster moves the tip by some decimetres and the sides by less; a hundredth by 200 m."""
    places = valley()
    for factor, changed in ((1.000_01, []), (1.01, ["gained"])):
        faster = set_speed(places.network, factor=factor, where={"road_class": "road"}, note=NOTE)
        result = compared(places.network, faster, places, counties=None, census=None)
        assert result.changes.index.get_level_values("kind").tolist() == changed


def test_areas_alone_need_no_counties() -> None:
    places = valley()
    faster = set_speed(places.network, kmh=90, where={"road_name": "BC"}, note=NOTE)
    result = compared(places.network, faster, places, counties=None, census=None)
    assert result.changes["area_km2"].iloc[0] == pytest.approx(3.75, abs=0.02)
    assert result.changes["population"].isna().all()
    assert result.totals["population_after"].isna().all()
    assert result.totals["counties_entering"].isna().all()
    assert result.counties.empty
    assert "人口" not in result.totals["reason"].iloc[0]


def test_ground_outside_all_counties_has_no_people() -> None:
    places = valley()
    faster = set_speed(places.network, kmh=90, where={"road_name": "BC"}, note=NOTE)
    west = counties().iloc[:1]
    result = compared(places.network, faster, places, counties=west, census=census().iloc[:1])
    assert result.changes["area_km2"].iloc[0] == pytest.approx(3.75, abs=0.02)
    assert result.changes["population"].tolist() == [0]


def test_people_who_were_not_counted_leave_the_sum_unknown() -> None:
    places = valley()
    faster = set_speed(places.network, kmh=90, where={"road_name": "BC"}, note=NOTE)
    people = census()
    people.loc[("630102", 2020), "resident_population"] = pd.NA
    result = compared(places.network, faster, places, census=people)
    assert result.changes["population"].isna().all()
    assert "新增未知" in result.totals["reason"].iloc[0]


def test_another_rule_needs_no_seats() -> None:
    """Without seats a county may count by its area: 9 km² more is not half of 400, a hundredth is enough."""
    places = valley()
    plain = places.network.with_frames(nodes=places.network.nodes.assign(kind="junction"))
    faster = set_speed(plain, kmh=120, where={"road_name": "BC"}, note=NOTE)
    with pytest.raises(SchemaError, match="node of kind 'seat'"):
        compared(plain, faster, places)
    result = compared(plain, faster, places, rule="area", share=0.02)
    assert result.counties["change"].tolist() == ["enters"]
    assert result.counties["minutes_after"].isna().all()
    assert "进入（按面积覆盖达标）：东县" in result.totals["reason"].iloc[0]
    assert set(result.totals["rule"]) == {"area"}


def test_an_origin_that_meets_another_road_is_told() -> None:
    """The road past the origin, 400 m off, is closed; the next is 450 m off on the other side."""
    xy = {"A": (-3_000.0, 400.0), "B": (3_000.0, 400.0), "C": (-3_000.0, -450.0), "D": (3_000.0, -450.0)}
    places = town_of(xy, Road("AB"), Road("CDB"), access=WALK)
    closed = remove_edges(places.network, where={"road_name": "AB"}, note=NOTE)
    spot = Town(places.network, {"A": (0.0, 0.0)})
    result = compared(places.network, closed, spot, counties=None, census=None)
    total: Any = result.totals.iloc[0]
    assert (total["snap_before_m"], total["snap_after_m"]) == (pytest.approx(400, abs=1), pytest.approx(450, abs=1))
    assert "起点接入道路不同（距路400米与450米）" in total["reason"]
    with pytest.raises(SnapError):
        compared(
            places.network, remove_edges(closed, where={"road_name": "CD"}, note=NOTE), spot, counties=None, census=None
        )


def test_authored_roads_say_so() -> None:
    places = valley()
    assert "骨架路网" not in compared(places.network, places.network, places).totals["reason"].iloc[0]
    mixed = replace(places.network, provenance={"parts": ["osm", "skeleton"]})
    assert "骨架路网，非实测" in compared(places.network, mixed, places).totals["reason"].iloc[0]


def test_each_origin_and_cutoff_has_its_row() -> None:
    places = valley()
    faster = set_speed(places.network, kmh=90, where={"road_name": "BC"}, note=NOTE)
    both: Any = pd.concat([places.at("A"), places.at("C")])
    result = compare_circles(places.network, faster, both, cutoffs=[25, 5], cell_m=100, land=PLAIN)
    assert result.totals.index.tolist() == [("A", 5.0), ("A", 25.0), ("C", 5.0), ("C", 25.0)]
    # 5 minutes from A lie before B; from C the faster road is felt at once.
    assert ("A", 5.0, "gained") not in result.changes.index
    assert result.totals.loc[("A", 5.0), "gained_km2"] == 0
    assert ("C", 5.0, "gained") in result.changes.index
    inner, outer = result.changes.loc[[("C", 5.0, "gained"), ("C", 25.0, "gained")]].geometry
    assert not inner.equals(outer)


def test_what_cannot_be_compared_is_refused() -> None:
    places = valley()
    with pytest.raises(InputError, match="one of them is missing"):
        compared(places.network, places.network, places, census=None)
    other = replace(places.network, access=AccessLeg(36.0, 1.3, 15_000.0))
    with pytest.raises(InputError, match="leave the road differently"):
        compared(places.network, other, places)
    same = compared(places.network, other, places, access=WALK, counties=None, census=None)
    assert len(same.changes) == 0


def test_the_ground_is_whole_polygons() -> None:
    places = valley()
    faster = set_speed(places.network, kmh=90, where={"road_name": "BC"}, note=NOTE)
    shape = compared(places.network, faster, places).changes.geometry.iloc[0]
    assert shape.geom_type == "MultiPolygon"
    assert shape.is_valid
    assert isinstance(shape.geoms[0], Polygon)
    assert shape.contains(point(22_000, 0))
    assert not shape.contains(point(15_000, 0))
