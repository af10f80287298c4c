"""The road network: one frozen type, its checks, and the reader of the authored skeleton."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from urbangeo.archive.catalog import describe_table, read_table
from urbangeo.errors import InputError, SchemaError, listed
from urbangeo.language.crs import require_geographic
from urbangeo.language.schemas import EDGES, NODES, frame_faults

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import networkx as nx
    import pandas as pd

Mode = Literal["drive", "drive_peak"]

CORE_CLASSES = ("urban_arterial", "urban_expressway")
"""Road classes slowed in the peak (``turn_tolls``: "apply to urban_arterial and urban_expressway edges")."""

_LANDING_KINDS = ("seat", "interchange", "hub", "station")
"""Node kinds where one may leave even if only ``ends_only`` edges meet there."""


@dataclass(frozen=True)
class AccessLeg:
    """How one gets from a place to the network; the area of a circle depends on it, so it is named in every result.

    Attributes
    ----------
    speed_kmh : float
        Speed off the network.
    circuity : float
        Way travelled over straight line, at least 1.
    max_m : float
        Largest straight-line distance, metres.
    """

    speed_kmh: float
    circuity: float
    max_m: float

    def __post_init__(self) -> None:
        """Refuse values that make no leg.

        Raises
        ------
        InputError
            If the speed or distance is not positive and finite, or the circuity is below 1.
        """
        if not (0 < self.speed_kmh < np.inf and 1 <= self.circuity < np.inf and 0 < self.max_m < np.inf):
            msg = (
                f"Access leg with speed {self.speed_kmh} km/h, circuity {self.circuity}, at most {self.max_m} m: "
                "expected a positive speed and distance and a circuity of at least 1."
            )
            raise InputError(msg)

    @property
    def ms_per_m(self) -> float:
        """Milliseconds for each metre of straight line."""
        return 3600.0 / self.speed_kmh * self.circuity


@dataclass(frozen=True)
class Network:
    """A road network in one direction a row, with what is known of where it came from.

    Attributes
    ----------
    nodes : geopandas.GeoDataFrame
        Index node_id; kind, name, adcode, geometry (points, EPSG:4490).
    edges : pandas.DataFrame
        Index (u, v, key); length_m, speed_kmh, time_min, road_class, road_name, road_code, access ("along": one may
        leave the road anywhere; "ends_only": only at its ends), toll (bool), length_basis, source. One row a direction.
    kind : str
        "skeleton" for the authored network; results made from it must say so.
    toll_min : float
        Minutes charged on each change between toll edges and others.
    mode : str
        "drive" or "drive_peak".
    impedance : str
        The edge column summed along a path.
    access : AccessLeg
        The access leg that suits this kind of network, used unless another is given.
    provenance : mapping
        Source, date, checksums, notes.
    """

    nodes: gpd.GeoDataFrame
    edges: pd.DataFrame
    kind: str
    toll_min: float = 0.0
    mode: Mode = "drive"
    impedance: str = "time_min"
    access: AccessLeg = field(default_factory=lambda: AccessLeg(speed_kmh=5.0, circuity=1.3, max_m=2_000.0))
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_skeleton(self) -> bool:
        """Whether results rest on the authored skeleton and must say so."""
        return self.kind == "skeleton"

    def lines(self) -> gpd.GeoDataFrame:
        """Return one straight line a road piece, both directions together, for drawing and for length sums.

        Returns
        -------
        geopandas.GeoDataFrame
            road_name, road_code, road_class, length_km, length_basis, access, geometry; EPSG:4490.
        """
        import geopandas as gpd
        import shapely

        table = self.edges.reset_index()
        ends = np.sort(table[["u", "v"]].to_numpy(dtype=str), axis=1)
        once = ~table.assign(a=ends[:, 0], b=ends[:, 1]).duplicated(["a", "b", "key"])
        table = table[once]
        x, y = self.nodes.geometry.x, self.nodes.geometry.y
        points = np.stack(
            [np.stack([x.loc[table[end]], y.loc[table[end]]], axis=1) for end in ("u", "v")],
            axis=1,
        )
        columns = ["road_name", "road_code", "road_class", "length_basis", "access"]
        frame = table[columns].assign(length_km=table["length_m"] / 1000)
        return gpd.GeoDataFrame(frame, geometry=shapely.linestrings(points), crs=self.nodes.crs).reset_index(drop=True)

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """Return the network as a networkx MultiDiGraph in the convention of OSMnx (x, y on nodes, length on edges).

        Returns
        -------
        networkx.MultiDiGraph
            A copy; changing it does not change the network.
        """
        import networkx as nx

        graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(crs=str(self.nodes.crs), kind=self.kind)
        for node_id, row in self.nodes.iterrows():
            graph.add_node(node_id, x=row.geometry.x, y=row.geometry.y, kind=row["kind"])
        for (u, v, key), edge in zip(self.edges.index, self.edges.to_dict("records"), strict=True):
            graph.add_edge(u, v, key=key, length=edge["length_m"], **{str(name): value for name, value in edge.items()})
        return graph


def check_network(nodes: gpd.GeoDataFrame, edges: pd.DataFrame) -> None:
    """Raise if nodes and edges do not make a usable network, naming every fault.

    Parameters
    ----------
    nodes, edges : frame
        As in :class:`Network`.

    Raises
    ------
    SchemaError
        If columns, types or keys are wrong, an end node is missing, or a length, speed or time is not positive and
        finite.
    """
    import shapely

    faults = [f"nodes: {fault}" for fault in frame_faults(nodes, NODES)]
    faults += [f"edges: {fault}" for fault in frame_faults(edges, EDGES)]
    if not faults:
        for end in ("u", "v"):
            missing = set(edges.index.get_level_values(end)) - set(nodes.index)
            if missing:
                faults.append(f"edges name {len(missing)} nodes that do not exist: {listed(sorted(map(str, missing)))}")
        for column in ("length_m", "speed_kmh", "time_min"):
            values = edges[column].to_numpy(dtype=float)
            bad = edges.index[~((values > 0) & np.isfinite(values))]
            if len(bad):
                faults.append(f"{len(bad)} edges have no positive {column}: {listed(bad)}")
        strange = sorted(map(str, set(edges["access"]) - {"along", "ends_only"}))
        if strange:
            faults.append(f"access must be 'along' or 'ends_only', got {listed(strange)}")
        points = nodes.geometry.to_numpy()
        located = (shapely.get_type_id(points) == 0) & np.isfinite(shapely.bounds(points)).all(axis=1)
        if not located.all():
            faults.append(f"these nodes are no points with finite coordinates: {listed(nodes.index[~located])}")
    if faults:
        msg = "This network cannot be used: " + "; ".join(faults) + "."
        raise SchemaError(msg)


def read_network(*, mode: Mode = "drive") -> Network:
    """Read the authored skeleton of roads in Shandong and Qinghai, as open at the end of 2024.

    It is a skeleton, not a survey: most lengths are estimated and most positions are from memory of the map (each row
    says so). Every result made from it must say "skeleton". Rail rows are packaged but not part of this road network.

    Parameters
    ----------
    mode : {"drive", "drive_peak"}, default "drive"
        Off-peak mean speeds, or city roads (urban_arterial, urban_expressway) slowed by the table's peak factor.

    Returns
    -------
    Network
        kind "skeleton"; station access edges are kept so that stations can be reached by road.

    Raises
    ------
    InputError
        If ``mode`` is not known.
    SchemaError
        If the packaged tables contradict each other.

    Examples
    --------
    >>> network = read_network()
    >>> len(network.nodes), len(network.edges), network.kind
    (712, 2660, 'skeleton')
    """
    import geopandas as gpd

    if mode not in ("drive", "drive_peak"):
        msg = f"mode {mode!r} is not known; expected 'drive' or 'drive_peak'."
        raise InputError(msg)
    raw_nodes = read_table("network/nodes").set_index("node_id")
    points = gpd.points_from_xy(raw_nodes["lon"], raw_nodes["lat"])
    nodes = require_geographic(
        gpd.GeoDataFrame(raw_nodes.drop(columns=["lon", "lat"]), geometry=points, crs="EPSG:4326"),
        "network nodes",
    )
    tolls = read_table("network/turn_tolls").set_index("item")
    defaults = tolls["default"]
    edges = _directed(read_table("network/edges"))
    # The toll row says which class it is charged on; the flag alone also marks the 胶州湾 tunnel, without ramp toll.
    edges["toll"] &= edges["road_class"] == tolls.loc["toll_ramp_per_entry_or_exit", "applies_to"]
    factor = np.where(
        edges["road_class"].isin(CORE_CLASSES) & (mode == "drive_peak"),
        defaults["peak_factor_core_legs"],
        1.0,
    )
    edges["speed_kmh"] = edges["speed_kmh"] / factor
    edges["time_min"] = edges["length_m"] / 1000 / edges["speed_kmh"] * 60
    check_network(nodes, edges)
    tables = [describe_table(f"network/{name}") for name in ("nodes", "edges", "turn_tolls")]
    estimated = edges["length_basis"].eq("estimated")
    share = float(edges.loc[estimated, "length_m"].sum() / edges["length_m"].sum())
    return Network(
        nodes=nodes,
        edges=edges,
        kind="skeleton",
        toll_min=float(defaults["toll_ramp_per_entry_or_exit"]),
        mode=mode,
        access=AccessLeg(float(defaults["off_road_speed"]), SKELETON_CIRCUITY, SKELETON_ACCESS_MAX_M),
        provenance={
            "source_id": "NETWORK-SKELETON",
            "as_of": "2024-12",
            "estimated_length_share": round(share, 4),
            "sha256": {info.name: info.sha256 for info in tables},
        },
    )


SKELETON_CIRCUITY = 1.3
"""Way over straight line on the county roads the skeleton leaves out (``turn_tolls`` row off_road_speed: 36 km/h,
range 30–45, with circuity 1.3)."""

SKELETON_ACCESS_MAX_M = 15_000.0
"""Largest straight-line access leg on the skeleton, metres. The skeleton itself assumes local roads between places up
to 15 km apart (its connectors join a seat to interchanges within 15 km); beyond that nothing is claimed."""


def _directed(table: pd.DataFrame) -> pd.DataFrame:
    """Turn undirected rows in km into one row a direction in metres."""
    import pandas as pd

    both = table["both_directions"].astype(bool)
    if not both.all():
        msg = f"{int((~both).sum())} skeleton rows are one-way; the table promises both directions for all."
        raise SchemaError(msg)
    forward = pd.DataFrame(
        {
            "u": table["from_id"],
            "v": table["to_id"],
            "length_m": table["length_km"] * 1000,
            "speed_kmh": table["mean_kmh"].astype("float64"),
            "road_class": table["road_class"],
            "road_name": table["road_name"],
            "road_code": table["road_code"],
            "access": table["access"].map({"along": "along", "interchange_only": "ends_only"}),
            "toll": table["toll"].astype(bool),
            "length_basis": table["length_basis"],
            "source": table["source"],
        }
    )
    backward = forward.rename(columns={"u": "v", "v": "u"})
    edges = pd.concat([forward, backward], ignore_index=True)
    edges["key"] = edges.groupby(["u", "v"]).cumcount()
    return edges.set_index(["u", "v", "key"]).sort_index()


def county_seats(network: Network) -> gpd.GeoSeries:
    """Return the county seats of a network: where a county's government sits, as far as the network knows.

    Parameters
    ----------
    network : Network
        Roads whose nodes of kind "seat" carry an adcode.

    Returns
    -------
    geopandas.GeoSeries
        Points on the index adcode, EPSG:4490.

    Raises
    ------
    SchemaError
        If the network has no seats, or two for one county.

    Examples
    --------
    >>> len(county_seats(read_network()))
    181
    """
    nodes = network.nodes
    seats = nodes[(nodes["kind"] == "seat") & nodes["adcode"].notna()] if "adcode" in nodes else nodes.iloc[:0]
    if seats.empty or not seats["adcode"].is_unique:
        found = f"{len(seats)} of them" if len(seats) else "none"
        msg = f"A network with one node of kind 'seat' and an adcode for each county is needed; this one has {found}."
        raise SchemaError(msg)
    return seats.set_index("adcode").geometry


def landing_nodes(network: Network) -> np.ndarray[Any, Any]:
    """Say at which nodes one may leave the network.

    Parameters
    ----------
    network : Network
        Any network.

    Returns
    -------
    numpy.ndarray of bool
        One value a row of ``network.nodes``: True where an ``along`` edge ends, or where the node is a seat, hub,
        station or interchange (which has an exit by definition).
    """
    along = network.edges[network.edges["access"] == "along"]
    touched = set(along.index.get_level_values("u")) | set(along.index.get_level_values("v"))
    return np.array(network.nodes.index.isin(touched) | network.nodes["kind"].isin(_LANDING_KINDS))
