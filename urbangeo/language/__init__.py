"""The language floor: what a code, a frame and a coordinate reference system mean here."""
