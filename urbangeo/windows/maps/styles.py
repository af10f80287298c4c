"""How things look: the style tables read once and given out as plain mappings."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from urbangeo.archive.catalog import read_table
from urbangeo.language.scalars import plain

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class StyleTables:
    """The tables of ``data/style`` as mappings and tuples of rows.

    Attributes
    ----------
    layers : tuple of mapping
        Rows of ``style/layers`` in panel order.
    programmes : mapping of str to tuple of mapping
        Rows of ``style/layer_programmes`` by layer.
    areas : mapping of str to mapping
        Rows of ``style/styles`` by style.
    bands : tuple of mapping
        Rows of ``style/bands``, nearest first.
    classes : tuple of mapping
        Rows of ``style/choropleth`` in order.
    roads : mapping of str to mapping
        Rows of ``style/roads`` by class.
    problems : mapping of str to mapping
        Rows of ``style/problems`` by kind, in legend order.
    """

    layers: tuple[Mapping[str, Any], ...]
    programmes: Mapping[str, tuple[Mapping[str, Any], ...]]
    areas: Mapping[str, Mapping[str, Any]]
    bands: tuple[Mapping[str, Any], ...]
    classes: tuple[Mapping[str, Any], ...]
    roads: Mapping[str, Mapping[str, Any]]
    problems: Mapping[str, Mapping[str, Any]]


def _rows(table: str, order: str) -> tuple[Mapping[str, Any], ...]:
    frame = read_table(table).sort_values(order, kind="stable")
    return tuple(
        MappingProxyType({str(name): plain(value) for name, value in row.items()}) for row in frame.to_dict("records")
    )


@functools.cache
def style_tables() -> StyleTables:
    """Read the style tables, once a process.

    Returns
    -------
    StyleTables
        All of them, not to be changed.
    """
    programmes: dict[str, list[Mapping[str, Any]]] = {}
    for row in read_table("style/layer_programmes").to_dict("records"):
        programmes.setdefault(str(row["layer"]), []).append({str(name): plain(value) for name, value in row.items()})
    return StyleTables(
        layers=_rows("style/layers", "panel_order"),
        programmes={layer: tuple(rows) for layer, rows in programmes.items()},
        areas={str(row["style"]): row for row in _rows("style/styles", "style")},
        bands=_rows("style/bands", "band"),
        classes=_rows("style/choropleth", "class"),
        roads={str(row["road_class"]): row for row in _rows("style/roads", "draw_order")},
        problems={str(row["kind"]): row for row in _rows("style/problems", "order")},
    )
