"""Matching the rows of a table to today's counties: exactly, with a reason for every row, and closed on doubt.

A row is tried by its code, then by its name under what stands over it, in the list of the table's year, in today's and
in the history of both provinces. Whatever fits in one way only is taken; whatever fits in several, or contradicts
itself, or fits nothing, is left for a person. A name that is merely like another is a candidate and never a match.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, JoinError, SchemaError, listed
from urbangeo.language.adcode import clean_code, closest
from urbangeo.language.names import clean_name, is_total_row, is_zone_code, name_forms
from urbangeo.language.scalars import is_missing
from urbangeo.sources.boundaries import match_province
from urbangeo.sources.divisions import Scope, forms_of, register
from urbangeo.sources.history import read_code_history, trace, units_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
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

_STRICTNESS = ("name", "short", "path")
_MOST_SEARCHES = 2_000
"""Names without any match for which close ones are looked up; comparing takes a millisecond or more each."""

_LONGEST_NAME = 40
"""A cell of more characters is no name with a slip in it; the longest way of writing one has 25."""

_HAS_DIGIT = re.compile("[0-9]")
_REMARK = re.compile(
    r"(?:注|备注|附注|说明|资料来源|数据来源|来源|(?:计量)?单位|制表人?|填表人?|审核人?|联系人|报送单位)"
    r"(?:[0-9]*[:.、].*|$)"
)
_ZONE_NAME = re.compile(
    r"开发区|高新|经开|新区$|新城$|示范区|保税区|度假区|试验区|产业园|工业园|园区|管理区|管委会|港经济"
)
_HIGH_TECH = re.compile(r"高新?技术(?:产业)?(?:开发区|区)?|高新区?")
_ECONOMIC = re.compile(r"经济(?:技术)?(?:开发区|区)?|经开区?|开发区")
_RANKS = set("省市区县州盟旗自治族行委会政地")
_LEVELS_ZH = {"province": "省级", "prefecture": "地级"}


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
    _check_columns(frame, {"code": code, "name": name, "parent": parent})
    matcher = _Matcher(_vocabulary(scope, None if year is None else _whole(year)), _province(province, scope))
    given = [_cells(frame, column) for column in (code, name, parent)]
    answers: dict[tuple[object, object, object], _Answer] = {}
    found = []
    for row in zip(*given, strict=True):
        answer = answers.get(row)
        if answer is None:
            answer = answers[row] = matcher.answer(*row)
        found.append(answer)
    return _result(frame, given, found, matcher.vocabulary)


# --- what goes in -------------------------------------------------------------------------------------------------


def _check_columns(frame: pd.DataFrame, asked: Mapping[str, str | None]) -> None:
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


def _whole(year: object) -> int:
    if isinstance(year, bool) or not hasattr(year, "__index__"):
        msg = f"year={year!r}: expected a whole year, such as 2020."
        raise InputError(msg)
    return int(year.__index__())


def _province(province: str | None, scope: Scope) -> str | None:
    if province is None:
        return None
    units = register(scope)
    known = units.loc[units["level"] == "province", "name"]
    return match_province(clean_name(province), {str(adcode): str(name) for adcode, name in known.items()})


def _cells(frame: pd.DataFrame, column: str | None) -> list[object]:
    """Return the cells of a column with every way of being missing as None, each fit to be a key."""
    if column is None:
        return [None] * len(frame)
    values = frame[column]
    cells: list[object] = values.astype(object).where(values.notna(), None).tolist()
    # 370102 and 370102.0 are one key to a dict and one code to clean_code; a list is none.
    return [cell if cell is None or isinstance(cell, str | int | float) else str(cell) for cell in cells]


# --- what is known ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Unit:
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
class _List:
    """Units of one list, by code and by every exact way of writing their names."""

    by_code: dict[str, list[_Unit]] = field(default_factory=dict)
    by_form: dict[str, dict[_Unit, str]] = field(default_factory=dict)

    def put(self, unit: _Unit, forms: Iterable[tuple[str, str]]) -> None:
        self.by_code.setdefault(unit.code, []).append(unit)
        for form, how in forms:
            self.by_form.setdefault(form, {}).setdefault(unit, how)


@dataclass(frozen=True)
class _Higher:
    """A prefecture or province."""

    code: str
    name: str
    level: str
    parent: str | None
    former: str = ""


@dataclass(frozen=True)
class _Vocabulary:
    scope: Scope
    year: int | None
    lists: tuple[_List, ...]
    """In the order they are tried: the year's, today's, the past's."""
    today: _List
    names: dict[str, str]
    """Today's codes of all levels to names."""
    higher: dict[str, dict[_Higher, str]]
    higher_by_code: dict[str, _Higher]
    committees: frozenset[str]

    def everywhere(self, form: str) -> list[_Unit]:
        return list(dict.fromkeys(unit for known in self.lists for unit in known.by_form.get(form, ())))


@functools.lru_cache(maxsize=32)
def _vocabulary(scope: Scope, year: int | None) -> _Vocabulary:
    units = register(scope)
    counties = units[units["level"] == "county"]
    today = _List()
    forms: dict[str, list[tuple[str, str]]] = {}
    for form, hits in forms_of(scope).items():
        for adcode, how in hits.items():
            forms.setdefault(adcode, []).append((form, how))
    for row in counties.itertuples():
        over = frozenset(str(value) for value in (row.prefecture_adcode, row.province_adcode) if not is_missing(value))
        adcode = str(row.Index)
        today.put(_Unit(adcode, str(row.name), over, (adcode,), is_today=True), forms[adcode])
    higher, higher_by_code = _higher_levels(units, forms, year)
    past = _past(today)
    lists = (today, past) if year is None else (_list_of_year(year, today, scope), today, past)
    committees = counties.index[counties["type"] == "行政委员会"]
    return _Vocabulary(
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
) -> tuple[dict[str, dict[_Higher, str]], dict[str, _Higher]]:
    """Index prefectures and provinces, former prefectures among them."""
    by_form: dict[str, dict[_Higher, str]] = {}
    by_code: dict[str, _Higher] = {}
    for row in units[units["level"] != "county"].itertuples():
        adcode = str(row.Index)
        parent = None if is_missing(row.parent_adcode) else str(row.parent_adcode)
        by_code[adcode] = unit = _Higher(adcode, str(row.name), str(row.level), parent)
        for form, how in forms[adcode]:
            by_form.setdefault(form, {})[unit] = how
    history = read_code_history()
    for change in history[history["level"] == "prefecture"].to_dict("records"):
        adcode, name = str(change["old_adcode"]), str(change["old_name"])
        parent = adcode[:2] + "0000"
        story = f"{change['approved_date']}，{change['document_number']}：{name} → {change['new_name']}"
        by_code[adcode] = unit = _Higher(adcode, name, "prefecture", parent, story)
        for form, how in _forms(name, (_names_of(parent),)):
            if how == "name" or year is None or year < int(change["year"]):
                by_form.setdefault(form, {})[unit] = how
    return by_form, by_code


@functools.cache
def _names_of(adcode: str) -> tuple[str, ...]:
    """Return the ways of writing one of our provinces or prefectures of today."""
    units = register()
    return name_forms(str(units.loc[adcode, "name"])) if adcode in units.index else ()


def _forms(name: str, over: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Return all ways of writing a name, alone and behind those of the units over it."""
    full, *short = name_forms(name)
    heads = [head for forms in over for head in forms]
    heads += [first + second for first in (over[0] if over else ()) for forms in over[1:] for second in forms]
    alone = [(full, "name"), *((form, "short") for form in short)]
    return [*alone, *((head + form, "path") for head in heads for form, _ in alone)]


def _list_of_year(year: int, today: _List, scope: Scope) -> _List:
    """Return the list of a past year; in the scope of China, other provinces are as today."""
    result = _List()
    frame = units_in(year)
    ours = set(frame["province_adcode"])
    if scope == "china":
        of_others: dict[_Unit, list[tuple[str, str]]] = {}
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
        unit = _Unit(
            code,
            name,
            frozenset({str(row.prefecture_adcode), str(row.province_adcode)}) | _over_of(targets, today),
            (code,) if goes_on else targets,
            is_today=bool(goes_on),
            story=str(row.changes) if changed or not goes_on else "",
        )
        over = (
            _names_of(str(row.province_adcode)),
            name_forms(str(row.prefecture)),
            *_prefecture_forms(targets, today),
        )
        result.put(unit, _forms(name, over))
    return result


def _past(today: _List) -> _List:
    """Return every former unit of both provinces that no unit of today has the code and name of."""
    history = read_code_history()
    printed = read_table("census/census")
    misprints: dict[str, set[str]] = {}
    for row in printed[printed["unit_type"] == "zone"].itertuples():
        misprints.setdefault(str(row.name), set()).add(clean_name(row.name_in_source))
    result = _List()
    county_rows = history[history["level"] == "county"].drop_duplicates(["old_adcode", "old_name"])
    for code, name in zip(county_rows["old_adcode"], county_rows["old_name"], strict=True):
        if any(unit.name == name for unit in today.by_code.get(code, ())):
            continue
        steps = trace(code, name)
        targets = tuple(dict.fromkeys(steps["adcode"]))
        own = {code[:4] + "00", code[:2] + "0000"}
        unit = _Unit(
            code,
            name,
            frozenset(own) | _over_of(targets, today),
            targets,
            is_today=False,
            story="；".join(steps["chain"]),
        )
        prefecture = name_forms(str(steps["old_prefecture"].iloc[0]))
        over = (_names_of(code[:2] + "0000"), prefecture, *_prefecture_forms(targets, today))
        forms = _forms(name, over)
        known = {form for form, _ in forms}
        result.put(unit, [*forms, *((form, "short") for form in misprints.get(name, set()) - known)])
    return result


def _over_of(targets: Sequence[str], today: _List) -> frozenset[str]:
    return frozenset(code for target in targets for unit in today.by_code.get(target, ()) for code in unit.over)


def _prefecture_forms(targets: Sequence[str], today: _List) -> list[tuple[str, ...]]:
    """Return the ways of writing today's prefectures: tables print former counties under them too."""
    return [_names_of(code) for code in sorted(_over_of(targets, today)) if not code.endswith("0000")]


# --- how a row is answered ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Answer:
    status: Status
    reason: str
    adcode: str | None = None
    cause: str = ""
    candidates: str = ""


@dataclass(frozen=True)
class _Parent:
    """What a parent cell says: codes it can mean, or that it is not known here, or lies outside."""

    given: str
    codes: frozenset[str] = frozenset()
    outside: bool = False

    @property
    def is_known(self) -> bool:
        return bool(self.codes)


class _Matcher:
    """Answers rows; keeps what it looked up, so that equal cells are looked up once."""

    def __init__(self, vocabulary: _Vocabulary, province: str | None) -> None:
        self.vocabulary = vocabulary
        self._province = province
        self._parents: dict[str, _Parent | None] = {}
        self._searches = 0

    def answer(self, code: object, name: object, parent: object) -> _Answer:
        """Answer one row."""
        said, code_text, parent_text = clean_name(name), clean_name(code), clean_name(parent)
        adcode = clean_code(code)
        if (answer := _of_no_unit(said, code_text, parent_text, adcode)) is not None:
            return answer
        over = self._parent(parent_text)
        if adcode is not None:
            return self._by_code(adcode, said, over)
        if _HAS_DIGIT.search(code_text):
            return self._bad_code(code_text, said, over)
        return self._by_name(said, over)

    # Codes.

    def _by_code(self, adcode: str, said: str, over: _Parent | None) -> _Answer:
        book = self.vocabulary
        named = book.everywhere(said) if said else []
        bearers = [unit for known in book.lists for unit in known.by_code.get(adcode, ())]
        if not bearers:
            return self._code_of_no_county(adcode, said, over)
        # 371324 was 苍山县 and is 兰陵县: the name says which of the two is meant, else the list that is tried first.
        unit = next((unit for unit in bearers if unit in named), bearers[0])
        if (answer := self._misplaced(unit, said, over)) is not None:
            return answer
        if len(unit.targets) > 1:
            return self._divided(unit)
        if not said:
            return self._taken(unit, unit, "按代码", over)
        # The strictest reading first: the unit of the code itself says more than one that became part of it.
        agreeing = [other for other in named if other.targets == unit.targets]
        agreeing.sort(key=lambda other: (other.code != unit.code, not other.is_today))
        if agreeing:
            return self._taken(unit, agreeing[0], "代码与名称一致", over)
        return self._code_without_its_name(unit, said, named, over)

    def _misplaced(self, unit: _Unit, said: str, over: _Parent | None) -> _Answer | None:
        """Answer a code whose unit lies elsewhere than the table or the row says."""
        if self._province is not None and self._province not in unit.over:
            return _Answer(
                "unmatched",
                f"代码{unit.code}（{unit.name}）不在{self.vocabulary.names[self._province]}",
                cause="outside",
                candidates=self._told(unit.targets),
            )
        if over is not None and over.is_known and not unit.over & over.codes:
            under = _targets(self._named(said, over)[0] if said else [])
            words = f"代码{unit.code}是{unit.name}，不属于“{over.given}”"
            return self._contradiction(words, [*unit.targets, *under])
        return None

    def _code_without_its_name(self, unit: _Unit, said: str, named: list[_Unit], over: _Parent | None) -> _Answer:
        here = f"代码{unit.code}是{unit.name}"
        if named:
            there = "、".join(dict.fromkeys(f"{other.code} {other.name}" for other in named))
            return self._contradiction(f"{here}，名称“{said}”却是{there}", [*unit.targets, *_targets(named)])
        if hits := self.vocabulary.higher.get(said):
            level = _LEVELS_ZH[next(iter(hits)).level]
            return self._contradiction(f"{here}，名称“{said}”却是{level}单位", unit.targets)
        if is_zone := _ZONE_NAME.search(said):
            return self._contradiction(f"{here}，名称“{said}”却像功能区（{is_zone[0]}）", unit.targets)
        close = self._close(said, over)
        return self._contradiction(f"{here}，名称“{said}”未能识别", [*unit.targets, *close])

    def _code_of_no_county(self, adcode: str, said: str, over: _Parent | None) -> _Answer:
        """Answer a well-formed code that no county of the scope has or had."""
        book = self.vocabulary
        higher = book.higher_by_code.get(adcode)
        elsewhere = _china_names().get(adcode) if book.scope == "ours" and higher is None else None
        named = self._named(said, over)[0] if said else []
        is_highers_name = higher is not None and higher in book.higher.get(said, ())
        if named and not is_highers_name:
            what = "不在今表与沿革之中"
            if is_zone_code(adcode):
                what = "是功能区代码"
            elif higher is not None:
                what = f"是{_LEVELS_ZH[higher.level]}的{higher.name}"
            elif elsewhere is not None:
                what = f"是两省之外的{elsewhere}"
            return self._contradiction(f"代码{adcode}{what}，名称“{said}”却是县级单位", _targets(named))
        if is_zone_code(adcode):
            return self._zone(said, adcode, over)
        if higher is not None:
            return _is_higher(higher)
        if elsewhere is not None:
            return _outside(f"代码{adcode}是{elsewhere}", f"{adcode} {elsewhere}")
        return self._unknown_code(adcode, said, over)

    def _unknown_code(self, adcode: str, said: str, over: _Parent | None) -> _Answer:
        if adcode.endswith("01") and adcode[:4] + "00" in self.vocabulary.higher_by_code:
            return _Answer("unmatched", f"代码{adcode}是“市辖区”汇总代码，不是县级单位", cause="total_row")
        reason = f"代码{adcode}不在今表与沿革之中"
        close = self._close(said, over) if said else []
        if said:
            reason += f"，名称“{said[:30]}”也未能识别" + ("；仅列相近名称，须人工确认" if close else "")
        return _Answer("unmatched", reason, cause="unknown", candidates=self._told(close))

    def _bad_code(self, code_text: str, said: str, over: _Parent | None) -> _Answer:
        """Answer a cell of digits that is no six-digit code; the name is a candidate and no more."""
        what = f"代码“{code_text[:20]}”不是六位县级代码"
        if re.fullmatch("[0-9]{9}|[0-9]{12}", code_text):
            what += "（像乡镇或村级代码）"
        if not said:
            return _Answer("unmatched", what, cause="bad_code")
        if named := self._named(said, over)[0]:
            told = self._told(_targets(named))
            return _Answer("ambiguous", f"{what}；名称“{said}”可识别", cause="bad_code", candidates=told)
        return _Answer("unmatched", f"{what}；名称“{said[:30]}”也未能识别", cause="bad_code")

    # Names.

    def _by_name(self, said: str, over: _Parent | None) -> _Answer:
        book = self.vocabulary
        if over is not None and over.outside:
            return _outside(f"上级“{over.given}”", "")
        named, how = self._named(said, over)
        higher = self._higher_named(said, over)
        if not named:
            return self._name_of_no_county(said, over, higher)
        if (answer := self._of_several(said, over, named, higher if how == "short" else [])) is not None:
            return answer
        unit = min(named, key=lambda unit: not unit.is_today)
        words = {"name": "按名称", "short": "按简称", "path": "按全称路径"}[how]
        if over is not None:
            words = {"name": "按上级与名称", "short": "按上级与简称"}.get(how, words)
        if book.year is not None and not any(unit in book.lists[0].by_form.get(said, {}) for unit in named):
            words += f"（{book.year}年名录中无此名称）"
        return self._taken(unit, unit, words, over)

    def _of_several(self, said: str, over: _Parent | None, named: list[_Unit], higher: list[_Higher]) -> _Answer | None:
        """Answer a name that does not lead to one unit for certain."""
        targets = _targets(named)
        told = self._told(targets)
        if over is not None and not over.is_known:
            reason = f"上级“{over.given}”未能识别，不能据此确认“{said}”"
            return _Answer("ambiguous", reason, cause="unknown_parent", candidates=told)
        if higher:
            told = ";".join([told, *(f"{unit.code} {unit.name}" for unit in higher)])
            reason = f"“{said}”既可指县级单位，也可指{_LEVELS_ZH[higher[0].level]}的{higher[0].name}，请写全称"
            return _Answer("ambiguous", reason, cause="several_units", candidates=told)
        if len(named) == 1 and len(targets) > 1:
            return self._divided(named[0])
        if len(targets) > 1:
            where = "" if over is None else f"“{over.given}”之下"
            reason = f"{where}有{len(targets)}个单位可称“{said}”，请加代码、上级名称或年份"
            return _Answer("ambiguous", reason, cause="several_units", candidates=told)
        return None

    def _name_of_no_county(self, said: str, over: _Parent | None, higher: list[_Higher]) -> _Answer:
        book = self.vocabulary
        if higher:
            return _is_higher(higher[0])
        if over is not None and over.is_known and (elsewhere := self._named(said, None)[0]):
            return self._contradiction(f"“{over.given}”之下没有“{said}”", _targets(elsewhere))
        if self._province is not None and (others := book.everywhere(said)):
            told = self._told(_targets(others))
            return _Answer("unmatched", f"“{said}”不在{book.names[self._province]}", cause="outside", candidates=told)
        if book.scope == "ours" and (beyond := _china_hits(said)):
            return _outside(f"“{said}”", ";".join(beyond))
        if _ZONE_NAME.search(said):
            return self._zone(said, None, over)
        close = self._close(said, over)
        reason = f"名称“{said[:30]}”未能识别" + ("；仅列相近名称，须人工确认" if close else "")
        return _Answer("unmatched", reason, cause="unknown", candidates=self._told(close))

    def _named(self, said: str, over: _Parent | None) -> tuple[list[_Unit], str]:
        """Return the units a name means in the first list that has it, by its strictest reading, and that reading."""
        for known in self.vocabulary.lists:
            hits = {unit: how for unit, how in known.by_form.get(said, {}).items() if self._is_within(unit, over)}
            if hits:
                strictest = min(hits.values(), key=_STRICTNESS.index)
                found = [unit for unit, how in hits.items() if how == strictest]
                if self.vocabulary.year is None and strictest == "name" and known is self.vocabulary.today:
                    found += self._namesakes(said, over, found)
                return found, strictest
        return [], ""

    def _namesakes(self, said: str, over: _Parent | None, found: list[_Unit]) -> list[_Unit]:
        """Return former units of a name that is another unit's today; without a year either can be meant."""
        targets = {unit.targets for unit in found}
        return [
            unit
            for unit, how in self.vocabulary.lists[-1].by_form.get(said, {}).items()
            if how == "name" and unit.targets not in targets and self._is_within(unit, over)
        ]

    def _is_within(self, unit: _Unit, over: _Parent | None) -> bool:
        is_under = over is None or not over.is_known or bool(unit.over & over.codes)
        return is_under and (self._province is None or self._province in unit.over)

    def _higher_named(self, said: str, over: _Parent | None) -> list[_Higher]:
        hits = self.vocabulary.higher.get(said) or self.vocabulary.higher.get(said.removeprefix("中国"), {})
        return [
            unit
            for unit in hits
            if over is None or not over.is_known or unit.code in over.codes or unit.parent in over.codes
        ]

    # What stands over a unit.

    def _parent(self, said: str) -> _Parent | None:
        if said not in self._parents:
            self._parents[said] = self._read_parent(said)
        return self._parents[said]

    def _read_parent(self, said: str) -> _Parent | None:
        if not said or is_total_row(said) or not any(character.isalnum() for character in said):
            return None
        adcode = clean_code(said)
        book = self.vocabulary
        codes = {adcode} & set(book.higher_by_code) if adcode else {unit.code for unit in book.higher.get(said, ())}
        if codes:
            return _Parent(said, frozenset(codes))
        return _Parent(said, outside=book.scope == "ours" and (bool(_china_hits(said)) or adcode in _china_names()))

    # Words.

    def _taken(self, unit: _Unit, named: _Unit, words: str, over: _Parent | None) -> _Answer:
        """Take a unit: matched if both what the code and what the name says are of today, else superseded."""
        target = unit.targets[0]
        parts = [words]
        is_today = unit.is_today and named.is_today
        if not is_today:
            story = unit.story if not unit.is_today else named.story
            parts = [f"{words}，旧称或旧码：{story}"]
        elif unit.story:
            parts.append(f"此后界线有变动：{unit.story}")
        if target in self.vocabulary.committees:
            parts.append("行政委员会不是正式行政区划")
        if over is not None and not over.is_known:
            parts.append(f"上级“{over.given}”未能识别，未采用")
        if is_today:
            return _Answer("matched", "；".join(parts), target)
        return _Answer("superseded", "；".join(parts), target, cause="superseded")

    def _divided(self, unit: _Unit) -> _Answer:
        reason = f"{unit.code} {unit.name}后来分属多个单位，不能整体对应：{unit.story}"
        return _Answer("ambiguous", reason, cause="divided", candidates=self._told(unit.targets))

    def _contradiction(self, words: str, targets: Iterable[str]) -> _Answer:
        return _Answer("ambiguous", f"自相矛盾：{words}", cause="contradiction", candidates=self._told(targets))

    def _told(self, codes: Iterable[str]) -> str:
        return ";".join(f"{code} {self.vocabulary.names[code]}" for code in dict.fromkeys(codes))

    def _zone(self, said: str, adcode: str | None, over: _Parent | None) -> _Answer:
        what = f"功能区（{said[:30] or adcode}），统计上单列，不是县级行政区"
        prefectures = {code for code in (over.codes if over else ()) if not code.endswith("0000")}
        if adcode is not None:
            prefectures = {adcode[:4] + "00"}
        hits = [zone for zone in _zones() if zone.is_meant(said, adcode, prefectures)]
        if len(hits) != 1:
            return _Answer("unmatched", f"{what}；普查表中没有对应的功能区，所在县请核实", cause="zone")
        zone = hits[0]
        if zone.host is None:
            return _Answer("unmatched", f"{what}；普查表中的{zone.name}跨多个区，没有单一所在县", cause="zone")
        host = self._told([zone.host])
        return _Answer("unmatched", f"{what}；普查表中的{zone.name}在{host}之内", cause="zone", candidates=host)

    def _close(self, said: str, over: _Parent | None) -> list[str]:
        """Return codes of up to three units of a name like this one."""
        if self._searches >= _MOST_SEARCHES or len(said) > _LONGEST_NAME:
            return []
        self._searches += 1
        pool: set[_Unit] = set()
        for character in set(said) - _RANKS:
            pool |= _by_character(self.vocabulary.scope).get(character, set())
        if over is not None and over.is_known:
            pool = {unit for unit in pool if unit.over & over.codes}
        if self._province is not None:
            pool = {unit for unit in pool if self._province in unit.over}
        by_name: dict[str, list[str]] = {}
        for unit in sorted(pool, key=lambda unit: unit.code):
            by_name.setdefault(unit.name, []).append(unit.code)
        return [code for name in closest(said, list(by_name)) for code in by_name[name]][:6]


def _targets(units: Iterable[_Unit]) -> list[str]:
    return list(dict.fromkeys(target for unit in units for target in unit.targets))


def _of_no_unit(said: str, code_text: str, parent_text: str, adcode: str | None) -> _Answer | None:
    """Answer a row that by its looks is none of a unit: a total, a remark, or blank."""
    leading = said or (code_text if adcode is None else "")
    total = leading if said or code_text else parent_text
    if is_total_row(total):
        return _Answer("unmatched", f"合计或分组行（{total[:30]}），不是县级单位", cause="total_row")
    if adcode is None and _REMARK.fullmatch(leading):
        return _Answer("unmatched", "表下说明文字，不是县级单位", cause="remark")
    if not said and adcode is None and not _HAS_DIGIT.search(code_text):
        return _Answer("unmatched", "没有代码，也没有名称", cause="blank")
    return None


def _is_higher(unit: _Higher) -> _Answer:
    former = f"（已撤销：{unit.former}）" if unit.former else ""
    return _Answer(
        "unmatched", f"{unit.name}是{_LEVELS_ZH[unit.level]}单位{former}，不是县级单位", cause="higher_level"
    )


def _outside(what: str, candidates: str) -> _Answer:
    return _Answer("unmatched", f"{what}，在山东、青海两省之外", cause="outside", candidates=candidates)


@functools.cache
def _by_character(scope: Scope) -> dict[str, set[_Unit]]:
    found: dict[str, set[_Unit]] = {}
    for units in _vocabulary(scope, None).today.by_code.values():
        for unit in units:
            for character in set(unit.name) - _RANKS:
                found.setdefault(character, set()).add(unit)
    return found


@functools.cache
def _china_names() -> dict[str, str]:
    units = register("china")
    return {
        str(code): name if level == "province" else f"{province}{name}"
        for code, name, level, province in zip(
            units.index, units["name"], units["level"], units["province"], strict=True
        )
    }


def _china_hits(said: str) -> list[str]:
    """Return what a name means in the whole country, as candidates; empty if nothing."""
    forms = forms_of("china")
    hits = forms.get(said) or forms.get(said.removeprefix("中国"), {})
    return [f"{code} {_china_names()[code]}" for code in sorted(hits)][:6]


@dataclass(frozen=True)
class _Zone:
    """A functional zone of the census table."""

    code: str
    name: str
    prefecture: str
    host: str | None

    def is_meant(self, said: str, adcode: str | None, prefectures: Collection[str]) -> bool:
        if not said:
            return self.code == adcode
        heads = _names_of(self.prefecture)
        if said == self.name:
            return True
        # Behind the prefecture's name, or in its part of the table: 济南高新区, or 高新区 under 济南市.
        if not prefectures and not any(said.startswith(head) for head in heads):
            return False
        if prefectures and self.prefecture not in prefectures:
            return False
        return _zone_key(said, heads) == _zone_key(self.name, heads)


def _zone_key(name: str, heads: Sequence[str]) -> str:
    for head in sorted(heads, key=len, reverse=True):
        name = name.removeprefix(head)
    return _ECONOMIC.sub("经开", _HIGH_TECH.sub("高新", name))


@functools.cache
def _zones() -> tuple[_Zone, ...]:
    census = read_table("census/census")
    rows = census[(census["unit_type"] == "zone") & census["adcode"].map(is_zone_code)].drop_duplicates("adcode")
    return tuple(
        _Zone(
            str(row.adcode),
            str(row.name),
            str(row.adcode)[:4] + "00",
            None if is_missing(row.host_adcode) else str(row.host_adcode),
        )
        for row in rows.itertuples()
    )


# --- what comes out -----------------------------------------------------------------------------------------------


def _result(
    frame: pd.DataFrame, given: Sequence[Sequence[object]], answers: Sequence[_Answer], book: _Vocabulary
) -> MatchResult:
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


def _notes(answers: Sequence[_Answer], clash: Mapping[str, str], book: _Vocabulary) -> list[str]:
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
