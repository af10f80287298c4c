"""How codes read in Chinese: one vocabulary table for maps, sheets and messages."""

from __future__ import annotations

import functools

from urbangeo.archive.catalog import read_table


@functools.cache
def _vocabulary() -> dict[tuple[str, str], str]:
    table = read_table("style/terms")
    return {(str(row.vocabulary), str(row.value)): str(row.name_zh) for row in table.itertuples()}


def word(vocabulary: str, value: object) -> str:
    """Return the Chinese word of a code, or the code itself where the table has none.

    Parameters
    ----------
    vocabulary : str
        "confidence", "reached", "decision", "direction", "mode", "network_kind" ...
    value : object
        A code.

    Returns
    -------
    str
        What is printed on maps and sheets.

    Examples
    --------
    >>> word("confidence", "unconfirmed")
    '待核实'
    """
    return _vocabulary().get((vocabulary, str(value)), str(value))
