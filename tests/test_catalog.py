"""The catalog: names, types, checksums, and what happens when a table is not the one that was described."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from urbangeo.archive import catalog
from urbangeo.archive.catalog import describe_table, list_tables, read_table
from urbangeo.errors import DataIntegrityError, UnknownNameError, UrbangeoError


@pytest.fixture
def data_copy(tmp_path: Path, repo_root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of all tables, laid out as in a checkout, which the catalog reads instead of the real ones."""
    shutil.copytree(repo_root / "boundaries", tmp_path / "boundaries")
    shutil.copytree(repo_root / "urbangeo/data", tmp_path / "urbangeo/data")
    monkeypatch.setattr(catalog, "_DATA", tmp_path / "urbangeo/data")
    yield tmp_path
    catalog._resources.cache_clear()
    catalog._content.cache_clear()


def redescribe(folder: Path, name: str, old: str, new: str) -> None:
    """Edit a table of the copy and its checksum with it."""
    table = folder / f"{name}.csv"
    text = table.read_text(encoding="utf-8")
    assert old in text
    table.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    descriptor = folder / "datapackage.json"
    package = json.loads(descriptor.read_text(encoding="utf-8"))
    resource = next(resource for resource in package["resources"] if resource["name"] == name)
    resource["hash"] = "sha256:" + hashlib.sha256(table.read_bytes()).hexdigest()
    descriptor.write_text(json.dumps(package), encoding="utf-8")


def test_tables_are_listed_by_folder_and_name() -> None:
    tables = list_tables()
    assert tables == sorted(set(tables))
    assert {
        "boundaries/divisions",
        "census/census",
        "plans/programmes",
        "sources/sources",
        "network/edges",
    } <= set(tables)


def test_types_follow_the_description() -> None:
    census = read_table("census/census")
    assert census["adcode"].dtype == "str"
    assert census["year"].dtype == census["urban_population"].dtype == pd.Int64Dtype()
    assert census["urbanization_rate_pct"].dtype == "float64"
    edges = read_table("network/edges")
    assert edges["toll"].dtype == edges["both_directions"].dtype == bool
    assert edges["toll"].sum() == 515
    assert edges["opened"].dtype == pd.Int64Dtype()
    assert read_table("plans/designations")["valid_from"].dtype == "str"


def test_blank_cells_are_missing_and_words_stay_words() -> None:
    rates = read_table("census/provincial_rates").set_index(["province", "year"])
    assert rates["urbanization_rate_pct"].isna().loc[("山东省", 2024)]
    assert rates["urban_population"].isna().loc[("山东省", 2015)]
    designations = read_table("plans/designations")
    assert designations["adcode"].isna().sum() == 3
    assert designations["valid_from"].isna().all()
    assert set(read_table("plans/targets")["value"]) >= {"0", "gdp_growth"}


def test_numbers_are_read_to_the_last_digit() -> None:
    seat = read_table("network/nodes").set_index("node_id").loc["s_370102"]
    assert (seat["lon"], seat["lat"]) == (117.0326, 36.6638)
    totals = read_table("census/census_totals").set_index(["adcode", "year"])
    assert totals.loc[("370000", 2020), "resident_population"] == 101_527_453


def test_every_call_gives_a_frame_of_its_own() -> None:
    first = read_table("boundaries/divisions")
    first.loc[:, "name"] = "changed"
    del first["adcode"]
    second = read_table("boundaries/divisions")
    assert second.loc[0, "name"] == "历下区"
    assert second.loc[0, "adcode"] == "370102"


def test_description_tells_columns_keys_and_sources() -> None:
    info = describe_table("census/census")
    assert (info.name, info.path, info.rows) == ("census/census", "census/census.csv", 384)
    assert info.primary_key == ("unit_id", "year")
    assert [field.name for field in info.fields] == list(read_table("census/census").columns)
    assert {field.name for field in info.fields if not field.required} == {"adcode", "host_adcode", "note"}
    assert info.sources == ["L20", "T20", "QHNJ22", "L10"]
    assert "licence of the code does not cover" in info.licence
    keys = {key.fields: key for key in info.foreign_keys}
    assert keys["source_id",].separator == ";"
    assert keys["host_adcode",].table == "boundaries/divisions"
    assert describe_table("network/edges").foreign_keys[0].table == "network/nodes"


def test_described_checksum_is_that_of_the_file(repo_root: Path) -> None:
    content = (repo_root / "boundaries/divisions.csv").read_bytes()
    assert describe_table("boundaries/divisions").sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("asked", "closest"),
    [
        ("census/censs", "census/census"),
        ("divisions", "boundaries/divisions"),
        ("plan/targets", "plans/targets"),
    ],
)
def test_unknown_table_names_the_closest(asked: str, closest: str) -> None:
    for ask in (read_table, describe_table):
        with pytest.raises(UnknownNameError) as caught:
            ask(asked)
        assert isinstance(caught.value, UrbangeoError)
        message = str(caught.value)
        assert repr(asked) in message
        assert f"closest is {closest!r}" in message
        assert "sources/sources" in message


def test_one_changed_digit_is_refused(data_copy: Path) -> None:
    table = data_copy / "urbangeo/data/census/census.csv"
    before = table.read_bytes()
    after = before.replace(b"819139", b"819138", 1)
    assert after != before
    table.write_bytes(after)
    for ask in (read_table, describe_table):
        with pytest.raises(DataIntegrityError) as caught:
            ask("census/census")
        message = str(caught.value)
        assert hashlib.sha256(before).hexdigest() in message
        assert hashlib.sha256(after).hexdigest() in message
        assert str(table) in message
        assert "Reinstall urbangeo" in message
    assert len(read_table("census/census_totals")) == 53


def test_line_ends_changed_by_an_editor_are_refused(data_copy: Path) -> None:
    table = data_copy / "boundaries/divisions.csv"
    table.write_bytes(table.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(DataIntegrityError, match="was changed"):
        read_table("boundaries/divisions")


def test_missing_file_is_named(data_copy: Path) -> None:
    (data_copy / "urbangeo/data/plans/targets.csv").unlink()
    with pytest.raises(DataIntegrityError, match=r"targets\.csv.*cannot be read"):
        read_table("plans/targets")


def test_missing_description_is_named(data_copy: Path) -> None:
    (data_copy / "boundaries/datapackage.json").unlink()
    with pytest.raises(DataIntegrityError, match="description of the boundaries tables cannot be read"):
        list_tables()


def test_incomplete_description_is_named(data_copy: Path) -> None:
    descriptor = data_copy / "urbangeo/data/sources/datapackage.json"
    package = json.loads(descriptor.read_text(encoding="utf-8"))
    del package["resources"][0]["hash"]
    descriptor.write_text(json.dumps(package), encoding="utf-8")
    with pytest.raises(DataIntegrityError, match=r"sources tables lacks \['hash'\]"):
        list_tables()


def test_boolean_that_is_neither_true_nor_false_is_refused(data_copy: Path) -> None:
    redescribe(data_copy / "urbangeo/data/network", "edges", ",true,true,", ",yes,true,")
    with pytest.raises(DataIntegrityError, match=r"column 'toll'.*'yes'"):
        read_table("network/edges")


def test_column_that_is_not_described_is_refused(data_copy: Path) -> None:
    redescribe(data_copy / "boundaries", "divisions", "prefecture_adcode", "city_adcode")
    with pytest.raises(DataIntegrityError, match="city_adcode"):
        read_table("boundaries/divisions")


def test_geography_beside_the_other_tables_wins(data_copy: Path) -> None:
    """In a wheel the geography lies in the data folder, and there is no top-level folder as in a checkout."""
    shutil.move(data_copy / "boundaries", data_copy / "urbangeo/data/boundaries")
    assert len(read_table("boundaries/divisions")) == 181
