"""Where to look: the view buttons, made from what is on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbangeo.language.adcode import short_name
from urbangeo.windows.maps.circles import bounds_of, origin_name, plan_title
from urbangeo.windows.maps.words import CHINESE, Words

if TYPE_CHECKING:
    import geopandas as gpd


_ROOM = 0.25
"""How much is shown round what changes, as a share of its width and height: alone it would not say where it is."""


def view_buttons(
    counties: gpd.GeoDataFrame,
    isochrones: gpd.GeoDataFrame | None,
    changes: gpd.GeoDataFrame | None = None,
    *,
    words: Words = CHINESE,
) -> list[dict[str, Any]]:
    """List the views of a map: everything, each province if there are several, each circle, each change.

    Parameters
    ----------
    counties : geopandas.GeoDataFrame
        The counties on the map.
    isochrones : geopandas.GeoDataFrame or None
        The circles on the map.
    changes : geopandas.GeoDataFrame, optional
        What two scenarios change.
    words : Words, optional
        The words of the map; Chinese by default.

    Returns
    -------
    list of dict
        ``id`` (also used in the address of the page), ``name`` and ``bounds``.
    """
    views: list[dict[str, Any]] = [
        {"id": "all", "name": words.said("made.all"), "bounds": bounds_of(counties.total_bounds)}
    ]
    provinces = counties.groupby("province_adcode", sort=True)
    if provinces.ngroups > 1:
        for code, rows in provinces:
            views.append(
                {
                    "id": str(code),
                    "name": short_name(str(rows["province"].iloc[0])),
                    "bounds": bounds_of(rows.total_bounds),
                }
            )
    if isochrones is not None:
        for origin_id, rows in isochrones.groupby(level="origin_id", sort=False):
            if not bool(rows.geometry.is_empty.all()):
                views.append(
                    {
                        "id": f"circle:{origin_id}",
                        "name": words.retold(plan_title(rows, origin_id))
                        or words.said("made.circle_of", name=origin_name(rows, origin_id)),
                        "bounds": bounds_of(rows.total_bounds),
                    }
                )
    if changes is not None:
        for origin_id, rows in changes.groupby(level="origin_id", sort=False):
            views.append(
                {
                    "id": f"changes:{origin_id}",
                    "name": words.said("made.change_view", name=origin_name(rows, origin_id)),
                    "bounds": bounds_of(_with_room(rows.total_bounds)),
                }
            )
    return views


def _with_room(box: Any) -> tuple[float, ...]:
    west, south, east, north = (float(value) for value in box)
    x, y = _ROOM * (east - west), _ROOM * (north - south)
    return west - x, south - y, east + x, north + y
