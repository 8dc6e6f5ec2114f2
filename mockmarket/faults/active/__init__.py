"""Active faults: which faults are on in a world, for what, and how often. What a fault does stands in `faults`."""
