"""One door for every kind of road data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from urbangeo.archive.catalog import describe_table
from urbangeo.archive.files import sha256_of
from urbangeo.errors import DataIntegrityError, InputError, listed
from urbangeo.sources.local_files import refuse_addresses
from urbangeo.sources.network.model import Mode, Network
from urbangeo.version import __version__

if TYPE_CHECKING:
    import networkx as nx

    from urbangeo.sources.network.speeds.means import SpeedTable, Terrain

READER_VERSION = 2
"""Raised whenever a reader gives another network for the same file, so that no cache of before is used."""

ENDINGS = {
    ".pbf": "OSM PBF",
    ".graphml": "GraphML",
    **dict.fromkeys((".gpkg", ".shp", ".geojson", ".json", ".parquet", ".geoparquet", ".fgb"), "lines"),
}
"""What a file is read as, by its ending."""

_TABLES = ("network/osm_classes", "network/speed_table", "network/speed_fallbacks", "network/turn_tolls")
_RAIL_TABLES = ("network/rail", "network/nodes")


def read_network(
    source: Path | str | nx.Graph[Any] | None = None,
    *,
    mode: Mode | None = None,
    crs: str | None = None,
    table: SpeedTable | None = None,
    dem: Path | str | None = None,
    terrain: Terrain = "plain",
    cache: Path | str | None = None,
) -> Network:
    """Read roads: the authored skeleton, or a file or graph of the user's.

    Without a source it is the skeleton of Shandong and Qinghai, as open at the end of 2024. It is a skeleton, not a
    survey: most lengths are estimated and most positions are from memory of the map (each row says so). Every result
    made from it must say "skeleton".

    Speeds are those of :func:`urbangeo.with_speeds`; call it on the result for what is not known here, such as a layer
    of built-up land.

    Parameters
    ----------
    source : path-like or networkx graph, optional
        An OSM extract (.osm.pbf), GraphML of OSMnx (.graphml), a layer of lines (.gpkg, .shp, .geojson, .parquet,
        .fgb), a folder that ``save_network`` wrote, or a directed networkx graph in OSMnx's convention. Addresses,
        archives and virtual files are refused. For more options call the reader of the format itself
        (``read_osm_pbf``, ``read_graphml``, ``read_line_layer``, ``from_networkx``, ``network_from_tables``).
    mode : {"drive", "drive_peak", "drive+rail"}, optional
        Off-peak speeds ("drive", what is taken without it), speeds in the peak, or off-peak with the railways. A
        stored network and a graph this project wrote have a mode of their own; another one is refused.
    crs : str, optional
        The system of GraphML, lines or a graph that does not say.
    table : SpeedTable, optional
        Speeds by class (``read_speed_table``); the packaged table by default.
    dem : path-like, optional
        Elevation raster from which the terrain of each road is told.
    terrain : {"plain", "hills", "mountain"}, default "plain"
        Terrain of roads of which none is known.
    cache : path-like, optional
        A folder for what was read from a file. The next call with the same file (by its checksum), options, tables
        and version of the readers opens it from there at once.

    Returns
    -------
    Network
        With where it came from in ``provenance``; the skeleton is of kind "skeleton", and keeps station access edges
        so that stations can be reached by road.

    Raises
    ------
    InputError
        If the source is no local file, folder or graph that is read, an option is not known or does not suit it, or
        the content cannot be used.
    SchemaError
        If there are no roads, or tables contradict each other.
    CrsError
        If the coordinate reference system is missing or wrong.
    DataIntegrityError
        If a stored network or an extract is damaged.
    OutputError
        If the cache cannot be written.

    Examples
    --------
    >>> network = read_network()
    >>> len(network.nodes), len(network.edges), network.kind
    (712, 2660, 'skeleton')
    """
    if mode is not None and mode not in get_args(Mode):
        msg = f"mode {mode!r} is not known; expected one of {listed(map(repr, get_args(Mode)))}."
        raise InputError(msg)
    given = {"crs": crs, "table": table, "dem": dem, "cache": cache}
    given["terrain"] = None if terrain == "plain" else terrain
    if source is None:
        _refuse_options(given, (), "the skeleton, whose speeds are authored")
        from urbangeo.sources.network.skeleton import read_skeleton

        return _railed(lambda driven: read_skeleton(mode=driven or "drive"), mode)
    if not isinstance(source, str | Path):
        from urbangeo.sources.network.graphs.convert import from_networkx

        _refuse_options(given, ("crs", "table", "dem", "terrain"), "a graph")
        return _railed(
            lambda driven: from_networkx(source, mode=driven, crs=crs, table=table, dem=dem, terrain=terrain), mode
        )
    path = refuse_addresses(source)
    if path.is_dir():
        _refuse_options(given, (), "a stored network, whose speeds are stored")
        return _stored(path, mode)
    return _read_file(path, given, mode=mode, crs=crs, table=table, dem=dem, terrain=terrain, cache=cache)


def _refuse_options(given: dict[str, Any], taken: tuple[str, ...], what: str) -> None:
    """Refuse options that would be passed over in silence."""
    idle = [f"{name}=" for name, value in given.items() if value is not None and name not in taken]
    if idle:
        msg = f"{listed(idle)} does not suit {what}. Leave it out."
        raise InputError(msg)


def _railed(read: Callable[[Mode | None], Network], mode: Mode | None) -> Network:
    """Read roads for driving and, if asked, put the railways to them."""
    if mode != "drive+rail":
        return read(mode)
    from urbangeo.sources.network.rail import with_rail

    return with_rail(read("drive"))


def _stored(folder: Path, mode: Mode | None) -> Network:
    from urbangeo.sources.network.store import open_network

    network = open_network(folder)
    if mode is not None and mode != network.mode:
        msg = (
            f"The network in {folder} was stored for mode {network.mode!r}, not {mode!r}. Leave mode out, or read the "
            "roads from their source for that mode."
        )
        raise InputError(msg)
    return network


def _read_file(
    path: Path,
    given: dict[str, Any],
    *,
    mode: Mode | None,
    crs: str | None,
    table: SpeedTable | None,
    dem: Path | str | None,
    terrain: Terrain,
    cache: Path | str | None,
) -> Network:
    kind = ENDINGS.get(path.suffix.lower())
    if kind is None or not path.is_file():
        problem = f"files with the ending {path.suffix.lower()!r} are not read as roads"
        if not path.exists():
            problem = "does not exist"
        msg = (
            f"{str(path)!r}: {problem}; expected {listed(ENDINGS, 12)}, or a folder with a stored network. "
            "Unpack archives first."
        )
        raise InputError(msg)
    if kind == "OSM PBF":
        _refuse_options(given, ("table", "dem", "terrain", "cache"), "an OSM extract, which is always in WGS 84")

    def read(driven: Mode | None) -> Network:
        if kind == "OSM PBF":
            from urbangeo.sources.network.osm.pbf import read_osm_pbf

            return read_osm_pbf(path, mode=driven or "drive", table=table, dem=dem, terrain=terrain)
        if kind == "GraphML":
            from urbangeo.sources.network.graphml.reader import read_graphml

            return read_graphml(path, mode=driven, crs=crs, table=table, dem=dem, terrain=terrain)
        from urbangeo.sources.network.lines.layers import read_line_layer

        return read_line_layer(
            path,
            mode="drive_peak" if driven == "drive_peak" else "drive",
            crs=crs,
            speed_table=table,
            dem=dem,
            terrain=terrain,
        )

    if cache is None:
        return _railed(read, mode)
    made_of = _made_of(path, kind, mode=mode, crs=crs, table=table, dem=dem, terrain=terrain)
    return _cached(lambda: _railed(read, mode), made_of, path, refuse_addresses(cache))


def _made_of(
    path: Path,
    kind: str,
    *,
    mode: Mode | None,
    crs: str | None,
    table: SpeedTable | None,
    dem: Path | str | None,
    terrain: Terrain,
) -> dict[str, Any]:
    """Say everything a network read from a file depends on."""
    if dem is not None and not refuse_addresses(dem).is_file():
        msg = f"dem={str(dem)!r} does not exist; expected an elevation raster on the local disk."
        raise InputError(msg)
    # A Shapefile is several files of one name.
    parts = [path]
    if path.suffix.lower() == ".shp":
        parts = sorted(part for part in path.parent.iterdir() if part.stem == path.stem and part.is_file())
    elif path.suffix.lower() == ".gpkg":
        # What a program that has it open (QGIS) has written last stands beside it until it is closed.
        beside = [path.with_name(f"{path.name}-{what}") for what in ("wal", "journal")]
        parts += [part for part in beside if part.is_file() and part.stat().st_size]
    tables = (*_TABLES, *_RAIL_TABLES) if mode == "drive+rail" else _TABLES
    return {
        "reader": kind,
        "reader_version": READER_VERSION,
        "program": __version__,
        "files": [[part.name, part.stat().st_size, sha256_of(part)] for part in parts],
        "tables": [[name, describe_table(name).sha256] for name in tables],
        "speed_table": None if table is None else hashlib.sha256(repr(table).encode()).hexdigest(),
        "dem": None if dem is None else sha256_of(refuse_addresses(dem)),
        "terrain": terrain,
        "mode": mode,
        "crs": crs,
    }


def _cached(read: Callable[[], Network], made_of: dict[str, Any], path: Path, cache: Path) -> Network:
    """Open what was read before of the very same, or read and store it."""
    from urbangeo.sources.network.store import open_network, save_network, stored_origin

    key = hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:16]
    folder = cache / f"{path.name}-{key}"
    if folder.is_dir():
        try:
            if stored_origin(folder) == made_of:
                return open_network(folder)
        except (InputError, DataIntegrityError):
            # What is in a cache can be made again; a damaged or older one is.
            pass
    network = read()
    save_network(network, folder, made_of=made_of)
    return open_network(folder)
