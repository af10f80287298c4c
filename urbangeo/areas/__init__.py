"""The areas floor: travel times, the travel-time surface and the isochrones cut from it."""
