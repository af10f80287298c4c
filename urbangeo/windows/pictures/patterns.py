"""Patterns in areas: hatches of the same spacing on every page and in every format, drawn as lines and cut to shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.windows.pictures.sheet import Box

if TYPE_CHECKING:
    from urbangeo.windows.pictures.sheet import Sheet

_HATCHES: dict[str, tuple[float, float, tuple[str, ...]]] = {
    "diagonal": (8, 1.5, ("up",)),
    "diagonal_wide": (12, 1.5, ("up",)),
    "diagonal_back": (8, 1.5, ("down",)),
    "vertical": (8, 1.4, ("vertical",)),
    "horizontal": (8, 1.6, ("horizontal",)),
    "grid": (8, 1.0, ("vertical", "horizontal")),
}
"""Spacing and width in pixels of the page, and the directions, of the patterns of ``style/styles``."""
_DOT_SPACING, _DOT_RADIUS = 8.0, 1.25
PIXEL = 0.75
"""Points of a pixel of the page, on A3."""


def fill_with(
    sheet: Sheet, path: Any, style: dict[str, Any], *, inside: Box, order: float, pixel: float | None = None
) -> None:
    """Fill a shape as a style says: with a colour, or with a pattern.

    Parameters
    ----------
    sheet : Sheet
        The page.
    path : matplotlib.path.Path
        The shape.
    style : dict
        ``fill``, ``fill_opacity``, ``pattern``.
    inside : Box
        What it may not reach out of.
    order : float
        What is drawn later lies above.
    pixel : float, optional
        Points of a pixel; by the size of the page by default.
    """
    if not style.get("fill") or len(path.vertices) < 3:
        return
    opacity = float(style.get("fill_opacity") or 0.0)
    pattern = style.get("pattern")
    if not pattern:
        sheet.shape(path, fill=style["fill"], opacity=opacity, order=order, inside=inside)
        return
    unit = PIXEL * sheet.unit if pixel is None else pixel
    low, high = path.vertices.min(axis=0), path.vertices.max(axis=0)
    area = Box(
        max(float(low[0]), inside.left),
        max(float(low[1]), inside.bottom),
        min(float(high[0]), inside.right),
        min(float(high[1]), inside.top),
    )
    if area.width <= 0 or area.height <= 0:
        return
    if pattern == "dots":
        _dots(sheet, area, path, colour=style["fill"], opacity=opacity, unit=unit, order=order, inside=inside)
        return
    spacing, thick, directions = _HATCHES[pattern]
    lines = [line for direction in directions for line in _ruled(area, direction, spacing * unit)]
    sheet.strokes(
        lines, colour=style["fill"], thick=thick * unit, opacity=opacity, order=order, inside=inside, within=path
    )


def _ruled(area: Box, direction: str, spacing: float) -> list[Any]:
    """Rule lines at whole multiples of the spacing from the corner of the page, so that neighbours run through."""
    if direction == "vertical":
        first = np.ceil(area.left / spacing) * spacing
        return [[(x, area.bottom), (x, area.top)] for x in np.arange(first, area.right, spacing)]
    if direction == "horizontal":
        first = np.ceil(area.bottom / spacing) * spacing
        return [[(area.left, y), (area.right, y)] for y in np.arange(first, area.top, spacing)]
    low, high = area.bottom, area.top
    if direction == "up":
        # Each line is told by how far above the diagonal through the corner of the page it runs.
        first = np.ceil((low - area.right) / spacing) * spacing
        return [[(low - c, low), (high - c, high)] for c in np.arange(first, high - area.left, spacing)]
    first = np.ceil((low + area.left) / spacing) * spacing
    return [[(c - low, low), (c - high, high)] for c in np.arange(first, high + area.right, spacing)]


def _dots(
    sheet: Sheet, area: Box, path: Any, *, colour: str, opacity: float, unit: float, order: float, inside: Box
) -> None:
    from matplotlib.collections import EllipseCollection

    spacing, radius = _DOT_SPACING * unit, _DOT_RADIUS * unit
    columns = np.arange(np.floor(area.left / spacing), np.ceil(area.right / spacing) + 1)
    rows = np.arange(np.floor(area.bottom / spacing), np.ceil(area.top / spacing) + 1)
    x, y = (grid.ravel() * spacing for grid in np.meshgrid(columns, rows))
    middles = np.concatenate([np.column_stack([x, y]), np.column_stack([x, y]) + spacing / 2])
    wide = np.full(len(middles), 2 * radius)
    dots = EllipseCollection(
        wide,
        wide,
        np.zeros(len(middles)),
        units="xy",
        offsets=middles,
        offset_transform=sheet.axes.transData,
        facecolors=colour,
        edgecolors="none",
        alpha=opacity,
        zorder=order,
    )
    sheet.put(dots)
    sheet.clip(dots, inside, path)


def star(x: float, y: float, radius: float) -> Any:
    """Return the ten corners of a star that stands on two feet.

    Parameters
    ----------
    x, y : float
        Its middle.
    radius : float
        From the middle to a point.

    Returns
    -------
    numpy.ndarray of shape (10, 2)
        Corners.
    """
    turns = np.pi * np.arange(10) / 5 + np.pi / 2
    reach = np.where(np.arange(10) % 2, 0.42 * radius, radius)
    return np.column_stack([x + reach * np.cos(turns), y + reach * np.sin(turns)])
