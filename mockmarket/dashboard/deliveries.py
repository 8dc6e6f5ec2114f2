"""What was sent to endpoints: every delivery, and one with each attempt's request, answer, verdict and signature step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flask

from mockmarket.api.context import current
from mockmarket.control import deliveries as control
from mockmarket.dashboard import shell, signature
from mockmarket.dashboard.formats import shortened, visible_lines
from mockmarket.dashboard.signature import Steps
from mockmarket.errors import NotFound
from mockmarket.store import endpoints, history
from mockmarket.store.endpoints import Endpoint, unreachable
from mockmarket.store.records import Record
from mockmarket.webhooks import own_headers
from mockmarket.worlds.world import World

PAGE_OF = 50
STATES = ("pending", "sending", "delivered", "failed", "exhausted", "rejected", "dropped")
ENDPOINTS = 200
"""How many endpoints the filter offers."""
TONES = {"delivered": "ok", "pending": "warn", "sending": "info", "dropped": ""}
"""The tone of a state, where it is not trouble."""


@dataclass(frozen=True, slots=True)
class Row:
    """One delivery in a list: as it is stored, its endpoint if that is still there, the page of its order if it is about one."""

    delivery: Record
    endpoint: Endpoint | None
    order: str
    tone: str


@dataclass(frozen=True, slots=True)
class Filters:
    """Which deliveries are asked for; `before` is the number that the page before ended with."""

    vendor: str
    state: str
    type: str
    record: str
    endpoint: str
    before: int | None

    @property
    def where(self) -> dict[str, str]:
        """Return the conditions that are given."""
        named = {name: getattr(self, name) for name in ("vendor", "state", "type", "record", "endpoint")}
        return {name: value for name, value in named.items() if value}

    @property
    def query(self) -> dict[str, str]:
        """Return the same as an address has it, where the endpoint is called `to`."""
        return {"to" if name == "endpoint" else name: value for name, value in self.where.items()}


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt as its page shows it: `place` counts from 1, `sent` and `answered` are bodies as text, `steps` its signature."""

    place: int
    row: Record
    headers: list[list[str]]
    sent: str
    size: int
    answered: str
    steps: Steps


def deliveries() -> flask.Response:
    """Show deliveries, newest first, as the filters ask."""
    world, asked = current().world, filters()
    read = world.read()
    found = rows_of(world, history.deliveries(read, asked.where, PAGE_OF + 1, asked.before))
    among = {name: value for name, value in asked.where.items() if name != "state"}
    return shell.page(
        "hooks.html",
        title="Deliveries",
        view="deliveries",
        asked=asked,
        states=STATES,
        counts=history.deliveries.spread(read, "state", among, len(STATES)),
        endpoints=endpoints.all(read)[:ENDPOINTS],
        **shell.paged(found, 1, PAGE_OF),
    )


def filters() -> Filters:
    """Read the filters; what cannot be read is as if it had not been given."""
    return Filters(
        vendor=shell.argument("vendor", current().world.vendors),
        state=shell.argument("state", STATES),
        type=shell.argument("type"),
        record=shell.argument("record"),
        endpoint=shell.argument("to"),
        before=shell.number("before"),
    )


def rows_of(world: World, sent: Sequence[Record]) -> list[Row]:
    """Return deliveries as lists show them."""
    links = shell.order_links(world, {(row["vendor"], row["record"]) for row in sent})
    by_id = {id: endpoints.get(world.read(), id) for id in {row["endpoint"] for row in sent}}
    return [
        Row(row, by_id[row["endpoint"]], links.get((row["vendor"], row["record"]), ""), TONES.get(row["state"], "bad"))
        for row in sent
    ]


def delivery(id: str) -> flask.Response:
    """Show one delivery with its attempts, newest first."""
    world = current().world
    row, *_ = rows_of(world, [control.get_or_404(world.read(), id)])
    found = row.delivery
    attempts = enumerate(found["attempts_made"], 1)
    return shell.page(
        "hook_delivery.html",
        title="Delivery",
        row=row,
        seller=world.vendors[found["vendor"]],
        bar=unreachable(world.read(), found["vendor"], row.endpoint),
        tries=[try_of(world, row, place, attempt) for place, attempt in attempts][::-1],
        body=as_sent(found["body"]),
        size=len(found["body"]),
    )


def try_of(world: World, row: Row, place: int, attempt: Record) -> Try:
    """Return one attempt as its page shows it."""
    id, body = row.delivery["uid"], row.delivery["body"]
    sent = body if attempt["body"] is None else attempt["body"]
    fetch = flask.request.host_url.rstrip("/") + shell.url("webhooks.raw", id=id, place=place, what="signed")
    steps = signature.steps(world.vendors[row.delivery["vendor"]].webhooks.headers, attempt, body, row.endpoint, fetch)
    headers = own_headers.shown(attempt["request_headers"])
    return Try(place, attempt, headers, as_sent(sent), len(sent), as_sent(attempt["answer_body"]), steps)


def as_sent(body: bytes) -> str:
    """Return a body as text without indenting it, cut where it is too long for a page, and saying so."""
    return shortened(visible_lines(body.decode("utf-8", "replace")))


resend = shell.button("resend", "It goes out once more.", "webhooks.delivery id", control.resend_delivery.call)


def raw(id: str, place: int, what: str) -> flask.Response:
    """Send an attempt's bytes as a file: its `body`, or what of it was `signed`."""
    read = current().read()
    found = control.get_or_404(read, id)
    attempts = found["attempts_made"]
    if not 1 <= place <= len(attempts) or what not in ("body", "signed"):
        raise NotFound(f"Attempt {place} of this delivery has no {what!r} to download.")
    attempt = attempts[place - 1]
    sent = found["body"] if attempt["body"] is None else attempt["body"]
    if what == "signed":
        endpoint, seller = endpoints.get(read, found["endpoint"]), current().world.vendors[found["vendor"]]
        sent = signature.steps(seller.webhooks.headers, attempt, found["body"], endpoint, "").check.message
    if sent is None:
        raise NotFound("What was signed is not known: the vendor does not sign, or the endpoint's secret is gone.")
    headers = {**shell.HEADERS, "Content-Disposition": f"attachment; filename=attempt-{place}-{what}.bin"}
    return flask.Response(sent, headers=headers, content_type="application/octet-stream")
