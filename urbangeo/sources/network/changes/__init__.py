"""Networks changed: grown, cut, joined, slowed."""
