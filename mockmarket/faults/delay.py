"""A notice that comes late: the timetable of its retries counts from when its first attempt is made."""

from mockmarket.faults.base import LONGEST_DELAY_S, Fate, Fault, Parameter

FAULT = Fault(
    "delay",
    "Makes a delivery's first attempt late.",
    {"seconds": Parameter(60.0, "How late, in seconds of the world's clock.", least=0, most=LONGEST_DELAY_S)},
    on_due=lambda due, arguments: Fate(until=due.after(arguments["seconds"])),
)
