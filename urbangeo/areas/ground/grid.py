"""From node times to a grid of minutes through the link table: a few milliseconds for an hour's reach.

At a cell that is linked to the place ``p`` of a chain the time is

    T = min(T[tail] + way from tail to p, T[head] + way from head to p) + leg

and then, because the nearest road need not be the quickest, no cell may take longer than to its neighbour's link and
on from there. Only the window that the reached states can change is filled.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.areas.graph.kernel import NEVER
from urbangeo.areas.graph.search import lent_times
from urbangeo.areas.ground.links import AT_SEA, NO_ROAD
from urbangeo.areas.ground.pieces import origin_pieces
from urbangeo.areas.ground.surface import Grid, TravelTimeSurface, lower_field, stays_dry
from urbangeo.errors import InputError
from urbangeo.jit import compiled
from urbangeo.language.crs import CGCS2000

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from urbangeo.areas.graph.compiled import CompiledGraph
    from urbangeo.areas.graph.search import Reach
    from urbangeo.areas.ground.links import LinkTable
    from urbangeo.areas.ground.pieces import Project
    from urbangeo.sources.network import AccessLeg

_SPREAD_M = 250.0
"""How far a quicker place to leave the road is handed on from cell to cell where the nearest one is slower. The ridges
between two roads that are reached in very different times lie about so far off the middle."""

_MARGIN_CELLS = 1.5
"""Beyond the last cutoff, so that every neighbour of a cell within it, also across the corner, has its true time."""


def margin_ms(cell_m: float, access: AccessLeg) -> int:
    """Return how far beyond the largest cutoff a search must go for the contour to run between true times.

    Parameters
    ----------
    cell_m : float
        Cell of the grid, metres.
    access : AccessLeg
        The leg off the road.

    Returns
    -------
    int
        Milliseconds.
    """
    return math.ceil(_MARGIN_CELLS * cell_m * access.ms_per_m)


def link_surface(
    graph: CompiledGraph,
    links: LinkTable,
    reach: Reach,
    lon: NDArray[Any],
    lat: NDArray[Any],
    *,
    access: AccessLeg,
    limit_ms: int,
    parameters: Mapping[str, Any] | None = None,
) -> TravelTimeSurface:
    """Compute the time at every cell from the times of the states a search reached.

    Parameters
    ----------
    graph : CompiledGraph
        The network.
    links : LinkTable
        Made for it.
    reach : Reach
        What a search up to ``limit_ms`` and :func:`margin_ms` reached.
    lon, lat : numpy.ndarray of float64, shape (points,)
        Where the origin's points lie, degrees. They and the roads they lie on are taken exactly.
    access : AccessLeg
        Speed, circuity and largest length of the leg.
    limit_ms : int
        Largest cutoff.
    parameters : mapping, optional
        What to record with the surface.

    Returns
    -------
    TravelTimeSurface
        Minutes on the window of the grid that is reached.

    Raises
    ------
    InputError
        If the links belong to another network or serve shorter legs only, or the search did not go far enough.
    """
    links.require(graph, access)
    bound_ms = float(limit_ms + margin_ms(links.cell_m, access))
    if reach.limit_ms < bound_ms:
        msg = (
            f"The search went to {reach.limit_ms:,} ms; a surface to {limit_ms:,} ms with cells of {links.cell_m:g} m "
            f"needs {bound_ms:,.0f} ms (limit_ms + margin_ms)."
        )
        raise InputError(msg)
    pieces = origin_pieces(graph, reach, lon, lat, project_onto(links.crs))
    grid, first = _window(links, reach.states, pieces, access, bound_ms)
    road, best = np.empty(grid.shape, dtype=np.float32), np.empty(grid.shape, dtype=np.float32)
    nearest, exits = np.empty((2, *grid.shape), dtype=np.float32), np.empty((2, *grid.shape), dtype=np.float32)
    sea = np.zeros(grid.shape if links.land else (0, 0), dtype=np.bool_)
    with lent_times(graph, reach) as times:
        _fill(
            (road, nearest, sea),
            first,
            (links.chain, links.pos_ms, links.exit),
            (graph.chain_tail, graph.chain_head, graph.chain_fwd_ms, graph.chain_bwd_ms),
            times,
            links.exit_unit,
            reach.direction == "from",
        )
    # Inland nothing has to be looked for, and the plain loop is several times as quick.
    by_water = bool(sea.any())
    setting = np.array([access.ms_per_m * links.cell_m, access.max_m / links.cell_m, bound_ms], dtype=np.float32)
    for passed in range(math.ceil(_SPREAD_M / links.cell_m)):
        if passed:
            _hand_on(road, nearest, best, exits, setting[0])
        if by_water:
            _settle_by_land(road, nearest, sea, best, exits, setting)
        else:
            _settle(road, nearest, best, exits, setting)
    _lower_near(best, exits, pieces, grid=grid, sea=sea, access=access, bound_ms=bound_ms)
    _to_minutes(best, bound_ms)
    return TravelTimeSurface(
        minutes=best,
        west=grid.west,
        north=grid.north,
        cell_m=grid.cell_m,
        crs=links.crs,
        limit_min=limit_ms / 60_000,
        parameters={**(parameters or {}), "surface_method": "links"},
        exit_cells=exits,
        leg=access,
    )


def _lower_near(
    best: NDArray[np.float32],
    exits: NDArray[np.float32],
    pieces: NDArray[np.float64],
    *,
    grid: Grid,
    sea: NDArray[np.bool_],
    access: AccessLeg,
    bound_ms: float,
) -> None:
    """Take the origin and the roads it lies on exactly, in the part of the grid they can change."""
    pad = access.max_m + 2 * grid.cell_m
    west, north = pieces[:, (0, 2)].min() - pad, pieces[:, (1, 3)].max() + pad
    east, south = pieces[:, (0, 2)].max() + pad, pieces[:, (1, 3)].min() - pad
    r0, r1 = (max(math.floor((grid.north - y) / grid.cell_m), 0) for y in (north, south))
    c0, c1 = (max(math.floor((x - grid.west) / grid.cell_m), 0) for x in (west, east))
    part = (slice(r0, r1 + 1), slice(c0, c1 + 1))
    near = best[part].astype(np.float64)
    left = np.ascontiguousarray(exits[:, part[0], part[1]])
    lower_field(
        near,
        np.empty(near.shape),
        pieces,
        grid=Grid(
            grid.west + c0 * grid.cell_m, grid.north - r0 * grid.cell_m, grid.cell_m, (near.shape[0], near.shape[1])
        ),
        sea=np.ascontiguousarray(sea[part]) if len(sea) else None,
        access=access,
        bound_ms=bound_ms,
        exit_cells=left,
    )
    best[part] = near
    exits[:, part[0], part[1]] = left


@lru_cache(maxsize=8)
def project_onto(crs: str) -> Project:
    """Return the way from degrees, EPSG:4490, to a metric system; kept, because making it takes milliseconds.

    Parameters
    ----------
    crs : str
        Metric system.

    Returns
    -------
    callable
        Takes longitudes and latitudes, gives x and y.
    """
    from pyproj import Transformer

    way: Project = Transformer.from_crs(CGCS2000, crs, always_xy=True).transform
    return way


def _window(
    links: LinkTable,
    states: NDArray[np.int32],
    pieces: NDArray[np.float64],
    access: AccessLeg,
    bound_ms: float,
) -> tuple[Grid, tuple[int, int]]:
    """Return the part of the grid that can be reached, two empty cells all round, and its first row and column."""
    r0, r1, c0, c1 = _cover(links.state_box, states)
    whole = links.grid
    reach = np.minimum(access.max_m, np.maximum(bound_ms - pieces[:, 4], 0) / access.ms_per_m)[:, None]
    low = (np.minimum(pieces[:, 0:2], pieces[:, 2:4]) - reach).min(axis=0)
    high = (np.maximum(pieces[:, 0:2], pieces[:, 2:4]) + reach).max(axis=0)
    r0 = min(r0, math.floor((whole.north - high[1]) / whole.cell_m)) - 2
    r1 = max(r1, math.ceil((whole.north - low[1]) / whole.cell_m)) + 2
    c0 = min(c0, math.floor((low[0] - whole.west) / whole.cell_m)) - 2
    c1 = max(c1, math.ceil((high[0] - whole.west) / whole.cell_m)) + 2
    shape = (r1 - r0 + 1, c1 - c0 + 1)
    return Grid(whole.west + c0 * whole.cell_m, whole.north - r0 * whole.cell_m, whole.cell_m, shape), (r0, c0)


@compiled
def _cover(box: NDArray[np.int32], states: NDArray[np.int32]) -> tuple[int, int, int, int]:
    r0 = c0 = 2**31 - 1
    r1 = c1 = -1
    for number in range(len(states)):
        state = states[number]
        r0, r1 = min(r0, box[state, 0]), max(r1, box[state, 1])
        c0, c1 = min(c0, box[state, 2]), max(c1, box[state, 3])
    return r0, r1, c0, c1


@compiled
def _fill(
    out: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]],
    first: tuple[int, int],
    links: tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int16]],
    chains: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    room: NDArray[np.int32],
    unit: float,
    outward: bool,
) -> None:
    """Write for each cell the time at the place it is linked to, and where that is."""
    road, nearest, sea = out
    link, pos, away = links
    tail, head, ahead, back = chains
    for i in range(road.shape[0]):
        r = first[0] + i
        for j in range(road.shape[1]):
            c = first[1] + j
            road[i, j] = math.inf
            nearest[0, i, j] = nearest[1, i, j] = 0.0
            if r < 0 or r >= link.shape[0] or c < 0 or c >= link.shape[1]:
                continue
            chain = link[r, c]
            if chain == NO_ROAD:
                continue
            if chain == AT_SEA:
                sea[i, j] = True
                continue
            if chain < 0:
                there = room[-2 - chain]
                if there == NEVER:
                    continue
                road[i, j] = there
            else:
                at_tail, at_head = room[tail[chain]], room[head[chain]]
                if at_tail == NEVER and at_head == NEVER:
                    continue
                fwd, bwd, place = float(ahead[chain]), float(back[chain]), float(pos[r, c])
                # Up the chain takes its forward time outwards; towards the origin that way is driven down.
                up = place if outward else bwd * place / fwd
                down = bwd * (1.0 - place / fwd) if outward else fwd - place
                if at_tail != NEVER and (up >= 0 or place <= 0):
                    road[i, j] = at_tail + max(up, 0.0)
                if at_head != NEVER and (down >= 0 or place >= fwd):
                    road[i, j] = min(road[i, j], at_head + max(down, 0.0))
            nearest[0, i, j] = away[r, c, 0] * unit
            nearest[1, i, j] = away[r, c, 1] * unit


@compiled
def _hand_on(
    road: NDArray[np.float32],
    nearest: NDArray[np.float32],
    best: NDArray[np.float32],
    exits: NDArray[np.float32],
    slowness: float,
) -> None:
    """Make what was found the start of the next pass; cells without a time keep what they are linked to."""
    for i in range(best.shape[0]):
        for j in range(best.shape[1]):
            row, column = exits[0, i, j], exits[1, i, j]
            if not math.isnan(row):
                road[i, j] = best[i, j] - np.float32(math.sqrt(row * row + column * column)) * slowness
                nearest[0, i, j], nearest[1, i, j] = row, column


@compiled
def _settle(
    road: NDArray[np.float32],
    nearest: NDArray[np.float32],
    best: NDArray[np.float32],
    exits: NDArray[np.float32],
    setting: NDArray[np.float32],
) -> None:
    """Give each cell the quickest of its own place to leave the road and those of its eight neighbours.

    Written without branches, so that the machine takes several cells at a time.
    """
    slowness, max_cells = setting[0], setting[1]
    rows, columns = road.shape
    max2 = max_cells * max_cells
    never = np.float32(math.inf)
    nothing = np.float32(math.nan)
    inner = columns - 2
    best[:] = never
    exits[:] = nothing
    whose = np.empty(inner, np.int32)
    # The outermost cells are empty, so every cell has eight neighbours.
    for i in range(1, rows - 1):
        least = best[i, 1 : columns - 1]
        whose[:] = -1
        for k in range(9):
            # Itself first.
            place = np.int32(4 if k == 0 else k - 1 if k <= 4 else k)
            m, n = i + place // 3 - 1, place % 3
            spent, down, right = (
                road[m, n : n + inner],
                nearest[0, m, n : n + inner],
                nearest[1, m, n : n + inner],
            )
            by_row, by_column = np.float32(m - i), np.float32(n - 1)
            for j in range(inner):
                row, column = down[j] + by_row, right[j] + by_column
                far2 = row * row + column * column
                time = spent[j] + np.sqrt(far2) * slowness
                time = time if far2 <= max2 else never
                is_better = time < least[j]
                whose[j] = place if is_better else whose[j]
                least[j] = time if is_better else least[j]
        for j in range(inner):
            if whose[j] >= 0:
                by_row, by_column = whose[j] // 3 - 1, whose[j] % 3 - 1
                m, n = i + by_row, j + 1 + by_column
                exits[0, i, j + 1] = nearest[0, m, n] + np.float32(by_row)
                exits[1, i, j + 1] = nearest[1, m, n] + np.float32(by_column)


@compiled
def _settle_by_land(
    road: NDArray[np.float32],
    nearest: NDArray[np.float32],
    sea: NDArray[np.bool_],
    best: NDArray[np.float32],
    exits: NDArray[np.float32],
    setting: NDArray[np.float32],
) -> None:
    """Do as :func:`_settle`, but take no leg that would cross water."""
    slowness, max_cells, bound = setting[0], setting[1], setting[2]
    rows, columns = road.shape
    max2 = max_cells * max_cells
    best[:] = math.inf
    exits[:] = math.nan
    for i in range(1, rows - 1):
        for j in range(1, columns - 1):
            if sea[i, j]:
                continue
            for k in range(9):
                place = 4 if k == 0 else k - 1 if k <= 4 else k
                m, n = i + place // 3 - 1, j + place % 3 - 1
                if road[m, n] >= best[i, j]:
                    continue
                row, column = nearest[0, m, n] + np.float32(m - i), nearest[1, m, n] + np.float32(n - j)
                far2 = row * row + column * column
                time = road[m, n] + np.float32(math.sqrt(far2)) * slowness
                if far2 > max2 or time > bound or time >= best[i, j]:
                    continue
                # A cell's own leg was seen to be dry when it was linked.
                if k > 0:
                    strides = math.ceil(max(abs(row), abs(column))) + 1
                    if not stays_dry(sea, i + row, j + column, i, j, strides):
                        continue
                best[i, j] = time
                exits[0, i, j], exits[1, i, j] = row, column


@compiled
def _to_minutes(best: NDArray[np.float32], bound: float) -> None:
    for i in range(best.shape[0]):
        for j in range(best.shape[1]):
            best[i, j] = best[i, j] / 60_000 if best[i, j] <= bound else math.nan
