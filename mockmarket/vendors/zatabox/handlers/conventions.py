"""What Zatabox's operations share: who is let in, the words of refusals, answers and pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flask
import orjson

from mockmarket.api import paging
from mockmarket.api.answers import joined, json_answer
from mockmarket.api.context import RequestContext
from mockmarket.api.operations import Conventions
from mockmarket.clock import iso_s
from mockmarket.store import Read, records
from mockmarket.store.keys import Key
from mockmarket.store.records import Condition, Kind
from mockmarket.vendors.zatabox.callers import Guest, admit, once_per_key
from mockmarket.vendors.zatabox.records.common import Error, PageQuery
from mockmarket.vendors.zatabox.wire import request_id
from mockmarket.webhooks.encoding import javascript

Context = RequestContext[Key]
GuestContext = RequestContext[Key | Guest]

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

operation = Conventions(Error, REFUSALS, admit, around=once_per_key)


def answer(context: RequestContext[Any], data: Any, status: int = 200) -> flask.Response:
    """Answer with data, plain or as JSON that is ready, in the envelope of a success (public)."""
    body = data if isinstance(data, bytes) else javascript(data)
    meta = javascript({"request_id": request_id(context.world), "timestamp": iso_s(context.world.clock.now())})
    return json_answer(b'{"success":true,"data":' + body + b',"meta":' + meta + b"}", status)


def page(context: RequestContext[Any], rows: list[bytes], place: Mapping[str, Any]) -> flask.Response:
    """Answer with stored records as a page, and the members that say where it stands."""
    return answer(context, b'{"items":' + joined(rows) + b"," + orjson.dumps(place)[1:])


def read_page(
    read: Read, kind: Kind, where: list[Condition], column: str, query: PageQuery
) -> tuple[list[bytes], str | None]:
    """Return one page of stored records in the order of a column, and the cursor of the next, or None on the last."""
    if query["cursor"]:
        where = [*where, (column, ">", paging.read_cursor(query["cursor"]))]
    rows = records.page(read, kind, where, [(column, "asc")], query["limit"] + 1, 0)
    shown = rows[: query["limit"]]
    if len(rows) == len(shown):
        return shown, None
    id = orjson.loads(shown[-1])["id"]
    return shown, paging.cursor({"id": id, **records.own(read, kind, id)}[column])


def token_of(context: GuestContext) -> str | None:
    """Return the order's token that the request was made with instead of a key, or None."""
    return context.caller.token if isinstance(context.caller, Guest) else None
