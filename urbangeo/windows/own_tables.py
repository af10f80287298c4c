"""A user's own table given back: any headings, cells as they came, numbers that stay numbers, text that stays text."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbangeo.archive.files import atomic_path, write_atomic
from urbangeo.errors import InputError
from urbangeo.windows.cells import csv_text, printable

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

FORMATS = {".csv": "csv", ".xlsx": "xlsx"}
"""Endings of files this room writes."""

_MOST_ROWS = 1_048_575
"""Rows below the headings that fit on a sheet."""

# Without leading zeros and within what a spreadsheet keeps exactly, so that no code or long number is changed.
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,3})?")
_NEGATIVE = re.compile(r"-[0-9]+(\.[0-9]+)?")
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n")


def write_own_table(frame: pd.DataFrame, path: Path | str, *, text_columns: Collection[str] = ()) -> Path:
    """Write a table with its own headings as CSV (UTF-8 with byte-order mark) or as a plain workbook.

    Text a spreadsheet would run as a formula gets an apostrophe in front in CSV, and is stored as text in a workbook.

    Parameters
    ----------
    frame : pandas.DataFrame
        The index is not written; reset it first.
    path : path-like
        File to be written, ending in ``.csv`` or ``.xlsx``.
    text_columns : collection of str, optional
        Columns of a workbook whose cells stay text though they look like numbers: codes.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If the ending is another, or there are more rows than a sheet can hold.
    OutputError
        If it cannot be written.
    """
    file = Path(path)
    form = FORMATS.get(file.suffix.lower())
    if form is None:
        msg = f"The file name {file.name} has the ending {file.suffix or '(none)'}; expected .csv or .xlsx."
        raise InputError(msg)
    if form == "csv":
        guarded = frame.map(_csv_value)
        guarded.columns = [_guarded(str(name)) for name in frame.columns]
        return write_atomic(file, "\ufeff" + csv_text(guarded))
    if len(frame) > _MOST_ROWS:
        msg = f"The table has {len(frame):,} rows, a sheet holds {_MOST_ROWS:,}; write it as .csv."
        raise InputError(msg)
    with atomic_path(file) as draft:
        _write_book(frame, draft, {str(name) for name in text_columns})
    return file


def _csv_value(value: Any) -> Any:
    """Make a negative figure a number, which no spreadsheet takes for a formula; its digits stay as they are."""
    return Decimal(value) if isinstance(value, str) and _NEGATIVE.fullmatch(value) else value


def _guarded(heading: str) -> str:
    return f"'{heading}" if heading.startswith(_FORMULA_START) else heading


def _write_book(frame: pd.DataFrame, path: Path, text_columns: set[str]) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    page: Any = book.create_sheet("Sheet1")
    page.freeze_panes = "A2"

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        made = WriteOnlyCell(page, value=value)
        made.data_type = "s"
        return made

    names = [str(name) for name in frame.columns]
    page.append([cell(printable(name)) for name in names])
    is_text = [name in text_columns for name in names]
    for row in frame.itertuples(index=False, name=None):
        page.append([cell(_sheet_value(value, keep)) for value, keep in zip(row, is_text, strict=True)])
    book.save(path)


def _sheet_value(value: Any, keep_text: bool) -> Any:  # noqa: FBT001
    clean = printable(value)
    if isinstance(clean, str) and not keep_text and _NUMBER.fullmatch(clean):
        return float(clean) if "." in clean else int(clean)
    return clean
