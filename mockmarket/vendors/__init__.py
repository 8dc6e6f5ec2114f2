"""The vendors: one folder each, discovered by name; there is no list of them."""
