"""What a network says of itself: the date of its data, what its file lacked, what its reader left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from urbangeo.language.scalars import is_missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from urbangeo.sources.network import Network

LOST = ("missing_nodes", "ways_cut", "ways_lost")
"""Counts in a network's provenance of what its file should have had and did not."""

LEFT_OUT = ("skipped", "ways_skipped")
"""Counts in a network's provenance of what a reader left out on purpose or could not use, by reason."""

DATES = ("as_of", "data_date", "created_date")
"""Where the provenance of a network may state the date of its data, best first."""

PARTS = ("outside", "inside")
"""Where the provenance of a merged network keeps those of its parts."""


def kept_counts(provenance: Mapping[str, Any], keys: Sequence[str]) -> dict[str, int]:
    """Collect the counts a reader kept, by name, over all parts of a merged network.

    Parameters
    ----------
    provenance : mapping
        Of the network.
    keys : sequence of str
        Such as :data:`LOST`.

    Returns
    -------
    dict of str to int
        Counts by what was counted.
    """
    counts: dict[str, int] = {}
    for record in _records(provenance):
        for key in keys:
            part = record.get(key)
            named = part if isinstance(part, dict) else {key: part}
            for name, count in named.items():
                # A reason may be split further, such as by tag.
                inner: list[Any] = list(count.values()) if isinstance(count, dict) else [count]
                if all(_is_count(one) for one in inner):
                    counts[str(name)] = counts.get(str(name), 0) + sum(map(int, inner))
    return counts


def _records(provenance: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give a provenance and those of the networks it was merged from."""
    yield provenance
    for part in PARTS:
        inner = provenance.get(part)
        if isinstance(inner, dict):
            yield from _records(inner)


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not is_missing(value)


def data_date(network: Network) -> str:
    """Return the date of the data as stated, several where parts have different ones, the oldest first.

    Parameters
    ----------
    network : Network
        Roads.

    Returns
    -------
    str
        Dates joined by a comma, empty where none is stated.
    """
    stated = set()
    for record in _records(network.provenance):
        # The time of day of an extract says nothing to a reader of a report.
        dates = [
            re.sub(r"(?<=\d{4}-\d\d-\d\d)T.*", "", str(record[key]).strip())
            for key in DATES
            if not is_missing(record.get(key)) and record[key]
        ]
        stated |= set(dates[:1])
    return "、".join(sorted(stated))


def add_age(network: Network, today: date, values: dict[str, float | None], told: dict[str, str]) -> None:
    """Say how old the data are, in months, or why that cannot be said.

    Parameters
    ----------
    network : Network
        Roads.
    today : datetime.date
        The day the age is counted to.
    values, told : dict
        Filled here, at ``age_months``.
    """
    stated = data_date(network)
    parts = re.match(r"(\d{4})(?:-(\d{2}))?", stated)
    # A year without a month is taken from its beginning: data are not called younger than they may be.
    month = int(parts[2] or 1) if parts else 0
    if parts is None or not 1 <= month <= 12:
        values["age_months"] = None
        told["age_months"] = f"数据时点{'未注明' if not stated else f'“{stated}”无法识别'}，不知道缺哪些新路"
        return
    if (int(parts[1]), month) > (today.year, today.month):
        values["age_months"] = None
        told["age_months"] = f"数据时点“{stated}”晚于今天（{today:%Y-%m}），不可信，不知道缺哪些新路"
        return
    values["age_months"] = float((today.year - int(parts[1])) * 12 + today.month - month)
    told["age_months"] = f"数据时点{stated}，至{today:%Y-%m}"
