"""The one place where loops are turned into machine code."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import numba

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

Loop = TypeVar("Loop", bound="Callable[..., Any]")


def compiled(function: Loop) -> Loop:
    """Compile a function of arrays at its first call, without the interpreter lock, and keep the machine code on disk.

    numba keeps the code as long as the file of the function is the same, and looks at no other file: a compiled
    function must not call one of another module, or it would go on with the old one after that is changed.

    Where neither the package's folder nor the user's cache folder may be written (a read-only container), the code is
    compiled anew in each process.

    Parameters
    ----------
    function : callable
        Loops over numpy arrays and numbers.

    Returns
    -------
    callable
        The same function, compiled.
    """
    try:
        made = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:
        # numba finds no folder to keep the code in and says so with a bare RuntimeError.
        made = numba.njit(nogil=True)(function)
    return cast("Loop", made)
