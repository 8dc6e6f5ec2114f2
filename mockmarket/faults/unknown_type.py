"""A notice of a type that nobody knows."""

from __future__ import annotations

from mockmarket.faults.base import Fault, Parameter, With
from mockmarket.webhooks.tampering import UNKNOWN_TYPE, Outgoing, name_unknown_type


def on_send(out: Outgoing, given: With) -> Outgoing | None:
    """Give the notice another type, signed properly."""
    return name_unknown_type(out, given["type"])


FAULT = Fault(
    "unknown_type",
    "Sends a notice of a type that the vendor does not have, signed properly.",
    {"type": Parameter(UNKNOWN_TYPE, "What the type is called.", longest=100)},
    on_send=on_send,
)
