"""Everything measured once: the lines of the report and the problem points are drawn from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urbangeo.answers.fitness.measures import DETOUR_M, FASTEST_KMH, SHORTEST_M, SLOWEST_KMH, STRAIGHT_SHARE
from urbangeo.sources.network import topology
from urbangeo.sources.network.columns import Coded

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from urbangeo.sources.network import Network


class Found:
    """What was measured of one network.

    Parameters
    ----------
    network : Network
        Roads.
    gap_m : float
        Dead ends nearer than this to a road they are not joined to are listed, metres.
    """

    def __init__(self, network: Network, gap_m: float) -> None:
        self.network = network
        self.gap_m = gap_m
        self.pieces = network.pieces()
        # Rails and ferries belong to the network but are no roads: they hold together and are not counted as km.
        self.is_road = ~network.road_class.is_in(topology.UNJOINED)[self.pieces]
        self.roads = self.pieces[self.is_road]
        self.km = network.length_m[self.roads] / 1000.0
        self.weak = topology.components(network, "weak")
        self.strong = topology.components(network, "strong")
        self.traps = topology.one_way_traps(network, self.strong)
        # Nodes of the skeleton are off by kilometres: a gap of metres says nothing there.
        within_m = 0.0 if network.is_skeleton else gap_m
        self.gaps = topology.near_misses(network, self.pieces, within_m=within_m, detour_m=DETOUR_M)
        self.duplicates = topology.duplicates(network)
        straight = topology.straight_m(network, self.roads)
        self.straight_m = straight
        self.too_short = network.length_m[self.roads] < STRAIGHT_SHARE * straight - SHORTEST_M
        speed = network.speed_kmh[self.roads]
        self.strange_speed = (speed < SLOWEST_KMH) | (speed > FASTEST_KMH)

    def km_pct(self, mask: NDArray[np.bool_]) -> float:
        """Return the percentage of road km in some of the road pieces.

        Parameters
        ----------
        mask : numpy.ndarray of bool, shape (roads,)
            Which pieces.

        Returns
        -------
        float
            Per cent of all km, 0 where there is no road.
        """
        total = float(self.km.sum())
        return 100.0 * float(self.km[mask].sum()) / total if total > 0 else 0.0

    def column(self, name: str) -> Coded | None:
        """Return a column of texts of the edges.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        Coded or None
            None if there is none of that name.
        """
        column = self.network.edge_columns.get(name)
        return column if isinstance(column, Coded) else None
