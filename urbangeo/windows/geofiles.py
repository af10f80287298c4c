"""Files for GIS: GeoPackage, GeoParquet and GeoJSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from urbangeo.archive.files import atomic_path
from urbangeo.language.crs import require_geographic
from urbangeo.windows.cells import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import geopandas as gpd


def write_geopackage(layers: Mapping[str, gpd.GeoDataFrame], path: Path | str) -> Path:
    """Write layers into one GeoPackage.

    Parameters
    ----------
    layers : mapping of str to geopandas.GeoDataFrame
        Layer name to frame; index levels become columns.
    path : path-like
        File to be written.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    from pathlib import Path as FilePath

    with atomic_path(path) as draft:
        for name, frame in layers.items():
            flat = frame.reset_index() if frame.index.names != [None] else frame
            flat = flat.copy()
            for column in flat.columns:
                if str(flat[column].dtype) == "boolean":
                    flat[column] = flat[column].map({True: "true", False: "false"}).astype("object")
            flat.to_file(draft, layer=name, driver="GPKG", engine="pyogrio")
    return FilePath(path)


def write_geoparquet(frame: gpd.GeoDataFrame, path: Path | str) -> Path:
    """Write a frame as GeoParquet.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Any frame; index levels become columns.
    path : path-like
        File to be written.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    from pathlib import Path as FilePath

    flat = frame.reset_index() if frame.index.names != [None] else frame.copy()
    # pandas would put attrs into the file; what must be known of it stands in its columns.
    flat.attrs = {}
    with atomic_path(path) as draft:
        flat.to_parquet(draft, index=False)
    return FilePath(path)


def geojson_text(frame: gpd.GeoDataFrame, *, notes: Sequence[str] = ()) -> str:
    """Write a frame as GeoJSON (RFC 7946: longitude, latitude; outer rings counter-clockwise; 6 decimals).

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        In any known system; written in EPSG:4490 degrees, which RFC 7946's WGS 84 equals to better than a metre. Index
        levels become properties.
    notes : sequence of str
        Put into the member ``notes`` of the collection.

    Returns
    -------
    str
        JSON text.

    Raises
    ------
    CrsError
        If the frame has no coordinate reference system.
    """
    import shapely

    frame = require_geographic(frame, "the frame to be written as GeoJSON")
    flat = frame.reset_index() if frame.index.names != [None] else frame
    # Six decimals are 0.1 m, far below the accuracy of anything here; set_precision keeps polygons valid.
    shapes = shapely.orient_polygons(shapely.set_precision(flat.geometry.to_numpy(), 1e-6))
    features = []
    for row, geometry in zip(flat.drop(columns=flat.geometry.name).to_dict("records"), shapes, strict=True):
        properties = {str(name): printable(value) for name, value in row.items()}
        shape = None if geometry is None or geometry.is_empty else json.loads(shapely.to_geojson(geometry))
        features.append({"type": "Feature", "properties": properties, "geometry": shape})
    collection = {"type": "FeatureCollection", "notes": list(notes), "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")) + "\n"
