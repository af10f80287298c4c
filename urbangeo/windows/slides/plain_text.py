"""Text as it may stand on a slide: nothing that breaks the file, runs, or turns the words round it."""

from __future__ import annotations

import re
from typing import Any

from urbangeo.language.scalars import is_missing
from urbangeo.windows.cells import printable

# They turn the order of the words round them, past the text they came with; nobody sees them.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LINE = re.compile("[\u0085\u2028\u2029\n]+")
_BLANK = re.compile("[\t\u00a0 ]+")


def lines_of(value: Any) -> list[str]:
    r"""Return a text as the lines it has, without anything a file of slides cannot hold.

    Parameters
    ----------
    value : object
        A text, or what becomes one; missing values have no line.

    Returns
    -------
    list of str
        Lines without line ends, control characters and marks that change the direction of writing; none is empty.

    Examples
    --------
    >>> lines_of("济南\x00市\n\u202e=1+1"), lines_of(None)
    (['济南市', '=1+1'], [])
    """
    if is_missing(value):
        return []
    clean = _DIRECTION.sub("", str(printable(str(value))))
    return [line for part in _LINE.split(clean) if (line := _BLANK.sub(" ", part).strip())]


def one_line(value: Any) -> str:
    r"""Return a text on one line.

    Parameters
    ----------
    value : object
        A text, or what becomes one.

    Returns
    -------
    str
        "" for a missing value.

    Examples
    --------
    >>> one_line("甲县\r\n乙县")
    '甲县 乙县'
    """
    return " ".join(lines_of(value))
