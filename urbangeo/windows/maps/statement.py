"""What must be declared under a map in China: where the borders come from, and what the map is not.

The wording follows boundaries/README.md. The map review number (审图号) belongs to the boundary source; it is printed
only while the polygons are those of the source, coordinate by coordinate. This library never claims a review of the
map itself.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from urbangeo.language.crs import EQUAL_AREA_ZH
from urbangeo.windows.maps.words import month, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import geopandas as gpd

DATASETS = {"tianditu": "行政区划可视化数据"}
"""Name of the data set of a packaged source, after its publisher."""

DISCLAIMER = (
    "本图为专题分析示意图，界线不作为划界、权属依据；供内部讨论使用，公开出版、展示、登载前须依法送审并标注本图审图号。"
)


def statement_lines(counties: gpd.GeoDataFrame, thematic_sources: Sequence[str]) -> list[str]:
    """Compose the three lines that always stand at the bottom left of the map.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame
        The counties drawn; ``attrs["source"]`` says where they come from.
    thematic_sources : sequence of str
        Short names of the thematic sources.

    Returns
    -------
    list of str
        Borders; thematic sources, datum and projection of areas; what the map is not.
    """
    sources = "；".join(thematic_sources) or "无"
    return [
        boundary_line(counties),
        f"专题数据来源：{sources}；坐标系：CGCS2000；面积按{EQUAL_AREA_ZH}量算。",
        DISCLAIMER,
    ]


def boundary_line(counties: gpd.GeoDataFrame) -> str:
    """Say where the borders come from, with the 审图号 only if it may be printed.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame
        The counties drawn.

    Returns
    -------
    str
        One sentence in Chinese.
    """
    source = counties.attrs.get("source")
    if not isinstance(source, dict) or not text(source.get("publisher")):
        return "行政区划边界：来源未注明，无审图号。"
    origin = text(source.get("publisher")) + DATASETS.get(text(source.get("source_id")), "")
    parts = [origin, month(source.get("vintage"))]
    number = text(source.get("map_number"))
    if is_unchanged(counties, source):
        tail = f"审图号：{number}（底图数据）" if number else "无审图号"
        lead = "" if number else "来源："
        return f"行政区划边界：{lead}" + "，".join([*filter(None, parts), tail]) + "。"
    return "行政区划边界：边界经简化或修改，来源：" + "，".join([*filter(None, parts), "无审图号"]) + "。"


def is_unchanged(counties: gpd.GeoDataFrame, source: Mapping[str, Any]) -> bool:
    """Tell whether the polygons still are those of their source.

    The flag ``geometry_changed`` travels with a frame even through ``simplify``, so for a packaged source with a
    review number it is not believed alone: the polygons are compared with the package.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame
        The counties drawn.
    source : mapping
        Their descriptor.

    Returns
    -------
    bool
        True only if the flag is False and, where it can be checked, every coordinate agrees.
    """
    if source.get("geometry_changed") is not False:
        return False
    if not text(source.get("map_number")) or text(source.get("source_id")) not in DATASETS:
        return True
    import numpy as np
    import shapely

    from urbangeo.sources.boundaries import read_counties

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        packaged = read_counties(None, source=source["source_id"]).geometry
    if not counties.index.isin(packaged.index).all():
        return False
    pairs = (np.asarray(counties.geometry), np.asarray(packaged.loc[counties.index]))
    same = shapely.equals_identical(*pairs)
    return bool(same.all())
