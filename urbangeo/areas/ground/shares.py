"""Which share of each county lies in each area, by cells: a hundred times quicker than cutting outlines.

A grid of cells in degrees lies over all counties. Which share of each cell an outline covers follows exactly from its
corners, side by side (the trapezia under them, as fonts are drawn); so no cell is guessed from its middle. Only in a
cell that both the edge of an area and the border of a county cross, the two are taken to lie independently of each
other. At the shore they do not: areas end there, as counties do; so in cells with sea the share of the land is counted.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.errors import InputError, SchemaError, listed
from urbangeo.jit import compiled
from urbangeo.language.crs import require_geographic

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    Rings = tuple[NDArray[np.float64], NDArray[np.int64]]
    """Corners in cells from the north-western corner of the grid (columns, rows), and where each ring ends."""

    Mixed = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]
    """Cells that are not one county's own: where each row begins, column, county, its share of the cell, all land."""

CELL_M = 250.0

LEAST_SHARE = 1e-4
"""Shares below this are slivers of two ways of drawing the same line; a ten-thousandth of a county is far less than a
cell of any surface along its border."""

MAX_CELLS = 200_000_000
_DEGREE_M = 111_320.0
_FULL, _HAIR = 0.999_999, 1e-9
"""A cell this full is a county's own; one with less than a hair of it is not."""


def county_shares(
    areas: gpd.GeoDataFrame, counties: gpd.GeoDataFrame, *, cell_m: float = CELL_M, exact: bool = False
) -> pd.DataFrame:
    """Compute which share of each county lies in each area.

    Parameters
    ----------
    areas : geopandas.GeoDataFrame
        Polygons, for example of :func:`urbangeo.isochrones`, with any index of unique rows.
    counties : geopandas.GeoDataFrame
        Polygons on the index adcode, for example of :func:`urbangeo.read_counties`.
    cell_m : float, default 250
        Cell of the grid, metres. Smaller cells are more exact and take longer.
    exact : bool, default False
        Whether to cut outlines instead, for figures to be published; both agree to 0.3 % of a county.

    Returns
    -------
    pandas.DataFrame
        Index as in ``areas`` and adcode; area_share (0–1). Counties of which less than a ten-thousandth lies in the
        area are left out.

    Raises
    ------
    InputError
        If the cell is not a positive number of metres, or so small that the grid does not fit in memory.
    SchemaError
        If rows or counties are named twice, or something is no polygon.
    CrsError
        If areas or counties have no system, or are not in degrees.

    Examples
    --------
    >>> import urbangeo as ug
    >>> circles = ug.isochrones(ug.read_network(), "西宁", cutoffs=[30])  # doctest: +SKIP
    >>> county_shares(circles, ug.read_counties("青海省"))["area_share"].round(2).max()  # doctest: +SKIP
    1.0
    """
    import pandas as pd

    given: Any = cell_m
    if isinstance(given, bool) or not isinstance(given, int | float | np.number) or not 0 < given < np.inf:
        msg = f"cell_m={cell_m!r}: expected a positive number of metres."
        raise InputError(msg)
    drawn, lands = _polygons(areas, "areas"), _polygons(counties, "counties")
    found = _cut(drawn, lands) if exact else _counted(drawn, lands, float(cell_m))
    rows, columns = np.nonzero(found > LEAST_SHARE)
    named = areas.index.to_frame(index=False).iloc[rows].reset_index(drop=True)
    # A frame of origins may already hold a column of this name; the county's is the last level.
    levels: Any = [*(named[name] for name in named.columns), counties.index.to_numpy()[columns]]
    names = [*areas.index.names, "adcode"]
    index = pd.MultiIndex.from_arrays(levels, names=names)
    return pd.DataFrame({"area_share": np.minimum(found[rows, columns], 1.0)}, index=index)


def _polygons(frame: gpd.GeoDataFrame, what: str) -> NDArray[Any]:
    """Return the polygons of a frame in degrees, or say what is wrong with it."""
    import shapely

    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()].unique()[:5]
        msg = f"Several rows of {what} are named {listed(list(twice))}; give each a name of its own."
        raise SchemaError(msg)
    shapes = np.asarray(require_geographic(frame, what).geometry.to_numpy(), dtype=object)
    kinds = shapely.get_type_id(shapes)
    bad = np.flatnonzero(~np.isin(kinds, (3, 6)))
    if len(bad):
        named = listed(frame.index[bad[:5]].tolist())
        msg = f"{len(bad)} rows of {what} hold no polygon: {named}. Leave them out, or give polygons."
        raise SchemaError(msg)
    return shapes


def _cut(drawn: NDArray[Any], lands: NDArray[Any]) -> NDArray[np.float64]:
    """Cut every outline that may meet, and measure the pieces on the ellipsoid."""
    import shapely

    from urbangeo.areas.ground.sizes import areas_km2

    tree = shapely.STRtree(drawn)
    county, area = tree.query(lands, predicate="intersects")
    found = np.zeros((len(drawn), len(lands)))
    pieces = shapely.intersection(drawn[area], lands[county])
    # Lines and points where outlines only touch have no size.
    parts, whose = shapely.get_parts(pieces, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)
    flat = shapely.get_type_id(parts) == 3
    whole = areas_km2(lands)
    np.add.at(found, (area[whose[inner[flat]]], county[whose[inner[flat]]]), areas_km2(parts[flat]))
    return np.divide(found, whole, out=np.zeros_like(found), where=whole > 0)


def _counted(drawn: NDArray[Any], lands: NDArray[Any], cell_m: float) -> NDArray[np.float64]:
    """Count cells, each by the share of it that lies inside."""
    import shapely

    found = np.zeros((len(drawn), len(lands)))
    seen = ~shapely.is_empty(lands)
    if not seen.any() or shapely.is_empty(drawn).all():
        return found
    west, south, east, north = shapely.total_bounds(lands)
    high = cell_m / _DEGREE_M
    wide = high / max(math.cos(math.radians((south + north) / 2)), 0.01)
    columns, rows = math.ceil((east - west) / wide) + 1, math.ceil((north - south) / high) + 1
    if rows * columns > MAX_CELLS:
        fits = cell_m * (rows * columns / MAX_CELLS) ** 0.5
        msg = (
            f"A grid of {columns} × {rows} cells of {cell_m:g} m over the counties is larger than {MAX_CELLS:,} cells; "
            f"use cell_m of at least {math.ceil(fits / 50) * 50}, or fewer counties at a time."
        )
        raise InputError(msg)
    frame = np.array([west, north, wide, high])
    weights = _row_weights(north, high, rows)
    owner, mixed, sizes = _burnt(lands, frame, (rows, columns), weights)
    for number, shape in enumerate(drawn):
        box = _box(shape, frame, (rows, columns))
        if box[0] < box[1] and box[2] < box[3]:
            _weigh(found[number], _cover(_rings(shape, frame), box), (box[0], box[2]), (owner, weights), mixed)
    return np.divide(found, sizes, out=np.zeros_like(found), where=sizes > 0)


def _row_weights(north: float, high: float, rows: int) -> NDArray[np.float64]:
    """Return how large the cells of each row are, of the largest: parallels get shorter towards the pole."""
    latitude = np.radians(north - high * (np.arange(rows) + 0.5))
    # Radii of the ellipsoid along the parallel and the meridian, without factors that are the same everywhere.
    bend = 1 - 0.006694380 * np.sin(latitude) ** 2
    return np.asarray(np.cos(latitude) / bend**2)


def _burnt(
    lands: NDArray[Any], frame: NDArray[np.float64], shape: tuple[int, int], weights: NDArray[np.float64]
) -> tuple[NDArray[np.int32], Mixed, NDArray[np.float64]]:
    """Return the county that has each cell for its own (-1: none), the cells of several or with sea, and all sizes."""
    owner = np.full(shape, -1, dtype=np.int32)
    cells, counties, parts = [], [], []
    sizes = np.zeros(len(lands))
    for number, land in enumerate(lands):
        box = _box(land, frame, shape)
        cover = _cover(_rings(land, frame), box)
        mine, own_parts, sizes[number] = _claim(cover, owner, number, (box[0], box[2]), weights)
        cells.append(mine)
        counties.append(np.full(len(mine), number, dtype=np.int32))
        parts.append(own_parts)
    cell = np.concatenate(cells)
    order = np.argsort(cell, kind="stable")
    cell, county, part_of = cell[order], np.concatenate(counties)[order], np.concatenate(parts)[order]
    # How much of each cell is land of some county.
    _, first, whose = np.unique(cell, return_index=True, return_inverse=True)
    land_of = np.add.reduceat(part_of, first)[whose] if len(cell) else part_of
    land_of = np.where(owner.ravel()[cell] >= 0, 1.0, land_of).astype(np.float32)
    starts = np.searchsorted(cell, np.arange(shape[0] + 1) * shape[1])
    return owner, (starts, (cell % shape[1]).astype(np.int32), county, part_of, land_of), sizes


def _box(shape: Any, frame: NDArray[np.float64], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return first and last row and column of the cells an outline may touch, the last not included."""
    if shape.is_empty:
        return 0, 0, 0, 0
    west, south, east, north = shape.bounds
    r0, r1 = (frame[1] - north) / frame[3], (frame[1] - south) / frame[3]
    c0, c1 = (west - frame[0]) / frame[2], (east - frame[0]) / frame[2]
    low = max(math.floor(r0), 0), max(math.floor(c0), 0)
    high = min(math.floor(r1) + 1, size[0]), min(math.floor(c1) + 1, size[1])
    return low[0], max(high[0], low[0]), low[1], max(high[1], low[1])


def _rings(shape: Any, frame: NDArray[np.float64]) -> Rings:
    """Return the corners of an outline in cells, shells running one way and holes the other."""
    import shapely

    # Polygons of one kind, so that rings come in one list.
    _, corners, offsets = shapely.to_ragged_array(shapely.get_parts([shapely.orient_polygons(shape)]))
    points = np.empty((len(corners), 2))
    points[:, 0] = (corners[:, 0] - frame[0]) / frame[2]
    points[:, 1] = (frame[1] - corners[:, 1]) / frame[3]
    return points, np.asarray(offsets[0], dtype=np.int64)


def _cover(rings: Rings, box: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """Return which share of each cell of a box lies inside an outline."""
    cover = np.zeros((box[1] - box[0], box[3] - box[2] + 1))
    _trace(cover, rings[0], rings[1], box[0], box[2])
    return _summed(cover)


@compiled
def _trace(cover: NDArray[np.float64], points: NDArray[np.float64], ends: NDArray[np.int64], r0: int, c0: int) -> None:
    """Write what each side of an outline adds to the cells it crosses, and to all cells east of these.

    A side that goes down through a row by dy adds dy to all cells east of it, and to the cell it is in the part that
    lies east of it. Summed up from the west the cells hold their shares.
    """
    rows, columns = cover.shape[0], cover.shape[1] - 1
    for ring in range(len(ends) - 1):
        for point in range(ends[ring], ends[ring + 1] - 1):
            x0, y0 = points[point, 0] - c0, points[point, 1] - r0
            x1, y1 = points[point + 1, 0] - c0, points[point + 1, 1] - r0
            if y0 == y1:
                continue
            sign = 1.0
            if y0 > y1:
                x0, y0, x1, y1, sign = x1, y1, x0, y0, -1.0
            slope = (x1 - x0) / (y1 - y0)
            for row in range(max(math.floor(y0), 0), min(math.ceil(y1), rows)):
                top, bottom = max(y0, float(row)), min(y1, row + 1.0)
                if bottom <= top:
                    continue
                left, right = x0 + (top - y0) * slope, x0 + (bottom - y0) * slope
                if left > right:
                    left, right = right, left
                fall = sign * (bottom - top)
                # What lies beyond the box to the west counts from its first cell, what lies to the east not at all.
                run = right - left
                if right <= 0:
                    cover[row, 0] += fall
                    continue
                if left >= columns:
                    continue
                if left < 0:
                    cover[row, 0] += fall * (-left) / run
                first, last = max(math.floor(left), 0), min(math.floor(right), columns - 1)
                for column in range(first, last + 1):
                    begin, end = max(left, float(column)), min(right, column + 1.0)
                    part = fall * (end - begin) / run if run > 1e-12 else fall
                    within = column + 1 - (begin + end) / 2
                    cover[row, column] += part * within
                    cover[row, column + 1] += part * (1 - within)


@compiled
def _summed(cover: NDArray[np.float64]) -> NDArray[np.float32]:
    rows, columns = cover.shape[0], cover.shape[1] - 1
    out = np.empty((rows, columns), np.float32)
    for row in range(rows):
        total = 0.0
        for column in range(columns):
            total += cover[row, column]
            # Whichever way rings run; rounding leaves a hair.
            out[row, column] = min(abs(total), 1.0)
    return out


@compiled
def _claim(
    cover: NDArray[np.float32],
    owner: NDArray[np.int32],
    county: int,
    first: tuple[int, int],
    weights: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.float32], float]:
    """Give a county the cells that are all its own; list the others it has a share of, and say how large it is."""
    size, count = 0.0, 0
    for i in range(cover.shape[0]):
        row, total = first[0] + i, 0.0
        for j in range(cover.shape[1]):
            total += cover[i, j]
            column = first[1] + j
            # Where counties overlap, the second one has its share beside the first.
            if cover[i, j] >= _FULL and owner[row, column] < 0:
                owner[row, column] = county
            elif cover[i, j] > _HAIR:
                count += 1
        size += total * weights[row]
    cells, parts = np.empty(count, np.int64), np.empty(count, np.float32)
    place = 0
    for i in range(cover.shape[0]):
        for j in range(cover.shape[1]):
            row, column = first[0] + i, first[1] + j
            if cover[i, j] > _HAIR and not (cover[i, j] >= _FULL and owner[row, column] == county):
                cells[place], parts[place] = row * owner.shape[1] + column, cover[i, j]
                place += 1
    return cells, parts, size


@compiled
def _weigh(
    out: NDArray[np.float64],
    inside: NDArray[np.float32],
    first: tuple[int, int],
    ground: tuple[NDArray[np.int32], NDArray[np.float64]],
    mixed: Mixed,
) -> None:
    """Sum what each county has inside the area."""
    owner, weights = ground
    starts, column_of, county_of, part_of, land_of = mixed
    for i in range(inside.shape[0]):
        row = first[0] + i
        weight = weights[row]
        # Neighbours mostly belong to the same county.
        last, total = -1, 0.0
        for j in range(inside.shape[1]):
            county = owner[row, first[1] + j]
            if county != last:
                if last >= 0:
                    out[last] += total * weight
                last, total = county, 0.0
            total += inside[i, j]
        if last >= 0:
            out[last] += total * weight
        for place in range(starts[row], starts[row + 1]):
            j = column_of[place] - first[1]
            if 0 <= j < inside.shape[1] and inside[i, j] > 0:
                # At the shore: of the land, no more than all.
                share = min(inside[i, j] / min(land_of[place], np.float32(1.0)), np.float32(1.0))
                out[county_of[place]] += share * part_of[place] * weight
