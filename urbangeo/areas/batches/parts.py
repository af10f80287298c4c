"""A block of origins and the file that holds its areas: written by whoever computes it, trusted by nobody unread.

A part says in its own metadata which question and which block it answers, and carries a checksum over that and all its
values, so that a foreign, damaged or half-written file is known for what it is, whatever its name.
"""

from __future__ import annotations

import hashlib
import io
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from urbangeo.archive.files import atomic_path
from urbangeo.areas.ground.shores import land_name
from urbangeo.areas.isochrones import isochrones
from urbangeo.areas.prepared import PreparedNetwork, open_prepared
from urbangeo.areas.snapping import snap
from urbangeo.errors import DataIntegrityError, InputError, SnapError
from urbangeo.language.crs import CGCS2000
from urbangeo.sources.network import AccessLeg
from urbangeo.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

    from urbangeo.areas.graph.search import Direction
    from urbangeo.areas.ground.shores import Land
    from urbangeo.areas.isochrones import Method

FORMAT_VERSION = 2
"""Changes with the meaning of anything in the folder; a folder of another version is not gone on with."""

LAND, PARTS = "land.parquet", "parts"

COLUMNS: Mapping[str, str] = {
    "origin_id": "str",
    "cutoff_min": "float64",
    "network": "str",
    "origin_name": "str",
    "direction": "str",
    "mode": "str",
    "network_kind": "str",
    "access_speed_kmh": "float64",
    "access_circuity": "float64",
    "access_max_m": "float64",
    "surface_method": "str",
    "cell_m": "float64",
    "snap_m": "float64",
    "area_km2": "float64",
    "geometry": "geometry",
}
"""Columns of every part, also of one whose origins all failed: readers of many files take the first for all."""

_OUR_KEY = b"urbangeo"
_DESCRIBING = (b"geo", b"pandas")
_NETWORKS_OPEN = 4


@dataclass(frozen=True)
class Block:
    """Some origins that lie together, all of one network.

    Attributes
    ----------
    number : int
        Its place in the request, and the number of its part.
    network : str
        Key of the network.
    ids, names : tuple of str
        Origins.
    points : tuple of bytes
        Where they lie, WKB, degrees.
    """

    number: int
    network: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    points: tuple[bytes, ...]

    @property
    def digest(self) -> str:
        """Checksum of what is asked in this block."""
        asked = [self.network, list(self.ids), list(self.names), [point.hex() for point in self.points]]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


@dataclass(frozen=True)
class Question:
    """What is asked of every origin of a network; it travels with each block, so it holds no arrays.

    Attributes
    ----------
    out, plan, version : str
        Folder of the answer, checksum of everything that was asked, and version of urbangeo.
    network, fingerprint : str
        Folder of the prepared network, and which state of it is meant.
    cutoffs, direction, access, cell_m, method
        As in :func:`urbangeo.isochrones`; access as speed, circuity and largest length.
    land : "everywhere" or None
        As in :func:`urbangeo.isochrones`, unless
    own_land : str, optional
        polygons were given: they stand in the folder, and this is their name.
    strict : bool
        Whether an origin without a road stops the run.
    """

    out: str
    plan: str
    version: str
    network: str
    fingerprint: str
    cutoffs: tuple[float, ...]
    direction: Direction
    access: tuple[float, float, float]
    cell_m: float | None
    land: Literal["everywhere"] | None
    own_land: str | None
    method: Method
    strict: bool


@dataclass(frozen=True)
class Made:
    """What comes back for a block: what was written, and which origins failed (identity, name, reason); no shapes.

    Attributes
    ----------
    number, rows, nbytes, seal, failed
        The block, rows and bytes of its part, its checksum, and origins without areas.
    """

    number: int
    rows: int
    nbytes: int
    seal: str
    failed: tuple[tuple[str, str, str], ...]


_OPENED: dict[tuple[str, str], PreparedNetwork] = {}
_LANDS: dict[tuple[str, str], gpd.GeoSeries] = {}
_OPENING = threading.Lock()


def _network_of(question: Question) -> PreparedNetwork:
    """Open a network, once in a process."""
    name = question.network, question.fingerprint
    with _OPENING:
        if name not in _OPENED:
            ready = open_prepared(question.network)
            if ready.meta["fingerprint"] != question.fingerprint:
                msg = f"{question.network} was made anew since the run began; start it again in another folder."
                raise DataIntegrityError(msg)
            while len(_OPENED) >= _NETWORKS_OPEN:
                del _OPENED[next(iter(_OPENED))]
            _OPENED[name] = ready
        return _OPENED[name]


def _land_of(question: Question) -> Land:
    return question.land if question.own_land is None else land_in_folder(question.out, question.own_land)


def land_in_folder(folder: str, name: str) -> gpd.GeoSeries:
    """Read the land that was given, once in a process.

    Parameters
    ----------
    folder : str
        Folder of the batches.
    name : str
        What :func:`urbangeo.areas.ground.shores.land_name` calls it.

    Returns
    -------
    geopandas.GeoSeries
        The land.

    Raises
    ------
    DataIntegrityError
        If it is not there any more.
    """
    import geopandas as gpd

    path = Path(folder) / LAND
    with _OPENING:
        if (folder, name) not in _LANDS:
            try:
                frame = gpd.read_parquet(path)
                # Files tell a CRS in another way than it was given; its name is part of the land's.
                land = frame.geometry.set_crs(frame["crs"].iloc[0], allow_override=True)
            except Exception as error:
                msg = f"{path} is missing or damaged; run isochrone_batches again with the same arguments."
                raise DataIntegrityError(msg) from error
            if land_name(land) != name:
                msg = f"{path} is not the land that was given; run isochrone_batches again with the same arguments."
                raise DataIntegrityError(msg)
            _LANDS.clear()
            _LANDS[folder, name] = land
        return _LANDS[folder, name]


def compute_block(question: Question, block: Block) -> Made:
    """Compute one block and write its part; what a worker is asked to do.

    Parameters
    ----------
    question : Question
        What is asked.
    block : Block
        Of whom.

    Returns
    -------
    Made
        What was written; no shapes.

    Raises
    ------
    SnapError
        If origins shall not fail and one does.
    DataIntegrityError
        If the network is not the one that was asked, or something else came out than was asked for.
    InputError
        If another version of urbangeo runs here.
    """
    import geopandas as gpd
    import pandas as pd
    import shapely

    if question.version != __version__:
        msg = f"A worker runs urbangeo {__version__}, the leader {question.version}; install the same on all."
        raise InputError(msg)
    ready, leg = _network_of(question), AccessLeg(*question.access)
    places: Any = shapely.from_wkb(list(block.points))
    failed, good = [], []
    for row, label in enumerate(block.ids):
        try:
            snap(ready.graph, [places[row]], access=leg, labels=[label])
        except SnapError as error:
            failed.append((label, block.names[row], str(error)))
        else:
            good.append(row)
    if failed and question.strict:
        raise SnapError(too_far(failed))
    if not good:
        return _write_part(question, block, empty_part(), tuple(failed))
    origins = gpd.GeoDataFrame(
        {"name": pd.Series([block.names[row] for row in good], dtype="str")},
        geometry=[places[row] for row in good],
        crs=CGCS2000,
    ).set_index(pd.Index([block.ids[row] for row in good], name="origin_id"))
    frame = _areas(question, block, ready, origins)
    return _write_part(question, block, frame, tuple(failed))


def too_far(failed: Sequence[tuple[str, str, str]]) -> str:
    """Say which origins cannot be brought to a road, and what else one may do.

    Parameters
    ----------
    failed : sequence of (str, str, str)
        Identity, name and reason of each.

    Returns
    -------
    str
        The message.
    """
    told = " ".join(reason for _, _, reason in failed[:3])
    more = f" And {len(failed) - 3} more of this block." if len(failed) > 3 else ""
    return f"{told}{more} With errors='collect' such origins are listed and the others computed."


def _areas(question: Question, block: Block, ready: PreparedNetwork, origins: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Compute the areas, and make sure that they are those that were asked for."""
    frame = isochrones(
        ready,
        origins,
        cutoffs=question.cutoffs,
        direction=question.direction,
        access=AccessLeg(*question.access),
        cell_m=question.cell_m,
        land=_land_of(question),
        method=question.method,
    ).reset_index()
    frame["network"] = block.network
    pairs = [(label, cutoff) for label in origins.index for cutoff in question.cutoffs]
    if sorted(zip(frame["origin_id"], frame["cutoff_min"], strict=True)) != sorted(pairs) or set(frame) != set(COLUMNS):
        msg = f"Block {block.number} came out with other origins, cutoffs or columns than were asked for."
        raise DataIntegrityError(msg)
    plain = {name: kind for name, kind in COLUMNS.items() if kind != "geometry"}
    return frame[list(COLUMNS)].astype(plain)


def empty_part() -> gpd.GeoDataFrame:
    """Return a part without rows.

    Returns
    -------
    geopandas.GeoDataFrame
        All columns of a part.
    """
    import geopandas as gpd
    import pandas as pd

    columns = {name: pd.Series([], dtype=kind) for name, kind in COLUMNS.items() if kind != "geometry"}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=CGCS2000), crs=CGCS2000)


def part_name(number: int) -> str:
    """Name a part by its number alone: names of origins and networks never become names of files.

    Parameters
    ----------
    number : int
        Number of the block.

    Returns
    -------
    str
        Name of the file.
    """
    return f"part-{number:06d}.parquet"


def _write_part(
    question: Question, block: Block, frame: gpd.GeoDataFrame, failed: tuple[tuple[str, str, str], ...]
) -> Made:
    import pyarrow.parquet as pq

    # geopandas describes the shapes; what else a part says of itself is put beside that.
    text = io.BytesIO()
    frame.to_parquet(text, index=False, compression=None)
    table = pq.read_table(io.BytesIO(text.getvalue()))
    about = {
        "format": FORMAT_VERSION,
        "plan": question.plan,
        "block": block.number,
        "asked": block.digest,
        "rows": len(frame),
        "failed": [list(one) for one in failed],
    }
    # Nothing is written that the seal does not cover: what readers look at besides would break them when damaged.
    described = {key: value for key, value in (table.schema.metadata or {}).items() if key in _DESCRIBING}
    table = table.replace_schema_metadata(described)
    seal = _seal(about, table)
    own = {_OUR_KEY: json.dumps(about | {"seal": seal}, ensure_ascii=False).encode()}
    path = Path(question.out) / PARTS / part_name(block.number)
    with atomic_path(path) as draft:
        pq.write_table(
            table.replace_schema_metadata(described | own),
            draft,
            compression="zstd",
            write_page_checksum=True,
        )
        size = draft.stat().st_size
    return Made(block.number, len(frame), size, seal, failed)


def _seal(about: Mapping[str, Any], table: Any) -> str:
    """Return a checksum over what a part says of itself and all its values, whatever way they are stored."""
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    found = {key: value for key, value in (table.schema.metadata or {}).items() if key != _OUR_KEY}
    for key in sorted(found):
        digest.update(b"\n%b\n%b" % (key, found[key]))
    for name in table.column_names:
        digest.update(f"\n{name}\n".encode())
        values = table.column(name).to_pylist()
        if values and isinstance(values[0], bytes):
            for value in values:
                digest.update(f"{len(value)}\n".encode())
                digest.update(value)
        else:
            digest.update(json.dumps(values).encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Seen:
    """What was found where a part should stand.

    Attributes
    ----------
    state, note, rows, nbytes, seal, failed
        Whether it can be trusted and why not; the rest as in :class:`Made`.
    """

    state: Literal["whole", "missing", "damaged", "foreign"]
    note: str = ""
    rows: int = 0
    nbytes: int = 0
    seal: str = ""
    failed: tuple[tuple[str, str, str], ...] = ()


def look_at(path: Path, block: Block, plan: str, *, cutoffs: tuple[float, ...], whole: bool) -> Seen:
    """Say what stands where a part should.

    Parameters
    ----------
    path : pathlib.Path
        Where it should stand.
    block : Block
        What it should answer.
    plan : str
        Checksum of everything that was asked.
    cutoffs : tuple of float
        Minutes.
    whole : bool
        Whether to read every value, and not only what the file says of itself.

    Returns
    -------
    Seen
        What was found; nothing is raised, for a damaged file is an answer.
    """
    import pyarrow.parquet as pq

    try:
        size = path.stat().st_size
    except OSError:
        return Seen("missing", "there is no such file.")
    try:
        footer = pq.read_metadata(path)
        about = json.loads((footer.metadata or {}).get(_OUR_KEY, b"null"))
        found = footer.num_rows
    except (OSError, ValueError, RecursionError, RuntimeError) as error:
        return Seen("damaged", f"it cannot be read ({type(error).__name__}).", nbytes=size)
    fault = _about_fault(about, block, plan, found, len(cutoffs))
    if fault is not None:
        return Seen(fault[0], fault[1], nbytes=size)
    failed = tuple((one[0], one[1], one[2]) for one in about["failed"])
    seal = about.pop("seal")
    if whole:
        try:
            table = pq.read_table(path, page_checksum_verification=True)
            sound = _seal(about, table) == seal
            pairs = (
                list(zip(table["origin_id"].to_pylist(), table["cutoff_min"].to_pylist(), strict=True)) if sound else []
            )
        except Exception as error:  # noqa: BLE001 - a damaged file may break its reader in any way
            return Seen("damaged", f"it cannot be read ({type(error).__name__}).", nbytes=size)
        lost = {label for label, _, _ in failed}
        asked = [(label, cutoff) for label in block.ids if label not in lost for cutoff in cutoffs]
        if not sound or sorted(pairs) != sorted(asked):
            return Seen("damaged", "its values are not those that were written.", nbytes=size)
    return Seen("whole", rows=found, nbytes=size, seal=seal, failed=failed)


def _about_fault(
    about: Any, block: Block, plan: str, rows: int, cutoffs: int
) -> tuple[Literal["damaged", "foreign"], str] | None:
    """Return what is wrong with what a part says of itself."""
    if not isinstance(about, dict) or about.get("format") != FORMAT_VERSION:
        return "foreign", "it does not come from isochrone_batches."
    if (about.get("plan"), about.get("block"), about.get("asked")) != (plan, block.number, block.digest):
        return "foreign", "it answers another question."
    failed: Any = about.get("failed")
    is_table = isinstance(failed, list) and all(
        isinstance(one, list) and len(one) == 3 and all(isinstance(word, str) for word in one) for one in failed
    )
    if not is_table or not isinstance(about.get("seal"), str):
        return "damaged", "what it says of itself is not whole."
    lost = [one[0] for one in failed]
    fits = len(set(lost)) == len(lost) and set(lost) <= set(block.ids)
    if not fits or about.get("rows") != rows or rows != (len(block.ids) - len(lost)) * cutoffs:
        return "damaged", "it does not hold each of its origins once."
    return None
