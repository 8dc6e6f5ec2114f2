"""An answer that comes a byte at a time."""

from __future__ import annotations

from mockmarket.faults.base import LONGEST_S, Arguments, Fault, Parameter, Reply


def on_response(reply: Reply, arguments: Arguments) -> Reply | None:
    """Send the head, then the body in small pieces; what has no body cannot drip."""
    gap_s, longest_s = arguments["gap_ms"] / 1000, arguments["longest_s"]
    return reply.paced(chunk=arguments["bytes"], gap_s=gap_s, longest_s=longest_s) if reply.body else None


FAULT = Fault(
    "drip",
    "Answers with the head at once and the body a few bytes at a time.",
    {
        "bytes": Parameter(1, "How many bytes are sent at a time.", least=1, most=65_536),
        "gap_ms": Parameter(50, "Real milliseconds between two pieces.", least=1, most=60_000),
        "longest_s": Parameter(30.0, "Real seconds after which the rest is sent at once.", least=0, most=LONGEST_S),
    },
    on_response=on_response,
)
