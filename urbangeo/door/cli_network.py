"""The command line of roads: ``urbangeo network info``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import geopandas as gpd

    from urbangeo.sources.network import Network

_ABOUT = """查看路网：里程、连通、车速来源与适用性。

Look at a road network: length, connection, sources of speed, fitness.
"""
_INFO = """报告路网是否适用于1小时交通圈，并说明理由。不给 PATH 时报告内置骨架路网。

Report whether a road network is fit for 1-hour circles, and why. Without PATH: the packaged skeleton.

退出码：0 适用；2 有保留地适用或不适用，须看理由；1 输入有误。
"""

_FEWEST_MET = 0.1
"""A packaged province belongs to the report if roads lie in this share of its counties; a stub across the border does
not make all its other counties empty ones. Own choice."""

_FORMATS = {".csv": "csv", ".xlsx": "xlsx", ".geojson": "geojson", ".json": "geojson", ".html": "html"}


@click.group(help=_ABOUT)
def network() -> None:
    """Hold the commands about roads together."""


@network.command("info", help=_INFO)
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--mode",
    type=click.Choice(["drive", "drive_peak", "drive+rail"]),
    help="平峰、高峰或平峰加铁路；默认平峰，或存储路网自带者 (mode)",
)
@click.option(
    "--counties",
    "boundaries",
    type=click.Path(path_type=Path),
    help="县级界线文件；默认内置山东、青海界线 (county boundaries; packaged ones by default)",
)
@click.option("--no-counties", is_flag=True, help="不按县统计 (nothing by county)")
@click.option("--layer", help="GeoPackage 中的图层名 (layer of a GeoPackage)")
@click.option("--class-column", help="线图层中表示道路等级的列名 (column of the class of a layer of lines)")
@click.option(
    "--unknown-class",
    help="等级缺失或不识别时按此等级，如 secondary_2、二级公路 (class of roads whose class is missing or not known)",
)
@click.option("--gap", "gap_m", type=float, help="断头路间隙，米；默认20 (gap of dead ends, metres)")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="另存 .xlsx、.csv、.geojson（问题点）或 .html（地图） (also write a file)",
)
def info(
    *,
    path: Path | None,
    mode: Any,
    boundaries: Path | None,
    no_counties: bool,
    layer: str | None,
    class_column: str | None,
    unknown_class: str | None,
    gap_m: float | None,
    out: Path | None,
) -> int:
    """Print the fitness report of a network, and write it if asked."""
    from urbangeo.answers.fitness import GAP_M, network_report
    from urbangeo.door.cli import DONE, TO_REVIEW, _format_of, _progress
    from urbangeo.sources.census import read_census

    form = _format_of(out, _FORMATS, default="csv")
    _agree(boundaries, no_counties=no_counties)
    with _progress(3) as step:
        step("读取路网")
        roads = _roads(path, mode, {"layer": layer, "class_column": class_column, "unknown_class": unknown_class})
        step("读取县级界线")
        counties = None if no_counties else _counties(roads, boundaries)
        _can_be_drawn(form, counties)
        step("核查路网")
        report = network_report(
            roads,
            counties=counties,
            census=None if counties is None else read_census(2020, zones="to_host"),
            gap_m=GAP_M if gap_m is None else gap_m,
        )
        if out is not None:
            _write(report, roads, counties, out, form)
    click.echo(report.text(), nl=False)
    if out is not None:
        click.echo(out)
    if report.verdict == "fit":
        return DONE
    click.echo(f"urbangeo：路网{report.verdict_zh}，请核对上述理由。", err=True)
    return TO_REVIEW


def _roads(path: Path | None, mode: Any, words: dict[str, str | None]) -> Network:
    """Read the roads; what only a layer of lines can be told goes to its reader."""
    from urbangeo.archive.wording import word
    from urbangeo.errors import InputError
    from urbangeo.sources.network import read_network
    from urbangeo.sources.network.lines.layers import read_line_layer
    from urbangeo.sources.network.rail import with_rail
    from urbangeo.sources.network.readers import ENDINGS
    from urbangeo.sources.network.speeds.means import ROAD_CLASSES

    told = {f"--{name.replace('_', '-')}": value for name, value in words.items() if value is not None}
    if not told:
        return read_network(path, mode=mode)
    if path is None or ENDINGS.get(path.suffix.lower()) != "lines":
        msg = f"{'、'.join(told)} only suits a layer of road lines (.gpkg, .shp, .geojson …); leave it out."
        raise InputError(msg)
    column, unknown = words["class_column"], words["unknown_class"]
    in_chinese = {word("road_class", name): name for name in ROAD_CLASSES}
    roads = read_line_layer(
        path,
        layer=words["layer"],
        columns=None if column is None else {"road_class": column},
        unknown_class=None if unknown is None else in_chinese.get(unknown, unknown),
        mode="drive_peak" if mode == "drive_peak" else "drive",
    )
    return with_rail(roads) if mode == "drive+rail" else roads


def _agree(boundaries: Path | None, *, no_counties: bool) -> None:
    from urbangeo.errors import InputError

    if boundaries is not None and no_counties:
        msg = f"--counties {boundaries} and --no-counties contradict each other; give one of them."
        raise InputError(msg)


def _can_be_drawn(form: str, counties: gpd.GeoDataFrame | None) -> None:
    from urbangeo.errors import InputError

    if form == "html" and counties is None:
        msg = "A map needs counties, and the roads lie in none; give --counties FILE, or --out with another ending."
        raise InputError(msg)


def _counties(roads: Network, boundaries: Path | None) -> gpd.GeoDataFrame | None:
    """Read the counties of the report: the user's, or those packaged provinces in which the roads lie."""
    import shapely

    from urbangeo.sources.boundaries import read_counties
    from urbangeo.sources.boundary_files import read_boundary_file

    if boundaries is not None:
        return read_boundary_file(boundaries)
    counties = read_counties()
    tree = shapely.STRtree(roads.geometry(roads.pieces()))
    met = counties.index.isin(counties.index[tree.query(counties.geometry.to_numpy(), predicate="intersects")[0]])
    share = counties.assign(met=met).groupby("province_adcode")["met"].mean()
    kept = counties[counties["province_adcode"].isin(share.index[share >= _FEWEST_MET])]
    return kept if len(kept) else None


def _write(report: Any, roads: Network, counties: gpd.GeoDataFrame | None, out: Path, form: str) -> None:
    from urbangeo.archive.files import write_atomic
    from urbangeo.windows.cells import write_csv
    from urbangeo.windows.credits import road_credits
    from urbangeo.windows.geofiles import geojson_text
    from urbangeo.windows.maps import draw_map, save_map
    from urbangeo.windows.network_sheets import report_sheets, told_measures
    from urbangeo.windows.workbook import write_xlsx

    if form == "csv":
        write_csv(told_measures(report), out)
    elif form == "xlsx":
        write_xlsx(report_sheets(report), out)
    elif form == "geojson":
        credit = f"路网来源：{'；'.join(road_credits(roads.provenance, [roads.stated_kind]))}。"
        notes = [f"路网适用性（1小时交通圈）：{report.verdict_zh}", *report.reasons, credit]
        write_atomic(out, geojson_text(report.problems, notes=notes))
    elif counties is not None:
        title = "路网适用性检查图"
        on = ["roads", *(["problems"] if len(report.problems) else []), "labels", "graticule"]
        page = draw_map(counties, network=roads, report=report, title=title, subtitle=report.verdict_zh, layers_on=on)
        save_map(page, out)
