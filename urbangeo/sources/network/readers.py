"""One door for every kind of road data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from urbangeo.sources.network.model import Mode, Network


def read_network(*, mode: Mode = "drive") -> Network:
    """Read the authored skeleton of roads in Shandong and Qinghai, as open at the end of 2024.

    It is a skeleton, not a survey: most lengths are estimated and most positions are from memory of the map (each row
    says so). Every result made from it must say "skeleton". Rail rows are packaged but not part of this road network.

    Parameters
    ----------
    mode : {"drive", "drive_peak"}, default "drive"
        Off-peak mean speeds, or city roads (urban_arterial, urban_expressway) slowed by the table's peak factor.

    Returns
    -------
    Network
        kind "skeleton"; station access edges are kept so that stations can be reached by road.

    Raises
    ------
    InputError
        If ``mode`` is not known.
    SchemaError
        If the packaged tables contradict each other.

    Examples
    --------
    >>> network = read_network()
    >>> len(network.nodes), len(network.edges), network.kind
    (712, 2660, 'skeleton')
    """
    from urbangeo.sources.network.skeleton import read_skeleton

    return read_skeleton(mode=mode)
