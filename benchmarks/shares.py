"""The union of many isochrones, and the share of each county in each of them.

Run ``python benchmarks/shares.py``; it prints the section "Union and county shares" of ``benchmarks/isochrones.md``.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

import numpy as np
import shapely
from measure import CUTOFFS, bar, bars, said, seconds, table, told

NODES = 1_000_000
CELL_M = 250.0
LARGE = 0.05
"""Shares of a county above this are what plans quote; smaller ones are slivers."""

COUNTY_BEND_M = 700.0


def counties_of(seats: Any) -> Any:
    """Divide the province among its seats, borders bent as real ones are, seeded: 136 counties without gaps."""
    import geopandas as gpd
    import pandas as pd
    from provinces import HEIGHT_M, SOUTH, WEST, WIDTH_M

    wide, high = np.cos(np.radians(SOUTH + HEIGHT_M / 2 / 111_000)) * 111_320, 111_000.0
    plane = np.c_[(seats[:, 0] - WEST) * wide, (seats[:, 1] - SOUTH) * high]
    box = shapely.box(0, 0, WIDTH_M, HEIGHT_M)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(plane), extend_to=box))
    lines = shapely.intersection(shapely.line_merge(shapely.union_all(shapely.boundary(cells))), box)
    draw = np.random.default_rng(3)
    bent = []
    for line in shapely.get_parts(lines):
        points = shapely.get_coordinates(shapely.segmentize(line, COUNTY_BEND_M))
        points[1:-1] += draw.normal(0, 90.0, (len(points) - 2, 2))
        bent.append(shapely.LineString(points))
    net = shapely.union_all([*bent, box.exterior])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(net)))
    faces = faces[shapely.area(faces) > 1e6]
    degrees = shapely.transform(faces, lambda xy: np.c_[WEST + xy[:, 0] / wide, SOUTH + xy[:, 1] / high])
    index = pd.Index([f"{370000 + number:06d}" for number in range(len(degrees))], name="adcode")
    return gpd.GeoDataFrame(geometry=degrees, crs="EPSG:4490", index=index)


def overlay(areas: Any, counties: Any) -> Any:
    """Peer: geopandas.overlay on an equal-area plane, as most scripts do it."""
    import geopandas as gpd

    plane = "+proj=aea +lat_1=35 +lat_2=38 +lat_0=36.5 +lon_0=117.5 +ellps=GRS80"
    left, right = areas.reset_index().to_crs(plane), counties.reset_index().to_crs(plane)
    right["whole"] = right.area
    pieces = gpd.overlay(left, right, how="intersection", keep_geom_type=True)
    pieces["area_share"] = pieces.area / pieces["whole"]
    return pieces.groupby(["origin_id", "adcode"])["area_share"].sum()


def report(nodes: int) -> None:
    """Print the section."""
    from polygons import frame_of, ready_for

    from urbangeo.areas.ground.shares import county_shares
    from urbangeo.areas.isochrones import isochrones

    made, ready = ready_for(nodes)
    places = frame_of(made.seats)
    setting: dict[str, Any] = {"cell_m": CELL_M, "land": "everywhere"}
    areas = isochrones(ready, places, cutoffs=CUTOFFS, **setting)
    together = frame_of(made.seats[:1])
    together["geometry"] = [shapely.multipoints(made.seats)]

    def at_once() -> Any:
        return isochrones(ready, together, cutoffs=CUTOFFS, **setting).geometry.to_numpy()

    at_once()
    with told("union"):
        mine, drawn = seconds(at_once, 5, clock=time.process_time)
        shapes = areas.geometry.to_numpy().reshape(-1, len(CUTOFFS))
        theirs, unions = seconds(
            lambda: [shapely.union_all(shapes[:, band]) for band in range(len(CUTOFFS))], clock=time.process_time
        )
    apart = [
        100 * shapely.area(shapely.symmetric_difference(one, other)) / shapely.area(other)
        for one, other in zip(drawn, unions, strict=True)
    ]
    hours = areas.xs(CUTOFFS[-1], level="cutoff_min")[["geometry"]]
    counties = counties_of(made.seats)
    county_shares(hours.iloc[:1], counties)
    with told("county shares"):
        grid, shares = seconds(lambda: county_shares(hours, counties), 5, clock=time.process_time)
        cut, exact = seconds(lambda: county_shares(hours, counties, exact=True), clock=time.process_time)
        peer, pieces = seconds(lambda: overlay(hours, counties), clock=time.process_time)
    both = exact.add_suffix("_exact").join(shares, how="outer").join(pieces.rename("overlay"), how="outer").fillna(0.0)
    large = both["overlay"] > LARGE
    off = (both["area_share"] - both["overlay"]).abs()
    off_exact = (both["area_share_exact"] - both["overlay"]).abs()
    relative = (off / both["overlay"])[large]
    corners = int(shapely.get_num_coordinates(hours.geometry.to_numpy()).sum())
    print("## Union and county shares\n")
    print(
        f"{len(places)} isochrones on the province of {nodes:,} nodes, cells of 250 m. The union of all four cutoffs: "
        "ours is one question with all places as one origin, from places to geometries; the peer's starts from the "
        f"finished polygons. County shares: the hour's areas ({corners:,} corners) and {len(counties)} counties with "
        f"bent borders ({len(pieces):,} pairs). Seconds of one processor.\n"
    )
    table(
        ["task", "seconds"],
        [
            ["union: urbangeo, from the places", mine],
            ["union: shapely.union_all of the polygons", theirs],
            ["shares: urbangeo county_shares, cells", grid],
            ["shares: urbangeo county_shares, exact=True", cut],
            ["shares: geopandas.overlay", peer],
        ],
    )
    bars(
        [
            bar("union_all / ours", theirs / mine, 50, at_least=True),
            bar("overlay / ours, by cells", peer / grid, 15, at_least=True),
            bar("largest difference from overlay, of a county", 100 * float(off.max()), 0.3, at_least=False, unit="%"),
            bar(
                "the same, of the share itself, shares above 5 %",
                100 * float(relative.max()),
                0.3,
                at_least=False,
                unit="%",
            ),
            bar(
                "exact=True, largest difference, of a county",
                100 * float(off_exact.max()),
                0.3,
                at_least=False,
                unit="%",
            ),
        ]
    )
    print(
        "What the two unions do not share, of the peer's: "
        + ", ".join(f"{said(part)} % at {cutoff:g} min" for part, cutoff in zip(apart, CUTOFFS, strict=True))
        + f". Median difference of shares above 5 %: {said(100 * float(relative.median()))} % of the share.\n"
    )


def main() -> None:
    """Run the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=NODES)
    report(parser.parse_args().nodes)


if __name__ == "__main__":
    sys.exit(main())
