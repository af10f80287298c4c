"""Travel-time surfaces of fixed places in whole quanta, for networks that are too large to be searched in a page."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.areas.isochrones import seat_minutes
from urbangeo.areas.prepared import require_seats
from urbangeo.errors import InputError, SchemaError
from urbangeo.language.crs import CGCS2000
from urbangeo.windows.maps.live.ground import pack_land
from urbangeo.windows.maps.live.packing import as_text, groups_of_seven, zigzag

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from urbangeo.areas.ground.surface import TravelTimeSurface
    from urbangeo.areas.isochrones import Task

QUANTUM_MIN = 0.05
"""Three seconds: on foot a twentieth of a cell of 250 m is three times as much."""

_MARGIN_CELLS = 2.0

_CENTRE = re.compile(r"\+proj=aeqd \+lat_0=(-?[\d.]+) \+lon_0=(-?[\d.]+) ")


def pack_surfaces(task: Task, places: gpd.GeoDataFrame | None, adcodes: list[str], reason: str) -> dict[str, Any]:
    """Pack the travel-time surface of each place, with the minutes to the counties' seats.

    Parameters
    ----------
    task : Task
        What is asked of the network.
    places : geopandas.GeoDataFrame or None
        Origins.
    adcodes : list of str
        Counties, in the order in which seat minutes are wanted.
    reason : str
        Why it is surfaces, as :class:`LiveCircle` says it; for the message.

    Returns
    -------
    dict
        ``surfaces`` and ``land``.

    Raises
    ------
    InputError
        If there are no places.
    """
    import geopandas as gpd
    import shapely

    if places is None:
        why = {
            "asked": "source='surface'",
            "closed": "a prepared network that keeps no single roads",
            "impedance": "a network whose impedance is not its minutes",
        }.get(reason, f"a network that is too {reason} for a page")
        msg = f"For {why} surfaces of fixed places are packed; give origin=, for example origin='济南'."
        raise InputError(msg)
    labels, starts = task.snapped(places)
    # A little beyond the limit, so that there too the edge is drawn between two known times.
    beyond = replace(task, limit_min=task.limit_min + _MARGIN_CELLS * task.cell_m * task.access.ms_per_m / 60_000)
    surfaces, boxes = [], []
    for label, start in zip(labels, starts, strict=True):
        surface, _ = beyond.surface(label, start)
        surfaces.append(quantised(surface))
        rows, columns = surface.minutes.shape
        east, south = surface.west + columns * surface.cell_m, surface.north - rows * surface.cell_m
        edge = shapely.segmentize(shapely.box(surface.west, south, east, surface.north), 10_000)
        boxes.append(gpd.GeoSeries([edge], crs=surface.crs).to_crs(CGCS2000).total_bounds)
    for packed, seats in zip(surfaces, _seats(task, places, labels, adcodes), strict=True):
        packed["seats"] = seats
    land, _ = pack_land(task.land, np.array(boxes), 0.0)
    return {"surfaces": surfaces, "land": land}


def quantised(surface: TravelTimeSurface) -> dict[str, Any]:
    """Pack one surface: whole quanta of minutes as differences to what the cells before foretell.

    Parameters
    ----------
    surface : TravelTimeSurface
        On an azimuthal equidistant map.

    Returns
    -------
    dict
        Where it lies, ``quantum_min``, and ``steps``: by turns how many cells are not reached, how many are, and the
        steps of these.

    Raises
    ------
    InputError
        If the surface lies in another system.
    """
    found = _CENTRE.match(surface.crs)
    if found is None:
        msg = f"The surface is in {surface.crs}; expected the azimuthal equidistant map of local_metric(lon, lat)."
        raise InputError(msg)
    minutes = surface.minutes
    quanta = np.where(np.isnan(minutes), 0, np.rint(np.nan_to_num(minutes) / QUANTUM_MIN) + 1).astype(np.int64)
    return {
        "lat": float(found[1]),
        "lon": float(found[2]),
        "west": surface.west,
        "north": surface.north,
        "cell_m": surface.cell_m,
        "rows": minutes.shape[0],
        "columns": minutes.shape[1],
        "quantum_min": QUANTUM_MIN,
        "steps": as_text(groups_of_seven(_steps(quanta))),
    }


def _seats(task: Task, places: gpd.GeoDataFrame, labels: list[str], adcodes: list[str]) -> list[list[float | None]]:
    try:
        require_seats(task.ready)
    except SchemaError:
        # Without seats nothing is said of seats; the rule "seat" then cannot decide.
        return [[None] * len(adcodes)] * len(labels)
    frame = seat_minutes(task.ready, places, direction=task.direction, access=task.access)["time_min"]
    found = []
    for label in labels:
        known = frame.xs(label, level="origin_id").to_dict() if label in frame.index.get_level_values(0) else {}
        found.append([round(float(known[code]), 3) if code in known else None for code in adcodes])
    return found


def _steps(quanta: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Write runs and steps; a step is what a cell has more than west + north - north-west, zigzag."""
    around = np.zeros((3, *quanta.shape), dtype=np.int64)
    around[0, :, 1:], around[1, 1:], around[2, 1:, 1:] = quanta[:, :-1], quanta[:-1], quanta[:-1, :-1]
    west, north, corner = around
    alone = np.where(west > 0, west, north)
    guess = np.where((west > 0) & (north > 0) & (corner > 0), west + north - corner, alone)
    reached = quanta.ravel() > 0
    steps = zigzag((quanta - guess).ravel()[reached])
    # Runs begin with one that is not reached, if of no cells, and end with one that is.
    turns = np.flatnonzero(np.diff(reached, prepend=False, append=reached[-1:]))
    turns = turns if len(turns) % 2 == 0 else np.append(turns, len(reached))
    begins, ends = turns[::2], turns[1::2]
    gaps, runs = np.diff(np.append(0, np.ravel(np.column_stack([begins, ends]))))[::2], ends - begins
    counts = np.column_stack([gaps, runs]).ravel().astype(np.uint64)
    places = np.repeat(np.cumsum(runs) - runs, 2)
    rest = len(reached) - (int(ends[-1]) if len(ends) else 0)
    tail = [np.array([rest, 0], dtype=np.uint64)] if rest else []
    return np.concatenate([np.insert(steps, places, counts), *tail])
