"""The planning-meeting pack: everything the library knows of both provinces, put together once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbangeo.answers.circles import HEADLINE_MIN, SPEED_UNCERTAINTY, plan_circles
from urbangeo.answers.coverage import LEAST_SHARE, URBAN_M2_PER_PERSON
from urbangeo.answers.potential import RULE_SOURCE, PotentialRule, potential_areas
from urbangeo.archive.catalog import read_table
from urbangeo.archive.files import replacing_folder
from urbangeo.archive.manifest import manifest_text, table_inputs
from urbangeo.archive.wording import word
from urbangeo.areas.checking import verdict, verify
from urbangeo.areas.ground.surface import SHORE_TOLERANCE_M
from urbangeo.areas.isochrones import CUTOFFS
from urbangeo.door.atlas_picture import save_atlas_picture
from urbangeo.door.atlas_slides import atlas_slides
from urbangeo.errors import OutputError
from urbangeo.language.adcode import join_on_adcode
from urbangeo.language.crs import CGCS2000, EQUAL_AREA
from urbangeo.sources.boundaries import read_counties
from urbangeo.sources.census import read_census
from urbangeo.sources.network import read_network
from urbangeo.sources.places import circle_centres
from urbangeo.sources.plans import circle_population_target, read_designations, source_titles
from urbangeo.windows.cells import write_csv
from urbangeo.windows.geofiles import write_geopackage
from urbangeo.windows.maps import draw_map, save_map
from urbangeo.windows.maps.live import live_circle
from urbangeo.windows.maps.page import payload_of
from urbangeo.windows.pictures.fonts import find_typeface
from urbangeo.windows.slides import save_slides
from urbangeo.windows.tables import coverage_table, listing, potential_sheets
from urbangeo.windows.workbook import write_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import geopandas as gpd
    import pandas as pd

    from urbangeo.sources.network import Network

TITLE = "新型城镇化县域图集：山东、青海"
"""What the map and the slides of the pack are called."""

YEAR = 2020
"""The census year of the pack."""

SELF_CHECK_POINTS = 1_000
"""Random points round each centre that are timed by another way; the shares are then known to 1–2 %."""

STEPS = 9
"""How many steps the progress of the pack has."""

FILES = (
    "atlas.html",
    "atlas.pdf",
    "atlas.pptx",
    "coverage.csv",
    "manifest.json",
    "potential_areas.csv",
    "potential_areas.xlsx",
    "urbangeo.gpkg",
)
"""What the pack consists of."""

SKELETON_RESULTS = (
    "atlas.html：交通圈、覆盖率、政府驻地时间",
    "atlas.pdf：各交通圈的图页与覆盖人口表",
    "atlas.pptx：各交通圈的地图与“覆盖人口”表",
    "coverage.csv：全部 drive、rail 与 whole_counties 口径",
    "potential_areas.xlsx：工作表“交通圈人口”",
    "urbangeo.gpkg：图层 isochrones、coverage",
)
"""What rests on the skeleton network and says so."""


@dataclass(frozen=True)
class Atlas:
    """What :func:`build_atlas` made.

    Attributes
    ----------
    folder : pathlib.Path
        Where the files are.
    counties, census, designations, potential, isochrones, coverage, totals : frame
        The frames behind the files, as the library's functions return them.
    warnings : tuple of str
        What a reader must know, in Chinese.
    review : pandas.DataFrame
        Rows somebody has to decide on: counties that could not be judged for lack of data.
    """

    folder: Path
    counties: gpd.GeoDataFrame
    census: pd.DataFrame
    designations: pd.DataFrame
    potential: pd.DataFrame
    isochrones: gpd.GeoDataFrame
    coverage: pd.DataFrame
    totals: pd.DataFrame
    warnings: tuple[str, ...]
    review: pd.DataFrame


def build_atlas(out: Path | str, *, progress: Callable[[str], None] | None = None) -> Atlas:
    """Build the planning-meeting pack for Shandong and Qinghai from embedded data.

    Writes ``atlas.html``, ``atlas.pdf``, ``atlas.pptx``, ``potential_areas.xlsx`` and ``.csv``, ``coverage.csv``,
    ``urbangeo.gpkg`` and ``manifest.json``. All files appear together, or none does and what stood there before is
    untouched. Without a Chinese font on the machine there is no ``atlas.pdf``, which is said among the warnings.

    Parameters
    ----------
    out : path-like
        Folder for the files; made when missing. Files of other names in it are left alone.
    progress : callable, optional
        Called with the Chinese name of each step as it begins.

    Returns
    -------
    Atlas
        The folder and the frames.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    DataIntegrityError
        If packaged data are not what was described.

    Examples
    --------
    >>> import urbangeo as ug
    >>> atlas = ug.build_atlas("atlas")  # doctest: +SKIP
    >>> len(atlas.potential)  # doctest: +SKIP
    101
    """
    begin = progress or (lambda _step: None)
    with replacing_folder(out) as draft:
        begin("读取县界、普查与规划名单")
        counties = read_counties()
        census, hosted = read_census(YEAR), read_census(YEAR, zones="to_host")
        designations = read_designations()
        begin("判定潜力地区")
        rule = PotentialRule()
        every = potential_areas(census, rule=rule, rows="all", alternatives=[hosted])
        network = read_network()
        circles = plan_circles(network, counties, hosted, designations, progress=begin)
        checked = verify(network, circles.isochrones, n=SELF_CHECK_POINTS)
        atlas = Atlas(
            folder=Path(out),
            counties=counties,
            census=census,
            designations=designations,
            potential=every[every["decision"] != "not_potential"],
            isochrones=circles.isochrones,
            coverage=circles.coverage,
            totals=circles.totals,
            warnings=(*_warnings(network, circles.coverage), f"{verdict(checked, HEADLINE_MIN)}。"),
            review=every[every["decision"] == "undecided"],
        )
        begin("绘制地图")
        figure = draw_map(
            counties,
            census=census,
            designations=designations,
            potential=every,
            isochrones=atlas.isochrones,
            coverage=atlas.coverage,
            totals=atlas.totals,
            network=network,
            live=live_circle(network, counties, hosted, origin=list(circle_centres().index)),
            title=TITLE,
            subtitle=f"规划名单、潜力地区与1小时交通圈（{YEAR}年人口普查，骨架路网）",
            notes=atlas.warnings,
        )
        save_map(figure, draft / "atlas.html")
        begin("制作幻灯片")
        gaps = _font_gaps()
        slides = atlas_slides(figure, atlas.potential, atlas.totals, rule=rule, maps=not gaps)
        save_slides(slides, draft / "atlas.pptx", title=TITLE)
        begin("绘制印刷图")
        if not gaps:
            save_atlas_picture(figure, draft / "atlas.pdf")
        begin("写出表格与数据")
        _write_tables(atlas, every, draft, [source["id"] for source in payload_of(figure)["sources"]])
        manifest = manifest_text(
            inputs=[*table_inputs(), _boundary_input(counties)],
            parameters=_parameters(rule, network, atlas.isochrones),
            warnings=[*atlas.warnings, *gaps],
            skeleton=SKELETON_RESULTS,
            unconfirmed=_unconfirmed(designations),
            outputs=draft.iterdir(),
            checks=_checks(atlas) | {"self_check": json.loads(checked.reset_index().to_json(orient="records"))},
        )
        (draft / "manifest.json").write_text(manifest, encoding="utf-8")
    return atlas


def _write_tables(atlas: Atlas, every: pd.DataFrame, draft: Path, numbered: Sequence[str]) -> None:
    rows = listing(atlas.potential, atlas.designations)
    write_csv(rows.drop(columns="designations"), draft / "potential_areas.csv")
    sheets = potential_sheets(
        rows,
        rule=PotentialRule(),
        designations=atlas.designations,
        totals=atlas.totals,
        warnings=atlas.warnings,
        # One number a source in all files of the pack.
        numbered=numbered,
    )
    write_xlsx(sheets, draft / "potential_areas.xlsx")
    write_csv(coverage_table(atlas.coverage, atlas.totals), draft / "coverage.csv")
    write_geopackage(_layers(atlas, every), draft / "urbangeo.gpkg")


def _font_gaps() -> list[str]:
    """Say what the pack lacks on a machine without a Chinese font: no map is drawn with boxes for letters."""
    try:
        find_typeface()
    except OutputError:
        return ["本机未安装中文字体，atlas.pptx 只有表格，没有地图，也没有 atlas.pdf；安装中文字体后重新生成即可。"]
    return []


def _warnings(network: Network, covered: pd.DataFrame) -> list[str]:
    estimated, leg = network.provenance["estimated_length_share"], network.access
    estimated_rail = 1 - read_network(mode="drive+rail").provenance["rail"]["timetable_km_share"]
    roads = (
        f"道路为编制的骨架路网（截至2024年底），非实测，{estimated:.0%}的里程为估算；"
        "交通圈、覆盖率和政府驻地时间均为骨架路网结果。"
    )
    legs = (
        f"离开道路后的接驳按{leg.speed_kmh:g}公里/小时、绕行系数{leg.circuity:g}、"
        f"直线不超过{leg.max_m / 1000:g}公里计算；省外仅有少量衔接路段，省界以外的范围偏小，省外人口未计入。"
    )
    lines = [roads, legs]
    names = "、".join(f"{row['name']}（{row['resident_population']:,}人）" for row in covered.attrs["left_out"])
    if names:
        lines.append(f"跨区功能区无法归入单一区县，其人口未计入覆盖人口：{names}。")
    lines.append(
        "交通圈人口以驾车口径为主；两个铁路口径（只计车内时间、每次乘车另计30分钟）单列，"
        f"铁路里程的{estimated_rail:.0%}没有时刻表分钟数，为估算；各口径并列，未为达到规划目标调整任何车速。"
    )
    lines += [f"{row.subject_zh}：{row.text_zh}。" for row in read_table("plans/known_gaps").itertuples()]
    return lines


def _layers(atlas: Atlas, every: pd.DataFrame) -> dict[str, gpd.GeoDataFrame]:
    import geopandas as gpd

    counties, people = atlas.counties, atlas.census.droplevel("year")
    zones = list(people.index[people["unit_type"].eq("zone") & ~people.index.isin(counties.index)])
    figures = people[["resident_population", "urban_population", "urbanization_rate_pct", "unit_type", "confidence"]]
    base = join_on_adcode(counties, figures, right_name="census", right_only=zones)
    judged = every[["decision", "reason", "gap_pct", "provincial_rate_pct"]]
    full = join_on_adcode(base, judged, right_name="potential areas", left_only=set(base.index) - set(judged.index))

    def on_counties(frame: pd.DataFrame) -> gpd.GeoDataFrame:
        shaped = frame.merge(counties[["geometry"]], left_on="adcode", right_index=True, how="left")
        return gpd.GeoDataFrame(shaped, geometry="geometry", crs=CGCS2000)

    return {
        "counties": full,
        "designations": on_counties(atlas.designations),
        "isochrones": atlas.isochrones,
        "coverage": on_counties(atlas.coverage.reset_index()),
    }


def _boundary_input(counties: gpd.GeoDataFrame) -> dict[str, Any]:
    source = counties.attrs["source"]
    return {
        "name": f"{source['package']}/{source['source_id']}",
        "title": source["publisher"],
        "rows": len(counties),
        "sha256": source["geometry_sha256"],
        "sources": [source["source_id"]],
        "licence": source["terms"],
        "vintage": source["vintage"],
        "map_number": source["map_number"],
    }


def _parameters(rule: PotentialRule, network: Network, circles: gpd.GeoDataFrame) -> dict[str, Any]:
    defaults = read_table("network/turn_tolls").set_index("item")["default"]
    return {
        "census_year": YEAR,
        "potential_rule": vars(rule),
        "zones": {"potential_areas": "apart", "coverage": "to_host"},
        "cutoffs_min": list(CUTOFFS),
        "speed_uncertainty": SPEED_UNCERTAINTY,
        "speed_uncertainty_cutoffs_min": [
            HEADLINE_MIN * (1 - SPEED_UNCERTAINTY),
            HEADLINE_MIN * (1 + SPEED_UNCERTAINTY),
        ],
        "peak_factor_core_legs": float(defaults["peak_factor_core_legs"]),
        "rail_overhead_min": [0.0, float(defaults["rail_overhead"])],
        "rail_minutes": "timetable, else design minutes times the ratio of the two in the same table",
        "urban_m2_per_person": URBAN_M2_PER_PERSON,
        "least_share": LEAST_SHARE,
        "shore_tolerance_m": SHORE_TOLERANCE_M,
        "mode": network.mode,
        "direction": "from",
        "access_leg": vars(network.access),
        "toll_min_per_change": network.toll_min,
        "cell_m": sorted(set(circles["cell_m"])),
        "placement": "areal",
        "verdict_rule": "seat",
        "crs": {"geometry": CGCS2000, "areas": EQUAL_AREA},
        "origins": {role: _origins(role) for role in ("centre", "core_edge")},
    }


def _origins(role: str) -> list[dict[str, str]]:
    points = circle_centres(role)
    return [
        {"origin_id": str(origin), "name": row["name"], "confidence": row["confidence"], "wkt": row["geometry"].wkt}
        for origin, row in zip(points.index, points.to_dict("records"), strict=True)
    ]


def _unconfirmed(designations: pd.DataFrame) -> list[dict[str, Any]]:
    rows = designations[designations["confidence"] == "unconfirmed"]
    facts = [
        {"fact": f"{row['programme_zh']}：{row['name']}", "adcode": row["adcode"], "basis": row["source_id"]}
        for row in rows.to_dict("records")
    ]
    for role, words in (("centre", "交通圈中心"), ("core_edge", "核心区边缘")):
        points = circle_centres(role)
        for origin, row in zip(points.index, points.to_dict("records"), strict=True):
            facts.append({"fact": f"{words}：{origin}（{row['name']}）", "basis": row["basis"]})
    plans = read_table("plans/circles")
    for row in plans[plans["member_confidence"] == "unconfirmed"].to_dict("records"):
        facts.append({"fact": f"都市圈成员：{row['origin_id']}", "basis": row["note_zh"]})
    quoted = source_titles([RULE_SOURCE, circle_population_target()[1]])
    for row in quoted[quoted["reached"] == "brief"].to_dict("records"):
        facts.append({"fact": f"引述未见原件：{row['title']}", "basis": word("reached", row["reached"])})
    return facts


def _checks(atlas: Atlas) -> dict[str, Any]:
    discs = [list(part.geometry) for _, part in atlas.isochrones.groupby(level="origin_id")]
    nested = all(outer.covers(inner) for part in discs for inner, outer in pairwise(part))
    people = atlas.census.groupby("province")["resident_population"].sum()
    return {
        "counties": {str(name): int(count) for name, count in atlas.counties.groupby("province").size().items()},
        "residents": {str(name): int(value) for name, value in people.items()},
        "potential_areas": {str(name): int(n) for name, n in atlas.potential.groupby("province").size().items()},
        "isochrones_valid": bool(atlas.isochrones.geometry.is_valid.all()),
        "isochrones_nested": bool(nested),
    }
