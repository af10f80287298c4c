"""Cell values and the plain text formats: what a value becomes in CSV and JSON, and in no format runs as a formula."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

from urbangeo.archive.files import write_atomic
from urbangeo.language.scalars import plain

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

_FORMULA_START = ("=", "+", "-", "@", "\t", "\n")
# What neither XML nor UTF-8 can hold: controls, lone surrogates, U+FFFE and U+FFFF.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile(r"\r\n?")


def printable(value: Any) -> Any:
    """Turn a cell into None, bool, int, float or text without control characters, lines ended by line feeds.

    Parameters
    ----------
    value : object
        A scalar from a frame.

    Returns
    -------
    None, bool, int, float or str
        None for every way of being missing; floats are rounded to six decimals.
    """
    value = plain(value)
    if isinstance(value, float):
        return round(value, 6)
    return _CONTROL.sub("", _LINE_END.sub("\n", value)) if isinstance(value, str) else value


def csv_text(frame: pd.DataFrame) -> str:
    """Write a frame as CSV text with English headings, whole numbers without a decimal point.

    Text that a spreadsheet would run as a formula gets an apostrophe in front.

    Parameters
    ----------
    frame : pandas.DataFrame
        The index is not written; reset it first.

    Returns
    -------
    str
        Lines ended by a line feed.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(frame.columns)
    for row in frame.itertuples(index=False):
        writer.writerow([_csv_cell(value) for value in row])
    return stream.getvalue()


def _csv_cell(value: Any) -> Any:
    clean = printable(value)
    if isinstance(clean, str) and clean.startswith(_FORMULA_START):
        return f"'{clean}"
    return "" if clean is None else clean


def write_csv(frame: pd.DataFrame, path: Path | str) -> Path:
    """Write a frame as a CSV file that spreadsheets open with its Chinese intact (UTF-8 with byte-order mark).

    Parameters
    ----------
    frame : pandas.DataFrame
        The index is not written; reset it first.
    path : path-like
        File to be written.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    return write_atomic(path, "\ufeff" + csv_text(frame))


def json_text(frame: pd.DataFrame) -> str:
    """Write a frame as a JSON array of objects.

    Parameters
    ----------
    frame : pandas.DataFrame
        The index is not written; reset it first.

    Returns
    -------
    str
        JSON; missing values are null.
    """
    rows = [{str(name): printable(value) for name, value in row.items()} for row in frame.to_dict("records")]
    return json.dumps(rows, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
