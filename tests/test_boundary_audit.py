"""The audit of boundaries: each fault found on a toy of four squares, none on the default, all on a real dirty file."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import LineString, MultiPolygon, Point, Polygon, box

from urbangeo import read_counties
from urbangeo.errors import CrsError, InputError, SchemaError
from urbangeo.language.crs import EQUAL_AREA
from urbangeo.language.datum import Datum, shift_datum
from urbangeo.sources.boundary_audit import CHECKS, AuditReport, agreement, audit_boundaries
from urbangeo.sources.boundary_files import read_boundary_file
from urbangeo.sources.boundary_repair import repair_boundaries
from urbangeo.sources.boundary_shift import SUSPECT_M, province_shifts
from urbangeo.sources.boundary_topology import exclaves, gaps, overlaps, polygonal, seams

# Four districts of 淄博, drawn as squares of 10 km: no unit of that city changed.
TOY = {"370302": "淄川区", "370303": "张店区", "370304": "博山区", "370305": "临淄区"}
SIDE = 10_000.0
EAST, NORTH = 1_100_000.0, 3_900_000.0
TO_DEGREES = Transformer.from_crs(EQUAL_AREA, "EPSG:4490", always_xy=True)


def square(column: float, row: float, width: float = 1.0, height: float = 1.0) -> Polygon:
    """A square of the toy grid, in metres."""
    west, south = EAST + column * SIDE, NORTH + row * SIDE
    return box(west, south, west + width * SIDE, south + height * SIDE)


def degrees(shape: Any) -> Any:
    """Metres to degrees, vertex by vertex; squares stay four-cornered."""
    return shapely.transform(shape, lambda points: np.column_stack(TO_DEGREES.transform(*points.T)))


def toy(**shapes: Any) -> gpd.GeoDataFrame:
    """The toy county frame; a, b, c, d replace its four squares (south-west, south-east, north-west, north-east)."""
    given = {"a": square(0, 0), "b": square(1, 0), "c": square(0, 1), "d": square(1, 1)} | shapes
    index = list(TOY)
    return gpd.GeoDataFrame(
        {"name": list(TOY.values())},
        geometry=[degrees(shape) for shape in given.values()],
        index=index,
        crs="EPSG:4490",
    ).rename_axis("adcode")


@pytest.fixture(scope="module")
def ours() -> gpd.GeoDataFrame:
    return read_counties()


def found(report: AuditReport, check: str) -> list[dict[str, Any]]:
    table = report.findings[report.findings["check"] == check]
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


# --- polygons -----------------------------------------------------------------------------------------------------


def test_a_clean_frame_has_nothing_to_tell() -> None:
    frame = toy()
    before = frame.copy()
    report = audit_boundaries(frame, reference=frame)
    assert report.findings.empty
    assert report.is_usable
    text = report.text()
    assert "4 个单元（山东省 4）" in text
    assert "结论：可以使用（未发现问题）" in text
    assert "调用者给出的边界（来源未注明）" in text
    assert "中位偏移：山东省 4 个单元" in text
    assert frame.geom_equals(before.geometry).all()
    assert list(frame.columns) == list(before.columns)


def test_an_overlap_is_measured_and_both_are_named() -> None:
    """100 m of 10 km: 1 km² of 100."""
    report = audit_boundaries(toy(a=square(0, 0, width=1.01)), reference=toy())
    (row,) = found(report, "overlap")
    assert row["value"] == pytest.approx(1.0, rel=1e-4)
    assert row["adcode"] == "370302"
    assert row["severity"] == "warning"
    assert "370302 淄川区 与 370303 张店区 重叠 1 处" in row["text_zh"]
    assert "最宽处平均 99 米" in row["text_zh"]
    (seam,) = found(report, "seam")
    assert "公共边界不逐点一致" in seam["text_zh"]
    assert report.is_usable


def test_an_overlap_of_more_than_a_hundredth_forbids_use() -> None:
    report = audit_boundaries(toy(a=square(0, 0, width=1.02)), reference=toy())
    (row,) = found(report, "overlap")
    assert row["severity"] == "error"
    assert "占较小一方的 2%，不能自动修复" in row["text_zh"]
    assert not report.is_usable
    assert "不可直接使用（错误 1 项" in report.text()


def test_a_gap_belongs_to_nobody() -> None:
    """A notch of 100 m by 2 km between two squares, closed at both ends."""
    notch = box(EAST + SIDE - 100, NORTH + 4000, EAST + SIDE, NORTH + 6000)
    report = audit_boundaries(toy(a=square(0, 0) - notch), reference=toy())
    (row,) = found(report, "gap")
    assert row["value"] == pytest.approx(0.2, rel=1e-4)
    assert "1 处无归属的缝隙，共 0.2 平方公里" in row["text_zh"]
    assert "外省飞地或水面" not in row["text_zh"]


def test_a_hole_with_one_neighbour_may_be_a_lake_or_an_exclave() -> None:
    lake = box(EAST + 4000, NORTH + 4000, EAST + 6000, NORTH + 6000)
    (row,) = found(audit_boundaries(toy(a=square(0, 0) - lake), reference=toy()), "gap")
    assert "可能是外省飞地或水面" in row["text_zh"]


def test_thin_strips_are_slivers() -> None:
    notch = box(EAST + SIDE - 10, NORTH + 4000, EAST + SIDE, NORTH + 6000)
    wide = Polygon(
        [*square(1, 1).exterior.coords[:2], (EAST + SIDE, NORTH + 2 * SIDE), (EAST + SIDE - 5, NORTH + 1.5 * SIDE)]
    )
    report = audit_boundaries(toy(a=square(0, 0) - notch, d=wide | square(1, 1)), reference=toy())
    assert not found(report, "gap")
    assert not found(report, "overlap")
    rows = {row["adcode"]: row for row in found(report, "sliver")}
    assert rows["370302"]["value"] == pytest.approx(0.02, rel=1e-3)
    assert "重叠 0 处、缝隙 1 处" in rows["370302"]["text_zh"]
    assert "重叠 1 处、缝隙 0 处" in rows["370304"]["text_zh"]


def test_invalid_and_missing_shapes_are_named_and_the_rest_is_measured() -> None:
    west, south = EAST, NORTH
    bow_tie = Polygon([(west, south), (west + SIDE, south + SIDE), (west + SIDE, south), (west, south + SIDE)])
    frame = toy(a=bow_tie, b=None, c=LineString([(EAST, NORTH), (EAST, NORTH + 5)]))
    report = audit_boundaries(frame, reference=toy())
    texts = {row["adcode"]: row["text_zh"] for row in found(report, "invalid")}
    assert set(texts) == {"370302", "370303", "370304"}
    assert "Self-intersection" in texts["370302"]
    assert "没有图形" in texts["370303"]
    assert "图形是 LineString，不是面" in texts["370304"]
    assert not report.is_usable


def test_an_exclave_is_noted_and_compared_with_the_reference() -> None:
    inside = box(EAST + 15_000, NORTH + 15_000, EAST + 16_000, NORTH + 16_000)
    island = box(EAST - 9000, NORTH, EAST - 8000, NORTH + 1000)
    frame = toy(a=MultiPolygon([square(0, 0), inside, island]), d=square(1, 1) - inside)
    for reference, severity, word in ((toy(), "warning", "请核对"), (frame, "note", "也有")):
        (row,) = found(audit_boundaries(frame, reference=reference), "exclave")
        assert row["severity"] == severity
        assert row["value"] == pytest.approx(1.0, rel=1e-4)
        assert "370302 淄川区 在 370305 临淄区 境内有飞地 1.00 平方公里" in row["text_zh"]
        assert word in row["text_zh"]


def test_measures_on_squares_agree_with_the_hand() -> None:
    squares = np.array([square(0, 0), square(1, 0)])
    assert overlaps(squares).empty
    assert gaps(squares).empty
    assert exclaves(squares).empty
    assert seams(squares).sum() == 0
    assert seams(np.array([square(0, 0), square(1, 0, height=0.5)])).min() >= SIDE / 2
    collapsed = polygonal(np.array([Polygon([(0, 0), (1, 0), (0, 0)])]))
    assert collapsed[0].is_empty


# --- codes, names, years ------------------------------------------------------------------------------------------


def test_codes_are_checked_one_by_one() -> None:
    frame = toy().set_axis(["370302", "370302", "37030", "379999"], axis=0).rename_axis("adcode")
    report = audit_boundaries(frame, reference=toy())
    texts = [row["text_zh"] for row in found(report, "code")]
    assert any("'37030' 不是六位数字文本代码" in text for text in texts)
    assert any("370302" in text and "出现 2 次" in text for text in texts)
    assert any("379999 临淄区：对照边界和沿革表中都没有这个代码" in text for text in texts)
    assert not report.is_usable
    assert [row["text_zh"] for row in found(report, "missing")][-1].endswith("未按全省检查")


def test_numbers_are_no_codes() -> None:
    frame = toy().set_axis([370302, 370303, 370304, 370305], axis=0).rename_axis("adcode")
    report = audit_boundaries(frame, reference=toy())
    assert len(found(report, "code")) == 4
    assert not report.is_usable


def test_former_codes_say_what_became_of_them(ours: gpd.GeoDataFrame) -> None:
    shandong = ours[ours["province"] == "山东省"]
    old = shandong.rename(index={"370114": "370181"})
    old.loc["370181", "name"] = "章丘市"
    report = audit_boundaries(old)
    (row,) = found(report, "code")
    assert "370181 章丘市：旧代码" in row["text_zh"]
    assert "370114 章丘区" in row["text_zh"]
    assert not found(report, "missing")  # 章丘区 is not missing: it is there under its old code
    assert report.shifts["counties"].tolist() == [136]


def test_missing_counties_are_listed_by_what_the_file_covers(ours: gpd.GeoDataFrame) -> None:
    shandong = ours[ours["province"] == "山东省"]
    report = audit_boundaries(shandong.drop(index=["370102", "371723"]))
    assert {(row["adcode"], row["severity"]) for row in found(report, "missing")} == {
        ("370102", "error"),
        ("371723", "error"),
    }
    assert any("缺少 370102 历下区" in row["text_zh"] for row in found(report, "missing"))
    one_city = shandong[shandong["prefecture"] == "淄博市"]
    report = audit_boundaries(one_city.drop(index="370302"))
    assert [(row["adcode"], row["severity"]) for row in found(report, "missing") if row["severity"] != "note"] == [
        ("370302", "warning")
    ]
    assert report.is_usable


def test_names_that_do_not_fit_their_code_are_told() -> None:
    frame = toy()
    frame["name"] = ["淄川", "张店区（区）", "临淄区", None]
    rows = {row["adcode"]: row["text_zh"] for row in found(audit_boundaries(frame, reference=toy()), "name")}
    assert set(rows) == {"370304", "370305"}
    assert "名称为“临淄区”，今名“博山区”" in rows["370304"]
    assert "名称为空" in rows["370305"]
    assert not found(audit_boundaries(frame.drop(columns="name"), reference=toy()), "name")


@pytest.mark.parametrize(
    ("code", "old_code", "old_name", "year"),
    [
        ("370116", "371202", "莱城区", 2019),
        ("370117", "371203", "钢城区", 2019),
        ("630106", "630122", "湟中县", 2019),
        ("632301", "632321", "同仁县", 2020),
        ("370614", "370684", "蓬莱市", 2020),
    ],
)
def test_the_year_of_a_file_is_told_by_its_units(
    ours: gpd.GeoDataFrame, code: str, old_code: str, old_name: str, year: int
) -> None:
    old = ours.rename(index={code: old_code})
    old.loc[old_code, "name"] = old_name
    rows = found(audit_boundaries(old), "vintage")
    assert len(rows) == 2
    assert any(f"文件中有旧代码 {old_code}" in row["text_zh"] for row in rows)
    assert any(f"文件的时点早于 {year} 年" in row["text_zh"] for row in rows)


def test_the_default_is_usable_and_so_is_the_other_good_source(ours: gpd.GeoDataFrame) -> None:
    report = audit_boundaries(ours)
    assert report.is_usable
    assert set(report.findings["check"]) == {"exclave"}
    assert set(report.findings["severity"]) == {"note"}
    assert report.shifts["size_m"].tolist() == [0, 0]
    assert "天地图" in report.reference
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        amap = read_counties(source="amap")
    report = audit_boundaries(amap)
    assert report.is_usable
    assert set(report.findings["check"]) == {"exclave", "gap"}  # the gap is 范县's exclave in 莘县
    assert (report.shifts["verdict"] == "none").all()
    assert report.shifts["size_m"].max() < SUSPECT_M


# --- datum --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "target", "verdict", "word"),
    [
        ("wgs84", "gcj02", "gcj02", 'shift_datum(frame, source="gcj02")'),
        ("wgs84", "bd09", "bd09", 'shift_datum(frame, source="bd09")'),
        ("gcj02", "wgs84", "gcj02_undone_twice", "多做了一次 GCJ-02 反算"),
    ],
)
def test_a_wrong_datum_is_recognised(
    ours: gpd.GeoDataFrame, source: Datum, target: Datum, verdict: str, word: str
) -> None:
    moved = shift_datum(ours, source=source, target=target).set_crs("EPSG:4326", allow_override=True)
    report = audit_boundaries(moved)
    assert report.shifts["verdict"].tolist() == [verdict, verdict]
    assert report.shifts["left_m"].max() < 1
    rows = found(report, "datum")
    assert [row["severity"] for row in rows] == ["error", "error"]
    assert all(word in row["text_zh"] for row in rows)
    assert not report.is_usable


def test_direction_and_size_of_a_plain_shift_are_told(ours: gpd.GeoDataFrame) -> None:
    """0.002 degrees of latitude are 222 m; no datum explains a shift south."""
    moved = ours.set_geometry(ours.geometry.translate(0.0, -0.002))
    report = audit_boundaries(moved)
    assert report.shifts["north_m"].tolist() == pytest.approx([-222.4, -222.4], abs=1)
    assert report.shifts["verdict"].tolist() == ["unknown", "unknown"]
    assert all("向南 222 米" in row["text_zh"] and "不要自行平移" in row["text_zh"] for row in found(report, "datum"))


def test_two_counties_are_too_few_to_judge_a_datum(ours: gpd.GeoDataFrame) -> None:
    two = shift_datum(ours.iloc[:2], source="wgs84", target="gcj02").set_crs("EPSG:4490")
    report = audit_boundaries(two)
    assert report.shifts["verdict"].tolist() == ["too_few"]
    (row,) = found(report, "datum")
    assert row["severity"] == "warning"
    assert "单元太少" in row["text_zh"]
    stranger = toy().set_axis(["991001", "991002", "991003", "991004"], axis=0).rename_axis("adcode")
    (row,) = found(audit_boundaries(stranger), "datum")
    assert "坐标基准未能检验" in row["text_zh"]


def test_shifts_of_nothing_are_an_empty_table() -> None:
    shifts = province_shifts(toy(), toy().iloc[:0])
    assert shifts.empty
    assert "verdict" in shifts


# --- what is refused ----------------------------------------------------------------------------------------------


def test_frames_that_cannot_be_audited_are_refused() -> None:
    for act in (audit_boundaries, repair_boundaries, agreement):
        with pytest.raises(SchemaError, match="adcode"):
            act(toy().reset_index())
        with pytest.raises(SchemaError, match="no rows"):
            act(toy().iloc[:0])
        with pytest.raises(SchemaError, match="GeoDataFrame with a geometry"):
            act(gpd.GeoDataFrame(toy().drop(columns="geometry")))
        with pytest.raises(CrsError, match="no coordinate reference system"):
            act(gpd.GeoDataFrame(toy()[["name"]], geometry=np.asarray(toy().geometry)))


def test_findings_keep_their_contract(ours: gpd.GeoDataFrame) -> None:
    findings = audit_boundaries(toy(a=square(0, 0, width=1.02)), reference=toy()).findings
    assert list(findings.columns) == ["check", "adcode", "name", "severity", "text_zh", "value"]
    assert set(findings["check"]) <= set(CHECKS)
    assert findings["value"].dtype == "float64"
    empty = audit_boundaries(toy(), reference=toy()).findings
    assert list(empty.columns) == list(findings.columns)
    assert (empty.dtypes == findings.dtypes).all()


def test_a_long_report_is_cut_and_says_so(ours: gpd.GeoDataFrame) -> None:
    report = audit_boundaries(ours.assign(name="x"))
    assert len(found(report, "name")) == 181
    assert "另有 169 项，见 findings 表" in report.text()


# --- repair -------------------------------------------------------------------------------------------------------


def test_repair_makes_neighbours_share_their_border() -> None:
    frame = toy(a=square(0, 0, width=1.005))
    frame.attrs["source"] = {"publisher": "某院", "map_number": None, "geometry_changed": False}
    mended = repair_boundaries(frame)
    shapes = np.asarray(mended.geometry)
    assert shapely.coverage_is_valid(shapes)
    assert overlaps(np.asarray(mended.geometry.to_crs(EQUAL_AREA))).empty
    assert mended.attrs["repair"]["overlap_km2"] == pytest.approx(0.5, rel=1e-3)
    assert mended.attrs["repair"]["greatest_change_share"] <= 0.0051
    assert mended.attrs["source"]["geometry_changed"] is True
    assert frame.attrs["source"]["geometry_changed"] is False
    assert frame.geom_equals(toy(a=square(0, 0, width=1.005)).geometry).all()
    assert list(mended.columns) == list(frame.columns)
    assert mended.index.equals(frame.index)
    assert audit_boundaries(mended, reference=toy()).findings.empty


def test_repair_fills_narrow_gaps_and_leaves_wide_ones() -> None:
    narrow = box(EAST + SIDE - 150, NORTH + 4000, EAST + SIDE, NORTH + 6000)
    wide = box(EAST + SIDE - 500, NORTH + 7000, EAST + SIDE, NORTH + 9000)
    frame = toy(a=square(0, 0) - narrow - wide)
    mended = repair_boundaries(frame)
    assert mended.attrs["repair"]["gaps_left"] == 1
    assert mended.attrs["repair"]["gaps_left_km2"] == pytest.approx(1.0, rel=1e-3)
    assert repair_boundaries(frame, gap_m=0).attrs["repair"]["gaps_left"] == 2
    assert repair_boundaries(frame, gap_m=600, largest_change_share=0.02).attrs["repair"]["gaps_left"] == 0


def test_repair_leaves_what_needs_none(ours: gpd.GeoDataFrame) -> None:
    same = repair_boundaries(ours)
    assert shapely.equals_identical(np.asarray(same.geometry), np.asarray(ours.geometry)).all()
    assert same.attrs == ours.attrs
    assert same is not ours


def test_repair_mends_invalid_polygons() -> None:
    west, south, east, north = square(0, 0).bounds
    pinched = Polygon(
        [(west, south), (east, south), (east, north), (west + 50, north), (west, north + 50), (west, north)]
    )
    spike = Polygon([*pinched.exterior.coords[:3], (west, north), (west + 300, north + 300), (west, north)])
    for shape in (pinched, spike):
        frame = toy(a=shape, c=square(0, 1))
        mended = repair_boundaries(frame)
        assert mended.geometry.is_valid.all()
        assert shapely.coverage_is_valid(np.asarray(mended.geometry))
        assert set(mended.geom_type) <= {"Polygon", "MultiPolygon"}


def test_repair_refuses_what_a_person_must_decide() -> None:
    with pytest.raises(InputError, match=r"370302 淄川区 and 370303 张店区 \(2 % of the smaller\)"):
        repair_boundaries(toy(a=square(0, 0, width=1.02)))
    assert repair_boundaries(toy(a=square(0, 0, width=1.02)), largest_change_share=0.03).attrs["repair"]["overlap_km2"]
    with pytest.raises(InputError, match="too large to be decided"):
        repair_boundaries(toy(b=square(0, 0)))  # one county on top of another
    gap = box(EAST + SIDE - 190, NORTH + 100, EAST + SIDE, NORTH + SIDE - 100)
    with pytest.raises(InputError, match=r"would change more than 1 % of 1 counties: 37030[23]"):
        repair_boundaries(toy(a=square(0, 0) - gap))
    with pytest.raises(InputError, match="no polygon to repair: 370303 张店区"):
        repair_boundaries(toy(b=Point(EAST, NORTH)))
    with pytest.raises(InputError, match="no polygon to repair: 370302 淄川区"):
        repair_boundaries(toy(a=None))
    twice = toy().set_axis(["370302", "370302", "370304", "370305"], axis=0).rename_axis("adcode")
    with pytest.raises(SchemaError, match="more than once: 370302"):
        repair_boundaries(twice)


@pytest.mark.parametrize(
    "options", [{"snap_m": -1.0}, {"gap_m": float("nan")}, {"largest_change_share": 1.5}, {"snap_m": float("inf")}]
)
def test_repair_refuses_impossible_widths(options: dict[str, float]) -> None:
    with pytest.raises(InputError, match="widths are metres from 0 on"):
        repair_boundaries(toy(), **options)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.floats(-40, 40), st.floats(-40, 40)), min_size=16, max_size=16))
def test_whatever_the_corners_do_the_repair_is_a_coverage(moves: list[tuple[float, float]]) -> None:
    """Every corner of every square is moved by itself: overlaps, gaps and slivers of up to 80 m."""
    shapes = {}
    for place, (name, shape) in enumerate(
        zip("abcd", (square(0, 0), square(1, 0), square(0, 1), square(1, 1)), strict=True)
    ):
        corners = shape.exterior.coords[:4]
        shapes[name] = Polygon(
            [(x + dx, y + dy) for (x, y), (dx, dy) in zip(corners, moves[4 * place : 4 * place + 4], strict=True)]
        )
    frame = toy(**shapes)
    mended = repair_boundaries(frame, largest_change_share=0.02)
    metres = np.asarray(mended.geometry.to_crs(EQUAL_AREA))
    assert shapely.coverage_is_valid(np.asarray(mended.geometry))
    assert overlaps(metres).empty
    assert np.abs(shapely.area(metres) / SIDE**2 - 1).max() < 0.04
    # Nothing is lost at the rim: the union holds what the polygons held, and only gaps are added.
    before = shapely.union_all(np.asarray(frame.geometry.to_crs(EQUAL_AREA)))
    assert shapely.difference(before, shapely.buffer(shapely.union_all(metres), 1.5)).area < 1


# --- agreement ----------------------------------------------------------------------------------------------------


def test_agreement_is_common_by_joint_area() -> None:
    table = agreement(toy(a=square(0.5, 0)), reference=toy())
    assert table.loc["370302", "iou"] == pytest.approx(1 / 3, rel=1e-3)
    assert table.loc["370303", "iou"] == pytest.approx(1.0)
    assert table["area_km2"].tolist() == pytest.approx([100] * 4)
    assert list(agreement(toy(), reference=toy().iloc[:1]).index) == ["370302"]


# --- the real dirty file ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dirty(testdata: Path) -> gpd.GeoDataFrame:
    """DataV, 2021: GCJ-02 labelled WGS 84, drawn county by county, 福山区 before 2020."""
    return read_boundary_file(testdata / "boundaries/datav_2021_08_gcj02.parquet")


@pytest.fixture(scope="module")
def dirty_report(dirty: gpd.GeoDataFrame) -> AuditReport:
    return audit_boundaries(dirty)


@pytest.fixture(scope="module")
def mended(dirty: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return repair_boundaries(shift_datum(dirty, source="gcj02"))


def coastal(counties: gpd.GeoDataFrame) -> np.ndarray[Any, Any]:
    """Counties with more than 1 km of border that no county of China shares, which is the coast."""
    rim = shapely.boundary(shapely.union_all(np.asarray(read_counties(None).geometry.to_crs(EQUAL_AREA)))).buffer(1.0)
    borders = shapely.boundary(np.asarray(counties.geometry.to_crs(EQUAL_AREA)))
    coast: np.ndarray[Any, Any] = shapely.length(shapely.intersection(borders, rim)) > 1000
    return coast


@pytest.mark.testdata
def test_the_audit_finds_gcj02_and_the_shift_vector(dirty_report: AuditReport) -> None:
    shifts = dirty_report.shifts.set_index("province_adcode")
    assert shifts["verdict"].tolist() == ["gcj02", "gcj02"]
    assert shifts.index.tolist() == ["370000", "630000"]
    assert shifts["east_m"].tolist() == pytest.approx([531, 112], abs=2)
    assert shifts["north_m"].tolist() == pytest.approx([31, -10], abs=2)
    assert shifts["left_m"].tolist() == pytest.approx([18, 55], abs=2)
    assert not dirty_report.is_usable
    assert "山东省 136 个单元，向东 532 米" in dirty_report.text()


@pytest.mark.testdata
def test_the_audit_finds_the_broken_topology(dirty_report: AuditReport) -> None:
    invalid = {row["name"] for row in found(dirty_report, "invalid")}
    assert invalid == {"河口区", "芝罘区", "宁津县", "莘县", "泽库县"}
    tables = {check: found(dirty_report, check) for check in ("overlap", "gap", "sliver", "seam")}
    assert 90 <= len(tables["overlap"]) <= 120
    assert sum(row["value"] for row in tables["overlap"]) == pytest.approx(123, abs=3)
    assert sum(row["value"] for row in tables["gap"]) == pytest.approx(132, abs=3)
    assert len(tables["sliver"]) > 100
    assert "128 个单元与邻县的公共边界不逐点一致" in tables["seam"][0]["text_zh"]


@pytest.mark.testdata
def test_the_audit_finds_fushan_before_2020(dirty_report: AuditReport) -> None:
    areas = {row["name"]: row["value"] for row in found(dirty_report, "vintage") if row["value"] > 0}
    assert areas["福山区"] == pytest.approx(743, abs=2)
    assert areas["栖霞市"] == pytest.approx(2020, abs=3)
    assert "早于 2020 年" in dirty_report.text()


@pytest.mark.testdata
def test_converted_and_repaired_the_file_agrees_with_the_default(
    dirty: gpd.GeoDataFrame, mended: gpd.GeoDataFrame, ours: gpd.GeoDataFrame
) -> None:
    assert shapely.coverage_is_valid(np.asarray(mended.geometry))
    assert mended.attrs["repair"]["greatest_change_share"] < 0.002
    inland = ~coastal(ours)
    assert (~inland).sum() == 34
    before, after = (agreement(frame)["iou"].reindex(ours.index)[inland] for frame in (dirty, mended))
    assert before.median() == pytest.approx(0.945, abs=0.003)
    assert after.median() >= 0.97
    report = audit_boundaries(mended)
    assert report.is_usable
    assert set(report.findings["check"]) == {"vintage", "gap", "exclave"}
    assert (report.shifts["verdict"] == "none").all()
