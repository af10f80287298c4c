"""What is drawn in a frame: the counties with their fill, the borders above them, and every layer in its order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.windows.pictures.decode import even_odd, path_of, polygons_of
from urbangeo.windows.pictures.frames import meets, seen_counties
from urbangeo.windows.pictures.patterns import PIXEL, fill_with, star
from urbangeo.windows.pictures.sheet import SEA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from urbangeo.windows.pictures.choice import Choice
    from urbangeo.windows.pictures.frames import Frame
    from urbangeo.windows.pictures.sheet import Sheet

NO_DATA = "#d9d9d9"
PREFECTURES, PROVINCES, CONTOUR, GRATICULE = "#5a554d", "#3d3a35", "#4a062c", "#b9c8d3"
BEYOND, NEATLINE = "#f7f7f5", "#7d8791"
_STEPS, _BEND_DEG = 65, 0.25
"""Points on each side of a window of degrees, which is curved on paper; degrees between those of ground cut there."""
FAR_BELOW = 7.0
"""Zoom below which lines and signs are drawn finer."""
_MAP_ORDER, _LAYERS_ORDER, _LAYER_STEP = 2.0, 3.0, 0.06
_UNDER = {"context": 1.0, "graticule": 1.5}
"""Layers that lie under the counties, below each other as in the page."""
_BORDER_ORDER = _LAYERS_ORDER + 55 * _LAYER_STEP
"""Layers lie above the counties by their draw order (0 to 100); borders have 55, as in the page."""


class _Painter:
    """Draws one frame."""

    def __init__(self, sheet: Sheet, frame: Frame, choice: Choice) -> None:
        self.sheet = sheet
        self.frame = frame
        self.choice = choice
        self.styles = choice.atlas["styles"]
        self.pixel = PIXEL * sheet.unit
        self.far = frame.zoom(sheet.unit) < FAR_BELOW
        self.seen = frozenset(seen_counties(frame))

    def counties(self) -> None:
        """Draw the counties in the colours of the fill."""
        county, values = self.styles["county"], self.choice.fill.get("values")
        groups: dict[str, list[int]] = {}
        for member in range(len(self.choice.atlas["counties"])):
            colour = county["fill"]
            if values is not None:
                rank = values[member]
                colour = NO_DATA if rank is None else self.choice.fill["classes"][rank]["colour"]
            groups.setdefault(colour, []).append(member)
        for colour, members in sorted(groups.items()):
            self.sheet.shape(self._path(members), fill=colour, order=_MAP_ORDER, inside=self.frame.box)
        thick = 0.4 if self.far else float(county["stroke_width"])
        self._lines(self.frame.ground.lines(lambda _: True), county["stroke"], thick, order=_MAP_ORDER + 0.1)

    def borders(self) -> None:
        """Draw the borders of prefectures and provinces above the areas."""
        counties = self.choice.atlas["counties"]

        def differ(owners: tuple[int, ...], field: str) -> bool:
            return len({counties[member][field] for member in owners}) > 1

        ground = self.frame.ground
        self._lines(
            ground.lines(lambda owners: len(owners) > 1 and differ(owners, "prefecture")),
            PREFECTURES,
            0.8 if self.far else 1.6,
            order=_BORDER_ORDER,
        )
        self._lines(
            ground.lines(lambda owners: len(owners) == 1 or differ(owners, "province")),
            PROVINCES,
            1.5 if self.far else 2.2,
            order=_BORDER_ORDER + 0.01,
        )

    def _path(self, members: Iterable[int]) -> Any:
        return path_of(
            polygon for member in members if member in self.seen for polygon in self.frame.ground.rings(member)
        )

    def _lines(
        self,
        lines: Iterable[Any],
        colour: str,
        pixels: float,
        *,
        order: float,
        dash: str = "",
        opacity: float = 1.0,
    ) -> None:
        self.sheet.strokes(
            lines,
            colour=colour,
            thick=pixels * self.pixel,
            dash=[float(length) * self.pixel for length in dash.split()] if dash else None,
            opacity=opacity,
            order=order,
            inside=self.frame.box,
        )

    def areas(self, layer: Mapping[str, Any], order: float) -> None:
        """Draw counties of a list: fill or pattern, edge, star."""
        for line in layer["lines"]:
            style, members = self.styles[line["style"]], line["members"]
            if not members:
                continue
            fill_with(self.sheet, self._path(members), style, inside=self.frame.box, order=order)
            thick = float(style.get("stroke_width") or 0)
            if style.get("stroke") and thick:
                drawn = min(thick, 1.3) if self.far and style.get("outline") != "union" else thick
                dash = style.get("dash") or ""
                if style.get("outline") == "union":
                    edge = self.frame.ground.outline(members)
                    drawn = thick * (0.65 if self.far else 1.0)
                    self._lines(edge, "white", drawn + 2.4, order=order + 0.01, opacity=0.85)
                else:
                    edge = self.frame.ground.edges(members)
                self._lines(edge, style["stroke"], drawn, order=order + 0.02, dash=dash)
            if style.get("symbol") == "star":
                self._stars([self.choice.atlas["counties"][member]["at"] for member in members], style["stroke"], order)

    def _stars(self, places: Iterable[Sequence[float]], colour: str, order: float) -> None:
        radius = (4.6 if self.far else 7.0) * self.pixel
        for place in places:
            x, y = self.frame.spot(place)
            if self._holds(x, y, radius):
                self.sheet.polygon(star(x, y, radius * 1.22), fill="white", order=9.2)
                self.sheet.polygon(star(x, y, radius), fill=colour, order=9.21 + order / 10_000)

    def _holds(self, x: float, y: float, radius: float) -> bool:
        box = self.frame.box
        return box.left + radius < x < box.right - radius and box.bottom + radius < y < box.top - radius

    def circles(self, layer: Mapping[str, Any], order: float) -> None:
        """Draw bands side by side, each without the one inside it, and the line of every cutoff."""
        import shapely

        if not meets(self.frame, layer["bounds"]):
            return
        discs = [self._rings(rings, layer["scale"]) for rings in layer["discs"]]
        inner: Any = None
        for rings, line in zip(discs, layer["lines"], strict=True):
            disc = even_odd(rings)
            band = disc if inner is None else shapely.difference(disc, inner)
            path = path_of(polygons_of(band))
            self.sheet.shape(path, fill=line["colour"], opacity=line["opacity"], order=order, inside=self.frame.box)
            inner = disc
        for rank, rings in enumerate(discs):
            pixels = (
                (1.8 if rank == len(discs) - 1 else 0.7) if not self.far else (1.0 if rank == len(discs) - 1 else 0.4)
            )
            self._lines([np.concatenate([ring, ring[:1]]) for ring in rings], CONTOUR, pixels, order=order + 0.01)

    def _rings(self, coded: Any, scale: int, *, bent: bool = False) -> list[Any]:
        from urbangeo.windows.maps.encode import decode_lines

        lines = [_bent(line) if bent else line for line in decode_lines(coded, scale) if len(line)]
        if not lines:
            return []
        # All at once: a projection is slow to begin and quick to go on.
        return np.split(self.frame.at(np.concatenate(lines)), np.cumsum([len(line) for line in lines])[:-1])

    def changes(self, layer: Mapping[str, Any], order: float) -> None:
        """Draw ground gained and lost."""
        for line in layer["lines"]:
            if not line["rings"]:
                continue
            style, rings = self.styles[line["style"]], self._rings(line["rings"], layer["scale"])
            fill_with(self.sheet, path_of(polygons_of(even_odd(rings))), style, inside=self.frame.box, order=order)
            closed = [np.concatenate([ring, ring[:1]]) for ring in rings]
            self._lines(
                closed, style["stroke"], style["stroke_width"], order=order + 0.02, dash=style.get("dash") or ""
            )

    def roads(self, layer: Mapping[str, Any], order: float) -> None:
        """Draw roads, the highest class on top."""
        for rank, line in enumerate(reversed(layer["lines"])):
            self._lines(
                self._rings(line["paths"], layer["scale"]),
                line["stroke"],
                float(line["stroke_width"]) * (0.6 if self.far else 1.0),
                order=order + rank / 1000,
                dash=line["dash"],
            )

    def seats(self, layer: Mapping[str, Any], order: float) -> None:
        """Draw seats of counties."""
        self._points(layer["points"], 1.4 if self.far else 2.0, "#333333", 0.6 if self.far else 1.0, order)

    def centres(self, layer: Mapping[str, Any], order: float) -> None:
        """Draw centres of circles."""
        radius, thick = (3.6, 1.4) if self.far else (5.5, 2.2)
        self._points([point["at"] for point in layer["points"]], radius, CONTOUR, thick, order)

    def problems(self, layer: Mapping[str, Any], order: float) -> None:
        """Draw places to look at."""
        for line in layer["lines"]:
            places = [point["at"] for point in line["points"]]
            self._points(places, float(line["radius"]) * (0.6 if self.far else 1.0), line["colour"], 1.0, order)

    def _points(self, places: Iterable[Sequence[float]], radius: float, fill: str, thick: float, order: float) -> None:
        for place in places:
            x, y = self.frame.spot(place)
            if self._holds(x, y, radius * self.pixel):
                self.sheet.dot(x, y, radius * self.pixel, fill=fill, thick=thick * self.pixel, order=9.0 + order / 1000)

    def context(self, layer: Mapping[str, Any], order: float) -> None:
        """Draw the provinces round those of the map, in the frame at which they end."""
        box = self.frame.box
        # Beyond the frame nothing is drawn: were it of the colour of the sea, the cut would look like a coast.
        self.sheet.rectangle(box, fill=BEYOND, order=0.6)
        (south, west), (north, east) = layer["window"]
        x, y = np.linspace(west, east, _STEPS), np.linspace(south, north, _STEPS)
        sides = ((x, y[:1]), (x[-1:], y), (x[::-1], y[-1:]), (x[:1], y[::-1]))
        window = self.frame.at(np.concatenate([np.column_stack(np.broadcast_arrays(*side)) for side in sides]))
        self.sheet.shape(path_of([[window]]), fill=SEA, order=0.7, inside=box)
        self._lines([np.concatenate([window, window[:1]])], NEATLINE, 1.0, order=order + 0.02)
        ground = path_of(polygons_of(even_odd(self._rings(layer["rings"], layer["scale"], bent=True))))
        self.sheet.shape(ground, fill=layer["fill"], order=order, inside=box)
        edges = self._rings(layer["edges"], layer["scale"])
        self._lines(edges, layer["stroke"], float(layer["stroke_width"]), order=order + 0.01)

    def graticule(self, _: Mapping[str, Any], order: float) -> None:
        """Draw meridians and parallels."""
        meridians, parallels = degrees_in(self.frame)
        lines = [line for _, line in (*meridians, *parallels)]
        self._lines(lines, GRATICULE, 0.8, order=order, dash="3 4")


def _bent(ring: Any) -> Any:
    """Give the long sides of a ring that follow a meridian or parallel the points they need to be curved on paper."""
    # So run the cuts at a window of degrees: with corners only, the ground would end in front of the window or beyond.
    steps = np.roll(ring, -1, axis=0) - ring
    long = np.abs(steps).max(axis=1)
    parts = []
    for corner, step, size in zip(ring, steps, long, strict=True):
        count = math.ceil(size / _BEND_DEG) if (step == 0).any() else 1
        parts.append(corner + step * np.linspace(0, 1, max(count, 1), endpoint=False)[:, None])
    return np.concatenate(parts)


def degrees_in(frame: Frame) -> tuple[list[tuple[float, Any]], list[tuple[float, Any]]]:
    """List the meridians and parallels of a frame.

    Parameters
    ----------
    frame : Frame
        The frame.

    Returns
    -------
    tuple of list of tuple
        Degrees and the line on the paper, for meridians and for parallels.
    """
    (south, west), (north, east) = frame.part.bounds
    wide, high = east - west, north - south
    step = next((step for step in (5.0, 2.0, 1.0, 0.5, 0.2, 0.1) if max(wide, high) / step >= 2.4), 0.1)
    # The frame shows more than the bounds: as far again on every side is enough for any shape of paper.
    reach = 2 * max(wide, high)
    lower, upper = max(south - reach, 0.0), min(north + reach, 85.0)
    latitudes, longitudes = np.linspace(lower, upper, 121), np.linspace(west - reach, east + reach, 181)
    meridians = [
        (float(degree), frame.at(np.column_stack([np.full(121, degree), latitudes])))
        for degree in np.arange(np.ceil((west - reach) / step) * step, east + reach, step)
    ]
    parallels = [
        (float(degree), frame.at(np.column_stack([longitudes, np.full(181, degree)])))
        for degree in np.arange(np.ceil(lower / step) * step, upper, step)
    ]
    return meridians, parallels


def draw_ground(sheet: Sheet, frame: Frame, choice: Choice) -> None:
    """Draw all of a map in a frame except its names.

    Parameters
    ----------
    sheet : Sheet
        The page.
    frame : Frame
        Where.
    choice : Choice
        What is shown.
    """
    sheet.rectangle(frame.box, fill=SEA, order=0.5)
    painter = _Painter(sheet, frame, choice)
    painter.counties()
    painter.borders()
    for layer in choice.layers:
        if layer["kind"] != "labels":
            draw = getattr(painter, layer["kind"])
            draw(layer, _UNDER.get(layer["kind"], _LAYERS_ORDER + layer["order"] * _LAYER_STEP))
