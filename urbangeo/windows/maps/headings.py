"""What is said of the whole map: its headings, its dates and datum, and whose data it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urbangeo.language.schemas import SKELETON
from urbangeo.windows.credits import OTHER_ZH, road_credits
from urbangeo.windows.maps.cards import newest
from urbangeo.windows.maps.circles import is_skeleton, totals_on_skeleton
from urbangeo.windows.maps.references import first_title
from urbangeo.windows.maps.words import text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from urbangeo.windows.maps.checks import MapFrames
    from urbangeo.windows.maps.words import Words

_PROVINCES_NAMED = 4
_NATIONAL_FROM = 20
"""More provinces than this read as a map of China, which must show what no county polygon holds."""


def made_title(frames: MapFrames, words: Words) -> str:
    """Make a title from the provinces on the map.

    Parameters
    ----------
    frames : MapFrames
        What is drawn.
    words : Words
        The words of the map.

    Returns
    -------
    str
        The title; without names where there are many.
    """
    names = list(dict.fromkeys(text(name) for name in frames.counties["province"]))
    if len(names) > _PROVINCES_NAMED:
        return words.said("made.title_bare")
    return words.said("made.title", provinces=words.listed(names))


def made_subtitle(frames: MapFrames, words: Words) -> str:
    """Say what is drawn.

    Parameters
    ----------
    frames : MapFrames
        What is drawn.
    words : Words
        The words of the map.

    Returns
    -------
    str
        The subtitle.
    """
    parts = [words.said("made.subtitle_counties")]
    if frames.census is not None:
        parts.append(words.said("made.subtitle_census", year=newest(frames.census)[0]))
    for frame, key in (
        (frames.designations, "lists"),
        (frames.potential, "potential"),
        (frames.isochrones, "circles"),
        (frames.changes, "changes"),
    ):
        if frame is not None:
            parts.append(words.said(f"made.subtitle_{key}"))
    return " · ".join(parts)


def uses_skeleton(frames: MapFrames) -> bool:
    """Tell whether anything on the map rests on the authored skeleton.

    Parameters
    ----------
    frames : MapFrames
        What is drawn.

    Returns
    -------
    bool
        True if something does, or does not say.
    """
    told = _travel_frames(frames)
    reported = frames.report is not None and frames.report.skeleton
    drawn = SKELETON in text(getattr(frames.network, "stated_kind", ""))
    live = frames.live is not None and bool(frames.live.payload["marks"]["skeleton"])
    # Totals that stand alone say it in their notes; those without notes do not say, so it is taken to be so.
    alone = frames.totals is not None and not told and totals_on_skeleton(frames.totals)
    return reported or drawn or live or alone or any(is_skeleton(frame) for frame in told)


def thematic_sources(frames: MapFrames, words: Words) -> list[str]:
    """Name the sources of what is drawn on the counties.

    Parameters
    ----------
    frames : MapFrames
        What is drawn.
    words : Words
        The words of the map; titles stay as they are.

    Returns
    -------
    list of str
        Short names, for the statement.
    """
    found = []
    if frames.census is not None:
        _, rows = newest(frames.census)
        titles = (title for value in rows["source_id"] if (title := first_title(value)))
        found.append(next(titles, words.said("made.no_source")))
    if frames.designations is not None:
        found.append(words.said("made.list_sources"))
    if any(
        part is not None for part in (frames.network, frames.isochrones, frames.report, frames.changes, frames.live)
    ):
        found += [words.retold(credit) for credit in _road_credits(frames)]
    return found


def _travel_frames(frames: MapFrames) -> list[pd.DataFrame]:
    return [frame for frame in (frames.isochrones, frames.coverage, frames.changes) if frame is not None]


def _road_credits(frames: MapFrames) -> list[str]:
    told = _travel_frames(frames)
    kinds = [text(kind) for frame in told if "network_kind" in frame for kind in frame["network_kind"].unique()]
    kinds += [] if frames.report is None else [frames.report.kind]
    kinds += [] if frames.live is None else [text(frames.live.payload["network_kind"])]
    kinds += [text(getattr(frames.network, "stated_kind", ""))] + ([SKELETON] if uses_skeleton(frames) else [])
    return road_credits(getattr(frames.network, "provenance", None), kinds) or [OTHER_ZH]


def about_lines(frames: MapFrames, words: Words, *, context: bool = False) -> list[str]:
    """Say datum, projection and dates, and what the map is not.

    Parameters
    ----------
    frames : MapFrames
        What is drawn.
    words : Words
        The words of the map.
    context : bool, default False
        Whether neighbouring provinces are drawn in grey.

    Returns
    -------
    list of str
        One paragraph each.
    """
    source = frames.counties.attrs.get("source") or {}
    vintage = words.month(source.get("vintage")) if isinstance(source, dict) else ""
    lines = [
        words.said("made.crs"),
        words.said("made.vintage", month=vintage or words.said("made.vintage_unknown")),
    ]
    provinces = frames.counties["province_adcode"].nunique()
    if provinces > _NATIONAL_FROM:
        lines.append(words.said("made.not_national"))
    elif context:
        lines.append(words.said("made.grey_around"))
    elif provinces > 1:
        lines.append(words.said("made.only_these"))
    lines.append(words.said("made.thinned"))
    if frames.census is not None:
        lines.append(words.said("made.census_day", year=newest(frames.census)[0]))
    if frames.isochrones is not None:
        lines.append(words.said("made.generalized"))
    lines.append(words.said("made.credit"))
    return lines


def untold(frames: MapFrames, notes: Sequence[str], words: Words) -> list[str]:
    """Say it where remarks stay Chinese on a map in English.

    Parameters
    ----------
    frames : MapFrames
        What is drawn.
    notes : sequence of str
        What the caller wants said.
    words : Words
        The words of the map.

    Returns
    -------
    list of str
        One note, or none.
    """
    if words.is_chinese:
        return []
    remarks: list[object] = list(notes)
    if frames.potential is not None:
        remarks += [*frames.potential["reason"], *frames.potential.get("flips_under", ())]
    if frames.totals is not None:
        remarks += [*frames.totals["definition_zh"], *frames.totals.get("note", ())]
    if frames.report is not None:
        remarks += [*frames.report.reasons, *frames.report.problems["note_zh"]]
    return (
        []
        if all(words.is_told(remark) for remark in dict.fromkeys(map(text, remarks)))
        else [words.said("made.untranslated")]
    )
