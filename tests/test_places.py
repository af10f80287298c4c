"""Places: what a planner types is found, what several places bear is never guessed, and nothing typed breaks it."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import MultiPoint, Point

from urbangeo import circle_centres, locate, read_counties
from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, UnknownNameError, UrbangeoError
from urbangeo.language.adcode import short_name

Frame = Any
"""A frame whose cells are looked up by label, which the stubs of pandas cannot follow."""


def only(place: Any) -> Any:
    """Return the one row a place stands for, as the reader returned it."""
    frame = locate(place)
    assert len(frame) == 1
    assert frame.index.name == "origin_id"
    assert list(frame.columns) == ["name", "basis", "confidence", "geometry"]
    assert str(frame.crs) == "EPSG:4490"
    return frame.iloc[0]


# --- the circles of the plans ------------------------------


def test_the_three_circles_by_hand() -> None:
    centres: Frame = circle_centres()
    assert list(centres.index) == ["济南", "青岛", "西宁—海东"]
    assert centres.loc["济南", "geometry"] == Point(117.017, 36.662)
    assert centres.loc["青岛", "geometry"] == Point(120.384, 36.066)
    assert centres.loc["西宁—海东", "geometry"] == MultiPoint([(101.778, 36.62), (102.4004, 36.4802)])
    assert centres.loc["西宁—海东", "name"] == "西宁市中心(大十字)、乐都区"
    assert (centres["confidence"] == "unconfirmed").all(), "no plan names a centre point"
    assert centres["basis"].str.contains("no official centre point is known").all()
    assert str(centres.crs) == "EPSG:4490"


def test_core_edges_by_number() -> None:
    edges: Frame = circle_centres("core_edge")
    counts = {name: len(shape.geoms) for name, shape in edges.geometry.items()}
    assert counts == {"济南": 6, "青岛": 4, "西宁—海东": 6}


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(InputError, match="expected one of centre, core_edge"):
        circle_centres("hub")


@pytest.mark.parametrize("asked", ["西宁—海东", "西宁-海东", "西宁－海东"])
def test_a_circle_with_two_centres_by_any_dash(asked: str) -> None:
    row = only(asked)
    assert row.geometry == circle_centres().geometry.loc["西宁—海东"]
    assert list(locate(asked).index) == [asked]


# --- names ------------------------------


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("济南", "济南市中心(泉城广场)"),
        ("济南市", "济南市中心(泉城广场)"),
        ("西宁", "西宁市中心(大十字)"),
        ("潍坊", "潍坊市中心"),
        ("历城区", "济南市历城区"),
        ("历城", "济南市历城区"),
        ("370112", "济南市历城区"),
        ("济南市历城区", "济南市历城区"),
        ("济南历城", "济南市历城区"),
        ("济南市历城", "济南市历城区"),
        ("济南历城区", "济南市历城区"),
        ("济南市市中区", "济南市市中区"),
        ("枣庄市中", "枣庄市市中区"),
        ("370402", "枣庄市市中区"),
        ("大通", "西宁市大通回族土族自治县"),
        ("单县", "菏泽市单县"),
        ("大柴旦", "海西蒙古族藏族自治州大柴旦行政委员会"),
        ("玉树", "玉树藏族自治州玉树市"),
        ("泉城广场", None),
        ("济南西站", "济南西站 (r_jinan_w)"),
    ],
)
def test_names_people_use(asked: str, name: str | None) -> None:
    if name is None:
        with pytest.raises(UnknownNameError):
            locate(asked)
    else:
        assert only(asked)["name"] == name


def test_a_toll_station_never_stands_in_for_a_county() -> None:
    """Both bear the name 历城."""
    nodes = read_table("network/nodes")
    namesakes = nodes[nodes["name"].str.contains("历城")]
    assert set(namesakes["kind"]) > {"seat"}
    row = only("历城")
    seat = nodes.set_index("node_id").loc["s_370112"]
    assert (row.geometry.x, row.geometry.y) == (seat["lon"], seat["lat"])
    assert row["confidence"].startswith("position within")


def test_counties_are_found_by_code_and_by_full_name_and_lie_where_they_should() -> None:
    counties: Frame = read_counties().iloc[::6]
    by_code = locate(list(counties.index))
    apart = shapely.distance(by_code.geometry.to_numpy(), counties.geometry.to_numpy())
    assert (apart < 0.05).all(), "a seat lies in its county, or a few kilometres off"
    labels = list(counties["prefecture"] + counties["name"])
    by_name = locate(labels)
    assert by_name.geometry.to_list() == by_code.geometry.to_list()
    assert by_name["name"].to_list() == labels


def test_short_names_find_their_county_or_are_refused() -> None:
    divisions = read_table("boundaries/divisions")
    labels = (divisions["prefecture"] + divisions["name"]).groupby(divisions["name"].map(short_name)).agg(list)
    assert set(labels.index) & set(circle_centres().index) == set()
    assert {short: len(rows) for short, rows in labels.items() if len(rows) > 1} == {"市中": 2}
    for short, rows in labels.iloc[::5].items():
        if len(rows) == 1:
            assert only(short)["name"] == rows[0]


@pytest.mark.parametrize("asked", ["市中区", "市中"])
def test_a_name_of_two_counties_is_not_guessed(asked: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        locate(asked)
    message = str(caught.value)
    assert "stands for 2 places: 济南市市中区, 枣庄市市中区" in message
    assert "its prefecture or its adcode" in message


@pytest.mark.parametrize(
    ("asked", "member", "count"),
    [("德州", "德州市德城区", 11), ("德州市", "德州市禹城市", 11), ("海东", "海东市乐都区", 6)],
)
def test_a_prefecture_without_a_centre_lists_its_counties(asked: str, member: str, count: int) -> None:
    with pytest.raises(UnknownNameError) as caught:
        locate(asked)
    message = str(caught.value)
    assert f"{asked!r} is a prefecture whose centre is not in the tables" in message
    members = message.rstrip(".").rpartition(": ")[2].split(", ")
    assert member in members
    assert len(members) == count


@pytest.mark.parametrize(("asked", "near"), [("历程区", "历城区"), ("青到", "青岛"), ("格尔目", "格尔木市")])
def test_an_unknown_name_says_the_closest(asked: str, near: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        locate(asked)
    message = str(caught.value)
    assert f"Place {asked!r} is not known" in message
    assert near in message.partition("Closest:")[2].partition(". ")[0]
    assert "lon,lat" in message


# --- coordinates ------------------------------


@pytest.mark.parametrize(
    "asked",
    ["117.02,36.66", "117.02，36.66", " 117.02 , 36.66 ", (117.02, 36.66), "117.020,36.660", [(117.02, 36.66)]],
)
def test_coordinates_in_any_dress(asked: Any) -> None:
    row = only(asked)
    assert row.geometry == Point(117.02, 36.66)
    assert row["confidence"] == "given"


def test_coordinates_are_named_as_they_were_given() -> None:
    assert list(locate([" 117.02，36.66 ", (118, 36.5)]).index) == ["117.02，36.66", "118,36.5"]


def test_neighbours_a_few_metres_apart_keep_their_names_and_places() -> None:
    frame = locate([(117.020113, 36.660001), (117.020114, 36.660001)])
    assert list(frame.index) == ["117.020113,36.660001", "117.020114,36.660001"]
    assert frame.geometry.x.tolist() == [117.020113, 117.020114]


def test_swapped_coordinates_are_recognised() -> None:
    for asked in ("36.66,117.02", (36.66, 117.02)):
        with pytest.raises(InputError, match="Did you swap them"):
            locate(asked)


@pytest.mark.parametrize("asked", ["0,0", "-117,36", "200,10", "117,60", (float("nan"), 36.0), (117.0, float("inf"))])
def test_coordinates_outside_china_are_refused(asked: Any) -> None:
    with pytest.raises(InputError, match="lie outside China") as caught:
        locate(asked)
    assert "swap" not in str(caught.value)


@given(st.floats(73, 136), st.floats(3, 54))
def test_any_point_of_china_is_taken_as_given(lon: float, lat: float) -> None:
    frame = locate((lon, lat))
    assert frame.geometry.iloc[0] == Point(lon, lat)
    text = f"{lon:.8f},{lat:.8f}"
    assert locate(text).geometry.iloc[0].distance(Point(lon, lat)) < 1e-7


# --- lists, and what is no place ------------------------------


def test_several_places_keep_their_order() -> None:
    assert list(locate(["青岛", "117.02,36.66", "历城", "济南"]).index) == ["青岛", "117.02,36.66", "历城", "济南"]


@pytest.mark.parametrize("asked", [["济南", "济南"], ["济南", " 济南"], ["117.02,36.66", (117.02, 36.66)]])
def test_a_place_asked_for_twice_is_refused(asked: Any) -> None:
    with pytest.raises(InputError, match="asked for twice"):
        locate(asked)


@pytest.mark.parametrize(
    "asked", [None, 5, [None], (117.0,), (), [117.02, 36.66], [("a", "b")], [(117.0, 36.0, 5.0)], b"117,36", [[]]]
)
def test_what_is_neither_name_nor_pair_is_refused(asked: Any) -> None:
    with pytest.raises(InputError, match="neither a name such as '济南' nor a pair of longitude and latitude"):
        locate(asked)


def test_nothing_asked_for() -> None:
    with pytest.raises(InputError, match="No place was given"):
        locate([])


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "   ",
        "济" * 100_000,
        "1" * 5_000 + "," + "1" * 5_000,
        "1" * 50_000 + "." + "1" * 50_000,
        " " * 100_000 + ",",
        "\x00\x1b[31m\r\n",
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "../../etc/passwd",
        "%s{}{0}\\",
        "nan,nan",
        "inf,3",
        "117,36,5",
        "1e2,36",
        "\u202e南济",
        "\ud800",
    ],
    ids=range(17),
)
def test_hostile_words_are_refused_in_a_short_sentence(asked: str) -> None:
    with pytest.raises(UrbangeoError) as caught:
        locate(asked)
    message = str(caught.value)
    assert len(message) < 1_000
    assert not set("\x00\x1b\r\n\u202e") & set(message), "control characters are shown escaped"


@settings(max_examples=30)
@given(st.text(max_size=12))
def test_any_text_is_found_or_refused_by_name(asked: str) -> None:
    try:
        assert len(locate(asked)) == 1
    except (InputError, UnknownNameError) as error:
        assert str(error)  # noqa: PT017
