"""Cell values as text: missing becomes empty, numbers get their separators, codes their Chinese word."""

from __future__ import annotations

import re

from urbangeo.language.scalars import is_missing

_WAN = 10_000
_HAN = "\u3400-\u9fff"
_BRACKETS = re.compile(rf"\(([^()]*[{_HAN}][^()]*)\)|(?<=[{_HAN}])\(([^()]*)\)")
"""Half-width brackets in Chinese text: Chinese stands in them, or right before them."""


def text(value: object) -> str:
    """Return a cell as text, an empty one as "".

    Parameters
    ----------
    value : object
        A scalar from a frame.

    Returns
    -------
    str
        The text without surrounding blanks.

    Examples
    --------
    >>> text(None), text(" 历下区 ")
    ('', '历下区')
    """
    return "" if is_missing(value) else str(value).strip()


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


def people(value: object) -> str:
    """Return a number of people with thousands separators and its unit.

    Parameters
    ----------
    value : object
        A count or a missing value.

    Returns
    -------
    str
        For example "819,139 人"; "无数据" when missing.

    Examples
    --------
    >>> people(819139), people(None)
    ('819,139 人', '无数据')
    """
    return "无数据" if is_missing(value) else f"{round(float(str(value))):,} 人"


def ten_thousands(value: object) -> str:
    """Return a number of people in units of ten thousand, one decimal, without the unit.

    Parameters
    ----------
    value : object
        A count or a missing value.

    Returns
    -------
    str
        For example "920.2"; "—" when missing.

    Examples
    --------
    >>> ten_thousands(9202432), ten_thousands(None)
    ('920.2', '—')
    """
    return "—" if is_missing(value) else f"{float(str(value)) / _WAN:,.1f}"


def round_ten_thousands(value: object) -> str:
    """Return a number of people in units of ten thousand as a plan prints it: no separators, no idle decimals.

    Parameters
    ----------
    value : object
        A count or a missing value.

    Returns
    -------
    str
        For example "2000"; "" when missing.

    Examples
    --------
    >>> round_ten_thousands(20_000_000), round_ten_thousands(15_585_000), round_ten_thousands(None)
    ('2000', '1558.5', '')
    """
    return "" if is_missing(value) else f"{float(str(value)) / _WAN:.4f}".rstrip("0").rstrip(".")


def percent(value: object, digits: int = 2) -> str:
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
        For example "63.05%"; "无数据" when missing.

    Examples
    --------
    >>> percent(63.05), percent(83.4, 0)
    ('63.05%', '83%')
    """
    return "无数据" if is_missing(value) else f"{float(str(value)):.{digits}f}%"


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


def timed(name: str, cutoff: object) -> str:
    """Put the name of a centre and its minutes together, so that a point's coordinates do not run into the minutes.

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
    >>> timed("济南", 60.0), timed("117.13,36.93", 60.0)
    ('济南60分钟', '117.13,36.93的60分钟')
    """
    return f"{name}{'的' if name and name[-1].isascii() else ''}{minutes(cutoff)}分钟"


def month(value: object) -> str:
    """Return a date "2025-09" as it is written in Chinese.

    Parameters
    ----------
    value : object
        Year, year-month or year-month-day; anything else is returned as it is.

    Returns
    -------
    str
        For example "2025年9月".

    Examples
    --------
    >>> month("2025-09"), month("2025"), month("第三批")
    ('2025年9月', '2025年', '第三批')
    """
    parts = text(value).split("-")
    if not all(part.isdigit() for part in parts) or not 1 <= len(parts) <= 3:
        return text(value)
    return "".join(f"{int(part)}{unit}" for part, unit in zip(parts, "年月日", strict=False))
