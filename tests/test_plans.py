"""Plan lists and targets: row for row, spread to counties, with source and confidence kept."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from urbangeo import read_designations, read_targets
from urbangeo.archive.catalog import read_table
from urbangeo.errors import UnknownNameError
from urbangeo.sources import plans
from urbangeo.sources.plans import circle_population_target, source_titles

COLUMNS = [
    "programme",
    "programme_zh",
    "adcode",
    "name",
    "designated_adcode",
    "designated_name",
    "level",
    "batch",
    "area_name",
    "part_of_county",
    "valid_from",
    "valid_to",
    "source_id",
    "confidence",
]
PROGRAMMES = list(read_table("plans/programmes")["programme"])


@pytest.fixture(scope="module")
def spread() -> pd.DataFrame:
    return read_designations()


@pytest.fixture(scope="module")
def as_listed() -> pd.DataFrame:
    return read_designations(expand_prefectures=False)


def test_the_lists_as_they_stand(as_listed: pd.DataFrame) -> None:
    """182 rows; four unconfirmed; three units that have no code."""
    assert len(as_listed) == 182
    assert list(as_listed.columns) == COLUMNS
    assert as_listed.index.equals(pd.RangeIndex(182))
    assert (as_listed["confidence"] == "unconfirmed").sum() == 4
    assert as_listed["adcode"].isna().sum() == 3
    listed = as_listed["adcode"].dropna()
    assert listed.equals(as_listed["designated_adcode"].dropna())
    assert as_listed["source_id"].notna().all()
    assert as_listed["programme_zh"].notna().all()


def test_national_demonstration_counties_by_name(spread: pd.DataFrame) -> None:
    rows = spread[spread["programme"] == "NDRC_COUNTYTOWN_DEMO"]
    assert set(rows["name"]) == {
        *("郓城县", "齐河县", "桓台县", "宁阳县", "广饶县", "海阳市", "诸城市", "龙口市", "滕州市", "新泰市")
    }
    assert set(rows["programme_zh"]) == {"国家县城新型城镇化建设示范"}
    assert (rows["level"] == "national").all()


def test_the_pilot_zone_has_four_members_nobody_has_confirmed(spread: pd.DataFrame) -> None:
    zone = spread[spread["programme"] == "NDRC_URI_ZONE"]
    unconfirmed = zone[zone["confidence"] == "unconfirmed"]
    assert unconfirmed.set_index("adcode")["name"].to_dict() == {
        "370302": "淄川区",
        "370304": "博山区",
        "370215": "即墨区",
        "370283": "平度市",
    }
    assert (unconfirmed["source_id"] == "GENERAL-KNOWLEDGE").all()
    assert len(zone) == 10
    assert len(spread[spread["confidence"] == "unconfirmed"]) == 4, "spreading raises no mark and adds none"


def test_a_unit_without_a_code_is_kept_without_one(spread: pd.DataFrame, as_listed: pd.DataFrame) -> None:
    for frame in (spread, as_listed):
        without = frame[frame["adcode"].isna()]
        assert set(without["name"]) == {"济南高新技术产业开发区", "威海经济技术开发区", "威海临港经济技术开发区"}
        assert without["designated_adcode"].isna().all()
        assert without["part_of_county"].all()


def test_prefectures_are_spread_to_their_counties(spread: pd.DataFrame) -> None:
    """鲁南经济圈: 临沂 12, 枣庄 6, 济宁 11, 菏泽 9 counties."""
    rows = spread[spread["programme"] == "EC_LUNAN"]
    assert Counter(rows["designated_name"]) == {"临沂市": 12, "枣庄市": 6, "济宁市": 11, "菏泽市": 9}
    divisions = read_table("boundaries/divisions").set_index("adcode")
    assert (rows["name"] == rows["adcode"].map(divisions["name"])).all()
    assert (rows["designated_adcode"] == rows["adcode"].str[:4] + "00").all()
    assert (rows["source_id"] == "S607;S610").all()
    assert (rows["confidence"] == "two_pages").all()


def test_the_economic_circles_of_shandong_cover_it_once(spread: pd.DataFrame) -> None:
    """All 16 prefectures, so all 136 counties, each in one circle."""
    rows = spread[spread["programme"].isin(["EC_SHENGHUI", "EC_JIAODONG", "EC_LUNAN"])]
    divisions = read_table("boundaries/divisions")
    shandong = divisions.loc[divisions["province"] == "山东省", "adcode"]
    assert rows["designated_adcode"].nunique() == 16
    assert sorted(rows["adcode"]) == sorted(shandong)


def test_a_prefecture_of_qinghai_is_spread_without_its_administrative_committee(spread: pd.DataFrame) -> None:
    rows = spread[(spread["programme"] == "NDRC_NTU_PILOT") & (spread["designated_name"] == "西宁市")]
    assert sorted(rows["name"]) == sorted(
        ["城东区", "城中区", "城西区", "城北区", "湟中区", "大通回族土族自治县", "湟源县"]
    )
    assert not spread["name"].str.endswith("行政委员会").any()


def test_an_administrative_committee_is_no_county_of_a_listed_prefecture(monkeypatch: pytest.MonkeyPatch) -> None:
    """No list names 海西州 so far; if one does, 大柴旦 is not spread to, for it is no formal division."""

    def read(name: str) -> pd.DataFrame:
        table = read_table(name)
        if name != "plans/designations":
            return table
        return table.head(1).assign(adcode="632800", name="海西蒙古族藏族自治州")

    monkeypatch.setattr(plans, "read_table", read)
    assert sorted(read_designations()["name"]) == sorted(
        ["格尔木市", "德令哈市", "茫崖市", "乌兰县", "都兰县", "天峻县"]
    )


def test_a_prefecture_on_one_list_twice_is_spread_twice(spread: pd.DataFrame) -> None:
    """济南 is a pair with 淄博 and another with 泰安; neither may swallow the other."""
    rows = spread[(spread["programme"] == "SD_CITY_PAIR") & (spread["adcode"] == "370102")]
    assert sorted(rows["area_name"]) == ["济泰同城化", "济淄同城化"]


def test_spreading_changes_only_rows_of_whole_prefectures(spread: pd.DataFrame, as_listed: pd.DataFrame) -> None:
    whole = as_listed["adcode"].str.endswith("00").fillna(value=False).astype(bool)
    single = spread["designated_adcode"].isna() | ~spread["designated_adcode"].str.endswith("00").fillna(value=False)
    pd.testing.assert_frame_equal(
        spread[single].reset_index(drop=True), as_listed[~whole].reset_index(drop=True), check_like=False
    )
    assert not spread["adcode"].dropna().str.endswith("00").any()
    counties = set(read_table("boundaries/divisions")["adcode"])
    assert set(spread["adcode"].dropna()) <= counties
    sizes = read_table("boundaries/divisions").query("type != '行政委员会'").groupby("prefecture_adcode").size()
    expected = int(sizes[as_listed.loc[whole, "adcode"]].sum()) + int((~whole).sum())
    assert len(spread) == expected
    assert list(spread.columns) == COLUMNS
    assert spread.index.equals(pd.RangeIndex(expected))


@settings(max_examples=20)
@given(chosen=st.lists(st.sampled_from(PROGRAMMES), min_size=1, max_size=4), expand=st.booleans())
def test_any_choice_of_programmes_is_that_part_of_the_whole(
    *, spread: pd.DataFrame, as_listed: pd.DataFrame, chosen: list[str], expand: bool
) -> None:
    whole = spread if expand else as_listed
    part = read_designations(chosen, expand_prefectures=expand)
    pd.testing.assert_frame_equal(part, whole[whole["programme"].isin(chosen)].reset_index(drop=True))


@pytest.mark.parametrize("asked", ["MA_JINAN", "济南都市圈", ["济南都市圈", "MA_JINAN"]])
def test_a_programme_by_code_or_name(asked: str | list[str]) -> None:
    assert set(read_designations(asked)["programme"]) == {"MA_JINAN"}


@pytest.mark.parametrize(
    ("asked", "near"),
    [("NDRC_URI", "NDRC_URI_ZONE"), ("济南都市", "济南都市圈"), (["MA_JINAN", "青岛城市圈"], "青岛都市圈")],
)
def test_an_unknown_programme_names_the_closest_and_all(asked: Any, near: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        read_designations(asked)
    closest, _, all_there_are = str(caught.value).partition("These exist:")
    assert near in closest
    for code in PROGRAMMES:
        assert code in all_there_are


def test_sources_of_every_row_are_known(spread: pd.DataFrame) -> None:
    titles = source_titles(spread["source_id"])
    assert titles.index.is_monotonic_increasing
    assert titles["title"].notna().all()
    assert {"S101", "S607", "GENERAL-KNOWLEDGE"} <= set(titles.index)


def test_titles_of_sources_by_hand() -> None:
    titles: Any = source_titles(["L20;T20", "L20"])
    assert list(titles.index) == ["L20", "T20"]
    table = read_table("sources/sources").set_index("source_id")
    assert titles.loc["L20", "title"] == table.loc["L20", "title_zh"]
    assert list(titles.columns) == ["title", "doc_number", "publisher", "date", "url", "reached"]
    assert len(source_titles([])) == 0


def test_a_source_that_is_not_known_is_never_printed() -> None:
    with pytest.raises(UnknownNameError, match="not in the table of sources: S999"):
        source_titles(["L20;S999"])


def test_the_20_million_target_word_for_word() -> None:
    assert circle_population_target() == (20_000_000, "SD-ACTION-2021-2023")
    row = read_targets(indicator="1小时交通圈覆盖人口").iloc[0]
    assert (row["comparator"], row["value"], row["unit"], row["year"]) == ("=", "2000", "万人", "2023")
    assert "2000万人口" in row["quote_zh"]


def test_a_target_in_another_unit_is_not_multiplied(monkeypatch: pytest.MonkeyPatch) -> None:
    row = pd.DataFrame({"unit": ["人"], "value": ["20000000"], "source_id": ["X"]})
    monkeypatch.setattr(plans, "read_targets", lambda **_: row)
    with pytest.raises(UnknownNameError, match="expected 万人"):
        circle_population_target()


def test_targets_are_filtered_by_scope_and_indicator() -> None:
    everything = read_targets()
    assert len(everything) == 86
    shandong = read_targets("山东省")
    assert 0 < len(shandong) < 86
    assert shandong["scope"].str.contains("山东省").all()
    both = read_targets("青海省", indicator="常住人口城镇化率")
    assert both[["scope", "year", "comparator", "value"]].to_numpy().tolist() == [["青海省", "2030", "~=", "67"]]
    assert both.index.equals(pd.RangeIndex(len(both)))
    assert set(everything["comparator"]) <= {">=", "<=", ">", "<", "=", "~=", "baseline"}


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"scope": "河北省"}, "河北省"),
        ({"indicator": "城镇化绿"}, "常住人口城镇化率"),
        ({"indicator": ".*城镇化率$"}, "'.*城镇化率$'"),
        ({"scope": "青海省", "indicator": "1小时交通圈"}, "1小时交通圈"),
    ],
)
def test_a_target_that_nobody_set(options: dict[str, str], word: str) -> None:
    with pytest.raises(UnknownNameError, match="No target with") as caught:
        read_targets(**options)
    assert word in str(caught.value)


def test_every_call_gives_a_frame_of_its_own() -> None:
    designations, targets = read_designations(), read_targets()
    designations["name"] = "changed"
    targets["value"] = "0"
    assert "郓城县" in set(read_designations()["name"])
    assert circle_population_target()[0] == 20_000_000
