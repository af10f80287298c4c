"""Areas from degrees alone: a known sphere segment, holes, and the equal-area projection as a second opinion."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

from urbangeo.areas.ground.sizes import areas_km2
from urbangeo.language.crs import CGCS2000, area_km2, ellipsoid


def test_a_band_round_the_globe_and_half_of_it() -> None:
    # From pole to pole all round is the surface of GRS80, 510,065,621.7 km².
    whole = areas_km2(np.array([box(-180, -90, 180, 90), box(0, 0, 180, 90)], dtype=object))
    assert whole.tolist() == pytest.approx([510_065_621.7, 510_065_621.7 / 4], rel=1e-9)
    # One square degree at 36° N, against geodesics along its sides, parallels followed closely.
    square = shapely.segmentize(box(117, 36, 118, 37), 0.001)
    expected = ellipsoid().geometry_area_perimeter(square)[0] / 1e6
    assert areas_km2(np.array([square], dtype=object))[0] == pytest.approx(expected, rel=1e-8)


def test_holes_parts_and_directions_of_rings() -> None:
    shell, hole = box(100, 30, 101, 31), box(100.2, 30.2, 100.4, 30.4)
    holed = Polygon(shell.exterior.coords, [hole.exterior.coords])
    both = MultiPolygon([holed, box(102, 30, 103, 31)])
    turned = shapely.reverse(both)
    part, out, other = areas_km2(np.array([shell, hole, box(102, 30, 103, 31)], dtype=object))
    found = areas_km2(np.array([both, turned, MultiPolygon()], dtype=object))
    assert found.tolist() == pytest.approx([part - out + other] * 2 + [0.0])
    oriented = shapely.orient_polygons(np.array([both, shell, MultiPolygon()], dtype=object))
    quick = areas_km2(oriented, is_oriented=True)
    assert quick.tolist() == pytest.approx([part - out + other, part, 0.0], rel=1e-12)


def test_against_the_equal_area_projection() -> None:
    draw = np.random.default_rng(0)
    angle = np.linspace(0, 2 * np.pi, 400)[:-1]
    shapes = [
        Polygon(np.stack([x + r * np.cos(angle), y + r * np.sin(angle)], axis=1))
        for x, y, r in zip(draw.uniform(80, 130, 20), draw.uniform(20, 50, 20), draw.uniform(0.01, 1, 20), strict=True)
    ]
    frame = gpd.GeoDataFrame(geometry=shapes, crs=CGCS2000)
    np.testing.assert_allclose(areas_km2(np.array(shapes, dtype=object)), area_km2(frame), rtol=1e-6)
