"""How the benchmarks of isochrones measure: made provinces kept between runs, timing in turns, bars, Markdown.

Engines of one thread are timed in the same process and in turns, round after round, by the time the processor gives
them: other work may share the machine, and what disturbs one then disturbs all. What works with several threads or
processes is timed by the clock on the wall. What needs much memory runs in a process of its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from provinces import Province

    from urbangeo.areas.graph.compiled import CompiledGraph

PEERS = {
    "networkx": "networkx",
    "osmnx": "osmnx",
    "pandana": "pandana",
    "scipy": "scipy",
    "igraph": "igraph",
    "valhalla": "pyvalhalla-weekly",
    "geopandas": "geopandas",
    "distributed": "distributed",
    "psutil": "psutil",
}
"""Modules of peers and tools, and the distributions they come from."""

OURS = ("numpy", "numba", "shapely", "rasterio", "osmium")

HOUR_MS = 3_600_000
CUTOFFS = (15.0, 30.0, 45.0, 60.0)


def has(module: str) -> bool:
    """Say whether a peer is installed; the tables tell which were not."""
    return find_spec(module) is not None


def absent(*modules: str) -> list[str]:
    """Return a line for every peer that is not installed."""
    return [f"{PEERS.get(name, name)} is not installed: its rows are left out." for name in modules if not has(name)]


def versions() -> str:
    """Return the versions of all that is compared."""
    import urbangeo

    told = [f"urbangeo {urbangeo.__version__}"]
    for name in (*OURS, *PEERS.values()):
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            told.append(f"{name} (not installed)")
    return ", ".join(told)


def machine() -> str:
    """Return what the run was made on, as far as it matters."""
    return f"Python {platform.python_version()}, {platform.system()}, {platform.machine()}, {os.cpu_count()} cores"


def room() -> Path:
    """Return the folder where made provinces and peers' files are kept between runs."""
    path = Path(os.environ.get("URBANGEO_BENCHMARKS", Path(tempfile.gettempdir()) / "urbangeo-benchmarks"))
    path.mkdir(parents=True, exist_ok=True)
    return path


def province(nodes: int) -> Province:
    """Make a province, or take it from the last run if the generator has not changed since."""
    import provinces

    source = Path(provinces.__file__).read_bytes()
    path = room() / f"province-{nodes}-{hashlib.sha256(source).hexdigest()[:12]}.pickle"
    if path.exists():
        # Written by this function, in a folder of the user's own.
        made: Province = pickle.loads(path.read_bytes())  # noqa: S301
        return made
    made = provinces.make_province(nodes)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_bytes(pickle.dumps(made))
    draft.replace(path)
    return made


def warmed() -> None:
    """Compile every loop once on a small province, so that no table counts that time."""
    from provinces import make_province

    from urbangeo.areas.graph.compiled import compile_graph
    from urbangeo.areas.ground.links import build_links

    small = make_province(20_000).network
    graph = compile_graph(small)
    build_links(graph, access=small.access, cell_m=1_000.0)


def seat_states(graph: CompiledGraph, seats: Any) -> Any:
    """Return the junction next to each seat, as rows of states; all engines begin at these."""
    import numpy as np
    from scipy.spatial import cKDTree

    exits = np.flatnonzero(graph.exits)
    _, at = cKDTree(np.c_[graph.state_lon[exits], graph.state_lat[exits]]).query(seats)
    return exits[at].astype(np.int32)


def in_turns(engines: Mapping[str, tuple[Callable[[Any], Any], Sequence[Any]]], rounds: int) -> dict[str, float]:
    """Time engines in turns.

    Parameters
    ----------
    engines : mapping
        By name: what is done for one origin, and the origins.
    rounds : int
        How often each engine has its turn, after one origin that is not counted.

    Returns
    -------
    dict
        Median over the rounds of milliseconds an origin, processor time.
    """
    took: dict[str, list[float]] = {name: [] for name in engines}
    for work, origins in engines.values():
        work(origins[0])
    for _ in range(rounds):
        for name, (work, origins) in engines.items():
            begun = time.process_time()
            for origin in origins:
                work(origin)
            took[name].append((time.process_time() - begun) / len(origins) * 1_000)
    return {name: statistics.median(all_) for name, all_ in took.items()}


def seconds(
    work: Callable[[], Any], repeats: int = 1, *, clock: Callable[[], float] = time.perf_counter
) -> tuple[float, Any]:
    """Return the median of the seconds a call took, and what the last call returned."""
    took, result = [], None
    for _ in range(repeats):
        begun = clock()
        result = work()
        took.append(clock() - begun)
    return statistics.median(took), result


def processor_s() -> float:
    """Return the seconds all processors have given this process and the processes it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def peak_mb() -> float:
    """Return the largest memory this process has had."""
    # Linux counts kilobytes, macOS bytes.
    unit = 1_000 if sys.platform != "darwin" else 1_000_000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def alone(script: str, *words: str) -> dict[str, Any]:
    """Run one task of a script in a process of its own and return what it printed last, as JSON."""
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{Path(script).name} {' '.join(words)} failed:\n{done.stderr[-4_000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@contextmanager
def told(step: str) -> Iterator[None]:
    """Say on the error stream what takes long, so that the Markdown stays clean."""
    begun = time.perf_counter()
    print(f"{step} …", file=sys.stderr, flush=True)
    yield
    print(f"{step}: {time.perf_counter() - begun:.1f} s", file=sys.stderr, flush=True)


@contextmanager
def hushed() -> Iterator[None]:
    """Keep what compiled peers print away from the Markdown."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def bar(what: str, got: float, wanted: float, *, at_least: bool, unit: str = "×") -> tuple[str, str, str, str]:
    """Return a row of a table of bars: what was wanted, what came, whether it is met."""
    met = got >= wanted if at_least else got <= wanted
    sign = "≥" if at_least else "≤"
    return what, f"{sign} {said(wanted)} {unit}", f"{said(got)} {unit}", "yes" if met else "**no**"


def said(value: float) -> str:
    """Write a figure with three digits, and no more."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table, figures to the right."""
    print("| " + " | ".join(heads) + " |")
    print("|---|" + "--:|" * (len(heads) - 1))
    for row in rows:
        print("| " + " | ".join(said(cell) if isinstance(cell, float) else str(cell) for cell in row) + " |")
    print()


def bars(rows: Sequence[tuple[str, str, str, str]]) -> None:
    """Print the bars of a table."""
    print("| bar | wanted | measured | met |")
    print("|---|--:|--:|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()
