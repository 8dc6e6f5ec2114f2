"""What each of Ticketnation's calls needs: a blueprint, the guard, documented refusals, envelopes, pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import flask

from mockmarket.api import auth, web
from mockmarket.api.paging import Numbered
from mockmarket.store import Read, records
from mockmarket.store.keys import Key
from mockmarket.store.records import Condition, Kind, Order, Record
from mockmarket.vendor import Settings, granted
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.rules import organizations
from mockmarket.vendors.ticketnation.schemas.shapes import ErrorSchema
from mockmarket.webhooks.encoding import javascript
from mockmarket.worlds.ratelimit import SECOND, Rate

BASE = "/ticketnation/open-api/v1"
T = TypeVar("T")

REFUSALS = {
    400: "A parameter or the body is wrong, or contradicts the state.",
    401: "No API key, an unknown one, or one that has expired.",
    403: "The key lacks the scope, or may not be used from this address.",
    404: "There is no such thing, or it is another organization's.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "Too many requests, when the setting rate_limit is on.",
}
READ = (400, 401, 403, 404, 429)
WRITE = (*READ, 413, 415)


def rate(settings: Settings) -> Rate | None:
    """Return how often one key may call (public: limited; no figures), or None."""
    calls = settings["rate_limit"]
    return Rate(calls, round(settings["rate_window_s"] * SECOND)) if calls else None


def scopes_of(key: Key) -> tuple[str, ...]:
    """Return what a key may do, what comes silently included (document: orders:read with event scopes)."""
    return granted(wire.SCOPES, key.scopes)


needs = web.guard(wire.NAME, "api-key", auth.header("api-key"), scopes_of, rate)


def chapter(name: str, description: str) -> web.Blueprint:
    """Make the blueprint of one chapter of the reference."""
    return web.Blueprint(f"{wire.NAME}-{name}", __name__, url_prefix=BASE, description=f"Ticketnation: {description}")


def refuses(blp: web.Blueprint, statuses: Sequence[int]) -> Callable[[T], T]:
    """Document the error answers of a call."""

    def documented(view: T) -> T:
        for status in statuses:
            view = blp.response(status, ErrorSchema, description=REFUSALS[status])(view)
        return view

    return documented


def organization() -> Record:
    """Return the organization of the key that the request was made with."""
    return organizations.of_key(web.world().read(), web.caller())


def data(record: Any, status: int = 200) -> flask.Response:
    """Answer with one record in its envelope (public)."""
    return web.json_answer(javascript({"data": record}), status)


def removed(id: str) -> flask.Response:
    """Answer what was deleted (convention)."""
    return data({"id": id, "deleted": True})


def page(
    read: Read, kind: Kind, where: Sequence[Condition], order: Sequence[Order], query: dict[str, Any]
) -> flask.Response:
    """Answer with a page of stored records as they are, and where it stands (public)."""
    place = Numbered(records.count(read, kind, where), query["page"], query["take"])
    return enveloped(records.page(read, kind, where, order, place.take, place.offset), place)


def page_of(rows: Sequence[Record], query: dict[str, Any]) -> flask.Response:
    """Answer with a page of a short list of records."""
    place = Numbered(len(rows), query["page"], query["take"])
    return enveloped([javascript(row) for row in rows[place.offset : place.offset + place.take]], place)


def enveloped(rows: list[bytes], place: Numbered) -> flask.Response:
    """Answer with ready records and `meta` (public)."""
    meta = {"page": place.page, "take": place.take, "total": place.total, "totalPages": place.pages}
    return web.json_answer(b'{"data":' + web.joined(rows) + b',"meta":' + javascript(meta) + b"}")


read_only = partial(refuses, statuses=READ)
changing = partial(refuses, statuses=WRITE)
