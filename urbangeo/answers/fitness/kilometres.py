"""Kilometres of road by class and by county."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from urbangeo.archive.wording import word
from urbangeo.language.crs import require_geographic
from urbangeo.language.schemas import CENSUS, COUNTIES, check_frame
from urbangeo.sources.network import topology

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from urbangeo.answers.fitness.found import Found


def km_by_class(found: Found) -> pd.DataFrame:
    """Add up pieces, kilometres and mean speed of each class of road.

    Parameters
    ----------
    found : Found
        What was measured.

    Returns
    -------
    pandas.DataFrame
        Index road_class, as ``NetworkReport.by_class``.
    """
    import pandas as pd

    network, rows = found.network, found.pieces
    frame = pd.DataFrame(
        {
            "road_class": [text or "" for text in network.road_class.take(rows).texts()],
            "km": network.length_m[rows] / 1000.0,
            "hours": network.time_min[rows] / 60.0,
        }
    )
    grouped = frame.groupby("road_class", sort=True)
    made = grouped.agg(pieces=("km", "size"), km=("km", "sum"), hours=("hours", "sum"))
    made["km_share"] = made["km"] / made["km"].sum()
    made["speed_kmh"] = made["km"] / made["hours"]
    made.insert(0, "name_zh", [_class_zh(str(name)) for name in made.index])
    made = made.drop(columns="hours").reset_index().sort_values(["km", "road_class"], ascending=[False, True])
    return made.set_index("road_class")


def _class_zh(name: str) -> str:
    return word("road_class", name) if name else "未注明等级"


def km_by_county(found: Found, counties: gpd.GeoDataFrame, census: pd.DataFrame | None) -> pd.DataFrame:
    """Add up kilometres of road in each county; roads are cut at its border.

    Parameters
    ----------
    found : Found
        What was measured.
    counties : geopandas.GeoDataFrame
        As :func:`urbangeo.read_counties` returns.
    census : pandas.DataFrame or None
        As :func:`urbangeo.read_census` returns.

    Returns
    -------
    pandas.DataFrame
        Index adcode, as ``NetworkReport.by_county``; ``attrs`` hold ``outside_km``.
    """
    import pandas as pd

    check_frame(counties, COUNTIES)
    counties = require_geographic(counties, "counties").sort_index()
    line, area, share = topology.shares_inside(found.network.geometry(found.roads), counties.geometry.to_numpy())
    km = found.km[line] * share
    fast = found.network.road_class.is_in(("expressway", "expressway_link"))[found.roads][line]
    made = pd.DataFrame(counties[["name", "prefecture", "province"]])
    made["km"] = np.bincount(area, weights=km, minlength=len(counties))
    made["expressway_km"] = np.bincount(area[fast], weights=km[fast], minlength=len(counties))
    made["residents"] = np.nan if census is None else _residents(census).reindex(made.index)
    made["residents"] = made["residents"].astype("Float64")
    made["km_per_10000"] = (made["km"] / made["residents"].where(made["residents"] > 0) * 10_000).astype("Float64")
    made.attrs = {"outside_km": max(0.0, float(found.km.sum() - km.sum()))}
    return made


def _residents(census: pd.DataFrame) -> pd.Series:
    check_frame(census, CENSUS)
    newest = census.index.get_level_values("year").max()
    return census.xs(newest, level="year")["resident_population"]
