"""One attempt's signature computed again, step by step, with the bytes that were signed. Pure but for the endpoint that it is given."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from functools import partial

from mockmarket.dashboard.formats import INVISIBLE, cut
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.records import Record
from mockmarket.webhooks.signing import Check, SignedHeaders, check

Signed = Callable[[bytes, str | None], Check]
"""Verifies an attempt as if this body had been sent, signed with this secret."""

MOST_DUMPED = 1024  # how many bytes the dump shows; all of them can be downloaded
MOST_SHOWN = 4000  # how many characters of the message are shown as text
LETTERS = bytes(byte if 0x20 <= byte < 0x7F else ord(".") for byte in range(256))  # how each byte is written in a dump
MOST_TYPED = 4000  # the longest message, in bytes, that stands in a command; a longer one is fetched by it


def steps(signer: SignedHeaders, attempt: Record, body: bytes, endpoint: Endpoint | None, fetch: str) -> Record:
    """Recompute an attempt's signature with what its endpoint's secrets are now; `fetch` is the address of the signed bytes.

    `body` is the delivery's own; what a fault put in its place is taken from the attempt. `stamped` is the part of the message before
    the body, as text, and `text` the body as far as it is shown; `secret` tells the secret by its end; `away_s` is how many seconds
    after the attempt the stamp lies; `command` computes the signature again; `notes` explain what does not fit.
    """
    headers = [(name, value) for name, value in attempt["request_headers"]]
    signed = partial(check, signer, headers)
    checked, secret, notes = tried(signed, body if attempt["body"] is None else attempt["body"], endpoint)
    message, stamp = checked.message or b"", checked.stamp
    before = f"{stamp}." if stamp is not None and message.startswith(f"{stamp}.".encode()) else ""
    return {
        "check": checked,
        "secret": secret,
        "stamped": before,
        "text": cut(message[len(before) :].decode("utf-8", "replace").replace("\r\n", "\n"), MOST_SHOWN),
        "dump": hexdump(message[:MOST_DUMPED]),
        "left_out": max(0, len(message) - MOST_DUMPED),
        "away_s": None if stamp is None else stamp - attempt["wall_at"] // 1000,
        "notes": [*notes, *(reasons(signed, attempt, body, endpoint) if checked.valid is False else ())],
        "command": command(checked, fetch),
    }


def tried(signed: Signed, body: bytes, endpoint: Endpoint | None) -> tuple[Check, str, tuple[str, ...]]:
    """Return what verifying with the secret of now finds, or with an earlier one that fits; with its end, and what to say of it."""
    if endpoint is None:
        gone = signed(body, None)
        return gone, "", ("The endpoint is gone, and its secret with it.",) if gone.header else ()
    first = signed(body, endpoint.secret)
    for secret, _ in reversed(endpoint.old_secrets if first.valid is False else ()):
        earlier = signed(body, secret)
        if earlier.valid:
            return earlier, end_of(secret), ("The secret was changed since: this was signed with the one before.",)
    return first, end_of(endpoint.secret) if first.header else "", ()


def end_of(secret: str) -> str:
    """Tell a secret by its end and its length."""
    return f"…{secret[-4:] if len(secret) > 8 else ''} ({len(secret)} characters)"


def reasons(signed: Signed, attempt: Record, body: bytes, endpoint: Endpoint | None) -> Iterator[str]:
    """Say what may explain a signature that does not fit: a fault, another body, another secret since."""
    if attempt["fault"]:
        yield f"It was spoilt on purpose: fault {attempt['fault']}."
    if attempt["body"] is not None and endpoint and signed(body, endpoint.secret).valid:
        yield "The signature fits the body as it was before the fault changed it."
    elif endpoint and not attempt["fault"] and endpoint.updated_at >= attempt["at"]:
        yield "The endpoint was changed since this was sent. If its secret was, it can no longer be verified with the one of now."


def command(checked: Check, fetch: str) -> str:
    """Return a shell command that computes the signature with `$SECRET`; empty where nothing was signed.

    A message stands in it that is short enough and has nothing in it that cannot be seen; another one is fetched.
    """
    if checked.message is None or checked.algorithm is None:
        return ""
    text = checked.message.decode("utf-8", "surrogateescape")
    typed = len(checked.message) <= MOST_TYPED and not INVISIBLE.search(text)
    source = f"printf %s {shlex.quote(text)}" if typed else f"curl -s {shlex.quote(fetch)}"
    return f'{source} | openssl dgst -{checked.algorithm} -hmac "$SECRET"'


def hexdump(raw: bytes) -> str:
    """Write bytes as `hexdump -C` does: offset, sixteen bytes in hex, the same as letters."""
    rows = ((place, raw[place : place + 16]) for place in range(0, len(raw), 16))
    return "\n".join(
        f"{place:08x}  {row[:8].hex(' '):<23}  {row[8:].hex(' '):<23}  |{row.translate(LETTERS).decode()}|"
        for place, row in rows
    )
