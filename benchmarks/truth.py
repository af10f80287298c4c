"""Brute-force truth for areas: every point against every road in reach, written without any of the library's rooms.

Times at nodes come from scipy on the network edge by edge, the origin's own road from a look at all of them, and the
time at a point is the least over all roads one may leave anywhere of the time along the road plus the straight leg from
the best place to leave it (Snell's law, in closed form). Only the arrays of the network and its access leg are read.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from pyproj import Transformer
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLES = 30_000
_SAME_M = 1e-3


class Truth:
    """Roads of a network for any number of origins."""

    def __init__(self, network: Any) -> None:
        self.network = network
        minutes = np.asarray(network.cost_min, dtype=np.float64)
        self.cost = np.maximum(np.rint(minutes * 60_000), 1.0)
        nodes = len(network.node_id)
        # The quickest of parallel edges; rows are made unique first, because sparse matrices add duplicates up.
        key = network.u.astype(np.int64) * nodes + network.v
        order = np.lexsort((self.cost, key))
        first = order[np.r_[True, np.diff(key[order]) > 0]]
        self.graph = coo_matrix((self.cost[first], (network.u[first], network.v[first])), shape=(nodes, nodes)).tocsr()
        _, part = connected_components(self.graph, directed=True, connection="strong")
        size = np.bincount(part)
        joined = part[network.u] == part[network.v]
        self.usable = np.flatnonzero(joined & (size[part[network.u]] >= 0.1 * size.max()) & network.along)

    def reached(self, lon: float, lat: float, limit_ms: float) -> tuple[NDArray[np.float64], Transformer]:
        """Return stretches of road in reach, (x0, y0, x1, y1, ms at first, ms along), metres round the origin."""
        net, leg = self.network, self.network.access
        plane = f"+proj=aeqd +lat_0={lat} +lon_0={lon} +ellps=GRS80 +units=m"
        way = Transformer.from_crs("EPSG:4490", plane, always_xy=True)
        # Only nodes near enough to matter are projected: two degrees are 180 km.
        near = (np.abs(net.lon - lon) < 2) & (np.abs(net.lat - lat) < 2)
        x, y = np.full(len(net.lon), np.nan), np.full(len(net.lon), np.nan)
        x[near], y[near] = way.transform(net.lon[near], net.lat[near])
        share, away = _feet(*(part[end] for end in (net.u[self.usable], net.v[self.usable]) for part in (x, y)))
        own = np.flatnonzero(away <= np.nanmin(away) + _SAME_M)
        times = np.full(len(net.node_id), np.inf)
        stretches = [(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)]
        for place in own.tolist():
            row, at = int(self.usable[place]), float(share[place])
            spent, rest = round(float(away[place]) * leg.ms_per_m), (1 - at) * self.cost[row]
            u, v = int(net.u[row]), int(net.v[row])
            here = (x[u] + at * (x[v] - x[u]), y[u] + at * (y[v] - y[u]))
            stretches.append((*here, x[v], y[v], spent, rest))
            times = np.minimum(times, spent + rest + dijkstra(self.graph, indices=v, limit=limit_ms))
        tail, head = net.u[net.along], net.v[net.along]
        inside = times[tail] < limit_ms
        tail, head, taken = tail[inside], head[inside], self.cost[net.along][inside]
        rest_of = np.column_stack([x[tail], y[tail], x[head], y[head], times[tail], taken])
        found = np.concatenate([np.array(stretches), rest_of])
        if np.isnan(found).any():
            raise SystemExit("the reach is larger than the truth looks")
        return found, way

    def compare(self, lon: float, lat: float, areas: Any, cutoffs: Any, seed: int) -> list[tuple[float, float]]:
        """Return the shares falsely in and falsely out, of the true area, in percent, of areas in degrees."""
        import shapely

        leg = self.network.access
        limit = max(cutoffs) * 60_000
        roads, way = self.reached(lon, lat, limit)
        draw = np.random.default_rng(seed)
        result = []
        for area, cutoff in zip(areas, cutoffs, strict=True):
            inside = roads[roads[:, 4] < cutoff * 60_000]
            low = np.minimum(inside[:, 0:2], inside[:, 2:4]).min(axis=0) - leg.max_m
            high = np.maximum(inside[:, 0:2], inside[:, 2:4]).max(axis=0) + leg.max_m
            points = draw.uniform(low, high, (SAMPLES, 2))
            points = points[np.argsort(points[:, 0])]
            true = least(points[:, 0].copy(), points[:, 1].copy(), inside, leg.ms_per_m, leg.max_m) <= cutoff * 60_000
            there = way.transform(points[:, 0], points[:, 1], direction="INVERSE")
            found = shapely.contains_xy(area, *there)
            result.append(
                (100 * float((found & ~true).sum() / true.sum()), 100 * float((true & ~found).sum() / true.sum()))
            )
        return result


def _feet(x0: Any, y0: Any, x1: Any, y1: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where on each road the point nearest to the origin of the plane lies, and how far off it is."""
    dx, dy = x1 - x0, y1 - y0
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(-(x0 * dx + y0 * dy) / (dx * dx + dy * dy), 0, 1)
    away = np.hypot(x0 + share * dx, y0 + share * dy)
    return share, np.where(np.isnan(away), np.inf, away)


@numba.njit(cache=True)
def least(px: Any, py: Any, roads: Any, slow: float, farthest: float) -> Any:
    """Return the least time at each point (points sorted by x) over all roads."""
    out = np.full(len(px), np.inf)
    for number in range(len(roads)):
        x0, y0, x1, y1, begin, taken = roads[number]
        length = math.hypot(x1 - x0, y1 - y0)
        ux, uy = ((x1 - x0) / length, (y1 - y0) / length) if length > 0 else (1.0, 0.0)
        pace = taken / length if length > 0 else math.inf
        # On the road it is left where the leg makes this angle with it: sin = pace / slow.
        tangent = pace / math.sqrt(slow * slow - pace * pace) if pace < slow else math.inf
        low, high = min(y0, y1) - farthest, max(y0, y1) + farthest
        place = np.searchsorted(px, min(x0, x1) - farthest)
        while place < len(px) and px[place] <= max(x0, x1) + farthest:
            if low <= py[place] <= high:
                along = (px[place] - x0) * ux + (py[place] - y0) * uy
                across = abs((py[place] - y0) * ux - (px[place] - x0) * uy)
                if across <= farthest:
                    back = math.sqrt(farthest * farthest - across * across)
                    if tangent < math.inf:
                        back = min(back, across * tangent)
                    leave = min(max(along - back, 0.0), length)
                    leg = math.hypot(along - leave, across)
                    if leg <= farthest * (1 + 1e-9):
                        spent = begin + (leave * pace if leave > 0 else 0.0) + leg * slow
                        out[place] = min(out[place], spent)
            place += 1
    return out
