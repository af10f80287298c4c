"""A table as it is printed: headings in the language of the slides, cells as text, doubts marked, sources numbered."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from urbangeo.archive.wording import word as term
from urbangeo.errors import InputError, listed
from urbangeo.language.adcode import closest
from urbangeo.language.schemas import SKELETON
from urbangeo.windows.credits import road_credits
from urbangeo.windows.slides.plain_text import lines_of, one_line
from urbangeo.windows.slides.words import word
from urbangeo.windows.workbook import HEADINGS_ZH, is_doubtful, number_format, sheet_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from urbangeo.windows.maps.references import References
    from urbangeo.windows.slides.items import Slide
    from urbangeo.windows.slides.words import Language

_MORE_ZH = {
    "covered": "是否覆盖",
    "definition": "口径代码",
    "designated_adcode": "名单所列代码",
    "host_adcode": "归入的县（市、区）",
    "indicator_zh": "指标",
    "level": "级别",
    "network_kind": "路网",
    "origin_name": "出发点",
    "placement": "县内人口分布",
    "programme": "名单代码",
    "quote_zh": "原文",
    "rule": "计入方式",
    "scope": "范围",
    "unit_type": "单位类型",
    "valid_from": "生效日期",
    "valid_to": "失效日期",
}
"""Headings of columns that library frames have and workbooks do not print."""
_CODED = ("network_kind", "placement")
"""Columns whose codes a workbook does not print, and slides print as Chinese words."""
_TERMS = ("decision", "confidence", "reached", *_CODED)
_DOUBTS = (("confidence", "unconfirmed"), ("decision", "undecided"))
_UNITS = {"_pct": "%", "_share": "%", "_min": "min", "_km": "km", "_km2": "km²", "_m": "m", "_kmh": "km/h"}
_UNIT = re.compile("（(?=(?:人|%|分钟|百分点)）$)")
_SOURCES = "source_id"
_SKELETON_ZH = "骨架路网"
_ID_BREAK = re.compile(r"\s*[;；]\s*")
_SEAT_TIME = "_time_min"


@dataclass(frozen=True)
class Grid:
    """A table ready to be laid out.

    Attributes
    ----------
    headings : list of list of str
        Lines of each heading.
    rows : list of list of list of str
        Lines of each cell.
    is_number : list of bool
        Which columns hold numbers and stand at the right.
    doubts : list of list of bool
        Which cells tell of a doubt.
    doubtful : list of bool
        Which rows rest on something unconfirmed, whether a printed cell says so or not.
    numbers : list of int
        The sources cited, by their numbers in the deck.
    is_skeleton : bool
        Whether any row rests on the skeleton network.
    credits : list of str
        Whose roads the rows rest on.
    """

    headings: list[list[str]]
    rows: list[list[list[str]]]
    is_number: list[bool]
    doubts: list[list[bool]]
    doubtful: list[bool]
    numbers: list[int]
    is_skeleton: bool
    credits: list[str]


def grid_of(slide: Slide, place: int, references: References, language: Language) -> Grid:
    """Turn the table of a slide into headings and cells.

    Parameters
    ----------
    slide : Slide
        A slide with a table.
    place : int
        Which slide it is, for messages.
    references : References
        Source ids are cited here and printed as the numbers they get.
    language : {"zh", "en"}
        The language of headings and of codes.

    Returns
    -------
    Grid
        The table.

    Raises
    ------
    InputError
        If the table has no row or no column, a column is not there, has no heading, or holds shapes.
    """
    from urbangeo.windows.maps.words import Words

    frame = _with_index(slide.table)
    names = _chosen(frame, slide.columns, place)
    headings = _headings(names, slide.headings or {}, place, language)
    if frame.empty:
        msg = f"slide {place}: the table has no row; leave the slide out."
        raise InputError(msg)
    told = {name: [_printed(name, value, language) for value in frame[name]] for name in map(str, frame.columns)}
    doubts = {name: [_is_doubt(name, value) for value in values] for name, values in told.items()}
    doubtful = [any(flags) for flags in zip(*doubts.values(), strict=True)]
    texts = [value for values in told.values() for value in values if isinstance(value, str)]
    kinds = [str(kind) for kind in frame["network_kind"].dropna()] if "network_kind" in frame else []
    cited: list[int] = []
    if _SOURCES in frame:
        for row, value in enumerate(frame[_SOURCES]):
            numbers = [] if told[_SOURCES][row] is None else sorted(set(references.cite(";".join(_ids(value)))))
            told[_SOURCES][row] = word("enumerated", language).join(map(str, numbers))
            cited += numbers
    columns = [[_cell(name, value) for value in told[name]] for name in names]
    return Grid(
        headings=headings,
        rows=[list(row) for row in zip(*columns, strict=True)],
        is_number=[all(value is None or not isinstance(value, str) for value in told[name]) for name in names],
        doubts=[list(row) for row in zip(*(doubts[name] for name in names), strict=True)],
        doubtful=doubtful,
        numbers=sorted(set(cited)),
        is_skeleton=any(SKELETON in kind for kind in kinds) or any(_SKELETON_ZH in text for text in texts),
        credits=[Words(language).retold(credit) for credit in road_credits(kinds=kinds)],
    )


def _with_index(table: Any) -> pd.DataFrame:
    """Put named indexes in front as columns; the frame that came is not changed."""
    frame: pd.DataFrame = table
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return frame.reset_index(level=named).reset_index(drop=True) if named else frame.reset_index(drop=True)


def _chosen(frame: pd.DataFrame, columns: Sequence[str] | None, place: int) -> list[str]:
    known = [str(name) for name in frame.columns]
    if len(set(known)) < len(known):
        twice = sorted({name for name in known if known.count(name) > 1})
        msg = f"slide {place}: the table has the columns {listed(twice)} more than once; give each its own name."
        raise InputError(msg)
    names = known if columns is None else [str(name) for name in columns]
    strange = [name for name in names if name not in known]
    if strange:
        near = closest(strange[0], known)
        hint = f" Closest: {listed(near)}." if near else ""
        msg = f"slide {place}: the table has no column {listed(strange)}.{hint} It has {listed(known, 40)}."
        raise InputError(msg)
    if not names:
        msg = f"slide {place}: the table has no column to print."
        raise InputError(msg)
    shapes = [name for name in names if str(frame[name].dtype) == "geometry"]
    if shapes:
        msg = (
            f"slide {place}: the columns {listed(shapes)} hold shapes, which no table can print; choose others with "
            "columns=, or draw them with draw_map."
        )
        raise InputError(msg)
    return names


def _headings(names: list[str], own: Mapping[str, str], place: int, language: Language) -> list[list[str]]:
    made = {name: lines_of(own[name]) if name in own else _heading(name, language) for name in names}
    without = [name for name in names if not made[name]]
    if without:
        msg = (
            f"slide {place}: the columns {listed(without, 20)} have no Chinese heading; give it with "
            f"headings={{{without[0]!r}: ...}}, or choose columns with columns=."
        )
        raise InputError(msg)
    return list(made.values())


def _heading(name: str, language: Language) -> list[str]:
    if language == "zh":
        known = (HEADINGS_ZH | _MORE_ZH).get(name) or ("" if name.isascii() else one_line(name))
        return lines_of(_UNIT.sub("\n（", known))
    stem, unit = name.removesuffix("_zh"), ""
    for ending, sign in _UNITS.items():
        if stem.endswith(ending):
            stem, unit = stem.removesuffix(ending) + (" share" if ending == "_share" else ""), f"\n({sign})"
    words = one_line({_SOURCES: "sources", "item": "no."}.get(stem, stem).replace("_", " "))
    return lines_of(words[:1].upper() + words[1:] + unit)


def _printed(name: str, value: Any, language: Language) -> Any:
    """Return None, a number or a text."""
    if language == "zh":
        told = sheet_value(name, value)
        return term(name, told) if name in _CODED and isinstance(told, str) else told
    told = sheet_value("", value)
    if name in _TERMS and isinstance(told, str):
        return term(name, told, language)
    if isinstance(told, str) and told in ("是", "否"):
        return {"是": "yes", "否": "no"}[told]
    if not isinstance(told, str):
        return told
    from urbangeo.windows.maps.words import Words

    return told.replace("_", " ") if re.fullmatch("[a-z_+]+", told) else Words(language).retold(told)


def _is_doubt(name: str, value: Any) -> bool:
    return is_doubtful(name, value) or value in [term(*doubt, "en") for doubt in _DOUBTS]


def _ids(value: Any) -> list[str]:
    return [part for part in _ID_BREAK.split(one_line(value)) if part]


def _cell(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, (int, float)):
        return [_figure(name, value)]
    return lines_of(value)


def _figure(name: str, value: float) -> str:
    """Print a number by the format its column has in a workbook; a column a workbook does not know keeps its digits."""
    if not math.isfinite(value):
        return str(value)
    if name.endswith(_SEAT_TIME):
        # Rounded up, so that a printed time never seems to keep a cutoff that the seat misses.
        return f"{math.ceil(round(value, 4) * 10) / 10:.1f}"
    form = number_format(name)
    if form == "#,##0" and name not in HEADINGS_ZH and isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.01 or value == 0 else f"{value:.2g}"
    share = 100 if form.endswith("%") else 1
    digits = len(form.rstrip("%").partition(".")[2])
    return f"{value * share:{',' if ',' in form else ''}.{digits}f}" + ("%" if share > 1 else "")
