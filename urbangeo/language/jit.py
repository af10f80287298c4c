"""Compiled loops: one typed door to numba, which loads it only where a module of loops is loaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function over arrays to machine code at its first call, and keep the code for the next process.

    numba is imported when this is called, so modules that use it as a decorator are to be imported lazily. The code is
    kept beside the module, or in the user's cache folder where the module's own cannot be written.

    Parameters
    ----------
    function : callable
        Loops over numbers and numpy arrays: no objects, no text.

    Returns
    -------
    callable
        The same function, compiled, releasing the interpreter's lock while it runs; ``py_func`` is the plain one.

    Examples
    --------
    >>> import numpy as np
    >>> @compiled
    ... def rising(values):
    ...     for place in range(1, len(values)):
    ...         if values[place] < values[place - 1]:
    ...             return False
    ...     return True
    >>> rising(np.array([1, 2, 2]))
    True
    """
    import numba

    made: Any
    try:
        made = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # there is no folder to keep the code in (a read-only house, a function typed in by hand)
        made = numba.njit(nogil=True)(function)
    return cast("F", made)
