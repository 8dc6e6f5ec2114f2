"""An answer that is a long time coming."""

from __future__ import annotations

from dataclasses import replace

from mockmarket.faults.base import LONGEST_S, Arguments, Fault, Parameter, Reply


def on_response(reply: Reply, arguments: Arguments) -> Reply:
    """Keep the finished answer back; no thread waits with it."""
    return replace(reply, pace=replace(reply.pace, wait_s=arguments["seconds"]))


FAULT = Fault(
    "slow",
    "Carries the request out at once, and answers late.",
    {"seconds": Parameter(5.0, "How late, in real seconds.", least=0, most=LONGEST_S)},
    on_response=on_response,
)
