"""The planning-meeting pack: everything the library knows of both provinces, put together once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbangeo.answers.coverage import circle_totals, coverage
from urbangeo.answers.potential import PotentialRule, potential_areas
from urbangeo.archive.catalog import read_table
from urbangeo.archive.files import replacing_folder
from urbangeo.archive.manifest import manifest_text, table_inputs
from urbangeo.areas.isochrones import CUTOFFS, isochrones, seat_minutes
from urbangeo.language.adcode import join_on_adcode
from urbangeo.language.crs import CGCS2000, EQUAL_AREA
from urbangeo.sources.boundaries import read_counties
from urbangeo.sources.census import read_census
from urbangeo.sources.network import read_network
from urbangeo.sources.places import circle_centres
from urbangeo.sources.plans import circle_population_target, read_designations, source_titles
from urbangeo.windows.maps import draw_map, save_map
from urbangeo.windows.tables import Sheet, listing, write_csv, write_geopackage, write_xlsx

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    import pandas as pd

    from urbangeo.sources.network import Network

YEAR = 2020
"""The census year of the pack."""

SPEED_UNCERTAINTY = 0.15
"""All speeds 15 % slower or faster: the uncertainty stated with every population (``docs/method.md``)."""

HEADLINE_MIN = 60.0
"""The cutoff the plans speak of."""

STEPS = (
    "读取县界、普查与规划名单",
    "判定潜力地区",
    "计算交通圈（平峰）",
    "计算交通圈（高峰、核心区边缘）",
    "统计覆盖县与人口",
    "绘制地图",
    "写出表格与数据",
)
"""Steps of the pack, as shown while it is built."""

FILES = ("atlas.html", "coverage.csv", "manifest.json", "potential_areas.csv", "potential_areas.xlsx", "urbangeo.gpkg")


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

    Writes ``atlas.html``, ``potential_areas.xlsx`` and ``.csv``, ``coverage.csv``, ``urbangeo.gpkg`` and
    ``manifest.json``. All files appear together, or none does and what stood there before is untouched.

    Parameters
    ----------
    out : path-like
        Folder for the files; made when missing. Files of other names in it are left alone.
    progress : callable, optional
        Called with the Chinese name of each step (:data:`STEPS`) as it begins.

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
        begin(STEPS[0])
        counties = read_counties()
        census, hosted = read_census(YEAR), read_census(YEAR, zones="to_host")
        designations = read_designations()
        begin(STEPS[1])
        rule = PotentialRule()
        every = potential_areas(census, rule=rule, rows="all", alternatives=[hosted])
        potential = every[every["decision"] != "not_potential"]
        begin(STEPS[2])
        network = read_network()
        low, high = (HEADLINE_MIN * (1 + sign * SPEED_UNCERTAINTY) for sign in (-1, 1))
        centres = circle_centres()
        wide = isochrones(network, centres, cutoffs=[*CUTOFFS, low, high])
        is_band = wide.index.get_level_values("cutoff_min").isin(CUTOFFS)
        circles = wide[is_band]
        begin(STEPS[3])
        variants = _variants(network)
        begin(STEPS[4])
        seats = seat_minutes(network, centres)
        covered = coverage(circles, counties, hosted, seat_minutes=seats)
        totals = _totals(counties, hosted, network, wide, covered, variants, designations)
        warnings = _warnings(network, covered, hosted)
        begin(STEPS[5])
        figure = draw_map(
            counties,
            census=census,
            designations=designations,
            potential=every,
            isochrones=circles,
            coverage=covered,
            totals=totals,
            network=network,
            title="新型城镇化县域图集：山东、青海",
            subtitle="规划名单、潜力地区与1小时交通圈（2020年人口普查，骨架路网）",
            notes=warnings,
        )
        save_map(figure, draft / "atlas.html")
        begin(STEPS[6])
        potential_list = listing(potential, designations)
        write_csv(potential_list.drop(columns="designations"), draft / "potential_areas.csv")
        write_xlsx(potential_sheets(potential_list, designations, totals, warnings), draft / "potential_areas.xlsx")
        write_csv(coverage_table(covered, totals), draft / "coverage.csv")
        layers = _layers(counties, census, every, designations, circles, covered)
        write_geopackage(layers, draft / "urbangeo.gpkg")
        review = every[every["decision"] == "undecided"]
        manifest = manifest_text(
            inputs=[*table_inputs(), _boundary_input(counties)],
            parameters=_parameters(rule, network, circles),
            warnings=warnings,
            skeleton=[f"{name}（骨架路网，非实测）" for name in ("atlas.html 交通圈", "coverage.csv", "urbangeo.gpkg 图层 isochrones、coverage")],
            unconfirmed=_unconfirmed(designations),
            outputs=draft.iterdir(),
            checks=_checks(counties, census, potential, circles),
        )
        (draft / "manifest.json").write_text(manifest, encoding="utf-8")
    return Atlas(
        Path(out), counties, census, designations, potential, circles, covered, totals, tuple(warnings), review
    )


def _variants(network: Network) -> dict[str, tuple[gpd.GeoDataFrame, pd.DataFrame]]:
    """Compute the 60-minute circle under the other named definitions, with minutes to county seats."""
    peak, edge, centre = read_network(mode="drive_peak"), circle_centres("core_edge"), circle_centres()
    return {
        name: (isochrones(roads, origins, cutoffs=[HEADLINE_MIN]), seat_minutes(roads, origins))
        for name, roads, origins in (("peak", peak, centre), ("core_edge", network, edge))
    }


def _totals(
    counties: gpd.GeoDataFrame,
    hosted: pd.DataFrame,
    network: Network,
    wide: gpd.GeoDataFrame,
    covered: pd.DataFrame,
    variants: dict[str, tuple[gpd.GeoDataFrame, pd.DataFrame]],
    designations: pd.DataFrame,
) -> pd.DataFrame:
    """Set the named definitions of "people in the circle" side by side with the plan's target; none is tuned to meet it."""
    import pandas as pd

    plans = read_table("plans/circles").set_index("origin_id")
    target = circle_population_target()
    targets = {str(origin): target for origin in plans.index[plans["has_population_target"]]}
    left = covered.attrs["left_out"]
    missing = "；不含无法归入单一区县的功能区：" + "、".join(f"{row['name']}{row['resident_population']:,}人" for row in left)
    zones_by_province = {"37": missing} if left else {}

    def of(cutoff: float) -> gpd.GeoDataFrame:
        return wide[wide.index.get_level_values("cutoff_min") == cutoff]

    def add(frame: pd.DataFrame, name: str, name_zh: str, note: str = "", *, whole: bool = False) -> None:
        count: Any = "whole_counties" if whole else "people"
        rows = circle_totals(frame, definition=name, definition_zh=name_zh, targets=targets, count=count, note=note)
        parts.append(rows)

    parts: list[pd.DataFrame] = []
    skeleton = "骨架路网，非实测" if network.is_skeleton else ""
    add(covered, "drive", "驾车平峰，从中心出发，人口均匀分布", skeleton)
    low, high = (HEADLINE_MIN * (1 + sign * SPEED_UNCERTAINTY) for sign in (-1, 1))
    spread = coverage(of(HEADLINE_MIN), counties, hosted, placement="urban_rural")
    add(spread, "drive_urban_rural", "驾车平峰，从中心出发，城镇人口集中于县城", f"{skeleton}；人口分布为模型")
    for cutoff, name, words in ((low, "drive_slow", "慢15%"), (high, "drive_fast", "快15%")):
        rows = coverage(of(cutoff), counties, hosted)
        rows.index = rows.index.set_levels([HEADLINE_MIN], level="cutoff_min")
        add(rows, name, f"驾车平峰，车速普遍{words}", skeleton)
    for name, words in (("peak", "驾车高峰（城区道路减速），从中心出发"), ("core_edge", "驾车平峰，从核心区边缘出发")):
        area, minutes = variants[name]
        add(coverage(area, counties, hosted, seat_minutes=minutes), f"drive_{name}", words, skeleton)
    headline = covered[covered.index.get_level_values("cutoff_min") == HEADLINE_MIN]
    add(headline, "whole_counties", "县城60分钟可达的县，按全县人口计", skeleton, whole=True)
    parts.append(_official(plans, designations, hosted, targets))
    totals = pd.concat(parts, ignore_index=True)
    provinces = covered.groupby(level="origin_id")["province"].agg(lambda names: names.mode().iloc[0])
    codes = dict(zip(counties["province"], counties.index.str[:2], strict=True))
    extra = totals["origin_id"].map(provinces).map(codes).map(zones_by_province).fillna("")
    totals["note"] = (totals["note"] + extra).str.strip("；")
    return totals


def _official(
    plans: pd.DataFrame, designations: pd.DataFrame, hosted: pd.DataFrame, targets: dict[str, tuple[int, str]]
) -> pd.DataFrame:
    """Add up the official metropolitan areas by membership; where no list was published, by its natural reading, marked so."""
    import pandas as pd

    people = hosted.droplevel("year")
    rows = []
    for origin_id, plan in plans.iterrows():
        if pd.notna(plan["programme"]):
            members = designations.loc[designations["programme"] == plan["programme"], "adcode"].dropna().unique()
            name = "官方都市圈成员全部人口"
        else:
            codes = str(plan["member_prefectures"]).split(";")
            divisions = read_table("boundaries/divisions").set_index("adcode")
            members = divisions.index[divisions["prefecture_adcode"].isin(codes)]
            name = "都市圈成员全部人口（名单未公布，待核实）"
        total = int(people.loc[list(members), "resident_population"].sum())
        target, source = targets.get(str(origin_id), (None, None))
        rows.append(
            {
                "origin_id": origin_id,
                "cutoff_min": None,
                "definition": "official_members",
                "definition_zh": name,
                "counties": len(members),
                "population": total,
                "target_population": target,
                "gap": None if target is None else total - target,
                "source_id": source,
                "note": plan["note_zh"],
            }
        )
    return pd.DataFrame(rows).astype({"population": "Int64", "target_population": "Int64", "gap": "Int64", "cutoff_min": "float64"})


def _warnings(network: Network, covered: pd.DataFrame, hosted: pd.DataFrame) -> list[str]:
    estimated = network.provenance.get("estimated_length_share")
    lines = []
    if network.is_skeleton and estimated is not None:
        lines.append(
            f"道路为编制的骨架路网（截至2024年底），非实测，{estimated:.0%}的里程为估算；交通圈、覆盖率和县城时间均为骨架路网结果。"
        )
    leg = network.access
    lines.append(
        f"离开道路后的接驳按{leg.speed_kmh:g}公里/小时、绕行系数{leg.circuity:g}、直线不超过{leg.max_m / 1000:g}公里计算；省外仅有少量衔接路段，"
        "省界以外的范围偏小，省外人口未计入。"
    )
    names = "、".join(f"{row['name']}（{row['resident_population']:,}人）" for row in covered.attrs["left_out"])
    if names:
        lines.append(f"跨区功能区无法归入单一区县，其人口未计入覆盖人口：{names}。")
    lines.append("交通圈人口按驾车计算，铁路口径尚未计入；各口径并列，未为达到规划目标调整任何车速。")
    lines += [f"{row.subject_zh}：{row.text_zh}。" for row in read_table("plans/known_gaps").itertuples()]
    if hosted["resident_population"].isna().any():
        lines.append("部分县缺少人口数据，无法判定。")
    return lines


def potential_sheets(
    rows: pd.DataFrame, designations: pd.DataFrame | None, totals: pd.DataFrame | None, warnings: list[str] | tuple[str, ...]
) -> list[Sheet]:
    """Lay out the potential-area workbook: one sheet a province, then lists, circles, notes and sources.

    Parameters
    ----------
    rows : pandas.DataFrame
        As :func:`urbangeo.windows.tables.listing` returns.
    designations, totals : pandas.DataFrame, optional
        Membership of plan lists, and people in the circles.
    warnings : sequence of str
        What a reader must know.

    Returns
    -------
    list of Sheet
        In the order of the tabs.
    """
    import pandas as pd

    rule = "规则：常住人口超过10万人且城镇化率低于同年全省平均水平（青海省实施方案解读）；山东省按同一规则推算，未见官方名单。"
    sheets = []
    for province, part in rows.groupby("province", sort=False):
        year = int(part["year"].iloc[0])
        caption = f"{province}潜力地区名单（{year}年人口普查，共{int((part['decision'] == 'potential').sum())}个）"
        columns = [name for name in part.columns if name not in ("province", "source_id", "year", "decision")]
        if (part["decision"] == "undecided").any():
            columns.insert(columns.index("reason"), "decision")
        notes = [rule, "功能区（高新区、经开区等）在普查资料中单列，本表县级数不含单列功能区；并入后的变化见“换口径后的变化”。"]
        sheets.append(Sheet(str(province), caption, part[columns], notes))
    used = set(rows["source_id"])
    if designations is not None:
        columns = ["programme_zh", "adcode", "name", "designated_name", "batch", "area_name", "part_of_county", "confidence", "source_id"]
        notes = ["“待核实”为编者所知、尚未见文件；“一处来源”仅有一个页面佐证。名单不全之处见“说明”。"]
        sheets.append(Sheet("规划名单", "规划名单与成员（逐行注明核实程度）", designations[columns], notes))
        used |= set(designations["source_id"])
    if totals is not None:
        columns = ["origin_id", "cutoff_min", "definition_zh", "counties", "population", "target_population", "gap", "note"]
        notes = ["规划目标为“分别覆盖2000万人口”（鲁政办字〔2021〕125号），未规定出行方式与口径；各口径并列，差距如实列出。"]
        sheets.append(Sheet("交通圈人口", "1小时交通圈覆盖人口：各口径与规划目标（骨架路网结果，非实测）", totals[columns], notes))
        used |= set(totals["source_id"].dropna())
    numbered = pd.DataFrame({"item": range(1, len(warnings) + 1), "text": list(warnings)})
    sheets.append(Sheet("说明", "口径、缺口与待核实事项", numbered))
    titles = source_titles(sorted(used)).reset_index()
    columns = ["source_id", "title", "doc_number", "publisher", "date", "reached", "url"]
    sheets.append(Sheet("来源", "数据来源（转载件应以原件替换）", titles[columns]))
    return sheets


def coverage_table(covered: pd.DataFrame, totals: pd.DataFrame) -> pd.DataFrame:
    """Put county rows and circle totals into one table, told apart by ``row_type``.

    Parameters
    ----------
    covered : pandas.DataFrame
        As :func:`urbangeo.coverage` returns.
    totals : pandas.DataFrame
        As :func:`urbangeo.circle_totals` returns.

    Returns
    -------
    pandas.DataFrame
        row_type ("county" or "total") first; totals leave the county columns empty and carry the target and the gap.
    """
    import pandas as pd

    county = covered.reset_index().assign(row_type="county", definition="drive")
    columns = ["row_type", "origin_id", "cutoff_min", "definition", "adcode", "name", "prefecture", "province"]
    columns += ["area_share", "population_share", "population", "county_population", "seat_time_min", "verdict"]
    columns += ["definition_zh", "counties", "target_population", "gap", "source_id", "note", "network_kind"]
    table = pd.concat([county, totals.assign(row_type="total")], ignore_index=True)
    table["network_kind"] = table["network_kind"].fillna(county["network_kind"].iloc[0])
    table.loc[table["definition"] == "official_members", "network_kind"] = pd.NA
    table[["area_share", "population_share"]] = table[["area_share", "population_share"]].round(4)
    table["seat_time_min"] = table["seat_time_min"].round(1)
    return table[columns]


def _layers(
    counties: gpd.GeoDataFrame,
    census: pd.DataFrame,
    every: pd.DataFrame,
    designations: pd.DataFrame,
    circles: gpd.GeoDataFrame,
    covered: pd.DataFrame,
) -> dict[str, gpd.GeoDataFrame]:
    import geopandas as gpd

    people = census.droplevel("year")
    zones = list(people.index[people["unit_type"].eq("zone") & ~people.index.isin(counties.index)])
    figures = people[["resident_population", "urban_population", "urbanization_rate_pct", "unit_type", "confidence"]]
    base = join_on_adcode(counties, figures, right_name="census", right_only=zones)
    judged = every[["decision", "reason", "gap_pct", "provincial_rate_pct"]]
    full = join_on_adcode(base, judged, right_name="potential areas", left_only=set(base.index) - set(judged.index))
    shapes = counties[["geometry"]]
    listed = designations.merge(shapes, left_on="adcode", right_index=True, how="left")
    reached = covered.reset_index().merge(shapes, left_on="adcode", right_index=True, how="left")
    return {
        "counties": full,
        "designations": gpd.GeoDataFrame(listed, geometry="geometry", crs=CGCS2000),
        "isochrones": circles,
        "coverage": gpd.GeoDataFrame(reached, geometry="geometry", crs=CGCS2000),
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
    return {
        "census_year": YEAR,
        "potential_rule": vars(rule),
        "zones": {"potential_areas": "apart", "coverage": "to_host"},
        "cutoffs_min": list(CUTOFFS),
        "speed_uncertainty": SPEED_UNCERTAINTY,
        "mode": network.mode,
        "direction": "from",
        "access_leg": vars(network.access),
        "toll_min_per_change": network.toll_min,
        "cell_m": sorted(set(circles["cell_m"])),
        "placement": "areal",
        "verdict_rule": "seat",
        "crs": {"geometry": CGCS2000, "areas": EQUAL_AREA},
        "origins": {
            str(origin): {"name": row["name"], "basis": row["basis"], "confidence": row["confidence"], "wkt": row.geometry.wkt}
            for origin, row in circle_centres().iterrows()
        },
    }


def _unconfirmed(designations: pd.DataFrame) -> list[dict[str, Any]]:
    rows = designations[designations["confidence"] == "unconfirmed"]
    facts = [
        {"fact": f"{row.programme_zh}：{row.name}", "adcode": row.adcode, "source_id": row.source_id}
        for row in rows.rename(columns={"name": "name"}).itertuples(index=False)
    ]
    centres = circle_centres()
    facts += [{"fact": f"交通圈中心：{origin} {row['name']}", "basis": row["basis"]} for origin, row in centres.iterrows()]
    plans = read_table("plans/circles")
    unread = plans[plans["member_confidence"] == "unconfirmed"]
    facts += [{"fact": f"都市圈成员：{row.origin_id}", "basis": row.note_zh} for row in unread.itertuples()]
    return facts


def _checks(
    counties: gpd.GeoDataFrame, census: pd.DataFrame, potential: pd.DataFrame, circles: gpd.GeoDataFrame
) -> dict[str, Any]:
    nested = True
    for _, part in circles.groupby(level="origin_id"):
        discs = list(part.geometry)
        nested &= all(outer.covers(inner) for inner, outer in zip(discs, discs[1:], strict=False))
    return {
        "counties": {str(name): int(count) for name, count in counties.groupby("province").size().items()},
        "residents": {str(name): int(value) for name, value in census.groupby("province")["resident_population"].sum().items()},
        "potential_areas": {str(name): int(value) for name, value in potential.groupby("province").size().items()},
        "isochrones_valid": bool(circles.geometry.is_valid.all()),
        "isochrones_nested": bool(nested),
    }
