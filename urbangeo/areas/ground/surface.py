"""The travel-time surface: minutes at every point of a grid, from reached roads and access legs.

For a point x the time is the least, over all reached points p of roads one may leave, of

    t(p) + circuity · |x − p| / access speed.

Along a straight piece of road the best p is found in closed form: one leaves where the angle between the leg and the
road has the cosine (seconds per metre on the road) / (seconds per metre of the leg), the law of Snell. Legs do not
cross the sea: where there is water near, the straight leg is followed cell by cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.errors import CrsError, InputError
from urbangeo.jit import compiled
from urbangeo.language.crs import require_metric

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

    from urbangeo.sources.network import AccessLeg

MAX_CELLS = 50_000_000
"""Largest grid that is made: 50 million cells take 0.4 GB while they are filled."""

SHORE_TOLERANCE_M = 500.0
"""How far a leg may run outside the land polygons. Two good boundary sources of coastal Shandong lie 395 m apart on
average (``boundaries/README.md``), so a shore is not known more sharply than this."""

_ROUNDING_M = 1e-3
"""A millimetre: more than the rounding of coordinates of some hundred kilometres, less than anything that matters."""

_RIM_CELLS = 2.0
"""How many cells beyond the largest leg are looked at, to know where between two cells it ends."""

_MARGIN_CELLS = 3.0
"""Search beyond the largest cutoff by this many cells, so that the contour is interpolated between true values."""


@dataclass(frozen=True)
class TravelTimeSurface:
    """Travel time on a regular grid.

    Attributes
    ----------
    minutes : numpy.ndarray of float32, shape (rows, columns)
        Time at each cell centre, row 0 in the north; NaN where it exceeds ``limit_min`` or cannot be reached.
    west, north : float
        Centre of the first cell, metres in ``crs``.
    cell_m : float
        Distance between cell centres.
    crs : str
        Local metric system.
    limit_min : float
        Largest time searched.
    parameters : mapping
        Origin, direction, mode, access leg and network kind.
    rim_min : numpy.ndarray of float32, shape (rows, columns), optional
        Minutes of access leg by which a cell lies inside (negative) or, for cells not reached but near, outside the
        largest leg. Times jump there; so the edge of a polygon is drawn where the leg ends, not where a cell does.
    exit_cells : numpy.ndarray of float32, shape (2, rows, columns), optional
        Rows (downwards) and columns from each cell centre to the place where the road is left for it. With it the time
        anywhere near the cell is known, and the edge of a polygon is drawn where the leg from there ends.
    leg : AccessLeg, optional
        The leg off the road, given with ``exit_cells``.
    """

    minutes: NDArray[np.float32]
    west: float
    north: float
    cell_m: float
    crs: str
    limit_min: float
    parameters: Mapping[str, Any]
    rim_min: NDArray[np.float32] | None = None
    exit_cells: NDArray[np.float32] | None = None
    leg: AccessLeg | None = None

    def sample(self, points: gpd.GeoSeries) -> NDArray[np.float64]:
        """Read the time at points, bilinear between the four cell centres around each.

        Parameters
        ----------
        points : geopandas.GeoSeries
            Points with a CRS.

        Returns
        -------
        numpy.ndarray of float, shape (points,)
            Minutes; NaN outside the grid or where one of the four cells was not reached.

        Raises
        ------
        CrsError
            If the points have no CRS.
        """
        if points.crs is None:
            msg = "The points to sample have no coordinate reference system; set it with set_crs."
            raise CrsError(msg)
        moved = points.to_crs(self.crs)
        column = (moved.x.to_numpy() - self.west) / self.cell_m
        row = (self.north - moved.y.to_numpy()) / self.cell_m
        result = np.full(len(moved), np.nan)
        rows, columns = self.minutes.shape
        inside = (row >= 0) & (column >= 0) & (row <= rows - 1) & (column <= columns - 1)
        r0 = np.minimum(row[inside].astype(int), rows - 2)
        c0 = np.minimum(column[inside].astype(int), columns - 2)
        fr, fc = row[inside] - r0, column[inside] - c0
        grid = self.minutes
        result[inside] = (
            grid[r0, c0] * (1 - fr) * (1 - fc)
            + grid[r0, c0 + 1] * (1 - fr) * fc
            + grid[r0 + 1, c0] * fr * (1 - fc)
            + grid[r0 + 1, c0 + 1] * fr * fc
        )
        return result

    def to_geotiff(self, path: Path | str) -> Path:
        """Write the surface as a GeoTIFF of minutes (float32, NaN as nodata, deflate).

        Parameters
        ----------
        path : path-like
            File to be written.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        from pathlib import Path as FilePath

        import rasterio

        from urbangeo.archive.files import write_atomic

        half = self.cell_m / 2
        with rasterio.MemoryFile() as memory:
            with memory.open(
                driver="GTiff",
                height=self.minutes.shape[0],
                width=self.minutes.shape[1],
                count=1,
                dtype="float32",
                nodata=float("nan"),
                crs=self.crs,
                transform=rasterio.Affine(self.cell_m, 0.0, self.west - half, 0.0, -self.cell_m, self.north + half),
                compress="deflate",
                predictor=3,
            ) as raster:
                raster.write(self.minutes, 1)
                raster.update_tags(**{name: str(value) for name, value in self.parameters.items()}, unit="minutes")
            return write_atomic(FilePath(path), bytes(memory.getbuffer()))


def default_cell_m(reach_m: float) -> float:
    """Choose the largest round cell of at most 0.5 % of the reach diameter.

    Parameters
    ----------
    reach_m : float
        Diameter of the area that is typically reached.

    Returns
    -------
    float
        50, 100, 250 or 500 m.

    Examples
    --------
    >>> default_cell_m(60_000), default_cell_m(30_000)
    (250.0, 100.0)
    """
    return next((cell for cell in (500.0, 250.0, 100.0) if cell <= 0.005 * reach_m), 50.0)


def fill_surface(
    pieces: NDArray[np.float64],
    *,
    access: AccessLeg,
    limit_ms: int,
    cell_m: float,
    crs: str,
    land: gpd.GeoSeries | None,
    parameters: Mapping[str, Any],
) -> TravelTimeSurface:
    """Compute the time at every cell centre from the reached pieces of road.

    Parameters
    ----------
    pieces : numpy.ndarray of float, shape (pieces, 6)
        As :func:`~urbangeo.areas.ground.pieces.road_pieces` gives them.
    access : AccessLeg
        Speed, circuity and largest length of the leg.
    limit_ms : int
        Largest cutoff; the surface reaches a little beyond it.
    cell_m : float
        Cell size, metres.
    crs : str
        Local metric CRS of the pieces.
    land : geopandas.GeoSeries, optional
        Land polygons; legs do not leave them by more than :data:`SHORE_TOLERANCE_M`. None: no water is known.
    parameters : mapping
        What to record with the surface.

    Returns
    -------
    TravelTimeSurface
        The surface.

    Raises
    ------
    InputError
        If the cell size is not positive, or the grid would not fit in memory (the message names a size that fits).
    CrsError
        If ``crs`` is not in metres.
    """
    require_metric(crs, "The travel-time surface")
    if not 0 < cell_m < np.inf:
        msg = f"cell_m={cell_m}: expected a positive number of metres."
        raise InputError(msg)
    slowness = access.ms_per_m
    bound_ms = limit_ms + _MARGIN_CELLS * cell_m * slowness
    reach = np.minimum(access.max_m + _RIM_CELLS * cell_m, (bound_ms - pieces[:, 4]) / slowness)
    low = np.minimum(pieces[:, 0:2], pieces[:, 2:4]) - reach[:, None]
    high = np.maximum(pieces[:, 0:2], pieces[:, 2:4]) + reach[:, None]
    # Two empty cells all round: the contour then always closes inside the grid.
    west, south = (np.floor(low.min(axis=0) / cell_m) - 2) * cell_m
    east, north = (np.ceil(high.max(axis=0) / cell_m) + 2) * cell_m
    columns, rows = round(float(east - west) / cell_m) + 1, round(float(north - south) / cell_m) + 1
    if rows * columns > MAX_CELLS:
        # A little more than the ratio of areas: with larger cells the margin beyond the last cutoff grows too.
        fits = 1.05 * cell_m * (rows * columns / MAX_CELLS) ** 0.5
        msg = (
            f"A surface of {columns} × {rows} cells of {cell_m:g} m is larger than {MAX_CELLS:,} cells; "
            f"use cell_m of at least {np.ceil(fits / 50) * 50:g}."
        )
        raise InputError(msg)
    grid = Grid(float(west), float(north), float(cell_m), (rows, columns))
    sea = None if land is None else ~land_mask(land, crs, grid)
    best, rim_m = np.full(grid.shape, np.inf), np.full(grid.shape, np.inf)
    lower_field(best, rim_m, pieces, grid=grid, sea=sea, access=access, bound_ms=bound_ms)
    is_reached = best <= bound_ms
    minutes = np.where(is_reached, best / 60_000, np.nan).astype(np.float32)
    # A cell that only the sea keeps from being reached is not at the rim.
    rim = np.where(is_reached == (rim_m <= 0), rim_m, np.where(is_reached, 0.0, np.inf)) * slowness / 60_000
    return TravelTimeSurface(
        minutes=minutes,
        west=grid.west,
        north=grid.north,
        cell_m=grid.cell_m,
        crs=crs,
        limit_min=limit_ms / 60_000,
        parameters={**parameters, "surface_method": "exact"},
        rim_min=rim.astype(np.float32),
    )


@dataclass(frozen=True)
class Grid:
    """Where the cell centres lie.

    Attributes
    ----------
    west, north : float
        Centre of the first cell, metres.
    cell_m : float
        Distance between cell centres.
    shape : tuple of int
        Rows, from the north, and columns.
    """

    west: float
    north: float
    cell_m: float
    shape: tuple[int, int]


def lower_field(
    best: NDArray[np.float64],
    rim_m: NDArray[np.float64],
    pieces: NDArray[np.float64],
    *,
    grid: Grid,
    sea: NDArray[np.bool_] | None,
    access: AccessLeg,
    bound_ms: float,
    exit_cells: NDArray[np.float32] | None = None,
) -> None:
    """Lower the least times found so far to what some pieces of road give, in place.

    Parameters
    ----------
    best : numpy.ndarray of float64, shape of the grid
        Milliseconds at each cell centre, infinite where nothing is reached yet.
    rim_m : numpy.ndarray of float64, shape of the grid
        By how many metres the shortest leg to the cell, from any road in time, exceeds the largest leg; negative
        inside.
    pieces : numpy.ndarray of float, shape (pieces, 6)
        As :func:`~urbangeo.areas.ground.pieces.road_pieces` gives them.
    grid : Grid
        Where the cells lie; what pieces reach beyond it is left out.
    sea : numpy.ndarray of bool, shape of the grid, optional
        Cells no leg may cross.
    access : AccessLeg
        Speed, circuity and largest length of the leg.
    bound_ms : float
        Largest time of interest.
    exit_cells : numpy.ndarray of float32, shape 2 and that of the grid, optional
        Rows and columns from each cell centre to where the road is left, kept up to date.
    """
    slowness = access.ms_per_m
    reach = np.minimum(access.max_m + _RIM_CELLS * grid.cell_m, (bound_ms - pieces[:, 4]) / slowness)
    low = np.minimum(pieces[:, 0:2], pieces[:, 2:4]) - reach[:, None]
    high = np.maximum(pieces[:, 0:2], pieces[:, 2:4]) + reach[:, None]
    order = np.argsort(pieces[:, 4], kind="stable")
    order = order[reach[order] > 0]
    rows, columns = grid.shape
    windows = np.stack(
        [
            np.maximum(np.ceil((grid.north - high[order, 1]) / grid.cell_m), 0),
            np.minimum(np.floor((grid.north - low[order, 1]) / grid.cell_m) + 1, rows),
            np.maximum(np.ceil((low[order, 0] - grid.west) / grid.cell_m), 0),
            np.minimum(np.floor((high[order, 0] - grid.west) / grid.cell_m) + 1, columns),
        ],
        axis=1,
    ).astype(np.int64)
    water = np.zeros((0, 0), dtype=np.bool_) if sea is None else sea
    _lower(
        best,
        rim_m,
        np.empty((2, 0, 0), dtype=np.float32) if exit_cells is None else exit_cells,
        np.ascontiguousarray(pieces[order], dtype=np.float64),
        windows,
        water,
        np.array([grid.west, grid.north, grid.cell_m, slowness, float(access.max_m), float(bound_ms)]),
    )


@compiled
def _lower(
    best: NDArray[np.float64],
    rim: NDArray[np.float64],
    exits: NDArray[np.float32],
    pieces: NDArray[np.float64],
    windows: NDArray[np.int64],
    sea: NDArray[np.bool_],
    setting: NDArray[np.float64],
) -> None:
    west, north, cell_m, slowness, max_m, bound_ms = setting
    for number in range(len(pieces)):
        x0, y0, x1, y1, begin, taken = pieces[number]
        r0, r1, c0, c1 = windows[number]
        length = math.hypot(x1 - x0, y1 - y0)
        ux = (x1 - x0) / length if length > 0 else 0.0
        uy = (y1 - y0) / length if length > 0 else 0.0
        per_m = taken / length if length > 0 else 0.0
        # Before the foot of the perpendicular by Snell's law; a road slower than the leg is left at once.
        early_per_m = per_m / math.sqrt(slowness**2 - per_m**2) if per_m < slowness else math.inf
        is_wet = len(sea) > 0 and r1 > r0 and c1 > c0 and sea[r0:r1, c0:c1].any()
        # If the quickest leg would cross water, another point of the same road may still be in sight.
        ways = 4 if is_wet and length > 0 else 1
        for way in range(ways):
            lowered = 0
            hits = np.empty((max((r1 - r0) * (c1 - c0), 0) if is_wet else 0, 3))
            steps = 0.0
            for r in range(r0, r1):
                dy = north - cell_m * r - y0
                for c in range(c0, c1):
                    dx = west + cell_m * c - x0
                    along = dx * ux + dy * uy
                    across = abs(dy * ux - dx * uy) if length > 0 else math.sqrt(dx * dx + dy * dy)
                    foot = min(max(along, 0.0), length)
                    # Most cells are nearer to another road: where even the shortest leg would bring nothing, neither a
                    # shorter time nor a shorter leg, nothing more is computed. Rounding is given room.
                    useful = max((best[r, c] - begin) / slowness, rim[r, c] + max_m, 0.0) + _ROUNDING_M
                    if (along - foot) ** 2 + across**2 > useful**2:
                        continue
                    if way == 0:
                        farthest = math.sqrt(max(max_m**2 - across**2, 0.0))
                        early = across * early_per_m if across > 0 or early_per_m < math.inf else math.inf
                        exit_at = min(max(along - min(early, farthest), 0.0), length)
                    elif way == 1:
                        exit_at = foot
                    elif way == 2:
                        exit_at = 0.0
                    else:
                        exit_at = length
                    leg = math.sqrt((along - exit_at) ** 2 + across**2)
                    time = begin + exit_at * per_m + leg * slowness
                    if time > bound_ms:
                        continue
                    # Not the leg of the quickest exit, which may be stretched, but the shortest there is.
                    beyond = math.sqrt((along - foot) ** 2 + across**2) - max_m
                    rim[r, c] = min(rim[r, c], beyond)
                    # An exit chosen to lie exactly at the largest leg may come out a rounding error longer.
                    if leg <= max_m + _ROUNDING_M and time < best[r, c]:
                        row = (north - (y0 + exit_at * uy)) / cell_m
                        column = (x0 + exit_at * ux - west) / cell_m
                        if is_wet:
                            steps = max(steps, abs(r - row), abs(c - column))
                            hits[lowered, 0], hits[lowered, 1], hits[lowered, 2] = r, c, exit_at
                            lowered += 1
                        else:
                            best[r, c] = time
                            if exits.size:
                                exits[0, r, c], exits[1, r, c] = row - r, column - c
            strides = math.ceil(steps) + 1
            for hit in range(lowered):
                r, c, exit_at = int(hits[hit, 0]), int(hits[hit, 1]), hits[hit, 2]
                row = (north - (y0 + exit_at * uy)) / cell_m
                column = (x0 + exit_at * ux - west) / cell_m
                if stays_dry(sea, row, column, r, c, strides):
                    dx, dy = west + cell_m * c - x0, north - cell_m * r - y0
                    along = dx * ux + dy * uy
                    across = abs(dy * ux - dx * uy) if length > 0 else math.sqrt(dx * dx + dy * dy)
                    leg = math.sqrt((along - exit_at) ** 2 + across**2)
                    best[r, c] = begin + exit_at * per_m + leg * slowness
                    if exits.size:
                        exits[0, r, c], exits[1, r, c] = row - r, column - c


@compiled
def stays_dry(sea: NDArray[np.bool_], row: float, column: float, r: int, c: int, strides: int) -> bool:
    """Follow a straight leg cell by cell and say whether it never meets the sea.

    Parameters
    ----------
    sea : numpy.ndarray of bool
        Cells no leg may cross; what lies outside the grid is not known and taken for land.
    row, column : float
        Where the leg begins, in cells.
    r, c : int
        The cell where it ends.
    strides : int
        In how many steps it is followed.

    Returns
    -------
    bool
        Whether every step is on land.
    """
    for step in range(strides + 1):
        share = step / strides
        i = int(np.rint(row + (r - row) * share))
        j = int(np.rint(column + (c - column) * share))
        if 0 <= i < sea.shape[0] and 0 <= j < sea.shape[1] and sea[i, j]:
            return False
    return True


def land_mask(land: gpd.GeoSeries, crs: str, grid: Grid) -> NDArray[np.bool_]:
    """Burn the land, widened by the shore tolerance, into a grid.

    Parameters
    ----------
    land : geopandas.GeoSeries
        Land polygons.
    crs : str
        Metric CRS of the grid.
    grid : Grid
        Where the cells lie.

    Returns
    -------
    numpy.ndarray of bool, shape of the grid
        Whether each cell centre is on land.

    Raises
    ------
    CrsError
        If the land has no CRS.
    """
    import geopandas as gpd
    import shapely
    from rasterio import Affine
    from rasterio.features import rasterize

    half = grid.cell_m / 2
    # Land only a shore tolerance outside the grid still reaches into it.
    pad = SHORE_TOLERANCE_M + grid.cell_m
    south, east = grid.north - grid.shape[0] * grid.cell_m, grid.west + grid.shape[1] * grid.cell_m
    corners = shapely.box(grid.west - pad, south - pad, east + pad, grid.north + pad)
    frame = gpd.GeoSeries([shapely.segmentize(corners, 10_000)], crs=crs).to_crs(known_crs(land))
    near = shapely.intersection(np.asarray(land), shapely.box(*frame.total_bounds))
    wide = gpd.GeoSeries(near, crs=land.crs).to_crs(crs).buffer(SHORE_TOLERANCE_M, quad_segs=4)
    shapes = [geometry for geometry in wide if not geometry.is_empty]
    if not shapes:
        return np.zeros(grid.shape, dtype=bool)
    transform = Affine(grid.cell_m, 0.0, grid.west - half, 0.0, -grid.cell_m, grid.north + half)
    burnt = rasterize(shapes, out_shape=grid.shape, transform=transform, fill=0, default_value=1, dtype="uint8")
    return np.asarray(burnt, dtype=bool)


def known_crs(land: gpd.GeoSeries) -> CRS:
    """Return the CRS of the land polygons.

    Parameters
    ----------
    land : geopandas.GeoSeries
        Polygons.

    Returns
    -------
    pyproj.CRS
        Their system.

    Raises
    ------
    CrsError
        If they have none.
    """
    if land.crs is None:
        msg = "The land polygons have no coordinate reference system; set it with set_crs."
        raise CrsError(msg)
    return land.crs
