"""Notices: who hears each, in its own dialect and under its own ids, and what it is notified of later because it missed it."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

from mockmarket import stock
from mockmarket.store import Read, Tx, endpoints, outbox, records
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.rules import resellers
from mockmarket.webhooks.encoding import php

Data = Mapping[str, object]
DataFor = Callable[[resellers.Reseller], Data | None]
"""Gives what a reseller is notified of, or None when it is not concerned."""
DataUnder = Callable[[resellers.Reseller, str], Data]
"""Gives what a reseller is notified of that has a listing under this id of its own."""


def body(read: Read, type: str, data: Data) -> bytes:
    """Write a notice's body: `meta.type` is its name, or the text of the setting where the vendor's is not known."""
    setting = wire.UNSETTLED.get(type)
    return php({"data": data, "meta": {"type": str(read.store.settings[wire.NAME][setting]) if setting else type}})


def notice(tx: Tx, type: str, record: str, data: Data) -> outbox.Notice:
    """Make a notice."""
    kind, written = wire.KIND_OF[type.partition(".")[0]], body(tx, type, data)
    return outbox.Notice(wire.NAME, type, tx.ids.ulid(tx.now).lower(), kind.name, record, written)


def notify(tx: Tx, type: str, record: str, data_for: DataFor) -> set[str]:
    """Notify every reseller that listens and is concerned; returns those to whom it goes out, not muted or disabled at every endpoint."""
    listening = {point: resellers.at_endpoint(tx, point) for point in endpoints.all(tx, wire.NAME) if point.wants(type)}
    heard = {point: data for point, seller in listening.items() if (data := data_for(seller)) is not None}
    if not heard:
        return set()
    bodies = {point.id: body(tx, type, data) for point, data in heard.items()}
    first = notice(tx, type, record, next(iter(heard.values())))
    outbox.announce(tx, first, lambda endpoint: bodies.get(endpoint.id))
    return {listening[point].id for point in heard if point.state(tx.now) == "active"}


def notify_seller(tx: Tx, type: str, record: str, seller: resellers.Reseller, data: Data) -> None:
    """Notify one reseller, at each endpoint of its own; the notice is kept even when there is none."""
    own = {point.id for point in endpoints.all(tx, wire.NAME) if resellers.at_endpoint(tx, point).id == seller.id}
    message = notice(tx, type, record, data)
    outbox.announce(tx, message, lambda endpoint: message.body if endpoint.id in own else None)


def concerned(tx: Tx, seller: resellers.Reseller, listing: Record, event: str) -> bool:
    """Tell whether a reseller hears of a listing, which it does while it sells it; what it does not hear of is noted as missed."""
    if resellers.sells(tx, seller, listing["broker_id"], event):
        return True
    if not seller.is_partner:
        resellers.publish(tx, seller, listing["id"], missed={"broker_id": listing["broker_id"], "event": event})
    return False


def view(read: Read, seller: resellers.Reseller, listing: Record, event: Record) -> Data:
    """Return a listing as a reseller sees it: its own ids and, if it said one, its own display price."""
    if seller.is_partner:
        broker = records.get(read, wire.BROKER, listing["broker_id"])
        return wire.for_partner(listing, broker["name"] if broker else "", event, None)
    published = resellers.publication(read, seller, listing["id"])
    own = listing | {
        "broker_id": resellers.broker_id(read, seller, listing["broker_id"]) or listing["broker_id"],
        "display_price": published["display_price"] or listing["display_price"],
    }
    event_id = resellers.event_id(read, seller, event["id"]) or ""
    return wire.for_reseller(own, published["external_id"], event, event_id)


def event_of(read: Read, listing: Record) -> Record:
    """Return the event of a listing."""
    return records.get(read, wire.EVENT, records.own(read, wire.LISTING, listing["id"])["event"]) or {}


def notify_of_listing(tx: Tx, type: str, listing: Record, besides: Container[str | None] = ()) -> None:
    """Notify resellers of a listing with its whole resource: of a new one all, of a changed one those that have published it."""
    event = event_of(tx, listing)

    def data_for(seller: resellers.Reseller) -> Data | None:
        published = resellers.external_id(tx, seller, listing["id"]) is not None
        if seller.is_partner or seller.id in besides or published == (type == "ticket.add"):
            return None
        return view(tx, seller, listing, event) if concerned(tx, seller, listing, event["id"]) else None

    if event:
        notify(tx, type, listing["id"], data_for)


def notify_seller_of_listing(tx: Tx, type: str, listing: Record, seller: resellers.Reseller) -> None:
    """Notify one reseller of a listing with its whole resource, if it sells it."""
    event = event_of(tx, listing)
    if event and concerned(tx, seller, listing, event["id"]):
        data = view(tx, seller, listing, event)
        notify(tx, type, listing["id"], lambda hearer: data if hearer.id == seller.id else None)


def notify_missed(tx: Tx, seller: resellers.Reseller) -> None:
    """Bring a reseller up to date on every listing that changed while it did not sell it, and that it sells now."""
    for publication in records.find(tx, wire.PUBLICATION.kind, ("reseller", "=", seller.id)):
        missed = publication.get("missed")
        if missed and resellers.sells(tx, seller, missed["broker_id"], missed["event"]):
            resellers.publish(tx, seller, publication["listing_id"], missed=None)
            catch_up(tx, seller, publication)


def catch_up(tx: Tx, seller: resellers.Reseller, publication: Record) -> None:
    """Notify a reseller of one listing: that it is new or has changed, or, if it has it, that it is gone."""
    id, own_id = publication["listing_id"], publication["external_id"]
    listing = records.get(tx, wire.LISTING, id)
    if listing is not None:
        notify_seller_of_listing(tx, "ticket.add" if own_id is None else "ticket.update", listing, seller)
    elif own_id is not None:
        notify(tx, "ticket.delete", id, lambda hearer: {"listing_id": own_id} if hearer.id == seller.id else None)


def notify_publishers(
    tx: Tx, type: str, listing: Record, by: str | None, data_for: DataUnder, among: Container[str] | None = None
) -> set[str]:
    """Notify the resellers that have published a listing and sell it, but who did it; only `among` these where it is given."""
    event = records.own(tx, wire.LISTING, listing["id"])["event"]

    def data_of(seller: resellers.Reseller) -> Data | None:
        hears = seller.id != by and (among is None or seller.id in among)
        own_id = resellers.external_id(tx, seller, listing["id"]) if hears else None
        return None if own_id is None or not concerned(tx, seller, listing, event) else data_for(seller, own_id)

    return notify(tx, type, listing["id"], data_of)


def notify_of_hold(tx: Tx, listing: Record, change: stock.Change, by: str | None) -> None:
    """Notify the other resellers that have a listing of a hold, and note whom and of how many tickets."""
    heard = notify_publishers(tx, "ticket.hold", listing, by, difference("hold", change.quantity))
    if heard:
        quantities = notified_of_hold(tx, change)
        note_hold(tx, change, quantities | {id: quantities.get(id, 0) + change.quantity for id in heard})


def notify_of_release(tx: Tx, listing: Record, change: stock.Change, by: str | None) -> None:
    """Notify the other resellers of a release: who was never notified of the hold gets the listing as it is now."""
    aware = {id: count for id, count in notified_of_hold(tx, change).items() if count >= change.quantity}
    note_hold(tx, change, {id: count - change.quantity for id, count in aware.items() if count > change.quantity})
    notify_publishers(tx, "ticket.release", listing, by, difference("release", change.quantity), aware)
    notify_of_listing(tx, "ticket.update", listing, {by, *aware})


def notified_of_hold(tx: Tx, change: stock.Change) -> dict[str, int]:
    """Return of how many tickets of a hold each reseller was notified; it may be a hold of any vendor's."""
    record = records.get(tx, wire.HOLD_NOTICE, hold_id(change))
    return dict(record["told"]) if record else {}


def note_hold(tx: Tx, change: stock.Change, quantities: Mapping[str, int]) -> None:
    """Keep of how many tickets of a hold each reseller was notified."""
    if quantities:
        records.put(tx, wire.HOLD_NOTICE, {"id": hold_id(change), "told": quantities})
    else:
        records.delete(tx, wire.HOLD_NOTICE, hold_id(change))


def hold_id(change: stock.Change) -> str:
    """Return the id under which a hold's notices are noted: holds of different vendors may have the same."""
    return f"{change.vendor}:{change.record}:{change.stock.id}"


def difference(what: str, quantity: int) -> DataUnder:
    """Return what writes by how much a hold or a release changes what a reseller has of a listing."""
    return lambda seller, own_id: {"id" if seller.is_partner else "external_id": own_id, f"{what}_quantity": quantity}


def sale(tx: Tx, listing: Record, change: stock.Change, order: Data | None) -> DataUnder:
    """Return what writes a notice of a sale; whoever pushed the listing to all resellers sees the order too (public: sold webhook)."""
    first = next(iter(stock.choose(tx, change.stock, 1)), None) if change.stock.free else None
    numbers = {"sold_quantity": change.quantity, "quantity": change.stock.free, "first_seat": first}
    pushed_by = records.own(tx, wire.LISTING, listing["id"])["origin"] if listing["push_to_all"] and order else None

    def data_for(seller: resellers.Reseller, own_id: str) -> Data:
        return {"listing_id": own_id, **numbers, **({"order_details": order} if seller.id == pushed_by else {})}

    return data_for


def notify_of_event(tx: Tx, type: str, event: Record) -> None:
    """Notify the resellers to which an event is assigned (document: update and cancel event)."""

    def data_for(seller: resellers.Reseller) -> Data | None:
        own_id = None if seller.is_partner else resellers.event_id(tx, seller, event["id"])
        return None if own_id is None else wire.notified_event(event, own_id)

    notify(tx, type, event["id"], data_for)


def order_owner(read: Read, order: Record) -> resellers.Reseller:
    """Return the reseller whose order this is."""
    return resellers.reseller(read, order["reseller"], order.get("dialect"))


def notify_of_order(tx: Tx, type: str, order: Record, data: Data) -> None:
    """Notify the reseller whose order it is."""
    notify_seller(tx, type, order["tixstock_id"], order_owner(tx, order), data)


def credentials(broker: Record, username: str, password: str) -> Data:
    """Write what a reseller is to check of a broker (public: the password in clear)."""
    is_open = wire.yes_no(broker["open"])
    return {"username": username, "password": password, "tixstock_account_is_open": is_open}
