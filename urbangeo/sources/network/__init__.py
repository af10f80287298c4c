"""Roads: one type of network, its readers, and what is said of how fit it is."""

from urbangeo.sources.network.model import (
    AccessLeg,
    Mode,
    Network,
    check_arrays,
    check_network,
    county_seats,
    landing_nodes,
)
from urbangeo.sources.network.readers import read_network

__all__ = [
    "AccessLeg",
    "Mode",
    "Network",
    "check_arrays",
    "check_network",
    "county_seats",
    "landing_nodes",
    "read_network",
]
