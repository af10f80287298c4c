"""The minutes a toll station takes, from the table they stand in."""

from __future__ import annotations

from urbangeo.archive.catalog import read_table


def toll_minutes() -> float:
    """Return the minutes charged on each change between expressways and other roads.

    Returns
    -------
    float
        Row ``toll_ramp_per_entry_or_exit`` of the table ``network/turn_tolls``.
    """
    tolls = read_table("network/turn_tolls").set_index("item")["default"]
    return float(tolls["toll_ramp_per_entry_or_exit"])
