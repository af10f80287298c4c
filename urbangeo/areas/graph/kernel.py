"""The shortest-path kernel: arrays in, arrays out, nothing else known.

Times are whole milliseconds, so that sums are exact and neither ties nor the order of rows change an answer. States
wait in buckets of two seconds; within a bucket a state may be corrected, so no order inside it is needed. What a search
touched is put back when it ends, so its cost grows with what it reaches and not with the network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.errors import InputError
from urbangeo.jit import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray


NEVER = np.int32(np.iinfo(np.int32).max)
"""Time of a state that was not reached within the limit."""

LONGEST_MS = int(NEVER) - 1
"""Longest time that can be told from :data:`NEVER`: 24 days 20 hours."""

_BUCKET_BITS = 11
"""A bucket holds 2^11 ms, about two seconds; the speed hardly changes from a quarter of a second to eight."""

_MOST_BUCKETS = 1 << 18
"""More than a week of buckets of two seconds; beyond that buckets are wider."""

_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
"""A de Bruijn sequence: multiplied by a single bit, its six highest bits tell which one it was."""

_PLACE_OF_BIT = np.argsort([(int(_BRUIJN) << place & (1 << 64) - 1) >> 58 for place in range(64)]).astype(np.int32)
"""Number of the bit, by those six."""

NOBODY = np.int32(np.iinfo(np.int32).max)
"""Owner of a state that nobody has reached."""


def to_milliseconds(minutes: Any) -> NDArray[np.int64]:
    """Round minutes to whole milliseconds, at least one so that no edge is free.

    Parameters
    ----------
    minutes : array_like of float
        Positive times.

    Returns
    -------
    numpy.ndarray of int64
        Milliseconds.
    """
    return np.maximum(np.rint(np.asarray(minutes, dtype=np.float64) * 60_000), 1).astype(np.int64)


@compiled
def counting_order(keys: NDArray[np.int32], count: int, before: NDArray[np.int32]) -> NDArray[np.int32]:
    """Sort rows by keys from 0 to ``count - 1`` in linear time; rows of one key keep the order they had before.

    Parameters
    ----------
    keys : numpy.ndarray of int32, shape (rows,)
        One key a row.
    count : int
        Number of keys there may be.
    before : numpy.ndarray of int32, shape (rows,)
        Rows in the order they had.

    Returns
    -------
    numpy.ndarray of int32, shape (rows,)
        Rows in order.
    """
    place = np.zeros(count + 1, np.int64)
    for row in range(len(keys)):
        place[keys[row] + 1] += 1
    for key in range(count):
        place[key + 1] += place[key]
    order = np.empty(len(before), np.int32)
    for number in range(len(before)):
        row = before[number]
        key = keys[row]
        order[place[key]] = row
        place[key] += 1
    return order


@compiled
def _best_arcs(
    tails: NDArray[np.int32],
    heads: NDArray[np.int32],
    costs: NDArray[np.int32],
    order: NDArray[np.int32],
    count: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Keep the quickest of the arcs between two states, given in order of tail and head."""
    starts = np.zeros(count + 1, np.int32)
    best_head, best_cost = np.empty(len(order), np.int32), np.empty(len(order), np.int32)
    kept = 0
    before = -1
    for number in range(len(order)):
        arc = order[number]
        if tails[arc] == before and best_head[kept - 1] == heads[arc]:
            best_cost[kept - 1] = min(best_cost[kept - 1], costs[arc])
            continue
        before = tails[arc]
        best_head[kept], best_cost[kept] = heads[arc], costs[arc]
        kept += 1
        starts[before + 1] += 1
    for state in range(count):
        starts[state + 1] += starts[state]
    return starts, best_head[:kept].copy(), best_cost[:kept].copy()


def compressed_best(
    tails: NDArray[np.int32], heads: NDArray[np.int32], costs: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Sort arcs by tail and head into compressed rows of 32 bits, and of those between the same two keep the quickest.

    Parameters
    ----------
    tails, heads : numpy.ndarray of int32, shape (arcs,)
        State numbers from 0 to ``count - 1``.
    costs : numpy.ndarray of int32, shape (arcs,)
        Milliseconds.
    count : int
        Number of states.

    Returns
    -------
    tuple of numpy.ndarray of int32
        Row starts (shape ``count + 1``), heads and costs in row order.
    """
    order = counting_order(heads, count, np.arange(len(tails), dtype=np.int32))
    order = counting_order(tails, count, order)
    return _best_arcs(tails, heads, costs, order, count)


def row_starts(keys: NDArray[np.int32], count: int) -> NDArray[np.int32]:
    """Say where the rows of each key begin among rows sorted by keys.

    Parameters
    ----------
    keys : numpy.ndarray of int32, shape (rows,)
        Keys from 0 to ``count - 1``, in any order.
    count : int
        Number of keys there may be.

    Returns
    -------
    numpy.ndarray of int32, shape (count + 1,)
        Row starts.
    """
    starts = np.zeros(count + 1, dtype=np.int32)
    np.cumsum(np.bincount(keys, minlength=count), out=starts[1:])
    return starts


def row_numbers(starts: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the tail of each arc of compressed rows.

    Parameters
    ----------
    starts : numpy.ndarray of int32, shape (states + 1,)
        Row starts.

    Returns
    -------
    numpy.ndarray of int32, shape (arcs,)
        Row of each arc.
    """
    return np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))


class Workspace:
    """What a search needs besides the graph, kept from one search to the next; never shared between threads.

    Parameters
    ----------
    states : int
        Number of states of the graphs it serves.
    """

    def __init__(self, states: int) -> None:
        """Make room for the states of one graph."""
        self.times = np.full(states, NEVER, dtype=np.int32)
        self.touched = np.empty(states, dtype=np.int32)
        self.marks = np.zeros((states >> 6) + 1, dtype=np.uint64)
        self.owners = np.empty(0, dtype=np.int32)
        self.buckets = np.full(1 << 11, -1, dtype=np.int32)
        self.waiting = np.empty((1 << 10, 3), dtype=np.int32)

    def spread(
        self,
        arcs: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
        sources: NDArray[np.int32],
        spent: NDArray[np.int32],
        *,
        limit: int,
        longest: int,
        owners: NDArray[np.int32] | None = None,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32] | None, int, bool]:
        """Find the least time to every state within a limit.

        Of several sources with the same least time the one with the smallest owner has the state.

        Parameters
        ----------
        arcs : tuple of numpy.ndarray of int32
            Row starts, heads and costs; costs are not negative. Read-only arrays, as all below.
        sources, spent : numpy.ndarray of int32, shape (sources,)
            States to start from and the time already spent there, not negative; a state may stand more than once.
        limit : int
            Largest time of interest, at most :data:`LONGEST_MS`.
        longest : int
            Longest arc, or any longer time.
        owners : numpy.ndarray of int32, shape (sources,), optional
            Whose each source is, not negative.

        Returns
        -------
        states, times : numpy.ndarray of int32, shape (reached,)
            What was reached; states rise.
        owners : numpy.ndarray of int32, shape (reached,), or None
            Whose it is; None without owners.
        settled : int
            How many states were expanded, corrections counted again.
        is_cut : bool
            Whether the limit kept any arc from being followed, or any source from being used.
        """
        latest = int(spent.max(initial=0))
        span = max(0, min(limit, max(longest, latest)))
        bits = _BUCKET_BITS
        while span >> bits >= _MOST_BUCKETS:
            bits += 1
        # Times that wait together never differ by more than the span; two buckets more keep its ends apart.
        size = 1 << ((span >> bits) + 2).bit_length()
        if size > len(self.buckets):
            self.buckets = np.full(size, -1, dtype=np.int32)
        if owners is not None and len(self.owners) == 0:
            self.owners = np.full(len(self.times), NOBODY, dtype=np.int32)
        # One signature, so that there is one machine code.
        mine = read_only(np.empty(0, dtype=np.int32) if owners is None else owners)
        reached, settled, is_cut, self.waiting = _spread(
            *arcs, sources, spent, mine, limit, bits, size - 1, self.times, self.owners, self.buckets, self.waiting,
            self.touched,
        )  # fmt: skip
        states, times, owned = _take_back(
            self.touched[:reached], self.marks, self.times, self.owners, owners is not None
        )
        return states, times, owned if owners is not None else None, settled, is_cut

    def owners_of(self, states: NDArray[np.int32], owners: NDArray[np.int32] | None) -> NDArray[np.int32]:
        """Write owners down by state; :meth:`forget_owners` must follow.

        Parameters
        ----------
        states : numpy.ndarray of int32, shape (reached,)
            States.
        owners : numpy.ndarray of int32, shape (reached,), or None
            Whose they are.

        Returns
        -------
        numpy.ndarray of int32
            Owner of every state, empty without owners.
        """
        if owners is None:
            return np.empty(0, dtype=np.int32)
        if len(self.owners) == 0:
            self.owners = np.full(len(self.times), NOBODY, dtype=np.int32)
        self.owners[states] = owners
        return self.owners

    def forget_owners(self, states: NDArray[np.int32]) -> None:
        """Undo :meth:`owners_of`.

        Parameters
        ----------
        states : numpy.ndarray of int32, shape (reached,)
            States.
        """
        if len(self.owners):
            self.owners[states] = NOBODY


@compiled
def _spread(
    starts: NDArray[np.int32],
    heads: NDArray[np.int32],
    costs: NDArray[np.int32],
    sources: NDArray[np.int32],
    spent: NDArray[np.int32],
    mine: NDArray[np.int32],
    limit: int,
    bits: int,
    mask: int,
    times: NDArray[np.int32],
    owners: NDArray[np.int32],
    buckets: NDArray[np.int32],
    waiting: NDArray[np.int32],
    touched: NDArray[np.int32],
) -> tuple[int, int, bool, NDArray[np.int32]]:
    """Label states bucket by bucket; `waiting` is a pool of (state, time, next), reused as it empties."""
    owned = len(mine) > 0
    reached = settled = used = inside = 0
    free = -1
    is_cut = False
    bucket = limit >> bits
    for number in range(len(sources)):
        state, time = sources[number], spent[number]
        if time > limit:
            is_cut = True
            continue
        if time == times[state]:
            if owned and mine[number] < owners[state]:
                owners[state] = mine[number]
            continue
        if time > times[state]:
            continue
        if times[state] == NEVER:
            touched[reached] = state
            reached += 1
        times[state] = time
        if owned:
            owners[state] = mine[number]
        if used == len(waiting):
            waiting = _grown(waiting)
        slot = (time >> bits) & mask
        waiting[used, 0], waiting[used, 1], waiting[used, 2] = state, time, buckets[slot]
        buckets[slot] = used
        used += 1
        inside += 1
        bucket = min(bucket, time >> bits)
    while inside > 0:
        slot = bucket & mask
        entry = buckets[slot]
        if entry < 0:
            bucket += 1
            continue
        state, time = np.uint32(waiting[entry, 0]), waiting[entry, 1]
        buckets[slot] = waiting[entry, 2]
        waiting[entry, 2] = free
        free = entry
        inside -= 1
        if time != times[state]:
            continue
        settled += 1
        left = limit - time
        for arc in range(starts[state], starts[state + 1]):
            if costs[arc] > left:
                is_cut = True
                continue
            # Without a sign an index needs no look whether it counts from the end.
            target = np.uint32(heads[arc])
            there = time + costs[arc]
            known = times[target]
            if there > known:
                continue
            if there == known:
                if not owned or owners[state] >= owners[target]:
                    continue
            elif known == NEVER:
                touched[reached] = target
                reached += 1
            times[target] = there
            if owned:
                owners[target] = owners[state]
            if free >= 0:
                entry = free
                free = waiting[entry, 2]
            else:
                if used == len(waiting):
                    waiting = _grown(waiting)
                entry = used
                used += 1
            slot = (there >> bits) & mask
            waiting[entry, 0], waiting[entry, 1], waiting[entry, 2] = target, there, buckets[slot]
            buckets[slot] = entry
            inside += 1
    return reached, settled, is_cut, waiting


@compiled
def _grown(waiting: NDArray[np.int32]) -> NDArray[np.int32]:
    """Copy the pool into one of twice the size."""
    larger = np.empty((2 * len(waiting), 3), np.int32)
    larger[: len(waiting)] = waiting
    return larger


@compiled
def _take_back(
    touched: NDArray[np.int32],
    marks: NDArray[np.uint64],
    times: NDArray[np.int32],
    owners: NDArray[np.int32],
    owned: bool,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Copy what was found, in the order of states, and leave the workspace as it was before the search."""
    # In the order of memory everything that follows is quicker. One bit a state puts them in order: a word of 64 is
    # looked at for each 64 states between the first and the last, far less than sorting costs.
    states, found = np.empty(len(touched), np.int32), np.empty(len(touched), np.int32)
    whose = np.empty(len(touched) if owned else 0, np.int32)
    first, last = len(marks), -1
    for number in range(len(touched)):
        state = touched[number]
        word = state >> 6
        marks[word] |= np.uint64(1) << np.uint64(state & 63)
        first, last = min(first, word), max(last, word)
    count = 0
    for word in range(first, last + 1):
        left = marks[word]
        marks[word] = 0
        while left:
            rest = left & (left - np.uint64(1))
            state = (word << 6) + _PLACE_OF_BIT[((left ^ rest) * _BRUIJN) >> np.uint64(58)]
            left = rest
            states[count], found[count] = state, times[state]
            times[state] = NEVER
            if owned:
                whose[count] = owners[state]
                owners[state] = NOBODY
            count += 1
    return states, found, whose


def read_only(values: NDArray[Any]) -> NDArray[Any]:
    """Look at an array in the one form compiled loops take: in one piece, and not to be written to.

    Parameters
    ----------
    values : numpy.ndarray
        Any array.

    Returns
    -------
    numpy.ndarray
        The same values.
    """
    view = np.ascontiguousarray(values).view()
    view.flags.writeable = False
    return view


def as_times(values: Any) -> NDArray[np.int32]:
    """Bring whole numbers into the one form the kernel takes: 32 bits, in one piece, read-only.

    Parameters
    ----------
    values : array_like of int
        Numbers of states, or milliseconds.

    Returns
    -------
    numpy.ndarray of int32
        The same numbers.

    Raises
    ------
    InputError
        If a number is negative or does not fit.
    """
    plain = np.asarray(values)
    if plain.dtype != np.int32 or (len(plain) and plain.min() < 0):
        wide = np.asarray(plain if len(plain) else plain.astype(np.int64))
        if wide.dtype.kind not in "iu" or (len(wide) and (int(wide.min()) < 0 or int(wide.max()) > LONGEST_MS)):
            msg = (
                "The kernel takes whole numbers (states, milliseconds) from 0 to "
                f"{LONGEST_MS:,} (24 days); got {wide.dtype} from {wide.min()} to {wide.max()}."
            )
            raise InputError(msg)
        plain = wide.astype(np.int32)
    return read_only(plain)
