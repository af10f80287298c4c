"""The road network as arrays, one row a direction, with what is known of where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from urbangeo.errors import InputError, SchemaError, listed
from urbangeo.language.crs import CGCS2000, require_geographic
from urbangeo.language.schemas import EDGES, NODES, SKELETON, frame_faults
from urbangeo.sources.network.columns import Coded, Column, column_of, frame_columns, take_column

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx
    import pandas as pd

Mode = Literal["drive", "drive_peak", "drive+rail"]

DEGREE = 1e7
"""Shape points are whole numbers of 1e-7 degrees (a centimetre), as OSM stores them."""

LANDING_KINDS = ("seat", "interchange", "hub", "station")
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


WALK = AccessLeg(speed_kmh=5.0, circuity=1.3, max_m=2_000.0)
"""The access leg of a full road network: a short walk or farm track (``docs/method.md``, access legs)."""


@dataclass(frozen=True, eq=False)
class Shapes:
    """The bends of roads, each line kept once for both directions.

    Attributes
    ----------
    offsets : numpy.ndarray of int64, shape (lines + 1,)
        Where the points of each line begin and end in ``points``.
    points : numpy.ndarray of int32, shape (points, 2)
        Longitude and latitude in 1e-7 degrees, both end nodes included.
    line : numpy.ndarray of int32, shape (edges,)
        The line of each edge, -1 for a straight one.
    backwards : numpy.ndarray of bool, shape (edges,)
        Whether the edge runs along its line from the last point to the first.
    """

    offsets: NDArray[np.int64]
    points: NDArray[np.int32]
    line: NDArray[np.int32]
    backwards: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Network:
    """A road network in one direction a row, with what is known of where it came from.

    Arrays hold it; :attr:`nodes` and :attr:`edges` show it as frames. All coordinates are degrees, EPSG:4490 (which
    WGS 84 equals to the centimetre-to-decimetre that matters here).

    Attributes
    ----------
    node_id : numpy.ndarray, shape (nodes,)
        Identity of each node: int64, or text without an object in it (``<U…``).
    lon, lat : numpy.ndarray of float64, shape (nodes,)
        Degrees.
    u, v : numpy.ndarray of int32, shape (edges,)
        Rows of the nodes at which each edge begins and ends.
    length_m, speed_kmh, time_min : numpy.ndarray of float, shape (edges,)
        Length, mean speed, and minutes.
    road_class : Coded
        Class of road; vocabulary in the table ``style/terms``, field road_class.
    along : numpy.ndarray of bool, shape (edges,)
        Whether one may leave the road anywhere (access "along"), or only at its ends ("ends_only").
    toll : numpy.ndarray of bool, shape (edges,)
        Whether changing between this edge and others costs ``toll_min``.
    node_columns, edge_columns : mapping of str to Column
        What else is known of nodes (kind, name, adcode …) and edges (road_name, road_code, length_basis, speed_basis,
        source, osm_id …).
    shapes : Shapes, optional
        The bends; without them edges are straight.
    kind : str
        Where it came from: "skeleton" for the authored network (results made from it must say so), "osm", "graphml",
        "lines", "tables", "networkx", "merged" …
    toll_min : float
        Minutes charged on each change between toll edges and others.
    mode : str
        "drive", "drive_peak" or "drive+rail".
    impedance : str
        The edge column summed along a path.
    access : AccessLeg
        The access leg that suits this kind of network, used unless another is given.
    provenance : mapping
        Source, date, checksums, counts of what was skipped, changes. JSON values only.
    """

    node_id: NDArray[Any]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    u: NDArray[np.int32]
    v: NDArray[np.int32]
    length_m: NDArray[Any]
    speed_kmh: NDArray[Any]
    time_min: NDArray[Any]
    road_class: Coded
    along: NDArray[np.bool_]
    toll: NDArray[np.bool_]
    node_columns: Mapping[str, Column] = field(default_factory=dict)
    edge_columns: Mapping[str, Column] = field(default_factory=dict)
    shapes: Shapes | None = None
    kind: str = "tables"
    toll_min: float = 0.0
    mode: Mode = "drive"
    impedance: str = "time_min"
    access: AccessLeg = WALK
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_frames(
        cls,
        nodes: gpd.GeoDataFrame,
        edges: pd.DataFrame,
        *,
        kind: str = "tables",
        toll_min: float = 0.0,
        mode: Mode = "drive",
        impedance: str = "time_min",
        access: AccessLeg = WALK,
        provenance: Mapping[str, Any] | None = None,
    ) -> Network:
        """Make a network of a frame of nodes and a frame of edges.

        Parameters
        ----------
        nodes : geopandas.GeoDataFrame
            Index node_id; kind and points in degrees; more columns are kept.
        edges : pandas.DataFrame
            Index (u, v, key), one row a direction; length_m, speed_kmh, time_min, access ("along" or "ends_only"),
            toll; more columns are kept.
        kind, toll_min, mode, impedance, access, provenance
            As in :class:`Network`.

        Returns
        -------
        Network
            The frames' values as arrays; the frames are not changed.

        Raises
        ------
        SchemaError
            If the frames do not make a usable network.
        CrsError
            If the points are not in degrees.
        """
        check_network(nodes, edges)
        nodes = require_geographic(nodes, "network nodes")
        ends = [nodes.index.get_indexer(edges.index.get_level_values(end)).astype(np.int32) for end in ("u", "v")]
        named = {"length_m", "speed_kmh", "time_min", "road_class", "access", "toll"}
        ids = np.asarray(nodes.index)
        return cls(
            node_id=ids if ids.dtype.kind in "iu" else np.array(list(map(str, ids)), dtype=np.str_),
            lon=np.asarray(nodes.geometry.x, dtype=np.float64),
            lat=np.asarray(nodes.geometry.y, dtype=np.float64),
            u=ends[0],
            v=ends[1],
            length_m=edges["length_m"].to_numpy(dtype=float, copy=True),
            speed_kmh=edges["speed_kmh"].to_numpy(dtype=float, copy=True),
            time_min=edges["time_min"].to_numpy(dtype=float, copy=True),
            road_class=_coded(edges["road_class"]) if "road_class" in edges else Coded.constant("", len(edges)),
            along=np.array(edges["access"] == "along", dtype=bool),
            toll=edges["toll"].to_numpy(dtype=bool, copy=True),
            node_columns={str(name): column_of(nodes[name]) for name in nodes if name != nodes.geometry.name},
            edge_columns={str(name): column_of(edges[name]) for name in edges if name not in named},
            kind=kind,
            toll_min=toll_min,
            mode=mode,
            impedance=impedance,
            access=access,
            provenance=dict(provenance or {}),
        )

    @property
    def is_skeleton(self) -> bool:
        """Whether results rest on the authored skeleton and must say so."""
        return self.kind == SKELETON or SKELETON in self.provenance.get("parts", ())

    @property
    def stated_kind(self) -> str:
        """What results call the network: its kind, and "+skeleton" where parts of another one rest on the skeleton."""
        return f"{self.kind}+{SKELETON}" if self.is_skeleton and self.kind != SKELETON else self.kind

    @property
    def cost_min(self) -> NDArray[Any]:
        """The impedance of each edge, minutes."""
        own = {"time_min": self.time_min, "length_m": self.length_m}
        found = own[self.impedance] if self.impedance in own else self.edge_columns[self.impedance]
        return np.asarray(found)

    @cached_property
    def nodes(self) -> gpd.GeoDataFrame:
        """Nodes as a frame: index node_id; kind, name, adcode …, geometry (points, EPSG:4490).

        Made once and kept; changing the frame does not change the network.
        """
        import geopandas as gpd
        import pandas as pd

        columns = frame_columns({"kind": Coded.constant("junction", len(self.node_id)), **self.node_columns})
        return gpd.GeoDataFrame(
            columns,
            geometry=gpd.points_from_xy(self.lon, self.lat),
            index=pd.Index(self.node_id, name="node_id"),
            crs=CGCS2000,
        )

    @cached_property
    def edges(self) -> pd.DataFrame:
        """Edges as a frame, one row a direction: index (u, v, key); length_m, speed_kmh, time_min, access, toll.

        Made once and kept; changing the frame does not change the network.
        """
        import pandas as pd

        frame = pd.DataFrame(
            frame_columns(
                {
                    "length_m": self.length_m,
                    "speed_kmh": self.speed_kmh,
                    "time_min": self.time_min,
                    "road_class": self.road_class,
                    "access": Coded(np.where(self.along, 0, 1).astype(np.int8), ("along", "ends_only")),
                    "toll": self.toll,
                    **self.edge_columns,
                }
            )
        )
        index = [self.node_id[self.u], self.node_id[self.v], self.key]
        frame.index = pd.MultiIndex.from_arrays(index, names=["u", "v", "key"])
        return frame

    @cached_property
    def key(self) -> NDArray[np.int64]:
        """Number of each edge among those between the same two nodes in the same direction, in the order of rows."""
        return _numbers(self.u, self.v, len(self.node_id))

    def with_frames(self, *, nodes: gpd.GeoDataFrame | None = None, edges: pd.DataFrame | None = None) -> Network:
        """Make a network of changed frames, with everything else of this one; bends are not kept.

        Parameters
        ----------
        nodes, edges : frame, optional
            As in :meth:`from_frames`; by default this network's own.

        Returns
        -------
        Network
            A new network.

        Raises
        ------
        SchemaError
            If the frames do not make a usable network.
        """
        return Network.from_frames(
            self.nodes if nodes is None else nodes,
            self.edges if edges is None else edges,
            kind=self.kind,
            toll_min=self.toll_min,
            mode=self.mode,
            impedance=self.impedance,
            access=self.access,
            provenance=self.provenance,
        )

    def take_edges(self, rows: Any) -> Network:
        """Keep some edges and all nodes.

        Parameters
        ----------
        rows : array_like of int or bool
            Places of the edges to keep, or a mask.

        Returns
        -------
        Network
            A new network; lines of shapes that nothing uses any more are kept.
        """
        rows = np.asarray(rows, dtype=None if len(rows) else np.intp)
        shapes = self.shapes
        return replace(
            self,
            **{
                name: getattr(self, name)[rows]
                for name in ("u", "v", "length_m", "speed_kmh", "time_min", "along", "toll")
            },
            road_class=self.road_class.take(rows),
            edge_columns={name: take_column(column, rows) for name, column in self.edge_columns.items()},
            shapes=shapes and replace(shapes, line=shapes.line[rows], backwards=shapes.backwards[rows]),
        )

    def pieces(self) -> NDArray[np.int64]:
        """Return one edge of each road piece, both directions counted once.

        Two edges are one piece if they run between the same two nodes along the same line (without lines: have the
        same key).

        Returns
        -------
        numpy.ndarray of int64
            Rows of the edges kept, rising.
        """
        low, high = np.minimum(self.u, self.v), np.maximum(self.u, self.v)
        if self.shapes is None:
            which = self.key
        else:
            straight = self.shapes.line < 0
            which = np.where(straight, 0, self.shapes.line)
            # Straight twins are told apart by their number among the straight ones, whatever bends beside them.
            which[straight] = -1 - _numbers(self.u[straight], self.v[straight], len(self.node_id))
        order = np.lexsort((np.arange(len(low)), which, high, low))
        same = (np.diff(low[order]) == 0) & (np.diff(high[order]) == 0) & (np.diff(which[order]) == 0)
        return np.sort(order[np.r_[True, ~same][: len(order)]])

    def geometry(self, rows: Any = None) -> NDArray[Any]:
        """Draw edges as lines.

        Parameters
        ----------
        rows : array_like of int, optional
            Places of the edges; all without it.

        Returns
        -------
        numpy.ndarray of shapely.LineString
            In degrees, in the direction of each edge.
        """
        import shapely

        chosen = np.arange(len(self.u)) if rows is None else np.asarray(rows)
        if self.shapes is None:
            line = np.full(len(chosen), -1)
            backwards = np.zeros(len(chosen), dtype=bool)
        else:
            line, backwards = self.shapes.line[chosen], self.shapes.backwards[chosen]
        drawn = np.empty(len(chosen), dtype=object)
        straight = line < 0
        ends = [np.stack([self.lon[end], self.lat[end]], axis=1) for end in (self.u[chosen], self.v[chosen])]
        drawn[straight] = shapely.linestrings(np.stack(ends, axis=1)[straight])
        if self.shapes is not None and not straight.all():
            first, last = self.shapes.offsets[line[~straight]], self.shapes.offsets[line[~straight] + 1]
            count = last - first
            owner = np.repeat(np.arange(len(count)), count)
            step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
            turned = backwards[~straight][owner]
            place = np.where(turned, last[owner] - 1 - step, first[owner] + step)
            drawn[~straight] = shapely.linestrings(self.shapes.points[place] / DEGREE, indices=owner)
        return drawn

    def lines(self) -> gpd.GeoDataFrame:
        """Return one line a road piece, both directions together, for drawing and for length sums.

        Returns
        -------
        geopandas.GeoDataFrame
            road_name, road_code, road_class, length_km, length_basis, access, geometry; EPSG:4490.
        """
        import geopandas as gpd

        rows = self.pieces()
        missing = Coded.constant("", len(self.u))
        columns: dict[str, Column] = {
            name: take_column(self.edge_columns.get(name, missing), rows)
            for name in ("road_name", "road_code", "length_basis")
        }
        columns["road_class"] = self.road_class.take(rows)
        columns["access"] = Coded(np.where(self.along[rows], 0, 1).astype(np.int8), ("along", "ends_only"))
        columns["length_km"] = self.length_m[rows] / 1000
        order = ["road_name", "road_code", "road_class", "length_basis", "access", "length_km"]
        made = frame_columns(columns)
        return gpd.GeoDataFrame({name: made[name] for name in order}, geometry=self.geometry(rows), crs=CGCS2000)

    def to_networkx(self) -> nx.MultiDiGraph[Any]:
        """Return the network as a networkx MultiDiGraph in the convention of OSMnx (x, y on nodes, length on edges).

        Returns
        -------
        networkx.MultiDiGraph
            A copy; changing it does not change the network.
        """
        from urbangeo.sources.network.graphs.convert import to_networkx

        return to_networkx(self)


def landing_nodes(network: Network) -> NDArray[np.bool_]:
    """Say at which nodes one may leave the network.

    Parameters
    ----------
    network : Network
        Any network.

    Returns
    -------
    numpy.ndarray of bool
        One value a node: True where an ``along`` edge ends, or where the node is a seat, hub, station or interchange
        (which has an exit by definition).
    """
    may = np.zeros(len(network.node_id), dtype=bool)
    may[network.u[network.along]] = True
    may[network.v[network.along]] = True
    kind = network.node_columns.get("kind")
    return may | kind.is_in(LANDING_KINDS) if isinstance(kind, Coded) else may


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
    >>> from urbangeo import read_network
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


def check_network(nodes: gpd.GeoDataFrame, edges: pd.DataFrame) -> None:
    """Raise if nodes and edges do not make a usable network, naming every fault.

    Parameters
    ----------
    nodes, edges : frame
        As in :meth:`Network.from_frames`.

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


def check_arrays(network: Network) -> None:
    """Raise if the arrays of a network do not make a usable one, naming every fault.

    Parameters
    ----------
    network : Network
        Any network.

    Raises
    ------
    SchemaError
        If arrays differ in length, an end does not exist, a coordinate is not finite and in range, or a length, speed
        or time is not positive and finite.
    """
    nodes, edges = len(network.node_id), len(network.u)
    faults = [
        f"{name} has {len(getattr(network, name))} values for {count} {of}"
        for names, count, of in (
            (("lon", "lat"), nodes, "nodes"),
            (("v", "length_m", "speed_kmh", "time_min", "road_class", "along", "toll"), edges, "edges"),
        )
        for name in names
        if len(getattr(network, name)) != count
    ]
    if not faults:
        inside = (np.abs(network.lon) <= 180) & (np.abs(network.lat) <= 90)
        if not inside.all():
            lost = network.node_id[~inside]
            faults.append(f"{len(lost)} nodes have no finite coordinates in degrees: {listed(lost)}")
        if edges and (min(network.u.min(), network.v.min()) < 0 or max(network.u.max(), network.v.max()) >= nodes):
            faults.append(f"edges end at nodes outside 0 … {nodes - 1}")
        for name in ("length_m", "speed_kmh", "time_min"):
            values = getattr(network, name)
            bad = np.flatnonzero(~((values > 0) & np.isfinite(values)))
            if len(bad):
                faults.append(f"{len(bad)} edges have no positive {name}, among them rows {listed(bad[:5])}")
    faults += _setting_faults(network)
    if faults:
        msg = "This network cannot be used: " + "; ".join(faults) + "."
        raise SchemaError(msg)


def _setting_faults(network: Network) -> list[str]:
    """Find what is said of a network as a whole and cannot be."""
    faults = []
    if network.mode not in get_args(Mode):
        faults.append(f"mode {network.mode!r} is not known; expected one of {listed(get_args(Mode))}")
    if not 0 <= network.toll_min < np.inf:
        faults.append(f"toll_min is {network.toll_min!r}; expected minutes, not negative")
    if network.impedance not in {"time_min", "length_m"}:
        cost = network.edge_columns.get(network.impedance)
        if not isinstance(cost, np.ndarray) or not ((cost > 0) & np.isfinite(cost)).all():
            faults.append(f"impedance {network.impedance!r} is no column of positive, finite figures")
    return faults


def _coded(series: Any) -> Coded:
    found = column_of(series)
    return found if isinstance(found, Coded) else Coded.from_texts(map(str, found))


def _numbers(u: NDArray[np.int32], v: NDArray[np.int32], nodes: int) -> NDArray[np.int64]:
    """Count off the edges from one node to another, in the order of rows."""
    pair = u.astype(np.int64) * nodes + v
    order = np.argsort(pair, kind="stable")
    ranked = pair[order]
    first = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]]) if len(ranked) else np.empty(0, dtype=np.int64)
    number = np.empty(len(pair), dtype=np.int64)
    number[order] = np.arange(len(pair)) - np.repeat(first, np.diff(np.r_[first, len(pair)]))
    return number
