"""Workbooks with Chinese headings, ready to print on A4 landscape."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from urbangeo.archive.files import atomic_path
from urbangeo.archive.wording import word
from urbangeo.errors import InputError
from urbangeo.windows.cells import printable

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
    "source_id": "来源序号",
    "confidence": "核实程度",
    "rule_basis": "规则依据",
    "programme_zh": "规划名单",
    "designated_name": "名单所列单位",
    "batch": "批次",
    "area_name": "片区或镇",
    "part_of_county": "仅部分区域",
    "origin_id": "交通圈",
    "cutoff_min": "时限（分钟）",
    "definition_zh": "口径",
    "counties": "涉及县（市、区）数",
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
    "county_population": "县（市、区）总人口（人）",
    "seat_time_min": "政府驻地时间（分钟）",
    "verdict": "判定",
    "item": "序号",
    "text": "内容",
    "name_zh": "名称",
    "value": "数值",
    "unit": "单位",
    "threshold": "门槛",
    "reason_zh": "理由或说明",
    "road_class": "等级代码",
    "pieces": "路段数",
    "km": "道路里程（公里）",
    "km_share": "里程占比",
    "speed_kmh": "平均车速（公里/小时）",
    "expressway_km": "其中高速公路（公里）",
    "residents": "常住人口（人）",
    "km_per_10000": "每万人里程（公里）",
    "note_zh": "说明",
    "lon": "经度",
    "lat": "纬度",
}
"""Sheet headings of every column this room prints."""

_STATUS = ("confidence", "decision", "definition_zh", "note", "text")
"""Columns where a doubt colours the whole cell; elsewhere the words say it."""

_VOCABULARIES = ("decision", "confidence", "reached")
"""Columns whose codes are printed as Chinese words."""

FONT = "Microsoft YaHei"
"""The font of Chinese offices; a spreadsheet without it falls back to its own Chinese font."""

_WIDEST = {"reason": 42.0, "text": 110.0, "note": 56.0, "flips_under": 18.0, "designations": 34.0, "title": 62.0}
_WIDEST |= {"reason_zh": 62.0, "note_zh": 62.0}
"""Widest column in characters before its text wraps, where it is not 28."""

_FORMATS = {
    "year": "0",
    "lon": "0.00000",
    "lat": "0.00000",
    "km_per_10000": "#,##0.00",
    **dict.fromkeys(("km", "expressway_km", "speed_kmh"), "#,##0.0"),
}
"""Number formats of columns whose name has no unit that says it."""

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
    book.properties.creator = "urbangeo"
    for blank in list(book.worksheets):
        book.remove(blank)
    for sheet in sheets:
        _fill_sheet(book.create_sheet(sheet.title), sheet)
    with atomic_path(path) as draft:
        book.save(draft)
    from pathlib import Path as FilePath

    return FilePath(path)


def _fill_sheet(page: Any, sheet: Sheet) -> None:
    unknown = [name for name in sheet.frame.columns if name not in HEADINGS_ZH]
    if unknown:
        msg = f"Sheet {sheet.title!r}: the columns {unknown} have no Chinese heading in HEADINGS_ZH."
        raise InputError(msg)
    rows = [
        [sheet_value(name, value) for name, value in zip(sheet.frame.columns, row, strict=True)]
        for row in sheet.frame.itertuples(index=False)
    ]
    widths = _column_widths([str(name) for name in sheet.frame.columns], rows)
    _write_head(page, sheet, widths)
    _write_rows(page, sheet, rows, widths)
    _write_notes(page, sheet, sum(widths))
    _set_up_print(page, len(widths), len(rows))


def _column_widths(names: list[str], rows: list[list[Any]]) -> list[float]:
    """Fit each column to its longest cell, up to its limit, and never narrower than its heading."""
    widths = []
    for column, name in enumerate(names):
        longest = max((_text_width(str(row[column])) for row in rows if row[column] is not None), default=0.0)
        heading = _text_width(_heading(name)) * 1.05
        widths.append(max(min(longest, _WIDEST.get(name, 28.0)), heading, 4.0) + 3.2)
    return widths


def _heading(name: Any) -> str:
    """Put the unit of a heading on a line of its own."""
    return re.sub("（(?=(?:人|%|分钟|百分点)）$)", "\n（", HEADINGS_ZH[name])


def _write_head(page: Any, sheet: Sheet, widths: list[float]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    _put(page, 1, 1, sheet.caption).font = Font(name=FONT, bold=True, size=14)
    page.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(widths))
    page.row_dimensions[1].height = 26
    for column, (name, width) in enumerate(zip(sheet.frame.columns, widths, strict=True), 1):
        cell = _put(page, 2, column, _heading(name))
        cell.font, cell.fill = Font(name=FONT, bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1F4E79")
        cell.alignment, cell.border = Alignment("center", "center", wrap_text=True), _border()
        page.column_dimensions[get_column_letter(column)].width = width
    page.row_dimensions[2].height = 34


def _write_rows(page: Any, sheet: Sheet, rows: list[list[Any]], widths: list[float]) -> None:
    from openpyxl.styles import Alignment, Font

    for number, row in enumerate(rows, 3):
        lines = 1
        for column, (name, value, width) in enumerate(zip(sheet.frame.columns, row, widths, strict=True), 1):
            cell = _put(page, number, column, value)
            is_text = isinstance(value, str)
            cell.font = Font(name=FONT, size=10, color="C00000" if is_doubtful(name, value) else None)
            # The indents keep a right-aligned figure from running into the words of the next column.
            cell.alignment = Alignment("left" if is_text else "right", "center", wrap_text=is_text, indent=1)
            cell.border = _border()
            if not is_text and value is not None:
                cell.number_format = number_format(name)
            elif is_text:
                lines = max(lines, math.ceil(_text_width(value) / (width - 3.0)))
        page.row_dimensions[number].height = 15.0 * lines + 3


def _write_notes(page: Any, sheet: Sheet, width: float) -> None:
    from openpyxl.styles import Alignment, Font

    for offset, note in enumerate(sheet.notes):
        cell = _put(page, len(sheet.frame) + 4 + offset, 1, note)
        cell.font, cell.alignment = Font(name=FONT, size=9, color="595959"), Alignment(wrap_text=True, vertical="top")
        page.merge_cells(start_row=cell.row, start_column=1, end_row=cell.row, end_column=len(sheet.frame.columns))
        page.row_dimensions[cell.row].height = 14.0 * max(1, math.ceil(_text_width(note) / max(width - 4, 20.0)))


def is_doubtful(name: Any, value: Any) -> bool:
    """Tell whether a printed cell says that its row is in doubt.

    Parameters
    ----------
    name : str
        The column; only those that tell how sure something is are asked.
    value : object
        The cell as :func:`sheet_value` returns it.

    Returns
    -------
    bool
        True if it is unconfirmed or could not be decided.

    Examples
    --------
    >>> is_doubtful("confidence", "待核实"), is_doubtful("name", "待核实")
    (True, False)
    """
    return isinstance(value, str) and name in _STATUS and any(sign in value for sign in ("待核实", "无法判定"))


def _set_up_print(page: Any, columns: int, rows: int) -> None:
    from openpyxl.utils import get_column_letter

    page.freeze_panes = "C3"
    page.auto_filter.ref = f"A2:{get_column_letter(columns)}{rows + 2}"
    page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToHeight = "landscape", 9, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = "1:2"
    page.oddFooter.center.text = "第 &P 页，共 &N 页"


def _border() -> Any:
    from openpyxl.styles import Border, Side

    thin = Side(style="thin", color="BFBFBF")
    return Border(left=thin, right=thin, top=thin, bottom=thin)


def _put(page: Any, row: int, column: int, value: Any) -> Any:
    """Set a cell; text stays text even where it looks like a formula."""
    cell = page.cell(row=row, column=column, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    return cell


def sheet_value(name: Any, value: Any) -> Any:
    """Turn a cell into what is printed: codes as Chinese words, yes and no in Chinese, numbers as numbers.

    Parameters
    ----------
    name : str
        The column.
    value : object
        A scalar from a frame.

    Returns
    -------
    None, int, float or str
        None where nothing is known.

    Examples
    --------
    >>> sheet_value("confidence", "unconfirmed"), sheet_value("part_of_county", True)
    ('待核实', '是')
    """
    clean = printable(value)
    if name in _VOCABULARIES and clean is not None:
        return word(str(name), clean)
    if isinstance(clean, bool):
        return "是" if clean else "否"
    return clean


def number_format(name: Any) -> str:
    """Return how the numbers of a column are printed, in the words of spreadsheets.

    Parameters
    ----------
    name : str
        The column; its unit decides.

    Returns
    -------
    str
        A number format.

    Examples
    --------
    >>> number_format("gap_pct"), number_format("population"), number_format("area_share")
    ('0.00', '#,##0', '0.0%')
    """
    if str(name).endswith("_pct"):
        return "0.00"
    if str(name).endswith("_share"):
        return "0.0%"
    if str(name).endswith("_min"):
        return "0"
    return _FORMATS.get(str(name), "#,##0")


def _text_width(text: str) -> float:
    """Estimate the width of a text in characters of a spreadsheet column; Chinese characters count for two."""
    return max((sum(2.1 if _WIDE.match(char) else 1.1 for char in line) for line in text.split("\n")), default=0.0)
