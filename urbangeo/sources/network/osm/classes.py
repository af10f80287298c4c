"""Which class a road of OpenStreetMap is in China: the tag, and whether it has two carriageways."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from urbangeo.archive.catalog import read_table
from urbangeo.sources.network.columns import Coded

if TYPE_CHECKING:
    import pandas as pd

OSM_CLASSES = "network/osm_classes"
"""The table of tags."""


@functools.cache
def _tags() -> pd.DataFrame:
    return read_table(OSM_CLASSES).set_index("highway")


def drivable_highways() -> tuple[str, ...]:
    """List the values of the tag ``highway`` that are read unless told otherwise.

    Returns
    -------
    tuple of str
        In the order of the table.

    Examples
    --------
    >>> "residential" in drivable_highways(), "track" in drivable_highways()
    (True, False)
    """
    table = _tags()
    return tuple(map(str, table.index[table["drivable"]]))


def known_highways() -> tuple[str, ...]:
    """List all values of the tag ``highway`` the table knows, roads for cars or not.

    Returns
    -------
    tuple of str
        In the order of the table; a value that is not among them is worth counting.
    """
    return tuple(map(str, _tags().index))


def classes_of_highways(
    highway: Coded, *, oneway: NDArray[np.bool_] | bool, lanes: NDArray[Any] | None = None
) -> Coded:
    """Give every road the class of its tag.

    In China the tag follows the administrative level of a road, so ``trunk`` and ``primary`` are first-class roads only
    where they have two carriageways; each is then drawn as a one-way road of its own, or has four lanes.

    Parameters
    ----------
    highway : Coded
        Value of the tag ``highway``.
    oneway : numpy.ndarray of bool or bool
        Whether the road is one of two carriageways: one-way, and no roundabout.
    lanes : numpy.ndarray of float, optional
        Lanes of both directions together, NaN where not known.

    Returns
    -------
    Coded
        Road classes; none (code -1) where the tag is missing, is not in the table, or is no road for cars.

    Examples
    --------
    >>> roads = Coded.from_texts(["trunk", "trunk", "tertiary", "footway"])
    >>> classes_of_highways(roads, oneway=np.array([True, False, True, False])).texts().tolist()
    ['trunk_1', 'secondary_2', 'tertiary_3', None]
    """
    table = _tags().reindex(list(highway.values))
    single = table["road_class"].fillna("")
    dual = table["road_class_dual"].fillna(single)
    values = tuple(sorted({*single, *dual} - {""}))
    place = {value: number for number, value in enumerate(values)} | {"": -1}
    # One row more, at the end: code -1 of a missing tag takes it.
    plain = np.array([*(place[word] for word in single), -1], dtype=np.int8)
    double = np.array([*(place[word] for word in dual), -1], dtype=np.int8)
    is_dual = np.broadcast_to(np.asarray(oneway, dtype=bool), len(highway)).copy()
    if lanes is not None:
        enough = np.array([*table["dual_from_lanes"].fillna(10_000), 10_000], dtype=float)
        is_dual |= np.asarray(lanes, dtype=float) >= enough[highway.codes]
    return Coded(np.where(is_dual, double[highway.codes], plain[highway.codes]), values)
