"""Workbooks with Chinese headings, ready to print on A4 landscape."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from urbangeo.archive.files import atomic_path
from urbangeo.archive.wording import word
from urbangeo.errors import InputError
from urbangeo.windows.cells import plain

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

HEADINGS_ZH: dict[str, str] = {
    "adcode": "行政区划代码",
    "name": "县（市、区）",
    "prefecture": "所属市（州）",
    "province": "省份",
    "year": "数据年份",
    "resident_population": "常住人口（人）",
    "urban_population": "城镇人口（人）",
    "urbanization_rate_pct": "城镇化率（%）",
    "provincial_rate_pct": "全省城镇化率（%）",
    "gap_pct": "低于全省（百分点）",
    "population_margin": "超出人口门槛（人）",
    "decision": "判定",
    "reason": "理由",
    "flips_under": "换口径后的变化",
    "designations": "已列入的规划名单",
    "source": "数据来源",
    "source_id": "来源编号",
    "confidence": "核实程度",
    "programme_zh": "规划名单",
    "designated_name": "名单所列单位",
    "batch": "批次（年份）",
    "area_name": "片区或镇",
    "part_of_county": "仅部分区域",
    "origin_id": "交通圈",
    "cutoff_min": "时限（分钟）",
    "definition_zh": "口径",
    "counties": "涉及县数",
    "population": "覆盖人口（人）",
    "target_population": "规划目标（人）",
    "gap": "与目标之差（人）",
    "note": "说明",
    "title": "文件或资料",
    "doc_number": "文号",
    "publisher": "发布机构",
    "date": "日期",
    "url": "网址",
    "reached": "查阅方式",
    "area_share": "面积覆盖率",
    "population_share": "人口覆盖率",
    "county_population": "全县人口（人）",
    "seat_time_min": "县城时间（分钟）",
    "verdict": "判定",
    "item": "事项",
    "text": "内容",
}
"""Sheet headings of every column this room prints."""

_VOCABULARIES = ("decision", "confidence", "reached")
"""Columns whose codes are printed as Chinese words."""

_WIDE = re.compile(r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]")


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook.

    Attributes
    ----------
    title : str
        Name on the tab, Chinese.
    caption : str
        First line of the sheet: what the table shows.
    frame : pandas.DataFrame
        Columns out of :data:`HEADINGS_ZH`.
    notes : sequence of str
        Lines below the table: sources, marks, how to read it.
    """

    title: str
    caption: str
    frame: pd.DataFrame
    notes: Sequence[str] = ()


def write_xlsx(sheets: Sequence[Sheet], path: Path | str) -> Path:
    """Write sheets with Chinese headings, ready to print on A4 landscape.

    Parameters
    ----------
    sheets : sequence of Sheet
        In order.
    path : path-like
        File to be written.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If there are no sheets, or a column has no Chinese heading.
    OutputError
        If it cannot be written.
    """
    from openpyxl import Workbook

    if not sheets:
        msg = "There is no sheet to write."
        raise InputError(msg)
    book = Workbook()
    for blank in list(book.worksheets):
        book.remove(blank)
    for sheet in sheets:
        _fill_sheet(book.create_sheet(sheet.title), sheet)
    with atomic_path(path) as draft:
        book.save(draft)
    from pathlib import Path as FilePath

    return FilePath(path)


def _fill_sheet(page: Any, sheet: Sheet) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    unknown = [name for name in sheet.frame.columns if name not in HEADINGS_ZH]
    if unknown:
        msg = f"Sheet {sheet.title!r}: the columns {unknown} have no Chinese heading in HEADINGS_ZH."
        raise InputError(msg)
    count = len(sheet.frame.columns)
    font, thin = "Microsoft YaHei", Side(style="thin", color="BFBFBF")
    border = Border(left=thin, right=thin, top=thin, bottom=thin)
    _put(page, 1, 1, sheet.caption).font = Font(name=font, bold=True, size=14)
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=count)
    page.row_dimensions[1].height = 26
    for column, name in enumerate(sheet.frame.columns, 1):
        cell = _put(page, 2, column, HEADINGS_ZH[name])
        cell.font, cell.fill = (
            Font(name=font, bold=True, color="FFFFFF"),
            PatternFill("solid", fgColor="1F4E79"),
        )
        cell.alignment, cell.border = Alignment("center", "center", wrap_text=True), border
    page.row_dimensions[2].height = 32
    widths = [_text_width(HEADINGS_ZH[name]) * 0.6 for name in sheet.frame.columns]
    for number, row in enumerate(sheet.frame.itertuples(index=False), 3):
        heights = [1.0]
        for column, (name, value) in enumerate(zip(sheet.frame.columns, row, strict=True), 1):
            cell = _put(page, number, column, _sheet_value(name, value))
            cell.font, cell.border = Font(name=font, size=10), border
            is_text = isinstance(cell.value, str)
            cell.alignment = Alignment("left" if is_text else "right", "center", wrap_text=is_text)
            if not is_text and cell.value is not None:
                cell.number_format = _number_format(name)
            if is_text and ("待核实" in cell.value or "无法判定" in cell.value):
                cell.font = Font(name=font, size=10, color="C00000")
            width = _text_width(str(cell.value if cell.value is not None else ""))
            widths[column - 1] = max(widths[column - 1], min(width, 46.0))
            heights.append(math.ceil(width / 46.0))
        page.row_dimensions[number].height = 15.5 * max(heights) + 2
    for column, width in enumerate(widths, 1):
        page.column_dimensions[get_column_letter(column)].width = max(width + 2.0, 7.0)
    for offset, note in enumerate(sheet.notes):
        cell = _put(page, len(sheet.frame) + 4 + offset, 1, note)
        cell.font, cell.alignment = (
            Font(name=font, size=9, color="595959"),
            Alignment(wrap_text=True, vertical="top"),
        )
        page.merge_cells(start_row=cell.row, start_column=1, end_row=cell.row, end_column=count)
        total = sum(max(width + 2.0, 7.0) for width in widths)
        page.row_dimensions[cell.row].height = 14.0 * max(1, math.ceil(_text_width(note) / max(total - 4, 20.0)))
    page.freeze_panes = "C3"
    page.auto_filter.ref = f"A2:{get_column_letter(count)}{len(sheet.frame) + 2}"
    page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToHeight = "landscape", 9, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = "1:2"
    page.oddFooter.center.text = "第 &P 页，共 &N 页"


def _put(page: Any, row: int, column: int, value: Any) -> Any:
    """Set a cell; text stays text even where it looks like a formula."""
    cell = page.cell(row=row, column=column, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def _sheet_value(name: Any, value: Any) -> Any:
    clean = plain(value)
    if name in _VOCABULARIES and clean is not None:
        return word(str(name), clean)
    if isinstance(clean, bool):
        return "是" if clean else "否"
    return clean


def _number_format(name: Any) -> str:
    if str(name).endswith("_pct"):
        return "0.00"
    if str(name).endswith("_share"):
        return "0.0%"
    if str(name).endswith("_min"):
        return "0"
    return "0" if name == "year" else "#,##0"


def _text_width(text: str) -> float:
    """Estimate the width of a text in characters of a spreadsheet column; Chinese characters count for two."""
    return max((sum(2.1 if _WIDE.match(char) else 1.1 for char in line) for line in text.split("\n")), default=0.0)
