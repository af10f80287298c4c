"""The stored network: everything comes back, and nothing that was altered is used."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from test_graphs import networks

from urbangeo import Network, read_network
from urbangeo.errors import DataIntegrityError, InputError, OutputError, SchemaError
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.store import open_network, save_network, stored_origin


def assert_same(one: Network, two: Network) -> None:
    """Compare bit by bit, order and types too."""
    pd.testing.assert_frame_equal(one.nodes, two.nodes, check_exact=True)
    pd.testing.assert_frame_equal(one.edges, two.edges, check_exact=True)
    for name in ("node_id", "lon", "lat", "u", "v", "length_m", "speed_kmh", "time_min", "along", "toll"):
        assert getattr(one, name).dtype == getattr(two, name).dtype
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    for name in ("kind", "toll_min", "mode", "impedance", "access"):
        assert getattr(one, name) == getattr(two, name)
    assert dict(one.provenance) == dict(two.provenance)
    assert one.road_class.values == two.road_class.values
    assert (one.shapes is None) == (two.shapes is None)
    if one.shapes is not None and two.shapes is not None:
        for name in ("offsets", "points", "line", "backwards"):
            np.testing.assert_array_equal(getattr(one.shapes, name), getattr(two.shapes, name))


@settings(max_examples=25)
@given(networks())
def test_any_network_comes_back(tmp_path_factory: pytest.TempPathFactory, network: Network) -> None:
    folder = tmp_path_factory.mktemp("store") / "roads"
    save_network(network, folder)
    assert_same(network, open_network(folder))
    assert_same(network, open_network(folder, verify=False))


def test_the_skeleton_is_mapped_and_cannot_be_written_to(tmp_path: Path) -> None:
    network = read_network()
    opened = open_network(save_network(network, tmp_path / "roads", made_of={"file": "x"}))
    assert_same(network, opened)
    assert opened.is_skeleton
    assert stored_origin(tmp_path / "roads") == {"file": "x"}
    with pytest.raises(ValueError, match="read-only"):
        opened.length_m[0] = 1
    base: Any = opened.length_m
    while base.base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)


def test_a_network_replaces_another(tmp_path: Path) -> None:
    network = read_network()
    folder = save_network(network, tmp_path / "roads")
    files = {path.name for path in folder.iterdir()}
    fewer = replace(network, edge_columns={}, node_columns={})
    save_network(fewer, folder)
    assert {path.name for path in folder.iterdir()} < files
    assert_same(fewer, open_network(folder))
    save_network(open_network(folder), folder)
    assert_same(fewer, open_network(folder))


def test_what_cannot_be_stored_leaves_no_trace(tmp_path: Path) -> None:
    network = read_network()
    for bad, message in (
        (replace(network, provenance={"x": object()}), "no JSON"),
        (replace(network, provenance={"x": float("nan")}), "no JSON"),
        (replace(network, edge_columns={"x": np.array([None] * len(network.u), dtype=object)}), "only numbers"),
        (replace(network, length_m=-network.length_m), "no positive length_m"),
    ):
        with pytest.raises(SchemaError, match=message):
            save_network(bad, tmp_path / "roads")
        assert not (tmp_path / "roads").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").touch()
    with pytest.raises(OutputError, match=r"holds other files \(thesis.docx\)"):
        save_network(network, tmp_path / "mine")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.docx"]
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        save_network(network, tmp_path / "file")


def reseal(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the header and give it a checksum that fits, as someone who means it would."""
    sealed = json.loads((folder / "network.json").read_text(encoding="utf-8"))
    header = json.loads(sealed["header"])
    change(header)
    text = json.dumps(header)
    sealed = {"crc32": zlib.crc32(text.encode()), "header": text}
    (folder / "network.json").write_text(json.dumps(sealed), encoding="utf-8")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from test_graphs import graph_of

    from urbangeo.sources.network.graphs.convert import from_networkx

    return save_network(from_networkx(graph_of()), tmp_path_factory.mktemp("kept") / "roads")


@pytest.fixture
def stored(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "roads"))


def flip_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def put_pickle(folder: Path) -> None:
    np.save(folder / "length_m.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    size = (folder / "length_m.npy").stat().st_size
    reseal(folder, lambda header: header["files"]["length_m.npy"].update(bytes=size))


def named(field: str, value: Any, file: str = "length_m.npy") -> Callable[[Path], object]:
    return lambda folder: reseal(folder, lambda header: header["files"][file].update({field: value}))


FAULTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda folder: (folder / "lat.npy").unlink(), "lat.npy is missing"),
    "one more": (lambda folder: (folder / "more.npy").touch(), "more.npy does not belong to it"),
    "cut short": (
        lambda folder: (folder / "lat.npy").write_bytes((folder / "lat.npy").read_bytes()[:-8]),
        "bytes and not",
    ),
    "longer": (
        lambda folder: (folder / "lat.npy").write_bytes((folder / "lat.npy").read_bytes() + b"12345678"),
        "bytes and not",
    ),
    "no header": (lambda folder: (folder / "network.json").write_text("{"), "network.json cannot be read"),
    "a changed header": (
        lambda folder: (folder / "network.json").write_text(
            (folder / "network.json").read_text(encoding="utf-8").replace("drive", "drivf"), encoding="utf-8"
        ),
        "does not have the checksum it names",
    ),
    "a list as header": (lambda folder: (folder / "network.json").write_text("[]"), "cannot be read"),
    "another folder": (
        lambda folder: reseal(folder, lambda header: header["files"].update({"../x.npy": {}})),
        "names files that cannot be",
    ),
    "an absolute path": (
        lambda folder: reseal(folder, lambda header: header["files"].update({"/etc/passwd": {}})),
        "names files that cannot be",
    ),
    "a name not listed": (
        lambda folder: reseal(folder, lambda header: header["arrays"].update(lat="../lat.npy")),
        "uses '../lat.npy' and does not list it",
    ),
    "objects": (put_pickle, r"no array file|is said|holds \|O"),
    "objects by the header": (named("dtype", "|O8"), "is said to be of type '|O8'"),
    "another type": (named("dtype", "<f4"), "holds <f8"),
    "text for figures": (named("dtype", "<U9"), "is said to be of type"),
    "an absurd shape": (named("shape", [10**18]), "holds <f8"),
    "a negative shape": (named("shape", [-1]), "is said to have the shape"),
    "truths as shape": (named("shape", [True]), "is said to have the shape"),
    "two dimensions": (named("shape", [3, 1]), "is said to have the shape"),
    "no shape": (named("shape", "3"), "is said to have the shape"),
    "another mode": (lambda folder: reseal(folder, lambda header: header.update(mode="fly")), "road_class or mode"),
    "no arrays": (lambda folder: reseal(folder, lambda header: header.pop("arrays")), "does not describe a network"),
    "swapped": (
        lambda folder: reseal(folder, lambda header: header["arrays"].update(length_m="lat.npy", lat="length_m.npy")),
        "checksum|not as it was|in degrees",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_was_altered_is_not_used(name: str, stored: Path) -> None:
    assert len(open_network(stored).u) == 3
    spoil, message = FAULTS[name]
    spoil(stored)
    with pytest.raises(DataIntegrityError, match=message) as caught:
        open_network(stored)
    assert "read the roads again" in str(caught.value)


def test_every_byte_of_every_file_counts(stored: Path, tmp_path: Path) -> None:
    for file in sorted(stored.glob("*.npy")):
        if file.stat().st_size == 128:  # an array without values: its last byte belongs to numpy's own header
            continue
        copy = Path(shutil.copytree(stored, tmp_path / f"copy-{file.stem}"))
        flip_byte(copy / file.name)
        with pytest.raises(DataIntegrityError, match="checksum it was written with"):
            open_network(copy)


def test_places_that_are_not_there(tmp_path: Path) -> None:
    """Written so with checksums that fit: found by looking at the values."""
    network = read_network()
    wrong = replace(network, edge_columns={"x": Coded(np.full(len(network.u), 5, dtype=np.int8), ("a",))})
    folder = save_network(wrong, tmp_path / "roads")
    with pytest.raises(DataIntegrityError, match="names texts that are not there"):
        open_network(folder)


def test_folders_that_are_no_network(tmp_path: Path, stored: Path) -> None:
    with pytest.raises(InputError, match=r"has no network\.json"):
        open_network(tmp_path)
    with pytest.raises(InputError, match="is an address"):
        open_network("/vsizip/roads")
    reseal(stored, lambda header: header.update(version=2))
    with pytest.raises(InputError, match="of version 2; this program"):
        open_network(stored)


def test_a_name_may_be_anything(tmp_path: Path) -> None:
    network = read_network()
    named = replace(network, edge_columns={"../../名称": network.edge_columns["road_name"]})
    opened = open_network(save_network(named, tmp_path / "roads"))
    assert list(opened.edge_columns) == ["../../名称"]
    assert all(path.parent == tmp_path / "roads" for path in (tmp_path / "roads").rglob("*"))
