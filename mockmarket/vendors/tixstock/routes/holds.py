"""Tickets held for a basket and released again, in the resellers' form and in the partners'."""

from __future__ import annotations

from typing import Any

import flask
from flask.views import MethodView

from mockmarket.api import web
from mockmarket.vendors.tixstock.routes.base import blp, done, needs, refuses, seller
from mockmarket.vendors.tixstock.rules import holds
from mockmarket.vendors.tixstock.schemas import answers, bodies

HELD = "The tickets are on hold."
RELEASED = "The tickets have been released."


@blp.route("/tickets/hold/<string:external_id>")
class ResellerHold(MethodView):
    """A hold, asked for by a reseller."""

    @needs("reseller")
    @blp.arguments(bodies.HoldBody())
    @blp.response(200, answers.Seats)
    @refuses(400, 404, 409, 413, 415)
    def post(self, asked: dict[str, Any], external_id: str) -> flask.Response:
        """Hold tickets of a listing for half an hour of the world's time; the other resellers are told."""
        made, left = holds.hold(web.world(), seller(), external_id, asked["quantity"])
        more = {"external_id": external_id, "hold_id": made["hold_id"], "quantity": made["quantity"]}
        return done({"quantity_available": left}, "ticket.hold", HELD, **more)


@blp.route("/tickets/hold")
class PartnerHold(MethodView):
    """A hold, asked for by a partner."""

    @needs("partner")
    @blp.arguments(bodies.PartnerHoldBody())
    @blp.response(200, answers.Seats)
    @refuses(400, 404, 409, 413, 415)
    def post(self, asked: dict[str, Any]) -> flask.Response:
        """Hold tickets of a listing for half an hour of the world's time; every reseller is told."""
        made, left = holds.hold(web.world(), seller(), asked["listing_id"], asked["quantity"])
        more = {"hold_id": made["hold_id"], "quantity": made["quantity"]}
        return done({"quantity_available": left}, "partner.ticket.hold", HELD, **more)


def release(hold_id: str, asked: Any) -> flask.Response:
    """Release tickets and answer in the words of whose hold it was."""
    who = seller()
    quantity, left = holds.release(web.world(), who, hold_id, asked)
    more: dict[str, Any] = {"quantity": quantity} if who.is_partner else {"hold_id": hold_id, "quantity": quantity}
    type = "partner.ticket.release" if who.is_partner else "ticket.release"
    return done({"quantity_available": left}, type, RELEASED, **more)


@blp.route("/tickets/release")
class BodyRelease(MethodView):
    """A release that names the hold in its body."""

    @needs("reseller", "partner")
    @blp.arguments(bodies.ReleaseBody())
    @blp.response(200, answers.Seats)
    @refuses(400, 404, 409, 413, 415)
    def put(self, asked: dict[str, Any]) -> flask.Response:
        """Release tickets of a hold: `release_quantity` of them (or `quantity`), all without it."""
        return release(asked["hold_id"], asked.get("release_quantity", asked.get("quantity")))

    @needs("reseller", "partner")
    @blp.arguments(bodies.ReleaseBody())
    @blp.response(200, answers.Seats)
    @refuses(400, 404, 409, 413, 415)
    def post(self, asked: dict[str, Any]) -> flask.Response:
        """Release tickets of a hold, as PUT does."""
        return release(asked["hold_id"], asked.get("release_quantity", asked.get("quantity")))


@blp.route("/tickets/release/<string:hold_id>/<string:quantity>")
class PathRelease(MethodView):
    """A release that names the hold and the quantity in its path."""

    @needs("partner", "reseller")
    @blp.response(200, answers.Seats)
    @refuses(400, 404, 409)
    def post(self, hold_id: str, quantity: str) -> flask.Response:
        """Release so many tickets of a hold."""
        return release(hold_id, quantity)

    @needs("partner", "reseller")
    @blp.response(200, answers.Seats)
    @refuses(400, 404, 409)
    def put(self, hold_id: str, quantity: str) -> flask.Response:
        """Release so many tickets of a hold, as POST does."""
        return release(hold_id, quantity)
