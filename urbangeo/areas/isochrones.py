"""Isochrones: the areas reached from places within given times, and the times themselves."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.areas.kernel import UNREACHED
from urbangeo.areas.polygons import cut_discs, enclose
from urbangeo.areas.routing import (
    Direction,
    RoutingGraph,
    Start,
    compile_network,
    project_nodes,
    start_at,
    state_times,
)
from urbangeo.areas.surface import TravelTimeSurface, default_cell_m, fill_surface, reached_pieces
from urbangeo.errors import InputError, SchemaError
from urbangeo.language.crs import CGCS2000, require_geographic
from urbangeo.language.schemas import ORIGINS, check_frame
from urbangeo.sources.boundaries import land_polygons
from urbangeo.sources.network import county_seats
from urbangeo.sources.places import locate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from urbangeo.sources.network import AccessLeg, Network

    Origins = gpd.GeoDataFrame | str | tuple[float, float] | Sequence[str | tuple[float, float]]

CUTOFFS = (15.0, 30.0, 45.0, 60.0)
"""Cutoffs of the meeting map, minutes."""

_WITHIN_A_DAY_MIN = 24 * 60.0
_APART_MIN = 0.1
_HAIR_DEG = 1e-9
"""A tenth of a millimetre on the ground: what a disc may be widened by to cover the one before it exactly."""
_FASTEST_KMH = 120.0
"""Only for choosing a cell size: nobody gets farther in an hour than at the speed limit of Chinese expressways."""


def isochrones(
    network: Network,
    origins: Origins,
    *,
    cutoffs: Sequence[float] = CUTOFFS,
    direction: Direction = "from",
    access: AccessLeg | None = None,
    cell_m: float | None = None,
    land: gpd.GeoSeries | None = None,
) -> gpd.GeoDataFrame:
    """Compute the areas reached from places within given times.

    Travel runs on the network to the exact point where a cutoff falls on an edge; from roads that may be left anywhere
    and from exits it goes on over an access leg. All cutoffs of one origin are contours of one travel-time surface, so
    a larger one covers a smaller one. No hull is ever drawn.

    Parameters
    ----------
    network : Network
        Roads, for example :func:`urbangeo.read_network`.
    origins : geopandas.GeoDataFrame, str, (lon, lat) pair, or a sequence of these
        A frame with index origin_id, a column name and points (a MultiPoint starts from all its points at once), or
        places that :func:`urbangeo.locate` finds.
    cutoffs : sequence of float, default (15, 30, 45, 60)
        Minutes, positive, each once; at most 100.
    direction : {"from", "to"}, default "from"
        Outward from the origin, or towards it.
    access : AccessLeg, optional
        Speed, circuity and largest length of the leg off the network; by default the network's own.
    cell_m : float, optional
        Cell of the travel-time surface; by default about 0.5 % of the reach, 250 m for an hour.
    land : geopandas.GeoSeries, optional
        Land polygons that access legs may not leave; by default all counties of China from the boundary package.

    Returns
    -------
    geopandas.GeoDataFrame
        Index (origin_id, cutoff_min); columns origin_name, direction, mode, network_kind, access_speed_kmh,
        access_circuity, access_max_m, cell_m, snap_m, area_km2, geometry (MultiPolygon, the disc from 0 to the
        cutoff); EPSG:4490.

    Raises
    ------
    InputError
        If cutoffs or other values are out of range.
    SchemaError
        If the frame of origins is faulty.
    SnapError
        If an origin is too far from every road.
    UnknownNameError
        If a place name is not known or stands for several.

    Examples
    --------
    >>> import urbangeo as ug
    >>> circles = ug.isochrones(ug.read_network(), "西宁", cutoffs=[10, 20], cell_m=500)  # doctest: +SKIP
    >>> circles.index.tolist()  # doctest: +SKIP
    [('西宁', 10.0), ('西宁', 20.0)]

    References
    ----------
    ``docs/method.md``; contouring by contourpy (marching squares).
    """
    import geopandas as gpd
    import pandas as pd

    wanted = _checked_cutoffs(cutoffs)
    places = _checked_origins(origins)
    leg = access or network.access
    rows = []
    graph = compile_network(network, direction)
    for origin_id, place in places.iterrows():
        # First the road, then the land: a place at sea is too far from every road, which says more.
        start = start_at(graph, network, place.geometry, access=leg, label=str(origin_id))
        ground = land if land is not None else _land_round(place.geometry, wanted[-1])
        surface = _surface_from(
            graph, network, start, label=str(origin_id), limit_min=wanted[-1], access=leg, cell_m=cell_m, land=ground
        )
        discs = cut_discs(surface, wanted, ground)
        row = {
            "origin_id": str(origin_id),
            "origin_name": place["name"],
            "direction": direction,
            "mode": network.mode,
            "network_kind": network.stated_kind,
            "access_speed_kmh": leg.speed_kmh,
            "access_circuity": leg.circuity,
            "access_max_m": leg.max_m,
            "cell_m": surface.cell_m,
            "snap_m": start.snap_m,
        }
        geometry = enclose(gpd.GeoSeries(discs, crs=surface.crs).to_crs(CGCS2000), _HAIR_DEG)
        rows += [row | {"cutoff_min": cutoff, "geometry": disc} for cutoff, disc in zip(wanted, geometry, strict=True)]
    frame = gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=CGCS2000).set_index(
        ["origin_id", "cutoff_min"]
    )
    from urbangeo.language.crs import area_km2

    frame.insert(len(frame.columns) - 1, "area_km2", area_km2(frame))
    return frame


def travel_time_surface(
    network: Network,
    origin: Origins,
    *,
    limit_min: float = 60.0,
    direction: Direction = "from",
    access: AccessLeg | None = None,
    cell_m: float | None = None,
    land: gpd.GeoSeries | None = None,
) -> TravelTimeSurface:
    """Compute the minutes from one origin to every point round it, as a grid.

    Parameters
    ----------
    network : Network
        Roads.
    origin : geopandas.GeoDataFrame, str or (lon, lat) pair
        One origin, as in :func:`isochrones`.
    limit_min : float, default 60
        Largest time of interest, minutes.
    direction, access, cell_m, land
        As in :func:`isochrones`.

    Returns
    -------
    TravelTimeSurface
        Minutes on a grid; ``to_geotiff(path)`` writes it, ``sample(points)`` reads it.

    Raises
    ------
    InputError
        If more than one origin is given or a value is out of range.
    SnapError
        If the origin is too far from every road.
    """
    places = _checked_origins(origin)
    if len(places) != 1:
        msg = f"A surface belongs to one origin, got {len(places)}; call once for each, or give a MultiPoint."
        raise InputError(msg)
    limit = _checked_cutoffs([limit_min])[0]
    label, point = str(places.index[0]), places.iloc[0].geometry
    graph, leg = compile_network(network, direction), access or network.access
    start = start_at(graph, network, point, access=leg, label=label)
    ground = land if land is not None else _land_round(point, limit)
    return _surface_from(graph, network, start, label=label, limit_min=limit, access=leg, cell_m=cell_m, land=ground)


def travel_times(
    network: Network,
    origins: Origins,
    *,
    direction: Direction = "from",
    limit_min: float | None = None,
    access: AccessLeg | None = None,
) -> pd.DataFrame:
    """Compute the least minutes between places and every node of a network.

    Parameters
    ----------
    network : Network
        Roads.
    origins : geopandas.GeoDataFrame, str, (lon, lat) pair, or a sequence of these
        As in :func:`isochrones`.
    direction : {"from", "to"}, default "from"
        Outward from the origin, or towards it.
    limit_min : float, optional
        Largest time of interest, minutes; by default 24 hours.
    access : AccessLeg, optional
        The leg from an origin to the road; by default the network's own.

    Returns
    -------
    pandas.DataFrame
        Index (origin_id, node_id); time_min, with one row for each node reached within the limit.

    Raises
    ------
    InputError
        If a value is out of range.
    SnapError
        If an origin is too far from every road.

    Examples
    --------
    >>> from urbangeo import read_network
    >>> minutes = travel_times(read_network(), "济南")
    >>> round(float(minutes.loc[("济南", "s_370902"), "time_min"]))
    62
    """
    import pandas as pd

    limit = _checked_cutoffs([_WITHIN_A_DAY_MIN if limit_min is None else limit_min])[0]
    graph = compile_network(network, direction)
    parts = []
    for origin_id, place in _checked_origins(origins).iterrows():
        start = start_at(graph, network, place.geometry, access=access or network.access, label=str(origin_id))
        times = state_times(graph, start, round(limit * 60_000))
        at_node = np.minimum(times[graph.free_state], times[graph.toll_state])
        reached = np.flatnonzero(at_node < UNREACHED)
        index = pd.MultiIndex.from_product([[str(origin_id)], network.node_id[reached]], names=["origin_id", "node_id"])
        parts.append(pd.DataFrame({"time_min": at_node[reached] / 60_000}, index=index))
    return pd.concat(parts)


def seat_minutes(
    network: Network, origins: Origins, *, direction: Direction = "from", access: AccessLeg | None = None
) -> pd.DataFrame:
    """Compute the minutes between places and every county seat of a network.

    Parameters
    ----------
    network : Network
        Roads whose nodes of kind "seat" carry an adcode.
    origins, direction, access
        As in :func:`travel_times`.

    Returns
    -------
    pandas.DataFrame
        Index (origin_id, adcode); time_min. Seats that cannot be reached are left out.

    Raises
    ------
    SchemaError
        If the network has no seats.
    SnapError
        If an origin is too far from every road.
    """
    county_seats(network)
    seats = network.nodes.loc[network.nodes["kind"] == "seat", "adcode"]
    times = travel_times(network, origins, direction=direction, access=access).reset_index()
    times = times[times["node_id"].isin(seats.index)]
    return (
        times.assign(adcode=times["node_id"].map(seats)).set_index(["origin_id", "adcode"])[["time_min"]].sort_index()
    )


def _surface_from(
    graph: RoutingGraph,
    network: Network,
    start: Start,
    *,
    label: str,
    limit_min: float,
    access: AccessLeg,
    cell_m: float | None,
    land: gpd.GeoSeries | None,
) -> TravelTimeSurface:
    cell = default_cell_m(limit_min / 60 * _FASTEST_KMH * 1000 / 2) if cell_m is None else cell_m
    # Reached a little beyond the cutoff, so that the contour has true values on both sides.
    limit_ms = round(limit_min * 60_000)
    beyond_ms = limit_ms + round(3 * cell * access.ms_per_m) if 0 < cell < np.inf else limit_ms
    times = state_times(graph, start, beyond_ms)
    pieces = reached_pieces(graph, project_nodes(network, start.crs), start, times, beyond_ms)
    return fill_surface(
        pieces,
        access=access,
        limit_ms=limit_ms,
        cell_m=cell,
        crs=start.crs,
        land=land,
        parameters={
            "origin_id": label,
            "direction": graph.direction,
            "mode": network.mode,
            "network_kind": network.stated_kind,
            "access_speed_kmh": access.speed_kmh,
            "access_circuity": access.circuity,
            "access_max_m": access.max_m,
        },
    )


def _land_round(place: Any, limit_min: float) -> gpd.GeoSeries:
    """Return the land within reach of a place: all counties of China in a box that cannot be left in the time."""
    west, south, east, north = place.bounds
    reach_deg = min(limit_min / 60 * _FASTEST_KMH / 111.0 + 0.5, 60.0)
    wide = reach_deg / max(np.cos(np.radians(min(max(abs(south), abs(north)), 80.0))), 0.1)
    return land_polygons(bounds=(west - wide, south - reach_deg, east + wide, north + reach_deg))


def _checked_cutoffs(cutoffs: Sequence[float]) -> list[float]:
    """Return cutoffs rising, or say what is wrong with them."""
    try:
        if isinstance(cutoffs, str | bytes) or any(isinstance(value, bool | str | bytes) for value in cutoffs):
            # A text would be read digit by digit.
            raise TypeError
        values = [float(value) for value in cutoffs]
    except (TypeError, ValueError) as error:
        msg = f"cutoffs={cutoffs!r}: expected a list of minutes, such as [15, 30, 45, 60]."
        raise InputError(msg) from error
    ordered = sorted(values)
    close = any(round(after - before, 6) < _APART_MIN for before, after in pairwise(ordered))
    if not values or len(values) > 100 or not all(0 < value <= _WITHIN_A_DAY_MIN for value in values) or close:
        msg = (
            f"cutoffs={values if len(values) <= 10 else f'{len(values)} values'}: expected 1 to 100 different numbers "
            f"of minutes above 0 and up to {_WITHIN_A_DAY_MIN:g}, at least {_APART_MIN} apart."
        )
        raise InputError(msg)
    return ordered


def _checked_origins(origins: Origins) -> gpd.GeoDataFrame:
    import geopandas as gpd

    frame = origins if isinstance(origins, gpd.GeoDataFrame) else locate(origins)
    check_frame(frame, ORIGINS)
    kinds = set(frame.geom_type.unique())
    if not kinds <= {"Point", "MultiPoint"} or bool(frame.geometry.is_empty.any()):
        msg = f"origins must be points, got {sorted(str(kind) for kind in kinds)} (or an empty one)."
        raise SchemaError(msg)
    return require_geographic(frame, "the frame of origins")
