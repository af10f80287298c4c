"""All tables of isochrones: run them and write `benchmarks/isochrones.md`.

Run ``python benchmarks/isochrones.py --data FOLDER`` with the extra ``benchmark`` installed; it takes half an hour.
FOLDER holds real extracts (see ``extracts.py``); without it that table stays as it was. Each table is a script of its
own and is kept in the room of the benchmarks, so ``--only search`` runs one and takes the others as they were;
``--only`` with nothing only puts the page together.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from measure import machine, room, told, versions

INTRODUCTION = """# Benchmarks of isochrones

Written by `python benchmarks/isochrones.py`; what each line does is written in the script of its table. The provinces
are made (`benchmarks/provinces.py`): no real extract of one is at hand, and their bends are farther apart than real
ones, which is to our disadvantage; small real extracts have a section of their own. Other work shared the machine:
quote ratios, not milliseconds. Bars that are missed are said to be.
"""

TABLES = ("search", "polygons", "prepare", "shares", "batch", "extracts")


def main() -> None:
    """Run tables and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=TABLES)
    parser.add_argument("--data", type=Path)
    words = parser.parse_args()
    only = list(TABLES) if words.only is None else words.only
    more = {"extracts": [] if words.data is None else [str(words.data.resolve())]}
    here, kept = Path(__file__).parent, room() / "tables"
    kept.mkdir(exist_ok=True)
    for name in only:
        if name == "extracts" and words.data is None:
            print("extracts: no --data, its table stays as it was", file=sys.stderr)
            continue
        with told(name):
            script = str(here / f"{name}.py")
            done = subprocess.run(
                [sys.executable, script, *more.get(name, [])], stdout=subprocess.PIPE, text=True, check=False
            )
        if done.returncode:
            raise SystemExit(f"{name} failed; its table stays as it was")
        run = f"Run on {time.strftime('%Y-%m-%d')} with {versions()}. {machine()}.\n"
        head, _, rest = done.stdout.partition("\n\n")
        (kept / f"{name}.md").write_text(f"{head}\n\n{run}\n{rest}", encoding="utf-8")
    parts = [INTRODUCTION]
    for name in TABLES:
        path = kept / f"{name}.md"
        parts.append(path.read_text(encoding="utf-8") if path.exists() else f"## {name}\n\nNot run yet.\n")
    page = "\n".join(part.rstrip("\n") + "\n" for part in parts)
    (here / "isochrones.md").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
