"""What went wrong, in Chinese: messages of errors told again by the rows of the table ``wording/faults``."""

from __future__ import annotations

import functools
import re

import click

from urbangeo.archive.catalog import read_table
from urbangeo.errors import (
    CrsError,
    DataIntegrityError,
    DownloadError,
    InputError,
    JoinError,
    OutputError,
    SchemaError,
    SnapError,
    UnknownNameError,
    UrbangeoError,
)

_HEADINGS_ZH: dict[type[Exception], str] = {
    UnknownNameError: "名称未找到，请按相近名称更正。",
    InputError: "参数有误，请按说明改正。",
    SchemaError: "数据表不合要求，请按说明修改后重试。",
    JoinError: "数据无法逐县对应，请核对代码。",
    CrsError: "坐标系有误，请核对后重试。",
    SnapError: "地点距道路过远，请改选地点。",
    DataIntegrityError: "数据校验不符，请按说明处理。",
    OutputError: "无法写出文件，请按说明处理。",
    DownloadError: "下载未成，请按说明重试。",
    click.ClickException: "参数有误，请按说明改正。",
}
"""What is said of a fault that has no row of its own."""

_FIELD = re.compile(r"\{([a-z_]+)\}")
_CUT = re.compile(r"(?:, )? ?\(\+(\d+) more\)$")
_ROWS = re.compile(r" \(([\d,]+) rows\)")
_POINT_ZERO = re.compile(r"(?<=^\d)\.0$|(?<=\d\d)\.0$")
_REASON, _LIST = "reason.", "_list"
_FIGURES = ("minutes_list", "years_list")
"""Lists of numbers; all others are names, which a reader must be able to copy letter by letter."""


def told(error: UrbangeoError | click.ClickException) -> str:
    """Tell an error to whoever sits at the command line.

    Parameters
    ----------
    error : UrbangeoError or click.ClickException
        What was raised.

    Returns
    -------
    str
        Two lines: in Chinese what came, what was expected and how to mend it, or at least what kind of fault it is;
        below, indented, the whole message in English.

    Examples
    --------
    >>> print(told(InputError("year=1990: expected a whole year from 2010 to 2025; the table begins in 2010.")))
    没有1990年的名录；年份应在2010至2025之间。
      year=1990: expected a whole year from 2010 to 2025; the table begins in 2010.
    """
    message = error.format_message() if isinstance(error, click.ClickException) else str(error)
    message = " ".join(message.splitlines())
    heading = next((words for kind, words in _HEADINGS_ZH.items() if isinstance(error, kind)), "出错。")
    return f"{in_chinese(message) or heading}\n  {message}"


def in_chinese(message: str) -> str | None:
    """Find the row that fits a message, and say it in Chinese.

    Parameters
    ----------
    message : str
        What an error says in English.

    Returns
    -------
    str or None
        The sentence of the first row that fits; None if there is none, or the tables cannot be read.

    Examples
    --------
    >>> in_chinese("No such command 'circle'.")
    '没有命令“circle”。用 urbangeo --help 查看全部命令。'
    """
    try:
        faults, reasons = _rows()
    except UrbangeoError:
        # A damaged table is a fault of its own; the one at hand must be told all the same.
        return None
    for pattern, sentence in faults:
        if found := pattern.fullmatch(message):
            return _FIELD.sub("{}", sentence).format(
                *(_said(name, found[name], reasons) for name in _FIELD.findall(sentence))
            )
    return None


@functools.cache
def _rows() -> tuple[tuple[tuple[re.Pattern[str], str], ...], dict[str, str]]:
    rows = read_table("wording/faults").to_dict("records")
    faults = [row for row in rows if not str(row["fault"]).startswith(_REASON)]
    reasons = {str(row["en"]): str(row["zh"]) for row in rows if str(row["fault"]).startswith(_REASON)}
    return tuple((_pattern(str(row["en"])), str(row["zh"])) for row in faults), reasons


def _pattern(words: str) -> re.Pattern[str]:
    """Turn a row's message into a pattern that takes anything for its fields."""
    parts = _FIELD.split(words)
    fixed = [re.escape(part) for part in parts[::2]]
    fields = [f"(?P<{name}>.+?)" for name in parts[1::2]]
    return re.compile("".join(part for pair in zip(fixed, [*fields, ""], strict=True) for part in pair), re.DOTALL)


def _said(name: str, value: str, reasons: dict[str, str]) -> str:
    """Say what came: lists with Chinese commas, what a system says in Chinese, all else as it is."""
    if name.endswith(_LIST):
        more = _CUT.search(value)
        items = [item.strip("'") for item in _CUT.sub("", value).split(", ")]
        if name in _FIGURES:
            items = [_POINT_ZERO.sub("", item) for item in items]
        words = _ROWS.sub(r"（\1 行）", "、".join(items))
        return f"{words} 等，另有 {more[1]} 个" if more else words
    return reasons.get(value, value)
