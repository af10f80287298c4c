"""How much room a text takes, estimated without any font: enough to keep it inside its box in every office program.

Widths are in em, the size of the type. A Chinese character is one em wide in every font; for the others the widest of
the usual fonts counts, so that a text is broken too early rather than too late.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LINE_HEIGHT = 1.32
"""Distance of two lines in em: what Microsoft YaHei has at single spacing, other Chinese fonts at nine tenths."""
POINTS_PER_INCH = 72.0

_CAPITAL, _OTHER, _NARROW = 0.76, 0.65, 0.4
_NARROWS = frozenset(" .,:;'|!il()[]/-")
_WORD = re.compile(r"[0-9A-Za-z.,:;%()+_/'’-]+|.", re.DOTALL)
_SCRIPT_GAP = 0.25
_SAFE = 0.97
_CUT = "…"


def text_width(text: str) -> float:
    """Estimate how wide a line is.

    Parameters
    ----------
    text : str
        One line.

    Returns
    -------
    float
        Em.

    Examples
    --------
    >>> text_width("县级市"), round(text_width("60.08%"), 2)
    (3.0, 3.65)
    """
    return sum(map(_width, text)) + sum(_between(one, other) for one, other in itertools.pairwise(text))


def _between(one: str, other: str) -> float:
    """Return the room some programs put between Chinese and other writing."""
    return _SCRIPT_GAP if _is_wide(one) != _is_wide(other) and (one.isalnum() or other.isalnum()) else 0.0


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WFA"


def _width(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if _is_wide(character):
        return 1.0
    if character in _NARROWS:
        return _NARROW
    return _CAPITAL if character.isupper() else _OTHER


def wrapped(text: str, width: float) -> list[str]:
    """Break a line where an office program would, or a little earlier.

    Parameters
    ----------
    text : str
        One line.
    width : float
        Room in em.

    Returns
    -------
    list of str
        The lines; English words stay whole unless one is wider than the room.

    Examples
    --------
    >>> wrapped("行政区划边界", 3.2), wrapped("national road 308", 7)
    (['行政区', '划边界'], ['national', 'road 308'])
    """
    room = width * _SAFE
    lines, line, used = [], "", 0.0
    for word in _words(text, room):
        size = text_width(word) + (_between(line[-1], word[0]) if line else 0.0)
        if line and used + size > room:
            lines.append(line.rstrip())
            line, used, size = "", 0.0, text_width(word)
            if word == " ":
                continue
        line, used = line + word, used + size
    return [*lines, line.rstrip()] if line or not lines else lines


def _words(text: str, room: float) -> list[str]:
    found: list[str] = []
    for word in _WORD.findall(text):
        found += list(word) if text_width(word) > room else [word]
    return found


def lines_high(lines: Sequence[str], width: float) -> int:
    """Count the lines that paragraphs take.

    Parameters
    ----------
    lines : sequence of str
        Paragraphs.
    width : float
        Room in em.

    Returns
    -------
    int
        Lines after breaking.
    """
    return sum(len(wrapped(line, width)) for line in lines)


def cut_to(lines: Sequence[str], width: float, most: int) -> tuple[list[str], bool]:
    """Cut paragraphs that take more lines than there is room for.

    Parameters
    ----------
    lines : sequence of str
        Paragraphs.
    width : float
        Room in em.
    most : int
        Lines there is room for.

    Returns
    -------
    tuple of (list of str, bool)
        The paragraphs, the last one ended by an ellipsis if something is left out, and whether something is.

    Examples
    --------
    >>> cut_to(["甲乙丙丁戊己"], 3.2, 1)
    (['甲乙…'], True)
    """
    kept: list[str] = []
    left = most
    for line in lines:
        broken = wrapped(line, width)
        if len(broken) <= left:
            kept.append(line)
            left -= len(broken)
            continue
        if left == 0:
            return [*kept[:-1], _ended(kept[-1], width)] if kept else [_CUT], True
        whole = line[: _length(line, broken[:left])]
        return [*kept, _ended(whole, width)], True
    return kept, False


def _length(line: str, broken: Sequence[str]) -> int:
    """Return how many characters of a line its first broken lines hold; blanks at the breaks have gone."""
    at = 0
    for part in broken:
        at = line.index(part, at) + len(part)
    return at


def _ended(text: str, width: float) -> str:
    rows = len(wrapped(text, width))
    while text and len(wrapped(text + _CUT, width)) > rows:
        text = text[:-1].rstrip()
    return text + _CUT


def largest_size(
    lines: Sequence[str], width_in: float, height_in: float, sizes: Sequence[float], *, line_height: float = LINE_HEIGHT
) -> tuple[float, list[str], bool]:
    """Find the largest type in which paragraphs fit a box, and cut them where even the smallest does not do.

    Parameters
    ----------
    lines : sequence of str
        Paragraphs.
    width_in, height_in : float
        The box, inches, without its margins.
    sizes : sequence of float
        Sizes of type in points, the largest first.
    line_height : float
        Distance of two lines in em.

    Returns
    -------
    tuple of (float, list of str, bool)
        The size, the paragraphs, and whether something was cut off.

    Examples
    --------
    >>> largest_size(["一二三四五六七八九十"], 2.0, 0.5, [28, 20, 12])
    (12, ['一二三四五六七八九十'], False)
    """
    for size in sizes:
        if lines_high(lines, width_in * POINTS_PER_INCH / size) <= rows_in(height_in, size, line_height):
            return size, list(lines), False
    size = sizes[-1]
    kept, cut = cut_to(lines, width_in * POINTS_PER_INCH / size, max(1, rows_in(height_in, size, line_height)))
    return size, kept, cut


def rows_in(height_in: float, size: float, line_height: float = LINE_HEIGHT) -> int:
    """Return how many lines a height holds.

    Parameters
    ----------
    height_in : float
        Inches.
    size : float
        Size of the type in points.
    line_height : float
        Distance of two lines in em.

    Returns
    -------
    int
        Whole lines.
    """
    return int(height_in * POINTS_PER_INCH / (size * line_height) + 1e-9)
