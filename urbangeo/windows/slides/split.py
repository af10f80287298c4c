"""How a table is laid out: size of type, width of columns, height of rows, and where it is cut into slides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from urbangeo.errors import InputError
from urbangeo.windows.slides.measure import LINE_HEIGHT, POINTS_PER_INCH, cut_to, lines_high, rows_in, text_width

if TYPE_CHECKING:
    from urbangeo.windows.slides.grid import Grid

PAD_X, PAD_Y = 6.0, 2.6
"""Margins of a cell, points."""

_SIZES = (14.0, 13.0, 12.0, 11.0, 10.0)
"""Sizes of type in points at which a table may stand on one slide; below the last nobody in the room can read it."""
_SPLIT_SIZES = (11.0, 10.0, 9.0)
"""Sizes of a table that takes several slides."""
_MOST_SLIDES = 60
_BOLD = 1.06
_SHORT = 12.0
"""Texts up to this width in em are not broken."""
_LEAST = 10.0
_HEADING_LEAST = 4.2
_STRETCH = 1.6
"""A narrow table is stretched by no more than this to the width of the slide."""


@dataclass(frozen=True)
class Layout:
    """A table with its measures.

    Attributes
    ----------
    size : float
        Size of the type, points.
    widths : list of float
        Width of each column, points.
    heading_height : float
        Points.
    heights : list of float
        Height of each row, points.
    rows : list of list of list of str
        Lines of each cell, cut where a slide could not hold them.
    cut : list of tuple of (int, int)
        Row and column of cells that were cut.
    pages : list of range
        Rows of each slide.
    """

    size: float
    widths: list[float]
    heading_height: float
    heights: list[float]
    rows: list[list[list[str]]]
    cut: list[tuple[int, int]]
    pages: list[range]


def laid_out(grid: Grid, width_in: float, height_in: float, *, place: int = 1) -> Layout:
    """Lay a table out: the largest type at which it stands on one slide, or else several slides of equal length.

    Parameters
    ----------
    grid : Grid
        The table.
    width_in, height_in : float
        Room on a slide, inches.
    place : int, default 1
        Which slide it is, for messages.

    Returns
    -------
    Layout
        Its measures.

    Raises
    ------
    InputError
        If the columns do not fit side by side, or the table takes more slides than anybody looks at.
    """
    for size in _SIZES:
        found = _at(grid, size, width_in, height_in)
        if found is not None and len(found.pages) == 1:
            return found
    for size in _SPLIT_SIZES:
        found = _at(grid, size, width_in, height_in)
        if found is None:
            continue
        if len(found.pages) > _MOST_SLIDES:
            msg = (
                f"slide {place}: the table of {len(grid.rows):,} rows takes {len(found.pages)} slides; at most "
                f"{_MOST_SLIDES} are made of one table. Choose rows and columns, or write it as a workbook."
            )
            raise InputError(msg)
        return found
    msg = (
        f"slide {place}: the {len(grid.headings)} columns of the table do not fit side by side on a slide; choose "
        "fewer with columns=, or make two slides."
    )
    raise InputError(msg)


def _at(grid: Grid, size: float, width_in: float, height_in: float) -> Layout | None:
    widths = _widths(grid, size, width_in * POINTS_PER_INCH)
    if widths is None:
        return None
    room = [(width - 2 * PAD_X) / size for width in widths]
    line, height = size * LINE_HEIGHT, height_in * POINTS_PER_INCH
    lines = max(lines_high(lines, ems / _BOLD) for lines, ems in zip(grid.headings, room, strict=True))
    heading = lines * line + 2 * PAD_Y
    most = rows_in((height - heading - 2 * PAD_Y) / POINTS_PER_INCH, size)
    if most < 1:
        return None
    rows, heights, cut = [], [], []
    for number, row in enumerate(grid.rows):
        cells = [cut_to(cell, ems, most) for cell, ems in zip(row, room, strict=True)]
        cut += [(number, column) for column, (_, is_cut) in enumerate(cells) if is_cut]
        rows.append([cell for cell, _ in cells])
        tallest = max((lines_high(cell, ems) for (cell, _), ems in zip(cells, room, strict=True)), default=1)
        heights.append(max(tallest, 1) * line + 2 * PAD_Y)
    return Layout(size, widths, heading, heights, rows, cut, _pages(heights, height - heading))


def _widths(grid: Grid, size: float, width: float) -> list[float] | None:
    """Give each column what it needs, long texts at least a readable width, and share out what is left."""
    least, wanted, is_wide = [], [], []
    for column, heading in enumerate(grid.headings):
        longest = max((text_width(line) for row in grid.rows for line in row[column]), default=0.0)
        title = max(text_width(line) for line in heading) * _BOLD
        bound = max(min(title, _HEADING_LEAST * _BOLD), _longest_word(heading) * _BOLD)
        is_long = longest > _SHORT and not grid.is_number[column]
        # A hair of room, so that what was measured to fit is not broken after all.
        least.append(max(_LEAST if is_long else longest * 1.04 + 0.2, bound + 0.2) * size + 2 * PAD_X)
        is_wide.append(is_long)
        wanted.append(max(max(longest, title) * 1.04 * size + 2 * PAD_X, least[-1]))
    spare = width - sum(least)
    if spare < 0:
        return None
    if sum(wanted) > width:
        # Figures and short words first: one long remark must not break all headings.
        for kind in (False, True):
            asked = sum(high - low for low, high, wide in zip(least, wanted, is_wide, strict=True) if wide is kind)
            share = min(1.0, spare / asked) if asked > 0 else 0.0
            spare -= asked * share
            least = [
                low + (high - low) * share if wide is kind else low
                for low, high, wide in zip(least, wanted, is_wide, strict=True)
            ]
        return least
    stretch = min(width / sum(wanted), _STRETCH)
    return [high * stretch for high in wanted]


def _longest_word(heading: list[str]) -> float:
    return max((text_width(word) for line in heading for word in line.split() if word.isascii()), default=0.0)


def _pages(heights: list[float], room: float) -> list[range]:
    """Cut rows into slides: as few as are needed, and those of equal length where they fit."""
    starts, used = [0], 0.0
    for number, height in enumerate(heights):
        if number > starts[-1] and used + height > room:
            starts.append(number)
            used = 0.0
        used += height
    greedy = [range(first, last) for first, last in zip(starts, [*starts[1:], len(heights)], strict=True)]
    count, total = len(greedy), len(heights)
    even = [range(total * page // count, total * (page + 1) // count) for page in range(count)]
    return even if all(sum(heights[page.start : page.stop]) <= room for page in even) else greedy
