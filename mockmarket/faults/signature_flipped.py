"""A signature of the right length that is wrong."""

from __future__ import annotations

from mockmarket.faults.base import Fault, With
from mockmarket.webhooks.tampering import Outgoing, flip_signature


def on_send(out: Outgoing, given: With) -> Outgoing | None:
    """Change one character of the signature."""
    return flip_signature(out)


FAULT = Fault(
    "signature_flipped",
    "Changes one character of the signature; its length stays.",
    on_send=on_send,
)
