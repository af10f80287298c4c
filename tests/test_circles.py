"""The definitions of the 20-million question rest on the network they were asked for, whatever it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from urbangeo import Network, read_network
from urbangeo.answers import circles


class Reached(Exception):  # noqa: N818
    """The call in question was made."""

    def __init__(self, network: Network) -> None:
        self.network = network


def test_the_peak_is_that_of_the_network_given(monkeypatch: pytest.MonkeyPatch) -> None:
    skeleton = read_network()
    mine = replace(skeleton, time_min=skeleton.time_min * 2, speed_kmh=skeleton.speed_kmh / 2)

    def isochrones(network: Network, *_: object, **__: object) -> None:
        if network.mode == "drive_peak":
            raise Reached(network)

    monkeypatch.setattr(circles, "isochrones", isochrones)
    nothing: Any = None
    with pytest.raises(Reached) as reached:
        circles.plan_circles(mine, nothing, nothing, nothing)
    assert reached.value.network.time_min.sum() >= mine.time_min.sum()
