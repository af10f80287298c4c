"""The second opinion must itself be right, and must notice areas that are wrong."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from direct_minutes import direct_minutes
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPolygon, Point, box
from towns import PLAIN, PLANE, WALK, Road, ground, origins, point, random_town, town, town_of

from urbangeo.areas.isochrones import isochrones, travel_time_surface
from urbangeo.areas.selfcheck import small_print, verify
from urbangeo.errors import InputError, SnapError
from urbangeo.language.crs import CGCS2000
from urbangeo.sources.network import AccessLeg


def test_direct_times_by_hand() -> None:
    # As on the surface: x + 11.958 y ahead, 12 a kilometre behind, nothing beyond 2 km.
    place = town("A-------------------B", Road("AB"), middle="A")
    xy = np.array([(5_000, 0), (5_000, 500), (-1_000, 0), (20_500, 0), (5_000, 2_000), (5_000, 2_010), (19_000, 1_900)])
    minutes = direct_minutes(
        place.network, place.spot("A"), xy, limit_min=30, access=WALK, direction="from", land=None, crs=PLANE
    )
    np.testing.assert_allclose(minutes[:5], [5, 5 + 0.5 * 143**0.5, 12, 26, 29], atol=0.01)
    assert np.isinf(minutes[5:]).all()


def test_tolls_one_way_roads_and_places_beside_the_road_by_hand() -> None:
    place = town(
        "A----B-------------------C",
        Road("AB"),
        Road("BC", kmh=120, access="ends_only", toll=True),
        kinds={"C": "interchange"},
        toll_min=1.0,
        middle="A",
    )
    xy = np.array([(25_000, 1_000), (15_000, 0)])
    # 2 km down the village road and 500 m off it: 6 minutes to the road, 3 to B, 1 + 10 + 1, and 12 on foot.
    minutes = direct_minutes(
        place.network,
        place.spot("A", east=2_000, north=500),
        xy,
        limit_min=60,
        access=WALK,
        direction="from",
        land=None,
        crs=PLANE,
    )
    assert minutes[0] == pytest.approx(6 + 3 + 12 + 12, abs=0.02)
    assert np.isinf(minutes[1])
    ring = town("A---B\n|   |\n|   |\n|   |\nD---C", Road("ABCDA", oneway=True), middle="A")
    for direction, wanted in (("from", 2.0), ("to", 14.0)):
        (minutes,) = direct_minutes(
            ring.network,
            ring.spot("A"),
            np.array([(2_000.0, 0.0)]),
            limit_min=60,
            access=WALK,
            direction=direction,
            land=None,
            crs=PLANE,
        )
        assert minutes == pytest.approx(wanted, abs=0.02)


def test_water_is_not_crossed() -> None:
    leg = AccessLeg(60, 1.0, 8_000)
    place = town_of({"A": (-5_000, -1_000), "B": (5_000, -1_000)}, Road("AB"), access=leg)
    land = ground(box(-40_000, -30_000, 40_000, 0), box(-40_000, 3_000, 40_000, 40_000))
    xy = np.array([(0.0, 3_500.0), (0.0, 400.0), (0.0, 700.0)])
    minutes = direct_minutes(
        place.network, place.spot("A"), xy, limit_min=20, access=leg, direction="from", land=land, crs=PLANE
    )
    assert np.isinf(minutes[[0, 2]]).all()
    assert np.isfinite(minutes[1])


@pytest.mark.parametrize("north", [0.008, -0.008])
def test_roads_nearer_to_each_other_than_they_are_kept_are_equally_near(north: float) -> None:
    """Two one-way roads 1.6 cm apart, no joint between them: from a place at one of them both are entered."""
    spots = {"A": (-5_000.0, north), "B": (5_000.0, north), "C": (5_000.0, -north), "D": (-5_000.0, -north)}
    back = Road(["B", "E", "C", "D", "F", "A"], oneway=True)
    place = town_of(spots | {"E": (6_000.0, 0.0), "F": (-6_000.0, 0.0)}, Road("AB", oneway=True), back)
    xy = np.array([(3_000.0, 0.0), (-3_000.0, 0.0)])
    asked = {"access": WALK, "direction": "from", "land": None, "crs": PLANE}
    minutes = direct_minutes(place.network, point(0, north), xy, limit_min=60, **asked)  # type: ignore[arg-type]
    assert minutes == pytest.approx([3.0, 3.0], abs=0.01)
    surface = travel_time_surface(place.network, origins({"x": point(0, north)}), limit_min=20, cell_m=250, land=PLAIN)
    assert surface.sample(gpd.GeoSeries(gpd.points_from_xy(*xy.T), crs=PLANE)) == pytest.approx(minutes, abs=0.1)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["from", "to"]))
def test_agrees_with_the_exact_surface(seed: int, direction: str) -> None:
    """Two ways that share no line of code: closed form on compiled roads, and a search for the least on raw ones."""
    place = random_town(seed)
    network, origin = place.network, place.at("A", east=300)
    spot = place.spot("A", east=300)
    surface = travel_time_surface(
        network,
        origin,
        limit_min=25,
        direction=direction,  # type: ignore[arg-type]
        cell_m=500,
        land=PLAIN,
    )
    rows, columns = surface.minutes.shape
    x, y = np.meshgrid(surface.west + 500 * np.arange(columns), surface.north - 500 * np.arange(rows))
    truth = direct_minutes(
        network,
        spot,
        np.stack([x.ravel(), y.ravel()], axis=1),
        limit_min=25,
        access=network.access,
        direction=direction,
        land=None,
        crs=surface.crs,
    ).reshape(surface.minutes.shape)
    found = np.where(surface.minutes <= 25, surface.minutes, np.inf)
    both = np.isfinite(found) & np.isfinite(truth)
    np.testing.assert_allclose(found[both], truth[both], atol=2e-3)
    # A cell on the very rim of the leg or the limit may fall on either side.
    assert int((np.isfinite(found) != np.isfinite(truth)).sum()) <= 2


def circles() -> tuple[gpd.GeoDataFrame, Point]:
    place = town("A-------------------B", Road("AB"), middle="A")
    frame = isochrones(place.network, place.at("A"), cutoffs=[10, 20], cell_m=100, land=PLAIN)
    return frame, place.spot("A")


def test_good_areas_pass_and_wrong_ones_are_found_out() -> None:
    place = town("A-------------------B", Road("AB"), middle="A")
    frame, spot = circles()
    surface = travel_time_surface(place.network, place.at("A"), limit_min=20, cell_m=100, land=PLAIN)
    good = verify(place.network, spot, list(frame.geometry), [10, 20], surface=surface, n=2_000)
    assert good.index.tolist() == [10, 20]
    assert (good[["false_in_share", "false_out_share"]] <= 0.03).all(axis=None)
    assert (good["max_error_min"] < 0.6).all()
    assert (good["mean_error_min"] < 0.05).all()
    # The same points for the same seed, others for another.
    again = verify(place.network, spot, list(frame.geometry), [10, 20], surface=surface, n=2_000)
    assert again.equals(good)
    assert not verify(place.network, spot, list(frame.geometry), [10, 20], n=2_000, seed=1).equals(good)
    # Areas widened by 500 m, areas halved, and the cutoffs mixed up.
    wide = gpd.GeoSeries(frame.geometry.tolist(), crs=CGCS2000).to_crs(PLANE).buffer(500).to_crs(CGCS2000)
    assert verify(place.network, spot, list(wide), [10, 20], n=2_000)["false_in_share"].min() > 0.3
    west = [shapely.intersection(disc, box(90, 30, 101.03, 40)) for disc in frame.geometry]
    assert verify(place.network, spot, west, [10, 20], n=2_000)["false_out_share"].max() > 0.3
    swapped = verify(place.network, spot, list(frame.geometry)[::-1], [10, 20], n=2_000)
    assert swapped["false_in_share"].iloc[0] > 0.3
    assert swapped["false_out_share"].iloc[1] > 0.3


def test_small_print() -> None:
    frame, spot = circles()
    place = town("A-------------------B", Road("AB"), middle="A")
    text = small_print(verify(place.network, spot, list(frame.geometry), [10, 20], n=500))
    assert text.startswith("自检：500 个随机点直接计算最短路对照，20 分钟圈误纳 ")
    assert "±" in text


def test_wrong_ways_to_ask() -> None:
    frame, spot = circles()
    place = town("A-------------------B", Road("AB"), middle="A")
    with pytest.raises(InputError, match="one area for each cutoff"):
        verify(place.network, spot, list(frame.geometry), [10])
    with pytest.raises(InputError, match="n=0"):
        verify(place.network, spot, list(frame.geometry), [10, 20], n=0)
    with pytest.raises(InputError, match="empty"):
        verify(place.network, spot, [MultiPolygon()], [10])
    with pytest.raises(SnapError, match="km from the nearest road"):
        verify(place.network, place.spot("A", north=9_000), list(frame.geometry), [10, 20])
