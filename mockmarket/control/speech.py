"""How the control plane speaks: its URL prefix, its error shape, its guard, its times."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import flask
from marshmallow import Schema, fields, validate

from mockmarket.api import web
from mockmarket.clock import iso_ms
from mockmarket.config import Config, host_of, names_loopback
from mockmarket.errors import Forbidden, Refusal, Unauthenticated, UnsupportedMedia
from mockmarket.store.validation import LARGEST

BASE = "/_mockmarket"
SQLITE = ("application/vnd.sqlite3", "application/octet-stream", "application/x-sqlite3")
"""What a world's file may be sent as: the registered type first, then what common clients say of such files."""
BINARY_PATHS = (f"{BASE}/state",)
ROW_NUMBER = validate.Range(0, LARGEST)
"""What a row of the database may be called by, or how many rows may be passed over."""
FORMS = ("", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data")


class Speaker:
    """Answers errors on the control routes, and on paths that are nobody's."""

    def refuse(self, refusal: Refusal) -> Mapping[str, Any]:
        """Write a refusal as `{"error": {code, message, hint?, details?, seen?}}`."""
        error: dict[str, Any] = {"code": refusal.word, "message": refusal.message}
        if refusal.hint:
            error["hint"] = refusal.hint
        if refusal.details:
            error["details"] = [{"field": field, "message": message} for field, message in refusal.details]
        if "seen" in refusal.facts:
            error["seen"] = refusal.facts["seen"]
        return {"error": error}


speaker = Speaker()


class DetailSchema(Schema):
    """What is wrong with one field."""

    field = fields.String(required=True)
    message = fields.String(required=True)


class ErrorBody(Schema):
    """What went wrong, and what to change."""

    code = fields.String(required=True)
    message = fields.String(required=True)
    hint = fields.String()
    details = fields.List(fields.Nested(DetailSchema))
    seen = fields.Dict(metadata={"description": "What there was instead, when a wait timed out."})


class ErrorSchema(Schema):
    """Every error answer of the control plane."""

    error = fields.Nested(ErrorBody, required=True)


def blueprint(name: str, description: str) -> web.Blueprint:
    """Make a blueprint of control routes: guarded, its error answers documented."""
    blp = web.Blueprint(name, __name__, url_prefix=BASE, description=description)
    blp.strict = True
    blp.before_request(check_caller)
    return blp


def check_caller() -> None:
    """Let a control request in, or raise why not: a token that is missing or wrong, a host or an origin that is another's."""
    config = web.config()
    check_token(config)
    check_host(config)
    check_origin()
    check_media()


def check_token(config: Config) -> None:
    """Raise Unauthenticated unless the request carries the control token, when there is one."""
    if not config.control_token:
        return
    header = flask.request.headers.get("Authorization", "")
    given = (
        header.removeprefix("Bearer ")
        if header.startswith("Bearer ")
        else flask.request.headers.get("X-Mockmarket-Token", "")
    )
    if not hmac.compare_digest(given.encode("utf-8", "replace"), config.control_token.encode()):
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


def moment(at: int | None) -> str | None:
    """Write epoch ms as ISO 8601, None as null."""
    return None if at is None else iso_ms(at)


def text(body: bytes) -> str:
    """Write bytes as text; what is no UTF-8 is replaced."""
    return body.decode("utf-8", "replace")
