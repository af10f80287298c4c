"""The authored skeleton of roads in Shandong and Qinghai."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from urbangeo.archive.catalog import describe_table, read_table
from urbangeo.errors import InputError, SchemaError
from urbangeo.language.crs import require_geographic
from urbangeo.sources.network.model import AccessLeg, Mode, Network
from urbangeo.sources.network.rail import with_rail

if TYPE_CHECKING:
    import pandas as pd

CORE_CLASSES = ("urban_arterial", "urban_expressway")
"""Road classes slowed in the peak (``turn_tolls``: "apply to urban_arterial and urban_expressway edges")."""


def read_skeleton(*, mode: Mode = "drive") -> Network:
    """Read the authored skeleton of roads in Shandong and Qinghai, as open at the end of 2024.

    It is a skeleton, not a survey: most lengths are estimated and most positions are from memory of the map (each row
    says so). Every result made from it must say "skeleton".

    Parameters
    ----------
    mode : {"drive", "drive_peak", "drive+rail"}, default "drive"
        Off-peak mean speeds; city roads (urban_arterial, urban_expressway) slowed by the table's peak factor; or
        off-peak roads and passenger trains by timetable with the default overhead
        (:func:`urbangeo.with_rail` has the choices).

    Returns
    -------
    Network
        kind "skeleton"; station access edges are kept so that stations can be reached by road.

    Raises
    ------
    InputError
        If ``mode`` is not known.
    SchemaError
        If the packaged tables contradict each other.

    Examples
    --------
    >>> network = read_skeleton()
    >>> len(network.nodes), len(network.edges), network.kind
    (712, 2660, 'skeleton')
    """
    import geopandas as gpd

    if mode not in ("drive", "drive_peak", "drive+rail"):
        msg = f"mode {mode!r} is not known; expected 'drive' or 'drive_peak', or 'drive+rail' for trains as well."
        raise InputError(msg)
    if mode == "drive+rail":
        return with_rail(read_skeleton())
    raw_nodes = read_table("network/nodes").set_index("node_id")
    points = gpd.points_from_xy(raw_nodes["lon"], raw_nodes["lat"])
    nodes = require_geographic(
        gpd.GeoDataFrame(raw_nodes.drop(columns=["lon", "lat"]), geometry=points, crs="EPSG:4326"),
        "network nodes",
    )
    tolls = read_table("network/turn_tolls").set_index("item")
    defaults = tolls["default"]
    edges = _directed(read_table("network/edges"))
    # The toll row says which class it is charged on; the flag alone also marks the 胶州湾 tunnel, without ramp toll.
    edges["toll"] &= edges["road_class"] == tolls.loc["toll_ramp_per_entry_or_exit", "applies_to"]
    factor = np.where(
        edges["road_class"].isin(CORE_CLASSES) & (mode == "drive_peak"),
        defaults["peak_factor_core_legs"],
        1.0,
    )
    edges["speed_kmh"] = edges["speed_kmh"] / factor
    edges["time_min"] = edges["length_m"] / 1000 / edges["speed_kmh"] * 60
    tables = [describe_table(f"network/{name}") for name in ("nodes", "edges", "turn_tolls")]
    estimated = edges["length_basis"].eq("estimated")
    share = float(edges.loc[estimated, "length_m"].sum() / edges["length_m"].sum())
    return Network.from_frames(
        nodes,
        edges,
        kind="skeleton",
        toll_min=float(defaults["toll_ramp_per_entry_or_exit"]),
        mode=mode,
        access=AccessLeg(float(defaults["off_road_speed"]), SKELETON_CIRCUITY, SKELETON_ACCESS_MAX_M),
        provenance={
            "source_id": "NETWORK-SKELETON",
            "as_of": "2024-12",
            "estimated_length_share": round(share, 4),
            "sha256": {info.name: info.sha256 for info in tables},
        },
    )


SKELETON_CIRCUITY = 1.3
"""Way over straight line on the county roads the skeleton leaves out (``turn_tolls`` row off_road_speed: 36 km/h,
range 30–45, with circuity 1.3)."""

SKELETON_ACCESS_MAX_M = 15_000.0
"""Largest straight-line access leg on the skeleton, metres. The skeleton itself assumes local roads between places up
to 15 km apart (its connectors join a seat to interchanges within 15 km); beyond that nothing is claimed."""


def _directed(table: pd.DataFrame) -> pd.DataFrame:
    """Turn undirected rows in km into one row a direction in metres."""
    import pandas as pd

    both = table["both_directions"].astype(bool)
    if not both.all():
        msg = f"{int((~both).sum())} skeleton rows are one-way; the table promises both directions for all."
        raise SchemaError(msg)
    forward = pd.DataFrame(
        {
            "u": table["from_id"],
            "v": table["to_id"],
            "length_m": table["length_km"] * 1000,
            "speed_kmh": table["mean_kmh"].astype("float64"),
            "road_class": table["road_class"],
            "road_name": table["road_name"],
            "road_code": table["road_code"],
            "access": table["access"].map({"along": "along", "interchange_only": "ends_only"}),
            "toll": table["toll"].astype(bool),
            "length_basis": table["length_basis"],
            "source": table["source"],
        }
    )
    backward = forward.rename(columns={"u": "v", "v": "u"})
    edges = pd.concat([forward, backward], ignore_index=True)
    edges["key"] = edges.groupby(["u", "v"]).cumcount()
    return edges.set_index(["u", "v", "key"]).sort_index()
