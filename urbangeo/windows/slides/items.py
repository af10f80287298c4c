"""What may become a slide: a map, a table, or either with words of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from urbangeo.errors import InputError
from urbangeo.windows.slides.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

_OF_MAPS = ("view", "layers_on", "fill")
_OF_TABLES = ("columns", "headings", "foot")
_TEXTS = ("title", "subtitle", "view", "fill")
_LISTS = ("layers_on", "columns", "foot", "notes")


@dataclass(frozen=True, kw_only=True, eq=False)
class Slide:
    """One slide: a map or a table, and what is said about it.

    Attributes
    ----------
    map : folium.Map, optional
        From :func:`urbangeo.draw_map`.
    table : pandas.DataFrame, optional
        Rows to print. Named indexes are printed as columns. A long table takes several slides.
    title : str, optional
        In the title of the slide; by default that of the map, with the view, or the number of the table.
    subtitle : str, optional
        Below the title; by default that of the map, or the layers that are on where ``layers_on`` names them.
    view : str, optional
        Which part of the map is shown, by the id or name of one of its views, such as ``"circle:济南"``.
    layers_on : sequence of str, optional
        Keys of the layers that are on; by default as the map opens.
    fill : str, optional
        Key of the fill of the counties, such as ``"rate"``.
    columns : sequence of str, optional
        Columns of the table to print, in this order; all by default.
    headings : mapping of str to str, optional
        Headings of columns that have none of their own, or others than theirs.
    foot : sequence of str
        Lines below the table: how to read it.
    notes : sequence of str
        What the speaker shall know; stands before the sources, parameters and gaps that are noted anyway.

    Examples
    --------
    >>> from urbangeo import Slide, read_targets
    >>> targets = read_targets("青海省", indicator="常住人口城镇化率")
    >>> Slide(table=targets, columns=["year", "source_id"], title="规划目标").title
    '规划目标'
    """

    map: Any = None
    table: pd.DataFrame | None = None
    title: str | None = None
    subtitle: str | None = None
    view: str | None = None
    layers_on: Sequence[str] | None = None
    fill: str | None = None
    columns: Sequence[str] | None = None
    headings: Mapping[str, str] | None = None
    foot: Sequence[str] = ()
    notes: Sequence[str] = ()


def as_slides(slides: Any) -> list[Slide]:
    """Turn what was given into slides, and refuse what cannot be shown.

    Parameters
    ----------
    slides : object
        Maps, frames and :class:`Slide` in any order, or one of them alone.

    Returns
    -------
    list of Slide
        In the order given.

    Raises
    ------
    InputError
        If there is none, or something is neither, both, or described with words of the other kind; all faults are told
        at once.
    """
    given = [slides] if isinstance(slides, Slide) or _is_map(slides) or _is_frame(slides) else _listed(slides)
    if not given:
        msg = "slides is empty; expected at least one map, table or Slide."
        raise InputError(msg)
    found = [_as_slide(item) for item in given]
    faults = [
        f"slide {number}: {fault}"
        for number, slide in enumerate(found, 1)
        for fault in _faults(slide, given[number - 1])
    ]
    if faults:
        msg = "These slides cannot be made: " + "; ".join(faults) + "."
        raise InputError(msg)
    return [slide for slide in found if isinstance(slide, Slide)]


def _listed(slides: Any) -> list[Any]:
    if isinstance(slides, (str, bytes, dict)) or not hasattr(slides, "__iter__"):
        msg = f"slides is a {type(slides).__name__}; expected maps of draw_map, frames or Slide, in a list."
        raise InputError(msg)
    items: Iterable[Any] = slides
    return list(items)


def _is_map(item: Any) -> bool:
    return hasattr(item, "get_root")


def _is_frame(item: Any) -> bool:
    return hasattr(item, "columns") and hasattr(item, "itertuples")


def _as_slide(item: Any) -> Slide | None:
    if isinstance(item, Slide):
        return item
    if _is_map(item):
        return Slide(map=item)
    return Slide(table=item) if _is_frame(item) else None


def _faults(slide: Slide | None, item: Any) -> list[str]:
    if slide is None:
        return [f"it is a {type(item).__name__}, expected a map of draw_map, a frame or a Slide"]
    faults = []
    if (slide.map is None) == (slide.table is None):
        faults.append("it has " + ("neither a map nor a table" if slide.map is None else "a map and a table; make two"))
    if slide.map is not None and not _is_map(slide.map):
        faults.append(f"its map is a {type(slide.map).__name__}, expected the map that draw_map returns")
    if slide.table is not None and not _is_frame(slide.table):
        faults.append(f"its table is a {type(slide.table).__name__}, expected a DataFrame")
    foreign = _OF_TABLES if slide.table is None else _OF_MAPS
    kind = "table" if slide.table is None else "map"
    faults += [f"{name} is for a slide with a {kind}" for name in foreign if getattr(slide, name)]
    for name in _TEXTS:
        value: Any = getattr(slide, name)
        if value is not None and not isinstance(value, str):
            faults.append(f"{name} is a {type(value).__name__}, expected a text")
        elif name == "title" and value is not None and not one_line(value):
            faults.append("title has nothing that can be shown")
    faults += [
        f"{name} is the text {getattr(slide, name)!r}, expected a list of texts"
        for name in _LISTS
        if isinstance(getattr(slide, name), str)
    ]
    return faults
