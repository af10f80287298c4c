"""Potential areas: which counties are listed, why, by how much, and what would change it.

The rule is the one Qinghai's plan prints: more than 100,000 residents and an urbanization rate below the provincial
average. Missing data means "cannot decide", never "no".
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from urbangeo.archive.wording import word
from urbangeo.errors import InputError, SchemaError, listed
from urbangeo.language.adcode import province_code
from urbangeo.language.scalars import plain
from urbangeo.language.schemas import CENSUS, check_frame
from urbangeo.sources.boundaries import match_province
from urbangeo.sources.census import provincial_rate
from urbangeo.sources.plans import printed_sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

RULE_SOURCE = "QH-INTERPRETATION"
"""Where the rule's wording was read: 常住人口超过10万、城镇化率低于全省平均水平."""


@dataclass(frozen=True)
class PotentialRule:
    """The rule by which a county is a potential area.

    Attributes
    ----------
    population_floor : int
        A county must have more residents than this (persons).
    rate_ceiling : {"official", "weighted"} or float
        A county's rate must lie below this: the published provincial rate of the same year, the mean of the units given
        weighted by residents, or a number in %.
    strict : bool
        True: above the floor and below the ceiling; False: the limits themselves count too.
    units : {"counties", "counties_and_zones"}
        Whether functional zones printed apart are judged like counties. 行政委员会 never are.
    """

    population_floor: int = 100_000
    rate_ceiling: Literal["official", "weighted"] | float = "official"
    strict: bool = True
    units: Literal["counties", "counties_and_zones"] = "counties"

    def __post_init__(self) -> None:
        """Refuse values that make no rule.

        Raises
        ------
        InputError
            If the floor is negative, the ceiling is no share in %, or an option is unknown.
        """
        ceiling, floor = self.rate_ceiling, self.population_floor
        ceiling_ok = ceiling in ("official", "weighted") or (_is_number(ceiling) and 0 < float(ceiling) <= 100)
        floor_ok = _is_number(floor) and 0 <= floor < math.inf
        if not floor_ok or not ceiling_ok or self.units not in ("counties", "counties_and_zones"):
            msg = (
                f"{self}: expected population_floor >= 0, rate_ceiling 'official', 'weighted' or a number above 0 "
                "up to 100 (%), units 'counties' or 'counties_and_zones'."
            )
            raise InputError(msg)

    def in_chinese(self) -> str:
        """Write the rule as one Chinese clause.

        Returns
        -------
        str
            What sheets print above a list made by it.

        Examples
        --------
        >>> PotentialRule().in_chinese()
        '常住人口超过10万人且城镇化率低于同年全省平均水平'
        """
        floor = f"常住人口{'超过' if self.strict else '不少于'}{self.population_floor / 10_000:g}万人"
        ceilings = {"official": "同年全省平均水平", "weighted": "同年各县（市、区）加权平均"}
        ceiling = ceilings.get(str(self.rate_ceiling), f"{self.rate_ceiling}%")
        return f"{floor}且城镇化率{'低于' if self.strict else '不高于'}{ceiling}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def potential_areas(
    census: pd.DataFrame,
    *,
    province: str | None = None,
    rule: PotentialRule | None = None,
    rows: Literal["listed", "all"] = "listed",
    alternatives: Sequence[pd.DataFrame] = (),
) -> pd.DataFrame:
    """List the potential areas of each province, each with its reason in Chinese.

    The county figures and the provincial rate are always of the same year.

    Parameters
    ----------
    census : pandas.DataFrame
        One year of :func:`urbangeo.read_census`, with zones apart or added to their hosts.
    province : str, optional
        Full or short name or code; every province of the census by default.
    rule : PotentialRule, optional
        By default the rule of Qinghai's plan.
    rows : {"listed", "all"}, default "listed"
        ``"listed"``: potential areas, and counties that cannot be decided for lack of data. ``"all"``: every county
        with its decision.
    alternatives : sequence of pandas.DataFrame, optional
        The same census in other cuts (such as zones added to hosts); a county whose decision differs there says so in
        ``flips_under``.

    Returns
    -------
    pandas.DataFrame
        Index adcode; name, prefecture, province, year, resident_population, urbanization_rate_pct (%),
        provincial_rate_pct (%), gap_pct (percentage points below the ceiling), population_margin (persons above the
        floor), decision ("potential", "not_potential", "undecided"), reason, flips_under, source_id, confidence (of the
        census figures), rule_basis (how the text of the rule was seen).

    Raises
    ------
    SchemaError
        If the census frame is faulty or holds several years.
    UnknownNameError
        If the province is not in the census.
    InputError
        If no provincial rate is known for that year.

    Examples
    --------
    >>> from urbangeo import read_census
    >>> qinghai = potential_areas(read_census(2020), province="青海")
    >>> qinghai["name"].tolist()[:3]
    ['湟中区', '大通回族土族自治县', '湟源县']

    References
    ----------
    《青海省深入实施以人为本的新型城镇化战略五年行动计划的实施方案》解读: the wording of the rule.
    """
    import pandas as pd

    if rows not in ("listed", "all"):
        msg = f"rows={rows!r}: expected 'listed' or 'all'."
        raise InputError(msg)
    rule = rule or PotentialRule()
    table, year = _one_year(census)
    names = sorted(table["province"].unique())
    if province is not None:
        codes = {province_code(str(adcode)): str(name) for adcode, name in table["province"].items()}
        names = [codes[match_province(province, codes)]]
    parts = []
    for name in names:
        judged = _judge(table[table["province"] == name], year, name, rule)
        judged["flips_under"] = _flips(
            judged,
            table[table["province"] == name],
            year=year,
            province=name,
            rule=rule,
            alternatives=alternatives,
        )
        parts.append(judged)
    result = pd.concat(parts)
    return result[result["decision"] != "not_potential"] if rows == "listed" else result


def _one_year(census: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    check_frame(census, CENSUS)
    missing = [name for name in ("province", "prefecture", "source_id", "confidence") if name not in census]
    if missing:
        msg = f"The census frame lacks {listed(missing)}; use urbangeo.read_census or add these columns."
        raise SchemaError(msg)
    years = sorted({int(year) for year in census.index.get_level_values("year")})
    if len(years) != 1:
        msg = (
            f"The census frame holds the years {listed(years)}; potential areas are judged within one year. Select one."
        )
        raise SchemaError(msg)
    return census.droplevel("year"), years[0]


def _ceiling(table: pd.DataFrame, year: int, province: str, rule: PotentialRule) -> tuple[float, str, str]:
    """Return the rate ceiling in %, how it is called in Chinese, and its source."""
    if rule.rate_ceiling == "official":
        rate, source = provincial_rate(province, year)
        return rate, f"{year}年全省平均水平", source
    if rule.rate_ceiling == "weighted":
        known = _weighable(table)
        if known.empty:
            msg = f"No unit of {province} has both residents and urban residents; the weighted mean is not known."
            raise InputError(msg)
        rate = float(100 * known["urban_population"].sum() / known["resident_population"].sum())
        return rate, f"{year}年各县加权平均", ";".join(sorted(known["source_id"].unique()))
    return float(rule.rate_ceiling), "指定上限", "GIVEN"


def _weighable(table: pd.DataFrame) -> pd.DataFrame:
    """Return the units that take part in a weighted mean."""
    known = table.dropna(subset=["resident_population", "urban_population"])
    return known[known["resident_population"] > 0]


def _judge(table: pd.DataFrame, year: int, province: str, rule: PotentialRule) -> pd.DataFrame:
    ceiling, ceiling_zh, ceiling_source = _ceiling(table, year, province, rule)
    units = (
        table[table["unit_type"] == "county"]
        if rule.units == "counties"
        else table[~table["name"].str.endswith("行政委员会")]
    )
    rows: list[dict[str, Any]] = []
    basis = word("reached", printed_sources().loc[RULE_SOURCE, "reached"])
    for adcode, row in units.iterrows():
        people, rate = _number(row["resident_population"]), _number(row["urbanization_rate_pct"])
        decision, reason = _decide(people, rate, ceiling, ceiling_zh, rule)
        rows.append(
            {
                "adcode": adcode,
                "name": row["name"],
                "prefecture": row["prefecture"],
                "province": province,
                "year": year,
                "resident_population": row["resident_population"],
                "urbanization_rate_pct": rate,
                "provincial_rate_pct": round(ceiling, 2),
                "gap_pct": math.nan if rate is None else round(ceiling - rate, 2),
                "population_margin": math.nan if people is None else people - rule.population_floor,
                "decision": decision,
                "reason": reason,
                "source_id": _joined(row["source_id"], ceiling_source, RULE_SOURCE),
                "confidence": str(row["confidence"]),
                "rule_basis": basis,
            }
        )
    import pandas as pd

    if not rows:
        msg = f"The census frame has no county of {province} to judge."
        raise SchemaError(msg)
    return pd.DataFrame(rows).astype({"resident_population": "Int64", "population_margin": "Int64"}).set_index("adcode")


def _number(value: Any) -> float | None:
    """Return a number, or None where it is missing."""
    clean = plain(value)
    return None if clean is None else float(clean)


def _joined(*source_ids: str) -> str:
    parts = [part for source_id in source_ids for part in str(source_id).split(";")]
    return ";".join(dict.fromkeys(parts))


def _decide(
    people: float | None, rate: float | None, ceiling: float, ceiling_zh: str, rule: PotentialRule
) -> tuple[str, str]:
    floor_zh = f"{rule.population_floor / 10_000:g}万人"
    if people is None or rate is None:
        lacking = "、".join(name for name, value in (("常住人口", people), ("城镇化率", rate)) if value is None)
        # One failed limit decides even if the other figure is missing.
        has_few = people is not None and not _above(people, rule)
        has_high = rate is not None and not _below(rate, ceiling, rule)
        if not (has_few or has_high):
            return "undecided", f"缺少{lacking}数据，无法判定"
    words, is_listed = [], True
    if people is not None:
        passes = _above(people, rule)
        is_listed &= passes
        sign = (">" if rule.strict else "≥") if passes else ("≤" if rule.strict else "<")
        words.append(f"常住人口{people:,.0f}人{sign}{floor_zh}")
    if rate is not None:
        passes = _below(rate, ceiling, rule)
        is_listed &= passes
        sign = ("<" if rule.strict else "≤") if passes else ("≥" if rule.strict else ">")
        distance = abs(ceiling - rate)
        relation = "持平" if rate == ceiling else f"{'低' if rate < ceiling else '高'}{distance:.2f}个百分点"
        words.append(f"城镇化率{rate:.2f}%{sign}{ceiling_zh}{ceiling:.2f}%（{relation}）")
    verdict = "列入潜力地区" if is_listed else "不列入"
    return ("potential" if is_listed else "not_potential"), "；".join(words) + f"，{verdict}"


def _above(people: float, rule: PotentialRule) -> bool:
    return people > rule.population_floor if rule.strict else people >= rule.population_floor


def _below(rate: float, ceiling: float, rule: PotentialRule) -> bool:
    return rate < ceiling if rule.strict else rate <= ceiling


def _flips(
    judged: pd.DataFrame,
    table: pd.DataFrame,
    *,
    year: int,
    province: str,
    rule: PotentialRule,
    alternatives: Sequence[pd.DataFrame],
) -> list[str]:
    """Say for every county under which alternatives its decision would be another."""
    others: list[tuple[str, pd.DataFrame]] = []
    if rule.rate_ceiling != "weighted" and not _weighable(table).empty:
        others.append(("上限改用各县加权平均", _judge(table, year, province, replace(rule, rate_ceiling="weighted"))))
    loose = "达到界限值即算" if rule.strict else "须严格超过界限值"
    others.append((loose, _judge(table, year, province, replace(rule, strict=not rule.strict))))
    for frame in alternatives:
        other_table, other_year = _one_year(frame)
        if other_year != year:
            msg = f"An alternative census is of {other_year}, the census itself of {year}: years are never mixed."
            raise SchemaError(msg)
        others.append(
            (
                "功能区人口并入或分列改变口径",
                _judge(other_table[other_table["province"] == province], year, province, rule),
            )
        )
    notes: dict[str, list[str]] = {str(adcode): [] for adcode in judged.index}
    for label, other in others:
        common = judged.index.intersection(other.index)
        changed = common[judged.loc[common, "decision"] != other.loc[common, "decision"]]
        for adcode, row in zip(changed, other.loc[changed].to_dict("records"), strict=True):
            now = word("decision", row["decision"])
            rate = _number(row["urbanization_rate_pct"])
            figure = "城镇化率无数据" if rate is None else f"城镇化率{rate:.2f}%"
            notes[str(adcode)].append(f"{label}：{figure}，{now}")
    return ["；".join(lines) for lines in notes.values()]
