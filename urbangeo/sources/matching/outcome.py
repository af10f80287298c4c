"""What became of every row of a table, and what a caller does with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from urbangeo.errors import JoinError, listed
from urbangeo.language.scalars import is_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Self

    import pandas as pd

Status = Literal["matched", "superseded", "ambiguous", "unmatched"]
Cause = Literal[
    "superseded",
    "contradiction",
    "several_units",
    "divided",
    "unknown_parent",
    "bad_code",
    "unknown",
    "higher_level",
    "outside",
    "zone",
    "total_row",
    "remark",
    "blank",
]

STATUSES: tuple[Status, ...] = ("matched", "superseded", "ambiguous", "unmatched")
ADDED = ("adcode", "matched_name", "status", "reason", "candidates")
"""Columns of the result beside those of the input."""

ISSUE_COLUMNS = ("row", "given_code", "given_name", "given_parent", "status", "cause", "reason", "candidates")


@dataclass(frozen=True)
class MatchResult:
    """What became of every row of a table.

    Attributes
    ----------
    matched : pandas.DataFrame
        All rows and columns of the input on its index, and behind them ``adcode`` and ``matched_name`` (of today;
        missing unless matched or superseded), ``status`` (matched, superseded, ambiguous, unmatched), ``reason``
        (Chinese) and ``candidates`` ("370103 市中区;370402 市中区", or empty). An input column of one of these names is
        kept as ``<name>_given``.
    issues : pandas.DataFrame
        The rows that are not simply matched: row (label of the input's index), given_code, given_name, given_parent,
        status, cause (one word for programs), reason, candidates.
    notes : tuple of str
        What concerns the table as a whole, in Chinese.
    """

    matched: pd.DataFrame
    issues: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[Status, int]:
        """Number of rows of each status; all four are there, and sum to the rows of the table."""
        found = self.matched["status"].value_counts()
        return {status: int(found.get(status, 0)) for status in STATUSES}

    def raise_if_unmatched(self, *, allow: Collection[Cause] = ()) -> Self:
        """Raise unless every row has its county.

        Parameters
        ----------
        allow : collection of str, optional
            Causes that are let by, such as ("total_row", "remark") for a table that keeps its sums.

        Returns
        -------
        MatchResult
            The result itself, so that ``.matched`` can follow.

        Raises
        ------
        JoinError
            If a row is ambiguous or unmatched; the message lists the first of them.
        """
        open_rows = self.issues[self.issues["status"].isin(("ambiguous", "unmatched"))]
        open_rows = open_rows[~open_rows["cause"].isin(list(allow))]
        if len(open_rows):
            told = (
                f"row {issue['row']} ({_given_words(issue)}): {issue['status']}, {issue['reason']}"
                + (f" [{issue['candidates']}]" if issue["candidates"] else "")
                for issue in open_rows.to_dict("records")
            )
            msg = (
                f"{len(open_rows)} of {len(self.matched)} rows have no certain county: {listed(told, 5)}. "
                "Mend the rows, add codes or the prefecture's column, or leave out what is no county."
            )
            raise JoinError(msg)
        return self


def _given_words(issue: Mapping[Any, Any]) -> str:
    given = (issue["given_code"], issue["given_parent"], issue["given_name"])
    return " ".join(str(value) for value in given if not is_missing(value)) or "blank"
