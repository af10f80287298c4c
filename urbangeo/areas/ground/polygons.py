"""From the travel-time surface to polygons: marching squares, nested by construction, cut at the shore.

Two ways lead there. :func:`polygons_from` is the quick one, for any number of cutoffs: rings that are valid and nested
by construction (:mod:`urbangeo.areas.ground.contours`), taken into degrees corner by corner, and not checked because
nothing can go wrong. :func:`cut_discs` also cuts at an exact shore, and pays for it with overlays.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from urbangeo.areas.ground.contours import rings
from urbangeo.areas.ground.lattice import to_degrees
from urbangeo.areas.ground.surface import known_crs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from urbangeo.areas.ground.lattice import Lattice
    from urbangeo.areas.ground.surface import TravelTimeSurface

_CLEARANCE_MIN = 0.5 / 60
"""Half a second: grid values are kept this far from the cutoff, so that no ring degenerates to a point or a line."""

_GRID_M = 0.01
"""Coordinates are snapped to a centimetre where rings and shore are cut, so that all discs share corner points."""


def polygons_from(
    surface: TravelTimeSurface, cutoffs: Sequence[float], *, lattice: Lattice | None = None
) -> NDArray[Any]:
    """Draw the areas within some cutoffs in degrees, nested and valid by construction.

    Parameters
    ----------
    surface : TravelTimeSurface
        Times at cell centres.
    cutoffs : sequence of float
        Minutes, in any order, at least 0.1 apart.
    lattice : Lattice, optional
        The way from the surface's system to degrees, such as the ``degrees`` of a link table; made for the surface if
        not given. It must cover the surface.

    Returns
    -------
    numpy.ndarray of shapely.MultiPolygon, shape (cutoffs,)
        EPSG:4490; shells counterclockwise, holes clockwise; holes and detached parts are kept; empty where nothing is
        reached.

    Raises
    ------
    InputError
        If an area runs out of the surface.
    """
    if lattice is None:
        rows, columns = surface.minutes.shape
        south, east = surface.north - (rows - 1) * surface.cell_m, surface.west + (columns - 1) * surface.cell_m
        lattice = to_degrees(surface.crs, (surface.west, south, east, surface.north))
    drawn = []
    for cutoff in cutoffs:
        points, ring_ends, polygon_ends = rings(surface, cutoff)
        lon, lat = lattice.read(points[:, 0], points[:, 1])
        drawn.append(_assembled(np.stack([lon, lat], axis=1), ring_ends, polygon_ends))
    return np.array(drawn, dtype=object)


def discs_from(surface: TravelTimeSurface, cutoffs: Sequence[float]) -> list[MultiPolygon]:
    """Draw the areas within some cutoffs in the surface's own system, nested and valid by construction.

    Parameters
    ----------
    surface : TravelTimeSurface
        Times at cell centres.
    cutoffs : sequence of float
        Minutes, at least 0.1 apart.

    Returns
    -------
    list of shapely.MultiPolygon
        One a cutoff.

    Raises
    ------
    InputError
        If an area runs out of the surface.
    """
    return [_assembled(*rings(surface, cutoff)) for cutoff in cutoffs]


def _assembled(points: NDArray[np.float64], ring_ends: NDArray[np.int64], polygon_ends: NDArray[np.int64]) -> Any:
    whole = np.array([0, len(polygon_ends) - 1])
    made = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, points, (ring_ends, polygon_ends, whole))
    return made[0]


def cut_discs(surface: TravelTimeSurface, cutoffs: Sequence[float], land: gpd.GeoSeries | None) -> list[MultiPolygon]:
    """Cut the areas within some cutoffs out of a surface.

    All discs come from one surface, and where a shore cuts them they share its corner points; so a larger cutoff covers
    a smaller one exactly.

    Parameters
    ----------
    surface : TravelTimeSurface
        Times at cell centres.
    cutoffs : sequence of float
        Minutes, rising.
    land : geopandas.GeoSeries, optional
        Land polygons; None leaves the contours as they are.

    Returns
    -------
    list of shapely.MultiPolygon
        One disc a cutoff in the surface's CRS; empty where nothing is reached.
    """
    # A surface that knows where roads are left is drawn by that; others by times alone.
    raw = discs_from(surface, cutoffs) if surface.exit_cells is not None else [_contour(surface, c) for c in cutoffs]
    contours = [shapely.set_precision(contour, _GRID_M) for contour in raw]
    discs = _nested_discs(contours, None if land is None else _local_land(land, surface, contours[-1]))
    return enclose(discs, _GRID_M / 100)


def enclose(discs: Iterable[Any], margin: float) -> list[MultiPolygon]:
    """Let every disc cover the one before it to the last digit.

    Where two discs share a long stretch of their edge, the rounding of its corners, or of their way into another
    system, may leave the smaller one a hair outside. There the larger one takes in the smaller one and a margin.

    Parameters
    ----------
    discs : iterable of shapely.MultiPolygon
        Discs that are nested but for rounding, rising.
    margin : float
        In units of the coordinates; larger than their rounding, too small to matter.

    Returns
    -------
    list of shapely.MultiPolygon
        The discs; those that cover the one before them are returned as they are.
    """
    nested: list[MultiPolygon] = []
    for disc in discs:
        inner = nested[-1] if nested else MultiPolygon()
        if inner.is_empty or disc.covers(inner):
            nested.append(disc)
        else:
            taken = shapely.buffer(inner, margin, quad_segs=1, join_style="mitre")
            nested.append(_only_polygons(shapely.union(disc, taken)))
    return nested


def _contour(surface: TravelTimeSurface, cutoff: float) -> MultiPolygon:
    """Draw the area within one cutoff by marching squares, holes and detached parts kept."""
    from contourpy import FillType, contour_generator

    # The same height above every cutoff, so that on the same cells a disc does not depend on the other cutoffs.
    beyond = cutoff + 60.0
    values = np.where(np.isnan(surface.minutes), beyond, surface.minutes).astype(np.float64)
    if surface.rim_min is not None:
        values = _sharpened(values, surface.rim_min, cutoff)
    near = np.abs(values - cutoff) < _CLEARANCE_MIN
    values[near] = np.where(values[near] >= cutoff, cutoff + _CLEARANCE_MIN, cutoff - _CLEARANCE_MIN)
    rows, columns = values.shape
    x = surface.west + surface.cell_m * np.arange(columns)
    y = surface.north - surface.cell_m * np.arange(rows)
    generator = contour_generator(x, y, values, name="serial", fill_type=FillType.OuterOffset)
    # With this fill type the two lists run in parallel: points of all rings of a polygon, and where each ring ends.
    lists: Any = generator.filled(-1.0, cutoff)
    return MultiPolygon([_polygon(points, ends) for points, ends in zip(*lists, strict=True)])


def _sharpened(values: NDArray[np.float64], rim_min: NDArray[np.float32], cutoff: float) -> NDArray[np.float64]:
    """Let values cross the cutoff where the largest access leg ends, without moving any cell to the other side."""
    rim = cutoff + np.where(np.isfinite(rim_min), rim_min, np.inf)
    inside = values < cutoff
    lifted = np.minimum(np.maximum(values, rim), cutoff - _CLEARANCE_MIN)
    lowered = np.where(rim > cutoff, np.minimum(values, np.maximum(rim, cutoff + _CLEARANCE_MIN)), values)
    return np.where(inside, lifted, np.where(rim_min > 0, lowered, values))


def _polygon(points: Any, ends: Any) -> Polygon:
    shells = [points[int(first) : int(last)] for first, last in pairwise(ends)]
    return Polygon(shells[0], shells[1:])


def _local_land(land: gpd.GeoSeries, surface: TravelTimeSurface, largest: MultiPolygon) -> Any:
    """Return the land near the largest disc in the surface's CRS, or None where the disc meets no shore."""
    import geopandas as gpd

    if largest.is_empty:
        return None
    # Parallels bend: with corners alone the northern rim of a wide disc would lie outside the box in degrees.
    around = shapely.segmentize(shapely.box(*largest.bounds).buffer(10 * surface.cell_m), 10_000)
    frame = gpd.GeoSeries([around], crs=surface.crs).to_crs(known_crs(land))
    near = shapely.intersection(np.asarray(land), shapely.box(*frame.total_bounds))
    local = gpd.GeoSeries(near, crs=land.crs).to_crs(surface.crs)
    shore = shapely.set_precision(shapely.union_all(local.to_numpy()), _GRID_M)
    shapely.prepare(shore)
    return None if shore.covers(largest) else shore


def _nested_discs(contours: list[Any], shore: Any) -> list[MultiPolygon]:
    """Cut contours at the shore from the largest inwards, then rebuild discs from rings that share every corner."""
    # Contours run along each other at the shore and where the largest access leg ends; built from shared rings they
    # do so to the last digit.
    discs: list[Any] = []
    rings: list[Any] = []
    outer = (
        contours[-1] if shore is None else _only_polygons(shapely.intersection(contours[-1], shore, grid_size=_GRID_M))
    )
    for contour in reversed(contours[:-1]):
        # Where contours touch in a line or a point, that line or point is no area.
        rings.append(_only_polygons(shapely.difference(outer, contour, grid_size=_GRID_M)))
        outer = _only_polygons(shapely.intersection(outer, contour, grid_size=_GRID_M))
    rings.append(outer)
    total: Any = MultiPolygon()
    for ring in reversed(rings):
        total = _only_polygons(shapely.union(total, ring, grid_size=_GRID_M))
        discs.append(total)
    return discs


def _only_polygons(geometry: Any) -> MultiPolygon:
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty]
    return MultiPolygon(parts)
