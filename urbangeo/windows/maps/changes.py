"""What is drawn from two scenarios: the ground a circle gains and loses, with its square kilometres and its people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from urbangeo.answers.scenarios import KIND_ZH
from urbangeo.language.scalars import is_missing
from urbangeo.windows.maps.circles import bounds_of, is_skeleton, origin_name
from urbangeo.windows.maps.encode import CIRCLE_SCALE, encode_rings
from urbangeo.windows.maps.layers import base
from urbangeo.windows.maps.words import minutes, ten_thousands, text, timed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from urbangeo.windows.maps.styles import StyleTables

NOTHING_CHANGES = "情景比较：两种情景的交通圈相同，没有新增或减少的范围。"
_OVERLAP = 0.25
"""Changes that lie over a quarter of others already shown start switched off: two fills cannot be told apart there."""
_FEWEST_PEOPLE = 1000
"""Below this people are printed one by one: in units of ten thousand with one decimal they would read 0.0."""


def change_layers(changes: gpd.GeoDataFrame, styles: StyleTables) -> tuple[list[dict[str, Any]], list[str]]:
    """Turn what two scenarios change into one layer a circle and cutoff, one legend line for gained and one for lost.

    Parameters
    ----------
    changes : geopandas.GeoDataFrame
        Index (origin_id, cutoff_min, kind), as the ``changes`` of :func:`urbangeo.compare_circles`.
    styles : StyleTables
        The style tables.

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
        return [], [NOTHING_CHANGES] if changes.empty else []
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
            name = f"{timed(origin_name(rows, origin_id), cutoff)}圈"
            notes = [text(row["note_zh"])] if text(row["note_zh"]) and _is_counted(rows) else []
            layers.append(
                base(row)
                | {
                    "id": f"{row['layer']}:{origin_id}:{minutes(cutoff)}",
                    "kind": "changes",
                    "name": f"{name}{row['name_zh']}",
                    "on": is_on,
                    "lines": _lines(rows, name),
                    "scale": CIRCLE_SCALE,
                    "notes": notes,
                    "skeleton": is_skeleton(rows),
                    "bounds": bounds_of(rows.total_bounds),
                }
            )
    return layers, []


def _is_counted(rows: pd.DataFrame) -> bool:
    return bool(rows["population"].notna().any())


def _lines(rows: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    """Make a legend line of each kind; one that does not occur is told as nothing, not left out."""
    found = {str(row["kind"]): row for row in rows.reset_index().to_dict("records")}
    lines: list[dict[str, Any]] = []
    for kind, kind_zh in KIND_ZH.items():
        row = found.get(kind)
        words = f"{kind_zh}：{_figures(row)}" if row is not None else f"{kind_zh}：无"
        lines.append(
            {
                "text": words,
                "style": kind,
                "rings": [] if row is None else encode_rings(row["geometry"]),
                "note": f"{name}{words}",
            }
        )
    return lines


def _figures(row: Mapping[Any, Any]) -> str:
    area = f"{float(row['area_km2']):,.1f} 平方公里"
    return area if is_missing(row["population"]) else f"{area}，{_people(int(row['population']))}"


def _people(count: int) -> str:
    return f"约 {ten_thousands(count)} 万人" if count >= _FEWEST_PEOPLE else f"约 {count} 人"
