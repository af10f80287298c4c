"""Files of road lines: GeoPackage, Shapefile, GeoJSON, GeoParquet and FlatGeobuf from the local disk, nothing else.

What comes out is one flat line a row in degrees, with the attributes as they stand in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from urbangeo.errors import CrsError, InputError, listed
from urbangeo.language.crs import require_geographic
from urbangeo.language.datum import DATUM_NAMES, Datum, shift_datum
from urbangeo.sources.boundary_formats import MOST_BYTES, RawBoundaries, read_raw
from urbangeo.sources.local_files import local_file

if TYPE_CHECKING:
    import geopandas as gpd

ENDINGS = {
    ".gpkg": "GeoPackage",
    ".shp": "Shapefile",
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".parquet": "GeoParquet",
    ".geoparquet": "GeoParquet",
    ".fgb": "FlatGeobuf",
}
"""Endings of files that may hold a line layer, and the format each stands for."""

_MAGIC = {
    "GeoPackage": b"SQLite format 3\x00",
    "Shapefile": b"\x00\x00\x27\x0a",
    "GeoParquet": b"PAR1",
    "FlatGeobuf": b"fgb\x03fgb",
}
_SHOWN_LETTERS = 30
_MOST_LAYERS = 12
_ELLIPSOID = (6_378_137.0, 298.257)


@dataclass
class RawLayer:
    """What stood in the file.

    Attributes
    ----------
    frame : geopandas.GeoDataFrame
        Attributes as they are, geometry, and the CRS the file names.
    name, format : str
        Of the file.
    layer, encoding : str or None
        Where there was a choice.
    notes : list of str
        What had to be found out or done, in Chinese.
    """

    frame: gpd.GeoDataFrame
    name: str
    format: str
    layer: str | None
    encoding: str | None
    notes: list[str]


def read_layer(path: Path | str, *, layer: str | None, encoding: str | None) -> RawLayer:
    """Read everything in a layer of lines, believing nothing of it yet.

    Parameters
    ----------
    path : path-like
        A local file; see :data:`ENDINGS`.
    layer : str or None
        Layer of a GeoPackage.
    encoding : str or None
        Of a Shapefile's attributes or of GeoJSON; None to have it found.

    Returns
    -------
    RawLayer
        Attributes, geometry and CRS as the file has them.

    Raises
    ------
    InputError
        If the file is not local, missing, too large, damaged, empty, or of another format than its ending says, or its
        layer is not clear.
    """
    # GDAL looks into a file to choose its driver: a virtual file under another ending could name any address.
    file = local_file(path, endings=ENDINGS, most_bytes=MOST_BYTES, magic=_MAGIC)
    kind = ENDINGS[file.suffix.lower()]
    if kind in {"GeoPackage", "FlatGeobuf"} and encoding is not None:
        msg = f"encoding={encoding!r}: {kind} is always UTF-8; leave encoding out."
        raise InputError(msg)
    if kind == "FlatGeobuf":
        if layer is not None:
            msg = f"layer={layer!r}: only a GeoPackage has layers; {file.name} is FlatGeobuf."
            raise InputError(msg)
        raw = RawLayer(_read_ogr(file, kind), file.name, kind, None, None, [])
    elif kind == "GeoPackage":
        raw = _read_geopackage(file, layer)
    else:
        raw = _read_other(file, layer, encoding)
    if raw.frame.empty:
        msg = f"{raw.name} has no rows."
        raise InputError(msg)
    if not raw.frame.columns.is_unique:
        twice = raw.frame.columns[raw.frame.columns.duplicated()]
        msg = f"{raw.name} has columns of the same name: {listed(map(short_word, twice))}. Rename them."
        raise InputError(msg)
    return raw


def _read_other(file: Path, layer: str | None, encoding: str | None) -> RawLayer:
    if ENDINGS[file.suffix.lower()] == "Shapefile":
        # GDAL reads the shapes that are cut off as rows without geometry; the header says how long the file was.
        with file.open("rb") as stream:
            promised = 2 * int.from_bytes(stream.read(28)[24:28], "big")
        if file.stat().st_size < promised:
            msg = f"{file.name} was cut short: {file.stat().st_size:,} of {promised:,} bytes are there."
            raise InputError(msg)
    # Coordinates that are no numbers are told by row further down, not by a warning of numpy here.
    with np.errstate(invalid="ignore"):
        raw: RawBoundaries = read_raw(file, layer=layer, encoding=encoding)
    return RawLayer(raw.frame, file.name, raw.format, raw.layer, raw.encoding, raw.notes)


def _read_geopackage(file: Path, layer: str | None) -> RawLayer:
    import pyogrio
    from pyogrio.errors import DataSourceError

    try:
        layers = {str(name): kind for name, kind in pyogrio.list_layers(file)}
    except DataSourceError as error:
        msg = f"{file.name} cannot be read as GeoPackage; it may be damaged or incomplete."
        raise InputError(msg) from error
    usable = [name for name, kind in layers.items() if kind is not None and ("Line" in kind or kind == "Unknown")]
    if layer is None and len(usable) != 1:
        problem = "has several layers of lines" if usable else "has no layer of lines"
        shown = listed([short_word(name) for name in usable or layers], _MOST_LAYERS)
        msg = f"{file.name} {problem}: {shown}. Name one with layer=."
        raise InputError(msg)
    chosen = usable[0] if layer is None else layer
    if chosen not in layers:
        msg = (
            f"{file.name} has no layer {short_word(chosen)!r}; it has {listed([short_word(name) for name in layers])}."
        )
        raise InputError(msg)
    return RawLayer(_read_ogr(file, "GeoPackage", layer=chosen), file.name, "GeoPackage", chosen, None, [])


def _read_ogr(file: Path, what: str, **options: Any) -> gpd.GeoDataFrame:
    import warnings

    import geopandas as gpd
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError
    from shapely.errors import ShapelyError

    try:
        with warnings.catch_warnings():
            # What GDAL grumbles about is found by the checks that follow.
            warnings.simplefilter("ignore", RuntimeWarning)
            warnings.simplefilter("ignore", UserWarning)
            frame = gpd.read_file(file, engine="pyogrio", **options)
    except (
        *(DataSourceError, DataLayerError, FeatureError, FieldError, GeometryError, ShapelyError),
        *(UnicodeError, RuntimeError, ValueError),
    ) as error:
        reason = (str(error).splitlines() or [""])[0][:200]
        msg = f"{file.name} cannot be read as {what}: {reason}. It may be damaged or incomplete."
        raise InputError(msg) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        msg = f"{file.name} has no geometry."
        raise InputError(msg)
    return frame


# --- the lines ----------------------------------------------------------------------------------------------------


def flat_lines(raw: RawLayer, skipped: dict[str, int]) -> gpd.GeoDataFrame:
    """Return one flat line a row, those of several parts taken apart; rows without a line are counted.

    Parameters
    ----------
    raw : RawLayer
        As :func:`read_layer` returns it; what was taken apart is noted there.
    skipped : dict
        Where counts of rows without geometry and parts without length are written.

    Returns
    -------
    geopandas.GeoDataFrame
        Attributes and lines, in the CRS of the file.

    Raises
    ------
    InputError
        If rows are no lines, have coordinates that are no numbers, or no line is left.
    """
    import geopandas as gpd
    import shapely

    frame = raw.frame
    shapes = np.asarray(frame.geometry)
    kinds = shapely.get_type_id(shapes)
    blank = (kinds == -1) | shapely.is_empty(shapes)
    line = np.isin(kinds, [shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING])
    wrong = ~line & ~blank
    faults = []
    if wrong.any():
        faults.append(
            f"{int(wrong.sum())} rows that are no lines but {listed(sorted(set(frame.geom_type[wrong])))} "
            f"({listed(_rows(wrong))})"
        )
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    lost = np.zeros(len(shapes), dtype=bool)
    lost[owner[~np.isfinite(points).all(axis=1)]] = True
    if lost.any():
        faults.append(f"{int(lost.sum())} rows with coordinates that are no numbers ({listed(_rows(lost))})")
    if faults:
        msg = f"{raw.name} has {'; '.join(faults)}. Every row must be the line of a road; mend or leave out the others."
        raise InputError(msg)
    parts, row = shapely.get_parts(shapely.force_2d(shapes[~blank]), return_index=True)
    row = np.flatnonzero(~blank)[row]
    real = ~shapely.is_empty(parts) & (shapely.length(parts) > 0)
    many = np.bincount(row, minlength=len(shapes)) > 1
    for what, count in (
        ("rows_without_geometry", int(blank.sum())),
        ("parts_of_no_length", int((~real).sum())),
    ):
        if count:
            skipped[what] = count
    if many.any():
        raw.notes.append(f"{int(many.sum())} 行为多段线，已拆为单段")
    if not real.any():
        msg = f"{raw.name} has no line longer than nothing."
        raise InputError(msg)
    attributes = frame.drop(columns=frame.geometry.name).iloc[row[real]].reset_index(drop=True)
    return gpd.GeoDataFrame(attributes, geometry=parts[real], crs=frame.crs)


def in_degrees(frame: gpd.GeoDataFrame, raw: RawLayer, *, crs: str | None, datum: Datum | None) -> gpd.GeoDataFrame:
    """Return the lines in CGCS2000 degrees.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        As :func:`flat_lines` returns it.
    raw : RawLayer
        Its file; steps taken are noted there.
    crs : str or None
        The system of a file that names none.
    datum : Datum or None
        The true datum, if known.

    Returns
    -------
    geopandas.GeoDataFrame
        Lines in EPSG:4490.

    Raises
    ------
    CrsError
        If the CRS is missing, cannot be true, or is of an older datum.
    InputError
        If the datum is not known.
    """
    if datum is not None and datum not in DATUM_NAMES:
        msg = f"datum={datum!r} is not known; expected one of {listed(DATUM_NAMES)}."
        raise InputError(msg)
    import shapely

    labelled = _labelled(frame, raw.name, crs)
    if datum in {"gcj02", "bd09"}:
        placed = shift_datum(labelled, source=datum)
        raw.notes.append(f"按调用者所述由 {DATUM_NAMES[datum]} 反算到 CGCS2000")
    else:
        _require_known(labelled, raw.name)
        placed = require_geographic(labelled, raw.name)
        if labelled.crs is not None and labelled.crs.is_projected:
            raw.notes.append(f"由 {labelled.crs.to_string()} 换算到经纬度")
    points = shapely.get_coordinates(np.asarray(placed.geometry))
    if not (np.isfinite(points).all() and (np.abs(points) <= [180.0, 90.0]).all()):
        msg = f"{raw.name}: its coordinates cannot be brought to degrees; the CRS it names cannot be the true one."
        raise CrsError(msg)
    return placed


def _labelled(frame: gpd.GeoDataFrame, name: str, crs: str | None) -> gpd.GeoDataFrame:
    from pyproj import CRS as ProjCrs
    from pyproj.exceptions import CRSError

    named = frame.crs if frame.crs is not None and (frame.crs.is_geographic or frame.crs.is_projected) else None
    if named is not None and named.name.casefold().startswith("undefined"):
        named = None
    bare = (
        frame if named is not None else type(frame)(frame.drop(columns="geometry"), geometry=np.asarray(frame.geometry))
    )
    if crs is None:
        return bare
    try:
        given = ProjCrs.from_user_input(crs)
    except CRSError as error:
        msg = f"crs={crs!r} is not understood; expected a name such as 'EPSG:4490' or 'EPSG:4549'."
        raise CrsError(msg) from error
    if named is not None and not named.equals(given):
        msg = f"{name} says it is in {named.to_string()}, but crs={crs!r} was given. Leave crs out, or mend the file."
        raise CrsError(msg)
    return bare.set_crs(given, allow_override=True)


def _require_known(frame: gpd.GeoDataFrame, name: str) -> None:
    """Refuse datums from which no published transformation leads to CGCS2000."""
    if frame.crs is None:
        return
    ellipsoid = frame.crs.ellipsoid
    a, rf = _ELLIPSOID
    if ellipsoid is None or abs(ellipsoid.semi_major_metre - a) > 0.5 or abs(ellipsoid.inverse_flattening - rf) > 0.001:
        datum = "an unknown datum" if frame.crs.datum is None else frame.crs.datum.name
        msg = (
            f"{name} is on {datum}. The parameters from it to CGCS2000 are not published, and without them the roads "
            "would lie some 100 m off. Have the file converted to CGCS2000 by the surveying authority."
        )
        raise CrsError(msg)


def _rows(hits: NDArray[Any]) -> list[str]:
    return [f"row {row + 1}" for row in np.flatnonzero(hits)]


def short_word(word: object) -> str:
    """Cut a word of a file so that it fits into a message.

    Parameters
    ----------
    word : object
        Whatever stood there.

    Returns
    -------
    str
        At most 31 letters, all printable.
    """
    text = "".join(letter if letter.isprintable() else " " for letter in str(word)[: _SHOWN_LETTERS + 1])
    return text if len(text) <= _SHOWN_LETTERS else text[:_SHOWN_LETTERS] + "…"
