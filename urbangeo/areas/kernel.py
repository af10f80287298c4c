"""The shortest-path kernel: arrays in, arrays out, nothing else known.

Times are whole milliseconds, so that sums are exact and neither ties nor the order of rows change an answer.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNREACHED = np.iinfo(np.int64).max
"""Time of a state that was not reached within the limit."""


def compressed_rows(
    tails: NDArray[np.int64], heads: NDArray[np.int64], costs: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Sort arcs by their tail into compressed sparse rows.

    Parameters
    ----------
    tails, heads : numpy.ndarray of int64, shape (arcs,)
        State numbers from 0 to ``count - 1``.
    costs : numpy.ndarray of int64, shape (arcs,)
        Milliseconds.
    count : int
        Number of states.

    Returns
    -------
    tuple of numpy.ndarray
        Row starts (shape ``count + 1``), heads and costs in row order.
    """
    order = np.argsort(tails, kind="stable")
    starts = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(tails, minlength=count), out=starts[1:])
    return starts, heads[order], costs[order]


def shortest_times(
    starts: NDArray[np.int64],
    heads: NDArray[np.int64],
    costs: NDArray[np.int64],
    sources: NDArray[np.int64],
    source_costs: NDArray[np.int64],
    *,
    limit: int,
) -> NDArray[np.int64]:
    """Find the least time from the nearest of some sources to every state, stopping at a limit.

    Dijkstra's algorithm with a binary heap and lazy deletion; states whose least time exceeds the limit are never
    expanded and stay :data:`UNREACHED`.

    Parameters
    ----------
    starts, heads, costs : numpy.ndarray of int64
        Arcs as made by :func:`compressed_rows`; costs are not negative.
    sources, source_costs : numpy.ndarray of int64, shape (sources,)
        States to start from and the time already spent there; a state may stand more than once.
    limit : int
        Largest time of interest, milliseconds.

    Returns
    -------
    numpy.ndarray of int64, shape (states,)
        Milliseconds, or :data:`UNREACHED`.

    Examples
    --------
    Three states in a row, 5 ms and 7 ms apart, seen from the first:

    >>> import numpy as np
    >>> arcs = compressed_rows(np.array([0, 1]), np.array([1, 2]), np.array([5, 7]), 3)
    >>> shortest_times(*arcs, np.array([0]), np.array([0]), limit=100).tolist()
    [0, 5, 12]

    References
    ----------
    Dijkstra, E. W. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269–271.
    """
    # Plain lists: reading one number out of an array costs more than the step that needs it.
    row, head, cost = starts.tolist(), heads.tolist(), costs.tolist()
    best = [UNREACHED] * (len(row) - 1)
    queue: list[tuple[int, int]] = []
    for state, spent in zip(sources.tolist(), source_costs.tolist(), strict=True):
        if spent <= limit and spent < best[state]:
            best[state] = spent
            queue.append((spent, state))
    heapq.heapify(queue)
    while queue:
        spent, state = heapq.heappop(queue)
        if spent > best[state]:
            continue
        for arc in range(row[state], row[state + 1]):
            there = spent + cost[arc]
            target = head[arc]
            if there < best[target] and there <= limit:
                best[target] = there
                heapq.heappush(queue, (there, target))
    return np.array(best, dtype=np.int64)
