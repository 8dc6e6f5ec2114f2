"""The cases in order of execution: first what must be accepted, then what must be refused, then what must not have a second effect,
and last what a receiver does with the vendor's API."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

import orjson

from mockmarket.clock import parse_iso
from mockmarket.errors import Invalid
from mockmarket.exam.base import Case, ExamContext, read_table
from mockmarket.store.outbox import Notice
from mockmarket.webhooks import tampering
from mockmarket.webhooks.tampering import Outgoing, Tamper

Place = tuple[str | int, ...]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")

LARGE = 300_000
"""Bytes added to a large notice: more than the 100 kB that common web frameworks accept by default."""
FOREIGN = "Peña, ₱1,500, 東京, 🎟️ and a line\u2028separator"
STALE_S = 3600
NO_POLLING = (
    "It changes a record of the world: run it on a server, with poll_s, the seconds within which the receiver polls."
)
ANOTHER_SECRET = "another-secret-of-the-same-endpoint"  # noqa: S105 - made up, and the same for everybody
GRACE = "rotation_grace_s"  # the setting that makes a vendor with one secret sign with several for a time


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
    if (out := tamper(context.outgoing())) is None:
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
    """Return two notices about one record, the newer first, where a time in them or the record itself shows the order."""
    title, older, newer = context.title, context.subject.older, context.subject.newer
    if context.subject.by_reading:
        return [context.outgoing(newer), context.outgoing(older)]
    if not shows_newer(older, newer):
        return f"{title} puts no time into these notices: no receiver could know which of two is newer."
    if older.type == newer.type:
        return f"{title} has only one type of notice about this record: there is no other that it could overtake."
    return [context.outgoing(newer), context.outgoing(older)]


def provoking(context: ExamContext) -> Sequence[Outgoing] | str:
    """Return a notice that lets a receiver read its record, for vendors whose notices need that."""
    if not context.subject.by_reading:
        return f"{context.title}'s notices do not send a receiver to the API."
    return [context.outgoing(context.subject.newer)]


def unnoticed(context: ExamContext) -> Sequence[Outgoing] | str:
    """Return no message, where the exam can change a record and the receiver polls."""
    if context.receiver.vendor.webhooks.update is None:
        return f"The exam has no change of a record to make at {context.title}."
    return [] if context.receiver.options["poll_s"] else NO_POLLING


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


MAKERS: dict[str, Callable[[ExamContext], Sequence[Outgoing] | str]] = {
    "good": lambda context: [context.outgoing()],
    "raw_bytes": partial(spoiled, tampering.respace_body, signed=True),
    "header_case": partial(spoiled, _lower_case),
    "non_ascii": partial(grown, FOREIGN),
    "large": partial(grown, "x" * LARGE),
    "slow": partial(grown, FOREIGN),
    "rotation": partial(rotated, False),
    "rotation_old": partial(rotated, True),
    "wrong_secret": partial(spoiled, tampering.use_wrong_secret),
    "flipped_signature": partial(spoiled, tampering.flip_signature),
    "truncated_signature": partial(spoiled, tampering.truncate_signature),
    "signature_upper": in_capitals,
    "missing_signature": partial(spoiled, tampering.omit_signature),
    "altered": partial(spoiled, tampering.alter_body),
    "respaced": partial(spoiled, tampering.respace_body),
    "stale": partial(spoiled, lambda out: tampering.shift_stamp(out, -STALE_S)),
    "future": partial(spoiled, lambda out: tampering.shift_stamp(out, STALE_S)),
    "broken_json": partial(spoiled, lambda out: replace(out, body=out.body[: len(out.body) // 2]), signed=True),
    "unknown_type": partial(spoiled, tampering.name_unknown_type),
    "replayed": partial(repeated, 0),
    "duplicate": partial(repeated, 1),
    "reordered": reordered,
    "slow_api": provoking,
    "missed": unnoticed,
}
"""What each case sends; its texts are in cases.yaml."""

CASES = tuple(Case(name=name, make=MAKERS[name], **fields) for name, fields in read_table("cases").items())


def chosen(only: Sequence[str] = (), skip: Sequence[str] = ()) -> list[Case]:
    """Return the selected cases, always with `good`, on which the others' verdicts depend; Invalid for an unknown name."""
    names = [case.name for case in CASES]
    if wrong := [name for name in (*only, *skip) if name not in names]:
        raise Invalid(
            f"There is no case {', '.join(wrong)}; there are {', '.join(names)}.", details=[("cases", "unknown")]
        )
    return [case for case in CASES if case.name in set(only or names) - set(skip) | {"good"}]
