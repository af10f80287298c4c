"""What is said about a county: its figures, its lists, the decision about it, and times to the centres."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from urbangeo.archive.wording import badge as badge_of
from urbangeo.archive.wording import word
from urbangeo.language.batches import batch_zh
from urbangeo.language.scalars import is_missing
from urbangeo.windows.maps.circles import origin_name
from urbangeo.windows.maps.words import minutes, people, percent, shown, text

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
    census: pd.DataFrame | None, counties: gpd.GeoDataFrame, references: References, told: Sequence[str] = ()
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
                ["常住人口", people(row["resident_population"])],
                ["城镇人口", people(row["urban_population"])],
                ["城镇化率", percent(row["urbanization_rate_pct"])],
                ["数据", f"{year}年人口普查{cited}"],
            ]
            if text(row["unit_type"]) == "zone":
                found[str(code)].append(["注", "不是正式县级行政区"])
        elif text(row["unit_type"]) == "zone":
            host = text(row["host_adcode"])
            rate = percent(row["urbanization_rate_pct"])
            words = f"{shown(row['name'])}，{people(row['resident_population'])}，城镇化率 {rate}"
            if host in counties.index:
                zones.setdefault(host, []).append(words)
            elif (
                not host and _same_province(str(code), counties) and not any(text(row["name"]) in note for note in told)
            ):
                lonely.append(f"{shown(row['name'])}（{people(row['resident_population'])}）")
    for host, words_list in zones.items():
        lines = found.setdefault(host, [])
        lines += [["另列功能区", words] for words in words_list]
    notes = [f"未计入任何区县：{'、'.join(lonely)}；普查单独列出，跨多个区县，未并入。"] if lonely else []
    return found, notes


def _same_province(code: str, counties: gpd.GeoDataFrame) -> bool:
    return any(str(known).startswith(code[:2]) for known in counties["province_adcode"].unique())


def designation_rows(
    designations: pd.DataFrame | None, styles: StyleTables, references: References
) -> dict[str, list[dict[str, Any]]]:
    """Write every list a county stands on.

    Parameters
    ----------
    designations : pandas.DataFrame or None
        As ``read_designations`` returns it.
    styles : StyleTables
        For Chinese words.
    references : References
        Sources are cited here.

    Returns
    -------
    dict of str to list of dict
        By adcode: ``name`` of the programme, ``detail``, ``badges``, ``refs``.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    if designations is None:
        return found
    for row in sorted(designations.to_dict("records"), key=lambda row: _rank(row, styles)):
        if is_missing(row["adcode"]):
            references.cite(row["source_id"])
            continue
        badge = badge_of("confidence", text(row["confidence"]))
        found.setdefault(str(row["adcode"]), []).append(
            {
                "name": shown(row["programme_zh"]),
                "detail": _designation_detail(row),
                "badges": [badge] if badge else [],
                "refs": references.cite(row["source_id"]),
            }
        )
    return found


def _rank(row: Mapping[Any, Any], styles: StyleTables) -> tuple[int, int]:
    """Order lists on a card: those with a layer of their own as in the panel, then national ones, then the rest."""
    shown = [
        programme["programme"] for layer in styles.layers for programme in styles.programmes.get(layer["layer"], ())
    ]
    place = shown.index(row["programme"]) if row["programme"] in shown else len(shown)
    return place, 0 if text(row.get("level")) == "national" else 1


def _designation_detail(row: Mapping[Any, Any]) -> str:
    parts = []
    batch = shown(batch_zh(row.get("batch")))
    if batch:
        parts.append(batch)
    area, programme = shown(row.get("area_name")), shown(row["programme_zh"])
    part = not is_missing(row.get("part_of_county")) and bool(row["part_of_county"])
    if part:
        parts.append("部分区域" + (f"：{area}" if area else ""))
    elif area and area not in programme:
        parts.append(area)
    listed_code = text(row.get("designated_adcode"))
    if listed_code.endswith("00") and listed_code != text(row["adcode"]):
        parts.append(f"（全市：{shown(row.get('designated_name'))}）")
    return " · ".join(parts).replace(" · （", "（")


def potential_rows(potential: pd.DataFrame | None) -> dict[str, dict[str, str]]:
    """Write the decision about every county with its reason.

    Parameters
    ----------
    potential : pandas.DataFrame or None
        As ``potential_areas`` returns it.

    Returns
    -------
    dict of str to dict
        By adcode: ``decision``, ``reason``, ``flips``.
    """
    if potential is None:
        return {}
    return {
        str(code): {
            "decision": word("decision", row["decision"]),
            "reason": text(row["reason"]),
            "flips": text(row.get("flips_under")),
        }
        for code, row in potential.iterrows()
    }


def _share(value: float) -> str:
    """Write a share so that rounding never turns a little into nothing or nearly all into all."""
    if value < 1:
        return "不足1%"
    return "99%以上" if 99 < value < 100 else f" {percent(value, 0)}"


def coverage_rows(coverage: pd.DataFrame | None, isochrones: gpd.GeoDataFrame | None) -> dict[str, list[list[str]]]:
    """Write times and shares of every county, one line a circle that reaches it.

    Parameters
    ----------
    coverage : pandas.DataFrame or None
        Index (origin_id, cutoff_min, adcode).
    isochrones : geopandas.GeoDataFrame or None
        For the names of the centres.

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
        words = []
        if not is_missing(row["seat_time_min"]):
            # Rounded up: a seat 60.04 minutes away is not within 60.
            words.append(f"政府驻地 {math.ceil(round(float(row['seat_time_min']), 4) * 10) / 10:g} 分钟")
        shares = []
        for column, label in (("population_share", "人口"), ("area_share", "面积")):
            if not is_missing(row.get(column)) and float(row[column]) > 0:
                shares.append(f"{label}{_share(100 * float(row[column]))}")
        if shares:
            placed = text(row.get("placement")) if any(share.startswith("人口") for share in shares) else ""
            how = f"（{word('placement', placed)}）" if placed else ""
            words.append(f"{minutes(cutoff)}分钟内覆盖" + "、".join(shares) + how)
        if words:
            found.setdefault(str(code), []).append([f"{names.get(str(origin), str(origin))}圈", "；".join(words)])
    return found
