"""What is said beside a map or a table: warnings, notes for the speaker, and words for those who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbangeo.windows.slides.plain_text import lines_of, one_line
from urbangeo.windows.slides.words import word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from urbangeo.windows.maps.references import References
    from urbangeo.windows.slides.grid import Grid
    from urbangeo.windows.slides.items import Slide
    from urbangeo.windows.slides.split import Layout
    from urbangeo.windows.slides.words import Language

_FURNITURE = ("labels", "graticule", "context")
_MOVING = ("live",)
"""What only the page can show: no picture has it, so nothing may be said as if it had."""


def layers_shown(payload: Mapping[str, Any], layers_on: Sequence[str] | None) -> list[Mapping[str, Any]]:
    """Return the layers of a map that a slide shows.

    Parameters
    ----------
    payload : mapping
        What the map shows.
    layers_on : sequence of str or None
        Their keys; those that are on when the map opens where None.

    Returns
    -------
    list of mapping
        In the order of the map, without names, graticule and what lies around.
    """
    return [
        layer
        for layer in payload["layers"]
        if _is_on(layer, layers_on) and layer["kind"] not in (*_FURNITURE, *_MOVING)
    ]


def _is_on(layer: Mapping[str, Any], layers_on: Sequence[str] | None) -> bool:
    return bool(layer["on"] if layers_on is None else layer["id"] in layers_on)


def lines_shown(payload: Mapping[str, Any], key: str, layers_on: Sequence[str] | None) -> list[str]:
    """Return what a map says of itself, as far as it is true of what a slide shows.

    Parameters
    ----------
    payload : mapping
        What the map shows.
    key : {"statement", "about"}
        Which of it.
    layers_on : sequence of str or None
        Keys of the layers; those that are on when the map opens where None.

    Returns
    -------
    list of str
        Nothing of neighbouring provinces where they are not drawn.
    """
    from urbangeo.windows.maps.statement import without_context
    from urbangeo.windows.maps.words import Words

    drawn = any(layer["kind"] == "context" and _is_on(layer, layers_on) for layer in payload["layers"])
    lines = payload[key] if drawn else without_context(payload[key], words=Words(payload.get("language", "zh")))
    return _all_lines(lines)


def map_warnings(payload: Mapping[str, Any], slide: Slide, language: Language) -> list[str]:
    """Return the marks a slide with a map must carry.

    Parameters
    ----------
    payload : mapping
        What the map shows.
    slide : Slide
        Which of it.
    language : {"zh", "en"}
        The language of the slides.

    Returns
    -------
    list of str
        Of the skeleton network, of unconfirmed facts; none where what is shown rests on neither.
    """
    shown = layers_shown(payload, slide.layers_on)
    short = one_line(payload["words"].get("skeleton_short")) or word("skeleton", language)
    skeleton = any(layer["skeleton"] for layer in shown) or short in _fill_name(payload, slide.fill)
    return _warnings(skeleton=skeleton, unconfirmed=any(layer["unconfirmed"] for layer in shown), language=language)


def _warnings(*, skeleton: bool, unconfirmed: bool, language: Language) -> list[str]:
    kinds = [kind for kind, is_so in (("skeleton", skeleton), ("unconfirmed", unconfirmed)) if is_so]
    return [word(kind, language) for kind in kinds]


def table_warnings(grid: Grid, language: Language) -> list[str]:
    """Return the marks a slide with a table must carry.

    Parameters
    ----------
    grid : Grid
        The whole table: a doubt on its last slide is a doubt on its first.
    language : {"zh", "en"}
        The language of the slides.

    Returns
    -------
    list of str
        Marks.
    """
    return _warnings(skeleton=grid.is_skeleton, unconfirmed=any(grid.doubtful), language=language)


def _fill_name(payload: Mapping[str, Any], fill: str | None) -> str:
    names = {item["id"]: one_line(item["name"]) for item in payload["fills"]}
    return "" if fill in (None, "none") else names.get(fill, "")


def view_name(payload: Mapping[str, Any], view: str | None) -> str:
    """Return what a view is called.

    Parameters
    ----------
    payload : mapping
        What the map shows.
    view : str or None
        Id or name of a view.

    Returns
    -------
    str
        "" for the view the map opens with.
    """
    found = [one_line(item["name"]) for item in payload["views"] if view in (item["id"], item["name"])]
    return found[0] if found else ""


def map_in_words(payload: Mapping[str, Any], slide: Slide, title: str, language: Language) -> str:
    """Tell what a map shows, for those who do not see it.

    Parameters
    ----------
    payload : mapping
        What the map shows.
    slide : Slide
        Which of it.
    title : str
        The title of the slide.
    language : {"zh", "en"}
        The language of the slides.

    Returns
    -------
    str
        A few sentences.
    """
    names = [one_line(layer["name"]) for layer in layers_shown(payload, slide.layers_on)]
    view, fill = view_name(payload, slide.view), _fill_name(payload, slide.fill)
    parts = [title]
    parts += [word("view", language) + view] if view else []
    parts += [word("shows", language) + word("enumerated", language).join(names)] if names else []
    parts += [word("fill", language) + fill] if fill else []
    parts += map_warnings(payload, slide, language)
    return _sentence(parts, language)


def table_in_words(grid: Grid, page: range, title: str, language: Language) -> str:
    """Tell what a table holds, for those who do not see it.

    Parameters
    ----------
    grid : Grid
        The table.
    page : range
        The rows on this slide.
    title : str
        The title of the slide.
    language : {"zh", "en"}
        The language of the slides.

    Returns
    -------
    str
        A few sentences.
    """
    columns = word("enumerated", language).join("".join(lines) for lines in grid.headings)
    rows = word("rows", language).format(first=page.start + 1, last=page.stop, count=len(grid.rows), columns=columns)
    return _sentence([title, rows, *table_warnings(grid, language)], language)


def _sentence(parts: Iterable[str], language: Language) -> str:
    return word("joined", language).join(parts) + word("stop", language)


def map_notes(payload: Mapping[str, Any], slide: Slide, references: References, language: Language) -> list[str]:
    """Write the notes of a slide with a map: remarks, parameters, gaps, dates, sources, statement.

    Parameters
    ----------
    payload : mapping
        What the map shows.
    slide : Slide
        Which of it, and own remarks.
    references : References
        Where the map's sources have their numbers.
    language : {"zh", "en"}
        The language of the slides.

    Returns
    -------
    list of str
        Paragraphs.
    """
    shown = layers_shown(payload, slide.layers_on)
    parameters = [
        f"{one_line(layer['name'])}{word('colon', language)}{line}"
        for layer in shown
        for note in layer["notes"]
        for line in lines_of(note)
    ]
    return [
        *_all_lines(slide.notes),
        *map_warnings(payload, slide, language),
        *_part("parameters", parameters, language),
        *_part("gaps", _all_lines(payload["notes"]), language),
        *_part("about", lines_shown(payload, "about", slide.layers_on), language),
        *_part("of_map", source_lines(references, map_numbers(payload, references), language), language),
        *_part("statement", lines_shown(payload, "statement", slide.layers_on), language),
    ]


def map_numbers(payload: Mapping[str, Any], references: References) -> list[int]:
    """Cite the sources of a map.

    Parameters
    ----------
    payload : mapping
        What the map shows.
    references : References
        Where they get their numbers.

    Returns
    -------
    list of int
        Their numbers, in the order of the map.
    """
    return [number for source in payload["sources"] for number in references.cite(one_line(source["id"]))]


def table_notes(grid: Grid, layout: Layout, slide: Slide, references: References, language: Language) -> list[str]:
    """Write the notes of a slide with a table: remarks, how to read it, texts that were cut, sources.

    Parameters
    ----------
    grid : Grid
        The table.
    layout : Layout
        How it was laid out.
    slide : Slide
        Own remarks.
    references : References
        Where its sources have their numbers.
    language : {"zh", "en"}
        The language of the slides.

    Returns
    -------
    list of str
        Paragraphs.
    """
    cut = [
        f"{''.join(grid.headings[column])}{word('colon', language)}{' '.join(grid.rows[row][column])}"
        for row, column in layout.cut
    ]
    return [
        *_all_lines(slide.notes),
        *table_warnings(grid, language),
        *_part("remarks", _all_lines(slide.foot), language),
        *_part("in_full", cut, language),
        *_part("sources", source_lines(references, grid.numbers, language), language),
    ]


def source_lines(references: References, numbers: Sequence[int], language: Language) -> list[str]:
    """Tell sources in full, with how sure they are.

    Parameters
    ----------
    references : References
        All sources of the deck.
    numbers : sequence of int
        Which are wanted.
    language : {"zh", "en"}
        The language of the slides; titles stay as they are.

    Returns
    -------
    list of str
        One line each.
    """
    from urbangeo.windows.maps.words import Words

    known = references.listing(words=Words(language))
    found = []
    for number in numbers:
        source = known[number - 1]
        mark = one_line(source["mark"])
        found.append(
            f"[{number}] {one_line(source['title'])}" + (word("bracketed", language).format(text=mark) if mark else "")
        )
    return found


def _part(name: str, lines: Sequence[str], language: Language) -> list[str]:
    return [f"【{word(name, language)}】", *lines] if lines else []


def _all_lines(texts: Iterable[Any]) -> list[str]:
    return [line for text in texts for line in lines_of(text)]
