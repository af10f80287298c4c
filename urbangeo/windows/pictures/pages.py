"""The pages of a picture: the map with its legend, and, where there is more to say, pages of text after it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urbangeo.errors import InputError
from urbangeo.windows.pictures.flow import Section, begun_afresh, draw_column, split
from urbangeo.windows.pictures.frames import frames_for, parts_of, seen_layers, sees_neighbours
from urbangeo.windows.pictures.furniture import (
    draw_head,
    draw_neatline,
    draw_north,
    draw_scale,
    draw_stamps,
    draw_statement,
    neatline_width,
    statement_lines,
)
from urbangeo.windows.pictures.labels import place_labels
from urbangeo.windows.pictures.legend import (
    Setter,
    legend_section,
    table_pieces,
    text_sections,
    totals_section,
)
from urbangeo.windows.pictures.mosaic import draw_ground
from urbangeo.windows.pictures.sheet import ASCENT, BRAND, SOFT, Box, Sheet, new_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urbangeo.windows.pictures.choice import Choice
    from urbangeo.windows.pictures.flow import Piece
    from urbangeo.windows.pictures.fonts import Typeface
    from urbangeo.windows.pictures.frames import Frame, Part

_A3_SIDE = 1001.2
"""Square root of the square points of A3."""
_MARGIN, _PANEL, _TEXT, _PAD, _GAP = 22.0, 238.0, 9.0, 9.0, 9.0
"""Points on A3: margin of the page, width of the panel, ordinary text in it, room round the map, gaps."""
_SIZES = (1.0, 0.92, 0.85, 0.78)
"""Sizes of the text in the panel, largest first: the first in which the whole legend has room is taken."""
_WIDEST_PANEL, _MOST_LOST = 0.5, 1.06
"""Share of the page the panel may take; how much smaller a map may get for the sake of totals beside it."""
_LOW_MAP = 0.74
"""Frames lower than this share of the room leave the rest of it to the totals."""
_TABLE_SIZES = (0.95, 0.88, 0.8, 0.73)
_REPORT_COLUMN = 330.0
"""Least points on A3 of a column of the pages of text."""


@dataclass(frozen=True)
class Furniture:
    """What of the furniture of a map is drawn; all of it by default.

    Attributes
    ----------
    head, legend, statement, totals : bool
        Title and subtitle; the panel with the legend; the lines at the lower left; totals, notes and sources where
        there is room.
    """

    head: bool = True
    legend: bool = True
    statement: bool = True
    totals: bool = True


@dataclass(frozen=True)
class MapPage:
    """A page with a map.

    Attributes
    ----------
    sheet : Sheet
        The page.
    frames : list of Frame
        The frames on it.
    rest : list of str
        Keys of the sections that found no room on it.
    """

    sheet: Sheet
    frames: list[Frame]
    rest: list[str]


def unit_of(width: float, height: float) -> float:
    """Say how large things are drawn on a page: letters shrink less than paper does.

    Parameters
    ----------
    width, height : float
        Points.

    Returns
    -------
    float
        1 on A3.
    """
    return 0.4 + 0.6 * math.sqrt(width * height) / _A3_SIDE


def map_page(
    choice: Choice, width: float, height: float, typeface: Typeface, furniture: Furniture, *, goes_on: bool
) -> MapPage:
    """Draw the page with the map.

    Parameters
    ----------
    choice : Choice
        What is shown.
    width, height : float
        Points.
    typeface : Typeface
        The letters.
    furniture : Furniture
        What is drawn of it.
    goes_on : bool
        Pages of text follow, to which what finds no room may be left.

    Returns
    -------
    MapPage
        The page.

    Raises
    ------
    InputError
        If the legend has no room beside the map even in the smallest letters.
    """
    unit = unit_of(width, height)
    sheet = new_sheet(width, height, typeface, unit)
    room = sheet.page.shrunk(_MARGIN * unit) if furniture.head or furniture.statement else sheet.page.shrunk(6 * unit)
    top, bottom = room.top, room.bottom
    if furniture.head:
        top = draw_head(sheet, choice, Box(room.left, room.bottom, room.right, room.top + 6 * unit))
    if furniture.statement:
        bottom = draw_statement(sheet, statement_lines(sheet, choice, room.width), room) + 5 * unit
    edge = neatline_width(sheet) + 1.5 * unit
    body = Box(room.left + edge, bottom + edge, room.right - edge, top - edge)
    parts = parts_of(choice)
    about = _about(choice, parts)
    if not furniture.legend:
        frames = _draw_map(sheet, choice, parts, body, 1.0)
        draw_neatline(sheet, body)
        return MapPage(sheet, frames, ["legend", "totals", "about", "notes", "sources"])
    tables = choice.tables() if furniture.totals else []
    # A map wider than the paper leaves room for the tables beneath it, any other perhaps beside it.
    panel = _panel(sheet, choice, parts, body, about)
    below = _room_below(sheet, choice, parts, panel.ground) if tables else None
    share = None if below is None else _table_size(sheet, choice, below)
    if tables and share is None:
        panel = _wider(sheet, choice, parts, body, about, panel=panel)
    shown = ["legend"]
    frames = _draw_map(sheet, choice, parts, panel.ground, 1.0 if share is None else _LOW_MAP)
    if not sees_neighbours(choice, frames):
        about = [line for line in about if line != choice.of_neighbours()]
    if below is not None and share is not None:
        _draw_tables(sheet, choice, below, share)
        shown.append("totals")
    side = [(panel.box.left, panel.box.bottom), (panel.box.left, panel.box.top)]
    sheet.line(side, colour=BRAND, thick=0.5 * unit, order=30.0)
    shown += _draw_panel(sheet, choice, panel, about, furniture, done=shown, goes_on=goes_on)
    draw_neatline(sheet, body)
    present = [section.key for section in _sections(panel.setter, choice, about) if section.pieces]
    return MapPage(sheet, frames, [key for key in present if key not in shown])


def _draw_map(sheet: Sheet, choice: Choice, parts: Sequence[Part], room: Box, most_filled: float) -> list[Frame]:
    frames = frames_for(choice, parts, room, _PAD * sheet.unit, most_filled)
    for frame in frames:
        draw_ground(sheet, frame, choice)
        bar = draw_scale(sheet, frame, choice)
        taken = [bar, draw_north(sheet, frame, choice)]
        if frame is frames[-1]:
            taken += draw_stamps(sheet, frame, choice, bar)
        place_labels(sheet, frame, choice, taken)
        if frame is not frames[-1]:
            side = [(frame.box.right, frame.box.bottom), (frame.box.right, frame.box.top)]
            sheet.line(side, colour=BRAND, thick=0.5 * sheet.unit, order=30.0)
    if frames[0].box.bottom > room.bottom + 1:
        y = frames[0].box.bottom
        sheet.line([(room.left, y), (room.right, y)], colour=BRAND, thick=0.5 * sheet.unit, order=30.0)
    return frames


@dataclass(frozen=True)
class _Panel:
    """The panel beside the map: its columns, its letters and the layers it tells of."""

    box: Box
    ground: Box
    columns: list[Box]
    setter: Setter
    seen: set[str]
    scale: float

    @property
    def heights(self) -> list[float]:
        """Of the columns."""
        return [column.height for column in self.columns]


def _panel_of(
    sheet: Sheet, choice: Choice, parts: Sequence[Part], body: Box, *, columns: int, share: float
) -> _Panel | None:
    gap, one = _GAP * sheet.unit, (_PANEL - 2 * _GAP) * sheet.unit
    wide = columns * one + (columns + 1) * gap
    if wide > _WIDEST_PANEL * body.width:
        return None
    box = Box(body.right - wide, body.bottom, body.right, body.top)
    ground = Box(body.left, body.bottom, box.left, body.top)
    lefts = [box.left + gap + number * (one + gap) for number in range(columns)]
    boxes = [Box(left, box.bottom + 0.5 * gap, left + one, box.top - 0.3 * gap) for left in lefts]
    frames = frames_for(choice, parts, ground, _PAD * sheet.unit)
    setter = Setter(sheet, one, _TEXT * sheet.unit * share)
    return _Panel(box, ground, boxes, setter, seen_layers(choice, frames), frames[0].metres_per_point)


def _panel(sheet: Sheet, choice: Choice, parts: Sequence[Part], body: Box, about: list[str]) -> _Panel:
    """Find the largest letters in which the legend and the coordinates have room, or at least the legend."""
    for columns, with_about in ((1, True), (1, False), (2, True), (2, False)):
        for share in _SIZES:
            panel = _panel_of(sheet, choice, parts, body, columns=columns, share=share)
            if panel is None:
                continue
            pieces = list(legend_section(panel.setter, choice, panel.seen).pieces)
            waiting = [section for section in _sections(panel.setter, choice, about) if section.pieces]
            if with_about:
                pieces += _section("about", waiting)
            pieces += _told_elsewhere(panel.setter, choice, waiting, goes_on=False)
            if not split(pieces, panel.heights)[1]:
                return panel
    msg = (
        f"The legend of {len(choice.layers)} layers has no room beside the map on this page. "
        "Take a larger page, or name fewer layers in layers_on."
    )
    raise InputError(msg)


def _section(key: str, sections: Sequence[Section]) -> list[Piece]:
    return [piece for section in sections if section.key == key for piece in section.pieces]


def _wider(
    sheet: Sheet, choice: Choice, parts: Sequence[Part], body: Box, about: list[str], *, panel: _Panel
) -> _Panel:
    """Find room for the totals: in a second column if the map loses next to nothing by it, or in smaller letters."""
    if len(panel.columns) > 1:
        return panel
    for columns, share in ((columns, share) for columns in (2, 1) for share in _SIZES):
        wide = _panel_of(sheet, choice, parts, body, columns=columns, share=share)
        if wide is None or wide.scale > _MOST_LOST * panel.scale:
            continue
        waiting = _sections(wide.setter, choice, about)
        pieces = [*legend_section(wide.setter, choice, wide.seen).pieces, *_section("about", waiting)]
        pieces += begun_afresh(pieces, _section("totals", waiting), wide.heights)
        pieces += _told_elsewhere(wide.setter, choice, waiting, goes_on=False)
        if not split(pieces, wide.heights)[1]:
            return wide
    return panel


def _sections(setter: Setter, choice: Choice, about: list[str]) -> list[Section]:
    """List what may stand beside the legend: coordinates first, then as much as there is room for."""
    texts = text_sections(setter, choice, about)
    return [texts[0], totals_section(setter, choice), *texts[1:]]


def _draw_panel(
    sheet: Sheet,
    choice: Choice,
    panel: _Panel,
    about: list[str],
    furniture: Furniture,
    *,
    done: Sequence[str],
    goes_on: bool,
) -> list[str]:
    """Draw the legend and what else has room beneath it; return the keys of what was added."""
    setter = panel.setter
    pieces = list(legend_section(setter, choice, panel.seen).pieces)
    added: list[str] = []
    waiting = [section for section in _sections(setter, choice, about) if section.pieces and section.key not in done]
    if not furniture.totals:
        waiting = [section for section in waiting if section.key == "about"]
    for section in waiting:
        left_out = [other for other in waiting if other.key not in added and other is not section]
        tail = _told_elsewhere(setter, choice, left_out, goes_on=goes_on)
        more = begun_afresh(pieces, section.pieces, panel.heights)
        if not split([*pieces, *more, *tail], panel.heights)[1]:
            pieces += more
            added.append(section.key)
    left_out = [section for section in waiting if section.key not in added]
    pieces += _told_elsewhere(setter, choice, left_out, goes_on=goes_on)
    placed, _ = split(pieces, panel.heights)
    for column, box in zip(placed, panel.columns, strict=True):
        draw_column(sheet, column, box)
    return added


def _told_elsewhere(setter: Setter, choice: Choice, left_out: Sequence[Section], *, goes_on: bool) -> list[Piece]:
    if not left_out:
        return []
    what = choice.said("and").join(section.title for section in left_out)
    words = choice.said("next" if goes_on else "rest", what=what)
    return [setter.gap(0.4), *setter.text(words, size=setter.small, colour=SOFT)]


def _room_below(sheet: Sheet, choice: Choice, parts: Sequence[Part], room: Box) -> Box | None:
    """Return what a map that is wider than the paper leaves free beneath it."""
    frame = frames_for(choice, parts, room, _PAD * sheet.unit, _LOW_MAP)[0]
    low = Box(room.left, room.bottom, room.right, frame.box.bottom)
    return low if low.height > 1 else None


def _tables(sheet: Sheet, choice: Choice, room: Box, share: float) -> tuple[list[Piece], list[list[Piece]], float]:
    """Set the tables of totals side by side: heading, a column for each, and how wide a column is."""
    tables = choice.tables()
    gap = _GAP * sheet.unit
    wide = (room.width - (len(tables) + 1) * gap) / len(tables)
    setter = Setter(sheet, wide, _TEXT * sheet.unit * share)
    mark = f"　{choice.words['skeleton_mark']}" if choice.atlas["totals_skeleton"] else ""
    head = Setter(sheet, room.width - 2 * gap, setter.size).heading(f"{choice.words['totals']}{mark}")
    return head, [table_pieces(setter, choice, table) for table in tables], wide


def _table_size(sheet: Sheet, choice: Choice, room: Box) -> float | None:
    """Return the largest letters in which all tables have room beneath the map; None if they have none."""
    for share in _TABLE_SIZES:
        head, columns, wide = _tables(sheet, choice, room, share)
        tallest = max(sum(piece.height for piece in column) for column in columns)
        high = sum(piece.height for piece in head) + tallest + 0.4 * _GAP * sheet.unit
        if high <= room.height and wide > 16 * _TEXT * sheet.unit * share:
            return share
    return None


def _draw_tables(sheet: Sheet, choice: Choice, room: Box, share: float) -> None:
    head, columns, wide = _tables(sheet, choice, room, share)
    gap = _GAP * sheet.unit
    top = draw_column(sheet, head, Box(room.left + gap, room.bottom, room.right - gap, room.top - 0.2 * gap))
    for number, column in enumerate(columns):
        left = room.left + gap + number * (wide + gap)
        draw_column(sheet, column, Box(left, room.bottom, left + wide, top))


def _about(choice: Choice, parts: Sequence[Part]) -> list[str]:
    """Say coordinates and dates, with the projection of the picture in place of that of the screen."""
    ground = choice.atlas.get("base_map") or {}
    of_the_screen = {*choice.of_the_screen(), *ground.get("about", ())}
    told = [choice.said("crs")]
    for part in parts:
        middle = [(part.bounds[0][0] + part.bounds[1][0]) / 2, (part.bounds[0][1] + part.bounds[1][1]) / 2]
        name = _province_at(choice, middle) if len(parts) > 1 else ""
        told.append(
            choice.said(
                "projection",
                name=choice.said("of", name=name) if name else "",
                lat_1=f"{part.projection.lat_1:g}",
                lat_2=f"{part.projection.lat_2:g}",
                lon_0=f"{part.projection.lon_0:g}",
            )
        )
    kept = [line for line in choice.about if line not in of_the_screen]
    # What moves under the hand is on the page only; if it is on there, that is said.
    left_out = [choice.said("no_live")] if choice.leaves_out_live else []
    return [*told, choice.said("scale"), *kept, *left_out, choice.said("made")]


def _province_at(choice: Choice, middle: Sequence[float]) -> str:
    for place in choice.atlas["places"]:
        (south, west), (north, east) = place["bounds"]
        if place["level"] == "province" and south <= middle[0] <= north and west <= middle[1] <= east:
            return str(place["text"])
    return ""


def text_pages(
    choice: Choice, width: float, height: float, typeface: Typeface, *, keys: Sequence[str], first_number: int
) -> list[Sheet]:
    """Draw the pages after the map: totals, coordinates, notes and sources in columns.

    Parameters
    ----------
    choice : Choice
        What is told.
    width, height : float
        Points.
    typeface : Typeface
        The letters.
    keys : sequence of str
        Which sections.
    first_number : int
        Number of the first of these pages.

    Returns
    -------
    list of Sheet
        As many pages as it takes; none if there is nothing to tell.
    """
    unit = unit_of(width, height)
    sheets: list[Sheet] = []
    sheet = new_sheet(width, height, typeface, unit)
    room = sheet.page.shrunk(_MARGIN * unit)
    gap = 2.4 * _GAP * unit
    columns = max(1, int((room.width + gap) // (_REPORT_COLUMN * unit + gap)))
    wide = (room.width - (columns - 1) * gap) / columns
    setter = Setter(sheet, wide, _TEXT * unit)
    sections = [totals_section(setter, choice, list(choice.atlas["totals"]))]
    sections += text_sections(setter, choice, _about(choice, parts_of(choice)))
    pieces = [piece for section in sections if section.key in keys for piece in (*section.pieces, setter.gap(1.2))]
    head_size, foot_size = 13.0 * unit, 8.5 * unit
    while pieces:
        top = room.top - 1.9 * head_size
        boxes = [
            Box(
                room.left + number * (wide + gap),
                room.bottom + 2 * foot_size,
                room.left + number * (wide + gap) + wide,
                top,
            )
            for number in range(columns)
        ]
        placed, rest = split(pieces, [box.height for box in boxes])
        if len(rest) == len(pieces):
            break
        y = room.top - ASCENT * head_size
        sheet.write(str(choice.atlas["title"]), room.left, y, head_size, part="head", bold=True, colour=BRAND)
        y = room.top - 1.45 * head_size
        sheet.line([(room.left, y), (room.right, y)], colour=BRAND, thick=1.2 * unit)
        number = first_number + len(sheets)
        sheet.write(str(number), room.right, room.bottom, foot_size, part="foot", colour=SOFT, align="right")
        for column, box in zip(placed, boxes, strict=True):
            draw_column(sheet, column, box)
        sheets.append(sheet)
        pieces = rest
        sheet = new_sheet(width, height, typeface, unit)
    return sheets
