"""A body whose slashes are escaped in another way than when it was signed."""

from __future__ import annotations

from mockmarket.faults.base import Fault, With
from mockmarket.webhooks.tampering import Outgoing, reslash_body


def on_send(out: Outgoing, given: With) -> Outgoing | None:
    """Escape each slash, or write it plainly where it was escaped."""
    return reslash_body(out)


FAULT = Fault(
    "slashes",
    "Escapes the body's slashes after it was signed, or unescapes them: the same values, other bytes.",
    on_send=on_send,
)
