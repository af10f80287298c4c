"""The pack on paper: the whole map, the potential areas over the urbanization rate, and every circle, as one PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbangeo.archive.files import write_atomic
from urbangeo.door.atlas_slides import of_a_circle
from urbangeo.windows.maps.page import payload_of
from urbangeo.windows.pictures.choice import choose
from urbangeo.windows.pictures.fonts import find_typeface
from urbangeo.windows.pictures.pages import Furniture
from urbangeo.windows.pictures.save import PAGES, picture_of

if TYPE_CHECKING:
    from pathlib import Path


_POTENTIAL = ("potential", "labels", "graticule", "context")
"""What is shown over the fill of the second page: anything more would hide the classes."""


def save_atlas_picture(figure: Any, path: Path) -> Path:
    """Write the printable pages of the pack: A3, a page a view, then totals, notes and sources.

    Parameters
    ----------
    figure : folium.Map
        The map of the pack.
    path : pathlib.Path
        The PDF.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        If there is no Chinese font, or the file cannot be written.
    """
    atlas = payload_of(figure)
    keys = [layer["id"] for layer in atlas["layers"]]
    circles = [view["id"] for view in atlas["views"] if str(view["id"]).startswith("circle:")]
    choices = [choose(atlas), choose(atlas, layers_on=[key for key in _POTENTIAL if key in keys], fill="rate")]
    choices += [choose(atlas, view=view, layers_on=of_a_circle(atlas, view)) for view in circles]
    return write_atomic(path, picture_of(choices, *PAGES["a3"], find_typeface(), Furniture(), ending="pdf"))
