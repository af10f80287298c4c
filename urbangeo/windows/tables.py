"""What is printed: the potential-area list, the sheets of its workbook, the coverage table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from urbangeo.archive.catalog import read_table
from urbangeo.archive.wording import word
from urbangeo.language.batches import batch_zh
from urbangeo.language.schemas import SKELETON
from urbangeo.sources.plans import printed_sources, source_titles
from urbangeo.windows.workbook import HEADINGS_ZH, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from urbangeo.answers.potential import PotentialRule
    from urbangeo.sources.census import Zones


TARGET_LINE = "；".join(
    (
        "规划目标为“分别覆盖2000万人口”（鲁政办字〔2021〕125号，引述，未见原件），未规定出行方式与口径",
        "各口径并列，差距如实列出。",
    )
)
"""What the target of the circles is, and what it leaves open."""


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
    *,
    rule: PotentialRule,
    zones: Zones = "apart",
    designations: pd.DataFrame | None = None,
    totals: pd.DataFrame | None = None,
    warnings: Sequence[str] = (),
    numbered: Sequence[str] = (),
) -> list[Sheet]:
    """Lay out the potential-area workbook: one sheet a province, then lists, circles, notes and sources.

    Parameters
    ----------
    rows : pandas.DataFrame
        As :func:`urbangeo.windows.tables.listing` returns.
    rule : PotentialRule
        The rule that made the rows.
    zones : {"apart", "to_host"}, default "apart"
        How functional zones stood in the census that was judged.
    designations, totals : pandas.DataFrame, optional
        Membership of plan lists, and people in the circles.
    warnings : sequence of str
        What a reader must know.
    numbered : sequence of str
        Source ids in the order in which other files of a pack number them; others follow.

    Returns
    -------
    list of Sheet
        In the order of the tabs.
    """
    import pandas as pd

    sources = _Numbered(numbered)
    sheets = [
        _province_sheet(str(province), part, rule, zones, sources)
        for province, part in rows.groupby("province", sort=False)
    ]
    if designations is not None:
        sheets.append(_designation_sheet(designations, sources))
    if totals is not None:
        sheets.append(_totals_sheet(totals, sources))
    if warnings:
        sheets.append(Sheet("说明", "口径、缺口与待核实事项", _with_numbers(pd.DataFrame({"text": list(warnings)}))))
    sheets.append(sources.sheet())
    return sheets


class _Numbered:
    """Source ids in the order of their first use, with the numbers under which sheets print them."""

    def __init__(self, first: Sequence[str] = ()) -> None:
        self._numbers: dict[str, int] = {one: number for number, one in enumerate(first, 1)}

    def cite(self, source_ids: pd.Series) -> list[str]:
        """Return cells such as "1、3" for cells of joined ids, in the order of the numbers."""
        cells = [[part for part in str(ids).split(";") if part] for ids in source_ids.fillna("")]
        numbers = [{self._numbers.setdefault(one, len(self._numbers) + 1) for one in ids} for ids in cells]
        return ["、".join(map(str, sorted(cell))) for cell in numbers]

    def legend(self, cells: Iterable[str]) -> str:
        """Spell out the numbers that a sheet prints."""
        titles = printed_sources()["title"]
        used = {int(number) for cell in cells for number in cell.split("、") if number}
        words = [f"{number} {titles[one]}" for one, number in self._numbers.items() if number in used]
        return f"来源：{'；'.join(words)}。"

    def sheet(self) -> Sheet:
        """List every source with its number and how it was seen."""
        cited = source_titles(list(self._numbers)).loc[list(self._numbers)].reset_index(drop=True)
        columns = ["title", "doc_number", "publisher", "date", "reached", "url"]
        return Sheet("来源", "数据来源（转载、引述应以原件替换）", _with_numbers(cited[columns]))


def _with_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    numbered = frame.reset_index(drop=True)
    numbered.insert(0, "item", range(1, len(numbered) + 1))
    return numbered


def _province_sheet(province: str, part: pd.DataFrame, rule: PotentialRule, zones: Zones, sources: _Numbered) -> Sheet:
    count = int((part["decision"] == "potential").sum())
    caption = f"{province}潜力地区名单（{int(part['year'].iloc[0])}年人口普查，共{count}个）"
    # Year and province stand in the caption, full titles below the table: the sheet has to fit on paper.
    unprinted = {"province", "year", "population_margin", "source"}
    unprinted |= set() if (part["decision"] == "undecided").any() else {"decision"}
    printed = _with_numbers(part[[name for name in part.columns if name not in unprinted]])
    printed["source_id"] = sources.cite(part["source_id"])
    return Sheet(province, caption, printed, [*rule_lines(province, rule, zones), sources.legend(printed["source_id"])])


def rule_lines(province: str, rule: PotentialRule, zones: Zones = "apart", *, has_changes: bool = True) -> list[str]:
    """Say by which rule the counties of a province were judged, where it comes from, and how zones were counted.

    Parameters
    ----------
    province : str
        Its name as it is printed.
    rule : PotentialRule
        The rule.
    zones : {"apart", "to_host"}, default "apart"
        How functional zones stood in the census that was judged.
    has_changes : bool, default True
        Whether the list has the column on what would change; else nothing points at it.

    Returns
    -------
    list of str
        Two lines below the list.
    """
    origin = "规则引自青海省实施方案解读（引述，未见原件）"
    if province != "青海省":
        origin += f"；{province}按同一规则推算，未见本省官方名单"
    counted, other = {
        "apart": ("功能区（高新区、经开区等）按普查资料单列，不计入所在县（市、区）", "并入后"),
        "to_host": ("功能区（高新区、经开区等）人口已并入所在县（市、区）", "分列时"),
    }[zones]
    changes = f"；{other}的变化见“换口径后的变化”" if has_changes else ""
    return [f"规则：{rule.in_chinese()}。{origin}。", f"{counted}{changes}。"]


def _designation_sheet(designations: pd.DataFrame, sources: _Numbered) -> Sheet:
    order = {programme: place for place, programme in enumerate(read_table("plans/programmes")["programme"])}
    # National lists first, then in the order of the table of programmes.
    rows = designations.assign(
        rank=designations["programme"].map(order), is_provincial=designations["level"] != "national"
    ).sort_values(["is_provincial", "rank", "adcode"], kind="stable")
    columns = [
        "programme_zh",
        "adcode",
        "name",
        "designated_name",
        "batch",
        "area_name",
        "part_of_county",
        "confidence",
    ]
    printed = _with_numbers(rows[columns])
    printed["batch"] = [batch_zh(value) for value in rows["batch"]]
    printed["source_id"] = sources.cite(rows["source_id"])
    notes = ["“待核实”为编者所知、尚未见文件；“一处来源”仅有一个页面佐证。名单不全之处见“说明”。"]
    return Sheet("规划名单", "规划名单与成员（逐行注明核实程度）", printed, notes)


def _totals_sheet(totals: pd.DataFrame, sources: _Numbered) -> Sheet:
    columns = ["origin_id", "cutoff_min", "definition_zh", "counties", "population", "target_population", "gap", "note"]
    printed = totals[columns].reset_index(drop=True)
    cited = sources.cite(totals["source_id"])
    printed.insert(len(columns) - 1, "source_id", cited)
    notes = [TARGET_LINE, sources.legend(cited)]
    caption = "1小时交通圈覆盖人口：各口径与规划目标（骨架路网结果，非实测）"
    return Sheet("交通圈人口", caption, printed, notes)


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

    main = totals[totals["definition"] == "drive"].iloc[0]
    county = covered.reset_index().assign(
        row_type="county", definition=main["definition"], definition_zh=main["definition_zh"]
    )
    is_skeleton = county["network_kind"].str.contains(SKELETON)
    county["note"] = is_skeleton.map({True: f"{word('network_kind', 'skeleton')}，非实测", False: ""})
    columns = ["row_type", "origin_id", "cutoff_min", "definition", "definition_zh", "placement", "rule"]
    columns += ["adcode", "name", "prefecture", "province", "area_share", "population_share", "population"]
    columns += ["county_population", "seat_time_min", "covered", "verdict", "counties", "target_population", "gap"]
    columns += ["source_id", "note", "network_kind"]
    table = pd.concat([county, totals.assign(row_type="total")], ignore_index=True)
    table["network_kind"] = table["network_kind"].fillna(county["network_kind"].iloc[0])
    table.loc[table["definition"] == "official_members", "network_kind"] = pd.NA
    table[["area_share", "population_share"]] = table[["area_share", "population_share"]].round(4)
    # Rounded up, so that a printed time never seems to keep a cutoff that the seat misses.
    table["seat_time_min"] = (table["seat_time_min"].round(4) * 10).apply(np.ceil) / 10
    return table[columns]
