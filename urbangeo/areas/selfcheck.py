"""A second opinion: random points timed by another way than the surface and polygons were made, and compared.

Nothing computed on the compiled graph, the link table or the surface is used, only what was agreed: how near a place is
on a road or at a junction, what an island is, how wide the shore is. Roads come from the network edge by edge, times
from a textbook search with a heap, the best place to leave each road from a search for the least of a convex function,
and water from the land polygons themselves.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.areas.graph.compiled import SMALL_COMPONENT
from urbangeo.areas.ground.surface import SHORE_TOLERANCE_M, known_crs
from urbangeo.areas.snapping import AT_NODE_M, KEPT_M
from urbangeo.errors import InputError, SnapError
from urbangeo.language.crs import CGCS2000, local_metric
from urbangeo.sources.network import landing_nodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from shapely import MultiPoint, Point

    from urbangeo.areas.ground.surface import TravelTimeSurface
    from urbangeo.sources.network import AccessLeg, Network

_GOLDEN = (5**0.5 - 1) / 2
_GOLDEN_STEPS = 48
"""Each step leaves 62 % of the road: after 48 less than a micrometre of 10 km."""


def verify(
    network: Network,
    origin: Point | MultiPoint,
    areas: Sequence[Any],
    cutoffs: Sequence[float],
    *,
    surface: TravelTimeSurface | None = None,
    access: AccessLeg | None = None,
    direction: str = "from",
    land: gpd.GeoSeries | None = None,
    n: int = 1_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare areas and a surface with random points timed directly.

    Points are drawn evenly over the box round all areas and all that can truly be reached. A point is *falsely in*
    where the area holds it and its time is beyond the cutoff, *falsely out* the other way round; shares are of the true
    area.

    Parameters
    ----------
    network : Network
        Roads.
    origin : shapely.Point or shapely.MultiPoint
        Where the areas begin, EPSG:4490.
    areas : sequence of shapely geometry
        One a cutoff, EPSG:4490.
    cutoffs : sequence of float
        Minutes.
    surface : TravelTimeSurface, optional
        To be compared too.
    access : AccessLeg, optional
        The leg the areas were made with; by default the network's own.
    direction : {"from", "to"}, default "from"
        As the areas were made.
    land : geopandas.GeoSeries, optional
        The land the areas were made with.
    n : int, default 1000
        Number of points.
    seed : int, default 0
        The same seed draws the same points.

    Returns
    -------
    pandas.DataFrame
        Index cutoff_min; n, seed, true_points, false_in_share, false_out_share, share_uncertainty (half the width of
        the 95 % interval of their sum, from the number of points alone), and mean_error_min and max_error_min of the
        surface at points truly within the cutoff (NaN without a surface).

    Raises
    ------
    InputError
        If there are no points, no cutoffs, or not one area a cutoff, or all areas are empty.
    SnapError
        If the origin is too far from every road.
    """
    import geopandas as gpd
    import pandas as pd
    import shapely

    if n < 1 or len(areas) == 0 or len(areas) != len(cutoffs):
        msg = f"n={n}, {len(areas)} areas, {len(cutoffs)} cutoffs: expected points, and one area for each cutoff."
        raise InputError(msg)
    bounds = shapely.total_bounds(np.asarray(list(areas), dtype=object))
    if np.isnan(bounds).any():
        msg = "All areas are empty; there is nothing to compare with."
        raise InputError(msg)
    leg = access or network.access
    crs = local_metric(origin.centroid.x, origin.centroid.y)
    limit = max(cutoffs) * 60_000
    pieces = _reached(_Roads(network, direction, crs), origin, leg, limit)
    # Not round the areas alone: what they leave out must be seen too.
    box = gpd.GeoSeries([shapely.segmentize(shapely.box(*bounds), 0.05)], crs=CGCS2000).to_crs(crs).total_bounds
    ends, reach = pieces[:, :4].reshape(-1, 2), min(leg.max_m, limit / leg.ms_per_m)
    low, high = np.minimum(box[:2], ends.min(axis=0) - reach), np.maximum(box[2:], ends.max(axis=0) + reach)
    xy = np.random.default_rng(seed).uniform(low, high, (n, 2))
    truth = _least(pieces, xy, leg, limit, land=land, crs=crs) / 60_000
    points = gpd.GeoSeries(gpd.points_from_xy(xy[:, 0], xy[:, 1]), crs=crs)
    degrees = points.to_crs(CGCS2000)
    if land is not None:
        # Legs keep to the shore within its tolerance, areas end at the shore itself.
        at_land = points.to_crs(known_crs(land))
        truth = np.where(shapely.contains_xy(shapely.union_all(np.asarray(land)), at_land.x, at_land.y), truth, np.inf)
    read = surface.sample(points) if surface is not None else np.full(n, np.nan)
    rows = []
    for cutoff, area in zip(cutoffs, areas, strict=True):
        inside, within = shapely.contains_xy(area, degrees.x, degrees.y), truth <= cutoff
        true_points = int(within.sum())
        wrong = int((inside != within).sum())
        missed = np.abs(read - truth)[within & np.isfinite(read)]
        rows.append(
            {
                "cutoff_min": float(cutoff),
                "n": n,
                "seed": seed,
                "true_points": true_points,
                "false_in_share": float((inside & ~within).sum() / true_points) if true_points else np.nan,
                "false_out_share": float((within & ~inside).sum() / true_points) if true_points else np.nan,
                # Even without a single wrong point the share may be some three in so many.
                "share_uncertainty": float(max(1.96 * wrong**0.5, 3.0) / true_points) if true_points else np.nan,
                "mean_error_min": float(missed.mean()) if len(missed) else np.nan,
                "max_error_min": float(missed.max()) if len(missed) else np.nan,
            }
        )
    return pd.DataFrame(rows).set_index("cutoff_min")


def small_print(checked: pd.DataFrame) -> str:
    """Say in one Chinese line how the areas stood the check, for a map's small print and the manifest.

    Parameters
    ----------
    checked : pandas.DataFrame
        As :func:`verify` returns it.

    Returns
    -------
    str
        For the largest cutoff: number of points, both shares, and how well they are known.
    """
    last = checked.iloc[-1]
    return (
        f"自检：{int(last['n']):,} 个随机点直接计算最短路对照，{checked.index[-1]:g} 分钟圈误纳 "
        f"{last['false_in_share']:.1%}、漏算 {last['false_out_share']:.1%}"
        f"（占实际面积，±{last['share_uncertainty']:.1%}）"
    )


class _Roads:
    """Edges in the direction of search, with their lines in metres."""

    def __init__(self, network: Network, direction: str, crs: str) -> None:
        from pyproj import Transformer

        outward = direction == "from"
        self.network = network
        self.outward = outward
        self.project = Transformer.from_crs(CGCS2000, crs, always_xy=True).transform
        self.tail, self.head = (network.u, network.v) if outward else (network.v, network.u)
        self.cost = np.maximum(np.rint(np.asarray(network.cost_min, dtype=np.float64) * 60_000), 1)
        self.landing = landing_nodes(network)
        nodes = len(network.node_id)
        self.out_order = np.argsort(self.tail, kind="stable")
        self.out_start = np.searchsorted(self.tail[self.out_order], np.arange(nodes + 1))
        self.has = np.zeros((2, nodes), dtype=bool)
        self.has[0] |= self.landing
        for end in (self.tail, self.head):
            self.has[0, end[~network.toll]] = True
            self.has[1, end[network.toll]] = True

    def lines(self, rows: NDArray[np.int64]) -> list[NDArray[np.float64]]:
        """Corners of edges in metres, in the direction of search."""
        import shapely

        coordinates, owner = shapely.get_coordinates(self.network.geometry(rows), return_index=True)
        x, y = self.project(coordinates[:, 0], coordinates[:, 1])
        parts = np.split(np.stack([x, y], axis=1), np.flatnonzero(np.diff(owner)) + 1) if len(owner) else []
        return [part if self.outward else part[::-1] for part in parts]

    def usable(self) -> NDArray[np.bool_]:
        """Edges a place may be joined to: ones that may be left anywhere, in a large strongly connected component."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        nodes = len(self.network.node_id)
        arcs = coo_matrix((np.ones(len(self.tail)), (self.tail, self.head)), shape=(nodes, nodes))
        _, part = connected_components(arcs.tocsr(), directed=True, connection="strong")
        size = np.bincount(part)
        inside = (part[self.tail] == part[self.head]) & (size[part[self.tail]] >= SMALL_COMPONENT * size.max())
        return np.asarray(inside & self.network.along)


def _shares(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the way at every corner of a line."""
    run = np.r_[0.0, np.cumsum(np.hypot(*np.diff(line, axis=0).T))]
    return run / run[-1] if run[-1] > 0 else np.linspace(0, 1, len(run))


def _reached(roads: _Roads, origin: Point | MultiPoint, access: AccessLeg, limit: float) -> NDArray[np.float64]:
    """Search with a heap, and list all pieces one may leave: x0, y0, x1, y1, time at the start, time taken."""
    found: list[tuple[float, ...]] = []
    sources: list[tuple[float, tuple[int, int]]] = []
    usable = np.flatnonzero(roads.usable())
    for place in getattr(origin, "geoms", [origin]):
        x, y = roads.project(place.x, place.y)
        found.append((x, y, x, y, 0.0, 0.0))
        _join(roads, usable, np.array([x, y]), access, sources=sources, found=found)
    times: dict[tuple[int, int], float] = {}
    queue = list(sources)
    heapq.heapify(queue)
    toll_ms = round(roads.network.toll_min * 60_000)
    toll, has = roads.network.toll, roads.has
    while queue:
        spent, (node, side) = heapq.heappop(queue)
        if (node, side) in times or spent > limit:
            continue
        times[node, side] = spent
        if has[1 - side, node]:
            heapq.heappush(queue, (spent + toll_ms, (node, 1 - side)))
        for edge in roads.out_order[roads.out_start[node] : roads.out_start[node + 1]].tolist():
            if int(toll[edge]) == side:
                heapq.heappush(queue, (spent + float(roads.cost[edge]), (int(roads.head[edge]), side)))
    rows: list[int] = []
    begun: list[float] = []
    landed: list[tuple[int, float]] = []
    for (node, side), spent in times.items():
        if side == 0 and roads.landing[node]:
            landed.append((node, spent))
        for edge in roads.out_order[roads.out_start[node] : roads.out_start[node + 1]].tolist():
            if int(toll[edge]) == side and roads.network.along[edge]:
                rows.append(edge)
                begun.append(spent)
    parts = [np.array(found, dtype=np.float64)]
    if landed:
        nodes = np.array([node for node, _ in landed])
        x, y = roads.project(roads.network.lon[nodes], roads.network.lat[nodes])
        parts.append(np.column_stack([x, y, x, y, [spent for _, spent in landed], np.zeros(len(x))]))
    if rows:
        parts.append(_laid_out(roads.lines(np.array(rows, dtype=np.int64)), np.array(begun), roads.cost[rows]))
    return np.concatenate(parts)


def _laid_out(
    lines: list[NDArray[np.float64]], begun: NDArray[np.float64], cost: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Cut lines into straight pieces; time runs evenly with length."""
    corners = np.array([len(line) for line in lines])
    points = np.concatenate(lines)
    owner = np.repeat(np.arange(len(lines)), corners)
    inside = owner[1:] == owner[:-1]
    first, last, whose = points[:-1][inside], points[1:][inside], owner[1:][inside]
    length = np.hypot(*(last - first).T)
    total = np.bincount(whose, weights=length, minlength=len(lines))
    share = np.where(total[whose] > 0, length / np.where(total > 0, total, 1.0)[whose], 1.0 / (corners[whose] - 1))
    run = np.cumsum(share)
    before = run - share
    before -= np.repeat(before[np.r_[True, whose[1:] != whose[:-1]]], corners - 1)
    return np.column_stack([first, last, begun[whose] + before * cost[whose], share * cost[whose]])


def _join(
    roads: _Roads,
    usable: NDArray[np.int64],
    point: NDArray[np.float64],
    access: AccessLeg,
    *,
    sources: list[tuple[float, tuple[int, int]]],
    found: list[tuple[float, ...]],
) -> None:
    """Join a place to the nearest point of the nearest roads, and go both ways from there."""
    import shapely

    # Only lines whose ends lie near in degrees are drawn in metres; a line is never longer than its edge says.
    network = roads.network
    x, y = roads.project(network.lon, network.lat)
    reach = np.hypot(x[roads.tail[usable]] - point[0], y[roads.tail[usable]] - point[1])
    near = usable[reach <= access.max_m + 1.5 * network.length_m[usable] + 1_000]
    lines = roads.lines(near)
    drawn = np.array([shapely.LineString(line) for line in lines], dtype=object)
    distance = shapely.distance(drawn, shapely.Point(point)) if len(drawn) else np.array([np.inf])
    least = float(distance.min())
    if least > access.max_m:
        msg = (
            f"The origin is {least / 1000:.1f} km from the nearest road one can enter, more than the largest access "
            f"leg of {access.max_m / 1000:g} km; choose a place nearer to a road or a larger access distance."
        )
        raise SnapError(msg)
    spent = float(round(least * access.ms_per_m)) if least > KEPT_M else 0.0
    for number in np.flatnonzero(distance <= least + KEPT_M).tolist():
        edge, line = int(near[number]), lines[number]
        at = float(shapely.line_locate_point(drawn[number], shapely.Point(point)))
        length = float(drawn[number].length)
        for node, away in ((int(roads.tail[edge]), at), (int(roads.head[edge]), length - at)):
            if away <= AT_NODE_M:
                sources.append((spent, (node, 0 if roads.has[0, node] else 1)))
                break
        else:
            share = at / length
            taken = (1 - share) * float(roads.cost[edge])
            sources.append((spent + round(taken), (int(roads.head[edge]), int(network.toll[edge]))))
            rest = np.vstack([drawn[number].interpolate(at).coords[0], line[_shares(line) > share]])
            when = spent + _shares(rest) * taken
            found += [(*rest[k], *rest[k + 1], when[k], when[k + 1] - when[k]) for k in range(len(rest) - 1)]


def _least(
    pieces: NDArray[np.float64],
    xy: NDArray[np.float64],
    access: AccessLeg,
    limit: float,
    *,
    land: gpd.GeoSeries | None,
    crs: str,
) -> NDArray[np.float64]:
    """Return the least milliseconds at points over all places to leave all pieces."""
    import shapely

    lines = np.asarray(shapely.linestrings(pieces[:, :4].reshape(-1, 2, 2)), dtype=object)
    tree = shapely.STRtree(lines)
    at, piece = tree.query(shapely.points(xy), predicate="dwithin", distance=access.max_m)
    leg, spent, px, py = _best_exits(pieces[piece], xy[at], access)
    total = spent + leg * access.ms_per_m
    best = np.full(len(xy), np.inf)
    shore = None if land is None else _shore(land, xy, pieces, crs)
    if shore is None:
        np.minimum.at(best, at, np.where(total <= limit, total, np.inf))
        return best
    order = np.lexsort((total, at))
    for number in order[total[order] <= limit].tolist():
        point = at[number]
        if total[number] < best[point]:
            way = shapely.LineString([(px[number], py[number]), xy[point]])
            if shore.covers(way):
                best[point] = total[number]
    return best


def _best_exits(
    pieces: NDArray[np.float64], xy: NDArray[np.float64], access: AccessLeg
) -> tuple[NDArray[np.float64], ...]:
    """Find where each piece is left to be quickest at each point: the time is convex along a straight road."""
    start, run = pieces[:, 0:2], pieces[:, 2:4] - pieces[:, 0:2]
    length2 = np.maximum((run**2).sum(axis=1), 1e-12)
    foot = ((xy - start) * run).sum(axis=1) / length2
    aside2 = ((xy - start - foot[:, None] * run) ** 2).sum(axis=1)
    # Shares of the piece from which the leg is not too long.
    half = np.sqrt(np.maximum(access.max_m**2 - aside2, 0.0) / length2)
    low, high = np.clip(foot - half, 0, 1), np.clip(foot + half, 0, 1)

    def time(share: NDArray[np.float64]) -> NDArray[np.float64]:
        leg = np.sqrt((foot - share) ** 2 * length2 + aside2)
        return np.asarray(pieces[:, 4] + share * pieces[:, 5] + leg * access.ms_per_m)

    for _ in range(_GOLDEN_STEPS):
        one, two = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        first = time(one) <= time(two)
        high, low = np.where(first, two, high), np.where(first, low, one)
    share = (low + high) / 2
    leg = np.sqrt((foot - share) ** 2 * length2 + aside2)
    exit_at = start + share[:, None] * run
    return leg, pieces[:, 4] + share * pieces[:, 5], exit_at[:, 0], exit_at[:, 1]


def _shore(land: gpd.GeoSeries, xy: NDArray[np.float64], pieces: NDArray[np.float64], crs: str) -> Any:
    """Return the land, widened by the shore tolerance, in metres; None where no water is near."""
    import geopandas as gpd
    import shapely

    everything = np.concatenate([xy, pieces[:, 0:2], pieces[:, 2:4]])
    box = shapely.box(*everything.min(axis=0), *everything.max(axis=0)).buffer(2 * SHORE_TOLERANCE_M)
    frame = gpd.GeoSeries([shapely.segmentize(box, 10_000)], crs=crs).to_crs(known_crs(land))
    near = gpd.GeoSeries(shapely.intersection(np.asarray(land), shapely.box(*frame.total_bounds)), crs=land.crs)
    wide = shapely.union_all(near.to_crs(crs).buffer(SHORE_TOLERANCE_M).to_numpy())
    shapely.prepare(wide)
    return None if wide.covers(box.buffer(-2 * SHORE_TOLERANCE_M)) else wide
