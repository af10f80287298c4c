"""A smooth map from one coordinate system to another, tabulated: 30 times quicker than the projection itself.

Millions of segments and tens of thousands of ring corners go through a projection; each costs a microsecond there.
Inside one province a projection is so smooth that a cubic through its values some kilometres apart is as good: the
error is measured when the table is made, and a table that misses the projection by more than
:data:`TOLERANCE_M` is made finer until it does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from urbangeo.errors import CrsError
from urbangeo.jit import compiled
from urbangeo.language.crs import CGCS2000

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Transform = Callable[[NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]

TOLERANCE_M = 1e-3
"""Largest error of a table: a millimetre, less than coordinates are known by."""

_METRES_A_DEGREE = 111_320.0
_COARSEST_M = 16_000.0
_FINEST_M = 250.0


@dataclass(frozen=True, eq=False)
class Lattice:
    """Values of a transform on a regular lattice, read by cubic interpolation.

    Attributes
    ----------
    x0, y0 : float
        First lattice point that may be read; one more row and column lie before it.
    step_x, step_y : float
        Distance of lattice points, in units of the system it is read with.
    values : numpy.ndarray of float64, shape (rows, columns, 2)
        The transformed coordinates.
    """

    x0: float
    y0: float
    step_x: float
    step_y: float
    values: NDArray[np.float64]

    def read(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Transform points.

        Parameters
        ----------
        x, y : numpy.ndarray of float, shape (points,)
            Coordinates inside the bounds the lattice was made for.

        Returns
        -------
        tuple of numpy.ndarray of float64, shape (points,)
            The transformed coordinates.
        """
        out_x, out_y = np.empty(len(x)), np.empty(len(x))
        setting = np.array([self.x0, self.y0, self.step_x, self.step_y])
        _read(self.values, setting, np.asarray(x, np.float64), np.asarray(y, np.float64), out_x, out_y)
        return out_x, out_y


def to_metres(crs: str, bounds: tuple[float, float, float, float]) -> Lattice:
    """Tabulate the way from degrees, EPSG:4490, into a metric system.

    Parameters
    ----------
    crs : str
        Metric system.
    bounds : tuple of float
        West, south, east, north in degrees.

    Returns
    -------
    Lattice
        Reads degrees, gives metres.

    Raises
    ------
    CrsError
        If the projection is not smooth inside the bounds.
    """
    from pyproj import Transformer

    forward = Transformer.from_crs(CGCS2000, crs, always_xy=True)
    return _tabulate(forward.transform, bounds, 1 / _METRES_A_DEGREE, 1.0, crs)


def to_degrees(crs: str, bounds: tuple[float, float, float, float]) -> Lattice:
    """Tabulate the way from a metric system into degrees, EPSG:4490.

    Parameters
    ----------
    crs : str
        Metric system.
    bounds : tuple of float
        West, south, east, north in metres.

    Returns
    -------
    Lattice
        Reads metres, gives degrees.

    Raises
    ------
    CrsError
        If the projection is not smooth inside the bounds.
    """
    from pyproj import Transformer

    back = Transformer.from_crs(crs, CGCS2000, always_xy=True)
    return _tabulate(back.transform, bounds, 1.0, _METRES_A_DEGREE, crs)


def _tabulate(
    transform: Transform, bounds: tuple[float, float, float, float], unit: float, metres: float, crs: str
) -> Lattice:
    """Halve the step until the middle of every mesh is met to the tolerance."""
    west, south, east, north = bounds
    step_m = _COARSEST_M
    while step_m >= _FINEST_M:
        step = step_m * unit
        columns, rows = (max(math.ceil((last - first) / step), 1) for first, last in ((west, east), (south, north)))
        x = west + step * np.arange(-1, columns + 2)
        y = south + step * np.arange(-1, rows + 2)
        points = transform(*(part.ravel() for part in np.meshgrid(x, y)))
        values = np.stack(points, axis=1).reshape(len(y), len(x), 2)
        made = Lattice(west, south, step, step, np.ascontiguousarray(values))
        # A cubic is worst in the middle of a mesh.
        middle = [part.ravel() for part in np.meshgrid(x[1:-2] + step / 2, y[1:-2] + step / 2)]
        missed = np.subtract(made.read(*middle), transform(*middle))
        if np.isfinite(missed).all() and float(np.abs(missed).max()) * metres <= TOLERANCE_M:
            return made
        step_m /= 2
    msg = (
        f"The system {crs} bends too sharply between {bounds} to be tabulated to a millimetre; choose a projection "
        "centred on the area."
    )
    raise CrsError(msg)


@compiled
def _read(
    values: NDArray[np.float64],
    setting: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    out_x: NDArray[np.float64],
    out_y: NDArray[np.float64],
) -> None:
    x0, y0, step_x, step_y = setting[0], setting[1], setting[2], setting[3]
    rows, columns = values.shape[0], values.shape[1]
    for number in range(len(x)):
        column, row = (x[number] - x0) / step_x, (y[number] - y0) / step_y
        # Points a rounding error outside are read with the last mesh.
        c = min(max(math.floor(column), 0), columns - 4)
        r = min(max(math.floor(row), 0), rows - 4)
        f, g = column - c, row - r
        # Cubic through the values at -1, 0, 1 and 2.
        a0, a3 = -f * (f - 1) * (f - 2) / 6, f * (f * f - 1) / 6
        a1, a2 = (f * f - 1) * (f - 2) / 2, -f * (f + 1) * (f - 2) / 2
        b0, b3 = -g * (g - 1) * (g - 2) / 6, g * (g * g - 1) / 6
        b1, b2 = (g * g - 1) * (g - 2) / 2, -g * (g + 1) * (g - 2) / 2
        sum_x = sum_y = 0.0
        for step in range(4):
            weight = b0 if step == 0 else b1 if step == 1 else b2 if step == 2 else b3
            line = values[r + step]
            sum_x += weight * (a0 * line[c, 0] + a1 * line[c + 1, 0] + a2 * line[c + 2, 0] + a3 * line[c + 3, 0])
            sum_y += weight * (a0 * line[c, 1] + a1 * line[c + 1, 1] + a2 * line[c + 2, 1] + a3 * line[c + 3, 1])
        out_x[number], out_y[number] = sum_x, sum_y
