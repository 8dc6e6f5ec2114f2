"""Faults: ways to go wrong, one a module. The folder is the list of what there is."""
