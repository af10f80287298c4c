"""What stands beside the map: the legend of what is on, and no line of what is off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbangeo.windows.pictures.decode import path_of
from urbangeo.windows.pictures.flow import Piece, Section
from urbangeo.windows.pictures.lines import wrapped
from urbangeo.windows.pictures.mosaic import CONTOUR, NO_DATA, PREFECTURES, PROVINCES
from urbangeo.windows.pictures.patterns import fill_with, star
from urbangeo.windows.pictures.sheet import ASCENT, BRAND, INK, LEADING, SOFT, WARN, Box

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from urbangeo.windows.pictures.choice import Choice
    from urbangeo.windows.pictures.sheet import Sheet

    Sign = Callable[[Sheet, Box], None]

_SIGN_WIDE, _SIGN_HIGH, _SIGN_GAP = 26.0, 12.0, 6.0
"""Pixels of the page."""


class Setter:
    """Sets text and signs for columns of one width.

    Parameters
    ----------
    sheet : Sheet
        Whose letters measure the text.
    width : float
        Points of a column.
    size : float
        Points of ordinary text.
    """

    def __init__(self, sheet: Sheet, width: float, size: float) -> None:
        self.sheet = sheet
        self.width = width
        self.size = size
        self.small = 0.9 * size
        self.pixel = size / 12.0
        """Points of a pixel of the page beside the map, where ordinary text has twelve."""

    def heading(self, words: str) -> list[Piece]:
        """Set the heading of a section, with a line under it.

        Parameters
        ----------
        words : str
            The heading.

        Returns
        -------
        list of Piece
            It never stands last in a column.
        """
        size, width = 1.14 * self.size, self.width
        lines = wrapped(words, self.sheet.face(bold=True), size, width)
        high = (len(lines) * LEADING + 0.75) * size

        def draw(sheet: Sheet, left: float, top: float) -> None:
            for number, line in enumerate(lines):
                y = top - (0.45 + ASCENT + number * LEADING) * size
                sheet.write(line, left, y, size, part="panel", bold=True, colour=BRAND)
            y = top - high + 0.26 * size
            sheet.line([(left, y), (left + width, y)], colour="#c3cfdb", thick=0.6 * sheet.unit)

        return [Piece(high, draw, with_next=True)]

    def text(
        self,
        words: str,
        *,
        size: float | None = None,
        bold: bool = False,
        colour: str = INK,
        lead: str = "",
        indent: float = 0.0,
        with_next: bool = False,
    ) -> list[Piece]:
        """Set a paragraph.

        Parameters
        ----------
        words : str
            The text.
        size : float, optional
            Points; ordinary by default.
        bold : bool, default False
            In the bold face.
        colour : str
            Of the letters.
        lead : str, default ""
            A number or bullet before the first line.
        indent : float, default 0
            Points before every line, in which the lead stands.
        with_next : bool, default False
            Not to be the last in a column.

        Returns
        -------
        list of Piece
            One a line.
        """
        points = self.size if size is None else size
        lines = wrapped(words, self.sheet.face(bold=bold), points, self.width - indent)
        pieces = []
        for number, line in enumerate(lines):
            first, last = number == 0, number == len(lines) - 1
            high = (LEADING + (0.16 if last else 0.0)) * points

            def draw(sheet: Sheet, left: float, top: float, line: str = line, *, first: bool = first) -> None:
                y = top - (ASCENT + 0.2) * points
                if lead and first:
                    sheet.write(lead, left, y, points, part="panel", bold=bold, colour=colour)
                sheet.write(line, left + indent, y, points, part="panel", bold=bold, colour=colour)

            # Neither a first nor a last line stands alone in a column.
            tied = len(lines) > 1 and (first or number == len(lines) - 2)
            pieces.append(Piece(high, draw, with_next=(with_next if last else tied)))
        return pieces

    def signed(self, sign: Sign, words: str) -> list[Piece]:
        """Set a sign and what it means.

        Parameters
        ----------
        sign : callable
            Draws into a box.
        words : str
            Its meaning.

        Returns
        -------
        list of Piece
            One.
        """
        wide, gap, high = _SIGN_WIDE * self.pixel, _SIGN_GAP * self.pixel, _SIGN_HIGH * self.pixel
        lines = wrapped(words, self.sheet.face(), self.size, self.width - wide - gap)
        size = self.size

        def draw(sheet: Sheet, left: float, top: float) -> None:
            middle = top - 0.5 * LEADING * size
            sign(sheet, Box(left, middle - high / 2, left + wide, middle + high / 2))
            for number, line in enumerate(lines):
                y = top - (ASCENT + 0.2 + number * LEADING) * size
                sheet.write(line, left + wide + gap, y, size, part="panel")

        return [Piece((len(lines) * LEADING + 0.1) * size, draw)]

    def gap(self, share: float) -> Piece:
        """Leave something free.

        Parameters
        ----------
        share : float
            Of the size of the text.

        Returns
        -------
        Piece
            Nothing, that high.
        """
        return Piece(share * self.size, lambda _sheet, _left, _top: None)


def legend_section(setter: Setter, choice: Choice, seen: Collection[str]) -> Section:
    """Make the legend of a picture.

    Parameters
    ----------
    setter : Setter
        For the width of the column.
    choice : Choice
        What is shown.
    seen : collection of str
        Keys of the layers of which something lies in the frames.

    Returns
    -------
    Section
        Borders, the fill, and every layer that is on and to be seen.
    """
    words, atlas = choice.words, choice.atlas
    pieces = setter.heading(words["legend"])
    pieces += setter.signed(_borders(atlas), choice.said("borders"))
    classes = choice.fill.get("classes")
    if classes:
        pieces += setter.text(choice.fill["name"], bold=True, with_next=True)
        for item in classes:
            pieces += setter.signed(_plain(item["colour"]), item["name"])
        if any(value is None for value in choice.fill["values"]):
            pieces += setter.signed(_plain(NO_DATA), words["no_data"])
    group = ""
    told = [layer for layer in choice.layers if layer["id"] in seen and (layer["lines"] or layer["notes"])]
    for layer, names in _alike(told):
        if layer["group"] != group:
            group = layer["group"]
            pieces.append(setter.gap(0.3))
            pieces += setter.text(group, bold=True, colour=BRAND, size=1.04 * setter.size, with_next=True)
        pieces += _layer(setter, choice, layer, choice.said("and").join(names))
    if any(layer["count"] is not None for layer in told):
        pieces += setter.text(words["counted"], size=setter.small, colour=SOFT)
    return Section("legend", words["legend"], pieces)


def _alike(layers: Iterable[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], list[str]]]:
    """Put circles with the same bands and the same remarks together: they are told once, under all their names."""
    found: list[tuple[Mapping[str, Any], list[str]]] = []
    for layer in layers:
        name = str(layer["name"])
        if found and layer["kind"] == "circles" and _told(found[-1][0]) == _told(layer):
            found[-1][1].append(name)
        else:
            found.append((layer, [name]))
    return found


def _told(layer: Mapping[str, Any]) -> tuple[Any, ...]:
    return layer["kind"], layer["group"], layer["lines"], layer["notes"]


def _layer(setter: Setter, choice: Choice, layer: Mapping[str, Any], name: str) -> list[Piece]:
    words, styles = choice.words, choice.atlas["styles"]
    count = "" if layer["count"] is None else f"{words['count_open']}{layer['count']}{words['count_close']}"
    notes = list(layer["notes"])
    pieces = setter.text(f"{name}{count}", bold=True, with_next=True)
    if layer["kind"] == "circles":
        pieces += _bands(setter, layer, words["minute"])
    elif layer["kind"] == "context" and notes:
        pieces += setter.signed(_plain(layer["fill"]), notes.pop(0))
    elif layer["kind"] in _DOTS and notes:
        pieces += setter.signed(_dot(*_DOTS[layer["kind"]]), notes.pop(0))
    else:
        for line in layer["lines"]:
            told = str(line["text"])
            if "members" in line and len(layer["lines"]) > 1:
                told += f"{words['count_open']}{len(line['members'])}{words['count_close']}"
            pieces += setter.signed(_sign_of(line, styles), told)
    for note in notes:
        pieces += setter.text(note, size=setter.small, colour=SOFT)
    return pieces


_DOTS: dict[str, tuple[float, str, float]] = {"centres": (5.0, CONTOUR, 1.5), "seats": (2.4, "#333333", 0.8)}
"""Layers of points: radius and edge in pixels."""


def _sign_of(line: Mapping[str, Any], styles: Mapping[str, Any]) -> Sign:
    if "style" in line:
        return _area(styles[line["style"]])
    if "radius" in line:
        return _dot(float(line["radius"]), str(line["colour"]), 1.2)
    return _line(str(line["stroke"]), float(line["stroke_width"]), str(line.get("dash") or ""))


def _scaled(sheet_box: Box) -> float:
    """Return points a pixel from the box of a sign."""
    return sheet_box.height / _SIGN_HIGH


def _area(style: dict[str, Any]) -> Sign:
    def draw(sheet: Sheet, box: Box) -> None:
        pixel = _scaled(box)
        edge = Box(box.left + 2 * pixel, box.bottom + 0.5 * pixel, box.right - 2 * pixel, box.top - 0.5 * pixel)
        corners = [(edge.left, edge.bottom), (edge.right, edge.bottom), (edge.right, edge.top), (edge.left, edge.top)]
        import numpy as np

        fill_with(sheet, path_of([[np.array(corners)]]), style, inside=edge, order=41.0, pixel=pixel)
        thick = float(style.get("stroke_width") or 0) * pixel
        dash = [float(part) * pixel for part in str(style.get("dash") or "").split()]
        if style.get("stroke"):
            sheet.rectangle(edge, stroke=style["stroke"], thick=thick, dash=dash or None, order=42.0)
        if style.get("symbol") == "star":
            middle = ((edge.left + edge.right) / 2, (edge.bottom + edge.top) / 2)
            sheet.polygon(star(*middle, 4.6 * pixel), fill=style["stroke"], order=43.0)

    return draw


def _plain(colour: str) -> Sign:
    return _area({"fill": colour, "fill_opacity": 1.0, "stroke": "#8b8b8b", "stroke_width": 0.5})


def _dot(radius: float, colour: str, edge: float) -> Sign:
    def draw(sheet: Sheet, box: Box) -> None:
        pixel = _scaled(box)
        x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
        sheet.dot(x, y, radius * pixel, fill=colour, thick=edge * pixel, order=42.0)

    return draw


def _line(colour: str, thick: float, dash: str) -> Sign:
    def draw(sheet: Sheet, box: Box) -> None:
        pixel, y = _scaled(box), (box.bottom + box.top) / 2
        lengths = [float(part) * pixel for part in dash.split()]
        points = [(box.left + pixel, y), (box.right - pixel, y)]
        sheet.line(points, colour=colour, thick=thick * pixel, dash=lengths or None, order=42.0)

    return draw


def _borders(atlas: Mapping[str, Any]) -> Sign:
    county = atlas["styles"]["county"]
    rows = ((PROVINCES, 2.2), (PREFECTURES, 1.6), (county["stroke"], 0.8))

    def draw(sheet: Sheet, box: Box) -> None:
        pixel = _scaled(box)
        for number, (colour, thick) in enumerate(rows):
            y = box.top - (2 + 4 * number) * pixel
            sheet.line([(box.left, y), (box.right, y)], colour=colour, thick=thick * pixel, order=42.0)

    return draw


def _bands(setter: Setter, layer: Mapping[str, Any], minute: str) -> list[Piece]:
    """Set the bands side by side, from the centre outwards; in rows where they do not fit in one."""
    lines, size, pixel = layer["lines"], setter.small, setter.pixel
    widest = max(setter.sheet.width(str(line["text"]), size) for line in lines)
    tail = setter.sheet.width(minute, size) + 4 * pixel
    cell = max(widest + 4 * pixel, min(50 * pixel, (setter.width - tail) / max(len(lines), 1)))
    a_row = max(1, int((setter.width - tail) // cell))
    pieces = []
    for start in range(0, len(lines), a_row):
        row = lines[start : start + a_row]
        is_last = start + a_row >= len(lines)

        def draw(sheet: Sheet, left: float, top: float, row: Any = row, *, is_last: bool = is_last) -> None:
            high = 11 * pixel
            for number, line in enumerate(row):
                x = left + number * cell
                box = Box(x, top - high - pixel, x + cell, top - pixel)
                sheet.rectangle(
                    box,
                    fill=line["colour"],
                    opacity=float(line["opacity"]),
                    stroke=CONTOUR,
                    thick=0.6 * pixel,
                    order=41.0,
                )
                y = top - high - 2.5 * pixel - ASCENT * size
                sheet.write(str(line["text"]), x + cell / 2, y, size, part="panel", align="center")
            if is_last:
                x, y = left + len(row) * cell + 4 * pixel, top - high - 2.5 * pixel - ASCENT * size
                sheet.write(minute, x, y, size, part="panel")

        pieces.append(Piece(15 * pixel + 1.25 * size, draw))
    return pieces


def totals_section(setter: Setter, choice: Choice, tables: list[Mapping[str, Any]] | None = None) -> Section:
    """Make the tables of people in circles, beside the target.

    Parameters
    ----------
    setter : Setter
        For the width of the column.
    choice : Choice
        What is shown.
    tables : list of mapping, optional
        Which tables; those of the view by default.

    Returns
    -------
    Section
        Without pieces where there are no totals.
    """
    words, chosen = choice.words, choice.tables() if tables is None else tables
    if not chosen:
        return Section("totals", words["totals"])
    pieces = setter.heading(words["totals"])
    if choice.atlas["totals_skeleton"]:
        pieces += setter.text(words["skeleton_mark"], size=setter.small, colour=WARN, bold=True, with_next=True)
    for table in chosen:
        pieces += table_pieces(setter, choice, table)
        pieces.append(setter.gap(0.6))
    return Section("totals", words["totals"], pieces)


def table_pieces(setter: Setter, choice: Choice, table: Mapping[str, Any]) -> list[Piece]:
    """Set one table of totals.

    Parameters
    ----------
    setter : Setter
        For the width of the column.
    choice : Choice
        For the words.
    table : mapping
        A table of the payload.

    Returns
    -------
    list of Piece
        Its caption, its head and one piece a row, then the footnotes.
    """
    words, size = choice.words, setter.small
    refs = "".join(f"[{number}]" for number in table["refs"])
    target = f"{words['target']}{table['target']}{words['wan']}{refs}" if table["target"] else words["no_target"]
    pieces = setter.text(f"{table['name']}{target}", bold=True, with_next=True)
    if table["target_mark"]:
        pieces += setter.text(table["target_mark"], size=size, colour=WARN, with_next=True)
    head = [str(word) for word in words["totals_head"]]
    gap = 0.7 * size
    cells = [[row["definition"] + row["marks"], row["minutes"], row["people"], row["gap"]] for row in table["rows"]]
    columns = [max(setter.sheet.width(str(row[place]), size) for row in [head, *cells]) for place in (1, 2, 3)]
    first = setter.width - sum(columns) - 3 * gap
    if first < 6 * size:
        # A head in long words gives way: it is set in lines of its column.
        columns = [max(setter.sheet.width(str(row[place]), size) for row in cells) for place in (1, 2, 3)]
        columns = [max(column, 2.6 * size) for column in columns]
        first = setter.width - sum(columns) - 3 * gap
    pieces.append(_row(setter, head, first, columns, gap=gap, size=size, colour=SOFT, is_head=True))
    for cell, row in zip(cells, table["rows"], strict=True):
        pieces.append(_row(setter, cell, first, columns, gap=gap, size=size, last=WARN if row["short"] else INK))
    pieces.append(setter.gap(0.15))
    if table["footnotes"]:
        # One after the other as running text, which saves half the lines.
        pieces += setter.text("　".join(table["footnotes"]), size=0.94 * size, colour=SOFT)
    return pieces


def _row(
    setter: Setter,
    cells: list[str],
    first: float,
    columns: list[float],
    *,
    gap: float,
    size: float,
    colour: str = INK,
    last: str | None = None,
    is_head: bool = False,
) -> Piece:
    face = setter.sheet.face()
    told = [wrapped(str(cells[0]), face, size, first)]
    for cell, wide in zip(cells[1:], columns, strict=True):
        # Figures are never broken; only a head in long words is.
        told.append(wrapped(str(cell), face, size, wide + 0.01 * size) if is_head else [str(cell)])
    count = max(len(lines) for lines in told)
    high = (count * 1.28 + 0.3) * size
    width = setter.width

    def draw(sheet: Sheet, left: float, top: float) -> None:
        rights = [left + first + sum(columns[: place + 1]) + gap * (place + 1) for place in range(3)]
        for place, lines in enumerate(told):
            shade = last if last and place == 3 else colour
            for number, line in enumerate(lines):
                y = top - (ASCENT + 0.15 + number * 1.28) * size
                if place == 0:
                    sheet.write(line, left, y, size, part="panel", colour=shade)
                else:
                    sheet.write(line, rights[place - 1], y, size, part="panel", colour=shade, align="right")
        y = top - high + 0.05 * size
        sheet.line([(left, y), (left + width, y)], colour="#aebccb" if is_head else "#dfe5eb", thick=0.45 * sheet.unit)

    return Piece(high, draw, with_next=is_head)


def text_sections(setter: Setter, choice: Choice, about: list[str]) -> list[Section]:
    """Make what is read: coordinates and dates, notes and gaps, sources.

    Parameters
    ----------
    setter : Setter
        For the width of the column.
    choice : Choice
        What is shown.
    about : list of str
        Lines on coordinates and dates.

    Returns
    -------
    list of Section
        Those that have something to say.
    """
    words, atlas = choice.words, choice.atlas
    made = []
    pieces = setter.heading(words["about"])
    for line in about:
        pieces += setter.text(line, size=setter.small)
    made.append(Section("about", words["about"], pieces))
    if atlas["notes"]:
        bullet = setter.sheet.width("·", setter.small) + 0.15 * setter.small
        pieces = setter.heading(words["notes"])
        for note in atlas["notes"]:
            pieces += setter.text(note, size=setter.small, lead="·", indent=bullet)
        made.append(Section("notes", words["notes"], pieces))
    if atlas["sources"]:
        title = f"{words['sources']}{words['count_open']}{len(atlas['sources'])}{words['count_close']}"
        pieces = setter.heading(title)
        indent = setter.sheet.width(f"[{len(atlas['sources'])}] ", setter.small)
        for number, source in enumerate(atlas["sources"], 1):
            mark = f" 〔{source['mark']}〕" if source["mark"] else ""
            told = f"{source['title']}{mark}"
            pieces += setter.text(told, size=setter.small, lead=f"[{number}]", indent=indent)
        made.append(Section("sources", title, pieces))
    return made
