"""Where it comes from: source ids collected, numbered in order of first use, and told in full."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from urbangeo.archive.catalog import read_table
from urbangeo.windows.maps.words import text

if TYPE_CHECKING:
    from urbangeo.windows.maps.styles import StyleTables

_SEPARATOR = re.compile(r"\s*[;；]\s*")


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
        ids = [part for part in _SEPARATOR.split(text(source_ids)) if part]
        return [self._numbers.setdefault(source_id, len(self._numbers) + 1) for source_id in ids]

    def listing(self, styles: StyleTables) -> list[dict[str, str]]:
        """Tell every cited source.

        Parameters
        ----------
        styles : StyleTables
            For the Chinese words of how a source was seen.

        Returns
        -------
        list of dict
            ``id``, ``title`` (with document number, publisher and date) and ``mark`` ("" when there is none).
        """
        if not self._numbers:
            return []
        table = read_table("sources/sources").set_index("source_id")
        found = []
        for source_id in self._numbers:
            if source_id not in table.index:
                found.append({"id": source_id, "title": "来源表中无此编号", "mark": "待核实"})
                continue
            row = table.loc[source_id]
            parts = (row["title"], row["doc_number"], row["publisher"], row["date"])
            title = "，".join(part for part in map(text, parts) if part)
            found.append({"id": source_id, "title": title, "mark": styles.word("reached", row["reached"])})
        return found


def source_titles(source_ids: object) -> list[str]:
    """Return the bare titles of sources.

    Parameters
    ----------
    source_ids : object
        A cell with ids joined by ";".

    Returns
    -------
    list of str
        Titles; an id the table does not know stands for itself.
    """
    table = read_table("sources/sources").set_index("source_id")["title"]
    ids = [part for part in _SEPARATOR.split(text(source_ids)) if part]
    return [text(table.get(source_id)) or source_id for source_id in ids]
