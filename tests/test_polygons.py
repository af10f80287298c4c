"""Polygons from surfaces: exact on linear fields, nested and valid on any, cut at the shore without tearing."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import MultiPolygon, Point, Polygon, box
from towns import PLAIN, PLANE, ground

from urbangeo.areas.ground.contours import CLEARANCE, rings
from urbangeo.areas.ground.polygons import cut_discs, discs_from, enclose, polygons_from
from urbangeo.areas.ground.surface import TravelTimeSurface
from urbangeo.errors import CrsError, InputError
from urbangeo.language.crs import CGCS2000
from urbangeo.sources.network import AccessLeg

CELL_M = 1_000.0


def surface_of(values: NDArray[np.float64], *, limit: float = 60.0) -> TravelTimeSurface:
    """Surface with its middle at the middle of the map, in cells of 1 km."""
    rows, columns = values.shape
    west, north = -(columns - 1) / 2 * CELL_M, (rows - 1) / 2 * CELL_M
    return TravelTimeSurface(values.astype(np.float32), west, north, CELL_M, PLANE, limit, {})


def field(half: int = 8) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y in km of a square grid."""
    line = np.arange(-half, half + 1, dtype=float)
    x, y = np.meshgrid(line, -line)
    return x, y


def framed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Two empty cells all round, as the surface promises."""
    return np.pad(values, 2, constant_values=np.nan)


def test_diamond_by_hand() -> None:
    # |x| + |y| minutes is linear inside every cell, so the contour at c is the diamond with half axes of c km and the
    # area 2c²: 4.5 km² at 1.5, 24.5 at 3.5.
    x, y = field()
    small, large = cut_discs(surface_of(np.abs(x) + np.abs(y)), [1.5, 3.5], PLAIN)
    assert small.area == pytest.approx(4.5e6)
    assert large.area == pytest.approx(24.5e6)
    assert small.bounds == pytest.approx((-1_500, -1_500, 1_500, 1_500))
    diamond = Polygon([(3_500, 0), (0, 3_500), (-3_500, 0), (0, -3_500)])
    assert shapely.symmetric_difference(large, diamond).area < 1


def test_the_contour_is_interpolated_between_cells() -> None:
    # A slope of 4 min/km from west to east: 10 min lies at x = 2.5 km of a strip reached from x = −5 on.
    x, _ = field()
    values = 4 * x
    values[values < -20] = np.nan
    (disc,) = cut_discs(surface_of(framed(values)), [10], PLAIN)
    assert disc.bounds[2] == pytest.approx(2_500, abs=1)


def test_holes_and_detached_parts_are_kept() -> None:
    # Two far places: the origin and an exit 10 km east, which is reached after 5 min. And a tower nobody may enter.
    x, y = field(20)
    minutes = np.minimum(np.hypot(x + 5, y) * 2, 5 + np.hypot(x - 5, y) * 2)
    minutes[(np.abs(x + 5) <= 0.1) & (np.abs(y - 2) <= 0.1)] = np.nan
    (disc,) = cut_discs(surface_of(minutes), [9], PLAIN)
    assert len(disc.geoms) == 2
    assert sorted(len(part.interiors) for part in disc.geoms) == [0, 1]
    # The larger is a circle of 4.5 km, the smaller one of 2 km, less the corners a grid of 1 km cuts off.
    assert disc.contains(Point(5_000, 1_900))
    assert not disc.contains(Point(500, 0))
    assert not disc.contains(Point(-5_000, 2_000))


def test_values_exactly_at_the_cutoff_make_no_slivers() -> None:
    # A plateau at 30 min right beside lower ground, a lone cell at 30, and a line of cells at 30.
    values = np.full((9, 9), 40.0)
    values[2:5, 2:5] = 20
    values[5, 2:5] = 30
    values[7, 7] = 30
    values[1, 1:8] = 30
    (disc,) = cut_discs(surface_of(framed(values)), [30], PLAIN)
    assert disc.is_valid
    assert len(disc.geoms) == 1
    assert min(part.area for part in disc.geoms) > 1e6


def test_nothing_reached_is_an_empty_disc() -> None:
    nothing = surface_of(np.full((6, 6), np.nan))
    for land in (PLAIN, None, ground(box(0, 0, 1, 1))):
        assert [disc.is_empty for disc in cut_discs(nothing, [10, 20], land)] == [True, True]


def test_a_straight_shore_by_hand() -> None:
    # Land south of y = 0 only: half of each diamond.
    x, y = field()
    land = ground(box(-50_000, -50_000, 50_000, 0))
    small, large = cut_discs(surface_of(np.abs(x) + np.abs(y)), [1.5, 3.5], land)
    # The shore bends by 1 m over 7 km when it goes through degrees.
    assert small.area == pytest.approx(2.25e6, rel=2e-3)
    assert large.area == pytest.approx(12.25e6, rel=2e-3)
    assert large.covers(small)
    assert large.bounds[3] == pytest.approx(0, abs=2)


def test_land_without_a_system_is_refused() -> None:
    x, y = field()
    with pytest.raises(CrsError, match="land polygons"):
        cut_discs(surface_of(np.abs(x) + np.abs(y)), [3], gpd.GeoSeries([box(100, 35, 102, 37)]))


def test_no_land_given_cuts_nothing() -> None:
    x, y = field()
    (disc,) = cut_discs(surface_of(np.abs(x) + np.abs(y)), [3.5], None)
    assert disc.area == pytest.approx(24.5e6)


def test_a_wide_disc_keeps_its_northern_tip() -> None:
    # A cross of roads, 500 km each way: the tip of the northern arm lies 14 km farther north in latitude than the
    # corners of the box round the disc, for parallels bend. The land must be taken as wide as the disc all the same.
    line = np.arange(-480, 481, dtype=float)
    x, y = np.meshgrid(line, -line)
    minutes = np.where((np.abs(x) < 5) | (np.abs(y) < 5), np.maximum(np.abs(x), np.abs(y)) / 5, np.nan)
    surface = TravelTimeSurface(minutes.astype(np.float32), -480_000, 480_000, 1_000.0, PLANE, 100, {})
    (free,) = cut_discs(surface, [95], None)
    # Land of many counties side by side: a coarse rectangle would hide it.
    columns = [box(west / 4, 28, west / 4 + 0.25, 44) for west in range(4 * 92, 4 * 110)]
    (disc,) = cut_discs(surface, [95], gpd.GeoSeries(columns, crs=CGCS2000))
    assert disc.bounds == pytest.approx(free.bounds, abs=1)
    assert disc.area == pytest.approx(free.area, rel=1e-4)


def test_a_disc_that_sticks_out_by_a_hair_is_taken_in() -> None:
    # The middle disc runs 1 mm beyond the large one; the small one lies within and nothing is done for it.
    small, middle, large = (
        MultiPolygon([shape]) for shape in (box(2, 2, 8, 8), box(1, 1, 9, 10.001), box(0, 0, 10, 10))
    )
    nested = enclose([small, middle, large], 1e-4)
    assert_nested(nested)
    assert nested[0] is small
    assert nested[1] is middle
    # 8 m wide and 1 mm high, and a tenth of a millimetre round it.
    assert nested[2].area - large.area == pytest.approx(8 * 0.001 + 8 * 1e-4, rel=0.05)
    assert enclose([MultiPolygon(), small], 1e-4)[1] is small


def assert_nested(discs: list[MultiPolygon]) -> None:
    for disc in discs:
        assert isinstance(disc, MultiPolygon)
        assert disc.is_valid, shapely.is_valid_reason(disc)
    for inner, outer in pairwise(discs):
        assert inner.is_empty or outer.covers(inner)
        assert outer.area >= inner.area


cutoff_lists = st.lists(st.integers(2, 120), min_size=2, max_size=6, unique=True).map(
    lambda tenths: [value / 10 * 5 for value in sorted(tenths)]
)


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), cutoff_lists, st.floats(0, 0.4))
def test_nested_and_valid_on_any_surface(seed: int, cutoffs: list[float], missing: float) -> None:
    """Even on noise with holes, where every cell is a saddle, and on values that meet the cutoffs exactly."""
    draw = np.random.default_rng(seed)
    values = draw.uniform(0, 70, (9, 9)) if seed % 2 else draw.integers(0, 140, (9, 9)) / 2.0
    values[draw.random((9, 9)) < missing] = np.nan
    discs = cut_discs(surface_of(framed(values)), cutoffs, None)
    assert_nested(discs)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), cutoff_lists)
def test_shores_of_any_shape_do_not_tear_the_nesting(seed: int, cutoffs: list[float]) -> None:
    draw = np.random.default_rng(seed)
    x, y = field(5)
    values = np.hypot(x - draw.uniform(-2, 2), y - draw.uniform(-2, 2)) * 8 + draw.uniform(0, 6, x.shape)
    # Ragged land of some overlapping triangles with bays between.
    corners = draw.uniform(-9_000, 9_000, (4, 3, 2))
    land = ground(*[Polygon(corner) for corner in corners])
    discs = cut_discs(surface_of(framed(values)), cutoffs, land)
    assert_nested(discs)
    free = cut_discs(surface_of(framed(values)), cutoffs, None)
    shore = shapely.union_all(land.to_crs(PLANE).to_numpy())
    for disc, open_disc in zip(discs, free, strict=True):
        # What is cut is the sea and nothing else, but for the centimetre to which corners are snapped.
        wanted = shapely.intersection(open_disc, shore)
        assert shapely.symmetric_difference(disc, wanted).area <= 0.05 * (wanted.length + 1)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.floats(5, 60))
def test_the_disc_holds_the_cells_within_and_no_others(seed: int, cutoff: float) -> None:
    draw = np.random.default_rng(seed)
    values = draw.uniform(0, 70, (9, 9))
    surface = surface_of(framed(values))
    (disc,) = cut_discs(surface, [cutoff], None)
    rows, columns = surface.minutes.shape
    x = surface.west + CELL_M * np.arange(columns)
    y = surface.north - CELL_M * np.arange(rows)
    x2, y2 = np.meshgrid(x, y)
    inside = shapely.contains_xy(disc, x2, y2)
    np.testing.assert_array_equal(inside, np.nan_to_num(surface.minutes, nan=np.inf) < cutoff)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.floats(5, 60))
def test_a_quicker_surface_never_shrinks(seed: int, cutoff: float) -> None:
    draw = np.random.default_rng(seed)
    values = draw.uniform(0, 70, (9, 9))
    quicker = values * draw.uniform(0.5, 1, (9, 9))
    (before,) = cut_discs(surface_of(framed(values)), [cutoff], None)
    (after,) = cut_discs(surface_of(framed(quicker)), [cutoff], None)
    assert shapely.buffer(after, 1e-3).covers(before)


# --- the quick way: valid and nested by construction -----------------------------------------------------------------


def test_quick_discs_by_hand() -> None:
    # The diamond again: within a thousandth of a cell, which no corner comes nearer to a cell centre than.
    x, y = field()
    surface = surface_of(np.abs(x) + np.abs(y))
    small, large = discs_from(surface, [1.5, 3.5])
    assert small.area == pytest.approx(4.5e6, rel=1e-5)
    assert large.area == pytest.approx(24.5e6, rel=1e-5)
    # At 3 the corners of the diamond are cell centres: they are kept a thousandth of a cell away.
    (disc,) = discs_from(surface, [3])
    assert disc.is_valid
    assert disc.bounds == pytest.approx((-3_000, -3_000, 3_000, 3_000), abs=1.5 * CLEARANCE * CELL_M)


def test_quick_discs_keep_holes_and_parts_and_turn_them_right() -> None:
    x, y = field(20)
    minutes = np.minimum(np.hypot(x + 5, y) * 2, 5 + np.hypot(x - 5, y) * 2)
    minutes[(np.abs(x + 5) <= 0.1) & (np.abs(y - 2) <= 0.1)] = np.nan
    # An island in the hole of an island.
    minutes[np.hypot(x, y + 14) < 4] = 1
    minutes[np.hypot(x, y + 14) < 2.5] = np.nan
    minutes[np.hypot(x, y + 14) < 1.2] = 1
    (disc,) = discs_from(surface_of(minutes), [9])
    assert disc.is_valid
    assert sorted(len(part.interiors) for part in disc.geoms) == [0, 0, 1, 1]
    assert disc.contains(Point(0, -14_000))
    assert not disc.contains(Point(0, -12_000))
    assert disc.contains(Point(0, -11_000))
    assert_turned(disc)
    (here,) = polygons_from(surface_of(minutes), [9])
    assert_turned(here)


def assert_turned(disc: MultiPolygon) -> None:
    for part in disc.geoms:
        assert part.exterior.is_ccw
        assert not any(hole.is_ccw for hole in part.interiors)


def test_the_edge_is_a_disc_round_where_the_road_is_left() -> None:
    # One place to leave the road, in the middle of the map, at minute 2; 12 min/km, so at 14 a disc of 1 km; the
    # largest leg is 2.5 km, so at 60 a disc of 2.5 km and not of 4.8.
    line = np.arange(-4_000, 4_001, 250.0)
    x, y = np.meshgrid(line, -line)
    far = np.hypot(x, y)
    minutes = np.where(far <= 2_500, 2 + far / 1_000 * 12, np.nan)
    exits = np.where(np.isnan(minutes), np.nan, np.stack([y / 250, -x / 250])).astype(np.float32)
    leg = AccessLeg(6, 1.2, 2_500)
    surface = TravelTimeSurface(
        minutes.astype(np.float32), -4_000.0, 4_000.0, 250.0, PLANE, 60, {}, exit_cells=exits, leg=leg
    )
    small, large = discs_from(surface, [14, 60])
    for disc, radius in ((small, 1_000), (large, 2_500)):
        corners = shapely.get_coordinates(disc)
        away = np.hypot(corners[:, 0], corners[:, 1])
        np.testing.assert_allclose(away, radius, atol=1.5)
        # What is missing to the circle is what chords cut off.
        assert disc.area == pytest.approx(np.pi * radius**2, rel=0.02)
    # By times alone the edge at the largest leg would lie anywhere up to the next cell.
    (blunt,) = discs_from(TravelTimeSurface(surface.minutes, -4_000.0, 4_000.0, 250.0, PLANE, 60, {}), [60])
    away = np.hypot(*shapely.get_coordinates(blunt).T)
    assert float(np.abs(away - 2_500).max()) > 50


def test_the_next_cell_may_carry_the_edge_on() -> None:
    # Two cells a kilometre apart: the first inside (3 min, its road left a quarter of the way to the second), the other
    # outside (10 min); 12 min/km.
    minutes = np.full((5, 6), np.nan, dtype=np.float32)
    minutes[2, 2], minutes[2, 3] = 3.0, 10.0
    exits = np.full((2, 5, 6), np.nan, dtype=np.float32)
    exits[:, 2, 2] = 0.0, 0.25
    leg = AccessLeg(6, 1.2, 2_000)

    def east_of(second: float) -> float:
        exits[:, 2, 3] = 0.0, second
        surface = TravelTimeSurface(minutes, 0.0, 4_000.0, CELL_M, PLANE, 60, {}, exit_cells=exits.copy(), leg=leg)
        (disc,) = discs_from(surface, [4.8])
        return float(disc.bounds[2]) / CELL_M - 2

    # The first cell: left at 0.25, at minute 0; at 4.8 min the disc is 0.4 wide, to 0.65.
    assert east_of(np.nan) == pytest.approx(0.65, abs=2e-3)
    # The second cell's road is left 0.5 before it, at minute 4: 0.8 min left, 0.067 wide, from 0.433 to 0.567: within.
    assert east_of(-0.5) == pytest.approx(0.65, abs=2e-3)
    # Left 0.36 before it at minute 5.7, it is not reached in time at all.
    assert east_of(-0.36) == pytest.approx(0.65, abs=2e-3)
    # A road at 0.7, left for the second cell at minute 3.6, is 0.1 wide and carries the edge on from 0.65 to 0.8.
    minutes[2, 3] = 7.2
    assert east_of(-0.3) == pytest.approx(0.8, abs=2e-3)
    # But not where a gap is left between the two discs.
    minutes[2, 3] = 5.3
    exits[:, 2, 2] = 0.0, 0.1
    assert east_of(-0.05) == pytest.approx(0.1 + (1.8 + 1.2) / 12, abs=2e-3)


@settings(max_examples=80)
@given(st.integers(0, 2**32 - 1), cutoff_lists, st.floats(0, 0.4), st.booleans())
def test_quick_discs_are_valid_and_nested_in_any_system(
    seed: int, cutoffs: list[float], missing: float, known: Any
) -> None:
    """On noise and on values that meet cutoffs exactly, with and without places to leave the road."""
    draw = np.random.default_rng(seed)
    values = draw.uniform(0, 70, (9, 9)) if seed % 2 else draw.integers(0, 140, (9, 9)) / 2.0
    values[draw.random((9, 9)) < missing] = np.nan
    surface = surface_of(framed(values))
    if known:
        leg = AccessLeg(6, 1.2, float(draw.uniform(300, 4_000)))
        away = draw.uniform(-1, 1, (2, *surface.minutes.shape)).astype(np.float32)
        surface = TravelTimeSurface(
            surface.minutes, surface.west, surface.north, CELL_M, PLANE, 60, {}, exit_cells=away, leg=leg
        )
    wanted = sorted({*cutoffs, *(cutoff + 0.1 for cutoff in cutoffs)})
    flat = discs_from(surface, wanted)
    assert_nested(flat)
    curved = list(polygons_from(surface, wanted))
    assert_nested(curved)
    rows, columns = surface.minutes.shape
    x2, y2 = np.meshgrid(surface.west + CELL_M * np.arange(columns), surface.north - CELL_M * np.arange(rows))
    for cutoff, disc, bent in zip(wanted, flat, curved, strict=True):
        inside = shapely.contains_xy(disc, x2, y2)
        np.testing.assert_array_equal(inside, np.nan_to_num(surface.minutes, nan=np.inf) <= cutoff)
        assert_turned(disc)
        assert_turned(bent)
        assert len(bent.geoms) == len(disc.geoms)


def test_a_surface_cut_at_its_edge_is_refused() -> None:
    x, y = field()
    with pytest.raises(InputError, match="runs out of the surface"):
        rings(surface_of(np.abs(x) + np.abs(y)), 20)


def test_nothing_reached_is_an_empty_quick_disc() -> None:
    nothing = surface_of(np.full((6, 6), np.nan))
    assert [disc.is_empty for disc in polygons_from(nothing, [10, 20])] == [True, True]
    assert [disc.is_empty for disc in discs_from(nothing, [10, 20])] == [True, True]


def test_the_quick_way_and_the_way_with_a_shore_agree() -> None:
    x, y = field(20)
    surface = surface_of(np.hypot(x, y) * 2)
    for quick, slow in zip(discs_from(surface, [9, 21]), cut_discs(surface, [9, 21], PLAIN), strict=True):
        assert shapely.symmetric_difference(quick, slow).area < 2e-3 * slow.area


def test_where_roads_are_left_a_shore_can_be_cut_too() -> None:
    line = np.arange(-4_000, 4_001, 250.0)
    x, y = np.meshgrid(line, -line)
    minutes = np.where(np.hypot(x, y) <= 2_500, np.hypot(x, y) / 1_000 * 12, np.nan)
    exits = np.where(np.isnan(minutes), np.nan, np.stack([y / 250, -x / 250])).astype(np.float32)
    surface = TravelTimeSurface(
        minutes.astype(np.float32),
        -4_000.0,
        4_000.0,
        250.0,
        PLANE,
        60,
        {},
        exit_cells=exits,
        leg=AccessLeg(6, 1.2, 2_500),
    )
    half, whole = cut_discs(surface, [12, 24], ground(box(-50_000, -50_000, 50_000, 0)))
    assert half.area == pytest.approx(np.pi / 2 * 1e6, rel=0.02)
    assert whole.covers(half)
