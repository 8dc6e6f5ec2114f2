"""A notice without a signature."""

from __future__ import annotations

from mockmarket.faults.base import Fault, With
from mockmarket.webhooks.tampering import Outgoing, omit_signature


def on_send(out: Outgoing, given: With) -> Outgoing | None:
    """Leave the signature's header out."""
    return omit_signature(out)


FAULT = Fault(
    "signature_missing",
    "Sends no signature header.",
    on_send=on_send,
)
