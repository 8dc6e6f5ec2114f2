"""Webhook subscriptions: those of the calling application on the calling account."""

from __future__ import annotations

import flask

from mockmarket.vendors.skybox.handlers.conventions import WRITE, Body, Context, answer, done, operation
from mockmarket.vendors.skybox.records.lookups import NewWebhook, Webhook
from mockmarket.vendors.skybox.rules import webhooks


@operation(answer=list[Webhook])
def list_webhooks(context: Context) -> flask.Response:
    """List the subscriptions of the application on the account, oldest first."""
    return answer([webhooks.to_json(endpoint) for endpoint in webhooks.own(context.read(), context.caller)])


@operation(body=NewWebhook, answer=Webhook, refuses=WRITE)
def create_webhook(context: Context, body: Body) -> flask.Response:
    """Subscribe to a topic; `headers` are sent with each notification, `secret` signs it."""
    return answer(webhooks.subscribe(context.world, context.caller, body))


@operation(answer=Webhook)
def get_webhook(context: Context, id: int) -> flask.Response:
    """Get a subscription."""
    return answer(webhooks.to_json(webhooks.get_or_404(context.read(), context.caller, id)))


@operation(body=NewWebhook, answer=Webhook, refuses=WRITE)
def update_webhook(context: Context, body: Body, id: int) -> flask.Response:
    """Change a subscription; the body is that of its making."""
    return answer(webhooks.change(context.world, context.caller, id, body))


@operation(refuses=WRITE)
def delete_webhook(context: Context, id: int) -> flask.Response:
    """Delete a subscription; the answer has no body."""
    webhooks.remove(context.world, context.caller, id)
    return done()
