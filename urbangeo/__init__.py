"""County-level urbanization planning in China: boundaries, plan lists, potential areas, 1-hour circles, maps.

The names below are the public surface; everything else may move. Nothing heavy is loaded until it is used.

>>> import urbangeo as ug
>>> len(ug.potential_areas(ug.read_census(2020), province="青海"))
12
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from urbangeo.version import __version__

if TYPE_CHECKING:
    from urbangeo.answers.coverage import circle_totals as circle_totals
    from urbangeo.answers.coverage import coverage as coverage
    from urbangeo.answers.fitness import NetworkReport as NetworkReport
    from urbangeo.answers.fitness import network_report as network_report
    from urbangeo.answers.potential import PotentialRule as PotentialRule
    from urbangeo.answers.potential import potential_areas as potential_areas
    from urbangeo.answers.scenarios import CircleComparison as CircleComparison
    from urbangeo.answers.scenarios import compare_circles as compare_circles
    from urbangeo.areas.batches.blocks import BatchReport as BatchReport
    from urbangeo.areas.batches.blocks import check_batches as check_batches
    from urbangeo.areas.batches.blocks import isochrone_batches as isochrone_batches
    from urbangeo.areas.batches.blocks import read_batches as read_batches
    from urbangeo.areas.catchments import catchments as catchments
    from urbangeo.areas.checking import verify as verify
    from urbangeo.areas.ground.shares import county_shares as county_shares
    from urbangeo.areas.ground.surface import TravelTimeSurface as TravelTimeSurface
    from urbangeo.areas.isochrones import isochrones as isochrones
    from urbangeo.areas.isochrones import reached_roads as reached_roads
    from urbangeo.areas.isochrones import seat_minutes as seat_minutes
    from urbangeo.areas.isochrones import travel_time_surface as travel_time_surface
    from urbangeo.areas.isochrones import travel_times as travel_times
    from urbangeo.areas.matrix import od_matrix as od_matrix
    from urbangeo.areas.prepared import PreparedNetwork as PreparedNetwork
    from urbangeo.areas.prepared import open_prepared as open_prepared
    from urbangeo.areas.prepared import prepare_network as prepare_network
    from urbangeo.door.atlas import build_atlas as build_atlas
    from urbangeo.errors import UrbangeoError as UrbangeoError
    from urbangeo.language.datum import shift_datum as shift_datum
    from urbangeo.sources.boundaries import read_counties as read_counties
    from urbangeo.sources.boundary_audit import AuditReport as AuditReport
    from urbangeo.sources.boundary_audit import audit_boundaries as audit_boundaries
    from urbangeo.sources.boundary_downloads import fetch_boundaries as fetch_boundaries
    from urbangeo.sources.boundary_files import read_boundary_file as read_boundary_file
    from urbangeo.sources.boundary_repair import repair_boundaries as repair_boundaries
    from urbangeo.sources.census import read_census as read_census
    from urbangeo.sources.divisions import children as children
    from urbangeo.sources.divisions import lookup as lookup
    from urbangeo.sources.divisions import parents as parents
    from urbangeo.sources.history import crosswalk as crosswalk
    from urbangeo.sources.history import read_code_history as read_code_history
    from urbangeo.sources.history import units_in as units_in
    from urbangeo.sources.matching import MatchResult as MatchResult
    from urbangeo.sources.matching import match_counties as match_counties
    from urbangeo.sources.network import AccessLeg as AccessLeg
    from urbangeo.sources.network import Network as Network
    from urbangeo.sources.network import county_seats as county_seats
    from urbangeo.sources.network import read_network as read_network
    from urbangeo.sources.network.changes.clip import clip_network as clip_network
    from urbangeo.sources.network.changes.merge import merge_networks as merge_networks
    from urbangeo.sources.network.changes.scenarios import add_edges as add_edges
    from urbangeo.sources.network.changes.scenarios import remove_edges as remove_edges
    from urbangeo.sources.network.changes.scenarios import set_speed as set_speed
    from urbangeo.sources.network.graphml.reader import read_graphml as read_graphml
    from urbangeo.sources.network.graphs.convert import from_networkx as from_networkx
    from urbangeo.sources.network.graphs.tables import network_from_tables as network_from_tables
    from urbangeo.sources.network.lines.layers import read_line_layer as read_line_layer
    from urbangeo.sources.network.osm.pbf import read_osm_pbf as read_osm_pbf
    from urbangeo.sources.network.rail import read_rail as read_rail
    from urbangeo.sources.network.rail import with_rail as with_rail
    from urbangeo.sources.network.speeds.built_up import settings_within as settings_within
    from urbangeo.sources.network.speeds.means import SpeedTable as SpeedTable
    from urbangeo.sources.network.speeds.means import read_speed_table as read_speed_table
    from urbangeo.sources.network.speeds.means import with_speeds as with_speeds
    from urbangeo.sources.network.speeds.terrain import terrain_classes as terrain_classes
    from urbangeo.sources.network.store import open_network as open_network
    from urbangeo.sources.network.store import save_network as save_network
    from urbangeo.sources.places import circle_centres as circle_centres
    from urbangeo.sources.places import locate as locate
    from urbangeo.sources.plans import read_designations as read_designations
    from urbangeo.sources.plans import read_targets as read_targets
    from urbangeo.sources.road_downloads import RoadExtract as RoadExtract
    from urbangeo.sources.road_downloads import fetch_roads as fetch_roads
    from urbangeo.sources.statistics_files import read_statistics as read_statistics
    from urbangeo.sources.units import check_units as check_units
    from urbangeo.windows.maps import draw_map as draw_map
    from urbangeo.windows.maps import save_map as save_map
    from urbangeo.windows.maps.base_maps import BaseMap as BaseMap
    from urbangeo.windows.maps.base_maps import base_map as base_map
    from urbangeo.windows.maps.base_maps import tianditu as tianditu
    from urbangeo.windows.maps.live import LiveCircle as LiveCircle
    from urbangeo.windows.maps.live import live_circle as live_circle
    from urbangeo.windows.pictures import save_picture as save_picture
    from urbangeo.windows.slides import Slide as Slide
    from urbangeo.windows.slides import save_slides as save_slides

_HOME = {
    "AccessLeg": "sources.network",
    "AuditReport": "sources.boundary_audit",
    "BaseMap": "windows.maps.base_maps",
    "BatchReport": "areas.batches.blocks",
    "CircleComparison": "answers.scenarios",
    "LiveCircle": "windows.maps.live",
    "MatchResult": "sources.matching",
    "Network": "sources.network",
    "NetworkReport": "answers.fitness",
    "PotentialRule": "answers.potential",
    "PreparedNetwork": "areas.prepared",
    "RoadExtract": "sources.road_downloads",
    "Slide": "windows.slides",
    "SpeedTable": "sources.network.speeds.means",
    "TravelTimeSurface": "areas.ground.surface",
    "UrbangeoError": "errors",
    "add_edges": "sources.network.changes.scenarios",
    "audit_boundaries": "sources.boundary_audit",
    "base_map": "windows.maps.base_maps",
    "build_atlas": "door.atlas",
    "catchments": "areas.catchments",
    "check_batches": "areas.batches.blocks",
    "check_units": "sources.units",
    "children": "sources.divisions",
    "circle_centres": "sources.places",
    "circle_totals": "answers.coverage",
    "clip_network": "sources.network.changes.clip",
    "compare_circles": "answers.scenarios",
    "county_seats": "sources.network",
    "county_shares": "areas.ground.shares",
    "coverage": "answers.coverage",
    "crosswalk": "sources.history",
    "draw_map": "windows.maps",
    "fetch_boundaries": "sources.boundary_downloads",
    "fetch_roads": "sources.road_downloads",
    "from_networkx": "sources.network.graphs.convert",
    "isochrone_batches": "areas.batches.blocks",
    "isochrones": "areas.isochrones",
    "live_circle": "windows.maps.live",
    "locate": "sources.places",
    "lookup": "sources.divisions",
    "match_counties": "sources.matching",
    "merge_networks": "sources.network.changes.merge",
    "network_from_tables": "sources.network.graphs.tables",
    "network_report": "answers.fitness",
    "od_matrix": "areas.matrix",
    "open_network": "sources.network.store",
    "open_prepared": "areas.prepared",
    "parents": "sources.divisions",
    "potential_areas": "answers.potential",
    "prepare_network": "areas.prepared",
    "reached_roads": "areas.isochrones",
    "read_batches": "areas.batches.blocks",
    "read_boundary_file": "sources.boundary_files",
    "read_census": "sources.census",
    "read_code_history": "sources.history",
    "read_counties": "sources.boundaries",
    "read_designations": "sources.plans",
    "read_graphml": "sources.network.graphml.reader",
    "read_line_layer": "sources.network.lines.layers",
    "read_network": "sources.network",
    "read_osm_pbf": "sources.network.osm.pbf",
    "read_rail": "sources.network.rail",
    "read_speed_table": "sources.network.speeds.means",
    "read_statistics": "sources.statistics_files",
    "read_targets": "sources.plans",
    "remove_edges": "sources.network.changes.scenarios",
    "repair_boundaries": "sources.boundary_repair",
    "save_map": "windows.maps",
    "save_network": "sources.network.store",
    "save_picture": "windows.pictures",
    "save_slides": "windows.slides",
    "seat_minutes": "areas.isochrones",
    "set_speed": "sources.network.changes.scenarios",
    "settings_within": "sources.network.speeds.built_up",
    "shift_datum": "language.datum",
    "terrain_classes": "sources.network.speeds.terrain",
    "tianditu": "windows.maps.base_maps",
    "travel_time_surface": "areas.isochrones",
    "travel_times": "areas.isochrones",
    "units_in": "sources.history",
    "verify": "areas.checking",
    "with_rail": "sources.network.rail",
    "with_speeds": "sources.network.speeds.means",
}
"""Where each public name lives."""

__all__ = ["__version__", *_HOME]  # noqa: PLE0604


def __getattr__(name: str) -> object:
    """Load a public name the first time it is asked for."""
    if name not in _HOME:
        msg = f"module 'urbangeo' has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(import_module(f"urbangeo.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
