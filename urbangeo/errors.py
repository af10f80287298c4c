"""The error tree: every mistake a caller can make has a name, and is a builtin error too.

Messages say what came, what was expected and how to mend it. One message may list many faults: a check at the door
collects all of them before it raises.
"""

from __future__ import annotations

from collections.abc import Iterable

_SHOWN = 8


class UrbangeoError(Exception):
    """Base of all errors raised on purpose by urbangeo."""


class InputError(UrbangeoError, ValueError):
    """A value is outside what the function accepts (cutoff, year, option, file format ...)."""


class SchemaError(UrbangeoError, ValueError):
    """A frame lacks columns, has wrong types, an empty body or a faulty index."""


class JoinError(UrbangeoError, ValueError):
    """Rows of two frames that must match one to one on adcode do not."""


class CrsError(UrbangeoError, ValueError):
    """A coordinate reference system is missing, or is geographic where metres are needed (or the reverse)."""


class UnknownNameError(UrbangeoError, LookupError):
    """A province, county, place, programme or table of this name is not known."""


class SnapError(UrbangeoError, ValueError):
    """A place lies too far from every road that can be used."""


class DataIntegrityError(UrbangeoError, RuntimeError):
    """A packaged table or a data package is not the one that was described (checksum, counts, layout)."""


class OutputError(UrbangeoError, OSError):
    """An output could not be written; what was there before is untouched."""


class DownloadError(UrbangeoError, OSError):
    """A service could not be reached, refused, or sent something else than was asked for; nothing was kept."""


def listed(items: Iterable[object], shown: int = _SHOWN) -> str:
    """Join items for a message and say how many were left out.

    Parameters
    ----------
    items : iterable of object
        What to list.
    shown : int, default 8
        How many to print before cutting.

    Returns
    -------
    str
        The items joined by a comma, with ``(+N more)`` behind when some were cut.

    Examples
    --------
    >>> listed(["a", "b", "c"], shown=2)
    'a, b (+1 more)'
    """
    words = [str(item) for item in items]
    tail = f" (+{len(words) - shown} more)" if len(words) > shown else ""
    return ", ".join(words[:shown]) + tail
