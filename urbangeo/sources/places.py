"""Places by name or coordinates: where a circle starts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, UnknownNameError, listed
from urbangeo.language.adcode import closest, short_name

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    import geopandas as gpd
    import pandas as pd
    from shapely import MultiPoint, Point

_DASHES = re.compile("[-‐-―−－~]+")
_COORDINATES = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*[,，]\s*(-?\d+(?:\.\d+)?)\s*")


def circle_centres(role: str = "centre") -> gpd.GeoDataFrame:
    """Return the centres of the circles the plans speak of.

    Parameters
    ----------
    role : {"centre", "core_edge"}, default "centre"
        The city centre (two for 西宁—海东), or the hubs on the edge of the built-up core.

    Returns
    -------
    geopandas.GeoDataFrame
        Index origin_id (济南, 青岛, 西宁—海东); columns name, basis, confidence, geometry (Point, or MultiPoint where a
        circle starts from several places at once); EPSG:4490.

    Raises
    ------
    InputError
        If there are no centres of that role.

    Notes
    -----
    No plan that could be read names the centre point of a circle: all are the project's own choice, marked so.
    """
    import geopandas as gpd
    from shapely import MultiPoint, Point

    table = read_table("network/centres")
    if role not in set(table["role"]):
        msg = f"role {role!r} is not known; expected one of {listed(sorted(table['role'].unique()))}."
        raise InputError(msg)
    nodes = read_table("network/nodes").set_index("node_id")
    rows: list[dict[str, Any]] = []
    for origin_id, group in table[table["role"] == role].groupby("origin_id", sort=False):
        points = [Point(nodes.loc[node, "lon"], nodes.loc[node, "lat"]) for node in group["node_id"]]
        geometry: Point | MultiPoint = points[0] if len(points) == 1 else MultiPoint(points)
        rows.append(
            {
                "origin_id": origin_id,
                "name": "、".join(group["name_zh"]),
                "basis": "; ".join(dict.fromkeys(group["basis"])),
                "confidence": group["confidence"].iloc[0],
                "geometry": geometry,
            }
        )
    return (
        gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4326")
        .set_crs("EPSG:4490", allow_override=True)
        .set_index("origin_id")
    )


def locate(places: str | tuple[float, float] | Sequence[str | tuple[float, float]]) -> gpd.GeoDataFrame:
    """Find places by name or coordinates.

    A name may be one of the circles' centres (济南, 青岛, 西宁—海东), a city centre, interchange or station of the
    network, a county (its seat; full or short name, or adcode), or a prefecture and county together (济南市市中区). A
    name that several places bear is never guessed at.

    Parameters
    ----------
    places : str, (lon, lat) pair, or a sequence of these
        Text such as "济南", "历城", "370112" or "117.02,36.66" (CGCS2000 or WGS 84 degrees).

    Returns
    -------
    geopandas.GeoDataFrame
        Index origin_id (the text asked for); columns name, basis, confidence, geometry; EPSG:4490.

    Raises
    ------
    UnknownNameError
        If a name is not known (the message says the closest) or stands for several places (it lists them).
    InputError
        If coordinates lie outside China, a place is asked for twice, nothing was asked for, or what was asked for
        is neither a name nor a pair of numbers.

    Examples
    --------
    >>> frame = locate(["济南", "117.02,36.66"])
    >>> list(frame.index), frame.geometry.iloc[1].x
    (['济南', '117.02,36.66'], 117.02)
    """
    import pandas as pd

    given: Any = places
    single = not isinstance(given, Iterable) or isinstance(given, str | bytes)
    single |= isinstance(given, tuple) and all(isinstance(part, int | float) for part in given)
    asked = [given] if single else list(given)
    if not asked:
        msg = "No place was given; name one such as '济南', or give 'lon,lat'."
        raise InputError(msg)
    frame: gpd.GeoDataFrame = pd.concat([_locate_one(place) for place in asked])
    if not frame.index.is_unique:
        msg = f"These places were asked for twice: {listed(frame.index[frame.index.duplicated()])}."
        raise InputError(msg)
    return frame


def _locate_one(place: str | tuple[float, float]) -> gpd.GeoDataFrame:
    if not isinstance(place, str):
        try:
            lon, lat = (float(part) for part in place)
        except (TypeError, ValueError):
            msg = f"Place {place!r} is neither a name such as '济南' nor a pair of longitude and latitude."
            raise InputError(msg) from None
        return _from_coordinates(lon, lat)
    match = _COORDINATES.fullmatch(place)
    if match:
        return _from_coordinates(float(match[1]), float(match[2]), label=place.strip())
    return _from_name(place.strip())


def _from_coordinates(lon: float, lat: float, label: str | None = None) -> gpd.GeoDataFrame:
    # The land frame of China, south-west to north-east; a swapped pair falls outside it and is caught here.
    if not (73.0 <= lon <= 136.0 and 3.0 <= lat <= 54.0):
        swapped = " Did you swap them? The order is longitude, latitude." if 73.0 <= lat <= 136.0 else ""
        msg = f"Coordinates {lon:.10g},{lat:.10g} lie outside China (longitude 73–136, latitude 3–54).{swapped}"
        raise InputError(msg)
    # Ten digits tell places 1 mm apart; fewer would give neighbours one name.
    name = label or f"{lon:.10g},{lat:.10g}"
    return _frame(name, name, lon, lat, basis="coordinates given by the caller", confidence="given")


def _frame(origin_id: str, name: str, lon: float, lat: float, *, basis: str, confidence: str) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd
    from shapely import Point

    return gpd.GeoDataFrame(
        {"name": [name], "basis": [basis], "confidence": [confidence]},
        geometry=[Point(lon, lat)],
        index=pd.Index([origin_id], name="origin_id"),
        crs="EPSG:4490",
    )


def _from_name(word: str) -> gpd.GeoDataFrame:
    centres = circle_centres()
    # Nobody types the long dash of 西宁—海东; the name asked for stays the origin's id.
    same = [name for name in centres.index if _DASHES.sub("-", str(name)) == _DASHES.sub("-", word)]
    if same:
        return centres.loc[same].set_axis([word], axis=0).rename_axis("origin_id")
    named = _named_points()
    prefecture = _prefecture_named(word)
    # A planner means the county, then the city; an interchange or station that bears the same name comes last, so the
    # toll station 历城 never stands in for 历城区, nor one of 德州 for the prefecture.
    for rank, column in (("county", "exact"), ("county", "short"), ("centre", "exact"), ("centre", "short")):
        hits = named[(named["rank"] == rank) & named[column].map(lambda names: word in names)]
        if len(hits):
            return _only(word, hits)
    if prefecture is not None:
        members = named[(named["rank"] == "county") & named["label"].str.startswith(prefecture)]["label"]
        msg = f"{word!r} is a prefecture whose centre is not in the tables. Name a county of it: {listed(members, 20)}."
        raise UnknownNameError(msg)
    for column in ("exact", "short"):
        hits = named[(named["rank"] == "stop") & named[column].map(lambda names: word in names)]
        if len(hits):
            return _only(word, hits)
    known = [
        *centres.index,
        *sorted({name for names in named["exact"] for name in names if not name.isascii()}),
    ]
    near = closest(word, known)
    hint = f"Closest: {listed(near)}. " if near else ""
    shown = word if len(word) <= 40 else f"{word[:40]}…"
    msg = (
        f"Place {shown!r} is not known. {hint}Known are the circle centres {listed(centres.index)}, the counties of "
        "Shandong and Qinghai, and the city centres, interchanges and stations of the network; or give 'lon,lat'."
    )
    raise UnknownNameError(msg)


def _prefecture_named(word: str) -> str | None:
    names = read_table("boundaries/divisions")["prefecture"].drop_duplicates()
    hits = [str(name) for name in names if word in (name, short_name(name))]
    return hits[0] if hits else None


def _only(word: str, hits: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the one place a word stands for, or refuse to choose."""
    if len(hits) > 1:
        labels = listed(hits["label"], 12)
        msg = f"{word!r} stands for {len(hits)} places: {labels}. Say which, with its prefecture or its adcode."
        raise UnknownNameError(msg)
    row = hits.iloc[0]
    return _frame(word, row["label"], row["lon"], row["lat"], basis=row["source"], confidence=row["confidence"])


@functools.cache
def _named_points() -> pd.DataFrame:
    """List every named point with the names it answers to, exactly or as people say it."""
    import pandas as pd

    divisions = read_table("boundaries/divisions").set_index("adcode")
    rows = []
    for node in read_table("network/nodes").to_dict("records"):
        row = _names_of(node, divisions)
        if row is not None:
            row |= {"lon": node["lon"], "lat": node["lat"], "source": node["source"]}
            rows.append(row | {"confidence": f"position within {node['position_accuracy_km']:g} km"})
    return pd.DataFrame(rows)


def _names_of(node: dict[Hashable, Any], divisions: pd.DataFrame) -> dict[str, Any] | None:
    name, kind = str(node["name"]), node["kind"]
    if kind == "seat":
        county = divisions.loc[node["adcode"]]
        prefecture, county_name = str(county["prefecture"]), str(county["name"])
        label = prefecture + county_name
        short = {short_name(county_name), short_name(prefecture) + short_name(county_name)}
        short |= {short_name(prefecture) + county_name, prefecture + short_name(county_name)}
        return {
            "rank": "county",
            "label": label,
            "exact": {county_name, node["adcode"], label},
            "short": short,
        }
    bare = name.split("(", maxsplit=1)[0]
    if kind == "hub" and bare.endswith("市中心"):
        # 潍坊市中心 answers to 潍坊 and 潍坊市 too: it is the centre of the prefecture.
        city = bare.removesuffix("中心")
        return {"rank": "centre", "label": name, "exact": {name, bare, city}, "short": {short_name(city)}}
    if kind in ("hub", "station", "interchange"):
        label = f"{name} ({node['node_id']})"
        return {"rank": "stop", "label": label, "exact": {name, node["node_id"]}, "short": {bare}}
    return None
