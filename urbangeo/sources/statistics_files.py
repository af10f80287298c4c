"""Statistics files as they come from offices: every cell as text, and everything the reader did said aloud.

The reader guesses nothing about meaning. It finds the encoding, the sheet and the heading row, fills merged cells, and
writes each of these steps into ``notes`` in Chinese, so that a person can check them. What it cannot read for certain
it refuses.
"""

from __future__ import annotations

import codecs
import csv
import io
import math
import re
import warnings
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from urbangeo.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

MOST_BYTES = 200_000_000
"""Largest file that is read, and the most a workbook may unpack to twice over; a county table has kilobytes."""

MOST_CELLS = 5_000_000
"""Most cells of a table; 100,000 rows of 50 columns."""

_HEADING_WITHIN = 30
"""Titles and unit lines above the headings: more rows than this are no title."""

_READERS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet")
_ENCODINGS = ("utf-8", "utf-8-sig", "gb18030")
_CJK = re.compile("[\u4e00-\u9fff]")
_NUMBER = re.compile(r"[+-]?(\d[\d,]*)?\.?\d+(e[+-]?\d+)?%?", re.IGNORECASE)
_YEAR = re.compile(r"(19|20)\d\d")
_UNIT_LINE = re.compile(r"\s*[（(]?\s*(计量)?单\s*位\s*[:：]")
_BROKEN_BOOK = (
    *(zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError),
    *(OSError, ParseError, zlib.error, NotImplementedError, RuntimeError),
)
"""What a damaged workbook makes the reader of workbooks raise."""


@dataclass(frozen=True)
class StatisticsFile:
    """A table read from a file, and how it was read.

    Attributes
    ----------
    frame : pandas.DataFrame
        All columns of the file as text, cells as they stand there, empty cells missing. The index ``row`` is the row
        (CSV: line) number in the file, so that a message can point at it.
    encoding : str or None
        "utf-8", "utf-8-sig" or "gb18030" for text files.
    sheet : str or None
        Name of the sheet for workbooks.
    notes : tuple of str
        What was found, filled in or left out, in Chinese, one sentence each.
    """

    frame: pd.DataFrame
    encoding: str | None
    sheet: str | None
    notes: tuple[str, ...] = ()


@dataclass
class _Grid:
    """Cells as text before headings are found: rows with their numbers in the file, and merged areas."""

    rows: list[tuple[int, list[str | None]]]
    notes: list[str] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Top, left, bottom, right; rows numbered as in the file, columns from 0."""


def read_statistics(path: Path | str, *, sheet: str | None = None, encoding: str | None = None) -> StatisticsFile:
    r"""Read a statistics table from CSV, xlsx or Parquet with every cell as text.

    The encoding of a text file (UTF-8 with or without byte-order mark, GB18030) is found from its bytes and stated in
    ``notes``; a file that mixes two is refused. Title and unit lines above the headings are kept as notes. Text in
    merged cells of a workbook is filled into every cell of the area; a merged number is not, since a joint figure of
    two counties must not be counted twice. The file itself is never written to.

    Parameters
    ----------
    path : path-like
        A ``.csv``, ``.txt``, ``.tsv``, ``.xlsx``, ``.xlsm`` or ``.parquet`` file.
    sheet : str, optional
        Sheet of a workbook; by default the first visible one that is not empty.
    encoding : {"utf-8", "utf-8-sig", "gb18030"}, optional
        Encoding of a text file, where the one found from the bytes is wrong.

    Returns
    -------
    StatisticsFile
        The frame, the encoding or sheet, and notes.

    Raises
    ------
    InputError
        If the file is missing, of another format, damaged, too large, empty, without headings, or if its text cannot
        be decoded, mixes encodings, or has rows with more cells than headings.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "table.csv"
    ...     _ = file.write_bytes("地区,常住人口\n历下区,819139\n".encode("gb18030"))
    ...     table = read_statistics(file)
    >>> table.encoding, table.frame.loc[2, "地区"]
    ('gb18030', '历下区')
    """
    file = Path(path)
    ending = file.suffix.lower()
    _check_file(file, ending)
    if sheet is not None and ending not in (".xlsx", ".xlsm"):
        msg = f"sheet={sheet!r} was given, but {file.name} is no workbook; leave it out."
        raise InputError(msg)
    if encoding is not None and ending not in (".csv", ".txt", ".tsv"):
        msg = f"encoding={encoding!r} was given, but {file.name} is no text file; leave it out."
        raise InputError(msg)
    if ending == ".parquet":
        return _read_parquet(file)
    if ending in (".xlsx", ".xlsm"):
        grid, used = _book_grid(file, sheet)
        return StatisticsFile(_table(grid, file.name), None, used, tuple(grid.notes))
    grid, found = _text_grid(file, encoding)
    return StatisticsFile(_table(grid, file.name), found, None, tuple(grid.notes))


def _check_file(file: Path, ending: str) -> None:
    try:
        size = file.stat().st_size
        is_file = file.is_file()
    except OSError as error:
        msg = f"Cannot read {file}: {error.strerror or error}. Check the name and the folder."
        raise InputError(msg) from error
    if not is_file:
        msg = f"Cannot read {file}: it is no file."
        raise InputError(msg)
    if ending == ".xls":
        msg = f"{file.name} is of the old Excel format; open it and save it as .xlsx."
        raise InputError(msg)
    if ending not in _READERS:
        msg = f"{file.name} has the ending {ending or '(none)'}; expected one of {listed(_READERS)}."
        raise InputError(msg)
    if size == 0:
        msg = f"{file.name} is empty (0 bytes)."
        raise InputError(msg)
    if size > MOST_BYTES:
        msg = f"{file.name} has {size:,} bytes, more than {MOST_BYTES:,}; keep the county rows and columns needed."
        raise InputError(msg)


# --- text files ---------------------------------------------------------------------------------------------------


def _text_grid(file: Path, encoding: str | None) -> tuple[_Grid, str]:
    text, found, notes = _decoded(_bytes_of(file), file.name, encoding)
    if found == "gb18030" and encoding is None:
        notes.insert(0, "文件编码：GB18030（按字节判定，不是UTF-8）。")
    else:
        words = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8（带BOM）", "gb18030": "GB18030"}[found]
        notes.insert(0, f"文件编码：{words}{'（由使用者指定）' if encoding else ''}。")
    delimiter = _delimiter(text)
    if delimiter != ",":
        notes.append(f"列分隔符：{'制表符' if delimiter == chr(9) else delimiter}。")
    # A lone carriage return inside a cell is no line end to the csv module, only in front of a line feed.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[int, list[str | None]]] = []
    cells = 0
    line = 1
    try:
        for row in reader:
            cells += len(row)
            if cells > MOST_CELLS:
                _too_many(file.name)
            rows.append((line, [cell if cell != "" else None for cell in row]))
            line = reader.line_num + 1
    except csv.Error as error:
        msg = f"{file.name}, line {reader.line_num}: {error}. A quotation mark is not closed, or the file is no CSV."
        raise InputError(msg) from error
    return _Grid(rows, notes), found


def _bytes_of(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        msg = f"Cannot read {file}: {error.strerror or error}."
        raise InputError(msg) from error


def _too_many(name: str) -> None:
    msg = f"{name} has more than {MOST_CELLS:,} cells; keep the county rows and the columns needed."
    raise InputError(msg)


def _decoded(data: bytes, name: str, encoding: str | None) -> tuple[str, str, list[str]]:
    if encoding is not None and encoding not in _ENCODINGS:
        msg = f"encoding={encoding!r} is not known; expected one of {listed(_ENCODINGS)}."
        raise InputError(msg)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        msg = f"{name} is UTF-16 (Excel's 'Unicode text'); save it as 'CSV UTF-8' or as .xlsx."
        raise InputError(msg)
    if b"\x00" in data:
        msg = f"{name} holds zero bytes, so it is no text file; save the table as CSV UTF-8 or .xlsx."
        raise InputError(msg)
    if data[:2] == b"PK" or data.startswith(b"\xd0\xcf\x11\xe0"):
        msg = f"{name} is a workbook under a text file's name; give it its own ending (.xlsx)."
        raise InputError(msg)
    marked = data.startswith(codecs.BOM_UTF8)
    chosen = encoding or ("utf-8-sig" if marked else "utf-8")
    try:
        text = data.decode(chosen)
    except UnicodeDecodeError as error:
        if encoding is not None or marked:
            line = data.count(b"\n", 0, error.start) + 1
            msg = f"{name} is not {chosen} throughout: line {line} cannot be decoded. Save it anew as CSV UTF-8."
            raise InputError(msg) from error
        _refuse_mixed(data, name)
        chosen, text = "gb18030", _gb18030(data, name)
    if chosen == "utf-8" and marked:
        chosen, text = "utf-8-sig", text.removeprefix("\ufeff")
    notes = []
    broken = [number for number, line in enumerate(text.split("\n"), 1) if "\ufffd" in line]
    if broken:
        notes.append(f"第{listed(broken)}行含有替换符“\ufffd”：原文字在存成本文件之前已丢失，请核对原件。")
    return text, chosen, notes


def _gb18030(data: bytes, name: str) -> str:
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        msg = (
            f"{name} is neither UTF-8 nor GB18030: line {line} cannot be decoded. "
            "Open it in the program it came from and save it as CSV UTF-8."
        )
        raise InputError(msg) from error


def _refuse_mixed(data: bytes, name: str) -> None:
    """Refuse a file of which some lines are Chinese in UTF-8 and others are not UTF-8 at all.

    Short words of GB18030 can by chance be valid UTF-8 (the well-known 联通), but then they decode to Latin or Arabic
    letters and not to Chinese.

    Raises
    ------
    InputError
        If there are lines of both kinds.
    """
    of_utf8: list[int] = []
    others: list[int] = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.isascii():
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            others.append(number)
        else:
            if _CJK.search(text):
                of_utf8.append(number)
    if of_utf8 and others:
        msg = (
            f"{name} mixes encodings: lines {listed(of_utf8)} are UTF-8, lines {listed(others)} are not. "
            "It was put together from two files; save each as CSV UTF-8 and join them again, "
            "or give encoding='gb18030' if the whole file is GB18030 after all."
        )
        raise InputError(msg)


def _delimiter(text: str) -> str:
    """Take the character that stands in the most of the first lines; a comma where there is none."""
    head = text.split("\n", _HEADING_WITHIN)[:_HEADING_WITHIN]

    def weight(mark: str) -> tuple[int, int]:
        counts = [line.count(mark) for line in head]
        return sum(count > 0 for count in counts), sum(counts)

    return max((",", "\t", ";"), key=weight)


# --- workbooks ----------------------------------------------------------------------------------------------------


def _book_grid(file: Path, sheet: str | None) -> tuple[_Grid, str]:
    _check_archive(file)
    book = _open_book(file)
    try:
        page, notes = _chosen_sheet(book, file.name, sheet)
        if page.max_row * page.max_column > MOST_CELLS:
            msg = (
                f"Sheet {page.title!r} of {file.name} reaches to row {page.max_row:,}, column {page.max_column:,}; "
                "delete the empty rows and columns behind the table."
            )
            raise InputError(msg)
        rows = [
            (number, [_cell_text(value) for value in row])
            for number, row in enumerate(page.iter_rows(values_only=True), 1)
        ]
        merged = [(area.min_row, area.min_col - 1, area.max_row, area.max_col - 1) for area in page.merged_cells.ranges]
        hidden = [number for number, row in page.row_dimensions.items() if row.hidden and number <= len(rows)]
        if hidden:
            notes.append(f"工作表有{len(hidden)}个隐藏行（或被筛选的行），已一并读取。")
        _refuse_uncalculated(file, page.title, rows)
        return _Grid(rows, notes, sorted(merged)), str(page.title)
    finally:
        book.close()


def _check_archive(file: Path) -> None:
    with file.open("rb") as stream:
        if stream.read(4) == b"\xd0\xcf\x11\xe0":
            msg = f"{file.name} is locked with a password, or of the old Excel format; save it as a plain .xlsx."
            raise InputError(msg)
    try:
        with zipfile.ZipFile(file) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        msg = f"{file.name} is no workbook or is damaged ({error}); open it in Excel or WPS and save it anew."
        raise InputError(msg) from error
    if unpacked > 2 * MOST_BYTES:
        msg = f"{file.name} unpacks to {unpacked:,} bytes, more than {2 * MOST_BYTES:,}; keep the table needed."
        raise InputError(msg)


def _open_book(file: Path, *, formulas: bool = False) -> Any:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # Of styles, validations and extensions the reader leaves out; none of them is a cell.
            warnings.simplefilter("ignore")
            return load_workbook(file, data_only=not formulas, read_only=formulas)
    except _BROKEN_BOOK as error:
        msg = f"{file.name} is no workbook or is damaged ({error}); open it in Excel or WPS and save it anew."
        raise InputError(msg) from error


def _chosen_sheet(book: Any, name: str, sheet: str | None) -> tuple[Any, list[str]]:
    pages = list(book.worksheets)
    if sheet is not None:
        hits = [page for page in pages if page.title == sheet]
        if not hits:
            msg = f"{name} has no sheet {sheet!r}; it has {listed(page.title for page in pages)}."
            raise InputError(msg)
        return hits[0], [f"工作表：“{sheet}”（由使用者指定）。"]
    filled = [page for page in pages if page.sheet_state == "visible" and _has_values(page)]
    if not filled:
        msg = f"{name} has no visible sheet with cells in it."
        raise InputError(msg)
    others = [page.title for page in filled[1:]]
    note = f"工作表：“{filled[0].title}”。"
    if others:
        note = f"工作表：“{filled[0].title}”；另有{len(others)}个工作表未读取（{listed(others)}）。"
    return filled[0], [note]


def _has_values(page: Any) -> bool:
    return any(
        value is not None
        for row in page.iter_rows(max_row=min(page.max_row, 200), max_col=min(page.max_column, 200), values_only=True)
        for value in row
    )


def _cell_text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return repr(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _refuse_uncalculated(file: Path, title: str, rows: list[tuple[int, list[str | None]]]) -> None:
    """Refuse cells whose formula was never calculated: they look empty and are not.

    Workbooks written by programs hold formulas without results; without this check a figure would go missing.

    Raises
    ------
    InputError
        If there are such cells, or the workbook is damaged.
    """
    with zipfile.ZipFile(file) as archive:
        parts = [part for part in archive.namelist() if part.startswith("xl/worksheets/")]
        try:
            if not any(b"<f" in archive.read(part) for part in parts):
                return
        except _BROKEN_BOOK as error:
            msg = f"{file.name} is damaged ({error}); open it in Excel or WPS and save it anew."
            raise InputError(msg) from error
    book = _open_book(file, formulas=True)
    try:
        empty = []
        page = book[title]
        for (number, values), cells in zip(rows, page.iter_rows(values_only=True), strict=False):
            for value, cell in zip(values, cells, strict=False):
                if value is None and isinstance(cell, str) and cell.startswith("="):
                    empty.append(number)
                    break
    finally:
        book.close()
    if empty:
        msg = (
            f"Sheet {title!r} of {file.name} holds formulas without results in rows {listed(empty)}; "
            "open it in Excel or WPS, let it calculate, and save it."
        )
        raise InputError(msg)


# --- Parquet ------------------------------------------------------------------------------------------------------


def _read_parquet(file: Path) -> StatisticsFile:
    import pandas as pd

    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        msg = f"Reading {file.name} needs pyarrow: run `pip install pyarrow`, or save the table as CSV or .xlsx."
        raise InputError(msg) from error
    try:
        about = parquet.read_metadata(file)
        if about.num_rows * about.num_columns > MOST_CELLS:
            _too_many(file.name)
        table = parquet.read_table(file)
    except (ArrowException, OSError) as error:
        msg = f"{file.name} is no Parquet file or is damaged ({error})."
        raise InputError(msg) from error
    names = table.column_names
    if not names or not table.num_rows:
        msg = f"{file.name} has no rows or no columns."
        raise InputError(msg)
    if len(set(names)) != len(names):
        msg = f"{file.name} has columns of one name: {listed(sorted({n for n in names if names.count(n) > 1}))}."
        raise InputError(msg)
    columns = {name: [_parquet_text(value, name, file.name) for value in table[name].to_pylist()] for name in names}
    frame = pd.DataFrame(columns, index=pd.RangeIndex(1, table.num_rows + 1, name="row"), dtype="str")
    notes = ["Parquet文件，各列按原值转为文本。", *_empty_column_notes(frame)]
    return StatisticsFile(frame, None, None, tuple(notes))


def _parquet_text(value: Any, column: str, name: str) -> str | None:
    if isinstance(value, bytes | list | dict):
        msg = (
            f"Column {column!r} of {name} holds {type(value).__name__} values, which are no table cells; "
            "read boundary files with read_boundary_file."
        )
        raise InputError(msg)
    if isinstance(value, float) and math.isnan(value):
        return None
    return _cell_text(value)


# --- from cells to a table ----------------------------------------------------------------------------------------


def _table(grid: _Grid, name: str) -> pd.DataFrame:
    import pandas as pd

    filled = [(number, row) for number, row in grid.rows if not _is_blank(row)]
    if not filled:
        msg = f"{name} has no cells with anything in them."
        raise InputError(msg)
    place = _heading_row(filled, name)
    for number, row in filled[:place]:
        words = " ".join(" ".join(cell.split()) for cell in row if cell and cell.strip())
        grid.notes.append(f"第{number}行在表头之前，未作为数据：“{words}”。")
    top = filled[place][0]
    rows = {number: list(row) for number, row in grid.rows}
    bottom = _heading_bottom(grid, top, rows)
    width = max(len(row) for _, row in filled[place:])
    headings = _headings(grid, rows, top, bottom, width)
    body = [(number, rows[number] + [None] * (width - len(rows[number]))) for number, _ in grid.rows if number > bottom]
    _fill_merged(grid, dict(body), bottom)
    last = max((number for number, row in body if not _is_blank(row)), default=bottom)
    blank = [number for number, row in body if _is_blank(row) and number < last]
    if blank:
        grid.notes.append(f"{len(blank)}个空行未读取（第{listed(blank)}行）。")
    body = [(number, row) for number, row in body if not _is_blank(row)]
    if not body:
        msg = f"{name} has headings in row {top} but no rows below them."
        raise InputError(msg)
    names = _column_names(grid, headings, body, name)
    columns = {title: [row[place] for _, row in body] for place, title in names}
    index = pd.Index([number for number, _ in body], name="row")
    frame = pd.DataFrame(columns, index=index, dtype="str")
    grid.notes += _empty_column_notes(frame)
    return frame


def _empty_column_notes(frame: pd.DataFrame) -> list[str]:
    empty = [str(title) for title in frame.columns if frame[title].isna().all()]
    return [f"以下列没有任何数据，照原样保留：{listed(empty)}。"] if empty else []


def _is_blank(row: Iterable[str | None]) -> bool:
    return all(cell is None or not cell.strip() for cell in row)


def _heading_row(filled: Sequence[tuple[int, list[str | None]]], name: str) -> int:
    """Return the position of the first row that names at least half of the columns and holds no figure."""
    used = max(sum(bool(cell and cell.strip()) for cell in row) for _, row in filled)
    need = 1 if used == 1 else max(2, math.ceil(used / 2))
    for place, (_, row) in enumerate(filled[:_HEADING_WITHIN]):
        cells = [cell.strip() for cell in row if cell and cell.strip()]
        if len(cells) >= need and not any(_is_figure(cell) or _UNIT_LINE.match(cell) for cell in cells):
            return place
    msg = (
        f"{name}: no heading row was found in the first {_HEADING_WITHIN} rows (a row of words over at least half of "
        "the columns). Put one row of headings above the figures."
    )
    raise InputError(msg)


def _is_figure(cell: str) -> bool:
    """Tell a figure from a heading; a bare year such as 2020 is a heading."""
    return bool(_NUMBER.fullmatch(cell)) and not _YEAR.fullmatch(cell)


def _heading_bottom(grid: _Grid, top: int, rows: dict[int, list[str | None]]) -> int:
    """Return the last row of the headings: they reach down as far as a cell merged downwards from their first row."""
    bottom = top
    for first, left, last, right in grid.merged:
        if first == top:
            bottom = max(bottom, last)
            below = rows.get(top + 1, [])
            has_words = any(cell and cell.strip() for cell in below[left : right + 1])
            is_split = right > left and last == top and has_words
            if is_split and not any(cell and _is_figure(cell.strip()) for cell in below):
                bottom = max(bottom, top + 1)
    return bottom


def _headings(grid: _Grid, rows: dict[int, list[str | None]], top: int, bottom: int, width: int) -> list[str]:
    block = {number: rows[number] + [None] * (width - len(rows[number])) for number in range(top, bottom + 1)}
    for first, left, last, right in grid.merged:
        if top <= first <= bottom and left < width:
            value = block[first][left]
            for number in range(first, min(last, bottom) + 1):
                block[number][left : right + 1] = [value] * (min(right, width - 1) - left + 1)
    headings = []
    for column in range(width):
        parts = ["".join((block[number][column] or "").split("\n")).strip() for number in range(top, bottom + 1)]
        headings.append("_".join(dict.fromkeys(part for part in parts if part)))
    if bottom > top:
        grid.notes.append(f"表头占第{top}至{bottom}行，已合并为一行，各级以“_”相连。")
    return headings


def _fill_merged(grid: _Grid, body: dict[int, list[str | None]], bottom: int) -> None:
    from openpyxl.utils import get_column_letter

    done, left_alone = [], []
    for first, left, last, right in grid.merged:
        if first <= bottom or first not in body or left >= len(body[first]):
            continue
        value = body[first][left]
        if value is None or not value.strip():
            continue
        area = f"{get_column_letter(left + 1)}{first}:{get_column_letter(right + 1)}{last}"
        if _is_figure(value.strip()):
            left_alone.append(area)
            continue
        done.append(area)
        for number in range(first, min(last, max(body)) + 1):
            row = body[number]
            row[left : right + 1] = [value] * (min(right, len(row) - 1) - left + 1)
    if done:
        grid.notes.append(f"合并单元格中的文字已填入其每一格：{listed(done)}。")
    if left_alone:
        grid.notes.append(f"合并单元格中的数字只留在第一格（合计数不得重复计算），请核对：{listed(left_alone)}。")


def _column_names(
    grid: _Grid, headings: list[str], body: list[tuple[int, list[str | None]]], name: str
) -> list[tuple[int, str]]:
    """Name every column that has a heading or a value; doubled and missing headings are told."""
    known = max((place for place, title in enumerate(headings) if title), default=-1)
    beyond = [number for number, row in body if any(cell and cell.strip() for cell in row[known + 1 :])]
    if beyond:
        msg = (
            f"{name}: rows {listed(beyond)} have more cells than there are headings ({known + 1}). "
            "A comma inside a cell needs quotation marks; a column needs a heading."
        )
        raise InputError(msg)
    names: list[tuple[int, str]] = []
    taken: set[str] = set()
    unnamed, doubled, dropped = [], [], 0
    for place, given in enumerate(headings):
        title = given
        if not title:
            if not any(cell for _, row in body for cell in row[place : place + 1]):
                dropped += 1
                continue
            title = f"列{place + 1}"
            unnamed.append(title)
        count = 1
        while title in taken:
            count += 1
            title = f"{given or f'列{place + 1}'}_{count}"
        if count > 1:
            doubled.append(title)
        taken.add(title)
        names.append((place, title))
    if dropped:
        grid.notes.append(f"{dropped}个既无表头也无数据的空列未读取。")
    if unnamed:
        grid.notes.append(f"没有表头的列按位置命名：{listed(unnamed)}。")
    if doubled:
        grid.notes.append(f"重名的列加了序号：{listed(doubled)}。")
    return names
