"""Who a reseller is, which events are assigned to it, and under which ids of its own it knows events, listings and brokers.

A reseller that nobody declared sells every event under the vendor's own ids. What differs from that is a record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mockmarket.store import Read, Tx, endpoints, keys, records
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.keys import Key
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.tixstock.wire.kinds import BROKER, EVENT, LINK, LISTING, MAPPING, NAME, PUBLICATION, RESELLER

PARTNER = "partner"


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
    there = {one["id"]: reseller(read, one["id"]) for one in records.find(read, RESELLER)}
    tokens = (of_key(read, key) for key in keys.all(read, NAME))
    listening = (at_endpoint(read, one) for one in endpoints.all(read, NAME))
    for one in (*tokens, *listening):
        there.setdefault(one.id, one)
    return list(there.values())


def joint(*parts: str) -> str:
    """Return the id of a record that joins two others."""
    return ":".join(parts)


def event_id(read: Read, who: Reseller, event: str) -> str | None:
    """Return a reseller's own id for an event, or None when the event is not assigned to it."""
    if who.is_partner:
        return event
    mapping = records.get(read, MAPPING, joint(who.id, event))
    if mapping is not None:
        return str(mapping["event_id"]) if mapping["status"] == "assigned" else None
    return who.event_prefix + event if who.events == "all" else None


def event_of(read: Read, who: Reseller, theirs: str) -> str | None:
    """Return the event that is assigned to a reseller under its own id, or None."""
    if not who.is_partner:
        mappings = records.find(read, MAPPING, ("reseller", "=", who.id), ("theirs", "=", theirs))
        assigned = [str(one["tixstock_event_id"]) for one in mappings if one["status"] == "assigned"]
        if assigned:
            return assigned[0]
    event = theirs.removeprefix("" if who.is_partner else who.event_prefix)
    there = records.get(read, EVENT, event) is not None and event_id(read, who, event) == theirs
    return event if there else None


def assign(tx: Tx, who: str, event: str, theirs: str) -> None:
    """Assign an event to a reseller under an id of its own."""
    put_mapping(tx, who, event, theirs, "assigned")


def unassign(tx: Tx, who: Reseller, event: str) -> None:
    """Take an event away from a reseller: it hears and sells nothing of it until it adds the event again."""
    put_mapping(tx, who.id, event, event_id(tx, who, event) or who.event_prefix + event, "unassigned")


def put_mapping(tx: Tx, who: str, event: str, theirs: str, status: str) -> None:
    """Store whether an event is assigned to a reseller."""
    record = {
        "id": joint(who, event), "reseller": who, "tixstock_event_id": event, "event_id": theirs, "status": status,
    }  # fmt: skip
    records.put(tx, MAPPING, record)


def sells(read: Read, who: Reseller, column: str) -> list[Condition]:
    """Return the conditions on an event's id, in this column, of what is assigned to a reseller."""
    if who.is_partner:
        return []
    mappings = records.find(read, MAPPING, ("reseller", "=", who.id))
    if who.events == "all":
        return [(column, "!=", one["tixstock_event_id"]) for one in mappings if one["status"] != "assigned"]
    return [(column, "in", [one["tixstock_event_id"] for one in mappings if one["status"] == "assigned"])]


def publication(read: Read, who: Reseller, listing: str) -> Record:
    """Return how a listing stands at a reseller: its own id, None while it is not published, and its own price if it said one."""
    known = None if who.is_partner else records.get(read, PUBLICATION, joint(who.id, listing))
    theirs = listing if who.is_partner else who.listing_prefix + listing
    return known or {
        "id": joint(who.id, listing), "reseller": who.id, "listing_id": listing, "external_id": theirs, "display_price": None,
    }  # fmt: skip


def external_id(read: Read, who: Reseller, listing: str) -> str | None:
    """Return a reseller's own id for a listing, None while it has not published it."""
    theirs: str | None = publication(read, who, listing)["external_id"]
    return theirs


def publish(tx: Tx, who: Reseller, listing: str, **said: Any) -> None:
    """Keep what a reseller says of a listing: `external_id` (None: it does not have it), `display_price`."""
    records.put(tx, PUBLICATION, publication(tx, who, listing) | said)


def listing_of(read: Read, who: Reseller, theirs: str) -> Record | None:
    """Return the listing that a reseller means by its own id, or by the vendor's while it has none; None when there is none."""
    if not who.is_partner:
        published = records.find(read, PUBLICATION, ("reseller", "=", who.id), ("theirs", "=", theirs))
        standing = (records.get(read, LISTING, one["listing_id"]) for one in published)
        if published:
            return next((listing for listing in standing if listing is not None), None)
    ours = theirs if who.is_partner else theirs.removeprefix(who.listing_prefix)
    listing = records.get(read, LISTING, ours)
    if listing is None or external_id(read, who, ours) not in (theirs, None):
        return None
    return listing


def broker_id(read: Read, who: Reseller, broker: str) -> str | None:
    """Return a reseller's own id for a broker, or None when the two are not connected."""
    link = None if who.is_partner else records.get(read, LINK, joint(who.id, broker))
    if link is None:
        return broker
    return str(link["broker_id"]) if link["connected"] else None


def broker_of(read: Read, who: Reseller, theirs: str) -> Record | None:
    """Return the broker that is connected to a reseller under its own id, or None."""
    links = records.find(read, LINK, ("reseller", "=", who.id), ("theirs", "=", theirs), limit=1)
    ours = links[0]["tixstock_broker_id"] if links else theirs
    broker = records.get(read, BROKER, ours)
    return broker if broker and broker_id(read, who, broker["id"]) == theirs else None


def connect(tx: Tx, who: str, broker: str, theirs: str, connected: bool) -> None:
    """Keep whether a broker's account at a reseller is linked, and under which id of the reseller's."""
    record = {
        "id": joint(who, broker), "reseller": who, "tixstock_broker_id": broker, "broker_id": theirs, "connected": connected,
    }  # fmt: skip
    records.put(tx, LINK, record)


def ids(who: Iterable[Reseller]) -> list[str]:
    """Return resellers' ids."""
    return [one.id for one in who]
