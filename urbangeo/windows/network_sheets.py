"""The fitness report of a road network as sheets of a workbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urbangeo.answers.fitness import OWN_CHOICE_ZH, VERDICT_ZH, number
from urbangeo.language.scalars import is_missing
from urbangeo.language.schemas import SKELETON
from urbangeo.windows.credits import road_credits
from urbangeo.windows.workbook import Sheet

if TYPE_CHECKING:
    import pandas as pd

    from urbangeo.answers.fitness import NetworkReport

CARRIAGEWAYS_ZH = "里程：双向道路计一次，分幅道路各幅分别计；铁路和轮渡不计入各县里程。"


def told_measures(report: NetworkReport) -> pd.DataFrame:
    """Return the measures of a report for a CSV file: figures as numbers, verdicts in Chinese.

    Parameters
    ----------
    report : NetworkReport
        As ``network_report`` returns it; it is not changed.

    Returns
    -------
    pandas.DataFrame
        item (the key of the measure), name_zh, value, unit, threshold, verdict, reason_zh.
    """
    return report.table.assign(verdict=report.table["verdict"].map(VERDICT_ZH))


def printed_measures(report: NetworkReport) -> pd.DataFrame:
    """Return the measures of a report as they are printed: figures as text, verdicts in Chinese.

    Parameters
    ----------
    report : NetworkReport
        As ``network_report`` returns it; it is not changed.

    Returns
    -------
    pandas.DataFrame
        name_zh, value, unit, threshold, verdict, reason_zh.
    """
    frame = told_measures(report).drop(columns="item")
    # One column holds kilometres and percentages: each figure keeps its own digits.
    frame["value"] = ["" if is_missing(value) else number(value) for value in frame["value"]]
    for place, (item, value) in enumerate(zip(report.table["item"], report.table["value"], strict=True)):
        if item == "skeleton" and not is_missing(value):
            frame.loc[frame.index[place], "value"] = "是" if value else "否"
    return frame


def report_sheets(report: NetworkReport) -> list[Sheet]:
    """Lay a report out as sheets: measures, km by class, km by county, places to look at.

    Parameters
    ----------
    report : NetworkReport
        As ``network_report`` returns it.

    Returns
    -------
    list of Sheet
        Sheets without a row are left out.
    """
    mark = "（骨架路网，非实测）" if report.skeleton else ""
    credit = [f"路网来源：{'；'.join(road_credits(kinds=[report.kind, *([SKELETON] if report.skeleton else [])]))}。"]
    reasons = [f"{rank}. {reason}" for rank, reason in enumerate(report.reasons, 1)]
    sheets = [
        Sheet(
            "适用性",
            f"路网适用性（1小时交通圈）：{report.verdict_zh}{mark}",
            printed_measures(report),
            [*credit, f"数据时点：{report.as_of or '未注明'}", *reasons, f"{OWN_CHOICE_ZH}。"],
        ),
        Sheet("按等级", f"道路里程按等级{mark}", report.by_class.reset_index(), [CARRIAGEWAYS_ZH]),
    ]
    if report.by_county is not None:
        frame = report.by_county.reset_index()
        outside = f"各县界线以外的里程 {number(report.by_county.attrs['outside_km'])} 公里，不在表内。"
        sheets.append(Sheet("按县", f"道路里程按县级单位{mark}", frame, [CARRIAGEWAYS_ZH, outside]))
    if len(report.problems):
        places = report.problems[["name_zh", "note_zh", "lon", "lat"]]
        sheets.append(Sheet("问题点", f"待核对的地点{mark}", places, ["经纬度为度，CGCS2000。"]))
    return sheets
