"""Coordinate reference systems: which one a figure was measured in, stated by name.

Geometry is kept in CGCS2000 (EPSG:4490). Areas are measured in an equal-area projection, distances in a local
metric one. A geographic system handed to a metric function raises: nothing is measured in degrees.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from urbangeo.errors import CrsError

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS, Geod

CGCS2000 = "EPSG:4490"
"""China Geodetic Coordinate System 2000, the legal datum; within a metre of WGS 84."""

# CGCS2000, WGS 84 and the ITRF family have ellipsoids within a millimetre of each other.
_MODERN_A, _MODERN_RF = 6378137.0, 298.257

EQUAL_AREA = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +ellps=GRS80 +units=m +no_defs"
"""Albers equal-area conic with the standard parallels 25° N and 47° N and the central meridian 105° E,
the projection customary for whole-China thematic maps, on the GRS80 ellipsoid (CGCS2000's to 0.1 mm)."""

EQUAL_AREA_ZH = "阿尔伯斯等积圆锥投影（25°N、47°N，105°E）"
"""The name of :data:`EQUAL_AREA` as it is printed on maps and sheets."""


def local_metric(lon: float, lat: float) -> str:
    """Name the azimuthal equidistant projection centred on a point, in metres.

    Distances from the centre are exact; between other points within 200 km of it they are off by less than
    0.02 % (the transverse scale is ``d / (R sin(d / R))``, Snyder 1987, chapter 25).

    Parameters
    ----------
    lon, lat : float
        Centre in degrees, CGCS2000 or WGS 84.

    Returns
    -------
    str
        A PROJ string.

    References
    ----------
    Snyder, J. P. (1987). Map projections: a working manual. USGS Professional Paper 1395.
    """
    return f"+proj=aeqd +lat_0={lat:.6f} +lon_0={lon:.6f} +ellps=GRS80 +units=m +no_defs"


def require_geographic(frame: gpd.GeoDataFrame, what: str) -> gpd.GeoDataFrame:
    """Return the frame in CGCS2000 degrees, or say why that cannot be known.

    WGS 84 degrees are relabelled, not moved: the two systems agree to better than a metre, far below the
    accuracy of any boundary here. Any other system with a datum is transformed.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Any frame with a CRS.
    what : str
        What to call the frame in the message.

    Returns
    -------
    geopandas.GeoDataFrame
        A frame in EPSG:4490; the input itself when it is so already.

    Raises
    ------
    CrsError
        If the frame has no CRS, or its coordinates cannot be degrees although the CRS says so.
    """
    if frame.crs is None:
        msg = (
            f"{what} has no coordinate reference system. Expected one that is known, such as {CGCS2000} (CGCS2000). "
            f'Set it with frame.set_crs("{CGCS2000}") if you are sure of it; do not guess between CGCS2000 and GCJ-02.'
        )
        raise CrsError(msg)
    if frame.crs.is_projected and len(frame) and _looks_like_degrees(frame):
        west, south, east, north = (float(value) for value in frame.total_bounds)
        msg = (
            f"{what} says it is in {frame.crs.to_string()}, but its coordinates run from {west:g}, {south:g} to "
            f"{east:g}, {north:g}, which are degrees. Set the true CRS with frame.set_crs(..., allow_override=True)."
        )
        raise CrsError(msg)
    # A frame may already be CGCS2000, or WGS 84 and so the same to a metre; else it is transformed.
    if frame.crs.equals(CGCS2000):
        result = frame
    elif frame.crs.to_epsg() == 4326:
        result = frame.set_crs(CGCS2000, allow_override=True)
    else:
        result = frame.to_crs(CGCS2000)
    west, south, east, north = (float(value) for value in frame.total_bounds)
    # The bounds of a frame without coordinates are NaN, and outside of nothing.
    if frame.crs.is_geographic and (west < -180 or east > 180 or south < -90 or north > 90):
        msg = (
            f"{what} says its coordinates are degrees ({frame.crs.to_string()}), but they run from {west:g}, {south:g} "
            f"to {east:g}, {north:g}. They look projected: set the true CRS, then call to_crs({CGCS2000!r})."
        )
        raise CrsError(msg)
    return result


def _looks_like_degrees(frame: gpd.GeoDataFrame) -> bool:
    """Say whether projected coordinates all lie where China lies in degrees, some metres from a projection's zero."""
    west, south, east, north = (float(value) for value in frame.total_bounds)
    return 70 <= west <= east <= 140 and 0 <= south <= north <= 60


def require_metric(crs: CRS | str | None, what: str) -> Any:
    """Return the CRS if it counts in metres.

    Parameters
    ----------
    crs : pyproj.CRS, str or None
        The system to check.
    what : str
        What it belongs to, for the message.

    Returns
    -------
    pyproj.CRS
        The parsed system.

    Raises
    ------
    CrsError
        If it is missing, geographic, or not in metres.
    """
    from pyproj import CRS as ProjCrs

    if crs is None:
        msg = f"{what} has no coordinate reference system; expected a projected one in metres."
        raise CrsError(msg)
    parsed = ProjCrs.from_user_input(crs)
    unit = parsed.axis_info[0].unit_name if parsed.axis_info else "unknown"
    if not parsed.is_projected or unit != "metre":
        msg = (
            f"{what} is in {parsed.to_string()} (unit {unit}); lengths and areas need a projected system in metres. "
            f"Use frame.to_crs(urbangeo.language.crs.EQUAL_AREA) for areas, local_metric(lon, lat) for distances."
        )
        raise CrsError(msg)
    return parsed


def area_km2(frame: gpd.GeoDataFrame) -> Any:
    """Measure areas in square kilometres in the equal-area projection :data:`EQUAL_AREA`.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Polygons with a CRS.

    Returns
    -------
    pandas.Series
        Area in km², on the frame's index.

    Raises
    ------
    CrsError
        If the frame has no CRS.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> round(float(area_km2(gpd.GeoDataFrame(geometry=[box(117, 36, 118, 37)], crs="EPSG:4490"))[0]))
    9941
    """
    return require_geographic(frame, "the frame to be measured").to_crs(EQUAL_AREA).area / 1e6


@cache
def ellipsoid() -> Geod:
    """Return the ellipsoid lengths are measured on: GRS80, CGCS2000's to a tenth of a millimetre.

    Returns
    -------
    pyproj.Geod
        Geodesics on it.

    References
    ----------
    Karney, C. F. F. (2013). Algorithms for geodesics. Journal of Geodesy 87, 43–55 (as pyproj computes them).
    """
    from pyproj import Geod

    return Geod(ellps="GRS80")


def require_modern_datum(crs: CRS, what: str) -> None:
    """Refuse datums from which no published transformation leads to CGCS2000.

    Parameters
    ----------
    crs : pyproj.CRS
        The system data is in.
    what : str
        What to call the data in messages.

    Raises
    ------
    CrsError
        If its ellipsoid is not that of a modern, earth-centred datum (Beijing 1954, Xi'an 1980 …).
    """
    ellipsoid = crs.ellipsoid
    if ellipsoid is None or (
        abs(ellipsoid.semi_major_metre - _MODERN_A) > 0.5 or abs(ellipsoid.inverse_flattening - _MODERN_RF) > 0.001
    ):
        datum = "an unknown datum" if crs.datum is None else crs.datum.name
        msg = (
            f"{what} is on {datum}. The parameters from it to CGCS2000 are not published, and without them everything "
            "would lie some 100 m off. Have it converted to CGCS2000 by the surveying authority."
        )
        raise CrsError(msg)
