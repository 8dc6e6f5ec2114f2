"""A notice that is never sent."""

from mockmarket.faults.base import Fate, Fault

HELP = "Never sends the delivery: it is dropped, as its history says."
FAULT = Fault("lose", HELP, on_due=lambda due, arguments: Fate(lost=True))
