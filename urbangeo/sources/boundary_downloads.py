"""Boundaries from a web service, on an explicit call only: Tianditu with the user's key, or DataV.

Both answer unit by unit. What they send is checked as it comes (the unit that was asked for, an outline that is one,
coordinates in China), brought to CGCS2000, and compared with the register of divisions: a unit missing, added or
renamed stops the call unless the caller wants it marked.

References
----------
Tianditu, 行政区划服务 V2.0, lbs.tianditu.gov.cn/server/administrative2.html. DataV.GeoAtlas, datav.aliyun.com. Terms of
both: table ``boundaries/boundary_sources``.
"""

from __future__ import annotations

import functools
import json
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from urbangeo.archive.catalog import read_table
from urbangeo.errors import DataIntegrityError, DownloadError, InputError, JoinError, listed
from urbangeo.language.adcode import PATTERN, short_name
from urbangeo.language.crs import CGCS2000
from urbangeo.language.datum import CHINA_BOX, DATUM_NAMES, gcj02_to_wgs84, shift_datum
from urbangeo.language.scalars import is_missing, plain
from urbangeo.sources.divisions import lookup, register
from urbangeo.sources.downloads import MAX_BYTES, Service, default_cache, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import geopandas as gpd
    import pandas as pd
    from shapely.geometry.base import BaseGeometry

BoundaryService = Literal["tianditu-api", "datav"]

_BASE_URL = {"tianditu-api": "https://api.tianditu.gov.cn", "datav": "https://geo.datav.aliyun.com"}
_NATIONAL = "156"
"""ISO 3166 number of China, which Tianditu writes before every adcode."""

_PREFECTURE, _COUNTY = 3, 2
"""Tianditu's levels: 5 country, 4 province, 3 prefecture, 2 county."""

_SERVED_CODES = {"632825": "632857"}
"""大柴旦行政委员会: DataV's code, and the one of the statistics bureau and Tianditu to which it is normalised."""

_SERVED_NAMES = {"632857": {"大柴旦行政委员会", "海西蒙古族藏族自治州直辖"}}
"""大柴旦 stands under an older name in some editions (``boundaries/README.md``)."""

_KEY = re.compile(r"[!-~]{8,128}")
_QUOTA = re.compile(r"配额|限额|额度|超限|上限|次数|quota|limit", re.IGNORECASE)
_COLUMNS = [
    *("name", "type", "prefecture_adcode", "prefecture", "province_adcode", "province"),
    *("vintage", "label_lon", "label_lat", "geometry"),
]


@dataclass(frozen=True)
class _Unit:
    """One county-level unit as a service describes it; coordinates in the datum of the service."""

    adcode: str
    name: str
    seat: tuple[float, float]
    outline: BaseGeometry


def fetch_boundaries(
    service: BoundaryService,
    places: str | Sequence[str],
    *,
    key: str | None = None,
    cache: str | Path | None = None,
    refresh: bool = False,
    checksums: Mapping[str, str] | None = None,
    on_mismatch: Literal["refuse", "mark"] = "refuse",
    base_url: str | None = None,
    timeout_s: float = 30.0,
    max_bytes: int = MAX_BYTES,
    progress: Callable[[str, int], None] | None = None,
) -> gpd.GeoDataFrame:
    """Download county boundaries from a web service; nothing else in the library opens a connection.

    Tianditu is asked once for the list of a province and once for each of its counties, with the user's own key.
    Its answers are kept in the user's cache, so that a call that broke off goes on from where it stopped. DataV needs
    no key; its terms (「仅供学习交流使用」) name no right to keep copies, so its answers stay in memory.

    Parameters
    ----------
    service : {"tianditu-api", "datav"}
        ``"tianditu-api"``: CGCS2000. ``"datav"``: GCJ-02 although not labelled so; moved to CGCS2000 by the iterated
        inverse. Its outlines overlap and gape at places: see :func:`urbangeo.audit_boundaries` and
        :func:`urbangeo.repair_boundaries`.
    places : str or sequence of str
        Provinces, prefectures or counties, by name or adcode. A name that several divisions bear is refused.
    key : str, optional
        The user's key (``tk``) of Tianditu. It is sent to the service and stands in no message, log or file.
    cache : path-like, optional
        Folder for what Tianditu sends; by default the user's cache folder.
    refresh : bool, default False
        Whether to ask again for what is kept.
    checksums : mapping of str to str, optional
        SHA-256 by name of answer, from ``attrs["source"]["checksums"]`` of an earlier call: any other content is
        refused.
    on_mismatch : {"refuse", "mark"}, default "refuse"
        What to do when units or names differ from the register: raise, or warn and list them in
        ``attrs["source"]["mismatches"]``.
    base_url : str, optional
        Address of a mirror, with https; http only on this very computer.
    timeout_s : float, default 30.0
        Longest wait for one answer, in seconds.
    max_bytes : int, default 67108864
        Largest answer that is read.
    progress : callable, optional
        Called with words and the number of requests known so far, before each request.

    Returns
    -------
    geopandas.GeoDataFrame
        A counties frame as of :func:`urbangeo.read_counties`; ``vintage`` is ``"live"``, for neither service says
        which state it shows. ``attrs["source"]`` holds publisher, terms, ``fetched_at`` (UTC, of the oldest answer),
        checksums, the datum served, and no 审图号.

    Raises
    ------
    InputError
        If an option is wrong, a key is missing or given in vain, or a place stands for several.
    UnknownNameError
        If a place is not known.
    DownloadError
        If the service cannot be reached, refuses (403, 418, quota ...), redirects to another host, is too slow, sends
        too much or too little.
    DataIntegrityError
        If what it sends has another checksum than on record, or is not what was asked for.
    JoinError
        If units are missing, added or renamed against the register, and ``on_mismatch`` is ``"refuse"``.
    OutputError
        If the cache cannot be written.

    References
    ----------
    Terms of both services: table ``boundaries/boundary_sources``.
    """
    if on_mismatch not in {"refuse", "mark"}:
        msg = f"on_mismatch is {on_mismatch!r}; expected 'refuse' or 'mark'."
        raise InputError(msg)
    descriptor = _descriptor(service)
    wanted = _codes(places)
    asked = Service(
        title="DataV" if service == "datav" else "Tianditu",
        base_url=base_url or _BASE_URL[service],
        secret=_secret(service, key),
        cache=_cache_folder(service, cache),
        timeout_s=timeout_s,
        max_bytes=max_bytes,
        refresh=refresh,
        checksums=dict(checksums or {}),
    )
    talk = _Talk(asked, progress)
    read = _datav_units if service == "datav" else _tianditu_units
    units: dict[str, _Unit] = {}
    for code in wanted:
        units |= {unit.adcode: unit for unit in read(talk, code)}
    _no_strangers(asked, talk.unused_checksums())
    mismatches = _mismatches(wanted, units)
    if mismatches:
        words = f"{asked.title} and the register of divisions do not agree: " + "; ".join(mismatches) + "."
        if on_mismatch == "refuse":
            msg = words + " If the service knows better, call with on_mismatch='mark'; then see audit_boundaries()."
            raise JoinError(msg)
        warnings.warn(words, UserWarning, stacklevel=2)
    descriptor |= {
        "service_url": asked.base_url,
        "fetched_at": min(talk.times),
        "checksums": dict(sorted(talk.digests.items())),
        "mismatches": mismatches,
    }
    return _counties(units, descriptor)


class _Talk:
    """The requests of one call: counts them, and remembers checksums and times."""

    def __init__(self, service: Service, progress: Callable[[str, int], None] | None) -> None:
        self.service = service
        self.digests: dict[str, str] = {}
        self.times: list[str] = []
        self._progress = progress
        self._planned = 0

    def plan(self, requests: int) -> None:
        """Announce requests to come."""
        self._planned += requests

    def get(self, name: str, path: str, query: Mapping[str, str], reader: Callable[[bytes], Any]) -> Any:
        """Ask, and keep the books."""
        if self._progress is not None:
            self._progress(name.partition(".")[0], max(self._planned, len(self.digests) + 1))
        try:
            answer = self.service.get(name, path, query, reader)
        except DownloadError as error:
            if self.service.cache is None or not self.digests:
                raise
            msg = f"{error} {len(self.digests)} answers are kept in the cache; the same call goes on from there."
            raise DownloadError(msg) from None
        self.digests[name] = answer.sha256
        self.times.append(answer.fetched_at)
        return answer.content

    def unused_checksums(self) -> list[str]:
        """List checksums for answers that were never asked for: they guard nothing."""
        return [name for name in self.service.checksums if name not in self.digests]


def _descriptor(service: str) -> dict[str, Any]:
    table = read_table("boundaries/boundary_sources").set_index("source_id")
    services = table[table["access"] == "service"]
    if service not in services.index or service not in _BASE_URL:
        msg = f"Boundary service {service!r} is not known; expected one of {listed(_BASE_URL)}."
        raise InputError(msg)
    row = {str(name): plain(value) for name, value in services.loc[[service]].to_dict("records")[0].items()}
    shifted = row["crs"] == DATUM_NAMES["gcj02"]
    return {
        "source_id": service,
        **row,
        "crs": CGCS2000,
        "datum_served": row["crs"],
        "geometry_changed": shifted,
    }


def _secret(service: str, key: str | None) -> dict[str, str]:
    if service != "tianditu-api":
        if key is not None:
            msg = "DataV takes no key; leave it out (it was not sent)."
            raise InputError(msg)
        return {}
    cleaned = (key or "").strip()
    if not cleaned:
        msg = (
            "Tianditu needs a key of your own (tk). Register at console.tianditu.gov.cn, make an application, and give "
            "its key as key=..., or on the command line as --key-file FILE. read_counties() needs no key."
        )
        raise InputError(msg)
    if not _KEY.fullmatch(cleaned):
        msg = "The key for Tianditu is not one: expected 8 to 128 letters and digits without blanks (it was not sent)."
        raise InputError(msg)
    return {"tk": cleaned}


def _cache_folder(service: str, cache: str | Path | None) -> Path | None:
    if service != "tianditu-api":
        if cache is not None:
            msg = "DataV's terms name no right to keep copies, so its answers stay in memory; leave out cache."
            raise InputError(msg)
        return None
    return (default_cache() if cache is None else Path(cache)) / service


def _codes(places: str | Sequence[str]) -> list[str]:
    """Return the codes of the places asked for, without those that lie in another one of them."""
    words = [places] if isinstance(places, str) else list(places)
    if not words:
        msg = "places is empty; give at least one name or adcode, such as '青海省' or '370102'."
        raise InputError(msg)
    codes: dict[str, None] = {}
    for word in words:
        cleaned = str(word).strip()
        if PATTERN.fullmatch(cleaned):
            codes[cleaned] = None
            continue
        found = lookup(cleaned, scope="china")
        found = found[found["fits"] == found["fits"].iloc[0]]
        if len(found) != 1:
            hits = [f"{code} {name}" for code, name in found["name"].items()]
            msg = f"{word!r} stands for {len(hits)} divisions: {listed(hits)}. Give the adcode of the one you mean."
            raise InputError(msg)
        codes[str(found.index[0])] = None
    return [code for code in codes if not codes.keys() & _above(code)]


def _above(code: str) -> set[str]:
    return {code[:2] + "0000", code[:4] + "00"} - {code}


def _is_group(code: str) -> bool:
    return code.endswith("00")


def _tianditu_units(talk: _Talk, code: str) -> list[_Unit]:
    """Ask Tianditu for the units of a province or prefecture, one by one; or for one county."""
    title = talk.service.title
    talk.plan(1)
    codes = [code]
    if _is_group(code):
        levels = "2" if code.endswith("0000") else "1"
        query = {"keyword": _NATIONAL + code, "childLevel": levels, "extensions": "false"}
        codes = talk.get(
            f"{code}-list.json", "v2/administrative", query, lambda body: _tianditu_codes(body, code, title)
        )
        talk.plan(len(codes))
    units = []
    for one in codes:
        query = {"keyword": _NATIONAL + one, "childLevel": "0", "extensions": "true"}
        reader = functools.partial(_tianditu_unit, code=one, title=title)
        units.append(talk.get(f"{one}.json", "v2/administrative", query, reader))
    return units


def _tianditu_unit(body: bytes, code: str, title: str) -> _Unit:
    district = _tianditu_district(body, code, title)
    centre = district.get("center")
    seat = _point([centre.get("lng"), centre.get("lat")] if isinstance(centre, dict) else None)
    return _Unit(code, _name(district, code, title), seat, _outline_from_wkt(district.get("boundary"), code, title))


def _tianditu_district(body: bytes, code: str, title: str) -> dict[str, Any]:
    """Return the one district an answer is about, or say why there is none."""
    document = read_json(body, title)
    if not isinstance(document, dict):
        _malformed(title, code, "the answer is no JSON object")
    if str(document.get("status")) != "200":
        _refused(document, title)
    data = document.get("data")
    districts = data.get("district") if isinstance(data, dict) else None
    if not isinstance(districts, list):
        _malformed(title, code, "the answer has no data.district")
    found = [one for one in districts if isinstance(one, dict) and str(one.get("gb")) == _NATIONAL + code]
    if len(found) != 1:
        _malformed(title, code, f"{len(found)} of {len(districts)} districts in the answer have this code")
    return found[0]


def _refused(document: dict[str, Any], title: str) -> NoReturn:
    """Raise for a refusal that came as an orderly answer, quoting the service."""
    said = next((document[word] for word in ("message", "msg") if document.get(word)), "no reason given")
    quoted = "".join(letter for letter in str(said) if letter.isprintable())[:120]
    status = str(document.get("status", document.get("code", "missing")))[:20]
    remedy = (
        "The quota of the key is used up: what arrived is kept, so call again tomorrow and it goes on from there"
        if _QUOTA.search(quoted)
        else "Check the key, and that it was issued for this service"
    )
    msg = (
        f"{title} refused with status {status}: 「{quoted}」. {remedy}. read_counties() needs neither key nor network."
    )
    raise DownloadError(msg)


def _tianditu_codes(body: bytes, code: str, title: str) -> list[str]:
    """List the county-level units of an area; a prefecture without counties is one itself."""
    tree = _tianditu_district(body, code, title)
    codes: list[str] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        below = node.get("children") or []
        if not isinstance(below, list) or not all(isinstance(child, dict) for child in below):
            _malformed(title, _tianditu_code(node, title), "its list of children is none")
        level = str(node.get("level"))
        if node is not tree and (level == str(_COUNTY) or (level == str(_PREFECTURE) and not below)):
            codes.append(_tianditu_code(node, title))
        else:
            waiting += below
    if not codes:
        _malformed(title, code, "its list names no county-level unit")
    _no_twins(codes, title)
    return sorted(codes)


def _tianditu_code(node: dict[str, Any], title: str) -> str:
    code = str(node.get("gb", "")).removeprefix(_NATIONAL)
    if not PATTERN.fullmatch(code):
        _malformed(title, str(node.get("gb"))[:20], "this is no code of a division")
    return code


def _datav_units(talk: _Talk, code: str) -> list[_Unit]:
    """Ask DataV for the units of a province (through its prefectures), of a prefecture, or for one county."""
    title = talk.service.title
    talk.plan(1)
    served = next((theirs for theirs, ours in _SERVED_CODES.items() if ours == code), code)
    name = f"{served}_full.json" if _is_group(code) else f"{served}.json"
    features = talk.get(name, f"areas_v3/bound/{name}", {}, lambda body: _datav_features(body, code, title))
    units: list[_Unit] = []
    groups: list[str] = []
    for unit, level, has_children in features:
        if level == "city" and has_children and code.endswith("0000") and not unit.adcode.endswith("0000"):
            groups.append(unit.adcode)
        elif level == "district" or (level == "city" and not has_children):
            units.append(unit)
        else:
            _malformed(title, code, f"{unit.adcode} of level {str(level)[:20]!r} was sent as part of it")
    if not _is_group(code) and [unit.adcode for unit in units] != [code]:
        _malformed(title, code, f"{listed(unit.adcode for unit in units)} was sent in its place")
    for group in groups:
        units += _datav_units(talk, group)
    _no_twins([unit.adcode for unit in units], title)
    return units


def _datav_features(body: bytes, code: str, title: str) -> list[tuple[_Unit, object, bool]]:
    document = read_json(body, title)
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        _malformed(title, code, "the answer is no GeoJSON collection with features")
    return [_datav_feature(feature, code, title) for feature in features]


def _datav_feature(feature: Any, code: str, title: str) -> tuple[_Unit, object, bool]:
    from shapely import from_geojson
    from shapely.errors import GEOSException

    said = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(said, dict):
        _malformed(title, code, "a feature has no properties")
    served = str(said.get("adcode"))
    if not PATTERN.fullmatch(served):
        _malformed(title, code, f"a feature has the adcode {served[:20]!r}")
    adcode = _SERVED_CODES.get(served, served)
    try:
        shape = from_geojson(json.dumps(feature.get("geometry")))
    except (GEOSException, ValueError, TypeError) as error:
        _malformed(title, adcode, f"its outline is no GeoJSON geometry ({str(error)[:80]})")
    unit = _Unit(adcode, _name(said, adcode, title), _point(said.get("center")), _checked(shape, adcode, title))
    return unit, said.get("level"), said.get("childrenNum") != 0


def _outline_from_wkt(text: object, code: str, title: str) -> BaseGeometry:
    from shapely import from_wkt
    from shapely.errors import GEOSException

    if not isinstance(text, str) or not text.strip():
        _malformed(title, code, "it came without an outline")
    try:
        shape = from_wkt(text)
    except GEOSException as error:
        _malformed(title, code, f"its outline is no WKT ({str(error)[:80]})")
    return _checked(shape, code, title)


def _checked(shape: BaseGeometry | None, code: str, title: str) -> BaseGeometry:
    """Return an outline that is one: polygons in degrees, in China."""
    import shapely

    kind = "nothing" if shape is None else shape.geom_type
    if shape is None or kind not in {"Polygon", "MultiPolygon"} or shape.is_empty:
        _malformed(title, code, f"its outline is {'empty' if shape is not None and shape.is_empty else kind}")
    flat: BaseGeometry = shapely.force_2d(shape)
    west, south, east, north = CHINA_BOX
    x_min, y_min, x_max, y_max = (float(value) for value in flat.bounds)
    if not (west <= x_min <= x_max <= east and south <= y_min <= y_max <= north):
        where = f"{x_min:g}, {y_min:g} to {x_max:g}, {y_max:g}"
        _malformed(title, code, f"its outline runs from {where}, which is not in China in degrees")
    return flat


def _point(pair: object) -> tuple[float, float]:
    """Read a label point; one that is missing or senseless is left out, for nothing is measured from it."""
    nowhere = (float("nan"), float("nan"))
    if not isinstance(pair, list) or len(pair) != 2:
        return nowhere
    try:
        lon, lat = float(pair[0]), float(pair[1])
    except (TypeError, ValueError):
        return nowhere
    west, south, east, north = CHINA_BOX
    return (lon, lat) if west <= lon <= east and south <= lat <= north else nowhere


def _name(said: Mapping[str, Any], code: str, title: str) -> str:
    name = said.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > 60 or not name.strip().isprintable():
        _malformed(title, code, "it came without a name")
    return name.strip()


def _no_twins(codes: list[str], title: str) -> None:
    twins = sorted({code for code in codes if codes.count(code) > 1})
    if twins:
        _malformed(title, listed(twins), "sent more than once")


def _no_strangers(service: Service, names: list[str]) -> None:
    if names:
        msg = (
            f"checksums names answers that this call did not ask {service.title} for: {listed(names)}. "
            "Take checksums from a call for the same places."
        )
        raise InputError(msg)


def _malformed(title: str, code: str, why: str) -> NoReturn:
    msg = (
        f"{title} sent something that cannot be used for {code}: {why}. Nothing of it was kept. Call again later; "
        "if it stays so, the service has changed: use read_counties(), or a file of your own."
    )
    raise DataIntegrityError(msg)


def _mismatches(wanted: list[str], units: Mapping[str, _Unit]) -> list[str]:
    """Say in what units and names differ from the register, one sentence a kind."""
    divisions = register(scope="china")
    counties = divisions[divisions["level"] == "county"]
    inside = counties.index.isin(wanted)
    for column in ("prefecture_adcode", "province_adcode"):
        inside |= counties[column].isin(wanted)
    expected = counties[inside]
    missing = [f"{code} {name}" for code, name in expected["name"].items() if code not in units]
    extra = [f"{unit.adcode} {unit.name}" for unit in units.values() if unit.adcode not in expected.index]
    renamed = []
    for unit in units.values():
        if unit.adcode in expected.index:
            ours = str(expected.loc[unit.adcode, "name"])
            same = {ours, *_SERVED_NAMES.get(unit.adcode, ())}
            if unit.name not in same and short_name(unit.name) != ours:
                renamed.append(f"{unit.adcode} is {unit.name} there, {ours} here")
    return [
        f"{words}: {listed(rows, 12)}"
        for words, rows in (
            (f"{len(missing)} units are missing", missing),
            (f"{len(extra)} units are not in the register", extra),
            (f"{len(renamed)} names differ", renamed),
        )
        if rows
    ]


def _counties(units: Mapping[str, _Unit], descriptor: dict[str, Any]) -> gpd.GeoDataFrame:
    """Put units into a counties frame: names from the register where it knows the code, else from the service."""
    import geopandas as gpd
    import pandas as pd

    divisions = register(scope="china")
    codes = sorted(units)
    rows = pd.DataFrame([_row(units[code], divisions) for code in codes], index=pd.Index(codes, name="adcode"))
    rows = rows.astype(dict.fromkeys(_COLUMNS[:6], "str"))
    rows["vintage"] = descriptor["vintage"]
    seats = [[unit.seat[axis] for unit in map(units.__getitem__, codes)] for axis in (0, 1)]
    rows["label_lon"], rows["label_lat"] = seats
    shifted = descriptor["datum_served"] == DATUM_NAMES["gcj02"]
    frame = gpd.GeoDataFrame(
        rows, geometry=[units[code].outline for code in codes], crs=None if shifted else descriptor["crs"]
    )
    if shifted:
        frame = shift_datum(frame, source="gcj02")
        frame["label_lon"], frame["label_lat"] = gcj02_to_wgs84(*seats)
    frame = frame[_COLUMNS]
    frame.attrs = {"source": descriptor}
    return frame


def _row(unit: _Unit, divisions: pd.DataFrame) -> dict[str, Any]:
    columns = _COLUMNS[:6]
    if unit.adcode in divisions.index:
        known = divisions.loc[unit.adcode]
        return {column: None if is_missing(known[column]) else str(known[column]) for column in columns}
    # A code the register does not know still says where it lies.
    prefecture, province = unit.adcode[:4] + "00", unit.adcode[:2] + "0000"
    names = divisions["name"].to_dict()
    values = (unit.name, None, prefecture if prefecture in names else None, names.get(prefecture))
    return dict(zip(columns, (*values, province, names.get(province)), strict=True))
