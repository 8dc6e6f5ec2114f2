"""Webhook endpoints, their deliveries, and the catalogue."""

from __future__ import annotations

import flask
from flask.views import MethodView

from mockmarket.api import paging, web
from mockmarket.errors import Invalid
from mockmarket.vendors.zatabox.callers import needs
from mockmarket.vendors.zatabox.catalog import CATALOG
from mockmarket.vendors.zatabox.envelope import answer
from mockmarket.vendors.zatabox.routes.common import READ, WRITE, Row, blueprint, open_to_all, refuses
from mockmarket.vendors.zatabox.rules import hooks
from mockmarket.vendors.zatabox.schemas import webhooks as schemas
from mockmarket.vendors.zatabox.schemas.common import PageQuery

blp = blueprint("webhooks", "webhook endpoints, deliveries, catalogue")
SCOPE = "webhooks:manage"


@blp.route("/webhooks")
class Webhooks(MethodView):
    """All endpoints."""

    @needs(SCOPE)
    @blp.arguments(schemas.NewWebhook())
    @blp.response(201, schemas.WebhookOnce)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Create an endpoint; the signing secret is in this answer only."""
        return answer(hooks.subscribe(web.world(), given), 201)

    @needs(SCOPE)
    @blp.response(200, schemas.Webhooks)
    @refuses(blp, *READ)
    def get(self) -> flask.Response:
        """List endpoints, oldest first."""
        return answer({"items": hooks.all_shown(web.world().read())})


@blp.route("/webhooks/catalog")
class Catalog(MethodView):
    """What can be subscribed to."""

    @open_to_all(blp)
    @blp.response(200, schemas.Catalog)
    def get(self) -> flask.Response:
        """List every event type with the top-level keys of its data; needs no key."""
        rows = [
            {"type": one.name, "description": one.when, "dataKeys": list(one.keys), "fires": one.fires}
            for one in CATALOG
        ]
        return answer({"items": rows})


@blp.route("/webhooks/<string:id>")
class OneWebhook(MethodView):
    """One endpoint."""

    @needs(SCOPE)
    @blp.arguments(schemas.WebhookChange())
    @blp.response(200, schemas.Webhook)
    @refuses(blp, *WRITE)
    def put(self, given: Row, id: str) -> flask.Response:
        """Change an endpoint; what is not named stays, and what still waits for it goes to where it is then."""
        return answer(hooks.change(web.world(), id, given))

    @needs(SCOPE)
    @blp.response(200, schemas.Webhook)
    @refuses(blp, *WRITE)
    def delete(self, id: str) -> flask.Response:
        """Delete an endpoint; answers it as it was."""
        return answer(hooks.remove(web.world(), id))


@blp.route("/webhooks/<string:id>/test")
class Test(MethodView):
    """A test send."""

    @needs(SCOPE)
    @blp.response(202, schemas.Delivery)
    @refuses(blp, *WRITE)
    def post(self, id: str) -> flask.Response:
        """Send a signed, synthetic example of the first subscribed type, with `data.test` true."""
        return answer(hooks.test(web.world(), id), 202)


@blp.route("/webhooks/<string:id>/rotate-secret")
class Rotation(MethodView):
    """A new signing secret."""

    @needs(SCOPE)
    @blp.response(200, schemas.RotatedWebhook)
    @refuses(blp, *WRITE)
    def post(self, id: str) -> flask.Response:
        """Give an endpoint a new secret, shown in this answer only; it signs from the next attempt on."""
        return answer(hooks.rotate(web.world(), id))


@blp.route("/webhooks/<string:id>/deliveries")
class Deliveries(MethodView):
    """What was sent to an endpoint."""

    @needs(SCOPE)
    @blp.arguments(PageQuery(), location="query")
    @blp.response(200, schemas.Deliveries)
    @refuses(blp, *READ)
    def get(self, query: Row, id: str) -> flask.Response:
        """List an endpoint's deliveries with their attempts, newest first."""
        before = number(paging.read_cursor(query["cursor"])) if query["cursor"] else None
        rows = hooks.deliveries(web.world().read(), id, query["limit"] + 1, before)
        shown = rows[: query["limit"]]
        more = paging.cursor(str(shown[-1]["id"])) if len(rows) > len(shown) else None
        return answer({"items": [hooks.delivery_of(row) for row in shown], "nextCursor": more})


def number(place: str) -> int:
    """Read a cursor's place as a delivery's number; Invalid for what is none."""
    if not place.isdecimal() or len(place) > 18:
        raise Invalid("cursor is not one of this list's.", details=[("cursor", "is not one of this list's")])
    return int(place)


@blp.route("/webhooks/deliveries/<string:id>/replay")
class Replay(MethodView):
    """A delivery once more."""

    @needs(SCOPE)
    @blp.response(202, schemas.Delivery)
    @refuses(blp, *WRITE)
    def post(self, id: str) -> flask.Response:
        """Send a delivery once more, now, whatever its state: same event id and body, a new signature."""
        return answer(hooks.replay(web.world(), id), 202)
