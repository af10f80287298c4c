"""The kernel: by hand, against networkx, and the laws a shortest time obeys."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from urbangeo.areas.kernel import UNREACHED, compressed_rows, shortest_times

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
