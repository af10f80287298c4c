"""Synthetic provinces: road networks of a stated size, the same for the same seed, for benchmarks and examples.

No real extract of a Chinese province is at hand, and none may be copied into the project. The made province is
400 by 395 km with 136 seats and 1,800 towns. Junctions cluster round them; roads are the Gabriel graph of the junctions
thinned to a spanning tree and the shortest of the rest; ways between neighbouring seats and towns along these roads
are raised to class-1 and class-2 roads; expressways with interchanges run between neighbouring seats and may be left
only there. Every road is bent at shape nodes, three in a hundred local roads are one-way, and the rows stand in an
order like OSM's: tiles in random order, random inside.

What it is not: real. Bends are far apart (a segment is some 440 m long; real extracts have 25 m), so chains pay less
here than on real data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import Network

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH_M, HEIGHT_M = 400_000.0, 395_000.0
SEATS, TOWNS = 136, 1_800
SEED = 20261121
WEST, SOUTH = 115.0, 34.5
"""Corner of the made province, degrees: the latitude of Shandong, so that a degree is as wide as there."""

SHAPE_SHARE = 0.61
"""Share of nodes that only bend a road, as in the prototypes the project's bars were set with."""

PIECES_PER_JUNCTION = 1.62
ONEWAY_SHARE = 0.03
INTERCHANGE_M = 15_000.0
URBAN_M, URBAN_FACTOR = 4_000.0, 0.75

CLASSES = ("expressway", "expressway_link", "local_4", "secondary_2", "tertiary_3", "trunk_1")
KMH = np.array([100.0, 40.0, 28.0, 50.0, 35.0, 65.0])
_EXPRESSWAY, _LINK, _LOCAL, _SECONDARY, _TERTIARY, _TRUNK = range(len(CLASSES))


@dataclass(frozen=True)
class Province:
    """A made network, and where its seats are.

    Attributes
    ----------
    network : Network
        Roads; kind "synthetic".
    seats : numpy.ndarray of float, shape (136, 2)
        Longitude and latitude of the seats.
    """

    network: Network
    seats: NDArray[np.float64]


def make_province(nodes: int, *, seed: int = SEED) -> Province:
    """Make a province of about so many nodes.

    Parameters
    ----------
    nodes : int
        Wanted number of nodes, from 20,000.
    seed : int
        The same seed gives the same province.

    Returns
    -------
    Province
        Network and seats.
    """
    draw = np.random.default_rng(seed)
    seats, towns = _places(draw)
    junctions = _junctions(draw, seats, towns, round(nodes * (1 - SHAPE_SHARE)))
    tail, head, length = _local_roads(draw, junctions)
    kind = _hierarchy(draw, junctions, (tail, head, length), seats, towns)
    oneway = (draw.random(len(tail)) < ONEWAY_SHARE) & (kind == _LOCAL)
    points, ends, kind, oneway = _with_expressways(draw, junctions, (tail, head), kind, oneway, seats)
    points, ends, kind, oneway = _bent(draw, points, ends, kind, oneway, nodes)
    return Province(_network(draw, points, ends, kind, oneway, seats), _degrees(seats))


def _places(draw: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    box = np.array([WIDTH_M, HEIGHT_M])
    margin = 0.03 * box
    seats = margin + draw.random((SEATS, 2)) * (box - 2 * margin)
    towns = margin / 2 + draw.random((TOWNS, 2)) * (box - margin)
    return seats, towns


def _junctions(draw: np.random.Generator, seats: Any, towns: Any, count: int) -> NDArray[np.float64]:
    """Scatter junctions: half over the country, the rest in towns and seats."""
    box = np.array([WIDTH_M, HEIGHT_M])
    share = [0.5, 0.28, 0.22]
    counts = [round(part * count) for part in share]
    rural = draw.random((counts[0], 2)) * box
    town = towns[draw.integers(0, TOWNS, counts[1])] + draw.normal(0, 1_200, (counts[1], 2))
    seat = seats[draw.integers(0, SEATS, counts[2])] + draw.normal(0, 4_000, (counts[2], 2))
    return np.clip(np.concatenate([seats, rural, town, seat]), 0, box)


def _gabriel(points: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of points with nothing in the circle over them, a part of the Delaunay net."""
    triangles = Delaunay(points).simplices
    pairs = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]]), axis=1)
    pairs = np.unique(pairs, axis=0)
    middle = points[pairs].mean(axis=1)
    radius = np.hypot(*(points[pairs[:, 0]] - points[pairs[:, 1]]).T) / 2
    nearest, _ = cKDTree(points).query(middle)
    free = nearest >= radius * (1 - 1e-9)
    return pairs[free, 0].astype(np.int64), pairs[free, 1].astype(np.int64)


def _local_roads(
    draw: np.random.Generator, points: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    tail, head = _gabriel(points)
    length = np.hypot(*(points[tail] - points[head]).T) + 1.0
    tree = minimum_spanning_tree(coo_matrix((length, (tail, head)), shape=(len(points),) * 2)).tocoo()
    in_tree = np.isin(tail * len(points) + head, tree.row.astype(np.int64) * len(points) + tree.col)
    wanted = round(PIECES_PER_JUNCTION * len(points)) - int(in_tree.sum())
    rest = np.flatnonzero(~in_tree)
    # Mostly short ones, some long: as real towns are meshed and the country is not.
    order = rest[np.argsort(length[rest] * draw.exponential(1.0, len(rest)))][: max(wanted, 0)]
    kept = np.sort(np.r_[np.flatnonzero(in_tree), order])
    return tail[kept], head[kept], length[kept]


def _hierarchy(draw: np.random.Generator, points: Any, roads: Any, seats: Any, towns: Any) -> NDArray[np.int64]:
    """Raise the ways between neighbouring towns and seats to higher classes."""
    tail, head, length = roads
    kind = np.where(draw.random(len(tail)) < 0.25, _TERTIARY, _LOCAL)
    graph = coo_matrix(
        (np.r_[length, length], (np.r_[tail, head], np.r_[head, tail])), shape=(len(points),) * 2
    ).tocsr()
    number = {pair: row for row, pair in enumerate(zip(tail.tolist(), head.tolist(), strict=True))}
    tree = cKDTree(points)
    for places, raised, reach in ((towns, _SECONDARY, 25_000.0), (seats, _TRUNK, 90_000.0)):
        _, at = tree.query(places)
        first, second = _gabriel(places)
        for place in np.unique(first):
            _, before = dijkstra(graph, indices=int(at[place]), limit=reach, return_predecessors=True)
            for other in second[first == place]:
                here = int(at[other])
                while before[here] >= 0:
                    there = int(before[here])
                    kind[number[min(here, there), max(here, there)]] = raised
                    here = there
    return kind


def _with_expressways(  # noqa: PLR0917  # one after the other, as they are made
    draw: np.random.Generator, points: Any, ends: Any, kind: Any, oneway: Any, seats: Any
) -> tuple[Any, Any, Any, Any]:
    """Lay expressways between neighbouring seats, an interchange every 15 km, each with a ramp to the nearest road."""
    first, second = _gabriel(seats)
    tree = cKDTree(points)
    more: list[Any] = []
    new_ends: list[tuple[int, int, int]] = []
    # Beside the town, not through it: one interchange for each seat.
    gates = seats + draw.normal(0, 2_500, seats.shape)
    base = len(points)
    for gate in gates:
        _, road = tree.query(gate)
        new_ends.append((base + len(more), int(road), _LINK))
        more.append(gate)
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        run = gates[b] - gates[a]
        stops = max(int(np.hypot(*run) // INTERCHANGE_M), 1)
        before = base + a
        for stop in range(1, stops):
            here = gates[a] + run * stop / stops + draw.normal(0, 400, 2)
            _, road = tree.query(here)
            number = base + len(more)
            more.append(here)
            new_ends += [(before, number, _EXPRESSWAY), (number, int(road), _LINK)]
            before = number
        new_ends.append((before, base + b, _EXPRESSWAY))
    added = np.array(new_ends, dtype=np.int64)
    return (
        np.concatenate([points, np.array(more)]),
        (np.r_[ends[0], added[:, 0]], np.r_[ends[1], added[:, 1]]),
        np.r_[kind, added[:, 2]],
        np.r_[oneway, np.zeros(len(added), dtype=bool)],
    )


def _bent(  # noqa: PLR0917  # one after the other, as they are made
    draw: np.random.Generator, points: Any, ends: Any, kind: Any, oneway: Any, nodes: int
) -> tuple[Any, Any, Any, Any]:
    """Bend roads at shape nodes until there are as many nodes as wanted; longer roads get more bends."""
    tail, head = ends
    run = points[head] - points[tail]
    length = np.hypot(*run.T)
    wanted = max(nodes - len(points), 0)
    bends = np.floor(length / length.sum() * wanted + draw.random(len(length))).astype(np.int64)
    owner = np.repeat(np.arange(len(bends)), bends)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(bends) - bends, bends)
    share = (step + 1) / (bends[owner] + 1)
    aside = draw.normal(0, 0.06, len(owner)) * (length[owner] / (bends[owner] + 1))
    across = np.stack([-run[owner, 1], run[owner, 0]], axis=1) / np.maximum(length[owner], 1)[:, None]
    shape = points[tail[owner]] + run[owner] * share[:, None] + across * aside[:, None]
    number = len(points) + np.arange(len(owner))
    before = np.where(step == 0, tail[owner], number - 1)
    last = np.flatnonzero(bends > 0)
    end_of = len(points) + np.cumsum(bends)[last] - 1
    plain = bends == 0
    return (
        np.concatenate([points, shape]),
        (np.r_[before, end_of, tail[plain]], np.r_[number, head[last], head[plain]]),
        np.r_[kind[owner], kind[last], kind[plain]],
        np.r_[oneway[owner], oneway[last], oneway[plain]],
    )


def _network(  # noqa: PLR0917  # one after the other, as they are made
    draw: np.random.Generator, points: Any, ends: Any, kind: Any, oneway: Any, seats: Any
) -> Network:
    tail, head = ends
    length = np.maximum(np.hypot(*(points[tail] - points[head]).T), 1.0) * 1.02
    middle = (points[tail] + points[head]) / 2
    near, _ = cKDTree(seats).query(middle)
    kmh = KMH[kind] * np.where((near < URBAN_M) & (kind != _EXPRESSWAY), URBAN_FACTOR, 1.0)
    # Rows in OSM's manner: tiles of 10 km in random order, random inside; ids rise with the rows.
    tile = (points[:, 0] // 10_000).astype(np.int64) * 1_000 + (points[:, 1] // 10_000).astype(np.int64)
    rank = draw.permutation(int(tile.max()) + 1)[tile]
    order = np.lexsort((draw.random(len(points)), rank))
    place = np.empty(len(points), dtype=np.int64)
    place[order] = np.arange(len(points))
    u, v = np.r_[place[tail], place[head[~oneway]]], np.r_[place[head], place[tail[~oneway]]]
    both = np.r_[np.arange(len(tail)), np.flatnonzero(~oneway)]
    rows = draw.permutation(len(u))
    both = both[rows]
    lon, lat = _degrees(points[order]).T
    along = ~np.isin(kind, (_EXPRESSWAY, _LINK))
    minutes = length / 1000 / kmh * 60
    return Network(
        node_id=np.arange(len(points), dtype=np.int64) * 7 + 1_000,
        lon=np.ascontiguousarray(lon),
        lat=np.ascontiguousarray(lat),
        u=u[rows].astype(np.int32),
        v=v[rows].astype(np.int32),
        length_m=length[both].astype(np.float32),
        speed_kmh=kmh[both].astype(np.float32),
        time_min=minutes[both].astype(np.float32),
        road_class=Coded(kind[both].astype(np.int8), CLASSES),
        along=along[both],
        toll=(kind == _EXPRESSWAY)[both],
        kind="synthetic",
        provenance={"source": "synthetic province", "seed": SEED, "nodes": len(points)},
    )


def _degrees(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lay metres on the globe: flat enough for a benchmark, and lengths are kept as made."""
    lat = SOUTH + points[:, 1] / 111_000
    lon = WEST + points[:, 0] / (111_320 * np.cos(np.radians(SOUTH + HEIGHT_M / 2 / 111_000)))
    return np.stack([lon, lat], axis=1)
