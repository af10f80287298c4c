"""Many origins on one prepared province: one worker against two, the memory of the client, the gallery recipe.

Run ``python benchmarks/batch.py``; it prints the section "Batches" of ``benchmarks/isochrones.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from measure import CUTOFFS, absent, alone, bar, bars, has, province, room, said, table, told

NODES, ORIGINS = 1_000_000, 2_850
GALLERY_AT = 3
CELL_M = 250.0


def frame(nodes: int, count: int) -> Any:
    """Draw so many origins near junctions of the province, seeded."""
    import geopandas as gpd
    import pandas as pd

    network = province(nodes).network
    draw = np.random.default_rng(7)
    ends = np.unique(network.u[network.along])
    rows = draw.choice(ends, count, replace=count > len(ends))
    names = [f"origin {number:04d}" for number in range(count)]
    points = gpd.points_from_xy(network.lon[rows], network.lat[rows])
    return gpd.GeoDataFrame({"name": names}, geometry=points, crs="EPSG:4490", index=pd.Index(names, name="origin_id"))


class Watch:
    """The largest memory of this process while something runs, and what it held before."""

    def __init__(self) -> None:
        import psutil

        self.process = psutil.Process()
        self.before = self.most = self.process.memory_info().rss / 1e6
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()

    def _look(self) -> None:
        while not self.done.wait(0.2):
            self.most = max(self.most, self.process.memory_info().rss / 1e6)


def prepared(nodes: int) -> Path:
    """Prepare the province in the room of the benchmarks."""
    from urbangeo.areas.prepared import prepare_network

    folder = room() / f"prepared-{nodes}"
    prepare_network(province(nodes).network, folder, cell_m=CELL_M, land="everywhere")
    return folder


def run(nodes: int, count: int, workers: int, how: str) -> dict[str, Any]:
    """Compute all origins with so many workers and write them to parts."""
    from urbangeo.areas.batches.blocks import isochrone_batches

    origins = frame(nodes, count)
    folder = prepared(nodes)
    setting: dict[str, Any] = {"cutoffs": CUTOFFS, "cell_m": CELL_M, "land": "everywhere"}
    with tempfile.TemporaryDirectory(dir=room()) as out:
        if how == "threads":
            # One block beforehand: loops are compiled, files read.
            isochrone_batches(folder, origins.iloc[:50], Path(out) / "warm", threads=workers, **setting)
            with Watch() as watch:
                begun = time.perf_counter()
                report = isochrone_batches(folder, origins, Path(out) / "all", threads=workers, **setting)
                took = time.perf_counter() - begun
        else:
            from distributed import Client, LocalCluster

            with (
                LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=":0") as cluster,
                Client(cluster) as client,
            ):
                isochrone_batches(folder, origins.iloc[:50], Path(out) / "warm", client=client, **setting)
                with Watch() as watch:
                    begun = time.perf_counter()
                    report = isochrone_batches(folder, origins, Path(out) / "all", client=client, **setting)
                    took = time.perf_counter() - begun
        if not report.complete:
            raise SystemExit(f"the run is not complete: {report}")
        size = sum(path.stat().st_size for path in Path(out).joinpath("all").rglob("*") if path.is_file()) / 1e6
    return {"seconds": took, "before_mb": watch.before, "rise_mb": watch.most - watch.before, "disk_mb": size}


def report(nodes: int, count: int) -> None:
    """Print the section."""
    with told("preparing"):
        prepared(nodes)
    ways = [("threads", 1), ("threads", 2)] + ([("dask", 1), ("dask", 2)] if has("distributed") else [])
    got: dict[tuple[str, int], dict[str, Any]] = {}
    for how, workers in ways:
        with told(f"{count:,} origins, {workers} {how}"):
            words = ("--run", how, "--workers", str(workers), "--nodes", str(nodes), "--origins", str(count))
            got[how, workers] = alone(__file__, *words)
    slow = None
    if has("osmnx"):
        script = str(Path(__file__).with_name("polygons.py"))
        slow = alone(script, "--gallery", str(GALLERY_AT), "--nodes", str(nodes))
    print("## Batches\n")
    print(
        f"{count:,} origins on the province of {nodes:,} nodes, four cutoffs, cells of 250 m, prepared in a folder, "
        "written to GeoParquet parts. Seconds on the wall, one run each, after a first call that is not counted. "
        "Memory: how far that of the client rises while it runs.\n"
    )
    for line in absent("distributed", "osmnx"):
        print(line + "\n")
    names = {"threads": "threads in this process", "dask": "worker processes (dask.distributed)"}
    rows = [
        [
            f"{workers} {names[how]}",
            one["seconds"],
            1_000 * one["seconds"] / count,
            one["before_mb"],
            one["rise_mb"],
            one["disk_mb"],
        ]
        for (how, workers), one in got.items()
    ]
    table(["workers", "seconds", "ms an origin", "client before, MB", "rises by, MB", "written, MB"], rows)
    met = []
    for how, name in names.items():
        if (how, 2) in got:
            ratio = got[how, 1]["seconds"] / got[how, 2]["seconds"]
            met.append(bar(f"1 / 2 {name}", ratio, 1.4, at_least=True))
            # Threads compute in the client itself; only with workers of their own is its memory to stay flat.
            if how == "dask":
                met.append(bar("client memory rises by", got[how, 2]["rise_mb"], 100, at_least=False, unit="MB"))
    best = min(one["seconds"] for one in got.values())
    if slow:
        total = slow["ms"] / 1_000 * count
        met.append(
            bar(f"gallery recipe, from {GALLERY_AT} origins, / ours at best", total / best, 1_000, at_least=True)
        )
    bars(met)
    if slow:
        print(f"The recipe takes {said(slow['ms'] / 1_000)} s an origin: {said(slow['ms'] / 3.6e6 * count)} hours.\n")


def main() -> None:
    """Run the table, or one way of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=NODES)
    parser.add_argument("--origins", type=int, default=ORIGINS)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--run", choices=["threads", "dask"])
    words = parser.parse_args()
    if words.run:
        print(json.dumps(run(words.nodes, words.origins, words.workers, words.run)))
    else:
        report(words.nodes, words.origins)


if __name__ == "__main__":
    sys.exit(main())
