"""What the map says, in Chinese or English: sentences as rows, figures with their units, cells as text.

Every word the map makes itself is a row of ``style/page_words``; sentences that stand in the frames, written in Chinese
by the rooms below, are found again by the patterns of ``style/sentences``. Names of places, programmes and documents
stay as their source writes them.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

from urbangeo.archive.catalog import read_table
from urbangeo.archive.wording import Language, badge, word
from urbangeo.errors import InputError
from urbangeo.language.scalars import is_missing
from urbangeo.windows.maps.bidi import isolated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WAN = 10_000
_MILLION = 1_000_000
_HAN = "\u3400-\u9fff"
_BRACKETS = re.compile(rf"\(([^()]*[{_HAN}][^()]*)\)|(?<=[{_HAN}])\(([^()]*)\)")
"""Half-width brackets in Chinese text: Chinese stands in them, or right before them."""
_IS_CHINESE = re.compile(f"[{_HAN}]")
_BLANK = "␣"
"""Stands for a blank at the end of a cell, where none may be."""
_FEWEST_PEOPLE = 1000
"""Below this people are printed one by one: in units of ten thousand with one decimal they would read 0.0."""
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_FIELD = re.compile(r"\{(\w+)(:n)?\}")
_MARKS = {"zh": ("、", "，", "；"), "en": (", ", ", ", "; ")}


def text(value: object) -> str:
    """Return a cell as text, an empty one as "".

    Parameters
    ----------
    value : object
        A scalar from a frame.

    Returns
    -------
    str
        The text without surrounding blanks; one that could turn its neighbours round is set apart.

    Examples
    --------
    >>> text(None), text(" 历下区 ")
    ('', '历下区')
    """
    return "" if is_missing(value) else isolated(str(value).strip())


def shown(value: object) -> str:
    """Return a cell as text as it is printed in Chinese: brackets in Chinese text are full-width.

    Parameters
    ----------
    value : object
        A scalar from a frame.

    Returns
    -------
    str
        The text; brackets that belong to no Chinese text stay as they are.

    Examples
    --------
    >>> shown("兰州—西宁城市群(青海部分)"), shown("规划(2016-2030)"), shown("China Daily (Shandong)")
    ('兰州—西宁城市群（青海部分）', '规划（2016-2030）', 'China Daily (Shandong)')
    """
    return _BRACKETS.sub(lambda found: f"（{found[1] if found[1] is not None else found[2]}）", text(value))


def minutes(value: object) -> str:
    """Return a time in minutes as people say it.

    Parameters
    ----------
    value : object
        Minutes.

    Returns
    -------
    str
        Without decimals when it is whole.

    Examples
    --------
    >>> minutes(60.0), minutes(22.5)
    ('60', '22.5')
    """
    return f"{float(str(value)):g}"


@functools.cache
def _rows(language: str) -> Mapping[str, str]:
    table = read_table("style/page_words")
    return {str(key): str(cell).replace(_BLANK, " ") for key, cell in zip(table["key"], table[language], strict=True)}


def _listed(cell: str) -> str | list[str]:
    return cell.split("|") if "|" in cell else cell


@functools.cache
def _sentences() -> tuple[Mapping[str, str], tuple[tuple[re.Pattern[str], str], ...]]:
    """Read the sentences: those without fields as they are, the others as patterns, the most telling first."""
    table = read_table("style/sentences")
    pairs = [(shown(zh), str(en)) for zh, en in zip(table["zh"], table["en"], strict=True)]
    patterns = [(zh, en) for zh, en in pairs if _FIELD.search(zh)]
    patterns.sort(key=lambda pair: -len(_FIELD.sub("", pair[0])))
    return dict(pairs), tuple((_pattern(zh), en) for zh, en in patterns)


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = _FIELD.split(sentence)
    made = [re.escape(parts[0])]
    for name, number, rest in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        what = r"[\d.,]+" if number or name.endswith("_wan") else r".+?"
        made += [f"(?P<{name}>{what})", re.escape(rest)]
    return re.compile("".join(made), re.DOTALL)


@dataclass(frozen=True)
class Words:
    """The words of one map.

    Attributes
    ----------
    language : {"zh", "en"}
        What the map is written in.
    """

    language: Language = "zh"

    def __post_init__(self) -> None:
        """Refuse other languages.

        Raises
        ------
        InputError
            If there are no words in this language.
        """
        if self.language not in get_args(Language):
            msg = f"language={self.language!r}: expected 'zh' (Chinese) or 'en' (English)."
            raise InputError(msg)

    @property
    def is_chinese(self) -> bool:
        """Whether the map is in Chinese."""
        return self.language == "zh"

    def page(self) -> dict[str, Any]:
        """Return the words the page itself uses.

        Returns
        -------
        dict
            By key; a text, or a list where the cell has several parts.

        Examples
        --------
        >>> Words("en").page()["totals_head"]
        ['Definition', 'Min', 'Million', 'To target']
        """
        return {key: _listed(cell) for key, cell in _rows(self.language).items() if "." not in key}

    def part(self, name: str) -> dict[str, Any]:
        """Return the words of one part of the page, which only pages with that part carry.

        Parameters
        ----------
        name : str
            What stands before the dot of its keys.

        Returns
        -------
        dict
            By the rest of the key; a text, or a list where the cell has several parts. Braces are filled in the page.

        Examples
        --------
        >>> Words("en").part("live")["people"]
        '{m} million people'
        """
        start = f"{name}."
        rows = _rows(self.language).items()
        return {key.removeprefix(start): _listed(cell) for key, cell in rows if key.startswith(start)}

    def said(self, key: str, **fields: object) -> str:
        """Say a sentence.

        Parameters
        ----------
        key : str
            Key of its row, such as ``"made.rate_fill"``.
        **fields : object
            What stands in its braces.

        Returns
        -------
        str
            The sentence.

        Examples
        --------
        >>> Words("zh").said("made.circle_of", name="济南"), Words("en").said("made.circle_of", name="济南")
        ('济南圈', 'Circle of 济南')
        """
        apart = {name: isolated(value) if isinstance(value, str) else value for name, value in fields.items()}
        return _rows(self.language)[key].format(**apart)

    def cell(self, row: Mapping[str, Any], column: str) -> str:
        """Return the cell of a style table in this language.

        Parameters
        ----------
        row : mapping
            A row with, say, ``name_zh`` and ``name_en``.
        column : str
            The column without its ending, ``"name"``.

        Returns
        -------
        str
            The text; "" where the cell is empty.
        """
        return text(row[f"{column}_{self.language}"])

    def term(self, vocabulary: str, value: object) -> str:
        """Return the word of a code, as :func:`urbangeo.archive.wording.word`.

        Parameters
        ----------
        vocabulary : str
            Such as "mode".
        value : object
            A code.

        Returns
        -------
        str
            Its word.
        """
        return word(vocabulary, value, self.language)

    def badge(self, vocabulary: str, value: object) -> str:
        """Return the warning a code calls for, as :func:`urbangeo.archive.wording.badge`.

        Parameters
        ----------
        vocabulary : str
            Such as "confidence".
        value : object
            A code.

        Returns
        -------
        str
            The warning, or "".
        """
        return badge(vocabulary, value, self.language)

    def listed(self, parts: Iterable[str]) -> str:
        """Join names of equal rank.

        Parameters
        ----------
        parts : iterable of str
            Names.

        Returns
        -------
        str
            One text.

        Examples
        --------
        >>> Words("zh").listed(["甲", "乙"]), Words("en").listed(["A", "B"])
        ('甲、乙', 'A, B')
        """
        return _MARKS[self.language][0].join(parts)

    def phrased(self, parts: Iterable[str]) -> str:
        """Join phrases of one sentence; empty ones are left out.

        Parameters
        ----------
        parts : iterable of str
            Phrases.

        Returns
        -------
        str
            One text.
        """
        return _MARKS[self.language][1].join(filter(None, parts))

    def joined(self, parts: Iterable[str]) -> str:
        """Join sentences without full stop; empty ones are left out.

        Parameters
        ----------
        parts : iterable of str
            Sentences.

        Returns
        -------
        str
            One text.
        """
        return _MARKS[self.language][2].join(filter(None, parts))

    def people(self, value: object) -> str:
        """Return a number of people with thousands separators.

        Parameters
        ----------
        value : object
            A count or a missing value.

        Returns
        -------
        str
            For example "819,139 人" or "819,139".

        Examples
        --------
        >>> Words("zh").people(819139), Words("en").people(819139), Words("zh").people(None)
        ('819,139 人', '819,139', '无数据')
        """
        if is_missing(value):
            return self.said("no_data")
        return self.said("made.people", figure=f"{round(float(str(value))):,}")

    def large(self, value: object) -> str:
        """Return many people in the large unit of the language (万, million), without the unit.

        Parameters
        ----------
        value : object
            A count or a missing value.

        Returns
        -------
        str
            To a thousand people; "—" when missing.

        Examples
        --------
        >>> Words("zh").large(9202432), Words("en").large(9202432), Words("zh").large(None)
        ('920.2', '9.202', '—')
        """
        if is_missing(value):
            return "—"
        return f"{self._in_large_units(value):,.{1 if self.is_chinese else 3}f}"

    def round_large(self, value: object) -> str:
        """Return many people in the large unit as a plan prints it: no separators, no idle decimals.

        Parameters
        ----------
        value : object
            A count or a missing value.

        Returns
        -------
        str
            For example "2000" or "20"; "" when missing.

        Examples
        --------
        >>> (
        ...     Words("zh").round_large(20_000_000),
        ...     Words("zh").round_large(15_585_000),
        ...     Words("en").round_large(20_000_000),
        ... )
        ('2000', '1558.5', '20')
        """
        if is_missing(value):
            return ""
        return f"{self._in_large_units(value):.4f}".rstrip("0").rstrip(".")

    def _in_large_units(self, value: object) -> float:
        return float(str(value)) / (_WAN if self.is_chinese else _MILLION)

    def some_people(self, value: object) -> str:
        """Return an estimated number of people, no more exact than it is.

        Parameters
        ----------
        value : object
            A count.

        Returns
        -------
        str
            For example "12.3 万人", "999 人" or "123,000".

        Examples
        --------
        >>> [Words("zh").some_people(count) for count in (123_456, 999)], Words("en").some_people(123_456)
        (['12.3 万人', '999 人'], '123,000')
        """
        count = round(float(str(value)))
        if not self.is_chinese:
            return f"{float(f'{count:.3g}'):,.0f}"
        return f"{count} 人" if count < _FEWEST_PEOPLE else f"{self.large(count)} 万人"

    def percent(self, value: object, digits: int = 2) -> str:
        """Return a percentage with its sign.

        Parameters
        ----------
        value : object
            A figure in per cent, or a missing value.
        digits : int, default 2
            Decimals.

        Returns
        -------
        str
            For example "63.05%".

        Examples
        --------
        >>> Words("zh").percent(63.05), Words("en").percent(83.4, 0)
        ('63.05%', '83%')
        """
        return self.said("no_data") if is_missing(value) else f"{float(str(value)):.{digits}f}%"

    def timed(self, name: str, cutoff: object) -> str:
        """Put the name of a centre and its minutes together, so that coordinates do not run into the minutes.

        Parameters
        ----------
        name : str
            A place, or coordinates.
        cutoff : object
            Minutes.

        Returns
        -------
        str
            For example "济南60分钟", "117.13,36.93的60分钟".

        Examples
        --------
        >>> Words("zh").timed("济南", 60.0), Words("zh").timed("117.13,36.93", 60.0), Words("en").timed("济南", 60)
        ('济南60分钟', '117.13,36.93的60分钟', '济南, 60 minutes')
        """
        joint = "的" if name and name[-1].isascii() else ""
        return self.said("made.timed", name=name, joint=joint, minutes=minutes(cutoff))

    def month(self, value: object) -> str:
        """Return a date "2025-09" as it is written.

        Parameters
        ----------
        value : object
            Year, year-month or year-month-day; anything else is returned as it is.

        Returns
        -------
        str
            For example "2025年9月", "September 2025".

        Examples
        --------
        >>> Words("zh").month("2025-09"), Words("en").month("2025-09"), Words("zh").month("第三批")
        ('2025年9月', 'September 2025', '第三批')
        """
        parts = text(value).split("-")
        if not all(part.isdigit() for part in parts) or not 1 <= len(parts) <= 3:
            return text(value)
        if self.is_chinese:
            return "".join(f"{int(part)}{unit}" for part, unit in zip(parts, "年月日", strict=False))
        if len(parts) > 1 and not 1 <= int(parts[1]) <= len(_MONTHS):
            return text(value)
        named = [_MONTHS[int(parts[1]) - 1]] if len(parts) > 1 else []
        return " ".join([*(str(int(day)) for day in parts[2:]), *named, parts[0]])

    def retold(self, sentence: object) -> str:
        """Say a sentence of a frame in this language.

        Frames carry Chinese sentences. For English each is looked up in ``style/sentences``, whole or by parts.

        Parameters
        ----------
        sentence : object
            A cell.

        Returns
        -------
        str
            The sentence; in Chinese, or where the table does not know it, as it stands.

        Examples
        --------
        >>> Words("en").retold("骨架路网，非实测；含整市纳入的济南高新技术产业开发区")
        'skeleton network, not measured; with 济南高新技术产业开发区, taken in with its whole prefecture'
        >>> Words("en").retold("县里的话"), Words("zh").retold("常住人口")
        ('县里的话', '常住人口')
        """
        words = shown(sentence)
        if self.is_chinese:
            return words
        found = _retell(words)
        if found is not None:
            return found
        return self.joined(_retell(part) or part for part in words.split("；"))

    def is_told(self, sentence: object) -> bool:
        """Tell whether every part of a sentence can be said in this language.

        Parameters
        ----------
        sentence : object
            A cell.

        Returns
        -------
        bool
            False if a part would stay Chinese on a map in English.
        """
        words = shown(sentence)
        if self.is_chinese or _retell(words) is not None:
            return True
        return all(_retell(part) is not None for part in words.split("；") if part)


CHINESE = Words("zh")
"""The words of a map in Chinese."""


def _retell(words: str) -> str | None:
    """Return the English of one sentence, None where it is not known."""
    if not _IS_CHINESE.search(words):
        return words
    exact, patterns = _sentences()
    if words in exact:
        return exact[words]
    for pattern, english in patterns:
        match = pattern.fullmatch(words)
        if match:
            return english.format(**{name: _field(name, value) for name, value in match.groupdict().items()})
    return None


def _field(name: str, value: str) -> str:
    if name.endswith("_wan"):
        return f"{float(value.replace(',', '')) * _WAN:,.0f}"
    return ", ".join(_retell(part) or part for part in value.split("、"))
