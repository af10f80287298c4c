"""What may be carried from one list to another: columns that are sums, codes of the year, weights that fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urbangeo.errors import InputError, SchemaError, listed
from urbangeo.language.adcode import adcode_faults
from urbangeo.language.names import is_zone_code
from urbangeo.language.scalars import is_missing
from urbangeo.sources.history.acts import history_of_lists, year_of
from urbangeo.sources.history.edges import edges_between, names_in
from urbangeo.sources.history.meaning import units_by_name
from urbangeo.sources.history.rates import is_rate_like

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_WEIGHT_SLACK = 1e-6


def checked_columns(frame: pd.DataFrame, extensive: Sequence[str]) -> list[str]:
    """Return the columns to carry, checked.

    Parameters
    ----------
    frame : pandas.DataFrame
        What is to be carried.
    extensive : sequence of str
        Names of columns.

    Returns
    -------
    list of str
        Each once.

    Raises
    ------
    SchemaError
        If the index is no unique adcode, or a column is missing or not numeric.
    InputError
        If a column is a rate.
    """
    from pandas.api import types

    columns = [extensive] if isinstance(extensive, str) else list(dict.fromkeys(extensive))
    faults = []
    if frame.index.nlevels != 1 or frame.index.name != "adcode":
        levels = list(frame.index.names)
        faults.append(f"the index is {levels}, expected adcode (census: take one year with .xs(2020, level='year'))")
    else:
        faults += adcode_faults(frame.index)
        if not frame.index.is_unique:
            faults.append(f"these codes stand more than once: {listed(frame.index[frame.index.duplicated()].unique())}")
    if frame.empty:
        faults.append("it has no rows")
    if not columns:
        faults.append("extensive names no column")
    for column in columns:
        if column not in frame.columns:
            faults.append(f"column {column!r} is missing (it has {listed(frame.columns, 12)})")
        elif not types.is_numeric_dtype(frame[column]) or types.is_bool_dtype(frame[column]):
            faults.append(f"column {column!r} has type {frame[column].dtype}, expected numbers")
    if faults:
        msg = "The frame cannot be carried over: " + "; ".join(faults) + "."
        raise SchemaError(msg)
    rates = [column for column in columns if is_rate_like(column)]
    if rates:
        msg = (
            f"Columns {listed(rates)} look like rates; a rate cannot be added up. Carry its numerator and denominator "
            "and divide afterwards, or rename the column if it is a sum."
        )
        raise InputError(msg)
    return columns


def check_codes(frame: pd.DataFrame, year: int) -> None:
    """Refuse codes that are not in the list of a year.

    Parameters
    ----------
    frame : pandas.DataFrame
        Index adcode.
    year : int
        The year.

    Raises
    ------
    InputError
        If a code is none of a county of that year.
    """
    then = names_in(year)
    wrong = [str(code) for code in frame.index if code not in then]
    if not wrong:
        return
    told = []
    for code in wrong:
        spans = units_by_name()[0].get(code, [])
        acts = history_of_lists().acts
        if is_zone_code(code):
            told.append(f"{code} (a functional zone: add it to its host county first, or leave it out)")
        elif spans and spans[-1].until < len(acts):
            told.append(f"{code} {spans[-1].name} (until {year_of(acts[spans[-1].until])}: not in the list of {year})")
        elif spans:
            told.append(f"{code} {spans[-1].name} (only since {year_of(acts[spans[-1].since - 1])})")
        else:
            told.append(code)
    msg = (
        f"{len(wrong)} codes are none of the counties of Shandong and Qinghai at the end of {year}: {listed(told)}. "
        "Match the table first (match_counties), or give the year whose list it follows."
    )
    raise InputError(msg)


def checked_weights(weights: pd.DataFrame | None, start: int, stop: int) -> dict[str, dict[str, float]]:
    """Return the shares in which units are to be divided.

    Parameters
    ----------
    weights : pandas.DataFrame or None
        As :func:`urbangeo.crosswalk` takes them.
    start, stop : int
        The two years.

    Returns
    -------
    dict of str to dict
        Share by new code, by old code.

    Raises
    ------
    SchemaError
        If a column is missing.
    InputError
        If a weight cannot be.
    """
    if weights is None:
        return {}
    needed = ["old_adcode", "new_adcode", "weight"]
    lacking = [name for name in needed if name not in weights.columns]
    if lacking:
        msg = f"weights lacks the columns {listed(lacking)}; expected {listed(needed)}."
        raise SchemaError(msg)
    possible: dict[str, set[str]] = {}
    for edge in edges_between(start, stop):
        possible.setdefault(edge.source, set()).add(edge.target)
    shares: dict[str, dict[str, float]] = {}
    faults = []
    for old, new, weight in weights[needed].itertuples(index=False):
        if new not in possible.get(old, set()):
            faults.append(f"nothing of {old} lies in {new} between {start} and {stop}")
        elif is_missing(weight) or not 0 <= weight <= 1:
            faults.append(f"the weight of {old} in {new} is {weight}, expected 0 to 1")
        elif new in shares.get(old, {}):
            faults.append(f"{old} in {new} stands twice")
        else:
            shares.setdefault(old, {})[new] = float(weight)
    for old, given in shares.items():
        total = sum(given.values())
        if abs(total - 1) > _WEIGHT_SLACK:
            faults.append(f"the weights of {old} sum to {total:g}, expected 1")
    if faults:
        msg = "weights cannot be used: " + "; ".join(faults) + "."
        raise InputError(msg)
    return shares
