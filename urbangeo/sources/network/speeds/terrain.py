"""Terrain of roads from an elevation raster: the slope of the ground around them, in three classes."""

from __future__ import annotations

import functools
import math
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from urbangeo.archive.files import sha256_of
from urbangeo.errors import CrsError, InputError
from urbangeo.language.crs import CGCS2000, ellipsoid
from urbangeo.sources.local_files import refuse_addresses
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import Network
from urbangeo.sources.network.speeds.along import points_along

if TYPE_CHECKING:
    from pyproj import Transformer

TERRAINS = ("plain", "hills", "mountain")
"""平原, 丘陵 and 山岭, as road design tells them apart."""

LIMITS_DEG = (3.0, 20.0)
"""Mean slope of the ground below which land is plain, and above which it is mountain: the general usage of Chinese road
design (平原 under 3°, 丘陵 3–20°, 山岭 over 20°), recalled and not read in a document."""

GRAIN_M = 90.0
"""Slopes are taken on cells of about this size. A finer raster is averaged first: the noise of a 30 m radar elevation
model alone would tilt a plain by two degrees, while walls and trees of a 1 m model are no terrain."""

COARSEST_M = 250.0
"""A raster with larger cells flattens every slope, so its mountains would pass for hills; it is refused."""

AROUND_M = 500.0
"""Slopes are averaged over the square that reaches this far to each side of a point of the road: roads run on the
valley floor, so the road itself is flat where the land is not."""

_TILE = 512
_CELLS_AT_ONCE = 2_000_000
_LOWEST_M, _HIGHEST_M = -500.0, 9000.0
_METRES = ("", "m", "metre", "metres", "meter", "meters", "米")
_GEOTIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


@dataclass(frozen=True, eq=False)
class TerrainFound:
    """Terrain of the edges of a network, and how it was found.

    Attributes
    ----------
    terrain : Coded
        plain, hills or mountain; none (code -1) where the raster knows nothing.
    slope_deg : numpy.ndarray of float, shape (edges,)
        Mean slope of the ground around each edge, degrees; NaN where the raster knows nothing.
    provenance : mapping
        Raster, checksum, cell size, limits, edges without terrain. JSON values only.
    """

    terrain: Coded
    slope_deg: NDArray[np.float64]
    provenance: dict[str, Any]


def terrain_classes(network: Network, dem: Path | str, *, limits_deg: tuple[float, float] = LIMITS_DEG) -> Coded:
    """Tell plain, hills and mountain by the slope of the ground around each edge.

    Parameters
    ----------
    network : Network
        Any network.
    dem : path-like
        A local GeoTIFF of elevations in metres with a coordinate system; not turned, one band.
    limits_deg : (float, float), default (3.0, 20.0)
        Mean slope up to which land is plain, and from which it is mountain.

    Returns
    -------
    Coded
        One word an edge, the same for both directions of a road; none (code -1) where less than half of the points
        looked at lie on known ground.

    Raises
    ------
    InputError
        If the raster is no local GeoTIFF, is damaged, turned, too coarse, not in metres, or has several bands.
    CrsError
        If it has no coordinate system that is known.
    """
    return read_terrain(network, dem, limits_deg=limits_deg).terrain


def read_terrain(network: Network, dem: Path | str, *, limits_deg: tuple[float, float] = LIMITS_DEG) -> TerrainFound:
    """Find the terrain of every edge, with slopes and provenance; see :func:`terrain_classes`.

    Only the parts of the raster in which there are roads are read, a tile at a time.

    Parameters
    ----------
    network, dem, limits_deg
        As in :func:`terrain_classes`.

    Returns
    -------
    TerrainFound
        Classes, slopes and provenance.

    Raises
    ------
    InputError
        As in :func:`terrain_classes`, or if the limits are not two rising angles.
    CrsError
        As in :func:`terrain_classes`.
    """
    if not 0 < limits_deg[0] < limits_deg[1] < 90:
        msg = f"limits_deg={limits_deg!r}: expected two rising slopes between 0 and 90 degrees."
        raise InputError(msg)
    file = _local_geotiff(dem)
    points = points_along(network)
    slope_at, about = _slopes(file, points.lon, points.lat)
    edge_slope = points.mean_of_edges(slope_at)
    unknown = np.isnan(edge_slope)
    codes = np.where(unknown, -1, np.searchsorted(limits_deg, np.nan_to_num(edge_slope), side="right"))
    about |= {
        "limits_deg": [float(limit) for limit in limits_deg],
        "limits_basis": "recalled, unconfirmed" if limits_deg == LIMITS_DEG else "given",
        "edges_without_terrain": int(unknown.sum()),
    }
    return TerrainFound(Coded(codes.astype(np.int8), TERRAINS), edge_slope, about)


def _local_geotiff(path: Path | str) -> Path:
    file = refuse_addresses(path)
    if not file.is_file():
        what = "is a folder" if file.is_dir() else "does not exist"
        msg = f"The elevation raster {str(path)!r} {what}; expected a GeoTIFF."
        raise InputError(msg)
    with file.open("rb") as stream:
        start = stream.read(4)
    # GDAL looks into a file to choose its driver: a virtual raster under another ending could name any address.
    if start not in _GEOTIFF:
        msg = f"{file.name} is no GeoTIFF; save the elevation raster as GeoTIFF (gdal_translate -of GTiff)."
        raise InputError(msg)
    return file


# --- slopes around points ---------------------------------------------------------------------------------------------


def _slopes(file: Path, lon: NDArray[Any], lat: NDArray[Any]) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Return the mean slope of the ground around each point, NaN where it is not known, and what was read."""
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning, RasterioError

    try:
        with warnings.catch_warnings():
            # Said below, in one sentence with the missing coordinate system.
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            raster = rasterio.open(file, driver="GTiff")
        # GDAL would keep a twentieth of the machine's memory full of blocks that are never asked for again.
        with rasterio.Env(GDAL_CACHEMAX=128), raster:
            to_raster = _check_raster(raster, file.name)
            cell = _cell_m(raster, to_raster, raster.height / 2, raster.width / 2, 1)
            if max(cell) > COARSEST_M:
                msg = (
                    f"{file.name} has cells of {max(cell):,.0f} m; above {COARSEST_M:.0f} m slopes are too flat to "
                    "tell mountains. Give a finer elevation raster (30 or 90 m)."
                )
                raise InputError(msg)
            merged = max(1, round(GRAIN_M / max(cell)))
            x, y = map(np.asarray, to_raster.transform(lon, lat))
            slope, implausible = _slopes_by_tile(raster, to_raster, merged, x, y)
    except (RasterioError, OSError) as error:
        msg = f"{file.name} cannot be read as an elevation raster: {error}. It is damaged or incomplete; copy it anew."
        raise InputError(msg) from error
    about = {
        "dem": file.name,
        "sha256": sha256_of(file),
        "cell_m": [round(size, 2) for size in cell],
        "cells_merged": merged,
        "around_m": AROUND_M,
        "implausible_cells": implausible,
    }
    return slope, about


@functools.lru_cache(maxsize=8)
def _to_raster(system: str) -> Transformer:
    from pyproj import Transformer

    return Transformer.from_crs(CGCS2000, system, always_xy=True)


def _check_raster(raster: Any, name: str) -> Transformer:
    """Check what slopes rest on.

    Returns
    -------
    pyproj.Transformer
        From degrees to the raster's system.

    Raises
    ------
    InputError
        If the raster has several bands, is turned, has no place on earth, or is not in metres.
    CrsError
        If its coordinate system is missing or cannot be reached from degrees.
    """
    from pyproj.exceptions import ProjError

    if raster.crs is None:
        msg = f"{name} has no coordinate system; set the one it was made in (gdal_edit.py -a_srs)."
        raise CrsError(msg)
    faults = []
    if raster.count != 1:
        faults.append(f"has {raster.count} bands; expected one band of elevations")
    if np.dtype(raster.dtypes[0]).kind not in "iuf":
        faults.append(f"holds values of type {raster.dtypes[0]}; expected elevations")
    grid = raster.transform
    if grid.b or grid.d:
        faults.append("is turned against its coordinate system; warp it to a north-up raster (gdalwarp)")
    elif not (grid.a and grid.e) or not all(math.isfinite(part) for part in tuple(grid)[:6]):
        faults.append("has cells without a size")
    elif grid == type(grid).identity():
        faults.append("has a coordinate system but no place in it (no geotransform)")
    unit = (raster.units[0] or "").strip().lower()
    if unit not in _METRES:
        faults.append(f"is in {unit!r}; expected metres")
    if faults:
        msg = f"The elevation raster {name} cannot be used: it " + "; it ".join(faults) + "."
        raise InputError(msg)
    try:
        return _to_raster(raster.crs.to_wkt())
    except ProjError as error:
        msg = f"The coordinate system of {name} is not understood: {error}."
        raise CrsError(msg) from error


def _cell_m(raster: Any, to_raster: Transformer, row: float, column: float, merged: int) -> tuple[float, float]:
    """Measure a cell on the ellipsoid.

    Returns
    -------
    tuple of float
        Width and height in metres at a place.

    Raises
    ------
    CrsError
        If the place has no longitude and latitude.
    """
    steps = [(column - 0.5, row), (column + 0.5, row), (column, row - 0.5), (column, row + 0.5)]
    grid = raster.transform
    x, y = zip(*((grid.c + grid.a * place[0], grid.f + grid.e * place[1]) for place in steps), strict=True)
    lon, lat = to_raster.transform(x, y, direction="INVERSE")
    if not np.isfinite([*lon, *lat]).all() or max(map(abs, lat)) > 90:
        msg = f"{Path(raster.name).name} lies outside the earth by its coordinate system {raster.crs}."
        raise CrsError(msg)
    _, _, size = ellipsoid().inv([lon[0], lon[2]], [lat[0], lat[2]], [lon[1], lon[3]], [lat[1], lat[3]])
    return float(size[0]) * merged, float(size[1]) * merged


def _slopes_by_tile(
    raster: Any, to_raster: Transformer, merged: int, x: NDArray[Any], y: NDArray[Any]
) -> tuple[NDArray[np.float64], int]:
    slope = np.full(len(x), np.nan)
    grid = raster.transform
    column, row = (x - grid.c) / grid.a, (y - grid.f) / grid.e
    height, width = raster.height // merged, raster.width // merged
    with np.errstate(invalid="ignore"):
        row, column = np.floor(row / merged), np.floor(column / merged)
        inside = np.flatnonzero((row >= 0) & (row < height) & (column >= 0) & (column < width))
    rows, columns = row[inside].astype(np.int64), column[inside].astype(np.int64)
    tile = rows // _TILE * (width // _TILE + 1) + columns // _TILE
    order = np.argsort(tile, kind="stable")
    borders = np.flatnonzero(np.diff(tile[order])) + 1
    implausible = 0
    for group in np.split(order, borders) if len(order) else []:
        # Sizes are those at the middle of the tile, so that a road's slope does not hang on which others are there.
        middle = [(int(index[group[0]]) // _TILE + 0.5) * _TILE * merged for index in (rows, columns)]
        cell = _cell_m(raster, to_raster, min(middle[0], raster.height), min(middle[1], raster.width), merged)
        reach = [max(1, round(AROUND_M / size)) for size in cell]
        top, left = max(rows[group].min() - reach[1] - 1, 0), max(columns[group].min() - reach[0] - 1, 0)
        bottom = min(rows[group].max() + reach[1] + 2, height)
        right = min(columns[group].max() + reach[0] + 2, width)
        ground, wrong = _elevations(raster, merged, (int(top), int(left), int(bottom), int(right)))
        implausible += wrong
        around = _box_mean(_slope_deg(ground, cell), reach)
        slope[inside[group]] = around[rows[group] - top, columns[group] - left]
    return slope, implausible


def _elevations(raster: Any, merged: int, box: tuple[int, int, int, int]) -> tuple[NDArray[np.float64], int]:
    """Return mean elevations of merged cells, NaN where less than half is known, and how many cells made no sense."""
    from rasterio.windows import Window

    top, left, bottom, right = box
    mean = np.full((bottom - top, right - left), np.nan)
    implausible = 0
    # In strips: a tile of a 1 m raster has two thousand million cells.
    strip = max(1, _CELLS_AT_ONCE // ((right - left) * merged**2))
    for start in range(top, bottom, strip):
        stop = min(start + strip, bottom)
        window = Window(left * merged, start * merged, (right - left) * merged, (stop - start) * merged)
        read = raster.read(1, window=window, masked=True, out_dtype="float64")
        values = read.filled(np.nan) * raster.scales[0] + raster.offsets[0]
        wrong = (values < _LOWEST_M) | (values > _HIGHEST_M)
        implausible += int(wrong.sum())
        values[wrong] = np.nan
        blocks = values.reshape(stop - start, merged, right - left, merged)
        known = ~np.isnan(blocks)
        count = known.sum(axis=(1, 3))
        total = np.where(known, blocks, 0.0).sum(axis=(1, 3))
        np.divide(total, count, out=mean[start - top : stop - top], where=2 * count >= merged**2)
    return mean, implausible


def _slope_deg(ground: NDArray[np.float64], cell: tuple[float, float]) -> NDArray[np.float64]:
    """Return the steepest slope of each cell by central differences, NaN where a neighbour is missing."""
    slope = np.full(ground.shape, np.nan)
    if min(ground.shape) < 3:
        return slope
    east = (ground[1:-1, 2:] - ground[1:-1, :-2]) / (2 * cell[0])
    north = (ground[2:, 1:-1] - ground[:-2, 1:-1]) / (2 * cell[1])
    slope[1:-1, 1:-1] = np.degrees(np.arctan(np.hypot(east, north)))
    return slope


def _box_mean(values: NDArray[np.float64], reach: list[int]) -> NDArray[np.float64]:
    """Return the mean of the known cells up to ``reach`` (columns, rows) away, NaN where less than half are known."""
    known = ~np.isnan(values)
    total = _box_sum(np.where(known, values, 0.0), reach)
    count = _box_sum(known.astype(float), reach)
    every = (2 * reach[0] + 1) * (2 * reach[1] + 1)
    mean = np.full(values.shape, np.nan)
    np.divide(total, count, out=mean, where=2 * count >= every)
    return mean


def _box_sum(values: NDArray[np.float64], reach: list[int]) -> NDArray[np.float64]:
    height, width = values.shape
    sums = np.zeros((height + 1, width + 1))
    sums[1:, 1:] = values.cumsum(axis=0).cumsum(axis=1)
    top = np.maximum(np.arange(height) - reach[1], 0)
    bottom = np.minimum(np.arange(height) + reach[1] + 1, height)
    left = np.maximum(np.arange(width) - reach[0], 0)
    right = np.minimum(np.arange(width) + reach[0] + 1, width)
    above = sums[bottom] - sums[top]
    return np.asarray(above[:, right] - above[:, left])
