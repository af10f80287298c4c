"""Names a user may have meant, for a message: whoever writes part of a name means that name, a slip comes after."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_COMPARED = 20_000
"""Names compared letter by letter take some microseconds each; of more only those with the same first letter are."""


def near_names(wanted: str, known: Iterable[str], *, count: int = 5) -> list[str]:
    """Return the known names nearest to one that was not found.

    Parameters
    ----------
    wanted : str
        What was asked for.
    known : iterable of str
        What there is.
    count : int, default 5
        How many to return at most.

    Returns
    -------
    list of str
        First names that begin with what was asked, then names that hold it, then names it holds, the shorter before the
        longer (the last the other way round); then names alike by letters, best first. Empty where nothing is near.

    Examples
    --------
    >>> roads = ["青银高速", "济青高速北线", "老济青路", "济青高速", "济广高速"]
    >>> near_names("济青", roads), near_names("青艮高速", roads, count=1)
    (['济青高速', '济青高速北线', '老济青路'], ['青银高速'])
    """
    asked = wanted.casefold().strip()
    names = sorted({name for name in known if name})
    if not asked or not names:
        return []
    plain = {name: name.casefold() for name in names}
    begin, inside, part = [], [], []
    for name, folded in plain.items():
        if folded.startswith(asked):
            begin.append(name)
        elif asked in folded:
            inside.append(name)
        elif len(folded) > 1 and folded in asked:
            part.append(name)
    found = [*sorted(begin, key=len), *sorted(inside, key=len), *sorted(part, key=len, reverse=True)]
    if len(found) < count:
        left = [name for name in names if name not in set(found)]
        if len(left) > _MOST_COMPARED:
            left = [name for name in left if plain[name][0] == asked[0]][:_MOST_COMPARED]
        alike: dict[str, list[str]] = {}
        for name in left:
            alike.setdefault(plain[name], []).append(name)
        near = difflib.get_close_matches(asked, alike, n=count, cutoff=0.4)
        found += [name for folded in near for name in alike[folded]]
    return found[:count]
