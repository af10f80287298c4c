"""Where the map stands on the paper: projection, scale, and two frames side by side for provinces far apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from urbangeo.windows.pictures.sheet import Box

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from urbangeo.windows.pictures.choice import Choice
    from urbangeo.windows.pictures.decode import Ground

_DEGREES = "+proj=longlat +ellps=GRS80 +no_defs"
_EMPTY_BELOW = 0.55
"""Provinces that cover less of the box round them all than this share leave a hole in the middle of the map."""
_MOST_FRAMES = 3
_STEPS = 33
_WEB_METRES_PER_PIXEL = 156_543.034
"""Metres a pixel at the equator at zoom 0 of a web map, by which the page decides what is named."""


@dataclass(frozen=True)
class Projection:
    """An equal-area conic in the middle of what is shown, so that north is up and little is turned.

    Attributes
    ----------
    lat_1, lat_2 : float
        Standard parallels.
    lon_0 : float
        Central meridian.
    """

    lat_1: float
    lat_2: float
    lon_0: float

    def forward(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Project points.

        Parameters
        ----------
        points : numpy.ndarray of shape (n, 2)
            Longitude and latitude.

        Returns
        -------
        numpy.ndarray of shape (n, 2)
            Metres.
        """
        x, y = _transformer(self).transform(points[:, 0], points[:, 1])
        return np.column_stack([x, y])


@lru_cache(maxsize=16)
def _transformer(projection: Projection) -> Any:
    from pyproj import Transformer

    lat_1, lat_2 = projection.lat_1, projection.lat_2
    proj = (
        f"+proj=aea +lat_1={lat_1:g} +lat_2={lat_2:g} +lat_0={(lat_1 + lat_2) / 2:g} +lon_0={projection.lon_0:g} "
        "+ellps=GRS80 +units=m +no_defs"
    )
    return Transformer.from_crs(_DEGREES, proj, always_xy=True)


def projection_for(bounds: Sequence[Sequence[float]]) -> Projection:
    """Choose the projection of a part of the country.

    The standard parallels lie a sixth of the height from the upper and the lower edge, as is customary for conics.

    Parameters
    ----------
    bounds : sequence
        ``[[south, west], [north, east]]``.

    Returns
    -------
    Projection
        Parallels and meridian to a tenth of a degree.

    References
    ----------
    Snyder, J. P. (1987). Map projections: a working manual. USGS Professional Paper 1395, p. 99.
    """
    (south, west), (north, east) = bounds
    sixth = (north - south) / 6
    return Projection(round(south + sixth, 1), round(north - sixth, 1), round((west + east) / 2, 1))


@dataclass(frozen=True)
class Part:
    """A part of the map that gets a frame of its own.

    Attributes
    ----------
    bounds : list
        ``[[south, west], [north, east]]``.
    projection : Projection
        Its projection.
    extent : Box
        What must be seen, in metres.
    """

    bounds: Any
    projection: Projection
    extent: Box


@dataclass(frozen=True)
class Frame:
    """A frame on the paper and what is seen in it.

    Attributes
    ----------
    box : Box
        On the paper.
    part : Part
        What is shown.
    metres_per_point : float
        The scale.
    ground : Ground
        All counties, on the paper; what lies outside the box is cut off when drawn.
    """

    box: Box
    part: Part
    metres_per_point: float
    ground: Ground

    def at(self, points: Any) -> NDArray[np.float64]:
        """Put points on the paper.

        Parameters
        ----------
        points : array_like of shape (n, 2)
            Longitude and latitude.

        Returns
        -------
        numpy.ndarray of shape (n, 2)
            Points on the paper.
        """
        return _placed(self.box, self.part, self.metres_per_point, np.asarray(points, dtype=np.float64))

    def spot(self, at: Sequence[float]) -> tuple[float, float]:
        """Put one place on the paper.

        Parameters
        ----------
        at : sequence of float
            Latitude and longitude, as the payload has them.

        Returns
        -------
        tuple of float
            Points on the paper.
        """
        x, y = self.at([[at[1], at[0]]])[0]
        return float(x), float(y)

    def zoom(self, unit: float) -> float:
        """Say how near the map is, as the zoom of a web page on which a pixel is 0.75 points of A3.

        Parameters
        ----------
        unit : float
            How large things are drawn.

        Returns
        -------
        float
            For example 6.3.
        """
        latitude = math.radians((self.part.bounds[0][0] + self.part.bounds[1][0]) / 2)
        return math.log2(_WEB_METRES_PER_PIXEL * math.cos(latitude) / (self.metres_per_point * 0.75 * unit))


def _placed(box: Box, part: Part, scale: float, points: NDArray[np.float64]) -> NDArray[np.float64]:
    metres = part.projection.forward(points)
    middle = np.array([(part.extent.left + part.extent.right) / 2, (part.extent.bottom + part.extent.top) / 2])
    placed: NDArray[np.float64] = (metres - middle) / scale + np.array(
        [(box.left + box.right) / 2, (box.bottom + box.top) / 2]
    )
    return placed


def parts_of(choice: Choice) -> list[Part]:
    """Decide whether what is shown needs one frame or several.

    Provinces far apart leave an empty middle; each then gets a frame of its own at the same scale.

    Parameters
    ----------
    choice : Choice
        What is shown.

    Returns
    -------
    list of Part
        One, or from west to east several.
    """
    atlas = choice.atlas
    view = choice.view["bounds"]
    whole = choice.view["id"] == atlas["views"][0]["id"]
    ground = choice.ground
    if whole:
        groups = _far_apart([place["bounds"] for place in atlas["places"] if place["level"] == "province"])
        if 1 < len(groups) <= _MOST_FRAMES:
            return [_part(bounds, ground) for bounds in groups]
    return [_part(view, ground)]


def _part(bounds: Any, ground: Ground) -> Part:
    projection = projection_for(bounds)
    (south, west), (north, east) = bounds
    points = np.concatenate(ground.arcs)
    # Four decimals round the bounds, so a vertex may lie that much outside.
    inside = (
        (points[:, 0] >= west - 1e-4)
        & (points[:, 0] <= east + 1e-4)
        & (points[:, 1] >= south - 1e-4)
        & (points[:, 1] <= north + 1e-4)
    )
    seen = projection.forward(points[inside]) if inside.any() else np.empty((0, 2))
    edge = projection.forward(_outline(west, south, east, north))
    reach = [(edge[:, axis].min(), edge[:, axis].max()) for axis in (0, 1)]
    # Where the counties end inside the box of degrees (all of a province), its bent corners need no room.
    if len(seen) and _fills(points[inside], bounds):
        reach = [(seen[:, axis].min(), seen[:, axis].max()) for axis in (0, 1)]
    (left, right), (bottom, top) = reach
    return Part(bounds, projection, Box(float(left), float(bottom), float(right), float(top)))


def _fills(points: NDArray[np.float64], bounds: Any) -> bool:
    (south, west), (north, east) = bounds
    found = (*points.min(axis=0), *points.max(axis=0))
    return bool(np.allclose(found, (west, south, east, north), atol=2e-4))


def _outline(west: float, south: float, east: float, north: float) -> NDArray[np.float64]:
    x, y = np.linspace(west, east, _STEPS), np.linspace(south, north, _STEPS)
    sides = [(x, np.full(_STEPS, south)), (x, np.full(_STEPS, north)), (np.full(_STEPS, west), y)]
    sides.append((np.full(_STEPS, east), y))
    return np.concatenate([np.column_stack(side) for side in sides])


def _far_apart(boxes: list[Any]) -> list[Any]:
    """Join boxes that touch or overlap; if what is left fills the whole well enough, it is one group."""
    groups: list[list[float]] = []
    for (south, west), (north, east) in boxes:
        box = [west, south, east, north]
        merged = True
        while merged:
            merged = False
            for other in groups:
                if box[0] <= other[2] and other[0] <= box[2] and box[1] <= other[3] and other[1] <= box[3]:
                    groups.remove(other)
                    box = [
                        min(box[0], other[0]),
                        min(box[1], other[1]),
                        max(box[2], other[2]),
                        max(box[3], other[3]),
                    ]
                    merged = True
                    break
        groups.append(box)
    if not groups:
        return []
    west, south = min(box[0] for box in groups), min(box[1] for box in groups)
    east, north = max(box[2] for box in groups), max(box[3] for box in groups)
    filled = sum((box[2] - box[0]) * (box[3] - box[1]) for box in groups)
    if filled >= _EMPTY_BELOW * (east - west) * (north - south):
        return []
    return [[[south, west], [north, east]] for west, south, east, north in sorted(groups)]


def frames_for(choice: Choice, parts: Sequence[Part], room: Box, pad: float, most_filled: float = 1.0) -> list[Frame]:
    """Put the parts of a map side by side into a room, all at one scale.

    Parameters
    ----------
    choice : Choice
        What is shown.
    parts : sequence of Part
        Its parts, from west to east.
    room : Box
        Where the frames may stand.
    pad : float
        Points between what must be seen and the frame.
    most_filled : float, default 1
        Share of the height of the room above which the frames take all of it; below, they end where the map ends and
        leave the rest of the room free beneath.

    Returns
    -------
    list of Frame
        Frames of equal height that fill the width of the room.
    """
    wide = sum(part.extent.width for part in parts)
    high = max(part.extent.height for part in parts)
    scale = max(wide / (room.width - 2 * pad * len(parts)), high / (room.height - 2 * pad), 1e-9)
    height = high / scale + 2 * pad
    if most_filled >= 1 or height > most_filled * room.height or len(parts) == 1:
        height = room.height
    spare = room.width - sum(part.extent.width / scale + 2 * pad for part in parts)
    ground = choice.ground
    frames = []
    left = room.left
    for part in parts:
        right = left + part.extent.width / scale + 2 * pad + spare / len(parts)
        box = Box(left, room.top - height, right, room.top)
        moved = ground.projected(lambda points, box=box, part=part: _placed(box, part, scale, points))  # type: ignore[misc]
        frames.append(Frame(box, part, scale, moved))
        left = right
    return frames


def seen_layers(choice: Choice, frames: Sequence[Frame]) -> set[str]:
    """Tell of which layers something lies in the frames.

    Parameters
    ----------
    choice : Choice
        What is shown.
    frames : sequence of Frame
        The frames.

    Returns
    -------
    set of str
        Keys of layers. A layer without a place of its own, such as roads or names, counts as seen.
    """
    members = {member for frame in frames for member in seen_counties(frame)}
    found = set()
    for layer in choice.layers:
        if layer["kind"] == "areas":
            is_seen = any(member in members for line in layer["lines"] for member in line["members"])
        elif "bounds" in layer:
            is_seen = any(meets(frame, layer["bounds"]) for frame in frames)
        else:
            is_seen = True
        if is_seen:
            found.add(str(layer["id"]))
    return found


def sees_neighbours(choice: Choice, frames: Sequence[Frame]) -> bool:
    """Tell whether land of the provinces around those of the map lies in a frame.

    Parameters
    ----------
    choice : Choice
        What is shown.
    frames : sequence of Frame
        The frames.

    Returns
    -------
    bool
        False where none is drawn, or all of it lies apart.
    """
    import shapely

    from urbangeo.windows.maps.encode import decode_lines
    from urbangeo.windows.pictures.decode import even_odd

    for layer in choice.layers:
        if layer["kind"] == "context":
            land = [line for line in decode_lines(layer["rings"], layer["scale"]) if len(line)]
            for frame in frames:
                box = frame.box
                room = shapely.box(box.left, box.bottom, box.right, box.top)
                if land and even_odd([frame.at(line) for line in land]).intersects(room):
                    return True
    return False


def seen_counties(frame: Frame) -> list[int]:
    """List the counties of which something may lie in a frame.

    Parameters
    ----------
    frame : Frame
        The frame.

    Returns
    -------
    list of int
        Their places.
    """
    found = []
    for member in range(len(frame.ground.units)):
        points = np.concatenate([ring for polygon in frame.ground.rings(member) for ring in polygon])
        if _touches(frame.box, points):
            found.append(member)
    return found


def meets(frame: Frame, bounds: Any) -> bool:
    """Tell whether a part of the country may be seen in a frame.

    Parameters
    ----------
    frame : Frame
        The frame.
    bounds : sequence
        ``[[south, west], [north, east]]``.

    Returns
    -------
    bool
        False if it lies apart.
    """
    (south, west), (north, east) = bounds
    return _touches(frame.box, frame.at(_outline(west, south, east, north)))


def _touches(box: Box, points: NDArray[np.float64]) -> bool:
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    return bool(left < box.right and right > box.left and bottom < box.top and top > box.bottom)
