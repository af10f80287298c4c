"""Routing: tolls, directions, where a place meets the road; last the minutes the skeleton was authored with."""

from __future__ import annotations

import re
from dataclasses import replace

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPoint, Point
from towns import (
    WALK,
    Road,
    Town,
    degrees,
    origins,
    random_town,
    reversed_network,
    shuffled_network,
    slower_network,
    town,
)

from urbangeo.archive.catalog import read_table
from urbangeo.areas.graph.compiled import compile_graph
from urbangeo.areas.graph.kernel import NEVER, to_milliseconds
from urbangeo.areas.graph.search import Direction, node_times, search
from urbangeo.areas.isochrones import seat_minutes, travel_times
from urbangeo.areas.snapping import snap
from urbangeo.errors import InputError, SchemaError, SnapError
from urbangeo.sources.network import AccessLeg, Network, read_network
from urbangeo.sources.places import circle_centres

CLOSE = 0.002
"""Minutes. Each end of an edge and each leg is rounded to a millisecond, and the plane of a toy differs from the plane
of an origin by less than 0.01 % over 10 km (a metre, 0.001 min at 60 km/h)."""


def minutes(
    place: Town, origin: gpd.GeoDataFrame, *, direction: Direction = "from", network: Network | None = None
) -> dict[str, float]:
    return place.minutes(travel_times(network or place.network, origin, direction=direction))


# One character is 1 km. A–B–C–D–E in a row, 10 km each; B–C–D is a toll road at 120 km/h, the rest runs at 60.
ROW = "A---------B---------C---------D---------E"


def toll_row() -> Town:
    return town(
        ROW,
        Road("AB"),
        Road("BCD", kmh=120, access="ends_only", toll=True),
        Road("DE"),
        kinds={"C": "interchange"},
        toll_min=1.0,
    )


def test_toll_is_paid_on_each_change_by_hand() -> None:
    place = toll_row()
    # A→B 10 min; entry 1; B→C 5, C→D 5 without a toll between; at D 21 on the toll road; exit 1; D→E 10: 32.
    assert minutes(place, place.at("A")) == pytest.approx({"A": 0, "B": 10, "C": 16, "D": 21, "E": 32}, abs=CLOSE)
    # The same road without toll: two minutes less at E.
    free = replace(place.network, toll_min=0.0)
    assert minutes(place, place.at("A"), network=free)["E"] == pytest.approx(30, abs=CLOSE)


def test_toll_is_paid_when_one_starts_at_the_ramp_and_in_both_directions() -> None:
    place = toll_row()
    # At B one stands on the free side: entry 1, then 10 min to D and 1 + 10 to E.
    outward = minutes(place, place.at("B"))
    assert outward == pytest.approx({"A": 10, "B": 0, "C": 6, "D": 11, "E": 22}, abs=CLOSE)
    # The toll is the same both ways, so towards E it costs the same 32 min from A.
    assert minutes(place, place.at("E"), direction="to")["A"] == pytest.approx(32, abs=CLOSE)


def test_a_toll_at_a_node_of_toll_roads_only_is_not_charged() -> None:
    # C is no interchange: it has no free side, and it is passed without a stop.
    place = town(ROW, Road("AB"), Road("BCD", kmh=120, access="ends_only", toll=True), Road("DE"), toll_min=1.0)
    graph = compile_graph(place.network)
    # It has no side at all: the road runs on through it.
    assert (graph.node_state_free[2], graph.node_state_toll[2]) == (-1, -1)
    assert graph.node_chain[2] >= 0
    assert sorted(graph.state_node[graph.exits].tolist()) == [0, 1, 3, 4]
    assert minutes(place, place.at("A"))["E"] == pytest.approx(32, abs=CLOSE)


def test_leaving_and_entering_again_pays_again() -> None:
    # Toll, free, toll: B–C toll, C–D free, D–E toll. Entry and exit twice over: 10 + 1 + 5 + 1 + 10 + 1 + 5 = 33 on the
    # toll side of E; E has no other road, and is an interchange, so one may step off for a minute more.
    place = town(
        ROW,
        Road("AB"),
        Road("BC", kmh=120, access="ends_only", toll=True),
        Road("CD"),
        Road("DE", kmh=120, access="ends_only", toll=True),
        kinds={"E": "interchange"},
        toll_min=1.0,
    )
    assert minutes(place, place.at("A"))["E"] == pytest.approx(33, abs=CLOSE)
    graph = compile_graph(place.network)
    (start,) = snap(graph, [place.spot("A")], access=WALK, labels=["A"])
    reach = search(graph, start.states, start.costs_ms, limit_ms=10**9, entries=start.entries(graph, "from"))
    times = reach.spread_over(graph.states)
    assert times[graph.node_state_free[4]] / 60_000 == pytest.approx(34, abs=CLOSE)


def test_start_in_the_middle_of_an_edge_reaches_both_ends_at_their_true_time() -> None:
    # 10 km at 60 km/h, start 3 km from A: 3 and 7 min, although A is by far the nearer node.
    place = town("A---------B", Road("AB"))
    assert minutes(place, place.at("A", east=3_000)) == pytest.approx({"A": 3, "B": 7}, abs=CLOSE)
    # 500 m north of the road the walk comes first: 0.5 km at 12 min/km = 6 min.
    found = minutes(place, place.at("A", east=3_000, north=500))
    assert found == pytest.approx({"A": 9, "B": 13}, abs=0.02)


def test_drawn_and_stated_length_share_the_time_alike() -> None:
    # A winding road: 10 km as the crow flies, 20 km long, so 20 min; a quarter of the way is 5 min from A.
    place = town("A---------B", Road("AB", length_m=20_000))
    assert minutes(place, place.at("A", east=2_500)) == pytest.approx({"A": 5, "B": 15}, abs=CLOSE)


def test_start_on_a_one_way_edge_reaches_only_its_head() -> None:
    # A ring of one-way roads, 4 km a side: A→B→C→D→A. From 1 km behind A one gets to A the long way round.
    #     A---B        B 3, C 7, D 11, A 15.
    #     |   |
    #     D---C
    place = town("A---B\n|   |\n|   |\n|   |\nD---C", Road("ABCDA", oneway=True))
    found = minutes(place, place.at("A", east=1_000))
    assert found == pytest.approx({"A": 15, "B": 3, "C": 7, "D": 11}, abs=CLOSE)
    # Towards the same place the tail is the near end: from A 1 min, from B 13.
    back = minutes(place, place.at("A", east=1_000), direction="to")
    assert back == pytest.approx({"A": 1, "B": 13, "C": 9, "D": 5}, abs=CLOSE)


def test_both_directions_of_a_street_may_differ_in_speed() -> None:
    # Uphill 30 km/h (20 min), downhill 60 (10 min): start 3 km from A: 7 km uphill to B = 14, 3 km downhill to A = 3.
    place = town("A---------B", Road("AB", kmh=30, oneway=True), Road("BA", kmh=60, oneway=True))
    assert minutes(place, place.at("A", east=3_000)) == pytest.approx({"A": 3, "B": 14}, abs=CLOSE)
    assert minutes(place, place.at("A", east=3_000), direction="to") == pytest.approx({"A": 6, "B": 7}, abs=CLOSE)


def test_origin_exactly_at_a_node_takes_no_time_to_get_there() -> None:
    place = town("A---------B", Road("AB"))
    times = travel_times(place.network, place.at("B"))
    assert place.minutes(times) == pytest.approx({"A": 10, "B": 0}, abs=CLOSE)
    graph = compile_graph(place.network)
    (start,) = snap(graph, [place.spot("B")], access=WALK, labels=["B"])
    assert start.snap_m == pytest.approx(0, abs=0.01)
    assert start.states.tolist() == [graph.node_state_free[1]]
    assert (start.costs_ms.tolist(), len(start.chain)) == ([0], 0)


def test_origin_beyond_the_end_of_a_road_walks_to_its_end() -> None:
    # 1 km east of B: 12 min of walking, then 10 of driving.
    place = town("A---------B", Road("AB"))
    assert minutes(place, place.at("B", east=1_000)) == pytest.approx({"A": 22, "B": 12}, abs=0.02)


def test_many_points_start_at_once() -> None:
    place = town(ROW, Road("ABCDE"))
    both = origins({"AE": MultiPoint([place.spot("A"), place.spot("E", east=-4_000)])})
    # A–E is 40 km: A 0, B 10; from 4 km before E: E 4, D 6, C 16.
    assert minutes(place, both) == pytest.approx({"A": 0, "B": 10, "C": 16, "D": 6, "E": 4}, abs=CLOSE)


def test_roads_entered_at_their_ends_only_are_never_snapped_to() -> None:
    # The expressway B–C passes 1 km south of the origin, the village road A–D 1.5 km north of it: the road is taken.
    #     A---------D
    #          o
    #     B---------C
    place = town(
        "A---------D\n\n\n\n\nB---------C",
        Road("AD"),
        Road("BC", kmh=120, access="ends_only"),
        Road("AB"),
        Road("DC"),
        metres=500,
    )
    found = minutes(place, place.at("B", east=2_500, north=1_000))
    # 1.5 km × 12 = 18 min, then 2.5 km to A or D, and 2.5 km more to B or C.
    assert found == pytest.approx({"A": 20.5, "D": 20.5, "B": 23, "C": 23}, abs=0.05)


def test_roads_entered_at_their_ends_only_give_no_landing_on_the_way() -> None:
    # B–C–D is an expressway; C is a mere bend, D an interchange, B joins a village road.
    place = town(ROW, Road("AB"), Road("BCD", kmh=120, access="ends_only"), Road("DE"), kinds={"D": "interchange"})
    graph = compile_graph(place.network)
    names = list(place.network.nodes.index)
    assert sorted(names[node] for node in graph.state_node[graph.exits]) == ["A", "B", "D", "E"]
    ends = np.stack([graph.state_node[graph.chain_tail], graph.state_node[graph.chain_head]], axis=1)
    along = ends[graph.chain_along].tolist()
    assert {frozenset(names[node] for node in pair) for pair in along} == {frozenset("AB"), frozenset("DE")}
    assert (graph.chain_bwd_ms[graph.chain_along] > 0).all()


def test_islands_are_not_started_from() -> None:
    # Y–Z is a farm track joined to nothing, 200 m from the origin; the ring of 22 nodes passes 1.8 km to the north.
    place = town(
        """
A-B-C-D-E-F-G-H-I-J-K
|                   |
V-U-T-S-R-Q-P-O-N-M-L
  o
  Y-Z
""",
        Road("ABCDEFGHIJKLMNOPQRSTUVA"),
        Road("YZ"),
    )
    found = minutes(place, place.at("Y", north=200))
    assert set(found) == set("ABCDEFGHIJKLMNOPQRSTUV")
    # 1.8 km to the road at U, 12 min/km: 21.6 min; T and V lie 2 km on.
    assert found["U"] == pytest.approx(21.6, abs=0.02)
    assert found["V"] == pytest.approx(23.6, abs=0.02)
    # Of the 46 directed edges the two of the track are no place to start: one straight piece of road of 23.
    graph = compile_graph(place.network)
    usable = graph.chain_usable[graph.seg_chain]
    assert (len(usable), int((~usable).sum())) == (23, 1)
    # Two towns of like size may both be started from: the skeleton has one component a province.
    pair = town("A-B-C   D-E-F", Road("ABC"), Road("DEF"))
    assert set(minutes(pair, pair.at("E"))) == set("DEF")


def test_a_one_way_road_out_of_the_network_is_not_started_from() -> None:
    # A→…→A is a ring; from C a road leads out to D and never back. The origin lies 100 m from C→D,
    # 1.5 km from the ring.
    place = town("A--B\n|  |\nE--C\n   |\n   |\n   D", Road("ABCEA"), Road("CD", oneway=True))
    found = minutes(place, place.at("C", east=100, north=-1_500))
    # 1.503 km of walking to C = 18.04 min; from the road itself it would have been 1.2 min to D and nowhere else.
    assert found["C"] == pytest.approx(18.04, abs=0.05)
    assert found["D"] == pytest.approx(21.04, abs=0.05)
    assert set(found) == set("ABCDE")


def test_two_roads_at_the_same_distance_are_both_taken() -> None:
    # Halfway between two parallel roads, 60 and 30 km/h, 1 km apart; both are entered, whichever row comes first.
    #     A   B
    #     | o |
    #     D---C
    place = town("A-B\n| |\n| |\n| |\nD-C", Road("AD", kmh=60), Road("BC", kmh=30), Road("DC"), metres=500)
    east = 500.0
    spot = place.at("A", east=east, north=-500)
    found = [minutes(place, spot, network=shuffled_network(place.network, seed)) for seed in range(6)]
    # 0.5 km of walking is 6 min; up to A 0.5 km at 60 km/h, up to B at 30.
    assert found[0]["A"] == pytest.approx(6.5, abs=0.02)
    assert found[0]["B"] == pytest.approx(7.0, abs=0.02)
    assert all(other == pytest.approx(found[0], abs=1e-4) for other in found)


def test_snap_error_says_how_far_and_what_to_do() -> None:
    place = town("A---------B", Road("AB"))
    with pytest.raises(SnapError) as caught:
        travel_times(place.network, place.at("A", east=5_000, north=5_200))
    message = str(caught.value)
    assert re.search(r"5\.2 km from the nearest road", message)
    assert "largest access leg of 2 km" in message
    assert "Choose a place nearer to a road" in message
    assert message.startswith("A (101.0000, 36.0469)")
    # The remedy works.
    assert (
        len(travel_times(place.network, place.at("A", east=5_000, north=5_200), access=AccessLeg(6, 1.2, 6_000))) == 2
    )


def test_snap_error_names_the_point_that_failed() -> None:
    place = town("A---------B", Road("AB"))
    pair = origins({"pair": MultiPoint([place.spot("A"), place.spot("B", north=3_000)])})
    with pytest.raises(SnapError, match=r"3\.0 km") as caught:
        travel_times(place.network, pair)
    far = place.spot("B", north=3_000)
    assert f"({far.x:.4f}, {far.y:.4f})" in str(caught.value)


def test_a_network_entered_at_its_ends_only_cannot_be_started_from() -> None:
    place = town("A---------B", Road("AB", access="ends_only"))
    with pytest.raises(SnapError):
        travel_times(place.network, place.at("A"))


def test_limit_and_frame_of_travel_times() -> None:
    place = town(ROW, Road("ABCDE"))
    times = travel_times(place.network, place.at("A"), limit_min=20.5)
    assert times.index.names == ["origin_id", "node_id"]
    assert times.index.tolist() == [("A", "A"), ("A", "B"), ("A", "C")]
    assert list(times.columns) == ["time_min"]
    two = travel_times(place.network, origins({"A": place.spot("A"), "E": place.spot("E")}))
    assert two.loc[("E", "A"), "time_min"] == pytest.approx(40, abs=CLOSE)
    assert len(two) == 10


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf"), 24 * 60 + 1])
def test_impossible_limits(limit: float) -> None:
    place = town("A-B", Road("AB"))
    with pytest.raises(InputError, match="above 0"):
        travel_times(place.network, place.at("A"), limit_min=limit)


def test_unknown_direction_and_empty_network() -> None:
    place = town("A-B", Road("AB"))
    with pytest.raises(InputError, match=r"'out' is not known.*'from'"):
        travel_times(place.network, place.at("A"), direction="out")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no edges"):
        travel_times(place.network.take_edges([]), place.at("A"))


def test_seat_minutes_by_adcode() -> None:
    place = town(ROW, Road("ABCDE"), kinds={"C": "seat", "E": "seat"})
    coded = place.network.nodes.assign(adcode=pd.Series({"C": "630102", "E": "630103"}, dtype=str))
    network = place.network.with_frames(nodes=coded)
    found = seat_minutes(network, place.at("B"))
    assert found.index.tolist() == [("B", "630102"), ("B", "630103")]
    assert found["time_min"].tolist() == pytest.approx([10, 30], abs=CLOSE)
    with pytest.raises(SchemaError, match="this one has none"):
        seat_minutes(place.network, place.at("B"))


def test_no_edge_is_free() -> None:
    assert to_milliseconds([1e-9, 0.5, 1.0]).tolist() == [1, 30_000, 60_000]


def test_inputs_stay_as_they_were() -> None:
    place = toll_row()
    origin = place.at("A", east=300)
    nodes, edges, before = place.network.nodes.copy(), place.network.edges.copy(), origin.copy()
    travel_times(place.network, origin, direction="to")
    pd.testing.assert_frame_equal(place.network.nodes, nodes)
    pd.testing.assert_frame_equal(place.network.edges, edges)
    pd.testing.assert_frame_equal(origin, before)


seeds = st.integers(0, 2**32 - 1)


def node_minutes(
    network: Network, node: str, *, direction: Direction = "from", access: AccessLeg | None = None
) -> pd.Series:
    """Minutes from or to a node of a network."""
    leg = replace(network.access, max_m=20_000.0)
    place = gpd.GeoDataFrame(
        {"name": [node]}, geometry=[network.nodes.geometry[node]], index=pd.Index([node], name="origin_id"),
        crs=network.nodes.crs,
    )  # fmt: skip
    times = travel_times(network, place, direction=direction, access=leg)
    return times.droplevel("origin_id")["time_min"].sort_index()


@settings(max_examples=25)
@given(seeds)
def test_equals_networkx_on_random_towns(seed: int) -> None:
    network = random_town(seed).network
    graph: nx.DiGraph[str] = nx.DiGraph()
    for edge in network.edges.reset_index().to_dict("records"):
        graph.add_edge(edge["u"], edge["v"], ms=int(to_milliseconds(edge["time_min"])))
    # A touches the road A–B; a road that happens to pass nearer than 1 m to A would be entered too, and none does.
    expected = nx.single_source_dijkstra_path_length(graph, "A", weight="ms")
    found = node_minutes(network, "A") * 60_000
    assert {node: round(value) for node, value in found.items()} == expected


@settings(max_examples=30)
@given(seeds)
def test_to_equals_from_on_the_reversed_network(seed: int) -> None:
    network = random_town(seed).network
    # Every direction of every road runs at its own pace, so that there and back differ.
    pace = np.random.default_rng(seed).uniform(1, 3, len(network.edges))
    network = replace(network, time_min=network.time_min * pace)
    back = node_minutes(network, "B", direction="to")
    pd.testing.assert_series_equal(back, node_minutes(reversed_network(network), "B"))
    out = node_minutes(network, "B")
    pd.testing.assert_series_equal(out, node_minutes(reversed_network(reversed_network(network)), "B"))
    assert not back.equals(out)


@settings(max_examples=25)
@given(seeds, seeds)
def test_row_order_and_node_names_do_not_matter(seed: int, order: int) -> None:
    network = random_town(seed).network
    expected = node_minutes(network, "A")
    pd.testing.assert_series_equal(node_minutes(shuffled_network(network, order), "A"), expected)
    names = {name: f"n{number}" for number, name in enumerate(reversed(network.nodes.index))}
    renamed = network.with_frames(
        nodes=network.nodes.rename(index=names).rename_axis("node_id"),
        edges=network.edges.rename(index=names, level="u").rename(index=names, level="v"),
    )
    other = node_minutes(renamed, names["A"])
    assert other.rename(index={new: old for old, new in names.items()}).sort_index().to_dict() == expected.to_dict()


@settings(max_examples=25)
@given(seeds, st.floats(0.05, 0.95), st.floats(-300, 300))
def test_start_on_an_edge_obeys_the_triangle(seed: int, share: float, off: float) -> None:
    """From a place beside A–B both ends are reached no later than along this road, and no sooner than it takes."""
    place = random_town(seed, extra=2)
    (xa, ya), (xb, yb) = place.xy["A"], place.xy["B"]
    length = float(np.hypot(xb - xa, yb - ya))
    x = xa + share * (xb - xa) - off * (yb - ya) / length
    y = ya + share * (yb - ya) + off * (xb - xa) / length
    network = replace(place.network, access=replace(place.network.access, max_m=2_000.0))
    graph = compile_graph(network)
    here = degrees([(x, y)]).iloc[0]
    assert isinstance(here, Point)
    (start,) = snap(graph, [here], access=network.access, labels=["here"])
    reach = search(graph, start.states, start.costs_ms, limit_ms=10**9, entries=start.entries(graph, "from"))
    a, b = (int(time) for time in node_times(graph, reach)[:2])
    edge = float(network.edges["time_min"].loc[("A", "B", 0)]) * 60_000
    assert NEVER not in (a, b)
    # Never farther to the road than to this road; and from end to end no sooner than the shortest way between them.
    assert start.snap_m <= abs(off) * 1.001 + 0.01
    spent = start.snap_m * network.access.ms_per_m
    assert abs(a - b) <= edge + 2
    if start.snap_m >= abs(off) * 0.999 - 0.01:
        assert a <= spent + share * edge * 1.001 + 5
        assert b <= spent + (1 - share) * edge * 1.001 + 5


@settings(max_examples=30)
@given(seeds, st.floats(1.5, 5))
def test_slower_everywhere_takes_so_much_longer(seed: int, factor: float) -> None:
    network = replace(random_town(seed).network, toll_min=1.0)
    fast, slow = node_minutes(network, "A"), node_minutes(slower_network(network, factor), "A")
    np.testing.assert_allclose(slow, fast * factor, atol=1e-3)


def test_golden_minutes_of_the_skeleton() -> None:
    """The 46 pairs of `network/sanity_minutes`, authored with the network by another program (a plain Dijkstra over the
    tables), agree to the whole minute. The kilometres belong to the quickest way and are checked as its length.
    """
    table = read_table("network/sanity_minutes")
    assert len(table) == 46
    network = read_network()
    hubs = network.nodes.loc[table["origin_node_id"].unique(), ["name", "geometry"]].rename_axis("origin_id")
    times = travel_times(network, hubs)["time_min"]
    pairs = pd.MultiIndex.from_frame(table[["origin_node_id", "destination_node_id"]])
    found = np.rint(times.loc[pairs].to_numpy()).astype(int)
    wrong = table.assign(found=found)[found != table["modelled_min"].to_numpy(dtype=int)]
    assert wrong.empty, wrong[["origin", "destination", "modelled_min", "found"]]


def test_golden_kilometres_of_the_skeleton() -> None:
    network = read_network()
    table = read_table("network/sanity_minutes")
    graph: nx.DiGraph[tuple[str, bool]] = nx.DiGraph()
    for edge in network.edges.reset_index().to_dict("records"):
        ends = (edge["u"], edge["toll"]), (edge["v"], edge["toll"])
        if not graph.has_edge(*ends) or graph.edges[ends]["time"] > edge["time_min"]:
            graph.add_edge(*ends, time=edge["time_min"], km=edge["length_m"] / 1_000)
    for node in {node for node, _ in graph.nodes}:
        if graph.has_node((node, True)):
            graph.add_edge((node, True), (node, False), time=network.toll_min, km=0.0)
            graph.add_edge((node, False), (node, True), time=network.toll_min, km=0.0)
    for row in table.itertuples():
        ends = (row.origin_node_id, False), (row.destination_node_id, False)
        assert round(nx.path_weight(graph, nx.shortest_path(graph, *ends, weight="time"), "km")) == row.km, row


def test_peak_slows_the_core_only() -> None:
    off_peak, peak = read_network(), read_network(mode="drive_peak")
    core = off_peak.edges["road_class"].isin(["urban_arterial", "urban_expressway"])
    ratio = peak.edges["time_min"] / off_peak.edges["time_min"]
    # `turn_tolls`, peak_factor_core_legs: 1.5.
    assert ratio[core].to_numpy() == pytest.approx(1.5)
    assert ratio[~core].to_numpy() == pytest.approx(1.0)
    with pytest.raises(InputError, match=r"'night'.*'drive_peak'"):
        read_network(mode="night")  # type: ignore[arg-type]


def test_circle_centres_stand_on_the_network() -> None:
    network = read_network()
    times = travel_times(network, circle_centres(), limit_min=5)
    assert set(times.index.get_level_values("origin_id")) == {"济南", "青岛", "西宁—海东"}
    # Each starts at its hub without a leg; 西宁—海东 at two places at once.
    assert times.groupby("origin_id")["time_min"].min().tolist() == [0, 0, 0]
    assert (times.xs("西宁—海东")["time_min"] == 0).sum() == 2
