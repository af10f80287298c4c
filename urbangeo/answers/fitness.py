"""Is this road network fit for 1-hour circles: what was measured, the threshold it is held against, a verdict.

Every threshold is this project's own choice. No standard says how good a road network must be for travel times; what
led to each number stands beside it in :data:`MEASURES`, and the report prints figure and threshold together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from urbangeo.archive.wording import word
from urbangeo.errors import InputError
from urbangeo.language.crs import CGCS2000, require_geographic
from urbangeo.language.scalars import is_missing
from urbangeo.language.schemas import CENSUS, COUNTIES, check_frame
from urbangeo.sources.network import check_arrays, topology
from urbangeo.sources.network.columns import Coded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from urbangeo.sources.network import Network

Verdict = Literal["fit", "fit_with_notes", "not_fit"]
RowVerdict = Literal["fit", "fit_with_notes", "not_fit", "not_judged", "information"]

VERDICT_ZH: dict[str, str] = {
    "fit": "适用",
    "fit_with_notes": "有保留地适用",
    "not_fit": "不适用",
    "not_judged": "未判定",
    "information": "",
}

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

GAP_M = 20.0
"""Dead ends nearer than this to a road they are not joined to are listed, metres. Own choice: about the width of a wide
road with its verges; joints missed in drawing are mostly below it, streets that truly end are mostly farther apart."""

DETOUR_M = 500.0
"""A gap counts only if driving to its other side is at least this far, metres. Own choice: some 20 times the gap; less
is a lane that ends beside the road it leaves, and costs no minute."""

SHORTEST_M = 1.0
"""Pieces shorter than this are counted as near-zero, metres. Own choice: below the accuracy of any road data."""

STRAIGHT_SHARE = 0.97
"""A road shorter than this share of the great circle between its ends is wrong. Own choice, the rule the skeleton was
made by: 3 % leaves room for rounded coordinates and for lengths measured in a projection."""

SLOWEST_KMH, FASTEST_KMH = 3.0, 120.0
"""Mean speeds outside are not believed, km/h. The upper end is the legal limit on expressways in China
(道路交通安全法实施条例, 2004, article 78, from general knowledge); the lower end, a walk, is an own choice."""

SPEED_BASES_ZH: dict[str, str] = {
    "maxspeed": "按限速标志",
    "table": "按车速表",
    "fallback": "按兜底值",
    "authored": "编者给定",
    "given": "随数据给定",
    "duration": "按航行时长",
}
"""What the column ``speed_basis`` may say of an edge's speed, and how it reads."""

LOST = ("missing_nodes", "ways_cut", "ways_lost")
"""Counts in a network's provenance of what its file should have had and did not."""

LEFT_OUT = ("skipped", "ways_skipped")
"""Counts in a network's provenance of what a reader left out on purpose or could not use, by reason."""

DATES = ("as_of", "data_date", "created_date")
"""Where the provenance of a network may state the date of its data, best first."""

PARTS = ("outside", "inside")
"""Where the provenance of a merged network keeps those of its parts."""

OWN_CHOICE_ZH = "门槛由本项目自定，无国家或行业标准可依，依据见各项说明"


@dataclass(frozen=True)
class Measure:
    """One line of the report: a figure, and what it is held against.

    Attributes
    ----------
    item : str
        Its key.
    name_zh, unit_zh : str
        How it is printed.
    notes, unfit : float, optional
        From here on the network is fit with notes, or not fit.
    high_is_good : bool
        Whether a figure must not fall below its thresholds (else: not rise above them).
    effect_zh : str
        What it does to a circle when the threshold is missed.
    basis : str
        Where the thresholds come from.
    """

    item: str
    name_zh: str
    unit_zh: str = ""
    notes: float | None = None
    unfit: float | None = None
    high_is_good: bool = False
    effect_zh: str = ""
    basis: str = ""

    @property
    def threshold_zh(self) -> str:
        """The thresholds in words, empty where there are none."""
        good, bad = ("≥", "＜") if self.high_is_good else ("≤", "＞")
        parts = [f"{good}{number(self.notes)}"] if self.notes is not None else []
        parts += [f"{bad}{number(self.unfit)} 不适用"] if self.unfit is not None else []
        return "；".join(parts)

    def judge(self, value: float) -> RowVerdict:
        """Hold a figure against the thresholds.

        Parameters
        ----------
        value : float
            The figure, in this measure's unit.

        Returns
        -------
        str
            A verdict, or "information" where there is no threshold.
        """
        if self.notes is None and self.unfit is None:
            return "information"
        sign = -1.0 if self.high_is_good else 1.0
        if self.unfit is not None and sign * value > sign * self.unfit:
            return "not_fit"
        return "fit_with_notes" if self.notes is not None and sign * value > sign * self.notes else "fit"


MEASURES: tuple[Measure, ...] = (
    Measure("nodes", "路网节点", "个"),
    Measure("edges", "路段（每方向一条）", "条"),
    Measure("road_km", "道路里程", "公里"),
    Measure(
        "skeleton",
        "骨架路网",
        "",
        notes=0,
        effect_zh="编者手绘，非实测，结果须注明“骨架路网”，不得作为决策依据",
        basis="own choice: the authored network stands in for real roads, and every result says so",
    ),
    Measure(
        "estimated_km_pct",
        "估算里程占比",
        "%",
        notes=20,
        effect_zh="分钟数随估算里程误差而变",
        basis="own choice: with a fifth of the way guessed to 15 %, an hour is off by 2 minutes",
    ),
    Measure("weak_components", "连通部分（不计方向）", "个"),
    Measure("strong_components", "连通部分（可往返）", "个"),
    Measure("main_components", "其中主要部分", "个"),
    Measure("largest_node_pct", "最大连通部分占节点", "%"),
    Measure("main_node_pct", "主要连通部分占节点", "%"),
    Measure(
        "main_km_pct",
        "主要连通部分占道路里程",
        "%",
        notes=95,
        unfit=80,
        high_is_good=True,
        effect_zh="其余道路从圈中心到不了，圈内会有空洞",
        basis="own choice: sound OSM extracts have 97-99 %; a fifth of the roads lost is a lost quarter of a town",
    ),
    Measure(
        "extent_km",
        "主要部分对角线长度",
        "公里",
        notes=180,
        unfit=70,
        high_is_good=True,
        effect_zh="1小时可驶出路网边缘，圈在数据边界处被截断",
        basis="own choice: in an hour 90 km by expressway (100 km/h, way 1.1 times the straight line), 35 km by plain "
        "road (45 km/h, 1.3 times); twice that across",
    ),
    Measure(
        "trap_node_pct",
        "单向陷阱占节点",
        "%",
        notes=0.5,
        unfit=5,
        effect_zh="能进不能出或能出不能进，往返结果不一致",
        basis="own choice: car parks and clipped motorways at the edge of an extract make a few per mille",
    ),
    Measure("dead_ends", "断头路端点", "个"),
    Measure("gaps", "断头路近他路而未接", "处"),
    Measure(
        "gaps_per_100_km",
        "每百公里近而未接",
        "处",
        notes=1,
        effect_zh="可能漏接，绕行使分钟数偏大",
        basis="own choice: a way of 60 minutes is about 60-100 km and should meet less than one",
    ),
    Measure(
        "no_class_km_pct",
        "缺道路等级的里程",
        "%",
        notes=1,
        unfit=20,
        effect_zh="等级决定车速与能否中途离开",
        basis="own choice: the class decides speed and access",
    ),
    Measure("speed_maxspeed_km_pct", "车速按限速标志的里程", "%"),
    Measure("speed_table_km_pct", "车速按车速表的里程", "%"),
    Measure("speed_given_km_pct", "车速随数据或由编者给定的里程", "%"),
    Measure(
        "speed_fallback_km_pct",
        "车速按兜底值的里程",
        "%",
        notes=10,
        unfit=50,
        effect_zh="这些路段的车速没有依据",
        basis="own choice: with half the way at a guessed speed the hour itself is a guess",
    ),
    Measure(
        "speed_unstated_km_pct",
        "车速来源未注明的里程",
        "%",
        notes=1,
        effect_zh="无法核对分钟数",
        basis="own choice: what has no source is said",
    ),
    Measure(
        "speed_strange_km_pct",
        f"车速低于{SLOWEST_KMH:g}或高于{FASTEST_KMH:g}公里/小时的里程",
        "%",
        notes=0.1,
        unfit=5,
        effect_zh="分钟数不可信",
        basis="own choice: one edge in a thousand may be a slip, one in twenty is a wrong unit",
    ),
    Measure(
        "too_short_km_pct",
        f"里程短于直线{STRAIGHT_SHARE * 100:g}%的路段",
        "%",
        notes=0.1,
        unfit=5,
        effect_zh="里程或位置有误，圈偏大",
        basis="own choice: one edge in a thousand may be a slip, one in twenty is a wrong unit",
    ),
    Measure("tiny_edges", f"短于{SHORTEST_M:g}米的路段", "条"),
    Measure(
        "duplicate_km_pct",
        "重复路段里程",
        "%",
        notes=0.5,
        effect_zh="里程与每万人公里数偏大，分钟数不受影响",
        basis="own choice: a double changes sums of km, no time",
    ),
    Measure("self_loops", "自环", "条"),
    Measure(
        "missing",
        "原文件缺失的要素",
        "个",
        notes=0,
        effect_zh="原数据不完整，缺处道路断开，应核对缺在何处",
        basis="own choice: what is missing is said",
    ),
    Measure("skipped", "读取时跳过的要素", "个"),
    Measure(
        "age_months",
        "数据时点距今",
        "个月",
        notes=36,
        effect_zh="其后通车的道路不在其中",
        basis="own choice: expressways open every year; after three years a circle lacks some",
    ),
    Measure("counties", "县级单位", "个"),
    Measure(
        "counties_without_road",
        "没有道路的县级单位",
        "个",
        notes=0,
        effect_zh="这些县在任何圈中都是空白",
        basis="own choice: every county has roads, so data are missing there",
    ),
    Measure("outside_km", "各县界线以外的里程", "公里"),
    Measure("km_per_10000", "每万人道路里程", "公里"),
)
"""What is measured, in the order of the report, with the thresholds and where each comes from."""


@dataclass(frozen=True, eq=False)
class NetworkReport:
    """What :func:`network_report` found.

    Attributes
    ----------
    verdict : {"fit", "fit_with_notes", "not_fit"}
        For 1-hour circles: the worst verdict of any line.
    reasons : tuple of str
        Chinese sentences with figure and threshold, the worst first; what the verdict rests on.
    table : pandas.DataFrame
        item, name_zh, value, unit, threshold, verdict, reason_zh, one row a measure. A value that could not be measured
        is missing and its verdict "not_judged".
    by_class : pandas.DataFrame
        Index road_class; name_zh, pieces, km, km_share, speed_kmh (km over hours).
    by_county : pandas.DataFrame or None
        Index adcode; name, prefecture, province, km, expressway_km, residents, km_per_10000. None without counties.
    problems : geopandas.GeoDataFrame
        Points, EPSG:4490: kind, name_zh, note_zh, lon, lat, size (metres, km or km/h as the note says).
    kind, mode : str
        Of the network.
    as_of : str
        Date of the data as the network states it, or "".
    skeleton : bool
        Whether the network is, or contains, the authored skeleton.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    table: pd.DataFrame
    by_class: pd.DataFrame
    by_county: pd.DataFrame | None
    problems: gpd.GeoDataFrame
    kind: str
    mode: str
    as_of: str
    skeleton: bool

    @property
    def verdict_zh(self) -> str:
        """The verdict in Chinese."""
        return VERDICT_ZH[self.verdict]

    def text(self) -> str:
        """Write the report as plain Chinese text.

        Returns
        -------
        str
            Lines ended by line feeds, ready to print.
        """
        mixed = self.skeleton and self.kind != "skeleton"
        source = word("network_kind", f"{self.kind}+skeleton" if mixed else self.kind)
        lines = [
            "路网适用性报告（1小时交通圈）",
            f"结论：{self.verdict_zh}",
            f"路网：{source}，{word('mode', self.mode)}，数据时点{self.as_of or '未注明'}",
            "",
            "理由：",
            *(f"  {rank}. {reason}" for rank, reason in enumerate(self.reasons, 1)),
            "",
            "指标：",
            *(_line(row) for row in self.table.to_dict("records")),
            "",
            "道路里程（按等级，双向计一次，分幅道路各幅分别计）：",
            *(
                f"  {row['name_zh']}：{number(row['km'])} 公里，占 {number(100 * row['km_share'])} %，"
                f"平均 {number(row['speed_kmh'])} 公里/小时"
                for row in self.by_class.to_dict("records")
            ),
        ]
        if self.by_county is not None:
            lines += ["", *_county_lines(self.by_county)]
        lines += ["", *_problem_lines(self.problems), "", f"说明：{OWN_CHOICE_ZH}。"]
        return "\n".join(lines) + "\n"


def network_report(
    network: Network,
    *,
    counties: gpd.GeoDataFrame | None = None,
    census: pd.DataFrame | None = None,
    gap_m: float = GAP_M,
    today: date | None = None,
) -> NetworkReport:
    """Say how fit a road network is for 1-hour circles, and why.

    Parameters
    ----------
    network : Network
        As :func:`urbangeo.read_network` returns; it is not changed.
    counties : geopandas.GeoDataFrame, optional
        As :func:`urbangeo.read_counties` returns; roads are cut at their borders. Without them nothing is said of
        counties.
    census : pandas.DataFrame, optional
        As :func:`urbangeo.read_census` returns, with zones added to their hosts where people are to be complete; the
        newest year counts. Needs ``counties``.
    gap_m : float, default 20
        Dead ends nearer than this to a road they are not joined to are listed, metres.
    today : datetime.date, optional
        The day the age of the data is counted to; the day of the run by default.

    Returns
    -------
    NetworkReport
        Verdict, reasons, figures with thresholds, km by class and county, and the places to look at.

    Raises
    ------
    InputError
        If the network has no edges, ``gap_m`` is not positive, or a census comes without counties.
    SchemaError
        If a frame is not as described, or the arrays of the network do not make a usable one.
    CrsError
        If the counties have no coordinate reference system.

    Examples
    --------
    >>> from urbangeo import read_network
    >>> report = network_report(read_network())
    >>> report.verdict, report.verdict_zh
    ('fit_with_notes', '有保留地适用')
    >>> report.by_class.loc["expressway", "km"].round(1)
    np.float64(12482.1)
    """
    if not len(network.u):
        msg = "The network has no edges; expected roads. Read it again, or choose another file."
        raise InputError(msg)
    if not 0 < gap_m < np.inf:
        msg = f"gap_m is {gap_m!r}; expected a positive distance in metres, such as {GAP_M:g}."
        raise InputError(msg)
    if census is not None and counties is None:
        msg = "census was given without counties; roads per resident need both. Give counties=read_counties()."
        raise InputError(msg)
    check_arrays(network)
    found = _Found(network, gap_m)
    by_county = None if counties is None else _by_county(found, counties, census)
    values, told = _values(found, by_county, today or datetime.now(tz=UTC).date())
    table = _table(values, told)
    verdict, reasons = _verdict(table)
    return NetworkReport(
        verdict=verdict,
        reasons=reasons,
        table=table,
        by_class=_by_class(found),
        by_county=by_county,
        problems=_problems(found),
        kind=network.kind,
        mode=network.mode,
        as_of=_as_of(network),
        skeleton=network.is_skeleton,
    )


class _Found:
    """Everything measured once; the lines of the report and the problem points are drawn from it."""

    def __init__(self, network: Network, gap_m: float) -> None:
        self.network = network
        self.gap_m = gap_m
        self.pieces = network.pieces()
        # Rails and ferries belong to the network but are no roads: they hold together and are not counted as km.
        self.is_road = ~network.road_class.is_in(topology.UNJOINED)[self.pieces]
        self.roads = self.pieces[self.is_road]
        self.km = network.length_m[self.roads] / 1000.0
        self.weak = topology.components(network, "weak")
        self.strong = topology.components(network, "strong")
        self.traps = topology.one_way_traps(network, self.strong)
        # Nodes of the skeleton are off by kilometres: a gap of metres says nothing there.
        within_m = 0.0 if network.is_skeleton else gap_m
        self.gaps = topology.near_misses(network, self.pieces, within_m=within_m, detour_m=DETOUR_M)
        self.duplicates = topology.duplicates(network)
        straight = topology.straight_m(network, self.roads)
        self.straight_m = straight
        self.too_short = network.length_m[self.roads] < STRAIGHT_SHARE * straight - SHORTEST_M
        speed = network.speed_kmh[self.roads]
        self.strange_speed = (speed < SLOWEST_KMH) | (speed > FASTEST_KMH)

    def km_pct(self, mask: NDArray[np.bool_]) -> float:
        """Percentage of road km in some of the road pieces."""
        total = float(self.km.sum())
        return 100.0 * float(self.km[mask].sum()) / total if total > 0 else 0.0

    def column(self, name: str) -> Coded | None:
        """Coded column of the edges, None if there is none of that name."""
        column = self.network.edge_columns.get(name)
        return column if isinstance(column, Coded) else None


def _values(
    found: _Found, by_county: pd.DataFrame | None, today: date
) -> tuple[dict[str, float | None], dict[str, str]]:
    """Return the figure of every measure, and words where a figure alone does not say enough."""
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
        counts = _counts(network.provenance, keys)
        if counts:
            values[item] = float(sum(counts.values()))
            told[item] = "，".join(f"{word('left_out', name)} {count:,}" for name, count in counts.items() if count)
        else:
            values[item], told[item] = None, "读取记录中没有这项计数"
    _age(network, today, values, told)
    _county_values(by_county, values, told)
    return values, told


def _without_text(column: Coded) -> NDArray[np.bool_]:
    """Say which rows hold no text at all, or an empty one."""
    return np.asarray((column.codes < 0) | column.is_in(("", "other", "unknown")))


def _extent_km(found: _Found) -> float:
    """Return the longest diagonal of the boxes round the main components."""
    from pyproj import Geod

    network, label = found.network, found.strong.label
    longest = 0.0
    for number_ in range(found.strong.main):
        lon, lat = network.lon[label == number_], network.lat[label == number_]
        _, _, metres = Geod(ellps="GRS80").inv(lon.min(), lat.min(), lon.max(), lat.max())
        longest = max(longest, float(metres) / 1000.0)
    return longest


def _speed_values(found: _Found, values: dict[str, float | None]) -> None:
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


def _estimated(found: _Found, values: dict[str, float | None]) -> None:
    column = found.column("length_basis")
    if column is not None and "estimated" in column.values:
        values["estimated_km_pct"] = found.km_pct(column.is_in(("estimated",))[found.roads])


def _counts(provenance: Mapping[str, Any], keys: Sequence[str]) -> dict[str, int]:
    """Collect the counts a reader kept, by name, over all parts of a merged network."""
    counts: dict[str, int] = {}
    for record in _records(provenance):
        for key in keys:
            part = record.get(key)
            named = part if isinstance(part, dict) else {key: part}
            for name, count in named.items():
                # A reason may be split further, such as by tag.
                inner: list[Any] = list(count.values()) if isinstance(count, dict) else [count]
                if all(_is_count(one) for one in inner):
                    counts[str(name)] = counts.get(str(name), 0) + sum(map(int, inner))
    return counts


def _records(provenance: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give a provenance and those of the networks it was merged from."""
    yield provenance
    for part in PARTS:
        inner = provenance.get(part)
        if isinstance(inner, dict):
            yield from _records(inner)


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not is_missing(value)


def _as_of(network: Network) -> str:
    """Return the date of the data as stated, several where parts have different ones, the oldest first."""
    stated = set()
    for record in _records(network.provenance):
        # The time of day of an extract says nothing to a reader of a report.
        dates = [
            re.sub(r"(?<=\d{4}-\d\d-\d\d)T.*", "", str(record[key]).strip())
            for key in DATES
            if not is_missing(record.get(key)) and record[key]
        ]
        stated |= set(dates[:1])
    return "、".join(sorted(stated))


def _age(network: Network, today: date, values: dict[str, float | None], told: dict[str, str]) -> None:
    stated = _as_of(network)
    parts = re.match(r"(\d{4})(?:-(\d{2}))?", stated)
    # A year without a month is taken from its beginning: data are not called younger than they may be.
    month = int(parts[2] or 1) if parts else 0
    if parts is None or not 1 <= month <= 12:
        values["age_months"] = None
        told["age_months"] = f"数据时点{'未注明' if not stated else f'“{stated}”无法识别'}，不知道缺哪些新路"
        return
    if (int(parts[1]), month) > (today.year, today.month):
        values["age_months"] = None
        told["age_months"] = f"数据时点“{stated}”晚于今天（{today:%Y-%m}），不可信，不知道缺哪些新路"
        return
    values["age_months"] = float((today.year - int(parts[1])) * 12 + today.month - month)
    told["age_months"] = f"数据时点{stated}，至{today:%Y-%m}"


def _county_values(by_county: pd.DataFrame | None, values: dict[str, float | None], told: dict[str, str]) -> None:
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


def _table(values: Mapping[str, float | None], told: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for measure in MEASURES:
        if measure.item not in values:
            continue
        value = values[measure.item]
        verdict: RowVerdict = "not_judged" if value is None else measure.judge(value)
        if value is None and measure.item == "age_months":
            # Data without a date are not refused, but nobody may think them new.
            verdict = "fit_with_notes"
        rows.append(
            {
                "item": measure.item,
                "name_zh": measure.name_zh,
                "value": value,
                "unit": measure.unit_zh,
                "threshold": measure.threshold_zh,
                "verdict": verdict,
                "reason_zh": _reason(measure, value, verdict, told.get(measure.item, "")),
            }
        )
    frame = pd.DataFrame(rows)
    return frame.astype({"value": "float64"})


def _reason(measure: Measure, value: float | None, verdict: RowVerdict, told: str) -> str:
    """Say in one sentence what was found, what is wanted, and what it does."""
    if measure.item == "skeleton" and verdict != "not_judged":
        return f"{measure.name_zh}：{measure.effect_zh}" if value else "不是骨架路网"
    if value is None:
        return told
    detail = f"（{told}）" if told else ""
    figure = f"{measure.name_zh} {number(value)} {measure.unit_zh}".rstrip() + detail
    if verdict == "information":
        return figure
    limit = measure.unfit if verdict == "not_fit" else measure.notes
    if verdict == "fit":
        relation = "达到" if measure.high_is_good else "未超过"
        return f"{figure}，{relation}门槛 {number(limit)} {measure.unit_zh}".rstrip()
    relation = "低于" if measure.high_is_good else "超过"
    return f"{figure}，{relation}门槛 {number(limit)} {measure.unit_zh}".rstrip() + f"：{measure.effect_zh}"


def _verdict(table: pd.DataFrame) -> tuple[Verdict, tuple[str, ...]]:
    for verdict in ("not_fit", "fit_with_notes"):
        if (table["verdict"] == verdict).any():
            worst: Verdict = verdict
            break
    else:
        worst = "fit"
    reasons = [
        str(reason)
        for wanted in ("not_fit", "fit_with_notes")
        for reason in table.loc[table["verdict"] == wanted, "reason_zh"]
    ]
    if not reasons:
        judged = int((table["verdict"] == "fit").sum())
        reasons = [f"判定的{judged}项指标均达到门槛"]
    return worst, tuple(reasons)


def _by_class(found: _Found) -> pd.DataFrame:
    import pandas as pd

    network, rows = found.network, found.pieces
    frame = pd.DataFrame(
        {
            "road_class": [text or "" for text in network.road_class.take(rows).texts()],
            "km": network.length_m[rows] / 1000.0,
            "hours": network.time_min[rows] / 60.0,
        }
    )
    grouped = frame.groupby("road_class", sort=True)
    made = grouped.agg(pieces=("km", "size"), km=("km", "sum"), hours=("hours", "sum"))
    made["km_share"] = made["km"] / made["km"].sum()
    made["speed_kmh"] = made["km"] / made["hours"]
    made.insert(0, "name_zh", [_class_zh(str(name)) for name in made.index])
    made = made.drop(columns="hours").reset_index().sort_values(["km", "road_class"], ascending=[False, True])
    return made.set_index("road_class")


def _class_zh(name: str) -> str:
    return word("road_class", name) if name else "未注明等级"


def _by_county(found: _Found, counties: gpd.GeoDataFrame, census: pd.DataFrame | None) -> pd.DataFrame:
    import pandas as pd

    check_frame(counties, COUNTIES)
    counties = require_geographic(counties, "counties").sort_index()
    line, area, share = topology.shares_inside(found.network.geometry(found.roads), counties.geometry.to_numpy())
    km = found.km[line] * share
    fast = found.network.road_class.is_in(("expressway", "expressway_link"))[found.roads][line]
    made = pd.DataFrame(counties[["name", "prefecture", "province"]])
    made["km"] = np.bincount(area, weights=km, minlength=len(counties))
    made["expressway_km"] = np.bincount(area[fast], weights=km[fast], minlength=len(counties))
    made["residents"] = np.nan if census is None else _residents(census).reindex(made.index)
    made["residents"] = made["residents"].astype("Float64")
    made["km_per_10000"] = (made["km"] / made["residents"].where(made["residents"] > 0) * 10_000).astype("Float64")
    made.attrs = {"outside_km": max(0.0, float(found.km.sum() - km.sum()))}
    return made


def _residents(census: pd.DataFrame) -> pd.Series:
    check_frame(census, CENSUS)
    newest = census.index.get_level_values("year").max()
    return census.xs(newest, level="year")["resident_population"]


def _problems(found: _Found) -> gpd.GeoDataFrame:
    """List every place that needs a look, as points."""
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


Place = tuple[str, float, float, float, str]
"""Kind, longitude, latitude, size, and what is said of it."""


def _problem_places(found: _Found) -> Iterator[Place]:
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


def _group_places(found: _Found, kind: str, mask: NDArray[np.bool_], note: str) -> Iterator[Place]:
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


def number(value: object) -> str:
    """Print a figure with separators and no more digits than it is worth.

    Parameters
    ----------
    value : float
        Any number.

    Returns
    -------
    str
        Whole numbers bare; below 1 two significant digits, else one decimal.

    Examples
    --------
    >>> number(36510.89), number(95), number(0.0123), number(99.96)
    ('36,510.9', '95', '0.012', '99.96')
    """
    figure = float(cast("float", value))
    if figure == round(figure):
        return f"{figure:,.0f}"
    if abs(figure) < 1:
        return f"{figure:.2g}"
    # 99.96 % must not be printed as 100 %.
    return f"{figure:,.2f}" if 99 < figure < 100 else f"{figure:,.1f}"


def _line(row: Mapping[Any, Any]) -> str:
    value = "—" if is_missing(row["value"]) else f"{number(row['value'])} {row['unit']}".rstrip()
    if row["item"] == "skeleton":
        value, row = "是" if row["value"] else "否", {**row, "threshold": ""}
    tail = f"（门槛 {row['threshold']}）" if row["threshold"] else ""
    verdict = VERDICT_ZH[str(row["verdict"])]
    return f"  {row['name_zh']}：{value}{tail}" + (f"　{verdict}" if verdict else "")


_SHOWN = 5


def _county_lines(by_county: pd.DataFrame) -> list[str]:
    rows = by_county[by_county["km"] > 0]
    lines = [f"县级单位：{len(by_county)} 个，其中 {len(rows)} 个有道路"]
    known = rows[rows["km_per_10000"].notna()].sort_values("km_per_10000", kind="stable")
    if len(known):
        for title, part in (("每万人里程最少", known.head(_SHOWN)), ("每万人里程最多", known[::-1].head(_SHOWN))):
            shown = "，".join(f"{row['name']} {number(row['km_per_10000'])}" for row in part.to_dict("records"))
            lines.append(f"  {title}（公里）：{shown}")
    return lines


def _problem_lines(problems: gpd.GeoDataFrame) -> Sequence[str]:
    if problems.empty:
        return ["问题点：没有发现"]
    lines = ["问题点（经度, 纬度）："]
    for kind, name in PROBLEM_ZH.items():
        part = problems[problems["kind"] == kind]
        if len(part):
            lines.append(f"  {name}：{len(part)} 处")
            lines += [
                f"    {row['lon']:.5f}, {row['lat']:.5f}　{row['note_zh'].partition('：')[2]}"
                for row in part.head(_SHOWN).to_dict("records")
            ]
            if len(part) > _SHOWN:
                lines.append(f"    …… 另有 {len(part) - _SHOWN} 处，见导出文件")
    return lines
