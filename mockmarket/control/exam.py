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

STATE = "Where the receiver's state can be read with GET; {record} stands for a record's id."


class ExamBody(TypedDict):
    """Which receiver to examine, and how."""

    vendor: Annotated[str, "Vendor whose webhooks it receives."]
    url: Annotated[str, Length(1, MAX_URL)]
    secret: Annotated[str, Length(1, 1000), "What it verifies with."]
    notice: Annotated[str | None, Default(None), "The type of notice that is sent most."]
    state_url: Annotated[str | None, Default(None), Length(1, MAX_URL), STATE]
    headers: Annotated[str, Default(""), "Headers of the subscription's own: Name: value,Name: value."]
    only: Annotated[list[str], Default(list)]
    skip: Annotated[list[str], Default(list)]
    settle_s: Annotated[float, Default(SETTLE_S), Range(0, 10)]


@operation(body=ExamBody, answer=report.ExamReport)
def examine_receiver(context: Context, body: ExamBody) -> report.ExamReport:
    """Examine a receiver: good, spoiled, stale, repeated and reordered webhooks, a verdict on each with rule and likely bug.

    The notices are written of the world's records, and nothing of it is stored. One exam at a time; 409 while another runs."""
    return report.as_dict(examine(context.world, body))


def examine(world: World, body: ExamBody) -> Report:
    """Hold an exam; Conflict while another one is held."""
    if not TAKEN.acquire(blocking=False):
        raise Conflict("Another exam is being held; try again when it is over.")
    try:
        return hold(world, ExamOptions(**body))
    finally:
        TAKEN.release()
