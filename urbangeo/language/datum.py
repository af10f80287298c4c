"""Datums of Chinese maps: WGS 84, GCJ-02 and BD-09 by the published formula, and CGCS2000's Gauss–Krüger zones.

GCJ-02 moves every point of China by up to some 700 m, by another amount at each place: it is neither a translation
nor a projection, so no CRS describes it. It is undone here by iterating the forward formula, not by subtracting its
offset once. CGCS2000 and WGS 84 agree to better than a metre and are not told apart.

References
----------
The state never published the formula. It is known from ``EvilTransform.cs`` (2013, on4wp7 at CodePlex, changeset
21483), with the Krasovsky 1940 ellipsoid and its box for China; BD-09 and the iterated inverse as in
Artoria2e5/PRCoords. The published test points of googollee/eviltransform (GCJ-02) and wandergis/coordtransform (both)
are kept to in the tests.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from urbangeo.errors import CrsError, InputError, listed
from urbangeo.language.crs import CGCS2000, require_geographic

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

Datum = Literal["cgcs2000", "wgs84", "gcj02", "bd09"]

CHINA_BOX = (72.004, 0.8293, 137.8347, 55.8271)
"""West, south, east, north in degrees: the formula's own test for China. Outside it all datums are one."""

DATUM_NAMES: dict[str, str] = {"cgcs2000": "CGCS2000", "wgs84": "WGS 84", "gcj02": "GCJ-02", "bd09": "BD-09"}
"""How the datums are printed."""

# Krasovsky 1940 as the formula writes it: semi-major axis in metres, first eccentricity squared.
_A, _EE = 6378245.0, 0.00669342162296594323
_BAIDU_WAVE = np.pi * 3000.0 / 180.0
_BAIDU_SHIFT = (0.0065, 0.006)
# Each round leaves at most some 2 % of the error of the round before: 1e-10 degrees (0.01 mm) takes seven or fewer.
_TOLERANCE_DEG, _ROUNDS = 1e-10, 30


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Move WGS 84 (or CGCS2000) points to where a GCJ-02 map shows them.

    Parameters
    ----------
    lon, lat : array_like of float
        Degrees. Points outside :data:`CHINA_BOX` stay where they are, as the formula has it, and so do missing ones.

    Returns
    -------
    tuple of numpy.ndarray
        Longitudes and latitudes in GCJ-02 degrees, in the shape of the input.

    Raises
    ------
    InputError
        If the values are no numbers or the two do not fit together.

    Examples
    --------
    >>> lon, lat = wgs84_to_gcj02([121.5272106], [31.1774276])
    >>> print(lon.round(6), lat.round(6))
    [121.531542] [31.175304]

    References
    ----------
    EvilTransform.cs (2013); test points of googollee/eviltransform.
    """
    x, y = _pair(lon, lat)
    east, north = _gcj_offset(x, y)
    inside = _in_china(x, y)
    return np.where(inside, x + east, x), np.where(inside, y + north, y)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Move GCJ-02 points back to WGS 84 (or CGCS2000), by iterating the forward formula.

    Subtracting the offset found at the GCJ-02 point, as most code does, leaves metres; the iteration comes back to
    within 0.1 mm of where it started anywhere in China.

    Parameters
    ----------
    lon, lat : array_like of float
        Degrees in GCJ-02. Points outside :data:`CHINA_BOX` and missing ones stay where they are.

    Returns
    -------
    tuple of numpy.ndarray
        Longitudes and latitudes in WGS 84 degrees, in the shape of the input.

    Raises
    ------
    InputError
        If the values are no numbers or the two do not fit together.

    Notes
    -----
    Along the very edge of the box, at sea or abroad, the forward formula jumps and has no exact inverse.

    Examples
    --------
    >>> lon, lat = gcj02_to_wgs84(*wgs84_to_gcj02(117.02, 36.66))
    >>> print(lon.round(9), lat.round(9))
    117.02 36.66

    References
    ----------
    Artoria2e5/PRCoords, for the fixed-point iteration.
    """
    return _inverse(lon, lat, _gcj_offset)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Move GCJ-02 points to where a Baidu map (BD-09, degrees) shows them.

    Parameters
    ----------
    lon, lat : array_like of float
        Degrees in GCJ-02. Points outside :data:`CHINA_BOX` and missing ones stay where they are.

    Returns
    -------
    tuple of numpy.ndarray
        Longitudes and latitudes in BD-09 degrees, in the shape of the input.

    Raises
    ------
    InputError
        If the values are no numbers or the two do not fit together.

    Examples
    --------
    >>> lon, lat = gcj02_to_bd09(116.404, 39.915)
    >>> print(lon.round(6), lat.round(6))
    116.410369 39.921337

    References
    ----------
    BD-09 as in Artoria2e5/PRCoords; test point of wandergis/coordtransform.
    """
    x, y = _pair(lon, lat)
    east, north = _bd_offset(x, y)
    inside = _in_china(x, y)
    return np.where(inside, x + east, x), np.where(inside, y + north, y)


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    """Move BD-09 points back to GCJ-02, by iterating the forward formula.

    Parameters
    ----------
    lon, lat : array_like of float
        Degrees in BD-09. Points outside :data:`CHINA_BOX` and missing ones stay where they are.

    Returns
    -------
    tuple of numpy.ndarray
        Longitudes and latitudes in GCJ-02 degrees, in the shape of the input.

    Raises
    ------
    InputError
        If the values are no numbers or the two do not fit together.

    Examples
    --------
    >>> lon, lat = bd09_to_gcj02(*gcj02_to_bd09(117.0, 36.0))
    >>> print(lon.round(9), lat.round(9))
    117.0 36.0
    """
    return _inverse(lon, lat, _bd_offset)


def shift_points(lon: ArrayLike, lat: ArrayLike, *, source: Datum, target: Datum) -> tuple[Floats, Floats]:
    """Move points from one datum to another.

    Parameters
    ----------
    lon, lat : array_like of float
        Degrees in ``source``.
    source, target : {"cgcs2000", "wgs84", "gcj02", "bd09"}
        From and to. CGCS2000 and WGS 84 are taken as one.

    Returns
    -------
    tuple of numpy.ndarray
        Longitudes and latitudes in ``target``.

    Raises
    ------
    InputError
        If a datum is not known, or the values are no numbers or do not fit together.

    Examples
    --------
    >>> lon, lat = shift_points(117.02, 36.66, source="wgs84", target="gcj02")
    >>> print(lon.round(6), lat.round(6))
    117.025927 36.660318
    """
    start, end = _rank(source, "source"), _rank(target, "target")
    x, y = _pair(lon, lat)
    for step in range(start, end):
        x, y = (wgs84_to_gcj02, gcj02_to_bd09)[step](x, y)
    for step in range(start, end, -1):
        x, y = (gcj02_to_wgs84, bd09_to_gcj02)[step - 1](x, y)
    return x, y


def shift_datum(frame: gpd.GeoDataFrame, *, source: Datum, target: Datum = "cgcs2000") -> gpd.GeoDataFrame:
    """Move every vertex of a frame from one datum to another.

    Only vertices move: the middle of a straight edge 10 km long may then lie some metres beside where the formula
    would put it.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Any geometry; it is not changed. Its CRS says how its numbers are written (degrees, Gauss–Krüger, Mercator).
        A frame in GCJ-02 or BD-09 may have none, or wrongly say WGS 84: ``source`` then counts, and the numbers must
        be degrees.
    source, target : {"cgcs2000", "wgs84", "gcj02", "bd09"}
        From and to; ``target`` is CGCS2000 by default. The two are taken as one.

    Returns
    -------
    geopandas.GeoDataFrame
        A new frame in degrees. In CGCS2000 it is EPSG:4490, in WGS 84 EPSG:4326; in GCJ-02 and BD-09, which no CRS
        describes, it has none. ``attrs["datum"]`` names the datum, and a descriptor in ``attrs["source"]`` says that
        the geometry was changed.

    Raises
    ------
    CrsError
        If the frame has no CRS although ``source`` is CGCS2000 or WGS 84, or its numbers are no degrees.
    InputError
        If a datum is not known or the frame has no geometry.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> here = gpd.GeoDataFrame(geometry=[Point(117.02, 36.66)], crs="EPSG:4490")
    >>> there = shift_datum(here, source="cgcs2000", target="gcj02")
    >>> print(round(there.geometry.iloc[0].x, 6), there.crs)
    117.025927 None
    """
    import geopandas as gpd
    import pandas as pd
    import shapely

    start, end = _rank(source, "source"), _rank(target, "target")
    if getattr(frame, "active_geometry_name", None) is None:
        msg = f"shift_datum needs a GeoDataFrame with a geometry, got {type(frame).__name__} without one."
        raise InputError(msg)
    degrees = _in_degrees(frame, source)

    def move(points: Any) -> Any:
        return np.column_stack(shift_points(points[:, 0], points[:, 1], source=source, target=target))

    shapes = degrees.geometry.to_numpy()
    moved = shapes if start == end else shapely.transform(shapes, move)
    crs = {"cgcs2000": CGCS2000, "wgs84": "EPSG:4326"}.get(target)
    # Built anew: set_geometry would keep the old label on a frame that must have none.
    plain = pd.DataFrame(frame)
    plain[frame.geometry.name] = gpd.GeoSeries(moved, index=frame.index, crs=crs)
    result = gpd.GeoDataFrame(plain, geometry=str(frame.geometry.name))
    result.attrs = copy.deepcopy(frame.attrs) | {"datum": DATUM_NAMES[target]}
    described = result.attrs.get("source")
    if isinstance(described, dict):
        changes = {"crs": crs or DATUM_NAMES[target]}
        result.attrs["source"] = described | changes | ({"geometry_changed": True} if start != end else {})
    return result


def gauss_kruger(lon: float, *, width: Literal[3, 6] = 3, numbered: bool = False) -> str:
    """Name the Gauss–Krüger zone of CGCS2000 in which a longitude lies.

    Parameters
    ----------
    lon : float
        Longitude in degrees.
    width : {3, 6}, default 3
        Width of the zones in degrees.
    numbered : bool, default False
        Whether eastings begin with the zone number (39 500 000 m on the meridian of zone 39) or not (500 000 m).

    Returns
    -------
    str
        An EPSG code, in metres, to be given to ``to_crs``.

    Raises
    ------
    InputError
        If the longitude lies in no zone of CGCS2000 (its central meridians run from 75° E to 135° E) or the width is
        neither 3 nor 6.

    Examples
    --------
    >>> gauss_kruger(117.0), gauss_kruger(101.8), gauss_kruger(117.0, width=6), gauss_kruger(117.0, numbered=True)
    ('EPSG:4548', 'EPSG:4543', 'EPSG:4509', 'EPSG:4527')

    References
    ----------
    EPSG registry: 4513–4533 and 4534–4554 (3°, with and without zone number), 4491–4501 and 4502–4512 (6°).
    """
    if width not in (3, 6):
        msg = f"width is {width!r}; Gauss–Krüger zones are 3 or 6 degrees wide."
        raise InputError(msg)
    # 3-degree zones are centred on multiples of 3°, 6-degree zones on 75°, 81° ...: both lists begin at 75° E.
    number = np.floor((lon - 75.0) / width + 0.5) if np.isfinite(lon) else -1
    count = 60 // width + 1
    if not 0 <= number < count:
        edges = f"{75 - width / 2:g}° to {135 + width / 2:g}° E"
        msg = f"Longitude {lon!r} lies in no {width}-degree zone of CGCS2000 ({edges})."
        raise InputError(msg)
    first = {(3, True): 4513, (3, False): 4534, (6, True): 4491, (6, False): 4502}[width, numbered]
    return f"EPSG:{first + int(number)}"


def _rank(datum: str, what: str) -> int:
    """Place a datum on the one line they lie on: WGS 84, GCJ-02, BD-09."""
    order = {"cgcs2000": 0, "wgs84": 0, "gcj02": 1, "bd09": 2}
    if datum not in order:
        msg = f"{what} datum {datum!r} is not known; expected one of {listed(get_args(Datum))}."
        raise InputError(msg)
    return order[datum]


def _in_degrees(frame: gpd.GeoDataFrame, source: Datum) -> gpd.GeoDataFrame:
    what = f"the frame to be moved from {DATUM_NAMES[source]}"
    if frame.crs is not None or _rank(source, "source") == 0:
        return require_geographic(frame, what)
    west, south, east, north = (float(value) for value in frame.total_bounds)
    if west < -180 or east > 180 or south < -90 or north > 90:
        msg = (
            f"{what} has no CRS and its coordinates run from {west:g}, {south:g} to {east:g}, {north:g}: these are no "
            f"degrees. Set the CRS they are written in (such as EPSG:3857 for web Mercator) and try again."
        )
        raise CrsError(msg)
    return frame


def _pair(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    try:
        x, y = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    except (TypeError, ValueError) as error:
        msg = f"lon and lat must be numbers in degrees and of one shape ({error})."
        raise InputError(msg) from error
    return x, y


def _in_china(x: Floats, y: Floats) -> NDArray[np.bool_]:
    west, south, east, north = CHINA_BOX
    inside: NDArray[np.bool_] = (x >= west) & (x <= east) & (y >= south) & (y <= north)
    return inside


def _gcj_offset(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return how far the formula moves each point, in degrees, were it in China."""
    # Wild numbers far outside the box are not moved anyhow; kept near it they cannot overflow.
    lon, lat = np.clip(lon, 0.0, 180.0), np.clip(lat, -60.0, 80.0)
    x, y = lon - 105.0, lat - 35.0
    fine = 20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += (fine + 20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi * y / 3.0)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi * y / 12.0) + 320.0 * np.sin(np.pi * y / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += (fine + 20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi * x / 3.0)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi * x / 12.0) + 300.0 * np.sin(np.pi * x / 30.0)) * 2.0 / 3.0
    # Metres to degrees by the radii of curvature along the parallel and the meridian.
    w = 1.0 - _EE * np.sin(np.radians(lat)) ** 2
    along_parallel = _A / np.sqrt(w) * np.cos(np.radians(lat))
    along_meridian = _A * (1.0 - _EE) / (w * np.sqrt(w))
    return np.degrees(east / along_parallel), np.degrees(north / along_meridian)


def _bd_offset(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return how far BD-09 moves each GCJ-02 point, in degrees, were it in China."""
    x, y = np.clip(lon, -180.0, 180.0), np.clip(lat, -90.0, 90.0)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BAIDU_WAVE)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BAIDU_WAVE)
    return radius * np.cos(angle) + _BAIDU_SHIFT[0] - x, radius * np.sin(angle) + _BAIDU_SHIFT[1] - y


def _inverse(
    lon: ArrayLike, lat: ArrayLike, offset: Callable[[Floats, Floats], tuple[Floats, Floats]]
) -> tuple[Floats, Floats]:
    """Find the points that an offset moves to the ones given, by fixed-point iteration."""
    lon_given, lat_given = _pair(lon, lat)
    inside = _in_china(lon_given, lat_given)
    x, y = lon_given[inside], lat_given[inside]
    found_x, found_y = x, y
    for _ in range(_ROUNDS):
        east, north = offset(found_x, found_y)
        step = max(
            np.abs(x - east - found_x).max(initial=0.0),
            np.abs(y - north - found_y).max(initial=0.0),
        )
        found_x, found_y = x - east, y - north
        if step < _TOLERANCE_DEG:
            break
    result_x, result_y = lon_given.copy(), lat_given.copy()
    result_x[inside], result_y[inside] = found_x, found_y
    return result_x, result_y
