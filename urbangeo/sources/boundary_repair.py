"""Mending the polygons of a boundary file so that neighbours share their borders, or saying why that needs a person."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.errors import InputError, SchemaError, listed
from urbangeo.language.crs import CGCS2000, EQUAL_AREA, EQUAL_AREA_ZH, require_geographic
from urbangeo.sources.boundary_topology import gaps, overlaps, polygonal

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

LARGEST_CHANGE_SHARE = 0.01
"""More than this share of a county's area is not given to one side or the other by a program."""

GAP_M = 200.0
"""Gaps up to this width are filled: about as wide as two good sources disagree on a border (157 m and 191 m on the mean
in inland Shandong and Qinghai, ``boundaries/README.md``)."""


def repair_boundaries(
    frame: gpd.GeoDataFrame,
    *,
    snap_m: float = 1.0,
    gap_m: float = GAP_M,
    largest_change_share: float = LARGEST_CHANGE_SHARE,
) -> gpd.GeoDataFrame:
    """Mend invalid polygons, overlaps and gaps so that neighbours share every vertex of their common border.

    Each polygon is made valid by itself; then borders are snapped and noded together, and every patch that two
    counties claim, or none within ``gap_m``, goes to the one with the longest border on it. What a program cannot
    decide is refused. Gaps that are wider, or open to the outside, stay; the datum is not looked at
    (``audit_boundaries`` does that).

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Polygons on an index ``adcode``, unique, in any known system. It is not changed.
    snap_m : float, default 1.0
        Vertices nearer to each other than this are made one, in metres; 0 snaps nothing.
    gap_m : float, default 200.0
        Gaps of at most this width (diameter of the largest circle inside) are filled; 0 fills none.
    largest_change_share : float, default 0.01
        A county of which a larger share would change hands, in an overlap or by the repair as a whole, is refused.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows and columns in EPSG:4490, a valid coverage. ``attrs["repair"]`` says what was done; in
        ``attrs["source"]``, if it is there, ``geometry_changed`` is True. Polygons that need no repair come back as
        they were.

    Raises
    ------
    InputError
        If overlaps or changes are too large to be decided, a row has no polygon, or a parameter is out of range; the
        message lists the counties.
    SchemaError
        If the frame has no unique index ``adcode``, no geometry or no rows.
    CrsError
        If the frame has no coordinate reference system.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> shapes = [box(117, 36, 118, 37), box(117.9999, 36, 119, 37)]
    >>> frame = gpd.GeoDataFrame(geometry=shapes, index=["370101", "370102"], crs="EPSG:4490").rename_axis("adcode")
    >>> mended = repair_boundaries(frame)
    >>> mended.attrs["repair"]["overlap_km2"], bool(mended.geometry.iloc[0].overlaps(mended.geometry.iloc[1]))
    (0.994, False)

    References
    ----------
    GEOS CoverageCleaner (3.14), by way of shapely.coverage_clean.
    """
    import geopandas as gpd
    import shapely

    _check_parameters(snap_m=snap_m, gap_m=gap_m, largest_change_share=largest_change_share)
    known = require_geographic(_checked(frame), "the boundary file")
    # Equal vertices stay equal on the way to metres and back: the same degrees give the same metres, and the reverse.
    before = np.asarray(known.geometry.to_crs(EQUAL_AREA))
    single = polygonal(before)
    area = shapely.area(single)
    shared, holes = overlaps(single), gaps(single)
    _refuse_large_overlaps(known, shared, area, largest_change_share)
    invalid = int((~shapely.is_valid(before)).sum())
    if not invalid and shared.empty and shapely.coverage_is_valid(single) and not _fillable(holes, gap_m):
        return _relabelled(known, frame, changed=False)
    # The stubs know shapely up to 2.1.
    clean = shapely.coverage_clean(  # type: ignore[attr-defined]
        single, snapping_distance=snap_m, gap_width=gap_m
    )
    change = np.abs(shapely.area(clean) - area) / area
    _refuse(
        known,
        (change > largest_change_share) | shapely.is_empty(clean),
        lambda row: f"would change its area by {100 * change[row]:.2g} %",
        largest_change_share,
    )
    degrees = gpd.GeoSeries(clean, index=known.index, crs=EQUAL_AREA).to_crs(CGCS2000)
    if not shapely.coverage_is_valid(np.asarray(degrees)) or not degrees.is_valid.all():
        msg = (
            f"The polygons could not be made a clean coverage with snap_m={snap_m:g}; try a larger snap_m (such as 5)."
        )
        raise InputError(msg)
    result = _relabelled(known.set_geometry(degrees), frame, changed=True)
    left = gaps(clean)
    result.attrs["repair"] = {
        "snap_m": snap_m,
        "gap_m": gap_m,
        "largest_change_share": largest_change_share,
        "measured_in": EQUAL_AREA_ZH,
        "invalid": invalid,
        "overlap_km2": _km2(shared),
        "gaps_km2": _km2(holes),
        "gaps_left": len(left),
        "gaps_left_km2": _km2(left),
        "greatest_change_share": round(float(change.max()), 6),
    }
    return result


def _check_parameters(**values: float) -> None:
    wrong = [f"{name}={value!r}" for name, value in values.items() if not (np.isfinite(value) and value >= 0)]
    if wrong or values["largest_change_share"] > 1:
        msg = f"{listed(wrong) or 'largest_change_share above 1'}: widths are metres from 0 on, the share is 0 to 1."
        raise InputError(msg)


def _checked(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    import shapely

    if getattr(frame, "active_geometry_name", None) is None:
        msg = f"Boundaries must be a GeoDataFrame with a geometry, got {type(frame).__name__} without one."
        raise SchemaError(msg)
    if frame.index.name != "adcode" or not frame.index.is_unique or frame.empty:
        twice = frame.index[frame.index.duplicated()].unique()
        what = f"these stand more than once: {listed(twice)}" if len(twice) else f"it is {frame.index.name!r}"
        msg = f"Boundaries need rows and a unique index 'adcode'; {what if len(frame) else 'there are no rows'}."
        raise SchemaError(msg)
    shapes = np.asarray(frame.geometry)
    polygon = np.isin(shapely.get_type_id(shapes), [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON])
    bad = ~polygon | shapely.is_empty(shapes) | ~np.isfinite(shapely.bounds(shapes)).all(axis=1)
    if bad.any():
        msg = f"These units have no polygon to repair: {listed(_labels(frame, bad))}."
        raise InputError(msg)
    return frame


def _labels(frame: gpd.GeoDataFrame, rows: NDArray[np.bool_]) -> list[str]:
    names = frame["name"].astype(str) if "name" in frame else [""] * len(frame)
    return [f"{code} {name}".strip() for code, name, hit in zip(frame.index, names, rows, strict=True) if hit]


def _refuse_large_overlaps(
    frame: gpd.GeoDataFrame, shared: pd.DataFrame, area: NDArray[np.float64], largest: float
) -> None:
    pairs = shared.groupby(["first", "second"], as_index=False)["area_m2"].sum()
    share = pairs["area_m2"] / np.minimum(area[pairs["first"]], area[pairs["second"]])
    every = _labels(frame, np.ones(len(frame), dtype=bool))
    too_large = [
        f"{every[first]} and {every[second]} ({100 * part:.2g} % of the smaller)"
        for first, second, part in zip(pairs["first"], pairs["second"], share, strict=True)
        if part > largest
    ]
    if too_large:
        msg = (
            f"{len(too_large)} overlaps are too large to be decided by a program: {listed(too_large)}. More than "
            f"{100 * largest:g} % of a county is claimed twice. Mend them in the file, or raise largest_change_share."
        )
        raise InputError(msg)


def _refuse(frame: gpd.GeoDataFrame, rows: NDArray[np.bool_], why: Any, largest: float) -> None:
    if rows.any():
        labels = _labels(frame, np.ones(len(frame), dtype=bool))
        told = [f"{labels[row]} {why(row)}" for row in np.flatnonzero(rows)]
        msg = (
            f"The repair would change more than {100 * largest:g} % of {len(told)} counties: {listed(told)}. "
            "Try a smaller gap_m or snap_m, mend the file, or raise largest_change_share."
        )
        raise InputError(msg)


def _fillable(holes: pd.DataFrame, gap_m: float) -> bool:
    """Say whether a gap is narrow enough to be filled, as the cleaner measures it: by the largest circle inside."""
    import shapely

    if holes.empty or not gap_m:
        return False
    circles = shapely.maximum_inscribed_circle(np.asarray(holes["geometry"]))
    return bool((2.0 * shapely.length(circles) <= gap_m).any())


def _relabelled(result: gpd.GeoDataFrame, frame: gpd.GeoDataFrame, *, changed: bool) -> gpd.GeoDataFrame:
    relabelled = result.copy()
    relabelled.attrs = copy.deepcopy(frame.attrs)
    source = relabelled.attrs.get("source")
    if changed and isinstance(source, dict):
        relabelled.attrs["source"] = source | {"geometry_changed": True}
    return relabelled


def _km2(patches: pd.DataFrame) -> float:
    return round(float(patches["area_m2"].sum()) / 1e6, 3)
