"""The map in a browser with the network off: it draws, answers, stays quiet, and no text in it ever runs."""

from __future__ import annotations

import dataclasses
import itertools
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from conftest import SealedPage
from playwright.sync_api import Page
from shapely import box as square
from toy_map import HOSTILE, toy_frames

import urbangeo as ug
from urbangeo.answers.fitness import network_report
from urbangeo.door.atlas import Atlas
from urbangeo.windows.maps import draw_map, save_map

pytestmark = pytest.mark.browser

READY = "html[data-urbangeo=ready]"

BOXES = """() => Object.fromEntries(
    [['foot', '.ug-foot'], ['panel', '.ug-panel'], ['map', '.folium-map'], ['head', '.ug-head']]
        .map(([name, selector]) => [name, document.querySelector(selector).getBoundingClientRect().toJSON()]))"""

COVERED = """() => [...document.querySelectorAll('.ug-foot p')].some(line => {
    const range = document.createRange();
    range.selectNodeContents(line);
    return [...range.getClientRects()].some(box => {
        const top = document.elementFromPoint(box.right - 2, (box.top + box.bottom) / 2);
        return !top || !top.closest('.ug-foot');
    });
})"""

CLIPPED = """() => {
    const map = document.querySelector('.folium-map').getBoundingClientRect();
    return [...document.querySelectorAll('.ug-label')].map(label => label.getBoundingClientRect()).filter(box =>
        box.left < map.left || box.right > map.right + 1 || box.top < map.top || box.bottom > map.bottom).length;
}"""

OVERLAPS = """() => {
    const boxes = [...document.querySelectorAll('.ug-label')].map(label => label.getBoundingClientRect());
    return boxes.filter((a, i) => boxes.some((b, j) =>
        i < j && a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top)).length;
}"""

ATTACK = """async () => {
    const reached = [];
    const script = document.createElement('script');
    script.textContent = 'window.hacked = 1';
    const image = document.createElement('div');
    image.innerHTML = '<img src=x onerror="window.hacked = 2">';
    document.body.append(script, image);
    await fetch('https://example.invalid/').then(() => reached.push('fetch'), () => 0);
    await new Promise(resolve => setTimeout(resolve, 200));
    return [window.hacked === undefined, reached];
}"""


def saved(frames: dict[str, Any], path: Path, **more: Any) -> Path:
    """Draw a map and save it."""
    return save_map(draw_map(frames["counties"], **{k: v for k, v in frames.items() if k != "counties"}, **more), path)


def opened(sealed: SealedPage, path: Path) -> Page:
    """Open a map and wait until it has drawn itself."""
    page = sealed.open(path)
    page.wait_for_selector(READY, state="attached")
    return page


@pytest.fixture(scope="module")
def atlas_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real counties, lists and roads with toy circles, saved once."""
    toy = toy_frames()
    frames = {
        "counties": ug.read_counties(),
        "census": ug.read_census(2020),
        "designations": ug.read_designations(),
        "potential": ug.potential_areas(ug.read_census(2020), rows="all"),
        "isochrones": toy["isochrones"],
        "totals": toy["totals"],
        "network": ug.read_network(),
    }
    return saved(frames, tmp_path_factory.mktemp("map") / "图 集.html", notes=["名单不全"])


@pytest.fixture
def atlas_page(sealed_pages: Callable[..., SealedPage], atlas_file: Path) -> SealedPage:
    """The real map, open."""
    sealed = sealed_pages(1600, 900)
    opened(sealed, atlas_file)
    return sealed


def test_opens_quietly_in_chinese(atlas_page: SealedPage) -> None:
    page = atlas_page.page
    assert page.inner_text("h1") == "山东省、青海省县域新型城镇化专题图"
    assert page.title() == page.inner_text("h1")
    foot = page.inner_text(".ug-foot")
    assert "审图号：GS（2024）0650号（底图数据）" in foot
    assert "本图为专题分析示意图" in foot
    assert page.locator(".ug-county").count() == 181
    assert page.inner_text(".ug-stamps").split("\n") == ["骨架路网结果，非实测", "含待核实信息"]
    assert "名单不全" in page.inner_text(".ug-panel")
    assert page.locator(".leaflet-control-scale-line").inner_text().endswith("公里")
    assert page.locator(".ug-north").is_visible()
    assert atlas_page.faults == []


def test_every_layer_toggles_and_draws(atlas_page: SealedPage) -> None:
    page = atlas_page.page
    boxes = page.locator(".ug-panel input[type=checkbox]")
    names = [boxes.nth(place).get_attribute("data-layer") for place in range(boxes.count())]
    assert {"demo", "zone", "provincial", "potential", "ma_jinan", "ma_qingdao", "roads", "circle:济南"} <= set(names)
    for place, name in enumerate(names):
        box = boxes.nth(place)
        if name == "labels":
            box.uncheck()
            assert page.locator(".ug-label-prefecture").count() == 0
            box.check()
            assert page.locator(".ug-label-prefecture").count() > 5
            continue
        pane = page.locator(f".leaflet-ug-layer-{place}-pane")
        box.uncheck()
        assert pane.locator("path[d]").count() == 0, name
        box.check()
        drawn = pane.locator("path[d]").evaluate_all(
            "paths => paths.filter(p => p.getAttribute('d').length > 8).length"
        )
        assert drawn > 0, name
        if name not in ("graticule", "labels"):
            legend = page.locator(".ug-layer").filter(has=box).locator(".ug-legend")
            assert legend.count() == 0 or legend.is_visible(), name
        box.uncheck()
        assert page.locator(".ug-layer").filter(has=box).locator(".ug-legend:visible").count() == 0, name
    assert atlas_page.faults == []


def test_marks_follow_the_layers(atlas_page: SealedPage) -> None:
    page = atlas_page.page
    page.evaluate("location.hash = 'on=potential,labels'")
    page.wait_for_function("document.querySelector('.ug-stamps').textContent === ''")
    page.locator("input[data-layer=roads]").check()
    assert page.inner_text(".ug-stamps") == "骨架路网结果，非实测"
    page.locator("input[data-layer=zone]").check()
    assert page.inner_text(".ug-stamps").split("\n") == ["骨架路网结果，非实测", "含待核实信息"]


def test_search_opens_the_card(atlas_page: SealedPage) -> None:
    page = atlas_page.page
    page.fill(".ug-search input", "邹平")
    assert page.inner_text(".ug-hits").startswith("邹平市 滨州市 371681")
    page.keyboard.press("Enter")
    card = page.inner_text(".ug-card")
    for words in (
        "邹平市",
        "371681",
        "774,517 人",
        "68.41%",
        "2020年人口普查",
        "济南都市圈",
        "一处来源",
        "（全市：滨州市）",
        "非潜力地区",
    ):
        assert words in card, words
    page.keyboard.press("Escape")
    assert page.locator(".ug-card").is_hidden()
    page.fill(".ug-search input", "630106")
    page.locator(".ug-hits button").first.click()
    assert "湟中区" in page.inner_text(".ug-card h3")
    page.fill(".ug-search input", "没有这个县")
    assert page.inner_text(".ug-hits") == "没有找到"
    assert atlas_page.faults == []


def test_hover_shows_and_click_pins(atlas_page: SealedPage) -> None:
    page = atlas_page.page
    page.get_by_role("button", name="山东", exact=True).click()
    page.mouse.move(500, 450)
    page.mouse.move(504, 452)
    assert page.locator(".ug-card").is_visible()
    first = page.inner_text(".ug-card h3 span")
    page.mouse.click(504, 452)
    page.mouse.move(700, 560)
    assert page.inner_text(".ug-card h3 span") == first, "a pinned card stays"
    page.get_by_role("button", name="关闭").click()
    assert page.locator(".ug-pinned").count() == 0
    page.locator("input[data-layer=ma_jinan]").check()
    page.mouse.move(500, 455)
    assert page.locator(".ug-card").is_visible(), "layers on top let the pointer through"


def test_address_keeps_view_layers_and_fill(
    sealed_pages: Callable[..., SealedPage], atlas_file: Path, atlas_page: SealedPage
) -> None:
    page = atlas_page.page
    page.get_by_role("button", name="济南1小时交通圈").click()
    page.locator("input[type=radio]").nth(1).check()
    page.locator("input[data-layer=potential]").uncheck()
    address = page.evaluate("location.hash")
    assert f"view={quote('circle:济南', safe='')}" in address
    assert "fill=rate" in address
    assert "potential" not in address
    other = sealed_pages(1600, 900)
    other.open(atlas_file)
    other.page.goto(atlas_file.resolve().as_uri() + address)
    other.page.reload()
    other.page.wait_for_selector(READY, state="attached")
    assert other.page.locator("button[aria-pressed=true]").inner_text() == "济南1小时交通圈"
    assert other.page.locator("input[type=radio]").nth(1).is_checked()
    assert not other.page.locator("input[data-layer=potential]").is_checked()
    fills = set(other.page.locator(".ug-county").evaluate_all("paths => paths.map(p => p.getAttribute('fill'))"))
    assert len(fills) == 6
    other.page.evaluate("location.hash = 'at=36.5,117.5,9&on=labels'")
    other.page.wait_for_selector(".ug-label-county")
    assert other.page.locator("button[aria-pressed=true]").count() == 0
    # Anybody can write an address; these once made the page reckon for ever.
    for far in ("0,1e300,5", "1e300,0,9", "36,117,1e9", "36,117,-40"):
        other.page.evaluate(f"location.hash = 'at={far}'")
        assert other.page.evaluate("document.querySelectorAll('.ug-county').length") > 0
    other.page.evaluate("location.hash = 'view=%E0%A4%A&on=nothing,%&fill=x&at=a,b'")
    other.page.wait_for_timeout(100)
    assert other.faults == []


def test_a_province_has_its_name_inside_itself(atlas_page: SealedPage) -> None:
    page = atlas_page.page
    names = page.locator(".ug-label-province")
    assert sorted(names.all_inner_texts()) == ["山东省", "青海省"]
    for name in names.all():
        box = name.bounding_box()
        assert box is not None
        middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        # Names let the pointer through: what lies under the middle of the name answers.
        under = page.evaluate("([x, y]) => document.elementFromPoint(x, y).getAttribute('class')", middle)
        assert "ug-county" in str(under), "not in the sea, nor in another province"


def test_potential_areas_are_ruled_over_classes(atlas_page: SealedPage) -> None:
    page = atlas_page.page
    row = page.locator("input[data-layer=potential]").locator("xpath=ancestor::div[contains(@class, 'ug-layer')]")

    def seen() -> tuple[str, str]:
        drawn = page.locator(".ug-area").evaluate_all("paths => paths.map(path => path.getAttribute('fill'))")
        swatch = row.locator(".ug-legend rect").first.get_attribute("fill") or ""
        return next((fill for fill in drawn if fill == swatch), ""), swatch

    plain = seen()
    assert plain[0] == plain[1] == "#f8de7e"
    page.locator("input[type=radio]").nth(1).check()
    ruled = seen()
    assert ruled[0] == ruled[1] != ""
    assert ruled[1].startswith("url(#"), "a plain colour would mix with those of the classes"
    assert page.locator(".ug-area[fill='#f8de7e']").count() == 0
    page.locator("input[data-layer=potential]").uncheck()
    page.locator("input[type=radio]").nth(0).check()
    page.locator("input[data-layer=potential]").check()
    assert seen() == plain
    assert atlas_page.faults == []


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768), (900, 600), (600, 700)])
def test_nothing_covers_the_statement(
    sealed_pages: Callable[..., SealedPage], atlas_file: Path, width: int, height: int
) -> None:
    sealed = sealed_pages(width, height)
    page = opened(sealed, atlas_file)
    for _ in range(2):
        boxes = page.evaluate(BOXES)
        foot, panel, chart = boxes["foot"], boxes["panel"], boxes["map"]
        assert foot["bottom"] <= height + 0.5
        assert foot["height"] < height / 3
        assert chart["bottom"] <= foot["top"] + 0.5
        assert chart["height"] > height * 0.4
        covered = page.evaluate(COVERED)
        assert not covered
        assert panel["width"] == 0 or panel["left"] >= foot["right"] - 0.5 or width <= 640
        page.locator(".ug-open:visible, .ug-panel-top button:visible").first.click()
    clipped = page.evaluate(CLIPPED)
    assert clipped == 0
    assert sealed.faults == []


def test_labels_do_not_overlap(atlas_page: SealedPage) -> None:
    page = atlas_page.page
    for view in ("全图", "山东", "济南1小时交通圈"):
        page.get_by_role("button", name=view, exact=True).click()
        overlaps = page.evaluate(OVERLAPS)
        assert page.locator(".ug-label").count() > 5
        assert overlaps == 0, view


def test_works_inside_a_notebook_frame(sealed_pages: Callable[..., SealedPage], tmp_path: Path) -> None:
    frames = toy_frames()
    chart = draw_map(frames.pop("counties"), **frames)
    host = tmp_path / "notebook.html"
    host.write_text(
        f"<!DOCTYPE html><meta charset=utf-8><div style='width:900px'>{chart._repr_html_()}</div>", encoding="utf-8"
    )
    sealed = sealed_pages(1000, 700)
    page = sealed.open(host)
    inside = page.frame_locator("iframe")
    inside.locator(READY).wait_for(state="attached")
    inside.locator("input[data-layer=ma_jinan]").check()
    inside.locator(".ug-search input").fill("乙县")
    inside.locator(".ug-search input").press("Enter")
    assert "乙县" in inside.locator(".ug-card h3").inner_text()
    assert sealed.faults == []


def test_policy_stops_scripts_and_requests(atlas_page: SealedPage) -> None:
    page = atlas_page.page
    stopped = page.evaluate(ATTACK)
    assert stopped == [True, []]


SIZES = [(1366, 768), (1600, 900)]
VIEWS = {
    "全图": ("山东省", "青海省"),
    "山东": ("济南市", "青岛市"),
    "青海": ("青海省", "西宁市", "海东市"),
    "济南1小时交通圈": ("济南市中心（泉城广场）",),
    "青岛1小时交通圈": ("青岛市中心（五四广场）",),
    "西宁—海东都市圈通勤圈": ("西宁市中心（大十字）", "海东市乐都区"),
}

NAMES = """() => {
    const map = document.querySelector('.folium-map').getBoundingClientRect();
    const others = [...document.querySelectorAll('.ug-centre, .folium-map .leaflet-control')]
        .map(node => node.getBoundingClientRect()).filter(r => r.width);
    const inside = b => b.left >= map.left && b.right <= map.right && b.top >= map.top && b.bottom <= map.bottom;
    const meet = (a, b) => a.left < b.right - 1 && a.right > b.left + 1 && a.top < b.bottom - 1 && a.bottom > b.top + 1;
    return [...document.querySelectorAll('.ug-label')].filter(label => {
        const b = label.getBoundingClientRect();
        return inside(b) && !others.some(r => meet(b, r));
    }).map(label => label.textContent);
}"""

CARDS = """corners => {
    const map = document.querySelector('.folium-map').getBoundingClientRect();
    const card = document.querySelector('.ug-card'), found = [];
    [...document.querySelectorAll('.ug-county')].forEach((path, member) => {
        for (const [x, y] of corners) {
            const at = {bubbles: true, clientX: map.left + x * map.width, clientY: map.top + y * map.height};
            path.dispatchEvent(new MouseEvent('mouseover', at));
            path.dispatchEvent(new MouseEvent('mousemove', at));
            const box = card.getBoundingClientRect(), name = card.querySelector('h3 span').textContent;
            const inside = box.top >= map.top && box.bottom <= map.bottom
                && box.left >= map.left && box.right <= map.right;
            found.push([name, !card.hidden && inside && card.scrollHeight <= card.clientHeight, card.innerText]);
            path.dispatchEvent(new MouseEvent('mouseout', at));
        }
    });
    return found;
}"""

PAPER = """() => {
    const rect = selector => document.querySelector(selector).getBoundingClientRect().toJSON();
    const shown = node => node.getClientRects().length > 0;
    const all = (selector, test = shown) => [...document.querySelectorAll(selector)].filter(test);
    // Text in a drawing has no box of its own that could cut it.
    const cut = node => !node.ownerSVGElement && node.clientHeight && node.scrollHeight > node.clientHeight + 1;
    return {
        sheet: rect('.ug-sheet'),
        map: rect('.folium-map'),
        circles: all('.ug-contour').map(node => node.getBoundingClientRect().toJSON()),
        parts: ['.ug-head h1', '.ug-foot', '.ug-north', '.leaflet-control-scale', '.ug-panel'].map(rect),
        labels: all('.ug-label').length,
        headings: all('.ug-panel .ug-section > *:first-child').map(node => node.textContent),
        cut: all('.ug-report, .ug-report *, .ug-scroll', cut).length,
        rows: all('.ug-report .ug-totals tbody tr').map(node => node.textContent),
        sources: all('.ug-report ol li').map(node => node.firstChild.textContent),
        notes: all('.ug-report ul li').map(node => node.textContent),
        hidden: all('.ug-search, .ug-views, .leaflet-control-zoom, .ug-card').length,
    };
}"""


@pytest.fixture(scope="module")
def pack_file(built_atlas: Atlas) -> Path:
    """The map of the real pack."""
    return built_atlas.folder / "atlas.html"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_names_that_must_not_be_missing(
    sealed_pages: Callable[..., SealedPage], pack_file: Path, width: int, height: int
) -> None:
    page = opened(sealed_pages(width, height), pack_file)
    for view, names in VIEWS.items():
        page.get_by_role("button", name=view, exact=True).click()
        seen = page.evaluate(NAMES)
        assert set(names) <= set(seen), (view, seen)
        overlaps = page.evaluate(OVERLAPS)
        assert overlaps == 0, view


@pytest.mark.parametrize(("width", "height"), [*SIZES, (1000, 600)])
def test_no_hover_card_is_cut(
    sealed_pages: Callable[..., SealedPage], pack_file: Path, width: int, height: int
) -> None:
    sealed = sealed_pages(width, height)
    page = opened(sealed, pack_file)
    cards = page.evaluate(CARDS, list(itertools.product((0.02, 0.5, 0.98), (0.02, 0.5, 0.98))))
    assert len(cards) == 181 * 9
    assert sorted({name for name, whole, _ in cards if not whole}) == []
    assert sealed.faults == []


def test_a_short_hover_card_says_where_the_rest_is(sealed_pages: Callable[..., SealedPage], pack_file: Path) -> None:
    page = opened(sealed_pages(1366, 768), pack_file)
    cards = {name: words for name, _, words in page.evaluate(CARDS, [(0.5, 0.5)])}
    assert "点击查看全部" in cards["历城区"]
    assert "点击查看全部" not in cards["称多县"]
    page.fill(".ug-search input", "历城")
    page.keyboard.press("Enter")
    assert "点击查看全部" not in page.inner_text(".ug-card")
    assert "第三批（2016年）（全市：济南市）" in page.inner_text(".ug-card")
    page.hover(".ug-card")
    page.mouse.wheel(0, 600)
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('.ug-card').scrollTop") > 0


@pytest.mark.parametrize("view", ["全图", "济南1小时交通圈", "青岛1小时交通圈", "西宁—海东都市圈通勤圈"])
def test_prints_the_map_and_all_that_belongs_to_it(
    sealed_pages: Callable[..., SealedPage], pack_file: Path, tmp_path: Path, view: str
) -> None:
    sealed = sealed_pages(1366, 768)
    page = opened(sealed, pack_file)
    page.get_by_role("button", name=view, exact=True).click()
    before = page.evaluate("[location.hash, document.querySelector('.leaflet-control-scale').textContent]")
    labels = page.locator(".ug-label").all_text_contents()
    # The table behind a curve is folded; on paper the curve itself stands for it.
    tables = page.locator(".ug-totals tbody tr:visible").count()
    sources = page.locator(".ug-panel ol li").count()
    page.emulate_media(media="print")
    page.wait_for_selector("body.ug-print")
    paper = page.evaluate(PAPER)
    sheet, chart = paper["sheet"], paper["map"]
    assert chart["height"] > 0.75 * sheet["height"]
    for part in (chart, *paper["parts"]):
        assert part["width"] > 0
        assert part["top"] >= sheet["top"] - 1
        assert part["bottom"] <= sheet["bottom"] + 1
        assert part["right"] <= sheet["right"] + 1
    outer = max(
        (box for box in paper["circles"] if box["right"] > chart["left"] and box["left"] < chart["right"]),
        key=lambda box: float(box["width"]),
    )
    for low, high in (("left", "right"), ("top", "bottom")):
        assert outer[low] >= chart[low]
        assert outer[high] <= chart[high]
    assert paper["labels"] > 3
    assert paper["cut"] == 0
    assert paper["hidden"] == 0
    assert paper["headings"] == ["国家级名单", "分析结果", "1小时交通圈", "基础要素"], (
        "groups with nothing on are left out"
    )
    assert len(paper["rows"]) == tables
    assert len(paper["sources"]) == sources
    file = tmp_path / "map.pdf"
    page.pdf(path=file, prefer_css_page_size=True, print_background=True)
    words = pdf_pages(file)
    if words is not None:
        assert len(words) >= 2
        assert plain("审图号：GS（2024）0650号") in words[0], "the statement stands under the map"
        rest = "".join(words[1:])
        for line in (*paper["rows"], *paper["sources"], *paper["notes"]):
            assert plain(line) in rest, line
    page.emulate_media(media="screen")
    page.wait_for_selector("body:not(.ug-print)")
    assert page.evaluate("[location.hash, document.querySelector('.leaflet-control-scale').textContent]") == before
    assert page.locator(".ug-label").all_text_contents() == labels
    assert page.locator(".ug-panel ol li").count() == sources
    assert page.locator("button[aria-pressed=true]").inner_text() == view
    assert sealed.faults == []


def test_prints_without_being_told_by_the_media_first(
    sealed_pages: Callable[..., SealedPage], pack_file: Path, tmp_path: Path
) -> None:
    sealed = sealed_pages(900, 600)
    page = opened(sealed, pack_file)
    for box in page.locator(".ug-panel input[type=checkbox]").all():
        box.check()
    page.locator("input[type=radio]").nth(1).check()
    page.locator(".ug-panel-top button").click()
    page.pdf(path=tmp_path / "map.pdf", prefer_css_page_size=True, print_background=True)
    page.wait_for_selector("body:not(.ug-print)")
    assert page.locator(".ug-panel").is_hidden(), "the panel stays folded as it was"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    paper = page.evaluate(PAPER)
    assert paper["cut"] == 0, "a legend of every layer goes on with the next page"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    groups = page.locator(".ug-panel .ug-group > legend").all_text_contents()
    first = ["活动交通圈（网页内计算）", "底图着色", "国家级名单", "省级试点"]
    assert groups[:4] == first, "groups come back in their order"
    words = pdf_pages(tmp_path / "map.pdf")
    if words is not None:
        assert 2 <= len(words) <= 5
        assert all(plain(words[number]) for number in range(len(words))), "no empty page"
        assert "山东省小城镇创新提升行动试点镇" in "".join(words)
    assert sealed.faults == []


def pdf_pages(file: Path) -> list[str] | None:
    """Return the text of each page without white space, or None where no tool can read it."""
    if shutil.which("pdftotext") is None:
        return None
    read = subprocess.run(["pdftotext", "-raw", str(file), "-"], check=True, capture_output=True, text=True)
    return [plain(words) for words in read.stdout.split("\f")[:-1]]


def plain(words: str) -> str:
    """Return text as PDF readers agree on it: without white space, radicals as characters."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", words))


@pytest.fixture(scope="module")
def report_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The roads of Shandong with every twelfth direction missing, and what is found of them; notes that would run."""
    skeleton = ug.read_network()
    kept = skeleton.take_edges((np.arange(len(skeleton.u)) % 12 > 0) & (skeleton.lon[skeleton.u] > 110))
    broken = dataclasses.replace(kept, kind="lines", provenance={})
    counties = ug.read_counties("山东")
    report = network_report(broken, counties=counties, census=ug.read_census(2020, zones="to_host"))
    notes = [HOSTILE[place % 3] + note for place, note in enumerate(report.problems["note_zh"])]
    report = dataclasses.replace(report, problems=report.problems.assign(note_zh=notes))
    page = draw_map(counties, network=broken, report=report, layers_on=["roads", "problems", "labels"])
    return save_map(page, tmp_path_factory.mktemp("report") / "report.html")


def test_problem_points_are_drawn_and_say_what_they_are(
    sealed_pages: Callable[..., SealedPage], report_file: Path
) -> None:
    sealed = sealed_pages(1366, 768)
    page = opened(sealed, report_file)
    points = page.locator("path.ug-problem")
    drawn = points.evaluate_all("paths => paths.filter(path => path.getAttribute('d').length > 8).length")
    assert drawn == points.count() > 3
    legend = page.locator(".ug-layer").filter(has=page.locator("[data-layer=problems]"))
    assert legend.locator("svg circle").count() == len(re.findall("处）", legend.inner_text())) > 0
    points.nth(1).hover(force=True)
    page.wait_for_selector(".leaflet-tooltip")
    words = page.inner_text(".leaflet-tooltip")
    assert "：" in words
    assert any(text.strip()[:8] in words for text in HOSTILE[:3]), "as text, not run"
    page.locator("[data-layer=problems]").uncheck()
    assert page.locator("path.ug-problem").count() == 0
    page.locator("input[value=roads][type=radio]").check()
    colours = page.locator(".ug-county").evaluate_all("ps => [...new Set(ps.map(p => p.getAttribute('fill')))].length")
    assert colours > 2
    assert sealed.faults == []
    reached = page.evaluate(ATTACK)
    assert reached == [True, []]


@pytest.fixture(scope="module")
def changes_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two squares of changed ground in the toy country, one gained and one lost, of a centre whose name would run."""
    frames = toy_frames()
    changes = gpd.GeoDataFrame(
        {
            "origin_id": [HOSTILE[2] + "甲"] * 2,
            "cutoff_min": [60.0] * 2,
            "kind": ["gained", "lost"],
            "area_km2": [1000.34, 20.0],
            "population": pd.array([35_000, 800], dtype="Int64"),
            "network_kind": ["skeleton"] * 2,
        },
        geometry=[square(117.1, 36.1, 117.9, 36.9), square(118.1, 35.1, 118.9, 35.9)],
        crs="EPSG:4490",
    ).set_index(["origin_id", "cutoff_min", "kind"])
    page = draw_map(frames["counties"], changes=changes)
    return save_map(page, tmp_path_factory.mktemp("changes") / "changes.html")


def test_changes_are_drawn_told_apart_and_say_their_figures(
    sealed_pages: Callable[..., SealedPage], changes_file: Path
) -> None:
    sealed = sealed_pages(1366, 768)
    page = opened(sealed, changes_file)
    page.get_by_role("button", name="变化范围").click()
    areas = page.locator("path.ug-change")
    assert areas.evaluate_all("paths => paths.filter(path => path.getAttribute('d').length > 8).length") == 2
    fills = areas.evaluate_all("paths => paths.map(path => path.getAttribute('fill'))")
    dashes = areas.evaluate_all("paths => paths.map(path => Boolean(path.getAttribute('stroke-dasharray')))")
    assert fills[0].startswith("#"), "gained ground is filled"
    assert fills[1].startswith("url(#"), "lost ground is hatched: print without colours still tells them apart"
    assert dashes == [False, True]
    row = page.locator(".ug-layer").filter(has=page.locator("[data-layer^='changes:']"))
    assert "新增：1,000.3 平方公里，约 3.5 万人" in row.inner_text()
    assert "减少：20.0 平方公里，约 800 人" in row.inner_text()
    assert row.locator(".ug-legend svg rect").count() == 2
    assert page.inner_text(".ug-stamps") == "骨架路网结果，非实测"
    for number, words, county in ((0, "60分钟圈新增：1,000.3 平方公里", "甲区"), (1, "60分钟圈减少：20.0", "丁回族")):
        areas.nth(number).hover()
        told = page.locator(".leaflet-tooltip", has_text=words)
        told.wait_for()
        assert HOSTILE[2] in told.inner_text(), "as text, not run"
        areas.nth(number).click()
        assert county in page.inner_text(".ug-card h3"), "a click goes on to the county below"
        page.keyboard.press("Escape")
        page.mouse.move(5, 300)
    row.locator("input").uncheck()
    assert areas.count() == 0
    assert page.inner_text(".ug-stamps") == ""
    assert sealed.faults == []
    reached = page.evaluate(ATTACK)
    assert reached == [True, []]
