"""A connection that ends without an answer."""

from __future__ import annotations

from dataclasses import replace

from mockmarket.faults.base import Arguments, Fault, Pace, Parameter, Reply


def on_request(arguments: Arguments) -> Pace | None:
    """End the connection with nothing carried out."""
    return Pace(drop=arguments["how"]) if arguments["when"] == "before" else None


def on_response(reply: Reply, arguments: Arguments) -> Reply | None:
    """End the connection once all is carried out: the caller cannot know."""
    return replace(reply, pace=Pace(drop=arguments["how"])) if arguments["when"] == "after" else None


FAULT = Fault(
    "drop",
    "Ends the connection without a byte of an answer.",
    {
        "when": Parameter("before", "Before the request is carried out, or after it.", ("before", "after")),
        "how": Parameter("reset", "By a TCP reset, or closed in good order.", ("reset", "close")),
    },
    on_request=on_request,
    on_response=on_response,
)
