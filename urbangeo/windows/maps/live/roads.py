"""The roads of a live circle: pieces between nodes as they stand on the ground, so that a page can close or slow them.

Not the compiled graph is packed but what it is made of: a road that is closed changes junctions, exits and islands, and
only from single roads the page finds the same ones as :func:`urbangeo.remove_edges` and a new compilation would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.areas.graph.kernel import to_milliseconds
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import DEGREE, LANDING_KINDS
from urbangeo.windows.maps.live.packing import pack_bits, pack_integers, pack_lines

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from urbangeo.sources.network import Network

RAIL_CLASSES = ("rail",)
STEP_CLASSES = ("rail_access",)
"""Steps between roads and trains: they are no roads, and nobody closes or slows them (as in ``set_speed``)."""


def pack_roads(network: Network) -> tuple[dict[str, Any], dict[str, Any]]:
    """Pack nodes, pieces and edges, and the roads a reader may change.

    Parameters
    ----------
    network : Network
        Any network whose impedance is its minutes.

    Returns
    -------
    graph : dict
        ``lon``, ``lat``, ``landing`` of nodes; ``low``, ``high``, ``along``, ``toll``, ``line`` of pieces; ``edge_…``
        of directed edges; ``toll_ms``.
    roads : dict
        ``names``, ``classes``; ``route`` (a name, -1 for none), ``class``, ``kmh`` and ``piece`` of each road; where
        some road is not driven alike in both directions, ``kmh`` is the least speed and ``most_kmh`` the greatest.
    """
    low, high = np.minimum(network.u, network.v), np.maximum(network.u, network.v)
    line, lines = _lines(network)
    # Edges between the same two nodes along the same line, of one access and toll kind, are one piece.
    key = np.stack([low, high, line, network.along, network.toll], axis=1)
    pieces, piece = np.unique(key, axis=0, return_inverse=True)
    piece = piece.ravel()
    back = _is_back(network, line >= 0)
    graph = {
        "lon": pack_integers(np.rint(network.lon * DEGREE)),
        "lat": pack_integers(np.rint(network.lat * DEGREE)),
        "landing": pack_bits(_landing(network)),
        "low": pack_integers(pieces[:, 0]),
        "high": pack_integers(pieces[:, 1]),
        "along": pack_bits(pieces[:, 3]),
        "toll": pack_bits(pieces[:, 4]),
        "toll_ms": round(network.toll_min * 60_000),
        "edges": len(piece),
        "edge_piece": pack_integers(piece),
        "edge_back": pack_bits(back),
        "edge_ms": pack_integers(to_milliseconds(network.time_min)),
        "edge_mm": pack_integers(np.rint(np.asarray(network.length_m, dtype=np.float64) * 1000)),
    }
    if lines:
        graph |= {"line": pack_integers(pieces[:, 2]), "lines": pack_lines(lines)}
    road, roads = _roads(network, piece)
    graph["edge_road"] = pack_integers(road)
    return graph, roads


def seat_nodes(network: Network, adcodes: list[str]) -> list[int]:
    """Return the node of each county's seat, -1 where the network has none.

    Parameters
    ----------
    network : Network
        Roads whose nodes of kind "seat" may carry an adcode.
    adcodes : list of str
        Counties.

    Returns
    -------
    list of int
        Rows of nodes.
    """
    kind, code = network.node_columns.get("kind"), network.node_columns.get("adcode")
    if not isinstance(kind, Coded) or not isinstance(code, Coded):
        return [-1] * len(adcodes)
    rows = np.flatnonzero(kind.is_in(["seat"]))
    texts = code.texts()[rows]
    known = {str(text): int(row) for row, text in zip(rows, texts, strict=True)}
    return [known.get(adcode, -1) for adcode in adcodes]


def _landing(network: Network) -> NDArray[np.bool_]:
    """Say where one may leave by the kind of node alone; the page adds the ends of roads one may leave anywhere."""
    kind = network.node_columns.get("kind")
    return kind.is_in(LANDING_KINDS) if isinstance(kind, Coded) else np.zeros(len(network.node_id), dtype=bool)


def _lines(network: Network) -> tuple[NDArray[np.int64], list[NDArray[np.float64]]]:
    """Give numbers to the lines that are used; those drawn alike, in either direction, are one."""
    shapes = network.shapes
    found = np.full(len(network.u), -1, dtype=np.int64)
    if shapes is None:
        return found, []
    numbers: dict[bytes, int] = {}
    lines: list[NDArray[np.float64]] = []
    for row in np.flatnonzero(shapes.line >= 0).tolist():
        points = _ahead(network, row)
        found[row] = numbers.setdefault(points.tobytes(), len(lines))
        if found[row] == len(lines):
            lines.append(points / DEGREE)
    return found, lines


def _ahead(network: Network, row: int) -> NDArray[np.int32]:
    """Return the points of an edge's line from the lower node to the higher; of a loop, the way that sorts first."""
    shapes = network.shapes
    if shapes is None:
        return np.empty((0, 2), dtype=np.int32)
    number = shapes.line[row]
    points = shapes.points[shapes.offsets[number] : shapes.offsets[number + 1]]
    points = points[::-1] if shapes.backwards[row] else points
    if network.u[row] == network.v[row]:
        return min(points, points[::-1], key=lambda each: each.tolist())
    return points if network.u[row] < network.v[row] else points[::-1]


def _is_back(network: Network, bent: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which edges run from the high node of their piece to the low one."""
    back = np.asarray(network.u > network.v)
    for row in np.flatnonzero(bent & (network.u == network.v)).tolist():
        shapes = network.shapes
        if shapes is not None:
            number = shapes.line[row]
            points = shapes.points[shapes.offsets[number] : shapes.offsets[number + 1]]
            points = points[::-1] if shapes.backwards[row] else points
            back[row] = points.tolist() > points[::-1].tolist()
    return back


def _roads(network: Network, piece: NDArray[np.int64]) -> tuple[NDArray[np.int64], dict[str, Any]]:
    """Put the edges between two nodes that are one road (name and class) together; say which road each edge is of."""
    names = _names(network)
    low, high = np.minimum(network.u, network.v), np.maximum(network.u, network.v)
    kinds = network.road_class.texts()
    keys = list(
        zip(low.tolist(), high.tolist(), [str(name) for name in names], [str(kind) for kind in kinds], strict=True)
    )
    order: dict[Any, int] = {}
    road = np.full(len(keys), -1, dtype=np.int64)
    rows: list[int] = []
    for row in np.lexsort((piece,)).tolist():
        if str(kinds[row]) in STEP_CLASSES:
            continue
        road[row] = order.setdefault(keys[row], len(order))
        if road[row] == len(rows):
            rows.append(row)
    speed = np.asarray(network.speed_kmh, dtype=np.float64)
    least, most = np.full(len(rows), np.inf), np.zeros(len(rows))
    np.minimum.at(least, road[road >= 0], speed[road >= 0])
    np.maximum.at(most, road[road >= 0], speed[road >= 0])
    kmh, most_kmh = ([round(value, 1) for value in each.tolist()] for each in (least, most))
    spoken = sorted({str(names[row]) for row in rows} - {""})
    classes = sorted({str(kinds[row]) for row in rows})
    return road, {
        "names": spoken,
        "classes": classes,
        "rail": [kind for kind in classes if kind in RAIL_CLASSES],
        "route": [spoken.index(str(names[row])) if str(names[row]) else -1 for row in rows],
        "class": [classes.index(str(kinds[row])) for row in rows],
        "kmh": kmh,
        "piece": piece[rows].tolist(),
    } | ({} if most_kmh == kmh else {"most_kmh": most_kmh})


def _names(network: Network) -> list[str]:
    """Call each edge by its road's name, else by its number, else not at all."""
    columns = [network.edge_columns.get(name) for name in ("road_name", "road_code")]
    known = [column.texts() for column in columns if isinstance(column, Coded)]
    return [
        next((str(text) for text in texts if isinstance(text, str) and text), "") for texts in zip(*known, strict=True)
    ] or [""] * len(network.u)
