"""Preparing a network, opening it again, its memory, and what ``import urbangeo`` costs.

Run ``python benchmarks/prepare.py``; it prints the section "Preparing" of ``benchmarks/isochrones.md``. Every peer runs
in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from measure import (
    absent,
    alone,
    bar,
    bars,
    has,
    hushed,
    peak_mb,
    processor_s,
    province,
    room,
    said,
    seconds,
    table,
    told,
    warmed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NODES = 1_000_000
GRAPHML_NODES = 100_000
"""GraphML of a million nodes takes minutes to write and 13 GB to load; both sides are compared at this size."""

HEAVY = ("geopandas", "pandas", "numba", "folium", "osmnx", "scipy", "rasterio", "networkx")
IMPORTS = 9
CELL_M = 250.0


def ours(nodes: int) -> dict[str, Any]:
    """Prepare in memory and in a folder, three times each; then open the folder again."""
    from urbangeo.areas.prepared import open_prepared, prepare_network

    warmed()
    network = province(nodes).network
    before = peak_mb()
    in_memory, ready = seconds(lambda: prepare_network(network, cell_m=CELL_M, land="everywhere"), 3)
    used = seconds(lambda: prepare_network(network, cell_m=CELL_M, land="everywhere"), clock=processor_s)[0]
    graph_only, _ = seconds(lambda: prepare_network(network), 3)
    links = ready.links(CELL_M, None, "everywhere")
    took = []
    with tempfile.TemporaryDirectory(dir=room()) as folder:
        for number in range(3):
            place = Path(folder) / str(number)
            took.append(
                seconds(lambda place=place: prepare_network(network, place, cell_m=CELL_M, land="everywhere"))[0]
            )
        found = Path(folder) / "0"
        reopened, _ = seconds(lambda: open_prepared(found), 7)
        with_links, _ = seconds(lambda: open_prepared(found).links(CELL_M, None, "everywhere"), 7)
        size = sum(path.stat().st_size for path in found.rglob("*") if path.is_file()) / 1e6
    arrays = [part for part in vars(ready.graph).values() if isinstance(part, np.ndarray)]
    arcs = [
        getattr(ready.graph, name).nbytes for name in ("starts", "heads", "costs", "r_starts", "r_heads", "r_costs")
    ]
    return {
        "memory": in_memory,
        "used": used,
        "graph": graph_only,
        "folder": statistics.median(took),
        "open": reopened,
        "open_links": with_links,
        "disk_mb": size,
        "edges": len(network.u),
        "graph_mb": sum(part.nbytes for part in arrays) / 1e6,
        "arcs_mb": sum(arcs) / 1e6,
        "links_mb": links.nbytes / 1e6,
        "cells": links.chain.size,
        "rise_mb": peak_mb() - before,
    }


def pandana(nodes: int) -> dict[str, Any]:
    """Build pandana's network, contraction included."""
    import pandana as pdna
    import pandas as pd

    network = province(nodes).network
    before = peak_mb()
    frames = (
        pd.Series(network.lon),
        pd.Series(network.lat),
        pd.Series(network.u),
        pd.Series(network.v),
        pd.DataFrame({"s": np.asarray(network.cost_min, dtype=float) * 60}),
    )
    begun = processor_s()
    with hushed():
        took, _ = seconds(lambda: pdna.Network(*frames, twoway=False))
    return {"seconds": took, "used": processor_s() - begun, "rise_mb": peak_mb() - before}


def valhalla(nodes: int) -> dict[str, Any]:
    """Write the province as OSM if need be, and build Valhalla's tiles from it."""
    import valhalla_tiles

    pbf, folder = valhalla_tiles.files(nodes)
    if not pbf.exists():
        valhalla_tiles.write_pbf(province(nodes).network, pbf)
    begun = processor_s()
    took, _ = seconds(lambda: valhalla_tiles.build_tiles(pbf, folder))
    used = processor_s() - begun
    size = sum(path.stat().st_size for path in folder.rglob("*.gph")) / 1e6
    return {"seconds": took, "used": used, "tiles_mb": size}


def graphml(nodes: int) -> dict[str, Any]:
    """Load a graph with osmnx; it is written by osmnx first."""
    import networkx as nx
    import osmnx

    path = room() / f"province-{nodes}.graphml"
    if not path.exists():
        network = province(nodes).network
        graph = nx.MultiDiGraph(crs="EPSG:4326")
        places = zip(network.lon.tolist(), network.lat.tolist(), strict=True)
        graph.add_nodes_from((row, {"x": lon, "y": lat}) for row, (lon, lat) in enumerate(places))
        columns = zip(
            network.u.tolist(),
            network.v.tolist(),
            network.road_class.texts().tolist(),
            np.asarray(network.length_m, dtype=float).tolist(),
            np.asarray(network.cost_min, dtype=float).tolist(),
            strict=True,
        )
        for row, (tail, head, kind, length, spent) in enumerate(columns):
            graph.add_edge(tail, head, osmid=row, highway=kind, oneway=False, length=length, travel_time=spent * 60)
        draft = path.with_suffix(".draft")
        osmnx.save_graphml(graph, draft)
        draft.replace(path)
        del graph
    before = peak_mb()
    took, _ = seconds(lambda: osmnx.load_graphml(path))
    return {"seconds": took, "rise_mb": peak_mb() - before, "mb": path.stat().st_size / 1e6}


TASKS: dict[str, Callable[[int], dict[str, Any]]] = {
    "ours": ours,
    "pandana": pandana,
    "valhalla": valhalla,
    "graphml": graphml,
}


def imports() -> dict[str, float]:
    """Return the seconds two imports take in fresh interpreters, the interpreter's own start taken off."""
    took: dict[str, list[float]] = {"pass": [], "import urbangeo": [], "import geopandas": []}
    for _ in range(IMPORTS):
        for words, all_ in took.items():
            begun = time.perf_counter()
            subprocess.run([sys.executable, "-c", words], check=True)
            all_.append(time.perf_counter() - begun)
    start = statistics.median(took.pop("pass"))
    return {words: statistics.median(all_) - start for words, all_ in took.items()}


def loaded() -> list[str]:
    """List the heavy libraries that are there after ``import urbangeo``."""
    words = f"import sys, urbangeo; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True)
    found: list[str] = json.loads(done.stdout.replace("'", '"'))
    return found


def report(nodes: int, graphml_nodes: int) -> None:
    """Print the section."""
    answers: dict[str, dict[str, Any]] = {}
    with told("making the province"):
        province(nodes)
        province(graphml_nodes)
    for task in ("ours", "pandana", "valhalla"):
        if task == "ours" or has(task):
            with told(task):
                answers[task] = alone(__file__, "--task", task, "--nodes", str(nodes))
    with told("ours, small"):
        small = alone(__file__, "--task", "ours", "--nodes", str(graphml_nodes))
    if has("osmnx"):
        with told("graphml"):
            answers["graphml"] = alone(__file__, "--task", "graphml", "--nodes", str(graphml_nodes))
    got = answers["ours"]
    print("## Preparing\n")
    print(
        f"The province of {nodes:,} nodes ({got['edges']:,} directed edges), from arrays in memory; Valhalla from the "
        "same network as an OSM file. Ours: median of three, loops compiled before; peers: once.\n"
    )
    for line in absent("pandana", "valhalla", "osmnx"):
        print(line + "\n")
    rows: list[list[object]] = [
        ["urbangeo: graph", got["graph"], "", "", ""],
        ["urbangeo: graph and links at 250 m", got["memory"], got["used"], got["rise_mb"], ""],
        ["urbangeo: the same, written to a folder and opened", got["folder"], "", "", got["disk_mb"]],
    ]
    if "pandana" in answers:
        peer = answers["pandana"]
        rows.append(["pandana Network", peer["seconds"], peer["used"], peer["rise_mb"], ""])
    if "valhalla" in answers:
        peer = answers["valhalla"]
        rows.append(["Valhalla's tiles", peer["seconds"], peer["used"], "", peer["tiles_mb"]])
    table(["prepare", "seconds on the wall", "of all processors", "peak memory rises by, MB", "on disk, MB"], rows)
    rows = [
        [f"urbangeo, {nodes:,} nodes", 1_000 * got["open"], ""],
        [f"urbangeo, {nodes:,} nodes, with the links", 1_000 * got["open_links"], ""],
        [f"urbangeo, {graphml_nodes:,} nodes", 1_000 * small["open"], ""],
        [f"urbangeo, {graphml_nodes:,} nodes, with the links", 1_000 * small["open_links"], ""],
    ]
    if "graphml" in answers:
        peer = answers["graphml"]
        rows.append([f"osmnx.load_graphml, {graphml_nodes:,} nodes", 1_000 * peer["seconds"], peer["rise_mb"]])
    table(["open again", "milliseconds", "peak memory rises by, MB"], rows)
    import_times, heavy = imports(), loaded()
    mine, other = import_times["import urbangeo"], import_times["import geopandas"]
    table(
        ["import, interpreter's start taken off", "milliseconds"],
        [(name, 1_000 * t) for name, t in import_times.items()],
    )
    met = []
    if "pandana" in answers:
        peer = answers["pandana"]
        met += [
            bar("pandana's build / ours, graph and links", peer["seconds"] / got["memory"], 10, at_least=True),
            bar("the same, processor time", peer["used"] / got["used"], 10, at_least=True),
            bar("pandana's build / ours, graph alone", peer["seconds"] / got["graph"], 10, at_least=True),
        ]
    if "valhalla" in answers:
        peer = answers["valhalla"]
        met += [
            bar("ours, graph and links / Valhalla's tile build", got["memory"] / peer["seconds"], 0.25, at_least=False),
            bar("the same, processor time", got["used"] / peer["used"], 0.25, at_least=False),
            bar("ours, in a folder / Valhalla's tile build", got["folder"] / peer["seconds"], 0.25, at_least=False),
        ]
    if "graphml" in answers:
        wall = answers["graphml"]["seconds"]
        met += [
            bar("osmnx.load_graphml / ours, opened again", wall / small["open"], 1_000, at_least=True),
            bar("osmnx.load_graphml / ours, opened with the links", wall / small["open_links"], 1_000, at_least=True),
        ]
    millions = got["edges"] / 1e6
    met += [
        bar("arcs for both directions, MB a million edges", got["arcs_mb"] / millions, 10, at_least=False, unit="MB"),
        bar("link table at 250 m", got["links_mb"], 50, at_least=False, unit="MB"),
        bar("import urbangeo / import geopandas", mine / other, 0.5, at_least=False),
        bar("heavy libraries loaded by it", float(len(heavy)), 0, at_least=False, unit=""),
    ]
    bars(met)
    print(
        f"Link table: {got['cells']:,} cells. The whole graph with chains, segments and nodes: "
        f"{said(got['graph_mb'])} MB, {said(got['graph_mb'] / millions)} MB a million edges. "
        f"Looked for after the import: {', '.join(HEAVY)}.\n"
    )


def main() -> None:
    """Run the table, or one task of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=NODES)
    parser.add_argument("--graphml-nodes", type=int, default=GRAPHML_NODES)
    parser.add_argument("--task", choices=list(TASKS))
    words = parser.parse_args()
    if words.task:
        print(json.dumps(TASKS[words.task](words.nodes)))
    else:
        report(words.nodes, words.graphml_nodes)


if __name__ == "__main__":
    sys.exit(main())
