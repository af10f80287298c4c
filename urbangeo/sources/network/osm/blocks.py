"""The blocks of an OSM PBF file, counted before it is read: a file that was cut off must not pass for a small one.

The format is a row of blocks, each with its own length, and no mark at the end of the file. libosmium finds faults
inside a block (each is compressed with a checksum); what lies between blocks, and where the file ends, is looked at
here. Of each block only the few bytes of its head are read.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urbangeo.errors import DataIntegrityError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MOST_HEAD = 64 * 1024
_MOST_BLOCK = 32 * 1024 * 1024
_MEND = "Download or copy it again and compare its checksum with the publisher's."
_LENGTH_DELIMITED = 2


@dataclass(frozen=True)
class Blocks:
    """What the blocks of a file show without decoding them.

    Attributes
    ----------
    number : int
        Blocks of data, the header not counted.
    ends_in : str
        What the last block holds: "nodes", "ways", "relations", or "" if that cannot be told.
    """

    number: int
    ends_in: str


def check_blocks(file: Path) -> Blocks:
    """Walk from block to block to the end of the file.

    Parameters
    ----------
    file : pathlib.Path
        An existing local file.

    Returns
    -------
    Blocks
        How many there are and what the last one holds.

    Raises
    ------
    InputError
        If the file is empty or is no OSM PBF.
    DataIntegrityError
        If it ends within a block, or a block is not what the format allows.
    """
    size = file.stat().st_size
    number = 0
    last = (0, 0)
    with file.open("rb") as stream:
        place = 0
        while place < size:
            kind, begins, ends = _head(stream.read(4 + _MOST_HEAD), place, size, file.name)
            if kind != ("OSMHeader" if place == 0 else "OSMData"):
                msg = f"{file.name} is damaged: the block at byte {place:,} is of the kind {kind!r}. {_MEND}"
                raise DataIntegrityError(msg)
            if ends > size:
                msg = (
                    f"{file.name} is cut off: its block {number} at byte {place:,} should end at byte {ends:,}, "
                    f"the file ends at {size:,}. {_MEND}"
                )
                raise DataIntegrityError(msg)
            number += place > 0
            last = (begins, ends)
            place = ends
            stream.seek(place)
        if number == 0:
            msg = f"{file.name} has no data" + (" behind its header." if size else ": it is empty.") + f" {_MEND}"
            raise (DataIntegrityError if size else InputError)(msg)
        stream.seek(last[0])
        return Blocks(number, _content(stream.read(last[1] - last[0])))


def _head(data: bytes, place: int, size: int, name: str) -> tuple[str, int, int]:
    """Read the head of a block: its kind, and where its content begins and ends."""
    length = int.from_bytes(data[:4], "big")
    fields = {}
    if len(data) >= 4 and 0 < length <= min(_MOST_HEAD, len(data) - 4):
        try:
            fields = dict(_fields(data[4 : 4 + length]))
        except ValueError:
            fields = {}
    kind, content = fields.get(1), fields.get(3)
    if not isinstance(kind, bytes) or not isinstance(content, int) or not 0 < content <= _MOST_BLOCK:
        if place == 0:
            msg = f"{name} is not an OSM PBF file, whatever its ending says: it does not begin with an OSMHeader block."
            raise InputError(msg)
        cut = len(data) < 4 + length and length <= _MOST_HEAD
        what = "is cut off" if cut else "is damaged"
        msg = f"{name} {what}: there is no head of a block at byte {place:,} of {size:,}. {_MEND}"
        raise DataIntegrityError(msg)
    begins = place + 4 + length
    return kind.decode("ascii", "replace"), begins, begins + content


def _content(blob: bytes) -> str:
    """Tell the kind of objects in the last group of a block."""
    try:
        parts = dict(_fields(blob))
        packed = parts.get(3)
        raw = zlib.decompressobj().decompress(packed, _MOST_BLOCK) if isinstance(packed, bytes) else parts.get(1)
        if not isinstance(raw, bytes):
            return ""
        groups = [value for key, value in _fields(raw) if key == 2 and isinstance(value, bytes)]
        kinds = [key for key, _ in _fields(groups[-1])] if groups else []
    except (ValueError, zlib.error):
        return ""  # a fault inside the block: libosmium finds and names it
    return {1: "nodes", 2: "nodes", 3: "ways", 4: "relations"}.get(kinds[-1], "") if kinds else ""


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Read the fields of a protocol buffer message: number and value.

    Yields
    ------
    tuple of int and (int or bytes)
        Field number, and its number or bytes.

    Raises
    ------
    ValueError
        If the bytes are no such message.
    """
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        kind = key & 7
        if kind == 0:
            number, place = _varint(data, place)
            yield key >> 3, number
            continue
        length = {1: 8, 5: 4}.get(kind, 0)
        if kind == _LENGTH_DELIMITED:
            length, place = _varint(data, place)
        elif not length:
            raise ValueError(kind)
        if place + length > len(data):
            raise ValueError(length)
        yield key >> 3, data[place : place + length]
        place += length


def _varint(data: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while place < len(data) and shift < 64:
        byte = data[place]
        number |= (byte & 0x7F) << shift
        place += 1
        shift += 7
        if byte < 0x80:
            return number, place
    raise ValueError(place)
