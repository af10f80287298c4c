"""The report as plain Chinese text, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbangeo.answers.fitness.figures import number
from urbangeo.answers.fitness.measures import VERDICT_ZH
from urbangeo.answers.fitness.problems import PROBLEM_ZH, worst_first
from urbangeo.language.scalars import is_missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

_SHOWN = 5
"""Counties at either end, and places of each kind, that are printed; all stand in the files."""


def measure_line(row: Mapping[Any, Any]) -> str:
    """Write one line of the table.

    Parameters
    ----------
    row : mapping
        A row of ``NetworkReport.table``.

    Returns
    -------
    str
        Name, figure, threshold and verdict.
    """
    value = "—" if is_missing(row["value"]) else f"{number(row['value'])} {row['unit']}".rstrip()
    if row["item"] == "skeleton":
        value, row = "是" if row["value"] else "否", {**row, "threshold": ""}
    tail = f"（门槛 {row['threshold']}）" if row["threshold"] else ""
    verdict = VERDICT_ZH[str(row["verdict"])]
    return f"  {row['name_zh']}：{value}{tail}" + (f"　{verdict}" if verdict else "")


def county_lines(by_county: pd.DataFrame) -> list[str]:
    """Say how many counties have roads, and which have fewest and most for their people.

    Parameters
    ----------
    by_county : pandas.DataFrame
        As ``NetworkReport.by_county``.

    Returns
    -------
    list of str
        Lines.
    """
    rows = by_county[by_county["km"] > 0]
    lines = [f"县级单位：{len(by_county)} 个，其中 {len(rows)} 个有道路"]
    known = rows[rows["km_per_10000"].notna()].sort_values("km_per_10000", kind="stable")
    if len(known):
        for title, part in (("每万人里程最少", known.head(_SHOWN)), ("每万人里程最多", known[::-1].head(_SHOWN))):
            shown = "，".join(f"{row['name']} {number(row['km_per_10000'])}" for row in part.to_dict("records"))
            lines.append(f"  {title}（公里）：{shown}")
    return lines


def problem_lines(problems: gpd.GeoDataFrame) -> list[str]:
    """List the worst places of each kind.

    Parameters
    ----------
    problems : geopandas.GeoDataFrame
        As ``NetworkReport.problems``.

    Returns
    -------
    list of str
        Lines.
    """
    if problems.empty:
        return ["问题点：没有发现"]
    lines = ["问题点（经度, 纬度；每类最严重的在前）："]
    for kind, name in PROBLEM_ZH.items():
        part = problems[problems["kind"] == kind]
        if len(part):
            lines.append(f"  {name}：{len(part)} 处")
            lines += [
                f"    {row['lon']:.5f}, {row['lat']:.5f}　{row['note_zh'].partition('：')[2]}"
                for row in worst_first(part, kind).head(_SHOWN).to_dict("records")
            ]
            if len(part) > _SHOWN:
                lines.append(f"    …… 另有 {len(part) - _SHOWN} 处，见导出文件")
    return lines
