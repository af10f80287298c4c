"""Where places meet the road: by hand, against version 0.1 edge by edge, and every place that does not."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from old_routing import compile_network, start_at, state_times
from pyproj import Transformer
from shapely import MultiPoint, Point
from shortest_times import UNREACHED
from towns import WALK, Road, point, random_town, shuffled_network, town, town_of

from urbangeo.areas.graph.compiled import compile_graph
from urbangeo.areas.graph.kernel import NEVER
from urbangeo.areas.graph.search import Direction, node_times, search
from urbangeo.areas.snapping import snap
from urbangeo.errors import SnapError
from urbangeo.language.crs import CGCS2000, local_metric
from urbangeo.sources.network import AccessLeg, Network
from urbangeo.sources.network.model import Shapes

FAR = AccessLeg(6.0, 1.2, 30_000.0)


def times_from(network: Network, places: list[Any], *, direction: Direction = "from") -> list[list[int]]:
    """Milliseconds from each place to every node of the network, -1 where it is not reached."""
    graph = compile_graph(network)
    found = []
    for start in snap(graph, places, access=FAR, labels=[str(number) for number in range(len(places))]):
        entries = start.entries(graph, direction)
        reach = search(graph, start.states, start.costs_ms, limit_ms=10**9, direction=direction, entries=entries)
        times = node_times(graph, reach)
        found.append(np.where(times == NEVER, -1, times).tolist())
    return found


def old_times(network: Network, place: Any, *, direction: Direction = "from") -> list[int]:
    """The same edge by edge."""
    graph = compile_network(network, direction)
    times = state_times(graph, start_at(graph, network, place, access=FAR, label=""), 10**9)
    least = np.minimum(times[graph.free_state], times[graph.toll_state])
    return [int(time) if time < UNREACHED else -1 for time in least]


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_a_place_beside_a_road_of_several_pieces() -> None:
    # One chain A–B–C–D of 4, 6 and 10 km at 60 km/h. The place stands 1 km past B and 300 m north: 3.6 min of walking,
    # then 5 min to A, 1 to B, 5 to C, 15 to D.
    place = town("A---B-----C---------D", Road("ABCD"), middle="B")
    (found,) = times_from(place.network, [place.spot("B", east=1_000, north=300)])
    assert found == pytest.approx([516_000, 276_000, 516_000, 1_116_000], abs=30)


def test_at_a_node_between_the_ends_one_is_at_the_node() -> None:
    # Half a metre east of B, which is no junction: the node's own times, to the millisecond.
    place = town("A---B-----C---------D", Road("ABCD"), middle="B")
    at, near = times_from(place.network, [place.spot("B"), place.spot("B", east=0.5)])
    assert at == near == [240_000, 0, 360_000, 960_000]
    # Two metres on one is on the way.
    (on,) = times_from(place.network, [place.spot("B", east=2.0)])
    assert on == pytest.approx([240_120, 120, 359_880, 959_880], abs=2)


def test_snapped_to_the_bends_of_a_road_and_not_to_the_line_between_its_ends() -> None:
    # A–B is drawn with a bend 4 km to the north of its middle. The place lies 100 m from the bend, 3.9 km from the
    # straight line; half the time of the road lies to either side.
    place = town("A-----------B", Road("AB", length_m=15_000), metres=1_000)
    bend = np.rint([[*place.spot("A").coords[0]], [*point(0, 4_000).coords[0]], [*place.spot("B").coords[0]]])
    bend = np.array([place.spot("A").coords[0], point(0, 4_000).coords[0], place.spot("B").coords[0]])
    shapes = Shapes(
        offsets=np.array([0, 3]),
        points=np.rint(bend * 1e7).astype(np.int32),
        line=np.zeros(2, dtype=np.int32),
        backwards=np.array([False, True]),
    )
    network = replace(place.network, shapes=shapes)
    (start,) = snap(compile_graph(network), [point(0, 4_100)], access=WALK, labels=["bend"])
    assert start.snap_m == pytest.approx(100, abs=0.1)
    (found,) = times_from(network, [point(0, 4_100)])
    assert found == pytest.approx([72_000 + 450_000] * 2, abs=100)


def test_a_road_that_comes_back_past_its_own_end_is_entered_where_it_is() -> None:
    # A loop road leaves A to the east, turns and comes back to pass 20 m north of A before it goes on to B.
    place = town_of(
        {"A": (0, 0), "b": (3_000, 0), "c": (3_000, 20), "d": (0, 20), "B": (-3_000, 20)}, Road("AbcdB", kmh=60)
    )
    # 15 m north of A the second passage is the nearer: 5 m to walk, then 3 km to B; to A it is 6.02 km.
    (found,) = times_from(place.network, [point(0, 15)])
    assert found[4] == pytest.approx(3_600 + 180_000, abs=100)
    assert found[0] == pytest.approx(3_600 + 361_200, abs=200)


def test_a_road_that_passes_within_a_metre_of_its_own_end_is_not_at_its_end() -> None:
    # The road comes back 80 cm north of A and goes on for 20 km: from there A is 6 km of road away, not at hand.
    place = town_of({"A": (0, 0), "b": (3_000, 0), "c": (3_000, 0.8), "E": (-20_000, 0.8)}, Road("AbcE", kmh=60))
    (found,) = times_from(place.network, [point(0, 0.8)])
    assert found[0] == pytest.approx(360_048, abs=20)
    assert found[3] == pytest.approx(1_200_000, abs=20)


def test_several_points_are_one_origin() -> None:
    place = town("A---------B", Road("AB"), middle="A")
    pair = MultiPoint([place.spot("A", east=1_000), place.spot("B", north=500)])
    (start,) = snap(compile_graph(place.network), [pair], access=WALK, labels=["pair"])
    assert (len(start.chain), len(start.states)) == (1, 1)
    assert start.snap_m == pytest.approx(500, abs=1)
    assert start.centre == pytest.approx(tuple(pair.centroid.coords[0]))


def test_two_roads_equally_near_are_both_entered_in_any_order_of_rows() -> None:
    place = town("A-B\n| |\n| |\n| |\nD-C", Road("AD", kmh=60), Road("BC", kmh=30), Road("DC"), metres=500)
    spot = place.spot("A", east=500, north=-500)
    (start,) = snap(compile_graph(place.network), [spot], access=WALK, labels=["o"])
    assert len(start.chain) == 2
    found = set()
    for seed in range(6):
        other = shuffled_network(place.network, seed)
        (times,) = times_from(other, [spot])
        found.add(tuple(sorted(zip(other.node_id.tolist(), times, strict=True))))
    assert len(found) == 1


def test_all_that_are_too_far_are_named_and_a_few_of_very_many() -> None:
    place = town("A---------B", Road("AB"), middle="A")
    graph = compile_graph(place.network)
    good, bad = place.spot("A"), [place.spot("A", north=3_000 + number) for number in range(8)]
    with pytest.raises(SnapError) as caught:
        snap(graph, [good, *bad[:2]], access=WALK, labels=["here", "one", "two"])
    message = str(caught.value)
    assert re.search(r"one \([^)]*\) is 3\.0 km.*two \([^)]*\) is 3\.0 km", message)
    assert "here" not in message
    assert "2 points of 3 origins" in message
    with pytest.raises(
        SnapError, match=r"e \([^)]*\) is 3\.0 km[^;]* and 3 more, more than the largest access leg of 2"
    ):
        snap(graph, bad, access=WALK, labels=list("abcdefgh"))


def test_a_network_that_may_be_entered_nowhere() -> None:
    place = town("A---------B", Road("AB", access="ends_only"))
    with pytest.raises(SnapError, match="no road that one can enter"):
        snap(compile_graph(place.network), [place.spot("A")], access=WALK, labels=["A"])


# --- against version 0.1 ---------------------------------------------------------------------------------------------

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=40)
@given(seeds, st.floats(-9_000, 9_000), st.floats(-9_000, 9_000), st.sampled_from(["from", "to"]))
def test_times_from_anywhere_equal_those_edge_by_edge(seed: int, x: float, y: float, direction: Direction) -> None:
    network = random_town(seed, nodes=9, extra=3).network
    # Both directions of a road run at their own pace, some in one direction only.
    draw = np.random.default_rng(seed)
    network = replace(network, time_min=network.time_min * draw.uniform(1, 2, len(network.time_min)), toll_min=0.5)
    network = network.take_edges(np.sort(draw.permutation(len(network.u))[: max(len(network.u) - 2, 4)]))
    spot = point(x, y)
    try:
        expected = old_times(network, spot, direction=direction)
    except SnapError:
        with pytest.raises(SnapError):
            times_from(network, [spot], direction=direction)
        return
    (found,) = times_from(network, [spot], direction=direction)
    assert [time < 0 for time in found] == [time < 0 for time in expected]
    # Ends of roads are kept to a centimetre (9 ms on foot), and the place on a road of 10 km at 8 km/h moves as much.
    assert found == pytest.approx(expected, abs=25)


@settings(max_examples=20)
@given(seeds, st.integers(0, 8))
def test_a_place_at_a_node_takes_the_times_of_the_node_to_the_millisecond(seed: int, node: int) -> None:
    network = random_town(seed, nodes=9, extra=3).network
    spot = Point(network.lon[node], network.lat[node])
    graph = compile_network(network)
    start = start_at(graph, network, spot, access=FAR, label="")
    if start.snap_m > 0.01:
        return
    (found,) = times_from(network, [spot])
    assert found == old_times(network, spot)


@settings(max_examples=20)
@given(seeds, st.integers(2, 300))
def test_the_nearest_of_many_roads_is_found(seed: int, count: int) -> None:
    """Against the distance to every road, one by one: boxes and blocks leave none out."""
    import shapely

    draw = np.random.default_rng(seed)
    xy = draw.uniform(-15_000, 15_000, (count, 2))
    names = [f"n{number}" for number in range(count)]
    # A ring in the order drawn: long roads all across the map, several blocks of them.
    place = town_of(dict(zip(names, map(tuple, xy.tolist()), strict=True)), Road([*names, names[0]]))
    spots = [point(*spot) for spot in draw.uniform(-18_000, 18_000, (10, 2))]
    leg = replace(FAR, max_m=90_000.0)
    found = snap(compile_graph(place.network), spots, access=leg, labels=[""] * len(spots))
    expected = []
    for spot in spots:
        # Straight on the map centred on the place: on another one roads of 30 km bend by tens of metres.
        there = Transformer.from_crs(CGCS2000, local_metric(spot.x, spot.y), always_xy=True)
        ends = np.stack(there.transform(place.network.lon, place.network.lat), axis=1)
        lines = shapely.linestrings(np.stack([ends, np.roll(ends, -1, axis=0)], axis=1))
        expected.append(shapely.distance(lines, shapely.Point(0, 0)).min())
    # Coordinates are kept to a centimetre, also that of the middle of the map.
    assert [start.snap_m for start in found] == pytest.approx(expected, abs=0.5)
