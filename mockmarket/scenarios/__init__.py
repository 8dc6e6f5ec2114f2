"""Scenarios: what happens in a marketplace, step by step, in YAML; with expectations that say what was seen instead. Names no vendor."""
