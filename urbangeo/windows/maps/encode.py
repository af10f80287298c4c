"""Geometry as whole numbers: shared borders stored once as arcs, every coordinate as a difference to the one before.

County polygons form a coverage: neighbours share their border vertex by vertex. Each stretch between two junctions is
kept once (an *arc*), counties are lists of arcs, and any outline (prefecture, metropolitan area) is the set of arcs
that have one side in and one side out. Coordinates are multiplied by a scale and rounded; at 10^6 this is loss-free
for sources of six decimals.

What has many vertices is packed: the same numbers as text, with the zoom from which each vertex is needed.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from urbangeo.errors import InputError
from urbangeo.windows.maps.compact import pack, pack_levels, unpack
from urbangeo.windows.maps.levels import zoom_levels

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

COUNTY_SCALE = 1_000_000
"""Six decimals of a degree, 0.1 m: what the default boundary source gives, so that nothing is changed."""
CIRCLE_SCALE = 10_000
"""Four decimals, 11 m: far below the cell of the travel-time surface."""
LINE_SCALE = 100_000
"""Five decimals, 1 m."""


def encode_coverage(geometries: Sequence[Any], *, packed: bool = False) -> dict[str, Any]:
    """Encode polygons so that every shared border is stored once.

    Parameters
    ----------
    geometries : sequence of shapely.Polygon or shapely.MultiPolygon
        The units, in degrees.
    packed : bool, default False
        Write the arcs as packed text, with the zoom from which each vertex is needed.

    Returns
    -------
    dict
        ``scale``; ``arcs``, each ``[x, y, dx, dy, ...]`` in units of ``1 / scale`` degrees; ``units``, for each
        geometry a list of polygons, each a list of rings, each a list of arc numbers (``~n``, that is ``-n - 1``, for
        arc ``n`` run backwards). Packed, ``arcs`` is what :func:`pack_lines` returns.

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
    arcs, units = coverage_arcs(geometries)
    lines = pack_lines(arcs, COUNTY_SCALE) if packed else [_deltas(arc) for arc in arcs]
    return {"scale": COUNTY_SCALE, "arcs": lines, "units": units}


def coverage_arcs(geometries: Sequence[Any]) -> tuple[list[NDArray[np.int64]], list[list[list[list[int]]]]]:
    """Cut the borders of polygons where more than two units meet, and store each piece once.

    Parameters
    ----------
    geometries : sequence of shapely.Polygon or shapely.MultiPolygon
        The units, in degrees.

    Returns
    -------
    list of numpy.ndarray of int64, shape (n, 2)
        The arcs, in millionths of a degree.
    list
        For each geometry a list of polygons, each a list of rings, each a list of arc numbers, ``~n`` for arc ``n``
        run backwards.

    Raises
    ------
    InputError
        If a geometry is empty or not polygonal.

    Examples
    --------
    >>> import shapely
    >>> arcs, units = coverage_arcs([shapely.box(0, 0, 1, 1)])
    >>> arcs[0].tolist()[:2], units
    ([[0, 0], [1000000, 0]], [[[[0]]]])
    """
    units = [_polygons(geometry, position) for position, geometry in enumerate(geometries)]
    rings = [ring for unit in units for polygon in unit for ring in polygon]
    is_junction = iter(_junctions(rings))
    # The bytes of a piece are its key: pieces are thousands, vertices may be millions.
    numbers: dict[bytes, int] = {}
    arcs: list[NDArray[np.int64]] = []

    def number_of(piece: NDArray[np.int64]) -> int:
        backwards = numbers.get(piece[::-1].tobytes())
        if backwards is not None:
            return -backwards - 1
        number = numbers.setdefault(piece.tobytes(), len(arcs))
        if number == len(arcs):
            arcs.append(piece)
        return number

    coded = [
        [[[number_of(piece) for piece in _cut(ring, next(is_junction))] for ring in polygon] for polygon in unit]
        for unit in units
    ]
    return arcs, coded


def _polygons(geometry: Any, position: int) -> list[list[NDArray[np.int64]]]:
    parts = shapely.get_parts(geometry)
    if len(parts) == 0 or any(part.geom_type != "Polygon" or part.is_empty for part in parts):
        kind = getattr(geometry, "geom_type", type(geometry).__name__)
        msg = f"Geometry {position} is not a polygon but {kind}, or it is empty; counties need Polygon or MultiPolygon."
        raise InputError(msg)
    return [
        [ring for line in (part.exterior, *part.interiors) if len(ring := _open(_distinct(line, COUNTY_SCALE))) >= 3]
        for part in parts
    ]


def _open(points: NDArray[np.int64]) -> NDArray[np.int64]:
    return points[:-1] if len(points) > 1 and (points[0] == points[-1]).all() else points


def _junctions(rings: list[NDArray[np.int64]]) -> list[NDArray[np.bool_]]:
    """Mark the vertices of each ring that have more or fewer than two neighbours in all rings together."""
    if not rings:
        return []
    here = np.concatenate(rings)
    there = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    known, begin = np.unique(_key(here), return_inverse=True)
    end = np.searchsorted(known, _key(there))
    sides = np.unique(np.minimum(begin, end) * len(known) + np.maximum(begin, end))
    neighbours = np.bincount(np.concatenate(np.divmod(sides, len(known))))
    return np.split(neighbours[begin] != 2, np.cumsum([len(ring) for ring in rings])[:-1])


def _key(points: NDArray[np.int64]) -> NDArray[np.int64]:
    return (points[:, 0] << 32) + points[:, 1]


def _cut(ring: NDArray[np.int64], is_junction: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    cuts = np.flatnonzero(is_junction)
    # A ring nobody cuts (an island, an enclave): start at its least point so that both sides find the same arc.
    start = int(cuts[0]) if len(cuts) else int(np.lexsort((ring[:, 1], ring[:, 0]))[0])
    turned = np.concatenate([ring[start:], ring[: start + 1]])
    stops = [*(cuts - start).tolist(), len(ring)] if len(cuts) else [0, len(ring)]
    for begin, end in itertools.pairwise(stops):
        yield turned[begin : end + 1]


def pack_lines(lines: Sequence[NDArray[np.int64]], scale: int) -> dict[str, Any]:
    """Pack lines as text, with the zoom from which each of their vertices is needed.

    Parameters
    ----------
    lines : sequence of numpy.ndarray of int64, shape (n, 2)
        Points in units of ``1 / scale`` degrees.
    scale : int
        Units a degree.

    Returns
    -------
    dict
        ``sizes``, the points of each line; ``points``, all of them as differences to the one before, from line to line
        too; ``levels``, what :func:`urbangeo.windows.maps.levels.zoom_levels` says. All are packed text.

    Examples
    --------
    >>> pack_lines([np.array([[0, 0], [10, 5]]), np.array([[10, 5], [12, 5]])], 10)
    {'sizes': 'EE', 'points': 'AAUKAAEA', 'levels': 'AA'}
    """
    sizes = np.array([len(line) for line in lines], dtype=np.int64)
    points = np.concatenate(lines) if len(lines) else np.empty((0, 2), dtype=np.int64)
    return {
        "sizes": pack(sizes),
        "points": pack(_deltas(points)),
        "levels": pack_levels(zoom_levels(points / scale, sizes)),
    }


def decode_lines(coded: Mapping[str, Any] | Sequence[Sequence[int]], scale: int) -> list[NDArray[np.float64]]:
    """Read lines back, packed or plain.

    Parameters
    ----------
    coded : mapping or sequence
        What :func:`pack_lines` or :func:`encode_rings` returned, or the ``arcs`` of a coverage.
    scale : int
        Units a degree.

    Returns
    -------
    list of numpy.ndarray of float, shape (n, 2)
        Longitude and latitude. Rings come as they were stored, without the closing point when they were.

    Examples
    --------
    >>> [line.tolist() for line in decode_lines([[10, 0, 0, 10]], 10)]
    [[[1.0, 0.0], [1.0, 1.0]]]
    >>> [line.tolist() for line in decode_lines({"sizes": "E", "points": "UAAU", "levels": "A"}, 10)]
    [[[1.0, 0.0], [1.0, 1.0]]]
    """
    if isinstance(coded, Mapping):
        points = unpack(coded["points"]).reshape(-1, 2).cumsum(axis=0) / scale
        return np.split(points, np.cumsum(unpack(coded["sizes"]))[:-1]) if coded["sizes"] else []
    return [np.asarray(line, dtype=np.int64).reshape(-1, 2).cumsum(axis=0) / scale for line in coded]


def decode_coverage(coded: Mapping[str, Any]) -> list[Any]:
    """Give the polygons of a coverage back.

    Parameters
    ----------
    coded : mapping
        What :func:`encode_coverage` returned, packed or plain.

    Returns
    -------
    list of shapely.MultiPolygon
        One for each unit, to the rounding of the scale.

    Examples
    --------
    >>> import shapely
    >>> square = shapely.box(0, 0, 1, 1)
    >>> decode_coverage(encode_coverage([square], packed=True))[0].equals(square)
    True
    """
    arcs = decode_lines(coded["arcs"], coded["scale"])

    def ring(numbers: Sequence[int]) -> NDArray[np.float64]:
        pieces = [arcs[number] if number >= 0 else arcs[-number - 1][::-1] for number in numbers]
        return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])

    return [
        shapely.MultiPolygon([(ring(shell), [ring(hole) for hole in holes]) for shell, *holes in unit])
        for unit in coded["units"]
    ]


def _deltas(points: NDArray[np.int64]) -> list[int]:
    return np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel().tolist()


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


def pack_rings(geometry: Any, scale: int = CIRCLE_SCALE) -> dict[str, Any]:
    """Pack all rings of a polygonal geometry, shells and holes alike, for drawing on canvas.

    Parameters
    ----------
    geometry : shapely.Polygon or shapely.MultiPolygon
        The area in degrees; may be empty.
    scale : int, default 10000
        Units a degree.

    Returns
    -------
    dict
        As :func:`pack_lines` returns it; rings end where they begin.

    Examples
    --------
    >>> import shapely
    >>> unpack(pack_rings(shapely.box(0, 0, 1, 1))["sizes"]).tolist()
    [5]
    """
    polygons = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    rings = (line for part in polygons for line in (part.exterior, *part.interiors))
    return pack_lines([points for line in rings if len(points := _distinct(line, scale)) >= 4], scale)


def pack_line(geometry: Any, scale: int = LINE_SCALE) -> dict[str, Any]:
    """Pack lines, or the parts of multi-lines.

    Parameters
    ----------
    geometry : shapely.LineString, shapely.MultiLineString, or an array of them
        The lines in degrees.
    scale : int, default 100000
        Units a degree.

    Returns
    -------
    dict
        As :func:`pack_lines` returns it; parts of one point are left out.

    Examples
    --------
    >>> import shapely
    >>> unpack(pack_line(shapely.LineString([(117, 36), (117.5, 36.25)]))["sizes"]).tolist()
    [2]
    """
    lines = (part for part in shapely.get_parts(geometry) if part.geom_type == "LineString")
    return pack_lines([points for line in lines if len(points := _distinct(line, scale)) >= 2], scale)


def _distinct(line: Any, scale: int) -> NDArray[np.int64]:
    whole = np.rint(shapely.get_coordinates(line) * scale).astype(np.int64)
    if len(whole) == 0:
        return whole
    moved = np.any(np.diff(whole, axis=0) != 0, axis=1)
    return np.asarray(whole[np.concatenate([[True], moved])])
