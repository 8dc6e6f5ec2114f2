"""The cases, in the order in which they are put: first what must be taken, then what must not, then what must not count twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import orjson

from mockmarket.errors import Invalid
from mockmarket.exam.base import Case, Paper
from mockmarket.webhooks import tampering
from mockmarket.webhooks.tampering import Outgoing, Tamper

Makes = Callable[[Paper], Sequence[Outgoing] | None]

LARGE = 300_000
"""Bytes that are added to a large notice: more than the 100 kB that common web frameworks take by default."""
PIECES = 8
FOREIGN = "Peña, ₱1,500, 東京, 🎟️ and a line\u2028separator"
STALE_S = 3600
CRASH = (
    "It throws where it should refuse: comparing signatures of different lengths, or decoding what is not hex,"
    " raises in most libraries."
)
RESERIALISED = (
    "The signature is computed over the JSON parsed and written again (JSON.stringify(req.body), json.dumps)"
    " instead of the raw bytes."
)


def good(paper: Paper) -> Sequence[Outgoing]:
    """Return a notice as the vendor sends it."""
    return [paper.sent()]


def spaced(paper: Paper) -> Sequence[Outgoing] | None:
    """Return a notice whose JSON is written with spaces, signed over just those bytes."""
    other = tampering.respace_body(paper.sent())
    return None if other is None else [paper.sent(body=other.body)]


def lower_case(paper: Paper) -> Sequence[Outgoing]:
    """Return a notice whose headers' names are in lower case, as proxies and HTTP/2 write them."""
    out = paper.sent()
    return [replace(out, headers=tuple((name.lower(), value) for name, value in out.headers))]


def grown(text: str) -> Makes:
    """Return what makes a notice with one more member, which holds a text; signed properly."""

    def make(paper: Paper) -> Sequence[Outgoing] | None:
        body = orjson.loads(paper.sent().body)
        if not isinstance(body, dict):
            return None
        return [paper.sent(body=paper.receiver.vendor.dialect(body | {"remark": text}))]

    return make


def rotated(paper: Paper) -> Sequence[Outgoing] | None:
    """Return a notice signed with an earlier secret and this one, as while a secret is being changed; None where a vendor signs once."""
    alone, both = paper.sent(), paper.sent(secrets=(paper.receiver.secret, "the-secret-before"))
    own = {digest for found in tampering.digests(alone).values() for digest in found}
    told = " ".join(value for _, value in both.headers)
    return [both] if own and both.headers != alone.headers and all(digest in told for digest in own) else None


def spoiled(tamper: Tamper) -> Makes:
    """Return what makes a notice that is spoiled in one way; None where it has nothing to spoil."""

    def make(paper: Paper) -> Sequence[Outgoing] | None:
        out = tamper(paper.sent())
        return None if out is None else [out]

    return make


def broken(paper: Paper) -> Sequence[Outgoing]:
    """Return a notice whose JSON ends in the middle, signed properly."""
    body = paper.sent().body
    return [paper.sent(body=body[: len(body) // 2])]


def replayed(paper: Paper) -> Sequence[Outgoing]:
    """Return one and the same request twice: same ids, same stamp, same signature."""
    out = paper.sent()
    return [out, out]


def duplicate(paper: Paper) -> Sequence[Outgoing]:
    """Return a notice and its second attempt: same ids and body, signed anew where there is a stamp."""
    return [paper.sent(), paper.sent(attempt=2, stamp=paper.now + 1)]


def reordered(paper: Paper) -> Sequence[Outgoing] | None:
    """Return two notices about one record, the newer first."""
    out = [paper.sent(newer=True), paper.sent()]
    return None if out[0].body == out[1].body else out


CASES = (
    Case("good", "a notice as the vendor sends it", "accept",
         "A delivery counts only with the answer that the vendor asks for, within its time limit.",
         "Another secret, another header, the stamp left out of the signed bytes, or a status that the vendor does not count.", good),
    Case("raw_bytes", "JSON written with spaces, signed as written", "accept",
         "The signature is over the body's bytes as they arrive.", RESERIALISED, spaced),
    Case("header_case", "headers' names in lower case", "accept",
         "Names of headers have no case (RFC 9110).", "Headers are looked up by their exact spelling.", lower_case),
    Case("non_ascii", "accents, currency signs, kanji, emoji, U+2028", "accept",
         "Bodies are UTF-8.", "The body is decoded as Latin-1, or written again with escapes, before it is verified.", grown(FOREIGN)),
    Case("large", "a body of 300 kB", "accept",
         "No limit on a body's size is promised.", "The web framework's default body limit (often 100 kB) cuts or refuses it.",
         grown("x" * LARGE)),
    Case("slow", "a body that arrives in pieces", "accept",
         "A body may take many packets.", "Only the first piece that arrives is read.", good, pieces=PIECES),
    Case("rotation", "signed with the new secret and the one before", "accept",
         "While a secret is being rotated each one signs.", "Only the first signature of the header is compared.", rotated),
    Case("wrong_secret", "signed with another secret", "refuse",
         "A signature that does not verify is refused.", "The signature is not verified.", spoiled(tampering.use_wrong_secret)),
    Case("flipped_signature", "one character of the signature changed", "refuse",
         "The whole signature must be equal.", "Only part of the signature is compared.", spoiled(tampering.flip_signature)),
    Case("truncated_signature", "half of the signature", "refuse",
         "The whole signature must be equal.", "Only as much is compared as was sent.", spoiled(tampering.truncate_signature)),
    Case("missing_signature", "no signature at all", "refuse",
         "Every delivery is signed.", "What is not signed is taken as if it were.", spoiled(tampering.omit_signature)),
    Case("altered", "one value changed after it was signed", "refuse",
         "The signature is over the body.", "The body is not part of what is verified.", spoiled(tampering.alter_body)),
    Case("respaced", "spaces put in after it was signed", "refuse",
         "The signature is over the body's bytes as they arrive.", RESERIALISED, spoiled(tampering.respace_body)),
    Case("stale", "signed an hour ago", "refuse",
         "The stamp is signed so that what was captured cannot be sent again later; retries are signed anew.",
         "The stamp's age is not looked at: no replay window.", spoiled(lambda out: tampering.shift_stamp(out, -STALE_S))),
    Case("future", "signed for an hour from now", "refuse",
         "The stamp's age is judged both ways.", "Only old stamps are refused: one from the future opens a replay window of any length.",
         spoiled(lambda out: tampering.shift_stamp(out, STALE_S))),
    Case("broken_json", "JSON that ends in the middle, signed", "answer",
         "Anything may arrive.", "The parser's error is not caught.", broken),
    Case("unknown_type", "a type of notice that nobody knows, signed", "accept",
         "New types are added without notice; one that is refused is retried, and may get the endpoint disabled.",
         "Unknown types are answered with an error instead of being acknowledged.", spoiled(tampering.name_unknown_type)),
    Case("replayed", "the very same request twice", "once",
         "What was taken already must not count again.", "No dedupe: the same event id is carried out twice.", replayed),
    Case("duplicate", "the second attempt of one delivery", "once",
         "A delivery may arrive more than once, with the same event id.", "No dedupe: the same event id is carried out twice.", duplicate),
    Case("reordered", "two notices of one record, the newer first", "keep",
         "The order of notices is not promised.", "What arrives last wins: an old notice overwrites a newer state.", reordered),
)  # fmt: skip


def chosen(only: Sequence[str] = (), skip: Sequence[str] = ()) -> list[Case]:
    """Return the cases asked for, `good` always among them, as the others are judged by it; Invalid for a name that there is not."""
    names = [case.name for case in CASES]
    wrong = [name for name in (*only, *skip) if name not in names]
    if wrong:
        raise Invalid(
            f"There is no case {', '.join(wrong)}; there are {', '.join(names)}.", details=[("cases", "unknown")]
        )
    wanted = set(only or names) - set(skip) | {"good"}
    return [case for case in CASES if case.name in wanted]
