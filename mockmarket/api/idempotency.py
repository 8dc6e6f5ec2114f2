"""Idempotent requests: the same key and body get the stored answer; the same key with another body is refused."""

import hashlib
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import flask
import orjson

from mockmarket.api.context import current
from mockmarket.current import current_request
from mockmarket.errors import Conflict, Invalid
from mockmarket.store import idempotency
from mockmarket.store.idempotency import Kept
from mockmarket.worlds.world import World

LONGEST_KEY = 255
REPLAYED = "Idempotent-Replayed"  # the header that marks a repeated answer
LOCKS = tuple(threading.Lock() for _ in range(64))
"""A request holds one of these while it runs, so that a request sent twice at once runs once."""


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that its caller may repeat: its owner, its key, and the lifetime of its answer (ms of the world's time)."""

    owner: str
    key: str
    lifetime_ms: int
    request: str


def repeatable(owner: str, key: str, lifetime_ms: int) -> Repeatable:
    """Describe the request being answered; Invalid for a key that is empty, too long, or not visible ASCII."""
    if not 1 <= len(key) <= LONGEST_KEY or not all(33 <= ord(sign) <= 126 for sign in key):
        words = f"must be 1 to {LONGEST_KEY} visible ASCII characters, such as a UUID"
        raise Invalid(f"Idempotency-Key {words}.", details=[("Idempotency-Key", words)])
    request = current_request()
    head = f"{request.method} {request.full_path}\n".encode("utf-8", "replace")
    content = head + _canonical(request.get_data(cache=True))
    return Repeatable(owner, key, lifetime_ms, hashlib.sha256(content).hexdigest())


def _canonical(body: bytes) -> bytes:
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):  # compressed, or no JSON: compared as bytes
        return body


def once(world: World, repeatable: Repeatable, run: Callable[[], flask.Response]) -> flask.Response:
    """Run a request and store its answer if it succeeds, or return the stored answer. Conflict, with `facts["reused"]`, when the key
    belongs to another request. A failure is not stored, so that the request can be corrected and sent again with its key."""
    with LOCKS[zlib.crc32(f"{world.name} {repeatable.owner} {repeatable.key}".encode()) % len(LOCKS)]:
        read = world.read()
        record = idempotency.get(read, repeatable.owner, repeatable.key, read.now - repeatable.lifetime_ms)
        if record is not None:
            if record.request != repeatable.request:
                words = "This Idempotency-Key was used for another request; send a new key with a new request."
                raise Conflict(words, reused=True)
            return flask.Response(record.answer, record.status, {REPLAYED: "true"}, mimetype="application/json")
        answer = run()
        if 200 <= answer.status_code < 300:
            keep(world, repeatable, answer)
        return answer


def keep(world: World, repeatable: Repeatable, answer: flask.Response) -> None:
    """Store an answer under its key, or the body given to `show_once` instead."""
    body = current().log.repeatable_answer or answer.get_data()
    with world.store.atomic() as tx:
        record = Kept(repeatable.owner, repeatable.key, repeatable.request, tx.now, answer.status_code, body)
        idempotency.put(tx, record, tx.now - repeatable.lifetime_ms)


def show_once(without: bytes) -> None:
    """Store `without` as the request's answer: a body without a secret of which only the hash may be stored."""
    current().log.repeatable_answer = without
