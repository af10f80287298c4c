"""Catchments: who is nearest by hand, no overlaps, and together what the circles cover."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box
from towns import PLAIN, PLANE, Road, ground, metres, origins, point, random_town, shuffled_network, town

from urbangeo.areas.catchments import catchments
from urbangeo.areas.isochrones import isochrones, travel_time_surface
from urbangeo.errors import InputError, SnapError
from urbangeo.language.crs import CGCS2000
from urbangeo.sources.network import AccessLeg

METHODS = ["exact", "links"]


def on_map(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    return {str(label): metres(area) for label, area in frame.geometry.items()}


def assert_divided(areas: dict[str, Any], circles: list[Any], *, cell_m: float) -> None:
    """No overlap beyond the rounding of a centimetre, and together the circles."""
    for one, other in combinations(areas.values(), 2):
        assert shapely.intersection(one, other).area <= 0.1 * (one.length + 1)
    whole, union = shapely.union_all(list(areas.values())), shapely.union_all(circles)
    assert whole.symmetric_difference(union).area <= cell_m / 4 * union.length


@pytest.mark.parametrize("method", METHODS)
def test_two_towns_on_a_road_meet_half_way(method: Any) -> None:
    # A and B 20 km apart at 60 km/h; in 15 min each gets 15 km. They meet 10 km from either.
    place = town("A-------------------B", Road("AB"), access=AccessLeg(6.0, 1.2, 500.0))
    both = origins({"A": place.spot("A"), "B": place.spot("B")})
    frame = catchments(place.network, both, cutoff_min=15, cell_m=100, land=PLAIN, method=method)
    areas = on_map(frame)
    assert areas["A"].bounds[2] == pytest.approx(0, abs=20)
    assert areas["B"].bounds[0] == pytest.approx(0, abs=20)
    circles = isochrones(place.network, both, cutoffs=[15], cell_m=100, land=PLAIN, method=method)
    assert_divided(areas, [metres(disc) for disc in circles.geometry], cell_m=100)
    assert frame["area_km2"].sum() == pytest.approx(sum(area.area for area in areas.values()) / 1e6, rel=1e-3)
    assert frame.index.names == ["origin_id"]
    assert frame["surface_method"].tolist() == [method] * 2


@pytest.mark.parametrize("method", METHODS)
def test_the_border_lies_where_both_take_equally_long(method: Any) -> None:
    # From A the road runs at 90 km/h to C, from B at 30: half-way in time is 15 km from A and 5 from B.
    place = town("A---------C---------B", Road("AC", kmh=90), Road("CB", kmh=30), access=AccessLeg(6.0, 1.2, 500.0))
    both = origins({"A": place.spot("A"), "B": place.spot("B")})
    areas = on_map(catchments(place.network, both, cutoff_min=60, cell_m=100, land=PLAIN, method=method))
    # A–C 6.67 min; then x km at 2 min/km = (10 − x) km at 2 min/km from B: 6.67 + 2x = 20 − 2x, x = 3.33.
    assert areas["A"].bounds[2] == pytest.approx(3_333, abs=40)
    assert areas["B"].bounds[0] == pytest.approx(3_333, abs=40)


def test_centres_that_do_not_touch_have_their_circles() -> None:
    place = town("A---B                                                 C---D", Road("AB"), Road("CD"))
    both = origins({"A": place.spot("A"), "D": place.spot("D")})
    frame = catchments(place.network, both, cutoff_min=10, cell_m=250, land=PLAIN)
    circles = isochrones(place.network, both, cutoffs=[10], cell_m=250, land=PLAIN)
    assert frame.geometry.geom_equals_exact(circles.geometry.droplevel("cutoff_min"), 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_a_centre_beaten_everywhere_is_empty_and_the_first_in_the_alphabet_has_ties(method: Any) -> None:
    place = town("A---------B", Road("AB"))
    twice = origins({"two": place.spot("A"), "one": place.spot("A"), "far": place.spot("A", north=1_500)})
    frame = catchments(place.network, twice, cutoff_min=10, cell_m=250, land=PLAIN, method=method)
    assert frame.index.tolist() == ["two", "one", "far"]
    assert frame.geometry.is_empty.tolist() == [True, False, False]
    assert frame["area_km2"].iloc[0] == 0
    turned = catchments(place.network, twice.iloc[::-1], cutoff_min=10, cell_m=250, land=PLAIN, method=method)
    assert turned.geometry.is_empty.to_dict() == {"two": True, "one": False, "far": False}
    # What is beaten on every road keeps the ground round itself.
    assert metres(frame.geometry["far"]).contains(Point(*place.xy["A"]).buffer(1).centroid) is False


@pytest.mark.parametrize("method", METHODS)
def test_borders_end_at_the_shore(method: Any) -> None:
    place = town("A-------------------B", Road("AB"), access=AccessLeg(6.0, 1.2, 3_000.0))
    land = ground(box(-40_000, -40_000, 40_000, 400))
    both = origins({"A": place.spot("A"), "B": place.spot("B")})
    areas = on_map(catchments(place.network, both, cutoff_min=40, cell_m=250, land=land, method=method))
    assert max(area.bounds[3] for area in areas.values()) <= 405
    assert min(area.bounds[1] for area in areas.values()) < -1_500


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.sampled_from(METHODS))
def test_divided_without_overlap_and_the_nearest_has_it(seed: int, method: Any) -> None:
    place = random_town(seed)
    # A leg that hardly ends: with a largest leg times jump where it does, and nothing can be said of a point between.
    network = replace(place.network, access=replace(place.network.access, max_m=20_000.0))
    draw = np.random.default_rng(seed)
    (xa, ya), (xb, yb) = place.xy["A"], place.xy["B"]
    # Three places on A–B, which may always be left.
    shares = [0.1, 0.5, 0.9]
    spots = {f"c{n}": point(xa + s * (xb - xa), ya + s * (yb - ya)) for n, s in enumerate(shares)}
    centres = origins(spots)
    frame = catchments(network, centres, cutoff_min=20, cell_m=250, land="everywhere", method=method)
    assert frame.geometry.is_valid.all()
    areas = on_map(frame)
    circles = isochrones(network, centres, cutoffs=[20], cell_m=250, land="everywhere", method=method)
    assert_divided(areas, [metres(disc) for disc in circles.geometry], cell_m=250)
    surfaces = {
        label: travel_time_surface(
            network, origins({label: spot}), limit_min=20, cell_m=250, land="everywhere", method=method
        )
        for label, spot in spots.items()
    }
    west, south, east, north = frame.total_bounds
    at = gpd.GeoSeries(gpd.points_from_xy(draw.uniform(west, east, 200), draw.uniform(south, north, 200)), crs=CGCS2000)
    times: Any = pd.DataFrame({label: surface.sample(at) for label, surface in surfaces.items()}).fillna(np.inf)
    # Both times are read between cells, each wrong by the walk across one at most.
    slack = 2 * 2**0.5 * 250 * network.access.ms_per_m / 60_000
    for number, spot in enumerate(at.to_crs(PLANE)):
        for label, area in areas.items():
            if area.contains(spot) and np.isfinite(times.loc[number, label]):
                assert times.loc[number, label] <= times.loc[number].min() + slack


def test_no_order_of_rows_decides() -> None:
    place = random_town(3)
    (xa, ya), (xb, yb) = place.xy["A"], place.xy["B"]
    centres = origins({f"c{n}": point(xa + s * (xb - xa), ya + s * (yb - ya)) for n, s in enumerate([0.1, 0.6, 0.9])})
    one = catchments(place.network, centres, cutoff_min=15, cell_m=250, land=PLAIN)
    other: Any = catchments(
        shuffled_network(place.network, 1), centres.iloc[[2, 0, 1]], cutoff_min=15, cell_m=250, land=PLAIN
    )
    assert other.index.tolist() == ["c2", "c0", "c1"]
    assert one.geometry.geom_equals_exact(other.geometry.loc[one.index], 0).all()


def test_wrong_ways_to_ask() -> None:
    place = town("A---------B", Road("AB"))
    with pytest.raises(SnapError, match="sea"):
        catchments(place.network, origins({"A": place.spot("A"), "sea": point(0, 90_000)}), land=PLAIN)
    with pytest.raises(InputError, match="cutoffs"):
        catchments(place.network, place.at("A"), cutoff_min=0, land=PLAIN)
    with pytest.raises(InputError, match=r"use cell_m of at least \d+"):
        catchments(place.network, place.at("A"), cell_m=0.2, land=PLAIN)
