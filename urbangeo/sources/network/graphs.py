"""networkx graphs in the convention of OSMnx: out of a network, and into one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import networkx as nx

    from urbangeo.sources.network.model import Network


def to_networkx(network: Network) -> nx.MultiDiGraph[Any]:
    """Return the network as a networkx MultiDiGraph in the convention of OSMnx (x, y on nodes, length on edges).

    Parameters
    ----------
    network : Network
        Any network.

    Returns
    -------
    networkx.MultiDiGraph
        A copy; changing it does not change the network.
    """
    import networkx as nx

    graph: nx.MultiDiGraph[Any] = nx.MultiDiGraph(crs=str(network.nodes.crs), kind=network.kind)
    for node_id, row in network.nodes.iterrows():
        graph.add_node(node_id, x=row.geometry.x, y=row.geometry.y, kind=row["kind"])
    for (u, v, key), edge in zip(network.edges.index, network.edges.to_dict("records"), strict=True):
        graph.add_edge(u, v, key=key, length=edge["length_m"], **{str(name): value for name, value in edge.items()})
    return graph
