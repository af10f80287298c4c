"""The wheel as a stranger gets it: built, installed from the pins in a fresh environment, run elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import urbangeo

pytestmark = [pytest.mark.install, pytest.mark.slow]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def clean_environment() -> dict[str, str]:
    """Return the machine's variables without those that could lead Python back to the checkout."""
    leading = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PYTHONWARNINGS"}
    return {name: value for name, value in os.environ.items() if name not in leading} | {"PYTHONUTF8": "1"}


@pytest.fixture(scope="module")
def wheel(repo_root: Path, tmp_path_factory: pytest.TempPathFactory, clean_environment: dict[str, str]) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(repo_root),
    ]
    built = subprocess.run(command, env=clean_environment, capture_output=True, check=False, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def elsewhere(
    repo_root: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory, clean_environment: dict[str, str]
) -> Run:
    """Install pins and wheel in a fresh environment; return a function that runs its programs elsewhere."""
    place = tmp_path_factory.mktemp("elsewhere")
    venv.create(place / "env", with_pip=True)
    programs = place / "env" / ("Scripts" if os.name == "nt" else "bin")
    folder = place / "work"
    folder.mkdir()

    def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(programs / program), *arguments],
            cwd=folder,
            env=clean_environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            encoding="utf-8",
        )
        assert done.returncode == 0, f"{program} {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    pip = ["-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", "install"]
    run("python", *pip, "--require-hashes", "-r", str(repo_root / "requirements" / "runtime.txt"))
    run("python", *pip, "--no-deps", str(wheel))
    run("python", "-m", "pip", "--disable-pip-version-check", "check")
    return run


def test_the_wheel_holds_the_tables_and_the_type_mark(wheel: Path, repo_root: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    geography = {path.name for path in (repo_root / "boundaries").iterdir() if path.is_file()}
    assert {"divisions.csv", "code_history.csv", "boundary_sources.csv", "datapackage.json"} <= geography
    assert {f"urbangeo/data/boundaries/{name}" for name in geography} <= names
    data = repo_root / "urbangeo" / "data"
    tables = {path.relative_to(repo_root).as_posix() for path in data.rglob("*") if path.suffix in {".csv", ".json"}}
    assert tables
    assert tables <= names
    assets = repo_root / "urbangeo" / "windows" / "maps" / "assets"
    parts = {path.relative_to(repo_root).as_posix() for path in assets.rglob("*") if path.is_file()}
    assert "urbangeo/windows/maps/assets/page/start.js" in parts
    assert parts <= names
    assert "urbangeo/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("licenses/DATA_TERMS.md") for name in names)


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {
        "urbangeo",
        f"urbangeo-{urbangeo.__version__}.dist-info",
    }
    assert [name for name in names if name.endswith((".pyc", ".bin", ".parquet", ".geojson", ".pbf"))] == []


def test_import_is_quiet_and_comes_from_the_wheel(elsewhere: Run) -> None:
    code = "import urbangeo; print(urbangeo.__version__); print(urbangeo.__file__)"
    version, place = elsewhere("python", "-W", "error", "-c", code).stdout.split("\n")[:2]
    assert version == urbangeo.__version__
    assert "site-packages" in place


def test_version(elsewhere: Run) -> None:
    assert urbangeo.__version__ in elsewhere("urbangeo", "--version").stdout


def test_counties(elsewhere: Run) -> None:
    code = "import urbangeo; print(len(urbangeo.read_counties()))"
    assert elsewhere("python", "-W", "error", "-c", code).stdout.strip() == "181"


def test_potential_areas_of_qinghai(elsewhere: Run) -> None:
    done = elsewhere("urbangeo", "potential", "--province", "青海", "--format", "json")
    rows = json.loads(done.stdout)
    assert len(rows) == 12
