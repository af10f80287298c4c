"""Every row of a table matched to a county of today, or told why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urbangeo.sources.matching.matcher import Matcher
from urbangeo.sources.matching.tables import cells_of, check_columns, province_meant, result_of, whole_year
from urbangeo.sources.matching.vocabulary import vocabulary_of

if TYPE_CHECKING:
    import pandas as pd

    from urbangeo.sources.divisions import Scope
    from urbangeo.sources.matching.looks import Answer
    from urbangeo.sources.matching.outcome import MatchResult


def match_counties(
    frame: pd.DataFrame,
    *,
    code: str | None = None,
    name: str | None = None,
    parent: str | None = None,
    year: int | None = None,
    province: str | None = None,
    scope: Scope = "ours",
) -> MatchResult:
    """Match every row of a table to a county-level unit of today, or say why not.

    The code is tried first, then the name under its prefecture or province in the list of ``year``, then today's list,
    then the history of changes. Code and name must agree if both are given. Spellings are cleaned of layout (blanks,
    full-width forms, remarks in brackets, ``370102.0``, twelve-digit codes) but never mended.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table; it is not changed.
    code, name, parent : str, optional
        Columns that hold the county's code, its name, and the prefecture or province it lies in (name or code). At
        least code or name.
    year : int, optional
        Year whose list of counties the table follows (2010–2025). The reason tells where a unit's ground changed since.
    province : str, optional
        Name or code of the one province the table is about.
    scope : {"ours", "china"}, default "ours"
        Shandong and Qinghai, or the whole country; former units are known for the two provinces only.

    Returns
    -------
    MatchResult
        Every input row, each in exactly one status: ``matched`` (today's code or name), ``superseded`` (a former one of
        which all became part of one unit of today), ``ambiguous``, ``unmatched``; the issue table; notes.

    Raises
    ------
    SchemaError
        If a column is missing, is named twice, or ``frame`` is no frame.
    InputError
        If neither code nor name is given, or year or scope are out of range.
    UnknownNameError
        If the province is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"县": ["历下区", "章丘市", "市中区", "合计"], "人口": [1, 2, 3, 6]})
    >>> result = match_counties(table, name="县")
    >>> result.matched["status"].tolist(), result.matched.loc[1, "adcode"]
    (['matched', 'superseded', 'ambiguous', 'unmatched'], '370114')
    >>> result.issues.loc[1, "candidates"]
    '370103 市中区;370402 市中区;370811 任城区'
    """
    check_columns(frame, {"code": code, "name": name, "parent": parent})
    matcher = Matcher(vocabulary_of(scope, None if year is None else whole_year(year)), province_meant(province, scope))
    given = [cells_of(frame, column) for column in (code, name, parent)]
    answers: dict[tuple[object, object, object], Answer] = {}
    found = []
    for row in zip(*given, strict=True):
        answer = answers.get(row)
        if answer is None:
            answer = answers[row] = matcher.answer(*row)
        found.append(answer)
    return result_of(frame, given, found, matcher.vocabulary)
