"""How text becomes lines of a given width: Chinese breaks between any two characters, except where it must not."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from urbangeo.windows.pictures.fonts import visible

if TYPE_CHECKING:
    from urbangeo.windows.pictures.fonts import Face

_NOT_FIRST = frozenset("，。、；：！？）》〉」』】〕”’％%,.;:!?)]}…—·°") | {
    chr(0x2460 + number) for number in range(20)
}
"""Never at the beginning of a line (GB/T 15834); the marks of footnotes stay with what they mark."""
_NOT_LAST = frozenset("（《〈「『【〔“‘([{")
"""Never at the end of a line."""


def wrapped(words: str, face: Face, size: float, width: float) -> list[str]:
    """Break a text into lines.

    Parameters
    ----------
    words : str
        Text; breaks in it become blanks, and what has no picture its code point.
    face : Face
        What it is written in.
    size : float
        Points.
    width : float
        Points a line may have.

    Returns
    -------
    list of str
        Lines; at least one. A word longer than a line is cut, nothing is left out.
    """
    lines: list[str] = []
    line = ""
    used = 0.0
    for part in _parts(visible(words)):
        if line and used + face.width(part.rstrip(), size) > width:
            lines.append(line)
            line, used = "", 0.0
        kept = part if line else part.lstrip()
        while len(kept) > 1 and used + face.width(kept.rstrip(), size) > width:
            # A word longer than a line.
            cut = 1
            while cut < len(kept) - 1 and face.width(kept[: cut + 1], size) <= width:
                cut += 1
            lines.append(kept[:cut])
            kept = kept[cut:]
        line += kept
        used += face.width(kept, size)
    return [one.rstrip() for one in (*lines, line) if one.strip()] or [""]


@functools.lru_cache(maxsize=5_000)
def _parts(words: str) -> tuple[str, ...]:
    """Cut a text into what must stay together: Latin words, a character with the marks before and behind it."""
    parts: list[str] = []
    for character in words:
        if not parts:
            parts.append(character)
            continue
        before = parts[-1][-1]
        glued = (
            character in _NOT_FIRST
            or before in _NOT_LAST
            or character == " "
            or (_is_latin(before) and _is_latin(character))
        )
        if glued:
            parts[-1] += character
        else:
            parts.append(character)
    return tuple(parts)


def _is_latin(character: str) -> bool:
    return ord(character) < 0x2000 and character != "·" and not character.isspace()
