"""What is printed: the potential-area list, the sheets of its workbook, the coverage table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from urbangeo.sources.plans import source_titles
from urbangeo.windows.workbook import HEADINGS_ZH, Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def listing(potential: pd.DataFrame, designations: pd.DataFrame | None = None) -> pd.DataFrame:
    """Make the potential-area list ready to print: titles of sources, and the plan lists each county stands on.

    Parameters
    ----------
    potential : pandas.DataFrame
        As :func:`urbangeo.potential_areas` returns.
    designations : pandas.DataFrame, optional
        As :func:`urbangeo.read_designations` returns; unconfirmed memberships are marked 待核实.

    Returns
    -------
    pandas.DataFrame
        Columns in the order they are printed, adcode first.

    Raises
    ------
    UnknownNameError
        If a source id is not in the table of sources.
    """
    frame = potential.reset_index()
    titles = source_titles(frame["source_id"])["title"]
    frame["source"] = ["；".join(titles[part] for part in ids.split(";")) for ids in frame["source_id"]]
    if designations is not None:
        rows = designations.dropna(subset=["adcode"])
        marked = rows["programme_zh"] + rows["confidence"].map({"unconfirmed": "（待核实）"}).fillna("")
        lists = marked.groupby(rows["adcode"]).agg(lambda names: "；".join(dict.fromkeys(names)))
        frame["designations"] = frame["adcode"].map(lists).fillna("")
    order = [name for name in HEADINGS_ZH if name in frame and name not in ("note",)]
    return frame[order]


def potential_sheets(
    rows: pd.DataFrame,
    designations: pd.DataFrame | None,
    totals: pd.DataFrame | None,
    warnings: Sequence[str],
) -> list[Sheet]:
    """Lay out the potential-area workbook: one sheet a province, then lists, circles, notes and sources.

    Parameters
    ----------
    rows : pandas.DataFrame
        As :func:`urbangeo.windows.tables.listing` returns.
    designations, totals : pandas.DataFrame, optional
        Membership of plan lists, and people in the circles.
    warnings : sequence of str
        What a reader must know.

    Returns
    -------
    list of Sheet
        In the order of the tabs.
    """
    import pandas as pd

    rule = (
        "规则：常住人口超过10万人且城镇化率低于同年全省平均水平（青海省实施方案解读）；"
        "山东省按同一规则推算，未见官方名单。"
    )
    sheets = []
    for province, part in rows.groupby("province", sort=False):
        year = int(part["year"].iloc[0])
        caption = f"{province}潜力地区名单（{year}年人口普查，共{int((part['decision'] == 'potential').sum())}个）"
        # Year and province stand in the caption, full titles below the table: the sheet has to fit on paper.
        unprinted = {"province", "year", "population_margin", "source"}
        unprinted |= set() if (part["decision"] == "undecided").any() else {"decision"}
        columns = [name for name in part.columns if name not in unprinted]
        titles = source_titles(part["source_id"])["title"]
        notes = [
            rule,
            "功能区（高新区、经开区等）在普查资料中单列，本表县级数不含单列功能区；并入后的变化见“换口径后的变化”。",
        ]
        notes.append("来源：" + "；".join(f"{source_id} {title}" for source_id, title in titles.items()) + "。")
        sheets.append(Sheet(str(province), caption, part[columns], notes))
    used = set(rows["source_id"])
    if designations is not None:
        columns = [
            "programme_zh",
            "adcode",
            "name",
            "designated_name",
            "batch",
            "area_name",
            "part_of_county",
            "confidence",
            "source_id",
        ]
        notes = ["“待核实”为编者所知、尚未见文件；“一处来源”仅有一个页面佐证。名单不全之处见“说明”。"]
        sheets.append(Sheet("规划名单", "规划名单与成员（逐行注明核实程度）", designations[columns], notes))
        used |= set(designations["source_id"])
    if totals is not None:
        columns = [
            "origin_id",
            "cutoff_min",
            "definition_zh",
            "counties",
            "population",
            "target_population",
            "gap",
            "note",
        ]
        notes = [
            "规划目标为“分别覆盖2000万人口”（鲁政办字〔2021〕125号），未规定出行方式与口径；各口径并列，差距如实列出。"
        ]
        sheets.append(
            Sheet(
                "交通圈人口",
                "1小时交通圈覆盖人口：各口径与规划目标（骨架路网结果，非实测）",
                totals[columns],
                notes,
            )
        )
        used |= set(totals["source_id"].dropna())
    numbered = pd.DataFrame({"item": range(1, len(warnings) + 1), "text": list(warnings)})
    sheets.append(Sheet("说明", "口径、缺口与待核实事项", numbered))
    columns = ["source_id", "title", "doc_number", "publisher", "date", "reached", "url"]
    cited = source_titles(sorted(used)).reset_index()[columns]
    sheets.append(Sheet("来源", "数据来源（转载件应以原件替换）", cited))
    return sheets


def coverage_table(covered: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Put county rows and circle totals into one table, told apart by ``row_type``.

    Parameters
    ----------
    covered : pandas.DataFrame
        As :func:`urbangeo.coverage` returns.
    totals : pandas.DataFrame
        As :func:`urbangeo.circle_totals` returns.

    Returns
    -------
    pandas.DataFrame
        row_type ("county" or "total") first; totals leave the county columns empty and carry the target and the gap.
    """
    import pandas as pd

    county = covered.reset_index().assign(row_type="county", definition="drive")
    columns = [
        "row_type",
        "origin_id",
        "cutoff_min",
        "definition",
        "adcode",
        "name",
        "prefecture",
        "province",
    ]
    columns += [
        "area_share",
        "population_share",
        "population",
        "county_population",
        "seat_time_min",
        "verdict",
    ]
    columns += ["definition_zh", "counties", "target_population", "gap", "source_id", "note", "network_kind"]
    table = pd.concat([county, totals.assign(row_type="total")], ignore_index=True)
    table["network_kind"] = table["network_kind"].fillna(county["network_kind"].iloc[0])
    table.loc[table["definition"] == "official_members", "network_kind"] = pd.NA
    table[["area_share", "population_share"]] = table[["area_share", "population_share"]].round(4)
    # Rounded up, so that a printed time never seems to keep a cutoff that the seat misses.
    table["seat_time_min"] = (table["seat_time_min"].round(4) * 10).apply(np.ceil) / 10
    return table[columns]
