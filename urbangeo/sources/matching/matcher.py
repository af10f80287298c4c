"""How a row is answered: by its code, by its name, under what stands over it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urbangeo.language.adcode import clean_code, closest
from urbangeo.language.names import clean_name, is_total_row, is_zone_code
from urbangeo.sources.matching.beyond import china_hits, china_names
from urbangeo.sources.matching.looks import HAS_DIGIT, LEVELS_ZH, Answer, is_higher, is_outside, of_no_unit
from urbangeo.sources.matching.vocabulary import Higher, Unit, Vocabulary, vocabulary_of
from urbangeo.sources.matching.zones import ZONE_NAME, zones

if TYPE_CHECKING:
    from collections.abc import Iterable

    from urbangeo.sources.divisions import Scope

_STRICTNESS = ("name", "short", "path")
_MOST_SEARCHES = 2_000
"""Names without any match for which close ones are looked up; comparing takes a millisecond or more each."""

_LONGEST_NAME = 40
"""A cell of more characters is no name with a slip in it; the longest way of writing one has 25."""

_RANKS = set("省市区县州盟旗自治族行委会政地")


@dataclass(frozen=True)
class Parent:
    """What a parent cell says: codes it can mean, or that it is not known here, or lies outside."""

    given: str
    codes: frozenset[str] = frozenset()
    outside: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the cell says where to look."""
        return bool(self.codes)


class Matcher:
    """Answers rows; keeps what it looked up, so that equal cells are looked up once.

    Parameters
    ----------
    vocabulary : Vocabulary
        What is known.
    province : str or None
        Code of the one province of the table.
    """

    def __init__(self, vocabulary: Vocabulary, province: str | None) -> None:
        self.vocabulary = vocabulary
        self._province = province
        self._parents: dict[str, Parent | None] = {}
        self._searches = 0

    def answer(self, code: object, name: object, parent: object) -> Answer:
        """Answer one row.

        Parameters
        ----------
        code, name, parent : object
            Its cells; None for what is missing.

        Returns
        -------
        Answer
            What became of it.
        """
        said, code_text, parent_text = clean_name(name), clean_name(code), clean_name(parent)
        adcode = clean_code(code)
        if (answer := of_no_unit(said, code_text, parent_text, adcode)) is not None:
            return answer
        over = self._parent(parent_text)
        if adcode is not None:
            return self._by_code(adcode, said, over)
        if HAS_DIGIT.search(code_text):
            return self._bad_code(code_text, said, over)
        return self._by_name(said, over)

    # Codes.

    def _by_code(self, adcode: str, said: str, over: Parent | None) -> Answer:
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

    def _misplaced(self, unit: Unit, said: str, over: Parent | None) -> Answer | None:
        """Answer a code whose unit lies elsewhere than the table or the row says."""
        if self._province is not None and self._province not in unit.over:
            return Answer(
                "unmatched",
                f"代码{unit.code}（{unit.name}）不在{self.vocabulary.names[self._province]}",
                cause="outside",
                candidates=self._told(unit.targets),
            )
        if over is not None and over.is_known and not unit.over & over.codes:
            under = targets_of(self._named(said, over)[0] if said else [])
            words = f"代码{unit.code}是{unit.name}，不属于“{over.given}”"
            return self._contradiction(words, [*unit.targets, *under])
        return None

    def _code_without_its_name(self, unit: Unit, said: str, named: list[Unit], over: Parent | None) -> Answer:
        here = f"代码{unit.code}是{unit.name}"
        if named:
            there = "、".join(dict.fromkeys(f"{other.code} {other.name}" for other in named))
            return self._contradiction(f"{here}，名称“{said}”却是{there}", [*unit.targets, *targets_of(named)])
        if hits := self.vocabulary.higher.get(said):
            level = LEVELS_ZH[next(iter(hits)).level]
            return self._contradiction(f"{here}，名称“{said}”却是{level}单位", unit.targets)
        if is_zone := ZONE_NAME.search(said):
            return self._contradiction(f"{here}，名称“{said}”却像功能区（{is_zone[0]}）", unit.targets)
        close = self._close(said, over)
        return self._contradiction(f"{here}，名称“{said}”未能识别", [*unit.targets, *close])

    def _code_of_no_county(self, adcode: str, said: str, over: Parent | None) -> Answer:
        """Answer a well-formed code that no county of the scope has or had."""
        book = self.vocabulary
        higher = book.higher_by_code.get(adcode)
        elsewhere = china_names().get(adcode) if book.scope == "ours" and higher is None else None
        named = self._named(said, over)[0] if said else []
        is_highers_name = higher is not None and higher in book.higher.get(said, ())
        if named and not is_highers_name:
            what = "不在今表与沿革之中"
            if is_zone_code(adcode):
                what = "是功能区代码"
            elif higher is not None:
                what = f"是{LEVELS_ZH[higher.level]}的{higher.name}"
            elif elsewhere is not None:
                what = f"是两省之外的{elsewhere}"
            return self._contradiction(f"代码{adcode}{what}，名称“{said}”却是县级单位", targets_of(named))
        if is_zone_code(adcode):
            return self._zone(said, adcode, over)
        if higher is not None:
            return is_higher(higher)
        if elsewhere is not None:
            return is_outside(f"代码{adcode}是{elsewhere}", f"{adcode} {elsewhere}")
        return self._unknown_code(adcode, said, over)

    def _unknown_code(self, adcode: str, said: str, over: Parent | None) -> Answer:
        if adcode.endswith("01") and adcode[:4] + "00" in self.vocabulary.higher_by_code:
            return Answer("unmatched", f"代码{adcode}是“市辖区”汇总代码，不是县级单位", cause="total_row")
        reason = f"代码{adcode}不在今表与沿革之中"
        close = self._close(said, over) if said else []
        if said:
            reason += f"，名称“{said[:30]}”也未能识别" + ("；仅列相近名称，须人工确认" if close else "")
        return Answer("unmatched", reason, cause="unknown", candidates=self._told(close))

    def _bad_code(self, code_text: str, said: str, over: Parent | None) -> Answer:
        """Answer a cell of digits that is no six-digit code; the name is a candidate and no more."""
        what = f"代码“{code_text[:20]}”不是六位县级代码"
        if re.fullmatch("[0-9]{9}|[0-9]{12}", code_text):
            what += "（像乡镇或村级代码）"
        if not said:
            return Answer("unmatched", what, cause="bad_code")
        if named := self._named(said, over)[0]:
            told = self._told(targets_of(named))
            return Answer("ambiguous", f"{what}；名称“{said}”可识别", cause="bad_code", candidates=told)
        return Answer("unmatched", f"{what}；名称“{said[:30]}”也未能识别", cause="bad_code")

    # Names.

    def _by_name(self, said: str, over: Parent | None) -> Answer:
        book = self.vocabulary
        if over is not None and over.outside:
            return is_outside(f"上级“{over.given}”", "")
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

    def _of_several(self, said: str, over: Parent | None, named: list[Unit], higher: list[Higher]) -> Answer | None:
        """Answer a name that does not lead to one unit for certain."""
        targets = targets_of(named)
        told = self._told(targets)
        if over is not None and not over.is_known:
            reason = f"上级“{over.given}”未能识别，不能据此确认“{said}”"
            return Answer("ambiguous", reason, cause="unknown_parent", candidates=told)
        if higher:
            told = ";".join([told, *(f"{unit.code} {unit.name}" for unit in higher)])
            reason = f"“{said}”既可指县级单位，也可指{LEVELS_ZH[higher[0].level]}的{higher[0].name}，请写全称"
            return Answer("ambiguous", reason, cause="several_units", candidates=told)
        if len(named) == 1 and len(targets) > 1:
            return self._divided(named[0])
        if len(targets) > 1:
            where = "" if over is None else f"“{over.given}”之下"
            reason = f"{where}有{len(targets)}个单位可称“{said}”，请加代码、上级名称或年份"
            return Answer("ambiguous", reason, cause="several_units", candidates=told)
        return None

    def _name_of_no_county(self, said: str, over: Parent | None, higher: list[Higher]) -> Answer:
        book = self.vocabulary
        if higher:
            return is_higher(higher[0])
        if over is not None and over.is_known and (elsewhere := self._named(said, None)[0]):
            return self._contradiction(f"“{over.given}”之下没有“{said}”", targets_of(elsewhere))
        if self._province is not None and (others := book.everywhere(said)):
            told = self._told(targets_of(others))
            return Answer("unmatched", f"“{said}”不在{book.names[self._province]}", cause="outside", candidates=told)
        if book.scope == "ours" and (beyond := china_hits(said)):
            return is_outside(f"“{said}”", ";".join(beyond))
        if ZONE_NAME.search(said):
            return self._zone(said, None, over)
        close = self._close(said, over)
        reason = f"名称“{said[:30]}”未能识别" + ("；仅列相近名称，须人工确认" if close else "")
        return Answer("unmatched", reason, cause="unknown", candidates=self._told(close))

    def _named(self, said: str, over: Parent | None) -> tuple[list[Unit], str]:
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

    def _namesakes(self, said: str, over: Parent | None, found: list[Unit]) -> list[Unit]:
        """Return former units of a name that is another unit's today; without a year either can be meant."""
        targets = {unit.targets for unit in found}
        return [
            unit
            for unit, how in self.vocabulary.lists[-1].by_form.get(said, {}).items()
            if how == "name" and unit.targets not in targets and self._is_within(unit, over)
        ]

    def _is_within(self, unit: Unit, over: Parent | None) -> bool:
        is_under = over is None or not over.is_known or bool(unit.over & over.codes)
        return is_under and (self._province is None or self._province in unit.over)

    def _higher_named(self, said: str, over: Parent | None) -> list[Higher]:
        hits = self.vocabulary.higher.get(said) or self.vocabulary.higher.get(said.removeprefix("中国"), {})
        return [
            unit
            for unit in hits
            if over is None or not over.is_known or unit.code in over.codes or unit.parent in over.codes
        ]

    # What stands over a unit.

    def _parent(self, said: str) -> Parent | None:
        if said not in self._parents:
            self._parents[said] = self._read_parent(said)
        return self._parents[said]

    def _read_parent(self, said: str) -> Parent | None:
        if not said or is_total_row(said) or not any(character.isalnum() for character in said):
            return None
        adcode = clean_code(said)
        book = self.vocabulary
        codes = {adcode} & set(book.higher_by_code) if adcode else {unit.code for unit in book.higher.get(said, ())}
        if codes:
            return Parent(said, frozenset(codes))
        return Parent(said, outside=book.scope == "ours" and (bool(china_hits(said)) or adcode in china_names()))

    # Words.

    def _taken(self, unit: Unit, named: Unit, words: str, over: Parent | None) -> Answer:
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
            return Answer("matched", "；".join(parts), target)
        return Answer("superseded", "；".join(parts), target, cause="superseded")

    def _divided(self, unit: Unit) -> Answer:
        reason = f"{unit.code} {unit.name}后来分属多个单位，不能整体对应：{unit.story}"
        return Answer("ambiguous", reason, cause="divided", candidates=self._told(unit.targets))

    def _contradiction(self, words: str, targets: Iterable[str]) -> Answer:
        return Answer("ambiguous", f"自相矛盾：{words}", cause="contradiction", candidates=self._told(targets))

    def _told(self, codes: Iterable[str]) -> str:
        return ";".join(f"{code} {self.vocabulary.names[code]}" for code in dict.fromkeys(codes))

    def _zone(self, said: str, adcode: str | None, over: Parent | None) -> Answer:
        what = f"功能区（{said[:30] or adcode}），统计上单列，不是县级行政区"
        prefectures = {code for code in (over.codes if over else ()) if not code.endswith("0000")}
        if adcode is not None:
            prefectures = {adcode[:4] + "00"}
        hits = [zone for zone in zones() if zone.is_meant(said, adcode, prefectures)]
        if len(hits) != 1:
            return Answer("unmatched", f"{what}；普查表中没有对应的功能区，所在县请核实", cause="zone")
        zone = hits[0]
        if zone.host is None:
            return Answer("unmatched", f"{what}；普查表中的{zone.name}跨多个区，没有单一所在县", cause="zone")
        host = self._told([zone.host])
        return Answer("unmatched", f"{what}；普查表中的{zone.name}在{host}之内", cause="zone", candidates=host)

    def _close(self, said: str, over: Parent | None) -> list[str]:
        """Return codes of up to three units of a name like this one."""
        if self._searches >= _MOST_SEARCHES or len(said) > _LONGEST_NAME:
            return []
        self._searches += 1
        pool: set[Unit] = set()
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


def targets_of(units: Iterable[Unit]) -> list[str]:
    """Return the units of today that units are part of.

    Parameters
    ----------
    units : iterable of Unit
        Counties of any year.

    Returns
    -------
    list of str
        Codes, each once.
    """
    return list(dict.fromkeys(target for unit in units for target in unit.targets))


@functools.cache
def _by_character(scope: Scope) -> dict[str, set[Unit]]:
    found: dict[str, set[Unit]] = {}
    for units in vocabulary_of(scope, None).today.by_code.values():
        for unit in units:
            for character in set(unit.name) - _RANKS:
                found.setdefault(character, set()).add(unit)
    return found
