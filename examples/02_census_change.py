"""Rank counties by the rise of their urbanization rate between the censuses of 2010 and 2020.

Both censuses are brought to today's divisions. Equal codes do not make equal territory, so counties whose figures
cannot be compared are named and left out of the ranking:

- towns moved between counties (rows with ``part_only`` in boundaries/code_history.csv);
- districts of cities with a functional zone that spans several districts and is a row of its own in 2020 only.

What remains has two caveats. A rate also moves where villages were newly counted as urban. And where zones were added
to their host (column zones_2020), that host is assigned from general geography; in 2010 their people may have been
counted in a neighbour too.

Writes census_change.csv to the current folder, or to the folder given. Run: python 02_census_change.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

import urbangeo as ug

TOWNS_MOVED = {
    "371002": "汪疃镇、苘山镇 came from 文登市 in 2014",
    "371003": "汪疃镇、苘山镇 went to 环翠区 in 2014",
    "371102": "后村镇 came from 岚山区 in 2014",
    "371103": "后村镇 went to 东港区 in 2014",
    "370611": "臧家庄镇 came from 栖霞市 in 2020",
    "370686": "臧家庄镇 went to 福山区 in 2020",
}
"""Territory differs between the censuses, or may: the 2020 transfer is kept out to be on the safe side."""

FIGURES = ["resident_population", "urban_population"]

PUBLISHED = {2010: {"山东省": 49.71, "青海省": 44.72}, 2020: {"山东省": 63.05, "青海省": 60.08}}
"""Provincial rates of both censuses, %."""


def main(folder: Path) -> None:
    counties = ug.read_counties()
    before = ug.read_census(2010, zones="to_host").droplevel("year")
    after = ug.read_census(2020, zones="to_host").droplevel("year")

    columns = [*FIGURES, "urbanization_rate_pct"]
    change = after[["name", "prefecture", "province"]]
    for year, census in ((2010, before), (2020, after)):
        change = change.join(census[columns].add_suffix(f"_{year}"))
    change["rate_change_points"] = change["urbanization_rate_pct_2020"] - change["urbanization_rate_pct_2010"]
    change["zones_2020"] = after["note"].where(after["note"].str.startswith("已并入功能区").eq(other=True))
    change["why_not_comparable"] = pd.Series(TOWNS_MOVED).reindex(change.index)

    homeless = after[(after["unit_type"] == "zone") & ~after.index.isin(counties.index)]
    for zone in homeless.itertuples():
        touched = (change["prefecture"] == zone.prefecture) & counties["type"].eq("市辖区").reindex(change.index)
        change.loc[touched.fillna(value=False).astype(bool), "why_not_comparable"] = f"{zone.name} apart in 2020 only"
    change.loc[homeless.index, "why_not_comparable"] = "a zone without a row in 2010"

    comparable = change[change["why_not_comparable"].isna()]
    print(f"{len(comparable)} of {len(change)} units can be compared; not these:")
    print(change.loc[change["why_not_comparable"].notna(), ["name", "why_not_comparable"]].to_string(header=False))
    ranked = comparable.sort_values("rate_change_points", ascending=False)
    shown = ["name", "province", "urbanization_rate_pct_2010", "urbanization_rate_pct_2020", "rate_change_points"]
    print("\nLargest rise, percentage points:")
    print(ranked[[*shown, "zones_2020"]].head(10).fillna({"zones_2020": ""}).to_string())
    print("\nFall:")
    print(ranked.loc[ranked["rate_change_points"] < 0, shown].iloc[::-1].to_string())
    ranked.round(2).to_csv(folder / "census_change.csv", encoding="utf-8-sig")

    # Whatever is done to counties, the provinces keep the published rates of both years.
    for year, census in ((2010, before), (2020, after)):
        sums = census.groupby("province")[FIGURES].sum()
        rate = (100 * sums["urban_population"] / sums["resident_population"]).round(2).to_dict()
        print(f"\n{year}: {rate}")
        if rate != PUBLISHED[year]:
            raise SystemExit(f"The counties do not add up to the published rates {PUBLISHED[year]}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
