"""Draw how far one gets in half an hour, from a place by name and from a point by coordinates.

Writes circles.geojson, which any GIS opens, to the current folder, or to the folder given. The roads are an authored
skeleton, so these are skeleton results. Run: python 03_isochrones.py [FOLDER]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import urbangeo as ug

PLACES = ["历城", "101.778,36.62"]
"""A county (its seat), and a point in 西宁 as longitude, latitude."""


def main(folder: Path) -> None:
    network = ug.read_network()
    origins = ug.locate(PLACES)
    print(origins[["name", "basis"]].to_string())

    circles = ug.isochrones(network, origins, cutoffs=[10, 20, 30])
    print("\nkm² within 10, 20 and 30 minutes, and how far the place is from its road:")
    print(circles[["area_km2", "snap_m", "network_kind"]].round(1).to_string())

    path = folder / "circles.geojson"
    circles.reset_index().to_file(path, driver="GeoJSON")
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    print(f"\n{path.name}: {len(features)} features")

    for origin_id, discs in circles.groupby(level="origin_id"):
        ten, twenty, thirty = discs.geometry
        if not (thirty.covers(twenty) and twenty.covers(ten)):
            raise SystemExit(f"The circles of {origin_id} are not nested.")
    if len(features) != 3 * len(PLACES) or not circles["network_kind"].eq("skeleton").all():
        raise SystemExit("A circle is missing, or does not say that it is a skeleton result.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
