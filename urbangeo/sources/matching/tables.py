"""What goes in and what comes out: the cells of a table, and its rows with their answers."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from urbangeo.errors import InputError, SchemaError, listed
from urbangeo.language.names import clean_name
from urbangeo.sources.boundaries import match_province
from urbangeo.sources.divisions import Scope, register
from urbangeo.sources.matching.outcome import ADDED, ISSUE_COLUMNS, MatchResult

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from urbangeo.sources.matching.looks import Answer
    from urbangeo.sources.matching.vocabulary import Vocabulary


def check_columns(frame: pd.DataFrame, asked: Mapping[str, str | None]) -> None:
    """Refuse what is no table, and columns that are not there once.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    asked : mapping of str to str or None
        Columns by option.

    Raises
    ------
    SchemaError
        If a column is missing or stands twice.
    InputError
        If neither code nor name is asked.
    """
    if not hasattr(frame, "columns"):
        msg = f"expected a table (DataFrame), got {type(frame).__name__}."
        raise SchemaError(msg)
    if asked["code"] is None and asked["name"] is None:
        msg = "Neither code nor name is given: name the column that holds the counties' codes or their names."
        raise InputError(msg)
    faults = []
    for option, column in asked.items():
        if column is None:
            continue
        times = list(frame.columns).count(column)
        if times == 0:
            faults.append(f"{option}={column!r} is no column (it has {listed(frame.columns, 12)})")
        elif times > 1:
            faults.append(f"{option}={column!r} is the name of {times} columns")
    twice = sorted(str(column) for column, times in Counter(frame.columns).items() if times > 1)
    if twice and not faults:
        faults.append(f"several columns are named {listed(twice)}; rename them")
    if faults:
        msg = "The table cannot be matched: " + "; ".join(faults) + "."
        raise SchemaError(msg)


def whole_year(year: object) -> int:
    """Return a year as a whole number.

    Parameters
    ----------
    year : object
        What was given.

    Returns
    -------
    int
        The year.

    Raises
    ------
    InputError
        If it is none.
    """
    if isinstance(year, bool) or not hasattr(year, "__index__"):
        msg = f"year={year!r}: expected a whole year, such as 2020."
        raise InputError(msg)
    return int(year.__index__())


def province_meant(province: str | None, scope: Scope) -> str | None:
    """Return the code of the province a table is about.

    Parameters
    ----------
    province : str or None
        Name or code.
    scope : {"ours", "china"}
        Where to look.

    Returns
    -------
    str or None
        Its code, None for none.
    """
    if province is None:
        return None
    units = register(scope)
    known = units.loc[units["level"] == "province", "name"]
    return match_province(clean_name(province), {str(adcode): str(name) for adcode, name in known.items()})


def cells_of(frame: pd.DataFrame, column: str | None) -> list[object]:
    """Return the cells of a column with every way of being missing as None, each fit to be a key.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    column : str or None
        Its column.

    Returns
    -------
    list of object
        One a row.
    """
    if column is None:
        return [None] * len(frame)
    values = frame[column]
    cells: list[object] = values.astype(object).where(values.notna(), None).tolist()
    # 370102 and 370102.0 are one key to a dict and one code to clean_code; a list is none.
    return [cell if cell is None or isinstance(cell, str | int | float) else str(cell) for cell in cells]


def result_of(
    frame: pd.DataFrame, given: Sequence[Sequence[object]], answers: Sequence[Answer], book: Vocabulary
) -> MatchResult:
    """Put the answers beside the rows.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table; it is not changed.
    given : sequence of sequence
        Cells of code, name and parent.
    answers : sequence of Answer
        One a row.
    book : Vocabulary
        What the rows were held against.

    Returns
    -------
    MatchResult
        All rows, the issues and the notes.
    """
    import pandas as pd

    clash = {column: _free_name(frame, f"{column}_given") for column in ADDED if column in frame.columns}
    matched = frame.rename(columns=clash).copy()
    names = [None if answer.adcode is None else book.names[answer.adcode] for answer in answers]
    added: dict[str, list[Any]] = {
        "adcode": [answer.adcode for answer in answers],
        "matched_name": names,
        "status": [answer.status for answer in answers],
        "reason": [answer.reason for answer in answers],
        "candidates": [answer.candidates for answer in answers],
    }
    for column, values in added.items():
        matched[column] = pd.Series(values, index=frame.index, dtype="str")
    open_rows = [place for place, answer in enumerate(answers) if answer.status != "matched"]
    labels = frame.index.tolist()
    issues = pd.DataFrame(
        {
            "row": [labels[place] for place in open_rows],
            **{
                column: pd.Series([_as_text(cells[place]) for place in open_rows], dtype="str")
                for column, cells in zip(("given_code", "given_name", "given_parent"), given, strict=True)
            },
            "status": pd.Series([answers[place].status for place in open_rows], dtype="str"),
            "cause": pd.Series([answers[place].cause for place in open_rows], dtype="str"),
            "reason": pd.Series([answers[place].reason for place in open_rows], dtype="str"),
            "candidates": pd.Series([answers[place].candidates for place in open_rows], dtype="str"),
        },
        columns=list(ISSUE_COLUMNS),
    )
    return MatchResult(matched, issues, tuple(_notes(answers, clash, book)))


def _free_name(frame: pd.DataFrame, wanted: str) -> str:
    name, count = wanted, 1
    while name in frame.columns:
        count += 1
        name = f"{wanted}_{count}"
    return name


def _as_text(cell: object) -> str | None:
    return None if cell is None else str(cell)


def _notes(answers: Sequence[Answer], clash: Mapping[str, str], book: Vocabulary) -> list[str]:
    notes = []
    if clash:
        told = "、".join(f"“{old}”改为“{new}”" for old, new in clash.items())
        notes.append(f"原表与结果重名的列已改名保留：{told}。")
    rows = Counter(answer.adcode for answer in answers if answer.adcode is not None)
    several = [f"{code} {book.names[code]}（{count}行）" for code, count in sorted(rows.items()) if count > 1]
    if several:
        notes.append(f"以下今日单位对应多行（合并的旧单位须相加，重复行须剔除）：{listed(several)}。")
    if book.scope == "china":
        notes.append("山东、青海以外的省份只按今日名录对应，未考虑历史沿革。")
    return notes
