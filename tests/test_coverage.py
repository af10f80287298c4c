"""Coverage: shares and people of square counties by hand, verdicts by rule, joins that fail closed, and totals."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, box

from urbangeo.answers.coverage import URBAN_M2_PER_PERSON, census_on_counties, circle_totals, coverage
from urbangeo.areas.isochrones import isochrones
from urbangeo.errors import CrsError, InputError, JoinError, SchemaError
from urbangeo.language.crs import CGCS2000, EQUAL_AREA
from urbangeo.sources.boundaries import read_counties
from urbangeo.sources.census import read_census
from urbangeo.sources.network import county_seats, read_network

KM = 1_000.0
X0, Y0 = 0.0, 3_900_000.0
"""South-west corner of the toy, metres in the equal-area plane: on its central meridian 105° E, at about 36° N."""


def square(west: float, south: float, size: float = 10.0) -> Any:
    """Square of some km in the equal-area plane."""
    return box(X0 + west * KM, Y0 + south * KM, X0 + (west + size) * KM, Y0 + (south + size) * KM)


def to_degrees(*shapes: Any) -> gpd.GeoSeries:
    return gpd.GeoSeries(list(shapes), crs=EQUAL_AREA).to_crs(CGCS2000)


def toy_counties(*shapes: Any, seats: list[tuple[float, float]] | None = None) -> gpd.GeoDataFrame:
    """Counties 甲, 乙, 丙 … with their seats in km (by default at the centroid)."""
    count = len(shapes)
    spots = [shape.centroid for shape in shapes]
    if seats is not None:
        spots = [shapely.Point(X0 + x * KM, Y0 + y * KM) for x, y in seats]
    seat = to_degrees(*spots)
    return gpd.GeoDataFrame(
        {
            "name": [f"{sign}县" for sign in "甲乙丙丁戊己庚辛"[:count]],
            "prefecture": ["某市"] * count,
            "province": ["某省"] * count,
            "seat": seat.to_numpy(),
        },
        geometry=to_degrees(*shapes).to_numpy(),
        index=pd.Index([f"62010{number + 1}" for number in range(count)], name="adcode", dtype=str),
        crs=CGCS2000,
    )


def seats_of(counties: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """The seats the toy counties were given, as `county_seats` hands out those of a network."""
    return gpd.GeoSeries(list(counties["seat"]), index=counties.index, crs=CGCS2000)


def toy_census(people: list[int | None], urban: list[int | None] | None = None, *, year: int = 2020) -> pd.DataFrame:
    count = len(people)
    frame = pd.DataFrame(
        {
            "adcode": [f"62010{number + 1}" for number in range(count)],
            "year": year,
            "name": [f"{sign}县" for sign in "甲乙丙丁戊己庚辛"[:count]],
            "resident_population": pd.array(people, dtype="Int64"),
            "urban_population": pd.array(urban or [0] * count, dtype="Int64"),
            "urbanization_rate_pct": 0.0,
            "unit_type": "county",
        }
    )
    return frame.set_index(["adcode", "year"])


def circles(**discs: Any) -> gpd.GeoDataFrame:
    """Isochrones named like `o60`: origin and cutoff; shapes in the equal-area plane."""
    index = pd.MultiIndex.from_tuples([(name[0], float(name[1:])) for name in discs], names=["origin_id", "cutoff_min"])
    shapes = [MultiPolygon([shape]) if shape.geom_type == "Polygon" else shape for shape in discs.values()]
    return gpd.GeoDataFrame({"network_kind": "toy"}, geometry=to_degrees(*shapes).to_numpy(), index=index, crs=CGCS2000)


def minutes(**times: dict[str, float]) -> pd.DataFrame:
    rows = [(origin, adcode, value) for origin, seats in times.items() for adcode, value in seats.items()]
    return pd.DataFrame(rows, columns=["origin_id", "adcode", "time_min"]).set_index(["origin_id", "adcode"])


# Three squares of 10 km side by side; the disc covers all of 甲, the western 4 km of 乙, and nothing of 丙.
#     +----+----+----+
#     |甲##|#乙 | 丙 |      100,000, 50,001 and 7 people
#     +----+----+----+
THREE = (square(0, 0), square(10, 0), square(20, 0))
DISC = box(X0, Y0, X0 + 14 * KM, Y0 + 10 * KM)


def test_shares_and_people_by_hand() -> None:
    found = coverage(circles(o60=DISC), toy_counties(*THREE), toy_census([100_000, 50_001, 7]))
    assert found.index.tolist() == [("o", 60.0, "620101"), ("o", 60.0, "620102")]
    assert found["area_share"].tolist() == pytest.approx([1.0, 0.4])
    assert found["area_share"].iloc[0] == 1.0
    assert found["population_share"].tolist() == pytest.approx([1.0, 0.4])
    # 0.4 × 50,001 = 20,000.4: a person is whole.
    assert found["population"].tolist() == [100_000, 20_000]
    assert found["county_population"].tolist() == [100_000, 50_001]
    assert found["seat_time_min"].isna().all()
    assert found["covered"].isna().all()
    assert found["name"].tolist() == ["甲县", "乙县"]
    assert set(found["network_kind"]) == {"toy"}


def test_index_and_columns() -> None:
    found = coverage(circles(o60=DISC), toy_counties(*THREE), toy_census([1, 2, 3]))
    assert found.index.names == ["origin_id", "cutoff_min", "adcode"]
    assert list(found.columns) == [
        "name", "prefecture", "province", "area_share", "population_share", "population", "county_population",
        "seat_time_min", "covered", "verdict", "placement", "rule", "network_kind",
    ]  # fmt: skip
    assert str(found["population"].dtype) == "Int64"
    assert set(found["placement"]) == {"areal"}
    assert set(found["rule"]) == {"seat"}
    assert found.index.get_level_values("adcode").map(type).unique().tolist() == [str]


def test_urban_residents_live_round_the_seat_by_hand() -> None:
    # 甲: 30,000 of 40,000 are urban; at 100 m² each they live on 3 km², a disc of 977 m round the seat.
    # The disc covers the western half of the county (5 of 10 km).
    #   seat at 2 km: all urban residents inside: 30,000 + 10,000 · ½ = 35,000
    #   seat at 8 km: none:                                10,000 · ½ =  5,000
    #   seat on the line: half of them: 15,000 + 5,000 = 20,000
    assert URBAN_M2_PER_PERSON == 100
    half = circles(o60=box(X0, Y0, X0 + 5 * KM, Y0 + 10 * KM))
    census = toy_census([40_000], [30_000])
    for seat, people in ((2.0, 35_000), (8.0, 5_000), (5.0, 20_000)):
        counties = toy_counties(square(0, 0), seats=[(seat, 5.0)])
        found = coverage(half, counties, census, placement="urban_rural", seats=seats_of(counties))
        assert found["population"].tolist() == pytest.approx([people], abs=5)
        assert found["population_share"].tolist() == pytest.approx([people / 40_000], abs=2e-4)
        assert found["area_share"].tolist() == pytest.approx([0.5])
        assert set(found["placement"]) == {"urban_rural"}
        # Spread evenly it is half of them wherever the seat lies.
        assert coverage(half, counties, census)["population"].tolist() == [20_000]


def test_a_town_at_the_edge_of_its_county_stays_inside() -> None:
    # The seat lies in the south-west corner: three quarters of the disc are outside the county. Widened once, the
    # town is a quarter disc of 3 km² (radius 1.95 km) within the county, all of it inside the circle.
    counties = toy_counties(square(0, 0), seats=[(0.001, 0.001)])
    corner = circles(o60=box(X0, Y0, X0 + 2 * KM, Y0 + 2 * KM))
    found = coverage(
        corner,
        counties,
        toy_census([40_000], [30_000]),
        placement="urban_rural",
        seats=seats_of(counties),
    )
    # 30,000 townspeople and 4 % of 10,000 others.
    assert found["population"].tolist() == pytest.approx([30_400], abs=20)


def test_urban_rural_needs_seats_and_takes_a_county_without_town() -> None:
    counties = toy_counties(square(0, 0))
    with pytest.raises(InputError, match="county_seats"):
        coverage(circles(o60=DISC), counties, toy_census([5]), placement="urban_rural")
    with pytest.raises(JoinError, match="620101 甲县"):
        coverage(
            circles(o60=DISC),
            counties,
            toy_census([5]),
            placement="urban_rural",
            seats=gpd.GeoSeries(seats_of(counties).iloc[:0]),
        )
    seats = seats_of(counties)
    found = coverage(circles(o60=DISC), counties, toy_census([500], [0]), placement="urban_rural", seats=seats)
    assert found["population"].tolist() == [500]
    nobody = coverage(circles(o60=DISC), counties, toy_census([0], [0]), placement="urban_rural", seats=seats)
    assert nobody["population"].tolist() == [0]


# --- verdicts --------------------------------------------------------------------------------------------------------


def test_verdict_by_seat() -> None:
    # 甲 58 min, 乙 exactly 60, 丙 61, all within the disc but 丁, which is untouched and reached all the same (59).
    shapes = (*THREE, square(30, 0))
    disc = box(X0, Y0, X0 + 25 * KM, Y0 + 10 * KM)
    times = minutes(o={"620101": 58.0, "620102": 60.0, "620103": 61.0, "620104": 59.0})
    found = coverage(circles(o60=disc), toy_counties(*shapes), toy_census([1, 2, 4, 4]), seat_minutes=times)
    assert found["covered"].tolist() == [True, True, False, True]
    assert found["verdict"].tolist() == ["政府驻地可达", "政府驻地可达", "政府驻地不可达", "政府驻地可达"]
    assert found["seat_time_min"].tolist() == [58, 60, 61, 59]
    assert found["area_share"].tolist() == pytest.approx([1, 1, 0.5, 0])
    assert found["population"].tolist() == [1, 2, 2, 0]


def test_missing_seat_times_cannot_be_decided() -> None:
    found = coverage(
        circles(o60=DISC), toy_counties(*THREE), toy_census([1, 2, 3]), seat_minutes=minutes(o={"620101": 10.0})
    )
    assert found["covered"].isna().tolist() == [False, True]
    assert found["verdict"].tolist() == ["政府驻地可达", "政府驻地可达：无法判定"]
    none_at_all = coverage(circles(o60=DISC), toy_counties(*THREE), toy_census([1, 2, 3]))
    assert none_at_all["verdict"].unique().tolist() == ["政府驻地可达：无法判定"]


def test_verdict_by_people_area_and_centroid() -> None:
    counties, census = (
        toy_counties(*THREE, seats=[(5, 5), (11, 5), (25, 5)]),
        toy_census([100, 40_000, 3], [0, 30_000, 0]),
    )
    disc = circles(o60=DISC)

    def verdicts(**options: Any) -> list[str]:
        return coverage(disc, counties, census, **options)["verdict"].tolist()

    # 乙: 40 % of its area; with the town in the west most of its people; its centroid (15 km) is outside (14 km).
    assert verdicts(rule="area") == ["面积覆盖达标", "面积覆盖未达标"]
    assert verdicts(rule="area", share=0.399) == ["面积覆盖达标", "面积覆盖达标"]
    assert verdicts(rule="people") == ["人口覆盖达标", "人口覆盖未达标"]
    assert verdicts(rule="people", placement="urban_rural", seats=seats_of(counties)) == [
        "人口覆盖达标",
        "人口覆盖达标",
    ]
    assert verdicts(rule="centroid") == ["几何中心可达", "几何中心不可达"]


@pytest.mark.parametrize(
    "options",
    [{"placement": "raster"}, {"rule": "mayor"}, {"share": 0}, {"share": 1.01}, {"share": float("nan")}],
    ids=str,
)
def test_impossible_options(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="expected placement 'areal' or 'urban_rural'"):
        coverage(circles(o60=DISC), toy_counties(*THREE), toy_census([1, 2, 3]), **options)


# --- joins -----------------------------------------------------------------------------------------------------------


def test_a_county_without_census_row_is_named() -> None:
    with pytest.raises(JoinError, match=r"1 counties have no census row \(620103 丙县\), 0 census counties"):
        coverage(circles(o60=DISC), toy_counties(*THREE), toy_census([1, 2]))


def test_a_census_row_without_polygon_is_named() -> None:
    with pytest.raises(JoinError, match=r"1 census counties have no polygon \(620103 丙县\)"):
        coverage(circles(o60=DISC), toy_counties(*THREE[:2]), toy_census([1, 2, 3]))


def test_census_rows_of_other_provinces_are_none_of_this_map() -> None:
    other = toy_census([9]).rename(index={"620101": "630101"}, level="adcode")
    found = coverage(circles(o60=DISC), toy_counties(*THREE), pd.concat([toy_census([1, 2, 3]), other]))
    assert found["county_population"].tolist() == [1, 2]


def test_zones_without_polygon_are_left_out_and_named() -> None:
    census = toy_census([100, 200, 300])
    zone = census.iloc[[0]].rename(index={"620101": "620171"}, level="adcode").assign(name="高新区", unit_type="zone")
    found = coverage(circles(o60=DISC), toy_counties(*THREE), pd.concat([census, zone]))
    assert found.attrs["left_out"] == [{"adcode": "620171", "name": "高新区", "resident_population": 100}]
    assert found["population"].tolist() == [100, 80]
    # A zone that has a polygon (大柴旦) counts like a county.
    with_polygon = census.assign(unit_type=["zone", "county", "county"])
    found = coverage(circles(o60=DISC), toy_counties(*THREE), with_polygon)
    assert found.attrs["left_out"] == []
    assert found["population"].tolist() == [100, 80]


def test_a_zone_of_unknown_population_is_left_out_all_the_same() -> None:
    census = toy_census([100, 200, 300])
    zone = census.iloc[[0]].rename(index={"620101": "620171"}, level="adcode").assign(name="高新区", unit_type="zone")
    zone["resident_population"] = pd.array([None], dtype="Int64")
    found = coverage(circles(o60=DISC), toy_counties(*THREE), pd.concat([census, zone]))
    assert found.attrs["left_out"] == [{"adcode": "620171", "name": "高新区", "resident_population": None}]


def test_unknown_population_stays_unknown() -> None:
    counties = toy_counties(*THREE)
    for placement in ("areal", "urban_rural"):
        found = coverage(
            circles(o60=DISC),
            counties,
            toy_census([100, None, 3], [50, None, 0]),
            placement=placement,
            seats=seats_of(counties),
        )
        assert found["population"].isna().tolist() == [False, True]
        assert found["county_population"].isna().tolist() == [False, True]
        # No total is told where a part of it is unknown.
        totals = circle_totals(found, definition="d", definition_zh="定义", targets={"o": (10, "S")})
        assert totals["population"].isna().tolist() == [True]
        assert totals["gap"].isna().tolist() == [True]


def test_people_unknown_in_part_are_not_nobody() -> None:
    # Urban residents unknown: under `urban_rural` nobody can say who is inside, and the rule cannot be decided.
    counties, census = toy_counties(*THREE), toy_census([100, 200, 3], [50, None, 0])
    found = coverage(
        circles(o60=DISC), counties, census, placement="urban_rural", seats=seats_of(counties), rule="people"
    )
    assert found["population_share"].isna().tolist() == [False, True]
    assert found["population"].isna().tolist() == [False, True]
    assert found["verdict"].tolist() == ["人口覆盖达标", "人口覆盖达标：无法判定"]


def test_faulty_frames() -> None:
    counties, census, discs = toy_counties(*THREE), toy_census([1, 2, 3]), circles(o60=DISC)
    with pytest.raises(SchemaError, match="holds the years 2010, 2020"):
        coverage(discs, counties, pd.concat([census, toy_census([1, 2, 3], year=2010)]))
    with pytest.raises(SchemaError, match="isochrones frame"):
        coverage(discs.reset_index(), counties, census)
    with pytest.raises(SchemaError, match="adcodes must be text, got int"):
        coverage(discs, counties.set_index(pd.Index([620101, 620102, 620103], name="adcode")), census)
    with pytest.raises(SchemaError, match="stand more than once"):
        coverage(discs, gpd.GeoDataFrame(pd.concat([counties, counties]), crs=CGCS2000), census)
    with pytest.raises(SchemaError, match="no rows"):
        coverage(discs, counties, census.iloc[:0])
    bare = gpd.GeoDataFrame(counties.drop(columns="geometry"), geometry=list(counties.geometry))
    with pytest.raises(CrsError, match="counties has no coordinate reference system"):
        coverage(discs, bare, census)
    with pytest.raises(JoinError, match="no times from 'o'"):
        coverage(discs, counties, census, seat_minutes=minutes(p={"620101": 10.0}))
    with pytest.raises(InputError, match="No isochrone touches"):
        coverage(circles(o60=square(500, 500)), counties, census)


def test_any_known_system_gives_the_same_answer() -> None:
    counties, census, discs = toy_counties(*THREE), toy_census([1_000, 2_000, 3]), circles(o60=DISC)
    expected = coverage(discs, counties, census)
    moved = coverage(discs.to_crs(EQUAL_AREA), counties.to_crs("EPSG:4326"), census)
    pd.testing.assert_frame_equal(moved, expected)


def test_inputs_stay_as_they_were() -> None:
    counties, census, discs = toy_counties(*THREE), toy_census([1, 2, 3]), circles(o60=DISC)
    times = minutes(o={"620101": 58.0})
    copies = [frame.copy() for frame in (counties, census, discs, times)]
    coverage(
        discs, counties, census, seat_minutes=times, placement="urban_rural", seats=seats_of(counties), rule="people"
    )
    for frame, copy in zip((counties, census, discs, times), copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)
        assert frame.attrs == copy.attrs


# --- laws ------------------------------------------------------------------------------------------------------------

GRID = [square(10 * (number % 3), 10 * (number // 3)) for number in range(6)]
people_lists = st.lists(st.integers(0, 2_000_000), min_size=6, max_size=6)


radius_lists = st.lists(st.floats(0.5, 40), min_size=2, max_size=4, unique=True).map(sorted)
placements = st.sampled_from(["areal", "urban_rural"])


@settings(max_examples=25)
@given(people_lists, st.floats(-5, 35), st.floats(-5, 25), radius_lists, placements)
def test_a_larger_cutoff_reaches_no_fewer(
    people: list[int], x: float, y: float, radii: list[float], placement: Any
) -> None:
    centre = shapely.Point(X0 + x * KM, Y0 + y * KM)
    rising = {f"o{number + 1}": centre.buffer(radius * KM) for number, radius in enumerate(radii)}
    counties, census = toy_counties(*GRID), toy_census(list(people), [number // 2 for number in people])
    discs = circles(**rising)
    try:
        found = coverage(discs, counties, census, placement=placement, seats=seats_of(counties))
    except InputError:
        # No disc reaches the counties at all.
        assert not discs.intersects(counties.union_all().buffer(-1e-4)).any()
        return
    assert found["area_share"].between(0, 1).all()
    assert found["population_share"].between(0, 1).all()
    assert (found["population"] <= found["county_population"]).all()
    table = found["population"].unstack("cutoff_min").fillna(0)
    assert (np.diff(table.to_numpy(dtype=float), axis=1) >= 0).all()
    totals = circle_totals(found, definition="d", definition_zh="定义")
    assert totals["population"].is_monotonic_increasing


@settings(max_examples=25)
@given(people_lists, placements)
def test_a_disc_over_everything_reaches_everybody(people: list[int], placement: Any) -> None:
    census = toy_census(list(people), [number // 3 for number in people])
    counties = toy_counties(*GRID)
    disc = circles(o60=square(-50, -50, 200))
    found = coverage(disc, counties, census, placement=placement, seats=seats_of(counties))
    assert found["area_share"].tolist() == [1.0] * 6
    totals = circle_totals(found, definition="d", definition_zh="定义")
    assert totals["population"].tolist() == [sum(people)]


@settings(max_examples=25)
@given(people_lists, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_parts_of_a_disc_add_up(people: list[int], right: float, up: float) -> None:
    """Four discs that cut the map in quarters reach every county once, and its people but for rounding."""
    x, y = X0 + right * 30 * KM, Y0 + up * 20 * KM
    low, high = X0 - 50 * KM, Y0 + 90 * KM
    quarters = {
        "a60": box(low, Y0 - 50 * KM, x, y),
        "b60": box(x, Y0 - 50 * KM, X0 + 90 * KM, y),
        "c60": box(low, y, x, high),
        "d60": box(x, y, X0 + 90 * KM, high),
    }
    found = coverage(circles(**quarters), toy_counties(*GRID), toy_census(list(people)))
    by_county = found.groupby(level="adcode")[["area_share", "population"]].sum()
    assert by_county["area_share"].to_numpy() == pytest.approx([1] * 6, abs=1e-5)
    assert by_county["population"].to_numpy(dtype=float) == pytest.approx(people, abs=25)


# --- totals ----------------------------------------------------------------------------------------------------------


def test_totals_and_gap_by_hand() -> None:
    # o at 60: 100,000 + 20,000; at 30: half of 甲. p at 60: all of 丙 and nothing of the others.
    discs = circles(o30=box(X0, Y0, X0 + 5 * KM, Y0 + 10 * KM), o60=DISC, p60=square(20, 0))
    times = minutes(o={"620101": 20.0, "620102": 70.0, "620103": 90.0}, p={"620103": 5.0})
    found = coverage(discs, toy_counties(*THREE), toy_census([100_000, 50_001, 7]), seat_minutes=times)
    totals = circle_totals(found, definition="drive", definition_zh="驾车", targets={"o": (150_000, "PLAN")}, note="n")
    assert list(totals.columns) == [
        "origin_id", "cutoff_min", "definition", "definition_zh", "counties", "population", "target_population", "gap",
        "source_id", "note",
    ]  # fmt: skip
    rows = totals.set_index(["origin_id", "cutoff_min"])
    assert rows["population"].to_dict() == {("o", 30.0): 50_000, ("o", 60.0): 120_000, ("p", 60.0): 7}
    assert rows["counties"].to_dict() == {("o", 30.0): 1, ("o", 60.0): 2, ("p", 60.0): 1}
    # Population less target at the cutoff the target speaks of: 30,000 short at 60. None at 30, and none for p.
    assert rows["gap"].loc[("o", 60.0)] == -30_000
    assert rows["target_population"].isna().to_dict() == {("o", 30.0): True, ("o", 60.0): False, ("p", 60.0): True}
    assert rows["gap"].isna().to_dict() == {("o", 30.0): True, ("o", 60.0): False, ("p", 60.0): True}
    at_30 = circle_totals(
        found, definition="drive", definition_zh="驾车", targets={"o": (40_000, "PLAN")}, target_cutoff_min=30
    )
    assert at_30.set_index(["origin_id", "cutoff_min"])["gap"].loc[("o", 30.0)] == 10_000
    assert set(totals["source_id"].dropna()) == {"PLAN"}
    assert set(totals["definition"]) == {"drive"}
    assert set(totals["note"]) == {"n"}
    with pytest.raises(InputError, match="count='seats'"):
        circle_totals(found, definition="d", definition_zh="定义", count="seats")  # type: ignore[arg-type]


def test_totals_from_the_skeleton_say_so() -> None:
    found = coverage(circles(o60=DISC).assign(network_kind="skeleton"), toy_counties(*THREE), toy_census([1, 2, 3]))
    totals = circle_totals(found, definition="d", definition_zh="定义", note="n")
    assert totals["note"].tolist() == ["骨架路网，非实测；n"]


def test_whole_counties_by_verdict() -> None:
    # 甲 and 丁 have their seat in time: 100,000 + 9; 乙 and 丙 are touched and have not.
    shapes = (*THREE, square(30, 0))
    seconds = {"620101": 20.0, "620102": 70.0, "620103": 61.0, "620104": 59.0}
    disc = circles(o60=box(X0, Y0, X0 + 25 * KM, Y0 + 10 * KM))
    census = toy_census([100_000, 50_001, 7, 9])
    found = coverage(disc, toy_counties(*shapes), census, seat_minutes=minutes(o=seconds))
    totals = circle_totals(found, definition="seats", definition_zh="政府驻地", count="whole_counties")
    assert totals["population"].tolist() == [100_009]
    assert totals["counties"].tolist() == [2]
    # Without the minutes of 丙 nobody knows the sum: cannot decide is not no.
    del seconds["620103"]
    found = coverage(disc, toy_counties(*shapes), census, seat_minutes=minutes(o=seconds))
    unknown = circle_totals(found, definition="seats", definition_zh="政府驻地", count="whole_counties")
    assert unknown["population"].isna().tolist() == [True]
    assert "1个县（市、区）无法判定" in unknown["note"].iloc[0]


def test_counties_and_census_of_one_year_are_brought_together_in_order() -> None:
    counties = toy_counties(*THREE)
    people, left_out = census_on_counties(counties, toy_census([1, 2, 3], [4, 5, 6]).iloc[::-1])
    assert people.index.equals(counties.index)
    assert people["resident_population"].tolist() == [1, 2, 3]
    assert people["urban_population"].tolist() == [4, 5, 6]
    assert left_out == []


def test_real_towns_stand_at_their_seats_and_not_at_label_points() -> None:
    # 大通's government sits about 47 minutes from the centre of 西宁; the label point of the boundary package
    # lies 22 km off in the mountains. Within an hour most of the townspeople are reached, not a fifteenth.
    network = read_network()
    seats: Any = county_seats(network)
    counties = read_counties("青海")
    label: Any = gpd.GeoSeries(
        gpd.points_from_xy(counties["label_lon"], counties["label_lat"]), counties.index, CGCS2000
    )
    away: Any = seats.loc[counties.index].to_crs(EQUAL_AREA).distance(label.to_crs(EQUAL_AREA))
    assert away["630121"] > 15_000
    circle = isochrones(network, "西宁", cutoffs=[60], cell_m=500)
    census = read_census(2020, zones="to_host")
    share = coverage(circle, counties, census, placement="urban_rural", seats=seats)["population_share"]
    assert share.xs("630121", level="adcode").iloc[0] > 0.4
    evenly = coverage(circle, counties, census)["population_share"]
    assert evenly.xs("630121", level="adcode").iloc[0] < 0.25
