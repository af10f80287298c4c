"""Time, memory and counts of reading roads, against osmium itself, GDAL, pyrosm and OSMnx.

Run ``python benchmarks/roads.py FOLDER --peers PYTHON`` in the project folder. FOLDER holds the real extracts (see
``FILES``); PYTHON is an interpreter with pyrosm and OSMnx, and without it their rows are left out with a line that says
so. It prints the Markdown of ``benchmarks/roads.md``. Every task runs in a process of its own, so that its peak memory
is its own, imports included; seconds are of the task without imports.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

FILES = {
    "Liechtenstein": "osm/liechtenstein_valhalla.osm.pbf",
    "Andorra": "osm/andorra_graphhopper.osm.pbf",
    "Monaco": "osm/monaco_osrm.osm.pbf",
    "Porto Alegre": "poa/poa_osm.pbf",
}
TILED, COPIES = "Liechtenstein", 34
RUNS = 3
TIME_LIMIT_S = 1_200
BARS = {"time": 1.5, "memory": 400.0, "reload": 0.02, "graphml": 20.0}

Answer = dict[str, Any]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds a task took and what came out."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def bare(path: str) -> Answer:
    """Let osmium give every object of the file, ways with the places of their nodes; do nothing with them."""
    import osmium

    def work() -> None:
        for _ in osmium.FileProcessor(path).with_locations():
            pass

    return {"seconds": timed(work)[0]}


def bare_ways(path: str) -> Answer:
    """Do the same, but let only ways through to Python: the filter runs in C++."""
    import osmium

    def work() -> None:
        ways = osmium.filter.EntityFilter(osmium.osm.WAY)
        for _ in osmium.FileProcessor(path).with_locations().with_filter(ways):
            pass

    return {"seconds": timed(work)[0]}


def counted(network: Any) -> Answer:
    """Count what a network has."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    nodes, pieces = len(network.node_id), network.pieces()
    joined = coo_array((np.ones(len(network.u), dtype=np.int8), (network.u, network.v)), shape=(nodes, nodes))
    number, label = connected_components(joined, directed=False)
    ferry = network.road_class.is_in(["ferry"])[pieces]
    inner = len(network.shapes.points) - 2 * len(pieces) if network.shapes is not None else 0
    return {
        "ways": network.provenance.get("ways_kept", 0),
        "points": nodes + inner,
        "nodes": nodes,
        "km": float(network.length_m[pieces].sum(dtype=float)) / 1000,
        "ferry_km": float(network.length_m[pieces][ferry].sum(dtype=float)) / 1000,
        "components": int(number),
        "main": float(np.bincount(label).max() / nodes),
        "barriers": network.provenance.get("barriers", 0),
    }


def ours(path: str) -> Answer:
    """Read the file into a network with speeds, ready for a search."""
    from urbangeo.sources.network.osm.pbf import read_osm_pbf

    seconds, network = timed(lambda: read_osm_pbf(path))
    # The peak is taken before the counting, which belongs to the benchmark.
    peak = peak_mb()
    return {"seconds": seconds, **counted(network), "peak_mb": peak}


def store(path: str) -> Answer:
    """Keep the network on disk, and tell how long that took."""
    from urbangeo.sources.network.osm.pbf import read_osm_pbf
    from urbangeo.sources.network.store import save_network

    network = read_osm_pbf(path)
    seconds, _ = timed(lambda: save_network(network, f"{path}.network"))
    return {"seconds": seconds, "mb": sum(file.stat().st_size for file in Path(f"{path}.network").iterdir()) / 1e6}


def reload(path: str, *, verify: bool = True) -> Answer:
    """Open the stored network and read every time and end of it once."""
    import numpy as np

    from urbangeo.sources.network.store import open_network

    def work() -> int:
        network = open_network(f"{path}.network", verify=verify)
        return int(network.u.max()) + int(network.v.max()) + int(np.isfinite(network.time_min).sum())

    return {"seconds": timed(work)[0]}


def gdal(path: str) -> Answer:
    """Read the layer of lines through pyogrio, roads only; that is no network: lines are not cut and have no nodes."""
    import numpy as np
    import pyogrio
    from pyproj import Geod

    def work() -> Any:
        return pyogrio.read_dataframe(path, layer="lines", columns=["osm_id", "highway"], where="highway IS NOT NULL")

    seconds, lines = timed(work)
    peak = peak_mb()
    same = Path(f"{path}.ways")
    if same.exists():
        lines = lines[lines["osm_id"].astype(np.int64).isin(json.loads(same.read_text()))]
    geod = Geod(ellps="WGS84")
    km = sum(geod.geometry_length(line) for line in lines.geometry) / 1000
    return {"seconds": seconds, "ways": len(lines), "km": km, "peak_mb": peak}


def pyrosm(path: str) -> Answer:
    """Read the network "driving+service" with nodes and make a graph of igraph of it."""
    import pyrosm as peer

    def work() -> Any:
        reader = peer.OSM(path)
        nodes, edges = reader.get_network("driving+service", nodes=True)
        return nodes, edges, reader.to_graph(nodes, edges, graph_type="igraph", retain_all=True)

    seconds, (nodes, edges, graph) = timed(work)
    peak = peak_mb()
    parts = graph.connected_components(mode="weak").sizes()
    return {
        "seconds": seconds,
        "ways": int(edges["id"].nunique()),
        "points": len(nodes),
        "km": float(edges["length"].sum()) / 1000,
        "components": len(parts),
        "main": max(parts) / sum(parts),
        "peak_mb": peak,
    }


def osmnx(path: str) -> Answer:
    """Read the same ways from OSM XML (OSMnx reads no PBF; the conversion is not timed)."""
    import networkx as nx
    import osmnx as ox

    xml = f"{path}.ways.osm"
    plain = ox.graph_from_xml(xml, simplify=False, retain_all=True)
    seconds, graph = timed(lambda: ox.graph_from_xml(xml, simplify=True, retain_all=True))
    peak = peak_mb()
    parts = [len(part) for part in nx.weakly_connected_components(plain)]
    both = ox.convert.to_undirected(plain)
    return {
        "seconds": seconds,
        "ways": len({way for _, _, way in plain.edges(data="osmid")}),
        "points": len(plain),
        "nodes": len(graph),
        "km": sum(length for _, _, length in both.edges(data="length")) / 1000,
        "components": len(parts),
        "main": max(parts) / len(plain),
        "peak_mb": peak,
    }


def save_graphml(path: str) -> Answer:
    """Let OSMnx make a graph of the ways, and write it."""
    import osmnx as ox

    ox.save_graphml(ox.graph_from_xml(f"{path}.ways.osm", retain_all=True), f"{path}.graphml")
    return {"mb": Path(f"{path}.graphml").stat().st_size / 1e6}


def load_graphml(path: str) -> Answer:
    """Let OSMnx read the graph again."""
    imports, ox = timed(lambda: importlib.import_module("osmnx"))
    seconds, graph = timed(lambda: ox.load_graphml(f"{path}.graphml"))
    return {"seconds": seconds, "imports": imports, "edges": len(graph.edges)}


def our_graphml(path: str) -> Answer:
    """Read the file that OSMnx wrote, into a network with speeds; twice, as the first read loads the libraries."""
    imports, reader = timed(lambda: importlib.import_module("urbangeo.sources.network.graphml.reader"))
    first, _ = timed(lambda: reader.read_graphml(f"{path}.graphml"))
    peak = peak_mb()
    seconds, network = timed(lambda: reader.read_graphml(f"{path}.graphml"))
    return {"seconds": seconds, "first": first, "imports": imports, "edges": len(network.u), "peak_mb": peak}


def write_ways(path: str) -> Answer:
    """Write the ways that urbangeo reads as OSM XML, and their ids, so that others read the same."""
    import osmium

    from urbangeo.sources.network.osm.pbf import read_osm_pbf

    network = read_osm_pbf(path)
    ids = sorted(set(network.edge_columns["osm_id"].tolist()))  # type: ignore[union-attr]
    Path(f"{path}.ways").write_text(json.dumps(ids))
    keep, nodes, ways = set(ids), set(), []
    for way in osmium.FileProcessor(path, osmium.osm.WAY):
        if way.id in keep:
            ways.append(way.id)
            nodes.update(node.ref for node in way.nodes)
    xml = f"{path}.ways.osm"
    with osmium.SimpleWriter(xml, overwrite=True) as writer:
        for thing in osmium.FileProcessor(path, osmium.osm.NODE | osmium.osm.WAY):
            if thing.id in (nodes if thing.is_node() else keep):
                writer.add(thing)
    return {"ways": len(ways)}


TASKS: dict[str, Callable[[str], Answer]] = {
    "bare": bare,
    "bare_ways": bare_ways,
    "ours": ours,
    "store": store,
    "reload": reload,
    "reload_unverified": lambda path: reload(path, verify=False),
    "gdal": gdal,
    "pyrosm": pyrosm,
    "osmnx": osmnx,
    "save_graphml": save_graphml,
    "load_graphml": load_graphml,
    "our_graphml": our_graphml,
    "write_ways": write_ways,
}
PEERS = {"pyrosm", "osmnx", "save_graphml", "load_graphml"}


def peak_mb() -> float:
    """Return the peak memory of this process; Linux counts kilobytes, macOS bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1_000 if sys.platform != "darwin" else 1_000_000)


def run(task: str, path: Path, peers: str | None = None) -> Answer:
    """Run a task in a process of its own; no answer if it fails or takes too long (the error stream says why)."""
    if task in PEERS and peers is None:
        return {}
    python = peers if task in PEERS and peers is not None else sys.executable
    command = [python, __file__, str(path), "--task", task]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        print(f"{task} on {path.name} took more than {TIME_LIMIT_S} s", file=sys.stderr)
        return {}
    if done.returncode:
        print(f"{task} on {path.name} failed: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        return {}
    answer: Answer = json.loads(done.stdout.splitlines()[-1])
    return answer


def row(*cells: object) -> None:
    """Print a row of a table; numbers get as many digits as they bear."""

    def shown(cell: object) -> str:
        if isinstance(cell, float):
            return f"{cell:,.2f}" if abs(cell) < 100 else f"{cell:,.1f}"
        return f"{cell:,}" if isinstance(cell, int) else "" if cell is None else str(cell)

    print("| " + " | ".join(map(shown, cells)) + " |")


def verdict(*, holds: bool) -> str:
    """Say whether a bar or band holds."""
    return "holds" if holds else "**does not hold**"


def large(folder: Path, room: Path, peers: str | None) -> None:
    """Print time and memory on the province-size file."""
    from tile_pbf import tile

    file = room / "province.osm.pbf"
    made = tile(folder / FILES[TILED], file, COPIES)
    megabytes = file.stat().st_size / 1e6
    print(f"## A province: {megabytes:.1f} MB, {made['nodes']:,} nodes, {made['ways']:,} ways\n")
    print(
        f"{COPIES} copies of {TILED} side by side, made by `benchmarks/tile_pbf.py`; ids up to 10^11. The bare pass is "
        "`for _ in osmium.FileProcessor(path).with_locations(): pass`; of ways: the same with the filter "
        f"`EntityFilter(WAY)`, so that nodes and relations never reach Python. Medians of {RUNS} runs in turn.\n"
    )
    names = ("bare", "bare_ways", "ours")
    got: dict[str, list[Answer]] = {name: [] for name in names}
    for _ in range(RUNS):
        for name in names:
            got[name].append(run(name, file))
    seconds = {name: statistics.median(one["seconds"] for one in got[name]) for name in names}
    peak = {name: max(one["peak_mb"] for one in got[name]) for name in names}
    print("| task | seconds | × bare pass | × bare pass of ways | peak MB |")
    print("|---|--:|--:|--:|--:|")
    words = {"bare": "bare pass", "bare_ways": "bare pass of ways", "ours": "urbangeo, read to routable network"}
    for name in names:
        row(words[name], seconds[name], *(seconds[name] / seconds[one] for one in names[:2]), peak[name])
    others = {"gdal": "GDAL by pyogrio, layer of lines (no network)", "pyrosm": "pyrosm, driving+service, to igraph"}
    for name, text in others.items():
        one = run(name, file, peers)
        if one:
            row(text, one["seconds"], *(one["seconds"] / seconds[base] for base in names[:2]), one["peak_mb"])
        else:
            print(f"| {text} | not installed, failed, or took more than 20 minutes | | | |")
    ratio = seconds["ours"] / seconds["bare"]
    print(
        f"\nBars: {ratio:.2f} of at most {BARS['time']} bare passes {verdict(holds=ratio <= BARS['time'])}; "
        f"{peak['ours']:.0f} of at most {BARS['memory']:.0f} MB {verdict(holds=peak['ours'] <= BARS['memory'])}. OSMnx "
        "reads no PBF; the same ways as XML are in the table of counts.\n"
    )
    first = got["ours"][0]
    small = run("ours", folder / FILES[TILED])
    exact = all(first[what] == COPIES * small[what] for what in ("ways", "points", "nodes", "components"))
    drift = abs(first["km"] / (COPIES * small["km"]) - 1)
    print(
        f"The file has {COPIES} times the ways, points, nodes and components of {TILED}: "
        f"{verdict(holds=exact)}; kilometres differ by {drift:.1e} of their sum.\n"
    )
    reloads(file, seconds["ours"])


def reloads(file: Path, read: float) -> None:
    """Print how long a stored network takes to open."""
    print("## Stored and opened again\n")
    stored = run("store", file)
    if not stored:
        print("Not run: the store is not there.\n")
        return
    checked, unchecked = (
        statistics.median(run(name, file)["seconds"] for _ in range(RUNS)) for name in ("reload", "reload_unverified")
    )
    print("| task | seconds | × reading the PBF |")
    print("|---|--:|--:|")
    row(f"save ({stored['mb']:.0f} MB)", stored["seconds"], stored["seconds"] / read)
    print(f"| open, all checksums compared, every end and time read | {checked:.4f} | {checked / read:.4f} |")
    print(f"| open without checksums, every end and time read | {unchecked:.4f} | {unchecked / read:.4f} |")
    print(f"\nBar: at most {BARS['reload']} × the read {verdict(holds=checked / read <= BARS['reload'])}.\n")


def counts(folder: Path, room: Path, peers: str | None) -> None:
    """Print what each reader finds in the small files, and whether that is within the bands."""
    print("## Counts against other readers\n")
    print(
        "Points are all places on roads, nodes those at which edges end. GDAL and OSMnx get **the same ways** as "
        'urbangeo reads; pyrosm chooses its own ("driving+service").\n'
    )
    print("| file | reader | ways | points | nodes | km | components | in the main one | seconds | peak MB |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    faults: list[str] = []
    for name, place in FILES.items():
        file = room / Path(place).name
        file.write_bytes((folder / place).read_bytes())
        run("write_ways", file)
        found = {reader: run(reader, file, peers) for reader in ("ours", "gdal", "osmnx", "pyrosm")}
        for reader, one in found.items():
            if not one:
                print(f"| {name} | {reader} | not installed, failed, or took more than 20 minutes | | | | | | | |")
                continue
            cells = [one.get(what) for what in ("ways", "points", "nodes", "km", "components")]
            share = f"{one['main']:.1%}" if "main" in one else None
            label = "urbangeo" if reader == "ours" else reader
            row(name, label, *cells, share, one["seconds"], one["peak_mb"])
        faults += [f"{name}: {fault}" for fault in outside(found)]
    print("\nBands, and why there is any:\n")
    print("- GDAL, same ways: km within 0.01 %, both on the ellipsoid. Ferries are left out: they have no tag highway.")
    print(
        "- OSMnx, same ways: km within 0.5 %; it measures on a sphere, which is up to 0.3 % off. Points and components"
    )
    print(
        "  equal but for barriers, which part our roads and not its: up to four ends more for each. It has fewer nodes,"
    )
    print("  because it also merges pieces of different ways where no third one meets; we keep what tags tell apart.")
    print(
        "- pyrosm, ways of its own choice: km within 1 %, components within 3. It closes roads by other tags than ours,"
    )
    print("  keeps some areas, leaves out ferries, measures on a sphere, and knows no barriers.")
    print("\nAll bands hold." if not faults else "\nOutside the bands: " + "; ".join(faults) + ".")
    print()


def outside(found: dict[str, Answer]) -> list[str]:
    """List what is outside the bands."""
    own, faults = found["ours"], []
    if found["gdal"] and abs(found["gdal"]["km"] / (own["km"] - own["ferry_km"]) - 1) > 1e-4:
        faults.append(f"GDAL has {found['gdal']['km']:.2f} km, urbangeo {own['km']:.2f}")
    other = found["osmnx"]
    if other and abs(other["km"] / own["km"] - 1) > 5e-3:
        faults.append(f"OSMnx has {other['km']:.2f} km, urbangeo {own['km']:.2f}")
    if other and not 0 <= own["points"] - other["points"] <= 4 * own["barriers"]:
        faults.append(f"OSMnx has {other['points']} points, urbangeo {own['points']}")
    if other and not 0 <= own["components"] - other["components"] <= 4 * own["barriers"]:
        faults.append(f"OSMnx has {other['components']} components, urbangeo {own['components']}")
    other = found["pyrosm"]
    if other and abs(other["km"] / own["km"] - 1) > 0.01:
        faults.append(f"pyrosm has {other['km']:.2f} km, urbangeo {own['km']:.2f}")
    if other and abs(other["components"] - own["components"]) > 3:
        faults.append(f"pyrosm has {other['components']} components, urbangeo {own['components']}")
    return faults


def graphml(room: Path, peers: str | None) -> None:
    """Print the time of GraphML against OSMnx, on the province-size file; reads in turn, so that both have one hour."""
    print("## GraphML\n")
    file = room / "province.osm.pbf"
    made = run("save_graphml", file, peers) if run("write_ways", file) else {}
    got: dict[str, list[Answer]] = {"load_graphml": [], "our_graphml": []}
    for _ in range(RUNS if made else 0):
        for name, answers in got.items():
            answers.append(run(name, file, peers))
    if not made or not all(all(answers) for answers in got.values()):
        print("Not run: OSMnx or the reader is not there, or took more than 20 minutes.")
        return

    def median(name: str, what: str) -> float:
        return float(statistics.median(one[what] for one in got[name]))

    theirs, mine = median("load_graphml", "seconds"), median("our_graphml", "seconds")
    ours_whole = statistics.median(one["imports"] + one["first"] for one in got["our_graphml"])
    theirs_whole = statistics.median(one["imports"] + one["seconds"] for one in got["load_graphml"])
    ratio = theirs / mine
    print(f"The province as OSMnx writes it: {made['mb']:.0f} MB; medians of {RUNS} runs in turn. ", end="")
    print("Edges differ by loops of no length and roads closed to strangers, which urbangeo leaves out and counts.\n")
    print("| reader | seconds | OSMnx takes × as long | edges | peak MB |")
    print("|---|--:|--:|--:|--:|")
    peaks = {name: max(one["peak_mb"] for one in answers) for name, answers in got.items()}
    edges = {name: answers[0]["edges"] for name, answers in got.items()}
    row("osmnx.load_graphml", theirs, None, edges["load_graphml"], peaks["load_graphml"])
    row("urbangeo, to a network with speeds", mine, ratio, edges["our_graphml"], peaks["our_graphml"])
    row("osmnx, imports and one read", theirs_whole, None, None, None)
    row("urbangeo, imports and first read", ours_whole, theirs_whole / ours_whole, None, None)
    print(f"\nBar: at least {BARS['graphml']:.0f} × faster: {ratio:.0f} × {verdict(holds=ratio >= BARS['graphml'])}. ")
    print(
        f"The first read of a process loads numba, pyproj and pandas, {ours_whole - mine:.1f} s whatever the file; the "
        "last two rows count the imports of both."
    )


def report(folder: Path, peers: str | None) -> None:
    """Print the Markdown page."""
    names = ("urbangeo", "osmium", "pyogrio", "numpy", "scipy", "numba")
    print("# Benchmarks of reading roads\n")
    print("Printed by `python benchmarks/roads.py`; what each line does is written there.\n")
    print(f"Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in names) + ".")
    if peers is None:
        print("No interpreter with pyrosm and OSMnx was given (`--peers`): their rows are left out.")
    else:
        asked = (
            "from importlib.metadata import version as v; print(', '.join(n + ' ' + v(n) for n in ('pyrosm', 'osmnx')))"
        )
        done = subprocess.run([peers, "-c", asked], check=False, capture_output=True, text=True)
        print(f"Peers: {done.stdout.strip() or 'pyrosm and OSMnx are not both installed'}.")
    print(
        f"{platform.system()}, {platform.machine()}; each task in a process of its own, peak memory with imports, on a "
        "shared machine: read the ratios.\n"
    )
    with tempfile.TemporaryDirectory() as room:
        large(folder, Path(room), peers)
        counts(folder, Path(room), peers)
        graphml(Path(room), peers)


def main() -> None:
    """Run one task, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of the real extracts (of a task: the file)")
    parser.add_argument("--peers", help="interpreter with pyrosm and OSMnx")
    parser.add_argument("--task", choices=list(TASKS))
    given = parser.parse_args()
    if given.task is None:
        report(given.folder, given.peers)
        return
    answer = TASKS[given.task](str(given.folder))
    print(json.dumps({"peak_mb": peak_mb(), **answer}))


if __name__ == "__main__":
    main()
