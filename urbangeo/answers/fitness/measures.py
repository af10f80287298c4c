"""What is measured, and the threshold each figure is held against.

Every threshold is this project's own choice. No standard says how good a road network must be for travel times; what
led to each number stands beside it in :data:`MEASURES`, and the report prints figure and threshold together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from urbangeo.answers.fitness.figures import number

Verdict = Literal["fit", "fit_with_notes", "not_fit"]
RowVerdict = Literal["fit", "fit_with_notes", "not_fit", "not_judged", "information"]

VERDICT_ZH: dict[str, str] = {
    "fit": "适用",
    "fit_with_notes": "有保留地适用",
    "not_fit": "不适用",
    "not_judged": "未判定",
    "information": "",
}

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
