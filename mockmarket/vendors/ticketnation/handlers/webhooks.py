"""Webhooks: listed, read, created, changed, deleted, tested; and the history of their deliveries."""

from __future__ import annotations

import flask

from mockmarket.api.paging import Numbered
from mockmarket.vendors.ticketnation.handlers.conventions import (
    READ,
    WRITE,
    Context,
    data,
    enveloped,
    operation,
    organization,
    page_of,
    removed,
)
from mockmarket.vendors.ticketnation.records import (
    Answer,
    Delivery,
    DeliveryQuery,
    NewWebhook,
    Page,
    PageQuery,
    Removed,
    Webhook,
    WebhookChange,
    WebhookWithSecret,
)
from mockmarket.vendors.ticketnation.rules import webhooks
from mockmarket.webhooks.encoding import javascript

SCOPE = "webhooks:manage"


@operation(query=PageQuery, answer=Page[Webhook], scope=SCOPE, refuses=READ)
def list_webhooks(context: Context, query: PageQuery) -> flask.Response:
    """List webhooks with their health, callback URLs of keys and events among them."""
    read = context.read()
    endpoints = webhooks.of_organization(read, organization(context))
    return page_of([webhooks.describe(read, endpoint) for endpoint in endpoints], query)


@operation(body=NewWebhook, answer=Answer[WebhookWithSecret], status=201, scope=SCOPE, refuses=WRITE)
def create_webhook(context: Context, body: NewWebhook) -> flask.Response:
    """Create a webhook; its secret is in this answer only."""
    return data(webhooks.create(context.world, organization(context), body), 201)


@operation(answer=Answer[Webhook], scope=SCOPE, refuses=READ)
def get_webhook(context: Context, webhook: str) -> flask.Response:
    """Get a webhook with its health."""
    read = context.read()
    return data(webhooks.describe(read, webhooks.webhook_of(read, organization(context), webhook)))


@operation(body=WebhookChange, answer=Answer[Webhook], scope=SCOPE, refuses=WRITE, null_is_absent=False)
def update_webhook(context: Context, body: WebhookChange, webhook: str) -> flask.Response:
    """Update a webhook; isActive true enables one again that was disabled."""
    return data(webhooks.update(context.world, organization(context), webhook, body))


@operation(answer=Answer[Removed], scope=SCOPE, refuses=READ)
def delete_webhook(context: Context, webhook: str) -> flask.Response:
    """Delete a webhook."""
    return removed(webhooks.delete(context.world, organization(context), webhook))


@operation(answer=Answer[Delivery], scope=SCOPE, refuses=READ)
def send_test_webhook(context: Context, webhook: str) -> flask.Response:
    """Send a test to a webhook now and answer what came of it; a success enables one again that was disabled."""
    return data(webhooks.try_out(context.world, organization(context), webhook))


@operation(query=DeliveryQuery, answer=Page[Delivery], scope=SCOPE, refuses=READ)
def list_webhook_deliveries(context: Context, query: DeliveryQuery, webhook: str) -> flask.Response:
    """List a webhook's deliveries, the newest first, with every attempt."""
    read = context.read()
    endpoint = webhooks.webhook_of(read, organization(context), webhook)
    offset = (query["page"] - 1) * query["take"]
    rows, total = webhooks.deliveries(read, endpoint, query["status"], query["take"], offset)
    return enveloped([javascript(row) for row in rows], Numbered(total, query["page"], query["take"]))
