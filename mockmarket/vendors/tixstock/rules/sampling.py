"""Samples: a notice about a record that exists, in the words of the reseller who would hear it first."""

from __future__ import annotations

from mockmarket import stock
from mockmarket.errors import Invalid
from mockmarket.store import Read, Tx, endpoints, outbox, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.records.orders import Order
from mockmarket.vendors.tixstock.rules import notifications, orders, resellers, stock_sync


def sample(tx: Tx, type: str, record: str | None) -> outbox.Notice:
    """Make a notice about the record of this id, or the newest, as if what the notice is of had just happened."""
    kind = wire.KIND_OF[type.partition(".")[0]]
    about = record_or_newest(tx, kind, record)
    first = next(iter(endpoints.all(tx, wire.NAME)), None)
    seller = resellers.at_endpoint(tx, first) if first else resellers.Reseller("")
    return notifications.notice(tx, type, str(about[kind.id]), data_of(tx, type, about, seller))


def record_or_newest(read: Read, kind: Kind, id: str | None) -> Record:
    """Return the record with this id, or the newest; NotFound when there is none."""
    if kind is wire.ORDER and id:
        return orders.by_id(read, id)
    record = records.get(read, kind, id) if id else records.first(read, kind, order=[("rowid", "desc")])
    return resellers.required(record, f"There is no {kind.name} {id or 'yet'}.")


def data_of(tx: Tx, type: str, about: Record, seller: resellers.Reseller) -> notifications.Data:
    """Write what a notice would say."""
    match type.split("."):
        case ["event", what]:
            status = {"status": "Cancelled"} if what == "cancel" else {}
            own_id = resellers.event_id(tx, seller, about["id"]) or about["id"]
            return wire.notified_event(about | status, own_id)
        case ["ticket", what]:
            return of_listing(tx, what, about, seller)
        case ["order", what]:
            return wire.view(about, Order) if what == "update" else of_first_ticket(tx, about)
        case ["broker", "authenticate"]:
            return notifications.credentials(about, about["username"], "password")
        case _:
            return {"broker_id": resellers.broker_id(tx, seller, about["id"]) or about["id"]}


def of_listing(tx: Tx, what: str, listing: Record, seller: resellers.Reseller) -> notifications.Data:
    """Write what a notice about a listing would say: of one ticket, where it is of some."""
    own_id = resellers.external_id(tx, seller, listing["id"]) or listing["id"]
    match what:
        case "add" | "update":
            data = notifications.view(tx, seller, listing, notifications.event_of(tx, listing))
            return {**data, "id": None} if what == "add" else data
        case "delete":
            return {"listing_id": own_id}
        case "sold":
            seats = stock_sync.stock_of(tx, listing["id"])
            return notifications.sale(tx, listing, stock.Change("sold", seats, 1, wire.NAME, ""), None)(seller, own_id)
        case _:
            return notifications.difference(what, 1)(seller, own_id)


def of_first_ticket(tx: Tx, order: Record) -> notifications.Data:
    """Write what the notice of the fulfilment of an order's first ticket would say."""
    places = orders.places_of(tx, order)
    if not places:
        raise Invalid(f"Order {order['id']} has no tickets.")
    return orders.hand_over(tx, order, places[0], 1, ())
