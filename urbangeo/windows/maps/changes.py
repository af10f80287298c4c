"""What is drawn from two scenarios: the ground a circle gains and loses, with its square kilometres and its people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from urbangeo.answers.scenarios import KIND_ZH
from urbangeo.language.scalars import is_missing
from urbangeo.windows.maps.circles import bounds_of, is_skeleton, origin_name
from urbangeo.windows.maps.encode import CIRCLE_SCALE, encode_rings
from urbangeo.windows.maps.layers import base
from urbangeo.windows.maps.words import CHINESE, Words, minutes

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from urbangeo.windows.maps.styles import StyleTables

_OVERLAP = 0.25
"""Changes that lie over a quarter of others already shown start switched off: two fills cannot be told apart there."""


def change_layers(
    changes: gpd.GeoDataFrame, styles: StyleTables, *, words: Words = CHINESE
) -> tuple[list[dict[str, Any]], list[str]]:
    """Turn what two scenarios change into one layer a circle and cutoff, one legend line for gained and one for lost.

    Parameters
    ----------
    changes : geopandas.GeoDataFrame
        Index (origin_id, cutoff_min, kind), as the ``changes`` of :func:`urbangeo.compare_circles`.
    styles : StyleTables
        The style tables.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of dict
        Layers by origin, the longest cutoff first. Of each origin only that one is on when the map opens, since a
        longer circle holds the shorter ones.
    list of str
        A note where nothing changes at all: an empty map must not pass for a forgotten one.
    """
    row = next((row for row in styles.layers if row["kind"] == "changes"), None)
    if row is None or changes.empty:
        return [], [words.said("made.changes_none")] if changes.empty else []
    layers: list[dict[str, Any]] = []
    shown: list[Any] = []
    for origin_id, here in changes.groupby(level="origin_id", sort=False):
        for number, (cutoff, rows) in enumerate(sorted(here.groupby(level="cutoff_min"), reverse=True)):
            ground = shapely.union_all(rows.geometry.to_numpy())
            covered = any(
                shapely.area(shapely.intersection(ground, other)) > _OVERLAP * min(ground.area, other.area)
                for other in shown
            )
            is_on = bool(row["default_on"]) and number == 0 and not covered
            if is_on:
                shown.append(ground)
            name = words.said("made.timed_circle", timed=words.timed(origin_name(rows, origin_id), cutoff))
            note = words.cell(row, "note")
            layers.append(
                base(row, words)
                | {
                    "id": f"{row['layer']}:{origin_id}:{minutes(cutoff)}",
                    "kind": "changes",
                    "name": words.said("made.layer_of", name=name, layer=words.cell(row, "name")),
                    "on": is_on,
                    "lines": _lines(rows, name, words),
                    "scale": CIRCLE_SCALE,
                    "notes": [note] if note and _is_counted(rows) else [],
                    "skeleton": is_skeleton(rows),
                    "bounds": bounds_of(rows.total_bounds),
                }
            )
    return layers, []


def _is_counted(rows: pd.DataFrame) -> bool:
    return bool(rows["population"].notna().any())


def _lines(rows: pd.DataFrame, name: str, words: Words) -> list[dict[str, Any]]:
    """Make a legend line of each kind; one that does not occur is told as nothing, not left out."""
    found = {str(row["kind"]): row for row in rows.reset_index().to_dict("records")}
    lines: list[dict[str, Any]] = []
    for kind in KIND_ZH:
        row = found.get(kind)
        figures = words.said("made.none") if row is None else _figures(row, words)
        line = words.said("made.change_line", kind=words.said(f"made.{kind}"), figures=figures)
        lines.append(
            {
                "text": line,
                "style": kind,
                "rings": [] if row is None else encode_rings(row["geometry"]),
                "note": words.said("made.change_note", name=name, words=line),
            }
        )
    return lines


def _figures(row: Mapping[Any, Any], words: Words) -> str:
    area = words.said("made.area", area=f"{float(row['area_km2']):,.1f}")
    if is_missing(row["population"]):
        return area
    people = words.said("made.about_people", people=words.some_people(row["population"]))
    return words.said("made.area_people", area=area, people=people)
