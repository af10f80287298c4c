"""Roads from an OSM PBF file, read by pyosmium."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from urbangeo.archive.files import sha256_of
from urbangeo.errors import DataIntegrityError, InputError
from urbangeo.sources.local_files import local_file
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import WALK, Mode, Network, Shapes
from urbangeo.sources.network.osm.blocks import check_blocks
from urbangeo.sources.network.osm.classes import classes_of_highways, drivable_highways
from urbangeo.sources.network.osm.junctions import Pieces, split_ways
from urbangeo.sources.network.osm.tags import RoadTags, clean_text
from urbangeo.sources.network.osm.ways import RawWays, read_header, read_ways
from urbangeo.sources.network.tolls import toll_minutes

if TYPE_CHECKING:
    from urbangeo.sources.network.speeds.means import SpeedTable, Terrain

EXPRESSWAYS = ("expressway", "expressway_link")
"""Classes that are left at interchanges only and charge a toll on the way in and out."""

FERRY_KMH = (1.0, 80.0)
"""A ferry whose duration comes to a speed outside this range has a wrong duration; the table's speed is taken."""

MOST_MISSING = 0.5
"""Share of missing nodes above which a file is no network any more but a file that lost its nodes."""

MOST_BYTES = 1_000_000_000
"""Largest file that is read: some 100 million nodes, of which the places alone take 1.6 GB; a province has a tenth."""

_ENDINGS = {".pbf": "OSM PBF"}
_EXAMPLES = 5


def read_osm_pbf(
    path: Path | str,
    *,
    mode: Mode = "drive",
    table: SpeedTable | None = None,
    dem: Path | str | None = None,
    terrain: Terrain = "plain",
) -> Network:
    """Read the roads for cars of an OSM PBF file into a network.

    Ways are cut where they share a node. Read are the values of ``highway`` that the table ``network/osm_classes``
    calls drivable, and ferries that take cars. Left out, and counted by reason in the provenance: areas, construction
    and proposed roads, roads closed to the cars of strangers (the most specific of motorcar, motor_vehicle, vehicle and
    access decides; ``destination`` is open), parking aisles, lanes whose direction is switched by the clock, and roads
    of ice. Barriers on the road that stop cars (bollards, gates with ``access=no``) part it. One-way roads have one
    edge; ``oneway=-1`` is turned, motorways and roundabouts are one-way without a tag, links of motorways are not.

    A node that a way names and the file does not have ends the piece before it; the road goes on at the next node that
    is there, and **nothing is drawn across the gap**. Such nodes and ways are counted.

    Speeds come from the speed table and the signed limits (:func:`urbangeo.with_speeds`). A
    ferry with a duration takes that long from end to end (waiting is not included), shared out by length. One may leave
    the roads anywhere but on expressways, roads for motor vehicles only, bridges, tunnels and ferries. Entering or
    leaving the expressways costs the minutes of the table ``network/turn_tolls``.

    Not read: turn restrictions, conditional access and limits, and lights.

    Parameters
    ----------
    path : path-like
        A local ``.osm.pbf`` file. Addresses and virtual files (``/vsi…``) are refused.
    mode : {"drive", "drive_peak"}, default "drive"
        Off-peak or peak speeds.
    table : SpeedTable, optional
        Speeds; the packaged table by default.
    dem : path-like, optional
        Elevation raster from which the terrain of each road is told.
    terrain : {"plain", "hills", "mountain"}, default "plain"
        Terrain where none is known.

    Returns
    -------
    Network
        kind "osm"; node ids are those of OSM (below zero: the ends at a barrier). Edge columns osm_id, highway,
        road_name, road_code (tag ref), structure, maxspeed_kmh, lanes, speed_basis. ``provenance`` holds file,
        checksum, data date, what was counted, and notes in Chinese.

    Raises
    ------
    InputError
        If the path is no local file, the file is no OSM PBF, a history file, or has no roads for cars, or an option is
        not known.
    DataIntegrityError
        If the file is cut off or damaged, or more than half of its roads' nodes are missing.

    Examples
    --------
    >>> import osmium, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "crossing.osm.pbf"
    ...     with osmium.SimpleWriter(str(file)) as writer:
    ...         for name, place in enumerate([(117.0, 36.6), (117.01, 36.6), (117.02, 36.6), (117.01, 36.61)]):
    ...             writer.add_node(osmium.osm.mutable.Node(id=name + 1, location=place))
    ...         tags = {"highway": "secondary", "name": "经十路"}
    ...         writer.add_way(osmium.osm.mutable.Way(id=1, nodes=[1, 2, 3], tags=tags))
    ...         writer.add_way(osmium.osm.mutable.Way(id=2, nodes=[2, 4], tags={**tags, "oneway": "yes"}))
    ...     network = read_osm_pbf(file)
    >>> len(network.nodes), len(network.edges)
    (4, 5)
    >>> edge = network.edges.loc[(1, 2, 0)]
    >>> edge["road_class"], edge["road_name"], round(float(edge["length_m"]))
    ('secondary_2', '经十路', 895)
    """
    from urbangeo.sources.network.speeds.means import with_speeds

    if mode not in ("drive", "drive_peak"):
        msg = f"mode {mode!r} is not known for roads of OpenStreetMap; expected 'drive' or 'drive_peak'."
        raise InputError(msg)
    file = local_file(path, endings=_ENDINGS, most_bytes=MOST_BYTES).resolve()
    blocks = check_blocks(file)
    header = read_header(file)
    ways = read_ways(file, header, frozenset(drivable_highways()))
    if not ways.ids:
        left_out = ", ".join(f"{reason} {number}" for reason, number in sorted(ways.skipped.items())) or "none"
        msg = (
            f"{file.name} has no roads for cars: of {ways.read:,} ways with highway or route=ferry, left out were: "
            f"{left_out}. Expected an extract with its highways; buildings or borders alone are no road network."
        )
        raise InputError(msg)
    provenance: dict[str, Any] = {
        "source_id": "OSM",
        "publisher": "OpenStreetMap contributors",
        "licence": "ODbL 1.0",
        "file": file.name,
        "bytes": file.stat().st_size,
        "sha256": sha256_of(file),
        "data_date": header.date or ways.newest,
        "data_date_basis": header.date_basis or ("newest road" if ways.newest else ""),
        "blocks": blocks.number,
    }
    notes = []
    if blocks.ends_in in {"nodes", "ways"}:
        notes.append(
            "文件不含关系(relation)：或为筛选过的提取，或在数据块边界处被截断，格式本身无法区分，请核对发布者的校验和。"
        )
    if not provenance["data_date"]:
        notes.append("文件未注明数据日期。")
    network = _network(ways, file.name, provenance, notes)
    del ways
    return with_speeds(network, table=table, dem=dem, terrain=terrain, mode=mode)


def _network(ways: RawWays, name: str, provenance: dict[str, Any], notes: list[str]) -> Network:
    """Cut the ways and make edges of the pieces; speeds are still to come.

    Returns
    -------
    Network
        With a speed of 1 km/h wherever no duration decides.

    Raises
    ------
    DataIntegrityError
        If more than half of the nodes are missing, or one way stands twice in different forms.
    """
    rows, points, repeated = _unique_ways(ways, name)
    ids, reading = np.asarray(ways.ids)[rows], np.asarray(ways.reading)[rows]
    sizes = np.asarray(ways.sizes)[rows]
    node = np.asarray(ways.nodes)
    xy = np.asarray(ways.xy, dtype=np.int32).reshape(-1, 2)
    if points is not None:
        node, xy = node[points], xy[points]
    pieces = split_ways(sizes, node, xy, blocked=np.unique(np.asarray(ways.blocked)))
    references = len(node)
    del node, xy, points
    counts = pieces.counts
    if counts["missing_references"] > MOST_MISSING * max(references, 1) or not len(pieces.u):
        msg = (
            f"{name}: {counts['missing_nodes']:,} nodes of its roads ({counts['missing_references']:,} of "
            f"{references:,} references) are not in the file, or stand behind the ways. Expected an extract with "
            "complete ways, nodes first (`osmium extract -s complete_ways`, `osmium sort`)."
        )
        raise DataIntegrityError(msg)

    told = _ByReading(ways.readings)
    back, piece = _directions(told, reading[pieces.way])
    way = pieces.way[piece]
    of = reading[way]
    ferry = told.structure.is_in(["ferry"])
    kinds = classes_of_highways(told.highway, oneway=told.dual, lanes=told.lanes)
    road_class = Coded(np.where(ferry, len(kinds.values), kinds.codes).astype(np.int8), (*kinds.values, "ferry"))
    ends_only = road_class.is_in([*EXPRESSWAYS, "ferry"]) | (told.structure.codes >= 0) | ~told.walkers
    toll = road_class.is_in(EXPRESSWAYS) & ~told.toll_free
    length = pieces.length_m[piece]
    speed, minutes, basis = _by_duration(pieces, told, reading, counts)
    way_name, way_ref = (
        _texts(numbers, np.asarray(found)[rows], counts)
        for numbers, found in ((ways.names, ways.name), (ways.refs, ways.ref))
    )
    ends = (pieces.u[piece], pieces.v[piece])
    node_columns = {}
    if pieces.node_blocked.any():
        node_columns["kind"] = Coded(pieces.node_blocked.astype(np.int8), ("junction", "barrier"))
    kept = len(rows) - counts["ways_lost"]
    skipped = dict(sorted(ways.skipped.items()))
    unread = sorted(ways.unread.items(), key=lambda item: (-item[1], item[0]))
    if ways.ferries_assumed:
        notes.append(f"{ways.ferries_assumed:,} 条渡船未注明是否载车，按载车处理。")
    if counts["barriers_at_junctions"]:
        notes.append(f"{counts['barriers_at_junctions']:,} 处障碍物设在道路交叉点上，相交各路在该处全部断开，请核对。")
    if counts["missing_references"]:
        notes.append(
            f"{counts['missing_nodes']:,} 个道路节点不在文件中，{counts['ways_cut']:,} 条路在缺失处断开，缺口未连接。"
        )
    return Network(
        node_id=pieces.node_id,
        lon=pieces.node_xy[:, 0] / 1e7,
        lat=pieces.node_xy[:, 1] / 1e7,
        u=np.where(back, ends[1], ends[0]),
        v=np.where(back, ends[0], ends[1]),
        length_m=length.astype(np.float32),
        speed_kmh=speed[piece],
        time_min=minutes[piece],
        road_class=road_class.take(of),
        along=~ends_only[of],
        toll=toll[of],
        node_columns=node_columns,
        edge_columns={
            "osm_id": ids[way],
            "highway": told.highway.take(of),
            "road_name": way_name.take(way),
            "road_code": way_ref.take(way),
            "structure": told.structure.take(of),
            "maxspeed_kmh": np.where(back, told.backward_kmh[of], told.forward_kmh[of]),
            "lanes": told.lanes[of],
            "speed_basis": Coded(basis[piece], ("duration",)),
        },
        shapes=_shapes(pieces, piece, back),
        kind="osm",
        toll_min=toll_minutes(),
        access=WALK,
        provenance={
            **provenance,
            "ways_read": ways.read,
            "ways_kept": kept,
            "ways_skipped": skipped,
            "ways_repeated": repeated,
            **counts,
            "ferries_assumed": ways.ferries_assumed,
            "unread_tags": sum(ways.unread.values()),
            "unread_examples": [f"{clean_text(text)[:80]} ×{number}" for text, number in unread[:_EXAMPLES]],
            "notes": notes,
        },
    )


class _ByReading:
    """The readings of tags as columns, one row a different set of tags."""

    def __init__(self, readings: list[RoadTags]) -> None:
        self.forward = np.array([one.forward for one in readings], dtype=bool)
        self.backward = np.array([one.backward for one in readings], dtype=bool)
        self.forward_kmh = np.array([one.forward_kmh for one in readings], dtype=np.float32)
        self.backward_kmh = np.array([one.backward_kmh for one in readings], dtype=np.float32)
        self.lanes = np.array([one.lanes for one in readings], dtype=np.float32)
        self.dual = np.array([one.dual for one in readings], dtype=bool)
        self.walkers = np.array([one.walkers for one in readings], dtype=bool)
        self.toll_free = np.array([one.toll_free for one in readings], dtype=bool)
        self.duration_min = np.array([one.duration_min for one in readings], dtype=float)
        self.highway = Coded.from_texts(one.highway or None for one in readings)
        self.structure = Coded.from_texts(one.structure or None for one in readings)


def _unique_ways(ways: RawWays, name: str) -> tuple[NDArray[np.int64], NDArray[np.int64] | None, int]:
    """Order ways by id and keep the newest of each, so that the order of the file decides nothing.

    Returns
    -------
    tuple of numpy.ndarray, numpy.ndarray or None, int
        Rows of ways, rows of their points (None: all of both, as they are), and how many were repeated.

    Raises
    ------
    DataIntegrityError
        If one version of a way stands there in different forms.
    """
    ids, versions = np.asarray(ways.ids), np.asarray(ways.versions)
    if (np.diff(ids) > 0).all():
        return np.arange(len(ids)), None, 0
    sizes = np.asarray(ways.sizes)
    first = np.cumsum(sizes) - sizes
    order = np.lexsort((np.arange(len(ids)), -versions, ids))
    new = np.r_[True, np.diff(ids[order]) > 0]
    rows = order[new]
    node = np.asarray(ways.nodes)
    best = rows[np.cumsum(new) - 1]
    for one, other in zip(best[~new], order[~new], strict=True):
        same = ways.reading[one] == ways.reading[other] and np.array_equal(
            node[first[one] : first[one] + sizes[one]], node[first[other] : first[other] + sizes[other]]
        )
        if versions[one] == versions[other] and not same:
            msg = (
                f"{name} holds way {ids[one]} twice in different forms. Expected an extract of one day; parts are put "
                "together with `osmium merge`."
            )
            raise DataIntegrityError(msg)
    points = np.concatenate([np.arange(first[row], first[row] + sizes[row]) for row in rows])
    return rows, points, int((~new).sum())


def _directions(told: _ByReading, reading: NDArray[Any]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Give every piece one row for each direction that is open: forwards first."""
    forward = np.flatnonzero(told.forward[reading])
    backward = np.flatnonzero(told.backward[reading])
    code = np.sort(np.concatenate([2 * forward, 2 * backward + 1]))
    return (code & 1).astype(bool), code >> 1


def _by_duration(
    pieces: Pieces, told: _ByReading, reading: NDArray[Any], counts: dict[str, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int8]]:
    """Share the duration of each ferry by length over its pieces."""
    duration = told.duration_min[reading]
    metres = np.bincount(pieces.way, weights=pieces.length_m, minlength=len(reading))
    with np.errstate(divide="ignore", invalid="ignore"):
        kmh = metres / 1000 / duration * 60
    # Of a ferry that lost nodes nobody knows how much of the duration is left.
    usable = (kmh >= FERRY_KMH[0]) & (kmh <= FERRY_KMH[1]) & pieces.whole
    counts["durations_unusable"] = int((~usable & ~np.isnan(duration)).sum())
    here = usable[pieces.way]
    speed = np.where(here, kmh[pieces.way], 1.0)
    minutes = pieces.length_m / 1000 / speed * 60
    return speed.astype(np.float32), minutes.astype(np.float32), np.where(here, 0, -1).astype(np.int8)


def _texts(numbers: dict[str, int], found: NDArray[Any], counts: dict[str, int]) -> Coded:
    """Code names by the alphabet, without control characters."""
    texts = [clean_text(text) for text in numbers]
    counts["texts_cleaned"] = counts.get("texts_cleaned", 0) + sum(
        text != raw for text, raw in zip(texts, numbers, strict=True)
    )
    coded = Coded.from_texts(text or None for text in texts)
    codes = np.append(coded.codes, -1)[found]
    return Coded(codes.astype(coded.codes.dtype), coded.values)


def _shapes(pieces: Pieces, piece: NDArray[np.int64], back: NDArray[np.bool_]) -> Shapes:
    """Gather the points of every piece, straight ones too: its line tells a piece from others between its ends."""
    size = pieces.last - pieces.first + 1
    offsets = np.concatenate([[0], np.cumsum(size)])
    place = np.arange(offsets[-1]) + np.repeat(pieces.first - offsets[:-1], size)
    return Shapes(offsets=offsets, points=pieces.xy[place], line=piece.astype(np.int32), backwards=back)
