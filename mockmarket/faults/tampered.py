"""Answers and attempts whose bytes or headers are altered, an attempt's between signing and sending (see `webhooks.tampering`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mockmarket.faults.base import Arguments, Fault, Parameter, Reply
from mockmarket.webhooks import tampering
from mockmarket.webhooks.tampering import Outgoing, Tamper

TEN_YEARS_S = 10 * 365 * 86_400
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def malform(reply: Reply, arguments: Arguments) -> Reply | None:
    """Spoil a body that there is; the length in the head is that of what is sent."""
    if not reply.body:
        return None
    body = {"cut": reply.body[: len(reply.body) // 2], "html": PAGE, "empty": b""}[arguments["how"]]
    headers = [pair for pair in reply.headers if pair[0].lower() != "content-length"]
    return replace(reply, headers=(*headers, ("Content-Length", str(len(body)))), body=body)


def shift(sign: int) -> Callable[[Outgoing, Arguments], Outgoing | None]:
    """Return the hook that signs as of so many seconds ahead (1) or _ago (-1)."""
    return lambda out, arguments: tampering.shift_stamp(out, sign * arguments["seconds"])


def altered(name: str, help: str, tamper: Tamper) -> Fault:
    """Return a fault without parameters that alters an attempt."""
    return Fault(name, help, on_send=lambda out, _: tamper(out))


def _ago(help: str) -> dict[str, Parameter]:
    return {"seconds": Parameter(tampering.HOUR_S, help, least=1, most=TEN_YEARS_S)}


FAULTS = (
    Fault("malformed", "Carries the request out and answers with a body that is no JSON, status and content type as they were.",
          {"how": Parameter("cut", "JSON that ends half way, a gateway's HTML page, or nothing.", ("cut", "html", "empty"))},
          on_response=malform),
    Fault("truncated", "Carries the request out, tells the whole body's Content-Length, sends a part of it and closes the connection.",
          {"percent": Parameter(50, "How much of the body is sent.", least=0, most=99)},
          on_response=lambda reply, arguments: reply.paced(keep=len(reply.body) * arguments["percent"] // 100) if reply.body else None),
    altered("altered", "Changes one value in the body after it was signed.", tampering.alter_body),
    altered("respaced", "Puts spaces into the body's JSON after it was signed: the same values, other bytes.", tampering.respace_body),
    altered("signature_flipped", "Changes one character of the signature; its length stays.", tampering.flip_signature),
    altered("signature_missing", "Sends no signature header.", tampering.omit_signature),
    altered("signature_truncated", "Sends only the first half of the signature.", tampering.truncate_signature),
    altered("signature_upper", "Sends the signature in capital letters.", tampering.upper_signature),
    altered("slashes", "Escapes the body's slashes after it was signed, or unescapes them: the same values, other bytes.",
            tampering.reslash_body),
    altered("wrong_secret", "Signs with a secret that is not the endpoint's.", tampering.use_wrong_secret),
    Fault("stale_stamp", "Signs properly, with a timestamp in the past; for vendors that sign a time.",
          _ago("How many seconds _ago it was signed."), on_send=shift(-1)),
    Fault("future_stamp", "Signs properly, with a timestamp in the future; for vendors that sign a time.",
          _ago("How many seconds ahead it is signed."), on_send=shift(1)),
    Fault("unknown_type", "Sends a notice of a type that the vendor does not have, signed properly.",
          {"type": Parameter(tampering.UNKNOWN_TYPE, "What the type is called.", longest=100)},
          on_send=lambda out, arguments: tampering.name_unknown_type(out, arguments["type"])),
)  # fmt: skip
