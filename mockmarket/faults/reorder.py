"""A notice that the next one overtakes."""

from __future__ import annotations

from mockmarket.clock import later
from mockmarket.faults.base import Arguments, Due, Fate, Fault, Parameter

LONGEST_HOLD_S = 30 * 86_400


def on_due(due: Due, arguments: Arguments) -> Fate | None:
    """Keep a delivery back until the next one to the same endpoint has been sent; that one itself is let through."""
    return None if due.passing else Fate(until=later(due.at, round(arguments["within_s"] * 1000)), passed=True)


FAULT = Fault(
    "reorder",
    "Keeps a delivery back until the next one to the same endpoint has been answered.",
    {
        "within_s": Parameter(
            60.0,
            "Seconds of the world's clock after which it is sent anyhow, if no other comes.",
            least=0,
            most=LONGEST_HOLD_S,
        )
    },
    on_due=on_due,
)
