"""The 20-million question: how many people a 1-hour circle holds, under every definition the plans leave open.

No official text says which mode, which hour, from where, door to door or whole counties. So the named definitions stand
side by side with the target and the gap, and no speed is ever tuned to meet it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from urbangeo.answers.coverage import circle_totals, coverage
from urbangeo.archive.catalog import read_table
from urbangeo.areas.isochrones import CUTOFFS, isochrones, seat_minutes
from urbangeo.sources.network import county_seats
from urbangeo.sources.network.rail import sure_of_rail, with_rail
from urbangeo.sources.network.speeds.means import with_speeds
from urbangeo.sources.places import circle_centres
from urbangeo.sources.plans import circle_population_target

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import geopandas as gpd
    import pandas as pd

    from urbangeo.sources.network import Network

HEADLINE_MIN = 60.0
"""The cutoff the plans speak of."""

SPEED_UNCERTAINTY = 0.15
"""All speeds 15 % slower or faster: the uncertainty stated with every population (``docs/method.md``)."""

_SLOW, _FAST = HEADLINE_MIN * (1 - SPEED_UNCERTAINTY), HEADLINE_MIN * (1 + SPEED_UNCERTAINTY)
"""What other speeds reach in an hour is what these reach in so much less or more time."""


@dataclass(frozen=True)
class PlanCircles:
    """The circles the plans speak of, and whom they hold.

    Attributes
    ----------
    isochrones : geopandas.GeoDataFrame
        15, 30, 45 and 60 minutes round each centre, off-peak.
    coverage : pandas.DataFrame
        Counties they reach.
    totals : pandas.DataFrame
        People under every definition, with the target beside them.
    """

    isochrones: gpd.GeoDataFrame
    coverage: pd.DataFrame
    totals: pd.DataFrame


def plan_circles(
    network: Network,
    counties: gpd.GeoDataFrame,
    census: pd.DataFrame,
    designations: pd.DataFrame,
    *,
    progress: Callable[[str], None] | None = None,
) -> PlanCircles:
    """Compute the circles round Jinan, Qingdao and Xining–Haidong and count their people in every named way.

    Parameters
    ----------
    network : Network
        Off-peak roads, such as :func:`urbangeo.read_network`; for single definitions they are slowed to the peak, or
        rail is added to them.
    counties : geopandas.GeoDataFrame
        As :func:`urbangeo.read_counties` returns.
    census : pandas.DataFrame
        One year with functional zones added to their hosts.
    designations : pandas.DataFrame
        As :func:`urbangeo.read_designations` returns, for the official metropolitan areas.
    progress : callable, optional
        Called with the Chinese name of each step as it begins.

    Returns
    -------
    PlanCircles
        Areas, coverage, totals.

    Raises
    ------
    JoinError
        If counties and census do not match.
    """
    import pandas as pd

    begin = progress or (lambda _step: None)
    begin("计算交通圈（平峰）")
    centres = circle_centres()
    wide = isochrones(network, centres, cutoffs=[*CUTOFFS, _SLOW, _FAST])
    begin("计算交通圈（高峰、核心区边缘、铁路）")
    peak, edges = with_speeds(network, mode="drive_peak"), circle_centres("core_edge")
    other = {
        "peak": (isochrones(peak, centres, cutoffs=[HEADLINE_MIN]), seat_minutes(peak, centres)),
        "core_edge": (isochrones(network, edges, cutoffs=[HEADLINE_MIN]), seat_minutes(network, edges)),
    }
    trains = {"rail_in_vehicle": with_rail(network, overhead_min=0), "rail_overhead": with_rail(network)}
    by_rail = {}
    for name, both in trains.items():
        # Searched as far as the drive is: what lies beyond a cutoff moves its outline by metres, and rail adds to that.
        discs = isochrones(both, centres, cutoffs=[HEADLINE_MIN, _FAST])
        hour = discs[discs.index.get_level_values("cutoff_min") == HEADLINE_MIN]
        by_rail[name] = coverage(hour, counties, census, seat_minutes=seat_minutes(both, centres))
    begin("统计覆盖县与人口")
    circles = wide[wide.index.get_level_values("cutoff_min").isin(CUTOFFS)]
    minutes = seat_minutes(network, centres)
    covered = coverage(circles, counties, census, seat_minutes=minutes)

    def within(cutoff: float) -> pd.DataFrame:
        disc = wide[wide.index.get_level_values("cutoff_min") == cutoff]
        frame = coverage(disc, counties, census, seat_minutes=minutes)
        left_out = frame.attrs["left_out"]
        frame = frame.rename({cutoff: HEADLINE_MIN}, level="cutoff_min")
        frame.attrs["left_out"] = left_out
        return frame

    hour = circles[circles.index.get_level_values("cutoff_min") == HEADLINE_MIN]
    towns = coverage(hour, counties, census, placement="urban_rural", seats=county_seats(network))
    plain, slow, fast = within(HEADLINE_MIN), within(_SLOW), within(_FAST)
    peak_disc, peak_minutes = other["peak"]
    edge_disc, edge_minutes = other["core_edge"]
    at_peak = coverage(peak_disc, counties, census, seat_minutes=peak_minutes)
    from_edge = coverage(edge_disc, counties, census, seat_minutes=edge_minutes)
    share = f"{SPEED_UNCERTAINTY:.0%}"
    seats = "政府驻地60分钟可达的县（市、区），按全部人口计"
    near = _near_the_limit(minutes, counties)
    definitions = [
        _Definition("drive", "驾车平峰，从中心出发，人口均匀分布", covered),
        _Definition(
            "drive_urban_rural", "驾车平峰，从中心出发，城镇人口集中于政府驻地", towns, note="县内人口分布为模型"
        ),
        _Definition("drive_slow", f"驾车平峰，车速普遍慢{share}", slow),
        _Definition("drive_fast", f"驾车平峰，车速普遍快{share}", fast),
        _Definition("drive_peak", "驾车高峰（城区道路减速），从中心出发", at_peak),
        _Definition("drive_core_edge", "驾车平峰，从核心区边缘出发", from_edge),
        *_rail_definitions(trains, by_rail),
        _Definition("whole_counties", seats, plain, count="whole_counties", notes=near),
        _Definition("whole_counties_slow", f"{seats}（车速慢{share}）", slow, count="whole_counties"),
        _Definition("whole_counties_fast", f"{seats}（车速快{share}）", fast, count="whole_counties"),
    ]
    targets = _targets()
    parts = [one.totals(targets) for one in definitions]
    totals = pd.concat([*parts, _official(designations, census, targets)], ignore_index=True)
    order = {origin: place for place, origin in enumerate(read_table("plans/circles")["origin_id"])}
    totals = totals.sort_values("origin_id", key=lambda names: names.map(order), kind="stable", ignore_index=True)
    return PlanCircles(circles, covered, totals)


@dataclass(frozen=True)
class _Definition:
    """One way of counting the people of a circle: how it is called, on which coverage it rests, what must be said."""

    name: str
    name_zh: str
    covered: pd.DataFrame
    count: Literal["people", "whole_counties"] = "people"
    note: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)

    def totals(self, targets: dict[str, tuple[int, str]]) -> pd.DataFrame:
        """Add up, and put the notes of single circles behind the note of all."""
        frame = circle_totals(
            self.covered,
            definition=self.name,
            definition_zh=self.name_zh,
            targets=targets,
            count=self.count,
            note=self.note,
        )
        pairs = zip(frame["note"], frame["origin_id"], strict=True)
        frame["note"] = [_joined(note, self.notes.get(origin, "")) for note, origin in pairs]
        return frame


def _rail_definitions(trains: Mapping[str, Network], covered: Mapping[str, pd.DataFrame]) -> list[_Definition]:
    """Name the two ways of counting with trains, each with what is known of how sure their times are."""
    overhead = trains["rail_overhead"].provenance["rail"]["overhead_min"]
    words = {
        "rail_in_vehicle": "驾车平峰加铁路，铁路只计车内时间（不计进出站与候车）",
        "rail_overhead": f"驾车平峰加铁路，每次乘车另计进出站与候车{overhead:g}分钟",
    }
    return [_Definition(name, words[name], covered[name], note=sure_of_rail(trains[name])) for name in words]


def _near_the_limit(minutes: pd.DataFrame, counties: gpd.GeoDataFrame) -> dict[str, str]:
    """Name for each circle the seats within 5 % of the hour: whole counties stand or fall with them."""
    found = {}
    for origin, part in minutes.groupby(level="origin_id"):
        times = part.droplevel("origin_id")["time_min"]
        near = times[(times - HEADLINE_MIN).abs() <= 0.05 * HEADLINE_MIN].sort_values()
        names = counties["name"].reindex(near.index)
        words = [f"{name}{math.ceil(round(time, 4) * 10) / 10:g}分钟" for name, time in zip(names, near, strict=True)]
        if words:
            found[str(origin)] = f"临界（60分钟±5%）：{'、'.join(words)}"
    return found


def _joined(*notes: str) -> str:
    return "；".join(note for note in notes if note)


def _targets() -> dict[str, tuple[int, str]]:
    plans = read_table("plans/circles")
    target = circle_population_target()
    return {str(origin): target for origin in plans.loc[plans["has_population_target"], "origin_id"]}


def _own_figure(origin_id: str) -> str:
    """Quote the population the plan itself gives its metropolitan area, which is of another year than the census."""
    table = read_table("plans/targets")
    is_it = (table["scope"] == f"{origin_id}都市圈") & (table["indicator_zh"] == "常住人口")
    quoted = [f"{row['year']}年{row['value']}{row['unit']}" for row in table[is_it].to_dict("records")]
    return f"规划文件所列常住人口：{'、'.join(quoted)}" if quoted else ""


def _official(designations: pd.DataFrame, census: pd.DataFrame, targets: dict[str, tuple[int, str]]) -> pd.DataFrame:
    """Add up the official metropolitan areas by members; without a published list, by its natural reading, marked."""
    import pandas as pd

    people = census.droplevel("year")["resident_population"]
    divisions = read_table("boundaries/divisions").set_index("adcode")
    lone = [str(code) for code in people.index if code not in divisions.index]
    rows = []
    for plan in read_table("plans/circles").to_dict("records"):
        if pd.isna(plan["programme"]):
            codes = str(plan["member_prefectures"]).split(";")
            members = divisions.index[divisions["prefecture_adcode"].isin(codes)]
        else:
            listed = designations.loc[designations["programme"] == plan["programme"], "adcode"].dropna()
            members = pd.Index(listed.unique())
        # A zone that spans districts belongs to the area for certain where its whole prefecture does.
        zones = [code for code in lone if set(divisions.index[divisions.index.str[:4] == code[:4]]) <= set(members)]
        is_known = plan["member_confidence"] != "unconfirmed"
        total = int(people.loc[[*members, *zones]].sum())
        names = "、".join(census.droplevel("year").loc[zones, "name"])
        target, source = targets.get(plan["origin_id"], (None, plan["source_id"]))
        rows.append(
            {
                "origin_id": plan["origin_id"],
                "cutoff_min": None,
                "definition": "official_members",
                "definition_zh": "官方都市圈成员全部人口" + ("" if is_known else "（名单未公布，待核实）"),
                "counties": len(members),
                "population": total,
                "target_population": target,
                "gap": None if target is None else total - target,
                "source_id": source,
                "note": _joined(
                    plan["note_zh"], f"含整市纳入的{names}" if names else "", _own_figure(plan["origin_id"])
                ),
            }
        )
    whole = ["population", "target_population", "gap"]
    return pd.DataFrame(rows).astype({"cutoff_min": "float64"} | dict.fromkeys(whole, "Int64"))
