"""Names on the map: first what must not be missing, then what there is room for, none on another or over the edge."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.windows.pictures.mosaic import CONTOUR, FAR_BELOW, degrees_in
from urbangeo.windows.pictures.patterns import PIXEL
from urbangeo.windows.pictures.sheet import ASCENT, Box

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from urbangeo.windows.pictures.choice import Choice
    from urbangeo.windows.pictures.frames import Frame
    from urbangeo.windows.pictures.sheet import Sheet

_STYLES: dict[str, tuple[float, bool, str]] = {
    "county": (11.0, False, "#20262c"),
    "prefecture": (13.0, True, "#2d4765"),
    "province": (20.0, True, "#24415f"),
    "centre": (12.5, True, CONTOUR),
    "degree": (9.5, False, "#6d7f8e"),
}
"""Size in pixels of the page, bold, colour."""
_PREFECTURES_FROM, _SIGNS_FROM, _COUNTIES_FROM, _PROVINCES_TO, _PLACES_FROM = 5.4, 6.6, 7.3, 7.0, 8.5
"""Zooms from which prefectures, counties with a sign, all counties and the full names of centres are written."""
_LARGE_FROM = 6.2
"""Zoom from which a county is named that is much larger than its name."""
_NO_ROOM = 100.0


@dataclass(frozen=True)
class _Name:
    text: str
    at: tuple[float, float]
    kind: str
    offsets: tuple[tuple[float, float], ...]
    must: bool = False


class _Placer:
    def __init__(self, sheet: Sheet, frame: Frame, choice: Choice, taken: Iterable[Box]) -> None:
        self.sheet = sheet
        self.frame = frame
        self.choice = choice
        self.pixel = PIXEL * sheet.unit
        self.zoom = frame.zoom(sheet.unit)
        self.far = self.zoom < FAR_BELOW
        self.taken = list(taken)
        self.soft: list[Box] = []
        self._keep_signs()

    def _keep_signs(self) -> None:
        for layer in self.choice.layers:
            if layer["kind"] == "centres":
                for point in layer["points"]:
                    self.taken.append(self._round(point["at"], 4.5 if self.far else 6.6))
            if layer["kind"] == "areas":
                for member in self._signs(layer):
                    place = self.choice.atlas["counties"][member]["at"]
                    (self.soft if self.far else self.taken).append(self._round(place, 4.4 if self.far else 7.0))

    def _signs(self, layer: Any) -> list[int]:
        styles = self.choice.atlas["styles"]
        return [member for line in layer["lines"] if styles[line["style"]].get("symbol") for member in line["members"]]

    def _round(self, at: Sequence[float], pixels: float) -> Box:
        x, y = self.frame.spot(at)
        reach = pixels * self.pixel
        return Box(x - reach, y - reach, x + reach, y + reach)

    def _size(self, text: str, kind: str) -> tuple[float, float]:
        pixels, bold, _ = _STYLES[kind]
        size = pixels * self.pixel
        lines = text.split("\n")
        return max(self.sheet.width(line, size, bold=bold) for line in lines), len(lines) * size * 1.16

    def candidates(self) -> list[_Name]:
        """List names, those that must not be missing first."""
        atlas = self.choice.atlas
        must: list[_Name] = []
        may: list[_Name] = []
        cities: set[str] = set()
        told: set[str] = set()
        signs: set[int] = set()
        first: set[int] = set()
        for layer in self.choice.layers:
            if layer["kind"] == "centres":
                for point in layer["points"]:
                    near, middle = point["text"], point["city"] or point["circle"]
                    text = (
                        near
                        if self.zoom >= _PLACES_FROM
                        else middle
                        if self.zoom >= _PREFECTURES_FROM
                        else point["circle"]
                    )
                    if not text:
                        continue
                    must.append(self._name(text, point["at"], "centre", self._round_a_dot(text), must=True))
                    cities.add(point["city"])
                    if self.zoom >= _PLACES_FROM and text == point["city"] + point["county"]:
                        told.add(text)
            if layer["kind"] == "areas":
                signs.update(self._signs(layer))
                first.update(member for line in layer["lines"] for member in line["members"])
        for place in atlas["places"]:
            level = place["level"]
            if level == "province" and self.zoom < _PROVINCES_TO:
                must.append(self._name(place["text"], place["at"], level, self._round_a_province(place), must=True))
            if level == "prefecture" and self.zoom >= _PREFECTURES_FROM and place["text"] not in cities:
                capital = bool(place["capital"]) and self.zoom < _COUNTIES_FROM
                name = self._name(place["text"], place["at"], level, self._in_a_prefecture(place["text"]), must=capital)
                (must if capital else may).append(name)
        if self.zoom >= _LARGE_FROM:
            members = [m for m in range(len(atlas["counties"])) if self._is_named(m, signs)]
            for member in sorted(members, key=lambda member: (member not in signs, member not in first, member)):
                item = atlas["counties"][member]
                # A second core that says the name of its county says it for the county too.
                if item["prefecture"] + item["name"] in told:
                    continue
                text = item["label"]
                _, high = self._size(text, "county")
                spots = (
                    self._beside_a_sign(text) if member in signs else ((0.0, 0.0), (0.0, high / 2), (0.0, -high / 2))
                )
                name = self._name(text, item["at"], "county", spots)
                may.append(name if member in signs else replace(name, at=self._in_frame(member, name.at)))
        return must + may

    def _in_frame(self, member: int, at: tuple[float, float]) -> tuple[float, float]:
        """Name a county that the frame cuts within what is seen of it, if that is large enough."""
        import shapely

        box = self.frame.box
        if box.left < at[0] < box.right and box.bottom < at[1] < box.top:
            return at
        wide, high = self._size(self.choice.atlas["counties"][member]["label"], "county")
        room = shapely.box(box.left, box.bottom, box.right, box.top)
        shapes = [shapely.Polygon(polygon[0], polygon[1:]).buffer(0) for polygon in self.frame.ground.rings(member)]
        seen = max((shape.intersection(room) for shape in shapes), key=lambda shape: shape.area)
        if seen.area < 6 * wide * high:
            return at
        middle: Any = shapely.get_point(shapely.maximum_inscribed_circle(np.asarray([seen]), tolerance=1.0), 0)[0]
        return float(middle.x), float(middle.y)

    def _is_named(self, member: int, signs: set[int]) -> bool:
        if self.zoom >= _COUNTIES_FROM or (member in signs and self.zoom >= _SIGNS_FROM):
            return True
        largest = max(self.frame.ground.rings(member), key=lambda polygon: len(polygon[0]))[0]
        wide, high = np.ptp(largest, axis=0)
        text_wide, text_high = self._size(self.choice.atlas["counties"][member]["label"], "county")
        return bool(wide > 1.5 * text_wide and high > 3.5 * text_high)

    def _name(
        self, text: str, at: Sequence[float], kind: str, offsets: Iterable[tuple[float, float]], *, must: bool = False
    ) -> _Name:
        return _Name(text, self.frame.spot(at), kind, tuple(offsets), must)

    def _round_a_dot(self, text: str) -> list[tuple[float, float]]:
        wide, high = self._size(text, "centre")
        spots = []
        for pixels in (7, 15, 30) if self.far else (9, 19, 30):
            reach = pixels * self.pixel
            x, y = wide / 2 + reach, high / 2 + reach
            a, b = wide / 2 + reach * 0.7, high / 2 + reach * 0.4
            spots += [(0, -y), (0, y), (x, 0), (-x, 0), (a, -b), (-a, -b), (a, b), (-a, b)]
        return spots

    def _beside_a_sign(self, text: str) -> list[tuple[float, float]]:
        wide, high = self._size(text, "county")
        gap = (7.0 if self.far else 11.0) * self.pixel
        x, y = wide / 2 + gap, high / 2 + gap
        return [(0, -y), (0, y), (x, 0), (-x, 0)]

    def _in_a_prefecture(self, text: str) -> list[tuple[float, float]]:
        wide, high = self._size(text, "prefecture")
        side = 0.6 * wide
        return [
            (0, 0),
            (0, high),
            (0, -high),
            (-side, 0),
            (side, 0),
            (-side, -high),
            (side, -high),
            (-side, high),
            (side, high),
        ]

    def _round_a_province(self, place: Any) -> list[tuple[float, float]]:
        wide, high = self._size(place["text"], "province")
        x, y = self.frame.spot(place["at"])
        (south, west), (north, east) = place["bounds"]
        corners = self.frame.at([(west, south), (east, south), (west, north), (east, north)])
        middle = float(corners[:, 0].mean()) - x
        spots = [(0.0, row * high) for row in (0, 1, -1)]
        # A province keeps its name inside itself, aside of what stands in its middle, as long as that is free.
        wall = 0.3 * (float(corners[:, 0].max()) - float(corners[:, 0].min()))
        tall = 0.3 * (float(corners[:, 1].max()) - float(corners[:, 1].min()))
        steps = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
        inside = [(column * wall, row * tall) for row in steps for column in steps]
        spots += sorted(inside, key=lambda spot: spot[0] ** 2 + spot[1] ** 2)
        # Then outside, above and below, where nothing else is written.
        spots += [
            (middle, float(corners[:, 1].max()) - y + 0.7 * high),
            (middle, float(corners[:, 1].min()) - y - 0.7 * high),
        ]
        return spots + [(column * wide, row * high) for row in (2, -2, 1, -1, 0) for column in (-0.7, 0.7)]

    def put(self, name: _Name) -> None:
        """Write a name where it is free, or leave it out; one that must stand is written where least is in the way."""
        wide, high = self._size(name.text, name.kind)
        room = self.frame.box.shrunk(2 * self.pixel)
        x, y = name.at
        if name.must and not (room.left <= x <= room.right and room.bottom <= y <= room.top):
            return
        best: Box | None = None
        least = float("inf")
        for right, up in name.offsets:
            left, bottom = x + right - wide / 2, y + up - high / 2
            if name.must:
                left = max(room.left, min(left, room.right - wide))
                bottom = max(room.bottom, min(bottom, room.top - high))
            box = Box(left, bottom, left + wide, bottom + high)
            if box.left < room.left or box.bottom < room.bottom or box.right > room.right or box.top > room.top:
                continue
            cost = _overlap(box, self.taken) * _NO_ROOM + (_overlap(box, self.soft) if name.must else 0.0)
            if cost < least and (cost == 0 or name.must):
                best, least = box, cost
            if cost == 0:
                break
        if best is None or (least > 0 and _overlap(best, self.names) > 0):
            return
        self.taken.append(best)
        self.names.append(best)
        self._write(name, best, high)

    names: list[Box]

    def _write(self, name: _Name, box: Box, high: float) -> None:
        pixels, bold, colour = _STYLES[name.kind]
        size, lines = pixels * self.pixel, name.text.split("\n")
        for number, line in enumerate(lines):
            top = box.top - number * high / len(lines)
            self.sheet.write(
                line,
                (box.left + box.right) / 2,
                top - (ASCENT + 0.08) * size,
                size,
                part="label",
                bold=bold,
                colour=colour,
                align="center",
                halo=1.5 * self.pixel,
                order=20.0,
            )

    def degrees(self) -> None:
        """Write degrees at the upper and the right edge of the frame, where nothing stands."""
        box = self.frame.box
        meridians, parallels = degrees_in(self.frame)
        gap = 9 * self.pixel
        for degree, line in meridians:
            x = _crossing(line[:, 1], line[:, 0], box.top - gap)
            if x is not None and box.left + 3 * gap < x < box.right - 3 * gap:
                self.put(_Name(f"{degree:g}°E", (x, box.top - gap), "degree", ((0.0, 0.0),)))
        for degree, line in parallels:
            wide, _ = self._size(f"{degree:g}°N", "degree")
            x = box.right - wide / 2 - gap / 2
            y = _crossing(line[:, 0], line[:, 1], x)
            if y is not None and box.bottom + gap < y < box.top - 2 * gap:
                self.put(_Name(f"{degree:g}°N", (x, y), "degree", ((0.0, 0.0),)))


def _crossing(along: Any, across: Any, value: float) -> float | None:
    """Return where a line crosses a height; None if it does not."""
    order = np.argsort(along, kind="stable")
    if not along[order[0]] <= value <= along[order[-1]]:
        return None
    return float(np.interp(value, along[order], across[order]))


def _overlap(box: Box, others: Iterable[Box]) -> float:
    shared = 0.0
    for other in others:
        x = min(box.right, other.right + 1.5) - max(box.left, other.left - 1.5)
        y = min(box.top, other.top + 0.75) - max(box.bottom, other.bottom - 0.75)
        if x > 0 and y > 0:
            shared += x * y
    return shared


def place_labels(sheet: Sheet, frame: Frame, choice: Choice, taken: Iterable[Box]) -> None:
    """Write names and degrees, as far as their layers are on.

    Parameters
    ----------
    sheet : Sheet
        The page.
    frame : Frame
        Where.
    choice : Choice
        What is shown.
    taken : iterable of Box
        Where scale bar, arrow and stamps stand.
    """
    placer = _Placer(sheet, frame, choice, taken)
    placer.names = []
    if choice.is_on("labels"):
        for name in placer.candidates():
            placer.put(name)
    if choice.is_on("graticule"):
        placer.degrees()
