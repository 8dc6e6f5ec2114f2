"""Webhook subscriptions: those of the calling application on the calling account."""

from __future__ import annotations

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.vendors.skybox.callers import caller, needs_caller
from mockmarket.vendors.skybox.listing import answer
from mockmarket.vendors.skybox.routes.common import READ, WRITE, Row, blueprint, refuses
from mockmarket.vendors.skybox.rules import hooks
from mockmarket.vendors.skybox.schemas import webhooks as schemas

blp = blueprint("webhooks", "webhook subscriptions")


@blp.route("/webhooks")
class Webhooks(MethodView):
    """All subscriptions."""

    @needs_caller
    @blp.response(200, schemas.WebhookSchema(many=True))
    @refuses(blp, *READ)
    def get(self) -> flask.Response:
        """List the subscriptions of the application on the account, oldest first."""
        return answer([hooks.shown(one) for one in hooks.own(web.world().read(), caller())])

    @needs_caller
    @blp.arguments(schemas.WebhookBody())
    @blp.response(200, schemas.WebhookSchema)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Subscribe to a topic; `headers` are sent with each notification, `secret` signs it."""
        return answer(hooks.subscribe(web.world(), caller(), given))


@blp.route("/webhooks/<int:id>")
class OneWebhook(MethodView):
    """One subscription."""

    @needs_caller
    @blp.response(200, schemas.WebhookSchema)
    @refuses(blp, *READ)
    def get(self, id: int) -> flask.Response:
        """Get a subscription."""
        return answer(hooks.shown(hooks.found(web.world().read(), caller(), id)))

    @needs_caller
    @blp.arguments(schemas.WebhookBody())
    @blp.response(200, schemas.WebhookSchema)
    @refuses(blp, *WRITE)
    def put(self, given: Row, id: int) -> flask.Response:
        """Change a subscription; the body is that of its making."""
        return answer(hooks.change(web.world(), caller(), id, given))

    @needs_caller
    @blp.response(200)
    @refuses(blp, *WRITE)
    def delete(self, id: int) -> flask.Response:
        """Delete a subscription; the answer has no body."""
        hooks.remove(web.world(), caller(), id)
        return flask.Response(status=200)
