"""Generated fixtures: a plan of events and listings becomes a fixture, the same for the same seed."""
