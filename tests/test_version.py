"""The version stands in one place, also where urbangeo is used from a folder without being installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import urbangeo

NOT_INSTALLED = """
import importlib.metadata as metadata

true = metadata.distribution


def hidden(name):
    if name == "urbangeo":
        raise metadata.PackageNotFoundError(name)
    return true(name)


metadata.distribution = hidden

import json
import sys
from pathlib import Path

import geopandas as gpd
from shapely import Point

import urbangeo
from urbangeo.archive.manifest import software_versions
from urbangeo.areas.batches.blocks import isochrone_batches
from urbangeo.areas.prepared import prepare_network
from urbangeo.sources.network import readers, read_network

try:
    metadata.version("urbangeo")
except metadata.PackageNotFoundError:
    pass
else:
    raise SystemExit("the metadata were not hidden")

room = Path(sys.argv[1])
line = {"type": "LineString", "coordinates": [[117.0, 36.0], [117.1, 36.0]]}
feature = {"type": "Feature", "properties": {"road_class": "primary"}, "geometry": line}
crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
(room / "roads.geojson").write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
first, second = (read_network(room / "roads.geojson", cache=room / "cache") for _ in range(2))
origins = gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(117.05, 36.0)], crs=4490, index=["a"])
origins.index.name = "origin_id"
prepare_network(first, room / "prepared")
report = isochrone_batches(room / "prepared", origins, room / "out", cutoffs=[5], cell_m=1000.0, land="everywhere")
print(json.dumps([urbangeo.__version__, software_versions()["urbangeo"], report.complete, len(second.edges)]))
"""


def test_caches_manifests_and_batches_work_where_nothing_is_installed(repo_root: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", NOT_INSTALLED, str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(repo_root), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [urbangeo.__version__, urbangeo.__version__, True, 2]


def test_no_room_asks_the_metadata_for_urbangeo(repo_root: Path) -> None:
    asking = [
        str(path.relative_to(repo_root))
        for path in (repo_root / "urbangeo").rglob("*.py")
        if any(f"version({quote}urbangeo" in path.read_text(encoding="utf-8") for quote in "\"'")
    ]
    assert asking == []
