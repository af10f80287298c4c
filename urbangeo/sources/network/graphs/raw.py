"""What a graph in the convention of OSMnx says, as arrays, and the network made of it.

GraphML and networkx graphs both come through here, so that the same graph gives the same network by either way.
Simplified graphs merge several ways into one edge and then hold lists. A list has no order that means anything, so
the slowest reading is taken: the lowest class, the lowest sign, the fewest lanes; names and numbers are joined by ";".
"""

from __future__ import annotations

import ast
import functools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from urbangeo.errors import InputError, SchemaError, listed
from urbangeo.sources.network.bends import line_lengths_m, shared_bends
from urbangeo.sources.network.columns import Coded, Column
from urbangeo.sources.network.model import AccessLeg, Mode, Network, check_arrays
from urbangeo.sources.network.osm.tags import is_limit, is_open, read_lanes, read_maxspeed
from urbangeo.sources.network.placing import found_crs, placed
from urbangeo.sources.network.tolls import toll_minutes

if TYPE_CHECKING:
    from urbangeo.sources.network.speeds.means import SpeedTable, Terrain

MARK = "urbangeo"
"""Attribute of a graph that this project wrote: what of a network has no place in OSMnx's convention, as JSON."""

MARK_VERSION = 1

NODE_FIGURES = ("x", "y")
NODE_WORDS = ("kind", "name", "adcode")
EDGE_FIGURES = ("length", "speed_kph", "travel_time")
EDGE_WORDS = (
    *("highway", "oneway", "maxspeed", "lanes", "ref", "name", "bridge", "tunnel", "junction", "osmid"),
    *("road_class", "access", "toll"),
)
"""What is read of a graph that another program wrote; everything else in it is passed over."""

OWN_FIGURES = ("length_m", "speed_kmh", "time_min")

LONGEST_LIST = 10_000
"""A value of more letters is no list of tags."""

_NO_WORDS = ("", "nan", "None", "NaN", "<NA>")
"""What programs write for a value that is missing."""

_WAY_ID = re.compile(r"\d{1,15}")
_NAN = re.compile(r"(?<=[\[, ])nan(?=[\],])")


@dataclass(frozen=True, eq=False)
class Words:
    """Values of a graph that repeat: a number for each row, and what the numbers stand for.

    Attributes
    ----------
    codes : numpy.ndarray of int, shape (rows,)
        Place in ``values``, -1 where there is none.
    values : list
        Texts, or with networkx any object.
    """

    codes: NDArray[Any]
    values: list[Any]

    def mapped(self, change: Callable[[Any], str | None]) -> Coded:
        """Return texts made of the values, each looked at once."""
        made = [change(value) for value in self.values]
        texts = sorted({text for text in made if text is not None})
        place = {text: number for number, text in enumerate(texts)}
        table = np.array([*(-1 if text is None else place[text] for text in made), -1], dtype=np.int32)
        codes = table[self.codes]
        kind = np.int8 if len(texts) < 128 else np.int16 if len(texts) < 32_768 else np.int32
        return Coded(codes.astype(kind), tuple(texts))

    def figures(self, change: Callable[[Any], float], missing: float = np.nan) -> NDArray[np.float64]:
        """Return figures made of the values, each looked at once."""
        table: NDArray[np.float64] = np.array([*(change(value) for value in self.values), missing], dtype=np.float64)
        return np.asarray(table[self.codes])

    def truths(self, change: Callable[[Any], bool]) -> NDArray[np.bool_]:
        """Return truths made of the values, False where there is none."""
        return np.asarray(np.array([*(change(value) for value in self.values), False], dtype=bool)[self.codes])


@dataclass(frozen=True, eq=False)
class WayIds:
    """Ids of the ways of OpenStreetMap that edges are made of; nearly every edge has another.

    Attributes
    ----------
    smallest : numpy.ndarray of int64, shape (edges,)
        The smallest id of each, -1 where there is none.
    several : numpy.ndarray of bool, shape (edges,)
        Whether the edge is made of several ways.
    """

    smallest: NDArray[np.int64]
    several: NDArray[np.bool_]

    @classmethod
    def joined(cls, blocks: list[WayIds]) -> WayIds:
        """Put blocks of edges one behind the other."""
        return cls(*(np.concatenate([getattr(block, name) for block in blocks]) for name in ("smallest", "several")))

    def take(self, keep: NDArray[np.bool_]) -> WayIds:
        """Keep some edges."""
        return WayIds(self.smallest[keep], self.several[keep])


def way_ids_of(value: Any) -> tuple[int, bool]:
    """Return the smallest id in a value of ``osmid``, and whether it holds several.

    Parameters
    ----------
    value : object
        A number, a text, or a list, as :func:`words_of` reads them.

    Returns
    -------
    tuple of int and bool
        -1 if no id is in it.

    Examples
    --------
    >>> way_ids_of("[17, 4]"), way_ids_of("4"), way_ids_of("nan")
    ((4, True), (4, False), (-1, False))
    """
    words = words_of(value)
    return min((int(text) for text in words if _WAY_ID.fullmatch(text)), default=-1), len(words) > 1


@dataclass(frozen=True, eq=False)
class RawGraph:
    """A graph as arrays, before any of it is believed.

    Attributes
    ----------
    what : str
        What to call it in messages.
    settings : dict of str to str
        Attributes of the graph itself.
    node_id : numpy.ndarray
        int64 or text.
    x, y : numpy.ndarray of float64, shape (nodes,)
        As written, NaN where missing.
    node_words, edge_words : dict of str to Words
        Values under their names in the graph.
    u, v : numpy.ndarray of int32, shape (edges,)
        Rows of the nodes.
    figures : dict of str to numpy.ndarray of float64
        Figures of edges, NaN where missing.
    stated : dict of str to numpy.ndarray of bool
        Where a figure is written at all (it may be written as NaN).
    line_counts : numpy.ndarray of int64, shape (edges,)
        Points of the line of each edge, 0 for a straight one.
    line_points : numpy.ndarray of float64, shape (points, 2)
        The points, as written.
    way_ids : WayIds, optional
        What ``osmid`` says, where the reader has found it out already; else it is one of the ``edge_words``.
    """

    what: str
    settings: dict[str, str]
    node_id: NDArray[Any]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    u: NDArray[np.int32]
    v: NDArray[np.int32]
    line_counts: NDArray[np.int64]
    line_points: NDArray[np.float64]
    node_words: dict[str, Words] = field(default_factory=dict)
    edge_words: dict[str, Words] = field(default_factory=dict)
    figures: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    stated: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    way_ids: WayIds | None = None

    def names(self, rows: Any) -> list[str]:
        """Call edges by their ends."""
        return [f"{self.node_id[self.u[row]]} → {self.node_id[self.v[row]]}" for row in rows]

    def take(self, keep: NDArray[np.bool_]) -> RawGraph:
        """Keep some edges."""
        points = np.repeat(keep, self.line_counts)
        return replace(
            self,
            u=self.u[keep],
            v=self.v[keep],
            line_counts=self.line_counts[keep],
            line_points=self.line_points[points],
            edge_words={name: Words(words.codes[keep], words.values) for name, words in self.edge_words.items()},
            figures={name: values[keep] for name, values in self.figures.items()},
            stated={name: values[keep] for name, values in self.stated.items()},
            way_ids=self.way_ids and self.way_ids.take(keep),
        )


def words_of(value: Any) -> tuple[str, ...]:
    """Return the texts in a value: none, one, or those of a list, by the alphabet.

    Parameters
    ----------
    value : object
        A text, a list of texts, or such a list written out as OSMnx writes it (``"['primary', 'trunk']"``).

    Returns
    -------
    tuple of str
        Without blanks at the ends and without doubles; empty for "nan", "None" and empty text.

    Examples
    --------
    >>> words_of("['trunk', 'primary', 'trunk']"), words_of(" 60 "), words_of("nan")
    (('primary', 'trunk'), ('60',), ())
    """
    if isinstance(value, str):
        return _words_of_text(value)
    if isinstance(value, list | tuple | set | frozenset | np.ndarray):
        texts = {str(part).strip() for part in value}
        return tuple(sorted(text for text in texts if text not in _NO_WORDS))
    text = str(value).strip()
    return () if text in _NO_WORDS else (text,)


@functools.lru_cache(maxsize=20_000)
def _words_of_text(value: str) -> tuple[str, ...]:
    text = value.strip()
    if text[:1] + text[-1:] in ("[]", "{}", "()") and len(text) <= LONGEST_LIST:
        found = _literal(text)
        if isinstance(found, list | tuple | set):
            return words_of(found)
    return () if text in _NO_WORDS else (text,)


def _literal(text: str) -> Any:
    """Read a list that was written out; the text itself where it is none."""
    # nan is no literal; pyrosm writes lists with it.
    for plain in dict.fromkeys([text, _NAN.sub("None", text)]):
        try:
            return ast.literal_eval(plain)
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            continue
    return text


def signed_kmh(value: Any) -> float:
    """Return the lowest speed in a ``maxspeed`` value.

    Parameters
    ----------
    value : object
        Text or list of texts, each as :func:`~urbangeo.sources.network.osm.tags.read_maxspeed` reads it.

    Returns
    -------
    float
        km/h; NaN where no figure stands.

    Examples
    --------
    >>> signed_kmh("['80', '60']"), signed_kmh("60 km/h"), signed_kmh("signals")
    (60.0, 60.0, nan)
    """
    found = [read_maxspeed(text) for text in words_of(value)]
    return min((limit for limit in found if np.isfinite(limit)), default=np.nan)


def _fewest(value: Any) -> float:
    """Return the fewest lanes in a value, NaN where none can be read."""
    # A network of this project has lanes as figures, which a program may have written out as 2.0.
    found = [read_lanes(text.removesuffix(".0")) for text in words_of(value)]
    return min((count for count in found if np.isfinite(count)), default=np.nan)


def _is_unread_limit(value: Any) -> bool:
    """Say whether a ``maxspeed`` value holds what is neither a limit nor a word for none."""
    return not all(is_limit(text) for text in words_of(value))


def _joined(value: Any) -> str | None:
    return ";".join(words_of(value)) or None


def _is_all(words: Iterable[str]) -> Callable[[Any], bool]:
    wanted = frozenset(words)

    def check(value: Any) -> bool:
        found = words_of(value)
        return bool(found) and wanted.issuperset(text.lower() for text in found)

    return check


def _is_closed(value: Any) -> bool:
    """Say whether an ``access`` tag closes a road to strangers' cars, on a part of it at least."""
    return not all(is_open({"access": text}, "forward") for text in words_of(value))


_is_true = _is_all(("true", "yes", "1", "-1"))
_is_no = _is_all(("no", "false"))
_is_round = _is_all(("roundabout", "circular"))


def _is_there(value: Any) -> bool:
    """Say whether a tag such as ``bridge`` says more than no."""
    return any(text.lower() not in ("no", "false") for text in words_of(value))


def network_of_graph(
    raw: RawGraph,
    *,
    kind: str,
    mode: Mode | None,
    keep_speeds: bool,
    crs: str | None,
    provenance: Mapping[str, Any],
    table: SpeedTable | None = None,
    dem: Path | str | None = None,
    terrain: Terrain = "plain",
) -> Network:
    """Make a network of what a graph says.

    Parameters
    ----------
    raw : RawGraph
        The graph.
    kind : str
        What the network shall call itself.
    mode : {"drive", "drive_peak", "drive+rail"} or None
        None for that of a graph this project wrote, else "drive".
    keep_speeds : bool
        Whether speeds and times in the graph are taken for true.
    crs : str or None
        The system of a graph that does not say.
    provenance : mapping
        What is known of where the graph came from.
    table, dem, terrain
        As in :func:`urbangeo.with_speeds`; a graph this project wrote keeps its speeds.

    Returns
    -------
    Network
        With counts of what was skipped and mended in its provenance.

    Raises
    ------
    InputError
        If lengths are negative, zero or NaN, lines lead astray, or the mode is not known.
    SchemaError
        If there are no roads, or nodes lack coordinates.
    CrsError
        If the coordinate reference system is missing or contradicted.
    """
    if mode is not None and mode not in get_args(Mode):
        msg = f"mode {mode!r} is not known; expected one of {listed(get_args(Mode))}."
        raise InputError(msg)
    _check_ends(raw)
    system = found_crs(raw.settings.get("crs"), crs, raw.what)
    if not np.isfinite(raw.line_points).all():
        msg = f"{raw.what} has lines with coordinates that are no numbers."
        raise InputError(msg)
    nodes = placed(np.stack([raw.x, raw.y], axis=1), system, f"the nodes of {raw.what}")
    raw = replace(raw, line_points=placed(raw.line_points, system, f"the lines of {raw.what}"))
    said: dict[str, Any] = {**provenance, "crs_in_file": system.to_string()}
    mark = _mark(raw)
    length, raw, basis, skipped = _lengths(raw, nodes)
    if mark is None:
        raw, length, basis = _drivable(raw, length, basis, skipped)
    bends = shared_bends(
        raw.line_counts, raw.line_points, lon=nodes[:, 0], lat=nodes[:, 1], u=raw.u, v=raw.v, names=raw.names
    )
    said["lines_turned"], said["lines_apart_from_nodes"] = bends.turned, bends.apart
    said["lengths_computed"] = int((basis > 0).sum())
    said["skipped"] = skipped
    rows = len(raw.u)
    bare = Network(
        node_id=raw.node_id,
        lon=nodes[:, 0].copy(),
        lat=nodes[:, 1].copy(),
        u=raw.u,
        v=raw.v,
        length_m=length,
        speed_kmh=np.ones(rows),
        time_min=length * 0.06,
        road_class=Coded.constant("", rows),
        along=np.ones(rows, dtype=bool),
        toll=np.zeros(rows, dtype=bool),
        shapes=bends.shapes,
        kind=kind,
        provenance=said,
    )
    if mark is not None:
        network = _restored(bare, raw, mark, mode)
    else:
        bare = replace(
            bare, edge_columns={"length_basis": Coded(basis.astype(np.int8), ("file", "geometry", "straight"))}
        )
        from urbangeo.sources.network.speeds.means import with_speeds

        bare = _described(bare, raw, keep_speeds=keep_speeds)
        if mode == "drive+rail":
            if not bare.road_class.is_in(["rail"]).any():
                msg = (
                    f"mode='drive+rail', but {raw.what} has no edge of class rail. Read it for 'drive', then with_rail."
                )
                raise InputError(msg)
            bare = replace(bare, mode=mode)
        network = with_speeds(bare, table=table, dem=dem, terrain=terrain, mode=mode or "drive")
    check_arrays(network)
    return network


# --- checks ---------------------------------------------------------------------------------------------------------


def _check_ends(raw: RawGraph) -> None:
    if not len(raw.u):
        msg = f"{raw.what} has {len(raw.node_id)} nodes and no edges; a road network needs roads."
        raise SchemaError(msg)
    bad = ~(np.isfinite(raw.x) & np.isfinite(raw.y))
    if bad.any():
        msg = (
            f"{raw.what}: {int(bad.sum())} nodes have no finite x and y: {listed(raw.node_id[bad])}. "
            "Give every node its coordinates, or remove it with its edges."
        )
        raise SchemaError(msg)


def _lengths(
    raw: RawGraph, nodes: NDArray[np.float64]
) -> tuple[NDArray[np.float64], RawGraph, NDArray[np.int64], dict[str, Any]]:
    """Return lengths, the graph without loops of no length, what each length rests on, and what was skipped."""
    name = "length" if "length" in raw.figures else "length_m"
    rows = len(raw.u)
    length = raw.figures.get(name, np.full(rows, np.nan)).copy()
    stated = raw.stated.get(name, np.zeros(rows, dtype=bool))
    if name == "length" and "length_m" in raw.figures:
        own = raw.figures["length_m"]
        differ = raw.stated["length_m"] & (~stated | ~np.isclose(length, own, rtol=1e-9, atol=0))
        if differ.any():
            msg = (
                f"{raw.what}: length and length_m of {int(differ.sum())} edges differ: "
                f"{listed(raw.names(np.flatnonzero(differ)))}. Change both, or remove one of them."
            )
            raise InputError(msg)
    loop = raw.u == raw.v
    zero_loop = loop & stated & (length == 0)
    bad = stated & ~zero_loop & ~((length > 0) & np.isfinite(length))
    if bad.any():
        named = [
            f"{edge} ({value:g})"
            for edge, value in zip(raw.names(np.flatnonzero(bad)), length[bad].tolist(), strict=True)
        ]
        msg = (
            f"{raw.what}: {int(bad.sum())} edges have a length that is negative, zero or no number: {listed(named)}. "
            "Mend the lengths (metres), or remove the attribute from these edges to have them measured."
        )
        raise InputError(msg)
    basis = np.zeros(rows, dtype=np.int64)
    missing = ~stated
    if missing.any():
        lined = missing & (raw.line_counts > 0)
        points = raw.line_points[np.repeat(lined, raw.line_counts)]
        length[lined] = line_lengths_m(raw.line_counts[lined], points)
        basis[lined] = 1
        straight = missing & (raw.line_counts == 0)
        pairs = np.stack([nodes[raw.u[straight]], nodes[raw.v[straight]]], axis=1).reshape(-1, 2)
        length[straight] = line_lengths_m(np.full(int(straight.sum()), 2), pairs)
        basis[straight] = 2
        lost = missing & ~loop & ~(length > 0)
        if lost.any():
            msg = (
                f"{raw.what}: {int(lost.sum())} edges have no length, and their two nodes lie at the same point: "
                f"{listed(raw.names(np.flatnonzero(lost)))}. Give them a length, or join the nodes."
            )
            raise InputError(msg)
    empty = loop & (length == 0)
    skipped = {"loops_of_no_length": int(empty.sum())}
    if empty.any():
        raw, length, basis = raw.take(~empty), length[~empty], basis[~empty]
        _check_ends(raw)
    return length, raw, basis, skipped


def _drivable(
    raw: RawGraph, length: NDArray[np.float64], basis: NDArray[np.int64], skipped: dict[str, Any]
) -> tuple[RawGraph, NDArray[np.float64], NDArray[np.int64]]:
    """Leave out ways on which no car drives, by the table of tags, and those closed to strangers; count them by tag."""
    from urbangeo.sources.network.osm.classes import drivable_highways

    skipped["no_access"] = 0
    if "access" in raw.edge_words:
        private = raw.edge_words["access"].truths(_is_closed)
        skipped["no_access"] = int(private.sum())
        if private.all():
            msg = f"{raw.what} has no road that is open to cars; all are closed by their tag access."
            raise SchemaError(msg)
        if private.any():
            raw, length, basis = raw.take(~private), length[~private], basis[~private]
    if "highway" not in raw.edge_words:
        return raw, length, basis
    highway = raw.edge_words["highway"]
    drivable = set(drivable_highways())
    closed = highway.truths(lambda value: not drivable.issuperset(words_of(value)))
    if "road_class" in raw.edge_words:  # a class said outright needs no tag
        closed &= ~raw.edge_words["road_class"].truths(lambda value: bool(words_of(value)))
    skipped["not_for_cars"] = {}
    if closed.any():
        tags = highway.mapped(_joined)
        counts = np.bincount(tags.codes[closed], minlength=len(tags.values))
        skipped["not_for_cars"] = {tags.values[code]: int(counts[code]) for code in np.flatnonzero(counts)}
        if closed.all():
            msg = f"{raw.what} has no road for cars; its highway values are {listed(skipped['not_for_cars'])}."
            raise SchemaError(msg)
        raw, length, basis = raw.take(~closed), length[~closed], basis[~closed]
    return raw, length, basis


# --- a graph of another program -------------------------------------------------------------------------------------


def _described(network: Network, raw: RawGraph, *, keep_speeds: bool) -> Network:
    """Put columns and classes to the arrays, and the speeds the caller trusts."""
    rows = len(raw.u)
    none = Words(np.full(rows, -1, dtype=np.int32), [])

    def words(name: str) -> Words:
        return raw.edge_words.get(name, none)

    highway = words("highway").mapped(_lowest_class())
    lanes = words("lanes").figures(_fewest)
    dual = words("oneway").truths(_is_true) & ~words("junction").truths(_is_round)
    road_class, classed_by_list = _classes(words, highway, dual, lanes)
    # A simplified edge of several ways bears the tag of a bridge that is only a part of it.
    ways = raw.way_ids
    if ways is None and "osmid" in raw.edge_words:
        ids = raw.edge_words["osmid"]
        ways = WayIds(
            ids.figures(lambda value: way_ids_of(value)[0], -1).astype(np.int64),
            ids.truths(lambda value: way_ids_of(value)[1]),
        )
    merged = np.zeros(rows, dtype=bool) if ways is None else ways.several
    bridge = words("bridge").truths(_is_there)
    tunnel = words("tunnel").truths(_is_there)
    built = np.where(tunnel, 1, np.where(bridge, 0, -1)).astype(np.int8)
    built[merged] = -1
    columns: dict[str, Column] = {
        "road_name": words("name").mapped(_joined),
        "road_code": words("ref").mapped(_joined),
        "highway": highway,
        "maxspeed_kmh": words("maxspeed").figures(signed_kmh).astype(np.float32),
        "lanes": lanes.astype(np.float32),
        "structure": Coded(built, ("bridge", "tunnel")),
        **network.edge_columns,
    }
    if ways is not None:
        columns["osm_id"] = ways.smallest
    closed = road_class.is_in(("expressway", "expressway_link", "ferry", "rail")) | (built >= 0)
    access = words("access").mapped(_joined)
    closed = (closed | access.is_in(("ends_only",))) & ~access.is_in(("along",))
    provenance = {
        **network.provenance,
        "edges_of_several_classes": classed_by_list,
        "bridges_or_tunnels_on_a_part": int((merged & (bridge | tunnel)).sum()),
        "highways_missing": int((highway.codes < 0).sum()),
        "limits_unread": int(words("maxspeed").truths(_is_unread_limit).sum()),
        "lanes_unread": int(
            words("lanes").truths(lambda value: any(np.isnan(_fewest(one)) for one in words_of(value))).sum()
        ),
    }
    nodes: dict[str, Column] = {
        name: raw.node_words[name].mapped(_joined) for name in NODE_WORDS if name in raw.node_words
    }
    toll = road_class.is_in(("expressway", "expressway_link")) & ~words("toll").truths(_is_no)
    # A user's own column says it of any class of road; the tag of OSM also marks barriers on single bridges.
    toll = (toll | words("toll_given").truths(_is_true)) & ~words("toll_given").truths(_is_no)
    bare = replace(
        network,
        road_class=road_class,
        along=~closed,
        toll=toll,
        toll_min=toll_minutes(),
        edge_columns=columns,
        node_columns={"kind": Coded.constant("junction", len(raw.node_id)), **nodes},
        provenance=provenance,
    )
    return _given_speeds(bare, raw, keep_speeds=keep_speeds)


def _lowest_class() -> Callable[[Any], str | None]:
    from urbangeo.sources.network.osm.classes import known_highways

    rank = {tag: number for number, tag in enumerate(known_highways())}

    def lowest(value: Any) -> str | None:
        found = words_of(value)
        return max(found, key=lambda tag: (rank.get(tag, len(rank)), tag)) if found else None

    return lowest


def _classes(
    words: Callable[[str], Words], highway: Coded, dual: NDArray[np.bool_], lanes: NDArray[np.float64]
) -> tuple[Coded, int]:
    """Return classes by tag, or as said outright, and how many edges hold several tags."""
    from urbangeo.sources.network.osm.classes import classes_of_highways
    from urbangeo.sources.network.speeds.means import ROAD_CLASSES

    several = int(words("highway").truths(lambda value: len(words_of(value)) > 1).sum())
    by_tag = classes_of_highways(highway, oneway=dual, lanes=lanes)
    said = words("road_class").mapped(_joined)
    if (said.codes < 0).all():
        return by_tag, several
    strange = sorted(set(said.values) - {*ROAD_CLASSES, "unknown"})
    if strange:
        msg = f"road_class holds {listed(strange)}; expected some of {listed(ROAD_CLASSES, 20)}."
        raise InputError(msg)
    values = tuple(dict.fromkeys((*said.values, *by_tag.values)))
    place = np.array([*(values.index(value) for value in by_tag.values), -1])
    codes = np.where(said.codes >= 0, said.codes, place[by_tag.codes])
    return Coded(codes.astype(np.int8), values), several


def _given_speeds(network: Network, raw: RawGraph, *, keep_speeds: bool) -> Network:
    """Keep the speeds of the graph where the caller trusts them; else say that they were not used."""
    rows = len(raw.u)
    nothing = np.full(rows, np.nan)
    speed, seconds = raw.figures.get("speed_kph", nothing), raw.figures.get("travel_time", nothing)
    has = {"speed_kph": not np.isnan(speed).all(), "travel_time": not np.isnan(seconds).all()}
    found = [name for name, there in has.items() if there]
    if not keep_speeds:
        note = f"{' and '.join(found)} not used: OSMnx fills gaps by means of the class" if found else "none"
        return replace(network, provenance={**network.provenance, "speeds_in_source": note})
    if not found:
        msg = f"keep_speeds=True, but {raw.what} has no speed_kph and no travel_time. Leave it out."
        raise InputError(msg)
    wrong = (np.isfinite(speed) & (speed <= 0)) | np.isinf(speed) | np.isinf(seconds) | (seconds < 0)
    # OSMnx rounds times to a tenth of a second, so a time of zero is no fault beside a speed.
    wrong |= ~np.isfinite(speed) & (seconds == 0)
    if wrong.any():
        msg = (
            f"{raw.what}: {int(wrong.sum())} edges have a speed_kph or travel_time that is not positive: "
            f"{listed(raw.names(np.flatnonzero(wrong)))}. Mend or remove them."
        )
        raise InputError(msg)
    with np.errstate(invalid="ignore", divide="ignore"):
        kmh = np.where(np.isfinite(speed), speed, network.length_m / seconds * 3.6)
    given = np.isfinite(kmh)
    kmh = np.where(given, kmh, 1.0)
    basis = Coded(np.where(given, 0, -1).astype(np.int8), ("given",))
    return replace(
        network,
        speed_kmh=kmh,
        time_min=network.length_m / kmh * 0.06,
        edge_columns={**network.edge_columns, "speed_basis": basis},
        provenance={**network.provenance, "speeds_in_source": f"kept on {int(given.sum())} of {rows} edges"},
    )


# --- a graph of this project ----------------------------------------------------------------------------------------


def mark_of(network: Network) -> str:
    """Write what of a network has no place in OSMnx's convention.

    Parameters
    ----------
    network : Network
        Any network.

    Returns
    -------
    str
        JSON.
    """
    return json.dumps(
        {
            "version": MARK_VERSION,
            "kind": network.kind,
            "toll_min": network.toll_min,
            "mode": network.mode,
            "impedance": network.impedance,
            "access": [network.access.speed_kmh, network.access.circuity, network.access.max_m],
            "provenance": dict(network.provenance),
            "node_columns": {name: _spec(column) for name, column in network.node_columns.items()},
            "edge_columns": {name: _spec(column) for name, column in network.edge_columns.items()},
            "figures": {name: str(getattr(network, name).dtype) for name in OWN_FIGURES},
        },
        ensure_ascii=False,
    )


def _spec(column: Column) -> str:
    if isinstance(column, Coded):
        return "coded"
    return "text" if column.dtype.kind == "U" else str(column.dtype)


def _mark(raw: RawGraph) -> dict[str, Any] | None:
    if MARK not in raw.settings:
        return None
    expected = {"version", "kind", "toll_min", "mode", "impedance", "access", "provenance", "node_columns"}
    expected |= {"edge_columns", "figures"}
    try:
        mark = json.loads(raw.settings[MARK])
    except (json.JSONDecodeError, RecursionError):
        mark = None
    if not isinstance(mark, dict) or set(mark) != expected or mark["version"] != MARK_VERSION:
        msg = (
            f"{raw.what}: its attribute {MARK!r} is not what this version writes. Remove it from the graph to have it "
            "read as one of another program, with classes and speeds by the tables."
        )
        raise SchemaError(msg)
    return mark


def _restored(network: Network, raw: RawGraph, mark: dict[str, Any], mode: Mode | None) -> Network:
    """Take classes, speeds and columns as they were written; an edge without them is a fault."""
    if mode is not None and mode != mark["mode"]:
        msg = (
            f"{raw.what} was written for mode {mark['mode']!r}, not {mode!r}. Leave mode out, or make the graph of a "
            f"network read for {mode!r}."
        )
        raise InputError(msg)
    need = {name: ~raw.stated.get(name, np.zeros(len(raw.u), dtype=bool)) for name in ("speed_kmh", "time_min")}
    need |= {
        name: raw.edge_words[name].codes < 0 if name in raw.edge_words else np.ones(len(raw.u), dtype=bool)
        for name in ("access", "toll")
    }
    lacking = [f"{int(mask.sum())} edges without {name}" for name, mask in need.items() if mask.any()]
    if lacking:
        faulty = np.flatnonzero(np.any(list(need.values()), axis=0))
        msg = (
            f"{raw.what} was written by urbangeo, but has {'; '.join(lacking)}: {listed(raw.names(faulty))}. Add new "
            f"roads to the network instead (add_edges), or remove the graph's attribute {MARK!r} to have all speeds "
            "by the table."
        )
        raise SchemaError(msg)
    try:
        access = AccessLeg(*map(float, mark["access"]))
        toll_min, figures = float(mark["toll_min"]), {name: _figure_kind(mark["figures"][name]) for name in OWN_FIGURES}
        node_columns = {
            str(name): _column(raw.node_words.get(name), str(spec), len(raw.node_id))
            for name, spec in mark["node_columns"].items()
        }
        edge_columns = {
            str(name): _column(raw.edge_words.get(name), str(spec), len(raw.u))
            for name, spec in mark["edge_columns"].items()
        }
        provenance = dict(mark["provenance"])
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        msg = f"{raw.what}: what its attribute {MARK!r} says does not fit the graph ({error})."
        raise SchemaError(msg) from error
    rows = len(raw.u)
    road_class = raw.edge_words.get("road_class", Words(np.full(rows, -1), []))
    return replace(
        network,
        length_m=network.length_m.astype(figures["length_m"]),
        speed_kmh=raw.figures["speed_kmh"].astype(figures["speed_kmh"]),
        time_min=raw.figures["time_min"].astype(figures["time_min"]),
        road_class=road_class.mapped(str),
        along=raw.edge_words["access"].truths(lambda value: value == "along"),
        toll=raw.edge_words["toll"].truths(_is_true),
        node_columns=node_columns,
        edge_columns=edge_columns,
        kind=str(mark["kind"]),
        toll_min=toll_min,
        mode=mark["mode"],
        impedance=str(mark["impedance"]),
        access=access,
        provenance=provenance,
    )


def _figure_kind(spec: Any) -> str:
    """Refuse kinds of numbers in which lengths and minutes would be rounded away."""
    if spec not in {"float32", "float64"}:
        msg = f"figures of the kind {spec!r} are not read"
        raise ValueError(msg)
    return str(spec)


def _column(words: Words | None, spec: str, rows: int) -> Column:
    found = Words(np.full(rows, -1, dtype=np.int32), []) if words is None else words
    if spec == "coded":
        return found.mapped(str)
    if spec == "text":
        return np.asarray(np.array([*map(str, found.values), ""], dtype=np.str_)[found.codes])
    kind = np.dtype(spec)
    if kind.kind == "b":
        return found.truths(_is_true)
    if kind.kind in "iu":
        return np.asarray(np.array([*map(int, found.values), 0], dtype=kind)[found.codes])
    if kind.kind == "f":
        return found.figures(float).astype(kind)
    msg = f"columns of {spec!r} are not read"
    raise ValueError(msg)
