"""What Ticketnation's operations share: who is let in, what their functions take, the words of refusals, envelopes, pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial, wraps
from typing import Any

import flask

from mockmarket.api import auth
from mockmarket.api.answers import joined, json_answer
from mockmarket.api.callers import by_key
from mockmarket.api.context import RequestContext
from mockmarket.api.operations import Conventions, Operation
from mockmarket.api.paging import Numbered
from mockmarket.store import Read, Tx, records
from mockmarket.store.keys import Key
from mockmarket.store.records import Condition, Kind, Order
from mockmarket.vendor import Settings, granted
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import Error, PageQuery
from mockmarket.vendors.ticketnation.rules import events
from mockmarket.webhooks.encoding import javascript
from mockmarket.worlds.ratelimit import SECOND, Rate

Context = RequestContext[Key]

REFUSALS = {
    400: "A parameter or the body is wrong, or contradicts the state.",
    401: "No API key, an unknown one, or one that has expired.",
    403: "The key lacks the scope, or may not be used from this address.",
    404: "There is no such thing, or it is another organization's.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "Too many requests, when the setting rate_limit is on.",
}
NO_BODY, WITH_BODY = (400, 404), (400, 404, 413, 415)
"""What operations refuse besides what all do."""


def rate(settings: Settings) -> Rate | None:
    """Return how often one key may call (public: limited; no figures), or None."""
    calls = settings["rate_limit"]
    return Rate(calls, round(settings["rate_window_s"] * SECOND)) if calls else None


def scopes_of(key: Key) -> tuple[str, ...]:
    """Return what a key may do, what comes silently included (document: orders:read with event scopes)."""
    return granted(wire.SCOPES, key.scopes)


admit = by_key("api-key", auth.header("api-key"), scopes_of, rate)
CONVENTIONS = Conventions(Error, REFUSALS, admit, always=(401, 403, 429))


def operation(
    view_of: Callable[[Context], AbstractContextManager[Read]], status: int = 200, **options: Any
) -> Callable[[Callable[..., object]], Operation]:
    """Return the decorator of an operation's function, which returns the record that is answered, or a whole answer.

    It takes the view or the transaction that it works in, the organization of the caller's key, and what `Conventions` says.
    """

    def decorate(function: Callable[..., object]) -> Operation:
        @wraps(function)
        def run(context: Context, *arguments: object, **parts: object) -> flask.Response:
            with view_of(context) as view:
                data = function(view, events.of_key(view, context.caller), *arguments, **parts)
            return data if isinstance(data, flask.Response) else answer(data, status)

        return CONVENTIONS(status=status, **options)(run)

    return decorate


def transaction(context: Context) -> AbstractContextManager[Tx]:
    """Return a request's transaction, which is committed before the answer goes out."""
    return context.world.atomic()


reads = partial(operation, lambda context: nullcontext(context.read()), refuses=NO_BODY)
acts = partial(operation, transaction, refuses=NO_BODY)
creates = partial(operation, transaction, status=201, refuses=WITH_BODY)
updates = partial(operation, transaction, refuses=WITH_BODY, null_is_absent=False)


def answer(data: object, status: int = 200) -> flask.Response:
    """Answer with one record in its envelope (public)."""
    return json_answer(javascript({"data": data}), status)


def page(
    read: Read, kind: Kind, where: Sequence[Condition], order: Sequence[Order], query: PageQuery
) -> flask.Response:
    """Answer with a page of stored records as they are, and where it stands (public)."""
    place = Numbered(records.count(read, kind, where), query["page"], query["take"])
    return enveloped(records.page(read, kind, where, order, place.take, place.offset), place)


def enveloped(rows: list[bytes], place: Numbered) -> flask.Response:
    """Answer with ready records and `meta` (public)."""
    meta = {"page": place.page, "take": place.take, "total": place.total, "totalPages": place.pages}
    return json_answer(b'{"data":' + joined(rows) + b',"meta":' + javascript(meta) + b"}")
