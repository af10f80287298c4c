"""List the potential areas of Qinghai and say how near each is to the limits.

Prints the list with its margins, the near misses, and what a slightly other floor or ceiling would change. Writes
nothing. Run: python 01_potential_areas.py
"""

from __future__ import annotations

import urbangeo as ug

NEAR_POINTS = 1.0
"""A rate this close to the provincial one (percentage points) is called near."""

NEAR_PEOPLE = 5_000
"""A population this close to the floor is called near."""


def main() -> None:
    census = ug.read_census(2020)
    every = ug.potential_areas(
        census, province="青海", rows="all", alternatives=[ug.read_census(2020, zones="to_host")]
    )
    areas = every[every["decision"] == "potential"].sort_values("gap_pct")

    print("Potential areas of Qinghai, the ones nearest to the provincial rate first:")
    print(areas[["name", "resident_population", "population_margin", "urbanization_rate_pct", "gap_pct"]].to_string())

    is_near = (every["gap_pct"].abs() < NEAR_POINTS) | (every["population_margin"].abs() < NEAR_PEOPLE)
    print(f"\nWithin {NEAR_POINTS:g} points or {NEAR_PEOPLE:,} people of a limit:")
    for row in every[is_near].itertuples():
        print(f"  {row.name}: {row.reason}")

    print("\nHow many counties another rule would list:")
    for floor in (50_000, 90_000, 100_000, 110_000):
        for ceiling in (58.0, 60.08, 62.0):
            rule = ug.PotentialRule(population_floor=floor, rate_ceiling=ceiling)
            listed = ug.potential_areas(census, province="青海", rule=rule)
            print(f"  above {floor:>7,} people and below {ceiling:5.2f} %: {len(listed)}")

    # The list holds what the rule says, recounted here from the census alone.
    people = census.droplevel("year")
    qinghai = people[(people["province"] == "青海省") & (people["unit_type"] == "county")]
    recount = qinghai[(qinghai["resident_population"] > 100_000) & (qinghai["urbanization_rate_pct"] < 60.08)]
    if set(recount.index) != set(areas.index) or len(areas) != 12:
        raise SystemExit("The list is not what the rule says.")
    if (every["flips_under"] != "").any():
        raise SystemExit("Another way of counting changes the list of Qinghai; it did not when this was written.")


if __name__ == "__main__":
    main()
