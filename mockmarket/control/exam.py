"""The receiver exam over HTTP."""

from __future__ import annotations

import threading
from typing import Annotated, TypedDict

from mockmarket.control.base import Context, operation
from mockmarket.errors import Conflict
from mockmarket.exam import report
from mockmarket.exam.base import SETTLE_S, ExamOptions, Report
from mockmarket.exam.running import hold
from mockmarket.records import Default, Length, Range
from mockmarket.webhooks.targets import MAX_URL
from mockmarket.worlds.world import World

TAKEN = threading.Semaphore(1)
"""One exam at a time: each keeps one of the server's threads for as long as its receiver takes to answer."""

STATE = "URL to GET the receiver's state from; {record} is replaced by a record's id."


class ExamBody(TypedDict):
    """Which receiver to examine, and how."""

    vendor: Annotated[str, "Vendor whose webhooks it receives."]
    url: Annotated[str, Length(1, MAX_URL)]
    secret: Annotated[str, Length(1, 1000), "Secret that it verifies signatures with."]
    notice: Annotated[str | None, Default(None), "Type of notice used by most cases."]
    state_url: Annotated[str | None, Default(None), Length(1, MAX_URL), STATE]
    headers: Annotated[str, Default(""), "Extra headers of its subscription: Name: value,Name: value."]
    only: Annotated[list[str], Default(list)]
    skip: Annotated[list[str], Default(list)]
    settle_s: Annotated[float, Default(SETTLE_S), Range(0, 10)]


@operation(body=ExamBody, answer=report.ExamReport)
def examine_receiver(context: Context, body: ExamBody) -> report.ExamReport:
    """Examine a receiver with valid, invalid, stale, repeated and reordered webhooks; each case gets a verdict, with rule and likely bug.

    The notices are written of the world's records, and nothing of it is stored. One exam at a time; 409 while another runs."""
    return report.as_dict(examine(context.world, body))


def examine(world: World, body: ExamBody) -> Report:
    """Hold an exam; Conflict while another one is held."""
    if not TAKEN.acquire(blocking=False):
        raise Conflict("Another exam is running; try again when it has ended.")
    try:
        return hold(world, ExamOptions(**body))
    finally:
        TAKEN.release()
