"""Every row of the skeleton is walked, and a broken copy of the tables shows that each rule bites."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from conftest import REPO_ROOT

Tables = dict[str, Any]

TOOL = REPO_ROOT / "tools" / "check_skeleton.py"


def load_tool() -> Any:
    """The tool as a module; tools are no package."""
    spec = importlib.util.spec_from_file_location("check_skeleton", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = load_tool()


@pytest.fixture(scope="module")
def packaged() -> Tables:
    tables: Tables = check.skeleton_tables()
    return tables


@pytest.fixture
def tables(packaged: Tables) -> Tables:
    return {name: frame.copy() for name, frame in packaged.items()}


def test_every_row_of_the_packaged_skeleton_keeps_the_rules(packaged: Tables) -> None:
    assert check.skeleton_faults(packaged) == []
    assert (len(packaged["nodes"]), len(packaged["edges"]), len(packaged["rail"])) == (712, 1_330, 75)


def test_the_tool_prints_its_finding_and_exits_by_it() -> None:
    done = subprocess.run([sys.executable, str(TOOL)], capture_output=True, check=False, text=True, encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"2117 rows, {len(check.RULES)} rules, 0 faults, {len(check.KNOWN)} known and left\n"


def put(name: str, row: int, **values: Any) -> Callable[[Tables], None]:
    """Change cells of one row."""

    def change(tables: Tables) -> None:
        for column, value in values.items():
            tables[name].loc[row, column] = value

    return change


def again(name: str, row: int, **values: Any) -> Callable[[Tables], None]:
    """Put a row in once more, with some cells changed."""

    def change(tables: Tables) -> None:
        frame = tables[name]
        frame.loc[len(frame)] = {**frame.loc[row].to_dict(), **values}

    return change


def without(name: str, column: str, *values: str) -> Callable[[Tables], None]:
    """Take out the rows that name something."""

    def change(tables: Tables) -> None:
        frame = tables[name]
        tables[name] = frame[~frame[column].isin(values)].reset_index(drop=True)

    return change


def cut_off(node: str) -> Callable[[Tables], None]:
    """Take away all roads at a node."""

    def change(tables: Tables) -> None:
        frame = tables["edges"]
        tables["edges"] = frame[(frame["from_id"] != node) & (frame["to_id"] != node)].reset_index(drop=True)

    return change


def no_train(station: str) -> Callable[[Tables], None]:
    """Take away all trains at a station."""

    def change(tables: Tables) -> None:
        for end in ("from_node_id", "to_node_id"):
            without("rail", end, station)(tables)

    return change


def split_qinghai(tables: Tables) -> None:
    """Two new junctions in 大柴旦, joined to each other and to nothing else."""
    for name, lon in (("j_one", 95.30), ("j_two", 95.35)):
        again("nodes", 0, node_id=name, kind="junction", lon=lon, lat=37.85, adcode="632857")(tables)
    again(
        "edges", 0, from_id="j_one", to_id="j_two", road_class="secondary_2", length_km=6.0, mean_kmh=50, design_kmh=60
    )(tables)


COUNTY = "nodes_lie_in_their_county"
GATEWAY = {"node_id": "g_new", "kind": "junction"}

FAULTS: list[tuple[str, str, Callable[[Tables], None]]] = [
    ("node_ids", "s_370102 stands 2 times in nodes", again("nodes", 0)),
    ("node_ids", "s_370102 is a hub, its id begins like", put("nodes", 0, kind="hub")),
    ("node_ids", "x_370102 is a seat, its id begins like", put("nodes", 0, node_id="x_370102")),
    ("node_ids", "s_370103 is the seat of 370102: expected s_370102", put("nodes", 1, adcode="370102")),
    ("ends_exist", "edges names the node i_nowhere", put("edges", 0, from_id="i_nowhere")),
    ("ends_exist", "rail names the node r_nowhere", put("rail", 0, to_node_id="r_nowhere")),
    ("ends_exist", "centres names the node h_nowhere", put("centres", 0, node_id="h_nowhere")),
    ("ends_exist", "sanity_minutes names the node s_1", put("sanity_minutes", 0, destination_node_id="s_1")),
    ("every_county_has_its_seat", "county 370102 has 0 seats", without("nodes", "node_id", "s_370102")),
    ("every_county_has_its_seat", "county 370102 has 2 seats", again("nodes", 0)),
    (COUNTY, "s_370102 does not lie in its county 370102 but in ['3", put("nodes", 0, lon=116.9932, lat=36.6571)),
    (COUNTY, "s_370102 does not lie in its county 370102 but in none", put("nodes", 0, lon=123.0, lat=36.0)),
    (COUNTY, "s_370102 lies in county 370102, its adcode is blank", put("nodes", 0, adcode=None)),
    (COUNTY, "g_new lies in county 370102, a gateway must lie outside", again("nodes", 0, **GATEWAY, adcode=None)),
    (COUNTY, "g_new is a gateway and has the adcode 370102", again("nodes", 0, **GATEWAY)),
    ("lengths", "edges: i_lingdian - j_huashan has 3.0 km, the great circle 3.", put("edges", 0, length_km=3.0)),
    ("lengths", "rail: r_jinan_e - r_zhangqiu_n has 20.0 km, the great circle", put("rail", 0, km=20.0)),
    ("components", "the roads of province 63 fall into 2 pieces of [136, 2] nodes", split_qinghai),
    ("components", "lies in ['37', '63']; expected one province", put("edges", 0, from_id="s_630103", length_km=2e3)),
    ("components", "s_632722 is a seat at which no road ends", cut_off("s_632722")),
    ("stations", "s_370102 is a seat; expected a station", put("rail", 0, from_node_id="s_370102", km=99.0)),
    ("stations", "r_jinan_e is joined to itself", put("rail", 0, to_node_id="r_jinan_e")),
    ("stations", "r_zouping is a station without a train", no_train("r_zouping")),
    ("speeds", "mean speed 121 km/h, expected 41.25 to 120", put("edges", 0, mean_kmh=121)),
    ("speeds", "mean speed 41 km/h, expected 41.25 to 120", put("edges", 0, mean_kmh=41)),
    ("speeds", "design speed 130 km/h, the table has 80-120 for expressway", put("edges", 0, design_kmh=130)),
    ("speeds", "class motorway has no speed in the table", put("edges", 0, road_class="motorway")),
    ("words_and_sources", "length_basis 'guessed'; expected one of", put("edges", 0, length_basis="guessed")),
    ("words_and_sources", "nodes: row 2 says no source", put("nodes", 0, source=" ")),
    ("words_and_sources", "edges: row 2 says no source", put("edges", 0, source=None)),
    ("words_and_sources", "rail: row 2 says no source", put("rail", 0, source="")),
    ("doubles", "i_lingdian - j_huashan stands 2 times", again("edges", 0)),
    ("doubles", "i_lingdian - j_huashan stands 2 times", again("edges", 0, from_id="j_huashan", to_id="i_lingdian")),
    ("doubles", "i_lingdian is joined to itself", put("edges", 0, to_id="i_lingdian")),
    ("KNOWN", "mended, take it out: g_jiuzhi", put("nodes", 551, lon=101.9, lat=33.1)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "words", "change"), FAULTS, ids=[f"{rule}-{n}" for n, (rule, *_) in enumerate(FAULTS)]
)
def test_each_rule_bites(tables: Tables, rule: str, words: str, change: Callable[[Tables], None]) -> None:
    change(tables)
    told = [fault for fault in check.skeleton_faults(tables) if fault.startswith(f"{rule}: ")]
    assert any(words in fault for fault in told), told


def test_every_rule_has_a_fixture_that_breaks_it() -> None:
    assert {rule.__name__ for rule in check.RULES} <= {rule for rule, *_ in FAULTS}


def test_rows_that_are_fine_are_not_told_of(tables: Tables) -> None:
    """A second road between two nodes, of another name and length, is no double; a longer way is no fault."""
    again("edges", 0, road_name="另一条路", length_km=4.4)(tables)
    put("edges", 1, length_km=20.0)(tables)
    assert check.skeleton_faults(tables) == []


def test_the_readme_says_what_the_tables_hold(packaged: Tables) -> None:
    """The counts in the README follow the tables, and each rule is named there."""
    text = (REPO_ROOT / "urbangeo" / "data" / "network" / "README.md").read_text(encoding="utf-8")
    kinds = packaged["nodes"]["kind"].value_counts()
    for kind, plural in (
        ("seat", "seats"),
        ("interchange", "interchanges"),
        ("junction", "junctions"),
        ("hub", "hubs"),
    ):
        assert f"{kinds[kind]} {plural}" in text
    for name, count in packaged["edges"]["road_class"].value_counts().items():
        assert re.search(rf"\b{count} {name}", text)
    for rule in check.RULES:
        assert f"`{rule.__name__}`" in text
