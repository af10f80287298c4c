"""What the tags of a way say, each form by hand; and nothing anybody types may upset the reader."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangeo.sources.network.osm.classes import drivable_highways
from urbangeo.sources.network.osm.tags import (
    FASTEST_KMH,
    FERRY_KEYS,
    LONGEST_MIN,
    RoadTags,
    clean_text,
    is_blocked,
    is_limit,
    is_open,
    read_duration,
    read_lanes,
    read_maxspeed,
    read_road,
)

DRIVABLE = frozenset(drivable_highways())
BOTH, AHEAD, BACK, NEITHER = (True, True), (True, False), (False, True), (False, False)


def road(highway: str = "secondary", **tags: str) -> RoadTags:
    """Read a road; a double underscore in a name stands for the colon of a key."""
    named = {key.replace("__", ":"): value for key, value in tags.items()}
    return read_road({"highway": highway, **named}, DRIVABLE)


def ferry(**tags: str) -> RoadTags:
    return read_road({"route": "ferry", **tags}, DRIVABLE)


@pytest.mark.parametrize(
    ("highway", "tags", "expected"),
    [
        ("secondary", {}, BOTH),
        ("secondary", {"oneway": "yes"}, AHEAD),
        ("secondary", {"oneway": "true"}, AHEAD),
        ("secondary", {"oneway": "1"}, AHEAD),
        ("secondary", {"oneway": "-1"}, BACK),
        ("secondary", {"oneway": "reverse"}, BACK),
        ("secondary", {"oneway": "no"}, BOTH),
        ("secondary", {"oneway": "alternating"}, BOTH),
        ("secondary", {"oneway": "perhaps"}, BOTH),
        ("secondary", {"oneway": " Yes"}, AHEAD),
        ("secondary", {"oneway": "yes;yes"}, AHEAD),
        ("secondary", {"oneway": "yes;-1"}, BOTH),
        ("motorway", {}, AHEAD),
        ("motorway", {"oneway": "no"}, BOTH),
        ("motorway", {"oneway": "-1"}, BACK),
        ("motorway", {"oneway": "perhaps"}, AHEAD),
        ("motorway_link", {}, BOTH),
        ("trunk", {}, BOTH),
        ("tertiary", {"junction": "roundabout"}, AHEAD),
        ("tertiary", {"junction": "circular"}, AHEAD),
        ("tertiary", {"junction": "roundabout", "oneway": "-1"}, BACK),
        ("tertiary", {"junction": "yes"}, BOTH),
        ("tertiary", {"oneway": "yes", "oneway:motor_vehicle": "no"}, BOTH),
        ("tertiary", {"motor_vehicle:backward": "no"}, AHEAD),
        ("tertiary", {"vehicle:forward": "no"}, BACK),
        ("tertiary", {"vehicle:forward": "no", "motorcar": "yes"}, BOTH),
    ],
)
def test_direction(highway: str, tags: dict[str, str], expected: tuple[bool, bool]) -> None:
    found = read_road({"highway": highway, **tags}, DRIVABLE)
    assert not found.skipped
    assert (found.forward, found.backward) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({}, True),
        ({"access": "yes"}, True),
        ({"access": "no"}, False),
        ({"access": "private"}, False),
        ({"access": "permissive"}, True),
        ({"access": "destination"}, True),
        ({"access": "customers"}, True),
        ({"access": "agricultural"}, False),
        ({"access": "forestry"}, False),
        ({"access": "military"}, False),
        ({"access": "agricultural;forestry"}, False),
        ({"access": "agricultural;destination"}, True),
        ({"access": "No"}, False),
        ({"access": "nö"}, True),
        # The most specific key wins, whichever way.
        ({"access": "no", "vehicle": "yes"}, True),
        ({"access": "yes", "vehicle": "no"}, False),
        ({"vehicle": "no", "motor_vehicle": "yes"}, True),
        ({"vehicle": "yes", "motor_vehicle": "private"}, False),
        ({"motor_vehicle": "no", "motorcar": "yes"}, True),
        ({"motor_vehicle": "yes", "motorcar": "no"}, False),
        ({"access": "no", "motorcar": "designated"}, True),
        ({"access": "no", "motor_vehicle": "unknown"}, False),
    ],
)
def test_access(tags: dict[str, str], *, expected: bool) -> None:
    assert is_open(tags, "") is expected
    found = road(**tags)
    assert (found.skipped == "no_access") is not expected


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"highway": "footway"}, "not_drivable"),
        ({"highway": "track"}, "not_drivable"),
        ({"highway": "motorwayy"}, "not_drivable"),
        ({"highway": "construction", "construction": "trunk"}, "construction"),
        ({"highway": "proposed"}, "construction"),
        ({"highway": "primary", "construction": "primary"}, "construction"),
        ({"highway": "primary", "construction": "minor"}, ""),
        ({"highway": "service", "area": "yes"}, "area"),
        ({"highway": "service", "area": "no"}, ""),
        ({"highway": "service", "service": "parking_aisle"}, "inner_service"),
        ({"highway": "service", "service": "driveway"}, ""),
        ({"highway": "residential", "service": "parking_aisle"}, ""),
        ({"highway": "primary", "oneway": "reversible"}, "reversible"),
        ({"highway": "tertiary", "ice_road": "yes"}, "impassable"),
        ({"highway": "tertiary", "winter_road": "yes"}, "impassable"),
        ({"highway": "primary", "access": "no"}, "no_access"),
        ({"highway": "primary", "oneway": "yes", "motor_vehicle:forward": "no"}, "no_access"),
        ({"route": "ferry", "motor_vehicle": "no"}, "no_car_ferry"),
        ({"route": "ferry", "foot": "yes", "bicycle": "yes"}, "no_car_ferry"),
        ({"route": "ferry", "foot": "yes", "motor_vehicle": "yes"}, ""),
        ({"route": "ferry", "foot": "yes", "motorcar": "no"}, "no_car_ferry"),
        ({"route": "ferry"}, ""),
        ({"route": "ferry", "highway": "footway"}, ""),
    ],
)
def test_reasons(tags: dict[str, str], reason: str) -> None:
    assert read_road(tags, DRIVABLE).skipped == reason


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("60", 60),
        (" 60 ", 60),
        ("７０", 70),
        ("7.5", 7.5),
        ("50 mph", 50 * 1.609344),
        ("50mph", 50 * 1.609344),
        ("50 km/h", 50),
        ("50kmh", 50),
        ("50 kph", 50),
        ("10 knots", 18.52),
        ("walk", 6),
        ("CN:urban", 50),
        ("CN:rural", 70),
        ("cn:motorway", 120),
        ("RU:rural", 90),
        ("RU:living_street", 20),
        ("80;60", 60),
        ("60; 80", 60),
        ("60|80|100", 60),
        ("none;80", 80),
        ("signals; 80", 80),
        ("150", 150),
    ],
)
def test_maxspeed(text: str, kmh: float) -> None:
    assert read_maxspeed(text) == pytest.approx(kmh)
    assert is_limit(text)


@pytest.mark.parametrize("text", ["none", "signals", "variable", "None", "", "none;signals"])
def test_no_limit_is_understood(text: str) -> None:
    assert math.isnan(read_maxspeed(text))
    assert is_limit(text)
    assert road(maxspeed=text).unread == ()


@pytest.mark.parametrize(
    "text", ["0", "-50", "151", "1e2", "nan", "inf", "fast", "50 mps", "DE:rural", "50-70", "１２３４５", "60@night"]
)
def test_maxspeed_that_cannot_be_read_is_missing_and_counted(text: str) -> None:
    assert math.isnan(read_maxspeed(text))
    assert not is_limit(text)
    found = road(maxspeed=text)
    assert math.isnan(found.forward_kmh)
    assert found.unread == (f"maxspeed={text}",)


def test_maxspeed_by_direction() -> None:
    found = road(maxspeed="80", maxspeed__forward="60")
    assert (found.forward_kmh, found.backward_kmh) == (60, 80)
    found = road(maxspeed__forward="60", maxspeed__backward="40")
    assert (found.forward_kmh, found.backward_kmh) == (60, 40)
    assert road(maxspeed="80", maxspeed__backward="signals").backward_kmh == 80
    assert road(maxspeed="bad", maxspeed__forward="worse").unread == ("maxspeed:forward=worse", "maxspeed=bad")


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("00:30", 30),
        ("0:05", 5),
        ("1:30", 90),
        ("1:30:00", 90),
        ("00:00:30", 0.5),
        ("30", 30),
        ("12.5", 12.5),
        ("30 min", 30),
        ("PT30M", 30),
        ("PT1H30M", 90),
        ("PT1.5H", 90),
        ("P1DT2H", 1560),
        ("P1D", 1440),
        ("pt45m", 45),
        ("PT90S", 1.5),
        ("７:００", 420),
    ],
)
def test_duration(text: str, minutes: float) -> None:
    assert read_duration(text) == pytest.approx(minutes)


@pytest.mark.parametrize(
    "text", ["", "0", "00:00", "P", "PT", "-30", "0:75", "1:2:3:4", "half an hour", "99999", "P900D", "nan", "30-40"]
)
def test_duration_that_cannot_be_read(text: str) -> None:
    assert math.isnan(read_duration(text))
    found = ferry(duration=text)
    assert found.unread == (f"duration={text}",)
    assert math.isnan(found.duration_min)


def test_duration_is_for_ferries() -> None:
    assert ferry(duration="00:30").duration_min == 30
    assert math.isnan(road(duration="00:30").duration_min)


@pytest.mark.parametrize(
    ("text", "lanes"), [("2", 2), ("4", 4), ("2;3", 2), ("1.5", 1.5), ("２", 2), (" 3 ", 3), ("20", 20)]
)
def test_lanes(text: str, lanes: float) -> None:
    assert read_lanes(text) == lanes
    assert road(lanes=text).unread == ()


@pytest.mark.parametrize("text", ["0", "21", "-2", "two", "2+1", "2;many", ""])
def test_lanes_that_cannot_be_read(text: str) -> None:
    assert math.isnan(read_lanes(text))
    assert road(lanes=text).unread == (f"lanes={text}",)


@pytest.mark.parametrize(
    ("tags", "dual"),
    [
        ({}, False),
        ({"oneway": "yes"}, True),
        ({"oneway": "-1"}, True),
        ({"junction": "roundabout"}, False),
        ({"junction": "roundabout", "oneway": "yes"}, False),
        ({"dual_carriageway": "yes"}, True),
        ({"dual_carriageway": "no"}, False),
    ],
)
def test_dual_carriageway(tags: dict[str, str], *, dual: bool) -> None:
    assert road("trunk", **tags).dual is dual


@pytest.mark.parametrize(
    ("tags", "structure"),
    [
        ({}, ""),
        ({"bridge": "yes"}, "bridge"),
        ({"bridge": "viaduct"}, "bridge"),
        ({"bridge": "no"}, ""),
        ({"tunnel": "yes"}, "tunnel"),
        ({"tunnel": "no", "bridge": "yes"}, "bridge"),
        ({"tunnel": "building_passage"}, "tunnel"),
    ],
)
def test_structure(tags: dict[str, str], structure: str) -> None:
    assert road(**tags).structure == structure


def test_a_direction_that_cannot_be_read_is_counted() -> None:
    assert road(oneway="perhaps").unread == ("oneway=perhaps",)
    assert road(oneway="yes;-1").unread == ("oneway=yes;-1",)
    assert road(**{"oneway:motor_vehicle": "sometimes"}).unread == ("oneway:motor_vehicle=sometimes",)
    for word in ("yes", "-1", "no", "alternating", "unknown", "TRUE"):
        assert road(oneway=word).unread == ()


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"oneway": "Reversible"}, "reversible"),
        ({"oneway:motor_vehicle": "reversible"}, "reversible"),
        ({"oneway": "reversible", "oneway:motor_vehicle": "no"}, ""),
        ({"access": "private;"}, "no_access"),
        ({"access": ";"}, ""),
        ({"area": "Yes"}, "area"),
    ],
)
def test_case_and_stray_marks_change_no_meaning(tags: dict[str, str], reason: str) -> None:
    assert read_road({"highway": "secondary", **tags}, DRIVABLE).skipped == reason


def test_the_rest() -> None:
    assert ferry().structure == "ferry"
    assert ferry().highway == ""
    assert ferry().cars_assumed
    assert not ferry(motor_vehicle="yes").cars_assumed
    assert not road().cars_assumed
    assert road().walkers
    assert not road("trunk", motorroad="yes").walkers
    assert road("motorway", toll="no").toll_free
    assert not road("motorway", toll="yes").toll_free
    assert not road("motorway").toll_free


@pytest.mark.parametrize(
    ("tags", "blocked"),
    [
        ({"barrier": "bollard"}, True),
        ({"barrier": "bollard", "access": "unknown"}, True),
        ({"barrier": "gate", "access": "private;"}, True),
        ({"barrier": "bollard", "access": "yes"}, False),
        ({"barrier": "bollard", "motor_vehicle": "destination"}, False),
        ({"barrier": "gate"}, False),
        ({"barrier": "gate", "access": "no"}, True),
        ({"barrier": "gate", "access": "private"}, True),
        ({"barrier": "gate", "access": "no", "motorcar": "yes"}, False),
        ({"barrier": "lift_gate"}, False),
        ({"barrier": "toll_booth"}, False),
        ({"barrier": "kerb"}, False),
        ({"barrier": "whatever"}, False),
        ({}, False),
    ],
)
def test_barriers(tags: dict[str, str], *, blocked: bool) -> None:
    assert is_blocked(tags) is blocked


def test_names_are_cleaned() -> None:
    assert clean_text("经十路") == "经十路"
    assert clean_text("Rue de l'Église") == "Rue de l'Église"
    assert clean_text("a\x00b\x1b[31m\n c\u202ed\u2066") == "a b [31m c d"
    assert clean_text("\u200f\x7f") == ""


words = st.one_of(st.text(max_size=12), st.from_regex(r"[0-9:;.|PTHMSD ]{0,12}"), st.sampled_from(["yes", "no", "-1"]))


@given(st.dictionaries(st.sampled_from(FERRY_KEYS), words))
def test_no_text_upsets_the_reader(tags: dict[str, Any]) -> None:
    found = read_road(tags, DRIVABLE)
    assert bool(found.skipped) is not (found.forward or found.backward)
    for limit in (found.forward_kmh, found.backward_kmh):
        assert math.isnan(limit) or 0 < limit <= FASTEST_KMH
    assert math.isnan(found.lanes) or 0 < found.lanes <= 20
    assert math.isnan(found.duration_min) or 0 < found.duration_min <= LONGEST_MIN


@given(st.text())
def test_a_cleaned_name_is_clean(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    assert not any(ord(letter) < 32 or letter in "\u202e\u2066\x7f" for letter in once)
