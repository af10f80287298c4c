"""The audit of a boundary file: what is wrong with its codes, its year, its datum and its polygons, told in one report.

An audit changes nothing and corrects nothing. :func:`urbangeo.language.datum.shift_datum` undoes a datum,
:func:`repair_boundaries` mends the polygons.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, SchemaError, UnknownNameError
from urbangeo.language.adcode import adcode_faults
from urbangeo.language.crs import EQUAL_AREA, EQUAL_AREA_ZH, area_km2, require_geographic
from urbangeo.language.names import clean_name, name_forms
from urbangeo.language.scalars import is_missing
from urbangeo.sources.boundaries import read_counties
from urbangeo.sources.boundary_repair import LARGEST_CHANGE_SHARE, repair_boundaries
from urbangeo.sources.boundary_shift import SUSPECT_M, province_shifts
from urbangeo.sources.boundary_topology import exclaves, gaps, overlaps, polygonal, seams
from urbangeo.sources.divisions import register
from urbangeo.sources.history import trace

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["AuditReport", "agreement", "audit_boundaries", "repair_boundaries"]

Severity = Literal["error", "warning", "note"]

CHECKS: dict[str, str] = {
    "datum": "坐标基准",
    "code": "代码",
    "missing": "缺少的单元",
    "name": "名称",
    "vintage": "时点",
    "invalid": "无效图形",
    "overlap": "重叠",
    "gap": "缝隙",
    "sliver": "碎条",
    "seam": "公共边界不一致",
    "exclave": "飞地",
}
"""The checks in the order of the report, and their headings."""

SLIVER_WIDTH_M = 25.0
"""Overlaps and gaps of less mean width are slivers: borders drawn twice, not ground claimed twice or by nobody."""

_SEVERITY_ZH: dict[str, str] = {"error": "错误", "warning": "警告", "note": "说明"}
_DATUM_ZH = {
    "gcj02": '文件应为 GCJ-02 坐标：请用 shift_datum(frame, source="gcj02") 反算',
    "bd09": '文件应为 BD-09 坐标：请用 shift_datum(frame, source="bd09") 反算',
    "gcj02_undone_twice": "文件很可能被多做了一次 GCJ-02 反算：请取未经反算的原文件",
    "unknown": "偏移与 GCJ-02、BD-09 都不符：请向提供者查明坐标基准，不要自行平移",
}
_WINDS = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
_LINES = 12
_WHOLE_PROVINCE = 0.5


@dataclass(frozen=True)
class AuditReport:
    """What an audit found.

    Attributes
    ----------
    findings : pandas.DataFrame
        One row a finding: check (a key of ``CHECKS``), adcode and name (missing where it concerns the whole file),
        severity ("error": not to be used as it is; "warning": look at it; "note": good to know), text_zh, and value:
        metres for datum, km for seam, km² for overlap, gap, sliver, exclave and the areas of vintage, else missing.
    shifts : pandas.DataFrame
        The shift of each province against the reference, as of ``boundary_shift.province_shifts``.
    subject : str
        How many units of which provinces were audited, in Chinese.
    reference : str
        What they were compared with, in Chinese.
    """

    findings: pd.DataFrame
    shifts: pd.DataFrame
    subject: str
    reference: str

    @property
    def is_usable(self) -> bool:
        """Whether nothing was found that forbids using the file as it is."""
        return not bool((self.findings["severity"] == "error").any())

    def text(self) -> str:
        """Write the report in Chinese.

        Returns
        -------
        str
            Lines to be printed or saved; at most a dozen findings of each check, the rest counted.
        """
        counts = self.findings["severity"].value_counts()
        tally = "，".join(f"{word} {counts[key]} 项" for key, word in _SEVERITY_ZH.items() if counts.get(key))
        verdict = "可以使用" if self.is_usable else "不可直接使用"
        lines = [
            "边界文件审查报告",
            f"对象：{self.subject}",
            f"对照：{self.reference}；面积按{EQUAL_AREA_ZH}量算",
            f"结论：{verdict}（{tally or '未发现问题'}）",
            *(f"中位偏移：{shift_zh(row)}" for row in self.shifts.to_dict("records")),
        ]
        for check, heading in CHECKS.items():
            group = self.findings[self.findings["check"] == check]
            if group.empty:
                continue
            lines += ["", f"【{heading}】{len(group)} 项"]
            for row in group.head(_LINES).to_dict("records"):
                lines.append(f"- {_SEVERITY_ZH[row['severity']]}：{row['text_zh']}")
            if len(group) > _LINES:
                lines.append(f"- 另有 {len(group) - _LINES} 项，见 findings 表")
        return "\n".join(lines) + "\n"


@dataclass
class _Findings:
    """The findings as they are made, with the names the frame gives to its codes."""

    names: dict[str, str]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self, check: str, severity: Severity, text: str, *, adcode: str | None = None, value: float | None = None
    ) -> None:
        """Note one finding."""
        name = None if adcode is None else self.names.get(adcode)
        row = {"check": check, "adcode": adcode, "name": name, "severity": severity, "text_zh": text, "value": value}
        self.rows.append(row)

    def called(self, adcode: str) -> str:
        """Return code and name for a sentence."""
        return f"{adcode} {self.names.get(adcode, '')}".strip()

    def table(self) -> pd.DataFrame:
        """Return all findings, the checks in the order of the report, the gravest and largest first."""
        import pandas as pd

        frame = pd.DataFrame(self.rows, columns=["check", "adcode", "name", "severity", "text_zh", "value"])
        texts = dict.fromkeys(["check", "adcode", "name", "severity", "text_zh"], "str")
        frame = frame.astype({"value": "float64"} | texts)
        order = pd.DataFrame(
            {
                "check": frame["check"].map({name: place for place, name in enumerate(CHECKS)}),
                "severity": frame["severity"].map({name: place for place, name in enumerate(_SEVERITY_ZH)}),
                "value": -frame["value"].fillna(0.0),
            }
        )
        return frame.loc[order.sort_values(["check", "severity", "value"], kind="stable").index].reset_index(drop=True)


def audit_boundaries(frame: gpd.GeoDataFrame, *, reference: gpd.GeoDataFrame | None = None) -> AuditReport:
    """Look for everything that makes county boundaries unfit for a map or a join, and say it in words.

    Looked at are codes (malformed, doubled, superseded, unknown, missing), names, the year of the file (units and
    areas that changed on a known date), its datum (a shift of more than 80 m in one direction against the default,
    explained by GCJ-02, BD-09 or a correction made twice if undoing that makes it vanish), invalid polygons, overlaps,
    gaps, slivers, borders that neighbours do not share, and exclaves.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Polygons on an index ``adcode``, in any known system; ``name`` is looked at if it is there. It is not changed.
    reference : geopandas.GeoDataFrame, optional
        What to compare with: index ``adcode``, column ``name``, a known datum. By default the packaged counties of the
        provinces that the codes belong to.

    Returns
    -------
    AuditReport
        The findings, the shift of each province, ``is_usable`` and ``text()``.

    Raises
    ------
    SchemaError
        If the frame has no index ``adcode``, no geometry, or no rows.
    CrsError
        If the frame has no coordinate reference system, or cannot be in the one it names.

    Examples
    --------
    >>> from urbangeo import read_counties
    >>> report = audit_boundaries(read_counties("青海"))
    >>> report.is_usable, report.findings["check"].value_counts().to_dict()
    (True, {'exclave': 2})

    References
    ----------
    Units and areas by year: table ``boundaries/vintage_tells``; areas measured in Albers' equal-area projection.
    """
    known = require_geographic(_checked(frame), "the boundary file")
    against = _default_reference(known) if reference is None else require_geographic(reference, "the reference")
    names = {str(code): str(name) for code, name in known["name"].items()} if "name" in known else {}
    findings = _Findings(names)
    sound = _check_geometry(known, findings)
    single = known[sound & ~known.index.duplicated(keep=False)]
    today = _check_codes(known, against, findings)
    _check_names(known, against, findings)
    _check_years(known, findings)
    comparable = single.rename(index=today)
    comparable = comparable[~comparable.index.duplicated(keep=False)]
    shifts = province_shifts(comparable, against)
    _check_datum(shifts, findings)
    _check_topology(known[sound], findings)
    _check_exclaves(known[sound], against, findings)
    return AuditReport(findings.table(), shifts, _subject(known), _described(reference, against))


def agreement(frame: gpd.GeoDataFrame, *, reference: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
    """Measure, county by county, how well two sets of boundaries agree.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Polygons on an index ``adcode``, in any known system.
    reference : geopandas.GeoDataFrame, optional
        What to compare with; by default the packaged counties of the same provinces.

    Returns
    -------
    pandas.DataFrame
        Index adcode (codes of both, in the order of ``frame``); iou (area in common by area of both, 0–1), area_km2,
        reference_area_km2.

    Raises
    ------
    SchemaError
        If the frame has no index ``adcode``, no geometry, or no rows.
    CrsError
        If the frame has no coordinate reference system.

    Examples
    --------
    >>> from urbangeo import read_counties
    >>> print(agreement(read_counties("青海"))["iou"].min().round(9))
    1.0
    """
    import pandas as pd
    import shapely

    known = require_geographic(_checked(frame), "the boundary file")
    against = _default_reference(known) if reference is None else require_geographic(reference, "the reference")
    common = known.index[known.index.isin(against.index)]
    ours = polygonal(np.asarray(known.loc[common].geometry.to_crs(EQUAL_AREA)))
    theirs = polygonal(np.asarray(against.loc[common].geometry.to_crs(EQUAL_AREA)))
    both = shapely.area(shapely.intersection(ours, theirs))
    area, reference_area = shapely.area(ours), shapely.area(theirs)
    columns = {"iou": both / (area + reference_area - both)}
    columns |= {"area_km2": area / 1e6, "reference_area_km2": reference_area / 1e6}
    return pd.DataFrame(columns, index=common)


def _checked(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if getattr(frame, "active_geometry_name", None) is None:
        msg = f"Boundaries must be a GeoDataFrame with a geometry, got {type(frame).__name__} without one."
        raise SchemaError(msg)
    if frame.index.name != "adcode":
        msg = (
            f"Boundaries need the index 'adcode' (six-digit text), got {frame.index.name!r}; "
            "use frame.set_index('adcode'), or read the file with read_boundary_file."
        )
        raise SchemaError(msg)
    if frame.empty:
        msg = "The boundary frame has no rows."
        raise SchemaError(msg)
    return frame


def _default_reference(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    counties = read_counties(None)
    provinces = {str(code)[:2] for code in frame.index}
    return counties[counties.index.str[:2].isin(provinces)]


def _subject(frame: gpd.GeoDataFrame) -> str:
    counts = frame.index.astype(str).str[:2].value_counts()
    words = [f"{_province(f'{start}0000')} {count}" for start, count in counts.items()]
    return f"{len(frame)} 个单元（{'，'.join(words)}）"


def _described(given: gpd.GeoDataFrame | None, against: gpd.GeoDataFrame) -> str:
    source = against.attrs.get("source")
    if given is None and isinstance(source, dict):
        return f"默认边界（{source.get('publisher')}，{source.get('vintage')}），{len(against)} 个单元"
    publisher = source.get("publisher") if isinstance(source, dict) else None
    return f"调用者给出的边界（{publisher or '来源未注明'}），{len(against)} 个单元"


def _check_geometry(frame: gpd.GeoDataFrame, findings: _Findings) -> pd.Series:
    """Note missing, foreign and invalid shapes; return which rows hold polygons that can be measured."""
    import pandas as pd
    import shapely

    shapes = np.asarray(frame.geometry)
    polygon = np.isin(shapely.get_type_id(shapes), [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON])
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    sound = polygon & ~shapely.is_empty(shapes) & finite
    for code, kind in zip(frame.index[~sound], frame.geom_type[~sound], strict=True):
        what = "没有图形" if is_missing(kind) or kind in {"Polygon", "MultiPolygon"} else f"图形是 {kind}，不是面"
        findings.add("invalid", "error", f"{findings.called(code)}：{what}", adcode=code)
    for position in np.flatnonzero(sound & ~shapely.is_valid(shapes)):
        code = str(frame.index[int(position)])
        reason = shapely.is_valid_reason(shapes[position])
        text = f"{findings.called(code)}：图形无效（{reason}），可用 repair_boundaries 修复"
        findings.add("invalid", "error", text, adcode=code)
    return pd.Series(sound, index=frame.index)


def _check_codes(frame: gpd.GeoDataFrame, against: gpd.GeoDataFrame, findings: _Findings) -> dict[str, str]:
    """Note faulty codes; return today's codes of the units that kept their outline under another code."""
    for code in frame.index[frame.index.map(lambda code: bool(adcode_faults([code])))]:
        findings.add("code", "error", f"{code!r} 不是六位数字文本代码", adcode=str(code))
    for code in frame.index[frame.index.duplicated()].unique():
        text = f"{findings.called(code)}：代码重复，出现 {int((frame.index == code).sum())} 次"
        findings.add("code", "error", text, adcode=code)
    today: dict[str, str] = {}
    accounted: set[str] = set()
    for code in frame.index[~frame.index.isin(against.index)].unique():
        if adcode_faults([code]):
            continue
        heirs = _heirs(code)
        if heirs is None:
            text = f"{findings.called(code)}：对照边界和沿革表中都没有这个代码"
        else:
            text = f"{findings.called(code)}：旧代码，" + "；".join(heirs["chain"])
            accounted |= set(heirs["adcode"])
            if len(heirs) == 1 and not heirs["outline_changed"].iloc[0] and not heirs["part_only"].iloc[0]:
                today[code] = heirs["adcode"].iloc[0]
        findings.add("code", "error", text, adcode=code)
    present = set(frame.index.astype(str)) | accounted
    _check_missing(present, against, findings)
    return today


def _heirs(code: str) -> pd.DataFrame | None:
    try:
        heirs = trace(code)
    except (UnknownNameError, InputError):
        return None
    return None if (heirs["change_type"] == "same").all() else heirs


def _check_missing(present: set[str], against: gpd.GeoDataFrame, findings: _Findings) -> None:
    """Note units that are not there: of a whole province if the file holds most of it, else of its prefectures."""
    reference_codes = against.index.astype(str)
    for start in sorted({code[:2] for code in present}):
        units = [code for code in reference_codes if code[:2] == start]
        absent = [code for code in units if code not in present]
        if not units or not absent:
            continue
        whole = len(units) - len(absent) >= _WHOLE_PROVINCE * len(units)
        prefectures = {code[:4] for code in present}
        for code in absent:
            if whole or code[:4] in prefectures:
                name = f"{code} {against.loc[code, 'name'] if 'name' in against else ''}".strip()
                findings.add("missing", "error" if whole else "warning", f"缺少 {name}", adcode=code)
        if not whole:
            share = f"{len(units) - len(absent)}/{len(units)}"
            findings.add("missing", "note", f"代码以 {start} 开头的省份只含 {share} 个单元，未按全省检查")


def _check_names(frame: gpd.GeoDataFrame, against: gpd.GeoDataFrame, findings: _Findings) -> None:
    if "name" not in frame or "name" not in against:
        return
    for code, name in frame["name"].items():
        if code not in against.index:
            continue
        expected = str(against.loc[str(code), "name"])
        if clean_name(name) not in name_forms(expected):
            shown = "空" if is_missing(name) else f"“{name}”"
            text = f"{code}：名称为{shown}，今名“{expected}”"
            findings.add("name", "warning", text, adcode=str(code))


def _check_years(frame: gpd.GeoDataFrame, findings: _Findings) -> None:
    tells = read_table("boundaries/vintage_tells")
    codes = set(frame.index.astype(str))
    prefectures = {code[:4] for code in codes}
    too_old: list[int] = []
    for tell in tells.to_dict("records"):
        code, since = str(tell["adcode"]), int(tell["since_year"])
        if tell["check"] == "area":
            area = _area_of(frame, code)
            fits = area is None or tell["min_km2"] <= area <= tell["max_km2"]
            found = f"文件中为 {area:,.0f} 平方公里" if area is not None else ""
            value = area
        else:
            old = sorted(codes & set(str(tell["old_adcodes"]).split(";")))
            expected = code[:4] in prefectures
            fits = not old and (code in codes or not expected)
            found = f"文件中有旧代码 {'、'.join(old)}" if old else f"文件中没有 {code}"
            value = None
        if not fits:
            too_old.append(since)
            text = f"{tell['text_zh']}（{tell['document_number']}）；{found}"
            findings.add("vintage", "warning", text, adcode=code, value=value)
    if too_old:
        text = f"文件的时点早于 {min(too_old)} 年，或由不同年份拼成：此后变更的单元不能与新数据直接连接"
        if min(too_old) != max(too_old):
            text = f"文件中有 {min(too_old)}—{max(too_old)} 年变更之前的单元：不能与新数据直接连接"
        findings.add("vintage", "warning", text)


def _area_of(frame: gpd.GeoDataFrame, code: str) -> float | None:
    rows = frame[frame.index == code]
    if len(rows) != 1 or rows.geometry.isna().any() or rows.geometry.is_empty.any():
        return None
    return float(area_km2(rows.set_geometry(polygonal(np.asarray(rows.geometry)), crs=rows.crs)).iloc[0])


def _check_datum(shifts: pd.DataFrame, findings: _Findings) -> None:
    if shifts.empty:
        findings.add("datum", "warning", "没有可与对照边界比较的单元，坐标基准未能检验")
    for row in shifts.to_dict("records"):
        vector = shift_zh(row)
        if row["verdict"] == "too_few":
            severity: Severity = "warning" if row["size_m"] > SUSPECT_M else "note"
            findings.add("datum", severity, f"{vector}；单元太少，坐标基准未能检验", value=row["size_m"])
        elif row["verdict"] != "none":
            undone = "" if is_missing(row["left_m"]) else f"；反算后余 {row['left_m']:.0f} 米"
            if row["verdict"] == "gcj02_undone_twice":
                undone = f"；还原后余 {row['left_m']:.0f} 米"
            findings.add("datum", "error", f"{vector}{undone}。{_DATUM_ZH[row['verdict']]}", value=row["size_m"])


def shift_zh(row: Mapping[Hashable, Any]) -> str:
    """Say the shift of a province in Chinese.

    Parameters
    ----------
    row : mapping
        A row of ``AuditReport.shifts``.

    Returns
    -------
    str
        Province, count, direction, size and components.

    Examples
    --------
    >>> row = {
    ...     "province_adcode": "370000",
    ...     "counties": 136,
    ...     "east_m": 531,
    ...     "north_m": 31,
    ...     "size_m": 532,
    ...     "bearing_deg": 87,
    ... }
    >>> print(shift_zh(row))
    山东省 136 个单元，向东 532 米（东 +531 米，北 +31 米）
    """
    name = _province(str(row["province_adcode"]))
    if row["size_m"] < 1:
        return f"{name} {row['counties']} 个单元，不足 1 米"
    components = f"东 {row['east_m']:+.0f} 米，北 {row['north_m']:+.0f} 米"
    return f"{name} {row['counties']} 个单元，向{_wind(row['bearing_deg'])} {row['size_m']:.0f} 米（{components}）"


def _province(code: str) -> str:
    provinces = register("china")
    return str(provinces.loc[code, "name"]) if code in provinces.index else f"代码 {code[:2]} 开头"


def _wind(bearing: float) -> str:
    return _WINDS[int(((bearing + 22.5) % 360.0) // 45.0)]


def _check_topology(frame: gpd.GeoDataFrame, findings: _Findings) -> None:
    import shapely

    if frame.empty:
        return
    codes = [str(code) for code in frame.index]
    polygons = polygonal(np.asarray(frame.geometry.to_crs(EQUAL_AREA)))
    shared, holes = overlaps(polygons), gaps(polygons)
    _note_overlaps(shared, shapely.area(polygons), codes, findings)
    wide = holes[holes["width_m"] >= SLIVER_WIDTH_M]
    for _, group in wide.groupby("owner"):
        code = codes[int(group["owner"].iloc[0])]
        text = (
            f"{findings.called(code)} 边上有 {len(group)} 处无归属的缝隙，共 {_km2(group['area_m2'])}，"
            f"最大一处 {group['area_m2'].max() / 1e6:.2g} 平方公里"
        )
        if (group["neighbours"] == 1).any():
            text += "（四面只有这一个单元的，可能是外省飞地或水面）"
        findings.add("gap", "warning", text, adcode=code, value=float(group["area_m2"].sum()) / 1e6)
    _note_slivers(shared, holes, codes, findings)
    unshared = seams(polygons)
    if (unshared > 0).any():
        count, length = int((unshared > 0).sum()), float(unshared.sum()) / 1000
        text = f"{count} 个单元与邻县的公共边界不逐点一致，两侧合计 {length:,.0f} 公里，可用 repair_boundaries 修复"
        findings.add("seam", "warning", text, value=length)


def _note_overlaps(shared: pd.DataFrame, areas: Floats, codes: list[str], findings: _Findings) -> None:
    """Note overlaps that are more than slivers, or too much of a county, pair by pair."""
    for _, patches in shared.groupby(["first", "second"]):
        first, second = int(patches["first"].iloc[0]), int(patches["second"].iloc[0])
        share = float(patches["area_m2"].sum() / min(areas[first], areas[second]))
        large = share > LARGEST_CHANGE_SHARE
        group = patches if large else patches[patches["width_m"] >= SLIVER_WIDTH_M]
        if group.empty:
            continue
        tail = f"，占较小一方的 {100 * share:.2g}%，不能自动修复" if large else ""
        text = (
            f"{findings.called(codes[first])} 与 {findings.called(codes[second])} 重叠 {len(group)} 处，"
            f"共 {_km2(group['area_m2'])}，最宽处平均 {group['width_m'].max():.0f} 米{tail}"
        )
        value = float(group["area_m2"].sum()) / 1e6
        findings.add("overlap", "error" if large else "warning", text, adcode=codes[first], value=value)


def _note_slivers(shared: pd.DataFrame, holes: pd.DataFrame, codes: list[str], findings: _Findings) -> None:
    """Note thin overlaps and gaps, county by county."""
    import pandas as pd

    thin = pd.concat(
        [
            shared.rename(columns={"first": "owner"}).assign(kind="overlap"),
            holes.assign(kind="gap"),
        ]
    )
    thin = thin[thin["width_m"] < SLIVER_WIDTH_M]
    for _, group in thin.groupby("owner"):
        code = codes[int(group["owner"].iloc[0])]
        count = {kind: int((group["kind"] == kind).sum()) for kind in ("overlap", "gap")}
        text = (
            f"{findings.called(code)} 边界上有宽不足 {SLIVER_WIDTH_M:.0f} 米的碎条："
            f"重叠 {count['overlap']} 处、缝隙 {count['gap']} 处，共 {_km2(group['area_m2'])}"
        )
        findings.add("sliver", "warning", text, adcode=code, value=float(group["area_m2"].sum()) / 1e6)


def _check_exclaves(frame: gpd.GeoDataFrame, against: gpd.GeoDataFrame, findings: _Findings) -> None:
    """Note parts that lie inside other counties, and whether the reference has them too."""
    import shapely

    if frame.empty:
        return
    codes = [str(code) for code in frame.index]
    parts = exclaves(polygonal(np.asarray(frame.geometry.to_crs(EQUAL_AREA))))
    known = against.geometry.to_crs(EQUAL_AREA)
    for part in parts.to_dict("records"):
        code, host = codes[int(part["owner"])], codes[int(part["host"])]
        there = known.get(code)
        common = 0.0 if there is None else shapely.area(shapely.intersection(part["geometry"], there))
        same = common > 0.5 * part["area_m2"]
        tail = "对照边界中也有" if same else "对照边界中没有，请核对"
        area = float(part["area_m2"]) / 1e6
        text = f"{findings.called(code)} 在 {findings.called(host)} 境内有飞地 {area:,.2f} 平方公里（{tail}）"
        findings.add("exclave", "note" if same else "warning", text, adcode=code, value=area)


def _km2(areas: Iterable[float]) -> str:
    return f"{sum(areas) / 1e6:,.3g} 平方公里"
