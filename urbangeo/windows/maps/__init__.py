"""The HTML map: frames in, one sealed page out. The only package that imports folium.

``draw_map`` turns frames into a :class:`folium.Map`, ``save_map`` writes it as one file that asks for nothing from
outside. Inside, each module answers one question: :mod:`checks` what may come in, :mod:`encode` how geometry is
stored, :mod:`styles` how things look, :mod:`layers` what is drawn, :mod:`circles` and :mod:`roads` likewise for
travel time and roads, :mod:`cards` what is said about a county, :mod:`views` where to look, :mod:`statement` what
must be declared, :mod:`base_maps` what may lie beneath, :mod:`references` where it comes from, :mod:`bidi` that text of
other directions keeps to itself, :mod:`page` how it becomes HTML and :mod:`save` a file.
"""

from __future__ import annotations

from urbangeo.windows.maps.base_maps import BaseMap, base_map, tianditu
from urbangeo.windows.maps.draw import draw_map
from urbangeo.windows.maps.save import save_map

__all__ = ["BaseMap", "base_map", "draw_map", "save_map", "tianditu"]
