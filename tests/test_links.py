"""The link table: the nearest road of every cell by hand and by brute force, water, ties, files that were changed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from towns import PLANE, WALK, Road, ground, random_town, shuffled_network, town, town_of

from urbangeo.areas.graph.compiled import CompiledGraph, compile_graph
from urbangeo.areas.ground import links as links_module
from urbangeo.areas.ground.lattice import to_degrees, to_metres
from urbangeo.areas.ground.links import AT_SEA, NO_ROAD, LinkTable, build_links, link_grid, open_links, save_links
from urbangeo.areas.ground.surface import Grid
from urbangeo.errors import CrsError, DataIntegrityError, InputError
from urbangeo.sources.network import AccessLeg

CELL = 250.0


def cell_at(links: LinkTable, x: float, y: float) -> tuple[int, int]:
    return round((links.north - y) / links.cell_m), round((x - links.west) / links.cell_m)


def leg_m(links: LinkTable, cell: tuple[int, int]) -> float:
    return float(np.hypot(*links.exit[cell])) * links.exit_unit * links.cell_m


def exit_xy(links: LinkTable) -> tuple[Any, Any]:
    rows, columns = links.chain.shape
    step = links.exit * links.exit_unit
    x = links.west + links.cell_m * (np.arange(columns)[None, :] + step[:, :, 1])
    y = links.north - links.cell_m * (np.arange(rows)[:, None] + step[:, :, 0])
    return x, y


def test_one_road_by_hand() -> None:
    # A–B 10 km at 60 km/h: a millisecond for each 16.7 mm. 3 km along and 1 km off: 180,000 ms from A, leg 1 km.
    place = town("A---------B", Road("AB"), middle="A")
    graph = compile_graph(place.network)
    links = build_links(graph, access=WALK, cell_m=CELL, crs=PLANE)
    above = cell_at(links, 3_000, 1_000)
    assert links.chain[above] == 0
    from_a = float(links.pos_ms[above])
    if graph.state_lon[graph.chain_tail[0]] > 101:
        from_a = 600_000 - from_a
    assert from_a == pytest.approx(180_000, abs=5)
    assert leg_m(links, above) == pytest.approx(1_000, abs=0.2)
    # Behind A the nearest point is A itself.
    behind = cell_at(links, -1_500, 1_000)
    assert leg_m(links, behind) == pytest.approx(float(np.hypot(1_500, 1_000)), abs=0.2)
    # Beyond the largest leg nothing is linked.
    assert links.chain[cell_at(links, 3_000, 1_750)] == 0
    assert links.chain[cell_at(links, 3_000, 2_250)] == NO_ROAD
    assert links.chain[0, 0] == NO_ROAD


def test_expressways_are_left_at_their_exits_only() -> None:
    # A–B village road; B–C expressway of 20 km; C an exit with nothing behind it.
    place = town(
        "A----B-------------------C",
        Road("AB"),
        Road("BC", kmh=120, access="ends_only", toll=True),
        kinds={"C": "interchange"},
        toll_min=1.0,
        middle="A",
    )
    graph = compile_graph(place.network)
    links = build_links(graph, access=WALK, cell_m=CELL, crs=PLANE)
    assert links.chain[cell_at(links, 15_000, 0)] == NO_ROAD
    state = -2 - int(links.chain[cell_at(links, 25_000, 1_000)])
    assert graph.exits[state]
    assert place.network.node_id[graph.state_node[state]] == "C"
    assert leg_m(links, cell_at(links, 25_000, 1_000)) == pytest.approx(1_000, abs=0.5)
    # B is an exit too, but the village road that ends there says the same.
    assert links.chain[cell_at(links, 6_000, 0)] >= 0


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([100.0, 250.0, 700.0]))
def test_nearest_by_brute_force(seed: int, cell_m: float) -> None:
    place = random_town(seed)
    graph = compile_graph(place.network)
    access = place.network.access
    links = build_links(graph, access=access, cell_m=cell_m, crs=PLANE)
    kept = np.flatnonzero((graph.chain_along & graph.chain_usable)[graph.seg_chain])
    ends = np.stack([graph.seg_lon0, graph.seg_lat0, graph.seg_lon1, graph.seg_lat1], axis=1)[kept] * 1e-7
    roads = gpd.GeoSeries(shapely.linestrings(ends.reshape(-1, 2, 2)), crs=4490).to_crs(PLANE).to_numpy()
    exits = np.flatnonzero(graph.exits)
    spots = gpd.GeoSeries(shapely.points(graph.state_lon[exits], graph.state_lat[exits]), crs=4490).to_crs(PLANE)
    draw = np.random.default_rng(seed)
    rows, columns = links.chain.shape
    everything = np.concatenate([roads, spots.to_numpy()])
    for r, c in zip(draw.integers(0, rows, 60), draw.integers(0, columns, 60), strict=True):
        here = shapely.Point(links.west + c * cell_m, links.north - r * cell_m)
        least = float(shapely.distance(everything, here).min())
        if least > access.max_m + 0.01:
            assert links.chain[r, c] == NO_ROAD
        elif least < access.max_m - 0.01:
            assert leg_m(links, (r, c)) == pytest.approx(least, abs=0.01 + 2 * links.exit_unit * cell_m)
            # The place that is kept lies on the road that is kept, at its time.
            x, y = exit_xy(links)
            there = shapely.Point(x[r, c], y[r, c])
            number = int(links.chain[r, c])
            if number >= 0:
                own = graph.seg_chain[kept] == number
                assert float(shapely.distance(roads[own], there).min()) < 0.5 + 2 * links.exit_unit * cell_m


def test_the_order_of_rows_does_not_matter() -> None:
    place = random_town(11)
    first, second = (
        build_links(compile_graph(network), access=WALK, cell_m=CELL, crs=PLANE)
        for network in (place.network, shuffled_network(place.network, 3))
    )
    np.testing.assert_array_equal(first.chain, second.chain)
    np.testing.assert_array_equal(first.pos_ms, second.pos_ms)
    np.testing.assert_array_equal(first.exit, second.exit)
    np.testing.assert_array_equal(first.state_box, second.state_box)


def test_equally_near_roads_are_told_apart_by_time_not_by_rows() -> None:
    # Two roads on top of each other along a meridian, one of them with a bend node that does not bend: cells take the
    # one that may be driven both ways, then the quicker.
    for slow, fast, wanted in (
        (Road("AB", kmh=30), Road("AMB", kmh=60), "fast"),
        (Road("AB", kmh=60), Road("AMB", kmh=30), "slow"),
        (Road("AB", kmh=30), Road("AMB", kmh=60, oneway=True), "slow"),
    ):
        for roads in ((slow, fast), (fast, slow)):
            xy = {
                "A": (0.0, 0.0),
                "M": (0.0, 5_500.0),
                "B": (0.0, 11_000.0),
                "C": (3_000.0, 0.0),
                "D": (3_000.0, 9_000.0),
            }
            drawn = town_of(xy, *roads, Road("ACDB")).network
            lat = dict(zip("AMBCD", (36.0, 36.05, 36.1, 36.0, 36.08), strict=True))
            lon = dict(zip("AMBCD", (101.0, 101.0, 101.0, 101.03, 101.03), strict=True))
            network = replace(
                drawn,
                lon=np.array([lon[name] for name in drawn.node_id]),
                lat=np.array([lat[name] for name in drawn.node_id]),
            )
            graph = compile_graph(network)
            links = build_links(graph, access=WALK, cell_m=CELL, crs=PLANE)
            number = int(links.chain[cell_at(links, -500, 3_000)])
            with_m = int(graph.node_chain[list(network.node_id).index("M")])
            assert (number == with_m) == (wanted == "fast")


def test_boxes_of_states_hold_every_cell_of_their_roads() -> None:
    graph = compile_graph(random_town(4).network)
    links = build_links(graph, access=WALK, cell_m=CELL, crs=PLANE)
    for state in range(graph.states):
        numbers = np.flatnonzero((graph.chain_tail == state) | (graph.chain_head == state))
        rows, columns = np.nonzero(np.isin(links.chain, [*numbers, -2 - state]))
        box_of = links.state_box[state].tolist()
        if len(rows):
            assert box_of == [rows.min(), rows.max(), columns.min(), columns.max()]
        else:
            assert box_of[0] > box_of[1]


def test_water_is_not_crossed_and_another_road_is_taken() -> None:
    # A road south of a bay 2 km wide and one north of it, 4 km from the southern one. Cells on the northern shore
    # belong to the northern road even where the southern one is nearer, and cells at sea to none.
    leg = AccessLeg(6, 1.2, 4_000)
    place = town_of(
        {"A": (-5_000, -200), "B": (5_000, -200), "C": (5_000, 6_000), "D": (-5_000, 6_000)},
        Road("ABCDA"),
        access=leg,
    )
    land = ground(box(-40_000, -40_000, 40_000, 0), box(-40_000, 2_500, 40_000, 40_000))
    graph = compile_graph(place.network)
    dry = build_links(graph, access=leg, cell_m=CELL, crs=PLANE)
    wet = build_links(graph, access=leg, cell_m=CELL, crs=PLANE, land=land)
    # 2.25 km north: 2.45 km from the southern road, 3.75 km from the northern one.
    there = cell_at(dry, 0, 2_250)
    assert leg_m(dry, there) == pytest.approx(2_450, abs=1)
    assert leg_m(wet, there) == pytest.approx(3_750, abs=1)
    assert wet.chain[cell_at(wet, 0, 1_250)] == AT_SEA
    # The shore is known to 500 m only.
    assert wet.chain[cell_at(wet, 0, 250)] == dry.chain[cell_at(dry, 0, 250)]
    assert wet.land
    assert not dry.land


def test_grids_too_large_are_refused_with_a_size_that_fits() -> None:
    graph = compile_graph(town("A---------B", Road("AB")).network)
    with pytest.raises(InputError, match=r"larger than 50,000,000 cells \(\d+\.\d GB of links\); use cell_m of at"):
        link_grid(graph, cell_m=0.5, max_m=2_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links_module, "MAX_CELLS", 1_000)
        with pytest.raises(InputError, match="use cell_m of at least") as caught:
            link_grid(graph, cell_m=100, max_m=2_000)
        fits = float(str(caught.value).split("at least ")[1].split(",")[0])
        assert np.prod(link_grid(graph, cell_m=fits + 150, max_m=2_000)[1].shape) <= 1_000


@pytest.mark.parametrize("cell_m", [0, -1, float("nan"), float("inf")])
def test_a_cell_must_have_a_size(cell_m: float) -> None:
    graph = compile_graph(town("A-B", Road("AB")).network)
    with pytest.raises(InputError, match="expected a positive number of metres"):
        build_links(graph, access=WALK, cell_m=cell_m)


def test_what_cannot_be_linked_is_refused() -> None:
    graph = compile_graph(town("A-B", Road("AB")).network)
    with pytest.raises(InputError, match="needs cell_m"):
        build_links(graph, access=WALK)
    with pytest.raises(InputError, match="give crs"):
        build_links(graph, access=WALK, grid=Grid(0, 0, 250, (3, 3)))
    with pytest.raises(InputError, match="areas would be cut off at its edge"):
        build_links(graph, access=WALK, grid=Grid(0, 0, 250, (3, 3)), crs=PLANE)
    with pytest.raises(CrsError, match="metres"):
        build_links(graph, access=WALK, cell_m=250, crs="EPSG:4490")
    shut = compile_graph(town("A-B", Road("AB", access="ends_only")).network)
    with pytest.raises(InputError, match="may be left anywhere"):
        build_links(shut, access=WALK, cell_m=250)


def small_table() -> tuple[CompiledGraph, LinkTable]:
    graph = compile_graph(town("A---B", Road("AB")).network)
    return graph, build_links(graph, access=WALK, cell_m=500, crs=PLANE)


def test_files_come_back_as_memory_maps(tmp_path: Path) -> None:
    graph, links = small_table()
    save_links(links, tmp_path / "links")
    for verify in (True, False):
        again = open_links(tmp_path / "links", graph=graph, verify=verify)
        for name in ("chain", "pos_ms", "exit", "state_box"):
            np.testing.assert_array_equal(getattr(again, name), getattr(links, name))
            assert not getattr(again, name).flags.writeable
            assert not getattr(links, name).flags.writeable
            assert isinstance(getattr(again, name).base, np.memmap)
        assert (again.grid, again.crs, again.max_m, again.exit_unit) == (
            links.grid,
            links.crs,
            links.max_m,
            links.exit_unit,
        )
        assert (again.fingerprint, again.land) == (links.fingerprint, links.land)
    again.require(graph, replace(WALK, speed_kmh=9))
    with pytest.raises(InputError, match="serves up to 2000 m"):
        again.require(graph, replace(WALK, max_m=2_001))


def test_changed_files_and_foreign_networks_are_refused(tmp_path: Path) -> None:
    _, links = small_table()
    room = save_links(links, tmp_path / "links")
    other = compile_graph(town("A----B", Road("AB")).network)
    with pytest.raises(InputError, match="another network"):
        open_links(room, graph=other)
    with pytest.raises(InputError, match="another network"):
        links.require(other, WALK)
    with pytest.raises(InputError, match="holds no link table"):
        open_links(tmp_path)
    pos = np.load(room / "pos_ms.npy").copy()
    pos[3, 3] += 1
    np.save(room / "pos_ms.npy", pos)
    with pytest.raises(DataIntegrityError, match="checksum"):
        open_links(room)
    np.save(room / "pos_ms.npy", pos[1:])
    with pytest.raises(DataIntegrityError, match="do not fit together"):
        open_links(room, verify=False)
    (room / "pos_ms.npy").write_bytes(b"no array")
    with pytest.raises(DataIntegrityError, match="cannot be read as an array"):
        open_links(room, verify=False)
    header = json.loads((room / "links.json").read_text())
    (room / "links.json").write_text(json.dumps(header | {"format": 99}))
    with pytest.raises(InputError, match="format 99, expected 1"):
        open_links(room)
    (room / "links.json").write_text("{")
    with pytest.raises(DataIntegrityError, match="JSON"):
        open_links(room)


# --- the tabulated projection ----------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(st.floats(75, 130), st.floats(18, 50), st.floats(0.01, 4), st.integers(0, 2**32 - 1))
def test_the_lattice_meets_the_projection_to_a_millimetre(lon: float, lat: float, wide: float, seed: int) -> None:
    from pyproj import Transformer

    from urbangeo.language.crs import local_metric

    crs = local_metric(lon, lat)
    bounds = (lon - wide / 2, lat - wide / 2, lon + wide / 2, lat + wide / 2)
    lattice = to_metres(crs, bounds)
    draw = np.random.default_rng(seed)
    x, y = draw.uniform(bounds[0], bounds[2], 200), draw.uniform(bounds[1], bounds[3], 200)
    wanted = Transformer.from_crs("EPSG:4490", crs, always_xy=True).transform(x, y)
    found = lattice.read(x, y)
    np.testing.assert_allclose(found, wanted, atol=1e-3)
    back = to_degrees(crs, (found[0].min(), found[1].min(), found[0].max(), found[1].max())).read(*found)
    np.testing.assert_allclose(back, (x, y), atol=2e-8)


def test_a_projection_that_cannot_be_tabulated_is_refused() -> None:
    with pytest.raises(CrsError, match="bends too sharply"):
        # The pole of the projection lies opposite: aeqd tears there.
        to_metres("+proj=aeqd +lat_0=-36 +lon_0=-79 +ellps=GRS80 +units=m", (100.99, 35.99, 101.01, 36.01))
