"""What every chapter's routes share: blueprints, and the error answers that they document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from mockmarket.api import web
from mockmarket.vendors.zatabox.schemas.common import ErrorSchema
from mockmarket.vendors.zatabox.wire import BASE

T = TypeVar("T")
Row = dict[str, Any]

REFUSALS = {
    400: "VALIDATION_ERROR: a parameter or the body is wrong; `details.issues` says where.",
    401: "API_KEY_REQUIRED, API_KEY_INVALID, UNAUTHORIZED or INVALID_TOKEN.",
    403: "INSUFFICIENT_SCOPE, API_KEY_INACTIVE, API_KEY_EXPIRED or WRONG_ENV.",
    404: "NOT_FOUND: no such thing; NO_SEATING for an event without a seat map.",
    409: "CONFLICT, TICKET_SOLD_OUT or IDEMPOTENCY_KEY_REUSED.",
    413: "PAYLOAD_TOO_LARGE.",
    429: "RATE_LIMITED: `Retry-After` and `details.retryAfter` say when to come back.",
    501: "NOT_IMPLEMENTED: Zatabox has this call and the mock has not.",
}
READ = (400, 401, 403, 404, 429)
WRITE = (400, 401, 403, 404, 409, 413, 429)


def blueprint(chapter: str, description: str) -> web.Blueprint:
    """Make a chapter's blueprint."""
    return web.Blueprint(f"zatabox {chapter}", __name__, url_prefix=BASE, description=f"Zatabox: {description}")


def open_to_all(blp: web.Blueprint) -> Callable[[T], T]:
    """Document that a call needs no key."""
    return cast(Callable[[T], T], blp.doc(security=[]))


def refuses(blp: web.Blueprint, *statuses: int) -> Callable[[T], T]:
    """Document the error answers of a call."""

    def documented(view: T) -> T:
        for status in statuses:
            view = blp.response(status, ErrorSchema, description=REFUSALS[status])(view)
        return view

    return documented
