"""The ways of an OSM PBF file that are roads, as flat arrays: what pyosmium gives, and nothing made of it yet."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from urbangeo.errors import DataIntegrityError, InputError
from urbangeo.sources.network.osm.tags import (
    BARRIER_KEYS,
    FERRY_KEYS,
    ROAD_KEYS,
    UNBUILT,
    RoadTags,
    clean_text,
    is_blocked,
    read_road,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_LOCATED = "LocationsOnWays"


@dataclass(frozen=True)
class PbfHeader:
    """What the head of the file says.

    Attributes
    ----------
    date, date_basis : str
        Data date as the file says it, and which entry says so; both empty where none does.
    located : bool
        Whether ways carry the places of their nodes.
    """

    date: str
    date_basis: str
    located: bool


@dataclass
class RawWays:
    """The ways that are roads, in flat arrays; each different set of tags is interpreted once.

    Attributes
    ----------
    ids, versions, sizes : array of int
        Id and version of each way, and how many nodes it has.
    reading, name, ref : array of int
        Row of its tags in ``readings``, and of its texts in ``names`` and ``refs`` (-1: none).
    nodes, xy : array of int
        Ids of the nodes of all ways one after the other; longitude and latitude of each in 1e-7 degrees.
    blocked : array of int
        Ids of nodes with a barrier that stops cars.
    readings : list of RoadTags
        What the different sets of tags say.
    names, refs : dict of str to int
        The different texts.
    skipped, unread : Counter
        Ways left out by reason; tags that could not be read.
    read : int
        Ways with the tag highway, and ferries.
    ferries_assumed : int
        Ferries taken of which the tags do not say that they carry cars.
    newest : str
        Date of the newest road, if the file has no date and its objects have.
    """

    ids: array[int] = field(default_factory=lambda: array("q"))
    versions: array[int] = field(default_factory=lambda: array("q"))
    sizes: array[int] = field(default_factory=lambda: array("q"))
    reading: array[int] = field(default_factory=lambda: array("i"))
    name: array[int] = field(default_factory=lambda: array("i"))
    ref: array[int] = field(default_factory=lambda: array("i"))
    nodes: array[int] = field(default_factory=lambda: array("q"))
    xy: array[int] = field(default_factory=lambda: array("i"))
    blocked: array[int] = field(default_factory=lambda: array("q"))
    readings: list[RoadTags] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    refs: dict[str, int] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    read: int = 0
    ferries_assumed: int = 0
    newest: str = ""


def read_header(file: Path) -> PbfHeader:
    """Read the head of the file.

    Parameters
    ----------
    file : pathlib.Path
        A local file.

    Returns
    -------
    PbfHeader
        Data date, and whether ways carry places.

    Raises
    ------
    InputError
        If it is a history file.
    DataIntegrityError
        If the head is damaged.
    """
    import osmium

    numbered = [f"pbf_{kind}_feature_{number}" for kind in ("optional", "required") for number in range(16)]
    with _damage_named(file), osmium.io.Reader(osmium.io.File(str(file), "pbf"), osmium.osm.NOTHING) as reader:
        head = reader.header()
        history = head.has_multiple_object_versions
        options = [head.get(name, "") for name in numbered]
        date = head.get("osmosis_replication_timestamp", "")
    if history:
        msg = f"{file.name} is a history file with several versions of each road; expected a plain extract of one day."
        raise InputError(msg)
    basis = "osmosis_replication_timestamp" if date else ""
    stamped = [option.removeprefix("timestamp=") for option in options if option.startswith("timestamp=")]
    if stamped and not date:
        date, basis = stamped[0], "timestamp"
    return PbfHeader(clean_text(date)[:40], basis, _LOCATED in options)


def read_ways(file: Path, header: PbfHeader, drivable: frozenset[str]) -> RawWays:
    """Read all ways that are roads for cars, and the barriers.

    Parameters
    ----------
    file : pathlib.Path
        A local file.
    header : PbfHeader
        As :func:`read_header` returns it.
    drivable : frozenset of str
        Values of the tag ``highway`` that are roads for cars.

    Returns
    -------
    RawWays
        In the order of the file.

    Raises
    ------
    DataIntegrityError
        If the file is damaged, or a tag is no text.
    """
    ways = RawWays()
    seen: dict[tuple[str | None, ...], int] = {}
    newest = datetime.fromtimestamp(0, UTC)
    for thing in _objects(file, header):
        with _damage_named(file):
            if thing.is_node():
                if is_blocked(_tags(thing, BARRIER_KEYS)):
                    ways.blocked.append(thing.id)
            elif _take(ways, thing, seen, drivable) and not header.date:
                newest = max(newest, thing.timestamp)
    # An object without a date has that of the epoch.
    ways.newest = newest.strftime("%Y-%m-%dT%H:%M:%SZ") if newest.timestamp() > 0 else ""
    return ways


def _objects(file: Path, header: PbfHeader) -> Iterator[Any]:
    """Give the ways that may be roads, with places, and the nodes with a barrier.

    Yields
    ------
    osmium.osm.Node or osmium.osm.Way
        Valid until the next one is asked for.
    """
    import osmium
    from osmium import osm
    from osmium.filter import KeyFilter

    roads = KeyFilter("highway", "route")
    roads.enable_for(osm.WAY)
    barriers = KeyFilter("barrier")
    barriers.enable_for(osm.NODE)
    # The format is named, so that neither ending nor content makes libosmium choose another reader. The index of places
    # is sparse: a dense one takes memory by the largest id.
    processor = osmium.FileProcessor(osmium.io.File(str(file), "pbf"), osm.NODE | osm.WAY)
    if not header.located:
        processor = processor.with_locations("flex_mem")
    objects = iter(processor.with_filter(roads).with_filter(barriers))
    while True:
        with _damage_named(file):
            thing = next(objects, None)
        if thing is None:
            return
        yield thing


def _take(ways: RawWays, thing: Any, seen: dict[tuple[str | None, ...], int], drivable: frozenset[str]) -> bool:
    """Add a way if it is a road for cars; say whether it was."""
    get = thing.tags.get
    highway = get("highway")
    ferry = get("route") == "ferry"
    if highway is None and not ferry:
        return False
    ways.read += 1
    if highway not in drivable and not ferry:
        # By far the most that is left out; other reasons need other tags.
        ways.skipped["construction" if highway in UNBUILT else "not_drivable"] += 1
        return False
    keys = FERRY_KEYS if ferry else ROAD_KEYS
    values = (*[get(key) for key in keys],)
    number = seen.get(values)
    if number is None:
        number = seen[values] = len(ways.readings)
        ways.readings.append(read_road(_tags(thing, keys), drivable))
    reading = ways.readings[number]
    if reading.skipped:
        ways.skipped[reading.skipped] += 1
        return False
    ways.unread.update(reading.unread)
    ways.ferries_assumed += reading.cars_assumed
    places = [(node.ref, node.location) for node in thing.nodes]
    ways.nodes.extend([ref for ref, _ in places])
    for _, place in places:
        ways.xy.append(place.x)
        ways.xy.append(place.y)
    ways.ids.append(thing.id)
    ways.versions.append(thing.version)
    ways.sizes.append(len(places))
    ways.reading.append(number)
    ways.name.append(_number(get("name"), ways.names))
    ways.ref.append(_number(get("ref"), ways.refs))
    return True


def _tags(thing: Any, keys: tuple[str, ...]) -> dict[str, str]:
    return {key: value for key in keys if (value := thing.tags.get(key)) is not None}


def _number(text: str | None, numbers: dict[str, int]) -> int:
    return -1 if text is None else numbers.setdefault(text, len(numbers))


class _damage_named:  # noqa: N801  # reads as a statement; a class is half as dear as a generator, once for each way
    """Turn what libosmium raises on a damaged file into an error that names the file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        """Rename what was raised.

        Raises
        ------
        DataIntegrityError
            If libosmium gave up.
        """
        if isinstance(error, (RuntimeError, UnicodeDecodeError, OSError, OverflowError, IndexError)) and not isinstance(
            error, DataIntegrityError
        ):
            msg = (
                f"{self.file.name} is damaged and was not read: {error}. "
                "Download or copy it again and compare its checksum with the publisher's."
            )
            raise DataIntegrityError(msg) from error
