"""What is asked for: places to start from and minutes, checked before anything is computed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.errors import InputError, SchemaError
from urbangeo.language.crs import require_geographic
from urbangeo.language.schemas import ORIGINS, check_frame
from urbangeo.sources.places import locate

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd

    Origins = gpd.GeoDataFrame | str | tuple[float, float] | Sequence[str | tuple[float, float]]

WITHIN_A_DAY_MIN = 24 * 60.0
"""Largest time that may be asked for, minutes."""

_APART_MIN = 0.1
_MOST_CUTOFFS = 100


def checked_cutoffs(cutoffs: Sequence[float]) -> list[float]:
    """Return cutoffs rising.

    Parameters
    ----------
    cutoffs : sequence of float
        Minutes.

    Returns
    -------
    list of float
        The same, rising.

    Raises
    ------
    InputError
        If they are no numbers, too many, out of range, or two are the same.
    """
    values = _numbers(cutoffs)
    if values is None:
        msg = f"cutoffs={cutoffs!r}: expected a list of minutes, such as [15, 30, 45, 60]."
        raise InputError(msg)
    ordered = sorted(values)
    close = any(round(after - before, 6) < _APART_MIN for before, after in pairwise(ordered))
    if not values or len(values) > _MOST_CUTOFFS or not all(0 < value <= WITHIN_A_DAY_MIN for value in values) or close:
        msg = (
            f"cutoffs={values if len(values) <= 10 else f'{len(values)} values'}: expected 1 to {_MOST_CUTOFFS} "
            f"different numbers of minutes above 0 and up to {WITHIN_A_DAY_MIN:g}, at least {_APART_MIN} apart."
        )
        raise InputError(msg)
    return ordered


def _numbers(cutoffs: Any) -> list[float] | None:
    try:
        # A text would be read digit by digit.
        if isinstance(cutoffs, str | bytes) or any(isinstance(value, bool | str | bytes) for value in cutoffs):
            return None
        return [float(value) for value in cutoffs]
    except (TypeError, ValueError):
        return None


def checked_origins(origins: Origins) -> gpd.GeoDataFrame:
    """Return origins as a frame of points in degrees.

    Parameters
    ----------
    origins : geopandas.GeoDataFrame, str, (lon, lat) pair, or a sequence of these
        As :func:`urbangeo.isochrones` takes them.

    Returns
    -------
    geopandas.GeoDataFrame
        Index origin_id; name, geometry (Point or MultiPoint, EPSG:4490).

    Raises
    ------
    SchemaError
        If the frame is faulty or holds something else than points.
    """
    import geopandas as gpd

    frame = origins if isinstance(origins, gpd.GeoDataFrame) else locate(origins)
    check_frame(frame, ORIGINS)
    kinds = set(frame.geom_type.unique())
    if not kinds <= {"Point", "MultiPoint"} or bool(frame.geometry.is_empty.any()):
        msg = f"origins must be points, got {sorted(str(kind) for kind in kinds)} (or an empty one)."
        raise SchemaError(msg)
    return require_geographic(frame, "the frame of origins")


def points_of(places: gpd.GeoDataFrame) -> tuple[list[str], list[Any]]:
    """Return what origins are called and where they are.

    Parameters
    ----------
    places : geopandas.GeoDataFrame
        As :func:`checked_origins` returns it.

    Returns
    -------
    labels : list of str
        Their origin_id.
    points : list of shapely.Point or shapely.MultiPoint
        Degrees.
    """
    return [str(label) for label in places.index], list(np.asarray(places.geometry))
