"""What receivers' answers change: the vendor requires them, so they are read, kept and acted on (public, each webhook's page)."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from mockmarket.store import Tx, history, records
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.outbox import Claim
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.records.values import Money
from mockmarket.vendors.tixstock.rules import notifications, orders, resellers
from mockmarket.webhooks.acceptance import YES, Answer

GIVEN_UP = ("failed", "exhausted")


def answered(tx: Tx, endpoint: Endpoint, claim: Claim, answer: Answer) -> None:
    """Act on what a receiver replied to a notice."""
    act = ACTS.get(claim.type)
    if act is not None:
        act(tx, resellers.at_endpoint(tx, endpoint), claim, read_reply(answer))


def read_reply(answer: Answer) -> Record:
    """Return the JSON object of a 2xx answer; anything else says nothing."""
    try:
        reply = orjson.loads(answer.body) if answer.status is not None and 200 <= answer.status < 300 else None
    except orjson.JSONDecodeError:
        return {}
    return reply if isinstance(reply, dict) else {}


def succeeded(reply: Record) -> bool:
    """Tell whether an answer says success, as true or as text."""
    return reply.get("success") in YES


def text(value: object) -> str:
    """Return an id that an answer gives, as text; nothing for what is none."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def event_updated(tx: Tx, seller: resellers.Reseller, claim: Claim, reply: Record) -> None:
    """Unassign a reseller that has failed to update an event: it said so, or never answered, until the delivery was given up.

    It hears and sells nothing of the event until it adds it again.
    """
    delivery, event = history.delivery(tx, claim.uid), claim.record
    if delivery is not None and delivery["state"] in GIVEN_UP and records.get(tx, wire.EVENT, event):
        own_id = resellers.event_id(tx, seller, event) or seller.event_prefix + event
        resellers.put_mapping(tx, seller.id, event, own_id, "unassigned")


def event_cancelled(tx: Tx, seller: resellers.Reseller, claim: Claim, reply: Record) -> None:
    """Note which of its listings a reseller says it has deleted."""
    listings = reply.get("listings")
    for own_id, deleted in listings.items() if isinstance(listings, dict) else ():
        listing = resellers.by_own_id(wire.PUBLICATION, tx, seller, own_id) if deleted in YES else None
        if listing is not None:
            resellers.publish(tx, seller, listing["id"], external_id=None)


def listing_added(tx: Tx, seller: resellers.Reseller, claim: Claim, reply: Record) -> None:
    """Publish a listing under the id, and with the display price, that the reseller gave it.

    A reseller that has not published a listing hears of none of its changes, so it is notified after the answer of what
    changed before it.
    """
    own_id = text(reply.get("listing_id")) or text(reply.get("id")) or text(reply.get("external_id"))
    listing = records.get(tx, wire.LISTING, claim.record)
    if not succeeded(reply) or not own_id or listing is None:
        return
    now = notifications.view(tx, seller, listing, notifications.event_of(tx, listing))
    stale = notifications.body(tx, "ticket.add", {**now, "id": None}) != claim.body
    price = display_price_of(listing, reply)
    resellers.publish(tx, seller, claim.record, external_id=own_id, display_price=price)
    if stale:
        notifications.notify_seller_of_listing(tx, "ticket.update", listing, seller)


def display_price_of(listing: Record, reply: Record) -> Money | None:
    """Return the display price that an answer gives, an object or an amount in the listing's currency; None without one."""
    price = reply.get("display_price")
    price = price if isinstance(price, dict) else {"amount": price}
    try:
        cents = wire.minor(price["amount"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    currency = text(price.get("currency")) or listing["display_price"]["currency"]
    return wire.price(currency, cents) if cents >= 0 else None


def listing_updated(tx: Tx, seller: resellers.Reseller, claim: Claim, reply: Record) -> None:
    """Keep the id and price that a reseller has a changed listing under."""
    own_id, listing = text(reply.get("listing_id")), records.get(tx, wire.LISTING, claim.record)
    if succeeded(reply) and own_id and listing:
        price = display_price_of(listing, reply)
        changes = {"display_price": price} if price else {}
        resellers.publish(tx, seller, claim.record, external_id=own_id, **changes)


def listing_deleted(tx: Tx, seller: resellers.Reseller, claim: Claim, reply: Record) -> None:
    """Forget under which id a reseller had a listing that it has deleted."""
    if succeeded(reply):
        resellers.publish(tx, seller, claim.record, external_id=None)


def order_answered(tx: Tx, seller: resellers.Reseller, claim: Claim, reply: Record) -> None:
    """Take over the status that a reseller says an order has: kept as said, and moved to where the flow leads there."""
    status, order = text(reply.get("order_status")), records.get(tx, wire.ORDER, claim.record)
    if not status or order is None or order["reseller"] != seller.id:
        return
    order["answered_status"] = status
    records.update(tx, wire.ORDER, order)
    if status in orders.FLOW.moves.get(order["status"], ()):
        orders.move(tx, order, status)


def broker_authenticated(tx: Tx, seller: resellers.Reseller, claim: Claim, reply: Record) -> None:
    """Link a broker's account to the one that the reseller knows it by, or undo the link when it does not know it."""
    own_id = text(reply.get("broker_id"))
    if succeeded(reply) and own_id:
        resellers.connect(tx, seller.id, claim.record, own_id, True)
        notifications.notify_missed(tx, seller)


ACTS: dict[str, Callable[[Tx, resellers.Reseller, Claim, Record], None]] = {
    "event.update": event_updated,
    "event.cancel": event_cancelled,
    "ticket.add": listing_added,
    "ticket.update": listing_updated,
    "ticket.delete": listing_deleted,
    "order.update": order_answered,
    "order.eticket_fulfilment": order_answered,
    "order.mobile_ticket_fulfilment": order_answered,
    "broker.authenticate": broker_authenticated,
}
"""What is done with the answer to each notice. The others' answers only say whether they were taken."""
