"""A notice that is never sent."""

from __future__ import annotations

from mockmarket.faults.base import Due, Fate, Fault, With


def on_due(due: Due, given: With) -> Fate:
    """Drop the delivery; it is not tried again."""
    return Fate(lost=True)


FAULT = Fault("lose", "Never sends the delivery: it is dropped, as its history says.", on_due=on_due)
