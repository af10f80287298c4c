"""networkx graphs in the convention of OSMnx: out of a network, and into one.

In that convention nodes have x and y, edges length (metres), and as far as known oneway, highway, maxspeed, lanes, ref,
name, osmid, geometry, speed_kph and travel_time (seconds); the graph has crs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from urbangeo.errors import InputError, SchemaError, listed
from urbangeo.language.crs import CGCS2000
from urbangeo.sources.network.columns import Coded, Column
from urbangeo.sources.network.graphs.raw import (
    EDGE_FIGURES,
    EDGE_WORDS,
    MARK,
    NODE_FIGURES,
    NODE_WORDS,
    OWN_FIGURES,
    RawGraph,
    Words,
    mark_of,
    network_of_graph,
)

if TYPE_CHECKING:
    import networkx as nx

    from urbangeo.sources.network.model import Mode, Network
    from urbangeo.sources.network.speeds.means import SpeedTable, Terrain

_TAGS = {"name": "road_name", "ref": "road_code", "osmid": "osm_id"}
_TAKEN_BY_EDGES = frozenset(
    {"length", "oneway", "geometry", "speed_kph", "travel_time", "maxspeed", "name", "ref", "osmid", *OWN_FIGURES}
    | {"road_class", "access", "toll", "bridge", "tunnel", "key", "id"}
)


def to_networkx(network: Network) -> nx.MultiDiGraph[Any]:
    """Return the network as a networkx MultiDiGraph in the convention of OSMnx.

    Besides OSMnx's attributes all columns of the network are there under their own names, and the graph's attribute
    ``urbangeo`` says the rest, so that :func:`from_networkx` gives the same network back. A missing value is a missing
    attribute. Python objects take about 2 kB an edge: cut a province to the part that is needed first.

    Parameters
    ----------
    network : Network
        Any network.

    Returns
    -------
    networkx.MultiDiGraph
        A copy; changing it does not change the network.

    Raises
    ------
    SchemaError
        If a column has a name that means something else in OSMnx's convention.
    """
    import networkx as nx

    taken = [f"edge column {name!r}" for name in network.edge_columns if name in _TAKEN_BY_EDGES]
    taken += [f"node column {name!r}" for name in network.node_columns if name in (*NODE_FIGURES, "geometry", "id")]
    if taken:
        msg = f"{listed(taken)} would be taken for OSMnx's own in a graph. Rename such columns first (with_frames)."
        raise SchemaError(msg)
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    graph.graph.update({"crs": CGCS2000, "kind": network.kind, MARK: mark_of(network)})
    node_ids = network.node_id.tolist()
    kinds = {} if "kind" in network.node_columns else {"kind": ["junction"] * len(node_ids)}
    nodes = {
        "y": network.lat.tolist(),
        "x": network.lon.tolist(),
        **kinds,
        **{name: _listed(column) for name, column in network.node_columns.items()},
    }
    graph.add_nodes_from(zip(node_ids, _records(nodes, len(node_ids)), strict=True))
    ends = [network.node_id[end].tolist() for end in (network.u, network.v)]
    records = _records(_edge_attributes(network), len(network.u))
    graph.add_edges_from(zip(*ends, network.key.tolist(), records, strict=True))
    return graph


def _edge_attributes(network: Network) -> dict[str, list[Any]]:
    columns = network.edge_columns
    found: dict[str, list[Any]] = {name: _listed(columns[own]) for name, own in _TAGS.items() if own in columns}
    if "osmid" in found:  # -1 stands for a road that OSM does not have
        found["osmid"] = [number if number != -1 else None for number in found["osmid"]]
    if "maxspeed_kmh" in columns:
        found["maxspeed"] = [None if limit is None else f"{limit:.6g}" for limit in _listed(columns["maxspeed_kmh"])]
    structure = columns.get("structure")
    if isinstance(structure, Coded):
        for name in ("bridge", "tunnel"):
            found[name] = ["yes" if there else None for there in structure.is_in([name]).tolist()]
    if network.shapes is not None:
        bent = np.flatnonzero(network.shapes.line >= 0)
        lines = np.full(len(network.u), None, dtype=object)
        lines[bent] = network.geometry(bent)
        found["geometry"] = lines.tolist()
    own = {name: getattr(network, name).tolist() for name in OWN_FIGURES}
    return {
        "oneway": (~_has_return(network)).tolist(),
        "length": own["length_m"],
        "speed_kph": own["speed_kmh"],
        "travel_time": (network.time_min.astype(float) * 60).tolist(),
        **found,
        **own,
        "road_class": _listed(network.road_class),
        "access": np.where(network.along, "along", "ends_only").tolist(),
        "toll": network.toll.tolist(),
        **{name: _listed(column) for name, column in columns.items()},
    }


def _has_return(network: Network) -> NDArray[np.bool_]:
    """Say of each edge whether the same piece of road has an edge in the other direction."""
    low, high = np.minimum(network.u, network.v), np.maximum(network.u, network.v)
    line = np.full(len(low), -1) if network.shapes is None else network.shapes.line
    which = np.where(line >= 0, line, -1 - network.key)
    _, piece = np.unique(np.stack([low, high, which], axis=1), axis=0, return_inverse=True)
    piece = piece.reshape(-1)
    size = int(piece.max(initial=-1)) + 1
    turned = network.u > network.v
    if network.shapes is not None:  # a loop has no larger end; its line tells the direction
        turned = np.where(network.u == network.v, network.shapes.backwards, turned)
    ahead = np.bincount(piece[~turned], minlength=size) > 0
    back = np.bincount(piece[turned], minlength=size) > 0
    return np.asarray((ahead & back)[piece])


def _listed(column: Column) -> list[Any]:
    """Return plain Python values, None where there is none."""
    if isinstance(column, Coded):
        return list(column.texts().tolist())
    values: list[Any] = column.tolist()
    return [None if value != value else value for value in values] if column.dtype.kind == "f" else values  # noqa: PLR0124 - NaN


def _records(columns: Mapping[str, list[Any]], rows: int) -> Iterable[dict[str, Any]]:
    """Return one dict a row, without missing values."""
    if not columns:
        return ({} for _ in range(rows))
    names = list(columns)
    return (
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in zip(*columns.values(), strict=True)
    )


def from_networkx(
    graph: nx.Graph[Any],
    *,
    mode: Mode | None = None,
    keep_speeds: bool = False,
    crs: str | None = None,
    table: SpeedTable | None = None,
    dem: Path | str | None = None,
    terrain: Terrain = "plain",
) -> Network:
    """Make a network of a networkx graph in the convention of OSMnx.

    The same rules as for GraphML hold (:func:`urbangeo.read_graphml`); a graph that
    :meth:`urbangeo.Network.to_networkx` made gives the network back as it was, speeds and all.

    Parameters
    ----------
    graph : networkx.MultiDiGraph or networkx.DiGraph
        Nodes with x and y, one edge a direction; it is not changed.
    mode : {"drive", "drive_peak", "drive+rail"}, optional
        What the speeds are for; "drive" without it, or that of a graph this project wrote.
    keep_speeds : bool, default False
        Whether ``speed_kph`` and ``travel_time`` (seconds) of the graph are taken for true.
    crs : str, optional
        The system of a graph that does not say.
    table : SpeedTable, optional
        Speeds by class; the packaged table by default.
    dem : path-like, optional
        Elevation raster from which the terrain of each road is told.
    terrain : {"plain", "hills", "mountain"}, default "plain"
        Terrain of roads of which none is known.

    Returns
    -------
    Network
        kind "networkx", or that of the network the graph was made of.

    Raises
    ------
    InputError
        If it is no directed graph, or lengths, lines or values cannot be.
    SchemaError
        If it has no roads, or nodes lack coordinates.
    CrsError
        If the coordinate reference system is missing or contradicted.

    Examples
    --------
    >>> from urbangeo import read_network
    >>> skeleton = read_network()
    >>> from_networkx(skeleton.to_networkx()).kind
    'skeleton'
    """
    raw = _raw(graph)
    return network_of_graph(
        raw,
        kind="networkx",
        mode=mode,
        keep_speeds=keep_speeds,
        crs=crs,
        provenance={"format": "networkx"},
        table=table,
        dem=dem,
        terrain=terrain,
    )


def _raw(graph: Any) -> RawGraph:
    import networkx as nx

    what = "the graph"
    if not isinstance(graph, nx.Graph):
        msg = f"Expected a networkx graph, got {type(graph).__name__}."
        raise InputError(msg)
    if not graph.is_directed():
        msg = (
            "The graph is undirected; roads need directions, else one-way streets are lost. Give the graph before it "
            "was made undirected; if every road really has both directions, give graph.to_directed()."
        )
        raise InputError(msg)
    ids = list(graph.nodes)
    row = {node: number for number, node in enumerate(ids)}
    data = [graph.nodes[node] for node in ids]
    own = MARK in graph.graph
    texts = _node_ids(ids, what)
    # A DiGraph has one edge between two nodes; a MultiDiGraph may have several.
    edges = list(graph.edges(data=True))
    u = np.fromiter((row[edge[0]] for edge in edges), dtype=np.int32, count=len(edges))
    v = np.fromiter((row[edge[1]] for edge in edges), dtype=np.int32, count=len(edges))
    values = [edge[2] for edge in edges]
    names = sorted({str(name) for record in values for name in record}) if own else []
    figures, stated = {}, {}
    for name in (*EDGE_FIGURES, *(OWN_FIGURES if own else ())):
        found, said = _figures([record.get(name) for record in values], name, "edges")
        if said.any():
            figures[name], stated[name] = found, said
    plain = {*figures, "geometry"}
    edge_words = _words(values, [name for name in dict.fromkeys((*EDGE_WORDS, *names)) if name not in plain])
    node_names = sorted({str(name) for record in data for name in record}) if own else []
    node_words = _words(data, [name for name in dict.fromkeys((*NODE_WORDS, *node_names)) if name not in NODE_FIGURES])
    counts, points = _lines([record.get("geometry") for record in values], what)
    x, y = (_figures([record.get(name) for record in data], name, "nodes")[0] for name in NODE_FIGURES)
    settings = {str(name): str(value) for name, value in graph.graph.items() if value is not None}
    return RawGraph(
        what=what,
        settings=settings,
        node_id=texts,
        x=x,
        y=y,
        u=u,
        v=v,
        line_counts=counts,
        line_points=points,
        node_words=node_words,
        edge_words=edge_words,
        figures=figures,
        stated=stated,
    )


def _node_ids(ids: list[Any], what: str) -> NDArray[Any]:
    if ids and all(isinstance(node, int | np.integer) and not isinstance(node, bool) for node in ids):
        try:
            return np.array(ids, dtype=np.int64)
        except OverflowError:
            pass
    texts = [str(node) for node in ids]
    if len(set(texts)) < len(texts):
        msg = f"{what} has nodes that are written alike (such as 1 and '1'). Relabel them (networkx.relabel_nodes)."
        raise InputError(msg)
    return np.array(texts, dtype=np.str_) if texts else np.empty(0, dtype=np.int64)


def _figures(values: list[Any], name: str, of: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    made = np.full(len(values), np.nan)
    stated = np.zeros(len(values), dtype=bool)
    for row, value in enumerate(values):
        if value is None or (isinstance(value, str) and value.strip() in ("", "None")):
            continue
        try:
            made[row] = float(value)
        except (TypeError, ValueError) as error:
            msg = f"{name} of {of} is {str(value)[:60]!r}; expected a figure."
            raise InputError(msg) from error
        stated[row] = True
    return made, stated


def _words(records: list[Any], names: list[str]) -> dict[str, Words]:
    found = {}
    for name in names:
        numbers: dict[Any, int] = {}
        kept: list[Any] = []
        codes = np.full(len(records), -1, dtype=np.int32)
        for row, record in enumerate(records):
            value = record.get(name)
            if value is None or value != value:  # noqa: PLR0124 - NaN is the value that is not itself
                continue
            # 1, 1.0 and True are one key of a dict, but not one value.
            key = (
                (type(value), str(value)) if isinstance(value, list | tuple | set | frozenset) else (type(value), value)
            )
            number = numbers.setdefault(key, len(kept))
            if number == len(kept):
                kept.append(value)
            codes[row] = number
        if kept:
            found[name] = Words(codes, kept)
    return found


def _lines(geometries: list[Any], what: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    import shapely

    counts = np.zeros(len(geometries), dtype=np.int64)
    drawn = np.array(
        [row for row, line in enumerate(geometries) if line is not None and line == line],  # noqa: PLR0124 - NaN
        dtype=np.int64,
    )
    if not len(drawn):
        return counts, np.empty((0, 2))
    lines = np.empty(len(drawn), dtype=object)
    for place, row in enumerate(drawn.tolist()):
        lines[place] = geometries[row]
    if (
        not shapely.is_geometry(lines).all()
        or not (shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING).all()
    ):
        msg = f"{what} has edges whose geometry is no LineString; expected shapely lines, or none for straight edges."
        raise InputError(msg)
    counts[drawn] = shapely.get_num_points(lines)
    if (counts[drawn] == 0).any():
        msg = f"{what} has edges with an empty geometry; leave the attribute out for straight edges."
        raise InputError(msg)
    return counts, np.asarray(shapely.get_coordinates(lines))
