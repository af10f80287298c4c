"""Coverage: which share of each county and of its people a circle reaches, and how that stands to a plan's target.

People are census people. Where inside a county they live is a model, named in the result: spread evenly (``areal``), or
urban residents round the county seat and the rest evenly (``urban_rural``). The spread between the two is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from urbangeo.archive.wording import word
from urbangeo.errors import InputError, JoinError, SchemaError, listed
from urbangeo.language.crs import EQUAL_AREA, require_geographic
from urbangeo.language.scalars import plain
from urbangeo.language.schemas import CENSUS, COUNTIES, ISOCHRONES, SKELETON, check_frame

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

Placement = Literal["areal", "urban_rural"]
Rule = Literal["seat", "people", "area", "centroid"]

URBAN_M2_PER_PERSON = 100.0
"""Built-up land of an urban resident in the ``urban_rural`` model, m². Assumed: a round figure inside the 85.1–105.0 m²
that GB 50137-2011 sets for new towns (quoted from general knowledge, the standard was not read for this release). It
only sizes the disc round the seat on which urban residents are placed."""

RULE_ZH: dict[str, str] = {
    "seat": "政府驻地可达",
    "people": "人口覆盖达标",
    "area": "面积覆盖达标",
    "centroid": "几何中心可达",
}

LEAST_SHARE = 1e-4
"""Shares below this are slivers of two ways of drawing the same line, not coverage: a ten-thousandth of a county is far
below what a 250 m cell can tell."""

_WHOLE = 1e-6
"""A share this near to one is one: what is missing is rounding of the cut."""


def coverage(
    isochrones: gpd.GeoDataFrame,
    counties: gpd.GeoDataFrame,
    census: pd.DataFrame,
    *,
    seat_minutes: pd.DataFrame | None = None,
    seats: gpd.GeoSeries | None = None,
    placement: Placement = "areal",
    rule: Rule = "seat",
    share: float = 0.5,
) -> pd.DataFrame:
    """Measure how much of each county, and how many of its people, each isochrone reaches.

    Parameters
    ----------
    isochrones : geopandas.GeoDataFrame
        As :func:`urbangeo.isochrones` returns.
    counties : geopandas.GeoDataFrame
        As :func:`urbangeo.read_counties` returns; index adcode.
    census : pandas.DataFrame
        One year of :func:`urbangeo.read_census`, with zones added to their hosts where people are to be complete. Zones
        that have no county of their own are left out and named in ``attrs["left_out"]``.
    seat_minutes : pandas.DataFrame, optional
        Index (origin_id, adcode) and time_min, as :func:`urbangeo.seat_minutes` returns. Without it seat times are
        missing and the rule "seat" cannot be decided.
    seats : geopandas.GeoSeries, optional
        Points on the index adcode, as :func:`urbangeo.county_seats` returns; needed for ``placement="urban_rural"``.
        The label points of the boundary package are no seats: they lie 18 km from them on average.
    placement : {"areal", "urban_rural"}, default "areal"
        Where people live inside a county: evenly, or urban residents on a disc round the seat
        (:data:`urbangeo.answers.coverage.URBAN_M2_PER_PERSON` each) and the others evenly.
    rule : {"seat", "people", "area", "centroid"}, default "seat"
        What makes a county covered: its seat is reached in time; at least ``share`` of its people, or of its area, is
        inside; its centroid is inside.
    share : float, default 0.5
        For the rules "people" and "area".

    Returns
    -------
    pandas.DataFrame
        Index (origin_id, cutoff_min, adcode), counties touched or reached only; name, prefecture, province, area_share
        (0–1), population_share (0–1), population (persons reached), county_population, seat_time_min, covered
        (True, False or missing), verdict (Chinese), placement, rule, network_kind.

    Raises
    ------
    SchemaError
        If a frame is faulty, or the census holds several years.
    JoinError
        If a county has no census row, a census county has no polygon, or a county has no seat where seats are needed.
    InputError
        If an option is not known, ``share`` is not between 0 and 1, or seats are needed and not given.

    Notes
    -----
    Areas are measured in :data:`urbangeo.language.crs.EQUAL_AREA`.
    """
    import pandas as pd

    if placement not in ("areal", "urban_rural") or rule not in RULE_ZH or not 0 < share <= 1:
        msg = (
            f"placement={placement!r}, rule={rule!r}, share={share!r}: expected placement 'areal' or 'urban_rural', "
            f"rule one of {listed(RULE_ZH)}, share above 0 and up to 1."
        )
        raise InputError(msg)
    check_frame(isochrones, ISOCHRONES)
    check_frame(counties, COUNTIES)
    people, left_out = census_on_counties(counties, census)
    land = require_geographic(counties, "counties").to_crs(EQUAL_AREA)
    discs = require_geographic(isochrones, "isochrones").to_crs(EQUAL_AREA)
    towns = _seat_discs(land, people, seats) if placement == "urban_rural" else None
    parts = []
    for position, disc in enumerate(discs.to_dict("records")):
        origin_id, cutoff = discs.index[position]
        times = _times_of(seat_minutes, str(origin_id))
        part = _one_disc(disc["geometry"], land, people, towns=towns, times=times, cutoff=float(cutoff))
        if part.empty:
            continue
        part["covered"] = _covered(part, rule, share, float(cutoff))
        part.insert(0, "origin_id", str(origin_id))
        part.insert(1, "cutoff_min", float(cutoff))
        part["network_kind"] = disc.get("network_kind", pd.NA)
        parts.append(part.reset_index().set_index(["origin_id", "cutoff_min", "adcode"]))
    if not parts:
        msg = "No isochrone touches any of these counties; check that both lie in the same region."
        raise InputError(msg)
    result = pd.concat(parts)
    result["verdict"] = [verdict_word(value, rule) for value in result["covered"]]
    result["placement"], result["rule"] = placement, rule
    columns = [
        "name",
        "prefecture",
        "province",
        "area_share",
        "population_share",
        "population",
        "county_population",
    ]
    columns += ["seat_time_min", "covered", "verdict", "placement", "rule", "network_kind"]
    result = result[columns].sort_index()
    result.attrs["left_out"] = left_out
    return result


def census_on_counties(counties: gpd.GeoDataFrame, census: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Bring one year of the census to county polygons, failing on any county without partner.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame
        Index adcode.
    census : pandas.DataFrame
        Index (adcode, year), one year.

    Returns
    -------
    tuple of (pandas.DataFrame, list of dict)
        resident_population and urban_population on the counties' index, and the zones that have no polygon (name,
        adcode, resident_population), which the figures leave out.

    Raises
    ------
    SchemaError
        If the census frame is faulty or holds several years.
    JoinError
        If a county has no census row, or a census county has no polygon.
    """
    check_frame(census, CENSUS)
    years = sorted({int(year) for year in census.index.get_level_values("year")})
    if len(years) != 1:
        msg = f"The census frame holds the years {listed(years)}; select one."
        raise SchemaError(msg)
    table = census.droplevel("year")
    provinces = {code[:2] for code in counties.index}
    table = table[[code[:2] in provinces for code in table.index]]
    # A zone without a polygon is known to stand alone; a county without one is a fault.
    lonely = table[(table["unit_type"] == "zone") & ~table.index.isin(counties.index)]
    figures = table.drop(lonely.index)
    missing = [f"{code} {counties.loc[code, 'name']}" for code in counties.index if code not in figures.index]
    extra = [f"{code} {figures.loc[code, 'name']}" for code in figures.index if code not in counties.index]
    if missing or extra:
        msg = (
            f"Counties and census {years[0]} do not match: {len(missing)} counties have no census row "
            f"({listed(missing) or 'none'}), {len(extra)} census counties have no polygon ({listed(extra) or 'none'}). "
            "Use the census on today's divisions, and all counties of the province."
        )
        raise JoinError(msg)
    columns = ["resident_population", "urban_population"]
    left_out = [
        {
            "adcode": str(code),
            "name": str(row["name"]),
            "resident_population": plain(row["resident_population"]),
        }
        for code, row in lonely.iterrows()
    ]
    return figures.loc[counties.index, columns], left_out


def _times_of(seat_minutes: pd.DataFrame | None, origin_id: str) -> pd.Series | None:
    if seat_minutes is None:
        return None
    if origin_id not in seat_minutes.index.get_level_values("origin_id"):
        msg = f"seat_minutes has no times from {origin_id!r}; compute them for the same origins as the isochrones."
        raise JoinError(msg)
    times: pd.Series = seat_minutes.xs(origin_id, level="origin_id")["time_min"]
    return times


def _seat_discs(land: gpd.GeoDataFrame, people: pd.DataFrame, seats: gpd.GeoSeries | None) -> NDArray[Any]:
    """Draw for each county the ground its urban residents are placed on: a disc round the seat, cut to the county."""
    import geopandas as gpd
    import shapely

    if seats is None:
        msg = "placement='urban_rural' puts urban residents round county seats; give seats=county_seats(network)."
        raise InputError(msg)
    missing = [f"{code} {land.loc[code, 'name']}" for code in land.index if code not in seats.index]
    if missing or not seats.index.is_unique:
        msg = f"{len(missing)} counties have no seat ({listed(missing) or 'some have two'}); each needs one."
        raise JoinError(msg)
    ordered = gpd.GeoDataFrame(geometry=list(seats.loc[land.index]), index=land.index, crs=seats.crs)
    points = np.asarray(require_geographic(ordered, "the frame of county seats").to_crs(EQUAL_AREA).geometry)
    area = people["urban_population"].astype("float64").to_numpy() * URBAN_M2_PER_PERSON
    shapes = np.asarray(land.geometry)
    # Where the disc runs over the county's edge it is widened once by what was cut off; the rest is accepted.
    radius = np.sqrt(np.maximum(area, 1.0) / np.pi)
    discs = shapely.intersection(shapely.buffer(points, radius), shapes)
    cut = np.clip(area / np.maximum(shapely.area(discs), 1.0), 1.0, 4.0)
    discs = shapely.intersection(shapely.buffer(points, radius * np.sqrt(cut)), shapes)
    return np.where(shapely.area(discs) > 0, discs, shapes)


def _one_disc(
    disc: Any,
    land: gpd.GeoDataFrame,
    people: pd.DataFrame,
    *,
    towns: NDArray[Any] | None,
    times: pd.Series | None,
    cutoff: float,
) -> pd.DataFrame:
    import pandas as pd
    import shapely

    shapes = np.asarray(land.geometry)
    reached = np.zeros(len(land), dtype=bool)
    minutes = np.full(len(land), np.nan)
    if times is not None:
        minutes = times.reindex(land.index).to_numpy(dtype=float)
        reached = minutes <= cutoff
    shapely.prepare(disc)
    touched = shapely.intersects(disc, shapes)
    chosen = np.flatnonzero(touched | reached)
    area_share = _share(disc, shapes[chosen])
    residents = people["resident_population"].astype("float64").to_numpy()[chosen]
    if towns is None:
        people_share = area_share
    else:
        urban = people["urban_population"].astype("float64").to_numpy()[chosen]
        inside = urban * _share(disc, towns[chosen]) + (residents - urban) * area_share
        # Nobody lives where nobody is counted; where the count is missing, the share is too.
        nobody = np.where(np.isnan(inside), np.nan, 0.0)
        people_share = np.divide(inside, residents, out=nobody, where=residents > 0)
    table = land.iloc[chosen]
    frame = pd.DataFrame(
        {
            "name": table["name"],
            "prefecture": table["prefecture"],
            "province": table["province"],
            "area_share": area_share,
            "population_share": people_share,
            "population": np.rint(people_share * residents),
            "county_population": residents,
            "seat_time_min": minutes[chosen],
            "centroid_inside": shapely.contains(disc, shapely.centroid(shapes[chosen])),
        },
        index=table.index,
    )
    frame = frame[(frame["area_share"] > LEAST_SHARE) | reached[chosen]]
    return frame.astype({"population": "Int64", "county_population": "Int64"})


def _share(disc: Any, shapes: NDArray[Any]) -> NDArray[np.float64]:
    import shapely

    part = shapely.area(shapely.intersection(disc, shapes)) / shapely.area(shapes)
    # Rounding of the cut: what is whole is whole.
    return np.where(part > 1 - _WHOLE, 1.0, part)


def _covered(part: pd.DataFrame, rule: Rule, share: float, cutoff: float) -> pd.Series:
    import pandas as pd

    if rule == "seat":
        known = part["seat_time_min"].notna()
        decided = (part["seat_time_min"] <= cutoff).astype("boolean")
        return decided.where(known, pd.NA)
    column = {"people": "population_share", "area": "area_share"}.get(rule)
    if column is None:
        return part["centroid_inside"].astype("boolean")
    return (part[column] >= share).astype("boolean").where(part[column].notna(), pd.NA)


def verdict_word(value: Any, rule: Rule) -> str:
    """Put a verdict into Chinese.

    Parameters
    ----------
    value : bool or missing
        Whether a county is covered.
    rule : {"seat", "people", "area", "centroid"}
        By which rule.

    Returns
    -------
    str
        For example 政府驻地可达.

    Examples
    --------
    >>> verdict_word(False, "seat")
    '政府驻地不可达'
    """
    import pandas as pd

    if pd.isna(value):
        return f"{RULE_ZH[rule]}：无法判定"
    return RULE_ZH[rule] if value else RULE_ZH[rule].replace("可达", "不可达").replace("达标", "未达标")


def circle_totals(
    covered: pd.DataFrame,
    *,
    definition: str,
    definition_zh: str,
    targets: dict[str, tuple[int, str]] | None = None,
    target_cutoff_min: float = 60.0,
    count: Literal["people", "whole_counties"] = "people",
    note: str = "",
) -> pd.DataFrame:
    """Add up the people each circle reaches under one named definition, with the plan's target beside it.

    Parameters
    ----------
    covered : pandas.DataFrame
        As :func:`coverage` returns.
    definition, definition_zh : str
        What is counted, for the table and for the map.
    targets : dict of str to (int, str), optional
        Origin to the plan's figure (persons) and its source; origins left out have no target.
    target_cutoff_min : float, default 60
        The cutoff the targets speak of; totals of other cutoffs carry none.
    count : {"people", "whole_counties"}, default "people"
        People inside the area, or all people of the counties whose verdict is yes.
    note : str, optional
        What a reader must know of this definition; that a result rests on the skeleton
        network, and which zones its people leave out, is added by itself.

    Returns
    -------
    pandas.DataFrame
        origin_id, cutoff_min, definition, definition_zh, counties, population (missing if a county could not be
        decided), target_population, gap (population less target), source_id of the target, note.

    Raises
    ------
    InputError
        If ``count`` is unknown.
    """
    import pandas as pd

    if count not in ("people", "whole_counties"):
        msg = f"count={count!r}: expected 'people' or 'whole_counties'."
        raise InputError(msg)
    rows = []
    rests = covered["network_kind"].str.contains(SKELETON).any()
    skeleton = f"{word('network_kind', SKELETON)}，非实测" if rests else ""
    for _, part in covered.groupby(level=["origin_id", "cutoff_min"], sort=False):
        origin_id, cutoff = str(part.index[0][0]), float(part.index[0][1])
        if count == "whole_counties":
            undecided = int(part["covered"].isna().sum())
            chosen = part[part["covered"].fillna(value=False).astype(bool)]
            # What cannot be decided is not nothing: one undecided county leaves the sum unknown.
            people = pd.NA if undecided else chosen["county_population"].sum(skipna=False)
            doubt = f"{undecided}个县（市、区）无法判定，合计未知" if undecided else ""
        else:
            chosen, doubt = part, ""
            people = chosen["population"].sum(skipna=False)
        is_aimed_at = cutoff == target_cutoff_min
        target, source = (targets or {}).get(origin_id, (None, None)) if is_aimed_at else (None, None)
        rows.append(
            {
                "origin_id": origin_id,
                "cutoff_min": cutoff,
                "definition": definition,
                "definition_zh": definition_zh,
                "counties": len(chosen),
                "population": people,
                "target_population": target,
                "gap": None if target is None else people - target,
                "source_id": source,
                "note": "；".join(words for words in (skeleton, note, doubt, _left_out(part, covered)) if words),
            }
        )
    return pd.DataFrame(rows).astype({"population": "Int64", "target_population": "Int64", "gap": "Int64"})


def _left_out(part: pd.DataFrame, covered: pd.DataFrame) -> str:
    """Name the zones in the prefectures a circle reaches whose people no single county carries."""
    prefectures = {str(code)[:4] for code in part.index.get_level_values("adcode")}
    zones = [zone for zone in covered.attrs.get("left_out", []) if zone["adcode"][:4] in prefectures]
    names = "、".join(f"{zone['name']}{zone['resident_population']:,}人" for zone in zones)
    return f"不含未归入区县的功能区：{names}" if names else ""
