"""What was sent to endpoints: every delivery, and one with each attempt's request, answer, verdict and signature step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import flask

from mockmarket.api.context import current
from mockmarket.control import deliveries as control
from mockmarket.dashboard import shell, signature
from mockmarket.dashboard.formats import MOST_SHOWN, visible_lines
from mockmarket.dashboard.links import order_links
from mockmarket.dashboard.signature import Steps
from mockmarket.errors import NotFound
from mockmarket.store import endpoints, history
from mockmarket.store.endpoints import Endpoint, unreachable
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

    delivery: Mapping[str, Any]
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
    row: Mapping[str, Any]
    headers: list[list[str]]
    sent: str
    size: int
    answered: str
    steps: Steps


def deliveries() -> flask.Response:
    """Show deliveries, newest first, as the filters ask."""
    world, asked = current().world, filters()
    read = world.read()
    deliveries = history.deliveries(read, asked.where, PAGE_OF + 1, asked.before)
    among = {name: value for name, value in asked.where.items() if name != "state"}
    return shell.page(
        "hooks.html", title="Deliveries", view="deliveries", asked=asked, vendors=tuple(world.vendors.values()),
        states=STATES, counts=history.spread(read, "state", among, len(STATES)), rows=rows_of(world, deliveries[:PAGE_OF]),
        more=len(deliveries) > PAGE_OF, endpoints=endpoints.all(read)[:ENDPOINTS],
    )  # fmt: skip


def filters() -> Filters:
    """Read the filters; what cannot be read is as if it had not been given."""
    given, vendors = flask.request.args, current().world.vendors
    before = given.get("before", "")
    return Filters(
        given.get("vendor", "") if given.get("vendor", "") in vendors else "",
        given.get("state", "") if given.get("state", "") in STATES else "",
        given.get("type", "").strip()[:200], given.get("record", "").strip()[:200], given.get("to", "").strip()[:200],
        int(before) if before.isdecimal() and len(before) < 16 else None,
    )  # fmt: skip


def rows_of(world: World, found: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return deliveries as lists show them."""
    rows = list(found)
    links = order_links(world, {(row["vendor"], row["record"]) for row in rows})
    endpoints_by_id = {id: endpoints.get(world.read(), id) for id in {row["endpoint"] for row in rows}}
    return [
        Row(
            row,
            endpoints_by_id[row["endpoint"]],
            links.get((row["vendor"], row["record"]), ""),
            TONES.get(row["state"], "bad"),
        )
        for row in rows
    ]


def delivery(id: str) -> flask.Response:
    """Show one delivery with its attempts."""
    world = current().world
    delivery = control.get_or_404(world.read(), id)
    [row] = rows_of(world, [delivery])
    return shell.page("hook_delivery.html", title="Delivery", row=row, seller=world.vendors[delivery["vendor"]],
                      bar=unreachable(world.read(), delivery["vendor"], row.endpoint),
                      tries=tries(world, delivery, row.endpoint), body=as_sent(delivery["body"]), size=len(delivery["body"]))  # fmt: skip


def tries(world: World, found: Mapping[str, Any], endpoint: Endpoint | None) -> list[Try]:
    """Return a delivery's attempts as its page shows them, newest first."""
    made = enumerate(found["attempts_made"], 1)
    return [try_of(world, found, endpoint, place, row) for place, row in made][::-1]


def try_of(
    world: World, found: Mapping[str, Any], endpoint: Endpoint | None, place: int, row: Mapping[str, Any]
) -> Try:
    """Return one attempt as its page shows it."""
    sent = found["body"] if row["body"] is None else row["body"]
    fetch = flask.request.host_url.rstrip("/") + shell.url("webhooks.raw", id=found["uid"], place=place, what="signed")
    steps = signature.steps(world.vendors[found["vendor"]].webhooks.headers, row, found["body"], endpoint, fetch)
    return Try(
        place,
        row,
        own_headers.shown(row["request_headers"]),
        as_sent(sent),
        len(sent),
        as_sent(row["answer_body"]),
        steps,
    )


def as_sent(body: bytes) -> str:
    """Return a body as text without indenting it, cut where it is too long for a page, and saying so."""
    text = visible_lines(body.decode("utf-8", "replace"))
    left = len(text) - MOST_SHOWN
    return text if left <= 0 else f"{text[:MOST_SHOWN]}\n… {left:,} more characters"


def resend(id: str) -> flask.Response:
    """Send a delivery once more."""
    control.resend_delivery.call(current(), id)
    return shell.done("It goes out once more.", shell.url("webhooks.delivery", id=id))


def raw(id: str, place: int, what: str) -> flask.Response:
    """Send an attempt's bytes as a file: its `body`, or what of it was `signed`."""
    world = current().world
    delivery = control.get_or_404(world.read(), id)
    made = delivery["attempts_made"]
    if not 1 <= place <= len(made) or what not in ("body", "signed"):
        raise NotFound(f"Attempt {place} of this delivery has no {what!r} to download.")
    row = made[place - 1]
    sent = delivery["body"] if row["body"] is None else row["body"]
    if what == "signed":
        endpoint = endpoints.get(world.read(), delivery["endpoint"])
        message = signature.steps(
            world.vendors[delivery["vendor"]].webhooks.headers, row, delivery["body"], endpoint, ""
        ).found.message
        if message is None:
            raise NotFound("What was signed is not known: the vendor does not sign, or the endpoint's secret is gone.")
        sent = message
    name = f"attachment; filename=attempt-{place}-{what}.bin"
    return flask.Response(
        sent, headers={**shell.HEADERS, "Content-Disposition": name}, content_type="application/octet-stream"
    )
