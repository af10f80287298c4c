"""Which roads run through built-up land, told from areas of the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from urbangeo.errors import InputError
from urbangeo.language.crs import require_geographic
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import Network
from urbangeo.sources.network.speeds.along import points_along

if TYPE_CHECKING:
    import geopandas as gpd


def settings_within(network: Network, areas: gpd.GeoDataFrame) -> Coded:
    """Tell which roads run through built-up land and which through open country.

    Parameters
    ----------
    network : Network
        Any network.
    areas : geopandas.GeoDataFrame
        Polygons of built-up land (城市建成区, urban land use); all land outside counts as open country.

    Returns
    -------
    Coded
        "urban" for edges of which at least half lies in an area, "rural" for all others.

    Raises
    ------
    InputError
        If there are no areas, or they are no valid polygons.
    CrsError
        If the coordinate system of the areas is missing or wrong.
    """
    import shapely

    areas = require_geographic(areas, "The built-up areas")
    shapes = areas.geometry.to_numpy()
    polygons = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    if not len(shapes) or not polygons.all() or not shapely.is_valid(shapes).all():
        wrong = (
            f"{int((~polygons).sum())} of {len(shapes)} rows are no polygons" if len(shapes) else "there are no rows"
        )
        if len(shapes) and polygons.all():
            wrong = f"{int((~shapely.is_valid(shapes)).sum())} polygons are not valid (mend them with make_valid)"
        msg = f"Built-up areas cannot be used: {wrong}; expected polygons."
        raise InputError(msg)
    points = points_along(network)
    inside = np.zeros(len(points.lon))
    # All areas are asked one by one: a union of half a province's villages takes longer than the question.
    tree = shapely.STRtree(np.asarray(shapely.points(points.lon, points.lat)))
    inside[tree.query(shapes, predicate="intersects")[1]] = 1.0
    return Coded(np.where(points.mean_of_edges(inside) >= 0.5, 0, 1).astype(np.int8), ("urban", "rural"))
