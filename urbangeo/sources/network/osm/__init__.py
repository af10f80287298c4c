"""Roads from OpenStreetMap extracts: blocks, ways, tags, junctions."""
