"""Roads from layers of lines: files, words, ends joined."""
