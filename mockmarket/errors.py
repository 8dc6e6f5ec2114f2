"""Refusals: every error answer is raised as one of these and sent by `answer`, in the error format of the path's owner."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import flask
import orjson
from werkzeug.exceptions import HTTPException

from mockmarket.clock import monotonic
from mockmarket.current import current_request

if TYPE_CHECKING:
    from marshmallow import Schema, ValidationError

log = logging.getLogger("mockmarket")
CONTEXT = "mockmarket.context"
"""The environ's key for the request's context."""
REFUSED = "mockmarket.refused"
"""The environ's key for the refusal of a request that the server could not read."""
ACTIVITY = "mockmarket.activity"
"""The name of the log of requests and attempts (`worlds.activity_log`)."""
EVENT = "mockmarket_event"
"""The attribute of a record of that log that has the line's facts."""
MOST_DETAILS = 100
MINUTE_S = 60.0
MOST_LOGGED = 1000
_logged_at: dict[str, float] = {}
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Refusal(Exception):
    """An error answer: `status` and `word` are the class's, the message says what to change. `details` are (field,
    message) pairs; `facts` are values for a vendor's own messages, such as the missing scope."""

    status: ClassVar[int] = 400
    word: ClassVar[str] = "bad_request"

    def __init_subclass__(cls, status: int | None = None, word: str | None = None) -> None:
        cls.status, cls.word = status or cls.status, word or cls.word

    def __init__(self, message: str, *, hint: str = "", details: Iterable[tuple[str, str]] = (), **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details: tuple[tuple[str, str], ...] = tuple(details)
        self.facts = facts
        self.headers: dict[str, str] = {}


class Malformed(Refusal, word="malformed"):
    """The body cannot be parsed."""


class Invalid(Refusal, word="invalid"):
    """A field of the request is invalid."""


class IllegalTransition(Invalid, word="illegal_transition"):
    """The record cannot go from its status to the requested status."""


class Unauthenticated(Refusal, status=401, word="unauthenticated"):
    """The key is missing, unknown, expired or revoked; `facts["reason"]` tells which."""


class Forbidden(Refusal, status=403, word="forbidden"):
    """The caller is authenticated and may not do this."""


class ScopeMissing(Forbidden, word="scope_missing"):
    """The key lacks a scope; `facts["scope"]` names it."""


class AddressNotAllowed(Forbidden, word="address_not_allowed"):
    """The key may not be used from the caller's address; `facts["address"]` names it."""


class NotFound(Refusal, status=404, word="not_found"):
    """The record or path does not exist."""


class UnknownWorld(NotFound, word="unknown_world"):
    """The world named by path or header does not exist."""


class MovedWorld(UnknownWorld, word="moved_world"):
    """The world was moved to another server; `facts["place"]` is that server's URL."""


class MethodNotAllowed(Refusal, status=405, word="method_not_allowed"):
    """The path does not take the method. `facts["allow"]` lists the allowed ones."""


class Conflict(Refusal, status=409, word="conflict"):
    """The request is valid and contradicts the current state."""


class SoldOut(Conflict, word="sold_out"):
    """Fewer seats are left than were requested; `facts["available"]` is the number left."""


class SplitRefused(Conflict, word="split_refused"):
    """The quantity would break the listing's split rule; `facts["quantities"]` are the allowed ones."""


class TimedOut(Refusal, status=408, word="timed_out"):
    """The awaited state was not reached in time; `facts["seen"]` describes what was seen instead."""


class TooLarge(Refusal, status=413, word="too_large"):
    """The body is larger than the server accepts."""


class HeadersTooLarge(Refusal, status=431, word="headers_too_large"):
    """The request line and the headers are larger than the server accepts."""


class UnsupportedMedia(Refusal, status=415, word="unsupported_media"):
    """The path does not accept the body's content type."""


class RateLimited(Refusal, status=429, word="rate_limited"):
    """Too many requests; the Retry-After header gives the wait."""


class Internal(Refusal, status=500, word="internal"):
    """An error of the mock itself, never of the request; the log has the traceback."""


class Unavailable(Refusal, status=503, word="unavailable"):
    """The server is stopping, or cannot serve the request at the moment."""


class FileRefused(Unavailable, word="file_refused"):
    """The system refuses to read or write a file, which may be intact; the message names it. Logged once a minute."""


class NoSpace(FileRefused, status=507, word="no_space"):
    """A file cannot be written because its disk, or the user's quota, is full."""


class TooManyWorlds(Refusal, status=507, word="too_many_worlds"):
    """The server has as many worlds as it may have."""


class WorldFull(Refusal, status=507, word="world_full"):
    """The world would be larger than a world of this server may be."""


class DamagedWorld(Unavailable, word="damaged_world"):
    """The world's file cannot be used; the message names it and how to repair it."""


class NotBuilt(Refusal, status=501, word="not_built"):
    """The vendor has the call and the mock does not (yet)."""


class Answered(Protocol):
    """The part of the request's context that refusals need."""

    def refused(self, refusal: Refusal) -> Mapping[str, Any]:
        """Note a refusal for the journal, and return its body in the words of the path's owner."""

    def refusal_for(self, error: Exception) -> Refusal | None:
        """Return the refusal for an error of the world's file, or None for other errors."""


BY_STATUS: dict[int, type[Refusal]] = {
    kind.status: kind
    for kind in (
        *(Unauthenticated, Forbidden, NotFound, MethodNotAllowed),
        *(Conflict, TooLarge, UnsupportedMedia, RateLimited),
    )
}


def answer(refusal: Refusal) -> flask.Response:
    """Return the response for a refusal in the format of the path's owner; every error answer is made here."""
    context: Answered = current_request().environ[CONTEXT]
    if isinstance(refusal, FileRefused):
        log_once_a_minute(refusal.message)
    body = orjson.dumps(context.refused(refusal))
    return flask.Response(body, refusal.status, refusal.headers, mimetype="application/json")


def from_http(error: HTTPException) -> Refusal:
    """Return the refusal for an exception of Flask or Werkzeug; the fact `unrouted` tells it from that of a record that is not there."""
    status = error.code or 500
    kind = BY_STATUS.get(status) or (Internal if status >= 500 else Refusal)
    refusal = kind(plain_words(status, error), unrouted=True)
    if status == 405:
        refusal.headers["Allow"] = methods_of(error)
    return refusal


def from_failure(error: Exception) -> Refusal:
    """Return the refusal for an unexpected exception: a file's error names the file; the mock's own errors are logged with traceback."""
    context: Answered = current_request().environ[CONTEXT]
    refusal = context.refusal_for(error)
    if refusal is None and isinstance(error, OSError):
        refusal = refusal_of_system(error)
    if refusal is None:
        request = current_request()
        route = request.url_rule.rule if request.url_rule else "(no route)"  # a path may have a key in it
        log.error("%s %s failed", request.method, route, exc_info=error)
        return Internal(f"The mock itself failed: {type(error).__name__}. Its log has the details.")
    return refusal


def refusal_of_system(error: OSError) -> FileRefused | None:
    """Return the refusal for an error about a file, or None. On a full disk a file without a name is a temporary file."""
    if error.errno in NO_ROOM:
        return NoSpace(of_system(error) if error.filename else f"{gettempdir()}: {of_system(error)}")
    return FileRefused(of_system(error)) if error.filename else None


def log_once_a_minute(message: str) -> None:
    """Log why a file cannot be used, unless it was logged within the last minute: many requests and deliveries meet the same problem."""
    now = monotonic()
    if now - _logged_at.get(message, -MINUTE_S) < MINUTE_S:
        return
    if len(_logged_at) >= MOST_LOGGED:
        _logged_at.clear()
    _logged_at[message] = now
    log.error(message)


def one_line(text: str) -> str:
    """Return a text with its control characters, line ends and other invisible characters escaped: it cannot begin a line of its own."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def of_system(error: OSError) -> str:
    """Return an OSError's message with its file, without numbers; the target of a copy when the disk is full."""
    words = f"{(error.strerror or str(error)).partition(' (')[0]}."
    name = error.filename2 if error.filename2 and error.errno in NO_ROOM else error.filename
    return f"{os.fsdecode(name)}: {words}" if isinstance(name, str | bytes) else words


def methods_of(error: HTTPException) -> str:
    """Return the methods that a path accepts, sorted."""
    return ", ".join(sorted(getattr(error, "valid_methods", None) or ()))


def plain_words(status: int, error: HTTPException) -> str:
    """Return what to change about a request that matched no route."""
    request = current_request()
    method, path = request.method, request.path
    if status == 404:
        return f"There is no {method} {path}."
    if status == 405:
        return f"{path} does not take {method}; it takes {methods_of(error)}."
    return error.description or error.name


def details_of(error: ValidationError, schema: Schema | None = None) -> list[tuple[str, str]]:
    """Return marshmallow's first MOST_DETAILS errors as (dotted field, sentence) pairs, and how many more there are; with the schema,
    unknown members get the existing names."""
    errors = flatten(error.messages)
    pairs = [
        (".".join(map(str, path)) or "body", with_names(schema, path, words) if schema else words)
        for path, words in islice(errors, MOST_DETAILS)
    ]
    rest = sum(1 for _ in errors)
    return [*pairs, ("body", f"There are {rest:,} more errors.")] if rest else pairs


def with_names(schema: Schema, path: Sequence[Any], words: str) -> str:
    """Return a message about the field at a path, extended by the existing members when the field is unknown."""
    names = members_at(schema, path[:-1]) if words == schema.error_messages["unknown"] else []
    return f"{words} There are {', '.join(names)}." if names else words


def members_at(schema: Schema, path: Sequence[Any]) -> list[str]:
    """Return the names of the members that the value at a path may have."""
    for part in path:
        schema = schema_within(schema, part)
    return [field.data_key or name for name, field in schema.load_fields.items()]


def schema_within(schema: Schema, part: Any) -> Schema:
    """Return the schema nested under a member; for an index of a list, or a key of a mapping, the schema of its items."""
    field = next((member for name, member in schema.load_fields.items() if part == (member.data_key or name)), None)
    inner = getattr(field, "inner", None) or getattr(field, "value_field", None) or field
    own: Schema = getattr(inner, "schema", schema)
    return own


def flatten(messages: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield marshmallow's nested messages as (path, sentence) pairs, the first of each value: what breaks two rules is one mistake. An
    error of a whole object has the object's path."""
    if isinstance(messages, Mapping):
        for key, value in messages.items():
            yield from flatten(value, path if key == "_schema" else (*path, key))
    elif isinstance(messages, (list, tuple)):
        yield from flatten(messages[0], path)
    else:
        yield path, str(messages)


def answer_to(error: Exception) -> flask.Response:
    """Return the response for what an application raised."""
    if isinstance(error, Refusal):
        return answer(error)
    return answer(from_http(error) if isinstance(error, HTTPException) else from_failure(error))


def install(app: flask.Flask) -> None:
    """Register the error handler of a Flask application."""
    app.register_error_handler(Exception, answer_to)
