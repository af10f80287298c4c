"""A compiled graph as a folder of numpy files that any number of processes map into memory and share.

The folder holds ``graph.json`` and one ``.npy`` file an array. The names of the array files begin with a stamp of their
content, and only ``graph.json``, which is replaced last and in one step, says which stamp is valid. So whoever opens
the folder while it is written anew gets either the old graph or the new one.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import re
import zlib
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.archive.files import replacing_folder
from urbangeo.areas.graph.compiled import FORMAT_VERSION, CompiledGraph, compile_graph, fingerprint
from urbangeo.areas.graph.kernel import LONGEST_MS
from urbangeo.errors import DataIntegrityError, InputError, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from urbangeo.sources.network import Network

HEADER = "graph.json"

_LARGEST_HEADER = 1_000_000
"""Bytes; a true header has a few thousand."""

_STAMP = re.compile(r"[0-9a-f]{16}")

_KINDS: Mapping[str, str] = {
    "state_lon": "<f8",
    "state_lat": "<f8",
    "exits": "|b1",
    "chain_along": "|b1",
    "chain_usable": "|b1",
}
"""Types of the arrays that do not hold int32."""

_ARRAYS = tuple(field.name for field in fields(CompiledGraph) if field.name != "meta")


def save_graph(graph: CompiledGraph, folder: Path | str) -> Path:
    """Write a compiled graph to a folder, whole or not at all.

    Parameters
    ----------
    graph : CompiledGraph
        The graph.
    folder : path-like
        Where it shall stand; made when missing. A graph that stands there is replaced, other files are left alone.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    OutputError
        If it cannot be written. What stood there is untouched.
    """
    target = Path(folder)
    arrays = {name: np.ascontiguousarray(getattr(graph, name)) for name in _ARRAYS}
    about = {
        name: {"shape": list(values.shape), "crc32": zlib.crc32(values.view(np.uint8).data)}
        for name, values in arrays.items()
    }
    body = {"format": "urbangeo compiled graph", "meta": dict(graph.meta), "arrays": about}
    stamp = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
    with replacing_folder(target) as draft:
        for name, values in arrays.items():
            np.save(draft / f"{stamp}.{name}.npy", values.astype(_KINDS.get(name, "<i4"), copy=False))
        # Letters of a stamp come before those of the header: it is moved into place last.
        (draft / HEADER).write_text(json.dumps({"stamp": stamp, **body}, indent=1), encoding="utf-8")
    for path in target.glob("*.npy"):
        old, _, rest = path.name.partition(".")
        if old != stamp and _STAMP.fullmatch(old) and rest.removesuffix(".npy") in _ARRAYS:
            # Whoever has mapped it keeps it; where the system does not allow that it stays.
            try:
                path.unlink()
            except OSError:
                continue
    return target


def open_graph(folder: Path | str, *, network: Network | None = None, verify: bool = False) -> CompiledGraph:
    """Open a compiled graph; its arrays stay on disk until they are used.

    Parameters
    ----------
    folder : path-like
        As :func:`save_graph` wrote it.
    network : Network, optional
        The network it must have been made from.
    verify : bool, default False
        Whether to compare all checksums. Without it types, lengths, and the numbers of what stands elsewhere are
        checked, so that a faulty graph never leads outside its arrays.

    Returns
    -------
    CompiledGraph
        The graph.

    Raises
    ------
    InputError
        If there is no graph, or it was made from another network.
    DataIntegrityError
        If the folder holds something else than was written, or another version of the format.
    """
    path = Path(folder)
    header = _read_header(path)
    try:
        arrays = _map_arrays(path, header)
    except FileNotFoundError:
        # It was replaced between the header and the arrays; now the new one stands there.
        header = _read_header(path)
        try:
            arrays = _map_arrays(path, header)
        except FileNotFoundError as error:
            msg = (
                f"{path} is not whole: {Path(str(error.filename)).name} is missing. Delete the folder and make it anew."
            )
            raise DataIntegrityError(msg) from error
    faults = _range_faults(arrays)
    if verify:
        faults += [
            f"checksum of {name}"
            for name, values in arrays.items()
            if zlib.crc32(values.view(np.uint8).data) != header["arrays"][name]["crc32"]
        ]
    if faults:
        msg = f"{path} is damaged: {listed(faults)}. Delete the folder and make it anew with save_graph."
        raise DataIntegrityError(msg)
    graph = CompiledGraph(**arrays, meta=header["meta"])
    if network is not None and graph.meta["fingerprint"] != fingerprint(network):
        msg = (
            f"{path} was compiled from another network, or from another state of this one. "
            "Use prepare_graph(network, folder), which makes it anew."
        )
        raise InputError(msg)
    return graph


def prepare_graph(network: Network, folder: Path | str) -> CompiledGraph:
    """Open the compiled graph of a network, or make it where there is none, an old one or a damaged one.

    Parameters
    ----------
    network : Network
        The network.
    folder : path-like
        Where the graph stands or shall stand.

    Returns
    -------
    CompiledGraph
        Mapped from the folder.

    Raises
    ------
    OutputError
        If it must be written and cannot.
    SchemaError
        If the network cannot be used.
    """
    try:
        return open_graph(folder, network=network)
    except (InputError, DataIntegrityError):
        save_graph(compile_graph(network), folder)
        return open_graph(folder, network=network)


def _read_header(path: Path) -> dict[str, Any]:
    """Read and check `graph.json`; nothing in it is trusted."""
    place = path / HEADER
    if not place.is_file():
        msg = (
            f"There is no compiled graph in {path}: {HEADER} is missing. Make one with prepare_graph(network, folder)."
        )
        raise InputError(msg)
    try:
        with place.open("rb") as stream:
            text = stream.read(_LARGEST_HEADER + 1)
        header: Any = json.loads(text) if len(text) <= _LARGEST_HEADER else None
    except (OSError, ValueError, RecursionError) as error:
        msg = f"{place} cannot be read: {error}. Delete the folder and make it anew with save_graph."
        raise DataIntegrityError(msg) from error
    if not _is_header(header):
        msg = f"{place} is no header of a compiled graph. Delete the folder and make it anew with save_graph."
        raise DataIntegrityError(msg)
    version = header["meta"]["version"]
    if version != FORMAT_VERSION:
        msg = f"{path} has format version {version!r}; this urbangeo reads {FORMAT_VERSION}. Make it anew."
        raise DataIntegrityError(msg)
    return dict(header)


def _is_header(header: Any) -> bool:
    """Say whether a value has the form of a header."""
    if not isinstance(header, dict) or not {"stamp", "meta", "arrays"} <= header.keys():
        return False
    meta, arrays = header["meta"], header["arrays"]
    return (
        isinstance(header["stamp"], str)
        and _STAMP.fullmatch(header["stamp"]) is not None
        and isinstance(meta, dict)
        and {"version", "fingerprint", "toll_ms"} <= meta.keys()
        and isinstance(arrays, dict)
        and arrays.keys() == set(_ARRAYS)
        and all(
            isinstance(about, dict)
            and isinstance(about.get("crc32"), int)
            and isinstance(about.get("shape"), list)
            and len(about["shape"]) == 1
            and isinstance(about["shape"][0], int)
            for about in arrays.values()
        )
    )


def _map_arrays(path: Path, header: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Map all arrays and check their types and lengths."""
    arrays = {}
    for name in _ARRAYS:
        place = path / f"{header['stamp']}.{name}.npy"
        kind, count = np.dtype(_KINDS.get(name, "<i4")), header["arrays"][name]["shape"][0]
        try:
            found = _mapped(place, kind, count)
        except FileNotFoundError:
            raise
        except (OSError, ValueError, EOFError, SyntaxError) as error:
            msg = f"{place} cannot be read: {error}. Delete the folder and make it anew with save_graph."
            raise DataIntegrityError(msg) from error
        if found.dtype != kind or found.shape != (count,):
            msg = f"{place} does not hold {count} values of {kind}. Delete the folder and make it anew."
            raise DataIntegrityError(msg)
        arrays[name] = found
    return arrays


def _mapped(place: Path, kind: np.dtype[Any], count: int) -> NDArray[Any]:
    """Map one file; what begins as this numpy would begin such an array need not be parsed."""
    beginning = BytesIO()
    np.lib.format.write_array_header_1_0(
        beginning, {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": (count,)}
    )
    expected = beginning.getvalue()
    with place.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        if size == len(expected) + count * kind.itemsize and stream.read(len(expected)) == expected:
            mapped = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
            return np.frombuffer(mapped, dtype=kind, count=count, offset=len(expected))
    # A plain view: compiled loops know no other kind of array.
    return np.asarray(np.load(place, mmap_mode="r", allow_pickle=False))


def _range_faults(arrays: Mapping[str, NDArray[Any]]) -> list[str]:
    """List what would lead outside an array: wrong lengths, numbers of things that do not exist, negative times."""
    states, chains = len(arrays["state_node"]), len(arrays["chain_tail"])
    nodes, segments = len(arrays["node_chain"]), len(arrays["seg_chain"])
    lengths = {
        **dict.fromkeys(("starts", "r_starts", "tail_starts", "head_starts"), states + 1),
        **dict.fromkeys(("state_lon", "state_lat", "exits"), states),
        **dict.fromkeys(("heads", "costs", "r_heads", "r_costs"), len(arrays["heads"])),
        **dict.fromkeys(("chain_head", "chain_fwd_ms", "chain_bwd_ms", "chain_along", "chain_usable"), chains),
        "inner_starts": chains + 1,
        "inner_at_ms": len(arrays["inner_nodes"]),
        **dict.fromkeys(("node_state_free", "node_state_toll", "node_at_ms"), nodes),
        **dict.fromkeys(("seg_from_ms", "seg_to_ms", "seg_lon0", "seg_lat0", "seg_lon1", "seg_lat1"), segments),
    }
    faults = [f"length of {name}" for name, length in lengths.items() if len(arrays[name]) != length]
    bounds = {
        **dict.fromkeys(("heads", "r_heads", "chain_tail", "chain_head"), (0, states - 1)),
        **dict.fromkeys(("node_state_free", "node_state_toll"), (-1, states - 1)),
        **dict.fromkeys(("state_node", "inner_nodes"), (0, nodes - 1)),
        **dict.fromkeys(("seg_chain", "head_chains"), (0, chains - 1)),
        "node_chain": (-1, chains - 1),
        # An arc of less than no time would make a search go round for ever.
        **dict.fromkeys(("costs", "r_costs"), (0, LONGEST_MS)),
        "chain_fwd_ms": (1, LONGEST_MS),
        "chain_bwd_ms": (-1, LONGEST_MS),
    }
    faults += [
        f"range of {name}"
        for name, (low, high) in bounds.items()
        if len(arrays[name]) and not _is_within(arrays[name], low, high)
    ]
    rows = {
        "starts": "heads",
        "r_starts": "r_heads",
        "tail_starts": "chain_tail",
        "head_starts": "head_chains",
        "inner_starts": "inner_nodes",
    }
    for starts, filled in rows.items():
        edges = arrays[starts]
        if not (len(edges) and edges[0] == 0 and edges[-1] == len(arrays[filled]) and (edges[1:] >= edges[:-1]).all()):
            faults.append(f"rows of {starts}")
    return faults


def _is_within(values: NDArray[np.int32], low: int, high: int) -> bool:
    """Say whether all values lie in a range; where it begins at 0 one look at each value is enough."""
    if low == 0:
        # Seen without a sign, a negative number is larger than all others.
        return bool(values.view(np.uint32).max() <= high)
    return bool(low <= values.min() and values.max() <= high)
