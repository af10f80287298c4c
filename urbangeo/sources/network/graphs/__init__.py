"""Roads from networkx graphs and plain tables."""
