"""How a set of polygons fits together, measured in metres: overlaps, gaps between neighbours, and parts astray.

Polygons come in as an array in a projected system; nothing here knows of codes or names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Polygons = NDArray[np.object_]

NOISE_M2 = 1.0
"""Smaller overlaps and gaps come from the rounding of coordinates (5 decimals of a degree are a metre)."""

_TOUCH_M = 1.0
_NEAR_M = 50.0
_EXCLAVE_M2 = 10_000.0
_SHARED_BORDER = 0.25


def polygonal(shapes: Polygons) -> Polygons:
    """Mend every polygon by itself, keeping the area its rings enclose and dropping points and lines.

    Parameters
    ----------
    shapes : numpy.ndarray of shapely geometries
        Polygons and MultiPolygons, valid or not.

    Returns
    -------
    numpy.ndarray
        Valid Polygons and MultiPolygons, in the same order.

    Examples
    --------
    >>> from shapely import Polygon
    >>> bow_tie = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> polygonal(np.array([bow_tie]))[0].area
    2.0
    """
    import shapely

    valid = shapely.is_valid(shapes)
    if valid.all():
        return shapes.copy()
    mended = shapes.copy()
    for position in np.flatnonzero(~valid):
        pieces = shapely.get_parts(shapely.make_valid(shapes[position], method="structure", keep_collapsed=False))
        pieces = pieces[(shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON) & (shapely.area(pieces) > 0)]
        mended[position] = pieces[0] if len(pieces) == 1 else shapely.multipolygons(pieces)
    return mended


def overlaps(polygons: Polygons) -> pd.DataFrame:
    """Find where two polygons claim the same ground.

    Parameters
    ----------
    polygons : numpy.ndarray of shapely geometries
        Valid polygons in metres.

    Returns
    -------
    pandas.DataFrame
        One row a patch of more than :data:`NOISE_M2`: first, second (positions, first < second), area_m2, width_m (mean
        width: twice the area by the perimeter).

    Examples
    --------
    >>> from shapely import box
    >>> overlaps(np.array([box(0, 0, 100, 100), box(90, 0, 200, 100)]))[["first", "second", "area_m2"]].values.tolist()
    [[0.0, 1.0, 1000.0]]
    """
    import pandas as pd
    import shapely

    tree = shapely.STRtree(polygons)
    first, second = tree.query(polygons, predicate="intersects")
    each = first < second
    first, second = first[each], second[each]
    shared = shapely.intersection(polygons[first], polygons[second])
    pieces, pair = shapely.get_parts(shared, return_index=True)
    pieces, within = shapely.get_parts(pieces, return_index=True)  # a collection may hold a MultiPolygon
    pair = pair[within]
    area = shapely.area(pieces)
    kept = area > NOISE_M2
    return pd.DataFrame(
        {
            "first": first[pair][kept],
            "second": second[pair][kept],
            "area_m2": area[kept],
            "width_m": _width(pieces[kept]),
        }
    )


def gaps(polygons: Polygons) -> pd.DataFrame:
    """Find ground that polygons enclose and none of them claims.

    Gaps that open to the outside are not among them: nothing tells them from a bay.

    Parameters
    ----------
    polygons : numpy.ndarray of shapely geometries
        Valid polygons in metres.

    Returns
    -------
    pandas.DataFrame
        One row a gap of more than :data:`NOISE_M2`: owner (position of the polygon that borders on most of it),
        neighbours (how many border on it), area_m2, width_m (mean width), geometry.

    Examples
    --------
    >>> from shapely import box
    >>> ring = box(0, 0, 300, 300) - box(100, 100, 200, 200)
    >>> gaps(np.array([ring]))[["owner", "neighbours", "area_m2", "width_m"]].values.tolist()
    [[0.0, 1.0, 10000.0, 50.0]]
    """
    import pandas as pd
    import shapely

    holes = _holes(shapely.union_all(polygons))
    holes = holes[shapely.area(holes) > NOISE_M2]
    tree = shapely.STRtree(polygons)
    hole, position = tree.query(holes, predicate="dwithin", distance=_TOUCH_M)
    # How much of its rim each neighbour holds, by the area of a strip round it: lines that should be one seldom are.
    rims = shapely.buffer(holes, _TOUCH_M)
    touching = pd.DataFrame(
        {"hole": hole, "owner": position, "held": shapely.area(shapely.intersection(rims[hole], polygons[position]))}
    )
    most = touching.sort_values("held").drop_duplicates("hole", keep="last").set_index("hole")["owner"]
    count = touching.groupby("hole").size()
    every = range(len(holes))
    return pd.DataFrame(
        {
            "owner": most.reindex(every).to_numpy(),
            "neighbours": count.reindex(every).to_numpy(),
            "area_m2": shapely.area(holes),
            "width_m": _width(holes),
            "geometry": holes,
        }
    )


def seams(polygons: Polygons) -> NDArray[np.float64]:
    """Measure, for each polygon, how much of its border does not match its neighbours' vertex for vertex.

    Parameters
    ----------
    polygons : numpy.ndarray of shapely geometries
        Valid polygons in metres.

    Returns
    -------
    numpy.ndarray of float
        Metres of border; 0 everywhere in a clean coverage. A border between two is counted on both sides.
    """
    import shapely

    lengths: NDArray[np.float64] = shapely.length(shapely.coverage_invalid_edges(polygons))
    return lengths


def exclaves(polygons: Polygons) -> pd.DataFrame:
    """Find parts of a polygon that lie apart from its main part and among other polygons.

    Islands in the sea are not among them: nobody else borders on them.

    Parameters
    ----------
    polygons : numpy.ndarray of shapely geometries
        Valid polygons in metres.

    Returns
    -------
    pandas.DataFrame
        One row a part of at least a hectare: owner (position), host (position of the polygon with most of the border),
        area_m2, geometry. A part counts when it is more than 50 m from the main part and others hold a quarter of its
        border or more.

    Examples
    --------
    >>> from shapely import MultiPolygon, box
    >>> away = box(5000, 5000, 5200, 5200)
    >>> owner, host = MultiPolygon([box(0, 0, 1000, 1000), away]), box(4000, 4000, 6000, 6000) - away
    >>> exclaves(np.array([owner, host]))[["owner", "host", "area_m2"]].values.tolist()
    [[0.0, 1.0, 40000.0]]
    """
    import pandas as pd
    import shapely

    parts, owner = shapely.get_parts(polygons, return_index=True)
    area = shapely.area(parts)
    order = pd.DataFrame({"owner": owner, "area": area}).sort_values("area").drop_duplicates("owner", keep="last")
    main = pd.Series(order.index, index=order["owner"])
    astray = (area >= _EXCLAVE_M2) & ~np.isin(np.arange(len(parts)), order.index)
    astray &= shapely.distance(parts, parts[main.reindex(owner).to_numpy()]) > _NEAR_M
    positions = np.flatnonzero(astray)
    tree = shapely.STRtree(polygons)
    row, other = tree.query(parts[positions], predicate="dwithin", distance=_NEAR_M)
    foreign = owner[positions][row] != other
    row, other = row[foreign], other[foreign]
    rims = shapely.boundary(parts[positions])
    held = shapely.length(shapely.intersection(rims[row], shapely.buffer(polygons[other], _NEAR_M)))
    near = pd.DataFrame({"row": row, "host": other, "held": held})
    total = near.groupby("row")["held"].sum()
    surrounded = [int(key) for key in total.index if total[key] >= _SHARED_BORDER * shapely.length(rims[int(key)])]
    hosts = near.sort_values("held").drop_duplicates("row", keep="last").set_index("row")["host"]
    chosen = positions[surrounded]
    return pd.DataFrame(
        {
            "owner": owner[chosen],
            "host": hosts.loc[surrounded].to_numpy(),
            "area_m2": area[chosen],
            "geometry": parts[chosen],
        }
    )


def _holes(shape: Any) -> Polygons:
    import shapely

    parts = shapely.get_parts(shape)
    rings = [ring for part in parts for ring in shapely.get_rings(part)[1:]]
    holes: Polygons = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    return holes


def _width(shapes: Polygons) -> NDArray[np.float64]:
    import shapely

    width: NDArray[np.float64] = 2.0 * shapely.area(shapes) / shapely.length(shapes)
    return width
