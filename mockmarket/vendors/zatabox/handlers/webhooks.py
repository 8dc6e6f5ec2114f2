"""Webhook endpoints, their deliveries, and the catalogue."""

from __future__ import annotations

import flask

from mockmarket.api import paging
from mockmarket.errors import Invalid
from mockmarket.records import Create, Update
from mockmarket.store import endpoints
from mockmarket.store.records import Record
from mockmarket.vendors.zatabox.handlers.conventions import READ, WRITE, Context, answer, operation
from mockmarket.vendors.zatabox.records.common import NAME, Answer, Items, NextPage, PageQuery
from mockmarket.vendors.zatabox.records.webhooks import (
    CATALOG,
    CatalogEntry,
    Delivery,
    RotatedWebhook,
    Webhook,
    WebhookWithSecret,
)
from mockmarket.vendors.zatabox.rules import webhooks

SCOPE = "webhooks:manage"


@operation(body=Create(Webhook), answer=Answer[WebhookWithSecret], status=201, scope=SCOPE, refuses=WRITE)
def create_webhook(context: Context, body: Record) -> flask.Response:
    """Create an endpoint; the signing secret is in this answer only."""
    return answer(context, webhooks.create(context.world, body), 201)


@operation(answer=Answer[Items[Webhook]], scope=SCOPE, refuses=READ)
def list_webhooks(context: Context) -> flask.Response:
    """List endpoints, oldest first."""
    rows = [webhooks.describe(endpoint) for endpoint in endpoints.all(context.read(), NAME)]
    return answer(context, {"items": rows})


@operation(answer=Answer[Items[CatalogEntry]], public=True)
def list_notice_types(context: Context) -> flask.Response:
    """List every event type with the top-level keys of its data; needs no key."""
    entries = [
        {"type": type.name, "description": type.when, "dataKeys": list(type.keys), "fires": type.fires}
        for type in CATALOG
    ]
    return answer(context, {"items": entries})


@operation(body=Update(Webhook), answer=Answer[Webhook], scope=SCOPE, refuses=WRITE)
def update_webhook(context: Context, body: Record, id: str) -> flask.Response:
    """Change an endpoint; what is not named stays, and what still waits for it goes to where it is then."""
    return answer(context, webhooks.update(context.world, id, body))


@operation(answer=Answer[Webhook], scope=SCOPE, refuses=WRITE)
def delete_webhook(context: Context, id: str) -> flask.Response:
    """Delete an endpoint; answers it as it was."""
    return answer(context, webhooks.delete(context.world, id))


@operation(answer=Answer[Delivery], status=202, scope=SCOPE, refuses=WRITE)
def send_test_webhook(context: Context, id: str) -> flask.Response:
    """Send a signed, synthetic example of the first subscribed type, with `data.test` true."""
    return answer(context, webhooks.send_test(context.world, id), 202)


@operation(answer=Answer[RotatedWebhook], scope=SCOPE, refuses=WRITE)
def rotate_webhook_secret(context: Context, id: str) -> flask.Response:
    """Give an endpoint a new secret, shown in this answer only; it signs from the next attempt on."""
    return answer(context, webhooks.rotate(context.world, id))


@operation(query=PageQuery, answer=Answer[NextPage[Delivery]], scope=SCOPE, refuses=READ)
def list_webhook_deliveries(context: Context, query: PageQuery, id: str) -> flask.Response:
    """List an endpoint's deliveries with their attempts, newest first."""
    before = delivery_number(query["cursor"]) if query["cursor"] else None
    rows = webhooks.deliveries(context.read(), id, query["limit"] + 1, before)
    shown = rows[: query["limit"]]
    cursor = paging.cursor(str(shown[-1]["id"])) if len(rows) > len(shown) else None
    return answer(context, {"items": [webhooks.describe_delivery(row) for row in shown], "nextCursor": cursor})


def delivery_number(cursor: str) -> int:
    """Read a cursor's place as a delivery's number; Invalid for what is none."""
    place = paging.read_cursor(cursor)
    if not (place.isascii() and place.isdecimal()) or len(place) > 18:
        raise Invalid("cursor is not one of this list's.", details=[("cursor", "is not one of this list's")])
    return int(place)


@operation(answer=Answer[Delivery], status=202, scope=SCOPE, refuses=WRITE)
def replay_delivery(context: Context, id: str) -> flask.Response:
    """Send a delivery once more, now, whatever its state: same event id and body, a new signature."""
    return answer(context, webhooks.replay(context.world, id), 202)
