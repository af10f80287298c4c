"""Still pictures: what is drawn, what is said, that all of it is whole, readable and the same every time."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager
from PIL import Image
from pypdf import PdfReader
from toy_map import CODES, HOSTILE, any_text, toy_frames

import urbangeo as ug
from urbangeo.errors import InputError, OutputError
from urbangeo.language.crs import ellipsoid
from urbangeo.windows.maps import draw_map
from urbangeo.windows.maps.page import payload_of
from urbangeo.windows.pictures import draw_picture, fonts, picture_bytes, save_picture, settings
from urbangeo.windows.pictures.choice import Choice, choose
from urbangeo.windows.pictures.decode import even_odd, ground_of, path_of, polygons_of
from urbangeo.windows.pictures.fonts import Typeface, find_typeface, visible
from urbangeo.windows.pictures.frames import Frame, frames_for, parts_of
from urbangeo.windows.pictures.furniture import bar_length, scale_of
from urbangeo.windows.pictures.lines import wrapped
from urbangeo.windows.pictures.mosaic import BEYOND, _bent
from urbangeo.windows.pictures.pages import Furniture, MapPage, map_page, text_pages
from urbangeo.windows.pictures.save import PAGES, picture_of
from urbangeo.windows.pictures.sheet import SEA, Box

DPI = 72
"""One pixel a point, so that places on the paper are places in the picture."""


@pytest.fixture(scope="module")
def drawn_toy() -> Any:
    """The map of the toy country."""
    frames = toy_frames()
    return draw_map(frames.pop("counties"), **frames, notes=["一条说明"])


@pytest.fixture(scope="module")
def toy(drawn_toy: Any) -> dict[str, Any]:
    """The payload of the toy country."""
    return payload_of(drawn_toy)


@pytest.fixture(scope="module")
def typeface() -> Typeface:
    return find_typeface()


def page_of(payload: dict[str, Any], page: str = "a3", *, goes_on: bool = False, **shown: Any) -> MapPage:
    with settings():
        return map_page(choose(payload, **shown), *PAGES[page], find_typeface(), Furniture(), goes_on=goes_on)


def pixels_of(payload: dict[str, Any], page: str = "a3", **shown: Any) -> tuple[Any, list[Frame]]:
    """Draw a page; return its pixels, one a point, and its frames."""
    drawn = page_of(payload, page, **shown)
    stream = io.BytesIO()
    with settings():
        drawn.sheet.figure.savefig(stream, format="png", dpi=DPI)
    return np.asarray(Image.open(stream).convert("RGB")).astype(int), drawn.frames


def colour_at(pixels: Any, frame: Frame, lon: float, lat: float) -> tuple[int, ...]:
    x, y = frame.spot([lat, lon])
    return tuple(int(value) for value in pixels[pixels.shape[0] - 1 - int(y), int(x)])


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


def over(colour: str, opacity: float, below: str) -> list[float]:
    return [opacity * top + (1 - opacity) * under for top, under in zip(rgb(colour), rgb(below), strict=True)]


def words_on(page: MapPage, part: str | None = None) -> str:
    return "".join(one.words for one in page.sheet.written if part is None or one.part == part)


# ---- what is drawn -------------------------------------------------------------------------------------------------


def test_a_county_has_the_colour_of_its_class(toy: dict[str, Any]) -> None:
    pixels, frames = pixels_of(toy, fill="rate", layers_on=[])
    classes = [item["colour"] for item in toy["fills"][1]["classes"]]
    spots = [(117.5, 36.5), (118.5, 36.5), (117.5, 35.5), (118.5, 35.5), (101.5, 36.5)]
    for place, (lon, lat) in enumerate(spots):
        frame = next(frame for frame in frames if inside(frame, lon, lat))
        # By hand: 45 to 49 per cent lie in the class from 40 to 50.
        assert colour_at(pixels, frame, lon, lat) == rgb(classes[1]), CODES[place]
    (sea,) = {
        colour_at(pixels, frame, frame.part.bounds[1][1] + 0.02, frame.part.bounds[1][0] - 0.5) for frame in frames
    }
    assert sea == rgb("#eaf0f4")


def inside(frame: Frame, lon: float, lat: float) -> bool:
    (south, west), (north, east) = frame.part.bounds
    return bool(south <= lat <= north and west <= lon <= east)


def test_bands_lie_beside_each_other_not_on_each_other(toy: dict[str, Any]) -> None:
    pixels, frames = pixels_of(toy, layers_on=["circle:济南"])
    county = toy["styles"]["county"]["fill"]
    (layer,) = [layer for layer in toy["layers"] if layer["id"] == "circle:济南"]
    # Discs of 0.15, 0.3 and 0.6 degrees round 117.1, 36.6.
    for line, away in zip(layer["lines"], (0.07, 0.22, 0.45), strict=True):
        found = colour_at(pixels, frames[-1], 117.1 + away, 36.6 + 0.01)
        assert found == pytest.approx(over(line["colour"], line["opacity"], county), abs=3), line["text"]


def test_a_pattern_covers_part_of_its_county_and_nothing_outside(toy: dict[str, Any]) -> None:
    zone = next(line for layer in toy["layers"] for line in layer["lines"] if line.get("style") == "zone")
    assert zone["members"] == [0]
    with_zone, frames = pixels_of(toy, layers_on=["zone"])
    without, _ = pixels_of(toy, layers_on=[])
    differs = np.abs(with_zone - without).max(axis=2) > 40
    frame = frames[-1]

    def share(west: float, south: float) -> float:
        x0, y0 = frame.spot([south + 0.12, west + 0.12])
        x1, y1 = frame.spot([south + 0.88, west + 0.88])
        rows = slice(differs.shape[0] - int(y1), differs.shape[0] - int(y0))
        return float(differs[rows, int(x0) : int(x1)].mean())

    assert 0.1 < share(117, 36) < 0.6
    assert share(118, 36) == share(118, 35) == 0


def test_an_outline_is_drawn_once_round_a_group(toy: dict[str, Any]) -> None:
    ground = ground_of(toy["geometry"])
    (outline,) = ground.outline([0, 1])
    assert shapely.Polygon(outline).equals(shapely.box(117, 36, 119, 37))
    assert len(ground.outline([0, 4])) == 2
    edges = ground.edges([0, 1])
    assert sum(shapely.LineString(line).length for line in edges) == pytest.approx(7.0)


def test_holes_stay_open() -> None:
    rings = [np.array(box.exterior.coords)[:-1] for box in (shapely.box(0, 0, 4, 4), shapely.box(1, 1, 3, 3))]
    area = even_odd(rings)
    assert area.area == 12
    shell, hole = path_of(polygons_of(area)).to_polygons()
    # One way round and the other: a hole by every rule of filling.
    assert shapely.LinearRing(shell).is_ccw
    assert not shapely.LinearRing(hole).is_ccw


def test_provinces_far_apart_stand_side_by_side_at_one_scale(toy: dict[str, Any]) -> None:
    page = page_of(toy)
    west, east = page.frames
    assert west.box.right == pytest.approx(east.box.left)
    assert west.metres_per_point == east.metres_per_point
    assert words_on(page, "scale").count("公里") == 2
    assert words_on(page, "north") == "北北"
    assert "投影：青海省，" in words_on(page, "panel")
    assert "投影：山东省，" in words_on(page, "panel")
    assert len(page_of(toy, view="370000").frames) == 1


def test_the_scale_bar_is_true_in_the_middle_of_the_map(toy: dict[str, Any]) -> None:
    for view in ("370000", "circle:济南"):
        (frame,) = page_of(toy, view=view).frames
        (south, west), (north, east) = frame.part.bounds
        lat, lon = (south + north) / 2, (west + east) / 2
        x, y = frame.spot([lat, lon])
        right = frame.at([[lon + 0.1, lat]])[0]
        ground = ellipsoid().inv(lon, lat, lon + 0.1, lat)[2]
        assert scale_of(frame) == pytest.approx(ground / np.hypot(right[0] - x, right[1] - y), rel=2e-3)
        # Up the paper is north within a degree in the middle.
        up = frame.at([[lon, lat + 0.1]])[0]
        assert abs(up[0] - x) < 0.02 * (up[1] - y)
    assert [bar_length(1000, most) for most in (9, 19, 49, 120)] == [5000, 10_000, 20_000, 100_000]


@pytest.mark.parametrize("page", list(PAGES))
def test_the_map_fills_its_frame_and_is_equal_area(toy: dict[str, Any], page: str) -> None:
    choice = choose(toy, view="370000")
    (part,) = parts_of(choice)
    (frame,) = frames_for(choice, [part], Box(0, 0, *PAGES[page]), 10)
    rings = [frame.ground.rings(member)[0][0] for member in range(4)]
    points = np.concatenate(rings)
    reach = np.ptp(points, axis=0)
    assert max(reach[0] / (frame.box.width - 20), reach[1] / (frame.box.height - 20)) == pytest.approx(1, abs=1e-6)
    counties = toy_frames()["counties"].iloc[:4]
    expected = counties.to_crs("+proj=laea +lat_0=36 +lon_0=118 +ellps=GRS80").area.to_numpy()
    drawn = [shapely.Polygon(ring).area * frame.metres_per_point**2 for ring in rings]
    # Straight lines between the corners of a degree bend a little differently in the two projections.
    assert drawn == pytest.approx(expected, rel=5e-3)


# ---- what is said --------------------------------------------------------------------------------------------------


def test_the_legend_tells_what_is_on_and_nothing_else(toy: dict[str, Any]) -> None:
    told = words_on(page_of(toy, layers_on=["demo", "roads"]), "panel")
    assert "国家县城新型城镇化建设示范（1）" in told
    assert "高速公路（1 段）" in told
    for other in ("潜力地区（", "分钟内", "国家城乡融合发展试验区", "交通圈中心", "城镇化率（"):
        assert other not in told, other
    assert "城镇化率（2020年，常住人口）" in words_on(page_of(toy, layers_on=[], fill="rate"), "panel")


def test_a_layer_out_of_the_picture_is_not_in_its_legend(toy: dict[str, Any]) -> None:
    told = words_on(page_of(toy, view="630000"), "panel")
    assert "自选点60分钟圈" in told.replace("交通圈", "圈")
    assert "济南1小时交通圈" not in told
    assert "国家县城新型城镇化建设示范" not in told


@pytest.mark.parametrize("page", list(PAGES))
def test_the_statement_stands_whole_at_the_lower_left(toy: dict[str, Any], page: str) -> None:
    drawn = page_of(toy, page)
    lines = [one for one in drawn.sheet.written if one.part == "statement"]
    assert "".join(one.words for one in lines).replace(" ", "") == "".join(toy["statement"]).replace(" ", "")
    assert {round(one.box.left, 3) for one in lines} == {round(min(one.box.left for one in lines), 3)}
    assert max(one.box.top for one in lines) < min(frame.box.bottom for frame in drawn.frames)
    assert all(one.box.right <= drawn.sheet.page.right and one.box.bottom >= 0 for one in lines)


def test_marks_stand_on_the_map(toy: dict[str, Any]) -> None:
    page = page_of(toy)
    stamps = [one for one in page.sheet.written if one.part == "stamp"]
    assert [one.words for one in stamps] == ["含待核实信息", "骨架路网结果，非实测"]
    box = page.frames[-1].box
    assert all(box.left < one.box.left and one.box.right < box.right for one in stamps)
    assert not [one for one in page_of(toy, layers_on=["potential"]).sheet.written if one.part == "stamp"]


def test_nothing_of_the_screen_is_said(toy: dict[str, Any]) -> None:
    assert any("墨卡托" in line for line in toy["about"])
    told = words_on(page_of(toy), "panel")
    assert "CGCS2000" in told
    assert "阿尔伯斯" in told
    assert "墨卡托" not in told
    assert "Leaflet" not in told


def test_what_has_no_room_is_named(toy: dict[str, Any]) -> None:
    crowded = toy | {"sources": toy["sources"] * 60}
    page = page_of(crowded, "16:9")
    assert "sources" in page.rest
    assert f"资料来源（{len(crowded['sources'])}）" in words_on(page, "panel")
    with settings():
        sheets = text_pages(choose(crowded), *PAGES["16:9"], find_typeface(), keys=page.rest, first_number=2)
    told = "".join(one.words for sheet in sheets for one in sheet.written)
    assert f"[{len(crowded['sources'])}]" in told
    assert len(sheets) > 1


def test_totals_stand_beside_the_target(toy: dict[str, Any]) -> None:
    told = words_on(page_of(toy, view="circle:济南"))
    assert "济南（目标2000万人）" in told
    assert "差 1,405.8" in told
    assert "totals" in page_of(toy, layers_on=["potential"]).rest or "差 1,405.8" not in words_on(
        page_of(toy, layers_on=["potential"])
    )


def test_a_map_in_english_makes_a_picture_in_english() -> None:
    frames = toy_frames()
    payload = payload_of(draw_map(frames.pop("counties"), **frames, language="en"))
    page = page_of(payload)
    told = words_on(page, "panel")
    assert "Albersequal-areaconic" in told.replace(" ", "")
    assert "Mercator" not in told
    assert "墨卡托" not in told
    assert not re.search("[一-龥]", words_on(page, "scale") + words_on(page, "north") + words_on(page, "stamp"))


# ---- all text is whole ---------------------------------------------------------------------------------------------


def boxes_of(figure: Any) -> Iterator[tuple[str, Any]]:
    """Measure every text as matplotlib draws it, without the white round names."""
    renderer = figure.canvas.get_renderer()
    for axes in figure.axes:
        for one in axes.texts:
            if one.get_gid() != "halo":
                yield one.get_text(), one.get_window_extent(renderer)


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("a3", {}),
        ("16:9", {"fill": "rate"}),
        ("a4", {"view": "370000", "layers_on": ["demo", "zone", "labels", "graticule", "centres", "circle:济南"]}),
        ("16:9", {"view": "circle:济南"}),
    ],
)
def test_no_text_is_cut_or_on_other_text(toy: dict[str, Any], page: str, shown: dict[str, Any]) -> None:
    drawn = page_of(toy, page, **shown)
    with settings():
        found = list(boxes_of(drawn.sheet.figure))
    width, height = drawn.sheet.figure.bbox.size
    assert len(found) > 20
    for words, box in found:
        assert box.x0 >= 0, words
        assert box.y0 >= 0, words
        assert box.x1 <= width, words
        assert box.y1 <= height, words
    for place, (words, box) in enumerate(found):
        for other, second in found[place + 1 :]:
            wide = min(box.x1, second.x1) - max(box.x0, second.x0)
            high = min(box.y1, second.y1) - max(box.y0, second.y0)
            assert wide <= 1 or high <= 1, (words, other)
    for one in drawn.sheet.written:
        if one.part == "label":
            assert any(frame.box.left <= one.box.left and one.box.right <= frame.box.right for frame in drawn.frames), (
                one.words
            )


def test_what_is_measured_is_what_is_drawn(toy: dict[str, Any]) -> None:
    drawn = page_of(toy)
    with settings():
        found = list(boxes_of(drawn.sheet.figure))
    scale = drawn.sheet.figure.dpi / 72
    measured = list(drawn.sheet.written)
    assert len(found) == len(measured)
    for (words, box), one in zip(found, measured, strict=True):
        assert words == one.words
        # matplotlib measures ink, which is a little less than the room of the letters; kerning takes a little more.
        assert box.width <= one.box.width * scale * 1.02 + 2, words


WORDS = st.text(alphabet="山东省，。（）abc 12.5%“”", min_size=0, max_size=60)


@given(WORDS, st.floats(min_value=20, max_value=300))
def test_wrapping_loses_nothing_and_keeps_to_the_width(words: str, width: float) -> None:
    face = find_typeface().regular
    lines = wrapped(words, face, 10, width)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
    assert all(face.width(line, 10) <= width + 1e-6 or len(line) == 1 for line in lines)


def test_lines_do_not_begin_with_a_stop(typeface: Typeface) -> None:
    face = typeface.regular
    assert wrapped("甲乙丙，丁", face, 10, 30) == ["甲乙", "丙，丁"]
    assert wrapped("误纳 0.0%，漏算", face, 10, 45)[0] == "误纳"
    assert wrapped("", face, 10, 30) == [""]


# ---- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "size"), [("a3", (420, 297)), ("a4", (297, 210)), ("16:9", (338.67, 190.5))])
def test_pages_have_their_size(toy: dict[str, Any], tmp_path: Path, page: Any, size: tuple[float, float]) -> None:
    frames = toy_frames()
    drawn = draw_map(frames["counties"], title="图")
    png = save_picture(drawn, tmp_path / "x.png", page=page, dpi=50).read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    assert (width, height) == pytest.approx([value / 25.4 * 50 for value in size], abs=1)
    pdf = PdfReader(save_picture(drawn, tmp_path / "x.pdf", page=page))
    box = pdf.pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx([value / 25.4 * 72 for value in size], abs=0.5)


def test_the_same_map_is_the_same_bytes(toy: dict[str, Any], typeface: Typeface) -> None:
    shown = [choose(toy, view="370000", layers_on=["demo", "zone", "labels", "circle:济南"])]
    for ending in ("png", "pdf", "svg"):
        one, two = (picture_of(shown, 500, 350, typeface, Furniture(totals=False), ending=ending) for _ in range(2))
        assert one == two, ending


def test_a_users_own_settings_change_nothing(toy: dict[str, Any]) -> None:
    import matplotlib as mpl

    plain = picture_bytes(toy, width_in=6, height_in=4, dpi=50)
    with mpl.rc_context({"font.size": 30, "text.usetex": True, "lines.linewidth": 9, "savefig.bbox": "tight"}):
        assert picture_bytes(toy, width_in=6, height_in=4, dpi=50) == plain
        assert mpl.rcParams["font.size"] == 30


def resources(page: Any) -> Any:
    """Return what a page of a PDF draws with."""
    return page["/Resources"].get_object()


def test_a_pdf_can_be_searched_and_holds_its_fonts(toy: dict[str, Any], typeface: Typeface) -> None:
    data = picture_of([choose(toy), choose(toy, view="circle:济南")], *PAGES["a4"], typeface, Furniture(), ending="pdf")
    reader = PdfReader(io.BytesIO(data))
    first = reader.pages[0].extract_text()
    assert "图例" in first
    assert "丁" in first
    assert "无审图号" in first.replace(" ", "")
    kinds = {
        font.get_object()["/Subtype"]
        for page in reader.pages
        for font in resources(page).get("/Font", {}).get_object().values()
    }
    # Letters of a Type 3 font are drawn by the file itself.
    assert kinds == {"/Type3"}
    assert reader.metadata is not None
    assert reader.metadata.title == toy["title"]
    assert reader.metadata.creation_date is None
    told = "".join(page.extract_text() for page in reader.pages)
    assert "一条说明" in told


def test_several_views_make_pages(tmp_path: Path) -> None:
    drawn = draw_map(toy_frames()["counties"])
    path = save_picture(drawn, tmp_path / "atlas.pdf", page="a4", view=["all", "370000"], legend=False)
    titles = [page.extract_text()[:200] for page in PdfReader(path).pages]
    assert len(titles) == 2
    assert "山东 · " in titles[1].replace("  ", " ")
    with pytest.raises(InputError, match="holds one"):
        save_picture(drawn, tmp_path / "atlas.png", view=["all", "370000"])


def test_a_mapping_of_arguments_is_drawn(tmp_path: Path) -> None:
    arguments = {"counties": toy_frames()["counties"], "title": "由参数绘制"}
    path = save_picture(arguments, tmp_path / "new" / "x.svg", page="16:9", legend=False)
    assert "由参数绘制" in path.read_text(encoding="utf-8")
    assert set(arguments) == {"counties", "title"}
    with pytest.raises(InputError, match="at least counties"):
        save_picture({"title": "x"}, tmp_path / "y.png")


@pytest.mark.parametrize(
    ("path", "options", "message"),
    [
        ("x.jpg", {}, r"'\.jpg'; expected one of \.png, \.pdf, \.svg"),
        ("x", {}, "nothing"),
        ("x.png", {"page": "a5"}, "'a5'; expected one of a3, a4, 16:9"),
        ("x.png", {"view": "37000"}, "Closest: 370000"),
        ("x.png", {"layers_on": ["demoo"]}, "Closest: demo"),
        ("x.png", {"layers_on": "demo"}, "is the text 'demo'"),
        ("x.png", {"fill": "ratio"}, "fill names 'ratio'"),
        ("x.png", {"dpi": 20}, "from 40 to 1200"),
        ("x.png", {"view": []}, "0 views"),
        ("x.png", {"font": "/no/such/font.ttf"}, "which is no file"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    drawn_toy: Any, tmp_path: Path, path: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        save_picture(drawn_toy, tmp_path / path, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_map_is_refused(tmp_path: Path) -> None:
    import folium

    with pytest.raises(InputError):
        save_picture(folium.Map(), tmp_path / "x.png")


def test_a_legend_that_has_no_room_is_refused(toy: dict[str, Any]) -> None:
    many = [dict(toy["layers"][0], id=f"demo{place}", name=f"名单{place}") for place in range(200)]
    with pytest.raises(InputError, match="no room"):
        picture_bytes(toy | {"layers": many}, width_in=6, height_in=4, layers_on=[layer["id"] for layer in many])


def test_furniture_can_be_left_to_others(toy: dict[str, Any]) -> None:
    figure = draw_picture(toy, width_in=6, height_in=4, head=False, legend=False, statement=False)
    texts = [one.get_text() for axes in figure.axes for one in axes.texts]
    assert toy["title"] not in texts
    assert not [words for words in texts if "审图号" in words]
    assert "北" in texts


# ---- fonts and hostile text ------------------------------------------------------------------------------------------


def test_the_mainland_face_of_a_collection_is_taken(typeface: Typeface) -> None:
    entries = [entry for entry in font_manager.fontManager.ttflist if entry.name == "Noto Sans CJK SC"]
    if not entries:
        pytest.skip("no Noto Sans CJK on this machine")
    assert "CJK SC" in typeface.regular.name
    assert "CJK SC" in typeface.bold.name
    path = entries[0].fname
    given = find_typeface(path)
    assert "CJK SC" in given.regular.name


def test_no_font_is_said_and_no_boxes_are_drawn(monkeypatch: pytest.MonkeyPatch, toy: dict[str, Any]) -> None:
    monkeypatch.setattr(fonts, "_entries", list)
    fonts._found.cache_clear()
    try:
        with pytest.raises(OutputError, match=r"fonts-noto-cjk.*font="):
            picture_bytes(toy, width_in=6, height_in=4)
    finally:
        fonts._found.cache_clear()


def test_a_font_without_chinese_letters_is_refused_with_the_letters(toy: dict[str, Any]) -> None:
    dejavu = font_manager.findfont("DejaVu Sans")
    with pytest.raises(OutputError, match=r"DejaVu Sans.* has no picture of .*\(U\+[0-9A-F]{4}\).*more\)"):
        picture_bytes(toy, width_in=6, height_in=4, font=dejavu)


def test_a_file_that_is_no_font_is_refused(tmp_path: Path, toy: dict[str, Any]) -> None:
    (tmp_path / "x.ttf").write_text("no font", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read as a font"):
        picture_bytes(toy, width_in=6, height_in=4, font=tmp_path / "x.ttf")


def test_a_letter_the_font_lacks_is_named(toy: dict[str, Any]) -> None:
    with pytest.raises(OutputError, match=r"😀 \(U\+1F600\)"):
        picture_bytes(toy | {"title": "图😀"}, width_in=6, height_in=4)


def drawable(words: str) -> str:
    """Leave out the letters no font has."""
    letters = find_typeface().regular.letters & find_typeface().bold.letters
    return "".join(letter for letter in words if ord(letter) in letters or visible(letter) != letter)


def test_hostile_text_stays_text() -> None:
    with any_text():
        words = drawable("".join(HOSTILE))
        frames = toy_frames(lambda told: f"{told}{words}$x_1^2$")
        payload = payload_of(draw_map(frames.pop("counties"), **frames, title=words + "$\\frac{1}{2}$"))
    shown = [choose(payload, view="370000", layers_on=["demo", "labels", "circle:济南", "centres"])]
    data = picture_of(shown, *PAGES["a3"], find_typeface(), Furniture(totals=False), ending="svg")
    root = ET.fromstring(data)  # noqa: S314 - made here
    tags = {node.tag.rpartition("}")[2] for node in root.iter()}
    assert not tags & {"script", "image", "foreignObject", "a", "text"}
    names = {name.rpartition("}")[2] for node in root.iter() for name in node.attrib}
    assert not [name for name in names if name.startswith("on")]
    assert not re.search(rb"(?:href|src)=[\"'](?!#)", data)


def test_what_has_no_picture_is_written_as_its_number(toy: dict[str, Any]) -> None:
    page = page_of(toy | {"title": "图\u202e甲\x00"})
    assert "图[U+202E]甲[U+0000]" in words_on(page, "head")


def test_mathematics_is_not_read(toy: dict[str, Any]) -> None:
    figure = draw_picture(toy | {"title": "$a$ 与 $b"}, width_in=6, height_in=4)
    texts = [one for axes in figure.axes for one in axes.texts if one.get_text() == "$a$ 与 $b"]
    assert texts
    assert not any(one.get_parse_math() for one in texts)


# ---- the whole -----------------------------------------------------------------------------------------------------


def test_real_counties_are_drawn_as_packed_too() -> None:
    counties: gpd.GeoDataFrame = ug.read_counties("青海")
    payload = payload_of(draw_map(counties))
    from urbangeo.windows.maps.encode import encode_coverage

    packed = payload | {"geometry": encode_coverage(list(counties.geometry), packed=True)}
    choice: Choice = choose(payload)
    assert choice.ground.ends == choose(packed).ground.ends
    assert "GS（2024）0650号" in words_on(page_of(payload, "a4"), "statement")
    named = {one.words for one in page_of(payload).sheet.written if one.part == "label"}
    assert {"青海省", "西宁市", "格尔木市"} <= named


def test_changes_and_problems_are_drawn(toy: dict[str, Any]) -> None:
    ring = [[1_175_000, 365_000, 1000, 0, 0, 1000]]
    lines = [{"text": "新增：9 平方公里", "style": "gained", "rings": ring, "note": ""}]
    base: dict[str, Any] = {
        "group": "组",
        "notes": [],
        "count": None,
        "on": True,
        "unconfirmed": False,
        "skeleton": False,
        "order": 35,
    }
    changes = base | {"id": "changes:x:60", "kind": "changes", "name": "变化", "lines": lines, "scale": 10_000}
    changes["bounds"] = [[36.5, 117.5], [36.6, 117.6]]
    points = [{"at": [36.2, 117.2], "note": "断头"}]
    problem = [{"text": "缺口（1 处）", "colour": "#d7191c", "radius": 4.5, "points": points}]
    problems = base | {"id": "problems", "kind": "problems", "name": "问题", "lines": problem, "order": 79}
    payload = toy | {"layers": [changes, problems]}
    pixels, frames = pixels_of(payload, view="370000")
    style = toy["styles"]["gained"]
    found = colour_at(pixels, frames[0], 117.51 + 0.08 - 0.02, 36.55)
    assert found == pytest.approx(over(style["fill"], style["fill_opacity"], toy["styles"]["county"]["fill"]), abs=4)
    assert colour_at(pixels, frames[0], 117.2, 36.2) == rgb("#d7191c")
    assert "缺口（1 处）" in words_on(page_of(payload, view="370000"), "panel")


def test_nothing_is_loaded_before_it_is_needed() -> None:
    code = "import sys, urbangeo; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_face_measures_what_it_writes(typeface: Typeface) -> None:
    # A Chinese letter is as wide as it is high; the figures of a face are of one width.
    assert typeface.regular.width("山东", 10) == pytest.approx(20)
    assert typeface.regular.width("11", 10) == typeface.regular.width("88", 10)
    assert replace(typeface, bold=typeface.regular).face(bold=True) is typeface.regular


@pytest.fixture(scope="module")
def qinghai() -> dict[str, Any]:
    """A map with the provinces round it."""
    return payload_of(draw_map(ug.read_counties("青海")))


def test_where_the_neighbours_end_there_is_paper_and_no_sea(qinghai: dict[str, Any]) -> None:
    pixels, frames = pixels_of(qinghai, "16:9")
    box = frames[0].box
    inside = pixels[
        int(len(pixels) - box.top) + 3 : int(len(pixels) - box.bottom) - 3, int(box.left) + 3 : int(box.right) - 3
    ]
    seen = {tuple(int(value) for value in colour) for colour in inside[:, :, :3].reshape(-1, 3)}
    assert rgb(BEYOND) in seen
    # Qinghai has no coast, and the window of its neighbours is full of land.
    assert rgb(SEA) not in seen


def test_neighbours_are_told_of_only_where_they_are_drawn(qinghai: dict[str, Any]) -> None:
    with_them = choose(qinghai)
    assert "周边省区" in "".join(with_them.statement)
    assert any("灰色为周边省区" in line for line in with_them.about)
    without = choose(qinghai, layers_on=["labels", "graticule"])
    assert "周边省区" not in "".join([*without.statement, *without.about])
    assert any("空白为未绘的其他省区" in line for line in without.about)
    assert len(without.statement) == len(with_them.statement) == len(qinghai["statement"])
    english = choose(payload_of(draw_map(ug.read_counties("青海"), language="en")), layers_on=["labels"])
    assert not re.search("周边省区|eighbouring", " ".join([*english.statement, *english.about]))


def test_ground_cut_at_a_parallel_is_bent_like_it() -> None:
    ring = np.array([[90.0, 30.0], [92.0, 30.0], [92.0, 31.0], [91.0, 31.4]])
    bent = _bent(ring)
    assert [list(corner) for corner in ring] == [list(point) for point in bent if list(point) in ring.tolist()]
    assert bent[:9].tolist() == [[90 + 0.25 * step, 30.0] for step in range(9)]
    # The last two sides follow neither meridian nor parallel and stay as they are.
    assert len(bent) == 8 + 4 + 1 + 1


# ---- what a picture leaves out -----------------------------------------------------------------------------------


def told_on(drawn: MapPage) -> str:
    return "".join(text.get_text() for text in drawn.sheet.figure.findobj(lambda one: hasattr(one, "get_text")))


def test_a_live_circle_that_is_on_is_said_to_be_left_out(toy: dict[str, Any]) -> None:
    live = {"id": "live", "name": "活动交通圈", "kind": "live", "on": True, "lines": [], "notes": [], "group": "x"}
    on = toy | {"layers": [*toy["layers"], live]}
    off = toy | {"layers": [*toy["layers"], live | {"on": False}]}
    assert choose(on).leaves_out_live
    assert not choose(off).leaves_out_live
    assert not choose(toy).leaves_out_live
    assert "活动交通圈不在图中" in told_on(page_of(on))
    assert "活动交通圈不在图中" not in told_on(page_of(off))


def test_a_circle_without_totals_does_not_show_those_of_another(toy: dict[str, Any]) -> None:
    assert [table["origin"] for table in choose(toy, view="circle:济南").tables()] == ["济南"]
    assert choose(toy, view="circle:自选点").tables() == []
    assert [table["origin"] for table in choose(toy).tables()] == ["济南"]
