"""The shared nouns, ids and errors; frozen, without I/O, importing nothing of ours."""
