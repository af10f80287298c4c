"""From a former unit to the units of today that it is part of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from urbangeo.errors import InputError, UnknownNameError
from urbangeo.language.adcode import clean_code
from urbangeo.language.names import clean_name
from urbangeo.language.scalars import is_missing
from urbangeo.sources.history.above import prefecture_of, province_of
from urbangeo.sources.history.acts import FIRST_YEAR, Change, Unit, checked_year, history_of_lists, year_of
from urbangeo.sources.history.following import Piece, follow, heirs_of, weakest
from urbangeo.sources.history.meaning import entry, fitting, not_found, of_year, oldest, parent_forms

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

SAME = "same"
"""What `crosswalk` writes in ``territory``, and `trace` in ``change_type``, where nothing changed."""


def trace(
    code: str | None = None,
    name: str | None = None,
    *,
    parent: str | None = None,
    year: int | None = None,
) -> pd.DataFrame:
    """Follow a former unit to the units of today that it is part of.

    Parameters
    ----------
    code : str, optional
        The code it had.
    name : str, optional
        The name it had, full or in one of the forms of `lookup` (湟中县, 茫崖行委). Code or name must be given; if
        both are, both must fit.
    parent : str, optional
        Prefecture or province it lay in then, or today's prefecture: tells the three 市中区 apart.
    year : int, optional
        Year of the table the word stands in: units of the end of that year are meant, and those given up in it, or
        by an act announced in it. Without a year the oldest unit since 2010 is taken, so that every change is told.

    Returns
    -------
    pandas.DataFrame
        One row for each pair of a former unit that fits and a unit of today that took it, or a part of it, in: adcode,
        name, prefecture, province (today's), change_type and document_number and date (";" between several, in
        order; change_type "same" if nothing happened), outline_changed, part_only (only a part of the former unit
        lies in this one), chain (the way, in Chinese), main (this one goes on what the former unit was), confidence,
        old_adcode, old_name, old_prefecture, valid_from and valid_to (years of approval; missing when before the
        table or still valid). More than one ``old_adcode`` means the words are ambiguous; one with several ``adcode``
        means the unit was divided, and at most one of these is main.

    Raises
    ------
    InputError
        If neither code nor name is given, the code is no code, or the year is outside 2010 to 2025.
    UnknownNameError
        If no unit of the two provinces fits; the message names the closest.

    Examples
    --------
    >>> trace("370181")[["adcode", "name", "change_type"]].values.tolist()
    [['370114', '章丘区', 'upgrade']]
    >>> print(trace(name="平安县", year=2013)["chain"].item())
    630221 平安县 →（2015-02-16，国函〔2015〕38号，撤县设区）→ 630203 平安区
    >>> trace(name="文登市")[["adcode", "name", "part_only"]].values.tolist()
    [['371002', '环翠区', True], ['371003', '文登区', True]]
    >>> trace(name="市中区", parent="济宁市")["adcode"].tolist()
    ['370811']
    """
    import pandas as pd

    history = history_of_lists()
    wanted = None if is_missing(code) else clean_code(code)
    if wanted is None and not is_missing(code):
        msg = f"code={code!r} is no six-digit code."
        raise InputError(msg)
    cleaned = clean_name(name)
    if wanted is None and not cleaned:
        msg = "A code or a name is needed."
        raise InputError(msg)
    at = None if year is None else checked_year(year)
    alias = history.aliases.get(wanted or "")
    units = fitting(alias.new if alias else wanted, cleaned)
    if parent is not None:
        units = [unit for unit in units if clean_name(parent) in parent_forms(unit)]
    known = units
    if at is not None:
        units = of_year(units, at)
    else:
        # A code of 1999 is meant only where nothing later fits.
        units = [unit for unit in units if unit.until >= history.end_of(FIRST_YEAR)] or units
    units = oldest(units)
    if not units:
        raise UnknownNameError(not_found(code, name, parent, year, known))
    rows = []
    for unit in units:
        pieces = follow(unit.code, unit.since if at is None else entry(unit, at), len(history.acts))
        heirs = heirs_of(unit.code, unit.name, pieces)
        for piece in pieces:
            rows.append(_traced(unit, piece, alias, is_main=piece.code in heirs))
    columns: dict[str, Any] = {column: [row[column] for row in rows] for column in rows[0]}
    columns |= {column: pd.array(columns[column], dtype="Int64") for column in ("valid_from", "valid_to")}
    return pd.DataFrame(columns)


def _traced(unit: Unit, piece: Piece, alias: Change | None, *, is_main: bool) -> dict[str, object]:
    acts = history_of_lists().acts
    old = unit.code
    if alias is not None:
        old = alias.old
        chain = f"{alias.old} {alias.old_name} →（地图厂商所用代码，并非区划变更）→ {piece.chain}"
        piece = replace(piece, changes=(alias, *piece.changes), chain=chain)
    return {
        "adcode": piece.code,
        "name": piece.name,
        "prefecture": prefecture_of(piece.code)[1],
        "province": province_of(piece.code)[1],
        "change_type": _joined(change.kind for change in piece.changes) or SAME,
        "document_number": _joined(change.document for change in piece.changes),
        "date": _joined(change.date for change in piece.changes),
        "outline_changed": piece.outline_changed,
        "part_only": piece.part_only,
        "chain": piece.chain,
        "main": is_main,
        "confidence": weakest(piece.changes),
        "old_adcode": old,
        "old_name": unit.name,
        "old_prefecture": prefecture_of(old)[1],
        "valid_from": year_of(acts[unit.since - 1]) if unit.since else None,
        "valid_to": year_of(acts[unit.until]) if unit.until < len(acts) else None,
    }


def _joined(words: Iterable[str]) -> str:
    return ";".join(dict.fromkeys(word for word in words if word))
