"""Datums: the published points, a round trip below 0.1 m everywhere in China, nothing moved outside of it."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod
from shapely import LineString, MultiPolygon, Point, box

from urbangeo.errors import CrsError, InputError
from urbangeo.language.datum import (
    CHINA_BOX,
    Datum,
    bd09_to_gcj02,
    gauss_kruger,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    shift_datum,
    shift_points,
    wgs84_to_gcj02,
)

WGS84 = Geod(ellps="WGS84")
# The land of China from the Pamirs to the Ussuri and from the South China Sea to the Amur.
LONGITUDES = st.floats(73.4, 135.1)
LATITUDES = st.floats(3.4, 53.6)

EVILTRANSFORM = [
    (121.5272106, 31.1774276, 121.531541859215, 31.17530398364597),
    (113.912316, 22.543847, 113.9171764808363, 22.540796131694766),
    (116.377817, 39.911954, 116.38404722455657, 39.91334545536069),
]


def metres(lon: object, lat: object, other_lon: object, other_lat: object) -> float:
    return float(np.max(WGS84.inv(lon, lat, other_lon, other_lat)[2]))


@pytest.mark.parametrize(("lon", "lat", "gcj_lon", "gcj_lat"), EVILTRANSFORM)
def test_published_points_of_gcj02(lon: float, lat: float, gcj_lon: float, gcj_lat: float) -> None:
    """The test points that all ports of the formula share (googollee/eviltransform)."""
    assert metres(*wgs84_to_gcj02(lon, lat), gcj_lon, gcj_lat) < 1e-6
    assert metres(*gcj02_to_wgs84(gcj_lon, gcj_lat), lon, lat) < 1e-4


def test_published_point_of_bd09() -> None:
    """wandergis/coordtransform; its one-step inverse is within metres of the exact one."""
    assert metres(*gcj02_to_bd09(116.404, 39.915), 116.41036949371029, 39.92133699351021) < 1e-6
    assert metres(*wgs84_to_gcj02(116.404, 39.915), 116.41024449916938, 39.91640428150164) < 1e-6
    assert metres(*bd09_to_gcj02(116.404, 39.915), 116.39762729119315, 39.90865673957631) < 1


@given(LONGITUDES, LATITUDES)
def test_round_trip_is_below_a_tenth_of_a_metre(lon: float, lat: float) -> None:
    for start, end in (("wgs84", "gcj02"), ("gcj02", "bd09"), ("cgcs2000", "bd09")):
        there = shift_points(lon, lat, source=start, target=end)  # type: ignore[arg-type]
        back = shift_points(*there, source=end, target=start)  # type: ignore[arg-type]
        assert metres(*back, lon, lat) < 1e-3
        again = shift_points(*back, source=start, target=end)  # type: ignore[arg-type]
        assert metres(*again, *there) < 1e-3


@given(LONGITUDES, LATITUDES)
def test_the_shift_stays_within_what_is_known_of_it(lon: float, lat: float) -> None:
    assert metres(*wgs84_to_gcj02(lon, lat), lon, lat) < 1000
    assert metres(*gcj02_to_bd09(lon, lat), lon, lat) < 1300


def test_the_shift_is_no_constant() -> None:
    """Some 510 m east between Jinan and Weifang, 173 m at Xining, 51 m east and 59 m north in central Qinghai."""
    lon = np.array([118.0, 101.78, 96.0])
    lat = np.array([36.7, 36.62, 36.0])
    moved_lon, moved_lat = wgs84_to_gcj02(lon, lat)
    east = (moved_lon - lon) * 111_195 * np.cos(np.radians(lat))
    assert 480 < east[0] < 540
    assert 150 < east[1] < 200
    assert east[2] < 120
    assert np.all(np.abs(moved_lat - lat) < 0.003)


def test_a_million_points_take_seconds() -> None:
    random = np.random.default_rng(20251121)
    lon, lat = random.uniform(73.4, 135.1, 200_000), random.uniform(3.4, 53.6, 200_000)
    back_lon, back_lat = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    assert metres(back_lon, back_lat, lon, lat) < 1e-3


@pytest.mark.parametrize("move", [wgs84_to_gcj02, gcj02_to_wgs84, gcj02_to_bd09, bd09_to_gcj02])
def test_nothing_moves_outside_china_and_blanks_stay_blank(move: object) -> None:
    west, south, east, north = CHINA_BOX
    lon = np.array([west - 0.01, east + 0.01, 105.0, 105.0, -74.006, 0.0, np.inf, np.nan])
    lat = np.array([35.0, 35.0, south - 0.01, north + 0.01, 40.7128, 0.0, 36.0, 36.0])
    moved_lon, moved_lat = move(lon, lat)  # type: ignore[operator]
    np.testing.assert_array_equal(moved_lon, lon)
    np.testing.assert_array_equal(moved_lat, lat)
    nowhere_lon, nowhere_lat = move([117.0, np.nan], [np.nan, 36.0])  # type: ignore[operator]
    assert (nowhere_lon[0], nowhere_lat[1]) == (117.0, 36.0)
    assert np.isnan(nowhere_lon[1])
    assert np.isnan(nowhere_lat[0])


def test_shapes_are_kept_and_inputs_are_not_changed() -> None:
    lon, lat = np.full((2, 3), 117.0), np.array([36.0, 36.5, 37.0])
    moved_lon, moved_lat = wgs84_to_gcj02(lon, lat)
    assert moved_lon.shape == moved_lat.shape == (2, 3)
    assert (lon == 117.0).all()
    assert wgs84_to_gcj02([], [])[0].shape == (0,)
    assert wgs84_to_gcj02(117, 36)[0].shape == ()


@pytest.mark.parametrize(("lon", "lat"), [(["a"], [1.0]), ([1.0, 2.0], [1.0, 2.0, 3.0]), ([None, object()], [1, 2])])
def test_what_is_no_pair_of_numbers_is_refused(lon: object, lat: object) -> None:
    with pytest.raises(InputError, match="numbers in degrees"):
        wgs84_to_gcj02(lon, lat)  # type: ignore[arg-type]


def test_unknown_datums_are_refused() -> None:
    with pytest.raises(InputError, match=r"source datum 'beijing54' is not known.*gcj02"):
        shift_points(117, 36, source="beijing54", target="wgs84")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="target datum 'GCJ-02' is not known"):
        shift_points(117, 36, source="wgs84", target="GCJ-02")  # type: ignore[arg-type]


def frame_of(*shapes: Any, crs: str | None = "EPSG:4490") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"name": ["x"] * len(shapes)}, geometry=list(shapes), crs=crs)


def test_a_frame_moves_vertex_by_vertex() -> None:
    shapes = (Point(117, 36), LineString([(117, 36), (118, 37)]), MultiPolygon([box(101, 36, 102, 37)]))
    frame = frame_of(*shapes)
    frame.attrs["source"] = {"publisher": "某院", "crs": "EPSG:4490", "geometry_changed": False}
    moved = shift_datum(frame, source="cgcs2000", target="gcj02")
    lon, lat = wgs84_to_gcj02([117, 118], [36, 37])
    assert moved.geometry.iloc[0].coords[0] == (lon[0], lat[0])
    assert moved.geometry.iloc[1].coords[1] == (lon[1], lat[1])
    assert moved.geometry.iloc[2].geom_type == "MultiPolygon"
    assert moved.crs is None
    assert moved.attrs["datum"] == "GCJ-02"
    assert moved.attrs["source"] == {"publisher": "某院", "crs": "GCJ-02", "geometry_changed": True}
    assert list(moved.columns) == ["name", "geometry"]
    # The input, its label and its descriptor are as they were.
    assert list(frame.geometry) == list(shapes)
    assert frame.crs == CRS("EPSG:4490")
    assert frame.attrs == {"source": {"publisher": "某院", "crs": "EPSG:4490", "geometry_changed": False}}
    back = shift_datum(moved, source="gcj02")
    assert back.crs == CRS("EPSG:4490")
    assert back.geometry.iloc[1].equals_exact(shapes[1], 1e-9)


def test_a_wrong_label_does_not_matter_where_the_caller_says_gcj02() -> None:
    point = Point(*map(float, wgs84_to_gcj02(117, 36)))
    for crs in ("EPSG:4326", "EPSG:4490", None):
        back = shift_datum(frame_of(point, crs=crs), source="gcj02", target="wgs84")
        assert back.crs == CRS("EPSG:4326")
        assert metres(back.geometry.x, back.geometry.y, [117], [36]) < 1e-3
    mercator = frame_of(point, crs="EPSG:4326").to_crs("EPSG:3857")
    back = shift_datum(mercator, source="gcj02")
    assert metres(back.geometry.x, back.geometry.y, [117], [36]) < 1e-3


def test_wgs84_and_cgcs2000_are_one() -> None:
    frame = frame_of(Point(117.123456, 36.654321), crs="EPSG:4326")
    frame.attrs["source"] = {"geometry_changed": False}
    same = shift_datum(frame, source="wgs84")
    assert same.crs == CRS("EPSG:4490")
    assert same.geometry.iloc[0] == Point(117.123456, 36.654321)
    assert same.attrs["source"] == {"geometry_changed": False, "crs": "EPSG:4490"}


def test_missing_and_empty_geometry_stays() -> None:
    moved = shift_datum(frame_of(None, Point(), Point(117, 36)), source="gcj02")
    assert moved.geometry.isna().tolist() == [True, False, False]
    assert moved.geometry.iloc[1].is_empty


def test_a_missing_system_is_refused_unless_the_datum_has_none() -> None:
    datums: list[Datum] = ["wgs84", "cgcs2000"]
    for datum in datums:
        with pytest.raises(CrsError, match="no coordinate reference system"):
            shift_datum(frame_of(Point(117, 36), crs=None), source=datum, target="gcj02")
    with pytest.raises(CrsError, match="these are no degrees"):
        shift_datum(frame_of(Point(13_000_000, 4_300_000), crs=None), source="gcj02")


def test_a_frame_without_geometry_is_refused() -> None:
    with pytest.raises(InputError, match="needs a GeoDataFrame"):
        shift_datum(gpd.GeoDataFrame({"name": ["x"]}), source="gcj02")


@pytest.mark.parametrize("width", [3, 6])
@pytest.mark.parametrize("numbered", [False, True])
def test_every_zone_has_the_meridian_nearest_to_it(width: int, numbered: bool) -> None:  # noqa: FBT001
    for lon in np.arange(75.0, 135.1, 0.7):
        code = gauss_kruger(lon, width=width, numbered=numbered)  # type: ignore[arg-type]
        crs = CRS(code)
        operation = crs.coordinate_operation
        assert operation is not None
        values = {parameter.name: float(parameter.value) for parameter in operation.params}
        meridian = values["Longitude of natural origin"]
        assert abs(meridian - lon) <= width / 2
        zone = meridian / 3 if width == 3 else (meridian + 3) / 6
        assert values["False easting"] == 500_000 + (zone * 1_000_000 if numbered else 0)
        assert crs.geodetic_crs == CRS("EPSG:4490")
        assert f"{width}-degree" in crs.name or width == 6


@pytest.mark.parametrize("lon", [73.4, 136.5, -117.0, 0.0, float("nan"), float("inf")])
def test_longitudes_without_a_zone_are_refused(lon: float) -> None:
    with pytest.raises(InputError, match=r"no 3-degree zone of CGCS2000 \(73.5° to 136.5° E\)"):
        gauss_kruger(lon)


def test_zones_are_three_or_six_degrees_wide() -> None:
    with pytest.raises(InputError, match="3 or 6 degrees"):
        gauss_kruger(117, width=9)  # type: ignore[arg-type]
