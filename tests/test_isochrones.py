"""Isochrones end to end on toys: what is inside, what is not, the laws they obey, and every wrong way to ask."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPoint, MultiPolygon, Point, box
from towns import PLAIN, WALK, Road, Town, ground, metres, origins, point, random_town, slower_network, town, town_of

from urbangeo.areas import isochrones as isochrones_module
from urbangeo.areas.graph.search import Direction, search
from urbangeo.areas.isochrones import CUTOFFS, isochrones, travel_time_surface
from urbangeo.errors import CrsError, InputError, SchemaError, SnapError, UnknownNameError
from urbangeo.language.crs import CGCS2000
from urbangeo.sources.boundaries import land_polygons
from urbangeo.sources.network import AccessLeg, Network, read_network
from urbangeo.sources.places import locate

LANE = town("A---------B", Road("AB"))

NARROW = AccessLeg(speed_kmh=6.0, circuity=1.2, max_m=500.0)
"""12 min/km, at most 500 m: the area hugs the road."""


def discs_of(
    network: Network,
    places: gpd.GeoDataFrame,
    *cutoffs: float,
    cell_m: float | None = 250.0,
    land: gpd.GeoSeries = PLAIN,
    direction: Direction = "from",
    access: AccessLeg | None = None,
) -> gpd.GeoDataFrame:
    return isochrones(network, places, cutoffs=cutoffs, cell_m=cell_m, land=land, direction=direction, access=access)


def on_map(frame: gpd.GeoDataFrame) -> list[MultiPolygon]:
    """Discs in metres of the map."""
    return [metres(disc) for disc in frame.geometry]


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_a_lone_road_ends_exactly_where_the_cutoff_falls() -> None:
    # 60 km/h: 1 km a minute. At 5.3, 9.7 and 12.4 min the disc ends 5.3, 9.7 and 12.4 km down the road, in the middle
    # of an edge of 20 km. On the axis of the road the surface is linear, so the contour is exact but for the half
    # second a value is kept off the cutoff (8 m) and the centimetre of rounding.
    place = town("A-------------------B", Road("AB"), middle="A", access=NARROW)
    cutoffs = (5.3, 9.7, 12.4)
    for cutoff, disc in zip(cutoffs, on_map(discs_of(place.network, place.at("A"), *cutoffs)), strict=True):
        assert disc.bounds[2] == pytest.approx(cutoff * 1_000, abs=10)


def test_width_of_the_band_along_a_road() -> None:
    # At 30 min the road is done (20 km, 20 min) and everywhere there is time for the 500 m of the leg: a band 1 km wide
    # and 20 km long, half a disc at either end.
    place = town("A-------------------B", Road("AB"), middle="A", access=NARROW)
    (disc,) = on_map(discs_of(place.network, place.at("A"), 30, cell_m=50))
    truth = 20_000 * 1_000 + np.pi * 500**2
    assert disc.area == pytest.approx(truth, rel=0.005)
    assert disc.bounds == pytest.approx((-500, -500, 20_500, 500), abs=25)
    row = discs_of(place.network, place.at("A"), 30, cell_m=50).iloc[0]
    assert row["area_km2"] == pytest.approx(disc.area / 1e6, rel=1e-3)


def test_a_walk_alone_is_a_circle() -> None:
    # A lane of 100 m at walking pace is as good as none: in 12 min one gets 1 km in every direction.
    place = town("AB", Road("AB", kmh=5), metres=100, middle="A")
    (disc,) = on_map(discs_of(place.network, place.at("A"), 12, cell_m=50))
    assert disc.area == pytest.approx(np.pi * 1_000**2, rel=0.01)
    assert shapely.hausdorff_distance(disc, Point(0, 0).buffer(1_000)) < 60


def expressway() -> Town:
    """A village street A–B, then 30 km of expressway to C, whence a village street leads on to D."""
    return town(
        "A---B------------------------------C---D",
        Road("AB"),
        Road("BC", kmh=120, access="ends_only", toll=True),
        Road("CD"),
        toll_min=1.0,
        middle="B",
        access=replace(NARROW, max_m=1_500),
    )


def test_expressway_is_left_at_its_far_end_only() -> None:
    # A–B 4 km: 4 min; 1 in; B–C 31 km at 120 km/h: 15.5; 1 out: C at 21.5 min.
    place = expressway()
    near, far = on_map(discs_of(place.network, place.at("A"), 20, 30))
    # At 20 min one is still on the expressway: the village only.
    assert len(near.geoms) == 1
    assert near.bounds[2] < 2_000
    # At 30 min there are 8.5 min left round C: a part of its own, nothing in between.
    assert len(far.geoms) == 2
    assert far.contains(Point(31_000, 0))
    assert far.contains(Point(34_900, 0))
    assert far.contains(Point(31_000, 600))
    assert not far.intersects(box(2_000, -5_000, 30_200, 5_000))
    # Round the interchange itself: 8.5 min at 12 min/km is 708 m.
    assert metres_west_of(far, 31_000) == pytest.approx(708, abs=30)


def metres_west_of(disc: Any, x: float) -> float:
    """How far the disc runs west of x along the axis of the map."""
    part = next(part for part in disc.geoms if part.contains(Point(x, 0)))
    return x - float(shapely.intersection(part, shapely.LineString([(x - 1e5, 0), (x, 0)])).bounds[0])


def test_never_a_hull() -> None:
    # Four expressways of 31 km from the middle, each with an interchange and a short street at its end.
    arms = {"C": (31_000, 0), "E": (-31_000, 0), "G": (0, 31_000), "I": (0, -31_000)}
    ends = {"D": (34_000, 0), "F": (-34_000, 0), "H": (0, 34_000), "J": (0, -34_000)}
    place = town_of(
        {"A": (0, 0), "B": (1_000, 1_000)} | arms | ends,
        Road("AB"),
        *[Road(f"A{node}", kmh=120, access="ends_only") for node in arms],
        *[Road(pair) for pair in ("CD", "EF", "GH", "IJ")],
        access=replace(NARROW, max_m=1_000),
    )
    (disc,) = on_map(discs_of(place.network, place.at("A"), 30))
    assert len(disc.geoms) == 5
    # Five patches of some km² in a square of 68 km across: under 4 % of the convex hull.
    assert disc.area < 0.04 * disc.convex_hull.area
    # All of it lies within the access leg of a road or place one may leave, but for the cell the contour is drawn in.
    streets = [shapely.LineString([place.xy[u], place.xy[v]]) for u, v in ("AB", "CD", "EF", "GH", "IJ")]
    assert shapely.buffer(shapely.union_all(streets), 1_000 + 250 * 2**0.5).covers(disc)


def test_the_hole_in_a_ring_road_is_kept() -> None:
    # A ring 10 km square at 60 km/h, all of it reached in 20 min; the leg is 500 m, so the middle is a hole.
    place = town("A---------B\n" + "|         |\n" * 9 + "D---------C", Road("ABCDA"), access=NARROW)
    (disc,) = on_map(discs_of(place.network, place.at("A"), 40))
    (part,) = disc.geoms
    (hole,) = part.interiors
    # The hole is a square of 9 km, less at most a cell on each side.
    assert 8_500**2 <= shapely.Polygon(hole).area <= 9_000**2
    assert not disc.contains(Point(0, 0))


def test_from_and_to_differ_on_one_way_streets() -> None:
    # From A the one-way road leads 8 km east; towards A the same road is of no use, one walks.
    place = town("A-------B\n\n\n\nD-------C", Road("ABCDA", oneway=True), middle="A", access=NARROW)
    (out,) = on_map(discs_of(place.network, place.at("A"), 6))
    (back,) = on_map(discs_of(place.network, place.at("A"), 6, direction="to"))
    assert out.bounds[2] == pytest.approx(6_000, abs=15)
    axis = shapely.LineString([(0, 0), (8_000, 0)])
    assert back.intersection(axis).length == pytest.approx(500, abs=25)
    # The other end of the ring: D→A is 4 km, C–D the rest.
    assert back.contains(Point(1_900, -4_000))
    assert not out.contains(Point(1_900, -4_000))
    assert discs_of(place.network, place.at("A"), 6, direction="to")["direction"].tolist() == ["to"]


# --- the frame -------------------------------------------------------------------------------------------------------


def test_frame_and_columns() -> None:
    place = town("A---------B", Road("AB"))
    two = origins({"B": place.spot("B"), "A": place.spot("A", north=300)})
    frame = discs_of(place.network, two, 10, 5)
    assert frame.index.names == ["origin_id", "cutoff_min"]
    assert frame.index.tolist() == [("B", 5.0), ("B", 10.0), ("A", 5.0), ("A", 10.0)]
    assert list(frame.columns) == [
        "origin_name", "direction", "mode", "network_kind", "access_speed_kmh", "access_circuity", "access_max_m",
        "surface_method", "cell_m", "snap_m", "area_km2", "geometry",
    ]  # fmt: skip
    assert frame.crs == CGCS2000
    assert set(frame.geom_type) == {"MultiPolygon"}
    row = frame.reset_index().iloc[3]
    assert row["origin_name"] == "A"
    assert (row["direction"], row["mode"], row["network_kind"]) == ("from", "drive", "toy")
    assert (row["access_speed_kmh"], row["access_circuity"], row["access_max_m"], row["cell_m"]) == (6, 1.2, 2_000, 250)
    assert row["snap_m"] == pytest.approx(300, abs=1)
    assert frame["snap_m"].tolist() == pytest.approx([0, 0, 300, 300], abs=1)


def test_circles_on_merged_roads_say_the_skeleton_in_them() -> None:
    """Everything downstream (tables, the mark on the map) asks the frame, so the frame must say it."""
    place = town("A---------B", Road("AB"))
    mixed = replace(place.network, kind="merged", provenance={"parts": ["skeleton", "osm"]})
    assert set(discs_of(mixed, place.at("A"), 10)["network_kind"]) == {"merged+skeleton"}
    surface = travel_time_surface(mixed, place.at("A"), limit_min=10, land=PLAIN)
    assert surface.parameters["network_kind"] == "merged+skeleton"
    bare = replace(mixed, provenance={"parts": ["osm", "lines"]})
    assert set(discs_of(bare, place.at("A"), 10)["network_kind"]) == {"merged"}


def test_the_access_leg_given_is_the_one_used_and_named() -> None:
    place = town("A---------B", Road("AB"), middle="A")
    wide = discs_of(place.network, place.at("A"), 10, access=AccessLeg(30, 1.5, 5_000))
    assert wide["access_speed_kmh"].tolist() == [30]
    # Behind A: 10 min at 20 km/h of straight line is 3.33 km.
    assert on_map(wide)[0].bounds[0] == pytest.approx(-3_333, abs=15)


def test_defaults_are_those_of_the_meeting_map() -> None:
    assert CUTOFFS == (15.0, 30.0, 45.0, 60.0)
    place = town("A---------B", Road("AB"))
    frame = isochrones(place.network, place.at("A"), land=PLAIN)
    assert frame.index.get_level_values("cutoff_min").tolist() == [15, 30, 45, 60]
    assert set(frame["cell_m"]) == {250.0}


def test_many_points_at_once_and_points_off_the_grid() -> None:
    place = town("A-------------------B", Road("AB"))
    both = origins({"both": MultiPoint([place.spot("A"), place.spot("B", north=100)])})
    (disc,) = on_map(discs_of(place.network, both, 4))
    assert len(disc.geoms) == 2


def test_the_smallest_disc_of_several_points_is_never_a_crash() -> None:
    # 0.1 min is 8 m on foot; between cells 250 m apart there is nothing to draw. The disc is empty, not wrong.
    place = town("A-------------------B", Road("AB"))
    both = origins({"both": MultiPoint([place.spot("A"), place.spot("B", north=100)])})
    frame = discs_of(place.network, both, 0.1)
    assert frame.geometry.is_empty.all()
    assert frame["area_km2"].tolist() == [0]


def test_origins_in_any_known_system() -> None:
    place = town("A---------B", Road("AB"))
    here = place.at("A")
    expected = discs_of(place.network, here, 10).geometry.iloc[0]
    for system in ("EPSG:32647", "EPSG:4326"):
        moved = here.to_crs(system)
        assert discs_of(place.network, moved, 10).geometry.iloc[0].symmetric_difference(expected).area < 1e-8


def test_inputs_stay_as_they_were() -> None:
    place = town("A---------B", Road("AB"))
    here = place.at("A", east=700, north=200)
    nodes, edges, before, land = place.network.nodes.copy(), place.network.edges.copy(), here.copy(), PLAIN.copy()
    discs_of(place.network, here, 10, 5, direction="to")
    pd.testing.assert_frame_equal(place.network.nodes, nodes)
    pd.testing.assert_frame_equal(place.network.edges, edges)
    pd.testing.assert_frame_equal(here, before)
    assert PLAIN.geom_equals_exact(land, 0).all()


# --- shores ----------------------------------------------------------------------------------------------------------


def test_a_bay_is_neither_crossed_nor_counted_and_the_bands_stay_nested() -> None:
    # The road runs 1 km south of a bay of 6 × 6 km, with land on all other sides. Legs of 8 km at 1 min/km.
    ferryman = AccessLeg(speed_kmh=60, circuity=1.0, max_m=8_000)
    land = ground(
        box(-50_000, -50_000, 50_000, 1_000), box(-50_000, 0, -3_000, 50_000), box(3_000, 0, 50_000, 50_000),
        box(-50_000, 7_000, 50_000, 50_000),
    )  # fmt: skip
    bay = box(-3_000, 1_000, 3_000, 7_000)
    place = town("A---------*---------B", Road("AB"), access=ferryman)
    discs = on_map(isochrones(place.network, place.star(), cutoffs=range(1, 13), cell_m=200, land=land))
    for disc in discs:
        # Right across the bay, 7.3 km as the crow flies: no leg gets there dry.
        assert not disc.contains(Point(0, 7_300))
        assert disc.is_valid
        # The shore is that of the land given, to the metres it bends on its way through degrees.
        assert disc.intersection(bay).area < 20 * 24_000
    for inner, outer in pairwise(discs):
        assert outer.buffer(1e-6).covers(inner)
    # Beside the bay one gets as far north: 4.5 min of road and 5 of leg.
    assert discs[9].contains(Point(4_500, 4_900))


# --- laws ------------------------------------------------------------------------------------------------------------

seeds = st.integers(0, 2**32 - 1)


def assert_nested(frame: gpd.GeoDataFrame) -> None:
    """A larger cutoff covers a smaller one exactly, in the degrees that are handed out."""
    assert frame.geometry.is_valid.all()
    for inner, outer in pairwise(frame.geometry):
        assert inner.is_empty or outer.covers(inner)
    # Areas are sums of products of coordinates: equal ones agree to ten digits.
    assert (np.diff(frame["area_km2"]) >= -1e-9 * frame["area_km2"].max()).all()


@settings(max_examples=15)
@given(seeds, st.lists(st.integers(1, 400), min_size=2, max_size=12, unique=True), st.sampled_from(["from", "to"]))
def test_nested_exactly_and_valid(seed: int, tenths: list[int], direction: Direction) -> None:
    place = random_town(seed)
    cutoffs = [value / 10 for value in tenths]
    assert_nested(discs_of(place.network, place.at("A"), *cutoffs, cell_m=500, direction=direction))


@settings(max_examples=15)
@given(seeds, st.lists(st.integers(1, 400), min_size=2, max_size=8, unique=True))
def test_nested_exactly_at_a_ragged_shore(seed: int, tenths: list[int]) -> None:
    place = random_town(seed)
    draw = np.random.default_rng(seed)
    corners = draw.uniform(-14_000, 14_000, (5, 3, 2))
    land = ground(*[shapely.Polygon(corner) for corner in corners], box(-1_000, -1_000, 1_000, 1_000))
    cutoffs = [value / 10 for value in tenths]
    assert_nested(discs_of(place.network, place.at("A"), *cutoffs, cell_m=500, land=land))


@settings(max_examples=10)
@given(seeds, st.floats(20, 120))
def test_another_road_never_shrinks_a_disc(seed: int, kmh: float) -> None:
    place = random_town(seed, nodes=7, extra=2)
    network = place.network
    draw = np.random.default_rng(seed)
    u, v = draw.choice(list(network.nodes.index), 2, replace=False)
    extra = town_with(place, Road((str(u), str(v)), kmh=kmh))
    old, new = (
        travel_time_surface(net, place.at("A"), limit_min=20, cell_m=500, land=PLAIN) for net in (network, extra)
    )
    # No cell is reached later ...
    rows, columns = old.minutes.shape
    top, left = round((new.north - old.north) / 500), round((old.west - new.west) / 500)
    now = new.minutes[top : top + rows, left : left + columns]
    reached = old.minutes <= 20
    assert (now[reached] <= old.minutes[reached] + 1e-4).all()
    # ... and no disc loses ground, but for the place within a cell where a largest leg is drawn to end.
    before = on_map(discs_of(network, place.at("A"), 10, 20, cell_m=500))
    after = on_map(discs_of(extra, place.at("A"), 10, 20, cell_m=500))
    for smaller, larger in zip(before, after, strict=True):
        assert larger.buffer(500).covers(smaller)
        # On average the edge is known to a quarter of a cell, half of it lost and half of it won.
        assert shapely.difference(smaller, larger).area <= smaller.length * 500 / 8


def town_with(place: Town, road: Road) -> Network:
    """The network with one road more, its rows behind the others."""
    more = town_of(place.xy, road).network.edges.reset_index()
    edges = pd.concat([place.network.edges.reset_index(), more])
    edges["key"] = edges.groupby(["u", "v"]).cumcount()
    return place.network.with_frames(edges=edges.set_index(["u", "v", "key"]))


@settings(max_examples=10)
@given(seeds, st.floats(5, 30))
def test_half_the_speed_in_twice_the_time(seed: int, cutoff: float) -> None:
    place = random_town(seed)
    slow = slower_network(place.network, 2)
    (once,) = on_map(discs_of(place.network, place.at("A"), cutoff, cell_m=500))
    (twice,) = on_map(discs_of(slow, place.at("A"), 2 * cutoff, cell_m=500))
    # The same contour, but where it runs from a reached cell to an unreached one: there a place within the cell is
    # chosen from values that do not double.
    assert shapely.hausdorff_distance(once, twice) <= 500
    assert shapely.symmetric_difference(once, twice).area <= 0.25 * 500 * once.length


@settings(max_examples=10)
@given(seeds, st.floats(8, 20))
def test_two_centres_together_are_their_union(seed: int, cutoff: float) -> None:
    """Two places at once reach what either reaches; the grids of the three runs differ, so to within a cell."""
    place = random_town(seed)
    # From B as from A: both touch the road A–B.
    parts = origins({"A": place.spot("A"), "B": place.spot("B")})
    union = shapely.union_all(on_map(discs_of(place.network, parts, cutoff)))
    both = origins({"AB": MultiPoint([place.spot("A"), place.spot("B")])})
    (together,) = on_map(discs_of(place.network, both, cutoff))
    reach = 250 * 2**0.5 + 5
    # A speck smaller than a cell (the last seconds round an exit) may be met by one grid and missed by another.
    speck = 2 * 250**2
    assert shapely.difference(together, union.buffer(reach)).area <= speck
    assert shapely.difference(union, together.buffer(reach)).area <= speck


@settings(max_examples=10)
@given(seeds, st.floats(5, 25))
def test_the_disc_is_the_surface_at_the_cutoff(seed: int, cutoff: float) -> None:
    """Points well inside are reached in time, points well outside are not: disc and surface are one field."""
    place = random_town(seed)
    # A leg that never ends: with a largest leg, times jump where it does, and nothing can be said of a point between.
    access = replace(place.network.access, max_m=50_000.0)
    (disc,) = discs_of(place.network, place.at("A"), cutoff, cell_m=500, access=access).geometry
    surface = travel_time_surface(place.network, place.at("A"), limit_min=cutoff, cell_m=500, access=access, land=PLAIN)
    draw = np.random.default_rng(seed)
    west, south, east, north = disc.bounds
    spots = gpd.GeoSeries(
        gpd.points_from_xy(draw.uniform(west, east, 200), draw.uniform(south, north, 200)), crs=CGCS2000
    )
    minutes = surface.sample(spots)
    inside = shapely.contains(disc, spots.to_numpy())
    # Both lie between the values of the four cells round the point, which differ by the walk across at most.
    slack = 500 * 2**0.5 * access.ms_per_m / 60_000
    assert (minutes[inside] <= cutoff + slack).all()
    assert not (minutes[~inside] < cutoff - slack).any()


# --- the real network ------------------------------------------------------------------------------------------------


# km² that version 0.1.0 gave on the skeleton of 2024-12 at 1 km cells (frozen 2026-11-21 by `ug.isochrones`). A change
# here is a change of the model and belongs into the changelog.
FROZEN_KM2 = {
    ("济南", 30.0): 629.5,
    ("济南", 60.0): 4556.0,
    ("青岛", 30.0): 219.0,
    ("青岛", 60.0): 1845.8,
    ("西宁—海东", 30.0): 1367.4,
    ("西宁—海东", 60.0): 5786.5,
}


@pytest.mark.slow
def test_real_circles_of_the_three_centres() -> None:
    """Nested and valid on real coasts, with the areas the skeleton gave when they were frozen."""
    centres = ["济南", "青岛", "西宁—海东"]
    frame = isochrones(read_network(), locate(centres), cutoffs=[30, 60], cell_m=1_000)
    assert frame["area_km2"].to_dict() == pytest.approx(FROZEN_KM2, rel=0.005)
    for origin in centres:
        assert_nested(frame[frame.index.get_level_values("origin_id") == origin])
    assert set(frame["network_kind"]) == {"skeleton"}
    # Nothing in the Yellow Sea: 40 km south-east of 青岛's centre.
    assert not frame.geometry.intersects(Point(120.75, 35.85)).any()


# --- two methods -----------------------------------------------------------------------------------------------------


def grid_town(count: int = 26) -> Town:
    """A mesh of streets 300 m apart, 7.5 km across: dense enough for links."""
    xy = {f"n{x}_{y}": (300.0 * (x - count // 2), 300.0 * (y - count // 2)) for x in range(count) for y in range(count)}
    rows = [Road([f"n{x}_{y}" for x in range(count)], kmh=20 if y % 5 else 50) for y in range(count)]
    columns = [Road([f"n{x}_{y}" for y in range(count)], kmh=20 if x % 5 else 50) for x in range(count)]
    return town_of(xy, *rows, *columns)


def test_links_agree_with_the_exact_surface_where_roads_lie_close() -> None:
    place = grid_town()
    here = origins({"o": point(70, 40)})
    found = {
        method: isochrones(place.network, here, cutoffs=[3, 4], cell_m=25, land=PLAIN, method=method)
        for method in ("exact", "links")
    }
    for exact, links in zip(*map(on_map, found.values()), strict=True):
        # All along the edge, a third of a cell on average.
        assert exact.symmetric_difference(links).area <= 25 / 3 * exact.length
        assert links.area == pytest.approx(exact.area, rel=0.01)
    assert_nested(found["links"])
    assert found["links"]["surface_method"].tolist() == ["links"] * 2
    surface = travel_time_surface(place.network, here, limit_min=4, cell_m=25, land=PLAIN, method="links")
    assert surface.parameters["surface_method"] == "links"
    assert surface.parameters["origin_id"] == "o"


def test_auto_takes_links_for_dense_networks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    place = town("A---------B", Road("AB"))
    assert discs_of(place.network, place.at("A"), 10)["surface_method"].tolist() == ["exact"]
    assert isochrones_module.SPARSE_SEGMENTS == 20_000
    monkeypatch.setattr(isochrones_module, "SPARSE_SEGMENTS", 1)
    assert discs_of(place.network, place.at("A"), 10)["surface_method"].tolist() == ["links"]
    with pytest.raises(InputError, match="method 'quick' is not known; expected 'auto', 'exact' or 'links'"):
        isochrones(place.network, place.at("A"), method="quick")  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["exact", "links"])
def test_areas_end_at_the_shore_itself(method: Any) -> None:
    # Land up to 300 m north of the road; legs of 2 km at 2.4 min/km. Links keep off the sea by cells of 250 m and the
    # tolerance of the shore only, the areas by the shore itself.
    place = town("A-------------------B", Road("AB"), access=AccessLeg(30, 1.2, 2_000))
    land = ground(box(-60_000, -60_000, 60_000, 300))
    discs = on_map(isochrones(place.network, place.star(), cutoffs=[5, 10, 15], land=land, method=method))
    for disc in discs:
        assert disc.is_valid
        assert disc.bounds[3] == pytest.approx(300, abs=2)
        assert disc.bounds[1] < -1_900
    for inner, outer in pairwise(discs):
        assert outer.buffer(1e-6).covers(inner)


@pytest.mark.slow
def test_no_circle_in_the_sea_off_qingdao_by_links() -> None:
    land = land_polygons(bounds=(119.0, 35.0, 122.0, 37.5)).iloc[0]
    frame = isochrones(read_network(), "青岛", cutoffs=[30, 60], cell_m=1_000, method="links")
    assert_nested(frame)
    for disc in frame.geometry:
        assert disc.area > 0.01
        assert disc.difference(land).area < 1e-9
    # Across the bay one drives; 40 km out in the Yellow Sea is nothing.
    assert not frame.geometry.intersects(Point(120.75, 35.85)).any()


def test_land_is_looked_for_as_far_as_trains_get() -> None:
    # 250 km in 50 min by rail, then a street: farther than any road would lead in the hour, and all of it on land.
    place = town_of(
        {"A": (0, 0), "B": (3_000, 0), "C": (253_000, 0), "D": (256_000, 0)},
        Road("AB"),
        Road("BC", kmh=300, access="ends_only"),
        Road("CD"),
        access=NARROW,
    )
    known: Any = isochrones(place.network, place.at("A"), cutoffs=[60])
    everywhere = isochrones(place.network, place.at("A"), cutoffs=[60], land="everywhere")
    (disc,) = known.geometry
    assert len(disc.geoms) == 2
    assert known["area_km2"].tolist() == pytest.approx(everywhere["area_km2"].tolist(), rel=1e-6)


# --- many at once ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["exact", "links"])
def test_threads_and_the_order_of_origins_change_nothing(method: Any, capsys: pytest.CaptureFixture[str]) -> None:
    place = random_town(11)
    (xa, ya), (xb, yb) = place.xy["A"], place.xy["B"]
    many = origins({f"o{n}": point(xa + n / 9 * (xb - xa), ya + n / 9 * (yb - ya)) for n in range(10)})
    one = isochrones(place.network, many, cutoffs=[5, 10], land=PLAIN, method=method)
    assert capsys.readouterr().err == ""
    three = isochrones(place.network, many, cutoffs=[10, 5], land=PLAIN, method=method, threads=3, progress=True)
    assert "10/10" in capsys.readouterr().err
    pd.testing.assert_index_equal(one.index, three.index)
    assert one.geometry.geom_equals_exact(three.geometry, 0).all()
    back: Any = isochrones(place.network, many.iloc[::-1], cutoffs=[5, 10], land=PLAIN, method=method)
    assert back.index.get_level_values("origin_id").tolist() == [f"o{n}" for n in range(9, -1, -1) for _ in "ab"]
    assert back.geometry.loc[one.index].geom_equals_exact(one.geometry, 0).all()
    for wrong in (0, -1, 1.5, True):
        with pytest.raises(InputError, match="threads="):
            isochrones(place.network, many, land=PLAIN, threads=wrong)  # type: ignore[arg-type]


def test_one_that_cannot_be_is_told_before_anything_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(isochrones_module, "search", never)
    places = origins({"A": LANE.spot("A"), "sea": point(0, 90_000), "B": LANE.spot("B"), "moor": point(90_000, 0)})
    with pytest.raises(SnapError, match=r"sea .*; moor .*2 points of 4 origins"):
        discs_of(LANE.network, places, 10)


def test_a_failure_half_way_is_told_and_ends_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def failing(*given: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            msg = "half-way"
            raise InputError(msg)
        return search(*given, **more)

    monkeypatch.setattr(isochrones_module, "search", failing)
    many = origins({f"o{n}": LANE.spot("A", east=n) for n in range(40)})
    with pytest.raises(InputError, match="half-way"):
        isochrones(LANE.network, many, cutoffs=[5], land=PLAIN, threads=2)
    assert len(calls) < 40


# --- wrong ways to ask -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cutoffs",
    [[0], [-5, 10], [math.nan], [10, math.nan], [], [10, 10], [10, 20, 10.0], [10, 10.05], [math.inf], [1_441]],
    ids=str,
)
def test_impossible_cutoffs(cutoffs: list[float]) -> None:
    with pytest.raises(InputError, match=r"cutoffs=\[.*expected 1 to 100 different numbers of minutes above 0"):
        isochrones(LANE.network, LANE.at("A"), cutoffs=cutoffs, land=PLAIN)


def test_cutoffs_a_tenth_of_a_minute_apart_are_allowed() -> None:
    # As floating point numbers 31.4 and 31.3 are a hair less than 0.1 apart.
    frame = discs_of(LANE.network, LANE.at("A"), 31.4, 31.3)
    assert frame.index.get_level_values("cutoff_min").tolist() == [31.3, 31.4]


def test_too_many_cutoffs_and_no_numbers() -> None:
    with pytest.raises(InputError, match="cutoffs=101 values"):
        isochrones(LANE.network, LANE.at("A"), cutoffs=list(range(1, 102)), land=PLAIN)
    with pytest.raises(InputError, match="cutoffs=10000 values"):
        isochrones(LANE.network, LANE.at("A"), cutoffs=np.arange(1, 10_001) / 10, land=PLAIN)  # type: ignore[arg-type]
    assert len(isochrones(LANE.network, LANE.at("A"), cutoffs=list(range(1, 101)), cell_m=2_000, land=PLAIN)) == 100
    for wrong in (["soon"], [None], 30, None, "15", "30,60", b"15", [True]):
        with pytest.raises(InputError, match="expected a list of minutes"):
            isochrones(LANE.network, LANE.at("A"), cutoffs=wrong, land=PLAIN)  # type: ignore[arg-type]


@pytest.mark.parametrize("cell_m", [0, -1, math.nan, math.inf])
def test_impossible_cells(cell_m: float) -> None:
    with pytest.raises(InputError, match="cell_m"):
        discs_of(LANE.network, LANE.at("A"), 10, cell_m=cell_m)


def test_a_cell_too_fine_is_refused_with_one_that_fits() -> None:
    with pytest.raises(InputError, match=r"use cell_m of at least \d+"):
        discs_of(LANE.network, LANE.at("A"), 60, cell_m=0.1)
    with pytest.raises(InputError, match=r"GB of links\); use cell_m of at least \d+"):
        isochrones(LANE.network, LANE.at("A"), cell_m=0.1, land=PLAIN, method="links")


def test_unknown_direction_and_empty_network() -> None:
    with pytest.raises(InputError, match="direction"):
        discs_of(LANE.network, LANE.at("A"), 10, direction="towards")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no edges"):
        discs_of(LANE.network.take_edges([]), LANE.at("A"), 10)


def test_far_out_at_sea() -> None:
    # 150 km off the coast of Shandong.
    with pytest.raises(SnapError, match=r"123\.5,35\.5 \(123\.5000, 35\.5000\) is \d+\.\d km from the nearest road"):
        isochrones(read_network(), (123.5, 35.5), cutoffs=[60])
    with pytest.raises(SnapError, match=re.escape("largest access leg of 2 km")):
        discs_of(LANE.network, origins({"sea": point(200_000, 0)}), 10)


def test_unknown_and_ambiguous_names() -> None:
    network = read_network()
    with pytest.raises(UnknownNameError, match="Place '济难' is not known"):
        isochrones(network, "济难")
    with pytest.raises(UnknownNameError, match=r"市中区.*stands for"):
        isochrones(network, "市中区")
    with pytest.raises(InputError, match="Did you swap them"):
        isochrones(network, "36.66,117.02")
    with pytest.raises(InputError, match="asked for twice"):
        isochrones(network, ["济南", "济南"])
    with pytest.raises(InputError, match="No place was given"):
        isochrones(network, [])


def test_faulty_frames_of_origins() -> None:
    good = LANE.at("A")
    with pytest.raises(CrsError, match="no coordinate reference system"):
        discs_of(LANE.network, gpd.GeoDataFrame(good.drop(columns="geometry"), geometry=list(good.geometry)), 10)
    with pytest.raises(SchemaError, match="stand more than once: A"):
        discs_of(LANE.network, gpd.GeoDataFrame(pd.concat([good, good]), crs=good.crs), 10)
    with pytest.raises(SchemaError, match="column 'name' is missing"):
        discs_of(LANE.network, good.drop(columns="name"), 10)
    with pytest.raises(SchemaError, match=r"its index is \[None\], expected \['origin_id'\]"):
        discs_of(LANE.network, good.reset_index(drop=True), 10)
    with pytest.raises(SchemaError, match="no rows"):
        discs_of(LANE.network, good.iloc[:0], 10)
    with pytest.raises(SchemaError, match=r"origins must be points, got.*Polygon"):
        discs_of(LANE.network, good.set_geometry([box(100, 35, 101, 36)], crs=CGCS2000), 10)
    with pytest.raises(SchemaError, match="no geometry"):
        discs_of(LANE.network, good.set_geometry([Point()], crs=CGCS2000), 10)
    with pytest.raises(CrsError, match="look projected"):
        discs_of(LANE.network, good.set_geometry([Point(500_000, 4_000_000)], crs=CGCS2000), 10)


@pytest.mark.parametrize(
    "leg", [(0, 1.3, 1_000), (36, 0.9, 1_000), (36, 1.3, 0), (math.nan, 1.3, 1_000), (36, 1.3, math.inf)]
)
def test_impossible_access_legs(leg: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="expected a positive speed and distance and a circuity of at least 1"):
        AccessLeg(*leg)


def test_walk_is_what_the_comments_say() -> None:
    # 6 km/h over 1.2 times the line: 12 min/km, 720 ms for each metre.
    assert WALK.ms_per_m == pytest.approx(720)
