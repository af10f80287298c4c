"""Roads from GraphML as OSMnx writes it."""
