"""The units guard: figures in declared units become persons and per cent, and what cannot be true is asked about.

A column's unit is declared, never inferred. If its figures contradict the declaration, the guard stops with a
question: a figure that is ten thousand times wrong looks like any other on a map.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal, get_args

from urbangeo.errors import InputError, listed
from urbangeo.language.scalars import is_missing

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

Unit = Literal["人", "万人", "%", "share"]

LEAST_PERSONS = 1_000
"""Fewer people than this in a whole county are asked about: more likely the figures are 万人."""

MOST_PERSONS = 2_000_000_000
"""More people than this are asked about: no country has so many."""

_TEN_THOUSAND = 10_000
_FIGURE = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
_WORDS = {"人": "persons (人)", "万人": "ten thousand persons (万人)", "%": "per cent (%)", "share": "a share of 1"}
_SPELT = {"人": ("人",), "万人": ("万人",), "%": ("%",), "share": ()}
"""What may stand behind a figure of each unit."""


def check_units(
    frame: pd.DataFrame,
    units: Mapping[str, Unit],
    *,
    least_persons: int = LEAST_PERSONS,
    missing: Collection[str] = (),
) -> pd.DataFrame:
    """Convert columns of declared units to persons and per cent, or stop with a question.

    Text is read as offices print it: full-width digits, blanks, thousands separators, the unit behind the figure.
    Nothing is read by guess: a dash or "…" is a fault unless it is named in ``missing``, because it may stand for
    "none" as well as for "not known".

    Parameters
    ----------
    frame : pandas.DataFrame
        The table; it is not changed.
    units : mapping of str to {"人", "万人", "%", "share"}
        Column names and what their figures are counted in.
    least_persons : int, default 1000
        A smaller population stops with a question; 0 for columns that may be small, such as urban residents.
    missing : collection of str, optional
        Cells that mean "not known", such as ("—", "…").

    Returns
    -------
    pandas.DataFrame
        A new frame with the declared columns converted: persons as ``Int64`` (rounded to whole persons), per cent as
        ``float64``; missing cells stay missing. Other columns and the index are those of ``frame``.

    Raises
    ------
    InputError
        If no unit is given, a column or unit is not known, a cell is no figure, or figures contradict their unit: a
        population below ``least_persons``, negative, not whole (人) or above 2,000,000,000; a rate or share negative
        or above 100 % (share: above 1); rates of which none is above 1. All faults of all columns are told at once.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"人口": ["81.9139", "90.3714"], "城镇化率": ["100", "96.19%"]})
    >>> checked = check_units(table, {"人口": "万人", "城镇化率": "%"})
    >>> [int(value) for value in checked["人口"]], [float(value) for value in checked["城镇化率"]]
    ([819139, 903714], [100.0, 96.19])
    """
    import pandas as pd

    _check_request(frame, units)
    faults: list[str] = []
    converted: dict[str, Any] = {}
    for column, unit in units.items():
        figures, unread = _figures(frame[column], unit, missing)
        if unread:
            faults.append(
                f"Column {column!r}, declared {_WORDS[unit]}: {_rows(frame, unread)} hold no figure in that unit. "
                "If such a cell means 'not known', name it in missing=; if it means none, write 0."
            )
            continue
        questions = _questions(frame, column, unit, figures, least_persons)
        faults += questions
        if not questions and unit in ("人", "万人"):
            factor = _TEN_THOUSAND if unit == "万人" else 1
            whole = [pd.NA if figure is None else round(figure * factor) for figure in figures]
            converted[column] = pd.array(whole, dtype="Int64")
        elif not questions:
            factor = 100 if unit == "share" else 1
            converted[column] = [float("nan") if figure is None else float(figure * factor) for figure in figures]
    if faults:
        raise InputError(" ".join(faults))
    result = frame.copy()
    for column, values in converted.items():
        result[column] = pd.Series(values, index=frame.index)
    return result


def _check_request(frame: pd.DataFrame, units: Mapping[str, Unit]) -> None:
    if not units:
        msg = "No unit was declared; give units such as {'常住人口': '人', '城镇化率': '%'}."
        raise InputError(msg)
    faults = []
    if absent := [column for column in units if column not in frame.columns]:
        faults.append(f"There is no column {listed(absent)}; the frame has {listed(frame.columns, 12)}.")
    if doubled := [column for column in units if list(frame.columns).count(column) > 1]:
        faults.append(f"There are several columns of the name {listed(doubled)}; rename them.")
    for column, unit in units.items():
        if unit not in get_args(Unit):
            faults.append(f"Unit {unit!r} of column {column!r} is not known; expected one of 人, 万人, %, share.")
    if faults:
        raise InputError(" ".join(faults))


def _figures(
    values: pd.Series, unit: Unit, missing: Collection[str]
) -> tuple[list[Decimal | None], list[tuple[int, object]]]:
    """Read every cell as an exact decimal; return the figures, and positions and cells that are none."""
    absent = {_plain(word) for word in missing}
    figures: list[Decimal | None] = []
    unread: list[tuple[int, object]] = []
    for place, value in enumerate(values):
        figure: Decimal | None = None
        if not is_missing(value):
            text = _plain(value)
            if text and text not in absent:
                figure = None if isinstance(value, bool) else _decimal(text, unit)
                if figure is None:
                    unread.append((place, value))
        figures.append(figure)
    return figures, unread


def _plain(value: object) -> str:
    text = unicodedata.normalize("NFKC", str(value))
    return "".join(text.replace("−", "-").split())


def _decimal(text: str, unit: Unit) -> Decimal | None:
    for ending in _SPELT[unit]:
        text = text.removesuffix(ending)
    if not any(character.isdigit() for character in text) or not _FIGURE.fullmatch(text):
        return None
    try:
        figure = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    # An exponent of a million digits would be written out when it is rounded.
    return figure if abs(figure.adjusted()) < 30 else None


def _questions(
    frame: pd.DataFrame, column: str, unit: Unit, figures: Sequence[Decimal | None], least_persons: int
) -> list[str]:
    """Say where figures contradict their unit, each as a question."""
    there = [(place, figure) for place, figure in enumerate(figures) if figure is not None]
    said = f"Column {column!r} was declared {_WORDS[unit]}"
    asked = []

    def ask(hits: list[tuple[int, Decimal]], finding: str, question: str) -> None:
        if hits:
            asked.append(f"{said}, but {_rows(frame, hits)} {finding}. {question}")

    ask([hit for hit in there if hit[1] < 0], "are negative", "Is this a change and not a level?")
    if unit in ("人", "万人"):
        factor = _TEN_THOUSAND if unit == "万人" else 1
        small = [hit for hit in there if 0 <= hit[1] * factor < least_persons]
        hint = "Are the figures 万人?" if unit == "人" else "Are they 亿人, or is this no county?"
        ask(
            small,
            f"would be fewer than {least_persons:,} persons in a county",
            f"{hint} Declare the right unit, or lower least_persons.",
        )
        large = [hit for hit in there if hit[1] * factor > MOST_PERSONS]
        hint = "Are the figures 人?" if unit == "万人" else "Is this a population?"
        ask(large, f"would be more than {MOST_PERSONS:,} persons", hint)
        if unit == "人":
            # A figure already taken for 万人 by its size needs no second question.
            broken = [hit for hit in there if hit[1] != hit[1].to_integral_value() and hit not in small]
            ask(broken, "are no whole numbers of persons", "Are the figures 万人?")
        return asked
    most = 100 if unit == "%" else 1
    above = [hit for hit in there if hit[1] > most]
    hint = "Is it a ratio to something else, or a population?" if unit == "%" else "Are the figures per cent (%)?"
    ask(above, f"are above {most}", hint)
    if unit == "%" and there and all(figure <= 1 for _, figure in there) and any(figure > 0 for _, figure in there):
        asked.append(f"{said}, but none of its figures is above 1. Are they shares of 1 (share)?")
    return asked


def _rows(frame: pd.DataFrame, hits: Sequence[tuple[int, object]]) -> str:
    return "rows " + listed(f"{frame.index[place]} ({value})" for place, value in hits)
