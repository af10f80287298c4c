"""What the columns of a line layer say: class, direction, speed, structure, in words of the layer's own.

Every word is understood or refused; all faults are told at once.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, UnknownNameError, listed
from urbangeo.sources.network.columns import Coded, Column, take_column
from urbangeo.sources.network.lines.files import short_word
from urbangeo.sources.network.osm.classes import classes_of_highways, drivable_highways, known_highways
from urbangeo.sources.network.speeds.means import FASTEST_KMH, ROAD_CLASSES

if TYPE_CHECKING:
    from collections.abc import Mapping

    import geopandas as gpd
    import pandas as pd

CLASS_NAMES = "network/class_names"
"""The table of Chinese words for classes."""

COLUMNS: dict[str, tuple[str, ...]] = {
    "road_class": (
        *("road_class", "fclass", "highway", "技术等级", "道路等级", "公路等级", "等级", "路等级", "rteg"),
        *("道路类型", "道路类别"),
    ),
    "speed_kmh": ("speed_kmh",),
    "maxspeed_kmh": ("maxspeed_kmh", "maxspeed", "限速", "限制速度"),
    "oneway": ("oneway", "one_way", "单行", "单向", "单双向", "通行方向"),
    "road_name": ("road_name", "name", "道路名称", "路线名称", "名称", "路名"),
    "road_code": ("road_code", "ref", "路线编号", "道路编号", "路线代码", "编号"),
    "structure": ("structure", "桥隧"),
    "bridge": ("bridge", "桥", "桥梁"),
    "tunnel": ("tunnel", "隧道"),
    "level": ("level", "layer", "层次", "层级"),
    "lanes": ("lanes", "车道数"),
    "toll": ("toll", "收费"),
    "terrain": ("terrain", "地形"),
    "setting": ("setting",),
    "osm_id": ("osm_id",),
}
"""What a column can be, and the names by which it is found without being told, in this order; case and blanks do not
count."""

Direction = Literal["both", "forward", "backward"]

_LONGEST = 200
_WHO_MANAGES = ("国道", "省道", "县道", "乡道", "村道", "专用公路")
_DIRECTIONS: dict[str, Direction] = {
    **dict.fromkeys(("", "no", "n", "0", "false", "b", "both", "双向", "双", "否"), "both"),
    **dict.fromkeys(("yes", "y", "1", "true", "forward", "ft", "单向", "单行", "是", "正向", "顺向"), "forward"),
    **dict.fromkeys(("-1", "reverse", "backward", "tf", "逆向", "反向"), "backward"),
}
_GEOFABRIK: dict[str, Direction] = {"f": "forward", "t": "backward", "b": "both"}
_TRUTHS = {
    **dict.fromkeys(("", "no", "n", "0", "false", "f", "none", "否", "无", "不收费"), False),
    **dict.fromkeys(("yes", "y", "1", "true", "t", "是", "有", "收费"), True),
}
_STRUCTURES = {
    **dict.fromkeys(("", "no", "none", "0", "ground", "surface", "路基", "路面", "地面", "道路", "无", "普通"), ""),
    **dict.fromkeys(
        ("bridge", "viaduct", "elevated", "桥", "桥梁", "特大桥", "大桥", "中桥", "小桥", "高架", "高架桥", "立交桥"),
        "bridge",
    ),
    **dict.fromkeys(("tunnel", "隧道", "特长隧道", "长隧道", "中隧道", "短隧道"), "tunnel"),
    **dict.fromkeys(("ferry", "轮渡"), "ferry"),
}
_KINDS_OF_BRIDGE = {"bridge", "viaduct", "movable", "cantilever", "covered", "trestle", "boardwalk", "aqueduct"}
_KINDS_OF_TUNNEL = {"tunnel", "building_passage", "avalanche_protector", "culvert", "covered"}


def find_columns(frame: gpd.GeoDataFrame, given: Mapping[str, str | None], unknown_class: str | None) -> dict[str, str]:
    """Say which column is what: as the caller says, else by the usual names.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        The layer.
    given : mapping of str to str or None
        What the caller says, keys of :data:`COLUMNS`; None for a column that is not there.
    unknown_class : str or None
        Class of roads without one; without it a column of classes must be there.

    Returns
    -------
    dict of str to str
        Name of the column in the layer by what it is.

    Raises
    ------
    InputError
        If a column named is missing, or none says the class.
    """
    names = [str(name) for name in frame.columns if name != frame.geometry.name]
    found: dict[str, str] = {}
    faults = []
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(_plain(name), name)
    for role, usual in COLUMNS.items():
        if role in given:
            wanted = given[role]
            if wanted is None:
                continue
            # A name of a Shapefile is cut at ten bytes.
            hit = wanted if wanted in names else by_plain.get(_plain(wanted)) or _cut_name(wanted, names)
            if hit is None:
                faults.append(f"there is no column {wanted!r} for {role}")
            else:
                found[role] = hit
            continue
        hit = next((by_plain[word] for word in map(_plain, usual) if word in by_plain), None)
        hit = hit or next((cut for word in usual if (cut := _cut_name(word, names)) is not None), None)
        if hit is not None and hit not in {given[role] for role in given}:
            found[role] = hit
    if "road_class" not in found and unknown_class is None and not faults:
        faults.append(
            "no column says the class of the roads: name it with columns={'road_class': ...}, or give all roads one "
            "class with unknown_class="
        )
    if faults:
        there = f"the columns {listed([short_word(name) for name in names], 20)}" if names else "no columns"
        msg = f"{'; '.join(faults)}. The layer has {there}."
        raise InputError(msg)
    return found


def _cut_name(wanted: str, names: list[str]) -> str | None:
    cut = wanted.encode("utf-8")[:10].decode("utf-8", "ignore")
    gbk = wanted.encode("gb18030", "ignore")[:10].decode("gb18030", "ignore")
    return next((name for name in names if name in {cut, gbk} and name != wanted and len(name) > 3), None)


def _plain(word: object) -> str:
    return "".join(unicodedata.normalize("NFKC", str(word)).casefold().split())


def column_words(column: pd.Series) -> Coded:
    """Write a column as texts: whole numbers without a point, nothing for what is missing.

    Parameters
    ----------
    column : pandas.Series
        Texts, numbers or truths.

    Returns
    -------
    Coded
        One text a row, none where it is blank.
    """
    import pandas as pd

    # Each different value is written once: millions of roads have some hundred classes and names.
    codes, different = pd.factorize(column, use_na_sentinel=True)
    kinds = pd.api.types
    made: list[str | None]
    if kinds.is_bool_dtype(column.dtype):
        made = ["1" if value else "0" for value in different]
    elif kinds.is_numeric_dtype(column.dtype):
        made = [_number_text(float(value)) for value in different]
    else:
        made = [_cell_text(value) for value in different]
    words = Coded.from_texts([*made, None])
    return Coded(words.codes[codes], words.values)


def _number_text(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _cell_text(value: object) -> str | None:
    if isinstance(value, bool | np.bool_):
        return "1" if value else "0"
    text = str(value).strip()
    return text or None


# --- what the columns say -----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LineRows:
    """What is known of each line.

    Attributes
    ----------
    road_class, structure : Coded
        Class, and bridge, tunnel, ferry or none.
    drivable, forward, backward, toll : numpy.ndarray of bool
        Whether it is a road for cars, open in and against the direction of its line, and tolled.
    level, speed_kmh : numpy.ndarray of float64
        Level (0 where none is said), and mean speed (NaN where none is given).
    columns : dict of str to Column
        Further edge columns.
    class_words : dict of str to str
        What each word for a class was read as.
    counts : dict of str to int
        What had to be assumed, in rows.
    """

    road_class: Coded
    drivable: NDArray[np.bool_]
    forward: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    structure: Coded
    level: NDArray[np.float64]
    speed_kmh: NDArray[np.float64]
    toll: NDArray[np.bool_]
    columns: dict[str, Column]
    class_words: dict[str, str]
    counts: dict[str, int]

    def take(self, rows: NDArray[Any]) -> LineRows:
        """Pick rows.

        Parameters
        ----------
        rows : numpy.ndarray
            Places, or a mask.

        Returns
        -------
        LineRows
            The rows picked.
        """
        arrays = {
            name: getattr(self, name)[rows]
            for name in ("drivable", "forward", "backward", "level", "speed_kmh", "toll")
        }
        return replace(
            self,
            **arrays,
            road_class=self.road_class.take(rows),
            structure=self.structure.take(rows),
            columns={name: take_column(column, rows) for name, column in self.columns.items()},
        )


def understand(  # noqa: PLR0917
    words: dict[str, Coded],
    count: int,
    classes: Mapping[str, str | None],
    unknown_class: str | None,
    oneways: Mapping[str, Direction],
    name: str,
) -> LineRows:
    """Understand every column, telling all faults at once; unknown classes are told last, by an error of their own.

    Parameters
    ----------
    words : dict of str to Coded
        Columns as texts, by what they are.
    count : int
        Rows.
    classes, unknown_class, oneways
        As in :func:`urbangeo.read_line_layer`.
    name : str
        What messages call the layer.

    Returns
    -------
    LineRows
        What each row says.

    Raises
    ------
    InputError
        If a direction, number, structure, toll, terrain or setting is not understood.
    UnknownNameError
        If a class is not known.
    """
    faults: list[str] = []
    counts: dict[str, int] = {}
    forward, backward = _directions(words.get("oneway"), count, oneways, faults, counts)
    lanes = _numbers(words.get("lanes"), count, "lanes", faults, least=0, most=30)
    speed = _numbers(words.get("speed_kmh"), count, "speed_kmh", faults, least=0, most=FASTEST_KMH)
    signed = _numbers(words.get("maxspeed_kmh"), count, "maxspeed_kmh", faults, least=0, most=FASTEST_KMH)
    level = np.nan_to_num(_numbers(words.get("level"), count, "level", faults, least=-50, most=50, zero=True), nan=0.0)
    structure = _structures(words, count, faults)
    toll = _truths(words.get("toll"), count, "toll", frozenset(), faults)
    toll_said = words["toll"].codes >= 0 if "toll" in words else np.zeros(count, dtype=bool)
    limited = {
        role: _limited(words[role], role, known, faults)
        for role, known in (("terrain", ("plain", "hills", "mountain")), ("setting", ("rural", "urban", "mixed")))
        if role in words
    }
    if faults:
        msg = f"{name} cannot be read: {'; '.join(faults)}."
        raise InputError(msg)
    road_class, drivable, class_words = _classes(
        words.get("road_class"), count, classes, unknown_class, forward ^ backward, lanes, name, counts
    )
    # Expressways are tolled unless the layer says otherwise, as in every other reader.
    assumed = ~toll_said & road_class.is_in(("expressway", "expressway_link"))
    if assumed.any():
        counts["rows_toll_assumed"] = int(assumed.sum())
    toll |= assumed
    columns: dict[str, Column] = {"source": Coded.constant(name, count), **limited}
    for role in ("road_name", "road_code"):
        if role in words:
            columns[role] = _cut_texts(words[role], counts)
    if "maxspeed_kmh" in words:
        columns["maxspeed_kmh"] = signed.astype(np.float32)
    if "lanes" in words:
        columns["lanes"] = lanes.astype(np.float32)
    if "osm_id" in words:
        columns["osm_id"] = _whole(words["osm_id"])
    if "road_class" in words and set(words["road_class"].values) & set(known_highways()):
        columns["highway"] = _cut_texts(words["road_class"], counts)
    return LineRows(
        *(road_class, drivable, forward, backward, structure, level, speed, toll, columns, class_words, counts)
    )


def _classes(  # noqa: PLR0917
    words: Coded | None,
    count: int,
    given: Mapping[str, str | None],
    unknown_class: str | None,
    oneway: NDArray[np.bool_],
    lanes: NDArray[np.float64],
    name: str,
    counts: dict[str, int],
) -> tuple[Coded, NDArray[np.bool_], dict[str, str]]:
    """Give every row its class, or say which words are not known."""
    if words is None:
        return Coded.constant(str(unknown_class), count), np.ones(count, dtype=bool), {}
    table = read_table(CLASS_NAMES)
    chinese = {
        _plain(row["value"]): str(row["road_class"]) if row["drivable"] else "" for row in table.to_dict("records")
    }
    own = {_plain(word): "" if meant is None else str(meant) for word, meant in given.items()}
    osm, drivable = set(known_highways()), set(drivable_highways())
    # By word: the caller's, a class of ours, Chinese, OpenStreetMap (whose class depends on the row), or unknown.
    meant: list[str | None] = []
    by_tag = np.zeros(len(words.values) + 1, dtype=bool)
    for place, word in enumerate(words.values):
        plain = _plain(word)
        if plain in own:
            meant.append(own[plain])
        elif plain in ROAD_CLASSES:
            meant.append(plain)
        elif plain in chinese:
            meant.append(chinese[plain])
        elif plain in osm:
            by_tag[place] = plain in drivable
            meant.append("")
        else:
            meant.append(None)
    meant.append(None)
    strange = np.array([word is None for word in meant])
    asked = np.bincount(words.codes, minlength=len(meant)) if (words.codes >= 0).all() else _counted(words, len(meant))
    if unknown_class is None and asked[strange].any():
        _refuse_classes(words, asked, strange, name)
    filled = [unknown_class if word is None else word for word in meant]
    values = tuple(sorted({str(word) for word in filled if word} | set(ROAD_CLASSES)))
    number = {value: place for place, value in enumerate(values)} | {"": -1}
    codes = np.array([number[str(word or "")] for word in filled], dtype=np.int16)[words.codes]
    tagged = by_tag[words.codes]
    if tagged.any():
        highway = Coded(words.codes, tuple(map(_plain, words.values)))
        found = classes_of_highways(highway, oneway=oneway, lanes=lanes)
        lookup = np.array([*(number[value] for value in found.values), -1], dtype=np.int16)
        codes = np.where(tagged, lookup[found.codes], codes)
    if unknown_class is not None and asked[strange].any():
        counts["rows_of_unknown_class"] = int(asked[strange].sum())
    said = {
        short_word(word): ("by osm_classes" if by_tag[place] else filled[place] or "not for cars")
        for place, word in enumerate(words.values[:200])
    }
    return Coded(codes, values), codes >= 0, said


def _counted(words: Coded, size: int) -> NDArray[np.int64]:
    """Count the rows of each word, those without one in the last place."""
    return np.bincount(np.where(words.codes < 0, size - 1, words.codes), minlength=size)


def _refuse_classes(words: Coded, asked: NDArray[Any], strange: NDArray[np.bool_], name: str) -> None:
    order = [place for place in np.argsort(-asked, kind="stable") if strange[place] and asked[place]]
    shown = [
        f"{short_word(words.values[place]) if place < len(words.values) else '(blank)'} ({asked[place]:,} rows)"
        for place in order
    ]
    hint = (
        " 国道, 省道, 县道 and 乡道 say who manages a road, not how it is built."
        if any(place < len(words.values) and words.values[place] in _WHO_MANAGES for place in order)
        else ""
    )
    msg = (
        f"{name} has classes of road that are not known: {listed(shown, 20)}.{hint} Say what they mean with "
        "classes={'word': 'secondary_2', ...} (None for what is no road for cars), or give all of them one class with "
        f"unknown_class=. The classes are {listed(ROAD_CLASSES, 20)}."
    )
    raise UnknownNameError(msg)


def _directions(
    words: Coded | None, count: int, given: Mapping[str, Direction], faults: list[str], counts: dict[str, int]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    if words is None:
        return np.ones(count, dtype=bool), np.ones(count, dtype=bool)
    own = {_plain(word): meant for word, meant in given.items()}
    plain = [_plain(word) for word in words.values]
    # F, T, B as Geofabrik writes them; T and F alone may as well be true and false.
    letters = {word for word in plain if word in _GEOFABRIK}
    if {"f", "t"} & letters - set(own) and "b" not in letters:
        faults.append(
            "the column oneway holds only T and F, which may be true and false or the directions T and F; say which "
            "with oneways={'T': 'forward', 'F': 'both'} or oneways={'F': 'forward', 'T': 'backward'}"
        )
        return np.ones(count, dtype=bool), np.ones(count, dtype=bool)
    known = _DIRECTIONS | _GEOFABRIK | own
    strange = [short_word(word) for word, bare in zip(words.values, plain, strict=True) if bare not in known]
    if strange:
        faults.append(
            f"oneway has values that are not known: {listed(strange)}; say what they mean with "
            "oneways={'word': 'both'} (or 'forward', 'backward')"
        )
        return np.ones(count, dtype=bool), np.ones(count, dtype=bool)
    meant = [*(known[word] for word in plain), "both"]
    if (words.codes < 0).any():
        counts["rows_without_oneway_read_as_both"] = int((words.codes < 0).sum())
    ahead = np.array([word != "backward" for word in meant])[words.codes]
    back = np.array([word != "forward" for word in meant])[words.codes]
    return ahead, back


def _numbers(
    words: Coded | None, count: int, role: str, faults: list[str], *, least: float, most: float, zero: bool = False
) -> NDArray[np.float64]:
    """Read numbers; 0 means not known, save where it is a value."""
    if words is None:
        return np.full(count, np.nan)
    values = np.full(len(words.values) + 1, np.nan)
    strange = []
    for place, word in enumerate(words.values):
        text = re.sub(r"\s*(km/h|kmh|kph|公里/小时|千米/小时)$", "", unicodedata.normalize("NFKC", word).casefold())
        if text in {"none", "null", "nan", ""}:
            continue
        try:
            number = float(text)
        except ValueError:
            strange.append(short_word(word))
            continue
        if not least <= number <= most:
            strange.append(short_word(word))
        elif number != 0 or zero:
            values[place] = number
    if strange:
        faults.append(
            f"{role} has values that are no numbers from {least:g} to {most:g}: {listed(strange)} "
            f"(columns={{{role!r}: None}} leaves the column out)"
        )
    return np.asarray(values[words.codes])


def _truths(
    words: Coded | None, count: int, role: str, also: frozenset[str] | set[str], faults: list[str]
) -> NDArray[np.bool_]:
    if words is None:
        return np.zeros(count, dtype=bool)
    known = _TRUTHS | dict.fromkeys(also, True)
    strange = [short_word(word) for word in words.values if _plain(word) not in known]
    if strange:
        faults.append(
            f"{role} has values that are not known: {listed(strange)}; expected yes or no, 1 or 0, T or F, 是 or 否 "
            f"(columns={{{role!r}: None}} leaves the column out)"
        )
        return np.zeros(count, dtype=bool)
    return np.asarray(np.array([*(known[_plain(word)] for word in words.values), False])[words.codes], dtype=bool)


def _structures(words: dict[str, Coded], count: int, faults: list[str]) -> Coded:
    values = ("bridge", "tunnel", "ferry")
    codes = np.full(count, -1, dtype=np.int8)
    if "structure" in words:
        column = words["structure"]
        strange = [short_word(word) for word in column.values if _plain(word) not in _STRUCTURES]
        if strange:
            faults.append(
                f"structure has values that are not known: {listed(strange)}; expected bridge (桥梁), tunnel (隧道), "
                "ferry (轮渡) or none (columns={'structure': None} leaves the column out)"
            )
            return Coded(codes, values)
        number = {value: place for place, value in enumerate(values)} | {"": -1}
        table = [*(number[_STRUCTURES[_plain(word)]] for word in column.values), -1]
        codes = np.array(table, dtype=np.int8)[column.codes]
    for place, (role, also) in enumerate((("bridge", _KINDS_OF_BRIDGE | {"桥", "桥梁"}), ("tunnel", _KINDS_OF_TUNNEL | {"隧道"}))):  # fmt: skip  # noqa: E501
        codes[_truths(words.get(role), count, role, also, faults) & (codes < 0)] = place
    return Coded(codes, values)


def _limited(words: Coded, role: str, known: tuple[str, ...], faults: list[str]) -> Coded:
    strange = [short_word(word) for word in words.values if word not in known]
    if strange:
        faults.append(
            f"{role} has values that are not known: {listed(strange)}; expected {listed(known)} "
            f"(columns={{{role!r}: None}} leaves the column out)"
        )
    return words


def _cut_texts(words: Coded, counts: dict[str, int]) -> Coded:
    long = [len(word) > _LONGEST for word in words.values]
    if not any(long):
        return words
    counts["texts_cut"] = counts.get("texts_cut", 0) + int(np.array([*long, False])[words.codes].sum())
    table = np.array([*(word[:_LONGEST] for word in words.values), None], dtype=object)
    return Coded.from_texts(table[words.codes])


def _whole(words: Coded) -> NDArray[np.int64]:
    table = [int(word) if word.isdecimal() and len(word) < 19 else -1 for word in words.values]
    return np.asarray(np.array([*table, -1], dtype=np.int64)[words.codes], dtype=np.int64)
