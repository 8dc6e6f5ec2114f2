"""Webhooks: listed, read, created, changed, deleted, tested; and the history of their deliveries."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.api.paging import Numbered
from mockmarket.vendors.ticketnation.routes.common import (
    changing,
    chapter,
    data,
    enveloped,
    needs,
    organization,
    page_of,
    read_only,
    removed,
)
from mockmarket.vendors.ticketnation.rules import webhooks
from mockmarket.vendors.ticketnation.schemas.account import (
    DeliveryAnswer,
    DeliveryPage,
    DeliveryQuery,
    NewWebhook,
    NewWebhookAnswer,
    WebhookAnswer,
    WebhookChange,
    WebhookPage,
)
from mockmarket.vendors.ticketnation.schemas.shapes import PageQuery, RemovedAnswer
from mockmarket.webhooks.encoding import javascript

blp = chapter("webhooks", "webhooks.")


@blp.route("/webhooks")
class Webhooks(MethodView):
    """An organization's webhooks."""

    @needs("webhooks:manage")
    @blp.arguments(PageQuery(), location="query")
    @blp.response(200, WebhookPage)
    @read_only(blp)
    def get(self, query: dict[str, Any]) -> flask.Response:
        """List webhooks with their health, callback URLs of keys and events among them."""
        read = web.world().read()
        there = webhooks.of_organization(read, organization())
        return page_of([webhooks.describe(read, one) for one in there], query)

    @needs("webhooks:manage")
    @blp.arguments(NewWebhook())
    @blp.response(201, NewWebhookAnswer)
    @changing(blp)
    def post(self, given: dict[str, Any]) -> flask.Response:
        """Create a webhook; its secret is in this answer only."""
        return data(webhooks.create(web.world(), organization(), given), 201)


@blp.route("/webhooks/<string:webhook>")
class OneWebhook(MethodView):
    """One webhook."""

    @needs("webhooks:manage")
    @blp.response(200, WebhookAnswer)
    @read_only(blp)
    def get(self, webhook: str) -> flask.Response:
        """Get a webhook with its health."""
        read = web.world().read()
        return data(webhooks.describe(read, webhooks.webhook_of(read, organization(), webhook)))

    @needs("webhooks:manage")
    @blp.arguments(WebhookChange())
    @blp.response(200, WebhookAnswer)
    @changing(blp)
    def patch(self, given: dict[str, Any], webhook: str) -> flask.Response:
        """Update a webhook; isActive true enables one again that was disabled."""
        return data(webhooks.update(web.world(), organization(), webhook, given))

    @needs("webhooks:manage")
    @blp.response(200, RemovedAnswer)
    @read_only(blp)
    def delete(self, webhook: str) -> flask.Response:
        """Delete a webhook."""
        return removed(webhooks.delete(web.world(), organization(), webhook))


@blp.route("/webhooks/<string:webhook>/test")
class TestWebhook(MethodView):
    """A test of a webhook."""

    @needs("webhooks:manage")
    @blp.response(200, DeliveryAnswer)
    @read_only(blp)
    def post(self, webhook: str) -> flask.Response:
        """Send a test to a webhook now and answer what came of it; a success enables one again that was disabled."""
        return data(webhooks.try_out(web.world(), organization(), webhook))


@blp.route("/webhooks/<string:webhook>/deliveries")
class Deliveries(MethodView):
    """What a webhook was sent."""

    @needs("webhooks:manage")
    @blp.arguments(DeliveryQuery(), location="query")
    @blp.response(200, DeliveryPage)
    @read_only(blp)
    def get(self, query: dict[str, Any], webhook: str) -> flask.Response:
        """List a webhook's deliveries, the newest first, with every attempt."""
        read = web.world().read()
        endpoint = webhooks.webhook_of(read, organization(), webhook)
        offset = (query["page"] - 1) * query["take"]
        rows, total = webhooks.deliveries(read, endpoint, query["status"], query["take"], offset)
        return enveloped([javascript(row) for row in rows], Numbered(total, query["page"], query["take"]))
