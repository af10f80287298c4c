"""The order of places along a Hilbert curve: what is near on the ground is near in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.jit import compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BITS = 26
"""Steps of each side of the square round the globe: 2^26, 0.6 m at the equator."""


@compiled
def _keys(x: NDArray[np.float64], y: NDArray[np.float64], bits: int) -> NDArray[np.int64]:
    """Turn positions from 0 to 1 into places along the curve."""
    side = 1 << bits
    keys = np.empty(len(x), np.int64)
    for number in range(len(x)):
        column, row = int(x[number] * side), int(y[number] * side)
        column, row = min(max(column, 0), side - 1), min(max(row, 0), side - 1)
        key = 0
        step = side >> 1
        while step > 0:
            right, upper = 1 if column & step else 0, 1 if row & step else 0
            key += step * step * ((3 * right) ^ upper)
            # Turn the quarter so that the curve inside it runs like the whole.
            if upper == 0:
                if right == 1:
                    column, row = side - 1 - column, side - 1 - row
                column, row = row, column
            step >>= 1
        keys[number] = key
    return keys


def hilbert_keys(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return how far along a Hilbert curve round the globe places lie.

    The frame is the globe, not the data: one more place never changes the keys of the others.

    Parameters
    ----------
    lon, lat : numpy.ndarray of float64, shape (places,)
        Degrees.

    Returns
    -------
    numpy.ndarray of int64, shape (places,)
        Places along the curve.

    Examples
    --------
    >>> import numpy as np
    >>> quarters = hilbert_keys(np.array([-90.0, -90.0, 90.0, 90.0]), np.array([-45.0, 45.0, 45.0, -45.0]))
    >>> bool((np.diff(quarters) > 0).all())
    True

    References
    ----------
    Hilbert, D. (1891). Ueber die stetige Abbildung einer Line auf ein Flächenstück. Mathematische Annalen 38, 459–460.
    """
    return _keys((lon + 180.0) / 360.0, (lat + 90.0) / 180.0, _BITS)


def hilbert_order(lon: NDArray[np.float64], lat: NDArray[np.float64], names: NDArray[Any]) -> NDArray[np.int64]:
    """Sort places along a Hilbert curve; places too near to be told apart come by position, then by name.

    Parameters
    ----------
    lon, lat : numpy.ndarray of float64, shape (places,)
        Degrees.
    names : numpy.ndarray, shape (places,)
        Identity of each place, all different; so the order of rows never decides.

    Returns
    -------
    numpy.ndarray of int64, shape (places,)
        Rows in order.
    """
    keys = hilbert_keys(lon, lat)
    order = np.argsort(keys)
    ranked = keys[order]
    same = ranked[1:] == ranked[:-1]
    if same.any():
        shared = np.zeros(len(order), dtype=bool)
        shared[1:] |= same
        shared[:-1] |= same
        rows = order[shared]
        # Runs of one key stay where they are; only the rows within each are put in order.
        order[shared] = rows[np.lexsort((names[rows], lat[rows], lon[rows], keys[rows]))]
    return order
