"""What brokers do at Tixstock without a call of the resellers' API: the buttons of their own pages."""

from __future__ import annotations

from typing import Any

from mockmarket.rules import lifecycle
from mockmarket.store.records import Record
from mockmarket.vendor import Action
from mockmarket.vendors.tixstock.rules import brokers, fulfilment, orders
from mockmarket.vendors.tixstock.schemas import actions as schemas
from mockmarket.worlds.world import World


def set_status(world: World, given: dict[str, Any]) -> Record:
    """Bring an order to a status."""
    return orders.broker_update(world, given["order"], given["status"], None)


def set_tracking(world: World, given: dict[str, Any]) -> Record:
    """Give an order its shipping tracking id."""
    return orders.broker_update(world, given["order"], None, given["tracking"])


def fulfil(world: World, given: dict[str, Any]) -> Record:
    """Upload an order's tickets."""
    return fulfilment.fulfil(world, given["order"], given["count"], given["proof_file_url"])


def open_account(world: World, given: dict[str, Any]) -> Record:
    """Open a broker's account."""
    return brokers.set_open(world, given["broker"], True)


def close_account(world: World, given: dict[str, Any]) -> Record:
    """Close a broker's account."""
    return brokers.set_open(world, given["broker"], False)


def status_barred(world: World, given: dict[str, Any]) -> str | None:
    """Say why an order cannot come to a status now, or None."""
    order = orders.by_id(world.read(), given["order"])
    try:
        lifecycle.check(orders.FLOW, order["status"], given["status"])
    except lifecycle.IllegalMove as error:
        return str(error)
    return None


def tracking_barred(world: World, given: dict[str, Any]) -> str | None:
    """Say why an order gets no tracking id now, or None."""
    order = orders.by_id(world.read(), given["order"])
    return f"It is {order['status']}, which is final." if order["status"] in orders.FINAL else None


def fulfil_barred(world: World, given: dict[str, Any]) -> str | None:
    """Say why an order's tickets cannot be uploaded now, or None."""
    read = world.read()
    return fulfilment.barred(read, orders.by_id(read, given["order"]))


ACTIONS = (
    Action("set_status", "broker", "Change an order's status: order.update.", schemas.OrderStatusAction(), set_status, status_barred),
    Action("set_tracking", "broker", "Give an order a shipping tracking id: order.update.",
           schemas.TrackingAction(), set_tracking, tracking_barred),
    Action("fulfil", "broker", "Upload an order's tickets, each a PDF: a fulfilment notice for each ticket.",
           schemas.FulfilAction(), fulfil, fulfil_barred),
    Action("add_listing", "broker", "Publish a new listing: ticket.add to every reseller of the event.",
           schemas.NewListingAction(), brokers.add_listing),
    Action("update_listing", "broker", "Change a listing's price, ticket type or restrictions: ticket.update.",
           schemas.ListingChange(), brokers.update_listing),
    Action("delete_listing", "broker", "Delete a listing: ticket.delete; what is left of it goes off sale at every vendor.",
           schemas.ListingAction(), brokers.delete_listing),
    Action("authenticate", "broker", "Connect a broker's account to a reseller: broker.authenticate, whose answer makes the link.",
           schemas.AuthenticateAction(), brokers.authenticate),
    Action("open_account", "exchange", "Open a broker's account: broker.open.", schemas.BrokerAction(), open_account),
    Action("close_account", "exchange", "Close a broker's account: broker.closed; it can publish nothing, and sell nothing.",
           schemas.BrokerAction(), close_account),
)  # fmt: skip
