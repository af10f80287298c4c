"""Numbers as short text: differences of whole numbers in groups of seven bits, zigzag, as base64.

Seven-bit groups (least first, the highest bit says that more follow) hold small numbers in one byte; zigzag (0, -1, 1,
-2 … as 0, 1, 2, 3 …) keeps small negative ones small. The page reads them in ``assets/live/bytes.js``.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LINE_SCALE = 1_000_000
"""Six decimals of a degree, 0.1 m."""


def pack_integers(values: Any, lanes: int = 1) -> str:
    """Pack whole numbers as differences to the one before.

    Parameters
    ----------
    values : array_like of int
        Whole numbers below 2^52.
    lanes : int, default 1
        How many rows of numbers run side by side; 2 for x and y by turns.

    Returns
    -------
    str
        Base64.

    Examples
    --------
    >>> pack_integers([3, 4, 5, 300])
    'BgICzgQ='
    """
    whole = np.asarray(values, dtype=np.int64).ravel()
    before = np.zeros_like(whole)
    before[lanes:] = whole[:-lanes] if len(whole) > lanes else 0
    return as_text(groups_of_seven(zigzag(whole - before)))


def zigzag(values: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Turn whole numbers into whole numbers that are not negative, small ones into small ones.

    Parameters
    ----------
    values : numpy.ndarray of int64
        Any.

    Returns
    -------
    numpy.ndarray of uint64
        0, -1, 1, -2 … as 0, 1, 2, 3 …
    """
    return np.where(values < 0, -2 * values - 1, 2 * values).astype(np.uint64)


def groups_of_seven(values: NDArray[np.uint64]) -> bytes:
    """Write whole numbers in groups of seven bits, least first.

    Parameters
    ----------
    values : numpy.ndarray of uint64
        Below 2^53.

    Returns
    -------
    bytes
        As many bytes as needed for each.
    """
    widest = int(values.max(initial=0)).bit_length()
    steps = max((widest + 6) // 7, 1)
    shifts = np.arange(steps, dtype=np.uint64) * np.uint64(7)
    groups = (values[:, None] >> shifts) & np.uint64(127)
    # The last group is the highest that is not zero; single zeros keep their first.
    more = (values[:, None] >> (shifts + np.uint64(7))) > 0
    kept = np.ones_like(more)
    kept[:, 1:] = more[:, :-1]
    return (groups | (more.astype(np.uint64) << np.uint64(7))).astype(np.uint8)[kept].tobytes()


def pack_bits(values: Any) -> str:
    """Pack truths, eight a byte, the first in the lowest bit.

    Parameters
    ----------
    values : array_like of bool
        Truths.

    Returns
    -------
    str
        Base64.
    """
    return as_text(np.packbits(np.asarray(values, dtype=bool), bitorder="little").tobytes())


def pack_lines(lines: Sequence[Any], scale: int = LINE_SCALE) -> dict[str, Any]:
    """Pack lines or rings of degrees.

    Parameters
    ----------
    lines : sequence of numpy.ndarray of float, shape (points, 2)
        Longitude and latitude.
    scale : int, default 1000000
        Units a degree.

    Returns
    -------
    dict
        ``scale``, ``counts`` and ``points``.
    """
    points = np.concatenate([np.empty((0, 2)), *lines])
    return {
        "scale": scale,
        "counts": pack_integers([len(line) for line in lines]),
        "points": pack_integers(np.rint(points * scale), lanes=2),
    }


def as_text(data: bytes) -> str:
    """Write bytes as base64.

    Parameters
    ----------
    data : bytes
        Any.

    Returns
    -------
    str
        Base64.
    """
    return base64.b64encode(data).decode("ascii")
