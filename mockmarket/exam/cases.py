"""The cases in order of execution: first what must be accepted, then what must be refused, then what must not have a second effect."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

import orjson

from mockmarket.clock import parse_iso
from mockmarket.errors import Invalid
from mockmarket.exam.base import Case, ExamContext
from mockmarket.store.outbox import Notice
from mockmarket.webhooks import tampering
from mockmarket.webhooks.tampering import Outgoing, Tamper

Place = tuple[str | int, ...]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")

LARGE = 300_000
"""Bytes added to a large notice: more than the 100 kB that common web frameworks accept by default."""
PIECES = 8
FOREIGN = "Peña, ₱1,500, 東京, 🎟️ and a line\u2028separator"
STALE_S = 3600
ANOTHER_SECRET = "another-secret-of-the-same-endpoint"  # noqa: S105 - made up, and the same for everybody
GRACE = "rotation_grace_s"  # the setting that makes a vendor with one secret sign with several for a time
RESERIALISED = (
    "The signature is computed over JSON that was serialised again (JSON.stringify(req.body), json.dumps)"
    " instead of the raw bytes."
)
NO_DEDUPE = "No deduplication: a webhook that was processed is processed again."


def grown(text: str, context: ExamContext) -> Sequence[Outgoing] | str:
    """Return a correctly signed notice with one more member, which holds a text."""
    body = orjson.loads(context.outgoing().body)
    if not isinstance(body, dict):
        return f"{context.title} does not support this."
    return [context.outgoing(body=context.receiver.vendor.webhooks.dialect(body | {"remark": text}))]


def rotated(own_first: bool, context: ExamContext) -> Sequence[Outgoing] | str:
    """Return a notice signed with two secrets, as in a rotation's grace: the receiver's own is the old or the new one."""
    own, once = context.receiver.options["secret"], f"{context.title} signs with one secret at a time"
    message = context.outgoing(secrets=(ANOTHER_SECRET, own) if own_first else (own, ANOTHER_SECRET))
    if message.headers in (context.outgoing().headers, context.outgoing(secrets=(ANOTHER_SECRET,)).headers):
        return f"{once}."
    if not context.receiver.settings.get(GRACE):
        return f"{once}, unless the setting {GRACE} sets a grace period for rotations."
    return [message]


def spoiled(tamper: Tamper, context: ExamContext, signed: bool = False) -> Sequence[Outgoing] | str:
    """Return a notice corrupted by `tamper`, then `signed` again or not."""
    out = tamper(context.outgoing())
    if out is None:
        return f"{context.title} does not support this."
    return [context.outgoing(body=out.body) if signed else out]


def _lower_case(out: Outgoing) -> Outgoing:
    return replace(out, headers=tuple((name.lower(), value) for name, value in out.headers))


def in_capitals(context: ExamContext) -> Sequence[Outgoing] | str:
    """Return a notice whose signature is in capitals, unless the vendor's own samples accept capitals."""
    if why := context.receiver.vendor.webhooks.capitals_ok:
        return f"Capitals may be accepted at {context.title}: {why}."
    return spoiled(tampering.upper_signature, context)


def repeated(later_s: int, context: ExamContext) -> Sequence[Outgoing] | str:
    """Return a notice sent twice: the same request (0), or its second attempt so many seconds later, with the same ids
    and body; only for vendors whose notices show that the second is a repeat."""
    if not context.receiver.vendor.webhooks.repeats_share:
        return f"Nothing in {context.title}'s notices distinguishes a repeat from another notice with the same content."
    out = context.outgoing()
    return [out, context.outgoing(attempt=2, stamp=context.now + later_s) if later_s else out]


def reordered(context: ExamContext) -> Sequence[Outgoing] | str:
    """Return two notices about one record, the newer first, where a time in them shows the order."""
    title, older, newer = context.title, context.subject.older, context.subject.newer
    if not shows_newer(older, newer):
        return f"{title} puts no time into these notices: no receiver could know which of two is newer."
    if older.type == newer.type:
        return f"{title} has only one type of notice about this record: there is no other that it could overtake."
    return [context.outgoing(newer), context.outgoing(older)]


def shows_newer(older: Notice, newer: Notice) -> bool:
    """Return whether the times in two notices about a record show their order: one is later, and none is earlier."""
    before, after = moments(orjson.loads(older.body)), moments(orjson.loads(newer.body))
    pairs = [(before[place], after[place]) for place in before.keys() & after.keys()]
    return any(earlier < later for earlier, later in pairs) and all(earlier <= later for earlier, later in pairs)


def moments(value: object, place: Place = ()) -> dict[Place, int]:
    """Return every time in a JSON value (ISO 8601 with a time of day), in epoch ms, by its path."""
    if isinstance(value, str):
        with suppress(ValueError):
            return {place: parse_iso(value)} if MOMENT.fullmatch(value) else {}
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {at: moment for name, part in parts for at, moment in moments(part, (*place, name)).items()}


CASES = (
    Case("good", "a notice as the vendor sends it", "accept",
         "A delivery counts only with the answer that the vendor requires, within its timeout.",
         "Another secret, another header, or the timestamp is missing from the signed bytes.", lambda context: [context.outgoing()]),
    Case("raw_bytes", "JSON written with spaces, signed as written", "accept",
         "The signature is over the body's bytes as they arrive.", RESERIALISED,
         partial(spoiled, tampering.respace_body, signed=True)),
    Case("header_case", "header names in lower case", "accept",
         "Header names are case-insensitive (RFC 9110).", "Headers are looked up by their exact spelling.",
         partial(spoiled, _lower_case)),
    Case("non_ascii", "accents, currency signs, kanji, emoji, U+2028", "accept",
         "Bodies are UTF-8.", "The body is decoded as Latin-1, or serialised again with escapes, before it is verified.",
         partial(grown, FOREIGN)),
    Case("large", "a body of 300 kB", "accept",
         "The vendor promises no limit on a body's size.", "The web framework's default body limit (often 100 kB) cuts or refuses it.",
         partial(grown, "x" * LARGE)),
    Case("slow", "a body that arrives in pieces, some cut inside a character", "accept",
         "A body may arrive in many packets, split at any byte.",
         "Only the first piece that arrives is read, or each piece is decoded by itself (text += chunk), which breaks a character that"
         " lies across two: collect the bytes, decode them once.",
         partial(grown, FOREIGN), ("non_ascii",), PIECES),
    Case("rotation", "signed with an older secret and with the receiver's, the receiver's signature last", "accept",
         "In the grace period of a rotation each secret signs, the new secret last.", "Only the first signature of the header is compared.",
         partial(rotated, False)),
    Case("rotation_old", "signed with the receiver's secret and with a newer secret, the receiver's signature first", "accept",
         "In the grace period of a rotation each secret signs, the new secret last.",
         "Only the last signature of the header is compared: a map of the header's parts keeps one of them.", partial(rotated, True)),
    Case("wrong_secret", "signed with another secret", "refuse",
         "A signature that does not verify is refused.", "The signature is not verified.", partial(spoiled, tampering.use_wrong_secret)),
    Case("flipped_signature", "one character of the signature changed", "refuse",
         "The whole signature must be equal.", "Only part of the signature is compared.",
         partial(spoiled, tampering.flip_signature), ("wrong_secret",)),
    Case("truncated_signature", "half of the signature", "refuse",
         "The whole signature must be equal.", "Only the received part of the signature is compared.",
         partial(spoiled, tampering.truncate_signature), ("wrong_secret",)),
    Case("signature_upper", "the signature in capitals", "refuse",
         "The signature is compared as it is written, in lower case.", "Signatures are compared without regard to case.",
         in_capitals, ("wrong_secret", "flipped_signature")),
    Case("missing_signature", "no signature at all", "refuse",
         "Every delivery is signed.", "An unsigned request is accepted.",
         partial(spoiled, tampering.omit_signature), ("wrong_secret",)),
    Case("altered", "one value changed after it was signed", "refuse",
         "The signature is over the body.", "The body is not verified.",
         partial(spoiled, tampering.alter_body), ("wrong_secret",)),
    Case("respaced", "spaces added after it was signed", "refuse",
         "The signature is over the body's bytes as they arrive.", RESERIALISED,
         partial(spoiled, tampering.respace_body), ("wrong_secret", "altered")),
    Case("stale", "signed an hour ago", "refuse",
         "The timestamp is signed so that a captured request cannot be replayed later; retries are signed anew.",
         "The timestamp's age is not checked: there is no replay window.",
         partial(spoiled, lambda out: tampering.shift_stamp(out, -STALE_S)), ("wrong_secret",)),
    Case("future", "signed for an hour from now", "refuse",
         "The timestamp is checked in both directions.",
         "Only old timestamps are refused: a future timestamp opens a replay window of any length.",
         partial(spoiled, lambda out: tampering.shift_stamp(out, STALE_S)), ("wrong_secret", "stale")),
    Case("broken_json", "truncated JSON, signed", "answer",
         "A receiver must expect any body.", "The parser's error is not caught.",
         partial(spoiled, lambda out: replace(out, body=out.body[: len(out.body) // 2]), signed=True)),
    Case("unknown_type", "an unknown type of notice, signed", "accept",
         "New types are added without warning; a refused notice is retried, and may disable the endpoint.",
         "Unknown types are answered with an error instead of being acknowledged.", partial(spoiled, tampering.name_unknown_type)),
    Case("replayed", "the same request twice", "once",
         "A webhook that was accepted must not count again.", NO_DEDUPE, partial(repeated, 0)),
    Case("duplicate", "the second attempt of one delivery", "once",
         "A delivery may arrive more than once.", NO_DEDUPE, partial(repeated, 1), ("replayed",)),
    Case("reordered", "two notices of one record, the newer first", "keep",
         "The order of notices is not promised.", "The last notice to arrive wins: an old notice overwrites a newer state.", reordered),
)  # fmt: skip


def chosen(only: Sequence[str] = (), skip: Sequence[str] = ()) -> list[Case]:
    """Return the selected cases, always with `good`, on which the others' verdicts depend; Invalid for an unknown name."""
    names = [case.name for case in CASES]
    wrong = [name for name in (*only, *skip) if name not in names]
    if wrong:
        sentence = f"There is no case {', '.join(wrong)}; there are {', '.join(names)}."
        raise Invalid(sentence, details=[("cases", "unknown")])
    wanted = set(only or names) - set(skip) | {"good"}
    return [case for case in CASES if case.name in wanted]
