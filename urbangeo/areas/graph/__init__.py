"""The network made ready for searching, and the searches."""
