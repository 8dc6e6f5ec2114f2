"""Who a reseller is and what it may sell, under which ids: every event under the vendor's own, but for what a record says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from mockmarket.errors import Forbidden, NotFound
from mockmarket.store import Read, Tx, endpoints, events, keys, records
from mockmarket.store.records import Condition, Kind, Record
from mockmarket.vendors.tixstock import wire

PARTNER = "partner"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reseller:
    """One who sells on the exchange. The prefixes turn the vendor's ids into its own where no record says another."""

    id: str
    name: str = ""
    dialect: str = "reseller"
    events: str = "all"
    event_prefix: str = ""
    listing_prefix: str = ""

    @property
    def is_partner(self) -> bool:
        """True when it speaks the partners' dialect, with the vendor's own ids."""
        return self.dialect == PARTNER

    def prefix(self, kind: Kind) -> str:
        """Return what stands before the vendor's ids of a kind of record in its own."""
        prefixes = {} if self.is_partner else {wire.EVENT: self.event_prefix, wire.LISTING: self.listing_prefix}
        return prefixes.get(kind, "")


def required(record: T | None, message: str) -> T:
    """Return a record; NotFound with this message when there is none."""
    if record is None:
        raise NotFound(message)
    return record


def reseller(read: Read, id: str, dialect: str | None = None) -> Reseller:
    """Return the reseller of this id, declared or not; `dialect` is what its token or endpoint says."""
    record = records.get(read, wire.RESELLER, id) or {"id": id}
    return Reseller(**record | ({"dialect": dialect} if dialect else {}))


def of_key(read: Read, key: keys.Key) -> Reseller:
    """Return the reseller that a token belongs to: its owner says so, else it is one by itself."""
    dialect = PARTNER if key.kind == PARTNER else key.owner.get("dialect")
    return reseller(read, str(key.owner.get("reseller") or key.id), dialect)


def at_endpoint(read: Read, endpoint: endpoints.Endpoint) -> Reseller:
    """Return the reseller that listens at an endpoint: its owner is a reseller, or the token whose callback URL it is."""
    key = keys.get(read, endpoint.owner) if endpoint.owner else None
    return of_key(read, key) if key else reseller(read, endpoint.owner, endpoint.data.get("dialect"))


def known(read: Read) -> list[Reseller]:
    """Return every reseller there is: declared, with a token, or listening."""
    declared = [reseller(read, record["id"]) for record in records.find(read, wire.RESELLER)]
    with_token = [of_key(read, key) for key in keys.all(read, wire.NAME)]
    listening = [at_endpoint(read, endpoint) for endpoint in endpoints.all(read, wire.NAME)]
    by_id: dict[str, Reseller] = {}
    for seller in declared + with_token + listening:
        by_id.setdefault(seller.id, seller)
    return list(by_id.values())


def related(relation: wire.Relation, read: Read, seller: Reseller, id: str) -> Record | None:
    """Return how a record of the exchange's stands at a reseller, None where nobody has said."""
    return None if seller.is_partner else records.get(read, relation.kind, f"{seller.id}:{id}")


def own_id(relation: wire.Relation, read: Read, seller: Reseller, id: str) -> str | None:
    """Return a reseller's own id for a record of the exchange's; None for what is not assigned, published or connected to it."""
    stored = related(relation, read, seller, id)
    if stored is not None:
        key, off = relation.off
        return None if stored[key] == off else str(stored[relation.own_id])
    has_all = seller.is_partner or seller.events == "all" or relation is not wire.MAPPING
    return seller.prefix(relation.about) + id if has_all else None


event_id = partial(own_id, wire.MAPPING)
external_id = partial(own_id, wire.PUBLICATION)
broker_id = partial(own_id, wire.LINK)


def by_own_id(relation: wire.Relation, read: Read, seller: Reseller, own: str) -> Record | None:
    """Return the record that a reseller means by its own id, or None; a listing without one yet goes by the vendor's."""
    where: list[Condition] = [("reseller", "=", seller.id), ("theirs", "=", own)]
    stored = [] if seller.is_partner else records.find(read, relation.kind, *where)
    for id in [row[relation.id] for row in stored] or [own.removeprefix(seller.prefix(relation.about))]:
        record, known_as = records.get(read, relation.about, id), own_id(relation, read, seller, id)
        if record is not None and (known_as == own or (known_as is None and relation is wire.PUBLICATION)):
            return record
    return None


def meant(relation: wire.Relation, read: Read, seller: Reseller, column: str, own: str | None) -> list[Condition]:
    """Return the condition on a column of what a reseller means by its own id, which no record meets where that is nothing."""
    record = None if own is None else by_own_id(relation, read, seller, own)
    return [] if own is None else [(column, "=", record["id"] if record else "")]


def stated(relation: wire.Relation, seller: str, id: str, own: str | None, **state: object) -> Record:
    """Return what is stored of how a record of the exchange's stands at a reseller."""
    return {"id": f"{seller}:{id}", "reseller": seller, relation.id: id, relation.own_id: own, **state}


def put_mapping(tx: Tx, seller: str, event: str, own: str, status: str = "assigned") -> None:
    """Store whether an event is assigned to a reseller, and under which id of its own."""
    records.put(tx, wire.MAPPING.kind, stated(wire.MAPPING, seller, event, own, status=status))


def connect(tx: Tx, seller: str, broker: str, own: str, connected: bool) -> None:
    """Store whether a broker's account at a reseller is linked, and under which id of the reseller's."""
    records.put(tx, wire.LINK.kind, stated(wire.LINK, seller, broker, own, connected=connected))


def assigned(read: Read, seller: Reseller, column: str) -> list[Condition]:
    """Return the conditions on an event's id, in this column, of what is assigned to a reseller."""
    if seller.is_partner:
        return []
    mappings = records.find(read, wire.MAPPING.kind, ("reseller", "=", seller.id))
    if seller.events == "all":
        return [(column, "!=", mapping["tixstock_event_id"]) for mapping in mappings if mapping["status"] != "assigned"]
    return [(column, "in", [mapping["tixstock_event_id"] for mapping in mappings if mapping["status"] == "assigned"])]


def publication(read: Read, seller: Reseller, listing: str) -> Record:
    """Return how a listing stands at a reseller: its own id, None while it is not published, and its own price if it said one."""
    stored, own = related(wire.PUBLICATION, read, seller, listing), seller.prefix(wire.LISTING) + listing
    return stored or stated(wire.PUBLICATION, seller.id, listing, own, display_price=None)


def publish(tx: Tx, seller: Reseller, listing: str, **values: object) -> None:
    """Store what a reseller says of a listing: `external_id` (None: it does not have it), `display_price`."""
    records.put(tx, wire.PUBLICATION.kind, publication(tx, seller, listing) | values)


def get_listing(read: Read, seller: Reseller, own: str) -> Record:
    """Return the listing that a reseller means by its own id; NotFound when there is none."""
    return required(by_own_id(wire.PUBLICATION, read, seller, own), f"There is no listing {own}.")


def get_broker(read: Read, seller: Reseller, own: str) -> Record:
    """Return the broker that is connected to a reseller under its own id; NotFound when there is none."""
    return required(by_own_id(wire.LINK, read, seller, own), f"There is no broker {own} connected to you.")


def is_linked(read: Read, seller: Reseller, broker: str, event: str) -> bool:
    """Tell whether a reseller has a listing's event assigned to it and its broker connected."""
    return event_id(read, seller, event) is not None and broker_id(read, seller, broker) is not None


def is_open(read: Read, broker: str) -> bool:
    """Tell whether a broker's account is open; one that nobody declared is."""
    record = records.get(read, wire.BROKER, broker)
    return record is None or bool(record["open"])


def sells(read: Read, seller: Reseller, broker: str, event: str) -> bool:
    """Tell whether a reseller sells what a broker has of an event: it is linked to both, and the account is open."""
    return is_linked(read, seller, broker, event) and is_open(read, broker)


def sold_by(read: Read, seller: Reseller) -> list[Condition]:
    """Return the same rule as conditions on listings."""
    brokers = records.find(read, wire.BROKER)
    barred = [row["id"] for row in brokers if not row["open"] or broker_id(read, seller, row["id"]) is None]
    return [*assigned(read, seller, "event"), *(("broker", "!=", id) for id in barred)]


def is_coming(read: Read, event: str) -> bool:
    """Tell whether an event is yet to begin and has not been cancelled."""
    show = events.get(read, event)
    return show is not None and show.status != "cancelled" and show.starts_at > read.now


def sellable(read: Read, seller: Reseller, listing: Record) -> Record:
    """Return a listing of which a reseller can hold and sell tickets; Forbidden or NotFound says why it cannot."""
    own = external_id(read, seller, listing["id"]) or listing["id"]
    event = records.own(read, wire.LISTING, listing["id"])["event"]
    if not is_linked(read, seller, listing["broker_id"], event):
        raise NotFound(f"There is no listing {own}.")
    if not is_open(read, listing["broker_id"]):
        raise Forbidden(f"The account of the broker of listing {own} is closed: none of its tickets can be sold.")
    if not is_coming(read, event):
        raise NotFound(f"Listing {own} is of an event that is over or cancelled.")
    return listing
