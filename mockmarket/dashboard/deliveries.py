"""What was sent to endpoints: every delivery, and one with each attempt's request, answer, verdict and signature step by step."""

from __future__ import annotations

from collections.abc import Sequence

import flask

from mockmarket.api.context import current
from mockmarket.control import deliveries as control
from mockmarket.dashboard import shell, signature
from mockmarket.errors import NotFound
from mockmarket.store import endpoints, history
from mockmarket.store.endpoints import unreachable
from mockmarket.store.records import Record
from mockmarket.webhooks import own_headers
from mockmarket.worlds.world import World

PAGE_OF = 50
STATES = ("pending", "sending", "delivered", "failed", "exhausted", "rejected", "dropped")
ENDPOINTS = 200  # how many endpoints the filter offers


def deliveries() -> flask.Response:
    """Show deliveries, newest first, as the filters ask; what cannot be read of them is as if it had not been given."""
    world, before = current().world, shell.number("before")
    read = world.read()
    asked = {
        "vendor": shell.argument("vendor", world.vendors),
        "state": shell.argument("state", STATES),
        **{name: shell.argument(name) for name in ("type", "record", "to")},
    }
    query = {name: value for name, value in asked.items() if value}
    where = {"endpoint" if name == "to" else name: value for name, value in query.items()}
    among = {name: value for name, value in where.items() if name != "state"}
    rows = rows_of(world, history.deliveries(read, where, PAGE_OF + 1, before))
    return shell.page(
        "hooks.html",
        title="Deliveries",
        view="deliveries",
        asked=asked,
        query=query,
        before=before,
        states=STATES,
        counts=history.deliveries.spread(read, "state", among, len(STATES)),
        endpoints=endpoints.all(read)[:ENDPOINTS],
        **shell.paged(rows, 1, PAGE_OF),
    )


def rows_of(world: World, sent: Sequence[Record]) -> list[Record]:
    """Return deliveries with what lists show beside them: `to`, the endpoint if it is still there, and `order`, its order's page."""
    links = shell.order_links((row["vendor"], row["record"]) for row in sent)
    by_id = {id: endpoints.get(world.read(), id) for id in {row["endpoint"] for row in sent}}
    return [
        {**row, "to": by_id[row["endpoint"]], "order": links.get((row["vendor"], row["record"]), "")} for row in sent
    ]


def delivery(id: str) -> flask.Response:
    """Show one delivery with its attempts, newest first."""
    world = current().world
    row, *_ = rows_of(world, [control.get_or_404(world.read(), id)])
    tries = [try_of(row, place) for place in range(len(row["attempts_made"]), 0, -1)]
    bar = unreachable(world.read(), row["vendor"], row["to"])
    return shell.page("hook_delivery.html", title="Delivery", it=row, bar=bar, tries=tries)


def try_of(row: Record, place: int) -> Record:
    """Return the attempt at a place, counted from 1: with `sent`, the body that went out, and `steps`, its signature."""
    attempt = row["attempts_made"][place - 1]
    fetch = flask.request.host_url.rstrip("/") + shell.url("webhooks.raw", id=row["uid"], place=place, what="signed")
    signer = current().world.vendors[row["vendor"]].webhooks.headers
    steps = signature.steps(signer, attempt, row["body"], row["to"], fetch)
    sent = row["body"] if attempt["body"] is None else attempt["body"]
    return {
        **attempt,
        "place": place,
        "headers": own_headers.redact(attempt["request_headers"]),
        "sent": sent,
        "steps": steps,
    }


resend = shell.button("resend", "It goes out once more.", "webhooks.delivery id", control.resend_delivery.call)


def raw(id: str, place: int, what: str) -> flask.Response:
    """Send an attempt's bytes as a file: its `body`, or what of it was `signed`."""
    world = current().world
    row, *_ = rows_of(world, [control.get_or_404(world.read(), id)])
    if not 1 <= place <= len(row["attempts_made"]) or what not in ("body", "signed"):
        raise NotFound(f"Attempt {place} of this delivery has no {what!r} to download.")
    attempt = try_of(row, place)
    sent = attempt["sent"] if what == "body" else attempt["steps"]["check"].message
    if sent is None:
        raise NotFound("What was signed is not known: the vendor does not sign, or the endpoint's secret is gone.")
    headers = {**shell.HEADERS, "Content-Disposition": f"attachment; filename=attempt-{place}-{what}.bin"}
    return flask.Response(sent, headers=headers, content_type="application/octet-stream")
