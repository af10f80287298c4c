"""How a map becomes a file: whole or not at all, and closed against the outside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from urbangeo.archive.files import write_atomic
from urbangeo.errors import InputError, listed
from urbangeo.windows.maps.page import linked_html, loaded_from, tile_hosts_of

if TYPE_CHECKING:
    import folium


def save_map(m: folium.Map, path: str | Path, *, sealed: bool = True) -> Path:
    """Write a map as one HTML file.

    Parameters
    ----------
    m : folium.Map
        From :func:`draw_map`, perhaps with own folium layers added.
    path : path-like
        The file, by custom ending in ``.html``; its folder is made when missing.
    sealed : bool, default True
        One file that asks for nothing from outside, with a policy that forbids it. ``False`` makes a smaller file that
        loads Leaflet from a public server, held against its checksum, and the tiles of a base map; the policy allows
        that and nothing else. With folium layers of your own on the map it has no policy, so that they can load what
        they need.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If ``m`` is no folium map, or it shall be sealed but has a base map or elements that load from outside.
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
    if not sealed:
        return write_atomic(path, linked_html(m))
    hosts = tile_hosts_of(m)
    if hosts:
        msg = f"The map has a base map, whose tiles are loaded from {listed(hosts)}. Save it with sealed=False."
        raise InputError(msg)
    page: str = m.get_root().render()
    outside = loaded_from(page)
    if outside:
        msg = f"The map has elements that load from outside: {listed(outside)}. Leave them out, or use sealed=False."
        raise InputError(msg)
    return write_atomic(path, page)
