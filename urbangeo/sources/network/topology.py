"""What hangs together in a network and what does not: measures on its arrays, without judgement.

Nothing here says whether a figure is good or bad; ``answers/fitness`` does.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from urbangeo.sources.network.columns import Coded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from urbangeo.sources.network.model import Network

MAIN_SHARE = 0.1
"""A component with at least this share of the largest one's nodes is a main one. The project's own choice: the roads of
two provinces that do not touch are two networks and no fault, a car park cut off by a missing link is one."""

UNJOINED = ("ferry", "rail", "rail_access")
"""Classes of pieces that no road is expected to join on the way."""

_AXIS_M, _ECCENTRICITY_2 = 6_378_137.0, 0.006_694_380_022_90
"""Half the major axis and the squared eccentricity of GRS80, the ellipsoid of CGCS2000 (Moritz 2000, Geodetic Reference
System 1980, Journal of Geodesy 74)."""


def metres_per_degree(lat: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how long a degree is on the ellipsoid GRS80.

    Parameters
    ----------
    lat : array_like of float
        Latitude, degrees.

    Returns
    -------
    east, north : numpy.ndarray of float
        Metres in a degree of longitude and in a degree of latitude there.

    Examples
    --------
    >>> [round(float(metres)) for metres in metres_per_degree(36.0)]
    [90164, 110959]
    """
    sine, cosine = np.sin(np.radians(lat)), np.cos(np.radians(lat))
    root = np.sqrt(1 - _ECCENTRICITY_2 * sine**2)
    east = np.radians(_AXIS_M * cosine / root)
    return np.asarray(east), np.asarray(np.radians(_AXIS_M * (1 - _ECCENTRICITY_2) / root**3))


@dataclass(frozen=True, eq=False)
class Components:
    """The pieces a network falls into.

    Attributes
    ----------
    label : numpy.ndarray of int64, shape (nodes,)
        Component of each node, numbered from the largest (ties by the westernmost, southernmost node); -1 for a node
        at which no road ends.
    sizes : numpy.ndarray of int64, shape (components,)
        Nodes in each, falling.
    """

    label: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @property
    def main(self) -> int:
        """How many of the first components are main ones (:data:`MAIN_SHARE`)."""
        return int((self.sizes >= MAIN_SHARE * self.sizes[0]).sum()) if len(self.sizes) else 0

    @property
    def in_main(self) -> NDArray[np.bool_]:
        """Whether each node lies in a main component."""
        return np.asarray((self.label >= 0) & (self.label < self.main))


def components(network: Network, connection: Literal["strong", "weak"]) -> Components:
    """Find what hangs together.

    Parameters
    ----------
    network : Network
        Any network.
    connection : {"strong", "weak"}
        "strong": from each node one can drive to each other one and back; "weak": as if every road ran both ways.

    Returns
    -------
    Components
        Nodes without a road belong to none.
    """
    from scipy.sparse.csgraph import connected_components

    count = len(network.node_id)
    used = has_road(network)
    _, raw = connected_components(_matrix(network.u, network.v, count), directed=True, connection=connection)
    order = np.lexsort((network.lat, network.lon))
    order = order[used[order]]
    # The first node of each component from the west stands for it, so that the order of rows decides nothing.
    kinds, first, sizes = np.unique(raw[order], return_index=True, return_counts=True)
    ranked = np.lexsort((first, -sizes))
    rank = np.full(int(raw.max(initial=-1)) + 1, -1, dtype=np.int64)
    rank[kinds[ranked]] = np.arange(len(kinds))
    return Components(rank[raw], sizes[ranked].astype(np.int64))


def has_road(network: Network) -> NDArray[np.bool_]:
    """Say at which nodes a road begins or ends.

    Parameters
    ----------
    network : Network
        Any network.

    Returns
    -------
    numpy.ndarray of bool, shape (nodes,)
        False for points that no edge touches.
    """
    used = np.zeros(len(network.node_id), dtype=bool)
    used[network.u] = True
    used[network.v] = True
    return used


@dataclass(frozen=True, eq=False)
class Traps:
    """Nodes outside the main components from which one cannot return, or to which one cannot get.

    Attributes
    ----------
    no_way_out : numpy.ndarray of bool, shape (nodes,)
        One can drive there from a main component, but not back.
    no_way_in : numpy.ndarray of bool, shape (nodes,)
        One can drive from there into a main component, but not get there.
    """

    no_way_out: NDArray[np.bool_]
    no_way_in: NDArray[np.bool_]


def one_way_traps(network: Network, strong: Components) -> Traps:
    """Find one-way traps: nodes one can enter but not leave, or leave but not enter.

    Parameters
    ----------
    network : Network
        Any network.
    strong : Components
        Its strong components.

    Returns
    -------
    Traps
        A node that is both (between two main components) counts as neither.
    """
    outward = _reached(network.u, network.v, strong.in_main)
    inward = _reached(network.v, network.u, strong.in_main)
    outside = ~strong.in_main
    return Traps(outside & outward & ~inward, outside & inward & ~outward)


def _reached(tail: NDArray[Any], head: NDArray[Any], begun: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which nodes can be reached from any of some nodes, by one node in front of them all."""
    from scipy.sparse.csgraph import breadth_first_order

    count = len(begun)
    first = np.flatnonzero(begun)
    tails = np.concatenate([tail, np.full(len(first), count)])
    heads = np.concatenate([head, first])
    found = breadth_first_order(_matrix(tails, heads, count + 1), count, directed=True, return_predecessors=False)
    reached = np.zeros(count + 1, dtype=bool)
    reached[found] = True
    return reached[:count]


def _matrix(tail: NDArray[Any], head: NDArray[Any], count: int) -> Any:
    from scipy.sparse import coo_array

    return coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(count, count)).tocsr()


def straight_m(network: Network, rows: NDArray[Any]) -> NDArray[np.float64]:
    """Measure the great circle between the two ends of edges.

    Parameters
    ----------
    network : Network
        Any network.
    rows : numpy.ndarray of int
        Places of the edges.

    Returns
    -------
    numpy.ndarray of float, shape (rows,)
        Metres on the GRS80 ellipsoid.
    """
    from pyproj import Geod

    u, v = network.u[rows], network.v[rows]
    _, _, metres = Geod(ellps="GRS80").inv(network.lon[u], network.lat[u], network.lon[v], network.lat[v])
    return np.asarray(metres, dtype=np.float64)


def duplicates(network: Network, *, same_m: float = 1.0) -> NDArray[np.int64]:
    """Find edges that stand twice: same two nodes, same direction, same length and the same way.

    Parameters
    ----------
    network : Network
        Any network.
    same_m : float, default 1.0
        Lengths and lines that differ by less than this are the same, metres.

    Returns
    -------
    numpy.ndarray of int64
        Rows of the edges that are too many, rising; of twins the faster is kept. Two roads between the same nodes that
        differ in length or course are no duplicates; nor is a loop, whose two directions run between the same nodes.
    """
    import shapely

    order = np.lexsort((-network.speed_kmh, network.length_m, network.v, network.u))
    pair = network.u.astype(np.int64) * max(len(network.node_id), 1) + network.v
    near = (np.diff(pair[order]) == 0) & (np.diff(network.length_m[order]) <= same_m)
    near &= network.u[order[1:]] != network.v[order[1:]]
    kept, second = order[:-1][near], order[1:][near]
    if network.shapes is not None and len(second):
        lines = network.geometry(kept), network.geometry(second)
        _, degree_m = metres_per_degree(network.lat[network.u[second]])
        second = second[shapely.hausdorff_distance(*lines) * degree_m <= same_m]
    return np.sort(second)


@dataclass(frozen=True, eq=False)
class NearMisses:
    """Dead ends that almost touch another road.

    Attributes
    ----------
    node : numpy.ndarray of int64
        Dead ends, each once, rising.
    gap_m : numpy.ndarray of float
        Metres to the nearest road or node they are not joined to.
    """

    node: NDArray[np.int64]
    gap_m: NDArray[np.float64]


def dead_ends(network: Network, pieces: NDArray[np.int64]) -> NDArray[np.int64]:
    """Find nodes at which a single road piece ends; ends of railways and ferries do not count.

    Parameters
    ----------
    network : Network
        Any network.
    pieces : numpy.ndarray of int64
        One edge of each road piece (:meth:`Network.pieces`).

    Returns
    -------
    numpy.ndarray of int64
        Node rows, rising.
    """
    ends = np.concatenate([network.u[pieces], network.v[pieces]])
    meeting = np.bincount(ends, minlength=len(network.node_id))
    road = ~np.tile(network.road_class.is_in(UNJOINED)[pieces], 2)
    return np.unique(ends[road & (meeting[ends] == 1)]).astype(np.int64)


def near_misses(network: Network, pieces: NDArray[np.int64], *, within_m: float, detour_m: float) -> NearMisses:
    """Find dead ends that almost touch another road without being joined to it.

    A road one cannot join on the way (an expressway, a bridge, a tunnel) is near only where it ends. A road that can
    be driven to within ``detour_m`` is joined well enough: the end of a lane beside its own main road is no fault.

    Parameters
    ----------
    network : Network
        Any network.
    pieces : numpy.ndarray of int64
        One edge of each road piece.
    within_m : float
        Largest gap, metres.
    detour_m : float
        The way along the network to the other side of the gap is at least this long, as if all roads ran both ways.

    Returns
    -------
    NearMisses
        In the order of nodes.
    """
    ends = dead_ends(network, pieces)
    found: dict[int, list[tuple[float, list[tuple[int, float]]]]] = {}
    for node, gap, sides in (*_near_nodes(network, ends, within_m), *_near_pieces(network, pieces, ends, within_m)):
        found.setdefault(node, []).append((gap, sides))
    roads = _Neighbours(network, pieces) if found else None
    kept: list[tuple[int, float]] = []
    for node in sorted(found):
        around = roads.within(node, detour_m) if roads else {}
        open_gaps = [
            gap
            for gap, sides in found[node]
            if min(around.get(end, np.inf) + along for end, along in sides) >= detour_m
        ]
        if open_gaps:
            kept.append((node, min(open_gaps)))
    return NearMisses(
        np.array([node for node, _ in kept], dtype=np.int64), np.array([gap for _, gap in kept], dtype=np.float64)
    )


def _near_nodes(
    network: Network, ends: NDArray[np.int64], within_m: float
) -> Iterator[tuple[int, float, list[tuple[int, float]]]]:
    """Give each dead end and road node that lie near each other."""
    from scipy.spatial import cKDTree

    used = np.flatnonzero(has_road(network))
    if not len(ends):
        return
    # Straight through the globe: at a few metres the same as along the ground.
    lon, lat = np.radians(network.lon), np.radians(network.lat)
    radius = _AXIS_M / np.sqrt(1 - _ECCENTRICITY_2 * np.sin(lat) ** 2)
    flat = radius * np.cos(lat)
    xyz = np.stack([flat * np.cos(lon), flat * np.sin(lon), radius * (1 - _ECCENTRICITY_2) * np.sin(lat)], axis=1)
    near = cKDTree(xyz[used]).query_ball_point(xyz[ends], within_m)
    for end, others in zip(ends.tolist(), near, strict=True):
        for other in used[np.asarray(others, dtype=np.int64)].tolist():
            if other != end:
                yield end, float(np.linalg.norm(xyz[end] - xyz[other])), [(other, 0.0)]


def _near_pieces(
    network: Network, pieces: NDArray[np.int64], ends: NDArray[np.int64], within_m: float
) -> Iterator[tuple[int, float, list[tuple[int, float]]]]:
    """Give each dead end and piece that lie near each other, with the way from the spot to the ends of the piece."""
    import shapely

    structure = network.edge_columns.get("structure")
    joins = network.along[pieces] & ~network.road_class.is_in(UNJOINED)[pieces]
    if isinstance(structure, Coded):
        joins &= structure.codes[pieces] < 0
    rows = pieces[joins]
    if not len(rows) or not len(ends):
        return
    lines = network.geometry(rows)
    east_m, north_m = metres_per_degree(network.lat[ends])
    wide, high = within_m / np.maximum(east_m, 1.0), within_m / north_m
    x, y = network.lon[ends], network.lat[ends]
    which, line = shapely.STRtree(lines).query(shapely.box(x - wide, y - high, x + wide, y + high))
    own = (network.u[rows[line]] == ends[which]) | (network.v[rows[line]] == ends[which])
    which, line = which[~own], line[~own]
    if not len(which):
        return
    # A plane in metres round each dead end: for gaps of metres the same as on the ellipsoid.
    coordinates, owner = shapely.get_coordinates(lines[line], return_index=True)
    around = which[owner]
    offset = coordinates - np.stack([x, y], axis=1)[around]
    plane = offset * np.stack([east_m, north_m], axis=1)[around]
    drawn = np.asarray(shapely.linestrings(plane, indices=owner), dtype=object)
    spot = np.asarray(shapely.Point(0, 0), dtype=object)
    gaps = shapely.distance(drawn, spot)
    share = shapely.line_locate_point(drawn, spot, normalized=True)
    for place in np.flatnonzero(gaps <= within_m).tolist():
        row = int(rows[line[place]])
        length, part = float(network.length_m[row]), float(np.nan_to_num(share[place]))
        sides = [(int(network.u[row]), part * length), (int(network.v[row]), (1 - part) * length)]
        yield int(ends[which[place]]), float(gaps[place]), sides


class _Neighbours:
    """Which nodes lie round a node, and how far along the roads, both directions of each piece open."""

    def __init__(self, network: Network, pieces: NDArray[np.int64]) -> None:
        tail = np.concatenate([network.u[pieces], network.v[pieces]])
        order = np.argsort(tail, kind="stable")
        self._starts = np.searchsorted(tail[order], np.arange(len(network.node_id) + 1))
        self._heads = np.concatenate([network.v[pieces], network.u[pieces]])[order]
        self._metres = np.tile(network.length_m[pieces], 2)[order]

    def within(self, node: int, most_m: float) -> dict[int, float]:
        """Return the metres to every node less than ``most_m`` away."""
        far: dict[int, float] = {}
        queue = [(0.0, node)]
        while queue:
            metres, here = heapq.heappop(queue)
            if here in far:
                continue
            far[here] = metres
            for place in range(int(self._starts[here]), int(self._starts[here + 1])):
                reached, head = metres + float(self._metres[place]), int(self._heads[place])
                if reached < most_m and head not in far:
                    heapq.heappush(queue, (reached, head))
        return far


def shares_inside(lines: NDArray[Any], areas: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Cut lines at the borders of areas.

    Parameters
    ----------
    lines : numpy.ndarray of shapely.LineString
        In degrees.
    areas : numpy.ndarray of shapely.Polygon or shapely.MultiPolygon
        In degrees; they do not overlap.

    Returns
    -------
    line, area : numpy.ndarray of int
        Places of each pair that meets.
    share : numpy.ndarray of float
        Part of the line inside the area, by length on the ground, above 0. The shares of a line add up to at most 1;
        a stretch along a border two areas share is split between them.
    """
    import shapely

    tree = shapely.STRtree(lines)
    # The polygon is the prepared side, and only lines over a border are taken apart.
    area_in, line_in = tree.query(areas, predicate="contains_properly")
    crossing = np.setdiff1d(tree.query(areas, predicate="intersects")[1], line_in)
    # A line that runs back over itself would lose its way back in a cut; a single stretch cannot.
    stretches, of = _stretches(lines[crossing])
    metres = _ground_m(stretches)
    whole = np.bincount(of, weights=metres, minlength=len(crossing))
    # A line without length lies where its points lie.
    weight = np.where(whole[of] > 0, metres / np.where(whole > 0, whole, 1.0)[of], 1.0 / np.bincount(of)[of])
    stretch, area, part = _cut(stretches, areas)
    pair, place = np.unique(np.stack([of[stretch], area]), axis=1, return_inverse=True)
    share = np.bincount(place.ravel(), weights=weight[stretch] * part, minlength=pair.shape[1])
    met = share > 0
    return (
        np.concatenate([line_in, crossing[pair[0][met]]]),
        np.concatenate([area_in, pair[1][met]]),
        np.concatenate([np.ones(len(line_in)), share[met]]),
    )


def _stretches(lines: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Take lines apart at their vertices; say to which line each stretch belongs."""
    import shapely

    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    same = np.diff(owner) == 0
    ends = np.stack([coordinates[:-1][same], coordinates[1:][same]], axis=1).reshape(-1, 2, 2)
    return np.asarray(shapely.linestrings(ends), dtype=object), owner[:-1][same].astype(np.int64)


def _cut(
    stretches: NDArray[Any], areas: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return pairs of straight stretch and area, and the share of the stretch inside, at most 1 in sum."""
    import shapely

    tree = shapely.STRtree(stretches)
    area_in, inside = tree.query(areas, predicate="contains_properly")
    area_on, on = tree.query(areas, predicate="intersects")
    cut = ~np.isin(on, inside)
    area_on, on = area_on[cut], on[cut]
    # Part and whole run in one direction, so degrees tell the share as well as metres do.
    lengths = shapely.length(shapely.intersection(stretches[on], areas[area_on]))
    whole = shapely.length(stretches[on])
    share = np.where(whole > 0, lengths / np.where(whole > 0, whole, 1.0), 1.0)
    share /= np.maximum(np.bincount(on, weights=share, minlength=len(stretches))[on], 1.0)
    return (
        np.concatenate([inside, on]).astype(np.int64),
        np.concatenate([area_in, area_on]).astype(np.int64),
        np.concatenate([np.ones(len(inside)), share]),
    )


def _ground_m(stretches: NDArray[Any]) -> NDArray[np.float64]:
    """Measure straight lines in degrees, each by the length of a degree in its middle."""
    import shapely

    first, last = (shapely.get_coordinates(shapely.get_point(stretches, place)) for place in (0, -1))
    east, north = metres_per_degree((first[:, 1] + last[:, 1]) / 2)
    return np.hypot((last[:, 0] - first[:, 0]) * east, (last[:, 1] - first[:, 1]) * north)
