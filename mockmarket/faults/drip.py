"""An answer that comes a byte at a time."""

from __future__ import annotations

from dataclasses import replace

from mockmarket.faults.base import LONGEST_S, Arguments, Fault, Parameter, Reply


def on_response(reply: Reply, arguments: Arguments) -> Reply | None:
    """Send the head, then the body in small pieces; what has no body cannot drip."""
    if not reply.body:
        return None
    pace = replace(
        reply.pace, chunk=arguments["bytes"], gap_s=arguments["gap_ms"] / 1000, longest_s=arguments["longest_s"]
    )
    return replace(reply, pace=pace)


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
