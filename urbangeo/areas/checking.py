"""Results put to the test: random points round every origin timed by another way and compared with the areas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.areas.ground.shores import land_name
from urbangeo.areas.prepared import require_network
from urbangeo.areas.selfcheck import small_print
from urbangeo.areas.selfcheck import verify as compare
from urbangeo.errors import InputError, SchemaError
from urbangeo.language.crs import require_geographic
from urbangeo.language.schemas import ISOCHRONES, check_frame
from urbangeo.sources.boundaries import land_polygons
from urbangeo.sources.network import AccessLeg

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from urbangeo.areas.ground.shores import Land
    from urbangeo.areas.prepared import PreparedNetwork
    from urbangeo.sources.network import Network

_ROUND_DEG = 0.5
"""Land is looked at this far round the areas: what they leave out must be seen, too."""


def verify(
    network: Network | PreparedNetwork,
    result: gpd.GeoDataFrame,
    *,
    n: int = 1_000,
    seed: int = 0,
    land: Land = None,
) -> pd.DataFrame:
    """Compare isochrones with random points timed by direct shortest paths, another way than the areas were made.

    Points are drawn evenly over the box of what can be reached. One is *falsely in* where an area holds it and its time
    is beyond the cutoff, *falsely out* the other way round; shares are of the true area.

    Parameters
    ----------
    network : Network or PreparedNetwork
        The network they were made from; one opened from a folder does not keep the single roads this needs.
    result : geopandas.GeoDataFrame
        As :func:`urbangeo.isochrones` returned it, or some of its rows.
    n : int, default 1000
        Number of points for each origin.
    seed : int, default 0
        The same seed draws the same points.
    land : geopandas.GeoSeries, "everywhere" or None
        The land the areas were made with, needed again if it was given then.

    Returns
    -------
    pandas.DataFrame
        Index (origin_id, cutoff_min); n, seed, true_points, false_in_share, false_out_share, share_uncertainty (half
        the width of the 95 % interval of their sum).

    Raises
    ------
    InputError
        If the result no longer says where its origins are, the land is another one, or all areas of an origin are
        empty.
    SchemaError
        If the frame is no result of :func:`urbangeo.isochrones`.

    Examples
    --------
    >>> import urbangeo as ug
    >>> network = ug.read_network()
    >>> circles = ug.isochrones(network, "济南", cutoffs=[60])  # doctest: +SKIP
    >>> ug.verify(network, circles)["false_in_share"].max() < 0.02  # doctest: +SKIP
    True
    """
    import pandas as pd
    import shapely

    roads = require_network(network, "verify")
    check_frame(result, ISOCHRONES)
    missing = sorted({"direction", "access_speed_kmh", "access_circuity", "access_max_m"} - set(result.columns))
    if missing:
        msg = f"The result has no {', '.join(missing)}; give verify the frame that isochrones returned."
        raise SchemaError(msg)
    asked = _asked(result)
    if land_name(land) != asked["land"]:
        msg = (
            f"The areas were made with the land {asked['land']!r}, verify was given {land_name(land)!r}; "
            "give it the same land."
        )
        raise InputError(msg)
    areas = require_geographic(result, "the isochrones")
    parts = {}
    for origin_id, part in areas.groupby(level="origin_id", sort=False):
        rising: Any = part.droplevel("origin_id").sort_index()
        row = rising.iloc[0]
        parts[str(origin_id)] = compare(
            roads,
            shapely.from_wkt(asked["origins"][str(origin_id)]),
            list(rising.geometry),
            rising.index.tolist(),
            access=AccessLeg(row["access_speed_kmh"], row["access_circuity"], row["access_max_m"]),
            direction=str(row["direction"]),
            land=_land_round(rising.total_bounds, land),
            n=n,
            seed=seed,
        ).drop(columns=["mean_error_min", "max_error_min"])
    return pd.concat(parts, names=["origin_id"])


def verdict(checked: pd.DataFrame, cutoff_min: float) -> str:
    """Say in one Chinese line how all areas of one cutoff stood the check, for small print and the manifest.

    Parameters
    ----------
    checked : pandas.DataFrame
        As :func:`verify` returns it.
    cutoff_min : float
        The cutoff to speak of.

    Returns
    -------
    str
        Number of points, both shares over all origins together, and how well they are known.

    Raises
    ------
    InputError
        If the cutoff was not checked.
    """
    import pandas as pd

    rows = checked[checked.index.get_level_values("cutoff_min") == cutoff_min]
    if rows.empty:
        cutoffs = sorted(set(checked.index.get_level_values("cutoff_min")))
        msg = f"cutoff_min={cutoff_min:g} was not checked; there are {cutoffs}."
        raise InputError(msg)
    true = rows["true_points"].sum()
    shares = ("false_in_share", "false_out_share")
    wrong = {name: float((rows[name].fillna(0) * rows["true_points"]).sum()) for name in shares}
    pooled: dict[str, Any] = {name: value / true if true else np.nan for name, value in wrong.items()}
    pooled |= {"n": rows["n"].sum(), "share_uncertainty": max(1.96 * sum(wrong.values()) ** 0.5, 3.0) / max(true, 1)}
    return small_print(pd.DataFrame([pooled], index=[cutoff_min]))


def _asked(result: gpd.GeoDataFrame) -> dict[str, Any]:
    """Read what the result says about how it was made."""
    try:
        asked = json.loads(result.attrs["isochrones"])
        known = set(asked["origins"])
        asked["land"]
    except (KeyError, TypeError, ValueError) as error:
        msg = (
            "The result no longer says where its origins are (attrs['isochrones'], lost on the way through some file "
            "formats and joins); give verify the frame that isochrones returned."
        )
        raise InputError(msg) from error
    lost = sorted(set(map(str, result.index.get_level_values("origin_id"))) - known)
    if lost:
        msg = f"The result does not say where these origins are: {', '.join(lost[:5])}."
        raise InputError(msg)
    found: dict[str, Any] = asked
    return found


def _land_round(bounds: Any, land: Land) -> gpd.GeoSeries | None:
    if isinstance(land, str):
        return None
    if land is not None:
        return land
    west, south, east, north = bounds
    if np.isnan(west):
        return None
    return land_polygons(bounds=(west - _ROUND_DEG, south - _ROUND_DEG, east + _ROUND_DEG, north + _ROUND_DEG))
