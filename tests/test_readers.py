"""One door for every kind of roads: what goes where, what is refused, and the cache."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString
from test_graphml import document, saved
from test_graphs import assert_same, graph_of

from urbangeo import read_network
from urbangeo.errors import InputError
from urbangeo.sources import boundary_formats, local_files
from urbangeo.sources.network import readers
from urbangeo.sources.network.graphml.reader import read_graphml
from urbangeo.sources.network.graphs.convert import from_networkx
from urbangeo.sources.network.speeds.means import read_speed_table
from urbangeo.sources.network.store import save_network

ADDRESSES = [
    "https://example.org/roads.osm.pbf",
    "http://example.org/roads.graphml",
    "ftp://example.org/roads.gpkg",
    "file:///data/roads.graphml",
    "/vsicurl/https://example.org/roads.gpkg",
    "/vsizip/roads.zip/roads.shp",
    "//vsimem/roads.gpkg",
    "/VSIS3/roads.gpkg",
    "\\\\vsicurl\\x.gpkg",
    "GPKG:roads.gpkg:layer",
    "roads\0.graphml",
]
BAD = [
    "roads.zip",
    "roads.vrt",
    "roads.osm",
    "roads.csv",
    "roads",
    "roads.tar.gz",
    "missing.graphml",
    "missing.osm.pbf",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("kind", [str, Path])
def test_addresses_are_refused_before_anything_opens(address: str, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: Any, **__: Any) -> None:
        pytest.fail("a file was opened")

    for name in ("open", "is_file", "is_dir", "stat", "exists"):
        monkeypatch.setattr(Path, name, opened)
    with pytest.raises(InputError, match="is an address, not a local file"):
        read_network(kind(address))
    with pytest.raises(InputError, match="is an address"):
        local_files.local_file(kind(address), endings={".gpkg": "GeoPackage"}, most_bytes=1)
    with pytest.raises(InputError, match="is an address"):
        boundary_formats.local_file(kind(address))


@pytest.mark.parametrize("name", BAD)
def test_other_files_are_refused(name: str, tmp_path: Path) -> None:
    if not name.startswith("missing"):
        (tmp_path / name).write_text("<VRTDataset><SourceFilename>/vsicurl/x</SourceFilename></VRTDataset>")
    with pytest.raises(InputError, match=r"are not read as roads; expected \.pbf|does not exist"):
        read_network(tmp_path / name)


def test_every_kind_goes_to_its_reader(tmp_path: Path) -> None:
    assert read_network().kind == "skeleton"
    assert_same(read_network(graph_of()), from_networkx(graph_of()))
    path = saved(tmp_path, document())
    assert_same(read_network(path), read_graphml(path))
    assert_same(read_network(str(path), mode="drive_peak"), read_graphml(path, mode="drive_peak"))
    folder = save_network(read_graphml(path), tmp_path / "roads")
    assert_same(read_network(folder), read_graphml(path))


def test_options_that_would_be_passed_over_are_refused(tmp_path: Path) -> None:
    folder = save_network(from_networkx(graph_of()), tmp_path / "roads")
    for source, options in (
        (None, {"crs": "EPSG:4326"}),
        (None, {"terrain": "mountain"}),
        (None, {"table": read_speed_table()}),
        (graph_of(), {"cache": tmp_path / "cache"}),
        (folder, {"dem": "x.tif"}),
    ):
        with pytest.raises(InputError, match=f"{next(iter(options))}= does not suit"):
            read_network(source, **options)
    with pytest.raises(InputError, match="mode 'fly' is not known; expected one of 'drive'"):
        read_network(mode="fly")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="was stored for mode 'drive', not 'drive_peak'"):
        read_network(folder, mode="drive_peak")
    with pytest.raises(InputError, match="Expected a networkx graph, got int"):
        read_network(5)  # type: ignore[arg-type]


# --- the cache ------------------------------------------------------------------------------------------------------


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count how often GraphML is really read."""
    from urbangeo.sources.network.graphml import reader as graphml

    found: list[str] = []
    plain = graphml.read_graphml

    def noted(path: Any, **options: Any) -> Any:
        found.append(Path(path).name)
        return plain(path, **options)

    monkeypatch.setattr(graphml, "read_graphml", noted)
    return found


def test_a_file_is_read_once(tmp_path: Path, reads: list[str]) -> None:
    path, cache = saved(tmp_path, document()), tmp_path / "cache"
    first = read_network(path, cache=cache)
    assert_same(first, read_network(path))
    del reads[:]
    assert_same(first, read_network(path, cache=cache))
    os.utime(path, (0, 0))
    assert_same(first, read_network(path, cache=cache))
    assert reads == []
    assert len(list(cache.iterdir())) == 1


def test_whatever_the_network_depends_on_is_asked(
    tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, cache = saved(tmp_path, document()), tmp_path / "cache"
    before = path.stat()
    read_network(path, cache=cache)
    table = read_speed_table()
    other = replace(table, rows=tuple(replace(row, mean_kmh=row.mean_kmh / 2) for row in table.rows))
    for number, options in enumerate(
        ({"mode": "drive_peak"}, {"terrain": "mountain"}, {"table": other}, {"crs": "EPSG:4326"}, {}), start=2
    ):
        if not options:
            monkeypatch.setattr(readers, "READER_VERSION", 99)
        read_network(path, cache=cache, **options)  # type: ignore[arg-type]
        assert len(reads) == number, options
    slow, fast = (read_network(path, cache=cache, table=chosen) for chosen in (other, table))
    assert (np.asarray(slow.speed_kmh) < np.asarray(fast.speed_kmh)).all()
    # A file of the same size and time, but other content.
    del reads[:]
    path.write_text(document().replace("9250.5", "9250.6"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert read_network(path, cache=cache).length_m[0] == 9250.6
    assert len(reads) == 1


def test_a_damaged_cache_is_made_again(tmp_path: Path, reads: list[str]) -> None:
    path, cache = saved(tmp_path, document()), tmp_path / "cache"
    first = read_network(path)
    del reads[:]
    read_network(path, cache=cache)
    folder = next(cache.iterdir())
    for number, file in enumerate(("lat.npy", "network.json"), start=2):
        (folder / file).write_bytes(b"x")
        assert_same(first, read_network(path, cache=cache))
        assert len(reads) == number
    (folder / "lat.npy").unlink()
    assert_same(first, read_network(path, cache=cache))


def test_a_folder_under_another_name_is_not_trusted(tmp_path: Path, reads: list[str]) -> None:
    path, cache = saved(tmp_path, document()), tmp_path / "cache"
    read_network(path, cache=cache)
    plain = next(cache.iterdir())
    read_network(path, cache=cache, mode="drive_peak")
    peak = next(folder for folder in cache.iterdir() if folder != plain)
    peak.rename(tmp_path / "peak")
    plain.rename(peak)
    assert read_network(path, cache=cache, mode="drive_peak").mode == "drive_peak"
    assert len(reads) == 3


def test_a_dem_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_network(saved(tmp_path, document()), cache=tmp_path / "cache", dem=tmp_path / "dem.tif")


@pytest.mark.testdata
def test_an_extract_is_read_once(testdata: Path, tmp_path: Path) -> None:
    path = testdata / "osm" / "liechtenstein_valhalla.osm.pbf"
    first = read_network(path, cache=tmp_path)
    assert first.kind == "osm"
    assert_same(first, read_network(path, cache=tmp_path))
    assert len(list(tmp_path.iterdir())) == 1


def test_what_an_open_program_wrote_last_counts_for_the_cache(tmp_path: Path) -> None:
    path, cache = tmp_path / "roads.gpkg", tmp_path / "cache"
    lines = [LineString([(117, 36), (117.01, 36)])]
    gpd.GeoDataFrame({"等级": ["一级"]}, geometry=lines, crs=4490).to_file(path, layer="roads")
    # As QGIS keeps it: changes stand beside the file until it is closed.
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("pragma journal_mode=wal")
        assert set(read_network(path, cache=cache).road_class.texts()) == {"trunk_1"}
        base.create_function("ST_IsEmpty", 1, lambda _shape: 0)
        for side in ("MinX", "MaxX", "MinY", "MaxY"):
            base.create_function(f"ST_{side}", 1, lambda _shape: 0)
        base.execute('update roads set "等级" = ?', ("四级",))
        base.commit()
        assert path.with_name("roads.gpkg-wal").stat().st_size
        assert set(read_network(path, cache=cache).road_class.texts()) == {"local_4"}
