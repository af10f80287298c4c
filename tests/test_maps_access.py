"""The map for everybody: no serious fault of accessibility, and everything done with the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from conftest import SealedPage
from playwright.sync_api import Page

from urbangeo.door.atlas import Atlas

pytestmark = pytest.mark.browser

READY = "html[data-urbangeo=ready]"

TRACK = """() => {
    const wanted = [...document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')]
        .filter(node => node.getClientRects().length && !node.disabled);
    const rest = wanted.filter(node => node.type !== 'radio' || node.checked);
    window.visited = [];
    document.addEventListener('focusin', event => visited.push(wanted.indexOf(event.target)));
    return {stops: rest.length};
}"""

SMALL_TEXT = """() => {
    const parts = colour => colour.match(/[\\d.]+/g).map(Number);
    const lit = rgb => rgb.slice(0, 3).map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    // Names on the map stand in a white halo; the darkest ground is the centre of a circle.
    return [...document.querySelectorAll('.ug-label')].map(label => getComputedStyle(label)).map(style =>
        [style.color, 1.05 / (lit(parts(style.color)) + 0.05), style.textShadow]);
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def pack_page(sealed_pages: Callable[..., SealedPage], built_atlas: Atlas) -> Callable[..., SealedPage]:
    """Open the map of the pack in a window of a given size."""

    def make(width: int = 1366, height: int = 768) -> SealedPage:
        sealed = sealed_pages(width, height)
        sealed.open(built_atlas.folder / "atlas.html")
        sealed.page.wait_for_selector(READY, state="attached")
        return sealed

    return make


def faults_of(page: Page, axe: str) -> list[str]:
    """Return what axe-core finds: the rule, how grave, and where."""
    page.evaluate(f"{axe}; 0")
    told: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['impact']}: {fault['id']} at {[node['target'] for node in fault['nodes']][:3]}"
        for fault in told["violations"]
    ]


def focused(page: Page) -> str:
    """Say what has the focus: its class, or its text."""
    said: str = page.evaluate("(e => e.className || e.textContent || e.tagName)(document.activeElement)")
    return said


def until(page: Page, condition: str) -> None:
    """Wait until something holds; the page's policy forbids Playwright's own polling."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never: {condition}")


def test_axe_finds_no_fault(pack_page: Callable[..., SealedPage], axe: str) -> None:
    sealed = pack_page()
    page = sealed.page
    found = {"open": faults_of(page, axe)}
    page.fill(".ug-search input", "历城")
    found["search"] = faults_of(page, axe)
    page.keyboard.press("Enter")
    found["card"] = faults_of(page, axe)
    page.keyboard.press("Escape")
    page.emulate_media(media="print")
    page.wait_for_selector("body.ug-print")
    found["paper"] = faults_of(page, axe)
    page.emulate_media(media="screen")
    page.wait_for_selector("body:not(.ug-print)")
    page.locator(".ug-panel-top button").click()
    found["folded"] = faults_of(page, axe)
    assert {name: faults for name, faults in found.items() if faults} == {}
    narrow = pack_page(420, 700)
    assert faults_of(narrow.page, axe) == []
    narrow.page.locator(".ug-open").click()
    assert faults_of(narrow.page, axe) == []
    assert sealed.faults + narrow.faults == []


def test_axe_sees_a_fault_when_there_is_one(sealed_page: SealedPage, tmp_path: Path, axe: str) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<!doctype html><html lang=zh><title>图</title><main><h1>图</h1><input></main>", encoding="utf-8")
    assert any("label" in fault for fault in faults_of(sealed_page.open(bad), axe))


def test_names_on_the_map_stand_out_from_their_halo(pack_page: Callable[..., SealedPage]) -> None:
    page = pack_page().page
    page.locator("input[data-layer=graticule]").check()
    labels = page.evaluate(SMALL_TEXT)
    assert len(labels) > 10
    assert [label for label in labels if label[1] < 4.5 or "rgb(255, 255, 255)" not in label[2]] == []


def test_the_keyboard_comes_everywhere_in_the_order_of_reading(pack_page: Callable[..., SealedPage]) -> None:
    sealed = pack_page()
    page = sealed.page
    page.keyboard.press("Tab")
    assert focused(page) == "ug-skip"
    assert page.locator(".ug-skip:focus").bounding_box() is not None
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement === document.querySelector('.folium-map')"), "skipped to the map"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.type") == "search", "skipped to the panel"
    wanted = page.evaluate(TRACK)
    page.locator(".ug-skip").first.focus()
    for _ in range(wanted["stops"]):
        page.keyboard.press("Tab")
    visited = page.evaluate("visited")
    assert len(set(visited)) == wanted["stops"], "everything is reached; a group of radio buttons is one stop"
    assert visited == sorted(visited)[: len(visited)] or visited[:-1] == sorted(visited[:-1]), (
        "in the order of the page"
    )
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", "the focus is seen"
    assert sealed.faults == []


def test_search_by_keyboard_opens_the_card_and_gives_the_focus_back(pack_page: Callable[..., SealedPage]) -> None:
    sealed = pack_page()
    page = sealed.page
    said = page.locator("[role=status].ug-unseen")
    page.focus(".ug-search input")
    page.keyboard.type("市中")
    assert "2" in said.inner_text(), "how many were found is said"
    page.keyboard.press("ArrowDown")
    assert "市中区" in focused(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.inner_text(".ug-card h3 span") == "市中区"
    assert page.locator(".ug-card").get_attribute("aria-label") == "市中区"
    assert said.inner_text().startswith("市中区")
    assert page.evaluate("document.querySelector('.ug-card').contains(document.activeElement)")
    page.keyboard.press("Enter")
    assert page.locator(".ug-card").is_hidden(), "the close button has the focus"
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.press("ArrowDown")
    page.keyboard.type("区")
    assert sealed.faults == []


def test_the_map_moves_and_opens_counties_by_keyboard(pack_page: Callable[..., SealedPage]) -> None:
    sealed = pack_page()
    page = sealed.page
    page.get_by_role("button", name="山东", exact=True).click()
    page.locator(".ug-skip").first.focus()
    page.keyboard.press("Enter")
    assert page.locator(".ug-cross").is_visible()
    before = page.evaluate("location.hash")
    page.keyboard.press("ArrowLeft")
    until(page, "location.hash.startsWith('#at=')")
    assert page.evaluate("location.hash") != before, "where the keyboard went stays in the address"
    before = page.evaluate("location.hash")
    page.keyboard.press("+")
    until(page, f"location.hash !== {before!r}")
    name = page.inner_text("[role=status].ug-unseen").split(" ")[0]
    page.keyboard.press("Enter")
    assert page.inner_text(".ug-card h3 span") == name
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.querySelector('.folium-map')")
    page.evaluate("location.hash = 'at=39.5,124.5,8&on=demo'")
    until(page, "document.querySelectorAll('.ug-label').length === 0")
    page.keyboard.press("ArrowUp")
    until(page, "document.querySelector('[role=status].ug-unseen').textContent === '图中心没有县（市、区）'")
    page.mouse.click(300, 300)
    assert page.locator(".ug-cross").is_hidden(), "not for the mouse"
    assert sealed.faults == []


def test_buttons_tell_their_state(pack_page: Callable[..., SealedPage]) -> None:
    page = pack_page().page
    fold, unfold = page.locator(".ug-panel-top button"), page.locator(".ug-open")
    assert fold.get_attribute("aria-expanded") == "true"
    assert page.locator(f"[id='{fold.get_attribute('aria-controls')}']").count() == 1
    fold.click()
    assert unfold.get_attribute("aria-expanded") == "false"
    assert page.evaluate("document.activeElement.className") == "ug-open"
    unfold.press("Enter")
    assert fold.get_attribute("aria-expanded") == "true"
    button = page.get_by_role("button", name="青海", exact=True)
    button.press("Space")
    assert button.get_attribute("aria-pressed") == "true"
    assert page.locator("main").count() == 1
    assert "user-scalable" not in str(page.locator("meta[name=viewport]").get_attribute("content"))
