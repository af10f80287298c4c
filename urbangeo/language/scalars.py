"""Single cells of frames as Python's own values: every way of being missing is None."""

from __future__ import annotations

from typing import Any


def is_missing(value: object) -> bool:
    """Tell whether a cell is empty.

    Parameters
    ----------
    value : object
        A scalar from a frame.

    Returns
    -------
    bool
        True for None, NaN, NaT and NA.

    Examples
    --------
    >>> is_missing(float("nan")), is_missing(0), is_missing("")
    (True, False, False)
    """
    import pandas as pd

    return value is None or bool(pd.isna(value))  # type: ignore[call-overload]


def plain(value: Any) -> Any:
    """Return a scalar as JSON knows it: numpy and pandas numbers as Python's, missing as None.

    Parameters
    ----------
    value : object
        A scalar from a frame.

    Returns
    -------
    str, int, float, bool or None
        The same value as a builtin.

    Examples
    --------
    >>> plain(float("nan")) is None
    True
    """
    if is_missing(value):
        return None
    return value.item() if hasattr(value, "item") else value
