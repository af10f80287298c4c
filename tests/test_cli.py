"""The command line: what it prints, what it writes, how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

import urbangeo
from urbangeo.answers import potential as potential_room
from urbangeo.door.cli import main
from urbangeo.sources.network import read_network
from urbangeo.sources.network.store import save_network

Capture = pytest.CaptureFixture[str]


def run(arguments: list[str], capsys: Capture) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one call."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_version_and_help(capsys: Capture) -> None:
    assert run(["--version"], capsys) == (0, f"urbangeo, version {urbangeo.__version__}\n", "")
    code, out, _ = run(["--help"], capsys)
    assert code == 0
    for word in ("atlas", "potential", "isochrone", "退出码"):
        assert word in out
    for command in ("atlas", "potential", "isochrone"):
        code, out, _ = run([command, "--help"], capsys)
        assert (code, "--out" in out) == (0, True)


def test_potential_prints_csv(capsys: Capture) -> None:
    code, out, err = run(["potential", "--province", "青海"], capsys)
    lines = out.splitlines()
    assert (code, err, len(lines)) == (0, "", 13)
    assert lines[0].startswith("adcode,name,prefecture")
    assert lines[1].startswith("630106,湟中区,西宁市")


def test_potential_json_and_both_provinces(capsys: Capture) -> None:
    code, out, _ = run(["potential", "--format", "json"], capsys)
    rows = json.loads(out)
    assert (code, len(rows)) == (0, 101)
    assert rows[0]["adcode"].isdigit()
    code, out, _ = run(["potential", "--province", "山东", "--zones", "to_host", "--format", "json"], capsys)
    assert len(json.loads(out)) == 88


def test_potential_writes_a_workbook(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "名单.xlsx"
    assert run(["potential", "--province", "青海", "--out", str(path)], capsys) == (0, "", "")
    book: Any = load_workbook(path)
    assert "青海省" in book.sheetnames
    assert "共12个" in book["青海省"]["A1"].value


def test_isochrone_writes_geojson(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "circles.geojson"
    arguments = ["isochrone", "--centre", "济南", "--cutoffs", "30,60", "--cell", "500", "--out", str(path)]
    assert run(arguments, capsys) == (0, "", "")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert [feature["properties"]["cutoff_min"] for feature in content["features"]] == [30.0, 60.0]
    assert {feature["properties"]["network_kind"] for feature in content["features"]} == {"skeleton"}
    assert "骨架路网" in content["notes"][0]
    lon, lat = content["features"][0]["geometry"]["coordinates"][0][0][0]
    assert (116 < lon < 118, 36 < lat < 38) == (True, True)


def test_isochrone_on_roads_of_ones_own(tmp_path: Path, capsys: Capture) -> None:
    own, path = tmp_path / "roads", tmp_path / "circles.geojson"
    save_network(replace(read_network(), kind="lines", provenance={"source_id": "GIVEN"}), own)
    arguments = ["isochrone", "--network", str(own), "--centre", "济南", "--cutoffs", "30", "--cell", "500"]
    assert run([*arguments, "--out", str(path)], capsys) == (0, "", "")
    content = json.loads(path.read_text(encoding="utf-8"))
    assert [feature["properties"]["network_kind"] for feature in content["features"]] == ["lines"]
    assert content["notes"][0].startswith("自备路网结果；")
    assert "使用者提供的路网数据" in content["notes"][0]
    code, _, err = run([*arguments[:2], str(tmp_path / "none.gpkg"), *arguments[3:]], capsys)
    assert code == 1
    assert "none.gpkg" in err


def test_isochrone_by_coordinates_on_the_screen(capsys: Capture) -> None:
    code, out, err = run(["isochrone", "--centre", "101.78,36.62", "--cutoffs", "10", "--cell", "500"], capsys)
    assert (code, err) == (0, "")
    assert json.loads(out)["features"][0]["properties"]["origin_id"] == "101.78,36.62"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["potential", "--province", "山冬"], ["山冬", "山东省"]),
        (["isochrone", "--centre", "济难"], ["济难", "济南"]),
        (["isochrone", "--centre", "市中区"], ["济南市市中区", "枣庄市市中区"]),
        (["isochrone", "--centre", "济南", "--cutoffs", "0,30"], ["above 0"]),
        (["isochrone", "--centre", "济南", "--cutoffs", "abc"], ["30,60"]),
        (["isochrone", "--centre", "123.5,35.0"], ["nearest road", "km"]),
        (["isochrone", "--centre", "36.66,117.02"], ["longitude, latitude"]),
        (["isochrone", "--centre", "济南", "--out", "circles.shp"], [".geojson"]),
        (["potential", "--format", "xlsx"], ["--out"]),
        (["potential", "--format", "csv", "--out", "list.xlsx"], ["disagree"]),
        (["potential", "--year", "2015"], ["2010, 2020"]),
        (["potential", "--nonsense"], ["--nonsense"]),
        (["nonsense"], ["nonsense"]),
        (["isochrone"], ["--centre"]),
    ],
)
def test_wrong_input_says_so_in_chinese_and_below_it_in_full_and_writes_nothing(
    arguments: list[str], words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(arguments, capsys)
    assert (code, out) == (1, "")
    assert err.startswith("urbangeo：")
    chinese, english = err.splitlines()
    assert not chinese.isascii()
    assert english.startswith("  ")
    for word in words:
        assert word in err
    assert list(tmp_path.iterdir()) == []


def test_output_that_cannot_be_written_is_wrong_input(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    code, _, err = run(["potential", "--province", "青海", "--out", str(tmp_path / "file" / "a.csv")], capsys)
    assert code == 1
    assert "无法写出" in err


def test_rows_to_review_exit_with_two(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    judge = potential_room._decide

    def without_rate(people: float | None, rate: float | None, *rest: object) -> tuple[str, str]:
        # 湟中区 alone loses its rate.
        known = None if people == 395_043 else rate
        return judge(people, known, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(potential_room, "_decide", without_rate)
    code, out, err = run(["potential", "--province", "青海"], capsys)
    assert code == 2
    assert "1 行" in err
    assert "缺少城镇化率数据，无法判定" in out


def test_a_console_that_lacks_a_character_does_not_end_the_run() -> None:
    # A Chinese Windows console speaks GBK, which has no emoji.
    done = subprocess.run(
        [sys.executable, "-m", "urbangeo", "potential", "--province", "山冬\U0001f600"],
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "gbk:strict", "PYTHONUTF8": "0"},
    )
    assert done.returncode == 1
    assert "山冬?" in done.stderr.decode("gbk")


def test_nothing_is_said_when_piped(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "urbangeo", "isochrone", "--centre", "青岛", "--out", str(tmp_path / "a.geojson")],
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_progress_is_shown_on_a_terminal_and_cleared(tmp_path: Path) -> None:
    import fcntl
    import pty
    import struct
    import termios

    # The wait of two seconds is cut short: how long the work takes depends on the machine.
    quick = "cli._SHOW_AFTER_S = cli._DRAW_EVERY_S = 0.02"
    code = f"import sys; from urbangeo.door import cli; {quick}; cli.main(sys.argv[1:])"
    words = [sys.executable, "-c", code, "isochrone", "--centre", "青岛", "--out", str(tmp_path / "a.geojson")]
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
    with subprocess.Popen(words, stdin=follower, stdout=follower, stderr=follower) as process:
        os.close(follower)
        seen = b""
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:
                # The other end is closed when the program has ended.
                break
            seen += part
        assert process.wait() == 0
    os.close(leader)
    text = seen.decode()
    assert "计算等时圈" in text
    last = text.rstrip("\r\n").split("\r")[-1]
    assert last.strip().startswith("骨架路网结果，非实测")
