"""Codes and names: what is no adcode is told so, short names are what people say, and the join fails closed."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from urbangeo.archive.catalog import read_table
from urbangeo.errors import JoinError, UrbangeoError
from urbangeo.language.adcode import adcode_faults, closest, join_on_adcode, province_code, short_name

CODES = ["370102", "370103", "370104", "630106", "632857"]


def frame_on(codes: list[object], **columns: list[object]) -> pd.DataFrame:
    return pd.DataFrame(columns or {"value": list(range(len(codes)))}, index=pd.Index(codes, name="adcode"))


@pytest.mark.parametrize(
    "wrong",
    ["37010", "3701022", "070102", "37010a", " 370102", "370102\n", "３７０１０２", "370102.0", "", "六三〇一〇六"],
)
def test_words_that_are_no_adcode(wrong: str) -> None:
    faults = adcode_faults(["370102", wrong])
    assert len(faults) == 1
    assert "six digits" in faults[0]
    assert repr(wrong) in faults[0]


@pytest.mark.parametrize("wrong", [370102, 370102.0, None, float("nan"), b"370102"])
def test_what_is_no_text_is_told_how_it_happens(wrong: object) -> None:
    faults = adcode_faults([wrong])
    assert len(faults) == 1
    assert f"got {type(wrong).__name__}" in faults[0]
    assert "dtype=str" in faults[0]


def test_all_kinds_of_faults_are_told() -> None:
    assert len(adcode_faults([370102, "37", "370102"])) == 2


@given(st.integers(100_000, 999_999))
def test_every_six_digit_text_passes_and_no_number_does(number: int) -> None:
    assert adcode_faults([str(number)]) == []
    assert adcode_faults([number]) != []


def test_every_code_of_the_tables_is_one() -> None:
    divisions = read_table("boundaries/divisions")
    for column in ("adcode", "prefecture_adcode", "province_adcode"):
        assert adcode_faults(divisions[column]) == []
    assert (divisions["adcode"].map(province_code) == divisions["province_adcode"]).all()


# What people say, where it is not the full name less its last character.
SAID = {
    "大通回族土族自治县": "大通",
    "民和回族土族自治县": "民和",
    "互助土族自治县": "互助",
    "化隆回族自治县": "化隆",
    "循化撒拉族自治县": "循化",
    "门源回族自治县": "门源",
    "河南蒙古族自治县": "河南",
    "大柴旦行政委员会": "大柴旦",
    "海北藏族自治州": "海北",
    "黄南藏族自治州": "黄南",
    "海南藏族自治州": "海南",
    "果洛藏族自治州": "果洛",
    "玉树藏族自治州": "玉树",
    "海西蒙古族藏族自治州": "海西",
    # Two characters keep their rank: nobody says 单 or 莒.
    "单县": "单县",
    "曹县": "曹县",
    "莘县": "莘县",
    "冠县": "冠县",
    "莒县": "莒县",
    "费县": "费县",
}


def test_short_names_of_all_divisions_are_what_people_say() -> None:
    divisions = read_table("boundaries/divisions")
    full = [*divisions["name"], *divisions["prefecture"].unique(), *divisions["province"].unique()]
    assert len(full) == 181 + 24 + 2
    wrong = {name: short_name(name) for name in full if short_name(name) != SAID.get(name, name[:-1])}
    assert wrong == {}
    assert set(SAID) <= set(full)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("西藏自治区", "西藏"),
        ("内蒙古自治区", "内蒙古"),
        ("宁夏回族自治区", "宁夏"),
        ("广西壮族自治区", "广西"),
        ("新疆维吾尔自治区", "新疆"),
        ("香港特别行政区", "香港"),
        ("澳门特别行政区", "澳门"),
        ("北京市", "北京"),
        ("台湾省", "台湾"),
        ("海东地区", "海东"),
        ("济南", "济南"),
        ("市", "市"),
        ("", ""),
    ],
)
def test_other_short_names(name: str, short: str) -> None:
    assert short_name(name) == short


@given(st.text(alphabet="济南市区县旗州自治回族藏土行政委员会地", max_size=10))
def test_a_short_name_begins_the_full_one_and_is_never_one_character(name: str) -> None:
    short = short_name(name)
    assert name.startswith(short)
    assert len(short) >= min(2, len(name))


@given(
    st.text(alphabet="济南青岛西宁市区县abc*[", max_size=8),
    st.lists(st.text(alphabet="济南青岛西宁市区县", min_size=1), unique=True),
)
def test_closest_names_are_known_names(name: str, known: list[str]) -> None:
    near = closest(name, known)
    assert set(near) <= set(known)
    assert len(near) == len(set(near)) <= 3


@pytest.mark.parametrize(
    ("name", "best"), [("历程区", "历城区"), ("历城", "历城区"), ("山东省潍坊市", "潍坊市"), ("完全无关", None)]
)
def test_closest_by_hand(name: str, best: str | None) -> None:
    near = closest(name, ["历城区", "潍坊市", "青岛市"])
    assert (near[0] if near else None) == best


def test_the_join_keeps_rows_order_and_kind_of_the_left_side() -> None:
    shapes = [Point(117, 36), Point(118, 36)]
    left = gpd.GeoDataFrame(
        {"name": ["市中区", "历下区"]},
        geometry=shapes,
        index=pd.Index(["370103", "370102"], name="adcode"),
        crs="EPSG:4490",
    )
    left.attrs["source"] = {"publisher": "天地图"}
    right = frame_on(["370102", "370103"], residents=[819_139, 903_669])
    before = left.copy(deep=True), right.copy(deep=True)
    joined = join_on_adcode(left, right)
    assert isinstance(joined, gpd.GeoDataFrame)
    assert joined.crs == left.crs
    assert joined.index.tolist() == ["370103", "370102"]
    assert joined["residents"].tolist() == [903_669, 819_139]
    assert joined["residents"].dtype == right["residents"].dtype
    pd.testing.assert_frame_equal(left, before[0])
    pd.testing.assert_frame_equal(right, before[1])
    assert left.attrs == {"source": {"publisher": "天地图"}}


def test_loners_of_both_sides_are_listed_with_their_names() -> None:
    left = frame_on(["370102", "370103"], name=["历下区", "市中区"])
    right = frame_on(["370102", "370171"], people=[1, 2])
    with pytest.raises(JoinError) as caught:
        join_on_adcode(left, right, left_name="county lines", right_name="census rows")
    message = str(caught.value)
    assert isinstance(caught.value, UrbangeoError)
    assert "1 of county lines without census rows: 370103 市中区" in message
    assert "1 of census rows without county lines: 370171" in message
    assert "functional zones" in message


def test_loners_that_are_named_may_stand_alone() -> None:
    left = frame_on(["370102", "370103"], name=["历下区", "市中区"])
    right = frame_on(["370102", "370171"], people=[1, 2])
    joined = join_on_adcode(left, right, left_only=["370103"], right_only={"370171"})
    assert joined.index.tolist() == ["370102", "370103"]
    assert joined["people"].isna().tolist() == [False, True]
    with pytest.raises(JoinError, match="370103"):
        join_on_adcode(left, right, right_only=["370171"])
    with pytest.raises(JoinError, match="370171"):
        join_on_adcode(left, right, left_only=["370103"])


def test_doubled_rows_are_refused_on_either_side() -> None:
    once, twice = frame_on(["370102"], name=["历下区"]), frame_on(["370102", "370102"], people=[1, 2])
    for left, right in ((once, twice), (twice, once)):
        with pytest.raises(JoinError, match="more than once: 370102"):
            join_on_adcode(left, right)


@pytest.mark.parametrize("codes", [[370102], [370102.0], ["37010"], [None]])
def test_malformed_codes_are_refused_on_either_side(codes: list[object]) -> None:
    good, bad = frame_on(["370102"], name=["历下区"]), frame_on(codes, people=[1])
    for left, right, label in ((good, bad, "statistics"), (bad, good, "boundaries")):
        with pytest.raises(JoinError, match=f"{label}: adcodes must be"):
            join_on_adcode(left, right)


def test_columns_of_both_sides_clash() -> None:
    with pytest.raises(JoinError, match="both frames have the columns name"):
        join_on_adcode(frame_on(["370102"], name=["a"]), frame_on(["370102"], name=["b"]))


@given(st.lists(st.sampled_from(CODES), unique=True), st.lists(st.sampled_from(CODES), unique=True))
def test_the_join_succeeds_if_and_only_if_the_codes_are_the_same(left: list[str], right: list[str]) -> None:
    one, other = frame_on(list(left), a=list(left)), frame_on(list(right), b=list(right))
    if set(left) == set(right):
        joined = join_on_adcode(one, other)
        assert joined.index.tolist() == left
        assert (joined["a"] == joined["b"]).all()
    else:
        with pytest.raises(JoinError) as caught:
            join_on_adcode(one, other)
        for code in set(left) ^ set(right):
            assert code in str(caught.value)
