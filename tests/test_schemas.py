"""Frame contracts: all faults told at once, nothing changed, and our own readers keep their promises."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from urbangeo import circle_centres, read_census, read_counties, read_designations, read_network
from urbangeo.errors import SchemaError
from urbangeo.language import schemas
from urbangeo.language.schemas import FrameSchema, check_frame, frame_faults

CENSUS_COLUMNS = list(schemas.CENSUS.columns)


def small_census() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "adcode": ["370102", "370103"],
            "year": [2020, 2020],
            "name": ["历下区", "市中区"],
            "resident_population": [819_139, 903_669],
            "urban_population": [819_139, 890_000],
            "urbanization_rate_pct": [100.0, 98.49],
            "unit_type": ["county", "county"],
        }
    ).set_index(["adcode", "year"])


def test_a_good_frame_passes() -> None:
    check_frame(small_census(), schemas.CENSUS)
    check_frame(small_census().assign(more="columns may stand beside"), schemas.CENSUS)


def test_our_own_readers_keep_the_contracts() -> None:
    network = read_network()
    for frame, schema in (
        (read_counties(), schemas.COUNTIES),
        (read_census(2010), schemas.CENSUS),
        (read_census(2020, zones="to_host"), schemas.CENSUS),
        (read_designations(), schemas.DESIGNATIONS),
        (circle_centres(), schemas.ORIGINS),
        (network.nodes, schemas.NODES),
        (network.edges, schemas.EDGES),
    ):
        assert frame_faults(frame, schema) == [], schema.name


def test_all_faults_are_told_at_once() -> None:
    frame = small_census().drop(columns="name").assign(urban_population=["many", "few"])
    frame.index = pd.MultiIndex.from_tuples([(370102, 2020), ("37103", 2020)], names=["adcode", "year"])
    before = frame.copy(deep=True)
    with pytest.raises(SchemaError) as caught:
        check_frame(frame, schemas.CENSUS)
    message = str(caught.value)
    for part in (
        "The census frame cannot be used",
        "column 'name' is missing",
        "'urban_population' has type",
        "expected number",
        "adcodes must be text, got int: 370102",
        "dtype=str",
        "six digits, got '37103'",
    ):
        assert part in message, part
    pd.testing.assert_frame_equal(frame, before)


def test_doubled_rows_are_quoted() -> None:
    frame = pd.concat([small_census(), small_census().head(1)])
    with pytest.raises(SchemaError, match=r"stand more than once: \('370102', 2020\)"):
        check_frame(frame, schemas.CENSUS)


def test_an_index_that_was_reset_is_told_how_to_be_set() -> None:
    with pytest.raises(SchemaError, match=r"expected \['adcode', 'year'\] \(use set_index\)"):
        check_frame(small_census().reset_index(), schemas.CENSUS)
    with pytest.raises(SchemaError, match="set_index"):
        check_frame(small_census().swaplevel(), schemas.CENSUS)


def test_an_empty_frame_is_a_fault_unless_it_may_be_empty() -> None:
    empty = small_census().head(0)
    assert frame_faults(empty, schemas.CENSUS) == ["it has no rows"]
    assert frame_faults(empty, FrameSchema("census", ("adcode", "year"), needs_rows=False)) == []


@pytest.mark.parametrize("thing", [None, [1, 2], "counties.csv", {"adcode": "370102"}])
def test_what_is_no_frame_is_named(thing: object) -> None:
    with pytest.raises(SchemaError, match=f"expected a census frame, got {type(thing).__name__}"):
        check_frame(thing, schemas.CENSUS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("number", pd.Series([1, None], dtype="Int64"), pd.Series([True, False])),
        ("number", pd.Series([1.5]), pd.Series(["1.5"])),
        ("truth", pd.Series([True]), pd.Series([1])),
        ("truth", pd.Series([True, None], dtype="boolean"), pd.Series(["true"])),
        ("text", pd.Series(["a", None], dtype="str"), pd.Series([370102])),
        ("text", pd.Series(["a", None], dtype="object"), pd.Series([1.0])),
        ("geometry", gpd.GeoSeries([Point(117, 36)], crs="EPSG:4490"), pd.Series(["POINT (117 36)"])),
    ],
)
def test_kinds_of_columns(kind: schemas.Kind, good: pd.Series, bad: pd.Series) -> None:
    schema = FrameSchema("toy", (), {"value": kind})
    assert frame_faults(pd.DataFrame({"value": good}), schema) == []
    assert len(frame_faults(pd.DataFrame({"value": bad}), schema)) == 1


@settings(max_examples=40)
@given(st.sets(st.sampled_from(CENSUS_COLUMNS)))
def test_every_missing_column_is_named_and_no_other(dropped: set[str]) -> None:
    frame = small_census().drop(columns=list(dropped))
    named = {name for name in CENSUS_COLUMNS for fault in frame_faults(frame, schemas.CENSUS) if repr(name) in fault}
    assert named == dropped
