"""Node times within an hour: ours against scipy, networkx, pandana, igraph and plain C++ on the same arrays.

Run ``python benchmarks/search.py``; it prints the section "Node times" of ``benchmarks/isochrones.md``.
"""

from __future__ import annotations

import argparse
import ctypes
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from measure import HOUR_MS, absent, bar, bars, has, hushed, in_turns, province, said, seat_states, table, told, warmed

SIZES = (100_000, 1_000_000, 3_000_000)
BAR_AT = 1_000_000
ROUNDS = 3
SLOW_ROUNDS = 3
EQUAL_AT = 8
"""Origins at which every time is compared."""

FEW = 5
"""Origins for engines that take a tenth of a second or more for each."""

LARGEST_FOR_SLOW = 1_000_000
"""networkx, pandana and igraph take minutes and gigabytes to build beyond this."""

BUCKET_MS = 2_048


class Plain:
    """The C++ searches of ``search.cpp`` on one graph."""

    def __init__(self, starts: Any, heads: Any, costs: Any) -> None:
        self.arrays = (
            np.ascontiguousarray(starts, np.int64),
            np.ascontiguousarray(heads, np.int32),
            np.ascontiguousarray(costs, np.int32),
        )
        self.times = np.full(len(starts) - 1, np.iinfo(np.int32).max, np.int32)
        self.places = [ctypes.c_void_p(part.ctypes.data) for part in self.arrays]
        self.room = ctypes.c_void_p(self.times.ctypes.data)
        self.sum = ctypes.c_int64()

    def heap(self, library: ctypes.CDLL, source: Any) -> tuple[int, int]:
        """Search with a 4-ary heap; return how many were reached and the sum of their times."""
        count = library.heap_search(*self.places, int(source), HOUR_MS, self.room, ctypes.byref(self.sum))
        return count, self.sum.value

    def bucket(self, library: ctypes.CDLL, source: Any) -> tuple[int, int]:
        """Search with buckets."""
        count = library.bucket_search(*self.places, int(source), HOUR_MS, BUCKET_MS, self.room, ctypes.byref(self.sum))
        return count, self.sum.value


def built(folder: Path) -> ctypes.CDLL | None:
    """Compile the C++ yardstick, or return None where there is no compiler."""
    target = folder / "search.so"
    source = Path(__file__).with_name("search.cpp")
    words = ["g++", "-O3", "-march=native", "-std=c++17", "-shared", "-fPIC", str(source), "-o", str(target)]
    try:
        subprocess.run(words, check=True)
    except FileNotFoundError:
        return None
    library = ctypes.CDLL(str(target))
    pointer, number = ctypes.c_void_p, ctypes.c_int32
    library.heap_search.argtypes = [pointer] * 3 + [number] * 2 + [pointer] * 2
    library.bucket_search.argtypes = [pointer] * 3 + [number] * 3 + [pointer] * 2
    library.heap_search.restype = library.bucket_search.restype = ctypes.c_int64
    return library


def measured(size: int, library: ctypes.CDLL | None, without: list[str]) -> dict[str, Any]:
    """Time all engines on a province of one size, after comparing their times node by node."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import dijkstra

    from urbangeo.areas.graph.compiled import compile_graph
    from urbangeo.areas.graph.kernel import compressed_best, to_milliseconds
    from urbangeo.areas.graph.search import reached_nodes, search

    with told(f"province of {size:,} nodes"):
        made = province(size)
    network = made.network
    with told("compiling"):
        graph = compile_graph(network)
    milliseconds = to_milliseconds(np.asarray(network.cost_min, dtype=np.float64)).astype(np.int32)
    nodes = len(network.node_id)
    # Between the same nodes the quickest edge: what every engine here would take.
    full = compressed_best(network.u, network.v, milliseconds, nodes)
    weights = csr_matrix((full[2].astype(np.float64), full[1], full[0]), shape=(nodes, nodes))
    short = csr_matrix((graph.costs.astype(np.float64), graph.heads, graph.starts), shape=(graph.states,) * 2)
    at = seat_states(graph, made.seats)
    rows = graph.state_node[at]
    nothing = np.zeros(1, dtype=np.int32)

    def junctions(state: Any) -> Any:
        return search(graph, np.array([state]), nothing, limit_ms=HOUR_MS)

    def everywhere(state: Any) -> Any:
        return reached_nodes(graph, junctions(state))

    reach = np.mean([[len(junctions(state).states), len(everywhere(state)[0])] for state in at], axis=0)
    for number in range(EQUAL_AT):
        found = np.full(nodes, np.inf)
        where, times, _ = everywhere(at[number])
        found[where] = times
        if not np.array_equal(found, dijkstra(weights, indices=int(rows[number]), limit=HOUR_MS)):
            raise SystemExit(f"times at {size:,} nodes from origin {number} are not scipy's")

    engines: dict[str, Any] = {
        "urbangeo, junctions": (junctions, at),
        "urbangeo, all nodes": (everywhere, at),
        "scipy dijkstra(limit=)": (lambda row: dijkstra(weights, indices=int(row), limit=HOUR_MS), rows),
        "scipy, our junction graph": (
            lambda state: dijkstra(short, indices=int(state), limit=HOUR_MS),
            at,
        ),
    }
    if library is not None:
        whole, small = Plain(*full), Plain(graph.starts, graph.heads, graph.costs)
        for state, row in zip(at[:EQUAL_AT], rows[:EQUAL_AT], strict=True):
            where, times, _ = everywhere(state)
            mine = len(where), int(times.sum(dtype=np.int64))
            if {mine} != {whole.heap(library, row), whole.bucket(library, row)}:
                raise SystemExit("the C++ searches disagree")
        engines |= {
            "C++ 4-ary heap, all nodes": (partial(whole.heap, library), rows),
            "C++ buckets, all nodes": (partial(whole.bucket, library), rows),
            "C++ 4-ary heap, our junction graph": (partial(small.heap, library), at),
            "C++ buckets, our junction graph": (partial(small.bucket, library), at),
        }
    took = in_turns(engines, ROUNDS)
    slow: dict[str, Any] = {}
    if size <= LARGEST_FOR_SLOW:
        # In turns with ours again: the machine may have changed since.
        slow = in_turns(
            {
                "urbangeo, all nodes": (everywhere, at[:FEW]),
                "urbangeo, junctions": (junctions, at[:FEW]),
                **slow_engines(full, network, rows[:FEW], without),
            },
            SLOW_ROUNDS,
        )
    arcs = [getattr(graph, name).nbytes for name in ("starts", "heads", "costs", "r_starts", "r_heads", "r_costs")]
    return {
        "nodes": nodes,
        "edges": len(network.u),
        "reach": reach,
        "took": took,
        "slow": slow,
        "search_mb": sum(arcs[:3]) / 1e6,
        "both_mb": sum(arcs) / 1e6,
        "whole_mb": sum(part.nbytes for part in vars(graph).values() if isinstance(part, np.ndarray)) / 1e6,
    }


def slow_engines(full: Any, network: Any, rows: Any, without: list[str], limit_ms: int = HOUR_MS) -> dict[str, Any]:
    """Build the peers that take long, each from the arrays it takes."""
    tail, head = np.repeat(np.arange(len(full[0]) - 1), np.diff(full[0])), full[1]
    cost = full[2].astype(np.float64)
    engines: dict[str, Any] = {}
    if has("networkx") and "networkx" not in without:
        import networkx as nx

        # The kind of graph that OSMnx makes.
        graph = nx.MultiDiGraph()
        with told("networkx graph"):
            graph.add_weighted_edges_from(zip(tail.tolist(), head.tolist(), cost.tolist(), strict=True))
        engines["networkx with cutoff"] = (
            lambda row: nx.single_source_dijkstra_path_length(graph, int(row), cutoff=limit_ms),
            rows,
        )
    if has("igraph") and "igraph" not in without:
        import igraph

        with told("igraph"):
            flat = igraph.Graph(len(full[0]) - 1, np.c_[tail, head], directed=True)
        engines["igraph (knows no cutoff)"] = (lambda row: flat.distances([int(row)], weights=cost)[0], rows)
    if has("pandana") and "pandana" not in without:
        import pandana
        import pandas as pd

        # Seconds: it multiplies by a thousand inside and would overflow on milliseconds.
        with told("pandana network"), hushed():
            net = pandana.Network(
                pd.Series(network.lon),
                pd.Series(network.lat),
                pd.Series(tail),
                pd.Series(head),
                pd.DataFrame({"s": cost / 1_000}),
                twoway=False,
            )
        engines["pandana nodes_in_range, one call each"] = (
            lambda row: net.nodes_in_range([int(row)], limit_ms / 1_000, imp_name="s"),
            rows,
        )
    return engines


def report(sizes: list[int], without: list[str]) -> None:
    """Print the section."""
    warmed()
    with tempfile.TemporaryDirectory() as folder:
        library = built(Path(folder))
        answers = {size: measured(size, library, without) for size in sizes}
    print("## Node times\n")
    print(
        "One origin, one hour, milliseconds of one processor an origin, mean of 136 seats, median of "
        f"{ROUNDS} rounds in turns; networkx, igraph and pandana, and ours for the ratios to them: {FEW} seats, "
        f"{SLOW_ROUNDS} rounds. All engines get whole milliseconds; times at all nodes equal scipy's exactly at the "
        f'first {EQUAL_AT} origins of every size, or the run stops. "All nodes": every node of the network that is '
        'reached, as rows and times, which is what peers give; "junctions": what an isochrone needs.\n'
    )
    for name in without:
        print(f"{name} was left out of this run.\n")
    for line in absent("networkx", "igraph", "pandana"):
        print(line + "\n")
    if library is None:
        print("There is no g++ here: the C++ rows are left out.\n")
    names = list(answers[sizes[0]]["took"])
    names += [name for name in answers[sizes[0]]["slow"] if name not in names]
    rows: list[list[object]] = []
    for name in names:
        row: list[object] = [name]
        for got in answers.values():
            ms = got["took"].get(name, got["slow"].get(name))
            row.append("" if ms is None else float(ms))
        rows.append(row)
    rows.append(["*nodes reached*", *(f"{got['reach'][1]:,.0f}" for got in answers.values())])
    rows.append(["*junctions reached*", *(f"{got['reach'][0]:,.0f}" for got in answers.values())])
    table(["engine", *(f"{got['nodes']:,} nodes" for got in answers.values())], rows)
    for size, got in answers.items():
        # The bars were set for a million nodes; at other sizes the same ratios are told without a judgement.
        print_ratios(size, got)
    print_growth(answers)


def print_ratios(size: int, got: dict[str, Any]) -> None:
    """Print the ratios at one size, and at a million nodes whether they meet the bars."""
    took, slow = got["took"], got["slow"]
    mine, short = took["urbangeo, all nodes"], took["urbangeo, junctions"]
    scipy = took["scipy dijkstra(limit=)"]
    rows = [
        bar("scipy with limit / ours, all nodes both", scipy / mine, 5, at_least=True),
        bar("scipy with limit on all nodes / ours on junctions", scipy / short, 5, at_least=True),
    ]
    # The bars are on what peers do with the network. The same loops on our own junctions, which no peer has, and
    # buckets in C++ instead of a heap, are told for what they are worth.
    beside = [("scipy with limit / ours, both on our junctions", took["scipy, our junction graph"] / short)]
    for name in ("4-ary heap", "buckets"):
        if f"C++ {name}, all nodes" in took:
            whole = mine / took[f"C++ {name}, all nodes"]
            both = short / took[f"C++ {name}, our junction graph"]
            if name == "4-ary heap":
                rows.append(bar(f"ours / C++ {name}, all nodes both", whole, 1.3, at_least=False))
            else:
                beside.append((f"ours / C++ {name}, all nodes both", whole))
            beside.append((f"ours / C++ {name}, both on our junctions", both))
    for name, wanted in (("networkx with cutoff", 100), ("pandana nodes_in_range, one call each", 30)):
        if name in slow:
            rows += [
                bar(f"{name} / ours, {kind}", slow[name] / slow[f"urbangeo, {kind}"], wanted, at_least=True)
                for kind in ("all nodes", "junctions")
            ]
    millions = got["edges"] / 1e6
    rows.append(
        bar("arcs for both directions, MB a million edges", got["both_mb"] / millions, 10, at_least=False, unit="MB")
    )
    print(f"{size:,} nodes ({got['edges']:,} directed edges):\n")
    plain = [(name, f"{said(ratio)} ×") for name, ratio in beside]
    if size == BAR_AT:
        bars(rows)
        print("Told without a bar: peers' loops on our own junctions, and buckets in C++.\n")
        table(["ratio", "measured"], plain)
    else:
        table(["ratio", "measured"], [*((row[0], row[2]) for row in rows), *plain])
    print(
        f"Memory: {said(got['search_mb'])} MB for one direction of search, {said(got['both_mb'])} MB for both, "
        f"{said(got['whole_mb'])} MB with the chains, segments and nodes that snapping, linking and drawing need "
        f"({said(got['whole_mb'] / millions)} MB a million edges).\n"
    )


def print_growth(answers: dict[int, dict[str, Any]]) -> None:
    """Print how the time of one reached node grows with the network."""
    if not {1_000_000, 3_000_000} <= answers.keys():
        return
    small, large = answers[1_000_000], answers[3_000_000]
    rows = []
    for kind, place in (("all nodes", 1), ("junctions", 0)):
        each = [got["took"][f"urbangeo, {kind}"] / got["reach"][place] for got in (small, large)]
        rows.append(bar(f"3 M / 1 M, time for each reached node, {kind}", each[1] / each[0], 1.3, at_least=False))
    other = [got["took"]["scipy dijkstra(limit=)"] / got["reach"][1] for got in (small, large)]
    print("Growth:\n")
    bars(rows)
    print(f"scipy's grows {said(other[1] / other[0])} times.\n")


def main() -> None:
    """Run the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--without", nargs="*", default=[], choices=["networkx", "igraph", "pandana"])
    words = parser.parse_args()
    report(words.nodes, words.without)


if __name__ == "__main__":
    sys.exit(main())
