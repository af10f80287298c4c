"""Points along roads, at which a raster or a layer of areas is asked what lies there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from urbangeo.sources.network.model import DEGREE, Network

EVERY_M = 1000.0
"""A road is looked at once for every started kilometre."""

_MOST_POINTS = 100
_LINES_AT_ONCE = 200_000


@dataclass(frozen=True, eq=False)
class PointsAlong:
    """Points along the roads of a network; both directions of a road have the same.

    Attributes
    ----------
    lon, lat : numpy.ndarray of float, shape (points,)
        Degrees.
    road : numpy.ndarray of int64, shape (points,)
        The road of each point.
    road_of_edge : numpy.ndarray of int64, shape (edges,)
        The road of each edge.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    road: NDArray[np.int64]
    road_of_edge: NDArray[np.int64]

    def mean_of_edges(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Average over each edge what was found at its points.

        Parameters
        ----------
        values : numpy.ndarray of float, shape (points,)
            NaN where nothing is known.

        Returns
        -------
        numpy.ndarray of float, shape (edges,)
            NaN where less than half of the points are known.
        """
        roads = int(self.road_of_edge.max(initial=-1)) + 1
        known = ~np.isnan(values)
        points = np.bincount(self.road, minlength=roads)
        seen = np.bincount(self.road[known], minlength=roads)
        total = np.bincount(self.road[known], weights=values[known], minlength=roads)
        mean = np.full(roads, np.nan)
        enough = (seen > 0) & (2 * seen >= points)
        mean[enough] = total[enough] / seen[enough]
        return np.asarray(mean[self.road_of_edge])


def points_along(network: Network) -> PointsAlong:
    """Spread points along every road: one for every started kilometre, in the middle of equal parts.

    Parameters
    ----------
    network : Network
        Any network.

    Returns
    -------
    PointsAlong
        At least one point a road, at most a hundred.
    """
    line = np.full(len(network.u), -1) if network.shapes is None else network.shapes.line
    straight = line < 0
    which = np.empty(len(network.u), dtype=np.int64)
    lines, which[~straight] = np.unique(line[~straight], return_inverse=True)
    u, v = network.u[straight].astype(np.int64), network.v[straight].astype(np.int64)
    pairs, place = np.unique(np.minimum(u, v) * len(network.node_id) + np.maximum(u, v), return_inverse=True)
    which[straight] = place + len(lines)
    parts = [*_bent(network, lines), *_straight(network, pairs, len(lines))]
    if not parts:
        return PointsAlong(np.empty(0), np.empty(0), np.empty(0, dtype=np.int64), which)
    lon, lat, owner = (np.concatenate(column) for column in zip(*parts, strict=True))
    return PointsAlong(lon, lat, owner, which)


def _bent(network: Network, lines: NDArray[Any]) -> Iterator[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]:
    if network.shapes is None:
        return
    for start in range(0, len(lines), _LINES_AT_ONCE):
        chosen = lines[start : start + _LINES_AT_ONCE]
        first = network.shapes.offsets[chosen]
        count = network.shapes.offsets[chosen + 1] - first
        owner = np.repeat(np.arange(len(count)), count)
        step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        points = network.shapes.points[first[owner] + step] / DEGREE
        lon, lat, road = _along(points[:, 0], points[:, 1], count)
        yield lon, lat, road + start


def _straight(
    network: Network, pairs: NDArray[Any], before: int
) -> Iterator[tuple[NDArray[Any], NDArray[Any], NDArray[Any]]]:
    for start in range(0, len(pairs), _LINES_AT_ONCE):
        ends = np.stack(np.divmod(pairs[start : start + _LINES_AT_ONCE], len(network.node_id)), axis=1).ravel()
        lon, lat, road = _along(network.lon[ends], network.lat[ends], np.full(len(ends) // 2, 2))
        yield lon, lat, road + start + before


def _along(
    lon: NDArray[Any], lat: NDArray[Any], count: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.int64]]:
    """Spread points evenly along lines: one for every started kilometre, the first and last half a step inside."""
    last = np.cumsum(count) - 1
    first = last - count + 1
    middle = np.radians((lat[1:] + lat[:-1]) / 2)
    # Metres to a few per mille, which is enough to space points.
    step = np.hypot(np.diff(lon) * np.cos(middle), np.diff(lat)) * 111_320.0
    way = np.concatenate([[0.0], np.cumsum(step)])
    length = way[last] - way[first]
    many = np.clip(np.ceil(length / EVERY_M), 1, _MOST_POINTS).astype(np.int64)
    road = np.repeat(np.arange(len(count)), many)
    number = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    target = way[first[road]] + (number + 0.5) / many[road] * length[road]
    before = np.clip(
        np.searchsorted(way, target, side="right") - 1, first[road], np.maximum(last[road] - 1, first[road])
    )
    after = np.minimum(before + 1, last[road])
    gap = way[after] - way[before]
    part = np.divide(target - way[before], gap, out=np.zeros(len(target)), where=gap > 0)
    return lon[before] + part * (lon[after] - lon[before]), lat[before] + part * (lat[after] - lat[before]), road
