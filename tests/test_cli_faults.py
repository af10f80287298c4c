"""Errors at the command line: each row of the table of messages is met by a real mistake, and said in Chinese."""

from __future__ import annotations

import json
import re
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import LineString, Point, box

from urbangeo.archive.catalog import read_table
from urbangeo.door import faults
from urbangeo.door.cli import main
from urbangeo.errors import DataIntegrityError, InputError, OutputError

Capture = pytest.CaptureFixture[str]
LINE = LineString([(117, 36), (117.1, 36)])
ISO = ["isochrone", "--centre", "济南"]
OWN = [*ISO, "--network"]
INFO = ["network", "info"]
LIST = ["potential", "--province", "青海"]
SHEET = ["match", "table.csv", "--name", "县名", "--out", "out.csv"]
DATAV = ["fetch", "boundaries", "--service", "datav", "--out", "out.gpkg", "--province"]
TIANDITU = ["fetch", "boundaries", "--service", "tianditu-api", "--out", "out.gpkg", "--province", "济南"]

MISTAKES: dict[str, list[str]] = {
    "file_missing_roads": [*OWN, "no.gpkg"],
    "not_roads": [*OWN, "table.csv"],
    "file_missing": [*INFO, "--counties", "no.gpkg"],
    "file_is_folder": [*INFO, "--counties", "folder.csv"],
    "file_archive": [*INFO, "--counties", "roads.zip"],
    "file_ending": [*INFO, "--counties", "table.csv"],
    "file_damaged": [*OWN, "bad.gpkg"],
    "pbf_damaged": [*OWN, "bad.pbf"],
    "graphml_other": [*OWN, "bad.graphml"],
    "store_other": [*OWN, "folder.csv"],
    "address": [*OWN, "https://example.org/roads.gpkg"],
    "table_unreadable": ["match", "no.csv", *SHEET[2:]],
    "table_is_folder": ["match", "folder.csv", *SHEET[2:]],
    "table_empty": ["match", "empty.csv", *SHEET[2:]],
    "table_no_rows": ["match", "headings.csv", *SHEET[2:]],
    "key_unreadable": [*TIANDITU, "--key-file", "no.txt"],
    "key_needed": TIANDITU,
    "column_missing": ["match", "table.csv", "--name", "县", "--out", "out.csv"],
    "column_needed": ["match", "table.csv", "--out", "out.csv"],
    "class_column_missing": [*INFO, "odd.gpkg", "--class-column", "级别"],
    "class_column_needed": [*OWN, "unclassed.gpkg"],
    "columns_none": [*OWN, "bare.geojson"],
    "class_unknown": [*OWN, "odd.gpkg"],
    "class_unknown_managed": [*OWN, "managed.gpkg"],
    "layer_missing": [*INFO, "odd.gpkg", "--layer", "路"],
    "layer_no_lines": [*OWN, "points.gpkg"],
    "crs_missing": [*OWN, "unsaid.gpkg"],
    "crs_unsaid": [*INFO, "--counties", "unsaid_counties.gpkg"],
    "crs_degrees": [*OWN, "degrees.gpkg"],
    "crs_metres": [*OWN, "metres.gpkg"],
    "crs_old": [*OWN, "old.gpkg"],
    "province_unknown_near": ["potential", "--province", "山冬"],
    "province_unknown": ["potential", "--province", "qqq"],
    "place_unknown_near": ["isochrone", "--centre", "济难"],
    "place_unknown": ["isochrone", "--centre", "qqqq"],
    "place_several": ["isochrone", "--centre", "市中区"],
    "extract_unknown_near": ["fetch", "roads", "--province", "山冬"],
    "extract_unknown": ["fetch", "roads", "--province", "qqqq"],
    "division_unknown_near": [*DATAV, "济难"],
    "division_unknown": [*DATAV, "qqqq"],
    "place_outside": ["isochrone", "--centre", "10,10"],
    "place_swapped": ["isochrone", "--centre", "36.66,117.02"],
    "place_no_road": [*OWN, "expressways.gpkg"],
    "place_far": ["isochrone", "--centre", "123.5,35.0"],
    "cutoffs_words": [*ISO, "--cutoffs", "一小时"],
    "cutoffs_range": [*ISO, "--cutoffs", "0,30"],
    "census_year": ["potential", "--year", "2015"],
    "list_year": [*SHEET, "--year", "1990"],
    "out_ending": [*ISO, "--out", "circles.shp"],
    "out_screen": ["potential", "--format", "xlsx"],
    "out_disagrees": ["potential", "--format", "csv", "--out", "list.xlsx"],
    "out_is_input": ["match", "table.csv", "--name", "县名", "--out", "table.csv"],
    "counties_disagree": [*INFO, "--counties", "odd.gpkg", "--no-counties"],
    "map_needs_counties": [*INFO, "--no-counties", "--out", "map.html"],
    "out_unwritable": [*LIST, "--out", "table.csv/list.csv"],
    "out_is_folder": [*LIST, "--out", "folder.csv"],
    "out_is_file": [*SHEET[:-1], "table.csv/out.csv"],
    "option_unknown_several": ["potential", "--o", "list.csv"],
    "option_unknown_near": ["match", "table.csv", "--nam", "县名"],
    "option_unknown": ["potential", "--qqqqqq"],
    "command_unknown": ["circle"],
    "option_missing": ["isochrone"],
    "argument_missing": ["match", "--out", "out.csv"],
    "option_choice": ["potential", "--zones", "合并"],
    "option_whole": ["potential", "--year", "去年"],
    "option_number": [*ISO, "--cell", "小"],
    "option_empty": ["potential", "--out"],
    "argument_extra": ["potential", "青海"],
    "arguments_extra": ["potential", "山东", "青海"],
}

SAID = {
    "file_missing": "找不到文件“no.gpkg”。请核对文件名和所在文件夹；"
    "可读 .gpkg、.shp、.geojson、.json、.parquet、.geoparquet。",
    "table_unreadable": "无法读取“no.csv”：文件或文件夹不存在。请核对文件名和所在文件夹。",
    "column_missing": "表中没有“县”列（--name）。现有列：县名、人口。请照表头原样填写。",
    "class_unknown": "“odd.gpkg”中有不认识的道路等级：怪路（1 行）。"
    "请改为“高速公路”“一级公路”等通行写法，或在 network info 中用 --unknown-class 统一给定。",
    "class_unknown_managed": "“managed.gpkg”中有不认识的道路等级：省道（1 行）。"
    "国道、省道、县道、乡道说的是管养归属，不是技术等级；"
    "请改为“高速公路”“一级公路”等通行写法，或在 network info 中用 --unknown-class 统一给定。",
    "file_archive": "“roads.zip”是压缩包，须先解压，再给出其中的文件；"
    "可读 .gpkg、.shp、.geojson、.json、.parquet、.geoparquet。",
    "province_unknown_near": "没有“山冬”这个省份。相近的有：山东省；可用：山东省、青海省。",
    "cutoffs_range": "时限 0、30 有误：应为1至100个互不相同的分钟数，大于0、不超过1440，彼此至少相差0.1。",
    "option_choice": "--zones 不能是“合并”。可选：apart、to_host。",
}
"""Sentences as officials read them."""

COMMANDS = ("network info", "--format csv", "urbangeo fetch roads", "urbangeo --help", "Xian 1980", "OSM PBF")
"""Words that stand in Chinese sentences as they are."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything that can be wrong with files."""
    folder = tmp_path_factory.mktemp("desk")
    texts = {
        "table.csv": "县名,人口\n历下区,1\n",
        "headings.csv": "县名,人口\n",
        "empty.csv": "",
        "bad.gpkg": "no package",
        "bad.pbf": "no extract" * 10,
        "bad.graphml": "<roads/>",
        "roads.zip": "PK",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "folder.csv").mkdir()
    bare = {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": list(LINE.coords)}}
    (folder / "bare.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [bare]}))
    far = LineString([(500_000, 4_000_000), (501_000, 4_000_000)])
    road, county = {"等级": ["一级公路"]}, {"name": ["历下区"]}
    for name, columns, shape, crs in [
        ("unclassed", {"编码": ["x"]}, LINE, 4490),
        ("odd", {"等级": ["怪路"]}, LINE, 4490),
        ("managed", {"等级": ["省道"]}, LINE, 4490),
        ("expressways", {"等级": ["高速公路"]}, LINE, 4490),
        ("points", road, Point(117, 36), 4490),
        ("degrees", road, LINE, 4547),
        ("metres", road, far, 4490),
        ("old", road, LINE, 4610),
        ("unsaid", road, LINE, None),
        ("unsaid_counties", county, box(117, 36, 117.1, 36.1), None),
    ]:
        frame = gpd.GeoDataFrame(columns, geometry=[shape], crs=crs)
        if crs is None:
            with pytest.warns(UserWarning, match="'crs' was not provided"):
                frame.to_file(folder / f"{name}.gpkg")
        else:
            frame.to_file(folder / f"{name}.gpkg")
    return folder


def rows() -> dict[str, tuple[str, str]]:
    table = read_table("wording/faults").to_dict("records")
    return {str(row["fault"]): (str(row["en"]), str(row["zh"])) for row in table}


@pytest.mark.parametrize("fault", MISTAKES)
def test_a_mistake_is_said_in_chinese_and_below_it_in_full(
    fault: str, desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(desk)
    before = sorted(path.name for path in desk.iterdir())
    with pytest.raises(SystemExit) as ended:
        main(MISTAKES[fault])
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (1, "")
    chinese, english = err.splitlines()
    assert chinese.startswith("urbangeo：")
    assert english.startswith("  ")
    fits = [name for name, (words, _) in rows().items() if faults._pattern(words).fullmatch(english.strip())]
    assert fits[0] == fault, english
    sentence = chinese.removeprefix("urbangeo：")
    assert sentence == faults.in_chinese(english.strip())
    assert SAID.get(fault, sentence) == sentence
    for words in COMMANDS:
        sentence = sentence.replace(words, "")
    assert re.findall(r"[A-Za-z]+ [A-Za-z]+|[{}]", sentence) == []
    assert sorted(path.name for path in desk.iterdir()) == before


def test_every_row_has_a_mistake_that_meets_it() -> None:
    assert set(MISTAKES) == {name for name in rows() if not name.startswith("reason.")}
    assert set(SAID) <= set(MISTAKES)


def test_a_sentence_says_nothing_that_the_message_does_not() -> None:
    for fault, (english, chinese) in rows().items():
        fields, said = (re.findall(r"\{([a-z_]*)\}", text) for text in (english, chinese))
        assert len(fields) == len(set(fields)), fault
        assert set(said) <= set(fields), fault
        assert re.sub(r"\{[a-z_]*\}", "", chinese).isprintable()


def test_a_message_without_a_row_is_told_by_its_kind() -> None:
    assert faults.in_chinese("Something else.") is None
    assert faults.told(InputError("Something\nelse.")) == "参数有误，请按说明改正。\n  Something else."


def test_braces_and_long_lists_are_told_as_they_are() -> None:
    message = "{a}.gpkg has no layer '{0}'; it has 路, 桥, {x} (+12 more)."
    assert faults.in_chinese(message) == "“{a}.gpkg”中没有图层“{0}”。现有图层：路、桥、{x} 等，另有 12 个。"


def test_a_damaged_table_hides_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(name: str) -> None:
        raise DataIntegrityError(name)

    monkeypatch.setattr(faults, "read_table", damaged)
    faults._rows.cache_clear()
    try:
        assert faults.told(InputError("No such thing.")) == "参数有误，请按说明改正。\n  No such thing."
    finally:
        faults._rows.cache_clear()


def test_files_that_were_not_put_back_are_not_called_unchanged() -> None:
    message = "Writing into atlas failed half-way and the old files could not be put back; they are in atlas/rescued-x."
    chinese, english = faults.told(OutputError(message)).splitlines()
    assert chinese == "无法写出文件，请按说明处理。"
    assert english.strip() == message


def test_names_in_lists_stay_as_they_are() -> None:
    told = faults.in_chinese("--name '县': there is no such column; the file has 县名, 方案10.0.")
    assert told == "表中没有“县”列（--name）。现有列：县名、方案10.0。请照表头原样填写。"
