"""Compute one-hour areas for a point of every county, province by province, on a local cluster of two workers.

SYNTHETIC: the roads are made, one random network a province (benchmarks/provinces.py), for no open network of all
provinces comes with urbangeo. The points are the label points of the real counties, stretched over the made province
and put on its nearest junction; they stand in for the seats, whose positions no packaged table has. So this shows how
to compute for all counties and how long it takes. No figure here says anything about a real county.

Writes roads/ (prepared networks) and areas/ (GeoParquet parts) to the current folder or the one given. Killed and
started again it goes on where it stopped.
Run: python 07_all_county_seats.py [FOLDER [PROVINCES [NODES]]]; for all of China: python 07_all_county_seats.py out 34
1000000. By default two provinces of 20,000 nodes. Needs a checkout, and pip install 'urbangeo[scale]'.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from distributed import Client, LocalCluster

import urbangeo as ug
from urbangeo.areas.batches.blocks import check_batches, isochrone_batches, read_batches
from urbangeo.areas.prepared import prepare_network

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
SPREAD = 0.9
"""Share of the made province over which the points of a province are stretched."""


def make_roads(folder: Path, seed: int, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Make and prepare the network of a province, and return where its junctions lie; runs on a worker."""
    sys.path.insert(0, str(BENCHMARKS))
    from provinces import make_province

    network = make_province(nodes, seed=seed).network
    prepare_network(network, folder)
    return network.lon, network.lat


def stretched(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Spread values over a range."""
    span = max(float(np.ptp(values)), 1e-9)
    margin = (1 - SPREAD) / 2 * (high - low)
    return low + margin + (values - values.min()) / span * (high - low - 2 * margin)


def points_on(counties: gpd.GeoDataFrame, lon: np.ndarray, lat: np.ndarray) -> gpd.GeoDataFrame:
    """Put the counties of a province on junctions of its made network."""
    x = stretched(counties["label_lon"].to_numpy(), lon.min(), lon.max())
    y = stretched(counties["label_lat"].to_numpy(), lat.min(), lat.max())
    nearest = np.array([np.argmin((lon - a) ** 2 + (lat - b) ** 2) for a, b in zip(x, y, strict=True)])
    frame = gpd.GeoDataFrame(
        {"name": counties["name"] + " (synthetic roads)", "province": counties["province_adcode"]},
        geometry=gpd.points_from_xy(lon[nearest], lat[nearest]),
        crs="EPSG:4490",
    )
    return frame.set_index(counties.index.rename("origin_id"))


def main(folder: Path, provinces: int, nodes: int) -> None:
    """Make the roads, compute the areas, check them, and say what came out."""
    counties = ug.read_counties(None)
    codes = sorted(counties["province_adcode"].unique())[:provinces]
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster) as client:
        began = time.perf_counter()
        making = {code: client.submit(make_roads, folder / "roads" / code, int(code), nodes) for code in codes}
        origins = []
        for code in codes:
            lon, lat = making.pop(code).result()
            origins.append(points_on(counties[counties["province_adcode"] == code], lon, lat))
        made = time.perf_counter()
        frame = pd.concat(origins)
        report = isochrone_batches(
            {code: folder / "roads" / code for code in codes},
            frame,
            folder / "areas",
            by="province",
            land="everywhere",
            client=client,
            progress=True,
        )
        done = time.perf_counter()
    print(f"{len(codes)} SYNTHETIC networks of {nodes:,} nodes made and prepared in {made - began:.0f} s")
    print(f"areas of {len(frame)} points in {done - made:.0f} s with two workers")
    print(report)

    hours = [
        part.xs(60.0, level="cutoff_min") for part in read_batches(folder / "areas", columns=["network", "area_km2"])
    ]
    areas = pd.concat(hours)
    print("\nkm² within an hour on SYNTHETIC roads, by network:")
    print(areas.groupby("network")["area_km2"].describe()[["count", "min", "50%", "max"]].round(0).to_string())

    checked = check_batches(folder / "areas")
    if not checked.complete or len(areas) + len(checked.failed) != len(frame) or not areas.index.is_unique:
        raise SystemExit("A county is missing or there twice.")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(
        Path(given[0]) if given else Path.cwd(),
        int(given[1]) if len(given) > 1 else 2,
        int(given[2]) if len(given) > 2 else 20_000,
    )
