"""GraphML by a real XML parser: for headers, and for every file that is not in the regular form.

Document type declarations are refused before anything in them is expanded; nothing outside the file is opened; depth
and length of what is kept are bounded.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from urbangeo.errors import InputError, listed

GRAPHML = "http://graphml.graphdrawing.org/xmlns"

DEEPEST = 64
"""Elements in elements; GraphML of roads has four."""

LONGEST_TEXT = 4_000_000
"""Bytes of one value; the line of a road with a hundred thousand points."""

MOST_KEYS = 1_000

_CHUNK = 1 << 20
_OWNERS = ("graph", "node", "edge")


@dataclass(frozen=True)
class Key:
    """One ``<key>`` of a file: what a value is called and what it belongs to.

    Attributes
    ----------
    id : str
        As ``<data key="…">`` names it.
    owner : {"graph", "node", "edge", "all"}
        What it belongs to.
    name : str
        What it is called.
    default : str, optional
        The value of elements that do not say.
    """

    id: str
    owner: str
    name: str
    default: str | None = None


@dataclass
class Header:
    """What stands before the first node.

    Attributes
    ----------
    keys : dict of str to Key
        By id.
    start : int
        Byte at which the graph's tag begins.
    """

    keys: dict[str, Key] = field(default_factory=dict)
    start: int = -1


@dataclass(frozen=True, eq=False)
class Places:
    """Where the ids, ends and values stand in ``data``; -1 where there is none.

    Attributes
    ----------
    data : numpy.ndarray of uint8
        Texts, one behind the other.
    graph_at : numpy.ndarray of int64, shape (slots, 2)
        Start and length of the graph's own values.
    node_at : numpy.ndarray of int64, shape (nodes, 1 + slots, 2)
        First the id.
    edge_at : numpy.ndarray of int64, shape (edges, 2 + slots, 2)
        First source and target.
    """

    data: NDArray[np.uint8]
    graph_at: NDArray[np.int64]
    node_at: NDArray[np.int64]
    edge_at: NDArray[np.int64]


class _HeaderEnd(Exception):  # noqa: N818 - no error: the way out of expat's callbacks
    """The graph's tag was reached."""


def read_header(data: Any, what: str) -> Header:
    """Read the keys of a file.

    Parameters
    ----------
    data : bytes-like
        The file.
    what : str
        What to call it in messages.

    Returns
    -------
    Header
        Keys, and where the graph begins.

    Raises
    ------
    InputError
        If it is no GraphML, declares entities, or a key is not clear.
    """
    reader = _Reader(what, None)
    try:
        reader.feed(data)
    except _HeaderEnd:
        return reader.header
    raise InputError(_no_graph(what))


def read_places(data: Any, what: str, slots: dict[tuple[str, str], int], sizes: tuple[int, int, int]) -> Places:
    """Read a whole file.

    Parameters
    ----------
    data : bytes-like
        The file.
    what : str
        What to call it in messages.
    slots : dict of (str, str) to int
        Column of each wanted value, by owner ("graph", "node", "edge") and id of its key.
    sizes : tuple of int
        How many columns graph, node and edge have.

    Returns
    -------
    Places
        Ids, ends and values.

    Raises
    ------
    InputError
        If it is damaged, declares entities, or is not what a road graph can be.
    """
    reader = _Reader(what, (slots, sizes))
    reader.feed(data)
    return reader.places()


def _no_graph(what: str) -> str:
    return f"{what} is no GraphML: it has no element <graph> inside <graphml>."


class _Reader:
    """The callbacks of one pass through a file."""

    def __init__(self, what: str, wanted: tuple[dict[tuple[str, str], int], tuple[int, int, int]] | None) -> None:
        self.what = what
        self.header = Header()
        self._only_header = wanted is None
        slots, sizes = wanted or ({}, (0, 0, 0))
        self._slots = slots
        self._width = {"graph": sizes[0], "node": 1 + sizes[1], "edge": 2 + sizes[2]}
        self._rows: dict[str, array[int]] = {owner: array("q") for owner in _OWNERS}
        self._row: dict[str, list[int]] = {"graph": [-1] * (2 * sizes[0]), "node": [], "edge": []}
        self._seen: dict[str, set[str]] = {owner: set() for owner in _OWNERS}
        self._text = bytearray()
        self._path: list[str] = []
        self._piece: list[str] | None = None
        self._piece_size = 0
        self._target: tuple[str, str] | None = None
        self._key: dict[str, str] | None = None
        self._graphs = 0
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.EntityDeclHandler = self._refuse_doctype
        self._parser.ExternalEntityRefHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._letters

    def feed(self, data: Any) -> None:
        """Read the bytes piece by piece."""
        view = memoryview(data)
        try:
            for start in range(0, len(view), _CHUNK):
                self._parser.Parse(bytes(view[start : start + _CHUNK]), False)
            self._parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            if isinstance(error, InputError):
                raise
            msg = f"{self.what} is no well-formed XML, or was cut short: {error}."
            raise InputError(msg) from error

    def places(self) -> Places:
        """Return what was found."""
        if not self._graphs:
            raise InputError(_no_graph(self.what))
        made = {
            owner: np.array(self._rows[owner], dtype=np.int64).reshape(-1, self._width[owner], 2)
            for owner in ("node", "edge")
        }
        graph = np.array(self._row["graph"], dtype=np.int64).reshape(-1, 2)
        return Places(np.frombuffer(bytes(self._text), dtype=np.uint8), graph, made["node"], made["edge"])

    # --- callbacks ---

    def _refuse_doctype(self, *_: Any) -> int:
        msg = (
            f"{self.what} declares a document type or entities (<!DOCTYPE …>), which GraphML does not need and which "
            "can be used to fill the memory or to read other files. Nothing of it was expanded. Save the graph again "
            "(osmnx.save_graphml), or remove the declaration."
        )
        raise InputError(msg)

    def _fault(self, text: str) -> InputError:
        return InputError(f"{self.what}, line {self._parser.CurrentLineNumber}: {text}")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        foreign = space not in ("", GRAPHML)
        parent = self._path[-1] if self._path else ""
        if len(self._path) >= DEEPEST:
            text = f"elements stand more than {DEEPEST} deep in each other; no road graph does."
            raise self._fault(text)
        self._path.append("?" if foreign or parent == "?" else local)
        if self._path[-1] == "?":
            if self._piece is not None:
                text = f"a value holds an element <{local}>; expected plain text."
                raise self._fault(text)
            return
        if self._piece is not None:
            text = f"a value holds an element <{local}>; expected plain text."
            raise self._fault(text)
        if not parent and local != "graphml":
            text = f"the outermost element is <{local}>; expected <graphml>."
            raise self._fault(text)
        handler: Callable[[dict[str, str], str], None] | None = {
            "key": self._start_key,
            "default": self._start_default,
            "graph": self._start_graph,
            "node": self._start_node,
            "edge": self._start_edge,
            "data": self._start_data,
        }.get(local)
        if local in ("hyperedge", "locator"):
            text = f"<{local}> is not part of a road graph."
            raise self._fault(text)
        if handler is not None:
            handler(attributes, parent)

    def _need(self, attributes: dict[str, str], name: str, element: str) -> str:
        if name not in attributes:
            text = f"<{element}> has no {name}."
            raise self._fault(text)
        if len(attributes[name]) > 1_000:
            text = f"<{element}> has a {name} of {len(attributes[name])} letters."
            raise self._fault(text)
        return attributes[name]

    def _start_key(self, attributes: dict[str, str], parent: str) -> None:
        if parent != "graphml" or self._graphs:
            text = "<key> must stand in <graphml> before the graph."
            raise self._fault(text)
        self._key = dict(attributes)
        key = self._need(attributes, "id", "key")
        if key in self.header.keys or len(self.header.keys) >= MOST_KEYS:
            problem = "stands twice" if key in self.header.keys else f"is one of more than {MOST_KEYS}"
            text = f"the key {key!r} {problem}."
            raise self._fault(text)
        owner = attributes.get("for", "all")
        self.header.keys[key] = Key(key, owner, attributes.get("attr.name", key))

    def _start_default(self, _: dict[str, str], parent: str) -> None:
        if parent == "key":
            self._piece, self._piece_size = [], 0

    def _start_graph(self, attributes: dict[str, str], parent: str) -> None:
        if parent != "graphml" or self._graphs:
            problem = "several graphs" if parent == "graphml" else "a graph inside a graph"
            text = f"{problem}; expected one."
            raise self._fault(text)
        self._graphs += 1
        direction = attributes.get("edgedefault")
        if direction != "directed":
            msg = (
                f"{self.what} holds a graph that is {direction or 'of no stated direction'}; roads need directions "
                '(edgedefault="directed"), else one-way streets are lost. Save the graph before it is made '
                "undirected; if every road really has both directions, save graph.to_directed()."
            )
            raise InputError(msg)
        if self._only_header:
            self.header.start = self._parser.CurrentByteIndex
            raise _HeaderEnd

    def _start_node(self, attributes: dict[str, str], parent: str) -> None:
        if parent != "graph":
            text = f"<node> stands in <{parent}>; expected <graph>."
            raise self._fault(text)
        self._begin("node", [self._need(attributes, "id", "node")])

    def _start_edge(self, attributes: dict[str, str], parent: str) -> None:
        if parent != "graph":
            text = f"<edge> stands in <{parent}>; expected <graph>."
            raise self._fault(text)
        if attributes.get("directed", "true") != "true":
            text = "an edge is not directed; roads need directions. Write it twice, once for each direction."
            raise self._fault(text)
        self._begin("edge", [self._need(attributes, end, "edge") for end in ("source", "target")])

    def _begin(self, owner: str, ids: list[str]) -> None:
        row = [-1] * (2 * self._width[owner])
        for number, text in enumerate(ids):
            row[2 * number], row[2 * number + 1] = self._keep(text)
        self._row[owner] = row
        self._seen[owner] = set()

    def _start_data(self, attributes: dict[str, str], parent: str) -> None:
        if parent not in _OWNERS:
            return
        key = self._need(attributes, "key", "data")
        known = self.header.keys.get(key)
        if known is None:
            text = f"a value names the key {key!r}, which is not declared; declared are {listed(self.header.keys)}."
            raise self._fault(text)
        if known.owner not in ("all", parent):
            text = f"a {parent} has a value of the key {key!r}, which is for {known.owner}."
            raise self._fault(text)
        if (parent, key) in self._slots:
            if key in self._seen[parent]:
                text = f"a {parent} has two values of {known.name!r}."
                raise self._fault(text)
            self._seen[parent].add(key)
            self._target = (parent, key)
            self._piece, self._piece_size = [], 0

    def _letters(self, text: str) -> None:
        if self._piece is not None:
            self._piece_size += len(text)
            if self._piece_size > LONGEST_TEXT:
                fault = f"a value has more than {LONGEST_TEXT:,} letters."
                raise self._fault(fault)
            self._piece.append(text)

    def _end(self, _: str) -> None:
        local = self._path.pop()
        if self._piece is not None and local in ("data", "default"):
            text = "".join(self._piece)
            self._piece = None
            if self._target is not None:
                owner = self._target[0]
                place = (0 if owner == "graph" else 1 if owner == "node" else 2) + self._slots[self._target]
                self._row[owner][2 * place], self._row[owner][2 * place + 1] = self._keep(text)
                self._target = None
            elif self._key is not None:
                number = self._key["id"]
                known = self.header.keys[number]
                self.header.keys[number] = Key(known.id, known.owner, known.name, text)
        elif local == "key":
            self._key = None
        elif local in ("node", "edge"):
            self._rows[local].extend(self._row[local])

    def _keep(self, text: str) -> tuple[int, int]:
        start = len(self._text)
        self._text += text.encode()
        return start, len(self._text) - start
