"""The figure of every measure, and words where a figure alone does not say enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from urbangeo.answers.fitness.figures import number
from urbangeo.answers.fitness.measures import DETOUR_M, SHORTEST_M
from urbangeo.answers.fitness.stated import LEFT_OUT, LOST, add_age, kept_counts
from urbangeo.archive.wording import word
from urbangeo.sources.network import topology

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd
    from numpy.typing import NDArray

    from urbangeo.answers.fitness.found import Found
    from urbangeo.sources.network.columns import Coded


def figures_of(
    found: Found, by_county: pd.DataFrame | None, today: date
) -> tuple[dict[str, float | None], dict[str, str]]:
    """Return the figure of every measure, and words where a figure alone does not say enough.

    Parameters
    ----------
    found : Found
        What was measured.
    by_county : pandas.DataFrame or None
        Kilometres by county.
    today : datetime.date
        The day the age of the data is counted to.

    Returns
    -------
    tuple of dict
        Figures, None where one could not be measured, and words, both by item.
    """
    network, strong = found.network, found.strong
    used = int((strong.label >= 0).sum())
    roads = found.roads
    inside = strong.in_main[network.u[roads]] & (strong.label[network.u[roads]] == strong.label[network.v[roads]])
    trapped = int((found.traps.no_way_in | found.traps.no_way_out).sum())
    double = np.isin(roads, found.duplicates)
    road_class = network.road_class
    values: dict[str, float | None] = {
        "nodes": used,
        "edges": len(network.u),
        "road_km": float(found.km.sum()),
        "skeleton": float(network.is_skeleton),
        "weak_components": len(found.weak.sizes),
        "strong_components": len(strong.sizes),
        "main_components": strong.main,
        "largest_node_pct": 100.0 * float(strong.sizes[0]) / used,
        "main_node_pct": 100.0 * float(strong.sizes[: strong.main].sum()) / used,
        "main_km_pct": found.km_pct(inside),
        "extent_km": _extent_km(found),
        "trap_node_pct": 100.0 * trapped / used,
        "dead_ends": len(topology.dead_ends(network, found.pieces)),
        "gaps": len(found.gaps.node),
        "no_class_km_pct": found.km_pct(_without_text(road_class)[roads]),
        "speed_strange_km_pct": found.km_pct(found.strange_speed),
        "too_short_km_pct": found.km_pct(found.too_short),
        "tiny_edges": int((network.length_m[found.pieces] < SHORTEST_M).sum()),
        "duplicate_km_pct": found.km_pct(double),
        "self_loops": int((network.u[found.pieces] == network.v[found.pieces]).sum()),
    }
    told: dict[str, str] = {}
    kilometres = float(found.km.sum())
    if network.is_skeleton:
        for item in ("gaps", "gaps_per_100_km"):
            values[item] = None
            told[item] = "骨架路网的节点位置误差以公里计，数十米的间隙没有意义，不作判定"
    elif kilometres > 0:
        told["gaps"] = f"间隙小于 {number(found.gap_m)} 米，绕行至少 {DETOUR_M:g} 米"
        values["gaps_per_100_km"] = len(found.gaps.node) / kilometres * 100.0
    _speed_values(found, values)
    _estimated(found, values)
    for item, keys in (("missing", LOST), ("skipped", LEFT_OUT)):
        counts = kept_counts(network.provenance, keys)
        if counts:
            values[item] = float(sum(counts.values()))
            told[item] = "，".join(f"{word('left_out', name)} {count:,}" for name, count in counts.items() if count)
        else:
            values[item], told[item] = None, "读取记录中没有这项计数"
    add_age(network, today, values, told)
    _county_figures(by_county, values, told)
    return values, told


def _without_text(column: Coded) -> NDArray[np.bool_]:
    """Say which rows hold no text at all, or an empty one."""
    return np.asarray((column.codes < 0) | column.is_in(("", "other", "unknown")))


def _extent_km(found: Found) -> float:
    """Return the longest diagonal of the boxes round the main components."""
    from pyproj import Geod

    network, label = found.network, found.strong.label
    longest = 0.0
    for number_ in range(found.strong.main):
        lon, lat = network.lon[label == number_], network.lat[label == number_]
        _, _, metres = Geod(ellps="GRS80").inv(lon.min(), lat.min(), lon.max(), lat.max())
        longest = max(longest, float(metres) / 1000.0)
    return longest


def _speed_values(found: Found, values: dict[str, float | None]) -> None:
    column = found.column("speed_basis")
    if column is None:
        # The tables of the skeleton give every edge its speed, row by row.
        stated = "authored" if found.network.kind == "skeleton" else ""
        basis = np.full(len(found.roads), stated, dtype=object)
    else:
        basis = np.array([text or "" for text in column.take(found.roads).texts()], dtype=object)
    given = np.isin(basis, ["authored", "given", "duration"])
    known = {name: basis == name for name in ("maxspeed", "table", "fallback")}
    for name, mask in known.items():
        values[f"speed_{name}_km_pct"] = found.km_pct(mask)
    values["speed_given_km_pct"] = found.km_pct(given)
    values["speed_unstated_km_pct"] = found.km_pct(~(given | known["maxspeed"] | known["table"] | known["fallback"]))


def _estimated(found: Found, values: dict[str, float | None]) -> None:
    column = found.column("length_basis")
    if column is not None and "estimated" in column.values:
        values["estimated_km_pct"] = found.km_pct(column.is_in(("estimated",))[found.roads])


def _county_figures(by_county: pd.DataFrame | None, values: dict[str, float | None], told: dict[str, str]) -> None:
    if by_county is None:
        for item in ("counties", "counties_without_road", "outside_km", "km_per_10000"):
            values[item], told[item] = None, "未给出县级界线，未统计"
        return
    empty = by_county[by_county["km"] == 0]
    values["counties"] = len(by_county)
    values["counties_without_road"] = len(empty)
    shown = "、".join(map(str, empty["name"].head(8)))
    if len(empty):
        told["counties_without_road"] = shown + (f" 等{len(empty)}个" if len(empty) > 8 else "")
    values["outside_km"] = float(by_county.attrs["outside_km"])
    known = by_county[by_county["residents"].notna() & (by_county["residents"] > 0)]
    if len(known):
        values["km_per_10000"] = float(known["km"].sum() / known["residents"].astype(float).sum() * 10_000)
        if len(known) < len(by_county):
            told["km_per_10000"] = f"{len(by_county) - len(known)}个县级单位没有人口数据，未计入"
    else:
        values["km_per_10000"], told["km_per_10000"] = None, "没有人口数据，未统计"
