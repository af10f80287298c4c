"""The link table: for every cell of a grid the nearest road one may leave, made once for a network.

The nearest road is the nearest point of any segment of an ``along`` chain inside a large strongly connected component,
or an exit of roads that may be left at their ends only, by distance in the grid's metric system. What is kept does not
depend on origins, cutoffs or the speed of the access leg: the chain, the place on it in milliseconds from its tail, and
where that is as seen from the cell. Cells at sea have no link, and a leg that would cross water is not taken.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.areas.ground.lattice import Lattice, to_degrees, to_metres
from urbangeo.areas.ground.surface import MAX_CELLS, Grid, land_mask, stays_dry
from urbangeo.errors import DataIntegrityError, InputError
from urbangeo.jit import compiled
from urbangeo.language.crs import local_metric, require_metric

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from urbangeo.areas.graph.compiled import CompiledGraph
    from urbangeo.sources.network import AccessLeg

FORMAT_VERSION = 1
"""Changes with the meaning of any array; a table of another version is made anew."""

NO_ROAD = -1
"""Link of a cell on land that is too far from every road."""

AT_SEA = -(2**31)
"""Link of a cell at sea. Links from -2 downwards stand for exits: state ``-2 - link``."""

_DEGREE = 1e-7
_HEADER = "links.json"
_ARRAYS = ("chain", "pos_ms", "exit", "state_box")


@dataclass(frozen=True, eq=False)
class LinkTable:
    """The nearest road of every cell; arrays may be memory maps.

    Attributes
    ----------
    chain : numpy.ndarray of int32, shape (rows, columns)
        Chain of the compiled graph; -1 where no road is near, :data:`AT_SEA` at sea, ``-2 - state`` for an exit.
    pos_ms : numpy.ndarray of float32, shape (rows, columns)
        Time from the chain's tail to the place where one leaves it.
    exit : numpy.ndarray of int16, shape (rows, columns, 2)
        Rows (downwards) and columns from the cell centre to that place, in units of ``exit_unit`` cells.
    state_box : numpy.ndarray of int32, shape (states, 4)
        First and last row and column of the cells whose chain begins or ends at each state; first after last where
        there are none. From it follows which window of the grid one origin can change.
    west, north, cell_m : float
        Centre of the first cell and distance of centres, metres in ``crs``.
    crs : str
        Metric system of the grid.
    max_m : float
        Largest leg it serves.
    exit_unit : float
        Cells for each unit of ``exit``.
    fingerprint : str
        Of the network whose graph it was made for.
    land : str
        Fingerprint of the land polygons, empty without.
    """

    chain: NDArray[np.int32]
    pos_ms: NDArray[np.float32]
    exit: NDArray[np.int16]
    state_box: NDArray[np.int32]
    west: float
    north: float
    cell_m: float
    crs: str
    max_m: float
    exit_unit: float
    fingerprint: str
    land: str

    @property
    def grid(self) -> Grid:
        """Where the cell centres lie."""
        return Grid(self.west, self.north, self.cell_m, (self.chain.shape[0], self.chain.shape[1]))

    @property
    def nbytes(self) -> int:
        """Size of the arrays."""
        return sum(getattr(self, name).nbytes for name in _ARRAYS)

    @cached_property
    def degrees(self) -> Lattice:
        """The way from metres of the grid to degrees."""
        return to_degrees(self.crs, _bounds(self.grid))

    def require(self, graph: CompiledGraph, access: AccessLeg) -> None:
        """Raise unless the table was made for a graph and serves an access leg.

        Parameters
        ----------
        graph : CompiledGraph
            The graph to be searched.
        access : AccessLeg
            The leg wanted.

        Raises
        ------
        InputError
            If it belongs to another network, or its largest leg is smaller.
        """
        if self.fingerprint != graph.meta["fingerprint"]:
            msg = (
                f"This link table was made for another network (fingerprint {self.fingerprint[:12]}…, the graph's is "
                f"{graph.meta['fingerprint'][:12]}…); make it anew with build_links."
            )
            raise InputError(msg)
        if access.max_m > self.max_m:
            msg = (
                f"The access leg may be {access.max_m:g} m long, but this link table serves up to {self.max_m:g} m; "
                "make it anew with build_links."
            )
            raise InputError(msg)


def link_grid(graph: CompiledGraph, *, cell_m: float, max_m: float, crs: str | None = None) -> tuple[str, Grid]:
    """Lay a grid over all roads one may leave, wide enough for every area that can be reached.

    Parameters
    ----------
    graph : CompiledGraph
        The network.
    cell_m : float
        Cell size, metres.
    max_m : float
        Largest access leg.
    crs : str, optional
        Metric system; by default centred on the roads.

    Returns
    -------
    crs : str
        The metric system.
    grid : Grid
        Cell centres lie on whole multiples of the cell size.

    Raises
    ------
    InputError
        If nothing of the network may be left, the cell size is not positive, or the grid would not fit in memory (the
        message names a size that fits).
    """
    if not 0 < cell_m < np.inf:
        msg = f"cell_m={cell_m}: expected a positive number of metres."
        raise InputError(msg)
    ends = _leavable(graph)
    bounds = _spread(ends)
    crs = crs or local_metric((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    require_metric(crs, "The grid of links")
    lattice = to_metres(crs, bounds)
    x, y = lattice.read(np.concatenate([ends[0], ends[2]]), np.concatenate([ends[1], ends[3]]))
    # An origin may lie as far off the road as one may walk on from it; and empty cells all round let contours close.
    pad = 2 * max_m + 3 * cell_m
    west, south = (math.floor((part.min() - pad) / cell_m) * cell_m for part in (x, y))
    east, north = (math.ceil((part.max() + pad) / cell_m) * cell_m for part in (x, y))
    columns, rows = round((east - west) / cell_m) + 1, round((north - south) / cell_m) + 1
    _require_memory(rows, columns, cell_m)
    return crs, Grid(west, north, float(cell_m), (rows, columns))


def build_links(
    graph: CompiledGraph,
    *,
    access: AccessLeg,
    cell_m: float | None = None,
    grid: Grid | None = None,
    crs: str | None = None,
    land: gpd.GeoSeries | None = None,
) -> LinkTable:
    """Link every cell to its nearest road.

    Parameters
    ----------
    graph : CompiledGraph
        The network.
    access : AccessLeg
        Its largest length counts; speed and circuity do not, so one table serves all of them.
    cell_m : float, optional
        Cell size, metres; needed without a grid.
    grid : Grid, optional
        Where the cells lie; by default as :func:`link_grid` lays them.
    crs : str, optional
        Metric system; needed with a grid.
    land : geopandas.GeoSeries, optional
        Land polygons; legs do not leave them by more than the shore tolerance. None: no water is known.

    Returns
    -------
    LinkTable
        The table.

    Raises
    ------
    InputError
        If sizes do not fit together or into memory.
    """
    if grid is None:
        if cell_m is None:
            msg = "build_links needs cell_m, the size of a cell in metres, or a grid."
            raise InputError(msg)
        crs, grid = link_grid(graph, cell_m=cell_m, max_m=access.max_m, crs=crs)
    elif crs is None:
        msg = "A grid needs the metric system it lies in: give crs."
        raise InputError(msg)
    _require_memory(*grid.shape, grid.cell_m)
    ends = _leavable(graph)
    chosen, points = _choice(graph)
    bounds = _spread(ends)
    lattice = to_metres(crs, bounds)
    x0, y0 = lattice.read(ends[0], ends[1])
    x1, y1 = lattice.read(ends[2], ends[3])
    _require_cover(grid, (x0, y0, x1, y1), access.max_m)
    # In cells from the first centre, rows downwards, so that one unit serves for everything.
    lines = np.stack(
        [
            (grid.north - y0) / grid.cell_m,
            (x0 - grid.west) / grid.cell_m,
            (grid.north - y1) / grid.cell_m,
            (x1 - grid.west) / grid.cell_m,
        ],
        axis=1,
    )
    del x0, y0, x1, y1, ends
    link = np.concatenate([graph.seg_chain[chosen], -2 - points]).astype(np.int32)
    begin = np.concatenate([graph.seg_from_ms[chosen], np.zeros(len(points))]).astype(np.float32)
    end = np.concatenate([graph.seg_to_ms[chosen], np.zeros(len(points))]).astype(np.float32)
    far = float(access.max_m)
    unit = (far / grid.cell_m + 1) / 32_000
    sea = np.zeros((0, 0), dtype=np.bool_) if land is None else ~land_mask(land, crs, grid)
    chain = np.empty(grid.shape, dtype=np.int32)
    pos_ms = np.zeros(grid.shape, dtype=np.float32)
    away = np.zeros((*grid.shape, 2), dtype=np.int16)
    wide = _bucket_cells(lines, grid)
    buckets = _into_buckets(lines, grid.shape[0], grid.shape[1], wide)
    # Where two roads are equally near, the one that may be driven both ways and is quicker goes first.
    rank = _ranks(graph)
    _link_cells(
        (chain, pos_ms, away),
        lines,
        (link, begin, end, rank),
        buckets,
        sea,
        wide,
        (far / grid.cell_m, grid.cell_m, unit),
    )
    for made in (chain, pos_ms, away):
        made.flags.writeable = False
    box = _state_boxes(chain, np.asarray(graph.chain_tail), np.asarray(graph.chain_head), graph.states)
    box.flags.writeable = False
    return LinkTable(
        chain=chain,
        pos_ms=pos_ms,
        exit=away,
        state_box=box,
        west=grid.west,
        north=grid.north,
        cell_m=grid.cell_m,
        crs=crs,
        max_m=float(access.max_m),
        exit_unit=unit,
        fingerprint=str(graph.meta["fingerprint"]),
        land="" if land is None else _land_fingerprint(land),
    )


def save_links(links: LinkTable, folder: Path | str) -> Path:
    """Write a link table as a folder of arrays that can be mapped into memory.

    Parameters
    ----------
    links : LinkTable
        The table.
    folder : path-like
        Where it shall stand; a table already there is replaced as a whole.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    from urbangeo.archive.files import replacing_folder, sha256_of

    plain = {field.name: getattr(links, field.name) for field in fields(links) if field.name not in _ARRAYS}
    with replacing_folder(folder) as draft:
        for name in _ARRAYS:
            np.save(draft / f"{name}.npy", getattr(links, name))
        sums = {name: sha256_of(draft / f"{name}.npy") for name in _ARRAYS}
        header = {"format": FORMAT_VERSION, **plain, "sha256": sums}
        (draft / _HEADER).write_text(json.dumps(header, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return Path(folder)


def open_links(folder: Path | str, *, graph: CompiledGraph | None = None, verify: bool = True) -> LinkTable:
    """Open a saved link table as memory maps.

    Parameters
    ----------
    folder : path-like
        As :func:`save_links` wrote it.
    graph : CompiledGraph, optional
        The graph it shall belong to.
    verify : bool, default True
        Whether checksums are computed; else only names, types and shapes are looked at.

    Returns
    -------
    LinkTable
        The table.

    Raises
    ------
    InputError
        If there is no table, it is of another version, or it was made for another network.
    DataIntegrityError
        If its files are not those that were written.
    """
    from urbangeo.archive.files import sha256_of

    room = Path(folder)
    try:
        header = json.loads((room / _HEADER).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        msg = f"{room} holds no link table (no {_HEADER}); make one with build_links and save_links."
        raise InputError(msg) from error
    except ValueError as error:
        msg = f"{room / _HEADER} cannot be read as JSON; make the link table anew."
        raise DataIntegrityError(msg) from error
    if header.get("format") != FORMAT_VERSION:
        msg = f"{room} is a link table of format {header.get('format')}, expected {FORMAT_VERSION}; make it anew."
        raise InputError(msg)
    if graph is not None and header["fingerprint"] != graph.meta["fingerprint"]:
        msg = f"{room} was made for another network, or its network has changed since; make the link table anew."
        raise InputError(msg)
    arrays: dict[str, Any] = {}
    for name in _ARRAYS:
        path = room / f"{name}.npy"
        try:
            if verify and sha256_of(path) != header["sha256"][name]:
                msg = f"{path} is not the file that was written (checksum); make the link table anew."
                raise DataIntegrityError(msg)
            # Plain arrays on the map: what is compiled for one kind serves both.
            arrays[name] = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        except (OSError, ValueError) as error:
            msg = f"{path} cannot be read as an array; make the link table anew."
            raise DataIntegrityError(msg) from error
    shapes = {arrays[name].shape[:2] for name in ("chain", "pos_ms", "exit")}
    kinds = [str(arrays[name].dtype) for name in _ARRAYS]
    if len(shapes) != 1 or kinds != ["int32", "float32", "int16", "int32"]:
        msg = f"The arrays in {room} do not fit together; make the link table anew."
        raise DataIntegrityError(msg)
    plain = {field.name: header[field.name] for field in fields(LinkTable) if field.name not in _ARRAYS}
    return LinkTable(**arrays, **plain)


def _bounds(grid: Grid) -> tuple[float, float, float, float]:
    rows, columns = grid.shape
    south, east = grid.north - (rows - 1) * grid.cell_m, grid.west + (columns - 1) * grid.cell_m
    return grid.west, south, east, grid.north


def _require_memory(rows: int, columns: int, cell_m: float) -> None:
    if rows * columns > MAX_CELLS:
        fits = 1.05 * cell_m * (rows * columns / MAX_CELLS) ** 0.5
        msg = (
            f"A grid of {columns} × {rows} cells of {cell_m:g} m is larger than {MAX_CELLS:,} cells "
            f"({rows * columns * 10 / 1e9:.1f} GB of links); use cell_m of at least {np.ceil(fits / 50) * 50:g}, "
            "or one network a province."
        )
        raise InputError(msg)


def _require_cover(grid: Grid, ends: tuple[Any, Any, Any, Any], max_m: float) -> None:
    """Refuse a grid that would cut areas off at its edge."""
    west, south, east, north = _bounds(grid)
    pad = max_m + grid.cell_m
    x0, y0, x1, y1 = ends
    need = (
        min(x0.min(), x1.min()) - pad,
        min(y0.min(), y1.min()) - pad,
        max(x0.max(), x1.max()) + pad,
        max(y0.max(), y1.max()) + pad,
    )
    if west > need[0] or south > need[1] or east < need[2] or north < need[3]:
        msg = (
            f"The grid covers x {west:.0f} … {east:.0f} and y {south:.0f} … {north:.0f} m, but the roads with their "
            f"access legs need x {need[0]:.0f} … {need[2]:.0f} and y {need[1]:.0f} … {need[3]:.0f}; "
            "areas would be cut off at its edge. Lay it with link_grid."
        )
        raise InputError(msg)


def _choice(graph: CompiledGraph) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the segments one may leave anywhere, and the states that are exits and no end of such a road."""
    kept = np.asarray(graph.chain_along) & np.asarray(graph.chain_usable)
    segments = np.flatnonzero(kept[graph.seg_chain])
    both = kept & (np.asarray(graph.chain_bwd_ms) >= 0)
    lone = np.array(graph.exits, dtype=np.bool_)
    lone[graph.chain_tail[both]] = False
    lone[graph.chain_head[both]] = False
    return segments, np.flatnonzero(lone)


def _leavable(graph: CompiledGraph) -> tuple[NDArray[np.float64], ...]:
    """Return lon0, lat0, lon1, lat1 of all segments and exits one may leave, degrees."""
    segments, points = _choice(graph)
    return tuple(
        np.concatenate([getattr(graph, name)[segments] * _DEGREE, getattr(graph, state)[points]])
        for name, state in (
            ("seg_lon0", "state_lon"),
            ("seg_lat0", "state_lat"),
            ("seg_lon1", "state_lon"),
            ("seg_lat1", "state_lat"),
        )
    )


def _spread(ends: tuple[NDArray[np.float64], ...]) -> tuple[float, float, float, float]:
    """Return west, south, east and north of segments."""
    lon0, lat0, lon1, lat1 = ends
    if len(lon0) == 0:
        msg = "No road of this network may be left anywhere; there is nothing to link the grid to."
        raise InputError(msg)
    low = (float(min(lon0.min(), lon1.min())), float(min(lat0.min(), lat1.min())))
    return (*low, float(max(lon0.max(), lon1.max())), float(max(lat0.max(), lat1.max())))


def _ranks(graph: CompiledGraph) -> NDArray[np.int64]:
    """Rank chains for ties: both ways before one way, quicker first, then as they lie along the curve."""
    one_way = (np.asarray(graph.chain_bwd_ms) < 0).astype(np.int64)
    return (one_way << 40) + np.asarray(graph.chain_fwd_ms, dtype=np.int64)


def _land_fingerprint(land: gpd.GeoSeries) -> str:
    import shapely

    digest = hashlib.sha256(str(land.crs).encode())
    for shape in np.asarray(land):
        digest.update(shapely.to_wkb(shape))
    return digest.hexdigest()


def _bucket_cells(lines: NDArray[np.float64], grid: Grid) -> float:
    """Choose buckets, in cells, that hold about two segments each."""
    wanted = math.sqrt(2 * grid.shape[0] * grid.shape[1] / len(lines))
    return min(max(wanted, 0.5), 16.0)


@compiled
def _distance2(lines: NDArray[np.float64], line: int, r: float, c: float) -> tuple[float, float]:
    """Return the square of the distance from a place to a segment, and the share of it where the nearest point lies."""
    r0, c0 = lines[line, 0], lines[line, 1]
    dr, dc = lines[line, 2] - r0, lines[line, 3] - c0
    length2 = dr * dr + dc * dc
    share = ((r - r0) * dr + (c - c0) * dc) / length2 if length2 > 0 else 0.0
    share = min(max(share, 0.0), 1.0)
    away_r, away_c = r - (r0 + share * dr), c - (c0 + share * dc)
    return away_r * away_r + away_c * away_c, share


@compiled
def _into_buckets(
    lines: NDArray[np.float64], rows: int, columns: int, wide: float
) -> tuple[NDArray[np.int64], NDArray[np.int32], int, int]:
    """List the segments that touch each bucket (square of `wide` cells), in compressed rows."""
    high, broad = int(rows / wide) + 1, int(columns / wide) + 1
    starts = np.zeros(high * broad + 1, np.int64)
    members = np.empty(0, np.int32)
    # A segment touches a bucket only if it comes as near to the middle as a corner is; a few that do not are harmless.
    near2 = wide * wide / 2 * (1 + 1e-9)
    for round_ in range(2):
        for line in range(len(lines)):
            low_r, high_r = min(lines[line, 0], lines[line, 2]), max(lines[line, 0], lines[line, 2])
            low_c, high_c = min(lines[line, 1], lines[line, 3]), max(lines[line, 1], lines[line, 3])
            first_i, last_i = int(max(low_r + 0.5, 0) / wide), int(max(high_r + 0.5, 0) / wide)
            first_j, last_j = int(max(low_c + 0.5, 0) / wide), int(max(high_c + 0.5, 0) / wide)
            is_one = first_i == last_i and first_j == last_j
            for i in range(min(first_i, high - 1), min(last_i, high - 1) + 1):
                for j in range(min(first_j, broad - 1), min(last_j, broad - 1) + 1):
                    if (
                        not is_one
                        and _distance2(lines, line, (i + 0.5) * wide - 0.5, (j + 0.5) * wide - 0.5)[0] > near2
                    ):
                        continue
                    if round_ == 0:
                        starts[i * broad + j + 1] += 1
                    else:
                        members[starts[i * broad + j]] = line
                        starts[i * broad + j] += 1
        if round_ == 0:
            for bucket in range(high * broad):
                starts[bucket + 1] += starts[bucket]
            members = np.empty(starts[high * broad], np.int32)
    # Filling moved every start to the next one.
    for bucket in range(high * broad, 0, -1):
        starts[bucket] = starts[bucket - 1]
    starts[0] = 0
    return starts, members, high, broad


@compiled
def _nearest(
    lines: NDArray[np.float64],
    link: NDArray[np.int32],
    rank: NDArray[np.int64],
    buckets: tuple[NDArray[np.int64], NDArray[np.int32], int, int],
    sea: NDArray[np.bool_],
    wide: float,
    r: int,
    c: int,
    seed: int,
    far: float,
    scale: float,
    dry_only: bool,
) -> int:
    """Return the segment nearest to a cell within `far`, by rings of buckets outwards; -1 for none."""
    starts, members, high, broad = buckets
    best2 = far * far
    if seed >= 0:
        seed2 = _distance2(lines, seed, r, c)[0]
        if seed2 <= best2:
            # Somewhat more than the seed, so that the search finds the seed too and ties are decided by rank.
            best2 = (math.sqrt(seed2) + 0.01) ** 2
    at_r, at_c = (r + 0.5) / wide, (c + 0.5) / wide
    home_i, home_j = int(at_r), int(at_c)
    edge = min(at_r - home_i, home_i + 1 - at_r, at_c - home_j, home_j + 1 - at_c) * wide
    found = -1
    tick = -1.0
    ring = 0
    while ring == 0 or (edge + (ring - 1) * wide) ** 2 <= best2:
        for i in range(max(home_i - ring, 0), min(home_i + ring, high - 1) + 1):
            is_end = i in (home_i - ring, home_i + ring)
            stride = 1 if is_end or ring == 0 else 2 * ring
            for j in range(home_j - ring, home_j + ring + 1, stride):
                if j < 0 or j >= broad:
                    continue
                # How far the bucket is at least.
                gap_r = max(i * wide - 0.5 - r, r - ((i + 1) * wide - 0.5), 0.0)
                gap_c = max(j * wide - 0.5 - c, c - ((j + 1) * wide - 0.5), 0.0)
                if gap_r * gap_r + gap_c * gap_c > best2:
                    continue
                for place in range(starts[i * broad + j], starts[i * broad + j + 1]):
                    line = members[place]
                    away2, share = _distance2(lines, line, r, c)
                    if away2 > best2 or line == found:
                        continue
                    # Whole millimetres: what is equally far is told apart by rank, not by rounding.
                    near = math.floor(math.sqrt(away2) * scale * 1000)
                    if found >= 0 and (near > tick or (near == tick and not _goes_first(link, rank, line, found))):
                        continue
                    if dry_only:
                        row = lines[line, 0] + share * (lines[line, 2] - lines[line, 0])
                        column = lines[line, 1] + share * (lines[line, 3] - lines[line, 1])
                        strides = math.ceil(max(abs(r - row), abs(c - column))) + 1
                        if not stays_dry(sea, row, column, r, c, strides):
                            continue
                    found, tick = line, near
                    # A tick more, so that equally near ones still come through.
                    best2 = min(best2, ((near + 1) / 1000 / scale) ** 2)
        ring += 1
    return found


@compiled
def _goes_first(link: NDArray[np.int32], rank: NDArray[np.int64], one: int, other: int) -> bool:
    """Decide between two segments at the same distance, whatever the order of rows."""
    first, second = int(link[one]), int(link[other])
    if first == second:
        return one < other
    if (first < 0) != (second < 0):
        # A road before an exit: at the exit both take the same time.
        return first >= 0
    if first < 0:
        return first > second
    if rank[first] != rank[second]:
        return bool(rank[first] < rank[second])
    return first < second


@compiled
def _link_cells(
    out: tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.int16]],
    lines: NDArray[np.float64],
    what: tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]],
    buckets: tuple[NDArray[np.int64], NDArray[np.int32], int, int],
    sea: NDArray[np.bool_],
    wide: float,
    sizes: tuple[float, float, float],
) -> None:
    chain, pos_ms, away = out
    link, begin, end, rank = what
    far, cell_m, unit = sizes
    has_sea = len(sea) > 0
    for r in range(chain.shape[0]):
        seed = -1
        for c in range(chain.shape[1]):
            if has_sea and sea[r, c]:
                chain[r, c] = AT_SEA
                seed = -1
                continue
            line = _nearest(lines, link, rank, buckets, sea, wide, r, c, seed, far, cell_m, False)
            seed = line
            if line >= 0 and has_sea:
                _, share = _distance2(lines, line, r, c)
                row = lines[line, 0] + share * (lines[line, 2] - lines[line, 0])
                column = lines[line, 1] + share * (lines[line, 3] - lines[line, 1])
                strides = math.ceil(max(abs(r - row), abs(c - column))) + 1
                if not stays_dry(sea, row, column, r, c, strides):
                    line = _nearest(lines, link, rank, buckets, sea, wide, r, c, -1, far, cell_m, True)
            if line < 0:
                chain[r, c] = NO_ROAD
                continue
            _, share = _distance2(lines, line, r, c)
            chain[r, c] = link[line]
            pos_ms[r, c] = begin[line] + share * (end[line] - begin[line])
            row = lines[line, 0] + share * (lines[line, 2] - lines[line, 0])
            column = lines[line, 1] + share * (lines[line, 3] - lines[line, 1])
            away[r, c, 0] = int(np.rint((row - r) / unit))
            away[r, c, 1] = int(np.rint((column - c) / unit))


@compiled
def _state_boxes(
    chain: NDArray[np.int32], tail: NDArray[np.int32], head: NDArray[np.int32], states: int
) -> NDArray[np.int32]:
    """Return for each state the rows and columns of the cells whose road begins or ends there."""
    box = np.empty((states, 4), np.int32)
    box[:, 0] = box[:, 2] = 2**31 - 1
    box[:, 1] = box[:, 3] = -1
    for r in range(chain.shape[0]):
        for c in range(chain.shape[1]):
            number = chain[r, c]
            if number in (NO_ROAD, AT_SEA):
                continue
            for end in range(2):
                state = -2 - number if number < 0 else (head[number] if end else tail[number])
                box[state, 0] = min(box[state, 0], r)
                box[state, 1] = max(box[state, 1], r)
                box[state, 2] = min(box[state, 2], c)
                box[state, 3] = max(box[state, 3], c)
    return box
