"""Real roads: node times and nested polygons on extracts of OpenStreetMap, ours against the peers.

Run ``python benchmarks/extracts.py FOLDER``, where FOLDER holds the extracts (see ``FILES``); it prints the section
"Real extracts" of ``benchmarks/isochrones.md``. The extracts are small, a town or a small country, so the cutoffs are
small as well: an hour would reach the edge of each of them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from measure import absent, has, hushed, in_turns, said, table, told, warmed

FILES = {
    "Monaco": "osm/monaco_osrm.osm.pbf",
    "Andorra": "osm/andorra_graphhopper.osm.pbf",
    "Liechtenstein": "osm/liechtenstein_valhalla.osm.pbf",
    "Porto Alegre": "poa/poa_osm.pbf",
}
CUTOFFS = (5.0, 10.0, 15.0, 20.0)
LIMIT_MS = 900_000
ORIGINS = 12
FEW = 3
CHECKED = 300
"""Points of the self-check for each of a few origins."""
ROUNDS = 5
SEED = 20261122


def picked(graph: Any) -> Any:
    """Return seeded junctions one may start from, as states."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    arcs = csr_matrix((np.ones(len(graph.heads)), graph.heads, graph.starts), shape=(graph.states,) * 2)
    _, part = connected_components(arcs, directed=True, connection="strong")
    inside = np.flatnonzero(graph.exits & (part == np.bincount(part).argmax()))
    return np.random.default_rng(SEED).choice(inside, ORIGINS, replace=False).astype(np.int32)


def node_times(network: Any, graph: Any, at: Any) -> dict[str, float]:
    """Time all engines on one extract, after comparing every time with scipy's."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra
    from search import slow_engines

    from urbangeo.areas.graph.kernel import compressed_best, to_milliseconds
    from urbangeo.areas.graph.search import reached_nodes, search

    milliseconds = to_milliseconds(np.asarray(network.cost_min, dtype=np.float64)).astype(np.int32)
    nodes = len(network.node_id)
    full = compressed_best(network.u, network.v, milliseconds, nodes)
    weights = csr_matrix((full[2].astype(np.float64), full[1], full[0]), shape=(nodes, nodes))
    rows = graph.state_node[at]
    nothing = np.zeros(1, dtype=np.int32)

    def everywhere(state: Any) -> Any:
        return reached_nodes(graph, search(graph, np.array([state]), nothing, limit_ms=LIMIT_MS))

    for state, row in zip(at, rows, strict=True):
        found = np.full(nodes, np.inf)
        where, times, _ = everywhere(state)
        found[where] = times
        # Toll roads make two states of a node; scipy knows one, so only networks without tolls are compared.
        if not network.toll.any() and not np.array_equal(found, dijkstra(weights, indices=int(row), limit=LIMIT_MS)):
            raise SystemExit("times are not scipy's")
    engines: dict[str, Any] = {
        "urbangeo, all nodes": (everywhere, at),
        "scipy dijkstra(limit=)": (lambda row: dijkstra(weights, indices=int(row), limit=LIMIT_MS), rows),
    }
    took = in_turns(engines, ROUNDS)
    few = {"again": (everywhere, at[:FEW]), **slow_engines(full, network, rows[:FEW], [], LIMIT_MS)}
    slow = in_turns(few, ROUNDS)
    # In turns with ours, brought to the origins of the others.
    scale = took["urbangeo, all nodes"] / slow.pop("again")
    reached = statistics.mean(len(everywhere(state)[0]) for state in at)
    return took | {name: ms * scale for name, ms in slow.items()} | {"*nodes reached*": reached}


def tiles(pbf: Path, folder: Path) -> Any:
    """Build Valhalla's tiles from the same file and open them."""
    import valhalla_tiles

    with hushed():
        valhalla_tiles.build_tiles(pbf, folder)
        return valhalla_tiles.actor(folder)


def polygons(network: Any, graph: Any, at: Any, pbf: Path) -> dict[str, Any]:
    """Time four nested polygons: ours, Valhalla's from the same file, the gallery recipe on the same edges."""
    import networkx as nx
    from polygons import frame_of, gallery
    from pyproj import Transformer

    from urbangeo.areas.checking import verify
    from urbangeo.areas.isochrones import isochrones
    from urbangeo.areas.prepared import prepare_network

    ready = prepare_network(network)
    places = np.c_[graph.state_lon[at], graph.state_lat[at]]
    some = [frame_of(places[[number]]) for number in range(len(places))]

    def ours(origin: Any) -> Any:
        return isochrones(ready, origin, cutoffs=CUTOFFS, land="everywhere")

    def linked(origin: Any) -> Any:
        return isochrones(ready, origin, cutoffs=CUTOFFS, land="everywhere", method="links")

    engines: dict[str, Any] = {"urbangeo": (ours, some), "urbangeo, by links": (linked, some)}
    with tempfile.TemporaryDirectory() as folder:
        if has("valhalla"):
            import valhalla_tiles

            with told("Valhalla's tiles"):
                engine = tiles(pbf, Path(folder) / "tiles")
            asked = [tuple(place) for place in places.tolist()]

            def theirs(place: Any) -> Any:
                return valhalla_tiles.isochrone(engine, *place, cutoffs=CUTOFFS)

            engines["Valhalla, four contours"] = (theirs, asked)
        took = in_turns(engines, ROUNDS)
    if has("osmnx"):
        zone = int((places[:, 0].mean() + 180) // 6) + 1
        crs = f"EPSG:{32600 + zone if places[:, 1].mean() > 0 else 32700 + zone}"
        x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(network.lon, network.lat)
        recipe = nx.MultiDiGraph()
        recipe.add_nodes_from((row, {"x": a, "y": b}) for row, (a, b) in enumerate(zip(x, y, strict=True)))
        minutes = np.asarray(network.cost_min, dtype=float)
        ends = zip(network.u.tolist(), network.v.tolist(), minutes.tolist(), strict=True)
        recipe.add_edges_from((tail, head, {"time": spent}) for tail, head, spent in ends)
        begun = time.process_time()
        with told("gallery recipe"):
            gallery(recipe, int(graph.state_node[at[0]]), CUTOFFS)
        took["OSMnx gallery recipe (1 origin)"] = (time.process_time() - begun) * 1_000
    drawn = ours(frame_of(places[:FEW]))
    with told("self-check"):
        checked = verify(network, drawn, n=CHECKED, land="everywhere")
    return took | {
        "*surface by default*": str(drawn["surface_method"].iloc[0]),
        "*cells, m*": float(drawn["cell_m"].max()),
        "*invalid polygons*": int((~drawn.geometry.is_valid).sum()),
        "*self-check at 20 min, falsely in %*": 100
        * float(checked.xs(20.0, level="cutoff_min")["false_in_share"].mean()),
        "*falsely out %*": 100 * float(checked.xs(20.0, level="cutoff_min")["false_out_share"].mean()),
    }


def report(data: Path) -> None:
    """Print the section."""
    from urbangeo.areas.graph.compiled import compile_graph
    from urbangeo.sources.network import read_network

    warmed()
    times: dict[str, dict[str, Any]] = {}
    areas: dict[str, dict[str, Any]] = {}
    sizes: dict[str, tuple[int, int]] = {}
    for name, file in FILES.items():
        with told(name):
            network = read_network(data / file)
            graph = compile_graph(network)
            at = picked(graph)
            sizes[name] = len(network.node_id), len(network.u)
            times[name] = node_times(network, graph, at)
            areas[name] = polygons(network, graph, at, data / file)
    print("## Real extracts\n")
    print(
        f"Extracts of OpenStreetMap as they were read (`read_network`), {ORIGINS} junctions each, seeded; milliseconds "
        f"of one processor an origin, median of {ROUNDS} rounds in turns. Node times within "
        f"{LIMIT_MS // 60_000} minutes, all nodes of the network as it is read (junctions and ends; bends are not "
        "nodes), equal to scipy's at all of them where there are no tolls. Polygons: cutoffs of "
        f"{', '.join(f'{cutoff:g}' for cutoff in CUTOFFS)} minutes, cells as they come by default, from the place to "
        "the geometries. Small networks get the exact surface by default: every cell is timed from all roads in reach, "
        "which is what the self-check shows and what takes the time; by links it is done as on large ones. Valhalla "
        "from the same file with its own costing; the recipe on the same edges, straight. Small networks show "
        "what a call costs by itself, not what a search costs; the bars stand on the made provinces.\n"
    )
    for line in absent("networkx", "igraph", "pandana", "valhalla", "osmnx"):
        print(line + "\n")
    heads = [f"{name} ({nodes:,} nodes, {edges:,} edges)" for name, (nodes, edges) in sizes.items()]
    for what, found, mine in (("node times", times, "urbangeo, all nodes"), ("polygons", areas, "urbangeo")):
        names = list(dict.fromkeys(name for one in found.values() for name in one))
        table([what, *heads], [[name, *(one.get(name, "") for one in found.values())] for name in names])
        peers = [name for name in names if name != mine and not name.startswith("*")]
        ratios = [
            [f"{name} / {mine}", *(f"{said(one[name] / one[mine])} ×" for one in found.values())] for name in peers
        ]
        table(["ratio", *sizes], ratios)


def main() -> None:
    """Run the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    report(parser.parse_args().data)


if __name__ == "__main__":
    sys.exit(main())
