"""Whose roads a result rests on: what must stand beside every map, sheet and file made from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from urbangeo.language.schemas import SKELETON

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SKELETON_ZH = "编者自绘骨架路网（非实测）"
OSM_ZH = "© OpenStreetMap contributors（ODbL 1.0）"
"""The licence asks for this name wherever results are shown."""
OTHER_ZH = "使用者提供的路网数据"

_OSM = "osm"


def road_credits(provenance: Mapping[str, Any] | None = None, kinds: Iterable[str] = ()) -> list[str]:
    """Name the sources of roads, each once.

    Parameters
    ----------
    provenance : mapping, optional
        Of the network, if it is at hand: merged networks keep the parts they were made of in it.
    kinds : iterable of str
        What results call their network (``network_kind``), such as "osm" or "merged+skeleton".

    Returns
    -------
    list of str
        Chinese words; empty where nothing is known of any road.

    Examples
    --------
    >>> road_credits(kinds=["osm+skeleton"])
    ['编者自绘骨架路网（非实测）', '© OpenStreetMap contributors（ODbL 1.0）']
    >>> road_credits({"inside": {"source_id": "OSM"}}, ["merged"])
    ['© OpenStreetMap contributors（ODbL 1.0）']
    >>> road_credits(kinds=["lines"])
    ['使用者提供的路网数据']
    """
    words = {word for kind in kinds for word in kind.split("+")} | _parts(provenance or {})
    told = [SKELETON_ZH] if SKELETON in words else []
    told += [OSM_ZH] if _OSM in words else []
    others = words - {SKELETON, _OSM, "merged", ""}
    return told + ([OTHER_ZH] if others or (words and not told) else [])


def _parts(provenance: Mapping[str, Any]) -> set[str]:
    """Collect what a network and the parts it was merged from say they are."""
    found = {str(part) for part in provenance.get("parts", ())}
    if provenance.get("source_id") == "OSM":
        found.add(_OSM)
    for key in ("outside", "inside"):
        part = provenance.get(key)
        if isinstance(part, dict):
            found |= _parts(part) | {word for word in str(part.get("kind", "")).split("+") if word != "merged"}
    return found - {""}
