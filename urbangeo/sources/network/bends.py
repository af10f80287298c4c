"""Lines of edges as a network keeps them: whole 1e-7 degrees, each line once for both directions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from urbangeo.errors import InputError, listed
from urbangeo.language.crs import ellipsoid
from urbangeo.sources.network.model import DEGREE, Shapes

TOUCHING_M = 1.0
"""A line that ends within this of its node touches it."""

ASTRAY_M = 100.0
"""A line that ends farther than this from its node is not the line of that edge."""

_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, eq=False)
class Bends:
    """Lines put in order, and what had to be done for it.

    Attributes
    ----------
    shapes : Shapes or None
        None if every edge is straight.
    turned : int
        Lines that ran against their edge.
    apart : int
        Lines that end more than :data:`TOUCHING_M` from a node of their edge.
    """

    shapes: Shapes | None
    turned: int
    apart: int


def shared_bends(
    counts: NDArray[np.int64],
    points: NDArray[np.float64],
    *,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    u: NDArray[Any],
    v: NDArray[Any],
    names: Any,
) -> Bends:
    """Keep the lines of edges, each once for both directions.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (edges,)
        How many points the line of each edge has; 0 for a straight edge.
    points : numpy.ndarray of float64, shape (points, 2)
        Longitude and latitude, lines in the order of the edges.
    lon, lat : numpy.ndarray of float64, shape (nodes,)
        Degrees.
    u, v : numpy.ndarray of int, shape (edges,)
        Nodes at which each edge begins and ends.
    names : callable
        Takes rows of edges and returns what to call them.

    Returns
    -------
    Bends
        Lines without a bend are left out; a line that runs from v to u is turned.

    Raises
    ------
    InputError
        If a line has points that are no degrees, or does not lead from node to node.
    """
    from urbangeo.sources.network.graphml.scan import line_hashes, same_lines, whole_degrees

    if not len(points):
        return Bends(None, 0, 0)
    rows = np.flatnonzero(counts)
    offsets = np.concatenate([[0], np.cumsum(counts[rows])]).astype(np.int64)
    east, north = points[:, 0], points[:, 1]
    if not (east.min() >= -180 and east.max() <= 180 and north.min() >= -90 and north.max() <= 90):
        inside = (np.abs(east) <= 180) & (np.abs(north) <= 90)
        wrong = np.unique(np.searchsorted(offsets, np.flatnonzero(~inside), side="right") - 1)
        msg = f"{len(wrong)} edges have lines with points that are no degrees: {listed(names(rows[wrong]))}."
        raise InputError(msg)
    flip, apart = _direction(offsets, points, rows, names, lon=lon, lat=lat, u=u, v=v)
    whole = np.empty(points.shape, dtype=np.int32)
    whole_degrees(points, float(DEGREE), whole)
    nodes = np.round(np.stack([lon, lat], axis=1) * DEGREE)
    bent = ~_is_straight(
        offsets, whole, nodes[np.where(flip, v[rows], u[rows])], nodes[np.where(flip, u[rows], v[rows])]
    )
    counter = np.zeros(len(rows), dtype=bool)
    hashes = line_hashes(offsets, whole, counter)
    # The first row of each number stands for its lines; a row whose points differ all the same keeps its own.
    order = np.flatnonzero(bent)
    _, first, inverse = np.unique(hashes[order], return_index=True, return_inverse=True)
    stands = order[first][inverse]
    same = same_lines(offsets, whole, counter, stands, order)
    stands = np.where(same, stands, order)
    kept, line = np.unique(stands, return_inverse=True)
    if not len(kept):
        return Bends(None, int(flip.sum()), apart)
    length = np.diff(offsets)[kept]
    new_offsets = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    place = np.repeat(offsets[kept] - new_offsets[:-1], length) + np.arange(new_offsets[-1])
    lines = np.full(len(counts), -1, dtype=np.int32)
    backwards = np.zeros(len(counts), dtype=bool)
    lines[rows[order]] = line
    backwards[rows[order]] = (counter[order] != counter[stands]) ^ flip[order]
    return Bends(Shapes(new_offsets, whole[place], lines, backwards), int(flip.sum()), apart)


def _direction(
    offsets: NDArray[np.int64],
    points: NDArray[np.float64],
    rows: NDArray[Any],
    names: Any,
    *,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    u: NDArray[Any],
    v: NDArray[Any],
) -> tuple[NDArray[np.bool_], int]:
    """Say which lines run against their edge, and how many do not quite touch its nodes."""
    first, last = points[offsets[:-1]], points[offsets[1:] - 1]
    nodes = np.stack([lon, lat], axis=1)
    begin, end = nodes[u[rows]], nodes[v[rows]]

    def gap(here: NDArray[np.float64], there: NDArray[np.float64]) -> NDArray[np.float64]:
        east = (here[:, 0] - there[:, 0]) * np.cos(np.radians(there[:, 1]))
        return np.asarray(np.hypot(east, here[:, 1] - there[:, 1]) * _METRES_PER_DEGREE)

    off = np.maximum(gap(first, begin), gap(last, end))
    flip = np.zeros(len(off), dtype=bool)
    apart = np.flatnonzero(off > TOUCHING_M)
    against = np.maximum(gap(first[apart], end[apart]), gap(last[apart], begin[apart]))
    turned = apart[against < off[apart]]
    off[turned] = against[against < off[apart]]
    flip[turned] = True
    astray = off > ASTRAY_M
    if astray.any():
        msg = (
            f"{int(astray.sum())} edges have lines that end more than {ASTRAY_M:g} m (up to {off.max():,.0f} m) from "
            f"the nodes of the edge: {listed(names(rows[astray]))}. Lines and nodes must be in the same coordinate "
            "reference system and belong together; mend the lines, or leave them out (the edges are then straight)."
        )
        raise InputError(msg)
    return flip, int((off > TOUCHING_M).sum())


def _is_straight(
    offsets: NDArray[np.int64], whole: NDArray[np.int32], begin: NDArray[np.float64], end: NDArray[np.float64]
) -> NDArray[np.bool_]:
    touches = (whole[offsets[:-1]] == begin).all(axis=1) & (whole[offsets[1:] - 1] == end).all(axis=1)
    return np.asarray((np.diff(offsets) == 2) & touches)


def line_lengths_m(counts: NDArray[np.int64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure lines on the ellipsoid.

    Parameters
    ----------
    counts : numpy.ndarray of int64, shape (lines,)
        How many points each line has, at least two.
    points : numpy.ndarray of float64, shape (points, 2)
        Longitude and latitude, line behind line.

    Returns
    -------
    numpy.ndarray of float64, shape (lines,)
        Metres along the geodesics between the points (GRS80).
    """
    if not len(counts):
        return np.zeros(0)
    owner = np.repeat(np.arange(len(counts)), counts)
    within = np.flatnonzero(owner[1:] == owner[:-1])
    here, there = points[within], points[within + 1]
    _, _, metres = ellipsoid().inv(here[:, 0], here[:, 1], there[:, 0], there[:, 1])
    return np.asarray(np.bincount(owner[within], weights=np.asarray(metres), minlength=len(counts)), dtype=np.float64)
