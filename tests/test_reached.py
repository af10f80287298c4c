"""Roads cut exactly where the time runs out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from towns import Road, Town, metres, origins, point, random_town, town

from urbangeo.areas.graph.compiled import CompiledGraph, compile_graph
from urbangeo.areas.graph.search import Direction, Reach, enter_chains, node_times, search
from urbangeo.areas.isochrones import reached_roads
from urbangeo.areas.reached import reached_edges
from urbangeo.errors import InputError
from urbangeo.sources.network import Network
from urbangeo.sources.network.model import Shapes


def reach_from(
    graph: CompiledGraph, network: Network, node: str, minutes: float, direction: Direction = "from"
) -> Reach:
    row = int(np.flatnonzero(network.node_id == node)[0])
    state = int(max(graph.node_state_free[row], graph.node_state_toll[row]))
    limit = round(minutes * 60_000)
    if state >= 0:
        return search(graph, [state], [0], limit_ms=limit, direction=direction)
    entries = enter_chains(graph, [graph.node_chain[row]], [graph.node_at_ms[row]], [0], direction=direction)
    return search(graph, limit_ms=limit, direction=direction, entries=entries)


def drawn(place: Town, node: str, minutes: float, direction: Direction = "from") -> Any:
    graph = compile_graph(place.network)
    reach = reach_from(graph, place.network, node, minutes + 5, direction)
    return reached_edges(place.network, graph, reach, minutes)


def test_a_road_ends_where_the_time_does() -> None:
    # 60 km/h, 20 km: after 12.4 minutes one is 12.4 km down the road.
    place = town("A-------------------B", Road("AB"), middle="A")
    frame = drawn(place, "A", 12.4)
    assert len(frame) == 1
    line = metres(frame.geometry.iloc[0])
    assert shapely.get_coordinates(line)[0] == pytest.approx((0, 0), abs=0.5)
    assert shapely.get_coordinates(line)[-1] == pytest.approx((12_400, 0), abs=8)
    assert frame[["time_start_min", "time_end_min"]].iloc[0].tolist() == pytest.approx([0, 12.4])
    assert frame.crs == "EPSG:4490"
    assert frame["road_name"].tolist() == ["AB"]


def test_a_road_reached_from_both_ends_is_drawn_from_both_or_whole() -> None:
    # A square of 10 km sides: at 12 min two kilometres from B and from D into BC and DC; at 30 all of it.
    place = town("A---------B\n|\n|\n|\n|\n|\n|\n|\n|\n|\nD---------C", Road("ABCDA"), middle="A")
    at_12 = drawn(place, "A", 12)
    lengths = sorted(round(metres(line).length, -1) for line in at_12.geometry)
    assert lengths == [2_000, 2_000, 10_000, 10_000]
    at_30 = drawn(place, "A", 30)
    assert sorted(round(metres(line).length, -1) for line in at_30.geometry) == [10_000] * 4
    assert at_30["time_end_min"].max() == pytest.approx(20)


def test_against_a_one_way_road_nobody_drives() -> None:
    place = town("A---B", Road("AB", oneway=True), Road("AB", kmh=1), middle="A")
    one = town("A---B", Road("AB", oneway=True), middle="A")
    graph = compile_graph(one.network)
    reach = reach_from(graph, one.network, "B", 30)
    assert len(reached_edges(one.network, graph, reach, 20)) == 0
    towards = drawn(one, "B", 2, "to")
    assert len(towards) == 1
    assert metres(towards.geometry.iloc[0]).length == pytest.approx(2_000, abs=3)
    # Towards B the stretch lies at B, and runs away from it.
    assert shapely.get_coordinates(metres(towards.geometry.iloc[0]))[0] == pytest.approx((4_000, 0), abs=1)
    assert len(drawn(place, "A", 2)) >= 1


def test_an_origin_on_a_road_splits_it() -> None:
    # 7 km from A on a road of 20 km; after 3 minutes 3 km both ways.
    place = town("A-------------------B", Road("AB"), middle="A")
    graph = compile_graph(place.network)
    from_a = 420_000.0 if graph.state_lon[graph.chain_tail[0]] <= graph.state_lon[graph.chain_head[0]] else 780_000.0
    entries = enter_chains(graph, [0], [from_a], [0])
    reach = search(graph, limit_ms=600_000, entries=entries)
    frame = reached_edges(place.network, graph, reach, 3)
    spans = sorted(tuple(np.round(metres(line).bounds, -1)[[0, 2]]) for line in frame.geometry)
    assert spans == [(4_000, 7_000), (7_000, 10_000)]
    assert frame["time_start_min"].tolist() == pytest.approx([0, 0])
    far = reached_edges(place.network, graph, reach, 9)
    assert sorted(round(metres(line).length, -1) for line in far.geometry) == [7_000, 9_000]


def test_a_second_gate_never_takes_roads_away() -> None:
    # 10 km at 60 km/h. From 6 km on, 5 min reach 1 to 10 km; a gate a long walk beside the road at 5 km hides nothing.
    place = town("A---------B", Road("AB"), middle="A")
    quick, slow = place.spot("A", east=6_000), place.spot("A", east=5_000, north=1_000)
    frame = reached_roads(place.network, origins({"gates": shapely.MultiPoint([quick, slow])}), 5)
    assert metres(shapely.union_all(frame.geometry)).length == pytest.approx(9_000, abs=10)
    # Against a one-way road neither gate helps the other.
    place = town("A---------B", Road("AB", oneway=True), middle="A")
    graph = compile_graph(place.network)
    middle = graph.chain_fwd_ms[0] / 2
    entries = enter_chains(graph, [0, 0], [middle, middle + 60_000], [120_000, 0])
    reach = search(graph, limit_ms=600_000, entries=entries)
    frame = reached_edges(place.network, graph, reach, 3)
    begun = frame[frame["time_start_min"] == 2]
    assert len(begun) == 1
    assert metres(begun.geometry.iloc[0]).length == pytest.approx(1_000, abs=10)


def test_bends_are_followed_by_their_length_on_the_ground() -> None:
    # 4 km east, then 5 km north, in 10 minutes: after 7 minutes 6.3 km, 2.3 km up the second leg. A degree of longitude
    # is a fifth shorter here than one of latitude, so counting degrees would miss by some 300 m.
    place = town("    B\n\n\n\n\nA", Road("AB", length_m=10_000), middle="A")
    corner = metres_to_degrees(4_000, 0)
    network = place.network
    ends = np.stack([network.lon, network.lat], axis=1)
    line = np.array([ends[0], corner, ends[1]]) if network.node_id[0] == "A" else np.array([ends[1], corner, ends[0]])
    shapes = Shapes(
        offsets=np.array([0, 3]),
        points=np.rint(line * 1e7).astype(np.int32),
        line=np.zeros(2, dtype=np.int32),
        backwards=network.node_id[network.u] == "B",
    )
    bent = replace(network, shapes=shapes)
    graph = compile_graph(bent)
    reach = reach_from(graph, bent, "A", 20)
    frame = reached_edges(bent, graph, reach, 7)
    (drawn_line,) = frame.geometry
    found = shapely.get_coordinates(metres(drawn_line))
    np.testing.assert_allclose(found, [(0, 0), (4_000, 0), (4_000, 2_300)], atol=15)


def metres_to_degrees(x: float, y: float) -> tuple[float, float]:
    spot = point(x, y)
    return spot.x, spot.y


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.floats(3, 30), st.sampled_from(["from", "to"]))
def test_lengths_and_times_by_another_way(seed: int, minutes: float, direction: Direction) -> None:
    """On every road: what is drawn is what is left of the cutoff at its ends, and no stretch is later than it."""
    place = random_town(seed)
    network = place.network
    graph = compile_graph(network)
    reach = reach_from(graph, network, "A", 60, direction)
    frame = reached_edges(network, graph, reach, minutes)
    assert (frame["time_end_min"] <= minutes + 40).all()
    times = node_times(graph, reach) / 60_000
    rows = network.pieces()
    low, high = times[network.u[rows]], times[network.v[rows]]
    whole = network.time_min[rows]
    share = np.minimum(np.clip((minutes - low) / whole, 0, 1) + np.clip((minutes - high) / whole, 0, 1), 1)
    expected = float((share * network.length_m[rows]).sum())
    assert float(sum(metres(line).length for line in frame.geometry)) == pytest.approx(expected, rel=2e-3, abs=20)


def test_what_does_not_fit_is_refused() -> None:
    place = town("A---B", Road("AB"))
    graph = compile_graph(place.network)
    reach = search(graph, [0], [0], limit_ms=60_000)
    with pytest.raises(InputError, match="at most 1, the minutes that were searched"):
        reached_edges(place.network, graph, reach, 2)
    with pytest.raises(InputError, match="expected more than 0"):
        reached_edges(place.network, graph, reach, 0)
    with pytest.raises(InputError, match="another network"):
        reached_edges(town("A----B", Road("AB")).network, graph, reach, 1)
