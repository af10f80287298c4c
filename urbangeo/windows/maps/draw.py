"""The map itself: frames through the door, then every part asked of its module, then one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from urbangeo.errors import InputError, listed
from urbangeo.language.adcode import closest, short_name
from urbangeo.language.scalars import is_missing
from urbangeo.windows.maps.base_maps import as_drawn, base_map_payload
from urbangeo.windows.maps.cards import census_rows, coverage_rows, designation_rows, newest, potential_rows
from urbangeo.windows.maps.changes import change_layers
from urbangeo.windows.maps.checks import MapFrames, check_frames
from urbangeo.windows.maps.circles import bounds_of, centre_layer, circle_layers, is_skeleton, totals_tables
from urbangeo.windows.maps.context import context_layer
from urbangeo.windows.maps.curves import curves
from urbangeo.windows.maps.drawing import county_drawing
from urbangeo.windows.maps.encode import encode_coverage
from urbangeo.windows.maps.headings import (
    about_lines,
    made_subtitle,
    made_title,
    thematic_sources,
    untold,
    uses_skeleton,
)
from urbangeo.windows.maps.layers import area_styles, base, designation_layers, potential_layer
from urbangeo.windows.maps.live_layer import live_layer, live_payload
from urbangeo.windows.maps.page import build_page
from urbangeo.windows.maps.references import References
from urbangeo.windows.maps.roads import problem_layer, report_notes, road_layer, seat_layer
from urbangeo.windows.maps.statement import statement_lines
from urbangeo.windows.maps.styles import style_tables
from urbangeo.windows.maps.views import view_buttons
from urbangeo.windows.maps.words import Words, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import folium
    import geopandas as gpd
    import pandas as pd

    from urbangeo.answers.fitness import NetworkReport
    from urbangeo.archive.wording import Language
    from urbangeo.windows.maps.base_maps import BaseMap
    from urbangeo.windows.maps.live.circle import LiveCircle
    from urbangeo.windows.maps.styles import StyleTables

_LABEL_TOLERANCE = 0.02
"""Degrees to which the widest spot of a county is searched for its name; a name is many times wider on the map."""


def draw_map(
    counties: gpd.GeoDataFrame,
    *,
    census: pd.DataFrame | None = None,
    designations: pd.DataFrame | None = None,
    potential: pd.DataFrame | None = None,
    isochrones: gpd.GeoDataFrame | None = None,
    coverage: pd.DataFrame | None = None,
    totals: pd.DataFrame | None = None,
    network: Any = None,
    report: NetworkReport | None = None,
    changes: gpd.GeoDataFrame | None = None,
    live: LiveCircle | None = None,
    base_map: BaseMap | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    notes: Sequence[str] = (),
    layers_on: Sequence[str] | None = None,
    language: Language = "zh",
) -> folium.Map:
    """Draw counties, lists, potential areas, circles and roads as one interactive map.

    The page holds all it needs and asks for nothing from outside; it shows in a notebook as it does in a file. Which
    programmes make which layer, and all colours, are rows in ``data/style``. Everything unconfirmed is drawn dashed
    and said to be so, and results that rest on the skeleton network carry their mark on the map.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame
        Index adcode; name, prefecture_adcode, prefecture, province_adcode, province and geometry in EPSG:4490.
        ``attrs["source"]`` says where the borders come from and decides what the statement may claim.
    census : pandas.DataFrame, optional
        Index (adcode, year); the newest year is shown. Functional zones that have a host are told on its card.
    designations : pandas.DataFrame, optional
        One row a county and list. Rows without a code are told in the legend.
    potential : pandas.DataFrame, optional
        Index adcode; decision, reason, flips_under.
    isochrones : geopandas.GeoDataFrame, optional
        Index (origin_id, cutoff_min), discs from 0 to the cutoff; drawn as bands.
    coverage : pandas.DataFrame, optional
        Index (origin_id, cutoff_min, adcode); minutes and shares for the cards.
    totals : pandas.DataFrame, optional
        People in each circle under each definition, beside the target.
    network : Network, optional
        Roads and county seats to draw.
    report : NetworkReport, optional
        As ``network_report`` returns it: places to look at become a layer, km per 10,000 residents a fill of the
        counties, the verdict and its reasons notes in the panel.
    changes : geopandas.GeoDataFrame, optional
        Ground gained and lost between two scenarios, the ``changes`` of :func:`urbangeo.compare_circles`: index
        (origin_id, cutoff_min, kind). Each circle and cutoff is a layer with its square kilometres and its people.
    live : LiveCircle, optional
        From :func:`urbangeo.live_circle`: a circle whose centre, roads and minutes are changed in the page itself.
    base_map : BaseMap, optional
        A map to lie under the counties, from :func:`urbangeo.tianditu` or :func:`urbangeo.base_map`; none by default,
        the counties read by themselves. Its tiles are loaded from their service, so the map cannot be saved sealed.
    title, subtitle : str, optional
        Headings; made from the provinces and the census year by default.
    notes : sequence of str, optional
        What a reader must know, such as gaps in the lists; shown in the panel.
    layers_on : sequence of str, optional
        Keys of the layers that are on when the map opens (the rows of ``style/layers``, ``circle:<origin_id>`` and
        ``changes:<origin_id>:<minutes>``); the table decides by default.
    language : {"zh", "en"}, default "zh"
        What the map is written in. In English, names of counties, programmes and documents stay as their source writes
        them, and so do remarks whose English is not known; the statement on boundaries stands in both languages.

    Returns
    -------
    folium.Map
        The map. Two maps of the same frames are the same bytes.

    Raises
    ------
    InputError
        If something is no frame, a decision or a kind of change is unknown, ``layers_on`` names a layer the map does
        not have, or there are no words in ``language``.
    SchemaError
        If columns, types or indexes are not as described; all faults are told at once.
    CrsError
        If counties, isochrones or changes are not in EPSG:4490.
    JoinError
        If a row names a county of a province on the map that has no polygon.

    Examples
    --------
    >>> from urbangeo import draw_map, read_counties
    >>> page = draw_map(read_counties("青海"), title="青海省县级行政区").get_root().render()
    >>> "湟中区" in page, "https://cdn" in page
    (True, False)
    >>> english = draw_map(read_counties("青海"), language="en").get_root().render()
    >>> '<html lang="en">' in english, "Layers and legend" in english
    (True, True)
    """
    words = Words(language)
    frames = check_frames(
        MapFrames(
            counties, census, designations, potential, isochrones, coverage, totals, network, report, changes, live
        )
    )
    styles, references = style_tables(), References()
    position = {str(code): place for place, code in enumerate(frames.counties.index)}
    census_cards, census_notes = census_rows(frames.census, frames.counties, references, told=notes, words=words)
    county_list = _counties(frames, census_cards, styles, references, words=words)
    layers, layer_notes = _layers(frames, position, styles, words)
    if live is not None:
        layers += live_layer(live, county_list, styles, references, words=words, report=report)
    # A base map shows itself what lies around.
    around = [] if base_map is not None else context_layer(frames.counties, styles, words=words)
    layers = _in_order(layers + around, styles)
    _switch(layers, layers_on)
    totals_list: list[dict[str, Any]] = []
    if frames.totals is not None:
        totals_list = totals_tables(frames.totals, frames.isochrones, references, words=words)
    if any(layer["id"] == "potential" for layer in layers):
        # Last, so that the rule and its figures move no number that a card or a table bears.
        for ids in _sources_of(frames.potential):
            references.cite(ids)
    drawing = county_drawing(list(frames.counties.geometry))
    ground = base_map_payload(base_map, words=words)
    payload: dict[str, Any] = {
        "language": language,
        "title": words.retold(title) or made_title(frames, words),
        "subtitle": made_subtitle(frames, words) if subtitle is None else words.retold(subtitle),
        "words": words.page(),
        "statement": statement_lines(
            as_drawn(frames.counties, base_map), thematic_sources(frames, words), context=bool(around), words=words
        ),
        "drawing": drawing,
        "geometry": encode_coverage(list(frames.counties.geometry), packed=True),
        "counties": county_list,
        "places": _places(frames.counties),
        "styles": area_styles(styles),
        "fills": _fills(frames, styles, words),
        "layers": layers,
        "views": view_buttons(frames.counties, frames.isochrones, frames.changes, words=words),
        "totals": totals_list,
        "curves": curves(frames.totals, frames.coverage, frames.isochrones, words=words),
        "totals_skeleton": uses_skeleton(frames),
        "reach_skeleton": frames.coverage is not None and is_skeleton(frames.coverage),
        "notes": [
            *map(words.retold, notes),
            *census_notes,
            *layer_notes,
            *report_notes(frames.report, words=words),
            *untold(frames, notes, words),
        ],
        "about": [*about_lines(frames, words, context=bool(around)), *(ground["about"] if ground else [])],
        "sources": references.listing(words=words),
        "live": None if live is None else live_payload(live),
        "base_map": ground,
    }
    west, south, east, north = (float(value) for value in frames.counties.total_bounds)
    return build_page(payload, (round((south + north) / 2, 4), round((west + east) / 2, 4)))


def _counties(
    frames: MapFrames,
    census_cards: dict[str, list[list[str]]],
    styles: StyleTables,
    references: References,
    *,
    words: Words,
) -> list[dict[str, Any]]:
    lists = designation_rows(frames.designations, styles, references, words=words)
    decisions = potential_rows(frames.potential, words=words)
    reach = coverage_rows(frames.coverage, frames.isochrones, words=words)
    spots = _label_points(frames.counties.geometry)
    parts: dict[str, dict[str, Any]] = {"census": census_cards, "lists": lists, "potential": decisions, "reach": reach}
    found = []
    # Rows of a frame with a source descriptor are made slowly: each copies it.
    rows = frames.counties.drop(columns="geometry").to_dict("records")
    for code, row, at in zip(frames.counties.index, rows, spots, strict=True):
        name = text(row["name"])
        item: dict[str, Any] = {
            "adcode": str(code),
            "name": name,
            "label": _two_lines(name),
            "type": words.retold(row.get("type")) if words.is_told(row.get("type")) else text(row.get("type")),
            "prefecture": text(row["prefecture"]),
            "province": text(row["province"]),
            "at": at,
        }
        item |= {key: told[str(code)] for key, told in parts.items() if str(code) in told}
        found.append(item)
    return found


def _label_points(geometries: Any) -> list[list[float]]:
    """Return the middle of the widest spot of each area, [lat, lon]: where its name reads best."""
    circles = shapely.maximum_inscribed_circle(np.asarray(geometries), tolerance=_LABEL_TOLERANCE)
    points = shapely.get_point(circles, 0)
    return [
        [round(float(y), 5), round(float(x), 5)]
        for x, y in zip(shapely.get_x(points), shapely.get_y(points), strict=True)
    ]


def _two_lines(name: str) -> str:
    short = short_name(name)
    return (
        f"{short}\n{name[len(short) :]}"
        if len(name) > 5 and name.startswith(short) and len(short) < len(name)
        else name
    )


def _places(counties: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """List provinces and prefectures with the spots for their names."""
    found = []
    polygons = counties.geometry.to_numpy()
    for level in ("province", "prefecture"):
        groups = sorted(counties.groupby(f"{level}_adcode", sort=False).indices.items())
        names = [text(counties[level].iloc[rows[0]]) for _, rows in groups]
        shapes = [_whole(polygons[rows]) for _, rows in groups]
        found += [
            {
                "level": level,
                "text": name,
                "at": at,
                "bounds": bounds_of(shape.bounds),
                # By the rule of the codes a province's seat of government is its first prefecture.
                "capital": level == "prefecture" and str(code).endswith("0100"),
            }
            for (code, _), name, at, shape in zip(groups, names, _label_points(shapes), shapes, strict=True)
            if name
        ]
    return found


def _whole(polygons: Any) -> Any:
    """Unite polygons to find where their name stands: quickly if they are a coverage, patiently if they overlap."""
    try:
        whole = shapely.coverage_union_all(polygons)
    except shapely.GEOSException:
        return shapely.union_all(polygons)
    return whole if shapely.is_valid(whole) else shapely.union_all(polygons)


def _layers(
    frames: MapFrames, position: dict[str, int], styles: StyleTables, words: Words
) -> tuple[list[dict[str, Any]], list[str]]:
    layers: list[dict[str, Any]] = []
    notes: list[str] = []
    if frames.designations is not None:
        layers, notes = designation_layers(frames.designations, position, styles, words=words)
    if frames.potential is not None:
        provinces = [text(name) for name in frames.counties["province"]]
        layers += potential_layer(frames.potential, position, provinces, styles, words=words)
    if frames.isochrones is not None:
        layers += circle_layers(frames.isochrones, styles, words=words)
    if frames.changes is not None:
        changed, more = change_layers(frames.changes, styles, words=words)
        layers, notes = layers + changed, notes + more
    centred = frames.changes if frames.isochrones is None else frames.isochrones
    if centred is not None:
        layers += centre_layer(centred, frames.counties, styles, words=words)
    if frames.network is not None:
        layers += road_layer(frames.network, styles, words=words)
    if frames.report is not None:
        layers += problem_layer(frames.report, styles, words=words)
    layers += seat_layer(frames.network, frames.counties, styles, words=words)
    layers += [
        base(row, words) | {"kind": row["kind"]} for row in styles.layers if row["kind"] in ("labels", "graticule")
    ]
    return _in_order(layers, styles), notes


def _sources_of(potential: pd.DataFrame | None) -> list[str]:
    """List what the potential areas on the map rest on: the census, the provincial rate and the rule."""
    if potential is None or "source_id" not in potential:
        return []
    return list(dict.fromkeys(map(text, potential["source_id"])))


def _in_order(layers: list[dict[str, Any]], styles: StyleTables) -> list[dict[str, Any]]:
    rank = {row["layer"]: place for place, row in enumerate(styles.layers)}
    return sorted(layers, key=lambda layer: rank[layer["id"].split(":")[0]])


def _switch(layers: list[dict[str, Any]], layers_on: Sequence[str] | None) -> None:
    if layers_on is None:
        return
    if isinstance(layers_on, str):
        msg = f"layers_on is the text {layers_on!r}; expected a list of layer keys."
        raise InputError(msg)
    known = [layer["id"] for layer in layers]
    strange = [key for key in layers_on if key not in known]
    if strange:
        near = closest(str(strange[0]), known)
        hint = f" Closest: {listed(near)}." if near else ""
        msg = f"layers_on names {listed(strange)}, which this map does not have.{hint} It has {listed(known, 30)}."
        raise InputError(msg)
    for layer in layers:
        layer["on"] = layer["id"] in layers_on


def _fills(frames: MapFrames, styles: StyleTables, words: Words) -> list[dict[str, Any]]:
    fills: list[dict[str, Any]] = [{"id": "none", "name": words.said("made.no_fill")}]
    if frames.census is not None:
        year, rows = newest(frames.census)
        fill = _fill(rows["urbanization_rate_pct"], frames, styles, words)
        fills.append({"id": "rate", "name": words.said("made.rate_fill", year=year)} | fill)
    by_county = None if frames.report is None else frames.report.by_county
    if frames.report is not None and by_county is not None and by_county["km_per_10000"].notna().any():
        name = words.said("made.roads_fill") + (words.said("made.skeleton_tail") if frames.report.skeleton else "")
        fills.append({"id": "roads", "name": name} | _fill(by_county["km_per_10000"], frames, styles, words))
    return fills


def _fill(values: pd.Series, frames: MapFrames, styles: StyleTables, words: Words) -> dict[str, Any]:
    """Class the values of the counties on the map by the table of classes of their column."""
    classes = [row for row in styles.classes if row["measure"] == values.name]
    known = values.to_dict()
    return {
        "classes": [{"colour": row["colour"], "name": words.cell(row, "name")} for row in classes],
        "values": [_class_of(known.get(code), classes) for code in frames.counties.index],
    }


def _class_of(value: object, classes: Sequence[Any]) -> int | None:
    if is_missing(value):
        return None
    number = float(str(value))
    for rank, row in enumerate(classes):
        if (row["lower"] is None or number >= row["lower"]) and (row["upper"] is None or number < row["upper"]):
            return rank
    return None
