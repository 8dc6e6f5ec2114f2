"""Tickets held for a basket and released again, in the resellers' form and in the partners'."""

from __future__ import annotations

import flask

from mockmarket.vendors.tixstock.handlers.conventions import BOTH, PARTNER, RESELLER, WRITE, Context, done, operation
from mockmarket.vendors.tixstock.records.answers import Answer, Available
from mockmarket.vendors.tixstock.records.orders import HoldRequest, PartnerHoldRequest, Release
from mockmarket.vendors.tixstock.rules import holds

HELD = "The tickets are on hold."
RELEASED = "The tickets have been released."


@operation(body=HoldRequest, answer=Answer[Available], scope=RESELLER, refuses=WRITE)
def hold_tickets(context: Context, body: HoldRequest, external_id: str) -> flask.Response:
    """Hold tickets of a listing for half an hour of the world's time; the other resellers are told."""
    hold, left = holds.hold(context.world, context.caller, external_id, body["quantity"])
    members = {"external_id": external_id, "hold_id": hold["hold_id"], "quantity": hold["quantity"]}
    return done(context, {"quantity_available": left}, "ticket.hold", HELD, **members)


@operation(body=PartnerHoldRequest, answer=Answer[Available], scope=PARTNER, refuses=WRITE)
def hold_tickets_as_partner(context: Context, body: PartnerHoldRequest) -> flask.Response:
    """Hold tickets of a listing for half an hour of the world's time; every reseller is told."""
    hold, left = holds.hold(context.world, context.caller, body["listing_id"], body["quantity"])
    members = {"hold_id": hold["hold_id"], "quantity": hold["quantity"]}
    return done(context, {"quantity_available": left}, "partner.ticket.hold", HELD, **members)


@operation(body=Release, answer=Answer[Available], scope=BOTH, refuses=WRITE)
def release_hold(context: Context, body: Release) -> flask.Response:
    """Release tickets of a hold: `release_quantity` of them (or `quantity`), all without it."""
    return release(context, body["hold_id"], body.get("release_quantity", body.get("quantity")))


@operation(answer=Answer[Available], scope=BOTH, refuses=(400, 404, 409))
def release_quantity(context: Context, hold_id: str, quantity: str) -> flask.Response:
    """Release so many tickets of a hold."""
    return release(context, hold_id, quantity)


release_hold_by_post = release_hold
release_quantity_by_put = release_quantity


def release(context: Context, hold_id: str, quantity: object) -> flask.Response:
    """Release tickets and answer in the words of whose hold it was."""
    is_partner = context.caller.is_partner
    released, left = holds.release(context.world, context.caller, hold_id, quantity)
    members = {"quantity": released} if is_partner else {"hold_id": hold_id, "quantity": released}
    type = "partner.ticket.release" if is_partner else "ticket.release"
    return done(context, {"quantity_available": left}, type, RELEASED, **members)
