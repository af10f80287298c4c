"""What is drawn from lists: designations and potential areas become layers of member counties with a legend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbangeo.language.scalars import is_missing
from urbangeo.windows.maps.words import CHINESE, Words, shown, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from urbangeo.windows.maps.styles import StyleTables

UNCONFIRMED = "unconfirmed"
_PART = ":part"
_SHOWN_NAMES = 12


def area_styles(styles: StyleTables) -> dict[str, dict[str, Any]]:
    """Return every area style, and for each one its variant for counties of which only a part is meant.

    Parameters
    ----------
    styles : StyleTables
        The style tables.

    Returns
    -------
    dict of str to dict
        Styles by name; ``"<name>:part"`` has no fill and a fine dash.
    """
    found: dict[str, dict[str, Any]] = {}
    for name, row in styles.areas.items():
        style = {key: value for key, value in row.items() if key != "style" and value is not None}
        found[name] = style
        found[name + _PART] = {key: value for key, value in style.items() if key not in ("fill", "pattern")} | {
            "dash": "2 5"
        }
    return found


def designation_layers(
    designations: pd.DataFrame, position: Mapping[str, int], styles: StyleTables, *, words: Words = CHINESE
) -> tuple[list[dict[str, Any]], list[str]]:
    """Turn designations into layers.

    Parameters
    ----------
    designations : pandas.DataFrame
        As ``read_designations`` returns it.
    position : mapping of str to int
        Place of each adcode on the map.
    styles : StyleTables
        Which programmes belong to which layer, and how they look.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of dict
        Layers, in panel order; a layer nobody on the map belongs to is left out.
    list of str
        Notes on members that could not be drawn because no layer of theirs is on the map.
    """
    layers: list[dict[str, Any]] = []
    notes: list[str] = []
    for row in styles.layers:
        if row["kind"] != "designation":
            continue
        lines: list[dict[str, Any]] = []
        undrawn: list[str] = []
        for programme in styles.programmes.get(row["layer"], ()):
            members = designations[designations["programme"] == programme["programme"]]
            made, missing = _programme_lines(members, programme, position, words)
            lines += made
            undrawn += missing
        if not lines:
            told = {"layer": words.cell(row, "name"), "members": words.joined(undrawn)}
            notes += [words.said("made.layer_outside", **told)] if undrawn else []
            continue
        drawn = {member for line in lines for member in line["members"]}
        layers.append(
            base(row, words)
            | {
                "kind": "areas",
                "count": len(drawn),
                "lines": lines,
                "notes": [*undrawn, *filter(None, [words.cell(row, "note")])],
                "unconfirmed": any(line["mark"] for line in lines),
            }
        )
    return layers, notes


def base(row: Mapping[str, Any], words: Words = CHINESE) -> dict[str, Any]:
    """Return what every layer says of itself.

    Parameters
    ----------
    row : mapping
        A row of ``style/layers``.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    dict
        id, group, name, order, on, count, lines, notes, unconfirmed, skeleton.
    """
    return {
        "id": row["layer"],
        "group": words.cell(row, "group"),
        "name": words.cell(row, "name"),
        "order": row["draw_order"],
        "on": bool(row["default_on"]),
        "count": None,
        "lines": [],
        "notes": [*filter(None, [words.cell(row, "note")])],
        "unconfirmed": False,
        "skeleton": False,
    }


def _programme_lines(
    members: pd.DataFrame, programme: Mapping[str, Any], position: Mapping[str, int], words: Words
) -> tuple[list[dict[str, Any]], list[str]]:
    # Weakest first, so that a county listed twice keeps its strongest row.
    rank: dict[int, tuple[str, str]] = {}
    no_code: list[str] = []
    outside: list[str] = []
    ordered = sorted(
        members.to_dict("records"), key=lambda row: (not _is_part(row), text(row["confidence"]) != UNCONFIRMED)
    )
    for row in ordered:
        if is_missing(row["adcode"]):
            no_code.append(shown(row["name"]))
        elif row["adcode"] not in position:
            outside.append(shown(row["name"]))
        else:
            mark = words.term("confidence", UNCONFIRMED) if text(row["confidence"]) == UNCONFIRMED else ""
            style = str(programme["unconfirmed_style"] if mark else programme["style"]) + (
                _PART if _is_part(row) else ""
            )
            rank[position[row["adcode"]]] = (style, mark)
    grouped: dict[tuple[str, str], list[int]] = {}
    for member in sorted(rank):
        grouped.setdefault(rank[member], []).append(member)
    lines = []
    for (style, mark), group in sorted(
        grouped.items(), key=lambda item: (bool(item[0][1]), item[0][0].endswith(_PART))
    ):
        told = words.cell(programme, "member") or (words.said("made.part_only") if style.endswith(_PART) else "")
        line = words.cell(programme, "line")
        for remark in filter(None, (told, mark)):
            line = words.said("made.marked", line=line, mark=remark)
        lines.append({"text": line, "style": style, "members": group, "mark": mark})
    notes = []
    if no_code:
        notes.append(words.said("made.no_code", names=_names(no_code, words)))
    if outside:
        notes.append(words.said("made.outside", names=_names(outside, words)))
    return lines, notes


def _is_part(row: Mapping[Any, Any]) -> bool:
    value = row.get("part_of_county")
    return not is_missing(value) and bool(value)


def _names(names: Iterable[str], words: Words) -> str:
    unique = list(dict.fromkeys(names))
    tail = words.said("made.and_more", count=len(unique)) if len(unique) > _SHOWN_NAMES else ""
    return words.listed(unique[:_SHOWN_NAMES]) + tail


def potential_layer(
    potential: pd.DataFrame,
    position: Mapping[str, int],
    provinces: Sequence[str],
    styles: StyleTables,
    *,
    words: Words = CHINESE,
) -> list[dict[str, Any]]:
    """Turn the potential-area list into a layer.

    Parameters
    ----------
    potential : pandas.DataFrame
        As ``potential_areas`` returns it.
    position : mapping of str to int
        Place of each adcode on the map.
    provinces : sequence of str
        Province of each county on the map, by place.
    styles : StyleTables
        The style tables.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of dict
        One layer, or none if no listed county is on the map.
    """
    row = next((row for row in styles.layers if row["kind"] == "potential"), None)
    on_map = potential[potential.index.isin(list(position))]
    if row is None or on_map.empty:
        return []
    lines = []
    for decision, style in (("potential", "potential"), ("undecided", "potential_undecided")):
        members = sorted(position[code] for code in on_map.index[on_map["decision"].map(text) == decision])
        if members or decision == "potential":
            per_province = {
                name: sum(provinces[member] == name for member in members) for name in dict.fromkeys(provinces)
            }
            counts = words.phrased(
                words.said("made.province_count", name=name, count=count) for name, count in per_province.items()
            )
            line = words.said(f"made.{decision}", counts=counts)
            lines.append({"text": line, "style": style, "members": members, "mark": ""})
    return [base(row, words) | {"kind": "areas", "count": len(lines[0]["members"]), "lines": lines}]
