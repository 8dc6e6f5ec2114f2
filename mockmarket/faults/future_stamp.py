"""A notice that was signed in the future."""

from __future__ import annotations

from mockmarket.faults.base import Fault, Parameter, With
from mockmarket.webhooks.tampering import HOUR_S, Outgoing, shift_stamp


def on_send(out: Outgoing, given: With) -> Outgoing | None:
    """Sign as of a later time."""
    return shift_stamp(out, given["seconds"])


FAULT = Fault(
    "future_stamp",
    "Signs properly, with a timestamp in the future; for vendors that sign a time.",
    {"seconds": Parameter(HOUR_S, "How many seconds ahead it is signed.", least=1, most=10 * 365 * 86_400)},
    on_send=on_send,
)
