"""Base maps: tiles of a service under the counties, each with its datum, so that nothing lies in the wrong place.

None is drawn by default: the counties read by themselves, and a page with tiles cannot be sealed. Which datum a
service uses is a row of ``style/base_maps``. A service in GCJ-02 moves every point of China by up to some 700 m; it is
refused under data in CGCS2000 unless the caller asks for everything to be drawn shifted along with it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from urbangeo.archive.catalog import read_table
from urbangeo.errors import CrsError, InputError, listed
from urbangeo.language.datum import DATUM_NAMES, Datum
from urbangeo.language.scalars import plain
from urbangeo.windows.maps.words import text

if TYPE_CHECKING:
    import geopandas as gpd

    from urbangeo.windows.maps.words import Words

Kind = Literal["vec", "img", "ter"]

_LABELS: dict[Kind, str] = {"vec": "cva", "img": "cia", "ter": "cta"}
"""Tianditu draws names on a layer of their own."""
_TIANDITU_ZOOM: dict[Kind, int] = {"vec": 18, "img": 18, "ter": 14}
_TIANDITU = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER={layer}"
    "&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
_KEY = re.compile(r"[0-9a-f]{32}")
_ADDRESS = re.compile(r"(https?://[A-Za-z0-9.{}-]+(?::\d+)?)/\S*")
_SUBDOMAIN = re.compile(r"[A-Za-z0-9.-]+")
_OTHER_GRID = re.compile(r"Arctic|Antarctic|(?<!\d)(?:4326|3413|3031|27700)(?!\d)")
"""Names of layers that are cut in another grid than web Mercator."""
_TAG = re.compile(r"<[^>]*>")
_UNMOVED = ("cgcs2000", "wgs84")
_UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True)
class BaseMap:
    """Tiles to lie under a map; made by :func:`tianditu` or :func:`base_map`.

    Attributes
    ----------
    name : str
        Name of the service.
    tiles : tuple of str
        Addresses with ``{z}``, ``{x}``, ``{y}`` and perhaps ``{s}``, lowest first. They may hold a key, so they are
        not printed.
    subdomains : tuple of str
        What stands for ``{s}``.
    attribution : str
        Whose map it is, printed on the map.
    datum : {"cgcs2000", "wgs84", "gcj02"}
        Datum of the tiles.
    max_zoom : int
        Deepest zoom that has tiles; deeper views enlarge them.
    confirmed : bool
        Whether a source says the datum.
    """

    name: str
    tiles: tuple[str, ...] = field(repr=False)
    subdomains: tuple[str, ...]
    attribution: str
    datum: Datum
    max_zoom: int = 18
    confirmed: bool = True

    @property
    def shifted(self) -> bool:
        """Whether everything is drawn shifted along with the base map."""
        return self.datum not in _UNMOVED

    @property
    def hosts(self) -> tuple[str, ...]:
        """Where tiles are loaded from: scheme and host, nothing else.

        Raises
        ------
        InputError
            If a subdomain holds anything but letters, digits, dots and hyphens.
        """
        found: dict[str, None] = {}
        for address in self.tiles:
            place = _host(address)
            for part in self.subdomains if "{s}" in place else ("",):
                # One made by hand comes here unchecked, too.
                if part and not _SUBDOMAIN.fullmatch(part):
                    msg = f"The subdomain {part!r} of {self.name} cannot be used; make base maps with base_map()."
                    raise InputError(msg)
                found[place.replace("{s}", part)] = None
        return tuple(found)


def tianditu(key: str, *, kind: Kind = "vec") -> BaseMap:
    """Return Tianditu (天地图), the state's map service, as a base map: its map, pictures or terrain, with names.

    Parameters
    ----------
    key : str
        Your key for browsers (浏览器端) of console.tianditu.gov.cn. It stands in the page, readable for everyone who
        has the file: give the key a white list of pages there.
    kind : {"vec", "img", "ter"}, default "vec"
        Map, satellite pictures or terrain.

    Returns
    -------
    BaseMap
        For ``draw_map(base_map=...)``; in CGCS2000, as the data are.

    Raises
    ------
    InputError
        If the key is none (it is not repeated in the message) or the kind is unknown.

    Examples
    --------
    >>> tianditu("0123456789abcdef0123456789abcdef").datum
    'cgcs2000'
    """
    if kind not in get_args(Kind):
        msg = f"kind={kind!r}: expected 'vec' (map), 'img' (satellite pictures) or 'ter' (terrain)."
        raise InputError(msg)
    _require_key(key)
    row = _services()["Tianditu"]
    return BaseMap(
        name="天地图",
        tiles=tuple(_TIANDITU.format(layer=layer, key=key) for layer in (kind, _LABELS[kind])),
        subdomains=tuple("01234567"),
        attribution="国家地理信息公共服务平台（天地图）",
        datum=row["datum"],
        max_zoom=_TIANDITU_ZOOM[kind],
        confirmed=row["confidence"] != _UNCONFIRMED,
    )


def base_map(provider: Mapping[str, Any], *, datum: Datum | None = None, shift_display: bool = False) -> BaseMap:
    """Return a service of xyzservices as a base map, in the datum it is known to use.

    Parameters
    ----------
    provider : xyzservices.TileProvider
        Such as ``xyzservices.providers.OpenStreetMap.Mapnik``, with its key where it needs one; or any mapping with
        ``name``, ``url`` and ``attribution``.
    datum : {"cgcs2000", "wgs84", "gcj02", "bd09"}, optional
        Datum of the tiles; taken from the table ``style/base_maps``, and needed for services that have no row there.
    shift_display : bool, default False
        Draw everything shifted along with a base map in GCJ-02. Only the drawing moves, never the data; the page says
        so, and the map review number of the borders is not printed.

    Returns
    -------
    BaseMap
        For ``draw_map(base_map=...)``.

    Raises
    ------
    InputError
        If it is no provider, lacks its key or its attribution, is not in web Mercator, is unknown and no ``datum`` is
        told, or the datum told is not the one known.
    CrsError
        If it is in GCJ-02 and ``shift_display`` is not set, or in BD-09, whose tiles have a projection of their own.

    Examples
    --------
    >>> import xyzservices.providers as xyz
    >>> base_map(xyz.OpenStreetMap.Mapnik).datum
    'wgs84'
    >>> base_map(xyz.Gaode.Normal)
    Traceback (most recent call last):
    urbangeo.errors.CrsError: The tiles of Gaode.Normal are in GCJ-02, up to some 700 m away from the data (CGCS2000)...
    """
    _require_provider(provider)
    name = text(provider["name"])
    known = _services().get(name.split(".")[0])
    found = _datum(name, known, datum)
    if _OTHER_GRID.search(name):
        msg = f"The tiles of {name} are not in web Mercator; take another layer of the service."
        raise InputError(msg)
    if found == "bd09":
        msg = f"The tiles of {name} are in BD-09 and a projection of their own; they cannot lie under this map."
        raise CrsError(msg)
    if found not in _UNMOVED and not shift_display:
        msg = (
            f"The tiles of {name} are in {DATUM_NAMES[found]}, up to some 700 m away from the data (CGCS2000). Take a "
            "base map in WGS 84 or CGCS2000 such as tianditu(key), or shift_display=True to draw everything shifted "
            "along with it."
        )
        raise CrsError(msg)
    attribution = html.unescape(_TAG.sub("", text(provider.get("attribution"))))
    if not attribution:
        msg = f"{name} has no attribution; give it one, it is printed on the map."
        raise InputError(msg)
    return BaseMap(
        name=name,
        tiles=(_address(name, provider),),
        subdomains=_subdomains(name, provider),
        attribution=attribution,
        datum=found,
        max_zoom=int(provider.get("max_zoom", 18)),
        confirmed=datum is not None or (known is not None and known["confidence"] != _UNCONFIRMED),
    )


def _require_key(key: object) -> None:
    if isinstance(key, str) and _KEY.fullmatch(key):
        return
    what = f"a text of {len(key)} characters" if isinstance(key, str) else f"a {type(key).__name__}"
    msg = f"key is {what}; expected a key of Tianditu: 32 characters, digits and a to f."
    raise InputError(msg)


def _require_provider(provider: object) -> None:
    if not isinstance(provider, Mapping) or not {"name", "url"} <= set(provider):
        msg = f"provider is a {type(provider).__name__}; expected one of xyzservices.providers, or name, url and more."
        raise InputError(msg)


def _services() -> dict[str, dict[str, Any]]:
    rows = read_table("style/base_maps").to_dict("records")
    return {str(row["provider"]): {str(name): plain(value) for name, value in row.items()} for row in rows}


def _datum(name: str, known: Mapping[str, Any] | None, told: Datum | None) -> Datum:
    if told is not None and told not in get_args(Datum):
        msg = f"datum={told!r}: expected one of {listed(get_args(Datum))}."
        raise InputError(msg)
    if known is None:
        if told is None:
            msg = f"Which datum the tiles of {name} are in is not known here; tell it: datum='wgs84', 'gcj02', ..."
            raise InputError(msg)
        return told
    datum: Datum = known["datum"]
    # WGS 84 and CGCS2000 agree to better than a metre and are not told apart.
    if told is not None and told != datum and not {told, datum} <= set(_UNMOVED):
        msg = f"datum={told!r}, but {name} is known to be in {datum!r} (table style/base_maps)."
        raise InputError(msg)
    return datum


def _address(name: str, provider: Mapping[str, Any]) -> str:
    """Return the address of a provider's tiles with only zoom, column, row and subdomain left open."""
    kept = {place: f"{{{place}}}" for place in ("x", "y", "z", "s")}

    def fill(found: re.Match[str]) -> str:
        place = found[1]
        if place in kept:
            return kept[place]
        value = "" if place == "r" else provider.get(place)
        if value is None or str(value).startswith("<insert"):
            # Only the name of what is missing is told: values may be keys.
            msg = f"{name} needs {place!r}: give it with provider({place}=...)."
            raise InputError(msg)
        return str(value)

    address = re.sub(r"\{(\w+)\}", fill, str(provider["url"]))
    if not _ADDRESS.fullmatch(address) or not all(f"{{{place}}}" in address for place in "xyz"):
        msg = f"The address of {name} cannot be used; expected http(s)://host/... with {{z}}, {{x}} and {{y}}."
        raise InputError(msg)
    return address


def _subdomains(name: str, provider: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what stands for ``{s}``; hosts go into the policy of the page, so that nothing else may stand there."""
    found = tuple(map(str, provider.get("subdomains", "abc")))
    if not all(map(_SUBDOMAIN.fullmatch, found)):
        msg = f"The subdomains of {name} cannot be used; expected letters, digits, hyphens and dots."
        raise InputError(msg)
    return found


def _host(address: str) -> str:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        msg = "A base map has an address that is none; make it with tianditu() or base_map()."
        raise InputError(msg)
    return found[1]


def base_map_payload(base: object, *, words: Words) -> dict[str, Any] | None:
    """Return what the page is told of a base map.

    Parameters
    ----------
    base : BaseMap or None
        As the caller gave it.
    words : Words
        The words of the map.

    Returns
    -------
    dict or None
        Plain data for the page: where tiles come from, whose they are, whether everything is shifted.

    Raises
    ------
    InputError
        If it is neither a BaseMap nor None.
    """
    if base is None:
        return None
    if not isinstance(base, BaseMap):
        msg = f"base_map is a {type(base).__name__}; expected what tianditu() or base_map() returns, or None."
        raise InputError(msg)
    about = words.said("made.base_about", name=base.name, datum=DATUM_NAMES[base.datum])
    doubt = [] if base.confirmed else [words.said("made.base_unconfirmed")]
    return {
        "name": base.name,
        "tiles": list(base.tiles),
        "subdomains": list(base.subdomains),
        "hosts": list(base.hosts),
        "attribution": base.attribution,
        "max_zoom": base.max_zoom,
        "shifted": base.shifted,
        "about": [about, *([words.said("made.base_shift")] if base.shifted else []), *doubt],
    }


def as_drawn(counties: gpd.GeoDataFrame, base: object) -> gpd.GeoDataFrame:
    """Return the counties as the statement must see them: moved borders are changed borders.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame
        The counties drawn.
    base : BaseMap or None
        What lies under them.

    Returns
    -------
    geopandas.GeoDataFrame
        The same, marked as changed where the base map shifts the drawing.
    """
    source = counties.attrs.get("source")
    if not (isinstance(base, BaseMap) and base.shifted and isinstance(source, dict)):
        return counties
    marked = counties.copy()
    marked.attrs["source"] = {**source, "geometry_changed": True}
    return marked
