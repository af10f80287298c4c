"""SVG or canvas: what a page is drawn with follows from how much there is to draw.

SVG makes an element of every county: it prints sharp, style sheets reach it, and a browser copes with some thousands
of elements and a hundred thousand vertices. Beyond that each shift of the map takes seconds. On canvas a page draws
what is in sight, thinned to what the zoom can show. Nobody has to choose; the payload says which was taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable

Drawing = Literal["svg", "canvas"]

COUNTIES_IN_SVG = 1_000
"""Most counties that are drawn as SVG; the two provinces have 181, China 2,891."""
COUNTY_VERTICES_IN_SVG = 200_000
"""Most vertices of them, a shared border counted on both sides; the two provinces have 27,794 by the default source
and 158,212 by the finest."""
CIRCLE_VERTICES_IN_SVG = 40_000
"""Most vertices of all discs round one centre. They are drawn as bands and as contours, so three times."""


def county_drawing(geometries: Iterable[Any]) -> Drawing:
    """Tell what counties are drawn with.

    Parameters
    ----------
    geometries : iterable of shapely.Polygon or shapely.MultiPolygon
        The counties.

    Returns
    -------
    str
        ``"svg"`` or ``"canvas"``.

    Examples
    --------
    >>> import shapely
    >>> county_drawing([shapely.box(0, 0, 1, 1)])
    'svg'
    """
    counties = list(geometries)
    many = len(counties) > COUNTIES_IN_SVG or _vertices(counties) > COUNTY_VERTICES_IN_SVG
    return "canvas" if many else "svg"


def circle_drawing(discs: Iterable[Any]) -> Drawing:
    """Tell what the discs round one centre are drawn with.

    Parameters
    ----------
    discs : iterable of shapely.Polygon or shapely.MultiPolygon
        The discs as they will be drawn.

    Returns
    -------
    str
        ``"svg"`` or ``"canvas"``.

    Examples
    --------
    >>> import shapely
    >>> circle_drawing([shapely.Point(117, 36).buffer(1, quad_segs=20_000)])
    'canvas'
    """
    return "canvas" if _vertices(discs) > CIRCLE_VERTICES_IN_SVG else "svg"


def _vertices(geometries: Iterable[Any]) -> int:
    return sum(int(shapely.get_num_coordinates(geometry)) for geometry in geometries)
