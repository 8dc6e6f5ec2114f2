"""Scenarios: steps in a marketplace, written in YAML, with expectations whose errors say what was seen instead. Names no vendor."""
