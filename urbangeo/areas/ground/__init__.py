"""From reached roads to the ground: links, surface, contours, areas, shores, shares."""
