"""The routing of version 0.1, edge by edge, without chains: what compiled graph and snapping are held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from shortest_times import UNREACHED, compressed_rows, shortest_times

from urbangeo.errors import InputError, SnapError
from urbangeo.language.crs import CGCS2000, local_metric
from urbangeo.sources.network import check_arrays, landing_nodes

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import MultiPoint, Point

    from urbangeo.sources.network import AccessLeg, Network

Direction = Literal["from", "to"]

_AT_NODE_M = 1.0
"""A place nearer than this to the end of an edge is taken to be at the node."""

_SAME_DISTANCE_M = 0.001
"""Roads are told apart by their distance from a place down to a millimetre."""

_SMALL_COMPONENT = 0.1
"""A strongly connected component with fewer nodes than this share of the largest is an island nobody starts from.
The skeleton has one component a province, so not only the very largest may be used."""


@dataclass(frozen=True)
class RoutingGraph:
    """A network as arrays, in one direction of travel.

    A node where toll edges and others meet is two states, joined by arcs that cost the toll time; so the toll is paid
    on each change between the two kinds and nowhere else.

    Attributes
    ----------
    starts, heads, costs : numpy.ndarray of int64
        Arcs in compressed rows, milliseconds. For direction "to" they run backwards.
    free_state, toll_state : numpy.ndarray of int64, shape (nodes,)
        State of each node off and on the toll roads, -1 where it has no such side.
    exits : numpy.ndarray of bool, shape (nodes,)
        Whether one may enter or leave the network at the node.
    tail, head : numpy.ndarray of int64, shape (along edges,)
        Node numbers of each edge one may leave anywhere, in its direction of search.
    tail_state, head_state : numpy.ndarray of int64, shape (along edges,)
        States at its two ends.
    along_cost : numpy.ndarray of int64, shape (along edges,)
        Its time, milliseconds.
    usable : numpy.ndarray of bool, shape (along edges,)
        Whether a place may be snapped to the edge (it lies in a large strongly connected component).
    direction : {"from", "to"}
        Outward from the origin, or towards it.
    """

    starts: NDArray[np.int64]
    heads: NDArray[np.int64]
    costs: NDArray[np.int64]
    free_state: NDArray[np.int64]
    toll_state: NDArray[np.int64]
    exits: NDArray[np.bool_]
    tail: NDArray[np.int64]
    head: NDArray[np.int64]
    tail_state: NDArray[np.int64]
    head_state: NDArray[np.int64]
    along_cost: NDArray[np.int64]
    usable: NDArray[np.bool_]
    direction: Direction


@dataclass(frozen=True)
class Start:
    """Where the search for one origin begins.

    Attributes
    ----------
    states, costs : numpy.ndarray of int64
        First states on the network and the milliseconds spent to get there.
    points : numpy.ndarray of float, shape (points, 2)
        The places themselves, metres in ``crs``.
    partial : numpy.ndarray of float, shape (pieces, 6)
        Pieces of the edge the place lies on, from its snapped point to an end: x0, y0, x1, y1 (metres), time at the
        start and time taken (milliseconds).
    snap_m : float
        Largest distance from a place to its edge, metres.
    crs : str
        Local metric CRS, centred on the origin.
    """

    states: NDArray[np.int64]
    costs: NDArray[np.int64]
    points: NDArray[np.float64]
    partial: NDArray[np.float64]
    snap_m: float
    crs: str


def to_milliseconds(minutes: Any) -> NDArray[np.int64]:
    """Round minutes to whole milliseconds, at least one so that no edge is free.

    Parameters
    ----------
    minutes : array_like of float
        Positive times.

    Returns
    -------
    numpy.ndarray of int64
        Milliseconds.
    """
    return np.maximum(np.rint(np.asarray(minutes, dtype=np.float64) * 60_000), 1).astype(np.int64)


def compile_network(network: Network, direction: Direction = "from") -> RoutingGraph:
    """Turn a network into arrays for the kernel.

    Parameters
    ----------
    network : Network
        Any network.
    direction : {"from", "to"}, default "from"
        Outward from origins, or towards them (the arcs are turned round).

    Returns
    -------
    RoutingGraph
        States, arcs and the edges one may leave.

    Raises
    ------
    InputError
        If the direction is not known or the network has no edges.
    SchemaError
        If nodes and edges do not make a usable network.
    """
    if direction not in ("from", "to"):
        msg = f"direction {direction!r} is not known; expected 'from' (outward) or 'to' (towards the centre)."
        raise InputError(msg)
    if len(network.u) > 0:
        check_arrays(network)
    else:
        msg = "The network has no edges; nothing can be reached."
        raise InputError(msg)
    nodes = len(network.node_id)
    ends = (network.u, network.v) if direction == "from" else (network.v, network.u)
    tail, head = (end.astype(np.int64) for end in ends)
    cost = to_milliseconds(network.cost_min)
    toll, along = network.toll, network.along

    has_toll, has_free = np.zeros(nodes, dtype=bool), landing_nodes(network)
    for end in (tail, head):
        has_toll[end[toll]] = True
        has_free[end[~toll]] = True
    free_state = np.where(has_free, np.cumsum(has_free) - 1, -1)
    toll_state = np.where(has_toll, has_free.sum() + np.cumsum(has_toll) - 1, -1)
    state_of = np.stack([free_state, toll_state])
    kind = toll.astype(np.int64)
    both = np.flatnonzero(has_free & has_toll)
    toll_ms = np.full(len(both), round(network.toll_min * 60_000), dtype=np.int64)
    arcs = (
        np.concatenate([state_of[kind, tail], free_state[both], toll_state[both]]),
        np.concatenate([state_of[kind, head], toll_state[both], free_state[both]]),
        np.concatenate([cost, toll_ms, toll_ms]),
    )
    starts, heads, costs = compressed_rows(*arcs, int(has_free.sum() + has_toll.sum()))
    return RoutingGraph(
        starts=starts,
        heads=heads,
        costs=costs,
        free_state=free_state,
        toll_state=toll_state,
        exits=landing_nodes(network),
        tail=tail[along],
        head=head[along],
        tail_state=state_of[kind, tail][along],
        head_state=state_of[kind, head][along],
        along_cost=cost[along],
        usable=_in_large_component(tail, head, nodes)[along],
        direction=direction,
    )


def _in_large_component(tail: NDArray[np.int64], head: NDArray[np.int64], count: int) -> NDArray[np.bool_]:
    """Say which edges lie inside a large strongly connected component; a one-way road out of it does not."""
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_edges_from(zip(tail.tolist(), head.tolist(), strict=True))
    components = list(nx.strongly_connected_components(graph))
    largest = max(len(component) for component in components)
    member = np.full(count, -1, dtype=np.int64)
    for number, component in enumerate(components):
        if len(component) >= _SMALL_COMPONENT * largest:
            member[list(component)] = number
    return np.asarray((member[tail] >= 0) & (member[tail] == member[head]))


def project_nodes(network: Network, crs: str) -> NDArray[np.float64]:
    """Return the node coordinates in a metric CRS.

    Parameters
    ----------
    network : Network
        Any network.
    crs : str
        Projected system in metres.

    Returns
    -------
    numpy.ndarray of float, shape (nodes, 2)
        x and y, metres.
    """
    from pyproj import Transformer

    return np.stack(Transformer.from_crs(CGCS2000, crs, always_xy=True).transform(network.lon, network.lat), axis=1)


def start_at(
    graph: RoutingGraph,
    network: Network,
    place: Point | MultiPoint,
    *,
    access: AccessLeg,
    label: str,
) -> Start:
    """Bring an origin to its nearest edge and list the states from which the search begins.

    The place is joined to the nearest point of the nearest usable edge that allows leaving (not to a node), by an
    access leg; from there both ends of the edge are reached at their true distance, as far as its directions allow.

    Parameters
    ----------
    graph : RoutingGraph
        The compiled network.
    network : Network
        The network it was compiled from.
    place : shapely.Point or shapely.MultiPoint
        One place, or several from which travel starts at once; degrees, EPSG:4490.
    access : AccessLeg
        Speed, circuity and largest length of the leg to the road.
    label : str
        What to call the origin in messages.

    Returns
    -------
    Start
        First states, times, pieces of edges, and the snap distance.

    Raises
    ------
    SnapError
        If a place is farther from every usable edge than the access leg may be.
    """
    import geopandas as gpd
    import shapely

    centre = place.centroid
    crs = local_metric(centre.x, centre.y)
    xy = project_nodes(network, crs)
    places: list[Point] = list(getattr(place, "geoms", [place]))
    pieces = gpd.GeoSeries(places, crs=CGCS2000).to_crs(crs)
    points = np.stack([pieces.x.to_numpy(), pieces.y.to_numpy()], axis=1)
    usable = np.flatnonzero(graph.usable)
    ends = np.stack([xy[graph.tail[usable]], xy[graph.head[usable]]], axis=1)
    lines = np.asarray(shapely.linestrings(ends), dtype=object)
    states: list[int] = []
    costs: list[int] = []
    partial: list[tuple[float, ...]] = []
    snap_m = 0.0
    for where, point in zip(places, points, strict=True):
        distances = shapely.distance(lines, shapely.Point(point)) if len(lines) else np.array([np.inf])
        distance = float(distances.min())
        if distance > access.max_m:
            msg = (
                f"{label} ({where.x:.4f}, {where.y:.4f}) is {distance / 1000:.1f} km from the nearest road one can "
                f"enter, more than the largest access leg of {access.max_m / 1000:g} km. Choose a place nearer to a "
                "road, a network that covers it, or a larger access distance."
            )
            raise SnapError(msg)
        snap_m = max(snap_m, distance)
        # Roads at the same distance are all entered, so that the order of rows never decides.
        level = usable[np.flatnonzero(distances <= distance + _SAME_DISTANCE_M)].tolist()
        # One edge stands for all between its two nodes: both directions and twins are entered together.
        for nearest in {frozenset((int(graph.tail[edge]), int(graph.head[edge]))): edge for edge in level}.values():
            found = _enter(graph, xy, point, nearest, round(distance * access.ms_per_m))
            states += found[0]
            costs += found[1]
            partial += found[2]
    return Start(
        np.array(states, dtype=np.int64),
        np.array(costs, dtype=np.int64),
        points.astype(np.float64),
        np.array(partial, dtype=np.float64).reshape(-1, 6),
        snap_m,
        crs,
    )


def _enter(
    graph: RoutingGraph, xy: NDArray[np.float64], point: NDArray[np.float64], nearest: int, spent: int
) -> tuple[list[int], list[int], list[tuple[float, ...]]]:
    """Enter the network at the point of an edge nearest to a place, in every direction the road has there."""
    first, last = int(graph.tail[nearest]), int(graph.head[nearest])
    run = xy[last] - xy[first]
    length = float(np.hypot(*run))
    share = float(np.clip(np.dot(point - xy[first], run) / length**2, 0.0, 1.0)) if length > 0 else 0.0
    ends = (
        (first, graph.tail_state[nearest], share * length),
        (last, graph.head_state[nearest], (1 - share) * length),
    )
    for node, state, away in ends:
        if away <= _AT_NODE_M:
            # At a node the place stands on the free side too, where there is one: entering a toll road costs the toll.
            free = int(graph.free_state[node])
            return [free if free >= 0 else int(state)], [spent], []
    snapped = xy[first] + share * run
    twins = np.flatnonzero(
        ((graph.tail == first) & (graph.head == last)) | ((graph.tail == last) & (graph.head == first))
    )
    states, costs, partial = [], [], []
    for edge in twins:
        end = int(graph.head[edge])
        rest = (1 - share) if end == last else share
        taken = round(rest * float(graph.along_cost[edge]))
        states.append(int(graph.head_state[edge]))
        costs.append(spent + taken)
        partial.append((*snapped, *xy[end], float(spent), float(taken)))
    return states, costs, partial


def state_times(graph: RoutingGraph, start: Start, limit_ms: int) -> NDArray[np.int64]:
    """Run the search for one origin.

    Parameters
    ----------
    graph : RoutingGraph
        The compiled network.
    start : Start
        Where it begins.
    limit_ms : int
        Largest time of interest, milliseconds.

    Returns
    -------
    numpy.ndarray of int64, shape (states + 1,)
        Least time of each state, ``UNREACHED`` beyond the limit; the last value stands for
        "no such state", so that the state number -1 reads as unreached.
    """
    times = shortest_times(graph.starts, graph.heads, graph.costs, start.states, start.costs, limit=limit_ms)
    return np.append(times, UNREACHED)


def reached_pieces(
    graph: RoutingGraph, xy: NDArray[np.float64], start: Start, times: NDArray[np.int64], limit_ms: int
) -> NDArray[np.float64]:
    """List the pieces of road from which one may leave, with the time at their start and along them.

    Parameters
    ----------
    graph : RoutingGraph
        The compiled network.
    xy : numpy.ndarray of float, shape (nodes, 2)
        Node coordinates in metres.
    start : Start
        The origin; it adds itself and the rest of the edge it lies on.
    times : numpy.ndarray of int64, shape (states + 1,)
        Times of states.
    limit_ms : int
        Largest time of interest.

    Returns
    -------
    numpy.ndarray of float, shape (pieces, 6)
        x0, y0, x1, y1 in metres, time at the start and time taken in milliseconds. Places without length (the origin,
        an exit) have both ends equal.
    """
    at_tail = times[graph.tail_state]
    edge = np.flatnonzero(at_tail < limit_ms)
    roads = np.column_stack([xy[graph.tail[edge]], xy[graph.head[edge]], at_tail[edge], graph.along_cost[edge]])
    at_exit = np.where(graph.exits, times[graph.free_state], UNREACHED)
    exits = np.flatnonzero(at_exit < limit_ms)
    landings = np.column_stack([xy[exits], xy[exits], at_exit[exits], np.zeros(len(exits))])
    origin = np.column_stack([start.points, start.points, np.zeros((len(start.points), 2))])
    return np.vstack([origin, start.partial, landings, roads]).astype(np.float64)
