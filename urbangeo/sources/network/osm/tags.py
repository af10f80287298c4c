"""What the tags of OpenStreetMap say of a road: may one drive it, which way, how fast, and what is it built on.

Nothing here knows a file: tags go in as texts, readings come out. The conventions are those of the OSM wiki (pages
Key:access, Key:oneway, Key:maxspeed, Key:duration, Key:barrier) and, where it leaves a choice, of OSRM's car profile;
each choice is named where it is made.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

ROAD_KEYS = (
    *("highway", "route", "area", "access", "vehicle", "motor_vehicle", "motorcar"),
    *("vehicle:forward", "vehicle:backward", "motor_vehicle:forward", "motor_vehicle:backward"),
    *("oneway", "oneway:motor_vehicle", "junction", "maxspeed", "maxspeed:forward", "maxspeed:backward"),
    *("lanes", "bridge", "tunnel", "service", "construction", "motorroad", "toll", "dual_carriageway"),
    *("impassable", "ice_road", "winter_road"),
)
"""Keys that decide how a road is read; name and ref beside them are only shown."""

FERRY_KEYS = (*ROAD_KEYS, "duration", "foot", "bicycle")
"""Keys that decide how a ferry is read."""

BARRIER_KEYS = ("barrier", "access", "vehicle", "motor_vehicle", "motorcar")
"""Keys that decide whether a barrier lets cars pass."""

UNBUILT = frozenset({"construction", "proposed", "planned"})
"""Values of ``highway`` for what is not there yet."""

FASTEST_KMH = 150.0
"""A limit above this is taken for a slip of the pen."""

WALK_KMH = 6.0
"""What ``maxspeed=walk`` is read as (GraphHopper reads it so too)."""

LONGEST_MIN = 7 * 24 * 60.0
"""A ferry that takes more than a week is taken for a slip of the pen."""

ZONES_KMH = {
    # 道路交通安全法实施条例 第四十五条, 第七十八条. With one lane each way: 50 in town, 70 outside; roads without a
    # centre line have 30 and 40, which the tag does not tell. A limit only caps the mean: the higher one claims less.
    "CN:URBAN": 50.0,
    "CN:RURAL": 70.0,
    "CN:MOTORWAY": 120.0,
    # ПДД РФ, пп. 10.2, 10.3.
    "RU:LIVING_STREET": 20.0,
    "RU:URBAN": 60.0,
    "RU:RURAL": 90.0,
    "RU:MOTORWAY": 110.0,
}
"""Limits that hold without a sign, where the tag names the zone. Zones of other countries are counted as unread."""

_UNSIGNED = {"none", "signals", "variable", "implicit", "default", "unknown", "national", "no", "unposted"}
_PER_KMH = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "kmph": 1.0, "mph": 1.609344, "knots": 1.852, "kn": 1.852}
_SPEED = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,3})?)\s*(km/h|kmh|kph|kmph|mph|knots|kn|)")

_CLOSED = {
    *("no", "private", "agricultural", "forestry", "emergency", "military", "permit", "restricted", "psv", "bus"),
    *("foot", "pedestrian", "bicycle", "residents"),
}
_ACCESS_ORDER = ("motorcar", "motor_vehicle", "vehicle", "access")
_FORWARD, _BACKWARD = {"yes", "true", "1", "forward"}, {"-1", "reverse", "backward"}
_BOTH_WAYS = {"no", "false", "0", "alternating", "both"}
_ONEWAY_KEYS = ("oneway:motor_vehicle", "oneway")
_KNOWN_ONEWAY = {"", *_FORWARD, *_BACKWARD, *_BOTH_WAYS, "reversible", "unknown"}
_ROUNDABOUTS = {"roundabout", "circular"}
# The same kinds that OSMnx leaves out of its network "drive_service".
_INNER_SERVICE = {"parking_aisle", "parking", "emergency_access", "private"}
_HARMLESS_WORKS = {"no", "minor", "widening"}
_BLOCKING = {
    *("bollard", "block", "jersey_barrier", "log", "chain", "cycle_barrier", "motorcycle_barrier", "debris", "stile"),
    *("kissing_gate", "turnstile", "full-height_turnstile", "planter", "horse_stile", "bus_trap", "sump_buster"),
}
_ISO_DURATION = re.compile(
    r"P(?:([0-9]{1,3})D)?(?:T(?:([0-9]{1,3}(?:\.[0-9]+)?)H)?(?:([0-9]{1,4}(?:\.[0-9]+)?)M)?(?:([0-9]{1,6})S)?)?"
)
_PLAIN_DURATION = re.compile(r"([0-9]{1,5}(?:\.[0-9]+)?)\s*(?:min|mins|minutes|)")
_CLOCK = re.compile(r"([0-9]{1,3}):([0-5]?[0-9])(?::([0-5]?[0-9]))?")
# Control characters and the marks that turn the direction of text: never wanted in a name, and a danger where shown.
_UNWANTED = dict.fromkeys(
    [*range(32), *range(0x7F, 0xA0), 0x61C, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)],
    " ",
)


@dataclass(frozen=True)
class RoadTags:
    """What the tags of a way say.

    Attributes
    ----------
    skipped : str
        Why the way is not read, empty if it is: "not_drivable", "area", "construction", "no_access", "inner_service",
        "reversible", "impassable", "no_car_ferry".
    highway : str
        The tag ``highway``, empty for a ferry.
    forward, backward : bool
        Whether cars may drive along the way's nodes, and against them.
    forward_kmh, backward_kmh : float
        Signed limits, NaN where there is none that can be read.
    lanes : float
        Lanes of both directions together, NaN where not known.
    dual : bool
        Whether the way is one carriageway of two: one-way and no roundabout, or tagged so.
    structure : str
        "bridge", "tunnel", "ferry" or empty.
    walkers : bool
        False on roads for motor vehicles only (motorroad).
    toll_free : bool
        Whether the tags say that there is no toll.
    duration_min : float
        Minutes a ferry takes from end to end, NaN where not known.
    cars_assumed : bool
        Whether it is a ferry whose tags do not say that it takes cars.
    unread : tuple of str
        Tags whose value could not be read, as "key=value".
    """

    skipped: str = ""
    highway: str = ""
    forward: bool = False
    backward: bool = False
    forward_kmh: float = math.nan
    backward_kmh: float = math.nan
    lanes: float = math.nan
    dual: bool = False
    structure: str = ""
    walkers: bool = True
    toll_free: bool = False
    duration_min: float = math.nan
    cars_assumed: bool = False
    unread: tuple[str, ...] = ()


def read_road(tags: Mapping[str, str], drivable: frozenset[str]) -> RoadTags:
    """Read the tags of a way.

    Parameters
    ----------
    tags : mapping of str to str
        The tags of :data:`ROAD_KEYS` (of :data:`FERRY_KEYS` for a ferry) that the way has.
    drivable : frozenset of str
        Values of ``highway`` that are roads for cars.

    Returns
    -------
    RoadTags
        The reading; ``skipped`` says why there is none.

    Examples
    --------
    >>> road = read_road({"highway": "primary", "oneway": "-1", "maxspeed": "50 mph"}, frozenset(["primary"]))
    >>> road.forward, road.backward, round(road.forward_kmh, 1)
    (False, True, 80.5)
    """
    ferry = tags.get("route") == "ferry"
    highway = "" if ferry else tags.get("highway", "")
    skipped = _ferry_closed(tags) if ferry else _not_a_road(tags, drivable)
    forward, backward = _directions(tags)
    forward &= is_open(tags, "forward")
    backward &= is_open(tags, "backward")
    if not skipped and next((word for key in _ONEWAY_KEYS if (word := _word(tags, key))), "") == "reversible":
        skipped = "reversible"
    if not skipped and not (forward or backward):
        skipped = "no_access"
    if skipped:
        return RoadTags(skipped=skipped, highway=highway)
    unread = [f"{key}={tags[key]}" for key in _ONEWAY_KEYS if _word(tags, key) not in _KNOWN_ONEWAY]
    limits = [_limit(tags, direction, unread) for direction in ("forward", "backward")]
    lanes = read_lanes(tags.get("lanes", ""))
    if math.isnan(lanes) and "lanes" in tags:
        unread.append(f"lanes={tags['lanes']}")
    duration = read_duration(tags["duration"]) if ferry and "duration" in tags else math.nan
    if ferry and "duration" in tags and math.isnan(duration):
        unread.append(f"duration={tags['duration']}")
    roundabout = tags.get("junction") in _ROUNDABOUTS
    return RoadTags(
        highway=highway,
        forward=forward,
        backward=backward,
        forward_kmh=limits[0],
        backward_kmh=limits[1],
        lanes=lanes,
        dual=tags.get("dual_carriageway") == "yes" or (forward != backward and not roundabout),
        structure="ferry" if ferry else _structure(tags),
        walkers=tags.get("motorroad") != "yes",
        toll_free=tags.get("toll") == "no",
        duration_min=duration,
        cars_assumed=ferry and not any(key in tags for key in _ACCESS_ORDER),
        unread=tuple(dict.fromkeys(unread)),
    )


def is_open(tags: Mapping[str, str], direction: str) -> bool:
    """Say whether cars of anybody may pass, the most specific key deciding.

    ``motorcar`` goes before ``motor_vehicle``, ``vehicle`` and ``access``; of one key the form for the direction goes
    first. Private, agricultural, forestry, military, permit and bus roads are closed; ``destination``, ``customers``,
    ``delivery`` and ``permissive`` ones are open. Of several values (``agricultural;destination``) one that is open is
    enough; a value that is not known closes nothing.

    Parameters
    ----------
    tags : mapping of str to str
        Tags.
    direction : {"forward", "backward", ""}
        Direction asked for; empty for a node.

    Returns
    -------
    bool
        True if nothing closes the way.

    Examples
    --------
    >>> is_open({"access": "no", "motor_vehicle": "yes"}, "forward"), is_open({"vehicle": "private"}, "")
    (True, False)
    """
    for key in _ACCESS_ORDER:
        value = tags.get(f"{key}:{direction}") or tags.get(key)
        words = _access_words(value or "")
        if words:
            return not words <= _CLOSED
    return True


def _access_words(value: str) -> set[str]:
    """Take the values of an access tag apart; blanks and "unknown" say nothing."""
    return {part.strip() for part in value.lower().split(";")} - {"", "unknown"}


def is_blocked(tags: Mapping[str, str]) -> bool:
    """Say whether a barrier on a road stops cars.

    Its access tags decide; without them bollards, blocks, chains, stiles and the like stop cars, gates, lift gates,
    toll booths, kerbs and unknown kinds do not.

    Parameters
    ----------
    tags : mapping of str to str
        The tags of :data:`BARRIER_KEYS` that the node has.

    Returns
    -------
    bool
        True if cars cannot pass.

    Examples
    --------
    >>> is_blocked({"barrier": "gate"}), is_blocked({"barrier": "gate", "access": "no"})
    (False, True)
    """
    if any(_access_words(tags.get(key, "")) for key in _ACCESS_ORDER):
        return not is_open(tags, "")
    return tags.get("barrier") in _BLOCKING


def read_maxspeed(text: str) -> float:
    """Read a speed limit.

    Parameters
    ----------
    text : str
        Value of ``maxspeed``: a number in km/h, "50 mph", "10 knots", "walk", a zone such as "CN:urban", or several of
        them ("80;60"), of which the lowest is taken: nothing says where which one holds.

    Returns
    -------
    float
        km/h; NaN where there is no limit ("none", "signals") or the text cannot be read.

    Examples
    --------
    >>> [read_maxspeed(text) for text in ("60", "CN:rural", "80;60", "none")]
    [60.0, 70.0, 60.0, nan]
    """
    return _lowest(_parts(text))


def is_limit(text: str) -> bool:
    """Say whether a value of ``maxspeed`` is understood, be it only as "no limit".

    Parameters
    ----------
    text : str
        Value of ``maxspeed``.

    Returns
    -------
    bool
        False if any part of it is not.
    """
    return all(part.lower() in _UNSIGNED or not math.isnan(_one_limit(part)) for part in _parts(text))


def read_lanes(text: str) -> float:
    """Read a number of lanes; of several the lowest.

    Parameters
    ----------
    text : str
        Value of ``lanes``.

    Returns
    -------
    float
        Lanes, NaN if the text is no number above 0 and up to 20.

    Examples
    --------
    >>> [read_lanes(text) for text in ("4", "2;3", "1.5", "many")]
    [4.0, 2.0, 1.5, nan]
    """
    found = [
        float(part) if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", part) and 0 < float(part) <= 20 else math.nan
        for part in _parts(text)
    ]
    return min(found) if found and not any(map(math.isnan, found)) else math.nan


def read_duration(text: str) -> float:
    """Read how long a ferry takes.

    Parameters
    ----------
    text : str
        Value of ``duration``: minutes ("30"), hours and minutes ("1:30", "01:30:00") or ISO 8601 ("PT1H30M").

    Returns
    -------
    float
        Minutes; NaN if the text cannot be read, is zero or more than a week.

    Examples
    --------
    >>> [read_duration(text) for text in ("00:30", "30", "PT30M", "1:30:00", "half an hour")]
    [30.0, 30.0, 30.0, 90.0, nan]
    """
    text = unicodedata.normalize("NFKC", text).strip()
    minutes = math.nan
    if match := _CLOCK.fullmatch(text):
        hours, minute, second = (float(part or 0) for part in match.groups())
        minutes = hours * 60 + minute + second / 60
    elif match := _PLAIN_DURATION.fullmatch(text.lower()):
        minutes = float(match[1])
    elif match := _ISO_DURATION.fullmatch(text.upper()):
        days, hours, minute, second = (float(part or 0) for part in match.groups())
        minutes = days * 1440 + hours * 60 + minute + second / 60
    return minutes if 0 < minutes <= LONGEST_MIN else math.nan


def clean_text(text: str) -> str:
    r"""Take control characters and marks of text direction out of a name, and doubled blanks.

    Parameters
    ----------
    text : str
        A name or ref.

    Returns
    -------
    str
        The same without them.

    Examples
    --------
    >>> clean_text("\x00G2\u202e 京沪")
    'G2 京沪'
    """
    return text if text.isprintable() else " ".join(text.translate(_UNWANTED).split())


def _parts(text: str) -> list[str]:
    text = unicodedata.normalize("NFKC", text)
    return [part.strip() for part in re.split(r"[;|]", text) if part.strip()]


def _one_limit(part: str) -> float:
    if part.lower() == "walk":
        return WALK_KMH
    if part.upper() in ZONES_KMH:
        return ZONES_KMH[part.upper()]
    match = _SPEED.fullmatch(part.lower())
    if not match:
        return math.nan
    limit = float(match[1]) * _PER_KMH[match[2]]
    return limit if 0 < limit <= FASTEST_KMH else math.nan


def _lowest(parts: list[str]) -> float:
    limits = [limit for part in parts if not math.isnan(limit := _one_limit(part))]
    return min(limits, default=math.nan)


def _limit(tags: Mapping[str, str], direction: str, unread: list[str]) -> float:
    for key in (f"maxspeed:{direction}", "maxspeed"):
        if key in tags:
            if not is_limit(tags[key]):
                unread.append(f"{key}={tags[key]}")
            limit = read_maxspeed(tags[key])
            if not math.isnan(limit):
                return limit
    return math.nan


def _directions(tags: Mapping[str, str]) -> tuple[bool, bool]:
    """Say which ways the tags allow; a value that is not known leaves what the kind of road implies."""
    for key in _ONEWAY_KEYS:
        word = _word(tags, key)
        if word in _FORWARD:
            return True, False
        if word in _BACKWARD:
            return False, True
        if word in _BOTH_WAYS:
            return True, True
    # Links of motorways imply nothing: ramps that join two carriageways of traffic exist, and one-way ones are tagged.
    return True, not (tags.get("highway") == "motorway" or tags.get("junction") in _ROUNDABOUTS)


def _word(tags: Mapping[str, str], key: str) -> str:
    """Return the value of a tag of one word, the same word said twice being one ("yes;yes")."""
    words = {part.strip() for part in tags.get(key, "").lower().split(";")} - {""}
    return words.pop() if len(words) == 1 else ";".join(sorted(words))


def _not_a_road(tags: Mapping[str, str], drivable: frozenset[str]) -> str:
    works = tags.get("construction", "no")
    checks = (
        (tags.get("highway") in UNBUILT, "construction"),
        (tags.get("highway") not in drivable, "not_drivable"),
        (_word(tags, "area") in {"yes", "true", "1"}, "area"),
        (works not in _HARMLESS_WORKS, "construction"),
        (tags.get("service") in _INNER_SERVICE and tags.get("highway") == "service", "inner_service"),
        # Roads of ice and of one season are not there when the plan needs them.
        (any(tags.get(key) == "yes" for key in ("impassable", "ice_road", "winter_road")), "impassable"),
    )
    return next((reason for holds, reason in checks if holds), "")


def _ferry_closed(tags: Mapping[str, str]) -> str:
    """Skip boats for walkers: those whose tags speak of feet and bicycles and never of cars."""
    # A ferry whose tags speak of neither is taken to carry cars, as OSRM and GraphHopper take it, and is counted.
    cars = any(key in tags for key in ("motorcar", "motor_vehicle", "vehicle"))
    walkers = tags.get("foot") in {"yes", "designated"} or tags.get("bicycle") in {"yes", "designated"}
    closed = tags.get("area") == "yes" or not is_open(tags, "forward") or (walkers and not cars)
    return "no_car_ferry" if closed else ""


def _structure(tags: Mapping[str, str]) -> str:
    for kind in ("tunnel", "bridge"):
        if tags.get(kind, "no") not in {"no", "false", "0"}:
            return kind
    return ""
