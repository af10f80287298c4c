"""Two networks as one: a coarse one outside, a full one inside, and a seam that is said in figures.

Nothing is cut and no position is made up. An edge of the outside goes if both its ends lie where the inside has roads;
one that leads there is kept whole, and its end is tied to the nearest node of the inside by a connector.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from urbangeo.errors import InputError
from urbangeo.sources.network.changes.clip import area_in_degrees, take_part
from urbangeo.sources.network.changes.growing import with_basis
from urbangeo.sources.network.columns import Coded, Column, join_columns
from urbangeo.sources.network.lines.noding import EARTH_RADIUS_M, sphere_points
from urbangeo.sources.network.model import AccessLeg, Network, Shapes, check_arrays
from urbangeo.sources.network.speeds.means import read_speed_table
from urbangeo.sources.network.topology import components

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

PLACES = ("seat", "hub", "station")
"""Kinds of outside nodes that are kept where the inside replaces the roads: circles start there, and county seats are
looked up among them."""

SEAM_M = 5_000.0
"""How far the seam reaches unless told otherwise. Three quarters of the skeleton's junctions and interchanges are held
to lie within 4 km of their true place (``network/nodes``, position_accuracy_km)."""

SEAM_CIRCUITY = 1.3
"""Way over straight line of a connector: as on the county roads the skeleton leaves out (``network/turn_tolls``)."""

_LEAST_M = 1.0
_NAMED = 50


def merge_networks(
    outside: Network,
    inside: Network,
    *,
    area: BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries | tuple[float, float, float, float] | None = None,
    seam_m: float = SEAM_M,
    access: AccessLeg | None = None,
) -> Network:
    """Put a full network into a coarse one.

    The area is where the inside counts: the polygon given, or else every place within ``seam_m`` of a node of the
    inside's main component (the largest in which one can drive from everywhere to everywhere). Edges of the outside
    with both ends in the area are dropped; edges with one end there are kept, and that end is tied to the nearest node
    of the main component; edges with no end there are kept, even if they pass through. Seats, hubs and stations of the
    outside that lie in the area are kept and tied in the same way. A tie is an edge in both directions of class
    "connector", length_basis "seam": straight line times 1.3, at the speed table's pace for connectors, and one cannot
    leave it on the way. Ends with no such node within ``seam_m`` stay untied and are named in the provenance.

    Parameters
    ----------
    outside, inside : Network
        The coarse and the full network, of one mode and impedance. Neither is changed.
    area : polygon, frame of polygons, or four numbers, optional
        Where the inside replaces the outside, as in :func:`urbangeo.clip_network`. Give it where
        it is known (the province the extract is of).
    seam_m : float, default 5000.0
        Longest tie, metres in a straight line.
    access : AccessLeg, optional
        The access leg of the result; that of the inside by default, also for the places outside, where the coarse
        network then reaches less than it would alone. Circles far outside want the leg of the outside.

    Returns
    -------
    Network
        kind "merged"; ``is_skeleton`` is true where anything of a skeleton was kept. Edge and node column ``part`` says
        outside, inside or seam. ``provenance["parts"]`` lists the kinds, ``["seam"]`` rule and counts, ``["outside"]``
        and ``["inside"]`` what was known of each.

    Raises
    ------
    InputError
        If mode, impedance or toll of the two contradict each other, the inside has no roads, or ``seam_m`` is no
        distance.
    CrsError
        If the area is not in degrees.

    Examples
    --------
    >>> from urbangeo import read_network
    >>> from urbangeo.sources.network.changes.clip import clip_network
    >>> skeleton = read_network()
    >>> merged = merge_networks(skeleton, clip_network(skeleton, (116.5, 36.3, 117.5, 37.0)))
    >>> merged.kind, merged.is_skeleton, merged.provenance["parts"]
    ('merged', True, ['skeleton'])
    """
    toll_min = _agreed(outside, inside, seam_m)
    # What is authored stays so: a blank basis would have the skeleton's speeds replaced by the table's later on.
    outside, inside = with_basis(outside), with_basis(inside)
    labels = components(inside, "strong").label
    main = np.flatnonzero(labels == 0)
    if not len(main):
        msg = "The inside network has no edges; there is nothing to merge."
        raise InputError(msg)
    near, away = _nearest(outside, inside, main)
    covered = away <= seam_m if area is None else _within(outside, area)
    ends = covered[outside.u].astype(np.int8) + covered[outside.v]
    both, one, none = (np.asarray(ends == count) for count in (2, 1, 0))
    leading = np.zeros(len(outside.node_id), dtype=bool)
    leading[outside.u[one]] = leading[outside.v[one]] = True
    leading &= covered
    kind = outside.node_columns.get("kind")
    places = kind.is_in(PLACES) & covered if isinstance(kind, Coded) else np.zeros(len(covered), dtype=bool)
    places &= ~_known_inside(outside, inside)
    reachable = away <= seam_m
    tied = (leading | places) & reachable
    # A place that cannot be tied would be a seat without any road: it goes, and is named.
    shell = take_part(outside, np.flatnonzero(~both), nodes=tied)
    staying = np.zeros(len(outside.node_id), dtype=bool)
    staying[outside.u[~both]] = staying[outside.v[~both]] = True
    staying |= tied
    row_in_shell = np.cumsum(staying) - 1
    ties = _Ties(
        outer=row_in_shell[np.flatnonzero(tied)],
        inner=near[tied],
        straight_m=np.maximum(away[tied], _LEAST_M),
    )
    result = _joined(shell, inside, ties)
    kilometres = outside.length_m / 1000
    ids = outside.node_id
    untied, lost = np.flatnonzero(leading & ~reachable), np.flatnonzero(places & ~reachable & ~staying)
    seam = {
        "rule": (
            "outside edges with both ends in the area dropped; with one end there kept and that end tied to the "
            "nearest node of the inside's main component; with none there kept"
        ),
        "area": "within seam_m of the inside's main component" if area is None else "given",
        "seam_m": float(seam_m),
        "edges_dropped": _both(kilometres, both),
        "edges_leading_in": _both(kilometres, one),
        "edges_kept_outside": _both(kilometres, none),
        "ends_tied": int((leading & tied).sum()),
        "places_tied": int((places & tied & ~leading).sum()),
        "ends_untied": _named(ids, untied),
        "places_dropped": _named(ids, lost),
        "tie_straight_m_mean": round(float(ties.straight_m.mean()), 1) if len(ties.inner) else None,
        "tie_straight_m_most": round(float(ties.straight_m.max()), 1) if len(ties.inner) else None,
        "connector_kmh": _connector_kmh(),
        "circuity": SEAM_CIRCUITY,
        "access_of": "given" if access is not None else "inside",
        "inside_nodes_in_main_component": [len(main), len(inside.node_id)],
    }
    provenance = {
        "parts": _parts(shell, inside),
        "seam": seam,
        "outside": {"kind": outside.kind, **outside.provenance},
        "inside": {"kind": inside.kind, **inside.provenance},
    }
    merged = replace(result, kind="merged", toll_min=toll_min, access=access or inside.access, provenance=provenance)
    check_arrays(merged)
    return merged


@dataclass(frozen=True, eq=False)
class _Ties:
    """Connectors: rows of the outer nodes (among those kept), of the inner nodes, and metres between them."""

    outer: NDArray[Any]
    inner: NDArray[Any]
    straight_m: NDArray[np.float64]


def _agreed(outside: Network, inside: Network, seam_m: float) -> float:
    """Return the toll of both, or say in what they cannot be one network."""
    faults = [
        f"{name} is {getattr(outside, name)!r} outside and {getattr(inside, name)!r} inside"
        for name in ("mode", "impedance")
        if getattr(outside, name) != getattr(inside, name)
    ]
    if "drive+rail" in {outside.mode, inside.mode}:
        # A connector between a street and a platform would be a ride without waiting, access or egress.
        faults.append("railways are on one of them already; merge the roads first, then add rail (with_rail)")
    if inside.impedance not in {"time_min", "length_m"}:
        faults.append(f"the impedance {inside.impedance!r} is not known for the connectors of the seam")
    if not 0 < seam_m < np.inf:
        faults.append(f"seam_m is {seam_m!r}, expected metres above 0")
    tolls = {network.toll_min for network in (outside, inside) if network.toll.any()}
    if len(tolls) > 1:
        faults.append(f"toll_min is {outside.toll_min:g} outside and {inside.toll_min:g} inside")
    if faults:
        msg = f"These networks cannot be merged: {'; '.join(faults)}. Read both with the same options."
        raise InputError(msg)
    return tolls.pop() if tolls else 0.0


def _nearest(outside: Network, inside: Network, main: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Find for each outside node the nearest main node of the inside, and metres in a straight line."""
    from scipy.spatial import cKDTree

    # In the order of the map, so that of two nodes equally near the order of rows does not choose.
    main = main[np.lexsort((inside.lat[main], inside.lon[main]))]
    tree = cKDTree(sphere_points(inside.lon[main], inside.lat[main]))
    chord, place = tree.query(sphere_points(outside.lon, outside.lat))
    arc = 2 * EARTH_RADIUS_M * np.arcsin(np.clip(chord / (2 * EARTH_RADIUS_M), 0, 1))
    return np.asarray(main[place], dtype=np.intp), np.asarray(arc, dtype=np.float64)


def _within(network: Network, area: Any) -> NDArray[np.bool_]:
    import shapely

    shape = area_in_degrees(area)
    shapely.prepare(shape)
    return np.asarray(shapely.intersects_xy(shape, network.lon, network.lat), dtype=bool)


def _known_inside(outside: Network, inside: Network) -> NDArray[np.bool_]:
    """Say which outside nodes are seats the inside has already; two for one county could not be told apart."""
    none = np.zeros(len(outside.node_id), dtype=bool)
    codes, kinds = inside.node_columns.get("adcode"), inside.node_columns.get("kind")
    mine, my_kinds = outside.node_columns.get("adcode"), outside.node_columns.get("kind")
    if not (isinstance(codes, Coded) and isinstance(kinds, Coded)):
        return none
    if not (isinstance(mine, Coded) and isinstance(my_kinds, Coded)):
        return none
    seats = [code for code in codes.take(kinds.is_in(["seat"])).texts() if code is not None]
    return np.asarray(mine.is_in(seats) & my_kinds.is_in(["seat"]))


def _both(kilometres: NDArray[Any], rows: NDArray[np.bool_]) -> dict[str, Any]:
    """Count edges and kilometres, one a direction."""
    return {"edges": int(rows.sum()), "directed_km": round(float(kilometres[rows].sum()), 1)}


def _named(ids: NDArray[Any], rows: NDArray[Any]) -> dict[str, Any]:
    return {"count": len(rows), "nodes": [str(name) for name in sorted(ids[rows].tolist())[:_NAMED]]}


def _parts(shell: Network, inside: Network) -> list[str]:
    """List the kinds of network that take part, those of merged ones by their own parts."""
    found: set[str] = set()
    for network in (shell, inside):
        if len(network.node_id):
            found |= set(network.provenance.get("parts", ())) or {network.kind}
    return sorted(found)


def _connector_kmh() -> float:
    return float(read_speed_table().find("connector", "plain", "rural").row.mean_kmh)


# --- one behind the other -----------------------------------------------------------------------------------------


def _joined(shell: Network, inside: Network, ties: _Ties) -> Network:
    """Put the nodes and edges of both behind each other, and the connectors behind those."""
    before = len(shell.node_id)
    ids, extra = _ids(shell, inside)
    counts = (len(shell.u), len(inside.u), 2 * len(ties.inner))
    kmh = _connector_kmh()
    length = np.tile(ties.straight_m * SEAM_CIRCUITY, 2)
    outer, inner = ties.outer, ties.inner + before
    seam_columns: dict[str, Column] = {
        "length_basis": Coded.constant("seam", counts[2]),
        "speed_basis": Coded.constant("table", counts[2]),
    }
    named = {*shell.edge_columns, *inside.edge_columns, *seam_columns} - {"part"}
    edge_columns: dict[str, Column] = {
        name: _stack([shell.edge_columns.get(name), inside.edge_columns.get(name), seam_columns.get(name)], counts)
        for name in sorted(named)
    }
    edge_columns["part"] = _part(counts)
    kinds = Coded.constant("junction", before), Coded.constant("junction", len(inside.node_id))
    of_nodes = (before, len(inside.node_id))
    nodes = [{"kind": default, **network.node_columns} for network, default in zip((shell, inside), kinds, strict=True)]
    node_columns = {
        name: _stack([columns.get(name) for columns in nodes], of_nodes)
        for name in sorted({*nodes[0], *nodes[1]} - {"part"})
    }
    node_columns["part"] = _part((*of_nodes, 0))
    return Network(
        node_id=ids,
        lon=np.concatenate([shell.lon, inside.lon]),
        lat=np.concatenate([shell.lat, inside.lat]),
        u=np.concatenate([shell.u, inside.u + before, outer, inner]).astype(np.int32),
        v=np.concatenate([shell.v, inside.v + before, inner, outer]).astype(np.int32),
        length_m=np.concatenate([shell.length_m, inside.length_m, length]),
        speed_kmh=np.concatenate([shell.speed_kmh, inside.speed_kmh, np.full(counts[2], kmh)]),
        time_min=np.concatenate([shell.time_min, inside.time_min, length / 1000 / kmh * 60]),
        road_class=_coded(
            _stack([shell.road_class, inside.road_class, Coded.constant("connector", counts[2])], counts)
        ),
        along=np.concatenate([shell.along, inside.along, np.zeros(counts[2], dtype=bool)]),
        toll=np.concatenate([shell.toll, inside.toll, np.zeros(counts[2], dtype=bool)]),
        node_columns={**node_columns, **extra},
        edge_columns=edge_columns,
        shapes=_stacked_shapes(shell, inside, counts[2]),
        mode=inside.mode,
        impedance=inside.impedance,
    )


def _coded(column: Column) -> Coded:
    return column if isinstance(column, Coded) else Coded.from_texts(map(str, column))


def _part(counts: tuple[int, int, int]) -> Coded:
    return Coded(np.repeat(np.arange(3, dtype=np.int8), counts), ("outside", "inside", "seam"))


def _ids(shell: Network, inside: Network) -> tuple[NDArray[Any], Mapping[str, Column]]:
    """Give every node an identity of its own: those of the inside stay as they are wherever they can."""
    outer, inner = shell.node_id, inside.node_id
    numbers = [ids.dtype.kind in "iu" for ids in (outer, inner)]
    if numbers[0] == numbers[1] and not len(np.intersect1d(outer, inner)):
        return np.concatenate([outer, inner]), {}
    was = Coded.from_texts([*map(str, outer), *([None] * len(inner))])
    if numbers[1]:
        # Below all numbers of the inside, as millions of texts would cost more than the roads.
        top = min(int(inner.min(initial=0)), 0)
        new = np.arange(top - 1, top - 1 - len(outer), -1, dtype=np.int64)
        return np.concatenate([new, inner.astype(np.int64)]), {"outside_node_id": was}
    taken = set(map(str, inner))
    prefix = "outside:"
    while any(f"{prefix}{name}" in taken for name in outer.tolist()):
        prefix = f"outside:{prefix}"
    renamed = [f"{prefix}{name}" for name in outer.tolist()]
    return np.array([*renamed, *map(str, inner)], dtype=np.str_), {"outside_node_id": was}


def _stack(columns: list[Column | None], counts: tuple[int, ...]) -> Column:
    """Put columns of one name behind each other; where one is missing nothing is known."""
    known = [column for column in columns if column is not None]
    texts = any(isinstance(column, Coded) for column in known)
    whole = all(not isinstance(column, Coded) and column.dtype.kind in "iu" for column in known)
    made: list[Column] = []
    for column, count in zip(columns, counts, strict=True):
        if texts:
            made.append(_as_coded(column, count))
        elif column is None:
            made.append(np.full(count, -1, dtype=np.int64) if whole else np.full(count, np.nan))
        elif isinstance(column, Coded) or whole:
            made.append(column)
        elif column.dtype.kind == "b" and any(other is None for other in columns):
            # A truth that is not known is neither true nor false.
            made.append(column.astype(np.float64))
        else:
            made.append(column)
    stacked = made[0]
    for column in made[1:]:
        stacked = join_columns(stacked, column)
    return stacked


def _as_coded(column: Column | None, count: int) -> Coded:
    if column is None:
        return Coded(np.full(count, -1, dtype=np.int8), ())
    return column if isinstance(column, Coded) else Coded.from_texts(map(str, column.tolist()))


def _stacked_shapes(shell: Network, inside: Network, ties: int) -> Shapes | None:
    if shell.shapes is None and inside.shapes is None:
        return None
    offsets, points, line, backwards = [np.zeros(1, dtype=np.int64)], [], [], []
    lines = 0
    for network in (shell, inside):
        shapes, count = network.shapes, len(network.u)
        if shapes is None:
            line.append(np.full(count, -1, dtype=np.int32))
            backwards.append(np.zeros(count, dtype=bool))
            continue
        line.append(np.where(shapes.line >= 0, shapes.line + lines, -1).astype(np.int32))
        backwards.append(shapes.backwards)
        offsets.append(shapes.offsets[1:] + offsets[-1][-1])
        points.append(shapes.points)
        lines += len(shapes.offsets) - 1
    line.append(np.full(ties, -1, dtype=np.int32))
    backwards.append(np.zeros(ties, dtype=bool))
    return Shapes(*(np.concatenate(parts) for parts in (offsets, points, line, backwards)))
