"""Faults of requests: an answer that is another one, late, slow, spoilt or cut off, or none at all."""

from __future__ import annotations

from dataclasses import replace

from mockmarket.errors import BY_STATUS, Internal, Refusal
from mockmarket.faults.base import LONGEST_S, Arguments, Fault, Pace, Parameter, Reply

PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def refuse(arguments: Arguments) -> Refusal:
    """Refuse the request before anything of it is carried out, as the kind of refusal that the status usually is."""
    status, wait_s = arguments["status"], arguments["retry_after_s"]
    usual = BY_STATUS.get(status, Internal if status >= 500 else Refusal)
    refusal: Refusal = type(usual.__name__, (usual,), {"status": status})(arguments["message"])
    if wait_s:
        refusal.facts["retry_after"] = wait_s
        refusal.headers["Retry-After"] = str(wait_s)
    return refusal


def _drop_before(arguments: Arguments) -> Pace | None:
    return Pace(drop=arguments["how"]) if arguments["when"] == "before" else None


def _drop_after(reply: Reply, arguments: Arguments) -> Reply | None:
    return replace(reply, pace=Pace(drop=arguments["how"])) if arguments["when"] == "after" else None


def drip(reply: Reply, arguments: Arguments) -> Reply | None:
    """Send the head, then the body in small pieces; what has no body cannot drip."""
    gap_s, longest_s = arguments["gap_ms"] / 1000, arguments["longest_s"]
    return reply.paced(chunk=arguments["bytes"], gap_s=gap_s, longest_s=longest_s) if reply.body else None


def _malform(reply: Reply, arguments: Arguments) -> Reply | None:
    if not reply.body:
        return None
    body = {"cut": reply.body[: len(reply.body) // 2], "html": PAGE, "empty": b""}[arguments["how"]]
    headers = [pair for pair in reply.headers if pair[0].lower() != "content-length"]
    return replace(reply, headers=(*headers, ("Content-Length", str(len(body)))), body=body)


FAULTS = (
    Fault("status", "Answers an error status, in the vendor's own error shape; nothing of the request is carried out.",
          {"status": Parameter(503, "The status to answer.", least=400, most=599),
           "message": Parameter("The fault status is on.", "What the error says."),
           "retry_after_s": Parameter(0, "Seconds for a Retry-After header; 0 sends none.", least=0, most=86_400)},
          on_request=refuse),
    Fault("drop", "Ends the connection without a byte of an answer.",
          {"when": Parameter("before", "Before the request is carried out, or after it.", ("before", "after")),
           "how": Parameter("reset", "By a TCP reset, or closed in good order.", ("reset", "close"))},
          on_request=_drop_before, on_response=_drop_after),
    Fault("slow", "Carries the request out at once, and answers late.",
          {"seconds": Parameter(5.0, "How late, in real seconds.", least=0, most=LONGEST_S)},
          on_response=lambda reply, arguments: reply.paced(wait_s=arguments["seconds"])),  # no thread waits with it
    Fault("drip", "Answers with the head at once and the body a few bytes at a time.",
          {"bytes": Parameter(1, "How many bytes are sent at a time.", least=1, most=65_536),
           "gap_ms": Parameter(50, "Real milliseconds between two pieces.", least=1, most=60_000),
           "longest_s": Parameter(30.0, "Real seconds after which the rest is sent at once.", least=0, most=LONGEST_S)},
          on_response=drip),
    Fault("malformed", "Carries the request out and answers with a body that is no JSON, status and content type as they were.",
          {"how": Parameter("cut", "JSON that ends half way, a gateway's HTML page, or nothing.", ("cut", "html", "empty"))},
          on_response=_malform),
    Fault("truncated", "Carries the request out, tells the whole body's Content-Length, sends a part of it and closes the connection.",
          {"percent": Parameter(50, "How much of the body is sent.", least=0, most=99)},
          on_response=lambda reply, arguments: reply.paced(keep=len(reply.body) * arguments["percent"] // 100) if reply.body else None),
)  # fmt: skip
