"""Large maps: packed numbers, borders thinned by zoom without gaps, counties and circles on canvas, grey neighbours."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import SealedPage
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page
from toy_map import toy_frames

import urbangeo as ug
from urbangeo.errors import InputError
from urbangeo.windows.maps import draw_map, save_map
from urbangeo.windows.maps.compact import CHARACTERS, pack, pack_levels, unpack, unpack_levels
from urbangeo.windows.maps.context import context_layer
from urbangeo.windows.maps.drawing import circle_drawing, county_drawing
from urbangeo.windows.maps.encode import (
    COUNTY_SCALE,
    coverage_arcs,
    decode_coverage,
    decode_lines,
    encode_coverage,
    encode_rings,
    pack_rings,
)
from urbangeo.windows.maps.levels import COARSEST_ZOOM, LEVELS, mercator, zoom_levels
from urbangeo.windows.maps.page import payload_of
from urbangeo.windows.maps.styles import style_tables

COLUMNS, ROWS, STEP = 60, 50, 0.2
WEST, SOUTH = 105.0, 30.0
READY = "html[data-urbangeo=ready]"
# Read from a copy: a canvas that is read often is asked to say so when it is made.
COPY = """name => {
    const canvas = document.querySelector(`.leaflet-${name}-pane canvas`), copy = document.createElement('canvas');
    copy.width = canvas.width;
    copy.height = canvas.height;
    const pen = copy.getContext('2d', {willReadFrequently: true});
    pen.drawImage(canvas, 0, 0);
    return [canvas, pen];
}"""
PIXEL = f"""([name, x, y]) => {{
    const [canvas, pen] = ({COPY})(name), box = canvas.getBoundingClientRect(), ratio = canvas.width / box.width;
    return [...pen.getImageData((x - box.left) * ratio, (y - box.top) * ratio, 1, 1).data];
}}"""
COUNT = f"""name => {{
    const [canvas, pen] = ({COPY})(name), data = pen.getImageData(0, 0, canvas.width, canvas.height).data;
    let full = 0;
    for (let at = 3; at < data.length; at += 4) {{ full += data[at] ? 1 : 0; }}
    return [full, data.length / 4 - full];
}}"""


def wiggle(begin: tuple[float, float], end: tuple[float, float], draw: np.random.Generator) -> list[Any]:
    """Make a jagged border between two corners, ends left as they are."""
    share = np.linspace(0, 1, 12)[:, None]
    line = np.asarray(begin) * (1 - share) + np.asarray(end) * share
    line[1:-1] += draw.uniform(-0.008, 0.008, (10, 2))
    return [tuple(point) for point in line.round(6).tolist()]


@functools.cache
def cells() -> gpd.GeoDataFrame:
    """Make a coverage of 3,000 cells with jagged borders, in two provinces and 60 prefectures."""
    draw = np.random.default_rng(6)
    corner = {
        (x, y): (round(WEST + x * STEP, 6), round(SOUTH + y * STEP, 6))
        for x in range(COLUMNS + 1)
        for y in range(ROWS + 1)
    }
    along = {(x, y): wiggle(corner[x, y], corner[x + 1, y], draw) for x in range(COLUMNS) for y in range(ROWS + 1)}
    upward = {(x, y): wiggle(corner[x, y], corner[x, y + 1], draw) for x in range(COLUMNS + 1) for y in range(ROWS)}
    rows = []
    for number in range(COLUMNS * ROWS):
        x, y = number % COLUMNS, number // COLUMNS
        ring = along[x, y][:-1] + upward[x + 1, y][:-1] + along[x, y + 1][:0:-1] + upward[x, y][:0:-1]
        province, prefecture = ("37", "63")[number // 1_500], number % 1_500 // 50 + 1
        rows.append(
            {
                "adcode": f"{province}{prefecture:02d}{number % 50 + 1:02d}",
                "name": f"格{number}县",
                "type": "县",
                "prefecture_adcode": f"{province}{prefecture:02d}00",
                "prefecture": f"{prefecture}号市",
                "province_adcode": f"{province}0000",
                "province": "山东省" if province == "37" else "青海省",
                "geometry": shapely.Polygon(ring),
            }
        )
    return gpd.GeoDataFrame(pd.DataFrame(rows).set_index("adcode"), geometry="geometry", crs="EPSG:4490")


def jagged(vertices: int) -> Any:
    """Make a jagged disc with so many vertices."""
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    reach = 2.0 + np.random.default_rng(7).uniform(-0.05, 0.05, vertices)
    return shapely.Polygon(np.stack([111 + reach * np.cos(angle), 35 + reach * np.sin(angle)], axis=1)).buffer(0)


# ---- packed numbers ------------------------------------------------------------------------------
@given(st.lists(st.integers(-(2**52), 2**52 - 1)))
def test_numbers_come_back(numbers: list[int]) -> None:
    text = pack(numbers)
    assert set(text) <= set(CHARACTERS)
    assert unpack(text).tolist() == numbers


@given(st.lists(st.integers(0, LEVELS - 1)))
def test_levels_come_back(numbers: list[int]) -> None:
    assert unpack_levels(pack_levels(np.array(numbers, dtype=np.uint8)), len(numbers)).tolist() == numbers


def test_small_numbers_take_one_character() -> None:
    assert [len(pack([number])) for number in (0, 15, -16, 16, 511, 512)] == [1, 1, 1, 2, 2, 3]
    assert len(set(CHARACTERS)) == 64
    assert not set(CHARACTERS) & set("<>&\"'\\")


@pytest.mark.parametrize("text", ["g", "A-", "A A", "ä", "<"])
def test_spoilt_text_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        unpack(text)


def test_numbers_the_page_cannot_hold_are_refused() -> None:
    with pytest.raises(InputError, match="4503599627370496"):
        pack([2**52])


# ---- thinned by zoom -----------------------------------------------------------------------------
def test_straight_points_go_first_and_ends_stay() -> None:
    line = np.array([[117.0, 36.0], [117.5, 36.0], [118.0, 36.0], [118.0, 37.0]])
    assert zoom_levels(line, np.array([4])).tolist() == [0, 7, 0, 0]


@given(st.integers(0, 10_000), st.integers(5, 300))
def test_a_thinned_line_stays_where_it_was(seed: int, count: int) -> None:
    draw = np.random.default_rng(seed)
    steps = np.stack([draw.uniform(0, 0.02, count), draw.normal(0, 0.01, count)], axis=1)
    line = np.cumsum(steps, axis=0) + np.array([110, 35])
    levels = zoom_levels(line, np.array([count]))
    assert levels[0] == levels[-1] == 0
    for level in range(LEVELS):
        pixels = mercator(line) * 256 * 2.0 ** (COARSEST_ZOOM + level)
        kept = shapely.LineString(pixels[levels <= level])
        assert shapely.hausdorff_distance(shapely.LineString(pixels), kept) < 2


@given(st.integers(3, 40), st.floats(1e-5, 1.0))
def test_an_island_keeps_three_corners(corners: int, radius: float) -> None:
    ring = shapely.get_coordinates(shapely.Point(121, 37.5).buffer(radius, quad_segs=corners))
    kept = ring[zoom_levels(ring, np.array([len(ring)])) == 0]
    assert shapely.Polygon(kept).area > 0


def test_two_lines_do_not_disturb_each_other() -> None:
    one = np.cumsum(np.random.default_rng(1).normal(0, 0.01, (50, 2)), axis=0) + np.array([110, 35])
    two = np.cumsum(np.random.default_rng(2).normal(0, 0.01, (70, 2)), axis=0) + np.array([120, 30])
    both = zoom_levels(np.concatenate([one, two]), np.array([50, 70]))
    assert both[:50].tolist() == zoom_levels(one, np.array([50])).tolist()
    assert both[50:].tolist() == zoom_levels(two, np.array([70])).tolist()


def test_packed_borders_come_back_and_stay_closed_at_every_zoom() -> None:
    shapes = cells().geometry.to_numpy()[:120]
    coded = encode_coverage(list(shapes), packed=True)
    back = decode_coverage(coded)
    assert all(shapely.equals(one, other) for one, other in zip(shapes, back, strict=True))
    arcs, units = coverage_arcs(list(shapes))
    sizes = unpack(coded["arcs"]["sizes"])
    assert sizes.tolist() == [len(arc) for arc in arcs]
    levels = np.split(unpack_levels(coded["arcs"]["levels"], int(sizes.sum())), np.cumsum(sizes)[:-1])
    whole = shapely.union_all(shapes).area
    counts = []
    for level in range(LEVELS):
        thin = [arc[keep <= level].tolist() for arc, keep in zip(arcs, levels, strict=True)]
        counts.append(sum(map(len, thin)))
        # Plain differences are what a page without packing would get: both forms are read by the same lines.
        plain = [np.diff(np.array(arc), axis=0, prepend=[[0, 0]]).ravel().tolist() for arc in thin]
        drawn = decode_coverage({"scale": COUNTY_SCALE, "arcs": plain, "units": units})
        if all(shape.is_valid for shape in drawn):
            assert shapely.coverage_is_valid(drawn)
            assert shapely.union_all(drawn).area == pytest.approx(sum(shape.area for shape in drawn))
            assert shapely.union_all(drawn).area == pytest.approx(whole, rel=0.01)
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] / 3
    assert counts[-1] == sum(map(len, arcs))


def test_packed_rings_are_the_plain_ones() -> None:
    disc = shapely.Point(117, 36).buffer(1).difference(shapely.Point(117.2, 36).buffer(0.1))
    plain, packed = decode_lines(encode_rings(disc), 10_000), decode_lines(pack_rings(disc), 10_000)
    assert len(plain) == len(packed) == 2
    for one, other in zip(plain, packed, strict=True):
        assert one.tolist() == other[:-1].tolist()
        assert other[0].tolist() == other[-1].tolist()
    assert decode_lines(pack_rings(shapely.Polygon()), 10_000) == []


# ---- chosen by how much there is -----------------------------------------------------------------
def test_what_is_drawn_with_follows_from_the_data() -> None:
    assert county_drawing(ug.read_counties().geometry.to_numpy()) == "svg"
    assert county_drawing(cells().geometry.to_numpy()) == "canvas"
    assert circle_drawing([jagged(1_000)]) == "svg"
    assert circle_drawing([jagged(50_000)]) == "canvas"


def large_frames() -> dict[str, Any]:
    counties = cells()
    census = pd.DataFrame(
        {
            "name": counties["name"],
            "resident_population": 200_000,
            "urban_population": 90_000,
            "urbanization_rate_pct": np.resize([20.0, 45.0, 70.0], len(counties)),
            "unit_type": "county",
            "host_adcode": pd.Series(None, index=counties.index, dtype="str"),
            "source_id": "L20",
        }
    )
    census.index = pd.MultiIndex.from_product([counties.index, [2020]], names=["adcode", "year"])
    designations = (
        toy_frames()["designations"]
        .iloc[:2]
        .assign(
            adcode=["370101", "370102"], programme=["NDRC_COUNTYTOWN_DEMO", "NDRC_URI_ZONE"], confidence="two_pages"
        )
    )
    discs = gpd.GeoDataFrame(
        {"origin_id": ["济南"] * 2, "cutoff_min": [30.0, 60.0], "network_kind": ["osm"] * 2},
        geometry=[shapely.affinity.scale(jagged(40_000), 0.5, 0.5), jagged(60_000)],
        crs="EPSG:4490",
    ).set_index(["origin_id", "cutoff_min"])
    return {"counties": counties, "census": census, "designations": designations, "isochrones": discs}


@pytest.fixture(scope="module")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The map of 3,000 cells with a list and a large circle, saved once."""
    return save_map(draw_map(**large_frames()), tmp_path_factory.mktemp("large") / "large.html")


def test_a_large_map_is_the_same_bytes_twice(large_file: Path) -> None:
    again = save_map(draw_map(**large_frames()), large_file.with_name("again.html"))
    assert again.read_bytes() == large_file.read_bytes()


# ---- size: measured bars, no timing --------------------------------------------------------------
def test_all_of_china_stays_small(tmp_path: Path) -> None:
    m = draw_map(ug.read_counties(None))
    payload = payload_of(m)
    assert payload["drawing"] == "canvas"
    assert len(payload["counties"]) == 2_891
    assert "周边省区" not in payload["statement"][0]
    assert any("抽稀" in line for line in payload["about"])
    assert save_map(m, tmp_path / "china.html").stat().st_size < 5_000_000


def test_ordinary_maps_stay_small(tmp_path: Path) -> None:
    toy = toy_frames()
    both = draw_map(ug.read_counties(), isochrones=toy["isochrones"], network=ug.read_network())
    assert payload_of(both)["drawing"] == "svg"
    assert save_map(both, tmp_path / "both.html").stat().st_size < 2_000_000
    one = draw_map(ug.read_counties("山东"), isochrones=toy["isochrones"])
    assert save_map(one, tmp_path / "one.html").stat().st_size < 1_500_000


# ---- neighbouring provinces ----------------------------------------------------------------------
def test_neighbours_are_grey_and_leave_no_gap() -> None:
    counties = ug.read_counties("青海")
    [layer] = context_layer(counties, style_tables())
    assert (layer["id"], layer["kind"], layer["on"]) == ("context", "context", True)
    rings = [shapely.Polygon(ring) for ring in decode_lines(layer["rings"], layer["scale"])]
    grey = functools.reduce(shapely.symmetric_difference, map(shapely.make_valid, rings))
    own = shapely.coverage_union_all(counties.geometry.to_numpy())
    # Qinghai has land on all sides: a strip round it is grey, and the counties are not.
    assert shapely.difference(own.buffer(0.01), own.buffer(0.0005)).difference(grey).area < 1e-4
    assert shapely.intersection(own.buffer(-0.0005), grey).area < 1e-4
    window = shapely.box(*own.buffer(1.6).bounds)
    assert window.covers(grey)
    (south, west), (north, east) = layer["window"]
    assert shapely.box(west, south, east, north).buffer(1e-4).covers(grey)
    assert decode_lines(layer["edges"], layer["scale"])


def test_neighbours_are_drawn_only_where_the_source_is_known() -> None:
    counties, styles = ug.read_counties("青海"), style_tables()
    assert context_layer(toy_frames()["counties"], styles) == []
    moved = counties.set_geometry(counties.geometry.translate(0.01, 0))
    assert context_layer(moved, styles) == []
    assert context_layer(ug.read_counties(None), styles) == []


def test_neighbours_are_told_in_the_statement() -> None:
    payload = payload_of(draw_map(ug.read_counties("青海")))
    assert payload["statement"][0].endswith("周边省区轮廓来源相同，经概化，无审图号。")
    assert "审图号：GS（2024）0650号（底图数据）" in payload["statement"][0]
    assert any("灰色为周边省区" in line for line in payload["about"])
    english = payload_of(draw_map(ug.read_counties("青海"), language="en"))
    assert english["statement"][1].endswith("no map review number.")
    toy = payload_of(draw_map(toy_frames()["counties"]))
    assert "周边省区" not in toy["statement"][0]


# ---- in the browser ------------------------------------------------------------------------------
def opened(sealed: SealedPage, path: Path) -> Page:
    page = sealed.open(path)
    page.wait_for_selector(READY, state="attached")
    return page


def place_of(page: Page, number: int) -> list[float]:
    """Tell where the middle of a cell stands in the window."""
    x, y = number % COLUMNS, number // COLUMNS
    script = """at => { const map = window[Object.keys(window).filter(key => /^map_/.test(key))[0]];
        const box = map.getContainer().getBoundingClientRect(), point = map.latLngToContainerPoint(at);
        return [box.left + point.x, box.top + point.y]; }"""
    at = [SOUTH + (y + 0.5) * STEP, WEST + (x + 0.5) * STEP]
    found: list[float] = page.evaluate(script, at)
    return found


@pytest.mark.browser
def test_counties_on_canvas_answer(sealed_pages: Callable[..., SealedPage], large_file: Path) -> None:
    sealed = sealed_pages(1400, 900)
    page = opened(sealed, large_file)
    assert page.locator(".ug-county").count() == 0
    for number in (330, 331, 2_651):
        page.mouse.move(*place_of(page, number))
        page.wait_for_function(
            "name => (document.querySelector('.ug-card:not([hidden]) h3') || document.body).innerText.startsWith(name)",
            arg=f"格{number}县",
        )
    page.mouse.click(*place_of(page, 331))
    assert page.locator(".ug-card.ug-pinned h3").inner_text().startswith("格331县")
    page.mouse.click(*place_of(page, 332))
    assert page.locator(".ug-card.ug-pinned h3").inner_text().startswith("格332县")
    page.keyboard.press("Escape")
    page.fill(".ug-search input", "格2999县")
    page.keyboard.press("Enter")
    assert page.locator(".ug-card.ug-pinned h3").inner_text().startswith("格2999县")
    middle = place_of(page, 2_999)
    assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).closest('.folium-map') !== null", middle)
    # A click outside all cells closes the card.
    page.keyboard.press("Escape")
    page.evaluate("location.hash = 'view=all'")
    page.wait_for_function("() => document.querySelectorAll('.ug-card[hidden]').length === 1")
    assert sealed.faults == []


@pytest.mark.browser
def test_neighbours_stand_in_a_frame(sealed_pages: Callable[..., SealedPage], tmp_path: Path) -> None:
    sealed = sealed_pages(1366, 768)
    page = opened(sealed, save_map(draw_map(ug.read_counties("青海")), tmp_path / "frame.html"))
    beyond = "node => getComputedStyle(node).backgroundColor"
    assert page.locator(".folium-map.ug-framed").evaluate(beyond) == "rgb(247, 247, 245)"
    assert page.locator(".ug-neatline").count() == page.locator(".ug-window").count() == 1
    page.locator("[data-layer=context]").uncheck()
    assert page.locator(".ug-neatline").count() == 0
    # Without its neighbours a province is no island: what lies around is not drawn in the colour of the sea.
    assert page.locator(".folium-map").evaluate(beyond) == "rgb(247, 247, 245)"
    assert sealed.faults == []


@pytest.mark.browser
def test_fills_areas_and_circles_are_painted(sealed_pages: Callable[..., SealedPage], large_file: Path) -> None:
    sealed = sealed_pages(1400, 900)
    page = opened(sealed, large_file)
    page.wait_for_timeout(300)

    def colour(pane: str, at: list[float]) -> list[int]:
        found: list[int] = page.evaluate(PIXEL, [pane, *at])
        return found

    plain = colour("ug-counties", place_of(page, 2_975))
    assert plain == [0xF4, 0xF1, 0xEA, 255]
    page.check("input[value=rate]")
    page.wait_for_timeout(300)
    painted = {tuple(colour("ug-counties", place_of(page, number))) for number in (2_973, 2_974, 2_975)}
    assert len(painted) == 3
    assert tuple(plain) not in painted
    names = page.locator("input[data-layer]").evaluate_all("nodes => nodes.map(node => node.dataset.layer)")
    circle = f"ug-layer-{names.index('circle:济南')}"
    middle, outside = place_of(page, 25 * COLUMNS + 30), place_of(page, 2_999)
    assert colour(circle, middle)[3] > 0
    assert colour(circle, outside)[3] == 0
    zone = f"ug-layer-{names.index('zone')}"
    page.check("input[data-layer=zone]")
    page.evaluate("location.hash = 'on=zone&at=30.1,105.3,11'")
    page.wait_for_timeout(500)
    hatched = page.evaluate(COUNT, zone)
    assert min(hatched) > 1_000
    assert sealed.faults == []


@pytest.mark.browser
def test_a_large_map_prints(sealed_pages: Callable[..., SealedPage], large_file: Path, tmp_path: Path) -> None:
    sealed = sealed_pages(1400, 900)
    page = opened(sealed, large_file)
    page.wait_for_timeout(300)
    before = page.evaluate("document.querySelector('.leaflet-ug-counties-pane canvas').width")
    page.emulate_media(media="print")
    page.wait_for_function("() => document.body.classList.contains('ug-print')")
    after, inside = page.evaluate(
        f"""() => {{ const [canvas, pen] = ({COPY})('ug-counties');
        return [canvas.width, pen.getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data[3]]; }}"""
    )
    assert after > 1.5 * before
    assert inside == 255
    content = page.pdf(path=tmp_path / "large.pdf", prefer_css_page_size=True)
    assert len(content) > 100_000
    page.emulate_media(media="screen")
    page.wait_for_function("() => !document.body.classList.contains('ug-print')")
    assert sealed.faults == []
