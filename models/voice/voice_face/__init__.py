"""A network that hears speech and moves a face: its corpus, its training, its judges."""
