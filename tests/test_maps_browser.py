"""The map in a browser with the network off: it draws, answers, stays quiet, and no text in it ever runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import SealedPage
from playwright.sync_api import Dialog, Page
from toy_map import HOSTILE, toy_frames

import urbangeo as ug
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
    assert page.locator(".leaflet-control-scale-line").inner_text().endswith("km")
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
    page.get_by_role("button", name="济南圈").click()
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
    assert other.page.locator("button[aria-pressed=true]").inner_text() == "济南圈"
    assert other.page.locator("input[type=radio]").nth(1).is_checked()
    assert not other.page.locator("input[data-layer=potential]").is_checked()
    fills = set(other.page.locator(".ug-county").evaluate_all("paths => paths.map(p => p.getAttribute('fill'))"))
    assert len(fills) == 6
    other.page.evaluate("location.hash = 'at=36.5,117.5,9&on=labels'")
    other.page.wait_for_selector(".ug-label-county")
    assert other.page.locator("button[aria-pressed=true]").count() == 0
    other.page.evaluate("location.hash = 'view=%E0%A4%A&on=nothing,%&fill=x&at=a,b'")
    other.page.wait_for_timeout(100)
    assert other.faults == []


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
    for view in ("全图", "山东", "济南圈"):
        page.get_by_role("button", name=view, exact=True).click()
        overlaps = page.evaluate(OVERLAPS)
        assert page.locator(".ug-label").count() > 5
        assert overlaps == 0, view


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_never_runs_and_shows_as_it_is(sealed_page: SealedPage, tmp_path: Path, hostile: str) -> None:
    dialogs: list[str] = []

    def close(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    sealed_page.page.on("dialog", close)
    frames = toy_frames(lambda word: hostile + word)
    path = saved(frames, tmp_path / "hostile.html", title=hostile + "题", subtitle=hostile, notes=[hostile + "注"])
    page = opened(sealed_page, path)
    shown = hostile.encode("utf-8", "replace").decode().strip()
    for box in page.locator(".ug-panel input[type=checkbox]").all():
        box.check()
    for view in page.locator(".ug-views button").all():
        view.click()
    page.fill(".ug-search input", "370101")
    page.keyboard.press("Enter")
    for selector, words in (
        (".ug-head h1", "题"),
        (".ug-card h3 span", "甲区"),
        (".ug-card", "名单NDRC_URI_ZONE"),
        (".ug-totals", "驾车"),
        (".ug-panel", "注"),
    ):
        assert shown + words in (page.text_content(selector) or ""), selector
    page.keyboard.press("Escape")
    page.mouse.move(400, 400)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    assert dialogs == []
    assert sealed_page.faults == []


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


def test_prints_on_one_sheet(atlas_page: SealedPage) -> None:
    page = atlas_page.page
    page.emulate_media(media="print")
    assert page.locator(".ug-foot").is_visible()
    assert page.locator(".ug-search").is_hidden()
    assert page.locator(".leaflet-control-zoom").is_hidden()
    assert page.pdf(format="A3", landscape=True, print_background=True)[:4] == b"%PDF"
