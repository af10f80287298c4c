"""The lists of past years, the way from there to today, sums carried over: by hand, by the census, in general."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, SchemaError, UnknownNameError, UrbangeoError
from urbangeo.sources.census import read_census
from urbangeo.sources.history import (
    FIRST_YEAR,
    LAST_YEAR,
    crosswalk,
    is_rate_like,
    read_code_history,
    trace,
    units_in,
)

YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
ISSUE_YEARS = (2010, 2013, 2016, 2018, 2020, 2025)
DIVISIONS = read_table("boundaries/divisions").set_index("adcode")
Row = dict[str, Any]


# --- lists of years ---

# Year-end counts of the lists of the Ministry of Civil Affairs (boundaries/README.md); none was measured for 2025.
COUNTS = {2010: (140, 43), 2011: (140, 43), 2012: (138, 43)}
COUNTS |= dict.fromkeys(range(2013, 2018), (137, 43))
COUNTS |= dict.fromkeys((2018, 2019), (137, 44))
COUNTS |= dict.fromkeys(range(2020, 2025), (136, 44))


@pytest.mark.parametrize(("year", "counts"), COUNTS.items())
def test_counts_are_those_of_the_ministry(year: int, counts: tuple[int, int]) -> None:
    formal = units_in(year).query("type != '行政委员会'")
    assert tuple((formal["province"] == province).sum() for province in ("山东省", "青海省")) == counts


@pytest.mark.parametrize(("year", "committees"), [(2010, 3), (2017, 3), (2018, 1), (2025, 1)])
def test_committees_stand_beside_the_formal_divisions(year: int, committees: int) -> None:
    assert (units_in(year)["type"] == "行政委员会").sum() == committees


def test_the_list_of_2025_is_the_division_table() -> None:
    today = units_in(2025)
    assert set(today.index) == set(DIVISIONS.index)
    columns = ["name", "type", "prefecture_adcode", "prefecture", "province_adcode", "province"]
    pd.testing.assert_frame_equal(today[columns], DIVISIONS.sort_index()[columns])
    assert (today["todays_adcode"] == today.index).all()
    assert (today["changes"] == "").all()
    assert not today["outline_changed"].any()


def test_the_list_of_2010_is_the_census_of_2010() -> None:
    census = read_table("census/census").query("year == 2010 and unit_type == 'county'").set_index("adcode")
    formal = units_in(2010).query("type != '行政委员会'")
    assert set(formal.index) == set(census.index)
    for column in ("name", "prefecture", "province"):
        pd.testing.assert_series_equal(formal[column], census.sort_index()[column])
    # Where each figure of 2010 goes was written into the census table by hand, apart from the table of changes.
    goes_to = census.sort_index()["adcode_2020"]
    divided = formal[formal["todays_adcode"].str.contains(";")]
    assert divided["name"].tolist() == ["栖霞市", "文登市", "岚山区"]
    whole = formal.index.difference(divided.index)
    assert (formal.loc[whole, "todays_adcode"] == goes_to[whole]).all()
    assert all(goes_to[code] in formal.loc[code, "todays_adcode"].split(";") for code in divided.index)


def test_lists_of_years_follow_from_each_other_forwards_too() -> None:
    """Replay the raw rows forwards from the list of 2010; units_in goes backwards from today."""
    state = units_in(2010)["name"].to_dict()
    rows: Any = read_table("boundaries/code_history").to_dict("records")
    for year in YEARS[1:]:
        acts: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows:
            if row["level"] == "county" and str(row["approved_date"])[:4] == str(year):
                acts[str(row["approved_date"]), row["document_number"]].append(row)
        for _, act in sorted(acts.items()):
            whole = [row for row in act if row["change_type"] != "transfer"]
            for row in whole:
                assert state[row["old_adcode"]] == row["old_name"]
            state = {code: name for code, name in state.items() if code not in {row["old_adcode"] for row in whole}}
            state |= {row["new_adcode"]: row["new_name"] for row in whole}
            assert all({row["old_adcode"], row["new_adcode"]} <= set(state) for row in act if row not in whole)
        assert units_in(year)["name"].to_dict() == dict(sorted(state.items()))


@pytest.mark.parametrize("year", YEARS)
def test_lists_are_well_formed(year: int) -> None:
    units = units_in(year)
    assert units.index.is_unique
    assert units.index.is_monotonic_increasing
    assert units.notna().all(axis=None)
    assert not units.duplicated(["province", "prefecture", "name"]).any()
    assert (units["prefecture_adcode"] == units.index.str[:4] + "00").all()
    assert {code for codes in units["todays_adcode"] for code in codes.split(";")} == set(DIVISIONS.index)
    assert ((units["changes"] != "") >= units["outline_changed"]).all()


@pytest.mark.parametrize(
    ("year", "adcode", "name", "prefecture"),
    [
        (2012, "632121", "平安县", "海东地区"),
        (2013, "630221", "平安县", "海东市"),
        (2014, "630221", "平安县", "海东市"),
        (2015, "630203", "平安区", "海东市"),
        (2013, "371324", "苍山县", "临沂市"),
        (2014, "371324", "兰陵县", "临沂市"),
        (2017, "371202", "莱城区", "莱芜市"),
        (2018, "370116", "莱芜区", "济南市"),
        (2018, "370117", "钢城区", "济南市"),
        (2019, "370634", "长岛县", "烟台市"),
        (2017, "632856", "茫崖行政委员会", "海西蒙古族藏族自治州"),
        (2010, "632857", "大柴旦行政委员会", "海西蒙古族藏族自治州"),
    ],
)
def test_single_units_of_single_years(year: int, adcode: str, name: str, prefecture: str) -> None:
    assert list(units_in(year).loc[adcode, ["name", "prefecture"]]) == [name, prefecture]


def test_provinces_by_name_and_code() -> None:
    for word in ("青海", "青海省", "630000"):
        assert len(units_in(2010, province=word)) == 46
    with pytest.raises(UnknownNameError, match="山东省"):
        units_in(2010, province="河北")


@pytest.mark.parametrize("year", [2009, 2026, 1999, True, 2010.0, "2010", None, float("nan")])
def test_years_outside_the_table_are_refused(year: Any) -> None:
    with pytest.raises(InputError, match="from 2010 to 2025"):
        units_in(year)


def test_numpy_years_are_years() -> None:
    assert len(units_in(np.int64(2010))) == 186  # type: ignore[arg-type]


def test_frames_are_the_callers_own() -> None:
    units, history = units_in(2010), read_code_history()
    units["name"] = history["old_name"] = "改"
    assert units_in(2010).loc["370181", "name"] == "章丘市"
    assert "改" not in set(read_code_history()["old_name"])


def test_the_table_carries_the_year_of_approval() -> None:
    history = read_code_history()
    assert len(history) == 43
    undated = history[history["year"].isna()]
    assert undated["old_adcode"].tolist() == ["632825"]
    assert set(history["year"].dropna()) <= {1999, *range(2012, 2021)}


# --- trace ---

# Written by hand from the announcements: year of a table, what it prints, and the county of today that goes on.
BY_HAND = [
    (2010, "370205", "四方区", "青岛市", "370203"),
    (2010, "370203", "市北区", "青岛市", "370203"),
    (2010, "370284", "胶南市", "青岛市", "370211"),
    (2010, "370802", "市中区", "济宁市", "370811"),
    (2010, "370103", "市中区", "济南市", "370103"),
    (2010, "370402", "市中区", "枣庄市", "370402"),
    (2010, "370882", "兖州市", "济宁市", "370812"),
    (2010, "371081", "文登市", "威海市", "371003"),
    (2010, "371324", "苍山县", "临沂市", "371324"),
    (2010, "371202", "莱城区", "莱芜市", "370116"),
    (2010, "632123", "乐都县", "海东地区", "630202"),
    (2010, "632121", "平安县", "海东地区", "630203"),
    (2010, "632122", "民和回族土族自治县", "海东地区", "630222"),
    (2010, "632128", "循化撒拉族自治县", "海东地区", "630225"),
    (2010, "632721", "玉树县", "玉树藏族自治州", "632701"),
    (2013, "630221", "平安县", "海东市", "630203"),
    (2013, "632701", "玉树市", "玉树藏族自治州", "632701"),
    (2013, "371624", "沾化县", "滨州市", "371603"),
    (2013, "371421", "陵县", "德州市", "371403"),
    (2013, "370521", "垦利县", "东营市", "370505"),
    (2013, "371727", "定陶县", "菏泽市", "371703"),
    (2016, "370114", "章丘区", "济南市", "370114"),
    (2016, "370282", "即墨市", "青岛市", "370215"),
    (2016, "371203", "钢城区", "莱芜市", "370117"),
    (2016, "371626", "邹平县", "滨州市", "371681"),
    (2016, "632858", "冷湖行政委员会", "海西蒙古族藏族自治州", "632803"),
    (2018, "370115", "济阳区", "济南市", "370115"),
    (2018, "370684", "蓬莱市", "烟台市", "370614"),
    (2018, "370634", "长岛县", "烟台市", "370614"),
    (2018, "370686", "栖霞市", "烟台市", "370686"),
    (2018, "370611", "福山区", "烟台市", "370611"),
    (2018, "371523", "茌平县", "聊城市", "371503"),
    (2018, "630122", "湟中县", "西宁市", "630106"),
    (2018, "632321", "同仁县", "黄南藏族自治州", "632301"),
    (2018, "632803", "茫崖市", "海西蒙古族藏族自治州", "632803"),
    (2020, "370614", "蓬莱区", "烟台市", "370614"),
    (2020, "632301", "同仁市", "黄南藏族自治州", "632301"),
    (2025, "630106", "湟中区", "西宁市", "630106"),
]


@pytest.mark.parametrize(("year", "code", "name", "prefecture", "today"), BY_HAND)
def test_the_way_of_single_units_to_today(year: int, code: str, name: str, prefecture: str, today: str) -> None:
    assert list(units_in(year).loc[code, ["name", "prefecture"]]) == [name, prefecture]
    for frame in (
        trace(code, year=year),
        trace(name=name, parent=prefecture, year=year),
        trace(code, name, parent=prefecture, year=year),
        trace(name=name, parent=prefecture),
    ):
        assert frame["old_adcode"].nunique() == 1
        assert frame.loc[frame["main"], "adcode"].tolist() == [today]


@pytest.mark.parametrize("year", ISSUE_YEARS)
def test_every_county_of_both_provinces_under_its_names_and_codes_of_a_year(year: int) -> None:
    """All counties of the year, each in several writings: always one former unit, and the same units of today."""
    for code, unit in units_in(year).iterrows():
        expected = unit["todays_adcode"].split(";")
        prefecture, name = unit["prefecture"], unit["name"]
        short = name.replace("行政委员会", "行委")
        writings: list[Row] = [
            {"code": code},
            {"code": f"{code}.0"},
            {"code": code, "name": name},
            {"name": name, "parent": prefecture},
            {"name": name, "parent": unit["prefecture_adcode"]},
            {"name": short, "parent": f"{unit['province']} {prefecture}"},
            {"code": code, "name": f"　{name}（旧）", "parent": unit["province"]},
        ]
        for asked in writings:
            frame = trace(**asked, year=year)
            assert frame["adcode"].tolist() == expected, asked
            assert frame["old_adcode"].unique().tolist() == [code]
            assert frame["main"].sum() == 1
            assert frame["name"].tolist() == unit["todays_name"].split(";")
            assert frame["outline_changed"].any() == unit["outline_changed"]
        # Without a year: the same units and, for codes and names used twice, a longer story.
        for asked in (writings[0], writings[3]):
            frame = trace(**asked)
            assert frame["old_adcode"].nunique() == 1
            assert set(frame["adcode"]) >= set(expected)


def test_every_row_of_the_table_is_a_way_trace_goes() -> None:
    for row in read_code_history().query("level == 'county'").to_dict("records"):
        frame = trace(row["old_adcode"], row["old_name"])
        assert row["change_type"] in ";".join(frame["change_type"])
        if isinstance(row["document_number"], str):
            assert row["document_number"] in ";".join(frame["document_number"])
        if row["outline_changed"]:
            assert frame["outline_changed"].all()
        todays = trace(row["new_adcode"])["adcode"]
        assert set(todays) & set(frame["adcode"])


def test_the_columns_and_words_of_a_trace() -> None:
    frame = trace("632121")
    assert frame.columns.tolist()[:2] == ["adcode", "name"]
    row = frame.iloc[0]
    assert row["change_type"] == "recode;upgrade"
    assert row["document_number"] == "国函〔2013〕23号;国函〔2015〕38号"
    assert row["date"] == "2013-02-08;2015-02-16"
    assert (row["valid_to"], pd.isna(row["valid_from"])) == (2013, True)
    assert row["chain"] == (
        "632121 平安县 →（2013-02-08，国函〔2013〕23号，代码变更）→ 630221 平安县"
        " →（2015-02-16，国函〔2015〕38号，撤县设区）→ 630203 平安区"
    )
    assert (row["outline_changed"], row["part_only"], row["main"]) == (False, False, True)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"code": "370205"}, "与370203 市北区合并"),
        ({"code": "370203"}, "与370205 四方区合并"),
        ({"name": "莱城区"}, "划归济南市并更名"),
        ({"name": "钢城区"}, "划归济南市）"),
        ({"name": "苍山县"}, "更名"),
        ({"code": "370282"}, "撤市设区"),
        ({"name": "邹平县"}, "撤县设市"),
        ({"code": "370686"}, "一部分划归370611 福山区"),
        ({"code": "370611"}, "划入370686 栖霞市的一部分"),
        ({"code": "371002"}, "划入371081 文登市的一部分"),
        ({"name": "岚山区"}, "2014，鲁政字〔2014〕19号"),
        ({"code": "632124"}, "1999，文号不详，代码变更"),
        ({"code": "632825"}, "并非区划变更"),
    ],
)
def test_chains_say_what_happened(asked: Row, words: str) -> None:
    assert trace(**asked)["chain"].str.contains(words, regex=False).all()


def test_a_county_that_never_changed_traces_to_itself() -> None:
    row = trace("370102").iloc[0]
    assert (row["adcode"], row["change_type"], row["chain"]) == ("370102", "same", "370102 历下区")
    assert (row["document_number"], row["date"], row["confidence"]) == ("", "", "compiled")


def test_ambiguous_names_give_all_former_units() -> None:
    assert trace(name="市中区")["old_prefecture"].tolist() == ["济南市", "枣庄市", "济宁市"]
    assert trace(name="市中区", year=2013)["old_prefecture"].tolist() == ["济南市", "枣庄市", "济宁市"]
    assert trace(name="市中区", year=2014)["old_prefecture"].tolist() == ["济南市", "枣庄市"]


def test_the_main_part_of_a_divided_unit() -> None:
    frame = trace(name="文登市").set_index("adcode")
    assert frame["main"].to_dict() == {"371002": False, "371003": True}
    assert frame["part_only"].all()
    frame = trace(code="370686", year=2018).set_index("adcode")
    assert frame["main"].to_dict() == {"370611": False, "370686": True}


def test_a_code_used_again_means_the_unit_of_the_year() -> None:
    assert trace("370811", year=2012)["change_type"].tolist() == ["merge"]
    assert trace("370811", year=2013)["change_type"].tolist() == ["same"]
    assert trace("370811")["change_type"].tolist() == ["merge"]
    assert trace("370686", year=2019)["adcode"].tolist() == ["370611", "370686"]
    assert trace("370686", year=2020)["adcode"].tolist() == ["370686"]


def test_a_table_may_still_print_what_was_given_up_in_its_year_or_announced_later() -> None:
    """莱芜 was given up in December 2018 and announced in January 2019."""
    for year in (2018, 2019):
        assert trace("371202", year=year)["adcode"].tolist() == ["370116"]
        assert trace(name="莱城区", parent="莱芜市", year=year)["adcode"].tolist() == ["370116"]
    with pytest.raises(UnknownNameError, match="371202 莱城区 held from before the table to 2018"):
        trace("371202", year=2020)
    assert trace("370181", year=2016)["adcode"].tolist() == ["370114"]
    with pytest.raises(UnknownNameError, match="to 2016"):
        trace("370181", year=2017)
    with pytest.raises(UnknownNameError, match="since 2016 to this day"):
        trace("370114", year=2015)


def test_vendor_and_unverified_codes() -> None:
    row = trace(632825.0, "大柴旦行委").iloc[0]  # type: ignore[arg-type]
    assert (row["adcode"], row["old_adcode"], row["change_type"]) == ("632857", "632825", "recode")
    assert trace("632856")["confidence"].tolist() == ["unconfirmed"]
    assert trace("370205")["confidence"].tolist() == ["other_date"]


@pytest.mark.parametrize(
    ("word", "today"), [("茫崖行委", "632803"), ("芒崖行委", "632803"), ("冷湖", "632803"), ("柴旦行委", "632857")]
)
def test_committees_under_the_names_the_2010_book_prints(word: str, today: str) -> None:
    assert trace(name=word, year=2010)["adcode"].tolist() == [today]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"code": "370171"}, "functional zones"),
        ({"code": "371200"}, "371200 is 莱芜市, no county"),
        ({"code": "370000"}, "370000 is 山东省, no county"),
        ({"code": "110101"}, "110101"),
        ({"name": "章丘县"}, "closest: 章丘"),
        ({"name": "市北区", "code": "370205"}, "370205"),
        ({"name": "历下区", "parent": "青岛市"}, "青岛市"),
    ],
)
def test_what_does_not_fit_is_told(asked: Row, told: str) -> None:
    with pytest.raises(UnknownNameError, match=told):
        trace(**asked)


@pytest.mark.parametrize(
    "asked", [{}, {"name": ""}, {"name": None}, {"code": "章丘"}, {"code": "37018"}, {"code": "370181", "year": 2030}]
)
def test_what_is_no_question_is_refused(asked: Row) -> None:
    with pytest.raises(InputError):
        trace(**asked)


# --- crosswalk ---


def people(**codes: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"people": list(codes.values())}, index=pd.Index([code[1:] for code in codes], name="adcode", dtype="str")
    )


def census_2010() -> pd.DataFrame:
    """The census of 2010 as published, on the codes of its year; committees get those of the statistics bureau."""
    frame = read_census(2010, basis="published").reset_index()
    frame = frame[(frame["unit_type"] == "county") | (frame["province"] == "青海省")]
    names = units_in(2010).query("type == '行政委员会'").reset_index().set_index("name")["adcode"]
    frame["adcode"] = frame["adcode"].fillna(frame["name"].map(names))
    return frame.set_index("adcode")[["name", "resident_population", "urban_population", "urbanization_rate_pct"]]


def test_merged_counties_are_added_up_and_recoded_ones_keep_their_figures() -> None:
    frame = people(_370205=1, _370203=20, _370284=300, _370211=4_000, _370181=50_000, _370102=600_000)
    result = crosswalk(frame, 2010, 2020, extensive=["people"])
    assert result["people"].to_dict() == {"370102": 600_000, "370114": 50_000, "370203": 21, "370211": 4_300}
    assert result["people"].dtype == frame["people"].dtype
    assert result.columns.tolist() == ["name", "prefecture", "province", "people", "made_of", "territory"]
    assert result.loc["370203", "made_of"] == "370203 市北区;370205 四方区"
    assert list(result.loc["370114", ["name", "prefecture", "territory"]]) == ["章丘区", "济南市", "same"]


def test_the_census_of_2010_on_the_counties_of_2020_is_that_of_read_census() -> None:
    mine = crosswalk(census_2010(), 2010, 2020, extensive=["resident_population", "urban_population"])
    census = read_census(2010).query("unit_type == 'county' or adcode == '632857'").droplevel("year")
    assert set(mine.index) == set(census.index) == set(DIVISIONS.index)
    for column in ("resident_population", "urban_population"):
        assert (mine[column] == census.sort_index()[column]).all()
    marked = mine[mine["territory"] != "same"]
    assert marked["name"].tolist() == ["福山区", "栖霞市", "环翠区", "文登区", "东港区", "岚山区"]
    assert marked["territory"].str.startswith("part moved: ").all()


def test_moved_parts_are_marked_on_both_sides() -> None:
    frame = people(_370686=10, _370611=20, _370602=30)
    result = crosswalk(frame, 2018, 2020, extensive=["people"])
    assert result["people"].to_dict() == {"370602": 30, "370611": 20, "370686": 10}
    assert result["territory"].to_dict() == {
        "370602": "same",
        "370611": "part moved: 370686 栖霞市的一部分划入，未计入",
        "370686": "part moved: 370686 栖霞市的一部分划归370611 福山区，仍计在内",
    }
    # The receiver is marked even if the giver is not in the frame.
    assert crosswalk(people(_370611=1), 2018, 2020, extensive=["people"])["territory"].iloc[0].startswith("part moved")
    # And afterwards nothing has moved.
    assert set(crosswalk(frame, 2020, 2025, extensive=["people"])["territory"]) == {"same"}


def test_moved_parts_can_be_refused() -> None:
    with pytest.raises(InputError, match="370686 栖霞市 → 370611 福山区、370686 栖霞市"):
        crosswalk(people(_370686=1), 2018, 2020, extensive=["people"], on_transfer="refuse")
    assert len(crosswalk(people(_370181=1), 2010, 2020, extensive=["people"], on_transfer="refuse")) == 1


def weights(*rows: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["old_adcode", "new_adcode", "weight"])


def test_weights_divide_what_moved() -> None:
    frame = people(_371081=1_000, _371002=50)
    share = weights(("371081", "371003", 0.9), ("371081", "371002", 0.1))
    result = crosswalk(frame, 2010, 2020, extensive=["people"], weights=share, on_transfer="refuse")
    assert result["people"].to_dict() == pytest.approx({"371002": 150, "371003": 900})
    assert result["territory"].to_dict() == {
        "371002": "by weights: 371081 文登市按权重0.1计入",
        "371003": "by weights: 371081 文登市按权重0.9计入",
    }
    assert result.loc["371002", "made_of"] == "371002 环翠区;371081 文登市"


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (weights(("371081", "371003", 0.9)), "weights of 371081 sum to 0.9"),
        (weights(("371081", "371003", 0.9), ("371081", "371002", 0.2)), "sum to 1.1"),
        (weights(("371081", "371003", 1.5), ("371081", "371002", -0.5)), "expected 0 to 1"),
        (weights(("371081", "371003", float("nan"))), "expected 0 to 1"),
        (weights(("371081", "370102", 1)), "nothing of 371081 lies in 370102"),
        (weights(("371081", "371003", 0.5), ("371081", "371003", 0.5)), "stands twice"),
    ],
)
def test_wrong_weights_are_refused(share: pd.DataFrame, told: str) -> None:
    with pytest.raises(InputError, match=told):
        crosswalk(people(_371081=1, _371002=1), 2010, 2020, extensive=["people"], weights=share)


def test_weights_need_their_columns() -> None:
    with pytest.raises(SchemaError, match="lacks the columns weight"):
        crosswalk(people(_371081=1), 2010, 2020, extensive=["people"], weights=weights().drop(columns="weight"))


def test_a_weighted_sum_needs_all_its_parts_too() -> None:
    share = weights(("371081", "371003", 0.9), ("371081", "371002", 0.1))
    with pytest.raises(InputError, match="371002 环翠区 for 371002 环翠区"):
        crosswalk(people(_371081=1), 2010, 2020, extensive=["people"], weights=share)


def test_a_merge_without_one_of_its_parts_is_refused() -> None:
    with pytest.raises(InputError, match="370634 长岛县 for 370614 蓬莱区"):
        crosswalk(people(_370684=1), 2019, 2020, extensive=["people"])


def test_a_missing_part_makes_the_sum_missing() -> None:
    frame = people(_370684=1, _370634=float("nan"), _370102=5)
    assert crosswalk(frame, 2019, 2020, extensive=["people"])["people"].isna().to_dict() == {
        "370102": False,
        "370614": True,
    }
    frame["people"] = frame["people"].astype("Int64")
    result = crosswalk(frame, 2019, 2020, extensive=["people"])["people"]
    assert str(result.dtype) == "Int64"
    assert result["370614"] is pd.NA


def test_backwards_where_no_merge_has_to_be_undone() -> None:
    frame = people(_370114=1, _630106=2, _370611=3, _370686=4, _371003=5, _371002=6)
    result = crosswalk(frame, 2020, 2010, extensive=["people"])
    assert result["people"].to_dict() == {
        "370181": 1,
        "370611": 3,
        "370686": 4,
        "371002": 6,
        "371081": 5,
        "630122": 2,
    }
    assert list(result.loc["370181", ["name", "made_of", "territory"]]) == ["章丘市", "370114 章丘区", "same"]
    assert result.loc["371081", "territory"] == "part moved: 371002 环翠区的一部分划入，未计入"
    assert result.loc["371002", "territory"] == "part moved: 371002 环翠区的一部分划归371081 文登市，仍计在内"


def test_a_merge_cannot_be_undone_without_weights() -> None:
    frame = people(_370614=100, _370102=1, _632803=7)
    with pytest.raises(
        InputError, match=r"merges would have to be undone: 370614 蓬莱区 → .*370634 长岛县.*632803 茫崖市"
    ):
        crosswalk(frame, 2020, 2010, extensive=["people"])
    share = weights(("370614", "370684", 0.9), ("370614", "370634", 0.1))
    result = crosswalk(people(_370614=100), 2020, 2010, extensive=["people"], weights=share)
    assert result["people"].to_dict() == pytest.approx({"370634": 10, "370684": 90})


@pytest.mark.parametrize(
    "name",
    [
        *("urbanization_rate_pct", "birth_rate", "area_share", "rate", "Share", "people_per_km2", "density"),
        *("城镇化率", "城镇化率（%）", "城镇化率(％)", "乡村人口比重", "人均GDP", "人口密度"),
    ],
)
def test_rates_are_refused(name: str) -> None:
    assert is_rate_like(name)
    frame = people(_370102=50.0).rename(columns={"people": name})
    with pytest.raises(InputError, match="numerator and denominator"):
        crosswalk(frame, 2010, 2020, extensive=[name])


@pytest.mark.parametrize(
    "name",
    [
        "resident_population",
        "urban_population",
        "area_km2",
        "gdp_yuan",
        "常住人口",
        "城镇人口（万人）",
        "面积",
        "operate",
    ],
)
def test_sums_are_no_rates(name: str) -> None:
    assert not is_rate_like(name)


def test_only_the_columns_asked_for_are_carried() -> None:
    result = crosswalk(census_2010(), 2010, 2020, extensive="urban_population")
    assert "urbanization_rate_pct" not in result
    assert "resident_population" not in result


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (people(_370102=1).reset_index(), "expected adcode"),
        (people(_370102=1).assign(year=2010).set_index("year", append=True), r"xs\(2020"),
        (pd.concat([people(_370102=1), people(_370102=1)]), "more than once: 370102"),
        (people(_370102=1).rename(columns={"people": "other"}), "column 'people' is missing"),
        (people(_370102=1).astype(str), "expected numbers"),
        (people(_370102=1).astype(bool), "expected numbers"),
        (people(), "no rows"),
        (people(_37010=1), "six digits"),
    ],
)
def test_frames_that_break_the_contract_are_refused(frame: pd.DataFrame, told: str) -> None:
    with pytest.raises(SchemaError, match=told):
        crosswalk(frame, 2010, 2020, extensive=["people"])


@pytest.mark.parametrize(
    ("code", "year", "told"),
    [
        ("370171", 2020, "functional zone: add it to its host"),
        ("370181", 2016, r"370181 章丘市 \(until 2016: not in the list of 2016\)"),
        ("370114", 2015, r"370114 章丘区 \(only since 2016\)"),
        ("110101", 2020, "110101"),
        ("371202", 2018, "until 2018"),
    ],
)
def test_codes_of_other_years_are_refused(code: str, year: int, told: str) -> None:
    with pytest.raises(InputError, match=told):
        crosswalk(people(**{f"_{code}": 1}), year, 2020, extensive=["people"])


def test_options_are_checked() -> None:
    frame = people(_370102=1)
    with pytest.raises(InputError, match="from_year=2005"):
        crosswalk(frame, 2005, 2020, extensive=["people"])
    with pytest.raises(InputError, match="to_year=2030"):
        crosswalk(frame, 2010, 2030, extensive=["people"])
    with pytest.raises(InputError, match="on_transfer"):
        crosswalk(frame, 2010, 2020, extensive=["people"], on_transfer="guess")  # type: ignore[arg-type]
    with pytest.raises(SchemaError, match="no column"):
        crosswalk(frame, 2010, 2020, extensive=[])


years = st.sampled_from(YEARS)


@given(years, years, st.data())
def test_nothing_is_lost_or_made_and_the_frame_is_left_alone(start: int, stop: int, data: st.DataObject) -> None:
    codes = units_in(start).index
    values = data.draw(st.lists(st.integers(0, 10**6), min_size=len(codes), max_size=len(codes)))
    frame = pd.DataFrame({"people": values, "note": "x"}, index=codes)
    before = frame.copy(deep=True)
    try:
        result = crosswalk(frame, start, stop, extensive=["people"])
    except InputError as error:
        assert start > stop
        assert "undone" in str(error)  # noqa: PT017
    else:
        assert result["people"].sum() == frame["people"].sum()
        assert set(result.index) == set(units_in(stop).index)
        assert result.index.is_monotonic_increasing
        assert result["name"].to_dict() == units_in(stop)["name"].to_dict()
        if start == stop:
            assert result["people"].to_dict() == frame["people"].to_dict()
            assert set(result["territory"]) == {"same"}
    pd.testing.assert_frame_equal(frame, before)


@given(years, years, years)
def test_two_steps_are_one(one: int, two: int, three: int) -> None:
    start, middle, stop = sorted((one, two, three))
    frame = pd.DataFrame({"people": range(len(units_in(start)))}, index=units_in(start).index)
    direct = crosswalk(frame, start, stop, extensive=["people"])
    stepped = crosswalk(crosswalk(frame, start, middle, extensive=["people"]), middle, stop, extensive=["people"])
    pd.testing.assert_series_equal(direct["people"], stepped["people"])
    moved = direct.index[direct["territory"] != "same"]
    assert set(stepped.index[stepped["territory"] != "same"]) <= set(moved)


@given(years, st.data())
def test_there_and_back_is_the_same_without_merges(year: int, data: st.DataObject) -> None:
    units = units_in(year)
    shared = units["todays_adcode"].str.split(";").explode().value_counts()
    alone = [code for code, row in units.iterrows() if all(shared[new] == 1 for new in row["todays_adcode"].split(";"))]
    codes = data.draw(st.lists(st.sampled_from(alone), min_size=1, max_size=8, unique=True))
    frame = pd.DataFrame({"people": range(len(codes))}, index=pd.Index(codes, name="adcode"))
    there = crosswalk(frame, year, 2025, extensive=["people"])
    back = crosswalk(there, 2025, year, extensive=["people"])
    assert back["people"].to_dict() == frame["people"].to_dict()


def test_the_errors_are_of_the_house() -> None:
    for call in (lambda: units_in(1), lambda: trace("110101"), lambda: crosswalk(people(), 2010, 2020, extensive=[])):
        with pytest.raises(UrbangeoError):
            call()  # type: ignore[no-untyped-call]
