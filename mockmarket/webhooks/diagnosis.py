"""Names the mistake in a receiver's signature: tries what receivers get wrong until one way gives the same digits. Pure."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

from mockmarket_client.scheme import Scheme
from mockmarket_client.verifying import signatures

LARGEST = 200_000
"""Longest body, in bytes, that is tried in every way; a longer body is compared as it is."""
ALGORITHMS = ("sha256", "sha1", "sha512", "md5")
SHORT_SECRET = 16  # characters; of such a secret none is said
NEAR = 8  # most last characters of a signature that a fault changes
Way = tuple[str, bytes]  # what was done instead, "" for what is right; and the key or the message that it gives


@dataclass(frozen=True, slots=True)
class Facts:
    """What was sent: the secret that signs, earlier ones, the stamp (epoch seconds; None where the vendor sends none), the body."""

    scheme: Scheme
    secret: str
    earlier: tuple[str, ...]
    stamp: int | None
    body: bytes

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        return self.scheme.message(self.stamp or 0, self.body)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a receiver has: its secret, the signature that it computed, the text that it signed; each may be ""."""

    secret: str = ""
    signature: str = ""
    signed: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence on a part of a claim; with both texts where they differ, and how many characters of them are equal."""

    right: bool
    words: str
    expected: str = ""
    actual: str = ""
    equal: int = 0


def diagnose(facts: Facts, claim: Claim) -> Iterator[Finding]:
    """Yield what is right and wrong of each part of a claim, the signature first."""
    if claim.signature.strip():
        yield _of_signature(facts, claim)
    if claim.secret:
        yield _of_secret(facts, claim.secret)
    if claim.signed:
        yield _of_message(facts, claim.signed.replace("\r\n", "\n").encode("utf-8", "surrogatepass"))


def _of_signature(facts: Facts, claim: Claim) -> Finding:
    expected = facts.scheme.digest(facts.secret, facts.message)
    actual, notes = bare(claim.signature, facts.scheme)
    if actual == expected and not notes:
        return Finding(True, "The signature is right.")
    deviations = _deviations(facts, claim, actual)
    if deviations is not None:
        return _differing(expected, actual, [*deviations, *notes])
    if len(actual) == len(expected) and actual[:-NEAR] == expected[:-NEAR]:
        return _differing(
            expected, actual, ["only its last characters differ: a fault changed it, or it was cut and filled up"]
        )
    return _differing(
        expected,
        actual,
        [*notes, "no mistake that is known here gives it: check the secret, and sign the bytes as they came"],
    )


def _differing(expected: str, actual: str, deviations: Sequence[str]) -> Finding:
    words = "; ".join(deviations)
    return Finding(False, f"{words[:1].upper()}{words[1:]}.", expected, actual, equal_length(expected, actual))


def bare(signature: str, scheme: Scheme) -> tuple[str, list[str]]:
    """Return a signature without what stands around its digits, and notes on a prefix that is missing or doubled."""
    text = signature.strip()
    notes = [] if text == signature else ["there are spaces or a line break around it"]
    prefix = scheme.form.partition("{v}")[0] if "{t}" not in scheme.form else ""
    if "{t}" in scheme.form:
        text = next(iter(signatures(scheme, text)), text)
    elif prefix and not text.startswith(prefix):
        notes.append(f"the prefix {prefix} is missing")
    elif prefix and text.startswith(prefix * 2):
        notes.append(f"the prefix {prefix} is doubled")
    while prefix and text.startswith(prefix):
        text = text.removeprefix(prefix)
    return text, notes


def _deviations(facts: Facts, claim: Claim, actual: str) -> list[str] | None:
    """Return the fewest deviations that give a signature, or None when no combination does."""
    results = []
    for (key_words, key), (words, message), algorithm in product(
        keys(facts, claim), messages(facts, claim), ALGORITHMS
    ):
        right = algorithm == facts.scheme.algorithm
        unlike = "" if right else f"HMAC-{algorithm.upper()} was used instead of HMAC-{facts.scheme.algorithm.upper()}"
        digest = hmac.digest(key, message, algorithm)
        for encoded, encode in ENCODINGS.items():
            if actual == encode(digest):
                results.append([text for text in (key_words, words, unlike, encoded) if text])
    for words, message in messages(facts, claim):
        if actual.lower() == hashlib.new(facts.scheme.algorithm, message).hexdigest():
            results.append(["it is a plain hash: the secret is no part of it", *([words] if words else [])])
    return min(results, key=len, default=None)


ENCODINGS: dict[str, Callable[[bytes], str]] = {
    "": bytes.hex,
    "the digits are upper case instead of lower case": lambda digest: digest.hex().upper(),
    "it is base64 instead of hex": lambda digest: base64.b64encode(digest).decode(),
    "it is URL-safe base64 instead of hex": lambda digest: base64.urlsafe_b64encode(digest).decode().rstrip("="),
    "it is base64 of the hex digits": lambda digest: base64.b64encode(digest.hex().encode()).decode(),
}


def keys(facts: Facts, claim: Claim) -> Iterator[Way]:
    """Yield the keys that a receiver may have used."""
    yield "", facts.secret.encode("utf-8", "surrogatepass")
    for secret in facts.earlier:
        yield "it is right with the earlier secret, which has been replaced", secret.encode("utf-8", "surrogatepass")
    if claim.secret and claim.secret != facts.secret:
        yield _secrets_differ(facts.secret, claim.secret), claim.secret.encode("utf-8", "surrogatepass")
    yield "the secret has a line break at its end", facts.secret.encode("utf-8", "surrogatepass") + b"\n"
    with suppress(ValueError):
        yield "the secret was decoded from hex; its characters are the key", bytes.fromhex(facts.secret)
    with suppress(ValueError):
        yield (
            "the secret was decoded from base64; its characters are the key",
            base64.b64decode(facts.secret, validate=True),
        )


def messages(facts: Facts, claim: Claim) -> Iterator[Way]:
    """Yield the messages that a receiver may have signed, the right one first."""
    yield "", facts.message
    if claim.signed:
        yield "you signed other bytes", claim.signed.replace("\r\n", "\n").encode("utf-8", "surrogatepass")
    for words, body in [("", facts.body), *rewritten(facts.body)]:
        for stamp_words, message in _stamped(facts, body):
            deviations = "; ".join(filter(None, (words, stamp_words)))
            if deviations:
                yield deviations, message


def _stamped(facts: Facts, body: bytes) -> Iterator[Way]:
    stamp = facts.stamp or 0
    if not facts.scheme.stamped:
        yield "", body
        return
    yield "", b"%d.%b" % (stamp, body)
    yield "the stamp is missing: the message is the stamp, a dot and the body", body
    yield "the stamp is in milliseconds instead of seconds", b"%d.%b" % (stamp * 1000, body)
    yield "the dot between stamp and body is missing", b"%d%b" % (stamp, body)


def rewritten(body: bytes) -> Iterator[Way]:
    """Yield a body as receivers change it before they sign it."""
    yield "you signed the body with a line break at its end", body + b"\n"
    if len(body) > LARGEST:
        return
    with suppress(ValueError, RecursionError):
        parsed = json.loads(body)
        words = "you signed the JSON parsed and written again, not the bytes as they came"
        for separators, plain, sort in product(((",", ":"), (", ", ": ")), (False, True), (False, True)):
            text = json.dumps(parsed, separators=separators, ensure_ascii=plain, sort_keys=sort)
            yield f"{words}{' (with sorted members)' if sort else ''}", text.encode("utf-8", "surrogatepass")
        for indent in (2, 4):
            yield (
                f"{words} (indented)",
                json.dumps(parsed, indent=indent, ensure_ascii=False).encode("utf-8", "surrogatepass"),
            )
    yield "you signed nothing: an empty text", b""


def _of_secret(facts: Facts, secret: str) -> Finding:
    if secret == facts.secret:
        return Finding(True, "Your secret is the one that signs.")
    if secret in facts.earlier:
        return Finding(False, "Your secret is an earlier one, which has been replaced.")
    if secret.strip() == facts.secret:
        return Finding(False, "Your secret has spaces or a line break around it.")
    words = _secrets_differ(facts.secret, secret)
    return Finding(False, f"{words[:1].upper()}{words[1:]}.")


def _secrets_differ(ours: str, theirs: str) -> str:
    return f"your secret differs: it ends in {_ending(theirs)}, ours in {_ending(ours)}"


def _ending(secret: str) -> str:
    """Return how a secret ends, unless that is much of it, and its length."""
    return f"{f'…{secret[-4:]}' if len(secret) > SHORT_SECRET else '…'} ({len(secret)} characters)"


def _of_message(facts: Facts, signed: bytes) -> Finding:
    expected = facts.message
    if signed == expected:
        return Finding(True, "You signed the right bytes.")
    words = next((words for words, message in messages(facts, Claim()) if message == signed), "")
    if not words and as_json(signed.partition(b"{")[2]) == as_json(expected.partition(b"{")[2]):
        words = "you signed the JSON parsed and written again, not the bytes as they came"
    equal = equal_length(expected, signed)
    place = f"the first byte that differs is number {equal + 1} of {len(expected)}"
    text = f"{words}; {place}" if words else f"you signed other bytes: {place}"
    start = max(0, equal - 40)
    ours, theirs = (part[start : equal + 40].decode("utf-8", "replace") for part in (expected, signed))
    return Finding(False, f"{text[:1].upper()}{text[1:]}.", ours, theirs, equal_length(ours, theirs))


def as_json(tail: bytes) -> object:
    """Return the JSON object that begins before this text; a value equal to no other where there is none."""
    try:
        return json.loads(b"{" + tail)
    except ValueError:
        return object()


def equal_length(first: str | bytes, second: str | bytes) -> int:
    """Return how many characters at the beginning of two texts are equal."""
    pairs = zip(first, second, strict=False)
    return next((place for place, (ours, theirs) in enumerate(pairs) if ours != theirs), min(len(first), len(second)))
