"""A body in which one value was changed after it was signed."""

from __future__ import annotations

from mockmarket.faults.base import Fault, With
from mockmarket.webhooks.tampering import Outgoing, alter_body


def on_send(out: Outgoing, given: With) -> Outgoing | None:
    """Change one value."""
    return alter_body(out)


FAULT = Fault(
    "altered",
    "Changes one value in the body after it was signed.",
    on_send=on_send,
)
