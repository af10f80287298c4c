"""Roads as plain tables: a row a road, columns called as the user calls them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from urbangeo.errors import InputError, SchemaError, listed
from urbangeo.sources.network.graphs.raw import RawGraph, Words, network_of_graph, words_of

if TYPE_CHECKING:
    from urbangeo.sources.network.model import Mode, Network
    from urbangeo.sources.network.speeds.means import SpeedTable, Terrain

NODE_FIELDS = ("node_id", "x", "y", "kind", "name", "adcode")
"""What a table of nodes can hold; ``name`` is the node's own."""

EDGE_FIELDS = (
    *("from", "to", "from_x", "from_y", "to_x", "to_y"),
    *("length_m", "length_km", "speed_kmh", "time_min"),
    *("highway", "road_class", "oneway", "maxspeed", "lanes", "road_name", "road_code", "structure", "access", "toll"),
)
"""What a table of edges can hold."""

AGREEMENT = 0.05
"""Speed and minutes of one road may differ by this share (figures are rounded); beyond it one of them is wrong."""

_NODE_PREFIX = "node_"
_TAGS = {"road_name": "name", "road_code": "ref"}
_AHEAD, _BACK, _BOTH = 1, -1, 0
_DIRECTIONS = {
    **dict.fromkeys(("true", "yes", "1", "1.0", "t", "y", "ft", "f", "forward", "是", "单向", "正向"), _AHEAD),
    **dict.fromkeys(("-1", "-1.0", "tf", "backward", "reverse", "逆向", "反向"), _BACK),
    **dict.fromkeys(("false", "no", "0", "0.0", "n", "b", "both", "否", "双向"), _BOTH),
}
_TRUTHS = {
    **dict.fromkeys(("true", "yes", "1", "1.0", "t", "y", "是", "收费"), True),
    **dict.fromkeys(("false", "no", "0", "0.0", "f", "n", "否", "不收费"), False),
}
# T and F: in a column of true and false they say whether, in one of directions (F, T, B) from or to.
_AMBIGUOUS = {"t", "f"}


def network_from_tables(
    nodes: Any,
    edges: Any,
    *,
    columns: Mapping[str, str] | None = None,
    oneway: bool | None = None,
    crs: str | None = None,
    mode: Mode | None = None,
    table: SpeedTable | None = None,
    dem: Path | str | None = None,
    terrain: Terrain = "plain",
) -> Network:
    """Make a network of a table of roads, and a table of nodes if there is one.

    Parameters
    ----------
    nodes : pandas.DataFrame or None
        Columns node_id, x, y (and as far as known kind, name, adcode); a GeoDataFrame of points needs no x and y.
        None if the roads have coordinates of their own ends: ends at the same point are then one node.
    edges : pandas.DataFrame
        Columns from and to (ids of nodes), or from_x, from_y, to_x, to_y; length_m or length_km; speed_kmh or time_min
        (minutes); as far as known road_class or highway (the tag of OSM), oneway, maxspeed (km/h), lanes, road_name,
        road_code, structure ("bridge", "tunnel"), access ("along", "ends_only") and toll. The lines of a GeoDataFrame
        are kept. It is not changed.
    columns : mapping of str to str, optional
        What the user calls these columns: ``{"from": "FNODE", "length_km": "LEN", "node_id": "编号"}``. A column of
        nodes may also be written with ``node_`` before it (``node_name``).
    oneway : bool, optional
        Whether every row is one direction (True) or both (False). Needed if there is no column oneway; a column holds
        true or false, 1, 0 or -1 (against the row's direction), yes or no, FT, TF or B, 是 or 否.
    crs : str, optional
        The system of the coordinates, if no GeoDataFrame says it.
    mode : {"drive", "drive_peak", "drive+rail"}, optional
        What the speeds are for; "drive" without it.
    table : SpeedTable, optional
        Speeds by class for rows without speed and minutes; the packaged table by default.
    dem : path-like, optional
        Elevation raster from which the terrain of each road is told.
    terrain : {"plain", "hills", "mountain"}, default "plain"
        Terrain of roads of which none is known.

    Returns
    -------
    Network
        kind "tables"; speeds of the table have the basis "given", missing lengths are measured and counted.

    Raises
    ------
    InputError
        If columns are missing, both units are given, directions are not said, speed and minutes contradict each other,
        or a length is not positive.
    SchemaError
        If a table is empty, nodes stand twice, or an edge names a node that is not there.
    CrsError
        If the coordinate reference system is missing or contradicted.

    Examples
    --------
    >>> import pandas as pd
    >>> roads = pd.DataFrame(
    ...     {
    ...         "起点经度": [117.0],
    ...         "起点纬度": [36.6],
    ...         "终点经度": [117.1],
    ...         "终点纬度": [36.6],
    ...         "里程": [9.2],
    ...         "车速": [60.0],
    ...     }
    ... )
    >>> names = {
    ...     "from_x": "起点经度",
    ...     "from_y": "起点纬度",
    ...     "to_x": "终点经度",
    ...     "to_y": "终点纬度",
    ...     "length_km": "里程",
    ...     "speed_kmh": "车速",
    ... }
    >>> network = network_from_tables(None, roads, columns=names, oneway=False, crs="EPSG:4490")
    >>> network.time_min.round(2).tolist()
    [9.2, 9.2]
    """
    fields = _fields(nodes, edges, dict(columns or {}))
    system = _system(nodes, edges)
    direction = _directions(fields, oneway)
    node_id, x, y, u, v = _placed_ends(nodes, fields)
    lengths = _either(fields, "length_m", "length_km", 1000.0)
    line_counts, line_points = _lines(edges)
    # A road in both directions makes two edges, the second one turned; one against its row makes a turned one.
    rows = np.concatenate([np.flatnonzero(direction != _BACK), np.flatnonzero(direction != _AHEAD)])
    turned = np.arange(len(rows)) >= int((direction != _BACK).sum())
    order = np.lexsort((turned, rows))
    rows, turned = rows[order], turned[order]
    points = _taken_lines(line_counts, line_points, rows, turned)
    speed, minutes = fields.figures("speed_kmh"), fields.figures("time_min")
    figures = {"length": lengths, "speed_kph": speed, "travel_time": minutes * 60}
    stated = {name: fields.stated(*own) for name, own in _FIGURE_FIELDS.items()}
    raw = RawGraph(
        what="the edge table",
        settings={} if system is None else {"crs": system},
        node_id=node_id,
        x=x,
        y=y,
        u=np.where(turned, v[rows], u[rows]).astype(np.int32),
        v=np.where(turned, u[rows], v[rows]).astype(np.int32),
        line_counts=line_counts[rows],
        line_points=points,
        node_words=fields.node_words() if nodes is not None else {},
        edge_words={name: Words(words.codes[rows], words.values) for name, words in _edge_words(fields, direction)},
        figures={name: figures[name][rows] for name in figures if stated[name].any()},
        stated={name: stated[name][rows] for name in figures if stated[name].any()},
    )
    has_speeds = bool(stated["speed_kph"].any() or stated["travel_time"].any())
    _check_speeds(fields, lengths, speed, minutes)
    return network_of_graph(
        raw,
        kind="tables",
        mode=mode,
        keep_speeds=has_speeds,
        crs=crs,
        provenance={"format": "tables", "rows": len(edges), "columns": {k: str(c) for k, c in (columns or {}).items()}},
        table=table,
        dem=dem,
        terrain=terrain,
    )


_FIGURE_FIELDS = {
    "length": ("length_m", "length_km"),
    "speed_kph": ("speed_kmh",),
    "travel_time": ("time_min",),
}


@dataclass(frozen=True, eq=False)
class _Fields:
    """The columns of both tables under the names of this project."""

    edges: dict[str, Any]
    nodes: dict[str, Any]
    rows: Any
    """What to call the rows of edges."""

    def figures(self, name: str) -> NDArray[np.float64]:
        """Return figures, NaN where the cell is empty."""
        if name not in self.edges:
            return np.full(len(self.rows), np.nan)
        return _figures(self.edges[name], name, "edge")

    def stated(self, *names: str) -> NDArray[np.bool_]:
        """Say where one of some cells is filled."""
        filled = np.zeros(len(self.rows), dtype=bool)
        for name in names:
            if name in self.edges:
                filled |= np.asarray(self.edges[name].notna(), dtype=bool)
        return filled

    def called(self, mask: NDArray[np.bool_]) -> str:
        """List rows by their labels."""
        return listed([f"row {self.rows[place]!r}" for place in np.flatnonzero(mask)])

    def node_words(self) -> dict[str, Words]:
        """Return what else is known of nodes."""
        return {name: _words(self.nodes[name]) for name in ("kind", "name", "adcode") if name in self.nodes}


def _figures(column: Any, name: str, of: str) -> NDArray[np.float64]:
    import pandas as pd

    made = pd.to_numeric(column, errors="coerce")
    lost = np.flatnonzero(np.asarray(made.isna() & column.notna()))
    if len(lost):
        shown = listed([f"{column.iloc[place]!r} in row {column.index[place]!r}" for place in lost])
        msg = f"{name} of {len(lost)} {of} rows is no figure: {shown}."
        raise InputError(msg)
    return np.asarray(made.to_numpy(dtype=float, na_value=np.nan))


def _words(column: Any) -> Words:
    import pandas as pd

    codes, values = pd.factorize(column)
    return Words(np.asarray(codes, dtype=np.int32), [str(value) for value in values])


def _fields(nodes: Any, edges: Any, columns: dict[str, str]) -> _Fields:
    """Map the user's names, refusing any that is not there or means nothing."""
    import pandas as pd

    for name, frame in (("edges", edges), ("nodes", nodes)):
        if not isinstance(frame, pd.DataFrame) and not (name == "nodes" and frame is None):
            msg = f"{name} is {type(frame).__name__}; expected a pandas.DataFrame."
            raise InputError(msg)
    if not len(edges) or (nodes is not None and not len(nodes)):
        msg = f"The table of {'nodes' if len(edges) else 'edges'} has no rows."
        raise SchemaError(msg)
    node_names = {name: name for name in NODE_FIELDS} | {_NODE_PREFIX + name: name for name in NODE_FIELDS[1:]}
    known = {*EDGE_FIELDS, *node_names}
    strange = sorted(set(columns) - known)
    if strange:
        msg = f"columns= names {listed(strange)}, which is not read; expected some of {listed(sorted(known), 40)}."
        raise InputError(msg)
    faults: list[str] = []

    def taken(frame: Any, field: str, key: str) -> Any:
        wanted = columns.get(key, field)
        if wanted in frame:
            column = frame[wanted]
            if isinstance(column, pd.DataFrame):
                faults.append(f"column {wanted!r} stands more than once")
                return None
            return column
        if key in columns:
            faults.append(f"{key!r} is said to be column {wanted!r}, which is not there ({listed(frame.columns, 12)})")
        return None

    of_edges = {name: taken(edges, name, name) for name in EDGE_FIELDS}
    of_nodes: dict[str, Any] = {}
    if nodes is not None:
        for key, name in node_names.items():
            found = taken(nodes, name, key)
            if found is not None and (name not in of_nodes or key in columns):
                of_nodes[name] = found
        named = nodes.index.name is not None and nodes.index.name == columns.get("node_id", "node_id")
        if "node_id" not in of_nodes and named:
            of_nodes["node_id"] = nodes.index.to_series()
    elif set(columns) & set(node_names):
        faults.append(
            f"columns= names {listed(sorted(set(columns) & set(node_names)))}, but there is no table of nodes"
        )
    if nodes is not None and "node_id" not in of_nodes:
        faults.append(f"the table of nodes has no node_id (it has {listed(nodes.columns, 12)})")
    if faults:
        msg = f"The tables cannot be read: {'; '.join(faults)}. Say what columns are called with columns=."
        raise InputError(msg)
    return _Fields({name: found for name, found in of_edges.items() if found is not None}, of_nodes, edges.index)


def _system(nodes: Any, edges: Any) -> str | None:
    """Return the system a GeoDataFrame states."""
    import geopandas as gpd

    said = [frame.crs for frame in (nodes, edges) if isinstance(frame, gpd.GeoDataFrame) and frame.crs is not None]
    if len(said) == 2 and not said[0].equals(said[1], ignore_axis_order=True):
        msg = (
            f"The nodes are in {said[0].to_string()}, the edges in {said[1].to_string()}; expected one system "
            "(edges.to_crs(nodes.crs))."
        )
        raise InputError(msg)
    return str(said[0].to_wkt()) if said else None


def _directions(fields: _Fields, oneway: bool | None) -> NDArray[np.int64]:  # noqa: FBT001 - an option handed on
    """Return 1, -1 or 0 (both) for each row."""
    count = len(fields.rows)
    if "oneway" not in fields.edges:
        if not isinstance(oneway, bool):
            msg = (
                "The edge table does not say which roads are one-way. Name the column (columns={'oneway': …}), or say "
                "oneway=False if every row is a road in both directions, oneway=True if every row is one direction."
            )
            raise InputError(msg)
        return np.full(count, _AHEAD if oneway else _BOTH)
    if oneway is not None:
        msg = "Both a column oneway and oneway= are given. Leave one of them out."
        raise InputError(msg)
    column = fields.edges["oneway"]
    texts = [
        None if missing else str(value).strip().lower() for value, missing in zip(column, column.isna(), strict=True)
    ]
    used = {text for text in texts if text is not None}
    unclear = _AMBIGUOUS & used
    if unclear and not used & {"b", "ft", "tf"}:
        msg = "T and F in the column oneway can mean true and false, or to and from. Write true, false, or FT, TF, B."
        raise InputError(msg)
    # F, T and B of directions: from start to end, from end to start, both.
    codes = _DIRECTIONS | ({"t": _BACK, "f": _AHEAD} if unclear else {})
    bad = np.array([text is None or text not in codes for text in texts], dtype=bool)
    if bad.any():
        shown = sorted({"(empty)" if text is None else text for text, wrong in zip(texts, bad, strict=True) if wrong})
        msg = (
            f"oneway is {listed(shown)} in {int(bad.sum())} rows ({fields.called(bad)}); expected true or false, 1, 0 "
            "or -1, yes or no, FT, TF or B, 是 or 否."
        )
        raise InputError(msg)
    return np.array([codes[str(text)] for text in texts], dtype=np.int64)


def _placed_ends(
    nodes: Any, fields: _Fields
) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return ids and coordinates of nodes, and the rows of nodes at which each road begins and ends."""
    ends, corners = ("from", "to"), ("from_x", "from_y", "to_x", "to_y")
    has = [name for name in (*ends, *corners) if name in fields.edges]
    if nodes is None:
        if set(corners) - set(has):
            absent = [name for name in corners if name not in has]
            msg = (
                f"Without a table of nodes the edge table needs {listed(corners)}; {listed(absent)} is missing. Name "
                "the columns with columns=."
            )
            raise InputError(msg)
        return _nodes_of_corners([fields.figures(name) for name in corners], fields)
    if set(ends) - set(has):
        msg = f"The edge table needs from and to, the ids of its nodes; it has {listed(has) or 'neither'}. Name them."
        raise InputError(msg)
    # Ids are compared as written, so that 7 and "7" of two files meet; 7.0 is what an empty cell makes of a 7.
    ids = _ids(fields.nodes["node_id"])
    place: dict[str, int] = {}
    twice = []
    for row, node in enumerate(ids):
        if node is None or node in place:
            twice.append("(empty)" if node is None else node)
        else:
            place[node] = row
    if twice:
        msg = f"These node_id are empty or stand more than once: {listed(sorted(set(twice)))}."
        raise SchemaError(msg)
    x, y = _node_points(nodes, fields)
    found, lost = [], []
    for end in ends:
        named = _ids(fields.edges[end])
        found.append(np.array([-1 if node is None else place.get(node, -1) for node in named], dtype=np.int64))
        lost += [node or "(empty)" for node in named if node is None or node not in place]
    if lost:
        msg = f"{len(lost)} ends of edges are no nodes of the table: {listed(sorted(set(lost)))}. Add or remove them."
        raise SchemaError(msg)
    texts = np.array([str(node) for node in ids], dtype=np.str_)
    whole = all(text.isdecimal() and text.isascii() and len(text) <= 18 and str(int(text)) == text for text in texts)
    return (texts.astype(np.int64) if whole else texts), x, y, found[0], found[1]


def _ids(column: Any) -> list[str | None]:
    made: list[str | None] = []
    for value, missing in zip(column, column.isna(), strict=True):
        if missing:
            made.append(None)
        elif isinstance(value, float | np.floating) and float(value).is_integer():
            made.append(str(int(value)))
        else:
            made.append(str(value).strip() or None)
    return made


def _node_points(nodes: Any, fields: _Fields) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import geopandas as gpd
    import shapely

    if "x" in fields.nodes and "y" in fields.nodes:
        x, y = (_figures(fields.nodes[name], name, "node") for name in ("x", "y"))
        return x, y
    if isinstance(nodes, gpd.GeoDataFrame):
        points = np.asarray(nodes.geometry)
        if (shapely.get_type_id(points) != shapely.GeometryType.POINT).any():
            msg = "The geometry of the nodes is not all points."
            raise InputError(msg)
        return shapely.get_x(points), shapely.get_y(points)
    msg = f"The table of nodes needs x and y; it has {listed(nodes.columns, 12)}. Name them with columns=."
    raise InputError(msg)


def _nodes_of_corners(
    corners: list[NDArray[np.float64]], fields: _Fields
) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Make a node of each place at which roads begin or end."""
    from_x, from_y, to_x, to_y = corners
    bad = np.asarray(~np.isfinite(np.stack(corners)).all(axis=0))
    if bad.any():
        msg = f"{int(bad.sum())} edges have no finite coordinates at both ends: {fields.called(bad)}."
        raise InputError(msg)
    both = np.stack([np.concatenate([from_x, to_x]), np.concatenate([from_y, to_y])], axis=1)
    # Seven decimals are a centimetre in degrees; in metres they part nothing either.
    places, row = np.unique(np.round(both, 7), axis=0, return_inverse=True)
    row = row.reshape(-1).astype(np.int64)
    count = len(from_x)
    return np.arange(len(places)), places[:, 0].copy(), places[:, 1].copy(), row[:count], row[count:]


def _either(fields: _Fields, plain: str, other: str, factor: float) -> NDArray[np.float64]:
    if plain in fields.edges and other in fields.edges:
        msg = f"Both {plain} and {other} are there. Leave one of them out of the table."
        raise InputError(msg)
    return fields.figures(plain) if plain in fields.edges else fields.figures(other) * factor


def _lines(edges: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    import geopandas as gpd
    import shapely

    counts = np.zeros(len(edges), dtype=np.int64)
    if not isinstance(edges, gpd.GeoDataFrame):
        return counts, np.empty((0, 2))
    lines = np.asarray(edges.geometry)
    kinds = shapely.get_type_id(lines)
    drawn = (kinds == shapely.GeometryType.LINESTRING) & ~shapely.is_empty(lines)
    strange = (kinds != -1) & ~drawn
    if strange.any():
        labels = listed([f"row {edges.index[place]!r}" for place in np.flatnonzero(strange).tolist()])
        msg = f"{int(strange.sum())} edges have a geometry that is no LineString: {labels}. Use frame.explode()."
        raise InputError(msg)
    counts[drawn] = shapely.get_num_points(lines[drawn])
    return counts, np.asarray(shapely.get_coordinates(lines[drawn]))


def _taken_lines(
    counts: NDArray[np.int64], points: NDArray[np.float64], rows: NDArray[np.int64], turned: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the points of the lines of some rows, those of turned ones from the end."""
    first = np.cumsum(counts) - counts
    size = counts[rows]
    owner = np.repeat(np.arange(len(rows)), size)
    step = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
    of = rows[owner]
    return points[np.where(turned[owner], first[of] + counts[of] - 1 - step, first[of] + step)]


def _edge_words(fields: _Fields, direction: NDArray[np.int64]) -> list[tuple[str, Words]]:
    found = [
        (_TAGS.get(name, name), _words(fields.edges[name]))
        for name in ("highway", "road_class", "maxspeed", "lanes", "road_name", "road_code", "access")
        if name in fields.edges
    ]
    found.append(("oneway", Words((direction != _BOTH).astype(np.int32), ["no", "yes"])))
    if "access" in fields.edges:
        strange = sorted(set(map(str, fields.edges["access"].dropna())) - {"along", "ends_only"})
        if strange:
            msg = f"access is {listed(strange)}; expected 'along' or 'ends_only'."
            raise InputError(msg)
    if "structure" in fields.edges:
        words = _words(fields.edges["structure"])
        strange = sorted(set(words.values) - {"bridge", "tunnel"})
        if strange:
            msg = f"structure is {listed(strange)}; expected 'bridge', 'tunnel', or an empty cell."
            raise InputError(msg)
        for name in ("bridge", "tunnel"):
            there = words.truths(lambda value, name=name: value == name)  # type: ignore[misc]
            found.append((name, Words(np.where(there, 0, -1).astype(np.int32), ["yes"])))
    if "toll" in fields.edges:
        found.append(("toll_given", _tolls(fields.edges["toll"])))
    return found


def _tolls(column: Any) -> Words:
    """Read tolls as true or false; a word that is not known is refused, an empty cell leaves it to the class."""
    words = _words(column)
    known = [_TRUTHS.get(value.strip().lower()) for value in words.values]
    strange = sorted({value for value, truth in zip(words.values, known, strict=True) if truth is None})
    if strange:
        msg = f"toll is {listed(strange)}; expected true or false, 1 or 0, yes or no, 是 or 否, or an empty cell."
        raise InputError(msg)
    return Words(words.codes, ["yes" if truth else "no" for truth in known])


def _check_speeds(
    fields: _Fields, lengths: NDArray[np.float64], speed: NDArray[np.float64], minutes: NDArray[np.float64]
) -> None:
    """Refuse speeds that contradict minutes, and rows of which neither a speed nor a class is known."""
    given = fields.stated("speed_kmh", "time_min")
    for name, values in (("speed_kmh", speed), ("time_min", minutes)):
        wrong = fields.stated(name) & ~((values > 0) & np.isfinite(values))
        if wrong.any():
            msg = f"{name} is not positive in {int(wrong.sum())} rows: {fields.called(wrong)}."
            raise InputError(msg)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = lengths / 1000 / speed * 60 / minutes
        apart = np.isfinite(ratio) & (np.abs(ratio - 1) > AGREEMENT)
    if apart.any():
        msg = (
            f"speed_kmh and time_min of {int(apart.sum())} rows differ by more than {AGREEMENT:.0%}: "
            f"{fields.called(apart)}. Mend them, or leave one of the columns out."
        )
        raise InputError(msg)
    classed = np.zeros(len(given), dtype=bool)
    for name in ("highway", "road_class"):
        if name in fields.edges:
            classed |= np.array([bool(words_of(value)) for value in fields.edges[name].fillna("")], dtype=bool)
    nothing = ~given & ~classed
    if nothing.any():
        msg = (
            f"{int(nothing.sum())} rows have neither speed_kmh nor time_min, nor a road_class or highway from which a "
            f"speed could be told: {fields.called(nothing)}."
        )
        raise InputError(msg)
