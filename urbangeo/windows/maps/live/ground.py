"""Land and counties of a live circle: where legs may go, where areas end, and whose people are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import shapely

from urbangeo.answers.coverage import Rule, census_on_counties, verdict_word
from urbangeo.areas.ground.shores import land_in
from urbangeo.areas.ground.surface import SHORE_TOLERANCE_M
from urbangeo.language.crs import CGCS2000, EQUAL_AREA, local_metric
from urbangeo.windows.maps.encode import encode_coverage
from urbangeo.windows.maps.live.packing import pack_lines

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from urbangeo.areas.ground.shores import Land

_MARGIN_M = 10_000.0
"""Round what can be reached, so that the straight sides where the land is cut off never matter."""

_SMOOTH_M = 10.0
"""The widened land is rounded by this much, a fiftieth of what it is widened by."""

_DEGREE_M = 110_570.0
"""Metres of a degree of latitude where it is shortest, so that boxes are never too small."""

_LAND_SCALE = 100_000
"""Five decimals of a degree, 1 m."""


def pack_land(
    land: Land, boxes: NDArray[np.float64], reach_m: float
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Pack the land round some boxes: as it is, and widened by the shore tolerance.

    Parameters
    ----------
    land : geopandas.GeoSeries, "everywhere" or None
        As :func:`urbangeo.isochrones` takes it.
    boxes : numpy.ndarray of float, shape (boxes, 4)
        West, south, east, north of what one may set out from, for example of each road; degrees.
    reach_m : float
        How far off them one may get, metres.

    Returns
    -------
    land : dict or None
        Rings at which areas end; None where no water is known.
    wide : dict or None
        Rings outside which no leg may run.
    """
    dry: list[Any] = []
    wide: list[Any] = []
    for box in _parts(boxes, reach_m + _MARGIN_M):
        found = _land_in_box(land, box)
        if found is None:
            return None, None
        dry += _rings(found[0])
        wide += _rings(found[1])
    return pack_lines(dry, _LAND_SCALE), pack_lines(wide, _LAND_SCALE)


def _parts(boxes: NDArray[np.float64], pad_m: float) -> NDArray[np.float64]:
    """Widen boxes and put those that meet together, so that the land between far provinces is not packed."""
    high = pad_m / _DEGREE_M
    wide = high / np.cos(np.radians(np.abs(boxes[:, (1, 3)]).max(axis=1) + high))
    parts = np.column_stack([boxes[:, 0] - wide, boxes[:, 1] - high, boxes[:, 2] + wide, boxes[:, 3] + high])
    while True:
        joined = shapely.get_parts(shapely.union_all(shapely.box(*parts.T)))
        joined = joined[np.argsort(shapely.bounds(joined)[:, 0], kind="stable")]
        if len(joined) == len(parts):
            return np.asarray(parts, dtype=np.float64)
        parts = shapely.bounds(joined)


def _land_in_box(land: Land, box: NDArray[np.float64]) -> tuple[Any, Any] | None:
    """Return the land in a box of degrees, as it is and widened; None where no water is known."""
    import geopandas as gpd

    west, south, east, north = (float(value) for value in box)
    crs = local_metric((west + east) / 2, (south + north) / 2)
    frame = gpd.GeoSeries([shapely.segmentize(shapely.box(west, south, east, north), 0.1)], crs=CGCS2000).to_crs(crs)
    edge = [float(value) for value in frame.total_bounds]
    ground = land_in(land, crs, (edge[0], edge[1], edge[2], edge[3]))
    if ground is None:
        return None
    near = ground.to_crs(CGCS2000).clip_by_rect(west, south, east, north)
    whole = shapely.union_all(near.to_numpy())
    widened = (
        gpd.GeoSeries([whole], crs=CGCS2000).to_crs(crs).buffer(SHORE_TOLERANCE_M, quad_segs=4).simplify(_SMOOTH_M)
    )
    # The widened land must not reach beyond the box: a neighbouring part has land of its own there.
    return whole, widened.to_crs(CGCS2000).clip_by_rect(west, south, east, north).iloc[0]


def pack_counties(counties: gpd.GeoDataFrame, census: pd.DataFrame | None) -> dict[str, Any]:
    """Pack outlines and figures of counties.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame
        Index adcode.
    census : pandas.DataFrame, optional
        One year of :func:`urbangeo.read_census`; without it no people are counted.

    Returns
    -------
    dict
        ``adcodes``; ``residents`` (None where not known); ``centroids`` (longitude and latitude); ``arcs`` and
        ``units``, for each county its rings as numbers of arcs; ``left_out``, zones without a polygon.

    Raises
    ------
    JoinError
        If counties and census do not match.
    SchemaError
        If the census frame is faulty or holds several years.
    """
    import geopandas as gpd

    shapes = shapely.orient_polygons(np.asarray(counties.geometry))
    coded = encode_coverage(list(shapes))
    arcs = [np.cumsum(np.reshape(arc, (-1, 2)), axis=0) / coded["scale"] for arc in coded["arcs"]]
    # As coverage() takes them: in the equal-area system.
    flat = counties.geometry.to_crs(EQUAL_AREA)
    middle = gpd.GeoSeries(shapely.centroid(np.asarray(flat)), crs=EQUAL_AREA).to_crs(CGCS2000)
    residents: list[int | None] = [None] * len(counties)
    left_out: list[dict[str, Any]] = []
    if census is not None:
        people, left_out = census_on_counties(counties, census)
        figures = people["resident_population"].astype("float64").to_numpy()
        residents = [None if np.isnan(figure) else int(figure) for figure in figures]
    return {
        "adcodes": [str(code) for code in counties.index],
        "residents": residents,
        "centroids": np.column_stack([middle.x, middle.y]).round(6).tolist(),
        "arcs": pack_lines(arcs),
        "units": [[ring for polygon in unit for ring in polygon] for unit in coded["units"]],
        "left_out": left_out,
    }


def verdict_words() -> dict[str, list[str]]:
    """Return how a verdict is put for each rule: yes, no, not known.

    Returns
    -------
    dict of str to list of str
        As :func:`urbangeo.coverage` words it.
    """
    return {rule: [verdict_word(value, rule) for value in (True, False, None)] for rule in get_args(Rule)}


def _rings(shape: Any) -> list[Any]:
    """List the rings of an area without their closing point, the inside to the left."""
    parts = shapely.get_parts(shapely.orient_polygons(shape))
    lines = (ring for part in parts if part.geom_type == "Polygon" for ring in (part.exterior, *part.interiors))
    return [shapely.get_coordinates(line)[:-1] for line in lines]
