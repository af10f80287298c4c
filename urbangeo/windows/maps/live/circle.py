"""The live circle: a network, land, counties and people, packed so that a page computes circles with no network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from urbangeo.answers.coverage import RULE_ZH, Rule
from urbangeo.areas.ground.shores import land_name
from urbangeo.areas.isochrones import surface_method, task_of
from urbangeo.areas.origins import checked_cutoffs, checked_origins
from urbangeo.areas.prepared import PreparedNetwork
from urbangeo.errors import InputError, listed
from urbangeo.language.schemas import COUNTIES, check_frame
from urbangeo.sources.network.changes.clip import edge_boxes
from urbangeo.windows.maps.live.ground import pack_counties, pack_land, verdict_words
from urbangeo.windows.maps.live.roads import pack_roads, seat_nodes
from urbangeo.windows.maps.live.surfaces import pack_surfaces

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

    from urbangeo.areas.graph.search import Direction
    from urbangeo.areas.ground.shores import Land
    from urbangeo.areas.isochrones import Task
    from urbangeo.areas.origins import Origins
    from urbangeo.sources.network import AccessLeg, Network

Source = Literal["auto", "graph", "surface"]

FORMAT = 1
"""Changes with the meaning of any packed value; the page refuses another one."""

LARGEST_GRAPH_BYTES = 2_000_000
"""Larger packed roads are left out and surfaces put in their place: one circle shall stay under 2 MB."""


@dataclass(frozen=True, eq=False)
class LiveCircle:
    """Everything a page needs to compute circles itself, made by :func:`live_circle` for :func:`urbangeo.draw_map`.

    Attributes
    ----------
    source : {"graph", "surface"}
        "graph": the roads are in the page; centres, roads, direction and minutes may be changed there. "surface": the
        network is too large; fixed centres, any number of minutes.
    reason : str
        Why the source is what it is: "fits", "asked", "dense" (too many roads to be searched at once in a page),
        "large" (too many bytes), "closed" (opened from a folder, which does not keep single roads) or "impedance" (what
        is summed along a way is not its minutes).
    limit_min : float
        Largest minutes a reader may choose.
    adcodes : tuple of str
        Counties, in the order of the page's answers.
    payload : mapping
        Plain data without NaN, the same for the same input.
    """

    source: Literal["graph", "surface"]
    reason: str
    limit_min: float
    adcodes: tuple[str, ...]
    payload: Mapping[str, Any]

    @property
    def nbytes(self) -> int:
        """Size of the payload as JSON, bytes."""
        return len(json.dumps(self.payload, ensure_ascii=False, separators=(",", ":")).encode())


def live_circle(
    network: Network | PreparedNetwork,
    counties: gpd.GeoDataFrame | None,
    census: pd.DataFrame | None = None,
    *,
    origin: Origins | None = None,
    limit_min: float = 60.0,
    direction: Direction = "from",
    access: AccessLeg | None = None,
    cell_m: float | None = None,
    land: Land = None,
    rule: Rule = "seat",
    source: Source = "auto",
) -> LiveCircle:
    """Pack a network so that a page without any connection computes circles itself.

    In the page a centre can be dragged, a second one added, a road closed or slowed, and the minutes changed; circle,
    counties and people follow. Answers equal those of :func:`urbangeo.isochrones`, :func:`urbangeo.seat_minutes` and
    :func:`urbangeo.coverage` with areal placement.

    Parameters
    ----------
    network : Network or PreparedNetwork
        Roads. Networks that are too dense or too large for a page are replaced by travel-time surfaces of the origins,
        and the page says so.
    counties : geopandas.GeoDataFrame or None
        As :func:`urbangeo.read_counties` returns; without them (None) the page draws circles and counts nothing.
    census : pandas.DataFrame, optional
        One year of :func:`urbangeo.read_census`; without it no people are counted.
    origin : geopandas.GeoDataFrame, str, (lon, lat) pair, or a sequence of these, optional
        Where the page begins, as in :func:`urbangeo.isochrones`. Needed for surfaces, one each.
    limit_min : float, default 60
        Largest minutes a reader may choose.
    direction : {"from", "to"}, default "from"
        How the page begins.
    access : AccessLeg, optional
        The leg off the network; by default the network's own.
    cell_m : float, optional
        Cell of the surface, as in :func:`urbangeo.isochrones`.
    land : geopandas.GeoSeries, "everywhere" or None
        As in :func:`urbangeo.isochrones`.
    rule : {"seat", "people", "area", "centroid"}, default "seat"
        What makes a county covered when the page begins.
    source : {"auto", "graph", "surface"}, default "auto"
        What to pack; "auto" packs the roads where a page can search them.

    Returns
    -------
    LiveCircle
        For ``draw_map(..., live=...)``.

    Raises
    ------
    InputError
        If a value is out of range, surfaces are wanted or needed without an origin, or the roads are wanted and a page
        cannot use them.
    JoinError
        If counties and census do not match.
    SchemaError
        If a frame is faulty.
    SnapError
        If origins are too far from every road.

    Examples
    --------
    >>> import urbangeo as ug
    >>> live = ug.live_circle(
    ...     ug.read_network(), ug.read_counties(), ug.read_census(2020), origin="济南"
    ... )  # doctest: +SKIP
    >>> live.source, live.nbytes < 2_000_000  # doctest: +SKIP
    ('graph', True)
    """
    limit = checked_cutoffs([limit_min])[0]
    _check(rule, source, counties, census)
    task = task_of(network, limit, direction=direction, access=access, cell_m=cell_m, land=land, method="auto")
    places = None if origin is None else checked_origins(origin)
    payload: dict[str, Any] = {
        "format": FORMAT,
        "limit_min": limit,
        "cell_m": task.cell_m,
        "direction": direction,
        "rule": rule,
        "rules": verdict_words(),
        "network_kind": task.ready.kind,
        "mode": task.ready.mode,
        "access": {
            "ms_per_m": task.access.ms_per_m,
            "max_m": float(task.access.max_m),
            "speed_kmh": task.access.speed_kmh,
            "circuity": task.access.circuity,
        },
        "land_name": land_name(land),
        "start": _start(task, places),
        "marks": _marks(task, places),
    }
    if counties is not None:
        payload["counties"] = pack_counties(counties, census)
    adcodes = payload["counties"]["adcodes"] if counties is not None else []
    roads = network.network if isinstance(network, PreparedNetwork) else network
    chosen, reason = _source(task, roads, source)
    if chosen == "graph" and roads is not None:
        packed = _with_roads(roads, task, adcodes)
        size = len(json.dumps(packed, ensure_ascii=False).encode())
        if size <= LARGEST_GRAPH_BYTES:
            payload |= packed
        elif source == "graph":
            msg = (
                f"The packed roads take {size:,} bytes, more than {LARGEST_GRAPH_BYTES:,}; use a smaller part of the "
                "network (clip_network), or source='surface'."
            )
            raise InputError(msg)
        else:
            chosen, reason = "surface", "large"
    if chosen == "surface":
        payload |= pack_surfaces(task, places, adcodes, reason)
    payload |= {"source": chosen, "reason": reason}
    return LiveCircle(chosen, reason, limit, tuple(adcodes), payload)


def _check(rule: str, source: str, counties: Any, census: Any) -> None:
    if rule not in RULE_ZH or source not in ("auto", "graph", "surface"):
        msg = (
            f"rule={rule!r}, source={source!r}: expected rule one of {listed(RULE_ZH)}, source 'auto', 'graph' or "
            "'surface'."
        )
        raise InputError(msg)
    if counties is None and census is not None:
        msg = "A census without counties cannot be placed on the map; give counties=read_counties() too."
        raise InputError(msg)
    if counties is not None:
        check_frame(counties, COUNTIES)


def _source(task: Task, roads: Network | None, source: Source) -> tuple[Literal["graph", "surface"], str]:
    """Choose what is packed: roads only where areas are timed exactly, cell by cell, and single roads are known."""
    if source == "surface":
        return "surface", "asked"
    if surface_method(task.ready) != "exact":
        why, told = (
            "dense",
            (
                f"This network has {len(task.ready.graph.seg_chain):,} straight pieces of road, too many to be "
                "searched at once in a page; use a smaller part of it (clip_network), or source='surface'."
            ),
        )
    elif roads is None:
        why, told = (
            "closed",
            (
                "A prepared network opened from a folder does not keep single roads; give the Network itself, or "
                "source='surface'."
            ),
        )
    elif roads.impedance != "time_min":
        why, told = (
            "impedance",
            (
                f"The impedance of this network is {roads.impedance!r}, but roads are slowed in the page by their "
                "speed, which changes 'time_min'; use source='surface' to draw it as it is."
            ),
        )
    else:
        return "graph", "asked" if source == "graph" else "fits"
    if source == "graph":
        raise InputError(told)
    return "surface", why


def _with_roads(network: Network, task: Task, adcodes: list[str]) -> dict[str, Any]:
    # A place may lie a leg off the road, and its own leg be as long again.
    land, wide = pack_land(task.land, edge_boxes(network), 2 * task.access.max_m + 10 * task.cell_m)
    graph, roads = pack_roads(network)
    return {"graph": graph, "roads": roads, "land": land, "wide_land": wide, "seats": seat_nodes(network, adcodes)}


def _start(task: Task, places: gpd.GeoDataFrame | None) -> list[dict[str, Any]]:
    """List the places the page begins at; one that no road is near is told here and not in the page."""
    if places is None:
        return []
    import shapely

    labels, snapped = task.snapped(places)
    return [
        {
            "id": label,
            "name": str(name),
            "at": [[round(float(lat), 6), round(float(lon), 6)] for lon, lat in shapely.get_coordinates(shape)],
            "snap_m": round(start.snap_m, 1),
        }
        for label, name, shape, start in zip(labels, places["name"], places.geometry, snapped, strict=True)
    ]


def _marks(task: Task, places: gpd.GeoDataFrame | None) -> dict[str, Any]:
    """Say what a reader must know of the figures: whether they rest on the skeleton, and what nobody has confirmed."""
    unconfirmed = []
    if places is not None and "confidence" in places:
        unconfirmed = [str(label) for label in places.index[places["confidence"] == "unconfirmed"]]
    return {"skeleton": bool(task.ready.meta.get("is_skeleton", False)), "unconfirmed": unconfirmed}
