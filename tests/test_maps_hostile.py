"""No text ever runs, loads, hides or turns round anything: every input of the map, every text of the corpus."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from conftest import SealedPage
from hostile import CORPUS
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Dialog, Page
from shapely import Point, box
from toy_map import CODES, any_text, toy_frames

from urbangeo.answers.fitness import NetworkReport
from urbangeo.windows.maps import draw_map, save_map
from urbangeo.windows.maps.bidi import isolated

READY = "html[data-urbangeo=ready]"
WHITE = re.compile(r"\s+")


def report(word: Any) -> NetworkReport:
    """Make a report with two places to look at."""
    problems = gpd.GeoDataFrame(
        {
            "kind": ["gap", "island"],
            "name_zh": [word("断头"), word("孤岛")],
            "note_zh": [word("断头路说明"), word("孤岛说明")],
            "lon": [117.5, 118.5],
            "lat": [36.5, 36.5],
            "size": [3.0, 2.0],
        },
        geometry=[Point(117.5, 36.5), Point(118.5, 36.5)],
        crs="EPSG:4490",
    )
    by_county = pd.DataFrame({"name": list(CODES), "km_per_10000": [1.0, 5.0, 20.0, 60.0, 2.0]}, index=list(CODES))
    empty = pd.DataFrame()
    reasons = (word("理由一"), word("理由二"))
    return NetworkReport(
        "fit_with_notes", reasons, empty, empty, by_county, problems, "lines", "drive", "", skeleton=False
    )


def changes(word: Any) -> gpd.GeoDataFrame:
    """Make changed ground of a centre."""
    return gpd.GeoDataFrame(
        {
            "origin_id": [word("变")] * 2,
            "cutoff_min": [60.0] * 2,
            "kind": ["gained", "lost"],
            "area_km2": [1000.34, 20.0],
            "population": pd.array([35_000, 800], dtype="Int64"),
            "network_kind": ["skeleton"] * 2,
        },
        geometry=[box(117.1, 36.1, 117.9, 36.9), box(118.1, 35.1, 118.9, 35.9)],
        crs="EPSG:4490",
    ).set_index(["origin_id", "cutoff_min", "kind"])


def hostile_map(word: Any, **more: Any) -> Any:
    """Draw a map whose every text is hostile."""
    frames = toy_frames(word)
    frames["counties"].attrs["source"] = {
        "source_id": word("x"),
        "publisher": word("发布者"),
        "vintage": word("2025-09"),
        "map_number": word("号"),
        "geometry_changed": False,
    }
    frames["isochrones"] = frames["isochrones"].rename(index={"济南": word("济南")}, level="origin_id")
    for name in ("coverage", "totals"):
        part = frames[name].reset_index() if name == "coverage" else frames[name]
        frames[name] = part.assign(origin_id=word("济南"))
    frames["coverage"] = frames["coverage"].set_index(["origin_id", "cutoff_min", "adcode"])
    counties = frames.pop("counties")
    texts = {"title": word("题"), "subtitle": word("副"), "notes": [word("注一"), word("注二")]}
    return draw_map(counties, **frames, report=report(word), changes=changes(word), **texts, **more)


def watched(sealed: SealedPage) -> list[str]:
    """Note every dialog and every message of the console, not errors alone."""
    seen: list[str] = []

    def close(dialog: Dialog) -> None:
        seen.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    sealed.page.on("dialog", close)
    sealed.page.on("console", lambda message: seen.append(f"console: {message.text}"))
    return seen


def exercise(page: Page) -> str:
    """Use everything that shows text; return all text that was shown."""
    shown = [page.text_content(".ug-sheet") or ""]
    for switch in page.locator(".ug-panel input[type=checkbox], .ug-panel input[type=radio]").all():
        if switch.is_visible():
            switch.check()
    for view in page.locator(".ug-views button").all():
        view.click()
    for code in CODES:
        page.fill(".ug-search input", code)
        shown.append(page.text_content(".ug-hits") or "")
        page.keyboard.press("Enter")
        shown.append(page.text_content(".ug-card") or "")
        page.keyboard.press("Escape")
    page.locator(".ug-views button").first.click()
    for path in page.locator("path.ug-problem, path.ug-change").all():
        path.dispatch_event("mouseover")
        shown += page.locator(".leaflet-tooltip").all_text_contents()
        path.dispatch_event("mouseout")
    page.mouse.move(400, 400)
    page.mouse.move(404, 402)
    page.emulate_media(media="print")
    page.wait_for_selector("body.ug-print")
    shown.append(page.text_content(".ug-report") or "")
    page.emulate_media(media="screen")
    page.wait_for_selector("body:not(.ug-print)")
    return "\n".join(shown)


def printed(words: str) -> str:
    """Return a text as a page holds it: half a surrogate pair becomes a question mark."""
    return words.encode("utf-8", "replace").decode()


STRANGE = """() => [
    window.hacked === undefined,
    document.querySelectorAll('img, iframe, object, embed, form, a[href^="javascript" i]').length,
    document.querySelectorAll('style').length, document.styleSheets.length, document.title,
    ({}).polluted === undefined,
    [...document.querySelectorAll('b, i, u')].every(node => node.className.startsWith('ug-')),
]"""

OVERFLOW = """() => {
    const wide = selector => [...document.querySelectorAll(selector)].filter(node => node.getClientRects().length
        && node.scrollWidth > node.clientWidth + 1).map(node => node.className);
    return [...wide('.ug-head, .ug-foot, .ug-scroll, .ug-panel, .ug-card'),
        document.documentElement.scrollWidth > innerWidth + 1 ? 'page' : ''].filter(Boolean);
}"""


@pytest.mark.browser
@pytest.mark.parametrize("whole", [True, False], ids=["all in every text", "each in its turn"])
def test_nothing_runs_and_every_text_is_shown_as_it_is(sealed_page: SealedPage, tmp_path: Path, *, whole: bool) -> None:
    turn = itertools.cycle(CORPUS)
    used: list[str] = []

    def word(text: str) -> str:
        used.append(("".join(words for words in CORPUS if len(words) < 1000) if whole else next(turn)) + text)
        return used[-1]

    name = "".join(c for c in CORPUS[0] + CORPUS[4] + CORPUS[5] + "'\"#%?&;" if c not in "/\\\0\n") + ".html"
    with any_text():
        path = save_map(hostile_map(word), tmp_path / name)
    seen = watched(sealed_page)
    page = sealed_page.open(path)
    page.wait_for_selector(READY, state="attached")
    blank_titles = page.evaluate(STRANGE)
    shown = exercise(page)
    alone = page.evaluate(STRANGE)
    assert alone[:2] == [True, 0]
    assert alone[2:4] == blank_titles[2:4], "no style was added"
    assert alone[5:] == [True, True]
    assert "题" in alone[4]
    assert all(character.isprintable() for character in alone[4])
    said = WHITE.sub(" ", shown)
    for text in (
        "题",
        "副",
        "注一",
        "注二",
        "甲区",
        "子市",
        "山东省",
        "驾车",
        "断头路说明",
        "名单NDRC_URI_ZONE",
        "片区",
    ):
        full = next(words for words in used if words.endswith(text))
        assert WHITE.sub(" ", printed(full)).strip() in said, (text, full[:40])
    assert sealed_page.faults == []
    assert seen == []


@pytest.mark.browser
def test_very_long_words_break_instead_of_pushing(sealed_page: SealedPage, tmp_path: Path) -> None:
    page = sealed_page.open(save_map(hostile_map(lambda text: "w" * 300 + text), tmp_path / "long.html"))
    page.wait_for_selector(READY, state="attached")
    page.fill(".ug-search input", "370101")
    page.keyboard.press("Enter")
    assert page.evaluate(OVERFLOW) == []
    assert sealed_page.faults == []


@pytest.mark.browser
def test_a_name_turns_no_neighbour_round(sealed_pages: Any, tmp_path: Path) -> None:
    """What stands after a name stays after it, whatever marks the name holds: the same as after a plain name."""
    places = []
    for number, name in enumerate(("A B C", "A\u202eB C", "אB\u2067C", "A\u2069\u202eB\u2066", "ئۇ\u202b")):
        counties = toy_frames(str)["counties"]
        counties["prefecture"] = name
        counties.attrs["source"] = {"source_id": "x", "publisher": name, "vintage": "2025-09", "geometry_changed": True}
        sealed = sealed_pages(1280, 900)
        page = sealed.open(save_map(draw_map(counties), tmp_path / f"{number}.html"))
        page.wait_for_selector(READY, state="attached")
        page.fill(".ug-search input", "370101")
        page.keyboard.press("Enter")
        order = page.evaluate(
            """name => [...document.querySelectorAll('.ug-card .ug-where, .ug-foot p')].slice(0, 2).map(node => {
                const text = node.firstChild, value = text.nodeValue, box = (from, to) => {
                    const range = document.createRange();
                    range.setStart(text, from);
                    range.setEnd(text, to);
                    return range.getBoundingClientRect();
                };
                const letters = [...name].filter(c => /\\p{L}/u.test(c));
                const from = value.indexOf(letters[0]), to = value.lastIndexOf(letters[letters.length - 1]) + 1;
                const before = box(0, from), after = box(to, value.length), own = box(from, to);
                return from > 0 && before.right <= own.left + 1 && own.right <= after.left + 1;
            })""",
            name,
        )
        places.append((name, order))
        assert sealed.faults == []
    assert [name for name, order in places if order != [True, True]] == []


@given(st.text(alphabet=st.sampled_from("ab 1א\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"), max_size=12))
def test_isolated_text_is_balanced_and_keeps_every_character(words: str) -> None:
    apart = isolated(words)
    assert isolated(apart) == apart
    depth = 0
    for place, character in enumerate(apart):
        depth += (character in "\u2066\u2067\u2068") - (character == "\u2069")
        assert depth >= 0
        turning = character in "א\u202a\u202b\u202d\u202e"
        assert not turning or depth > 0, place
    assert depth == 0
    rest = iter(apart)
    assert all(character in rest for character in words), "nothing is taken away"
