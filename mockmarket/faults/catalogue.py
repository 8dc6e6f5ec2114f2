"""The catalogue of faults. Of requests: another answer, a late, slow, altered or truncated one, or none. Of deliveries:
late, repeated, lost or overtaken when due; altered between signing and sending (`webhooks.tampering`)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from operator import attrgetter

from mockmarket.errors import BY_STATUS, Internal, Refusal
from mockmarket.faults.base import LONGEST_DELAY_S, LONGEST_S, Arguments, Fate, Fault, Pace, Parameter, Reply
from mockmarket.webhooks import tampering
from mockmarket.webhooks.tampering import Outgoing, Tamper

PAGE = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
TEN_YEARS_S = 10 * 365 * 86_400


def refuse(arguments: Arguments) -> Refusal:
    """Return the refusal of a request before it is carried out, of the class that usually has the status."""
    status, wait_s = arguments["status"], arguments["retry_after_s"]
    usual = BY_STATUS.get(status, Internal if status >= 500 else Refusal)
    refusal: Refusal = type(usual.__name__, (usual,), {"status": status})(arguments["message"])
    if wait_s:
        refusal.facts["retry_after"] = wait_s
        refusal.headers["Retry-After"] = str(wait_s)
    return refusal


def drip(reply: Reply, arguments: Arguments) -> Reply | None:
    """Send the head, then the body in small pieces; None for an answer without a body."""
    gap_s, longest_s = arguments["gap_ms"] / 1000, arguments["longest_s"]
    return reply.paced(chunk=arguments["bytes"], gap_s=gap_s, longest_s=longest_s) if reply.body else None


def _malform(reply: Reply, arguments: Arguments) -> Reply | None:
    if not reply.body:
        return None
    body = {"cut": reply.body[: len(reply.body) // 2], "html": PAGE, "empty": b""}[arguments["how"]]
    headers = [pair for pair in reply.headers if pair[0].lower() != "content-length"]
    return replace(reply, headers=(*headers, ("Content-Length", str(len(body)))), body=body)


def shift(sign: int) -> Callable[[Outgoing, Arguments], Outgoing | None]:
    """Return the hook that signs with a stamp `seconds` in the future (1) or past (-1)."""
    return lambda out, arguments: tampering.shift_stamp(out, sign * arguments["seconds"])


def altered(name: str, help: str, tamper: Tamper) -> Fault:
    """Return a fault without parameters that alters an attempt."""
    return Fault(name, help, on_send=lambda out, _: tamper(out))


def _seconds(help: str) -> dict[str, Parameter]:
    return {"seconds": Parameter(tampering.HOUR_S, help, least=1, most=TEN_YEARS_S)}


OF_REQUESTS = (
    Fault("status", "Answers an error status in the vendor's own format; the request is not carried out.",
          {"status": Parameter(503, "Status of the answer.", least=400, most=599),
           "message": Parameter("The fault status is on.", "Message of the error."),
           "retry_after_s": Parameter(0, "Seconds for a Retry-After header; 0 sends none.", least=0, most=86_400)},
          on_request=refuse),
    Fault("drop", "Closes the connection without an answer.",
          {"when": Parameter("before", "Before the request is carried out, or after it.", ("before", "after")),
           "how": Parameter("reset", "A TCP reset, or a normal close.", ("reset", "close"))},
          on_request=lambda arguments: Pace(drop=arguments["how"]) if arguments["when"] == "before" else None,
          on_response=lambda reply, arguments:
              replace(reply, pace=Pace(drop=arguments["how"])) if arguments["when"] == "after" else None),  # the caller cannot tell
    Fault("slow", "Carries the request out at once, and answers late.",
          {"seconds": Parameter(5.0, "Delay in real seconds.", least=0, most=LONGEST_S)},
          on_response=lambda reply, arguments: reply.paced(wait_s=arguments["seconds"])),  # blocks no thread
    Fault("drip", "Sends the head at once and the body a few bytes at a time.",
          {"bytes": Parameter(1, "Number of bytes in a piece.", least=1, most=65_536),
           "gap_ms": Parameter(50, "Real milliseconds between two pieces.", least=1, most=60_000),
           "longest_s": Parameter(30.0, "Real seconds after which the rest is sent at once.", least=0, most=LONGEST_S)},
          on_response=drip),
    Fault("malformed", "Carries the request out and answers with a body that is not JSON; status and content type are unchanged.",
          {"how": Parameter("cut", "Truncated JSON, a gateway's HTML page, or nothing.", ("cut", "html", "empty"))},
          on_response=_malform),
    Fault("truncated", "Carries the request out, sends the whole Content-Length but only a part of the body, and closes the connection.",
          {"percent": Parameter(50, "Percentage of the body that is sent.", least=0, most=99)},
          on_response=lambda reply, arguments: reply.paced(keep=len(reply.body) * arguments["percent"] // 100) if reply.body else None),
)  # fmt: skip
OF_DELIVERIES = (
    Fault("delay", "Delays a delivery's first attempt.",  # the timetable of its retries counts from the delayed attempt
          {"seconds": Parameter(60.0, "Delay in seconds of the world's clock.", least=0, most=LONGEST_DELAY_S)},
          on_due=lambda due, arguments: Fate(until=due.after(arguments["seconds"]))),
    Fault("duplicate", "Sends a delivery's first attempt several times at once; answers to the copies have no effect.",
          {"copies": Parameter(1, "Number of additional copies.", least=1, most=10)},  # same ids, body and signature
          on_due=lambda due, arguments: Fate(copies=arguments["copies"])),
    Fault("lose", "Never sends the delivery: it is dropped, and its history says so.", on_due=lambda due, arguments: Fate(lost=True)),
    Fault("reorder", "Holds a delivery back until the next delivery to the same endpoint has been answered.",
          {"within_s": Parameter(60.0, "Seconds of the world's clock after which it is sent anyway, if there is no other.",
                                 least=0, most=LONGEST_DELAY_S)},
          on_due=lambda due, arguments: None if due.passing else Fate(until=due.after(arguments["within_s"]), passed=True)),
    altered("altered", "Changes one value in the body after it was signed.", tampering.alter_body),
    altered("respaced", "Adds spaces to the body's JSON after it was signed: the same values, other bytes.", tampering.respace_body),
    altered("signature_flipped", "Changes one character of the signature; its length stays.", tampering.flip_signature),
    altered("signature_missing", "Sends no signature header.", tampering.omit_signature),
    altered("signature_truncated", "Sends only the first half of the signature.", tampering.truncate_signature),
    altered("signature_upper", "Sends the signature in capital letters.", tampering.upper_signature),
    altered("slashes", "Escapes the body's slashes after it was signed, or unescapes them: the same values, other bytes.",
            tampering.reslash_body),
    altered("wrong_secret", "Signs with a secret that is not the endpoint's.", tampering.use_wrong_secret),
    Fault("stale_stamp", "Signs correctly, with a timestamp in the past; for vendors that sign a timestamp.",
          _seconds("Age of the timestamp in seconds."), on_send=shift(-1)),
    Fault("future_stamp", "Signs correctly, with a timestamp in the future; for vendors that sign a timestamp.",
          _seconds("Seconds that the timestamp is in the future."), on_send=shift(1)),
    Fault("unknown_type", "Sends a notice of a type that the vendor does not have, signed correctly.",
          {"type": Parameter(tampering.UNKNOWN_TYPE, "Name of the type.", longest=100)},
          on_send=lambda out, arguments: tampering.name_unknown_type(out, arguments["type"])),
)  # fmt: skip

CATALOGUE: Mapping[str, Fault] = {
    fault.name: fault for fault in sorted((*OF_REQUESTS, *OF_DELIVERIES), key=attrgetter("name"))
}
"""Every fault by name."""
