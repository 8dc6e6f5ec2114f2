"""An answer that ends before the length that it told."""

from __future__ import annotations

from dataclasses import replace

from mockmarket.faults.base import Arguments, Fault, Parameter, Reply


def on_response(reply: Reply, arguments: Arguments) -> Reply | None:
    """Send the head as it is and a part of the body, then close the connection."""
    if not reply.body:
        return None
    return replace(reply, pace=replace(reply.pace, keep=len(reply.body) * arguments["percent"] // 100))


FAULT = Fault(
    "truncated",
    "Carries the request out, tells the whole body's Content-Length, sends a part of it and closes the connection.",
    {"percent": Parameter(50, "How much of the body is sent.", least=0, most=99)},
    on_response=on_response,
)
