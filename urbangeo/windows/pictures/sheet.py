"""The paper: one figure measured in points from its lower left corner, on which every part of a picture is put.

All text goes through :meth:`Sheet.write`, so that all of it can be checked against the font, and none is ever read as
mathematics or markup.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from urbangeo.windows.pictures.fonts import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from urbangeo.windows.pictures.fonts import Face, Typeface

POINTS_PER_INCH = 72.0
ASCENT, DESCENT = 0.86, 0.14
"""Of the size of the letters: how far Chinese letters reach above and below their base line."""
LEADING = 1.42
"""From base line to base line, in sizes of the letters."""

INK, SOFT, BRAND, LINE, WARN, WARN_PAPER, SEA = (
    "#1d2733",
    "#5b6673",
    "#123a63",
    "#aebccb",
    "#9c3a00",
    "#fff3e6",
    "#eaf0f4",
)
"""The colours of the page's own style sheet."""


@dataclass(frozen=True)
class Box:
    """A rectangle in points.

    Attributes
    ----------
    left, bottom, right, top : float
        Its sides.
    """

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom

    def shrunk(self, by: float) -> Box:
        """Return the box with less on every side.

        Parameters
        ----------
        by : float
            Points.

        Returns
        -------
        Box
            The smaller box.
        """
        return Box(self.left + by, self.bottom + by, self.right - by, self.top - by)


@dataclass(frozen=True)
class Written:
    """A line of text and where it stands.

    Attributes
    ----------
    words : str
        The text.
    box : Box
        Its rectangle as measured.
    part : str
        What it belongs to: "head", "label", "legend" …
    """

    words: str
    box: Box
    part: str


@dataclass
class Sheet:
    """One page.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    axes : matplotlib.axes.Axes
        Covers it whole; one unit is a point.
    typeface : Typeface
        The letters.
    unit : float
        How large things are drawn, 1 on A3.
    written : list of Written
        All text so far.
    """

    figure: Any
    axes: Any
    typeface: Typeface
    unit: float
    page: Box
    written: list[Written] = field(default_factory=list)

    def width(self, words: str, size: float, *, bold: bool = False) -> float:
        """Measure a line.

        Parameters
        ----------
        words : str
            The text.
        size : float
            Points.
        bold : bool, default False
            In the bold face.

        Returns
        -------
        float
            Points.
        """
        return self.face(bold=bold).width(visible(words), size)

    def face(self, *, bold: bool = False) -> Face:
        """Return a face of the typeface.

        Parameters
        ----------
        bold : bool, default False
            The bold one.

        Returns
        -------
        Face
            The face.
        """
        return self.typeface.face(bold=bold)

    def write(
        self,
        words: str,
        x: float,
        y: float,
        size: float,
        *,
        part: str,
        bold: bool = False,
        colour: str = INK,
        align: str = "left",
        halo: float = 0.0,
        order: float = 50.0,
    ) -> None:
        """Write one line.

        Parameters
        ----------
        words : str
            The text; line breaks and what has no picture are made visible.
        x, y : float
            Left, middle or right of the base line.
        size : float
            Points.
        part : str
            What it belongs to.
        bold : bool, default False
            In the bold face.
        colour : str
            Of the letters.
        align : {"left", "center", "right"}
            Where ``x`` is.
        halo : float, default 0
            Points of white round the letters.
        order : float, default 50
            What is drawn later lies above.
        """
        shown = visible(words)
        if not shown.strip():
            return
        face = self.face(bold=bold)
        options: dict[str, Any] = {
            "fontproperties": face.properties(size),
            "ha": align,
            "va": "baseline",
            "parse_math": False,
            "usetex": False,
        }
        if halo:
            from matplotlib.patheffects import Stroke

            # The white is drawn apart, as an outline, so that the letters above it stay text in a PDF.
            ghost = self.axes.text(x, y, shown, color="white", zorder=order, **options)
            ghost.set_path_effects([Stroke(linewidth=2 * halo, foreground="white", joinstyle="round")])
            ghost.set_gid("halo")
        self.axes.text(x, y, shown, color=colour, zorder=order + 0.01, **options)
        wide = face.width(shown, size)
        left = x - {"left": 0.0, "center": wide / 2, "right": wide}[align]
        self.written.append(Written(shown, Box(left, y - DESCENT * size, left + wide, y + ASCENT * size), part))

    def rectangle(
        self,
        box: Box,
        *,
        fill: str | None = None,
        opacity: float = 1.0,
        stroke: str | None = None,
        thick: float = 0.0,
        dash: Sequence[float] | None = None,
        order: float = 40.0,
    ) -> None:
        """Draw a rectangle.

        Parameters
        ----------
        box : Box
            Where.
        fill, stroke : str, optional
            Colours.
        opacity : float, default 1
            Of the fill.
        thick : float, default 0
            Points of the stroke.
        dash : sequence of float, optional
            Points on and off.
        order : float, default 40
            What is drawn later lies above.
        """
        from matplotlib.colors import to_rgba
        from matplotlib.patches import Rectangle

        self.put(
            Rectangle(
                (box.left, box.bottom),
                box.width,
                box.height,
                facecolor="none" if fill is None else to_rgba(fill, opacity),
                edgecolor="none" if stroke is None else stroke,
                linewidth=thick if stroke else 0.0,
                linestyle=dashed(dash, thick),
                joinstyle="miter",
                zorder=order,
            )
        )

    def polygon(
        self, points: Any, *, fill: str, stroke: str | None = None, thick: float = 0.0, order: float = 45.0
    ) -> None:
        """Draw a closed shape of a few corners.

        Parameters
        ----------
        points : array_like of shape (n, 2)
            Corners.
        fill : str
            Colour inside.
        stroke : str, optional
            Colour of the edge.
        thick : float, default 0
            Points of the edge.
        order : float, default 45
            What is drawn later lies above.
        """
        from matplotlib.patches import Polygon

        self.put(
            Polygon(points, closed=True, facecolor=fill, edgecolor=stroke or "none", linewidth=thick, zorder=order)
        )

    def dot(
        self,
        x: float,
        y: float,
        radius: float,
        *,
        fill: str,
        stroke: str = "white",
        thick: float = 0.0,
        order: float = 45.0,
        inside: Box | None = None,
    ) -> None:
        """Draw a round point.

        Parameters
        ----------
        x, y, radius : float
            Middle and half its width.
        fill, stroke : str
            Colours.
        thick : float, default 0
            Points of the stroke.
        order : float, default 45
            What is drawn later lies above.
        inside : Box, optional
            What it may not reach out of.
        """
        from matplotlib.patches import Circle

        circle = Circle((x, y), radius, facecolor=fill, edgecolor=stroke, linewidth=thick, zorder=order)
        self.put(circle)
        if inside is not None:
            self.clip(circle, inside)

    def line(
        self, points: Any, *, colour: str, thick: float, dash: Sequence[float] | None = None, order: float = 40.0
    ) -> None:
        """Draw one line.

        Parameters
        ----------
        points : array_like of shape (n, 2)
            Its corners.
        colour : str
            Its colour.
        thick : float
            Points.
        dash : sequence of float, optional
            Points on and off.
        order : float, default 40
            What is drawn later lies above.
        """
        self.strokes([points], colour=colour, thick=thick, dash=dash, order=order)

    def strokes(
        self,
        lines: Iterable[Any],
        *,
        colour: str,
        thick: float,
        dash: Sequence[float] | None = None,
        opacity: float = 1.0,
        order: float = 40.0,
        inside: Box | None = None,
        within: Any = None,
    ) -> None:
        """Draw many lines alike.

        Parameters
        ----------
        lines : iterable of array_like of shape (n, 2)
            Their corners.
        colour : str
            Their colour.
        thick : float
            Points.
        dash : sequence of float, optional
            Points on and off.
        opacity : float, default 1
            Of the lines.
        order : float, default 40
            What is drawn later lies above.
        inside : Box, optional
            What they may not reach out of.
        within : matplotlib.path.Path, optional
            A shape they may not reach out of.
        """
        from matplotlib.collections import LineCollection

        kept = [line for line in lines if len(line) > 1 and (inside is None or _touches(line, inside))]
        if not kept:
            return
        collection = LineCollection(
            kept,
            colors=colour,
            linewidths=thick,
            linestyles=[dashed(dash, thick)],
            alpha=opacity,
            capstyle="butt" if dash else "round",
            joinstyle="round",
            zorder=order,
        )
        self.put(collection)
        self.clip(collection, inside, within)

    def shape(
        self, path: Any, *, fill: str, opacity: float = 1.0, order: float = 40.0, inside: Box | None = None
    ) -> None:
        """Fill a shape of many rings.

        Parameters
        ----------
        path : matplotlib.path.Path
            Shells one way round, holes the other.
        fill : str
            Colour.
        opacity : float, default 1
            Of the fill.
        order : float, default 40
            What is drawn later lies above.
        inside : Box, optional
            What it may not reach out of.
        """
        from matplotlib.colors import to_rgba
        from matplotlib.patches import PathPatch

        patch = PathPatch(path, facecolor=to_rgba(fill, opacity), edgecolor="none", linewidth=0, zorder=order)
        self.put(patch)
        self.clip(patch, inside)

    def put(self, artist: Any) -> None:
        """Put a shape on the page; its extent is not asked for, since the page does not follow what is on it.

        Parameters
        ----------
        artist : matplotlib.artist.Artist
            In points of the page.
        """
        artist.set_transform(self.axes.transData) if not artist.is_transform_set() else None
        self.axes.add_artist(artist)

    def clip(self, artist: Any, inside: Box | None, within: Any = None) -> None:
        """Cut what was drawn to a rectangle and a shape.

        Parameters
        ----------
        artist : matplotlib.artist.Artist
            What was drawn.
        inside : Box or None
            The rectangle.
        within : matplotlib.path.Path, optional
            The shape.
        """
        from matplotlib.transforms import Bbox, TransformedBbox

        artist.set_clip_on(True)
        if within is not None:
            artist.set_clip_path(within, transform=self.axes.transData)
        if inside is not None:
            box = Bbox([[inside.left, inside.bottom], [inside.right, inside.top]])
            artist.set_clip_box(TransformedBbox(box, self.axes.transData))


def _touches(points: Any, box: Box) -> bool:
    """Tell whether a line may be seen in a box; what lies apart from it would only make the file larger."""
    import numpy as np

    (left, bottom), (right, top) = np.min(points, axis=0), np.max(points, axis=0)
    return bool(left <= box.right and right >= box.left and bottom <= box.top and top >= box.bottom)


def dashed(dash: Sequence[float] | None, thick: float) -> Any:
    """Return a line style as matplotlib wants it: lengths in widths of the line.

    Parameters
    ----------
    dash : sequence of float or None
        Points on and off.
    thick : float
        Points of the line.

    Returns
    -------
    str or tuple
        The line style.
    """
    if not dash or not thick:
        return "solid"
    # matplotlib multiplies by the width of the line (lines.scale_dashes).
    return (0.0, tuple(max(length, 0.05) / thick for length in dash))


def new_sheet(width: float, height: float, typeface: Typeface, unit: float) -> Sheet:
    """Take a white page.

    Parameters
    ----------
    width, height : float
        Points.
    typeface : Typeface
        The letters.
    unit : float
        How large things are drawn, 1 on A3.

    Returns
    -------
    Sheet
        An empty page.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH), facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_autoscale_on(False)
    return Sheet(figure, axes, typeface, unit, Box(0.0, 0.0, width, height))
