"""A map as a still picture: png for slides and documents, pdf for print, svg for the drawing board.

Letters in an SVG are outlines: the picture looks the same on a machine without the font, nothing can shift over
anything else, and no text of the data can become markup. In a PDF they are letters of the embedded font, so that they
can be searched and copied.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from urbangeo.archive.files import write_atomic
from urbangeo.errors import InputError, listed
from urbangeo.windows.pictures.choice import Choice, choose
from urbangeo.windows.pictures.fonts import find_typeface, visible
from urbangeo.windows.pictures.pages import Furniture, map_page, text_pages
from urbangeo.windows.pictures.sheet import POINTS_PER_INCH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from urbangeo.windows.pictures.fonts import Typeface
    from urbangeo.windows.pictures.sheet import Sheet

Page = Literal["a3", "a4", "16:9"]
_MM = POINTS_PER_INCH / 25.4
PAGES: dict[str, tuple[float, float]] = {
    "a3": (420 * _MM, 297 * _MM),
    "a4": (297 * _MM, 210 * _MM),
    "16:9": (40 / 3 * POINTS_PER_INCH, 7.5 * POINTS_PER_INCH),
}
"""Width and height in points: paper lies on its long side; 16:9 is the size of a slide."""
ENDINGS = (".png", ".pdf", ".svg")
_LEAST_DPI, _MOST_DPI = 40, 1200
_SETTINGS: dict[str, Any] = {
    "text.parse_math": False,
    "text.usetex": False,
    # Type 3 keeps Chinese letters as text that can be searched; fonts of the kind of Noto Sans CJK cannot be put into
    # a PDF whole without a mismatch that some readers complain of.
    "pdf.fonttype": 3,
    "pdf.compression": 6,
    "svg.fonttype": "path",
    "svg.hashsalt": "urbangeo",
    "path.simplify": False,
    "agg.path.chunksize": 20_000,
}


@contextmanager
def settings() -> Iterator[None]:
    """Draw and write with matplotlib's own defaults and those of the pictures, whatever the user has set.

    Yields
    ------
    None
        The user's settings are back afterwards.
    """
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(cast("Any", _SETTINGS))
        yield


def save_picture(
    m: Any,
    path: str | Path,
    *,
    page: Page = "a3",
    view: str | Sequence[str] | None = None,
    layers_on: Sequence[str] | None = None,
    fill: str | None = None,
    dpi: int = 200,
    legend: bool = True,
    font: str | Path | None = None,
) -> Path:
    """Write a map as a still picture with everything a thematic map needs.

    Drawn from the same data as the page: title, counties, every layer, names, legend of what is on, scale bar, north
    arrow, projection and datum, dates, sources and their marks, and the statement on borders. Provinces far apart
    stand side by side in frames of one scale. A PDF goes on with pages of totals, notes and sources.

    Parameters
    ----------
    m : folium.Map or mapping
        From :func:`urbangeo.draw_map`, or its arguments by name.
    path : path-like
        The file; its ending decides: ``.png``, ``.pdf`` or ``.svg``. Its folder is made when missing.
    page : {"a3", "a4", "16:9"}
        Paper on its long side, or a slide.
    view : str or sequence of str, optional
        Key or name of a view of the map ("all", a province's code, ``circle:<origin_id>`` …); the whole map by default.
        Several make a PDF of several maps.
    layers_on : sequence of str, optional
        Keys of the layers that are shown; by default those that are on when the map opens.
    fill : str, optional
        Key of a fill of the counties ("rate", "roads"); none by default.
    dpi : int, default 200
        Dots an inch of a PNG, 40 to 1200.
    legend : bool, default True
        With the panel beside the map. The statement is always there.
    font : path-like, optional
        A font file with Chinese letters; the system's own by default.

    Returns
    -------
    pathlib.Path
        The file. The same map gives the same bytes on the same machine.

    Raises
    ------
    InputError
        If the ending, the page, a view, a layer or a fill is unknown, ``dpi`` is out of range, ``font`` is no font, or
        the legend has no room on the page.
    OutputError
        If there is no Chinese font, a character has no picture in it, or the file cannot be written; what stood there
        is untouched.

    Examples
    --------
    >>> from urbangeo import draw_map, read_counties
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> save_picture(draw_map(read_counties("青海")), folder / "qinghai.png", dpi=60).name
    'qinghai.png'
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        msg = f"{target.name!r} ends in {ending or 'nothing'!r}; expected one of {listed(ENDINGS)}."
        raise InputError(msg)
    if page not in PAGES:
        msg = f"page={page!r}; expected one of {listed(PAGES)}."
        raise InputError(msg)
    atlas = _payload(m)
    views = [view] if view is None or isinstance(view, str) else list(view)
    if not views or (len(views) > 1 and ending != ".pdf"):
        msg = f"view names {len(views)} views; a {ending} holds one. Name one, or write a .pdf."
        raise InputError(msg)
    _check_dpi(dpi)
    choices = [choose(atlas, view=one, layers_on=layers_on, fill=fill) for one in views]
    width, height = PAGES[page]
    typeface = find_typeface(font)
    data = picture_of(
        choices, width, height, typeface, Furniture(legend=legend), ending=ending.removeprefix("."), dpi=dpi
    )
    return write_atomic(target, data)


def picture_of(
    choices: Sequence[Choice],
    width: float,
    height: float,
    typeface: Typeface,
    furniture: Furniture,
    *,
    ending: str,
    dpi: int = 200,
) -> bytes:
    """Draw maps and return the file.

    Parameters
    ----------
    choices : sequence of Choice
        One, or for a PDF several.
    width, height : float
        Points.
    typeface : Typeface
        The letters.
    furniture : Furniture
        What is drawn of it.
    ending : {"png", "pdf", "svg"}
        What to write.
    dpi : int, default 200
        Of a PNG.

    Returns
    -------
    bytes
        The file.

    Raises
    ------
    OutputError
        If characters are missing in the font.
    """
    goes_on = ending == "pdf" and furniture.legend and furniture.totals
    with settings():
        sheets = _sheets(choices, width, height, typeface, furniture, goes_on=goes_on)
        return _written(sheets, str(choices[0].atlas["title"]), ending, dpi)


def _sheets(
    choices: Sequence[Choice], width: float, height: float, typeface: Typeface, furniture: Furniture, *, goes_on: bool
) -> list[Sheet]:
    """Draw the pages and check all their text against the font."""
    pages = [map_page(choice, width, height, typeface, furniture, goes_on=goes_on) for choice in choices]
    sheets = [page.sheet for page in pages]
    if goes_on:
        rest = [key for page in pages for key in page.rest if key != "legend"]
        sheets += text_pages(choices[0], width, height, typeface, keys=rest, first_number=len(sheets) + 1)
    typeface.require(one.words for sheet in sheets for one in sheet.written)
    return sheets


def _written(sheets: Sequence[Sheet], title: str, ending: str, dpi: int) -> bytes:
    stream = io.BytesIO()
    if ending == "pdf":
        from matplotlib.backends.backend_pdf import PdfPages

        about = {"Title": visible(title), "Creator": "urbangeo", "Producer": "matplotlib", "CreationDate": None}
        with PdfPages(stream, metadata=about) as pages:
            for sheet in sheets:
                pages.savefig(sheet.figure)
        return stream.getvalue()
    metadata: dict[str, Any] = {"Software": "urbangeo"}
    if ending == "svg":
        metadata = {"Title": visible(title), "Creator": "urbangeo", "Date": None}
    sheets[0].figure.savefig(stream, format=ending, dpi=dpi, metadata=metadata, facecolor="white")
    return stream.getvalue()


def _check_dpi(dpi: int) -> None:
    if not isinstance(cast("object", dpi), int | float) or not _LEAST_DPI <= dpi <= _MOST_DPI:
        msg = f"dpi={dpi!r}; expected a number from {_LEAST_DPI} to {_MOST_DPI}."
        raise InputError(msg)


def _payload(m: Any) -> dict[str, Any]:
    from urbangeo.windows.maps.draw import draw_map
    from urbangeo.windows.maps.page import payload_of

    if hasattr(m, "keys") and not hasattr(m, "get_root"):
        arguments = dict(m)
        if "counties" not in arguments:
            told = listed(arguments) or "nothing"
            msg = f"m is a mapping with {told}; expected the arguments of draw_map, at least counties."
            raise InputError(msg)
        m = draw_map(arguments.pop("counties"), **arguments)
    return payload_of(m)


def draw_picture(
    payload: Mapping[str, Any],
    *,
    width_in: float,
    height_in: float,
    view: str | None = None,
    layers_on: Sequence[str] | None = None,
    fill: str | None = None,
    font: str | Path | None = None,
    head: bool = True,
    legend: bool = True,
    statement: bool = True,
    totals: bool = False,
) -> Any:
    """Draw a map of any size, for those who put it somewhere themselves.

    Parameters
    ----------
    payload : mapping
        The data of a map, as ``payload_of`` returns them.
    width_in, height_in : float
        Inches.
    view, layers_on, fill, font : optional
        As in :func:`save_picture`.
    head, legend, statement, totals : bool
        Which furniture is drawn. Whoever leaves out the statement must print it, whole, beside the picture.

    Returns
    -------
    matplotlib.figure.Figure
        The figure; save it inside :func:`settings`.

    Raises
    ------
    InputError
        If a name is unknown or the legend has no room.
    OutputError
        If there is no Chinese font, or characters are missing in it.
    """
    choice = choose(payload, view=view, layers_on=layers_on, fill=fill)
    typeface = find_typeface(font)
    furniture = Furniture(head=head, legend=legend, statement=statement, totals=totals)
    size = (width_in * POINTS_PER_INCH, height_in * POINTS_PER_INCH)
    with settings():
        (sheet,) = _sheets([choice], *size, typeface, furniture, goes_on=False)
    return sheet.figure


def picture_bytes(
    payload: Mapping[str, Any],
    *,
    width_in: float,
    height_in: float,
    view: str | None = None,
    layers_on: Sequence[str] | None = None,
    fill: str | None = None,
    font: str | Path | None = None,
    dpi: int = 200,
    head: bool = True,
    legend: bool = True,
    statement: bool = True,
    totals: bool = False,
) -> bytes:
    """Draw a map of any size as a PNG.

    Parameters
    ----------
    payload : mapping
        The data of a map, as ``payload_of`` returns them.
    width_in, height_in : float
        Inches.
    view, layers_on, fill, font, dpi : optional
        As in :func:`save_picture`.
    head, legend, statement, totals : bool
        Which furniture is drawn. Whoever leaves out the statement must print it, whole, beside the picture.

    Returns
    -------
    bytes
        The picture; the same bytes for the same arguments.

    Raises
    ------
    InputError
        If a name is unknown or the legend has no room.
    OutputError
        If there is no Chinese font, or characters are missing in it.
    """
    choice = choose(payload, view=view, layers_on=layers_on, fill=fill)
    furniture = Furniture(head=head, legend=legend, statement=statement, totals=totals)
    size = (width_in * POINTS_PER_INCH, height_in * POINTS_PER_INCH)
    return picture_of([choice], *size, find_typeface(font), furniture, ending="png", dpi=dpi)
