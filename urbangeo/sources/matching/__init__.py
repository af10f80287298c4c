"""Matching the rows of a table to today's counties: exactly, with a reason for every row, and closed on doubt.

A row is tried by its code, then by its name under what stands over it, in the list of the table's year, in today's and
in the history of both provinces. Whatever fits in one way only is taken; whatever fits in several, or contradicts
itself, or fits nothing, is left for a person. A name that is merely like another is a candidate and never a match.

``vocabulary`` gathers what is known, ``zones`` and ``beyond`` what is no county of ours, ``looks`` tells rows of no
county by their looks; ``matcher`` answers a row, ``tables`` takes a table apart and puts it together, ``counties`` is
the whole; ``outcome`` is what a caller gets.
"""

from urbangeo.sources.matching.counties import match_counties
from urbangeo.sources.matching.outcome import ADDED, ISSUE_COLUMNS, STATUSES, Cause, MatchResult, Status

__all__ = ["ADDED", "ISSUE_COLUMNS", "STATUSES", "Cause", "MatchResult", "Status", "match_counties"]
