"""`urbangeo fetch roads`: what it writes, what it says, and when it says nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from test_road_downloads import NAME, PATH, Mirror, playing

from urbangeo.door.cli import main
from urbangeo.sources import downloads
from urbangeo.sources.downloads import FileServer

Capture = pytest.CaptureFixture[str]


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


def run(arguments: list[Any], capsys: Capture) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["fetch", "roads", *map(str, arguments)])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_help_says_what_it_does(capsys: Capture) -> None:
    code, out, _ = run(["--help"], capsys)
    assert code == 0
    for word in ("--province", "--folder", "--base-url", "续传", "OpenStreetMap"):
        assert word in out
    with pytest.raises(SystemExit):
        main(["fetch", "--help"])
    assert "roads" in capsys.readouterr().out


def test_the_file_is_printed_and_nothing_else(mirror: Mirror, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "路网"
    arguments = ["--province", "山东", "--province", "山东省", "--folder", folder, "--base-url", mirror.url]
    assert run(arguments, capsys) == (0, f"{folder / NAME}\n", "")
    assert (folder / NAME).read_bytes() == mirror.body
    assert "OpenStreetMap" in (folder / f"{NAME}.LICENCE.txt").read_text(encoding="utf-8")
    asked = len(mirror.asked)
    assert run(arguments, capsys)[0] == 0
    assert len(mirror.asked) == asked + 1, "only the checksum is asked for again"


def test_a_bar_is_drawn_on_a_terminal_and_the_source_is_named(
    mirror: Mirror, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(handler: BaseHTTPRequestHandler, path: str) -> bool:
        if path != PATH or handler.headers.get("Range"):
            return False
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(mirror.body)))
        handler.end_headers()
        for start in (0, 150_000):
            # The bar draws itself no oftener than ten times a second.
            time.sleep(0.15)
            handler.wfile.write(mirror.body[start : start + 150_000])
        return True

    mirror.override = slowly
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    code, out, err = run(["--province", "370000", "--folder", tmp_path, "--base-url", mirror.url], capsys)
    assert (code, out) == (0, f"{tmp_path / NAME}\n")
    assert "下载 山东省" in err
    assert "k/300k" in err
    assert "© OpenStreetMap contributors" in err
    assert "ODbL" in err
    _, _, err = run(["--province", "370000", "--folder", tmp_path, "--base-url", mirror.url], capsys)
    assert "未重新下载" in err


def test_a_file_without_checksum_ends_with_two_when_marked(mirror: Mirror, tmp_path: Path, capsys: Capture) -> None:
    mirror.has_md5 = False
    arguments = ["--province", "山东", "--folder", tmp_path, "--base-url", mirror.url]
    code, out, err = run(arguments, capsys)
    assert (code, out) == (1, "")
    assert "--on-missing-md5 mark" in err
    code, out, err = run([*arguments, "--on-missing-md5", "mark"], capsys)
    assert (code, out) == (2, f"{tmp_path / NAME}\n")
    assert err == "urbangeo：山东省：服务器未提供校验码，文件未经核对。\n"


def test_a_failure_is_told_and_leaves_no_file(mirror: Mirror, tmp_path: Path, capsys: Capture) -> None:
    arguments = ["--province", "青海", "--folder", tmp_path, "--base-url", mirror.url, "--on-missing-md5", "mark"]
    code, out, err = run(arguments, capsys)
    assert (code, out) == (1, "")
    assert err.startswith("urbangeo：下载未成，请按说明重试。")
    assert len(err.splitlines()) == 2
    assert "404" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--province"),
        (["--province", "济南"], "没有“济南”的路网可下载"),
        (["--province", "山东", "--province", "火星"], "火星"),
        (["--province", "山东", "--base-url", "http://mirror.example"], "https"),
        (["--province", "山东", "--timeout", "0"], "timeout_s"),
    ],
)
def test_wrong_words_reach_nobody(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def never(*_: object, **__: object) -> None:
        pytest.fail("a connection was opened")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(FileServer, "open", never)
    code, out, err = run(arguments, capsys)
    assert (code, out) == (1, "")
    assert words in err
    assert list(tmp_path.iterdir()) == []
