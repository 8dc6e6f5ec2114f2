"""What every chapter's routes share: blueprints, and the error answers that they document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import flask
from marshmallow import Schema

from mockmarket.api import arguments, web
from mockmarket.vendors.skybox.rules import refusing
from mockmarket.vendors.skybox.schemas.errors import ErrorSchema, Violation
from mockmarket.vendors.skybox.wire.formats import BASE

T = TypeVar("T")
Row = dict[str, Any]
MOST_ROWS = 1000

REFUSALS = {
    400: "A parameter or a field of the body is wrong, or contradicts the state of things: one entry for each.",
    401: "A header is missing, a token is unknown or has expired, or the account is not the user's.",
    403: "The token may not be used from this address.",
    404: "No such thing on this account.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "More requests in a minute than the setting rate_limit allows.",
    501: "SkyBox has this call and the mock has not.",
}
READ = (400, 401, 403, 404, 429)
WRITE = (400, 401, 403, 404, 413, 415, 429)
"""Public: writes answer 400 for whatever is wrong with them, the state of things included; there is no 409."""


def blueprint(chapter: str, description: str) -> web.Blueprint:
    """Make a chapter's blueprint."""
    return web.Blueprint(f"skybox {chapter}", __name__, url_prefix=BASE, description=f"SkyBox: {description}")


def refuses(blp: web.Blueprint, *statuses: int) -> Callable[[T], T]:
    """Document the error answers of a call; a 400 is a list."""

    def documented(view: T) -> T:
        for status in statuses:
            schema: Any = Violation(many=True) if status == 400 else ErrorSchema
            view = blp.response(status, schema, description=REFUSALS[status])(view)
        return view

    return documented


def taking(blp: web.Blueprint, schema: Any, description: str = "") -> Callable[[T], T]:
    """Document a body that is no object: a list of a schema's, or a plain value."""
    body = {"required": True, "description": description, "content": {"application/json": {"schema": schema}}}
    return cast(Callable[[T], T], blp.doc(requestBody=body))


def several(schema: Schema) -> list[Row]:
    """Return the request's body as a list, which a schema of many reads; one object is a list of one."""
    given = web.read_json(flask.request)
    rows = given if isinstance(given, list) else [given]
    if not rows or len(rows) > MOST_ROWS:
        raise refusing.invalid("body", f"must be a list of 1 to {MOST_ROWS} entries")
    loaded: list[Row] = web.noted(arguments.load_body(schema, rows))
    return loaded


def whole_number() -> int:
    """Return the request's body as a whole number; Invalid for anything else."""
    given = web.read_json(flask.request)
    if not isinstance(given, int) or isinstance(given, bool):
        raise refusing.invalid("body", "must be a whole number", given)
    return given
