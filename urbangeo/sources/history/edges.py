"""What lies between the units of one year and those of another."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from urbangeo.sources.history.acts import history_of_lists
from urbangeo.sources.history.following import follow, heirs_of


@dataclass(frozen=True)
class Edge:
    """What lies between a unit of one year and one of another: all of it flows along the main edge, or none."""

    source: str
    target: str
    main: bool


@functools.cache
def edges_between(from_year: int, to_year: int) -> tuple[Edge, ...]:
    """Pair the units of two years; a source without a main edge cannot be carried over without weights.

    Parameters
    ----------
    from_year, to_year : int
        In any order.

    Returns
    -------
    tuple of Edge
        All pairs.
    """
    history = history_of_lists()
    if from_year <= to_year:
        start, stop = history.end_of(from_year), history.end_of(to_year)
        edges = []
        for code, name in history.states[start].items():
            pieces = follow(code, start, stop)
            heirs = heirs_of(code, name, pieces)
            edges += [Edge(code, piece.code, piece.code in heirs) for piece in pieces]
        return tuple(edges)
    forward = edges_between(to_year, from_year)
    mains: dict[str, int] = {}
    for edge in forward:
        mains[edge.target] = mains.get(edge.target, 0) + edge.main
    # Backwards, a unit that one and only one older unit went on as goes back to that one; a merge has several.
    return tuple(Edge(edge.target, edge.source, edge.main and mains[edge.target] == 1) for edge in forward)


def names_in(year: int) -> dict[str, str]:
    """Return the names of the units at the end of a year.

    Parameters
    ----------
    year : int
        The year.

    Returns
    -------
    dict of str to str
        By code.
    """
    history = history_of_lists()
    return history.states[history.end_of(year)]
