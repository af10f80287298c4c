"""Count the people in the 1-hour circle of Jinan and put the plan's 20 million beside them.

Puts several definitions beside the target. No speed is tuned to meet it, and the roads are an authored skeleton: the
answer says "skeleton". Writes nothing. Run: python 04_coverage_and_target.py
"""

from __future__ import annotations

import pandas as pd

import urbangeo as ug

CENTRE = "济南"
HOUR = 60.0
TEN_THOUSANDS = {"万人": 10_000}


def main() -> None:
    plan = ug.read_targets(indicator="1小时交通圈覆盖人口").iloc[0]
    target = {CENTRE: (int(plan["value"]) * TEN_THOUSANDS[plan["unit"]], plan["source_id"])}
    print(f"The plan ({plan['source_id']}) says: {plan['quote_zh']}\n")

    counties = ug.read_counties("山东")
    census = ug.read_census(2020, provinces="山东", zones="to_host")
    network = ug.read_network()
    centre = ug.circle_centres().loc[[CENTRE]]
    edge = ug.circle_centres("core_edge").loc[[CENTRE]]

    from_centre = ug.isochrones(network, centre, cutoffs=[HOUR])
    from_edge = ug.isochrones(network, edge, cutoffs=[HOUR])
    minutes = ug.seat_minutes(network, centre)
    even = ug.coverage(from_centre, counties, census, seat_minutes=minutes)
    seats = ug.county_seats(network)
    at_seats = ug.coverage(from_centre, counties, census, seat_minutes=minutes, placement="urban_rural", seats=seats)
    edge_even = ug.coverage(from_edge, counties, census)

    print("Who is in the circle:")
    print(even.droplevel([0, 1])[["name", "area_share", "population", "seat_time_min", "verdict"]].round(3).to_string())

    named = [
        ("drive", "驾车，从中心出发，人口均匀分布", even, "people"),
        ("drive_urban_rural", "驾车，从中心出发，城镇人口集中于政府驻地", at_seats, "people"),
        ("drive_core_edge", "驾车，从核心区边缘出发", edge_even, "people"),
        ("whole_counties", "政府驻地可达的县（市、区），按全部人口计", even, "whole_counties"),
    ]
    totals = pd.concat(
        ug.circle_totals(frame, definition=key, definition_zh=words, count=count, targets=target, note="skeleton")
        for key, words, frame, count in named
    ).set_index("definition")
    members = ug.read_designations("济南都市圈")["adcode"].dropna().unique()
    official = int(census.droplevel("year").loc[members, "resident_population"].sum())

    print("\nPeople, target and gap:")
    print(totals[["definition_zh", "counties", "population", "target_population", "gap"]].to_string())
    print(f"For comparison, all residents of the {len(members)} official members: {official:,}, zones apart")
    zones = "、".join(f"{zone['name']} ({zone['resident_population']:,})" for zone in even.attrs["left_out"])
    print(f"In none of these: {zones}")

    people = totals["population"]
    if people["drive"] != even["population"].sum() or not people["drive_core_edge"] > people["drive"]:
        raise SystemExit("The totals do not fit the counties, or the start at the core's edge reaches fewer people.")
    if (totals["gap"] != people - 20_000_000).any() or not (totals["gap"] < 0).all():
        raise SystemExit("The gap is not people less target, or a driving definition reaches the target.")


if __name__ == "__main__":
    main()
