"""What the slides themselves say: rows of ``style/page_words``; what is said about a map comes with the map."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from urbangeo.archive.wording import Language

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Language", "word"]


@functools.cache
def _rows(language: Language) -> Mapping[str, str]:
    from urbangeo.windows.maps.words import Words

    return Words(language).part("slides")


def word(key: str, language: Language) -> str:
    """Return what a slide says.

    Parameters
    ----------
    key : str
        The rest of a key of ``style/page_words`` that begins with "slides.".
    language : {"zh", "en"}
        The language of the slides.

    Returns
    -------
    str
        The words, with braces where something is to be filled in.

    Examples
    --------
    >>> word("sources", "zh"), word("sources", "en")
    ('资料来源', 'Sources')
    """
    return _rows(language)[key]
