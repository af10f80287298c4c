"""Roads drawn as lines: GeoPackage, Shapefile, GeoJSON, GeoParquet and FlatGeobuf, as a network.

A line layer knows no nodes, and says in words of its own what a road is. Both are settled on reading and said in the
provenance: where lines meet (:mod:`urbangeo.sources.network.lines.noding`), and which word means what. A word that is
not known is refused, never guessed.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from urbangeo.archive.catalog import describe_table
from urbangeo.archive.files import sha256_of
from urbangeo.errors import InputError, listed
from urbangeo.language.datum import DATUM_NAMES, Datum
from urbangeo.sources.network.columns import Coded, take_column
from urbangeo.sources.network.lines.files import flat_lines, in_degrees, read_layer
from urbangeo.sources.network.lines.noding import Crossings, Noded, line_lengths, node_lines
from urbangeo.sources.network.lines.words import (
    CLASS_NAMES,
    COLUMNS,
    Direction,
    LineRows,
    column_words,
    find_columns,
    understand,
)
from urbangeo.sources.network.model import DEGREE, WALK, AccessLeg, Network, Shapes, check_arrays
from urbangeo.sources.network.osm.classes import OSM_CLASSES
from urbangeo.sources.network.speeds.means import ROAD_CLASSES, UNKNOWN, Setting, Terrain, with_speeds
from urbangeo.sources.network.tolls import toll_minutes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urbangeo.sources.network.speeds.means import SpeedTable

_ENDS_ONLY = ("expressway", "expressway_link", "ferry")


def read_line_layer(
    path: Path | str,
    *,
    layer: str | None = None,
    columns: Mapping[str, str | None] | None = None,
    classes: Mapping[str, str | None] | None = None,
    unknown_class: str | None = None,
    oneways: Mapping[str, Direction] | None = None,
    tolerance_m: float = 1.0,
    crossings: Crossings = "endpoints",
    mode: Literal["drive", "drive_peak"] = "drive",
    speed_table: SpeedTable | None = None,
    terrain: Terrain = "plain",
    setting: Setting = "mixed",
    dem: Path | str | None = None,
    encoding: str | None = None,
    crs: str | None = None,
    datum: Datum | None = None,
    access: AccessLeg = WALK,
) -> Network:
    """Read a layer of road lines as a network.

    Ends of lines within ``tolerance_m`` of each other become one node. With ``crossings="planar"`` lines also meet
    where they cross or touch; bridges, tunnels and lines of different levels meet others at their ends only, ever. How
    many ends moved, how far at most, and what was left unjoined stands in ``provenance["noding"]``.

    Parameters
    ----------
    path : path-like
        A local .gpkg, .shp (with .shx and .dbf), .geojson, .parquet or .fgb. Addresses, archives and virtual files are
        refused.
    layer : str, optional
        Layer of a GeoPackage; needed if it has several of lines.
    columns : mapping of str to str, optional
        Names of columns by what they are: ``{"road_class": "等级", "oneway": "单行"}``; keys as in ``COLUMNS``.
        What is not named is found by its usual names; None says that there is no such column. ``speed_kmh`` is a mean
        speed and is kept (speed_basis "given"); ``maxspeed_kmh`` is a sign and goes through the speed table. Where
        ``toll`` is missing or blank expressways are taken to be tolled, and counted.
    classes : mapping of str to str, optional
        What the layer's own words for classes mean, ``{"省道": "secondary_2"}``, before the tables ``class_names`` and
        ``osm_classes``; None for rows that are no roads for cars.
    unknown_class : str, optional
        Class of rows whose word for it is missing or not known, and of all rows of a layer without such a column.
        Without it they are refused.
    oneways : mapping of str to {"both", "forward", "backward"}, optional
        What words in the column ``oneway`` mean, before the usual ones (yes, no, 1, 0, -1, 双向, 单向, F/T/B …). A
        column of T and F alone is refused without it: it may be true and false, or "to" and "from".
    tolerance_m : float, default 1.0
        How near ends must be to be one node, 0.001 to 50 m.
    crossings : {"endpoints", "planar"}, default "endpoints"
        Whether lines meet only where they end, or also where they cross or touch.
    mode : {"drive", "drive_peak"}, default "drive"
        As in :func:`urbangeo.with_speeds`.
    speed_table : SpeedTable, optional
        Mean speeds by class; the packaged ones by default.
    terrain, setting : str
        Of edges for which the layer says neither.
    dem : path-like, optional
        Elevation raster from which terrain is told.
    encoding : str, optional
        Of a Shapefile's attributes or of GeoJSON; found out if not given.
    crs : str, optional
        The system of a file that names none. It never overrides what a file says.
    datum : {"cgcs2000", "wgs84", "gcj02", "bd09"}, optional
        The true datum, if known; GCJ-02 and BD-09 are undone.
    access : AccessLeg, default a walk
        The access leg of the network.

    Returns
    -------
    Network
        kind "lines", one row a direction, lengths measured on the ellipsoid (length_basis "geometry"). Provenance holds
        the file and its checksum, the columns and words used, counts of rows skipped, and how it was noded.

    Raises
    ------
    InputError
        If the file is not local, missing, damaged, of another format or without lines; if lines have coordinates that
        are no numbers; if a column, option, speed, direction, structure or level is not understood.
    UnknownNameError
        If rows have a class that is not known; all words are listed.
    CrsError
        If the coordinate reference system is missing, cannot be true, or is of an older datum.

    Examples
    --------
    >>> import tempfile, geopandas as gpd, shapely
    >>> lines = shapely.from_wkt(["LINESTRING (117 36, 117.1 36)", "LINESTRING (117.1 36, 117.1 36.1)"])
    >>> frame = gpd.GeoDataFrame({"等级": ["一级", "省道"]}, geometry=lines, crs="EPSG:4490")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     frame.to_file(Path(folder) / "roads.gpkg")
    ...     network = read_line_layer(Path(folder) / "roads.gpkg", classes={"省道": "secondary_2"})
    >>> len(network.node_id), sorted(set(network.road_class.texts()))
    (3, ['secondary_2', 'trunk_1'])
    """
    _check_options(columns, classes, unknown_class, oneways, mode)
    raw = read_layer(path, layer=layer, encoding=encoding)
    skipped: dict[str, int] = {}
    found = find_columns(raw.frame, columns or {}, unknown_class)
    placed = in_degrees(flat_lines(raw, skipped), raw, crs=crs, datum=datum)
    words = {role: column_words(placed[name]) for role, name in found.items()}
    rows = understand(words, len(placed), classes or {}, unknown_class, oneways or {}, raw.name)
    keep = rows.drivable
    if not keep.all():
        skipped["rows_not_for_cars"] = int((~keep).sum())
    rows, shapes = rows.take(keep), np.asarray(placed.geometry)[keep]
    if not len(shapes):
        msg = f"{raw.name} has no road for cars in it: {skipped}."
        raise InputError(msg)
    noded = node_lines(
        shapes, tolerance_m=tolerance_m, crossings=crossings, apart=rows.structure.is_in(["bridge", "tunnel"]),
        level=rows.level,
    )  # fmt: skip
    network, twins = _network(noded, rows, access)
    provenance = {
        "file": raw.name,
        "format": raw.format,
        "layer": raw.layer,
        "encoding": raw.encoding,
        "sha256": sha256_of(Path(path)),
        "crs_in_file": None if raw.frame.crs is None else raw.frame.crs.to_string(),
        "datum_given": None if datum is None else DATUM_NAMES[datum],
        "rows": len(raw.frame),
        "columns": found,
        "tables": {name: describe_table(name).sha256 for name in (CLASS_NAMES, OSM_CLASSES)},
        "class_words": rows.class_words,
        "unknown_class": unknown_class,
        "skipped": skipped,
        "counts": rows.counts | twins,
        "noding": {"tolerance_m": tolerance_m, "crossings": crossings, **noded.counts},
        "notes": raw.notes,
    }
    network = replace(network, provenance=provenance)
    check_arrays(network)
    return with_speeds(network, table=speed_table, dem=dem, terrain=terrain, setting=setting, mode=mode)


def _check_options(
    columns: Mapping[str, str | None] | None,
    classes: Mapping[str, str | None] | None,
    unknown_class: str | None,
    oneways: Mapping[str, Direction] | None,
    mode: str,
) -> None:
    faults = []
    if strange := sorted(set(columns or {}) - set(COLUMNS)):
        faults.append(f"columns names {listed(strange)}; expected keys among {listed(COLUMNS, 20)}")
    meant = [*(classes or {}).values(), unknown_class]
    if strange := sorted({str(word) for word in meant if word is not None} - {*ROAD_CLASSES, UNKNOWN}):
        faults.append(f"{listed(strange)} is no road class; expected {listed([*ROAD_CLASSES, UNKNOWN], 20)}")
    if strange := sorted({str(word) for word in (oneways or {}).values()} - {"both", "forward", "backward"}):
        faults.append(f"oneways gives {listed(strange)}; expected 'both', 'forward' or 'backward'")
    if mode not in {"drive", "drive_peak"}:
        faults.append(f"mode is {mode!r}; expected 'drive' or 'drive_peak'")
    if faults:
        msg = "; ".join(faults) + "."
        raise InputError(msg)


def _network(noded: Noded, rows: LineRows, access: AccessLeg) -> tuple[Network, dict[str, int]]:
    kept, twins = _without_twins(noded, rows)
    row = noded.row[kept]
    points = np.round(noded.points * DEGREE).astype(np.int32)
    first, last = noded.offsets[:-1][kept], noded.offsets[1:][kept]
    size = last - first
    offsets = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - first, size)
    # One row a direction: all that run along their line, then all that run against it.
    ahead, back = np.flatnonzero(rows.forward[row]), np.flatnonzero(rows.backward[row])
    line = np.concatenate([ahead, back])
    backwards = np.arange(len(line)) >= len(ahead)
    u, v = noded.u[kept][line], noded.v[kept][line]
    of = row[line]
    length = line_lengths(noded.offsets, noded.points)[kept][line]
    given = np.isfinite(rows.speed_kmh[of])
    speed = np.where(given, rows.speed_kmh[of], 1.0)
    road_class = rows.road_class.take(of)
    columns = {name: take_column(column, of) for name, column in rows.columns.items()}
    columns["structure"] = rows.structure.take(of)
    columns["length_basis"] = Coded.constant("geometry", len(of))
    columns["speed_basis"] = Coded(np.where(given, 0, -1).astype(np.int8), ("given",))
    toll = rows.toll[of]
    network = Network(
        node_id=np.arange(len(noded.lon), dtype=np.int64),
        lon=noded.lon,
        lat=noded.lat,
        u=np.where(backwards, v, u).astype(np.int32),
        v=np.where(backwards, u, v).astype(np.int32),
        length_m=length,
        speed_kmh=speed,
        time_min=length / 1000 / speed * 60,
        road_class=road_class,
        along=~(road_class.is_in(_ENDS_ONLY) | rows.structure.take(of).is_in(["bridge", "tunnel", "ferry"])),
        toll=toll,
        edge_columns=columns,
        shapes=Shapes(offsets, points[place], line.astype(np.int32), backwards),
        kind="lines",
        toll_min=toll_minutes() if toll.any() else 0.0,
        access=access,
    )
    return network, twins


def _without_twins(noded: Noded, rows: LineRows) -> tuple[NDArray[np.intp], dict[str, int]]:
    """Drop pieces that stand twice with the same line and the same attributes; count those that differ."""
    import pandas as pd
    import shapely

    count = len(noded.row)
    whole = np.round(noded.points * DEGREE).astype(np.int64)
    turned = _turned(noded.offsets, whole)
    first, size = noded.offsets[:-1], np.diff(noded.offsets)
    owner = np.repeat(np.arange(count), size)
    step = np.arange(len(owner)) - np.repeat(first, size)
    place = np.where(turned[owner], noded.offsets[owner + 1] - 1 - step, first[owner] + step)
    lines = shapely.to_wkb(shapely.linestrings(whole[place].astype(np.float64), indices=owner))
    same_line = pd.factorize(pd.Series(lines, dtype=object))[0]
    row = noded.row
    ahead = np.where(turned, rows.backward[row], rows.forward[row])
    back = np.where(turned, rows.forward[row], rows.backward[row])
    table = pd.DataFrame(
        {
            "line": same_line,
            "ahead": ahead,
            "back": back,
            "class": rows.road_class.codes[row],
            "structure": rows.structure.codes[row],
            "level": rows.level[row],
            "speed": rows.speed_kmh[row],
            **{
                name: (column.codes if isinstance(column, Coded) else column)[row]
                for name, column in rows.columns.items()
            },
        }
    )
    twin = table.duplicated().to_numpy()
    rest = table.loc[~twin, ["line", "ahead", "back"]]
    # A road drawn once for each direction is no pair of twins.
    shared = rest[["line"]].duplicated() & (rest["ahead"] & rest["back"])
    return np.flatnonzero(~twin), {"duplicate_pieces_dropped": int(twin.sum()), "pieces_on_one_line": int(shared.sum())}


def _turned(offsets: NDArray[np.int64], points: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which lines to turn so that a line and its reverse are written alike."""
    first, last = points[offsets[:-1]], points[offsets[1:] - 1]
    after, before = points[offsets[:-1] + 1], points[offsets[1:] - 2]
    turned = np.zeros(len(first), dtype=bool)
    undecided = np.ones(len(first), dtype=bool)
    for one, other in ((first, last), (after, before)):
        for axis in (0, 1):
            turned |= undecided & (one[:, axis] > other[:, axis])
            undecided &= one[:, axis] == other[:, axis]
    return turned
