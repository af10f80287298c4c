"""Rail as layers of a road network: platforms apart from the road, and one overhead for each ride.

A station is two nodes. On the road node one arrives and leaves; on the platform node one sits in a train. Getting from
the road to the platform costs the whole overhead (access, wait and egress) less a millisecond, getting off costs that
millisecond, so every ride is charged exactly the overhead, however many legs it has and whichever way the search runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from urbangeo.archive.catalog import describe_table, read_table
from urbangeo.errors import InputError, SnapError
from urbangeo.sources.network.changes.growing import (
    add_nodes,
    add_rows,
    checked,
    fresh_ids,
    in_main_component,
    join_places,
    with_basis,
)
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import Network

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

Minutes = Literal["timetable", "design"]

PLATFORM = "platform"
"""Kind of the nodes where one sits in a train. It is no kind one may leave from: the station's road node is."""

STATION_SNAP_M = 5_000.0
"""How far a station may lie from a road it is put on. The positions of the packaged stations are good to 0.5–4 km."""

_LEAST_MIN = 1 / 60_000
"""A millisecond: no edge takes less, so a ride in the vehicle only (overhead 0) takes two of them more."""

_ACCESS_M = 0.01
"""Length given to the step between road and platform, which has none."""

_LENGTH_BASIS = {"km estimated": "estimated", "scaled to": "scaled_to_published", "published": "published"}

_COLUMNS = (
    "line",
    "from_station",
    "to_station",
    "from_node_id",
    "to_node_id",
    "km",
    "length_basis",
    "minutes_timetable",
    "timetable_basis",
    "minutes_design",
    "minutes_estimated",
    "opened",
    "source",
    "confidence",
)


def read_rail() -> pd.DataFrame:
    """Read the legs of passenger lines in Shandong and Qinghai, timetable and design minutes apart.

    Returns
    -------
    pandas.DataFrame
        One row a leg, for trains both ways: line, from_station, to_station, from_node_id, to_node_id, km, length_basis,
        minutes_timetable (NaN where none was read), timetable_basis ("leg": of the leg itself, "line": of a whole line,
        shared out by km; missing without a figure), minutes_design (always an estimate: km at 75 % of the design
        speed), minutes_estimated (what stands in where the timetable is missing), opened, source, confidence. None
        holds waiting, access or egress. ``attrs["estimate_factor"]`` is the factor behind minutes_estimated.

    Notes
    -----
    The rule of minutes_estimated: design minutes times the ratio of all timetable minutes to the design minutes of the
    same legs. It is taken from the table and from nothing else. Trains that stop take longer than a design speed
    promises: the minutes announced for 济莱 were about half of what runs.

    Raises
    ------
    DataIntegrityError
        If a packaged table does not match its checksum.

    Examples
    --------
    >>> legs = read_rail()
    >>> len(legs), round(legs.attrs["estimate_factor"], 2)
    (75, 1.19)
    """
    legs = read_table("network/rail")
    known = legs["minutes_timetable"].notna()
    factor = float(legs.loc[known, "minutes_timetable"].sum() / legs.loc[known, "minutes_design"].sum())
    basis = [next(word for start, word in _LENGTH_BASIS.items() if text.startswith(start)) for text in legs["source"]]
    shared = legs["source"].str.contains("shared out by km", regex=False)
    legs["length_basis"] = basis
    legs["timetable_basis"] = shared.map({True: "line", False: "leg"}).astype("str").where(known)
    legs["minutes_estimated"] = (legs["minutes_design"] * factor).round(1)
    legs = legs[list(_COLUMNS)]
    legs.attrs["estimate_factor"] = factor
    return legs


def with_rail(
    network: Network,
    *,
    minutes: Minutes = "timetable",
    overhead_min: float | None = None,
    snap_m: float = STATION_SNAP_M,
) -> Network:
    """Add the passenger lines of Shandong and Qinghai to a road network.

    Stations the network has by their own node (the skeleton's ``r_…``) are used as they are. Others are put on the
    nearest road one may leave anywhere, inside the main component and within ``snap_m``, which is cut there; those
    without such a road have no access, and legs that lead to such stations only are left out. Trains run both ways; no
    departure is waited for beyond the overhead. Changing lines at the same station costs nothing: no figure is known,
    and many trains run through. Whoever leaves the station and boards again is charged again.

    Parameters
    ----------
    network : Network
        Off-peak roads (mode "drive").
    minutes : {"timetable", "design"}, default "timetable"
        Timetable minutes, with estimates where there are none (see :func:`read_rail`), or design minutes throughout.
    overhead_min : float, optional
        Minutes for access, wait and egress, charged once a ride; by default those of the table ``network/turn_tolls``
        (30). 0 must be asked for by name and is recorded as time in the vehicle.
    snap_m : float, default 5000
        How far a station without a node of its own may lie from the road it is put on.

    Returns
    -------
    Network
        Mode "drive+rail". New nodes of kind "platform"; new edges of the classes "rail" and "rail_access", to be left
        at their ends only and free of tolls; edge column minutes_basis ("timetable", "estimated" or "design");
        ``provenance["rail"]`` tells the rest.

    Raises
    ------
    InputError
        If an option is out of range, or the network is of another mode or has rail already.
    SnapError
        If fewer than two stations lie near enough to a road.

    Examples
    --------
    >>> from urbangeo import read_network
    >>> both = with_rail(read_network())
    >>> both.mode, both.provenance["rail"]["overhead_min"], both.provenance["rail"]["stations"]
    ('drive+rail', 30.0, 68)
    """
    overhead, basis = _overhead(overhead_min)
    if minutes not in ("timetable", "design"):
        msg = f"minutes={minutes!r} is not known; expected 'timetable' or 'design'."
        raise InputError(msg)
    if network.mode != "drive":
        msg = (
            f"Rail is added to off-peak roads (mode 'drive'); this network is of mode {network.mode!r}. "
            "Read it again with mode='drive' and add rail to that."
        )
        raise InputError(msg)
    if isinstance(snap_m, bool) or not 0 <= snap_m < math.inf:
        msg = f"snap_m={snap_m!r}: expected a number of metres, not negative."
        raise InputError(msg)
    legs = read_rail()
    roads, stations = _stations_on_roads(network, legs, float(snap_m))
    served = _served(legs, stations)
    if served.empty:
        msg = (
            f"{int((stations.road >= 0).sum())} of {len(stations.ids)} stations of Shandong and Qinghai lie within "
            f"{snap_m / 1000:g} km of a road of this network; rail needs two on one line. Use roads that cover them, "
            "or mode='drive'."
        )
        raise SnapError(msg)
    return _with_platforms(network, roads, stations, served, minutes=minutes, overhead=overhead, basis=basis)


@dataclass(frozen=True)
class _Stations:
    """Stations: identity, name, position, and the road node each stands on (-1 without one)."""

    ids: list[str]
    names: list[str]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    road: NDArray[np.int64]
    away_m: NDArray[np.float64]


def _overhead(asked: float | None) -> tuple[float, str]:
    if asked is None:
        defaults = read_table("network/turn_tolls").set_index("item")["default"]
        return float(defaults["rail_overhead"]), "network/turn_tolls, rail_overhead"
    if isinstance(asked, bool) or not 0 <= asked < math.inf:
        msg = (
            f"overhead_min={asked!r}: expected minutes for access, wait and egress, or 0 for time in the vehicle only."
        )
        raise InputError(msg)
    return float(asked), "given"


def _stations_on_roads(network: Network, legs: pd.DataFrame, snap_m: float) -> tuple[Network, _Stations]:
    nodes = read_table("network/nodes").set_index("node_id")
    ids = sorted({*legs["from_node_id"], *legs["to_node_id"]})
    points = nodes.loc[ids]
    lon, lat = points["lon"].to_numpy(dtype=float), points["lat"].to_numpy(dtype=float)
    own = np.full(len(ids), -1, dtype=np.int64)
    if network.node_id.dtype.kind not in "iu":
        rows = np.flatnonzero(np.isin(network.node_id, ids))
        place = dict(zip(network.node_id[rows].tolist(), rows.tolist(), strict=True))
        own = np.array([place.get(station, -1) for station in ids], dtype=np.int64)
    stray = np.flatnonzero(own < 0)
    roads, joints = join_places(
        network,
        lon[stray],
        lat[stray],
        nodes=np.zeros(len(network.node_id), dtype=bool),
        edges=network.along & in_main_component(network),
        node_m=np.full(len(stray), -1.0),
        edge_m=np.full(len(stray), snap_m),
        name="station_road_",
    )
    road, away = own.copy(), np.zeros(len(ids))
    road[stray], away[stray] = joints.node, joints.away_m
    return roads, _Stations(ids, [str(name) for name in points["name"]], lon, lat, road, away)


def _served(legs: pd.DataFrame, stations: _Stations) -> pd.DataFrame:
    """Keep the legs that lie on a way between two stations with a road; trains to nowhere are left out."""
    import networkx as nx

    rails: nx.Graph[str] = nx.Graph()
    pairs = list(zip(legs["from_node_id"], legs["to_node_id"], strict=True))
    rails.add_edges_from(pairs)
    # The road joins all its stations: a leg of use lies on a round trip through it that passes no place twice.
    road = ""
    rails.add_edges_from((road, name) for name, row in zip(stations.ids, stations.road, strict=True) if row >= 0)
    blocks = [[frozenset(pair) for pair in block] for block in nx.biconnected_component_edges(rails)]
    useful = {pair for block in blocks if any(road in pair for pair in block) for pair in block}
    return legs[[frozenset(pair) in useful for pair in pairs]]


def _with_platforms(
    network: Network,
    roads: Network,
    stations: _Stations,
    legs: pd.DataFrame,
    *,
    minutes: Minutes,
    overhead: float,
    basis: str,
) -> Network:
    used = {*legs["from_node_id"], *legs["to_node_id"]}
    rows = np.array([number for number, name in enumerate(stations.ids) if name in used])
    names = [stations.ids[row] for row in rows]
    start = len(roads.node_id)
    platform = {name: start + number for number, name in enumerate(names)}
    grown = add_nodes(
        roads,
        fresh_ids(roads, [f"{name}@rail" for name in names]),
        stations.lon[rows],
        stations.lat[rows],
        {
            "kind": Coded.constant(PLATFORM, len(rows)),
            "name": Coded.from_texts(f"{stations.names[row]}（站台）" for row in rows),
            "station_id": Coded.from_texts(names),
        },
    )
    timed = legs["minutes_timetable"].where(legs["minutes_timetable"].notna(), legs["minutes_estimated"])
    time = (legs["minutes_design"] if minutes == "design" else timed).to_numpy(dtype=float)
    if minutes == "design":
        kind = ["design"] * len(legs)
    else:
        kind = np.where(legs["minutes_timetable"].notna(), "timetable", "estimated").tolist()
    ends = [np.array([platform[name] for name in legs[f"{side}_node_id"]]) for side in ("from", "to")]
    boarded = [number for number, row in enumerate(rows) if stations.road[row] >= 0]
    road = stations.road[rows[boarded]]
    there = np.array([start + number for number in boarded])
    count, doors = len(legs), len(boarded)
    # Trains run both ways; boarding carries the overhead, getting off the millisecond no edge goes below.
    u = np.concatenate([ends[0], ends[1], road, there])
    v = np.concatenate([ends[1], ends[0], there, road])
    length = np.concatenate([np.tile(legs["km"].to_numpy(dtype=float) * 1000, 2), np.full(2 * doors, _ACCESS_M)])
    board = max(overhead - _LEAST_MIN, _LEAST_MIN)
    time = np.concatenate([np.tile(time, 2), np.full(doors, board), np.full(doors, _LEAST_MIN)])
    both = 2 * count + 2 * doors
    layer = Network(
        node_id=grown.node_id,
        lon=grown.lon,
        lat=grown.lat,
        u=u.astype(np.int32),
        v=v.astype(np.int32),
        length_m=length,
        speed_kmh=length / 1000 / time * 60,
        time_min=time,
        road_class=Coded.from_texts(["rail"] * (2 * count) + ["rail_access"] * (2 * doors)),
        along=np.zeros(both, dtype=bool),
        toll=np.zeros(both, dtype=bool),
        edge_columns={
            "road_name": Coded.from_texts([*legs["line"], *legs["line"], *[None] * (2 * doors)]),
            "length_basis": Coded.from_texts([*legs["length_basis"], *legs["length_basis"], *[None] * (2 * doors)]),
            "speed_basis": Coded.constant("given", both),
            "minutes_basis": Coded.from_texts([*kind, *kind, *[None] * (2 * doors)]),
            "source": Coded.from_texts([*legs["source"], *legs["source"], *[f"overhead: {basis}"] * (2 * doors)]),
        },
    )
    known, km = legs["minutes_timetable"].notna(), legs["km"]
    skipped = [stations.names[number] for number in range(len(stations.ids)) if stations.road[number] < 0]
    away = stations.away_m[rows[boarded]]
    tables = [describe_table(f"network/{name}") for name in ("rail", "nodes", "turn_tolls")]
    told: dict[str, Any] = {
        "source_id": "NETWORK-SKELETON",
        "minutes": minutes,
        "time": "in-vehicle" if overhead == 0 else "with access, wait and egress",
        "overhead_min": overhead,
        "overhead_basis": basis,
        "overhead_charged": "once a ride, on boarding",
        "transfer_min": 0.0,
        "estimate_factor": round(float(legs.attrs["estimate_factor"]), 4),
        "timetable_km_share": round(float(km[known].sum() / km.sum()), 4),
        "timetable_of_whole_lines_km_share": round(float(km[legs["timetable_basis"] == "line"].sum() / km.sum()), 4),
        "confidence": "low",
        "legs": count,
        "stations": doors,
        "stations_without_road": skipped,
        "largest_station_snap_m": round(float(away.max(initial=0.0)), 1),
        "sha256": {info.name: info.sha256 for info in tables},
    }
    parts = list(network.provenance.get("parts", [network.kind]))
    return checked(
        replace(
            add_rows(with_basis(grown), layer),
            mode="drive+rail",
            # Stations and legs are the authored skeleton's, whatever roads they are added to.
            provenance={
                **network.provenance,
                "parts": parts if "skeleton" in parts else [*parts, "skeleton"],
                "rail": told,
            },
        )
    )


def sure_of_rail(network: Network) -> str:
    """Say in Chinese how sure the rail times of a network are.

    Parameters
    ----------
    network : Network
        As :func:`with_rail` returns it.

    Returns
    -------
    str
        One sentence without a full stop.

    Raises
    ------
    InputError
        If the network has no rail.
    """
    told = network.provenance.get("rail")
    if told is None:
        msg = f"This network of mode {network.mode!r} has no rail; add it with with_rail(network)."
        raise InputError(msg)
    if told["minutes"] == "design":
        return "铁路可信度低：全部为按设计速度75%推算的分钟数"
    share = 1 - told["timetable_km_share"]
    return f"铁路可信度低：{share:.0%}的里程无时刻表，按设计分钟数×{told['estimate_factor']:.2f}估算，同站换乘不另计时"
