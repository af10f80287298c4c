"""Geometry as whole numbers: shared borders stored once as arcs, every coordinate as a difference to the one before.

County polygons form a coverage: neighbours share their border vertex by vertex. Each stretch between two junctions is
kept once (an *arc*), counties are lists of arcs, and any outline (prefecture, metropolitan area) is the set of arcs
that have one side in and one side out. Coordinates are multiplied by a scale and rounded; at 10^6 this is loss-free
for sources of six decimals.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from urbangeo.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Point = tuple[int, int]

COUNTY_SCALE = 1_000_000
"""Six decimals of a degree, 0.1 m: what the default boundary source gives, so that nothing is changed."""
CIRCLE_SCALE = 10_000
"""Four decimals, 11 m: far below the cell of the travel-time surface."""
LINE_SCALE = 100_000
"""Five decimals, 1 m."""


def encode_coverage(geometries: Sequence[Any]) -> dict[str, Any]:
    """Encode polygons so that every shared border is stored once.

    Parameters
    ----------
    geometries : sequence of shapely.Polygon or shapely.MultiPolygon
        The units, in degrees.

    Returns
    -------
    dict
        ``scale``; ``arcs``, each ``[x, y, dx, dy, ...]`` in units of ``1 / scale`` degrees; ``units``, for each
        geometry a list of polygons, each a list of rings, each a list of arc numbers (``~n``, that is ``-n - 1``, for
        arc ``n`` run backwards).

    Raises
    ------
    InputError
        If a geometry is empty or not polygonal.

    Examples
    --------
    >>> import shapely
    >>> coded = encode_coverage([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> len(coded["arcs"]), [len(unit[0][0]) for unit in coded["units"]]
    (3, [2, 2])
    """
    units = [_polygons(geometry, position) for position, geometry in enumerate(geometries)]
    neighbours: dict[Point, set[Point]] = {}
    for unit in units:
        for polygon in unit:
            for ring in polygon:
                for here, there in zip(ring, ring[1:] + ring[:1], strict=True):
                    neighbours.setdefault(here, set()).add(there)
                    neighbours.setdefault(there, set()).add(here)
    junctions = {point for point, others in neighbours.items() if len(others) != 2}
    arcs: dict[tuple[Point, ...], int] = {}
    coded = [[[_ring_arcs(ring, junctions, arcs) for ring in polygon] for polygon in unit] for unit in units]
    return {"scale": COUNTY_SCALE, "arcs": [_deltas(arc) for arc in arcs], "units": coded}


def _polygons(geometry: Any, position: int) -> list[list[list[Point]]]:
    parts = shapely.get_parts(geometry)
    if len(parts) == 0 or any(part.geom_type != "Polygon" or part.is_empty for part in parts):
        kind = getattr(geometry, "geom_type", type(geometry).__name__)
        msg = f"Geometry {position} is not a polygon but {kind}, or it is empty; counties need Polygon or MultiPolygon."
        raise InputError(msg)
    return [[ring for line in (part.exterior, *part.interiors) if len(ring := _ring(line)) >= 3] for part in parts]


def _ring(line: Any) -> list[Point]:
    whole = np.rint(shapely.get_coordinates(line) * COUNTY_SCALE).astype(np.int64)
    points: list[Point] = []
    for x, y in whole.tolist():
        if not points or points[-1] != (x, y):
            points.append((x, y))
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    return points


def _ring_arcs(ring: list[Point], junctions: set[Point], arcs: dict[tuple[Point, ...], int]) -> list[int]:
    cuts = [position for position, point in enumerate(ring) if point in junctions]
    if not cuts:
        # A ring nobody cuts (an island, an enclave): start at its least point so that both sides find the same arc.
        start = ring.index(min(ring))
        turned = ring[start:] + ring[:start]
        return [_arc_number((*turned, turned[0]), arcs)]
    turned = ring[cuts[0] :] + ring[: cuts[0] + 1]
    stops = [cut - cuts[0] for cut in cuts] + [len(ring)]
    return [_arc_number(tuple(turned[start : stop + 1]), arcs) for start, stop in itertools.pairwise(stops)]


def _arc_number(points: tuple[Point, ...], arcs: dict[tuple[Point, ...], int]) -> int:
    backwards = points[::-1]
    if backwards in arcs:
        return -arcs[backwards] - 1
    return arcs.setdefault(points, len(arcs))


def _deltas(points: Iterable[Iterable[int]]) -> list[int]:
    whole = np.asarray(list(points), dtype=np.int64)
    return np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel().tolist()


def encode_rings(geometry: Any, scale: int = CIRCLE_SCALE) -> list[list[int]]:
    """Encode all rings of a polygonal geometry as differences, shells and holes alike.

    Drawn by the even-odd rule the rings give the polygon back. Consecutive points that fall together are dropped.

    Parameters
    ----------
    geometry : shapely.Polygon or shapely.MultiPolygon
        The area in degrees; may be empty.
    scale : int, default 10000
        Units a degree.

    Returns
    -------
    list of list of int
        ``[x, y, dx, dy, ...]`` for each ring of at least three points, without the closing point.

    Examples
    --------
    >>> import shapely
    >>> encode_rings(shapely.box(0, 0, 1, 1), scale=10)
    [[10, 0, 0, 10, -10, 0, 0, -10]]
    """
    polygons = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    rings = (line for part in polygons for line in (part.exterior, *part.interiors))
    coded = (_distinct(line, scale)[:-1] for line in rings)
    return [_deltas(points) for points in coded if len(points) >= 3]


def encode_line(geometry: Any, scale: int = LINE_SCALE) -> list[list[int]]:
    """Encode a line, or the parts of a multi-line, as differences.

    Parameters
    ----------
    geometry : shapely.LineString or shapely.MultiLineString
        The line in degrees.
    scale : int, default 100000
        Units a degree.

    Returns
    -------
    list of list of int
        ``[x, y, dx, dy, ...]`` for each part of at least two points.

    Examples
    --------
    >>> import shapely
    >>> encode_line(shapely.LineString([(117, 36), (117.5, 36.25)]), scale=100)
    [[11700, 3600, 50, 25]]
    """
    lines = (part for part in shapely.get_parts(geometry) if part.geom_type == "LineString")
    coded = (_distinct(line, scale) for line in lines)
    return [_deltas(points) for points in coded if len(points) >= 2]


def _distinct(line: Any, scale: int) -> Any:
    whole = np.rint(shapely.get_coordinates(line) * scale).astype(np.int64)
    if len(whole) == 0:
        return whole
    moved = np.any(np.diff(whole, axis=0) != 0, axis=1)
    return whole[np.concatenate([[True], moved])]
