"""The command line: ``urbangeo atlas``, ``potential``, ``isochrone``, ``match``, ``fetch boundaries``.

Exit codes: 0 done; 1 wrong input, said in Chinese and below it in full; 2 done, but rows must be looked at.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from urbangeo import __version__
from urbangeo.door import cli_network
from urbangeo.door.faults import told
from urbangeo.errors import InputError, UrbangeoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DONE, WRONG_INPUT, TO_REVIEW = 0, 1, 2

_SHOW_AFTER_S = 2.0
"""Progress is shown for anything that takes longer than this, on a terminal only."""

_DRAW_EVERY_S = 0.5
_NEVER_BY_ITSELF_S = 1e9
_BAR = "{desc} [{bar:20}] {n_fmt}/{total_fmt}"

_STATUS_ZH = {"matched": "已对应", "superseded": "旧称或旧码已换算", "ambiguous": "不能确定", "unmatched": "未对应"}


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

Compute isochrones round any place on the skeleton network, or on roads of your own (--network).
"""
_FETCH = """从网络服务下载数据（仅在运行本命令时联网）。

Download data from web services; no other command opens a connection.
"""
_FETCH_BOUNDARIES = """下载县级界线，核对后写入文件。天地图须用自己的密钥；DataV 为 GCJ-02，自动转换为 CGCS2000。

Download county boundaries, check them against the register, write them in CGCS2000.
"""
_FETCH_ROADS = """下载一省的 OpenStreetMap 路网（.osm.pbf），核对校验码后存入文件夹；中断后再次运行即续传。

Download the OpenStreetMap extract of a province, verified; a broken transfer is taken up by the next run.
"""
_MATCH = """把统计表的每一行对应到今日的县级单位；对不上的逐行说明原因，不猜。

Match every row of a statistics table to a county of today, or say why not.
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


cli.add_command(cli_network.network)


@cli.command(help=_ATLAS)
@click.option("--out", default="atlas", show_default=True, help="输出文件夹 (output folder)")
def atlas(out: str) -> int:
    """Build the planning-meeting pack and print the files it consists of."""
    from urbangeo.door.atlas import FILES, STEPS, build_atlas

    with _progress(STEPS) as step:
        made = build_atlas(out, progress=step)
    for name in FILES:
        # Without a Chinese font there are no printed pages.
        if (made.folder / name).exists():
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
@click.option(
    "--network",
    "roads",
    type=click.Path(path_type=Path),
    help="自备路网文件；默认骨架路网 (roads of your own: .osm.pbf, .graphml, a layer of lines, a stored folder)",
)
@click.option("--cutoffs", default="15,30,45,60", show_default=True, help="时限，分钟 (minutes)")
@click.option(
    "--mode",
    type=click.Choice(["drive", "drive_peak", "drive+rail"]),
    default="drive",
    show_default=True,
    help="平峰、高峰，或平峰加铁路 (mode)",
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
    *,
    centres: tuple[str, ...],
    roads: Path | None,
    cutoffs: str,
    mode: Any,
    direction: Any,
    cell_m: float | None,
    out: Path | None,
) -> int:
    """Compute isochrones on the skeleton or on roads of the user's, as GeoJSON or GeoPackage."""
    from urbangeo.archive.files import write_atomic
    from urbangeo.areas.isochrones import isochrones
    from urbangeo.sources.network import read_network
    from urbangeo.sources.network.rail import sure_of_rail
    from urbangeo.sources.places import locate
    from urbangeo.windows.credits import road_credits
    from urbangeo.windows.geofiles import geojson_text, write_geopackage

    form = _format_of(out, {".geojson": "geojson", ".json": "geojson", ".gpkg": "gpkg"}, default="geojson")
    with _progress(2) as step:
        step("查找地点、读取路网")
        origins = locate(list(centres))
        network = read_network(roads, mode=mode)
        step("计算等时圈")
        frame = isochrones(network, origins, cutoffs=_numbers(cutoffs), direction=direction, cell_m=cell_m)
    basis = f"骨架路网结果，非实测{'（部分）' if roads else ''}" if network.is_skeleton else "自备路网结果"
    note = f"{basis}；坐标系 CGCS2000，与 WGS 84 相差小于1米。"
    if roads is not None:
        note += f"路网来源：{'；'.join(road_credits(network.provenance, [network.stated_kind]))}。"
    if mode == "drive+rail":
        note += f"{sure_of_rail(network)}；每次乘车另计{network.provenance['rail']['overhead_min']:g}分钟。"
    if out is None:
        click.echo(geojson_text(frame, notes=[note]), nl=False)
    elif form == "gpkg":
        write_geopackage({"isochrones": frame}, out)
    else:
        write_atomic(out, geojson_text(frame, notes=[note]))
    _note(note)
    return DONE


@cli.command("match", help=_MATCH)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", help="县名所在列 (column of names)")
@click.option("--code", help="代码所在列 (column of codes)")
@click.option("--parent", help="所属市州或省所在列 (column of prefectures or provinces)")
@click.option("--year", type=int, help="名录年份，2010至2025 (year of the list the table follows)")
@click.option("--province", help="全表只涉及的省份 (the one province of the table)")
@click.option(
    "--scope",
    type=click.Choice(["ours", "china"]),
    default="ours",
    show_default=True,
    help="山东、青海两省或全国 (two provinces, or all of China)",
)
@click.option("--sheet", help="工作表名；默认第一个非空表 (sheet)")
@click.option(
    "--encoding",
    type=click.Choice(["utf-8", "utf-8-sig", "gb18030"]),
    help="文本编码；默认自动判定 (encoding; found by itself)",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="输出 .csv 或 .xlsx (file)")
def match_(
    *,
    file: Path,
    name: str | None,
    code: str | None,
    parent: str | None,
    year: int | None,
    province: str | None,
    scope: Any,
    sheet: str | None,
    encoding: str | None,
    out: Path,
) -> int:
    """Match a table to counties and write it back with their codes, and the doubtful rows beside it."""
    from urbangeo.archive.files import replacing_folder
    from urbangeo.sources.matching import match_counties
    from urbangeo.sources.statistics_files import read_statistics
    from urbangeo.windows.own_tables import FORMATS, write_own_table

    _format_of(out, FORMATS, default="csv")
    beside = out.with_name(f"{out.stem}_issues{out.suffix}")
    _refuse_overwriting(file, (out, beside))
    with _progress(2) as step:
        step("读取表格")
        table = read_statistics(file, sheet=sheet, encoding=encoding)
        columns = {
            option: _column_meant(table.frame.columns, word, option)
            for option, word in {"code": code, "name": name, "parent": parent}.items()
        }
        step("对应县级单位")
        result = match_counties(table.frame, **columns, year=year, province=province, scope=scope)
    matched = result.matched
    if "name" not in matched.columns:
        # In a file of one's own there is no frame contract to keep: the county's name is simply the name.
        matched = matched.rename(columns={"matched_name": "name"})
    with replacing_folder(out.parent) as draft:
        write_own_table(matched, draft / out.name, text_columns=_text_columns(table.frame, matched, columns))
        write_own_table(result.issues, draft / beside.name, text_columns=set(result.issues.columns) - {"row"})
    for path in (out, beside):
        click.echo(path)
    for note in (*table.notes, *result.notes):
        click.echo(f"urbangeo：{note}", err=True)
    counts = result.counts
    words = "，".join(f"{_STATUS_ZH[status]} {counts[status]}" for status in counts)
    to_review = counts["ambiguous"] + counts["unmatched"]
    tail = f"；有 {to_review} 行待核，见 {beside.name}。" if to_review else "。"
    click.echo(f"urbangeo：共 {len(result.matched)} 行：{words}{tail}", err=True)
    return TO_REVIEW if to_review else DONE


@cli.group(help=_FETCH)
def fetch() -> None:
    """Hold the downloads together."""


@fetch.command("boundaries", help=_FETCH_BOUNDARIES)
@click.option(
    "--service",
    type=click.Choice(["tianditu-api", "datav"]),
    required=True,
    help="天地图行政区划服务或 DataV (service)",
)
@click.option(
    "--province",
    "places",
    multiple=True,
    required=True,
    help="省、市、县的名称或代码，可重复 (province, prefecture or county)",
)
@click.option(
    "--key-file", type=click.Path(path_type=Path), help="存放天地图密钥的文本文件 (text file holding the Tianditu key)"
)
@click.option("--cache", type=click.Path(path_type=Path), help="缓存文件夹；默认用户缓存 (cache folder)")
@click.option("--refresh", is_flag=True, help="重新下载，不用缓存 (ask again for what is kept)")
@click.option(
    "--on-mismatch",
    type=click.Choice(["refuse", "mark"]),
    default="refuse",
    show_default=True,
    help="与区划登记不一致时拒绝或标注 (when units differ from the register)",
)
@click.option(
    "--timeout", "timeout_s", default=30.0, show_default=True, help="单次应答最长等待，秒 (seconds per answer)"
)
@click.option("--base-url", help="镜像地址 (address of a mirror)")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="输出 .gpkg、.geojson 或 .parquet (file)")
def fetch_boundaries_(
    *,
    service: Any,
    places: tuple[str, ...],
    key_file: Path | None,
    cache: Path | None,
    refresh: bool,
    on_mismatch: Any,
    timeout_s: float,
    base_url: str | None,
    out: Path,
) -> int:
    """Download county boundaries and write them with their source, terms and date on every row."""
    import warnings

    from urbangeo.archive.files import write_atomic
    from urbangeo.sources.boundary_downloads import fetch_boundaries
    from urbangeo.windows.geofiles import geojson_text, write_geopackage, write_geoparquet

    endings = {".geojson": "geojson", ".json": "geojson", ".gpkg": "gpkg", ".parquet": "parquet"}
    form = _format_of(out, endings, default="geojson")
    key = None if key_file is None else _key_in(key_file)
    with _progress(1) as step, warnings.catch_warnings():
        # Said once, in the command's own words, below.
        warnings.simplefilter("ignore", UserWarning)
        frame = fetch_boundaries(
            service,
            list(places),
            key=key,
            cache=cache,
            refresh=refresh,
            on_mismatch=on_mismatch,
            timeout_s=timeout_s,
            base_url=base_url,
            progress=lambda name, known: step(f"下载 {name}", known),
        )
    source = frame.attrs["source"]
    # A file has no attrs: what must be known of an outline stands on its row.
    frame = frame.assign(
        boundary_source=source["publisher"], boundary_terms=source["terms"] or "", fetched_at=source["fetched_at"]
    )
    note = f"界线来源：{source['publisher']}，下载于{source['fetched_at']}，CGCS2000，无审图号。{source['terms'] or ''}"
    if form == "gpkg":
        write_geopackage({"counties": frame}, out)
    elif form == "parquet":
        write_geoparquet(frame, out)
    else:
        write_atomic(out, geojson_text(frame, notes=[note, *source["mismatches"]]))
    _note(note)
    for words in source["mismatches"]:
        click.echo(f"urbangeo：与区划登记不一致：{words}", err=True)
    return TO_REVIEW if source["mismatches"] else DONE


@fetch.command("roads", help=_FETCH_ROADS)
@click.option("--province", "provinces", multiple=True, required=True, help="省份，可重复 (province)")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("roads"),
    show_default=True,
    help="存放文件夹 (folder of the files)",
)
@click.option("--base-url", help="镜像地址，目录结构同 Geofabrik (address of a mirror)")
@click.option(
    "--on-missing-md5",
    type=click.Choice(["refuse", "mark"]),
    default="refuse",
    show_default=True,
    help="服务器无校验码时拒绝或标注 (when the server publishes no checksum)",
)
@click.option(
    "--timeout",
    "timeout_s",
    default=60.0,
    show_default=True,
    help="无响应最长等待，秒 (seconds without a sign of life)",
)
def fetch_roads_(
    *, provinces: tuple[str, ...], folder: Path, base_url: str | None, on_missing_md5: Any, timeout_s: float
) -> int:
    """Download the extracts of provinces and print the files."""
    from urbangeo.sources.road_downloads import ATTRIBUTION, extract_of, fetch_roads

    unverified = 0
    # A province that is not known must not be found out after an hour of others.
    names = [str(extract_of(province)["name"]) for province in dict.fromkeys(provinces)]
    for name in dict.fromkeys(names):
        with _transfer(name) as progress:
            extract = fetch_roads(
                name,
                folder=folder,
                base_url=base_url,
                on_missing_md5=on_missing_md5,
                timeout_s=timeout_s,
                progress=progress,
            )
        click.echo(extract.path)
        if extract.fetched_bytes == 0:
            _note(f"{name}：文件已是服务器上的最新版本，未重新下载。")
        if not extract.verified:
            unverified += 1
            click.echo(f"urbangeo：{name}：服务器未提供校验码，文件未经核对。", err=True)
    _note(f"数据来源：{ATTRIBUTION}；许可 ODbL 1.0，见文件旁的 LICENCE.txt。")
    return TO_REVIEW if unverified else DONE


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
    except (UrbangeoError, click.ClickException) as error:
        click.echo(f"urbangeo：{told(error)}", err=True)
        sys.exit(WRONG_INPUT)
    except click.Abort:
        click.echo("urbangeo：已中断，未写出任何文件。", err=True)
        sys.exit(WRONG_INPUT)
    sys.exit(code if isinstance(code, int) else DONE)


@contextmanager
def _progress(steps: int) -> Iterator[Callable[..., None]]:
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

        def step(words: str, steps: int | None = None) -> None:
            nonlocal begun
            if steps is not None:
                bar.total = steps
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


@contextmanager
def _transfer(words: str) -> Iterator[Callable[[int, int], None]]:
    """Show the bytes of a transfer on a terminal; say nothing when piped."""
    from tqdm import tqdm

    with tqdm(desc=f"下载 {words}", unit="B", unit_scale=True, disable=None, leave=False) as bar:

        def show(done: int, total: int) -> None:
            if total:
                bar.total = total
            bar.update(done - bar.n)

        yield show


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


def _key_in(path: Path) -> str:
    """Read a key from a file, so that it stands neither in the list of processes nor in the shell's history."""
    try:
        with path.open(encoding="utf-8-sig") as stream:
            words = stream.read(1024).split()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        msg = f"--key-file {path} cannot be read: {reason}. Expected a text file that holds the key and nothing else."
        raise InputError(msg) from None
    if len(words) != 1:
        msg = f"--key-file {path} holds {len(words)} words; expected the key and nothing else."
        raise InputError(msg)
    return words[0]


def _refuse_overwriting(source: Path, targets: tuple[Path, ...]) -> None:
    for target in targets:
        # A link or another spelling of the path is the same file.
        is_source = target.samefile(source) if target.exists() and source.exists() else target == source
        if is_source:
            msg = f"Writing {target} would overwrite the input {source}; choose another --out."
            raise InputError(msg)


def _column_meant(columns: Any, word: str | None, option: str) -> str | None:
    """Find a heading by its exact text, or by its text without blanks and full-width forms if only one fits."""
    import unicodedata

    def plain(heading: object) -> str:
        return "".join(unicodedata.normalize("NFKC", str(heading)).split())

    if word is None or word in columns:
        return word
    hits = [str(title) for title in columns if plain(title) == plain(word)]
    if len(hits) == 1:
        return hits[0]
    msg = f"--{option} {word!r}: there is no such column; the file has {', '.join(map(str, columns))}."
    raise InputError(msg)


def _text_columns(given: Any, matched: Any, columns: dict[str, str | None]) -> set[str]:
    """Name the columns that must stay text: what was added, and the codes as they were given."""
    kept = dict(zip(given.columns, matched.columns, strict=False))
    return {*matched.columns[len(given.columns) :], *(kept[word] for word in columns.values() if word)}


def _numbers(words: str) -> list[float]:
    try:
        return [float(word) for word in words.replace("，", ",").split(",") if word.strip()]
    except ValueError as error:
        msg = f"--cutoffs {words!r}: expected minutes joined by commas, such as 30,60."
        raise InputError(msg) from error
