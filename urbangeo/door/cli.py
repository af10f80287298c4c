"""The command line: ``urbangeo atlas``, ``potential``, ``isochrone``.

Exit codes: 0 done; 1 wrong input, said in one paragraph; 2 done, but rows must be looked at.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from urbangeo import __version__
from urbangeo.errors import (
    CrsError,
    DataIntegrityError,
    InputError,
    JoinError,
    OutputError,
    SchemaError,
    SnapError,
    UnknownNameError,
    UrbangeoError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DONE, WRONG_INPUT, TO_REVIEW = 0, 1, 2

_SHOW_AFTER_S = 2.0
"""Progress is shown for anything that takes longer than this, on a terminal only."""

_DRAW_EVERY_S = 0.5
_NEVER_BY_ITSELF_S = 1e9
_BAR = "{desc} [{bar:20}] {n_fmt}/{total_fmt}"

_FAULT_ZH: dict[type[UrbangeoError], str] = {
    UnknownNameError: "名称未找到，请按相近名称更正",
    InputError: "参数有误，请按说明改正",
    SchemaError: "数据表不合要求，请按说明修改后重试",
    JoinError: "数据无法逐县对应，请核对代码",
    CrsError: "坐标系有误，请核对后重试",
    SnapError: "地点距道路过远，请改选地点",
    DataIntegrityError: "数据包与登记不符，请按说明重装",
    OutputError: "无法写出文件，原有文件未改动",
}


_ABOUT = """县级新型城镇化规划工具：规划名单、潜力地区、1小时交通圈与会议地图。

County-level urbanization planning: plan lists, potential areas, 1-hour circles, meeting maps.
"""
_ATLAS = """生成山东、青海会议图集：地图、名单、覆盖表、GeoPackage 与清单。

Build the planning-meeting pack from embedded data.
"""
_POTENTIAL = """列出潜力地区及理由。

List potential areas, each with its reason and sources.
"""
_ISOCHRONE = """计算任意地点的等时圈（骨架路网）。

Compute isochrones round any place on the skeleton network.
"""
_EXITS = """退出码：0 完成；1 输入有误；2 已完成但有待核行。

Exit codes: 0 done, 1 wrong input, 2 done with rows to review.
"""


@click.group(
    help=_ABOUT,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXITS,
)
@click.version_option(__version__, prog_name="urbangeo")
def cli() -> None:
    """Hold the commands together."""


@cli.command(help=_ATLAS)
@click.option("--out", default="atlas", show_default=True, help="输出文件夹 (output folder)")
def atlas(out: str) -> int:
    """Build the planning-meeting pack and print the files it consists of."""
    from urbangeo.door.atlas import FILES, STEPS, build_atlas

    with _progress(STEPS) as step:
        made = build_atlas(out, progress=step)
    for name in FILES:
        click.echo(made.folder / name)
    _note(f"完成。{len(made.warnings)} 条说明已写入地图、表格和 manifest.json；交通圈为骨架路网结果，非实测。")
    return _review(len(made.review))


@cli.command(help=_POTENTIAL)
@click.option("--province", "provinces", multiple=True, help="省份，可重复；默认全部 (province; all by default)")
@click.option("--year", default=2020, show_default=True, help="普查年份 (census year)")
@click.option(
    "--zones",
    type=click.Choice(["apart", "to_host"]),
    default="apart",
    show_default=True,
    help="功能区单列或并入所在县 (functional zones apart, or added to their host)",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "xlsx", "json"]),
    help="格式；默认随文件名，否则 csv (format)",
)
@click.option("--out", type=click.Path(path_type=Path), help="输出文件；默认屏幕 (file; standard output by default)")
def potential(*, provinces: tuple[str, ...], year: int, zones: Any, form: str | None, out: Path | None) -> int:
    """List potential areas as CSV, JSON or a workbook."""
    from urbangeo.answers.potential import PotentialRule, potential_areas
    from urbangeo.archive.files import write_atomic
    from urbangeo.sources.census import read_census
    from urbangeo.sources.plans import read_designations
    from urbangeo.windows.cells import csv_text, json_text, write_csv
    from urbangeo.windows.tables import listing, potential_sheets
    from urbangeo.windows.workbook import write_xlsx

    form = _agreed_format(form, out)
    other: Any = "to_host" if zones == "apart" else "apart"
    chosen = list(provinces) or None
    census = read_census(year, provinces=chosen, zones=zones)
    rows = potential_areas(census, alternatives=[read_census(year, provinces=chosen, zones=other)])
    if form == "xlsx":
        designations = read_designations()
        codes = set(census.index.get_level_values("adcode"))
        sheets = potential_sheets(
            listing(rows, designations),
            rule=PotentialRule(),
            zones=zones,
            designations=designations[designations["adcode"].isin(codes)],
        )
        write_xlsx(sheets, _file_for_xlsx(out))
    else:
        table = listing(rows)
        if out is None:
            click.echo(csv_text(table) if form == "csv" else json_text(table), nl=False)
        elif form == "csv":
            write_csv(table, out)
        else:
            write_atomic(out, json_text(table))
    return _review(int((rows["decision"] == "undecided").sum()))


@cli.command(help=_ISOCHRONE)
@click.option(
    "--centre", "centres", multiple=True, required=True, help="地点名或“经度,纬度”，可重复 (place or lon,lat)"
)
@click.option("--cutoffs", default="15,30,45,60", show_default=True, help="时限，分钟 (minutes)")
@click.option(
    "--mode",
    type=click.Choice(["drive", "drive_peak"]),
    default="drive",
    show_default=True,
    help="平峰或高峰 (mode)",
)
@click.option(
    "--direction",
    type=click.Choice(["from", "to"]),
    default="from",
    show_default=True,
    help="由中心出发或前往中心",
)
@click.option("--cell", "cell_m", type=float, help="时间面格网，米 (cell of the travel-time surface, metres)")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="输出 .geojson 或 .gpkg；默认屏幕 (file; standard output by default)",
)
def isochrone(
    *, centres: tuple[str, ...], cutoffs: str, mode: Any, direction: Any, cell_m: float | None, out: Path | None
) -> int:
    """Compute isochrones on the skeleton network as GeoJSON or GeoPackage."""
    from urbangeo.archive.files import write_atomic
    from urbangeo.areas.isochrones import isochrones
    from urbangeo.sources.network import read_network
    from urbangeo.sources.places import locate
    from urbangeo.windows.geofiles import geojson_text, write_geopackage

    form = _format_of(out, {".geojson": "geojson", ".json": "geojson", ".gpkg": "gpkg"}, default="geojson")
    with _progress(2) as step:
        step("查找地点、读取路网")
        origins = locate(list(centres))
        network = read_network(mode=mode)
        step("计算等时圈")
        frame = isochrones(network, origins, cutoffs=_numbers(cutoffs), direction=direction, cell_m=cell_m)
    note = "骨架路网结果，非实测；坐标系 CGCS2000，与 WGS 84 相差小于1米。"
    if out is None:
        click.echo(geojson_text(frame, notes=[note]), nl=False)
    elif form == "gpkg":
        write_geopackage({"isochrones": frame}, out)
    else:
        write_atomic(out, geojson_text(frame, notes=[note]))
    _note(note)
    return DONE


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code.

    Parameters
    ----------
    arguments : list of str, optional
        Words after the program name; those of the process by default.

    Raises
    ------
    SystemExit
        Always: 0 done, 1 wrong input, 2 done with rows to review.
    """
    for stream in (sys.stdout, sys.stderr):
        # Officials' consoles may speak GBK: a character it lacks must not end the run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        code = cli.main(args=arguments, prog_name="urbangeo", standalone_mode=False)
    except UrbangeoError as error:
        kind = next((words for type_, words in _FAULT_ZH.items() if isinstance(error, type_)), "出错")
        click.echo(f"urbangeo：{kind}。{error}", err=True)
        sys.exit(WRONG_INPUT)
    except click.ClickException as error:
        click.echo(f"urbangeo：参数有误，请按说明改正。{error.format_message()}", err=True)
        sys.exit(WRONG_INPUT)
    except click.Abort:
        click.echo("urbangeo：已中断，未写出任何文件。", err=True)
        sys.exit(WRONG_INPUT)
    sys.exit(code if isinstance(code, int) else DONE)


@contextmanager
def _progress(steps: int) -> Iterator[Callable[[str], None]]:
    """Show a bar on a terminal once the work has lasted two seconds; say nothing when piped."""
    from tqdm import tqdm

    with tqdm(total=steps, disable=None, leave=False, bar_format=_BAR, delay=_NEVER_BY_ITSELF_S) as bar:
        begun = 0
        done = threading.Event()

        def show() -> None:
            # A step may last longer than the wait, so a clock draws the bar and not the steps.
            if not bar.disable and not done.wait(_SHOW_AFTER_S):
                bar.refresh()
                while not done.wait(_DRAW_EVERY_S):
                    bar.refresh()

        def step(words: str) -> None:
            nonlocal begun
            bar.n, begun = begun, begun + 1
            bar.set_description_str(words, refresh=False)

        clock = threading.Thread(target=show, daemon=True)
        clock.start()
        try:
            yield step
        finally:
            done.set()
            clock.join()
            bar.clear()


def _note(words: str) -> None:
    if sys.stderr.isatty():
        click.echo(words, err=True)


def _review(count: int) -> int:
    if count == 0:
        return DONE
    click.echo(f"urbangeo：已完成，但有 {count} 行因缺少数据无法判定，请核对。", err=True)
    return TO_REVIEW


def _format_of(out: Path | None, endings: dict[str, str], *, default: str) -> str:
    if out is None:
        return default
    ending = out.suffix.lower()
    if ending not in endings:
        msg = f"The file name {out.name} has the ending {ending or '(none)'}; expected one of {', '.join(endings)}."
        raise InputError(msg)
    return endings[ending]


def _agreed_format(form: str | None, out: Path | None) -> str:
    ending = _format_of(out, {".csv": "csv", ".xlsx": "xlsx", ".json": "json"}, default=form or "csv")
    if form not in (None, ending):
        msg = f"--format {form} and the file name {out} disagree; leave --format out or change the ending."
        raise InputError(msg)
    return ending


def _file_for_xlsx(out: Path | None) -> Path:
    if out is None:
        msg = "A workbook cannot be printed on the screen; give --out FILE.xlsx."
        raise InputError(msg)
    return out


def _numbers(words: str) -> list[float]:
    try:
        return [float(word) for word in words.replace("，", ",").split(",") if word.strip()]
    except ValueError as error:
        msg = f"--cutoffs {words!r}: expected minutes joined by commas, such as 30,60."
        raise InputError(msg) from error
