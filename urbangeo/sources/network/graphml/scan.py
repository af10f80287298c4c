"""Loops over the bytes of GraphML in the regular form that networkx and OSMnx write.

Nothing is guessed here: at the first byte that is not as those programs write it the loop stops and says so, and the
file is read by the careful parser instead. Places in the file are kept, not texts; they become figures later.
"""

# ruff: noqa: PLR0911, PLR0912, PLR0915, PLR0917, SIM110, DOC201
# The loops are compiled: each goes over its bytes once, in plain comparisons, and says what it returns in a sentence.

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from urbangeo.jit import compiled

FULL, DONE, IRREGULAR = 0, 1, 2
"""Why a scan stopped: the block is full, the graph has ended, or the form is not the regular one."""

GRAPH, NODE, EDGE = 0, 1, 2
"""What a key is for."""

WORDS, FIGURE, UNUSED = 0, 1, 2
"""What a key's values are: texts (which may be escaped), figures (which may not), or not wanted."""

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


@compiled
def _blank_end(data: Bytes, place: int) -> int:
    while place < len(data) and (data[place] == 32 or data[place] == 10 or data[place] == 9 or data[place] == 13):
        place += 1
    return place


@compiled
def _is_word(data: Bytes, start: int, end: int, word: Bytes) -> bool:
    if end - start != len(word):
        return False
    for step in range(len(word)):
        if data[start + step] != word[step]:
            return False
    return True


@compiled
def _tag(data: Bytes, place: int, wanted: Bytes, ends: Places, found: Places) -> tuple[int, bool]:
    """Read the attributes of a tag; return where it ends (-1 if it is irregular) and whether it closes itself.

    ``wanted`` holds the names looked for, one behind the other, ``ends`` where each ends; ``found`` gets start and
    length of each value, start -1 where the attribute is missing.
    """
    size = len(data)
    found[:] = -1
    while True:
        after = _blank_end(data, place)
        if after >= size:
            return -1, False
        if data[after] == 62:
            return after + 1, False
        if data[after] == 47:
            if after + 1 < size and data[after + 1] == 62:
                return after + 2, True
            return -1, False
        if after == place:
            return -1, False
        start = after
        while after < size and (
            (97 <= data[after] <= 122) or (65 <= data[after] <= 90) or (48 <= data[after] <= 57) or data[after] == 46
        ):
            after += 1
        name_end = after
        if name_end == start or not (97 <= data[start] <= 122 or 65 <= data[start] <= 90):
            return -1, False
        if after + 1 >= size or data[after] != 61 or data[after + 1] != 34:
            return -1, False
        after += 2
        first = after
        while after < size and data[after] != 34:
            # What is escaped or would be changed by reading it as XML is left to the careful parser.
            if data[after] == 38 or data[after] == 60 or data[after] < 32:
                return -1, False
            after += 1
        if after >= size:
            return -1, False
        known = False
        begin = 0
        for number in range(len(ends)):
            if _is_word(data, start, name_end, wanted[begin : ends[number]]):
                if found[2 * number] >= 0:
                    return -1, False
                found[2 * number] = first
                found[2 * number + 1] = after - first
                known = True
            begin = ends[number]
        if not known:
            # An attribute of another name is only passed over where it stands in an ordinary tag of these programs.
            return -1, False
        place = after + 1


@compiled
def scan(
    data: Bytes,
    place: int,
    inside: NDArray[np.int64],
    keys: Bytes,
    key_ends: Places,
    key_for: NDArray[np.int64],
    key_kind: NDArray[np.int64],
    key_slot: NDArray[np.int64],
    graph_at: Places,
    node_at: Places,
    edge_at: Places,
) -> tuple[int, int, int, int]:
    """Find ids, ends and wanted values of nodes and edges until a block is full.

    Parameters
    ----------
    data : numpy.ndarray of uint8
        The whole file.
    place : int
        Where to go on: between two elements of the graph.
    inside : numpy.ndarray of int64
        Room for the attributes of one tag (8 values).
    keys, key_ends : numpy.ndarray
        The ids of all keys, one behind the other, and where each ends.
    key_for, key_kind, key_slot : numpy.ndarray of int64
        What each key is for, what its values are, and the column they go to.
    graph_at : numpy.ndarray of int64, shape (slots, 2)
        Start and length of the graph's own values, -1 where missing.
    node_at : numpy.ndarray of int64, shape (block, 1 + slots, 2)
        The same for nodes; first the id.
    edge_at : numpy.ndarray of int64, shape (block, 2 + slots, 2)
        The same for edges; first source and target.

    Returns
    -------
    tuple of int
        Where the scan stopped, nodes and edges found, and FULL, DONE or IRREGULAR.
    """
    size = len(data)
    nodes = edges = 0
    hint = 0
    node_names = np.array([105, 100], dtype=np.uint8)  # id
    node_ends = np.array([2])
    edge_names = np.array(
        [115, 111, 117, 114, 99, 101, 116, 97, 114, 103, 101, 116, 105, 100], dtype=np.uint8
    )  # source, target, id
    edge_ends = np.array([6, 12, 14])
    data_names = np.array([107, 101, 121], dtype=np.uint8)  # key
    data_ends = np.array([3])
    node_word = np.array([110, 111, 100, 101], dtype=np.uint8)
    edge_word = np.array([101, 100, 103, 101], dtype=np.uint8)
    data_word = np.array([100, 97, 116, 97], dtype=np.uint8)
    graph_end = np.array([60, 47, 103, 114, 97, 112, 104, 62], dtype=np.uint8)
    # Most bytes of a value need no second look; control characters and & < > do.
    plain = np.ones(256, dtype=np.bool_)
    plain[:32] = False
    plain[9] = plain[10] = True
    plain[38] = plain[60] = plain[62] = False
    owner = GRAPH
    while True:
        place = _blank_end(data, place)
        if place + 8 > size or data[place] != 60:
            return place, nodes, edges, IRREGULAR
        if data[place + 1] == 47:  # a closing tag
            if owner == GRAPH:
                if _is_word(data, place, place + 8, graph_end):
                    return place, nodes, edges, DONE
                return place, nodes, edges, IRREGULAR
            word = node_word if owner == NODE else edge_word
            if not _is_word(data, place + 2, place + 6, word) or data[place + 6] != 62:
                return place, nodes, edges, IRREGULAR
            place += 7
            owner = GRAPH
            if nodes == len(node_at) or edges == len(edge_at):
                return place, nodes, edges, FULL
            continue
        if owner == GRAPH and _is_word(data, place + 1, place + 5, node_word):
            place, closed = _tag(data, place + 5, node_names, node_ends, inside[:2])
            if place < 0 or inside[0] < 0:
                return place, nodes, edges, IRREGULAR
            node_at[nodes] = -1
            node_at[nodes, 0, 0] = inside[0]
            node_at[nodes, 0, 1] = inside[1]
            nodes += 1
            owner = NODE
        elif owner == GRAPH and _is_word(data, place + 1, place + 5, edge_word):
            place, closed = _tag(data, place + 5, edge_names, edge_ends, inside[:6])
            if place < 0 or inside[0] < 0 or inside[2] < 0:
                return place, nodes, edges, IRREGULAR
            edge_at[edges] = -1
            for end in range(2):
                edge_at[edges, end, 0] = inside[2 * end]
                edge_at[edges, end, 1] = inside[2 * end + 1]
            edges += 1
            owner = EDGE
        elif _is_word(data, place + 1, place + 5, data_word):
            place, closed = _tag(data, place + 5, data_names, data_ends, inside[:2])
            if place < 0 or inside[0] < 0:
                return place, nodes, edges, IRREGULAR
            # The keys of one element mostly stand in a fixed order, so the next one is tried first.
            key = -1
            for step in range(len(key_ends)):
                tried = hint + step
                if tried >= len(key_ends):
                    tried -= len(key_ends)
                begin = 0 if tried == 0 else key_ends[tried - 1]
                if key_for[tried] == owner and _is_word(
                    data, inside[0], inside[0] + inside[1], keys[begin : key_ends[tried]]
                ):
                    key = tried
                    break
            if key < 0:
                return place, nodes, edges, IRREGULAR
            hint = key + 1 if key + 1 < len(key_ends) else 0
            first = place
            if not closed:
                # A slice counted from its start costs no test for places counted from the end.
                run = data[first:]
                length = len(run)
                for step in range(len(run)):
                    letter = run[step]
                    if plain[letter]:
                        continue
                    if letter == 60:
                        length = step
                        break
                    if letter < 32 or (letter == 38 and key_kind[key] == FIGURE):
                        return place, nodes, edges, IRREGULAR
                    if letter == 62 and step >= 2 and run[step - 1] == 93 and run[step - 2] == 93:
                        return place, nodes, edges, IRREGULAR
                place = first + length
                if (
                    place + 7 > size
                    or data[place + 1] != 47
                    or not _is_word(data, place + 2, place + 6, data_word)
                    or data[place + 6] != 62
                ):
                    return place, nodes, edges, IRREGULAR
            if key_kind[key] != UNUSED:
                slot = key_slot[key]
                length = place - first if not closed else 0
                if owner == GRAPH:
                    if graph_at[slot, 0] >= 0:
                        return place, nodes, edges, IRREGULAR
                    graph_at[slot, 0] = first
                    graph_at[slot, 1] = length
                elif owner == NODE:
                    if node_at[nodes - 1, 1 + slot, 0] >= 0:
                        return place, nodes, edges, IRREGULAR
                    node_at[nodes - 1, 1 + slot, 0] = first
                    node_at[nodes - 1, 1 + slot, 1] = length
                else:
                    if edge_at[edges - 1, 2 + slot, 0] >= 0:
                        return place, nodes, edges, IRREGULAR
                    edge_at[edges - 1, 2 + slot, 0] = first
                    edge_at[edges - 1, 2 + slot, 1] = length
            if not closed:
                place += 7
            continue
        else:
            return place, nodes, edges, IRREGULAR
        if closed:
            owner = GRAPH
            if nodes == len(node_at) or edges == len(edge_at):
                return place, nodes, edges, FULL


@compiled
def hash_texts(data: Bytes, places: Places) -> NDArray[np.uint64]:
    """Return a number for each text that is the same for the same bytes; 0 where there is no text."""
    made = np.zeros(len(places), dtype=np.uint64)
    for row in range(len(places)):
        start = places[row, 0]
        if start >= 0:
            value = np.uint64(14695981039346656037)
            for place in range(start, start + places[row, 1]):
                value = (value ^ np.uint64(data[place])) * np.uint64(1099511628211)
            made[row] = (value ^ (value >> np.uint64(32))) | np.uint64(1)
    return made


@compiled
def enter_texts(
    data: Bytes,
    places: Places,
    hashes: NDArray[np.uint64],
    table: NDArray[np.int32],
    known: Places,
    known_hashes: NDArray[np.uint64],
    count: int,
    codes: NDArray[np.int32],
    first_row: int,
    add: int,
) -> tuple[int, int]:
    """Give texts their numbers, new ones the next; stop where the table is half full.

    ``table`` is open-addressed (-1 for an empty place) over ``known``, the place of the first text of each number.
    With ``add`` 0 nothing is entered and unknown texts get -1, as missing ones do.
    """
    mask = np.uint64(len(table) - 1)
    for row in range(first_row, len(places)):
        start, length = places[row, 0], places[row, 1]
        if start < 0:
            codes[row] = -1
            continue
        at = (hashes[row] * np.uint64(11400714819323198485)) >> np.uint64(20) & mask
        while True:
            number = table[at]
            if number < 0:
                if add == 0:
                    codes[row] = -1
                    break
                if 2 * count >= len(table) or count >= len(known):
                    return count, row
                table[at] = count
                known[count, 0] = start
                known[count, 1] = length
                known_hashes[count] = hashes[row]
                codes[row] = count
                count += 1
                break
            if known_hashes[number] == hashes[row] and known[number, 1] == length:
                same = True
                other = known[number, 0]
                for step in range(length):
                    if data[other + step] != data[start + step]:
                        same = False
                        break
                if same:
                    codes[row] = number
                    break
            at = (at + np.uint64(1)) & mask
    return count, len(places)


@compiled
def fill_table(table: NDArray[np.int32], known_hashes: NDArray[np.uint64], count: int) -> None:
    """Enter numbers that are known already into a larger, empty table."""
    mask = np.uint64(len(table) - 1)
    for number in range(count):
        at = (known_hashes[number] * np.uint64(11400714819323198485)) >> np.uint64(20) & mask
        while table[at] >= 0:
            at = (at + np.uint64(1)) & mask
        table[at] = number


@compiled
def _decimal(data: Bytes, place: int, end: int) -> tuple[float, int, bool]:
    """Read a decimal figure; return it, where it ends, and whether it is exactly what it says.

    A whole number below 2**53 over or times a power of ten up to 22 is rounded once, so correctly (Clinger 1990).
    """
    start = place
    sign = 1.0
    if place < end and (data[place] == 45 or data[place] == 43):
        if data[place] == 45:
            sign = -1.0
        place += 1
    whole = np.int64(0)
    digits = 0
    power = 0
    seen = False
    exact = True
    while place < end and 48 <= data[place] <= 57:
        seen = True
        if digits < 18:
            whole = whole * 10 + (data[place] - 48)
            if whole > 0:
                digits += 1
        else:
            power += 1
            exact = False
        place += 1
    if place < end and data[place] == 46:
        place += 1
        while place < end and 48 <= data[place] <= 57:
            seen = True
            if digits < 18:
                whole = whole * 10 + (data[place] - 48)
                power -= 1
                if whole > 0:
                    digits += 1
            else:
                exact = False
            place += 1
    if not seen:
        return 0.0, start, False
    if place < end and (data[place] == 101 or data[place] == 69):
        place += 1
        down = False
        if place < end and (data[place] == 45 or data[place] == 43):
            down = data[place] == 45
            place += 1
        shift = 0
        given = False
        while place < end and 48 <= data[place] <= 57:
            given = True
            if shift < 10000:
                shift = shift * 10 + (data[place] - 48)
            place += 1
        if not given:
            return 0.0, start, False
        power += -shift if down else shift
    if whole >= 9007199254740992 or power > 22 or power < -22:
        exact = False
    value = float(whole)
    if power < 0:
        value = value / 10.0 ** (-power)
    elif power > 0:
        value = value * 10.0**power
    return sign * value, place, exact


@compiled
def figures(data: Bytes, places: Places, values: NDArray[np.float64], left: NDArray[np.bool_]) -> None:
    """Read figures that are short enough to be read exactly; mark the others as left over, missing ones as NaN."""
    for row in range(len(places)):
        start = places[row, 0]
        values[row] = np.nan
        if start >= 0 and places[row, 1] > 0:
            end = start + places[row, 1]
            value, stopped, exact = _decimal(data, start, end)
            if exact and stopped == end:
                values[row] = value
            else:
                left[row] = True


@compiled
def gather(data: Bytes, places: Places, rows: Places, room: NDArray[np.uint8]) -> None:
    """Copy texts into rows of equal width."""
    for place in range(len(rows)):
        start, length = places[rows[place], 0], places[rows[place], 1]
        for step in range(length):
            room[place, step] = data[start + step]


@compiled
def line_points(
    data: Bytes, places: Places, points: NDArray[np.float64], counts: Places, left: NDArray[np.bool_]
) -> int:
    """Read ``LINESTRING (x y, x y)``; mark other texts as left over. Return how many points there are."""
    word = np.array([76, 73, 78, 69, 83, 84, 82, 73, 78, 71], dtype=np.uint8)
    total = 0
    for row in range(len(places)):
        counts[row] = 0
        start = places[row, 0]
        if start < 0 or places[row, 1] == 0:
            continue
        end = start + places[row, 1]
        left[row] = True
        if places[row, 1] < 16 or not _is_word(data, start, start + 10, word):
            continue
        place = _blank_end(data, start + 10)
        if place >= end or data[place] != 40:
            continue
        place += 1
        count = 0
        while True:
            place = _blank_end(data, place)
            x, after, _ = _decimal(data, place, end)
            if after == place or after >= end or data[after] != 32:
                break
            place = _blank_end(data, after)
            y, after, _ = _decimal(data, place, end)
            if after == place:
                break
            points[total + count, 0] = x
            points[total + count, 1] = y
            count += 1
            place = _blank_end(data, after)
            if place >= end or (data[place] != 44 and data[place] != 41):
                break
            if data[place] == 41:
                if place + 1 == end and count >= 2:
                    left[row] = False
                break
            place += 1
        if not left[row]:
            counts[row] = count
            total += count
    return total


@compiled
def line_hashes(offsets: Places, points: NDArray[np.int32], turned: NDArray[np.bool_]) -> NDArray[np.uint64]:
    """Give a line and its reverse the same number; say which were turned for it."""
    made = np.zeros(len(offsets) - 1, dtype=np.uint64)
    for line in range(len(offsets) - 1):
        low, high = offsets[line], offsets[line + 1] - 1
        turned[line] = False
        while low < high:
            first, last = points[low], points[high]
            if first[0] != last[0] or first[1] != last[1]:
                turned[line] = last[0] < first[0] or (last[0] == first[0] and last[1] < first[1])
                break
            low += 1
            high -= 1
        value = np.uint64(14695981039346656037)
        count = offsets[line + 1] - offsets[line]
        for step in range(count):
            place = offsets[line + 1] - 1 - step if turned[line] else offsets[line] + step
            for axis in range(2):
                value = (value ^ np.uint64(np.uint32(points[place, axis]))) * np.uint64(1099511628211)
                value ^= value >> np.uint64(29)
        made[line] = value
    return made


@compiled
def same_lines(
    offsets: Places, points: NDArray[np.int32], turned: NDArray[np.bool_], first: Places, second: Places
) -> NDArray[np.bool_]:
    """Say of pairs of lines whether they have the same points, each counted in its own turn."""
    same = np.zeros(len(first), dtype=np.bool_)
    for pair in range(len(first)):
        one, two = first[pair], second[pair]
        count = offsets[one + 1] - offsets[one]
        if count != offsets[two + 1] - offsets[two]:
            continue
        same[pair] = True
        for step in range(count):
            here = offsets[one + 1] - 1 - step if turned[one] else offsets[one] + step
            there = offsets[two + 1] - 1 - step if turned[two] else offsets[two] + step
            if points[here, 0] != points[there, 0] or points[here, 1] != points[there, 1]:
                same[pair] = False
                break
    return same
