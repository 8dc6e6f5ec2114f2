"""A notice that the next one to the same endpoint overtakes; that one itself is let through."""

from __future__ import annotations

from mockmarket.faults.base import LONGEST_DELAY_S, Arguments, Due, Fate, Fault, Parameter

WITHIN = "Seconds of the world's clock after which it is sent anyhow, if no other comes."


def on_due(due: Due, arguments: Arguments) -> Fate | None:
    """Keep a delivery back until the next one has been sent."""
    return None if due.passing else Fate(until=due.after(arguments["within_s"]), passed=True)


FAULT = Fault(
    "reorder",
    "Keeps a delivery back until the next one to the same endpoint has been answered.",
    {"within_s": Parameter(60.0, WITHIN, least=0, most=LONGEST_DELAY_S)},
    on_due=on_due,
)
