"""GraphML of roads as OSMnx and networkx write it, read without either.

A file in the regular form those programs write is read by compiled loops over its bytes; any other by a real XML parser
(:mod:`urbangeo.sources.network.graphml.careful`). Both only say where the values stand; what they mean is found out
once, below, so the network does not depend on the way.
"""

from __future__ import annotations

import html
import re
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from urbangeo.archive.files import sha256_of
from urbangeo.errors import InputError, listed
from urbangeo.sources.local_files import local_file
from urbangeo.sources.network.graphml.careful import LONGEST_TEXT, Header, Key, read_header, read_places
from urbangeo.sources.network.graphs.raw import (
    EDGE_FIGURES,
    EDGE_WORDS,
    MARK,
    NODE_FIGURES,
    NODE_WORDS,
    OWN_FIGURES,
    RawGraph,
    WayIds,
    Words,
    network_of_graph,
    way_ids_of,
)
from urbangeo.sources.network.model import Mode, Network

if TYPE_CHECKING:
    from urbangeo.sources.network.speeds.means import SpeedTable, Terrain

MOST_BYTES = 20_000_000_000
"""Largest file that is read; a province of China makes some 1 GB of GraphML."""

BLOCK = 1 << 14
"""Edges (or nodes) whose places are held at a time."""

_ENDINGS = {".graphml": "GraphML"}
_GRAPH_TAG = re.compile(rb'<graph(?:\s+[A-Za-z.]+="[^"<&]*")*\s*>')
_TAIL = re.compile(rb"</graph>\s*</graphml>\s*")
_XML = re.compile(
    rb"""(?:\xef\xbb\xbf)?(?:<\?xml\s+version=["']1\.0["'](?:\s+encoding=["']([A-Za-z0-9._-]+)["'])?"""
    rb"""(?:\s+standalone=["'](?:yes|no)["'])?\s*\?>)?\s*<[A-Za-z!]"""
)
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|amp|lt|gt|quot|apos);|&")
_GEOMETRY, _WAYS = "geometry", "osmid"
_SETTINGS = ("crs", "created_with", "created_date", "simplified", MARK)
_WIDEST = 64


class _IrregularError(Exception):
    """The file is not in the regular form: it is read by the XML parser instead."""


def read_graphml(
    path: Path | str,
    *,
    mode: Mode | None = None,
    keep_speeds: bool = False,
    crs: str | None = None,
    table: SpeedTable | None = None,
    dem: Path | str | None = None,
    terrain: Terrain = "plain",
) -> Network:
    """Read roads from GraphML as OSMnx writes it (1 and 2), or as this project's networks are written through it.

    Each edge is one direction, as in OSMnx. Where simplified edges hold lists, the slowest reading is taken: the lowest
    class of road, the lowest sign, the fewest lanes; names and numbers are joined by ";". Edges whose ``highway`` is no
    road for cars are left out and counted. A length that is missing is measured along the line, and counted.

    Parameters
    ----------
    path : path-like
        A local file with the ending .graphml.
    mode : {"drive", "drive_peak", "drive+rail"}, optional
        What the speeds are for; "drive" without it, or that of a graph this project wrote.
    keep_speeds : bool, default False
        Whether ``speed_kph`` and ``travel_time`` of the file are taken for true. OSMnx fills them by the mean of
        the class, so without this they are not used, and speeds come from the speed table and the signs.
    crs : str, optional
        The system of a file that does not say; it never overrides what a file says.
    table : SpeedTable, optional
        Speeds by class; the packaged table by default.
    dem : path-like, optional
        Elevation raster from which the terrain of each road is told.
    terrain : {"plain", "hills", "mountain"}, default "plain"
        Terrain of roads of which none is known.

    Returns
    -------
    Network
        kind "graphml"; file name, checksum, what was skipped, mended and measured in its provenance.

    Raises
    ------
    InputError
        If the file is no local GraphML, is damaged, declares a document type, is undirected, or has lengths, lines
        or values that cannot be.
    SchemaError
        If it has no roads, a node stands twice or lacks coordinates, or an edge names a node that is not there.
    CrsError
        If the coordinate reference system is missing or contradicted.
    """
    file = local_file(path, endings=_ENDINGS, most_bytes=MOST_BYTES)
    with ThreadPoolExecutor(1) as worker:
        checksum = worker.submit(sha256_of, file)
        raw = read_raw_graph(file)
    said = {name: raw.settings[name] for name in ("created_with", "created_date") if raw.settings.get(name)}
    provenance = {"file": file.name, "format": "GraphML", "sha256": checksum.result(), **said}
    return network_of_graph(
        raw,
        kind="graphml",
        mode=mode,
        keep_speeds=keep_speeds,
        crs=crs,
        provenance=provenance,
        table=table,
        dem=dem,
        terrain=terrain,
    )


def read_raw_graph(file: Path, *, careful: bool = False) -> RawGraph:
    """Read what a GraphML file says, believing nothing of it yet.

    Parameters
    ----------
    file : pathlib.Path
        A local file.
    careful : bool, default False
        Whether to use the XML parser even for a file in the regular form (the result is the same).

    Returns
    -------
    RawGraph
        Nodes, edges and their values.

    Raises
    ------
    InputError
        If the file is damaged or is no road graph.
    SchemaError
        If a node stands twice, or an edge names a node that is not there.
    """
    if not file.stat().st_size:
        msg = f"{file.name} is empty."
        raise InputError(msg)
    data = np.asarray(np.memmap(file, dtype=np.uint8, mode="r"))
    header = read_header(data, file.name)
    layout = _Layout(header, file.name)
    if not careful:
        try:
            return _read_regular(data, header, layout, file.name)
        except _IrregularError:
            pass
    found = read_places(data, file.name, layout.slots, layout.sizes)
    collector = _Collector(found.data, layout, file.name, escaped=False)
    collector.add(found.node_at.transpose(1, 0, 2), found.edge_at.transpose(1, 0, 2))
    return collector.finish(found.graph_at)


def _read_regular(data: NDArray[np.uint8], header: Header, layout: _Layout, what: str) -> RawGraph:
    from urbangeo.sources.network.graphml import scan as loops

    declared = _XML.match(data[:200].tobytes())
    if declared is None or (declared[1] or b"utf-8").lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        raise _IrregularError
    tag = _GRAPH_TAG.match(data[header.start : header.start + 10_000].tobytes()) if header.start >= 0 else None
    if tag is None:
        raise _IrregularError
    place = header.start + tag.end()
    # An edge takes 30 bytes at the least, a node 14.
    most = min(BLOCK, max(1, len(data) // 14))
    names, codes, ends, owners, kinds, slots = layout.scan_keys()
    graph_at = np.full((layout.sizes[0], 2), -1, dtype=np.int64)
    inside = np.empty(8, dtype=np.int64)
    # Two rooms in turn: the places in one are turned into values while the other is filled.
    room, other = (
        (
            np.empty((1 + layout.sizes[1], most, 2), dtype=np.int64),
            np.empty((2 + layout.sizes[2], most, 2), dtype=np.int64),
        )
        for _ in range(2)
    )
    collector = _Collector(data, layout, what, escaped=True)
    state = loops.FULL
    # While one thread turns the places of a block into values, this one looks for the next; the loops hold no lock.
    with ThreadPoolExecutor(1) as worker:
        waiting: Future[None] | None = None
        while state == loops.FULL:
            node_at, edge_at = room
            place, nodes, edges, state = loops.scan(
                data, place, inside, names, codes, ends, owners, kinds, slots, graph_at, node_at, edge_at
            )
            if waiting is not None:
                waiting.result()
            if state == loops.IRREGULAR:
                raise _IrregularError
            waiting = worker.submit(collector.add, node_at[:, :nodes], edge_at[:, :edges])
            room, other = other, room
        if waiting is not None:
            waiting.result()
    if len(data) - place > 10_000 or _TAIL.fullmatch(data[place:].tobytes()) is None:
        raise _IrregularError
    return collector.finish(graph_at)


class _Layout:
    """Which values are wanted, and in which column each goes."""

    def __init__(self, header: Header, what: str) -> None:
        self.keys = list(header.keys.values())
        self.own = own = any(key.name == MARK and key.owner in ("graph", "all") for key in self.keys)
        self.figures = [*EDGE_FIGURES, *(OWN_FIGURES if own else ())]
        self.names: dict[str, list[str]] = {"graph": list(_SETTINGS)}
        # A graph of this project names its columns itself, in its mark, so all of them are kept.
        named = {owner: {key.name for key in self.keys if key.owner in (owner, "all")} for owner in ("node", "edge")}
        more = {owner: sorted(named[owner]) if own else [] for owner in named}
        self.names["node"] = list(dict.fromkeys([*NODE_FIGURES, *NODE_WORDS, *more["node"]]))
        self.names["edge"] = list(dict.fromkeys([*self.figures, _GEOMETRY, *EDGE_WORDS, *more["edge"]]))
        self.sizes = (len(self.names["graph"]), len(self.names["node"]), len(self.names["edge"]))
        self.declared = {(owner, key.name) for key in self.keys for owner in self.names if key.owner in (owner, "all")}
        self.slots: dict[tuple[str, str], int] = {}
        self.defaults: dict[tuple[str, str], str] = {}
        by_name: dict[tuple[str, str], Key] = {}
        for key in self.keys:
            for owner, names in self.names.items():
                if key.owner in (owner, "all") and key.name in names:
                    other = by_name.setdefault((owner, key.name), key)
                    if other is not key:
                        msg = f"{what}: {key.name!r} of {owner}s has two keys, {other.id!r} and {key.id!r}; remove one."
                        raise InputError(msg)
                    self.slots[owner, key.id] = names.index(key.name)
                    if key.default is not None:
                        self.defaults[owner, key.name] = key.default

    def scan_keys(self) -> tuple[NDArray[Any], ...]:
        """Return the keys as the loops want them, one row for each owner of a key."""
        from urbangeo.sources.network.graphml import scan as loops

        ids, numbered, ends, owners, kinds, slots = bytearray(), [], [], [], [], []
        for key in self.keys:
            for number, owner in enumerate(("graph", "node", "edge")):
                if key.owner in (owner, "all"):
                    ids += key.id.encode()
                    numbered.append(int.from_bytes(key.id.encode()) if len(key.id.encode()) <= 8 else 0)
                    ends.append(len(ids))
                    owners.append(number)
                    slot = self.slots.get((owner, key.id), -1)
                    plain = (owner == "node" and key.name in NODE_FIGURES) or (
                        owner == "edge" and key.name in (*self.figures, _GEOMETRY)
                    )
                    kinds.append(loops.UNUSED if slot < 0 else loops.FIGURE if plain else loops.WORDS)
                    slots.append(slot)
        numbers = [np.array(column, dtype=np.int64) for column in (ends, owners, kinds, slots)]
        codes = np.array(numbered, dtype=np.uint64)
        return (np.frombuffer(bytes(ids), dtype=np.uint8), codes, *numbers)


class _Collector:
    """Turns places into values, block by block."""

    def __init__(self, data: NDArray[np.uint8], layout: _Layout, what: str, *, escaped: bool) -> None:
        self.data, self.layout, self.what, self.escaped = data, layout, what, escaped
        self.node_ids: list[NDArray[np.int64]] = []
        self.ends: tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]] = ([], [])
        # The same as whole numbers, None for a block in which one is not written as such.
        self.node_numbers: list[NDArray[np.int64] | None] = []
        self.end_numbers: tuple[list[NDArray[np.int64] | None], list[NDArray[np.int64] | None]] = ([], [])
        self.node_figures: dict[str, list[Any]] = {name: [] for name in NODE_FIGURES}
        self.edge_figures: dict[str, list[Any]] = {name: [] for name in layout.figures}
        # Ids of ways hardly repeat, so numbers for their texts would not pay; a graph of this project has none.
        self.way_ids: list[WayIds] | None = None
        if not layout.own and ("edge", _WAYS) in layout.declared and ("edge", _WAYS) not in layout.defaults:
            self.way_ids = []
        plain = {*NODE_FIGURES, *layout.figures, _GEOMETRY}
        self.words = {
            (owner, name): _Texts(data)
            for owner in ("node", "edge")
            for name in layout.names[owner]
            if not (name in plain and (name in NODE_FIGURES) == (owner == "node"))
            and (owner, name) in layout.declared
            and not (self.way_ids is not None and (owner, name) == ("edge", _WAYS))
        }
        self.lines: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []

    def add(self, node_at: NDArray[np.int64], edge_at: NDArray[np.int64]) -> None:
        """Take a block of places."""
        if max(node_at[..., 1].max(initial=0), edge_at[..., 1].max(initial=0)) > LONGEST_TEXT:
            raise _IrregularError
        self.node_ids.append(node_at[0].copy())
        self.node_numbers.append(self._numbers(self.node_ids[-1]))
        for end in (0, 1):
            self.ends[end].append(edge_at[end].copy())
            self.end_numbers[end].append(self._numbers(self.ends[end][-1]))
        for slot, name in enumerate(self.layout.names["node"]):
            places = np.ascontiguousarray(node_at[1 + slot])
            if name in self.node_figures:
                self.node_figures[name].append(self._figures(places, name, "nodes"))
            elif ("node", name) in self.words:
                self.words["node", name].add(places)
        for slot, name in enumerate(self.layout.names["edge"]):
            places = np.ascontiguousarray(edge_at[2 + slot])
            if name in self.edge_figures:
                self.edge_figures[name].append(self._figures(places, name, "edges"))
            elif name == _WAYS and self.way_ids is not None:
                self.way_ids.append(self._way_ids(places))
            elif name == _GEOMETRY:
                self.lines.append(self._lines(places))
            elif ("edge", name) in self.words:
                self.words["edge", name].add(places)

    def finish(self, graph_at: NDArray[np.int64]) -> RawGraph:
        """Return everything."""
        settings = {
            name: self._unescaped(self.data[start : start + length].tobytes())
            for name, (start, length) in zip(self.layout.names["graph"], graph_at.tolist(), strict=True)
            if start >= 0
        }
        settings |= {
            name: text
            for (owner, name), text in self.layout.defaults.items()
            if owner == "graph" and name not in settings
        }
        node_id, ends = self._ends()
        figures, stated = {}, {}
        for name, blocks in self.edge_figures.items():
            values, said = (np.concatenate([block[part] for block in blocks]) for part in (0, 1))
            figures[name], stated[name] = self._with_default("edge", name, values, said)
        x, y = (
            self._with_default("node", name, *(np.concatenate([block[part] for block in blocks]) for part in (0, 1)))[0]
            for name, blocks in self.node_figures.items()
        )
        words = {key: self._words(key, texts) for key, texts in self.words.items()}
        if ("edge", _GEOMETRY) in self.layout.defaults:
            msg = f"{self.what}: the key of geometry has a default, but every line is another."
            raise InputError(msg)
        return RawGraph(
            what=self.what,
            settings=settings,
            node_id=node_id,
            x=x,
            y=y,
            u=ends[0],
            v=ends[1],
            line_counts=np.concatenate([counts for counts, _ in self.lines]),
            line_points=np.concatenate([points for _, points in self.lines]),
            node_words={name: found for (owner, name), found in words.items() if owner == "node"},
            edge_words={name: found for (owner, name), found in words.items() if owner == "edge"},
            figures={name: values for name, values in figures.items() if stated[name].any()},
            stated={name: said for name, said in stated.items() if said.any()},
            way_ids=None if self.way_ids is None else WayIds.joined(self.way_ids),
        )

    def _unescaped(self, text: bytes) -> str:
        try:
            plain = text.decode()
        except UnicodeDecodeError as error:
            raise _IrregularError from error
        return _ENTITY.sub(_letter, plain) if self.escaped and "&" in plain else plain

    def _words(self, key: tuple[str, str], texts: _Texts) -> Words:
        codes, raw = texts.finish()
        values: list[Any] = [self._unescaped(text) for text in raw]
        if key in self.layout.defaults and (codes < 0).any():
            codes = np.where(codes < 0, len(values), codes)
            values.append(self.layout.defaults[key])
        return Words(codes, values)

    def _with_default(
        self, owner: str, name: str, values: NDArray[np.float64], said: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        text = self.layout.defaults.get((owner, name))
        if text is None or said.all():
            return values, said
        value, there = self._figure(text, name, f"the default of {owner}s")
        return np.where(said, values, value), said | there

    def _ends(self) -> tuple[NDArray[Any], list[NDArray[np.int32]]]:
        """Return the ids of nodes, and the rows of nodes at which edges begin and end."""
        quick = self._ends_by_number()
        if quick is not None:
            return quick
        places = np.concatenate(self.node_ids)
        ids = _Texts(self.data)
        ids.add(places)
        codes = ids.codes[0]
        twice = np.flatnonzero(codes != np.arange(len(codes)))
        if len(twice):
            named = sorted(
                {self.data[start : start + length].tobytes().decode() for start, length in places[twice].tolist()}
            )
            msg = f"{self.what}: {len(named)} nodes stand more than once: {listed(named)}."
            raise _schema(msg)
        found = []
        for end, blocks in zip(("source", "target"), self.ends, strict=True):
            sought = np.concatenate(blocks)
            rows = ids.look_up(sought)
            lost = np.flatnonzero(rows < 0)
            if len(lost):
                named = sorted(
                    {self.data[start : start + length].tobytes().decode() for start, length in sought[lost[:100]]}
                )
                msg = (
                    f"{self.what}: {len(lost)} edges have a {end} that is no node of the graph: {listed(named)}. "
                    "Remove these edges, or add the nodes with their coordinates."
                )
                raise _schema(msg)
            found.append(rows)
        return self._node_ids(places), found

    def _numbers(self, places: NDArray[np.int64]) -> NDArray[np.int64] | None:
        from urbangeo.sources.network.graphml import scan as loops

        numbers = np.empty(len(places), dtype=np.int64)
        return numbers if loops.whole_numbers(self.data, places, numbers) else None

    def _ends_by_number(self) -> tuple[NDArray[Any], list[NDArray[np.int32]]] | None:
        """Do the same where all ids are whole numbers; None where they are not, or something is wrong with them."""
        from urbangeo.sources.network.graphml import scan as loops

        blocks = [self.node_numbers, *self.end_numbers]
        whole = [[block for block in column if block is not None] for column in blocks]
        if any(len(kept) < len(column) for kept, column in zip(whole, blocks, strict=True)):
            return None
        numbers, *ends = (np.concatenate(column) for column in whole)
        table = np.full(1 << (4 * len(numbers) + 1).bit_length(), -1, dtype=np.int32)
        if not loops.enter_numbers(numbers, table):
            return None
        found = [np.empty(len(sought), dtype=np.int32) for sought in ends]
        for sought, rows in zip(ends, found, strict=True):
            loops.find_numbers(sought, numbers, table, rows)
        if any((rows < 0).any() for rows in found):
            return None
        return numbers, found

    def _node_ids(self, places: NDArray[np.int64]) -> NDArray[Any]:
        """Return ids as whole numbers if all are written as such, else as text."""
        numbers = [block for block in self.node_numbers if block is not None]
        if len(numbers) == len(self.node_numbers):
            return np.concatenate(numbers)
        raw = [self.data[start : start + length].tobytes() for start, length in places.tolist()]
        try:
            return np.array([text.decode() for text in raw], dtype=np.str_)
        except UnicodeDecodeError as error:
            raise _IrregularError from error

    def _figures(self, places: NDArray[np.int64], name: str, of: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return figures, and where one is stated."""
        from urbangeo.sources.network.graphml import scan as loops

        values = np.empty(len(places))
        left = np.zeros(len(places), dtype=bool)
        stated = np.empty(len(places), dtype=bool)
        if loops.figures(self.data, places, values, stated, left):
            rows = np.flatnonzero(left)
            width = int(places[rows, 1].max())
            digits = np.zeros(0, dtype=bool)
            if width <= _WIDEST:
                room = np.zeros((len(rows), width), dtype=np.uint8)
                loops.gather(self.data, places, rows, room)
                # Figures longer than the loops read exactly; anything else is looked at one by one.
                allowed = ((room >= 48) & (room <= 57)) | np.isin(room, list(b"+-.eE\0"))
                digits = np.asarray(allowed.all(axis=1))
                try:
                    values[rows[digits]] = room[digits].view(f"S{width}")[:, 0].astype(np.float64)
                except ValueError:
                    digits[:] = False
            else:
                digits = np.zeros(len(rows), dtype=bool)
            for row in rows[~digits].tolist():
                start, length = places[row].tolist()
                text = self.data[start : start + length].tobytes().decode("utf-8", "replace")
                values[row], stated[row] = self._figure(text, name, of)
        return values, stated

    def _figure(self, text: str, name: str, of: str) -> tuple[float, bool]:
        plain = text.strip()
        if plain in ("", "None"):
            return np.nan, False
        try:
            if "_" not in plain:
                return float(plain), True
        except ValueError:
            pass
        msg = f"{self.what}: {name} of {of} is {plain[:60]!r}; expected a figure."
        raise InputError(msg)

    def _way_ids(self, places: NDArray[np.int64]) -> WayIds:
        from urbangeo.sources.network.graphml import scan as loops

        smallest = np.empty(len(places), dtype=np.int64)
        several, left = np.empty(len(places), dtype=bool), np.zeros(len(places), dtype=bool)
        if loops.way_ids(self.data, places, smallest, several, left):
            for row in np.flatnonzero(left).tolist():
                start, length = places[row].tolist()
                smallest[row], several[row] = way_ids_of(self._unescaped(self.data[start : start + length].tobytes()))
        return WayIds(smallest, several)

    def _lines(self, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        from urbangeo.sources.network.graphml import scan as loops

        # A point takes four bytes at the least ("1 2,"); room that is not used is never touched.
        points = np.empty((int(places[:, 1].clip(min=0).sum()) // 4 + len(places), 2))
        counts = np.zeros(len(places), dtype=np.int64)
        left = np.zeros(len(places), dtype=bool)
        total = loops.line_points(self.data, places, points, counts, left)
        points = points[:total]
        if not left.any():
            return counts, points.copy()
        parts = np.split(points, np.cumsum(counts)[:-1])
        for row in np.flatnonzero(left).tolist():
            start, length = places[row].tolist()
            parts[row] = self._line(self.data[start : start + length].tobytes().decode("utf-8", "replace"))
            counts[row] = len(parts[row])
        return counts, np.concatenate(parts)

    def _line(self, text: str) -> NDArray[np.float64]:
        """Read a line written in another way than usual."""
        import shapely
        from shapely.errors import ShapelyError

        if text.strip() in ("", "None", "nan"):
            return np.empty((0, 2))
        try:
            line = shapely.from_wkt(text)
        except ShapelyError as error:
            msg = f"{self.what}: the geometry {text[:60]!r} is no line in WKT."
            raise InputError(msg) from error
        if line.geom_type != "LineString" or line.is_empty:
            msg = f"{self.what}: the geometry {text[:60]!r} is no line; expected LINESTRING with two points or more."
            raise InputError(msg)
        return np.asarray(shapely.get_coordinates(line))


class _Texts:
    """Texts that repeat, each given a number at its first place."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self.data = data
        self.known = np.empty((1024, 2), dtype=np.int64)
        self.hashes = np.empty(1024, dtype=np.uint64)
        self.table = np.full(4096, -1, dtype=np.int32)
        self.count = 0
        self.codes: list[NDArray[np.int32]] = []

    def add(self, places: NDArray[np.int64]) -> None:
        """Give the texts at some places their numbers."""
        from urbangeo.sources.network.graphml import scan as loops

        codes = np.empty(len(places), dtype=np.int32)
        row = 0
        while True:
            self.count, row = loops.enter_texts(
                self.data, places, self.table, self.known, self.hashes, self.count, codes, row, 1
            )
            if row == len(places):
                break
            self.known = np.concatenate([self.known, np.empty_like(self.known)])
            self.hashes = np.concatenate([self.hashes, np.empty_like(self.hashes)])
            self.table = np.full(2 * len(self.table), -1, dtype=np.int32)
            loops.fill_table(self.table, self.hashes, self.count)
        self.codes.append(codes)

    def look_up(self, places: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the numbers of texts, -1 for one that is not known."""
        from urbangeo.sources.network.graphml import scan as loops

        codes = np.empty(len(places), dtype=np.int32)
        loops.enter_texts(self.data, places, self.table, self.known, self.hashes, self.count, codes, 0, 0)
        return codes

    def finish(self) -> tuple[NDArray[np.int32], list[bytes]]:
        """Return the number of each row, and the texts."""
        codes = np.concatenate(self.codes) if self.codes else np.empty(0, dtype=np.int32)
        whole = self.data
        return codes, [whole[start : start + length].tobytes() for start, length in self.known[: self.count].tolist()]


def _letter(match: re.Match[str]) -> str:
    if match[1] is None:
        raise _IrregularError
    if match[1].startswith("#"):
        code = int(match[1][2:], 16) if match[1][1] == "x" else int(match[1][1:])
        # What XML does not allow is left for the XML parser to refuse.
        if not (code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000):
            raise _IrregularError
        return chr(code)
    return html.unescape(match[0])


def _schema(message: str) -> Exception:
    from urbangeo.errors import SchemaError

    return SchemaError(message)
