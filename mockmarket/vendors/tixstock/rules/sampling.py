"""Samples: a notice about a record that exists, in the words of the reseller who would hear it first."""

from __future__ import annotations

from mockmarket import stock
from mockmarket.errors import Invalid, NotFound
from mockmarket.store import Read, Tx, endpoints, outbox, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.tixstock.rules import brokers, fulfilment, notifications, orders, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import orders as words
from mockmarket.vendors.tixstock.wire import resources
from mockmarket.vendors.tixstock.wire.kinds import BROKER, EVENT, LISTING, NAME, ORDER

KINDS = {"event": EVENT, "ticket": LISTING, "order": ORDER, "broker": BROKER}


def sample(tx: Tx, type: str, record: str | None) -> outbox.Notice:
    """Make a notice about the record of this id, or the newest, as if what the notice tells of had just happened."""
    kind = KINDS[type.partition(".")[0]]
    about = record_or_newest(tx, kind, record)
    id = str(about[kind.id])
    return notifications.notice(tx, type, kind, id, data_of(tx, type, about, listener(tx)))


def listener(read: Read) -> Reseller:
    """Return the reseller at the oldest endpoint, or one that nobody declared."""
    rows = endpoints.all(read, NAME)
    return resellers.at_endpoint(read, rows[0]) if rows else Reseller("")


def record_or_newest(read: Read, kind: Kind, id: str | None) -> Record:
    """Return the record with this id, or the newest; NotFound when there is none."""
    if kind is ORDER and id:
        return orders.by_id(read, id)
    rows = [records.get(read, kind, id)] if id else records.find(read, kind, order=[("rowid", "desc")], limit=1)
    if not rows or rows[0] is None:
        raise NotFound(f"There is no {kind.name} {id or 'yet'}.")
    return rows[0]


def data_of(tx: Tx, type: str, about: Record, seller: Reseller) -> notifications.Data:
    """Write what a notice would say."""
    group = type.partition(".")[0]
    if group == "event":
        status = {"status": "Cancelled"} if type == "event.cancel" else {}
        return resources.told_event(about | status, resellers.event_id(tx, seller, about["id"]) or about["id"])
    if group == "ticket":
        return of_listing(tx, type, about, seller)
    if group == "order":
        return of_order(tx, type, about)
    if type == "broker.authenticate":
        return brokers.credentials(about, about["username"], "password")
    return {"broker_id": resellers.broker_id(tx, seller, about["id"]) or about["id"]}


def of_listing(tx: Tx, type: str, listing: Record, seller: Reseller) -> notifications.Data:
    """Write what a notice about a listing would say: of one ticket, where it is of some."""
    own_id = resellers.external_id(tx, seller, listing["id"]) or listing["id"]
    if type in ("ticket.add", "ticket.update"):
        data = notifications.view(tx, seller, listing, notifications.event_of(tx, listing))
        return {**data, "id": None} if type == "ticket.add" else data
    if type == "ticket.delete":
        return {"listing_id": own_id}
    if type == "ticket.sold":
        seats = stock.get(tx, records.own(tx, LISTING, listing["id"])["stock"])
        return notifications.sold(tx, seller, own_id, listing, stock.Change("sold", seats, 1, NAME, ""), None)
    key = "id" if seller.is_partner else "external_id"
    return {key: own_id, f"{type.removeprefix('ticket.')}_quantity": 1}


def of_order(tx: Tx, type: str, order: Record) -> notifications.Data:
    """Write what a notice about an order would say: a fulfilment is of its first ticket."""
    if type == "order.update":
        return words.shown(order)
    places = fulfilment.places_of(tx, order)
    if not places:
        raise Invalid(f"Order {order['id']} has no tickets.")
    return fulfilment.hand_over(tx, order, places[0], 1, ())
