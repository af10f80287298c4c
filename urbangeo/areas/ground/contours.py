"""Rings round the cells within a cutoff: marching squares that know where the road is left for each cell.

Marching squares on times alone draw the edge of an area by going straight between two cells, as if time rose evenly.
It does not: it rises with the leg from the place where the road is left. Here that place is known for each cell, so the
edge is drawn where the disc ends that the time left over makes round it.

Areas of rising cutoffs are nested by construction: on every side of the grid the edge lies farther out for a larger
cutoff, by more than rounding, so rings neither cross nor touch; and no corner lies nearer to a cell centre than a
thousandth of a cell, so rings never degenerate. Nothing has to be checked or mended afterwards.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

import numpy as np

from urbangeo.errors import InputError
from urbangeo.jit import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from urbangeo.areas.ground.surface import TravelTimeSurface

CLEARANCE = 1e-3
"""No corner lies nearer to a cell centre than this share of a cell. It is far more than what a side of a cell bends
by when it goes from one system into another (4e-5 for cells of 500 m), so rings stay as they are in every system."""

_RIM_M_PER_MIN = 0.01
"""The largest leg grows by this much each minute of cutoff, so that edges of different cutoffs do not coincide where it
and not the time ends the area: 0.6 m in an hour, nothing against a leg of 2 km."""

_STEEP_MIN = 60.0
"""How far above every cutoff a cell counts that was not reached and where nothing is known of legs."""

_ROOM = threading.local()


def rings(
    surface: TravelTimeSurface, cutoff: float
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Draw the rings of the area within one cutoff.

    Parameters
    ----------
    surface : TravelTimeSurface
        Times at cell centres; its outermost cells are not reached.
    cutoff : float
        Minutes.

    Returns
    -------
    points : numpy.ndarray of float64, shape (corners, 2)
        x and y in metres, closed rings one after the other; shells run counterclockwise, holes clockwise.
    ring_ends : numpy.ndarray of int64, shape (rings + 1,)
        Where each ring begins and ends in the points; every shell stands before its holes.
    polygon_ends : numpy.ndarray of int64, shape (polygons + 1,)
        Where each polygon begins and ends in the rings.

    Raises
    ------
    InputError
        If the area runs out of the surface.
    """
    minutes = surface.minutes
    edge = np.concatenate([minutes[0], minutes[-1], minutes[:, 0], minutes[:, -1]])
    if bool((edge <= cutoff).any()):
        msg = (
            f"The area within {cutoff:g} min runs out of the surface: cells at its edge are reached. Surfaces are made "
            "with empty cells all round; do not cut them."
        )
        raise InputError(msg)
    known = surface.exit_cells is not None and surface.leg is not None
    exits = surface.exit_cells if surface.exit_cells is not None else np.empty((2, 0, 0), dtype=np.float32)
    per_cell = surface.leg.ms_per_m * surface.cell_m / 60_000 if known and surface.leg else 1.0
    most = (surface.leg.max_m + _RIM_M_PER_MIN * cutoff) / surface.cell_m if known and surface.leg else 0.0
    rim = surface.rim_min if surface.rim_min is not None else np.empty((0, 0), dtype=np.float32)
    follow, ring_of, at = _room(2 * minutes.size)
    crossed = _sides(minutes, exits, rim, (float(cutoff), per_cell, most), follow, at)
    corners, ends = _trace(minutes.shape[1], crossed, follow, ring_of, at)
    order, ring_ends, polygon_ends = _sorted_rings(minutes, float(cutoff), corners, ring_of, ends)
    points = np.empty((len(order), 2))
    points[:, 0] = surface.west + surface.cell_m * corners[order, 1]
    points[:, 1] = surface.north - surface.cell_m * corners[order, 0]
    return points, ring_ends, polygon_ends


def _room(sides: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Return this thread's arrays of sides; the first holds -1 throughout, and whoever writes into it puts it back."""
    if getattr(_ROOM, "sides", 0) < sides:
        _ROOM.sides = sides
        _ROOM.arrays = (
            np.full(sides, -1, dtype=np.int32),
            np.empty(sides, dtype=np.int32),
            np.empty(sides, dtype=np.float32),
        )
    arrays: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]] = _ROOM.arrays
    return arrays


@compiled
def _reach_along(
    near: tuple[float, float],
    far: tuple[float, float],
    times: tuple[float, float],
    setting: tuple[float, float, float],
    step: tuple[float, float],
) -> float:
    """Return how far towards the next cell the area runs from a cell inside, as a share of the way.

    Parameters
    ----------
    near, far : tuple of float
        Rows and columns to where the road is left, seen from the cell inside and from the next one.
    times : tuple of float
        Minutes at the two cells.
    setting : tuple of float
        Cutoff, minutes of leg for each cell of distance, and largest leg in cells.
    step : tuple of float
        Rows and columns from the first cell to the next.

    Returns
    -------
    float
        From 0 to 1.
    """
    row, column = step
    cutoff, per_cell, most = setting
    # The disc round the place where the road is left for the cell inside.
    radius = min((cutoff - times[0]) / per_cell + math.hypot(near[0], near[1]), most)
    foot = near[0] * row + near[1] * column
    aside = near[0] * column - near[1] * row
    reach = foot + math.sqrt(max(radius * radius - aside * aside, 0.0))
    if not math.isnan(times[1]) and not math.isnan(far[0]):
        # The disc of the next cell, if it reaches back into the first one.
        radius = min((cutoff - times[1]) / per_cell + math.hypot(far[0], far[1]), most)
        foot = 1.0 + far[0] * row + far[1] * column
        aside = far[0] * column - far[1] * row
        half2 = radius * radius - aside * aside
        if radius > 0 and half2 > 0:
            half = math.sqrt(half2)
            if foot - half <= reach < foot + half:
                reach = foot + half
    return min(max(reach, 0.0), 1.0)


@compiled
def _crossing(
    minutes: NDArray[np.float32],
    exits: NDArray[np.float32],
    rim: NDArray[np.float32],
    one: tuple[int, int],
    other: tuple[int, int],
    setting: tuple[float, float, float],
) -> float:
    """Return where the edge of the area lies between a cell inside and the next one outside, as a share of the way."""
    cutoff = setting[0]
    inside, outside = float(minutes[one]), float(minutes[other])
    if exits.size and not math.isnan(exits[0, one[0], one[1]]):
        share = _reach_along(
            (float(exits[0, one[0], one[1]]), float(exits[1, one[0], one[1]])),
            (float(exits[0, other[0], other[1]]), float(exits[1, other[0], other[1]])),
            (inside, outside),
            setting,
            (float(other[0] - one[0]), float(other[1] - one[1])),
        )
    else:
        below = cutoff - inside
        above = _STEEP_MIN if math.isnan(outside) else outside - cutoff
        if len(rim):
            # Where the largest leg ends, time does not rise but stops.
            grown = _RIM_M_PER_MIN * cutoff * 1e-3
            below = min(below, max(-float(rim[one]) + grown, 0.0))
            if rim[other] > 0:
                above = min(above, max(float(rim[other]) - grown, 0.0))
        share = below / (below + above) if below + above > 0 else 0.5
    return CLEARANCE + (1 - 2 * CLEARANCE) * share


@compiled
def _is_joined(
    minutes: NDArray[np.float32], exits: NDArray[np.float32], r: int, c: int, setting: tuple[float, float, float]
) -> bool:
    """Say whether two cells inside that meet across a corner are joined: whether the corner is inside too."""
    cutoff, per_cell, most = setting
    total = 0.0
    for k in range(4):
        i, j = k // 2, k % 2
        time = minutes[r + i, c + j]
        total += _STEEP_MIN if math.isnan(time) else time - cutoff
        if exits.size and not math.isnan(time) and not math.isnan(exits[0, r + i, c + j]):
            row, column = exits[0, r + i, c + j], exits[1, r + i, c + j]
            radius = min((cutoff - time) / per_cell + math.hypot(row, column), most)
            if radius > 0 and math.hypot(i + row - 0.5, j + column - 0.5) <= radius:
                return True
    return exits.size == 0 and total < 0


@compiled
def _sides(
    minutes: NDArray[np.float32],
    exits: NDArray[np.float32],
    rim: NDArray[np.float32],
    setting: tuple[float, float, float],
    follow: NDArray[np.int32],
    at: NDArray[np.float32],
) -> NDArray[np.int32]:
    """Find for each side the edge runs through the side it comes to next, and where it lies on it; list these sides."""
    # Side 2·n runs from cell n to the next column, side 2·n + 1 to the next row. The inside lies to the left.
    rows, columns = minutes.shape
    cutoff = setting[0]
    crossed = np.empty(4096, np.int32)
    used = 0
    # Which squares the edge runs through, eight of them looked at together.
    mixed = np.zeros((columns + 7) // 8 * 8, np.uint8)
    eights = mixed.view(np.uint64)
    for r in range(rows - 1):
        upper, lower = minutes[r], minutes[r + 1]
        for c in range(columns - 1):
            a, b = upper[c] <= cutoff, upper[c + 1] <= cutoff
            d, e = lower[c] <= cutoff, lower[c + 1] <= cutoff
            mixed[c] = (a ^ b) | (a ^ d) | (a ^ e)
        for eight in range(len(eights)):
            if eights[eight] == 0:
                continue
            for c in range(8 * eight, 8 * eight + 8):
                if mixed[c] == 0:
                    continue
                a, b = upper[c] <= cutoff, upper[c + 1] <= cutoff
                d, e = lower[c] <= cutoff, lower[c + 1] <= cutoff
                north, west = 2 * (r * columns + c), 2 * (r * columns + c) + 1
                south, east = 2 * ((r + 1) * columns + c), 2 * (r * columns + c + 1) + 1
                # Each square sets its eastern and southern side; the others were set by the squares before it.
                if used + 2 > len(crossed):
                    more = np.empty(2 * len(crossed), np.int32)
                    more[:used] = crossed[:used]
                    crossed = more
                if b != e:
                    crossed[used] = east
                    used += 1
                    at[east] = (
                        _crossing(minutes, exits, rim, (r, c + 1), (r + 1, c + 1), setting)
                        if b
                        else 1 - _crossing(minutes, exits, rim, (r + 1, c + 1), (r, c + 1), setting)
                    )
                if d != e:
                    crossed[used] = south
                    used += 1
                    at[south] = (
                        _crossing(minutes, exits, rim, (r + 1, c), (r + 1, c + 1), setting)
                        if d
                        else 1 - _crossing(minutes, exits, rim, (r + 1, c + 1), (r + 1, c), setting)
                    )
                case = (8 if a else 0) + (4 if b else 0) + (2 if e else 0) + (1 if d else 0)
                if case == 8:
                    follow[west] = north
                elif case == 4:
                    follow[north] = east
                elif case == 2:
                    follow[east] = south
                elif case == 1:
                    follow[south] = west
                elif case == 12:
                    follow[west] = east
                elif case == 6:
                    follow[north] = south
                elif case == 3:
                    follow[east] = west
                elif case == 9:
                    follow[south] = north
                elif case == 7:
                    follow[north] = west
                elif case == 11:
                    follow[east] = north
                elif case == 13:
                    follow[south] = east
                elif case == 14:
                    follow[west] = south
                elif case == 10:
                    if _is_joined(minutes, exits, r, c, setting):
                        follow[east], follow[west] = north, south
                    else:
                        follow[west], follow[east] = north, south
                elif _is_joined(minutes, exits, r, c, setting):
                    follow[north], follow[south] = west, east
                else:
                    follow[north], follow[south] = east, west
    return crossed[:used]


@compiled
def _trace(
    columns: int,
    crossed: NDArray[np.int32],
    follow: NDArray[np.int32],
    ring_of: NDArray[np.int32],
    at: NDArray[np.float32],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Follow the sides into closed rings, in the order of their topmost side, and leave `follow` empty."""
    corners = np.empty((2 * len(crossed) + 1, 2))
    ends = np.zeros(64, np.int64)
    count = used = 0
    for number in range(len(crossed)):
        first = crossed[number]
        if follow[first] < 0:
            continue
        side = first
        while True:
            ring_of[side] = count
            cell = side >> 1
            r, c = cell // columns, cell % columns
            if side & 1:
                corners[used, 0], corners[used, 1] = r + at[side], c
            else:
                corners[used, 0], corners[used, 1] = r, c + at[side]
            used += 1
            after = follow[side]
            follow[side] = -1
            side = after
            if side == first:
                break
        corners[used] = corners[ends[count]]
        used += 1
        count += 1
        if count + 1 > len(ends) - 1:
            more = np.zeros(2 * len(ends), np.int64)
            more[: len(ends)] = ends
            ends = more
        ends[count] = used
    return corners[:used], ends[: count + 1]


@compiled
def _sorted_rings(
    minutes: NDArray[np.float32],
    cutoff: float,
    corners: NDArray[np.float64],
    ring_of: NDArray[np.int32],
    ends: NDArray[np.int64],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Put every shell before its holes."""
    columns = minutes.shape[1]
    count = len(ends) - 1
    shell = np.empty(count, np.int32)
    holes = np.zeros(count + 1, np.int64)
    # The topmost corner of each hole: a side between two rows whose upper cell is inside.
    for ring in range(count):
        doubled = 0.0
        top, place = math.inf, -1
        for point in range(ends[ring], ends[ring + 1] - 1):
            r0, c0, r1, c1 = corners[point, 0], corners[point, 1], corners[point + 1, 0], corners[point + 1, 1]
            doubled += (c0 - corners[ends[ring], 1]) * (r1 - corners[ends[ring], 0]) - (c1 - corners[ends[ring], 1]) * (
                r0 - corners[ends[ring], 0]
            )
            if r0 < top and c0 == math.floor(c0) and r0 != math.floor(r0):
                top, place = r0, point
        if doubled < 0:
            # Rows run downwards: a ring that is negative here is counterclockwise on the map, a shell.
            shell[ring] = ring
            continue
        r, c = math.floor(corners[place, 0]), int(corners[place, 1])
        # Westwards through the inside to the next ring; it belongs to the same polygon, and if it is a hole, its top
        # lies higher, so it has its shell already.
        while c > 0 and minutes[r, c - 1] <= cutoff:
            c -= 1
        shell[ring] = shell[ring_of[2 * (r * columns + c - 1)]]
        holes[shell[ring]] += 1
    polygons = 0
    for ring in range(count):
        polygons += shell[ring] == ring
    polygon_ends = np.zeros(polygons + 1, np.int64)
    place_of = np.zeros(count, np.int64)
    polygon = filled = 0
    for ring in range(count):
        if shell[ring] == ring:
            place_of[ring] = filled
            filled += 1 + holes[ring]
            polygon += 1
            polygon_ends[polygon] = filled
            holes[ring] = place_of[ring] + 1
    rank = np.empty(count, np.int64)
    for ring in range(count):
        if shell[ring] == ring:
            rank[place_of[ring]] = ring
        else:
            rank[holes[shell[ring]]] = ring
            holes[shell[ring]] += 1
    order = np.empty(len(corners), np.int64)
    ring_ends = np.zeros(count + 1, np.int64)
    used = 0
    for place in range(count):
        ring = rank[place]
        for point in range(ends[ring], ends[ring + 1]):
            order[used] = point
            used += 1
        ring_ends[place + 1] = used
    return order, ring_ends, polygon_ends
