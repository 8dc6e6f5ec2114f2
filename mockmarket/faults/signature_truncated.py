"""A signature that is too short."""

from __future__ import annotations

from mockmarket.faults.base import Fault, With
from mockmarket.webhooks.tampering import Outgoing, truncate_signature


def on_send(out: Outgoing, given: With) -> Outgoing | None:
    """Cut the signature to its first half."""
    return truncate_signature(out)


FAULT = Fault(
    "signature_truncated",
    "Sends only the first half of the signature.",
    on_send=on_send,
)
