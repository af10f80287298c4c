"""The units guard: what is declared is converted exactly, what cannot be true is asked about, nothing is guessed."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError
from urbangeo.sources.units import check_units


def column(values: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"数": pd.Series(values, dtype=object)})


def checked(values: list[Any], unit: Any, **options: Any) -> list[Any]:
    return [None if pd.isna(value) else value for value in check_units(column(values), {"数": unit}, **options)["数"]]


@pytest.mark.parametrize(
    ("given_value", "unit", "expected"),
    [
        ("819139", "人", 819139),
        (819139, "人", 819139),
        (819139.0, "人", 819139),
        ("819,139", "人", 819139),
        (" ８１９１３９ 人", "人", 819139),
        ("81.9139", "万人", 819139),
        (81.9139, "万人", 819139),
        ("81.9139万人", "万人", 819139),
        ("10,152.75", "万人", 101527500),
        ("8.19139e5", "人", 819139),
        ("63.05", "%", 63.05),
        ("63.05％", "%", 63.05),
        ("100", "%", 100.0),
        ("0.6305", "share", 63.05),
        ("1", "share", 100.0),
        (".5", "share", 50.0),
        (None, "人", None),
        ("", "%", None),
        ("　", "share", None),
        (float("nan"), "万人", None),
    ],
)
def test_figures_as_offices_print_them(given_value: Any, unit: Any, expected: Any) -> None:
    assert checked([given_value], unit) == [expected]


def test_types_and_the_rest_of_the_frame() -> None:
    frame = pd.DataFrame({"名": ["a", "b"], "人口": ["81.9", None], "率": ["63.05", None]}, index=[7, 9])
    before = frame.copy(deep=True)
    result = check_units(frame, {"人口": "万人", "率": "%"})
    pd.testing.assert_frame_equal(frame, before)
    assert list(result.index) == [7, 9]
    assert str(result["人口"].dtype) == "Int64"
    assert str(result["率"].dtype) == "float64"
    assert list(result["名"]) == ["a", "b"]


def test_an_index_with_repeated_labels_is_no_matter() -> None:
    frame = pd.DataFrame({"人口": ["5000", "6000"]}, index=[0, 0])
    assert list(check_units(frame, {"人口": "人"})["人口"]) == [5000, 6000]


@pytest.mark.parametrize(
    ("values", "unit", "words"),
    [
        (["81.91", "90.37"], "人", ["fewer than 1,000 persons", "万人?", "rows 0 (81.91), 1 (90.37)"]),
        (["0"], "人", ["fewer than 1,000"]),
        (["819139", "900000.5"], "人", ["no whole numbers"]),
        (["819139", "903714"] * 3, "万人", ["more than 2,000,000,000", "Are the figures 人?"]),
        (["0.05"], "万人", ["fewer than 1,000", "亿人"]),
        (["-5000"], "人", ["negative", "change"]),
        (["63.05", "100.01"], "%", ["above 100", "row", "1 (100.01)"]),
        (["0.63", "1"], "%", ["none of its figures is above 1", "share"]),
        (["63.05"], "share", ["above 1", "per cent"]),
        (["-1"], "%", ["negative"]),
        (["-0.1"], "share", ["negative"]),
        (["—"], "人", ["hold no figure", "missing="]),
        (["1.2.3"], "%", ["hold no figure"]),
        (["12,34"], "人", ["hold no figure"]),
        (["81.9万人"], "人", ["hold no figure"]),
        (["63%"], "share", ["hold no figure"]),
        ([True], "人", ["hold no figure"]),
        (["inf"], "人", ["hold no figure"]),
        ([float("inf")], "%", ["hold no figure"]),
        (["1e999999999"], "人", ["hold no figure"]),
        (["人"], "人", ["hold no figure"]),
    ],
)
def test_what_cannot_be_true_is_a_question(values: list[Any], unit: Any, words: list[str]) -> None:
    with pytest.raises(InputError) as raised:
        check_units(column(values), {"数": unit})
    for word in words:
        assert word in str(raised.value)


def test_dashes_are_missing_only_where_the_caller_says_so() -> None:
    assert checked(["—", "5000", "…"], "人", missing=("—", "…")) == [None, 5000, None]


def test_a_small_population_is_let_by_on_request() -> None:
    assert checked(["279"], "人", least_persons=0) == [279]


def test_zero_rates_are_rates() -> None:
    assert checked(["0", "0"], "%") == [0.0, 0.0]


def test_all_faults_of_all_columns_are_told_at_once() -> None:
    frame = pd.DataFrame({"人口": ["5"], "率": ["120"], "份": ["x"]})
    with pytest.raises(InputError) as raised:
        check_units(frame, {"人口": "人", "率": "%", "份": "share"})
    assert all(word in str(raised.value) for word in ("人口", "率", "份"))


@pytest.mark.parametrize(
    ("units", "word"),
    [({}, "No unit"), ({"无": "人"}, "no column 无"), ({"数": "千人"}, "千人")],
)
def test_a_request_that_cannot_be_met(units: Any, word: str) -> None:
    with pytest.raises(InputError, match=word):
        check_units(column(["5000"]), units)


def test_doubled_columns_are_refused() -> None:
    frame = pd.DataFrame([["5000", "6000"]], columns=["人口", "人口"])
    with pytest.raises(InputError, match="several columns"):
        check_units(frame, {"人口": "人"})


@given(st.integers(1_000, 2_000_000_000))
def test_ten_thousands_come_back_to_the_person(persons: int) -> None:
    text = f"{persons // 10_000}.{persons % 10_000:04d}"
    assert checked([text], "万人") == [persons]
    assert checked([f"{persons:,}"], "人") == [persons]


def test_every_county_of_the_census_passes_as_printed_and_stops_in_ten_thousands() -> None:
    census = read_table("census/census")
    counties = census[census["unit_type"] == "county"]
    units: Any = {"resident_population": "人", "urbanization_rate_pct": "%"}
    result = check_units(counties, units)
    assert list(result["resident_population"]) == list(counties["resident_population"])
    wrong = counties.assign(resident_population=counties["resident_population"] / 10_000)
    with pytest.raises(InputError, match="万人"):
        check_units(wrong, {"resident_population": "人"})
    with pytest.raises(InputError, match="Are the figures 人"):
        check_units(counties, {"resident_population": "万人"})
