"""The kernel asked for all times at once, in 64 bits: how tests speak to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from urbangeo.areas.graph.kernel import LONGEST_MS, Workspace, as_times
from urbangeo.errors import InputError

UNREACHED = np.iinfo(np.int64).max
"""Time of a state that was not reached within the limit."""


def compressed_rows(
    tails: NDArray[np.int64], heads: NDArray[np.int64], costs: NDArray[np.int64], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Sort arcs by their tail: row starts, heads and costs."""
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
    """Least time from the nearest of some sources to every state, `UNREACHED` beyond the limit."""
    arcs = (as_times(starts), as_times(heads), as_times(costs))
    found = Workspace(len(starts) - 1).spread(
        arcs,
        as_times(sources),
        as_times(source_costs),
        limit=min(int(limit), LONGEST_MS),
        longest=int(np.max(costs, initial=0)),
    )
    states, reached, _, _, is_cut = found
    if is_cut and limit > LONGEST_MS:
        msg = (
            f"A route within the limit of {limit:,} ms would be longer than {LONGEST_MS:,} ms (24 days), more than "
            "times of 32 bits can hold. Use a smaller limit, or look for times in a wrong unit."
        )
        raise InputError(msg)
    times = np.full(len(starts) - 1, UNREACHED, dtype=np.int64)
    times[states] = reached
    return times
