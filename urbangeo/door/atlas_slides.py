"""The slides of the planning-meeting pack: which maps and tables are shown, in which order, under which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbangeo.language.scalars import is_missing
from urbangeo.windows.maps.page import payload_of
from urbangeo.windows.slides import Slide
from urbangeo.windows.tables import TARGET_LINE, rule_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from urbangeo.answers.potential import PotentialRule

_POTENTIAL = ("adcode", "name", "prefecture", "resident_population", "urbanization_rate_pct", "provincial_rate_pct")
_POTENTIAL_MORE = ("gap_pct", "decision", "flips_under", "source_id")
_TOTALS = ("definition_zh", "cutoff_min", "counties", "population", "target_population", "gap")
_ON_EVERY_MAP = ("labels", "graticule", "context")
_NO_TARGET = "该圈的规划未提出人口目标；各口径并列。"


def atlas_slides(
    figure: Any, potential: pd.DataFrame, totals: pd.DataFrame, *, rule: PotentialRule, maps: bool = True
) -> list[Slide]:
    """Choose what the meeting is shown: the whole map, the potential areas, each circle with its people and target.

    Parameters
    ----------
    figure : folium.Map
        The map of the pack, as :func:`urbangeo.draw_map` returns it.
    potential : pandas.DataFrame
        The potential areas, and the counties that could not be judged.
    totals : pandas.DataFrame
        People in the circles under each definition.
    rule : PotentialRule
        The rule that made the list.
    maps : bool, default True
        Whether maps are shown; without them the tables alone.

    Returns
    -------
    list of Slide
        For :func:`urbangeo.save_slides`, which adds the sources.
    """
    payload = payload_of(figure)
    slides = [Slide(map=figure)] if maps else []
    counts = potential[potential["decision"] == "potential"].groupby("province", sort=False).size()
    if maps:
        told = "，".join(f"{name}{count}个" for name, count in counts.items())
        slides.append(Slide(map=figure, title=f"潜力地区：{told}", subtitle="", layers_on=_of(payload, "potential")))
    for province, rows in potential.groupby("province", sort=False):
        title = f"潜力地区名单：{province}（{int(rows['year'].iloc[0])}年人口普查，共{counts.get(province, 0)}个）"
        columns = [name for name in (*_POTENTIAL, *_POTENTIAL_MORE) if _says_something(rows, name)]
        foot = rule_lines(str(province), rule, has_changes="flips_under" in columns)
        slides.append(Slide(table=rows, columns=columns, title=title, foot=foot))
    names = {view["id"]: view["name"] for view in payload["views"]}
    for origin, rows in totals.groupby("origin_id", sort=False):
        circle = f"circle:{origin}"
        name = names.get(circle, str(origin))
        if maps and circle in names:
            on = of_a_circle(payload, circle)
            slides.append(Slide(map=figure, title=name, subtitle="", view=circle, layers_on=on))
        slides.append(_totals_slide(rows, name))
    return slides


def of_a_circle(payload: Mapping[str, Any], circle: str) -> list[str]:
    """List what a map of one circle shows: the circle alone, since anything beneath it would mix with its colours.

    Parameters
    ----------
    payload : mapping
        What the map of the pack shows.
    circle : str
        Key of the layer of the circle.

    Returns
    -------
    list of str
        Keys of layers the map has.
    """
    return _of(payload, circle, "centres")


def _of(payload: Mapping[str, Any], *keys: str) -> list[str]:
    present = {layer["id"] for layer in payload["layers"]}
    return [key for key in (*keys, *_ON_EVERY_MAP) if key in present]


def _says_something(rows: pd.DataFrame, name: str) -> bool:
    """Leave out columns that say the same of all rows: no doubt, no change."""
    if name == "decision":
        return bool((rows[name] == "undecided").any())
    return name != "flips_under" or bool((rows[name].fillna("") != "").any())


def _totals_slide(rows: pd.DataFrame, name: str) -> Slide:
    has_target = bool(rows["target_population"].notna().any())
    columns = [column for column in _TOTALS if has_target or column not in ("target_population", "gap")]
    ordered = rows.assign(partial=rows["cutoff_min"].lt(rows["cutoff_min"].max())).sort_values("partial", kind="stable")
    return Slide(
        table=ordered.drop(columns="partial"),
        columns=columns,
        title=f"{name}覆盖人口：各口径" + ("与规划目标" if has_target else ""),
        foot=[TARGET_LINE if has_target else _NO_TARGET],
        notes=[
            f"{row['definition_zh']}（{row['cutoff_min']:g}分钟）：{row['note']}"
            if not is_missing(row["cutoff_min"])
            else f"{row['definition_zh']}：{row['note']}"
            for row in ordered.to_dict("records")
            if not is_missing(row["note"]) and row["note"]
        ],
    )
