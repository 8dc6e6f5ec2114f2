"""Faults: ways to go wrong, in one table (`catalogue`); which are on in a world, and what they do there (`active`)."""
