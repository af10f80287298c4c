"""Contract roads: directions into pieces, pieces into chains from junction to junction, chains into straight segments.

Nodes are given by their *rank* along the curve, so that nothing here depends on the order of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from urbangeo.areas.graph.kernel import counting_order
from urbangeo.jit import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pieces = tuple[
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int8],
        NDArray[np.bool_],
    ]
    Chains = tuple[
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.bool_],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int64],
        NDArray[np.int64],
        NDArray[np.bool_],
    ]


@compiled
def _line_hashes(offsets: NDArray[np.int64], points: NDArray[np.int32]) -> tuple[NDArray[np.uint64], NDArray[np.bool_]]:
    """Reduce each line to a number that both of its directions share, and say which lines run against it."""
    count = len(offsets) - 1
    hashes = np.empty(count, np.uint64)
    turned = np.empty(count, np.bool_)
    prime = np.uint64(0x9E3779B97F4A7C15)
    for line in range(count):
        ahead = back = np.uint64(0x2545F4914F6CDD1D)
        first, last = offsets[line], offsets[line + 1]
        for step in range(last - first):
            for part in range(2):
                ahead = (ahead ^ np.uint64(int(points[first + step, part]) + 2**31)) * prime
                ahead ^= ahead >> np.uint64(29)
                back = (back ^ np.uint64(int(points[last - 1 - step, part]) + 2**31)) * prime
                back ^= back >> np.uint64(29)
        turned[line] = back < ahead
        hashes[line] = min(ahead, back)
    return hashes, turned


def line_numbers(
    offsets: NDArray[np.int64], points: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.int32]]:
    """Give lines numbers by their looks, so that equal lines and both directions of one have the same number.

    Parameters
    ----------
    offsets : numpy.ndarray of int64, shape (lines + 1,)
        Where the points of each line begin and end.
    points : numpy.ndarray of int32, shape (points, 2)
        Longitude and latitude.

    Returns
    -------
    numbers : numpy.ndarray of int32, shape (lines,)
        Number of each line.
    turned : numpy.ndarray of bool, shape (lines,)
        Whether the line runs against the direction its number stands for.
    example : numpy.ndarray of int32, shape (numbers,)
        One line of each number.
    """
    hashes, turned = _line_hashes(offsets, points)
    _, example, numbers = np.unique(hashes, return_index=True, return_inverse=True)
    return numbers.astype(np.int32), turned, example.astype(np.int32)


@compiled
def _gather_pieces(
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    cost: NDArray[np.int32],
    tag: NDArray[np.int32],
    against: NDArray[np.bool_],
    order: NDArray[np.int32],
) -> Pieces:
    """Put the directions that follow each other in order and are of one kind together into pieces."""
    edges = len(order)
    low, high, ahead, back, kind = (
        np.empty(edges, np.int32),
        np.empty(edges, np.int32),
        np.empty(edges, np.int32),
        np.empty(edges, np.int32),
        np.empty(edges, np.int32),
    )
    turned = np.zeros(edges, np.bool_)
    piece = -1
    for number in range(edges):
        edge = order[number]
        u, v = min(tail[edge], head[edge]), max(tail[edge], head[edge])
        if piece < 0 or low[piece] != u or high[piece] != v or kind[piece] != tag[edge]:
            piece += 1
            low[piece], high[piece], kind[piece] = u, v, tag[edge]
            ahead[piece] = back[piece] = -1
        if u == v:
            # A loop along a line runs with it or against it; one without a line lies in its node, both ways alike.
            goes_ahead, goes_back = not against[edge], against[edge] or tag[edge] < 4
        else:
            goes_ahead = tail[edge] == u
            goes_back = not goes_ahead
            turned[piece] = against[edge] == goes_ahead
        if goes_ahead and (ahead[piece] < 0 or cost[edge] < ahead[piece]):
            ahead[piece] = cost[edge]
        if goes_back and (back[piece] < 0 or cost[edge] < back[piece]):
            back[piece] = cost[edge]
    count = piece + 1
    kind = kind[:count].copy()
    return (
        low[:count].copy(),
        high[:count].copy(),
        ahead[:count].copy(),
        back[:count].copy(),
        ((kind >> 2) - 1).astype(np.int32),
        (kind & 3).astype(np.int8),
        turned[:count].copy(),
    )


def merge_pieces(
    tail: NDArray[np.int32],
    head: NDArray[np.int32],
    cost: NDArray[np.int32],
    *,
    line: NDArray[np.int32],
    against: NDArray[np.bool_],
    along: NDArray[np.bool_],
    toll: NDArray[np.bool_],
    nodes: int,
    lines: int,
) -> Pieces:
    """Bring both directions of a road together, and of roads that cannot be told apart on the ground keep the best.

    Edges between the same two nodes along the same line, of one access and toll kind, are one piece.

    Parameters
    ----------
    tail, head : numpy.ndarray of int32, shape (edges,)
        Ranks of nodes.
    cost : numpy.ndarray of int32, shape (edges,)
        Milliseconds.
    line : numpy.ndarray of int32, shape (edges,)
        Number of the edge's line, -1 for a straight one.
    against : numpy.ndarray of bool, shape (edges,)
        Whether the edge runs against its line.
    along, toll : numpy.ndarray of bool, shape (edges,)
        Whether one may leave anywhere, and whether it is a toll road.
    nodes, lines : int
        How many there are.

    Returns
    -------
    low, high : numpy.ndarray of int32, shape (pieces,)
        Ranks of the ends, the lower first.
    ahead, back : numpy.ndarray of int32, shape (pieces,)
        Time from low to high and from high to low, -1 for none.
    line : numpy.ndarray of int32, shape (pieces,)
        Number of the line, -1 for none.
    kind : numpy.ndarray of int8, shape (pieces,)
        1 for toll roads, plus 2 for those one may leave anywhere.
    turned : numpy.ndarray of bool, shape (pieces,)
        Whether the line runs from high to low.
    """
    tag = (line + np.int32(1)) * np.int32(4) + along.astype(np.int32) * np.int32(2) + toll
    order = counting_order(tag, 4 * (lines + 1), np.arange(len(tail), dtype=np.int32))
    order = counting_order(np.maximum(tail, head), nodes, order)
    order = counting_order(np.minimum(tail, head), nodes, order)
    return _gather_pieces(tail, head, cost, tag, against, order)


@compiled
def _find_junctions(
    pieces: Pieces, landing: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.int32], NDArray[np.bool_], NDArray[np.bool_]]:
    """Say where chains must end, which two pieces meet where they need not, and which sides each node has."""
    low, high, ahead, back, _, kind, _ = pieces
    nodes = len(landing)
    meets = np.zeros(nodes, np.int32)
    # Each piece end is the number of the piece times two, plus one at its high end.
    ends = np.full((nodes, 2), -1, np.int32)
    has_free, has_toll = landing.copy(), np.zeros(nodes, np.bool_)
    for piece in range(len(low)):
        for end in range(2):
            node = high[piece] if end else low[piece]
            if meets[node] < 2:
                ends[node, meets[node]] = 2 * piece + end
            meets[node] += 1
            if kind[piece] & 1:
                has_toll[node] = True
            else:
                has_free[node] = True
    junction = np.ones(nodes, np.bool_)
    for node in range(nodes):
        if meets[node] != 2 or (has_free[node] and has_toll[node]):
            continue
        one, two = ends[node, 0] >> 1, ends[node, 1] >> 1
        if one == two or kind[one] != kind[two]:
            continue
        if landing[node] and not kind[one] & 2:
            # An exit on a road that has none but at its ends.
            continue
        away_one, away_two = (
            back[one] if ends[node, 0] & 1 else ahead[one],
            back[two] if ends[node, 1] & 1 else ahead[two],
        )
        here_one, here_two = (
            ahead[one] if ends[node, 0] & 1 else back[one],
            ahead[two] if ends[node, 1] & 1 else back[two],
        )
        both_ways = away_one >= 0 and away_one == here_one and away_two >= 0 and away_two == here_two
        into_two = here_one >= 0 and away_one < 0 and here_two < 0 and away_two >= 0
        into_one = here_two >= 0 and away_two < 0 and here_one < 0 and away_one >= 0
        junction[node] = not (both_ways or into_two or into_one)
    return junction, ends, has_free, has_toll


@compiled
def _follow(
    first: int,
    pieces: Pieces,
    junction: NDArray[np.bool_],
    ends: NDArray[np.int32],
    members: NDArray[np.int32],
    turned: NDArray[np.bool_],
    filled: int,
) -> int:
    """Follow a chain from the end of a piece to the next junction and write its pieces down; return their number."""
    low, high = pieces[0], pieces[1]
    end = first
    while True:
        piece = end >> 1
        members[filled], turned[filled] = piece, end & 1 == 1
        filled += 1
        node = low[piece] if end & 1 else high[piece]
        if junction[node]:
            return filled
        end = ends[node, 1] if ends[node, 0] >> 1 == piece else ends[node, 0]


@compiled
def _lay_chains(pieces: Pieces, junction: NDArray[np.bool_], ends: NDArray[np.int32]) -> Chains:
    """Lay every piece into exactly one chain; a ring without a junction gets one at its first node."""
    low, high, ahead, back = pieces[0], pieces[1], pieces[2], pieces[3]
    count = len(low)
    members, turned = np.empty(count, np.int32), np.empty(count, np.bool_)
    bounds = np.zeros(count + 1, np.int32)
    tails, heads = np.empty(count, np.int32), np.empty(count, np.int32)
    forward, backward = np.empty(count, np.int64), np.empty(count, np.int64)
    laid = np.zeros(count, np.bool_)
    chain = filled = 0
    for number in range(count + len(junction)):
        # First every chain that touches a junction, then rings, from their lowest node.
        if number < count:
            piece = number
            if laid[piece] or not (junction[low[piece]] or junction[high[piece]]):
                continue
            first = 2 * piece + (0 if junction[low[piece]] else 1)
        else:
            node = number - count
            if junction[node] or laid[ends[node, 0] >> 1]:
                continue
            junction[node] = True
            first = ends[node, 0]
        begin = high[first >> 1] if first & 1 else low[first >> 1]
        until = _follow(first, pieces, junction, ends, members, turned, filled)
        out, home = 0, 0
        for place in range(filled, until):
            piece = members[place]
            laid[piece] = True
            there, here = (back[piece], ahead[piece]) if turned[place] else (ahead[piece], back[piece])
            out = -1 if out < 0 or there < 0 else out + there
            home = -1 if home < 0 or here < 0 else home + here
        last = members[until - 1]
        tail, head = begin, low[last] if turned[until - 1] else high[last]
        # Along the only direction, else from the lower end; a loop stays as its lowest piece begins it.
        if out < 0 or (home >= 0 and tail > head):
            tail, head, out, home = head, tail, home, out
            members[filled:until] = members[filled:until][::-1].copy()
            turned[filled:until] = ~turned[filled:until][::-1]
        tails[chain], heads[chain], forward[chain], backward[chain] = tail, head, out, home
        chain += 1
        bounds[chain] = filled = until
    return (
        bounds[: chain + 1].copy(),
        members,
        turned,
        tails[:chain].copy(),
        heads[:chain].copy(),
        forward[:chain].copy(),
        backward[:chain].copy(),
        junction,
    )


@compiled
def _reorder(chains: Chains, order: NDArray[np.int32]) -> Chains:
    """Put chains in another order."""
    bounds, members, turned, tails, heads, forward, backward, junction = chains
    new_bounds = np.zeros(len(bounds), np.int32)
    new_members, new_turned = np.empty_like(members), np.empty_like(turned)
    filled = 0
    for chain in range(len(order)):
        for place in range(bounds[order[chain]], bounds[order[chain] + 1]):
            new_members[filled], new_turned[filled] = members[place], turned[place]
            filled += 1
        new_bounds[chain + 1] = filled
    return (
        new_bounds,
        new_members,
        new_turned,
        tails[order],
        heads[order],
        forward[order],
        backward[order],
        junction,
    )


def contract(pieces: Pieces, landing: NDArray[np.bool_]) -> tuple[Chains, NDArray[np.bool_], NDArray[np.bool_]]:
    """Contract pieces into chains.

    A chain goes on through a node where exactly two pieces of one access and toll kind meet, both one way in the same
    direction or both two-way with equal times, and where the chain has no exit of its own. All other nodes are
    junctions.

    Parameters
    ----------
    pieces : tuple
        As :func:`merge_pieces` returns them.
    landing : numpy.ndarray of bool, shape (nodes,)
        Whether one may leave the network at the node of each rank.

    Returns
    -------
    chains : tuple of numpy.ndarray
        Bounds (shape ``chains + 1``) in members; members (pieces in order of chains); whether a member runs from high
        to low; ranks of tail and head, tails rising; milliseconds forward and backward (-1 for none); which nodes are
        junctions. Forward there is always a time.
    has_free, has_toll : numpy.ndarray of bool, shape (nodes,)
        Whether the node has a side off and on the toll roads.
    """
    junction, ends, has_free, has_toll = _find_junctions(pieces, landing)
    chains = _lay_chains(pieces, junction, ends)
    bounds, members, tails = chains[0], chains[1], chains[3]
    # In the order of their tails; at one node those off the toll roads first, as the states are.
    sides = 2 * tails + (pieces[5][members[bounds[:-1]]] & 1)
    order = counting_order(sides, 2 * len(landing), np.arange(len(tails), dtype=np.int32))
    return _reorder(chains, order), has_free, has_toll


@compiled
def place_nodes(
    pieces: Pieces, chains: Chains, on_chain: NDArray[np.int32], at_ms: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Write down on which chain and how far from its tail the inner nodes lie, and return where each member begins.

    Parameters
    ----------
    pieces, chains : tuple
        As :func:`merge_pieces` and :func:`contract` return them.
    on_chain, at_ms : numpy.ndarray of int32, shape (nodes,)
        Filled here, by rank.

    Returns
    -------
    begins : numpy.ndarray of int32, shape (members,)
        Milliseconds from the chain's tail to the beginning of each member.
    inner_starts : numpy.ndarray of int32, shape (chains + 1,)
        Where the inner nodes of each chain begin.
    inner_ranks : numpy.ndarray of int32
        Inner nodes in order of chains, by rank.
    """
    low, high, ahead, back = pieces[0], pieces[1], pieces[2], pieces[3]
    bounds, members, turned = chains[0], chains[1], chains[2]
    begins = np.empty(len(members), np.int32)
    chains_there = len(bounds) - 1
    inner_starts = np.zeros(chains_there + 1, np.int32)
    inner_ranks = np.empty(len(members) - chains_there, np.int32)
    filled = 0
    for chain in range(len(bounds) - 1):
        spent = 0
        for place in range(bounds[chain], bounds[chain + 1]):
            piece = members[place]
            begins[place] = spent
            spent += back[piece] if turned[place] else ahead[piece]
            if place + 1 < bounds[chain + 1]:
                node = low[piece] if turned[place] else high[piece]
                on_chain[node], at_ms[node] = chain, spent
                inner_ranks[filled] = node
                filled += 1
        inner_starts[chain + 1] = filled
    return begins, inner_starts, inner_ranks


@compiled
def _count_segments(
    members: NDArray[np.int32], line: NDArray[np.int32], offsets: NDArray[np.int64], example: NDArray[np.int32]
) -> int:
    """Count the straight segments of all pieces."""
    total = 0
    for place in range(len(members)):
        number = line[members[place]]
        if number < 0:
            total += 1
        else:
            total += offsets[example[number] + 1] - offsets[example[number]] - 1
    return total


@compiled
def chain_segments(
    pieces: Pieces,
    chains: Chains,
    begins: NDArray[np.int32],
    lonlat: NDArray[np.int32],
    offsets: NDArray[np.int64],
    points: NDArray[np.int32],
    example: NDArray[np.int32],
    line_turned: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Cut all chains into straight segments; between the ends of an edge time runs evenly with length.

    Parameters
    ----------
    pieces, chains : tuple
        As :func:`merge_pieces` and :func:`contract` return them.
    begins : numpy.ndarray of int32, shape (members,)
        As :func:`place_nodes` returns it.
    lonlat : numpy.ndarray of int32, shape (nodes, 2)
        Position of each rank, 1e-7 degrees.
    offsets, points : numpy.ndarray
        Lines.
    example, line_turned : numpy.ndarray
        As :func:`line_numbers` returns them.

    Returns
    -------
    chain, from_ms, to_ms : numpy.ndarray of int32, shape (segments,)
        Chain, and times from its tail.
    ends : numpy.ndarray of int32, shape (4, segments)
        lon0, lat0, lon1, lat1 in 1e-7 degrees.
    """
    low, high, ahead, back, line, turned_line = pieces[0], pieces[1], pieces[2], pieces[3], pieces[4], pieces[6]
    bounds, members, turned = chains[0], chains[1], chains[2]
    total = _count_segments(members, line, offsets, example)
    of, since, until = np.empty(total, np.int32), np.empty(total, np.int32), np.empty(total, np.int32)
    ends = np.empty((4, total), np.int32)
    done = 0
    for chain in range(len(bounds) - 1):
        for place in range(bounds[chain], bounds[chain + 1]):
            piece = members[place]
            taken = back[piece] if turned[place] else ahead[piece]
            first = done
            if line[piece] < 0:
                one, two = (high[piece], low[piece]) if turned[place] else (low[piece], high[piece])
                ends[0, done], ends[1, done] = lonlat[one, 0], lonlat[one, 1]
                ends[2, done], ends[3, done] = lonlat[two, 0], lonlat[two, 1]
                done += 1
            else:
                row = example[line[piece]]
                start, stop = offsets[row], offsets[row + 1]
                # Three turns may come together: of the member, of the line against its piece, of this copy of the line.
                is_back = (turned[place] != turned_line[piece]) != line_turned[row]
                for step in range(stop - start - 1):
                    one = stop - 1 - step if is_back else start + step
                    two = one - 1 if is_back else one + 1
                    ends[0, done], ends[1, done] = points[one, 0], points[one, 1]
                    ends[2, done], ends[3, done] = points[two, 0], points[two, 1]
                    done += 1
            shrink = np.cos(np.deg2rad(ends[1, first] * 1e-7))
            length = 0.0
            for number in range(first, done):
                length += np.hypot(
                    (float(ends[2, number]) - ends[0, number]) * shrink, float(ends[3, number]) - ends[1, number]
                )
            run = 0.0
            spent = begins[place]
            for number in range(first, done):
                run += np.hypot(
                    (float(ends[2, number]) - ends[0, number]) * shrink, float(ends[3, number]) - ends[1, number]
                )
                of[number], since[number] = chain, spent
                spent = begins[place] + (int(np.rint(taken * run / length)) if length > 0 else taken)
                until[number] = spent
            until[done - 1] = begins[place] + taken
    return of, since, until, ends
