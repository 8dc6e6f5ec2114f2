"""Faults: deliberate errors, in one table (`catalogue`); the active ones of a world, and their application (`active`)."""
