"""Isochrones of any number of origins, in blocks, to a folder: resumable, checked, on one machine or many.

The folder holds ``batches.json`` (what was asked), ``origins.parquet`` (of whom, in which block), ``land.parquet``
(where land was given) and ``parts/part-000000.parquet`` and so on, one GeoParquet file a block. Whoever computes a
block opens the prepared network from its folder by itself; neither networks nor areas pass through the process that
leads.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from urbangeo.archive.files import replacing_folder
from urbangeo.areas.batches.parts import (
    COLUMNS,
    FORMAT_VERSION,
    LAND,
    PARTS,
    Block,
    Made,
    Question,
    Seen,
    empty_part,
    land_in_folder,
    look_at,
    part_name,
)
from urbangeo.areas.batches.run import place_of_work, run_blocks
from urbangeo.areas.graph.hilbert import hilbert_order
from urbangeo.areas.graph.search import Direction, check_direction
from urbangeo.areas.ground.shores import land_name
from urbangeo.areas.isochrones import CUTOFFS
from urbangeo.areas.origins import checked_cutoffs, checked_origins
from urbangeo.areas.prepared import PreparedNetwork, open_prepared
from urbangeo.errors import DataIntegrityError, InputError, SchemaError, listed
from urbangeo.language.crs import CGCS2000
from urbangeo.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import geopandas as gpd
    import pandas as pd

    from urbangeo.areas.ground.shores import Land
    from urbangeo.areas.isochrones import Method
    from urbangeo.sources.network import AccessLeg

PLAN, REQUEST = "batches.json", "origins.parquet"

Networks = Path | str | PreparedNetwork | Mapping[str, Path | str | PreparedNetwork]

_LARGEST_PLAN = 10_000_000
_MOST_IN_BLOCK = 1_000


@dataclass(frozen=True, eq=False)
class BatchReport:
    """What stands in a folder of batches, held against what was asked.

    Attributes
    ----------
    folder : pathlib.Path
        The folder.
    origins : int
        Origins asked for.
    parts : pandas.DataFrame
        Index part (number); network, origins, failed, rows, bytes, state, note. After a run the state is "made" or
        "kept" (from an earlier run); after a check "whole", "missing", "damaged" or "foreign" (it answers another
        question).
    failed : pandas.DataFrame
        Index origin_id; origin_name, network, reason: origins without areas.
    strangers : tuple of str
        Files among the parts that belong to no block; they are neither read nor touched.
    """

    folder: Path
    origins: int
    parts: pd.DataFrame
    failed: pd.DataFrame
    strangers: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every origin has either its areas or a reason why it has none."""
        return bool(self.parts["state"].isin(["made", "kept", "whole"]).all())

    def areas(self) -> pd.DataFrame:
        """Read the areas of all origins, without their shapes.

        Returns
        -------
        pandas.DataFrame
            Index (origin_id, cutoff_min); area_km2.
        """
        import pandas as pd

        tables = list(read_batches(self.folder, columns=["area_km2"]))
        return pd.concat(tables) if tables else empty_part().set_index(["origin_id", "cutoff_min"])[["area_km2"]]

    def __str__(self) -> str:
        """Say in one line how many origins have areas, and how many have not, and why."""
        states = ", ".join(f"{count} {state}" for state, count in self.parts["state"].value_counts().items())
        return (
            f"{self.folder}: {self.origins} origins, {len(self.failed)} failed; "
            f"{len(self.parts)} parts ({states}), {int(self.parts['rows'].sum())} areas"
        )


def isochrone_batches(
    networks: Networks,
    origins: gpd.GeoDataFrame,
    out: Path | str,
    *,
    by: str | None = None,
    cutoffs: Sequence[float] = CUTOFFS,
    direction: Direction = "from",
    access: AccessLeg | None = None,
    cell_m: float | None = None,
    land: Land = None,
    method: Method = "auto",
    block: int = 25,
    client: Any = None,
    threads: int = 1,
    errors: Literal["collect", "raise"] = "collect",
    progress: bool = False,
) -> BatchReport:
    """Compute the areas reached from any number of origins and write them to a folder, block by block.

    A run that was killed, here or on a worker, goes on where it stopped when it is started again with the same
    arguments: blocks whose part is whole are kept, all others are computed. Neither the size of blocks nor the number
    of workers nor the order of origins changes a value.

    Parameters
    ----------
    networks : path-like, PreparedNetwork, or mapping of these
        Folders of :func:`urbangeo.prepare_network`: one for all origins, or one for each value of the column ``by``.
        Workers on other machines must see them under the same path.
    origins : geopandas.GeoDataFrame
        Origins as :func:`urbangeo.isochrones` takes them, in any order.
    out : path-like
        Folder for the parts; made when missing.
    by : str, optional
        Column of ``origins`` that names the network of each, where there are several.
    cutoffs, direction, access, cell_m, land, method
        As in :func:`urbangeo.isochrones`.
    block : int, default 25
        Origins in a part; 10 to 50 suit most networks.
    client : distributed.Client, optional
        Where to compute; without it, here. Needs ``pip install 'urbangeo[scale]'``.
    threads : int, default 1
        Blocks computed at once where there is no client.
    errors : {"collect", "raise"}, default "collect"
        Whether origins too far from every road are listed in ``failed``, or stop the run.
    progress : bool, default False
        Whether to show a bar on the error stream.

    Returns
    -------
    BatchReport
        Parts, and origins that failed. Read the areas with :func:`read_batches`.

    Raises
    ------
    InputError
        If a value is out of range, a network is not prepared, or the folder holds the answer to another question.
    SchemaError
        If the frame of origins is faulty.
    SnapError
        If ``errors="raise"`` and an origin is too far from every road.
    DataIntegrityError
        If a network was changed meanwhile, or the result does not hold every origin exactly once.
    OutputError
        If parts cannot be written, or workers were lost for good. What was made stays; run again to go on.

    Examples
    --------
    >>> import urbangeo as ug
    >>> ug.prepare_network(ug.read_network(), "roads.ready")  # doctest: +SKIP
    >>> report = ug.isochrone_batches("roads.ready", origins, "areas", cutoffs=[30, 60])  # doctest: +SKIP
    >>> print(report)  # doctest: +SKIP
    areas: 182 origins, 0 failed; 8 parts (8 made), 364 areas
    """
    _check_options(method, cell_m, block, threads, errors)
    check_direction(direction)
    wanted = tuple(checked_cutoffs(cutoffs))
    ground = land_name(land)
    opened = _opened_networks(networks, by)
    folder = Path(out).absolute()
    blocks = _blocks_of(origins, opened, by, block)
    legs = {key: asdict(access or ready.access) for key, (_, ready) in opened.items()}
    used = sorted({one.network for one in blocks})
    plan: dict[str, Any] = {
        "format": FORMAT_VERSION,
        "urbangeo": __version__,
        "networks": {key: str(opened[key][1].meta["fingerprint"]) for key in used},
        "access": {key: legs[key] for key in used},
        "cutoffs": list(wanted),
        "direction": direction,
        "cell_m": None if cell_m is None else float(cell_m),
        "land": ground,
        "method": method,
        "block": block,
        "origins": {"count": sum(len(one.ids) for one in blocks), "sha256": _digest_of(blocks)},
    }
    _settle(folder, plan, blocks, land)
    questions = {
        key: Question(
            out=str(folder),
            plan=_digest(plan),
            version=__version__,
            network=opened[key][0],
            fingerprint=plan["networks"][key],
            cutoffs=wanted,
            direction=direction,
            access=(legs[key]["speed_kmh"], legs[key]["circuity"], legs[key]["max_m"]),
            cell_m=plan["cell_m"],
            land=land if isinstance(land, str) else None,
            own_land=None if land is None or isinstance(land, str) else ground,
            method=method,
            strict=errors == "raise",
        )
        for key in used
    }
    with place_of_work(client, threads) as place:
        made, kept = run_blocks(blocks, questions, place, strict=errors == "raise", progress=progress)
    for draft in (folder / PARTS).glob(".part-*.parquet.*"):
        # Left by workers that were killed while they wrote.
        shutil.rmtree(draft, ignore_errors=True)
    return _concluded(folder, blocks, questions, made, kept)


def read_batches(
    folder: Path | str, *, columns: Sequence[str] | None = None
) -> Iterator[pd.DataFrame | gpd.GeoDataFrame]:
    """Read the areas of a folder of batches, part by part.

    Parameters
    ----------
    folder : path-like
        As :func:`isochrone_batches` wrote it.
    columns : sequence of str, optional
        Columns to read; by default all. Without ``geometry`` plain frames come, much quicker.

    Yields
    ------
    geopandas.GeoDataFrame or pandas.DataFrame
        Index (origin_id, cutoff_min), as :func:`urbangeo.isochrones` returns, and the column ``network``. Origins that
        failed have no rows; parts without rows are left out.

    Raises
    ------
    InputError
        If there is no such folder, or a column is not known.
    DataIntegrityError
        If a part is missing, damaged, or belongs to another question: nothing is left out in silence.
    """
    import geopandas as gpd
    import pandas as pd

    wanted = [name for name in COLUMNS if name not in ("origin_id", "cutoff_min")]
    if columns is not None:
        unknown = [name for name in columns if name not in wanted]
        if isinstance(columns, str) or unknown or not len(columns):
            msg = f"columns={columns!r}: expected a list of some of {', '.join(wanted)}."
            raise InputError(msg)
        wanted = list(dict.fromkeys(columns))
    room = Path(folder)
    plan = _read_plan(room)
    reader: Any = gpd.read_parquet if "geometry" in wanted else pd.read_parquet
    for asked in _asked_in(room, plan):
        path = room / PARTS / part_name(asked.number)
        seen = look_at(path, asked, _digest(plan), cutoffs=tuple(plan["cutoffs"]), whole=False)
        if seen.state != "whole":
            msg = f"{path} is {seen.state}: {seen.note} Run isochrone_batches again with the same arguments."
            raise DataIntegrityError(msg)
        if not seen.rows:
            continue
        try:
            frame = reader(path, columns=["origin_id", "cutoff_min", *wanted], page_checksum_verification=True)
            if "geometry" in wanted:
                # The same CRS, under the name isochrones gives it.
                frame = frame.set_crs(CGCS2000, allow_override=True)
            # A damaged heading is found only here.
            frame = frame.set_index(["origin_id", "cutoff_min"])[wanted]
        except Exception as error:
            msg = f"{path} is damaged: {error} Run isochrone_batches again with the same arguments."
            raise DataIntegrityError(msg) from error
        yield frame


def check_batches(folder: Path | str) -> BatchReport:
    """Hold every part of a folder of batches against what was asked, value by value.

    Parameters
    ----------
    folder : path-like
        As :func:`isochrone_batches` wrote it.

    Returns
    -------
    BatchReport
        Which parts are whole, missing, damaged or foreign; ``complete`` says whether each origin has exactly its areas
        or a reason why it has none.

    Raises
    ------
    InputError
        If there is no such folder.
    DataIntegrityError
        If what was asked cannot be read any more.
    """
    room = Path(folder)
    plan = _read_plan(room)
    asked = _asked_in(room, plan)
    cutoffs, digest = tuple(plan["cutoffs"]), _digest(plan)
    seen = [look_at(room / PARTS / part_name(one.number), one, digest, cutoffs=cutoffs, whole=True) for one in asked]
    return _report(room, asked, seen)


def _check_options(method: str, cell_m: Any, block: Any, threads: Any, errors: str) -> None:
    """Refuse what would only fail on a worker, after a folder was begun."""
    if method not in ("auto", "exact", "links"):
        msg = f"method {method!r} is not known; expected 'auto', 'exact' or 'links'."
        raise InputError(msg)
    if errors not in ("collect", "raise"):
        msg = f"errors {errors!r} is not known; expected 'collect' or 'raise'."
        raise InputError(msg)
    is_number = isinstance(cell_m, int | float | np.number) and not isinstance(cell_m, bool)
    if cell_m is not None and not (is_number and 0 < cell_m < np.inf):
        msg = f"cell_m={cell_m!r}: expected a positive number of metres."
        raise InputError(msg)
    for name, value, most in (("block", block, _MOST_IN_BLOCK), ("threads", threads, 1024)):
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            msg = f"{name}={value!r}: expected a whole number from 1 to {most}."
            raise InputError(msg)


def _opened_networks(networks: Any, by: str | None) -> dict[str, tuple[str, PreparedNetwork]]:
    """Open every network once here, so that a missing one is told before anything is begun."""
    several = isinstance(networks, Mapping)
    if several != (by is not None):
        msg = (
            f"by={by!r} with {'several networks' if several else 'one network'}: name the column of the origins that "
            "says which network each belongs to if, and only if, networks is a mapping."
        )
        raise InputError(msg)
    found = {}
    for key, network in networks.items() if isinstance(networks, Mapping) else [("", networks)]:
        if not isinstance(key, str):
            msg = f"networks has the key {key!r} ({type(key).__name__}); expected texts."
            raise InputError(msg)
        if isinstance(network, PreparedNetwork) and network.folder is not None:
            place = network.folder
        elif isinstance(network, str | Path):
            place = Path(network)
        else:
            msg = (
                f"networks holds a {type(network).__name__} without a folder; batches need one that every process can "
                "open: prepare_network(network, folder)."
            )
            raise InputError(msg)
        found[key] = (str(place.absolute()), open_prepared(place))
    if not found:
        msg = "networks is empty; expected at least one folder of prepare_network."
        raise InputError(msg)
    return found


def _blocks_of(origins: Any, known: Mapping[str, Any], by: str | None, size: int) -> list[Block]:
    """Cut origins into blocks that lie together; the order of rows does not matter."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    if not isinstance(origins, gpd.GeoDataFrame):
        msg = f"origins is a {type(origins).__name__}; expected a frame of points, such as locate([...]) returns."
        raise InputError(msg)
    if origins.empty:
        msg = "origins has no rows; expected at least one point."
        raise SchemaError(msg)
    places = checked_origins(origins)
    ids = np.array([str(one) for one in places.index], dtype=object)
    twice = [one for one, count in Counter(ids.tolist()).items() if count > 1]
    if twice:
        msg = f"origins: several rows have the same origin_id (as text): {listed(twice)}."
        raise SchemaError(msg)
    keys = np.full(len(ids), "", dtype=object)
    if by is not None:
        if by not in places.columns:
            msg = f"by={by!r}: origins has no such column; it has {listed(places.columns)}."
            raise InputError(msg)
        keys = places[by].to_numpy(dtype=object)
        lost = [
            f"{one} ({key!r})"
            for one, key in zip(ids, keys, strict=True)
            if not (isinstance(key, str) and key in known)
        ]
        if lost:
            msg = f"{len(lost)} origins belong to none of the networks {listed(sorted(known))}: {listed(lost)}."
            raise InputError(msg)
    names = ["" if pd.isna(name) else str(name) for name in places["name"]]
    # Cut to their bare numbers, for the same place shall have the same bytes however it was read.
    points = shapely.to_wkb(shapely.force_2d(shapely.normalize(np.asarray(places.geometry))), include_srid=False)
    middle = shapely.centroid(np.asarray(places.geometry))
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    blocks: list[Block] = []
    for key in sorted(set(keys)):
        rows = np.flatnonzero(keys == key)
        rows = rows[hilbert_order(x[rows], y[rows], ids[rows].astype(str))]
        for first in range(0, len(rows), size):
            some = rows[first : first + size]
            blocks.append(
                Block(
                    number=len(blocks),
                    network=str(key),
                    ids=tuple(ids[some]),
                    names=tuple(names[row] for row in some),
                    points=tuple(points[some]),
                )
            )
    return blocks


def _digest_of(blocks: Sequence[Block]) -> str:
    digest = hashlib.sha256()
    for one in blocks:
        digest.update(one.digest.encode())
    return digest.hexdigest()


def _digest(plan: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()


def _settle(folder: Path, plan: dict[str, Any], blocks: Sequence[Block], land: Land) -> None:
    """Begin a folder, or make sure that the one there answers the same question."""
    import geopandas as gpd

    present = sorted(path.name for path in (folder / PARTS).glob("part-*.parquet"))
    if (folder / PLAN).exists():
        found = _read_plan(folder)
        changed = [
            f"{name}: {_told(found.get(name))} there, {_told(plan[name])} now"
            for name in plan
            if found.get(name) != plan[name]
        ]
        if changed and present:
            msg = (
                f"{folder} holds {len(present)} parts that answer another question ({'; '.join(changed)}). "
                "Give another folder, delete this one, or ask the same as before to go on."
            )
            raise InputError(msg)
        if not changed and _is_settled(folder, found, blocks, own_land=land is not None and not isinstance(land, str)):
            return
    elif present:
        msg = (
            f"{folder / PARTS} holds {listed(present)} but {folder} no {PLAN}; give a folder of its own to the batches."
        )
        raise InputError(msg)
    with replacing_folder(folder) as draft:
        _write_request(draft / REQUEST, blocks)
        if land is not None and not isinstance(land, str):
            ground = gpd.GeoDataFrame(geometry=land.reset_index(drop=True))
            ground.assign(crs=str(land.crs)).to_parquet(draft / LAND)
        (draft / PLAN).write_text(
            json.dumps(plan, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8"
        )


def _told(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= 120 else f"{text[:100]}… (sha256 {hashlib.sha256(text.encode()).hexdigest()[:8]})"


def _is_settled(folder: Path, plan: Mapping[str, Any], blocks: Sequence[Block], *, own_land: bool) -> bool:
    """Say whether what was asked stands whole beside the plan; a kill may have come between the two."""
    if own_land:
        try:
            land_in_folder(str(folder), plan["land"])
        except DataIntegrityError:
            return False
    try:
        return _digest_of(_asked_in(folder, plan)) == _digest_of(blocks)
    except DataIntegrityError:
        return False


def _write_request(path: Path, blocks: Sequence[Block]) -> None:
    import geopandas as gpd

    sizes = [len(one.ids) for one in blocks]
    gpd.GeoDataFrame(
        {
            "block": np.repeat([one.number for one in blocks], sizes),
            "network": np.repeat(np.array([one.network for one in blocks], dtype=object), sizes),
            "origin_id": [name for one in blocks for name in one.ids],
            "name": [name for one in blocks for name in one.names],
        },
        geometry=gpd.GeoSeries.from_wkb([point for one in blocks for point in one.points]),
        crs=CGCS2000,
    ).to_parquet(path, index=False)


def _read_plan(folder: Path) -> dict[str, Any]:
    """Read and check `batches.json`; nothing in it is trusted."""
    place = folder / PLAN
    if not place.is_file():
        msg = f"{folder} holds no batches (no {PLAN}); make them with isochrone_batches."
        raise InputError(msg)
    try:
        if place.stat().st_size > _LARGEST_PLAN:
            raise ValueError
        plan = json.loads(place.read_text(encoding="utf-8"))
        sound = (
            isinstance(plan["format"], int)
            and all(isinstance(one, float) for one in plan["cutoffs"])
            and isinstance(plan["origins"]["sha256"], str)
            and isinstance(plan["networks"], dict)
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        msg = f"{place} is damaged. Give another folder, or delete {folder} and compute it anew."
        raise DataIntegrityError(msg) from error
    if not sound or plan["format"] != FORMAT_VERSION:
        msg = f"{place} is of format {plan['format']!r}, expected {FORMAT_VERSION}. Give another folder, or delete it."
        raise DataIntegrityError(msg)
    return dict(plan)


def _asked_in(folder: Path, plan: Mapping[str, Any]) -> list[Block]:
    """Read back who was asked for, and make sure that it is."""
    import geopandas as gpd
    import shapely

    path = folder / REQUEST
    remedy = "Run isochrone_batches again with the same arguments, which writes it anew."
    try:
        frame = gpd.read_parquet(path)
        points = shapely.to_wkb(np.asarray(frame.geometry), include_srid=False)
        numbers = frame["block"].to_numpy(dtype=np.int64)
        starts = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])
        blocks = [
            Block(
                number=int(numbers[first]),
                network=str(frame["network"].iloc[first]),
                ids=tuple(frame["origin_id"].iloc[first:last]),
                names=tuple(frame["name"].iloc[first:last]),
                points=tuple(points[first:last]),
            )
            for first, last in zip(starts, [*starts[1:], len(frame)], strict=True)
        ]
    except Exception as error:
        msg = f"{path} is missing or damaged. {remedy}"
        raise DataIntegrityError(msg) from error
    if [one.number for one in blocks] != list(range(len(blocks))) or _digest_of(blocks) != plan["origins"]["sha256"]:
        msg = f"{path} does not hold the origins that {PLAN} speaks of. {remedy}"
        raise DataIntegrityError(msg)
    return blocks


def _concluded(
    folder: Path,
    blocks: Sequence[Block],
    questions: Mapping[str, Question],
    made: Mapping[int, Made],
    kept: Mapping[int, Seen],
) -> BatchReport:
    """Hold what stands on disk against what was asked and what workers say they wrote."""
    seen = []
    for one in blocks:
        question = questions[one.network]
        path = folder / PARTS / part_name(one.number)
        seen.append(look_at(path, one, question.plan, cutoffs=question.cutoffs, whole=False))
        told = made[one.number] if one.number in made else kept[one.number]
        if seen[-1].state != "whole" or seen[-1].seal != told.seal:
            msg = (
                f"{path} is {seen[-1].state if seen[-1].state != 'whole' else 'not what its worker wrote'}. "
                "Do all workers see the same folder? Run again with the same arguments to go on."
            )
            raise DataIntegrityError(msg)
    return _report(folder, blocks, seen, kept=kept)


def _report(
    folder: Path, blocks: Sequence[Block], seen: Sequence[Seen], *, kept: Mapping[int, Any] | None = None
) -> BatchReport:
    import pandas as pd

    def state(block: Block, found: Seen) -> str:
        if kept is None:
            return found.state
        return "kept" if block.number in kept else "made"

    pairs = list(zip(blocks, seen, strict=True))
    parts = pd.DataFrame(
        {
            "network": pd.Series([one.network for one in blocks], dtype="str"),
            "origins": [len(one.ids) for one in blocks],
            "failed": [len(found.failed) for found in seen],
            "rows": [found.rows for found in seen],
            "bytes": [found.nbytes for found in seen],
            "state": pd.Series([state(one, found) for one, found in pairs], dtype="str"),
            "note": pd.Series([found.note for found in seen], dtype="str"),
        },
        index=pd.RangeIndex(len(blocks), name="part"),
    )
    lost = [(*one, block.network) for block, found in pairs for one in found.failed]
    failed = pd.DataFrame(
        {
            "origin_name": pd.Series([one[1] for one in lost], dtype="str"),
            "network": pd.Series([one[3] for one in lost], dtype="str"),
            "reason": pd.Series([one[2] for one in lost], dtype="str"),
        }
    ).set_index(pd.Index([one[0] for one in lost], name="origin_id", dtype="str"))
    known = {part_name(one.number) for one in blocks}
    strangers = tuple(
        sorted(
            path.name for path in (folder / PARTS).glob("*") if path.name not in known and not path.name.startswith(".")
        )
    )
    return BatchReport(folder, sum(len(one.ids) for one in blocks), parts, failed, strangers)
