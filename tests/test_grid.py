"""Surfaces through the link table: by hand, against the exact surface, laws they keep, and the issue's expressways."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pytest
import shapely
from direct_minutes import direct_minutes
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import box
from towns import PLAIN, PLANE, WALK, Road, Town, degrees, ground, metres, random_town, town, town_of

from urbangeo.areas.graph.compiled import CompiledGraph, compile_graph
from urbangeo.areas.graph.search import Direction, Reach, enter_chains, search
from urbangeo.areas.ground.grid import link_surface, margin_ms, project_onto
from urbangeo.areas.ground.links import LinkTable, build_links
from urbangeo.areas.ground.pieces import origin_pieces, road_pieces
from urbangeo.areas.ground.polygons import discs_from, polygons_from
from urbangeo.areas.ground.surface import TravelTimeSurface, fill_surface
from urbangeo.errors import InputError
from urbangeo.sources.network import AccessLeg, Network


def reach_from(
    graph: CompiledGraph, network: Network, node: str, limit_ms: int, direction: Direction = "from"
) -> Reach:
    """Search from a node, be it a junction or between two."""
    row = int(np.flatnonzero(network.node_id == node)[0])
    state = int(max(graph.node_state_free[row], graph.node_state_toll[row]))
    if state >= 0:
        return search(graph, [state], [0], limit_ms=limit_ms, direction=direction)
    entries = enter_chains(graph, [graph.node_chain[row]], [graph.node_at_ms[row]], [0], direction=direction)
    return search(graph, limit_ms=limit_ms, direction=direction, entries=entries)


def surface_of(
    place: Town,
    node: str,
    *,
    limit_min: float = 30.0,
    cell_m: float = 250.0,
    direction: Direction = "from",
    access: AccessLeg | None = None,
    land: gpd.GeoSeries | None = None,
) -> tuple[TravelTimeSurface, CompiledGraph, LinkTable, Reach]:
    """Surface from a junction, in metres of the map."""
    graph = compile_graph(place.network)
    leg = access or place.network.access
    links = build_links(graph, access=leg, cell_m=cell_m, crs=PLANE, land=land)
    limit = round(limit_min * 60_000)
    reach = reach_from(graph, place.network, node, limit + margin_ms(cell_m, leg), direction)
    spot = place.spot(node)
    surface = link_surface(graph, links, reach, np.array([spot.x]), np.array([spot.y]), access=leg, limit_ms=limit)
    return surface, graph, links, reach


def at(surface: TravelTimeSurface, x: float, y: float) -> float:
    row, column = round((surface.north - y) / surface.cell_m), round((x - surface.west) / surface.cell_m)
    return float(surface.minutes[row, column])


def exact_of(
    place: Town, graph: CompiledGraph, reach: Reach, node: str, *, limit_min: float, cell_m: float
) -> TravelTimeSurface:
    project = project_onto(PLANE)
    spot = place.spot(node)
    limit = round(limit_min * 60_000)
    pieces = np.concatenate(
        [
            road_pieces(graph, reach, project, limit_ms=reach.limit_ms),
            origin_pieces(graph, reach, np.array([spot.x]), np.array([spot.y]), project),
        ]
    )
    leg = place.network.access
    return fill_surface(pieces, access=leg, limit_ms=limit, cell_m=cell_m, crs=PLANE, land=None, parameters={})


def test_one_road_by_hand() -> None:
    # 60 km/h due east from A; 12 min/km off it. At (5 km, 1.5 km): 5 + 18, left at the foot of the perpendicular.
    place = town("A-------------------B", Road("AB"), middle="A")
    surface, *_ = surface_of(place, "A")
    assert at(surface, 5_000, 0) == pytest.approx(5, abs=0.01)
    assert at(surface, 5_000, 1_500) == pytest.approx(23, abs=0.01)
    # Behind A and beyond B one walks from them.
    assert at(surface, -1_000, 0) == pytest.approx(12, abs=0.01)
    assert at(surface, 20_500, 0) == pytest.approx(26, abs=0.01)
    # Farther than the largest leg, and later than the limit and its margin, nothing is known.
    assert np.isnan(at(surface, 5_000, 2_250))
    assert np.isnan(at(surface, 19_000, 1_500))
    assert surface.parameters["surface_method"] == "links"
    assert surface.limit_min == 30


def test_both_ends_of_a_road_count_and_one_way_roads_only_ahead() -> None:
    # A ring A-B-C-D of 16 km, all one way; from A: B 4, C 8, D 12, and the way back to A at 16.
    place = town("A---B\n|   |\n|   |\n|   |\nD---C", Road("ABCDA", oneway=True), middle="A")
    surface, *_ = surface_of(place, "A")
    assert at(surface, 2_000, 0) == pytest.approx(2, abs=0.02)
    assert at(surface, 0, -2_000) == pytest.approx(min(14, 24), abs=0.02)
    # One walks against the traffic: 500 m from A is 6 min, not 15.5.
    assert at(surface, 0, -500) == pytest.approx(6, abs=0.02)
    towards, *_ = surface_of(place, "A", direction="to")
    assert at(towards, 2_000, 0) == pytest.approx(14, abs=0.02)
    assert at(towards, 0, -2_000) == pytest.approx(2, abs=0.02)
    # Both ways the middle of the far side is reached from the nearer end.
    both, *_ = surface_of(town("A---B\n|   |\n|   |\n|   |\nD---C", Road("ABCDA"), middle="A"), "A")
    assert at(both, 0, -3_000) == pytest.approx(3, abs=0.02)
    assert at(both, 4_000, -3_000) == pytest.approx(7, abs=0.02)


@pytest.mark.parametrize("direction", ["from", "to"])
def test_an_origin_in_the_middle_of_a_road_goes_both_ways(direction: Direction) -> None:
    # 20 km of road, the origin 6 km along it and 500 m north: 6 min to the road.
    place = town("A-------------------B", Road("AB"), middle="A")
    graph = compile_graph(place.network)
    links = build_links(graph, access=WALK, cell_m=250, crs=PLANE)
    chain = 0
    at_ms = (
        360_000.0 if graph.state_lon[graph.chain_tail[chain]] <= graph.state_lon[graph.chain_head[chain]] else 840_000.0
    )
    entries = enter_chains(graph, [chain], [at_ms], [360_000], direction=direction)
    reach = search(graph, limit_ms=30 * 60_000 + margin_ms(250, WALK), direction=direction, entries=entries)
    here = degrees([(6_000, 500)])
    surface = link_surface(
        graph, links, reach, np.asarray(here.x), np.asarray(here.y), access=WALK, limit_ms=30 * 60_000
    )
    assert at(surface, 6_000, 500) == pytest.approx(0, abs=0.01)
    assert at(surface, 10_000, 0) == pytest.approx(10, abs=0.02)
    assert at(surface, 2_000, 0) == pytest.approx(10, abs=0.02)
    # Walking on northwards from the origin is quicker than by the road.
    assert at(surface, 6_000, 1_500) == pytest.approx(12, abs=0.02)


@pytest.mark.parametrize("direction", ["from", "to"])
def test_an_origin_on_a_one_way_road_goes_one_way(direction: Direction) -> None:
    # A ring of 16 km, one way; the origin at (2 km, 0) between A and B.
    place = town("A---B\n|   |\n|   |\n|   |\nD---C", Road("ABCDA", oneway=True), middle="A")
    graph = compile_graph(place.network)
    links = build_links(graph, access=WALK, cell_m=250, crs=PLANE)
    nodes = {str(name): row for row, name in enumerate(place.network.node_id)}
    # The ring is one chain; the origin lies 2 minutes after A on it.
    since = int(graph.node_at_ms[nodes["A"]])
    entries = enter_chains(graph, [0], [since + 120_000], [0], direction=direction)
    reach = search(graph, limit_ms=10 * 60_000 + margin_ms(250, WALK), direction=direction, entries=entries)
    here = degrees([(2_000, 0)])
    surface = link_surface(
        graph, links, reach, np.asarray(here.x), np.asarray(here.y), access=WALK, limit_ms=10 * 60_000
    )
    ahead, behind = at(surface, 3_500, 0), at(surface, 500, 0)
    # Outward one drives east and towards the origin from the west; the other way one walks 1.5 km or not at all.
    quick, slow = (ahead, behind) if direction == "from" else (behind, ahead)
    assert quick == pytest.approx(1.5, abs=0.02)
    assert slow > 10 or np.isnan(slow)


def test_exits_are_walked_from_after_the_toll() -> None:
    place = town(
        "A----B-------------------C",
        Road("AB"),
        Road("BC", kmh=120, access="ends_only", toll=True),
        kinds={"C": "interchange"},
        toll_min=1.0,
        middle="A",
    )
    surface, *_ = surface_of(place, "A", limit_min=40)
    assert at(surface, 25_000, 0) == pytest.approx(17, abs=0.02)
    assert at(surface, 25_000, 1_000) == pytest.approx(29, abs=0.02)
    assert np.isnan(at(surface, 15_000, 0))


def test_the_quicker_road_beats_the_nearer_one() -> None:
    # Two roads 600 m apart, the northern one 3 km/h: a cell 250 m north of the middle is nearer to the slow road, but
    # sooner reached from the fast one.
    place = town_of(
        {"A": (0, 0), "B": (15_000, 0), "C": (15_000, 600), "D": (0, 600)},
        Road("AB"),
        Road("BC"),
        Road("DC", kmh=3),
        Road("AD", kmh=3),
    )
    surface, *_ = surface_of(place, "A", cell_m=200.0)
    # (8 km, 400 m): 8 min and 400 m × 12 min/km, against the slow road's 8 km at 3 km/h.
    assert at(surface, 8_000, 400) == pytest.approx(8 + 4.8, abs=0.05)


@settings(max_examples=20)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["from", "to"]), st.floats(8, 40))
def test_never_sooner_than_the_exact_surface(seed: int, direction: Direction, limit: float) -> None:
    reached_by_both(seed, direction, limit)


def test_seldom_later_than_the_exact_surface() -> None:
    # Over all: a single town of a few square kilometres in cells of 250 m may miss a sixth of them.
    counts = [reached_by_both(seed, direction, 24.0) for seed in range(20) for direction in ("from", "to")]
    by_links, exactly = np.sum(counts, axis=0)
    assert 0.92 * exactly <= by_links <= exactly


def reached_by_both(seed: int, direction: Direction, limit: float) -> tuple[int, int]:
    """Count the cells in time by links and exactly, and see that no link is sooner than the truth."""
    # Links are made for legs much slower than the roads: then the nearest point of a road is the one to leave it at.
    drawn = random_town(seed, nodes=12, extra=8)
    place = Town(replace(drawn.network, access=WALK), drawn.xy)
    surface, graph, _, reach = surface_of(place, "A", limit_min=limit, direction=direction)
    exact = exact_of(place, graph, reach, "A", limit_min=limit, cell_m=250.0)
    rows, columns = np.nonzero(surface.minutes <= limit)
    x, y = surface.west + 250 * columns, surface.north - 250 * rows
    r, c = np.rint((exact.north - y) / 250).astype(int), np.rint((x - exact.west) / 250).astype(int)
    found, truth = surface.minutes[rows, columns], exact.minutes[r, c]
    # A milllisecond for every edge, and what a place in the table is rounded to.
    assert (found >= truth - 0.01).all(), float((truth - found).max())
    return len(rows), int((exact.minutes <= limit).sum())


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.floats(1.2, 3))
def test_a_larger_cutoff_holds_a_smaller_one_and_an_added_road_never_shrinks(seed: int, factor: float) -> None:
    place = random_town(seed)
    surface, *_ = surface_of(place, "A", limit_min=30)
    discs = discs_from(surface, [30 / factor, 30])
    assert discs[0].is_empty or discs[1].covers(discs[0])
    # The same town with one road fewer: the exact surface of less is never sooner.
    names = list(place.xy)
    fewer = place.network.take_edges(np.arange(len(place.network.u)) < len(place.network.u) - 2)
    less = Town(fewer, place.xy)
    if set(fewer.node_id[fewer.u]) >= {"A"} and names:
        graphs = [compile_graph(place.network), compile_graph(fewer)]
        reaches = [reach_from(g, n, "A", 2_400_000) for g, n in zip(graphs, (place.network, fewer), strict=True)]
        more_s = exact_of(place, graphs[0], reaches[0], "A", limit_min=30, cell_m=500.0)
        less_s = exact_of(less, graphs[1], reaches[1], "A", limit_min=30, cell_m=500.0)
        rows, columns = np.nonzero(less_s.minutes <= 30)
        r = np.rint((more_s.north - less_s.north) / 500).astype(int) + rows
        c = np.rint((less_s.west - more_s.west) / 500).astype(int) + columns
        assert (more_s.minutes[r, c] <= less_s.minutes[rows, columns] + 1e-3).all()


def test_moving_the_map_moves_the_result() -> None:
    # The same town 30 cells east and 20 north in the same plane: the same times, 30 cells east and 20 north.
    xy = {"A": (0.0, 0.0), "B": (6_000.0, 1_000.0), "C": (3_000.0, 5_000.0), "D": (-4_000.0, 2_000.0)}
    roads = (Road("ABCA"), Road("AD", kmh=30))
    here, *_ = surface_of(town_of(xy, *roads), "A")
    there, *_ = surface_of(town_of({n: (x + 7_500, y + 5_000) for n, (x, y) in xy.items()}, *roads), "A")
    rows, columns = np.nonzero(here.minutes <= 30)
    r = rows + round((there.north - here.north - 5_000) / 250)
    c = columns + round((here.west + 7_500 - there.west) / 250)
    # Straight in degrees is not straight in the plane: 20 km of road bend by some metres, elsewhere by others.
    np.testing.assert_allclose(there.minutes[r, c], here.minutes[rows, columns], atol=0.03)
    assert int((there.minutes <= 30).sum()) == pytest.approx(len(rows), abs=2)
    (first,), (second,) = discs_from(here, [20]), discs_from(there, [20])
    moved = shapely.transform(first, lambda points: points + np.array([7_500, 5_000]))
    assert shapely.symmetric_difference(moved, second).area < 2e-3 * first.area


def test_only_the_window_of_the_reach_is_filled_and_threads_do_not_mix() -> None:
    place = town("A-------------------B", Road("AB"), middle="A")
    near, _, links, _ = surface_of(place, "A", limit_min=2)
    far, *_ = surface_of(place, "A", limit_min=30)
    assert near.minutes.size <= far.minutes.size <= links.chain.size
    again, *_ = surface_of(place, "A", limit_min=2)
    np.testing.assert_array_equal(again.minutes, near.minutes)
    assert np.isnan(near.minutes[:2]).all()
    assert np.isnan(near.minutes[:, -2:]).all()


def test_a_search_that_stopped_too_early_is_refused() -> None:
    place = town("A---B", Road("AB"))
    graph = compile_graph(place.network)
    links = build_links(graph, access=WALK, cell_m=250, crs=PLANE)
    reach = search(graph, [0], [0], limit_ms=600_000)
    with pytest.raises(InputError, match=r"went to 600,000 ms.*needs 870,000 ms"):
        link_surface(graph, links, reach, np.array([101.0]), np.array([36.0]), access=WALK, limit_ms=600_000)
    longer = replace(WALK, max_m=9_000)
    with pytest.raises(InputError, match="serves up to"):
        link_surface(graph, links, reach, np.array([101.0]), np.array([36.0]), access=longer, limit_ms=60_000)


def test_a_bay_is_not_crossed() -> None:
    leg = AccessLeg(60, 1.0, 8_000)
    place = town_of({"A": (-5_000, -1_000), "B": (5_000, -1_000)}, Road("AB"), access=leg)
    land = ground(box(-40_000, -30_000, 40_000, 0), box(-40_000, 3_000, 40_000, 40_000))
    wet, *_ = surface_of(place, "A", limit_min=15, cell_m=100.0, land=land)
    dry, *_ = surface_of(place, "A", limit_min=15, cell_m=100.0, land=PLAIN)
    assert at(dry, -4_000, 3_500) == pytest.approx(np.hypot(1, 4.5), abs=0.01)
    assert np.isnan(at(wet, -4_000, 3_500))
    assert at(wet, -4_000, -100) == pytest.approx(at(dry, -4_000, -100), abs=1e-6)


# --- the expressway case of the issue --------------------------------------------------------------------------------


def expressway_town() -> Town:
    """A 10 × 10 km grid of 500 m blocks at 40 km/h, and four expressways at 110 km/h.

    Each has an interchange every 40 km, and from each interchange a branch of 12 km at 50 km/h.
    """
    xy: dict[str, tuple[float, float]] = {}
    roads = []
    for i in range(21):
        for j in range(21):
            xy[f"t{i}_{j}"] = (500.0 * i - 5_000, 500.0 * j - 5_000)
    for i in range(21):
        roads += [Road([f"t{i}_{j}" for j in range(21)], kmh=40), Road([f"t{j}_{i}" for j in range(21)], kmh=40)]
    arms = (("e", 1, 0, "t20_10"), ("w", -1, 0, "t0_10"), ("n", 0, 1, "t10_20"), ("s", 0, -1, "t10_0"))
    for name, dx, dy, gate in arms:
        way = [gate]
        for number in (1, 2):
            out = 5_000 + 40_000.0 * number
            xy[f"{name}{number}"] = (dx * out, dy * out)
            # The branch runs sideways from the interchange.
            xy[f"{name}{number}b"] = (dx * out + dy * 12_000, dy * out + dx * 12_000)
            way.append(f"{name}{number}")
            roads.append(Road([f"{name}{number}", f"{name}{number}b"], kmh=50))
        roads.append(Road(way, kmh=110, access="ends_only"))
    return town_of(xy, *roads, access=replace(WALK, max_m=1_000.0))


def along_roads(place: Town, times: dict[str, float], limit: float, step: float) -> NDArray[np.float64]:
    """Points each `step` metres on every road one may leave, with their times, by hand from times at the nodes."""
    points = []
    records = place.network.edges.reset_index().to_dict("records")
    for edge in records:
        if edge["access"] == "along":
            (x0, y0), (x1, y1) = place.xy[edge["u"]], place.xy[edge["v"]]
            for share in (np.arange(int(edge["length_m"] / step)) + 0.5) * step / edge["length_m"]:
                minutes = times.get(edge["u"], np.inf) + share * edge["time_min"]
                if minutes <= limit:
                    points.append((x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
    return np.array(points)


def test_the_expressways_of_the_issue() -> None:
    place = expressway_town()
    access = place.network.access
    surface, graph, _, reach = surface_of(place, "t10_10", limit_min=60, cell_m=50.0)
    (area,) = discs_from(surface, [60])
    times = {str(place.network.node_id[graph.state_node[s]]): t / 60_000 for s, t in zip(reach.states, reach.times)}  # noqa: B905
    # By hand: 5 km of town at 40 km/h and 40 km at 110: 7.5 + 21.82 min; the branch's 12 km take 14.4 min.
    assert times["e1"] == pytest.approx(7.5 + 40 / 110 * 60, abs=0.01)
    assert times["n1b"] == pytest.approx(times["n1"] + 14.4, abs=0.01)
    assert times["e2"] == pytest.approx(7.5 + 80 / 110 * 60, abs=0.01)
    on_roads = along_roads(place, times, 60, 20.0)
    inside = float(shapely.contains_xy(area, on_roads[:, 0], on_roads[:, 1]).mean())
    assert inside >= 0.995
    # What is farther from every reached road one may leave than the leg may be.
    lines = [
        shapely.LineString([place.xy[edge["u"]], place.xy[edge["v"]]])
        for edge in place.network.edges.reset_index().to_dict("records")
        if edge["access"] == "along" and times.get(edge["u"], np.inf) <= 60
    ]
    allowed = shapely.union_all(lines).buffer(access.max_m, quad_segs=32)
    beyond = float(shapely.difference(area, allowed).area / area.area)
    assert beyond <= 0.01
    # Nobody gets off between interchanges.
    assert not area.intersects(box(8_000, -3_000, 42_000, 3_000))
    # The town, and one part for every interchange that is reached: four at 45 km; those at 85 km (51.1 min) too.
    assert len(area.geoms) == 9
    # And against direct timing of points: both kinds of error together stay below a hundredth at this cell.
    draw = np.random.default_rng(5)
    west, south, east, north = area.bounds
    xy = draw.uniform((west, south), (east, north), (4_000, 2))
    near = np.concatenate(
        [on_roads[draw.integers(0, len(on_roads), 4_000)] + draw.uniform(-1_400, 1_400, (4_000, 2)), xy]
    )
    minutes = direct_minutes(
        place.network, place.spot("t10_10"), near, limit_min=60, access=access, direction="from", land=None, crs=PLANE
    )
    truth, found = minutes <= 60, shapely.contains_xy(area, near[:, 0], near[:, 1])
    assert int((truth != found).sum()) <= 0.01 * int(truth.sum())
    assert int(truth.sum()) > 2_000


# --- accuracy on a made-up country town ------------------------------------------------------------------------------


@pytest.mark.parametrize(("cell_m", "limit", "bar"), [(250.0, 40.0, 0.02), (100.0, 40.0, 0.01)])
def test_false_in_and_false_out_stay_below_the_bars(cell_m: float, limit: float, bar: float) -> None:
    """A country of crooked roads: 30 × 30 junctions about 1.4 km apart, a third of the roads missing, 25 to 70 km/h."""
    draw = np.random.default_rng(8)
    size = 30
    xy = {
        f"n{i}_{j}": tuple((np.array([i, j]) - size / 2) * 1_400 + draw.uniform(-450, 450, 2))
        for i in range(size)
        for j in range(size)
    }
    roads = []
    for i in range(size):
        for j in range(size):
            for other in ((i + 1, j), (i, j + 1)):
                if max(other) < size and draw.random() < 0.68:
                    kmh = 70.0 if j == 15 or i == 15 else float(draw.uniform(25, 45))
                    roads.append(Road([f"n{i}_{j}", f"n{other[0]}_{other[1]}"], kmh=kmh))
    walk = AccessLeg(5, 1.3, 2_000)
    place = town_of({name: (float(x), float(y)) for name, (x, y) in xy.items()}, *roads, access=walk)
    surface, *_ = surface_of(place, "n15_15", limit_min=limit, cell_m=cell_m)
    (area,) = discs_from(surface, [limit])
    west, south, east, north = area.bounds
    points = np.random.default_rng(1).uniform((west - 900, south - 900), (east + 900, north + 900), (12_000, 2))
    minutes = direct_minutes(
        place.network,
        place.spot("n15_15"),
        points,
        limit_min=limit,
        access=walk,
        direction="from",
        land=None,
        crs=PLANE,
    )
    truth, found = minutes <= limit, shapely.contains_xy(area, points[:, 0], points[:, 1])
    assert int(truth.sum()) > 3_000
    assert int((truth != found).sum()) / int(truth.sum()) <= bar


# --- polygons in degrees ---------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_polygons_in_degrees_are_valid_turned_right_and_nested(seed: int) -> None:
    place = random_town(seed, nodes=12, extra=8)
    surface, _, links, _ = surface_of(place, "A", limit_min=40)
    cutoffs = [5, 5.1, 12, 25, 25.1, 40]
    for lattice in (None, links.degrees):
        discs = polygons_from(surface, cutoffs, lattice=lattice)
        assert shapely.is_valid(discs).all()
        for disc in discs:
            for part in disc.geoms:
                assert part.exterior.is_ccw
                assert not any(hole.is_ccw for hole in part.interiors)
        for inner, outer in pairwise(discs):
            assert inner.is_empty or outer.covers(inner)
        flat = discs_from(surface, cutoffs)
        assert metres(discs[-1]).area == pytest.approx(flat[-1].area, rel=1e-6)
