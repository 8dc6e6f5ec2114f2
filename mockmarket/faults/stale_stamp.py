"""A notice that was signed long ago."""

from __future__ import annotations

from mockmarket.faults.base import Fault, Parameter, With
from mockmarket.webhooks.tampering import HOUR_S, Outgoing, shift_stamp


def on_send(out: Outgoing, given: With) -> Outgoing | None:
    """Sign as of an earlier time."""
    return shift_stamp(out, -given["seconds"])


FAULT = Fault(
    "stale_stamp",
    "Signs properly, with a timestamp in the past; for vendors that sign a time.",
    {"seconds": Parameter(HOUR_S, "How many seconds ago it was signed.", least=1, most=10 * 365 * 86_400)},
    on_send=on_send,
)
