"""The formats of boundary files: GeoPackage, Shapefile, GeoJSON and GeoParquet from the local disk, and nothing else.

What comes out is what stands in the file: attributes, geometry and the CRS it names. Whether any of that is true is
asked in :mod:`urbangeo.sources.boundary_files`.
"""

from __future__ import annotations

import codecs
import json
import re
import warnings
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.errors import CrsError, InputError, listed
from urbangeo.sources import local_files

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from pyproj import CRS

MOST_BYTES = 1_000_000_000
"""Largest file that is read; the outlines of all China with 2.5 million vertices make some 60 MB of GeoJSON."""

FIELD_BYTES = 10
"""A field name of a Shapefile has no more bytes."""

_ENDINGS = {
    ".gpkg": "GeoPackage",
    ".shp": "Shapefile",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".parquet": "GeoParquet",
    ".geoparquet": "GeoParquet",
}
_MAGIC = {"GeoPackage": b"SQLite format 3\x00", "Shapefile": b"\x00\x00\x27\x0a", "GeoParquet": b"PAR1"}
_GB = "gb18030"


@dataclass
class RawBoundaries:
    """What stood in the file, before any of it is believed.

    Attributes
    ----------
    frame : geopandas.GeoDataFrame
        Attributes as they are, geometry, and the CRS the file names (None if it names none).
    format : str
        GeoPackage, Shapefile, GeoJSON or GeoParquet.
    layer : str, optional
        The layer read, for a GeoPackage.
    encoding : str, optional
        The encoding the texts were read in, where there was a choice.
    notes : list of str
        What had to be found out or assumed, in Chinese.
    """

    frame: gpd.GeoDataFrame
    format: str
    layer: str | None = None
    encoding: str | None = None
    notes: list[str] = field(default_factory=list)


def local_file(path: Path | str) -> Path:
    """Return the path of a local file that is of the format its ending says.

    Parameters
    ----------
    path : path-like
        What the caller gave.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If it is an address, archive, folder or virtual file, missing, too large, or of another format.
    """
    return local_files.local_file(path, endings=_ENDINGS, most_bytes=MOST_BYTES, magic=_MAGIC)


def read_raw(file: Path, *, layer: str | None, encoding: str | None) -> RawBoundaries:
    """Read everything in a boundary file, believing nothing of it yet.

    Parameters
    ----------
    file : pathlib.Path
        A file as :func:`local_file` returns it.
    layer : str or None
        Layer of a GeoPackage.
    encoding : str or None
        Of a Shapefile's attributes or of GeoJSON; None to have it found.

    Returns
    -------
    RawBoundaries
        Attributes, geometry, CRS as named in the file, and notes.

    Raises
    ------
    InputError
        If the file is damaged or incomplete, its layer is not clear, or its texts are in no known encoding.
    CrsError
        If GeoJSON names a CRS that is not understood.
    """
    kind = _ENDINGS[file.suffix.lower()]
    if layer is not None and kind != "GeoPackage":
        msg = f"layer={layer!r}: only a GeoPackage has layers; {file.name} is {kind}."
        raise InputError(msg)
    if encoding is not None and kind not in {"Shapefile", "GeoJSON"}:
        msg = f"encoding={encoding!r}: {kind} is always UTF-8; leave encoding out."
        raise InputError(msg)
    if kind == "GeoPackage":
        return _read_geopackage(file, layer)
    if kind == "Shapefile":
        return _read_shapefile(file, encoding)
    return _read_parquet(file) if kind == "GeoParquet" else _read_geojson(file, encoding)


def _read_ogr(file: Path, what: str, **options: Any) -> gpd.GeoDataFrame:
    """Read through GDAL, turning what it says of damaged files into one error."""
    import geopandas as gpd
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
    from shapely.errors import ShapelyError

    try:
        with warnings.catch_warnings():
            # What GDAL grumbles about (open rings, odd winding) is the audit's business.
            warnings.simplefilter("ignore", RuntimeWarning)
            frame = gpd.read_file(file, engine="pyogrio", **options)
    except (
        *(DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, ShapelyError),
        *(UnicodeError, RuntimeError, ValueError),
    ) as error:
        msg = f"{file.name} cannot be read as {what}: {str(error).splitlines()[0]}. It may be damaged or incomplete."
        raise InputError(msg) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        msg = f"{file.name} has no geometry."
        raise InputError(msg)
    return frame


def _read_geopackage(file: Path, layer: str | None) -> RawBoundaries:
    import pyogrio
    from pyogrio.errors import DataSourceError

    try:
        layers = {str(name): kind for name, kind in pyogrio.list_layers(file)}
    except DataSourceError as error:
        msg = f"{file.name} cannot be read as GeoPackage; it may be damaged or incomplete."
        raise InputError(msg) from error
    usable = [name for name, kind in layers.items() if kind is None or "Polygon" in kind or kind == "Unknown"]
    spatial = [name for name in usable if layers[name] is not None]
    if layer is None and len(spatial) != 1:
        problem = "has several layers of polygons" if spatial else "has no layer of polygons"
        msg = f"{file.name} {problem}: {listed(spatial or layers)}. Name one with layer=."
        raise InputError(msg)
    chosen = spatial[0] if layer is None else layer
    if chosen not in layers:
        msg = f"{file.name} has no layer {chosen!r}; it has {listed(layers)}."
        raise InputError(msg)
    return RawBoundaries(_read_ogr(file, "GeoPackage", layer=chosen), "GeoPackage", layer=chosen)


def _read_parquet(file: Path) -> RawBoundaries:
    try:
        import geopandas as gpd
        from pyarrow import ArrowException
    except ImportError as error:
        msg = f"Reading {file.name} needs pyarrow: run `pip install pyarrow`, or save the file as GeoPackage."
        raise InputError(msg) from error
    try:
        frame = gpd.read_parquet(file)
    except (ArrowException, ValueError, KeyError, OSError, TypeError) as error:
        msg = f"{file.name} cannot be read as GeoParquet: {str(error).splitlines()[0]}"
        raise InputError(msg) from error
    if frame.index.names != [None]:
        frame = frame.reset_index()
    return RawBoundaries(frame, "GeoParquet")


def _read_geojson(file: Path, encoding: str | None) -> RawBoundaries:
    import geopandas as gpd
    from shapely.errors import ShapelyError

    data = file.read_bytes()
    text, used, notes = _decoded(data, file.name, encoding)
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        msg = f"{file.name} is no valid JSON: {error}."
        raise InputError(msg) from error
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        kind = document.get("type") if isinstance(document, dict) else type(document).__name__
        msg = f"{file.name} is no GeoJSON FeatureCollection but {kind!r}."
        raise InputError(msg)
    features = document.get("features")
    if not isinstance(features, list) or not all(_is_feature(feature) for feature in features):
        msg = f"{file.name}: 'features' must be a list of GeoJSON features, each with properties and a geometry."
        raise InputError(msg)
    crs = _geojson_crs(document, file.name, notes)
    rows = [
        {"id": feature.get("id")} | (feature.get("properties") or {}) | {"geometry": feature.get("geometry")}
        for feature in features
    ]
    try:
        shapes = [_shape(row["geometry"]) for row in rows]
    except (ShapelyError, KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        msg = f"{file.name} holds a geometry that cannot be read ({type(error).__name__}: {error})."
        raise InputError(msg) from error
    import pandas as pd

    table = pd.DataFrame(rows).drop(columns="geometry", errors="ignore")
    if "id" in table and table["id"].isna().all():
        table = table.drop(columns="id")
    return RawBoundaries(gpd.GeoDataFrame(table, geometry=shapes, crs=crs), "GeoJSON", encoding=used, notes=notes)


def _is_feature(feature: object) -> bool:
    return (
        isinstance(feature, dict)
        and isinstance(feature.get("geometry"), dict | None)
        and isinstance(feature.get("properties"), dict | None)
    )


def _shape(geometry: dict[str, Any] | None) -> Any:
    import shapely

    return None if geometry is None else shapely.geometry.shape(geometry)


def _geojson_crs(document: dict[str, Any], name: str, notes: list[str]) -> CRS | str | None:
    """Return the CRS a GeoJSON document names (as before RFC 7946), else WGS 84 as RFC 7946 has it."""
    from pyproj import CRS as ProjCrs
    from pyproj.exceptions import CRSError

    if "crs" not in document:
        notes.append(
            "GeoJSON 未写坐标系，按 RFC 7946 作 WGS 84 读入；网络来源的文件常为 GCJ-02，请用 audit_boundaries 检验"
        )
        return "EPSG:4326"
    if document["crs"] is None:
        return None
    try:
        return ProjCrs.from_user_input(document["crs"]["properties"]["name"])
    except (CRSError, KeyError, TypeError) as error:
        msg = f"{name} names a coordinate reference system that is not understood: {document['crs']!r}."
        raise CrsError(msg) from error


def _decoded(data: bytes, name: str, encoding: str | None) -> tuple[str, str, list[str]]:
    """Return the text of a file, its encoding, and a note where that had to be found out."""
    for candidate in (encoding,) if encoding else ("utf-8-sig", _GB):
        try:
            text = data.decode(candidate)
        except (UnicodeDecodeError, LookupError):
            continue
        used = "utf-8" if candidate == "utf-8-sig" else candidate
        return text, used, [] if encoding or used == "utf-8" else [f"文件编码不是 UTF-8，按 {used.upper()} 读入"]
    tried = encoding or "UTF-8 or GB18030"
    msg = f"{name} is not readable as {tried}. Give the true encoding=, or save the file as UTF-8."
    raise InputError(msg)


def _read_shapefile(file: Path, encoding: str | None) -> RawBoundaries:
    """Read the shapes through GDAL and the attributes from the dBASE table itself."""
    # GDAL's reader stops at a Chinese field name cut within a character at its tenth byte, as most programs cut it.
    import geopandas as gpd

    parts = {part.suffix.lower(): part for part in file.parent.glob(f"{_escaped(file.stem)}.*")}
    absent = [ending for ending in (".shx", ".dbf") if ending not in parts]
    if absent:
        msg = f"{file.name} is incomplete: {listed(absent)} is missing. A Shapefile is several files of one name."
        raise InputError(msg)
    table = _read_dbase(parts[".dbf"])
    used, notes = _dbase_encoding(table, parts[".dbf"].name, encoding)
    # Latin-1 reads any bytes; the names it makes of them are not used.
    shapes = _read_ogr(file, "Shapefile", columns=[], encoding="ISO-8859-1")
    # Where the two differ GDAL reads as many rows as both have; the index has 8 bytes a shape behind its header.
    drawn, described = (parts[".shx"].stat().st_size - 100) // 8, table.count
    if drawn != described or len(shapes) != len(table.rows):
        msg = f"{file.name} has {drawn} shapes, and {parts['.dbf'].name} {described} rows; it is damaged."
        raise InputError(msg)
    if ".prj" not in parts:
        notes.append("Shapefile 没有 .prj 文件，即未写坐标系")
    frame = gpd.GeoDataFrame(table.decoded(used), geometry=np.asarray(shapes.geometry), crs=shapes.crs)
    return RawBoundaries(frame, "Shapefile", encoding=used, notes=notes)


def _escaped(stem: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", stem)


@dataclass(frozen=True)
class _Dbase:
    """A dBASE table as bytes."""

    names: tuple[bytes, ...]
    rows: tuple[tuple[bytes, ...], ...]
    count: int
    """Rows of the file, those marked as deleted too."""

    def decoded(self, encoding: str) -> pd.DataFrame:
        """Return all cells as text, empty ones missing; what was cut within a character loses that character."""
        import pandas as pd

        names: list[str] = []
        for place, raw in enumerate(self.names):
            name = raw.decode(encoding, "ignore")
            names.append(name if name and name not in names else f"{name}_{place + 1}")
        cells = [[cell.decode(encoding, "ignore").strip() or None for cell in row] for row in self.rows]
        return pd.DataFrame(cells, columns=names, dtype="str")


def _read_dbase(file: Path) -> _Dbase:
    data = file.read_bytes()
    header, width = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    count = int.from_bytes(data[4:8], "little")
    starts = range(32, header - 1, 32)
    if len(data) < 65 or not width or header + count * width > len(data) or not starts:
        msg = f"{file.name} is no dBASE table, or was cut short; the Shapefile is damaged."
        raise InputError(msg)
    fields = [data[start : start + 32] for start in starts if data[start] != 0x0D]
    ends = np.cumsum([1] + [descriptor[16] for descriptor in fields])
    rows = []
    for row in range(count):
        record = data[header + row * width : header + (row + 1) * width]
        if record[:1] != b"*":  # an asterisk marks a row as deleted; GDAL leaves its shape out too
            rows.append(tuple(record[start:end].rstrip(b" \x00") for start, end in pairwise(ends)))
    return _Dbase(tuple(descriptor[:11].split(b"\x00")[0] for descriptor in fields), tuple(rows), count)


def _dbase_encoding(table: _Dbase, name: str, encoding: str | None) -> tuple[str, list[str]]:
    """Find out in which encoding all texts of a dBASE table are valid; what .cpg says is not believed."""
    # Valid UTF-8 with Chinese characters in it is hardly ever anything else; what is not UTF-8 is tried as GB18030, the
    # superset of GBK and GB2312.
    if encoding is not None:
        try:
            codecs.lookup(encoding)
        except LookupError as error:
            msg = f"encoding={encoding!r} is not known; usual ones are UTF-8 and GBK."
            raise InputError(msg) from error
        if not _fits(table, encoding):
            msg = f"{name} is not readable as {encoding}; leave encoding out to have it found."
            raise InputError(msg)
        return encoding, []
    if _fits(table, "utf-8"):
        return "UTF-8", []
    if _fits(table, _GB):
        return "GB18030", ["Shapefile 属性不是 UTF-8，按 GB18030（GBK）读入"]
    msg = f"{name} is readable neither as UTF-8 nor as GB18030. Give the true encoding=."
    raise InputError(msg)


def _fits(table: _Dbase, encoding: str) -> bool:
    for text in {*table.names, *(cell for row in table.rows for cell in row)}:
        try:
            text.decode(encoding)
        except UnicodeDecodeError as error:
            # A name or text cut to the length of its field may have lost the end of its last character.
            if not (len(text) >= FIELD_BYTES - 1 and error.end >= len(text) and len(text) - error.start < 4):
                return False
    return True
