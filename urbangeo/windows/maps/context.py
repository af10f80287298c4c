"""What lies around: neighbouring provinces in grey, so that a map of some provinces says where it is.

The outlines come from the source of the counties themselves, and only from the packaged one: of another file nobody
knows what its neighbours would be. They are thinned to what a map of a province can show; where they meet the counties
on the map nothing is thinned, so that no gap opens. They end a little beyond the counties: the map draws no country.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from urbangeo.windows.maps.circles import bounds_of
from urbangeo.windows.maps.encode import CIRCLE_SCALE, COUNTY_SCALE, coverage_arcs, pack_line, pack_rings
from urbangeo.windows.maps.layers import base
from urbangeo.windows.maps.levels import COARSEST_ZOOM, zoom_levels
from urbangeo.windows.maps.statement import DATASETS, is_unchanged
from urbangeo.windows.maps.words import CHINESE, Words, text

if TYPE_CHECKING:
    import geopandas as gpd

    from urbangeo.windows.maps.styles import StyleTables

MOST_PROVINCES = 20
"""More provinces than this are a map of China, round which nothing is drawn."""
_DRAWN_ZOOM = 6.0
"""Outlines are thinned to what can be seen at this zoom, at which a province fills the screen."""
_MARGIN = 0.12
"""How far the outlines reach beyond the counties, as a share of the wider side of their box."""
_MOST_MARGIN_DEG = 1.5
_OWN = 0


def context_layer(counties: gpd.GeoDataFrame, styles: StyleTables, *, words: Words = CHINESE) -> list[dict[str, Any]]:
    """Make a layer of the provinces round the counties of a map.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame
        The counties on the map; ``attrs["source"]`` says where they come from.
    styles : StyleTables
        The style tables.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of dict
        One layer with ``rings`` (to be filled by the even-odd rule) and ``edges``, both packed in units of
        ``1 / scale`` degrees, and ``window``, the frame at which both end; none if the counties are not those of the
        packaged source as it is, if they are of more than 20 provinces, or if nothing lies round them.
    """
    row = next((row for row in styles.layers if row["kind"] == "context"), None)
    source = counties.attrs.get("source")
    if row is None or not isinstance(source, dict) or text(source.get("source_id")) not in DATASETS:
        return []
    if counties["province_adcode"].nunique() > MOST_PROVINCES or not is_unchanged(counties, source):
        return []
    window = _window(counties.total_bounds)
    around = _around(counties, source["source_id"], window)
    if around.empty:
        return []
    own = shapely.coverage_union_all(counties.geometry.to_numpy())
    provinces = [
        shapely.coverage_union_all(around.geometry.to_numpy()[places])
        for _, places in sorted(around.groupby("province_adcode", sort=False).indices.items())
    ]
    rings, edges = _outlines([own, *provinces], window)
    style = styles.areas["context"]
    drawn = {key: style[key] for key in ("fill", "stroke", "stroke_width")}
    made = {"kind": "context", "scale": CIRCLE_SCALE, "rings": rings, "edges": edges, "window": bounds_of(window)}
    return [base(row, words) | drawn | made]


def _window(box: Any) -> tuple[float, float, float, float]:
    west, south, east, north = (float(value) for value in box)
    margin = min(_MARGIN * max(east - west, north - south), _MOST_MARGIN_DEG)
    return west - margin, south - margin, east + margin, north + margin


def _around(counties: gpd.GeoDataFrame, source: Any, window: tuple[float, float, float, float]) -> gpd.GeoDataFrame:
    """Return the counties of the source that are not on the map but in the window."""
    from urbangeo.sources.boundaries import read_counties

    with warnings.catch_warnings():
        # The terms of the source were said when the counties were read.
        warnings.simplefilter("ignore")
        others = read_counties(None, source=source)
    others = others[~others.index.isin(counties.index)]
    return others[shapely.intersects(others.geometry.to_numpy(), shapely.box(*window))]


def _outlines(areas: list[Any], window: tuple[float, float, float, float]) -> tuple[Any, Any]:
    """Thin the outlines of areas as a coverage, those of the first one not at all, and cut them to the window."""
    arcs, units = coverage_arcs(areas)
    owners: list[set[int]] = [set() for _ in arcs]
    for owner, unit in enumerate(units):
        for number in (number for polygon in unit for ring in polygon for number in ring):
            owners[number if number >= 0 else -number - 1].add(owner)
    degrees = [arc / COUNTY_SCALE for arc in arcs]
    levels = zoom_levels(np.concatenate(degrees), np.array([len(arc) for arc in arcs]))
    seen = np.split(levels <= _DRAWN_ZOOM - COARSEST_ZOOM, np.cumsum([len(arc) for arc in arcs])[:-1])
    thinned = [arc if _OWN in who else arc[keep] for arc, keep, who in zip(degrees, seen, owners, strict=True)]
    land = [
        part
        for unit in units[_OWN + 1 :]
        for polygon in _polygons(unit, thinned)
        for part in shapely.get_parts(shapely.clip_by_rect(polygon, *window))
    ]
    lines = [shapely.LineString(arc) for arc, who in zip(thinned, owners, strict=True) if _OWN not in who]
    edges = [shapely.clip_by_rect(line, *window) for line in lines]
    return pack_rings(land, CIRCLE_SCALE), pack_line(edges, CIRCLE_SCALE)


def _polygons(unit: list[list[list[int]]], arcs: list[Any]) -> list[Any]:
    def ring(numbers: list[int]) -> Any:
        parts = [arcs[number] if number >= 0 else arcs[-number - 1][::-1] for number in numbers]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])

    # Two long arcs may be thinned to one line; what has no inside any more is not drawn.
    made = ((ring(shell), [hole for inner in holes if len(hole := ring(inner)) >= 4]) for shell, *holes in unit)
    polygons = (shapely.Polygon(shell, holes) for shell, holes in made if len(shell) >= 4)
    # Thinned, a spit may cross itself; the clipping wants what is valid.
    return [polygon if polygon.is_valid else shapely.make_valid(polygon) for polygon in polygons]
