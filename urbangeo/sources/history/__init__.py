"""How counties changed: the units of a past year, what became of them, and sums carried from one list to another.

The list of a year is today's with the later changes of the table ``boundaries/code_history`` undone one by one. A
change counts from the year of its approval, as in the Ministry's year-end lists, though it may be announced later.

``acts`` reads the table as a film, ``above`` says what a county lies in, ``following`` what became of it. On these rest
``lists`` (the units of a year), ``meaning`` and ``tracing`` (from words to units of today), and ``edges``, ``carried``
and ``carrying`` (sums from one list to another; ``rates`` are refused).
"""

from urbangeo.sources.history.acts import FIRST_YEAR, LAST_YEAR, read_code_history
from urbangeo.sources.history.carrying import OnTransfer, crosswalk
from urbangeo.sources.history.lists import units_in
from urbangeo.sources.history.rates import is_rate_like
from urbangeo.sources.history.tracing import SAME, trace

__all__ = [
    "FIRST_YEAR",
    "LAST_YEAR",
    "SAME",
    "OnTransfer",
    "crosswalk",
    "is_rate_like",
    "read_code_history",
    "trace",
    "units_in",
]
