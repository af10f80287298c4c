"""What is land: the counties of China unless something else is said, cut to where it matters."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from urbangeo.errors import InputError
from urbangeo.language.crs import CGCS2000
from urbangeo.sources.boundaries import boundary_source, land_polygons

if TYPE_CHECKING:
    import geopandas as gpd

    Land = gpd.GeoSeries | Literal["everywhere"] | None

EVERYWHERE = "everywhere"

_CORNERS_M = 10_000.0
"""Parallels bend: the sides of a box are followed in such steps on their way into degrees."""


def land_name(land: Land) -> str:
    """Name a choice of land so that the same choice always has the same name.

    Parameters
    ----------
    land : geopandas.GeoSeries, "everywhere" or None
        As :func:`urbangeo.isochrones` takes it.

    Returns
    -------
    str
        "china" and the first digits of the boundary package's checksum for None, "everywhere", or the first digits of a
        checksum of the polygons.

    Raises
    ------
    InputError
        If it is none of these, or has no CRS.
    """
    import geopandas as gpd
    import shapely

    if land is None:
        return f"china-{str(boundary_source()['geometry_sha256'])[:8]}"
    if isinstance(land, str) and land == EVERYWHERE:
        return EVERYWHERE
    if not isinstance(land, gpd.GeoSeries):
        msg = (
            f"land={land!r}: expected polygons as a GeoSeries, 'everywhere' (no water is known), or None "
            "(all counties of China)."
        )
        raise InputError(msg)
    digest = hashlib.sha256(str(land.crs).encode())
    for shape in sorted(shapely.to_wkb(np.asarray(land)).tolist()):
        digest.update(shape)
    return digest.hexdigest()[:16]


def land_in(land: Land, crs: str, bounds: tuple[float, float, float, float]) -> gpd.GeoSeries | None:
    """Return the land in a box.

    Parameters
    ----------
    land : geopandas.GeoSeries, "everywhere" or None
        As :func:`urbangeo.isochrones` takes it.
    crs : str
        Metric system of the box.
    bounds : tuple of float
        West, south, east, north of the box, metres.

    Returns
    -------
    geopandas.GeoSeries or None
        Polygons that reach into the box, perhaps more; None where no water is known.

    Raises
    ------
    InputError
        If no county of China touches the box and nothing else was given.
    """
    if land is None:
        west, south, east, north = degrees_of(crs, bounds)
        return land_polygons(bounds=(west, south, east, north))
    return None if isinstance(land, str) else land


def degrees_of(crs: str, bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Return the box in degrees that holds a box in metres.

    Parameters
    ----------
    crs : str
        Metric system.
    bounds : tuple of float
        West, south, east, north, metres.

    Returns
    -------
    tuple of float
        West, south, east, north, degrees EPSG:4490.
    """
    import geopandas as gpd
    import shapely

    box = shapely.segmentize(shapely.box(*bounds), _CORNERS_M)
    found: Any = gpd.GeoSeries([box], crs=crs).to_crs(CGCS2000).total_bounds
    return float(found[0]), float(found[1]), float(found[2]), float(found[3])
