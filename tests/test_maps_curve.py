"""People within t minutes: the figures of the charts, then the charts and the slider in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import SealedPage
from playwright.sync_api import Page
from toy_map import toy_frames

from urbangeo.windows.maps import draw_map, save_map
from urbangeo.windows.maps.curves import curves
from urbangeo.windows.maps.page import payload_of
from urbangeo.windows.maps.words import Words

READY = "html[data-urbangeo=ready]"


def totals(rows: list[tuple[str, Any, str, Any, Any]]) -> pd.DataFrame:
    """Make totals of origin, minutes, definition, people and target."""
    frame = pd.DataFrame(rows, columns=["origin_id", "cutoff_min", "definition_zh", "population", "target_population"])
    return frame.astype({"cutoff_min": "float64", "population": "Int64", "target_population": "Int64"})


# ---- figures -----------------------------------------------------------------------------------------------------


def test_points_are_the_totals_of_the_definition_with_most_cutoffs() -> None:
    made = curves(
        totals(
            [
                ("甲", 60, "慢", 5, 20_000_000),
                ("甲", 60, "驾车", 300_000, 20_000_000),
                ("甲", 15, "驾车", 120_000, None),
                ("甲", None, "成员", 999, 20_000_000),
            ]
        ),
        None,
        None,
    )
    assert len(made) == 1
    assert made[0]["points"] == [[15.0, 120_000, "12.0"], [60.0, 300_000, "30.0"]]
    assert made[0]["target"] == 20_000_000
    assert made[0]["target_text"] == "规划目标 2000 万人"
    assert made[0]["description"] == "驾车：15分钟12.0万人，60分钟30.0万人，规划目标 2000 万人。"


@pytest.mark.parametrize(("note", "marks"), [("骨架路网，非实测", 2), ("县内人口分布为模型", 0), (None, 0), ("", 0)])
def test_totals_that_stand_alone_carry_the_mark_their_notes_ask_for(note: str | None, marks: int) -> None:
    rows: list[tuple[str, Any, str, Any, Any]] = [("甲", 30, "驾车", 1, None), ("甲", 60, "驾车", 7, None)]
    frame = totals(rows).assign(note=pd.array([None, note], dtype="string"), gap=pd.array([None, None], dtype="Int64"))
    payload = payload_of(draw_map(toy_frames()["counties"], totals=frame))
    assert payload["totals_skeleton"] + payload["curves"][0]["skeleton"] == marks
    unsaid = payload_of(draw_map(toy_frames()["counties"], totals=frame.drop(columns="note")))
    assert unsaid["totals_skeleton"], "on the safe side"


def test_one_cutoff_makes_no_curve_and_unknown_people_no_point() -> None:
    rows = [("甲", 30, "驾车", None, None), ("甲", 60, "驾车", 7, None), ("乙", 30, "驾车", 1, None)]
    assert curves(totals(rows), None, None) == []
    more = [*rows, ("甲", 45, "驾车", 5, None)]
    assert [point[:2] for point in curves(totals(more), None, None)[0]["points"]] == [[45.0, 5], [60.0, 7]]


def test_without_totals_the_coverage_is_added_up() -> None:
    index = pd.MultiIndex.from_tuples(
        [("甲", 30.0, "1"), ("甲", 30.0, "2"), ("甲", 60.0, "1"), ("甲", 60.0, "2"), ("甲", 90.0, "1")],
        names=["origin_id", "cutoff_min", "adcode"],
    )
    people = pd.array([10, 20, 30, 40, None], dtype="Int64")
    covered = pd.DataFrame({"population": people, "network_kind": "osm"}, index=index)
    made = curves(None, covered, None)
    assert [point[:2] for point in made[0]["points"]] == [[30.0, 30], [60.0, 70]]
    assert (made[0]["skeleton"], made[0]["target"]) == (False, None)
    assert curves(None, covered.assign(network_kind="skeleton"), None)[0]["skeleton"] is True
    english = curves(None, covered, None, words=Words("en"))[0]
    assert english["description"].startswith("sum of the people reached in each county: 30 minutes: 0.000 million")


def test_curves_are_in_the_order_of_the_circles() -> None:
    frames = toy_frames()
    rows = [
        ("自选点", 30, "d", 1, None),
        ("自选点", 60, "d", 2, None),
        ("济南", 30, "d", 3, None),
        ("济南", 60, "d", 4, None),
    ]
    made = curves(totals(rows), None, frames["isochrones"])
    assert [curve["origin"] for curve in made] == ["济南", "自选点"]


# ---- the page ----------------------------------------------------------------------------------------------------


@pytest.fixture
def toy_page(sealed_page: SealedPage, tmp_path: Path) -> Page:
    """The toy map, open."""
    return open_toy(sealed_page, tmp_path / "map.html")


def open_toy(sealed: SealedPage, path: Path, **more: Any) -> Page:
    frames = toy_frames()
    page = sealed.open(save_map(draw_map(frames.pop("counties"), **frames, **more), path))
    page.wait_for_selector(READY)
    return page


def seen_bands(page: Page) -> list[bool]:
    """Which bands of the first circle are in sight."""
    seen: list[bool] = page.evaluate(
        "() => [...document.querySelectorAll('path.ug-band')].slice(0, 3)"
        ".map(path => Number(path.getAttribute('fill-opacity')) > 0)"
    )
    return seen


@pytest.mark.browser
def test_the_chart_says_its_figures(toy_page: Page, sealed_page: SealedPage) -> None:
    chart = toy_page.locator("svg.ug-curve")
    assert chart.count() == 1
    assert chart.locator("title").text_content() == "圈内人口随时间变化"
    named = [
        toy_page.locator(f"#{one}").text_content() for one in (chart.get_attribute("aria-labelledby") or "").split()
    ]
    assert named == ["济南：圈内人口", chart.locator("desc").text_content()]
    assert "30分钟100.0万人，60分钟594.2万人" in (chart.locator("desc").text_content() or "")
    assert chart.get_attribute("role") == "img"
    told = chart.locator("text.ug-figure").all_text_contents()
    assert told == ["100.0", "594.2"]
    assert chart.locator("text.ug-aim").text_content() == "规划目标 2000 万人"
    points = chart.locator("circle").evaluate_all("list => list.map(dot => [dot.cx, dot.cy].map(c => c.baseVal.value))")
    base, top = 116.0, 26.0
    # The scale ends at the target, 2,000 万; 100 万 stand a twentieth of the way up.
    assert points[0][1] == pytest.approx(base - (base - top) * 100 / 2000)
    assert points[1][1] == pytest.approx(base - (base - top) * 594.2466 / 2000)
    assert toy_page.locator(".ug-figures tbody tr").all_text_contents() == ["30100.0", "60594.2"]
    assert toy_page.locator(".ug-curves .ug-badge").first.text_content() == "骨架路网结果，非实测"
    assert sealed_page.faults == []


@pytest.mark.browser
def test_the_slider_shows_bands_up_to_a_cutoff(toy_page: Page, sealed_page: SealedPage) -> None:
    slider = toy_page.locator(".ug-bands input")
    assert seen_bands(toy_page) == [True, True, True]
    assert "band=" not in toy_page.url
    slider.focus()
    toy_page.keyboard.press("ArrowLeft")
    assert seen_bands(toy_page) == [True, True, False]
    assert slider.get_attribute("aria-valuetext") == "30 分钟"
    assert toy_page.url.endswith("band=30")
    strip = toy_page.locator(".ug-strip").first.locator(":scope > span")
    assert strip.evaluate_all("list => list.filter(cell => !cell.hidden).map(cell => cell.textContent)") == [
        "0—15",
        "15—30",
        "分钟",
    ]
    first = toy_page.locator(".ug-totals tbody").first.locator("tr").first
    assert first.get_attribute("data-minutes") == "30"
    assert "ug-now" in (first.get_attribute("class") or "")
    now = toy_page.locator("svg.ug-curve text.ug-now").all_text_contents()
    assert now == ["100.0"]
    toy_page.keyboard.press("End")
    assert seen_bands(toy_page) == [True, True, True]
    assert "band=" not in toy_page.url
    assert toy_page.locator(".ug-totals tbody").first.locator("tr").first.get_attribute("data-minutes") == "60"
    assert sealed_page.faults == []


@pytest.mark.browser
def test_a_layer_switched_on_later_keeps_the_cutoff_and_so_does_the_address(
    sealed_pages: Callable[..., SealedPage], tmp_path: Path
) -> None:
    sealed = sealed_pages()
    page = open_toy(sealed, tmp_path / "map.html", layers_on=["labels"])
    page.evaluate("location.hash = 'view=all&on=labels&band=15'")
    page.wait_for_function("document.querySelector('.ug-bands input').value === '0'")
    page.locator("input[data-layer='circle:济南']").check()
    assert seen_bands(page) == [True, False, False]
    assert "band=15" in page.url
    page.evaluate("location.hash = 'view=all&on=labels&band=17'")
    page.wait_for_function("document.querySelector('.ug-bands input').value === '2'")
    assert sealed.faults == []


@pytest.mark.browser
def test_paper_shows_the_chart_and_not_the_slider(toy_page: Page) -> None:
    toy_page.emulate_media(media="print")
    toy_page.wait_for_selector("body.ug-print")
    assert toy_page.locator(".ug-report svg.ug-curve").is_visible()
    assert not toy_page.locator(".ug-bands").is_visible()
    assert not toy_page.locator(".ug-figures").is_visible()


def test_a_map_without_circles_has_no_curves() -> None:
    assert payload_of(draw_map(toy_frames()["counties"]))["curves"] == []
