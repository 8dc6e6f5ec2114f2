"""A notice that comes late."""

from __future__ import annotations

from mockmarket.clock import later
from mockmarket.faults.base import Arguments, Due, Fate, Fault, Parameter

LONGEST_DELAY_S = 30 * 86_400


def on_due(due: Due, arguments: Arguments) -> Fate:
    """Put the first attempt off; the timetable of retries counts from when it is made."""
    return Fate(until=later(due.at, round(arguments["seconds"] * 1000)))


FAULT = Fault(
    "delay",
    "Makes a delivery's first attempt late.",
    {"seconds": Parameter(60.0, "How late, in seconds of the world's clock.", least=0, most=LONGEST_DELAY_S)},
    on_due=on_due,
)
