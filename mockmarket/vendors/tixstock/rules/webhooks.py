"""Sample notices, and the effects of receivers' answers to notices, as the vendor requires (public, each webhook's page)."""

from collections.abc import Callable
from contextlib import suppress

import orjson

from mockmarket import stock
from mockmarket.store import Record, Tx, endpoints, history, outbox, records
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.records.orders import Order
from mockmarket.vendors.tixstock.records.values import Money
from mockmarket.vendors.tixstock.rules import orders, resellers, stock_sync
from mockmarket.webhooks.acceptance import YES, Answer

GIVEN_UP = ("failed", "exhausted")


def sample(tx: Tx, type: str, record: str | None) -> outbox.Notice:
    """Return a notice about the record of this id, or the newest, as if its event had just happened."""
    kind = wire.KIND_OF[type.partition(".")[0]]
    if kind is wire.ORDER and record:
        about = orders.by_id(tx, record)
    else:
        stored = records.get(tx, kind, record) if record else records.first(tx, kind, order=[("rowid", "desc")])
        about = resellers.required(stored, f"There is no {kind.name} {record or 'yet'}.")
    first = next(iter(endpoints.all(tx, wire.NAME)), None)
    seller = resellers.at_endpoint(tx, first) if first else resellers.Reseller("")
    return resellers.notice(tx, type, str(about[kind.id]), _data_of(tx, type, about, seller))


def _data_of(tx: Tx, type: str, about: Record, seller: resellers.Reseller) -> resellers.Data:
    """Return the data of a sample notice: of one ticket, where it has a quantity."""
    match type.split("."):
        case ["event", what]:
            status = {"status": "Cancelled"} if what == "cancel" else {}
            return wire.notified_event(about | status, resellers.event_id(tx, seller, about["id"]) or about["id"])
        case ["ticket", what]:
            return _of_listing(tx, what, about, seller)
        case ["order", "update"]:
            return wire.view(about, Order)
        case ["order", _]:
            return orders.hand_over(tx, about, orders.places_of(tx, about)[0], 1, ())
        case ["broker", "authenticate"]:
            return resellers.credentials(about, about["username"], "password")
        case _:
            return {"broker_id": resellers.broker_id(tx, seller, about["id"]) or about["id"]}


def _of_listing(tx: Tx, kind: str, listing: Record, seller: resellers.Reseller) -> resellers.Data:
    own_id = resellers.external_id(tx, seller, listing["id"]) or listing["id"]
    if kind in ("add", "update"):
        return {**resellers.view(tx, seller, listing), **({"id": None} if kind == "add" else {})}
    if kind == "delete":
        return {"listing_id": own_id}
    change = stock.Change("sold", stock_sync.stock_of(tx, listing["id"]), 1, wire.NAME, "")
    data_for = resellers.sale(tx, listing, change, None) if kind == "sold" else resellers.difference(kind, 1)
    return data_for(seller, own_id)


def answered(tx: Tx, endpoint: endpoints.Endpoint, claim: outbox.Claim, answer: Answer) -> None:
    """Apply a receiver's answer to a notice."""
    if act := ACTS.get(claim.type):
        reply = None
        with suppress(orjson.JSONDecodeError):
            reply = orjson.loads(answer.body) if answer.status is not None and 200 <= answer.status < 300 else None
        act(tx, resellers.at_endpoint(tx, endpoint), claim, reply if isinstance(reply, dict) else {})


def _text(value: object) -> str:
    """Return an answer's id as text; "" for an invalid one."""
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def event_updated(tx: Tx, seller: resellers.Reseller, claim: outbox.Claim, _reply: Record) -> None:
    """Unassign an event, until it is added again, from a reseller that has failed every attempt to deliver its update."""
    delivery, event = history.delivery(tx, claim.uid), claim.record
    if delivery is not None and delivery["state"] in GIVEN_UP and records.get(tx, wire.EVENT, event):
        own_id = resellers.event_id(tx, seller, event) or seller.event_prefix + event
        resellers.put_mapping(tx, seller.id, event, own_id, status="unassigned")


def event_cancelled(tx: Tx, seller: resellers.Reseller, _claim: outbox.Claim, reply: Record) -> None:
    """Record which of its listings a reseller reports as deleted."""
    listings = reply.get("listings")
    for own_id, deleted in listings.items() if isinstance(listings, dict) else ():
        if deleted in YES and (listing := resellers.by_own_id(wire.PUBLICATION, tx, seller, own_id)):
            resellers.publish(tx, seller, listing["id"], external_id=None)


def listing_added(tx: Tx, seller: resellers.Reseller, claim: outbox.Claim, reply: Record) -> None:
    """Publish a listing under the reseller's id and display price; changes since the notice are notified next."""
    own_id = next(filter(None, (_text(reply.get(name)) for name in ("listing_id", "id", "external_id"))), "")
    listing = records.get(tx, wire.LISTING, claim.record)
    if reply.get("success") not in YES or not own_id or listing is None:
        return
    # a reseller that has not published a listing gets none of its changes; earlier ones follow its answer
    stale = resellers.body(tx, "ticket.add", {**resellers.view(tx, seller, listing), "id": None}) != claim.body
    resellers.publish(tx, seller, claim.record, external_id=own_id, display_price=_display_price_of(listing, reply))
    if stale:
        resellers.notify_seller_of_listing(tx, "ticket.update", listing, seller)


def _display_price_of(listing: Record, reply: Record) -> Money | None:
    """Return an answer's display price, an object or an amount in the listing's currency, or None."""
    price = reply.get("display_price")
    price = price if isinstance(price, dict) else {"amount": price}
    try:
        cents = wire.minor(price["amount"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    currency = _text(price.get("currency")) or listing["display_price"]["currency"]
    return wire.price(currency, cents) if cents >= 0 else None


def listing_updated(tx: Tx, seller: resellers.Reseller, claim: outbox.Claim, reply: Record) -> None:
    """Store a reseller's id and price of a changed listing."""
    own_id, listing = _text(reply.get("listing_id")), records.get(tx, wire.LISTING, claim.record)
    if reply.get("success") in YES and own_id and listing:
        price = _display_price_of(listing, reply)
        resellers.publish(tx, seller, claim.record, external_id=own_id, **({"display_price": price} if price else {}))


def listing_deleted(tx: Tx, seller: resellers.Reseller, claim: outbox.Claim, reply: Record) -> None:
    """Delete a reseller's id of a listing that it has deleted."""
    if reply.get("success") in YES:
        resellers.publish(tx, seller, claim.record, external_id=None)


def order_answered(tx: Tx, seller: resellers.Reseller, claim: outbox.Claim, reply: Record) -> None:
    """Take over a reseller's status of an order: stored as sent, and followed where the flow allows."""
    status, order = _text(reply.get("order_status")), records.get(tx, wire.ORDER, claim.record)
    if not status or order is None or order["reseller"] != seller.id:
        return
    order["answered_status"] = status
    records.update(tx, wire.ORDER, order)
    if status in orders.FLOW.moves.get(order["status"], ()):
        orders.move(tx, order, status)


def broker_authenticated(tx: Tx, seller: resellers.Reseller, claim: outbox.Claim, reply: Record) -> None:
    """Link a broker's account to the reseller's, or remove the link when the reseller does not know it."""
    own_id = _text(reply.get("broker_id"))
    if reply.get("success") in YES and own_id:
        resellers.connect(tx, seller.id, claim.record, own_id, connected=True)
        resellers.notify_missed(tx, seller)


ACTS: dict[str, Callable[[Tx, resellers.Reseller, outbox.Claim, Record], None]] = {
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
"""The effect of the answer to each notice. Other answers only tell whether the notice was accepted."""
