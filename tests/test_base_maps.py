"""Base maps and pages that load something: each in its datum, from the hosts that are named, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import xyzservices
import xyzservices.providers as xyz
from conftest import SealedPage
from PIL import Image
from playwright.sync_api import Page, Route
from toy_map import toy_frames

import urbangeo as ug
from urbangeo.archive.catalog import read_table
from urbangeo.errors import CrsError, InputError
from urbangeo.language.datum import wgs84_to_gcj02
from urbangeo.windows.maps import base_map, draw_map, save_map, tianditu
from urbangeo.windows.maps.base_maps import BaseMap
from urbangeo.windows.maps.page import payload_of

KEY = "0123456789abcdef0123456789abcdef"
ASSETS = Path(ug.__file__).parent / "windows" / "maps" / "assets"
LEAFLET = "https://cdn.jsdelivr.net/npm/leaflet@1.9.4/dist/leaflet."
READY = "html[data-urbangeo=ready]"


def drawn(base: BaseMap | None = None, **more: Any) -> Any:
    """Draw the toy counties over a base map."""
    frames = toy_frames()
    return draw_map(frames["counties"], isochrones=frames["isochrones"], base_map=base, **more)


def policy(page: str) -> dict[str, list[str]]:
    """Return what the policy of a page allows, by directive."""
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert found is not None
    return {part.split()[0]: part.split()[1:] for part in found[1].split(";")}


# ---- which maps, in which datum ----------------------------------------------------------------------------------


def test_tianditu_is_in_the_datum_of_the_data_and_has_its_names() -> None:
    base = tianditu(KEY, kind="img")
    assert base.datum == "cgcs2000"
    assert not base.shifted
    assert len(base.hosts) == 8
    assert base.hosts[0] == "https://t0.tianditu.gov.cn"
    assert ["LAYER=img" in base.tiles[0], "LAYER=cia" in base.tiles[1], KEY in base.tiles[0]] == [True] * 3
    assert "TILEMATRIXSET=w&" in base.tiles[0]


@pytest.mark.parametrize("key", ["", "secret-key", KEY.upper(), KEY + "0", KEY + "\n", "\"'><script>", 7])
def test_a_key_is_checked_and_never_told(key: Any) -> None:
    with pytest.raises(InputError, match="expected a key of Tianditu") as caught:
        tianditu(key)
    assert not key or str(key) not in str(caught.value).replace("32", "")
    assert KEY not in repr(tianditu(KEY))
    with pytest.raises(InputError, match="'vec'"):
        tianditu(KEY, kind="map")  # type: ignore[arg-type]


def test_services_of_other_datums_are_refused_or_shifted() -> None:
    assert base_map(xyz.OpenStreetMap.Mapnik).attribution == "(C) OpenStreetMap contributors"
    assert base_map(xyz.Esri.WorldImagery).datum == "wgs84"
    with pytest.raises(CrsError, match=r"Gaode\.Normal are in GCJ-02.*shift_display=True"):
        base_map(xyz.Gaode.Normal)
    base = base_map(xyz.Gaode.Normal, shift_display=True)
    assert base.shifted
    assert base.attribution == "© Gaode.com", "text, not HTML"
    baidu = xyzservices.TileProvider(name="Baidu.Normal", url="https://example.invalid/{x}/{y}/{z}", attribution="b")
    with pytest.raises(CrsError, match="BD-09"):
        base_map(baidu, shift_display=True)


def test_an_unknown_service_needs_its_datum() -> None:
    own = xyzservices.TileProvider(
        name="院内底图", url="https://tiles.example.invalid/{z}/{x}/{y}.png", attribution="院"
    )
    with pytest.raises(InputError, match=r"院内底图.*datum="):
        base_map(own)
    assert base_map(own, datum="wgs84").hosts == ("https://tiles.example.invalid",)
    assert base_map(own, datum="gcj02", shift_display=True).shifted
    with pytest.raises(InputError, match="known to be in 'gcj02'"):
        base_map(xyz.Gaode.Normal, datum="wgs84")
    assert base_map(xyz.OpenStreetMap.Mapnik, datum="cgcs2000").datum == "wgs84", "not told apart"
    with pytest.raises(InputError, match="expected one of"):
        base_map(own, datum="xian80")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ("OpenStreetMap", "expected one of xyzservices"),
        ({"name": "x", "url": "javascript:alert(1)//{x}{y}{z}", "attribution": "x"}, "cannot be used"),
        ({"name": "x", "url": "https://a.invalid'; script-src */{x}/{y}/{z}", "attribution": "x"}, "cannot be used"),
        ({"name": "x", "url": "https://a.invalid/{x}/{y}", "attribution": "x"}, "cannot be used"),
        ({"name": "x", "url": "https://a.invalid/{x}/{y}/{z}"}, "attribution"),
        ({"name": "x", "url": "https://a.invalid/{x}/{y}/{z}?k={apikey}", "attribution": "x"}, "'apikey'"),
        (
            {
                "name": "x",
                "url": "https://{s}.a.org/{x}/{y}/{z}",
                "attribution": "x",
                "subdomains": ["a; script-src *"],
            },
            "subdomains of x",
        ),
        ({"name": "x.Arctic", "url": "https://a.invalid/{x}/{y}/{z}", "attribution": "x"}, "web Mercator"),
    ],
)
def test_what_is_no_base_map_is_told(provider: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        base_map(provider, datum="wgs84")


def test_every_row_says_a_datum_and_how_sure_it_is() -> None:
    rows = read_table("style/base_maps")
    assert {"Tianditu", "OpenStreetMap", "Gaode", "Baidu"} <= set(rows["provider"])
    unsourced = rows[rows["source_id"].isna()]
    assert set(unsourced["confidence"]) == {"unconfirmed"}, "no source, no confidence"
    assert any("待核实" in line for line in payload_of(drawn(tianditu(KEY)))["about"])


def test_shifted_borders_lose_the_review_number_and_say_so() -> None:
    counties = ug.read_counties("青海")
    plain = payload_of(draw_map(counties, base_map=base_map(xyz.OpenStreetMap.Mapnik)))
    assert "审图号：GS（2024）0650号" in plain["statement"][0]
    moved = payload_of(draw_map(counties, base_map=base_map(xyz.Gaode.Normal, shift_display=True)))
    assert "GS（2024）" not in moved["statement"][0]
    assert "边界经简化或修改" in moved["statement"][0]
    assert any("GCJ-02" in line and "偏移" in line for line in moved["about"])
    assert plain["geometry"] == moved["geometry"], "the data themselves stay"
    assert counties.attrs["source"]["geometry_changed"] is False, "what was given is left as it was"


def test_draw_map_takes_base_maps_only() -> None:
    with pytest.raises(InputError, match="base_map is a str; expected what tianditu"):
        drawn("OpenStreetMap")  # type: ignore[arg-type]
    assert payload_of(drawn())["base_map"] is None


# ---- pages that load something -----------------------------------------------------------------------------------


def test_a_base_map_cannot_be_sealed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tiles.*sealed=False") as caught:
        save_map(drawn(tianditu(KEY)), tmp_path / "map.html")
    assert KEY not in str(caught.value)
    assert not (tmp_path / "map.html").exists()
    page = save_map(drawn(base_map(xyz.OpenStreetMap.Mapnik)), tmp_path / "map.html", sealed=False)
    allowed = policy(page.read_text(encoding="utf-8"))
    assert allowed["img-src"] == ["data:", "https://tile.openstreetmap.org"]
    assert "connect-src" not in allowed
    assert allowed["default-src"] == ["'none'"]


def test_unsealed_is_smaller_and_names_the_checksums_of_what_it_loads(tmp_path: Path) -> None:
    chart = drawn()
    sealed = save_map(chart, tmp_path / "sealed.html")
    linked = save_map(chart, tmp_path / "linked.html", sealed=False)
    assert linked.stat().st_size < sealed.stat().st_size - 140_000
    text = linked.read_text(encoding="utf-8")
    for ending in ("js", "css"):
        digest = hashlib.sha384((ASSETS / "leaflet" / f"leaflet.{ending}").read_bytes()).digest()
        address = re.escape(LEAFLET + ending)
        integrity = re.escape(f'integrity="sha384-{base64.b64encode(digest).decode()}" crossorigin="anonymous"')
        assert re.search(rf'"{address}" {integrity}', text)
    allowed = policy(text)
    assert [place for place in allowed["script-src"] if place.startswith("http")] == [LEAFLET + "js"]
    assert allowed["style-src"] == ["'unsafe-inline'", LEAFLET + "css"]
    assert allowed["img-src"] == ["data:"]
    assert save_map(chart, tmp_path / "sealed.html").read_bytes() == sealed.read_bytes()
    assert save_map(chart, tmp_path / "again.html", sealed=False).read_bytes() == linked.read_bytes()
    assert "cdn.jsdelivr.net" not in save_map(chart, tmp_path / "third.html").read_text(encoding="utf-8")


def served(sealed: SealedPage, *, tamper: bool = False) -> tuple[list[str], list[str]]:
    """Answer for the servers: Leaflet from the vendored files, every tile a picture. Return what was asked for."""
    asked: list[str] = []
    picture = io.BytesIO()
    Image.new("RGB", (256, 256), "#88aacc").save(picture, "PNG")

    def answer(route: Route) -> None:
        url = route.request.url
        if url.startswith("file:"):
            route.continue_()
            return
        asked.append(url)
        free = {"access-control-allow-origin": "*"}
        if url.startswith(LEAFLET):
            name = url.rsplit("/", 1)[1]
            body = (ASSETS / "leaflet" / name).read_bytes() + (b"/* changed */" if tamper else b"")
            kind = "text/css" if name.endswith("css") else "text/javascript"
            route.fulfill(body=body, content_type=kind, headers=free)
        elif tamper:
            route.abort()
        else:
            route.fulfill(body=picture.getvalue(), content_type="image/png")

    sealed.page.context.set_offline(False)
    sealed.page.context.route("**/*", answer)
    messages: list[str] = []
    sealed.page.on("console", lambda message: messages.append(message.text))
    return asked, messages


def ready(page: Page) -> None:
    """Wait until the map has drawn itself."""
    page.wait_for_selector(READY, state="attached")


@pytest.mark.browser
def test_unsealed_runs_with_leaflet_of_the_server(sealed_page: SealedPage, tmp_path: Path) -> None:
    path = save_map(drawn(), tmp_path / "map.html", sealed=False)
    asked, messages = served(sealed_page)
    page = sealed_page.open(path)
    ready(page)
    assert sorted(asked) == [LEAFLET + "css", LEAFLET + "js"]
    assert page.locator(".ug-county").count() == 5
    assert messages == []
    reached = page.evaluate("fetch('https://example.invalid/').then(() => 1, () => 0)")
    assert reached == 0, "the policy allows nothing else"


@pytest.mark.browser
def test_a_changed_leaflet_does_not_run(sealed_page: SealedPage, tmp_path: Path) -> None:
    path = save_map(drawn(), tmp_path / "map.html", sealed=False)
    _, messages = served(sealed_page, tamper=True)
    page = sealed_page.open(path)
    assert page.evaluate("typeof L") == "undefined"
    assert any("integrity" in message for message in messages)
    assert "校验不符" in page.inner_text("body"), "and the page says why it is empty"


@pytest.mark.browser
def test_tiles_lie_under_counties_that_let_them_through(sealed_page: SealedPage, tmp_path: Path) -> None:
    path = save_map(drawn(tianditu(KEY)), tmp_path / "map.html", sealed=False)
    asked, messages = served(sealed_page)
    page = sealed_page.open(path)
    ready(page)
    page.wait_for_selector(".leaflet-ug-base-pane img.leaflet-tile-loaded")
    hosts = {f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" for url in asked if not url.startswith(LEAFLET)}
    assert hosts <= set(tianditu(KEY).hosts)
    assert {"LAYER=vec", "LAYER=cva"} <= {part for url in asked for part in url.split("&")}
    assert page.inner_text(".ug-credit") == "底图：国家地理信息公共服务平台（天地图）"
    opacity = page.locator(".ug-county").first.get_attribute("fill-opacity")
    assert 0 < float(str(opacity)) < 0.6
    assert page.locator(".ug-stamp", has_text="底图").count() == 0
    assert messages == []


@pytest.mark.browser
def test_tiles_that_do_not_come_are_told(sealed_pages: Callable[..., SealedPage], tmp_path: Path) -> None:
    sealed = sealed_pages()
    path = save_map(drawn(base_map(xyz.OpenStreetMap.Mapnik)), tmp_path / "map.html", sealed=False)
    served(sealed)
    sealed.page.context.route("**/*.png", lambda route: route.abort())
    page = sealed.open(path)
    ready(page)
    page.locator(".ug-stamp", has_text="底图未能加载").wait_for()


PLACES = """points => {
    const map = Object.values(window).find(value => value instanceof L.Map);
    const size = map.getSize();
    return points.map(([lon, lat]) => {
        const pixel = map.project([lat, lon], 12), back = map.unproject(pixel, 12);
        const shown = L.CRS.EPSG3857.pointToLatLng(pixel, 12);
        return [shown.lng, shown.lat, back.lng, back.lat];
    });
}"""


@pytest.mark.browser
def test_over_gcj02_everything_is_drawn_where_that_map_shows_it(sealed_page: SealedPage, tmp_path: Path) -> None:
    path = save_map(drawn(base_map(xyz.Gaode.Normal, shift_display=True)), tmp_path / "map.html", sealed=False)
    _, messages = served(sealed_page)
    page = sealed_page.open(path)
    ready(page)
    rng = np.random.default_rng(6)
    lon, lat = rng.uniform(90, 122, 40), rng.uniform(31, 39, 40)
    found = np.array(page.evaluate(PLACES, np.column_stack([lon, lat]).tolist()))
    assert np.allclose(found[:, :2], np.column_stack(wgs84_to_gcj02(lon, lat)), atol=1e-9), "as in Python"
    assert np.allclose(found[:, 2:], np.column_stack([lon, lat]), atol=1e-9), "and back for the pointer"
    assert "图上位置已随底图偏移" in page.inner_text(".ug-stamps")
    page.fill(".ug-search input", "甲区")
    page.keyboard.press("Enter")
    assert "甲区" in page.inner_text(".ug-card h3")
    page.keyboard.press("Escape")
    outline = page.locator(".ug-county").first.bounding_box()
    assert outline is not None
    page.mouse.move(outline["x"] + outline["width"] / 2, outline["y"] + outline["height"] / 2)
    page.mouse.move(outline["x"] + outline["width"] / 2 + 3, outline["y"] + outline["height"] / 2)
    assert page.locator(".ug-card").is_visible()
    assert messages == []
