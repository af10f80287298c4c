"""Back from arcs to shapes: areas and outlines of the payload, as the page's script builds them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Points = NDArray[np.float64]


@dataclass(frozen=True)
class Ground:
    """County polygons as shared arcs, in degrees or on paper.

    Attributes
    ----------
    arcs : tuple of numpy.ndarray
        Points of each stretch of border.
    units : sequence
        For each county a list of polygons, each a list of rings, each a list of arc numbers.
    owners : tuple of tuple of int
        Counties on the sides of each arc.
    ends : tuple of tuple
        First and last point of each arc as it came, by which arcs are joined.
    """

    arcs: tuple[Points, ...]
    units: Sequence[Any]
    owners: tuple[tuple[int, ...], ...]
    ends: tuple[tuple[Any, Any], ...]

    def projected(self, project: Callable[[Points], Points]) -> Ground:
        """Return the same ground with every point moved.

        Parameters
        ----------
        project : callable
            From longitude and latitude to other coordinates, all points at once.

        Returns
        -------
        Ground
            Moved; neighbours still share their border.
        """
        lengths = [len(arc) for arc in self.arcs]
        moved = project(np.concatenate(self.arcs))
        return Ground(tuple(np.split(moved, np.cumsum(lengths)[:-1])), self.units, self.owners, self.ends)

    def rings(self, member: int) -> list[list[Points]]:
        """Return the polygons of a county.

        Parameters
        ----------
        member : int
            Its place.

        Returns
        -------
        list of list of numpy.ndarray
            For each polygon its shell and its holes, without the closing point twice.
        """
        return [[self._ring(numbers) for numbers in polygon] for polygon in self.units[member]]

    def _ring(self, numbers: Sequence[int]) -> Points:
        parts = [self.arcs[-n - 1][::-1] if n < 0 else self.arcs[n] for n in numbers]
        return _joined(parts)

    def lines(self, wanted: Callable[[tuple[int, ...]], bool]) -> list[Points]:
        """Return the arcs that pass a test, joined end to end so that dashes run through.

        Parameters
        ----------
        wanted : callable
            Told the counties on the sides of an arc.

        Returns
        -------
        list of numpy.ndarray
            Lines.
        """
        chosen = [number for number, owners in enumerate(self.owners) if wanted(owners)]
        at: dict[Any, list[int]] = {}
        for number in chosen:
            for end in self.ends[number]:
                at.setdefault(end, []).append(number)
        used: set[int] = set()
        lines = []
        for first in chosen:
            if first in used:
                continue
            used.add(first)
            forward = self._walk(self.ends[first][1], at, used)
            backward = self._walk(self.ends[first][0], at, used)
            lines.append(_joined([*(part[::-1] for part in reversed(backward)), self.arcs[first], *forward]))
        return lines

    def _walk(self, end: Any, at: Mapping[Any, list[int]], used: set[int]) -> list[Points]:
        parts: list[Points] = []
        while True:
            following = next((number for number in at.get(end, ()) if number not in used), None)
            if following is None:
                return parts
            used.add(following)
            first, last = self.ends[following]
            runs_on = first == end
            parts.append(self.arcs[following] if runs_on else self.arcs[following][::-1])
            end = last if runs_on else first

    def outline(self, members: Iterable[int]) -> list[Points]:
        """Return the lines round a group of counties.

        Parameters
        ----------
        members : iterable of int
            Their places.

        Returns
        -------
        list of numpy.ndarray
            Lines.
        """
        inside = set(members)
        return self.lines(lambda owners: sum(member in inside for member in owners) == 1)

    def edges(self, members: Iterable[int]) -> list[Points]:
        """Return all borders of some counties, each once.

        Parameters
        ----------
        members : iterable of int
            Their places.

        Returns
        -------
        list of numpy.ndarray
            Lines.
        """
        inside = set(members)
        return self.lines(lambda owners: any(member in inside for member in owners))


def _joined(parts: Sequence[Points]) -> Points:
    """Put lines together of which each begins where the one before it ends."""
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def ground_of(geometry: Mapping[str, Any]) -> Ground:
    """Read the counties of a payload.

    Parameters
    ----------
    geometry : mapping
        ``scale``, ``arcs`` and ``units`` as ``encode_coverage`` writes them.

    Returns
    -------
    Ground
        In degrees.
    """
    from urbangeo.windows.maps.encode import decode_lines

    arcs = tuple(decode_lines(geometry["arcs"], geometry["scale"]))
    sides: list[dict[int, None]] = [{} for _ in arcs]
    for member, unit in enumerate(geometry["units"]):
        for number in itertools.chain.from_iterable(itertools.chain.from_iterable(unit)):
            sides[-number - 1 if number < 0 else number][member] = None
    ends = tuple((tuple(arc[0].tolist()), tuple(arc[-1].tolist())) for arc in arcs)
    return Ground(arcs, geometry["units"], tuple(tuple(side) for side in sides), ends)


def path_of(polygons: Iterable[Sequence[Points]]) -> Any:
    """Make one shape of polygons: shells one way round and holes the other, whatever rule fills them.

    Parameters
    ----------
    polygons : iterable of sequence of numpy.ndarray
        For each polygon its shell and its holes.

    Returns
    -------
    matplotlib.path.Path
        The shape.
    """
    from matplotlib.path import Path

    vertices, codes = [], []
    for polygon in polygons:
        for place, ring in enumerate(polygon):
            open_ring = ring[:-1] if len(ring) > 1 and np.array_equal(ring[0], ring[-1]) else ring
            if len(open_ring) < 3:
                continue
            turned = open_ring if (_signed_area(open_ring) > 0) == (place == 0) else open_ring[::-1]
            vertices.append(np.concatenate([turned, turned[:1]]))
            codes.append([Path.MOVETO] + [Path.LINETO] * (len(turned) - 1) + [Path.CLOSEPOLY])
    if not vertices:
        return Path(np.zeros((1, 2)), [Path.MOVETO])
    return Path(np.concatenate(vertices), list(itertools.chain.from_iterable(codes)))


def _signed_area(ring: Points) -> float:
    x, y = ring[:, 0], ring[:, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2


def even_odd(rings: Iterable[Points]) -> Any:
    """Put together an area from rings that stand side by side or one inside the other.

    Parameters
    ----------
    rings : iterable of numpy.ndarray
        Each at least three points.

    Returns
    -------
    shapely.Geometry
        What the even-odd rule fills.
    """
    import shapely

    parts = [shapely.make_valid(shapely.Polygon(ring)) for ring in rings if len(ring) >= 3]
    area: Any = shapely.Polygon()
    for part in sorted(parts, key=lambda part: -part.area):
        area = shapely.symmetric_difference(area, part)
    return area


def polygons_of(area: Any) -> list[list[Points]]:
    """Take the rings of an area apart.

    Parameters
    ----------
    area : shapely.Geometry
        Polygons; lines and points in it are left out.

    Returns
    -------
    list of list of numpy.ndarray
        For each polygon its shell and its holes.
    """
    import shapely

    return [
        [shapely.get_coordinates(line) for line in (part.exterior, *part.interiors)]
        for part in _parts(area)
        if part.geom_type == "Polygon" and not part.is_empty
    ]


def _parts(area: Any) -> list[Any]:
    import shapely

    found = []
    for part in shapely.get_parts(area):
        found += _parts(part) if part.geom_type.startswith(("Multi", "Geometry")) else [part]
    return found
