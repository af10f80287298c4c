"""Frame contracts: fixed column names and kinds, checked once at the door with all faults told at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from urbangeo.errors import SchemaError, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

Kind = Literal["text", "number", "truth", "geometry"]


@dataclass(frozen=True)
class FrameSchema:
    """What a frame must look like.

    Attributes
    ----------
    name : str
        What messages call the frame.
    index : tuple of str
        Names of the index levels, in order; empty when the index carries no meaning.
    columns : mapping of str to {"text", "number", "truth", "geometry"}
        Columns that must be there. Others may stand beside them.
    needs_rows : bool
        Whether an empty frame is a fault.
    """

    name: str
    index: tuple[str, ...]
    columns: Mapping[str, Kind] = field(default_factory=dict)
    needs_rows: bool = True


COUNTIES = FrameSchema(
    "counties",
    ("adcode",),
    {"name": "text", "prefecture": "text", "province": "text", "geometry": "geometry"},
)
CENSUS = FrameSchema(
    "census",
    ("adcode", "year"),
    {
        "name": "text",
        "resident_population": "number",
        "urban_population": "number",
        "urbanization_rate_pct": "number",
        "unit_type": "text",
    },
)
DESIGNATIONS = FrameSchema(
    "designations",
    (),
    {"programme": "text", "programme_zh": "text", "adcode": "text", "name": "text", "confidence": "text"},
)
SKELETON = "skeleton"
"""In ``network_kind``: the result rests on the authored skeleton, wholly ("skeleton") or in parts ("osm+skeleton")."""

ISOCHRONES = FrameSchema("isochrones", ("origin_id", "cutoff_min"), {"geometry": "geometry"})
ORIGINS = FrameSchema("origins", ("origin_id",), {"name": "text", "geometry": "geometry"})
NODES = FrameSchema("network nodes", ("node_id",), {"kind": "text", "geometry": "geometry"})
EDGES = FrameSchema(
    "network edges",
    ("u", "v", "key"),
    {"length_m": "number", "speed_kmh": "number", "time_min": "number", "access": "text", "toll": "truth"},
)


def _kind_is(column: pd.Series, kind: Kind) -> bool:
    from pandas.api import types

    if kind == "geometry":
        return str(column.dtype) == "geometry"
    if kind == "truth":
        return bool(types.is_bool_dtype(column))
    if kind == "number":
        return bool(types.is_numeric_dtype(column)) and not types.is_bool_dtype(column)
    return bool(types.is_string_dtype(column) or types.is_object_dtype(column))


def _index_faults(frame: pd.DataFrame, schema: FrameSchema) -> list[str]:
    names = tuple(frame.index.names)
    if names != schema.index:
        return [f"its index is {list(names)}, expected {list(schema.index)} (use set_index)"]
    faults = []
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()].unique()
        faults.append(f"these index values stand more than once: {listed(twice)}")
    if "adcode" in schema.index:
        from urbangeo.language.adcode import adcode_faults

        faults += adcode_faults(frame.index.get_level_values("adcode"))
    return faults


def _shape_faults(frame: pd.DataFrame, name: str) -> list[str]:
    """Find rows without a shape; an area left out in silence would be a wrong sum."""
    if name not in frame or str(frame[name].dtype) != "geometry":
        return []
    import numpy as np
    import shapely

    shapes = np.asarray(frame[name], dtype=object)
    bare = frame.index[shapely.is_missing(shapes) | shapely.is_empty(shapes)]
    return [f"{len(bare)} rows have no {name}: {listed(bare)}"] if len(bare) else []


def frame_faults(frame: pd.DataFrame, schema: FrameSchema) -> list[str]:
    """List everything in which a frame breaks its contract.

    Parameters
    ----------
    frame : pandas.DataFrame
        The frame to look at; it is not changed.
    schema : FrameSchema
        The contract.

    Returns
    -------
    list of str
        One sentence a fault, empty when all is well.
    """
    faults = [
        f"column {name!r} is missing (it has {listed(frame.columns, 12)})"
        for name in schema.columns
        if name not in frame
    ]
    faults += [
        fault for name, kind in schema.columns.items() if kind == "geometry" for fault in _shape_faults(frame, name)
    ]
    faults += [
        f"column {name!r} has type {frame[name].dtype}, expected {kind}"
        for name, kind in schema.columns.items()
        if name in frame and not _kind_is(frame[name], kind)
    ]
    if schema.index:
        faults += _index_faults(frame, schema)
    if schema.needs_rows and frame.empty:
        faults.append("it has no rows")
    return faults


def check_frame(frame: pd.DataFrame, schema: FrameSchema) -> None:
    """Raise if a frame breaks its contract, naming every fault.

    Parameters
    ----------
    frame : pandas.DataFrame
        The frame to check; it is not changed.
    schema : FrameSchema
        The contract.

    Raises
    ------
    SchemaError
        If anything is missing, of the wrong kind, doubled, or empty.
    """
    if not hasattr(frame, "columns"):
        msg = f"expected a {schema.name} frame, got {type(frame).__name__}"
        raise SchemaError(msg)
    faults = frame_faults(frame, schema)
    if faults:
        msg = f"The {schema.name} frame cannot be used: " + "; ".join(faults) + "."
        raise SchemaError(msg)
