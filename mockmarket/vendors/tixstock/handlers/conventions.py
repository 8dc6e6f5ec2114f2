"""What Tixstock's operations share: who is let in, the words of refusals, envelopes, pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

import flask
import orjson

from mockmarket.api import auth
from mockmarket.api.answers import json_answer
from mockmarket.api.callers import by_key
from mockmarket.api.context import RequestContext
from mockmarket.api.operations import Conventions
from mockmarket.api.paging import Numbered
from mockmarket.errors import Forbidden, Refusal, Unauthenticated
from mockmarket.records import filters
from mockmarket.store import records
from mockmarket.store.records import Condition, Kind, Operator, Record
from mockmarket.vendors.tixstock.records.answers import Error
from mockmarket.vendors.tixstock.rules import resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import envelopes
from mockmarket.vendors.tixstock.wire.kinds import NAME
from mockmarket.worlds.ratelimit import Rate

Context = RequestContext[Reseller]
T = TypeVar("T")

RESELLER, PARTNER, BOTH = ("reseller",), ("partner",), ("reseller", "partner")
"""The scopes of operations: the dialects that speak them."""

MINUTE_MS = 60_000
NUMBERED = re.compile(r"(?:%5B|\[)\d+(?:%5D|\])(=|&|$)", re.IGNORECASE)
"""How PHP's clients write a list in a query: `event_id[0]=…&event_id[1]=…`, which is read as `event_id[]`."""

REFUSALS = {
    400: "A parameter or the body is wrong, a quantity breaks the split type, or the order cannot move there.",
    401: "No bearer token, an unknown one, or one that has expired.",
    403: "The token speaks the other dialect, may not be used from this address, or the broker's account is closed.",
    404: "No such listing, hold, order, event or broker of yours; an event that is over or cancelled.",
    409: "Not enough tickets, an id used before, something on hold, or something final.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "More requests in a minute than the setting rate_limit allows.",
    503: "The setting maintenance is on.",
}
READ = (400,)
WRITE = (400, 404, 409, 413, 415)


class Maintenance(Refusal):
    """The vendor is in maintenance."""

    status = 503
    word = "maintenance"


def bearer_token(environ: Mapping[str, Any]) -> str | None:
    """Take the bearer token out of a request; an Authorization of another kind has a code of its own (public: 111)."""
    header = environ.get("HTTP_AUTHORIZATION", "")
    token = auth.bearer(environ)
    if header and token is None and not header.lower().startswith("bearer"):
        raise Unauthenticated("The Authorization header must be of the kind Bearer.", reason="missing", code="111")
    return token


by_token = by_key("Authorization: Bearer", bearer_token, lambda key: ())


def admit(context: RequestContext[Any], dialects: tuple[str, ...]) -> Reseller:
    """Let in a known token that speaks one of these dialects, outside maintenance and within its address's share of a minute."""
    check_open(context)
    reseller = resellers.of_key(context.read(), by_token(context, None))
    if reseller.dialect not in dialects:
        raise Forbidden(f"This call is a {dialects[0]}'s; the token is a {reseller.dialect}'s.")
    return reseller


def check_open(context: RequestContext[Any]) -> None:
    """Refuse while in maintenance, and what one address asks beyond its share of a minute, whoever it is (public: throttling)."""
    world, settings = context.world, context.settings()
    if settings["maintenance"]:
        raise Maintenance("The API is in maintenance; turn the setting maintenance off.")
    if settings["rate_limit"]:
        address = auth.peer_address(flask.request.environ, world.config.trusted_proxies)
        world.meter.count(f"{NAME} {address}", Rate(settings["rate_limit"], MINUTE_MS), world.clock.now())


@dataclass(frozen=True, slots=True)
class StoredList:
    """A list of stored records: their kind, the columns behind its `order_by`, the `meta.type` of its answers."""

    kind: Kind
    columns: Mapping[str, str]
    type: str


def lists_unnumbered(query: str) -> str:
    """Write the lists of a query string without numbers."""
    return NUMBERED.sub(r"%5B%5D\1", query)


operation = Conventions(
    Error, REFUSALS, admit, always=(401, 403, 429, 503), rewrite_query=lists_unnumbered
)  # fmt: skip


def meta(context: Context, type: str, **members: object) -> dict[str, object]:
    """Return what goes with an answer."""
    now = context.world.clock.now()
    return {"mode": context.settings()["mode"], "type": type, **members, "request_id": envelopes.request_id(now)}


def done(context: Context, data: object, type: str, message: str | None = None, **members: object) -> flask.Response:
    """Answer with what was asked or done; `members` stand in its meta."""
    return json_answer(envelopes.answer(data, meta(context, type, **members), message))


def paged(
    context: Context, rows: Sequence[object], type: str, place: Numbered, members: Mapping[str, object] | None = None
) -> flask.Response:
    """Answer with a page of a list."""
    request = flask.request
    url = context.base_url() + request.path
    query = urlencode([(name, value) for name, value in request.args.items(multi=True) if name != "page"])
    return json_answer(envelopes.page(rows, meta(context, type), place, url, query, members or {}))


def page_of_rows(
    context: Context, rows: Sequence[T], query: Mapping[str, Any], type: str, view: Callable[[T], object]
) -> flask.Response:
    """Answer with the page of rows that a query asks for, each as `view` shows it."""
    place = Numbered(len(rows), query["page"], query["per_page"])
    return paged(context, [view(row) for row in part_of(rows, place)], type, place)


def page_of_records(
    context: Context,
    listed: StoredList,
    where: Sequence[Condition],
    query: Mapping[str, Any],
    view: Callable[[Record], object],
) -> flask.Response:
    """Answer with the page of stored records that a query asks for, each as `view` shows it."""
    read = context.read()
    place = Numbered(records.count(read, listed.kind, where), query["page"], query["per_page"])
    order = [(listed.columns[query["order_by"]], query["sort_order"])]
    rows = records.page(read, listed.kind, where, order, place.take, place.offset)
    return paged(context, [view(orjson.loads(row)) for row in rows], listed.type, place)


def conditions(shape: type, query: Mapping[str, Any]) -> list[Condition]:
    """Write as conditions what a query asks by parameters that name a column."""
    body = ((column, operator, query[name]) for name, (column, operator) in filters(shape).items())
    return [(column, cast(Operator, operator), value) for column, operator, value in body if value not in (None, [])]


def part_of(rows: Sequence[T], place: Numbered) -> Sequence[T]:
    """Return one page of rows."""
    return rows[place.offset : place.offset + place.take]
