"""Holds."""

from __future__ import annotations

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.vendors.skybox.callers import caller, needs_caller
from mockmarket.vendors.skybox.listing import answer, page_answer
from mockmarket.vendors.skybox.routes.common import READ, WRITE, Row, blueprint, refuses
from mockmarket.vendors.skybox.rules import holds, searching
from mockmarket.vendors.skybox.schemas import listings
from mockmarket.vendors.skybox.schemas import orders as schemas
from mockmarket.vendors.skybox.wire.kinds import HOLD

blp = blueprint("holds", "holds on inventory")


@blp.route("/holds")
class Holds(MethodView):
    """All holds."""

    @needs_caller
    @blp.arguments(schemas.HoldQuery(), location="query")
    @blp.response(200, listings.HoldPage)
    @refuses(blp, *READ)
    def get(self, query: Row) -> flask.Response:
        """Search the holds that stand, other marketplaces' among them."""
        where = searching.conditions(caller().account, query, searching.HOLD_FILTERS)
        where += [*searching.on_dates(web.world().read(), query), ("removed", "=", 0)]
        return page_answer(HOLD, where, query, schemas.HOLD_ORDER)

    @needs_caller
    @blp.arguments(schemas.NewHold())
    @blp.response(200, listings.HoldSchema)
    @refuses(blp, *WRITE)
    def post(self, given: Row) -> flask.Response:
        """Hold tickets of a listing until expiryDate; they are off every window until then."""
        who = caller()
        return answer(holds.create(web.world(), who.account, given, who.by))


@blp.route("/holds/<int:hold_id>")
class OneHold(MethodView):
    """One hold."""

    @needs_caller
    @blp.response(200, listings.HoldSchema)
    @refuses(blp, *READ)
    def get(self, hold_id: int) -> flask.Response:
        """Get a hold; one that has ended has its removedDate."""
        return answer(holds.found(web.world().read(), caller().account, hold_id))

    @needs_caller
    @blp.arguments(schemas.HoldBody())
    @blp.response(200, listings.HoldSchema)
    @refuses(blp, *WRITE)
    def put(self, given: Row, hold_id: int) -> flask.Response:
        """Change until when, for whom and why; the seats stay."""
        who = caller()
        return answer(holds.update(web.world(), who.account, hold_id, given, who.by))

    @needs_caller
    @blp.response(200, listings.HoldSchema)
    @refuses(blp, *WRITE)
    def delete(self, hold_id: int) -> flask.Response:
        """Remove a hold: its tickets are for sale again, everywhere; answers the hold."""
        who = caller()
        return answer(holds.remove(web.world(), who.account, hold_id, who.by))
