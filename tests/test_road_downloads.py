"""Extracts from a mirror: whole and verified, resumed where they broke off, and refused in every other case."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from urbangeo.archive.catalog import read_table
from urbangeo.errors import DataIntegrityError, DownloadError, InputError, OutputError, UnknownNameError
from urbangeo.sources import downloads
from urbangeo.sources.downloads import FileServer
from urbangeo.sources.road_downloads import BASE_URL, extract_of, fetch_roads

NAME = "shandong-latest.osm.pbf"
PATH = f"/asia/china/{NAME}"


def extract(size: int = 300_000, seed: int = 0) -> bytes:
    """Bytes that begin as an extract does and go on as nothing in particular."""
    head = (13).to_bytes(4, "big") + b"\x0a\x09OSMHeader\x18\x7c"
    return head + bytes((number * 31 + seed) % 251 for number in range(size - len(head)))


@dataclass
class Mirror:
    """A mirror on this computer: what it holds, how it misbehaves, and what it was asked."""

    body: bytes = field(default_factory=extract)
    etag: str | None = '"one"'
    md5: str | None = None
    has_md5: bool = True
    breaks: list[int] = field(default_factory=list)
    """After how many bytes each answer in turn hangs up."""
    override: Callable[[BaseHTTPRequestHandler, str], bool] | None = None
    """Answers by itself and returns True, or leaves it to the mirror."""
    ranges: bool = True
    url: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return self.md5 or hashlib.md5(self.body, usedforsecurity=False).hexdigest()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range")
        self.asked.append((handler.path, asked))
        if self.override and self.override(handler, handler.path):
            return
        if handler.path == f"{PATH}.md5":
            if self.has_md5:
                send(handler, 200, f"{self.digest}  {NAME}\n".encode())
            else:
                send(handler, 404, b"<html>no</html>")
            return
        if handler.path != PATH:
            send(handler, 404, b"")
            return
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
        if start and handler.headers.get("If-Range") not in {None, self.etag}:
            start = 0
        if start and start >= len(self.body):
            send(handler, 416, b"")
            return
        headers = {"ETag": self.etag} if self.etag else {}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        hang_up = self.breaks.pop(0) if self.breaks else None
        send(handler, 206 if start else 200, self.body[start:], headers, hang_up=hang_up)


def send(
    handler: BaseHTTPRequestHandler,
    status: int,
    body: bytes,
    headers: dict[str, str] | None = None,
    *,
    hang_up: int | None = None,
) -> None:
    handler.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
        handler.send_header(name, value)
    handler.end_headers()
    try:
        handler.wfile.write(body[:hang_up])
    except OSError:
        return
    if hang_up is not None:
        handler.close_connection = True


@contextmanager
def playing(mirror: Mirror) -> Iterator[Mirror]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            mirror.answer(self)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    mirror.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach the loopback interface straight, and do not pause between tries."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")
    monkeypatch.setattr(downloads, "_PAUSE_S", 0.0)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    with playing(Mirror()) as one:
        yield one


def fetch(mirror: Mirror, folder: Path, **options: Any) -> Any:
    return fetch_roads("山东", folder=folder, base_url=mirror.url, **({"timeout_s": 5.0} | options))


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def ranges(mirror: Mirror) -> list[str | None]:
    return [asked for path, asked in mirror.asked if path == PATH]


# Whole


def test_a_file_is_fetched_verified_and_described(mirror: Mirror, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    got = fetch(mirror, tmp_path / "roads", progress=lambda done, total: seen.append((done, total)))
    assert got.path.read_bytes() == mirror.body
    assert left(tmp_path / "roads") == [NAME, f"{NAME}.LICENCE.txt", f"{NAME}.json"]
    assert (got.province, got.verified, got.fetched_bytes) == ("山东省", True, len(mirror.body))
    record = json.loads((tmp_path / "roads" / f"{NAME}.json").read_text(encoding="utf-8"))
    assert record == got.source
    assert record["url"] == mirror.url + PATH
    assert record["md5"] == mirror.digest
    assert record["sha256"] == hashlib.sha256(mirror.body).hexdigest()
    assert record["bytes"] == len(mirror.body)
    terms = (tmp_path / "roads" / f"{NAME}.LICENCE.txt").read_text(encoding="utf-8")
    for words in ("© OpenStreetMap contributors", "ODbL", "须注明来源", mirror.digest, "verified against"):
        assert words in terms
    assert seen[0] == (0, len(mirror.body))
    assert seen[-1] == (len(mirror.body), len(mirror.body))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert [path for path, _ in mirror.asked] == [f"{PATH}.md5", PATH]


def test_a_file_that_is_there_is_not_fetched_again_until_it_changes(mirror: Mirror, tmp_path: Path) -> None:
    fetch(mirror, tmp_path)
    again = fetch(mirror, tmp_path)
    assert (again.fetched_bytes, ranges(mirror)) == (0, [None])
    mirror.body, mirror.etag = extract(seed=7), '"two"'
    newer = fetch(mirror, tmp_path)
    assert newer.path.read_bytes() == mirror.body
    (tmp_path / NAME).write_bytes(b"altered")
    assert fetch(mirror, tmp_path).path.read_bytes() == mirror.body


def test_a_given_checksum_is_used_and_the_servers_not_asked_for(mirror: Mirror, tmp_path: Path) -> None:
    mirror.has_md5 = False
    assert fetch(mirror, tmp_path, md5=mirror.digest.upper()).verified
    assert [path for path, _ in mirror.asked] == [PATH]
    with pytest.raises(DataIntegrityError):
        fetch(mirror, tmp_path / "b", md5="0" * 32)


# Broken off


def test_a_dropped_connection_is_taken_up_where_it_broke(mirror: Mirror, tmp_path: Path) -> None:
    mirror.breaks = [100_000, 50_000]
    got = fetch(mirror, tmp_path)
    assert got.path.read_bytes() == mirror.body
    assert ranges(mirror) == [None, "bytes=100000-", "bytes=150000-"]
    assert got.fetched_bytes == len(mirror.body)
    assert not [name for name in left(tmp_path) if ".part" in name]


def test_the_next_call_goes_on_where_the_last_one_gave_up(mirror: Mirror, tmp_path: Path) -> None:
    mirror.breaks = [100_000, 50_000]
    with pytest.raises(DownloadError, match=r"2 times; 150,000 bytes are kept"):
        fetch(mirror, tmp_path, attempts=2)
    assert left(tmp_path) == [f".{NAME}.part", f".{NAME}.part.json"]
    got = fetch(mirror, tmp_path)
    assert got.path.read_bytes() == mirror.body
    assert got.fetched_bytes == len(mirror.body) - 150_000
    assert ranges(mirror)[-1] == "bytes=150000-"


@pytest.mark.parametrize("known_by", ["md5", "etag"])
def test_a_file_that_changed_meanwhile_is_begun_anew(mirror: Mirror, tmp_path: Path, known_by: str) -> None:
    mirror.breaks = [100_000]
    options: dict[str, Any] = {}
    if known_by == "etag":
        mirror.has_md5 = False
        options["on_missing_md5"] = "mark"
    with pytest.raises(DownloadError):
        fetch(mirror, tmp_path, attempts=1, **options)
    mirror.body, mirror.etag = extract(250_000, seed=3), '"two"'
    got = fetch(mirror, tmp_path, **options)
    assert got.path.read_bytes() == mirror.body
    assert got.fetched_bytes == len(mirror.body)
    # Known by its checksum the old part is not even offered; by its tag the server sends all of the new file.
    assert ranges(mirror)[-1] == (None if known_by == "md5" else "bytes=100000-")


def test_without_checksum_and_tag_halves_are_never_joined(mirror: Mirror, tmp_path: Path) -> None:
    mirror.has_md5, mirror.etag, mirror.breaks = False, None, [100_000]
    with pytest.raises(DownloadError):
        fetch(mirror, tmp_path, attempts=1, on_missing_md5="mark")
    got = fetch(mirror, tmp_path, on_missing_md5="mark")
    assert got.path.read_bytes() == mirror.body
    assert ranges(mirror) == [None, None]


def test_a_part_changed_on_disk_is_found_out_by_the_checksum(mirror: Mirror, tmp_path: Path) -> None:
    mirror.breaks = [100_000]
    with pytest.raises(DownloadError):
        fetch(mirror, tmp_path, attempts=1)
    part = tmp_path / f".{NAME}.part"
    part.write_bytes(b"x" * 100_000)
    with pytest.raises(DataIntegrityError, match="checksum"):
        fetch(mirror, tmp_path)
    assert left(tmp_path) == []
    part.write_bytes(b"y" * 400_000)
    (tmp_path / f".{NAME}.part.json").write_text("no json", encoding="utf-8")
    assert fetch(mirror, tmp_path).path.read_bytes() == mirror.body


def test_a_part_longer_than_the_file_is_dropped(mirror: Mirror, tmp_path: Path) -> None:
    note = {"url": mirror.url + PATH, "md5": mirror.digest, "validator": '"one"'}
    (tmp_path / f".{NAME}.part").write_bytes(mirror.body + b"more")
    (tmp_path / f".{NAME}.part.json").write_text(json.dumps(note), encoding="utf-8")
    assert fetch(mirror, tmp_path).path.read_bytes() == mirror.body
    assert ranges(mirror) == [f"bytes={len(mirror.body) + 4}-", None]


def test_a_server_that_knows_no_ranges_or_sends_the_wrong_one(mirror: Mirror, tmp_path: Path) -> None:
    mirror.breaks, mirror.ranges = [100_000], False
    assert fetch(mirror, tmp_path / "a").path.read_bytes() == mirror.body

    def shifted(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if path == PATH and handler.headers.get("Range"):
            size = len(mirror.body)
            send(handler, 206, mirror.body[5:], {"Content-Range": f"bytes 5-{size - 1}/{size}"})
            return True
        return False

    mirror.breaks, mirror.ranges, mirror.override = [100_000], True, shifted
    assert fetch(mirror, tmp_path / "b").path.read_bytes() == mirror.body


def test_what_was_there_stays_when_a_newer_one_cannot_be_had(mirror: Mirror, tmp_path: Path) -> None:
    fetch(mirror, tmp_path)
    before = mirror.body
    mirror.body, mirror.etag, mirror.breaks = extract(seed=5), '"two"', [1000] * 9
    with pytest.raises(DownloadError):
        fetch(mirror, tmp_path, attempts=2)
    assert (tmp_path / NAME).read_bytes() == before
    mirror.breaks, mirror.md5 = [], "f" * 32
    with pytest.raises(DataIntegrityError):
        fetch(mirror, tmp_path)
    assert (tmp_path / NAME).read_bytes() == before


# Refused


@pytest.mark.parametrize(
    ("status", "tries", "words"),
    [(404, 1, "no file of this name"), (403, 1, "refused"), (429, 1, "too many"), (500, 3, "out of order, 3 times")],
)
def test_a_status_is_said_in_words(mirror: Mirror, tmp_path: Path, status: int, tries: int, words: str) -> None:
    def refuse(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if path == PATH:
            send(handler, status, b"<html>no</html>")
        return path == PATH

    mirror.override = refuse
    with pytest.raises(DownloadError, match=str(status)) as caught:
        fetch(mirror, tmp_path, attempts=3)
    assert words.split(",", maxsplit=1)[0] in str(caught.value)
    assert "read_network(path)" in str(caught.value)
    assert len(ranges(mirror)) == tries
    assert left(tmp_path) == []


def test_a_checksum_that_is_wrong_missing_or_none(mirror: Mirror, tmp_path: Path) -> None:
    mirror.md5 = "0" * 32
    with pytest.raises(DataIntegrityError, match=r"0{32}"):
        fetch(mirror, tmp_path)
    assert left(tmp_path) == []
    mirror.has_md5 = False
    with pytest.raises(DownloadError, match="--on-missing-md5 mark"):
        fetch(mirror, tmp_path)
    assert len(ranges(mirror)) == 1, "nothing was fetched without a checksum"
    marked = fetch(mirror, tmp_path, on_missing_md5="mark")
    assert marked.path.read_bytes() == mirror.body
    assert (marked.verified, marked.source["verified"]) == (False, False)
    assert "NOT verified" in (tmp_path / f"{NAME}.LICENCE.txt").read_text(encoding="utf-8")
    assert marked.source["md5"] == hashlib.md5(mirror.body, usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("page", [b"<html>login</html>", b"d41d8", b"", b"\xff\xfe" * 16, b"z" * 32])
def test_a_checksum_that_is_something_else_stops_the_call(mirror: Mirror, tmp_path: Path, page: bytes) -> None:
    def answer(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if path.endswith(".md5"):
            send(handler, 200, page)
        return path.endswith(".md5")

    mirror.override = answer
    with pytest.raises(DataIntegrityError, match="in place of the checksum"):
        fetch(mirror, tmp_path)
    assert ranges(mirror) == []


@pytest.mark.parametrize("page", [b"<!DOCTYPE html><html>" + b"x" * 5000, b"", b"short", b"PK\x03\x04" * 100])
def test_what_is_no_extract_is_noticed_at_its_first_bytes(mirror: Mirror, tmp_path: Path, page: bytes) -> None:
    mirror.body = page
    for options in ({}, {"on_missing_md5": "mark"}):
        with pytest.raises(DataIntegrityError, match="in place of an OpenStreetMap extract"):
            fetch(mirror, tmp_path, **options)
    assert left(tmp_path) == []


def test_redirects_are_followed_on_the_same_host_only(mirror: Mirror, tmp_path: Path) -> None:
    elsewhere: list[str] = []

    def moved(to: str) -> Callable[[BaseHTTPRequestHandler, str], bool]:
        def answer(handler: BaseHTTPRequestHandler, path: str) -> bool:
            if path == PATH:
                send(handler, 302, b"", {"Location": to})
            return path == PATH

        return answer

    def record(_: BaseHTTPRequestHandler, path: str) -> bool:
        elsewhere.append(path)
        return False

    with playing(Mirror(override=record)) as other:
        for target in (f"{other.url}{PATH}", "http://example.org/a.osm.pbf", "ftp://127.0.0.1/a", "file:///etc/passwd"):
            mirror.override = moved(target)
            with pytest.raises(DownloadError):
                fetch(mirror, tmp_path, attempts=1)
    assert elsewhere == []
    assert left(tmp_path) == []

    def dated(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if path == PATH:
            send(handler, 302, b"", {"Location": "/asia/china/shandong-260101.osm.pbf"})
        elif path == "/asia/china/shandong-260101.osm.pbf":
            send(handler, 200, mirror.body)
        else:
            return False
        return True

    mirror.override = dated
    assert fetch(mirror, tmp_path).path.name == NAME


def test_a_server_that_says_nothing_or_drips_is_given_up(mirror: Mirror, tmp_path: Path) -> None:
    over = threading.Event()

    def silent(_: BaseHTTPRequestHandler, path: str) -> bool:
        if path == PATH:
            over.wait(5)
        return path == PATH

    def drip(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if path != PATH:
            return False
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(mirror.body)))
        handler.end_headers()
        try:
            for place in range(0, 10_000, 100):
                handler.wfile.write(mirror.body[place : place + 100])
                if over.wait(0.02):
                    break
        except OSError:
            return True
        return True

    try:
        for behaviour, words in ((silent, "0.3 s"), (drip, "it sent only")):
            mirror.override = behaviour
            with pytest.raises(DownloadError, match=re.escape(words)):
                fetch(mirror, tmp_path, attempts=1, timeout_s=0.3)
    finally:
        over.set()
    assert not (tmp_path / NAME).exists()


def test_what_is_too_large_packed_or_finds_no_room_is_refused(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DownloadError, match="not fetched"):
        fetch(mirror, tmp_path, max_bytes=1000)
    assert left(tmp_path) == []

    def packed(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if path == PATH:
            send(handler, 200, mirror.body, {"Content-Encoding": "gzip"})
        return path == PATH

    def endless(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if path == PATH:
            handler.send_response(200)
            handler.end_headers()
            handler.wfile.write(mirror.body)
            handler.close_connection = True
        return path == PATH

    mirror.override = packed
    with pytest.raises(DownloadError, match="gzip"):
        fetch(mirror, tmp_path)
    mirror.override = endless
    with pytest.raises(DownloadError, match="not fetched"):
        fetch(mirror, tmp_path, max_bytes=100_000)
    assert left(tmp_path) == []
    mirror.override = None
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 1000))
    with pytest.raises(OutputError, match="free"):
        fetch(mirror, tmp_path)
    assert left(tmp_path) == []


def test_a_folder_that_is_none_is_said(mirror: Mirror, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(OutputError, match="folder"):
        fetch(mirror, tmp_path / "file")
    (tmp_path / NAME).mkdir()
    with pytest.raises(OutputError, match="folder"):
        fetch(mirror, tmp_path)


def test_nobody_there(tmp_path: Path) -> None:
    with playing(Mirror()) as gone:
        url = gone.url
    with pytest.raises(DownloadError, match="no connection"):
        fetch_roads("青海", folder=tmp_path, base_url=url, attempts=2)
    assert left(tmp_path) == []


# Asked wrongly, or not at all


@pytest.mark.parametrize(
    ("province", "options", "error", "words"),
    [
        ("山东东", {}, UnknownNameError, "山东"),
        ("济南", {}, UnknownNameError, "31 provinces"),
        ("", {}, UnknownNameError, "31 provinces"),
        ("../../etc/passwd", {}, UnknownNameError, "31 provinces"),
        ("山东", {"base_url": "http://mirror.example"}, InputError, "https"),
        ("山东", {"base_url": "file:///tmp"}, InputError, "https"),
        ("山东", {"base_url": "https://a:b@mirror.example"}, InputError, "user name"),
        ("山东", {"md5": "12"}, InputError, "32 hexadecimal"),
        ("山东", {"on_missing_md5": "ignore"}, InputError, "'mark'"),
        ("山东", {"timeout_s": 0}, InputError, "timeout_s"),
        ("山东", {"attempts": 0}, InputError, "attempts"),
        ("山东", {"max_bytes": 0}, InputError, "max_bytes"),
    ],
)
def test_wrong_questions_reach_nobody(
    province: str, options: dict[str, Any], error: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.setattr(FileServer, "open", never)
    with pytest.raises(error, match=words):
        fetch_roads(province, **options)


@pytest.mark.parametrize("word", ["山东", "山东省", "370000", "shandong", " Shandong "])
def test_a_province_has_several_names(word: str) -> None:
    assert extract_of(word)["slug"] == "shandong"


def test_every_province_of_the_mainland_has_its_extract() -> None:
    table = read_table("network/extract_names")
    assert len(table) == 31
    named = {"内蒙古": "inner-mongolia", "西藏": "tibet", "陕西": "shaanxi", "山西": "shanxi", "青海": "qinghai"}
    named |= {"新疆": "xinjiang", "广西": "guangxi", "宁夏": "ningxia", "北京": "beijing"}
    assert {name: extract_of(name)["slug"] for name in named} == named
    assert all(extract_of(row)["name"] == row for row in table["name"])
    assert BASE_URL == "https://download.geofabrik.de"
