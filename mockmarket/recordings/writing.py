"""Writes exchanges: as an HTTP archive, or as JSON lines. A file appears whole or not at all."""

from __future__ import annotations

import base64
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import orjson

from mockmarket.clock import iso_ms
from mockmarket.recordings.exchange import Exchange, Message
from mockmarket.worlds import har


def write(path: Path, exchanges: Iterable[Exchange], as_har: bool) -> None:
    """Write exchanges to a file, which is replaced once they are complete; it keeps its mode."""
    with replaced(path) as file:
        for part in har_parts(exchanges) if as_har else lines(exchanges):
            file.write(part)


@contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write, which takes a path's place at the end of the block, and is removed after an error."""
    target = path.resolve()
    partial = target.with_name(f".{target.name}.partial")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
        if target.exists():
            shutil.copymode(target, partial)
        partial.replace(target)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise


def lines(exchanges: Iterable[Exchange]) -> Iterator[bytes]:
    """Yield exchanges as lines of JSON."""
    yield from (orjson.dumps(entry_of(exchange), option=orjson.OPT_APPEND_NEWLINE) for exchange in exchanges)


def entry_of(exchange: Exchange) -> dict[str, Any]:
    """Return an exchange as an entry of our own form; see `own_entries`."""
    head = {
        "method": exchange.method,
        "url" if "://" in exchange.url else "path": exchange.url,
        "headers": exchange.request.headers,
    }
    facts = {"vendor": exchange.vendor, "at": None if exchange.at is None else iso_ms(exchange.at)}
    answer = exchange.answer if exchange.kind == "call" else None
    answered = (
        {"status": exchange.status, "answer_headers": answer.headers, **_content("answer", answer.body)}
        if answer
        else {}
    )
    own = {name: value for name, value in facts.items() if value is not None}
    return {**head, **_content("body", exchange.request.body), **answered, **own}


def _content(name: str, body: bytes | None) -> dict[str, Any]:
    try:
        return {name: None if body is None else body.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(body or b"").decode()}


def har_parts(exchanges: Iterable[Exchange]) -> Iterator[bytes]:
    """Yield an HTTP archive of exchanges, bit by bit."""
    head, tail = orjson.dumps(har.archive([])).rsplit(b"]", 1)
    yield head
    for number, exchange in enumerate(exchanges):
        yield (b",\n" if number else b"\n") + orjson.dumps(har_entry(exchange))
    yield b"\n]" + tail


def har_entry(exchange: Exchange) -> har.Har:
    """Return an exchange as an entry of an HTTP archive; a body that is missing stays so."""
    sent, answer = exchange.request, exchange.answer or Message((), None)
    request = har.request(exchange.method, exchange.url, sent.headers, sent.body or b"")
    if sent.body is None:
        request["_leftOut"] = True
    response = har.response(exchange.status or 0, answer.headers, answer.body or b"")
    if answer.body is None:
        del response["content"]["text"]
    own = {"vendor": exchange.vendor, "delivery": exchange.number if exchange.kind == "webhook" else None}
    return har.exchange(exchange.at or 0, 0, request, response, own)
