"""Catchments: to each of many centres the places that reach it soonest, as areas that do not overlap.

Centres whose circles do not touch have their circles. Where circles meet, all of one group are timed on one grid; a
cell goes to the centre with the least time, and between two cells the border runs where both times are equal, straight
in between. What the areas of a group cover together is what their circles cover on that grid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from urbangeo.areas.ground.polygons import cut_discs, discs_from
from urbangeo.areas.ground.sizes import areas_km2
from urbangeo.areas.ground.surface import MAX_CELLS
from urbangeo.areas.isochrones import CUTOFFS, as_objects, task_of
from urbangeo.areas.origins import checked_cutoffs, checked_origins
from urbangeo.errors import InputError
from urbangeo.language.crs import CGCS2000, local_metric

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from urbangeo.areas.graph.search import Direction
    from urbangeo.areas.ground.shores import Land
    from urbangeo.areas.isochrones import Method, Task
    from urbangeo.areas.origins import Origins
    from urbangeo.areas.prepared import PreparedNetwork
    from urbangeo.areas.snapping import Snapped
    from urbangeo.sources.network import AccessLeg, Network

_GRID_M = 0.01
"""Coordinates are snapped to a centimetre, so that neighbours share every corner of their border."""


def catchments(
    network: Network | PreparedNetwork,
    centres: Origins,
    *,
    cutoff_min: float = CUTOFFS[-1],
    direction: Direction = "from",
    access: AccessLeg | None = None,
    cell_m: float | None = None,
    land: Land = None,
    method: Method = "auto",
) -> gpd.GeoDataFrame:
    """Divide what many centres reach among them: every place goes to the centre with the least time.

    Parameters
    ----------
    network : Network or PreparedNetwork
        Roads.
    centres : geopandas.GeoDataFrame, str, (lon, lat) pair, or a sequence of these
        As the origins of :func:`urbangeo.isochrones`.
    cutoff_min : float, default 60
        Largest time, minutes; places farther from every centre belong to none.
    direction, access, cell_m, land, method
        As in :func:`urbangeo.isochrones`.

    Returns
    -------
    geopandas.GeoDataFrame
        Index origin_id, as in ``centres``; origin_name, cutoff_min, direction, mode, network_kind, access_speed_kmh,
        access_circuity, access_max_m, surface_method, cell_m, snap_m, area_km2, geometry (MultiPolygon, empty for a
        centre that another one beats everywhere); EPSG:4490. They do not overlap, and together they cover what the
        isochrones of the centres cover. Where two centres take equally long, the one whose origin_id comes first in the
        alphabet has the cell.

    Raises
    ------
    InputError
        If a value is out of range, or a grid does not fit in memory.
    SnapError
        If centres are too far from every road; all of them are named.

    Examples
    --------
    >>> import urbangeo as ug
    >>> areas = ug.catchments(ug.read_network(), ["济南", "泰安"], cutoff_min=45)  # doctest: +SKIP
    """
    import geopandas as gpd
    import pandas as pd

    cutoff = checked_cutoffs([cutoff_min])[0]
    places = checked_origins(centres)
    task = task_of(network, cutoff, direction=direction, access=access, cell_m=cell_m, land=land, method=method)
    labels, starts = task.snapped(places)
    # By the alphabet throughout, so that the order of rows decides nothing.
    order = sorted(range(len(labels)), key=labels.__getitem__)
    drawn = np.empty(len(labels), dtype=object)
    drawn[:] = [shapely.MultiPolygon()] * len(labels)
    if task.method == "links":
        links = task.links()
        parts = _divided(task, [(labels[row], starts[row]) for row in order], links.crs, cutoff)
        drawn[order] = task.cut(parts, links) if links.land else parts
    else:
        for row in order:
            drawn[row] = task.areas(labels[row], starts[row], [cutoff])[0][0]
        for group in _touching(drawn, order):
            middle = np.mean([starts[row].centre for row in group], axis=0)
            crs = local_metric(float(middle[0]), float(middle[1]))
            drawn[group] = _divided(task, [(labels[row], starts[row]) for row in group], crs, cutoff)
    leg = task.access
    return gpd.GeoDataFrame(
        {
            "origin_name": places["name"].to_numpy(),
            "cutoff_min": cutoff,
            "direction": direction,
            "mode": task.ready.mode,
            "network_kind": task.ready.kind,
            "access_speed_kmh": leg.speed_kmh,
            "access_circuity": leg.circuity,
            "access_max_m": leg.max_m,
            "surface_method": task.method,
            "cell_m": task.cell_m,
            "snap_m": [start.snap_m for start in starts],
            "area_km2": areas_km2(drawn),
        },
        geometry=drawn,
        crs=CGCS2000,
        index=pd.Index(labels, name="origin_id", dtype=object),
    )


def _touching(areas: NDArray[Any], order: list[int]) -> list[list[int]]:
    """Group areas that touch, directly or through others; those that touch none are left out."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    one, other = shapely.STRtree(areas).query(areas, predicate="intersects")
    joined = coo_matrix((np.ones(len(one)), (one, other)), shape=(len(areas),) * 2)
    _, group_of = connected_components(joined, directed=False)
    groups: dict[int, list[int]] = {}
    for row in order:
        groups.setdefault(int(group_of[row]), []).append(row)
    return [group for group in groups.values() if len(group) > 1]


def _divided(task: Task, centres: list[tuple[str, Snapped]], crs: str, cutoff: float) -> NDArray[Any]:
    """Divide what some centres reach among them, in degrees; the first of two with the same time has it."""
    import geopandas as gpd

    windows, discs = [], []
    for label, start in centres:
        surface, ground = task.surface(label, start, crs=crs)
        windows.append((surface.west, surface.north, surface.minutes))
        discs += discs_from(surface, [cutoff]) if task.method == "links" else cut_discs(surface, [cutoff], ground)
    field = _Field(windows, task.cell_m, task.access.ms_per_m * task.cell_m / 60_000)
    whole = shapely.union_all(np.array(discs, dtype=object), grid_size=_GRID_M)
    lines = shapely.multilinestrings(field.borders())
    borders = shapely.intersection(shapely.set_precision(lines, _GRID_M), whole, grid_size=_GRID_M)
    net = shapely.union(shapely.boundary(whole), borders, grid_size=_GRID_M)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    spots = shapely.point_on_surface(faces)
    inside = shapely.covers(whole, spots) if len(faces) else np.zeros(0, dtype=bool)
    faces, spots = faces[inside], spots[inside]
    whose = np.array([field.owner_at(spot.x, spot.y) for spot in spots], dtype=np.int64)
    merged = [
        shapely.multipolygons(_areas_of(shapely.union_all(faces[whose == number], grid_size=_GRID_M)))
        for number in range(len(centres))
    ]
    made = gpd.GeoSeries(as_objects(merged), crs=crs).to_crs(CGCS2000)
    return as_objects(list(made))


def _areas_of(geometry: Any) -> NDArray[Any]:
    parts = shapely.get_parts(geometry)
    return np.asarray(parts[(shapely.get_type_id(parts) == 3) & ~shapely.is_empty(parts)])


class _Field:
    """Whose each cell of a grid is, and by how much."""

    def __init__(self, windows: list[tuple[float, float, NDArray[np.float32]]], cell_m: float, leg_min: float) -> None:
        west = min(window[0] for window in windows)
        north = max(window[1] for window in windows)
        east = max(left + (times.shape[1] - 1) * cell_m for left, _, times in windows)
        south = min(top - (times.shape[0] - 1) * cell_m for _, top, times in windows)
        shape = (round((north - south) / cell_m) + 1, round((east - west) / cell_m) + 1)
        if shape[0] * shape[1] > MAX_CELLS:
            fits = 1.05 * cell_m * (shape[0] * shape[1] / MAX_CELLS) ** 0.5
            msg = (
                f"Catchments on {shape[1]} × {shape[0]} cells of {cell_m:g} m are larger than {MAX_CELLS:,} cells; use "
                f"cell_m of at least {np.ceil(fits / 50) * 50:g}, or fewer centres at a time."
            )
            raise InputError(msg)
        self.west, self.north, self.cell_m = west, north, cell_m
        best, second = np.full(shape, np.inf, dtype=np.float32), np.full(shape, np.inf, dtype=np.float32)
        self.owner = np.full(shape, -1, dtype=np.int32)
        for number, (left, top, times) in enumerate(windows):
            r, c = round((north - top) / cell_m), round((left - west) / cell_m)
            part = (slice(r, r + times.shape[0]), slice(c, c + times.shape[1]))
            mine = np.where(np.isnan(times), np.inf, times).astype(np.float32)
            is_less = mine < best[part]
            second[part] = np.minimum(second[part], np.where(is_less, best[part], mine))
            self.owner[part] = np.where(is_less, number, self.owner[part])
            best[part] = np.minimum(best[part], mine)
        # By how many minutes a cell's owner is ahead. Where nobody else comes, by no more than across a cell: the
        # border is then drawn half-way.
        with np.errstate(invalid="ignore"):
            lead = second - best
        self.lead = np.where(np.isfinite(lead), np.minimum(lead, leg_min), leg_min).astype(np.float32)
        self._fill()

    def _fill(self) -> None:
        """Give cells nobody reaches to the nearest owner: areas end between a reached cell and the next."""
        from scipy.ndimage import distance_transform_edt

        if (self.owner >= 0).any():
            _, (rows, columns) = distance_transform_edt(self.owner < 0, return_indices=True)
            self.owner, self.lead = self.owner[rows, columns], self.lead[rows, columns]

    def borders(self) -> NDArray[Any]:
        """Draw the border in every square of four cells with two owners or more: from its sides to its middle."""
        owner = self.owner
        squares = np.argwhere(
            (owner[:-1, :-1] != owner[:-1, 1:])
            | (owner[:-1, :-1] != owner[1:, :-1])
            | (owner[:-1, :-1] != owner[1:, 1:])
        )
        drawn = []
        for r, c in squares.tolist():
            crossings, middle = self._crossings(r, c)
            drawn += [(one, middle) for one in crossings if one is not None]
        return np.asarray(shapely.linestrings(np.array(drawn).reshape(-1, 2, 2)), dtype=object)

    def _crossings(self, r: int, c: int) -> tuple[list[tuple[float, float] | None], tuple[float, float]]:
        """Return where borders cross the four sides of a square, and the point they meet in."""
        corners = [(r, c), (r, c + 1), (r + 1, c + 1), (r + 1, c)]
        found: list[tuple[float, float] | None] = []
        for number in range(4):
            one, other = corners[number], corners[(number + 1) % 4]
            if self.owner[one] == self.owner[other]:
                found.append(None)
                continue
            here, there = float(self.lead[one]), float(self.lead[other])
            share = min(max(here / (here + there) if here + there > 0 else 0.5, 0.02), 0.98)
            found.append(self._place(one[0] + share * (other[0] - one[0]), one[1] + share * (other[1] - one[1])))
        known = np.array([one for one in found if one is not None])
        return found, (float(known[:, 0].mean()), float(known[:, 1].mean()))

    def _place(self, row: float, column: float) -> tuple[float, float]:
        return self.west + column * self.cell_m, self.north - row * self.cell_m

    def owner_at(self, x: float, y: float) -> int:
        """Return whose a place is: that of the corner of its square on the same side of all borders."""
        rows, columns = self.owner.shape
        r = min(max(int(np.floor((self.north - y) / self.cell_m)), 0), rows - 2)
        c = min(max(int(np.floor((x - self.west) / self.cell_m)), 0), columns - 2)
        corners = [(r, c), (r, c + 1), (r + 1, c + 1), (r + 1, c)]
        owners = [int(self.owner[corner]) for corner in corners]
        if len(set(owners)) == 1:
            return owners[0]
        crossings, middle = self._crossings(r, c)
        spot = shapely.Point(x, y)
        away = []
        for number, corner in enumerate(corners):
            sides = [crossings[number - 1], crossings[number]]
            others = [corners[number - 1], corners[(number + 1) % 4]]
            ends = [
                self._place((corner[0] + other[0]) / 2, (corner[1] + other[1]) / 2) if side is None else side
                for side, other in zip(sides, others, strict=True)
            ]
            quarter = shapely.Polygon([self._place(*corner), ends[1], middle, ends[0]])
            away.append(float(shapely.distance(quarter, spot)))
        return owners[int(np.argmin(away))]
