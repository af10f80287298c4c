"""Walk every row of the skeleton network and say what is wrong with it.

    python tools/check_skeleton.py        # exit 1 when a rule is broken

Run it after an edit of a table in ``urbangeo/data/network``. What each rule wants is said in its first line; what is
known, looked at and left as it is stands in ``KNOWN`` with the reason, and is a fault as soon as it is mended.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import shapely
from pyproj import Geod

from urbangeo.archive.catalog import read_table
from urbangeo.sources.boundaries import read_counties

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Tables = dict[str, Any]
"""Frames by name: nodes, edges, rail, centres, speeds, sanity_minutes, and counties with their polygons."""

KINDS: Mapping[str, set[str]] = {
    "s_": {"seat"},
    "i_": {"interchange", "junction"},
    "j_": {"junction", "interchange"},
    "b_": {"junction"},
    "h_": {"hub"},
    "r_": {"station"},
    "g_": {"junction", "station"},
}
"""Kinds a node may have by the beginning of its id; a gateway lies outside the provinces."""

BASES = ("published", "milepost", "scaled_to_published", "estimated")
"""What ``length_basis`` may say, from the best to the weakest."""

STRAIGHT_SHARE = 0.97
"""Least length of an edge as a share of the great circle between its ends: positions are good to kilometres only."""

SLOWEST_SHARE = 0.55
"""Least mean speed as a share of the slowest mean of its class in ``speeds``. Own choice: legs inside the cores were
slowed by hand to as little as 0.57 of it."""

PROVINCES = ("37", "63")

KNOWN: Mapping[str, str] = {
    "g_deshang_n lies in county 371428, a gateway must lie outside": "1 km inside, good to 5 km; no source to move it",
    "g_jiuzhi lies in county 632625, a gateway must lie outside": "8 km inside, good to 6 km; no source to move it",
    "rail: r_haidong_w - r_xining has 26.3 km, the great circle 29.15 km": (
        "the length is published, the point of 海东西 is from memory; no source to move it"
    ),
    "h_jn_queshan - i_jinan_n: design speed 80 km/h, the table has 40-60 for urban_arterial": (
        "309国道 at the north of 济南 is half a road of the open country; its class is from memory"
    ),
}
"""Faults that were looked at and stay until a source is at hand, each with the reason."""


def skeleton_tables() -> Tables:
    """Read the tables of the skeleton and the county polygons.

    Returns
    -------
    dict of str to frame
        As the rules take them.
    """
    names = ("nodes", "edges", "rail", "centres", "speeds", "sanity_minutes")
    return {name: read_table(f"network/{name}") for name in names} | {"counties": read_counties()}


def node_ids(tables: Tables) -> list[str]:
    """Look for ids that stand twice or begin otherwise than their kind wants; a seat bears the code of its county."""
    nodes = tables["nodes"]
    found = [f"{name} stands {count} times in nodes" for name, count in Counter(nodes["node_id"]).items() if count > 1]
    for row in nodes.itertuples():
        wanted = KINDS.get(row.node_id[:2])
        if wanted is None or row.kind not in wanted:
            found.append(f"{row.node_id} is a {row.kind}, its id begins like {sorted(wanted or {'nothing known'})}")
        if row.kind == "seat" and row.node_id != f"s_{row.adcode}":
            found.append(f"{row.node_id} is the seat of {row.adcode}: expected s_{row.adcode}")
    return found


def ends_exist(tables: Tables) -> list[str]:
    """Look for rows that name a node which the table does not have."""
    known = set(tables["nodes"]["node_id"])
    columns = {
        "edges": ("from_id", "to_id"),
        "rail": ("from_node_id", "to_node_id"),
        "centres": ("node_id",),
        "sanity_minutes": ("origin_node_id", "destination_node_id"),
    }
    return [
        f"{table} names the node {name}, which does not exist"
        for table, ends in columns.items()
        for end in ends
        for name in sorted(set(tables[table][end]) - known)
    ]


def every_county_has_its_seat(tables: Tables) -> list[str]:
    """Look for counties without a seat, or with two."""
    nodes = tables["nodes"]
    seats = Counter(nodes.loc[nodes["kind"] == "seat", "adcode"])
    return [f"county {code} has {seats[code]} seats" for code in tables["counties"].index if seats[code] != 1]


def nodes_lie_in_their_county(tables: Tables) -> list[str]:
    """Look for nodes outside the polygon of their adcode, and for gateways inside one."""
    counties, nodes = tables["counties"], tables["nodes"]
    points = np.asarray(shapely.points(nodes["lon"], nodes["lat"]), dtype=object)
    place, county = shapely.STRtree(counties.geometry.to_numpy()).query(points, predicate="intersects")
    where: dict[int, set[str]] = {}
    for node, code in zip(place.tolist(), counties.index[county], strict=True):
        where.setdefault(node, set()).add(str(code))
    found = []
    for number, row in enumerate(nodes.itertuples()):
        inside = where.get(number, set())
        stated = row.adcode if isinstance(row.adcode, str) else None
        if stated is not None and stated not in inside:
            found.append(f"{row.node_id} does not lie in its county {stated} but in {sorted(inside) or 'none'}")
        if stated is None and inside:
            what = "a gateway must lie outside" if row.node_id.startswith("g_") else "its adcode is blank"
            found.append(f"{row.node_id} lies in county {min(inside)}, {what}")
        if stated is not None and row.node_id.startswith("g_"):
            found.append(f"{row.node_id} is a gateway and has the adcode {stated}; expected a blank")
    return found


def lengths(tables: Tables) -> list[str]:
    """Look for edges and legs of rail shorter than 0.97 of their great circle."""
    nodes = tables["nodes"].drop_duplicates("node_id").set_index("node_id")
    found = []
    for table, ends, column in (
        ("edges", ("from_id", "to_id"), "length_km"),
        ("rail", ("from_node_id", "to_node_id"), "km"),
    ):
        rows = tables[table]
        rows = rows[rows[ends[0]].isin(nodes.index) & rows[ends[1]].isin(nodes.index)]
        first, last = (nodes.loc[rows[end]] for end in ends)
        _, _, metres = Geod(ellps="GRS80").inv(
            *(end[axis].to_numpy() for end in (first, last) for axis in ("lon", "lat"))
        )
        for row, straight in zip(rows.itertuples(), np.asarray(metres) / 1000, strict=True):
            length = getattr(row, column)
            if length < STRAIGHT_SHARE * straight:
                pair = f"{getattr(row, ends[0])} - {getattr(row, ends[1])}"
                found.append(f"{table}: {pair} has {length} km, the great circle {straight:.2f} km")
    return found


def components(tables: Tables) -> list[str]:
    """Look for provinces in several pieces, pieces in two provinces, and nodes but stations without a road."""
    nodes, edges = tables["nodes"], tables["edges"]
    graph: nx.Graph[str] = nx.Graph(list(zip(edges["from_id"], edges["to_id"], strict=True)))
    province = {row.node_id: row.adcode[:2] for row in nodes.itertuples() if isinstance(row.adcode, str)}
    pieces = [sorted(piece) for piece in nx.connected_components(graph)]
    found = []
    for code in PROVINCES:
        holding = [piece for piece in pieces if any(province.get(name) == code for name in piece)]
        if len(holding) != 1:
            sizes = sorted((len(piece) for piece in holding), reverse=True)
            found.append(f"the roads of province {code} fall into {len(holding)} pieces of {sizes} nodes")
    for piece in pieces:
        here = {province[name] for name in piece if name in province}
        if len(here) != 1:
            found.append(f"the piece with {piece[0]} lies in {sorted(here) or 'no province'}; expected one province")
    found += [
        f"{row.node_id} is a {row.kind} at which no road ends"
        for row in nodes.itertuples()
        if row.node_id not in graph and row.kind != "station"
    ]
    return found


def stations(tables: Tables) -> list[str]:
    """Look for legs of rail that do not join two stations, and for stations without a leg."""
    nodes, rail = tables["nodes"], tables["rail"]
    kind = dict(zip(nodes["node_id"], nodes["kind"], strict=True))
    found = []
    for row in rail.itertuples():
        for name in (row.from_node_id, row.to_node_id):
            if kind.get(name, "station") != "station":
                found.append(f"rail {row.line}: {name} is a {kind[name]}; expected a station")
        if row.from_node_id == row.to_node_id:
            found.append(f"rail {row.line}: {row.from_node_id} is joined to itself")
    served = set(rail["from_node_id"]) | set(rail["to_node_id"])
    found += [
        f"{row.node_id} is a station without a train"
        for row in nodes.itertuples()
        if row.kind == "station" and row.node_id not in served
    ]
    return found


def speeds(tables: Tables) -> list[str]:
    """Look for design speeds outside the range of their class, and means above them or far below the class's mean."""
    table, found = tables["speeds"], []
    ranges: dict[str, tuple[float, float, float]] = {}
    for name, rows in table.groupby("class"):
        figures = [float(part) for text in rows["design_kmh_range"].dropna() for part in str(text).split("-")]
        slowest = float(rows["mean_kmh"].min())
        ranges[str(name)] = (min(figures, default=0.0), max(figures, default=np.inf), SLOWEST_SHARE * slowest)
    for row in tables["edges"].itertuples():
        pair = f"{row.from_id} - {row.to_id}"
        if row.road_class not in ranges:
            found.append(f"{pair}: class {row.road_class} has no speed in the table")
            continue
        low, high, least = ranges[row.road_class]
        if not low <= row.design_kmh <= high:
            text = f"the table has {low:g}-{high:g} for {row.road_class}"
            found.append(f"{pair}: design speed {row.design_kmh:g} km/h, {text}")
        if not least <= row.mean_kmh <= row.design_kmh:
            found.append(f"{pair}: mean speed {row.mean_kmh:g} km/h, expected {least:g} to {row.design_kmh:g}")
    return found


def words_and_sources(tables: Tables) -> list[str]:
    """Look for lengths whose basis is none of the four words, and for rows without a source."""
    found = []
    for row in tables["edges"].itertuples():
        if row.length_basis not in BASES:
            found.append(f"{row.from_id} - {row.to_id}: length_basis {row.length_basis!r}; expected one of {BASES}")
    for name in ("nodes", "edges", "rail"):
        frame = tables[name]
        blank = frame.index[frame["source"].isna() | (frame["source"].astype("str").str.strip() == "")]
        found += [f"{name}: row {number + 2} says no source" for number in blank]
    return found


def doubles(tables: Tables) -> list[str]:
    """Look for edges that stand twice, either way round, or begin where they end."""
    edges = tables["edges"]
    pairs = Counter(
        (*sorted((row.from_id, row.to_id)), str(row.road_name), row.length_km) for row in edges.itertuples()
    )
    found = [f"{first} - {last} stands {count} times" for (first, last, *_), count in pairs.items() if count > 1]
    loops = edges[edges["from_id"] == edges["to_id"]]
    return found + [f"{name} is joined to itself" for name in loops["from_id"]]


RULES: tuple[Callable[[Tables], list[str]], ...] = (
    node_ids,
    ends_exist,
    every_county_has_its_seat,
    nodes_lie_in_their_county,
    lengths,
    components,
    stations,
    speeds,
    words_and_sources,
    doubles,
)


def skeleton_faults(tables: Tables, known: Mapping[str, str] = KNOWN) -> list[str]:
    """Apply every rule.

    Parameters
    ----------
    tables : dict of str to frame
        As :func:`skeleton_tables` returns.
    known : mapping of str to str
        Faults that are left as they are, with the reason.

    Returns
    -------
    list of str
        One sentence a fault, with the rule in front; a known fault that is none any more is a fault of the list.
    """
    told = [(rule.__name__, fault) for rule in RULES for fault in rule(tables)]
    seen = {fault for _, fault in told}
    faults = [f"{rule}: {fault}" for rule, fault in told if fault not in known]
    return faults + [f"KNOWN: mended, take it out: {fault}" for fault in known if fault not in seen]


def main() -> int:
    """Check the packaged skeleton and print what is wrong.

    Returns
    -------
    int
        1 if anything is.
    """
    tables = skeleton_tables()
    faults = skeleton_faults(tables)
    for fault in faults:
        print(fault)
    rows = sum(len(tables[name]) for name in ("nodes", "edges", "rail"))
    print(f"{rows} rows, {len(RULES)} rules, {len(faults)} faults, {len(KNOWN)} known and left")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
