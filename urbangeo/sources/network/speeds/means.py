"""Mean speeds on real roads, from a table by class, terrain and setting; never guessed in silence.

Every edge says in ``speed_basis`` where its speed came from, and the network says in ``provenance["speeds"]`` how many
kilometres rest on what.
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from urbangeo.archive.catalog import describe_table, read_table
from urbangeo.archive.files import sha256_of
from urbangeo.errors import InputError, SchemaError, UnknownNameError, listed
from urbangeo.language.scalars import is_missing
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import Mode, Network

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Terrain = Literal["plain", "hills", "mountain"]
Setting = Literal["rural", "urban", "mixed"]

ROAD_CLASSES = (
    *("expressway", "expressway_link", "urban_expressway", "trunk_1", "secondary_2", "tertiary_3", "local_4"),
    *("urban_arterial", "urban_street", "service", "connector", "ferry", "rail", "rail_access"),
)
"""The classes of road a network may have; a road without one is ``unknown``."""

UNKNOWN = "unknown"

BASES = ("maxspeed", "table", "fallback", "duration", "given", "authored")
"""Where a speed can come from: the sign decided; a row of the table; a row that stands in for a missing one; the
duration of a ferry; a column of the user's; the authors of the skeleton."""

KEPT = ("duration", "given", "authored")
"""Bases whose speeds the table does not replace."""

FASTEST_KMH = 150.0
"""A mean above this is taken for a slip of the pen: no road in China is signed above 120 km/h."""

_TABLE, _FALLBACKS = "network/speed_table", "network/speed_fallbacks"
_TERRAINS: tuple[str, ...] = get_args(Terrain)
_SETTINGS: tuple[str, ...] = get_args(Setting)
_ANY = "any"


@dataclass(frozen=True)
class SpeedRow:
    """One row of a speed table.

    Attributes
    ----------
    road_class, terrain, setting : str
        What it holds for; terrain and setting may be "any".
    signed_kmh : float or None
        The speed limit it holds for; None for roads without a known limit.
    mean_kmh : float
        Off-peak mean speed.
    peak_factor : float
        Times as many minutes in the peak.
    """

    road_class: str
    terrain: str
    setting: str
    signed_kmh: float | None
    mean_kmh: float
    peak_factor: float = 1.0

    def fits(self, road_class: str, terrain: str, setting: str) -> bool:
        """Say whether the row holds for a class in a terrain and setting.

        Parameters
        ----------
        road_class, terrain, setting : str
            What is asked for.

        Returns
        -------
        bool
            True if it does.
        """
        return self.road_class == road_class and self.terrain in (terrain, _ANY) and self.setting in (setting, _ANY)


@dataclass(frozen=True)
class FoundSpeed:
    """What a speed table says of a class in a terrain and setting.

    Attributes
    ----------
    row : SpeedRow
        The row for roads without a known limit.
    signed : tuple of SpeedRow
        Rows by speed limit, rising.
    takes : tuple of (str, str, str) or None
        Class, terrain and setting that stand in, None where the table has a row of its own.
    """

    row: SpeedRow
    signed: tuple[SpeedRow, ...]
    takes: tuple[str, str, str] | None


@dataclass(frozen=True)
class SpeedTable:
    """Mean speeds by class, terrain, setting and sign, with what stands in where a row is missing.

    Attributes
    ----------
    rows : tuple of SpeedRow
        The packaged rows.
    override : tuple of SpeedRow
        Rows of the user's; where one fits, no packaged row is asked.
    fallbacks : mapping of (str, str, str) to (str, str, str)
        What stands in for a class, terrain and setting without a row; "any" and "same" as in the packaged table.
    provenance : mapping
        Table, checksum, and file and checksum of the override.
    """

    rows: tuple[SpeedRow, ...]
    override: tuple[SpeedRow, ...] = ()
    fallbacks: Mapping[tuple[str, str, str], tuple[str, str, str]] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def find(self, road_class: str, terrain: str, setting: str) -> FoundSpeed:
        """Find the rows for a class in a terrain and setting.

        A row of the user's goes before a packaged one, a row that names terrain and setting before one for any, and of
        two that name one of them the slower is taken: the order of rows decides nothing.

        Parameters
        ----------
        road_class : str
            One of ``ROAD_CLASSES``, or "unknown".
        terrain : {"plain", "hills", "mountain"}
            Terrain.
        setting : {"rural", "urban", "mixed"}
            Open country, built-up, or not known which.

        Returns
        -------
        FoundSpeed
            The rows, and what stood in.

        Raises
        ------
        UnknownNameError
            If there is neither a row nor anything that stands in.
        """
        asked = (road_class, terrain, setting)
        signs = sorted(
            {row.signed_kmh for row in (*self.override, *self.rows) if row.signed_kmh is not None and row.fits(*asked)}
        )
        signed = tuple(row for sign in signs if (row := self._row(*asked, sign)) is not None)
        row = self._row(*asked, None)
        if row is not None:
            return FoundSpeed(row, signed, None)
        takes = self._stand_in(*asked)
        row = takes and self._row(*takes, None)
        if takes is None or row is None:
            msg = (
                f"The speed table has no row for a road of class {road_class!r} in terrain {terrain!r}, setting "
                f"{setting!r}, and nothing that stands in. Give such edges a speed of their own (speed_basis 'given'), "
                "or a row in your speed table."
            )
            raise UnknownNameError(msg)
        return FoundSpeed(row, signed, takes)

    def own_row(self, road_class: str, terrain: str, setting: str) -> SpeedRow | None:
        """Return the row of a class itself for roads without a known limit.

        Parameters
        ----------
        road_class, terrain, setting : str
            As in :meth:`find`.

        Returns
        -------
        SpeedRow or None
            None where another would stand in.
        """
        return self._row(road_class, terrain, setting, None)

    def _row(self, road_class: str, terrain: str, setting: str, signed: float | None) -> SpeedRow | None:
        for layer in (self.override, self.rows):
            fitting = [row for row in layer if row.signed_kmh == signed and row.fits(road_class, terrain, setting)]
            if fitting:
                return min(fitting, key=lambda row: ((row.terrain, row.setting).count(_ANY), row.mean_kmh))
        return None

    def _stand_in(self, road_class: str, terrain: str, setting: str) -> tuple[str, str, str] | None:
        for key in ((terrain, setting), (terrain, _ANY), (_ANY, setting), (_ANY, _ANY)):
            takes = self.fallbacks.get((road_class, *key))
            if takes is not None:
                same = (road_class, terrain, setting)
                return tuple(had if new == "same" else new for new, had in zip(takes, same, strict=True))  # type: ignore[return-value]
        return None

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a frame, those of the user's first: road_class, terrain, setting, signed_kmh, mean_kmh, peak_kmh.

        ``peak_kmh`` is the mean over the peak factor; ``origin`` is "override" or "packaged".
        """
        import pandas as pd

        rows = [("override", row) for row in self.override] + [("packaged", row) for row in self.rows]
        return pd.DataFrame(
            [
                {
                    "road_class": row.road_class,
                    "terrain": row.terrain,
                    "setting": row.setting,
                    "signed_kmh": math.nan if row.signed_kmh is None else row.signed_kmh,
                    "mean_kmh": row.mean_kmh,
                    "peak_kmh": row.mean_kmh / row.peak_factor,
                    "origin": origin,
                }
                for origin, row in rows
            ]
        )


def read_speed_table(path: Path | str | None = None) -> SpeedTable:
    """Read the packaged speed table, and a file of the user's that goes before it.

    Parameters
    ----------
    path : path-like, optional
        A CSV (UTF-8 or GB18030) or workbook with the columns ``road_class`` and ``mean_kmh`` and, where wanted,
        ``terrain`` (plain, hills, mountain; blank or missing: any), ``setting`` (rural, urban, mixed; blank or missing:
        any), ``signed_kmh`` (the speed limit the row holds for; blank: roads without a known one), and ``peak_factor``
        or ``peak_kmh`` (blank: as in the packaged table). Other columns of the packaged table may stand there too.

    Returns
    -------
    SpeedTable
        Both, with checksums.

    Raises
    ------
    InputError
        If the file cannot be read, has no such columns, or holds unknown classes, doubled rows, or speeds that are no
        numbers above 0 and up to 150 km/h; all faults are told at once.

    Examples
    --------
    >>> read_speed_table().find("secondary_2", "mountain", "rural").row.mean_kmh
    45.0
    """
    packaged = _packaged()
    if path is None:
        return packaged
    file = Path(path)
    override, notes = _read_override(file, packaged)
    about = {"file": file.name, "sha256": sha256_of(file), "rows": len(override), "notes": list(notes)}
    return replace(packaged, override=override, provenance={**packaged.provenance, "override": about})


@functools.cache
def _packaged() -> SpeedTable:
    rows = tuple(
        SpeedRow(
            road_class=str(row["road_class"]),
            terrain=str(row["terrain"]),
            setting=str(row["setting"]),
            signed_kmh=_number_or_none(row["signed_kmh"]),
            mean_kmh=float(row["mean_kmh"]),
            peak_factor=_number_or_none(row["peak_factor"]) or 1.0,
        )
        for row in read_table(_TABLE).to_dict("records")
    )
    fallbacks = {
        (str(row["road_class"]), str(row["terrain"]), str(row["setting"])): (
            str(row["takes_class"]),
            str(row["takes_terrain"]),
            str(row["takes_setting"]),
        )
        for row in read_table(_FALLBACKS).to_dict("records")
    }
    provenance: dict[str, Any] = {"sha256": {name: describe_table(name).sha256 for name in (_TABLE, _FALLBACKS)}}
    return SpeedTable(rows, (), fallbacks, provenance)


def with_speeds(
    network: Network,
    *,
    table: SpeedTable | None = None,
    dem: Path | str | None = None,
    built_up: gpd.GeoDataFrame | None = None,
    terrain: Terrain | None = None,
    setting: Setting | None = None,
    mode: Mode | None = None,
    authored: Literal["keep", "replace"] = "keep",
) -> Network:
    """Give every edge a mean speed from the table and say where each came from.

    An edge is looked up by its class, terrain and setting. A signed limit is no mean speed: where the table has rows by
    sign (expressways) the mean is taken between them, in proportion below the lowest and at the highest above it; for
    other classes the limit only caps the mean. Edges whose ``speed_basis`` is "duration", "given" or "authored", and
    those of the skeleton, keep their speed.

    Parameters
    ----------
    network : Network
        Roads with a class, and as far as known the edge columns ``maxspeed_kmh``, ``terrain``, ``setting``,
        ``speed_basis``. It is not changed.
    table : SpeedTable, optional
        As :func:`read_speed_table` returns it; the packaged one by default. A network that was timed with rows of the
        user's needs them again.
    dem : path-like, optional
        Elevation raster from which the terrain of each edge is told
        (:func:`urbangeo.terrain_classes`); where it knows nothing the edge keeps what it has.
    built_up : geopandas.GeoDataFrame, optional
        Polygons of built-up land: edges inside become "urban", all others "rural"
        (:func:`urbangeo.settings_within`).
    terrain : {"plain", "hills", "mountain"}, optional
        Terrain of edges of which none is known; by default the one the network was timed with before, else "plain".
    setting : {"rural", "urban", "mixed"}, optional
        Setting of edges of which none is known; by default the one the network was timed with before, else "mixed",
        the blend of open country and towns.
    mode : {"drive", "drive_peak", "drive+rail"}, optional
        In the peak, classes with a peak factor take that many times as long, also where the speed was given off-peak or
        authored. That of the network by default.
    authored : {"keep", "replace"}, default "keep"
        Whether authored speeds stay.

    Returns
    -------
    Network
        The same roads with new ``speed_kmh``, ``time_min`` and ``speed_basis``. ``provenance["speeds"]`` has the table
        and its checksum, mode, defaults, the share of kilometres by basis, what stood in, and the share of kilometres
        that are slower in the peak (0 means that the peak changed nothing);
        ``provenance["speed_basis_km_share"]`` the shares alone. A road open in both directions counts its kilometres
        once.

    Raises
    ------
    InputError
        If an option is not known, the table the network was timed with is missing, railways would appear or vanish, or
        the elevation raster or the built-up areas cannot be used.
    CrsError
        If the coordinate system of either is missing or wrong.
    SchemaError
        If a road class, terrain, setting or basis is not known, or an edge to be kept has no speed.
    UnknownNameError
        If an edge has neither a speed nor a row in the table (rail).

    Examples
    --------
    >>> from urbangeo import read_network
    >>> with_speeds(read_network()).provenance["speed_basis_km_share"]["authored"]
    1.0
    """
    mode = network.mode if mode is None else mode
    before = timed_with(network)
    terrain = before.get("terrain_default", "plain") if terrain is None else terrain
    setting = before.get("setting_default", "mixed") if setting is None else setting
    _check_options(terrain, setting, mode, authored)
    _check_change(network, mode, before, table)
    speeds = read_speed_table() if table is None else table
    network, about_terrain = _with_terrain(network, dem)
    if built_up is not None:
        from urbangeo.sources.network.speeds.built_up import settings_within

        told = settings_within(network, built_up)
        network = replace(network, edge_columns={**network.edge_columns, "setting": told})
    _check_words(network)
    basis = _kept_basis(network, authored)
    computed = basis < 0
    road = _places(network.road_class, (*ROAD_CLASSES, UNKNOWN), UNKNOWN)
    ground = _places(network.edge_columns.get("terrain"), _TERRAINS, terrain, rows=len(network.u))
    place = _places(network.edge_columns.get("setting"), _SETTINGS, setting, rows=len(network.u))
    combination = (road * len(_TERRAINS) + ground) * len(_SETTINGS) + place
    signed = network.edge_columns.get("maxspeed_kmh")
    limit = np.full(len(network.u), np.nan) if signed is None else np.asarray(signed, dtype=float)
    usable = (limit > 0) & np.isfinite(limit)
    unusable = int((~usable & ~np.isnan(limit)).sum())
    limit = np.where(usable, limit, np.nan)
    kilometres = _road_km(network)
    speed = np.asarray(network.speed_kmh, dtype=float).copy()
    minutes = np.asarray(network.time_min, dtype=float).copy()
    peak = mode == "drive_peak"
    slower = np.ones(len(network.u))
    fallbacks = []
    for number in np.unique(combination[computed]):
        rows = np.flatnonzero(computed & (combination == number))
        asked = _combination(int(number))
        found = speeds.find(*asked)
        speed[rows], by_sign = _speeds_of(found, limit[rows], peak=peak)
        slower[rows] = found.row.peak_factor
        basis[rows] = np.where(by_sign, _MAXSPEED, _TABLE_ROW if found.takes is None else _FALLBACK)
        stood_in = rows[~by_sign]
        if found.takes is not None and len(stood_in):
            fallbacks.append(_fallback(asked, found.takes, kilometres[stood_in]))
    for number in np.unique(combination[~computed]):
        row = speeds.own_row(*_combination(int(number)))
        slower[~computed & (combination == number)] = 1.0 if row is None else row.peak_factor
    # Kept speeds are those of the hour the network is in; they change with the hour and not otherwise.
    turned = np.where(computed | (peak == (network.mode == "drive_peak")), 1.0, slower if peak else 1 / slower)
    speed /= turned
    minutes *= turned
    minutes[computed] = np.asarray(network.length_m, dtype=float)[computed] / 1000 / speed[computed] * 60
    shares = {name: _share(kilometres, basis == number) for number, name in enumerate(BASES)}
    about = {
        **copy.deepcopy(dict(speeds.provenance)),
        "mode": mode,
        "terrain_default": terrain,
        "terrain_default_km_share": _unknown_share(network.edge_columns.get("terrain"), computed, kilometres),
        "setting_default": setting,
        "setting_default_km_share": _unknown_share(network.edge_columns.get("setting"), computed, kilometres),
        "terrain": about_terrain,
        "km": round(float(kilometres.sum()), 3),
        "km_share": shares,
        "peak_km_share": _share(kilometres, slower > 1) if peak else 0.0,
        "fallbacks": sorted(fallbacks, key=lambda row: (-row["km"], row["road_class"], row["terrain"], row["setting"])),
        "unusable_limits": unusable,
    }
    return replace(
        network,
        mode=mode,
        speed_kmh=speed.astype(np.asarray(network.speed_kmh).dtype, copy=False),
        time_min=minutes.astype(np.asarray(network.time_min).dtype, copy=False),
        edge_columns={**network.edge_columns, "speed_basis": Coded(basis, BASES)},
        provenance={**network.provenance, "speeds": about, "speed_basis_km_share": shares},
    )


def timed_with(network: Network) -> Mapping[str, Any]:
    """Return what the roads of a network were timed with before.

    Parameters
    ----------
    network : Network
        Any network; of a merged one the inside counts.

    Returns
    -------
    mapping
        ``provenance["speeds"]`` as :func:`with_speeds` wrote it, empty without it.
    """
    for record in (network.provenance, network.provenance.get("inside")):
        found = record.get("speeds") if isinstance(record, Mapping) else None
        if isinstance(found, Mapping):
            return found
    return {}


_MAXSPEED, _TABLE_ROW, _FALLBACK = (BASES.index(name) for name in ("maxspeed", "table", "fallback"))


def _speeds_of(found: FoundSpeed, limit: NDArray[Any], *, peak: bool) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Return the speed of each edge of one class, terrain and setting, and whether its sign decided it."""
    row = found.row
    factor = row.peak_factor if peak else 1.0
    if not found.signed:
        # No figure says how far below its limit such a road runs; that it runs no faster is certain.
        by_sign = limit < row.mean_kmh
        return np.where(by_sign, limit, row.mean_kmh) / factor, by_sign
    by_sign = ~np.isnan(limit)
    signs = np.array([row.signed_kmh for row in found.signed], dtype=float)
    means = np.array([row.mean_kmh / (row.peak_factor if peak else 1.0) for row in found.signed])
    between = np.minimum(np.interp(limit, signs, means), limit)
    below = np.minimum(means[0] / signs[0], 1.0) * limit
    signed = np.where(limit < signs[0], below, between)
    return np.where(by_sign, signed, row.mean_kmh / factor), by_sign


def _combination(number: int) -> tuple[str, str, str]:
    rest, setting = divmod(number, len(_SETTINGS))
    road, ground = divmod(rest, len(_TERRAINS))
    return (*ROAD_CLASSES, UNKNOWN)[road], _TERRAINS[ground], _SETTINGS[setting]


def _fallback(asked: tuple[str, str, str], takes: tuple[str, str, str], kilometres: NDArray[Any]) -> dict[str, Any]:
    return {
        "road_class": asked[0],
        "terrain": asked[1],
        "setting": asked[2],
        "takes": list(takes),
        "km": round(float(kilometres.sum()), 3),
    }


def _places(column: Any, words: tuple[str, ...], default: str, *, rows: int = 0) -> NDArray[np.int16]:
    """Return the place of each row's word among the words, of the default where it has none."""
    if column is None:
        return np.full(rows, words.index(default), dtype=np.int16)
    table = [words.index(value or default) if (value or default) in words else -1 for value in column.values]
    return np.asarray(np.array([*table, words.index(default)], dtype=np.int16)[column.codes])


def _kept_basis(network: Network, authored: str) -> NDArray[np.int8]:
    """Return the place in BASES of edges whose speed stays, -1 for all others."""
    column = network.edge_columns.get("speed_basis")
    kept = [basis for basis in KEPT if basis != "authored" or authored == "keep"]
    if column is None:
        known = network.kind == "skeleton" and authored == "keep"
        basis = np.full(len(network.u), BASES.index("authored") if known else -1, dtype=np.int8)
    else:
        codes = [BASES.index(value) if value in kept else -1 for value in column.values]  # type: ignore[union-attr]
        basis = np.array([*codes, -1], dtype=np.int8)[column.codes]  # type: ignore[union-attr]
    speed = np.asarray(network.speed_kmh)
    lost = np.flatnonzero((basis >= 0) & ~((speed > 0) & np.isfinite(speed)))
    if len(lost):
        msg = (
            f"{len(lost)} edges are to keep their speed but have none above 0, among them rows {listed(lost[:5])}. "
            "Give them a speed, or blank their speed_basis to have it taken from the table."
        )
        raise SchemaError(msg)
    return basis


def _check_options(terrain: str, setting: str, mode: str, authored: str) -> None:
    faults = [
        f"{name}={value!r}: expected one of {listed(known)}"
        for name, value, known in (
            ("terrain", terrain, _TERRAINS),
            ("setting", setting, _SETTINGS),
            ("mode", mode, get_args(Mode)),
            ("authored", authored, ("keep", "replace")),
        )
        if value not in known
    ]
    if faults:
        msg = "; ".join(faults) + "."
        raise InputError(msg)


def _check_change(network: Network, mode: str, before: Mapping[str, Any], table: SpeedTable | None) -> None:
    """Refuse what speeds alone cannot do, and a table that would be forgotten in silence.

    Raises
    ------
    InputError
        If railways would appear or vanish, or the table the network was timed with is missing.
    """
    if mode != network.mode and "drive+rail" in {mode, network.mode}:
        msg = (
            f"This network is of mode {network.mode!r}, and speeds alone do not make it {mode!r}. Railways are added "
            "with with_rail(network), as the last step, to off-peak roads."
        )
        raise InputError(msg)
    if table is None and before.get("override"):
        msg = (
            f"This network was timed with the speed table {before['override']['file']}; without it other roads would "
            "change their speed too. Give it again (table=read_speed_table(path)), or table=read_speed_table() to go "
            "back to the packaged one."
        )
        raise InputError(msg)


def _check_words(network: Network) -> None:
    """Raise if a column holds a word nobody knows: a speed must not follow from a slip of the pen.

    Raises
    ------
    SchemaError
        If it does, naming the words of every column.
    """
    faults = []
    for name, column, known in (
        ("road_class", network.road_class, (*ROAD_CLASSES, UNKNOWN)),
        ("terrain", network.edge_columns.get("terrain"), _TERRAINS),
        ("setting", network.edge_columns.get("setting"), _SETTINGS),
        ("speed_basis", network.edge_columns.get("speed_basis"), BASES),
    ):
        if column is None:
            continue
        if not isinstance(column, Coded):
            faults.append(f"{name} holds numbers; expected words ({listed(known)})")
            continue
        used = np.unique(column.codes[column.codes >= 0])
        strange = sorted({column.values[code] for code in used} - {*known, ""})
        if strange:
            faults.append(f"{name} {listed(strange)}: expected {listed(known, shown=20)}, or blank")
    if faults:
        msg = "Speeds cannot be given: " + "; ".join(faults) + "."
        raise SchemaError(msg)


def _with_terrain(network: Network, dem: Path | str | None) -> tuple[Network, Any]:
    if dem is None:
        return network, (network.provenance.get("speeds") or {}).get("terrain")
    from urbangeo.sources.network.speeds.terrain import read_terrain

    found = read_terrain(network, dem)
    had = network.edge_columns.get("terrain")
    terrain = found.terrain
    if isinstance(had, Coded):
        values = tuple(dict.fromkeys((*terrain.values, *had.values)))
        old = np.array([*(values.index(value) for value in had.values), -1])[had.codes]
        terrain = Coded(np.where(terrain.codes < 0, old, terrain.codes).astype(np.int8), values)
    return replace(network, edge_columns={**network.edge_columns, "terrain": terrain}), found.provenance


def _road_km(network: Network) -> NDArray[Any]:
    """Return the kilometres of each edge, halved where a road has both directions, so that sums are road kilometres."""
    share = np.ones(len(network.u))
    straight = np.ones(len(network.u), dtype=bool)
    if network.shapes is not None:
        straight = network.shapes.line < 0
        line = network.shapes.line[~straight]
        share[~straight] = 1 / np.bincount(line)[line] if len(line) else 1.0
    u, v = network.u[straight].astype(np.int64), network.v[straight].astype(np.int64)
    pair = np.minimum(u, v) * len(network.node_id) + np.maximum(u, v)
    _, which, both = np.unique(pair, return_inverse=True, return_counts=True)
    onward = np.bincount(which, weights=u < v, minlength=len(both))
    share[straight] = (np.maximum(onward, both - onward) / both)[which]
    return np.asarray(network.length_m, dtype=float) / 1000 * share


def _share(kilometres: NDArray[Any], part: NDArray[np.bool_]) -> float:
    every = float(kilometres.sum())
    return round(float(kilometres[part].sum()) / every, 6) if every else 0.0


def _unknown_share(column: Any, computed: NDArray[np.bool_], kilometres: NDArray[Any]) -> float:
    """Return the share of kilometres, of those the table was asked for, whose terrain or setting is the default."""
    given = np.array([*(bool(value) for value in column.values), False])[column.codes] if column is not None else False
    return _share(kilometres[computed], ~np.broadcast_to(given, computed.shape)[computed])


def _number_or_none(value: Any) -> float | None:
    return None if value is None or math.isnan(float(value)) else float(value)


# --- the user's table -----------------------------------------------------------------------------------------------

_COLUMNS = ("road_class", "terrain", "setting", "signed_kmh", "mean_kmh", "peak_factor", "peak_kmh")
_REMARKS = ("design_kmh_low", "design_kmh_high", "standard", "basis", "source_id", "confidence")


def _read_override(file: Path, packaged: SpeedTable) -> tuple[tuple[SpeedRow, ...], tuple[str, ...]]:
    from urbangeo.sources.statistics_files import read_statistics

    found = read_statistics(file)
    frame = found.frame
    frame.columns = [str(name).strip() for name in frame.columns]
    strange = [name for name in frame if name not in (*_COLUMNS, *_REMARKS)]
    lacking = [name for name in ("road_class", "mean_kmh") if name not in frame]
    if strange or lacking:
        parts = [f"lacks {listed(lacking)}"] * bool(lacking) + [f"has {listed(strange)}"] * bool(strange)
        msg = f"The speed table {file.name} {' and '.join(parts)}; expected {listed(_COLUMNS)}."
        raise InputError(msg)
    rows, faults = [], []
    seen: dict[tuple[Any, ...], int] = {}
    for line, cells in zip(frame.index, frame.to_dict("records"), strict=True):
        texts = {str(name): "" if is_missing(cell) else str(cell).strip() for name, cell in cells.items()}
        row, wrong = _override_row(texts, packaged)
        faults += [f"row {line}: {fault}" for fault in wrong]
        if row is not None:
            key = (row.road_class, row.terrain, row.setting, row.signed_kmh)
            if key in seen:
                faults.append(f"row {line}: the same class, terrain, setting and sign as row {seen[key]}")
            seen[key] = line
            rows.append(row)
    if faults:
        msg = f"The speed table {file.name} cannot be used: " + "; ".join(faults) + "."
        raise InputError(msg)
    return tuple(rows), found.notes


def _override_row(cells: Mapping[str, str], packaged: SpeedTable) -> tuple[SpeedRow | None, list[str]]:
    faults: list[str] = []
    words = {}
    for name, known in (
        ("road_class", (*ROAD_CLASSES, UNKNOWN)),
        ("terrain", (*_TERRAINS, _ANY)),
        ("setting", (*_SETTINGS, _ANY)),
    ):
        words[name] = cells.get(name, "") or (_ANY if name != "road_class" else "")
        if words[name] not in known:
            faults.append(f"{name} {words[name]!r} is not known; expected {listed(known, shown=20)}")
    numbers = {}
    for name in ("signed_kmh", "mean_kmh", "peak_factor", "peak_kmh"):
        numbers[name], fault = _number(cells.get(name, ""), name)
        faults += [fault] if fault else []
    mean, factor, peak = numbers["mean_kmh"], numbers["peak_factor"], numbers["peak_kmh"]
    if not cells.get("mean_kmh", ""):
        faults.append("mean_kmh is blank")
    sign = numbers["signed_kmh"]
    if mean is not None and sign is not None and mean > sign:
        faults.append(f"mean_kmh {mean:g} is above signed_kmh {sign:g}")
    if factor is not None and peak is not None:
        faults.append("peak_factor and peak_kmh are both given; give one")
    if mean is not None and peak is not None and peak > mean:
        faults.append(f"peak_kmh {peak:g} is above mean_kmh {mean:g}")
    if faults or mean is None:
        return None, faults
    if peak is not None:
        factor = mean / peak
    elif factor is None:
        # The user changed the mean and said nothing of the peak: the factor of the class stays.
        factor = max((row.peak_factor for row in packaged.rows if row.road_class == words["road_class"]), default=1.0)
    return SpeedRow(**words, signed_kmh=sign, mean_kmh=mean, peak_factor=factor), []


def _number(text: str, name: str) -> tuple[float | None, str]:
    if not text:
        return None, ""
    try:
        value = float(text)
    except ValueError:
        return None, f"{name} {text!r} is no number"
    low, high = (1.0, 5.0) if name == "peak_factor" else (0.0, FASTEST_KMH)
    if not (low <= value <= high) or value == 0:
        return None, f"{name} {text} is outside {'1 … 5' if name == 'peak_factor' else f'0 … {FASTEST_KMH:g} km/h'}"
    return value, ""
