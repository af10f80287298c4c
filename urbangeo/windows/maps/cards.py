"""What is said about a county: its figures, its lists, the decision about it, and times to the centres."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from urbangeo.archive.catalog import read_table
from urbangeo.language.batches import batch_en, batch_zh
from urbangeo.language.scalars import is_missing
from urbangeo.windows.maps.circles import origin_name
from urbangeo.windows.maps.words import CHINESE, Words, minutes, shown, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd
    import pandas as pd

    from urbangeo.windows.maps.references import References
    from urbangeo.windows.maps.styles import StyleTables


def newest(census: pd.DataFrame) -> tuple[int, pd.DataFrame]:
    """Return the newest year of a census frame and its rows by adcode.

    Parameters
    ----------
    census : pandas.DataFrame
        Index (adcode, year).

    Returns
    -------
    int
        The year.
    pandas.DataFrame
        Its rows, index adcode.
    """
    year = int(census.index.get_level_values("year").max())
    rows: Any = census.xs(year, level="year")
    return year, rows


def census_rows(
    census: pd.DataFrame | None,
    counties: gpd.GeoDataFrame,
    references: References,
    *,
    told: Sequence[str] = (),
    words: Words = CHINESE,
) -> tuple[dict[str, list[list[str]]], list[str]]:
    """Write the census lines of every county, and notes on zones that belong to none.

    Parameters
    ----------
    census : pandas.DataFrame or None
        Index (adcode, year), functional zones apart or already with their hosts.
    counties : geopandas.GeoDataFrame
        The counties on the map.
    references : References
        Sources are cited here.
    told : sequence of str
        Notes the map carries already; a zone one of them names is not told again.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    dict of str to list of [label, value]
        Lines by adcode.
    list of str
        Notes.
    """
    if census is None:
        return {}, []
    year, rows = newest(census)
    found: dict[str, list[list[str]]] = {}
    zones: dict[str, list[str]] = {}
    lonely: list[str] = []
    for code, row in rows.iterrows():
        cited = "".join(f"[{number}]" for number in references.cite(row["source_id"]))
        if code in counties.index:
            found[str(code)] = [
                [words.said("made.residents"), words.people(row["resident_population"])],
                [words.said("made.urban"), words.people(row["urban_population"])],
                [words.said("made.rate"), words.percent(row["urbanization_rate_pct"])],
                [words.said("made.data"), words.said("made.census", year=year, refs=cited).strip()],
            ]
            if text(row["unit_type"]) == "zone":
                found[str(code)].append([words.said("made.remark"), words.said("made.no_county")])
        elif text(row["unit_type"]) == "zone":
            host = text(row["host_adcode"])
            name, people = shown(row["name"]), words.people(row["resident_population"])
            if host in counties.index:
                rate = words.percent(row["urbanization_rate_pct"])
                line = words.said("made.zone_line", name=name, people=people, rate=rate)
                zones.setdefault(host, []).append(line)
            elif (
                not host and _same_province(str(code), counties) and not any(text(row["name"]) in note for note in told)
            ):
                lonely.append(words.said("made.zone_short", name=name, people=people))
    for host, zone_lines in zones.items():
        lines = found.setdefault(host, [])
        lines += [[words.said("made.zone"), line] for line in zone_lines]
    return found, [words.said("made.lonely", zones=words.listed(lonely))] if lonely else []


def _same_province(code: str, counties: gpd.GeoDataFrame) -> bool:
    return any(str(known).startswith(code[:2]) for known in counties["province_adcode"].unique())


def designation_rows(
    designations: pd.DataFrame | None, styles: StyleTables, references: References, *, words: Words = CHINESE
) -> dict[str, list[dict[str, Any]]]:
    """Write every list a county stands on.

    Parameters
    ----------
    designations : pandas.DataFrame or None
        As ``read_designations`` returns it.
    styles : StyleTables
        For the order of the lists.
    references : References
        Sources are cited here.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    dict of str to list of dict
        By adcode: ``name`` of the programme, ``detail``, ``badges``, ``refs``.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    if designations is None:
        return found
    names = {} if words.is_chinese else _english_names()
    for row in sorted(designations.to_dict("records"), key=lambda row: _rank(row, styles)):
        if is_missing(row["adcode"]):
            references.cite(row["source_id"])
            continue
        badge = words.badge("confidence", text(row["confidence"]))
        found.setdefault(str(row["adcode"]), []).append(
            {
                "name": names.get(str(row["programme"]), shown(row["programme_zh"])),
                "detail": _designation_detail(row, words, official=str(row["programme"]) in names),
                "badges": [badge] if badge else [],
                "refs": references.cite(row["source_id"]),
            }
        )
    return found


def _english_names() -> dict[str, str]:
    table = read_table("plans/programmes")
    return {str(code): text(name) for code, name in zip(table["programme"], table["name_en"], strict=True)}


def _rank(row: Mapping[Any, Any], styles: StyleTables) -> tuple[int, int]:
    """Order lists on a card: those with a layer of their own as in the panel, then national ones, then the rest."""
    shown = [
        programme["programme"] for layer in styles.layers for programme in styles.programmes.get(layer["layer"], ())
    ]
    place = shown.index(row["programme"]) if row["programme"] in shown else len(shown)
    return place, 0 if text(row.get("level")) == "national" else 1


def _designation_detail(row: Mapping[Any, Any], words: Words, *, official: bool) -> str:
    """Say batch and part; where the name above is a translation, the official name first."""
    parts = [shown(row["programme_zh"])] if official else []
    batch = shown(batch_zh(row.get("batch"))) if words.is_chinese else words.retold(batch_en(row.get("batch")))
    if batch:
        parts.append(batch)
    area, programme = shown(row.get("area_name")), shown(row["programme_zh"])
    part = not is_missing(row.get("part_of_county")) and bool(row["part_of_county"])
    if part:
        parts.append(words.said("made.part_of", area=area) if area else words.said("made.part"))
    elif area and area not in programme:
        parts.append(area)
    listed_code = text(row.get("designated_adcode"))
    if listed_code.endswith("00") and listed_code != text(row["adcode"]):
        parts.append(words.said("made.whole_city", city=shown(row.get("designated_name"))))
    return " · ".join(parts).replace(" · （", "（").replace(" ·  (", " (").strip()


def potential_rows(potential: pd.DataFrame | None, *, words: Words = CHINESE) -> dict[str, dict[str, str]]:
    """Write the decision about every county with its reason.

    Parameters
    ----------
    potential : pandas.DataFrame or None
        As ``potential_areas`` returns it.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    dict of str to dict
        By adcode: ``decision``, ``reason``, ``flips``.
    """
    if potential is None:
        return {}
    return {
        str(code): {
            "decision": words.term("decision", row["decision"]),
            "reason": words.retold(row["reason"]),
            "flips": words.retold(row.get("flips_under")),
        }
        for code, row in potential.iterrows()
    }


def _share(value: float, words: Words) -> str:
    """Write a share so that rounding never turns a little into nothing or nearly all into all."""
    if value < 1:
        return words.said("made.under_1")
    return words.said("made.over_99") if 99 < value < 100 else f" {words.percent(value, 0)}"


def coverage_rows(
    coverage: pd.DataFrame | None, isochrones: gpd.GeoDataFrame | None, *, words: Words = CHINESE
) -> dict[str, list[list[str]]]:
    """Write times and shares of every county, one line a circle that reaches it.

    Parameters
    ----------
    coverage : pandas.DataFrame or None
        Index (origin_id, cutoff_min, adcode).
    isochrones : geopandas.GeoDataFrame or None
        For the names of the centres.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    dict of str to list of [label, value]
        Lines by adcode; a circle that neither reaches a county nor times its seat has none.
    """
    if coverage is None:
        return {}
    found: dict[str, list[list[str]]] = {}
    names: dict[str, str] = {}
    if isochrones is not None:
        names = {
            str(origin): origin_name(rows, origin) for origin, rows in isochrones.groupby(level="origin_id", sort=False)
        }
    widest = coverage.sort_index(level="cutoff_min").groupby(level=["origin_id", "adcode"], sort=False).tail(1)
    for (origin, cutoff, code), row in zip(widest.index, widest.to_dict("records"), strict=True):
        told = []
        if not is_missing(row["seat_time_min"]):
            # Rounded up: a seat 60.04 minutes away is not within 60.
            seat_min = math.ceil(round(float(row["seat_time_min"]), 4) * 10) / 10
            told.append(words.said("made.seat_time", minutes=f"{seat_min:g}"))
        shares = []
        for column, label in (("population_share", "made.share_people"), ("area_share", "made.share_area")):
            if not is_missing(row.get(column)) and float(row[column]) > 0:
                shares.append(words.said(label, share=_share(100 * float(row[column]), words)))
        if shares:
            counted = not is_missing(row.get("population_share")) and float(row["population_share"]) > 0
            placed = text(row.get("placement")) if counted else ""
            how = words.said("made.how", how=words.term("placement", placed)) if placed else ""
            told.append(words.said("made.within", minutes=minutes(cutoff), shares=words.listed(shares), how=how))
        if told:
            name = words.said("made.circle_of", name=names.get(str(origin), str(origin)))
            found.setdefault(str(code), []).append([name, words.joined(told)])
    return found
