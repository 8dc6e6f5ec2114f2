"""Notices: who hears each, in its own dialect and under its own ids, and what it is told of later because it missed it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping

from mockmarket import stock
from mockmarket.store import Read, Tx, endpoints, outbox, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.tixstock.rules import resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import envelopes, resources
from mockmarket.vendors.tixstock.wire.kinds import (
    BROKER,
    EVENT,
    HOLD_NOTICE,
    LISTING,
    NAME,
    ORDER,
    PUBLICATION,
    UNSETTLED,
)

Data = Mapping[str, object]
DataFor = Callable[[Reseller], Data | None]
"""Gives what a reseller is told, or None when it is not concerned."""


def type_of(read: Read, notice: str) -> str:
    """Return a notice's `meta.type`: its name, or the text of the setting where the vendor's is not known."""
    setting = UNSETTLED.get(notice)
    return str(read.store.settings[NAME][setting]) if setting else notice


def notice(tx: Tx, type: str, kind: Kind, record: str, data: Data) -> outbox.Notice:
    """Make a notice."""
    body = envelopes.body(type_of(tx, type), data)
    return outbox.Notice(NAME, type, tx.ids.ulid(tx.now).lower(), kind.name, record, body)


def notify(tx: Tx, type: str, kind: Kind, record: str, data_for: DataFor) -> set[str]:
    """Tell every reseller that listens and is concerned; there is no notice when none is.

    Returns the resellers to whom it goes out: not those whose every endpoint is muted or disabled.
    """
    listening = {point: resellers.at_endpoint(tx, point) for point in endpoints.all(tx, NAME) if point.wants(type)}
    data_at = {point: data_for(seller) for point, seller in listening.items()}
    heard = {point: data for point, data in data_at.items() if data is not None}
    if not heard:
        return set()
    bodies = {point.id: envelopes.body(type_of(tx, type), data) for point, data in heard.items()}
    first = notice(tx, type, kind, record, next(iter(heard.values())))
    outbox.announce(tx, first, lambda endpoint: bodies.get(endpoint.id))
    return {listening[point].id for point in heard if point.state(tx.now) == "active"}


def notify_seller(tx: Tx, type: str, kind: Kind, record: str, seller: Reseller, data: Data) -> None:
    """Tell one reseller, at each endpoint of its own; the notice is kept even when there is none."""
    own = {point.id for point in endpoints.all(tx, NAME) if resellers.at_endpoint(tx, point).id == seller.id}
    message = notice(tx, type, kind, record, data)
    outbox.announce(tx, message, lambda endpoint: message.body if endpoint.id in own else None)


def concerned(tx: Tx, seller: Reseller, listing: Record, event: str) -> bool:
    """Tell whether a reseller hears of a listing, which it does while it sells it; what it does not hear of is noted as missed."""
    if resellers.sells(tx, seller, listing["broker_id"], event):
        return True
    if not seller.is_partner:
        resellers.publish(tx, seller, listing["id"], missed={"broker_id": listing["broker_id"], "event": event})
    return False


def view(read: Read, seller: Reseller, listing: Record, event: Record) -> Data:
    """Return a listing as a reseller sees it: its own ids and, if it said one, its own display price."""
    if seller.is_partner:
        broker = records.get(read, BROKER, listing["broker_id"]) or {"id": listing["broker_id"], "name": ""}
        return resources.for_partner(listing, broker, event, None)
    published = resellers.publication(read, seller, listing["id"])
    own = listing | {
        "broker_id": resellers.broker_id(read, seller, listing["broker_id"]) or listing["broker_id"],
        "display_price": published["display_price"] or listing["display_price"],
    }
    event_id = resellers.event_id(read, seller, event["id"]) or ""
    return resources.for_reseller(own, published["external_id"], event, event_id)


def event_of(read: Read, listing: Record) -> Record:
    """Return the event of a listing."""
    return records.get(read, EVENT, records.own(read, LISTING, listing["id"])["event"]) or {}


def notify_of_listing(tx: Tx, type: str, listing: Record, besides: Container[str | None] = ()) -> None:
    """Tell resellers of a listing with its whole resource: of a new one all, of a changed one those that have published it."""
    event = event_of(tx, listing)

    def data_for(seller: Reseller) -> Data | None:
        published = resellers.external_id(tx, seller, listing["id"]) is not None
        if seller.is_partner or seller.id in besides or published == (type == "ticket.add"):
            return None
        return view(tx, seller, listing, event) if concerned(tx, seller, listing, event["id"]) else None

    if event:
        notify(tx, type, LISTING, listing["id"], data_for)


def changed_since(read: Read, seller: Reseller, listing: Record, body: bytes) -> bool:
    """Tell whether a listing that a reseller has yet to publish is no longer what the body of its ticket.add says."""
    data = {**view(read, seller, listing, event_of(read, listing)), "id": None}
    return envelopes.body(type_of(read, "ticket.add"), data) != body


def notify_seller_of_listing(tx: Tx, type: str, listing: Record, seller: Reseller) -> None:
    """Tell one reseller of a listing with its whole resource, if it sells it."""
    event = event_of(tx, listing)
    if event and concerned(tx, seller, listing, event["id"]):
        data = view(tx, seller, listing, event)
        notify(tx, type, LISTING, listing["id"], lambda hearer: data if hearer.id == seller.id else None)


def notify_missed(tx: Tx, seller: Reseller) -> None:
    """Bring a reseller up to date on every listing that changed while it did not sell it, and that it sells now."""
    for publication in records.find(tx, PUBLICATION, ("reseller", "=", seller.id)):
        missed = publication.get("missed")
        if missed and resellers.sells(tx, seller, missed["broker_id"], missed["event"]):
            resellers.publish(tx, seller, publication["listing_id"], missed=None)
            catch_up(tx, seller, publication)


def catch_up(tx: Tx, seller: Reseller, publication: Record) -> None:
    """Tell a reseller of one listing: that it is new or has changed, or, if it has it, that it is gone."""
    id, own_id = publication["listing_id"], publication["external_id"]
    listing = records.get(tx, LISTING, id)
    if listing is not None:
        notify_seller_of_listing(tx, "ticket.add" if own_id is None else "ticket.update", listing, seller)
    elif own_id is not None:
        data = {"listing_id": own_id}
        notify(tx, "ticket.delete", LISTING, id, lambda hearer: data if hearer.id == seller.id else None)


def notify_of_sale(tx: Tx, listing: Record, change: stock.Change, besides: str | None, order: Data | None) -> None:
    """Tell the other resellers that have a listing of a sale."""

    def data_for(seller: Reseller) -> Data | None:
        own_id = heard_under(tx, seller, listing, change)
        return None if own_id is None or seller.id == besides else sold(tx, seller, own_id, listing, change, order)

    notify(tx, "ticket.sold", LISTING, listing["id"], data_for)


def notify_of_hold(tx: Tx, listing: Record, change: stock.Change, besides: str | None) -> None:
    """Tell the other resellers that have a listing of a hold, and note whom."""

    def data_for(seller: Reseller) -> Data | None:
        return None if seller.id == besides else difference(tx, seller, listing, change, "hold")

    note_hold(tx, change, notify(tx, "ticket.hold", LISTING, listing["id"], data_for))


def notify_of_release(tx: Tx, listing: Record, change: stock.Change, besides: str | None) -> None:
    """Tell the other resellers that have a listing of a release: who was never told of the hold gets the listing as it is now."""
    aware = settle_hold(tx, change)

    def data_for(seller: Reseller) -> Data | None:
        hears = seller.id != besides and seller.id in aware
        return difference(tx, seller, listing, change, "release") if hears else None

    notify(tx, "ticket.release", LISTING, listing["id"], data_for)
    notify_of_listing(tx, "ticket.update", listing, {besides, *aware})


def note_hold(tx: Tx, change: stock.Change, heard: Collection[str]) -> None:
    """Add a hold's tickets to what these resellers were told of it; it may be a hold of any vendor's."""
    if heard:
        resellers = told_of_hold(tx, change)
        quantities = resellers | {seller: resellers.get(seller, 0) + change.quantity for seller in heard}
        records.put(tx, HOLD_NOTICE, {"id": hold_id(change), "told": quantities})


def settle_hold(tx: Tx, change: stock.Change) -> set[str]:
    """Take a release's tickets off what resellers were told of the hold; returns those who were told of as many."""
    resellers = told_of_hold(tx, change)
    aware = {seller for seller, quantity in resellers.items() if quantity >= change.quantity}
    rest = {seller: resellers[seller] - change.quantity for seller in aware if resellers[seller] > change.quantity}
    if rest:
        records.put(tx, HOLD_NOTICE, {"id": hold_id(change), "told": rest})
    else:
        records.delete(tx, HOLD_NOTICE, hold_id(change))
    return aware


def told_of_hold(tx: Tx, change: stock.Change) -> dict[str, int]:
    """Return how many tickets of a hold each reseller was told of."""
    record = records.get(tx, HOLD_NOTICE, hold_id(change))
    return dict(record["told"]) if record else {}


def hold_id(change: stock.Change) -> str:
    """Return the id under which a hold's notices are noted: holds of different vendors may have the same."""
    return resellers.joint(change.vendor, change.record, change.stock.id)


def difference(tx: Tx, seller: Reseller, listing: Record, change: stock.Change, what: str) -> Data | None:
    """Write by how much a hold or a release changes what a reseller has of a listing; None when it does not hear of it."""
    own_id = heard_under(tx, seller, listing, change)
    key = "id" if seller.is_partner else "external_id"
    return None if own_id is None else {key: own_id, f"{what}_quantity": change.quantity}


def heard_under(tx: Tx, seller: Reseller, listing: Record, change: stock.Change) -> str | None:
    """Return a reseller's own id for a listing that it hears of; None for one that it has not published or does not sell."""
    own_id = resellers.external_id(tx, seller, listing["id"])
    return own_id if own_id is not None and concerned(tx, seller, listing, change.stock.event) else None


def sold(tx: Tx, seller: Reseller, own_id: str, listing: Record, change: stock.Change, order: Data | None) -> Data:
    """Write what is told of a sale; whoever pushed the listing to all resellers sees the order too (public: sold webhook)."""
    first = next(iter(stock.choose(tx, change.stock, 1)), None) if change.stock.free else None
    data = {
        "listing_id": own_id, "sold_quantity": change.quantity, "quantity": change.stock.free, "first_seat": first,
    }  # fmt: skip
    pushed = listing["push_to_all"] and records.own(tx, LISTING, listing["id"])["origin"] == seller.id
    return data | ({"order_details": order} if pushed and order else {})


def notify_of_event(tx: Tx, type: str, event: Record) -> None:
    """Tell the resellers to which an event is assigned (document: update and cancel event)."""

    def data_for(seller: Reseller) -> Data | None:
        own_id = None if seller.is_partner else resellers.event_id(tx, seller, event["id"])
        return None if own_id is None else resources.told_event(event, own_id)

    notify(tx, type, EVENT, event["id"], data_for)


def order_owner(read: Read, order: Record) -> Reseller:
    """Return the reseller whose order this is."""
    return resellers.reseller(read, order["reseller"], order.get("dialect"))


def notify_of_order(tx: Tx, type: str, order: Record, data: Data) -> None:
    """Tell the reseller whose order it is."""
    notify_seller(tx, type, ORDER, order["tixstock_id"], order_owner(tx, order), data)
