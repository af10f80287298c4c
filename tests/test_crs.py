"""Coordinate reference systems: nothing is measured in degrees, nothing is guessed."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Geod
from shapely import Point, box
from shapely.geometry.base import BaseGeometry

from urbangeo import read_counties
from urbangeo.errors import CrsError
from urbangeo.language.crs import (
    CGCS2000,
    EQUAL_AREA,
    EQUAL_AREA_ZH,
    area_km2,
    local_metric,
    require_geographic,
    require_metric,
)

GRS80 = Geod(ellps="GRS80")


def frame_of(*shapes: BaseGeometry, crs: str | None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=list(shapes), crs=crs)


def test_a_missing_system_is_never_guessed() -> None:
    with pytest.raises(CrsError) as caught:
        require_geographic(frame_of(Point(117, 36), crs=None), "your county file")
    message = str(caught.value)
    assert "your county file has no coordinate reference system" in message
    assert "EPSG:4490" in message
    assert "set_crs" in message
    assert "GCJ-02" in message


def test_cgcs2000_is_handed_back_as_it_is() -> None:
    frame = frame_of(Point(117, 36), crs="EPSG:4490")
    assert require_geographic(frame, "frame") is frame


def test_wgs84_degrees_are_relabelled_not_moved() -> None:
    frame = frame_of(Point(117.123456, 36.654321), crs="EPSG:4326")
    result = require_geographic(frame, "frame")
    assert result.crs == CRS(CGCS2000)
    assert result.geometry.iloc[0] == Point(117.123456, 36.654321)
    assert frame.crs == CRS("EPSG:4326")


def test_projected_coordinates_are_transformed() -> None:
    # CGCS2000 / 3-degree Gauss-Krueger CM 117E: its central meridian has the false easting 500 km.
    frame = frame_of(Point(500_000, 4_000_000), crs="EPSG:4548")
    result = require_geographic(frame, "frame")
    assert result.crs == CRS(CGCS2000)
    assert result.geometry.x.iloc[0] == pytest.approx(117.0, abs=1e-9)
    assert result.geometry.y.iloc[0] == pytest.approx(36.13, abs=0.01)


def test_a_frame_without_coordinates_is_not_taken_for_a_projected_one() -> None:
    empty = frame_of(crs=CGCS2000)
    assert require_geographic(empty, "frame") is empty
    assert len(area_km2(empty)) == 0
    assert area_km2(frame_of(Point(), crs="EPSG:4326")).tolist() == [0]


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326"])
def test_metres_labelled_as_degrees_are_refused(crs: str) -> None:
    with pytest.raises(CrsError, match=r"They look projected: set the true CRS.*to_crs\('EPSG:4490'\)"):
        require_geographic(frame_of(Point(500_000, 4_000_000), crs=crs), "frame")


@pytest.mark.parametrize("point", [(-181, 36), (181, 36), (117, -91), (117, 91)])
def test_degrees_out_of_range_are_refused_on_every_side(point: tuple[float, float]) -> None:
    with pytest.raises(CrsError, match="but they run from"):
        require_geographic(frame_of(Point(117, 36), Point(point), crs=CGCS2000), "frame")


@pytest.mark.parametrize("crs", [None, "EPSG:4490", "EPSG:4326", "EPSG:2277"])
def test_no_metres_no_measure(crs: str | None) -> None:
    """Missing, degrees, and US survey feet."""
    with pytest.raises(CrsError, match="metres") as caught:
        require_metric(crs, "the roads")
    assert "the roads" in str(caught.value)


def test_metric_systems_pass() -> None:
    assert require_metric("EPSG:4548", "the roads") == CRS("EPSG:4548")
    assert require_metric(CRS(EQUAL_AREA), "the roads") == CRS(EQUAL_AREA)
    assert require_metric(local_metric(117, 36.65), "the roads").is_projected


def test_the_equal_area_projection_is_the_one_that_is_printed() -> None:
    for number in ("25", "47", "105"):
        assert number in EQUAL_AREA
        assert f"{number}°" in EQUAL_AREA_ZH


@given(st.floats(74, 134), st.floats(18, 52))
def test_areas_equal_those_on_the_ellipsoid(lon: float, lat: float) -> None:
    """Against Karney's geodesic area, which uses no projection; the box has short sides, so its edges hardly differ."""
    cell = box(lon, lat, lon + 0.01, lat + 0.01)
    measured = float(area_km2(frame_of(cell, crs=CGCS2000)).iloc[0])
    geodesic = abs(GRS80.geometry_area_perimeter(cell)[0]) / 1e6
    assert measured == pytest.approx(geodesic, rel=2e-6)


@settings(max_examples=40)
@given(st.floats(75, 134), st.floats(19, 52), st.floats(0, 360), st.floats(100, 200_000))
def test_distances_from_the_centre_are_exact(lon: float, lat: float, azimuth: float, distance: float) -> None:
    lon, lat = round(lon, 6), round(lat, 6)
    there_lon, there_lat, _ = GRS80.fwd(lon, lat, azimuth, distance)
    points = frame_of(Point(lon, lat), Point(there_lon, there_lat), crs=CGCS2000).to_crs(local_metric(lon, lat))
    assert points.geometry.iloc[0].distance(points.geometry.iloc[1]) == pytest.approx(distance, rel=1e-6, abs=0.01)


def test_distances_between_other_points_keep_the_stated_error() -> None:
    """Across the line of sight at 200 km, where the projection is worst: below 0.02 %."""
    lon, lat = 117.0, 36.65
    there = GRS80.fwd(lon, lat, 90, 200_000)[:2]
    beside = GRS80.fwd(*there, 0, 1_000)[:2]
    points = frame_of(Point(there), Point(beside), crs=CGCS2000).to_crs(local_metric(lon, lat))
    error = points.geometry.iloc[0].distance(points.geometry.iloc[1]) / 1_000 - 1
    assert 0 < error < 2e-4


@pytest.mark.parametrize(("adcode", "name", "square_km"), [("370611", "福山区", 928), ("370686", "栖霞市", 1_795)])
def test_areas_of_counties_against_measured_ones(adcode: str, name: str, square_km: float) -> None:
    """Both areas were measured on this boundary set with other software (facts on boundaries, vintage checks)."""
    counties = read_counties("山东")
    areas = area_km2(counties)
    assert areas.index.equals(counties.index)
    assert counties.loc[adcode, "name"] == name
    assert areas[adcode] == pytest.approx(square_km, abs=1)


def test_areas_need_a_system_and_change_nothing() -> None:
    frame = frame_of(box(117, 36, 117.1, 36.1), crs=None)
    with pytest.raises(CrsError, match="no coordinate reference system"):
        area_km2(frame)
    known = frame.set_crs("EPSG:4326")
    assert np.isfinite(area_km2(known)).all()
    assert known.crs == CRS("EPSG:4326")
