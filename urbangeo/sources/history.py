"""How counties changed: the units of a past year, what became of them, and sums carried from one list to another.

The list of a year is today's with the later changes of the table ``boundaries/code_history`` undone one by one. A
change counts from the year of its approval, as in the Ministry's year-end lists, though it may be announced later.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass, replace
from operator import index
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, SchemaError, UnknownNameError, listed
from urbangeo.language.adcode import adcode_faults, clean_code, closest, short_name
from urbangeo.language.names import clean_name, is_zone_code, name_forms
from urbangeo.language.scalars import is_missing
from urbangeo.sources.boundaries import match_province

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

OnTransfer = Literal["mark", "refuse"]

FIRST_YEAR, LAST_YEAR = 2010, 2025
"""Years the table of changes is complete for; changes of 2026 could not be checked (``boundaries/README.md``)."""

SAME = "same"
"""What `crosswalk` writes in ``territory``, and `trace` in ``change_type``, where nothing changed."""

_CONFIDENCE = ("unconfirmed", "other_date", "compiled")
_RATE_TOKENS = {
    *("pct", "percent", "percentage", "rate", "share", "ratio", "density", "per", "mean", "average", "index", "growth")
}
_RATE_WORDS = ("率", "比重", "占比", "比例", "密度", "人均", "户均", "平均", "指数", "增速", "增长", "%", "‰")
_WEIGHT_SLACK = 1e-6


@dataclass(frozen=True)
class _Change:
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
class _Unit:
    """A county between two changes: it holds from after change ``since`` to before change ``until``."""

    code: str
    name: str
    since: int
    until: int


@dataclass(frozen=True)
class _Piece:
    """A unit, or a part of one, followed through some changes."""

    code: str
    name: str
    changes: tuple[_Change, ...]
    part_only: bool
    outline_changed: bool
    chain: str

    def through(self, change: _Change, words: str, *, code: str, name: str, part_only: bool) -> _Piece:
        when = f"{change.date or '日期不详'}，{change.document or '文号不详'}，{words}"
        return _Piece(
            code,
            name,
            (*self.changes, change),
            self.part_only or part_only,
            self.outline_changed or change.outline_changed,
            f"{self.chain} →（{when}）→ {code} {name}",
        )


@dataclass(frozen=True)
class _History:
    """The table as a film: acts in order, and the list of counties before, between and after them."""

    acts: tuple[tuple[_Change, ...], ...]
    states: tuple[dict[str, str], ...]
    units: tuple[_Unit, ...]
    aliases: dict[str, _Change]
    """Codes that a vendor made up, and never were."""

    def end_of(self, year: int) -> int:
        return sum(1 for act in self.acts if _year(act) <= year)


def _year(act: tuple[_Change, ...]) -> int:
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
def _history() -> _History:
    """Undo the changes from today's list backwards, and note from when to when each unit held."""
    table = read_code_history()
    changes = [
        _Change(
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
    dated: dict[tuple[int, str, str], list[_Change]] = {}
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
    return _History(
        acts,
        tuple(states),
        _lifetimes(acts, states),
        {change.old: change for change in changes if change.year is None},
    )


def _lifetimes(acts: tuple[tuple[_Change, ...], ...], states: list[dict[str, str]]) -> tuple[_Unit, ...]:
    units = []
    living = {code: _Unit(code, name, 0, len(acts)) for code, name in states[0].items()}
    for position, act in enumerate(acts):
        whole = [change for change in act if change.kind != "transfer"]
        units += [replace(living.pop(old), until=position) for old in dict.fromkeys(change.old for change in whole)]
        living |= {change.new: _Unit(change.new, change.new_name, position + 1, len(acts)) for change in whole}
    return (*units, *living.values())


def _text(value: object) -> str:
    return "" if is_missing(value) else str(value)


@functools.cache
def _prefectures() -> dict[str, str]:
    """Names of today's prefectures, and of those that are no more."""
    divisions = read_table("boundaries/divisions")
    names = dict(zip(divisions["prefecture_adcode"], divisions["prefecture"], strict=True))
    history = read_table("boundaries/code_history")
    former = history[history["level"] == "prefecture"]
    return {str(code): str(name) for code, name in zip(former["old_adcode"], former["old_name"], strict=True)} | names


@functools.cache
def _provinces() -> dict[str, str]:
    divisions = read_table("boundaries/divisions").drop_duplicates("province_adcode")
    return {
        str(code): str(name) for code, name in zip(divisions["province_adcode"], divisions["province"], strict=True)
    }


def _prefecture_of(code: str) -> tuple[str, str]:
    adcode = code[:4] + "00"
    return adcode, _prefectures()[adcode]


def _province_of(code: str) -> tuple[str, str]:
    adcode = code[:2] + "0000"
    return adcode, _provinces()[adcode]


def _type_of(name: str) -> str:
    ends = {"自治县": "自治县", "行政委员会": "行政委员会", "县": "县", "市": "县级市", "区": "市辖区"}
    return next(kind for end, kind in ends.items() if name.endswith(end))


def _checked_year(year: object, what: str = "year") -> int:
    if not isinstance(year, SupportsIndex) or isinstance(year, bool) or not FIRST_YEAR <= index(year) <= LAST_YEAR:
        msg = (
            f"{what}={year!r}: expected a whole year from {FIRST_YEAR} to {LAST_YEAR}; the table of changes begins in "
            f"{FIRST_YEAR}, and later ones could not be checked."
        )
        raise InputError(msg)
    return index(year)


def units_in(year: int, *, province: str | None = None) -> pd.DataFrame:
    """List the county-level units of Shandong and Qinghai as they were at the end of a year.

    Parameters
    ----------
    year : int
        2010 to 2025. A change counts from the year it was approved, as in the lists of the Ministry of Civil Affairs.
    province : str, optional
        Name or code of one province; both by default.

    Returns
    -------
    pandas.DataFrame
        Index ``adcode``, sorted; columns name, type, prefecture_adcode, prefecture, province_adcode, province,
        todays_adcode and todays_name (several joined by ";" where the unit was divided since), outline_changed and
        part_only (of any change since), changes (what happened since, in Chinese; empty if nothing), confidence.
        The administrative committees of Qinghai (type 行政委员会) are listed though they are no formal divisions; the
        codes of 茫崖 and 冷湖 are not verified (confidence "unconfirmed").

    Raises
    ------
    InputError
        If the year is outside 2010 to 2025.
    UnknownNameError
        If the province is not one of the two.

    Examples
    --------
    >>> units = units_in(2010, province="山东")
    >>> len(units), units.loc["370181", ["name", "todays_adcode", "todays_name"]].tolist()
    (140, ['章丘市', '370114', '章丘区'])
    >>> units.loc["371203", "prefecture"], units.loc["371203", "todays_adcode"]
    ('莱芜市', '370117')

    References
    ----------
    Table ``boundaries/code_history`` and its README; counts at year end: lists of the Ministry of Civil Affairs.
    """
    frame = _units_in(_checked_year(year)).copy()
    if province is not None:
        frame = frame[frame["province_adcode"] == match_province(clean_name(province), _provinces())]
    return frame


@functools.cache
def _units_in(year: int) -> pd.DataFrame:
    import pandas as pd

    history = _history()
    at = history.end_of(year)
    rows = []
    for code, name in sorted(history.states[at].items()):
        pieces = _follow(code, at, len(history.acts))
        rows.append(
            {
                "adcode": code,
                "name": name,
                "type": _type_of(name),
                "prefecture_adcode": _prefecture_of(code)[0],
                "prefecture": _prefecture_of(code)[1],
                "province_adcode": _province_of(code)[0],
                "province": _province_of(code)[1],
                "todays_adcode": ";".join(piece.code for piece in pieces),
                "todays_name": ";".join(piece.name for piece in pieces),
                "outline_changed": any(piece.outline_changed for piece in pieces),
                "part_only": any(piece.part_only for piece in pieces),
                "changes": "；".join(piece.chain for piece in pieces if piece.changes),
                "confidence": _weakest(change for piece in pieces for change in piece.changes),
            }
        )
    return pd.DataFrame(rows).set_index("adcode")


def _weakest(changes: Iterable[_Change]) -> str:
    return min((change.confidence for change in changes), key=_CONFIDENCE.index, default=_CONFIDENCE[-1])


@functools.cache
def _follow(code: str, start: int, stop: int) -> tuple[_Piece, ...]:
    """Follow a unit from before one act to before another; several pieces where it was divided, sorted by code."""
    history = _history()
    name = history.states[start][code]
    pieces = [_Piece(code, name, (), part_only=False, outline_changed=False, chain=f"{code} {name}")]
    for act in history.acts[start:stop]:
        pieces = [after for piece in pieces for after in _through(piece, act)]
    return tuple(sorted(pieces, key=lambda piece: piece.code))


def _through(piece: _Piece, act: tuple[_Change, ...]) -> list[_Piece]:
    """Return what an act makes of a unit."""
    out = [change for change in act if change.old == piece.code]
    whole = [change for change in out if change.kind != "transfer"]
    if whole:
        return [
            piece.through(
                change, _words(change, act), code=change.new, name=change.new_name, part_only=change.part_only
            )
            for change in whole
        ]
    if out:  # some towns left; the unit lives on without them
        towards = "、".join(f"{change.new} {change.new_name}" for change in out)
        stays = piece.through(out[0], f"一部分划归{towards}", code=piece.code, name=piece.name, part_only=True)
        moved = [
            piece.through(change, _words(change, act), code=change.new, name=change.new_name, part_only=True)
            for change in out
        ]
        return [stays, *moved]
    into = [change for change in act if change.new == piece.code]
    if into:
        origin = "、".join(f"{change.old} {change.old_name}" for change in into)
        words = f"划入{origin}的一部分"
        return [piece.through(into[0], words, code=piece.code, name=piece.name, part_only=False)]
    return [piece]


def _words(change: _Change, act: tuple[_Change, ...]) -> str:
    """Say in Chinese what a change is."""
    partners = [other for other in act if other.new == change.new and other.old != change.old]
    others = "、".join(f"{other.old} {other.old_name}" for other in partners)
    renamed = "" if change.old_name == change.new_name else "并更名"
    words = {
        "upgrade": f"撤{_rank(change.old_name)}设{_rank(change.new_name)}",
        "merge": f"与{others}合并",
        "split": f"拆分，一部分归{change.new} {change.new_name}" if change.part_only else f"划入{others}的一部分",
        "transfer": f"一部分划归{change.new} {change.new_name}",
        "parent_change": f"划归{_prefecture_of(change.new)[1]}{renamed}",
        "rename": "更名",
        "recode": "代码变更",
    }
    return words[change.kind]


def _rank(name: str) -> str:
    return name[-1]


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

    history = _history()
    wanted = None if is_missing(code) else clean_code(code)
    if wanted is None and not is_missing(code):
        msg = f"code={code!r} is no six-digit code."
        raise InputError(msg)
    cleaned = clean_name(name)
    if wanted is None and not cleaned:
        msg = "A code or a name is needed."
        raise InputError(msg)
    at = None if year is None else _checked_year(year)
    alias = history.aliases.get(wanted or "")
    units = _fitting(alias.new if alias else wanted, cleaned)
    if parent is not None:
        units = [unit for unit in units if clean_name(parent) in _parent_forms(unit)]
    known = units
    if at is not None:
        units = _of_year(units, at)
    else:
        # A code of 1999 is meant only where nothing later fits.
        units = [unit for unit in units if unit.until >= history.end_of(FIRST_YEAR)] or units
    units = _oldest(units)
    if not units:
        raise UnknownNameError(_not_found(code, name, parent, year, known))
    rows = []
    for unit in units:
        pieces = _follow(unit.code, unit.since if at is None else _entry(unit, at), len(history.acts))
        heirs = _heirs(unit.code, unit.name, pieces)
        for piece in pieces:
            rows.append(_traced(unit, piece, alias, is_main=piece.code in heirs))
    columns: dict[str, Any] = {column: [row[column] for row in rows] for column in rows[0]}
    columns |= {column: pd.array(columns[column], dtype="Int64") for column in ("valid_from", "valid_to")}
    return pd.DataFrame(columns)


def _traced(unit: _Unit, piece: _Piece, alias: _Change | None, *, is_main: bool) -> dict[str, object]:
    acts = _history().acts
    old = unit.code
    if alias is not None:
        old = alias.old
        chain = f"{alias.old} {alias.old_name} →（地图厂商所用代码，并非区划变更）→ {piece.chain}"
        piece = replace(piece, changes=(alias, *piece.changes), chain=chain)
    return {
        "adcode": piece.code,
        "name": piece.name,
        "prefecture": _prefecture_of(piece.code)[1],
        "province": _province_of(piece.code)[1],
        "change_type": _joined(change.kind for change in piece.changes) or SAME,
        "document_number": _joined(change.document for change in piece.changes),
        "date": _joined(change.date for change in piece.changes),
        "outline_changed": piece.outline_changed,
        "part_only": piece.part_only,
        "chain": piece.chain,
        "main": is_main,
        "confidence": _weakest(piece.changes),
        "old_adcode": old,
        "old_name": unit.name,
        "old_prefecture": _prefecture_of(old)[1],
        "valid_from": _year(acts[unit.since - 1]) if unit.since else None,
        "valid_to": _year(acts[unit.until]) if unit.until < len(acts) else None,
    }


def _joined(words: Iterable[str]) -> str:
    return ";".join(dict.fromkeys(word for word in words if word))


@functools.cache
def _index() -> tuple[dict[str, list[_Unit]], dict[str, list[_Unit]], dict[str, list[_Unit]]]:
    """Units by code, by full name, and by the other ways of writing the name."""
    census = read_table("census/census")
    printed = census[(census["unit_type"] == "zone") & (census["name"] != census["name_in_source"])]
    misprints: dict[str, list[str]] = {}
    for full, seen in zip(printed["name"], printed["name_in_source"], strict=True):
        misprints.setdefault(str(full), []).append(clean_name(seen))
    by_code: dict[str, list[_Unit]] = {}
    by_name: dict[str, list[_Unit]] = {}
    by_form: dict[str, list[_Unit]] = {}
    for unit in _history().units:
        by_code.setdefault(unit.code, []).append(unit)
        by_name.setdefault(unit.name, []).append(unit)
        for form in dict.fromkeys((*name_forms(unit.name)[1:], *misprints.get(unit.name, ()))):
            by_form.setdefault(form, []).append(unit)
    return by_code, by_name, by_form


def _fitting(code: str | None, cleaned: str) -> list[_Unit]:
    by_code, by_name, by_form = _index()
    if code is None:
        return by_name.get(cleaned) or by_form.get(cleaned, [])
    units = by_code.get(code, [])
    if not cleaned:
        return units
    named = {*by_name.get(cleaned, ()), *by_form.get(cleaned, ())}
    return [unit for unit in units if unit in named]


@functools.cache
def _parent_forms(unit: _Unit) -> frozenset[str]:
    heirs = _follow(unit.code, unit.since, len(_history().acts))
    over = [
        _province_of(unit.code),
        _prefecture_of(unit.code),
        *(_prefecture_of(piece.code) for piece in heirs),
    ]
    forms: set[str] = set()
    for adcode, name in over:
        forms |= {adcode, *name_forms(name)}
    province = name_forms(_province_of(unit.code)[1])
    return frozenset(forms | {one + other for one in province for other in forms})


def _of_year(units: list[_Unit], year: int) -> list[_Unit]:
    """Leave the units of the end of a year, and those a table of that year may still print."""
    # The latter were given up in that year, or before it by an act announced later. Where what they became fits too
    # (钢城区 before and after it came to 济南), they are left out.
    history = _history()
    before, end = history.end_of(year - 1), history.end_of(year)
    valid = [unit for unit in units if unit.since <= end <= unit.until]
    taken = {unit.code for unit in valid}
    for unit in units:
        if unit.until >= end:
            continue
        act = history.acts[unit.until]
        if unit.until >= before or act[0].announced[:4] >= str(year):
            heirs = {piece.code for piece in _follow(unit.code, unit.until, end)}
            if taken.isdisjoint({unit.code, *heirs}):
                valid.append(unit)
    return valid


def _entry(unit: _Unit, year: int) -> int:
    """Return the act from which to follow a unit: what it went through before the year's end is no news."""
    return min(max(_history().end_of(year), unit.since), unit.until)


def _oldest(units: list[_Unit]) -> list[_Unit]:
    """Leave out units that only go on what another one here was."""
    kept: list[_Unit] = []
    for unit in sorted(units, key=lambda unit: (unit.since, unit.code)):
        heirs = {piece.code for old in kept for piece in _follow(old.code, old.since, unit.since)}
        if unit.code not in heirs:
            kept.append(unit)
    return kept


def _not_found(code: object, name: object, parent: object, year: object, known: list[_Unit]) -> str:
    asked = {"code": code, "name": name, "parent": parent, "year": year}
    words = ", ".join(f"{key}={value!r}" for key, value in asked.items() if not is_missing(value))
    message = f"No county of Shandong or Qinghai, past or present, fits {words}."
    history = _history()
    if known:
        spans = []
        for unit in known:
            since = f"since {_year(history.acts[unit.since - 1])}" if unit.since else "from before the table"
            until = f"to {_year(history.acts[unit.until])}" if unit.until < len(history.acts) else "to this day"
            spans.append(f"{unit.code} {unit.name} held {since} {until}")
        return f"{message} Outside that year: {listed(spans)}."
    former = {**_prefectures(), **_provinces()}
    if str(code) in former:
        return f"{message} {code} is {former[str(code)]}, no county."
    if is_zone_code(code):
        return f"{message} Codes 37xx7x are functional zones that statistics print like counties."
    names = list(dict.fromkeys(unit.name for unit in history.units))
    near = closest(clean_name(name), names) if not is_missing(name) else []
    return f"{message} The closest: {listed(near)}." if near else message


@dataclass(frozen=True)
class _Edge:
    """What lies between a unit of one year and one of another: all of it flows along the main edge, or none."""

    source: str
    target: str
    main: bool


@functools.cache
def _edges(from_year: int, to_year: int) -> tuple[_Edge, ...]:
    """Pair the units of two years; a source without a main edge cannot be carried over without weights."""
    history = _history()
    if from_year <= to_year:
        start, stop = history.end_of(from_year), history.end_of(to_year)
        edges = []
        for code, name in history.states[start].items():
            pieces = _follow(code, start, stop)
            heirs = _heirs(code, name, pieces)
            edges += [_Edge(code, piece.code, piece.code in heirs) for piece in pieces]
        return tuple(edges)
    forward = _edges(to_year, from_year)
    mains: dict[str, int] = {}
    for edge in forward:
        mains[edge.target] = mains.get(edge.target, 0) + edge.main
    # Backwards, a unit that one and only one older unit went on as goes back to that one; a merge has several.
    return tuple(_Edge(edge.target, edge.source, edge.main and mains[edge.target] == 1) for edge in forward)


def _heirs(code: str, name: str, pieces: tuple[_Piece, ...]) -> set[str]:
    if len(pieces) == 1:
        return {pieces[0].code}
    kept = {piece.code for piece in pieces if piece.code == code}
    named = {piece.code for piece in pieces if short_name(piece.name) == short_name(name)}
    return kept or (named if len(named) == 1 else set())


def crosswalk(
    frame: pd.DataFrame,
    from_year: int,
    to_year: int,
    *,
    extensive: Sequence[str],
    weights: pd.DataFrame | None = None,
    on_transfer: OnTransfer = "mark",
) -> pd.DataFrame:
    """Carry sums (people, area, output) from the counties of one year to those of another.

    Renamed and recoded units keep their figures, merged ones are added up. Where only a part of a unit moved, its
    figures stay with the unit that goes on and both are marked, unless ``weights`` says how to divide them. Rates,
    shares and means are refused: carry their numerators and denominators and divide afterwards. Going back in time
    works unless a merge would have to be undone.

    Parameters
    ----------
    frame : pandas.DataFrame
        Index ``adcode`` with codes valid at the end of ``from_year``. It need not hold all counties, but of every
        merged unit it must hold all parts.
    from_year, to_year : int
        2010 to 2025.
    extensive : sequence of str
        The numeric columns to carry; all others are left out.
    weights : pandas.DataFrame, optional
        Columns old_adcode (of ``from_year``), new_adcode (of ``to_year``), weight (0–1, summing to 1 for each
        old_adcode): how to divide units of which parts went to different ones.
    on_transfer : {"mark", "refuse"}, default "mark"
        What to do with units whose territory moved in part and that ``weights`` does not cover.

    Returns
    -------
    pandas.DataFrame
        Index ``adcode`` of ``to_year``, sorted; columns name, prefecture, province, the extensive ones (missing where
        the figure of a part is), made_of ("370634 长岛县;370684 蓬莱市"), territory ("same", "by weights: …" or
        "part moved: …", with what moved in Chinese).

    Raises
    ------
    SchemaError
        If the index is no unique ``adcode``, or a column is missing or not numeric.
    InputError
        If a year, a code or the weights are wrong, a column is a rate, a part of a merged unit is missing, a merge
        would have to be undone, or ``on_transfer="refuse"`` meets a moved part.

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"people": [451109, 44025]}, index=pd.Index(["370684", "370634"], name="adcode"))
    >>> crosswalk(people, 2010, 2020, extensive=["people"])[["name", "people", "territory"]].values.tolist()
    [['蓬莱区', 495134, 'same']]
    """
    import pandas as pd

    start, stop = _checked_year(from_year, "from_year"), _checked_year(to_year, "to_year")
    if on_transfer not in ("mark", "refuse"):
        msg = f"on_transfer={on_transfer!r}; expected 'mark' or 'refuse'."
        raise InputError(msg)
    columns = _checked_columns(frame, extensive)
    _check_codes(frame, start)
    edges = [edge for edge in _edges(start, stop) if edge.source in frame.index]
    shares = _checked_weights(weights, start, stop)
    flows = _flows(edges, shares, start, stop, on_transfer)
    _check_complete(frame, flows, start, stop, shares)

    order = pd.DataFrame(flows, columns=["source", "target", "share"])
    values = frame.loc[order["source"], columns].reset_index(drop=True)
    if (order["share"] != 1).any():
        values = values.mul(order["share"], axis="index")
    grouped = values.groupby(order["target"])
    sums = pd.DataFrame({column: grouped[column].sum(min_count=1) for column in columns})
    incomplete = values.isna().groupby(order["target"]).any()
    sums = sums.mask(incomplete)
    sums.index = pd.Index(sums.index.astype("str"), name="adcode")

    result = _units_in(stop).loc[sums.index, ["name", "prefecture", "province"]].join(sums)
    then = _names(start)
    parts: dict[str, list[str]] = {}
    for source, target, _ in sorted(flows):
        parts.setdefault(target, []).append(f"{source} {then[source]}")
    result["made_of"] = [";".join(parts[target]) for target in result.index]
    result["territory"] = [_territory(target, start, stop, shares) for target in result.index]
    return result.sort_index()


def _checked_columns(frame: pd.DataFrame, extensive: Sequence[str]) -> list[str]:
    from pandas.api import types

    columns = [extensive] if isinstance(extensive, str) else list(dict.fromkeys(extensive))
    faults = []
    if frame.index.nlevels != 1 or frame.index.name != "adcode":
        levels = list(frame.index.names)
        faults.append(f"the index is {levels}, expected adcode (census: take one year with .xs(2020, level='year'))")
    else:
        faults += adcode_faults(frame.index)
        if not frame.index.is_unique:
            faults.append(f"these codes stand more than once: {listed(frame.index[frame.index.duplicated()].unique())}")
    if frame.empty:
        faults.append("it has no rows")
    if not columns:
        faults.append("extensive names no column")
    for column in columns:
        if column not in frame.columns:
            faults.append(f"column {column!r} is missing (it has {listed(frame.columns, 12)})")
        elif not types.is_numeric_dtype(frame[column]) or types.is_bool_dtype(frame[column]):
            faults.append(f"column {column!r} has type {frame[column].dtype}, expected numbers")
    if faults:
        msg = "The frame cannot be carried over: " + "; ".join(faults) + "."
        raise SchemaError(msg)
    rates = [column for column in columns if is_rate_like(column)]
    if rates:
        msg = (
            f"Columns {listed(rates)} look like rates; a rate cannot be added up. Carry its numerator and denominator "
            "and divide afterwards, or rename the column if it is a sum."
        )
        raise InputError(msg)
    return columns


def is_rate_like(column: str) -> bool:
    """Tell by its name whether a column holds rates, shares or means, which do not add up.

    Parameters
    ----------
    column : str
        Name of the column.

    Returns
    -------
    bool
        True if one of the words of the name is pct, rate, share, density, per …, or if it holds 率, 比重, 人均 …

    Examples
    --------
    >>> [is_rate_like(name) for name in ("urbanization_rate_pct", "城镇化率（%）", "urban_population", "GDP")]
    [True, True, False, False]
    """
    word = unicodedata.normalize("NFKC", str(column)).lower()
    return not _RATE_TOKENS.isdisjoint(re.split(r"[\W_]+", word)) or any(part in word for part in _RATE_WORDS)


def _names(year: int) -> dict[str, str]:
    history = _history()
    return history.states[history.end_of(year)]


def _check_codes(frame: pd.DataFrame, year: int) -> None:
    then = _names(year)
    wrong = [str(code) for code in frame.index if code not in then]
    if not wrong:
        return
    told = []
    for code in wrong:
        spans = _index()[0].get(code, [])
        acts = _history().acts
        if is_zone_code(code):
            told.append(f"{code} (a functional zone: add it to its host county first, or leave it out)")
        elif spans and spans[-1].until < len(acts):
            told.append(f"{code} {spans[-1].name} (until {_year(acts[spans[-1].until])}: not in the list of {year})")
        elif spans:
            told.append(f"{code} {spans[-1].name} (only since {_year(acts[spans[-1].since - 1])})")
        else:
            told.append(code)
    msg = (
        f"{len(wrong)} codes are none of the counties of Shandong and Qinghai at the end of {year}: {listed(told)}. "
        "Match the table first (match_counties), or give the year whose list it follows."
    )
    raise InputError(msg)


def _checked_weights(weights: pd.DataFrame | None, start: int, stop: int) -> dict[str, dict[str, float]]:
    if weights is None:
        return {}
    needed = ["old_adcode", "new_adcode", "weight"]
    lacking = [name for name in needed if name not in weights.columns]
    if lacking:
        msg = f"weights lacks the columns {listed(lacking)}; expected {listed(needed)}."
        raise SchemaError(msg)
    possible: dict[str, set[str]] = {}
    for edge in _edges(start, stop):
        possible.setdefault(edge.source, set()).add(edge.target)
    shares: dict[str, dict[str, float]] = {}
    faults = []
    for old, new, weight in weights[needed].itertuples(index=False):
        if new not in possible.get(old, set()):
            faults.append(f"nothing of {old} lies in {new} between {start} and {stop}")
        elif is_missing(weight) or not 0 <= weight <= 1:
            faults.append(f"the weight of {old} in {new} is {weight}, expected 0 to 1")
        elif new in shares.get(old, {}):
            faults.append(f"{old} in {new} stands twice")
        else:
            shares.setdefault(old, {})[new] = float(weight)
    for old, given in shares.items():
        total = sum(given.values())
        if abs(total - 1) > _WEIGHT_SLACK:
            faults.append(f"the weights of {old} sum to {total:g}, expected 1")
    if faults:
        msg = "weights cannot be used: " + "; ".join(faults) + "."
        raise InputError(msg)
    return shares


def _flows(
    edges: list[_Edge], shares: dict[str, dict[str, float]], start: int, stop: int, on_transfer: OnTransfer
) -> list[tuple[str, str, float]]:
    """Say which share of which unit goes where; refuse what cannot be told."""
    then, now = _names(start), _names(stop)
    by_source: dict[str, list[_Edge]] = {}
    for edge in edges:
        by_source.setdefault(edge.source, []).append(edge)
    flows: list[tuple[str, str, float]] = []
    stuck, moved = [], []
    for source, ways in by_source.items():
        label = f"{source} {then[source]} → {'、'.join(f'{edge.target} {now[edge.target]}' for edge in ways)}"
        if source in shares:
            flows += [(source, target, share) for target, share in shares[source].items() if share > 0]
            continue
        main = [edge for edge in ways if edge.main]
        if not main:
            stuck.append(label)
            continue
        if len(ways) > 1:
            moved.append(label)
        flows += [(source, edge.target, 1.0) for edge in main]
    if stuck:
        what = "merges would have to be undone" if start > stop else "units were divided and none goes on"
        msg = f"From {start} to {stop} {what}: {listed(stuck)}. Give weights, or leave these units out."
        raise InputError(msg)
    if moved and on_transfer == "refuse":
        msg = (
            f"From {start} to {stop} parts of these units moved: {listed(moved)}. Give weights, or on_transfer='mark'."
        )
        raise InputError(msg)
    return flows


def _check_complete(
    frame: pd.DataFrame,
    flows: list[tuple[str, str, float]],
    start: int,
    stop: int,
    shares: dict[str, dict[str, float]],
) -> None:
    """Refuse a sum of which a part is not in the frame: it would be too small and look whole."""
    then, now = _names(start), _names(stop)
    reached = {target for _, target, _ in flows}
    lacking = []
    for edge in _edges(start, stop):
        flowing = shares[edge.source].get(edge.target, 0) > 0 if edge.source in shares else edge.main
        if flowing and edge.target in reached and edge.source not in frame.index:
            lacking.append(f"{edge.source} {then[edge.source]} for {edge.target} {now[edge.target]}")
    if lacking:
        msg = f"The frame lacks some parts of units it holds other parts of: {listed(lacking)}. Add or drop them."
        raise InputError(msg)


def _territory(target: str, start: int, stop: int, shares: dict[str, dict[str, float]]) -> str:
    """Say whether a figure on the new list stands for the same ground as on the old one."""
    then, now = _names(start), _names(stop)
    edges = _edges(start, stop)
    into = [edge for edge in edges if edge.target == target]
    moved, weighted = [], []
    for edge in into:
        told = f"{edge.source} {then[edge.source]}"
        if edge.source in shares:
            if len([other for other in edges if other.source == edge.source]) > 1:
                weighted.append(f"{told}按权重{shares[edge.source].get(target, 0):g}计入")
        elif not edge.main:
            moved.append(f"{told}的一部分划入，未计入")
        else:
            gone = [other.target for other in edges if other.source == edge.source and other.target != target]
            moved += [f"{told}的一部分划归{code} {now[code]}，仍计在内" for code in gone]
    if moved:
        return "part moved: " + "；".join([*moved, *weighted])
    return "by weights: " + "；".join(weighted) if weighted else SAME
