"""What receivers' answers change: the vendor requires them, so they are read, kept and acted on (public, each webhook's page)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from mockmarket.store import Tx, history, records
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.outbox import Claim
from mockmarket.vendors.tixstock.records.listings import Money
from mockmarket.vendors.tixstock.rules import missed, orders, resellers, telling
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import formats
from mockmarket.vendors.tixstock.wire.kinds import EVENT, LISTING, ORDER
from mockmarket.webhooks.acceptance import YES, Answer

GIVEN_UP = ("failed", "exhausted")

Said = dict[str, Any]


def answered(tx: Tx, endpoint: Endpoint, claim: Claim, answer: Answer) -> None:
    """Act on what a receiver replied to a notice."""
    act = ACTS.get(claim.type)
    if act is not None:
        act(tx, resellers.at_endpoint(tx, endpoint), claim, read(answer))


def read(answer: Answer) -> Said:
    """Return the JSON object of a 2xx answer; anything else says nothing."""
    try:
        said = orjson.loads(answer.body) if answer.status is not None and 200 <= answer.status < 300 else None
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) else {}


def succeeded(said: Said) -> bool:
    """Tell whether an answer says success, as true or as text."""
    return said.get("success") in YES


def text(value: Any) -> str:
    """Return an id that an answer gives, as text; nothing for what is none."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def event_updated(tx: Tx, who: Reseller, claim: Claim, said: Said) -> None:
    """Unassign a reseller that has failed to update an event: it said so, or never answered, until the delivery was given up."""
    delivery = history.delivery(tx, claim.uid)
    if delivery is not None and delivery["state"] in GIVEN_UP and records.get(tx, EVENT, claim.record):
        resellers.unassign(tx, who, claim.record)


def event_cancelled(tx: Tx, who: Reseller, claim: Claim, said: Said) -> None:
    """Note which of its listings a reseller says it has deleted."""
    listings = said.get("listings")
    for theirs, deleted in listings.items() if isinstance(listings, dict) else ():
        listing = resellers.listing_of(tx, who, theirs) if deleted in YES else None
        if listing is not None:
            resellers.publish(tx, who, listing["id"], external_id=None)


def listing_added(tx: Tx, who: Reseller, claim: Claim, said: Said) -> None:
    """Publish a listing under the id, and with the display price, that the reseller gave it.

    A reseller that has not published a listing hears of none of its changes, so what changed before the answer is told after it.
    """
    theirs = text(said.get("listing_id")) or text(said.get("id")) or text(said.get("external_id"))
    listing = records.get(tx, LISTING, claim.record)
    if not succeeded(said) or not theirs or listing is None:
        return
    stale = telling.changed_since(tx, who, listing, claim.body)
    resellers.publish(tx, who, claim.record, external_id=theirs, display_price=priced(tx, claim.record, said))
    if stale:
        telling.tell_of(tx, "ticket.update", listing, who)


def priced(tx: Tx, listing: str, said: Said) -> Money | None:
    """Return the display price that an answer gives, an object or an amount in the listing's currency; None without one."""
    given, record = said.get("display_price"), records.get(tx, LISTING, listing)
    price = given if isinstance(given, dict) else {"amount": given}
    try:
        cents = formats.minor(price["amount"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    currency = text(price.get("currency")) or (record["display_price"]["currency"] if record else "")
    return formats.price(currency, cents) if cents >= 0 else None


def listing_updated(tx: Tx, who: Reseller, claim: Claim, said: Said) -> None:
    """Keep the id and price that a reseller has a changed listing under."""
    if succeeded(said) and text(said.get("listing_id")) and records.get(tx, LISTING, claim.record):
        price = priced(tx, claim.record, said)
        more = {"display_price": price} if price else {}
        resellers.publish(tx, who, claim.record, external_id=text(said["listing_id"]), **more)


def listing_deleted(tx: Tx, who: Reseller, claim: Claim, said: Said) -> None:
    """Forget under which id a reseller had a listing that it has deleted."""
    if succeeded(said):
        resellers.publish(tx, who, claim.record, external_id=None)


def order_answered(tx: Tx, who: Reseller, claim: Claim, said: Said) -> None:
    """Take over the status that a reseller says an order has: kept as said, and moved to where the flow leads there."""
    status, order = text(said.get("order_status")), records.get(tx, ORDER, claim.record)
    if not status or order is None or order["reseller"] != who.id:
        return
    order["answered_status"] = status
    records.update(tx, ORDER, order)
    if status in orders.FLOW.moves.get(order["status"], ()):
        orders.move(tx, order, status)


def broker_authenticated(tx: Tx, who: Reseller, claim: Claim, said: Said) -> None:
    """Link a broker's account to the one that the reseller knows it by, or undo the link when it does not know it."""
    theirs = text(said.get("broker_id"))
    if succeeded(said) and theirs:
        resellers.connect(tx, who.id, claim.record, theirs, True)
        missed.tell(tx, who)


ACTS: dict[str, Callable[[Tx, Reseller, Claim, Said], None]] = {
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
