"""The door of the map: every frame is looked at before anything is drawn, and all faults are told at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from urbangeo.answers.fitness import NetworkReport
from urbangeo.answers.scenarios import KIND_ZH
from urbangeo.errors import CrsError, InputError, JoinError, SchemaError, listed
from urbangeo.language.adcode import adcode_faults, province_code
from urbangeo.language.crs import CGCS2000
from urbangeo.language.scalars import is_missing
from urbangeo.language.schemas import FrameSchema, frame_faults
from urbangeo.windows.maps.words import text

if TYPE_CHECKING:
    from collections.abc import Collection

    import geopandas as gpd
    import pandas as pd

    from urbangeo.windows.maps.live.circle import LiveCircle

COUNTIES = FrameSchema(
    "counties",
    ("adcode",),
    {
        "name": "text",
        "prefecture_adcode": "text",
        "prefecture": "text",
        "province_adcode": "text",
        "province": "text",
        "geometry": "geometry",
    },
)
CENSUS = FrameSchema(
    "census",
    ("adcode", "year"),
    {
        "name": "text",
        "resident_population": "number",
        "urban_population": "number",
        "urbanization_rate_pct": "number",
        "unit_type": "text",
        "host_adcode": "text",
        "source_id": "text",
    },
)
DESIGNATIONS = FrameSchema(
    "designations",
    (),
    {
        "programme": "text",
        "programme_zh": "text",
        "adcode": "text",
        "name": "text",
        "designated_adcode": "text",
        "designated_name": "text",
        "source_id": "text",
        "confidence": "text",
    },
    needs_rows=False,
)
POTENTIAL = FrameSchema("potential", ("adcode",), {"name": "text", "decision": "text", "reason": "text"})
ISOCHRONES = FrameSchema("isochrones", ("origin_id", "cutoff_min"), {"geometry": "geometry"})
COVERAGE = FrameSchema("coverage", ("origin_id", "cutoff_min", "adcode"), {"seat_time_min": "number"})
TOTALS = FrameSchema(
    "totals",
    (),
    {
        "origin_id": "text",
        "cutoff_min": "number",
        "definition_zh": "text",
        "population": "number",
        "target_population": "number",
        "gap": "number",
    },
)

CHANGES = FrameSchema(
    "changes",
    ("origin_id", "cutoff_min", "kind"),
    {"area_km2": "number", "population": "number", "geometry": "geometry"},
    needs_rows=False,
)

_DECISIONS = ("potential", "not_potential", "undecided")


@dataclass(frozen=True)
class MapFrames:
    """The frames of one map after the door.

    Attributes
    ----------
    counties : geopandas.GeoDataFrame
        Sorted by adcode.
    census, designations, potential, isochrones, coverage, totals : pandas.DataFrame or None
        As given.
    network : object or None
        A network with ``lines()`` and ``nodes``.
    report : NetworkReport or None
        What was found of a network's fitness.
    changes : geopandas.GeoDataFrame or None
        Ground gained and lost between two scenarios.
    live : LiveCircle or None
        A circle computed in the page.
    """

    counties: gpd.GeoDataFrame
    census: pd.DataFrame | None
    designations: pd.DataFrame | None
    potential: pd.DataFrame | None
    isochrones: gpd.GeoDataFrame | None
    coverage: pd.DataFrame | None
    totals: pd.DataFrame | None
    network: Any
    report: NetworkReport | None = None
    changes: gpd.GeoDataFrame | None = None
    live: LiveCircle | None = None


def check_frames(frames: MapFrames) -> MapFrames:
    """Check all frames of a map and return them with the counties in the order of their codes.

    Parameters
    ----------
    frames : MapFrames
        What the caller gave.

    Returns
    -------
    MapFrames
        The same frames, counties sorted.

    Raises
    ------
    InputError
        If something is not a frame at all, a decision is not one of the three, or a change neither gained nor lost.
    SchemaError
        If columns, types or indexes are wrong, or a frame is empty; all frames are told at once.
    CrsError
        If counties, isochrones or changes are not in EPSG:4490.
    JoinError
        If a row names a county that its own province does not have.
    """
    named: tuple[tuple[Any, FrameSchema], ...] = (
        (frames.counties, COUNTIES),
        (frames.census, CENSUS),
        (frames.designations, DESIGNATIONS),
        (frames.potential, POTENTIAL),
        (frames.isochrones, ISOCHRONES),
        (frames.coverage, COVERAGE),
        (frames.totals, TOTALS),
        (frames.changes, CHANGES),
    )
    given = [(frame, schema) for frame, schema in named if frame is not None or schema is COUNTIES]
    _are_frames(given)
    _is_report(frames.report)
    faults = [f"{schema.name}: {fault}" for frame, schema in given for fault in frame_faults(frame, schema)]
    if faults:
        raise SchemaError("The map cannot be drawn. " + "; ".join(faults) + ".")
    for frame, schema in given:
        if "geometry" in schema.columns:
            _has_crs(frame, schema.name)
    _in_degrees(frames.counties)
    _decisions(frames.potential)
    _kinds(frames.changes)
    _known_counties(frames)
    if frames.network is not None and not (hasattr(frames.network, "lines") and hasattr(frames.network, "nodes")):
        msg = f"network is a {type(frames.network).__name__}; expected the Network that read_network returns."
        raise InputError(msg)
    return MapFrames(
        frames.counties.sort_index(),
        frames.census,
        frames.designations,
        frames.potential,
        frames.isochrones,
        frames.coverage,
        frames.totals,
        frames.network,
        frames.report,
        frames.changes,
        frames.live,
    )


def _are_frames(given: list[tuple[Any, FrameSchema]]) -> None:
    import geopandas as gpd
    import pandas as pd

    wrong = []
    for frame, schema in given:
        wanted = gpd.GeoDataFrame if "geometry" in schema.columns else pd.DataFrame
        if not isinstance(frame, wanted):
            wrong.append(f"{schema.name} is a {type(frame).__name__}, expected a {wanted.__name__}")
    if wrong:
        raise InputError("; ".join(wrong) + ".")


def _is_report(report: object) -> None:
    if report is not None and not isinstance(report, NetworkReport):
        msg = f"report is a {type(report).__name__}; expected the NetworkReport that network_report returns."
        raise InputError(msg)


def _has_crs(frame: gpd.GeoDataFrame, name: str) -> None:
    if frame.crs is None:
        msg = f'{name} has no CRS, expected {CGCS2000}; use set_crs("{CGCS2000}") if you are sure of it.'
        raise CrsError(msg)
    if not frame.crs.equals(CGCS2000):
        msg = f'{name} is in {frame.crs.to_string()}, expected {CGCS2000} (CGCS2000); use {name}.to_crs("{CGCS2000}").'
        raise CrsError(msg)


def _in_degrees(counties: gpd.GeoDataFrame) -> None:
    west, south, east, north = (float(value) for value in counties.total_bounds)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        extent = f"{west:g}, {south:g} to {east:g}, {north:g}"
        msg = f"counties run from {extent}: these are no degrees. Set the true CRS, then to_crs({CGCS2000!r})."
        raise CrsError(msg)


def _decisions(potential: pd.DataFrame | None) -> None:
    if potential is None:
        return
    strange = sorted({text(value) for value in potential["decision"]} - set(_DECISIONS))
    if strange:
        msg = f"potential has decisions {listed(strange)}; expected {listed(_DECISIONS)}."
        raise InputError(msg)


def _kinds(changes: gpd.GeoDataFrame | None) -> None:
    if changes is None:
        return
    strange = sorted({text(kind) for kind in changes.index.get_level_values("kind")} - set(KIND_ZH))
    if strange:
        msg = f"changes has kinds {listed(strange)}; expected {listed(KIND_ZH)}, as compare_circles gives them."
        raise InputError(msg)


def _known_counties(frames: MapFrames) -> None:
    """Refuse codes that lie in a province on the map but have no polygon there; other provinces are let through."""
    known = frames.counties
    provinces = {province_code(code) for code in known.index}
    faults: list[str] = []
    if frames.designations is not None:
        codes = [code for code in frames.designations["adcode"] if not is_missing(code)]
        faults += [f"designations: {fault}" for fault in adcode_faults(codes)]
        faults += _strangers("designations", codes, known.index, provinces)
    if frames.potential is not None:
        faults += _strangers("potential", frames.potential.index, known.index, provinces)
    if frames.coverage is not None:
        faults += _strangers("coverage", frames.coverage.index.get_level_values("adcode"), known.index, provinces)
    if frames.census is not None:
        newest = frames.census.xs(frames.census.index.get_level_values("year").max(), level="year")
        counted = newest.index[newest["unit_type"].map(text) == "county"]
        faults += _strangers("census", counted, known.index, provinces)
    if frames.report is not None and frames.report.by_county is not None:
        faults += _strangers("report", frames.report.by_county.index, known.index, provinces)
    if faults:
        raise JoinError("Not every row has its county on the map. " + "; ".join(faults) + ".")


def _strangers(name: str, codes: Collection[Any], known: Collection[Any], provinces: set[str]) -> list[str]:
    inside = sorted({str(code) for code in codes if province_code(str(code)) in provinces} - set(known))
    if not inside:
        return []
    told = f"{name}: {len(inside)} codes of a province on the map have no polygon: {listed(inside)}"
    return [f"{told} (old codes and whole prefectures are the usual cause; leave out what is not on the map)"]
