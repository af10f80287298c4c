"""The map, before any browser: what the page is told, what it may claim, what it refuses, and that data stay data."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import json
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box
from toy_map import CODES, HOSTILE, any_text, toy_frames

import urbangeo as ug
from urbangeo.answers.fitness import NetworkReport, network_report
from urbangeo.archive.catalog import read_table
from urbangeo.archive.wording import knows
from urbangeo.errors import CrsError, InputError, JoinError, OutputError, SchemaError
from urbangeo.windows.maps import draw_map, save_map
from urbangeo.windows.maps.bare import bare
from urbangeo.windows.maps.encode import COUNTY_SCALE, decode_lines, encode_coverage, encode_rings, pack_line
from urbangeo.windows.maps.page import safe_json
from urbangeo.windows.maps.roads import MOST_DRAWN
from urbangeo.windows.maps.statement import boundary_line
from urbangeo.windows.maps.styles import style_tables
from urbangeo.windows.maps.words import CHINESE, shown

ASSETS = Path(__file__).resolve().parent.parent / "urbangeo" / "windows" / "maps" / "assets"


@pytest.fixture(scope="module")
def counties() -> gpd.GeoDataFrame:
    """All counties of both provinces."""
    return ug.read_counties()


def html_of(frames: dict[str, Any], **more: Any) -> str:
    """Draw a map and return its page."""
    counties, rest = frames["counties"], {name: frame for name, frame in frames.items() if name != "counties"}
    page: str = draw_map(counties, **rest, **more).get_root().render()
    return page


def payload_of(frames: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Draw a map and return the data of its page."""
    block = re.search(r'<script type="application/json" id="[^"]*">(.*?)</script>', html_of(frames, **more), re.DOTALL)
    assert block is not None
    data: dict[str, Any] = json.loads(block.group(1))
    return data


def layer_of(payload: dict[str, Any], layer_id: str) -> dict[str, Any]:
    """Pick one layer."""
    return next(layer for layer in payload["layers"] if layer["id"] == layer_id)


# ---- geometry ----------------------------------------------------------------------------------------------------


def points_of(numbers: list[int]) -> Any:
    return np.cumsum(np.reshape(numbers, (-1, 2)), axis=0)


def decoded(coded: dict[str, Any]) -> list[Any]:
    """Put polygons together again, as the page does."""
    arcs = [points_of(arc) for arc in coded["arcs"]]

    def ring(numbers: list[int]) -> Any:
        parts = [arcs[-n - 1][::-1] if n < 0 else arcs[n] for n in numbers]
        return np.concatenate([parts[0], *(part[1:] for part in parts[1:])]) / coded["scale"]

    return [
        MultiPolygon([Polygon(ring(rings[0]), [ring(hole) for hole in rings[1:]]) for rings in unit])
        for unit in coded["units"]
    ]


def test_two_squares_share_one_border() -> None:
    coded = encode_coverage([box(0, 0, 1, 1), box(1, 0, 2, 1)])
    assert len(coded["arcs"]) == 3
    shared = [{n if n >= 0 else -n - 1 for n in unit[0][0]} for unit in coded["units"]]
    assert len(shared[0] & shared[1]) == 1


def test_enclave_is_one_arc_for_both_sides() -> None:
    hole = box(1, 1, 2, 2)
    coded = encode_coverage([box(0, 0, 3, 3).difference(hole), hole])
    assert len(coded["arcs"]) == 2
    assert [
        shape.equals(original)
        for shape, original in zip(decoded(coded), [box(0, 0, 3, 3).difference(hole), hole], strict=True)
    ] == [True, True]


def test_counties_come_back_unchanged(counties: gpd.GeoDataFrame) -> None:
    back = decoded(encode_coverage(list(counties.geometry)))
    assert all(a.equals(b) for a, b in zip(back, counties.geometry, strict=True))
    vertices = int(shapely.get_num_coordinates(np.asarray(counties.geometry)).sum())
    stored = sum(len(arc) // 2 for arc in encode_coverage(list(counties.geometry))["arcs"])
    assert stored < 0.62 * vertices, "shared borders are stored once"


@given(st.integers(2, 6), st.integers(2, 6), st.integers(0, 2**32 - 1))
def test_any_grid_comes_back_and_outlines_are_the_union(columns: int, rows: int, seed: int) -> None:
    jitter = np.random.default_rng(seed).integers(-300_000, 300_000, (columns + 1, rows + 1, 2)) / COUNTY_SCALE
    corner = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1), indexing="ij"), axis=-1) + jitter
    cells = [
        Polygon([corner[x, y], corner[x + 1, y], corner[x + 1, y + 1], corner[x, y + 1]])
        for x in range(columns)
        for y in range(rows)
    ]
    coded = encode_coverage(cells)
    back = decoded(coded)
    assert all(
        a.equals_exact(b, 1e-9, normalize=True)
        for a, b in zip(back, (MultiPolygon([cell]) for cell in cells), strict=True)
    )
    members = set(range(0, len(cells), 2)) | {0}
    owners: dict[int, int] = {}
    for member in members:
        for number in coded["units"][member][0][0]:
            arc = number if number >= 0 else -number - 1
            owners[arc] = owners.get(arc, 0) + 1
    length = sum(
        float(np.hypot(*np.diff(points_of(coded["arcs"][arc]), axis=0).T).sum())
        for arc, count in owners.items()
        if count == 1
    )
    assert length / COUNTY_SCALE == pytest.approx(
        shapely.union_all([back[member] for member in members]).length, rel=1e-9
    )


def test_rings_and_lines_drop_points_that_fall_together() -> None:
    assert encode_rings(Polygon([(0, 0), (0.00001, 0), (1, 0), (1, 1)]), scale=10) == [[0, 0, 10, 0, 0, 10]]
    assert encode_rings(Polygon()) == []
    assert decode_lines(pack_line(shapely.LineString([(0, 0), (0.001, 0)]), scale=10), 10) == []


def _own_files() -> list[Path]:
    room = Path(ug.__file__).parent / "windows" / "maps" / "assets"
    return [path for path in sorted(room.rglob("*")) if path.suffix in (".js", ".css") and "leaflet" not in path.parts]


@pytest.mark.parametrize("path", _own_files(), ids=lambda path: path.stem + path.suffix)
def test_scripts_are_bared_by_whole_lines(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    # Text that runs over lines would be changed: none is written so.
    code = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    code = "\n".join(re.sub(r"(^|\s)//.*$", "", line) for line in code.splitlines())
    assert "`" not in code
    assert not any(line.endswith("\\") for line in source.splitlines())
    kept = bare(source)
    assert not any(line.startswith(("//", "/*", " ")) for line in kept.splitlines())
    shorter = re.sub(r"/\*.*?\*/", "", kept, flags=re.DOTALL)
    shorter = "\n".join(re.sub(r"(^|\s)//.*$", "", line) for line in shorter.splitlines())
    assert shorter.split() == code.split()


def test_empty_and_linear_geometry_is_refused() -> None:
    with pytest.raises(InputError, match="LineString"):
        encode_coverage([shapely.LineString([(0, 0), (1, 1)])])
    with pytest.raises(InputError, match="empty"):
        encode_coverage([Polygon()])


# ---- safety ------------------------------------------------------------------------------------------------------


@given(st.text())
def test_json_block_cannot_be_left(words: str) -> None:
    block = safe_json({"words": words})
    assert not set("<>&\u2028\u2029") & set(block)
    assert json.loads(block)["words"] == words


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_data(hostile: str) -> None:
    with any_text():
        page = html_of(toy_frames(lambda word: hostile + word), title=hostile, subtitle=hostile, notes=[hostile])
    scripts = re.findall(r"<script(?:[^>]*)>", page)
    assert len(scripts) == 5, "the scripts of the page and its data block, no other"
    assert "<img" not in page.split("<body>")[1]
    assert "49" not in page.split("<title>")[1].split("</title>")[0], "no template is executed"
    page.encode("utf-8")


def test_page_asks_for_nothing(counties: gpd.GeoDataFrame) -> None:
    page = html_of({"counties": counties})
    markup = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert re.findall(r"""(?:src|href)\s*=|url\((?!#)|@import""", markup) == []
    assert "sourceMappingURL" not in page
    assert "<script src" not in page
    assert re.search(
        r"Content-Security-Policy\" content=\"default-src 'none'; script-src ('sha256-[\w+/=]+' ?)+;", page
    )
    policy = page.index("Content-Security-Policy")
    assert policy < page.index("<script"), "the policy stands before the first script"


def test_policy_names_every_script(counties: gpd.GeoDataFrame) -> None:
    page = html_of({"counties": counties.head(3)})
    for script in re.findall(r"<script>(.*?)</script>", page, re.DOTALL):
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page
    assert "'unsafe-inline'; img-src" in page
    assert "script-src 'unsafe-inline'" not in page


def test_vendored_files_are_what_was_downloaded() -> None:
    listed = json.loads((ASSETS / "vendored.json").read_text(encoding="utf-8"))["files"]
    for item in listed:
        content = (ASSETS / item["path"]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (item["bytes"], item["sha256"]), item["path"]
    assert {path.relative_to(ASSETS).as_posix() for path in (ASSETS / "leaflet").iterdir()} == {
        item["path"] for item in listed
    }


def test_licence_travels_with_the_page() -> None:
    assert "BSD 2-Clause License" in html_of(toy_frames())


# ---- determinism and saving --------------------------------------------------------------------------------------


def test_two_maps_are_the_same_bytes(tmp_path: Path) -> None:
    paths = []
    for number in range(2):
        frames = toy_frames()
        chart = draw_map(frames.pop("counties"), **frames)
        paths.append(save_map(chart, tmp_path / f"{number}.html"))
        assert save_map(chart, tmp_path / "again.html").read_bytes() == paths[-1].read_bytes()
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_order_of_rows_does_not_matter() -> None:
    frames = toy_frames()
    turned = frames | {"counties": frames["counties"].iloc[::-1], "potential": frames["potential"].iloc[::-1]}
    assert html_of(frames) == html_of(turned)


def test_frames_are_left_as_they_were() -> None:
    frames, untouched = toy_frames(), toy_frames()
    html_of(frames)
    for name, frame in untouched.items():
        if isinstance(frame, pd.DataFrame):
            pd.testing.assert_frame_equal(pd.DataFrame(frames[name]), pd.DataFrame(frame))


def test_save_is_whole_or_not_at_all(tmp_path: Path) -> None:
    chart = draw_map(toy_frames()["counties"])
    old = tmp_path / "map.html"
    old.write_text("old", encoding="utf-8")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OutputError):
        save_map(chart, tmp_path / "file" / "map.html")
    with pytest.raises(OutputError, match="folder"):
        save_map(chart, tmp_path)
    assert old.read_text(encoding="utf-8") == "old"
    assert save_map(chart, old) == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "map.html"]


def test_sealed_refuses_what_loads_from_outside(tmp_path: Path) -> None:
    import folium

    chart = draw_map(toy_frames()["counties"])
    folium.TileLayer("https://example.invalid/{z}/{x}/{y}.png", attr="x").add_to(chart)
    root: Any = chart.get_root()
    root.header.add_child(folium.JavascriptLink("https://example.invalid/x.js"))
    with pytest.raises(InputError, match=r"example\.invalid"):
        save_map(chart, tmp_path / "map.html")
    assert not (tmp_path / "map.html").exists()
    page = save_map(chart, tmp_path / "map.html", sealed=False).read_text(encoding="utf-8")
    assert "Content-Security-Policy" not in page
    with pytest.raises(InputError, match="str"):
        save_map("map", tmp_path / "x.html")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["tiles", "wms", "picture"])
def test_sealed_refuses_layers_of_folium_that_load(tmp_path: Path, kind: str) -> None:
    import folium

    chart = draw_map(toy_frames()["counties"])
    address = "https://example.invalid/a"
    layers: dict[str, Any] = {
        "tiles": lambda: folium.TileLayer(f"{address}/{{z}}/{{x}}/{{y}}.png", attr="x"),
        "wms": lambda: folium.WmsTileLayer(address, layers="x"),
        "picture": lambda: folium.raster_layers.ImageOverlay(f"{address}.png", bounds=[[36, 117], [37, 118]]),
    }
    layers[kind]().add_to(chart)
    with pytest.raises(InputError, match=r"load from outside: https://example\.invalid"):
        save_map(chart, tmp_path / "map.html")
    assert "Content-Security-Policy" not in save_map(chart, tmp_path / "map.html", sealed=False).read_text("utf-8")


def test_shows_in_a_notebook() -> None:
    frame = draw_map(toy_frames()["counties"])._repr_html_()
    assert frame.startswith("<iframe srcdoc=")
    assert 'height="640px"' in frame
    assert "Content-Security-Policy" in frame


def test_a_plan_gives_its_name_to_its_own_circle_only() -> None:
    frames = toy_frames()
    counties, discs = frames["counties"], frames["isochrones"]
    payload = payload_of({"counties": counties, "isochrones": discs})
    assert "济南1小时交通圈" in [view["name"] for view in payload["views"]]
    assert [point["text"] for point in layer_of(payload, "centres")["points"]]
    # The same key, a degree away from the plan's centre.
    away = discs.set_geometry(discs.geometry.translate(1.0, 0.0))
    moved = payload_of({"counties": counties, "isochrones": away})
    assert not any("1小时交通圈" in view["name"] for view in moved["views"])
    assert "1小时交通圈" not in layer_of(moved, "circle:济南")["name"]
    assert not any(layer["kind"] == "centres" for layer in moved["layers"])


# ---- the statement -----------------------------------------------------------------------------------------------


def test_statement_of_the_default_source(counties: gpd.GeoDataFrame) -> None:
    payload = payload_of({"counties": counties, "census": ug.read_census(2020)})
    assert payload["statement"][0] == (
        "行政区划边界：国家地理信息公共服务平台（天地图）行政区划可视化数据，2025年9月，审图号：GS（2024）0650号（底图数据）。"
        "周边省区轮廓来源相同，经概化，无审图号。"
    )
    assert payload["statement"][1] == (
        "专题数据来源：《中国人口普查分县资料—2020》（中国统计出版社，2022）；坐标系：CGCS2000；面积按阿尔伯斯等积圆锥投影（25°N、47°N，105°E）量算。"
    )
    assert payload["statement"][2] == CHINESE.said("made.disclaimer")
    assert "公开出版、展示、登载前须依法送审并标注本图审图号" in payload["statement"][2]


def test_part_of_the_source_keeps_the_number(counties: gpd.GeoDataFrame) -> None:
    assert "GS（2024）0650号" in boundary_line(counties.iloc[:7])


def test_changed_geometry_drops_the_number_even_if_the_flag_says_otherwise(counties: gpd.GeoDataFrame) -> None:
    simpler = counties.assign(geometry=shapely.coverage_simplify(np.asarray(counties.geometry), 0.05))
    assert simpler.attrs["source"]["geometry_changed"] is False
    line = boundary_line(simpler)
    assert "无审图号" in line
    assert "GS（" not in line
    assert "边界经简化或修改，来源：国家地理信息公共服务平台（天地图）" in line


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (None, "行政区划边界：来源未注明，无审图号。"),
        ({"publisher": "某市规划局", "geometry_changed": False}, "行政区划边界：来源：某市规划局，无审图号。"),
        (
            {
                "publisher": "某市规划局",
                "vintage": "2024-12",
                "geometry_changed": False,
                "map_number": "鲁S（2024）1号",
            },
            "行政区划边界：某市规划局，2024年12月，审图号：鲁S（2024）1号（底图数据）。",
        ),
        (
            {"publisher": "某市规划局", "map_number": "鲁S（2024）1号"},
            "行政区划边界：边界经简化或修改，来源：某市规划局，无审图号。",
        ),
        (
            {"publisher": "某市规划局", "geometry_changed": True, "map_number": "鲁S（2024）1号"},
            "行政区划边界：边界经简化或修改，来源：某市规划局，无审图号。",
        ),
    ],
)
def test_statement_of_other_sources(source: dict[str, Any] | None, expected: str) -> None:
    frame = toy_frames()["counties"]
    if source is not None:
        frame.attrs["source"] = source
    assert boundary_line(frame) == expected


# ---- layers ------------------------------------------------------------------------------------------------------


def test_layers_hold_the_members_of_the_table(counties: gpd.GeoDataFrame) -> None:
    designations = ug.read_designations()
    payload = payload_of({"counties": counties, "designations": designations})
    for row in style_tables().layers:
        if row["kind"] != "designation":
            continue
        layer = layer_of(payload, row["layer"])
        programmes = [item["programme"] for item in style_tables().programmes[row["layer"]]]
        expected = set(designations.loc[designations["programme"].isin(programmes), "adcode"].dropna())
        drawn = {payload["counties"][member]["adcode"] for line in layer["lines"] for member in line["members"]}
        assert drawn == expected, row["layer"]
        assert layer["count"] == len(expected)
        for line in layer["lines"]:
            confidences = (
                designations[designations["programme"].isin(programmes)].groupby("adcode")["confidence"].agg(set)
            )
            codes = [payload["counties"][member]["adcode"] for member in line["members"]]
            assert all((confidences[code] == {"unconfirmed"}) == (line["mark"] == "待核实") for code in codes)


def test_pilot_zone_shows_what_is_unconfirmed_and_what_has_no_code(counties: gpd.GeoDataFrame) -> None:
    payload = payload_of({"counties": counties, "designations": ug.read_designations()})
    zone = layer_of(payload, "zone")
    marked = [
        payload["counties"][member]["name"] for line in zone["lines"] if line["mark"] for member in line["members"]
    ]
    assert sorted(marked) == sorted(["淄川区", "博山区", "即墨区", "平度市"])
    assert zone["unconfirmed"] is True
    assert zone["notes"] == ["无县级代码，未上图：济南高新技术产业开发区"]
    dashed = {line["style"] for line in zone["lines"] if line["mark"]}
    assert all("dash" in payload["styles"][style] for style in dashed)
    assert layer_of(payload, "demo")["unconfirmed"] is False


def test_potential_layer_counts(counties: gpd.GeoDataFrame) -> None:
    potential = ug.potential_areas(ug.read_census(2020), rows="all")
    layer = layer_of(payload_of({"counties": counties, "potential": potential}), "potential")
    assert layer["lines"][0]["text"] == "潜力地区（山东省 89 个，青海省 12 个）"
    assert len(layer["lines"][0]["members"]) == 101


def test_lists_of_other_provinces_are_told_not_drawn() -> None:
    payload = payload_of({"counties": ug.read_counties("青海"), "designations": ug.read_designations()})
    assert "demo" not in [layer["id"] for layer in payload["layers"]]
    told = [note for note in payload["notes"] if note.startswith("“国家县城新型城镇化建设示范”")]
    assert len(told) == 1
    assert "郓城县" in told[0]


def test_part_of_a_county_is_not_filled() -> None:
    payload = payload_of(toy_frames())
    line = next(line for line in layer_of(payload, "ntu")["lines"] if line["style"].endswith(":part"))
    assert [payload["counties"][member]["adcode"] for member in line["members"]] == ["370202"]
    assert "fill" not in payload["styles"][line["style"]]


def test_circles_carry_their_bands_once() -> None:
    payload = payload_of(toy_frames())
    circle = layer_of(payload, "circle:济南")
    assert [line["text"] for line in circle["lines"]] == ["0—15", "15—30", "30—60"]
    assert len(circle["discs"]) == 3
    assert circle["skeleton"] is True
    outer = Polygon(points_of(circle["discs"][-1][0]) / circle["scale"])
    assert outer.area == pytest.approx(shapely.Point(117.1, 36.6).buffer(0.6).area, rel=5e-3)
    assert [view["name"] for view in payload["views"]] == ["全图", "山东", "青海", "济南1小时交通圈", "自选点圈"]


def test_circles_are_called_as_in_the_plans() -> None:
    frames = toy_frames()
    assert layer_of(payload_of(frames), "circle:济南")["name"] == "济南1小时交通圈"
    frames["isochrones"] = frames["isochrones"].rename({"自选点": "西宁—海东"}, level="origin_id")
    payload = payload_of(frames)
    assert layer_of(payload, "circle:西宁—海东")["name"] == "西宁—海东都市圈通勤圈"
    assert payload["views"][-1]["name"] == "西宁—海东都市圈通勤圈"
    inner = frames["isochrones"][frames["isochrones"].index.get_level_values("cutoff_min") < 60]
    payload = payload_of(frames | {"isochrones": inner})
    assert layer_of(payload, "circle:济南")["name"] == "济南30分钟交通圈", "half an hour is not the plan's hour"
    assert payload["views"][-2]["name"] == "济南圈"


def test_every_provincial_pilot_is_drawn_under_its_own_name(counties: gpd.GeoDataFrame) -> None:
    designations = ug.read_designations()
    payload = payload_of({"counties": counties, "designations": designations})
    drawn = {
        row["programme"]: row["line_zh"]
        for layer in ("provincial", "provincial_town")
        for row in style_tables().programmes[layer]
    }
    official = read_table("plans/programmes").set_index("programme")["name_zh"]
    assert drawn == {code: shown(official[code]) for code in drawn}
    assert set(drawn) == {
        code for code in official.index if code.startswith("SD_") and code not in ("SD_CITY_PAIR", "SD_LAIXI_LAIYANG")
    }, "city pairs are no pilot programme"
    towns = {line["text"]: len(line["members"]) for line in layer_of(payload, "provincial_town")["lines"]}
    assert towns == {
        "山东省大城市试点（市级，整市列入）": 56,
        "山东省新生小城市试点镇（镇级，绘所在县）": 1,
        "山东省重点示范镇（镇级，绘所在县）": 3,
        "山东省小城镇创新提升行动试点镇（镇级，绘所在县）": 11,
    }
    looks = [
        tuple(sorted(payload["styles"][line["style"]].items()))
        for layer in ("provincial", "provincial_town")
        for line in layer_of(payload, layer)["lines"]
    ]
    assert len(set(looks)) == len(looks), "no two lines of the legend look alike"


def test_authors_go_by_one_name(counties: gpd.GeoDataFrame) -> None:
    page = html_of({"counties": counties, "isochrones": toy_frames()["isochrones"], "network": ug.read_network()})
    assert "由编者选定" in page
    assert "编者自绘骨架路网" in page
    for other in ("编制单位", "本项目", "自编", "任务书"):
        assert other not in page, other


def test_layers_on_and_unknown_layer() -> None:
    payload = payload_of(toy_frames(), layers_on=["zone", "labels"])
    assert [layer["id"] for layer in payload["layers"] if layer["on"]] == ["zone", "labels"]
    with pytest.raises(InputError, match=r"zones.*Closest: zone"):
        payload_of(toy_frames(), layers_on=["zones"])
    with pytest.raises(InputError, match="list of layer keys"):
        payload_of(toy_frames(), layers_on="zone")


def test_every_style_and_programme_of_the_tables_is_known() -> None:
    styles = style_tables()
    kinds = {row["layer"]: row["kind"] for row in styles.layers}
    programmes = set(read_table("plans/programmes")["programme"])
    for layer, rows in styles.programmes.items():
        assert kinds[layer] == "designation"
        for row in rows:
            assert row["programme"] in programmes
            assert {row["style"], row["unconfirmed_style"]} <= set(styles.areas)
    assert {"county", "potential", "potential_undecided"} <= set(styles.areas)
    assert set(read_table("network/edges")["road_class"]) <= set(styles.roads)
    sources = read_table("sources/sources").set_index("source_id")["reached"]
    cited = {
        one
        for table in ("census/census", "plans/designations", "plans/targets")
        for ids in read_table(table)["source_id"].dropna()
        for one in ids.split(";")
    }
    assert all(knows("reached", sources[one]) for one in cited)
    assert all(knows("confidence", value) for value in read_table("plans/designations")["confidence"])


def test_bands_and_classes_darken_step_by_step() -> None:
    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bands = [lightness(str(row["colour"])) for row in style_tables().bands]
    assert all(b - a > 20 for a, b in itertools.pairwise(bands))
    for measure in ("urbanization_rate_pct", "km_per_10000"):
        rows = [row for row in style_tables().classes if row["measure"] == measure]
        classes = [lightness(str(row["colour"])) for row in rows]
        assert len(rows) == 6
        assert all(a - b > 15 for a, b in itertools.pairwise(classes))
        assert all(low["upper"] == high["lower"] for low, high in itertools.pairwise(rows))


# ---- roads and what was found of them ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def broken_report() -> NetworkReport:
    """What is found of the skeleton with every fortieth direction missing, taken for somebody's own roads."""
    skeleton = ug.read_network()
    kept = skeleton.take_edges(np.arange(len(skeleton.u)) % 40 > 0)
    broken = dataclasses.replace(kept, kind="lines", provenance={})
    census = ug.read_census(2020, zones="to_host")
    return network_report(broken, counties=ug.read_counties(), census=census)


def test_problem_points_become_a_layer(counties: gpd.GeoDataFrame, broken_report: NetworkReport) -> None:
    payload = payload_of({"counties": counties, "report": broken_report})
    layer = layer_of(payload, "problems")
    problems: Any = broken_report.problems
    assert sum(len(line["points"]) for line in layer["lines"]) == len(problems) > 0
    for line in layer["lines"]:
        name, _, count = line["text"].partition("（")
        rows = problems[problems["name_zh"] == name]
        assert count == f"{len(rows)} 处）"
        assert {point["note"] for point in line["points"]} == set(rows["note_zh"])
        assert sorted(point["at"] for point in line["points"]) == sorted(
            [round(lat, 5), round(lon, 5)] for lat, lon in zip(rows["lat"], rows["lon"], strict=True)
        )
    assert layer["skeleton"] is False
    assert layer["count"] is None, "the figures in brackets are counties; these are places"
    told = [note for note in payload["notes"] if note.startswith("路网适用性")]
    assert len(told) == 1
    assert all(reason in told[0] for reason in broken_report.reasons)
    assert broken_report.verdict_zh in told[0]


def test_km_per_10000_fill_the_counties(counties: gpd.GeoDataFrame, broken_report: NetworkReport) -> None:
    payload = payload_of({"counties": counties, "report": broken_report})
    fill = next(fill for fill in payload["fills"] if fill["id"] == "roads")
    assert fill["name"] == "每万人道路里程"
    by_county: Any = broken_report.by_county
    classes = [row for row in style_tables().classes if row["measure"] == "km_per_10000"]
    bounds = [(row["lower"] or 0, row["upper"] or np.inf) for row in classes]
    for county, rank in zip(payload["counties"], fill["values"], strict=True):
        value = by_county.loc[county["adcode"], "km_per_10000"]
        assert bounds[rank][0] <= value < bounds[rank][1]
    assert len(set(fill["values"])) == 6, "every class is in use"
    bare = dataclasses.replace(broken_report, by_county=None)
    assert [fill["id"] for fill in payload_of({"counties": counties, "report": bare})["fills"]] == ["none"]


def test_a_report_of_the_skeleton_carries_its_mark(counties: gpd.GeoDataFrame, broken_report: NetworkReport) -> None:
    payload = payload_of({"counties": counties, "report": dataclasses.replace(broken_report, skeleton=True)})
    assert layer_of(payload, "problems")["skeleton"] is True
    assert "每万人道路里程（骨架路网）" in [fill["name"] for fill in payload["fills"]]
    assert payload["totals_skeleton"] is True
    assert any("骨架路网" in line for line in payload["statement"])


def test_too_many_points_are_told_not_drawn(counties: gpd.GeoDataFrame, broken_report: NetworkReport) -> None:
    problems: Any = broken_report.problems
    many = problems.iloc[[0] * (MOST_DRAWN + 7)].assign(size=np.arange(MOST_DRAWN + 7.0), kind="island")
    many = many.assign(note_zh=[f"{size:g} 公里" for size in many["size"]])
    report = dataclasses.replace(broken_report, problems=many)
    layer = layer_of(payload_of({"counties": counties, "report": report}), "problems")
    assert [len(line["points"]) for line in layer["lines"]] == [MOST_DRAWN]
    drawn = {point["note"] for point in layer["lines"][0]["points"]}
    assert {"6 公里", "7 公里", "506 公里"} & drawn == {"7 公里", "506 公里"}, "the longest islands are drawn"
    assert any("另有 7 处未上图" in note for note in layer["notes"])
    empty = dataclasses.replace(broken_report, problems=problems.iloc[:0])
    assert "problems" not in [layer["id"] for layer in payload_of({"counties": counties, "report": empty})["layers"]]


def test_a_report_of_other_counties_or_of_nothing_is_refused(broken_report: NetworkReport) -> None:
    with pytest.raises(JoinError, match=r"report: .* codes of a province on the map have no polygon"):
        html_of({"counties": ug.read_counties("山东").iloc[:5], "report": broken_report})
    with pytest.raises(InputError, match="report is a dict; expected the NetworkReport"):
        html_of({"counties": toy_frames()["counties"], "report": {}})


# ---- what two scenarios change -----------------------------------------------------------------------------------


def toy_changes(kinds: tuple[tuple[str, float, str, float, Any], ...]) -> gpd.GeoDataFrame:
    """Make what compare_circles gives of changed ground: squares of a tenth of a degree, west to east."""
    frame = gpd.GeoDataFrame(
        {
            "origin_id": [row[0] for row in kinds],
            "cutoff_min": [row[1] for row in kinds],
            "kind": [row[2] for row in kinds],
            "area_km2": [row[3] for row in kinds],
            "population": pd.array([row[4] for row in kinds], dtype="Int64"),
            "network_kind": ["osm"] * len(kinds),
        },
        geometry=[box(117 + place / 10, 36, 117.1 + place / 10, 36.1) for place in range(len(kinds))],
        crs="EPSG:4490",
    )
    return frame.set_index(["origin_id", "cutoff_min", "kind"])


TOY_CHANGES = (
    ("济南", 30.0, "gained", 12.34, 999),
    ("济南", 60.0, "gained", 1234.56, 123_456),
    ("济南", 60.0, "lost", 7.0, None),
)


def test_changes_become_layers_with_km2_and_people(counties: gpd.GeoDataFrame) -> None:
    changes = toy_changes(TOY_CHANGES)
    payload = payload_of({"counties": counties, "changes": changes})
    layers = [layer for layer in payload["layers"] if layer["kind"] == "changes"]
    assert [(layer["id"], layer["name"], layer["on"]) for layer in layers] == [
        ("changes:济南:60", "济南60分钟圈变化范围", True),
        ("changes:济南:30", "济南30分钟圈变化范围", False),
    ]
    assert [[line["text"] for line in layer["lines"]] for layer in layers] == [
        ["新增：1,234.6 平方公里，约 12.3 万人", "减少：7.0 平方公里"],
        ["新增：12.3 平方公里，约 999 人", "减少：无"],
    ]
    assert [[line["style"] for line in layer["lines"]] for layer in layers] == [["gained", "lost"]] * 2
    assert layers[0]["lines"][0]["note"] == "济南60分钟圈新增：1,234.6 平方公里，约 12.3 万人"
    corner = {tuple(ring[:2]) for layer in layers for line in layer["lines"] for ring in line["rings"]}
    assert corner == {(1_170_000 + 1000 * place + 1000, 360_000) for place in range(3)}, "every square, its own place"
    assert [len(line["rings"]) for layer in layers for line in layer["lines"]] == [1, 1, 1, 0]
    assert all(layer["skeleton"] is False for layer in layers)
    point = payload_of({"counties": counties, "changes": changes.rename(index={"济南": "117.13,36.93"})})
    assert any(layer["name"] == "117.13,36.93的60分钟圈变化范围" for layer in point["layers"]), "not 36.9360"
    assert any(view["id"] == "changes:济南" and view["name"] == "济南变化范围" for view in payload["views"])
    assert "情景比较" in payload["subtitle"]
    assert any(layer["id"] == "centres" for layer in payload["layers"]), "its centre is drawn without circles, too"


def test_changes_over_each_other_do_not_start_together_and_the_skeleton_is_marked(counties: gpd.GeoDataFrame) -> None:
    changes = toy_changes((("甲", 60.0, "lost", 5.0, 10), ("乙", 60.0, "lost", 5.0, 10)))
    apart = payload_of({"counties": counties, "changes": changes})
    assert [layer["on"] for layer in apart["layers"] if layer["kind"] == "changes"] == [True, True]
    over = changes.set_geometry([changes.geometry.iloc[0]] * 2, crs="EPSG:4490").assign(network_kind="skeleton")
    payload = payload_of({"counties": counties, "changes": over})
    layers = [layer for layer in payload["layers"] if layer["kind"] == "changes"]
    assert [layer["on"] for layer in layers] == [True, False]
    assert all(layer["skeleton"] for layer in layers)
    assert any("骨架路网" in line for line in payload["statement"])
    assert "network_kind" in over
    unsaid = payload_of({"counties": counties, "changes": over.drop(columns="network_kind")})
    assert all(layer["skeleton"] for layer in unsaid["layers"] if layer["kind"] == "changes"), "on the safe side"


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("osm", ["© OpenStreetMap contributors（ODbL 1.0）"]),
        ("osm+skeleton", ["编者自绘骨架路网（非实测）", "© OpenStreetMap contributors（ODbL 1.0）"]),
        ("lines", ["使用者提供的路网数据"]),
        ("skeleton", ["编者自绘骨架路网（非实测）"]),
    ],
)
def test_the_statement_names_whose_roads_they_are(counties: gpd.GeoDataFrame, kind: str, parts: list[str]) -> None:
    """The licence of OpenStreetMap asks for its name wherever results are shown: circles without roads, too."""
    circles = toy_frames()["isochrones"].assign(network_kind=kind)
    statement = "".join(payload_of({"counties": counties, "isochrones": circles})["statement"])
    known = ("编者自绘骨架路网（非实测）", "© OpenStreetMap contributors（ODbL 1.0）", "使用者提供的路网数据")
    assert [words for words in known if words in statement] == parts


def test_the_statement_names_the_parts_of_merged_roads(counties: gpd.GeoDataFrame) -> None:
    skeleton = ug.read_network()
    provenance = {"parts": ["osm"], "inside": {"kind": "osm", "source_id": "OSM"}, "outside": {"kind": "lines"}}
    merged = dataclasses.replace(skeleton, kind="merged", provenance=provenance)
    statement = "".join(payload_of({"counties": counties, "network": merged})["statement"])
    assert "© OpenStreetMap contributors（ODbL 1.0）" in statement
    assert "使用者提供的路网数据" in statement
    assert "骨架" not in statement


def test_no_change_is_said_and_wrong_changes_are_refused(counties: gpd.GeoDataFrame) -> None:
    changes = toy_changes(TOY_CHANGES)
    payload = payload_of({"counties": counties, "changes": changes.iloc[:0]})
    assert [layer for layer in payload["layers"] if layer["kind"] == "changes"] == []
    assert "情景比较：两种情景的交通圈相同，没有新增或减少的范围。" in payload["notes"]
    with pytest.raises(InputError, match=r"changes has kinds moved; expected gained, lost"):
        draw_map(counties, changes=changes.rename(index={"lost": "moved"}))
    with pytest.raises(CrsError, match=r"changes is in EPSG:3857"):
        draw_map(counties, changes=changes.to_crs("EPSG:3857"))
    with pytest.raises(SchemaError, match=r"changes: column 'area_km2' is missing"):
        draw_map(counties, changes=changes.drop(columns="area_km2"))
    with pytest.raises(InputError, match=r"changes is a DataFrame, expected a GeoDataFrame"):
        html_of({"counties": counties, "changes": pd.DataFrame(changes)})


# ---- cards and tables --------------------------------------------------------------------------------------------


def card_of(payload: dict[str, Any], code: str) -> dict[str, Any]:
    return next(item for item in payload["counties"] if item["adcode"] == code)


def test_card_says_all_there_is() -> None:
    payload = payload_of(toy_frames())
    first = card_of(payload, "370101")
    assert first["census"] == [
        ["常住人口", "200,000 人"],
        ["城镇人口", "90,000 人"],
        ["城镇化率", "45.00%"],
        ["数据", "2020年人口普查[1][2]"],
        ["另列功能区", "高新区，50,000 人，城镇化率 80.00%"],
    ]
    assert first["potential"] == {
        "decision": "潜力地区",
        "reason": "常住人口20万人，高于10万人",
        "flips": "并入功能区后不列入",
    }
    assert first["reach"] == [["济南圈", "政府驻地 12.4 分钟；60分钟内覆盖人口 90%、面积 80%"]]
    assert card_of(payload, "370102")["reach"] == [["济南圈", "60分钟内覆盖人口不足1%、面积不足1%"]]
    pilot = {entry["name"]: entry for entry in card_of(payload, "370201")["lists"]}
    assert pilot["名单NDRC_URI_ZONE"]["badges"] == ["待核实"]
    assert pilot["名单NDRC_NTU_PILOT"]["badges"] == ["一处来源"]
    assert pilot["名单NDRC_NTU_PILOT"]["detail"] == "2020年（全市：丑市）"
    assert card_of(payload, "370202")["lists"][0]["detail"] == "2020年 · 部分区域：某镇"
    assert "未计入任何区县：跨区园（7,000 人）；普查单独列出，跨多个区县，未并入。" in payload["notes"]


@pytest.mark.parametrize(("placement", "words"), [("areal", "均匀分布"), ("urban_rural", "城镇人口集中分布")])
def test_card_says_how_people_were_spread(placement: str, words: str) -> None:
    frames = toy_frames()
    frames["coverage"]["placement"] = placement
    line = card_of(payload_of(frames), "370101")["reach"][0][1]
    assert line.endswith("人口 90%、面积 80%（按" + ("人口" if placement == "areal" else "") + words + "）")


def test_batches_read_as_officials_write_them(counties: gpd.GeoDataFrame) -> None:
    payload = payload_of({"counties": counties, "designations": ug.read_designations()})
    details = [entry["detail"] for item in payload["counties"] for entry in item.get("lists", [])]
    assert [detail for detail in details if "批次" in detail or re.search(r"第\d批|[0-9] \(", detail)] == []
    for batch in ("第三批（2016年）", "第一批（2020年）", "第三批", "2015年"):
        assert any(detail.startswith(batch) for detail in details), batch


def test_names_on_the_map_have_full_width_brackets(counties: gpd.GeoDataFrame) -> None:
    payload = payload_of(
        {"counties": counties, "designations": ug.read_designations(), "isochrones": toy_frames()["isochrones"]},
        notes=["名单(首批)不全"],
    )
    names = [
        entry[key] for item in payload["counties"] for entry in item.get("lists", []) for key in ("name", "detail")
    ]
    names += [point["text"] for point in layer_of(payload, "centres")["points"]]
    names += [line["text"] for layer in payload["layers"] for line in layer["lines"]] + payload["notes"]
    assert [name for name in names if "(" in name or ")" in name] == []
    assert {"兰州—西宁城市群（青海部分）", "省级城乡融合发展试验区（首批）", "济南市中心（泉城广场）"} <= set(names)
    assert "名单（首批）不全" in names


def test_a_zone_that_a_note_names_is_told_once() -> None:
    notes = payload_of(toy_frames(), notes=["人口未计入：跨区园（7,000人）"])["notes"]
    assert [note for note in notes if "跨区园" in note] == ["人口未计入：跨区园（7,000人）"]


def test_dachaidan_has_its_figures_and_is_no_county(counties: gpd.GeoDataFrame) -> None:
    card = card_of(payload_of({"counties": counties, "census": ug.read_census(2020)}), "632857")
    assert card["census"][0] == ["常住人口", "16,287 人"]
    assert ["注", "不是正式县级行政区"] in card["census"]


def test_every_county_has_a_census_card(counties: gpd.GeoDataFrame) -> None:
    payload = payload_of({"counties": counties, "census": ug.read_census(2020)})
    assert [item["name"] for item in payload["counties"] if "census" not in item] == []
    assert sum("另列功能区" in dict(item["census"]) for item in payload["counties"]) == 11
    assert None not in next(fill for fill in payload["fills"] if fill["id"] == "rate")["values"]


def test_totals_measure_one_hour_against_the_target() -> None:
    (table,) = payload_of(toy_frames())["totals"]
    assert (table["name"], table["target"]) == ("济南", "2000")
    assert [(row["minutes"], row["people"], row["gap"]) for row in table["rows"]] == [
        ("60", "594.2", "差 1,405.8"),
        ("", "2,100.0", "超 100.0"),
        ("30", "100.0", "—"),
    ]
    assert table["footnotes"] == ["① 骨架路网"]


def test_footnotes_are_cited_in_rising_order_each_once() -> None:
    frames = toy_frames()
    frames["totals"] = frames["totals"].assign(note=pd.array(["甲；乙", "丙；甲；丙", "乙；丁；甲"], dtype="string"))
    (table,) = payload_of(frames)["totals"]
    assert table["footnotes"] == ["① 丙", "② 甲", "③ 乙", "④ 丁"]
    assert [row["marks"] for row in table["rows"]] == ["①②", "②③④", "②③"]


def test_sources_are_numbered_and_marked() -> None:
    payload = payload_of(toy_frames())
    ids = [source["id"] for source in payload["sources"]]
    assert ids == ["L20", "T20", "S101", "SD-ACTION-2021-2023"]
    assert [source["mark"] for source in payload["sources"]] == ["", "", "转载或报道，待换原件", "引述，未见原件"]


def test_potential_areas_cite_their_rule_after_all_that_is_numbered_elsewhere() -> None:
    frames = toy_frames()
    before = [source["id"] for source in payload_of(frames)["sources"]]
    frames["potential"]["source_id"] = "L20;S307;QH-INTERPRETATION"
    assert [source["id"] for source in payload_of(frames)["sources"]] == [*before, "S307", "QH-INTERPRETATION"]


def test_a_page_of_an_office_is_no_warning() -> None:
    frames = toy_frames()
    frames["designations"]["source_id"] = "S307"
    (told,) = [source for source in payload_of(frames)["sources"] if source["id"] == "S307"]
    assert told["mark"] == "", "only what calls for care is marked"


def test_target_of_a_quoted_plan_says_so() -> None:
    frames = toy_frames()
    (table,) = payload_of(frames)["totals"]
    assert table["target_mark"] == "规划文件为引述，待核原件"
    frames["totals"]["source_id"] = "S412"
    assert payload_of(frames)["totals"][0]["target_mark"] == ""
    frames["totals"]["source_id"] = "NOWHERE"
    assert payload_of(frames)["totals"][0]["target_mark"] == "待核实"


def test_unknown_source_is_told() -> None:
    frames = toy_frames()
    frames["census"]["source_id"] = "NOWHERE"
    assert payload_of(frames)["sources"][0] == {"id": "NOWHERE", "title": "来源表中无此编号", "mark": "待核实"}


# ---- bad input ---------------------------------------------------------------------------------------------------


def broken(name: str, change: Any) -> dict[str, Any]:
    frames = toy_frames()
    return frames | {name: change(frames[name])}


@pytest.mark.parametrize(
    ("frames", "error", "words"),
    [
        (broken("counties", lambda f: f.iloc[:0]), SchemaError, "no rows"),
        (broken("counties", lambda f: pd.DataFrame(f.drop(columns="geometry"))), InputError, "GeoDataFrame"),
        (broken("counties", lambda _: None), InputError, "NoneType"),
        (broken("counties", lambda f: f.set_index(f.index.astype(int))), SchemaError, "must be text, got int"),
        (broken("counties", lambda f: pd.concat([f, f.iloc[:1]])), SchemaError, "more than once: 370101"),
        (
            broken("counties", lambda f: f.drop(columns=["name", "province"])),
            SchemaError,
            "'name' is missing.*'province' is missing",
        ),
        (broken("counties", lambda f: f.reset_index()), SchemaError, "expected .'adcode'."),
        (broken("counties", lambda f: f.set_crs(None, allow_override=True)), CrsError, "no CRS"),
        (broken("counties", lambda f: f.to_crs(3857)), CrsError, r'to_crs\("EPSG:4490"\)'),
        (
            broken("counties", lambda f: f.set_geometry(f.to_crs(3857).geometry.set_crs(4490, allow_override=True))),
            CrsError,
            "no degrees",
        ),
        (
            broken("counties", lambda f: f.assign(geometry=[None, *f.geometry[1:]])),
            SchemaError,
            "no geometry: 370101",
        ),
        (broken("isochrones", lambda f: f.to_crs(3857)), CrsError, "isochrones is in EPSG:3857"),
        (broken("census", lambda f: f.droplevel("year")), SchemaError, "census: its index"),
        (broken("census", lambda f: f.assign(resident_population="many")), SchemaError, "resident_population"),
        (broken("census", lambda f: f.rename(index={"370101": "370199"})), JoinError, "census: 1 codes.*370199"),
        (
            broken("designations", lambda f: f.assign(adcode=f["adcode"].replace("370101", "370100"))),
            JoinError,
            "370100",
        ),
        (
            broken("designations", lambda f: f.assign(adcode=f["adcode"].replace("370101", "3701"))),
            JoinError,
            "six digits",
        ),
        (broken("potential", lambda f: f.assign(decision="maybe")), InputError, "maybe"),
        (broken("potential", lambda f: f.rename(index={"370101": "370199"})), JoinError, "370199"),
        (broken("coverage", lambda f: f.rename(index={"370101": "370199"}, level="adcode")), JoinError, "370199"),
        (broken("network", lambda _: "roads"), InputError, "str"),
    ],
)
def test_bad_input_is_named(frames: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        html_of(frames)


def test_empty_designations_are_no_fault() -> None:
    frames = toy_frames()
    payload = payload_of({"counties": frames["counties"], "designations": frames["designations"].iloc[:0]})
    assert {layer["id"] for layer in payload["layers"]} == {"labels", "graticule"}


def test_counties_alone_make_a_map() -> None:
    payload = payload_of({"counties": toy_frames()["counties"]})
    assert [item["adcode"] for item in payload["counties"]] == list(CODES)
    assert payload["title"] == "山东省、青海省县域新型城镇化专题图"


def test_size_of_the_pack_page(counties: gpd.GeoDataFrame) -> None:
    page = html_of(
        {
            "counties": counties,
            "census": ug.read_census(2020),
            "designations": ug.read_designations(),
            "network": ug.read_network(),
        }
    )
    assert len(page.encode()) < 1_000_000
