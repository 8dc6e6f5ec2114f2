"""Who a reseller is, which events and brokers it has, under which ids of its own, and what it may sell.

A reseller that nobody declared sells every event under the vendor's own ids. What differs from that is a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from mockmarket.errors import Forbidden, NotFound
from mockmarket.store import Read, Tx, endpoints, events, keys, records
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.keys import Key
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.tixstock.wire.kinds import BROKER, EVENT, LINK, LISTING, MAPPING, NAME, PUBLICATION, RESELLER
from mockmarket.worlds.world import World

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


def required(record: T | None, message: str) -> T:
    """Return a record; NotFound with this message when there is none."""
    if record is None:
        raise NotFound(message)
    return record


def reseller(read: Read, id: str, dialect: str | None = None) -> Reseller:
    """Return the reseller of this id, declared or not; `dialect` is what its token or endpoint says."""
    record = records.get(read, RESELLER, id) or {"id": id}
    return Reseller(**record | ({"dialect": dialect} if dialect else {}))


def of_key(read: Read, key: Key) -> Reseller:
    """Return the reseller that a token belongs to: its owner says so, else it is one by itself."""
    dialect = PARTNER if key.kind == PARTNER else key.owner.get("dialect")
    return reseller(read, str(key.owner.get("reseller") or key.id), dialect)


def at_endpoint(read: Read, endpoint: Endpoint) -> Reseller:
    """Return the reseller that listens at an endpoint: its owner is a reseller, or the token whose callback URL it is."""
    key = keys.get(read, endpoint.owner) if endpoint.owner else None
    return of_key(read, key) if key else reseller(read, endpoint.owner, endpoint.data.get("dialect"))


def known(read: Read) -> list[Reseller]:
    """Return every reseller there is: declared, with a token, or listening."""
    declared = [reseller(read, record["id"]) for record in records.find(read, RESELLER)]
    with_token = [of_key(read, key) for key in keys.all(read, NAME)]
    listening = [at_endpoint(read, endpoint) for endpoint in endpoints.all(read, NAME)]
    by_id: dict[str, Reseller] = {}
    for seller in declared + with_token + listening:
        by_id.setdefault(seller.id, seller)
    return list(by_id.values())


def event_id(read: Read, seller: Reseller, event: str) -> str | None:
    """Return a reseller's own id for an event, or None when the event is not assigned to it."""
    if seller.is_partner:
        return event
    mapping = records.get(read, MAPPING, f"{seller.id}:{event}")
    if mapping is not None:
        return str(mapping["event_id"]) if mapping["status"] == "assigned" else None
    return seller.event_prefix + event if seller.events == "all" else None


def event_of(read: Read, seller: Reseller, own_id: str) -> str | None:
    """Return the event that is assigned to a reseller under its own id, or None."""
    own: list[Condition] = [("reseller", "=", seller.id), ("theirs", "=", own_id), ("status", "=", "assigned")]
    mapping = None if seller.is_partner else records.first(read, MAPPING, *own)
    if mapping:
        return str(mapping["tixstock_event_id"])
    event = own_id if seller.is_partner else own_id.removeprefix(seller.event_prefix)
    exists = records.get(read, EVENT, event) is not None
    return event if exists and event_id(read, seller, event) == own_id else None


def put_mapping(tx: Tx, seller: str, event: str, own_id: str, status: str = "assigned") -> None:
    """Store whether an event is assigned to a reseller, and under which id of its own."""
    ids = {"id": f"{seller}:{event}", "reseller": seller, "tixstock_event_id": event, "event_id": own_id}
    records.put(tx, MAPPING, ids | {"status": status})


def assigned(read: Read, seller: Reseller, column: str) -> list[Condition]:
    """Return the conditions on an event's id, in this column, of what is assigned to a reseller."""
    if seller.is_partner:
        return []
    mappings = records.find(read, MAPPING, ("reseller", "=", seller.id))
    if seller.events == "all":
        return [(column, "!=", mapping["tixstock_event_id"]) for mapping in mappings if mapping["status"] != "assigned"]
    return [(column, "in", [mapping["tixstock_event_id"] for mapping in mappings if mapping["status"] == "assigned"])]


def publication(read: Read, seller: Reseller, listing: str) -> Record:
    """Return how a listing stands at a reseller: its own id, None while it is not published, and its own price if it said one."""
    id = f"{seller.id}:{listing}"
    stored = None if seller.is_partner else records.get(read, PUBLICATION, id)
    own_id = listing if seller.is_partner else seller.listing_prefix + listing
    own = {"listing_id": listing, "external_id": own_id, "display_price": None}
    return stored or {"id": id, "reseller": seller.id, **own}


def external_id(read: Read, seller: Reseller, listing: str) -> str | None:
    """Return a reseller's own id for a listing, None while it has not published it."""
    own_id: str | None = publication(read, seller, listing)["external_id"]
    return own_id


def publish(tx: Tx, seller: Reseller, listing: str, **values: object) -> None:
    """Keep what a reseller says of a listing: `external_id` (None: it does not have it), `display_price`."""
    records.put(tx, PUBLICATION, publication(tx, seller, listing) | values)


def listing_of(read: Read, seller: Reseller, own_id: str) -> Record | None:
    """Return the listing that a reseller means by its own id, or by the vendor's while it has none; None when there is none."""
    if not seller.is_partner:
        published = records.find(read, PUBLICATION, ("reseller", "=", seller.id), ("theirs", "=", own_id))
        if published:
            listings = (records.get(read, LISTING, publication["listing_id"]) for publication in published)
            return next(filter(None, listings), None)
    id = own_id if seller.is_partner else own_id.removeprefix(seller.listing_prefix)
    listing = records.get(read, LISTING, id)
    return listing if listing and external_id(read, seller, id) in (own_id, None) else None


def get_listing(read: Read, seller: Reseller, own_id: str) -> Record:
    """Return the same; NotFound when there is none."""
    return required(listing_of(read, seller, own_id), f"There is no listing {own_id}.")


def broker_id(read: Read, seller: Reseller, broker: str) -> str | None:
    """Return a reseller's own id for a broker, or None when the two are not connected."""
    link = None if seller.is_partner else records.get(read, LINK, f"{seller.id}:{broker}")
    if link is None:
        return broker
    return str(link["broker_id"]) if link["connected"] else None


def broker_of(read: Read, seller: Reseller, own_id: str) -> Record | None:
    """Return the broker that is connected to a reseller under its own id, or None."""
    link = records.first(read, LINK, ("reseller", "=", seller.id), ("theirs", "=", own_id))
    broker = records.get(read, BROKER, link["tixstock_broker_id"] if link else own_id)
    return broker if broker and broker_id(read, seller, broker["id"]) == own_id else None


def get_broker(read: Read, seller: Reseller, own_id: str) -> Record:
    """Return the same; NotFound when there is none."""
    return required(broker_of(read, seller, own_id), f"There is no broker {own_id} connected to you.")


def connect(tx: Tx, seller: str, broker: str, own_id: str, connected: bool) -> None:
    """Keep whether a broker's account at a reseller is linked, and under which id of the reseller's."""
    ids = {"id": f"{seller}:{broker}", "reseller": seller, "tixstock_broker_id": broker, "broker_id": own_id}
    records.put(tx, LINK, ids | {"connected": connected})


def disconnect(world: World, seller: Reseller, own_id: str) -> None:
    """Undo the link of a broker's accounts as a reseller asks (public: broker account closed endpoint)."""
    with world.atomic() as tx:
        connect(tx, seller.id, get_broker(tx, seller, own_id)["id"], own_id, False)


def is_linked(read: Read, seller: Reseller, broker: str, event: str) -> bool:
    """Tell whether a reseller has a listing's event assigned to it and its broker connected."""
    return event_id(read, seller, event) is not None and broker_id(read, seller, broker) is not None


def is_open(read: Read, broker: str) -> bool:
    """Tell whether a broker's account is open; one that nobody declared is."""
    record = records.get(read, BROKER, broker)
    return record is None or bool(record["open"])


def sells(read: Read, seller: Reseller, broker: str, event: str) -> bool:
    """Tell whether a reseller sells what a broker has of an event: it is linked to both, and the account is open."""
    return is_linked(read, seller, broker, event) and is_open(read, broker)


def sold_by(read: Read, seller: Reseller) -> list[Condition]:
    """Return the same rule as conditions on listings."""
    brokers = records.find(read, BROKER)
    barred = [row["id"] for row in brokers if not row["open"] or broker_id(read, seller, row["id"]) is None]
    return [*assigned(read, seller, "event"), *(("broker", "!=", id) for id in barred)]


def is_coming(read: Read, event: str) -> bool:
    """Tell whether an event is yet to begin and has not been cancelled."""
    show = events.get(read, event)
    return show is not None and show.status != "cancelled" and show.starts_at > read.now


def check_sale(read: Read, seller: Reseller, listing: Record) -> None:
    """Raise each reason for which tickets of a listing can neither be held nor sold by a reseller.

    NotFound when the event is not assigned to it, is over or cancelled, or the broker is not connected; Forbidden while the
    broker's account is closed.
    """
    own_id = external_id(read, seller, listing["id"]) or listing["id"]
    event = records.own(read, LISTING, listing["id"])["event"]
    if not is_linked(read, seller, listing["broker_id"], event):
        raise NotFound(f"There is no listing {own_id}.")
    if not is_open(read, listing["broker_id"]):
        raise Forbidden(f"The account of the broker of listing {own_id} is closed: none of its tickets can be sold.")
    if not is_coming(read, event):
        raise NotFound(f"Listing {own_id} is of an event that is over or cancelled.")
