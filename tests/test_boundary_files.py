"""The user's own boundary file: every format read to the same frame, every label doubted, every fault named."""

from __future__ import annotations

import json
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import LineString, MultiPolygon, Point, Polygon, box

from urbangeo import read_counties
from urbangeo.errors import CrsError, InputError, UrbangeoError
from urbangeo.language.datum import shift_datum
from urbangeo.language.schemas import COUNTIES, check_frame
from urbangeo.sources import boundary_formats
from urbangeo.sources.boundary_files import read_boundary_file

CODES = {"370302": "淄川区", "370303": "张店区", "630121": "大通回族土族自治县"}
SQUARES = [box(117, 36, 118, 37), box(118, 36, 119, 37), box(101, 36, 102, 37)]


def table(code: str = "adcode", name: str = "name", **more: Any) -> gpd.GeoDataFrame:
    """Three counties drawn as squares, under column names of one's choice."""
    columns = {code: list(CODES), name: list(CODES.values())} | more
    return gpd.GeoDataFrame(columns, geometry=SQUARES, crs="EPSG:4490")


def save(frame: gpd.GeoDataFrame, path: Path, **options: Any) -> Path:
    """Write a file as other programs do, without their remarks on cut field names."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.suffix == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path, **options)
    return path


def collection(*features: dict[str, Any], **members: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | members, ensure_ascii=False)


def feature(geometry: Any = SQUARES[0], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry and shapely.geometry.mapping(geometry)}


def check(frame: gpd.GeoDataFrame) -> None:
    """What every reading must come to."""
    check_frame(frame, COUNTIES)
    assert frame.index.tolist() == list(CODES)
    assert frame["name"].tolist() == list(CODES.values())
    assert frame["prefecture"].tolist() == ["淄博市", "淄博市", "西宁市"]
    assert frame["province"].tolist() == ["山东省", "山东省", "青海省"]
    assert frame["type"].tolist() == ["市辖区", "市辖区", "自治县"]
    assert frame.crs == CRS("EPSG:4490")
    assert shapely.equals(np.asarray(frame.geometry), np.array(SQUARES, dtype=object)).all()
    assert list(frame.columns) == list(read_counties("青海").columns)


# --- formats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["gpkg", "shp", "geojson", "json", "parquet", "geoparquet"])
def test_every_format_gives_the_same_frame(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"边界.{ending}"
    drivers = {"json": {"driver": "GeoJSON"}, "geojson": {"driver": "GeoJSON"}}
    if ending == "geoparquet":
        table().to_parquet(path)
    else:
        save(table(), path, **drivers.get(ending, {}))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    frame = read_boundary_file(path)
    check(frame)
    source = frame.attrs["source"]
    assert source["source_id"] == "file"
    assert source["file"] == path.name
    assert source["publisher"] is None
    assert source["map_number"] is None
    assert source["geometry_changed"] is False
    assert len(source["sha256"]) == 64
    assert "代码取自“adcode”列，名称取自“name”列" in source["notes"]
    assert frame["vintage"].isna().all()
    assert frame["label_lon"].tolist() == read_counties()["label_lon"].reindex(list(CODES)).tolist()
    json.dumps(source)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_what_the_caller_knows_is_kept(tmp_path: Path) -> None:
    path = save(table(), tmp_path / "a.gpkg")
    frame = read_boundary_file(str(path), publisher="某省测绘院", vintage="2024-12", map_number="鲁S（2024）001号")
    assert frame["vintage"].tolist() == ["2024-12"] * 3
    source = frame.attrs["source"]
    assert (source["publisher"], source["vintage"], source["map_number"]) == (
        "某省测绘院",
        "2024-12",
        "鲁S（2024）001号",
    )


def test_a_geopackage_with_several_layers_asks_which(tmp_path: Path) -> None:
    path = save(table(), tmp_path / "a.gpkg", layer="县")
    check(read_boundary_file(path))
    points = gpd.GeoDataFrame({"name": ["x"]}, geometry=[Point(117, 36)], crs="EPSG:4490")
    save(points, path, layer="驻地")
    check(read_boundary_file(path))
    save(table(), path, layer="市")
    with pytest.raises(InputError, match=r"several layers of polygons: 县, 市\. Name one with layer="):
        read_boundary_file(path)
    check(read_boundary_file(path, layer="县"))
    with pytest.raises(InputError, match="no layer '乡'"):
        read_boundary_file(path, layer="乡")
    only_points = save(points, tmp_path / "b.gpkg", layer="驻地")
    with pytest.raises(InputError, match="has no layer of polygons: 驻地"):
        read_boundary_file(only_points)
    with pytest.raises(InputError, match="only a GeoPackage has layers"):
        read_boundary_file(save(table(), tmp_path / "a.geojson"), layer="县")


@pytest.mark.parametrize("encoding", ["GBK", "GB18030", "UTF-8"])
@pytest.mark.parametrize("label", ["right", "wrong", "none"])
@pytest.mark.parametrize("code", ["adcode", "行政区划代码"])
def test_shapefiles_are_read_in_the_encoding_they_are_in(tmp_path: Path, encoding: str, label: str, code: str) -> None:
    """The name of the column has 12 bytes in GBK and 18 in UTF-8, and is cut to 10, in UTF-8 within a character."""
    path = save(table(code=code, name="名称"), tmp_path / "县界.shp", encoding=encoding)
    if label == "wrong":
        path.with_suffix(".cpg").write_text("UTF-8" if encoding != "UTF-8" else "GBK")
    elif label == "none":
        path.with_suffix(".cpg").unlink()
    frame = read_boundary_file(path)
    check(frame)
    assert frame.attrs["source"]["encoding"] == ("UTF-8" if encoding == "UTF-8" else "GB18030")
    assert any("GB18030" in note for note in frame.attrs["source"]["notes"]) == (encoding != "UTF-8")
    check(read_boundary_file(path, encoding=encoding))


def test_an_encoding_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    path = save(table(), tmp_path / "a.shp", encoding="GBK")
    with pytest.raises(InputError, match="not readable as UTF-8"):
        read_boundary_file(path, encoding="UTF-8")
    with pytest.raises(InputError, match="encoding='nonsense' is not known"):
        read_boundary_file(path, encoding="nonsense")
    with pytest.raises(InputError, match="GeoPackage is always UTF-8"):
        read_boundary_file(save(table(), tmp_path / "a.gpkg"), encoding="GBK")
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace("淄川区".encode("gbk"), b"\xff\xff\xff\xff\xff\xff"))
    with pytest.raises(InputError, match="neither as UTF-8 nor as GB18030"):
        read_boundary_file(path)


def test_deleted_rows_of_a_shapefile_stay_deleted(tmp_path: Path) -> None:
    path = save(table(), tmp_path / "a.shp", encoding="UTF-8")
    dbf = path.with_suffix(".dbf")
    data = bytearray(dbf.read_bytes())
    header, width = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    data[header + width] = ord("*")
    dbf.write_bytes(bytes(data))
    assert read_boundary_file(path).index.tolist() == ["370302", "630121"]


def test_numbers_in_a_shapefile_are_codes(tmp_path: Path) -> None:
    for values in ([370302, 370303, 630121], [370302.0, 370303.0, 630121.0]):
        frame = table().assign(adcode=values)
        check(read_boundary_file(save(frame, tmp_path / "a.shp", encoding="UTF-8")))


def test_geojson_encodings_are_found_and_stated(tmp_path: Path) -> None:
    text = collection(feature(adcode="370302", name="淄川区"))
    path = tmp_path / "a.geojson"
    for data, used in (
        (text.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + text.encode(), "utf-8"),
        (text.encode("gb18030"), "gb18030"),
    ):
        path.write_bytes(data)
        source = read_boundary_file(path).attrs["source"]
        assert source["encoding"] == used
        assert any("文件编码不是 UTF-8" in note for note in source["notes"]) == (used == "gb18030")
        assert any("RFC 7946" in note and "GCJ-02" in note for note in source["notes"])
    assert read_boundary_file(path, encoding="gbk").loc["370302", "name"] == "淄川区"
    with pytest.raises(InputError, match="not readable as utf-8"):
        read_boundary_file(path, encoding="utf-8")
    path.write_bytes(b"\xff\xfe\xff\xff")
    with pytest.raises(InputError, match="not readable as UTF-8 or GB18030"):
        read_boundary_file(path)


# --- what is no boundary file -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        *("https://example.org/a.geojson", "ftp://example.org/a.gpkg", "/vsicurl/https://example.org/a.gpkg"),
        *("/vsizip/a.zip/a.shp", "/VSIMEM/a.gpkg", "file:///a.geojson", "zip://a.zip", "PG:dbname=x", "GPKG:a.gpkg:t"),
    ],
)
def test_addresses_are_refused_before_anything_is_opened(path: str) -> None:
    with pytest.raises(InputError, match="is an address, not a local file"):
        read_boundary_file(path)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_boundary_file(tmp_path / "a.gpkg")
    with pytest.raises(InputError, match="is a folder"):
        read_boundary_file(tmp_path)
    (tmp_path / "a.kml").write_text("<kml/>")
    with pytest.raises(InputError, match=r"ending '\.kml' are not read; expected \.gpkg, \.shp"):
        read_boundary_file(tmp_path / "a.kml")
    (tmp_path / "a.zip").write_bytes(b"PK")
    with pytest.raises(InputError, match="Unpack it"):
        read_boundary_file(tmp_path / "a.zip")


def test_a_virtual_file_is_refused_under_any_ending(tmp_path: Path) -> None:
    layer = '<OGRVRTLayer name="a"><SrcDataSource>https://example.org/a.geojson</SrcDataSource></OGRVRTLayer>'
    vrt = f"<OGRVRTDataSource>{layer}</OGRVRTDataSource>"
    for ending in ("vrt", "gpkg", "shp", "parquet", "geojson"):
        path = tmp_path / f"a.{ending}"
        path.write_text(vrt)
        with pytest.raises(InputError):
            read_boundary_file(path)


def test_a_huge_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(table(), tmp_path / "a.gpkg")
    monkeypatch.setattr(boundary_formats, "MOST_BYTES", 1000)
    with pytest.raises(InputError, match="more than 0 MB is not read"):
        read_boundary_file(path)


@pytest.mark.parametrize("ending", ["gpkg", "shp", "parquet", "geojson"])
@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, 0.9])
def test_a_file_cut_short_is_refused(tmp_path: Path, ending: str, kept: float) -> None:
    path = save(table(), tmp_path / f"a.{ending}")
    target = path.with_suffix(".dbf") if ending == "shp" and kept == 0.9 else path
    data = target.read_bytes()
    target.write_bytes(data[: int(kept if kept >= 1 else kept * len(data))])
    with pytest.raises(InputError):
        read_boundary_file(path)


@pytest.mark.parametrize("part", [".dbf", ".shx"])
def test_a_shapefile_without_its_other_files_is_incomplete(tmp_path: Path, part: str) -> None:
    path = save(table(), tmp_path / "a.shp")
    path.with_suffix(part).unlink()
    with pytest.raises(InputError, match=rf"is incomplete: \{part} is missing"):
        read_boundary_file(path)


def test_a_dbf_of_another_file_does_not_fit(tmp_path: Path) -> None:
    path = save(table(), tmp_path / "a.shp")
    other = save(table().iloc[:2], tmp_path / "b.shp")
    shutil.copy(other.with_suffix(".dbf"), path.with_suffix(".dbf"))
    with pytest.raises(InputError, match=r"it is damaged|It may be damaged"):
        read_boundary_file(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "no valid JSON"),
        ("[" * 100_000, "no valid JSON"),
        ("[]", "no GeoJSON FeatureCollection but 'list'"),
        ('{"type": "Topology"}', "but 'Topology'"),
        ('{"type": "FeatureCollection"}', "'features' must be a list"),
        ('{"type": "FeatureCollection", "features": [1]}', "'features' must be a list"),
        ('{"type": "FeatureCollection", "features": []}', "has no rows"),
        (collection({"properties": {}, "geometry": {"type": "Polygon"}}), "geometry that cannot be read"),
        (
            collection({"properties": {}, "geometry": {"type": "Blob", "coordinates": []}}),
            "geometry that cannot be read",
        ),
        (
            collection({"properties": {}, "geometry": {"type": "Polygon", "coordinates": [[["a", "b"]]]}}),
            "geometry that cannot be read",
        ),
        (collection(feature(None, adcode="370302")), r"1 rows without geometry \(row 1\)"),
    ],
)
def test_broken_geojson_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_boundary_file(path)


def test_a_parquet_table_without_geometry_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"adcode": ["370302"]}).to_parquet(path)
    with pytest.raises(InputError, match="cannot be read as GeoParquet"):
        read_boundary_file(path)


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(table(), tmp_path / "a.parquet")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InputError, match="pip install pyarrow"):
        read_boundary_file(path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ending=st.sampled_from([".gpkg", ".shp", ".geojson", ".parquet"]),
    noise=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode)),
    disguised=st.booleans(),
)
def test_noise_is_refused_and_never_crashes(tmp_path: Path, ending: str, noise: bytes, *, disguised: bool) -> None:
    magic = {".gpkg": b"SQLite format 3\x00", ".shp": b"\x00\x00\x27\x0a", ".parquet": b"PAR1"}.get(ending, b"{")
    path = tmp_path / f"noise{ending}"
    path.write_bytes((magic if disguised else b"") + noise)
    for part in (".shx", ".dbf"):
        path.with_suffix(part).write_bytes(noise)
    with pytest.raises(UrbangeoError):
        read_boundary_file(path)


# --- where it lies ------------------------------------------------------------------------------------------------


def test_a_file_without_a_system_is_refused_until_the_caller_says(tmp_path: Path) -> None:
    path = save(table(), tmp_path / "a.shp", encoding="UTF-8")
    path.with_suffix(".prj").unlink()
    with pytest.raises(CrsError, match=r"does not say its coordinate reference system.*do not guess"):
        read_boundary_file(path)
    for said in ({"crs": "EPSG:4490"}, {"crs": "EPSG:4326"}, {"datum": "cgcs2000"}, {"datum": "wgs84"}):
        frame = read_boundary_file(path, **said)  # type: ignore[arg-type]
        check(frame)
        assert frame.attrs["source"]["crs_in_file"] is None
        assert any("没有 .prj" in note for note in frame.attrs["source"]["notes"])
    with pytest.raises(CrsError, match="is no coordinate reference system"):
        read_boundary_file(path, crs="EPSG:nonsense")
    parquet = tmp_path / "a.parquet"
    gpd.GeoDataFrame(table().drop(columns="geometry"), geometry=SQUARES).to_parquet(parquet)
    with pytest.raises(CrsError, match="does not say"):
        read_boundary_file(parquet)


def test_a_label_is_never_overridden(tmp_path: Path) -> None:
    path = save(table(), tmp_path / "a.gpkg")
    check(read_boundary_file(path, crs="EPSG:4490"))
    with pytest.raises(CrsError, match="says EPSG:4490, crs= says EPSG:4548"):
        read_boundary_file(path, crs="EPSG:4548")


def test_wgs84_is_relabelled_and_gauss_kruger_is_transformed(tmp_path: Path) -> None:
    wgs84 = table().set_crs("EPSG:4326", allow_override=True)
    check(read_boundary_file(save(wgs84, tmp_path / "a.gpkg")))
    one = table().iloc[:1].to_crs("EPSG:4548")
    frame = read_boundary_file(save(one, tmp_path / "b.shp", encoding="UTF-8"))
    assert frame.geometry.iloc[0].normalize().equals_exact(SQUARES[0].normalize(), 1e-8)
    assert any("换算到经纬度" in note for note in frame.attrs["source"]["notes"])


@pytest.mark.parametrize(
    ("crs", "datum"), [("EPSG:4610", "Xian 1980"), ("EPSG:4214", "Beijing 1954"), ("EPSG:2382", "Xian")]
)
def test_older_datums_are_refused(tmp_path: Path, crs: str, datum: str) -> None:
    """PROJ knows no way from them to CGCS2000 and would leave the outlines where they are, 100 m off."""
    old = table().set_crs(crs, allow_override=True)
    with pytest.raises(CrsError, match=rf"is on .*{datum}.*not published"):
        read_boundary_file(save(old, tmp_path / "a.gpkg"))


def test_gcj02_is_undone_where_the_caller_says_so(tmp_path: Path) -> None:
    shifted = shift_datum(table(), source="cgcs2000", target="gcj02")
    for label in (None, "EPSG:4326"):
        path = tmp_path / "a.parquet"
        (shifted if label is None else shifted.set_crs(label)).to_parquet(path)
        frame = read_boundary_file(path, datum="gcj02")
        assert all(shape.equals_exact(square, 1e-9) for shape, square in zip(frame.geometry, SQUARES, strict=True))
        source = frame.attrs["source"]
        assert source["datum_given"] == "GCJ-02"
        assert source["geometry_changed"] is True
        assert source["crs"] == "EPSG:4490"
        assert any("由 GCJ-02 反算" in note for note in source["notes"])
    with pytest.raises(InputError, match="datum='mars' is not known"):
        read_boundary_file(path, datum="mars")  # type: ignore[arg-type]


def test_coordinates_that_cannot_be_true_are_refused(tmp_path: Path) -> None:
    swapped = table().set_geometry([box(36, 117, 37, 118)] * 3)
    with pytest.raises(InputError, match="latitude first"):
        read_boundary_file(save(swapped, tmp_path / "a.geojson", driver="GeoJSON"))
    abroad = table().set_geometry([box(2, 48, 3, 49)] * 3)
    with pytest.raises(InputError, match="outside China"):
        read_boundary_file(save(abroad, tmp_path / "b.gpkg"))
    metres = table().set_geometry([box(500_000, 4_000_000, 510_000, 4_010_000)] * 3)
    with pytest.raises(CrsError, match="They look projected"):
        read_boundary_file(save(metres, tmp_path / "c.gpkg"))


def test_geojson_before_rfc7946_may_name_its_system(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"

    def write(crs: object) -> Path:
        path.write_text(collection(feature(adcode="370302", name="淄川区"), crs=crs), encoding="utf-8")
        return path

    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    assert read_boundary_file(write(named)).attrs["source"]["crs_in_file"] == "EPSG:4490"
    assert read_boundary_file(write(named)).geometry.iloc[0].equals(SQUARES[0])
    with pytest.raises(CrsError, match="does not say"):
        read_boundary_file(write(None))
    for crs in ({"type": "link"}, "EPSG:4490", {"properties": {"name": "EPSG:nonsense"}}):
        with pytest.raises(CrsError, match="is not understood"):
            read_boundary_file(write(crs))


def test_only_polygons_are_counties(tmp_path: Path) -> None:
    mixed = table().set_geometry([SQUARES[0], LineString([(117, 36), (118, 37)]), Point(101, 36)])
    with pytest.raises(InputError, match=r"2 rows that are no polygons but LineString, Point \(row 2, row 3\)"):
        read_boundary_file(save(mixed, tmp_path / "a.geojson", driver="GeoJSON"))
    blank = table().set_geometry(np.array([SQUARES[0], None, Polygon()], dtype=object))
    with pytest.raises(InputError, match=r"2 rows without geometry \(row 2, row 3\)"):
        read_boundary_file(save(blank, tmp_path / "b.parquet"))


def test_heights_are_dropped_and_faulty_rings_are_kept_for_the_audit(tmp_path: Path) -> None:
    high = table().set_geometry(shapely.force_3d(np.array(SQUARES, dtype=object), 5.0))
    frame = read_boundary_file(save(high, tmp_path / "a.gpkg"))
    assert not frame.has_z.any()
    check(frame)
    bow_tie = Polygon([(117, 36), (118, 37), (118, 36), (117, 37)])
    frame = read_boundary_file(save(table().set_geometry([bow_tie, *SQUARES[1:]]), tmp_path / "b.gpkg"))
    assert frame.is_valid.tolist() == [False, True, True]


# --- which county each row is -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "name"),
    [
        *(
            ("ADCODE", "NAME"),
            ("行政区划代码", "行政区划名称"),
            ("XZQDM", "XZQMC"),
            ("区县 代码", "区县_名称"),
            ("PAC", "县"),
        ),
        ("district_adcode", "district_name"),
    ],
)
def test_columns_are_found_by_their_usual_names(tmp_path: Path, code: str, name: str) -> None:
    check(read_boundary_file(save(table(code=code, name=name), tmp_path / "a.gpkg")))
    shapefile = save(table(code=code, name=name), tmp_path / "a.shp", encoding="GBK")
    check(read_boundary_file(shapefile))


@pytest.mark.parametrize(
    "values",
    [
        [370302, 370303, 630121],
        [370302.0, 370303.0, 630121.0],
        ["３７０３０２", " 370303 ", "630121.0"],
        ["370302000000", "370303000000", "630121000000"],
        ["156370302", "156370303", "156630121"],
    ],
)
def test_codes_are_cleaned(tmp_path: Path, values: list[Any]) -> None:
    check(read_boundary_file(save(table().assign(adcode=values), tmp_path / "a.gpkg")))


def test_columns_may_be_named_and_must_exist(tmp_path: Path) -> None:
    path = save(table(code="x", name="y"), tmp_path / "a.gpkg")
    check(read_boundary_file(path, adcode="x", name="y"))
    with pytest.raises(InputError, match=r"adcode='z' is no column of a\.gpkg; it has x, y"):
        read_boundary_file(path, adcode="z")


def test_a_column_of_codes_is_known_by_its_content(tmp_path: Path) -> None:
    path = save(table(code="x", name="y"), tmp_path / "a.gpkg")
    frame = read_boundary_file(path)
    check(frame)
    assert any("“x”列的每个值都是县级代码" in note for note in frame.attrs["source"]["notes"])
    two = save(table(code="x", name="y", z=["370304", "370305", "630122"]), tmp_path / "b.gpkg")
    with pytest.raises(InputError, match=r"has no column|looks? like codes"):
        read_boundary_file(save(table(code="x", name="y", z=list(CODES)), tmp_path / "c.gpkg"))
    check(read_boundary_file(two, adcode="x"))


def test_columns_of_codes_that_differ_ask_which(tmp_path: Path) -> None:
    same = save(table(code="adcode", name="name", gb=["156370302", "156370303", "156630121"]), tmp_path / "a.gpkg")
    check(read_boundary_file(same))
    other = save(table().assign(code=["370304", "370305", "370306"]), tmp_path / "b.gpkg")
    with pytest.raises(InputError, match=r"several columns of codes that differ: adcode, code\."):
        read_boundary_file(other)
    check(read_boundary_file(other, adcode="adcode"))


def test_nothing_to_go_by_is_refused(tmp_path: Path) -> None:
    path = save(table(code="x", name="y").assign(x=[1, 2, 3]), tmp_path / "a.gpkg")
    with pytest.raises(InputError, match=r"no column that is known to hold codes or names; it has x, y"):
        read_boundary_file(path)


def test_names_do_where_each_has_one_county(tmp_path: Path) -> None:
    named = table().drop(columns="adcode")
    frame = read_boundary_file(save(named, tmp_path / "a.gpkg"))
    check(frame)
    assert any("文件没有代码" in note for note in frame.attrs["source"]["notes"])
    doubtful = named.assign(name=["市中区", "张店区", "某某县"])
    with pytest.raises(InputError, match=r"no codes, and 2 of 3 names do not say which county: 市中区"):
        read_boundary_file(save(doubtful, tmp_path / "b.gpkg"))
    told = named.assign(name=["市中区", "张店区", "大通县"], 市=["济南市", "淄博市", "西宁市"])
    assert read_boundary_file(save(told, tmp_path / "c.gpkg")).index.tolist() == ["370103", "370303", "630121"]


def test_former_codes_stay_with_their_former_names(tmp_path: Path) -> None:
    """An audit must see the year of the file; so only the map vendors' code is put right."""
    old = table().assign(adcode=["370181", "370303", "632825"], name=["章丘市", "张店区", "海西蒙古族藏族自治州直辖"])
    frame = read_boundary_file(save(old, tmp_path / "a.gpkg"))
    assert frame.index.tolist() == ["370181", "370303", "632857"]
    assert frame["name"].tolist() == ["章丘市", "张店区", "大柴旦行政委员会"]
    assert frame["prefecture"].tolist() == ["济南市", "淄博市", "海西蒙古族藏族自治州"]
    assert frame["label_lon"].isna().tolist() == [True, False, False]
    notes = frame.attrs["source"]["notes"]
    assert "632825 是地图厂商所用代码，改为 632857" in notes
    assert any("未能识别，以代码为准" in note for note in notes)
    nameless = read_boundary_file(save(old.drop(columns="name"), tmp_path / "b.gpkg"))
    assert nameless.loc["370181", "name"] == "章丘市"


def test_unknown_codes_keep_what_the_file_says(tmp_path: Path) -> None:
    zone = table().assign(adcode=["370171", "370303", "630121"], name=["济南高新区", "张店区", "大通县"])
    frame = read_boundary_file(save(zone, tmp_path / "a.gpkg"))
    assert frame.loc["370171", "name"] == "济南高新区"
    assert frame.loc["370171", "province"] == "山东省"
    assert frame["type"].isna().tolist() == [True, False, False]


def test_code_and_name_of_different_counties_are_refused(tmp_path: Path) -> None:
    shuffled = table().assign(name=["张店区", "淄川区", "大通回族土族自治县"])
    with pytest.raises(InputError, match="code and name contradict each other: 370302 张店区, 370303 淄川区"):
        read_boundary_file(save(shuffled, tmp_path / "a.gpkg"))


def test_rows_that_are_no_single_county_are_refused(tmp_path: Path) -> None:
    blank = table().assign(adcode=["370302", "", "境界线"])
    with pytest.raises(InputError, match=r"2 of 3 rows have no six-digit code in 'adcode': row 2 张店区, row 3"):
        read_boundary_file(save(blank, tmp_path / "a.gpkg"), adcode="adcode")
    twice = table().assign(adcode=["370302", "370302", "630121"], name=["淄川区", "淄川区", "大通县"])
    with pytest.raises(InputError, match=r"several rows: 370302 \(2 rows\).*dissolve"):
        read_boundary_file(save(twice, tmp_path / "b.gpkg"))
    higher = table().assign(adcode=["370000", "370300", "630121"], name=["山东省", "淄博市", "大通县"])
    with pytest.raises(InputError, match="provinces or prefectures beside counties: 370000, 370300"):
        read_boundary_file(save(higher, tmp_path / "c.gpkg"))


def test_special_codes_of_other_provinces_are_counties(tmp_path: Path) -> None:
    """东莞 has no districts; files of all China draw Taiwan, Hong Kong or Macau as one unit each."""
    frame = gpd.GeoDataFrame(
        {"adcode": ["441900", "710000", "820000"], "name": ["东莞市", "台湾省", "澳门特别行政区"]},
        geometry=[box(113.5, 22.7, 114.2, 23.1), box(120, 22, 122, 25), MultiPolygon([box(113.5, 22.1, 113.6, 22.2)])],
        crs="EPSG:4490",
    )
    result = read_boundary_file(save(frame, tmp_path / "a.gpkg"))
    assert result["name"].tolist() == ["东莞市", "台湾省", "澳门特别行政区"]
    assert result["province"].tolist() == ["广东省", "台湾省", "澳门特别行政区"]
    parts = frame.assign(adcode=["441900", "710000", "710001"], name=["东莞市", "台湾省", "高雄市"])
    with pytest.raises(InputError, match="beside counties: 710000"):
        read_boundary_file(save(parts, tmp_path / "b.gpkg"))


# --- the real dirty file ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dirty(testdata: Path) -> Iterator[Path]:
    path = testdata / "boundaries/datav_2021_08_gcj02.parquet"
    before = path.stat()
    yield path
    assert path.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.testdata
def test_the_real_file_is_read_as_it_is_labelled_and_as_it_is(dirty: Path) -> None:
    labelled = read_boundary_file(dirty)
    assert len(labelled) == 181
    assert set(labelled.index) == set(read_counties().index)
    assert labelled["name"].tolist() == read_counties()["name"].tolist()
    assert labelled.attrs["source"]["crs_in_file"] == "EPSG:4326"
    assert (~labelled.is_valid).sum() == 5
    true = read_boundary_file(dirty, datum="gcj02", publisher="阿里云 DataV", vintage="2021-08")
    assert true.attrs["source"]["geometry_changed"] is True
    moved = labelled.geometry.bounds["minx"] - true.geometry.bounds["minx"]
    assert moved[labelled["province"] == "山东省"].between(0.004, 0.007).all()
