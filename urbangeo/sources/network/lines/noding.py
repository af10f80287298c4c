"""From drawn lines to nodes and pieces: where roads meet, and where they only seem to.

Ends that lie within a tolerance of each other become one node. Whether lines also meet where they cross or touch is
the caller's choice; bridges, tunnels and lines of different levels never do. Nothing here knows of classes or speeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from urbangeo.errors import InputError
from urbangeo.language.crs import ellipsoid

if TYPE_CHECKING:
    from collections.abc import Mapping

Crossings = Literal["endpoints", "planar"]

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of GRS 80: tolerances are measured on this sphere, which is true to 0.4 %."""

LEAST_M, MOST_M = 0.001, 50.0
"""Tolerances that make sense: a millimetre is below the grain of any file, 50 m joins roads that do not meet."""

_CHAIN = 5.0
_ROUNDS = 20
_SAME_DEG = 1e-9
"""A tenth of a millimetre: a place this near to a vertex is that vertex."""


@dataclass(frozen=True, eq=False)
class Noded:
    """Lines cut into pieces between nodes.

    Attributes
    ----------
    lon, lat : numpy.ndarray of float64, shape (nodes,)
        Degrees, sorted by longitude, then latitude, so that the order of rows does not number the nodes.
    u, v : numpy.ndarray of int32, shape (pieces,)
        Nodes at which each piece begins and ends.
    row : numpy.ndarray of int64, shape (pieces,)
        The line each piece is of.
    offsets : numpy.ndarray of int64, shape (pieces + 1,)
        Where the points of each piece begin and end in ``points``.
    points : numpy.ndarray of float64, shape (points, 2)
        Longitude and latitude in degrees, both nodes included.
    counts : mapping
        ends, ends_moved, farthest_moved_m, pieces_swallowed, length_swallowed_m, crossings_joined (places where lines
        were cut), crossings_not_joined (pairs of lines), ends_on_lines_not_joined.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    u: NDArray[np.int32]
    v: NDArray[np.int32]
    row: NDArray[np.int64]
    offsets: NDArray[np.int64]
    points: NDArray[np.float64]
    counts: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class _Pieces:
    """Polylines in one array, each with the line it is of."""

    offsets: NDArray[np.int64]
    points: NDArray[np.float64]
    row: NDArray[np.int64]

    @property
    def ends(self) -> NDArray[np.float64]:
        """First points of all pieces, then last points."""
        return np.concatenate([self.points[self.offsets[:-1]], self.points[self.offsets[1:] - 1]])

    def take(self, kept: NDArray[Any]) -> _Pieces:
        first, last = self.offsets[:-1][kept], self.offsets[1:][kept]
        return _gathered(self.points, first, last, self.row[kept])


def node_lines(
    lines: Any,
    *,
    tolerance_m: float = 1.0,
    crossings: Crossings = "endpoints",
    apart: Any = None,
    level: Any = None,
) -> Noded:
    """Cut lines where they meet.

    Parameters
    ----------
    lines : array_like of shapely.LineString
        In degrees, two-dimensional, with at least two points, all finite.
    tolerance_m : float, default 1.0
        Ends no farther apart than this become one node: the one where most ends lie, else the westernmost. Chains of
        ends are one node too; a chain that moves an end by more than five tolerances is refused.
    crossings : {"endpoints", "planar"}, default "endpoints"
        ``"endpoints"``: lines meet only where ends meet ends. ``"planar"``: also where they cross, touch, or an end
        lies within the tolerance of another line.
    apart : array_like of bool, optional
        Lines (bridges, tunnels) that meet others only at their ends.
    level : array_like of float, optional
        Lines of different levels meet only at their ends.

    Returns
    -------
    Noded
        Nodes, pieces, and what was moved or left apart.

    Raises
    ------
    InputError
        If the tolerance or ``crossings`` is not one, or ends are chained over more than five tolerances.

    Examples
    --------
    >>> import shapely
    >>> cross = shapely.from_wkt(["LINESTRING (117 36, 117.02 36)", "LINESTRING (117.01 35.99, 117.01 36.01)"])
    >>> len(node_lines(cross).u), len(node_lines(cross, crossings="planar").u)
    (2, 4)
    >>> len(node_lines(cross, crossings="planar", apart=[True, False]).u)
    2
    """
    import shapely

    if not LEAST_M <= tolerance_m <= MOST_M:
        msg = f"tolerance_m is {tolerance_m!r}; expected metres from {LEAST_M:g} to {MOST_M:g}."
        raise InputError(msg)
    if crossings not in {"endpoints", "planar"}:
        msg = f"crossings is {crossings!r}; expected 'endpoints' or 'planar'."
        raise InputError(msg)
    given = np.asarray(lines, dtype=object)
    free = ~_spread(apart, len(given), dtype=bool)
    height = _spread(level, len(given), dtype=np.float64)
    points, owner = shapely.get_coordinates(given, return_index=True)
    offsets = np.searchsorted(owner, np.arange(len(given) + 1)).astype(np.int64)
    pieces = _in_order(_Pieces(offsets, points, np.arange(len(given), dtype=np.int64)))
    counts: dict[str, Any] = {
        "ends": 2 * len(given),
        "ends_moved": 0,
        "farthest_moved_m": 0.0,
        "pieces_swallowed": 0,
        "length_swallowed_m": 0.0,
        "crossings_joined": 0,
    }
    planar = crossings == "planar"
    counts |= _left_apart(pieces, free, height, tolerance_m, planar=planar)
    pieces = _snapped(pieces, tolerance_m, counts)
    for _ in range(_ROUNDS if planar else 0):
        # Moving an end by a few decimetres may make two lines cross that did not before: cut until nothing is left.
        pieces = _untangled(pieces, free)
        where, at = _meetings(pieces, free, height, tolerance_m)
        if not len(where):
            break
        counts["crossings_joined"] += len(np.unique(at.round(9), axis=0))
        pieces = _snapped(_cut(pieces, where, at), tolerance_m, counts, heavy=pieces.ends)
    counts["farthest_moved_m"] = round(counts["farthest_moved_m"], 4)
    counts["length_swallowed_m"] = round(counts["length_swallowed_m"], 4)
    ends, which = np.unique(pieces.ends, axis=0, return_inverse=True)
    which = which.reshape(-1).astype(np.int32)
    # Cutting keeps pieces of one line in the order in which they lie on it.
    order = np.argsort(pieces.row, kind="stable")
    u, v = which[: len(pieces.row)], which[len(pieces.row) :]
    sorted_pieces = pieces.take(order)
    return Noded(
        lon=ends[:, 0].copy(),
        lat=ends[:, 1].copy(),
        u=u[order].astype(np.int32),
        v=v[order].astype(np.int32),
        row=sorted_pieces.row,
        offsets=sorted_pieces.offsets,
        points=sorted_pieces.points,
        counts=counts,
    )


def line_lengths(offsets: NDArray[np.int64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Measure polylines on the ellipsoid of CGCS2000.

    Parameters
    ----------
    offsets : numpy.ndarray of int64, shape (lines + 1,)
        Where the points of each line begin and end.
    points : numpy.ndarray of float64, shape (points, 2)
        Degrees.

    Returns
    -------
    numpy.ndarray of float64, shape (lines,)
        Geodesic lengths in metres.

    References
    ----------
    Karney, C. F. F. (2013). Algorithms for geodesics. Journal of Geodesy 87, 43–55.

    Examples
    --------
    >>> line_lengths(np.array([0, 2]), np.array([[117.0, 36.0], [117.0, 37.0]])).round(1)
    array([110968.3])
    """
    count = len(offsets) - 1
    if count <= 0:
        return np.empty(0)
    first, last = np.asarray(points[:-1]), np.asarray(points[1:])
    _, _, step = ellipsoid().inv(first[:, 0], first[:, 1], last[:, 0], last[:, 1])
    # Summed line by line: differences of one sum over a province would lose millimetres.
    inside = np.ones(len(step), dtype=bool)
    inside[offsets[1:-1] - 1] = False
    owner = np.repeat(np.arange(count), np.diff(offsets))[:-1]
    return np.asarray(np.bincount(owner[inside], weights=np.asarray(step)[inside], minlength=count), dtype=np.float64)


def sphere_points(lon: NDArray[Any], lat: NDArray[Any]) -> NDArray[np.float64]:
    """Place points on a sphere of the earth's mean radius, where near points are as far apart as on the ground.

    Parameters
    ----------
    lon, lat : numpy.ndarray of float
        Degrees.

    Returns
    -------
    numpy.ndarray of float64, shape (points, 3)
        Metres.
    """
    rad_lon, rad_lat = np.radians(lon), np.radians(lat)
    flat = np.cos(rad_lat)
    return EARTH_RADIUS_M * np.stack([flat * np.cos(rad_lon), flat * np.sin(rad_lon), np.sin(rad_lat)], axis=1)


def _spread(values: Any, count: int, *, dtype: Any) -> NDArray[Any]:
    return np.zeros(count, dtype=dtype) if values is None else np.asarray(values, dtype=dtype)


def _gathered(points: NDArray[Any], first: NDArray[Any], last: NDArray[Any], row: NDArray[Any]) -> _Pieces:
    """Take the runs ``first … last`` out of an array of points."""
    size = last - first
    offsets = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - first, size)
    return _Pieces(offsets, points[place], row)


def _in_order(pieces: _Pieces) -> _Pieces:
    """Sort lines by where they lie, so that the order of rows decides nothing, not even the last digit."""
    first, last = pieces.points[pieces.offsets[:-1]], pieces.points[pieces.offsets[1:] - 1]
    middle = pieces.points[(pieces.offsets[:-1] + pieces.offsets[1:]) // 2]
    size = np.diff(pieces.offsets)
    keys = (size, *middle.T, *last.T, *first.T)
    return pieces.take(np.lexsort(keys))


def _snapped(
    pieces: _Pieces, tolerance_m: float, counts: dict[str, Any], heavy: NDArray[np.float64] | None = None
) -> _Pieces:
    """Move ends that lie within the tolerance of each other to one place, and drop what that swallows."""
    if not len(pieces.row):
        return pieces
    ends = pieces.ends
    place, which, weight = np.unique(ends, axis=0, return_inverse=True, return_counts=True)
    which = which.reshape(-1)
    if heavy is not None:
        # An end that was there before stays; a place where lines were just cut moves to it.
        old = np.unique(heavy, axis=0)
        weight = weight + len(ends) * _among(place, old)
    home = _homes(place, weight, tolerance_m)
    moved = np.flatnonzero(home != np.arange(len(place)))
    if len(moved):
        was = sphere_points(*place[moved].T)
        now = sphere_points(*place[home[moved]].T)
        far = np.linalg.norm(was - now, axis=1)
        if far.max() > _CHAIN * tolerance_m:
            lon, lat = place[moved[far.argmax()]]
            msg = (
                f"With tolerance_m={tolerance_m:g} ends of roads would move by up to {far.max():.1f} m (near "
                f"{lon:.5f}, {lat:.5f}), because ends lie there in a chain. Give a smaller tolerance_m, or clean the "
                "layer first."
            )
            raise InputError(msg)
        counts["ends_moved"] += int(np.isin(which, moved).sum())
        counts["farthest_moved_m"] = max(counts["farthest_moved_m"], float(far.max()))
    count = len(pieces.row)
    points = pieces.points.copy()
    points[pieces.offsets[:-1]] = place[home[which[:count]]]
    points[pieces.offsets[1:] - 1] = place[home[which[count:]]]
    changed = _Pieces(pieces.offsets, points, pieces.row)
    closed = home[which[:count]] == home[which[count:]]
    if closed.any():
        length = line_lengths(changed.offsets, changed.points)
        gone = closed & (length <= 2 * tolerance_m)
        counts["pieces_swallowed"] += int(gone.sum())
        counts["length_swallowed_m"] += float(line_lengths(pieces.offsets, pieces.points)[gone].sum())
        changed = changed.take(np.flatnonzero(~gone))
    return changed


def _among(place: NDArray[np.float64], old: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which rows of one array of points are rows of another, both sorted and without repeats."""
    both, found, count = np.unique(np.concatenate([place, old]), axis=0, return_inverse=True, return_counts=True)
    del both
    return np.asarray(count[found.reshape(-1)[: len(place)]] > 1)


def _homes(place: NDArray[np.float64], weight: NDArray[Any], tolerance_m: float) -> NDArray[np.intp]:
    """Return for each place the one it moves to: the heaviest of those chained within the tolerance."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    count = len(place)
    near = cKDTree(sphere_points(*place.T)).query_pairs(tolerance_m, output_type="ndarray")
    if not len(near):
        return np.arange(count)
    graph = coo_array((np.ones(len(near), dtype=np.int8), (near[:, 0], near[:, 1])), shape=(count, count))
    groups, group = connected_components(graph, directed=False)
    order = np.lexsort((place[:, 1], place[:, 0], -weight, group))
    leader = np.empty(groups, dtype=np.intp)
    # Written from the last to the first, so that the first of each group stays.
    leader[group[order[::-1]]] = order[::-1]
    return np.asarray(leader[group], dtype=np.intp)


# --- where lines meet away from their ends ------------------------------------------------------------------------


def _shapes(pieces: _Pieces, points: NDArray[np.float64]) -> NDArray[Any]:
    import shapely

    return np.asarray(
        shapely.linestrings(points, indices=np.repeat(np.arange(len(pieces.row)), np.diff(pieces.offsets)))
    )


def _conformal(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draw degrees so that near points keep their angles: Mercator's latitude, in degrees."""
    lat = np.clip(points[:, 1], -89.9, 89.9)
    return np.stack([points[:, 0], np.degrees(np.arctanh(np.sin(np.radians(lat))))], axis=1)


def _from_conformal(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([points[:, 0], np.degrees(np.arcsin(np.tanh(np.radians(points[:, 1]))))], axis=1)


def _degree_m(height: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres of a degree of the conformal drawing at some height of it."""
    return np.asarray(np.radians(EARTH_RADIUS_M) / np.cosh(np.radians(height)))


def _untangled(pieces: _Pieces, free: NDArray[np.bool_]) -> _Pieces:
    """Break lines that cross or touch themselves, half by half, until the rule for all lines finds where they do."""
    import shapely

    while True:
        size = np.diff(pieces.offsets)
        tangled = free[pieces.row] & (size > 2)
        tangled[tangled] = ~shapely.is_simple(_shapes(pieces, pieces.points)[tangled])
        if not tangled.any():
            return pieces
        parts = 1 + tangled
        owner = np.repeat(np.arange(len(size)), parts)
        second = np.r_[False, owner[1:] == owner[:-1]]
        middle = (pieces.offsets[:-1] + size // 2)[owner]
        first = np.where(second, middle, pieces.offsets[owner])
        last = np.where(tangled[owner] & ~second, middle + 1, pieces.offsets[owner + 1])
        pieces = _gathered(pieces.points, first, last, pieces.row[owner])


def _meetings(
    pieces: _Pieces, free: NDArray[np.bool_], height: NDArray[np.float64], tolerance_m: float
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find the places inside of pieces where they must be cut, as numbers of pieces and points in degrees."""
    import shapely

    usable = np.flatnonzero(free[pieces.row])
    if not len(usable):
        return np.empty(0, dtype=np.intp), np.empty((0, 2))
    drawn = _conformal(pieces.points)
    shapes = _shapes(pieces, drawn)
    level = height[pieces.row]
    tree = shapely.STRtree(shapes[usable])
    one, other = (usable[found] for found in tree.query(shapes[usable], predicate="intersects"))
    kept = (one < other) & (level[one] == level[other])
    one, other = one[kept], other[kept]
    common = shapely.intersection(shapes[one], shapes[other])
    parts, owner = shapely.get_parts(common, return_index=True)
    is_line = shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING
    # Where two lines run together they meet at both ends of the common stretch.
    at = np.concatenate(
        [
            shapely.get_coordinates(parts[~is_line]),
            shapely.get_coordinates(shapely.get_point(parts[is_line], 0)),
            shapely.get_coordinates(shapely.get_point(parts[is_line], -1)),
        ]
    )
    pair = np.concatenate([owner[~is_line], owner[is_line], owner[is_line]])
    where = np.concatenate([one[pair], other[pair]])
    places = np.concatenate([at, at])
    near_line, near_at = _ends_near_lines(pieces, drawn, shapes, usable, tree, tolerance_m, level)
    where, places = np.concatenate([where, near_line]), np.concatenate([places, near_at])
    # A place within the tolerance of the piece's own end is that end.
    along = shapely.line_locate_point(shapes[where], shapely.points(places))
    margin = np.maximum(tolerance_m / _degree_m(places[:, 1]), _SAME_DEG)
    inner = (along > margin) & (along < shapely.length(shapes[where]) - margin)
    return where[inner], _from_conformal(places[inner])


def _ends_near_lines(  # noqa: PLR0917
    pieces: _Pieces,
    drawn: NDArray[np.float64],
    shapes: NDArray[Any],
    usable: NDArray[np.intp],
    tree: Any,
    tolerance_m: float,
    level: NDArray[np.float64],
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find ends that lie on or beside another usable line, and the nearest point of that line."""
    import shapely

    first, last = drawn[pieces.offsets[usable]], drawn[pieces.offsets[usable + 1] - 1]
    ends = np.concatenate([first, last])
    mine = np.concatenate([usable, usable])
    reach = tolerance_m / _degree_m(ends[:, 1])
    points = shapely.points(ends)
    end, line = tree.query(points, predicate="dwithin", distance=reach)
    line = usable[line]
    kept = (mine[end] != line) & (level[mine[end]] == level[line])
    end, line = end[kept], line[kept]
    nearest = shapely.line_interpolate_point(
        shapes[line], shapely.line_locate_point(shapes[line], np.asarray(points)[end])
    )
    return line, shapely.get_coordinates(nearest)


def _left_apart(
    pieces: _Pieces, free: NDArray[np.bool_], height: NDArray[np.float64], tolerance_m: float, *, planar: bool
) -> dict[str, int]:
    """Count pairs of lines that cross, and ends that lie on lines, without being joined."""
    import shapely

    if not len(pieces.row):
        return {"crossings_not_joined": 0, "ends_on_lines_not_joined": 0}
    drawn = _conformal(pieces.points)
    shapes = _shapes(pieces, drawn)
    tree = shapely.STRtree(shapes)
    level, open_ = height[pieces.row], free[pieces.row]

    def joined(one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.bool_]:
        return np.asarray(planar & open_[one] & open_[other] & (level[one] == level[other]))

    one, other = tree.query(shapes, predicate="crosses")
    crossing = int(((one < other) & ~joined(one, other)).sum())
    if planar:
        return {"crossings_not_joined": crossing, "ends_on_lines_not_joined": 0}
    everything = np.arange(len(shapes))
    line, at = _ends_near_lines(pieces, drawn, shapes, everything, tree, tolerance_m, np.zeros(len(shapes)))
    # Which end it was does not come back; a place inside of a line is enough to count.
    along = shapely.line_locate_point(shapes[line], shapely.points(at))
    margin = np.maximum(tolerance_m / _degree_m(at[:, 1]), _SAME_DEG)
    inner = (along > margin) & (along < shapely.length(shapes[line]) - margin)
    return {"crossings_not_joined": crossing, "ends_on_lines_not_joined": int(inner.sum())}


def _cut(pieces: _Pieces, where: NDArray[np.intp], at: NDArray[np.float64]) -> _Pieces:
    """Cut pieces at places on them."""
    import shapely

    drawn = _conformal(pieces.points)
    shapes = _shapes(pieces, drawn)
    along = shapely.line_locate_point(shapes[where], shapely.points(_conformal(at)))
    step = np.hypot(*np.diff(drawn, axis=0).T)
    step[pieces.offsets[1:-1] - 1] = 0.0
    run = np.concatenate([[0.0], np.cumsum(step)])
    owner = np.repeat(np.arange(len(pieces.row)), np.diff(pieces.offsets))
    position = run - run[pieces.offsets[owner]]
    is_node = np.zeros(len(owner), dtype=bool)
    is_node[pieces.offsets[:-1]] = is_node[pieces.offsets[1:] - 1] = True
    # All places in one row: vertices as they are, cuts among them.
    line = np.concatenate([owner, where])
    far = np.concatenate([position, along])
    new = np.concatenate([np.zeros(len(owner), dtype=bool), np.ones(len(where), dtype=bool)])
    points = np.concatenate([pieces.points, at])
    node = np.concatenate([is_node, np.ones(len(where), dtype=bool)])
    order = np.lexsort((new, far, line))
    line, far, new, points, node = line[order], far[order], new[order], points[order], node[order]
    # A cut that falls on a vertex, or on another cut, is no second point there.
    same = np.zeros(len(line), dtype=bool)
    same[1:] = (line[1:] == line[:-1]) & (far[1:] - far[:-1] <= _SAME_DEG)
    group = np.cumsum(~same) - 1
    keeper = np.full(int(group[-1]) + 1, -1)
    # The last written stays: cuts first, vertices over them, so that a vertex keeps its own place.
    cuts, vertices = np.flatnonzero(new), np.flatnonzero(~new)
    keeper[group[cuts[::-1]]] = cuts[::-1]
    keeper[group[vertices[::-1]]] = vertices[::-1]
    flagged = np.zeros(len(keeper), dtype=bool)
    flagged[group[node]] = True
    line, points = line[keeper], points[keeper]
    begin = np.flatnonzero(flagged[:-1] & (line[:-1] == line[1:]))
    every = np.flatnonzero(flagged)
    following = every[np.searchsorted(every, begin, side="right")]
    return _gathered(points, begin, following + 1, pieces.row[line[begin]])
