"""The places that need a look, as points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.answers.fitness.figures import number
from urbangeo.answers.fitness.measures import DETOUR_M
from urbangeo.language.crs import CGCS2000

if TYPE_CHECKING:
    from collections.abc import Iterator

    import geopandas as gpd
    from numpy.typing import NDArray

    from urbangeo.answers.fitness.found import Found
    from urbangeo.sources.network import Network

PROBLEM_ZH: dict[str, str] = {
    "gap": "断头路近路未接",
    "island": "孤立路段",
    "no_way_out": "只进不出",
    "no_way_in": "只出不进",
    "duplicate": "重复路段",
    "self_loop": "自环",
    "too_short": "里程短于直线",
    "speed": "车速异常",
}
"""Kinds of problem points, in the order in which they are listed."""

Place = tuple[str, float, float, float, str]
"""Kind, longitude, latitude, size, and what is said of it."""

_LARGEST_FIRST = ("island", "no_way_out", "no_way_in", "duplicate", "self_loop", "speed")
"""Kinds of which the largest are the worst; of gaps and of lengths too short it is the smallest."""


def problem_points(found: Found) -> gpd.GeoDataFrame:
    """List every place that needs a look, as points.

    Parameters
    ----------
    found : Found
        What was measured.

    Returns
    -------
    geopandas.GeoDataFrame
        As ``NetworkReport.problems``.
    """
    import geopandas as gpd
    import pandas as pd

    rows = [
        {
            "kind": kind,
            "name_zh": PROBLEM_ZH[kind],
            "note_zh": f"{PROBLEM_ZH[kind]}：{note}",
            "lon": lon,
            "lat": lat,
            "size": size,
        }
        for kind, lon, lat, size, note in _problem_places(found)
    ]
    frame = pd.DataFrame(rows, columns=["kind", "name_zh", "note_zh", "lon", "lat", "size"])
    frame = frame.astype({"lon": "float64", "lat": "float64", "size": "float64"})
    rank = {kind: place for place, kind in enumerate(PROBLEM_ZH)}
    frame = frame.assign(rank=frame["kind"].map(rank)).sort_values(["rank", "lon", "lat", "size"], kind="stable")
    frame = frame.drop(columns="rank").reset_index(drop=True)
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs=CGCS2000)


def worst_first(problems: gpd.GeoDataFrame, kind: str) -> gpd.GeoDataFrame:
    """Sort problem points of one kind, so that a few of them say most.

    Parameters
    ----------
    problems : geopandas.GeoDataFrame
        Points of one kind, as in ``NetworkReport.problems``; they are not changed.
    kind : str
        The kind, a key of :data:`PROBLEM_ZH`.

    Returns
    -------
    geopandas.GeoDataFrame
        The same points, the worst first; of equals the western one first, as they came.
    """
    return problems.sort_values("size", ascending=kind not in _LARGEST_FIRST, kind="stable")


def _problem_places(found: Found) -> Iterator[Place]:
    network = found.network
    for node, gap in zip(found.gaps.node.tolist(), found.gaps.gap_m.tolist(), strict=True):
        note = f"端点距另一条路 {number(gap)} 米，未相接，绕行至少 {DETOUR_M:g} 米"
        yield "gap", float(network.lon[node]), float(network.lat[node]), gap, note
    yield from _group_places(found, "island", (found.weak.label >= found.weak.main), "与主要路网不相连")
    yield from _group_places(found, "no_way_out", found.traps.no_way_out, "可驶入而不能驶回主要路网")
    yield from _group_places(found, "no_way_in", found.traps.no_way_in, "可驶出而不能由主要路网驶入")
    metres = network.length_m
    loops = found.pieces[network.u[found.pieces] == network.v[found.pieces]]
    yield from _edge_places(network, "duplicate", found.duplicates, metres, "同一路段重复，长 {} 米")
    yield from _edge_places(network, "self_loop", loops, metres, "起止于同一点，长 {} 米")
    short = found.roads[found.too_short]
    share = 100.0 * metres[short] / found.straight_m[found.too_short]
    yield from _edge_places(network, "too_short", short, share, "里程仅为两端直线距离的 {} %", per_row=True)
    strange = found.roads[found.strange_speed]
    yield from _edge_places(network, "speed", strange, network.speed_kmh, "平均车速 {} 公里/小时")


def _edge_places(
    network: Network, kind: str, rows: NDArray[Any], sizes: NDArray[Any], note: str, *, per_row: bool = False
) -> Iterator[Place]:
    """Give the middle of each edge."""
    import shapely

    if not len(rows):
        return
    middle = shapely.line_interpolate_point(network.geometry(rows), 0.5, normalized=True)
    chosen = sizes if per_row else sizes[rows]
    for x, y, size in zip(shapely.get_x(middle), shapely.get_y(middle), chosen.tolist(), strict=True):
        yield kind, float(x), float(y), float(size), note.format(number(size))


def _group_places(found: Found, kind: str, mask: NDArray[np.bool_], note: str) -> Iterator[Place]:
    """Give one point for each group of nodes that hang together: the westernmost, with the km of its roads."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    network = found.network
    if not mask.any():
        return
    both = mask[network.u] & mask[network.v]
    ends = (network.u[both], network.v[both])
    shape = (len(mask), len(mask))
    _, label = connected_components(coo_array((np.ones(int(both.sum())), ends), shape=shape), directed=False)
    # A road between the group and the rest belongs to the group; it is counted once, for its end inside.
    u, v = network.u[found.pieces], network.v[found.pieces]
    owner = np.where(mask[u], label[u], np.where(mask[v], label[v], -1))
    km = np.bincount(owner[owner >= 0], weights=network.length_m[found.pieces][owner >= 0], minlength=label.max() + 1)
    members = np.flatnonzero(mask)
    members = members[np.lexsort((network.lat[members], network.lon[members]))]
    groups, first, sizes = np.unique(label[members], return_index=True, return_counts=True)
    for group, place, size in zip(groups.tolist(), first.tolist(), sizes.tolist(), strict=True):
        node, length = int(members[place]), float(km[group]) / 1000.0
        words = f"{note}（{size} 个节点，道路 {number(length)} 公里）"
        yield kind, float(network.lon[node]), float(network.lat[node]), length, words
