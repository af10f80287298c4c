"""County census figures, on today's divisions or as the book prints them, with functional zones told apart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, listed
from urbangeo.sources.boundaries import match_province

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

Zones = Literal["apart", "to_host"]
Basis = Literal["today", "published"]

WEAKEST_FIRST = (
    "unconfirmed",
    "derived",
    "partly_legible",
    "one_source",
    "one_page",
    "two_sources",
    "two_pages",
)
"""Confidence marks from the weakest to the strongest; a sum is as sure as its weakest part."""

COLUMNS = [
    "name",
    "prefecture",
    "province",
    "resident_population",
    "urban_population",
    "urbanization_rate_pct",
    "unit_type",
    "host_adcode",
    "source_id",
    "confidence",
    "note",
]


def read_census(
    year: int | Sequence[int] = 2020,
    *,
    provinces: str | Sequence[str] | None = None,
    zones: Zones = "apart",
    basis: Basis = "today",
) -> pd.DataFrame:
    """Read county census figures of Shandong and Qinghai.

    The census books print functional zones (高新区, 经开区) as rows of their own; the host county's row leaves their
    people out. Zones that span several districts have no host and always stay apart; so does 大柴旦行政委员会, which
    is no county but has a polygon.

    Parameters
    ----------
    year : int or sequence of int, default 2020
        Census years: 2010, 2020.
    provinces : str, sequence of str, optional
        Full or short names or codes; both provinces by default.
    zones : {"apart", "to_host"}, default "apart"
        ``"apart"`` keeps every zone as a row with ``unit_type`` "zone"; ``"to_host"`` adds zones that have one host
        to it, and recomputes its rate.
    basis : {"today", "published"}, default "today"
        ``"today"``: rows of merged or renamed units are summed on today's codes. ``"published"``: the units of the
        book; three 2010 rows have no code, so the index is ``unit_id`` instead of adcode.

    Returns
    -------
    pandas.DataFrame
        Index (adcode, year), or (unit_id, year) with a column adcode for ``basis="published"``; columns name,
        prefecture, province, resident_population, urban_population (persons), urbanization_rate_pct (%),
        unit_type, host_adcode, source_id, confidence, note.

    Raises
    ------
    InputError
        If a year or an option is not known, or ``provinces`` is empty.
    UnknownNameError
        If a province is not known.

    Examples
    --------
    >>> census = read_census(2020)
    >>> int(census.loc[("370703", 2020), "resident_population"])
    356148
    >>> hosted = read_census(2020, zones="to_host")
    >>> float(hosted.loc[("370703", 2020), "urbanization_rate_pct"])
    65.25

    References
    ----------
    中国人口普查分县资料—2020, 中国统计出版社, 2022; 中国2010年人口普查分县资料, 中国统计出版社, 2012.
    """
    if zones not in ("apart", "to_host") or basis not in ("today", "published"):
        msg = f"zones={zones!r}, basis={basis!r}: expected zones 'apart' or 'to_host', basis 'today' or 'published'."
        raise InputError(msg)
    table = read_table("census/census")
    asked: Any = year  # a notebook hands over numpy and pandas numbers too
    years = list(asked) if isinstance(asked, Iterable) and not isinstance(asked, str) else [asked]
    there = set(table["year"])
    unknown = [value for value in years if value not in there or isinstance(value, bool)]
    if unknown or not years:
        known = listed(sorted(table["year"].unique()))
        msg = f"No census of {listed(unknown) or 'no year'} in the tables; expected some of {known}."
        raise InputError(msg)
    table = table[table["year"].isin(years)]
    if provinces is not None:
        table = table[table["province"].isin(_province_names(provinces))]
    if basis == "published":
        frame = table.set_index(["unit_id", "year"])[["adcode", *COLUMNS]]
    else:
        frame = _on_todays_divisions(table)
    return (_with_zones_at_host(frame) if zones == "to_host" else frame).sort_index()


def _province_names(provinces: str | Sequence[str]) -> set[str]:
    wanted = [provinces] if isinstance(provinces, str) else list(provinces)
    if not wanted:
        msg = "provinces is empty; give at least one name such as '山东省', or None for both provinces."
        raise InputError(msg)
    divisions = read_table("boundaries/divisions").drop_duplicates("province_adcode")
    known = dict(zip(divisions["province_adcode"], divisions["province"], strict=True))
    return {known[match_province(word, known)] for word in wanted}


def _rate(frame: pd.DataFrame) -> pd.Series:
    return (100 * frame["urban_population"].astype("Float64") / frame["resident_population"]).round(2).astype("float64")


def weakest(marks: Iterable[str]) -> str:
    """Return the weakest of some confidence marks.

    Parameters
    ----------
    marks : iterable of str
        Marks out of :data:`WEAKEST_FIRST`.

    Returns
    -------
    str
        The weakest.

    Raises
    ------
    InputError
        If there is no mark, or one whose rank is not known.

    Examples
    --------
    >>> weakest(["two_pages", "unconfirmed"])
    'unconfirmed'
    """
    given = list(marks)
    unknown = sorted({str(mark) for mark in given if mark not in WEAKEST_FIRST})
    if unknown or not given:
        quoted = listed(repr(mark) for mark in unknown) or "none"
        msg = f"A confidence mark is needed, got {quoted}; expected some of {listed(WEAKEST_FIRST, 20)}."
        raise InputError(msg)
    return min(given, key=WEAKEST_FIRST.index)


def _on_todays_divisions(table: pd.DataFrame) -> pd.DataFrame:
    """Sum the published rows on today's codes; a unit that was merged carries the names it was made of in its note."""
    import pandas as pd

    divisions = read_table("boundaries/divisions").set_index("adcode")
    # A functional zone keeps its own code; an old county goes to the unit it is part of today.
    keyed = table.assign(adcode=table["adcode_2020"])
    rows = []
    for _, group in keyed.groupby(["adcode", "year"], sort=True):
        first = group.iloc[0]
        adcode, year = str(first["adcode"]), int(first["year"])
        row: dict[str, Any] = {name: first[name] for name in ("prefecture", "province", "unit_type", "host_adcode")}
        old_names = [
            name for name in group["name"] if adcode in divisions.index and name != divisions.loc[adcode, "name"]
        ]
        notes = [str(note) for note in group["note"].dropna().unique()]
        if old_names:
            notes.insert(0, f"{year}年统计单元：{'、'.join(group['name'])}")
        if adcode in divisions.index:
            # 大柴旦 is a zone with a polygon; a zone row merged into a county (茫崖) counts as that county today.
            row["prefecture"] = divisions.loc[adcode, "prefecture"]
            row["unit_type"] = "zone" if divisions.loc[adcode, "type"] == "行政委员会" else "county"
        row |= {
            "adcode": adcode,
            "year": year,
            "name": divisions.loc[adcode, "name"] if adcode in divisions.index else first["name"],
            "resident_population": group["resident_population"].sum(skipna=False),
            "urban_population": group["urban_population"].sum(skipna=False),
            "urbanization_rate_pct": first["urbanization_rate_pct"],
            "source_id": ";".join(dict.fromkeys(";".join(group["source_id"]).split(";"))),
            "confidence": weakest(group["confidence"]),
            "note": "；".join(notes) or pd.NA,
            "parts": len(group),
        }
        rows.append(row)
    frame = pd.DataFrame(rows).astype({name: table[name].dtype for name in COLUMNS})
    summed = frame["parts"] > 1
    frame.loc[summed, "urbanization_rate_pct"] = _rate(frame[summed])
    return frame.set_index(["adcode", "year"])[COLUMNS]


def _with_zones_at_host(frame: pd.DataFrame) -> pd.DataFrame:
    """Add each zone that names one host to it and drop the zone's row."""
    hosted = frame[(frame["unit_type"] == "zone") & frame["host_adcode"].notna()]
    result = frame.drop(hosted.index)
    keyed = hosted.reset_index("year").set_index("host_adcode").set_index("year", append=True)
    orphans = keyed.index.difference(result.index)
    if len(orphans):
        msg = f"These hosts of functional zones have no census row of their own: {listed(orphans)}."
        raise InputError(msg)
    for place in keyed.index.unique():
        zones = keyed.loc[[place]]
        host = result.index == place
        for column in ("resident_population", "urban_population"):
            result.loc[host, column] += zones[column].sum()
        result.loc[host, "note"] = f"已并入功能区：{'、'.join(zones['name'])}"
        result.loc[host, "confidence"] = weakest([*result.loc[host, "confidence"], *zones["confidence"]])
        result.loc[host, "urbanization_rate_pct"] = _rate(result[host])
    return result


def provincial_rate(province: str, year: int) -> tuple[float, str]:
    """Return the official urbanization rate of a province in a year, of the census series where there is one.

    Parameters
    ----------
    province : str
        Full name.
    year : int
        Year the rate holds for.

    Returns
    -------
    tuple of (float, str)
        Rate in %, and its source id.

    Raises
    ------
    InputError
        If no rate is known for that year; years differ in method, so no other year is put in its place.

    Examples
    --------
    >>> provincial_rate("青海省", 2020)
    (60.08, 'L20')
    """
    table = read_table("census/provincial_rates")
    rows = table[(table["province"] == province) & (table["year"] == year) & table["urbanization_rate_pct"].notna()]
    if rows.empty:
        have = table.loc[(table["province"] == province) & table["urbanization_rate_pct"].notna(), "year"]
        known = listed(have, 20)
        msg = f"No urbanization rate of {province} for {year}; known years: {known}. Give the ceiling as a number."
        raise InputError(msg)
    first = rows.sort_values("series", key=lambda series: series != "census").iloc[0]
    return float(first["urbanization_rate_pct"]), str(first["source_id"])
