"""What brokers do at Tixstock without a call of the resellers' API: the buttons of their own pages."""

from __future__ import annotations

from mockmarket.rules import lifecycle
from mockmarket.store.records import Record
from mockmarket.vendor import Action
from mockmarket.vendors.tixstock.records.sellers import (
    AuthenticateAction,
    BrokerAction,
    BrokerListing,
    FulfilAction,
    ListingAction,
    ListingUpdate,
    StatusAction,
    TrackingAction,
)
from mockmarket.vendors.tixstock.rules import brokers, fulfilment, orders
from mockmarket.worlds.world import World


def set_status(world: World, body: StatusAction) -> Record:
    """Bring an order to a status."""
    return orders.broker_update(world, body["order"], body["status"], None)


def set_tracking(world: World, body: TrackingAction) -> Record:
    """Give an order its shipping tracking id."""
    return orders.broker_update(world, body["order"], None, body["tracking"])


def fulfil(world: World, body: FulfilAction) -> Record:
    """Upload an order's tickets."""
    return fulfilment.fulfil(world, body["order"], body["count"], body["proof_file_url"])


def open_account(world: World, body: BrokerAction) -> Record:
    """Open a broker's account."""
    return brokers.set_open(world, body["broker"], True)


def close_account(world: World, body: BrokerAction) -> Record:
    """Close a broker's account."""
    return brokers.set_open(world, body["broker"], False)


def status_barred(world: World, body: StatusAction) -> str | None:
    """Say why an order cannot come to a status now, or None."""
    order = orders.by_id(world.read(), body["order"])
    try:
        lifecycle.check(orders.FLOW, order["status"], body["status"])
    except lifecycle.IllegalMove as error:
        return str(error)
    return None


def tracking_barred(world: World, body: TrackingAction) -> str | None:
    """Say why an order gets no tracking id now, or None."""
    order = orders.by_id(world.read(), body["order"])
    return f"It is {order['status']}, which is final." if order["status"] in orders.FINAL else None


def fulfil_barred(world: World, body: FulfilAction) -> str | None:
    """Say why an order's tickets cannot be uploaded now, or None."""
    read = world.read()
    return fulfilment.barred(read, orders.by_id(read, body["order"]))


ACTIONS = (
    Action("set_status", "broker", "Change an order's status: order.update.", StatusAction, set_status, status_barred),
    Action("set_tracking", "broker", "Give an order a shipping tracking id: order.update.",
           TrackingAction, set_tracking, tracking_barred),
    Action("fulfil", "broker", "Upload an order's tickets, each a PDF: a fulfilment notice for each ticket.",
           FulfilAction, fulfil, fulfil_barred),
    Action("add_listing", "broker", "Publish a new listing: ticket.add to every reseller of the event.",
           BrokerListing, brokers.add_listing),
    Action("update_listing", "broker", "Change a listing's price, ticket type or restrictions: ticket.update.",
           ListingUpdate, brokers.update_listing),
    Action("delete_listing", "broker", "Delete a listing: ticket.delete; what is left of it goes off sale at every vendor.",
           ListingAction, brokers.delete_listing),
    Action("authenticate", "broker", "Connect a broker's account to a reseller: broker.authenticate, whose answer makes the link.",
           AuthenticateAction, brokers.authenticate),
    Action("open_account", "exchange", "Open a broker's account: broker.open.", BrokerAction, open_account),
    Action("close_account", "exchange", "Close a broker's account: broker.closed; it can publish nothing, and sell nothing.",
           BrokerAction, close_account),
)  # fmt: skip
