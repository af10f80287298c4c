"""From which zoom a vertex is needed: borders are thinned once, as stretches that both neighbours share.

A vertex may be left out of a drawing where the triangle it makes with its neighbours is smaller than a share of a
pixel. The smallest triangles go first, and each vertex is told with the first zoom it is needed from. Ends of
stretches stay, so that thinned borders still meet where they met, and neighbours keep the same border at every zoom.

References
----------
Visvalingam, M., & Whyatt, J. D. (1993). Line generalisation by repeated elimination of points. The Cartographic
Journal, 30(1), 46-51. Here all vertices that are smaller than both their neighbours go at once, pass by pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

COARSEST_ZOOM = 3
"""Vertices of level 0 are drawn at this zoom and below; those of level ``n`` from this zoom plus ``n``."""
LEVELS = 8
"""As many as three bits hold; from zoom 10 every vertex is drawn."""

_PIXELS = 256
_TRIANGLE_PX2 = 0.2
"""A triangle this small cannot be seen."""
_SPIKE_PX = 0.7
"""Unless it is a spike: narrow, but longer than this."""
_LOCAL_PASSES = 12
"""After so many passes, candidates side by side go every second one: a long row of rising triangles would need a pass
for each of its vertices."""


def mercator(degrees: NDArray[Any]) -> NDArray[np.float64]:
    """Project longitude and latitude to the square of web maps.

    Parameters
    ----------
    degrees : numpy.ndarray of float, shape (n, 2)
        Longitude, latitude.

    Returns
    -------
    numpy.ndarray of float, shape (n, 2)
        From 0 to 1, eastwards and southwards; times ``256 * 2 ** zoom`` they are pixels.

    Examples
    --------
    >>> mercator(np.array([[0.0, 0.0], [180.0, 66.5132604431]])).round(6).tolist()
    [[0.5, 0.5], [1.0, 0.25]]
    """
    latitude = np.radians(np.clip(degrees[:, 1], -85.06, 85.06))
    return np.stack([degrees[:, 0] / 360 + 0.5, 0.5 - np.arctanh(np.sin(latitude)) / (2 * np.pi)], axis=1)


def zoom_levels(points: NDArray[Any], sizes: NDArray[Any]) -> NDArray[np.uint8]:
    """Tell from which zoom on each vertex of a set of lines is needed.

    Parameters
    ----------
    points : numpy.ndarray of float, shape (n, 2)
        Longitude and latitude of all lines, one after the other.
    sizes : numpy.ndarray of int
        Vertices of each line; their sum is ``n``. A line that ends where it begins keeps at least three corners.

    Returns
    -------
    numpy.ndarray of uint8
        Levels from 0 (always drawn) to 7 (drawn from zoom 10 on).

    Examples
    --------
    >>> straight = np.array([[117.0, 36.0], [117.5, 36.0], [118.0, 36.0]])
    >>> zoom_levels(straight, np.array([3])).tolist()
    [0, 7, 0]
    """
    levels = np.zeros(len(points), dtype=np.uint8)
    if len(points) == 0:
        return levels
    flat = mercator(np.asarray(points, dtype=np.float64))
    kept = np.arange(len(points))
    is_fixed = _fixed(flat, np.asarray(sizes, dtype=np.int64))
    for level in range(LEVELS - 1, 0, -1):
        pixel = 1 / (_PIXELS * 2.0 ** (COARSEST_ZOOM + level - 1))
        kept, gone = _thinned(flat, kept, is_fixed, pixel)
        levels[gone] = level
    return levels


def _fixed(flat: NDArray[np.float64], sizes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Mark the ends of all lines, and of closed ones the two vertices that keep them open."""
    ends = np.cumsum(sizes)
    begins = ends - sizes
    is_fixed = np.zeros(len(flat), dtype=np.bool_)
    is_fixed[begins[sizes > 0]] = True
    is_fixed[ends[sizes > 0] - 1] = True
    closed = (sizes > 3) & (flat[begins % len(flat)] == flat[(ends - 1) % len(flat)]).all(axis=1)
    for begin, end in zip(begins[closed], ends[closed], strict=True):
        ring = flat[begin:end] - flat[begin]
        far = int(np.argmax((ring**2).sum(axis=1)))
        side = np.abs(ring[:, 0] * ring[far, 1] - ring[:, 1] * ring[far, 0])
        is_fixed[[begin + far, begin + int(np.argmax(side))]] = True
    return is_fixed


def _thinned(
    flat: NDArray[np.float64], kept: NDArray[np.int64], is_fixed: NDArray[np.bool_], pixel: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the vertices that stay, and those that go because nobody would see their triangle."""
    gone: list[NDArray[np.int64]] = []
    passes = 0
    while len(kept) > 2:
        here = flat[kept]
        before, after = here[:-2] - here[1:-1], here[2:] - here[1:-1]
        size = np.full(len(kept), np.inf)
        size[1:-1] = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]) / 2
        size[is_fixed[kept]] = np.inf
        small = size < _TRIANGLE_PX2 * pixel**2
        some = np.flatnonzero(small)
        small[some] = _distance(before[some - 1], after[some - 1]) < _SPIKE_PX * pixel
        if not small.any():
            break
        if passes < _LOCAL_PASSES:
            leaves = small.copy()
            leaves[1:] &= size[1:] <= size[:-1]
            leaves[:-1] &= size[:-1] < size[1:]
        else:
            leaves = small & ~_odd_of_run(small)
        gone.append(kept[leaves])
        kept = kept[~leaves]
        passes += 1
    return kept, np.concatenate(gone) if gone else np.empty(0, dtype=np.int64)


def _distance(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far the origin is from the stretch between two points, row by row."""
    chord = after - before
    length2 = np.maximum(chord[:, 0] ** 2 + chord[:, 1] ** 2, np.finfo(np.float64).tiny)
    share = np.clip(-(before[:, 0] * chord[:, 0] + before[:, 1] * chord[:, 1]) / length2, 0, 1)
    return np.asarray(np.hypot(*(before + share[:, None] * chord).T))


def _odd_of_run(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark every second one of each run of marked places."""
    place = np.arange(len(marked))
    last_unmarked = np.maximum.accumulate(np.where(marked, -1, place))
    return np.asarray(marked & ((place - last_unmarked) % 2 == 0))
