"""The soak: hours of load, kills, dead and hostile receivers, full disks and races, and a judge of what came of them (`python -m soak`)."""
