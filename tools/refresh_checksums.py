"""Write hash, size and row count of every packaged table into its ``datapackage.json``.

Run it after an edit of a table, look at the difference, and commit both files together::

    python tools/refresh_checksums.py           # rewrite the descriptors
    python tools/refresh_checksums.py --check   # change nothing; exit 1 when a descriptor is out of date

The tool needs the standard library only and never touches a table.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def descriptors(root: Path) -> list[Path]:
    """List the data-package descriptors of the project.

    Parameters
    ----------
    root : Path
        Top folder of the project.

    Returns
    -------
    list of Path
        The descriptors, sorted by path.
    """
    return sorted([*root.glob("urbangeo/data/*/datapackage.json"), *root.glob("boundaries/datapackage.json")])


def refreshed(descriptor: Path) -> str:
    """Recompute the three figures of every table of one descriptor.

    Parameters
    ----------
    descriptor : Path
        A ``datapackage.json``.

    Returns
    -------
    str
        The new text of the descriptor; equal to the old one when nothing changed.
    """
    package = json.loads(descriptor.read_text(encoding="utf-8"))
    for resource in package["resources"]:
        content = (descriptor.parent / resource["path"]).read_bytes()
        resource["hash"] = "sha256:" + hashlib.sha256(content).hexdigest()
        resource["bytes"] = len(content)
        records = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
        resource["rows"] = sum(1 for record in records if record) - 1
    return json.dumps(package, ensure_ascii=False, indent=2) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Refresh or check all descriptors.

    Parameters
    ----------
    arguments : list of str, optional
        Command-line words; those of the process when left out.

    Returns
    -------
    int
        0 when all is in order or was rewritten, 1 when ``--check`` found a stale descriptor.
    """
    parser = argparse.ArgumentParser(description="Refresh the checksums of the packaged tables.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a descriptor is stale")
    check = parser.parse_args(arguments).check
    stale = []
    for descriptor in descriptors(ROOT):
        text = refreshed(descriptor)
        if text != descriptor.read_text(encoding="utf-8"):
            stale.append(descriptor.relative_to(ROOT).as_posix())
            if not check:
                descriptor.write_text(text, encoding="utf-8", newline="\n")
    for name in stale:
        sys.stdout.write(f"{'stale' if check else 'rewritten'}: {name}\n")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
