"""Fixtures: a world's beginning in the world's own words, read, checked and planted into every vendor's records."""
