"""Points timed directly, as the self-check times them: a search with a heap, then every road in reach of each point."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urbangeo.areas.selfcheck import _least, _reached, _Roads

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    from numpy.typing import NDArray
    from shapely import MultiPoint, Point

    from urbangeo.sources.network import AccessLeg, Network


def direct_minutes(
    network: Network,
    origin: Point | MultiPoint,
    xy: NDArray[np.float64],
    *,
    limit_min: float,
    access: AccessLeg,
    direction: str,
    land: gpd.GeoSeries | None,
    crs: str,
) -> NDArray[np.float64]:
    """Minutes to points in metres of `crs`, infinite beyond the limit."""
    limit = limit_min * 60_000
    pieces = _reached(_Roads(network, direction, crs), origin, access, limit)
    return _least(pieces, xy, access, limit, land=land, crs=crs) / 60_000
