"""A body written again with spaces, after it was signed."""

from __future__ import annotations

from mockmarket.faults.base import Fault, With
from mockmarket.webhooks.tampering import Outgoing, respace_body


def on_send(out: Outgoing, given: With) -> Outgoing | None:
    """Put a space after each comma and colon."""
    return respace_body(out)


FAULT = Fault(
    "respaced",
    "Puts spaces into the body's JSON after it was signed: the same values, other bytes.",
    on_send=on_send,
)
