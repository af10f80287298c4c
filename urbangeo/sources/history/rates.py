"""Which columns hold rates, that do not add up."""

from __future__ import annotations

import re
import unicodedata

_RATE_TOKENS = {
    *("pct", "percent", "percentage", "rate", "share", "ratio", "density", "per", "mean", "average", "index", "growth")
}
_RATE_WORDS = ("率", "比重", "占比", "比例", "密度", "人均", "户均", "平均", "指数", "增速", "增长", "%", "‰")


def is_rate_like(column: str) -> bool:
    """Tell by its name whether a column holds rates, shares or means, which do not add up.

    Parameters
    ----------
    column : str
        Name of the column.

    Returns
    -------
    bool
        True if one of the words of the name is pct, rate, share, density, per …, or if it holds 率, 比重, 人均 …

    Examples
    --------
    >>> [is_rate_like(name) for name in ("urbanization_rate_pct", "城镇化率（%）", "urban_population", "GDP")]
    [True, True, False, False]
    """
    word = unicodedata.normalize("NFKC", str(column)).lower()
    return not _RATE_TOKENS.isdisjoint(re.split(r"[\W_]+", word)) or any(part in word for part in _RATE_WORDS)
