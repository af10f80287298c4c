"""Bring roads of one's own: say how fit they are, put them into the skeleton, close a bridge and see what it costs.

Writes roads.gpkg (a small town on a river, so that there is something to read), fitness.txt and closed.html, a map of
the ground that is lost, to the current folder, or to the folder given. The town is made up, and outside it the roads
are the authored skeleton, so these are skeleton results. Run: python 07_roads_of_your_own.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
from shapely import LineString

import urbangeo as ug

CENTRE = "117.13,36.93"
"""The middle of the town, north of the river."""
CUTOFFS = [15, 30]

MAIN, STREET = "二级公路", "支路"
LINES: list[tuple[str, str, str | None, list[tuple[float, float]]]] = [
    ("示例路", MAIN, None, [(117.13, 36.96), (117.13, 36.93), (117.13, 36.90)]),
    ("黄河大桥", MAIN, "bridge", [(117.13, 36.90), (117.13, 36.87)]),
    ("滨河路", MAIN, None, [(117.13, 36.87), (117.12, 36.82), (117.05, 36.82)]),
    *[
        (f"东西{rank}街", STREET, None, [(117.11, lat), (117.12, lat), (117.13, lat), (117.14, lat), (117.15, lat)])
        for rank, lat in enumerate((36.96, 36.94, 36.92, 36.90), 1)
    ],
    ("西环街", STREET, None, [(117.11, 36.90), (117.11, 36.96)]),
    ("东环街", STREET, None, [(117.15, 36.90), (117.15, 36.96)]),
]
"""Name, class in words, structure, and course of each road, longitude and latitude."""


def town() -> gpd.GeoDataFrame:
    """Lay the roads out as the layer a surveyor would hand over: Chinese column names, a system of coordinates."""
    columns: dict[str, list[Any]] = {
        "道路名称": [name for name, *_ in LINES],
        "道路等级": [level for _, level, *_ in LINES],
        "桥隧": [structure for _, _, structure, _ in LINES],
    }
    return gpd.GeoDataFrame(columns, geometry=[LineString(course) for *_, course in LINES], crs="EPSG:4490")


def main(folder: Path) -> None:
    path = folder / "roads.gpkg"
    town().to_file(path, driver="GPKG")

    # Columns and classes are found by their usual words. Streets meet where they cross, the bridge only where it ends.
    roads = ug.read_line_layer(path, crossings="planar")
    print(f"{path.name}: {len(roads.nodes)} nodes, {len(roads.edges)} edges, one a direction")
    print("share of km by where the speed comes from:", roads.provenance["speeds"]["km_share"])

    # A town alone is too small for circles, and the report says so.
    report = ug.network_report(roads)
    (folder / "fitness.txt").write_text(report.text(), encoding="utf-8")
    print(f"\nfitness.txt: {report.verdict_zh}", *report.reasons, sep="\n  ")

    # The town inside, the skeleton outside; ties of up to 5 km join them.
    merged = ug.merge_networks(ug.read_network(), roads)
    seam = merged.provenance["seam"]
    tied = f"{seam['ends_tied']} ends tied, at most {seam['tie_straight_m_most']:.0f} m apart"
    print(f"\nmerged: {len(merged.nodes)} nodes, {tied}")

    # What the town would lose with its bridge.
    closed = ug.remove_edges(merged, where={"road_name": "黄河大桥"}, note="演练：大桥封闭")
    change = closed.provenance["changes"][0]
    print(f"closed: {change['km']} km, {change['note']}")
    counties = ug.read_counties("山东")
    census = ug.read_census(2020, provinces="山东", zones="to_host")
    compared = ug.compare_circles(merged, closed, CENTRE, counties=counties, census=census, cutoffs=CUTOFFS)
    print("\n" + "\n".join(compared.totals["reason"]))

    figure = ug.draw_map(counties, network=closed, changes=compared.changes, title="大桥封闭情景")
    page = ug.save_map(figure, folder / "closed.html")
    print(f"\n{page.name}: {page.stat().st_size / 1024:.0f} KB")

    if report.verdict != "not_fit" or not any("对角线" in reason for reason in report.reasons):
        raise SystemExit("A town of a few kilometres must not pass as fit for 1-hour circles.")
    if not merged.is_skeleton or not compared.totals["reason"].str.contains("骨架路网").all():
        raise SystemExit("The results do not say that they rest on the skeleton.")
    if not (compared.totals["lost_km2"] > 0).all() or (compared.totals["gained_km2"] > 0).any():
        raise SystemExit("Closing a bridge must cost ground and win none.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
