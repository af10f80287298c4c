"""The typeface of a picture: found on the system or given, of the mainland's letter forms, and with every letter.

A collection (``.ttc``) holds the same letters in the forms of Japan, Korea, the mainland, Taiwan and Hong Kong; which
one is drawn is decided by the number of the face, and the first one is Japan's. matplotlib 3.11 takes that number.
"""

from __future__ import annotations

import functools
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbangeo.errors import InputError, OutputError, listed

if TYPE_CHECKING:
    from collections.abc import Iterable

FAMILIES = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "Noto Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "STHeiti",
    "SimHei",
    "DengXian",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Serif CJK SC",
    "Source Han Serif SC",
    "Songti SC",
    "SimSun",
)
"""Typefaces with the letter forms of the mainland, best first."""

_MAINLAND = (" SC", " CN", " GB", " Hans")
_REGULAR, _BOLD, _BOLD_FROM = 400, 700, 600
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Kinds of characters that have no picture: controls, marks of direction, halves of pairs, unassigned ones."""
_BLANKS = "\n\r\t\v\f"


@dataclass(frozen=True)
class Face:
    """One face of one font file, with what is needed to measure and check text.

    Attributes
    ----------
    path : str
        The file.
    index : int
        Number of the face in it.
    name : str
        Family and style.
    letters : frozenset of int
        Code points that have a picture.
    """

    path: str
    index: int
    name: str
    letters: frozenset[int]

    def properties(self, size: float) -> Any:
        """Return the face at a size, as matplotlib wants it.

        Parameters
        ----------
        size : float
            Points.

        Returns
        -------
        matplotlib.font_manager.FontProperties
            The face.
        """
        from matplotlib.font_manager import FontPath, FontProperties

        return FontProperties(fname=FontPath(self.path, self.index), size=size)

    def width(self, words: str, size: float) -> float:
        """Measure a line of text.

        Parameters
        ----------
        words : str
            Text without line breaks.
        size : float
            Points.

        Returns
        -------
        float
            Points from the beginning to the end.
        """
        return size * _line_width(self.path, self.index, words)


@dataclass(frozen=True)
class Typeface:
    """The regular and the bold face of a picture.

    Attributes
    ----------
    regular, bold : Face
        The same face twice where there is no bold one.
    """

    regular: Face
    bold: Face

    def face(self, *, bold: bool = False) -> Face:
        """Return one of the two.

        Parameters
        ----------
        bold : bool, default False
            The bold one.

        Returns
        -------
        Face
            The face.
        """
        return self.bold if bold else self.regular

    def require(self, texts: Iterable[str]) -> None:
        """Check that every character of some texts has a picture in both faces.

        Parameters
        ----------
        texts : iterable of str
            All that will be written.

        Raises
        ------
        OutputError
            If characters are missing; all are named, with the font.
        """
        used = {character for words in texts for character in words}
        missing = sorted(c for c in used if ord(c) not in self.regular.letters or ord(c) not in self.bold.letters)
        if missing:
            shown = listed(f"{character} (U+{ord(character):04X})" for character in missing)
            msg = (
                f"The font {self.regular.name} has no picture of {shown}. A picture with boxes in place of letters is "
                "not written. Give a font that has them with font=..., or take them out of the texts."
            )
            raise OutputError(msg)


def visible(words: object) -> str:
    r"""Return a text as it can be written: blanks for breaks, the code point for what has no picture.

    Parameters
    ----------
    words : object
        Any text, perhaps hostile.

    Returns
    -------
    str
        Printable text; a control character or a mark of direction is written as "[U+202E]", so that it can neither
        hide nor turn round what is said.

    Examples
    --------
    >>> visible("甲县\n乙县"), visible("a" + chr(0x202E) + "b")
    ('甲县 乙县', 'a[U+202E]b')
    """
    return "".join(
        " " if character in _BLANKS else f"[U+{ord(character):04X}]" if _is_hidden(character) else character
        for character in str(words)
    )


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in _HIDDEN


def find_typeface(font: str | Path | None = None) -> Typeface:
    """Find the typeface of a picture.

    Parameters
    ----------
    font : path-like, optional
        A font file (``.ttf``, ``.otf``, ``.ttc``); searched on the system by default.

    Returns
    -------
    Typeface
        Regular and bold.

    Raises
    ------
    InputError
        If the given file is no font.
    OutputError
        If none is given and the system has no Chinese font.
    """
    if font is not None:
        return _given(str(font))
    return _found()


@functools.cache
def _found() -> Typeface:
    known = _entries()
    for family in FAMILIES:
        faces = [entry for entry in known if entry.name == family and entry.style == "normal"]
        if faces:
            return _typeface(faces)
    msg = (
        "No font with Chinese letters was found, and a picture of boxes is not written. Install one, for example "
        "Noto Sans CJK SC (Debian, Ubuntu: apt install fonts-noto-cjk; Fedora: google-noto-sans-cjk-fonts) or "
        "Microsoft YaHei, or give a font file with font=...."
    )
    raise OutputError(msg)


def _entries() -> list[Any]:
    """List the fonts of the system, also those installed after matplotlib made its list."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    if not any(entry.name in FAMILIES for entry in manager.ttflist):
        for path in font_manager.findSystemFonts():
            # Fonts that matplotlib cannot read are none for it.
            try:
                manager.addfont(path)
            except (OSError, RuntimeError, ValueError):
                continue
    return [entry for entry in manager.ttflist if Path(entry.fname).is_file()]


def _typeface(entries: list[Any]) -> Typeface:
    def nearest(weight: int) -> Any:
        return min(entries, key=lambda entry: (abs(_weight(entry) - weight), str(entry.fname), entry.index))

    regular, bold = nearest(_REGULAR), nearest(_BOLD)
    if _weight(bold) < _BOLD_FROM:
        bold = regular
    return Typeface(_face(str(regular.fname), int(regular.index)), _face(str(bold.fname), int(bold.index)))


def _weight(entry: Any) -> int:
    from matplotlib.font_manager import weight_dict

    return int(entry.weight if isinstance(entry.weight, int) else weight_dict.get(str(entry.weight), _REGULAR))


def _given(font: str) -> Typeface:
    from matplotlib.ft2font import FT2Font

    if not Path(font).is_file():
        msg = f"font is {font!r}, which is no file. Give the path of a .ttf, .otf or .ttc font."
        raise InputError(msg)
    try:
        first = FT2Font(os.fspath(font))
        names = [FT2Font(os.fspath(font), face_index=number).family_name for number in range(first.num_faces)]
    except (RuntimeError, OSError) as error:
        msg = f"font is {font!r}, which cannot be read as a font ({error}). Give a .ttf, .otf or .ttc file."
        raise InputError(msg) from error
    wanted = [number for number, name in enumerate(names) if name in FAMILIES]
    wanted += [number for number, name in enumerate(names) if name.endswith(_MAINLAND)]
    index = wanted[0] if wanted else 0
    regular = _face(font, index)
    heavy = [entry for entry in _entries() if entry.name == names[index] and _weight(entry) >= _BOLD_FROM]
    # The bold face is the system's only if it has the same letters: a cut-down file stands for itself.
    for entry in sorted(heavy, key=lambda entry: (abs(_weight(entry) - _BOLD), str(entry.fname))):
        bold = _face(str(entry.fname), int(entry.index))
        if bold.letters >= regular.letters:
            return Typeface(regular, bold)
    return Typeface(regular, regular)


@functools.cache
def _face(path: str, index: int) -> Face:
    font = _font(path, index)
    return Face(path, index, f"{font.family_name} {font.style_name}", frozenset(font.get_charmap()))


@functools.lru_cache(maxsize=8)
def _font(path: str, index: int) -> Any:
    from matplotlib.ft2font import FT2Font

    return FT2Font(path, face_index=index)


@functools.lru_cache(maxsize=20_000)
def _advance(path: str, index: int, character: str) -> float:
    from matplotlib.ft2font import LoadFlags

    font = _font(path, index)
    if not font.get_char_index(ord(character)):
        # It will be refused, with all others, when the page stands.
        return 1.0
    glyph = font.load_char(ord(character), flags=LoadFlags.NO_SCALE)
    return float(glyph.horiAdvance) / float(font.units_per_EM)


@functools.lru_cache(maxsize=50_000)
def _line_width(path: str, index: int, words: str) -> float:
    return sum(_advance(path, index, character) for character in words)
