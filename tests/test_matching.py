"""Matching: every county under its names and codes of six years, every kind of bad row, and never a guess."""

from __future__ import annotations

import copy
import functools
from collections import Counter
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, JoinError, SchemaError, UnknownNameError
from urbangeo.sources import matching
from urbangeo.sources.divisions import register
from urbangeo.sources.history import units_in
from urbangeo.sources.matching import ADDED, ISSUE_COLUMNS, STATUSES, MatchResult, match_counties

YEARS = (2010, 2013, 2016, 2018, 2020, 2025)
SETTLED = ("matched", "superseded")
DIVIDED = {"371081": {"371002", "371003"}}
"""文登市: two of its towns went to 环翠区, so neither today's 文登区 nor 环翠区 is the whole of it."""


def one(code: object = None, name: object = None, parent: object = None, **options: Any) -> Any:
    """Match one row; return it."""
    frame = pd.DataFrame({"c": [code], "n": [name], "p": [parent]}, dtype=object)
    return match_counties(frame, code="c", name="n", parent="p", **options).matched.iloc[0]


def cause(code: object = None, name: object = None, parent: object = None, **options: Any) -> str:
    frame = pd.DataFrame({"c": [code], "n": [name], "p": [parent]}, dtype=object)
    issues = match_counties(frame, code="c", name="n", parent="p", **options).issues
    return str(issues["cause"].iloc[0]) if len(issues) else ""


def codes_of(candidates: str) -> set[str]:
    return {part.split()[0] for part in candidates.split(";") if part}


# --- the whole of both provinces, six years -----------------------------------------------------------------------


@functools.cache
def todays_units() -> dict[str, str]:
    divisions = read_table("boundaries/divisions")
    return dict(zip(divisions["adcode"], divisions["name"], strict=True))


@functools.cache
def todays_code(code: str) -> set[str]:
    """Follow the table of changes by code, row by row: an answer that owes nothing to the rooms under test."""
    if code in todays_units():
        return {code}
    history = read_table("boundaries/code_history")
    moves = history[(history["level"] == "county") & (history["change_type"] != "transfer")]
    return {end for new in moves.loc[moves["old_adcode"] == code, "new_adcode"] for end in todays_code(new)}


@pytest.fixture(scope="module")
def six_years() -> pd.DataFrame:
    lists = [units_in(year).reset_index().assign(year=year) for year in YEARS]
    return pd.concat(lists, ignore_index=True)[["year", "adcode", "name", "prefecture", "province"]].rename(
        columns={"adcode": "code"}
    )


def check(result: MatchResult, table: pd.DataFrame, *, by_name_only: bool = False) -> None:
    today = todays_units()
    for (_, given_row), (_, row) in zip(table.iterrows(), result.matched.iterrows(), strict=True):
        expected = DIVIDED.get(given_row["code"]) or todays_code(given_row["code"])
        told = f"{given_row.to_dict()} -> {row.to_dict()}"
        if len(expected) > 1:
            assert row["status"] == "ambiguous", told
            assert codes_of(row["candidates"]) == expected, told
        else:
            assert {row["adcode"]} == expected, told
            # 钢城区 kept its name and not its code: without code, prefecture and year it is today's.
            told_of = row["adcode"] if by_name_only else given_row["code"]
            is_today = today.get(told_of) == given_row["name"]
            assert row["status"] == ("matched" if is_today else "superseded"), told
            assert row["matched_name"] == today[row["adcode"]], told
        assert row["reason"], told


def test_there_is_something_to_match(six_years: pd.DataFrame) -> None:
    counts = six_years.groupby("year").size().to_dict()
    assert counts == {2010: 186, 2013: 183, 2016: 183, 2018: 182, 2020: 181, 2025: 181}
    assert set(six_years["code"]) - set(todays_units()) >= {"370205", "371202", "632123", "630122", "371081"}


@pytest.mark.parametrize("with_year", [True, False])
@pytest.mark.parametrize("by", ["code", "code and name", "code, name and prefecture", "prefecture", "both"])
def test_every_county_of_six_years_is_right(six_years: pd.DataFrame, by: str, with_year: bool) -> None:  # noqa: FBT001
    options: dict[str, dict[str, str]] = {
        "code": {"code": "code"},
        "code and name": {"code": "code", "name": "name"},
        "code, name and prefecture": {"code": "code", "name": "name", "parent": "prefecture"},
        "prefecture": {"name": "name", "parent": "prefecture"},
        "both": {"name": "name", "parent": "both"},
    }
    for year in YEARS:
        table = six_years[six_years["year"] == year].assign(both=lambda rows: rows["province"] + rows["prefecture"])
        chosen: Any = options[by]
        result = match_counties(table, **chosen, year=year if with_year else None)
        if by == "code":  # a code whose unit only changed its name is today's code
            renamed = table["code"].isin(["371324"]) & (table["name"] == "苍山县")
            if not with_year:
                assert result.matched.loc[renamed.to_numpy(), "status"].eq("matched").all()
                result = match_counties(table[~renamed], **chosen)
                table = table[~renamed]
        check(result, table)


@pytest.mark.parametrize("with_year", [True, False])
def test_every_county_of_six_years_by_its_name_alone(six_years: pd.DataFrame, with_year: bool) -> None:  # noqa: FBT001
    # Without a year a name is ambiguous if units that are not one today bore it in any of them.
    if with_year:
        bearers = six_years.groupby(["year", "name"])["code"].agg(set)
    for year in YEARS:
        table = six_years[six_years["year"] == year]
        result = match_counties(table, name="name", year=year if with_year else None)
        if with_year:
            is_shared = table["name"].map(lambda name, year=year: len(bearers[(year, name)]) > 1)
        else:
            ends = six_years["code"].map(lambda code: frozenset(DIVIDED.get(code) or todays_code(code)))
            is_shared = table["name"].map(ends.groupby(six_years["name"]).agg(lambda sets: len(set(sets)))) > 1
        assert set(table.loc[is_shared, "name"]) == {"市中区"}
        shared = result.matched[is_shared]
        assert (shared["status"] == "ambiguous").all()
        expected = {"370103", "370402"} | ({"370811"} if year < 2013 or not with_year else set())
        assert {frozenset(codes_of(told)) for told in shared["candidates"]} == {frozenset(expected)}
        alone = table[~is_shared]
        if with_year:
            check(match_counties(alone, name="name", year=year), alone)
        else:
            check(match_counties(alone, name="name"), alone, by_name_only=True)


def test_names_with_all_that_stands_over_them_in_one_cell(six_years: pd.DataFrame) -> None:
    for year in YEARS:
        table = six_years[six_years["year"] == year]
        for cell in (table["province"] + table["prefecture"] + table["name"], table["prefecture"] + table["name"]):
            check(match_counties(table.assign(cell=cell), name="cell", year=year), table)
            check(match_counties(table.assign(cell=cell), name="cell"), table)


@given(data=st.data())
def test_layout_changes_nothing(data: st.DataObject, six_years: pd.DataFrame) -> None:
    row = six_years.iloc[data.draw(st.integers(0, len(six_years) - 1))]
    plain = one(row["code"], row["name"], row["prefecture"], year=int(row["year"]))

    def wide(text: str) -> str:
        return text.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})

    code = data.draw(
        st.sampled_from(
            [
                *(
                    int(row["code"]),
                    float(row["code"]),
                    np.int64(int(row["code"])),
                    f"{row['code']}.0",
                    wide(row["code"]),
                ),
                *(f" {row['code']}\u3000", f"{row['code']}000000", f"{row['code']}000", int(row["code"]) * 10**6),
            ]
        )
    )
    blank = data.draw(st.sampled_from(["", " ", "\u3000", "\u200b", "\ufeff", "\n", "\xa0"]))
    remark = data.draw(st.sampled_from(["", "（县级）", "(原)", "【注1】"]))
    name = blank.join(row["name"]) + remark + blank
    spoilt = one(code, name, blank + blank.join(row["prefecture"]), year=int(row["year"]))
    assert spoilt[list(ADDED)].to_dict() == plain[list(ADDED)].to_dict()


@given(data=st.data())
def test_a_wrong_character_is_never_matched_only_offered(data: st.DataObject, six_years: pd.DataFrame) -> None:
    row = six_years.iloc[data.draw(st.integers(0, len(six_years) - 1))]
    place = data.draw(st.integers(0, len(row["name"]) - 1))
    # One character no division of China has in its name.
    name = row["name"][:place] + "鑫" + row["name"][place + 1 :]
    for found in (one(None, name), one(None, name, row["prefecture"]), one(row["code"], name)):
        assert found["status"] in ("ambiguous", "unmatched")
        assert pd.isna(found["adcode"])


@given(data=st.data())
def test_a_code_and_anothers_name_are_both_candidates(data: st.DataObject, six_years: pd.DataFrame) -> None:
    first, second = (six_years.iloc[data.draw(st.integers(0, len(six_years) - 1))] for _ in range(2))
    ends = [DIVIDED.get(row["code"]) or todays_code(row["code"]) for row in (first, second)]
    found = one(first["code"], second["name"])
    namesakes = {"市中区": {"370103", "370402", "370811"}}.get(second["name"], ends[1])
    if ends[0] == ends[1] and len(ends[0]) == 1:
        assert {found["adcode"]} == ends[0]
    elif ends[0] & namesakes and first["code"] in todays_units() and len(namesakes) != 2:
        assert found["adcode"] in ends[0]
    else:
        assert found["status"] == "ambiguous"
        assert codes_of(found["candidates"]) >= ends[0]


# --- what every result holds to -----------------------------------------------------------------------------------

CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        ["历下区", "章丘市", "市中区", "合计", "文登市", "济南市", "玉树", "高新区", "朝阳区", "台湾省", "注：略"]
    ),
    st.sampled_from(["370102", 370181.0, 371081, "370171", "3701", "370102001000", "110105", "x", float("nan")]),
    st.text(max_size=5),
    st.integers(-5, 10**13),
)


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=8), scope=st.sampled_from(["ours", "china"]))
def test_every_row_has_exactly_one_status_a_reason_and_is_kept(rows: list[Any], scope: Any) -> None:
    frame = pd.DataFrame(rows, columns=["c", "n", "p"], dtype=object)
    before = copy.deepcopy(rows)
    result = match_counties(frame, code="c", name="n", parent="p", scope=scope)
    assert len(result.matched) == len(rows)
    assert list(result.matched.columns) == ["c", "n", "p", *ADDED]
    assert list(result.issues.columns) == list(ISSUE_COLUMNS)
    assert sum(result.counts.values()) == len(rows)
    assert tuple(result.counts) == STATUSES
    known = set(register(scope).query("level == 'county'").index)
    for (_, row), given_row in zip(result.matched.iterrows(), before, strict=True):
        assert row["status"] in STATUSES
        assert row["reason"]
        assert (row["status"] in SETTLED) == (not pd.isna(row["adcode"]))
        assert pd.isna(row["adcode"]) == pd.isna(row["matched_name"])
        assert pd.isna(row["adcode"]) or row["adcode"] in known
        assert repr(row["c"]) == repr(given_row[0]) or pd.isna(row["c"])
    assert len(result.issues) == len(rows) - result.counts["matched"]
    assert set(result.issues["cause"]) <= set(get_args(matching.Cause))
    assert not (result.issues["cause"] == "").any()


def test_the_order_of_rows_is_no_matter(six_years: pd.DataFrame) -> None:
    shuffled = six_years.sample(frac=1, random_state=5)
    plain = match_counties(six_years, code="code", name="name").matched
    pd.testing.assert_frame_equal(match_counties(shuffled, code="code", name="name").matched.sort_index(), plain)


def test_inputs_are_never_modified() -> None:
    frame = pd.DataFrame({"adcode": [370102.0, None], "status": ["x", "合计"]}, index=["a", "a"])
    before = frame.copy(deep=True)
    result = match_counties(frame, code="adcode", name="status")
    pd.testing.assert_frame_equal(frame, before)
    assert list(result.matched.columns) == ["adcode_given", "status_given", *ADDED]
    assert list(result.matched.index) == ["a", "a"]
    assert any("改名保留" in note for note in result.notes)


def test_given_columns_that_are_taken_too_get_a_number() -> None:
    frame = pd.DataFrame({"adcode": ["370102"], "adcode_given": [1]})
    assert list(match_counties(frame, code="adcode").matched.columns[:2]) == ["adcode_given_2", "adcode_given"]


def test_the_frame_may_be_empty_or_carry_geometry() -> None:
    import geopandas as gpd
    from shapely import Point

    empty = match_counties(pd.DataFrame({"n": []}), name="n")
    assert empty.counts == dict.fromkeys(STATUSES, 0)
    assert len(empty.raise_if_unmatched().matched) == 0
    frame = gpd.GeoDataFrame({"n": ["历下区"]}, geometry=[Point(117, 36)], crs="EPSG:4490")
    matched = match_counties(frame, name="n").matched
    assert isinstance(matched, gpd.GeoDataFrame)
    assert matched.crs == frame.crs


# --- bad input, item by item --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "total", ["合计", "合　计", "总计", "全省", "全市合计", "小计", "山东省总计", "（合计）", "市辖区", "其中：合计"]
)
def test_total_rows(total: str) -> None:
    found = one(None, total)
    assert (found["status"], cause(None, total)) == ("unmatched", "total_row")
    assert one("370000", total)["status"] == "unmatched"


def test_a_total_may_stand_in_the_column_of_codes_or_prefectures() -> None:
    assert cause("合计", None) == "total_row"
    assert cause(None, None, "合计") == "total_row"
    assert one(None, "历下区", "小计")["adcode"] == "370102"
    assert cause("370101", None) == "total_row"


@pytest.mark.parametrize(
    "remark", ["注：数据来自统计年鉴", "资料来源：山东统计年鉴", "注1：不含开发区", "单位：万人", "说明"]
)
def test_remarks_below_the_table(remark: str) -> None:
    assert cause(None, remark) == "remark"
    assert cause(remark, None) == "remark"


@pytest.mark.parametrize("nothing", [None, "", " ", "\u3000", float("nan"), pd.NA, pd.NaT])
def test_blank_rows(nothing: Any) -> None:
    assert cause(nothing, nothing, nothing) == "blank"
    assert cause(nothing, nothing, "济南市") == "blank"


@pytest.mark.parametrize("dash", ["-", "—", "/", "无", "…"])
def test_placeholders_of_codes_are_no_codes(dash: str) -> None:
    assert one(dash, "历下区")["adcode"] == "370102"


@pytest.mark.parametrize(
    "code", ["3701", "37010", "3701022", "370102001000", "370102001", "3.70102E+11", "0", 0, -1, "37O102"]
)
def test_codes_that_are_none_leave_the_name_a_candidate(code: Any) -> None:
    found = one(code, "历下区")
    assert (found["status"], found["candidates"]) == ("ambiguous", "370102 历下区")
    assert cause(code, "历下区") == "bad_code"
    assert one(code, None)["status"] == "unmatched"
    assert one(code, "什么县")["status"] == "unmatched"


def test_codes_nobody_has() -> None:
    assert one("370199", None)["status"] == "unmatched"
    found = one("370199", "历下区")
    assert (found["status"], found["candidates"]) == ("ambiguous", "370102 历下区")
    assert cause("370199", "历下曲") == "unknown"
    assert codes_of(one("370199", "历下曲")["candidates"]) == {"370102"}


@pytest.mark.parametrize(
    ("code", "name", "parent", "host"),
    [
        ("370171", "济南高新技术产业开发区", None, ""),
        ("370176", "济南高新", None, ""),
        ("370672", None, None, "370611 福山区"),
        ("370676", "烟台经开", None, "370611 福山区"),
        (370676.0, "经济技术开发区", None, "370611 福山区"),
        ("370772", "潍坊滨海经济技术开发区", None, "370703 寒亭区"),
        (None, "潍坊滨海经济开发区", None, "370703 寒亭区"),
        (None, "威海火炬高技术产业开发区", None, "371002 环翠区"),
        (None, "威海火炬高新区", None, "371002 环翠区"),
        (None, "威海经济技术开发区", None, "371002 环翠区"),
        (None, "高新区", "济宁市", "370811 任城区"),
        (None, "高新区", None, ""),
        (None, "德州天衢新区", "德州市", ""),
        ("371471", "德州天衢新区", None, ""),
        ("370271", "青岛高新", None, "370214 城阳区"),
    ],
)
def test_zones_are_unmatched_and_name_their_host_where_the_census_knows_it(
    code: Any, name: Any, parent: Any, host: str
) -> None:
    found = one(code, name, parent)
    assert (found["status"], found["candidates"]) == ("unmatched", host)
    assert "功能区" in found["reason"]
    assert cause(code, name, parent) == "zone"


def test_every_zone_of_the_census_is_one_by_code_and_by_name() -> None:
    census = read_table("census/census")
    zones = census[(census["unit_type"] == "zone") & (census["year"] == 2020) & (census["adcode"] != "632857")]
    assert len(zones) == 17
    for options in ({"code": "unit_id"}, {"name": "name"}, {"code": "unit_id", "name": "name"}):
        result = match_counties(zones, **options)  # type: ignore[arg-type]
        assert (result.issues["cause"] == "zone").all()
        assert result.counts["unmatched"] == 17
        hosts = [codes_of(told) for told in result.matched["candidates"]]
        assert hosts == [set() if pd.isna(host) else {host} for host in zones["host_adcode"]]


def test_the_census_itself_matches() -> None:
    census = read_table("census/census")
    for year in (2010, 2020):
        rows = census[census["year"] == year]
        result = match_counties(rows, name="name_in_source", parent="prefecture", year=year)
        got = result.matched[result.matched["status"].isin(SETTLED)]
        assert (got["adcode"] == got["adcode_2020"]).all()
        left = result.matched[~result.matched["status"].isin(SETTLED)]
        is_divided = left["name_in_source"] == "文登市"
        assert set(left.loc[~is_divided, "unit_type"]) <= {"zone"}


def test_a_zones_code_with_a_countys_name_contradicts_itself() -> None:
    assert cause("370171", "历下区") == "contradiction"
    assert cause("370102", "济南高新技术产业开发区") == "contradiction"


@pytest.mark.parametrize(
    "name", ["台湾省", "台湾", "中国台湾", "香港特别行政区", "香港", "中国香港", "澳门", "澳门特别行政区"]
)
@pytest.mark.parametrize("scope", ["ours", "china"])
def test_taiwan_hong_kong_and_macau(name: str, scope: Any) -> None:
    found = one(None, name, scope=scope)
    assert (found["status"], pd.isna(found["adcode"])) == ("unmatched", True)
    assert cause(None, name, scope=scope) == ("outside" if scope == "ours" else "higher_level")


@pytest.mark.parametrize(("code", "county"), [("710009", "台北市"), ("810101", "中西区")])
def test_their_districts_are_units_of_china_and_outside_ours(code: str, county: str) -> None:
    assert one(code, county, scope="china")["adcode"] == code
    assert one(None, county, scope="china")["adcode"] == code
    assert cause(code, county) == "outside"
    assert cause("820000", "澳门") == "outside"
    assert cause("710000", None) == "outside"


def test_other_provinces_are_outside_and_never_taken_for_ours() -> None:
    assert cause("110105", "朝阳区") == "outside"
    assert one("110105", None)["candidates"] == "110105 北京市朝阳区"
    assert cause(None, "市中区", "乐山市") == "outside"
    assert cause(None, "历下区", "北京市") == "outside"
    assert cause("110105", "历下区") == "contradiction"
    assert one(None, "朝阳区", "北京市", scope="china")["adcode"] == "110105"
    assert one(None, "朝阳区", scope="china")["status"] == "ambiguous"
    assert codes_of(one(None, "市中区", scope="china")["candidates"]) > {"370103", "370402", "370811"}
    assert codes_of(one(None, "市中区", scope="china", year=2010)["candidates"]) > {"370103", "370402", "370811"}


def test_rows_of_higher_levels() -> None:
    for row in [
        ("370100", "济南市"),
        (None, "济南市"),
        ("370000", "山东省"),
        (None, "山东"),
        (None, "海西州"),
        ("371200", "莱芜市"),
    ]:
        assert (one(*row)["status"], cause(*row)) == ("unmatched", "higher_level"), row
    assert "已撤销" in one(None, "莱芜市")["reason"]
    assert cause("370100", "历下区") == "contradiction"
    assert cause("370102", "济南市") == "contradiction"
    assert one("632100", "海东地区")["status"] == "unmatched"


def test_a_short_word_of_two_levels_is_ambiguous_unless_the_table_says_which() -> None:
    assert codes_of(one(None, "玉树")["candidates"]) == {"632701", "632700"}
    assert one(None, "玉树", "玉树藏族自治州")["status"] == "ambiguous"
    assert one(None, "玉树市")["adcode"] == "632701"
    assert one("632701", "玉树")["adcode"] == "632701"
    assert codes_of(one(None, "莱芜")["candidates"]) == {"370116", "371200"}
    assert one(None, "莱芜", year=2020)["adcode"] == "370116"
    assert one(None, "莱芜", year=2016)["status"] == "ambiguous"


# --- names, parents, history --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parent", "code"),
    [
        ("历城", None, "370112"),
        ("大通县", None, "630121"),
        ("大通", "西宁", "630121"),
        ("山东省济南市历城区", None, "370112"),
        ("济南历城", None, "370112"),
        ("市中区", "济南", "370103"),
        ("市中区", "370400", "370402"),
        ("市中区", "山东省枣庄市", "370402"),
        ("济宁市市中区", None, "370811"),
        ("市中区", "济宁市", "370811"),
        ("茫崖行委", None, "632803"),
        ("芒崖行委", None, "632803"),
        ("柴旦行委", "海西州", "632857"),
        ("乐都县", "海东市", "630202"),
        ("乐都县", "海东地区", "630202"),
        ("莱城区", "济南市", "370116"),
        ("莱城区", "莱芜市", "370116"),
        ("钢城区", "莱芜市", "370117"),
        ("钢城区", "济南市", "370117"),
    ],
)
def test_names_as_people_write_them(name: str, parent: str | None, code: str) -> None:
    assert one(None, name, parent)["adcode"] == code


def test_what_the_year_decides() -> None:
    assert one(None, "市中区", year=2010)["status"] == "ambiguous"
    assert len(codes_of(one(None, "市中区", year=2010)["candidates"])) == 3
    assert len(codes_of(one(None, "市中区", year=2020)["candidates"])) == 2
    assert one("370203", "市北区", year=2010)["status"] == "matched"
    assert "370205 四方区" in one("370203", "市北区", year=2010)["reason"]
    assert one("370203", "市北区", year=2020)["reason"] == "代码与名称一致"
    assert "一部分划归" in one("370686", "栖霞市", year=2018)["reason"]
    assert one("370686", "栖霞市", year=2018)["status"] == "matched"
    assert "2010年名录中无此名称" in one(None, "章丘区", year=2010)["reason"]
    assert one(None, "章丘市", year=2020)["status"] == "superseded"
    assert one("371324", None, year=2010)["status"] == "superseded"
    assert one("371324", "苍山县")["status"] == "superseded"
    assert one("371324", "兰陵县", year=2010)["status"] == "matched"


def test_a_divided_unit_is_ambiguous_however_it_is_written() -> None:
    for row in [("371081", None), (None, "文登市"), ("371081", "文登市"), ("371081", "文登区"), ("371003", "文登市")]:
        found = one(*row)
        assert found["status"] == "ambiguous", row
        assert codes_of(found["candidates"]) == {"371002", "371003"}, row
    assert one("371003", "文登区")["status"] == "matched"
    assert one("371003", "文登区", year=2010)["adcode"] == "371003"


def test_a_parent_that_contradicts() -> None:
    assert cause(None, "历下区", "青岛市") == "contradiction"
    assert one(None, "历下区", "青岛市")["candidates"] == "370102 历下区"
    assert cause("370102", "历下区", "青岛市") == "contradiction"
    assert cause("370102", None, "青海省") == "contradiction"


def test_a_parent_nobody_knows() -> None:
    assert cause(None, "历下区", "省会经济圈") == "unknown_parent"
    assert one(None, "历下区", "省会经济圈")["candidates"] == "370102 历下区"
    found = one("370102", "历下区", "省会经济圈")
    assert found["adcode"] == "370102"
    assert "未采用" in found["reason"]
    assert one(None, "历下区", "—")["adcode"] == "370102"


def test_the_province_of_the_table() -> None:
    assert one(None, "历下区", province="山东")["adcode"] == "370102"
    assert cause(None, "历下区", province="青海省") == "outside"
    assert cause("370102", "历下区", province="630000") == "outside"


def test_vendor_codes_and_committees() -> None:
    found = one("632825", "大柴旦")
    assert (found["status"], found["adcode"]) == ("superseded", "632857")
    assert "不是正式行政区划" in one("632857", None)["reason"]
    assert one("632856", None)["adcode"] == "632803"


def test_candidates_are_few_and_close() -> None:
    assert one(None, "历下曲")["candidates"] == "370102 历下区"
    assert codes_of(one(None, "即墨县")["candidates"]) >= {"370215"}
    assert one(None, "完全不像")["candidates"] == ""
    # A close name outside the prefecture is none.
    assert one(None, "历下曲", "西宁市")["candidates"] == ""


def test_close_names_are_looked_up_for_so_many_rows_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urbangeo.sources.matching.matcher._MOST_SEARCHES", 3)
    frame = pd.DataFrame({"n": [f"历下{letter}" for letter in "abcdef"]})
    found = match_counties(frame, name="n").matched["candidates"]
    assert [bool(told) for told in found] == [True] * 3 + [False] * 3


# --- the result ---------------------------------------------------------------------------------------------------


def test_raise_if_unmatched() -> None:
    frame = pd.DataFrame({"n": ["历下区", "章丘市", "合计"]})
    result = match_counties(frame, name="n")
    with pytest.raises(JoinError, match=r"1 of 3 rows.*row 2.*合计"):
        result.raise_if_unmatched()
    assert result.raise_if_unmatched(allow=["total_row"]) is result
    many = match_counties(pd.DataFrame({"n": ["市中区"] * 9}), name="n")
    with pytest.raises(JoinError, match=r"\+4 more"):
        many.raise_if_unmatched()


def test_the_issue_table_points_at_the_rows() -> None:
    frame = pd.DataFrame({"c": [370102, 370181], "n": ["历下区", "章丘市"]}, index=[4, 7])
    issues = match_counties(frame, code="c", name="n").issues
    row: Any = issues.iloc[0]
    assert len(issues) == 1
    assert (row["row"], row["given_code"], row["given_name"], row["status"]) == (7, "370181", "章丘市", "superseded")
    assert "国函〔2016〕155号" in row["reason"]
    assert pd.isna(row["given_parent"])


def test_several_rows_of_one_unit_are_told() -> None:
    frame = pd.DataFrame({"n": ["市北区", "四方区", "历下区"]})
    assert "370203 市北区（2行）" in " ".join(match_counties(frame, name="n", year=2010).notes)
    assert any("未考虑历史沿革" in note for note in match_counties(frame, name="n", scope="china").notes)


def test_columns_and_options_are_checked() -> None:
    frame = pd.DataFrame({"n": ["历下区"]})
    with pytest.raises(InputError, match="Neither code nor name"):
        match_counties(frame)
    with pytest.raises(InputError, match="Neither"):
        match_counties(frame, parent="n")
    with pytest.raises(SchemaError, match="name='x' is no column"):
        match_counties(frame, name="x")
    with pytest.raises(SchemaError, match="2 columns"):
        match_counties(pd.DataFrame([["a", "b"]], columns=["n", "n"]), name="n")
    with pytest.raises(SchemaError, match="several columns are named x"):
        match_counties(pd.DataFrame([["a", "b", "c"]], columns=["n", "x", "x"]), name="n")
    with pytest.raises(SchemaError, match="got list"):
        match_counties(["历下区"], name="n")  # type: ignore[arg-type]
    wrong_year: Any
    for wrong_year in (1999, 2030, True, "2020", 2020.5):
        with pytest.raises(InputError, match="year"):
            match_counties(frame, name="n", year=wrong_year)
    with pytest.raises(InputError, match="scope"):
        match_counties(frame, name="n", scope="world")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="山冬"):
        match_counties(frame, name="n", province="山冬")


def test_cells_that_are_no_text_or_number() -> None:
    frame = pd.DataFrame({"n": [["历下区"], b"x", pd.Timestamp("2020-01-01"), True]}, dtype=object)
    result = match_counties(frame, name="n")
    assert result.counts["matched"] == 0
    assert Counter(result.matched["status"]) == {"unmatched": 4}


@pytest.mark.slow
def test_a_hundred_thousand_rows_come_back_whole() -> None:
    names = list(todays_units().values())
    frame = pd.DataFrame({"n": [f"{names[place % 181]}{'' if place % 3 else place}" for place in range(100_000)]})
    result = match_counties(frame, name="n")
    assert len(result.matched) == 100_000
