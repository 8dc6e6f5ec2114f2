"""A notice signed with another secret."""

from __future__ import annotations

from mockmarket.faults.base import Fault, With
from mockmarket.webhooks.tampering import Outgoing, use_wrong_secret


def on_send(out: Outgoing, given: With) -> Outgoing | None:
    """Sign with another secret."""
    return use_wrong_secret(out)


FAULT = Fault(
    "wrong_secret",
    "Signs with a secret that is not the endpoint's.",
    on_send=on_send,
)
