"""The live circle in a browser with the network off: all of it is changed, said, kept in the address and printed."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable
from importlib import resources
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import shapely
from conftest import SealedPage
from playwright.sync_api import Page
from test_maps_browser import ATTACK, opened
from toy_map import HOSTILE, toy_frames

import urbangeo as ug
from urbangeo.answers.fitness import NetworkReport, network_report
from urbangeo.errors import InputError, JoinError
from urbangeo.windows.maps import draw_map, save_map
from urbangeo.windows.maps.live import LiveCircle, live_circle
from urbangeo.windows.maps.page import payload_of

pytestmark = pytest.mark.browser

SETTLED = "[data-live=settled]"
CENTRE = ".ug-live-centre"
HASH = "decodeURIComponent(location.hash)"
TARGET = "规划目标 2,000 万人"
SCENARIO = "情景推演，非规划口径，不与规划目标比较。"

WATCH = """() => {
    window.solved = [];
    const open = urbangeoLive.open;
    urbangeoLive.open = packed => {
        const engine = open(packed), solve = engine.solve;
        engine.solve = wish => { solved.push(JSON.parse(JSON.stringify(wish))); return solve(wish); };
        return engine;
    };
}"""


@functools.cache
def packed(source: str = "auto") -> LiveCircle:
    """The skeleton with the counties of Shandong, once a run."""
    counties, census = ug.read_counties("山东"), ug.read_census(2020, provinces="山东", zones="to_host")
    source_: Any = source
    return live_circle(ug.read_network(), counties, census, origin=["济南", "青岛"], source=source_)


def drawn(live: LiveCircle, path: Path, **more: Any) -> Path:
    """Save a map of Shandong with a live circle."""
    return save_map(draw_map(ug.read_counties("山东"), live=live, **more), path)


@pytest.fixture(scope="module")
def live_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A map with a live circle, switched off as it opens."""
    return drawn(packed(), tmp_path_factory.mktemp("live") / "活动 圈.html")


@pytest.fixture
def live_page(sealed_pages: Callable[..., SealedPage], live_file: Path) -> SealedPage:
    """The map, open, with the live circle begun from the invitation."""
    sealed = sealed_pages(1366, 768)
    page = opened(sealed, live_file)
    page.evaluate(WATCH)
    page.get_by_role("button", name="打开并试算").click()
    settle(page)
    return sealed


def settle(page: Page) -> None:
    """Wait until the page is made and every answer stands there."""
    page.wait_for_selector("html[data-urbangeo=ready]", state="attached")
    page.wait_for_timeout(60)
    page.wait_for_selector(SETTLED, state="attached")


def answer(page: Page) -> str:
    """Return what the circle says."""
    settle(page)
    # What is read aloud comes later, on purpose.
    return "\n".join(page.locator(".ug-live-answer > :not(.ug-live-spoken)").all_inner_texts())


def reached(page: Page) -> int:
    """Return how many counties it counts."""
    found = re.search(r"驻地可达 (\d+) 个", answer(page))
    assert found, page.inner_text(".ug-live-answer")
    return int(found[1])


def people(page: Page) -> float:
    """Return the people it counts, in ten thousands."""
    found = re.search(r"分钟内约 ([\d,.]+) 万人", answer(page))
    assert found, page.inner_text(".ug-live-answer")
    return float(found[1].replace(",", ""))


def area(page: Page) -> float:
    """Return how much of the screen the edge of the circle spans."""
    box = page.locator("path.ug-live-edge").bounding_box()
    assert box
    return box["width"] * box["height"]


def find_road(page: Page, name: str) -> None:
    """Choose a road by its name."""
    page.fill(".ug-live-part input[type=search]", name)
    page.keyboard.press("Enter")


def test_opens_as_before_with_an_invitation(sealed_pages: Callable[..., SealedPage], live_file: Path) -> None:
    sealed = sealed_pages(1366, 768)
    page = opened(sealed, live_file)
    page.evaluate(WATCH)
    assert page.locator(".ug-live-invite").is_visible()
    assert page.locator(f".ug-live-tools:visible, .ug-live-results:visible, {CENTRE}").count() == 0
    assert page.inner_text(".ug-stamps") == ""
    assert not page.locator("input[data-layer=live]").is_checked()
    assert page.evaluate("solved.length") == 0, "nothing is computed before it is wanted"
    page.locator("input[data-layer=live]").check()
    settle(page)
    assert page.locator(CENTRE).count() == 1
    assert page.inner_text(".ug-stamps").split("\n") == ["骨架路网结果，非实测", "含待核实信息"]
    page.locator("input[data-layer=live]").uncheck()
    assert page.locator(f"{CENTRE}, path.ug-live-edge, .ug-live-results:visible").count() == 0
    assert page.inner_text(".ug-stamps") == ""
    assert page.locator(".ug-live-invite").is_visible()
    assert sealed.faults == []


def test_a_page_without_one_carries_nothing_of_it() -> None:
    html = draw_map(ug.read_counties("青海")).get_root().render()
    assert "urbangeoLive" not in html
    assert "ug-live" not in html


def test_the_opening_is_the_plans_own(live_page: SealedPage) -> None:
    page = live_page.page
    assert "济南市中心（泉城广场）：60 分钟内约" in answer(page)
    assert TARGET in answer(page)
    assert "差" in page.inner_text(".ug-live-target")
    assert "情景推演" not in page.inner_text("body")
    rows = page.locator(".ug-live-table tbody tr")
    within = rows.filter(has_text="可达").filter(has_not_text="不可达")
    assert within.count() == reached(page) > 5
    minutes = page.evaluate("[...document.querySelectorAll('.ug-live-table td:nth-child(2)')].map(c => +c.textContent)")
    assert minutes == sorted(minutes)
    table = page.evaluate(
        "[...document.querySelectorAll('.ug-live-table tbody td:last-child')].map(c => +c.textContent)"
    )
    assert sum(table) == pytest.approx(people(page), abs=0.05 * len(table))
    page.wait_for_selector(".ug-live-curve svg path")
    assert "60 分钟内约" in (page.get_attribute(".ug-live-curve svg", "aria-label") or "")
    page.fill(".ug-search input", "历下区")
    page.keyboard.press("Enter")
    assert "活动圈驻地" in page.inner_text(".ug-card")
    assert "分钟，可达" in page.inner_text(".ug-card")
    assert "达标" not in page.inner_text(".ug-live-results"), "a seat is reached; only a share is enough"
    assert live_page.faults == []


def test_the_people_are_those_of_the_library(live_page: SealedPage) -> None:
    counties, census = ug.read_counties("山东"), ug.read_census(2020, provinces="山东", zones="to_host")
    network = ug.read_network()
    discs = ug.isochrones(network, "济南", cutoffs=[60])
    minutes = ug.seat_minutes(network, "济南")
    covered = ug.coverage(discs, counties, census, seat_minutes=minutes)
    assert people(live_page.page) == pytest.approx(covered["population"].sum() / 1e4, rel=0.005)
    assert reached(live_page.page) == int(covered["covered"].sum())


def test_any_time_may_be_chosen(live_page: SealedPage) -> None:
    page = live_page.page
    before, whole, counted = people(page), area(page), page.evaluate("solved.length")
    page.locator(".ug-live-time input[type=range]").fill("37.4")
    assert "37.4 分钟内约" in answer(page)
    assert people(page) < before
    assert area(page) < whole
    assert (
        page.locator("path.ug-live-band").evaluate_all("ps => ps.filter(p => p.getAttribute('d').length > 8).length")
        == 3
    )
    assert "所选时间 37.4 分钟" in page.inner_text(".ug-live-legend")
    assert TARGET not in answer(page), "the target is set for an hour"
    assert "情景推演" not in answer(page)
    page.locator(".ug-live-time input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    assert page.input_value(".ug-live-time input[type=number]") == "38"
    page.fill(".ug-live-time input[type=number]", "999")
    page.keyboard.press("Tab")
    assert page.input_value(".ug-live-time input[type=number]") == "60"
    page.get_by_role("button", name="15", exact=True).click()
    settle(page)
    assert page.evaluate(HASH).endswith("&live-min=15")
    assert page.evaluate("solved.length") == counted, "another time asks nothing of the roads"
    assert live_page.faults == []


def test_the_centre_is_dragged_by_mouse(live_page: SealedPage) -> None:
    page = live_page.page
    before = people(page)
    box = page.locator(CENTRE).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 150, y + 12, steps=8)
    page.mouse.up()
    assert SCENARIO in answer(page)
    assert TARGET not in answer(page)
    assert people(page) != before
    assert "与初始方案相比" in answer(page)
    assert page.inner_text(".ug-stamps").split("\n")[-1] == "情景推演"
    last = page.evaluate("solved.filter(wish => Math.abs(wish.centres[0][1] - 117.017) > 1e-6).pop().centres[0]")
    assert f"live-at={last[0]:.5f},{last[1]:.5f}" in page.evaluate(HASH), "what is shown was computed for where it lies"
    assert page.evaluate("document.querySelector('.ug-live-start select').value") == "own"
    marks = page.locator(".ug-live-table .ug-badge").all_inner_texts()
    assert set(marks) == {"新增", "失去"}
    gained = answer(page)
    for word, kind in (("新增驻地可达", "新增"), ("失去驻地可达", "失去")):
        found = re.search(rf"{word} (\d+) 个：", gained)
        assert found
        assert int(found[1]) == marks.count(kind)
    assert live_page.faults == []


def test_the_centre_is_moved_by_keys_and_by_name(live_page: SealedPage) -> None:
    page = live_page.page
    centre = page.locator(CENTRE)
    assert (centre.get_attribute("aria-label") or "").startswith("中心 1：济南市中心（泉城广场）")
    centre.focus()
    view = page.evaluate("location.hash")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    settle(page)
    at = page.evaluate(HASH).split("live-at=")[1].split(",")
    assert float(at[1]) > 117.017
    assert float(at[0]) > 36.662
    assert view.split("&")[0] in page.evaluate("location.hash"), "the map itself stays where it is"
    field = page.locator(".ug-live-centre-row input")
    for text, said in (
        ("章丘", "章丘区政府驻地：60 分钟内约"),
        ("117.5，36.7", "内一点（117.5000°E 36.7000°N）：60 分钟内约"),
        ("36.66 117.02", "内一点（117.0200°E 36.6600°N）：60 分钟内约"),
        ("青岛市中心（五四广场）", "青岛市中心（五四广场）：60 分钟内约"),
        ("济南", "济南市中心（泉城广场）：60 分钟内约"),
        ("青岛市", "青岛市中心（五四广场）：60 分钟内约"),
    ):
        field.fill(text)
        page.keyboard.press("Enter")
        assert said in answer(page), text
    before = page.evaluate("location.hash")
    for text, said in (("没有这个县", "没有找到“没有这个县”"), ("市", "“市”有几处"), ("999,999", "不是可用的坐标")):
        field.fill(text)
        page.keyboard.press("Enter")
        assert said in page.inner_text(".ug-live-problem[role=alert]")
    assert page.evaluate("location.hash") == before
    assert live_page.faults == []


def test_a_centre_that_cannot_be_used_is_said_to_be_so(live_page: SealedPage) -> None:
    page = live_page.page
    page.fill(".ug-live-centre-row input", "120.6,38.5")
    page.keyboard.press("Enter")
    assert "没有可以计算的中心" in answer(page)
    assert re.search(r"中心 1 距最近道路直线 \d+\.\d 公里，超出接驳范围", answer(page))
    assert "超出接驳范围" in page.inner_text(".ug-live-fault"), "beside the mark too"
    assert "失去" not in answer(page)
    page.get_by_role("button", name="全部还原").click()
    assert TARGET in answer(page)
    page.wait_for_selector(".ug-live-fault", state="detached")
    assert live_page.faults == []


def test_a_second_centre_comes_and_goes(live_page: SealedPage) -> None:
    page = live_page.page
    before = people(page)
    add = page.get_by_role("button", name="添加第二中心")
    add.click()
    assert page.locator(CENTRE).count() == 2
    assert add.is_hidden()
    assert page.evaluate("document.activeElement.classList.contains('ug-live-centre')"), "the keys move it at once"
    page.locator(".ug-live-centre-row input").nth(1).fill("淄川区")
    page.keyboard.press("Enter")
    assert "济南市中心（泉城广场）与淄川区政府驻地：60 分钟内约" in answer(page)
    assert people(page) > before
    assert "没有失去驻地可达的县" in answer(page)
    assert "减少合计 0 人" in answer(page), "a centre more takes nobody away"
    page.get_by_role("button", name="移除中心 2").click()
    assert people(page) == before
    assert page.locator(CENTRE).count() == 1
    assert TARGET in answer(page)
    assert live_page.faults == []


def test_roads_are_closed_slowed_and_given_back(live_page: SealedPage) -> None:
    page = live_page.page
    before, counties = people(page), reached(page)
    find_road(page, "京沪高速")
    assert page.locator(".ug-live-editor").is_visible()
    name = page.inner_text(".ug-live-road")
    page.check(".ug-live-editor input[value=off]")
    assert people(page) <= before
    assert SCENARIO in answer(page)
    assert page.locator("path.ug-live-off").get_attribute("stroke-dasharray")
    changed = page.locator(".ug-live-changed li")
    assert changed.count() == 1
    assert changed.inner_text().startswith(f"{name}：关闭")
    assert "关闭的道路" in page.inner_text(".ug-live-legend")
    all_roads = page.locator(".ug-live-stretch option").count() - 1
    assert all_roads == page.evaluate("Math.max(...solved.map(wish => Object.keys(wish.changes).length))") > 1
    speed = page.get_by_label("车速（公里/小时）")
    for text, taken in (("4", False), ("131", False), ("", False), ("130", True), ("30", True)):
        speed.fill(text)
        page.keyboard.press("Tab")
        settle(page)
        said = page.inner_text(".ug-live-editor .ug-live-problem")
        assert ("不在 5—130 公里/小时之间" in said) is not taken, text
    assert "改为 30 公里/小时" in changed.inner_text()
    asked = page.evaluate("solved.filter(wish => Object.keys(wish.changes).length).pop().changes")
    assert {change["kmh"] for change in asked.values()} == {30}
    assert "降速的道路" in page.inner_text(".ug-live-legend")
    assert page.locator("path.ug-live-slower").evaluate("p => p.getAttribute('d').length") > 8
    page.locator(".ug-live-stretch select").select_option("0")
    page.check(".ug-live-editor input[value=open]")
    settle(page)
    assert f"（{all_roads} 段中的 {all_roads - 1} 段）" in changed.inner_text()
    page.get_by_role("button", name="全部恢复").click()
    assert (people(page), reached(page)) == (before, counties)
    assert changed.count() == 0
    assert TARGET in answer(page)
    find_road(page, "济青中线")
    page.locator(".ug-live-editor label", has_text="改速").click()
    page.wait_for_timeout(60)
    settle(page)
    assert page.is_checked(".ug-live-editor input[value=kmh]"), "another speed waits for its figure"
    assert speed.evaluate("node => node === document.activeElement")
    page.keyboard.press("Tab")
    settle(page)
    assert page.is_checked(".ug-live-editor input[value=kmh]")
    assert changed.count() == 0
    speed.fill("55")
    page.keyboard.press("Tab")
    settle(page)
    assert "改为 55 公里/小时" in changed.inner_text()
    find_road(page, "没有这条路")
    assert "没有找到道路" in page.inner_text(".ug-live-part .ug-hits")
    assert live_page.faults == []


def test_a_road_is_chosen_on_the_map(live_page: SealedPage) -> None:
    page = live_page.page
    spot = page.evaluate("""() => {
        const d = document.querySelector('path.ug-live-touch').getBoundingClientRect(), seen = [];
        for (let x = 260; x < 800; x += 6) for (let y = 150; y < 600; y += 6) {
            const top = document.elementFromPoint(x, y);
            if (top && top.classList.contains('ug-live-touch')) return [x, y];
        }
        return null;
    }""")
    assert spot
    page.mouse.move(*spot)
    page.wait_for_selector(".ug-live-road-tip")
    told = page.inner_text(".ug-live-road-tip")
    page.mouse.click(*spot)
    assert page.locator(".ug-live-editor").is_visible()
    assert told.startswith(page.inner_text(".ug-live-road"))
    assert page.locator(".ug-card").is_hidden(), "the county below is not asked"
    page.get_by_role("button", name="完成").click()
    assert page.locator(".ug-live-editor").is_hidden()
    assert live_page.faults == []


def test_what_it_is_compared_with_can_be_kept(live_page: SealedPage) -> None:
    page = live_page.page
    page.fill(".ug-live-centre-row input", "章丘")
    page.keyboard.press("Enter")
    settle(page)
    page.get_by_role("button", name="以当前为比较基准").click()
    settle(page)
    assert "相比" not in answer(page), "it is what it is compared with"
    find_road(page, "济青中线")
    page.check(".ug-live-editor input[value=off]")
    assert "与所设基准相比" in answer(page)
    address = page.evaluate("location.hash")
    page.get_by_role("button", name="基准改回初始").click()
    assert "与初始方案相比" in answer(page)
    assert "live-base" in address
    assert "live-base" not in page.evaluate("location.hash")
    assert live_page.faults == []


def test_a_link_brings_everything_back(
    sealed_pages: Callable[..., SealedPage], live_file: Path, live_page: SealedPage
) -> None:
    page = live_page.page
    page.locator(".ug-live-start select").select_option("1")
    settle(page)
    page.get_by_role("button", name="添加第二中心").click()
    page.check("input[value=to]")
    page.locator(".ug-live-time input[type=range]").fill("48.5")
    find_road(page, "青银")
    page.check(".ug-live-editor input[value=off]")
    find_road(page, "沈海")
    page.get_by_label("车速（公里/小时）").fill("65")
    said, address = answer(page), page.evaluate("location.hash")
    for key in ("live-start=1", "live-min=48.5", "live-dir=to", "live-at=", "live-road="):
        assert key in address
    assert len(address) < 1500
    page.get_by_role("button", name="复制链接").click()
    page.locator(".ug-live-buttons button", has_text=re.compile("已复制|请复制地址栏")).wait_for()
    other = sealed_pages(1366, 768)
    other.open(live_file)
    other.page.goto(live_file.resolve().as_uri() + address)
    other.page.reload()
    assert answer(other.page) == said
    assert other.page.evaluate("location.hash") == address
    assert other.page.locator(".ug-live-changed li").count() == 2
    # The roads of another network would be other roads: their changes are left out, and that is said.
    other.page.evaluate(
        "hash => { location.hash = hash; }", re.sub(r"(live-road=)[0-9a-f]{8}", r"\g<1>00000000", address)
    )
    settle(other.page)
    assert "来自另一版路网" in other.page.inner_text(".ug-live-faults")
    assert other.page.locator(".ug-live-changed li").count() == 0
    mark = re.search(r"live-road=([0-9a-f]{8}!)", address)
    assert mark is not None
    other.page.evaluate("hash => { location.hash = hash; }", f"on=live&live-road={mark[1]}0:9999;1:off")
    settle(other.page)
    assert "不可用的道路改动" in other.page.inner_text(".ug-live-faults")
    other.page.evaluate("location.hash = 'on=live&live-at=999,999'")
    settle(other.page)
    assert other.page.locator(".ug-live-faults li").all_inner_texts() == ["链接中有不可用的中心坐标，已略去。"]
    for wrong in (
        "live-min=x&live-at=a,b&live-road=0-99999:off;3:9999;%ZZ:off;7:0&live-dir=up&live-start=9&live-base=~",
        "live-at=999,999&live-road=9999999:off&live-min=-1&live-base=from~36,117~5:1",
    ):
        other.page.evaluate(f"location.hash = 'on=live&{wrong}'")
        settle(other.page)
        assert "分钟内约" in answer(other.page)
    other.page.evaluate("location.hash = 'on=live'")
    assert TARGET in answer(other.page)
    assert other.faults == []
    assert live_page.faults == []


def test_paper_carries_the_answer_and_its_marks(live_page: SealedPage) -> None:
    page = live_page.page
    page.fill(".ug-live-centre-row input", "章丘")
    page.keyboard.press("Enter")
    find_road(page, "济青中线")
    page.check(".ug-live-editor input[value=off]")
    settle(page)
    page.wait_for_selector(".ug-live-curve svg path")
    page.emulate_media(media="print")
    page.wait_for_selector("body.ug-print")
    assert page.locator(".ug-live-tools:visible, .ug-live-invite:visible").count() == 0
    results = page.locator(".ug-report .ug-live-results")
    assert results.is_visible()
    for words in ("骨架路网结果，非实测", "情景推演", "章丘区政府驻地：60 分钟内约", SCENARIO, "各县（市、区）"):
        assert words in results.inner_text()
    assert re.search(r"由中心出发\s+济青中线.*：关闭", results.inner_text()), "which roads the figures are of"
    assert page.inner_text(".ug-stamps").split("\n")[-1] == "情景推演"
    assert page.locator(CENTRE).is_visible()
    assert "关闭的道路" in page.inner_text(".ug-panel")
    cut = page.evaluate("(node => node.scrollHeight > node.clientHeight + 1)(document.querySelector('.ug-live-frame'))")
    assert not cut, "the whole table"
    page.emulate_media(media="screen")
    page.wait_for_selector("body:not(.ug-print)")
    assert page.locator(".ug-scroll .ug-live-results").is_visible()
    assert live_page.faults == []


def test_what_is_said_is_said_politely(live_page: SealedPage) -> None:
    page = live_page.page
    assert page.get_attribute(".ug-live-spoken", "aria-live") == "polite"
    page.get_by_role("button", name="30", exact=True).click()
    page.locator(".ug-live-spoken", has_text="30 分钟内约").wait_for(state="attached")
    unlabelled = page.evaluate("""() => ['input', 'select', 'button']
        .flatMap(tag => [...document.querySelectorAll('.ug-live ' + tag)])
        .filter(node => !node.labels?.length
            && !node.getAttribute('aria-label') && !node.textContent.trim()).length""")
    assert unlabelled == 0
    assert live_page.faults == []


def test_a_large_network_offers_the_time_only(sealed_page: SealedPage, tmp_path: Path) -> None:
    path = drawn(packed("surface"), tmp_path / "surface.html", layers_on=["live", "labels"])
    page = opened(sealed_page, path)
    whole = people(page)
    assert "制图时选择只携带已算好的行车时间面" in page.inner_text(".ug-live-why")
    assert page.locator(".ug-live-part, .ug-live-centre-row").count() == 0
    assert TARGET in answer(page)
    page.locator(".ug-live-time input[type=range]").fill("30.5")
    assert people(page) < whole
    page.locator(".ug-live-start select").select_option("1")
    assert "青岛市中心（五四广场）：30.5 分钟内约" in answer(page)
    assert "live-start=1" in page.evaluate("location.hash")
    box = page.locator(CENTRE).bounding_box()
    assert box
    page.mouse.move(box["x"] + 17, box["y"] + 17)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 17, steps=3)
    page.mouse.up()
    assert "live-at" not in page.evaluate("location.hash")
    assert sealed_page.faults == []


def test_hostile_names_stand_there_as_text(sealed_page: SealedPage, tmp_path: Path) -> None:
    live = packed()
    names = [HOSTILE[place % 4] + name for place, name in enumerate(live.payload["roads"]["names"])]
    start = [entry | {"id": HOSTILE[1] + "圈", "name": HOSTILE[2] + "心"} for entry in live.payload["start"]]
    payload = dict(live.payload) | {"roads": live.payload["roads"] | {"names": names}, "start": start}
    path = drawn(dataclasses.replace(live, payload=payload), tmp_path / "hostile.html", layers_on=["live", "labels"])
    page = opened(sealed_page, path)
    assert HOSTILE[2] + "心" in answer(page)
    for hostile in HOSTILE[:4]:
        page.fill(".ug-live-part input[type=search]", hostile)
        assert hostile in page.inner_text(".ug-live-part .ug-hits")
        page.keyboard.press("Enter")
        assert hostile in page.inner_text(".ug-live-road")
        page.check(".ug-live-editor input[value=off]")
    page.fill(".ug-live-centre-row input", HOSTILE[2])
    page.keyboard.press("Enter")
    assert HOSTILE[2] in page.inner_text(".ug-live-problem[role=alert] >> nth=0")
    settle(page)
    page.evaluate("hash => { location.hash = hash; }", f"on=live&live-at={HOSTILE[2]}&live-road={HOSTILE[1]}")
    settle(page)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    assert sealed_page.faults == []
    assert page.evaluate(ATTACK) == [True, []]


def test_axe_finds_nothing(live_page: SealedPage) -> None:
    page = live_page.page
    find_road(page, "京沪高速")
    page.check(".ug-live-editor input[value=off]")
    settle(page)
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8") + "; 0")
    found = page.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.impact, v.nodes.map(n => n.target)]))")
    assert [fault for fault in found if fault[1] in ("serious", "critical")] == []


def test_in_english(sealed_page: SealedPage, tmp_path: Path) -> None:
    page = opened(sealed_page, drawn(packed(), tmp_path / "en.html", layers_on=["live"], language="en"))
    said = answer(page)
    assert "million people within 60 minutes; seat reached:" in said
    assert "The plan's target is 20 million people" in said
    texts = page.evaluate("""() => [...document.querySelectorAll('.ug-live *, .ug-live-results *')]
        .filter(node => !node.children.length && !node.closest('option, th, [lang=zh]'))
        .map(node => node.textContent)""")
    assert [text for text in texts if re.search("分钟|万人|道路|中心 ", text)] == []
    assert "{" not in page.inner_text(".ug-live") + page.inner_text(".ug-live-results")
    assert sealed_page.faults == []


def test_what_is_no_live_circle_is_refused() -> None:
    wrong: Any = {"start": []}
    with pytest.raises(InputError, match=r"live is a dict; expected what live_circle\(network"):
        draw_map(toy_frames()["counties"], live=wrong)


def test_the_layer_says_where_it_begins_and_what_the_plan_wants() -> None:
    payload = payload_of(draw_map(ug.read_counties("山东"), live=packed()))
    layer = next(layer for layer in payload["layers"] if layer["kind"] == "live")
    assert not layer["on"]
    assert [start["name"] for start in layer["starts"]] == ["济南1小时交通圈", "青岛1小时交通圈"]
    assert [start["target"]["people"] for start in layer["starts"]] == [20_000_000] * 2
    assert layer["cutoffs"] == [15, 30, 45, 60]
    assert [band["text"] for band in layer["bands"]] == ["0—15", "15—30", "30—45", "45—60"]
    assert (layer["skeleton"], layer["unconfirmed"], layer["fixed"]) == (True, True, False)
    assert len(layer["seats"]) == len(payload["counties"])
    assert any("编" in line and "骨架" in line for line in payload["statement"]), "the roads are named as a source"


def test_the_target_belongs_to_the_plans_centre_and_to_all_its_people() -> None:
    counties, census = ug.read_counties("山东"), ug.read_census(2020, provinces="山东", zones="to_host")
    elsewhere = ug.circle_centres().loc[["济南"]].set_geometry([shapely.Point(120.384, 36.066)], crs=4490)
    far = ug.read_counties("青海")
    starts = [
        starting_points(live_circle(ug.read_network(), counties, census, origin=elsewhere), counties),
        starting_points(live_circle(ug.read_network(), far, ug.read_census(2020), origin="济南"), far),
    ]
    assert [len(found) for found in starts] == [1, 1]
    assert not any("target" in start for found in starts for start in found)
    assert starts[0][0]["name"] != "济南1小时交通圈", "it begins in 青岛"
    assert starts[1][0]["name"] == "济南1小时交通圈"


def starting_points(live: LiveCircle, counties: Any) -> list[dict[str, Any]]:
    """Return the starts of the live layer of a map."""
    layers = payload_of(draw_map(counties, live=live))["layers"]
    starts: list[dict[str, Any]] = next(layer for layer in layers if layer["kind"] == "live")["starts"]
    return starts


def test_roads_nobody_found_fit_are_not_held_against_the_target() -> None:
    live, report = packed(), network_report(ug.read_network())
    own = dataclasses.replace(
        live, payload=dict(live.payload) | {"network_kind": "osm", "marks": live.payload["marks"] | {"skeleton": False}}
    )
    fit = dataclasses.replace(report, kind="osm", skeleton=False, verdict="fit")
    unfit = dataclasses.replace(fit, verdict="not_fit")
    cases: list[tuple[LiveCircle, NetworkReport | None, str, str]] = [
        (live, None, "", ""),
        (live, dataclasses.replace(report, verdict="not_fit"), "", "适用性评估结论：不适用"),
        (own, None, "未经适用性评估，不与规划目标比较", "未经适用性评估，不与规划目标比较"),
        (own, report, "未经适用性评估，不与规划目标比较", "未经适用性评估，不与规划目标比较"),
        (own, unfit, "评估为“不适用”，不与规划目标比较", "评估为“不适用”，不与规划目标比较"),
        (own, fit, "", ""),
    ]
    for circle, told, refused, note in cases:
        layers = payload_of(draw_map(ug.read_counties("山东"), live=circle, report=told))["layers"]
        layer = next(layer for layer in layers if layer["kind"] == "live")
        assert [("target" in start) for start in layer["starts"]] == [not refused] * 2
        assert all(refused in start.get("no_target", "") for start in layer["starts"])
        assert note in "".join(layer["notes"])
        assert note or "不与规划目标比较" not in "".join(layer["notes"])


def test_own_roads_show_no_target(sealed_page: SealedPage, tmp_path: Path) -> None:
    live = packed()
    marks = live.payload["marks"] | {"skeleton": False}
    own = dataclasses.replace(live, payload=dict(live.payload) | {"network_kind": "osm", "marks": marks})
    page = opened(sealed_page, drawn(own, tmp_path / "own.html", layers_on=["live"]))
    assert "所用路网未经适用性评估，不与规划目标比较。" in answer(page)
    assert "规划目标 " not in page.inner_text("body")
    page.get_by_role("button", name="30", exact=True).click()
    assert "不与规划目标比较" in answer(page)
    assert sealed_page.faults == []


def test_minutes_are_rounded_up_and_lists_make_room(sealed_pages: Callable[..., SealedPage], tmp_path: Path) -> None:
    sealed = sealed_pages(390, 780)
    lists = ug.read_designations()
    page = opened(sealed, drawn(packed(), tmp_path / "phone.html", designations=lists))
    page.locator(".ug-open").click()
    assert page.locator("input[data-layer]:checked").count() > 2
    page.evaluate("""() => {
        const open = urbangeoLive.open;
        urbangeoLive.open = packed => {
            const engine = open(packed), solve = engine.solve;
            engine.solve = wish => {
                const result = solve(wish), counties = result.counties;
                result.counties = minutes => counties(minutes).map((item, rank) =>
                    rank ? item : Object.assign({}, item, {seat_min: 60.01, covered: false}));
                return result;
            };
            return engine;
        };
    }""")
    page.get_by_role("button", name="打开并试算").click()
    settle(page)
    assert page.locator(".ug-panel").is_hidden(), "the map is seen"
    assert page.locator(CENTRE).is_visible()
    page.locator(".ug-open").click()
    assert "普通交通圈和名单底色图层已关闭" in page.inner_text(".ug-live-aside")
    row = page.locator(".ug-live-table tbody tr", has_text="60.1")
    assert row.count() >= 1
    assert "不可达" in row.first.inner_text()
    assert "60.0" not in page.inner_text(".ug-live-table")
    assert sealed.faults == []


def test_what_is_not_counted_is_said() -> None:
    counties = ug.read_counties("山东")
    live = live_circle(ug.read_network(), counties, ug.read_census(2020, provinces="山东"), origin="济南")
    how = next(layer for layer in payload_of(draw_map(counties, live=live))["layers"] if layer["kind"] == "live")["how"]
    assert any("图外的人口和县未计入" in line for line in how)
    assert any("济南高新技术产业开发区（424,047" in line for line in how)
    with pytest.raises(JoinError, match=r"counts 136 counties, the map shows 12 \(only in the live circle: 37"):
        draw_map(counties[counties["prefecture"] == "济南市"], live=live)


def test_unknown_people_are_not_said_to_be_the_same(sealed_page: SealedPage, tmp_path: Path) -> None:
    live = live_circle(ug.read_network(), ug.read_counties("山东"), origin="济南")
    page = opened(sealed_page, drawn(live, tmp_path / "bare.html", layers_on=["live"]))
    settle(page)
    page.fill(".ug-live-centre-row input", "章丘")
    page.keyboard.press("Enter")
    assert "与初始方案相比：人口变化不明。" in answer(page)
    assert "人口不变" not in answer(page)
    assert sealed_page.faults == []


def test_a_centre_that_cannot_be_used_is_not_named_as_one(live_page: SealedPage) -> None:
    page = live_page.page
    page.get_by_role("button", name="添加第二中心").click()
    page.locator(".ug-live-centre-row input").nth(1).fill("120.6,38.5")
    page.keyboard.press("Enter")
    said = answer(page).split("\n")[0]
    assert said.startswith("济南市中心（泉城广场）：60 分钟内")
    assert "中心 2 距最近道路直线" in (page.locator(".ug-live-told").text_content() or ""), "on paper, too"
    assert "含待核实信息" in (page.locator(".ug-live-results").text_content() or "")
    page.get_by_role("button", name="以当前为比较基准").click()
    page.get_by_role("button", name="移除中心 1").click()
    page.fill(".ug-live-centre-row input", "章丘")
    page.keyboard.press("Enter")
    assert "所设基准中有不能计算的中心，未作比较。" in answer(page)
    page.evaluate("location.hash = 'on=live&live-at=36.71200%2C117.53100%3B36.90000%2C117.90000'")
    settle(page)
    assert page.locator(CENTRE).count() == 2, "as mail and chat write links"
    assert live_page.faults == []


def test_without_an_origin_or_counties_it_still_opens(sealed_page: SealedPage, tmp_path: Path) -> None:
    live = live_circle(ug.read_network(), None, limit_min=40)
    counties = ug.read_counties("山东")
    page = opened(sealed_page, save_map(draw_map(counties, live=live, layers_on=["live"]), tmp_path / "bare.html"))
    assert "40 分钟内人口不明" in answer(page)
    assert area(page) > 0
    assert page.get_attribute(".ug-live-time input[type=range]", "max") == "40"
    assert sealed_page.faults == []


def test_two_saves_are_the_same_bytes(tmp_path: Path) -> None:
    one, two = (drawn(packed(), tmp_path / name).read_bytes() for name in ("a.html", "b.html"))
    assert one == two


STUB = """
const kept = {}, page = {
    atlas: { live: {}, counties: [], layers: [{ kind: "live", starts: [{ centres: [{ at: [30, 100], name: "x" }] }],
        words: {}, minutes: 30, direction: "from", least: 5, limit: 60, cutoffs: [], roads_mark: "M" }] },
    keep: (key, read) => { kept[key] = read; }, plain: text => text
};
const road = (id, kmh, most) => ({ id: id, name: "", kmh: kmh, most: most, rail: false, path: [] });
const urbangeo = { part: (name, make) => make(page) };
const urbangeoLive = { open: () => ({ roads: [road(0, 60, 80), road(1, 60, 60)], members: [] }) };
"""
"""A page without a map round the part that keeps what was chosen."""


def test_what_is_chosen_without_a_map(sealed_page: SealedPage, tmp_path: Path) -> None:
    source = (resources.files("urbangeo") / "windows/maps/assets/page/live.js").read_text(encoding="utf-8")
    (tmp_path / "stub.html").write_text(f"<!DOCTYPE html><title>stub</title><script>{STUB}{source}</script>")
    page = sealed_page.open(tmp_path / "stub.html")
    # 60 km/h one way and 80 the other: 60 both ways is a change, on a road of 60 both ways it is none.
    page.evaluate("page.live.open(); [0, 1].forEach(id => page.live.setRoads([page.live.road(id)], { kmh: 60 }))")
    assert page.evaluate("page.live.state().changes") == {"0": {"kmh": 60}}
    # However many runs a link holds, they are not counted out for ever, and it is said.
    runs = ";".join(f"{5001 * place}-{5001 * place + 5000}:off" for place in range(1, 1000))
    took = page.evaluate(
        "text => { const begin = performance.now(); kept['live-road'](text); return performance.now() - begin; }",
        f"M!0:off;{runs}",
    )
    assert took < 2_000
    assert page.evaluate("page.live.state().changes") == {"0": {"off": True}}
    assert page.evaluate("page.live.link") != ""
