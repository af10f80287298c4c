"""Named tables that come with the library, each checked against its checksum before it is read.

A table is a CSV file described by the ``datapackage.json`` in its folder (Data Package and Table Schema).
It is called by folder and name: ``"census/census"``, ``"boundaries/divisions"``.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urbangeo.errors import DataIntegrityError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

_DATA = Path(__file__).resolve().parents[1] / "data"
_DESCRIPTOR = "datapackage.json"
_MEND = (
    "Reinstall urbangeo to get the published table back; in a checkout, after an edit that is meant, "
    "run `python tools/refresh_checksums.py`"
)
_NEEDED = {"name", "path", "title", "hash", "rows", "schema", "sources", "licenses"}
_DTYPES = {
    "string": "str",
    "date": "str",
    "integer": "Int64",
    "year": "Int64",
    "number": "float64",
    "boolean": "bool",
}


@dataclass(frozen=True)
class Field:
    """A column of a table.

    Attributes
    ----------
    name : str
        Column name, with its unit.
    type : str
        Table Schema type: string, date, integer, year, number or boolean.
    description : str
        What the column holds.
    required : bool
        True when no row may leave it blank.
    """

    name: str
    type: str
    description: str
    required: bool


@dataclass(frozen=True)
class ForeignKey:
    """A column whose values are keys of another table.

    Attributes
    ----------
    fields : tuple of str
        Columns of this table.
    table : str
        Name of the table referred to.
    reference : tuple of str
        Columns there, in the same order.
    separator : str
        What parts the ids when a cell holds several; empty when it holds one.
    """

    fields: tuple[str, ...]
    table: str
    reference: tuple[str, ...]
    separator: str


@dataclass(frozen=True)
class TableInfo:
    """What is known of a table without reading its rows.

    Attributes
    ----------
    name : str
        Folder and name, as `read_table` takes it.
    title : str
        One line in words.
    path : str
        File below the data folder, with forward slashes.
    sha256 : str
        Checksum of the file, verified.
    fields : tuple of Field
        The columns in order.
    primary_key : tuple of str
        Columns that tell rows apart; empty when a key column may be blank.
    foreign_keys : tuple of ForeignKey
        References into other tables.
    licence : str
        Terms under which the content stands.
    sources : list of str
        Main sources, as ids of the table ``sources/sources``.
    rows : int
        Number of rows.
    """

    name: str
    title: str
    path: str
    sha256: str
    fields: tuple[Field, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    licence: str
    sources: list[str]
    rows: int


def list_tables() -> list[str]:
    """List the tables that come with the library.

    Returns
    -------
    list of str
        Names that `read_table` takes, sorted.

    Raises
    ------
    DataIntegrityError
        A descriptor is missing or cannot be read.

    Examples
    --------
    >>> [name for name in list_tables() if name.startswith("census/")]
    ['census/census', 'census/census_totals', 'census/provincial_rates']
    """
    return sorted(_resources(_DATA))


def describe_table(name: str) -> TableInfo:
    """Tell columns, keys, source, licence and verified checksum of a table.

    Parameters
    ----------
    name : str
        Folder and name of the table.

    Returns
    -------
    TableInfo
        The description; its checksum is that of the file as it lies on disk.

    Raises
    ------
    UnknownNameError
        No table has this name.
    DataIntegrityError
        The file is missing or is not the one that was described.

    Examples
    --------
    >>> info = describe_table("boundaries/divisions")
    >>> info.rows, info.primary_key
    (181, ('adcode',))
    """
    folder, resource = _resource(name)
    _content(folder / resource["path"], name, resource["hash"])
    schema = resource["schema"]
    group = name.partition("/")[0]
    return TableInfo(
        name=name,
        title=resource["title"],
        path=f"{group}/{resource['path']}",
        sha256=resource["hash"].removeprefix("sha256:"),
        fields=tuple(
            Field(
                name=field["name"],
                type=field["type"],
                description=field["description"],
                required=field.get("constraints", {}).get("required", False),
            )
            for field in schema["fields"]
        ),
        primary_key=_words(schema.get("primaryKey", ())),
        foreign_keys=tuple(_foreign_key(group, key) for key in schema.get("foreignKeys", ())),
        licence="; ".join(licence["title"] for licence in resource["licenses"]),
        sources=[source["source_id"] for source in resource["sources"] if "source_id" in source],
        rows=resource["rows"],
    )


def read_table(name: str) -> pd.DataFrame:
    """Read a table after verifying its checksum.

    The file is read and verified once per process; every call builds a frame of its own, which the caller may
    change.

    Parameters
    ----------
    name : str
        Folder and name of the table, such as ``"census/census"``.

    Returns
    -------
    pandas.DataFrame
        All rows in file order. Strings and dates are ``str``, integers and years ``Int64``, numbers
        ``float64``, booleans ``bool``; a blank cell is missing, and codes keep their leading zeros.

    Raises
    ------
    UnknownNameError
        No table has this name.
    DataIntegrityError
        The file is missing, is not the one that was described, or does not fit its description.

    Examples
    --------
    >>> totals = read_table("census/census_totals").set_index(["adcode", "year"])
    >>> int(totals.loc[("630000", 2020), "resident_population"])
    5923957
    """
    import pandas as pd

    folder, resource = _resource(name)
    content = _content(folder / resource["path"], name, resource["hash"])
    types = {field["name"]: _DTYPES[field["type"]] for field in resource["schema"]["fields"]}
    header = next(csv.reader(io.StringIO(content.decode("utf-8"))), [])
    if header != list(types):
        raise DataIntegrityError(
            f"Table {name!r} has the columns {header}, but {_DESCRIPTOR} describes {list(types)}. {_MEND}."
        )
    # All cells are words first: a misspelt boolean must not become a value, a code must not lose its zeros.
    frame = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, na_values=[""])
    for column in (column for column, dtype in types.items() if dtype == "bool"):
        if wrong := sorted(set(frame[column].fillna("")) - {"true", "false"}):
            raise DataIntegrityError(f"Table {name!r}, column {column!r}: {wrong} is neither true nor false. {_MEND}.")
        frame[column] = frame[column] == "true"
    return frame.astype(types)


@cache
def _resources(data: Path) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Read all descriptors and map table names to folder and resource.

    Returns
    -------
    dict of str to tuple
        Table name to the folder of its file and its descriptor.

    Raises
    ------
    DataIntegrityError
        A descriptor is missing or cannot be read.
    """
    installed = data / "boundaries"
    # In a checkout the geography lies at the top of the project, in the wheel beside the other tables.
    geography = installed if installed.is_dir() else data.parents[1] / "boundaries"
    descriptors = {path.parent.name: path for path in data.glob(f"*/{_DESCRIPTOR}")}
    descriptors["boundaries"] = geography / _DESCRIPTOR
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    for group, path in sorted(descriptors.items()):
        try:
            package = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataIntegrityError(
                f"The description of the {group} tables cannot be read: {error}. {_MEND}."
            ) from error
        for resource in package.get("resources", ()):
            if lacking := sorted(_NEEDED - set(resource)):
                raise DataIntegrityError(
                    f"The description of the {group} tables lacks {lacking} for {resource.get('name')!r}. {_MEND}."
                )
            found[f"{group}/{resource['name']}"] = path.parent, resource
    return found


def _resource(name: str) -> tuple[Path, dict[str, Any]]:
    """Return folder and descriptor of a table.

    Returns
    -------
    tuple of Path and dict
        The folder the file lies in, and what the data package says of it.

    Raises
    ------
    UnknownNameError
        No table has this name.
    """
    tables = _resources(_DATA)
    if name not in tables:
        # The last part counts as much as the whole, so that "census" finds "census/census".
        by_part = {table.rpartition("/")[2]: table for table in tables} | {table: table for table in tables}
        close = difflib.get_close_matches(str(name), by_part, n=1, cutoff=0.0)
        raise UnknownNameError(
            f"There is no table {name!r}. The closest is {by_part[close[0]]!r}; "
            f"the tables are {', '.join(sorted(tables))}."
        )
    return tables[name]


@cache
def _content(path: Path, name: str, expected: str) -> bytes:
    """Read a file once and compare it with its checksum.

    Returns
    -------
    bytes
        The content, kept for the life of the process.

    Raises
    ------
    DataIntegrityError
        The file is missing, or has another checksum.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataIntegrityError(f"The file {path} of table {name!r} cannot be read: {error}. {_MEND}.") from error
    got = "sha256:" + hashlib.sha256(content).hexdigest()
    if got != expected:
        raise DataIntegrityError(
            f"The file {path} of table {name!r} was changed: expected {expected}, got {got}. {_MEND}."
        )
    return content


def _words(value: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return one word or several as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)


def _foreign_key(group: str, key: dict[str, Any]) -> ForeignKey:
    """Read a foreign key; a table of the same folder is named without the folder."""
    table = key["reference"]["resource"]
    return ForeignKey(
        fields=_words(key["fields"]),
        table=table if "/" in table else f"{group}/{table}",
        reference=_words(key["reference"]["fields"]),
        separator=key.get("separator", ""),
    )
