"""Four nested polygons: time against Valhalla and the OSMnx gallery recipe, and how true they are.

Run ``python benchmarks/polygons.py``; it prints the section "Polygons" of ``benchmarks/isochrones.md``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from typing import Any

import numpy as np
import shapely
from measure import CUTOFFS, absent, alone, bar, bars, has, in_turns, province, seconds, table, told

NODES = 1_000_000
ROUNDS = 5
TRUE_AT = 5
"""Origins compared with the truth, spread over the province."""

GALLERY_AT = 1
"""Origins of the gallery recipe: each takes a minute or more."""

EDGE_BUFFER_M = 25.0
CITY_M, BLOCK_M = 10_000, 500


def frame_of(places: Any) -> Any:
    """Return origins as the library takes them."""
    import geopandas as gpd

    names = [f"seat {number}" for number in range(len(places))]
    points = gpd.points_from_xy(places[:, 0], places[:, 1])
    index = gpd.pd.Index(names, name="origin_id")
    return gpd.GeoDataFrame({"name": names}, geometry=points, crs="EPSG:4490", index=index)


def ready_for(nodes: int) -> Any:
    """Return a prepared province in memory, its links made."""
    from urbangeo.areas.prepared import prepare_network

    made = province(nodes)
    with told(f"preparing {nodes:,} nodes"):
        ready = prepare_network(made.network, cell_m=250.0, land="everywhere")
    return made, ready


def gallery(graph: Any, centre: int, cutoffs: Any = CUTOFFS) -> list[Any]:
    """Draw isochrones as the OSMnx gallery does (13-isolines-isochrones, ``make_iso_polys`` with ``infill``)."""
    import geopandas as gpd
    import networkx as nx
    from shapely import LineString, Point, Polygon

    polygons = []
    for cutoff in sorted(cutoffs, reverse=True):
        part = nx.ego_graph(graph, centre, radius=cutoff, distance="time")
        points = [Point((data["x"], data["y"])) for _, data in part.nodes(data=True)]
        nodes = gpd.GeoDataFrame({"id": list(part.nodes)}, geometry=points).set_index("id")
        lines = []
        for tail, head in part.edges():
            straight = LineString([nodes.loc[tail].geometry, nodes.loc[head].geometry])
            lines.append(graph.get_edge_data(tail, head)[0].get("geometry", straight))
        whole = gpd.GeoSeries([*nodes.buffer(0).geometry, *gpd.GeoSeries(lines).buffer(EDGE_BUFFER_M).geometry])
        union = whole.union_all()
        parts = getattr(union, "geoms", [union])
        polygons.append(shapely.union_all([Polygon(one.exterior) for one in parts]))
    return polygons


def gallery_task(nodes: int, count: int) -> dict[str, Any]:
    """Time the recipe, its graph built beforehand, in a process of its own: the graph takes gigabytes."""
    import networkx as nx
    from pyproj import Transformer
    from scipy.spatial import cKDTree

    made = province(nodes)
    network = made.network
    x, y = Transformer.from_crs("EPSG:4490", "EPSG:32650", always_xy=True).transform(network.lon, network.lat)
    graph = nx.MultiDiGraph()
    with told("networkx graph for the gallery recipe"):
        graph.add_nodes_from((row, {"x": a, "y": b}) for row, (a, b) in enumerate(zip(x, y, strict=True)))
        minutes = np.asarray(network.cost_min, dtype=float)
        ends = zip(network.u.tolist(), network.v.tolist(), minutes.tolist(), strict=True)
        graph.add_edges_from((tail, head, {"time": spent}) for tail, head, spent in ends)
    _, centres = cKDTree(np.c_[network.lon, network.lat]).query(made.seats[:count])
    took = []
    for centre in centres.tolist():
        with told("gallery recipe"):
            took.append(seconds(lambda centre=centre: gallery(graph, centre), clock=time.process_time)[0] * 1_000)
    return {"ms": statistics.median(took), "count": count}


def timed(nodes: int) -> tuple[dict[str, float], dict[str, Any] | None]:
    """Time ours and Valhalla in turns, the recipe alone."""
    from urbangeo.areas.isochrones import isochrones

    made, ready = ready_for(nodes)
    places = frame_of(made.seats)
    some = [places.iloc[[number]] for number in range(0, len(places), 4)]

    def ours(origins: Any) -> Any:
        return isochrones(ready, origins, cutoffs=CUTOFFS, cell_m=250.0, land="everywhere")

    engines: dict[str, Any] = {"urbangeo, one call for each origin": (ours, some)}
    if has("valhalla"):
        import valhalla_tiles

        with told("Valhalla's tiles"):
            engine = valhalla_tiles.actor(valhalla_tiles.prepared(nodes, made.network))
        at = [tuple(place) for place in made.seats[::8].tolist()]
        engines["Valhalla, four contours, in process"] = (lambda place: valhalla_tiles.isochrone(engine, *place), at)
    ours(places)
    whole = []
    for _ in range(3):
        whole.append(seconds(lambda: ours(places), clock=time.process_time)[0] / len(places) * 1_000)
    took = {f"urbangeo, one call for {len(places)} origins": statistics.median(whole), **in_turns(engines, ROUNDS)}
    slow = alone(__file__, "--gallery", str(GALLERY_AT), "--nodes", str(nodes)) if has("osmnx") else None
    return took, slow


def accuracy(nodes: int) -> tuple[list[list[object]], dict[float, float], dict[str, int]]:
    """Score areas against the truth at two cell sizes, and look at every polygon of all seats."""
    from truth import Truth

    from urbangeo.areas.isochrones import isochrones

    made, ready = ready_for(nodes)
    places = frame_of(made.seats)
    picked = np.linspace(0, len(places) - 1, TRUE_AT).astype(int)
    with told("the truth's graph"):
        truth = Truth(made.network)
    rows: list[list[object]] = []
    totals: dict[float, float] = {}
    state = {"polygons": 0, "invalid": 0, "not nested": 0, "parts": 0, "vertices": 0}
    for cell in (500.0, 250.0, 100.0):
        with told(f"areas at {cell:g} m"):
            areas = isochrones(ready, places.iloc[picked], cutoffs=CUTOFFS, cell_m=cell, land="everywhere")
        shares = []
        with told(f"truth at {cell:g} m"):
            for number, place in enumerate(picked):
                mine = areas.geometry.to_numpy()[4 * number : 4 * number + 4]
                shares.append(truth.compare(*made.seats[place], mine, CUTOFFS, int(place)))
        mean = np.mean(shares, axis=0)
        totals[cell] = float(mean[-1].sum())
        for kind, values in (("falsely in", mean[:, 0]), ("falsely out", mean[:, 1]), ("both", mean.sum(axis=1))):
            rows.append([f"{cell:g} m, {kind} %", *(float(value) for value in values)])
        worst = np.array(shares).sum(axis=2).max(axis=0)
        rows.append([f"{cell:g} m, both, worst origin %", *(float(value) for value in worst)])
    with told("looking at every polygon"):
        for cell in (250.0, 100.0):
            wanted = places if cell == 250.0 else places.iloc[::4]
            drawn = isochrones(ready, wanted, cutoffs=CUTOFFS, cell_m=cell, land="everywhere").geometry.to_numpy()
            valid = shapely.is_valid(drawn)
            state["polygons"] += len(drawn)
            state["invalid"] += int((~valid).sum())
            inner, outer = drawn.reshape(-1, 4)[:, :-1].ravel(), drawn.reshape(-1, 4)[:, 1:].ravel()
            state["not nested"] += int((~shapely.covers(outer, inner)).sum())
    return rows, totals, state


def expressway_town() -> Any:
    """Make the issue's case: a town grid, four expressways left at interchanges only, a branch from each of these."""
    from urbangeo.sources.network.columns import Coded
    from urbangeo.sources.network.model import Network

    half, count = CITY_M // 2, CITY_M // BLOCK_M + 1
    xy = [(BLOCK_M * i - half, BLOCK_M * j - half) for j in range(count) for i in range(count)]
    roads: list[tuple[int, int, float, bool]] = []
    for j in range(count):
        for i in range(count):
            here = j * count + i
            roads += [(here, here + 1, 40.0, True)] * (i + 1 < count) + [(here, here + count, 40.0, True)] * (
                j + 1 < count
            )
    middle = count // 2
    for dx, dy in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        before = (middle + dy * middle) * count + middle + dx * middle
        for stop in (1, 2, 3):
            at = half + 40_000 * stop
            gate, end = len(xy), len(xy) + 1
            # The branch leaves the expressway at a right angle.
            xy += [(dx * at, dy * at), (dx * at - dy * 12_000, dy * at + dx * 12_000)]
            roads += [(before, gate, 110.0, False), (gate, end, 50.0, True)]
            before = gate
    points = np.array(xy, dtype=float)
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(PLANE, "EPSG:4490", always_xy=True).transform(points[:, 0], points[:, 1])
    u, v, kmh, along = (np.array(part) for part in zip(*roads, strict=True))
    u, v, kmh, along = np.r_[u, v], np.r_[v, u], np.r_[kmh, kmh], np.r_[along, along]
    length = np.hypot(*(points[u] - points[v]).T)
    kinds = ("expressway", "tertiary_3")
    return points, Network(
        node_id=np.arange(len(points)),
        lon=lon,
        lat=lat,
        u=u.astype(np.int32),
        v=v.astype(np.int32),
        length_m=length,
        speed_kmh=kmh.astype(float),
        time_min=length / 1_000 / kmh * 60,
        road_class=Coded(along.astype(np.int8), kinds),
        along=along.astype(bool),
        toll=~along.astype(bool),
        kind="synthetic",
    )


PLANE = "+proj=aeqd +lat_0=36 +lon_0=117 +ellps=GRS80 +units=m"


def expressway_shares(cell_m: float) -> tuple[float, float]:
    """Return the share of reachable road inside, and of the area beyond the access distance, in percent."""
    import geopandas as gpd
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import dijkstra

    from urbangeo.areas.isochrones import isochrones

    points, network = expressway_town()
    graph = coo_matrix((network.time_min, (network.u, network.v)), shape=(len(points),) * 2).tocsr()
    centre = int(np.argmin(np.hypot(*points.T)))
    times = dijkstra(graph, indices=centre, limit=60)
    inside, roads = [], []
    for u, v, spent in zip(
        network.u[network.along], network.v[network.along], network.time_min[network.along], strict=True
    ):
        share = min((60 - times[u]) / spent, 1.0)
        if share > 0:
            roads.append(shapely.LineString([points[u], points[u] + share * (points[v] - points[u])]))
            # A point each 10 m, none of them on an end.
            steps = np.arange(5.0, roads[-1].length, 10.0)
            inside.append(shapely.get_coordinates(shapely.line_interpolate_point(roads[-1], steps)))
    place = frame_of(np.array([[network.lon[centre], network.lat[centre]]]))
    found = isochrones(network, place, cutoffs=[60], cell_m=cell_m, land="everywhere", method="links")
    area = gpd.GeoSeries(found.geometry.to_numpy(), crs="EPSG:4490").segmentize(1e-3).to_crs(PLANE).iloc[0]
    on_road = shapely.contains_xy(area, *np.concatenate(inside).T)
    allowed = shapely.union_all(roads).buffer(network.access.max_m, quad_segs=64)
    return 100 * float(on_road.mean()), 100 * float(area.difference(allowed).area / area.area)


def report(nodes: int) -> None:
    """Print the section."""
    took, slow = timed(nodes)
    rows, totals, state = accuracy(nodes)
    print("## Polygons\n")
    print(
        f"One origin, cutoffs of {', '.join(f'{cutoff:g}' for cutoff in CUTOFFS)} minutes, the province of {nodes:,} "
        "nodes, cells of 250 m, everything from the place to the geometries in process, the network prepared (ours: "
        "graph and links; Valhalla: tiles; the recipe: a networkx graph). Milliseconds of one processor an origin, "
        f"median of rounds in turns; the recipe: {GALLERY_AT} origin, `ego_graph` and `union_all` for each cutoff as "
        f"in the gallery, edges widened by {EDGE_BUFFER_M:g} m, filled. Valhalla has a costing of its own "
        "and draws fewer corners.\n"
    )
    for line in absent("valhalla", "osmnx"):
        print(line + "\n")
    if slow:
        took["OSMnx gallery recipe"] = slow["ms"]
    table(["engine", "ms an origin"], [(name, ms) for name, ms in took.items()])
    ours = [name for name in took if name.startswith("urbangeo")]
    met = []
    for name in ours:
        if slow:
            met.append(bar(f"gallery recipe / {name}", took["OSMnx gallery recipe"] / took[name], 1_000, at_least=True))
        if has("valhalla"):
            peer = took["Valhalla, four contours, in process"]
            met.append(bar(f"Valhalla / {name}", peer / took[name], 5, at_least=True))
    bars(met)
    print("### Against the truth\n")
    print(
        f"Areas of {TRUE_AT} seats against 30,000 random points each and for each cutoff, all roads tried for each "
        "point (`benchmarks/truth.py`); per cent of the true area, mean over the seats. The bar is on the hour.\n"
    )
    table(["cell", *(f"{cutoff:g} min" for cutoff in CUTOFFS)], rows)
    met = [
        bar("falsely in and out at 250 m", totals[250.0], 2, at_least=False, unit="%"),
        bar("falsely in and out at 100 m", totals[100.0], 1, at_least=False, unit="%"),
        bar(f"invalid of {state['polygons']} polygons", float(state["invalid"]), 0, at_least=False, unit=""),
        bar("bands not nested", float(state["not nested"]), 0, at_least=False, unit=""),
    ]
    bars(met)
    print("### The expressway case\n")
    print(
        "A town of 10 × 10 km in blocks of 500 m at 40 km/h, four expressways at 110 km/h with interchanges each "
        "40 km, a branch of 12 km at 50 km/h from each, 60 minutes from the middle.\n"
    )
    met = []
    for cell in (250.0, 100.0, 50.0):
        inside, beyond = expressway_shares(cell)
        met.append(bar(f"reachable road inside, {cell:g} m", inside, 99.5, at_least=True, unit="%"))
        met.append(bar(f"area beyond the access distance, {cell:g} m", beyond, 1, at_least=False, unit="%"))
    bars([(what, wanted, f"{got[:-2]} %" if got.endswith(" %") else got, yes) for what, wanted, got, yes in met])


def main() -> None:
    """Run the table, or one part of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=NODES)
    parser.add_argument("--gallery", type=int)
    words = parser.parse_args()
    if words.gallery:
        print(json.dumps(gallery_task(words.nodes, words.gallery)))
    else:
        report(words.nodes)


if __name__ == "__main__":
    sys.exit(main())
