"""The blank deck: 16:9, one Chinese font in the theme, two layouts, and a package of the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from urbangeo.windows.workbook import FONT

WIDTH_IN, HEIGHT_IN = 13.333, 7.5
"""16:9 as PowerPoint and WPS make it."""
MARGIN_IN = 0.45
TITLE_TOP_IN, TITLE_HEIGHT_IN = 0.22, 0.74
TITLE_SIZE = 26.0
TITLE_PAGE = ((0.9, 2.2, 11.533, 1.7), (0.9, 4.1, 11.533, 1.1))
"""Left, top, width and height of title and subtitle of the first slide, inches."""

_EMU = 914_400
_TITLE_LAYOUT, _BODY_LAYOUT = 0, 5
_UNWANTED = ("/thumbnail", "/printerSettings")
# Shape and character set of the font, so that an office without it takes another Chinese sans serif.
_TYPEFACE = f'typeface="{FONT}" panose="020B0503020204020204" pitchFamily="34" charset="-122"'
_THEME_FONTS = re.compile(
    r'(<a:(?:major|minor)Font>\s*)<a:latin typeface="[^"]*"[^>]*/>\s*<a:ea typeface="[^"]*"[^>]*/>'
)
_HANS = re.compile(r'<a:font script="Hans" typeface="[^"]*"/>')
_ENGLISH = re.compile(r'lang="en-US"')
_DATES = re.compile(rb"<dcterms:(?:created|modified)[^>]*>[^<]*</dcterms:(?:created|modified)>")
_OLDEST = (1980, 1, 1, 0, 0, 0)
"""The first day a zip file knows: the time of making would make every file another."""


def blank_deck(title: str, language: str) -> Any:
    """Make a presentation without slides.

    Parameters
    ----------
    title : str
        Its title, for the properties of the file.
    language : str
        Code of its language, such as "zh-CN".

    Returns
    -------
    pptx.presentation.Presentation
        16:9, with the layouts "title slide" and "title only".
    """
    from pptx import Presentation

    deck: Any = Presentation()
    deck.slide_width, deck.slide_height = emu(WIDTH_IN), emu(HEIGHT_IN)
    kept = {deck.slide_layouts[place].name for place in (_TITLE_LAYOUT, _BODY_LAYOUT)}
    for layout in [layout for layout in deck.slide_layouts if layout.name not in kept]:
        deck.slide_layouts.remove(layout)
    _fit_master(deck.slide_master)
    for holder, box in zip(_named(deck.slide_layouts[0], ("ctrTitle", "subTitle")), TITLE_PAGE, strict=True):
        put_at(holder, *box)
    for relations in (deck.part.package._rels, deck.part.rels):  # noqa: SLF001 - there is no other way to them
        for key in [key for key, one in relations.items() if one.reltype.endswith(_UNWANTED)]:
            relations.pop(key)
    about = deck.core_properties
    about.title, about.author, about.last_modified_by, about.language = title[:250], "urbangeo", "urbangeo", language
    about.subject = about.keywords = about.comments = about.category = ""
    about.revision = 1
    return deck


def _fit_master(master: Any) -> None:
    """Lay the placeholders of the master out for 16:9, titles at the left."""
    inner = WIDTH_IN - 2 * MARGIN_IN
    boxes = {
        "title": (MARGIN_IN, TITLE_TOP_IN, inner, TITLE_HEIGHT_IN),
        "body": (MARGIN_IN, 1.4, inner, 5.0),
        "dt": (MARGIN_IN, 7.02, 3.0, 0.3),
        "ftr": (4.0, 7.02, 5.333, 0.3),
        "sldNum": (WIDTH_IN - MARGIN_IN - 0.7, 7.02, 0.7, 0.3),
    }
    for holder, box in zip(_named(master, boxes), boxes.values(), strict=True):
        put_at(holder, *box)
    style = master._element.find(f".//{{{_P}}}titleStyle/{{{_A}}}lvl1pPr")  # noqa: SLF001
    style.set("algn", "l")
    look = style.find(f"{{{_A}}}defRPr")
    look.set("sz", str(round(TITLE_SIZE * 100)))
    look.set("b", "1")


_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_P = "http://schemas.openxmlformats.org/presentationml/2006/main"


def _named(room: Any, types: Any) -> list[Any]:
    """Return the placeholders of these types, in the order asked for."""
    found = {}
    for holder in room.placeholders:
        mark = holder._element.find(f".//{{{_P}}}ph")  # noqa: SLF001
        found[mark.get("type", "obj")] = holder
    return [found[kind] for kind in types]


def put_at(shape: Any, left: float, top: float, width: float, height: float) -> None:
    """Place a shape.

    Parameters
    ----------
    shape : pptx shape
        The shape.
    left, top, width, height : float
        Inches.
    """
    shape.left, shape.top, shape.width, shape.height = map(emu, (left, top, width, height))


def emu(inches: float) -> int:
    """Turn inches into the unit of office files.

    Parameters
    ----------
    inches : float
        A length.

    Returns
    -------
    int
        English metric units.

    Examples
    --------
    >>> emu(1)
    914400
    """
    return round(inches * _EMU)


def deck_bytes(deck: Any, language: str) -> bytes:
    """Write a presentation so that the same slides are the same bytes.

    Parameters
    ----------
    deck : pptx.presentation.Presentation
        The presentation.
    language : str
        Code of its language.

    Returns
    -------
    bytes
        A pptx file without times; the theme's fonts are Chinese ones, in the notes as well.
    """
    raw = io.BytesIO()
    deck.save(raw)
    made = io.BytesIO()
    with zipfile.ZipFile(raw) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, _OLDEST)
            info.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            target.writestr(info, _mended(name, source.read(name), language))
    return made.getvalue()


def _mended(name: str, content: bytes, language: str) -> bytes:
    if name == "docProps/core.xml":
        return _DATES.sub(b"", content)
    if name.startswith("ppt/theme/"):
        text = _THEME_FONTS.sub(rf"\1<a:latin {_TYPEFACE}/><a:ea {_TYPEFACE}/>", content.decode())
        return _HANS.sub(f'<a:font script="Hans" typeface="{FONT}"/>', text).encode()
    if name.startswith(("ppt/slideMasters/", "ppt/slideLayouts/", "ppt/notes", "ppt/presentation.xml")):
        return _ENGLISH.sub(f'lang="{language}"', content.decode()).encode() if name.endswith(".xml") else content
    return content
