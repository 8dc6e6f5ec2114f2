"""What all of Tixstock's calls share: the blueprint, who may call, the envelopes of answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlencode

import flask
import orjson

from mockmarket.api import auth, web
from mockmarket.api.context import current
from mockmarket.api.paging import Numbered
from mockmarket.errors import Forbidden, Refusal, Unauthenticated
from mockmarket.store import Read
from mockmarket.store.keys import Key
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock.rules import resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.schemas import answers
from mockmarket.vendors.tixstock.wire import envelopes
from mockmarket.vendors.tixstock.wire.kinds import NAME
from mockmarket.worlds.ratelimit import Rate

BASE = "/tixstock/v1"
MINUTE_MS = 60_000
NUMBERED = re.compile(r"(?:%5B|\[)\d+(?:%5D|\])(=|&|$)", re.IGNORECASE)
"""How PHP's clients write a list in a query: `event_id[0]=…&event_id[1]=…`, which is read as `event_id[]`."""
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

blp = web.Blueprint("tixstock", __name__, url_prefix=BASE, description="Tixstock API, of resellers and of partners")

REFUSALS = {
    400: "A parameter or the body is wrong, a quantity breaks the split type, or the order cannot move there.",
    401: "No bearer token, an unknown one, or one that has expired.",
    403: "The token speaks the other dialect, may not be used from this address, or the broker's account is closed.",
    404: "No such listing, hold, order, event or broker of yours; an event that is over or cancelled.",
    405: "The path does not take this method.",
    409: "Not enough tickets, an id used before, something on hold, or something final.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "More requests in a minute than the setting rate_limit allows.",
    503: "The setting maintenance is on.",
}
ALWAYS = (401, 403, 429, 503)


class Maintenance(Refusal):
    """The vendor is in maintenance."""

    status = 503
    word = "maintenance"


def find(environ: Mapping[str, Any]) -> str | None:
    """Take the bearer token out of a request; an Authorization of another kind has a code of its own (public: 111)."""
    given = environ.get("HTTP_AUTHORIZATION", "")
    token = auth.bearer(environ)
    if given and token is None and not given.lower().startswith("bearer"):
        raise Unauthenticated("The Authorization header must be of the kind Bearer.", reason="missing", code="111")
    return token


guard = web.guard(NAME, "Authorization: Bearer", find, lambda key: ())


def needs(*dialects: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view run only for a known token that speaks one of these dialects."""

    def guarded(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            if seller().dialect not in dialects:
                raise Forbidden(f"This call is a {dialects[0]}'s; the token is a {seller().dialect}'s.")
            return view(*args, **kwargs)

        return guard(None)(checked)

    return guarded


def seller() -> Reseller:
    """Return the reseller or partner whose token the request was made with."""
    key: Key = web.caller()
    return resellers.of_key(web.world().read(), key)


def admit() -> None:
    """Refuse while in maintenance, and what one address asks beyond its share of a minute, whoever it is (public: throttling)."""
    environ = flask.request.environ
    environ["QUERY_STRING"] = NUMBERED.sub(r"%5B%5D\1", environ.get("QUERY_STRING", ""))
    world = web.world()
    settings = world.settings_of(NAME)
    if settings["maintenance"]:
        raise Maintenance("The API is in maintenance; turn the setting maintenance off.")
    if settings["rate_limit"]:
        address = auth.peer_address(environ, world.config.trusted_proxies)
        world.meter.count(f"{NAME} {address}", Rate(settings["rate_limit"], MINUTE_MS), world.clock.now())


blp.before_request(admit)


def refuses(*statuses: int) -> Callable[[T], T]:
    """Document the error answers of a call, those of every call among them."""

    def documented(view: T) -> T:
        for status in sorted({*statuses, *ALWAYS}):
            view = blp.response(status, answers.ErrorSchema, description=REFUSALS[status])(view)
        return view

    return documented


def meta(type: str, **more: Any) -> dict[str, Any]:
    """Return what goes with an answer."""
    world = web.world()
    mode = world.settings_of(NAME)["mode"]
    return {"mode": mode, "type": type, **more, "request_id": envelopes.request_id(world.clock.now())}


def done(data: Any, type: str, message: str | None = None, **more: Any) -> flask.Response:
    """Answer with what was asked or done."""
    return web.json_answer(envelopes.answer(data, meta(type, **more), message))


def place_of(total: int, query: Mapping[str, Any]) -> Numbered:
    """Return where the page of a query stands."""
    return Numbered(total, query["page"], query["per_page"])


def paged(rows: Sequence[Any], type: str, place: Numbered, more: Mapping[str, Any] | None = None) -> flask.Response:
    """Answer with a page of a list."""
    request = flask.request
    url = current().base_url() + request.path
    asked = urlencode([(name, value) for name, value in request.args.items(multi=True) if name != "page"])
    return web.json_answer(envelopes.page(rows, meta(type), place, url, asked, more or {}))


def part_of(rows: Sequence[T], place: Numbered) -> Sequence[T]:
    """Return one page of rows."""
    return rows[place.offset : place.offset + place.take]


def reading() -> Read:
    """Return a view of the request's world."""
    return web.world().read()


def unpacked(row: bytes) -> Record:
    """Return a stored record as a dict."""
    record: Record = orjson.loads(row)
    return record
