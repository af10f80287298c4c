"""A toy country for map tests: five square counties in two provinces, with every kind of frame a map takes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
from hostile import HOSTILE
from shapely import LineString, Point, box

__all__ = ["CODES", "HOSTILE", "ToyNetwork", "any_text", "toy_frames"]

CODES = ("370101", "370102", "370201", "370202", "630101")

# Half a surrogate pair cannot be stored by pyarrow, which pandas uses where it is installed.
any_text = functools.partial(pd.option_context, "mode.string_storage", "python")


@dataclass(frozen=True)
class ToyNetwork:
    """What the map asks of a network."""

    nodes: gpd.GeoDataFrame
    pieces: gpd.GeoDataFrame
    kind: str = "skeleton"

    def lines(self) -> gpd.GeoDataFrame:
        """Return the road pieces."""
        return self.pieces


def toy_frames(word: Callable[[str], str] = str) -> dict[str, Any]:
    """Make all frames of a map; `word` is applied to every text a reader sees."""
    squares = [
        box(117, 36, 118, 37),
        box(118, 36, 119, 37),
        box(117, 35, 118, 36),
        box(118, 35, 119, 36),
        box(101, 36, 102, 37),
    ]
    names = ["甲区", "乙县", "丙市", "丁回族土族自治县", "戊县"]
    counties = gpd.GeoDataFrame(
        {
            "name": [word(name) for name in names],
            "type": [word("县")] * 5,
            "prefecture_adcode": ["370100", "370100", "370200", "370200", "630100"],
            "prefecture": [word(name) for name in ("子市", "子市", "丑市", "丑市", "寅市")],
            "province_adcode": ["370000"] * 4 + ["630000"],
            "province": [word("山东省")] * 4 + [word("青海省")],
        },
        geometry=squares,
        index=pd.Index(CODES, name="adcode"),
        crs="EPSG:4490",
    )
    rows: list[tuple[Any, ...]] = [
        (code, 2020, word(name), 200_000 + place, 90_000, 45.0 + place, "county", None)
        for place, (code, name) in enumerate(zip(CODES, names, strict=True))
    ]
    rows += [
        ("370171", 2020, word("高新区"), 50_000, 40_000, 80.0, "zone", "370101"),
        ("370172", 2020, word("跨区园"), 7_000, 6_000, 85.71, "zone", None),
    ]
    rows += [(code, 2010, word("旧名"), 1, 1, 100.0, "county", None) for code in CODES]
    columns = [
        "adcode",
        "year",
        "name",
        "resident_population",
        "urban_population",
        "urbanization_rate_pct",
        "unit_type",
        "host_adcode",
    ]
    census = pd.DataFrame(rows, columns=columns).astype(
        {"resident_population": "Int64", "urban_population": "Int64", "host_adcode": "str"}
    )
    census["source_id"] = "L20;T20"
    census = census.set_index(["adcode", "year"])
    listed = [
        ("NDRC_COUNTYTOWN_DEMO", "370102", "乙县", "370102", "two_pages", False, ""),
        ("NDRC_URI_ZONE", "370101", "甲区", "370101", "two_pages", False, "片区"),
        ("NDRC_URI_ZONE", "370201", "丙市", "370201", "unconfirmed", False, "片区"),
        ("NDRC_URI_ZONE", None, "无码开发区", None, "one_page", True, "片区"),
        ("NDRC_NTU_PILOT", "370201", "丙市", "370200", "one_page", False, ""),
        ("NDRC_NTU_PILOT", "370202", "丁县", "370202", "one_page", True, "某镇"),
        ("MA_JINAN", "370101", "甲区", "370101", "two_pages", False, ""),
        ("MA_JINAN", "370102", "乙县", "370102", "two_pages", False, ""),
        ("OTHER", "630101", "戊县", "630101", "partly_legible", False, ""),
    ]
    designations = pd.DataFrame(
        [
            {
                "programme": programme,
                "programme_zh": word(f"名单{programme}"),
                "adcode": code,
                "name": word(name),
                "designated_adcode": designated,
                "designated_name": word("丑市" if designated == "370200" else name),
                "level": "national",
                "batch": word("2020"),
                "area_name": word(area),
                "part_of_county": part,
                "source_id": "S101",
                "confidence": confidence,
            }
            for programme, code, name, designated, confidence, part, area in listed
        ]
    ).astype({"adcode": "str", "designated_adcode": "str"})
    potential = pd.DataFrame(
        {
            "name": [word(name) for name in names],
            "decision": ["potential", "not_potential", "undecided", "potential", "potential"],
            "reason": [word("常住人口20万人，高于10万人")] * 5,
            "flips_under": [word("并入功能区后不列入")] + [""] * 4,
        },
        index=pd.Index(CODES, name="adcode"),
    )
    # Where the plans have their own circles begin, or they would not be called so.
    centre = Point(117.1, 36.6)
    discs = [
        (origin, minutes, place.buffer(minutes / 100))
        for origin, place in (("济南", centre), (word("自选点"), Point(101.7, 36.6)))
        for minutes in (15.0, 30.0, 60.0)
    ]
    isochrones = gpd.GeoDataFrame(
        {
            "origin_id": [origin for origin, _, _ in discs],
            "cutoff_min": [minutes for _, minutes, _ in discs],
            "origin_name": [word("中心点")] * len(discs),
            "direction": ["from"] * len(discs),
            "mode": ["drive"] * len(discs),
            "network_kind": ["skeleton"] * len(discs),
            "access_speed_kmh": [36.0] * len(discs),
            "access_circuity": [1.3] * len(discs),
            "cell_m": [250.0] * len(discs),
        },
        geometry=[disc for _, _, disc in discs],
        crs="EPSG:4490",
    ).set_index(["origin_id", "cutoff_min"])
    coverage = pd.DataFrame(
        {
            "origin_id": ["济南"] * 3,
            "cutoff_min": [30.0, 60.0, 60.0],
            "adcode": ["370101", "370101", "370102"],
            "name": [word("甲区"), word("甲区"), word("乙县")],
            "area_share": [0.25, 0.8, 0.004],
            "population_share": [0.3, 0.9, 0.004],
            "seat_time_min": [12.4, 12.4, float("nan")],
            "network_kind": ["skeleton"] * 3,
        }
    ).set_index(["origin_id", "cutoff_min", "adcode"])
    totals = pd.DataFrame(
        {
            "origin_id": ["济南"] * 3,
            "cutoff_min": [30.0, 60.0, float("nan")],
            "definition_zh": [word("驾车"), word("驾车"), word("官方成员")],
            "population": [1_000_000, 5_942_466, 21_000_000],
            "target_population": [20_000_000] * 3,
            "gap": [-19_000_000, -14_057_534, 1_000_000],
            "source_id": ["SD-ACTION-2021-2023"] * 3,
            "note": [word("骨架路网")] * 2 + [""],
        }
    ).astype({"population": "Int64", "target_population": "Int64", "gap": "Int64"})
    nodes = gpd.GeoDataFrame(
        {"kind": ["seat", "seat", "junction"], "name": [word("驻地")] * 3},
        geometry=[Point(117.5, 36.5), Point(118.5, 36.5), Point(118, 36)],
        index=pd.Index(["a", "b", "c"], name="node_id"),
        crs="EPSG:4490",
    )
    pieces = gpd.GeoDataFrame(
        {"road_class": ["expressway", word("怪路")], "road_name": [word("某高速")] * 2},
        geometry=[LineString([(117.5, 36.5), (118, 36)]), LineString([(118, 36), (118.5, 36.5)])],
        crs="EPSG:4490",
    )
    return {
        "counties": counties,
        "census": census,
        "designations": designations,
        "potential": potential,
        "isochrones": isochrones,
        "coverage": coverage,
        "totals": totals,
        "network": ToyNetwork(nodes, pieces),
    }
