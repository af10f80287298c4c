"""A network as a folder of plain arrays: written all or not at all, mapped into memory when opened.

The folder holds ``network.json`` (version, what each file is, checksums, provenance) and one ``.npy`` file an array.
Nothing in it is ever executed: no pickle, no object arrays, no file outside the folder.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from urbangeo.archive.files import replacing_folder
from urbangeo.errors import DataIntegrityError, InputError, OutputError, SchemaError, listed
from urbangeo.sources.local_files import refuse_addresses
from urbangeo.sources.network.columns import Coded, Column
from urbangeo.sources.network.model import AccessLeg, Mode, Network, Shapes, check_arrays

HEADER = "network.json"
FORMAT = "urbangeo network"
VERSION = 1
"""Raised whenever folders of before would be read wrongly."""

MOST_HEADER_BYTES = 50_000_000
MOST_FILES = 1_000

_FILE = re.compile(r"[a-z0-9_]{1,60}\.npy")
_DTYPE = re.compile(r"[<|][biufU][0-9]{1,4}")
_PLAIN = ("node_id", "lon", "lat", "u", "v", "length_m", "speed_kmh", "time_min", "along", "toll")
_SHAPES = ("offsets", "points", "line", "backwards")
_KINDS = {"lon": "f", "lat": "f", "u": "i", "v": "i", "along": "b", "toll": "b"}
_KINDS |= {"length_m": "f", "speed_kmh": "f", "time_min": "f", "node_id": "iuU"}
_SHAPE_TYPES = {"offsets": "<i8", "points": "<i4", "line": "<i4", "backwards": "|b1"}


def save_network(network: Network, folder: Path | str, *, made_of: Mapping[str, Any] | None = None) -> Path:
    """Store a network in a folder, so that it can be opened again at once.

    Parameters
    ----------
    network : Network
        Any network.
    folder : path-like
        Made when missing. If a stored network is there it is replaced; a folder with anything else in it is refused.
    made_of : mapping, optional
        What the network was read from, as JSON values; a cache asks for it.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    OutputError
        If the folder cannot be written, or holds other files; what was there is untouched.
    SchemaError
        If the network is not usable, or holds values that cannot be stored.

    Examples
    --------
    >>> import tempfile
    >>> from urbangeo import read_network
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_network(read_network(), Path(folder) / "roads")
    ...     len(open_network(path).edges)
    2660
    """
    check_arrays(network)
    target = refuse_addresses(folder)
    old = _files_to_replace(target)
    arrays, header = _described(network)
    header["made_of"] = dict(made_of or {})
    with replacing_folder(target) as draft:
        listing = {}
        for name, array in arrays.items():
            with (draft / name).open("wb") as stream:
                np.lib.format.write_array(stream, array, version=(1, 0), allow_pickle=False)
            size, checksum = _measured(draft / name)
            listing[name] = {"dtype": array.dtype.str, "shape": list(array.shape), "bytes": size, "crc32": checksum}
        header["files"] = listing
        try:
            text = json.dumps(header, ensure_ascii=False, allow_nan=False)
        except (TypeError, ValueError) as error:
            msg = f"The provenance of this network holds a value that is no JSON ({error}); expected text and figures."
            raise SchemaError(msg) from error
        sealed = json.dumps({"crc32": zlib.crc32(text.encode()), "header": text}, ensure_ascii=False)
        (draft / HEADER).write_bytes(sealed.encode())
    # Columns the network before had and this one has not; until here the folder still opened as one or the other.
    for name in old - set(arrays):
        (target / name).unlink(missing_ok=True)
    return target


def open_network(folder: Path | str, *, verify: bool = True) -> Network:
    """Open a stored network; its arrays stay on the disk until they are used.

    Parameters
    ----------
    folder : path-like
        A folder as :func:`save_network` writes it.
    verify : bool, default True
        Whether all bytes are compared with their checksums. Without it only names, types and sizes are.

    Returns
    -------
    Network
        The network as it was stored; its arrays cannot be written to.

    Raises
    ------
    InputError
        If there is no stored network, or one of another version.
    DataIntegrityError
        If a file is missing, cut short, altered or too many, or the header does not fit the files.
    """
    return _opened(Path(refuse_addresses(folder)), verify=verify)[0]


def stored_origin(folder: Path | str) -> dict[str, Any]:
    """Tell what a stored network was read from.

    Parameters
    ----------
    folder : path-like
        A folder as :func:`save_network` writes it.

    Returns
    -------
    dict
        What ``made_of`` was.

    Raises
    ------
    InputError
        If there is no stored network, or one of another version.
    DataIntegrityError
        If the header was altered.
    """
    made_of = _header(Path(refuse_addresses(folder)))["made_of"]
    return dict(made_of) if isinstance(made_of, dict) else {}


# --- writing --------------------------------------------------------------------------------------------------------


def _files_to_replace(target: Path) -> set[str]:
    """Return the array files of the network that stands there."""
    if not target.is_dir():
        return set()
    found = {path.name for path in target.iterdir()}
    if not found:
        return set()
    strange = sorted(name for name in found if name != HEADER and not _FILE.fullmatch(name))
    if strange or HEADER not in found:
        msg = (
            f"{target} holds other files ({listed(strange or sorted(found))}); a network is stored only in a folder of "
            "its own. Choose a new folder."
        )
        raise OutputError(msg)
    return found - {HEADER}


def _described(network: Network) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Return the arrays by file name, and the header without their list."""
    arrays: dict[str, NDArray[Any]] = {}

    def put(name: str, array: Any) -> str:
        plain = np.ascontiguousarray(array)
        if plain.dtype.byteorder == ">":
            plain = plain.astype(plain.dtype.newbyteorder("<"))
        if not _DTYPE.fullmatch(plain.dtype.str):
            msg = f"{name} has values of type {plain.dtype}; only numbers, truths and texts are stored."
            raise SchemaError(msg)
        arrays[f"{name}.npy"] = plain
        return f"{name}.npy"

    def put_column(name: str, column: Column) -> dict[str, str]:
        if not isinstance(column, Coded):
            return {"plain": put(name, column)}
        texts = [value.encode() for value in column.values]
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        return {
            "codes": put(f"{name}_codes", column.codes),
            "texts": put(f"{name}_texts", np.frombuffer(b"".join(texts), dtype=np.uint8)),
            "ends": put(f"{name}_ends", ends),
        }

    header: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "kind": network.kind,
        "toll_min": network.toll_min,
        "mode": network.mode,
        "impedance": network.impedance,
        "access": [network.access.speed_kmh, network.access.circuity, network.access.max_m],
        "provenance": dict(network.provenance),
        "arrays": {name: put(name, getattr(network, name)) for name in _PLAIN},
        "road_class": put_column("road_class", network.road_class),
        "node_columns": [
            {"name": name, **put_column(f"node_column_{place}", column)}
            for place, (name, column) in enumerate(network.node_columns.items())
        ],
        "edge_columns": [
            {"name": name, **put_column(f"edge_column_{place}", column)}
            for place, (name, column) in enumerate(network.edge_columns.items())
        ],
        "shapes": None
        if network.shapes is None
        else {name: put(f"shapes_{name}", getattr(network.shapes, name)) for name in _SHAPES},
    }
    return arrays, header


def _measured(file: Path) -> tuple[int, int]:
    data = np.memmap(file, dtype=np.uint8, mode="r")
    return len(data), _crc32(data)


def _crc32(data: Any) -> int:
    return zlib.crc32(data)


# --- reading --------------------------------------------------------------------------------------------------------


def _header(folder: Path) -> dict[str, Any]:
    """Return the header of a stored network, unaltered and of this version."""
    file = folder / HEADER
    if not file.is_file():
        msg = f"{folder} is no stored network: it has no {HEADER}. Expected a folder that save_network wrote."
        raise InputError(msg)
    if file.stat().st_size > MOST_HEADER_BYTES:
        raise _altered(folder, f"{HEADER} has more than {MOST_HEADER_BYTES / 1e6:g} MB")
    try:
        sealed = json.loads(file.read_bytes())
        text, checksum = sealed["header"], sealed["crc32"]
        if zlib.crc32(text.encode()) != checksum:
            raise _altered(folder, f"{HEADER} does not have the checksum it names")
        header = json.loads(text)
        said, version = header["format"], header["version"]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _altered(folder, f"{HEADER} cannot be read ({type(error).__name__})") from error
    if said != FORMAT or version != VERSION:
        msg = (
            f"{folder} holds {said!r} of version {version!r}; this program reads version {VERSION} of {FORMAT!r}. "
            "Read the roads from their source again."
        )
        raise InputError(msg)
    return dict(header)


def _altered(folder: Path, what: str) -> DataIntegrityError:
    return DataIntegrityError(
        f"The stored network in {folder} is not as it was written: {what}. Delete the folder and read the roads again."
    )


@dataclass(frozen=True)
class _Store:
    """The files of one folder, each looked at before it is used."""

    folder: Path
    files: Mapping[str, Any]
    verify: bool

    def check_names(self) -> None:
        """Refuse names that lead elsewhere, and files too few or too many."""
        strange = [name for name in self.files if not _FILE.fullmatch(name)]
        if strange or len(self.files) > MOST_FILES:
            raise _altered(self.folder, f"{HEADER} names files that cannot be ({listed(map(repr, strange))})")
        present = {path.name for path in self.folder.iterdir()} - {HEADER}
        missing, more = sorted(set(self.files) - present), sorted(present - set(self.files))
        if missing:
            raise _altered(self.folder, f"{listed(missing)} is missing")
        if more:
            raise _altered(self.folder, f"{listed(more)} does not belong to it")

    def array(self, name: str, *, kinds: str, ndim: int = 1) -> NDArray[Any]:
        """Map one array, of a kind and number of dimensions that are allowed."""
        if name not in self.files:
            raise _altered(self.folder, f"{HEADER} uses {name!r} and does not list it")
        said, file = self.files[name], self.folder / name
        dtype, shape, size, checksum = (said[part] for part in ("dtype", "shape", "bytes", "crc32"))
        if not (isinstance(dtype, str) and _DTYPE.fullmatch(dtype) and dtype[1] in kinds):
            raise _altered(self.folder, f"{name} is said to be of type {dtype!r}")
        sizes_fit = isinstance(shape, list) and all(type(length) is int and length >= 0 for length in shape)
        if not sizes_fit or len(shape) != ndim:
            raise _altered(self.folder, f"{name} is said to have the shape {shape!r}")
        if file.is_symlink() or not file.is_file() or file.stat().st_size != size:
            found = file.stat().st_size if file.is_file() else 0
            raise _altered(self.folder, f"{name} has {found:,} bytes and not {size:,}")
        try:
            with file.open("rb") as stream:
                if np.lib.format.read_magic(stream) != (1, 0):
                    raise _altered(self.folder, f"{name} is an array of another version")
                true_shape, fortran, true_dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=4_096)
                start = stream.tell()
        except ValueError as error:
            raise _altered(self.folder, f"{name} is no array file") from error
        count = 1
        for length in shape:
            count *= length
        if true_dtype.str != dtype or list(true_shape) != shape or fortran or true_dtype.hasobject:
            raise _altered(self.folder, f"{name} holds {true_dtype.str} {true_shape}, not {dtype} {tuple(shape)}")
        if start + count * true_dtype.itemsize != size:
            raise _altered(self.folder, f"{name} is too short or too long for its shape {tuple(shape)}")
        whole = np.asarray(np.memmap(file, dtype=np.uint8, mode="r"))
        if self.verify and _crc32(whole) != checksum:
            raise _altered(self.folder, f"{name} does not have the checksum it was written with")
        return whole[start:].view(true_dtype).reshape(shape)

    def column(self, said: Mapping[str, str]) -> Column:
        """Return a column of either kind."""
        if "plain" in said:
            return self.array(said["plain"], kinds="biufU")
        codes = self.array(said["codes"], kinds="i")
        ends = self.array(said["ends"], kinds="i")
        texts = self.array(said["texts"], kinds="u").tobytes()
        if np.any(np.diff(ends, prepend=0) < 0) or (len(ends) and ends[-1] != len(texts)):
            raise _altered(self.folder, f"the texts of {said['codes']} do not fit their ends")
        if len(codes) and self.verify and (codes.min() < -1 or codes.max() >= len(ends)):
            raise _altered(self.folder, f"{said['codes']} names texts that are not there")
        return Coded(codes, tuple(texts[a:b].decode() for a, b in pairwise([0, *ends.tolist()])))


def _opened(folder: Path, *, verify: bool) -> tuple[Network, dict[str, Any]]:
    header = _header(folder)
    try:
        store = _Store(folder, dict(header["files"]), verify)
        store.check_names()
        network = _network(store, header)
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, OSError, ValueError) as error:
        raise _altered(folder, f"{HEADER} does not describe a network ({type(error).__name__}: {error})") from error
    _check_sizes(network, folder)
    if verify:
        try:
            check_arrays(network)
        except SchemaError as error:
            raise _altered(folder, str(error)) from error
        _check_shapes(network, folder)
    return network, header


def _network(store: _Store, header: Mapping[str, Any]) -> Network:
    plain = {name: store.array(header["arrays"][name], kinds=_KINDS[name]) for name in _PLAIN}
    road_class = store.column(header["road_class"])
    if not isinstance(road_class, Coded) or header["mode"] not in get_args(Mode):
        raise _altered(store.folder, "its road_class or mode is none")
    shapes = None
    if header["shapes"] is not None:
        parts = {
            name: store.array(header["shapes"][name], kinds=_SHAPE_TYPES[name][1], ndim=2 if name == "points" else 1)
            for name in _SHAPES
        }
        wrong = [name for name, part in parts.items() if part.dtype.str != _SHAPE_TYPES[name]]
        if wrong or parts["points"].shape[1] != 2:
            raise _altered(store.folder, f"its shapes are of another type ({listed(wrong or ['points'])})")
        shapes = Shapes(**parts)
    return Network(
        **plain,
        road_class=road_class,
        node_columns={said["name"]: store.column(said) for said in header["node_columns"]},
        edge_columns={said["name"]: store.column(said) for said in header["edge_columns"]},
        shapes=shapes,
        kind=str(header["kind"]),
        toll_min=float(header["toll_min"]),
        mode=header["mode"],
        impedance=str(header["impedance"]),
        access=AccessLeg(*header["access"]),
        provenance=dict(header["provenance"]),
    )


def _check_sizes(network: Network, folder: Path) -> None:
    """Refuse arrays of unequal length, whether or not their bytes are verified."""
    nodes, edges = len(network.node_id), len(network.u)
    columns: list[tuple[str, int, int]] = [(name, len(getattr(network, name)), nodes) for name in ("lon", "lat")]
    columns += [
        (name, len(getattr(network, name)), edges)
        for name in ("v", "length_m", "speed_kmh", "time_min", "road_class", "along", "toll")
    ]
    columns += [(name, len(column), nodes) for name, column in network.node_columns.items()]
    columns += [(name, len(column), edges) for name, column in network.edge_columns.items()]
    if network.shapes is not None:
        columns += [(f"shapes {name}", len(getattr(network.shapes, name)), edges) for name in ("line", "backwards")]
    wrong = [f"{name} has {found} values for {wanted} rows" for name, found, wanted in columns if found != wanted]
    if wrong:
        raise _altered(folder, listed(wrong))


def _check_shapes(network: Network, folder: Path) -> None:
    shapes = network.shapes
    if shapes is None:
        return
    offsets = shapes.offsets
    fits = (
        len(offsets) > 0
        and offsets[0] == 0
        and offsets[-1] == len(shapes.points)
        and bool(np.all(np.diff(offsets) > 1))
    )
    if not fits or shapes.line.min(initial=-1) < -1 or shapes.line.max(initial=-1) >= len(offsets) - 1:
        raise _altered(folder, "its lines do not fit their points")
