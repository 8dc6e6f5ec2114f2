"""Fixtures: the initial content of a world, read, checked and planted into every vendor's records."""
