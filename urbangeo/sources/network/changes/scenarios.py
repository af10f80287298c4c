"""What if: roads added, closed or made faster, each as a new network that says what was changed and by whose words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.errors import InputError, SchemaError, UnknownNameError, listed
from urbangeo.language.crs import ellipsoid, require_geographic
from urbangeo.sources.network.changes.growing import (
    Joints,
    add_nodes,
    add_rows,
    blank,
    checked,
    join_places,
    make_shapes,
    metres_per_degree,
    numbered_ids,
    with_basis,
)
from urbangeo.sources.network.changes.near_names import near_names
from urbangeo.sources.network.columns import Coded, Column, column_of, take_column
from urbangeo.sources.network.model import Network, landing_nodes
from urbangeo.sources.network.speeds.means import FASTEST_KMH, ROAD_CLASSES, timed_with, with_speeds

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

UNKNOWN = "unknown"
"""What the basis of a speed is called where the network does not know it."""

SNAP_M = 100.0
"""How far the end of a drawn road may lie from the road or node it is joined to: the width of a large junction."""

EXPRESSWAYS = ("expressway", "expressway_link", "urban_expressway")
"""Classes whose ends are joined to nodes only, and to nodes where such roads meet."""

CLOSED_CLASSES = ("expressway", "expressway_link", "ferry", "rail")
"""Classes that are left at their ends only, unless the frame says otherwise."""

_SHORTEST = 0.97
"""No road is shorter than its straight line; 3 % are left for the positions of its ends, as in the skeleton."""

_TAKEN = ("u", "v", "length_m", "speed_kmh", "road_class", "access", "toll", "oneway", "time_min", "scenario")


def add_edges(network: Network, frame: pd.DataFrame, *, note: str, snap_m: float = SNAP_M) -> Network:
    """Add planned roads to a network.

    Parameters
    ----------
    network : Network
        Any network; it is not changed.
    frame : pandas.DataFrame or geopandas.GeoDataFrame
        One row a road: either lines with a coordinate reference system, or columns u and v with the nodes it joins.
        road_class is needed; speed_kmh, length_m (m), access ("along" or "ends_only"), toll and oneway (true: along the
        line or from u to v only) may be given. Without a speed the road runs at that of the speed table, without a
        length it is measured along the line, without access it may be left anywhere unless its class is one of
        ``CLOSED_CLASSES``, without toll it is charged as the network's other roads of the class. More columns
        (road_name …) are kept.
    note : str
        By whose words: the plan or page the road is taken from; recorded with the change.
    snap_m : float, default 100
        How far an end of a line may lie from what it is joined to, metres. The nearest node where one may leave the
        network wins; then the nearest road one may leave anywhere, which is cut there. Ends of expressways are joined
        to nodes of expressways and to interchanges only. Other ends become new nodes; ends of new lines that lie so
        near to each other are one. On divided roads an end meets the nearer carriageway: end it at a junction.

    Returns
    -------
    Network
        The network with the roads; the edge column scenario holds the note, ``provenance["changes"]`` what was done.

    Raises
    ------
    InputError
        If the note is blank, a value is out of range, a road is shorter than its straight line, or a group of new
        roads meets the network nowhere.
    SchemaError
        If the frame lacks what is needed or holds something else than lines.
    CrsError
        If the lines have no coordinate reference system.
    UnknownNameError
        If u or v is no node of the network.

    Examples
    --------
    >>> import pandas as pd
    >>> from urbangeo import read_network
    >>> road = pd.DataFrame({"u": ["s_370202"], "v": ["s_370211"], "road_class": ["trunk_1"], "length_m": [46_000.0]})
    >>> planned = add_edges(read_network(), road, note="example")
    >>> planned.provenance["changes"][0]["edges"], planned.provenance["changes"][0]["km"]
    (2, 46.0)
    """
    words = _note(note)
    if isinstance(snap_m, bool) or not 0 <= snap_m < math.inf:
        msg = f"snap_m={snap_m!r}: expected a number of metres, not negative."
        raise InputError(msg)
    table = _checked_frame(network, frame)
    roads = _by_nodes(network, table) if "u" in table.columns else _by_lines(network, table, float(snap_m))
    grown = roads.network
    layer = _layer(grown, table, roads, words)
    kilometres = float(layer.length_m[layer.pieces()].sum() / 1000)
    change = {
        "change": "add_edges",
        "note": words,
        "edges": len(layer.u),
        "km": round(kilometres, 3),
        "ends_at_nodes": roads.at_nodes,
        "ends_on_roads": roads.on_roads,
        "new_nodes": len(grown.node_id) - len(network.node_id),
        "largest_snap_m": round(roads.largest_snap_m, 1),
        "speed_basis_km_share": _speed_shares(layer),
    }
    return _recorded(add_rows(_with_scenario(grown), layer), network, change)


def remove_edges(
    network: Network,
    *,
    note: str,
    where: Mapping[str, Any] | None = None,
    within: Polygon | MultiPolygon | gpd.GeoSeries | gpd.GeoDataFrame | None = None,
) -> Network:
    """Close roads.

    Parameters
    ----------
    network : Network
        Any network; it is not changed.
    note : str
        By whose words the roads are closed; recorded with the change.
    where : mapping of str to value or list of values, optional
        Columns of ``network.edges`` (u and v included) and what they must hold, all of them:
        ``{"road_name": "胶州湾大桥"}``, ``{"u": ["a", "b"], "v": ["a", "b"]}`` for both directions between two nodes.
    within : polygon, optional
        Only edges that lie wholly inside; degrees, or a frame or series with a coordinate reference system.

    Returns
    -------
    Network
        The network without the roads; nodes stay. ``provenance["changes"]`` tells what was done.

    Raises
    ------
    InputError
        If the note is blank, neither ``where`` nor ``within`` is given, nothing is selected, or nothing would be left.
    UnknownNameError
        If a column or a value does not occur.

    Examples
    --------
    >>> from urbangeo import read_network
    >>> without = remove_edges(read_network(), where={"road_code": "G20"}, note="example")
    >>> without.provenance["changes"][0]["change"]
    'remove_edges'
    """
    words = _note(note)
    chosen = _selected(network, where, within)
    if chosen.all():
        msg = f"The selection {_told(where, within)} takes all {len(chosen)} edges; a network needs some."
        raise InputError(msg)
    change = {"change": "remove_edges", "note": words, **_sums(network, chosen), **_told(where, within)}
    return _recorded(network.take_edges(~chosen), network, change)


def set_speed(
    network: Network,
    *,
    note: str,
    kmh: float | None = None,
    factor: float | None = None,
    where: Mapping[str, Any] | None = None,
    within: Polygon | MultiPolygon | gpd.GeoSeries | gpd.GeoDataFrame | None = None,
) -> Network:
    """Make roads faster or slower.

    Parameters
    ----------
    network : Network
        Any network; it is not changed.
    note : str
        By whose words; recorded with the change.
    kmh : float, optional
        The mean speed from now on; minutes become length over speed.
    factor : float, optional
        Speeds times this, minutes divided by it. One of ``kmh`` and ``factor`` is needed.
    where, within
        As in :func:`remove_edges`. The steps between roads and trains (class rail_access) are no roads and never taken.

    Returns
    -------
    Network
        The network with the speeds; speed_basis is "given" on these edges, ``provenance["changes"]`` tells what was
        done.

    Raises
    ------
    InputError
        If the note is blank, the speed is not positive, both or neither of ``kmh`` and ``factor`` are given, or
        nothing is selected.
    UnknownNameError
        If a column or a value does not occur.

    Examples
    --------
    >>> from urbangeo import read_network
    >>> faster = set_speed(read_network(), kmh=100, where={"road_name": "胶州湾大桥"}, note="example")
    >>> faster.edges.loc[faster.edges["road_name"] == "胶州湾大桥", "speed_kmh"].unique().tolist()
    [100.0]
    """
    words = _note(note)
    asked: tuple[str, Any] = ("factor", factor) if kmh is None else ("kmh", kmh)
    name, value = asked
    is_number = isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)
    if (kmh is None) == (factor is None) or not is_number or not 0 < value < math.inf:
        msg = f"kmh={kmh!r}, factor={factor!r}: expected one of them, a positive number."
        raise InputError(msg)
    chosen = _selected(network, where, within, never=network.road_class.is_in(["rail_access"]))
    rows = np.flatnonzero(chosen)
    speed, time = network.speed_kmh.copy(), network.time_min.copy()
    if factor is not None:
        speed[rows], time[rows] = speed[rows] * factor, time[rows] / factor
    else:
        speed[rows] = kmh
        time[rows] = network.length_m[rows] / 1000 / speed[rows] * 60
    columns = dict(with_basis(network).edge_columns)
    columns["speed_basis"] = _marked(columns["speed_basis"], chosen, "given")
    if "minutes_basis" in columns:
        columns["minutes_basis"] = _marked_where_known(columns["minutes_basis"], rows)
    made = replace(network, speed_kmh=speed, time_min=time, edge_columns=columns)
    change = {"change": "set_speed", "note": words, name: value, **_sums(network, chosen), **_told(where, within)}
    return _recorded(made, network, change)


@dataclass(frozen=True)
class _Roads:
    """New roads placed on a network: its nodes and cut roads, and the ends, lines and lengths of each new road."""

    network: Network
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    lines: list[NDArray[np.float64] | None]
    measured_m: NDArray[np.float64]
    straight_m: NDArray[np.float64]
    at_nodes: int
    on_roads: int
    largest_snap_m: float


def _note(note: Any) -> str:
    if not isinstance(note, str) or not note.strip():
        msg = (
            f"note={note!r}: say in words where the change is taken from (plan, page, assumption); it is kept with it."
        )
        raise InputError(msg)
    return note.strip()


def _checked_frame(network: Network, frame: pd.DataFrame) -> pd.DataFrame:
    """Check the columns of the new roads and fill in nothing."""
    if len(frame) == 0:
        msg = "The frame of new roads is empty; expected one row a road."
        raise SchemaError(msg)
    has_nodes = {"u", "v"} <= set(frame.columns)
    has_lines = hasattr(frame, "geometry") and "crs" in dir(frame)
    faults = []
    if has_nodes == has_lines:
        faults.append("expected either lines (a GeoDataFrame) or the columns u and v, not both or neither")
    if "road_class" not in frame or frame["road_class"].isna().any() or (frame["road_class"] == "").any():
        faults.append("column road_class is missing or has blanks; name the class of every road")
    else:
        faults += _class_faults(network, frame)
    faults += _figure_faults(frame)
    for column in ("toll", "oneway"):
        if column in frame and not all(value is True or value is False for value in frame[column].astype(object)):
            faults.append(f"column {column} must hold true or false")
    if "access" in frame and not set(frame["access"].dropna()) <= {"along", "ends_only"}:
        faults.append("access must be 'along' or 'ends_only'")
    if has_lines and not has_nodes and not bool((frame.geometry.geom_type == "LineString").all()):
        kinds = sorted({str(kind) for kind in frame.geometry.geom_type if kind != "LineString"})
        faults.append(f"every geometry must be one line, got {listed(kinds)} (explode multi-part lines)")
    if faults:
        msg = "These roads cannot be added: " + "; ".join(faults) + "."
        raise SchemaError(msg)
    return frame.reset_index(drop=True)


def _class_faults(network: Network, frame: pd.DataFrame) -> list[str]:
    """Find classes nobody knows: the class decides where a road may be left and joined, so no slip of the pen may."""
    known = {*ROAD_CLASSES, UNKNOWN, *network.road_class.values}
    strange = sorted({str(value) for value in frame["road_class"]} - known)
    return [f"road_class {listed(strange)} is not known; expected some of {listed(ROAD_CLASSES, 20)}"] * bool(strange)


def _figure_faults(frame: pd.DataFrame) -> list[str]:
    import pandas as pd

    faults = []
    for column in ("length_m", "speed_kmh"):
        if column in frame:
            values = pd.to_numeric(frame[column], errors="coerce")
            bad = frame[column].notna() & ~((values > 0) & np.isfinite(values))
            if bad.any():
                faults.append(f"{int(bad.sum())} values of {column} are not positive and finite")
    if "speed_kmh" in frame and "road_class" in frame:
        fast = pd.to_numeric(frame["speed_kmh"], errors="coerce") > FASTEST_KMH
        if (fast & (frame["road_class"] != "rail")).any():
            faults.append(f"speed_kmh of roads is above {FASTEST_KMH:g} km/h; no road in China is signed above 120")
    if "time_min" in frame and frame["time_min"].notna().any():
        faults.append("column time_min is not read; give speed_kmh (length_m / 1000 / minutes * 60)")
    return faults


def _by_nodes(network: Network, table: pd.DataFrame) -> _Roads:
    """Find the rows of the nodes named."""
    as_number = network.node_id.dtype.kind in "iu"
    order = np.argsort(network.node_id, kind="stable")
    ends, unknown = [], set()
    for column in ("u", "v"):
        wanted = np.array(_node_numbers(table[column], column) if as_number else list(map(str, table[column])))
        place = np.minimum(np.searchsorted(network.node_id, wanted, sorter=order), len(order) - 1)
        rows = order[place]
        unknown |= set(wanted[network.node_id[rows] != wanted].tolist())
        ends.append(rows)
    if unknown:
        close = [near_names(str(one), map(str, network.node_id), count=1) for one in sorted(unknown)[:3]]
        hint = f" Near to them: {listed(name for names in close for name in names)}." if any(close) else ""
        msg = f"These are no nodes of the network: {listed(sorted(unknown))}.{hint}"
        raise UnknownNameError(msg)
    u, v = ends
    if (u == v).any():
        msg = f"Roads {listed(np.flatnonzero(u == v))} begin and end at the same node; draw them as lines."
        raise InputError(msg)
    straight = _great_circle(network, u, v)
    return _Roads(network, u, v, [None] * len(table), straight, straight, 2 * len(table), 0, 0.0)


def _node_numbers(column: Any, name: str) -> list[int]:
    """Read the numbers of nodes; 7.0 is what an empty cell in the column makes of a 7, 7.5 is no node."""
    texts = [str(value).strip().removesuffix(".0") for value in column]
    wrong = [text for text in texts if not re.fullmatch(r"-?[0-9]{1,18}", text)]
    if wrong:
        msg = f"Column {name} holds {listed(wrong)}; this network counts its nodes, so whole numbers are expected."
        raise SchemaError(msg)
    return list(map(int, texts))


def _by_lines(network: Network, table: Any, snap_m: float) -> _Roads:
    """Join the ends of lines to the network, and to each other."""
    import shapely

    lines = require_geographic(table, "the frame of new roads").geometry.to_numpy()
    lengths = _lengths(lines)
    if not (np.isfinite(shapely.bounds(lines)).all() and (lengths > 0).all()):
        msg = "The frame of new roads holds lines without length or without finite coordinates."
        raise InputError(msg)
    fast = np.array(table["road_class"].isin(EXPRESSWAYS))
    points = [shapely.get_coordinates(line) for line in lines]
    ends = np.array([point for line in points for point in (line[0], line[-1])])
    kind = np.repeat(fast, 2)
    spot = _meeting(ends, snap_m)
    _refuse_crossing_ends(lines, spot, ends, snap_m)
    # Where a new expressway and a new road meet, the stricter rule holds for the place they share.
    spots = np.arange(spot.max() + 1)
    strict = np.array([kind[spot == one].any() for one in spots])
    members = [ends[spot == one] for one in spots]
    middle = np.array([part[np.lexsort((part[:, 1], part[:, 0]))[0]] for part in members])
    free, closed = landing_nodes(network), _expressway_nodes(network)
    grown, joints = join_places(
        network,
        middle[:, 0],
        middle[:, 1],
        nodes=np.where(strict[:, None], closed[None, :], free[None, :]),
        edges=network.along,
        node_m=np.full(len(spots), snap_m),
        edge_m=np.where(strict, -1.0, snap_m),
        name="new_road_",
    )
    _refuse_loose(network, spot, joints, middle, snap_m)
    rows = joints.node.copy()
    new = np.flatnonzero(rows < 0)
    order = new[np.lexsort((middle[new, 1], middle[new, 0]))]
    made = add_nodes(grown, numbered_ids(grown, "new_node_", len(order)), middle[order, 0], middle[order, 1], {})
    rows[order] = len(grown.node_id) + np.arange(len(order))
    u, v = rows[spot[0::2]], rows[spot[1::2]]
    if (u == v).any() and any(len(points[row]) < 4 for row in np.flatnonzero(u == v)):
        msg = f"Lines {listed(np.flatnonzero(u == v))} have both ends at one node; lower snap_m ({snap_m:g} m)."
        raise InputError(msg)
    bends: list[NDArray[np.float64]] = []
    for number, line in enumerate(points):
        tips = [(made.lon[node], made.lat[node]) for node in (u[number], v[number])]
        bends.append(np.vstack([tips[0], line[1:-1], tips[1]]))
    drawn: Any = shapely.linestrings(np.vstack(bends), indices=np.repeat(np.arange(len(bends)), list(map(len, bends))))
    return _Roads(
        network=made,
        u=u,
        v=v,
        lines=[bend if len(bend) > 2 else None for bend in bends],
        measured_m=_lengths(drawn),
        straight_m=_great_circle(made, u, v),
        at_nodes=int((joints.node[spot] >= 0).sum() - joints.on_road[spot].sum()),
        on_roads=int(joints.on_road[spot].sum()),
        largest_snap_m=float(np.nan_to_num(joints.away_m).max(initial=0.0)),
    )


def _meeting(ends: NDArray[np.float64], snap_m: float) -> NDArray[np.int64]:
    """Give each place where new lines end a number; ends within reach of each other, chains included, are one."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    scale = metres_per_degree(float(ends[:, 1].mean()))
    plane = ends * scale
    near = np.hypot(*(plane[:, None, :] - plane[None, :, :]).transpose(2, 0, 1)) <= snap_m
    # The two ends of one line stay two, or a short road would vanish.
    for number in range(0, len(ends), 2):
        same = bool((ends[number] == ends[number + 1]).all())
        near[number, number + 1] = near[number + 1, number] = same
    _, label = connected_components(coo_array(near), directed=False)
    return np.asarray(label, dtype=np.int64)


def _refuse_crossing_ends(
    lines: NDArray[Any], spot: NDArray[np.int64], ends: NDArray[np.float64], snap_m: float
) -> None:
    """Refuse a new line that ends in the middle of another: it would pass for joined and not be."""
    import shapely

    scale = np.array(metres_per_degree(float(ends[:, 1].mean())))
    flat = shapely.transform(lines, lambda points: points * scale)
    for number, end in enumerate(ends):
        near = shapely.distance(flat, shapely.Point(end * scale)) <= snap_m
        for other in np.flatnonzero(near):
            if other != number // 2 and spot[number] not in (spot[2 * other], spot[2 * other + 1]):
                msg = (
                    f"Line {number // 2} ends within {snap_m:g} m of the middle of line {other}; "
                    "cut that one there, so that both end at the same place."
                )
                raise InputError(msg)


def _refuse_loose(
    network: Network, spot: NDArray[np.int64], joints: Joints, middle: NDArray[np.float64], snap_m: float
) -> None:
    """Refuse new roads that meet the network nowhere: they would change nothing, and nobody would be told."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    joined, free = joints.node, landing_nodes(network)
    count = len(joined)
    links = coo_array((np.ones(len(spot) // 2), (spot[0::2], spot[1::2])), shape=(count, count))
    _, group = connected_components(links, directed=False)
    for one in np.unique(group):
        here = np.flatnonzero(group == one)
        if (joined[here] >= 0).any():
            continue
        lines = sorted({int(number) // 2 for number in np.flatnonzero(np.isin(spot, here))})
        away = min(_away(network, free, middle[place]) for place in here)
        msg = (
            f"New roads {listed(lines)} meet the network nowhere: within snap_m={snap_m:g} m of their ends is nothing "
            f"they may be joined to, and the nearest node one may leave at is {away:,.0f} m away. Draw them up to the "
            "network, add the missing links, or raise snap_m. Expressways are joined to nodes of expressways and to "
            "interchanges only."
        )
        raise InputError(msg)


def _away(network: Network, nodes: NDArray[np.bool_], place: NDArray[np.float64]) -> float:
    scale = metres_per_degree(float(place[1]))
    away = np.hypot((network.lon[nodes] - place[0]) * scale[0], (network.lat[nodes] - place[1]) * scale[1])
    return float(away.min(initial=np.inf))


def _expressway_nodes(network: Network) -> NDArray[np.bool_]:
    may = np.zeros(len(network.node_id), dtype=bool)
    fast = network.road_class.is_in(EXPRESSWAYS)
    may[network.u[fast]] = True
    may[network.v[fast]] = True
    kind = network.node_columns.get("kind")
    return may | kind.is_in(["interchange"]) if isinstance(kind, Coded) else may


def _lengths(lines: NDArray[Any]) -> NDArray[np.float64]:
    ruler = ellipsoid()
    return np.array([ruler.geometry_length(line) for line in lines])


def _great_circle(network: Network, u: NDArray[np.int64], v: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(ellipsoid().inv(network.lon[u], network.lat[u], network.lon[v], network.lat[v])[2])


def _layer(network: Network, table: pd.DataFrame, roads: _Roads, words: str) -> Network:
    """Make the edges of the new roads, both directions unless oneway."""
    count = len(table)
    given = _numbers(table, "length_m")
    length = np.where(np.isnan(given), roads.measured_m, given)
    short = length < _SHORTEST * roads.straight_m
    if short.any():
        row = int(np.flatnonzero(short)[0])
        msg = (
            f"{int(short.sum())} roads are shorter than the straight line between their ends, among them row {row}: "
            f"{length[row] / 1000:.2f} km for {roads.straight_m[row] / 1000:.2f} km. Mend length_m or the ends."
        )
        raise InputError(msg)
    kind = [str(value) for value in table["road_class"]]
    along = np.array([name not in CLOSED_CLASSES for name in kind])
    if "access" in table:
        asked = table["access"].to_numpy(dtype=object)
        along = np.array(
            [
                old if new not in ("along", "ends_only") else new == "along"
                for old, new in zip(along, asked, strict=True)
            ]
        )
    toll = np.array(table["toll"], dtype=bool) if "toll" in table else _usual_toll(network, kind)
    oneway = np.array(table["oneway"], dtype=bool) if "oneway" in table else np.zeros(count, dtype=bool)
    rows = np.concatenate([np.arange(count), np.flatnonzero(~oneway)])
    back = np.arange(len(rows)) >= count
    speed = _numbers(table, "speed_kmh")[rows]
    columns: dict[str, Column] = {
        str(name): take_column(column_of(table[name]), rows)
        for name in table.columns
        if name not in _TAKEN and name != getattr(getattr(table, "geometry", None), "name", None)
    }
    columns["scenario"] = Coded.constant(words, len(rows))
    columns["speed_basis"] = Coded.from_texts(None if missing else "given" for missing in np.isnan(speed))
    columns.setdefault("length_basis", Coded.from_texts(np.where(np.isnan(given), "measured", "given")[rows]))
    drawn = [line for line in roads.lines if line is not None]
    place = np.cumsum([line is not None for line in roads.lines]) - 1
    shape = np.array([place[row] if roads.lines[row] is not None else -1 for row in range(count)])
    layer = replace(
        network.take_edges(np.zeros(len(network.u), dtype=bool)),
        u=np.where(back, roads.v[rows], roads.u[rows]).astype(np.int32),
        v=np.where(back, roads.u[rows], roads.v[rows]).astype(np.int32),
        length_m=length[rows],
        speed_kmh=np.where(np.isnan(speed), 1.0, speed),
        time_min=length[rows] / 1000 / np.where(np.isnan(speed), 1.0, speed) * 60,
        road_class=Coded.from_texts(kind).take(rows),
        along=along[rows],
        toll=toll[rows],
        edge_columns=columns,
        shapes=make_shapes(drawn, shape[rows].tolist(), (back & (shape[rows] >= 0)).tolist()) if drawn else None,
    )
    return _from_table(layer, np.isnan(speed)) if np.isnan(speed).any() else layer


def _from_table(layer: Network, missing: NDArray[np.bool_]) -> Network:
    """Give roads without a speed that of the packaged table, for the terrain and setting the network was read for."""
    if own := timed_with(layer).get("override"):
        msg = (
            f"{int(missing.sum())} edges of the new roads have no speed_kmh, and the network was timed with the speed "
            f"table {own['file']}, which is not kept with it. Give every new road its speed_kmh."
        )
        raise InputError(msg)
    timed = with_speeds(layer.take_edges(missing))
    speed, time = layer.speed_kmh.copy(), layer.time_min.copy()
    speed[missing], time[missing] = timed.speed_kmh, timed.time_min
    words = _texts(layer, "speed_basis")
    words[missing] = _texts(timed, "speed_basis")
    columns = {**layer.edge_columns, "speed_basis": Coded.from_texts(words)}
    return replace(layer, speed_kmh=speed, time_min=time, edge_columns=columns)


def _texts(network: Network, name: str) -> NDArray[Any]:
    column = network.edge_columns[name]
    return column.texts() if isinstance(column, Coded) else column.astype(object)


def _usual_toll(network: Network, kinds: list[str]) -> NDArray[np.bool_]:
    """Charge a new road as the network's other roads of its class: toll where most of their length bears it."""
    usual: dict[str, bool] = {}
    for kind in set(kinds):
        rows = network.road_class.is_in([kind])
        length = network.length_m[rows]
        usual[kind] = bool(len(length) and length[network.toll[rows]].sum() > length.sum() / 2)
    return np.array([usual[kind] for kind in kinds])


def _numbers(table: pd.DataFrame, name: str) -> NDArray[np.float64]:
    if name not in table:
        return np.full(len(table), np.nan)
    return np.asarray(table[name].astype("float64"), dtype=np.float64)


def _with_scenario(network: Network) -> Network:
    """Give a network the columns that new roads are told by."""
    network = with_basis(network)
    if "scenario" in network.edge_columns:
        return network
    empty = blank(Coded.constant("", 0), len(network.u))
    return replace(network, edge_columns={**network.edge_columns, "scenario": empty})


def _selected(
    network: Network,
    where: Any,
    within: Any,
    *,
    never: NDArray[np.bool_] | None = None,
) -> NDArray[np.bool_]:
    """Say which edges a selection takes, refusing words that occur nowhere and selections of nothing."""
    if where is None and within is None:
        msg = "Which edges? Give where={column: value or list of values}, within=polygon, or both."
        raise InputError(msg)
    chosen = np.ones(len(network.u), dtype=bool) if never is None else ~never
    if where is not None:
        if not isinstance(where, Mapping) or not where:
            msg = f"where={where!r}: expected a mapping of columns to values, such as {{'road_name': '胶州湾大桥'}}."
            raise InputError(msg)
        for name, value in where.items():
            chosen &= _holds(network, str(name), value)
    if within is not None:
        chosen &= _inside(network, _polygon(within), chosen)
    if not chosen.any():
        kept = "" if never is None or not never.any() else " (steps between roads and trains are never taken)"
        msg = f"No edge is selected by {_told(where, within)}{kept}; nothing would change."
        raise InputError(msg)
    return chosen


def _holds(network: Network, name: str, value: Any) -> NDArray[np.bool_]:
    """Say which edges hold one of some values in a column."""
    plain: dict[str, Column] = {
        "road_class": network.road_class,
        "toll": network.toll,
        "access": Coded(np.where(network.along, 0, 1).astype(np.int8), ("along", "ends_only")),
        "length_m": network.length_m,
        "speed_kmh": network.speed_kmh,
        "time_min": network.time_min,
        **network.edge_columns,
    }
    wanted = [value] if isinstance(value, str | bytes) or not hasattr(value, "__iter__") else list(value)
    if name in ("u", "v"):
        known = [str(one) for one in wanted]
        ids = network.node_id.astype(np.str_)
        missing = sorted(set(known) - set(ids[np.isin(ids, known)].tolist()))
        found = np.isin(ids, known)[getattr(network, name)]
        _refuse_unknown(name, missing, ids)
        return np.asarray(found)
    if name not in plain:
        close = near_names(name, [*plain, "u", "v"], count=1)
        hint = f"; did you mean {close[0]!r}?" if close else ""
        msg = f"The edges have no column {name!r}{hint} They have {listed([*plain, 'u', 'v'], shown=30)}."
        raise UnknownNameError(msg)
    column = plain[name]
    if isinstance(column, Coded):
        _refuse_unknown(name, sorted({str(one) for one in wanted} - set(column.values)), np.array(column.values))
        return column.is_in([str(one) for one in wanted])
    if any(isinstance(one, str) for one in wanted):
        msg = f"Column {name!r} holds numbers or truths, got {listed(wanted)}."
        raise InputError(msg)
    _refuse_unknown(name, [one for one in wanted if not (column == one).any()], None)
    return np.isin(column, wanted)


def _refuse_unknown(name: str, missing: list[Any], known: NDArray[Any] | None) -> None:
    if not missing:
        return
    close = [] if known is None else near_names(str(missing[0]), map(str, known))
    hint = f" Near to the first: {listed(close)}." if close else ""
    msg = f"No edge has {name} {listed(missing)}.{hint}"
    raise UnknownNameError(msg)


def _polygon(within: Any) -> Any:
    import geopandas as gpd
    import shapely

    if isinstance(within, gpd.GeoSeries | gpd.GeoDataFrame):
        frame = gpd.GeoDataFrame(geometry=within.geometry)
        return require_geographic(frame, "the polygon of the selection").geometry.union_all()
    if not isinstance(within, shapely.Polygon | shapely.MultiPolygon) or within.is_empty:
        msg = f"within={type(within).__name__}: expected a polygon in degrees, or a frame or series of polygons."
        raise InputError(msg)
    return within


def _inside(network: Network, polygon: Any, among: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say which edges lie wholly inside a polygon; lines are drawn only where both ends do."""
    import shapely

    shapely.prepare(polygon)
    node = shapely.intersects_xy(polygon, network.lon, network.lat)
    inside = among & node[network.u] & node[network.v]
    rows = np.flatnonzero(inside)
    inside[rows] = shapely.covers(polygon, network.geometry(rows))
    return inside


def _marked(column: Column, rows: NDArray[np.bool_], text: str) -> Coded:
    words = column.texts() if isinstance(column, Coded) else column.astype(object)
    words[rows] = text
    return Coded.from_texts(words)


def _marked_where_known(column: Column, rows: NDArray[np.intp]) -> Column:
    """Mark the minutes of trains as given; roads have no such basis and get none."""
    if not isinstance(column, Coded):
        return column
    mask = np.zeros(len(column), dtype=bool)
    mask[rows] = column.codes[rows] >= 0
    return _marked(column, mask, "given")


def _sums(network: Network, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    """Count edges a direction, and kilometres with both directions once."""
    part = network.take_edges(chosen)
    return {"edges": int(chosen.sum()), "km": round(float(part.length_m[part.pieces()].sum() / 1000), 3)}


def _told(where: Mapping[str, Any] | None, within: Any) -> dict[str, Any]:
    """Write a selection as it is recorded."""
    told: dict[str, Any] = {}
    if where is not None:
        told["where"] = {
            str(name): value
            if isinstance(value, str | int | float | bool)
            else [one if isinstance(one, str | int | float | bool) else str(one) for one in value]
            for name, value in where.items()
        }
    if within is not None:
        bounds = getattr(within, "total_bounds", getattr(within, "bounds", None))
        told["within_bounds"] = [round(float(one), 6) for one in (() if bounds is None else bounds)]
    return told


def _recorded(made: Network, before: Network, change: Mapping[str, Any]) -> Network:
    """Put a change behind those already made, and say again how many km run at which kind of speed."""
    provenance = {**before.provenance, "changes": [*before.provenance.get("changes", ()), dict(change)]}
    if "speed_basis_km_share" in provenance and "speed_basis" in made.edge_columns:
        provenance["speed_basis_km_share"] = _speed_shares(made)
    return checked(replace(made, provenance=provenance))


def _speed_shares(network: Network) -> dict[str, float]:
    """Say which share of the kilometres runs at which kind of speed."""
    basis = network.edge_columns["speed_basis"]
    rows = network.pieces()
    words = basis.take(rows).texts() if isinstance(basis, Coded) else basis[rows]
    names = [UNKNOWN if word is None else str(word) for word in words]
    total = float(network.length_m[rows].sum())
    shares = {
        name: float(network.length_m[rows][[word == name for word in names]].sum()) / total for name in set(names)
    }
    return {name: round(shares[name], 4) for name in sorted(shares)}
