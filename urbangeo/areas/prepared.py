"""A network made ready once for any number of questions, in memory or in a folder that processes share.

The folder holds ``prepared.json``, the names of nodes and seats (``.npy``), the compiled graph (``graph/``) and one
folder of links for each grid asked for (``links-…/``). ``prepared.json`` is written last; a folder whose parts do not
belong together is made anew by :func:`prepare_network` and refused by :func:`open_prepared`.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from urbangeo.archive.files import replacing_folder, write_atomic
from urbangeo.areas.graph.compiled import CompiledGraph, compile_graph
from urbangeo.areas.graph.folder import open_graph, prepare_graph
from urbangeo.areas.ground.links import LinkTable, build_links, link_grid, open_links, save_links
from urbangeo.areas.ground.shores import degrees_of, land_in, land_name
from urbangeo.errors import DataIntegrityError, InputError, SchemaError
from urbangeo.language.crs import CGCS2000
from urbangeo.sources.network import AccessLeg, Network
from urbangeo.sources.network.columns import Coded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from urbangeo.areas.ground.shores import Land

FORMAT_VERSION = 1
"""Changes with the meaning of any file; a folder of another version is made anew."""

HEADER = "prepared.json"

_LARGEST_HEADER = 1_000_000
_STAMP = re.compile(r"[0-9a-f]{16}")
_LINKS_KEPT = 4
"""Tables of links kept in memory; a province at 250 m takes 40 MB."""


@dataclass(frozen=True, eq=False)
class PreparedNetwork:
    """A network ready for questions; safe to share between threads.

    Make one with :func:`prepare_network`, or open one with :func:`open_prepared`.

    Attributes
    ----------
    graph : CompiledGraph
        Junctions, roads and times.
    node_id : numpy.ndarray, shape (nodes,)
        Identity of each node.
    seat_adcode : numpy.ndarray of str, shape (seats,)
        Counties whose seat is a node of the network; empty where there are none.
    seat_node : numpy.ndarray of int32, shape (seats,)
        Rows of these nodes.
    seat_lon, seat_lat : numpy.ndarray of float64, shape (seats,)
        Where they lie, degrees.
    meta : mapping
        ``kind``, ``mode``, ``impedance``, ``is_skeleton``, ``access`` and ``fingerprint`` of the network. JSON values.
    folder : pathlib.Path, optional
        Where it stands on disk.
    network : Network, optional
        What it was made from, where that is at hand; questions about single roads need it.
    """

    graph: CompiledGraph
    node_id: NDArray[Any]
    seat_adcode: NDArray[np.str_]
    seat_node: NDArray[np.int32]
    seat_lon: NDArray[np.float64]
    seat_lat: NDArray[np.float64]
    meta: Mapping[str, Any]
    folder: Path | None = None
    network: Network | None = None
    _kept: dict[str, Any] = field(default_factory=dict, repr=False)
    _lock: Any = field(default_factory=threading.RLock, repr=False)

    @property
    def access(self) -> AccessLeg:
        """The access leg that suits the network."""
        return AccessLeg(**self.meta["access"])

    @property
    def kind(self) -> str:
        """Where the network came from."""
        return str(self.meta["kind"])

    @property
    def mode(self) -> str:
        """Means of travel."""
        return str(self.meta["mode"])

    def links(self, cell_m: float, access: AccessLeg | None = None, land: Land = None) -> LinkTable:
        """Return the nearest road of every cell of a grid, made at the first call and kept.

        Parameters
        ----------
        cell_m : float
            Cell size, metres.
        access : AccessLeg, optional
            Its largest length counts; by default the network's own.
        land : geopandas.GeoSeries, "everywhere" or None
            As in :func:`urbangeo.isochrones`.

        Returns
        -------
        LinkTable
            The table; on disk where the network has a folder.

        Raises
        ------
        InputError
            If the grid does not fit in memory (the message names a cell that fits), or values are out of range.
        """
        leg = access or self.access
        name = f"links-{cell_m:g}-{leg.max_m:g}-{land_name(land)}"
        with self._lock:
            kept = self._kept.setdefault("links", {})
            if name not in kept:
                while len(kept) >= _LINKS_KEPT:
                    del kept[next(iter(kept))]
                kept[name] = self._links(name, cell_m, leg, land)
            table: LinkTable = kept[name]
            return table

    def _links(self, name: str, cell_m: float, access: AccessLeg, land: Land) -> LinkTable:
        if self.folder is not None:
            try:
                return open_links(self.folder / name, graph=self.graph, verify=False)
            except (InputError, DataIntegrityError):
                # None there, an old one or a damaged one: it is made anew.
                pass
        crs, grid = link_grid(self.graph, cell_m=cell_m, max_m=access.max_m)
        south, east = grid.north - grid.shape[0] * cell_m, grid.west + grid.shape[1] * cell_m
        ground = land_in(land, crs, (grid.west, south, east, grid.north))
        made = build_links(self.graph, access=access, grid=grid, crs=crs, land=ground)
        if self.folder is None:
            return made
        save_links(made, self.folder / name)
        return open_links(self.folder / name, graph=self.graph, verify=False)

    def shore(self, links: LinkTable, land: Land) -> Any:
        """Return the land of a grid as one polygon in degrees, made at the first call and kept.

        Parameters
        ----------
        links : LinkTable
            The grid.
        land : geopandas.GeoSeries, "everywhere" or None
            The land its table was made with.

        Returns
        -------
        shapely.Geometry or None
            EPSG:4490; None where no water is known.
        """
        import shapely

        name = (land_name(land), links.crs, links.west, links.north, links.cell_m, links.chain.shape)
        with self._lock:
            kept = self._kept.setdefault("shores", {})
            if name not in kept:
                grid = links.grid
                south, east = grid.north - grid.shape[0] * grid.cell_m, grid.west + grid.shape[1] * grid.cell_m
                bounds = (grid.west, south, east, grid.north)
                ground = land_in(land, links.crs, bounds)
                if ground is not None:
                    near = ground.to_crs(CGCS2000).clip_by_rect(*degrees_of(links.crs, bounds))
                    kept[name] = shapely.union_all(near.to_numpy())
                    shapely.prepare(kept[name])
                else:
                    kept[name] = None
            return kept[name]


_PREPARED: WeakKeyDictionary[Network, PreparedNetwork] = WeakKeyDictionary()
_MAKING = threading.Lock()


def prepare_network(
    network: Network,
    folder: Path | str | None = None,
    *,
    cell_m: float | None = None,
    access: AccessLeg | None = None,
    land: Land = None,
) -> PreparedNetwork:
    """Make a network ready for any number of questions.

    Without a folder this happens by itself when a network is first asked; with one, other processes and later sessions
    open the same files in milliseconds (:func:`open_prepared`). A folder that belongs to another state of the network,
    or is damaged, is made anew; a whole one is only opened.

    Parameters
    ----------
    network : Network
        Any network.
    folder : path-like, optional
        Where to keep it.
    cell_m : float, optional
        Make the links of a grid of this cell size, metres, at once; by default they are made when first needed.
    access : AccessLeg, optional
        The access leg these links shall serve; by default the network's own.
    land : geopandas.GeoSeries, "everywhere" or None
        The land these links shall know, as in :func:`urbangeo.isochrones`.

    Returns
    -------
    PreparedNetwork
        To be given to :func:`urbangeo.isochrones` and others in place of the network.

    Raises
    ------
    InputError
        If the network has no edges, a time is no usable number, or the grid does not fit in memory.
    SchemaError
        If nodes and edges do not make a usable network.
    OutputError
        If the folder cannot be written.

    Examples
    --------
    >>> import urbangeo as ug
    >>> ready = ug.prepare_network(ug.read_network(), "skeleton.ready")  # doctest: +SKIP
    >>> ug.isochrones(ready, "济南", cutoffs=[60])  # doctest: +SKIP
    """
    if folder is None:
        made = _made_from(network, compile_graph(network), kept=network)
    else:
        made = _in_folder(network, Path(folder))
    if cell_m is not None:
        made.links(cell_m, access, land)
    return made


def open_prepared(folder: Path | str) -> PreparedNetwork:
    """Open a prepared network; arrays stay on disk until they are used, and processes share them.

    Parameters
    ----------
    folder : path-like
        As :func:`prepare_network` wrote it.

    Returns
    -------
    PreparedNetwork
        The network, without the frames it was made from.

    Raises
    ------
    InputError
        If there is no prepared network, or one of another version.
    DataIntegrityError
        If its files are damaged or do not belong together.
    """
    room = Path(folder)
    header = _read_header(room)
    graph = open_graph(room / "graph")
    if graph.meta["fingerprint"] != header["graph"]:
        msg = f"{room} is being made anew or was left half-way; run prepare_network(network, folder) again."
        raise DataIntegrityError(msg)
    arrays = {}
    for name in ("node_id", "seat_adcode", "seat_node", "seat_lon", "seat_lat"):
        path = room / f"{header['stamp']}.{name}.npy"
        try:
            arrays[name] = np.load(path, mmap_mode="r" if name == "node_id" else None, allow_pickle=False)
        except (OSError, ValueError) as error:
            msg = f"{path} cannot be read as an array; run prepare_network(network, folder) again."
            raise DataIntegrityError(msg) from error
    seats = {len(arrays[name]) for name in arrays if name != "node_id"}
    rows = arrays["seat_node"]
    known = len(rows) == 0 or 0 <= rows.min() <= rows.max() < graph.nodes
    if len(arrays["node_id"]) != graph.nodes or len(seats) != 1 or not known:
        msg = f"The files in {room} do not fit together; run prepare_network(network, folder) again."
        raise DataIntegrityError(msg)
    return PreparedNetwork(graph=graph, meta=graph.meta, folder=room, **arrays)


def prepared(network: Network | PreparedNetwork) -> PreparedNetwork:
    """Return a network made ready; a plain one is compiled at the first question and kept as long as it lives.

    Parameters
    ----------
    network : Network or PreparedNetwork
        Either.

    Returns
    -------
    PreparedNetwork
        Ready for questions.

    Raises
    ------
    InputError
        If it is neither.
    """
    given: Any = network
    if isinstance(given, PreparedNetwork):
        return given
    if not isinstance(given, Network):
        msg = f"network={type(given).__name__}: expected a Network (read_network) or a PreparedNetwork."
        raise InputError(msg)
    with _MAKING:
        found = _PREPARED.get(given)
        if found is None:
            # Without a reference to the network, or it would never be let go.
            found = _PREPARED[given] = _made_from(given, compile_graph(given), kept=None)
    return found


def require_network(network: Network | PreparedNetwork, what: str) -> Network:
    """Return the network itself for questions that need its single roads.

    Parameters
    ----------
    network : Network or PreparedNetwork
        Either.
    what : str
        What is asked, for the message.

    Returns
    -------
    Network
        The network.

    Raises
    ------
    InputError
        If a prepared network was opened from a folder, which does not hold single roads.
    """
    found = network.network if isinstance(network, PreparedNetwork) else network
    if found is None:
        msg = f"{what} needs the roads themselves, which a folder does not keep; give the Network instead."
        raise InputError(msg)
    return found


def _made_from(network: Network, graph: CompiledGraph, *, kept: Network | None) -> PreparedNetwork:
    seats: dict[str, Any] = dict(_seats_of(network))
    return PreparedNetwork(graph=graph, node_id=network.node_id, meta=graph.meta, network=kept, **seats)


def _seats_of(network: Network) -> dict[str, NDArray[Any]]:
    """List the seats by their county; rows without an adcode are none."""
    kind, adcode = network.node_columns.get("kind"), network.node_columns.get("adcode")
    rows = np.empty(0, dtype=np.int32)
    codes = np.empty(0, dtype="<U6")
    if isinstance(kind, Coded) and adcode is not None:
        seats = np.flatnonzero(kind.is_in(["seat"]))
        texts = adcode.take(seats).texts() if isinstance(adcode, Coded) else np.asarray(adcode, dtype=object)[seats]
        known = np.array([isinstance(text, str) and text != "" for text in texts], dtype=bool)
        codes, rows = np.array(texts[known].tolist(), dtype=np.str_), seats[known].astype(np.int32)
        order = np.argsort(codes, kind="stable")
        codes, rows = codes[order], rows[order]
    return {
        "seat_adcode": codes,
        "seat_node": rows,
        "seat_lon": network.lon[rows],
        "seat_lat": network.lat[rows],
    }


def require_seats(ready: PreparedNetwork) -> None:
    """Raise unless a network has one node of kind "seat" for each county.

    Parameters
    ----------
    ready : PreparedNetwork
        The network.

    Raises
    ------
    SchemaError
        If it has none, or two for one county.
    """
    codes = ready.seat_adcode
    if len(codes) == 0 or len(np.unique(codes)) < len(codes):
        found = f"{len(codes)} of them" if len(codes) else "none"
        msg = f"A network with one node of kind 'seat' and an adcode for each county is needed; this one has {found}."
        raise SchemaError(msg)


def _in_folder(network: Network, room: Path) -> PreparedNetwork:
    arrays: dict[str, NDArray[Any]] = {"node_id": network.node_id, **_seats_of(network)}
    graph = prepare_graph(network, room / "graph")
    digest = hashlib.sha256(f"{FORMAT_VERSION} {graph.meta['fingerprint']}".encode())
    for name, values in arrays.items():
        digest.update(f"{name} {values.dtype.str} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values).tobytes())
    stamp = digest.hexdigest()[:16]
    try:
        header = _read_header(room)
        if header["stamp"] != stamp:
            msg = "old"
            raise DataIntegrityError(msg)
        found = open_prepared(room)
    except (InputError, DataIntegrityError):
        with replacing_folder(room) as draft:
            for name, values in arrays.items():
                np.save(draft / f"{stamp}.{name}.npy", values)
        body = {"format": FORMAT_VERSION, "stamp": stamp, "graph": graph.meta["fingerprint"]}
        write_atomic(room / HEADER, json.dumps(body, indent=1, sort_keys=True) + "\n")
        _forget_old(room, stamp)
        found = open_prepared(room)
    return replace(found, network=network)


def _forget_old(room: Path, stamp: str) -> None:
    """Take away the arrays of an earlier state; whoever has mapped them keeps them."""
    for path in room.glob("*.npy"):
        if not path.name.startswith(f"{stamp}."):
            try:
                path.unlink()
            except OSError:
                continue


def _read_header(room: Path) -> dict[str, Any]:
    """Read and check `prepared.json`; nothing in it is trusted."""
    place = room / HEADER
    try:
        if place.stat().st_size > _LARGEST_HEADER:
            raise ValueError
        header = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        msg = f"{room} holds no prepared network (no {HEADER}); make one with prepare_network(network, folder)."
        raise InputError(msg) from error
    except (OSError, ValueError) as error:
        msg = f"{place} cannot be read as JSON; run prepare_network(network, folder) again."
        raise DataIntegrityError(msg) from error
    if not isinstance(header, dict) or header.get("format") != FORMAT_VERSION:
        found = header.get("format") if isinstance(header, dict) else type(header).__name__
        msg = f"{room} is of format {found}, expected {FORMAT_VERSION}; run prepare_network(network, folder) again."
        raise InputError(msg)
    stamp = header.get("stamp")
    if not isinstance(stamp, str) or not _STAMP.fullmatch(stamp) or not isinstance(header.get("graph"), str):
        msg = f"{place} is damaged; run prepare_network(network, folder) again."
        raise DataIntegrityError(msg)
    return header
