"""The travel-time surface: analytic truth, brute force, water, and what leaves as a GeoTIFF."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from old_routing import Start, compile_network, project_nodes, reached_pieces, start_at, state_times
from shapely import MultiPoint, Point, box
from towns import PLAIN, PLANE, WALK, Road, Town, degrees, ground, origins, random_town, slower_network, town, town_of

from urbangeo.areas.ground import surface as surface_module
from urbangeo.areas.ground.surface import (
    Grid,
    TravelTimeSurface,
    default_cell_m,
    fill_surface,
    lower_field,
)
from urbangeo.areas.isochrones import travel_time_surface
from urbangeo.errors import CrsError, InputError, OutputError
from urbangeo.language.crs import CGCS2000, local_metric
from urbangeo.sources.network import AccessLeg

MS = 1 / 60_000
"""A millisecond, minutes."""


def centres(surface: TravelTimeSurface) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y of every cell centre, metres."""
    rows, columns = surface.minutes.shape
    x = surface.west + surface.cell_m * np.arange(columns)
    y = surface.north - surface.cell_m * np.arange(rows)
    x2, y2 = np.meshgrid(x, y)
    return x2, y2


def at(surface: TravelTimeSurface, x: float, y: float) -> float:
    """Minutes at a cell centre."""
    column, row = (x - surface.west) / surface.cell_m, (surface.north - y) / surface.cell_m
    assert column == round(column) >= 0, "not a cell centre"
    assert row == round(row) >= 0, "not a cell centre"
    return float(surface.minutes[round(row), round(column)])


def surface_from(
    place: Town,
    node: str,
    *,
    limit_min: float = 60.0,
    access: AccessLeg | None = None,
    cell_m: float | None = 250.0,
    land: gpd.GeoSeries = PLAIN,
) -> TravelTimeSurface:
    origin = place.at(node)
    return travel_time_surface(place.network, origin, limit_min=limit_min, access=access, cell_m=cell_m, land=land)


def test_single_road_by_hand() -> None:
    # Road due east from A at 60 km/h: 1 min/km. Off it 5 km/h of straight line: 12 min/km, at most 2 km.
    # One leaves the road where the leg makes the angle whose cosine is 1/12, so at (x, y) with x > y/√143
    #     t = x · 1 + y · √(12² − 1²) = x + 11.958 y   (km, min)
    place = town("A-------------------B", Road("AB"), middle="A")
    surface = surface_from(place, "A", limit_min=30)
    assert at(surface, 5_000, 0) == pytest.approx(5.0, abs=0.01)
    assert at(surface, 5_000, 500) == pytest.approx(5 + 0.5 * 143**0.5, abs=0.01)
    assert at(surface, 5_000, -1_500) == pytest.approx(5 + 1.5 * 143**0.5, abs=0.01)
    # Behind A one walks from A: 1 km × 12; beyond B from B: 20 + 0.5 × 12.
    assert at(surface, -1_000, 0) == pytest.approx(12.0, abs=0.01)
    assert at(surface, 20_500, 0) == pytest.approx(26.0, abs=0.01)
    # 1.75 km off at 8 km: 8 + 20.93 = 28.93 within; 10 km: 30.93 is beyond the limit but inside the margin of three
    # cells (9 min), where the true value stands too, so that the contour at 30 is drawn between true values.
    assert at(surface, 8_000, 1_750) == pytest.approx(8 + 1.75 * 143**0.5, abs=0.01)
    assert at(surface, 10_000, 1_750) == pytest.approx(10 + 1.75 * 143**0.5, abs=0.01)
    assert surface.limit_min == 30
    assert surface.minutes.dtype == np.float32


def test_the_largest_access_leg_is_kept() -> None:
    place = town("A-------------------B", Road("AB"), middle="A")
    surface = surface_from(place, "A", limit_min=60)
    # 2.25 km off the road is farther than 2 km, however much time is left.
    assert np.isnan(at(surface, 5_000, 2_250))
    assert np.isnan(at(surface, -2_250, 0))
    assert at(surface, -2_000, 0) == pytest.approx(24, abs=0.01)
    # At 2 km one can only leave at the foot of the perpendicular: 5 + 24, not 5 + 23.92.
    assert at(surface, 5_000, 2_000) == pytest.approx(29, abs=0.01)
    _, y = centres(surface)
    assert float(np.abs(y[~np.isnan(surface.minutes)]).max()) == 2_000


def test_circuity_and_speed_of_the_leg_both_count() -> None:
    place = town("A-------------------B", Road("AB"), middle="A")
    # 30 km/h over 1.5 times the line: 20 km/h, 3 min/km. At (10 km, 3 km): 10 + 3 · √(9 − 1) = 18.485.
    surface = surface_from(place, "A", limit_min=30, access=AccessLeg(30, 1.5, 8_000))
    assert at(surface, 10_000, 3_000) == pytest.approx(10 + 3 * 8**0.5, abs=0.01)
    assert surface.parameters["access_circuity"] == 1.5


def test_a_road_slower_than_the_leg_is_left_as_soon_as_the_leg_reaches() -> None:
    # Road at 3 km/h: 20 min/km; leg 12 min/km, at most 2 km. To (1.5, 0) one walks straight: 18. To (3, 0): 1 km of
    # road, then 2 km of leg: 20 + 24 = 44. To (3, 1.5): leave at 3 − √(4 − 2.25) = 1.677: 33.54 + 24 = 57.54.
    place = town("A-----B", Road("AB", kmh=3), middle="A")
    surface = surface_from(place, "A", limit_min=120)
    assert at(surface, 1_500, 0) == pytest.approx(18, abs=0.01)
    assert at(surface, 3_000, 0) == pytest.approx(44, abs=0.01)
    assert at(surface, 3_000, 1_500) == pytest.approx(24 + 20 * (3 - 1.75**0.5), abs=0.01)
    x, y = centres(surface)
    beside = (x >= 0) & (x <= 6_000) & (np.abs(y) < 2_000) & (20 * x / 1_000 < 100)
    assert not np.isnan(surface.minutes[beside]).any()


def test_a_place_off_the_road_walks_all_round_itself() -> None:
    # The origin lies 1 km north of the road: 12 min to it. (0, 1 km) north of the origin is 12 min on foot.
    place = town("          *\nA-------------------B", Road("AB"))
    surface = travel_time_surface(place.network, place.star(), limit_min=30, land=PLAIN, cell_m=250)
    assert at(surface, 0, 0) == 0
    assert at(surface, 0, 1_000) == pytest.approx(12, abs=0.01)
    assert at(surface, 4_000, -1_000) == pytest.approx(16, abs=0.02)
    assert at(surface, -4_000, -1_000) == pytest.approx(16, abs=0.02)


def test_one_way_roads_are_left_ahead_only_and_reached_from_behind() -> None:
    leg = replace(WALK, max_m=1_000)
    place = town("A-*-B\n|   |\n|   |\n|   |\nD---C", Road("ABCDA", oneway=True), access=leg)
    origin = place.star()
    out = travel_time_surface(place.network, origin, limit_min=10, land=PLAIN, cell_m=250)
    assert at(out, 1_500, 0) == pytest.approx(1.5, abs=0.01)
    # 500 m back against the traffic one walks: 6 min.
    assert at(out, -500, 0) == pytest.approx(6, abs=0.01)
    back = travel_time_surface(place.network, origin, limit_min=10, direction="to", land=PLAIN, cell_m=250)
    assert at(back, -1_500, 0) == pytest.approx(1.5, abs=0.01)
    assert at(back, 500, 0) == pytest.approx(6, abs=0.01)


def test_toll_road_is_left_at_its_interchange_after_paying() -> None:
    # A–B village road 5 km, B–C expressway 20 km at 120 km/h with toll, C an interchange with nothing behind it.
    place = town(
        "A----B-------------------C",
        Road("AB"),
        Road("BC", kmh=120, access="ends_only", toll=True),
        kinds={"C": "interchange"},
        toll_min=1.0,
        middle="A",
    )
    surface = surface_from(place, "A", limit_min=40)
    # 5 min to B, 1 in, 10 on the expressway, 1 out.
    assert at(surface, 25_000, 0) == pytest.approx(5 + 1 + 10 + 1, abs=0.02)
    assert at(surface, 25_000, 1_000) == pytest.approx(5 + 1 + 10 + 1 + 12, abs=0.02)
    # In between nobody gets off.
    assert np.isnan(at(surface, 15_000, 0))


def brute_force(
    place: Town, node: str, x: NDArray[np.float64], y: NDArray[np.float64], *, max_m: float, step_m: float
) -> NDArray[np.float64]:
    """Least minutes at points by trying a place to leave every few metres along every edge, times by networkx."""
    network = place.network
    graph: nx.DiGraph[str] = nx.DiGraph()
    records = network.edges.reset_index().to_dict("records")
    for edge in records:
        graph.add_edge(edge["u"], edge["v"], time=edge["time_min"])
    reached = nx.single_source_dijkstra_path_length(graph, node, weight="time")
    here = place.spot(node)
    xy = dict(zip(network.nodes.index, project_nodes(network, local_metric(here.x, here.y)), strict=True))
    spots = [(*xy[node], 0.0)]
    for edge in records:
        if edge["access"] == "along":
            first, run = xy[edge["u"]], xy[edge["v"]] - xy[edge["u"]]
            for share in np.linspace(0, 1, int(np.hypot(*run) / step_m) + 2):
                spots.append((*(first + share * run), reached[edge["u"]] + share * edge["time_min"]))
    spots += [(*xy[name], reached[name]) for name in xy if network.nodes.loc[name, "kind"] == "interchange"]
    best = np.full(x.shape, np.inf)
    for px, py, spent in spots:
        leg = np.hypot(x - px, y - py)
        best = np.where(leg <= max_m, np.minimum(best, spent + leg * network.access.ms_per_m * MS), best)
    return best


STEP_M = 20.0


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.floats(8, 40))
def test_equals_brute_force_on_random_towns(seed: int, limit: float) -> None:
    """Every cell up to the limit agrees with trying an exit each 20 m.

    A tried exit is a real one, so the surface is never later than brute force (but for the milliseconds every edge is
    rounded to). And it is never sooner than brute force with a leg one step longer, less what half a step on the road
    and on the leg takes: 10 m at both slownesses.
    """
    place = random_town(seed)
    network = place.network
    surface = travel_time_surface(network, place.at("A"), limit_min=limit, land=PLAIN, cell_m=500)
    x, y = centres(surface)
    found = surface.minutes.astype(float)
    found[np.isnan(found)] = np.inf
    leg = network.access
    tried = brute_force(place, "A", x, y, max_m=leg.max_m * (1 - 1e-9), step_m=STEP_M)
    rounding = len(network.edges) * MS + 1e-4
    late = (tried <= limit) & (found > tried + rounding)
    assert not late.any(), (found[late], tried[late])
    generous = brute_force(place, "A", x, y, max_m=leg.max_m + STEP_M, step_m=STEP_M)
    slowest = float((network.edges["time_min"] / network.edges["length_m"]).max())
    tolerance = STEP_M / 2 * (leg.ms_per_m * MS + slowest) + rounding
    early = (found <= limit) & (found < generous - tolerance)
    assert not early.any(), (found[early], generous[early])


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.floats(1.2, 4))
def test_slower_everywhere_is_the_same_surface_in_more_minutes(seed: int, factor: float) -> None:
    network = random_town(seed).network
    place = random_town(seed)
    fast = travel_time_surface(network, place.at("A"), limit_min=15, land=PLAIN, cell_m=500)
    slow = travel_time_surface(
        slower_network(network, factor), place.at("A"), limit_min=15 * factor, land=PLAIN, cell_m=500
    )
    within = fast.minutes <= 15
    x, y = centres(fast)
    again = np.array([at(slow, a, b) for a, b in zip(x[within], y[within], strict=True)])
    np.testing.assert_allclose(again, fast.minutes[within] * factor, atol=2e-3)
    assert int((slow.minutes <= 15 * factor).sum()) == pytest.approx(int(within.sum()), abs=2)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["from", "to"]))
def test_every_cell_is_at_most_one_step_from_its_neighbour(seed: int, direction: Any) -> None:
    """Where walking is allowed all round, two cells differ by no more than the walk between them."""
    place = random_town(seed)
    access = replace(place.network.access, max_m=50_000.0)
    surface = travel_time_surface(
        place.network, place.at("A"), limit_min=20, direction=direction, access=access, land=PLAIN, cell_m=500
    )
    step = 500 * access.ms_per_m * MS + 1e-4
    minutes = surface.minutes.astype(float)
    for axis in (0, 1):
        assert np.nanmax(np.abs(np.diff(minutes, axis=axis))) <= step


# --- water -----------------------------------------------------------------------------------------------------------

FERRYMAN = AccessLeg(speed_kmh=60, circuity=1.0, max_m=8_000)
"""A leg so fast and long that only the water holds it back: 1 min/km."""


def shore(width_m: float) -> gpd.GeoSeries:
    """Land south of y = 0 and north of y = width, joined in the far west (x < −20 km) only."""
    return ground(
        box(-40_000, -30_000, 40_000, 0), box(-40_000, width_m, 40_000, 40_000), box(-40_000, -1_000, -20_000, 40_000)
    )


def across(width_m: float) -> tuple[TravelTimeSurface, Callable[[float, float], float]]:
    """Surface from the middle of a road 1 km south of the water, and the minutes at metres of the map."""
    place = town_of({"A": (-5_000, -1_000), "B": (5_000, -1_000)}, Road("AB"), access=FERRYMAN)
    origin = place.at("A", east=5_000)
    surface = travel_time_surface(place.network, origin, limit_min=15, cell_m=100, land=shore(width_m))
    return surface, lambda x, y: float(surface.sample(degrees([(x, y)]))[0])


def test_a_bay_is_not_crossed() -> None:
    # 3 km of water: the far shore at y = 3 km is 4 km from the road, well within a leg of 8 km and 4 min.
    surface, minutes = across(3_000)
    assert minutes(0, -100) == pytest.approx(0.9, abs=0.01)
    assert np.isnan(minutes(0, 3_500))
    assert np.isnan(minutes(4_000, 4_500))
    _, y = centres(surface)
    # Nothing beyond the shore tolerance: y is counted from the origin, 1 km south of the shore.
    reached = y[~np.isnan(surface.minutes)]
    assert float(reached.max()) <= 1_000 + surface_module.SHORE_TOLERANCE_M + 100
    # Without the bay the same place is reached in 4.5 min.
    place = town("A----*----B", Road("AB"), access=FERRYMAN)
    dry = travel_time_surface(place.network, place.star(), limit_min=15, cell_m=100, land=PLAIN)
    assert at(dry, 0, 4_500) == pytest.approx(4.5, abs=0.01)


def test_an_inlet_narrower_than_the_shore_is_known_is_crossed() -> None:
    # 400 m of water: within the 500 m to which a shore is known, on either side.
    _, minutes = across(400)
    assert minutes(0, 2_000) == pytest.approx(3.0, abs=0.02)


def test_another_point_of_the_road_may_see_round_a_bay() -> None:
    # A square bay of 3 km (x −1.5 … 1.5 km) cuts in from the north to 200 m of the road. A place west of the bay is
    # reached from the western part of the road, though the quickest leg from the origin in the east crosses water.
    place = town("A-------------------B", Road("AB"), access=FERRYMAN)
    land = ground(box(-60_000, -30_000, 60_000, 700), box(-60_000, 0, -1_500, 30_000), box(1_500, 0, 60_000, 30_000))
    surface = travel_time_surface(place.network, place.at("B", east=-5_000), limit_min=30, cell_m=100, land=land)
    x = -2_500.0 - 5_000.0
    west_of_bay = at(surface, x, 3_000)
    # 7.5 km of road and 3 km of leg is the most it can take; the straight line, 8.08 km, would cross the water.
    assert 8.08 < west_of_bay <= 10.5 + 0.01
    assert np.isnan(at(surface, -5_000, 4_000))


def test_land_far_away_leaves_nothing_to_walk_on() -> None:
    place = town("A---------B", Road("AB"))
    elsewhere = gpd.GeoSeries([box(110, 31, 112, 33)], crs=CGCS2000)
    surface = surface_from(place, "A", limit_min=10, land=elsewhere)
    assert np.isnan(surface.minutes).all()


# --- sizes -----------------------------------------------------------------------------------------------------------


def test_too_fine_a_grid_is_refused_with_a_size_that_fits() -> None:
    place = town("A-------------------B", Road("AB"))
    with pytest.raises(InputError, match=r"larger than 50,000,000 cells; use cell_m of at least \d+") as caught:
        surface_from(place, "A", limit_min=60, cell_m=0.5)
    assert "48" in str(caught.value)
    fits = float(str(caught.value).rsplit(" ", 1)[1].rstrip("."))
    assert surface_from(place, "A", limit_min=60, cell_m=fits).minutes.size <= 50_000_000


@settings(max_examples=10)
@given(st.floats(5, 100), st.integers(0, 2**32 - 1))
def test_the_size_offered_does_fit(cell_m: float, seed: int) -> None:
    place = random_town(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(surface_module, "MAX_CELLS", 40_000)
        try:
            surface = surface_from(place, "A", limit_min=20, access=FERRYMAN, cell_m=cell_m)
        except InputError as error:
            match = re.search(r"at least (\d+)", str(error))
            assert match is not None
            surface = surface_from(place, "A", limit_min=20, access=FERRYMAN, cell_m=float(match[1]))
        assert surface.minutes.size <= 40_000


@pytest.mark.parametrize("cell_m", [0, -250, float("nan"), float("inf")])
def test_a_cell_must_have_a_size(cell_m: float) -> None:
    place = town("A-B", Road("AB"))
    with pytest.raises(InputError, match="expected a positive number of metres"):
        surface_from(place, "A", cell_m=cell_m)


def test_one_surface_belongs_to_one_origin() -> None:
    place = town("A---------B", Road("AB"))
    two = origins({"A": place.spot("A"), "B": place.spot("B")})
    with pytest.raises(InputError, match="one origin, got 2"):
        travel_time_surface(place.network, two, land=PLAIN)
    both = origins({"AB": MultiPoint([place.spot("A"), place.spot("B")])})
    surface = travel_time_surface(place.network, both, limit_min=10, land=PLAIN, cell_m=250)
    # In the middle, 5 km from either.
    assert at(surface, 0, 0) == pytest.approx(5, abs=0.02)
    assert at(surface, -5_000, 0) == pytest.approx(0, abs=0.02)


def test_default_cells() -> None:
    # 0.5 % of the diameter, from below: 120 km → 500; 60 km (an hour) → 250; 20 km → 100; less → 50.
    assert [default_cell_m(reach) for reach in (120_000, 60_000, 20_000, 19_000, 1_000)] == [500, 250, 100, 50, 50]
    place = town("A-B", Road("AB"))
    assert surface_from(place, "A", limit_min=60, cell_m=None).cell_m == 250
    assert surface_from(place, "A", limit_min=20, cell_m=None).cell_m == 100


def test_a_surface_in_degrees_is_refused() -> None:
    start = Start(np.array([0]), np.array([0]), np.zeros((1, 2)), np.zeros((0, 6)), 0.0, CGCS2000)
    place = town("A-B", Road("AB"))
    graph = compile_network(place.network)
    pieces = reached_pieces(graph, project_nodes(place.network, PLANE), start, state_times(graph, start, 10**6), 10**6)
    with pytest.raises(CrsError, match=r"EPSG:4490.*metres"):
        fill_surface(pieces, access=WALK, limit_ms=10**6, cell_m=250, crs=CGCS2000, land=None, parameters={})


def test_pieces_of_road_by_hand() -> None:
    place = town("A--*------B", Road("AB"))
    graph = compile_network(place.network)
    start = start_at(graph, place.network, place.spot("A", east=3_000), access=WALK, label="o")
    times = state_times(graph, start, 5 * 60_000)
    pieces = reached_pieces(graph, project_nodes(place.network, start.crs), start, times, 5 * 60_000)
    # The origin itself, the rest of the edge both ways (7 and 3 min), A as a landing at 3 min, and the edge A→B from
    # A on at 3 min; B lies beyond 5 min.
    expected = [
        (0, 0, 0, 0, 0, 0),
        (0, 0, 7_000, 0, 0, 7 * 60_000),
        (0, 0, -3_000, 0, 0, 3 * 60_000),
        (-3_000, 0, -3_000, 0, 3 * 60_000, 0),
        (-3_000, 0, 7_000, 0, 3 * 60_000, 10 * 60_000),
    ]
    np.testing.assert_allclose(pieces, expected, atol=5)


# --- reading and writing ---------------------------------------------------------------------------------------------


def plane(values: NDArray[np.float32]) -> TravelTimeSurface:
    return TravelTimeSurface(values, -1_000.0, 500.0, 500.0, PLANE, 60.0, {"origin_id": "toy", "mode": "drive"})


def test_sample_is_bilinear_by_hand() -> None:
    # Centres at x = −1000, −500, 0 and y = 500, 0.
    surface = plane(np.array([[10, 20, 40], [30, 60, np.nan]], dtype=np.float32))
    spots = [(-999.999, 499.999), (-750, 499.999), (-999.999, 250), (-750, 250), (-875, 125)]
    # Halfway along the top: 15; down the left: 20; in the middle of the four: 30; a quarter along and three quarters
    # down: 0.25·(0.75·10 + 0.25·20) + 0.75·(0.75·30 + 0.25·60) = 3.125 + 28.125 = 31.25.
    found = surface.sample(degrees(spots))
    np.testing.assert_allclose(found, [10, 15, 20, 30, 31.25], atol=0.002)
    # Where one of the four is missing, and outside the grid, nothing is known.
    assert np.isnan(surface.sample(degrees([(-250, 250), (-1_100, 250), (-750, 600), (100, 100), (-750, -10)]))).all()


def test_sample_takes_points_of_any_known_system() -> None:
    surface = plane(np.array([[10, 20, 40], [30, 60, 80]], dtype=np.float32))
    points = degrees([(-750, 250)])
    systems: list[gpd.GeoSeries] = [points, points.to_crs("EPSG:32647"), points.to_crs(PLANE)]
    for moved in systems:
        assert surface.sample(moved)[0] == pytest.approx(30, abs=1e-3)
    with pytest.raises(CrsError, match="no coordinate reference system; set it with set_crs"):
        surface.sample(gpd.GeoSeries(list(points)))
    assert surface.sample(points.head(0)).shape == (0,)


@given(st.floats(-1_000, 0), st.floats(0, 500), st.tuples(*[st.floats(0, 60, width=32)] * 6))
def test_sample_stays_between_the_values_round_it(x: float, y: float, values: tuple[float, ...]) -> None:
    surface = plane(np.array(values, dtype=np.float32).reshape(2, 3))
    found = float(surface.sample(gpd.GeoSeries([Point(x, y)], crs=PLANE))[0])
    assert min(values) - 1e-6 <= found <= max(values) + 1e-6


def test_geotiff_round_trip(tmp_path: Path) -> None:
    place = town("A---------B", Road("AB"), middle="A")
    surface = surface_from(place, "A", limit_min=20)
    path = surface.to_geotiff(tmp_path / "deep" / "minutes.tif")
    assert path == tmp_path / "deep" / "minutes.tif"
    with rasterio.open(path) as raster:
        assert raster.count == 1
        assert raster.dtypes == ("float32",)
        assert np.isnan(raster.nodata)
        np.testing.assert_array_equal(raster.read(1), surface.minutes)
        assert raster.crs == rasterio.CRS.from_string(surface.crs)
        # Pixel centres are cell centres; rows run southwards.
        assert raster.xy(0, 0) == (surface.west, surface.north)
        assert raster.res == (250, 250)
        assert raster.transform.e == -250
        assert raster.tags()["unit"] == "minutes"
        assert raster.tags()["origin_id"] == "A"
        assert raster.tags()["access_speed_kmh"] == "6.0"
        # What a GIS reads at a point is what `sample` reads: (5 km, 1 km) is 5 + 11.958 min.
        row, column = raster.index(5_000, 1_000)
        assert raster.read(1)[row, column] == pytest.approx(5 + 143**0.5, abs=0.01)
    first = path.read_bytes()
    assert surface.to_geotiff(path).read_bytes() == first


def test_geotiff_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    surface = plane(np.zeros((2, 3), dtype=np.float32))
    with pytest.raises(OutputError):
        surface.to_geotiff(tmp_path / "file" / "minutes.tif")
    assert [child.name for child in tmp_path.iterdir()] == ["file"]


# --- the compiled loop against the same in numpy ---------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """The least time found so far at each cell, lowered piece by piece with whole windows of numpy: slow and plain."""

    grid: Grid
    best: NDArray[np.float64]
    rim: NDArray[np.float64]
    sea: NDArray[np.bool_] | None
    slowness: float
    max_m: float
    bound_ms: float

    def centres(self, window: tuple[slice, slice]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        rows, columns = (np.arange(part.start, part.stop) for part in window)
        return (
            self.grid.west + self.grid.cell_m * columns[None, :],
            self.grid.north - self.grid.cell_m * rows[:, None],
        )

    def lower(self, piece: NDArray[np.float64], window: tuple[slice, slice]) -> None:
        """Lower the field in one window to what one piece of road gives."""
        x0, y0, x1, y1, begin, taken = (float(value) for value in piece)
        length = float(np.hypot(x1 - x0, y1 - y0))
        ux, uy = ((x1 - x0) / length, (y1 - y0) / length) if length > 0 else (0.0, 0.0)
        per_m = taken / length if length > 0 else 0.0
        x, y = self.centres(window)
        dx, dy = x - x0, y - y0
        along = dx * ux + dy * uy
        across = np.abs(dy * ux - dx * uy) if length > 0 else np.hypot(dx, dy)
        block, rim = self.best[window], self.rim[window]
        is_wet = self.sea is not None and bool(self.sea[window].any())
        exits = [self._quickest_exit(along, across, length, per_m)]
        if is_wet and length > 0:
            # If the quickest leg would cross water, another point of the same road may still be in sight.
            exits += [np.clip(along, 0.0, length), np.zeros_like(along), np.full_like(along, length)]
        shortest = np.hypot(along - np.clip(along, 0.0, length), across)
        for exit_at in exits:
            leg = np.hypot(along - exit_at, across)
            time = begin + exit_at * per_m + leg * self.slowness
            # An exit chosen to lie exactly at the largest leg may come out a rounding error longer.
            better = (leg <= self.max_m + surface_module._ROUNDING_M) & (time <= self.bound_ms) & (time < block)
            if is_wet and better.any():
                r, c = np.nonzero(better)
                start = np.stack([x0 + exit_at[r, c] * ux, y0 + exit_at[r, c] * uy])
                dry = self._stays_dry(start, r + window[0].start, c + window[1].start)
                better[r[~dry], c[~dry]] = False
            block[better] = time[better]
            np.minimum(rim, np.where(time <= self.bound_ms, shortest - self.max_m, np.inf), out=rim)

    def _quickest_exit(
        self, along: NDArray[np.float64], across: NDArray[np.float64], length: float, per_m: float
    ) -> NDArray[np.float64]:
        """Return how far along the road one leaves it to be quickest at each cell, within the largest leg."""
        # Before the foot of the perpendicular by Snell's law; a road slower than the leg is left at once.
        if per_m < self.slowness:
            early = across * (per_m / np.sqrt(self.slowness**2 - per_m**2))
        else:
            early = np.full_like(across, np.inf)
        farthest = np.sqrt(np.maximum(self.max_m**2 - across**2, 0.0))
        return np.asarray(np.clip(along - np.minimum(early, farthest), 0.0, length), dtype=np.float64)

    def _stays_dry(
        self, start: NDArray[np.float64], row: NDArray[np.int64], column: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Follow straight legs cell by cell and say which never meet the sea."""
        dry = np.ones(len(row), dtype=bool)
        if self.sea is None:
            return dry
        r0 = (self.grid.north - start[1]) / self.grid.cell_m
        c0 = (start[0] - self.grid.west) / self.grid.cell_m
        steps = int(np.ceil(max(np.abs(row - r0).max(), np.abs(column - c0).max()))) + 1
        for step in range(steps + 1):
            share = step / steps
            r = np.rint(r0 + (row - r0) * share).astype(np.int64)
            c = np.rint(c0 + (column - c0) * share).astype(np.int64)
            # A window is cut to the grid, and pieces lie inside it, so every step does too.
            dry &= ~self.sea[r, c]
        return dry


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_the_compiled_loop_equals_numpy(seed: int, wet: Any) -> None:
    draw = np.random.default_rng(seed)
    grid = Grid(-6_000.0, 6_000.0, 250.0, (49, 49))
    access = AccessLeg(float(draw.uniform(4, 40)), 1.2, float(draw.uniform(500, 3_000)))
    bound = 1_800_000.0
    ends = draw.uniform(-4_000, 4_000, (12, 4))
    ends[:3, 2:] = ends[:3, :2]
    taken = np.where(np.arange(12) < 3, 0.0, draw.uniform(1e4, 2e6, 12))
    pieces = np.column_stack([ends, draw.uniform(0, 2e6, 12), taken])
    sea = None
    if wet:
        sea = np.zeros(grid.shape, dtype=bool)
        for r, c in draw.integers(0, 40, (4, 2)):
            sea[r : r + 8, c : c + 5] = True
    best, rim = np.full(grid.shape, np.inf), np.full(grid.shape, np.inf)
    exits = np.full((2, *grid.shape), np.nan, dtype=np.float32)
    lower_field(best, rim, pieces, grid=grid, sea=sea, access=access, bound_ms=bound, exit_cells=exits)
    plain = Field(
        grid,
        np.full(grid.shape, np.inf),
        np.full(grid.shape, np.inf),
        sea,
        access.ms_per_m,
        access.max_m,
        bound,
    )
    reach = np.minimum(access.max_m + 2 * 250.0, (bound - pieces[:, 4]) / access.ms_per_m)
    for number in np.argsort(pieces[:, 4], kind="stable"):
        if reach[number] > 0:
            low = np.minimum(pieces[number, 0:2], pieces[number, 2:4]) - reach[number]
            high = np.maximum(pieces[number, 0:2], pieces[number, 2:4]) + reach[number]
            rows = (
                np.clip(np.ceil((6_000 - high[1]) / 250), 0, 49),
                np.clip(np.floor((6_000 - low[1]) / 250) + 1, 0, 49),
            )
            columns = (
                np.clip(np.ceil((low[0] + 6_000) / 250), 0, 49),
                np.clip(np.floor((high[0] + 6_000) / 250) + 1, 0, 49),
            )
            plain.lower(pieces[number], (slice(*map(int, rows)), slice(*map(int, columns))))
    np.testing.assert_allclose(best, plain.best, rtol=1e-12)
    np.testing.assert_allclose(rim, plain.rim, rtol=1e-9, atol=1e-6)
    # The place where the road is left explains the leg: no cell is reached from farther than the largest.
    reached = np.isfinite(best)
    assert (np.isfinite(exits[0]) == reached).all()
    assert float(np.hypot(*exits)[reached].max(initial=0.0)) * 250 <= access.max_m + 0.01
