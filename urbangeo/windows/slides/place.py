"""What stands where on a slide: title, marks, map or table, foot, number, notes. Text is set as text only."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from urbangeo.windows.slides.measure import LINE_HEIGHT, POINTS_PER_INCH, largest_size, lines_high, text_width
from urbangeo.windows.slides.paper import (
    HEIGHT_IN,
    MARGIN_IN,
    TITLE_HEIGHT_IN,
    TITLE_PAGE,
    TITLE_SIZE,
    TITLE_TOP_IN,
    WIDTH_IN,
    emu,
    put_at,
)
from urbangeo.windows.slides.split import PAD_X, PAD_Y
from urbangeo.windows.slides.words import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urbangeo.windows.slides.grid import Grid
    from urbangeo.windows.slides.split import Layout
    from urbangeo.windows.slides.words import Language

INNER_IN = WIDTH_IN - 2 * MARGIN_IN
LOCALES: dict[Language, str] = {"zh": "zh-CN", "en": "en-US"}

_MARKS_HEIGHT_IN, _MARKS_SIZE = 0.32, 13.0
_GAP_IN = 0.1
_FOOT_SIZE, _FOOT_WIDTH_IN, _FOOT_BOTTOM_IN = 9.0, INNER_IN - 0.8, HEIGHT_IN - 0.16
_FOOT_MOST_IN = 1.6
_TITLE_SIZES = (TITLE_SIZE, 24.0, 22.0, 20.0, 18.0, 16.0, 14.0, 12.0)
_COVER_SIZES = (40.0, 36.0, 32.0, 28.0, 24.0, 20.0, 18.0, 16.0)
_TITLE_LINE = 1.45
"""Titles stand at single spacing, where Noto's lines are further apart than those of Microsoft YaHei."""
_INK, _GREY, _RED = "1A1A1A", "595959", "C00000"
_HEAD_FILL, _DOUBT_FILL, _RULE = "1F4E79", "FFF2CC", "BFBFBF"
# "No style, no grid": a table that is wholly described here looks alike in every program.
_PLAIN_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"


@dataclass(frozen=True)
class Run:
    """A piece of text in one look.

    Attributes
    ----------
    text : str
        One line.
    colour : str
        Six hexadecimal digits.
    bold : bool
        Whether it is bold.
    """

    text: str
    colour: str = _INK
    bold: bool = False


@dataclass(frozen=True)
class Frame:
    """The room on a slide between its head and its foot.

    Attributes
    ----------
    top, height : float
        Inches.
    foot_top, foot_height : float
        Inches; no height where there is no foot.
    foot : list of str
        Lines at the foot, cut where there are too many.
    foot_cut : bool
        Whether something was cut.
    """

    top: float
    height: float
    foot_top: float
    foot_height: float
    foot: list[str]
    foot_cut: bool


def frame_of(foot: Sequence[str], *, has_marks: bool) -> Frame:
    """Share the height of a slide out.

    Parameters
    ----------
    foot : sequence of str
        Lines at the foot.
    has_marks : bool
        Whether a line of subtitle and marks stands below the title.

    Returns
    -------
    Frame
        Where the map or table stands.
    """
    top = TITLE_TOP_IN + TITLE_HEIGHT_IN + (_MARKS_HEIGHT_IN if has_marks else 0.0) + _GAP_IN
    line = _FOOT_SIZE * LINE_HEIGHT / POINTS_PER_INCH
    room = (_FOOT_WIDTH_IN * POINTS_PER_INCH) / _FOOT_SIZE
    size, kept, cut = largest_size(list(foot), _FOOT_WIDTH_IN, _FOOT_MOST_IN, [_FOOT_SIZE])
    del size
    height = max(lines_high(kept, room) * line + 0.04, 0.24)
    foot_top = _FOOT_BOTTOM_IN - height
    return Frame(top, foot_top - _GAP_IN - top, foot_top, height if kept else 0.0, kept, cut)


def add_slide(
    deck: Any, title: str, marks: Sequence[Run], frame: Frame, language: Language, *, tail: str = ""
) -> tuple[Any, bool]:
    """Add a slide with its title, its line of marks, its foot and its number.

    Parameters
    ----------
    deck : pptx.presentation.Presentation
        The deck; it is added to.
    title : str
        One line; set smaller or cut until it fits.
    marks : sequence of Run
        Subtitle and marks.
    frame : Frame
        Where the foot stands.
    language : {"zh", "en"}
        The language of the text.
    tail : str, default ""
        What follows the title and is never cut.

    Returns
    -------
    tuple of (pptx.slide.Slide, bool)
        The slide, and whether the title was cut.
    """
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    holder = slide.shapes.title
    put_at(holder, MARGIN_IN, TITLE_TOP_IN, INNER_IN, TITLE_HEIGHT_IN)
    cut = _fit_title(holder, title, (INNER_IN, TITLE_HEIGHT_IN), _TITLE_SIZES, language, tail=tail)
    if marks:
        box = _text_box(slide, word("marks_name", language), MARGIN_IN, TITLE_TOP_IN + TITLE_HEIGHT_IN)
        put_at(box, MARGIN_IN, TITLE_TOP_IN + TITLE_HEIGHT_IN, INNER_IN, _MARKS_HEIGHT_IN)
        size, runs = _fit_marks(marks)
        _set_paragraphs(box.text_frame, [runs], size, language)
    if frame.foot:
        box = _text_box(slide, word("foot_name", language), MARGIN_IN, frame.foot_top)
        put_at(box, MARGIN_IN, frame.foot_top, _FOOT_WIDTH_IN, frame.foot_height)
        _set_paragraphs(box.text_frame, [[Run(line, _GREY)] for line in frame.foot], _FOOT_SIZE, language)
    _add_number(slide, language)
    return slide, cut


def _fit_title(
    holder: Any,
    title: str,
    box: tuple[float, float],
    sizes: Sequence[float],
    language: Language,
    *,
    tail: str = "",
    colour: str = "",
) -> bool:
    from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE

    size, lines, cut = largest_size([title + tail], box[0], box[1] - 0.02, sizes, line_height=_TITLE_LINE)
    lines = [_ended_by(lines[0], tail)] if cut else lines
    frame = holder.text_frame
    frame.auto_size, frame.vertical_anchor, frame.word_wrap = MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE, MSO_ANCHOR.MIDDLE, True
    frame.margin_top = frame.margin_bottom = frame.margin_left = frame.margin_right = 0
    _set_paragraphs(frame, [[Run(line, colour)] for line in lines], size, language, spacing=None)
    return cut


def _ended_by(title: str, tail: str) -> str:
    """Give a title that was cut its tail back, in the room of as many of its last words."""
    text, room = title[:-1], text_width(tail)
    while text and room > 0:
        text, room = text[:-1], room - text_width(text[-1])
    return f"{text}…{tail}"


def _fit_marks(marks: Sequence[Run]) -> tuple[float, list[Run]]:
    """Keep the line of marks on one line; warnings stand first and are never cut for a subtitle."""
    size, lines, _ = largest_size(
        ["".join(run.text for run in marks)], INNER_IN, _MARKS_HEIGHT_IN - 0.02, (_MARKS_SIZE, 12.0, 11.0, 10.0)
    )
    left, runs = len(lines[0]), []
    for run in marks:
        if left > 0:
            runs.append(Run(lines[0][len(lines[0]) - left :][: len(run.text)], run.colour, run.bold))
        left -= len(run.text)
    return size, runs


def warning_runs(warnings: Sequence[str], subtitle: str) -> list[Run]:
    """Return the line below a title: warnings in red, then the subtitle.

    Parameters
    ----------
    warnings : sequence of str
        Marks a reader must not miss.
    subtitle : str
        "" for none.

    Returns
    -------
    list of Run
        Pieces of one line.
    """
    runs = [Run(f"▲{warning}　", _RED, bold=True) for warning in warnings]
    return [*runs, Run(subtitle, _GREY)] if subtitle else runs


def add_cover(deck: Any, title: str, date: str, language: Language) -> Any:
    """Add the first slide.

    Parameters
    ----------
    deck : pptx.presentation.Presentation
        The deck; it is added to.
    title, date : str
        One line each; "" leaves the date out.
    language : {"zh", "en"}
        The language of the text.

    Returns
    -------
    pptx.slide.Slide
        The slide.
    """
    from pptx.enum.text import PP_ALIGN

    slide = deck.slides.add_slide(deck.slide_layouts[0])
    (_, _, width, height), below = TITLE_PAGE
    _fit_title(slide.shapes.title, title, (width, height), _COVER_SIZES, language)
    holder = slide.placeholders[1]
    if not date:
        holder._element.getparent().remove(holder._element)  # noqa: SLF001
    else:
        _fit_title(holder, date, (below[2], below[3]), (20.0, 16.0, 12.0), language, colour=_GREY)
        holder.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER
    slide.shapes.title.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER
    return slide


def add_map(slide: Any, picture: bytes, told: str, frame: Frame, language: Language) -> None:
    """Put the picture of a map on a slide.

    Parameters
    ----------
    slide : pptx.slide.Slide
        The slide.
    picture : bytes
        A PNG in the shape of the room.
    told : str
        What is on it, for those who do not see it.
    frame : Frame
        Where it stands.
    language : {"zh", "en"}
        The language of the text.
    """
    shape = slide.shapes.add_picture(io.BytesIO(picture), 0, 0)
    put_at(shape, MARGIN_IN, frame.top, INNER_IN, frame.height)
    _describe(shape, word("map_name", language), told)


def add_table(  # noqa: PLR0917 - a table has this many sides
    slide: Any, grid: Grid, layout: Layout, page: range, told: str, frame: Frame, language: Language
) -> None:
    """Put rows of a table on a slide, as a table that can be edited.

    Parameters
    ----------
    slide : pptx.slide.Slide
        The slide.
    grid : Grid
        The table.
    layout : Layout
        Its measures.
    page : range
        Which rows.
    told : str
        What it holds, for those who do not see it.
    frame : Frame
        Where it stands.
    language : {"zh", "en"}
        The language of the text.
    """
    heights = [layout.heading_height, *(layout.heights[row] for row in page)]
    width, height = sum(layout.widths) / POINTS_PER_INCH, sum(heights) / POINTS_PER_INCH
    shape = slide.shapes.add_table(
        len(heights), len(layout.widths), emu(MARGIN_IN), emu(frame.top), emu(width), emu(height)
    )
    _describe(shape, word("table_name", language), told)
    table = shape.table
    table.horz_banding = False
    table._tbl.tblPr.find(_tag("a:tableStyleId")).text = _PLAIN_STYLE  # noqa: SLF001
    for column, points in zip(table.columns, layout.widths, strict=True):
        column.width = emu(points / POINTS_PER_INCH)
    for row, points in zip(table.rows, heights, strict=True):
        row.height = emu(points / POINTS_PER_INCH)
    rows = table._tbl.tr_lst  # noqa: SLF001 - asking for cell after cell by the front door takes seconds
    for cell, heading in zip(rows[0].tc_lst, grid.headings, strict=True):
        _fill_cell(
            cell, [[Run(line, "FFFFFF", bold=True)] for line in heading], layout.size, "ctr", _HEAD_FILL, language
        )
    for line, row in zip(rows[1:], page, strict=True):
        fill = _DOUBT_FILL if grid.doubtful[row] else ""
        cells = zip(line.tc_lst, layout.rows[row], grid.is_number, grid.doubts[row], strict=True)
        for cell, lines, is_number, is_doubt in cells:
            runs = [[Run(text, _RED if is_doubt else _INK)] for text in lines]
            _fill_cell(cell, runs, layout.size, "r" if is_number else "l", fill, language)


def add_notes(slide: Any, lines: Sequence[str], language: Language) -> None:
    """Write what the speaker shall know.

    Parameters
    ----------
    slide : pptx.slide.Slide
        The slide.
    lines : sequence of str
        Paragraphs; none leaves the slide without notes.
    language : {"zh", "en"}
        The language of the text.
    """
    if lines:
        frame = slide.notes_slide.notes_text_frame
        _set_paragraphs(frame, [[Run(line, "")] for line in lines], None, language, spacing=None)


def _text_box(slide: Any, name: str, left: float, top: float) -> Any:
    from pptx.enum.text import MSO_AUTO_SIZE

    box = slide.shapes.add_textbox(emu(left), emu(top), emu(1), emu(1))
    box.name = name
    frame = box.text_frame
    frame.word_wrap, frame.auto_size = True, MSO_AUTO_SIZE.NONE
    frame.margin_top = frame.margin_bottom = frame.margin_left = frame.margin_right = 0
    return box


def _add_number(slide: Any, language: Language) -> None:
    box = _text_box(slide, word("page_name", language), 0, 0)
    put_at(box, WIDTH_IN - MARGIN_IN - 0.6, HEIGHT_IN - 0.16 - 0.24, 0.6, 0.24)
    mark = _element("p:ph", type="sldNum", sz="quarter", idx="12")
    box._element.nvSpPr.nvPr.append(mark)  # noqa: SLF001
    paragraph = box.text_frame.paragraphs[0]._p  # noqa: SLF001
    paragraph.append(_element("a:pPr", algn="r"))
    field = _element("a:fld", id="{C1FF6DA9-008F-8B48-92A6-B652298478BF}", type="slidenum")
    field.append(_look(_FOOT_SIZE, _GREY, language, bold=False))
    number = _element("a:t")
    number.text = str(len(slide.part.package.presentation_part.presentation.slides))
    field.append(number)
    paragraph.append(field)


def _describe(shape: Any, name: str, told: str) -> None:
    shape.name = name
    shape._element.xpath(".//p:cNvPr")[0].set("descr", told)  # noqa: SLF001


def _fill_cell(  # noqa: PLR0917 - one cell, one call
    cell: Any, lines: Sequence[Sequence[Run]], size: float, align: str, fill: str, language: Language
) -> None:
    body = cell.get_or_add_txBody()
    _set_lines(body, lines, size, language, align=align, spacing=90)
    look = cell.get_or_add_tcPr()
    for side, margin in (("L", PAD_X), ("R", PAD_X), ("T", PAD_Y), ("B", PAD_Y)):
        look.set(f"mar{side}", str(round(margin * 12_700)))
    look.set("anchor", "ctr")
    rule = _element("a:lnB", w="6350")
    rule.append(_solid(_RULE))
    look.append(rule)
    look.append(_solid(fill) if fill else _element("a:noFill"))


def _set_paragraphs(
    frame: Any,
    lines: Sequence[Sequence[Run]],
    size: float | None,
    language: Language,
    *,
    spacing: int | None = 90,
) -> None:
    _set_lines(frame._txBody, lines, size, language, spacing=spacing)  # noqa: SLF001


def _set_lines(
    body: Any,
    lines: Sequence[Sequence[Run]],
    size: float | None,
    language: Language,
    *,
    align: str = "",
    spacing: int | None = None,
) -> None:
    """Replace all paragraphs of a text body."""
    for old in body.findall(_tag("a:p")):
        body.remove(old)
    for runs in lines or [[]]:
        paragraph = _element("a:p")
        style = _element("a:pPr", **({"algn": align} if align else {}))
        if spacing is not None:
            distance = _element("a:lnSpc")
            distance.append(_element("a:spcPct", val=str(spacing * 1000)))
            style.append(distance)
        paragraph.append(style)
        for run in runs:
            piece = _element("a:r")
            piece.append(_look(size, run.colour, language, bold=run.bold))
            text = _element("a:t")
            text.text = run.text
            piece.append(text)
            paragraph.append(piece)
        if not runs:
            end = _look(size, "", language, bold=False)
            end.tag = _tag("a:endParaRPr")
            paragraph.append(end)
        body.append(paragraph)


def _look(size: float | None, colour: str, language: Language, *, bold: bool) -> Any:
    look = _element("a:rPr", lang=LOCALES[language], altLang=LOCALES["en" if language == "zh" else "zh"])
    if size is not None:
        look.set("sz", str(round(size * 100)))
    if bold:
        look.set("b", "1")
    look.set("dirty", "0")
    if colour:
        look.append(_solid(colour))
    return look


def _solid(colour: str) -> Any:
    fill = _element("a:solidFill")
    fill.append(_element("a:srgbClr", val=colour))
    return fill


def _element(name: str, **attributes: str) -> Any:
    from pptx.oxml.xmlchemy import OxmlElement

    made: Any = OxmlElement(name)
    for key, value in attributes.items():
        made.set(key, value)
    return made


def _tag(name: str) -> str:
    from pptx.oxml.ns import qn

    return qn(name)
