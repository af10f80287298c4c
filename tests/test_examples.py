"""Every example runs with warnings as errors and leaves its results where it is started, nowhere else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import REPO_ROOT
from nbclient import NotebookClient

EXAMPLES = REPO_ROOT / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))

pytestmark = pytest.mark.slow


def read_notebook(path: Path) -> nbformat.NotebookNode:
    # nbformat's reader carries no types of its own.
    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def name_of(path: Path) -> str:
    return path.name


def test_examples_are_numbered_and_there_are_some_of_each_kind() -> None:
    assert SCRIPTS
    assert NOTEBOOKS
    assert [path.name for path in SCRIPTS + NOTEBOOKS if not re.match(r"\d\d_[a-z0-9_]+\.", path.name)] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=name_of)
def test_script(script: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in EXAMPLES.iterdir()}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip(), "an example answers a question: it prints the answer"
    assert {path: path.stat().st_mtime_ns for path in EXAMPLES.iterdir()} == before


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=name_of)
def test_notebook(notebook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = read_notebook(notebook)
    assert all(not cell.get("outputs") for cell in kept.cells), "notebooks are kept without outputs"
    # The kernel's own machinery warns of its own affairs; what a user's cell raises still fails here.
    monkeypatch.setenv("PYTHONUTF8", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter"))
    copy = Path(shutil.copy(notebook, tmp_path))
    client = NotebookClient(
        read_notebook(copy),
        timeout=300,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    )
    ran = client.execute()
    stderr = [
        output.text
        for cell in ran.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    ]
    assert [text for text in stderr if "Warning" in text] == []
