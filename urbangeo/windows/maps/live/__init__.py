"""The live circle: what a page needs to compute circles itself, packed."""

from urbangeo.windows.maps.live.circle import LiveCircle, live_circle

__all__ = ["LiveCircle", "live_circle"]
