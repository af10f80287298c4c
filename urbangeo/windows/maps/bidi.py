"""Text of other directions keeps to itself: it may not turn round what is printed beside it.

A name may hold letters that run from right to left, or marks that turn what follows round. Put into a sentence it
would reorder its neighbours: figures change places with names. Unicode's isolates stop that.

References
----------
Unicode Standard Annex 9, Unicode Bidirectional Algorithm: explicit directional isolates.
"""

from __future__ import annotations

import unicodedata

_ISOLATES = "\u2066\u2067\u2068"
_FIRST_STRONG, _POP = "\u2068", "\u2069"
_TURNING = {"R", "AL", "AN", "RLE", "RLO", "LRE", "LRO", "PDF", "RLI", "LRI", "FSI", "PDI"}


def isolated(words: str) -> str:
    """Set text apart if it could reorder what stands beside it.

    Parameters
    ----------
    words : str
        A name, a note, anything from a frame.

    Returns
    -------
    str
        The same text where nothing in it changes direction; else the text between isolating marks, with what it opened
        closed inside them. Nothing is taken away. Setting it apart again changes nothing.

    Examples
    --------
    >>> isolated("历下区"), isolated("\u202eabc") == "\u2068\u202eabc\u2069"
    ('历下区', True)
    """
    if not any(unicodedata.bidirectional(character) in _TURNING for character in words) or _is_apart(words):
        return words
    made, depth = [_FIRST_STRONG], 0
    for character in words:
        made.append(character)
        if character in _ISOLATES:
            depth += 1
        elif character == _POP and depth:
            depth -= 1
        elif character == _POP:
            # It closed the mark set here: what follows is set apart anew.
            made.append(_FIRST_STRONG)
    return "".join(made) + _POP * (depth + 1)


def _is_apart(words: str) -> bool:
    """Tell whether all that turns direction already stands between marks that are opened and closed."""
    depth = 0
    for character in words:
        depth += (character in _ISOLATES) - (character == _POP)
        if depth < 0 or (depth == 0 and character != _POP and unicodedata.bidirectional(character) in _TURNING):
            return False
    return depth == 0
