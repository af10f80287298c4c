"""How many people a circle holds after so many minutes: the figures of the small charts beside the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbangeo.language.scalars import is_missing, plain
from urbangeo.windows.maps.circles import TARGET_MIN, is_skeleton, origin_name, totals_on_skeleton
from urbangeo.windows.maps.words import CHINESE, Words, minutes, text

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

_FEWEST = 2
"""One point is a figure, not a curve; it stands in the table already."""


def curves(
    totals: pd.DataFrame | None,
    coverage: pd.DataFrame | None,
    isochrones: gpd.GeoDataFrame | None,
    *,
    words: Words = CHINESE,
) -> list[dict[str, Any]]:
    """Make the people-within-t curve of each circle.

    Only computed figures are points: the totals of the definition that has the most cutoffs, the first of them, or,
    where no definition has two, the people of the counties in the coverage added up. A cutoff with a county of unknown
    people has no point.

    Parameters
    ----------
    totals : pandas.DataFrame or None
        origin_id, cutoff_min, definition_zh, population, target_population.
    coverage : pandas.DataFrame or None
        Index (origin_id, cutoff_min, adcode), perhaps with ``population``.
    isochrones : geopandas.GeoDataFrame or None
        For the names of the centres and their order.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of dict
        ``origin``, ``name``, ``title``, ``description``, ``definition``, ``points`` of [minutes, people, text],
        ``target`` (people, or None), ``target_min``, ``target_text``, ``skeleton``; circles without two points have
        none.
    """
    found: dict[str, dict[str, Any]] = {}
    if totals is not None:
        for origin_id, rows in totals.groupby("origin_id", sort=False):
            found[str(origin_id)] = _of_totals(rows, words)
    if coverage is not None and "population" in coverage:
        for origin, part in coverage.groupby(level="origin_id", sort=False):
            one = found.setdefault(str(origin), {"points": [], "target": None})
            if len(one["points"]) < _FEWEST:
                one |= {"points": _of_coverage(part), "definition": words.said("made.curve_people")}
    drawn = [] if isochrones is None else [str(one) for one in isochrones.index.get_level_values("origin_id").unique()]
    told = [frame for frame in (coverage, isochrones) if frame is not None]
    made = []
    for origin_id in sorted(found, key=lambda origin: drawn.index(origin) if origin in drawn else len(drawn)):
        one = found[origin_id]
        if len(one["points"]) < _FEWEST:
            continue
        alone = totals is not None and not told and totals_on_skeleton(totals)
        made.append(_curve(origin_id, one, isochrones, words) | {"skeleton": alone or any(map(is_skeleton, told))})
    return made


def _of_totals(rows: pd.DataFrame, words: Words) -> dict[str, Any]:
    best: dict[str, Any] = {"points": []}
    for definition, part in rows.groupby("definition_zh", sort=False):
        known = part[part["cutoff_min"].notna() & part["population"].notna()].sort_values("cutoff_min", kind="stable")
        points = dict(zip(map(float, known["cutoff_min"]), map(int, known["population"]), strict=True))
        if len(points) > len(best["points"]):
            best = {"points": list(points.items()), "definition": words.retold(definition)}
    targets = rows["target_population"].dropna()
    return best | {"target": None if targets.empty else int(plain(targets.iloc[0]))}


def _of_coverage(rows: pd.DataFrame) -> list[tuple[float, int]]:
    sums = rows.groupby(level="cutoff_min")["population"].agg(lambda values: values.sum(skipna=False))
    return [(float(str(cutoff)), round(float(people))) for cutoff, people in sums.items() if not is_missing(people)]


def _curve(origin_id: str, one: dict[str, Any], isochrones: gpd.GeoDataFrame | None, words: Words) -> dict[str, Any]:
    name = origin_id
    if isochrones is not None and origin_id in isochrones.index.get_level_values("origin_id"):
        name = origin_name(isochrones[isochrones.index.get_level_values("origin_id") == origin_id], origin_id)
    said = [
        words.said("made.curve_point", minutes=minutes(at), people=words.large(people)) for at, people in one["points"]
    ]
    aim = "" if one["target"] is None else words.said("made.curve_aim", people=words.round_large(one["target"]))
    points = words.phrased([*said, aim])
    return {
        "origin": origin_id,
        "name": name,
        "title": words.said("made.curve_title", name=name),
        "description": words.said("made.curve_desc", definition=one["definition"], points=points),
        "definition": text(one["definition"]),
        "points": [[at, people, words.large(people)] for at, people in one["points"]],
        "target": one["target"],
        "target_min": TARGET_MIN,
        "target_text": aim,
    }
