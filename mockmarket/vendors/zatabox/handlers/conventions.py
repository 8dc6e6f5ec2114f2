"""What Zatabox's operations share: admission, idempotent requests, error answers, envelopes and pages."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from types import GenericAlias
from typing import Any

import flask
import orjson

from mockmarket import clock, errors
from mockmarket.api import auth, bodies, idempotency, operations, paging
from mockmarket.api.context import RequestContext
from mockmarket.current import current_request
from mockmarket.store import Read, keys, records
from mockmarket.vendors.zatabox.records.common import NAME, Answer, Error, PageQuery
from mockmarket.vendors.zatabox.rules import logins
from mockmarket.vendors.zatabox.wire import request_id
from mockmarket.webhooks.encoding import javascript
from mockmarket.worlds.ratelimit import Rate

Context = RequestContext[Any]
Caller = keys.Key | str  # the holder of a key, or a guest with the token of one order

REFUSALS = {
    400: "VALIDATION_ERROR: a parameter or the body is wrong; `details.issues` says where.",
    401: "API_KEY_REQUIRED, API_KEY_INVALID, UNAUTHORIZED or INVALID_TOKEN.",
    403: "INSUFFICIENT_SCOPE, FORBIDDEN, API_KEY_INACTIVE, API_KEY_EXPIRED or WRONG_ENV.",
    404: "NOT_FOUND: no such thing; NO_SEATING for an event without a seat map; CERTIFICATE_NOT_ISSUED.",
    409: "CONFLICT, TICKET_SOLD_OUT or IDEMPOTENCY_KEY_REUSED.",
    413: "PAYLOAD_TOO_LARGE.",
    429: "RATE_LIMITED: `Retry-After` and `details.retryAfter` say when to come back.",
    501: "NOT_IMPLEMENTED: something published and not honoured was sent while `unsupported` is `refuse`.",
}
ORGANIZERS = re.compile(r"/(organizer|webhooks|checkin|followers|issue)\b")
"""The paths of calls that are the organizer's, whatever the scopes of a buyer's key."""
OPEN = (400, 404, 409, 413)  # of writes without a key
WRITE = (400, 401, 403, 404, 409, 413, 429)


class KeyOrToken(str):
    """The scope that a key needs in calls that also accept an order's token (`?token=`), which the call checks."""


def admit(context: Context, scope: str | None) -> Caller:
    """Return the caller: a guest with a token where that is accepted, else the holder of a key with the scope; counts the call."""
    if isinstance(scope, KeyOrToken) and (token := _order_token(context)):
        return token
    read, settings = context.read(), context.settings()
    key = _known(read, settings["environment"], current_request().environ.get("HTTP_AUTHORIZATION", ""))
    auth.note_key(context, key)
    if not key.owner.get("active", True):
        raise errors.Forbidden("This API key is paused.", code="API_KEY_INACTIVE")
    if keys.has_expired(read, key):
        raise errors.Forbidden("This API key has expired.", code="API_KEY_EXPIRED")
    auth.check_address(context, key)
    if limit := int(settings["rate_limit"]):
        context.world.meter.count(key.id, Rate(limit, clock.MINUTE), read.now)
    auth.check_scope(key.scopes, scope)
    if key.owner.get("email") and ORGANIZERS.search(str(current_request().url_rule)):
        raise errors.Forbidden("This key is a buyer's, and this call is the organizer's.")
    return key


def _order_token(context: Context) -> str | None:
    sent = operations.read_json(context)
    token = current_request().args.get("token") or (sent.get("token") if isinstance(sent, dict) else None)
    return token if isinstance(token, str) else None


def _known(read: Read, environment: str, header: str) -> keys.Key:
    token = auth.bearer({"HTTP_AUTHORIZATION": header})
    if header and token is None:
        raise errors.Unauthenticated("Authorization must be Bearer and an API key.", code="UNAUTHORIZED")
    if token is not None and token.startswith("eyJ"):
        return logins.by_access_token(read, token)
    if token is None or not token.startswith("vt_"):
        sentence = "Send an API key (vt_live_… or vt_test_…) as Authorization: Bearer."
        raise errors.Unauthenticated(sentence, code="API_KEY_REQUIRED")
    own = token[3:7]
    if own in ("live", "test") and token[7:8] == "_" and environment not in (own, "any"):
        raise errors.Forbidden(f"This is a {own} key, and the environment here is {environment}.", code="WRONG_ENV")
    if key := keys.by_secret(read, NAME, token):
        return key
    raise errors.Unauthenticated("This API key is not known here.", code="API_KEY_INVALID")


def once_per_key(context: RequestContext[Caller | None], run: Callable[[], flask.Response]) -> flask.Response:
    """Answer a write repeated under its Idempotency-Key by its caller, or without a key by anyone, with the stored answer (public)."""
    key, caller = current_request().headers.get("Idempotency-Key"), context.caller
    if key is None or current_request().method not in ("POST", "PUT", "PATCH", "DELETE"):
        return run()
    owner = caller.id if isinstance(caller, keys.Key) else f"guest {caller}"
    request = idempotency.repeatable(f"{NAME} {keys.digest(owner)}", key, clock.DAY)  # public: it is kept for 24 h
    return idempotency.once(context.world, request, run)


def success(context: Context, data: object, status: int = 200) -> flask.Response:
    """Return data, or ready JSON, in the envelope of a success (public)."""
    body = data if isinstance(data, bytes) else javascript(data)
    meta = javascript({"request_id": request_id(context.world), "timestamp": clock.iso_s(context.world.clock.now())})
    return bodies.json_answer(b'{"success":true,"data":' + body + b',"meta":' + meta + b"}", status)


ENVELOPE = partial(GenericAlias, Answer)
CONVENTIONS = operations.Conventions(
    Error, REFUSALS, admit, around=once_per_key, write=success, envelope=ENVELOPE, empty_list_is_object=True
)
reads = partial(CONVENTIONS.reads, refuses=(400, 401, 403, 404, 429))
writes = partial(CONVENTIONS.writes, refuses=WRITE)


def page(rows: list[bytes], place: Mapping[str, object]) -> bytes:
    """Return stored records as a page with its pagination members."""
    return b'{"items":' + bodies.joined(rows) + b"," + orjson.dumps(place)[1:]


def read_page(
    read: Read, kind: records.Kind, where: list[records.Condition], column: str, query: PageQuery
) -> tuple[list[bytes], str | None]:
    """Return one page of stored records in the order of a column, and the cursor of the next, or None on the last."""
    if query["cursor"]:
        where = [*where, (column, ">", paging.read_cursor(query["cursor"], kind.name))]
    rows = records.page(read, kind, where, [(column, "asc")], query["limit"] + 1, 0)
    part = rows[: query["limit"]]
    if len(rows) == len(part):
        return part, None
    id = orjson.loads(part[-1])["id"]
    return part, paging.cursor({"id": id, **records.own(read, kind, id)}[column], kind.name)
