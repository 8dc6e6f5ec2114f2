"""Attempts whose bytes or headers are altered between signing and sending. What alters them stands in `webhooks.tampering`."""

from __future__ import annotations

from mockmarket.faults.base import Fault, Parameter
from mockmarket.webhooks.tampering import (
    HOUR_S,
    UNKNOWN_TYPE,
    Tamper,
    alter_body,
    flip_signature,
    name_unknown_type,
    omit_signature,
    reslash_body,
    respace_body,
    shift_stamp,
    truncate_signature,
    upper_signature,
    use_wrong_secret,
)

TEN_YEARS_S = 10 * 365 * 86_400


def tampered(name: str, help: str, tamper: Tamper) -> Fault:
    """Return a fault without parameters that alters an attempt."""
    return Fault(name, help, on_send=lambda out, _: tamper(out))


FAULTS = (
    tampered("altered", "Changes one value in the body after it was signed.", alter_body),
    tampered(
        "respaced", "Puts spaces into the body's JSON after it was signed: the same values, other bytes.", respace_body
    ),
    tampered("signature_flipped", "Changes one character of the signature; its length stays.", flip_signature),
    tampered("signature_missing", "Sends no signature header.", omit_signature),
    tampered("signature_truncated", "Sends only the first half of the signature.", truncate_signature),
    tampered("signature_upper", "Sends the signature in capital letters.", upper_signature),
    tampered(
        "slashes",
        "Escapes the body's slashes after it was signed, or unescapes them: the same values, other bytes.",
        reslash_body,
    ),
    tampered("wrong_secret", "Signs with a secret that is not the endpoint's.", use_wrong_secret),
    Fault(
        "stale_stamp",
        "Signs properly, with a timestamp in the past; for vendors that sign a time.",
        {"seconds": Parameter(HOUR_S, "How many seconds ago it was signed.", least=1, most=TEN_YEARS_S)},
        on_send=lambda out, arguments: shift_stamp(out, -arguments["seconds"]),
    ),
    Fault(
        "future_stamp",
        "Signs properly, with a timestamp in the future; for vendors that sign a time.",
        {"seconds": Parameter(HOUR_S, "How many seconds ahead it is signed.", least=1, most=TEN_YEARS_S)},
        on_send=lambda out, arguments: shift_stamp(out, arguments["seconds"]),
    ),
    Fault(
        "unknown_type",
        "Sends a notice of a type that the vendor does not have, signed properly.",
        {"type": Parameter(UNKNOWN_TYPE, "What the type is called.", longest=100)},
        on_send=lambda out, arguments: name_unknown_type(out, arguments["type"]),
    ),
)
