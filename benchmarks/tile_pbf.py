"""Make a province-size OSM PBF of a small real one: the same country again and again, side by side.

Run ``python benchmarks/tile_pbf.py SOURCE.osm.pbf OUT.osm.pbf --copies 30``. Each copy lies further east by the width
of the extract (so lengths on the ellipsoid stay what they are), and its ids are shifted by more than the largest id of
the extract; the file is sorted by type and id like a real one. Ids so reach 10^11: a reader whose memory grows with
the largest id shows it here. The copies are not connected.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import osmium
from osmium.osm import mutable


def tile(source: Path, out: Path, copies: int) -> dict[str, int]:
    """Write the copies and return how many objects of each kind were written."""
    nodes: list[tuple[Any, ...]] = []
    ways: list[tuple[Any, ...]] = []
    relations: list[tuple[Any, ...]] = []
    for thing in osmium.FileProcessor(str(source)):
        tags = dict(thing.tags)
        head = (thing.id, tags, thing.version, thing.timestamp)
        if thing.is_node():
            nodes.append((*head, thing.lon, thing.lat))
        elif thing.is_way():
            ways.append((*head, [node.ref for node in thing.nodes]))
        else:
            relations.append((*head, [(member.type, member.ref, member.role) for member in thing.members]))
    lons = [node[-2] for node in nodes]
    width = max(lons) - min(lons) + 0.01
    members = [member for relation in relations for member in relation[-1]]
    named = {
        "n": [node[0] for node in nodes] + [ref for way in ways for ref in way[-1]],
        "w": [way[0] for way in ways],
        "r": [relation[0] for relation in relations],
    }
    strides = {kind: 1 + max(ids + [ref for of, ref, _ in members if of == kind]) for kind, ids in named.items()}
    west = -180 + 0.01 - min(lons) if copies * width > 180 else 0.0
    header = osmium.io.Header()
    header.set("generator", "urbangeo benchmarks/tile_pbf.py")
    header.set("sorting", "Type_then_ID")
    header.set("osmosis_replication_timestamp", "2000-01-01T00:00:00Z")
    with osmium.SimpleWriter(str(out), header=header, overwrite=True) as writer:
        for copy in range(copies):
            shift = copy * strides["n"]
            for name, tags, version, stamp, lon, lat in nodes:
                place = (lon + west + copy * width, lat)
                writer.add_node(
                    mutable.Node(id=name + shift, tags=tags, version=version, timestamp=stamp, location=place)
                )
        for copy in range(copies):
            shift = copy * strides["n"]
            for name, tags, version, stamp, refs in ways:
                moved = [ref + shift for ref in refs]
                own = name + copy * strides["w"]
                writer.add_way(mutable.Way(id=own, tags=tags, version=version, timestamp=stamp, nodes=moved))
        for copy in range(copies):
            for name, tags, version, stamp, members in relations:
                moved = [(kind, ref + copy * strides[kind], role) for kind, ref, role in members]
                own = name + copy * strides["r"]
                writer.add_relation(
                    mutable.Relation(id=own, tags=tags, version=version, timestamp=stamp, members=moved)
                )
    return {"nodes": copies * len(nodes), "ways": copies * len(ways), "relations": copies * len(relations)}


def main() -> None:
    """Take the arguments and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--copies", type=int, default=30)
    given = parser.parse_args()
    written = tile(given.source, given.out, given.copies)
    print(given.out, f"{given.out.stat().st_size / 1e6:.1f} MB", written)


if __name__ == "__main__":
    main()
