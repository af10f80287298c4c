"""`urbangeo fetch boundaries`: what it writes, what it says, and that the key is not among it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from service import Reply, Stage, always, datav, playing, tianditu

from urbangeo.door.cli import main
from urbangeo.sources.boundaries import read_counties

KEY = "0123456789abcdefSECRET"
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Reach the loopback interface straight, and use no cache of this computer."""
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def counties() -> gpd.GeoDataFrame:
    return read_counties("青海")


@pytest.fixture
def mirror(counties: gpd.GeoDataFrame) -> Iterator[Stage]:
    with playing(datav(counties)) as stage:
        yield stage


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key.txt"
    path.write_text(f"\ufeff{KEY}\r\n", encoding="utf-8")
    return path


def run(arguments: list[Any], capsys: Capture) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["fetch", "boundaries", *map(str, arguments)])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_help_names_the_services(capsys: Capture) -> None:
    code, out, _ = run(["--help"], capsys)
    assert code == 0
    for word in ("tianditu-api", "datav", "--key-file", "--province", "GCJ-02"):
        assert word in out
    with pytest.raises(SystemExit):
        main(["fetch", "--help"])
    assert "boundaries" in capsys.readouterr().out


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet"])
def test_datav_is_written_with_its_terms_on_every_row(
    mirror: Stage, counties: gpd.GeoDataFrame, tmp_path: Path, capsys: Capture, ending: str
) -> None:
    out = tmp_path / f"西宁.{ending}"
    arguments = ["--service", "datav", "--province", "西宁", "--base-url", mirror.url, "--out", out]
    assert run(arguments, capsys) == (0, "", "")
    frame = gpd.read_parquet(out) if ending == "parquet" else gpd.read_file(out)
    assert len(frame) == 7
    assert frame["boundary_source"].str.contains("DataV").all()
    assert frame["boundary_terms"].str.contains("仅供学习交流使用").all()
    assert frame["fetched_at"].notna().all()
    frame = frame.set_index("adcode")
    apart = shapely.hausdorff_distance(frame.geometry.to_numpy(), counties.loc[frame.index].geometry.to_numpy())
    assert apart.max() < 2e-6, "a decimetre, GCJ-02 undone"


def test_tianditu_takes_its_key_from_a_file(
    counties: gpd.GeoDataFrame, key_file: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "a.geojson"
    with playing(tianditu(counties)) as stage:
        arguments: list[Any] = ["--service", "tianditu-api", "--key-file", key_file, "--base-url", stage.url]
        arguments += ["--cache", tmp_path / "kept", "--province", "630106", "--province", "大通县", "--out", out]
        assert run(arguments, capsys) == (0, "", "")
        assert {query["tk"] for _, query in stage.asked} == {KEY}
        assert run(arguments, capsys) == (0, "", "")
        assert len(stage.asked) == 2
        assert run([*arguments, "--refresh"], capsys) == (0, "", "")
        assert len(stage.asked) == 4
    text = out.read_text(encoding="utf-8")
    assert "天地图" in json.loads(text)["notes"][0]
    assert KEY not in text
    assert (tmp_path / "kept" / "tianditu-api").is_dir()


@pytest.mark.parametrize(
    ("status", "words"),
    [(403, "403"), (418, "outside China"), (500, "500")],
)
def test_a_refusal_is_told_without_the_key(
    key_file: Path, tmp_path: Path, capsys: Capture, status: int, words: str
) -> None:
    out = tmp_path / "a.gpkg"
    with playing(always(Reply(status=status))) as stage:
        arguments: list[Any] = ["--service", "tianditu-api", "--key-file", key_file, "--base-url", stage.url]
        code, said, err = run([*arguments, "--province", "630106", "--out", out], capsys)
    assert (code, said) == (1, "")
    assert err.startswith("urbangeo：下载未成，请按说明重试。")
    assert len(err.splitlines()) == 2
    assert words in err
    assert KEY not in err
    assert not out.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        (b"", "0 words"),
        (b"two words", "2 words"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"short", "8 to 128"),
    ],
)
def test_a_key_file_that_holds_no_key(content: bytes | None, words: str, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "key.txt"
    if content is not None:
        path.write_bytes(content)
    arguments = ["--service", "tianditu-api", "--key-file", path, "--province", "青海", "--out", tmp_path / "a.gpkg"]
    code, _, err = run(arguments, capsys)
    assert code == 1
    assert words in err
    assert not (tmp_path / "a.gpkg").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--service", "datav", "--province", "青海", "--out", "a.shp"], ".parquet"),
        (["--service", "datav", "--province", "青海"], "--out"),
        (["--service", "datav", "--out", "a.gpkg"], "--province"),
        (["--service", "google", "--province", "青海", "--out", "a.gpkg"], "datav"),
        (["--service", "tianditu-api", "--province", "青海", "--out", "a.gpkg"], "--key-file"),
        (["--service", "datav", "--province", "市中区", "--out", "a.gpkg"], "370103"),
        (["--service", "datav", "--province", "青海", "--out", "a.gpkg", "--timeout", "0"], "timeout"),
    ],
)
def test_wrong_words_reach_nobody(
    arguments: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(arguments, capsys)
    assert (code, out) == (1, "")
    assert words in err
    assert list(tmp_path.iterdir()) == []


def test_units_that_differ_exit_with_two_when_marked(
    counties: gpd.GeoDataFrame, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "a.geojson"
    with playing(datav(counties.drop(index="630102"))) as stage:
        arguments: list[Any] = ["--service", "datav", "--province", "西宁", "--base-url", stage.url, "--out", out]
        code, _, err = run(arguments, capsys)
        assert (code, out.exists()) == (1, False)
        assert "数据无法逐县对应" in err
        code, _, err = run([*arguments, "--on-mismatch", "mark"], capsys)
    assert code == 2
    assert "630102 城东区" in err
    assert "630102 城东区" in json.loads(out.read_text(encoding="utf-8"))["notes"][1]
