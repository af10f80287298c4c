"""What must be declared under a map in China: where the borders come from, and what the map is not.

The wording follows boundaries/README.md. The map review number (审图号) belongs to the boundary source; it is printed
only while the polygons are those of the source, coordinate by coordinate. This library never claims a review of the
map itself. On a map in English the Chinese lines stay, each with its English below.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from urbangeo.language.crs import EQUAL_AREA_ZH
from urbangeo.windows.maps.words import CHINESE, Words, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import geopandas as gpd

DATASETS = {"tianditu": "行政区划可视化数据"}
"""Name of the data set of a packaged source, after its publisher."""


def statement_lines(
    counties: gpd.GeoDataFrame, thematic_sources: Sequence[str], *, context: bool = False, words: Words = CHINESE
) -> list[str]:
    """Compose the lines that always stand at the bottom left of the map.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame
        The counties drawn; ``attrs["source"]`` says where they come from.
    thematic_sources : sequence of str
        Short names of the thematic sources.
    context : bool, default False
        Whether outlines of neighbouring provinces are drawn, which are generalized and have no 审图号.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of str
        Borders; thematic sources, datum and projection of areas; what the map is not. In English the first and the
        last stand in Chinese too, whose wording is the one that counts.
    """
    sources = words.joined(thematic_sources) or words.said("made.none")
    theme = words.said("made.thematic", sources=sources, projection=words.retold(EQUAL_AREA_ZH))
    both = [CHINESE] if words.is_chinese else [CHINESE, words]
    return [
        *(boundary_line(counties, words=one) + (one.said("made.boundary_context") if context else "") for one in both),
        theme,
        *(one.said("made.disclaimer") for one in both),
    ]


def without_context(lines: Iterable[object], *, words: Words = CHINESE) -> list[str]:
    """Say nothing of neighbouring provinces, for a picture of the map that does not draw them.

    Parameters
    ----------
    lines : iterable of str
        The statement of a map, or what it tells about itself.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of str
        The other lines as they are; what is grey on the map is blank on the picture, and said to be.

    Examples
    --------
    >>> without_context(["行政区划边界：自绘。周边省区轮廓来源相同，经概化，无审图号。"])
    ['行政区划边界：自绘。']
    """
    grey, blank = words.said("made.grey_around"), words.said("made.only_these")
    kept = [blank if line == grey else str(line) for line in lines]
    for one in {CHINESE.language: CHINESE, words.language: words}.values():
        kept = [line.replace(one.said("made.boundary_context"), "") for line in kept]
    return kept


def boundary_line(counties: gpd.GeoDataFrame, *, words: Words = CHINESE) -> str:
    """Say where the borders come from, with the 审图号 only if it may be printed.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame
        The counties drawn.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    str
        One sentence.
    """
    source = counties.attrs.get("source")
    if not isinstance(source, dict) or not text(source.get("publisher")):
        return words.said("made.boundary_none")
    origin = text(source.get("publisher")) + DATASETS.get(text(source.get("source_id")), "")
    told = words.phrased([origin, words.month(source.get("vintage"))])
    number = text(source.get("map_number"))
    if not is_unchanged(counties, source):
        return words.said("made.boundary_changed", origin=told)
    if not number:
        return words.said("made.boundary_plain", origin=told)
    return words.said("made.boundary_number", origin=told, number=number)


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
