"""The register of provinces, prefectures and counties, and how words find them in it: exactly, or not at all."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Literal

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, UnknownNameError, listed
from urbangeo.language.adcode import clean_code, closest, short_name
from urbangeo.language.names import clean_name, name_forms
from urbangeo.language.scalars import plain
from urbangeo.sources.boundaries import read_counties

if TYPE_CHECKING:
    import pandas as pd

Scope = Literal["ours", "china"]
Level = Literal["province", "prefecture", "county"]

COLUMNS = [
    "name",
    "short_name",
    "level",
    "type",
    "parent_adcode",
    "province_adcode",
    "province",
    "prefecture_adcode",
    "prefecture",
]
_TYPES = {
    "province": {"省": "省", "自治区": "自治区", "特别行政区": "特别行政区", "市": "直辖市"},
    "prefecture": {"自治州": "自治州", "地区": "地区", "盟": "盟", "市": "地级市"},
}
"""Kinds of provinces and prefectures by the ends of their names."""
_LEVELS = ("province", "prefecture", "county")
_BY = ("code", "name", "short", "path")
"""How a word can fit, the strictest first."""


def register(scope: Scope = "ours") -> pd.DataFrame:
    """Return the provinces, prefectures and counties there are today, one row each.

    Parameters
    ----------
    scope : {"ours", "china"}, default "ours"
        ``"ours"``: Shandong and Qinghai from the project's division table. ``"china"``: the whole country from the
        list of the default boundary package, our two provinces still from the division table.

    Returns
    -------
    pandas.DataFrame
        Index ``adcode``, sorted; columns name, short_name, level (province, prefecture, county), type (市辖区,
        地级市 …; empty for counties of other provinces), parent_adcode (empty for a province), province_adcode,
        province, prefecture_adcode, prefecture (both empty for a province). A county that no prefecture stands over
        (municipalities, 省直辖, Taiwan, Hong Kong) has its province as parent and no prefecture; Macau, which the
        package draws as one unit, is one row of level province. A fresh frame each call.

    Raises
    ------
    InputError
        If the scope is not known.

    Examples
    --------
    >>> frame = register()
    >>> frame["level"].value_counts().to_dict()
    {'county': 181, 'prefecture': 24, 'province': 2}
    >>> frame.loc["630121", ["name", "short_name", "prefecture"]].tolist()
    ['大通回族土族自治县', '大通', '西宁市']
    """
    if scope not in ("ours", "china"):
        msg = f"scope={scope!r}; expected 'ours' (Shandong and Qinghai) or 'china'."
        raise InputError(msg)
    return _register(scope).copy()


@functools.cache
def _register(scope: str) -> pd.DataFrame:
    import pandas as pd

    if scope == "ours":
        units = read_table("boundaries/divisions").set_index("adcode")
    else:
        wanted = ["name", "type", "prefecture_adcode", "prefecture", "province_adcode", "province"]
        units = pd.DataFrame(read_counties(None)[wanted])
    provinces = {str(code): str(name) for code, name in zip(units["province_adcode"], units["province"], strict=True)}
    rows: dict[str, dict[str, object]] = {
        code: _row(name, ("province", None), None, (code, name), (None, None)) for code, name in provinces.items()
    }
    for unit in units.reset_index().to_dict("records"):
        adcode, over = unit["adcode"], unit["prefecture_adcode"]
        province = (unit["province_adcode"], unit["province"])
        if adcode in provinces:  # Macau
            continue
        prefecture: tuple[str | None, str | None] = (over, unit["prefecture"])
        if over in (adcode, province[0]):
            over, prefecture = province[0], (None, None)
        elif over not in rows:
            rows[over] = _row(unit["prefecture"], ("prefecture", None), province[0], province, prefecture)
        rows[adcode] = _row(unit["name"], ("county", plain(unit["type"])), over, province, prefecture)
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=COLUMNS).astype("str")
    frame.index.name = "adcode"
    return frame.sort_index()


def _row(
    name: str,
    rank: tuple[str, str | None],
    parent: str | None,
    province: tuple[str, str],
    prefecture: tuple[str | None, str | None],
) -> dict[str, object]:
    level, kind = rank
    if level != "county":
        kind = next(kind for end, kind in _TYPES[level].items() if name.endswith(end))
    return dict(zip(COLUMNS, (name, short_name(name), level, kind, parent, *province, *prefecture), strict=True))


def lookup(
    word: str,
    *,
    level: Level | None = None,
    parent: str | None = None,
    scope: Scope = "ours",
) -> pd.DataFrame:
    """Find all divisions a word can mean today.

    A word fits if, cleaned of blanks and remarks, it *is* the code, the full name, the name without its rank (历城),
    an autonomous county's name with the plain rank (大通县 for 大通回族土族自治县), the shorthand of a committee
    (大柴旦行委), or one of these behind the names of what stands over it (济南历城, 山东省济南市历城区). Nothing that
    is only like a name is ever taken for it.

    Parameters
    ----------
    word : str
        A name or a six-digit code.
    level : {"province", "prefecture", "county"}, optional
        Only divisions of this level.
    parent : str, optional
        Only divisions under this province or prefecture (name or code).
    scope : {"ours", "china"}, default "ours"
        Where to look, see `register`.

    Returns
    -------
    pandas.DataFrame
        The rows of `register` that fit, with a column ``fits`` (code, name, short, path: how strictly), strictest
        first, then by code. Several rows mean the word is ambiguous: 市中区 stands in two cities.

    Raises
    ------
    InputError
        If level or scope is not known, or the word is empty.
    UnknownNameError
        If nothing fits; the message names the closest, and today's name of a former unit.

    Examples
    --------
    >>> lookup("历城")["name"].to_dict()
    {'370112': '历城区'}
    >>> lookup("市中区")["prefecture"].tolist()
    ['济南市', '枣庄市']
    >>> lookup("大通县").index.tolist(), lookup("玉树", level="prefecture").index.tolist()
    (['630121'], ['632700'])
    """
    if level is not None and level not in _LEVELS:
        msg = f"level={level!r}; expected one of {listed(_LEVELS)}, or None for all."
        raise InputError(msg)
    frame = register(scope)
    cleaned = _cleaned(word)
    code = clean_code(word)
    hits = forms_of(scope).get(cleaned, {}) if code is None else {code: "code"}
    hits = {code: how for code, how in hits.items() if code in frame.index}
    found = frame.loc[list(hits)].assign(fits=[hits[code] for code in hits])
    if level is not None:
        found = found[found["level"] == level]
    if parent is not None:
        over = _codes_of_parent(parent, scope)
        found = found[found["province_adcode"].isin(over) | found["prefecture_adcode"].isin(over)]
        found = found[~found.index.isin(over)]
    if found.empty:
        raise UnknownNameError(_unknown(str(word), cleaned, level, parent, frame))
    order = sorted(zip(found["fits"].map(_BY.index), found.index, strict=True))
    return found.loc[[code for _, code in order]].rename_axis("adcode")


@functools.cache
def forms_of(scope: Scope = "ours") -> dict[str, dict[str, str]]:
    """Return every exact way of writing today's divisions, for looking up many names at once.

    Parameters
    ----------
    scope : {"ours", "china"}, default "ours"
        Where, see `register`.

    Returns
    -------
    dict of str to dict of str to str
        Cleaned word to the codes it can mean, each with how it fits: name, short or path. Shared by all callers: do
        not change it.

    Examples
    --------
    >>> forms_of()["青岛市北"]
    {'370203': 'path'}
    """
    index: dict[str, dict[str, str]] = {}

    def put(form: str, code: str, how: str) -> None:
        index.setdefault(form, {}).setdefault(code, how)

    frame = _register(scope)
    forms = {str(code): name_forms(str(name)) for code, name in frame["name"].items()}
    for code, (full, *others) in forms.items():
        put(full, code, "name")
        for form in others:
            put(form, code, "short")
    for unit in frame[frame["level"] != "province"].reset_index().to_dict("records"):
        code = unit["adcode"]
        province = forms[unit["province_adcode"]]
        before = list(province)
        if unit["parent_adcode"] != unit["province_adcode"]:
            prefecture = forms[unit["parent_adcode"]]
            before += [*prefecture, *(one + other for one in province for other in prefecture)]
        for head in before:
            for tail in forms[code]:
                put(head + tail, code, "path")
    return index


def children(division: str, *, scope: Scope = "ours") -> pd.DataFrame:
    """Return the divisions directly under a province or prefecture.

    Parameters
    ----------
    division : str
        Name or code of a province or prefecture.
    scope : {"ours", "china"}, default "ours"
        Where to look, see `register`.

    Returns
    -------
    pandas.DataFrame
        Rows of `register`, sorted by code.

    Raises
    ------
    InputError
        If the word means several divisions, or a county: the register ends there.
    UnknownNameError
        If there is no such division.

    Examples
    --------
    >>> len(children("济南市")), len(children("370000"))
    (12, 16)
    """
    frame = register(scope)
    hits = lookup(division, scope=scope)
    over = hits[hits.index.isin(frame["parent_adcode"].dropna())]
    over = over[over["fits"] == over["fits"].iloc[0]] if len(over) else over
    if len(over) != 1:
        what = listed(f"{code} {name}" for code, name in hits["name"].items())
        msg = f"children({division!r}): expected one province or prefecture, found {what}; give its code."
        raise InputError(msg)
    below: pd.DataFrame = frame[frame["parent_adcode"] == over.index[0]]
    return below


def parents(adcode: str, *, scope: Scope = "ours") -> pd.DataFrame:
    """Return the divisions a division lies in, the nearest first.

    Parameters
    ----------
    adcode : str
        A six-digit code of today.
    scope : {"ours", "china"}, default "ours"
        Where to look, see `register`.

    Returns
    -------
    pandas.DataFrame
        Rows of `register`: prefecture and province of a county; none for a province.

    Raises
    ------
    UnknownNameError
        If no division has the code today.

    Examples
    --------
    >>> parents("370102")["name"].tolist()
    ['济南市', '山东省']
    """
    frame = register(scope)
    code = clean_code(adcode)
    if code is None or code not in frame.index:
        raise UnknownNameError(_unknown(str(adcode), _cleaned(adcode), None, None, frame))
    over = frame["parent_adcode"].dropna().to_dict()
    chain: list[str] = []
    while (code := over.get(code)) is not None:
        chain.append(code)
    return frame.loc[chain]


def _cleaned(word: object) -> str:
    cleaned = clean_name(word)
    if not cleaned:
        msg = f"A name or a six-digit code is needed, got {word!r}."
        raise InputError(msg)
    return cleaned


def _codes_of_parent(parent: str, scope: Scope) -> list[str]:
    hits = lookup(parent, scope=scope)
    hits = hits[hits["level"] != "county"]
    if hits.empty:
        msg = f"parent={parent!r} is a county; expected a province or a prefecture."
        raise InputError(msg)
    return [str(code) for code in hits.index]


def _unknown(word: str, cleaned: str, level: str | None, parent: str | None, frame: pd.DataFrame) -> str:
    where = " ".join(
        part for part in (f"under {parent}" if parent else "", f"of level {level}" if level else "") if part
    )
    message = f"No division {where + ' ' if where else ''}is called {word!r} today."
    code = clean_code(word)
    history = read_table("boundaries/code_history")
    former = history[(history["old_adcode"] == code) | (history["old_name"] == cleaned)]
    if len(former):
        steps = (f"{r.old_adcode} {r.old_name} became {r.new_adcode} {r.new_name}" for r in former.itertuples())
        return f"{message} A former unit is: {listed(dict.fromkeys(steps))}; trace() follows it to today."
    if code is not None:
        near = [other for other in frame.index if other[:4] == code[:4]]
        same = listed((f"{other} {frame.loc[other, 'name']}" for other in near), 4)
        return f"{message} Codes of the same prefecture: {same}." if near else message
    known = frame if level is None else frame[frame["level"] == level]
    near = closest(cleaned, list(dict.fromkeys(known["name"])))
    return f"{message} The closest: {listed(near)}." if near else message
