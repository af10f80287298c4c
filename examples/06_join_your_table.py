"""Find the county each row of a table means, under the names of its year, and say which rows nobody can join.

A table comes from an office: GB18030, a title and a unit line above the headings, blanks inside of names, figures in
万人, names of 2010, a total at the end. The script writes such a table from the census of 2010, reads it back,
checks its units, matches every row, adds up what was merged since, and puts the sums on today's polygons.

Writes office.csv, joined.csv and issues.csv to the current folder, or to the folder given.
Run: python 06_join_your_table.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

import urbangeo as ug


def write_office_table(path: Path) -> int:
    """Write the census of 2010 as an office would have; return the people in it."""
    census = ug.read_census(2010, provinces="山东", basis="published", zones="apart")
    lines = ["山东省各县（市、区）人口", "单位：万人，%", "序号,市,地　区,常住人口,城镇化率"]
    for number, row in enumerate(census.itertuples(), start=1):
        # Two characters are spread to fill the column, as in many yearbooks.
        name = "　".join(row.name) if len(row.name) == 2 else row.name
        people = row.resident_population / 10_000
        lines.append(f"{number},{row.prefecture},{name},{people:.4f},{row.urbanization_rate_pct}")
    total = int(census["resident_population"].sum())
    lines.append(f",,合　计,{total / 10_000:.4f},")
    path.write_bytes(("\n".join(lines) + "\n").encode("gb18030"))
    return total


def main(folder: Path) -> None:
    total = write_office_table(folder / "office.csv")

    table = ug.read_statistics(folder / "office.csv")
    print(f"{len(table.frame)} rows, {table.encoding}")
    for note in table.notes:
        print(" ", note)
    name, people = table.frame.columns[2], "常住人口"
    figures = ug.check_units(table.frame, {people: "万人", "城镇化率": "%"})

    result = ug.match_counties(figures, name=name, parent="市", year=2010)
    print(result.counts)
    open_rows = result.issues[result.issues["status"].isin(["ambiguous", "unmatched"])]
    for row in open_rows.itertuples():
        print(f"  {row.given_name}: {row.reason} {row.candidates}")

    # People add up over merged units; a rate does not, so it is left out here.
    sure = result.matched.dropna(subset="adcode")
    joined = ug.read_counties("山东")[["name", "prefecture", "geometry"]]
    joined["people_2010"] = sure.groupby("adcode")[people].sum()
    empty = joined[joined["people_2010"].isna()]
    print(f"{len(joined) - len(empty)} of {len(joined)} counties have a figure, not: {', '.join(empty['name'])}")
    joined.drop(columns="geometry").to_csv(folder / "joined.csv", encoding="utf-8-sig")
    result.issues.to_csv(folder / "issues.csv", index=False, encoding="utf-8-sig")

    # Nobody is lost and nobody is counted twice: what is joined and what is left open make up the printed total.
    is_total = result.matched.index.isin(result.issues.loc[result.issues["cause"] == "total_row", "row"])
    left = result.matched.loc[result.matched["adcode"].isna() & ~is_total, people].sum()
    if int(joined["people_2010"].sum()) + int(left) != total:
        raise SystemExit("The rows joined and the rows left open do not make up the total.")
    print(f"{int(joined['people_2010'].sum()):,} joined + {int(left):,} left open = {total:,}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
