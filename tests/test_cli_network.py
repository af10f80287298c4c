"""``urbangeo network info``: what it prints and writes, how it exits, and what it refuses."""

from __future__ import annotations

import csv
import itertools
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from openpyxl import load_workbook

import urbangeo as ug
from urbangeo.answers import fitness
from urbangeo.door.cli import main
from urbangeo.sources.network.columns import Coded

Capture = pytest.CaptureFixture[str]


def run(arguments: list[str], capsys: Capture) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one call."""
    with pytest.raises(SystemExit) as ended:
        main(["network", "info", *arguments])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.fixture(scope="module")
def roads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A square of roads of 160 km round 济南, dated, as a layer of lines."""
    sides = [(116.1, 35.95), (117.9, 35.95), (117.9, 37.4), (116.1, 37.4), (116.1, 35.95)]
    lines = [shapely.LineString(pair) for pair in itertools.pairwise(sides)]
    frame = gpd.GeoDataFrame({"道路等级": ["一级公路"] * 4, "name": list("东南西北")}, geometry=lines, crs="EPSG:4490")
    path = tmp_path_factory.mktemp("roads") / "roads.gpkg"
    frame.to_file(path, driver="GPKG", engine="pyogrio")
    return path


def test_without_a_path_it_is_the_skeleton(capsys: Capture) -> None:
    code, out, err = run([], capsys)
    assert code == 2
    lines = out.splitlines()
    assert lines[:3] == [
        "路网适用性报告（1小时交通圈）",
        "结论：有保留地适用",
        "路网：骨架路网，驾车，数据时点2024-12",
    ]
    assert "  1. 骨架路网：编者手绘，非实测，结果须注明“骨架路网”，不得作为决策依据" in lines
    assert "县级单位：181 个，其中 181 个有道路" in lines
    assert err == "urbangeo：路网有保留地适用，请核对上述理由。\n"


def test_modes_and_no_counties(capsys: Capture) -> None:
    code, out, _ = run(["--mode", "drive_peak", "--no-counties"], capsys)
    assert (code, "骨架路网，驾车（高峰）" in out) == (2, True)
    assert "县级单位：—" in out
    assert "每万人里程最少" not in out


def test_a_file_of_the_users_and_its_province(roads: Path, capsys: Capture) -> None:
    """The square touches more than a tenth of Shandong's counties, and none of Qinghai's."""
    code, out, _ = run([str(roads)], capsys)
    assert code == 2
    assert "  道路里程：" in out
    assert "县级单位：136 个" in out
    assert "没有道路的县级单位" in out


def test_a_stub_across_the_border_brings_no_province(tmp_path: Path, capsys: Capture) -> None:
    line = shapely.LineString([(114.0, 34.5), (115.5, 35.0)])
    frame = gpd.GeoDataFrame({"道路等级": ["一级公路"]}, geometry=[line], crs="EPSG:4490")
    frame.to_file(tmp_path / "stub.gpkg", driver="GPKG", engine="pyogrio")
    code, out, _ = run([str(tmp_path / "stub.gpkg")], capsys)
    assert (code, "县级单位：—" in out) == (2, True)
    code, _, err = run([str(tmp_path / "stub.gpkg"), "--out", str(tmp_path / "stub.html")], capsys)
    assert (code, (tmp_path / "stub.html").exists()) == (1, False)
    assert err.startswith("urbangeo：画地图须有县界")


def test_counties_of_the_users(roads: Path, tmp_path: Path, capsys: Capture) -> None:
    ug.read_counties("山东").iloc[:10].to_file(tmp_path / "十县.gpkg", driver="GPKG", engine="pyogrio")
    _, out, _ = run([str(roads), "--counties", str(tmp_path / "十县.gpkg")], capsys)
    assert "县级单位：10 个" in out


def test_each_format_is_written_and_named(tmp_path: Path, capsys: Capture) -> None:
    table, sheet, points, page = (tmp_path / f"报告.{end}" for end in ("csv", "xlsx", "geojson", "html"))
    for path in (table, sheet, points, page):
        code, out, _ = run(["--out", str(path)], capsys)
        assert (code, out.splitlines()[-1]) == (2, str(path))
    rows = list(csv.DictReader(table.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["item"] for row in rows] == [
        measure.item for measure in fitness.MEASURES if measure.item in {row["item"] for row in rows}
    ]
    assert next(row["value"] for row in rows if row["item"] == "road_km") == "36510.89"
    assert {row["verdict"] for row in rows} <= set(fitness.VERDICT_ZH.values()), "verdicts in words, as on the sheets"
    book: Any = load_workbook(sheet)
    assert book.sheetnames == ["适用性", "按等级", "按县"]
    collection = json.loads(points.read_text(encoding="utf-8"))
    assert collection["features"] == []
    assert collection["notes"][0] == "路网适用性（1小时交通圈）：有保留地适用"
    html = page.read_text(encoding="utf-8")
    assert "路网适用性检查图" in html
    layers = json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.S)[1])["layers"]  # type: ignore[index]
    assert {layer["id"] for layer in layers if layer["on"]} == {"roads", "labels", "graticule"}, (
        "roads are what it shows"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        path.name for path in (table, sheet, points, page)
    ), "no draft is left behind"


def test_problem_points_reach_the_file(roads: Path, tmp_path: Path, capsys: Capture) -> None:
    sides = gpd.read_file(roads, engine="pyogrio")
    # 12 m north of a corner of the square begins a road of 50 km that is not joined to it.
    begin = (116.1, 37.4 + 12 / 110_990)
    more = gpd.GeoDataFrame(
        {"道路等级": ["一级公路"], "name": ["断"]},
        geometry=[shapely.LineString([begin, (116.1, 37.85)])],
        crs=sides.crs,
    )
    path, out = tmp_path / "gap.gpkg", tmp_path / "gap.geojson"
    frame: Any = gpd.pd.concat([sides, more])
    frame.to_file(path, driver="GPKG", engine="pyogrio")
    run([str(path), "--out", str(out)], capsys)
    features = json.loads(out.read_text(encoding="utf-8"))["features"]
    gaps = [feature for feature in features if feature["properties"]["kind"] == "gap"]
    assert [feature["geometry"]["coordinates"] for feature in gaps] == [[116.1, 37.400108]]
    assert gaps[0]["properties"]["size"] == pytest.approx(12, abs=0.05)
    run([str(path), "--gap", "11", "--out", str(out)], capsys)
    assert all(feature["properties"]["kind"] != "gap" for feature in json.loads(out.read_text("utf-8"))["features"])


def test_a_network_without_fault_exits_with_0(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    skeleton = ug.read_network()
    basis = {**skeleton.edge_columns, "length_basis": Coded.constant("published", len(skeleton.u))}
    basis["speed_basis"] = Coded.constant("table", len(skeleton.u))
    sound = replace(skeleton, kind="lines", edge_columns=basis, provenance={"as_of": f"{datetime.now(UTC):%Y-%m}"})
    monkeypatch.setattr("urbangeo.sources.network.read_network", lambda *_, **__: sound)
    code, out, err = run([], capsys)
    assert (code, err) == (0, "")
    assert "结论：适用" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.osm.pbf"], "does not exist"),
        (["--out", "report.doc"], "has the ending .doc"),
        (["--gap", "0"], "gap_m is 0.0"),
        (["--counties", "x.gpkg", "--no-counties"], "contradict each other"),
        (["--mode", "walk"], "walk"),
        (["https://example.invalid/a.osm.pbf"], "address"),
    ],
)
def test_wrong_input_is_one_sentence_and_exit_1(
    arguments: list[str], words: str, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(arguments, capsys)
    assert (code, out) == (1, "")
    assert err.startswith("urbangeo：")
    assert words in err
    assert err.count("\n") <= 2
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_cannot_be_written_leaves_nothing(tmp_path: Path, capsys: Capture) -> None:
    blocked = tmp_path / "报告.csv"
    blocked.mkdir()
    code, out, err = run(["--no-counties", "--out", str(blocked)], capsys)
    assert (code, out) == (1, "")
    assert err.startswith(f"urbangeo：无法写出文件“{blocked}”：这是文件夹。请给出文件名。\n")
    assert list(tmp_path.iterdir()) == [blocked]


def test_help_is_in_chinese_first(capsys: Capture) -> None:
    code, out, _ = run(["--help"], capsys)
    assert code == 0
    for word in ("适用于1小时交通圈", "--counties", "--out", "退出码"):
        assert word in out


@pytest.fixture
def unclassed(tmp_path: Path) -> Path:
    """Two roads whose class stands in a column nobody would guess, in the second of two layers."""
    lines = [shapely.LineString([(117, 36), (117.1, 36)]), shapely.LineString([(117.1, 36), (117.1, 36.1)])]
    frame = gpd.GeoDataFrame({"JSDJ": ["一级公路", "无名"]}, geometry=lines, crs="EPSG:4490")
    path = tmp_path / "two.gpkg"
    frame.iloc[:1].to_file(path, layer="old", driver="GPKG", engine="pyogrio")
    frame.to_file(path, layer="now", driver="GPKG", engine="pyogrio", mode="a")
    return path


def test_layers_and_classes_can_be_told(unclassed: Path, capsys: Capture) -> None:
    """What the reader asks for in words of Python can be answered on the command line."""
    code, _, err = run([str(unclassed)], capsys)
    assert (code, err.startswith("urbangeo：")) == (1, True)
    told = [str(unclassed), "--layer", "now", "--class-column", "JSDJ", "--unknown-class"]
    for word in ("四级公路", "local_4"):
        code, out, _ = run([*told, word], capsys)
        assert code == 2
        assert "路网：线图层路网，驾车，数据时点未注明" in out
        assert "  路段（每方向一条）：4 条" in out
        assert re.search(r"^  一级公路：.*^  四级公路：|^  四级公路：.*^  一级公路：", out, re.M | re.S)
    code, out, _ = run([*told, "四级公路", "--mode", "drive_peak"], capsys)
    assert "线图层路网，驾车（高峰）" in out
    code, _, err = run([*told, "五级"], capsys)
    assert (code, "五级 is no road class" in err) == (1, True)


def test_what_suits_lines_only_is_refused_for_others(tmp_path: Path, capsys: Capture) -> None:
    code, _, err = run(["--layer", "now"], capsys)
    assert (code, "--layer only suits a layer of road lines" in err) == (1, True)
    code, _, err = run([str(tmp_path / "x.osm.pbf"), "--class-column", "a", "--unknown-class", "local_4"], capsys)
    assert (code, "--class-column、--unknown-class only suits" in err) == (1, True)


@pytest.mark.testdata
def test_roads_of_openstreetmap_are_named_in_every_file(testdata: Path, tmp_path: Path, capsys: Capture) -> None:
    source = str(testdata / "osm" / "monaco_osrm.osm.pbf")
    code, out, _ = run([source, "--out", str(tmp_path / "m.geojson")], capsys)
    assert code == 2
    assert "路网：OSM路网，驾车，数据时点2016-03-05\n" in out
    assert "整条丢失的道路 2" in out
    assert "ways_lost" not in out
    notes = json.loads((tmp_path / "m.geojson").read_text(encoding="utf-8"))["notes"]
    assert "路网来源：© OpenStreetMap contributors（ODbL 1.0）。" in notes
    run([source, "--out", str(tmp_path / "m.xlsx")], capsys)
    book: Any = load_workbook(tmp_path / "m.xlsx")
    cells = [str(cell.value) for row in book["适用性"].iter_rows() for cell in row]
    assert "路网来源：© OpenStreetMap contributors（ODbL 1.0）。" in cells
    beside = {row[0].value: row[1].value for row in book["适用性"].iter_rows(max_col=2)}
    assert beside["骨架路网"] == "否"
    assert not [cell for cell in cells if "not_drivable" in cell or "inner_service" in cell]
