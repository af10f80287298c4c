"""What is printed: cells, CSV, JSON, workbooks, GeoPackage and GeoJSON, read back with other software."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, Polygon, box

from urbangeo import PotentialRule, potential_areas, read_census, read_counties, read_designations, read_network
from urbangeo.errors import InputError, OutputError, UnknownNameError
from urbangeo.language.scalars import is_missing, plain
from urbangeo.sources.plans import source_titles
from urbangeo.windows.cells import csv_text, json_text, printable, write_csv
from urbangeo.windows.geofiles import geojson_text, write_geopackage
from urbangeo.windows.tables import coverage_table, listing, potential_sheets
from urbangeo.windows.workbook import HEADINGS_ZH, Sheet, write_xlsx

Frame = Any
"""A frame or a page whose cells are looked up by label, which the stubs cannot follow."""

FORMULAS = ["=1+1", "=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1"]
HOSTILE = [*FORMULAS, "a\x00b\x1b\x0bc", '"; DROP', "</c></row>", "行一\n行二", "'=quoted", "\ufeff=1", "_x0041_"]


# --- cells ------------------------------


@pytest.mark.parametrize("nothing", [None, float("nan"), np.nan, pd.NA, pd.NaT, np.float64("nan")])
def test_every_way_of_being_missing_is_none(nothing: Any) -> None:
    assert is_missing(nothing)
    assert plain(nothing) is None
    assert printable(nothing) is None


@pytest.mark.parametrize(
    ("value", "result"),
    [
        (np.int64(5), 5),
        (np.float64(0.1234567), 0.123457),
        (np.bool_(True), True),
        (2**53 + 1, 2**53 + 1),
        (0, 0),
        (False, False),
        ("", ""),
        ("a\x00b\x1bc\td\ne", "abc\td\ne"),
        ("历城区", "历城区"),
    ],
)
def test_cells_by_hand(value: Any, result: Any) -> None:
    found = printable(value)
    assert found == result
    assert type(found) is type(result)


# --- CSV ------------------------------


def read_back(text: str) -> Frame:
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def test_a_csv_by_hand() -> None:
    frame = pd.DataFrame(
        {
            "adcode": ["370102", None],
            "people": pd.array([819_139, None], dtype="Int64"),
            "rate_pct": [100.0, 58.25],
            "part": [True, False],
            "note": ["a,b", 'he said "x"'],
        }
    )
    assert csv_text(frame) == (
        'adcode,people,rate_pct,part,note\n370102,819139,100.0,True,"a,b"\n,,58.25,False,"he said ""x"""\n'
    )


def test_the_file_starts_with_a_mark_and_is_read_by_pandas(tmp_path: Path) -> None:
    rows: Frame = listing(potential_areas(read_census(2020)), read_designations())
    path = write_csv(rows, tmp_path / "potential.csv")
    assert path.read_bytes()[:3] == b"\xef\xbb\xbf"
    assert b"\r" not in path.read_bytes()
    back: Frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert list(back.columns) == list(rows.columns)
    assert back["adcode"].tolist() == rows["adcode"].tolist()
    assert back["name"].tolist() == rows["name"].tolist()
    for column in ("resident_population", "population_margin", "year"):
        assert back[column].str.fullmatch(r"\d+").all(), column
        assert back[column].astype(int).tolist() == rows[column].tolist()
    assert back["urbanization_rate_pct"].astype(float).tolist() == rows["urbanization_rate_pct"].tolist()


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_runs_as_a_formula_in_a_csv(text: str) -> None:
    cell = next(csv.reader(io.StringIO(csv_text(pd.DataFrame({"note": [text]})).split("\n", 1)[1])))[0]
    assert cell == "'" + text.replace("\r", "\n")


def test_line_ends_inside_a_cell_do_not_break_the_row() -> None:
    frame = pd.DataFrame({"note": ["a\r\nb", "c\rd", "e\nf"], "last": [1, 2, 3]})
    back = read_back(csv_text(frame))
    assert back["note"].tolist() == ["a\nb", "c\nd", "e\nf"]
    assert back["last"].tolist() == ["1", "2", "3"]


def test_negative_numbers_stay_numbers() -> None:
    assert csv_text(pd.DataFrame({"gap": [-5, 3]})) == "gap\n-5\n3\n"
    assert csv_text(pd.DataFrame({"gap": [-0.5]})) == "gap\n-0.5\n"


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), min_size=1, max_size=5))
def test_text_comes_back_as_it_was_but_for_controls_and_guards(texts: list[str]) -> None:
    back = read_back(csv_text(pd.DataFrame({"first": "x", "text": texts})))
    for was, found in zip(texts, back["text"], strict=True):
        clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", re.sub(r"\r\n?", "\n", was))
        guard = "'" if clean.startswith(("=", "+", "-", "@", "\t", "\n")) else ""
        assert found == guard + clean
    assert not back["text"].str.startswith(("=", "+", "-", "@")).any()


@given(st.lists(st.one_of(st.none(), st.integers(-(10**15), 10**15)), min_size=1))
def test_whole_numbers_come_back_without_a_point(values: list[int | None]) -> None:
    frame = pd.DataFrame({"first": "x", "value": pd.array(values, dtype="Int64")})
    assert read_back(csv_text(frame))["value"].tolist() == ["" if value is None else str(value) for value in values]


# --- JSON ------------------------------


def test_json_by_hand() -> None:
    frame = pd.DataFrame({"adcode": ["370102"], "people": pd.array([pd.NA], dtype="Int64"), "rate": [np.nan], "n": [1]})
    text = json_text(frame)
    assert json.loads(text) == [{"adcode": "370102", "people": None, "rate": None, "n": 1}]
    assert text.endswith("]\n")
    assert "历" in json_text(pd.DataFrame({"name": ["历下区"]}))
    assert json.loads(json_text(frame.head(0))) == []


def test_json_of_the_list_keeps_kinds() -> None:
    rows = listing(potential_areas(read_census(2020), province="青海"))
    back = json.loads(json_text(rows))
    assert [row["adcode"] for row in back] == rows["adcode"].tolist()
    assert {type(row["resident_population"]) for row in back} == {int}
    assert {type(row["urbanization_rate_pct"]) for row in back} == {float}


# --- the list and the sheets ------------------------------


@pytest.fixture(scope="module")
def rows() -> Frame:
    census, hosted = read_census(2020), read_census(2020, zones="to_host")
    return listing(potential_areas(census, alternatives=[hosted]), read_designations())


@pytest.fixture(scope="module")
def totals() -> Frame:
    return pd.DataFrame(
        {
            "origin_id": ["济南", "西宁—海东"],
            "cutoff_min": [60.0, 60.0],
            "definition": ["drive", "official_members"],
            "definition_zh": ["自驾一小时", "规划成员合计"],
            "counties": pd.array([40, 13], dtype="Int64"),
            "population": pd.array([18_000_000, 3_826_436], dtype="Int64"),
            "target_population": pd.array([20_000_000, pd.NA], dtype="Int64"),
            "gap": pd.array([-2_000_000, pd.NA], dtype="Int64"),
            "area_km2": [20_000.0, 20_661.0],
            "source_id": ["SD-ACTION-2021-2023", pd.NA],
            "note": ["骨架路网", pd.NA],
        }
    )


@pytest.fixture(scope="module")
def book(rows: Frame, totals: Frame, tmp_path_factory: pytest.TempPathFactory) -> Frame:
    sheets = potential_sheets(
        rows,
        rule=PotentialRule(),
        designations=read_designations(),
        totals=totals,
        warnings=["骨架路网，非实测。", "四个成员待核实。"],
    )
    path = write_xlsx(sheets, tmp_path_factory.mktemp("book") / "potential_areas.xlsx")
    return openpyxl.load_workbook(path)


def column_of(page: Frame, heading: str) -> int:
    return int(next(cell.column for cell in page[2] if cell.value.replace("\n", "") == heading))


def test_the_list_has_titles_of_sources_and_plan_lists(rows: Frame) -> None:
    assert len(rows) == 101
    assert rows.columns[0] == "adcode"
    assert set(rows.columns) <= set(HEADINGS_ZH)
    by_code = rows.set_index("adcode")
    tancheng = read_designations().query("adcode == '371725'")["programme_zh"]
    assert set(by_code.loc["371725", "designations"].split("；")) == set(tancheng)
    assert "第" in by_code.loc["371725", "source"] or "普查" in by_code.loc["371725", "source"]
    assert len(by_code.loc["371725", "source"].split("；")) == len(by_code.loc["371725", "source_id"].split(";"))


def test_an_unconfirmed_membership_says_so_in_the_list(rows: Frame) -> None:
    every: Frame = listing(potential_areas(read_census(2020), rows="all"), read_designations()).set_index("adcode")
    for adcode in ("370302", "370304", "370215", "370283"):
        assert "国家城乡融合发展试验区（待核实）" in every.loc[adcode, "designations"].split("；")
    assert "国家城乡融合发展试验区" in every.loc["370112", "designations"].split("；")
    assert every["designations"].str.count("待核实").sum() == 4
    assert "designations" not in listing(potential_areas(read_census(2020)))


def test_a_list_with_an_unknown_source_is_not_printed() -> None:
    potential = potential_areas(read_census(2020)).assign(source_id="L20;NOWHERE")
    with pytest.raises(UnknownNameError, match="NOWHERE"):
        listing(potential)


def test_tabs_and_captions(book: Frame) -> None:
    assert book.sheetnames == ["山东省", "青海省", "规划名单", "交通圈人口", "说明", "来源"]
    assert book["山东省"]["A1"].value == "山东省潜力地区名单（2020年人口普查，共89个）"
    assert book["青海省"]["A1"].value == "青海省潜力地区名单（2020年人口普查，共12个）"
    for page in book:
        assert any(
            area.min_row == area.max_row == 1 and area.max_col == page.max_column for area in page.merged_cells.ranges
        )
        assert page.freeze_panes == "C3"
        assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
        assert page.print_title_rows == "$1:$2"


def test_headings_are_chinese_and_cells_are_no_formulas(book: Frame) -> None:
    known = set(HEADINGS_ZH.values())
    for page in book:
        headings = [cell.value.replace("\n", "") for cell in page[2]]
        assert set(headings) <= known
        assert all(re.search(r"[\u4e00-\u9fff]", heading) for heading in headings)
        assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
        for cell in page[2]:
            width = page.column_dimensions[cell.column_letter].width
            assert 7 <= width <= 66, (page.title, cell.value)


def test_numbers_are_numbers_with_formats(book: Frame, rows: Frame) -> None:
    page = book["青海省"]
    first = rows[rows["province"] == "青海省"].iloc[0]
    formats = {
        "行政区划代码": (first["adcode"], "General"),
        "常住人口（人）": (int(first["resident_population"]), "#,##0"),
        "城镇化率（%）": (first["urbanization_rate_pct"], "0.00"),
        "低于全省（百分点）": (first["gap_pct"], "0.00"),
    }
    for heading, (value, number_format) in formats.items():
        cell = page.cell(3, column_of(page, heading))
        assert cell.value == value, heading
        assert cell.number_format == number_format, heading
    codes = [page.cell(row, column_of(page, "行政区划代码")).value for row in range(3, 15)]
    assert [page.cell(row, 1).value for row in range(3, 15)] == list(range(1, 13))
    assert codes == rows.loc[rows["province"] == "青海省", "adcode"].tolist()
    assert all(isinstance(code, str) for code in codes)
    years = book["交通圈人口"]
    assert years.cell(3, column_of(years, "时限（分钟）")).number_format == "0"
    gap = years.cell(3, column_of(years, "与目标之差（人）"))
    assert (gap.value, gap.number_format) == (-2_000_000, "#,##0")
    assert years.cell(4, column_of(years, "规划目标（人）")).value is None, "no target is no zero"


def test_unconfirmed_rows_are_worded_and_coloured(book: Frame) -> None:
    page = book["规划名单"]
    marks = [page.cell(row, column_of(page, "核实程度")) for row in range(3, 3 + len(read_designations()))]
    unconfirmed = [cell for cell in marks if cell.value == "待核实"]
    assert {page.cell(cell.row, column_of(page, "县（市、区）")).value for cell in unconfirmed} == {
        *("淄川区", "博山区", "即墨区", "平度市")
    }
    assert {cell.font.color.rgb for cell in unconfirmed} == {"00C00000"}
    others = {cell.value for cell in marks} - {"待核实"}
    assert others == {"两处来源", "一处来源"}
    assert all(cell.font.color is None or cell.font.color.rgb != "00C00000" for cell in marks if cell.value != "待核实")


def test_parts_of_counties_and_units_without_a_code_are_printed(book: Frame) -> None:
    page = book["规划名单"]
    cells = [
        (page.cell(row, column_of(page, "行政区划代码")).value, page.cell(row, column_of(page, "仅部分区域")).value)
        for row in range(3, 3 + len(read_designations()))
    ]
    assert cells.count((None, "是")) == 3
    assert {part for _, part in cells} == {"是", "否"}


def test_notes_and_sources_are_printed(book: Frame, rows: Frame) -> None:
    notes = [row[1].value for row in book["说明"].iter_rows(min_row=3) if row[0].value]
    assert notes == ["骨架路网，非实测。", "四个成员待核实。"]
    page = book["来源"]
    titles = {row[1].value for row in page.iter_rows(min_row=3) if row[0].value}
    used = [*rows["source_id"], *read_designations()["source_id"], "SD-ACTION-2021-2023"]
    assert titles == set(source_titles(used)["title"])
    last = [cell.value for cell in book["山东省"]["A"] if isinstance(cell.value, str)]
    assert any(value.startswith("规则：常住人口超过10万人") for value in last)


def test_rows_that_cannot_be_decided_are_told_apart(tmp_path: Path) -> None:
    census: Frame = read_census(2020)
    census.loc[("371725", 2020), ["urban_population", "urbanization_rate_pct"]] = pd.NA
    rows = listing(potential_areas(census))
    sheets = potential_sheets(rows, rule=PotentialRule())
    assert [sheet.title for sheet in sheets] == ["山东省", "青海省", "来源"]
    page: Frame = openpyxl.load_workbook(write_xlsx(sheets, tmp_path / "x.xlsx"))["山东省"]
    assert page["A1"].value.endswith("共88个）"), "an undecided county is listed, not counted"
    row = next(row for row in page.iter_rows(min_row=3) if row[1].value == "371725")
    decision = row[column_of(page, "判定") - 1]
    assert decision.value == "无法判定"
    assert decision.font.color.rgb == "00C00000"
    assert row[column_of(page, "城镇化率（%）") - 1].value is None


def test_hostile_text_stays_text_in_a_workbook(tmp_path: Path) -> None:
    frame = pd.DataFrame({"name": HOSTILE, "note": [text[::-1] for text in HOSTILE]})
    sheet = Sheet("表", "=SUM(A1)", frame, ["=1+1"])
    path = write_xlsx([sheet], tmp_path / "hostile.xlsx")
    page: Frame = openpyxl.load_workbook(path)["表"]
    assert {cell.data_type for row in page.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert page["A1"].value == "=SUM(A1)"
    found = [page.cell(row, 1).value for row in range(3, 3 + len(HOSTILE))]
    for was, cell in zip(HOSTILE, found, strict=True):
        assert cell == re.sub(r"[\x00\x1b\x0b]", "", was).replace("\r", "\n")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=6))
def test_any_text_can_be_printed(tmp_path: Path, texts: list[str]) -> None:
    """Characters no file may hold (controls, lone surrogates, U+FFFE) are left out, never a crash or a broken file."""
    frame = pd.DataFrame({"name": pd.Series(texts, dtype=object)})
    write_csv(frame, tmp_path / "any.csv")
    json.loads(json_text(frame).encode())
    page: Frame = openpyxl.load_workbook(write_xlsx([Sheet("表", "题", frame)], tmp_path / "any.xlsx"))["表"]
    found = [page.cell(row, 1).value or "" for row in range(3, 3 + len(texts))]
    assert found == [printable(text) for text in texts]


@pytest.mark.parametrize("text", [chr(0xFFFE), chr(0xFFFF), chr(0xD800), chr(0xDFFF)])
def test_characters_that_break_files_are_left_out(tmp_path: Path, text: str) -> None:
    frame = pd.DataFrame({"name": pd.Series([f"a{text}b"], dtype=object)})
    assert csv_text(frame) == "name\nab\n"
    page: Frame = openpyxl.load_workbook(write_xlsx([Sheet("表", "题", frame)], tmp_path / "x.xlsx"))["表"]
    assert page["A3"].value == "ab"


def test_a_column_without_a_chinese_heading_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "x.xlsx"
    target.write_bytes(b"old")
    frame = pd.DataFrame({"adcode": ["370102"], "no_such_heading": [1]})
    with pytest.raises(InputError, match=r"no_such_heading.*HEADINGS_ZH"):
        write_xlsx([Sheet("表", "题", frame)], target)
    with pytest.raises(InputError, match="no sheet to write"):
        write_xlsx([], target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_workbook_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    sheet = Sheet("表", "题", pd.DataFrame({"name": ["历下区"]}))
    with pytest.raises(OutputError, match="Cannot write"):
        write_xlsx([sheet], tmp_path / "file" / "x.xlsx")


def test_inputs_are_not_changed(rows: Frame, totals: Frame, tmp_path: Path) -> None:
    before = rows.copy(deep=True), totals.copy(deep=True)
    write_xlsx(potential_sheets(rows, rule=PotentialRule(), totals=totals), tmp_path / "x.xlsx")
    write_csv(rows, tmp_path / "x.csv")
    pd.testing.assert_frame_equal(rows, before[0])
    pd.testing.assert_frame_equal(totals, before[1])


# --- the coverage table ------------------------------


def test_county_rows_and_totals_in_one_table(totals: Frame) -> None:
    index = pd.MultiIndex.from_tuples([("济南", 60.0, "370102")], names=["origin_id", "cutoff_min", "adcode"])
    covered = pd.DataFrame(
        {
            "name": ["历下区"],
            "prefecture": ["济南市"],
            "province": ["山东省"],
            "area_share": [0.123456],
            "population_share": [0.98765],
            "population": pd.array([809_000], dtype="Int64"),
            "county_population": pd.array([819_139], dtype="Int64"),
            "seat_time_min": [12.345],
            "covered": pd.array([True], dtype="boolean"),
            "verdict": ["全部覆盖"],
            "placement": ["areal"],
            "rule": ["seat"],
            "network_kind": ["skeleton"],
        },
        index=index,
    )
    table: Frame = coverage_table(covered, totals)
    assert table["row_type"].tolist() == ["county", "total", "total"]
    assert table.loc[0, ["area_share", "population_share", "seat_time_min"]].tolist() == [0.1235, 0.9876, 12.4]
    assert table["network_kind"].fillna("").tolist() == ["skeleton", "skeleton", ""]
    assert table.loc[1, ["target_population", "gap"]].tolist() == [20_000_000, -2_000_000]
    assert table.loc[1:, "adcode"].isna().all()
    missed = coverage_table(covered.assign(seat_time_min=[60.01]), totals)
    assert missed.loc[0, "seat_time_min"] == 60.1, "a cutoff that is missed must not look kept"
    assert coverage_table(covered.assign(seat_time_min=[60.0]), totals).loc[0, "seat_time_min"] == 60.0
    back = read_back(csv_text(table))
    assert back.loc[1, ["population", "target_population", "gap"]].tolist() == ["18000000", "20000000", "-2000000"]
    assert back.loc[0, "population"] == "809000"
    assert back.loc[2, "gap"] == ""


# --- GeoPackage ------------------------------


def test_layers_are_read_back_with_other_software(tmp_path: Path) -> None:
    counties = read_counties("青海")
    network = read_network()
    layers: dict[str, Any] = {
        "counties": counties.assign(listed=pd.array([True, pd.NA, *[False] * 43], dtype="boolean")),
        "roads": network.lines(),
        "points": gpd.GeoDataFrame({"名称": ["济南"]}, geometry=[Point(117, 36.6)], crs="EPSG:4490"),
    }
    path = write_geopackage(layers, tmp_path / "urbangeo.gpkg")
    assert {name for name, _ in pyogrio.list_layers(path)} == set(layers)
    for name, frame in layers.items():
        info = pyogrio.read_info(path, layer=name)
        assert info["features"] == len(frame)
        assert info["crs"] == "EPSG:4490"
    back: Frame = pyogrio.read_dataframe(path, layer="counties").set_index("adcode")
    assert back["name"].tolist() == counties["name"].tolist()
    assert back["prefecture_adcode"].tolist() == counties["prefecture_adcode"].tolist()
    assert back["listed"].fillna("").tolist()[:3] == ["true", "", "false"]
    assert shapely.equals(back.geometry.to_numpy(), counties.geometry.to_numpy()).all()
    assert pyogrio.read_dataframe(path, layer="points")["名称"].tolist() == ["济南"]
    assert list(tmp_path.iterdir()) == [path], "no side files"


def test_a_failing_layer_leaves_the_old_package(tmp_path: Path) -> None:
    path = tmp_path / "urbangeo.gpkg"
    path.write_bytes(b"old")
    good = gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(117, 36)], crs="EPSG:4490")
    with pytest.raises(AttributeError):
        write_geopackage({"good": good, "bad": None}, path)  # type: ignore[dict-item]
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(OutputError):
        write_geopackage({"good": good}, path / "deeper.gpkg")


def test_a_geopackage_replaces_the_old_one(tmp_path: Path) -> None:
    one = gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(117, 36)], crs="EPSG:4490")
    write_geopackage({"first": one}, tmp_path / "x.gpkg")
    write_geopackage({"second": one}, tmp_path / "x.gpkg")
    assert [name for name, _ in pyogrio.list_layers(tmp_path / "x.gpkg")] == ["second"]


# --- GeoJSON ------------------------------


def rings_of(shape: dict[str, Any]) -> list[list[list[list[float]]]]:
    """Return the polygons of a geometry, each a list of rings."""
    found = {"Polygon": [shape["coordinates"]], "MultiPolygon": shape["coordinates"]}[shape["type"]]
    return list(found)


def test_a_collection_by_hand() -> None:
    clockwise = Polygon([(117, 36), (117, 37), (118, 37), (118, 36)], [[(117.4, 36.4), (117.6, 36.4), (117.6, 36.6)]])
    frame = gpd.GeoDataFrame(
        {"name": ["济南", "空"], "people": pd.array([5, pd.NA], dtype="Int64"), "network_kind": ["skeleton", None]},
        geometry=[clockwise, Polygon()],
        index=pd.MultiIndex.from_tuples([("济南", 60.0), ("空", 60.0)], names=["origin_id", "cutoff_min"]),
        crs="EPSG:4490",
    )
    text = geojson_text(frame, notes=["骨架路网，非实测"])
    found = json.loads(text)
    assert found["type"] == "FeatureCollection"
    assert found["notes"] == ["骨架路网，非实测"]
    assert "crs" not in found, "RFC 7946, section 4"
    first, second = found["features"]
    assert first["properties"] == {
        "origin_id": "济南",
        "cutoff_min": 60.0,
        "name": "济南",
        "people": 5,
        "network_kind": "skeleton",
    }
    assert second["properties"]["people"] is None
    assert second["geometry"] is None
    [[shell, hole]] = rings_of(first["geometry"])
    assert shapely.is_ccw(shapely.linearrings(shell))
    assert not shapely.is_ccw(shapely.linearrings(hole))
    assert shell[0] == shell[-1]
    assert text.endswith("\n")
    assert "骨架" in text
    assert not shapely.is_ccw(clockwise.exterior)
    assert frame.geometry.iloc[0].equals_exact(clockwise), "the input is not changed"


def test_counties_follow_rfc_7946(tmp_path: Path) -> None:
    counties: Frame = read_counties().iloc[::15]
    found = json.loads(geojson_text(counties))
    assert len(found["features"]) == len(counties)
    for feature, (adcode, county) in zip(found["features"], counties.iterrows(), strict=True):
        assert set(feature) == {"type", "properties", "geometry"}
        assert feature["properties"]["adcode"] == adcode
        assert feature["properties"]["name"] == county["name"]
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert shape.is_valid
        assert shapely.symmetric_difference(shape, county.geometry).area < 1e-5
        for shell, *holes in rings_of(feature["geometry"]):
            assert shapely.is_ccw(shapely.linearrings(shell))
            assert not any(shapely.is_ccw(shapely.linearrings(hole)) for hole in holes)
            assert all(73 < lon < 136 and 3 < lat < 54 for lon, lat in shell), "longitude first"
            assert all(round(value, 6) == value for point in shell for value in point)
    path = tmp_path / "x.geojson"
    path.write_text(geojson_text(counties), encoding="utf-8")
    assert pyogrio.read_dataframe(path)["name"].tolist() == counties["name"].tolist()


def test_wgs84_passes_and_metres_become_degrees() -> None:
    """A frame in metres would otherwise be written as if its metres were degrees."""
    square = gpd.GeoDataFrame({"name": ["a"]}, geometry=[box(117, 36, 117.5, 36.5)], crs="EPSG:4490")
    for crs in ("EPSG:4326", "EPSG:4548"):
        frame = square.set_crs(crs, allow_override=True) if crs == "EPSG:4326" else square.to_crs(crs)
        shape = shapely.from_geojson(json.dumps(json.loads(geojson_text(frame))["features"][0]["geometry"]))
        assert shape.bounds == pytest.approx((117, 36, 117.5, 36.5), abs=2e-6)


@given(st.lists(st.tuples(st.floats(74, 135), st.floats(4, 53), st.floats(0.01, 0.9)), min_size=1, max_size=4))
def test_any_squares_come_back(squares: list[tuple[float, float, float]]) -> None:
    shapes = [box(x, y, x + size, y + size, ccw=False) for x, y, size in squares]
    frame = gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=[MultiPolygon([s]) for s in shapes], crs="EPSG:4490")
    for feature, was in zip(json.loads(geojson_text(frame))["features"], shapes, strict=True):
        found = shapely.from_geojson(json.dumps(feature["geometry"]))
        assert found.bounds == pytest.approx(was.bounds, abs=1e-6)
        assert all(shapely.is_ccw(shapely.linearrings(polygon[0])) for polygon in rings_of(feature["geometry"]))


def test_notes_of_the_workbook_follow_the_rule_and_the_cut() -> None:
    apart, hosted = read_census(2020), read_census(2020, zones="to_host")
    rule = PotentialRule(population_floor=200_000, strict=False)
    rows = listing(potential_areas(hosted, rule=rule, alternatives=[apart]))
    sheets = {sheet.title: sheet for sheet in potential_sheets(rows, rule=rule, zones="to_host")}
    shandong, qinghai = sheets["山东省"].notes, sheets["青海省"].notes
    assert "常住人口不少于20万人且城镇化率不高于同年全省平均水平" in shandong[0]
    assert "山东省按同一规则推算" in shandong[0]
    assert "山东省" not in qinghai[0]
    assert "已并入所在县" in shandong[1]
    standard = potential_sheets(listing(potential_areas(apart)), rule=PotentialRule())
    assert "单列，不计入" in standard[0].notes[1]
    assert all("未见原件" in value for value in standard[0].frame["rule_basis"])


def test_sources_are_numbered_and_every_number_is_told() -> None:
    sheets = potential_sheets(listing(potential_areas(read_census(2020))), rule=PotentialRule())
    book = {sheet.title: sheet.frame for sheet in sheets}
    numbers = {int(one) for cell in book["青海省"]["source_id"] for one in cell.split("、")}
    assert numbers <= set(book["来源"]["item"])
    assert not any(cell.isascii() and cell.isupper() for cell in book["青海省"]["source_id"])
