"""Batches: nothing lost, nothing twice, nothing trusted by its name, however often a run is killed."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import shapely
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from road_graphs import network_of
from shapely import MultiPoint, Point, box

from urbangeo.areas.batches import parts as batch_parts
from urbangeo.areas.batches import run as batch_run
from urbangeo.areas.batches.blocks import BatchReport, check_batches, isochrone_batches, read_batches
from urbangeo.areas.batches.parts import COLUMNS, Block, empty_part, look_at
from urbangeo.areas.isochrones import isochrones
from urbangeo.areas.prepared import open_prepared, prepare_network
from urbangeo.errors import CrsError, DataIntegrityError, InputError, OutputError, SchemaError, SnapError
from urbangeo.sources.network import AccessLeg, Network

ASKED: dict[str, Any] = {"cutoffs": [4, 8], "cell_m": 400.0, "land": "everywhere", "method": "links"}
SLOW = ASKED | {"method": "exact"}
STEP = 0.02
SIDE = 4


def lattice(west: float, south: float, *, minutes: float = 2.0) -> Network:
    """A square of 4 by 4 crossings; every street takes as long."""
    nodes = [(west + STEP * column, south + STEP * row) for row in range(SIDE) for column in range(SIDE)]
    pairs = [(n, n + 1) for n in range(SIDE * SIDE) if n % SIDE < SIDE - 1]
    pairs += [(n, n + SIDE) for n in range(SIDE * (SIDE - 1))]
    both = pairs + [(v, u) for u, v in pairs]
    return network_of(nodes, [(u, v, round(minutes * 60_000), True, False, -1, False) for u, v in both])


def some_origins(count: int = 9, *, west: float = 117.0, south: float = 36.0, first: int = 0) -> Any:
    draw = np.random.default_rng(count + first)
    x, y = (low + STEP * (SIDE - 1) * draw.random(count) for low in (west, south))
    index = pd.Index([f"o{number}" for number in range(first, first + count)], name="origin_id")
    return gpd.GeoDataFrame(
        {"name": [f"place {n}" for n in index]}, geometry=gpd.points_from_xy(x, y), crs=4490, index=index
    )


@pytest.fixture(scope="module")
def roads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("roads") / "one"
    prepare_network(lattice(117.0, 36.0), room)
    return room


@pytest.fixture(scope="module")
def far_roads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("roads") / "two"
    prepare_network(lattice(101.0, 36.5, minutes=1.0), room)
    return room


@pytest.fixture(scope="module")
def towns(roads: Path, far_roads: Path) -> tuple[Path, Path]:
    return roads, far_roads


@pytest.fixture(scope="module")
def expected(roads: Path) -> Any:
    return isochrones(open_prepared(roads), some_origins(), **ASKED).sort_index()


def union(folder: Path) -> Any:
    return pd.concat(list(read_batches(folder))).sort_index()


def assert_same(found: Any, wanted: Any) -> None:
    """Equal to the last bit, shapes included; nothing twice, nothing missing."""
    assert found.index.is_unique
    assert found.index.tolist() == wanted.index.tolist()
    assert found.geometry.to_wkb().tolist() == wanted.geometry.to_wkb().tolist()
    assert str(found.crs) == str(wanted.crs) == "EPSG:4490"
    plain = [name for name in wanted.columns if name != "geometry"]
    pd.testing.assert_frame_equal(pd.DataFrame(found[plain]), pd.DataFrame(wanted[plain]), check_dtype=False)


def stamps(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def names_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# --- The answer


def test_the_union_of_all_parts_is_what_isochrones_returns(roads: Path, expected: Any, tmp_path: Path) -> None:
    report = isochrone_batches(roads, some_origins(), tmp_path / "out", block=4, **ASKED)
    assert_same(union(tmp_path / "out"), expected.assign(network=""))
    assert report.complete
    assert report.parts["state"].tolist() == ["made"] * 3
    assert report.parts["origins"].tolist() == [4, 4, 1]
    assert (report.origins, len(report.failed), report.parts["rows"].sum()) == (9, 0, 18)
    assert names_in(tmp_path / "out") == [
        "batches.json",
        "origins.parquet",
        "parts/part-000000.parquet",
        "parts/part-000001.parquet",
        "parts/part-000002.parquet",
    ]
    assert str(report).endswith("9 origins, 0 failed; 3 parts (3 made), 18 areas")
    areas = report.areas().sort_index()
    assert areas["area_km2"].tolist() == expected["area_km2"].tolist()


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.tuples(st.integers(1, 14), st.integers(1, 3)), order=st.permutations(range(13)))
def test_blocks_threads_and_the_order_of_rows_change_no_value(
    towns: tuple[Path, Path], expected: Any, cut: tuple[int, int], order: list[int], tmp_path_factory: Any
) -> None:
    (roads, far_roads), (block, threads) = towns, cut
    far = some_origins(4, west=101.0, south=36.5, first=9)
    both: Any = pd.concat([some_origins().assign(where="east"), far.assign(where="west")])
    out = tmp_path_factory.mktemp("run") / "out"
    report = isochrone_batches(
        {"east": roads, "west": str(far_roads), "unused": roads},
        both.iloc[order],
        out,
        by="where",
        block=block,
        threads=threads,
        **ASKED,
    )
    alone = isochrones(open_prepared(far_roads), far, **ASKED)
    wanted = pd.concat([expected.assign(network="east"), alone.assign(network="west")]).sort_index()
    assert_same(union(out), wanted)
    assert report.parts["network"].tolist() == ["east"] * -(-9 // block) + ["west"] * -(-4 // block)
    assert check_batches(out).complete


@pytest.mark.parametrize("method", ["links", "exact"])
def test_all_options_reach_the_areas(roads: Path, tmp_path: Path, method: str) -> None:
    land = gpd.GeoSeries([box(116.9, 35.9, 117.045, 36.2)], crs="EPSG:4490")
    leg = AccessLeg(speed_kmh=4.0, circuity=1.2, max_m=1500.0)
    options: dict[str, Any] = {
        "cutoffs": [3.5], "direction": "to", "access": leg, "cell_m": 300.0, "land": land, "method": method,
    }  # fmt: skip
    origins = some_origins(20).cx[:117.04, :]
    assert len(origins) > 3
    origins.loc["both", ["name", "geometry"]] = ["two at once", MultiPoint([(117.001, 36.001), (117.03, 36.05)])]
    before = origins.copy()
    wanted = isochrones(open_prepared(roads), origins, **options).sort_index()
    isochrone_batches(open_prepared(roads), origins, tmp_path / "out", **options)
    assert_same(union(tmp_path / "out"), wanted.assign(network=""))
    assert wanted["surface_method"].eq(method).all()
    pd.testing.assert_frame_equal(pd.DataFrame(origins), pd.DataFrame(before))
    # The land is part of the question, and is kept with it.
    assert isochrone_batches(roads, origins, tmp_path / "out", **options).parts["state"].eq("kept").all()
    with pytest.raises(InputError, match="land"):
        isochrone_batches(roads, origins, tmp_path / "out", **(options | {"land": land.translate(0.01)}))
    (tmp_path / "out" / "land.parquet").write_bytes(b"no land")
    (tmp_path / "out" / "parts" / "part-000000.parquet").unlink()
    batch_parts._LANDS.clear()
    isochrone_batches(roads, origins, tmp_path / "out", **options)
    assert_same(union(tmp_path / "out"), wanted.assign(network=""))


def test_columns_are_those_of_isochrones_also_where_all_failed(expected: Any) -> None:
    made = expected.assign(network="").reset_index()
    assert set(made.columns) == set(COLUMNS)
    assert empty_part().dtypes.astype(str).to_dict() == dict(COLUMNS)
    assert {name: str(made[name].dtype) for name in COLUMNS if name != "origin_id"} == {
        name: kind for name, kind in COLUMNS.items() if name != "origin_id"
    }


def test_columns_can_be_read_without_shapes(roads: Path, expected: Any, tmp_path: Path) -> None:
    isochrone_batches(roads, some_origins(), tmp_path, block=5, **ASKED)
    plain = pd.concat(list(read_batches(tmp_path, columns=["snap_m", "area_km2"]))).sort_index()
    assert not isinstance(plain, gpd.GeoDataFrame)
    assert plain.columns.tolist() == ["snap_m", "area_km2"]
    assert plain["snap_m"].tolist() == expected["snap_m"].tolist()
    for faulty in (["area"], [], "area_km2", ["origin_id"]):
        with pytest.raises(InputError, match="columns="):
            next(iter(read_batches(tmp_path, columns=faulty)))
    with pytest.raises(InputError, match="holds no batches"):
        next(iter(read_batches(tmp_path / "nowhere")))


# --- Killed and gone on with


def test_a_second_run_changes_nothing(roads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    isochrone_batches(roads, some_origins(), tmp_path, block=4, **ASKED)
    before = stamps(tmp_path)

    def not_again(*_: Any) -> Any:
        raise AssertionError

    monkeypatch.setattr(batch_run, "compute_block", not_again)
    report = isochrone_batches(roads, some_origins().iloc[::-1], tmp_path, block=4, threads=2, **ASKED)
    assert report.parts["state"].tolist() == ["kept"] * 3
    assert stamps(tmp_path) == before


@pytest.mark.parametrize(
    "killed", [(block, while_writing) for block in range(5) for while_writing in (False, True)], ids=str
)
def test_killed_at_any_block_and_resumed_it_equals_the_uninterrupted_run(
    roads: Path, expected: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killed: tuple[int, bool]
) -> None:
    killed_at, while_writing = killed
    calls = 0
    true_write = pq.write_table

    def dies(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls - 1 == killed_at:
            if while_writing:
                Path(arguments[1]).write_bytes(b"PAR1 half a file")
            raise KeyboardInterrupt
        return true_write(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(pq, "write_table", dies)
        # The request is written by geopandas, which calls the same function: it is there before.
        patch.setattr(gpd.GeoDataFrame, "to_parquet", _with(true_write, gpd.GeoDataFrame.to_parquet))
        with pytest.raises(KeyboardInterrupt):
            isochrone_batches(roads, some_origins(), tmp_path, block=2, **ASKED)
    half = check_batches(tmp_path)
    assert not half.complete
    # A block behind it may have been under way: what was made is never lost.
    states = half.parts["state"].tolist()
    assert states[: killed_at + 1] == ["whole"] * killed_at + ["missing"]
    assert states[killed_at + 1 :].count("whole") <= 1
    with pytest.raises(DataIntegrityError, match="is missing"):
        union(tmp_path)
    report = isochrone_batches(roads, some_origins(), tmp_path, block=2, **ASKED)
    assert report.parts["state"].tolist() == [{"whole": "kept", "missing": "made"}[state] for state in states]
    assert_same(union(tmp_path), expected.assign(network=""))


def _with(write: Any, method: Any) -> Any:
    def inner(*arguments: Any, **options: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(pq, "write_table", write)
            return method(*arguments, **options)

    return inner


def test_a_block_that_breaks_is_told_and_the_others_stay(
    roads: Path, expected: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = batch_parts.compute_block

    def breaks(question: Any, block: Block) -> Any:
        if block.number == 2:
            raise ZeroDivisionError("by nothing")
        return true(question, block)

    with monkeypatch.context() as patch:
        patch.setattr(batch_run, "compute_block", breaks)
        with pytest.raises(OutputError, match=r"Block 2 \(origins o.*ZeroDivisionError: by nothing.*Run again"):
            isochrone_batches(roads, some_origins(), tmp_path, block=2, **ASKED)
    isochrone_batches(roads, some_origins(), tmp_path, block=2, **ASKED)
    assert_same(union(tmp_path), expected.assign(network=""))


def test_a_kill_between_plan_and_request_is_mended(roads: Path, expected: Any, tmp_path: Path) -> None:
    isochrone_batches(roads, some_origins(), tmp_path, block=4, **ASKED)
    parts = stamps(tmp_path / "parts")
    for spoil in (Path.unlink, lambda path: path.write_bytes(b"PAR1"), _rename_an_origin):
        spoil(tmp_path / "origins.parquet")
        for look in (check_batches, union):
            with pytest.raises(DataIntegrityError, match=r"origins.parquet .*Run isochrone_batches again"):
                look(tmp_path)
        report = isochrone_batches(roads, some_origins(), tmp_path, block=4, **ASKED)
        assert report.parts["state"].eq("kept").all()
    assert stamps(tmp_path / "parts") == parts
    assert_same(union(tmp_path), expected.assign(network=""))


def _rename_an_origin(path: Path) -> None:
    frame = gpd.read_parquet(path)
    frame.loc[3, "origin_id"] = "somebody else"
    frame.to_parquet(path)


# --- What stands on disk is never trusted by its name


def _truncated(part: Path, _: Path) -> None:
    part.write_bytes(part.read_bytes()[:-100])


def _emptied(part: Path, _: Path) -> None:
    part.write_bytes(b"")


def _flipped(part: Path, _: Path) -> None:
    data = bytearray(part.read_bytes())
    column = pq.read_metadata(part).row_group(0).column(list(COLUMNS).index("area_km2"))
    data[column.data_page_offset + column.total_compressed_size - 3] ^= 1
    part.write_bytes(data)


def _gone(part: Path, _: Path) -> None:
    part.unlink()


def _plain_table(part: Path, _: Path) -> None:
    some_origins().to_parquet(part)


def _other_cutoffs(part: Path, other: Path) -> None:
    shutil.copy(other / "parts" / part.name, part)


def _neighbour(part: Path, _: Path) -> None:
    shutil.copy(part.with_name("part-000002.parquet"), part)


def _one_row_changed(part: Path, _: Path) -> None:
    table = pq.read_table(part)
    values = table["area_km2"].to_pylist()
    values[0] += 1
    place = table.column_names.index("area_km2")
    pq.write_table(table.set_column(place, table.schema.field(place), [values]), part)


def _one_row_twice(part: Path, _: Path) -> None:
    table = pq.read_table(part)
    pq.write_table(table.take([0, 0, *range(2, table.num_rows)]), part)


def _a_folder(part: Path, _: Path) -> None:
    # Nothing urbangeo makes; it must be told, not crash.
    part.unlink()
    part.mkdir()


@pytest.mark.parametrize(
    ("spoil", "state"),
    [
        (_truncated, "damaged"),
        (_emptied, "damaged"),
        (_flipped, "damaged"),
        (_gone, "missing"),
        (_plain_table, "foreign"),
        (_other_cutoffs, "foreign"),
        (_neighbour, "foreign"),
        (_one_row_changed, "damaged"),
        (_one_row_twice, "damaged"),
    ],
)
def test_a_part_that_is_not_whole_is_known_and_only_it_is_made_anew(
    roads: Path, expected: Any, tmp_path: Path, spoil: Any, state: str
) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    isochrone_batches(roads, some_origins(), out, block=3, **ASKED)
    isochrone_batches(roads, some_origins(), other, block=3, **(ASKED | {"cutoffs": [4, 9]}))
    before = stamps(out)
    spoil(out / "parts" / "part-000001.parquet", other)
    report = check_batches(out)
    assert report.parts["state"].tolist() == ["whole", state, "whole"]
    assert report.parts["note"].iloc[1]
    assert not report.complete
    if spoil not in (_one_row_changed, _one_row_twice):
        # Those two are well-formed files written by other hands: only the full check sees them.
        with pytest.raises(DataIntegrityError, match="part-000001"):
            union(out)
    mended = isochrone_batches(roads, some_origins(), out, block=3, **ASKED)
    assert mended.parts["state"].tolist() == ["kept", "made", "kept"]
    assert {name: data for name, (_, data) in stamps(out).items()} == {name: data for name, (_, data) in before.items()}
    assert_same(union(out), expected.assign(network=""))


def test_a_folder_in_place_of_a_part_is_told(roads: Path, tmp_path: Path) -> None:
    isochrone_batches(roads, some_origins(), tmp_path, block=3, **ASKED)
    _a_folder(tmp_path / "parts" / "part-000001.parquet", tmp_path)
    assert check_batches(tmp_path).parts["state"].tolist() == ["whole", "damaged", "whole"]
    with pytest.raises(OutputError, match="it is a folder"):
        isochrone_batches(roads, some_origins(), tmp_path, block=3, **ASKED)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.floats(0, 1, exclude_max=True), bits=st.integers(1, 255))
@example(where=0.6328125, bits=1)
def test_no_flipped_byte_changes_a_value_unseen(fuzzed: tuple[Path, Any, Any], where: float, bits: int) -> None:
    path, block, plan = fuzzed
    whole = path.read_bytes()
    data = bytearray(whole)
    data[int(where * len(data))] ^= bits
    try:
        path.write_bytes(data)
        seen = look_at(path, block, plan, cutoffs=(4.0, 8.0), whole=True)
        if seen.state == "whole":
            assert gpd.read_parquet(path).equals(_from(whole, path))
    finally:
        path.write_bytes(whole)


def test_a_part_says_nothing_that_its_seal_does_not_cover(fuzzed: tuple[Path, Any, Any]) -> None:
    path, block, plan = fuzzed
    described = dict(pq.read_schema(path).metadata)
    assert set(described) == {b"geo", b"pandas", b"urbangeo"}
    whole = path.read_bytes()
    table = pq.read_table(path)
    try:
        # As geopandas writes the attributes of a frame, here not even text: a reader would stumble over it.
        pq.write_table(table.replace_schema_metadata({**described, b"PANDAS_ATTRS": b"\xff"}), path)
        assert look_at(path, block, plan, cutoffs=(4.0, 8.0), whole=True).state == "damaged"
    finally:
        path.write_bytes(whole)


def test_a_heading_that_is_damaged_is_told_as_damage(
    roads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    isochrone_batches(roads, some_origins(2), tmp_path, **ASKED)
    read = gpd.read_parquet

    def without_heading(path: Any, **more: Any) -> Any:
        frame = read(path, **more)
        return frame.rename(columns={"cutoff_min": "cutoff_mim"}) if "columns" in more else frame

    monkeypatch.setattr(gpd, "read_parquet", without_heading)
    with pytest.raises(DataIntegrityError, match="part-000000"):
        union(tmp_path)


def _from(data: bytes, path: Path) -> Any:
    path.write_bytes(data)
    return gpd.read_parquet(path)


@pytest.fixture(scope="module")
def fuzzed(roads: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any, Any]:
    out = tmp_path_factory.mktemp("fuzz")
    isochrone_batches(roads, some_origins(2), out, **ASKED)
    about = json.loads(pq.read_metadata(out / "parts" / "part-000000.parquet").metadata[b"urbangeo"])
    frame = gpd.read_parquet(out / "origins.parquet")
    block = Block(
        0, "", tuple(frame["origin_id"]), tuple(frame["name"]), tuple(shapely.to_wkb(np.asarray(frame.geometry)))
    )
    assert block.digest == about["asked"]
    return out / "parts" / "part-000000.parquet", block, about["plan"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"cutoffs": [4, 9]}, "cutoffs: .4.0, 8.0. there, .4.0, 9.0. now"),
        ({"direction": "to"}, 'direction: "from" there, "to" now'),
        ({"access": AccessLeg(4.0, 1.3, 2000.0)}, "access"),
        ({"cell_m": 500}, "cell_m: 400.0 there, 500.0 now"),
        ({"cell_m": None}, "cell_m: 400.0 there, null now"),
        ({"land": None}, 'land: "everywhere" there, "china.*" now'),
        ({"method": "auto"}, 'method: "links" there'),
        ({"block": 4}, "block: 3 there, 4 now"),
        ({"origins": some_origins(8)}, "origins: .*9.* there, .*8.* now"),
        ({"origins": some_origins().rename(index={"o3": "x"})}, "origins"),
        ({"origins": some_origins().assign(name="x")}, "origins"),
    ],
)
def test_another_question_is_refused_and_nothing_touched(
    roads: Path, tmp_path: Path, change: dict[str, Any], word: str
) -> None:
    asked: dict[str, Any] = ASKED | {"block": 3, "origins": some_origins()}
    isochrone_batches(roads, out=tmp_path, **asked)
    before = stamps(tmp_path)
    with pytest.raises(InputError, match=f"3 parts that answer another question .*{word}.*Give another folder"):
        isochrone_batches(roads, out=tmp_path, **(asked | change))
    assert stamps(tmp_path) == before
    # The same question in other words is the same.
    assert isochrone_batches(roads, out=tmp_path, **(asked | {"cutoffs": (8.0, 4)})).parts["state"].eq("kept").all()


def test_where_no_part_stands_something_else_may_be_asked(roads: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"larger than .* cells"):
        isochrone_batches(roads, some_origins(), tmp_path, **(ASKED | {"cell_m": 0.05}))
    assert names_in(tmp_path) == ["batches.json", "origins.parquet"]
    report = isochrone_batches(roads, some_origins(), tmp_path, **ASKED)
    assert report.complete
    assert check_batches(tmp_path).complete


def test_another_network_or_another_urbangeo_is_another_question(
    roads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "roads"
    network = lattice(117.0, 36.0)
    prepare_network(network, place)
    isochrone_batches(place, some_origins(), tmp_path / "out", **ASKED)
    with monkeypatch.context() as patch:
        patch.setattr("urbangeo.areas.batches.blocks.__version__", "99.0")
        with pytest.raises(InputError, match=r'urbangeo: ".*" there, "99.0" now'):
            isochrone_batches(place, some_origins(), tmp_path / "out", **ASKED)
    prepare_network(lattice(117.0, 36.0, minutes=3.0), place)
    with pytest.raises(InputError, match="networks"):
        isochrone_batches(place, some_origins(), tmp_path / "out", **ASKED)


def test_a_network_made_anew_during_the_run_is_told(
    roads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "roads"
    prepare_network(lattice(117.0, 36.0, minutes=2.5), place)
    true = batch_parts.compute_block

    def meanwhile(question: Any, block: Block) -> Any:
        prepare_network(lattice(117.0, 36.0, minutes=3.0), place)
        batch_parts._OPENED.clear()
        return true(question, block)

    monkeypatch.setattr(batch_run, "compute_block", meanwhile)
    with pytest.raises(DataIntegrityError, match="made anew since the run began"):
        isochrone_batches(place, some_origins(), tmp_path / "out", **ASKED)


def test_a_worker_of_another_version_is_told(roads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    true = batch_parts.compute_block

    def elsewhere(question: Any, block: Block) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("urbangeo.areas.batches.parts.__version__", "99.0")
            return true(question, block)

    monkeypatch.setattr(batch_run, "compute_block", elsewhere)
    with pytest.raises(InputError, match=r"A worker runs urbangeo 99.0, the leader"):
        isochrone_batches(roads, some_origins(), tmp_path, **ASKED)


def _other_seal(part: Path) -> None:
    table = pq.read_table(part)
    about = json.loads(table.schema.metadata[b"urbangeo"]) | {"seal": "0" * 64}
    pq.write_table(table.replace_schema_metadata(table.schema.metadata | {b"urbangeo": json.dumps(about)}), part)


@pytest.mark.parametrize(("spoil", "word"), [(Path.unlink, "missing"), (_other_seal, "not what its worker wrote")])
def test_a_part_that_is_not_what_its_worker_wrote_is_told(
    roads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Any, word: str
) -> None:
    true = batch_parts.compute_block

    def loses_it(question: Any, block: Block) -> Any:
        made = true(question, block)
        spoil(tmp_path / "parts" / "part-000000.parquet")
        return made

    monkeypatch.setattr(batch_run, "compute_block", loses_it)
    with pytest.raises(DataIntegrityError, match=f"is {word}. Do all workers see the same folder"):
        isochrone_batches(roads, some_origins(), tmp_path, **ASKED)


def test_files_of_others_are_left_alone(roads: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    isochrone_batches(roads, some_origins(), tmp_path, block=5, **ASKED)
    (tmp_path / "parts" / "part-000007.parquet").write_text("mine", encoding="utf-8")
    (tmp_path / "parts" / "notes.txt").write_text("mine", encoding="utf-8")
    draft = tmp_path / "parts" / ".part-000001.parquet.killed"
    draft.mkdir()
    for report in (check_batches(tmp_path), isochrone_batches(roads, some_origins(), tmp_path, block=5, **ASKED)):
        assert report.complete
        assert report.strangers == ("notes.txt", "part-000007.parquet")
    assert len(union(tmp_path)) == 18
    assert (tmp_path / "letter.txt").read_text(encoding="utf-8") == "mine"
    assert not draft.exists()


def test_parts_without_a_plan_are_not_overwritten(roads: Path, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "part-000000.parquet").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds part-000000.parquet but .* no batches.json"):
        isochrone_batches(roads, some_origins(), tmp_path, **ASKED)
    assert names_in(tmp_path) == ["parts/part-000000.parquet"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"format": 2}',
        '{"format": 99, "cutoffs": [], "origins": {"sha256": ""}, "networks": {}}',
        "[" * 9999,
    ],
)
def test_a_damaged_plan_is_told(roads: Path, tmp_path: Path, text: str) -> None:
    isochrone_batches(roads, some_origins(2), tmp_path, **ASKED)
    (tmp_path / "batches.json").write_text(text, encoding="utf-8")
    for use in (
        lambda: check_batches(tmp_path),
        lambda: union(tmp_path),
        lambda: isochrone_batches(roads, some_origins(2), tmp_path, **ASKED),
    ):
        with pytest.raises(DataIntegrityError, match="Give another folder"):
            use()


# --- Bad origins and bad input


def test_origins_without_a_road_are_listed_and_the_others_computed(roads: Path, expected: Any, tmp_path: Path) -> None:
    origins = some_origins()
    for number in range(4):
        # So far off that they fill a block of their own.
        origins.loc[f"lost{number}"] = [f"lost {number}", Point(80.0 + number / 100, 30.0)]
    report = isochrone_batches(roads, origins, tmp_path, block=3, **ASKED)
    assert report.complete
    assert sorted(report.failed.index) == ["lost0", "lost1", "lost2", "lost3"]
    assert report.failed.loc["lost2", "origin_name"] == "lost 2"
    assert report.failed["reason"].str.contains("km from the nearest road one can enter").all()
    assert str(report.failed.loc["lost2", "reason"]).startswith("lost2 (80.0200, 30.0000)")
    assert (report.parts["rows"] == 0).any()
    assert report.parts["failed"].sum() == 4
    assert_same(union(tmp_path), expected.assign(network=""))
    # Readers of many files at once need the same columns everywhere.
    schemas = [pq.read_schema(path).remove_metadata() for path in sorted((tmp_path / "parts").glob("*.parquet"))]
    assert all(schema.names == list(COLUMNS) for schema in schemas)
    assert all(schema == schemas[0] for schema in schemas)
    again = isochrone_batches(roads, origins, tmp_path, block=3, **ASKED)
    for other in (again, check_batches(tmp_path)):
        pd.testing.assert_frame_equal(other.failed, report.failed)
    with pytest.raises(SnapError, match="lost"):
        isochrone_batches(roads, origins, tmp_path, block=3, errors="raise", **ASKED)


def test_an_origin_without_a_road_stops_the_run_if_wanted(roads: Path, expected: Any, tmp_path: Path) -> None:
    origins = some_origins()
    for number in range(5):
        origins.loc[f"lost{number}"] = ["lost", Point(80.0, 30.0 + number)]
    with pytest.raises(SnapError, match=r"lost\d \(80.0000.*errors='collect'"):
        isochrone_batches(roads, origins, tmp_path, block=7, errors="raise", **ASKED)
    report = isochrone_batches(roads, origins, tmp_path, block=7, **ASKED)
    assert len(report.failed) == 5
    assert_same(union(tmp_path), expected.assign(network=""))


def test_all_origins_failed(roads: Path, tmp_path: Path) -> None:
    origins = some_origins(1, west=80.0)
    report = isochrone_batches(roads, origins, tmp_path, **ASKED)
    assert report.complete
    assert len(report.failed) == 1
    assert list(read_batches(tmp_path)) == []
    assert report.areas().empty
    assert report.areas().index.names == ["origin_id", "cutoff_min"]


HOSTILE = ["../../etc/passwd", "a/b\\c:d", "nul\x00", "济南\n", "'; DROP", "." * 300, "{x}", ""]


def test_names_never_become_names_of_files(roads: Path, tmp_path: Path) -> None:
    origins = some_origins(len(HOSTILE))
    origins.index = pd.Index(HOSTILE, name="origin_id")
    origins["name"] = HOSTILE
    origins["where"] = "../../x"
    report = isochrone_batches({"../../x": roads}, origins, tmp_path / "a" / "b", by="where", **ASKED)
    assert names_in(tmp_path) == ["a/b/batches.json", "a/b/origins.parquet", "a/b/parts/part-000000.parquet"]
    found = union(tmp_path / "a" / "b")
    assert sorted(set(found.index.get_level_values(0))) == sorted(HOSTILE)
    assert set(found["origin_name"]) == set(HOSTILE)
    assert report.parts["network"].tolist() == ["../../x"]


def test_bad_input_is_refused_before_anything_is_written(roads: Path, tmp_path: Path) -> None:
    good: dict[str, Any] = {"networks": roads, "origins": some_origins(3)} | ASKED
    twice = some_origins(3)
    twice.index = pd.Index([1, "1", 2], name="origin_id")
    faults: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"origins": some_origins(3).iloc[:0]}, SchemaError, "origins"),
        ({"origins": pd.DataFrame({"name": ["x"]})}, InputError, "DataFrame; expected a frame of points"),
        ({"origins": "济南"}, InputError, "origins is a str"),
        ({"origins": twice}, SchemaError, "same origin_id .*: 1"),
        ({"origins": some_origins(3).drop(columns="name")}, SchemaError, "name"),
        (
            {"origins": some_origins(3).set_geometry([Point(), Point(117, 36), Point(117, 36)], crs=4490)},
            SchemaError,
            "1 rows have no geometry: o0",
        ),
        ({"origins": some_origins(3).set_crs(None, allow_override=True)}, CrsError, "the frame of origins"),
        ({"by": "where"}, InputError, "one network"),
        ({"networks": {"x": roads}}, InputError, "several networks"),
        ({"networks": {}, "by": "name"}, InputError, "networks is empty"),
        ({"networks": {1: roads}, "by": "name"}, InputError, "has the key 1"),
        ({"networks": {"x": roads}, "by": "where"}, InputError, "no such column"),
        (
            {"networks": {"x": roads}, "by": "name"},
            InputError,
            "3 origins belong to none of the networks x: o0 .'place o0'",
        ),
        ({"networks": lattice(117, 36)}, InputError, "holds a Network without a folder"),
        ({"networks": prepare_network(lattice(117, 36))}, InputError, "PreparedNetwork without a folder"),
        ({"networks": tmp_path}, InputError, "holds no prepared network"),
        ({"cutoffs": []}, InputError, "cutoffs"),
        ({"direction": "up"}, InputError, "up"),
        ({"method": "fast"}, InputError, "method 'fast'"),
        ({"errors": "ignore"}, InputError, "errors 'ignore'"),
        ({"cell_m": -1}, InputError, "cell_m=-1"),
        ({"cell_m": True}, InputError, "cell_m=True"),
        ({"cell_m": float("nan")}, InputError, "cell_m=nan"),
        ({"land": "moon"}, InputError, "moon"),
        ({"block": 0}, InputError, "block=0"),
        ({"block": 2.5}, InputError, "block=2.5"),
        ({"block": 1001}, InputError, "block=1001"),
        ({"threads": 0}, InputError, "threads=0"),
        ({"threads": True}, InputError, "threads=True"),
    ]
    for change, kind, word in faults:
        with pytest.raises(kind, match=word):
            isochrone_batches(out=tmp_path / "out", **(good | change))
        assert not (tmp_path / "out").exists(), change


def test_the_bar_is_shown_on_the_error_stream_only(roads: Path, tmp_path: Path, capsys: Any) -> None:
    isochrone_batches(roads, some_origins(), tmp_path / "a", progress=True, **ASKED)
    said = capsys.readouterr()
    assert "9/9" in said.err
    assert said.out == ""
    isochrone_batches(roads, some_origins(), tmp_path / "b", **ASKED)
    assert capsys.readouterr().err == ""


# --- Workers


class _Recorded(batch_run.Here):
    """Counts what is under way, and weighs what travels."""

    def __init__(self) -> None:
        super().__init__(2)
        self.most = 0
        self.heaviest = 0
        self.handed: list[tuple[str, int]] = []

    def submit(self, question: Any, block: Block) -> Any:
        self.heaviest = max(self.heaviest, len(pickle.dumps((question, block))))
        self.handed.append((block.network, block.number))
        return super().submit(question, block)

    def first_done(self, futures: Any) -> list[Any]:
        self.most = max(self.most, len(futures))
        done = super().first_done(futures)
        for future in done:
            self.heaviest = max(self.heaviest, len(pickle.dumps(future.result())))
        return done


def test_little_is_under_way_and_no_shape_or_graph_travels(
    roads: Path, far_roads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _Recorded()
    monkeypatch.setattr(batch_run, "Here", lambda _: place)
    far = some_origins(12, west=101.0, south=36.5, first=40)
    both: Any = pd.concat([some_origins(40).assign(where="east"), far.assign(where="west")])
    isochrone_batches({"east": roads, "west": far_roads}, both, tmp_path, by="where", block=2, **ASKED)
    assert len(place.handed) == 26
    assert place.most <= 4
    # Two points, their names, and the question; a single area of the result has more.
    assert place.heaviest < 3_000
    # The first block of each network is alone with it: it makes the table of links for all others.
    assert place.handed[0] == ("east", 0)
    assert place.handed[1] == ("west", 20)


def test_without_dask_a_client_is_refused_with_a_remedy(
    roads: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"client=str: expected a dask.distributed.Client"):
        isochrone_batches(roads, some_origins(), tmp_path, client="tcp://localhost", **ASKED)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'urbangeo\[scale\]'"):
        isochrone_batches(roads, some_origins(), tmp_path, client=object(), **ASKED)


SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
if __name__ == "__main__":
    from distributed import Client, LocalCluster
    from test_batches import SLOW, some_origins
    from urbangeo.areas.batches.blocks import isochrone_batches
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster) as client:
        isochrone_batches({roads!r}, some_origins(40), {out!r}, block=2, client=client, **SLOW)
"""


@pytest.mark.slow
def test_a_killed_client_and_a_killed_worker_lose_nothing(roads: Path, tmp_path: Path) -> None:
    distributed: Any = pytest.importorskip("distributed")
    origins, out = some_origins(40), tmp_path / "out"

    # A client of its own process group is killed together with its workers, as by a power cut.
    script = tmp_path / "leader.py"
    text = textwrap.dedent(SCRIPT).format(tests=str(Path(__file__).parent), roads=str(roads), out=str(out))
    script.write_text(text, encoding="utf-8")
    leader = subprocess.Popen(
        [sys.executable, str(script)], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for_parts(out, 2, alive=lambda: leader.poll() is None)
    finally:
        os.killpg(leader.pid, signal.SIGKILL)
        leader.wait()
    half = check_batches(out)
    assert set(half.parts["state"]) == {"whole", "missing"}
    whole = half.parts["state"] == "whole"

    # Gone on with by another client, one of whose workers dies in the middle.
    results: list[BatchReport] = []
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        distributed.Client(cluster) as client,
    ):
        pids = list(client.run(os.getpid).values())
        runner = threading.Thread(
            target=lambda: results.append(isochrone_batches(roads, origins, out, block=2, client=client, **SLOW))
        )
        runner.start()
        _wait_for_parts(out, int(whole.sum()) + 2, alive=runner.is_alive)
        assert runner.is_alive()
        os.kill(pids[0], signal.SIGKILL)
        runner.join(timeout=60)
        assert [report.complete for report in results] == [True]
        # What a worker raises arrives as it is.
        with pytest.raises(SnapError, match="errors='collect'"):
            isochrone_batches(roads, some_origins(2, west=80.0), tmp_path / "x", client=client, errors="raise", **SLOW)
    assert results[0].parts["state"].eq("kept").tolist() == whole.tolist()
    assert not list((out / "parts").glob(".part*"))
    wanted = isochrones(open_prepared(roads), origins, threads=2, **SLOW).sort_index()
    assert_same(union(out), wanted.assign(network=""))


def _wait_for_parts(out: Path, count: int, *, alive: Any) -> bool:
    until = time.monotonic() + 60
    while alive() and time.monotonic() < until:
        if len(list((out / "parts").glob("part-*.parquet"))) >= count:
            return True
        time.sleep(0.005)
    return False
