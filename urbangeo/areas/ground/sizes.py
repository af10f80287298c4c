"""How large areas on the ellipsoid are, from their degrees alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.jit import compiled
from urbangeo.language.crs import ellipsoid

if TYPE_CHECKING:
    from numpy.typing import NDArray


def areas_km2(polygons: NDArray[Any], *, is_oriented: bool = False) -> NDArray[np.float64]:
    """Measure polygons in degrees on the ellipsoid.

    Longitude and the authalic measure of latitude are the coordinates of the equal-area cylinder; the plane area there
    is the area on the ellipsoid, sides taken as straight on that map. With sides of a cell or a shore's bend this
    agrees with :func:`~urbangeo.language.crs.area_km2` to seven digits.

    Parameters
    ----------
    polygons : numpy.ndarray of shapely geometry
        EPSG:4490.
    is_oriented : bool, default False
        Whether shells are known to run counterclockwise and holes clockwise, no ring meeting its first corner on the
        way, as :func:`~urbangeo.areas.ground.polygons.polygons_from` draws them; three times quicker.

    Returns
    -------
    numpy.ndarray of float64
        km².

    References
    ----------
    Snyder, J. P. (1987). Map projections: a working manual. USGS Professional Paper 1395, equation 3-12.
    """
    import shapely

    shapes = np.asarray(polygons, dtype=object)
    globe = ellipsoid()
    e, unit = float(np.sqrt(globe.es)), globe.a**2 / 2e6
    if is_oriented:
        corners, owner = shapely.get_coordinates(shapes, return_index=True)
        return np.asarray(_signed_sizes(corners, owner, len(shapes), e) * unit, dtype=np.float64)
    parts, whose = shapely.get_parts(shapes, return_index=True)
    if len(parts) == 0:
        return np.zeros(len(shapes))
    _, corners, (ring_ends, part_ends) = shapely.to_ragged_array(parts)
    each = _sizes(corners, ring_ends.astype(np.int64), part_ends.astype(np.int64), e)
    total = np.bincount(whose, weights=each, minlength=len(shapes))
    return np.asarray(total * unit, dtype=np.float64)


@compiled
def _signed_sizes(corners: NDArray[np.float64], owner: NDArray[np.int64], count: int, e: float) -> NDArray[np.float64]:
    """Sum over closed rings, one after the other; a ring ends where its first corner comes again."""
    sizes = np.zeros(count)
    turn = math.pi / 180
    first = 0
    x0 = y0 = west = doubled = 0.0
    for point in range(len(corners)):
        sine = math.sin(corners[point, 1] * turn)
        y = (1 - e * e) * (sine / (1 - e * e * sine * sine) + math.atanh(e * sine) / e)
        if point == first:
            west = corners[point, 0]
            x0, y0, doubled = 0.0, y, 0.0
            continue
        x = (corners[point, 0] - west) * turn
        doubled += (x + x0) * (y - y0)
        x0, y0 = x, y
        if corners[point, 0] == corners[first, 0] and corners[point, 1] == corners[first, 1]:
            sizes[owner[point]] += doubled / 2
            first = point + 1
    return sizes


@compiled
def _sizes(
    corners: NDArray[np.float64], ring_ends: NDArray[np.int64], part_ends: NDArray[np.int64], e: float
) -> NDArray[np.float64]:
    """Sum the trapezia under the sides of each polygon's rings, on the equal-area cylinder of half the squared axis."""
    sizes = np.zeros(len(part_ends) - 1)
    turn = math.pi / 180
    for part in range(len(sizes)):
        for ring in range(part_ends[part], part_ends[part + 1]):
            doubled = 0.0
            first = ring_ends[ring]
            x0, y0 = 0.0, 0.0
            west = corners[first, 0]
            for point in range(first, ring_ends[ring + 1]):
                sine = math.sin(corners[point, 1] * turn)
                x = (corners[point, 0] - west) * turn
                y = (1 - e * e) * (sine / (1 - e * e * sine * sine) + math.atanh(e * sine) / e)
                if point > first:
                    doubled += (x + x0) * (y - y0)
                x0, y0 = x, y
            # The first ring is the shell, whichever way it runs; others are holes.
            sizes[part] += abs(doubled) / 2 if ring == part_ends[part] else -abs(doubled) / 2
    return sizes
