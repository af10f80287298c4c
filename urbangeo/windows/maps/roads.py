"""What is drawn from the network: road pieces by class, and county seats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbangeo.windows.maps.encode import LINE_SCALE, encode_line
from urbangeo.windows.maps.layers import base
from urbangeo.windows.maps.words import text

if TYPE_CHECKING:
    import geopandas as gpd

    from urbangeo.windows.maps.styles import StyleTables


def road_layer(network: Any, styles: StyleTables) -> list[dict[str, Any]]:
    """Turn the road network into a layer, one legend line a class.

    Parameters
    ----------
    network : Network
        As ``read_network`` returns it.
    styles : StyleTables
        The style tables.

    Returns
    -------
    list of dict
        One layer, or none if the network has no lines.
    """
    row = next((row for row in styles.layers if row["kind"] == "roads"), None)
    lines = network.lines()
    if row is None or lines.empty:
        return []
    classes = lines["road_class"].map(lambda name: text(name) if text(name) in styles.roads else "other")
    drawn = []
    for name, style in reversed(list(styles.roads.items())):
        pieces = lines.geometry[classes == name]
        if pieces.empty:
            continue
        coded = [part for piece in pieces for part in encode_line(piece)]
        drawn.append(
            {
                "text": f"{style['name_zh']}（{len(pieces)} 段）",
                "stroke": style["colour"],
                "stroke_width": style["width"],
                "dash": style["dash"] or "",
                "paths": coded,
            }
        )
    skeleton = text(getattr(network, "kind", "")) in ("skeleton", "")
    notes = ["骨架路网：两点间画直线，里程多为估算，不是道路线形，非实测"] if skeleton else []
    return [base(row) | {"kind": "roads", "lines": drawn, "scale": LINE_SCALE, "notes": notes, "skeleton": skeleton}]


def seat_layer(network: Any, counties: gpd.GeoDataFrame, styles: StyleTables) -> list[dict[str, Any]]:
    """Turn county seats into a layer of small points.

    Parameters
    ----------
    network : Network or None
        Its nodes of kind "seat" are used; without them the label points of the boundary source.
    counties : geopandas.GeoDataFrame
        The counties on the map.
    styles : StyleTables
        The style tables.

    Returns
    -------
    list of dict
        One layer, or none if no point is known.
    """
    row = next((row for row in styles.layers if row["kind"] == "seats"), None)
    if row is None:
        return []
    points: list[list[float]] = []
    notes: list[str] = []
    if network is not None and "kind" in network.nodes and (network.nodes["kind"] == "seat").any():
        seats = network.nodes[network.nodes["kind"] == "seat"].geometry
        points = [[round(point.y, 5), round(point.x, 5)] for point in seats]
        notes = ["政府驻地点为地图服务标注点，误差约 1—2 公里"]
    elif {"label_lon", "label_lat"} <= set(counties.columns):
        known = counties[["label_lat", "label_lon"]].dropna()
        points = [[round(float(lat), 5), round(float(lon), 5)] for lat, lon in known.itertuples(index=False)]
        notes = ["为边界数据的注记点，不是政府驻地实测位置"]
    if not points:
        return []
    return [base(row) | {"kind": "seats", "points": points, "notes": notes}]
