"""The receiver exam over HTTP."""

import threading

from mockmarket.control.base import Context, operation
from mockmarket.errors import Conflict
from mockmarket.exam import report
from mockmarket.exam.base import ExamBody, Report
from mockmarket.exam.running import hold
from mockmarket.worlds.world import World

TAKEN = threading.Semaphore(1)
"""One exam at a time: each holds one of the server's threads while its receiver answers."""


@operation(body=ExamBody, answer=report.ExamReport)
def examine_receiver(context: Context, body: ExamBody) -> report.ExamReport:
    """Examine a receiver with valid, invalid, stale, repeated and reordered webhooks; each case gets a verdict, with rule and likely bug.

    The notices are written of the world's records, and nothing of it is stored; with `poll_s` one record is changed. One exam at a time;
    409 while another runs."""
    return report.as_dict(examine(context.world, body))


def examine(world: World, body: ExamBody) -> Report:
    """Run an exam; Conflict while another runs."""
    if not TAKEN.acquire(blocking=False):
        raise Conflict("Another exam is running; try again when it has ended.")
    try:
        return hold(world, body)
    finally:
        TAKEN.release()
