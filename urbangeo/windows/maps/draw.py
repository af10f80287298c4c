"""The map itself: frames through the door, then every part asked of its module, then one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from urbangeo.errors import InputError, listed
from urbangeo.language.adcode import closest, short_name
from urbangeo.language.scalars import is_missing
from urbangeo.language.schemas import SKELETON
from urbangeo.windows.credits import OTHER_ZH, road_credits
from urbangeo.windows.maps.cards import census_rows, coverage_rows, designation_rows, newest, potential_rows
from urbangeo.windows.maps.changes import change_layers
from urbangeo.windows.maps.checks import MapFrames, check_frames
from urbangeo.windows.maps.circles import bounds_of, centre_layer, circle_layers, is_skeleton, totals_tables
from urbangeo.windows.maps.encode import encode_coverage
from urbangeo.windows.maps.layers import UNCONFIRMED_ZH, area_styles, base, designation_layers, potential_layer
from urbangeo.windows.maps.page import build_page
from urbangeo.windows.maps.references import References, first_title
from urbangeo.windows.maps.roads import problem_layer, report_notes, road_layer, seat_layer
from urbangeo.windows.maps.statement import statement_lines
from urbangeo.windows.maps.styles import style_tables
from urbangeo.windows.maps.views import view_buttons
from urbangeo.windows.maps.words import month, shown, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import folium
    import geopandas as gpd
    import pandas as pd

    from urbangeo.answers.fitness import NetworkReport
    from urbangeo.windows.maps.styles import StyleTables

_LABEL_TOLERANCE = 0.02
"""Degrees to which the widest spot of a county is searched for its name; a name is many times wider on the map."""
_PROVINCES_NAMED = 4
_NATIONAL_FROM = 20
"""More provinces than this read as a map of China, which must show what no county polygon holds."""

WORDS: dict[str, Any] = {
    "panel": "图层与图例",
    "fold": "收起",
    "open": "图层与图例",
    "close": "关闭",
    "north": "指北针",
    "north_short": "北",
    "zoom_in": "放大",
    "zoom_out": "缩小",
    "search": "查找县（市、区）",
    "search_hint": "名称或六位代码",
    "search_none": "没有找到",
    "views": "视图",
    "fill": "底图着色",
    "no_data": "无数据",
    "no_census": "无普查数据",
    "decision": "潜力地区判定：",
    "flips": "口径变化：",
    "lists": "列入名单",
    "reach": "到圈中心",
    "totals": "交通圈覆盖人口",
    "totals_head": ["口径", "分钟", "万人", "与目标比"],
    "target": "（目标",
    "wan": "万人）",
    "no_target": "（规划无人口目标）",
    "notes": "说明与缺口",
    "about": "坐标与数据日期",
    "sources": "资料来源",
    "minute": "分钟",
    "metre": " 米",
    "kilometre": " 公里",
    "counted": "括号内为涉及的县（市、区）数。",
    "more": "点击查看全部",
    "hidden": ["另有 ", " 项名单"],
    "legend": "图例",
    "legend_more": "图例（续）",
    "count_open": "（",
    "count_close": "）",
    "unconfirmed": UNCONFIRMED_ZH,
    "unconfirmed_mark": "含待核实信息",
    "skeleton_mark": "骨架路网结果，非实测",
    "skeleton_short": "骨架路网",
}


def draw_map(
    counties: gpd.GeoDataFrame,
    *,
    census: pd.DataFrame | None = None,
    designations: pd.DataFrame | None = None,
    potential: pd.DataFrame | None = None,
    isochrones: gpd.GeoDataFrame | None = None,
    coverage: pd.DataFrame | None = None,
    totals: pd.DataFrame | None = None,
    network: Any = None,
    report: NetworkReport | None = None,
    changes: gpd.GeoDataFrame | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    notes: Sequence[str] = (),
    layers_on: Sequence[str] | None = None,
) -> folium.Map:
    """Draw counties, lists, potential areas, circles and roads as one interactive map in Chinese.

    The page holds all it needs and asks for nothing from outside; it shows in a notebook as it does in a file. Which
    programmes make which layer, and all colours, are rows in ``data/style``. Everything unconfirmed is drawn dashed
    and said to be so, and results that rest on the skeleton network carry their mark on the map.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame
        Index adcode; name, prefecture_adcode, prefecture, province_adcode, province and geometry in EPSG:4490.
        ``attrs["source"]`` says where the borders come from and decides what the statement may claim.
    census : pandas.DataFrame, optional
        Index (adcode, year); the newest year is shown. Functional zones that have a host are told on its card.
    designations : pandas.DataFrame, optional
        One row a county and list. Rows without a code are told in the legend.
    potential : pandas.DataFrame, optional
        Index adcode; decision, reason, flips_under.
    isochrones : geopandas.GeoDataFrame, optional
        Index (origin_id, cutoff_min), discs from 0 to the cutoff; drawn as bands.
    coverage : pandas.DataFrame, optional
        Index (origin_id, cutoff_min, adcode); minutes and shares for the cards.
    totals : pandas.DataFrame, optional
        People in each circle under each definition, beside the target.
    network : Network, optional
        Roads and county seats to draw.
    report : NetworkReport, optional
        As ``network_report`` returns it: places to look at become a layer, km per 10,000 residents a fill of the
        counties, the verdict and its reasons notes in the panel.
    changes : geopandas.GeoDataFrame, optional
        Ground gained and lost between two scenarios, the ``changes`` of :func:`urbangeo.compare_circles`: index
        (origin_id, cutoff_min, kind). Each circle and cutoff is a layer with its square kilometres and its people.
    title, subtitle : str, optional
        Headings; made from the provinces and the census year by default.
    notes : sequence of str, optional
        What a reader must know, such as gaps in the lists; shown in the panel.
    layers_on : sequence of str, optional
        Keys of the layers that are on when the map opens (the rows of ``style/layers``, ``circle:<origin_id>`` and
        ``changes:<origin_id>:<minutes>``); the table decides by default.

    Returns
    -------
    folium.Map
        The map. Two maps of the same frames are the same bytes.

    Raises
    ------
    InputError
        If something is no frame, a decision or a kind of change is unknown, or ``layers_on`` names a layer the map does
        not have.
    SchemaError
        If columns, types or indexes are not as described; all faults are told at once.
    CrsError
        If counties, isochrones or changes are not in EPSG:4490.
    JoinError
        If a row names a county of a province on the map that has no polygon.

    Examples
    --------
    >>> from urbangeo import draw_map, read_counties
    >>> page = draw_map(read_counties("青海"), title="青海省县级行政区").get_root().render()
    >>> "湟中区" in page, "https://cdn" in page
    (True, False)
    """
    frames = check_frames(
        MapFrames(counties, census, designations, potential, isochrones, coverage, totals, network, report, changes)
    )
    styles, references = style_tables(), References()
    position = {str(code): place for place, code in enumerate(frames.counties.index)}
    census_cards, census_notes = census_rows(frames.census, frames.counties, references, notes)
    county_list = _counties(frames, census_cards, styles, references)
    layers, layer_notes = _layers(frames, position, styles)
    _switch(layers, layers_on)
    totals_list = [] if frames.totals is None else totals_tables(frames.totals, frames.isochrones, references)
    payload = {
        "title": text(title) or _title(frames),
        "subtitle": _subtitle(frames) if subtitle is None else text(subtitle),
        "words": WORDS,
        "statement": statement_lines(frames.counties, _thematic_sources(frames)),
        "geometry": encode_coverage(list(frames.counties.geometry)),
        "counties": county_list,
        "places": _places(frames.counties),
        "styles": area_styles(styles),
        "fills": _fills(frames, styles),
        "layers": layers,
        "views": view_buttons(frames.counties, frames.isochrones, frames.changes),
        "totals": totals_list,
        "totals_skeleton": _uses_skeleton(frames),
        "reach_skeleton": frames.coverage is not None and is_skeleton(frames.coverage),
        "notes": [*map(shown, notes), *census_notes, *layer_notes, *report_notes(frames.report)],
        "about": _about(frames),
        "sources": references.listing(),
    }
    west, south, east, north = (float(value) for value in frames.counties.total_bounds)
    return build_page(payload, (round((south + north) / 2, 4), round((west + east) / 2, 4)))


def _uses_skeleton(frames: MapFrames) -> bool:
    told = [frame for frame in (frames.isochrones, frames.coverage, frames.changes) if frame is not None]
    reported = frames.report is not None and frames.report.skeleton
    drawn = SKELETON in text(getattr(frames.network, "stated_kind", ""))
    return reported or drawn or any(is_skeleton(frame) for frame in told)


def _counties(
    frames: MapFrames, census_cards: dict[str, list[list[str]]], styles: StyleTables, references: References
) -> list[dict[str, Any]]:
    lists = designation_rows(frames.designations, styles, references)
    decisions = potential_rows(frames.potential)
    reach = coverage_rows(frames.coverage, frames.isochrones)
    spots = _label_points(frames.counties.geometry)
    parts: dict[str, dict[str, Any]] = {"census": census_cards, "lists": lists, "potential": decisions, "reach": reach}
    found = []
    for (code, row), at in zip(frames.counties.iterrows(), spots, strict=True):
        name = text(row["name"])
        item: dict[str, Any] = {
            "adcode": str(code),
            "name": name,
            "label": _two_lines(name),
            "type": text(row.get("type")),
            "prefecture": text(row["prefecture"]),
            "province": text(row["province"]),
            "at": at,
        }
        item |= {key: told[str(code)] for key, told in parts.items() if str(code) in told}
        found.append(item)
    return found


def _label_points(geometries: Any) -> list[list[float]]:
    """Return the middle of the widest spot of each area, [lat, lon]: where its name reads best."""
    circles = shapely.maximum_inscribed_circle(geometries.to_numpy(), tolerance=_LABEL_TOLERANCE)
    points = shapely.get_point(circles, 0)
    return [
        [round(float(y), 5), round(float(x), 5)]
        for x, y in zip(shapely.get_x(points), shapely.get_y(points), strict=True)
    ]


def _two_lines(name: str) -> str:
    short = short_name(name)
    return (
        f"{short}\n{name[len(short) :]}"
        if len(name) > 5 and name.startswith(short) and len(short) < len(name)
        else name
    )


def _places(counties: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """List provinces and prefectures with the spots for their names."""
    import geopandas as gpd

    found = []
    for level in ("province", "prefecture"):
        groups = counties.groupby(f"{level}_adcode", sort=True)
        names = [text(rows[level].iloc[0]) for _, rows in groups]
        shapes = gpd.GeoSeries([shapely.union_all(rows.geometry.to_numpy()) for _, rows in groups])
        found += [
            {
                "level": level,
                "text": name,
                "at": at,
                "bounds": bounds_of(shape.bounds),
                # By the rule of the codes a province's seat of government is its first prefecture.
                "capital": level == "prefecture" and str(code).endswith("0100"),
            }
            for (code, _), name, at, shape in zip(groups, names, _label_points(shapes), shapes, strict=True)
            if name
        ]
    return found


def _layers(frames: MapFrames, position: dict[str, int], styles: StyleTables) -> tuple[list[dict[str, Any]], list[str]]:
    layers: list[dict[str, Any]] = []
    notes: list[str] = []
    if frames.designations is not None:
        layers, notes = designation_layers(frames.designations, position, styles)
    if frames.potential is not None:
        layers += potential_layer(
            frames.potential, position, [text(name) for name in frames.counties["province"]], styles
        )
    if frames.isochrones is not None:
        layers += circle_layers(frames.isochrones, styles)
    if frames.changes is not None:
        changed, more = change_layers(frames.changes, styles)
        layers, notes = layers + changed, notes + more
    centred = frames.changes if frames.isochrones is None else frames.isochrones
    if centred is not None:
        layers += centre_layer(centred, frames.counties, styles)
    if frames.network is not None:
        layers += road_layer(frames.network, styles)
    if frames.report is not None:
        layers += problem_layer(frames.report, styles)
    layers += seat_layer(frames.network, frames.counties, styles)
    layers += [base(row) | {"kind": row["kind"]} for row in styles.layers if row["kind"] in ("labels", "graticule")]
    rank = {row["layer"]: place for place, row in enumerate(styles.layers)}
    return sorted(layers, key=lambda layer: rank[layer["id"].split(":")[0]]), notes


def _switch(layers: list[dict[str, Any]], layers_on: Sequence[str] | None) -> None:
    if layers_on is None:
        return
    if isinstance(layers_on, str):
        msg = f"layers_on is the text {layers_on!r}; expected a list of layer keys."
        raise InputError(msg)
    known = [layer["id"] for layer in layers]
    strange = [key for key in layers_on if key not in known]
    if strange:
        near = closest(str(strange[0]), known)
        hint = f" Closest: {listed(near)}." if near else ""
        msg = f"layers_on names {listed(strange)}, which this map does not have.{hint} It has {listed(known, 30)}."
        raise InputError(msg)
    for layer in layers:
        layer["on"] = layer["id"] in layers_on


def _fills(frames: MapFrames, styles: StyleTables) -> list[dict[str, Any]]:
    fills: list[dict[str, Any]] = [{"id": "none", "name": "无填色"}]
    if frames.census is not None:
        year, rows = newest(frames.census)
        name = f"城镇化率（{year}年，常住人口）"
        fills.append(_fill("rate", name, rows["urbanization_rate_pct"], frames, styles))
    by_county = None if frames.report is None else frames.report.by_county
    if frames.report is not None and by_county is not None and by_county["km_per_10000"].notna().any():
        name = "每万人道路里程" + (f"（{WORDS['skeleton_short']}）" if frames.report.skeleton else "")
        fills.append(_fill("roads", name, by_county["km_per_10000"], frames, styles))
    return fills


def _fill(key: str, name: str, values: pd.Series, frames: MapFrames, styles: StyleTables) -> dict[str, Any]:
    """Class the values of the counties on the map by the table of classes of their column."""
    classes = [row for row in styles.classes if row["measure"] == values.name]
    known = values.to_dict()
    return {
        "id": key,
        "name": name,
        "classes": [{"colour": row["colour"], "name": row["name_zh"]} for row in classes],
        "values": [_class_of(known.get(code), classes) for code in frames.counties.index],
    }


def _class_of(value: object, classes: Sequence[Any]) -> int | None:
    if is_missing(value):
        return None
    number = float(str(value))
    for rank, row in enumerate(classes):
        if (row["lower"] is None or number >= row["lower"]) and (row["upper"] is None or number < row["upper"]):
            return rank
    return None


def _title(frames: MapFrames) -> str:
    names = dict.fromkeys(text(name) for name in frames.counties["province"])
    return ("、".join(names) if len(names) <= _PROVINCES_NAMED else "") + "县域新型城镇化专题图"


def _subtitle(frames: MapFrames) -> str:
    parts = ["县级行政区"]
    if frames.census is not None:
        parts.append(f"{newest(frames.census)[0]}年人口普查")
    if frames.designations is not None:
        parts.append("示范与试点名单")
    if frames.potential is not None:
        parts.append("潜力地区")
    if frames.isochrones is not None:
        parts.append("1小时交通圈")
    if frames.changes is not None:
        parts.append("情景比较")
    return " · ".join(parts)


def _thematic_sources(frames: MapFrames) -> list[str]:
    found = []
    if frames.census is not None:
        _, rows = newest(frames.census)
        found.append(next((title for value in rows["source_id"] if (title := first_title(value))), "未注明"))
    if frames.designations is not None:
        found.append("国家和省有关规划、名单（见“资料来源”）")
    if any(part is not None for part in (frames.network, frames.isochrones, frames.report, frames.changes)):
        found += _road_credits(frames)
    return found


def _road_credits(frames: MapFrames) -> list[str]:
    told = [frame for frame in (frames.isochrones, frames.coverage, frames.changes) if frame is not None]
    kinds = [text(kind) for frame in told if "network_kind" in frame for kind in frame["network_kind"].unique()]
    kinds += [] if frames.report is None else [frames.report.kind]
    kinds += [text(getattr(frames.network, "stated_kind", ""))] + ([SKELETON] if _uses_skeleton(frames) else [])
    return road_credits(getattr(frames.network, "provenance", None), kinds) or [OTHER_ZH]


def _about(frames: MapFrames) -> list[str]:
    source = frames.counties.attrs.get("source") or {}
    vintage = month(source.get("vintage")) if isinstance(source, dict) else ""
    lines = [
        "坐标系：2000国家大地坐标系（CGCS2000，EPSG:4490）；屏幕显示用墨卡托投影，上方为北，比例尺随纬度变化，以图上比例尺为准。",
        f"行政区划：{vintage or '时点未注明'}。",
    ]
    provinces = frames.counties["province_adcode"].nunique()
    if provinces > _NATIONAL_FROM:
        lines.append("未绘南海断续线等全国地图必备要素，不得作为全国地图使用、公开。")
    elif provinces > 1:
        lines.append("只绘所列省份，其间及周边空白为未绘的其他省区和海域。")
    if frames.census is not None:
        lines.append(f"人口：{newest(frames.census)[0]}年人口普查（11月1日零时）。")
    if frames.isochrones is not None:
        lines.append("交通圈图形为展示作了概化，数字均按未概化的计算结果得出。")
    lines.append("制图：urbangeo；页面使用 Leaflet 1.9.4（BSD 2-Clause 许可）。")
    return lines
