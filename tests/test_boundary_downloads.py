"""Downloads, against a server on this computer: what arrives whole is taken, anything else is refused by name."""

from __future__ import annotations

import ast
import json
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from service import Reply, Stage, always, as_json, datav, playing, tianditu

from urbangeo.errors import (
    DataIntegrityError,
    DownloadError,
    InputError,
    JoinError,
    OutputError,
    UnknownNameError,
    UrbangeoError,
)
from urbangeo.sources import boundary_downloads
from urbangeo.sources.boundaries import read_counties
from urbangeo.sources.boundary_downloads import fetch_boundaries
from urbangeo.sources.downloads import Service, default_cache, read_json

KEY = "0123456789abcdefSECRET"
XINING = "630100"
Answer = Callable[[str, dict[str, str]], Reply]


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever proxy this computer uses, the loopback interface is reached straight."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")


@pytest.fixture(scope="module")
def counties() -> gpd.GeoDataFrame:
    return read_counties("青海")


@pytest.fixture
def service(counties: gpd.GeoDataFrame) -> Iterator[Stage]:
    with playing(tianditu(counties)) as stage:
        yield stage


@pytest.fixture
def mirror(counties: gpd.GeoDataFrame) -> Iterator[Stage]:
    with playing(datav(counties)) as stage:
        yield stage


def ask(stage: Stage, places: Any = XINING, *, cache: Path, **options: Any) -> gpd.GeoDataFrame:
    return fetch_boundaries("tianditu-api", places, key=KEY, cache=cache, base_url=stage.url, **options)


def except_for(answer: Answer, code: str, reply: Reply) -> Answer:
    """Answer as ever, but for one unit."""

    def other(path: str, query: dict[str, str]) -> Reply:
        return reply if code in (query.get("keyword", "") + path) else answer(path, query)

    return other


# What is fetched


def test_tianditu_gives_what_it_serves(service: Stage, counties: gpd.GeoDataFrame, tmp_path: Path) -> None:
    frame = ask(service, "青海", cache=tmp_path)
    assert frame.index.equals(counties.index)
    assert list(frame.columns) == list(counties.columns)
    assert frame.crs == "EPSG:4490"
    assert shapely.equals_exact(frame.geometry.to_numpy(), counties.geometry.to_numpy(), 1e-9).all()
    same = ["name", "type", "prefecture_adcode", "prefecture", "province_adcode", "province", "label_lon", "label_lat"]
    assert frame[same].equals(counties[same])
    assert set(frame["vintage"]) == {"live"}
    assert len(service.asked) == 1 + 45
    source = frame.attrs["source"]
    assert source["source_id"] == "tianditu-api"
    assert (source["map_number"], source["geometry_changed"], source["mismatches"]) == (None, False, [])
    assert source["fetched_at"].endswith("+00:00")
    assert len(source["checksums"]) == 46
    assert json.loads(json.dumps(source, ensure_ascii=False)) == source


def test_datav_is_moved_out_of_gcj02(mirror: Stage, counties: gpd.GeoDataFrame) -> None:
    frame = fetch_boundaries("datav", "青海省", base_url=mirror.url)
    assert frame.index.equals(counties.index)
    apart = shapely.hausdorff_distance(frame.geometry.to_numpy(), counties.geometry.to_numpy())
    assert apart.max() < 1e-8, "a millimetre"
    assert np.allclose(frame[["label_lon", "label_lat"]], counties[["label_lon", "label_lat"]], atol=1e-8)
    assert frame.crs == "EPSG:4490"
    source = frame.attrs["source"]
    assert (source["datum_served"], source["crs"], source["geometry_changed"]) == ("GCJ-02", "EPSG:4490", True)
    assert "仅供学习交流使用" in source["terms"]
    assert len(mirror.asked) == 1 + 8
    assert "632857" in frame.index


def test_a_download_passes_the_audit_and_what_was_served_does_not(mirror: Stage) -> None:
    from urbangeo.language.datum import shift_datum
    from urbangeo.sources.boundary_audit import audit_boundaries

    frame = fetch_boundaries("datav", "西宁市", base_url=mirror.url)
    findings = audit_boundaries(frame).findings
    assert "datum" not in set(findings["check"])
    served = shift_datum(frame, source="cgcs2000", target="gcj02").set_crs("EPSG:4326", allow_override=True)
    assert "datum" in set(audit_boundaries(served).findings["check"])


def test_the_map_prints_no_review_number_for_a_download(mirror: Stage) -> None:
    from urbangeo.windows.maps.statement import boundary_line

    line = boundary_line(fetch_boundaries("datav", "西宁市", base_url=mirror.url))
    assert "无审图号" in line
    assert "DataV" in line


@pytest.mark.parametrize(
    ("places", "requests", "units"),
    [
        ("630106", 1, 1),
        ("湟中区", 1, 1),
        (["西宁", "630106", "630100"], 8, 7),
        (["630106", "632857"], 2, 2),
    ],
)
def test_places_by_name_and_code(service: Stage, tmp_path: Path, places: Any, requests: int, units: int) -> None:
    frame = ask(service, places, cache=tmp_path)
    assert (len(service.asked), len(frame)) == (requests, units)


def test_one_county_of_datav_by_either_code(mirror: Stage) -> None:
    frame = fetch_boundaries("datav", ["632857", "630106"], base_url=mirror.url)
    assert list(frame.index) == ["630106", "632857"]
    assert "/areas_v3/bound/632825.json" in mirror.paths


def test_progress_counts_requests(service: Stage, tmp_path: Path) -> None:
    steps: list[tuple[str, int]] = []
    ask(service, cache=tmp_path, progress=lambda words, known: steps.append((words, known)))
    assert len(steps) == 8
    assert steps[0] == ("630100-list", 1)
    assert steps[-1][1] == 8


# The cache


def test_a_second_call_asks_nobody(service: Stage, tmp_path: Path) -> None:
    first = ask(service, cache=tmp_path)
    service.asked.clear()
    second = ask(service, cache=tmp_path)
    assert service.asked == []
    assert second.equals(first)
    assert second.attrs == first.attrs
    third = ask(service, cache=tmp_path, refresh=True)
    assert len(service.asked) == 8
    assert third.equals(first)


def test_the_cache_holds_answers_checksums_and_nothing_else(service: Stage, tmp_path: Path) -> None:
    frame = ask(service, cache=tmp_path)
    (folder,) = (tmp_path / "tianditu-api").iterdir()
    files = {path.name: path for path in folder.iterdir()}
    assert set(files) == {"fetched.json", *frame.attrs["source"]["checksums"]}
    record = json.loads(files["fetched.json"].read_text(encoding="utf-8"))
    assert {name: entry["sha256"] for name, entry in record.items()} == frame.attrs["source"]["checksums"]
    assert all(KEY.encode() not in path.read_bytes() for path in files.values())


def test_a_broken_off_call_goes_on_from_there(counties: gpd.GeoDataFrame, tmp_path: Path) -> None:
    whole = tianditu(counties)
    with playing(except_for(whole, "630123", Reply(status=503))) as stage:
        with pytest.raises(DownloadError, match="answers are kept in the cache") as caught:
            ask(stage, cache=tmp_path)
        assert "503" in str(caught.value)
        stage.answer = whole
        stage.asked.clear()
        assert len(ask(stage, cache=tmp_path)) == 7
        assert [query["keyword"] for _, query in stage.asked] == ["156630123"]


def test_a_failing_refresh_leaves_the_cache_as_it_was(counties: gpd.GeoDataFrame, tmp_path: Path) -> None:
    with playing(tianditu(counties)) as stage:
        ask(stage, "630106", cache=tmp_path)
        before = {path: path.read_bytes() for path in tmp_path.rglob("*.json")}
        stage.answer = always(Reply(status=500))
        with pytest.raises(DownloadError, match="500"):
            ask(stage, "630106", cache=tmp_path, refresh=True)
        assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
        assert len(ask(stage, "630106", cache=tmp_path)) == 1


def test_a_damaged_cache_is_healed_or_refused(counties: gpd.GeoDataFrame, tmp_path: Path) -> None:
    with playing(tianditu(counties)) as stage:
        whole = ask(stage, "630106", cache=tmp_path)
        (kept,) = tmp_path.rglob("630106.json")
        kept.write_bytes(kept.read_bytes()[:-100])
        assert ask(stage, "630106", cache=tmp_path).equals(whole), "fetched anew, and the same as on record"
        kept.write_bytes(b"{}")
        stage.answer = tianditu(counties.assign(label_lon=101.0))
        with pytest.raises(DataIntegrityError, match="refresh=True"):
            ask(stage, "630106", cache=tmp_path)
        assert ask(stage, "630106", cache=tmp_path, refresh=True)["label_lon"].tolist() == [101.0]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"630106.json": 1}', '{"630106.json": {"sha256": "x"}}'])
def test_a_record_that_cannot_be_read_is_written_anew(service: Stage, tmp_path: Path, text: str) -> None:
    ask(service, "630106", cache=tmp_path)
    (record,) = tmp_path.rglob("fetched.json")
    record.write_text(text, encoding="utf-8")
    ask(service, "630106", cache=tmp_path)
    assert len(service.asked) == 2
    assert "630106.json" in json.loads(record.read_text(encoding="utf-8"))


def test_a_cache_that_cannot_be_written_is_said(service: Stage, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="download cache"):
        ask(service, "630106", cache=tmp_path / "file")


def test_datav_keeps_no_copies(mirror: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    fetch_boundaries("datav", "630106", base_url=mirror.url)
    fetch_boundaries("datav", "630106", base_url=mirror.url)
    assert len(mirror.asked) == 2
    assert list(tmp_path.iterdir()) == []


def test_the_cache_is_the_users_own() -> None:
    assert default_cache().name.lower() in {"urbangeo", "cache"}


# Checksums


def test_checksums_of_an_earlier_call_hold_for_both_services(
    service: Stage, mirror: Stage, tmp_path: Path, counties: gpd.GeoDataFrame
) -> None:
    known = ask(service, "630106", cache=tmp_path / "a").attrs["source"]["checksums"]
    assert len(ask(service, "630106", cache=tmp_path / "b", checksums=known)) == 1
    service.answer = tianditu(counties.assign(label_lat=36.0))
    with pytest.raises(DataIntegrityError, match=r"630106\.json"):
        ask(service, "630106", cache=tmp_path / "c", checksums=known)
    assert not list((tmp_path / "c").rglob("*.json"))

    known = fetch_boundaries("datav", "630106", base_url=mirror.url).attrs["source"]["checksums"]
    assert len(fetch_boundaries("datav", "630106", base_url=mirror.url, checksums=known)) == 1
    wrong = dict.fromkeys(known, "0" * 64)
    with pytest.raises(DataIntegrityError, match=r"630106\.json"):
        fetch_boundaries("datav", "630106", base_url=mirror.url, checksums=wrong)


def test_a_kept_answer_with_another_checksum_is_not_taken(service: Stage, tmp_path: Path) -> None:
    ask(service, "630106", cache=tmp_path)
    with pytest.raises(DataIntegrityError):
        ask(service, "630106", cache=tmp_path, checksums={"630106.json": "0" * 64})


@pytest.mark.parametrize("checksums", [{"630106.json": "md5:1"}, {"630106.json": "A" * 64}, {"other.json": "0" * 64}])
def test_checksums_that_guard_nothing_are_refused(service: Stage, tmp_path: Path, checksums: dict[str, str]) -> None:
    with pytest.raises(InputError, match="json"):
        ask(service, "630106", cache=tmp_path, checksums=checksums)


# What goes wrong on the way


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(status=403), ["403", "key"]),
        (Reply(status=418), ["418", "outside China"]),
        (Reply(status=404), ["404", "check the code"]),
        (Reply(status=429), ["429", "later"]),
        (Reply(status=401), ["401"]),
        (Reply(status=500), ["500", "later"]),
        (Reply(status=599), ["599"]),
        (Reply(b"{}", status=304), ["304"]),
        (Reply(b'{"status": 200', promised=500), ["cut short", "14 of 500 bytes"]),
        (Reply(b'{"status": 200', chunked=True), ["cut short"]),
        (Reply(wait=True), ["0.3 s", "timeout_s"]),
        (Reply(b" " * 100, drip=True), ["0.3 s"]),
        (Reply(b" " * 2000), ["larger than 1,000 bytes"]),
        (Reply(b"", promised=10**12), ["larger than 1,000 bytes"]),
    ],
)
def test_a_failing_service_is_named_and_nothing_is_kept(reply: Reply, words: list[str], tmp_path: Path) -> None:
    with playing(always(reply)) as stage:
        began = time.monotonic()
        with pytest.raises(DownloadError) as caught:
            ask(stage, "630106", cache=tmp_path, timeout_s=0.3, max_bytes=1000)
        assert time.monotonic() - began < 5
    for word in [*words, "Tianditu", "read_counties()"]:
        assert word in str(caught.value)
    assert KEY not in str(caught.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_service_that_is_not_there(tmp_path: Path) -> None:
    with playing(always(Reply())) as stage:
        gone = stage.url
    with pytest.raises(DownloadError, match="no connection"):
        fetch_boundaries("datav", "630106", base_url=gone, timeout_s=2)
    with pytest.raises(DownloadError, match="no connection") as caught:
        fetch_boundaries("tianditu-api", "630106", key=KEY, cache=tmp_path, base_url=gone, timeout_s=2)
    assert KEY not in repr(caught.value) + str(caught.value.__cause__)


def test_a_server_that_does_not_speak_tls(mirror: Stage) -> None:
    with pytest.raises(DownloadError, match=r"certificate|no connection"):
        fetch_boundaries("datav", "630106", base_url=mirror.url.replace("http:", "https:"), timeout_s=5)


def test_a_redirect_to_another_host_is_refused_and_the_key_stays(tmp_path: Path) -> None:
    with playing(always(as_json({}))) as stranger:
        for place in (stranger.url + "/login?next=1", "https://login.example/", "ftp://127.0.0.1/x", "file:///etc"):
            reply = Reply(status=302, headers={"Location": place})
            with playing(always(reply)) as stage:
                with pytest.raises(DownloadError) as caught:
                    ask(stage, "630106", cache=tmp_path)
                assert len(stage.asked) == 1
            assert KEY not in str(caught.value)
        assert stranger.asked == []


def test_a_redirect_on_the_same_host_is_followed_but_not_for_ever(counties: gpd.GeoDataFrame) -> None:
    play = datav(counties)

    def moved(path: str, query: dict[str, str]) -> Reply:
        if path.startswith("/areas_v3"):
            return Reply(status=301, headers={"Location": "/new" + path})
        return play(path.removeprefix("/new"), query)

    with playing(moved) as stage:
        assert len(fetch_boundaries("datav", "630106", base_url=stage.url)) == 1
    with playing(always(Reply(status=302, headers={"Location": "/round"}))) as stage:
        with pytest.raises(DownloadError, match="302"):
            fetch_boundaries("datav", "630106", base_url=stage.url)
        assert len(stage.asked) < 10


# What comes whole but cannot be used


def one_county(**changes: Any) -> dict[str, Any]:
    square = "MULTIPOLYGON (((101.3 36.3, 101.4 36.3, 101.4 36.4, 101.3 36.3)))"
    district = {"gb": "156630106", "name": "湟中区", "boundary": square, "level": 2, "center": {"lng": 1, "lat": 2}}
    return {"status": 200, "message": "", "data": {"district": [district | changes]}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"<html>login</html>", "web page"),
        (b'{"status": NaN}', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "nested"),
        (b"[]", "no JSON object"),
        (b'{"status": 200}', "no data.district"),
        (b'{"status": 200, "data": {"district": {}}}', "no data.district"),
        (b'{"status": 200, "data": {"district": []}}', "0 of 0"),
        (b'{"status": 200, "data": {"district": [1, null]}}', "0 of 2"),
        (one_county(gb="156630105"), "0 of 1"),
        (one_county(boundary=None), "without an outline"),
        (one_county(boundary="MULTIPOLYGON (((101 36, 102"), "no WKT"),
        (one_county(boundary="POLYGON ((101 36, 102 36, 102 37))"), "no WKT"),
        (one_county(boundary="POINT (101 36)"), "Point"),
        (one_county(boundary="MULTIPOLYGON EMPTY"), "empty"),
        (one_county(boundary="POLYGON ((36 101, 37 101, 37 102, 36 101))"), "not in China"),
        (one_county(boundary="POLYGON ((1e6 4e6, 2e6 4e6, 2e6 5e6, 1e6 4e6))"), "not in China"),
        (one_county(boundary="POLYGON ((nan nan, 102 36, 102 37, nan nan))"), "outline"),
        (one_county(name=None), "without a name"),
        (one_county(name=""), "without a name"),
        (one_county(name="长" * 61), "without a name"),
        (json.dumps(one_county(name="\ud800县")).encode(), "without a name"),
        (one_county(name="湟中\x1b[31m区"), "without a name"),
    ],
)
def test_tianditu_nonsense_is_refused_and_not_kept(body: Any, words: str, tmp_path: Path) -> None:
    reply = Reply(body) if isinstance(body, bytes) else as_json(body)
    with playing(always(reply)) as stage:
        with pytest.raises(DataIntegrityError) as caught:
            ask(stage, "630106", cache=tmp_path)
        assert len(stage.asked) == 1
    assert words in str(caught.value)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_senseless_label_point_is_left_out(tmp_path: Path) -> None:
    for centre in ({"lng": 1, "lat": 2}, {"lng": "x", "lat": None}, None, [101, 36]):
        with playing(always(as_json(one_county(center=centre)))) as stage:
            frame = ask(stage, "630106", cache=tmp_path, refresh=True)
        assert frame[["label_lon", "label_lat"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"status": 403, "message": "今日配额已用完"}, ["今日配额已用完", "tomorrow"]),
        ({"code": 301, "msg": "Quota exceeded"}, ["Quota exceeded", "tomorrow"]),
        ({"status": 401, "message": "无效的Key"}, ["无效的Key", "Check the key"]),
        ({"message": f"key \x1b[31m\n{'x' * 500}"}, ["missing", "Check the key"]),
        ({}, ["no reason given"]),
    ],
)
def test_a_polite_refusal_is_quoted(document: object, words: list[str], tmp_path: Path) -> None:
    with playing(always(as_json(document))) as stage, pytest.raises(DownloadError) as caught:
        ask(stage, "630106", cache=tmp_path)
    text = str(caught.value)
    for word in words:
        assert word in text
    assert text.isprintable()
    assert len(text) < 500


def node(code: Any, level: Any, children: Any = (), name: str = "某") -> dict[str, Any]:
    return {"gb": code, "name": name, "level": level, "children": list(children) if children != "x" else "x"}


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (node("156630100", 3), "no county-level unit"),
        (node("156630100", 3, "x"), "list of children"),
        (node("156630100", 3, [1]), "list of children"),
        (node("156630100", 3, [node("abc", 2)]), "no code"),
        (node("156630100", 3, [node("156630106", 2), node("156630106", 2)]), "more than once"),
    ],
)
def test_a_list_of_units_that_is_none(tree: Any, words: str, tmp_path: Path) -> None:
    reply = as_json({"status": 200, "data": {"district": [tree]}})
    with playing(always(reply)) as stage, pytest.raises(DataIntegrityError, match=words):
        ask(stage, cache=tmp_path)


def test_a_prefecture_without_counties_is_a_unit_itself() -> None:
    tree = node("156440000", 4, [node("156441900", 3), node("156440100", 3, [node("156440103", "2")])])
    body = json.dumps({"status": "200", "data": {"district": [tree]}}).encode()
    assert boundary_downloads._tianditu_codes(body, "440000", "Tianditu") == ["440103", "441900"]


def a_feature(**changes: Any) -> dict[str, Any]:
    ring = [[101.3, 36.3], [101.4, 36.3], [101.4, 36.4], [101.3, 36.3]]
    said = {"adcode": 630106, "name": "湟中区", "level": "district", "childrenNum": 0, "center": [101.3, 36.3]}
    geometry = changes.pop("geometry", {"type": "Polygon", "coordinates": [ring]})
    return {"type": "Feature", "properties": said | changes, "geometry": geometry}


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (None, "no GeoJSON collection"),
        ([], "no GeoJSON collection"),
        ([1], "no properties"),
        ([{"properties": None}], "no properties"),
        ([a_feature(adcode="630106000000")], "has the adcode"),
        ([a_feature(adcode=None)], "has the adcode"),
        ([a_feature(geometry=None)], "outline"),
        ([a_feature(geometry={"type": "Polygon"})], "outline"),
        ([a_feature(geometry={"type": "Polygon", "coordinates": [[[101, 36], [102, 36]]]})], "outline"),
        ([a_feature(geometry={"type": "Polygon", "coordinates": "x"})], "outline"),
        ([a_feature(geometry={"type": "LineString", "coordinates": [[101, 36], [102, 36]]})], "LineString"),
        ([a_feature(level="street")], "street"),
        ([a_feature(), a_feature()], "in its place"),
        ([a_feature(adcode=630105)], "in its place"),
        ([a_feature(level="city", childrenNum=3)], "city"),
    ],
)
def test_datav_nonsense_is_refused(features: Any, words: str) -> None:
    reply = as_json({"type": "FeatureCollection", "features": features})
    with playing(always(reply)) as stage, pytest.raises(DataIntegrityError, match=words):
        fetch_boundaries("datav", "630106", base_url=stage.url)


def test_an_area_that_holds_itself_ends() -> None:
    for code, inner in (("630000", 630000), ("630000", 630100), ("630100", 630100)):
        reply = as_json({"features": [a_feature(adcode=inner, level="city", childrenNum=3)]})
        with playing(always(reply)) as stage:
            with pytest.raises(DataIntegrityError):
                fetch_boundaries("datav", code, base_url=stage.url)
            assert len(stage.asked) <= 2


@given(body=st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["156630106", "630106", 200]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["status", "data", "district", "gb", "name", "boundary", "features", "properties", "geometry"]),
        inner, max_size=4),
    max_leaves=12,
).map(lambda thing: json.dumps(thing).encode()))  # fmt: skip
def test_whatever_a_service_sends_is_one_of_our_errors(body: bytes) -> None:
    for reader in (
        lambda: boundary_downloads._tianditu_unit(body, "630106", "Tianditu"),
        lambda: boundary_downloads._tianditu_codes(body, "630106", "Tianditu"),
        lambda: boundary_downloads._datav_features(body, "630106", "DataV"),
    ):
        with pytest.raises(UrbangeoError):
            reader()


# Units that are not those of the register


def test_missing_added_and_renamed_units_stop_the_call_or_are_marked(
    counties: gpd.GeoDataFrame, tmp_path: Path
) -> None:
    changed = counties.rename(index={"630102": "630199"})
    changed.loc["630103", "name"] = "城中新区"
    with playing(tianditu(changed)) as stage:
        with pytest.raises(JoinError, match="on_mismatch='mark'") as caught:
            ask(stage, cache=tmp_path)
        for words in ("1 units are missing: 630102 城东区", "630199 城东区", "630103 is 城中新区 there, 城中区 here"):
            assert words in str(caught.value)
        with pytest.warns(UserWarning, match="630199"):
            frame = ask(stage, cache=tmp_path, on_mismatch="mark")
    assert len(frame) == 7
    assert len(frame.attrs["source"]["mismatches"]) == 3
    added = frame.loc["630199"]
    assert (added["name"], added["prefecture"], added["province"]) == ("城东区", "西宁市", "青海省")
    assert frame.loc["630103", "name"] == "城中区", "the register's own name stays"


# What is asked wrongly


@pytest.mark.parametrize(
    ("service", "places", "options", "error", "words"),
    [
        ("amap-api", "青海", {}, InputError, "tianditu-api, datav"),
        ("tianditu", "青海", {}, InputError, "tianditu-api, datav"),
        ("tianditu-api", "青海", {}, InputError, "--key-file"),
        ("tianditu-api", "青海", {"key": " "}, InputError, "key of your own"),
        ("tianditu-api", "青海", {"key": "two words here"}, InputError, "without blanks"),
        ("tianditu-api", "青海", {"key": "密钥密钥密钥密钥密钥"}, InputError, "not one"),
        ("datav", "青海", {"key": KEY}, InputError, "no key"),
        ("datav", "青海", {"cache": "somewhere"}, InputError, "in memory"),
        ("datav", [], {}, InputError, "empty"),
        ("datav", "青还", {}, UnknownNameError, "青还"),
        ("datav", "市中区", {}, InputError, "370103"),
        ("datav", "", {}, InputError, "name or a six-digit code"),
        ("datav", "青海", {"on_mismatch": "ignore"}, InputError, "'mark'"),
        ("datav", "青海", {"timeout_s": 0}, InputError, "timeout_s"),
        ("datav", "青海", {"timeout_s": float("nan")}, InputError, "timeout_s"),
        ("datav", "青海", {"max_bytes": 0}, InputError, "max_bytes"),
        ("datav", "青海", {"base_url": "http://mirror.example"}, InputError, "https"),
        ("datav", "青海", {"base_url": "file:///etc/passwd"}, InputError, "https"),
        ("datav", "青海", {"base_url": "https://"}, InputError, "https"),
        ("datav", "青海", {"base_url": "https://[::1"}, InputError, "no address"),
        ("datav", "青海", {"base_url": "https://a:b@mirror.example"}, InputError, "user name"),
        ("datav", "青海", {"base_url": "https://mirror.example/?tk=1"}, InputError, "question mark"),
    ],
)
def test_wrong_questions_reach_nobody(  # noqa: PLR0917
    service: Any,
    places: Any,
    options: dict[str, Any],
    error: type[Exception],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def never(*_: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(Service, "get", never)
    with pytest.raises(error, match=words) as caught:
        fetch_boundaries(service, places, **options)
    assert KEY not in str(caught.value)


# The key


def test_the_key_is_sent_and_stands_nowhere_else(
    service: Stage, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    frame = ask(service, "630106", cache=tmp_path)
    assert service.asked[0][1]["tk"] == KEY
    service.answer = always(Reply(status=403))
    with pytest.raises(DownloadError) as caught:
        ask(service, "630105", cache=tmp_path)
    seen = [caplog.text, *capfd.readouterr(), str(frame.attrs), repr(caught.value), str(caught.value.__cause__)]
    seen.append(repr(Service("Tianditu", service.url, secret={"tk": KEY})))
    assert not any(KEY in text for text in seen)
    assert caplog.text == ""


# No network unless called


def test_only_one_module_can_open_a_connection(repo_root: Path) -> None:
    """The import floors cannot see the standard library; the tree can."""
    network = {"http", "socket", "urllib.request", "ftplib", "requests", "urllib3", "pooch", "asyncio", "ssl"}
    found = set()
    for path in (repo_root / "urbangeo").rglob("*.py"):
        for part in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in part.names] if isinstance(part, ast.Import) else []
            names += [part.module or ""] if isinstance(part, ast.ImportFrom) else []
            if any(name in network or name.split(".")[0] in network for name in names):
                found.add(path.name)
    assert found == {"downloads.py"}


def test_json_with_a_byte_order_mark_is_read() -> None:
    assert read_json('\ufeff{"名": 1}'.encode(), "it") == {"名": 1}
