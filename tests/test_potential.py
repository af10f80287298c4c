"""Potential areas: the rule by hand on five counties, what is missing, what would flip, the golden lists of 2020."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from urbangeo.answers.potential import RULE_SOURCE, PotentialRule, potential_areas
from urbangeo.errors import InputError, SchemaError, UnknownNameError
from urbangeo.sources.census import WEAKEST_FIRST, provincial_rate, read_census
from urbangeo.sources.plans import source_titles

OFFICIAL = 60.08
"""Urbanization rate of 青海省 in the 2020 census, %: the ceiling of every toy here."""

Row = tuple[str, float | None, float | None]


def toy_census(*rows: Row, year: int = 2020, zones: tuple[str, ...] = ()) -> pd.DataFrame:
    """One row a (name, residents, rate); urban residents follow from the rate."""
    records = []
    for number, (name, people, rate) in enumerate(rows):
        records.append(
            {
                "adcode": f"6301{number + 1:02d}",
                "year": year,
                "name": name,
                "prefecture": "西宁市",
                "province": "青海省",
                "resident_population": people,
                "urban_population": None if people is None or rate is None else round(people * rate / 100),
                "urbanization_rate_pct": rate,
                "unit_type": "zone" if name in zones else "county",
                "host_adcode": None,
                "source_id": "P001",
                "confidence": "two_pages",
                "note": None,
            }
        )
    frame = pd.DataFrame(records).astype({"resident_population": "Int64", "urban_population": "Int64"})
    return frame.astype({"urbanization_rate_pct": "float64"}).set_index(["adcode", "year"])


def judged(census: pd.DataFrame, **options: Any) -> pd.DataFrame:
    """Every county by name."""
    rule = PotentialRule(**options) if options else None
    return potential_areas(census, rule=rule, rows="all").reset_index().set_index("name")


#              residents  rate       more than 100,000?  below 60.08?
FIVE: tuple[Row, ...] = (
    ("过线县", 100_001, 60.07),    # one person more      just below      → potential
    ("等口县", 100_000, 50.00),    # exactly              well below      → not, but listed if limits count
    ("少口县", 99_999, 50.00),     # one person less      well below      → not
    ("等率县", 200_000, 60.08),    # yes                  exactly         → not, but listed if limits count
    ("高率县", 200_000, 60.09),    # yes                  just above      → not
)  # fmt: skip


def test_five_counties_by_hand() -> None:
    found = judged(toy_census(*FIVE))
    assert found["decision"].to_dict() == {
        "过线县": "potential", "等口县": "not_potential", "少口县": "not_potential", "等率县": "not_potential",
        "高率县": "not_potential",
    }  # fmt: skip
    assert found["provincial_rate_pct"].unique().tolist() == [OFFICIAL]
    assert found["gap_pct"].tolist() == pytest.approx([0.01, 10.08, 10.08, 0.0, -0.01])
    assert found["population_margin"].tolist() == [1, 0, -1, 100_000, 100_000]
    assert found["year"].unique().tolist() == [2020]


def test_limits_may_count_too() -> None:
    found = judged(toy_census(*FIVE), strict=False)
    listed = found.index[found["decision"] == "potential"].tolist()
    assert listed == ["过线县", "等口县", "等率县"]


def test_only_what_is_listed_is_returned_unless_all_is_asked_for() -> None:
    census = toy_census(*FIVE)
    assert potential_areas(census)["name"].tolist() == ["过线县"]
    assert len(potential_areas(census, rows="all")) == 5
    with pytest.raises(InputError, match="rows='some'"):
        potential_areas(census, rows="some")  # type: ignore[arg-type]


def test_reasons_carry_the_exact_figures() -> None:
    reasons = judged(toy_census(*FIVE))["reason"]
    below = "城镇化率60.07%<2020年全省平均水平60.08%（低0.01个百分点）"
    assert reasons["过线县"] == f"常住人口100,001人>10万人；{below}，列入潜力地区"
    below = "城镇化率50.00%<2020年全省平均水平60.08%（低10.08个百分点）"
    assert reasons["等口县"] == f"常住人口100,000人≤10万人；{below}，不列入"
    assert "城镇化率60.08%≥2020年全省平均水平60.08%（持平），不列入" in reasons["等率县"]
    assert "城镇化率60.09%≥2020年全省平均水平60.08%（高0.01个百分点），不列入" in reasons["高率县"]
    loose = judged(toy_census(*FIVE), strict=False)["reason"]
    assert "常住人口100,000人≥10万人" in loose["等口县"]
    assert "城镇化率60.08%≤2020年全省平均水平60.08%（持平），列入潜力地区" in loose["等率县"]
    assert "常住人口99,999人<10万人" in loose["少口县"]


def test_flips_name_the_alternative() -> None:
    flips = judged(toy_census(*FIVE))["flips_under"]
    assert flips["等口县"] == "达到界限值即算：城镇化率50.00%，潜力地区"
    assert flips["少口县"] == ""
    # Weighted mean of the five: (60,071 + 50,000 + 50,000 + 120,160 + 120,180) / 700,000 = 57.20 %: 过线县 is above it.
    assert "上限改用各县加权平均：城镇化率60.07%，非潜力地区" in flips["过线县"]


def test_missing_figures_cannot_be_decided_unless_the_other_fails() -> None:
    found = judged(
        toy_census(
            ("缺人县", None, 40.0),     # rate would do, residents unknown  → undecided
            ("缺率县", 300_000, None),  # residents would do, rate unknown  → undecided
            ("都缺县", None, None),     # nothing known                     → undecided
            ("高缺县", None, 80.0),     # the rate alone rules it out       → not
            ("少缺县", 50_000, None),   # the residents alone rule it out   → not
            ("常规县", 200_000, 30.0),
        )
    )  # fmt: skip
    assert found["decision"].tolist() == ["undecided"] * 3 + ["not_potential"] * 2 + ["potential"]
    assert found.loc["缺人县", "reason"] == "缺少常住人口数据，无法判定"
    assert found.loc["缺率县", "reason"] == "缺少城镇化率数据，无法判定"
    assert found.loc["都缺县", "reason"] == "缺少常住人口、城镇化率数据，无法判定"
    assert found.loc["高缺县", "reason"] == "城镇化率80.00%≥2020年全省平均水平60.08%（高19.92个百分点），不列入"
    assert found.loc["少缺县", "reason"] == "常住人口50,000人≤10万人，不列入"
    assert found["population_margin"].isna().tolist() == [True, False, True, True, False, False]
    assert math.isnan(found["gap_pct"]["缺率县"])
    # The undecided stand on the list: somebody has to look.
    census = toy_census(("缺人县", None, 40.0), ("高缺县", None, 80.0))
    assert potential_areas(census)["name"].tolist() == ["缺人县"]


def test_nothing_known_at_all_is_undecided_not_an_accident() -> None:
    found = judged(toy_census(("甲县", None, None), ("乙县", None, None)))
    assert found["decision"].tolist() == ["undecided", "undecided"]
    with pytest.raises(InputError, match="weighted mean is not known"):
        judged(toy_census(("甲县", None, None)), rate_ceiling="weighted")


def test_an_alternative_without_data_is_undecided_never_no() -> None:
    census = toy_census(("甲县", 200_000, 40.0), ("乙县", 200_000, 80.0))
    other = toy_census(("甲县", 200_000, None), ("乙县", 200_000, 80.0))
    flips = potential_areas(census, alternatives=[other], rows="all")["flips_under"].tolist()
    assert "功能区人口并入或分列改变口径：城镇化率无数据，无法判定" in flips[0]
    assert "非潜力地区" not in flips[0]


def test_weighted_ceiling_by_hand() -> None:
    # 100,000 of 400,000 and 300,000 of 400,000 are urban: the mean is 50 %, not the (25 + 75) / 2 of another weighting.
    census = toy_census(("甲县", 300_000, 100 / 3), ("乙县", 100_000, 100.0), ("丙县", 400_000, 50.0))
    # 100,000 + 100,000 + 200,000 of 800,000: 50 %.
    found = judged(census, rate_ceiling="weighted")
    assert found["provincial_rate_pct"].unique().tolist() == [50.0]
    assert found["decision"].tolist() == ["potential", "not_potential", "not_potential"]
    assert "2020年各县加权平均50.00%" in found["reason"]["甲县"]
    # A county without figures takes no part in the mean.
    with_gap = toy_census(
        ("甲县", 300_000, 100 / 3), ("乙县", 100_000, 100.0), ("丙县", 400_000, 50.0), ("缺县", 900_000, None)
    )
    assert judged(with_gap, rate_ceiling="weighted")["provincial_rate_pct"].unique().tolist() == [50.0]


def test_a_number_as_ceiling_and_another_floor() -> None:
    found = judged(toy_census(*FIVE), rate_ceiling=55, population_floor=99_000)
    assert found.index[found["decision"] == "potential"].tolist() == ["等口县", "少口县"]
    assert "常住人口99,999人>9.9万人" in found["reason"]["少口县"]
    assert "指定上限55.00%（低5.00个百分点）" in found["reason"]["少口县"]


@pytest.mark.parametrize(
    "options",
    [
        {"population_floor": -1},
        {"rate_ceiling": 0},
        {"rate_ceiling": 101},
        {"rate_ceiling": math.nan},
        {"rate_ceiling": "mean"},
        {"units": "towns"},
    ],
    ids=str,
)
def test_impossible_rules(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="expected population_floor >= 0"):
        PotentialRule(**options)


def test_zones_are_judged_only_if_asked_for() -> None:
    rows: tuple[Row, ...] = (("甲县", 200_000, 40.0), ("高新区", 200_000, 30.0), ("大柴旦行政委员会", 200_000, 30.0))
    census = toy_census(*rows, zones=("高新区", "大柴旦行政委员会"))
    assert judged(census).index.tolist() == ["甲县"]
    assert judged(census, units="counties_and_zones").index.tolist() == ["甲县", "高新区"]
    only_zones = toy_census(("高新区", 200_000, 30.0), zones=("高新区",))
    with pytest.raises(SchemaError, match="no county of 青海省"):
        potential_areas(only_zones)


def test_years_are_never_mixed() -> None:
    both = pd.concat([toy_census(*FIVE), toy_census(*FIVE, year=2010)])
    with pytest.raises(SchemaError, match="holds the years 2010, 2020"):
        potential_areas(both)
    with pytest.raises(SchemaError, match=re.escape("alternative census is of 2010, the census itself of 2020")):
        potential_areas(toy_census(*FIVE), alternatives=[toy_census(*FIVE, year=2010)])
    # 2010 is measured against the rate of 2010.
    ceiling, _ = provincial_rate("青海省", 2010)
    assert judged(toy_census(*FIVE, year=2010))["provincial_rate_pct"].unique().tolist() == [ceiling]
    with pytest.raises(InputError, match="No urbanization rate of 青海省 for 1999"):
        potential_areas(toy_census(*FIVE, year=1999))


def test_faulty_census_frames() -> None:
    census = toy_census(*FIVE)
    with pytest.raises(SchemaError, match="'urban_population' is missing"):
        potential_areas(census.drop(columns="urban_population"))
    with pytest.raises(SchemaError, match="source_id"):
        potential_areas(census.drop(columns="source_id"))
    with pytest.raises(SchemaError, match="stand more than once"):
        potential_areas(pd.concat([census, census]))
    with pytest.raises(SchemaError, match="no rows"):
        potential_areas(census.iloc[:0])
    lost = census.reset_index().astype({"adcode": int}).set_index(["adcode", "year"])
    with pytest.raises(SchemaError, match="adcodes must be text, got int"):
        potential_areas(lost)
    with pytest.raises(UnknownNameError, match=r"山西.*青海省"):
        potential_areas(census, province="山西")
    before = census.copy()
    potential_areas(census, rows="all", alternatives=[census])
    pd.testing.assert_frame_equal(census, before)


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(1, 300_000)), st.one_of(st.none(), st.floats(0.01, 100))),
        min_size=1,
        max_size=8,
    ),
    st.booleans(),
)
def test_the_decision_is_the_rule(values: list[tuple[int | None, float | None]], strict: bool) -> None:  # noqa: FBT001
    census = toy_census(*[(f"第{number}县", people, rate) for number, (people, rate) in enumerate(values)])
    found = judged(census, strict=strict, rate_ceiling=50)
    for (people, rate), decision in zip(values, found["decision"], strict=True):
        above = None if people is None else (people > 100_000 if strict else people >= 100_000)
        below = None if rate is None else (rate < 50 if strict else rate <= 50)
        if above is False or below is False:
            assert decision == "not_potential"
        elif above is None or below is None:
            assert decision == "undecided"
        else:
            assert decision == "potential"


@settings(max_examples=20)
@given(st.permutations(range(5)))
def test_row_order_does_not_matter(order: list[int]) -> None:
    census = toy_census(*FIVE)
    shuffled = judged(census.iloc[order])
    pd.testing.assert_frame_equal(shuffled.loc[[row[0] for row in FIVE]], judged(census))


# --- golden: the method paper, section 5, worked out from the census books before the library -------

QINGHAI = [
    "湟中区", "大通回族土族自治县", "湟源县", "乐都区", "民和回族土族自治县", "互助土族自治县", "化隆回族自治县",
    "循化撒拉族自治县", "门源回族自治县", "同仁市", "共和县", "贵德县",
]  # fmt: skip


@pytest.fixture(scope="module")
def census_2020() -> pd.DataFrame:
    return read_census(2020)


@pytest.fixture(scope="module")
def everyone(census_2020: pd.DataFrame) -> pd.DataFrame:
    return potential_areas(census_2020, rows="all", alternatives=[read_census(2020, zones="to_host")])


def test_golden_qinghai(census_2020: pd.DataFrame) -> None:
    found = potential_areas(census_2020, province="青海")
    assert sorted(found["name"]) == sorted(QINGHAI)
    assert (found["decision"] == "potential").all()
    assert (found["provincial_rate_pct"] == OFFICIAL).all()
    assert (found["province"] == "青海省").all()


def test_golden_closest_exclusion_in_qinghai(everyone: pd.DataFrame) -> None:
    out = everyone[(everyone["province"] == "青海省") & (everyone["decision"] == "not_potential")]
    big = out[out["population_margin"] > 0]
    nearest = big.sort_values("gap_pct").iloc[-1]
    assert nearest["name"] == "玉树市"
    assert nearest["urbanization_rate_pct"] == 60.50
    assert nearest["gap_pct"] == pytest.approx(-0.42)
    assert "城镇化率60.50%≥2020年全省平均水平60.08%（高0.42个百分点）" in nearest["reason"]


def test_golden_shandong(everyone: pd.DataFrame) -> None:
    shandong = everyone[everyone["province"] == "山东省"]
    listed = shandong[shandong["decision"] == "potential"]
    assert len(listed) == 89
    # All 136 have more than 100,000 residents: only the rate decides.
    assert len(shandong) == 136
    assert (shandong["population_margin"] > 0).all()
    assert (shandong["provincial_rate_pct"] == 63.05).all()
    by_name = shandong.set_index("name")
    near = by_name.loc[["诸城市", "高密市", "垦利区"]]
    assert near["urbanization_rate_pct"].tolist() == [63.00, 63.01, 63.07]
    assert near["decision"].tolist() == ["potential", "potential", "not_potential"]


def test_golden_zones_added_to_hosts(everyone: pd.DataFrame) -> None:
    hosted = potential_areas(read_census(2020, zones="to_host"), province="山东")
    assert len(hosted) == 88
    apart = everyone[(everyone["province"] == "山东省") & (everyone["decision"] == "potential")]
    assert set(apart["name"]) - set(hosted["name"]) == {"寒亭区"}
    assert set(hosted["name"]) <= set(apart["name"])
    flips = everyone[everyone["flips_under"].str.contains("功能区")]
    assert flips["name"].tolist() == ["寒亭区"]
    assert "功能区人口并入或分列改变口径：城镇化率65.25%，非潜力地区" in flips["flips_under"].iloc[0]


def test_golden_later_rates_would_list_others(census_2020: pd.DataFrame) -> None:
    # Measured against a later provincial rate 玉树市 would be listed wrongly; so the year is always that of the census.
    later = PotentialRule(rate_ceiling=61.02)
    assert "玉树市" in potential_areas(census_2020, province="青海", rule=later)["name"].tolist()


def test_every_figure_of_the_golden_lists_has_its_source(everyone: pd.DataFrame, census_2020: pd.DataFrame) -> None:
    titles = source_titles(everyone["source_id"])
    assert RULE_SOURCE in titles.index
    assert titles["title"].notna().all()
    figures = census_2020.droplevel("year").loc[everyone.index]
    assert figures["resident_population"].equals(everyone["resident_population"])
    for row, figure in zip(everyone.to_dict("records"), figures.to_dict("records"), strict=True):
        assert RULE_SOURCE in row["source_id"]
        assert figure["source_id"].split(";")[0] in row["source_id"]
        assert f"{row['resident_population']:,}人" in row["reason"]
        assert f"城镇化率{row['urbanization_rate_pct']:.2f}%" in row["reason"]
        assert f"{row['provincial_rate_pct']:.2f}%" in row["reason"]
        # Never surer than the census row it rests on.
        assert WEAKEST_FIRST.index(row["confidence"]) <= WEAKEST_FIRST.index(figure["confidence"])
