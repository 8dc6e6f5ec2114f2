"""Generated fixtures: a plan of so many events and listings becomes a fixture, the same for the same seed."""
