"""Loops over the bytes of GraphML in the regular form that networkx and OSMnx write.

Nothing is guessed here: at the first byte that is not as those programs write it the loop stops and says so, and the
file is read by the careful parser instead. Places in the file are kept, not texts; they become figures later.
"""

# ruff: noqa: PLR0911, PLR0912, PLR0915, PLR0917, PLR1714, SIM110, DOC201
# The loops are compiled: each goes over its bytes once, in plain comparisons, and says what it returns in a sentence.

from __future__ import annotations

from typing import Any

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
def _eight(data: Bytes, at: np.uint64) -> np.uint64:
    """Return eight bytes as one number; the machine reads them at once."""
    word = np.uint64(0)
    for step in range(np.uint64(8)):
        word |= np.uint64(data[at + step]) << (step << np.uint64(3))
    return word


@compiled
def _with_zero(word: np.uint64) -> np.uint64:
    """Return a number that is 0 if none of eight bytes is 0."""
    return (word - np.uint64(0x0101010101010101)) & ~word & np.uint64(0x8080808080808080)


@compiled
def _plain_end(data: Bytes, place: int) -> Any:
    """Find the next byte that needs a second look: a control character, ``&``, ``<`` or ``>``."""
    # Places that cannot be negative cost no test, and eight bytes are looked at together.
    at, size = np.uint64(place), np.uint64(len(data))
    while at + np.uint64(8) <= size:
        word = _eight(data, at)
        strange = (
            _with_zero(word & np.uint64(0xE0E0E0E0E0E0E0E0))
            | _with_zero(word ^ np.uint64(0x2626262626262626))
            | _with_zero((word & np.uint64(0xFDFDFDFDFDFDFDFD)) ^ np.uint64(0x3C3C3C3C3C3C3C3C))
        )
        if strange != np.uint64(0):
            break
        at += np.uint64(8)
    while at < size:
        letter = data[at]
        if letter < 32 or letter == 38 or letter == 60 or letter == 62:
            break
        at += np.uint64(1)
    return np.int64(at)


@compiled
def _data_tag(data: Bytes, place: int) -> tuple[Any, np.uint64]:
    """Read ``<data key="…">`` as it is mostly written; return where it ends, and the bytes of a key as one number.

    The place is -1 where the tag is written in another way or the key is longer than eight bytes, which is no fault.
    """
    at = np.uint64(place)
    if place + 22 > len(data) or not (
        data[at + np.uint64(1)] == 100
        and data[at + np.uint64(2)] == 97
        and data[at + np.uint64(3)] == 116
        and data[at + np.uint64(4)] == 97
        and data[at + np.uint64(5)] == 32
        and data[at + np.uint64(6)] == 107
        and data[at + np.uint64(7)] == 101
        and data[at + np.uint64(8)] == 121
        and data[at + np.uint64(9)] == 61
        and data[at + np.uint64(10)] == 34
    ):
        return -1, np.uint64(0)
    at += np.uint64(11)
    code = np.uint64(0)
    for _ in range(9):
        letter = data[at]
        if letter == 34:
            if data[at + np.uint64(1)] == 62:
                return np.int64(at) + 2, code
            break
        if letter < 33 or letter == 38 or letter == 60:
            break
        code = (code << np.uint64(8)) | np.uint64(letter)
        at += np.uint64(1)
    return -1, np.uint64(0)


@compiled
def scan(
    data: Bytes,
    place: int,
    inside: NDArray[np.int64],
    keys: Bytes,
    key_codes: NDArray[np.uint64],
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
    key_codes : numpy.ndarray of uint64
        The bytes of each id as one number, 0 for ids longer than eight bytes.
    key_for, key_kind, key_slot : numpy.ndarray of int64
        What each key is for, what its values are, and the column they go to.
    graph_at : numpy.ndarray of int64, shape (slots, 2)
        Start and length of the graph's own values, -1 where missing.
    node_at : numpy.ndarray of int64, shape (1 + slots, block, 2)
        The same for nodes; first the id.
    edge_at : numpy.ndarray of int64, shape (2 + slots, block, 2)
        The same for edges; first source and target.

    Returns
    -------
    tuple of int
        Where the scan stopped, nodes and edges found, and FULL, DONE or IRREGULAR.
    """
    size = len(data)
    nodes = edges = 0
    last = 0
    follows = np.zeros(max(1, len(key_ends)), dtype=np.int64)
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
    node_at[:] = -1
    edge_at[:] = -1
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
            if nodes == node_at.shape[1] or edges == edge_at.shape[1]:
                return place, nodes, edges, FULL
            continue
        if owner == GRAPH and _is_word(data, place + 1, place + 5, node_word):
            place, closed = _tag(data, place + 5, node_names, node_ends, inside[:2])
            if place < 0 or inside[0] < 0:
                return place, nodes, edges, IRREGULAR
            node_at[0, nodes, 0] = inside[0]
            node_at[0, nodes, 1] = inside[1]
            nodes += 1
            owner = NODE
        elif owner == GRAPH and _is_word(data, place + 1, place + 5, edge_word):
            place, closed = _tag(data, place + 5, edge_names, edge_ends, inside[:6])
            if place < 0 or inside[0] < 0 or inside[2] < 0:
                return place, nodes, edges, IRREGULAR
            for end in range(2):
                edge_at[end, edges, 0] = inside[2 * end]
                edge_at[end, edges, 1] = inside[2 * end + 1]
            edges += 1
            owner = EDGE
        elif _is_word(data, place + 1, place + 5, data_word):
            key = -1
            after, code = _data_tag(data, place)
            closed = False
            if after >= 0:
                # What followed the last key before mostly follows it again.
                tried = follows[last]
                if code == 0 or len(key_ends) == 0:
                    return place, nodes, edges, IRREGULAR
                if key_codes[tried] == code and key_for[tried] == owner:
                    key = tried
                else:
                    for tried in range(len(key_ends)):
                        if key_codes[tried] == code and key_for[tried] == owner:
                            key = tried
                            follows[last] = key
                            break
                place = after
            else:
                place, closed = _tag(data, place + 5, data_names, data_ends, inside[:2])
                if place < 0 or inside[0] < 0:
                    return place, nodes, edges, IRREGULAR
                for tried in range(len(key_ends)):
                    begin = 0 if tried == 0 else key_ends[tried - 1]
                    if key_for[tried] == owner and _is_word(
                        data, inside[0], inside[0] + inside[1], keys[begin : key_ends[tried]]
                    ):
                        key = tried
                        break
            if key < 0:
                return place, nodes, edges, IRREGULAR
            last = key
            first = place
            if not closed:
                while True:
                    place = _plain_end(data, place)
                    if place >= size or data[place] == 60:
                        break
                    letter = data[place]
                    if (letter < 32 and letter != 9 and letter != 10) or (letter == 38 and key_kind[key] == FIGURE):
                        return place, nodes, edges, IRREGULAR
                    if letter == 62 and place >= first + 2 and data[place - 1] == 93 and data[place - 2] == 93:
                        return place, nodes, edges, IRREGULAR
                    place += 1
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
                    if node_at[1 + slot, nodes - 1, 0] >= 0:
                        return place, nodes, edges, IRREGULAR
                    node_at[1 + slot, nodes - 1, 0] = first
                    node_at[1 + slot, nodes - 1, 1] = length
                else:
                    if edge_at[2 + slot, edges - 1, 0] >= 0:
                        return place, nodes, edges, IRREGULAR
                    edge_at[2 + slot, edges - 1, 0] = first
                    edge_at[2 + slot, edges - 1, 1] = length
            if not closed:
                place += 7
            continue
        else:
            return place, nodes, edges, IRREGULAR
        if closed:
            owner = GRAPH
            if nodes == node_at.shape[1] or edges == edge_at.shape[1]:
                return place, nodes, edges, FULL


@compiled
def _hash(data: Bytes, start: int, length: int) -> np.uint64:
    """Return a number that is the same for the same bytes, and is hardly ever 0."""
    at, end = np.uint64(start), np.uint64(start + length)
    value = np.uint64(14695981039346656037) ^ np.uint64(length)
    while at + np.uint64(8) <= end:
        value = (value ^ _eight(data, at)) * np.uint64(11400714819323198485)
        value ^= value >> np.uint64(32)
        at += np.uint64(8)
    if at < end:
        rest = np.uint64(0)
        if length >= 8:
            rest = _eight(data, end - np.uint64(8))
        else:
            while at < end:
                rest = (rest << np.uint64(8)) | np.uint64(data[at])
                at += np.uint64(1)
        value = (value ^ rest) * np.uint64(11400714819323198485)
        value ^= value >> np.uint64(32)
    return value


@compiled
def _are_same(data: Bytes, one: int, two: int, length: int) -> bool:
    first, second, left = np.uint64(one), np.uint64(two), np.uint64(length)
    while left >= np.uint64(8):
        if _eight(data, first) != _eight(data, second):
            return False
        first += np.uint64(8)
        second += np.uint64(8)
        left -= np.uint64(8)
    while left > np.uint64(0):
        if data[first] != data[second]:
            return False
        first += np.uint64(1)
        second += np.uint64(1)
        left -= np.uint64(1)
    return True


@compiled
def enter_texts(
    data: Bytes,
    places: Places,
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
        hashed = _hash(data, start, length)
        at = hashed & mask
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
                known_hashes[count] = hashed
                codes[row] = count
                count += 1
                break
            if (
                known_hashes[number] == hashed
                and known[number, 1] == length
                and _are_same(data, known[number, 0], start, length)
            ):
                codes[row] = number
                break
            at = (at + np.uint64(1)) & mask
    return count, len(places)


@compiled
def fill_table(table: NDArray[np.int32], known_hashes: NDArray[np.uint64], count: int) -> None:
    """Enter numbers that are known already into a larger, empty table."""
    mask = np.uint64(len(table) - 1)
    for number in range(count):
        at = known_hashes[number] & mask
        while table[at] >= 0:
            at = (at + np.uint64(1)) & mask
        table[at] = number


@compiled
def whole_numbers(data: Bytes, places: Places, numbers: NDArray[np.int64]) -> bool:
    """Read whole numbers; say whether all are written as Python writes them, in 18 letters or less."""
    for row in range(len(places)):
        at, length = np.uint64(places[row, 0]), places[row, 1]
        if length < 1 or length > 18:
            return False
        end = at + np.uint64(length)
        minus = data[at] == 45
        if minus:
            at += np.uint64(1)
        if at == end or (data[at] == 48 and (length > 1)):
            return False
        number = np.int64(0)
        while at < end:
            digit = np.int64(data[at]) - 48
            if digit < 0 or digit > 9:
                return False
            number = number * 10 + digit
            at += np.uint64(1)
        numbers[row] = -number if minus else number
    return True


@compiled
def enter_numbers(numbers: NDArray[np.int64], table: NDArray[np.int32]) -> bool:
    """Enter numbers into an empty table (-1), which is more than large enough; say whether all are different."""
    mask = np.uint64(len(table) - 1)
    for row in range(len(numbers)):
        at = (np.uint64(numbers[row]) * np.uint64(11400714819323198485)) >> np.uint64(32) & mask
        while table[at] >= 0:
            if numbers[table[at]] == numbers[row]:
                return False
            at = (at + np.uint64(1)) & mask
        table[at] = row
    return True


@compiled
def find_numbers(
    sought: NDArray[np.int64], numbers: NDArray[np.int64], table: NDArray[np.int32], rows: NDArray[np.int32]
) -> None:
    """Find the rows of numbers that were entered; -1 for one that was not."""
    mask = np.uint64(len(table) - 1)
    for place in range(len(sought)):
        at = (np.uint64(sought[place]) * np.uint64(11400714819323198485)) >> np.uint64(32) & mask
        while table[at] >= 0 and numbers[table[at]] != sought[place]:
            at = (at + np.uint64(1)) & mask
        rows[place] = table[at]


_TENS = np.array([float(10**power) for power in range(23)])
"""Powers of ten that a float holds exactly."""


@compiled
def _digits(data: Bytes, place: int, end: int) -> tuple[Any, Any, Any, bool, bool]:
    """Read sign, digits and exponent.

    Return up to 18 digits as a whole number, the power of ten it is to be taken times, where the figure ends (where it
    began if it is none), whether it is negative, and whether all digits are in the number.
    """
    at, stop = np.uint64(place), np.uint64(end)
    minus = False
    if at < stop and (data[at] == 45 or data[at] == 43):
        minus = data[at] == 45
        at += np.uint64(1)
    whole = np.int64(0)
    power = 0
    complete = True
    begin = at
    # Leading zeros are no digits; eighteen digits and fewer fit the number without a test for each.
    while at < stop and data[at] == 48:
        at += np.uint64(1)
    digits = 0
    while at < stop and 48 <= data[at] <= 57:
        if digits < 18:
            whole = whole * 10 + (np.int64(data[at]) - 48)
            digits += 1
        else:
            power += 1
            complete = False
        at += np.uint64(1)
    seen = at > begin
    if at < stop and data[at] == 46:
        at += np.uint64(1)
        begin = at
        if digits == 0:
            while at < stop and data[at] == 48:
                at += np.uint64(1)
                power -= 1
        while at < stop and 48 <= data[at] <= 57:
            if digits < 18:
                whole = whole * 10 + (np.int64(data[at]) - 48)
                digits += 1
                power -= 1
            else:
                complete = False
            at += np.uint64(1)
        seen = seen or at > begin
    if not seen:
        return np.int64(0), 0, place, False, False
    if at < stop and (data[at] == 101 or data[at] == 69):
        at += np.uint64(1)
        down = False
        if at < stop and (data[at] == 45 or data[at] == 43):
            down = data[at] == 45
            at += np.uint64(1)
        shift: Any = 0
        begin = at
        while at < stop and 48 <= data[at] <= 57:
            if shift < 10000:
                shift = shift * 10 + (np.int64(data[at]) - 48)
            at += np.uint64(1)
        if at == begin:
            return np.int64(0), 0, place, False, False
        power += -shift if down else shift
    return whole, power, np.int64(at), minus, complete


@compiled
def _coordinate(data: Bytes, place: int, end: int) -> tuple[float, int]:
    """Read a coordinate, to a unit in the last place if it has more than fifteen digits; return where it ends."""
    whole, power, stopped, minus, _ = _digits(data, place, end)
    value = float(whole)
    if -22 <= power < 0:
        value /= _TENS[-power]
    elif power < 0:
        value /= 10.0 ** (-power)
    elif power > 0:
        value *= 10.0**power
    return -value if minus else value, stopped


@compiled
def _exact(whole: np.int64, power: int) -> tuple[float, bool]:
    """Return a whole number times a power of ten, and whether it is certain to be rounded correctly.

    A whole number below 2**53 over or times a power of ten up to 22 is rounded once, so correctly (Clinger 1990). Of a
    longer one the quotient gets the correction that its remainder asks for; where the correction, a little smaller and
    a little larger than it can be, leads to the same float, that is the one.
    """
    if power > 22 or power < -22:
        return 0.0, whole == 0
    value = float(whole)
    if whole < 9007199254740992:
        return (value / _TENS[-power] if power < 0 else value * _TENS[power]), True
    if power >= 0:
        return 0.0, False
    rest = float(whole - np.int64(value))
    ten = _TENS[-power]
    quotient = value / ten
    # The product of quotient and power without loss (Dekker 1971).
    product = quotient * ten
    split = quotient * 134217729.0
    high = split - (split - quotient)
    low = quotient - high
    split = ten * 134217729.0
    ten_high = split - (split - ten)
    ten_low = ten - ten_high
    lost = ((high * ten_high - product) + high * ten_low + low * ten_high) + low * ten_low
    correction = (((value - product) - lost) + rest) / ten
    slack = abs(correction) * 1e-14
    below = quotient + (correction - slack)
    above = quotient + (correction + slack)
    return below, below == above


@compiled
def figures(
    data: Bytes, places: Places, values: NDArray[np.float64], stated: NDArray[np.bool_], left: NDArray[np.bool_]
) -> int:
    """Read figures; missing ones are NaN. Mark and count those that are not certain to be read correctly."""
    count = 0
    for row in range(len(places)):
        start = places[row, 0]
        values[row] = np.nan
        stated[row] = start >= 0 and places[row, 1] > 0
        if stated[row]:
            end = start + places[row, 1]
            whole, power, stopped, minus, complete = _digits(data, start, end)
            value, certain = _exact(whole, power)
            if complete and certain and stopped == end:
                values[row] = -value if minus else value
            else:
                left[row] = True
                count += 1
    return count


@compiled
def way_ids(
    data: Bytes, places: Places, smallest: NDArray[np.int64], several: NDArray[np.bool_], left: NDArray[np.bool_]
) -> int:
    """Read ``123`` and ``[123, 45]``: the smallest id (-1 where missing), and whether there are several.

    Texts in another form are marked as left over, and counted.
    """
    count = 0
    for row in range(len(places)):
        smallest[row] = -1
        several[row] = False
        if places[row, 0] < 0 or places[row, 1] == 0:
            continue
        at = np.uint64(places[row, 0])
        end = at + np.uint64(places[row, 1])
        listed = data[at] == 91
        if listed:
            at += np.uint64(1)
        first = np.int64(-1)
        good = False
        while at < end:
            begin = at
            number = np.int64(0)
            while at < end and 48 <= data[at] <= 57 and at - begin < np.uint64(16):
                number = number * 10 + (np.int64(data[at]) - 48)
                at += np.uint64(1)
            digits = at - begin
            # In a list a figure with a zero before it is none to Python.
            if digits < np.uint64(1) or digits > np.uint64(15) or (listed and digits > 1 and data[begin] == 48):
                break
            if first < 0:
                first = number
                smallest[row] = number
            smallest[row] = min(smallest[row], number)
            several[row] = several[row] or number != first
            if not listed:
                good = at == end
                break
            if at + np.uint64(1) == end:
                good = data[at] == 93
                break
            if at + np.uint64(2) >= end or data[at] != 44 or data[at + np.uint64(1)] != 32:
                break
            at += np.uint64(2)
        if not good:
            left[row] = True
            count += 1
    return count


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
            x, after = _coordinate(data, place, end)
            if after == place or after >= end or data[after] != 32:
                break
            place = _blank_end(data, after)
            y, after = _coordinate(data, place, end)
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
def whole_degrees(points: NDArray[np.float64], scale: float, whole: NDArray[np.int32]) -> None:
    """Write places as whole numbers of a small part of a degree, halves to the even one."""
    for row in range(len(points)):
        whole[row, 0] = np.int32(np.rint(points[row, 0] * scale))
        whole[row, 1] = np.int32(np.rint(points[row, 1] * scale))


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
