"""Where lines meet: ends within a tolerance, crossings if wanted, and bridges never."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from urbangeo.errors import InputError
from urbangeo.sources.network.lines.noding import Noded, line_lengths, node_lines, sphere_points

DEGREE_LAT_M = float(np.radians(6_371_008.8))
BLOCK = 0.001


def lines(*texts: str) -> Any:
    return shapely.from_wkt([f"LINESTRING ({text})" for text in texts])


def drawn(noded: Noded) -> set[tuple[tuple[float, float], ...]]:
    """The pieces as sets of points, in either direction."""
    made = set()
    for first, last in zip(noded.offsets[:-1], noded.offsets[1:], strict=True):
        points = [tuple(point) for point in noded.points[first:last].round(9).tolist()]
        made.add(min(tuple(points), tuple(points[::-1])))
    return made


def joined(noded: Noded, one: int, other: int) -> bool:
    """Whether a piece of one line shares a node with a piece of another."""
    nodes = [set(noded.u[noded.row == row]) | set(noded.v[noded.row == row]) for row in (one, other)]
    return bool(nodes[0] & nodes[1])


# By hand


def test_ends_within_the_tolerance_become_the_place_where_most_ends_lie() -> None:
    # Three roads end at 36.5; a fourth ends 0.9 m south of it, a fifth 1.1 m south.
    near, far = 36.5 - 0.9 / DEGREE_LAT_M, 36.5 - 1.1 / DEGREE_LAT_M
    star = lines(
        *("117 37, 117 36.5", "116 36, 117 36.5", "118 36, 117 36.5"),
        *(f"117 36, 117 {near!r}", f"116 35, 117 {far!r}"),
    )
    noded = node_lines(star[:4])
    assert (noded.counts["ends_moved"], noded.counts["farthest_moved_m"]) == (1, pytest.approx(0.9, abs=1e-3))
    assert [len(noded.lon), len(noded.u)] == [5, 4]
    assert noded.points[noded.offsets[1:] - 1].tolist() == [[117.0, 36.5]] * 4
    apart = node_lines(star[[0, 1, 2, 4]])
    assert (apart.counts["ends_moved"], len(apart.lon)) == (0, 6)


def test_the_tolerance_is_metres_in_every_direction() -> None:
    for lat in (0.0, 36.0, 60.0):
        east = 0.9 / (DEGREE_LAT_M * float(np.cos(np.radians(lat))))
        pair = lines(f"117 {lat}, 117.1 {lat}", f"117.2 {lat}, {117.1 + east!r} {lat}")
        assert len(node_lines(pair, tolerance_m=1.0).lon) == 3, lat
        assert len(node_lines(pair, tolerance_m=0.8).lon) == 4, lat


def test_a_crossing_is_a_node_only_if_wanted() -> None:
    cross = lines("117 36, 117.02 36", "117.01 35.99, 117.01 36.01")
    plain = node_lines(cross)
    assert (len(plain.u), joined(plain, 0, 1), plain.counts["crossings_not_joined"]) == (2, False, 1)
    planar = node_lines(cross, crossings="planar")
    assert (len(planar.u), len(planar.lon), planar.counts["crossings_joined"]) == (4, 5, 1)
    assert planar.counts["crossings_not_joined"] == 0
    middle = set(planar.u) & set(planar.v)
    assert [(planar.lon[node], planar.lat[node]) for node in middle] == [(117.01, 36.0)]


@pytest.mark.parametrize(
    "options",
    [
        {"apart": [True, False]},
        {"apart": [False, True]},
        {"apart": [True, True]},
        {"level": [1, 0]},
        {"level": [0, -1]},
    ],
)
def test_bridges_tunnels_and_other_levels_never_meet_at_crossings(options: dict[str, Any]) -> None:
    noded = node_lines(lines("117 36, 117.02 36", "117.01 35.99, 117.01 36.01"), crossings="planar", **options)
    assert (len(noded.u), joined(noded, 0, 1)) == (2, False)
    assert (noded.counts["crossings_joined"], noded.counts["crossings_not_joined"]) == (0, 1)


def test_a_bridge_meets_the_road_at_its_ends() -> None:
    # Road, bridge over a street, road; the street passes below.
    over = lines("117 36, 117.01 36", "117.01 36, 117.02 36", "117.02 36, 117.03 36", "117.015 35.99, 117.015 36.01")
    noded = node_lines(over, crossings="planar", apart=[False, True, False, False], level=[0, 1, 0, 0])
    assert joined(noded, 0, 1)
    assert joined(noded, 1, 2)
    assert not joined(noded, 1, 3)


def test_an_end_on_a_line_joins_it_under_planar_only() -> None:
    for gap in (0.0, 0.8, -0.8):  # touching, too short, too long, metres
        tee = lines("117 36, 117.02 36", f"117.01 36.01, 117.01 {36 + gap / DEGREE_LAT_M!r}")
        planar = node_lines(tee, crossings="planar")
        assert (len(planar.u), joined(planar, 0, 1)) == (3, True), gap
        assert planar.counts["farthest_moved_m"] <= 1.0
        plain = node_lines(tee)
        assert (len(plain.u), joined(plain, 0, 1), plain.counts["ends_on_lines_not_joined"]) == (2, False, 1), gap
    far = node_lines(lines("117 36, 117.02 36", "117.01 36.01, 117.01 36.00002"), crossings="planar")
    assert not joined(far, 0, 1)


def test_a_line_that_crosses_itself_and_one_that_runs_along_another() -> None:
    loop = node_lines(lines("117 36, 117.02 36, 117.02 36.01, 117.01 36.01, 117.01 35.99"), crossings="planar")
    knot = [node for node in range(len(loop.lon)) if (loop.lon[node], loop.lat[node]) == (117.01, 36.0)]
    assert len(knot) == 1
    assert int((loop.u == knot[0]).sum() + (loop.v == knot[0]).sum()) == 4
    along = node_lines(lines("117 36, 117.03 36", "117.01 36, 117.02 36"), crossings="planar")
    assert len(along.lon) == 4
    assert len(along.u) == 4
    assert len(drawn(along)) == 3, "the common stretch is drawn twice, and alike"


def test_a_dense_loop_is_joined_to_itself_without_losing_its_points() -> None:
    # An eight, open at one side, drawn every few decimetres: its vertices lie nearer than the tolerance.
    turn = np.linspace(-0.5, 2 * np.pi - 0.9, 601)
    eight = shapely.LineString(np.c_[117 + 40 * np.sin(turn) / 90_000, 36 + 40 * np.sin(2 * turn) / DEGREE_LAT_M])
    assert not eight.is_simple
    noded = node_lines([eight], crossings="planar")
    assert noded.counts["pieces_swallowed"] == 0
    assert len(noded.points) >= 600
    degree = np.bincount(np.r_[noded.u, noded.v])
    assert sorted(degree.tolist())[-1] == 4


def test_what_the_tolerance_swallows_is_counted_and_loops_stay() -> None:
    short = f"117.1 36, {117.1 + 0.5 / DEGREE_LAT_M} 36"
    noded = node_lines(lines("117 36, 117.1 36", short, "117.1 36, 117.1 36.01, 117.11 36.01, 117.1 36"))
    assert sorted(noded.row.tolist()) == [0, 2]
    assert noded.counts["pieces_swallowed"] == 1
    assert noded.counts["length_swallowed_m"] == pytest.approx(0.404, abs=0.01)
    assert (noded.u == noded.v).tolist() == [False, True]


def test_a_chain_of_ends_is_refused() -> None:
    step = 0.9 / DEGREE_LAT_M
    chain = [f"116 {36 + 0.01 * number}, 117 {36.5 + number * step!r}" for number in range(12)]
    with pytest.raises(InputError, match="chain"):
        node_lines(lines(*chain))
    assert node_lines(lines(*chain[:4])).counts["farthest_moved_m"] < 5


@pytest.mark.parametrize(
    "options", [{"tolerance_m": 0}, {"tolerance_m": 51}, {"tolerance_m": np.nan}, {"crossings": "x"}]
)
def test_senseless_options_are_refused(options: Any) -> None:
    with pytest.raises(InputError):
        node_lines(lines("117 36, 118 36"), **options)


def test_lengths_are_those_of_the_ellipsoid() -> None:
    # A degree of the meridian from 36° to 37°, and of the parallel at 36° (a cos φ / W), by formula on GRS80.
    a, e2 = 6_378_137.0, 0.006_694_380_022_90
    parallel = np.radians(0.001) * a * np.cos(np.radians(36)) / np.sqrt(1 - e2 * np.sin(np.radians(36)) ** 2)
    points = np.array([[117.0, 36.0], [117.0, 37.0], [117.0, 36.0], [117.0005, 36.0], [117.001, 36.0]])
    measured = line_lengths(np.array([0, 2, 5]), points)
    assert measured == pytest.approx([110_968.3, parallel], abs=0.1)
    assert line_lengths(np.array([0]), np.empty((0, 2))).tolist() == []
    assert np.linalg.norm(np.diff(sphere_points(np.array([0.0, 0.0]), np.array([0.0, 1e-5])), axis=0)) == pytest.approx(
        1.112, abs=1e-3
    )


# Properties


@st.composite
def town(draw: st.DrawFn) -> tuple[Any, list[bool], list[int]]:
    """Some lines on a grid of 10 m, moved by up to 0.3 m, each perhaps a bridge or on another level."""
    count = draw(st.integers(1, 7))
    cell = st.tuples(st.integers(0, 12), st.integers(0, 12))
    noise = st.floats(-0.3, 0.3)
    made = []
    for _ in range(count):
        places = draw(st.lists(cell, min_size=2, max_size=4, unique=True))
        ends = [0, len(places) - 1]
        points = [
            (117 + (x * 10 + (draw(noise) if at in ends else 0)) / 90_000, 36 + (y * 10) / DEGREE_LAT_M)
            for at, (x, y) in enumerate(places)
        ]
        made.append(shapely.LineString(points))
    apart = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    level = draw(st.lists(st.integers(0, 1), min_size=count, max_size=count))
    return np.array(made, dtype=object), apart, level


modes = st.sampled_from(["endpoints", "planar"])


@given(town(), modes)
def test_noding_twice_changes_nothing(given_town: Any, crossings: Any) -> None:
    shapes, apart, level = given_town
    once = node_lines(shapes, crossings=crossings, apart=apart, level=level)
    if not len(once.u):
        return
    owner = np.repeat(np.arange(len(once.u)), np.diff(once.offsets))
    again = node_lines(
        shapely.linestrings(once.points, indices=owner),
        crossings=crossings,
        apart=np.array(apart)[once.row],
        level=np.array(level)[once.row],
    )
    assert again.counts["ends_moved"] == 0
    assert again.counts["crossings_joined"] == 0
    assert again.points.tolist() == once.points.tolist()
    assert (again.u.tolist(), again.v.tolist()) == (once.u.tolist(), once.v.tolist())


@given(town(), modes, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(given_town: Any, crossings: Any, random: Any) -> None:
    shapes, apart, level = given_town
    order = list(range(len(shapes)))
    random.shuffle(order)
    one = node_lines(shapes, crossings=crossings, apart=apart, level=level)
    other = node_lines(shapes[order], crossings=crossings, apart=np.array(apart)[order], level=np.array(level)[order])
    assert drawn(one) == drawn(other)
    assert (one.lon.tolist(), one.lat.tolist()) == (other.lon.tolist(), other.lat.tolist())
    assert one.counts == other.counts


@given(town(), modes)
def test_length_is_kept_but_for_what_moved(given_town: Any, crossings: Any) -> None:
    shapes, apart, level = given_town
    noded = node_lines(shapes, crossings=crossings, apart=apart, level=level)
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    before = line_lengths(np.searchsorted(owner, np.arange(len(shapes) + 1)), points).sum()
    after = line_lengths(noded.offsets, noded.points).sum() + noded.counts["length_swallowed_m"]
    # Each cut may bend two lines by the tolerance, each end moved changes one.
    slack = 1e-3 + 2 * noded.counts["farthest_moved_m"] * (noded.counts["ends_moved"] + len(noded.u))
    assert abs(after - before) <= slack


@given(town())
def test_a_bridge_is_never_cut_nor_joined_inside(given_town: Any) -> None:
    shapes, apart, level = given_town
    noded = node_lines(shapes, crossings="planar", apart=apart, level=level)
    assert all((noded.row == row).sum() <= 1 for row in np.flatnonzero(apart))
    ends = {tuple(np.round(point, 9)) for first, last in zip(noded.offsets[:-1], noded.offsets[1:], strict=True)
            for point in noded.points[[first, last - 1]]}  # fmt: skip
    nodes = {(round(lon, 9), round(lat, 9)) for lon, lat in zip(noded.lon, noded.lat, strict=True)}
    assert nodes == ends
