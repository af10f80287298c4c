"""GraphML: a toy by hand, the two ways of reading against each other, lists, and files that are refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from urbangeo.errors import CrsError, InputError, SchemaError
from urbangeo.sources.network.graphml import careful
from urbangeo.sources.network.graphml import reader as graphml
from urbangeo.sources.network.graphml.reader import read_graphml, read_raw_graph
from urbangeo.sources.network.graphs.raw import RawGraph, way_ids_of, words_of

HEAD = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
"""
NODES = {"a": (117.0, 36.6), "b": (117.1, 36.6), "c": (117.1, 36.7)}
LINE = "LINESTRING (117 36.6, 117.05 36.61, 117.1 36.6)"
BACK = "LINESTRING (117.1 36.6, 117.05 36.61, 117 36.6)"
EDGES: list[tuple[str, str, dict[str, str]]] = [
    ("a", "b", {"length": "9250.5", "highway": "trunk", "oneway": "True", "maxspeed": "60", "geometry": LINE}),
    ("b", "a", {"length": "9250.5", "highway": "residential", "oneway": "False", "geometry": BACK}),
    ("b", "c", {"length": "11100.25", "highway": "motorway", "oneway": "True", "name": "京沪高速"}),
    ("c", "b", {"length": "11100.25", "highway": "motorway", "oneway": "True", "lanes": "2", "bridge": "yes"}),
]


def document(
    edges: Any = EDGES, nodes: Any = None, *, settings: Any = None, head: str = HEAD, direction: str = "directed"
) -> str:
    """Write GraphML as OSMnx does."""
    nodes = {node: {"x": str(x), "y": str(y)} for node, (x, y) in NODES.items()} if nodes is None else nodes
    settings = {"crs": "EPSG:4326"} if settings is None else settings
    keys: dict[tuple[str, str], str] = {}
    body = []

    def values(owner: str, attributes: dict[str, str], blank: str) -> list[str]:
        lines = []
        for name, text in attributes.items():
            key = keys.setdefault((owner, name), f"d{len(keys)}")
            lines.append(f'{blank}<data key="{key}">{escape(text)}</data>')
        return lines

    body += values("graph", settings, "    ")
    for node, attributes in nodes.items():
        body += [f'    <node id="{node}">', *values("node", attributes, "      "), "    </node>"]
    for u, v, attributes in edges:
        body += [f'    <edge source="{u}" target="{v}" id="0">', *values("edge", attributes, "      "), "    </edge>"]
    declared = [
        f'  <key id="{key}" for="{owner}" attr.name="{escape(name)}" attr.type="string" />'
        for (owner, name), key in keys.items()
    ]
    return "\n".join(
        [head.rstrip("\n"), *declared, f'  <graph edgedefault="{direction}">', *body, "  </graph>", "</graphml>", ""]
    )


def saved(folder: Path, text: str | bytes, name: str = "roads.graphml") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def changed(row: int, **attributes: str | None) -> Any:
    edges = [(u, v, dict(values)) for u, v, values in EDGES]
    for name, value in attributes.items():
        if value is None:
            del edges[row][2][name]
        else:
            edges[row][2][name] = value
    return edges


def assert_same(one: RawGraph, two: RawGraph) -> None:
    for name in ("node_id", "x", "y", "u", "v", "line_counts", "line_points"):
        assert getattr(one, name).dtype == getattr(two, name).dtype
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert one.settings == two.settings
    assert list(one.figures) == list(two.figures)
    for name in one.figures:
        np.testing.assert_array_equal(one.figures[name], two.figures[name])
        np.testing.assert_array_equal(one.stated[name], two.stated[name])
    assert (one.way_ids is None) == (two.way_ids is None)
    if one.way_ids is not None and two.way_ids is not None:
        np.testing.assert_array_equal(one.way_ids.smallest, two.way_ids.smallest)
        np.testing.assert_array_equal(one.way_ids.several, two.way_ids.several)
    for mine, yours in ((one.node_words, two.node_words), (one.edge_words, two.edge_words)):
        assert list(mine) == list(yours)
        for name in mine:
            texts = [
                [words.values[code] if code >= 0 else None for code in words.codes]
                for words in (mine[name], yours[name])
            ]
            assert texts[0] == texts[1], name


def is_regular(path: Path, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Say whether the compiled loops read a file, without the XML parser."""
    used: list[bool] = []
    parse = careful.read_places

    def noted(*arguments: Any) -> Any:
        used.append(True)
        return parse(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(graphml, "read_places", noted)
        read_raw_graph(path)
    return not used


# --- a toy by hand --------------------------------------------------------------------------------------------------


def test_a_toy_by_hand(tmp_path: Path) -> None:
    network = read_graphml(saved(tmp_path, document()))
    assert network.node_id.tolist() == ["a", "b", "c"]
    assert network.lon.tolist() == [117.0, 117.1, 117.1]
    assert network.lat.tolist() == [36.6, 36.6, 36.7]
    assert network.u.tolist() == [0, 1, 1, 2]
    assert network.v.tolist() == [1, 0, 2, 1]
    assert network.length_m.tolist() == [9250.5, 9250.5, 11100.25, 11100.25]
    assert network.road_class.texts().tolist() == ["trunk_1", "urban_street", "expressway", "expressway"]
    assert network.along.tolist() == [True, True, False, False]
    assert network.toll.tolist() == [False, False, True, True]
    edges: Any = network.edges
    assert edges["road_name"].isna().tolist() == [True, True, False, True]
    assert edges["road_name"].iloc[2] == "京沪高速"
    np.testing.assert_array_equal(edges["maxspeed_kmh"], [60, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(edges["lanes"], [np.nan, np.nan, np.nan, 2])
    assert edges["structure"].iloc[3] == "bridge"
    assert network.time_min == pytest.approx(network.length_m / network.speed_kmh * 0.06)
    assert (network.kind, network.mode) == ("graphml", "drive")
    assert network.provenance["file"] == "roads.graphml"
    assert network.provenance["lengths_computed"] == 0


def test_a_line_is_kept_once_for_both_directions(tmp_path: Path) -> None:
    network = read_graphml(saved(tmp_path, document()))
    assert network.shapes is not None
    assert network.shapes.line.tolist() == [0, 0, -1, -1]
    assert network.shapes.backwards.tolist() == [False, True, False, False]
    assert [line.wkt for line in network.geometry([0, 1])] == [LINE, BACK]
    assert len(network.pieces()) == 2


def test_a_line_that_runs_against_its_edge_is_turned_and_counted(tmp_path: Path) -> None:
    network = read_graphml(saved(tmp_path, document(changed(1, geometry=LINE))))
    assert [line.wkt for line in network.geometry([0, 1])] == [LINE, BACK]
    assert network.provenance["lines_turned"] == 1


def test_a_length_that_is_missing_is_measured_and_counted(tmp_path: Path) -> None:
    network = read_graphml(saved(tmp_path, document(changed(0, length=None))))
    expected = Geod(ellps="GRS80").line_length([117, 117.05, 117.1], [36.6, 36.61, 36.6])
    assert network.length_m[0] == pytest.approx(expected, abs=1e-6)
    assert network.provenance["lengths_computed"] == 1
    edges: Any = network.edges
    assert edges["length_basis"].tolist() == ["geometry", "file", "file", "file"]
    straight = read_graphml(saved(tmp_path, document(changed(2, length=None))))
    assert straight.length_m[2] == pytest.approx(Geod(ellps="GRS80").line_length([117.1, 117.1], [36.6, 36.7]))


def test_projected_graphs_are_put_into_degrees(tmp_path: Path) -> None:
    move = Transformer.from_crs("EPSG:4490", "EPSG:4548", always_xy=True).transform
    nodes = {node: dict(zip("xy", map(repr, move(*point)), strict=True)) for node, point in NODES.items()}
    points = ", ".join(" ".join(map(repr, move(x, y))) for x, y in [(117, 36.6), (117.05, 36.61), (117.1, 36.6)])
    edges = [*changed(0, geometry=f"LINESTRING ({points})")[:1], *EDGES[2:]]
    network = read_graphml(saved(tmp_path, document(edges, nodes, settings={"crs": "EPSG:4548"})))
    assert network.lon == pytest.approx([117.0, 117.1, 117.1], abs=1e-9)
    assert network.geometry([0])[0].wkt == LINE
    with pytest.raises(CrsError, match="does not say its coordinate reference system"):
        read_graphml(saved(tmp_path, document(edges, nodes, settings={})))
    assert read_graphml(tmp_path / "roads.graphml", crs="EPSG:4548").lon[0] == pytest.approx(117)
    with pytest.raises(CrsError, match="which are degrees"):
        read_graphml(saved(tmp_path, document(settings={"crs": "EPSG:4548"})))
    with pytest.raises(CrsError, match="A label is not overridden"):
        read_graphml(saved(tmp_path, document()), crs="EPSG:4548")
    with pytest.raises(CrsError, match="parameters from it to CGCS2000 are not published"):
        read_graphml(saved(tmp_path, document(settings={"crs": "EPSG:4610"})))


# --- lists and speeds -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("['trunk', 'primary']", ("primary", "trunk")),
        ("{'b', 'a'}", ("a", "b")),
        ("[nan, 'x', nan]", ("x",)),
        ("[1, 2, 1]", ("1", "2")),
        ("[济南]", ("[济南]",)),
        ("__import__('os')", ("__import__('os')",)),
        ("[__import__('os')]", ("[__import__('os')]",)),
        ("[" * 500 + "]" * 500, ("[" * 500 + "]" * 500,)),
        ("nan", ()),
        (" None ", ()),
        (["b", "a"], ("a", "b")),
        (True, ("True",)),
    ],
)
def test_words(value: Any, words: tuple[str, ...]) -> None:
    assert words_of(value) == words


def test_of_a_list_the_slowest_reading_is_taken(tmp_path: Path) -> None:
    lists = {
        "highway": "['motorway', 'residential', 'primary']",
        "maxspeed": "['80', '40', 'signals']",
        "lanes": "['3', '2']",
        "ref": "['S2', 'G1']",
        "osmid": "[77, 12]",
        "bridge": "yes",
    }
    for order in (1, -1):
        turned = {
            name: (f"[{', '.join(text[1:-1].split(', ')[::order])}]" if text.startswith("[") else text)
            for name, text in lists.items()
        }
        edge: Any = read_graphml(saved(tmp_path, document(changed(0, **turned)))).edges.iloc[0]
        assert edge["highway"] == "residential"
        assert edge["road_class"] == "urban_street"
        assert (edge["maxspeed_kmh"], edge["lanes"], edge["road_code"], edge["osm_id"]) == (40, 2, "G1;S2", 12)
        assert edge["structure"] != edge["structure"], "the bridge is a part of several ways only"
        assert edge["access"] == "along"


def test_speeds_of_the_file_are_used_only_when_asked(tmp_path: Path) -> None:
    edges = changed(0, speed_kph="37.0", travel_time="900.0")
    edges[1][2]["travel_time"] = "333.018"
    path = saved(tmp_path, document(edges))
    by_table = read_graphml(path)
    assert by_table.speed_kmh[0] != 37
    assert "not used" in by_table.provenance["speeds_in_source"]
    kept: Any = read_graphml(path, keep_speeds=True)
    assert kept.speed_kmh[:2].tolist() == [37.0, pytest.approx(100)]
    assert kept.time_min[0] == pytest.approx(9250.5 / 37000 * 60)
    assert kept.edges["speed_basis"].tolist()[:2] == ["given", "given"]
    assert kept.edges["speed_basis"].iloc[2] != "given"
    with pytest.raises(InputError, match="no speed_kph and no travel_time"):
        read_graphml(saved(tmp_path, document()), keep_speeds=True)
    for bad in ("0", "-3", "inf"):
        with pytest.raises(InputError, match="not positive: a → b"):
            read_graphml(saved(tmp_path, document(changed(0, speed_kph=bad))), keep_speeds=True)


def test_ways_for_feet_and_private_roads_are_left_out_and_counted(tmp_path: Path) -> None:
    edges = changed(0, highway="footway")
    edges[1][2]["access"] = "private"
    network = read_graphml(saved(tmp_path, document(edges)))
    assert network.u.tolist() == [1, 2]
    assert network.provenance["skipped"] == {"loops_of_no_length": 0, "no_access": 1, "not_for_cars": {"footway": 1}}
    with pytest.raises(SchemaError, match="no road for cars; its highway values are footway"):
        read_graphml(saved(tmp_path, document(edges[:1])))


# --- two ways of reading --------------------------------------------------------------------------------------------

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"), max_size=8
)
FIGURE = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["1", "007", "-0.0", "1e3", "12345678901234567890", "0.1234567890123456789", " 5 ", "5e-324"]),
)
NAMES = st.sampled_from(["length", "highway", "name", "maxspeed", "osmid", "else", "geometry", "lanes"])


@st.composite
def graphs(draw: st.DrawFn) -> str:
    count = draw(st.integers(1, 5))
    ids = draw(st.sampled_from([[str(i) for i in range(count)], [f"n{i}" for i in range(count)]]))
    order = draw(st.permutations(["x", "y", "street_count"]))
    nodes = {node: {name: draw(FIGURE) for name in order} for node in ids}
    edges = []
    for _ in range(draw(st.integers(1, 6))):
        names = draw(st.lists(NAMES, unique=True))
        values = {}
        for name in names:
            if name == "length":
                values[name] = draw(FIGURE)
            elif name == "geometry":
                points = draw(st.lists(st.tuples(FIGURE, FIGURE), min_size=2, max_size=4))
                values[name] = "LINESTRING (" + ", ".join(f"{x.strip()} {y.strip()}" for x, y in points) + ")"
            else:
                values[name] = draw(TEXT)
        edges.append((draw(st.sampled_from(ids)), draw(st.sampled_from(ids)), values))
    return document(edges, nodes, settings={"crs": draw(TEXT)})


@given(graphs())
def test_both_ways_say_the_same(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = saved(tmp_path_factory.mktemp("graph"), text)
    layout = graphml._Layout(careful.read_header(path.read_bytes(), "toy"), "toy")
    data = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    fast = graphml._read_regular(data, careful.read_header(data, "toy"), layout, "toy")
    assert_same(fast, read_raw_graph(path, careful=True))


@given(st.lists(FIGURE, min_size=1, max_size=20))
def test_figures_are_what_python_reads(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    nodes = {f"n{row}": {"x": text, "y": "1"} for row, text in enumerate(texts)}
    raw = read_raw_graph(saved(tmp_path_factory.mktemp("graph"), document([("n0", "n0", {})], nodes)))
    assert raw.x.tolist() == [float(text) for text in texts]


def test_figures_of_any_length_are_what_python_reads(tmp_path: Path) -> None:
    # Sixteen to nineteen digits are more than a float holds: rounding twice would show in some hundred of these.
    draw = np.random.default_rng(1)
    bits = draw.integers(0, 2**64, 20_000, dtype=np.uint64).view(np.float64)
    values = [*np.abs(bits[np.isfinite(bits)]).tolist(), *(draw.random(20_000) * 10.0 ** draw.integers(-8, 9, 20_000))]
    texts = [repr(float(value)) for value in values]
    texts += [f"{whole}.{part:09d}" for whole, part in draw.integers(0, 10**9, (20_000, 2)).tolist()]
    # Halves between two floats, and a digit to either side.
    texts += [f"{2**53 + number}.{tail}" for number in range(500) for tail in ("4", "5", "6")]
    texts += [f"900719925474099{last}e-{power}" for last in range(10) for power in range(25)]
    nodes = {f"n{row}": {"x": text, "y": "1"} for row, text in enumerate(texts)}
    raw = read_raw_graph(saved(tmp_path, document([("n0", "n0", {})], nodes)))
    assert raw.x.tolist() == [float(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "smallest", "several"),
    [
        ("17", 17, False),
        ("007", 7, False),
        ("[17, 4]", 4, True),
        ("[4, 17, 4]", 4, True),
        ("[17, 17]", 17, False),
        ("[17]", 17, False),
        ("[]", -1, False),
        ("[17, 04]", -1, False),  # no list to Python, so a word of its own
        ("[17,4]", 4, True),
        ("[17, 'a']", 17, True),
        ("[17, 4", -1, False),
        ("17, 4", -1, False),
        ("['17', '4']", 4, True),
        ("999999999999999", 999_999_999_999_999, False),
        ("9999999999999999", -1, False),  # sixteen digits are no id of OpenStreetMap
        (" 17 ", 17, False),
        ("1&#55;", 17, False),
        ("-17", -1, False),
        ("way", -1, False),
        ("nan", -1, False),
        ("", -1, False),
    ],
)
def test_ids_of_ways(text: str, smallest: int, several: bool, tmp_path: Path) -> None:  # noqa: FBT001
    edges = [("a", "b", {"osmid": "MARK"}), ("b", "a", {"osmid": "5"}), ("b", "c", {})]
    raw = read_raw_graph(saved(tmp_path, document(edges).replace("MARK", text)))
    assert raw.way_ids is not None
    assert raw.way_ids.smallest.tolist() == [smallest, 5, -1]
    assert raw.way_ids.several.tolist() == [several, False, False]
    assert way_ids_of(text.replace("&#55;", "7")) == (smallest, several)


@pytest.mark.parametrize(
    "ids", [("1", "02", "3"), ("1", "-0", "3"), ("1", "+2", "3"), ("1", "2" * 19, "3"), ("1", "", "3")]
)
def test_ids_that_a_number_would_change_stay_text(ids: tuple[str, ...], tmp_path: Path) -> None:
    nodes = {name: {"x": str(place), "y": "1"} for place, name in enumerate(ids)}
    raw = read_raw_graph(saved(tmp_path, document([(ids[0], ids[1], {}), (ids[1], ids[2], {})], nodes)))
    assert (raw.node_id.tolist(), raw.u.tolist(), raw.v.tolist()) == (list(ids), [0, 1], [1, 2])


def test_an_end_is_no_node_though_it_is_the_same_number(tmp_path: Path) -> None:
    nodes = {name: {"x": name, "y": "1"} for name in ("-7", "2")}
    raw = read_raw_graph(saved(tmp_path, document([("-7", "2", {}), ("2", "2", {})], nodes)))
    assert (raw.node_id.tolist(), raw.u.tolist(), raw.v.tolist()) == ([-7, 2], [0, 1], [1, 1])
    with pytest.raises(SchemaError, match=r"1 edges have a target that is no node of the graph: '?02"):
        read_raw_graph(saved(tmp_path, document([("-7", "02", {})], nodes)))


@pytest.mark.parametrize("key", ["k", "eightkey", "ninekeyss", "a key with blanks", "d>1"])
def test_keys_of_any_name(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = document().partition(' attr.name="length"')[0].rpartition('id="')[2].partition('"')[0]
    text = document().replace(f'id="{number}" for', f'id="{key}" for').replace(f'key="{number}"', f'key="{key}"')
    path = saved(tmp_path, text)
    assert_same(read_raw_graph(path), read_raw_graph(saved(tmp_path, PLAIN, "plain.graphml")))
    assert is_regular(path, monkeypatch)


def test_a_value_without_a_key_is_no_value(tmp_path: Path) -> None:
    bare = "".join(line for line in PLAIN.splitlines(keepends=True) if "<key" not in line)
    named = PLAIN.partition(' for="edge" attr.name="name"')[0].rpartition("id=")[2]
    for text in (PLAIN, PLAIN.replace(named, '"ninekeyss"'), bare):
        start, _, end = text.rpartition('<data key="')
        path = saved(tmp_path, start + '<data key="' + end[end.index('"') :])
        with pytest.raises(InputError, match="names the key"):
            read_raw_graph(path)


@pytest.mark.parametrize("piece", ["\x01", "\x1f", "]]>", "&nbsp;", "<b/>"])
def test_what_xml_forbids_is_found_anywhere_in_a_value(piece: str, tmp_path: Path) -> None:
    for before in range(18):
        text = "京" * (before // 3) + "a" * (before % 3) + piece + "b" * 20
        path = saved(tmp_path, PLAIN.replace("京沪高速", text))
        with pytest.raises(InputError, match=r"well-formed|plain text|entit"):
            read_raw_graph(path)


def test_texts_of_one_hash_are_told_apart() -> None:
    def mixed(value: int, word: int) -> int:
        value = (value ^ word) * 11400714819323198485 % 2**64
        return value ^ value >> 32

    # The second half of each text undoes the difference that the first made.
    start, first, other, rest = 14695981039346656037 ^ 16, 0x61626364, 0x65666768, 0x6162636465666768
    undoing = rest ^ mixed(start, first) ^ mixed(start, other)
    assert mixed(mixed(start, first), rest) == mixed(mixed(start, other), undoing)
    data = np.frombuffer(b"".join(word.to_bytes(8, "little") for word in (first, rest, other, undoing)), np.uint8)
    texts = graphml._Texts(data)
    texts.add(np.array([[0, 16], [16, 16], [0, 16], [16, 16]]))
    assert texts.hashes[0] == texts.hashes[1]
    assert texts.finish()[0].tolist() == [0, 1, 0, 1]


def test_blocks_end_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, document(EDGES * 5))
    whole = read_raw_graph(path)
    for size in (1, 2, 3, 7):
        monkeypatch.setattr(graphml, "BLOCK", size)
        assert_same(whole, read_raw_graph(path))


PLAIN = document()
VARIANTS = {
    "comment": PLAIN.replace('<node id="b">', '<!-- <node id="z"/> --><node id="b">'),
    "cdata": PLAIN.replace("京沪高速", "<![CDATA[京沪高速]]>"),
    "single quotes": PLAIN.replace('<node id="b">', "<node id='b'>"),
    "numeric letters": PLAIN.replace("京沪高速", "&#x4EAC;&#27818;高速"),
    "letters in a figure": PLAIN.replace("9250.5", "925&#48;.5"),
    "an id with an entity": PLAIN.replace('"b"', '"&#98;"'),
    "byte order mark": "\ufeff" + PLAIN,
    "carriage returns": PLAIN.replace("\n", "\r\n"),
    "blanks in tags": PLAIN.replace("</data>", "</data >"),
    "attributes turned": PLAIN.replace('source="a" target="b" id="0"', 'id="0"  target="b"\n source="a"'),
    "an attribute more": PLAIN.replace('<node id="a">', '<node id="a" labels=":X">'),
    "a prefix": PLAIN.replace("<node", "<g:node").replace("</node", "</g:node").replace(
        "<graphml ", '<graphml xmlns:g="http://graphml.graphdrawing.org/xmlns" '
    ),
    "a foreign element": PLAIN.replace("    </node>", '<y:Shape xmlns:y="http://y">9<y:in/></y:Shape></node>', 1),
    "a description": PLAIN.replace("    </node>", "<desc>9</desc></node>", 1),
    "no declaration": PLAIN.partition("\n")[2],
    "on one line": PLAIN.replace("\n", ""),
    "an instruction": PLAIN.replace("<graph ", "<?note here?><graph "),
}  # fmt: skip
REGULAR = {
    "numeric letters",
    "byte order mark",
    "carriage returns",
    "attributes turned",
    "no declaration",
    "on one line",
}
REGULAR |= {"an instruction"}


@pytest.mark.parametrize("name", VARIANTS)
def test_other_ways_to_write_the_same(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = VARIANTS[name]
    assert text != PLAIN
    path = saved(tmp_path, text)
    assert_same(read_raw_graph(path), read_raw_graph(saved(tmp_path, PLAIN, "plain.graphml")))
    assert is_regular(path, monkeypatch) == (name in REGULAR)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "iso-8859-1"])
def test_other_encodings(encoding: str, tmp_path: Path) -> None:
    text = PLAIN.replace("京沪高速", "Straße").replace(
        "utf-8", encoding.split("-le", maxsplit=1)[0].split("-be", maxsplit=1)[0]
    )
    data = text.encode(encoding)
    if encoding == "utf-16-le":
        data = b"\xff\xfe" + data
    if encoding == "utf-16-be":
        data = b"\xfe\xff" + data
    assert read_raw_graph(saved(tmp_path, data)).edge_words["name"].values == ["Straße"]


def test_what_networkx_writes_is_regular(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph: Any = nx.MultiDiGraph(crs="EPSG:4326")
    for node, (x, y) in NODES.items():
        graph.add_node(node, x=x, y=y)
    graph.add_edge("a", "b", length=9250.5, highway="trunk", name='a < b & "c"', lanes="")
    graph.add_edge("a", "b", length=9999.125, highway="primary")
    path = tmp_path / "nx.graphml"
    nx.write_graphml(graph, path)
    assert is_regular(path, monkeypatch)
    network: Any = read_graphml(path)
    assert network.length_m.tolist() == [9250.5, 9999.125]
    assert network.edges["road_name"].iloc[0] == 'a < b & "c"'
    assert network.key.tolist() == [0, 1]


def test_values_that_hold_for_all(tmp_path: Path) -> None:
    text = PLAIN.replace(
        'attr.name="maxspeed" attr.type="string" />', 'attr.name="maxspeed"><default>30</default></key>'
    )
    assert text != PLAIN
    network: Any = read_graphml(saved(tmp_path, text))
    assert network.edges["maxspeed_kmh"].tolist() == [60, 30, 30, 30]


# --- refused --------------------------------------------------------------------------------------------------------

LAUGHS = (
    '<!DOCTYPE g [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + "]>"
)
REFUSED = {
    "a document type": (PLAIN.replace("<graphml ", "<!DOCTYPE graphml><graphml "), "declares a document type"),
    "a billion laughs": (PLAIN.replace("<graphml ", LAUGHS + "<graphml ").replace("京沪高速", "&j;"), "document type"),
    "another file": (
        PLAIN.replace("<graphml ", '<!DOCTYPE g [<!ENTITY f SYSTEM "file:///etc/hostname">]><graphml ').replace(
            "京沪高速", "&f;"
        ),
        "declares a document type",
    ),
    "an entity without declaration": (PLAIN.replace("京沪高速", "&f;"), "no well-formed XML"),
    "cut short": (PLAIN[: len(PLAIN) // 2], "no well-formed XML, or was cut short"),
    "cut at the end": (PLAIN[:-12], "no well-formed XML, or was cut short"),
    "something behind": (PLAIN + "<x/>", "no well-formed XML"),
    "empty": ("", "is empty"),
    "no XML": ("PK\x03\x04", "no well-formed XML"),
    "no graph": (HEAD + "</graphml>", "it has no element <graph>"),
    "another root": ("<html/>", "outermost element is <html>"),
    "undirected": (document(direction="undirected"), "undirected; roads need directions"),
    "an undirected edge": (PLAIN.replace('target="b"', 'target="b" directed="false"', 1), "an edge is not directed"),
    "two graphs": (PLAIN.replace("</graphml>", '<graph edgedefault="directed"/></graphml>'), "several graphs"),
    "a graph inside": (
        PLAIN.replace('<node id="b">', '<node id="b"><graph edgedefault="directed"/>'),
        "a graph inside a graph",
    ),
    "a hyperedge": (PLAIN.replace('<node id="b">', '<hyperedge/><node id="b">'), "not part of a road graph"),
    "an unknown key": (PLAIN.replace('<data key="d0">', '<data key="zz">'), "key 'zz', which is not declared"),
    "a value twice": (
        PLAIN.replace(">9250.5</data>", '>9250.5</data><data key="d3">1</data>', 1),
        "two values of 'length'",
    ),
    "a key twice": (PLAIN.replace('<key id="d1"', '<key id="d0"'), "the key 'd0' stands twice"),
    "a node in a value": (PLAIN.replace("京沪高速", "<b>x</b>"), "holds an element <b>"),
    "too deep": (PLAIN.replace('<node id="b">', "<desc>" * 100), "deep in each other"),
    "no id": (PLAIN.replace('<node id="b">', "<node>"), "<node> has no id"),
    "a length of words": (document(changed(0, length="long")), "length of edges is 'long'"),
    "a length with underscores": (document(changed(0, length="1_000")), "is '1_000'; expected a figure"),
    "a negative length": (document(changed(1, length="-3")), r"negative, zero or no number: b → a \(-3\)"),
    "a zero length": (document(changed(1, length="0")), r"negative, zero or no number: b → a \(0\)"),
    "a NaN length": (document(changed(1, length="nan")), r"no number: b → a \(nan\)"),
    "an endless length": (document(changed(1, length="inf")), r"no number: b → a \(inf\)"),
    "a point as line": (document(changed(0, geometry="POINT (1 2)")), "is no line"),
    "no WKT": (document(changed(0, geometry="LINESTRING (1 2, 3")), "is no line in WKT"),
    "a line elsewhere": (document(changed(0, geometry="LINESTRING (1 2, 3 4)")), "lines that end more than 100 m"),
    "a class unknown": (document(changed(0, road_class="goat")), "road_class holds goat"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_bad_files_are_refused_in_words(name: str, tmp_path: Path) -> None:
    text, message = REFUSED[name]
    with pytest.raises(InputError, match=message) as caught:
        read_graphml(saved(tmp_path, text))
    assert "roads.graphml" in str(caught.value) or "line" in str(caught.value) or "road_class" in str(caught.value)


def nodes_with(**changes: dict[str, str]) -> Any:
    return {node: {"x": str(x), "y": str(y)} for node, (x, y) in NODES.items()} | changes


SCHEMA = {
    "no edges": (document([]), "3 nodes and no edges"),
    "a node twice": (PLAIN.replace('<node id="b">', '<node id="a"/><node id="b">'), "nodes stand more than once: a"),
    "an end that is not there": (document([("a", "zz", {"length": "1"})]), "a target that is no node of the graph: zz"),
    "no coordinates": (document(nodes=nodes_with(b={"x": "117"})), "1 nodes have no finite x and y: b"),
    "NaN": (document(nodes=nodes_with(b={"x": "nan", "y": "1"})), "1 nodes have no finite x and y: b"),
}


@pytest.mark.parametrize("name", SCHEMA)
def test_graphs_that_are_no_network(name: str, tmp_path: Path) -> None:
    text, message = SCHEMA[name]
    with pytest.raises(SchemaError, match=message):
        read_graphml(saved(tmp_path, text))


def test_a_loop_of_no_length_is_skipped_and_counted(tmp_path: Path) -> None:
    network = read_graphml(saved(tmp_path, document([*EDGES, ("a", "a", {"length": "0"}), ("b", "b", {})])))
    assert len(network.u) == 4
    assert network.provenance["skipped"]["loops_of_no_length"] == 2


def test_coordinates_out_of_range(tmp_path: Path) -> None:
    with pytest.raises(CrsError, match="look projected"):
        read_graphml(saved(tmp_path, document(nodes=nodes_with(b={"x": "500000", "y": "4000000"}))))


@pytest.mark.parametrize("path", ["https://example.org/roads.graphml", "/vsicurl/x.graphml", "http:/x/y.graphml"])
def test_addresses_are_not_opened(path: str) -> None:
    with pytest.raises(InputError, match="is an address, not a local file"):
        read_graphml(path)


def test_modes(tmp_path: Path) -> None:
    path = saved(tmp_path, document(changed(0, highway="residential", maxspeed=None)))
    assert read_graphml(path, mode="drive_peak").mode == "drive_peak"
    with pytest.raises(InputError, match="mode 'fly' is not known"):
        read_graphml(path, mode="fly")  # type: ignore[arg-type]


def test_the_file_is_not_kept_open_or_changed(tmp_path: Path) -> None:
    path = saved(tmp_path, PLAIN)
    network = read_graphml(path)
    path.unlink()
    assert math.isfinite(float(network.length_m.sum()))


# --- real files -----------------------------------------------------------------------------------------------------


@pytest.mark.testdata
def test_real_files(testdata: Path) -> None:
    """A node without a road (OSMnx's own test file), and a graph that was made undirected (momepy's)."""
    with pytest.raises(SchemaError, match="1 nodes and no edges"):
        read_graphml(testdata / "osm" / "short_osmnx.graphml")
    with pytest.raises(InputError, match="undirected; roads need directions"):
        read_graphml(testdata / "osm" / "nyc_graph_momepy.graphml")


@pytest.mark.testdata
def test_a_real_graph_made_directed(testdata: Path, tmp_path: Path) -> None:
    """Golden: Manhattan round West 93rd Street as momepy ships it (OSMnx 1.2.2, UTM 18N), every edge taken one way."""
    text = (testdata / "osm" / "nyc_graph_momepy.graphml").read_text(encoding="utf-8")
    path = saved(tmp_path, text.replace('edgedefault="undirected"', 'edgedefault="directed"'))
    network = read_graphml(path)
    graph: Any = nx.read_graphml(path, force_multigraph=True)
    assert len(network.node_id) == graph.number_of_nodes()
    assert len(network.u) == graph.number_of_edges()
    lengths = sorted(float(data["length"]) for *_, data in graph.edges(data=True))
    assert sorted(network.length_m.tolist()) == lengths
    for row, node in enumerate(map(str, network.node_id)):
        assert network.lon[row] == pytest.approx(float(graph.nodes[node]["lon"]), abs=1e-6)
        assert network.lat[row] == pytest.approx(float(graph.nodes[node]["lat"]), abs=1e-6)
    assert_same(read_raw_graph(path), read_raw_graph(path, careful=True))
