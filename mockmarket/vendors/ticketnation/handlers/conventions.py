"""What Ticketnation's operations share: admission, arguments of functions, error answers, envelopes, pages."""

from collections.abc import Sequence
from functools import partial

import flask

from mockmarket import clock, vendor
from mockmarket.api import auth, bodies, context, operations, paging
from mockmarket.store import Read, keys, records
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import Error, PageQuery
from mockmarket.vendors.ticketnation.rules import events
from mockmarket.webhooks.encoding import javascript
from mockmarket.worlds.ratelimit import Rate

Context = context.RequestContext[keys.Key]

REFUSALS = {
    400: "A parameter or the body is wrong, or contradicts the state.",
    401: "A missing, unknown or expired API key.",
    403: "The key lacks the scope, or may not be used from this address.",
    404: "There is no such thing, or it is another organization's.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "Too many requests, when the setting rate_limit is on.",
}
NO_BODY, WITH_BODY = (400, 404), (400, 404, 413, 415)  # refusals of operations beyond the common ones


def _rate(settings: vendor.Settings) -> Rate | None:
    calls = settings["rate_limit"]  # public: limited; no figures
    return Rate(calls, round(settings["rate_window_s"] * clock.SECOND)) if calls else None


admit = auth.by_key("api-key", auth.header("api-key"), lambda key: vendor.granted(wire.SCOPES, key.scopes), _rate)
CONVENTIONS = operations.Conventions(
    Error, REFUSALS, admit, (401, 403, 429), write=lambda _, data, status: answer(data, status), caller_in=events.of_key
)
reads = partial(CONVENTIONS.reads, refuses=NO_BODY, with_caller=True)
acts = partial(CONVENTIONS.writes, refuses=NO_BODY, with_caller=True)
creates = partial(CONVENTIONS.writes, refuses=WITH_BODY, with_caller=True, status=201)
updates = partial(CONVENTIONS.writes, refuses=WITH_BODY, with_caller=True, null_is_absent=False)
"""Decorators of functions that take a view or a transaction, the organization of the caller's key, and the arguments."""


def answer(data: object, status: int = 200) -> flask.Response:
    """Return one record in its envelope (public)."""
    return bodies.json_answer(javascript({"data": data}), status)


def page(
    read: Read, kind: records.Kind, where: Sequence[records.Condition], order: Sequence[records.Order], query: PageQuery
) -> flask.Response:
    """Return a page of stored records with its position (public)."""
    place = paging.Numbered(records.count(read, kind, where), query["page"], query["take"])
    return enveloped(records.page(read, kind, where, order, place.take, place.offset), place)


def enveloped(rows: list[bytes], place: paging.Numbered) -> flask.Response:
    """Return ready records and `meta` (public)."""
    meta = {"page": place.page, "take": place.take, "total": place.total, "totalPages": place.pages}
    return bodies.json_answer(b'{"data":' + bodies.joined(rows) + b',"meta":' + javascript(meta) + b"}")
