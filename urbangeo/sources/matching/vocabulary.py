"""What is known: the lists of counties that are tried, and every exact way of writing their names."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from urbangeo.archive.catalog import read_table
from urbangeo.language.names import clean_name, name_forms
from urbangeo.language.scalars import is_missing
from urbangeo.sources.divisions import Scope, forms_of, register
from urbangeo.sources.history import read_code_history, trace, units_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd


@dataclass(frozen=True, eq=False)
class Unit:
    """A county of today or of the past."""

    code: str
    name: str
    over: frozenset[str]
    """Codes of the prefectures and provinces it lies in, then and today."""
    targets: tuple[str, ...]
    """Codes of today's units it is part of."""
    is_today: bool
    story: str = ""
    """What became of it, or happened to its ground, in Chinese."""


@dataclass
class UnitList:
    """Units of one list, by code and by every exact way of writing their names."""

    by_code: dict[str, list[Unit]] = field(default_factory=dict)
    by_form: dict[str, dict[Unit, str]] = field(default_factory=dict)

    def put(self, unit: Unit, forms: Iterable[tuple[str, str]]) -> None:
        """Add a unit.

        Parameters
        ----------
        unit : Unit
            A county.
        forms : iterable of tuple of str
            Ways of writing its name, each with how strict a reading it is.
        """
        self.by_code.setdefault(unit.code, []).append(unit)
        for form, how in forms:
            self.by_form.setdefault(form, {}).setdefault(unit, how)


@dataclass(frozen=True)
class Higher:
    """A prefecture or province."""

    code: str
    name: str
    level: str
    parent: str | None
    former: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """What rows are held against."""

    scope: Scope
    year: int | None
    lists: tuple[UnitList, ...]
    """In the order they are tried: the year's, today's, the past's."""
    today: UnitList
    names: dict[str, str]
    """Today's codes of all levels to names."""
    higher: dict[str, dict[Higher, str]]
    higher_by_code: dict[str, Higher]
    committees: frozenset[str]

    def everywhere(self, form: str) -> list[Unit]:
        """List the units of a name, in the order of the lists.

        Parameters
        ----------
        form : str
            A way of writing a name.

        Returns
        -------
        list of Unit
            Each once.
        """
        return list(dict.fromkeys(unit for known in self.lists for unit in known.by_form.get(form, ())))


@functools.lru_cache(maxsize=32)
def vocabulary_of(scope: Scope, year: int | None) -> Vocabulary:
    """Gather what is known for a scope and a year.

    Parameters
    ----------
    scope : {"ours", "china"}
        As :func:`urbangeo.match_counties` takes it.
    year : int or None
        Year whose list the table follows.

    Returns
    -------
    Vocabulary
        Made once.
    """
    units = register(scope)
    counties = units[units["level"] == "county"]
    today = UnitList()
    forms: dict[str, list[tuple[str, str]]] = {}
    for form, hits in forms_of(scope).items():
        for adcode, how in hits.items():
            forms.setdefault(adcode, []).append((form, how))
    for row in counties.itertuples():
        over = frozenset(str(value) for value in (row.prefecture_adcode, row.province_adcode) if not is_missing(value))
        adcode = str(row.Index)
        today.put(Unit(adcode, str(row.name), over, (adcode,), is_today=True), forms[adcode])
    higher, higher_by_code = _higher_levels(units, forms, year)
    past = _past(today)
    lists = (today, past) if year is None else (_list_of_year(year, today, scope), today, past)
    committees = counties.index[counties["type"] == "行政委员会"]
    return Vocabulary(
        scope,
        year,
        lists,
        today,
        {str(adcode): str(name) for adcode, name in units["name"].items()},
        higher,
        higher_by_code,
        frozenset(str(adcode) for adcode in committees),
    )


def _higher_levels(
    units: pd.DataFrame, forms: Mapping[str, Sequence[tuple[str, str]]], year: int | None
) -> tuple[dict[str, dict[Higher, str]], dict[str, Higher]]:
    """Index prefectures and provinces, former prefectures among them."""
    by_form: dict[str, dict[Higher, str]] = {}
    by_code: dict[str, Higher] = {}
    for row in units[units["level"] != "county"].itertuples():
        adcode = str(row.Index)
        parent = None if is_missing(row.parent_adcode) else str(row.parent_adcode)
        by_code[adcode] = unit = Higher(adcode, str(row.name), str(row.level), parent)
        for form, how in forms[adcode]:
            by_form.setdefault(form, {})[unit] = how
    history = read_code_history()
    for change in history[history["level"] == "prefecture"].to_dict("records"):
        adcode, name = str(change["old_adcode"]), str(change["old_name"])
        parent = adcode[:2] + "0000"
        story = f"{change['approved_date']}，{change['document_number']}：{name} → {change['new_name']}"
        by_code[adcode] = unit = Higher(adcode, name, "prefecture", parent, story)
        for form, how in _forms(name, (ways_to_write(parent),)):
            if how == "name" or year is None or year < int(change["year"]):
                by_form.setdefault(form, {})[unit] = how
    return by_form, by_code


@functools.cache
def ways_to_write(adcode: str) -> tuple[str, ...]:
    """Return the ways of writing one of our provinces or prefectures of today.

    Parameters
    ----------
    adcode : str
        Its code.

    Returns
    -------
    tuple of str
        The full name first; none for what is not ours.
    """
    units = register()
    return name_forms(str(units.loc[adcode, "name"])) if adcode in units.index else ()


def _forms(name: str, over: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Return all ways of writing a name, alone and behind those of the units over it."""
    full, *short = name_forms(name)
    heads = [head for forms in over for head in forms]
    heads += [first + second for first in (over[0] if over else ()) for forms in over[1:] for second in forms]
    alone = [(full, "name"), *((form, "short") for form in short)]
    return [*alone, *((head + form, "path") for head in heads for form, _ in alone)]


def _list_of_year(year: int, today: UnitList, scope: Scope) -> UnitList:
    """Return the list of a past year; in the scope of China, other provinces are as today."""
    result = UnitList()
    frame = units_in(year)
    ours = set(frame["province_adcode"])
    if scope == "china":
        of_others: dict[Unit, list[tuple[str, str]]] = {}
        for form, hits in today.by_form.items():
            for unit, how in hits.items():
                if not unit.over & ours:
                    of_others.setdefault(unit, []).append((form, how))
        for unit, forms in of_others.items():
            result.put(unit, forms)
    for row in frame.itertuples():
        code, name = str(row.Index), str(row.name)
        targets = tuple(str(row.todays_adcode).split(";"))
        goes_on = [unit for unit in today.by_code.get(code, ()) if unit.name == name and code in targets]
        changed = bool(row.outline_changed) or bool(row.part_only)
        unit = Unit(
            code,
            name,
            frozenset({str(row.prefecture_adcode), str(row.province_adcode)}) | _over_of(targets, today),
            (code,) if goes_on else targets,
            is_today=bool(goes_on),
            story=str(row.changes) if changed or not goes_on else "",
        )
        over = (
            ways_to_write(str(row.province_adcode)),
            name_forms(str(row.prefecture)),
            *_prefecture_forms(targets, today),
        )
        result.put(unit, _forms(name, over))
    return result


def _past(today: UnitList) -> UnitList:
    """Return every former unit of both provinces that no unit of today has the code and name of."""
    history = read_code_history()
    printed = read_table("census/census")
    misprints: dict[str, set[str]] = {}
    for row in printed[printed["unit_type"] == "zone"].itertuples():
        misprints.setdefault(str(row.name), set()).add(clean_name(row.name_in_source))
    result = UnitList()
    county_rows = history[history["level"] == "county"].drop_duplicates(["old_adcode", "old_name"])
    for code, name in zip(county_rows["old_adcode"], county_rows["old_name"], strict=True):
        if any(unit.name == name for unit in today.by_code.get(code, ())):
            continue
        steps = trace(code, name)
        targets = tuple(dict.fromkeys(steps["adcode"]))
        own = {code[:4] + "00", code[:2] + "0000"}
        unit = Unit(
            code,
            name,
            frozenset(own) | _over_of(targets, today),
            targets,
            is_today=False,
            story="；".join(steps["chain"]),
        )
        prefecture = name_forms(str(steps["old_prefecture"].iloc[0]))
        over = (ways_to_write(code[:2] + "0000"), prefecture, *_prefecture_forms(targets, today))
        forms = _forms(name, over)
        known = {form for form, _ in forms}
        result.put(unit, [*forms, *((form, "short") for form in misprints.get(name, set()) - known)])
    return result


def _over_of(targets: Sequence[str], today: UnitList) -> frozenset[str]:
    return frozenset(code for target in targets for unit in today.by_code.get(target, ()) for code in unit.over)


def _prefecture_forms(targets: Sequence[str], today: UnitList) -> list[tuple[str, ...]]:
    """Return the ways of writing today's prefectures: tables print former counties under them too."""
    return [ways_to_write(code) for code in sorted(_over_of(targets, today)) if not code.endswith("0000")]
