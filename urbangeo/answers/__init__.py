"""The answers floor: which counties are potential areas, and whom the circles reach."""
