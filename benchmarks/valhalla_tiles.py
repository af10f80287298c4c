"""Valhalla on a made province: the network written as OSM, its tiles built, its isochrones asked for in process.

Valhalla has a costing of its own (turns, classes), so its areas cannot be scored against our truth; what is compared
is the work. Speeds go in as ``maxspeed``, the rest stays as it comes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from measure import CUTOFFS, room

HIGHWAYS = {
    "expressway": "motorway",
    "expressway_link": "motorway_link",
    "local_4": "unclassified",
    "secondary_2": "secondary",
    "tertiary_3": "tertiary",
    "trunk_1": "trunk",
}


def write_pbf(network: Any, path: Path) -> None:
    """Write a network as OSM: a way a pair of nodes, one-way where there is one row only."""
    import osmium
    from osmium.osm import mutable

    low, high = np.minimum(network.u, network.v), np.maximum(network.u, network.v)
    order = np.lexsort((network.u, high, low))
    same = np.r_[(low[order][1:] == low[order][:-1]) & (high[order][1:] == high[order][:-1]), False]
    first = order[~np.r_[False, same[:-1]]]
    pairs = np.zeros(len(low), dtype=bool)
    pairs[order[:-1][same[:-1]]] = True
    codes, names = network.road_class.codes, network.road_class.values
    draft = path.with_suffix(".draft.pbf")
    draft.unlink(missing_ok=True)
    writer = osmium.SimpleWriter(str(draft))
    try:
        for number, (lon, lat) in enumerate(zip(network.lon.tolist(), network.lat.tolist(), strict=True)):
            writer.add_node(mutable.Node(id=number + 1, version=1, location=(lon, lat)))
        for number, row in enumerate(first.tolist()):
            tags = {"highway": HIGHWAYS[names[codes[row]]], "maxspeed": str(round(float(network.speed_kmh[row])))}
            tags["oneway"] = "no" if pairs[row] else "yes"
            ends = [int(network.u[row]) + 1, int(network.v[row]) + 1]
            writer.add_way(mutable.Way(id=number + 1, version=1, nodes=ends, tags=tags))
    finally:
        writer.close()
    draft.replace(path)


def config(folder: Path) -> dict[str, Any]:
    """Return the configuration for tiles in a folder."""
    import valhalla

    folder.mkdir(parents=True, exist_ok=True)
    made: dict[str, Any] = valhalla.get_config(tile_extract="", tile_dir=str(folder))
    return made


def build_tiles(pbf: Path, folder: Path) -> None:
    """Build the tiles of a file anew, with as many threads as there are cores."""
    import valhalla

    shutil.rmtree(folder, ignore_errors=True)
    setting = config(folder)
    place = folder.with_suffix(".json")
    place.write_text(json.dumps(setting))
    program = next((Path(valhalla.PYVALHALLA_DIR) / "bin").glob("valhalla_build_tiles*"))
    done = subprocess.run([program, "-c", place, pbf], capture_output=True, text=True, check=False)
    if done.returncode or not any(folder.rglob("*.gph")):
        raise SystemExit(f"valhalla_build_tiles failed:\n{done.stderr[-2_000:]}{done.stdout[-2_000:]}")


def files(nodes: int) -> tuple[Path, Path]:
    """Return where the OSM file and the tiles of a province stand."""
    return room() / f"province-{nodes}.osm.pbf", room() / f"province-{nodes}-tiles"


def prepared(nodes: int, network: Any) -> Path:
    """Return the tiles of a province, made when missing."""
    pbf, folder = files(nodes)
    if not pbf.exists():
        write_pbf(network, pbf)
    if not any(folder.rglob("*.gph")):
        build_tiles(pbf, folder)
    return folder


def actor(folder: Path) -> Any:
    """Open Valhalla on tiles, in this process."""
    import valhalla

    return valhalla.Actor(config(folder))


def isochrone(engine: Any, lon: float, lat: float, cutoffs: Any = CUTOFFS) -> Any:
    """Ask for four nested polygons as Valhalla draws them."""
    question = {
        "locations": [{"lon": lon, "lat": lat}],
        "costing": "auto",
        "contours": [{"time": cutoff} for cutoff in cutoffs],
        "polygons": True,
    }
    return engine.isochrone(question)
