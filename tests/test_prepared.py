"""Networks made ready: the same answers from memory and from disk, and no answer from a folder that is not whole."""

from __future__ import annotations

import gc
import json
import shutil
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shapely import box
from towns import PLAIN, Road, Town, ground, slower_network, town

from urbangeo.areas import prepared as prepared_module
from urbangeo.areas.graph.compiled import compile_graph
from urbangeo.areas.isochrones import isochrones, reached_roads, seat_minutes, travel_times
from urbangeo.areas.prepared import HEADER, PreparedNetwork, open_prepared, prepare_network, prepared
from urbangeo.errors import DataIntegrityError, InputError, SchemaError
from urbangeo.sources.network import AccessLeg, Network

ROW = "A---------B---------C---------D"


def row() -> Town:
    """A road with seats at B and D."""
    place = town(ROW, Road("ABCD"), kinds={"B": "seat", "D": "seat"})
    coded = place.network.nodes.assign(adcode=pd.Series({"D": "630102", "B": "630103"}, dtype=str))
    return Town(place.network.with_frames(nodes=coded), place.xy)


def same(one: Any, other: Any) -> bool:
    """Whether two frames of circles are the same to the last digit."""
    return bool(one.index.equals(other.index) and one.geometry.geom_equals_exact(other.geometry, 0).all())


def test_memory_disk_and_plain_network_give_the_same(tmp_path: Path) -> None:
    place = row()
    folder = tmp_path / "ready"
    made = prepare_network(place.network, folder, cell_m=250, land=PLAIN)
    opened = open_prepared(folder)
    assert opened.network is None
    assert made.network is place.network
    assert (opened.kind, opened.mode, opened.access) == ("toy", "drive", place.network.access)
    for method in ("exact", "links"):
        circles = [
            isochrones(ready, place.at("B"), cutoffs=[10, 20], cell_m=250, land=PLAIN, method=method)
            for ready in (place.network, prepare_network(place.network), made, opened)
        ]
        assert all(same(circles[0], other) for other in circles[1:])
        assert circles[0]["surface_method"].tolist() == [method] * 2
        assert circles[0]["area_km2"].min() > 10
    times = [travel_times(ready, place.at("A")) for ready in (place.network, opened)]
    pd.testing.assert_frame_equal(times[0], times[1])
    seats = seat_minutes(opened, place.at("A"))
    assert seats.index.tolist() == [("A", "630102"), ("A", "630103")]
    assert seats["time_min"].tolist() == pytest.approx([30, 10], abs=0.002)


def test_a_plain_network_is_compiled_once_and_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Network] = []

    def counted(network: Network) -> Any:
        calls.append(network)
        return compile_graph(network)

    monkeypatch.setattr(prepared_module, "compile_graph", counted)
    place = row()
    first = prepared(place.network)
    assert prepared(place.network) is first
    travel_times(place.network, place.at("A"))
    assert len(calls) == 1
    other = prepared(replace(place.network))
    assert other is not first
    calls.clear()
    gone = weakref.ref(first)
    del first, place
    gc.collect()
    assert gone() is None


def test_a_whole_folder_is_only_opened_and_a_changed_source_makes_it_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = row()
    prepare_network(place.network, tmp_path, cell_m=500, land=PLAIN)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    assert any(path.parent.name.startswith("links-500-2000-") for path in before)
    with monkeypatch.context() as patch:
        patch.setattr(prepared_module, "build_links", None)
        prepare_network(place.network, tmp_path, cell_m=500, land=PLAIN)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before
    # Half the speed: other times, the same folder; its links are made anew, too.
    slow = slower_network(place.network, 2)
    again = prepare_network(slow, tmp_path)
    direct, kept = (
        isochrones(ready, place.at("B"), cutoffs=[20], cell_m=500, land=PLAIN, method="links")
        for ready in (slow, again)
    )
    assert same(direct, kept)
    assert open_prepared(tmp_path).graph.meta["fingerprint"] == again.graph.meta["fingerprint"]
    # Only what belongs to the new state is left.
    assert len(list(tmp_path.glob("*.npy"))) == 5


def test_other_seats_alone_make_the_names_anew(tmp_path: Path) -> None:
    place = row()
    prepare_network(place.network, tmp_path)
    moved = place.network.with_frames(
        nodes=place.network.nodes.assign(adcode=pd.Series({"D": "630199", "B": "630103"}, dtype=str))
    )
    prepare_network(moved, tmp_path)
    assert open_prepared(tmp_path).seat_adcode.tolist() == ["630103", "630199"]


def test_links_are_kept_by_cell_leg_and_land(tmp_path: Path) -> None:
    place = row()
    ready = prepare_network(place.network, tmp_path)
    one = ready.links(500, None, PLAIN)
    assert ready.links(500.0, place.network.access, PLAIN) is one
    half = ground(box(-50_000, -50_000, 5_000, 50_000))
    others = [
        ready.links(250, None, PLAIN),
        ready.links(500, AccessLeg(6, 1.2, 3_000), PLAIN),
        ready.links(500, None, half),
        ready.links(500, None, "everywhere"),
    ]
    assert len({id(table) for table in (one, *others)}) == 5
    assert others[3].land == ""
    assert (one.cell_m, others[0].cell_m, others[1].max_m) == (500, 250, 3_000)
    assert len(list(tmp_path.glob("links-*"))) == 5
    with pytest.raises(InputError, match="expected polygons as a GeoSeries, 'everywhere'"):
        ready.links(500, None, "sea")  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"use cell_m of at least \d+"):
        ready.links(0.1)


def test_nothing_there_or_another_version(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no prepared network \(no prepared.json\)"):
        open_prepared(tmp_path / "none")
    place = row()
    prepare_network(place.network, tmp_path)
    body = json.loads((tmp_path / HEADER).read_text(encoding="utf-8"))
    (tmp_path / HEADER).write_text(json.dumps({**body, "format": 99}), encoding="utf-8")
    with pytest.raises(InputError, match="is of format 99, expected 1"):
        open_prepared(tmp_path)
    prepare_network(place.network, tmp_path)
    assert open_prepared(tmp_path).node_id.tolist() == list("ABCD")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (HEADER, b"{"),
        (HEADER, b'{"format": 1, "stamp": "../../../../etc", "graph": ""}'),
        (HEADER, b'{"format": 1, "stamp": "0123456789abcdef", "graph": "another"}'),
        ("*.seat_node.npy", b"no array"),
        ("*.node_id.npy", None),
        ("graph/graph.json", b"{}"),
    ],
)
def test_a_damaged_folder_is_refused_and_made_anew(tmp_path: Path, name: str, content: bytes | None) -> None:
    place = row()
    prepare_network(place.network, tmp_path)
    (path,) = tmp_path.glob(name)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(DataIntegrityError):
        open_prepared(tmp_path)
    made = prepare_network(place.network, tmp_path)
    assert travel_times(made, place.at("A"))["time_min"].max() == pytest.approx(30, abs=0.002)


def test_files_of_two_states_together_are_refused(tmp_path: Path) -> None:
    place = row()
    one, other = tmp_path / "one", tmp_path / "other"
    prepare_network(place.network, one)
    prepare_network(place.network.take_edges([0, 1]), other)
    shutil.rmtree(one / "graph")
    shutil.copytree(other / "graph", one / "graph")
    with pytest.raises(DataIntegrityError, match="made anew or was left half-way"):
        open_prepared(one)
    # A seat beyond the last node would lead outside the arrays.
    (rows,) = other.glob("*.seat_node.npy")
    np.save(rows, np.array([0, 99], dtype=np.int32))
    with pytest.raises(DataIntegrityError, match="do not fit together"):
        open_prepared(other)


def test_single_roads_need_the_network(tmp_path: Path) -> None:
    place = row()
    made = prepare_network(place.network, tmp_path)
    roads = reached_roads(made, place.at("A"), 15)
    pd.testing.assert_frame_equal(roads, reached_roads(place.network, place.at("A"), 15))
    # 15 minutes at 60 km/h: A–B whole and half of B–C.
    assert roads["time_end_min"].max() == pytest.approx(15)
    with pytest.raises(InputError, match="Drawing roads needs the roads themselves, which a folder does not keep"):
        reached_roads(open_prepared(tmp_path), place.at("A"), 15)
    with pytest.raises(InputError, match="one origin, got 2"):
        reached_roads(made, pd.concat([place.at("A"), place.at("B")]), 15)


def test_what_is_no_network() -> None:
    with pytest.raises(InputError, match=r"network=dict: expected a Network \(read_network\) or a PreparedNetwork"):
        prepared({})  # type: ignore[arg-type]


def test_seats_that_are_none_or_twice() -> None:
    place = town(ROW, Road("ABCD"), kinds={"B": "seat", "D": "seat"})
    with pytest.raises(SchemaError, match="this one has none"):
        seat_minutes(place.network, place.at("A"))
    twice = place.network.with_frames(
        nodes=place.network.nodes.assign(adcode=pd.Series({"D": "630102", "B": "630102"}, dtype=str))
    )
    with pytest.raises(SchemaError, match="this one has 2 of them"):
        seat_minutes(twice, place.at("A"))
    # A seat whose county is not known is none.
    half = place.network.with_frames(nodes=place.network.nodes.assign(adcode=pd.Series({"D": "630102"}, dtype=str)))
    assert seat_minutes(half, place.at("A")).index.tolist() == [("A", "630102")]
    assert isinstance(prepared(half), PreparedNetwork)


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf, 25 * 24 * 60.0])
def test_times_that_are_none(wrong: float) -> None:
    place = row()
    minutes = np.array(place.network.time_min, copy=True)
    minutes[1] = wrong
    with pytest.raises((InputError, SchemaError), match=r"time_min"):
        isochrones(replace(place.network, time_min=minutes), place.at("A"), land=PLAIN)


@pytest.mark.parametrize("wrong", [0.0, -60.0, np.nan])
def test_speeds_that_are_none(wrong: float) -> None:
    place = row()
    speed = np.array(place.network.speed_kmh, copy=True)
    speed[0] = wrong
    with pytest.raises(SchemaError, match="speed_kmh"):
        travel_times(replace(place.network, speed_kmh=speed), place.at("A"))


def test_a_road_without_a_junction_longer_than_24_days() -> None:
    # Three times 20 days in a row: each is a time, the way through is none.
    place = town("A-B-C-D", Road("ABCD"))
    long = replace(place.network, time_min=np.full(6, 20 * 24 * 60.0))
    with pytest.raises(InputError, match="24 days"):
        travel_times(long, place.at("A"))
