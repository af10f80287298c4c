"""The travel-time surface: minutes at every point of a grid, from reached roads and access legs.

For a point x the time is the least, over all reached points p of roads one may leave, of

    t(p) + circuity · |x − p| / access speed.

Along a straight piece of road the best p is found in closed form: one leaves where the angle between the leg and the
road has the cosine (seconds per metre on the road) / (seconds per metre of the leg), the law of Snell. Legs do not
cross the sea: where there is water near, the straight leg is followed cell by cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.areas.kernel import UNREACHED
from urbangeo.errors import CrsError, InputError
from urbangeo.language.crs import require_metric

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    from numpy.typing import NDArray
    from pyproj import CRS

    from urbangeo.areas.routing import RoutingGraph, Start
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
    """

    minutes: NDArray[np.float32]
    west: float
    north: float
    cell_m: float
    crs: str
    limit_min: float
    parameters: Mapping[str, Any]
    rim_min: NDArray[np.float32] | None = None

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
        grid = self.minutes.astype(np.float64)
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


def reached_pieces(
    graph: RoutingGraph, xy: NDArray[np.float64], start: Start, times: NDArray[np.int64], limit_ms: int
) -> NDArray[np.float64]:
    """List the pieces of road from which one may leave, with the time at their start and along them.

    Parameters
    ----------
    graph : RoutingGraph
        The compiled network.
    xy : numpy.ndarray of float, shape (nodes, 2)
        Node coordinates in metres.
    start : Start
        The origin; it adds itself and the rest of the edge it lies on.
    times : numpy.ndarray of int64, shape (states + 1,)
        Times of states.
    limit_ms : int
        Largest time of interest.

    Returns
    -------
    numpy.ndarray of float, shape (pieces, 6)
        x0, y0, x1, y1 in metres, time at the start and time taken in milliseconds. Places without length (the origin,
        an exit) have both ends equal.
    """
    at_tail = times[graph.tail_state]
    edge = np.flatnonzero(at_tail < limit_ms)
    roads = np.column_stack([xy[graph.tail[edge]], xy[graph.head[edge]], at_tail[edge], graph.along_cost[edge]])
    at_exit = np.where(graph.exits, times[graph.free_state], UNREACHED)
    exits = np.flatnonzero(at_exit < limit_ms)
    landings = np.column_stack([xy[exits], xy[exits], at_exit[exits], np.zeros(len(exits))])
    origin = np.column_stack([start.points, start.points, np.zeros((len(start.points), 2))])
    return np.vstack([origin, start.partial, landings, roads]).astype(np.float64)


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
        As :func:`reached_pieces` gives them.
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
    grid = _Grid(float(west), float(north), float(cell_m), (rows, columns))
    sea = None if land is None else ~_land_mask(land, crs, grid)
    field = _Field(
        grid=grid,
        best=np.full(grid.shape, np.inf),
        rim=np.full(grid.shape, np.inf),
        sea=sea,
        slowness=slowness,
        max_m=access.max_m,
        bound_ms=bound_ms,
    )
    order = np.argsort(pieces[:, 4], kind="stable")
    for number in order[reach[order] > 0]:
        field.lower(pieces[number], grid.window(low[number], high[number]))
    is_reached = field.best <= bound_ms
    minutes = np.where(is_reached, field.best / 60_000, np.nan).astype(np.float32)
    # A cell that only the sea keeps from being reached is not at the rim.
    rim = np.where(is_reached == (field.rim <= 0), field.rim, np.where(is_reached, 0.0, np.inf)) * slowness / 60_000
    return TravelTimeSurface(
        minutes=minutes,
        west=grid.west,
        north=grid.north,
        cell_m=grid.cell_m,
        crs=crs,
        limit_min=limit_ms / 60_000,
        parameters=dict(parameters),
        rim_min=rim.astype(np.float32),
    )


@dataclass(frozen=True)
class _Grid:
    """Where the cell centres lie."""

    west: float
    north: float
    cell_m: float
    shape: tuple[int, int]

    def window(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> tuple[slice, slice]:
        """Return the rows and columns whose centres lie between two corners."""
        first = np.ceil([(self.north - high[1]) / self.cell_m, (low[0] - self.west) / self.cell_m]).astype(int)
        last = np.floor([(self.north - low[1]) / self.cell_m, (high[0] - self.west) / self.cell_m]).astype(int)
        return slice(int(first[0]), int(last[0]) + 1), slice(int(first[1]), int(last[1]) + 1)

    def centres(self, window: tuple[slice, slice]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return x as a row and y as a column of the cells in a window."""
        rows, columns = (np.arange(part.start, part.stop) for part in window)
        return self.west + self.cell_m * columns[None, :], self.north - self.cell_m * rows[:, None]


@dataclass(frozen=True)
class _Field:
    """The least time found so far at each cell, in milliseconds, lowered piece by piece.

    ``rim`` is by how many metres the shortest leg to the cell, from any road in time, exceeds the largest leg; negative
    inside.
    """

    grid: _Grid
    best: NDArray[np.float64]
    rim: NDArray[np.float64]
    sea: NDArray[np.bool_] | None
    slowness: float
    max_m: float
    bound_ms: float

    def lower(self, piece: NDArray[np.float64], window: tuple[slice, slice]) -> None:
        """Lower the field in one window to what one piece of road gives."""
        x0, y0, x1, y1, begin, taken = (float(value) for value in piece)
        length = float(np.hypot(x1 - x0, y1 - y0))
        ux, uy = ((x1 - x0) / length, (y1 - y0) / length) if length > 0 else (0.0, 0.0)
        per_m = taken / length if length > 0 else 0.0
        x, y = self.grid.centres(window)
        dx, dy = x - x0, y - y0
        along = dx * ux + dy * uy
        across = np.abs(dy * ux - dx * uy) if length > 0 else np.hypot(dx, dy)
        block, rim = self.best[window], self.rim[window]
        is_wet = self.sea is not None and bool(self.sea[window].any())
        exits = [self._quickest_exit(along, across, length, per_m)]
        if is_wet and length > 0:
            # If the quickest leg would cross water, another point of the same road may still be in sight.
            exits += [np.clip(along, 0.0, length), np.zeros_like(along), np.full_like(along, length)]
        # Not the leg of the quickest exit, which may be stretched to the largest, but the shortest there is.
        shortest = np.hypot(along - np.clip(along, 0.0, length), across)
        for exit_at in exits:
            leg = np.hypot(along - exit_at, across)
            time = begin + exit_at * per_m + leg * self.slowness
            # An exit chosen to lie exactly at the largest leg may come out a rounding error longer.
            better = (leg <= self.max_m + _ROUNDING_M) & (time <= self.bound_ms) & (time < block)
            if is_wet and better.any():
                r, c = np.nonzero(better)
                start = np.stack([x0 + exit_at[r, c] * ux, y0 + exit_at[r, c] * uy])
                dry = self._stays_dry(start, r + window[0].start, c + window[1].start)
                better[r[~dry], c[~dry]] = False
            block[better] = time[better]
            np.minimum(rim, np.where(time <= self.bound_ms, shortest - self.max_m, np.inf), out=rim)

    def _quickest_exit(
        self, along: NDArray[np.float64], across: NDArray[np.float64], length: float, per_m: float
    ) -> NDArray[np.float64]:
        """Return how far along the road one leaves it to be quickest at each cell, within the largest leg."""
        # Before the foot of the perpendicular by Snell's law; a road slower than the leg is left at once.
        if per_m < self.slowness:
            early = across * (per_m / np.sqrt(self.slowness**2 - per_m**2))
        else:
            early = np.full_like(across, np.inf)
        farthest = np.sqrt(np.maximum(self.max_m**2 - across**2, 0.0))
        return np.asarray(np.clip(along - np.minimum(early, farthest), 0.0, length), dtype=np.float64)

    def _stays_dry(
        self, start: NDArray[np.float64], row: NDArray[np.int64], column: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Follow straight legs cell by cell and say which never meet the sea."""
        dry = np.ones(len(row), dtype=bool)
        if self.sea is None:
            return dry
        r0 = (self.grid.north - start[1]) / self.grid.cell_m
        c0 = (start[0] - self.grid.west) / self.grid.cell_m
        steps = int(np.ceil(max(np.abs(row - r0).max(), np.abs(column - c0).max()))) + 1
        for step in range(steps + 1):
            share = step / steps
            r = np.rint(r0 + (row - r0) * share).astype(np.int64)
            c = np.rint(c0 + (column - c0) * share).astype(np.int64)
            # A window is cut to the grid, and pieces lie inside it, so every step does too.
            dry &= ~self.sea[r, c]
        return dry


def _land_mask(land: gpd.GeoSeries, crs: str, grid: _Grid) -> NDArray[np.bool_]:
    """Burn the land, widened by the shore tolerance, into the grid."""
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
