"""Resellers: what each may sell under which ids (every event under the vendor's, unless a record differs), and its notices."""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from mockmarket import stock
from mockmarket.errors import Forbidden, NotFound
from mockmarket.store import Read, Tx, endpoints, events, keys, outbox, records
from mockmarket.store.records import Condition, Kind, Record
from mockmarket.vendors.tixstock import wire
from mockmarket.vendors.tixstock.records import notices
from mockmarket.vendors.tixstock.records.listings import SeatDetails
from mockmarket.vendors.tixstock.records.orders import Order
from mockmarket.vendors.tixstock.records.values import STATUSES
from mockmarket.webhooks.encoding import php

PARTNER = "partner"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reseller:
    """A reseller of the exchange. The prefixes turn the vendor's ids into its own unless a record gives another; `order_statuses` are
    its own words for statuses of orders, with the vendor's."""

    id: str
    name: str = ""
    dialect: str = "reseller"
    events: str = "all"
    event_prefix: str = ""
    listing_prefix: str = ""
    order_statuses: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_partner(self) -> bool:
        """True when it uses the partners' API, with the vendor's own ids."""
        return self.dialect == PARTNER

    def prefix(self, kind: Kind) -> str:
        """Return the prefix of the reseller's own ids for a kind of record."""
        prefixes = {} if self.is_partner else {wire.EVENT: self.event_prefix, wire.LISTING: self.listing_prefix}
        return prefixes.get(kind, "")

    def order_status(self, word: str) -> str | None:
        """Return the vendor's status for a reseller's word, which may be the vendor's; None for a word that is neither."""
        return self.order_statuses.get(word) or (word if word in STATUSES else None)


def required(record: T | None, message: str) -> T:
    """Return a record; NotFound with this message when there is none."""
    if record is None:
        raise NotFound(message)
    return record


def reseller(read: Read, id: str, dialect: str | None = None) -> Reseller:
    """Return the reseller of this id, declared or not; `dialect` is its token's or endpoint's."""
    record = records.get(read, wire.RESELLER, id) or {"id": id}
    return Reseller(**record | ({"dialect": dialect} if dialect else {}))


def of_key(read: Read, key: keys.Key) -> Reseller:
    """Return the reseller of a token: the one that its owner names, else one of its own."""
    dialect = PARTNER if key.kind == PARTNER else key.owner.get("dialect")
    return reseller(read, str(key.owner.get("reseller") or key.id), dialect)


def at_endpoint(read: Read, endpoint: endpoints.Endpoint) -> Reseller:
    """Return the reseller of an endpoint: its owner is a reseller, or the token whose callback URL it is."""
    key = keys.get(read, endpoint.owner) if endpoint.owner else None
    return of_key(read, key) if key else reseller(read, endpoint.owner, endpoint.data.get("dialect"))


def known(read: Read) -> dict[str, Reseller]:
    """Return every reseller by id: declared, with a token, or with an endpoint."""
    declared = [reseller(read, record["id"]) for record in records.find(read, wire.RESELLER)]
    with_token = [of_key(read, key) for key in keys.all(read, wire.NAME)]
    listening = [at_endpoint(read, endpoint) for endpoint in endpoints.all(read, wire.NAME)]
    by_id: dict[str, Reseller] = {}
    for seller in declared + with_token + listening:
        by_id.setdefault(seller.id, seller)
    return by_id


def _related(relation: wire.Relation, read: Read, seller: Reseller, id: str) -> Record | None:
    return None if seller.is_partner else records.get(read, relation.kind, f"{seller.id}:{id}")


def own_id(relation: wire.Relation, read: Read, seller: Reseller, id: str) -> str | None:
    """Return a reseller's own id for a record of the exchange; None when it is not assigned, published or connected to it."""
    if stored := _related(relation, read, seller, id):
        key, off = relation.off
        return None if stored[key] == off else str(stored[relation.own_id])
    has_all = seller.is_partner or seller.events == "all" or relation is not wire.MAPPING
    return seller.prefix(relation.about) + id if has_all else None


event_id = partial(own_id, wire.MAPPING)
external_id = partial(own_id, wire.PUBLICATION)
broker_id = partial(own_id, wire.LINK)


def by_own_id(relation: wire.Relation, read: Read, seller: Reseller, own: str) -> Record | None:
    """Return the record of a reseller's own id, or None; a listing without one has the vendor's."""
    where: list[Condition] = [("reseller", "=", seller.id), ("theirs", "=", own)]
    stored = [] if seller.is_partner else records.find(read, relation.kind, *where)
    for id in [row[relation.id] for row in stored] or [own.removeprefix(seller.prefix(relation.about))]:
        record, known_as = records.get(read, relation.about, id), own_id(relation, read, seller, id)
        if record is not None and (known_as == own or (known_as is None and relation is wire.PUBLICATION)):
            return record
    return None


def meant(relation: wire.Relation, read: Read, seller: Reseller, column: str, own: str | None) -> list[Condition]:
    """Return the condition that a column has the record of a reseller's own id; no record meets it when there is none."""
    record = None if own is None else by_own_id(relation, read, seller, own)
    return [] if own is None else [(column, "=", record["id"] if record else "")]


def _stated(relation: wire.Relation, seller: str, id: str, own: str | None, **state: object) -> Record:
    return {"id": f"{seller}:{id}", "reseller": seller, relation.id: id, relation.own_id: own, **state}


def _state(relation: wire.Relation, tx: Tx, seller: str, id: str, own: str, **state: object) -> None:
    records.put(tx, relation.kind, _stated(relation, seller, id, own, **state))


put_mapping = partial(_state, wire.MAPPING, status="assigned")
connect = partial(_state, wire.LINK)
"""Store a reseller's own id of an event (by its `status`) or of a `connected` broker, or that it has none."""


def assigned(read: Read, seller: Reseller, column: str) -> list[Condition]:
    """Return the conditions on an event's id, in this column, that the event is assigned to a reseller."""
    if seller.is_partner:
        return []
    ids: dict[bool, list[str]] = {True: [], False: []}
    for mapping in records.find(read, wire.MAPPING.kind, ("reseller", "=", seller.id)):
        ids[mapping["status"] == "assigned"].append(mapping["tixstock_event_id"])
    return [(column, "!=", id) for id in ids[False]] if seller.events == "all" else [(column, "in", ids[True])]


def publication(read: Read, seller: Reseller, listing: str) -> Record:
    """Return a listing's publication by a reseller: its own id, None while unpublished, and its own price, if any."""
    stored, own = _related(wire.PUBLICATION, read, seller, listing), seller.prefix(wire.LISTING) + listing
    return stored or _stated(wire.PUBLICATION, seller.id, listing, own, display_price=None)


def publish(tx: Tx, seller: Reseller, listing: str, **values: object) -> None:
    """Store a reseller's members of a listing: `external_id` (None: not published), `display_price`."""
    records.put(tx, wire.PUBLICATION.kind, publication(tx, seller, listing) | values)


def get_listing(read: Read, seller: Reseller, own: str) -> Record:
    """Return the listing of a reseller's own id; NotFound when there is none."""
    return required(by_own_id(wire.PUBLICATION, read, seller, own), f"There is no listing {own}.")


def get_broker(read: Read, seller: Reseller, own: str) -> Record:
    """Return the broker connected to a reseller under its own id; NotFound when there is none."""
    return required(by_own_id(wire.LINK, read, seller, own), f"There is no broker {own} connected to you.")


def _is_linked(read: Read, seller: Reseller, broker: str, event: str) -> bool:
    return event_id(read, seller, event) is not None and broker_id(read, seller, broker) is not None


def _is_open(read: Read, broker: str) -> bool:
    record = records.get(read, wire.BROKER, broker)  # an undeclared broker is open
    return record is None or bool(record["open"])


def _sells(read: Read, seller: Reseller, broker: str, event: str) -> bool:
    return _is_linked(read, seller, broker, event) and _is_open(read, broker)


def sold_by(read: Read, seller: Reseller) -> list[Condition]:
    """Return the same rule as conditions on listings."""
    brokers = records.find(read, wire.BROKER)
    barred = [row["id"] for row in brokers if not row["open"] or broker_id(read, seller, row["id"]) is None]
    return [*assigned(read, seller, "event"), *(("broker", "!=", id) for id in barred)]


def is_coming(read: Read, event: str) -> bool:
    """Return whether an event has not begun and is not cancelled."""
    show = events.get(read, event)
    return show is not None and show.status != "cancelled" and show.starts_at > read.now


def sellable(read: Read, seller: Reseller, listing: Record) -> Record:
    """Return a listing whose tickets a reseller can hold and sell; Forbidden or NotFound says why it cannot."""
    own = external_id(read, seller, listing["id"]) or listing["id"]
    event = records.own(read, wire.LISTING, listing["id"])["event"]
    if not _is_linked(read, seller, listing["broker_id"], event):
        raise NotFound(f"There is no listing {own}.")
    if not _is_open(read, listing["broker_id"]):
        raise Forbidden(f"The account of the broker of listing {own} is closed: none of its tickets can be sold.")
    if not is_coming(read, event):
        raise NotFound(f"Listing {own} is of an event that is over or cancelled.")
    return listing


Among = Container[str] | None
Data = Mapping[str, object]
DataFor = Callable[[Reseller], Data | None]  # returns the data of a reseller's notice, or None when it is not concerned
DataUnder = Callable[[Reseller, str], Data]
"""Returns the data of a notice for a reseller that has the listing under this own id."""


def body(read: Read, type: str, data: Data) -> bytes:
    """Return a notice's body: `meta.type` is its name, or the value of the setting where the vendor's is unknown."""
    setting = wire.UNSETTLED.get(type)
    name = str(read.store.settings[wire.NAME][setting]) if setting else type
    written: notices.Notice[Data] = {"data": data, "meta": {"type": name}}
    return php(written)  # no data contains an empty object, which PHP would write as a list


def notice(tx: Tx, type: str, record: str, data: Data) -> outbox.Notice:
    """Return a notice about a record, by its id."""
    kind = wire.KIND_OF[type.partition(".")[0]]
    return outbox.Notice(wire.NAME, type, tx.ids.ulid(tx.now).lower(), kind.name, record, body(tx, type, data))


def notify(tx: Tx, type: str, record: str, data_for: DataFor) -> set[str]:
    """Notify every concerned reseller with an endpoint; returns those with an endpoint that is not muted or disabled."""
    listening = {point: at_endpoint(tx, point) for point in endpoints.all(tx, wire.NAME) if point.wants(type)}
    heard = {point: data for point, seller in listening.items() if (data := data_for(seller)) is not None}
    if not heard:
        return set()
    bodies = {point.id: body(tx, type, data) for point, data in heard.items()}
    message = notice(tx, type, record, next(iter(heard.values())))
    outbox.announce(tx, replace(message, body_for=lambda endpoint: bodies.get(endpoint.id)))
    return {listening[point].id for point in heard if point.state(tx.now) == "active"}


def notify_seller(tx: Tx, type: str, record: str, seller: Reseller, data: Data) -> None:
    """Notify one reseller at each of its endpoints; the notice is stored even without endpoints."""
    own = {point.id for point in endpoints.all(tx, wire.NAME) if at_endpoint(tx, point).id == seller.id}
    message = notice(tx, type, record, data)
    outbox.announce(tx, replace(message, hears=lambda endpoint: endpoint.id in own))


def _only(seller: Reseller, data: Data, hearer: Reseller) -> Data | None:
    return data if hearer.id == seller.id else None


def _concerned(tx: Tx, seller: Reseller, listing: Record, event: str) -> bool:
    """Return whether a reseller sells a listing and is notified of it; otherwise the change is stored as missed."""
    if _sells(tx, seller, listing["broker_id"], event):
        return True
    if not seller.is_partner:
        publish(tx, seller, listing["id"], missed={"broker_id": listing["broker_id"], "event": event})
    return False


def view(read: Read, seller: Reseller, listing: Record, event: Record | None = None) -> Data:
    """Return a listing as shown to a reseller: with its own ids and, if set, its own display price."""
    event = event or _event_of(read, listing)
    if seller.is_partner:
        broker = records.get(read, wire.BROKER, listing["broker_id"])
        return wire.for_partner(listing, broker["name"] if broker else "", event, None)
    published, broker_own = publication(read, seller, listing["id"]), broker_id(read, seller, listing["broker_id"])
    price = published["display_price"] or listing["display_price"]
    own = listing | {"broker_id": broker_own or listing["broker_id"], "display_price": price}
    return wire.for_reseller(own, published["external_id"], event, event_id(read, seller, event["id"]) or "")


def _event_of(read: Read, listing: Record) -> Record:
    return records.get(read, wire.EVENT, records.own(read, wire.LISTING, listing["id"])["event"]) or {}


def notify_of_listing(tx: Tx, type: str, listing: Record, besides: Container[str | None] = ()) -> None:
    """Notify resellers of a complete listing: of a new one all, of a changed one those that have published it."""
    event = _event_of(tx, listing)

    def data_for(seller: Reseller) -> Data | None:
        published = external_id(tx, seller, listing["id"]) is not None
        if seller.is_partner or seller.id in besides or published == (type == "ticket.add"):
            return None
        return view(tx, seller, listing, event) if _concerned(tx, seller, listing, event["id"]) else None

    if event:
        notify(tx, type, listing["id"], data_for)


def notify_seller_of_listing(tx: Tx, type: str, listing: Record, seller: Reseller) -> None:
    """Notify one reseller of a complete listing, if it sells it."""
    event = _event_of(tx, listing)
    if event and _concerned(tx, seller, listing, event["id"]):
        notify(tx, type, listing["id"], partial(_only, seller, view(tx, seller, listing, event)))


def notify_missed(tx: Tx, seller: Reseller) -> None:
    """Notify a reseller of every listing that it sells now and that was added, changed or deleted while it did not."""
    for stored in records.find(tx, wire.PUBLICATION.kind, ("reseller", "=", seller.id)):
        id, own_id, missed = stored["listing_id"], stored["external_id"], stored.get("missed")
        if not missed or not _sells(tx, seller, missed["broker_id"], missed["event"]):
            continue
        publish(tx, seller, id, missed=None)
        listing = records.get(tx, wire.LISTING, id)
        if listing is not None:
            notify_seller_of_listing(tx, "ticket.add" if own_id is None else "ticket.update", listing, seller)
        elif own_id is not None:
            ids = identifiers(tx, seller, missed["broker_id"], missed["event"], None)
            notify(tx, "ticket.delete", id, partial(_only, seller, {"listing_id": own_id, **ids}))


def notify_of_new_event(tx: Tx, seller: Reseller, event: str) -> None:
    """Notify a reseller of every listing of an event that is new to it: ticket.add, whose answer publishes the listing."""
    for listing in records.find(tx, wire.LISTING, ("event", "=", event)):
        if _related(wire.PUBLICATION, tx, seller, listing["id"]) is None:
            publish(tx, seller, listing["id"], external_id=None)
            notify_seller_of_listing(tx, "ticket.add", listing, seller)


def unassign(tx: Tx, seller: Reseller, event: str) -> None:
    """Take an event from a reseller until it adds it again; what it has published of it is kept for then."""
    own = event_id(tx, seller, event) or seller.event_prefix + event
    for listing in records.find(tx, wire.LISTING, ("event", "=", event)):
        publish(tx, seller, listing["id"])
    put_mapping(tx, seller.id, event, own, status="unassigned")


def identifiers(
    read: Read, seller: Reseller, broker: str, event: str, seats: SeatDetails | None
) -> notices.Identifiers:
    """Return what the document promises of notices on a listing and the detailed pages lack, in the receiver's own ids; nothing
    with `notice_identifiers` = `without`."""
    if read.store.settings[wire.NAME]["notice_identifiers"] == "without":
        return {}
    ids: notices.Identifiers = {"event_id": event_id(read, seller, event) or event}
    ids["broker_id"] = broker_id(read, seller, broker) or broker
    return {**ids, "seat_details": seats} if seats else ids


def identifiers_of(read: Read, seller: Reseller, listing: Record, event: str) -> notices.Identifiers:
    """Return the identifiers of a listing's notice."""
    return identifiers(read, seller, listing["broker_id"], event, listing["seat_details"])


def notify_publishers(
    tx: Tx, type: str, listing: Record, by: str | None, data_for: DataUnder, among: Among = None
) -> set[str]:
    """Notify the resellers that have published a listing and sell it, except the one that made the change; only `among` these if given."""

    def data_of(seller: Reseller) -> Data | None:
        hears = seller.id != by and (among is None or seller.id in among)
        own_id = external_id(tx, seller, listing["id"]) if hears else None
        if own_id is None:
            return None
        event = records.own(tx, wire.LISTING, listing["id"])["event"]
        if not _concerned(tx, seller, listing, event):
            return None
        return {**data_for(seller, own_id), **identifiers_of(tx, seller, listing, event)}

    return notify(tx, type, listing["id"], data_of)


def notify_of_hold(tx: Tx, listing: Record, change: stock.Change, by: str | None) -> None:
    """Notify the other resellers that have a listing of a hold, and store whom and of how many tickets."""
    if heard := notify_publishers(tx, "ticket.hold", listing, by, difference("hold", change.quantity)):
        quantities = _notified_of_hold(tx, change)
        _note_hold(tx, change, quantities | {id: quantities.get(id, 0) + change.quantity for id in heard})


def notify_of_release(tx: Tx, listing: Record, change: stock.Change, by: str | None) -> None:
    """Notify the other resellers of a release: those never notified of the hold get the current listing."""
    aware = {id: count for id, count in _notified_of_hold(tx, change).items() if count >= change.quantity}
    _note_hold(tx, change, {id: count - change.quantity for id, count in aware.items() if count > change.quantity})
    notify_publishers(tx, "ticket.release", listing, by, difference("release", change.quantity), aware)
    notify_of_listing(tx, "ticket.update", listing, {by, *aware})


def notify_of_return(tx: Tx, listing: Record, change: stock.Change, by: str | None) -> None:
    """Notify the other resellers of sold seats that are back on sale: partners of their number, resellers of the current listing."""
    partners = {seller.id for seller in known(tx).values() if seller.is_partner}
    notify_publishers(tx, "ticket.release", listing, by, difference("release", change.quantity), partners)
    notify_of_listing(tx, "ticket.update", listing, {by})


def _notified_of_hold(tx: Tx, change: stock.Change) -> dict[str, int]:
    """Return by reseller the number of tickets of a hold that it was notified of; the hold may be any vendor's."""
    record = records.get(tx, wire.HOLD_NOTICE, f"{change.vendor}:{change.record}:{change.stock.id}")
    return dict(record["told"]) if record else {}


def _note_hold(tx: Tx, change: stock.Change, quantities: Mapping[str, int]) -> None:
    id = f"{change.vendor}:{change.record}:{change.stock.id}"  # holds of different vendors may have the same id
    if quantities:
        records.put(tx, wire.HOLD_NOTICE, {"id": id, "told": quantities})
    else:
        records.delete(tx, wire.HOLD_NOTICE, id)


def difference(name: str, quantity: int) -> DataUnder:
    """Return a function that builds the data on the quantity of a hold or a release."""
    return lambda seller, own_id: {"id" if seller.is_partner else "external_id": own_id, f"{name}_quantity": quantity}


def sale(tx: Tx, listing: Record, change: stock.Change, order: Order | None) -> DataUnder:
    """Return a function that builds the data on a sale; the reseller that pushed the listing sees the order too (public: sold webhook)."""
    first = next(iter(stock.choose(tx, change.stock, 1)), None) if change.stock.free else None
    pushed_by = records.own(tx, wire.LISTING, listing["id"])["origin"] if listing["push_to_all"] and order else None

    def data_for(seller: Reseller, id: str) -> notices.Sold:
        data: notices.Sold = {
            "listing_id": id,
            "sold_quantity": change.quantity,
            "quantity": change.stock.free,
            "first_seat": first,
        }
        if order is not None and seller.id == pushed_by:
            data["order_details"] = {**order, "items": [{**item, "listing_id": id} for item in order["items"]]}
        return data

    return data_for


def notify_of_event(tx: Tx, type: str, event: Record) -> None:
    """Notify the resellers to which an event is assigned (document: update and cancel event)."""

    def data_for(seller: Reseller) -> Data | None:
        own_id = None if seller.is_partner else event_id(tx, seller, event["id"])
        return None if own_id is None else wire.notified_event(event, own_id)

    notify(tx, type, event["id"], data_for)


def notify_of_order(tx: Tx, type: str, order: Record, data: Data) -> None:
    """Notify the order's reseller."""
    notify_seller(tx, type, order["tixstock_id"], reseller(tx, order["reseller"], order.get("dialect")), data)


def credentials(broker: Record, username: str, password: str) -> notices.Credentials:
    """Return the data that a reseller checks of a broker."""
    return {"username": username, "password": password, "tixstock_account_is_open": wire.yes_no(broker["open"])}
