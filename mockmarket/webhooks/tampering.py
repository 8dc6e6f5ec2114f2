"""Ways to corrupt a well-formed webhook: headers and body go in, headers and body come out. Pure; names no vendor. The vendor's scheme says
which header carries the signature and the stamp. None is returned when there is nothing to corrupt."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from mockmarket.webhooks.signing import Sending, SignedHeaders
from mockmarket_client.scheme import Headers
from mockmarket_client.verifying import signatures

OTHER = "not-the-secret-"
UNKNOWN_TYPE = "unknown.type"
HOUR_S = 3600

_LEXEME = re.compile(
    rb'(?P<text>"(?:[^"\\]|\\.)*")(?P<name>\s*:)?|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<mark>[,:])'
)
"""The relevant JSON tokens (RFC 8259): a text, a member's name when a colon follows, a number, a comma or colon."""
_TYPE_MEMBER = re.compile(rb'("(?:type|event|event_type|eventType|topic|about|action)"\s*:\s*)"(?:[^"\\]|\\.)*"')
"""A member that usually holds a notice's type, for bodies that name it differently from our list."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One attempt about to be sent: its input and signer, and the headers and body to be sent."""

    sending: Sending
    sign: SignedHeaders
    headers: Headers
    body: bytes


Tamper = Callable[[Outgoing], Outgoing | None]
"""Corrupts an attempt, or returns None when there is nothing to corrupt."""


def outgoing(sending: Sending, sign: SignedHeaders) -> Outgoing:
    """Return an uncorrupted attempt."""
    return Outgoing(sending, sign, sign(sending), sending.body)


def digests(out: Outgoing, name: str, value: str) -> list[str]:
    """Return the signatures in a header of an attempt; none in headers other than its scheme's, nor without a secret."""
    scheme = out.sign.scheme
    return signatures(scheme, value) if scheme and name == scheme.header else []


def flip_signature(out: Outgoing) -> Outgoing | None:
    """Change one character of each digest, within its alphabet: the length stays, the signature is wrong."""
    return _respell(out, lambda digest: _flipped(digest[0]) + digest[1:])


def _flipped(letter: str) -> str:
    alphabet = "01" if letter.isdigit() else "ab" if letter.islower() else "AB"
    return alphabet[letter == alphabet[0]]


def truncate_signature(out: Outgoing) -> Outgoing | None:
    """Cut each digest to its first half: a receiver that does not compare lengths fails or accepts it."""
    return _respell(out, lambda digest: digest[: len(digest) // 2])


def upper_signature(out: Outgoing) -> Outgoing | None:
    """Write each digest in capitals: equal for a receiver that decodes hex, different for a receiver that compares texts."""
    return _respell(out, str.upper)


def _respell(out: Outgoing, spell: Callable[[str], str]) -> Outgoing | None:
    headers = tuple((name, _respelt(value, digests(out, name, value), spell)) for name, value in out.headers)
    return None if headers == out.headers else replace(out, headers=headers)


def _respelt(value: str, words: Sequence[str], spell: Callable[[str], str]) -> str:
    for word in words:
        value = value.replace(word, spell(word))
    return value


def omit_signature(out: Outgoing) -> Outgoing | None:
    """Leave out the header that carries the signature."""
    headers = tuple(pair for pair in out.headers if not out.sign.scheme or pair[0] != out.sign.scheme.header)
    return None if headers == out.headers else replace(out, headers=headers)


def use_wrong_secret(out: Outgoing) -> Outgoing | None:
    """Sign with another secret: well-formed, but no signature verifies."""
    secrets = tuple(OTHER + secret for secret in out.sending.secrets)
    signed = any(digests(out, *pair) for pair in out.headers)
    return outgoing(replace(out.sending, secrets=secrets), out.sign) if signed else None


def shift_stamp(out: Outgoing, seconds: int) -> Outgoing | None:
    """Sign correctly with a stamp `seconds` later, or earlier when negative; None where a vendor signs no time."""
    if out.sign.scheme is None or not out.sign.scheme.sends_stamp:
        return None
    return outgoing(replace(out.sending, stamp=max(0, out.sending.stamp + seconds)), out.sign)


def name_unknown_type(out: Outgoing, type: str = UNKNOWN_TYPE) -> Outgoing | None:
    """Give the notice an unknown type, in body and headers, correctly signed; None when its body names no type."""
    body = retyped(out.body, out.sending.type, type)
    return None if body == out.body else outgoing(replace(out.sending, type=type, body=body), out.sign)


def retyped(body: bytes, known: str, type: str) -> bytes:
    """Return a JSON body with a notice's type replaced wherever it is a value; or, where it is named differently, in
    the first member that usually holds one."""
    old, new = _quoted(known), _quoted(type)
    changed = _rewritten(body, lambda lexeme: new if _is_value(lexeme) and lexeme["text"] == old else None)
    return changed if changed != body else _TYPE_MEMBER.sub(lambda member: member[1] + new, body, count=1)


def _quoted(text: str) -> bytes:
    return b'"' + text.replace("\\", "\\\\").replace('"', '\\"').encode("utf-8", "surrogateescape") + b'"'


def respace_body(out: Outgoing) -> Outgoing | None:
    """Put a space after each comma and colon after signing: the same JSON, other bytes."""
    return _with_body(out, _rewritten(out.body, _spaced))


def _spaced(lexeme: re.Match[bytes]) -> bytes | None:
    return lexeme["mark"] + b" " if lexeme["mark"] else lexeme["text"] + b": " if lexeme["name"] else None


def reslash_body(out: Outgoing) -> Outgoing | None:
    r"""Write each slash as `\/`, or each `\/` as a slash where the vendor escapes them, after signing."""
    if re.search(rb"(?<!\\)(?:\\\\)*\\/", out.body):
        bare = re.sub(rb"\\(.)", lambda pair: b"/" if pair[1] == b"/" else pair[0], out.body, flags=re.DOTALL)
        return _with_body(out, bare)
    return _with_body(out, out.body.replace(b"/", b"\\/"))


def alter_body(out: Outgoing) -> Outgoing | None:
    """Change one value after signing: the first number or, without numbers, the last text."""
    return _with_body(out, altered(out.body))


def altered(body: bytes) -> bytes:
    """Return a JSON body with one value changed and still valid; unchanged when it has neither number nor text."""
    lexemes = list(_LEXEME.finditer(body))
    if number := next((lexeme for lexeme in lexemes if lexeme["number"]), None):
        last = number.end() - 1
        return body[:last] + b"%d" % ((int(body[last:][:1]) + 1) % 10) + body[last + 1 :]
    text = next(filter(_is_value, reversed(lexemes)), None)
    return body if text is None else body[: text.end() - 1] + b"x" + body[text.end() - 1 :]


def _is_value(lexeme: re.Match[bytes]) -> bool:
    return lexeme["text"] is not None and lexeme["name"] is None


def _rewritten(body: bytes, write: Callable[[re.Match[bytes]], bytes | None]) -> bytes:
    return _LEXEME.sub(lambda lexeme: write(lexeme) or lexeme[0], body)


def _with_body(out: Outgoing, body: bytes) -> Outgoing | None:
    return None if body == out.body else replace(out, body=body)
