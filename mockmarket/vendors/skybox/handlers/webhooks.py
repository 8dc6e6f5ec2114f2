"""Webhook subscriptions: those of the calling application on the calling account."""

from __future__ import annotations

import flask

from mockmarket.vendors.skybox.handlers.conventions import WRITE, Body, Context, answer, done, operation
from mockmarket.vendors.skybox.rules import hooks
from mockmarket.vendors.skybox.schemas.webhooks import WebhookBody, WebhookSchema


@operation(answer=list[WebhookSchema])
def list_webhooks(context: Context) -> flask.Response:
    """List the subscriptions of the application on the account, oldest first."""
    return answer([hooks.shown(endpoint) for endpoint in hooks.own(context.read(), context.caller)])


@operation(body=WebhookBody, answer=WebhookSchema, refuses=WRITE)
def create_webhook(context: Context, body: Body) -> flask.Response:
    """Subscribe to a topic; `headers` are sent with each notification, `secret` signs it."""
    return answer(hooks.subscribe(context.world, context.caller, body))


@operation(answer=WebhookSchema)
def get_webhook(context: Context, id: int) -> flask.Response:
    """Get a subscription."""
    return answer(hooks.shown(hooks.found(context.read(), context.caller, id)))


@operation(body=WebhookBody, answer=WebhookSchema, refuses=WRITE)
def update_webhook(context: Context, body: Body, id: int) -> flask.Response:
    """Change a subscription; the body is that of its making."""
    return answer(hooks.change(context.world, context.caller, id, body))


@operation(refuses=WRITE)
def delete_webhook(context: Context, id: int) -> flask.Response:
    """Delete a subscription; the answer has no body."""
    hooks.remove(context.world, context.caller, id)
    return done()
