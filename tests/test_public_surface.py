"""The public surface: a list someone chose, every name documented, nothing heavy loaded by the import."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import urbangeo
from urbangeo import errors

# The issue asks for these by name.
ASKED = {
    "read_counties",
    "read_census",
    "read_designations",
    "read_targets",
    "potential_areas",
    "read_network",
    "isochrones",
    "coverage",
    "draw_map",
    "save_map",
    "build_atlas",
}
# What the eleven take, return or raise, and the steps between them.
EXTRAS = {
    "AccessLeg",
    "AuditReport",
    "BaseMap",
    "BatchReport",
    "CircleComparison",
    "LiveCircle",
    "MatchResult",
    "Network",
    "NetworkReport",
    "PotentialRule",
    "PreparedNetwork",
    "RoadExtract",
    "Slide",
    "SpeedTable",
    "TravelTimeSurface",
    "UrbangeoError",
    "add_edges",
    "audit_boundaries",
    "base_map",
    "catchments",
    "check_batches",
    "check_units",
    "children",
    "circle_centres",
    "circle_totals",
    "clip_network",
    "compare_circles",
    "county_seats",
    "county_shares",
    "crosswalk",
    "fetch_boundaries",
    "fetch_roads",
    "from_networkx",
    "isochrone_batches",
    "live_circle",
    "locate",
    "lookup",
    "match_counties",
    "merge_networks",
    "network_from_tables",
    "network_report",
    "od_matrix",
    "open_network",
    "open_prepared",
    "parents",
    "prepare_network",
    "reached_roads",
    "read_batches",
    "read_boundary_file",
    "read_code_history",
    "read_graphml",
    "read_line_layer",
    "read_osm_pbf",
    "read_rail",
    "read_speed_table",
    "read_statistics",
    "remove_edges",
    "repair_boundaries",
    "save_network",
    "save_picture",
    "save_slides",
    "seat_minutes",
    "set_speed",
    "settings_within",
    "shift_datum",
    "terrain_classes",
    "tianditu",
    "travel_time_surface",
    "travel_times",
    "units_in",
    "verify",
    "with_rail",
    "with_speeds",
}
FUNCTIONS = sorted(name for name in ASKED | EXTRAS if name.islower())
HEAVY = (
    "geopandas",
    "pandas",
    "folium",
    "rasterio",
    "networkx",
    "shapely",
    "numpy",
    "openpyxl",
    "pyogrio",
    "pooch",
    "numba",
    "osmium",
    "scipy",
    "pptx",
)


def run_python(code: str, folder: Path) -> Any:
    """Run code in a fresh interpreter outside the project and read the JSON it prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_list_is_the_one_that_was_chosen() -> None:
    assert set(urbangeo.__all__) == {"__version__"} | ASKED | EXTRAS
    assert len(urbangeo.__all__) == len(set(urbangeo.__all__))
    assert sorted(urbangeo._HOME) == list(urbangeo._HOME), "sorted, so that a diff shows what was added"
    assert dir(urbangeo) == sorted(urbangeo.__all__)


def test_types_see_what_python_sees() -> None:
    """The imports for type checkers name the same homes as the table the names are loaded from."""
    tree = ast.parse(Path(inspect.getfile(urbangeo)).read_text(encoding="utf-8"))
    block = next(
        node for node in tree.body if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"
    )
    homes = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            assert alias.asname == alias.name, "only `import x as x` is exported in strict mode"
            homes[alias.name] = str(node.module).removeprefix("urbangeo.")
    assert homes == urbangeo._HOME


@pytest.mark.parametrize("name", sorted(ASKED | EXTRAS))
def test_every_name_is_there_and_documented(name: str) -> None:
    thing = getattr(urbangeo, name)
    home = importlib.import_module(f"urbangeo.{urbangeo._HOME[name]}")
    assert thing is getattr(home, name)
    assert thing is getattr(urbangeo, name)
    text = inspect.getdoc(thing) or ""
    first = text.split("\n", maxsplit=1)[0]
    assert first.endswith(".")
    assert len(text) > 20


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_has_numpy_sections(name: str) -> None:
    function = getattr(urbangeo, name)
    text = inspect.getdoc(function) or ""
    signature = inspect.signature(function)
    sections = re.findall(r"^([A-Z][A-Za-z ]+)\n-{3,}$", text, flags=re.MULTILINE)
    sections = ["Returns" if section == "Yields" else section for section in sections]
    expected = (["Parameters"] if signature.parameters else []) + ["Returns", "Raises"]
    assert [section for section in sections if section in expected] == expected
    body = text.partition("Parameters\n")[2].partition("\nReturns\n")[0]
    for parameter in signature.parameters:
        assert re.search(rf"^(.*, )?{parameter}(, .*)?( :|$)", body, flags=re.MULTILINE), parameter
    raises = text.partition("\nRaises\n")[2].split("\n\n", maxsplit=1)[0]
    named = set(re.findall(r"^(\w+)$", raises, flags=re.MULTILINE))
    ours = {error for error, thing in vars(errors).items() if inspect.isclass(thing)}
    assert named & ours, "the mistakes a caller can make are named errors"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_options_are_named_and_nothing_is_passed_on_blindly(name: str) -> None:
    parameters = inspect.signature(getattr(urbangeo, name)).parameters.values()
    kinds = {parameter.kind for parameter in parameters}
    assert not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    optional = [parameter for parameter in parameters if parameter.default is not inspect.Parameter.empty]
    positional = [parameter for parameter in optional if parameter.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert len(positional) <= 1, "options are keyword-only"
    assert not any(isinstance(parameter.default, bool) for parameter in positional)
    assert all(parameter.annotation is not inspect.Parameter.empty for parameter in parameters)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'urbangeo' has no attribute 'read_county'"):
        _ = urbangeo.read_county
    with pytest.raises(ImportError):
        exec("from urbangeo import no_such_name")  # noqa: S102


def test_the_import_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import json, sys, urbangeo; dir(urbangeo); urbangeo.__version__\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    assert run_python(code, tmp_path) == []


def test_functions_are_not_shadowed_by_modules(tmp_path: Path) -> None:
    """`urbangeo.coverage` and `urbangeo.isochrones` are functions, even after their modules were imported."""
    code = """
import json
import urbangeo.answers.coverage, urbangeo.areas.isochrones, urbangeo.sources.network, urbangeo.door.cli
import urbangeo
from urbangeo import coverage, isochrones
print(json.dumps([callable(urbangeo.coverage), callable(urbangeo.isochrones), coverage is urbangeo.coverage,
                  isochrones is urbangeo.isochrones, urbangeo.coverage.__module__, urbangeo.isochrones.__module__]))
"""
    assert run_python(code, tmp_path) == [
        *[True] * 4,
        "urbangeo.answers.coverage",
        "urbangeo.areas.isochrones",
    ]


def test_no_floor_bears_the_name_of_a_function() -> None:
    package = Path(inspect.getfile(urbangeo)).parent
    modules = {path.stem for path in package.glob("*.py")} | {path.name for path in package.iterdir() if path.is_dir()}
    assert modules & (ASKED | EXTRAS) == set()


def test_everything_can_be_imported_at_once(tmp_path: Path) -> None:
    code = "import json; from urbangeo import *; print(json.dumps(sorted(n for n in dir() if n[0] != '_')))"
    assert set(run_python(code, tmp_path)) == (ASKED | EXTRAS | {"json"})


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(inspect.getfile(urbangeo)).parent / "py.typed").is_file()
    assert re.fullmatch(r"\d+\.\d+\.\d+", urbangeo.__version__)
