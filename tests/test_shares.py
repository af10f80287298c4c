"""Shares of counties in areas: by hand, against cutting, and what may not change them."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from urbangeo.areas.ground.shares import county_shares
from urbangeo.errors import CrsError, InputError, SchemaError


def areas_of(*shapes: Any) -> gpd.GeoDataFrame:
    index = pd.MultiIndex.from_arrays(
        [[f"o{number}" for number in range(len(shapes))], [30.0] * len(shapes)], names=["origin_id", "cutoff_min"]
    )
    return gpd.GeoDataFrame(geometry=list(shapes), crs="EPSG:4490", index=index)


def counties_of(**shapes: Any) -> gpd.GeoDataFrame:
    index = pd.Index([name.removeprefix("c") for name in shapes], name="adcode")
    return gpd.GeoDataFrame(geometry=list(shapes.values()), crs="EPSG:4490", index=index)


TWO = counties_of(c370101=shapely.box(117.0, 36.0, 117.5, 36.4), c370102=shapely.box(117.5, 36.0, 118.0, 36.4))


@pytest.mark.parametrize("exact", [False, True])
def test_two_counties_by_hand(exact: bool) -> None:  # noqa: FBT001
    # A box over the eastern half of one and the western fifth of the other: between meridians, so shares are those of
    # longitude whatever the latitude.
    found = county_shares(areas_of(shapely.box(117.25, 35.9, 117.6, 36.5)), TWO, exact=exact)
    assert found.index.names == ["origin_id", "cutoff_min", "adcode"]
    assert found["area_share"].to_dict() == {
        ("o0", 30.0, "370101"): pytest.approx(0.5, abs=1e-5),
        ("o0", 30.0, "370102"): pytest.approx(0.2, abs=1e-5),
    }


@pytest.mark.parametrize("exact", [False, True])
def test_parallels_get_shorter_to_the_north(exact: bool) -> None:  # noqa: FBT001
    # A county over ten degrees: its southern half is larger, by the integral of the parallel's length.
    tall = counties_of(c370101=shapely.box(117.0, 30.0, 117.2, 40.0))
    found = county_shares(areas_of(shapely.box(116.9, 29.9, 117.3, 35.0)), tall, exact=exact)["area_share"].iloc[0]
    sines = np.sin(np.radians([30.0, 35.0, 40.0]))
    on_a_ball = (sines[1] - sines[0]) / (sines[2] - sines[0])
    assert found == pytest.approx(on_a_ball, abs=1e-3)
    assert found > 0.51


def test_a_hole_and_a_part_apart() -> None:
    shape = shapely.MultiPolygon(
        [
            (shapely.box(117.0, 36.0, 117.5, 36.4).exterior, [shapely.box(117.1, 36.1, 117.3, 36.3).exterior]),
            shapely.box(117.9, 36.0, 118.0, 36.4),
        ]
    )
    apart = counties_of(c370101=shapely.box(117.0, 36.0, 117.5, 36.4), c370102=shapely.box(117.6, 36.0, 118.0, 36.4))
    found = county_shares(areas_of(shape), apart)["area_share"]
    assert found.loc[("o0", 30.0, "370101")] == pytest.approx(0.8, abs=1e-4)
    assert found.loc[("o0", 30.0, "370102")] == pytest.approx(0.25, abs=1e-4)


def test_an_area_cut_at_the_shore_has_all_of_the_county() -> None:
    """Area and county end at the same crooked shore: in its cells the two are not independent."""
    draw = np.random.default_rng(4)
    shore = np.c_[np.linspace(117.0, 118.0, 400), 36.4 + np.cumsum(draw.normal(0, 0.002, 400))]
    land = shapely.Polygon([(117.0, 36.0), *shore.tolist(), (118.0, 36.0)])
    found = county_shares(areas_of(land), counties_of(c370101=land))["area_share"]
    assert found.iloc[0] == pytest.approx(1.0, abs=1e-6)


def test_counties_that_overlap_have_their_shares_each() -> None:
    twice = counties_of(c370101=shapely.box(117.0, 36.0, 117.5, 36.4), c370102=shapely.box(117.0, 36.0, 117.5, 36.4))
    found = county_shares(areas_of(shapely.box(116.9, 35.9, 117.25, 36.5)), twice)["area_share"]
    assert found.tolist() == [pytest.approx(0.5, abs=1e-4)] * 2


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_cells_agree_with_cutting(seed: int) -> None:
    draw = np.random.default_rng(seed)
    seats = draw.uniform((117.0, 36.0), (118.0, 36.8), (7, 2))
    box = shapely.box(117.0, 36.0, 118.0, 36.8)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seats), extend_to=box))
    lands = shapely.intersection(cells, box)
    counties = counties_of(**{f"c37010{number}": land for number, land in enumerate(lands)})
    stars = []
    for _ in range(4):
        angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
        radius = draw.uniform(0.05, 0.4, 60)
        middle = draw.uniform((117.0, 36.0), (118.0, 36.8))
        stars.append(shapely.Polygon(np.c_[middle[0] + radius * np.cos(angles), middle[1] + radius * np.sin(angles)]))
    areas = areas_of(*stars)
    quick, exact = county_shares(areas, counties), county_shares(areas, counties, exact=True)
    both = quick.add_suffix("_quick").join(exact, how="outer").fillna(0.0)
    assert float((both["area_share_quick"] - both["area_share"]).abs().max()) <= 3e-3
    # The order of rows changes nothing.
    turned = county_shares(areas.iloc[::-1], counties.iloc[::-1])
    pd.testing.assert_frame_equal(turned.sort_index(), quick.sort_index(), rtol=1e-6)


def test_nothing_there() -> None:
    assert len(county_shares(areas_of(shapely.box(100.0, 36.0, 101.0, 37.0)), TWO)) == 0
    assert len(county_shares(areas_of(shapely.MultiPolygon()), TWO)) == 0
    assert len(county_shares(areas_of(), TWO)) == 0


def test_what_cannot_be_measured_is_refused() -> None:
    area = areas_of(shapely.box(117.0, 36.0, 117.3, 36.3))
    for wrong in (0, -5.0, float("nan"), float("inf"), True, "250"):
        with pytest.raises(InputError, match="positive number of metres"):
            county_shares(area, TWO, cell_m=wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="use cell_m of at least"):
        county_shares(area, TWO, cell_m=1.0)
    with pytest.raises(SchemaError, match="no polygon"):
        county_shares(areas_of(shapely.Point(117.0, 36.0)), TWO)
    with pytest.raises(SchemaError, match="370101"):
        county_shares(area, pd.concat([TWO, TWO]))
    with pytest.raises(CrsError):
        county_shares(gpd.GeoDataFrame(geometry=list(area.geometry)), TWO)
