"""Faults of deliveries: late, repeated, lost or overtaken when due; altered between signing and sending (`webhooks.tampering`)."""

from __future__ import annotations

from collections.abc import Callable

from mockmarket.faults.base import LONGEST_DELAY_S, Arguments, Due, Fate, Fault, Parameter
from mockmarket.webhooks import tampering
from mockmarket.webhooks.tampering import Outgoing, Tamper

TEN_YEARS_S = 10 * 365 * 86_400


def _hold_back(due: Due, arguments: Arguments) -> Fate | None:
    return None if due.passing else Fate(until=due.after(arguments["within_s"]), passed=True)


def shift(sign: int) -> Callable[[Outgoing, Arguments], Outgoing | None]:
    """Return the hook that signs as of so many seconds ahead (1) or ago (-1)."""
    return lambda out, arguments: tampering.shift_stamp(out, sign * arguments["seconds"])


def altered(name: str, help: str, tamper: Tamper) -> Fault:
    """Return a fault without parameters that alters an attempt."""
    return Fault(name, help, on_send=lambda out, _: tamper(out))


def _seconds(help: str) -> dict[str, Parameter]:
    return {"seconds": Parameter(tampering.HOUR_S, help, least=1, most=TEN_YEARS_S)}


FAULTS = (
    Fault("delay", "Makes a delivery's first attempt late.",  # the timetable of its retries counts from when that is made
          {"seconds": Parameter(60.0, "How late, in seconds of the world's clock.", least=0, most=LONGEST_DELAY_S)},
          on_due=lambda due, arguments: Fate(until=due.after(arguments["seconds"]))),
    Fault("duplicate", "Sends a delivery's first attempt several times at once; what the copies are answered changes nothing.",
          {"copies": Parameter(1, "How many are sent beside the one that counts.", least=1, most=10)},  # ids, body, signature alike
          on_due=lambda due, arguments: Fate(copies=arguments["copies"])),
    Fault("lose", "Never sends the delivery: it is dropped, as its history says.", on_due=lambda due, arguments: Fate(lost=True)),
    Fault("reorder", "Keeps a delivery back until the next one to the same endpoint has been answered.",
          {"within_s": Parameter(60.0, "Seconds of the world's clock after which it is sent anyhow, if no other comes.",
                                 least=0, most=LONGEST_DELAY_S)},
          on_due=_hold_back),
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
          _seconds("How many seconds ago it was signed."), on_send=shift(-1)),
    Fault("future_stamp", "Signs properly, with a timestamp in the future; for vendors that sign a time.",
          _seconds("How many seconds ahead it is signed."), on_send=shift(1)),
    Fault("unknown_type", "Sends a notice of a type that the vendor does not have, signed properly.",
          {"type": Parameter(tampering.UNKNOWN_TYPE, "What the type is called.", longest=100)},
          on_send=lambda out, arguments: tampering.name_unknown_type(out, arguments["type"])),
)  # fmt: skip
