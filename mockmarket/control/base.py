"""What control routes share: their base URL, their error answers, who is let in, how times and bytes are written."""

from __future__ import annotations

import hmac
from typing import Annotated, Any, NotRequired, TypedDict
from urllib.parse import urlsplit

import flask

from mockmarket.api.context import RequestContext, current
from mockmarket.api.operations import STRICT, Conventions
from mockmarket.clock import iso_ms
from mockmarket.config import Config, host_of, names_loopback
from mockmarket.errors import Forbidden, Refusal, Unauthenticated, UnsupportedMedia
from mockmarket.records import Description, Range
from mockmarket.store.validation import LARGEST

BASE = "/_mockmarket"
SQLITE = ("application/vnd.sqlite3", "application/octet-stream", "application/x-sqlite3")
"""What a world's file may be sent as: the registered type first, then what common clients say of such files."""
BINARY_PATHS = (f"{BASE}/state",)
ROW_NUMBER = Range(0, LARGEST)
"""What a row of the database may be called by, or how many rows may be passed over."""
FORMS = ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data")

Context = RequestContext[None]


class Detail(TypedDict):
    """What is wrong with one field."""

    field: str
    message: str


class ErrorBody(TypedDict):
    """What went wrong, and what to change."""

    code: str
    message: str
    hint: NotRequired[str]
    details: NotRequired[list[Detail]]
    seen: NotRequired[Annotated[dict[str, Any], Description("What there was instead, when a wait timed out.")]]


class Error(TypedDict):
    """Every error answer of the control plane."""

    error: ErrorBody


class Formatter:
    """Writes the errors of the control routes, and of paths that are nobody's."""

    def refuse(self, refusal: Refusal) -> Error:
        """Write a refusal as `{"error": {code, message, hint?, details?, seen?}}`."""
        error: ErrorBody = {"code": refusal.word, "message": refusal.message}
        if refusal.hint:
            error["hint"] = refusal.hint
        if refusal.details:
            error["details"] = [{"field": field, "message": message} for field, message in refusal.details]
        if "seen" in refusal.facts:
            error["seen"] = refusal.facts["seen"]
        return {"error": error}


formatter = Formatter()


def check_caller(context: RequestContext[Any], scope: Any = None) -> None:
    """Let a control request in, or raise why not: a token that is missing or wrong, a host or an origin that is another's."""
    config = context.services.registry.config
    check_token(config)
    check_host(config)
    check_origin()
    check_media()


operation = Conventions(Error, {}, check_caller, unknown=STRICT)


def check_token(config: Config) -> None:
    """Raise Unauthenticated unless the request carries the control token, when there is one."""
    if not config.control_token:
        return
    header = flask.request.headers.get("Authorization", "")
    token = (
        header.removeprefix("Bearer ")
        if header.startswith("Bearer ")
        else flask.request.headers.get("X-Mockmarket-Token", "")
    )
    if not hmac.compare_digest(token.encode("utf-8", "replace"), config.control_token.encode()):
        raise Unauthenticated("The control routes need the control token: send it as Authorization: Bearer TOKEN.")


def check_host(config: Config) -> None:
    """Raise Forbidden when a loopback server is called by another name: a page elsewhere may have rebound its own to here."""
    if config.loopback and not names_loopback(flask.request.host):
        name = host_of(flask.request.host)
        raise Forbidden(f"The control routes answer to localhost and loopback addresses, not to {name!r}.")


def check_origin() -> None:
    """Raise Forbidden for a request that a page of another origin made a browser send."""
    origin = flask.request.headers.get("Origin")
    if origin and origin != "null" and urlsplit(origin).netloc == flask.request.host:
        return
    if origin:
        raise Forbidden(f"The control routes take no requests from pages of {origin}.")


def check_media() -> None:
    """Raise UnsupportedMedia for a body of a type that any page can make a browser send without asking first."""
    media = flask.request.mimetype
    binary = flask.request.path in BINARY_PATHS
    if flask.request.content_length and (media not in SQLITE if binary else media in FORMS):
        wanted = SQLITE[0] if binary else "application/json"
        raise UnsupportedMedia(f"Content-Type {media or '(none)'} is not supported; send {wanted}.")


def check_preflight() -> None:
    """Check a browser's question in advance (OPTIONS), which reaches no operation, as any control request."""
    endpoint = flask.request.endpoint or ""
    if flask.request.method == "OPTIONS" and endpoint.startswith(f"{BASE}:"):
        check_caller(current())


def moment(at: int | None) -> str | None:
    """Write epoch ms as ISO 8601, None as null."""
    return None if at is None else iso_ms(at)


def text(body: bytes) -> str:
    """Write bytes as text; what is no UTF-8 is replaced."""
    return body.decode("utf-8", "replace")
