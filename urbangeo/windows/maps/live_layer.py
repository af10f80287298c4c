"""What the page is told of a live circle: the packed network for its engine, and a layer with its words and looks."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, JoinError, listed
from urbangeo.language.adcode import province_code
from urbangeo.sources.places import circle_centres
from urbangeo.sources.plans import circle_population_target
from urbangeo.windows.maps.circles import TARGET_MIN
from urbangeo.windows.maps.layers import base
from urbangeo.windows.maps.live.circle import LiveCircle
from urbangeo.windows.maps.references import quoted_mark
from urbangeo.windows.maps.words import minutes, shown, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from urbangeo.answers.fitness import NetworkReport
    from urbangeo.windows.maps.references import References
    from urbangeo.windows.maps.styles import StyleTables
    from urbangeo.windows.maps.words import Words

CUTOFFS = (15.0, 30.0, 45.0, 60.0)
"""Where the bands of a live circle begin and end, minutes: as the plans count, and as ordinary circles are drawn."""

LEAST_MIN = 15.0
"""The shortest time a reader may choose: below it the leg off the network decides more than the roads do."""

_SAME_SPOT = 1e-5
"""A metre, in degrees."""

_SKELETON = "skeleton"
_LOOKS = ("edge", "centre", "road", "off", "slower", "faster")
_PEOPLE_UNIT = {"zh": 10_000, "en": 1_000}
"""People are tabled in ten thousands in Chinese, in thousands in English."""


def live_payload(live: object) -> dict[str, Any]:
    """Return what the engine in the page opens.

    Parameters
    ----------
    live : LiveCircle
        As the caller gave it.

    Returns
    -------
    dict
        Plain data; words and looks stand in the layer.

    Raises
    ------
    InputError
        If it is no LiveCircle.
    """
    if not isinstance(live, LiveCircle):
        msg = f"live is a {type(live).__name__}; expected what live_circle(network, counties, census) returns, or None."
        raise InputError(msg)
    return dict(live.payload)


def live_layer(
    live: LiveCircle,
    counties: Sequence[Mapping[str, Any]],
    styles: StyleTables,
    references: References,
    *,
    words: Words,
    report: NetworkReport | None = None,
) -> list[dict[str, Any]]:
    """Return the layer of a live circle.

    Parameters
    ----------
    live : LiveCircle
        As the caller gave it.
    counties : sequence of mapping
        The counties of the page, each with ``adcode`` and ``at``.
    styles : StyleTables
        Colours of bands, of the edge, and of changed roads.
    references : References
        Sources of the plans' targets are cited here.
    words : Words
        The words of the map.
    report : NetworkReport, optional
        On the fitness of the roads; roads of one's own are held against the plan's target only where it finds them fit.

    Returns
    -------
    list of dict
        One layer: ``bands`` with their ``cutoffs``, ``starts`` (where it may begin, each with its centres and the
        plan's target, if it has one), limits, words, looks and how it is computed.
    """
    row = next((row for row in styles.layers if row["kind"] == "live"), None)
    if row is None:
        return []
    packed = live_payload(live)
    _require_same(live, counties)
    limit, fixed = float(packed["limit_min"]), live.source == "surface"
    cutoffs = [cutoff for cutoff in CUTOFFS if cutoff < limit] + [limit]
    verdict = _verdict(packed, report, words)
    refused = _no_target(packed, report, verdict, words)
    starts = _starts(packed, limit, references, words, refused=refused) or [_anywhere(counties)]
    judged = [refused] if any("no_target" in start for start in starts) else []
    if verdict and not judged and report is not None and report.verdict == "not_fit":
        judged = [words.said("live.verdict_note", verdict=verdict)]
    unconfirmed = set(packed["marks"]["unconfirmed"])
    seats = _seats()
    return [
        base(row, words)
        | {
            "kind": "live",
            "name": words.said("live.name", place=starts[0]["name"]) if len(starts) == 1 else words.cell(row, "name"),
            "notes": [_how(packed, words), *judged],
            "skeleton": bool(packed["marks"]["skeleton"]),
            "unconfirmed": bool(unconfirmed),
            "fixed": fixed,
            "reason": live.reason,
            "bands": _bands(cutoffs, styles),
            "cutoffs": cutoffs,
            "starts": starts,
            "minutes": min(limit, TARGET_MIN),
            "least": min(LEAST_MIN, limit),
            "limit": limit,
            "direction": packed["direction"],
            "rule": packed["rule"],
            "counted": "counties" in packed,
            "people_unit": _PEOPLE_UNIT[words.language],
            "roads_mark": _roads_mark(packed),
            "seats": [seats.get(str(county["adcode"])) for county in counties],
            "classes": {name: words.term("road_class", name) for name in packed.get("roads", {}).get("classes", [])},
            "how": [words.said("live.how_surface" if fixed else "live.how"), *_counted(packed, words)],
            "words": words.part("live"),
            "looks": {name: _look(styles.areas[f"live_{name}"]) for name in _LOOKS}
            | {kind: _look(styles.areas[kind]) for kind in ("gained", "lost")},
        }
    ]


def _roads_mark(packed: Mapping[str, Any]) -> str:
    """Return a short checksum of the roads: in the address of the page their numbers mean these roads only."""
    told = json.dumps(packed.get("roads", {}), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _verdict(packed: Mapping[str, Any], report: NetworkReport | None, words: Words) -> str:
    """Return the verdict of a report on these roads; nothing if there is none, or it is on other roads."""
    if report is None:
        return ""
    mixed = report.skeleton and report.kind != _SKELETON
    told = f"{report.kind}+{_SKELETON}" if mixed else report.kind
    kinds = {text(packed["network_kind"]), f"{text(packed['network_kind'])}+{_SKELETON}"}
    same = told in kinds and report.skeleton == packed["marks"]["skeleton"] and report.mode == packed["mode"]
    return words.retold(report.verdict_zh) if same else ""


def _no_target(packed: Mapping[str, Any], report: NetworkReport | None, verdict: str, words: Words) -> str:
    """Say why a figure of these roads is not held against the plan's target; nothing if it is."""
    # The packaged skeleton says on the map that it is one; what other roads are worth only a report can say.
    if packed["marks"]["skeleton"] and packed["network_kind"] == _SKELETON:
        return ""
    if not verdict or report is None:
        return words.said("live.no_target_unassessed")
    return words.said("live.no_target_unfit", verdict=verdict) if report.verdict == "not_fit" else ""


def _starts(
    packed: Mapping[str, Any], limit: float, references: References, words: Words, *, refused: str
) -> list[dict[str, Any]]:
    plans = {str(row["origin_id"]): row for row in read_table("plans/circles").to_dict("records")}
    found = []
    for start in packed["start"]:
        names = shown(start["name"]).split("、")
        whole = len(names) == len(start["at"])
        # The plan's name and its target belong to the plan's own centre, not to whatever bears its key.
        plan = plans.get(text(start["id"])) if limit >= TARGET_MIN and _is_plans_own(start) else None
        called = plan["title_zh"] if plan else start["id"] if _is_place(start["id"]) else start["name"]
        entry: dict[str, Any] = {
            "id": shown(start["id"]) if _is_place(start["id"]) else "",
            "name": words.retold(called) if plan else shown(called),
            "centres": [
                {"at": at, "name": names[number] if whole else f"{shown(start['name'])} {number + 1}"}
                for number, at in enumerate(start["at"])
            ],
        }
        if plan and plan["has_population_target"] and _is_whole(start["at"], packed) and refused:
            entry["no_target"] = refused
        elif plan and plan["has_population_target"] and _is_whole(start["at"], packed):
            people, source = circle_population_target()
            entry["target"] = {
                "people": people,
                "minutes": TARGET_MIN,
                "refs": references.cite(source),
                "mark": quoted_mark(source, words=words),
            }
        found.append(entry)
    return found


def _is_plans_own(start: Mapping[str, Any]) -> bool:
    """Tell whether a start lies where the plan's circle begins: its name alone may be given to any place."""
    centres = circle_centres()
    if text(start["id"]) not in centres.index:
        return False
    spots = shapely.get_coordinates(centres.loc[text(start["id"])].geometry)[:, ::-1]
    given = np.reshape(start["at"], (-1, 2))
    return spots.shape == given.shape and bool(np.allclose(spots, given, rtol=0, atol=_SAME_SPOT))


def _is_whole(at: Sequence[Sequence[float]], packed: Mapping[str, Any]) -> bool:
    """Tell whether all counties of the centre's province are counted: a part of them falls short of any target."""
    seats = _seats()
    nearest = min(seats, key=lambda code: (seats[code][0] - at[0][0]) ** 2 + (seats[code][1] - at[0][1]) ** 2)
    wanted = {code for code in seats if province_code(code) == province_code(nearest)}
    return "counties" in packed and wanted <= set(packed["counties"]["adcodes"])


def _counted(packed: Mapping[str, Any], words: Words) -> list[str]:
    """Say whose people are counted and whose are not."""
    if "counties" not in packed:
        return []
    zones = [
        words.said("made.zone_short", name=shown(zone["name"]), people=words.people(zone["resident_population"]))
        for zone in packed["counties"]["left_out"]
    ]
    told = [words.said("live.how_left_out", zones=words.listed(zones))] if zones else []
    return [words.said("live.how_people"), words.said("live.how_inside"), *told]


def _require_same(live: LiveCircle, counties: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a circle that counts other counties than the map shows: sums and lists would not agree."""
    drawn = {str(county["adcode"]) for county in counties}
    if live.adcodes and set(live.adcodes) != drawn:
        more, less = sorted(set(live.adcodes) - drawn), sorted(drawn - set(live.adcodes))
        lines = [f"only in the live circle: {listed(more)}"] if more else []
        lines += [f"only on the map: {listed(less)}"] if less else []
        msg = (
            f"The live circle counts {len(live.adcodes)} counties, the map shows {len(drawn)} ({'; '.join(lines)}). "
            "Give both the same: live_circle(network, counties, ...) and draw_map(counties, ...)."
        )
        raise JoinError(msg)


def _is_place(label: object) -> bool:
    """Tell whether the label of an origin reads as a name: coordinates do not."""
    return not text(label).isascii()


def _anywhere(counties: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a start for a circle without an origin: the first county of the map."""
    return {"name": counties[0]["name"], "centres": [{"at": counties[0]["at"], "name": counties[0]["name"]}]}


def _bands(cutoffs: Sequence[float], styles: StyleTables) -> list[dict[str, Any]]:
    """Colour the bands as those of ordinary circles; longer times than the plans' go on in the last colour."""
    edges = [0.0, *cutoffs]
    last = len(styles.bands) - 1
    return [
        {
            "text": f"{minutes(edges[rank])}—{minutes(cutoff)}",
            "colour": str(styles.bands[min(rank, last)]["colour"]),
            "opacity": float(styles.bands[min(rank, last)]["opacity"]),
        }
        for rank, cutoff in enumerate(cutoffs)
    ]


def _look(style: Mapping[str, Any]) -> dict[str, Any]:
    return {key: style[key] for key in ("stroke", "stroke_width", "dash") if style[key] is not None}


def _how(packed: Mapping[str, Any], words: Words) -> str:
    access = packed["access"]
    told = [words.term("mode", packed["mode"]), words.term("network_kind", packed["network_kind"])]
    leg = words.said("made.access", speed=f"{access['speed_kmh']:g}", circuity=f"{access['circuity']:g}")
    return words.joined([words.phrased(told), leg])


def _seats() -> dict[str, list[float]]:
    """Return the packaged seats of government, [lat, lon] by adcode, for centres that are asked for by county."""
    nodes = read_table("network/nodes")
    seats = nodes[(nodes["kind"] == "seat") & nodes["adcode"].notna()]
    return {
        str(row["adcode"]): [round(float(row["lat"]), 5), round(float(row["lon"]), 5)]
        for row in seats.to_dict("records")
    }
