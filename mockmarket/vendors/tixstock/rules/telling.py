"""Telling: who hears a notice, each in its own dialect and under its own ids."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from typing import Any

from mockmarket import stock
from mockmarket.store import Read, Tx, endpoints, outbox, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.tixstock.rules import hold_notices, resellers, selling
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import envelopes, resources
from mockmarket.vendors.tixstock.wire.kinds import BROKER, EVENT, LISTING, NAME, ORDER, UNSETTLED

Data = Mapping[str, object]
Say = Callable[[Reseller], Data | None]
"""Gives what a reseller is told, or None when it is not concerned."""


def type_of(read: Read, notice: str) -> str:
    """Return a notice's `meta.type`: its name, or the text of the setting where the vendor's is not known."""
    setting = UNSETTLED.get(notice)
    return str(read.store.settings[NAME][setting]) if setting else notice


def notice(tx: Tx, type: str, kind: Kind, record: str, data: Data) -> outbox.Notice:
    """Make a notice."""
    return outbox.Notice(
        NAME, type, tx.ids.ulid(tx.now).lower(), kind.name, record, envelopes.body(type_of(tx, type), data)
    )


def tell(tx: Tx, type: str, kind: Kind, record: str, say: Say) -> set[str]:
    """Tell every reseller that listens and is concerned; there is no notice when none is.

    Returns the resellers to whom it goes out: not those whose every endpoint is muted or disabled.
    """
    listening = {one: resellers.at_endpoint(tx, one) for one in endpoints.all(tx, NAME) if one.wants(type)}
    said = {one: say(who) for one, who in listening.items()}
    heard = {one: data for one, data in said.items() if data is not None}
    if not heard:
        return set()
    made = notice(tx, type, kind, record, next(iter(heard.values())))
    bodies = {one.id: envelopes.body(type_of(tx, type), data) for one, data in heard.items()}
    outbox.announce(tx, made, lambda endpoint: bodies.get(endpoint.id))
    return {listening[one].id for one in heard if one.state(tx.now) == "active"}


def tell_one(tx: Tx, type: str, kind: Kind, record: str, who: Reseller, data: Data) -> list[int]:
    """Tell one reseller, at each endpoint of its own; the notice is kept even when there is none."""
    own = {one.id for one in endpoints.all(tx, NAME) if resellers.at_endpoint(tx, one).id == who.id}
    made = notice(tx, type, kind, record, data)
    return outbox.announce(tx, made, lambda endpoint: made.body if endpoint.id in own else None)


def concerned(tx: Tx, who: Reseller, listing: Record, event: str) -> bool:
    """Tell whether a reseller hears of a listing, which it does while it sells it; what it does not hear of is noted as missed."""
    if selling.sells(tx, who, listing["broker_id"], event):
        return True
    if not who.is_partner:
        resellers.publish(tx, who, listing["id"], missed={"broker_id": listing["broker_id"], "event": event})
    return False


def view(read: Read, who: Reseller, listing: Record, event: Record) -> Data:
    """Return a listing as a reseller sees it: its own ids and, if it said one, its own display price."""
    if who.is_partner:
        broker = records.get(read, BROKER, listing["broker_id"]) or {"id": listing["broker_id"], "name": ""}
        return resources.for_partner(listing, broker, event, None)
    published = resellers.publication(read, who, listing["id"])
    theirs = resellers.event_id(read, who, event["id"]) or ""
    shown = listing | {"broker_id": resellers.broker_id(read, who, listing["broker_id"]) or listing["broker_id"]}
    shown |= {"display_price": published["display_price"] or listing["display_price"]}
    return resources.for_reseller(shown, published["external_id"], event, theirs)


def tell_listing(tx: Tx, type: str, listing: Record, besides: Container[str | None] = ()) -> None:
    """Tell resellers of a listing with its whole resource: of a new one all, of a changed one those that have published it."""
    event = records.get(tx, EVENT, records.own(tx, LISTING, listing["id"])["event"])
    if event is None:
        return

    def say(who: Reseller) -> Data | None:
        published = resellers.external_id(tx, who, listing["id"]) is not None
        if who.is_partner or who.id in besides or published == (type == "ticket.add"):
            return None
        return view(tx, who, listing, event) if concerned(tx, who, listing, event["id"]) else None

    tell(tx, type, LISTING, listing["id"], say)


def changed_since(read: Read, who: Reseller, listing: Record, body: bytes) -> bool:
    """Tell whether a listing that a reseller has yet to publish is no longer what the body of its ticket.add says."""
    event = records.get(read, EVENT, records.own(read, LISTING, listing["id"])["event"]) or {}
    data = {**view(read, who, listing, event), "id": None}
    return envelopes.body(type_of(read, "ticket.add"), data) != body


def tell_of(tx: Tx, type: str, listing: Record, who: Reseller) -> None:
    """Tell one reseller of a listing with its whole resource, if it sells it."""
    event = records.get(tx, EVENT, records.own(tx, LISTING, listing["id"])["event"])
    if event is not None and concerned(tx, who, listing, event["id"]):
        data = view(tx, who, listing, event)
        tell(tx, type, LISTING, listing["id"], lambda hearer: data if hearer.id == who.id else None)


def tell_sale(tx: Tx, listing: Record, change: stock.Change, besides: str | None, order: Data | None) -> None:
    """Tell the other resellers that have a listing of a sale."""

    def say(who: Reseller) -> Data | None:
        theirs = heard_under(tx, who, listing, change)
        return None if theirs is None or who.id == besides else sold(tx, who, theirs, listing, change, order)

    tell(tx, "ticket.sold", LISTING, listing["id"], say)


def tell_hold(tx: Tx, listing: Record, change: stock.Change, besides: str | None) -> None:
    """Tell the other resellers that have a listing of a hold, and note whom."""

    def say(who: Reseller) -> Data | None:
        return None if who.id == besides else difference(tx, who, listing, change, "hold")

    hold_notices.note(tx, change, tell(tx, "ticket.hold", LISTING, listing["id"], say))


def tell_release(tx: Tx, listing: Record, change: stock.Change, besides: str | None) -> None:
    """Tell the other resellers that have a listing of a release: who was never told of the hold gets the listing as it is now."""
    aware = hold_notices.settle(tx, change)

    def say(who: Reseller) -> Data | None:
        return None if who.id == besides or who.id not in aware else difference(tx, who, listing, change, "release")

    tell(tx, "ticket.release", LISTING, listing["id"], say)
    tell_listing(tx, "ticket.update", listing, {besides, *aware})


def difference(tx: Tx, who: Reseller, listing: Record, change: stock.Change, what: str) -> Data | None:
    """Write by how much a hold or a release changes what a reseller has of a listing; None when it does not hear of it."""
    theirs = heard_under(tx, who, listing, change)
    key = "id" if who.is_partner else "external_id"
    return None if theirs is None else {key: theirs, f"{what}_quantity": change.quantity}


def heard_under(tx: Tx, who: Reseller, listing: Record, change: stock.Change) -> str | None:
    """Return a reseller's own id for a listing that it hears of; None for one that it has not published or does not sell."""
    theirs = resellers.external_id(tx, who, listing["id"])
    return theirs if theirs is not None and concerned(tx, who, listing, change.stock.event) else None


def sold(tx: Tx, who: Reseller, theirs: str, listing: Record, change: stock.Change, order: Data | None) -> Data:
    """Write what is told of a sale; whoever pushed the listing to all resellers sees the order too (public: sold webhook)."""
    first = next(iter(stock.choose(tx, change.stock, 1)), None) if change.stock.free else None
    said: dict[str, Any] = {
        "listing_id": theirs,
        "sold_quantity": change.quantity,
        "quantity": change.stock.free,
        "first_seat": first,
    }
    pushed = listing["push_to_all"] and records.own(tx, LISTING, listing["id"])["origin"] == who.id
    return said | ({"order_details": order} if pushed and order else {})


def tell_event(tx: Tx, type: str, event: Record) -> set[str]:
    """Tell the resellers to which an event is assigned (document: update and cancel event)."""

    def say(who: Reseller) -> Data | None:
        theirs = None if who.is_partner else resellers.event_id(tx, who, event["id"])
        return None if theirs is None else resources.told_event(event, theirs)

    return tell(tx, type, EVENT, event["id"], say)


def order_owner(read: Read, order: Record) -> Reseller:
    """Return the reseller whose order this is."""
    return resellers.reseller(read, order["reseller"], order.get("dialect"))


def tell_order(tx: Tx, type: str, order: Record, data: Data) -> list[int]:
    """Tell the reseller whose order it is."""
    return tell_one(tx, type, ORDER, order["tixstock_id"], order_owner(tx, order), data)
