"""The project's own papers: licences, pins, tracked files, commands and version agree with each other."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import urbangeo

PINS = ("runtime.txt", "build.txt", "dev.txt")
BINARY = {".gpkg", ".ico", ".jpg", ".png", ".woff", ".woff2", ".xlsx"}


@pytest.fixture(scope="module")
def description(repo_root: Path) -> dict[str, Any]:
    return tomllib.loads((repo_root / "pyproject.toml").read_text(encoding="utf-8"))


def required_distributions(requirements: list[str]) -> Iterator[metadata.Distribution]:
    """Yield every installed distribution that the requirements lead to, each once."""
    seen: set[str] = set()
    waiting = [(Requirement(line), "") for line in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in seen or (requirement.marker and not requirement.marker.evaluate({"extra": extra})):
            continue
        seen.add(name)
        distribution = metadata.distribution(name)
        yield distribution
        extras = requirement.extras or {""}
        waiting += [(Requirement(line), extra) for line in distribution.requires or [] for extra in extras]


def stated_licence(distribution: metadata.Distribution) -> str:
    about = distribution.metadata
    # Some packages put the whole text of their licence and of those they bundle there; what it is stands at the top
    # (the GPL names the Affero licence in its section 13).
    stated = [field[:300] for field in about.get_all("License") or []]
    fields = (about.get_all("License-Expression") or []) + stated
    fields += [line for line in about.get_all("Classifier") or [] if line.startswith("License")]
    return " / ".join(fields)


def is_agpl(licence: str) -> bool:
    return bool(re.search(r"agpl|affero", licence, re.IGNORECASE))


@pytest.mark.parametrize("extra", ["runtime", "dev"])
def test_nothing_required_is_agpl(description: dict[str, Any], extra: str) -> None:
    project = description["project"]
    lines = project["dependencies"] if extra == "runtime" else project["optional-dependencies"][extra]
    found = list(required_distributions(lines))
    assert len(found) > len(lines), "the walk stopped at the first floor"
    assert [found_one.name for found_one in found if is_agpl(stated_licence(found_one))] == []


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("AGPL-3.0-or-later", True),
        ("GNU Affero General Public License v3", True),
        ("LGPL-3.0", False),
        ("MIT", False),
    ],
)
def test_agpl_is_told_from_other_licences(licence: str, *, expected: bool) -> None:
    assert is_agpl(licence) is expected


def pins_of(path: Path) -> dict[str, str]:
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len({name for name, _ in pins}) == len(pins), f"{path.name} pins a name twice"
    return {canonicalize_name(name): version for name, version in pins}


@pytest.mark.parametrize("name", PINS)
def test_every_pin_has_hashes_and_no_address(repo_root: Path, name: str) -> None:
    text = (repo_root / "requirements" / name).read_text(encoding="utf-8")
    blocks = [block for block in re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE) if "==" in block]
    assert blocks
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    options = [line for line in text.splitlines() if line.startswith("-")]
    assert options == []
    assert "://" not in text


def test_pins_cover_what_is_declared(repo_root: Path, description: dict[str, Any]) -> None:
    project = description["project"]
    declared = {
        "runtime.txt": project["dependencies"],
        "dev.txt": project["dependencies"] + project["optional-dependencies"]["dev"],
        "build.txt": description["build-system"]["requires"],
    }
    for name, lines in declared.items():
        pins = pins_of(repo_root / "requirements" / name)
        for requirement in map(Requirement, lines):
            pinned = pins.get(canonicalize_name(requirement.name))
            assert pinned is not None, f"{name} lacks {requirement.name}: run `make pins`"
            assert pinned in requirement.specifier, f"{name} pins {requirement.name} {pinned}: run `make pins`"


def test_pins_agree_with_each_other(repo_root: Path) -> None:
    runtime, build, dev = (pins_of(repo_root / "requirements" / name) for name in PINS)
    assert runtime.items() <= dev.items()
    assert build.items() <= dev.items()


def project_files(repo_root: Path) -> list[Path]:
    """List the files that are, or would be, committed; outside a git checkout there is no such list."""
    if not (repo_root / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=repo_root, capture_output=True, check=True).stdout.decode()
    paths = [repo_root / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_machine_path_or_index_address_in_the_project(repo_root: Path) -> None:
    here = [f"{repo_root.parent}/", f"{Path.home()}/"]
    # Spelled in pieces, so that this file does not find itself.
    paths = "|".join(["/ho" + r"me/\w", "/Us" + r"ers/\w", "/ro" + "ot/", "/tm" + "p/", r"[A-Z]:\\Us" + "ers"])
    index = "|".join(["find" + "-links", "index" + r"-url[ =]", "pythonhos" + "ted", r"py" + r"pi\.org/simple"])
    allowed = re.compile("--no-emit-" + "index-url")
    suspicious = re.compile(rf"(?<![\w.])(?:{paths})|{index}")
    faults = []
    for path in project_files(repo_root):
        if path.suffix in BINARY or "assets" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), start=1):
            if suspicious.search(allowed.sub("", line)) or any(place in line for place in here):
                faults.append(f"{path.relative_to(repo_root)}:{number}: {line.strip()[:120]}")
    assert faults == []


def test_text_files_are_utf8_with_unix_line_ends(repo_root: Path) -> None:
    faults = []
    for path in project_files(repo_root):
        if path.suffix not in BINARY:
            body = path.read_bytes()
            body.decode("utf-8")
            if b"\r\n" in body and "assets" not in path.parts:
                faults.append(str(path.relative_to(repo_root)))
    assert faults == []


def test_one_version_everywhere(repo_root: Path, description: dict[str, Any]) -> None:
    version = urbangeo.__version__
    assert description["project"]["dynamic"] == ["version"]
    said = (repo_root / description["tool"]["hatch"]["version"]["path"]).read_text(encoding="utf-8")
    assert f'\n__version__ = "{version}"\n' in said
    assert metadata.version("urbangeo") == version
    changelog = (repo_root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## {re.escape(version)}\b", changelog, re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "CONTRIBUTING.md", "docs/manual/install.md"])
def test_every_make_command_named_in_a_page_exists(repo_root: Path, page: str) -> None:
    makefile = (repo_root / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)[0].split())
    targets = set(re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE))
    assert phony == targets
    text = (repo_root / page).read_text(encoding="utf-8")
    code = re.findall(r"^(?:\$ )?make ([a-z-]+)", text, re.MULTILINE) + re.findall(r"`make ([a-z-]+)", text)
    assert code, f"{page} names no make command"
    assert set(code) <= targets


def test_help_lists_the_commands(repo_root: Path) -> None:
    listed = subprocess.run(["make", "help"], cwd=repo_root, capture_output=True, check=True, text=True).stdout
    assert {"atlas", "test", "format", "docs", "pins", "clean"} <= set(re.findall(r"make (\w+)", listed))


def test_ci_runs_the_readme_command_and_nothing_else(repo_root: Path) -> None:
    script = repo_root / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    lines = [line for line in script.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert lines[0] == "set -euo pipefail"
    assert lines[-1] == "exec make test"
    assert len(lines) == 3
    assert "make test" in (repo_root / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("script", ["tools/find-python.sh", "tools/install-system-packages.sh", "tools/pins.sh"])
def test_tools_are_executable(repo_root: Path, script: str) -> None:
    assert (repo_root / script).stat().st_mode & 0o111


def test_a_python_that_is_not_there_is_named(repo_root: Path) -> None:
    command = ["tools/find-python.sh", "no-such-python"]
    answer = subprocess.run(command, cwd=repo_root, capture_output=True, check=False, text=True)
    assert answer.returncode == 1
    assert "no Python 3.11 or later found at no-such-python" in answer.stderr


def test_typed_and_described(repo_root: Path) -> None:
    package = repo_root / "urbangeo"
    assert (package / "py.typed").is_file()
    folders = {path.parent for path in (package / "data").rglob("*.csv")} | {repo_root / "boundaries"}
    assert len(folders) > 1
    assert [str(folder) for folder in folders if not (folder / "datapackage.json").is_file()] == []


def public_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield public functions, and public methods of public classes."""
    bodies: list[list[ast.stmt]] = [tree.body]
    for body in bodies:
        for node in body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                bodies.append(node.body)
            elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield node


def test_public_functions_that_raise_say_so(repo_root: Path) -> None:
    """The linter lets one-line docstrings be; for public functions this test does not."""
    faults = []
    for path in sorted((repo_root / "urbangeo").rglob("*.py")):
        for function in public_functions(ast.parse(path.read_text(encoding="utf-8"))):
            raises = any(isinstance(node, ast.Raise) and node.exc for node in ast.walk(function))
            if raises and "Raises\n------" not in (ast.get_docstring(function) or ""):
                faults.append(f"{path.relative_to(repo_root)}:{function.lineno}: {function.name}")
    assert faults == []
