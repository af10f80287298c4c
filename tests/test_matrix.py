"""Minutes between many places: by hand, against one search at a time, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from towns import Road, Town, origins, point, random_town, shuffled_network, town

from urbangeo.areas.graph.search import Direction
from urbangeo.areas.isochrones import seat_minutes, travel_times
from urbangeo.areas.matrix import od_matrix
from urbangeo.errors import InputError, SchemaError, SnapError
from urbangeo.sources.network import AccessLeg, read_network

CLOSE = 0.002
ROW = "A---------B---------C---------D"


def minutes(frame: pd.DataFrame) -> dict[tuple[Any, ...], float]:
    found: Any = frame["time_min"].items()
    return {tuple(pair): round(float(value), 3) for pair, value in found}


def with_seats(place: Town, codes: dict[str, str]) -> Any:
    nodes = place.network.nodes.assign(adcode=pd.Series(codes, dtype=str))
    nodes["kind"] = ["seat" if name in codes else "junction" for name in nodes.index]
    return place.network.with_frames(nodes=nodes)


def test_by_hand_with_a_leg_at_both_ends() -> None:
    # 60 km/h. From 500 m beside A (6 min of walking) to 250 m beside the road 4 km before C (3 min): 16 km of road.
    place = town(ROW, Road("ABCD"), middle="B")
    start = origins({"o": place.spot("A", north=500)})
    ends = origins({"p": place.spot("C", east=-4_000, north=250), "D": place.spot("D")})
    found = od_matrix(place.network, start, destinations=ends, cutoff_min=60)
    assert found.index.names == ["origin_id", "destination_id"]
    assert minutes(found) == pytest.approx({("o", "p"): 25, ("o", "D"): 36}, abs=0.05)
    # No farther than the cutoff, the leg at the far end included.
    assert minutes(od_matrix(place.network, start, destinations=ends, cutoff_min=24)) == {}
    assert list(minutes(od_matrix(place.network, start, destinations=ends, cutoff_min=26))) == [("o", "p")]


def test_two_places_on_one_road_go_straight_to_each_other() -> None:
    # Both on A–B, 2 and 7 km from A, never passing a junction: 5 min, and none at all to itself but the two legs.
    place = town("A---------B", Road("AB"), middle="A")
    both = origins({"x": place.spot("A", east=2_000), "y": place.spot("A", east=7_000, north=100)})
    found = minutes(od_matrix(place.network, both, destinations=both))
    assert found == pytest.approx({("x", "x"): 0, ("x", "y"): 6.2, ("y", "x"): 6.2, ("y", "y"): 2.4}, abs=0.01)


def test_one_way_roads_and_both_directions() -> None:
    # A ring of one-way roads of 4 km: from x, 1 km behind A, y 2 km on is 2 min away, and x from y 14.
    place = town("A---B\n|   |\n|   |\n|   |\nD---C", Road("ABCDA", oneway=True), middle="A")
    both = origins({"x": place.spot("A", east=1_000), "y": place.spot("A", east=3_000)})
    out = minutes(od_matrix(place.network, both, destinations=both))
    assert (out["x", "y"], out["y", "x"]) == pytest.approx((2, 14), abs=CLOSE)
    back = minutes(od_matrix(place.network, both, destinations=both, direction="to"))
    assert (back["x", "y"], back["y", "x"]) == pytest.approx((14, 2), abs=CLOSE)


def test_seat_to_seat_by_hand_with_tolls() -> None:
    # B–C is a toll road at 120 km/h, 1 min on each change. A, B and D are seats; C is left by a street.
    place = town(ROW, Road("AB"), Road("BC", kmh=120, access="ends_only", toll=True), Road("CD"), toll_min=1.0)
    network = with_seats(place, {"D": "630103", "A": "630101", "B": "630102"})
    found = od_matrix(network, cutoff_min=60)
    assert found.index.get_level_values("origin_id").unique().tolist() == ["630101", "630102", "630103"]
    # Outward a toll is paid at B and again at C. From D one arrives at B's seat on the toll road, before the toll is
    # paid, and goes on to A only after it: A 10 + 1 + 5 + 1 + 10.
    expected = {
        ("630101", "630101"): 0, ("630101", "630102"): 10, ("630101", "630103"): 27,
        ("630102", "630101"): 10, ("630102", "630102"): 0, ("630102", "630103"): 17,
        ("630103", "630101"): 27, ("630103", "630102"): 16, ("630103", "630103"): 0,
    }  # fmt: skip
    assert minutes(found) == pytest.approx(expected, abs=CLOSE)


def test_not_reached_is_left_out_and_a_place_off_the_road_is_told() -> None:
    place = town("A---B     C---D", Road("AB"), Road("CD"))
    both = origins({"A": place.spot("A"), "D": place.spot("D")})
    assert list(minutes(od_matrix(place.network, both, destinations=both))) == [("A", "A"), ("D", "D")]
    lost = origins({"sea": point(0, 90_000), "moor": point(0, 80_000)})
    with pytest.raises(SnapError, match=r"sea .*moor .*2 points of 2 origins"):
        od_matrix(place.network, both, destinations=lost)
    with pytest.raises(SchemaError, match="this one has none"):
        od_matrix(place.network, both)
    with pytest.raises(InputError, match="direction"):
        od_matrix(place.network, both, destinations=both, direction="round")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="cutoffs"):
        od_matrix(place.network, both, destinations=both, cutoff_min=-1)


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=20)
@given(seeds, st.sampled_from(["from", "to"]))
def test_to_nodes_it_equals_travel_times(seed: int, direction: Direction) -> None:
    place = random_town(seed)
    network = replace(place.network, access=replace(place.network.access, max_m=20_000.0), toll_min=0.5)
    names = {name: f"63{number:04d}" for number, name in enumerate(place.xy)}
    network = with_seats(Town(network, place.xy), names)
    start = origins({"o": place.spot("A", east=500, north=-700)})
    times: Any = travel_times(network, start, direction=direction)["time_min"].droplevel(0)
    found = od_matrix(network, start, cutoff_min=1440, direction=direction)["time_min"].droplevel(0)
    assert found.to_dict() == {names[node]: value for node, value in times.items()}
    assert seat_minutes(network, start, direction=direction)["time_min"].droplevel(0).to_dict() == found.to_dict()


@settings(max_examples=20)
@given(seeds)
def test_there_is_back_the_other_way_and_rows_do_not_matter(seed: int) -> None:
    place = random_town(seed)
    draw = np.random.default_rng(seed)
    network = replace(place.network, time_min=place.network.time_min * draw.uniform(1, 3, len(place.network.u)))
    spots = {f"p{number}": point(*xy) for number, xy in enumerate(draw.uniform(-6_000, 6_000, (5, 2)).tolist())}
    leg = AccessLeg(6.0, 1.2, 50_000.0)
    places = origins(spots)
    out = od_matrix(network, places, destinations=places, cutoff_min=1440, access=leg)["time_min"]
    back = od_matrix(network, places, destinations=places, cutoff_min=1440, access=leg, direction="to")["time_min"]
    turned = back.swaplevel().rename_axis(out.index.names)
    np.testing.assert_allclose(turned.reindex(out.index), out, atol=1e-4)
    assert len(out) == len(back)
    shuffled = od_matrix(
        shuffled_network(network, seed),
        places.iloc[::-1],
        destinations=places.iloc[::-1],
        cutoff_min=1440,
        access=leg,
    )
    assert shuffled["time_min"].to_dict() == out.to_dict()


def test_the_seats_of_the_skeleton() -> None:
    network = read_network()
    found = od_matrix(network, cutoff_min=90)
    assert found["time_min"].max() <= 90
    own = found[found.index.get_level_values(0) == found.index.get_level_values(1)]
    assert len(own) == 181
    assert (own["time_min"] == 0).all()
    # One row of it is what one search from there gives.
    seats = network.nodes[network.nodes["kind"] == "seat"].set_index("adcode")[["name", "geometry"]]
    one = seats.loc[["370902"]].rename_axis("origin_id")
    expected = seat_minutes(network, one)["time_min"].xs("370902")
    assert found["time_min"].xs("370902").to_dict() == expected[expected <= 90].to_dict()
