"""The kernel: by hand, against networkx, and the laws a shortest time obeys."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from road_graphs import heap_times
from shortest_times import UNREACHED, compressed_rows, shortest_times

from urbangeo.areas.graph.kernel import (
    LONGEST_MS,
    NEVER,
    Workspace,
    as_times,
    compressed_best,
    counting_order,
    row_numbers,
    row_starts,
    to_milliseconds,
)
from urbangeo.errors import InputError
from urbangeo.jit import compiled

FAR = 10**12

Arcs = list[tuple[int, int, int]]


def times(
    arcs: Arcs, count: int, sources: list[int], *, spent: list[int] | None = None, limit: int = FAR
) -> NDArray[np.int64]:
    tails, heads, costs = (np.array([arc[part] for arc in arcs], dtype=np.int64) for part in range(3))
    rows = compressed_rows(tails, heads, costs, count)
    start = np.array(sources, dtype=np.int64)
    before = np.array(spent or [0] * len(sources), dtype=np.int64)
    return shortest_times(*rows, start, before, limit=limit)


# A diamond with a long and a short side, a tail behind it, and a state nobody reaches:
#
#     0 --4--> 1 --5--> 3 --10--> 4      5 --1--> 0
#     0 --2--> 2 --9--> 3
#              2 --1--> 1
#
# 0→2 = 2; 0→1 = min(4, 2+1) = 3; 0→3 = min(3+5, 2+9) = 8; 0→4 = 18; 5 has no arc to it.
DIAMOND: Arcs = [(0, 1, 4), (0, 2, 2), (2, 1, 1), (1, 3, 5), (2, 3, 9), (3, 4, 10), (5, 0, 1)]


def test_diamond_by_hand() -> None:
    assert times(DIAMOND, 6, [0]).tolist() == [0, 3, 2, 8, 18, UNREACHED]


def test_arcs_run_one_way_only() -> None:
    # From 3 only 4 lies ahead.
    assert times(DIAMOND, 6, [3]).tolist() == [UNREACHED, UNREACHED, UNREACHED, 0, 10, UNREACHED]


def test_limit_is_kept_to_the_millisecond() -> None:
    assert times(DIAMOND, 6, [0], limit=8).tolist() == [0, 3, 2, 8, UNREACHED, UNREACHED]
    assert times(DIAMOND, 6, [0], limit=7).tolist() == [0, 3, 2, UNREACHED, UNREACHED, UNREACHED]


def test_time_already_spent_counts_and_the_best_of_two_starts_wins() -> None:
    # From 3 after 1 ms and from 0 after 5: 3 = 1, 4 = 11; 0 = 5, 2 = 7, 1 = 8.
    assert times(DIAMOND, 6, [3, 0], spent=[1, 5]).tolist() == [5, 8, 7, 1, 11, UNREACHED]
    # One state named twice starts at its earlier time.
    assert times(DIAMOND, 6, [3, 3], spent=[9, 4]).tolist()[3:5] == [4, 14]
    # A start later than the limit is none.
    assert times(DIAMOND, 6, [3], spent=[9], limit=8).tolist() == [UNREACHED] * 6


def test_no_sources_and_no_arcs() -> None:
    assert times(DIAMOND, 6, []).tolist() == [UNREACHED] * 6
    assert times([], 2, [1]).tolist() == [UNREACHED, 0]


def test_compressed_rows_by_hand() -> None:
    starts, heads, costs = compressed_rows(np.array([2, 0, 2, 0]), np.array([1, 1, 0, 2]), np.array([7, 8, 9, 6]), 4)
    # State 0 has two arcs, 1 none, 2 two, 3 none; each row keeps the order given.
    assert starts.tolist() == [0, 2, 2, 4, 4]
    assert heads.tolist() == [1, 2, 1, 0]
    assert costs.tolist() == [8, 6, 7, 9]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Arcs, int]:
    count = draw(st.integers(1, 12))
    state = st.integers(0, count - 1)
    arcs = draw(st.lists(st.tuples(state, state, st.integers(1, 10_000_000)), max_size=50))
    return arcs, count


def by_networkx(arcs: Arcs, count: int, source: int, limit: int) -> list[int]:
    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph()
    graph.add_nodes_from(range(count))
    graph.add_weighted_edges_from(arcs)
    lengths = nx.single_source_dijkstra_path_length(graph, source, cutoff=limit)
    return [int(lengths.get(state, UNREACHED)) for state in range(count)]


@given(graphs(), st.data())
def test_equals_networkx_to_the_millisecond(graph: tuple[Arcs, int], data: st.DataObject) -> None:
    arcs, count = graph
    source = data.draw(st.integers(0, count - 1))
    limit = data.draw(st.one_of(st.just(FAR), st.integers(0, 30_000_000)))
    assert times(arcs, count, [source], limit=limit).tolist() == by_networkx(arcs, count, source, limit)


@given(graphs(), st.data())
def test_many_sources_are_the_least_of_each(graph: tuple[Arcs, int], data: st.DataObject) -> None:
    arcs, count = graph
    starts = data.draw(
        st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, 1_000_000)), min_size=1, max_size=5)
    )
    together = times(arcs, count, [state for state, _ in starts], spent=[spent for _, spent in starts])
    single = [times(arcs, count, [state], spent=[spent]) for state, spent in starts]
    assert together.tolist() == np.min(single, axis=0).tolist()


@given(graphs(), st.randoms(use_true_random=False), st.data())
def test_neither_row_order_nor_numbering_matters(graph: tuple[Arcs, int], chance: Any, data: st.DataObject) -> None:
    arcs, count = graph
    source = data.draw(st.integers(0, count - 1))
    expected = times(arcs, count, [source])
    number = list(range(count))
    chance.shuffle(number)
    renamed = [(number[tail], number[head], cost) for tail, head, cost in arcs]
    chance.shuffle(renamed)
    found = times(renamed, count, [number[source]])
    assert [int(found[number[state]]) for state in range(count)] == expected.tolist()


@given(graphs(), st.integers(0, 20_000_000))
def test_a_limit_only_hides_what_lies_beyond(graph: tuple[Arcs, int], limit: int) -> None:
    arcs, count = graph
    full, cut = times(arcs, count, [0]), times(arcs, count, [0], limit=limit)
    assert cut.tolist() == np.where(full <= limit, full, UNREACHED).tolist()


@given(graphs(), st.data())
def test_equals_a_plain_heap(graph: tuple[Arcs, int], data: st.DataObject) -> None:
    arcs, count = graph
    limit = data.draw(st.one_of(st.just(FAR), st.integers(0, 30_000_000)))
    state = st.integers(0, count - 1)
    sources = data.draw(st.dictionaries(state, st.integers(0, 20_000_000), max_size=4))
    tails, heads, costs = (np.array([arc[part] for arc in arcs], dtype=np.int64) for part in range(3))
    expected = heap_times(*compressed_rows(tails, heads, costs, count), sources, limit=limit)
    assert times(arcs, count, list(sources), spent=list(sources.values()), limit=limit).tolist() == expected


def test_arcs_of_no_time_are_followed_and_end() -> None:
    ring = [(0, 1, 0), (1, 2, 0), (2, 0, 0), (2, 3, 0)]
    assert times(ring, 4, [0], limit=0).tolist() == [0, 0, 0, 0]


def rows_of(arcs: Arcs, count: int) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    tails, heads, costs = (np.array([arc[part] for arc in arcs], dtype=np.int32) for part in range(3))
    starts, kept_heads, kept_costs = compressed_best(tails, heads, costs, count)
    return as_times(starts), as_times(kept_heads), as_times(kept_costs)


def owned(
    room: Workspace, arcs: Arcs, count: int, sources: list[tuple[int, int, int]], limit: int = LONGEST_MS
) -> dict[int, tuple[int, int]]:
    """Times and owners by state; sources are state, time spent, owner."""
    state, spent, owner = (as_times([source[part] for source in sources]) for part in range(3))
    states, found, whose, _, _ = room.spread(
        rows_of(arcs, count), state, spent, limit=limit, longest=10_000_000, owners=owner
    )
    assert whose is not None
    assert states.tolist() == sorted(states.tolist())
    return {int(s): (int(t), int(o)) for s, t, o in zip(states, found, whose, strict=True)}


def test_the_nearest_has_the_state_and_of_equals_the_smaller_owner() -> None:
    # A street 0 - 1 - 2 - 3 - 4 with 10 ms between: 2 is as far from both ends.
    street = [arc for state in range(4) for arc in ((state, state + 1, 10), (state + 1, state, 10))]
    both = [(0, 0, 8), (4, 0, 5)]
    expected = {0: (0, 8), 1: (10, 8), 2: (20, 5), 3: (10, 5), 4: (0, 5)}
    assert owned(Workspace(5), street, 5, both) == expected
    assert owned(Workspace(5), street, 5, both[::-1]) == expected
    # A millisecond decides; two owners at one state: the smaller.
    assert owned(Workspace(5), street, 5, [(0, 0, 8), (4, 1, 5)])[2] == (20, 8)
    assert owned(Workspace(5), street, 5, [(0, 0, 8), (0, 0, 5), (0, 1, 1)])[4] == (40, 5)


@given(graphs(), st.data())
def test_owner_is_the_argmin_over_single_searches(graph: tuple[Arcs, int], data: st.DataObject) -> None:
    arcs, count = graph
    source = st.tuples(st.integers(0, count - 1), st.integers(0, 3), st.integers(0, 3))
    sources = data.draw(st.lists(source, min_size=1, max_size=5))
    room = Workspace(count)
    singles = [owned(room, arcs, count, [one]) for one in sources]
    expected = {
        state: min(single[state] for single in singles if state in single)
        for state in {state for single in singles for state in single}
    }
    assert owned(room, arcs, count, sources) == expected


def test_a_workspace_is_clean_after_each_search() -> None:
    room = Workspace(6)
    for sources in ([(0, 0, 1)], [(5, 3, 2), (3, 0, 0)], [(2, 9, 4)]):
        found = owned(room, DIAMOND, 6, sources, limit=12)
        assert found == owned(Workspace(6), DIAMOND, 6, sources, limit=12)
        assert (room.times == NEVER).all()
        assert (room.buckets == -1).all()
        assert (room.owners == np.iinfo(np.int32).max).all()


def test_the_pool_of_waiting_states_grows() -> None:
    # A star with more arms than the pool has room for.
    arms = 5_000
    arcs = [(0, arm, arm) for arm in range(1, arms)]
    room = Workspace(arms)
    before = len(room.waiting)
    states, found, _, settled, is_cut = room.spread(
        rows_of(arcs, arms), as_times([0]), as_times([7]), limit=arms, longest=arms
    )
    assert found.tolist() == [7, *range(8, arms + 1)]
    assert len(room.waiting) > before
    assert settled == len(states) == arms - 6
    assert is_cut


def test_very_long_arcs_widen_the_buckets() -> None:
    arcs = [(0, 1, 2_000_000_000), (1, 2, 100_000_000), (0, 2, 2_100_000_001), (2, 3, 1)]
    assert times(arcs, 4, [0], limit=LONGEST_MS).tolist() == [0, 2_000_000_000, 2_100_000_000, 2_100_000_001]
    assert times(arcs, 4, [0], limit=2_100_000_000).tolist() == [0, 2_000_000_000, 2_100_000_000, UNREACHED]
    # 24 days of buckets of two seconds would be more than a million.
    room = Workspace(4)
    room.spread(rows_of(arcs, 4), as_times([0]), as_times([0]), limit=LONGEST_MS, longest=2_100_000_001)
    assert len(room.buckets) <= 2**19


def test_a_route_too_long_for_32_bits_is_refused_not_hidden() -> None:
    arcs = [(0, 1, 2_000_000_000), (1, 2, 2_000_000_000)]
    assert times(arcs, 3, [0], limit=LONGEST_MS).tolist() == [0, 2_000_000_000, UNREACHED]
    with pytest.raises(InputError, match="24 days"):
        times(arcs, 3, [0], limit=LONGEST_MS + 1)
    for bad in ([(0, 1, 2**31)], [(0, 1, -1)]):
        with pytest.raises(InputError, match="from 0 to 2,147,483,646"):
            times(bad, 2, [0])


def test_best_arcs_by_hand() -> None:
    starts, heads, costs = rows_of([(2, 1, 7), (0, 2, 8), (2, 1, 5), (0, 1, 6), (2, 0, 9)], 4)
    assert [part.tolist() for part in (starts, heads, costs)] == [[0, 2, 2, 4, 4], [1, 2, 0, 1], [6, 8, 9, 5]]
    assert row_numbers(starts).tolist() == [0, 0, 2, 2]
    assert row_starts(np.array([2, 0, 2], dtype=np.int32), 4).tolist() == [0, 1, 1, 3, 3]


@given(st.lists(st.integers(0, 5), max_size=30))
def test_counting_order_is_a_stable_sort(keys: list[int]) -> None:
    found = counting_order(np.array(keys, dtype=np.int32), 6, np.arange(len(keys), dtype=np.int32))
    assert found.tolist() == np.argsort(keys, kind="stable").tolist()


def test_minutes_become_whole_milliseconds_and_never_none() -> None:
    assert to_milliseconds([1.0, 1e-9, 0.5 / 60_000 + 1 / 60_000]).tolist() == [60_000, 1, 2]


def test_without_a_place_for_machine_code_loops_are_compiled_anew() -> None:
    """A function that lies in no file cannot be kept; numba says so with a bare RuntimeError."""
    room: dict[str, Any] = {}
    exec("def twice(number):\n    return 2 * number", room)  # noqa: S102
    twice: Any = compiled(room["twice"])
    assert twice(21) == 42
    assert twice.signatures
    # What lies in a file is kept.
    kept: Any = counting_order
    assert type(kept._cache).__name__ == "FunctionCache"
