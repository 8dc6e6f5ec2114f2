"""A notice that comes more than once."""

from __future__ import annotations

from mockmarket.faults.base import Arguments, Due, Fate, Fault, Parameter


def on_due(due: Due, arguments: Arguments) -> Fate:
    """Send copies at the same time: same event id, delivery id, body and signature."""
    return Fate(copies=arguments["copies"])


FAULT = Fault(
    "duplicate",
    "Sends a delivery's first attempt several times at once; what the copies are answered changes nothing.",
    {"copies": Parameter(1, "How many are sent beside the one that counts.", least=1, most=10)},
    on_due=on_due,
)
