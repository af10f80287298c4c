"""What is drawn from travel times: circles in bands, their centres, and the table of people in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from urbangeo.archive.catalog import read_table
from urbangeo.archive.wording import word
from urbangeo.language.crs import CGCS2000
from urbangeo.language.scalars import is_missing, plain
from urbangeo.language.schemas import SKELETON
from urbangeo.sources.places import circle_centres
from urbangeo.windows.maps.drawing import circle_drawing
from urbangeo.windows.maps.encode import CIRCLE_SCALE, encode_rings, pack_rings
from urbangeo.windows.maps.layers import UNCONFIRMED, base
from urbangeo.windows.maps.references import quoted_mark
from urbangeo.windows.maps.words import CHINESE, Words, minutes, shown, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from urbangeo.windows.maps.references import References
    from urbangeo.windows.maps.styles import StyleTables

_MARKS = [chr(0x2460 + number) for number in range(20)] + [f"({number})" for number in range(21, 1000)]
"""Footnote marks: circled numbers, then plain ones."""
TARGET_MIN = 60.0
"""The cutoff the plan's population target is set for (1小时交通圈)."""
_KM_PER_DEGREE = 111.2
_DRAWN_CELL_SHARE = 0.2
"""Circles are drawn to a fifth of the cell they were computed on; figures never come from the drawing."""


def circle_layers(isochrones: gpd.GeoDataFrame, styles: StyleTables, *, words: Words = CHINESE) -> list[dict[str, Any]]:
    """Turn isochrones into one layer a centre.

    Each layer carries its discs 0–t once; the page draws the band between two discs by the even-odd rule, so that
    bands do not lie on top of each other. Discs are generalised for drawing by a fifth of their cell.

    Parameters
    ----------
    isochrones : geopandas.GeoDataFrame
        Index (origin_id, cutoff_min).
    styles : StyleTables
        The style tables.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of dict
        Layers in the order of the frame. Those whose outer disc overlaps a layer already on start switched off.
    """
    row = next((row for row in styles.layers if row["kind"] == "circles"), None)
    if row is None:
        return []
    layers: list[dict[str, Any]] = []
    shown: list[Any] = []
    for origin_id, discs in isochrones.groupby(level="origin_id", sort=False):
        ordered = discs.sort_index(level="cutoff_min")
        cutoffs = [float(value) for value in ordered.index.get_level_values("cutoff_min")]
        outer = ordered.geometry.iloc[-1]
        overlaps = any(
            shapely.area(shapely.intersection(outer, other)) > 0.25 * min(outer.area, other.area) for other in shown
        )
        if not overlaps:
            shown.append(outer)
        first = ordered.iloc[0]
        palette = _palette(len(cutoffs), styles)
        drawn = [_generalised(geometry, first) for geometry in ordered.geometry]
        drawing = circle_drawing(drawn)
        edges = [0.0, *cutoffs]
        lines = [
            {
                "text": f"{minutes(edges[rank])}{'—' if words.is_chinese else '–'}{minutes(cutoff)}",
                "minutes": minutes(cutoff),
                "colour": colour,
                "opacity": opacity,
            }
            for rank, (cutoff, (colour, opacity)) in enumerate(zip(cutoffs, palette, strict=True))
        ]
        layers.append(
            base(row, words)
            | {
                "id": f"{row['layer']}:{origin_id}",
                "kind": "circles",
                "name": words.retold(plan_title(ordered, origin_id))
                or words.said(
                    "made.layer_of",
                    name=words.timed(origin_name(ordered, origin_id), cutoffs[-1]),
                    layer=words.cell(row, "name"),
                ),
                "on": bool(row["default_on"]) and not overlaps,
                "lines": lines,
                "drawing": drawing,
                "discs": [(encode_rings if drawing == "svg" else pack_rings)(disc) for disc in drawn],
                "scale": CIRCLE_SCALE,
                "notes": _how(first, words),
                "skeleton": is_skeleton(isochrones),
                "bounds": bounds_of(outer.bounds),
            }
        )
    return layers


def origin_name(rows: pd.DataFrame, origin_id: object) -> str:
    """Return what a circle's centre is called.

    Parameters
    ----------
    rows : pandas.DataFrame
        Its rows, perhaps with a column ``origin_name``.
    origin_id : object
        Its key, used when there is no name.

    Returns
    -------
    str
        The key where it is a place name already, else the name.
    """
    named = text(rows["origin_name"].iloc[0]) if "origin_name" in rows and len(rows) else ""
    key = text(origin_id)
    # The packaged centres have the city as key and the point (泉城广场) as name; a circle is called by its city.
    return named if named and key.isascii() else key


def plan_title(rows: pd.DataFrame, origin_id: object) -> str:
    """Return what the plans call a circle.

    Parameters
    ----------
    rows : pandas.DataFrame
        Its rows, index (origin_id, cutoff_min), with geometry.
    origin_id : object
        Its key.

    Returns
    -------
    str
        Title such as "济南1小时交通圈"; "" for a circle of no plan, one that ends at another time than the plans', and
        one that merely bears the key of a plan's circle: its innermost disc holds none of the plan's centres.
    """
    plans = read_table("plans/circles")
    titles = dict(zip(plans["origin_id"], plans["title_zh"], strict=True))
    key, cutoffs = text(origin_id), rows.index.get_level_values("cutoff_min").to_numpy(dtype=float)
    if key not in titles or cutoffs.max() != TARGET_MIN:
        return ""
    return shown(titles[key]) if _holds_plans_centre(rows, key) else ""


def _holds_plans_centre(rows: pd.DataFrame, key: str) -> bool:
    """Tell whether a circle lies where the plan's of the same key begins: any place may bear that key."""
    centres = circle_centres()
    if key not in centres.index:
        return False
    if "kind" in rows.index.names:
        # What two scenarios change lies anywhere; of such frames nothing but the key is known.
        return True
    discs: Any = rows
    inner = discs.geometry.to_crs(CGCS2000).iloc[int(rows.index.get_level_values("cutoff_min").argmin())]
    return bool(shapely.covers(inner, shapely.get_parts(np.asarray(centres.geometry.loc[[key]]))).any())


def is_skeleton(frame: pd.DataFrame) -> bool:
    """Tell whether travel times rest on the authored skeleton.

    Parameters
    ----------
    frame : pandas.DataFrame
        Isochrones or coverage; without a column ``network_kind`` the answer is yes, to be on the safe side.

    Returns
    -------
    bool
        True if any row is of the skeleton or does not say.
    """
    kinds = [""] if "network_kind" not in frame else [text(kind) for kind in frame["network_kind"]]
    return any(SKELETON in kind or not kind for kind in kinds)


def totals_on_skeleton(totals: pd.DataFrame) -> bool:
    """Tell whether totals rest on the authored skeleton, by what they say themselves.

    Parameters
    ----------
    totals : pandas.DataFrame
        The totals, perhaps with a column ``network_kind`` or ``note``.

    Returns
    -------
    bool
        True if any row says so, or there is neither column.
    """
    if "network_kind" in totals or "note" not in totals:
        return is_skeleton(totals)
    return any(word("network_kind", SKELETON) in text(note) for note in totals["note"])


def bounds_of(box: tuple[float, ...] | Any) -> list[list[float]]:
    """Return west, south, east, north as Leaflet wants it.

    Parameters
    ----------
    box : tuple of float
        West, south, east, north.

    Returns
    -------
    list of list of float
        ``[[south, west], [north, east]]``, four decimals.
    """
    west, south, east, north = (round(float(value), 4) for value in box)
    return [[south, west], [north, east]]


def _palette(count: int, styles: StyleTables) -> list[tuple[str, float]]:
    known = [(str(band["colour"]), float(band["opacity"])) for band in styles.bands]
    if count <= len(known):
        step = (len(known) - 1) / max(count - 1, 1)
        return [known[round(rank * step)] for rank in range(count)]
    return [known[min(rank * len(known) // count, len(known) - 1)] for rank in range(count)]


def _generalised(geometry: Any, row: pd.Series) -> Any:
    cell_m: Any = row.get("cell_m")
    if is_missing(cell_m) or float(cell_m) <= 0:
        return geometry
    return shapely.simplify(
        geometry, float(cell_m) * _DRAWN_CELL_SHARE / (_KM_PER_DEGREE * 1000), preserve_topology=True
    )


def _how(row: pd.Series, words: Words) -> list[str]:
    """Say how a circle was computed, as far as the frame tells."""
    told = [words.term(item, text(row.get(item))) for item in ("mode", "direction", "network_kind")]
    parts = [words.phrased(told)]
    speed: Any = row.get("access_speed_kmh")
    circuity: Any = row.get("access_circuity")
    if not is_missing(speed) and not is_missing(circuity):
        parts.append(words.said("made.access", speed=f"{float(speed):g}", circuity=f"{float(circuity):g}"))
    return [*filter(None, [words.joined(parts)])]


def centre_layer(
    isochrones: gpd.GeoDataFrame, counties: gpd.GeoDataFrame, styles: StyleTables, *, words: Words = CHINESE
) -> list[dict[str, Any]]:
    """Turn the centres of the circles into a layer of points, where the tables know them.

    Parameters
    ----------
    isochrones : geopandas.GeoDataFrame
        Whose centres are wanted.
    counties : geopandas.GeoDataFrame
        The counties on the map: where a centre lies in one, its prefecture names it on maps of a province.
    styles : StyleTables
        The style tables.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of dict
        One layer, or none if no centre is known.
    """
    row = next((row for row in styles.layers if row["kind"] == "centres"), None)
    known = circle_centres()
    circles: Any = isochrones.groupby(level="origin_id", sort=False)
    wanted = [key for key, rows in circles if _holds_plans_centre(rows, text(key))]
    if row is None or not wanted:
        return []
    points = []
    for origin in wanted:
        place = known.loc[origin]
        parts = shapely.get_parts(place.geometry)
        names = text(place["name"]).split("、")
        for number, part in enumerate(parts):
            name = shown(names[number] if len(names) == len(parts) else place["name"])
            circle = _name_in(isochrones, origin) if number == 0 else ""
            county, city = _where(part, counties)
            # A second core that is named by its county only says whose core it is.
            if county and name == county:
                name = city + name
            at = [round(part.y, 5), round(part.x, 5)]
            points.append({"at": at, "text": name, "circle": circle, "city": city, "county": county})
    unconfirmed = bool((known.loc[wanted, "confidence"].map(text) == UNCONFIRMED).any())
    notes = [words.said("made.centre_chosen" if unconfirmed else "made.centre")]
    return [base(row, words) | {"kind": "centres", "points": points, "notes": notes, "unconfirmed": unconfirmed}]


def _where(point: Any, counties: gpd.GeoDataFrame) -> tuple[str, str]:
    """Return names of the county and the prefecture a point lies in, empty outside the map."""
    inside = counties[shapely.covers(counties.geometry.to_numpy(), point)]
    return ("", "") if inside.empty else (text(inside["name"].iloc[0]), text(inside["prefecture"].iloc[0]))


def totals_tables(
    totals: pd.DataFrame, isochrones: gpd.GeoDataFrame | None, references: References, *, words: Words = CHINESE
) -> list[dict[str, Any]]:
    """Turn the totals into one table a circle.

    Parameters
    ----------
    totals : pandas.DataFrame
        origin_id, cutoff_min, definition_zh, population, target_population, gap.
    isochrones : geopandas.GeoDataFrame or None
        For the names of the centres.
    references : References
        Sources are cited here.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of dict
        ``name``, ``target`` (in 万 or million, "" where the plan has none), ``target_mark`` (how sure its source is),
        ``refs`` (citation numbers), ``rows`` of definition, minutes, people, difference from the target and footnote
        marks, and ``footnotes``.
    """
    tables = []
    drawn = [] if isochrones is None else list(isochrones.index.get_level_values("origin_id").unique())
    groups = dict(iter(totals.groupby("origin_id", sort=False)))
    for origin_id in sorted(groups, key=lambda origin: drawn.index(origin) if origin in drawn else len(drawn)):
        rows = groups[origin_id]
        known = rows["target_population"].notna()
        targets, plans = list(rows.loc[known, "target_population"]), rows.get("source_id")
        marks = [] if plans is None else [quoted_mark(value, words=words) for value in plans[known].dropna().unique()]
        footnotes: list[str] = []
        tables.append(
            {
                "origin": text(origin_id),
                "name": origin_name(rows, origin_id) if isochrones is None else _name_in(isochrones, origin_id),
                "target": words.round_large(targets[0]) if targets else "",
                "target_mark": words.joined(dict.fromkeys(marks)),
                "refs": sorted({number for value in rows.get("source_id", ()) for number in references.cite(value)}),
                "rows": [_total(row, footnotes, words) for row in sorted(rows.to_dict("records"), key=_is_partial)],
                "footnotes": [f"{_MARKS[number]} {note}" for number, note in enumerate(footnotes)],
            }
        )
    return tables


def _name_in(isochrones: gpd.GeoDataFrame, origin_id: object) -> str:
    return origin_name(isochrones[isochrones.index.get_level_values("origin_id") == origin_id], origin_id)


def _is_hour(row: Mapping[Any, Any]) -> bool:
    """Tell whether a row may be measured against the target: the plan speaks of one hour, not of a quarter of it."""
    return is_missing(row["cutoff_min"]) or float(row["cutoff_min"]) == TARGET_MIN


def _is_partial(row: Mapping[Any, Any]) -> bool:
    return not _is_hour(row)


def _total(row: Mapping[Any, Any], footnotes: list[str], words: Words) -> dict[str, Any]:
    parts = [words.retold(part.strip()) for part in shown(row.get("note")).split("；") if part.strip()]
    footnotes += [part for part in dict.fromkeys(parts) if part not in footnotes]
    target, counted = row["target_population"], row["population"]
    missing = (
        None
        if is_missing(target) or is_missing(counted) or not _is_hour(row)
        else float(plain(target)) - float(plain(counted))
    )
    gap = (
        "—"
        if missing is None
        else words.said("made.short" if missing > 0 else "made.beyond", figure=words.large(abs(missing)))
    )
    return {
        "definition": words.retold(row["definition_zh"]),
        "minutes": minutes(row["cutoff_min"]) if not is_missing(row["cutoff_min"]) else "",
        "people": words.large(row["population"]),
        "gap": gap,
        "short": missing is not None and missing > 0,
        "marks": "".join(_MARKS[place] for place in sorted({footnotes.index(part) for part in parts})),
    }
