"""The manual builds without a warning, and the Python shown in its pages runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPO_ROOT

PAGES = [REPO_ROOT / "README.md", *sorted((REPO_ROOT / "docs" / "manual").glob("*.md"))]
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DESIGN_NOTE = re.compile(r"\d{4}-\d{2}-\d{2}-[a-z0-9-]+\.md")

pytestmark = pytest.mark.slow


def run(*arguments: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONUTF8": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_manual_builds_with_warnings_as_errors(tmp_path: Path) -> None:
    source = str(REPO_ROOT / "docs")
    run("-m", "sphinx", "-W", "-n", "--keep-going", "--quiet", source, str(tmp_path / "html"), folder=tmp_path)
    assert (tmp_path / "html" / "index.html").is_file()


def page_name(page: Path) -> str:
    return page.name


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_python_in_a_page_runs(page: Path, tmp_path: Path) -> None:
    blocks = PYTHON_BLOCK.findall(page.read_text(encoding="utf-8"))
    if not blocks:
        pytest.skip(f"{page.name} shows no Python")
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    run("-W", "error", str(script), folder=tmp_path)


def test_the_errors_the_method_names_are_those_measured() -> None:
    method, measured = (
        {line for line in (REPO_ROOT / page).read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ m, ", line)}
        for page in ("docs/method.md", "benchmarks/isochrones.md")
    )
    assert len(method) == 4
    assert method <= measured, "docs/method.md prints other errors than the benchmark"


def test_design_notes_are_dated() -> None:
    notes = [path.name for path in (REPO_ROOT / "docs" / "design").glob("*.md") if path.name != "index.md"]
    assert notes
    assert [name for name in notes if not DESIGN_NOTE.fullmatch(name)] == []
