"""A coarse network outside, a full one inside: what goes, what stays, and how the two are tied."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from urbangeo.errors import InputError
from urbangeo.sources.network import read_network
from urbangeo.sources.network.changes.clip import clip_network
from urbangeo.sources.network.changes.merge import SEAM_CIRCUITY, merge_networks
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import AccessLeg, Network, Shapes, check_arrays, county_seats
from urbangeo.sources.network.speeds.means import with_speeds
from urbangeo.sources.network.topology import components

METRE = 1 / float(np.radians(6_371_008.8))
"""Degrees of latitude in a metre on the sphere of distances."""


def road(places: dict[Any, tuple[float, float]], pairs: list[tuple[Any, Any]], **more: Any) -> Network:
    """Roads between named places, both ways, 60 km/h."""
    names = list(places)
    both = [*pairs, *((v, u) for u, v in pairs)]
    u, v = (np.array([names.index(pair[end]) for pair in both], dtype=np.int32) for end in (0, 1))
    lon, lat = (np.array([places[name][axis] for name in names]) for axis in (0, 1))
    length = np.maximum(np.hypot((lon[u] - lon[v]) * 0.8, lat[u] - lat[v]) / METRE, 1.0)
    count = len(u)
    made: dict[str, Any] = {
        "node_id": np.array(names),
        "lon": lon,
        "lat": lat,
        "u": u,
        "v": v,
        "length_m": length,
        "speed_kmh": np.full(count, 60.0),
        "time_min": length / 1000,
        "road_class": Coded.constant("trunk_1", count),
        "along": np.ones(count, dtype=bool),
        "toll": np.zeros(count, dtype=bool),
    }
    return Network(**(made | more))


def coarse(**more: Any) -> Network:
    """A road from west to east through the area: w - x - y - e, and a seat in the middle of the area."""
    places = {"w": (116.0, 36.0), "x": (117.0, 36.0), "y": (117.2, 36.0), "e": (118.2, 36.0), "seat": (117.1, 36.05)}
    columns = {
        "node_columns": {
            "kind": Coded.from_texts(["junction"] * 4 + ["seat"]),
            "adcode": Coded.from_texts([None] * 4 + ["370102"]),
        },
        "kind": "skeleton",
        "provenance": {"as_of": "2024-12"},
        "access": AccessLeg(36.0, 1.3, 15_000.0),
    }
    pairs = [("w", "x"), ("x", "y"), ("y", "e"), ("x", "seat")]
    return road(places, pairs, **(columns | more))


def full(**more: Any) -> Network:
    """A town round 117.0 to 117.2, 500 m north of the coarse road; node 9 hangs on nothing that leads back."""
    north = 36.0 + 500 * METRE
    places = {1: (117.0, north), 2: (117.1, north), 3: (117.2, north), 8: (117.0, 36.0), 9: (117.0, 36.0 + METRE)}
    return road(places, [(1, 2), (2, 3), (8, 9)], **({"kind": "osm", "provenance": {"file": "a.pbf"}} | more))


def named(network: Network, name: str) -> int:
    column = network.node_columns["outside_node_id"]
    assert isinstance(column, Coded)
    return int(np.flatnonzero(column.is_in([name]))[0])


def test_the_seam_by_hand() -> None:
    merged = merge_networks(coarse(), full(), area=(116.9, 35.9, 117.3, 36.1), seam_m=10_000)
    seam = merged.provenance["seam"]
    # x-y and x-seat lie in the area with both ends; w-x and y-e lead in; nothing else.
    assert seam["edges_dropped"]["edges"] == 4
    assert seam["edges_leading_in"]["edges"] == 4
    assert seam["edges_kept_outside"]["edges"] == 0
    assert (seam["ends_tied"], seam["places_tied"]) == (2, 1)
    assert (seam["ends_untied"]["count"], seam["places_dropped"]["count"]) == (0, 0)
    assert (len(merged.node_id), len(merged.u)) == (5 + 5, 4 + 6 + 6)
    assert (merged.kind, merged.is_skeleton) == ("merged", True)
    assert merged.provenance["parts"] == ["osm", "skeleton"]
    assert merged.provenance["outside"] == {"kind": "skeleton", "as_of": "2024-12"}
    assert merged.access == full().access
    ties = merged.road_class.is_in(["connector"])
    assert ties.sum() == 6
    assert (~merged.along[ties]).all()
    assert set(merged.edge_columns["length_basis"].texts()[ties]) == {"seam"}  # type: ignore[union-attr]
    # x lies 500 m south of node 1 of the main component; 8 and 9 are nearer, but lead nowhere.
    x, one = named(merged, "x"), int(np.flatnonzero(merged.node_id == 1)[0])
    tie = np.flatnonzero((merged.u == x) & ties)
    assert merged.v[tie].tolist() == [one]
    assert merged.length_m[tie] == pytest.approx(500 * SEAM_CIRCUITY, rel=1e-6)
    assert merged.time_min[tie] == pytest.approx(0.65 / 42 * 60, rel=1e-6)
    assert np.unique(merged.node_id).size == len(merged.node_id)
    # From the west one can now drive through the town to the east.
    together = components(merged, "strong").label
    assert together[named(merged, "w")] == together[named(merged, "e")] == together[named(merged, "seat")]
    assert county_seats(merged).index.tolist() == ["370102"]


def test_without_an_area_the_reach_of_the_seam_is_the_area() -> None:
    near = merge_networks(coarse(), full(), seam_m=600)
    # x and y lie within 600 m of the town, the seat (5 km off) does not: its road stays and leads in.
    assert near.provenance["seam"]["edges_dropped"]["edges"] == 2
    assert near.provenance["seam"]["edges_leading_in"]["edges"] == 6
    assert near.provenance["seam"]["area"] == "within seam_m of the inside's main component"
    nothing = merge_networks(coarse(), full(), seam_m=400)
    assert nothing.provenance["seam"]["edges_kept_outside"]["edges"] == 8
    assert not nothing.road_class.is_in(["connector"]).any()


def test_what_cannot_be_tied_is_named() -> None:
    merged = merge_networks(coarse(), full(), area=(116.9, 35.9, 117.3, 36.1), seam_m=499)
    seam = merged.provenance["seam"]
    assert seam["ends_untied"] == {"count": 2, "nodes": ["x", "y"]}
    assert seam["places_dropped"] == {"count": 1, "nodes": ["seat"]}
    assert seam["tie_straight_m_most"] is None


def test_edges_that_pass_through_stay() -> None:
    over = road({"a": (116.0, 36.0), "b": (118.0, 36.0)}, [("a", "b")])
    merged = merge_networks(over, full(), area=(116.9, 35.9, 117.3, 36.1))
    assert merged.provenance["seam"]["edges_kept_outside"]["edges"] == 2
    assert merged.is_skeleton is False
    assert merged.provenance["parts"] == ["osm", "tables"]


def test_a_skeleton_of_which_nothing_is_left_takes_no_part() -> None:
    small = road({"a": (117.0, 36.0), "b": (117.2, 36.0)}, [("a", "b")], kind="skeleton")
    merged = merge_networks(small, full(), seam_m=1000)
    assert merged.provenance["parts"] == ["osm"]
    assert not merged.is_skeleton
    assert len(merged.u) == len(full().u)


def test_seats_the_inside_has_already_are_not_doubled() -> None:
    kinds = {"kind": Coded.from_texts(["seat"] + ["junction"] * 4), "adcode": Coded.from_texts(["370102"] + [None] * 4)}
    merged = merge_networks(coarse(), full(node_columns=kinds), area=(116.9, 35.9, 117.3, 36.1), seam_m=10_000)
    assert county_seats(merged).index.tolist() == ["370102"]
    assert merged.provenance["seam"]["places_tied"] == 0


def test_identities_stay_where_they_can() -> None:
    texts = full(node_id=np.array(["p", "q", "r", "s", "t"]))
    assert "x" in merge_networks(coarse(), texts).node_id.tolist()
    clash = full(node_id=np.array(["w", "q", "outside:w", "s", "t"]))
    ids = merge_networks(coarse(), clash).node_id.tolist()
    assert len(set(ids)) == len(ids)
    assert {"w", "outside:w", "outside:outside:w"} <= set(ids)
    numbers = merge_networks(full(), full(), seam_m=1.0, area=(0, 0, 1, 1)).node_id
    assert sorted(numbers.tolist()) == [-5, -4, -3, -2, -1, 1, 2, 3, 8, 9]


def test_columns_of_one_alone_are_unknown_in_the_other() -> None:
    inside = full(
        edge_columns={"osm_id": np.arange(6), "lanes": np.full(6, 2.0), "lit": np.ones(6, dtype=bool)},
        node_columns={"signal": Coded.from_texts(["yes"] * 5)},
    )
    outside = coarse(edge_columns={"lanes": np.full(8, 4.0), "road_name": Coded.from_texts(["国道"] * 8)})
    merged = merge_networks(outside, inside, area=(116.9, 35.9, 117.3, 36.1), seam_m=10_000)
    part: Any = merged.edge_columns["part"]
    frame = merged.edges.reset_index()
    assert frame["part"].tolist() == ["outside"] * 4 + ["inside"] * 6 + ["seam"] * 6
    assert frame["osm_id"].tolist() == [-1] * 4 + list(range(6)) + [-1] * 6
    assert frame["lanes"].fillna(0).tolist() == [4.0] * 4 + [2.0] * 6 + [0.0] * 6
    assert frame["road_name"].isna().tolist() == [False] * 4 + [True] * 12
    assert frame["lit"].isna().tolist() == [True] * 4 + [False] * 6 + [True] * 6
    assert part.values == ("outside", "inside", "seam")
    assert merged.nodes["kind"].tolist().count("seat") == 1


def test_bends_of_both_are_kept() -> None:
    def bent(network: Network) -> Network:
        mid = (network.lon[network.u] + network.lon[network.v]) / 2
        points = np.stack(
            [
                np.c_[network.lon[network.u], network.lat[network.u]],
                np.c_[mid, network.lat[network.u] + 0.01],
                np.c_[network.lon[network.v], network.lat[network.v]],
            ],
            axis=1,
        )
        count = len(network.u)
        whole = np.round(points.reshape(-1, 2) * 1e7).astype(np.int32)
        shapes = Shapes(np.arange(0, 3 * count + 1, 3), whole, np.arange(count, dtype=np.int32), np.zeros(count, bool))
        return replace(network, shapes=shapes)

    for outside, inside in ((bent(coarse()), full()), (coarse(), bent(full())), (bent(coarse()), bent(full()))):
        merged = merge_networks(outside, inside, area=(116.9, 35.9, 117.3, 36.1), seam_m=10_000)
        drawn = {shapely.to_wkt(line, rounding_precision=6) for line in merged.geometry()}
        for network, kept in ((outside, [0, 2, 4, 6]), (inside, range(6))):
            assert {shapely.to_wkt(line, rounding_precision=6) for line in network.geometry(list(kept))} <= drawn
        check_arrays(merged)


@pytest.mark.parametrize(
    ("outside", "inside", "options", "words"),
    [
        (coarse(mode="drive_peak"), full(), {}, "mode"),
        (coarse(impedance="length_m"), full(), {}, "impedance"),
        (coarse(mode="drive+rail"), full(mode="drive+rail"), {}, "merge the roads first"),
        (coarse(impedance="cost"), full(impedance="cost"), {}, "cost"),
        (coarse(), full(), {"seam_m": 0}, "seam_m"),
        (coarse(), full(), {"seam_m": float("nan")}, "seam_m"),
        (coarse(), full().take_edges([]), {}, "no edges"),
        (coarse(), full(), {"area": (1, 1, 0, 0)}, "west"),
        (
            coarse(toll=np.ones(8, dtype=bool), toll_min=1.0),
            full(toll=np.ones(6, dtype=bool), toll_min=2.0),
            {},
            "toll_min is 1 outside and 2 inside",
        ),
    ],
)
def test_what_cannot_be_one_network_is_refused(outside: Network, inside: Network, options: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        merge_networks(outside, inside, **options)


def test_the_toll_is_of_the_one_that_has_it() -> None:
    outside = coarse(toll=np.ones(8, dtype=bool), toll_min=1.5)
    assert merge_networks(outside, full(toll_min=0.0)).toll_min == 1.5
    assert merge_networks(coarse(toll_min=1.0), full()).toll_min == 0.0


def test_the_access_leg_can_be_given() -> None:
    leg = AccessLeg(30.0, 1.2, 5_000.0)
    merged = merge_networks(coarse(), full(), access=leg)
    assert (merged.access, merged.provenance["seam"]["access_of"]) == (leg, "given")
    assert merge_networks(coarse(), full()).provenance["seam"]["access_of"] == "inside"


@given(st.permutations(range(6)), st.permutations(range(8)))
def test_the_order_of_edges_does_not_matter(inner: list[int], outer: list[int]) -> None:
    def seen(merged: Network) -> set[Any]:
        ends = merged.lon[merged.u], merged.lat[merged.u], merged.lon[merged.v], merged.lat[merged.v]
        return set(zip(*(values.round(9).tolist() for values in (*ends, merged.length_m)), strict=True))

    options: dict[str, Any] = {"area": (116.9, 35.9, 117.3, 36.1), "seam_m": 10_000}
    one = merge_networks(coarse(), full(), **options)
    other = merge_networks(coarse().take_edges(outer), full().take_edges(inner), **options)
    assert seen(one) == seen(other)
    assert one.provenance["seam"] == other.provenance["seam"]


def test_nothing_given_is_changed_and_the_real_skeleton_keeps_its_seats() -> None:
    skeleton = read_network()
    inside = replace(clip_network(skeleton, (116.5, 36.3, 117.5, 37.0), edges="inside"), kind="osm")
    edges = len(skeleton.u)
    inside = replace(inside, node_id=np.arange(len(inside.node_id)), node_columns={})
    merged = merge_networks(skeleton, inside, seam_m=1_000)
    assert len(skeleton.u) == edges
    assert "part" not in skeleton.edge_columns
    assert len(county_seats(merged)) == 181
    strong = components(merged, "strong")
    before = components(skeleton, "strong")
    assert strong.main == before.main


def test_authored_speeds_stay_authored() -> None:
    skeleton = read_network()
    box = (116.5, 36.3, 117.5, 37.0)
    inside = replace(clip_network(skeleton, box), kind="osm", node_columns={})
    merged = merge_networks(skeleton, inside, area=box)
    basis: Any = merged.edge_columns["speed_basis"]
    part: Any = merged.edge_columns["part"]
    outside = part.is_in(["outside"])
    assert set(basis.take(outside).texts()) == {"authored"}
    again = with_speeds(merged)
    np.testing.assert_array_equal(again.speed_kmh[outside], merged.speed_kmh[outside])
