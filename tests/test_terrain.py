"""Terrain of roads: planes whose slope is known, holes in the raster, rasters that must not be used, and a real one."""

from __future__ import annotations

import json
import math
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Geod, Transformer
from rasterio import Affine

from urbangeo import Network
from urbangeo.errors import CrsError, InputError
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import Shapes
from urbangeo.sources.network.speeds.along import points_along
from urbangeo.sources.network.speeds.means import with_speeds
from urbangeo.sources.network.speeds.terrain import LIMITS_DEG, _box_mean, read_terrain, terrain_classes

UTM = "EPSG:32650"
"""UTM 50 N; its central meridian is 117° E."""

TO_UTM = Transformer.from_crs("EPSG:4490", UTM, always_xy=True)
FROM_UTM = Transformer.from_crs(UTM, "EPSG:4490", always_xy=True)
X0, Y0 = TO_UTM.transform(117.0, 36.0)

Ground = Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]]
"""Elevation from metres to the east and north of the raster's south-west corner."""


def network_of(
    *edges: tuple[float, float, float, float], lines: list[list[tuple[float, float]]] | None = None
) -> Network:
    """Straight two-way roads given by both ends in metres east and north of 117° E, 36° N in UTM."""
    ends = np.array(edges, dtype=float).reshape(-1, 2)
    lon, lat = FROM_UTM.transform(ends[:, 0] + X0, ends[:, 1] + Y0)
    first = np.arange(0, 2 * len(edges), 2, dtype=np.int32)
    count = 2 * len(edges)
    shapes = None
    if lines is not None:
        points = [FROM_UTM.transform(x + X0, y + Y0) for line in lines for x, y in line]
        shapes = Shapes(
            np.cumsum([0, *map(len, lines)]),
            np.round(np.array(points) * 1e7).astype(np.int32),
            np.tile(np.arange(len(lines), dtype=np.int32), 2),
            np.repeat([False, True], len(lines)),
        )
    return Network(
        node_id=np.arange(2 * len(edges)),
        lon=np.asarray(lon, dtype=np.float64),
        lat=np.asarray(lat, dtype=np.float64),
        u=np.concatenate([first, first + 1]).astype(np.int32),
        v=np.concatenate([first + 1, first]).astype(np.int32),
        length_m=np.full(count, 1000.0),
        speed_kmh=np.ones(count),
        time_min=np.ones(count),
        road_class=Coded.constant("secondary_2", count),
        along=np.ones(count, dtype=bool),
        toll=np.zeros(count, dtype=bool),
        shapes=shapes,
    )


def write(file: Path, values: NDArray[Any], transform: Affine, **options: Any) -> Path:
    profile = {"driver": "GTiff", "count": 1, "crs": UTM, "dtype": values.dtype.name} | options
    height, width = values.shape[-2:]
    units, scale = profile.pop("units", None), profile.pop("scale", None)
    with rasterio.open(file, "w", height=height, width=width, transform=transform, **profile) as raster:
        for band in range(1, raster.count + 1):
            raster.write(values, band)
        if units:
            raster.units = (units,)
        if scale:
            raster.scales = (scale,)
    return file


def raster(
    file: Path, ground: Ground, *, cell: float = 30.0, size_m: float = 6_000.0, kind: str = "float32", **options: Any
) -> Path:
    """A square raster of the ground around 117° E, 36° N, from 3 km south-west of it in UTM."""
    count = round(size_m / cell)
    middle = (np.arange(count) + 0.5) * cell
    values = ground(*np.meshgrid(middle, middle[::-1])).astype(kind)
    transform = Affine(cell, 0, X0 - 3_000, 0, -cell, Y0 - 3_000 + count * cell)
    return write(file, values, transform, **options)


def plane(slope_deg: float, towards_deg: float = 0.0) -> Ground:
    rise, way = math.tan(math.radians(slope_deg)), math.radians(towards_deg)
    return lambda x, y: 4_000 + rise * ((x - 3_000) * math.sin(way) + (y - 3_000) * math.cos(way))


HERE = (-400.0, 0.0, 400.0, 0.0)


@pytest.mark.parametrize(
    ("slope_deg", "word"),
    [
        (0, "plain"),
        (2.9, "plain"),
        (3.1, "hills"),
        (12, "hills"),
        (19.8, "hills"),
        (20.2, "mountain"),
        (35, "mountain"),
    ],
)
@pytest.mark.parametrize("towards_deg", [0, 90, 217])
def test_slope_of_a_plane_is_its_own(tmp_path: Path, slope_deg: float, towards_deg: float, word: str) -> None:
    found = read_terrain(network_of(HERE), raster(tmp_path / "dem.tif", plane(slope_deg, towards_deg)))
    # On the central meridian the grid is 0.04 % shorter than the ground.
    assert found.slope_deg == pytest.approx(slope_deg, rel=0.001, abs=1e-4)
    assert found.terrain.texts().tolist() == [word, word]


@pytest.mark.parametrize(("cell", "merged"), [(5.0, 18), (30.0, 3), (90.0, 1), (200.0, 1)])
def test_size_of_cells_does_not_change_a_plane(tmp_path: Path, cell: float, merged: int) -> None:
    found = read_terrain(network_of(HERE), raster(tmp_path / "dem.tif", plane(8), cell=cell))
    assert found.slope_deg == pytest.approx(8, rel=0.001)
    assert found.provenance["cells_merged"] == merged
    assert found.provenance["cell_m"] == pytest.approx([cell, cell], rel=0.001)


def test_noise_of_a_fine_raster_does_not_tilt_a_plain(tmp_path: Path) -> None:
    chance = np.random.default_rng(7)
    file = raster(tmp_path / "dem.tif", lambda x, _: chance.normal(50, 2.5, x.shape))
    found = read_terrain(network_of(HERE), file)
    # Cells of 90 m have a third of the noise: 2.5 m / 3 · √2 / 180 m in each direction, 1.25 times that together.
    assert found.slope_deg == pytest.approx(math.degrees(2.5 / 3 * math.sqrt(2) / 180 * 1.25), rel=0.15)
    assert found.terrain.texts().tolist() == ["plain", "plain"]


def test_degrees_are_measured_on_the_ellipsoid(tmp_path: Path) -> None:
    # A step of 1/1200° is 92.5 m to the north and 75.1 m to the east at 36° N, so the same rise is steeper eastwards.
    step = 1 / 1200
    metres = [Geod(ellps="GRS80").inv(117, 36, 117 + east, 36 + north)[2] for east, north in ((step, 0), (0, step))]
    assert metres == pytest.approx([75.1, 92.5], abs=0.1)
    row, column = np.mgrid[0:80, 0:80]
    for towards, size in ((column, metres[0]), (row, metres[1])):
        file = write(
            tmp_path / "dem.tif",
            (10.0 * towards).astype("float32"),
            Affine(step, 0, 116.97, 0, -step, 36.03),
            crs="EPSG:4490",
        )
        found = read_terrain(network_of(HERE), file)
        assert found.slope_deg == pytest.approx(math.degrees(math.atan(10 / size)), rel=0.002)


def test_a_flat_valley_floor_between_mountains_is_mountain(tmp_path: Path) -> None:
    rise = math.tan(math.radians(35))
    file = raster(tmp_path / "dem.tif", lambda _, y: 500 + rise * np.maximum(np.abs(y - 3_000) - 150, 0))
    found = read_terrain(network_of(HERE), file)
    # A square of 1,080 m, of which 300 m are flat: 35° times 0.72, less what the averaging of cells rounds off.
    assert found.slope_deg == pytest.approx(35 * 0.72, rel=0.06)
    assert found.terrain.texts().tolist() == ["mountain", "mountain"]


def test_an_edge_is_the_mean_of_its_points(tmp_path: Path) -> None:
    # West of the middle flat, east of it 24°; the road has two points in each half, none near the border.
    rise = math.tan(math.radians(24))
    file = raster(tmp_path / "dem.tif", lambda x, _: 100 + rise * np.maximum(x - 3_000, 0))
    found = read_terrain(network_of((-1_900, 0, 1_900, 0)), file)
    assert found.slope_deg == pytest.approx(12, rel=0.02)
    bent = network_of(
        (-100, 0, 100, 0), lines=[[(-100, 0), (-1_900, 0), (-1_900, 100), (-1_900, 0), (-100, 0), (100, 0)]]
    )
    assert read_terrain(bent, file).slope_deg == pytest.approx(0, abs=3)


def test_points_lie_in_the_middle_of_equal_parts() -> None:
    points = points_along(network_of((0, 0, 2_500, 0), (0, 500, 300, 500)))
    x, y = TO_UTM.transform(points.lon, points.lat)
    assert x - X0 == pytest.approx([2_500 / 6, 1_250, 2_500 * 5 / 6, 150], abs=0.5)
    assert y - Y0 == pytest.approx([0, 0, 0, 500], abs=0.5)
    assert points.road.tolist() == [0, 0, 0, 1]
    assert points.road_of_edge.tolist() == [0, 1, 0, 1]


def test_points_follow_the_bends() -> None:
    bent = network_of((0, 0, 900, 900), lines=[[(0, 0), (900, 0), (900, 900)]])
    points = points_along(bent)
    x, y = TO_UTM.transform(points.lon, points.lat)
    assert np.stack([x - X0, y - Y0], axis=1) == pytest.approx(np.array([[450, 0], [900, 450]]), abs=1.5)


def test_bent_and_straight_roads_are_told_apart(tmp_path: Path) -> None:
    mixed = network_of((-400, 0, 400, 0), (-1_900, 0, -1_900, 900), lines=[[(-400, 0), (400, 0)], [(0, 0), (0, 0)]])
    assert mixed.shapes is not None
    line = np.where(mixed.shapes.line == 0, 0, -1).astype(np.int32)
    mixed = replace(mixed, shapes=replace(mixed.shapes, line=line))
    rise = math.tan(math.radians(24))
    file = raster(tmp_path / "dem.tif", lambda x, _: 100 + rise * np.maximum(x - 2_000, 0))
    assert terrain_classes(mixed, file).texts().tolist() == ["mountain", "plain"] * 2


def test_a_road_of_no_length_has_one_point() -> None:
    points = points_along(network_of((0, 0, 0, 0)))
    assert (len(points.lon), points.lon[0]) == (1, pytest.approx(117))


# --- where the raster knows nothing ---


@pytest.mark.parametrize("hole", ["nan", "declared", "undeclared"])
def test_holes_are_no_terrain(tmp_path: Path, hole: str) -> None:
    value = math.nan if hole == "nan" else -32768.0
    options: dict[str, Any] = {"nodata": -32768.0} if hole == "declared" else {}
    file = raster(tmp_path / "dem.tif", lambda x, y: np.where(x < 2_500, value, plane(10)(x, y)), **options)
    west, east = (-2_500, 0, -1_500, 0), (1_000, 0, 2_000, 0)
    found = read_terrain(network_of(west, east), file)
    assert found.terrain.texts().tolist() == [None, "hills", None, "hills"]
    assert np.isnan(found.slope_deg[[0, 2]]).all()
    assert found.provenance["edges_without_terrain"] == 2
    assert (found.provenance["implausible_cells"] > 0) is (hole == "undeclared")


def test_single_voids_are_no_pits(tmp_path: Path) -> None:
    def ground(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
        void = (np.floor(x / 30) % 3 == 0) & (np.floor(y / 30) % 3 == 0)
        return np.where(void, -32768.0, 200.0)

    found = read_terrain(network_of(HERE), raster(tmp_path / "dem.tif", ground))
    assert found.slope_deg.tolist() == [0, 0]
    assert found.provenance["implausible_cells"] > 0


@pytest.mark.parametrize(("known_of_nine", "word"), [(4, None), (6, "plain")])
def test_half_of_merged_cells_must_be_known(tmp_path: Path, known_of_nine: int, word: str | None) -> None:
    def ground(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
        # Rows are counted from the north, and 200 of them are not a multiple of three.
        number = np.floor(x / 30) % 3 * 3 + (199 - np.floor(y / 30)) % 3
        return np.where(number < known_of_nine, 200.0, math.nan)

    found = terrain_classes(network_of(HERE), raster(tmp_path / "dem.tif", ground))
    assert found.texts().tolist() == [word, word]


def test_strips_do_not_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = raster(tmp_path / "dem.tif", hilly, cell=10.0)
    whole = read_terrain(network_of(HERE), file).slope_deg
    monkeypatch.setattr("urbangeo.sources.network.speeds.terrain._CELLS_AT_ONCE", 5_000)
    np.testing.assert_array_equal(read_terrain(network_of(HERE), file).slope_deg, whole)


def test_edges_outside_the_raster_take_the_stated_default_and_are_counted(tmp_path: Path) -> None:
    network = network_of((-400, 0, 400, 0), (20_000, 0, 21_000, 0), (-1e6, 0, -1e6, 900))
    file = raster(tmp_path / "dem.tif", plane(25))
    timed = with_speeds(network, dem=file, terrain="plain")
    assert timed.speed_kmh.tolist() == [45, 55, 55] * 2
    about = timed.provenance["speeds"]
    assert about["terrain_default_km_share"] == pytest.approx(2 / 3, abs=1e-6)
    assert about["terrain"]["edges_without_terrain"] == 4
    assert about["terrain"]["dem"] == "dem.tif"
    assert about["terrain"]["limits_basis"] == "recalled, unconfirmed"
    json.dumps(timed.provenance, allow_nan=False)
    # What the raster told stays told.
    again = with_speeds(timed, terrain="mountain")
    assert again.speed_kmh.tolist() == [45, 45, 45] * 2
    assert again.provenance["speeds"]["terrain"] == about["terrain"]


def test_what_was_known_stays_where_the_raster_knows_nothing(tmp_path: Path) -> None:
    network = network_of((-400, 0, 400, 0), (20_000, 0, 21_000, 0))
    network = replace(network, edge_columns={"terrain": Coded.from_texts(["plain", "mountain", "plain", "mountain"])})
    timed = with_speeds(network, dem=raster(tmp_path / "dem.tif", plane(25)))
    column = timed.edge_columns["terrain"]
    assert isinstance(column, Coded)
    assert column.texts().tolist() == ["mountain"] * 4
    assert timed.provenance["speeds"]["terrain_default_km_share"] == 0


def test_half_of_the_points_must_be_known(tmp_path: Path) -> None:
    file = raster(tmp_path / "dem.tif", plane(10))
    # The raster reaches 3 km east; points every 950 m or so.
    few, most = (2_000, 0, 5_800, 0), (-800, 0, 4_900, 0)
    assert terrain_classes(network_of(few, most), file).texts().tolist()[:2] == [None, "hills"]


# --- other ways to write the same ground ---


def test_values_may_be_scaled(tmp_path: Path) -> None:
    file = raster(tmp_path / "dem.tif", lambda x, y: 10 * plane(10)(x, y), kind="int32", scale=0.1, units="m")
    assert read_terrain(network_of(HERE), file).slope_deg == pytest.approx(10, rel=0.005)


def test_a_raster_from_south_to_north_is_the_same_ground(tmp_path: Path) -> None:
    north_up = raster(tmp_path / "a.tif", plane(12, 30))
    with rasterio.open(north_up) as source:
        values, grid = source.read(1), source.transform
    south_up = write(
        tmp_path / "b.tif", values[::-1].copy(), Affine(grid.a, 0, grid.c, 0, -grid.e, grid.f + grid.e * len(values))
    )
    network = network_of(HERE)
    found = [read_terrain(network, file).slope_deg for file in (south_up, north_up)]
    np.testing.assert_allclose(found[0], found[1], rtol=1e-6)


def test_web_mercator_is_not_taken_for_metres(tmp_path: Path) -> None:
    # At 36° N a metre of Web Mercator is 0.81 m: an elevation that rises by 0.1 a unit climbs at 0.1 / 0.81.
    x0, y0 = Transformer.from_crs("EPSG:4490", "EPSG:3857", always_xy=True).transform(117.0, 36.0)
    values = np.tile(0.1 * 50.0 * np.arange(120, dtype="float32"), (120, 1))
    file = write(tmp_path / "dem.tif", values, Affine(50, 0, x0 - 3_000, 0, -50, y0 + 3_000), crs="EPSG:3857")
    found = read_terrain(network_of(HERE), file)
    assert found.slope_deg == pytest.approx(math.degrees(math.atan(0.1 / 0.8099)), rel=0.005)


def test_limits_may_be_given(tmp_path: Path) -> None:
    file = raster(tmp_path / "dem.tif", plane(10))
    found = read_terrain(network_of(HERE), file, limits_deg=(2.0, 8.0))
    assert found.terrain.texts().tolist() == ["mountain", "mountain"]
    assert (found.provenance["limits_deg"], found.provenance["limits_basis"]) == ([2.0, 8.0], "given")
    # On the limit itself the ground is no longer plain.
    at = float(found.slope_deg[0])
    assert terrain_classes(network_of(HERE), file, limits_deg=(at, 80.0)).texts().tolist() == ["hills", "hills"]
    assert terrain_classes(network_of(HERE), file, limits_deg=(1.0, at)).texts().tolist() == ["mountain", "mountain"]
    for wrong in ((0.0, 8.0), (8.0, 2.0), (2.0, 90.0), (math.nan, 8.0)):
        with pytest.raises(InputError, match="two rising slopes"):
            terrain_classes(network_of(HERE), file, limits_deg=wrong)


# --- roads do not decide over each other, and memory is bounded ---


def hilly(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    return 500 + 120 * np.sin(x / 700) * np.cos(y / 900) + 0.02 * x


def test_a_road_has_its_slope_whatever_other_roads_there_are(tmp_path: Path) -> None:
    # 110 km across, so that tiles of 46 km border on each other inside.
    file = raster(tmp_path / "dem.tif", hilly, cell=90.0, size_m=110_000.0)
    chance = np.random.default_rng(3)
    starts = chance.uniform(-2_000, 105_000, (60, 2))
    edges = [(x, y, x + 900, y + 500) for x, y in starts]
    network = network_of(*edges)
    together = read_terrain(network, file).slope_deg
    assert np.isfinite(together).all()
    np.testing.assert_array_equal(together[:60], together[60:])
    order = chance.permutation(120)
    np.testing.assert_allclose(read_terrain(network.take_edges(order), file).slope_deg, together[order], rtol=1e-9)
    for place in (0, 17, 59):
        alone = read_terrain(network.take_edges([place]), file).slope_deg
        np.testing.assert_allclose(alone, together[[place]], rtol=1e-9)


@given(
    st.lists(st.lists(st.sampled_from([math.nan, 0.0, 1.0, 7.5]), min_size=4, max_size=4), min_size=1, max_size=6),
    st.integers(1, 3),
    st.integers(1, 3),
)
def test_mean_of_a_box_is_that_of_its_known_cells(rows: list[list[float]], across: int, along: int) -> None:
    values = np.array(rows)
    mean = _box_mean(values, [across, along])
    for row, column in np.ndindex(values.shape):
        box = values[max(row - along, 0) : row + along + 1, max(column - across, 0) : column + across + 1]
        known = box[~np.isnan(box)]
        if 2 * len(known) >= (2 * across + 1) * (2 * along + 1):
            assert mean[row, column] == pytest.approx(known.mean())
        else:
            assert math.isnan(mean[row, column])


def test_a_huge_raster_is_read_where_there_are_roads(tmp_path: Path) -> None:
    # 40,000 × 40,000 cells would be 6.4 GB; only the written blocks stand in the file.
    count = 40_000
    transform = Affine(30, 0, X0 - 600_000, 0, -30, Y0 + 600_000)
    file = tmp_path / "dem.tif"
    options = {"tiled": True, "blockxsize": 256, "blockysize": 256, "compress": "deflate", "sparse_ok": True}
    with rasterio.open(
        file,
        "w",
        driver="GTiff",
        height=count,
        width=count,
        count=1,
        dtype="float32",
        crs=UTM,
        transform=transform,
        **options,
    ) as target:
        side = np.arange(256 * 4) * 30 * math.tan(math.radians(6))
        block = np.tile(side.astype("float32"), (256 * 4, 1))
        target.write(block, 1, window=rasterio.windows.Window(20_000 - 512, 20_000 - 512, 1024, 1024))
    network = network_of(HERE, (-400_000, 300_000, -399_000, 300_000))
    tracemalloc.start()
    try:
        found = read_terrain(network, file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.slope_deg[:2] == pytest.approx([6, 0], rel=0.001)
    assert peak < 20e6


# --- rasters that must not be used ---


@pytest.mark.parametrize(
    "path",
    [
        "https://example.org/dem.tif",
        "/vsicurl/https://example.org/dem.tif",
        "/vsizip/dem.zip/dem.tif",
        "NETCDF:dem.nc:z",
    ],
)
def test_addresses_are_refused(path: str) -> None:
    with pytest.raises(InputError, match="address"):
        terrain_classes(network_of(HERE), path)


def test_a_virtual_raster_is_refused_under_any_name(tmp_path: Path) -> None:
    text = '<VRTDataset rasterXSize="1" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1"/></VRTDataset>'
    for name in ("dem.vrt", "dem.tif"):
        file = tmp_path / name
        file.write_text(text)
        with pytest.raises(InputError, match=f"{name} is no GeoTIFF"):
            terrain_classes(network_of(HERE), file)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "no.tif", "does not exist"), (tmp_path, "is a folder")):
        with pytest.raises(InputError, match=said):
            terrain_classes(network_of(HERE), path)


def test_a_truncated_raster_is_refused(tmp_path: Path) -> None:
    file = raster(tmp_path / "dem.tif", plane(5))
    content = file.read_bytes()
    for kept in (6, len(content) // 3):
        file.write_bytes(content[:kept])
        with pytest.raises(InputError, match="damaged or incomplete"):
            terrain_classes(network_of(HERE), file)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"count": 3}, "has 3 bands"),
        ({"units": "ft"}, "is in 'ft'; expected metres"),
        ({"kind": "complex64"}, "holds values of type complex64"),
        ({"cell": 300.0}, "has cells of 300 m"),
    ],
)
def test_unfit_rasters_are_refused(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        terrain_classes(network_of(HERE), raster(tmp_path / "dem.tif", plane(5), **options))


def test_a_turned_raster_is_refused(tmp_path: Path) -> None:
    values = np.zeros((50, 50), dtype="float32")
    file = write(tmp_path / "dem.tif", values, Affine(30, 5, 500_000, 5, -30, 3_990_000))
    with pytest.raises(InputError, match="is turned"):
        terrain_classes(network_of(HERE), file)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_a_raster_without_a_place_is_refused(tmp_path: Path) -> None:
    values = np.zeros((50, 50), dtype="float32")
    nowhere = write(tmp_path / "a.tif", values, Affine.identity())
    with pytest.raises(InputError, match="no place in it"):
        terrain_classes(network_of(HERE), nowhere)
    unnamed = write(tmp_path / "b.tif", values, Affine(30, 0, 500_000, 0, -30, 3_990_000), crs=None)
    with pytest.raises(CrsError, match="no coordinate system"):
        terrain_classes(network_of(HERE), unnamed)


def test_a_raster_off_the_earth_is_refused(tmp_path: Path) -> None:
    values = np.zeros((50, 50), dtype="float32")
    file = write(tmp_path / "dem.tif", values, Affine(30, 0, 500_000, 0, -30, 3_990_000), crs="EPSG:4490")
    with pytest.raises(CrsError, match="outside the earth"):
        terrain_classes(network_of(HERE), file)


def test_a_network_without_roads_has_no_terrain(tmp_path: Path) -> None:
    empty = network_of(HERE).take_edges([])
    assert len(terrain_classes(empty, raster(tmp_path / "dem.tif", plane(5)))) == 0


# --- a real raster ---


@pytest.mark.testdata
def test_porto_alegre_is_flat_by_the_river_and_hilly_in_the_south_east(testdata: Path) -> None:
    """The raster (SRTM, 30 m, whole metres) is sample data of r5r; the Guaíba lies in the west, morros in the east."""
    network = replace(
        network_of((0, 0, 1, 1), (0, 0, 1, 1)),
        lon=np.array([-51.235, -51.230, -51.165, -51.160]),
        lat=np.array([-30.000, -30.003, -30.075, -30.078]),
    )
    found = read_terrain(network, testdata / "poa" / "poa_elevation.tif")
    assert found.terrain.texts().tolist()[:2] == ["plain", "hills"]
    assert found.provenance["cell_m"] == pytest.approx([26.8, 30.8], abs=0.1)
    assert found.slope_deg[1] < LIMITS_DEG[1]
