"""Where it comes from: source ids collected, numbered in order of first use, and told in full."""

from __future__ import annotations

import re

from urbangeo.archive.wording import knows
from urbangeo.sources.plans import printed_sources
from urbangeo.windows.maps.words import CHINESE, Words, shown, text

_SEPARATOR = re.compile(r"\s*[;；]\s*")
UNKNOWN_REACHED = "unconfirmed"
"""How sure a source is that the table of sources does not know."""


class References:
    """A numbered list of sources that grows as they are cited."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def cite(self, source_ids: object) -> list[int]:
        """Return the numbers of sources, giving new ones the next numbers.

        Parameters
        ----------
        source_ids : object
            A cell with ids joined by ";"; may be missing.

        Returns
        -------
        list of int
            Numbers in the order of the cell.

        Examples
        --------
        >>> references = References()
        >>> references.cite("S101;S102"), references.cite("S102")
        ([1, 2], [2])
        """
        return [self._numbers.setdefault(one, len(self._numbers) + 1) for one in _ids(source_ids)]

    def listing(self, *, words: Words = CHINESE) -> list[dict[str, str]]:
        """Tell every cited source.

        Parameters
        ----------
        words : Words, optional
            The words of the map; Chinese by default. Titles stay as they are.

        Returns
        -------
        list of dict
            ``id``, ``title`` (with document number, publisher and date) and ``mark`` ("" when there is none).
        """
        if not self._numbers:
            return []
        table = printed_sources()
        found = []
        for source_id in self._numbers:
            if source_id not in table.index:
                mark = words.term("confidence", UNKNOWN_REACHED)
                found.append({"id": source_id, "title": words.said("made.source_unknown"), "mark": mark})
                continue
            row = table.loc[source_id]
            parts = (row["title"], row["doc_number"], row["publisher"], row["date"])
            # Titles stay as they are, but what the editor says instead of one is told.
            title = words.phrased(words.retold(part) if words.is_told(part) else shown(part) for part in parts)
            found.append({"id": source_id, "title": title, "mark": words.badge("reached", text(row["reached"]))})
        return found


def first_title(source_ids: object) -> str:
    """Return the title of the first source of a cell.

    Parameters
    ----------
    source_ids : object
        A cell with ids joined by ";".

    Returns
    -------
    str
        Its title; an id the table does not know stands for itself; "" for an empty cell.
    """
    ids = _ids(source_ids)
    return "" if not ids else shown(printed_sources()["title"].get(ids[0])) or ids[0]


def quoted_mark(source_ids: object, *, words: Words = CHINESE) -> str:
    """Return the warning that goes with a target: how its plan was reached.

    Parameters
    ----------
    source_ids : object
        A cell with ids joined by ";".
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    str
        The warnings of all sources, each once; "" when the plan itself was read.
    """
    reached = printed_sources()["reached"]
    marks = []
    for source_id in _ids(source_ids):
        found = text(reached.get(source_id)) or UNKNOWN_REACHED
        marks.append(words.badge("plan_reached" if knows("plan_reached", found) else "reached", found))
    return words.joined(dict.fromkeys(marks))


def _ids(source_ids: object) -> list[str]:
    return [part for part in _SEPARATOR.split(text(source_ids)) if part]
