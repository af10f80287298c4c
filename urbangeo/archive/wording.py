"""How codes read in Chinese and English: one vocabulary table (``style/terms``) for maps, sheets and messages."""

from __future__ import annotations

import functools
from typing import Literal

from urbangeo.archive.catalog import read_table

Language = Literal["zh", "en"]
"""What maps are written in."""


@functools.cache
def _vocabulary(language: str) -> dict[tuple[str, str], tuple[str, bool]]:
    table = read_table("style/terms")
    return {
        (str(row["vocabulary"]), str(row["value"])): (str(row[f"name_{language}"]), bool(row["badge"]))
        for row in table.to_dict("records")
    }


def word(vocabulary: str, value: object, language: Language = "zh") -> str:
    """Return the word of a code, or the code itself where the table has none.

    Parameters
    ----------
    vocabulary : str
        "confidence", "reached", "decision", "direction", "mode", "network_kind".
    value : object
        A code; its text is looked up.
    language : {"zh", "en"}, default "zh"
        Which word.

    Returns
    -------
    str
        What is printed on maps and sheets.

    Examples
    --------
    >>> word("confidence", "unconfirmed"), word("confidence", "unconfirmed", "en")
    ('待核实', 'unconfirmed')
    """
    return _vocabulary(language).get((vocabulary, str(value)), (str(value), False))[0]


def badge(vocabulary: str, value: object, language: Language = "zh") -> str:
    """Return the warning a code calls for, or "" if it calls for none.

    Parameters
    ----------
    vocabulary : str
        As in :func:`word`.
    value : object
        A code. One without a row in the table warns by itself: it is unknown how sure it is.
    language : {"zh", "en"}, default "zh"
        Which word.

    Returns
    -------
    str
        The badge, or "".

    Examples
    --------
    >>> badge("confidence", "one_page"), badge("confidence", "two_pages")
    ('一处来源', '')
    """
    name, warns = _vocabulary(language).get((vocabulary, str(value)), (str(value), True))
    return name if warns else ""


def knows(vocabulary: str, value: object) -> bool:
    """Say whether the table has a word for a code.

    Parameters
    ----------
    vocabulary : str
        As in :func:`word`.
    value : object
        A code.

    Returns
    -------
    bool
        True if it has.
    """
    return (vocabulary, str(value)) in _vocabulary("zh")
