"""A signature in capitals."""

from __future__ import annotations

from mockmarket.faults.base import Fault, With
from mockmarket.webhooks.tampering import Outgoing, upper_signature


def on_send(out: Outgoing, given: With) -> Outgoing | None:
    """Write the signature in capitals."""
    return upper_signature(out)


FAULT = Fault(
    "signature_upper",
    "Sends the signature in capital letters.",
    on_send=on_send,
)
