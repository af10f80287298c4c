"""The map in English and in Chinese: nothing half translated, names as their source writes them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SealedPage
from toy_map import toy_frames

import urbangeo as ug
from urbangeo.answers.fitness import network_report
from urbangeo.archive.catalog import read_table
from urbangeo.door.atlas import Atlas
from urbangeo.errors import InputError
from urbangeo.sources.places import circle_centres
from urbangeo.sources.plans import printed_sources
from urbangeo.windows.maps import draw_map, save_map
from urbangeo.windows.maps.page import payload_of
from urbangeo.windows.maps.words import CHINESE, Words, shown

HAN = re.compile("[\u3400-\u9fff]")
LATIN = re.compile(r"[A-Za-z]{2,}")
ENGLISH = Words("en")

ENGLISH_IN_CHINESE = {"CGCS", "EPSG", "urbangeo", "Leaflet", "BSD", "Clause", "JavaScript", "GCJ", "WGS", "GPS"}
"""What a map in Chinese says in Latin letters: names of datum, code list, programs and licences."""

UNMARKED = """() => {
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode, tag = node.parentElement.tagName;
        const read = tag !== 'SCRIPT' && tag !== 'STYLE' && !node.parentElement.closest('[lang=zh]');
        if (read && /[\\u3400-\\u9fff]/.test(node.data)) { found.push(node.data); }
    }
    return found;
}"""


def draw(frames: dict[str, Any], **more: Any) -> Any:
    """Draw a map of frames by name."""
    return draw_map(frames["counties"], **{name: frame for name, frame in frames.items() if name != "counties"}, **more)


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Walk all texts of a payload, each with its place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(item, f"{path}/{key}")
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, path)


def names_of(frames: dict[str, Any]) -> list[str]:
    """List all that may stay Chinese: names of places, programmes, documents and publishers, the longest first."""
    found: set[str] = set()
    for frame, columns in (
        ("counties", ("name", "prefecture", "province")),
        ("census", ("name",)),
        ("designations", ("name", "designated_name", "area_name", "programme_zh", "batch")),
    ):
        if frames.get(frame) is not None:
            found |= {shown(cell) for column in columns if column in frames[frame] for cell in frames[frame][column]}
    found |= {name.removesuffix("省") for name in frames["counties"]["province"]}
    found |= {shown(name) for names in circle_centres()["name"] for name in names.split("、")}
    for frame in ("isochrones", "changes"):
        if frames.get(frame) is not None:
            origins = frames[frame].index.get_level_values("origin_id").unique()
            found |= {part for origin in origins for part in (origin, *origin.split("—"))}
            found |= set(frames[frame].get("origin_name", ()))
    sources = printed_sources()
    found |= {shown(cell) for column in ("title", "publisher", "doc_number") for cell in sources[column].dropna()}
    found |= set(read_table("boundaries/boundary_sources")["publisher"]) | {"行政区划可视化数据", "西宁市", "海东市"}
    return sorted(filter(None, found), key=len, reverse=True)


def half_translated(payload: dict[str, Any], frames: dict[str, Any]) -> list[tuple[str, str]]:
    """Find texts that hold Chinese which is no name; the legal wording of the statement is left aside."""
    names, found = names_of(frames), []
    for path, words in texts(payload):
        if path == "/statement" and words in statement_in_chinese(payload):
            continue
        rest = words.replace("\n", "")
        for name in names:
            rest = rest.replace(name, "")
        if HAN.search(rest) and not path.endswith(("/id", "/origin")):
            found.append((path, words))
    return found


def statement_in_chinese(payload: dict[str, Any]) -> list[str]:
    """The lines of the statement whose Chinese wording counts."""
    return [payload["statement"][0], payload["statement"][-2]]


# ---- words -------------------------------------------------------------------------------------------------------


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(InputError, match="language='fr': expected 'zh'"):
        draw(toy_frames(), language="fr")


def test_every_word_stands_in_both_languages() -> None:
    fields = re.compile(r"\{(\w+)\}")
    for row in read_table("style/page_words").to_dict("records"):
        assert row["zh"].count("|") == row["en"].count("|"), row["key"]
        if row["key"].startswith("made."):
            assert set(fields.findall(row["en"])) == set(fields.findall(row["zh"])) - {"joint"}, row["key"]
        assert not HAN.search(row["en"]), row["key"]
    assert set(ENGLISH.page()) == set(CHINESE.page())
    assert not any("." in key for key in CHINESE.page()), "sentences the library makes do not travel"


def test_every_sentence_has_an_english_with_its_fields() -> None:
    for row in read_table("style/sentences").to_dict("records"):
        given = {name for name, _ in re.findall(r"\{(\w+)(:n)?\}", row["zh"])}
        assert set(re.findall(r"\{(\w+)\}", row["en"])) <= given, row["zh"]
        assert all(han in row["zh"] for han in HAN.findall(row["en"])), "names only"


def test_sentences_are_told_by_their_parts() -> None:
    reason = "常住人口425,804人>10万人；城镇化率45.13%<2020年全省平均水平63.05%（低17.92个百分点），列入潜力地区"
    assert ENGLISH.retold(reason) == (
        "425,804 residents > 100,000; urbanization rate 45.13% < provincial mean of 2020 63.05% (17.92 points below)"
        ": a potential area"
    )
    assert ENGLISH.retold("临界（60分钟±5%）：禹城市60.4分钟、泰山区62.3分钟") == (
        "near the limit (60 minutes ±5%): 禹城市 60.4 min, 泰山区 62.3 min"
    )
    assert (
        ENGLISH.retold("规划文件所列常住人口：2024年1810万人") == "residents as given in the plan: 18,100,000 in 2024"
    )
    assert ENGLISH.is_told("骨架路网，非实测")
    assert not ENGLISH.is_told("骨架路网，非实测；此处另有一句")


def test_every_reason_of_every_rule_is_known_in_english() -> None:
    census = ug.read_census(2020)
    other = ug.read_census(2020, zones="to_host")
    rules = [
        None,
        ug.PotentialRule(strict=False, rate_ceiling="weighted"),
        ug.PotentialRule(population_floor=75_000, rate_ceiling=60.5),
    ]
    for rule in rules:
        frame = ug.potential_areas(census, rule=rule, rows="all", alternatives=[other])
        for sentence in {*frame["reason"], *frame["flips_under"]}:
            assert ENGLISH.is_told(sentence), sentence
            assert not HAN.search(ENGLISH.retold(sentence)), sentence


def test_every_reason_of_a_network_report_is_known_in_english() -> None:
    skeleton = ug.read_network()
    broken = dataclasses.replace(skeleton.take_edges(np.arange(len(skeleton.u)) % 40 > 0), kind="lines", provenance={})
    for network in (skeleton, broken):
        report = network_report(network)
        for sentence in (*report.reasons, *report.problems["note_zh"], report.verdict_zh):
            assert ENGLISH.is_told(sentence), sentence
            assert not HAN.search(ENGLISH.retold(sentence)), sentence


# ---- the map -----------------------------------------------------------------------------------------------------


def test_a_toy_map_in_english() -> None:
    payload = payload_of(draw(toy_frames(), language="en"))
    assert payload["title"] == "山东省, 青海省: county-level urbanization"
    card = payload["counties"][0]
    assert card["census"][:2] == [["Residents", "200,000"], ["Urban residents", "90,000"]]
    assert card["census"][-1] == [
        "Functional zone, counted apart",
        "高新区, 50,000 residents, urbanization rate 80.00%",
    ]
    assert card["potential"]["decision"] == "yes"
    assert card["reach"] == [
        ["Circle of 济南", "seat of government 12.4 minutes; within 60 minutes: people 90%, area 80%"]
    ]
    assert card["lists"][0]["name"] == "National urban-rural integrated development pilot zone"
    assert card["lists"][0]["detail"] == "名单NDRC_URI_ZONE · 2020 · 片区"
    circle = next(layer for layer in payload["layers"] if layer["id"] == "circle:济南")
    assert circle["name"] == "济南: 1-hour circle"
    assert circle["notes"] == [
        "driving, from the centre, skeleton network; beyond the roads 36 km/h, detour factor 1.3"
    ]
    assert [line["text"] for line in circle["lines"]] == ["0–15", "15–30", "30–60"]
    table = payload["totals"][0]
    assert (table["target"], table["rows"][0]["people"], table["rows"][0]["gap"]) == ("20", "5.942", "−14.058")
    assert payload["words"]["skeleton_mark"] == "Result on a skeleton network, not measured"
    assert "Some remarks exist in Chinese only." in payload["notes"], "the toy's reasons are no sentences of ours"


def test_the_statement_keeps_its_chinese_wording() -> None:
    frames = {"counties": ug.read_counties("青海")}
    chinese, english = payload_of(draw(frames))["statement"], payload_of(draw(frames, language="en"))["statement"]
    assert statement_in_chinese({"statement": english}) == [chinese[0], chinese[-1]]
    assert english[1].startswith("Boundaries: ")
    assert "map review number GS（2024）0650号 (of the boundary data)" in english[1]
    assert english[-1].endswith("it must by law be reviewed and carry its own map review number.")


def test_the_review_number_goes_in_english_too() -> None:
    counties = ug.read_counties("青海")
    changed = counties.assign(geometry=counties.geometry.simplify(0.05))
    lines = payload_of(draw({"counties": changed}, language="en"))["statement"]
    assert "no map review number" in lines[1]
    assert not any("GS（" in line for line in lines)


def test_frames_without_circles_are_whole_in_english() -> None:
    census = ug.read_census(2020)
    frames = {
        "counties": ug.read_counties(),
        "census": census,
        "designations": ug.read_designations(),
        "potential": ug.potential_areas(census, rows="all"),
        "network": ug.read_network(),
    }
    assert half_translated(payload_of(draw(frames, language="en")), frames) == []


@pytest.mark.slow
def test_the_pack_is_whole_in_english(built_atlas: Atlas) -> None:
    frames = pack_frames(built_atlas)
    payload = payload_of(draw(frames, language="en", notes=built_atlas.warnings))
    assert half_translated(payload, frames) == []
    assert "Some remarks exist in Chinese only." not in payload["notes"]


def pack_frames(atlas: Atlas) -> dict[str, Any]:
    """The frames of the pack by the names of draw_map."""
    census = ug.read_census(2020)
    every = ug.potential_areas(census, rows="all", alternatives=[ug.read_census(2020, zones="to_host")])
    names = ("counties", "census", "designations", "isochrones", "coverage", "totals")
    return {name: getattr(atlas, name) for name in names} | {"potential": every, "network": ug.read_network()}


def test_a_map_in_chinese_has_no_english_words() -> None:
    payload = payload_of(draw(toy_frames()))
    made = ("title", "subtitle", "words", "statement", "fills", "views", "curves", "notes", "about")
    for path, words in texts(
        {key: payload[key] for key in made} | {"layers": [layer_texts(one) for one in payload["layers"]]}
    ):
        if not path.endswith(("/id", "/colour")):
            assert set(LATIN.findall(words)) <= ENGLISH_IN_CHINESE, (path, words)
    labels = [row[0] for county in payload["counties"] for row in (*county["census"], *county.get("reach", ()))]
    assert not [label for label in labels if LATIN.search(label)]


def layer_texts(layer: dict[str, Any]) -> dict[str, Any]:
    """What a layer says."""
    return {
        "group": layer["group"],
        "name": layer["name"],
        "notes": layer["notes"],
        "lines": [one["text"] for one in layer["lines"]],
    }


# ---- the page ----------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_a_live_circle_speaks_english(sealed_page: SealedPage, tmp_path: Path) -> None:
    counties, census = ug.read_counties("青海"), ug.read_census(2020, provinces="青海", zones="to_host")
    live = ug.live_circle(ug.read_network(), counties, census, origin=["西宁—海东"])
    chart = draw_map(counties, census=census, live=live, language="en")
    layer = next(one for one in payload_of(chart)["layers"] if one["kind"] == "live")
    assert layer["starts"][0]["name"] == "西宁—海东: commuting circle of the metropolitan area"
    assert not any(HAN.search(str(words)) for words in layer["words"].values())
    page = sealed_page.open(save_map(chart, tmp_path / "map.html"))
    page.wait_for_selector("html[data-urbangeo=ready]")
    page.get_by_role("button", name=layer["words"]["try"]).click()
    page.wait_for_selector(".ug-live-head:not(:empty)")
    page.wait_for_timeout(500)
    # A line of a list cannot hold a marked part; the name in it is the place's own.
    unmarked = page.evaluate(UNMARKED.replace("tag !== 'STYLE'", "tag !== 'STYLE' && tag !== 'OPTION'"))
    assert unmarked == []
    assert sealed_page.faults == []


@pytest.mark.browser
def test_chinese_names_are_marked_on_an_english_page(sealed_page: SealedPage, tmp_path: Path) -> None:
    frames = toy_frames()
    frames["totals"] = frames["totals"].assign(definition_zh="驾车平峰，从中心出发，人口均匀分布")
    page = sealed_page.open(save_map(draw(frames, language="en"), tmp_path / "map.html"))
    page.wait_for_selector("html[data-urbangeo=ready]")
    assert page.get_attribute("html", "lang") == "en"
    page.fill(".ug-search input", "乙县")
    page.keyboard.press("Enter")
    page.wait_for_selector(".ug-card.ug-pinned")
    assert page.evaluate(UNMARKED) == []
    assert page.inner_text(".ug-card h3 span") == "乙县"
    assert page.get_attribute(".ug-card h3 span", "lang") == "zh"
    assert (
        page.locator(".ug-foot p").first.get_attribute("lang") == "zh" or page.locator(".ug-foot p [lang=zh]").count()
    )
    assert sealed_page.faults == []


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080)])
def test_nothing_sticks_out_of_the_panel(
    sealed_pages: Callable[..., SealedPage], tmp_path: Path, language: str, width: int, height: int
) -> None:
    sealed = sealed_pages(width, height)
    page = sealed.open(save_map(draw(toy_frames(), language=language), tmp_path / "map.html"))
    page.wait_for_selector("html[data-urbangeo=ready]")
    wide = page.evaluate(
        "() => { const box = document.querySelector('.ug-scroll').getBoundingClientRect();"
        " return [...document.querySelectorAll('.ug-scroll *')]"
        ".filter(node => node.getBoundingClientRect().right > box.right + 1)"
        ".map(node => node.className + ' ' + node.textContent.slice(0, 30)); }"
    )
    assert wide == []
    assert sealed.faults == []
