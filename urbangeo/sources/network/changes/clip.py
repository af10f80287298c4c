"""A part of a network: the edges in an area, whole, with the nodes they need and no others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from urbangeo.errors import CrsError, InputError
from urbangeo.language.crs import CGCS2000, require_geographic
from urbangeo.sources.network.columns import take_column
from urbangeo.sources.network.model import DEGREE, Network, Shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

ClipRule = Literal["touching", "inside"]


def clip_network(
    network: Network,
    area: BaseGeometry | gpd.GeoDataFrame | gpd.GeoSeries | Sequence[float],
    *,
    edges: ClipRule = "touching",
) -> Network:
    """Keep the edges of a network that lie in an area; no edge is cut.

    Parameters
    ----------
    network : Network
        Any network; it is not changed.
    area : polygon, frame of polygons, or four numbers
        A shapely polygon in degrees, a GeoDataFrame or GeoSeries (all of it together, brought to degrees), or
        ``(west, south, east, north)`` in degrees.
    edges : {"touching", "inside"}, default "touching"
        ``"touching"`` keeps every edge of which a point lies in the area or on its border; ``"inside"`` those that do
        not leave it. The rule is that of the drawn line, not of the end nodes.

    Returns
    -------
    Network
        The edges kept and the nodes at their ends; ``provenance["clip"]`` has rule, bounds and counts.

    Raises
    ------
    InputError
        If the area is none, the rule is not known, or no edge lies in the area.
    CrsError
        If a frame has no CRS, or the coordinates of the area are no degrees.

    Examples
    --------
    >>> from urbangeo import read_network
    >>> part = clip_network(read_network(), (116.5, 36.3, 117.5, 37.0))
    >>> len(part.node_id) < 712, part.kind
    (True, 'skeleton')
    """
    import shapely

    if edges not in {"touching", "inside"}:
        msg = f"edges is {edges!r}; expected 'touching' or 'inside'."
        raise InputError(msg)
    shape = area_in_degrees(area)
    shapely.prepare(shape)
    boxes = edge_boxes(network)
    west, south, east, north = shape.bounds
    if edges == "touching":
        near = (boxes[:, 2] >= west) & (boxes[:, 0] <= east) & (boxes[:, 3] >= south) & (boxes[:, 1] <= north)
        test = shapely.intersects
    else:
        near = (boxes[:, 0] >= west) & (boxes[:, 2] <= east) & (boxes[:, 1] >= south) & (boxes[:, 3] <= north)
        test = shapely.covers
    rows = np.flatnonzero(near)
    rows = rows[test(shape, network.geometry(rows))] if len(rows) else rows
    if not len(rows):
        msg = (
            f"No edge of the network lies {'in' if edges == 'inside' else 'in or on'} the area ({west:.4f}, "
            f"{south:.4f} to {east:.4f}, {north:.4f}); the network runs from {network.lon.min(initial=180):.4f}, "
            f"{network.lat.min(initial=90):.4f} to {network.lon.max(initial=-180):.4f}, "
            f"{network.lat.max(initial=-90):.4f}."
        )
        raise InputError(msg)
    part = take_part(network, rows)
    note = {
        "rule": edges,
        "bounds": [round(float(value), 7) for value in (west, south, east, north)],
        "edges": [len(network.u), len(part.u)],
        "nodes": [len(network.node_id), len(part.node_id)],
    }
    return replace(part, provenance={**network.provenance, "clip": note})


def take_part(network: Network, rows: Any, *, nodes: Any = None) -> Network:
    """Keep some edges, the nodes at their ends, and only the bends that are still needed.

    Parameters
    ----------
    network : Network
        Any network.
    rows : array_like of int or bool
        Places of the edges to keep, or a mask.
    nodes : array_like of bool, optional
        Nodes to keep even if no edge ends there.

    Returns
    -------
    Network
        A new network; nodes and edges keep their order.
    """
    kept = network.take_edges(rows)
    wanted = np.zeros(len(network.node_id), dtype=bool) if nodes is None else np.array(nodes, dtype=bool)
    wanted[kept.u] = wanted[kept.v] = True
    place = np.cumsum(wanted, dtype=np.int64) - 1
    return replace(
        kept,
        node_id=network.node_id[wanted],
        lon=network.lon[wanted],
        lat=network.lat[wanted],
        u=place[kept.u].astype(np.int32),
        v=place[kept.v].astype(np.int32),
        node_columns={name: take_column(column, wanted) for name, column in network.node_columns.items()},
        shapes=_only_used(kept.shapes),
    )


def area_in_degrees(area: Any) -> BaseGeometry:
    """Make one polygon in degrees of what a caller may call an area.

    Parameters
    ----------
    area : polygon, frame of polygons, or four numbers
        As in :func:`clip_network`.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        Valid, not empty, in degrees.

    Raises
    ------
    InputError
        If it is no area.
    CrsError
        If its coordinates are no degrees.
    """
    import geopandas as gpd
    import shapely

    if isinstance(area, gpd.GeoDataFrame | gpd.GeoSeries):
        shapes = area.geometry
        frame = gpd.GeoDataFrame(geometry=np.asarray(shapes), crs=shapes.crs)
        shape = shapely.union_all(shapely.make_valid(np.asarray(require_geographic(frame, "the area").geometry)))
    elif isinstance(area, shapely.Geometry):
        shape = shapely.make_valid(area)
    else:
        shape = _box(area)
    if shape.is_empty or not shape.area > 0:
        msg = "The area is empty; expected a polygon, a frame of polygons, or (west, south, east, north) in degrees."
        raise InputError(msg)
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        msg = (
            f"The area runs from {west:g}, {south:g} to {east:g}, {north:g}, which are no degrees; give it in "
            f"{CGCS2000}, or as a frame with its CRS."
        )
        raise CrsError(msg)
    polygons = [part for part in shapely.get_parts(shape) if part.area > 0]
    flat: BaseGeometry = shapely.force_2d(shapely.union_all(polygons))
    return flat


def _box(area: Any) -> BaseGeometry:
    import shapely

    try:
        west, south, east, north = (float(value) for value in area)
    except (TypeError, ValueError) as error:
        msg = f"The area {area!r} is none: expected a polygon, a frame of polygons, or (west, south, east, north)."
        raise InputError(msg) from error
    if not (west < east and south < north and np.isfinite([west, south, east, north]).all()):
        msg = (
            f"The bounds ({west:g}, {south:g}, {east:g}, {north:g}) enclose nothing; expected west, south, east, north."
        )
        raise InputError(msg)
    return shapely.box(west, south, east, north)


def edge_boxes(network: Network) -> NDArray[np.float64]:
    """Return the box round each edge, bends counted in.

    Parameters
    ----------
    network : Network
        Any network.

    Returns
    -------
    numpy.ndarray of float64, shape (edges, 4)
        West, south, east, north; degrees.
    """
    lon, lat = (np.stack([values[network.u], values[network.v]]) for values in (network.lon, network.lat))
    boxes = np.stack([lon.min(axis=0), lat.min(axis=0), lon.max(axis=0), lat.max(axis=0)], axis=1)
    shapes = network.shapes
    if shapes is None or len(shapes.offsets) < 2:
        return boxes
    first = shapes.offsets[:-1]
    low, high = (way.reduceat(shapes.points, first, axis=0) / DEGREE for way in (np.minimum, np.maximum))
    bent = np.flatnonzero(shapes.line >= 0)
    line = shapes.line[bent]
    boxes[bent, :2] = np.minimum(boxes[bent, :2], low[line])
    boxes[bent, 2:] = np.maximum(boxes[bent, 2:], high[line])
    return boxes


def _only_used(shapes: Shapes | None) -> Shapes | None:
    """Leave out the lines of shapes that no edge uses."""
    if shapes is None:
        return None
    used = np.unique(shapes.line[shapes.line >= 0])
    if not len(used):
        return None
    first, last = shapes.offsets[:-1][used], shapes.offsets[1:][used]
    offsets = np.concatenate([[0], np.cumsum(last - first)]).astype(np.int64)
    place = np.arange(offsets[-1]) - np.repeat(offsets[:-1] - first, last - first)
    line = np.where(shapes.line >= 0, np.searchsorted(used, shapes.line), -1)
    return Shapes(offsets, shapes.points[place], line.astype(np.int32), shapes.backwards)
