"""Coordinates of readers without frames, put into CGCS2000 degrees, or refused as frames would be."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from urbangeo.errors import CrsError
from urbangeo.language.crs import CGCS2000, require_geographic, require_modern_datum


# CGCS2000, WGS 84 and the ITRF family have ellipsoids within a millimetre of each other.
def found_crs(said: str | None, given: str | None, what: str) -> Any:
    """Return the CRS that is said, or given where none is said.

    Parameters
    ----------
    said : str or None
        What the data says of itself.
    given : str or None
        What the caller says.
    what : str
        What to call the data in messages.

    Returns
    -------
    pyproj.CRS
        One of a datum that leads to CGCS2000.

    Raises
    ------
    CrsError
        If neither says anything, both contradict each other, it is no CRS, or its datum is an older one.
    """
    from pyproj import CRS as ProjCrs
    from pyproj.exceptions import CRSError

    if not said and not given:
        msg = (
            f"{what} does not say its coordinate reference system. Ask whoever made it, then give crs= (such as "
            f"{CGCS2000!r}, or 'EPSG:4326' for what OSMnx makes); do not guess between CGCS2000 and GCJ-02."
        )
        raise CrsError(msg)
    systems = []
    for source, text in (("its", said), ("crs=", given)):
        if text:
            try:
                systems.append(ProjCrs.from_user_input(text))
            except CRSError as error:
                msg = f"{what}: {source} {text!r} is no coordinate reference system; expected one such as {CGCS2000!r}."
                raise CrsError(msg) from error
    if len(systems) == 2 and not systems[0].equals(systems[1], ignore_axis_order=True):
        msg = (
            f"{what} says {systems[0].to_string()}, crs= says {systems[1].to_string()}. A label is not overridden "
            "here: leave crs= out, or mend the label first."
        )
        raise CrsError(msg)
    crs = systems[0]
    require_modern_datum(crs, what)
    return crs


def placed(points: NDArray[np.float64], crs: Any, what: str) -> NDArray[np.float64]:
    """Return points in CGCS2000 degrees.

    Parameters
    ----------
    points : numpy.ndarray of float64, shape (points, 2)
        Finite; x (east) first. It is not changed.
    crs : pyproj.CRS
        The system they are in.
    what : str
        What to call them in messages.

    Returns
    -------
    numpy.ndarray of float64, shape (points, 2)
        Longitude and latitude; the input itself where it is in CGCS2000 or WGS 84 already.

    Raises
    ------
    CrsError
        If the coordinates cannot be of that system.
    """
    import geopandas as gpd
    from pyproj import Transformer

    if not len(points):
        return points
    corners = gpd.points_from_xy([points[:, 0].min(), points[:, 0].max()], [points[:, 1].min(), points[:, 1].max()])
    require_geographic(gpd.GeoDataFrame(geometry=corners, crs=crs), what)
    if crs.equals(CGCS2000, ignore_axis_order=True) or crs.to_epsg() == 4326:
        return points
    # The data's own axes are x, y whatever the authority's order is.
    x, y = Transformer.from_crs(crs, CGCS2000, always_xy=True).transform(points[:, 0], points[:, 1])
    moved = np.stack([x, y], axis=1)
    if not np.isfinite(moved).all():
        msg = f"{what} has coordinates that do not exist in {crs.to_string()}. Is it the true system?"
        raise CrsError(msg)
    return moved
