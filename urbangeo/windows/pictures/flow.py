"""Text in columns: pieces that are not cut, put one below the other until a column is full."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from urbangeo.windows.pictures.sheet import Box, Sheet

    Draw = Callable[[Sheet, float, float], None]


@dataclass(frozen=True)
class Piece:
    """Something of a given height that stands on one column.

    Attributes
    ----------
    height : float
        Points.
    draw : callable
        Told the page, the left edge and the upper edge.
    with_next : bool
        Not to be the last in a column, as headings are.
    new_column : bool
        To be the first in a column.
    """

    height: float
    draw: Draw
    with_next: bool = False
    new_column: bool = False


@dataclass
class Section:
    """Pieces that belong together.

    Attributes
    ----------
    key : str
        What it is: "legend", "totals", "about", "notes" or "sources".
    title : str
        Its heading, for where it is said to be missing.
    pieces : list of Piece
        What it is made of, made for columns of one width.
    """

    key: str
    title: str
    pieces: list[Piece] = field(default_factory=list)

    @property
    def height(self) -> float:
        """All pieces one below the other, in points."""
        return sum(piece.height for piece in self.pieces)


def split(pieces: Sequence[Piece], heights: Sequence[float]) -> tuple[list[list[Piece]], list[Piece]]:
    """Fill columns one after the other.

    Parameters
    ----------
    pieces : sequence of Piece
        What is to be placed, in order.
    heights : sequence of float
        Height of each column.

    Returns
    -------
    columns : list of list of Piece
        What stands in each column.
    rest : list of Piece
        What found no room.
    """
    columns: list[list[Piece]] = [[] for _ in heights]
    at, used, position = 0, 0.0, 0
    while position < len(pieces) and at < len(heights):
        group = [pieces[position]]
        while group[-1].with_next and position + len(group) < len(pieces):
            group.append(pieces[position + len(group)])
        need = sum(piece.height for piece in group)
        begins = group[0].new_column and used > 0
        if not begins and used + need <= heights[at] + 1e-6:
            columns[at] += group
            used += need
            position += len(group)
        else:
            at, used = at + 1, 0.0
    return columns, list(pieces[position:])


def draw_column(sheet: Sheet, pieces: Sequence[Piece], box: Box) -> float:
    """Draw pieces one below the other.

    Parameters
    ----------
    sheet : Sheet
        The page.
    pieces : sequence of Piece
        What stands there.
    box : Box
        The column.

    Returns
    -------
    float
        Where the last one ends.
    """
    top = box.top
    for piece in pieces:
        piece.draw(sheet, box.left, top)
        top -= piece.height
    return top


def begun_afresh(pieces: Sequence[Piece], more: Sequence[Piece], heights: Sequence[float]) -> list[Piece]:
    """Begin in a new column what would otherwise be torn apart although a column holds it whole.

    Parameters
    ----------
    pieces : sequence of Piece
        What stands already.
    more : sequence of Piece
        What comes behind it.
    heights : sequence of float
        Height of each column.

    Returns
    -------
    list of Piece
        ``more``, perhaps with the order to begin a new column.
    """
    if not more:
        return []
    columns, rest = split([*pieces, *more], heights)
    homes = {place for place, column in enumerate(columns) for piece in column if any(piece is one for one in more)}
    fresh = [replace(more[0], new_column=True), *more[1:]]
    if (len(homes) > 1 or rest) and not split([*pieces, *fresh], heights)[1]:
        return fresh
    return list(more)
