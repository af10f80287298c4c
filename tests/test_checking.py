"""Results put to the test: right ones pass, wrong ones are seen, and what cannot be asked again says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import MultiPoint, box
from towns import PLAIN, Road, ground, origins, town

from urbangeo.areas.checking import verdict, verify
from urbangeo.areas.isochrones import isochrones
from urbangeo.areas.prepared import open_prepared, prepare_network
from urbangeo.errors import InputError, SchemaError
from urbangeo.sources.network import AccessLeg, read_network

PLACE = town("A---------B---------C\n|\n|\n|\nD", Road("ABC"), Road("AD", kmh=30), access=AccessLeg(12, 1.2, 3_000))
HERE = origins({"A": PLACE.spot("A"), "both": MultiPoint([PLACE.spot("B"), PLACE.spot("C", north=200)])})


def circles(**more: Any) -> gpd.GeoDataFrame:
    given: dict[str, Any] = {"cutoffs": [10, 20], "cell_m": 100, "land": PLAIN} | more
    return isochrones(PLACE.network, HERE, **given)


@pytest.mark.parametrize("direction", ["from", "to"])
def test_true_circles_pass(direction: Any) -> None:
    checked = verify(PLACE.network, circles(direction=direction), n=4_000, seed=3, land=PLAIN)
    assert checked.index.tolist() == [("A", 10.0), ("A", 20.0), ("both", 10.0), ("both", 20.0)]
    assert checked.index.names == ["origin_id", "cutoff_min"]
    assert (checked["n"] == 4_000).all()
    assert (checked["true_points"] > 200).all()
    assert (checked[["false_in_share", "false_out_share"]] < 0.02).all(axis=None)
    again = verify(PLACE.network, circles(direction=direction), n=4_000, seed=3, land=PLAIN)
    pd.testing.assert_frame_equal(checked, again)


def test_wrong_circles_are_seen() -> None:
    true = circles()
    for factor, column in ((1.1, "false_in_share"), (0.9, "false_out_share")):
        wrong = true.set_geometry(true.geometry.scale(factor, factor))
        wrong.attrs = dict(true.attrs)
        checked = verify(PLACE.network, wrong, n=2_000, land=PLAIN)
        assert (checked[column] > 0.1).all()
    # Made with a leg of 1 km, and said to be made with one of 3.
    slow = verify(PLACE.network, circles(access=AccessLeg(12, 1.2, 1_000)).assign(access_max_m=3_000.0), land=PLAIN)
    assert (slow["false_out_share"] > 0.15).all()


def test_areas_end_at_the_shore_and_so_does_the_truth() -> None:
    # Land up to 1 km north of the road: legs run 3 km, and within the tolerance of the shore also over water.
    y = PLACE.xy["A"][1]
    land = ground(box(-60_000, -60_000, 60_000, y + 1_000))
    checked = verify(PLACE.network, circles(land=land), n=4_000, land=land)
    assert (checked[["false_in_share", "false_out_share"]] < 0.02).all(axis=None)


def test_a_few_rows_and_a_way_through_a_file(tmp_path: Path) -> None:
    frame = circles(land="everywhere")
    path = tmp_path / "circles.parquet"
    frame.to_parquet(path)
    read = gpd.read_parquet(path)
    expected = verify(PLACE.network, frame, n=500, land="everywhere")
    found = verify(PLACE.network, read.iloc[[3]], n=500, land="everywhere")
    assert found.index.tolist() == [("both", 20.0)]
    assert found["n"].tolist() == [500]
    assert expected.index.tolist()[-1] == found.index.tolist()[0]


def test_what_cannot_be_asked_again(tmp_path: Path) -> None:
    frame = circles()
    with pytest.raises(InputError, match="verify was given 'china-"):
        verify(PLACE.network, frame)
    lost = frame.copy()
    lost.attrs.clear()
    with pytest.raises(InputError, match="no longer says where its origins are"):
        verify(PLACE.network, lost, land=PLAIN)
    other = frame.rename({"A": "Z"}, level="origin_id")
    other.attrs = dict(frame.attrs)
    with pytest.raises(InputError, match="does not say where these origins are: Z"):
        verify(PLACE.network, other, land=PLAIN)
    with pytest.raises(SchemaError, match="has no access_speed_kmh, direction"):
        verify(PLACE.network, frame.drop(columns=["direction", "access_speed_kmh"]), land=PLAIN)
    with pytest.raises(InputError, match="expected points"):
        verify(PLACE.network, frame, n=0, land=PLAIN)
    prepare_network(PLACE.network, tmp_path)
    with pytest.raises(InputError, match="verify needs the roads themselves"):
        verify(open_prepared(tmp_path), frame, land=PLAIN)


def test_the_verdict_counts_all_origins_together() -> None:
    index = pd.MultiIndex.from_tuples([("a", 60.0), ("b", 60.0), ("a", 30.0)], names=["origin_id", "cutoff_min"])
    checked = pd.DataFrame(
        {
            "n": [1000, 1000, 1000], "true_points": [100, 300, 0],
            "false_in_share": [0.01, 0.01, np.nan], "false_out_share": [0.0, 0.02, np.nan],
        },
        index=index,
    )  # fmt: skip
    # 4 of 400 points falsely in, 6 falsely out; 1.96 · √10 / 400 = 1.5 %.
    said = verdict(checked, 60.0)
    assert "2,000 个随机点" in said
    assert "60 分钟圈误纳 1.0%、漏算 1.5%" in said
    assert "±1.5%" in said
    with pytest.raises(InputError, match=r"cutoff_min=45 was not checked; there are \[30.0, 60.0\]"):
        verdict(checked, 45)


@pytest.mark.slow
def test_the_circles_of_the_skeleton_stand_the_check() -> None:
    frame = isochrones(read_network(), ["济南", "青岛", "西宁—海东"], cutoffs=[60])
    checked = verify(read_network(), frame, n=3_000)
    wrong = checked["false_in_share"] + checked["false_out_share"]
    assert (wrong <= 0.02 + checked["share_uncertainty"]).all()
    asked = json.loads(frame.attrs["isochrones"])
    assert list(asked["origins"]) == ["济南", "青岛", "西宁—海东"]
