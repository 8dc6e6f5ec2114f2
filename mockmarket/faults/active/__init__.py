"""The active faults of a world: what each applies to, and how often. Their effects are defined in `faults`."""
