"""What is drawn from the network: road pieces by class, county seats, and places to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbangeo.answers.fitness import worst_first
from urbangeo.language.schemas import SKELETON
from urbangeo.windows.maps.encode import LINE_SCALE, pack_line
from urbangeo.windows.maps.layers import base
from urbangeo.windows.maps.words import CHINESE, Words, shown, text

if TYPE_CHECKING:
    import geopandas as gpd

    from urbangeo.answers.fitness import NetworkReport
    from urbangeo.windows.maps.styles import StyleTables

MOST_DRAWN = 500
"""Points of one kind that are drawn; more make a page slow and a map black. All stand in the exported file."""


def road_layer(network: Any, styles: StyleTables, *, words: Words = CHINESE) -> list[dict[str, Any]]:
    """Turn the road network into a layer, one legend line a class.

    Parameters
    ----------
    network : Network
        As ``read_network`` returns it.
    styles : StyleTables
        The style tables.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of dict
        One layer, or none if the network has no lines.
    """
    row = next((row for row in styles.layers if row["kind"] == "roads"), None)
    lines = network.lines()
    if row is None or lines.empty:
        return []
    classes = lines["road_class"].map(lambda name: text(name) if text(name) in styles.roads else "other")
    drawn = []
    for name, style in reversed(list(styles.roads.items())):
        pieces = lines.geometry[classes == name]
        if pieces.empty:
            continue
        drawn.append(
            {
                "text": words.said("made.class_line", name=words.cell(style, "name"), count=f"{len(pieces):,}"),
                "stroke": style["colour"],
                "stroke_width": style["width"],
                "dash": style["dash"] or "",
                "paths": pack_line(pieces.to_numpy()),
            }
        )
    kind = text(getattr(network, "stated_kind", ""))
    skeleton = SKELETON in kind or not kind
    notes = [words.said("made.skeleton_note")] if skeleton else []
    return [
        base(row, words) | {"kind": "roads", "lines": drawn, "scale": LINE_SCALE, "notes": notes, "skeleton": skeleton}
    ]


def seat_layer(
    network: Any, counties: gpd.GeoDataFrame, styles: StyleTables, *, words: Words = CHINESE
) -> list[dict[str, Any]]:
    """Turn county seats into a layer of small points.

    Parameters
    ----------
    network : Network or None
        Its nodes of kind "seat" are used; without them the label points of the boundary source.
    counties : geopandas.GeoDataFrame
        The counties on the map.
    styles : StyleTables
        The style tables.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of dict
        One layer, or none if no point is known.
    """
    row = next((row for row in styles.layers if row["kind"] == "seats"), None)
    if row is None:
        return []
    points: list[list[float]] = []
    notes: list[str] = []
    if network is not None and "kind" in network.nodes and (network.nodes["kind"] == "seat").any():
        seats = network.nodes[network.nodes["kind"] == "seat"].geometry
        points = [[round(point.y, 5), round(point.x, 5)] for point in seats]
        notes = [words.said("made.seat_note")]
    elif {"label_lon", "label_lat"} <= set(counties.columns):
        known = counties[["label_lat", "label_lon"]].dropna()
        points = [[round(float(lat), 5), round(float(lon), 5)] for lat, lon in known.itertuples(index=False)]
        notes = [words.said("made.label_note")]
    if not points:
        return []
    return [base(row, words) | {"kind": "seats", "points": points, "notes": notes}]


def problem_layer(report: NetworkReport, styles: StyleTables, *, words: Words = CHINESE) -> list[dict[str, Any]]:
    """Turn the problem points of a network report into a layer, one legend line a kind.

    Parameters
    ----------
    report : NetworkReport
        As ``network_report`` returns it.
    styles : StyleTables
        The style tables.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of dict
        One layer, or none if there is nothing to look at.
    """
    row = next((row for row in styles.layers if row["kind"] == "problems"), None)
    problems = report.problems
    if row is None or problems.empty:
        return []
    lines: list[dict[str, Any]] = []
    notes = [*filter(None, [words.cell(row, "note")])]
    for kind, style in styles.problems.items():
        members = problems[problems["kind"] == kind]
        if members.empty:
            continue
        name = shown(members["name_zh"].iloc[0]) if words.is_chinese else words.cell(style, "name")
        ranked = worst_first(members, str(kind))
        points = [
            {
                "at": [round(float(place["lat"]), 5), round(float(place["lon"]), 5)],
                "note": words.retold(place["note_zh"]),
            }
            for place in ranked.head(MOST_DRAWN).to_dict("records")
        ]
        lines.append(
            {
                "text": words.said("made.problem_line", name=name, count=f"{len(members):,}"),
                "colour": style["colour"],
                "radius": style["radius"],
                "points": points,
            }
        )
        if len(members) > MOST_DRAWN:
            notes.append(words.said("made.problem_rest", name=name, count=len(members) - MOST_DRAWN))
    layer = {"kind": "problems", "lines": lines, "notes": notes, "skeleton": report.skeleton}
    return [base(row, words) | layer]


def report_notes(report: NetworkReport | None, *, words: Words = CHINESE) -> list[str]:
    """Say the verdict of a network report and its reasons.

    Parameters
    ----------
    report : NetworkReport or None
        As ``network_report`` returns it.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of str
        One note for the panel; none without a report.
    """
    if report is None:
        return []
    reasons = words.joined(words.retold(reason) for reason in report.reasons)
    return [shown(words.said("made.report", verdict=words.retold(report.verdict_zh), reasons=reasons))]
