"""Roads drawn as lines: every format written for real, every word understood or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from urbangeo.archive.catalog import read_table
from urbangeo.errors import CrsError, InputError, UnknownNameError, UrbangeoError
from urbangeo.language.datum import wgs84_to_gcj02
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.lines.layers import read_line_layer
from urbangeo.sources.network.lines.words import CLASS_NAMES
from urbangeo.sources.network.model import Network
from urbangeo.sources.network.speeds.means import ROAD_CLASSES

FORMATS = ["gpkg", "shp", "geojson", "parquet", "fgb"]


def layer(count: int = 3, **columns: Any) -> gpd.GeoDataFrame:
    """Roads of 0.01° each from west to east, end to end."""
    lines = [shapely.LineString([(117 + x / 100, 36), (117 + (x + 1) / 100, 36)]) for x in range(count)]
    return gpd.GeoDataFrame(columns or {"等级": ["一级公路"] * count}, geometry=lines, crs="EPSG:4490")


def write(frame: gpd.GeoDataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".geojson":
        frame.to_crs(4326).to_file(path, driver="GeoJSON")
    else:
        frame.to_file(path, encoding="utf-8") if path.suffix == ".shp" else frame.to_file(path)
    return path


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def made(frame: gpd.GeoDataFrame, ending: str = "gpkg", **options: Any) -> Network:
        return read_line_layer(write(frame, tmp_path / f"路.{ending}"), **options)

    return made


def texts(network: Network, name: str) -> list[Any]:
    column: Any = network.road_class if name == "road_class" else network.edge_columns[name]
    return list(column.texts())


# Every format


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_makes_the_same_network(read: Any, ending: str) -> None:
    frame = layer(
        等级=["高速公路", "二级", "支路"],
        oneway=["1", "0", "-1"],
        name=["甲", "乙", "丙"],
        speed_kmh=[90.0, 45.5, 20.0],
    )
    network = read(frame, ending)
    assert (network.kind, len(network.node_id), len(network.u)) == ("lines", 4, 4)
    rows = sorted(
        zip(
            network.lon[network.u].round(6).tolist(),
            network.lon[network.v].round(6).tolist(),
            texts(network, "road_class"),
            texts(network, "road_name"),
            network.speed_kmh.tolist(),
            network.along.tolist(),
            strict=True,
        )
    )
    assert rows == [
        (117.0, 117.01, "expressway", "甲", 90.0, False),
        (117.01, 117.02, "secondary_2", "乙", 45.5, True),
        (117.02, 117.01, "secondary_2", "乙", 45.5, True),
        (117.03, 117.02, "urban_street", "丙", 20.0, True),
    ]
    # 0.01° of the parallel of 36° on GRS80.
    assert network.length_m == pytest.approx([901.64] * 4, abs=0.02)
    assert set(texts(network, "speed_basis")) == {"given"}
    assert set(texts(network, "length_basis")) == {"geometry"}
    assert network.time_min == pytest.approx(network.length_m / 1000 / network.speed_kmh * 60)
    named = {
        "gpkg": "GeoPackage",
        "shp": "Shapefile",
        "geojson": "GeoJSON",
        "parquet": "GeoParquet",
        "fgb": "FlatGeobuf",
    }
    assert network.provenance["format"] == named[ending]
    assert network.provenance["columns"]["road_class"] == "等级"
    assert len(network.provenance["sha256"]) == 64
    assert [line.length > 0 for line in network.geometry()] == [True] * 4


def test_a_shapefile_in_gbk_with_names_cut_at_ten_bytes(tmp_path: Path) -> None:
    path = tmp_path / "路网.shp"
    frame = layer(2, 道路技术等级=["一级公路", "二级公路"], 名称=["泉城路", "经十路"])
    frame.rename(columns={"道路技术等级": "道路技术等"}).to_file(path, encoding="gb18030")
    network = read_line_layer(path, columns={"road_class": "道路技术等级"})
    assert sorted(set(texts(network, "road_class"))) == ["secondary_2", "trunk_1"]
    assert sorted(set(texts(network, "road_name"))) == ["泉城路", "经十路"]
    assert network.provenance["encoding"] == "GB18030"


def test_speeds_come_from_the_table_where_none_is_given(read: Any) -> None:
    network = read(layer(2, 等级=["三级公路", "三级公路"], speed_kmh=[np.nan, 25.0]))
    by_basis = dict(zip(texts(network, "speed_basis"), network.speed_kmh.tolist(), strict=True))
    assert by_basis == {"table": 35.0, "given": 25.0}
    shares = network.provenance["speed_basis_km_share"]
    assert {basis: share for basis, share in shares.items() if share} == pytest.approx(
        {"table": 0.5, "given": 0.5}, abs=1e-3
    )
    mountain = read(layer(1, 等级=["三级公路"]), terrain="mountain")
    assert mountain.speed_kmh.tolist() == [28.0, 28.0]
    signed = read(layer(1, 等级=["高速公路"], 限速=["120"]))
    assert signed.speed_kmh.tolist() == [100.0, 100.0]
    assert set(texts(signed, "speed_basis")) == {"maxspeed"}


def test_the_peak_slows_what_the_table_slows(read: Any) -> None:
    frame = layer(1, 等级=["主干路"])
    off, peak = read(frame), read(frame, mode="drive_peak")
    assert (off.mode, peak.mode) == ("drive", "drive_peak")
    assert peak.time_min == pytest.approx(off.time_min * 1.5)


# Classes


def test_every_word_of_the_table_is_read_as_it_says(read: Any) -> None:
    table = read_table(CLASS_NAMES)
    assert set(table["road_class"].dropna()) <= set(ROAD_CLASSES)
    assert (table["road_class"].isna() == ~table["drivable"]).all()
    network = read(layer(len(table), 等级=table["value"].tolist(), 名称=table["value"].tolist()))
    found = dict(zip(texts(network, "road_name"), texts(network, "road_class"), strict=True))
    assert found == table[table["drivable"]].set_index("value")["road_class"].to_dict()
    assert network.provenance["skipped"] == {"rows_not_for_cars": int((~table["drivable"]).sum())}


def test_words_of_openstreetmap_follow_its_table(read: Any) -> None:
    words = ["motorway", "trunk", "trunk", "primary", "tertiary", "footway", "residential"]
    network = read(layer(7, fclass=words, oneway=["F", "F", "B", "B", "B", "B", "B"], lanes=[2, 2, 2, 4, 2, 0, 0]))
    east = network.u < network.v
    found = sorted(
        zip(network.lon[network.u][east].round(2), np.array(texts(network, "road_class"))[east], strict=True)
    )
    assert [name for _, name in found] == [
        *("expressway", "trunk_1", "secondary_2", "trunk_1", "tertiary_3", "urban_street"),
    ]
    assert sorted(set(texts(network, "highway"))) == sorted({*words} - {"footway"})
    assert network.provenance["class_words"]["trunk"] == "by osm_classes"


def test_own_words_of_the_project_and_of_the_caller(read: Any) -> None:
    frame = layer(4, 类别=["trunk_1", "省道", "ＳＨＥＮＧ　道", "省道（在建）"])
    network = read(
        frame,
        columns={"road_class": "类别"},
        classes={"省道": "secondary_2", "sheng道": "tertiary_3", "省道(在建)": None},
    )
    assert sorted(set(texts(network, "road_class"))) == ["secondary_2", "tertiary_3", "trunk_1"]
    assert network.provenance["skipped"] == {"rows_not_for_cars": 1}
    assert network.provenance["class_words"]["省道"] == "secondary_2"


def test_unknown_classes_are_all_listed_and_never_guessed(read: Any) -> None:
    frame = layer(4, 等级=["一级", "省道", "省道", None])
    with pytest.raises(UnknownNameError) as caught:
        read(frame)
    for words in ("省道 (2 rows)", "(blank) (1 rows)", "unknown_class=", "who manages a road"):
        assert words in str(caught.value)
    assert "一级" not in str(caught.value).split("classes=")[0]
    network = read(frame, unknown_class="local_4")
    assert sorted(texts(network, "road_class")) == ["local_4"] * 6 + ["trunk_1"] * 2
    assert network.provenance["counts"]["rows_of_unknown_class"] == 3
    assert network.provenance["unknown_class"] == "local_4"


def test_a_layer_without_classes_needs_one(read: Any) -> None:
    frame = layer(2, 编码=["a", "b"])
    with pytest.raises(InputError, match=r"unknown_class=.*编码"):
        read(frame)
    assert set(texts(read(frame, unknown_class="service"), "road_class")) == {"service"}


def test_a_layer_without_any_column_is_said_to_have_none(read: Any) -> None:
    with pytest.raises(InputError, match=r"unknown_class=\. The layer has no columns\.$"):
        read(layer(2).drop(columns="等级"))
    with pytest.raises(InputError, match=r"no column '等级' for road_class\. The layer has no columns\.$"):
        read(layer(2).drop(columns="等级"), columns={"road_class": "等级"})


@given(word=st.text(min_size=1, max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_a_word_is_known_or_refused(read: Any, word: str) -> None:
    try:
        network = read(layer(1, 等级=[word]), "parquet")
    except UrbangeoError:
        return
    assert set(texts(network, "road_class")) <= set(ROAD_CLASSES)
    said = "".join(network.provenance["class_words"])
    assert said, "a word that was understood is on record"


# Directions


@pytest.mark.parametrize(
    ("words", "ahead", "back"),
    [
        (["yes", "no", "-1"], 2, 2),
        ([1, 0, -1], 2, 2),
        ([1.0, np.nan, -1.0], 2, 2),
        ([True, False, False], 3, 2),
        (["F", "T", "B"], 2, 2),
        (["单向", "双向", "逆向"], 2, 2),
        (["FT", "TF", "N"], 2, 2),
        ([None, "", " "], 3, 3),
    ],
)
def test_directions(read: Any, words: list[Any], ahead: int, back: int) -> None:
    network = read(layer(3, 等级=["一级"] * 3, oneway=words))
    east = network.lon[network.v] > network.lon[network.u]
    assert (int(east.sum()), int((~east).sum())) == (ahead, back)


@pytest.mark.parametrize(
    ("words", "quoted"), [(["可变车道", "双向"], "可变车道"), (["2", "0"], "2"), (["x" * 99, "0"], "…")]
)
def test_unknown_directions_are_refused(read: Any, words: list[str], quoted: str) -> None:
    with pytest.raises(InputError, match="oneways=") as caught:
        read(layer(2, 等级=["一级"] * 2, oneway=words))
    assert quoted in str(caught.value)
    known = read(layer(2, 等级=["一级"] * 2, oneway=words), oneways={words[0]: "forward"})
    assert len(known.u) == 3


def test_t_and_f_alone_may_be_two_things(read: Any) -> None:
    frame = layer(2, 等级=["一级"] * 2, oneway=["T", "F"])
    with pytest.raises(InputError, match="only T and F"):
        read(frame)
    assert len(read(frame, oneways={"T": "forward", "F": "both"}).u) == 3
    assert len(read(frame, oneways={"T": "backward", "F": "forward"}).u) == 2
    assert len(read(frame, columns={"oneway": None}).u) == 4


# Bridges, levels, and where lines meet


def crossing(**columns: Any) -> gpd.GeoDataFrame:
    lines = shapely.from_wkt(["LINESTRING (117 36, 117.02 36)", "LINESTRING (117.01 35.99, 117.01 36.01)"])
    return gpd.GeoDataFrame({"等级": ["一级", "一级"], **columns}, geometry=lines, crs="EPSG:4490")


@pytest.mark.parametrize(
    "columns",
    [
        {"structure": ["桥梁", None]},
        {"structure": ["特长隧道", "无"]},
        {"bridge": ["T", "F"]},
        {"bridge": ["viaduct", None]},
        {"tunnel": [0, 1]},
        {"隧道": ["否", "是"]},
        {"layer": [1, 0]},
        {"level": ["0", "-1"]},
    ],
)
@pytest.mark.parametrize("ending", ["gpkg", "shp"])
def test_a_bridge_crossing_never_connects(read: Any, columns: dict[str, Any], ending: str) -> None:
    network = read(crossing(**columns), ending, crossings="planar")
    assert (len(network.node_id), len(network.u)) == (4, 4)
    assert network.provenance["noding"]["crossings_not_joined"] == 1


def test_on_the_ground_planar_joins_and_the_default_counts(read: Any) -> None:
    planar = read(crossing(), crossings="planar")
    assert (len(planar.node_id), len(planar.u)) == (5, 8)
    plain = read(crossing())
    assert (len(plain.node_id), plain.provenance["noding"]["crossings_not_joined"]) == (4, 1)


def test_one_cannot_leave_a_bridge_or_an_expressway_on_the_way(read: Any) -> None:
    frame = layer(4, 等级=["一级", "高速公路", "一级", "轮渡"], structure=["bridge", None, None, None])
    network = read(frame)
    assert not network.along[network.road_class.is_in(["expressway", "ferry"])].any()
    structure: Any = network.edge_columns["structure"]
    assert not network.along[structure.is_in(["bridge"])].any()
    assert network.along.sum() == 2


def test_ends_are_noded_within_the_tolerance_and_counted(read: Any) -> None:
    frame = layer(2)
    metre = 1 / 90_163.0
    frame.geometry = [
        shapely.LineString([(117, 36), (117.01, 36)]),
        shapely.LineString([(117.01 + 0.8 * metre, 36), (117.02, 36)]),
    ]
    joined = read(frame)
    noding = joined.provenance["noding"]
    assert len(joined.node_id) == 3
    assert noding["ends_moved"] == 1
    assert noding["farthest_moved_m"] == pytest.approx(0.8, abs=0.01)
    assert (noding["tolerance_m"], noding["crossings"]) == (1.0, "endpoints")
    assert len(read(frame, tolerance_m=0.5).node_id) == 4


# Lines that are none, or stand twice


def test_parts_are_taken_apart_and_nothings_counted(read: Any) -> None:
    frame = layer(5)
    shapes: list[Any] = [
        shapely.from_wkt("MULTILINESTRING ((117 36, 117.01 36), (117.01 36, 117.02 36))"),
        shapely.from_wkt("LINESTRING Z (117.02 36 5, 117.03 36 9)"),
        shapely.from_wkt("LINESTRING (117.05 36, 117.05 36)"),
        shapely.from_wkt("LINESTRING EMPTY"),
        None,
    ]
    frame.geometry = shapes
    for ending in ("gpkg", "parquet"):
        network = read(frame, ending)
        assert (len(network.node_id), len(network.u)) == (4, 6)
        assert network.provenance["skipped"] == {"rows_without_geometry": 2, "parts_of_no_length": 1}
        assert any("多段线" in note for note in network.provenance["notes"])


def test_roads_that_stand_twice_count_once(read: Any) -> None:
    frame = layer(5, 等级=["一级"] * 5, name=["甲", "甲", "乙", "甲", "丙"], oneway=["0", "0", "0", "1", "1"])
    line = shapely.LineString([(117, 36), (117.01, 36.005), (117.02, 36)])
    frame.geometry = [line, line.reverse(), line, line, line.reverse()]
    network = read(frame)
    assert network.provenance["counts"] == {"duplicate_pieces_dropped": 1, "pieces_on_one_line": 1}
    assert len(network.u) == 2 + 2 + 1 + 1
    carriageways = read(frame.iloc[[3, 4]].reset_index(drop=True))
    assert carriageways.provenance["counts"] == {"duplicate_pieces_dropped": 0, "pieces_on_one_line": 0}
    assert len(carriageways.u) == 2


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ("POLYGON ((117 36, 118 36, 118 37, 117 36))", "Polygon"),
        ("POINT (117 36)", "Point"),
        ("GEOMETRYCOLLECTION (LINESTRING (117 36, 118 36))", "GeometryCollection"),
    ],
)
def test_what_is_no_line_is_refused(read: Any, shape: str, words: str) -> None:
    frame = layer(2)
    frame.geometry = [frame.geometry[0], shapely.from_wkt(shape)]
    with pytest.raises(InputError, match=rf"{words}.*row 2"):
        read(frame, "parquet")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_coordinates_that_are_no_numbers_are_refused(read: Any, value: float) -> None:
    frame = layer(2)
    line = shapely.LineString([(117, 36), (117.1, 36.1), (117.2, 36)])
    with np.errstate(invalid="ignore"):
        broken = shapely.set_coordinates(line, np.array([[117, 36], [value, 36.1], [117.2, 36]]))
    frame.geometry = [broken, frame.geometry[1]]
    with pytest.raises(InputError, match="row 1"):
        read(frame, "parquet")


# Where it lies


@pytest.mark.parametrize("system", ["EPSG:4326", "EPSG:4547", "EPSG:3857", "EPSG:32650"])
def test_systems_that_are_known_are_brought_to_degrees(read: Any, system: str) -> None:
    network = read(layer(2).to_crs(system))
    assert network.lon.tolist() == pytest.approx([117.0, 117.01, 117.02], abs=1e-6)
    assert network.length_m == pytest.approx([901.64] * 4, abs=0.05)


@pytest.mark.parametrize("ending", ["gpkg", "shp", "parquet", "fgb"])
@pytest.mark.parametrize("projected", [False, True])
def test_without_a_system_nothing_is_read(tmp_path: Path, ending: str, projected: bool) -> None:  # noqa: FBT001
    frame = layer(2).to_crs(4547) if projected else layer(2)
    bare = gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=frame.geometry.to_numpy())
    path = tmp_path / f"a.{ending}"
    if ending == "parquet":
        bare.to_parquet(path)
    else:
        with pytest.warns(UserWarning, match="crs"):
            bare.to_file(path)
    with pytest.raises(CrsError, match="no coordinate reference system"):
        read_line_layer(path)
    network = read_line_layer(path, crs="EPSG:4547" if projected else "EPSG:4490")
    assert network.lon.tolist() == pytest.approx([117.0, 117.01, 117.02], abs=1e-6)


def test_systems_that_cannot_be_true_are_refused(read: Any, tmp_path: Path) -> None:
    wrong = layer(2).set_crs(4547, allow_override=True)
    with pytest.raises(CrsError, match="degrees"):
        read(wrong)
    metres = layer(2).to_crs(4547).set_crs(4490, allow_override=True)
    with pytest.raises(CrsError, match="degrees"):
        read(metres)
    with pytest.raises(CrsError, match="some 100 m off"):
        read(layer(2).set_crs(4610, allow_override=True))
    with pytest.raises(CrsError, match="EPSG:4326"):
        read(layer(2), crs="EPSG:4326")
    with pytest.raises(CrsError, match="not understood"):
        read(layer(2), crs="somewhere")


def test_the_map_vendors_datum_is_undone_if_said(read: Any) -> None:
    frame = layer(2)
    moved = shapely.transform(
        np.asarray(frame.geometry), lambda points: np.column_stack(wgs84_to_gcj02(points[:, 0], points[:, 1]))
    )
    network = read(frame.set_geometry(moved, crs=frame.crs), datum="gcj02")
    assert network.lon.tolist() == pytest.approx([117.0, 117.01, 117.02], abs=1e-6)
    assert network.provenance["datum_given"] == "GCJ-02"
    with pytest.raises(InputError, match="datum"):
        read(frame, datum="mars")


# Bad input


@pytest.mark.parametrize(
    "path",
    [
        "/vsicurl/https://example.org/a.gpkg",
        "/vsizip/a.zip/../../b.gpkg",
        "https://example.org/a.fgb",
        "GPKG:a.gpkg",
        "s3://bucket/roads.parquet",
        "//vsimem/a.fgb",
    ],
)
def test_addresses_and_virtual_files_are_refused(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        pytest.fail("a file was opened")

    monkeypatch.setattr(pyogrio, "list_layers", never)
    monkeypatch.setattr(gpd, "read_file", never)
    with pytest.raises(InputError, match="address"):
        read_line_layer(path)
    with pytest.raises(InputError):
        read_line_layer(Path(path))


@pytest.mark.parametrize("ending", ["vrt", "zip", "csv", "tab", "gpkg", "fgb", "shp", "parquet", "geojson"])
def test_virtual_files_under_any_ending_are_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_text('<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/vsicurl/http://127.0.0.1:9/a.shp'
                    "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>", encoding="utf-8")  # fmt: skip
    with pytest.raises(InputError):
        read_line_layer(path)
    with pytest.raises(InputError, match="does not exist"):
        read_line_layer(tmp_path / "absent.gpkg")


@pytest.mark.parametrize("ending", FORMATS)
def test_truncated_files_are_refused(tmp_path: Path, ending: str) -> None:
    path = write(layer(200), tmp_path / f"a.{ending}")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 3])
    with pytest.raises(InputError):
        read_line_layer(path, unknown_class="service")


def test_layers_of_a_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    layer(2).to_file(path, layer="roads")
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.box(117, 36, 118, 37)], crs=4490).to_file(path, layer="land")
    network = read_line_layer(path)
    assert network.provenance["layer"] == "roads"
    layer(3).to_file(path, layer="路二")
    with pytest.raises(InputError, match="several layers of lines"):
        read_line_layer(path)
    assert len(read_line_layer(path, layer="路二").u) == 6
    with pytest.raises(InputError, match="no layer"):
        read_line_layer(path, layer="x")
    with pytest.raises(InputError, match="Polygon"):
        read_line_layer(path, layer="land", unknown_class="service")
    with pytest.raises(InputError, match="UTF-8"):
        read_line_layer(path, layer="roads", encoding="gbk")
    with pytest.raises(InputError, match="layers"):
        read_line_layer(write(layer(1), tmp_path / "a.fgb"), layer="a")


def test_huge_texts_stay_out_of_messages_and_are_cut(read: Any) -> None:
    huge = "路" * 500_000
    with pytest.raises(UnknownNameError) as caught:
        read(layer(1, 等级=[huge]))
    assert len(str(caught.value)) < 1500
    network = read(layer(1, 等级=["一级"], name=[huge]))
    assert len(texts(network, "road_name")[0]) == 200
    assert network.provenance["counts"]["texts_cut"] == 1


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"speed_kmh": [60.0, 600.0]}, "speed_kmh.*600"),
        ({"speed_kmh": [60.0, -5.0]}, "speed_kmh.*-5"),
        ({"speed_kmh": ["60", "fast"]}, "speed_kmh.*fast"),
        ({"maxspeed": ["60 mph", "60"]}, "maxspeed_kmh.*60 mph"),
        ({"bridge": ["1", "maybe"]}, "bridge.*maybe"),
        ({"structure": ["桥", "飞"]}, "structure.*飞"),
        ({"level": ["1", "ground"]}, "level.*ground"),
        ({"toll": ["是", "视情"]}, "toll.*视情"),
        ({"terrain": ["plain", "alpine"]}, "terrain.*alpine"),
        ({"lanes": [2, 99]}, "lanes.*99"),
    ],
)
def test_values_that_are_not_understood_are_refused(read: Any, columns: dict[str, Any], words: str) -> None:
    frame = layer(2, 等级=["一级", "一级"], **columns)
    with pytest.raises(InputError, match=words):
        read(frame)
    role = {"maxspeed": "maxspeed_kmh"}.get(next(iter(columns)), next(iter(columns)))
    assert len(read(frame, columns={role: None}).u) == 4, "the column can be left out"


def test_all_faults_are_told_at_once(read: Any) -> None:
    with pytest.raises(InputError) as caught:
        read(layer(1, 等级=["一级"], oneway=["?"], speed_kmh=[900.0], bridge=["?"]))
    assert all(word in str(caught.value) for word in ("oneway", "speed_kmh", "bridge"))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"columns": {"klass": "等级"}}, "klass"),
        ({"columns": {"road_class": "级别"}}, "级别"),
        ({"classes": {"省道": "highway"}}, "highway"),
        ({"unknown_class": "G"}, "G"),
        ({"oneways": {"x": "east"}}, "east"),
        ({"mode": "walk"}, "walk"),
        ({"tolerance_m": 0}, "tolerance_m"),
        ({"crossings": "all"}, "crossings"),
    ],
)
def test_senseless_options_are_refused(read: Any, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        read(layer(1), **options)


def test_a_layer_without_roads_is_refused(read: Any, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no road for cars"):
        read(layer(2, 等级=["人行道", "规划"]))
    with pytest.raises(InputError, match="no rows"):
        read(layer(1).iloc[:0], "parquet")
    with pytest.raises(InputError, match="no line longer"):
        read(layer(1).set_geometry([shapely.from_wkt("LINESTRING (117 36, 117 36)")], crs=4490), "parquet")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(InputError, match="GeoParquet"):
        read_line_layer(tmp_path / "b.parquet")


def test_tolls_follow_their_column(read: Any) -> None:
    network = read(layer(2, 等级=["高速公路", "一级"], 收费=["是", "否"]))
    assert network.toll.sum() == 2
    assert network.toll_min == 1.0
    assert read(layer(1)).toll_min == 0.0


def test_expressways_are_tolled_unless_the_layer_says_otherwise(read: Any) -> None:
    kinds = ["高速公路", "高速公路匝道", "一级"]
    silent = read(layer(3, 等级=kinds))
    assert silent.toll.tolist() == silent.road_class.is_in(["expressway", "expressway_link"]).tolist()
    assert (silent.toll_min, silent.provenance["counts"]["rows_toll_assumed"]) == (1.0, 2)
    said = read(layer(3, 等级=kinds, 收费=["否", None, "是"]))
    assert sorted(set(said.road_class.texts()[said.toll])) == ["expressway_link", "trunk_1"]
    assert said.provenance["counts"]["rows_toll_assumed"] == 1


@given(order=st.permutations(range(6)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
def test_the_order_of_rows_does_not_matter(read: Any, order: list[int]) -> None:
    frame = layer(6, 等级=["一级", "二级", "支路", "一级", "高速", "四级"], oneway=["1", "0", "-1", "0", "1", "0"])
    shapes = np.array(frame.geometry, dtype=object)
    shapes[5] = shapely.LineString([(117.005, 35.99), (117.005, 36.01)])
    frame = frame.set_geometry(shapes, crs=frame.crs)

    def seen(network: Network) -> list[Any]:
        ends = (network.lon[network.u], network.lat[network.u], network.lon[network.v], network.lat[network.v])
        return sorted(
            zip(*(values.tolist() for values in (*ends, network.length_m)), texts(network, "road_class"), strict=True)
        )

    one = read(frame, "parquet", crossings="planar")
    other = read(frame.iloc[order].reset_index(drop=True), "parquet", crossings="planar")
    assert seen(one) == seen(other)
    assert one.provenance["noding"] == other.provenance["noding"]


@pytest.mark.testdata
def test_streets_of_bubenec(testdata: Path) -> None:
    """35 streets without attributes, in Web Mercator, drawn end to end (momepy's sample, BSD-3)."""
    path = testdata / "osm" / "bubenec_momepy.gpkg"
    network = read_line_layer(path, layer="streets", unknown_class="urban_street")
    assert network.provenance["layer"] == "streets"
    shapes = gpd.read_file(path, layer="streets")
    points = {end for line in shapes.geometry for end in (line.coords[0], line.coords[-1])}
    assert len(network.node_id) == len(points) == 29
    assert len(network.u) == 2 * 35
    true = shapes.to_crs(4490).geometry
    from pyproj import Geod

    assert network.length_m.sum() / 2 == pytest.approx(sum(map(Geod(ellps="GRS80").geometry_length, true)), rel=1e-6)
    assert network.provenance["noding"]["ends_moved"] == 0
    assert isinstance(network.road_class, Coded)
