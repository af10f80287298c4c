"""Isochrones: the areas reached from places within given times, and the times themselves."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from urbangeo.areas.graph.search import Direction, check_direction, reached_nodes, search
from urbangeo.areas.ground.grid import link_surface, margin_ms, project_onto
from urbangeo.areas.ground.links import AT_SEA
from urbangeo.areas.ground.pieces import origin_pieces, road_pieces
from urbangeo.areas.ground.polygons import cut_discs, enclose, polygons_from
from urbangeo.areas.ground.shores import land_in, land_name
from urbangeo.areas.ground.sizes import areas_km2
from urbangeo.areas.ground.surface import TravelTimeSurface, default_cell_m, fill_surface
from urbangeo.areas.origins import WITHIN_A_DAY_MIN, checked_cutoffs, checked_origins, points_of
from urbangeo.areas.prepared import PreparedNetwork, prepared, require_network, require_seats
from urbangeo.areas.snapping import Snapped, snap
from urbangeo.errors import InputError
from urbangeo.language.crs import CGCS2000, local_metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from urbangeo.areas.graph.search import Reach
    from urbangeo.areas.ground.links import LinkTable
    from urbangeo.areas.ground.shores import Land
    from urbangeo.areas.origins import Origins
    from urbangeo.sources.network import AccessLeg, Network

Method = Literal["auto", "exact", "links"]

CUTOFFS = (15.0, 30.0, 45.0, 60.0)
"""Cutoffs of the meeting map, minutes."""

SPARSE_SEGMENTS = 20_000
"""Networks of fewer straight pieces of road are timed exactly, cell by cell; denser ones through the link table."""

_HAIR_DEG = 1e-9
"""A tenth of a millimetre on the ground: what a disc may be widened by to cover the one before it exactly."""

_MARGIN_DEG = 0.01
"""How far round an area the shore is looked at: a kilometre, so that the cut of the box never lies in the area."""

_FASTEST_KMH = 120.0
"""Only for choosing a cell size: on roads nobody gets farther in an hour than at the speed limit of expressways."""

_MARGIN_CELLS = 3
"""Searched beyond the largest cutoff, so that the contour of an exact surface has true values on both sides."""


def isochrones(
    network: Network | PreparedNetwork,
    origins: Origins,
    *,
    cutoffs: Sequence[float] = CUTOFFS,
    direction: Direction = "from",
    access: AccessLeg | None = None,
    cell_m: float | None = None,
    land: Land = None,
    method: Method = "auto",
    threads: int = 1,
    progress: bool = False,
) -> gpd.GeoDataFrame:
    """Compute the areas reached from places within given times.

    Travel runs on the network to the exact point where a cutoff falls on an edge; from roads that may be left anywhere
    and from exits it goes on over an access leg. All cutoffs of one origin are contours of one travel-time surface, so
    a larger one covers a smaller one. No hull is ever drawn. Legs do not cross water, and areas end at the shore.

    Parameters
    ----------
    network : Network or PreparedNetwork
        Roads, for example :func:`urbangeo.read_network`.
    origins : geopandas.GeoDataFrame, str, (lon, lat) pair, or a sequence of these
        A frame of any size with index origin_id, a column name and points (a MultiPoint starts from all its points at
        once), or places that :func:`urbangeo.locate` finds. All are brought to their roads before anything else is
        computed, so that one that cannot be is told at once.
    cutoffs : sequence of float, default (15, 30, 45, 60)
        Minutes, positive, each once, in any order; at most 100.
    direction : {"from", "to"}, default "from"
        Outward from the origin, or towards it.
    access : AccessLeg, optional
        Speed, circuity and largest length of the leg off the network; by default the network's own.
    cell_m : float, optional
        Cell of the travel-time surface; by default about 0.5 % of the reach, 250 m for an hour.
    land : geopandas.GeoSeries, "everywhere" or None
        Land polygons that access legs may not leave; by default all counties of China from the boundary package.
        "everywhere": no water is known.
    method : {"auto", "exact", "links"}, default "auto"
        "exact" times every cell from all roads in reach; "links" from its nearest road and its neighbours', through a
        table made once for the network, a hundred times quicker where roads lie close. "auto" takes "exact" for
        networks of fewer than 20,000 straight pieces of road, such as the skeleton.
    threads : int, default 1
        How many origins are computed at once.
    progress : bool, default False
        Whether to show a bar on the error stream.

    Returns
    -------
    geopandas.GeoDataFrame
        Index (origin_id, cutoff_min); columns origin_name, direction, mode, network_kind, access_speed_kmh,
        access_circuity, access_max_m, surface_method, cell_m, snap_m, area_km2, geometry (MultiPolygon, the disc from 0
        to the cutoff); EPSG:4490. ``attrs["isochrones"]`` (JSON) holds what :func:`urbangeo.verify` needs to ask again.

    Raises
    ------
    InputError
        If cutoffs or other values are out of range.
    SchemaError
        If the frame of origins is faulty.
    SnapError
        If origins are too far from every road; all of them are named.
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
    ``docs/method.md``.
    """
    import geopandas as gpd
    import pandas as pd

    wanted = checked_cutoffs(cutoffs)
    places = checked_origins(origins)
    task = task_of(network, wanted[-1], direction=direction, access=access, cell_m=cell_m, land=land, method=method)
    labels, starts = task.snapped(places)

    def areas_from(number: int) -> tuple[NDArray[Any], NDArray[np.float64]]:
        return task.areas(labels[number], starts[number], wanted)

    made = list(each_of(areas_from, len(places), threads, progress=progress))
    drawn = np.concatenate([part[0] for part in made])
    times, leg, count = len(wanted), task.access, len(places)
    names = places["name"].to_numpy()
    index = pd.MultiIndex.from_arrays(
        [np.repeat(np.array(labels, dtype=object), times), np.tile(wanted, count)], names=["origin_id", "cutoff_min"]
    )
    frame = gpd.GeoDataFrame(
        {
            "origin_name": np.repeat(names, times),
            "direction": direction,
            "mode": task.ready.mode,
            "network_kind": task.ready.kind,
            "access_speed_kmh": leg.speed_kmh,
            "access_circuity": leg.circuity,
            "access_max_m": leg.max_m,
            "surface_method": task.method,
            "cell_m": task.cell_m,
            "snap_m": np.repeat([start.snap_m for start in starts], times),
            "area_km2": np.concatenate([part[1] for part in made]),
        },
        geometry=drawn,
        crs=CGCS2000,
        index=index,
    )
    asked = {"land": land_name(land), "origins": dict(zip(labels, places.geometry.to_wkt(), strict=True))}
    # One text: pandas copies attrs at every step, and writes them into files as JSON.
    frame.attrs["isochrones"] = json.dumps(asked, ensure_ascii=False)
    return frame


def travel_time_surface(
    network: Network | PreparedNetwork,
    origin: Origins,
    *,
    limit_min: float = 60.0,
    direction: Direction = "from",
    access: AccessLeg | None = None,
    cell_m: float | None = None,
    land: Land = None,
    method: Method = "auto",
) -> TravelTimeSurface:
    """Compute the minutes from one origin to every point round it, as a grid.

    Parameters
    ----------
    network : Network or PreparedNetwork
        Roads.
    origin : geopandas.GeoDataFrame, str or (lon, lat) pair
        One origin, as in :func:`isochrones`.
    limit_min : float, default 60
        Largest time of interest, minutes.
    direction, access, cell_m, land, method
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
    places = checked_origins(origin)
    if len(places) != 1:
        msg = f"A surface belongs to one origin, got {len(places)}; call once for each, or give a MultiPoint."
        raise InputError(msg)
    limit = checked_cutoffs([limit_min])[0]
    task = task_of(network, limit, direction=direction, access=access, cell_m=cell_m, land=land, method=method)
    (label,), (start,) = task.snapped(places)
    return task.surface(label, start)[0]


def travel_times(
    network: Network | PreparedNetwork,
    origins: Origins,
    *,
    direction: Direction = "from",
    limit_min: float | None = None,
    access: AccessLeg | None = None,
) -> pd.DataFrame:
    """Compute the least minutes between places and every node of a network.

    Parameters
    ----------
    network : Network or PreparedNetwork
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

    limit = checked_cutoffs([WITHIN_A_DAY_MIN if limit_min is None else limit_min])[0]
    check_direction(direction)
    ready = prepared(network)
    labels, points = points_of(checked_origins(origins))
    rows, minutes, counts = [], [], []
    for start in snap(ready.graph, points, access=access or ready.access, labels=labels):
        found, times, _ = reached_nodes(ready.graph, searched(ready, start, round(limit * 60_000), direction))
        order = np.argsort(found)
        rows.append(found[order])
        minutes.append(times[order] / 60_000)
        counts.append(len(found))
    whose = np.repeat(np.array(labels, dtype=object), counts)
    index = pd.MultiIndex.from_arrays(
        [whose, np.asarray(ready.node_id)[np.concatenate(rows)]], names=["origin_id", "node_id"]
    )
    return pd.DataFrame({"time_min": np.concatenate(minutes)}, index=index)


def seat_minutes(
    network: Network | PreparedNetwork,
    origins: Origins,
    *,
    direction: Direction = "from",
    access: AccessLeg | None = None,
) -> pd.DataFrame:
    """Compute the minutes between places and every county seat of a network.

    Parameters
    ----------
    network : Network or PreparedNetwork
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
    from urbangeo.areas.matrix import od_matrix

    require_seats(prepared(network))
    places = checked_origins(origins)
    found = od_matrix(network, places, cutoff_min=WITHIN_A_DAY_MIN, direction=direction, access=access)
    return found.rename_axis(["origin_id", "adcode"]).sort_index()


def reached_roads(
    network: Network | PreparedNetwork,
    origin: Origins,
    cutoff_min: float,
    *,
    direction: Direction = "from",
    access: AccessLeg | None = None,
) -> gpd.GeoDataFrame:
    """Draw the roads reached from one place within a cutoff, cut exactly where the time runs out.

    Parameters
    ----------
    network : Network or PreparedNetwork
        Roads; a prepared network that was opened from a folder does not keep single roads.
    origin : geopandas.GeoDataFrame, str or (lon, lat) pair
        One origin, as in :func:`isochrones`.
    cutoff_min : float
        Minutes.
    direction, access
        As in :func:`isochrones`.

    Returns
    -------
    geopandas.GeoDataFrame
        road_name, road_code, road_class, access, toll, time_start_min, time_end_min, geometry; EPSG:4490.

    Raises
    ------
    InputError
        If more than one origin is given, a value is out of range, or the network keeps no single roads.
    SnapError
        If the origin is too far from every road.
    """
    from urbangeo.areas.reached import reached_edges

    places = checked_origins(origin)
    if len(places) != 1:
        msg = f"Roads are drawn for one origin, got {len(places)}; call once for each, or give a MultiPoint."
        raise InputError(msg)
    cutoff = checked_cutoffs([cutoff_min])[0]
    check_direction(direction)
    roads, ready = require_network(network, "Drawing roads"), prepared(network)
    labels, points = points_of(places)
    (start,) = snap(ready.graph, points, access=access or ready.access, labels=labels)
    reach = searched(ready, start, round(cutoff * 60_000), direction)
    return reached_edges(roads, ready.graph, reach, cutoff)


@dataclass(frozen=True, eq=False)
class Task:
    """What is asked of a network, whatever the origin; each floor above asks through it."""

    ready: PreparedNetwork
    limit_min: float
    direction: Direction
    access: AccessLeg
    cell_m: float
    land: Land
    method: Literal["exact", "links"]

    def snapped(self, places: gpd.GeoDataFrame) -> tuple[list[str], list[Snapped]]:
        """Return the names of all origins and where they meet their roads, or name all that do not."""
        labels, points = points_of(places)
        return labels, snap(self.ready.graph, points, access=self.access, labels=labels)

    def areas(self, label: str, start: Snapped, cutoffs: Sequence[float]) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Draw the areas of one origin, in degrees, and measure them."""
        import geopandas as gpd

        surface, ground = self.surface(label, start)
        if self.method == "links":
            links = self.links()
            drawn = polygons_from(surface, cutoffs, lattice=links.degrees)
            cut = self.cut_at_shore(drawn, surface, links) if links.land else drawn
            return cut, areas_km2(cut, is_oriented=cut is drawn)
        discs = cut_discs(surface, cutoffs, ground)
        made = as_objects(enclose(gpd.GeoSeries(discs, crs=surface.crs).to_crs(CGCS2000), _HAIR_DEG))
        return made, areas_km2(made)

    def surface(
        self, label: str, start: Snapped, *, crs: str | None = None
    ) -> tuple[TravelTimeSurface, gpd.GeoSeries | None]:
        """Compute the times round one origin, and the land they were computed with; by default in its own system."""
        ready, leg = self.ready, self.access
        limit_ms = round(self.limit_min * 60_000)
        about = {
            "origin_id": label,
            "direction": self.direction,
            "mode": ready.mode,
            "network_kind": ready.kind,
            "access_speed_kmh": leg.speed_kmh,
            "access_circuity": leg.circuity,
            "access_max_m": leg.max_m,
        }
        if self.method == "links":
            links = self.links()
            reach = searched(ready, start, limit_ms + margin_ms(links.cell_m, leg), self.direction)
            surface = link_surface(
                ready.graph, links, reach, start.lon, start.lat, access=leg, limit_ms=limit_ms, parameters=about
            )
            return surface, None
        beyond_ms = limit_ms + round(_MARGIN_CELLS * self.cell_m * leg.ms_per_m)
        reach = searched(ready, start, beyond_ms, self.direction)
        crs = crs or local_metric(start.centre[0], start.centre[1])
        project = project_onto(crs)
        pieces = np.concatenate(
            [
                origin_pieces(ready.graph, reach, start.lon, start.lat, project),
                road_pieces(ready.graph, reach, project, limit_ms=beyond_ms),
            ]
        )
        ground = land_in(self.land, crs, self._bounds(pieces))
        surface = fill_surface(
            pieces, access=leg, limit_ms=limit_ms, cell_m=self.cell_m, crs=crs, land=ground, parameters=about
        )
        return surface, ground

    def links(self) -> LinkTable:
        """Return the table of links the areas rest on."""
        return self.ready.links(self.cell_m, self.access, self.land)

    def _bounds(self, pieces: NDArray[np.float64]) -> tuple[float, float, float, float]:
        """Return a box that cannot be left from the roads that were reached, however fast one drove there."""
        pad = self.access.max_m + 10 * self.cell_m
        x, y = pieces[:, (0, 2)], pieces[:, (1, 3)]
        return float(x.min() - pad), float(y.min() - pad), float(x.max() + pad), float(y.max() + pad)

    def cut_at_shore(self, drawn: NDArray[Any], surface: TravelTimeSurface, links: LinkTable) -> NDArray[Any]:
        """Cut areas at the shore itself, where there is water near: links keep off the sea by cells only."""
        rows, columns = surface.minutes.shape
        r0 = round((links.north - surface.north) / links.cell_m)
        c0 = round((surface.west - links.west) / links.cell_m)
        window = links.chain[max(r0, 0) : max(r0 + rows, 0), max(c0, 0) : max(c0 + columns, 0)]
        near = np.isfinite(surface.minutes).any() and bool((window == AT_SEA).any())
        return as_objects(enclose(self.cut(drawn, links), _HAIR_DEG)) if near else drawn

    def cut(self, drawn: NDArray[Any], links: LinkTable) -> NDArray[Any]:
        """Cut areas in degrees, rising where one covers another, at the shore."""
        import shapely

        shore = self.ready.shore(links, self.land)
        if shore is None:
            return drawn
        # The shore is prepared: where all is inland this takes no time, and nothing is clipped.
        if (shapely.covers(shore, drawn) | shapely.is_empty(drawn)).all():
            return drawn
        local = shapely.intersection(shore, shapely.box(*shapely.total_bounds(drawn)).buffer(_MARGIN_DEG))
        return as_objects([_only_areas(part) for part in shapely.intersection(drawn, local)])


def task_of(
    network: Network | PreparedNetwork,
    limit_min: float,
    *,
    direction: Direction,
    access: AccessLeg | None,
    cell_m: float | None,
    land: Land,
    method: Method,
) -> Task:
    """Check what is asked and complete it by the defaults; the values are those of :func:`isochrones`.

    Returns
    -------
    Task
        What is asked.

    Raises
    ------
    InputError
        If a value is out of range.
    """
    check_direction(direction)
    land_name(land)
    ready = prepared(network)
    cell: Any = default_cell_m(limit_min / 60 * _FASTEST_KMH * 1000 / 2) if cell_m is None else cell_m
    if isinstance(cell, bool) or not isinstance(cell, int | float | np.number) or not 0 < cell < np.inf:
        msg = f"cell_m={cell!r}: expected a positive number of metres."
        raise InputError(msg)
    if method not in ("auto", "exact", "links"):
        msg = f"method {method!r} is not known; expected 'auto', 'exact' or 'links'."
        raise InputError(msg)
    chosen = method if method != "auto" else surface_method(ready)
    return Task(ready, limit_min, direction, access or ready.access, float(cell), land, chosen)


def surface_method(ready: PreparedNetwork) -> Literal["exact", "links"]:
    """Choose the way areas are computed for a network.

    Parameters
    ----------
    ready : PreparedNetwork
        The network.

    Returns
    -------
    {"exact", "links"}
        "exact" for networks of fewer than :data:`SPARSE_SEGMENTS` straight pieces of road.
    """
    return "exact" if len(ready.graph.seg_chain) < SPARSE_SEGMENTS else "links"


def searched(ready: PreparedNetwork, start: Snapped, limit_ms: int, direction: Direction) -> Reach:
    """Search from one origin.

    Returns
    -------
    Reach
        What was reached.
    """
    return search(
        ready.graph,
        start.states,
        start.costs_ms,
        limit_ms=limit_ms,
        direction=direction,
        entries=start.entries(ready.graph, direction),
    )


def each_of(work: Callable[[int], Any], count: int, threads: int, *, progress: bool) -> Iterator[Any]:
    """Do the same for each number, several at once if wanted.

    Yields
    ------
    Any
        What was made, in order of numbers.

    Raises
    ------
    InputError
        If the number of threads is none.
    """
    from tqdm import tqdm

    wanted: Any = threads
    if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 1:
        msg = f"threads={wanted!r}: expected a whole number of at least 1."
        raise InputError(msg)
    with tqdm(total=count, disable=not progress, unit="origin") as bar:
        if threads == 1:
            for number in range(count):
                yield work(number)
                bar.update()
            return
        pool = ThreadPoolExecutor(max_workers=threads)
        try:
            for made in pool.map(work, range(count)):
                yield made
                bar.update()
        finally:
            # After a failure or Ctrl-C what was not begun is not begun any more.
            pool.shutdown(wait=True, cancel_futures=True)


def as_objects(shapes: Sequence[Any]) -> NDArray[Any]:
    """Put geometries into an array.

    Returns
    -------
    numpy.ndarray of object
        The same.
    """
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


def _only_areas(geometry: Any) -> Any:
    """Drop the lines and points that cutting leaves behind."""
    import shapely

    parts = shapely.get_parts(geometry)
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
