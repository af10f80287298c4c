"""What hangs together in a network: toys whose answer is seen on the map, and what must hold for any network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, box
from towns import Road, Town, degrees, reversed_network, shuffled_network, town, town_of

from urbangeo.sources.network import Network, topology
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import DEGREE, Shapes

Grid = list[tuple[int, int]]


def names(network: Network, rows: Any) -> set[str]:
    """Identities of some nodes, given as rows or as a mask."""
    return set(network.node_id[rows].tolist())


def groups(network: Network, found: topology.Components) -> list[set[str]]:
    """Node names of each component, in their order."""
    return [names(network, found.label == number) for number in range(len(found.sizes))]


def graph_town(edges: Grid, *, nodes: int = 8, oneway: bool = True) -> Town:
    """Town of numbered nodes on a bent line, so that no two distances are alike."""
    xy = {f"n{place}": (1_000.0 * place, 37.0 * place * place) for place in range(nodes)}
    return town_of(xy, *(Road((f"n{u}", f"n{v}"), oneway=oneway) for u, v in edges))


edge_lists = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda pair: pair[0] != pair[1]), min_size=1, max_size=20
)


# --- components ------------------------------

ISLANDS = """
A---B---C   E---F

D           G
"""


def islands() -> Network:
    return town(ISLANDS, Road("ABCA"), Road("CD", oneway=True), Road("EF"), Road("GE", oneway=True)).network


def test_components_by_hand() -> None:
    """A, B and C form a block; D can be entered only; E–F is an island, which G joins one way."""
    network = islands()
    assert groups(network, topology.components(network, "weak")) == [{"A", "B", "C", "D"}, {"E", "F", "G"}]
    strong = topology.components(network, "strong")
    assert groups(network, strong) == [{"A", "B", "C"}, {"E", "F"}, {"D"}, {"G"}]
    assert strong.sizes.tolist() == [3, 2, 1, 1]
    assert strong.main == 4, "on so small a map each node is a third of the largest component"


def test_a_node_without_roads_belongs_to_nothing() -> None:
    network = islands()
    kept = network.take_edges(network.node_id[network.u] != "G")
    weak = topology.components(kept, "weak")
    assert weak.label[kept.node_id == "G"].tolist() == [-1]
    assert weak.sizes.sum() == 6
    assert not topology.has_road(kept)[kept.node_id == "G"].any()


def test_a_component_is_a_main_one_from_a_tenth_of_the_largest() -> None:
    ring = [(place, (place + 1) % 20) for place in range(20)]
    for extra, islet, main in (([(20, 21), (21, 20)], 2, 2), ([(0, 20)], 1, 1)):
        network = graph_town([*ring, *extra], nodes=22).network
        found = topology.components(network, "strong")
        assert found.sizes.tolist() == [20, islet]
        assert found.main == main
        assert found.in_main.sum() == 20 + (islet if main == 2 else 0)


@given(edge_lists)
def test_components_agree_with_networkx(edges: Grid) -> None:
    network = graph_town(edges).network
    graph = nx.DiGraph([(f"n{u}", f"n{v}") for u, v in edges])
    for connection, expected in (
        ("strong", nx.strongly_connected_components(graph)),
        ("weak", nx.weakly_connected_components(graph)),
    ):
        found = topology.components(network, connection)  # type: ignore[arg-type]
        assert {frozenset(group) for group in groups(network, found)} == {frozenset(group) for group in expected}
        assert (np.diff(found.sizes) <= 0).all()


@given(edge_lists, st.integers(0, 1_000))
def test_order_and_direction_do_not_decide(edges: Grid, seed: int) -> None:
    network = graph_town(edges).network
    here = groups(network, topology.components(network, "strong"))
    for other in (shuffled_network(network, seed), reversed_network(network)):
        assert groups(other, topology.components(other, "strong")) == here


@given(edge_lists, st.integers(1, 7))
def test_an_island_that_is_no_larger_never_raises_the_share_of_the_largest(edges: Grid, size: int) -> None:
    before = topology.components(graph_town(edges).network, "strong").sizes
    island = [(8 + place, 8 + (place + 1) % size) for place in range(size)] if size > 1 else []
    if len(island) > before[0] or not island:
        return
    after = topology.components(graph_town([*edges, *island], nodes=8 + size).network, "strong").sizes
    assert after[0] / after.sum() < before[0] / before.sum()


# --- traps ------------------------------

TRAPS = """
A---B---C---D

F   G   E
"""


def test_traps_by_hand() -> None:
    """B–C–D is the network. E and F lie behind one-way roads out of it, A leads into it, G joins two traps."""
    ring = Road(["B", "C", "D", "C", "B"])
    network = town(
        TRAPS, ring, Road("CE", oneway=True), Road("BF", oneway=True), Road("AB", oneway=True), Road("AG", oneway=True)
    ).network
    strong = topology.components(network, "strong")
    only = replace(strong, sizes=np.array([30, 1, 1, 1, 1]))
    found = topology.one_way_traps(network, only)
    assert names(network, found.no_way_out) == {"E", "F"}
    assert names(network, found.no_way_in) == {"A"}
    turned = reversed_network(network)
    backwards = topology.one_way_traps(turned, replace(topology.components(turned, "strong"), sizes=only.sizes))
    assert names(turned, backwards.no_way_out) == {"A"}
    assert names(turned, backwards.no_way_in) == {"E", "F"}


@given(edge_lists)
def test_traps_agree_with_networkx(edges: Grid) -> None:
    network = graph_town(edges).network
    graph = nx.DiGraph([(f"n{u}", f"n{v}") for u, v in edges])
    strong = topology.components(network, "strong")
    only = replace(strong, sizes=np.where(np.arange(len(strong.sizes)) == 0, 100, 1))
    main = names(network, only.in_main)
    out = set().union(*(nx.descendants(graph, node) for node in main)) - main
    into = set().union(*(nx.ancestors(graph, node) for node in main)) - main
    found = topology.one_way_traps(network, only)
    assert names(network, found.no_way_out) == out - into
    assert names(network, found.no_way_in) == into - out


# --- doubles ------------------------------


def test_a_double_is_told_from_a_second_road() -> None:
    pair = ("A", "B")
    xy = {"A": (0.0, 0.0), "B": (1_000.0, 0.0)}
    one, same, other = Road(pair), Road(pair, kmh=30), Road(pair, length_m=1_400)
    network = town_of(xy, one, same, other).network
    found = topology.duplicates(network)
    assert len(found) == 2, "one in each direction"
    assert set(network.speed_kmh[found]) == {30.0}, "of twins the faster is kept"
    assert set(network.length_m[found]) == {1_000.0}
    assert topology.duplicates(town_of(xy, one, other).network).tolist() == []
    assert topology.duplicates(town_of(xy, one, Road(pair, length_m=1_000.9)).network).size == 2
    assert topology.duplicates(town_of(xy, one, Road(pair, length_m=1_001.1)).network).size == 0


def test_both_directions_of_a_loop_are_no_double() -> None:
    network = town_of({"A": (0.0, 0.0), "B": (1_000.0, 0.0)}, Road("AB"), Road("AA", length_m=400.0)).network
    assert topology.duplicates(network).tolist() == []


def test_roads_of_one_length_on_two_courses_are_two_roads() -> None:
    """North and south round a lake: same ends, same length, no double."""
    network = town_of({"A": (0.0, 0.0), "B": (1_000.0, 0.0)}, Road("AB", length_m=1_500), Road("AB", length_m=1_500))
    ends = degrees([(0, 0), (500, 560), (1_000, 0), (0, 0), (500, -560), (1_000, 0)])
    bends = np.round(np.stack([ends.x, ends.y], axis=1) * DEGREE).astype(np.int32)
    key = network.network.key
    forward = network.network.node_id[network.network.u] == "A"
    shapes = Shapes(np.array([0, 3, 6]), bends, key.astype(np.int32), ~forward)
    assert topology.duplicates(network.network).size == 2
    assert topology.duplicates(replace(network.network, shapes=shapes)).size == 0
    same = replace(shapes, points=np.concatenate([bends[:3], bends[:3]]))
    assert topology.duplicates(replace(network.network, shapes=same)).size == 2


# --- near misses ------------------------------


def gap_town(gap: float, **road: Any) -> Town:
    """A street C–D that ends `gap` metres short of the road A–B; the way round by E is 4 km and more."""
    xy = {"A": (-300.0, 0.0), "B": (300.0, 0.0), "C": (0.0, gap), "D": (0.0, 2_000.0), "E": (300.0, 2_000.0)}
    return town_of(xy, Road("AB", **road), Road("CD"), Road("DEB"))


def missed(network: Network, within_m: float = 20.0, detour_m: float = 500.0) -> dict[str, float]:
    found = topology.near_misses(network, network.pieces(), within_m=within_m, detour_m=detour_m)
    return {str(network.node_id[node]): round(float(gap), 2) for node, gap in zip(found.node, found.gap_m, strict=True)}


def test_a_dead_end_almost_at_a_road() -> None:
    assert missed(gap_town(12.0).network) == {"C": pytest.approx(12.0, rel=1e-3)}
    assert missed(gap_town(19.9).network).keys() == {"C"}
    assert missed(gap_town(20.2).network) == {}
    assert missed(gap_town(300.0).network, within_m=300.2).keys() == {"C"}


def test_a_road_one_cannot_join_on_the_way_is_not_near() -> None:
    assert missed(gap_town(12.0, access="ends_only").network) == {}
    network = gap_town(12.0).network
    for word, expected in (("bridge", set[str]()), (None, {"C"})):
        structure = Coded.from_texts([word if name == "AB" else None for name in network.edges["road_name"]])
        built = replace(network, edge_columns={**network.edge_columns, "structure": structure})
        assert missed(built).keys() == expected
    assert missed(gap_town(12.0, road_class="rail").network) == {}


def test_two_ends_that_almost_meet_are_near_whatever_the_road() -> None:
    xy = {"A": (-3_000.0, 0.0), "B": (0.0, 0.0), "C": (9.0, 0.0), "D": (3_000.0, 0.0)}
    network = town_of(xy, Road("AB", access="ends_only"), Road("CD", access="ends_only")).network
    assert missed(network) == {"B": pytest.approx(9.0, rel=1e-3), "C": pytest.approx(9.0, rel=1e-3)}


def test_a_lane_that_ends_beside_the_road_it_leaves_is_no_miss() -> None:
    xy = {"A": (-3_000.0, 0.0), "B": (0.0, 0.0), "C": (3_000.0, 0.0), "D": (150.0, 10.0)}
    network = town_of(xy, Road("ABC"), Road("BD")).network
    assert missed(network) == {}, "150 m back and 150 m along: 300 m"
    assert missed(network, detour_m=290.0).keys() == {"D"}
    assert missed(network, detour_m=310.0) == {}


def test_ends_of_railways_and_ferries_are_no_dead_ends() -> None:
    xy = {"A": (0.0, 0.0), "B": (1_000.0, 0.0), "C": (2_000.0, 0.0)}
    network = town_of(xy, Road("AB"), Road("BC", road_class="ferry")).network
    assert names(network, topology.dead_ends(network, network.pieces())) == {"A"}


def test_a_bend_comes_near_where_its_ends_do_not() -> None:
    """The road A–B is drawn with a bend that passes 8 m from the dead end C; its straight line is 500 m off."""
    xy = {"A": (-1_000.0, 0.0), "B": (1_000.0, 0.0), "C": (0.0, 508.0), "D": (0.0, 2_000.0)}
    built = town_of(xy, Road("AB", length_m=2_240), Road("CD"))
    network = built.network
    ends = degrees([(-1_000, 0), (0, 500), (1_000, 0)])
    road = network.node_id[network.u]
    line = np.where(np.isin(road, ["A", "B"]), 0, -1).astype(np.int32)
    shapes = Shapes(
        np.array([0, 3]), np.round(np.stack([ends.x, ends.y], axis=1) * DEGREE).astype(np.int32), line, road == "B"
    )
    assert missed(network) == {}
    assert missed(replace(network, shapes=shapes)) == {"C": pytest.approx(8.0, abs=0.02)}


# --- cutting at borders ------------------------------


def squares(*bounds: tuple[float, float, float, float]) -> Any:
    """Areas given in metres of the map, as degrees."""
    shapes = [degrees([(x, y) for x, y, *_ in box(*sides).exterior.coords]) for sides in bounds]
    return np.array([shapely.Polygon(np.stack([shape.x, shape.y], axis=1)) for shape in shapes])


def lines_of(*courses: Sequence[tuple[float, float]]) -> Any:
    drawn = [degrees(course) for course in courses]
    return np.array([LineString(np.stack([course.x, course.y], axis=1)) for course in drawn])


def test_a_line_is_shared_by_where_it_is_cut() -> None:
    west, east = (-10_000, -10_000, 0, 10_000), (0, -10_000, 10_000, 10_000)
    over, inside, half, off = (-3_000, 1_000), (-5_000, -1_000), (9_000, 11_000), (20_000, 30_000)
    lines = lines_of(*([(x, 5), (end, 5)] for x, end in (over, inside, half, off)))
    line, area, share = topology.shares_inside(lines, squares(west, east))
    found = {(int(a), int(b)): round(float(c), 3) for a, b, c in zip(line, area, share, strict=True)}
    assert found == {(0, 0): 0.75, (0, 1): 0.25, (1, 0): 1.0, (2, 1): 0.5}


def test_lengths_are_shared_on_the_ground_and_not_in_degrees() -> None:
    """An L of 1 km east in one square and 1 km north in the other; a degree east is shorter than one north."""
    lines = lines_of([(-1_000, 500), (0, 500), (0, 1_500)])
    south, north = (-2_000, 0, 2_000, 502), (-2_000, 502, 2_000, 2_000)
    _, _, share = topology.shares_inside(lines, squares(south, north))
    assert share.tolist() == pytest.approx([0.501, 0.499], abs=0.001)


def test_a_road_along_a_border_is_counted_once() -> None:
    areas = np.array([box(100, 30, 101, 31), box(101, 30, 102, 31)])
    line, area, share = topology.shares_inside(np.array([LineString([(101, 30.2), (101, 30.8)])]), areas)
    assert (line.tolist(), sorted(area.tolist()), share.tolist()) == ([0, 0], [0, 1], [0.5, 0.5])


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9)), min_size=2, max_size=8, unique=True))
def test_shares_in_a_mosaic_add_up_to_one(course: list[tuple[float, float]]) -> None:
    areas = np.array([box(x, y, x + 4, y + 4) for x in range(-10, 10, 4) for y in range(-10, 10, 4)])
    drawn = LineString(course)
    _, _, share = topology.shares_inside(np.array([drawn]), areas)
    assert share.sum() == pytest.approx(1.0, abs=1e-6)


def test_straight_lines_are_measured_on_the_ellipsoid() -> None:
    network = town_of({"A": (0.0, 0.0), "B": (3_000.0, 4_000.0)}, Road("AB")).network
    assert topology.straight_m(network, np.arange(2)) == pytest.approx([5_000.0, 5_000.0], rel=1e-4)
