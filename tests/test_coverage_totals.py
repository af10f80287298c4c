"""Totals of circles: what is refused, and what they say of themselves."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from urbangeo.answers.coverage import circle_totals
from urbangeo.errors import InputError


def reached(kind: str) -> pd.DataFrame:
    """Two counties of 100 people each, half of one and all of the other inside."""
    index = pd.MultiIndex.from_tuples(
        [("甲", 60.0, "370102"), ("甲", 60.0, "370103")], names=["origin_id", "cutoff_min", "adcode"]
    )
    return pd.DataFrame(
        {
            "population": [50, 100],
            "county_population": [100, 100],
            "covered": pd.array([False, True], dtype="boolean"),
            "network_kind": kind,
        },
        index=index,
    )


def test_people_and_whole_counties_by_hand() -> None:
    people: Any = circle_totals(reached("osm"), definition="d", definition_zh="口径", targets={"甲": (200, "S1")})
    # 50 + 100 people inside; 200 wanted: 50 short.
    assert people.loc[0, ["population", "target_population", "gap"]].tolist() == [150, 200, -50]
    whole: Any = circle_totals(reached("osm"), definition="d", definition_zh="口径", count="whole_counties")
    # Only the second county is reached, with all of its 100 people; without a target there is no gap.
    assert whole.loc[0, "population"] == 100
    assert pd.isna(whole.loc[0, "gap"])


def test_targets_speak_of_one_cutoff_only() -> None:
    totals: Any = circle_totals(
        reached("osm"), definition="d", definition_zh="口径", targets={"甲": (200, "S1")}, target_cutoff_min=45
    )
    assert pd.isna(totals.loc[0, "target_population"])


def test_skeleton_results_say_so_by_themselves() -> None:
    assert circle_totals(reached("osm"), definition="d", definition_zh="口径").loc[0, "note"] == ""
    note = circle_totals(reached("skeleton"), definition="d", definition_zh="口径", note="甲").loc[0, "note"]
    assert note == "骨架路网，非实测；甲"


def test_an_unknown_way_of_counting_is_refused() -> None:
    with pytest.raises(InputError, match="households"):
        circle_totals(reached("osm"), definition="d", definition_zh="口径", count="households")  # type: ignore[arg-type]
