"""Polygons from surfaces: exact on linear fields, nested and valid on any, cut at the shore without tearing."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import MultiPolygon, Point, Polygon, box
from towns import PLAIN, PLANE, ground

from urbangeo.areas.polygons import cut_discs, enclose
from urbangeo.areas.surface import TravelTimeSurface
from urbangeo.errors import CrsError
from urbangeo.language.crs import CGCS2000

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
