"""The page opens in breaths: counties first, then all the rest; who acts before the rest is made finds it made."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SealedPage
from playwright.sync_api import Page, expect
from toy_map import toy_frames

from urbangeo.windows.maps import draw_map, save_map

READY = "html[data-urbangeo=ready]"
HOLD = """
// Nothing goes on by itself after the first frame.
window.requestIdleCallback = function () { return 0; };
const timeout = window.setTimeout;
window.setTimeout = function (work, wait) { return wait === 400 ? 0 : timeout(work, wait); };
"""


def open_held(sealed: SealedPage, path: Path, address: str = "") -> Page:
    frames = toy_frames()
    sealed.page.add_init_script(HOLD)
    save_map(draw_map(frames.pop("counties"), **frames), path)
    page = sealed.open(path)
    if address:
        page.goto(f"{path.as_uri()}#{address}")
        page.reload()
    # Time enough for what should not go on.
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.locator(READY).count() == 0
    assert page.locator(".ug-layer").count() == 0
    return page


def spot_of(page: Page, name: str) -> tuple[float, float]:
    box = page.locator(f".ug-county >> nth={COUNTIES.index(name)}").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


COUNTIES = list(toy_frames()["counties"]["name"])


def test_the_pointer_is_answered_before_the_rest_is_made(sealed_page: SealedPage, tmp_path: Path) -> None:
    page = open_held(sealed_page, tmp_path / "map.html")
    assert page.locator(".ug-county").count() == len(COUNTIES)
    page.mouse.move(*spot_of(page, COUNTIES[0]))
    expect(page.locator(".ug-card h3")).to_contain_text(COUNTIES[0])
    assert page.locator(".ug-layer").count() == 0
    assert sealed_page.faults == []


@pytest.mark.parametrize("act", ["press", "wheel", "click", "hidden"])
def test_who_acts_early_finds_everything(sealed_page: SealedPage, tmp_path: Path, act: str) -> None:
    page = open_held(sealed_page, tmp_path / "map.html")
    page.mouse.move(*spot_of(page, COUNTIES[0]))
    if act == "press":
        page.keyboard.press("Tab")
    elif act == "wheel":
        page.mouse.wheel(0, -200)
    elif act == "click":
        page.mouse.down()
        page.mouse.up()
        expect(page.locator(".ug-card.ug-pinned h3")).to_contain_text(COUNTIES[0])
    else:
        page.evaluate("() => document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
    page.wait_for_selector(READY)
    assert page.locator(".ug-layer").count() > 0
    assert page.locator("input[data-layer]:checked").count() > 0
    assert sealed_page.faults == []


def test_paper_waits_for_nothing(sealed_page: SealedPage, tmp_path: Path) -> None:
    page = open_held(sealed_page, tmp_path / "map.html")
    page.emulate_media(media="print")
    page.wait_for_selector("body.ug-print")
    assert page.locator(".ug-report > *").count() > 0
    assert page.locator(".ug-label").count() > 0
    assert sealed_page.faults == []


def test_a_page_opened_as_paper(sealed_page: SealedPage, tmp_path: Path) -> None:
    frames = toy_frames()
    sealed_page.page.emulate_media(media="print")
    page = sealed_page.open(save_map(draw_map(frames.pop("counties"), **frames), tmp_path / "map.html"))
    page.wait_for_selector("body.ug-print")
    page.wait_for_selector(READY)
    assert page.locator(".ug-report > *").count() > 0
    assert sealed_page.faults == []


def test_a_page_that_is_not_looked_at_is_made_at_once(sealed_page: SealedPage, tmp_path: Path) -> None:
    frames = toy_frames()
    sealed_page.page.add_init_script(
        HOLD + "Object.defineProperty(document, 'hidden', { get: () => true });"
        "window.requestAnimationFrame = function () { return 0; };"
    )
    page = sealed_page.open(save_map(draw_map(frames.pop("counties"), **frames), tmp_path / "map.html"))
    page.wait_for_selector(READY)
    assert page.locator("input[data-layer]:checked").count() > 0
    assert sealed_page.faults == []


def test_the_address_decides_what_comes_after_the_counties(sealed_page: SealedPage, tmp_path: Path) -> None:
    page = open_held(sealed_page, tmp_path / "map.html", "on=seats&fill=none")
    page.keyboard.press("Tab")
    page.wait_for_selector(READY)
    on = page.evaluate(
        "() => [...document.querySelectorAll('input[data-layer]:checked')].map(node => node.dataset.layer)"
    )
    assert on == ["seats"]
    assert sealed_page.faults == []
