"""How a map becomes a file: whole or not at all, and closed against the outside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from urbangeo.archive.files import write_atomic
from urbangeo.errors import InputError, listed

if TYPE_CHECKING:
    import folium

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n?')
_OUTSIDE = re.compile(
    r"""<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)\s*=\s*["']?((?:https?:)?//[^"'\s>]+)""", re.IGNORECASE
)


def save_map(m: folium.Map, path: str | Path, *, sealed: bool = True) -> Path:
    """Write a map as one HTML file.

    Parameters
    ----------
    m : folium.Map
        From :func:`draw_map`, perhaps with own folium layers added.
    path : path-like
        The file, by custom ending in ``.html``; its folder is made when missing.
    sealed : bool, default True
        One file that asks for nothing from outside, with a policy that forbids it. ``False`` leaves the policy out, so
        that layers of your own may load tiles or scripts; the map itself still carries all it needs.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If ``m`` is no folium map, or it shall be sealed but has elements that load from outside.
    OutputError
        If the file cannot be written; what stood there is untouched.

    Examples
    --------
    >>> from urbangeo import draw_map, read_counties
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> save_map(draw_map(read_counties("青海")), folder / "qinghai.html").name
    'qinghai.html'
    """
    if not hasattr(m, "get_root"):
        msg = f"m is a {type(m).__name__}; expected the map that draw_map returns."
        raise InputError(msg)
    page: str = m.get_root().render()
    if not sealed:
        return write_atomic(path, _POLICY.sub("", page, count=1))
    outside = sorted(set(_OUTSIDE.findall(page)))
    if outside:
        msg = f"The map has elements that load from outside: {listed(outside)}. Leave them out, or use sealed=False."
        raise InputError(msg)
    return write_atomic(path, page)
