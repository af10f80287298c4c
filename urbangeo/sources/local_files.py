"""Files of the user's, on the local disk: addresses, virtual files and other formats are refused before any opens.

Libraries below (GDAL above all) would fetch an address, look into an archive or follow a virtual file without asking.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from urbangeo.errors import InputError, listed

# A driver or scheme before a colon; one letter is a Windows drive.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+._-]+:|/+vsi|\\\\vsi", re.IGNORECASE)
_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".bz2", ".xz", ".zst", ".tar", ".tgz", ".kmz")


def refuse_addresses(path: Path | str) -> Path:
    """Return a path if it is one, and no address or virtual file.

    Parameters
    ----------
    path : path-like
        What the caller gave.

    Returns
    -------
    pathlib.Path
        The same; whether anything stands there is not asked.

    Raises
    ------
    InputError
        If it is an address (``https://…``), a driver's prefix (``GPKG:…``) or a virtual file (``/vsi…``).

    Examples
    --------
    >>> refuse_addresses("roads/shandong.graphml").name
    'shandong.graphml'
    """
    text = str(path)
    # pathlib makes one slash of two, so an address that was made a path is known by its scheme.
    if _ADDRESS.match(text) or "://" in text or "\0" in text:
        msg = f"{text!r} is an address, not a local file. Download or unpack it first, and give the path of the file."
        raise InputError(msg)
    return Path(path)


def local_file(
    path: Path | str,
    *,
    endings: Mapping[str, str],
    most_bytes: int,
    magic: Mapping[str, bytes] | None = None,
) -> Path:
    """Return the path of a local file that is of the format its ending says.

    Parameters
    ----------
    path : path-like
        What the caller gave.
    endings : mapping of str to str
        The format of each ending that is read.
    most_bytes : int
        Size of the largest file that is read.
    magic : mapping of str to bytes, optional
        What files of a format begin with.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If it is an address, archive, folder or virtual file, missing, too large, or of another format.
    """
    file = refuse_addresses(path)
    if not file.is_file():
        what = "is a folder" if file.is_dir() else "does not exist"
        msg = f"{str(path)!r} {what}; expected a file with the ending {listed(endings)}."
        raise InputError(msg)
    ending = file.suffix.lower()
    if ending not in endings:
        inside = " Unpack it and give the .shp inside." if ".shp" in endings else " Unpack it first."
        hint = inside if ending in _ARCHIVES else ""
        msg = f"{file.name}: files with the ending {ending!r} are not read; expected {listed(endings)}.{hint}"
        raise InputError(msg)
    size = file.stat().st_size
    if size > most_bytes:
        msg = f"{file.name} has {size / 1e6:,.0f} MB; more than {most_bytes / 1e6:,.0f} MB is not read."
        raise InputError(msg)
    # GDAL looks into a file to choose its driver: a virtual file under another ending could name any address.
    expected = (magic or {}).get(endings[ending], b"")
    with file.open("rb") as stream:
        if stream.read(len(expected)) != expected:
            msg = (
                f"{file.name} is not a {endings[ending]} file, whatever its ending says; it may be damaged or renamed."
            )
            raise InputError(msg)
    return file
