"""Two scenarios side by side: the ground, the people and the counties that circles gain and lose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.answers.coverage import RULE_ZH, Rule, census_on_counties, coverage
from urbangeo.archive.wording import word
from urbangeo.areas.isochrones import CUTOFFS, isochrones, seat_minutes
from urbangeo.errors import InputError
from urbangeo.language.crs import CGCS2000, EQUAL_AREA, area_km2, require_geographic

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    import pandas as pd

    from urbangeo.areas.graph.search import Direction
    from urbangeo.areas.origins import Origins
    from urbangeo.sources.network import AccessLeg, Network

KIND_ZH = {"gained": "新增", "lost": "减少"}
"""How a change of ground is called on maps and in reasons."""

SLIVER_M = 5.0
"""Pieces less wide than this on average (twice the area over the outline) are rounding of two outlines, not ground that
is gained or lost: outlines are drawn through cells of 50 to 500 m, and this is a tenth of the smallest."""

_SAME_SNAP_M = 1.0
"""An origin that meets the road farther away or nearer by more than this meets another road."""

_NAMED = 8
"""How many counties a reason names."""


@dataclass(frozen=True)
class CircleComparison:
    """What the circles of two scenarios have in common and what not.

    Attributes
    ----------
    changes : geopandas.GeoDataFrame
        Index (origin_id, cutoff_min, kind), kind "gained" or "lost"; kind_zh, area_km2, population (missing without a
        census), geometry; EPSG:4490. Only what changes has a row; each origin and cutoff lies apart from the others,
        so it may be drawn, written to a file or laid over a map as it is.
    counties : pandas.DataFrame
        Index (origin_id, cutoff_min, adcode): counties that enter or leave the circle under the rule; name, prefecture,
        province, change ("enters" or "leaves"), minutes_before and minutes_after to the seat (missing where unknown or
        not reached), county_population. Empty without counties and census.
    totals : pandas.DataFrame
        Index (origin_id, cutoff_min), one row each: area_before_km2, area_after_km2, gained_km2, lost_km2,
        population_before, population_after (as :func:`urbangeo.coverage` counts), population_gained, population_lost
        (people of the changed ground), counties_entering, counties_leaving,
        snap_before_m, snap_after_m, network_kind, rule, reason (Chinese).
    """

    changes: gpd.GeoDataFrame
    counties: pd.DataFrame
    totals: pd.DataFrame


def compare_circles(
    before: Network,
    after: Network,
    origins: Origins,
    *,
    counties: gpd.GeoDataFrame | None = None,
    census: pd.DataFrame | None = None,
    cutoffs: Sequence[float] = CUTOFFS,
    rule: Rule = "seat",
    share: float = 0.5,
    direction: Direction = "from",
    access: AccessLeg | None = None,
    cell_m: float | None = None,
    land: gpd.GeoSeries | None = None,
) -> CircleComparison:
    """Compare the circles of two scenarios: gained and lost area, people and counties.

    Parameters
    ----------
    before, after : Network
        Two networks of the same place, such as one and what :func:`urbangeo.add_edges` makes of it.
    origins : geopandas.GeoDataFrame, str, (lon, lat) pair, or a sequence of these
        As in :func:`urbangeo.isochrones`.
    counties : geopandas.GeoDataFrame, optional
        As :func:`urbangeo.read_counties` returns; given together with ``census``, or not at all: then only areas are
        compared.
    census : pandas.DataFrame, optional
        One year, as :func:`urbangeo.coverage` takes it.
    cutoffs : sequence of float, default (15, 30, 45, 60)
        Minutes.
    rule : {"seat", "people", "area", "centroid"}, default "seat"
        What makes a county covered, as in :func:`urbangeo.coverage`. "seat" needs networks that know the seats.
    share : float, default 0.5
        For the rules "people" and "area".
    direction, access, cell_m, land
        As in :func:`urbangeo.isochrones`, the same for both networks.

    Returns
    -------
    CircleComparison
        Changed ground, counties that enter and leave, totals with a reason in Chinese.

    Raises
    ------
    InputError
        If only one of ``counties`` and ``census`` is given, the networks have different access legs and none is asked
        for, or a value is out of range.
    SchemaError
        If the rule is "seat" and a network has no seats, or a frame is faulty.
    JoinError
        If counties and census do not match.
    SnapError
        If an origin is too far from every road of one of the networks.

    Notes
    -----
    An origin starts from its nearest road in each network. If a scenario opens or closes that very road, the circle
    begins elsewhere; the reason says so.

    Examples
    --------
    >>> import urbangeo as ug
    >>> from urbangeo.sources.network.changes.scenarios import remove_edges
    >>> roads = ug.read_network()
    >>> closed = remove_edges(roads, where={"road_name": "胶州湾隧道"}, note="example")
    >>> result = compare_circles(roads, closed, "青岛", cutoffs=[45])  # doctest: +SKIP
    >>> bool((result.totals["gained_km2"] == 0).all())  # doctest: +SKIP
    True
    """
    if (counties is None) != (census is None):
        msg = "People are counted with counties and census together; one of them is missing."
        raise InputError(msg)
    if access is None and before.access != after.access:
        msg = (
            f"The networks leave the road differently ({before.access} and {after.access}); circles would differ "
            "without any road. Give access= for both."
        )
        raise InputError(msg)
    places: dict[str, Any] = {"direction": direction, "access": access}
    ground: dict[str, Any] = {"cutoffs": cutoffs, "cell_m": cell_m, "land": land, **places}
    discs = [isochrones(network, origins, **ground) for network in (before, after)]
    about = {"rule": rule, "is_skeleton": before.is_skeleton or after.is_skeleton}
    parts = {"gained": _beyond(discs[1], discs[0]), "lost": _beyond(discs[0], discs[1])}
    if counties is None or census is None:
        return _put_together(discs, parts, None, None, about)
    seats = [seat_minutes(network, origins, **places) for network in (before, after)] if rule == "seat" else [None] * 2
    ruled: dict[str, Any] = {"rule": rule, "share": share}
    covered = [
        coverage(disc, counties, census, seat_minutes=times, **ruled) for disc, times in zip(discs, seats, strict=True)
    ]
    residents = census_on_counties(counties, census)[0]["resident_population"]
    people = {kind: _people(part, counties, residents) for kind, part in parts.items()}
    return _put_together(discs, parts, people, covered, about)


def _beyond(these: gpd.GeoDataFrame, those: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Cut from each circle what the other scenario's circle holds as well, strips without width left out."""
    import geopandas as gpd
    import shapely

    here, there = (np.asarray(frame.geometry.to_crs(EQUAL_AREA)) for frame in (these, those.loc[these.index]))
    kept = []
    for shape in shapely.difference(here, there):
        pieces = shapely.get_parts(shape)
        pieces = pieces[shapely.get_type_id(pieces) == 3]
        pieces = pieces[2 * shapely.area(pieces) > SLIVER_M * shapely.length(pieces)]
        kept.append(shapely.multipolygons(pieces) if len(pieces) else shapely.MultiPolygon())
    known = these.drop(columns=these.geometry.name)
    part = gpd.GeoDataFrame(known, geometry=kept, crs=EQUAL_AREA)
    part = part[~part.geometry.is_empty].to_crs(CGCS2000)
    part["area_km2"] = area_km2(part) if len(part) else []
    return part


def _people(part: gpd.GeoDataFrame, counties: gpd.GeoDataFrame, residents: pd.Series) -> list[Any]:
    """Count the people of each piece of ground, spread evenly in their county; one not counted leaves it unknown."""
    import pandas as pd
    import shapely

    land = np.asarray(require_geographic(counties, "counties").geometry.to_crs(EQUAL_AREA))
    found: list[Any] = []
    for shape in np.asarray(part.geometry.to_crs(EQUAL_AREA)):
        share = shapely.area(shapely.intersection(shape, land)) / shapely.area(land)
        count = residents[share > 0].astype("float64").to_numpy(na_value=np.nan)
        people = float((count * share[share > 0]).sum())
        found.append(pd.NA if np.isnan(people) else round(people))
    return found


def _put_together(
    discs: list[gpd.GeoDataFrame],
    parts: dict[str, gpd.GeoDataFrame],
    people: dict[str, list[Any]] | None,
    covered: list[pd.DataFrame] | None,
    about: dict[str, Any],
) -> CircleComparison:
    changes = _changes(parts, people)
    counties = _counties(covered)
    return CircleComparison(changes, counties, _totals(discs, changes, counties, covered, about))


def _changes(parts: dict[str, gpd.GeoDataFrame], people: dict[str, list[Any]] | None) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for kind, part in parts.items():
        counted = [pd.NA] * len(part) if people is None else people[kind]
        for (origin_id, cutoff), row, count in zip(part.index, part.to_dict("records"), counted, strict=True):
            rows.append(
                {
                    "origin_id": origin_id,
                    "cutoff_min": cutoff,
                    "kind": kind,
                    "kind_zh": KIND_ZH[kind],
                    "area_km2": row["area_km2"],
                    "population": count,
                    "network_kind": row["network_kind"],
                    "geometry": row["geometry"],
                }
            )
    columns = ["origin_id", "cutoff_min", "kind", "kind_zh", "area_km2", "population", "network_kind", "geometry"]
    frame = pd.DataFrame(rows, columns=columns).astype({"population": "Int64", "area_km2": "float64"})
    made = gpd.GeoDataFrame(frame, geometry="geometry", crs=CGCS2000)
    return made.set_index(["origin_id", "cutoff_min", "kind"]).sort_index()


def _people_in(covered: pd.DataFrame, origin_id: str, cutoff: float) -> Any:
    """Add up people; a county whose people are not known leaves the sum unknown."""
    index = covered.index
    here = (index.get_level_values("origin_id") == origin_id) & (index.get_level_values("cutoff_min") == cutoff)
    return covered.loc[here, "population"].sum(skipna=False)


def _counties(covered: list[pd.DataFrame] | None) -> pd.DataFrame:
    import pandas as pd

    keys = ["origin_id", "cutoff_min", "adcode"]
    columns = ["name", "prefecture", "province", "change", "minutes_before", "minutes_after", "county_population"]
    if covered is None:
        return pd.DataFrame(columns=[*keys, *columns]).set_index(keys)
    index = covered[0].index.union(covered[1].index)
    verdicts = [frame["covered"].reindex(index) for frame in covered]
    # A county a circle does not touch at all is not covered; one that cannot be decided neither enters nor leaves.
    absent = [~index.isin(frame.index) for frame in covered]
    inside = [verdict.mask(gone, other=False) for verdict, gone in zip(verdicts, absent, strict=True)]
    enters = (inside[1] & ~inside[0]).fillna(value=False).to_numpy(dtype=bool)
    leaves = (inside[0] & ~inside[1]).fillna(value=False).to_numpy(dtype=bool)
    minutes = [frame["seat_time_min"].reindex(index) for frame in covered]
    known = covered[1].reindex(index).combine_first(covered[0])
    made = known[["name", "prefecture", "province", "county_population"]].assign(
        change=["enters" if one else "leaves" if other else "" for one, other in zip(enters, leaves, strict=True)],
        minutes_before=minutes[0],
        minutes_after=minutes[1],
    )
    return made.loc[enters | leaves, columns].sort_index()


def _totals(
    discs: list[gpd.GeoDataFrame],
    changes: gpd.GeoDataFrame,
    counties: pd.DataFrame,
    covered: list[pd.DataFrame] | None,
    about: dict[str, Any],
) -> pd.DataFrame:
    import pandas as pd

    rows = []
    kinds = sorted({str(kind) for disc in discs for kind in disc["network_kind"]})
    for origin_id, cutoff in discs[0].index:
        old, new = (disc.loc[(origin_id, cutoff)] for disc in discs)
        ground = {kind: _value(changes, (origin_id, cutoff, kind), "area_km2") for kind in KIND_ZH}
        change = [_names(counties, origin_id, cutoff, which) for which in ("enters", "leaves")]
        row: dict[str, Any] = {
            "origin_id": origin_id,
            "cutoff_min": cutoff,
            "area_before_km2": float(old["area_km2"]),
            "area_after_km2": float(new["area_km2"]),
            "gained_km2": ground["gained"],
            "lost_km2": ground["lost"],
            "population_before": pd.NA,
            "population_after": pd.NA,
            "population_gained": pd.NA,
            "population_lost": pd.NA,
            "counties_entering": pd.NA,
            "counties_leaving": pd.NA,
            "snap_before_m": float(old["snap_m"]),
            "snap_after_m": float(new["snap_m"]),
            "network_kind": "、".join(kinds),
            "rule": about["rule"],
        }
        if covered is not None:
            row["population_before"], row["population_after"] = (
                _people_in(frame, origin_id, cutoff) for frame in covered
            )
            for kind in KIND_ZH:
                row[f"population_{kind}"] = _value(changes, (origin_id, cutoff, kind), "population")
            row["counties_entering"], row["counties_leaving"] = (len(names) for names in change)
        row["reason"] = _reason(row, change, is_counted=covered is not None, is_skeleton=about["is_skeleton"])
        rows.append(row)
    counts = dict.fromkeys((name for name in rows[0] if name.startswith(("population_", "counties_"))), "Int64")
    return pd.DataFrame(rows).astype(counts).set_index(["origin_id", "cutoff_min"])


def _value(changes: gpd.GeoDataFrame, key: tuple[Any, ...], column: str) -> Any:
    """Read one figure of the changes; without a row nothing changed."""
    return changes.loc[key, column] if key in changes.index else 0.0 if column == "area_km2" else 0


def _names(counties: pd.DataFrame, origin_id: str, cutoff: float, change: str) -> list[str]:
    """Name the counties that enter or leave, with the minutes to their seats where those are known."""
    import pandas as pd

    index = counties.index
    here = (index.get_level_values("origin_id") == origin_id) & (index.get_level_values("cutoff_min") == cutoff)
    found = []
    for row in counties[here & (counties["change"] == change).to_numpy(dtype=bool)].to_dict("records"):
        times = [row["minutes_before"], row["minutes_after"]]
        if not any(pd.isna(time) for time in times):
            words = f"{times[0]:.1f}→{times[1]:.1f}分钟"
        elif all(pd.isna(time) for time in times):
            words = ""
        else:
            words = "→".join("不可达" if pd.isna(time) else f"{time:.1f}分钟" for time in times)
        found.append(f"{row['name']}（{words}）" if words else str(row["name"]))
    return found


def _reason(row: dict[str, Any], change: list[list[str]], *, is_counted: bool, is_skeleton: bool) -> str:
    """Say in Chinese what the scenario changes for one circle."""
    import pandas as pd

    area = f"{row['area_before_km2']:,.1f}→{row['area_after_km2']:,.1f}平方公里"
    change_of_area = f"新增{row['gained_km2']:,.1f}，减少{row['lost_km2']:,.1f}"
    origin = str(row["origin_id"])
    # Coordinates must not run into the minutes: 36.93 and 30 minutes are not 36.9330.
    whose = f"{origin}的" if origin[-1:].isascii() else origin
    parts = [f"{whose}{row['cutoff_min']:g}分钟圈面积{area}（{change_of_area}）"]
    if is_counted:
        figures = [row[f"population_{name}"] for name in ("before", "after", "gained", "lost")]
        old, new, more, less = ("未知" if pd.isna(one) else f"{one:,}" for one in figures)
        parts.append(f"覆盖人口{old}→{new}人（新增{more}，减少{less}）")
        for names, verb in zip(change, ("进入", "退出"), strict=True):
            if names:
                rest = f"等{len(names)}个县（市、区）" if len(names) > _NAMED else ""
                parts.append(f"{verb}（按{RULE_ZH[row['rule']]}）：{'、'.join(names[:_NAMED])}{rest}")
    if abs(row["snap_after_m"] - row["snap_before_m"]) > _SAME_SNAP_M:
        parts.append(f"两种情景的起点接入道路不同（距路{row['snap_before_m']:,.0f}米与{row['snap_after_m']:,.0f}米）")
    if is_skeleton:
        parts.append(f"{word('network_kind', 'skeleton')}，非实测")
    return "；".join(parts) + "。"
