"""What is drawn from lists: designations and potential areas become layers of member counties with a legend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbangeo.language.scalars import is_missing
from urbangeo.windows.maps.words import shown, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from urbangeo.windows.maps.styles import StyleTables

UNCONFIRMED = "unconfirmed"
UNCONFIRMED_ZH = "待核实"
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
    designations: pd.DataFrame, position: Mapping[str, int], styles: StyleTables
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
            made, missing = _programme_lines(members, programme, position)
            lines += made
            undrawn += missing
        if not lines:
            notes += [f"“{row['name_zh']}”的成员均不在图幅内，未上图（{'；'.join(undrawn)}）。"] if undrawn else []
            continue
        drawn = {member for line in lines for member in line["members"]}
        layers.append(
            base(row)
            | {
                "kind": "areas",
                "count": len(drawn),
                "lines": lines,
                "notes": [*undrawn, *([row["note_zh"]] if row["note_zh"] else [])],
                "unconfirmed": any(line["mark"] for line in lines),
            }
        )
    return layers, notes


def base(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every layer says of itself.

    Parameters
    ----------
    row : mapping
        A row of ``style/layers``.

    Returns
    -------
    dict
        id, group, name, order, on, count, lines, notes, unconfirmed, skeleton.
    """
    return {
        "id": row["layer"],
        "group": row["group_zh"],
        "name": row["name_zh"],
        "order": row["draw_order"],
        "on": bool(row["default_on"]),
        "count": None,
        "lines": [],
        "notes": [row["note_zh"]] if row["note_zh"] else [],
        "unconfirmed": False,
        "skeleton": False,
    }


def _programme_lines(
    members: pd.DataFrame, programme: Mapping[str, Any], position: Mapping[str, int]
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
            mark = UNCONFIRMED_ZH if text(row["confidence"]) == UNCONFIRMED else ""
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
        told = programme["member_zh"] or ("仅涉及部分区域" if style.endswith(_PART) else "")
        part = f"（{told}）" if told else ""
        words = f"{programme['line_zh']}{part}" + (f"（{mark}）" if mark else "")
        lines.append({"text": words, "style": style, "members": group, "mark": mark})
    notes = []
    if no_code:
        notes.append(f"无县级代码，未上图：{_names(no_code)}")
    if outside:
        notes.append(f"图幅外，未上图：{_names(outside)}")
    return lines, notes


def _is_part(row: Mapping[Any, Any]) -> bool:
    value = row.get("part_of_county")
    return not is_missing(value) and bool(value)


def _names(names: Iterable[str]) -> str:
    unique = list(dict.fromkeys(names))
    tail = f" 等 {len(unique)} 个" if len(unique) > _SHOWN_NAMES else ""
    return "、".join(unique[:_SHOWN_NAMES]) + tail


def potential_layer(
    potential: pd.DataFrame, position: Mapping[str, int], provinces: Sequence[str], styles: StyleTables
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
    for decision, style, words in (
        ("potential", "potential", "潜力地区"),
        ("undecided", "potential_undecided", "无法判定（数据不足）"),
    ):
        members = sorted(position[code] for code in on_map.index[on_map["decision"].map(text) == decision])
        if members or decision == "potential":
            per_province = {
                name: sum(provinces[member] == name for member in members) for name in dict.fromkeys(provinces)
            }
            counts = "，".join(f"{name} {count} 个" for name, count in per_province.items())
            lines.append({"text": f"{words}（{counts}）", "style": style, "members": members, "mark": ""})
    return [base(row) | {"kind": "areas", "count": len(lines[0]["members"]), "lines": lines}]
