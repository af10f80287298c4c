"""Ways cut at shared nodes: by hand, and against a slow reader that walks every node."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from urbangeo.sources.network.osm.junctions import LEAST_M, Pieces, segment_lengths, split_ways

Way = list[int]
GEOD = Geod(ellps="WGS84")
NOWHERE = 2_147_483_647
"""What osmium gives for a coordinate that is not known."""


def place(node: int) -> tuple[int, int]:
    """Put a node somewhere no other is; ids from 100 on are missing."""
    if node >= 100:
        return NOWHERE, NOWHERE
    return 1_170_000_000 + node * 10_000, 366_000_000 + node * node * 100


def cut(ways: list[Way], blocked: list[int] | None = None) -> Pieces:
    nodes = [node for way in ways for node in way]
    return split_ways(
        np.array([len(way) for way in ways], dtype=np.int64),
        np.array(nodes, dtype=np.int64),
        np.array([place(node) for node in nodes], dtype=np.int32).reshape(-1, 2),
        blocked=None if blocked is None else np.array(blocked, dtype=np.int64),
    )


def drawn(pieces: Pieces) -> list[tuple[int, tuple[tuple[int, int], ...]]]:
    """The way and points of every piece."""
    return [
        (int(way), tuple(map(tuple, pieces.xy[first : last + 1].tolist())))
        for way, first, last in zip(pieces.way, pieces.first, pieces.last, strict=True)
    ]


def slowly(ways: list[Way], blocked: frozenset[int] = frozenset()) -> list[tuple[int, tuple[tuple[int, int], ...]]]:
    """The same by walking: runs of nodes that are there, cut where a node is met twice."""
    runs: list[tuple[int, Way]] = []
    for number, way in enumerate(ways):
        run: Way = []
        for node in [*way, 100]:
            if node >= 100:
                if len(run) > 1:
                    runs.append((number, run))
                run = []
            elif not run or run[-1] != node:
                run = [*run, node]
    met = Counter(node for _, run in runs for node in run)
    found = []
    for number, run in runs:
        piece = [run[0]]
        for at, node in enumerate(run[1:], start=1):
            piece.append(node)
            if at == len(run) - 1 or met[node] > 1 or node in blocked:
                found.append((number, tuple(map(place, piece))))
                piece = [node]
    return found


def ends(pieces: Pieces) -> list[tuple[int, int]]:
    return list(zip(pieces.node_id[pieces.u].tolist(), pieces.node_id[pieces.v].tolist(), strict=True))


def test_a_crossing_is_a_node() -> None:
    pieces = cut([[1, 2, 3], [4, 2, 5]])
    assert ends(pieces) == [(1, 2), (2, 3), (4, 2), (2, 5)]
    assert pieces.node_id.tolist() == [1, 2, 3, 4, 5]
    assert pieces.node_xy.tolist() == [list(place(node)) for node in range(1, 6)]


def test_a_bend_is_none() -> None:
    pieces = cut([[1, 2, 3]])
    assert ends(pieces) == [(1, 3)]
    assert drawn(pieces) == [(0, (place(1), place(2), place(3)))]
    lons, lats = (np.array([place(node)[axis] / 1e7 for node in (1, 2, 3)]) for axis in (0, 1))
    assert pieces.length_m[0] == pytest.approx(GEOD.line_length(lons, lats), rel=1e-8)


def test_bridges_are_not_joined() -> None:
    # Two ways that cross on the map without a common node.
    assert ends(cut([[1, 4], [2, 3]])) == [(1, 4), (2, 3)]


def test_a_ring_road_met_once() -> None:
    pieces = cut([[1, 2, 3, 1], [1, 9]])
    assert ends(pieces) == [(1, 1), (1, 9)]


def test_a_way_that_meets_itself() -> None:
    assert ends(cut([[1, 2, 3, 4, 2]])) == [(1, 2), (2, 2)]


def test_a_way_there_and_back() -> None:
    assert ends(cut([[1, 2, 1]])) == [(1, 1)]


def test_doubled_nodes_make_no_junction() -> None:
    pieces = cut([[1, 2, 2, 2, 3], [3, 3]])
    assert ends(pieces) == [(1, 3)]
    assert pieces.counts["repeated_points"] == 3
    assert pieces.counts["ways_lost"] == 1


def test_ways_too_short_to_be_one() -> None:
    pieces = cut([[1], [], [2, 3], [1]])
    assert ends(pieces) == [(2, 3)]
    assert pieces.node_id.tolist() == [2, 3]
    assert pieces.counts["ways_lost"] == 3
    assert pieces.counts["lone_points"] == 2


def test_nothing_is_drawn_across_a_gap() -> None:
    pieces = cut([[1, 2, 100, 3, 4, 101, 102, 5], [6, 7]])
    assert ends(pieces) == [(1, 2), (3, 4), (6, 7)]
    assert pieces.length_m[0] < 2 * pieces.length_m[1]
    assert pieces.whole.tolist() == [False, True]
    counts = pieces.counts
    assert (counts["missing_nodes"], counts["missing_references"], counts["ways_cut"]) == (3, 3, 1)
    assert (counts["lone_points"], counts["ways_lost"]) == (1, 0)


def test_a_repeated_node_across_a_gap_is_kept() -> None:
    assert ends(cut([[1, 2, 100, 2, 3]])) == [(1, 2), (2, 3)]


def test_a_missing_node_named_twice_is_one_node() -> None:
    counts = cut([[1, 2, 100], [3, 4, 100]]).counts
    assert (counts["missing_nodes"], counts["missing_references"], counts["ways_cut"]) == (1, 2, 2)


def test_a_place_off_the_globe_is_missing() -> None:
    xy = np.array([[0, 0], [10, 0], [1_900_000_000, 0], [0, 950_000_000], [20, 0], [30, 0]], dtype=np.int32)
    pieces = split_ways(np.array([6]), np.arange(6), xy)
    assert ends(pieces) == [(0, 1), (4, 5)]
    assert pieces.counts["missing_nodes"] == 2


def test_a_barrier_parts_the_road() -> None:
    pieces = cut([[1, 2, 3], [2, 4]], blocked=[2, 77])
    assert pieces.node_id.tolist() == [1, 3, 4, -1, -2, -3]
    assert pieces.node_blocked.tolist() == [False, False, False, True, True, True]
    assert pieces.node_xy[3:].tolist() == [list(place(2))] * 3
    # Every piece has an end of its own: none of them leads on to another.
    assert sorted(node for pair in ends(pieces) for node in pair) == [-3, -2, -1, 1, 3, 4]
    assert pieces.counts["barriers"] == 1


@pytest.mark.parametrize(
    ("ways", "junctions"),
    [([[1, 2, 3]], 0), ([[1, 2], [2, 3]], 0), ([[1, 2], [2, 3], [4, 2]], 1), ([[1, 2, 3], [2, 4]], 1), ([[1, 2]], 0)],
)
def test_barriers_where_more_than_two_roads_meet_are_counted(ways: list[Way], junctions: int) -> None:
    assert cut(ways, blocked=[2]).counts["barriers_at_junctions"] == junctions


def test_a_barrier_on_a_bend_parts_it_too() -> None:
    assert len(cut([[1, 2, 3]], blocked=[2]).u) == 2


def test_two_nodes_on_one_spot_keep_their_centimetre() -> None:
    pieces = split_ways(np.array([2, 2]), np.array([1, 2, 2, 3]), np.array([[5, 5], [5, 5], [5, 5], [9_000, 5]]))
    assert pieces.length_m[0] == LEAST_M
    assert pieces.counts["zero_lengths"] == 1


def test_no_ways_at_all() -> None:
    pieces = cut([])
    assert len(pieces.u) == len(pieces.node_id) == len(pieces.length_m) == 0


some_ways = st.lists(
    st.lists(st.one_of(st.integers(1, 9), st.integers(1, 30), st.sampled_from([100, 101])), max_size=9), max_size=7
)


@given(some_ways, st.frozensets(st.integers(1, 9), max_size=2))
def test_like_the_slow_reader(ways: list[Way], blocked: frozenset[int]) -> None:
    pieces = cut(ways, blocked=sorted(blocked))
    assert drawn(pieces) == slowly(ways, blocked)
    assert (pieces.length_m >= LEAST_M).all()
    named = [node for way in ways for node in way]
    assert pieces.counts["missing_references"] == sum(node >= 100 for node in named)
    assert pieces.counts["missing_nodes"] == len({node for node in named if node >= 100})
    # Both ends stand where the line begins and ends, and every node is the end of something.
    for row, (_, line) in enumerate(drawn(pieces)):
        assert tuple(pieces.node_xy[pieces.u[row]].tolist()) == line[0]
        assert tuple(pieces.node_xy[pieces.v[row]].tolist()) == line[-1]
        lons, lats = np.array(line).T / 1e7
        assert pieces.length_m[row] == pytest.approx(max(GEOD.line_length(lons, lats), LEAST_M), rel=1e-7)
    assert set(range(len(pieces.node_id))) == {*pieces.u.tolist(), *pieces.v.tolist()}
    assert not {*pieces.node_id.tolist()} & blocked


@given(
    st.floats(-179.9, 179.9),
    st.floats(-80, 80),
    st.floats(0, 360),
    st.floats(0.5, 200_000),
)
def test_lengths_are_those_of_the_ellipsoid(lon: float, lat: float, azimuth: float, metres: float) -> None:
    far_lon, far_lat, _ = GEOD.fwd(lon, lat, azimuth, metres)
    xy = np.rint(np.array([[lon, lat], [far_lon, far_lat]]) * 1e7).astype(np.int32)
    true = GEOD.inv(*(xy[0] / 1e7), *(xy[1] / 1e7))[2]
    within = 1e-7 if abs(lat) < 60 and abs(far_lat) < 60 else 1e-6
    assert segment_lengths(xy)[0] == pytest.approx(true, rel=within, abs=1e-6)


def test_lengths_near_the_pole_and_across_the_date_line() -> None:
    xy = np.array(
        [[1_799_999_000, 895_000_000], [-1_799_000_000, 895_010_000], [-1_799_000_000, 0], [-1_798_900_000, 0]]
    )
    true = GEOD.inv(*(xy[:-1].T / 1e7), *(xy[1:].T / 1e7))[2]
    assert segment_lengths(xy) == pytest.approx(true, rel=1e-8)


def test_blocks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    xy = np.cumsum(np.random.default_rng(7).integers(-9_000, 9_000, size=(1_000, 2)), axis=0).astype(np.int32)
    whole = segment_lengths(xy)
    monkeypatch.setattr("urbangeo.sources.network.osm.junctions._BLOCK", 7)
    assert (segment_lengths(xy) == whole).all()
    assert len(whole) == 999
