"""A notice that comes more than once: copies at the same time, with the same event id, delivery id, body and signature."""

from mockmarket.faults.base import Fate, Fault, Parameter

FAULT = Fault(
    "duplicate",
    "Sends a delivery's first attempt several times at once; what the copies are answered changes nothing.",
    {"copies": Parameter(1, "How many are sent beside the one that counts.", least=1, most=10)},
    on_due=lambda due, arguments: Fate(copies=arguments["copies"]),
)
