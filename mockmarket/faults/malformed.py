"""An answer whose body is not the JSON that it says it is."""

from __future__ import annotations

from dataclasses import replace

from mockmarket.faults.base import Arguments, Fault, Parameter, Reply

PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def on_response(reply: Reply, arguments: Arguments) -> Reply | None:
    """Spoil a body that there is; the length in the head is that of what is sent."""
    if not reply.body:
        return None
    body = {"cut": reply.body[: len(reply.body) // 2], "html": PAGE, "empty": b""}[arguments["how"]]
    headers = [pair for pair in reply.headers if pair[0].lower() != "content-length"]
    return replace(reply, headers=(*headers, ("Content-Length", str(len(body)))), body=body)


FAULT = Fault(
    "malformed",
    "Carries the request out and answers with a body that is no JSON, status and content type as they were.",
    {"how": Parameter("cut", "JSON that ends half way, a gateway's HTML page, or nothing.", ("cut", "html", "empty"))},
    on_response=on_response,
)
