"""The deck itself: slides through the door, one or more pages for each, a last page of sources, one file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbangeo.archive.files import write_atomic
from urbangeo.errors import InputError
from urbangeo.windows.slides.items import Slide, as_slides
from urbangeo.windows.slides.plain_text import lines_of, one_line
from urbangeo.windows.slides.words import word

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from urbangeo.windows.maps.references import References
    from urbangeo.windows.slides.grid import Grid
    from urbangeo.windows.slides.words import Language

_DPI = 200
_WIDEST_SOURCES = 190.0
"""Sources told in more than this many em are told on the last slide only: two lines at the foot."""
_KNOWN_LANGUAGES = ("zh", "en")


@dataclass
class _Deck:
    """A deck in the making."""

    pages: Any
    language: Language
    references: References
    statements: list[str] = field(default_factory=list)
    tables: int = 0


def save_slides(
    slides: Any,
    path: str | Path,
    *,
    title: str | None = None,
    date: str | None = None,
    language: Language | None = None,
    font: str | Path | None = None,
) -> Path:
    """Write maps and tables as a presentation with editable titles, tables, statements and notes.

    Each map is a picture with its legend, with the statement on boundaries as text below it; each table is a table
    that can be edited, cut into several slides where it is long. Results that rest on the skeleton network and
    unconfirmed facts are marked on the slide. The notes hold the sources with how sure they are, the parameters and
    the gaps; the last slides list all sources under the numbers that the tables print.

    Parameters
    ----------
    slides : sequence of folium.Map, pandas.DataFrame or Slide
        What the slides show, in their order: maps of :func:`urbangeo.draw_map`, frames, or a :class:`Slide` where
        title, view, layers, columns or notes are to be chosen. One of them alone is a deck of one.
    path : path-like
        The file, ending in ``.pptx``; its folder is made when missing.
    title : str, optional
        Title of the deck: makes a first slide.
    date : str, optional
        Date of the meeting, in words: makes a first slide, with the title of the first map or table if ``title`` is
        not given.
    language : {"zh", "en"}, optional
        Language of headings and marks; by default that of the first map, Chinese without one.
    font : path-like, optional
        Font file for the pictures of the maps where none with Chinese characters is installed. The text of the slides
        is set in Microsoft YaHei, or what the office program takes in its place.

    Returns
    -------
    pathlib.Path
        The file. The same slides are the same bytes.

    Raises
    ------
    InputError
        If there is no slide, something is neither a map nor a table, a column has no Chinese heading or does not
        exist, a table does not fit, a view or layer is not on the map, or the file name has another ending.
    OutputError
        If the file cannot be written; what stood there is untouched.

    Examples
    --------
    >>> from urbangeo import Slide, potential_areas, read_census, save_slides
    >>> import pathlib, tempfile
    >>> areas = potential_areas(read_census(2020, provinces="青海"))
    >>> columns = ["adcode", "name", "resident_population", "urbanization_rate_pct", "source_id"]
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> save_slides([Slide(table=areas, columns=columns, title="青海省潜力地区")], folder / "青海.pptx").name
    '青海.pptx'
    """
    file = _checked_path(path)
    items = as_slides(slides)
    _check_text("title", title)
    _check_text("date", date)
    payloads = [None if item.map is None else _payload(item.map) for item in items]
    spoken = _language(language, payloads)

    from urbangeo.windows.maps.references import References
    from urbangeo.windows.slides.paper import blank_deck, deck_bytes
    from urbangeo.windows.slides.place import LOCALES, add_cover

    titles = [_title(item, payload, rank, spoken) for item, payload, rank in _ranked(items, payloads)]
    name = one_line(title) or titles[0]
    deck = _Deck(blank_deck(name, LOCALES[spoken]), spoken, References())
    if title is not None or date is not None:
        add_cover(deck.pages, name, one_line(date), spoken)
    for place, (item, payload, heading) in enumerate(zip(items, payloads, titles, strict=True), 1):
        if payload is None:
            _add_table(deck, item, heading, place)
        else:
            _add_map(deck, item, payload, heading, font)
    _add_sources(deck)
    return write_atomic(file, deck_bytes(deck.pages, LOCALES[spoken]))


def _checked_path(path: str | Path) -> Path:
    file = Path(path)
    if file.suffix.lower() != ".pptx":
        msg = f"The file name {file.name} has the ending {file.suffix or '(none)'}; expected .pptx."
        raise InputError(msg)
    return file


def _check_text(name: str, value: Any) -> None:
    if value is not None and not isinstance(value, str):
        msg = f"{name} is a {type(value).__name__}; expected a text."
        raise InputError(msg)


def _payload(chart: Any) -> dict[str, Any]:
    from urbangeo.windows.maps.page import payload_of

    return payload_of(chart)


def _language(asked: Language | None, payloads: Sequence[dict[str, Any] | None]) -> Language:
    if asked is not None and asked not in _KNOWN_LANGUAGES:
        msg = f"language is {asked!r}; expected 'zh' or 'en'."
        raise InputError(msg)
    if asked is not None:
        return asked
    told = next((payload.get("language") for payload in payloads if payload is not None), None)
    return "en" if told == "en" else "zh"


def _ranked(
    items: Sequence[Slide], payloads: Sequence[dict[str, Any] | None]
) -> list[tuple[Slide, dict[str, Any] | None, int]]:
    """Count the tables, which are called by their number where they have no title."""
    ranks, count = [], 0
    for item in items:
        count += item.table is not None
        ranks.append(count)
    return list(zip(items, payloads, ranks, strict=True))


def _title(item: Slide, payload: dict[str, Any] | None, rank: int, language: Language) -> str:
    from urbangeo.windows.slides.tell import view_name

    if item.title is not None:
        return one_line(item.title)
    if payload is None:
        return word("table", language).format(number=rank)
    return word("colon", language).join(
        part for part in (one_line(payload["title"]), view_name(payload, item.view)) if part
    )


def _add_map(deck: _Deck, item: Slide, payload: dict[str, Any], title: str, font: str | Path | None) -> None:
    from urbangeo.windows.pictures import picture_bytes
    from urbangeo.windows.slides.place import INNER_IN, add_map, add_notes, add_slide, frame_of, warning_runs
    from urbangeo.windows.slides.tell import layers_shown, map_in_words, map_notes, map_warnings

    if item.subtitle is not None:
        subtitle = one_line(item.subtitle)
    elif item.layers_on is None:
        subtitle = one_line(payload["subtitle"])
    else:
        names = [one_line(layer["name"]) for layer in layers_shown(payload, item.layers_on)]
        subtitle = " · ".join(names)
    marks = warning_runs(map_warnings(payload, item, deck.language), subtitle)
    statement = [line for text in payload["statement"] for line in lines_of(text)]
    frame = frame_of(statement, has_marks=bool(marks))
    picture = picture_bytes(
        payload,
        width_in=INNER_IN,
        height_in=frame.height,
        view=item.view,
        layers_on=item.layers_on,
        fill=item.fill,
        font=font,
        dpi=_DPI,
        head=False,
        statement=False,
    )
    slide, is_cut = add_slide(deck.pages, title, marks, frame, deck.language)
    add_map(slide, picture, map_in_words(payload, item, title, deck.language), frame, deck.language)
    notes = map_notes(payload, item, deck.references, deck.language)
    add_notes(slide, [title, *notes] if is_cut else notes, deck.language)
    deck.statements += [line for line in statement[:1] if line not in deck.statements]


def _add_table(deck: _Deck, item: Slide, title: str, place: int) -> None:
    from urbangeo.windows.slides.grid import grid_of
    from urbangeo.windows.slides.tell import table_notes, table_warnings

    grid = grid_of(item, place, deck.references, deck.language)
    foot = [line for text in item.foot for line in lines_of(text)]
    foot += _said_below(deck, grid)
    _add_pages(
        deck,
        grid,
        title,
        foot,
        warnings=table_warnings(grid, deck.language),
        subtitle=one_line(item.subtitle),
        place=place,
        notes=lambda layout: table_notes(grid, layout, item, deck.references, deck.language),
    )


def _said_below(deck: _Deck, grid: Grid) -> list[str]:
    """Tell what the tint means, whose roads these are, and the sources, or on which slide they are."""
    from urbangeo.windows.slides.measure import text_width
    from urbangeo.windows.slides.tell import source_lines

    language = deck.language
    told = [word("tinted", language)] if any(grid.doubtful) else []
    if grid.credits:
        told.append(word("roads", language) + word("joined", language).join(grid.credits) + word("stop", language))
    if grid.numbers:
        joined = word("joined", language).join(source_lines(deck.references, grid.numbers, language))
        line = word("sources_short", language) + joined + word("stop", language)
        if text_width(line) > _WIDEST_SOURCES:
            line = word("sources_here", language).format(numbers=_spans(grid.numbers, word("enumerated", language)))
        told.append(line)
    return told


def _spans(numbers: Sequence[int], comma: str) -> str:
    """Write rising numbers in a short way: runs of them by first and last."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return comma.join(f"{run[0]}—{run[-1]}" if len(run) > 2 else comma.join(map(str, run)) for run in runs)


def _add_pages(
    deck: _Deck,
    grid: Grid,
    title: str,
    foot: Sequence[str],
    *,
    warnings: Sequence[str],
    subtitle: str,
    place: int,
    notes: Any,
) -> None:
    """Add as many slides as the table takes, each with its headings and its notes."""
    from urbangeo.windows.slides.place import INNER_IN, add_notes, add_slide, add_table, frame_of, warning_runs
    from urbangeo.windows.slides.split import laid_out
    from urbangeo.windows.slides.tell import table_in_words

    language = deck.language
    marks = warning_runs(warnings, subtitle)
    frame = frame_of(foot, has_marks=bool(marks))
    layout = laid_out(grid, INNER_IN, frame.height, place=place)
    for number, page in enumerate(layout.pages):
        tail = "" if number == 0 else word("continued" if number == 1 else "continued_again", language)
        tail = tail.format(number=number)
        slide, is_cut = add_slide(deck.pages, title, marks, frame, language, tail=tail)
        add_table(slide, grid, layout, page, table_in_words(grid, page, title + tail, language), frame, language)
        told = notes(layout)
        told = [*foot, *told] if frame.foot_cut else told
        add_notes(slide, [title, *told] if is_cut else told, language)


def _add_sources(deck: _Deck) -> None:
    """List every source that was cited, under its number, with how sure it is."""
    import pandas as pd

    from urbangeo.windows.maps.words import Words
    from urbangeo.windows.slides.grid import Grid

    language = deck.language
    listing = deck.references.listing(words=Words(language))
    if not listing and not deck.statements:
        return
    frame: pd.DataFrame = pd.DataFrame(listing, columns=["id", "title", "mark"])
    rows = [
        [[str(number)], lines_of(title), lines_of(mark)]
        for number, (title, mark) in enumerate(zip(frame["title"], frame["mark"], strict=True), 1)
    ]
    rows = rows or [[["—"], deck.statements, []]]
    unconfirmed = [bool(row[2]) and row[2][0] in ("待核实", "unconfirmed") for row in rows]
    grid = Grid(
        headings=[[word(key, language)] for key in ("number", "source", "reached")],
        rows=rows,
        is_number=[True, False, False],
        doubts=[[False, False, is_so] for is_so in unconfirmed],
        doubtful=unconfirmed,
        numbers=[],
        is_skeleton=False,
        credits=[],
    )
    foot = [*(deck.statements if listing else []), *([word("marked", language)] if any(row[2] for row in rows) else [])]
    _add_pages(
        deck,
        grid,
        word("sources", language),
        foot,
        warnings=[],
        subtitle="",
        place=len(deck.pages.slides) + 1,
        notes=lambda _layout: [],
    )
