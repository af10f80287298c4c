"""The register holds every division once, and a word finds what it means exactly or is told what comes near."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangeo.archive.catalog import read_table
from urbangeo.errors import InputError, UnknownNameError
from urbangeo.language.names import name_forms
from urbangeo.language.scalars import plain
from urbangeo.sources.boundaries import read_counties
from urbangeo.sources.divisions import COLUMNS, Level, Scope, children, forms_of, lookup, parents, register

SCOPES: tuple[Scope, ...] = ("ours", "china")


def codes(frame: pd.DataFrame) -> list[str]:
    return [str(code) for code in frame.index]


# --- the register ---


@pytest.mark.parametrize(("scope", "counts"), [("ours", (2, 24, 181)), ("china", (34, 329, 2890))])
def test_sizes_and_form(scope: Scope, counts: tuple[int, int, int]) -> None:
    frame = register(scope)
    levels = Counter(frame["level"])
    assert (levels["province"], levels["prefecture"], levels["county"]) == counts
    assert frame.columns.tolist() == COLUMNS
    assert frame.index.name == "adcode"
    assert frame.index.is_unique
    assert frame.index.is_monotonic_increasing
    assert frame[["name", "short_name", "level", "province_adcode", "province"]].notna().all(axis=None)


@pytest.mark.parametrize("scope", SCOPES)
def test_parents_are_of_the_register_and_codes_nest(scope: Scope) -> None:
    frame = register(scope)
    below = frame[frame["level"] != "province"]
    assert set(below["parent_adcode"]) <= set(frame.index)
    assert frame.loc[frame["level"] == "province", "parent_adcode"].isna().all()
    assert (frame["province_adcode"] == frame.index.str[:2] + "0000").all()
    over = frame.loc[below["parent_adcode"], "level"].to_numpy()
    assert set(over[(below["level"] == "county").to_numpy()]) <= {"prefecture", "province"}
    assert set(over[(below["level"] == "prefecture").to_numpy()]) == {"province"}
    counties = below[below["prefecture_adcode"].notna()]
    assert (frame.loc[counties["prefecture_adcode"], "name"].to_numpy() == counties["prefecture"].to_numpy()).all()


def test_types_of_our_provinces_are_those_of_the_ministry() -> None:
    frame = register()
    counties = frame[frame["level"] == "county"]
    counted = {province: dict(Counter(rows["type"])) for province, rows in counties.groupby("province")}
    assert counted == {
        "山东省": {"市辖区": 58, "县": 52, "县级市": 26},
        "青海省": {"县": 25, "自治县": 7, "市辖区": 7, "县级市": 5, "行政委员会": 1},
    }
    assert frame.loc[["370000", "370100", "632200"], "type"].tolist() == ["省", "地级市", "自治州"]


def test_china_agrees_with_the_boundaries_and_with_our_own_table() -> None:
    china, ours = register("china"), register()
    assert set(china.index[china["level"] == "county"]) | {"820000"} == set(read_counties(None).index)
    pd.testing.assert_frame_equal(china.loc[ours.index], ours)


@pytest.mark.parametrize(
    ("adcode", "row"),
    [
        # level, type, parent, prefecture
        ("110105", ("county", None, "110000", None)),  # a municipality has no prefectures
        ("419001", ("county", None, "410000", None)),  # 济源市: 省直辖
        ("429021", ("county", None, "420000", None)),  # 神农架林区
        ("629700", ("county", None, "620000", None)),  # 中农发山丹马场
        ("710001", ("county", None, "710000", None)),
        ("810101", ("county", None, "810000", None)),
        ("820000", ("province", "特别行政区", None, None)),
        ("150000", ("province", "自治区", None, None)),
        ("110000", ("province", "直辖市", None, None)),
        ("152200", ("prefecture", "盟", "150000", "兴安盟")),
        ("542500", ("prefecture", "地区", "540000", "阿里地区")),
        ("630106", ("county", "市辖区", "630100", "西宁市")),
    ],
)
def test_divisions_of_all_kinds(adcode: str, row: tuple[str | None, ...]) -> None:
    found = register("china").loc[[adcode], ["level", "type", "parent_adcode", "prefecture"]].to_dict("records")[0]
    assert tuple(plain(value) for value in found.values()) == row


def test_a_register_is_the_callers_own() -> None:
    first = register()
    first.loc["370102", "name"] = "改"
    first["level"] = "改"
    assert list(register().loc["370102", ["name", "level"]]) == ["历下区", "county"]


def test_an_unknown_scope_is_refused() -> None:
    with pytest.raises(InputError, match="'ours'"):
        register("world")  # type: ignore[arg-type]


# --- lookup ---


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("历城", ["370112"]),
        ("历城区", ["370112"]),
        ("370112", ["370112"]),
        ("３７０１１２", ["370112"]),
        ("370112.0", ["370112"]),
        ("济南市历城区", ["370112"]),
        ("济南历城", ["370112"]),
        ("山东省济南市历城区", ["370112"]),
        ("山东 济南 历城", ["370112"]),
        ("山东历城区", ["370112"]),
        ("济南", ["370100"]),
        ("山东", ["370000"]),
        ("市中区", ["370103", "370402"]),
        ("枣庄市中区", ["370402"]),
        ("大通县", ["630121"]),
        ("大通", ["630121"]),
        ("大通回族土族自治县", ["630121"]),
        ("西宁大通县", ["630121"]),
        ("河南县", ["632324"]),
        ("民和", ["630222"]),
        ("海西", ["632800"]),
        ("海西州", ["632800"]),
        ("海西州茫崖市", ["632803"]),
        ("大柴旦", ["632857"]),
        ("大柴旦行委", ["632857"]),
        ("大柴旦行政委员会", ["632857"]),
        ("玉树", ["632700", "632701"]),
        ("玉树市", ["632701"]),
        ("玉树州", ["632700"]),
        ("东营", ["370500", "370502"]),
        ("东营区（市辖区）", ["370502"]),
        ("单县", ["371722"]),
        ("菏泽单县", ["371722"]),
    ],
)
def test_what_words_mean(word: str, found: list[str]) -> None:
    assert codes(lookup(word)) == found


def test_the_strictest_fit_comes_first() -> None:
    hits = lookup("海南", scope="china")
    assert hits["fits"].tolist() == ["short"] * 3
    assert codes(hits) == ["150303", "460000", "632500"]
    hits = lookup("吉林", scope="china")
    assert codes(hits) == ["220000", "220200"]
    assert lookup("370102")["fits"].tolist() == ["code"]
    assert lookup("历下区")["fits"].tolist() == ["name"]
    assert lookup("济南历下")["fits"].tolist() == ["path"]


@pytest.mark.parametrize("repeated", ["朝阳区", "新华区", "市中区", "鼓楼区", "城关区", "和平区", "南山区"])
def test_repeated_names_of_china_all_come_and_the_parent_tells_them_apart(repeated: str) -> None:
    frame = register("china")
    hits = lookup(repeated, scope="china")
    assert set(hits.index) == set(frame.index[frame["name"] == repeated])
    assert len(hits) >= 2
    for code, row in hits.iterrows():
        parent = str(row["parent_adcode"])
        for way in (parent, str(frame.loc[parent, "name"]), str(frame.loc[parent, "short_name"])):
            assert codes(lookup(repeated, parent=way, scope="china")) == [code]


def test_level_and_parent_narrow() -> None:
    assert codes(lookup("玉树", level="county")) == ["632701"]
    assert codes(lookup("玉树", level="prefecture")) == ["632700"]
    assert codes(lookup("市中区", parent="枣庄")) == ["370402"]
    assert codes(lookup("济南", parent="山东省")) == ["370100"]
    # A division is not under itself.
    with pytest.raises(UnknownNameError):
        lookup("济南", parent="济南市")


@pytest.mark.parametrize("scope", SCOPES)
def test_every_division_is_found_by_every_form_of_its_name(scope: Scope) -> None:
    frame, index = register(scope), forms_of(scope)
    for code, name in frame["name"].items():
        for form in name_forms(str(name)):
            assert code in index[form]
    for unit in frame[frame["level"] == "county"].reset_index().to_dict("records"):
        if isinstance(unit["prefecture"], str):
            for word in (unit["province"] + unit["prefecture"] + unit["name"], unit["prefecture"] + unit["name"]):
                assert list(index[word]) == [unit["adcode"]]


def test_province_prefecture_and_name_tell_all_counties_of_china_apart() -> None:
    frame = register("china")
    counties = frame[frame["level"] == "county"]
    assert not counties.duplicated(["province", "prefecture", "name"]).any()


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("历程区", "closest: 历城区"),
        ("章丘市", "370181 章丘市 became 370114 章丘区"),
        ("370181", "370181 章丘市 became 370114 章丘区"),
        ("湟中县", "630122 湟中县 became 630106 湟中区"),
        ("四方区", "370205 四方区 became 370203 市北区"),
        ("370171", "same prefecture: 370100 济南市, 370102 历下区"),
        ("999999", "999999"),
        ("朝阳区", "朝阳区"),
        ("城", "城"),
        ("中区", "中区"),
        ("完全无关的词", "完全无关的词"),
    ],
)
def test_what_is_not_there_is_told_and_never_guessed(word: str, told: str) -> None:
    with pytest.raises(UnknownNameError, match=told):
        lookup(word)


@given(st.text(alphabet="济南历城下市中区县山东青海大通回族土自治柴旦行委", max_size=9))
def test_a_hit_is_always_written_the_way_it_was_asked(word: str) -> None:
    try:
        hits = lookup(word)
    except (UnknownNameError, InputError):
        return
    for unit in hits.to_dict("records"):
        assert any(word.endswith(form) for form in name_forms(unit["name"]))


@pytest.mark.parametrize("word", ["", "  ", "\u3000", None, float("nan")])
def test_no_word_is_refused(word: object) -> None:
    with pytest.raises(InputError, match="needed"):
        lookup(word)  # type: ignore[arg-type]


def test_wrong_options_are_refused() -> None:
    wrong: Level = "town"  # type: ignore[assignment]
    with pytest.raises(InputError, match="province, prefecture, county"):
        lookup("历城", level=wrong)
    with pytest.raises(InputError, match="is a county"):
        lookup("历城", parent="历下区")
    with pytest.raises(UnknownNameError):
        lookup("历城", parent="历下市")
    with pytest.raises(UnknownNameError, match="under 青岛市 of level county"):
        lookup("历城", parent="青岛市", level="county")


@pytest.mark.parametrize("word", ["香港", "台湾省", "澳门", "澳门特别行政区", "高雄市", "中西区"])
def test_taiwan_hong_kong_and_macau_are_known_in_china_and_not_among_ours(word: str) -> None:
    assert len(lookup(word, scope="china")) == 1
    with pytest.raises(UnknownNameError):
        lookup(word)


# --- up and down ---


def test_children_by_name_and_code() -> None:
    divisions = read_table("boundaries/divisions")
    for prefecture, rows in divisions.groupby("prefecture_adcode"):
        found = children(str(prefecture))
        assert codes(found) == sorted(rows["adcode"])
        pd.testing.assert_frame_equal(children(rows["prefecture"].iloc[0]), found)
    assert len(children("山东")) == 16
    assert len(children("青海省")) == 8
    assert len(children("玉树")) == 6  # the prefecture; the city of that name has none
    assert len(children("东营")) == 5
    assert len(children("北京", scope="china")) == 16
    assert len(children("海南省", scope="china")) == 4 + 15


@pytest.mark.parametrize("word", ["历下区", "市中区", "370102"])
def test_a_county_has_no_children_here(word: str) -> None:
    with pytest.raises(InputError, match="expected one province or prefecture"):
        children(word)


def test_children_of_an_ambiguous_word_are_refused() -> None:
    with pytest.raises(InputError, match=r"460000 海南省.*give its code"):
        children("海南", scope="china")


def test_children_of_nothing_known() -> None:
    with pytest.raises(UnknownNameError):
        children("莱芜市")


@pytest.mark.parametrize("scope", SCOPES)
def test_parents_and_children_are_each_others_reverse(scope: Scope) -> None:
    frame = register(scope)
    for code in [*frame.index[:: 1 if scope == "ours" else 97]]:
        over = parents(code, scope=scope)
        assert len(over) == {"province": 0, "prefecture": 1}.get(frame.loc[code, "level"], len(over))
        if len(over):
            assert over.index[-1] == frame.loc[code, "province_adcode"]
            assert code in children(codes(over)[0], scope=scope).index
    assert parents("632857")["name"].tolist() == ["海西蒙古族藏族自治州", "青海省"]


@pytest.mark.parametrize("code", ["370181", "999999", "历城", "37"])
def test_parents_of_what_is_no_code_of_today(code: str) -> None:
    with pytest.raises(UnknownNameError):
        parents(code)
