"""A network grown by nodes and edges: blanks where nothing is known, roads cut where something joins them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.errors import InputError, listed
from urbangeo.language.crs import ellipsoid
from urbangeo.sources.network.changes.clip import edge_boxes
from urbangeo.sources.network.columns import Coded, Column, join_columns
from urbangeo.sources.network.model import DEGREE, Network, Shapes, check_arrays
from urbangeo.sources.network.topology import components
from urbangeo.sources.network.topology import metres_per_degree as degree_metres

if TYPE_CHECKING:
    from numpy.typing import NDArray

_AT_NODE_M = 1.0
"""What joins a road nearer than this to one of its ends joins the end: no piece of a road is shorter."""


@dataclass(frozen=True)
class Joints:
    """Where places were joined to a network.

    Attributes
    ----------
    node : numpy.ndarray of int64, shape (places,)
        Row of the node each place was joined to, -1 where none was near enough.
    away_m : numpy.ndarray of float64, shape (places,)
        Metres from the place to that node, NaN without one.
    on_road : numpy.ndarray of bool, shape (places,)
        Whether the node was made for the place, by cutting a road.
    """

    node: NDArray[np.int64]
    away_m: NDArray[np.float64]
    on_road: NDArray[np.bool_]


def blank(like: Column, rows: int) -> Column:
    """Make a column in which nothing is known.

    Parameters
    ----------
    like : Column
        A column of the kind wanted.
    rows : int
        How many rows.

    Returns
    -------
    Column
        Missing texts, NaN, False, or -1 where whole numbers know no missing value.
    """
    if isinstance(like, Coded):
        return Coded(np.full(rows, -1, dtype=np.int8), like.values)
    if like.dtype.kind == "f":
        return np.full(rows, np.nan, dtype=like.dtype)
    return np.full(rows, -1 if like.dtype.kind == "i" else 0, dtype=like.dtype)


def fresh_ids(network: Network, names: list[str]) -> NDArray[Any]:
    """Name new nodes: by the names given, or below all numbers where the network counts its nodes.

    Parameters
    ----------
    network : Network
        The network they are for.
    names : list of str
        What to call them where nodes have names.

    Returns
    -------
    numpy.ndarray
        Identities of the kind the network uses.

    Raises
    ------
    InputError
        If a node of this name exists already.
    """
    if network.node_id.dtype.kind in "iu":
        lowest = min(int(network.node_id.min(initial=0)), 0)
        return np.arange(lowest - 1, lowest - 1 - len(names), -1, dtype=np.int64)
    ids = np.array(names, dtype=np.str_) if names else np.empty(0, dtype="<U1")
    taken = np.intersect1d(ids, network.node_id)
    if len(taken):
        msg = f"Nodes {listed(taken)} exist already in this network; what is added needs names of its own."
        raise InputError(msg)
    return ids


def add_nodes(
    network: Network,
    ids: NDArray[Any],
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    columns: Mapping[str, Column],
) -> Network:
    """Put nodes behind those of a network.

    Parameters
    ----------
    network : Network
        Any network.
    ids : numpy.ndarray
        New identities, as :func:`fresh_ids` makes them.
    lon, lat : numpy.ndarray of float
        Degrees.
    columns : mapping of str to Column
        What is known of the new nodes; what is not stays blank.

    Returns
    -------
    Network
        A new network; the rows of old nodes are what they were.
    """
    old = dict(network.node_columns)
    old.setdefault("kind", Coded.constant("junction", len(network.node_id)))
    new = {"kind": Coded.constant("junction", len(ids)), **columns}
    return replace(
        network,
        node_id=np.concatenate([network.node_id, ids]),
        lon=np.concatenate([network.lon, lat * 0 + lon]),
        lat=np.concatenate([network.lat, lat]),
        node_columns=_stacked(old, new, len(network.node_id), len(ids)),
    )


def add_rows(network: Network, more: Network) -> Network:
    """Put the edges of one network behind those of another that has the same nodes.

    Parameters
    ----------
    network : Network
        What everything else is taken from.
    more : Network
        Its nodes are the same rows; only its edges are used.

    Returns
    -------
    Network
        A new network with the edges of both.
    """
    first, second = len(network.u), len(more.u)
    figures: dict[str, Any] = {
        # The kinds of numbers stay those of the network: a reader's float32 does not double by one new road.
        name: np.concatenate([getattr(network, name), getattr(more, name).astype(getattr(network, name).dtype)])
        for name in ("u", "v", "length_m", "speed_kmh", "time_min", "along", "toll")
    }
    figures["road_class"] = join_columns(network.road_class, more.road_class)
    return replace(
        network,
        **figures,
        edge_columns=_stacked(network.edge_columns, more.edge_columns, first, second),
        shapes=_joined_shapes(network.shapes, more.shapes, first, second),
    )


def in_main_component(network: Network) -> NDArray[np.bool_]:
    """Say which edges lie inside a large strongly connected component.

    Parameters
    ----------
    network : Network
        Any network.

    Returns
    -------
    numpy.ndarray of bool, shape (edges,)
        False on islands and on one-way roads that lead out of the network.
    """
    found = components(network, "strong")
    return np.asarray(found.in_main[network.u] & (found.label[network.u] == found.label[network.v]))


def with_basis(network: Network) -> Network:
    """Give a network the column that says where each speed came from, so that what is added can say it too.

    Parameters
    ----------
    network : Network
        Any network.

    Returns
    -------
    Network
        The same with an edge column speed_basis: "authored" on the skeleton, blank elsewhere, unless there is one.
    """
    if "speed_basis" in network.edge_columns:
        return network
    known, rows = Coded.constant("authored", 0), len(network.u)
    column = Coded.constant("authored", rows) if network.kind == "skeleton" else blank(known, rows)
    return replace(network, edge_columns={**network.edge_columns, "speed_basis": column})


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Measure a degree of longitude and one of latitude, on the ellipsoid of CGCS2000.

    Parameters
    ----------
    lat : float
        Latitude, degrees.

    Returns
    -------
    tuple of float
        Metres eastwards and northwards.

    Examples
    --------
    >>> [round(value) for value in metres_per_degree(36.0)]
    [90164, 110959]
    """
    east, north = degree_metres(lat)
    return float(east), float(north)


def join_places(
    network: Network,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    *,
    nodes: NDArray[np.bool_],
    edges: NDArray[np.bool_],
    node_m: NDArray[np.float64],
    edge_m: NDArray[np.float64],
    name: str,
) -> tuple[Network, Joints]:
    """Join places to the nearest node within reach, else to the nearest point of a road, which is cut there.

    Parameters
    ----------
    network : Network
        Any network.
    lon, lat : numpy.ndarray of float, shape (places,)
        Degrees.
    nodes : numpy.ndarray of bool, shape (places, nodes) or (nodes,)
        Which nodes a place may be joined to.
    edges : numpy.ndarray of bool, shape (edges,)
        Which edges may be cut.
    node_m, edge_m : numpy.ndarray of float, shape (places,)
        Largest distance to a node and to a road; a negative one forbids it.
    name : str
        What new nodes are called, with a number behind, west to east.

    Returns
    -------
    tuple of (Network, Joints)
        The network, with the roads cut, and where each place was joined.
    """
    count = len(lon)
    node, away = np.full(count, -1, dtype=np.int64), np.full(count, np.nan)
    cuts: list[_Cut] = []
    boxes = edge_boxes(network) if (edge_m >= 0).any() else None
    for place in range(count):
        scale = np.array(metres_per_degree(float(lat[place])))
        allowed = nodes if nodes.ndim == 1 else nodes[place]
        spot = _Spot(place, float(lon[place]), float(lat[place]), scale)
        found = _nearest_node(network, allowed, spot, float(node_m[place]))
        if found is not None:
            node[place], away[place] = found
        elif edge_m[place] >= 0 and boxes is not None:
            cut = _nearest_road(network, boxes, edges, spot, float(edge_m[place]))
            if cut is not None:
                cuts.append(cut)
                away[place] = cut.away_m
    on_road = np.zeros(count, dtype=bool)
    for cut in cuts:
        on_road[cut.place] = cut.end < 0
        node[cut.place] = cut.end
    grown, made = _cut_roads(network, [cut for cut in cuts if cut.end < 0], name)
    for place, row in made.items():
        node[place] = row
    return grown, Joints(node, away, on_road)


@dataclass(frozen=True)
class _Cut:
    """A place on a road: which piece, how far along it, or at which of its ends."""

    place: int
    row: int
    share: float
    run_m: float
    away_m: float
    end: int


@dataclass(frozen=True)
class _Spot:
    """A place to be joined: its number, degrees, and metres a degree there."""

    place: int
    lon: float
    lat: float
    scale: NDArray[np.float64]


def _nearest_node(
    network: Network, allowed: NDArray[np.bool_], spot: _Spot, limit_m: float
) -> tuple[int, float] | None:
    lon, lat, scale = spot.lon, spot.lat, spot.scale
    if limit_m < 0:
        return None
    near = np.flatnonzero(
        allowed
        & (np.abs(network.lat - lat) <= limit_m / scale[1] * 1.01)
        & (np.abs(network.lon - lon) <= limit_m / scale[0] * 1.01)
    )
    away = np.hypot((network.lon[near] - lon) * scale[0], (network.lat[near] - lat) * scale[1])
    near, away = near[away <= limit_m], away[away <= limit_m]
    if not len(near):
        return None
    # To the millimetre; among equals the name decides, never the order of rows.
    first = int(np.lexsort((network.node_id[near], np.rint(away * 1000)))[0])
    return int(near[first]), float(away[first])


def _nearest_road(
    network: Network, boxes: NDArray[np.float64], edges: NDArray[np.bool_], spot: _Spot, limit_m: float
) -> _Cut | None:
    import shapely

    place, lon, lat, scale = spot.place, spot.lon, spot.lat, spot.scale
    # A little more on each side: a degree of longitude is longer at the far end of a long road.
    dx, dy = 1.01 * limit_m / scale
    west, south, east, north = boxes.T
    near = np.flatnonzero(edges & (west <= lon + dx) & (east >= lon - dx) & (south <= lat + dy) & (north >= lat - dy))
    if not len(near):
        return None
    lines = shapely.transform(network.geometry(near), lambda points: (points - [lon, lat]) * scale)
    away = shapely.distance(lines, shapely.Point(0, 0))
    if away.min() > limit_m:
        return None
    level = np.flatnonzero(np.rint(away * 1000) == np.rint(away.min() * 1000))
    # Roads at the same distance are told apart by their ends, never by the order of rows.
    low, high = np.sort(np.stack([network.node_id[end[near[level]]] for end in (network.u, network.v)]), axis=0)
    chosen = int(level[np.lexsort((shapely.length(lines[level]), high, low))[0]])
    # One row stands for the piece: the first of both directions and of twins drawn alike.
    row = int(_same_piece(network, int(near[chosen]))[0])
    points = shapely.get_coordinates(network.geometry([row])[0])
    plane = (points - [lon, lat]) * scale
    along = float(shapely.line_locate_point(shapely.linestrings(plane), shapely.Point(0, 0)))
    done = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(plane, axis=0).T))])
    run = float(done[-1])
    ends = ((along, int(network.u[row])), (run - along, int(network.v[row])))
    end = min(ends)[1] if min(ends)[0] < _AT_NODE_M else -1
    # The flat map round the place is left here: the share is one of the line's length as it is cut.
    whole = _run(points)
    return _Cut(place, row, float(np.interp(along, done, whole) / whole[-1]), run, float(away.min()), end)


def _same_piece(network: Network, row: int) -> NDArray[np.intp]:
    """List the edges drawn along the same line as one: its other direction, and straight twins one may leave."""
    u, v = network.u, network.v
    pair = ((u == u[row]) & (v == v[row])) | ((u == v[row]) & (v == u[row]))
    if network.shapes is None:
        return np.flatnonzero(pair & (network.along == network.along[row]))
    line = network.shapes.line
    if line[row] >= 0:
        return np.flatnonzero(pair & (line == line[row]))
    return np.flatnonzero(pair & (line < 0) & (network.along == network.along[row]))


def _cut_roads(network: Network, cuts: list[_Cut], name: str) -> tuple[Network, dict[int, int]]:
    """Cut roads at shares of their length; say which new node each place got."""
    import shapely

    if not cuts:
        return network, {}
    # Places that meet a road at the same spot share its node.
    spots: list[list[_Cut]] = []
    for cut in sorted(cuts, key=lambda one: (one.row, one.share, one.place)):
        last = spots[-1][0] if spots else None
        same = last is not None and last.row == cut.row and (cut.share - last.share) * cut.run_m < _AT_NODE_M
        if same:
            spots[-1].append(cut)
        else:
            spots.append([cut])
    lines = network.geometry([spot[0].row for spot in spots])
    xy = np.array(
        [_point_at(shapely.get_coordinates(line), spot[0].share) for line, spot in zip(lines, spots, strict=True)]
    )
    rank = np.empty(len(spots), dtype=np.int64)
    rank[np.lexsort((xy[:, 1], xy[:, 0]))] = np.arange(len(spots))
    start = len(network.node_id)
    order = np.argsort(rank)
    ids = fresh_ids(network, _numbered(network, name, len(spots)))
    grown = add_nodes(network, ids, xy[order, 0], xy[order, 1], {})
    made = {cut.place: start + int(rank[number]) for number, spot in enumerate(spots) for cut in spot}
    whole = np.ones(len(network.u), dtype=bool)
    parts: list[_Part] = []
    for row in sorted({spot[0].row for spot in spots}):
        here = [number for number, spot in enumerate(spots) if spot[0].row == row]
        shares = [0.0, *(spots[number][0].share for number in here), 1.0]
        stops = [int(network.u[row]), *(start + int(rank[number]) for number in here), int(network.v[row])]
        twins = _same_piece(network, row)
        whole[twins] = False
        parts += _parts_of(network, row, twins, shares, stops)
    return add_rows(grown.take_edges(whole), _network_of(grown, parts)), made


@dataclass(frozen=True)
class _Part:
    """A part of an edge: of which row, between which nodes, which share of it, along which points."""

    row: int
    u: int
    v: int
    share: float
    points: NDArray[np.float64] | None
    line: tuple[int, int]
    backwards: bool


def _parts_of(
    network: Network, row: int, twins: NDArray[np.intp], shares: list[float], stops: list[int]
) -> list[_Part]:
    shapes = network.shapes
    bent = shapes is not None and shapes.line[row] >= 0
    bends = _bends(network.geometry([row])[0], shares) if bent else [None] * (len(stops) - 1)
    parts = []
    for twin in twins.tolist():
        forward = (
            bool(shapes.backwards[twin] == shapes.backwards[row])
            if bent and shapes is not None
            else bool(network.u[twin] == network.u[row])
        )
        for number, points in enumerate(bends):
            ends = (stops[number], stops[number + 1])
            share = shares[number + 1] - shares[number]
            parts.append(_Part(twin, *(ends if forward else ends[::-1]), share, points, (row, number), not forward))
    return parts


def _network_of(network: Network, parts: list[_Part]) -> Network:
    """Make edges of parts of edges: everything but ends, length and time is that of the whole."""
    rows = np.array([part.row for part in parts], dtype=np.intp)
    share = np.array([part.share for part in parts])
    drawn: dict[tuple[int, int], NDArray[np.float64]] = {}
    for part in parts:
        if part.points is not None:
            drawn.setdefault(part.line, part.points)
    place = {key: number for number, key in enumerate(drawn)}
    cut = network.take_edges(rows)
    return replace(
        cut,
        u=np.array([part.u for part in parts], dtype=np.int32),
        v=np.array([part.v for part in parts], dtype=np.int32),
        length_m=cut.length_m * share,
        time_min=cut.time_min * share,
        shapes=make_shapes(
            list(drawn.values()),
            [place.get(part.line, -1) for part in parts],
            [part.backwards and part.points is not None for part in parts],
        )
        if drawn
        else None,
    )


def make_shapes(lines: list[NDArray[np.float64]], line: list[int], backwards: list[bool]) -> Shapes:
    """Pack bends.

    Parameters
    ----------
    lines : list of numpy.ndarray of float, shape (points, 2)
        Degrees, both ends included.
    line : list of int
        Line of each edge, -1 for a straight one.
    backwards : list of bool
        Whether the edge runs from the last point to the first.

    Returns
    -------
    Shapes
        The lines in whole 1e-7 degrees.
    """
    points = np.vstack([np.empty((0, 2)), *lines])
    return Shapes(
        offsets=np.cumsum([0, *map(len, lines)]).astype(np.int64),
        points=np.rint(points * DEGREE).astype(np.int32),
        line=np.array(line, dtype=np.int32),
        backwards=np.array(backwards, dtype=bool),
    )


def _point_at(points: NDArray[np.float64], share: float) -> NDArray[np.float64]:
    """Find the point at a share of a line's length on the ground."""
    if len(points) > 2:
        return np.asarray(_between(points, [share])[0])
    # A straight road is straight on the ground: on a chord in degrees the place would lie metres beside it, and the two
    # halves would sweep other ground than the whole did.
    ruler = ellipsoid()
    (lon, lat), (far_lon, far_lat) = points.tolist()
    azimuth, _, length = ruler.inv(lon, lat, far_lon, far_lat)
    return np.array(ruler.fwd(lon, lat, azimuth, length * share)[:2])


def _bends(line: Any, shares: list[float]) -> list[NDArray[np.float64] | None]:
    """Cut a line at shares of its length on the ground."""
    import shapely

    points = shapely.get_coordinates(line)
    at = _between(points, shares)
    done = _run(points)
    made: list[NDArray[np.float64] | None] = []
    for number in range(len(shares) - 1):
        first, last = shares[number] * done[-1], shares[number + 1] * done[-1]
        inner = points[(done > first + 1e-6) & (done < last - 1e-6)]
        made.append(np.vstack([at[number], inner, at[number + 1]]))
    return made


def _run(points: NDArray[np.float64]) -> NDArray[np.float64]:
    scale = np.array(metres_per_degree(float(points[:, 1].mean())))
    return np.concatenate([[0.0], np.cumsum(np.hypot(*(np.diff(points, axis=0) * scale).T))])


def _between(points: NDArray[np.float64], shares: list[float]) -> NDArray[np.float64]:
    done = _run(points)
    where = np.array(shares) * done[-1]
    return np.stack([np.interp(where, done, points[:, axis]) for axis in (0, 1)], axis=1)


def _numbered(network: Network, name: str, count: int) -> list[str]:
    """Count names on from those the network has."""
    if network.node_id.dtype.kind in "iu":
        return [""] * count
    taken = {str(node) for node in network.node_id if str(node).startswith(name)}
    found: list[str] = []
    number = 0
    while len(found) < count:
        number += 1
        if f"{name}{number}" not in taken:
            found.append(f"{name}{number}")
    return found


def numbered_ids(network: Network, name: str, count: int) -> NDArray[Any]:
    """Name so many new nodes, numbering on from those the network has.

    Parameters
    ----------
    network : Network
        The network they are for.
    name : str
        What they are called, with a number behind; networks that count their nodes go on counting, below zero.
    count : int
        How many.

    Returns
    -------
    numpy.ndarray
        Identities of the kind the network uses.
    """
    return fresh_ids(network, _numbered(network, name, count))


def checked(network: Network) -> Network:
    """Return the network if its arrays make a usable one.

    Parameters
    ----------
    network : Network
        A network that was changed.

    Returns
    -------
    Network
        The same.
    """
    check_arrays(network)
    return network


def _stacked(
    first: Mapping[str, Column], second: Mapping[str, Column], first_rows: int, second_rows: int
) -> dict[str, Column]:
    made: dict[str, Column] = {}
    for name in dict.fromkeys((*first, *second)):
        upper = first[name] if name in first else blank(second[name], first_rows)
        lower = second[name] if name in second else blank(first[name], second_rows)
        made[name] = join_columns(upper, lower)
    return made


def _joined_shapes(first: Shapes | None, second: Shapes | None, first_rows: int, second_rows: int) -> Shapes | None:
    if first is None and second is None:
        return None
    one, two = (
        make_shapes([], [-1] * rows, [False] * rows) if shapes is None else shapes
        for shapes, rows in ((first, first_rows), (second, second_rows))
    )
    shift = len(one.offsets) - 1
    return Shapes(
        offsets=np.concatenate([one.offsets, two.offsets[1:] + one.offsets[-1]]),
        points=np.vstack([one.points, two.points]),
        line=np.concatenate([one.line, np.where(two.line >= 0, two.line + shift, -1)]).astype(np.int32),
        backwards=np.concatenate([one.backwards, two.backwards]),
    )
