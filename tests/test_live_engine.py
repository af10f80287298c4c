"""The live circle: what the page computes without Python equals what Python computes, and packing loses nothing."""

from __future__ import annotations

import base64
import itertools
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from conftest import SealedPage
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page
from shapely import LineString, MultiPoint, Point, box
from towns import Road, town

import urbangeo as ug
from urbangeo.areas.ground.surface import TravelTimeSurface
from urbangeo.areas.prepared import prepared
from urbangeo.areas.snapping import snap
from urbangeo.errors import InputError, JoinError, SnapError
from urbangeo.language.crs import area_km2, local_metric
from urbangeo.sources.network import AccessLeg, Network
from urbangeo.windows.maps.live.packing import pack_bits, pack_integers, pack_lines
from urbangeo.windows.maps.live.script import engine_script
from urbangeo.windows.maps.live.surfaces import QUANTUM_MIN, quantised
from urbangeo.windows.maps.page import safe_json

CUTOFFS = (15, 30, 60)
SEED = 20261122
BY_THE_SEA = ((120.38, 36.07), (121.43, 37.5), (118.67, 37.43))
BRIDGE = "胶州湾大桥"

Solved = dict[str, Any]

SOLVE = """(asked) => {
    const result = window.engine.solve(asked.solve), at = {};
    for (const minutes of asked.minutes) {
        const counties = result.counties(minutes), people = result.people(minutes);
        at[minutes] = { rings: result.rings(minutes), counties: counties, people: people };
    }
    return { faults: result.faults, snapped: result.snapped, at: at };
}"""


class Engine:
    """The engine in a browser, opened with what Python packed."""

    def __init__(self, sealed: SealedPage, live: ug.LiveCircle, folder: Path) -> None:
        path = folder / "engine.html"
        path.write_text(
            '<!DOCTYPE html><meta charset="utf-8"><title>engine</title>'
            f'<script type="application/json" id="live">{safe_json(dict(live.payload))}</script>'
            f"<script>{engine_script()}\n"
            "window.engine = urbangeoLive.open(JSON.parse(document.getElementById('live').textContent));</script>",
            encoding="utf-8",
        )
        self.sealed = sealed
        self.page: Page = sealed.open(path)

    def solve(self, *centres: tuple[float, float], minutes: tuple[float, ...] = CUTOFFS, **more: Any) -> Solved:
        """Solve for centres given as (lon, lat)."""
        asked = {"centres": [[lat, lon] for lon, lat in centres], **more}
        found: Solved = self.page.evaluate(SOLVE, {"solve": asked, "minutes": list(minutes)})
        return found

    def road_ids(self, name: str) -> list[int]:
        """List the roads of a name."""
        ids: list[int] = self.page.evaluate("name => engine.routes.filter(r => r.name === name)[0].roads", name)
        return ids


def area_of(found: Solved, minutes: float) -> Any:
    """Put rings together by the even-odd rule."""
    rings = [
        shapely.make_valid(shapely.Polygon([(lon, lat) for lat, lon in ring]))
        for ring in found["at"][f"{minutes:g}"]["rings"]
    ]
    whole: Any = shapely.Polygon()
    for ring in rings:
        whole = shapely.symmetric_difference(whole, ring)
    return whole


def overlap(one: Any, other: Any) -> float:
    """Return intersection over union."""
    return float(shapely.area(shapely.intersection(one, other)) / shapely.area(shapely.union(one, other)))


@pytest.fixture(scope="module")
def skeleton() -> Network:
    return ug.read_network()


@pytest.fixture(scope="module")
def counties() -> gpd.GeoDataFrame:
    return ug.read_counties()


@pytest.fixture(scope="module")
def census() -> pd.DataFrame:
    return ug.read_census(2020, zones="to_host")


@pytest.fixture(scope="module")
def packed(skeleton: Network, counties: gpd.GeoDataFrame, census: pd.DataFrame) -> ug.LiveCircle:
    return ug.live_circle(skeleton, counties, census, origin="济南")


@pytest.fixture(scope="module")
def places(skeleton: Network, counties: gpd.GeoDataFrame) -> list[tuple[float, float]]:
    """Twenty places in both provinces, three of them by the sea, all near enough to a road."""
    rng = np.random.default_rng(SEED)
    chosen = list(BY_THE_SEA)
    for province, many in (("37", 14), ("63", 20)):
        land = shapely.union_all(np.asarray(counties.geometry[counties.index.str.startswith(province)]))
        west, south, east, north = land.bounds
        while len(chosen) < many:
            lon, lat = (round(float(value), 5) for value in (rng.uniform(west, east), rng.uniform(south, north)))
            if not shapely.contains_xy(land, lon, lat):
                continue
            try:
                snap(prepared(skeleton).graph, [Point(lon, lat)], access=skeleton.access, labels=["place"])
            except SnapError:
                continue
            chosen.append((lon, lat))
    return chosen


@pytest.fixture
def engine(sealed_page: SealedPage, packed: ug.LiveCircle, tmp_path: Path) -> Iterator[Engine]:
    made = Engine(sealed_page, packed, tmp_path)
    yield made
    assert made.sealed.faults == []


def compared(
    network: Network,
    frame: gpd.GeoDataFrame,
    solved: dict[str, Solved],
    counties: gpd.GeoDataFrame,
    census: pd.DataFrame,
    **more: Any,
) -> None:
    """Hold what the page found against what Python finds for the same origins."""
    circles = ug.isochrones(network, frame, cutoffs=CUTOFFS, **more)
    minutes = ug.seat_minutes(network, frame, **more)
    covered = ug.coverage(circles, counties, census, seat_minutes=minutes)
    for origin, cutoff in itertools.product(frame.index, CUTOFFS):
        found, where = solved[origin], f"{origin} {cutoff} min {more}"
        assert found["faults"] == []
        assert overlap(area_of(found, cutoff), circles.geometry[origin, float(cutoff)]) >= 0.98, where
        index = covered.index
        here = covered[(index.get_level_values(0) == origin) & (index.get_level_values(1) == float(cutoff))]
        rows = {row["adcode"]: row for row in found["at"][str(cutoff)]["counties"]}
        people = int(here["population"].sum())
        assert found["at"][str(cutoff)]["people"] == pytest.approx(people, rel=0.005), where
        for key, row in here.iterrows():
            adcode, time = key[2], row["seat_time_min"]
            if adcode not in rows:
                # A sliver on the one side of a ten-thousandth of the county, and none on the other.
                assert row["area_share"] < 5e-4, (where, adcode)
                continue
            assert rows[adcode]["share"] == pytest.approx(row["area_share"], abs=0.005), (where, adcode)
            assert (rows[adcode]["seat_min"] is None) == bool(pd.isna(time)), (where, adcode)
            if not pd.isna(time):
                assert rows[adcode]["seat_min"] == pytest.approx(time, abs=0.5), (where, adcode)
            if pd.isna(time) or abs(time - cutoff) > 0.5:
                assert rows[adcode]["verdict"] == row["verdict"], (where, adcode)


def origins_of(places: dict[str, Any]) -> gpd.GeoDataFrame:
    """Make a frame of origins."""
    return gpd.GeoDataFrame(
        {"name": list(places)},
        geometry=list(places.values()),
        index=pd.Index(list(places), name="origin_id"),
        crs="EPSG:4490",
    )


@pytest.mark.browser
@pytest.mark.slow
def test_twenty_places_as_in_python(
    engine: Engine,
    skeleton: Network,
    counties: gpd.GeoDataFrame,
    census: pd.DataFrame,
    places: list[tuple[float, float]],
) -> None:
    named = {f"p{number}": Point(place) for number, place in enumerate(places)}
    solved = {name: engine.solve((point.x, point.y)) for name, point in named.items()}
    compared(skeleton, origins_of(named), solved, counties, census)


@pytest.mark.browser
@pytest.mark.slow
def test_changed_roads_two_centres_and_the_way_there_as_in_python(
    engine: Engine, skeleton: Network, counties: gpd.GeoDataFrame, census: pd.DataFrame
) -> None:
    at, other = (120.37, 36.17), (119.98, 35.87)
    one = origins_of({"one": Point(at)})
    bridge = engine.road_ids(BRIDGE)
    closed = ug.remove_edges(skeleton, where={"road_name": BRIDGE}, note="test")
    found = engine.solve(at, changes={str(road): {"off": True} for road in bridge})
    compared(closed, one, {"one": found}, counties, census)
    slow = ug.set_speed(skeleton, kmh=25, where={"road_name": BRIDGE}, note="test")
    found = engine.solve(at, changes={str(road): {"kmh": 25} for road in bridge})
    compared(slow, one, {"one": found}, counties, census)
    compared(skeleton, one, {"one": engine.solve(at, direction="to")}, counties, census, direction="to")
    both = origins_of({"both": MultiPoint([at, other])})
    compared(skeleton, both, {"both": engine.solve(at, other)}, counties, census)
    # Far apart each has a surface of its own, and the area is that of both.
    far = (101.78, 36.62)
    whole = area_of(engine.solve(at, far, minutes=(30,)), 30)
    parts = [area_of(engine.solve(place, minutes=(30,)), 30) for place in (at, far)]
    assert overlap(whole, shapely.union_all(parts)) > 0.999


@pytest.mark.browser
@pytest.mark.slow
def test_a_road_whose_closing_leaves_an_island(engine: Engine, skeleton: Network) -> None:
    """Closing changes junctions, exits and where one may start: some roads near a centre are closed one by one."""
    at = (101.2, 36.6)
    roads = engine.page.evaluate(
        "at => engine.roads.filter(r => Math.hypot(r.path[0][1] - at[0], r.path[0][0] - at[1]) < 0.5)"
        ".slice(0, 4).map(r => [r.id, r.name, r.path])",
        list(at),
    )
    nodes = skeleton.nodes
    for road, name, path in roads:
        ends = [str(nodes.index[np.hypot(skeleton.lon - lon, skeleton.lat - lat).argmin()]) for lat, lon in path]
        named = {"road_name": name} if name else {}
        closed = ug.remove_edges(skeleton, where={"u": ends, "v": ends} | named, note="test")
        found = engine.solve(at, minutes=(30,), changes={str(road): {"off": True}})
        circle = ug.isochrones(closed, at, cutoffs=[30, 60]).geometry.iloc[0]
        assert overlap(area_of(found, 30), circle) >= 0.98, name


@pytest.mark.browser
def test_larger_holds_smaller_and_nothing_changes_nothing(engine: Engine) -> None:
    at = (120.38, 36.07)
    minutes = (0.5, 7.3, 14.9, 15, 22.2, 41.7, 59.95, 60)
    plain = engine.solve(at, minutes=minutes)
    areas = [area_of(plain, value) for value in minutes]
    for inner, outer in itertools.pairwise(areas):
        assert shapely.area(shapely.difference(inner, outer)) <= 1e-6 * shapely.area(outer)
    people = [plain["at"][f"{value:g}"]["people"] for value in minutes]
    assert people == sorted(people)
    assert engine.solve(at, at, minutes=minutes)["at"] == plain["at"]
    far = engine.page.evaluate("() => engine.roads.filter(r => r.path[0][1] < 100)[0].id")
    assert engine.solve(at, minutes=minutes, changes={str(far): {"off": True}})["at"] == plain["at"]
    assert engine.solve(at, minutes=minutes)["at"] == plain["at"]
    curve = engine.page.evaluate("at => engine.solve({centres: [at]}).curve(20)", [at[1], at[0]])
    assert [row[0] for row in curve] == [20, 40, 60]
    assert curve[-1][1] == people[-1]


@pytest.mark.browser
def test_places_that_cannot_be_used_are_told(engine: Engine, skeleton: Network) -> None:
    at, far, sea = (120.38, 36.07), (91.5, 33.5), (120.25, 36.11)
    with pytest.raises(SnapError, match=r"\d+\.\d km"):
        ug.isochrones(skeleton, far, cutoffs=[30])
    found = engine.solve(at, far, minutes=(30,))
    (fault,) = found["faults"]
    assert (fault["centre"], fault["code"]) == (1, "too_far")
    assert fault["metres"] > skeleton.access.max_m
    # The other one is solved all the same.
    assert found["at"]["30"] == engine.solve(at, minutes=(30,))["at"]["30"]
    lone = engine.solve(far, minutes=(30,))
    assert lone["at"]["30"] == {"rings": [], "counties": [], "people": 0}
    assert engine.solve((200, 95), minutes=(30,))["faults"] == [{"centre": 0, "code": "no_place", "metres": None}]
    assert [one["at_sea"] for one in engine.solve(at, sea, minutes=(30,))["snapped"]] == [False, True]
    snapped = engine.solve(at, minutes=(30,))["snapped"][0]
    circle = ug.isochrones(skeleton, at, cutoffs=[30], cell_m=2000)
    assert snapped["metres"] == pytest.approx(circle["snap_m"].iloc[0], abs=0.1)
    for wrong in (
        "engine.solve({centres: [], direction: 'up'})",
        "engine.solve({centres: [], changes: {99999: {off: true}}})",
        "engine.solve({centres: [], changes: {0: {kmh: -1}}})",
        "engine.solve({centres: []}).rings(61)",
    ):
        said = engine.page.evaluate(f"() => {{ try {{ {wrong}; return ''; }} catch (e) {{ return e.message; }} }}")
        assert "expected" in said


@pytest.mark.browser
def test_the_map_of_the_page_is_the_map_of_python(engine: Engine) -> None:
    from pyproj import Transformer

    rng = np.random.default_rng(1)
    lon, lat = 120.38, 36.07
    points = np.column_stack([rng.uniform(118, 123, 200), rng.uniform(34, 38.5, 200)])
    there = Transformer.from_crs("EPSG:4490", local_metric(lon, lat), always_xy=True)
    drawn = engine.page.evaluate(
        """([lon, lat, points]) => {
            const map = urbangeoLive.mapRound(lon, lat);
            const table = urbangeoLive.backTable(map, -250e3, -250e3, 250e3, 300e3);
            return points.map(p => {
                const xy = Object.assign({}, map.forward(p[0], p[1])), back = Object.assign({}, map.back(xy.x, xy.y));
                const quick = table(xy.x, xy.y);
                return [xy.x, xy.y, back.x, back.y, quick.x, quick.y];
            });
        }""",
        [lon, lat, points.tolist()],
    )
    found = np.array(drawn)
    assert np.abs(found[:, :2] - np.column_stack(there.transform(*points.T))).max() < 1e-3
    assert np.abs(found[:, 2:4] - points).max() < 1e-9
    inside = (np.abs(found[:, 0]) < 250e3) & (np.abs(found[:, 1]) < 250e3)
    assert np.abs(found[inside, 4:] - points[inside]).max() < 1e-8


def toy_road(*, bent: bool = False, leg: AccessLeg | None = None) -> Network:
    """One road of 40 km along a parallel, at 60 km/h, which may be left anywhere."""
    from dataclasses import replace

    nodes = pd.DataFrame({"node_id": ["a", "b", "c"], "x": [100.0, 100.22182, 100.44364], "y": [36.0] * 3})
    lines = [
        LineString([(100.0, 36.0), (100.1, 36.05), (100.22182, 36.0)]),
        LineString([(100.22182, 36.0), (100.44364, 36.0)]),
    ]
    edges: Any = pd.DataFrame(
        {
            "from": ["a", "b"],
            "to": ["b", "c"],
            "length_m": [20_000.0] * 2,
            "speed_kmh": [60.0] * 2,
            "road_name": ["west", "east"],
            "road_class": ["trunk_1"] * 2,
            "access": ["along"] * 2,
        }
    )
    if bent:
        edges = gpd.GeoDataFrame(edges, geometry=lines, crs="EPSG:4490")
    made = ug.network_from_tables(nodes, edges, oneway=False, crs="EPSG:4490")
    return replace(made, access=leg or AccessLeg(30.0, 1.0, 15_000.0))


@pytest.mark.browser
def test_a_straight_road_by_hand(sealed_page: SealedPage, tmp_path: Path) -> None:
    """Ten minutes from the middle: 10 km along the road, 5 km aside, and tangents from the tips to the disc between.

    The tips lie at twice the radius, so the tangents meet the disc 60 degrees off the road: four right triangles of
    5 by 5·√3 km and two sixths of the disc.
    """
    live = ug.live_circle(toy_road(), None, origin=(100.22182, 36.0), limit_min=20, cell_m=100, land="everywhere")
    engine = Engine(sealed_page, live, tmp_path)
    by_hand = 4 * 5 * 5 * math.sqrt(3) / 2 + math.pi * 25 / 3
    area = area_of(engine.solve((100.22182, 36.0), minutes=(10,)), 10)
    assert float(area_km2(gpd.GeoDataFrame(geometry=[area], crs="EPSG:4490"))[0]) == pytest.approx(by_hand, rel=2e-3)
    # Without its eastern half only the leg is left there: half of the shape, and half a disc.
    east = engine.road_ids("east")
    area = area_of(engine.solve((100.22182, 36.0), minutes=(10,), changes={str(east[0]): {"off": True}}), 10)
    half = by_hand / 2 + math.pi * 25 / 2
    assert float(area_km2(gpd.GeoDataFrame(geometry=[area], crs="EPSG:4490"))[0]) == pytest.approx(half, rel=2e-3)
    assert sealed_page.faults == []


@pytest.mark.browser
def test_a_bent_road_as_in_python(sealed_page: SealedPage, tmp_path: Path) -> None:
    network = toy_road(bent=True)
    live = ug.live_circle(network, None, limit_min=30, cell_m=200, land="everywhere")
    engine = Engine(sealed_page, live, tmp_path)
    for at in ((100.07, 36.03), (100.3, 35.99), (100.0, 36.0)):
        circle = ug.isochrones(network, at, cutoffs=[12, 30], cell_m=200, land="everywhere").geometry
        found = engine.solve(at, minutes=(12, 30))
        assert overlap(area_of(found, 12), circle.iloc[0]) > 0.99
        assert overlap(area_of(found, 30), circle.iloc[1]) > 0.99
    assert sealed_page.faults == []


@pytest.mark.browser
def test_a_surface_keeps_its_times_and_areas(
    sealed_page: SealedPage, skeleton: Network, counties: gpd.GeoDataFrame, census: pd.DataFrame, tmp_path: Path
) -> None:
    live = ug.live_circle(skeleton, counties, census, origin="西宁", source="surface", limit_min=45, cell_m=250)
    assert (live.source, live.reason) == ("surface", "asked")
    assert live.nbytes < 2_000_000
    # Packed a little beyond the limit: two cells of 250 m, and of the leg at 36 km/h by circuity 1.3.
    surface = ug.travel_time_surface(skeleton, "西宁", limit_min=45 + 0.5 * 1.3 / 36 * 60, cell_m=250)
    engine = Engine(sealed_page, live, tmp_path)
    read = engine.page.evaluate(
        "() => { const s = JSON.parse(document.getElementById('live').textContent).surfaces[0];"
        " return Array.from(urbangeoLive.readSurface(s).minutes, v => v === v ? v : null); }"
    )
    minutes = np.array([np.nan if value is None else value for value in read]).reshape(surface.minutes.shape)
    assert (np.isnan(minutes) == np.isnan(surface.minutes)).all()
    assert np.nanmax(np.abs(minutes - surface.minutes)) <= QUANTUM_MIN / 2 + 1e-4
    circles = ug.isochrones(skeleton, "西宁", cutoffs=[20, 45], cell_m=250)
    found = engine.page.evaluate(SOLVE, {"solve": {"circle": 0}, "minutes": [20, 33.3, 45]})
    assert overlap(area_of(found, 20), circles.geometry.iloc[0]) >= 0.98
    assert overlap(area_of(found, 45), circles.geometry.iloc[1]) >= 0.98
    seat = ug.seat_minutes(skeleton, "西宁").xs("西宁", level="origin_id")["time_min"]
    for row in found["at"]["45"]["counties"]:
        assert row["seat_min"] == pytest.approx(seat[row["adcode"]], abs=0.001)
    assert sealed_page.faults == []


def unpacked(text: str, lanes: int = 1) -> list[int]:
    """Read packed whole numbers, by the definition and one by one."""
    out: list[int] = []
    last, value, weight = [0] * lanes, 0, 1
    for byte in base64.b64decode(text):
        value += (byte & 127) * weight
        weight *= 128
        if byte < 128:
            lane = len(out) % lanes
            last[lane] += -(value + 1) // 2 if value % 2 else value // 2
            out.append(last[lane])
            value, weight = 0, 1
    return out


@given(st.lists(st.integers(-(2**50), 2**50)), st.sampled_from([1, 2]))
def test_whole_numbers_come_back(values: list[int], lanes: int) -> None:
    assert unpacked(pack_integers(values, lanes), lanes) == values


def test_lines_and_truths_come_back() -> None:
    lines = [np.array([[100.0, 36.0], [100.000001, 35.999999]]), np.array([[-1.5, 2.25], [3.0, -4.0], [0.0, 0.0]])]
    coded = pack_lines(lines)
    assert unpacked(coded["counts"]) == [2, 3]
    points = np.reshape(unpacked(coded["points"], 2), (-1, 2)) / coded["scale"]
    assert np.abs(points - np.concatenate(lines)).max() < 1e-9
    assert list(base64.b64decode(pack_bits([True, False, False, False, False, False, False, False, True]))) == [1, 1]


def test_the_skeleton_is_small_and_always_the_same(
    packed: ug.LiveCircle, skeleton: Network, counties: gpd.GeoDataFrame, census: pd.DataFrame
) -> None:
    text = json.dumps(packed.payload, ensure_ascii=False, allow_nan=False)
    again = ug.live_circle(skeleton, counties, census, origin="济南")
    assert json.dumps(again.payload, ensure_ascii=False, allow_nan=False) == text
    assert (packed.source, packed.reason) == ("graph", "fits")
    assert packed.nbytes < 300_000
    assert len(json.dumps([packed.payload["graph"], packed.payload["roads"]], ensure_ascii=False)) < 110_000
    assert packed.adcodes == tuple(counties.index)
    assert packed.payload["marks"] == {"skeleton": True, "unconfirmed": ["济南"]}
    assert sum(node >= 0 for node in packed.payload["seats"]) == len(ug.county_seats(skeleton))
    roads = packed.payload["roads"]
    assert len(roads["route"]) == len(roads["class"]) == len(roads["kmh"]) == len(roads["piece"])
    assert len(unpacked(packed.payload["graph"]["edge_ms"])) == len(skeleton.u)


def test_faulty_input_is_refused(skeleton: Network, counties: gpd.GeoDataFrame, census: pd.DataFrame) -> None:
    asked: Any
    for asked, words in (
        ({"rule": "luck"}, "luck"),
        ({"source": "magic"}, "magic"),
        ({"limit_min": -3}, "minutes"),
        ({"cell_m": 0}, "cell_m"),
        ({"direction": "up"}, "direction"),
        ({"source": "surface"}, "origin="),
    ):
        with pytest.raises(InputError, match=words):
            ug.live_circle(skeleton, None, **asked)
    with pytest.raises(InputError, match="counties"):
        ug.live_circle(skeleton, None, census)
    with pytest.raises(JoinError):
        ug.live_circle(skeleton, counties.iloc[1:], census)
    with pytest.raises(SnapError):
        ug.live_circle(skeleton, None, origin=(91.5, 33.5))


def test_a_network_of_another_impedance_or_without_roads_is_refused(tmp_path: Path) -> None:
    from dataclasses import replace

    road = toy_road()
    by_length = replace(road, impedance="length_m", length_m=road.length_m / 1000)
    with pytest.raises(InputError, match="impedance"):
        ug.live_circle(by_length, None, land="everywhere", source="graph")
    with pytest.raises(InputError, match="impedance is not its minutes"):
        ug.live_circle(by_length, None, land="everywhere")
    ready = ug.prepare_network(toy_road(), tmp_path / "ready")
    with pytest.raises(InputError, match="single roads"):
        ug.live_circle(ug.open_prepared(tmp_path / "ready"), None, source="graph")
    live = ug.live_circle(
        ready, None, origin=(100.2, 36.0), limit_min=10, cell_m=500, land="everywhere", source="surface"
    )
    assert live.payload["surfaces"][0]["rows"] > 2


def test_a_surface_needs_its_own_map() -> None:
    surface = TravelTimeSurface(np.zeros((2, 2), np.float32), 0, 0, 100.0, "EPSG:32650", 30.0, {})
    with pytest.raises(InputError, match="EPSG:32650"):
        quantised(surface)


def test_land_of_ones_own_is_packed() -> None:
    island = gpd.GeoSeries([box(99.9, 35.9, 100.6, 36.1)], crs="EPSG:4490")
    live = ug.live_circle(toy_road(), None, land=island)
    points = np.reshape(unpacked(live.payload["land"]["points"], 2), (-1, 2)) / live.payload["land"]["scale"]
    assert points.min(axis=0).tolist() == pytest.approx([99.9, 35.9], abs=1e-5)
    wide = np.reshape(unpacked(live.payload["wide_land"]["points"], 2), (-1, 2)) / live.payload["wide_land"]["scale"]
    assert wide[:, 1].min() == pytest.approx(35.9 - 500 / 110_950, abs=2e-4)


def test_a_road_driven_at_two_speeds_tells_both() -> None:
    place = town("A---B---C", Road("ABC"), middle="A")
    live = ug.live_circle(place.network, None, limit_min=30)
    assert live.payload["roads"]["kmh"] == [60, 60]
    assert "most_kmh" not in live.payload["roads"]
    quick = (place.network.u > place.network.v) & (place.network.v == place.network.u.min())
    faster = replace(place.network, speed_kmh=np.where(quick, 80.0, place.network.speed_kmh))
    roads = ug.live_circle(faster, None, limit_min=30).payload["roads"]
    assert (roads["kmh"], roads["most_kmh"]) == ([60, 60], [80, 60])
