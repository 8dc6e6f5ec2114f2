"""The vendors: one folder each, found by looking; no list of them is kept anywhere."""
