"""The engine of the live circle as one script."""

from __future__ import annotations

import functools
from importlib.resources import files

LIVE_PARTS = ("bytes", "globe", "graph", "starts", "field", "contour", "shore", "shares", "surface", "engine")
"""The parts of the engine under ``assets/live``, in the order in which they run."""


@functools.cache
def engine_script() -> str:
    """Return the engine: pure computation, opened with ``urbangeoLive.open(payload)``.

    Returns
    -------
    str
        JavaScript.
    """
    room = files("urbangeo.windows.maps").joinpath("assets", "live")
    return "\n".join(room.joinpath(f"{part}.js").read_text(encoding="utf-8").strip() for part in LIVE_PARTS)
