"""Mean speeds: the table against the figures it was authored from, a toy by hand, and what must hold for every road."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point, Polygon, box

from urbangeo import Network, read_network
from urbangeo.archive.catalog import read_table
from urbangeo.archive.wording import knows
from urbangeo.errors import CrsError, InputError, SchemaError, UnknownNameError
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import Shapes, check_arrays
from urbangeo.sources.network.osm.classes import classes_of_highways, drivable_highways, known_highways
from urbangeo.sources.network.rail import with_rail
from urbangeo.sources.network.skeleton import CORE_CLASSES
from urbangeo.sources.network.speeds.built_up import settings_within
from urbangeo.sources.network.speeds.means import (
    BASES,
    ROAD_CLASSES,
    UNKNOWN,
    SpeedRow,
    SpeedTable,
    read_speed_table,
    with_speeds,
)

TERRAINS = ("plain", "hills", "mountain")
SETTINGS = ("rural", "mixed", "urban")
ON_ROADS = tuple(word for word in (*ROAD_CLASSES, UNKNOWN) if word != "rail")


def roads(classes: list[str | None], *, km: float = 1.0, **columns: Any) -> Network:
    """A chain of one-way roads from west to east, one of each class asked for."""
    count = len(classes)
    return Network(
        node_id=np.arange(count + 1),
        lon=np.asarray(117 + 0.01 * np.arange(count + 1), dtype=np.float64),
        lat=np.full(count + 1, 36.0),
        u=np.arange(count, dtype=np.int32),
        v=np.arange(1, count + 1, dtype=np.int32),
        length_m=np.full(count, km * 1000),
        speed_kmh=np.ones(count),
        time_min=np.ones(count),
        road_class=Coded.from_texts(classes),
        along=np.ones(count, dtype=bool),
        toll=np.zeros(count, dtype=bool),
        edge_columns={
            name: np.array(values, dtype=np.float32) if name == "maxspeed_kmh" else Coded.from_texts(values)
            for name, values in columns.items()
        },
    )


def bases(network: Network) -> list[str]:
    column = network.edge_columns["speed_basis"]
    assert isinstance(column, Coded)
    return list(column.texts())


def csv(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    file = folder / "speeds.csv"
    file.write_bytes(text.encode(encoding))
    return file


@pytest.fixture(scope="module")
def table() -> SpeedTable:
    return read_speed_table()


# --- the packaged tables ---


@pytest.mark.parametrize(
    ("road_class", "terrain", "setting", "kmh"),
    [
        # docs: method, section 1, start values.
        ("trunk_1", "plain", "rural", 65),
        ("trunk_1", "plain", "urban", 50),
        ("secondary_2", "plain", "rural", 55),
        ("secondary_2", "mountain", "rural", 45),
        ("tertiary_3", "plain", "rural", 35),
        ("local_4", "plain", "rural", 22),
        ("urban_expressway", "plain", "urban", 55),
        ("urban_arterial", "plain", "urban", 32),
        ("urban_street", "plain", "urban", 22),
        # The table the skeleton was authored with.
        ("trunk_1", "plain", "mixed", 55),
        ("trunk_1", "mountain", "rural", 58),
        ("expressway", "plain", "rural", 88),
        ("expressway", "plain", "urban", 85),
        ("expressway", "mountain", "rural", 75),
        ("tertiary_3", "mountain", "rural", 28),
        ("connector", "mountain", "rural", 42),
        ("rail_access", "plain", "rural", 34),
        ("ferry", "plain", "rural", 20),
    ],
)
def test_means_are_those_of_the_material(
    table: SpeedTable, road_class: str, terrain: str, setting: str, kmh: float
) -> None:
    found = table.find(road_class, terrain, setting)
    assert (found.row.mean_kmh, found.takes) == (kmh, None)


@pytest.mark.parametrize(
    ("asked", "takes", "kmh"),
    [
        (("expressway", "hills", "rural"), ("expressway", "mountain", "rural"), 75),
        (("expressway_link", "plain", "rural"), ("connector", "plain", "rural"), 42),
        (("trunk_1", "hills", "rural"), ("trunk_1", "mountain", "rural"), 58),
        (("trunk_1", "mountain", "urban"), ("trunk_1", "plain", "urban"), 50),
        (("trunk_1", "hills", "mixed"), ("trunk_1", "plain", "mixed"), 55),
        (("secondary_2", "hills", "rural"), ("secondary_2", "mountain", "rural"), 45),
        (("secondary_2", "plain", "urban"), ("urban_arterial", "plain", "urban"), 32),
        (("tertiary_3", "mountain", "urban"), ("urban_street", "mountain", "urban"), 22),
        (("service", "plain", "rural"), ("urban_street", "plain", "rural"), 22),
        (("unknown", "plain", "rural"), ("local_4", "plain", "rural"), 22),
    ],
)
def test_what_stands_in_for_a_missing_row(
    table: SpeedTable, asked: tuple[str, str, str], takes: tuple[str, str, str], kmh: float
) -> None:
    found = table.find(*asked)
    assert (found.takes, found.row.mean_kmh) == (takes, kmh)


def test_every_class_has_a_row_or_a_stated_fallback_everywhere(table: SpeedTable) -> None:
    for asked in itertools.product(ON_ROADS, TERRAINS, SETTINGS):
        assert table.find(*asked).row.mean_kmh > 0


def test_no_fallback_stands_where_there_is_a_row(table: SpeedTable) -> None:
    for road_class, terrain, setting in table.fallbacks:
        for ground in TERRAINS if terrain == "any" else (terrain,):
            for place in SETTINGS if setting == "any" else (setting,):
                assert table.own_row(road_class, ground, place) is None, (road_class, ground, place)


def test_steeper_ground_and_towns_are_never_faster(table: SpeedTable) -> None:
    for road_class in ON_ROADS:
        for setting in SETTINGS:
            kmh = [table.find(road_class, terrain, setting).row.mean_kmh for terrain in TERRAINS]
            assert kmh == sorted(kmh, reverse=True), (road_class, setting)
        for terrain in TERRAINS:
            kmh = [table.find(road_class, terrain, setting).row.mean_kmh for setting in SETTINGS]
            assert kmh == sorted(kmh, reverse=True), (road_class, terrain)


def test_every_class_of_the_skeleton_and_of_the_readers_is_known() -> None:
    met = set(read_table("network/edges")["road_class"])
    for column in ("road_class", "road_class_dual"):
        met |= set(read_table("network/osm_classes")[column].dropna())
    met |= set(read_table("network/class_names")["road_class"].dropna())
    assert met <= set(ROAD_CLASSES)


def test_every_class_terrain_setting_and_basis_has_a_chinese_word_and_a_line_on_the_map() -> None:
    drawn = set(read_table("style/roads")["road_class"])
    assert set(ROAD_CLASSES) <= drawn
    for vocabulary, words in (
        ("road_class", (*ROAD_CLASSES, UNKNOWN)),
        ("terrain", TERRAINS),
        ("setting", SETTINGS),
        ("speed_basis", BASES),
        ("network_kind", ("skeleton", "osm", "graphml", "lines", "tables", "networkx", "merged")),
    ):
        assert not [word for word in words if not knows(vocabulary, word)], vocabulary


def test_no_mean_exceeds_its_design_range_and_nothing_is_confirmed() -> None:
    frame: Any = read_table("network/speed_table")
    designed = frame[frame["design_kmh_low"].notna()]
    assert (designed["design_kmh_low"] < designed["design_kmh_high"]).all()
    assert (designed["mean_kmh"] <= designed["design_kmh_high"]).all()
    assert (designed["standard"].notna()).all()
    assert (frame["mean_kmh"] <= frame["signed_kmh"].fillna(150)).all()
    assert set(frame["confidence"]) == {"unconfirmed"}
    ranges = {
        (row["road_class"], row["standard"], int(row["design_kmh_low"]), int(row["design_kmh_high"]))
        for row in designed.to_dict("records")
    }
    assert ranges == {
        ("expressway", "JTG B01-2014", 80, 120),
        ("trunk_1", "JTG B01-2014", 60, 100),
        ("secondary_2", "JTG B01-2014", 60, 80),
        ("tertiary_3", "JTG B01-2014", 30, 40),
        ("local_4", "JTG B01-2014", 20, 30),
        ("urban_expressway", "CJJ 37-2012", 60, 100),
        ("urban_arterial", "CJJ 37-2012", 40, 60),
        ("urban_street", "CJJ 37-2012", 20, 50),
    }


def test_peak_factor_is_that_of_the_facts_and_on_core_classes_only() -> None:
    frame: Any = read_table("network/speed_table")
    slowed = frame[frame["peak_factor"].notna()]
    defaults: Any = read_table("network/turn_tolls").set_index("item")
    assert set(slowed["road_class"]) == set(CORE_CLASSES)
    assert set(slowed["peak_factor"]) == {defaults.loc["peak_factor_core_legs", "default"]}
    shown = read_speed_table().frame.set_index("road_class")
    assert shown.loc["urban_expressway", "peak_kmh"] == pytest.approx(55 / 1.5)
    assert shown.loc["connector", "peak_kmh"] == 42


# --- speeds on roads ---


def test_toy_by_hand() -> None:
    network = roads(
        ["trunk_1", "secondary_2", "secondary_2", "urban_arterial", None, "ferry"],
        terrain=["plain", "mountain", None, "plain", "plain", None],
        setting=["urban", None, None, "urban", None, None],
    )
    timed = with_speeds(network)
    assert timed.speed_kmh.tolist() == [50, 45, 55, 32, 22, 20]
    assert timed.time_min == pytest.approx([60 / 50, 60 / 45, 60 / 55, 60 / 32, 60 / 22, 3])
    assert bases(timed) == ["table", "table", "table", "table", "fallback", "table"]
    about = timed.provenance["speeds"]
    assert about["km_share"] == timed.provenance["speed_basis_km_share"]
    assert about["km_share"] == pytest.approx(
        {"maxspeed": 0, "table": 5 / 6, "fallback": 1 / 6, "duration": 0, "given": 0, "authored": 0}, abs=1e-6
    )
    assert about["fallbacks"] == [
        {
            "road_class": "unknown",
            "terrain": "plain",
            "setting": "mixed",
            "takes": ["local_4", "plain", "mixed"],
            "km": 1,
        }
    ]
    assert (about["terrain_default_km_share"], about["setting_default_km_share"]) == pytest.approx(
        (1 / 3, 2 / 3), abs=1e-6
    )
    assert (about["terrain_default"], about["setting_default"], about["mode"]) == ("plain", "mixed", "drive")
    assert network.speed_kmh.tolist() == [1] * 6
    assert "speed_basis" not in network.edge_columns
    json.dumps(timed.provenance, allow_nan=False)
    check_arrays(timed)


def test_defaults_hold_where_nothing_is_known() -> None:
    network = roads(["trunk_1", "trunk_1"], terrain=["plain", None], setting=[None, "urban"])
    timed = with_speeds(network, terrain="mountain", setting="mixed")
    assert timed.speed_kmh.tolist() == [55, 50]
    assert bases(timed) == ["table", "fallback"]


@pytest.mark.parametrize(
    ("sign", "kmh"),
    [
        # docs: method, section 1: signed 120, 100, 80 run 100, 88, 75.
        (120, 100),
        (100, 88),
        (80, 75),
        # Half way between two figures.
        (110, 94),
        (90, 81.5),
        # In proportion below the lowest, and no faster above the highest.
        (40, 37.5),
        (130, 100),
    ],
)
def test_signed_expressways_run_below_their_sign(sign: float, kmh: float) -> None:
    timed = with_speeds(roads(["expressway"], maxspeed_kmh=[sign]))
    assert (timed.speed_kmh.tolist(), bases(timed)) == ([kmh], ["maxspeed"])


def test_signed_rows_follow_terrain_and_setting_and_the_slower_of_two_equal_ones_is_taken() -> None:
    network = roads(
        ["expressway"] * 4,
        maxspeed_kmh=[100] * 4,
        terrain=["mountain", "plain", "mountain", "hills"],
        setting=["rural", "urban", "urban", "rural"],
    )
    assert with_speeds(network).speed_kmh.tolist() == [86, 85, 85, 88]


def test_a_sign_on_other_roads_only_caps_the_mean() -> None:
    timed = with_speeds(roads(["secondary_2"] * 3, maxspeed_kmh=[40, 55, 80]))
    assert timed.speed_kmh.tolist() == [40, 55, 55]
    assert bases(timed) == ["maxspeed", "table", "table"]
    ramp = with_speeds(roads(["expressway_link"] * 2, maxspeed_kmh=[30, 60]))
    assert (ramp.speed_kmh.tolist(), bases(ramp)) == ([30, 42], ["maxspeed", "fallback"])


def test_limits_that_are_none_are_not_used_and_counted() -> None:
    timed = with_speeds(roads(["trunk_1"] * 4, maxspeed_kmh=[0, -5, np.inf, np.nan]))
    assert timed.speed_kmh.tolist() == [55] * 4
    assert timed.provenance["speeds"]["unusable_limits"] == 3


def test_peak_slows_the_core_and_nothing_else() -> None:
    network = roads(
        ["urban_arterial", "urban_expressway", "expressway", "urban_arterial"], maxspeed_kmh=[np.nan] * 3 + [30]
    )
    timed = with_speeds(network, mode="drive_peak")
    assert timed.speed_kmh == pytest.approx([32 / 1.5, 55 / 1.5, 88, 20])
    assert timed.mode == "drive_peak"
    assert timed.provenance["speeds"]["peak_km_share"] == 0.75
    assert with_speeds(timed).provenance["speeds"]["peak_km_share"] == 0.75
    assert with_speeds(roads(["trunk_1"]), mode="drive_peak").provenance["speeds"]["peak_km_share"] == 0
    back = with_speeds(timed, mode="drive")
    assert back.speed_kmh == pytest.approx([32, 55, 88, 30])
    assert back.provenance["speeds"]["peak_km_share"] == 0


def test_a_stand_in_is_slowed_in_the_peak_as_what_it_stands_for() -> None:
    timed = with_speeds(roads(["secondary_2"]), setting="urban", mode="drive_peak")
    assert timed.speed_kmh == pytest.approx([32 / 1.5])


def test_ferries_and_given_speeds_stay() -> None:
    network = roads(["ferry", "trunk_1", "trunk_1", "rail"], speed_basis=["duration", "given", None, "given"])
    network = replace(network, speed_kmh=np.array([12.0, 70.0, 1.0, 200.0]), time_min=np.array([7.0, 8.0, 9.0, 2.0]))
    timed = with_speeds(network)
    assert timed.speed_kmh.tolist() == [12, 70, 55, 200]
    assert timed.time_min[[0, 1, 3]].tolist() == [7, 8, 2]
    assert bases(timed) == ["duration", "given", "table", "given"]


def test_shares_of_defaults_are_of_what_the_table_was_asked_for() -> None:
    network = roads(["ferry", "trunk_1"], speed_basis=["duration", None], terrain=[None, "plain"])
    about = with_speeds(network).provenance["speeds"]
    assert (about["terrain_default_km_share"], about["setting_default_km_share"]) == (0, 1)
    kept = with_speeds(network.take_edges([0])).provenance["speeds"]
    assert (kept["terrain_default_km_share"], kept["setting_default_km_share"]) == (0, 0)


def test_given_speeds_are_off_peak_speeds() -> None:
    network = replace(roads(["urban_arterial", "trunk_1"], speed_basis=["given"] * 2), speed_kmh=np.array([30.0, 30.0]))
    timed = with_speeds(network, mode="drive_peak")
    assert timed.speed_kmh.tolist() == [20, 30]
    assert timed.time_min.tolist() == [1.5, 1]
    again = with_speeds(timed)
    assert again.speed_kmh.tolist() == [20, 30]
    assert with_speeds(again, mode="drive").speed_kmh.tolist() == [30, 30]


def test_skeleton_keeps_what_its_authors_wrote() -> None:
    skeleton = read_network()
    timed = with_speeds(skeleton)
    np.testing.assert_array_equal(timed.speed_kmh, skeleton.speed_kmh)
    np.testing.assert_array_equal(timed.time_min, skeleton.time_min)
    assert timed.provenance["speed_basis_km_share"]["authored"] == 1
    assert timed.provenance["speeds"]["km"] == pytest.approx(36_510.89)
    peak = with_speeds(skeleton, mode="drive_peak")
    np.testing.assert_allclose(peak.speed_kmh, read_network(mode="drive_peak").speed_kmh)
    np.testing.assert_allclose(peak.time_min, read_network(mode="drive_peak").time_min)
    core = skeleton.road_class.is_in(CORE_CLASSES)
    share = skeleton.length_m[core].sum() / skeleton.length_m.sum()
    assert peak.provenance["speeds"]["peak_km_share"] == pytest.approx(share, abs=1e-6)


def test_skeleton_takes_the_table_when_asked() -> None:
    timed = with_speeds(read_network(), authored="replace")
    assert timed.provenance["speed_basis_km_share"]["table"] == 1
    assert set(timed.speed_kmh[timed.road_class.is_in(["connector"])]) == {42}


def test_a_road_of_both_directions_counts_once() -> None:
    network = roads(["trunk_1", "service"], km=3)
    both = replace(
        network,
        u=np.array([0, 1, 1], dtype=np.int32),
        v=np.array([1, 0, 2], dtype=np.int32),
        length_m=np.array([3000.0, 3000.0, 1000.0]),
        speed_kmh=np.ones(3),
        time_min=np.ones(3),
        road_class=Coded.from_texts(["trunk_1", "trunk_1", "service"]),
        along=np.ones(3, dtype=bool),
        toll=np.zeros(3, dtype=bool),
    )
    bent = Shapes(
        np.array([0, 2, 4]),
        np.round(np.array([[117, 36], [117.01, 36], [117.01, 36], [117.02, 36]]) * 1e7).astype(np.int32),
        np.array([0, 0, 1], dtype=np.int32),
        np.array([False, True, False]),
    )
    for shapes in (None, bent):
        about = with_speeds(replace(both, shapes=shapes)).provenance["speeds"]
        assert about["km"] == 4
        assert (about["km_share"]["table"], about["km_share"]["fallback"]) == (0.75, 0.25)
        assert about["fallbacks"][0]["km"] == 1


def test_road_kilometres_are_those_of_the_pieces() -> None:
    skeleton = read_network()
    pieces = skeleton.length_m[skeleton.pieces()].sum() / 1000
    assert with_speeds(skeleton).provenance["speeds"]["km"] == pytest.approx(pieces)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12))
def test_parallel_roads_count_each(pairs: list[tuple[int, int]]) -> None:
    ends = np.array(pairs, dtype=np.int32)
    network = replace(
        roads(["trunk_1"] * max(len(pairs), 3)).take_edges(np.arange(len(pairs))), u=ends[:, 0], v=ends[:, 1]
    )
    network = replace(network, node_id=np.arange(4), lon=117 + np.arange(4) / 9, lat=np.full(4, 36.0))
    assert with_speeds(network).provenance["speeds"]["km"] == pytest.approx(len(network.pieces()), abs=0.002)


def test_a_network_without_roads_has_no_shares() -> None:
    timed = with_speeds(roads([]))
    assert set(timed.provenance["speed_basis_km_share"].values()) == {0}


# --- what is refused ---


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"terrain": ["steppe"]}, "terrain steppe"),
        ({"setting": ["suburb"]}, "setting suburb"),
        ({"speed_basis": ["guess"]}, "speed_basis guess"),
    ],
)
def test_unknown_words_are_refused(columns: dict[str, Any], said: str) -> None:
    with pytest.raises(SchemaError, match=said):
        with_speeds(roads(["trunk_1"], **columns))


def test_unknown_classes_are_refused_and_missing_ones_are_not() -> None:
    with pytest.raises(SchemaError, match="road_class highway: expected expressway"):
        with_speeds(roads(["highway", "trunk_1"]))
    taken = roads(["trunk_1", "highway"]).take_edges([0])
    assert bases(with_speeds(taken)) == ["table"]
    blank = replace(roads(["trunk_1"]), road_class=Coded.constant("", 1))
    assert bases(with_speeds(blank)) == ["fallback"]


def test_numbers_are_no_words() -> None:
    network = replace(roads(["trunk_1"]), edge_columns={"terrain": np.array([1.0])})
    with pytest.raises(SchemaError, match="terrain holds numbers"):
        with_speeds(network)


def test_rail_needs_minutes_of_its_own() -> None:
    with pytest.raises(UnknownNameError, match="class 'rail'"):
        with_speeds(roads(["rail"]))


def test_a_kept_speed_must_be_one() -> None:
    network = replace(roads(["ferry"], speed_basis=["duration"]), speed_kmh=np.array([np.nan]))
    with pytest.raises(SchemaError, match="have none above 0"):
        with_speeds(network)


def test_unknown_options_are_refused_together() -> None:
    wrong: Any = {"terrain": "any", "setting": "town", "mode": "walk", "authored": "ask"}
    with pytest.raises(InputError, match=r"terrain='any'.*setting='town'.*mode='walk'.*authored='ask'"):
        with_speeds(roads(["trunk_1"]), **wrong)


# --- the user's table ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_override_replaces_what_it_covers(tmp_path: Path, encoding: str) -> None:
    text = "road_class,terrain,mean_kmh,basis\nsecondary_2,,50,县交通局实测\ntertiary_3,mountain,30,同上\n"
    file = csv(tmp_path, text, encoding)
    mine = read_speed_table(file)
    # A row for any terrain goes before the packaged row for the plain, or the user would be overheard.
    network = roads(
        ["secondary_2", "tertiary_3", "tertiary_3", "trunk_1"], terrain=["plain", "mountain", "plain", "plain"]
    )
    timed = with_speeds(network, table=mine)
    assert timed.speed_kmh.tolist() == [50, 30, 35, 55]
    assert timed.provenance["speeds"]["override"]["file"] == "speeds.csv"
    assert timed.provenance["speeds"]["override"]["rows"] == 2
    assert len(timed.provenance["speeds"]["override"]["sha256"]) == 64
    assert "文件编码" in timed.provenance["speeds"]["override"]["notes"][0]
    assert mine.frame["origin"].tolist()[:3] == ["override", "override", "packaged"]
    urban = with_speeds(network, table=mine, setting="urban")
    assert (urban.speed_kmh.tolist()[0], bases(urban)[0]) == (50, "table")


def test_of_two_rows_the_one_that_says_more_is_taken(tmp_path: Path) -> None:
    text = "road_class,terrain,setting,mean_kmh\nsecondary_2,,,40\nsecondary_2,plain,,50\nsecondary_2,plain,rural,60\n"
    mine = read_speed_table(csv(tmp_path, text))
    network = roads(["secondary_2"] * 3, terrain=["plain", "plain", "hills"], setting=["rural", "urban", "rural"])
    assert with_speeds(network, table=mine).speed_kmh.tolist() == [60, 50, 40]


def test_no_table_makes_a_road_faster_than_its_sign(table: SpeedTable) -> None:
    wrong = (SpeedRow("expressway", "any", "any", 80, 90), SpeedRow("expressway", "any", "any", 100, 130))
    network = roads(["expressway"] * 3, maxspeed_kmh=[60, 80, 100])
    assert with_speeds(network, table=replace(table, override=wrong)).speed_kmh.tolist() == [60, 80, 100]


def test_override_reaches_what_stands_in(tmp_path: Path) -> None:
    mine = read_speed_table(csv(tmp_path, "road_class,mean_kmh\nurban_street,15\n"))
    assert with_speeds(roads(["service", "urban_street"]), table=mine).speed_kmh.tolist() == [15, 15]


def test_override_of_signed_roads_and_of_the_peak(tmp_path: Path) -> None:
    text = (
        "road_class,signed_kmh,mean_kmh,peak_factor,peak_kmh\n"
        "expressway,120,96,,\nurban_arterial,,30,,\nurban_expressway,,60,2,\ntrunk_1,,60,,40\n"
    )
    mine = read_speed_table(csv(tmp_path, text))
    network = roads(
        ["expressway", "expressway", "urban_arterial", "urban_expressway", "trunk_1"],
        maxspeed_kmh=[120, 110, np.nan, np.nan, np.nan],
    )
    assert with_speeds(network, table=mine).speed_kmh.tolist() == [96, 92, 30, 60, 60]
    peak = with_speeds(network, table=mine, mode="drive_peak").speed_kmh
    assert peak == pytest.approx([96, 92, 20, 30, 40])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("road_class,mean_kmh\nmotorway,80\n", "row 2: road_class 'motorway' is not known"),
        ("road_class,mean_kmh\ntrunk_1,-5\n", "row 2: mean_kmh -5 is outside"),
        ("road_class,mean_kmh\ntrunk_1,0\n", "row 2: mean_kmh 0 is outside"),
        ("road_class,mean_kmh\ntrunk_1,151\n", "row 2: mean_kmh 151 is outside"),
        ("road_class,mean_kmh\ntrunk_1,nan\n", "row 2: mean_kmh nan is outside"),
        ("road_class,mean_kmh\ntrunk_1,fast\n", "row 2: mean_kmh 'fast' is no number"),
        ("road_class,mean_kmh\ntrunk_1,\n", "row 2: mean_kmh is blank"),
        ("road_class,mean_kmh\n,50\n", "row 2: road_class '' is not known"),
        ("road_class,mean_kmh,terrain\ntrunk_1,50,平原\n", "terrain '平原' is not known"),
        ("road_class,mean_kmh,setting\ntrunk_1,50,town\n", "setting 'town' is not known"),
        ("road_class,mean_kmh,signed_kmh\nexpressway,90,-1\n", "signed_kmh -1 is outside"),
        ("road_class,mean_kmh,signed_kmh\nexpressway,90,80\n", "mean_kmh 90 is above signed_kmh 80"),
        ("road_class,mean_kmh,peak_factor\ntrunk_1,50,0.5\n", "peak_factor 0.5 is outside"),
        ("road_class,mean_kmh,peak_kmh\ntrunk_1,50,60\n", "peak_kmh 60 is above mean_kmh 50"),
        ("road_class,mean_kmh,peak_kmh,peak_factor\ntrunk_1,50,40,2\n", "both given"),
        ("road_class,mean_kmh\ntrunk_1,50\ntrunk_1,60\n", "row 3: the same class, terrain, setting and sign as row 2"),
        ("road_class,speed\ntrunk_1,50\n", "lacks mean_kmh and has speed"),
        ("road_class,mean_kmh,factor_peak\ntrunk_1,50,2\n", "has factor_peak"),
    ],
)
def test_faulty_tables_are_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_speed_table(csv(tmp_path, text))


def test_all_faults_of_a_table_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 2: .*; row 3: "):
        read_speed_table(csv(tmp_path, "road_class,mean_kmh\nmotorway,80\ntrunk_1,-5\n"))


# --- properties ---

some_roads = st.lists(
    st.tuples(
        st.sampled_from([*ON_ROADS, None]),
        st.sampled_from([*TERRAINS, None]),
        st.sampled_from([*SETTINGS, None]),
        st.sampled_from([np.nan, 5.0, 30.0, 60.0, 79.0, 80.0, 100.0, 115.0, 120.0, 150.0]),
        st.floats(0.001, 400),
    ),
    min_size=1,
    max_size=12,
)
defaults = st.fixed_dictionaries({"terrain": st.sampled_from(TERRAINS), "setting": st.sampled_from(SETTINGS)})


def drawn(rows: list[tuple[Any, ...]]) -> Network:
    classes, terrain, setting, sign, km = (list(column) for column in zip(*rows, strict=True))
    network = roads(classes, terrain=terrain, setting=setting, maxspeed_kmh=sign)
    return replace(network, length_m=np.array(km) * 1000)


@given(some_roads, defaults)
def test_speeds_are_usable_below_their_sign_and_no_faster_in_the_peak(rows: Any, options: Any) -> None:
    network = drawn(rows)
    timed, peak = with_speeds(network, **options), with_speeds(network, mode="drive_peak", **options)
    check_arrays(timed)
    check_arrays(peak)
    assert (peak.speed_kmh <= timed.speed_kmh).all()
    assert not (timed.speed_kmh > network.edge_columns["maxspeed_kmh"]).any()
    assert timed.time_min == pytest.approx(network.length_m / 1000 / timed.speed_kmh * 60)
    assert sum(timed.provenance["speed_basis_km_share"].values()) == pytest.approx(1, abs=3e-6)
    stood_in = sum(row["km"] for row in timed.provenance["speeds"]["fallbacks"])
    shares = timed.provenance["speed_basis_km_share"]
    assert stood_in == pytest.approx(shares["fallback"] * timed.provenance["speeds"]["km"], abs=0.01)


@given(some_roads, defaults, st.sampled_from(["drive", "drive_peak"]))
def test_a_second_time_changes_nothing(rows: Any, options: Any, mode: Any) -> None:
    once = with_speeds(drawn(rows), mode=mode, **options)
    twice = with_speeds(once, **options)
    np.testing.assert_array_equal(twice.speed_kmh, once.speed_kmh)
    np.testing.assert_array_equal(twice.time_min, once.time_min)
    assert bases(twice) == bases(once)
    assert twice.provenance == once.provenance


@given(some_roads, defaults, st.randoms())
def test_order_of_edges_and_of_rows_decides_nothing(rows: Any, options: Any, chance: Any) -> None:
    order = list(range(len(rows)))
    chance.shuffle(order)
    shuffled = list(read_speed_table().rows)
    chance.shuffle(shuffled)
    other = replace(read_speed_table(), rows=tuple(shuffled))
    timed = with_speeds(drawn(rows), **options)
    turned = with_speeds(drawn([rows[place] for place in order]), table=other, **options)
    np.testing.assert_array_equal(turned.speed_kmh, timed.speed_kmh[order])
    assert turned.provenance["speeds"]["km_share"] == pytest.approx(timed.provenance["speeds"]["km_share"], abs=2e-6)


@given(some_roads, defaults, st.data())
def test_a_slower_table_makes_no_road_faster(rows: Any, options: Any, data: Any) -> None:
    table = read_speed_table()
    slower = tuple(
        replace(row, mean_kmh=row.mean_kmh * data.draw(st.sampled_from([1.0, 0.9, 0.5]), label=str(row)))
        for row in table.rows
    )
    timed = with_speeds(drawn(rows), **options)
    slowed = with_speeds(drawn(rows), table=replace(table, rows=slower), **options)
    assert (slowed.speed_kmh <= timed.speed_kmh * (1 + 1e-12)).all()


# --- classes of OpenStreetMap ---


@pytest.mark.parametrize(
    ("tag", "oneway", "lanes", "road_class"),
    [
        ("motorway", True, np.nan, "expressway"),
        ("motorway_link", True, np.nan, "expressway_link"),
        ("trunk", True, np.nan, "trunk_1"),
        ("trunk", False, np.nan, "secondary_2"),
        ("trunk", False, 6, "trunk_1"),
        ("trunk", False, 4, "trunk_1"),
        ("trunk", False, 3, "secondary_2"),
        ("primary", True, 2, "trunk_1"),
        ("primary", False, 2, "secondary_2"),
        ("primary_link", True, 1, "secondary_2"),
        ("secondary", True, 6, "secondary_2"),
        ("tertiary", False, 2, "tertiary_3"),
        ("unclassified", False, np.nan, "local_4"),
        ("road", False, np.nan, "local_4"),
        ("residential", False, np.nan, "urban_street"),
        ("living_street", True, np.nan, "urban_street"),
        ("service", False, np.nan, "service"),
        ("track", False, np.nan, "local_4"),
        ("footway", False, np.nan, None),
        ("no_such_tag", False, np.nan, None),
        (None, True, 6, None),
    ],
)
def test_class_of_a_tag(tag: str | None, oneway: object, lanes: float, road_class: str | None) -> None:
    found = classes_of_highways(Coded.from_texts([tag]), oneway=np.array([oneway]), lanes=np.array([lanes]))
    assert found.texts().tolist() == [road_class]


def test_tags_that_are_driven() -> None:
    drivable = set(drivable_highways())
    assert {"motorway", "trunk_link", "residential", "service"} <= drivable
    assert not drivable & {"track", "footway", "construction", "busway", "proposed"}
    assert drivable < set(known_highways())
    every = Coded.from_texts(sorted(drivable))
    assert None not in classes_of_highways(every, oneway=False).texts()


# --- built-up land ---


def test_built_up_land_makes_roads_urban() -> None:
    network = roads(["trunk_1"] * 3)
    town = gpd.GeoDataFrame(geometry=[box(117.009, 35.9, 117.0151, 36.1), box(117.5, 35, 118, 36)], crs="EPSG:4490")
    assert settings_within(network, town).texts().tolist() == ["rural", "urban", "rural"]
    timed = with_speeds(network, built_up=town)
    assert timed.speed_kmh.tolist() == [65, 50, 65]
    assert timed.provenance["speeds"]["setting_default_km_share"] == 0


def test_built_up_land_must_be_polygons() -> None:
    network = roads(["trunk_1"])
    bow = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    for shapes, said in (
        ([], "no rows"),
        ([Point(117, 36)], "1 of 1 rows are no polygons"),
        ([bow], "not valid"),
        ([Polygon()], "1 of 1 rows are no"),
    ):
        with pytest.raises(InputError, match=said):
            settings_within(network, gpd.GeoDataFrame(geometry=shapes, crs="EPSG:4490"))
    with pytest.raises(CrsError):
        settings_within(network, gpd.GeoDataFrame(geometry=[box(117, 36, 118, 37)]))


def test_speeds_alone_make_no_railway_and_take_none_away() -> None:
    skeleton = read_network()
    with pytest.raises(InputError, match="with_rail"):
        with_speeds(skeleton, mode="drive+rail")
    both = with_rail(skeleton)
    with pytest.raises(InputError, match="with_rail"):
        with_speeds(both, mode="drive_peak")
    assert with_speeds(both).mode == "drive+rail"


def test_a_network_is_timed_again_with_what_it_was_timed_with(tmp_path: Path) -> None:
    network = with_speeds(roads(["secondary_2", "tertiary_3"]), terrain="mountain", setting="rural")
    assert network.speed_kmh.tolist() == [45, 28]
    assert with_speeds(network, mode="drive_peak").speed_kmh.tolist() == [45, 28]
    assert with_speeds(network, terrain="plain").speed_kmh.tolist() == [55, 35]
    merged = replace(network, kind="merged", provenance={"inside": network.provenance})
    assert with_speeds(merged).speed_kmh.tolist() == [45, 28]
    (tmp_path / "own.csv").write_text("road_class,mean_kmh\nsecondary_2,40\n", encoding="utf-8")
    own = read_speed_table(tmp_path / "own.csv")
    mine = with_speeds(network, table=own)
    assert mine.speed_kmh.tolist() == [40, 28]
    with pytest.raises(InputError, match=r"timed with the speed table own\.csv"):
        with_speeds(mine, mode="drive_peak")
    assert with_speeds(mine, table=own, mode="drive_peak").speed_kmh.tolist() == [40, 28]
    assert with_speeds(mine, table=read_speed_table()).speed_kmh.tolist() == [45, 28]
