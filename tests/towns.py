"""Toy road networks for tests, drawn as a few lines of ASCII map.

Letters are nodes, every other sign is decoration. One character is `metres` wide and one line `metres` high; the top
line is the north. Roads are listed beside the map with their speed and what else matters. Positions are taken in a
metric plane round a spot in Qinghai, far from any coast, so distances on the map are distances on the ground.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import MultiPoint, Point, Polygon, box

from urbangeo.language.crs import CGCS2000, local_metric
from urbangeo.sources.network import AccessLeg, Network, check_network

HERE = (101.0, 36.0)
"""Longitude and latitude of the middle of every map."""

PLANE = local_metric(*HERE)

WALK = AccessLeg(speed_kmh=6.0, circuity=1.2, max_m=2_000.0)
"""6 km/h over 1.2 times the straight line: 5 km/h of straight line, 12 min/km."""

PLAIN = gpd.GeoSeries([box(95.0, 31.0, 107.0, 41.0)], crs=CGCS2000)
"""Land all round: no toy reaches its edge."""


@dataclass(frozen=True)
class Road:
    """A chain of edges through the named nodes, both ways unless `oneway`."""

    way: str | Sequence[str]
    kmh: float = 60.0
    access: Literal["along", "ends_only"] = "along"
    toll: bool = False
    oneway: bool = False
    length_m: float | None = None
    road_class: str = "road"


@dataclass(frozen=True)
class Town:
    """A network, and where its nodes lie in metres from the middle of the map (x east, y north)."""

    network: Network
    xy: Mapping[str, tuple[float, float]]

    def spot(self, node: str, *, east: float = 0.0, north: float = 0.0) -> Point:
        """Place so many metres from a node, in degrees."""
        x, y = self.xy[node]
        return point(x + east, y + north)

    def star(self) -> gpd.GeoDataFrame:
        """Frame of one origin in the middle of the map."""
        return origins({"star": point(0, 0)})

    def at(self, node: str, *, east: float = 0.0, north: float = 0.0) -> gpd.GeoDataFrame:
        """Frame of one origin, named after its node."""
        return origins({node: self.spot(node, east=east, north=north)})

    def minutes(self, times: pd.DataFrame, *, digits: int = 3) -> dict[str, float]:
        """Minutes by node from the frame of one origin."""
        values = times.droplevel("origin_id")["time_min"]
        return {str(node): round(float(value), digits) for node, value in values.items()}


def degrees(xy: Sequence[tuple[float, float]]) -> gpd.GeoSeries:
    """Turn metres of the map into points in degrees."""
    points = np.array(xy, dtype=float)
    return gpd.GeoSeries(gpd.points_from_xy(points[:, 0], points[:, 1]), crs=PLANE).to_crs(CGCS2000)


def point(x: float, y: float) -> Point:
    """Turn one place in metres of the map into degrees."""
    here = degrees([(x, y)])
    return Point(here.x.iloc[0], here.y.iloc[0])


def metres(geometry: Any) -> Any:
    """Turn a geometry in degrees into metres of the map."""
    return gpd.GeoSeries([geometry], crs=CGCS2000).to_crs(PLANE).iloc[0]


def origins(places: Mapping[str, Point | MultiPoint]) -> gpd.GeoDataFrame:
    """Frame of origins from points in degrees."""
    index = pd.Index(list(places), name="origin_id", dtype=object)
    return gpd.GeoDataFrame({"name": list(places)}, geometry=list(places.values()), index=index, crs=CGCS2000)


def ground(*shapes: Polygon) -> gpd.GeoSeries:
    """Land polygons given in metres of the map, in degrees."""
    return gpd.GeoSeries(list(shapes), crs=PLANE).segmentize(1_000).to_crs(CGCS2000)


def town(
    drawing: str,
    *roads: Road,
    metres: float = 1_000.0,
    kinds: Mapping[str, str] | None = None,
    toll_min: float = 0.0,
    access: AccessLeg = WALK,
    middle: str | None = None,
) -> Town:
    """Read an ASCII map: letters are nodes, `metres` a character in both directions.

    A star marks the middle of the map, or `middle` names the node that lies there; else it is the middle of all nodes.
    Seen from the middle, distances on the ground are those of the map to the millimetre; seen from elsewhere, the plane
    is turned a little (0.05° in 10 km).
    """
    lines = drawing.strip("\n").splitlines()
    found = {sign: (x, y) for y, line in enumerate(lines) for x, sign in enumerate(line) if sign.isalpha()}
    assert sum(sign.isalpha() for line in lines for sign in line) == len(found), "a letter stands twice on the map"
    columns, rows = zip(*found.values(), strict=True)
    x0, y0 = (min(columns) + max(columns)) / 2, (min(rows) + max(rows)) / 2
    stars = [(line.index("*"), y) for y, line in enumerate(lines) if "*" in line]
    if stars or middle is not None:
        x0, y0 = stars[0] if middle is None else found[middle]
    xy = {node: ((x - x0) * metres, (y0 - y) * metres) for node, (x, y) in found.items()}
    return town_of(xy, *roads, kinds=kinds, toll_min=toll_min, access=access)


def town_of(
    xy: Mapping[str, tuple[float, float]],
    *roads: Road,
    kinds: Mapping[str, str] | None = None,
    toll_min: float = 0.0,
    access: AccessLeg = WALK,
) -> Town:
    """Build a town from positions in metres."""
    rows = []
    for road in roads:
        for u, v in pairwise(road.way):
            length = (
                float(np.hypot(xy[u][0] - xy[v][0], xy[u][1] - xy[v][1])) if road.length_m is None else road.length_m
            )
            for tail, head in ((u, v),) if road.oneway else ((u, v), (v, u)):
                rows.append(
                    {
                        "u": tail,
                        "v": head,
                        "length_m": length,
                        "speed_kmh": float(road.kmh),
                        "time_min": length / 1_000 / road.kmh * 60,
                        "road_class": road.road_class,
                        "road_name": f"{u}{v}",
                        "road_code": "",
                        "access": road.access,
                        "toll": road.toll,
                        "length_basis": "drawn",
                        "source": "toy",
                    }
                )
    edges = pd.DataFrame(rows)
    edges["key"] = edges.groupby(["u", "v"]).cumcount()
    nodes = gpd.GeoDataFrame(
        {"kind": [(kinds or {}).get(node, "junction") for node in xy], "name": list(xy)},
        geometry=degrees(list(xy.values())).to_numpy(),
        index=pd.Index(list(xy), name="node_id"),
        crs=CGCS2000,
    )
    edges = edges.set_index(["u", "v", "key"])
    check_network(nodes, edges)
    return Town(Network.from_frames(nodes, edges, kind="toy", toll_min=toll_min, access=access), dict(xy))


def reversed_network(network: Network) -> Network:
    """Turn every edge round."""
    edges = network.edges.reset_index().rename(columns={"u": "v", "v": "u"})
    edges["key"] = edges.groupby(["u", "v"]).cumcount()
    return network.with_frames(edges=edges.set_index(["u", "v", "key"]))


def slower_network(network: Network, factor: float) -> Network:
    """Divide every speed of the network by a factor, tolls and access leg included."""
    leg = network.access
    edges = network.edges.assign(
        speed_kmh=network.edges["speed_kmh"] / factor, time_min=network.edges["time_min"] * factor
    )
    return replace(
        network.with_frames(edges=edges),
        toll_min=network.toll_min * factor,
        access=AccessLeg(leg.speed_kmh / factor, leg.circuity, leg.max_m),
    )


def shuffled_network(network: Network, seed: int) -> Network:
    """Put nodes and edges in another order."""
    draw = np.random.default_rng(seed)
    return network.with_frames(
        nodes=network.nodes.iloc[draw.permutation(len(network.nodes))],
        edges=network.edges.iloc[draw.permutation(len(network.edges))],
    )


def random_town(seed: int, *, nodes: int = 7, extra: int = 4, side_m: float = 12_000.0) -> Town:
    """Connected town with two-way roads of all kinds in a square; the road A–B may always be left anywhere.

    Positions, speeds and access legs are drawn as real numbers, so that no two ways take the same time by chance.
    """
    draw = np.random.default_rng(seed)
    names = [chr(ord("A") + number) for number in range(nodes)]
    xy = {
        name: (float(x), float(y))
        for name, (x, y) in zip(names, draw.uniform(-side_m / 2, side_m / 2, (nodes, 2)), strict=True)
    }
    pairs = [(names[int(draw.integers(number))], names[number]) for number in range(1, nodes)]
    every = [(u, v) for number, u in enumerate(names) for v in names[number + 1 :] if (u, v) not in pairs]
    pairs += [every[int(number)] for number in draw.choice(len(every), size=min(extra, len(every)), replace=False)]
    roads = [
        Road(
            pair,
            kmh=float(draw.uniform(8, 100)),
            access="along" if pair == ("A", "B") or draw.random() < 0.7 else "ends_only",
        )
        for pair in pairs
    ]
    kinds = {name: "interchange" for name in names if draw.random() < 0.3}
    access = AccessLeg(float(draw.uniform(4, 40)), float(draw.uniform(1.0, 1.5)), float(draw.uniform(800, 4_000)))
    return town_of(xy, *roads, kinds=kinds, access=access)
