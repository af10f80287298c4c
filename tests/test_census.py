"""The census: sums meet the published totals to the person, merged units add up, functional zones lose nobody.

Totals are those printed in the census books; figures of single counties are copied from the facts the table was
authored from, and sums of them are written out.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangeo import read_census, read_counties
from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, UnknownNameError
from urbangeo.language.adcode import join_on_adcode
from urbangeo.sources.census import COLUMNS, WEAKEST_FIRST, Basis, Zones, provincial_rate, weakest

Frame = Any
"""A frame whose cells are looked up by label, which the stubs of pandas cannot follow."""
PEOPLE = ["resident_population", "urban_population"]
CUTS = [
    (year, zones, basis) for year in (2010, 2020) for zones in ("apart", "to_host") for basis in ("today", "published")
]
# Prefectures that were renamed or dissolved after the census of 2010.
TODAY = {"莱芜市": "济南市", "海东地区": "海东市"}


@functools.cache
def cut(year: int, zones: Zones = "apart", basis: Basis = "today") -> Frame:
    """A cut of the census that no test changes."""
    return read_census(year, zones=zones, basis=basis)


def totals(year: int, level: str) -> Frame:
    table = read_table("census/census_totals")
    chosen = table[(table["year"] == year) & (table["level"] == level)]
    return chosen.set_index("name")[PEOPLE].astype("Int64")


@pytest.mark.parametrize(("year", "zones", "basis"), CUTS)
def test_sums_meet_the_published_totals_to_the_person(year: int, zones: Zones, basis: Basis) -> None:
    frame = cut(year, zones, basis)
    for level in ("province", "prefecture"):
        published = totals(year, level)
        if level == "prefecture" and basis == "today":
            published = published.rename(index=TODAY).groupby(level=0).sum()
        found = frame.groupby(level)[PEOPLE].sum().astype("Int64")
        pd.testing.assert_frame_equal(
            found.sort_index(), published.sort_index(), check_names=False, check_index_type=False
        )


def test_the_totals_are_the_ones_in_the_books() -> None:
    """Four figures by hand, so that totals and counties cannot be wrong together."""
    assert totals(2020, "province").loc["山东省"].tolist() == [101_527_453, 64_014_254]
    assert totals(2020, "province").loc["青海省"].tolist() == [5_923_957, 3_559_363]
    assert totals(2010, "province").loc["山东省", "resident_population"] == 95_792_719
    assert totals(2010, "province").loc["青海省", "resident_population"] == 5_626_723
    assert len(totals(2020, "prefecture")) == 24
    assert len(totals(2010, "prefecture")) == 25


@pytest.mark.parametrize(("year", "zones", "basis"), CUTS)
def test_every_cut_has_the_same_columns_and_sound_rows(year: int, zones: Zones, basis: Basis) -> None:
    frame = cut(year, zones, basis)
    assert list(frame.columns) == (["adcode", *COLUMNS] if basis == "published" else COLUMNS)
    assert frame.index.names == [("unit_id" if basis == "published" else "adcode"), "year"]
    assert frame.index.is_unique
    assert frame.index.is_monotonic_increasing
    assert (frame["resident_population"] > 0).all()
    assert (frame["urban_population"] <= frame["resident_population"]).all()
    assert set(frame["unit_type"]) == {"county", "zone"}
    assert frame["source_id"].notna().all()
    assert set(frame["confidence"]) <= set(WEAKEST_FIRST)
    computed = 100 * frame["urban_population"].astype(float) / frame["resident_population"].astype(float)
    assert (computed - frame["urbanization_rate_pct"]).abs().max() <= 0.0051
    assert frame["resident_population"].dtype == frame["urban_population"].dtype == pd.Int64Dtype()


def test_counts_of_rows() -> None:
    cases: list[tuple[int, Basis, int, int]] = [
        (2020, "today", 180, 18),
        (2010, "today", 180, 1),
        (2010, "published", 183, 3),
    ]
    for year, basis, counties, zones in cases:
        kinds = cut(year, "apart", basis)["unit_type"].value_counts().to_dict()
        assert kinds == {"county": counties, "zone": zones}, (year, basis)
    assert cut(2020, "to_host")["unit_type"].value_counts().to_dict() == {"county": 180, "zone": 3}


@pytest.mark.parametrize("year", [2010, 2020])
def test_todays_rows_match_the_county_lines_unit_for_unit(year: int) -> None:
    census = read_census(year, zones="to_host").droplevel("year").drop(columns=["name", "prefecture", "province"])
    joined = join_on_adcode(read_counties(), census, right_only=["370171", "371371"])
    assert joined["resident_population"].notna().all()
    assert len(joined) == 181


# --- functional zones ------------------------------


def test_a_zone_added_to_its_host_by_hand() -> None:
    """寒亭区: 356,148 and 潍坊滨海 136,714 people; urban 207,454 and 114,120."""
    apart, hosted = cut(2020), cut(2020, "to_host")
    assert apart.loc[("370703", 2020), "resident_population"] == 356_148
    assert apart.loc[("370703", 2020), "urbanization_rate_pct"] == 58.25
    row = hosted.loc[("370703", 2020)]
    assert row["resident_population"] == 356_148 + 136_714 == 492_862
    assert row["urban_population"] == 207_454 + 114_120
    assert row["urbanization_rate_pct"] == 65.25
    assert row["note"] == "已并入功能区：潍坊滨海经济技术开发区"
    assert ("370772", 2020) in apart.index
    assert ("370772", 2020) not in hosted.index


def test_a_host_of_three_zones_by_hand() -> None:
    """环翠区 takes 火炬, 经开 and 临港."""
    row = cut(2020, "to_host").loc[("371002", 2020)]
    assert row["resident_population"] == 446_193 + 336_407 + 280_457 + 101_673
    assert row["urban_population"] == 414_245 + 324_084 + 205_138 + 65_263
    assert row["urbanization_rate_pct"] == 86.61  # 1,008,730 of 1,164,730
    for zone in ("威海火炬高技术产业开发区", "威海经济技术开发区", "威海临港经济技术开发区"):
        assert row["note"].count(zone) == 1


def test_zones_without_one_host_stay_apart() -> None:
    hosted = cut(2020, "to_host")
    left = hosted[hosted["unit_type"] == "zone"]
    assert left["name"].to_dict() == {
        ("370171", 2020): "济南高新技术产业开发区",
        ("371371", 2020): "临沂高新技术产业开发区",
        ("632857", 2020): "大柴旦行政委员会",
    }
    assert left["host_adcode"].isna().all()


def test_hosts_lose_nothing_and_others_keep_their_rows() -> None:
    apart, hosted = cut(2020), cut(2020, "to_host")
    zones = apart[apart["host_adcode"].notna()]
    assert (zones["unit_type"] == "zone").all()
    assert len(zones) == 15
    hosts = [(adcode, 2020) for adcode in zones["host_adcode"].unique()]
    assert len(hosts) == 11
    for column in PEOPLE:
        gained = zones.groupby("host_adcode")[column].sum()
        for adcode, year in hosts:
            before, after = apart.loc[(adcode, year), column], hosted.loc[(adcode, year), column]
            assert after == before + gained[adcode], (adcode, column)
    others = hosted.index.difference(pd.MultiIndex.from_tuples(hosts))
    pd.testing.assert_frame_equal(hosted.loc[others], apart.loc[others])


# --- units that were merged ------------------------------


@pytest.mark.parametrize(
    ("adcode", "name", "residents", "urban", "rate", "parts"),
    [
        ("370203", "市北区", 558_218 + 462_497, 558_218 + 462_497, 100.0, "市北区、四方区"),
        ("370211", "黄岛区", 524_206 + 868_348, 500_674 + 471_023, 69.78, "黄岛区、胶南市"),
        ("370614", "蓬莱区", 44_025 + 451_109, 10_006 + 185_894, 39.57, "长岛县、蓬莱市"),
        ("370811", "任城区", 588_861 + 652_151, 428_202 + 510_832, 75.67, "市中区、任城区"),
        ("632803", "茫崖市", 31_017 + 2_434, 31_006 + 2_434, 99.97, "茫崖行政委员会、冷湖行政委员会"),
    ],
)
def test_merged_units_by_hand(*, adcode: str, name: str, residents: int, urban: int, rate: float, parts: str) -> None:
    row = cut(2010).loc[(adcode, 2010)]
    assert (row["name"], row["unit_type"]) == (name, "county")
    assert (row["resident_population"], row["urban_population"]) == (residents, urban)
    assert row["urbanization_rate_pct"] == rate
    assert f"2010年统计单元：{parts}" in row["note"]
    assert row["confidence"] == "one_source"


def test_renamed_units_stand_under_todays_code_and_name_and_say_so() -> None:
    row = cut(2010).loc[("630106", 2010)]
    assert row["name"] == "湟中区"
    assert "2010年统计单元：湟中县" in row["note"]
    row = cut(2010).loc[("370116", 2010)]
    assert (row["name"], row["prefecture"]) == ("莱芜区", "济南市")


def test_published_rows_are_those_of_the_book() -> None:
    book: Frame = read_census(2010, basis="published")
    assert len(book) == 186
    without = book[book["adcode"].isna()]
    assert without["name"].to_dict() == {
        ("632800-茫崖行政委员会", 2010): "茫崖行政委员会",
        ("632800-大柴旦行政委员会", 2010): "大柴旦行政委员会",
        ("632800-冷湖行政委员会", 2010): "冷湖行政委员会",
    }
    assert without["resident_population"].sum() == 31_017 + 13_671 + 2_434
    assert book.loc[("370205", 2010), "name"] == "四方区"
    assert book.loc[("371202", 2010), "prefecture"] == "莱芜市"


def test_zones_are_added_to_hosts_on_the_published_basis_too() -> None:
    """An option that is given is never passed over in silence."""
    book: Frame = read_census(2020, basis="published", zones="to_host")
    assert book.loc[("370703", 2020), "resident_population"] == 492_862
    assert book.loc[("370703", 2020), "urbanization_rate_pct"] == 65.25
    assert len(book) == 198 - 15


# --- what is asked for ------------------------------


def test_several_years_and_one_province() -> None:
    both: Frame = read_census([2010, 2020], provinces="青海")
    assert both.groupby("year").size().to_dict() == {2010: 45, 2020: 45}
    assert set(both["province"]) == {"青海省"}
    pd.testing.assert_frame_equal(
        both.xs(2020, level="year", drop_level=False), read_census(2020, provinces=["630000"])
    )
    assert len(read_census(2020, provinces=["山东", "青海省"])) == len(read_census(2020))


@pytest.mark.parametrize(
    "year", [np.int64(2020), (2020,), np.array([2020]), pd.Series([2020], dtype="Int64"), range(2020, 2021)]
)
def test_years_as_numpy_and_pandas_give_them(year: Any) -> None:
    pd.testing.assert_frame_equal(read_census(year), cut(2020))


@pytest.mark.parametrize("year", [2015, 2021, [], [2020, 1990], "2020", 2020.5, None, True])
def test_an_unknown_year_says_which_exist(year: Any) -> None:
    with pytest.raises(InputError, match="expected some of 2010, 2020"):
        read_census(year)


@pytest.mark.parametrize("options", [{"zones": "host"}, {"basis": "2020"}, {"zones": ""}, {"basis": None}])
def test_an_unknown_option_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="zones 'apart' or 'to_host', basis 'today' or 'published'"):
        read_census(2020, **options)


def test_an_unknown_or_missing_province_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="Closest: 山东省"):
        read_census(2020, provinces="山冻省")
    with pytest.raises(UnknownNameError, match="山东省, 青海省"):
        read_census(2020, provinces="河北省")
    with pytest.raises(InputError, match="provinces is empty"):
        read_census(2020, provinces=[])


def test_every_call_gives_a_frame_of_its_own() -> None:
    first = read_census(2020)
    first["resident_population"] = 0
    assert read_census(2020)["resident_population"].sum() == 101_527_453 + 5_923_957


# --- rates and marks ------------------------------


@pytest.mark.parametrize(
    ("province", "year", "rate", "source_id"),
    [
        ("山东省", 2020, 63.05, "L20"),
        ("山东省", 2010, 49.71, "L10"),
        ("青海省", 2010, 44.72, "L10"),
        ("青海省", 2024, 63.86, "QH24"),
    ],
)
def test_provincial_rates_by_hand(province: str, year: int, rate: float, source_id: str) -> None:
    assert provincial_rate(province, year) == (rate, source_id)


@pytest.mark.parametrize(("province", "year"), [("山东省", 2024), ("山东省", 2016), ("青海省", 2011), ("河北省", 2020)])
def test_a_year_without_a_rate_is_refused_not_replaced(province: str, year: int) -> None:
    """Shandong 2024 has a row with residents but no rate."""
    with pytest.raises(InputError, match=f"No urbanization rate of {province} for {year}") as caught:
        provincial_rate(province, year)
    if province == "山东省":
        assert "2010, 2015, 2018, 2019, 2020, 2021, 2022, 2023" in str(caught.value)


def test_the_census_series_goes_before_an_estimate_of_the_same_year(monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame(
        {
            "province": ["青海省"] * 2,
            "year": pd.array([2020, 2020], dtype="Int64"),
            "urbanization_rate_pct": [60.0, 60.08],
            "series": ["post-census estimate", "census"],
            "source_id": ["QH22", "L20"],
        }
    )
    monkeypatch.setattr("urbangeo.sources.census.read_table", lambda _name: table)
    assert provincial_rate("青海省", 2020) == (60.08, "L20")


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [
        ("derived", "unconfirmed"),
        ("one_source", "derived"),
        ("two_sources", "one_source"),
        ("two_pages", "one_page"),
        ("one_page", "partly_legible"),
    ],
)
def test_no_mark_is_raised(stronger: str, weaker: str) -> None:
    assert weakest([stronger, weaker]) == weaker


def test_the_marks_of_the_tables_are_ranked() -> None:
    for table in ("census/census", "census/provincial_rates", "plans/designations"):
        assert set(read_table(table)["confidence"]) <= set(WEAKEST_FIRST)


@given(st.lists(st.sampled_from(WEAKEST_FIRST), min_size=1))
def test_a_sum_is_as_sure_as_its_weakest_part(marks: list[str]) -> None:
    result = weakest(marks)
    assert result in marks
    assert all(WEAKEST_FIRST.index(result) <= WEAKEST_FIRST.index(mark) for mark in marks)


@pytest.mark.parametrize("pair", list(itertools.pairwise(WEAKEST_FIRST)))
def test_each_mark_is_weaker_than_the_next(pair: tuple[str, str]) -> None:
    assert weakest(iter(pair)) == weakest(pair[::-1]) == pair[0]


def test_a_mark_that_is_not_ranked_is_named() -> None:
    """A user's own census may carry marks of its own; guessing their rank could raise one."""
    with pytest.raises(InputError, match=r"confidence mark.*'certain'.*two_pages"):
        weakest(["two_pages", "certain"])
    with pytest.raises(InputError):
        weakest([])
