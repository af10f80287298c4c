"""What makes a map a map: title, statement, neat line, scale bar, north arrow and stamps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from urbangeo.language.crs import ellipsoid
from urbangeo.windows.pictures.lines import wrapped
from urbangeo.windows.pictures.sheet import ASCENT, BRAND, INK, LEADING, SOFT, WARN, WARN_PAPER, Box

if TYPE_CHECKING:
    from urbangeo.windows.pictures.choice import Choice
    from urbangeo.windows.pictures.frames import Frame
    from urbangeo.windows.pictures.sheet import Sheet

TITLE, SUBTITLE, STATEMENT, BAR, STAMP = 24.0, 12.0, 9.0, 8.5, 9.5
"""Sizes in points on A3."""


def draw_head(sheet: Sheet, choice: Choice, room: Box) -> float:
    """Write title and subtitle in the middle of the upper edge.

    Parameters
    ----------
    sheet : Sheet
        The page.
    choice : Choice
        With title and subtitle.
    room : Box
        What is free.

    Returns
    -------
    float
        Where the head ends.
    """
    top = room.top
    parts = [(str(choice.atlas["title"]), TITLE, True, BRAND), (str(choice.atlas["subtitle"]), SUBTITLE, False, SOFT)]
    if choice.view["id"] != choice.atlas["views"][0]["id"]:
        name = str(choice.view["name"])
        parts[1] = (f"{name}  ·  {parts[1][0]}" if parts[1][0] else name, SUBTITLE, False, SOFT)
    for words, points, bold, colour in parts:
        if not words.strip():
            continue
        size = points * sheet.unit
        # A long title is set smaller before it is set in two lines.
        while size > 0.62 * points * sheet.unit and sheet.width(words, size, bold=bold) > room.width:
            size *= 0.96
        for line in wrapped(words, sheet.face(bold=bold), size, room.width):
            sheet.write(
                line,
                (room.left + room.right) / 2,
                top - ASCENT * size,
                size,
                part="head",
                bold=bold,
                colour=colour,
                align="center",
            )
            top -= 1.3 * size
    return top - 3 * sheet.unit


def statement_lines(sheet: Sheet, choice: Choice, width: float) -> list[str]:
    """Break the statement into lines.

    Parameters
    ----------
    sheet : Sheet
        The page.
    choice : Choice
        With the statement.
    width : float
        Points of a line.

    Returns
    -------
    list of str
        All of it.
    """
    size = STATEMENT * sheet.unit
    return [line for words in choice.statement for line in wrapped(words, sheet.face(), size, width)]


def draw_statement(sheet: Sheet, lines: list[str], room: Box) -> float:
    """Write the statement at the lower left.

    Parameters
    ----------
    sheet : Sheet
        The page.
    lines : list of str
        From :func:`statement_lines`.
    room : Box
        What is free.

    Returns
    -------
    float
        Where the statement begins.
    """
    size = STATEMENT * sheet.unit
    top = room.bottom + len(lines) * LEADING * size
    for number, line in enumerate(lines):
        y = top - (ASCENT + 0.2 + number * LEADING) * size
        sheet.write(line, room.left, y, size, part="statement", colour="#39434e")
    return top


def draw_neatline(sheet: Sheet, box: Box) -> None:
    """Draw the double line round the map.

    Parameters
    ----------
    sheet : Sheet
        The page.
    box : Box
        The inner line.
    """
    gap = neatline_width(sheet)
    sheet.rectangle(box, stroke=BRAND, thick=0.5 * sheet.unit, order=30.0)
    sheet.rectangle(box.shrunk(-gap), stroke=BRAND, thick=1.5 * sheet.unit, order=30.0)


def neatline_width(sheet: Sheet) -> float:
    """Return how far apart the two lines round the map are.

    Parameters
    ----------
    sheet : Sheet
        The page.

    Returns
    -------
    float
        Points.
    """
    return 3.2 * sheet.unit


def scale_of(frame: Frame) -> float:
    """Measure the scale in the middle of a frame, along its parallel.

    Parameters
    ----------
    frame : Frame
        The frame.

    Returns
    -------
    float
        Metres on the ground a point on the paper, by the geodesic between two points on the paper.
    """
    (south, west), (north, east) = frame.part.bounds
    latitude, longitude = (south + north) / 2, (west + east) / 2
    half = max(0.02, (east - west) / 8)
    ends = [(longitude - half, latitude), (longitude + half, latitude)]
    (x0, y0), (x1, y1) = frame.at(ends)
    ground = float(ellipsoid().inv(*ends[0], *ends[1])[2])
    return ground / math.hypot(float(x1 - x0), float(y1 - y0))


def bar_length(metres_per_point: float, most: float) -> float:
    """Choose a round length for a scale bar.

    Parameters
    ----------
    metres_per_point : float
        The scale.
    most : float
        Points the bar may have.

    Returns
    -------
    float
        Metres: one, two or five and zeros.

    Examples
    --------
    >>> bar_length(1000, 130)
    100000.0
    """
    limit = metres_per_point * most
    power = 10.0 ** math.floor(math.log10(limit))
    return float(next(step * power for step in (5, 2, 1) if step * power <= limit * (1 + 1e-9)))


def draw_scale(sheet: Sheet, frame: Frame, choice: Choice) -> Box:
    """Draw the scale bar at the lower left of a frame.

    Parameters
    ----------
    sheet : Sheet
        The page.
    frame : Frame
        The frame.
    choice : Choice
        For the words.

    Returns
    -------
    Box
        What it covers.
    """
    unit, size, scale = sheet.unit, BAR * sheet.unit, scale_of(frame)
    metres = bar_length(scale, min(0.3 * frame.box.width, 150 * unit))
    long = metres / scale
    kilo = metres >= 2000
    last = f"{metres / 1000:g}{choice.words['kilometre']}" if kilo else f"{metres:g}{choice.words['metre']}"
    middle = f"{metres / 2000:g}" if kilo else f"{metres / 2:g}"
    left, bottom, high = frame.box.left + 14 * unit, frame.box.bottom + 10 * unit, 4.2 * unit
    tail = sheet.width(last, size)
    half_last = sheet.width(last.split(maxsplit=1)[0] if " " in last else last, size) / 2
    box = Box(left - 7 * unit, bottom - 5 * unit, left + long + tail - half_last + 7 * unit, bottom + high + 1.7 * size)
    sheet.rectangle(box, fill="white", opacity=0.82, order=21.0)
    for number in range(4):
        part = Box(left + number * long / 4, bottom, left + (number + 1) * long / 4, bottom + high)
        fill = INK if number % 2 == 0 else "white"
        sheet.rectangle(part, fill=fill, stroke=INK, thick=0.6 * unit, order=22.0)
    y = bottom + high + 0.4 * size
    sheet.write("0", left, y, size, part="scale", align="center", order=23.0)
    sheet.write(middle, left + long / 2, y, size, part="scale", align="center", order=23.0)
    sheet.write(last, left + long - half_last, y, size, part="scale", order=23.0)
    return box


def draw_north(sheet: Sheet, frame: Frame, choice: Choice) -> Box:
    """Draw the north arrow at the upper left of a frame.

    Parameters
    ----------
    sheet : Sheet
        The page.
    frame : Frame
        The frame.
    choice : Choice
        For the word.

    Returns
    -------
    Box
        What it covers.
    """
    unit, size = sheet.unit, 11.0 * sheet.unit
    words = str(choice.words["north_short"])
    x, top = frame.box.left + 21 * unit, frame.box.top - 12 * unit
    foot = top - 30 * unit
    wide = 8 * unit
    sheet.polygon(
        [(x, top), (x + wide, foot), (x, foot + 6 * unit), (x - wide, foot)],
        fill="white",
        stroke=BRAND,
        thick=1.0 * unit,
        order=22.0,
    )
    sheet.polygon([(x, top), (x + wide, foot), (x, foot + 6 * unit)], fill=BRAND, order=22.1)
    y = foot - 1.15 * size
    sheet.write(words, x, y, size, part="north", bold=True, colour=BRAND, align="center", halo=1.2 * unit, order=22.0)
    return Box(x - 14 * unit, y - 0.3 * size, x + 14 * unit, top + 3 * unit)


def stamps_of(choice: Choice) -> list[str]:
    """List the marks a picture must carry.

    Parameters
    ----------
    choice : Choice
        What is shown.

    Returns
    -------
    list of str
        In the language of the map.
    """
    return [
        str(choice.words[f"{mark}_mark"])
        for mark in ("skeleton", "unconfirmed")
        if any(layer[mark] for layer in choice.layers)
    ]


def draw_stamps(sheet: Sheet, frame: Frame, choice: Choice, bar: Box) -> list[Box]:
    """Put the marks at the lower right of a frame, above the scale bar where the frame is too narrow for both.

    Parameters
    ----------
    sheet : Sheet
        The page.
    frame : Frame
        The frame.
    choice : Choice
        What is shown.
    bar : Box
        What the scale bar covers.

    Returns
    -------
    list of Box
        What they cover.
    """
    unit, size = sheet.unit, STAMP * sheet.unit
    covered = []
    right, bottom = frame.box.right - 9 * unit, frame.box.bottom + 8 * unit
    for words in reversed(stamps_of(choice)):
        left = right - (sheet.width(words, size, bold=True) + 1.5 * size)
        if left < bar.right + 3 * unit:
            bottom = max(bottom, bar.top + 3 * unit)
        box = Box(left, bottom, right, bottom + 1.75 * size)
        sheet.rectangle(box, fill=WARN_PAPER, stroke=WARN, thick=1.1 * unit, order=21.0)
        y = box.bottom + 0.52 * size
        x = (box.left + box.right) / 2
        sheet.write(words, x, y, size, part="stamp", bold=True, colour=WARN, align="center", order=23.0)
        covered.append(box)
        bottom = box.top + 4 * unit
    return covered
