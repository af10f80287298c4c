"""Ways cut into pieces at the nodes they share, and the length of each piece on the ellipsoid; arrays only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_M = 0.01
"""Length given to a piece whose points lie on one spot: the centimetre that the coordinates resolve."""

# WGS 84 (EPSG 7030); CGCS2000 differs by 0.1 mm in the minor axis.
_AXIS_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563
_ECCENTRICITY2 = _FLATTENING * (2 - _FLATTENING)
_UNIT = np.pi / 180 * 1e-7
_LONG_M = 3_000.0
_BLOCK = 262_144


@dataclass(frozen=True, eq=False)
class Pieces:
    """Ways cut at shared nodes.

    Attributes
    ----------
    node_id : numpy.ndarray of int64, shape (nodes,)
        OSM ids of the nodes at which pieces begin or end; below zero for the ends at a barrier, one for each piece.
    node_xy : numpy.ndarray of int32, shape (nodes, 2)
        Longitude and latitude in 1e-7 degrees.
    node_blocked : numpy.ndarray of bool, shape (nodes,)
        Whether the node is an end at a barrier.
    u, v : numpy.ndarray of int32, shape (pieces,)
        Rows of the nodes at which each piece begins and ends.
    way : numpy.ndarray, shape (pieces,)
        Row of the way each piece is of.
    length_m : numpy.ndarray of float64, shape (pieces,)
        Metres on the ellipsoid, positive.
    first, last : numpy.ndarray of int64, shape (pieces,)
        Rows of the first and last point of each piece in ``xy``.
    xy : numpy.ndarray of int32, shape (points, 2)
        The points of all pieces; neighbours share their end point.
    counts : dict of str to int
        missing_nodes (different nodes without a place), missing_references (how often ways name them), ways_cut (ways
        that lost such nodes), ways_lost (ways of which no two neighbouring points were left), lone_points (points
        between missing ones that make no piece), repeated_points, zero_lengths, barriers, barriers_at_junctions (those
        of them where more than two roads meet: each is parted from all others there).
    whole : numpy.ndarray of bool, shape (ways,)
        Whether the way lost no node.
    """

    node_id: NDArray[np.int64]
    node_xy: NDArray[np.int32]
    node_blocked: NDArray[np.bool_]
    u: NDArray[np.int32]
    v: NDArray[np.int32]
    way: NDArray[Any]
    length_m: NDArray[np.float64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    xy: NDArray[np.int32]
    counts: dict[str, int]
    whole: NDArray[np.bool_]


def split_ways(
    sizes: NDArray[Any], node: NDArray[np.int64], xy: NDArray[np.int32], *, blocked: NDArray[np.int64] | None = None
) -> Pieces:
    """Cut ways at the nodes they share with others or with themselves.

    A node without a place ends the piece before it; the next piece begins at the next node that has one. Nothing is
    drawn across the gap: the road may bend there. A node at a barrier ends pieces and joins none: each gets an end of
    its own on the spot.

    Parameters
    ----------
    sizes : numpy.ndarray of int, shape (ways,)
        How many nodes each way has.
    node : numpy.ndarray of int64, shape (points,)
        Ids of the nodes of all ways, one way after the other.
    xy : numpy.ndarray of int32, shape (points, 2)
        Their longitude and latitude in 1e-7 degrees; anything outside the globe (osmium gives 2,147,483,647) means that
        the place is not known.
    blocked : numpy.ndarray of int64, optional
        Ids of nodes that nobody passes.

    Returns
    -------
    Pieces
        Pieces in the order of ways and points, nodes by id.

    Examples
    --------
    >>> import numpy as np
    >>> cross = np.array([[0, 0], [10, 0], [20, 0], [10, -10], [10, 0], [10, 10]], dtype=np.int32)
    >>> pieces = split_ways(np.array([3, 3]), np.array([1, 2, 3, 4, 2, 5]), cross)
    >>> pieces.node_id.tolist(), pieces.u.tolist(), pieces.v.tolist()
    ([1, 2, 3, 4, 5], [0, 1, 3, 1], [1, 2, 1, 4])
    """
    ways = len(sizes)
    way = np.repeat(np.arange(ways, dtype=np.int32), sizes)
    here = (np.abs(xy[:, 0].astype(np.int64)) <= 1_800_000_000) & (np.abs(xy[:, 1].astype(np.int64)) <= 900_000_000)
    whole = np.ones(ways, dtype=bool)
    whole[way[~here]] = False
    counts = {
        "missing_nodes": len(np.unique(node[~here])),
        "missing_references": int((~here).sum()),
        "ways_cut": int((~whole).sum()),
    }
    starts = np.ones(len(way), dtype=bool)
    starts[1:] = (way[1:] != way[:-1]) | ~here[:-1]
    again = np.zeros(len(way), dtype=bool)
    again[1:] = ~starts[1:] & (node[1:] == node[:-1])
    counts["repeated_points"] = int((again & here).sum())
    kept = here & ~again
    way, node, xy, starts = way[kept], node[kept], xy[kept], starts[kept]
    ends = np.ones(len(way), dtype=bool)
    ends[:-1] = starts[1:]
    lone = starts & ends
    counts["lone_points"] = int(lone.sum())
    if lone.any():
        way, node, xy, starts, ends = way[~lone], node[~lone], xy[~lone], starts[~lone], ends[~lone]
    counts["ways_lost"] = ways - len(np.unique(way))

    ids, first_seen, place, often = np.unique(node, return_index=True, return_inverse=True, return_counts=True)
    del node
    place = place.astype(np.int32)
    barred = np.zeros(len(ids), dtype=bool) if blocked is None else np.isin(ids, blocked)
    split = starts | ends | ((often >= 2) | barred)[place]
    at = np.flatnonzero(split)
    goes_on = np.flatnonzero(~ends[at])
    first, last = at[goes_on], at[goes_on + 1]

    used = np.zeros(len(ids), dtype=bool)
    used[place[at]] = True
    used[barred] = False
    row = (np.cumsum(used) - 1).astype(np.int32)
    u, v = row[place[first]], row[place[last]]
    node_id, node_xy = ids[used], xy[first_seen[used]]
    at_barrier = [np.flatnonzero(barred[place[side]]) for side in (first, last)]
    counts["barriers"] = int(barred.sum())
    counts["barriers_at_junctions"] = _where_roads_meet(place, barred, starts, ends)
    copies = len(at_barrier[0]) + len(at_barrier[1])
    if copies:
        u[at_barrier[0]] = len(node_id) + np.arange(len(at_barrier[0]), dtype=np.int32)
        v[at_barrier[1]] = len(node_id) + len(at_barrier[0]) + np.arange(len(at_barrier[1]), dtype=np.int32)
        spots = np.concatenate([xy[first[at_barrier[0]]], xy[last[at_barrier[1]]]])
        node_id = np.concatenate([node_id, min(int(ids[0]), 0) - 1 - np.arange(copies, dtype=np.int64)])
        node_xy = np.concatenate([node_xy, spots])
    del ids, first_seen, place, often, used, row

    # Between the end of one run and the start of the next nothing runs; the sum over a piece must not count it.
    run = segment_lengths(xy)
    run[ends[:-1]] = 0.0
    length = np.add.reduceat(run, first) if len(first) else np.empty(0)
    counts["zero_lengths"] = int((length < LEAST_M).sum())
    return Pieces(
        node_id=node_id,
        node_xy=node_xy,
        node_blocked=np.arange(len(node_id)) >= len(node_id) - copies,
        u=u,
        v=v,
        way=way[first],
        length_m=np.maximum(length, LEAST_M),
        first=first,
        last=last,
        xy=xy,
        counts=counts,
        whole=whole,
    )


def _where_roads_meet(
    place: NDArray[Any], barred: NDArray[np.bool_], starts: NDArray[np.bool_], ends: NDArray[np.bool_]
) -> int:
    """Count the barriers at which more than two legs of roads meet."""
    rows = np.flatnonzero(barred[place])
    # From a node inside a way two legs lead away, from one at its end one.
    legs = np.bincount(place[rows], weights=2.0 - starts[rows] - ends[rows])
    return int((legs > 2).sum())


def segment_lengths(xy: NDArray[np.int32]) -> NDArray[np.float64]:
    """Measure from each point to the next on the ellipsoid WGS 84.

    Up to 3 km a segment is measured with the two radii of curvature at its middle latitude, which differs from the
    geodesic by less than 1e-7 of it up to 60 degrees of latitude and 1e-6 up to 80 (0.1 and 1 mm in a kilometre);
    longer ones, those nearer the poles, and those across the date line are computed as geodesics.

    Parameters
    ----------
    xy : numpy.ndarray of int32, shape (points, 2)
        Longitude and latitude in 1e-7 degrees.

    Returns
    -------
    numpy.ndarray of float64, shape (points - 1,)
        Metres.

    References
    ----------
    .. [1] C. F. F. Karney, Algorithms for geodesics, Journal of Geodesy 87, 2013, 43-55 (the geodesics, by pyproj).

    Examples
    --------
    >>> import numpy as np
    >>> round(float(segment_lengths(np.array([[1170000000, 366000000], [1170100000, 366000000]]))[0]), 3)
    894.758
    """
    length = np.empty(max(len(xy) - 1, 0))
    # In blocks: the terms in between would take ten times the memory of the coordinates.
    for start in range(0, len(length), _BLOCK):
        x, y = xy[start : start + _BLOCK + 1].astype(np.int64).T
        east = np.diff(x)
        middle = (y[1:] + y[:-1]) * (_UNIT / 2)
        squared = 1 - _ECCENTRICITY2 * np.sin(middle) ** 2
        across = _AXIS_M / np.sqrt(squared)
        along = across * (1 - _ECCENTRICITY2) / squared
        metres = np.hypot(across * np.cos(middle) * east * _UNIT, along * np.diff(y) * _UNIT)
        far = np.flatnonzero((metres > _LONG_M) | (np.abs(middle) > np.radians(80)))
        if len(far):
            from pyproj import Geod

            ends = (x[far] / 1e7, y[far] / 1e7, x[far + 1] / 1e7, y[far + 1] / 1e7)
            metres[far] = Geod(ellps="WGS84").inv(*ends)[2]
        length[start : start + _BLOCK] = metres
    return length
