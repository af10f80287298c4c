"""The table of changes as a film: acts in order of approval, and the lists of counties before, between, after them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from operator import index
from typing import TYPE_CHECKING, SupportsIndex

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError
from urbangeo.language.scalars import is_missing

if TYPE_CHECKING:
    import pandas as pd


FIRST_YEAR, LAST_YEAR = 2010, 2025
"""Years the table of changes is complete for; changes of 2026 could not be checked (``boundaries/README.md``)."""


@dataclass(frozen=True)
class Change:
    """A row of the table."""

    kind: str
    old: str
    old_name: str
    new: str
    new_name: str
    year: int | None
    date: str
    announced: str
    document: str
    outline_changed: bool
    part_only: bool
    confidence: str


@dataclass(frozen=True)
class Unit:
    """A county between two changes: it holds from after change ``since`` to before change ``until``."""

    code: str
    name: str
    since: int
    until: int


@dataclass(frozen=True)
class History:
    """The table as a film: acts in order, and the list of counties before, between and after them."""

    acts: tuple[tuple[Change, ...], ...]
    states: tuple[dict[str, str], ...]
    units: tuple[Unit, ...]
    aliases: dict[str, Change]
    """Codes that a vendor made up, and never were."""

    def end_of(self, year: int) -> int:
        """Return how many acts there were by the end of a year.

        Parameters
        ----------
        year : int
            The year.

        Returns
        -------
        int
            Number of the list of that day among ``states``.
        """
        return sum(1 for act in self.acts if year_of(act) <= year)


def year_of(act: tuple[Change, ...]) -> int:
    """Return the year an act was approved in.

    Parameters
    ----------
    act : tuple of Change
        Changes approved together.

    Returns
    -------
    int
        Year, 0 where it is not known.
    """
    return act[0].year or 0


def read_code_history() -> pd.DataFrame:
    """Read the changes of county-level units of Shandong and Qinghai since 2010.

    Returns
    -------
    pandas.DataFrame
        One row per pair of old and new code, in order of approval: approved_date, announced_date, document_number,
        change_type (rename, merge, split, transfer, recode, upgrade, parent_change), level (county, prefecture),
        old_adcode, old_name, new_adcode, new_name, province, outline_changed, part_only, note, source_id, confidence,
        and ``year`` (of approval; missing for a code that was a vendor's own and no change).

    Raises
    ------
    DataIntegrityError
        If the packaged table is not the one that was described.

    Examples
    --------
    >>> history = read_code_history().set_index("old_adcode")
    >>> history.loc["370181", ["approved_date", "change_type", "new_adcode", "new_name"]].tolist()
    ['2016-09-14', 'upgrade', '370114', '章丘区']
    """
    table = read_table("boundaries/code_history")
    return table.assign(year=table["approved_date"].str[:4].astype("Int64"))


@functools.cache
def history_of_lists() -> History:
    """Undo the changes from today's list backwards, and note from when to when each unit held.

    Returns
    -------
    History
        Made once.
    """
    table = read_code_history()
    changes = [
        Change(
            kind=row["change_type"],
            old=row["old_adcode"],
            old_name=row["old_name"],
            new=row["new_adcode"],
            new_name=row["new_name"],
            year=None if is_missing(row["year"]) else int(row["year"]),
            date=_text(row["approved_date"]),
            announced=_text(row["announced_date"]),
            document=_text(row["document_number"]),
            outline_changed=row["outline_changed"],
            part_only=row["part_only"],
            confidence=row["confidence"],
        )
        for row in table[table["level"] == "county"].to_dict("records")
    ]
    dated: dict[tuple[int, str, str], list[Change]] = {}
    for change in changes:
        if change.year is not None:
            dated.setdefault((change.year, change.date, change.document), []).append(change)
    acts = tuple(tuple(dated[key]) for key in sorted(dated))
    divisions = read_table("boundaries/divisions")
    state = {str(code): str(name) for code, name in zip(divisions["adcode"], divisions["name"], strict=True)}
    states = [state]
    for act in reversed(acts):
        whole = [change for change in act if change.kind != "transfer"]
        before = {code: name for code, name in state.items() if code not in {change.new for change in whole}}
        state = before | {change.old: change.old_name for change in whole}
        states.insert(0, state)
    return History(
        acts,
        tuple(states),
        _lifetimes(acts, states),
        {change.old: change for change in changes if change.year is None},
    )


def _lifetimes(acts: tuple[tuple[Change, ...], ...], states: list[dict[str, str]]) -> tuple[Unit, ...]:
    units = []
    living = {code: Unit(code, name, 0, len(acts)) for code, name in states[0].items()}
    for position, act in enumerate(acts):
        whole = [change for change in act if change.kind != "transfer"]
        units += [replace(living.pop(old), until=position) for old in dict.fromkeys(change.old for change in whole)]
        living |= {change.new: Unit(change.new, change.new_name, position + 1, len(acts)) for change in whole}
    return (*units, *living.values())


def _text(value: object) -> str:
    return "" if is_missing(value) else str(value)


def checked_year(year: object, what: str = "year") -> int:
    """Return a year the table of changes covers.

    Parameters
    ----------
    year : object
        What was given.
    what : str
        What the message calls it, "year" by default.

    Returns
    -------
    int
        The year.

    Raises
    ------
    InputError
        If it is no whole year, or outside.
    """
    if not isinstance(year, SupportsIndex) or isinstance(year, bool) or not FIRST_YEAR <= index(year) <= LAST_YEAR:
        msg = (
            f"{what}={year!r}: expected a whole year from {FIRST_YEAR} to {LAST_YEAR}; the table of changes begins in "
            f"{FIRST_YEAR}, and later ones could not be checked."
        )
        raise InputError(msg)
    return index(year)
