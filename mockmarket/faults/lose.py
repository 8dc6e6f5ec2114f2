"""A notice that is never sent."""

from __future__ import annotations

from mockmarket.faults.base import Arguments, Due, Fate, Fault


def on_due(due: Due, arguments: Arguments) -> Fate:
    """Drop the delivery; it is not tried again."""
    return Fate(lost=True)


FAULT = Fault("lose", "Never sends the delivery: it is dropped, as its history says.", on_due=on_due)
