"""How figures are printed."""

from __future__ import annotations

from typing import cast


def number(value: object) -> str:
    """Print a figure with separators and no more digits than it is worth.

    Parameters
    ----------
    value : float
        Any number.

    Returns
    -------
    str
        Whole numbers bare; below 1 two significant digits, else one decimal.

    Examples
    --------
    >>> number(36510.89), number(95), number(0.0123), number(99.96)
    ('36,510.9', '95', '0.012', '99.96')
    """
    figure = float(cast("float", value))
    if figure == round(figure):
        return f"{figure:,.0f}"
    if abs(figure) < 1:
        return f"{figure:.2g}"
    # 99.96 % must not be printed as 100 %.
    return f"{figure:,.2f}" if 99 < figure < 100 else f"{figure:,.1f}"
