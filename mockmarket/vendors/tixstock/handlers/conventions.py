"""What Tixstock's operations share: admission, error answers, envelopes, pages."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

import flask
import orjson

from mockmarket.api import auth, bodies, operations
from mockmarket.api.context import RequestContext
from mockmarket.api.paging import Numbered
from mockmarket.clock import MINUTE
from mockmarket.current import current_request
from mockmarket.errors import Forbidden, Refusal, Unauthenticated
from mockmarket.ids import Ids
from mockmarket.rules.search import folded
from mockmarket.store import Record, records
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.records.values import Error
from mockmarket.vendors.tixstock.rules import resellers
from mockmarket.webhooks.encoding import php
from mockmarket.worlds import journal, ratelimit

Context = RequestContext[resellers.Reseller]
Listed = tuple[records.Kind, Mapping[str, str]]  # a kind of record and the columns behind its lists' `order_by`
Query = Mapping[str, Any]
View = Callable[[Record], object]
Where = Sequence[records.Condition]
Rows = Sequence[Record]
Size = tuple[int, int]  # a page's number, and how many it takes

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


class _Maintenance(Refusal):
    status = 503
    word = "maintenance"


def _bearer_token(environ: Mapping[str, Any]) -> str | None:
    header, token = environ.get("HTTP_AUTHORIZATION", ""), auth.bearer(environ)
    if header and token is None and not header.lower().startswith("bearer"):  # public: code 111
        raise Unauthenticated("The Authorization header must be of the kind Bearer.", reason="missing", code="111")
    return token


by_token = auth.by_key("Authorization: Bearer", _bearer_token, lambda key: ())


def admit(context: RequestContext[Any], dialects: tuple[str, ...]) -> resellers.Reseller:
    """Admit a known token of one of these dialects, outside maintenance and within its address's rate limit."""
    world, settings = context.world, context.settings()
    if settings["maintenance"]:
        raise _Maintenance("The API is in maintenance; turn the setting maintenance off.")
    if settings["rate_limit"]:  # per address, whatever the token (public: throttling)
        address = auth.peer_address(current_request().environ, world.config.trusted_proxies)
        world.meter.count(f"{wire.NAME} {address}", ratelimit.Rate(settings["rate_limit"], MINUTE), world.clock.now())
    reseller = resellers.of_key(context.read(), by_token(context, None))
    if reseller.dialect not in dialects:
        raise Forbidden(f"This call is a {dialects[0]}'s; the token is a {reseller.dialect}'s.")
    return reseller


def read_as_php(query: str) -> str:
    """Return a query with its numbered lists as `name[]`, and of a parameter sent twice the last value alone, as PHP reads it."""
    pairs = NUMBERED.sub(r"%5B%5D\1", query).split("&")
    return "&".join(
        {pair if "%5B%5D" in pair or "[]" in pair else pair.partition("=")[0]: pair for pair in pairs}.values()
    )


operation = operations.Conventions(Error, REFUSALS, admit, always=(401, 403, 429, 503), rewrite_query=read_as_php)
reads = partial(operation, refuses=(400,))
writes = partial(operation, refuses=(400, 404, 409, 413, 415))
reseller_reads, reseller_writes = (partial(decorator, scope=("reseller",)) for decorator in (reads, writes))
partner_reads, partner_writes = (partial(decorator, scope=("partner",)) for decorator in (reads, writes))
both_write = partial(writes, scope=("reseller", "partner"))
"""The decorators of operations, by the dialects that speak them."""


def meta(context: Context, type: str, **members: object) -> dict[str, object]:
    """Return an answer's meta; the request's id is a ULID of the moment and the request's number in the journal."""
    id = Ids(0, int(journal.request_id("r0")[1:])).ulid(context.world.clock.now()).lower()
    return {"mode": context.settings()["mode"], "type": type, **members, "request_id": id}


def done(context: Context, data: object, type: str, message: str = "", **members: object) -> flask.Response:
    """Answer with data; `members` are added to its meta."""
    answer = {"data": data, "meta": meta(context, type, **members)}
    return bodies.json_answer(php(answer | ({"message": message} if message else {})))


def done_alike(context: Context, data: object, type: str, message: str = "", **members: object) -> flask.Response:
    """Answer in both dialects, with the caller's `meta.type`."""
    return done(context, data, f"partner.{type}" if context.caller.is_partner else type, message, **members)


def _paged(context: Context, type: str, rows: Sequence[object], place: Numbered, **members: object) -> flask.Response:
    """Answer with a page of a list and its links, which repeat the request's query; `members` are added to its meta."""
    url, page, last = context.base_url() + current_request().path, place.page, max(place.pages, 1)
    query = urlencode([(name, value) for name, value in current_request().args.items(multi=True) if name != "page"])
    span = (place.offset + 1, place.offset + len(rows)) if rows else (None, None)
    position = {"current_page": page, "from": span[0], "to": span[1], "last_page": last, "path": url}
    members = position | {"per_page": place.take, "total": place.total} | members
    numbers = {"first": 1, "last": last, "prev": page - 1, "next": page + 1 if page < last else 0}
    address = f"{url}?{query}{'&' if query else ''}page="
    neighbours = {name: f"{address}{number}" if number else None for name, number in numbers.items()}
    links = {"self": "link-value"} | neighbours  # the words of every public sample
    return bodies.json_answer(php({"data": rows, "meta": meta(context, type, **members), "links": links}))


def page_of_rows(context: Context, type: str, rows: Rows, size: Size, view: View, **members: object) -> flask.Response:
    """Answer with a page of rows, each as `view` shows it."""
    place = Numbered(len(rows), *size)
    page = [view(row) for row in rows[place.offset : place.offset + place.take]]
    return _paged(context, type, page, place, **members)


def page_of_records(
    context: Context, type: str, listed: Listed, where: Where, query: Query, view: View
) -> flask.Response:
    """Answer with the page of stored records that a query selects, each as `view` shows it."""
    read, (kind, columns) = context.read(), listed
    place = Numbered(records.count(read, kind, where), query["page"], query["per_page"])
    order = [(columns[query["order_by"]], query["sort_order"])]
    rows = records.page(read, kind, where, order, place.take, place.offset)
    return _paged(context, type, [view(orjson.loads(row)) for row in rows], place)


def conditions(shape: object, query: Query) -> list[records.Condition]:
    """Return the conditions of a query's parameters that name a column; a part of a name matches in any case."""
    matching = records.matching(shape, query)
    return [(column, way, folded(value) if way == "contains" else value) for column, way, value in matching]
