"""Whole numbers as text: what large drawings are packed into, at a little over half the length of JSON.

A number is folded to a natural one (0, -1, 1, -2, … become 0, 1, 2, 3, …) and written in digits of five bits, the least
first, one character a digit; the sixth bit of a character says that another digit follows. Differences of neighbouring
points are small, so that most take two or three characters. All 64 characters may stand in JSON and in HTML as they
are, and the page reads them in one loop without any decoder of its own or of the browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.errors import InputError, listed

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""The page's script holds the same ones."""
_BITS = 5
_MORE = 1 << _BITS
_LEAST, _MOST = -(2**52), 2**52 - 1
"""The page counts in doubles, which hold folded numbers up to 2^53."""

_CODES = np.frombuffer(CHARACTERS.encode(), dtype=np.uint8)
_NO_CHARACTER = 255
_VALUES = np.full(256, _NO_CHARACTER, dtype=np.uint8)
_VALUES[_CODES] = np.arange(len(_CODES), dtype=np.uint8)


def pack(numbers: ArrayLike) -> str:
    """Write whole numbers as text.

    Parameters
    ----------
    numbers : array of int
        In any shape, read row by row; from -2^52 to 2^52 - 1.

    Returns
    -------
    str
        The same text for the same numbers; "" for none.

    Raises
    ------
    InputError
        If a number is too large for the page to count with.

    Examples
    --------
    >>> pack([0, -1, 15, 16, -1000])
    'ABegBv-B'
    """
    whole = np.asarray(numbers, dtype=np.int64).ravel()
    if whole.size == 0:
        return ""
    if whole.min() < _LEAST or whole.max() > _MOST:
        msg = f"A number to pack is {int(whole[np.argmax(np.abs(whole))])}; expected {_LEAST} to {_MOST}."
        raise InputError(msg)
    folded = (whole << 1) ^ (whole >> 63)
    longest = max(1, -(-int(folded.max()).bit_length() // _BITS))
    places = np.arange(longest)
    rest = folded[:, None] >> (places * _BITS)
    written = (rest > 0) | (places == 0)
    follows = np.zeros_like(written)
    follows[:, :-1] = written[:, 1:]
    digits = (rest & (_MORE - 1)) | np.where(follows, _MORE, 0)
    return _text(_CODES[digits[written]])


def _text(codes: NDArray[np.uint8]) -> str:
    return str(codes.tobytes(), "ascii")


def unpack(text: str) -> NDArray[np.int64]:
    """Read whole numbers from text, the reverse of :func:`pack`.

    Parameters
    ----------
    text : str
        As :func:`pack` writes it.

    Returns
    -------
    numpy.ndarray of int64
        The numbers.

    Raises
    ------
    InputError
        If there is a character that is none of the 64, or the text ends inside a number.

    Examples
    --------
    >>> unpack("ABegBv-B").tolist()
    [0, -1, 15, 16, -1000]
    """
    values = _VALUES[np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)].astype(np.int64)
    if values.size == 0:
        return np.empty(0, dtype=np.int64)
    strange = sorted(set(text) - set(CHARACTERS))
    if strange:
        msg = f"Packed text holds {listed(strange)}; expected letters, digits, '-' and '_' only."
        raise InputError(msg)
    ends = values < _MORE
    if not ends[-1]:
        msg = f"Packed text of {len(text)} characters ends inside a number."
        raise InputError(msg)
    first = np.concatenate([[0], np.flatnonzero(ends)[:-1] + 1])
    number = np.cumsum(np.concatenate([[0], ends[:-1].astype(np.int64)]))
    place = np.arange(len(values)) - first[number]
    folded = np.add.reduceat((values & (_MORE - 1)) << (_BITS * place), first)
    return (folded >> 1) ^ -(folded & 1)


def pack_levels(levels: NDArray[Any]) -> str:
    """Write numbers from 0 to 7 as text, two a character.

    Parameters
    ----------
    levels : numpy.ndarray of int
        From 0 to 7.

    Returns
    -------
    str
        Half as many characters, rounded up.

    Examples
    --------
    >>> pack_levels(np.array([0, 1, 7]))
    'B4'
    """
    even = np.zeros(len(levels) + len(levels) % 2, dtype=np.uint8)
    even[: len(levels)] = levels
    return _text(_CODES[even[::2] * 8 + even[1::2]])


def unpack_levels(text: str, count: int) -> NDArray[np.uint8]:
    """Read numbers from 0 to 7 from text, the reverse of :func:`pack_levels`.

    Parameters
    ----------
    text : str
        As :func:`pack_levels` writes it.
    count : int
        How many numbers there are.

    Returns
    -------
    numpy.ndarray of uint8
        The numbers.

    Examples
    --------
    >>> unpack_levels("B4", 3).tolist()
    [0, 1, 7]
    """
    values = _VALUES[np.frombuffer(text.encode(), dtype=np.uint8)]
    return np.stack([values // 8, values % 8], axis=1).ravel()[:count]
