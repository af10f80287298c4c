"""Which units, past or present, a code and a name can mean."""

from __future__ import annotations

import functools

from urbangeo.archive.catalog import read_table
from urbangeo.errors import listed
from urbangeo.language.adcode import closest
from urbangeo.language.names import clean_name, is_zone_code, name_forms
from urbangeo.language.scalars import is_missing
from urbangeo.sources.history.above import prefecture_of, prefectures, province_of, provinces
from urbangeo.sources.history.acts import Unit, history_of_lists, year_of
from urbangeo.sources.history.following import follow


@functools.cache
def units_by_name() -> tuple[dict[str, list[Unit]], dict[str, list[Unit]], dict[str, list[Unit]]]:
    """Index units by code, by full name, and by the other ways of writing the name.

    Returns
    -------
    tuple of dict
        Three of them, in this order.
    """
    census = read_table("census/census")
    printed = census[(census["unit_type"] == "zone") & (census["name"] != census["name_in_source"])]
    misprints: dict[str, list[str]] = {}
    for full, seen in zip(printed["name"], printed["name_in_source"], strict=True):
        misprints.setdefault(str(full), []).append(clean_name(seen))
    by_code: dict[str, list[Unit]] = {}
    by_name: dict[str, list[Unit]] = {}
    by_form: dict[str, list[Unit]] = {}
    for unit in history_of_lists().units:
        by_code.setdefault(unit.code, []).append(unit)
        by_name.setdefault(unit.name, []).append(unit)
        for form in dict.fromkeys((*name_forms(unit.name)[1:], *misprints.get(unit.name, ()))):
            by_form.setdefault(form, []).append(unit)
    return by_code, by_name, by_form


def fitting(code: str | None, cleaned: str) -> list[Unit]:
    """List the units that a code and a name fit.

    Parameters
    ----------
    code : str or None
        Six digits.
    cleaned : str
        The name, cleaned; may be empty where there is a code.

    Returns
    -------
    list of Unit
        All of them, of whatever year.
    """
    by_code, by_name, by_form = units_by_name()
    if code is None:
        return by_name.get(cleaned) or by_form.get(cleaned, [])
    units = by_code.get(code, [])
    if not cleaned:
        return units
    named = {*by_name.get(cleaned, ()), *by_form.get(cleaned, ())}
    return [unit for unit in units if unit in named]


@functools.cache
def parent_forms(unit: Unit) -> frozenset[str]:
    """Return the ways of writing what a unit lay in, then and today.

    Parameters
    ----------
    unit : Unit
        A county.

    Returns
    -------
    frozenset of str
        Codes and names of prefectures and provinces.
    """
    heirs = follow(unit.code, unit.since, len(history_of_lists().acts))
    over = [
        province_of(unit.code),
        prefecture_of(unit.code),
        *(prefecture_of(piece.code) for piece in heirs),
    ]
    forms: set[str] = set()
    for adcode, name in over:
        forms |= {adcode, *name_forms(name)}
    province = name_forms(province_of(unit.code)[1])
    return frozenset(forms | {one + other for one in province for other in forms})


def of_year(units: list[Unit], year: int) -> list[Unit]:
    """Leave the units of the end of a year, and those a table of that year may still print.

    Parameters
    ----------
    units : list of Unit
        Which fit.
    year : int
        Year of the table.

    Returns
    -------
    list of Unit
        Which of them can be meant.
    """
    # The latter were given up in that year, or before it by an act announced later. Where what they became fits too
    # (钢城区 before and after it came to 济南), they are left out.
    history = history_of_lists()
    before, end = history.end_of(year - 1), history.end_of(year)
    valid = [unit for unit in units if unit.since <= end <= unit.until]
    taken = {unit.code for unit in valid}
    for unit in units:
        if unit.until >= end:
            continue
        act = history.acts[unit.until]
        if unit.until >= before or act[0].announced[:4] >= str(year):
            heirs = {piece.code for piece in follow(unit.code, unit.until, end)}
            if taken.isdisjoint({unit.code, *heirs}):
                valid.append(unit)
    return valid


def entry(unit: Unit, year: int) -> int:
    """Return the act from which to follow a unit: what it went through before the year's end is no news.

    Parameters
    ----------
    unit : Unit
        A county.
    year : int
        Year of the table.

    Returns
    -------
    int
        Number of the act.
    """
    return min(max(history_of_lists().end_of(year), unit.since), unit.until)


def oldest(units: list[Unit]) -> list[Unit]:
    """Leave out units that only go on what another one here was.

    Parameters
    ----------
    units : list of Unit
        Which fit.

    Returns
    -------
    list of Unit
        The oldest.
    """
    kept: list[Unit] = []
    for unit in sorted(units, key=lambda unit: (unit.since, unit.code)):
        heirs = {piece.code for old in kept for piece in follow(old.code, old.since, unit.since)}
        if unit.code not in heirs:
            kept.append(unit)
    return kept


def not_found(code: object, name: object, parent: object, year: object, known: list[Unit]) -> str:
    """Say that nothing fits, and what would.

    Parameters
    ----------
    code, name, parent, year : object
        What was asked.
    known : list of Unit
        Units that fit but for the year.

    Returns
    -------
    str
        The message.
    """
    asked = {"code": code, "name": name, "parent": parent, "year": year}
    words = ", ".join(f"{key}={value!r}" for key, value in asked.items() if not is_missing(value))
    message = f"No county of Shandong or Qinghai, past or present, fits {words}."
    history = history_of_lists()
    if known:
        spans = []
        for unit in known:
            since = f"since {year_of(history.acts[unit.since - 1])}" if unit.since else "from before the table"
            until = f"to {year_of(history.acts[unit.until])}" if unit.until < len(history.acts) else "to this day"
            spans.append(f"{unit.code} {unit.name} held {since} {until}")
        return f"{message} Outside that year: {listed(spans)}."
    former = {**prefectures(), **provinces()}
    if str(code) in former:
        return f"{message} {code} is {former[str(code)]}, no county."
    if is_zone_code(code):
        return f"{message} Codes 37xx7x are functional zones that statistics print like counties."
    names = list(dict.fromkeys(unit.name for unit in history.units))
    near = closest(clean_name(name), names) if not is_missing(name) else []
    return f"{message} The closest: {listed(near)}." if near else message
