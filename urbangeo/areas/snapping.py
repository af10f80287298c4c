"""Where places meet the road: the nearest point of the nearest usable road that may be left anywhere.

The nearest roads are found in two steps: a quick one on the plane that touches the place, over boxes round blocks of
segments that lie together (segments stand along a Hilbert curve), and an exact one in metres for the few that remain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from urbangeo.areas.graph.kernel import read_only
from urbangeo.areas.graph.search import Direction, Entries, enter_chains
from urbangeo.errors import SnapError
from urbangeo.jit import compiled
from urbangeo.language.crs import ellipsoid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import MultiPoint, Point

    from urbangeo.areas.graph.compiled import CompiledGraph
    from urbangeo.sources.network import AccessLeg

_DEGREE = 1e-7
_BLOCK = 64
"""Segments to a box: small enough to be few to measure, large enough for few boxes."""

_SLACK, _SLACK_M = 1.02, 5.0
"""What the plane may be wrong by within the largest access leg: at 60 km a degree of longitude has changed by 1 %."""

_SAG_PER_M = 2.0 / (8 * 6_371_000.0)
"""Metres by which a straight line of one map may bend on another, for each square metre of its length: the chord over
the globe, times the tangent of the latitude (up to 63 degrees). A line of 1 km bends 4 cm, one of 30 km 35 m."""

AT_NODE_M = 1.0
"""A place nearer than this to the end of a road is taken to be at the junction."""

KEPT_M = 0.02
"""Roads are kept to 1e-7 degrees, about a centimetre: nearer than two a place lies on the road, and two roads whose
distances differ by less are equally near."""

_NAMED = 5
_DEGREE_M = 111_320.0


@dataclass(frozen=True, eq=False)
class Snapped:
    """Where one origin meets the network.

    Attributes
    ----------
    lon, lat : numpy.ndarray of float64, shape (points,)
        The places themselves, degrees.
    chain : numpy.ndarray of int32, shape (roads,)
        Chains on which travel begins between two junctions.
    at_ms : numpy.ndarray of float64, shape (roads,)
        Time from the chain's tail.
    spent_ms : numpy.ndarray of int64, shape (roads,)
        Time of the access leg.
    states, costs_ms : numpy.ndarray of int64
        Junctions at which travel begins, and the time of the access leg.
    snap_m : float
        Largest distance from a point to its road, metres.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    chain: NDArray[np.int32]
    at_ms: NDArray[np.float64]
    spent_ms: NDArray[np.int64]
    states: NDArray[np.int64]
    costs_ms: NDArray[np.int64]
    snap_m: float

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of the points."""
        return float(self.lon.mean()), float(self.lat.mean())

    def entries(self, graph: CompiledGraph, direction: Direction) -> Entries | None:
        """Return the places on chains as a search takes them.

        Parameters
        ----------
        graph : CompiledGraph
            The graph it was snapped to.
        direction : {"from", "to"}
            Outward, or towards the origin.

        Returns
        -------
        Entries or None
            None if travel begins at junctions only.
        """
        if len(self.chain) == 0:
            return None
        return enter_chains(graph, self.chain, self.at_ms, self.spent_ms, direction=direction)


@dataclass(frozen=True, eq=False)
class _Index:
    rows: NDArray[np.int64]
    lines: NDArray[np.int32]
    boxes: NDArray[np.int32]


_INDEXES: WeakKeyDictionary[CompiledGraph, _Index] = WeakKeyDictionary()


def snap(
    graph: CompiledGraph, places: Sequence[Point | MultiPoint], *, access: AccessLeg, labels: Sequence[str]
) -> list[Snapped]:
    """Bring origins to their nearest roads.

    Each point is joined to the nearest point of the nearest usable road that may be left anywhere (not to a junction),
    by an access leg; from there both ends of the road are reached at their true distance, as far as its directions
    allow. Several roads at the same distance are all entered, so that the order of rows never decides.

    Parameters
    ----------
    graph : CompiledGraph
        The network.
    places : sequence of shapely.Point or shapely.MultiPoint
        Origins in degrees, EPSG:4490; from all points of one origin travel starts at once.
    access : AccessLeg
        Speed, circuity and largest length of the leg to the road.
    labels : sequence of str
        What to call the origins in messages.

    Returns
    -------
    list of Snapped
        One an origin, in their order.

    Raises
    ------
    SnapError
        If a point is farther from every usable road than the access leg may be; all such points are named. Or if
        the network has no usable road at all.
    """
    index = _INDEXES.get(graph)
    if index is None:
        index = _INDEXES[graph] = _make_index(graph)
    if len(index.lines) == 0:
        msg = (
            "The network has no road that one can enter on the way; no place can be joined to it. Use a network that "
            "has ordinary roads."
        )
        raise SnapError(msg)
    found, lost = [], []
    for place, label in zip(places, labels, strict=True):
        points: list[Point] = list(getattr(place, "geoms", [place]))
        parts = []
        for point in points:
            part = _snap_point(graph, index, point.x, point.y, access)
            if part[0] > access.max_m:
                lost.append((label, point, part[0]))
            else:
                parts.append(part)
        if len(parts) == len(points):
            found.append(_joined(points, parts))
    if lost:
        raise SnapError(_too_far(lost, len(places), access))
    return found


def _too_far(lost: list[tuple[str, Any, float]], count: int, access: AccessLeg) -> str:
    told = "; ".join(
        f"{label} ({point.x:.4f}, {point.y:.4f}) is {distance / 1000:.1f} km from the nearest road one can enter"
        for label, point, distance in lost[:_NAMED]
    )
    more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
    of = f" ({len(lost)} points of {count} origins)" if count > 1 else ""
    return (
        f"{told}{more}, more than the largest access leg of {access.max_m / 1000:g} km{of}. Choose a place nearer to a "
        "road, a network that covers it, or a larger access distance."
    )


def _make_index(graph: CompiledGraph) -> _Index:
    open_chain = np.asarray(graph.chain_along) & np.asarray(graph.chain_usable)
    rows = np.flatnonzero(open_chain[graph.seg_chain])
    lines = np.column_stack([part[rows] for part in (graph.seg_lon0, graph.seg_lat0, graph.seg_lon1, graph.seg_lat1)])
    lines = np.ascontiguousarray(lines, dtype=np.int32)
    return _Index(rows, read_only(lines), read_only(_boxes(read_only(lines))))


def _snap_point(
    graph: CompiledGraph, index: _Index, lon: float, lat: float, access: AccessLeg
) -> tuple[float, list[tuple[int, float, int]], list[tuple[int, int]]]:
    """Return the distance, the places on chains (chain, time from its tail, time spent) and the junctions entered."""
    near = _near_segments(index.lines, index.boxes, lon, lat, np.cos(np.radians(lat)))
    if len(near) == 0:
        return np.inf, [], []
    rows = index.rows[near]
    ends = index.lines[near].astype(np.float64) * _DEGREE
    first, last = (_metres_from(lon, lat, ends[:, end], ends[:, end + 1]) for end in (0, 2))
    run = last - first
    length2 = (run**2).sum(axis=1)
    share = np.clip(-(first * run).sum(axis=1) / np.where(length2 > 0, length2, 1.0), 0.0, 1.0)
    at = first + share[:, None] * run
    distances = np.hypot(*at.T)
    distance = float(distances.min())
    spent = round(distance * access.ms_per_m) if distance > KEPT_M else 0
    on_chains: dict[tuple[int, float], None] = {}
    junctions: dict[int, None] = {}
    for number in np.flatnonzero(distances <= distance + KEPT_M):
        chain = int(graph.seg_chain[rows[number]])
        since, until = float(graph.seg_from_ms[rows[number]]), float(graph.seg_to_ms[rows[number]])
        part, length = float(share[number]), float(np.sqrt(length2[number]))
        place = _at_inner_node(graph, chain, since, until, part, length)
        junction = _junction_at(graph, chain, place, at[number], lon, lat)
        if junction is None:
            on_chains[chain, place] = None
        else:
            junctions[junction] = None
    return (
        distance,
        [(chain, place, spent) for chain, place in sorted(on_chains)],
        [(state, spent) for state in sorted(junctions)],
    )


def _metres_from(lon: float, lat: float, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return metres east and north of a place: the azimuthal equidistant map centred on it."""
    azimuth, _, distance = ellipsoid().inv(np.full_like(x, lon), np.full_like(y, lat), x, y)
    turned = np.radians(azimuth)
    return np.stack([distance * np.sin(turned), distance * np.cos(turned)], axis=1)


def _at_inner_node(graph: CompiledGraph, chain: int, since: float, until: float, share: float, length: float) -> float:
    """Return the time of a place from its chain's tail: that of a node between the ends where it stands at one."""
    for near, time in ((share * length, since), ((1 - share) * length, until)):
        if near <= AT_NODE_M:
            inner = graph.inner_at_ms[graph.inner_starts[chain] : graph.inner_starts[chain + 1]]
            rank = int(np.searchsorted(inner, np.int32(time)))
            if rank < len(inner) and inner[rank] == time:
                return time
    return since + share * (until - since)


def _junction_at(
    graph: CompiledGraph, chain: int, place: float, at: NDArray[np.float64], lon: float, lat: float
) -> int | None:
    """Return the junction a place on a chain stands at, its free side where it has one, or None on the way."""
    total = float(graph.chain_fwd_ms[chain])
    nearer_tail = place <= total / 2
    state = int(graph.chain_tail[chain] if nearer_tail else graph.chain_head[chain])
    rows = np.arange(*np.searchsorted(graph.seg_chain, np.array([chain, chain + 1], dtype=np.int32)))
    # A road may come back past its own end: only a place on the outermost segment can be at the junction.
    outer = rows[0] if nearer_tail else rows[-1]
    since, until = float(graph.seg_from_ms[outer]), float(graph.seg_to_ms[outer])
    end = _metres_from(lon, lat, graph.state_lon[state : state + 1], graph.state_lat[state : state + 1])[0]
    if not since <= place <= until or float(np.hypot(*(at - end))) > AT_NODE_M:
        return None
    free = int(graph.node_state_free[graph.state_node[state]])
    return free if free >= 0 else state


def _joined(points: list[Point], parts: list[Any]) -> Snapped:
    chains = [one for part in parts for one in part[1]]
    states = [one for part in parts for one in part[2]]
    return Snapped(
        lon=np.array([point.x for point in points]),
        lat=np.array([point.y for point in points]),
        chain=np.array([one[0] for one in chains], dtype=np.int32),
        at_ms=np.array([one[1] for one in chains], dtype=np.float64),
        spent_ms=np.array([one[2] for one in chains], dtype=np.int64),
        states=np.array([one[0] for one in states], dtype=np.int64),
        costs_ms=np.array([one[1] for one in states], dtype=np.int64),
        snap_m=float(max(part[0] for part in parts)),
    )


@compiled
def _boxes(lines: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return west, south, east and north of each block of segments."""
    count = (len(lines) + _BLOCK - 1) // _BLOCK
    boxes = np.empty((count, 4), np.int32)
    for block in range(count):
        first = block * _BLOCK
        west = east = lines[first, 0]
        south = north = lines[first, 1]
        longest = 0.0
        for row in range(first, min(first + _BLOCK, len(lines))):
            west = min(west, lines[row, 0], lines[row, 2])
            east = max(east, lines[row, 0], lines[row, 2])
            south = min(south, lines[row, 1], lines[row, 3])
            north = max(north, lines[row, 1], lines[row, 3])
            run = np.hypot(float(lines[row, 2]) - lines[row, 0], float(lines[row, 3]) - lines[row, 1])
            longest = max(longest, run * _DEGREE * _DEGREE_M)
        # A degree of longitude is at least 0.45 of one of latitude where the bound on bending holds.
        pad = np.int32(np.ceil(longest * longest * _SAG_PER_M / (0.45 * _DEGREE * _DEGREE_M)))
        west, south, east, north = west - pad, south - pad, east + pad, north + pad
        boxes[block, 0], boxes[block, 1], boxes[block, 2], boxes[block, 3] = west, south, east, north
    return boxes


@compiled
def _near_segments(
    lines: NDArray[np.int32], boxes: NDArray[np.int32], lon: float, lat: float, narrow: float
) -> NDArray[np.int64]:
    """Return the segments that may be the nearest: those as near as the nearest on the plane, and a little farther."""
    to_x, to_y = _DEGREE * _DEGREE_M * narrow, _DEGREE * _DEGREE_M
    px, py = lon / _DEGREE * to_x, lat / _DEGREE * to_y
    floor = np.empty(len(boxes))
    first = -1
    for block in range(len(boxes)):
        dx = max(boxes[block, 0] * to_x - px, px - boxes[block, 2] * to_x, 0.0)
        dy = max(boxes[block, 1] * to_y - py, py - boxes[block, 3] * to_y, 0.0)
        floor[block] = dx * dx + dy * dy
        if first < 0 or floor[block] < floor[first]:
            first = block
    best = np.inf
    away = np.empty(_BLOCK)
    if first >= 0:
        best = _measure(lines, first, px, py, to_x, to_y, away)
    for block in range(len(boxes)):
        if floor[block] < best * best:
            best = min(best, _measure(lines, block, px, py, to_x, to_y, away))
    bound = best * _SLACK + _SLACK_M
    found = []
    for block in range(len(boxes)):
        if floor[block] <= bound * bound:
            _measure(lines, block, px, py, to_x, to_y, away)
            begin = block * _BLOCK
            for row in range(begin, min(begin + _BLOCK, len(lines))):
                if away[row - begin] <= bound:
                    found.append(row)
    near = np.empty(len(found), np.int64)
    for number in range(len(found)):
        near[number] = found[number]
    return near


@compiled
def _measure(
    lines: NDArray[np.int32],
    block: int,
    px: float,
    py: float,
    to_x: float,
    to_y: float,
    away: NDArray[np.float64],
) -> float:
    """Write the least distance each segment of a block may have into `away`; return the least that one surely has."""
    least = np.inf
    begin = block * _BLOCK
    for row in range(begin, min(begin + _BLOCK, len(lines))):
        x0, y0 = lines[row, 0] * to_x - px, lines[row, 1] * to_y - py
        rx, ry = lines[row, 2] * to_x - px - x0, lines[row, 3] * to_y - py - y0
        length2 = rx * rx + ry * ry
        share = 0.0
        if length2 > 0:
            share = min(max(-(x0 * rx + y0 * ry) / length2, 0.0), 1.0)
        distance = np.hypot(x0 + share * rx, y0 + share * ry)
        sag = length2 * _SAG_PER_M
        away[row - begin] = distance - sag
        least = min(least, distance + sag)
    return least
