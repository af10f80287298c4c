"""A part of a network: which edges stay, and that nothing else of them changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from urbangeo.errors import CrsError, InputError
from urbangeo.sources.network.changes.clip import area_in_degrees, clip_network, take_part
from urbangeo.sources.network.columns import Coded
from urbangeo.sources.network.model import Network, Shapes, check_arrays


def grid(bent: bool = True) -> Network:  # noqa: FBT001, FBT002
    """Four nodes in a row, 117 to 117.3; the middle road bends north to 36.1, the last one is one-way."""
    u, v = np.array([0, 1, 1, 2, 2]), np.array([1, 0, 2, 1, 3])
    shapes = Shapes(
        offsets=np.array([0, 3]),
        points=np.round(np.array([[117.1, 36.0], [117.15, 36.1], [117.2, 36.0]]) * 1e7).astype(np.int32),
        line=np.array([-1, -1, 0, 0, -1], dtype=np.int32),
        backwards=np.array([False, False, False, True, False]),
    )
    return Network(
        node_id=np.array(["a", "b", "c", "d"]),
        lon=np.array([117.0, 117.1, 117.2, 117.3]),
        lat=np.full(4, 36.0),
        u=u.astype(np.int32),
        v=v.astype(np.int32),
        length_m=np.array([9000.0, 9000.0, 24000.0, 24000.0, 9000.0]),
        speed_kmh=np.full(5, 60.0),
        time_min=np.array([9.0, 9.0, 24.0, 24.0, 9.0]),
        road_class=Coded.from_texts(["trunk_1"] * 4 + ["local_4"]),
        along=np.ones(5, dtype=bool),
        toll=np.zeros(5, dtype=bool),
        node_columns={"name": Coded.from_texts(["甲", "乙", "丙", "丁"])},
        edge_columns={"lanes": np.array([2.0, 2.0, 4.0, 4.0, 1.0])},
        shapes=shapes if bent else None,
        kind="lines",
        provenance={"file": "x"},
    )


def test_touching_keeps_whole_edges_and_inside_only_those_that_do_not_leave() -> None:
    box = (117.05, 35.9, 117.25, 36.05)
    touching = clip_network(grid(), box)
    assert len(touching.u) == 5, "every road has a point in the box"
    assert touching.length_m.tolist() == grid().length_m.tolist()
    with pytest.raises(InputError, match="No edge"):
        clip_network(grid(), box, edges="inside")
    straight = clip_network(grid(bent=False), box, edges="inside")
    assert straight.node_id.tolist() == ["b", "c"], "without its bend the middle road stays below 36.05"
    assert straight.provenance["clip"] == {
        "rule": "inside",
        "bounds": [117.05, 35.9, 117.25, 36.05],
        "edges": [5, 2],
        "nodes": [4, 2],
    }
    assert straight.provenance["file"] == "x"


def test_the_bend_counts_and_not_the_ends() -> None:
    above = clip_network(grid(), (117.14, 36.05, 117.16, 36.2))
    assert above.node_id.tolist() == ["b", "c"]
    assert above.node_columns["name"].texts().tolist() == ["乙", "丙"]  # type: ignore[union-attr]
    assert above.edge_columns["lanes"].tolist() == [4.0, 4.0]  # type: ignore[union-attr]
    assert [line.coords[1] for line in above.geometry()] == [(117.15, 36.1)] * 2
    assert above.geometry()[1].coords[0] == (117.2, 36.0)
    check_arrays(above)
    graph = above.to_networkx()
    assert sorted(graph.nodes) == ["b", "c"]


def test_a_bend_to_the_south_counts_too() -> None:
    network = grid()
    assert network.shapes is not None
    points = network.shapes.points.copy()
    points[1, 1] = 359_000_000
    south = replace(network, shapes=replace(network.shapes, points=points))
    assert clip_network(south, (117.14, 35.8, 117.16, 35.95)).node_id.tolist() == ["b", "c"]
    box = (117.05, 35.95, 117.25, 36.05)
    with pytest.raises(InputError, match="No edge"):
        clip_network(south, box, edges="inside")


def test_inside_is_asked_of_the_area_and_not_of_its_bounds() -> None:
    # A triangle whose bounds hold all roads; its slanted side cuts the first one.
    triangle = shapely.from_wkt("POLYGON ((116.9 35.8, 117.4 35.8, 117.4 36.5, 116.9 35.8))")
    assert clip_network(grid(), triangle, edges="inside").node_id.tolist() == ["b", "c", "d"]


def test_bends_nothing_uses_are_left_out() -> None:
    part = take_part(grid(), [4])
    assert part.shapes is None
    assert part.node_id.tolist() == ["c", "d"]
    whole = take_part(grid(), np.arange(5) < 4, nodes=[False, False, False, True])
    assert whole.node_id.tolist() == ["a", "b", "c", "d"]
    assert whole.shapes is not None
    assert len(whole.shapes.points) == 3


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5, unique=True))
def test_a_part_is_drawn_as_it_was(rows: list[int]) -> None:
    before = grid().geometry(rows)
    part = take_part(grid(), rows)
    assert [line.wkt for line in part.geometry()] == [line.wkt for line in before]
    assert part.node_id[part.u].tolist() == grid().node_id[grid().u[rows]].tolist()
    assert part.road_class.texts().tolist() == grid().road_class.texts()[rows].tolist()


def test_areas_of_every_kind_are_one() -> None:
    box = shapely.box(117.05, 35.9, 117.25, 36.05)
    frame = gpd.GeoDataFrame(geometry=[box], crs="EPSG:4490")
    kinds: list[Any] = [box, frame, frame.geometry, frame.to_crs("EPSG:4547"), [117.05, 35.9, 117.25, 36.05]]
    found = [clip_network(grid(), kind).node_id.tolist() for kind in kinds]
    assert found == [["a", "b", "c", "d"]] * 5
    two = gpd.GeoSeries([shapely.box(116.9, 35.9, 117.01, 36.1), shapely.box(117.29, 35.9, 117.4, 36.1)], crs=4490)
    assert clip_network(grid(), two).node_id.tolist() == ["a", "b", "c", "d"]
    assert len(clip_network(grid(), two).u) == 3


@pytest.mark.parametrize(
    ("area", "error", "words"),
    [
        ((117.2, 36, 117.1, 37), InputError, "west, south"),
        ((117, 36, float("nan"), 37), InputError, "west, south"),
        ((117, 36), InputError, "polygon"),
        ("山东", InputError, "polygon"),
        (None, InputError, "polygon"),
        (shapely.Point(117, 36), InputError, "empty"),
        (shapely.Polygon(), InputError, "empty"),
        (shapely.box(500_000, 4_000_000, 510_000, 4_010_000), CrsError, "degrees"),
        (gpd.GeoSeries([shapely.box(117, 36, 118, 37)]), CrsError, "no coordinate reference"),
        ((100, 30, 101, 31), InputError, "117.0000"),
    ],
)
def test_what_is_no_area_is_refused(area: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        clip_network(grid(), area)


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(InputError, match="touching"):
        clip_network(grid(), (117, 35, 118, 37), edges="cut")  # type: ignore[arg-type]


def test_a_bow_tie_is_mended_and_nothing_given_is_changed() -> None:
    bow = shapely.from_wkt("POLYGON ((117 36, 118 37, 118 36, 117 37, 117 36))")
    assert area_in_degrees(bow).is_valid
    network = grid()
    clip_network(network, (117.14, 36.05, 117.16, 36.2))
    assert network.provenance == {"file": "x"}
    assert len(network.u) == 5
