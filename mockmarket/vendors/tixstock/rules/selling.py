"""Who may sell a listing: the one rule behind lists, feeds, holds, orders and notices."""

from __future__ import annotations

from mockmarket.errors import Forbidden, NotFound
from mockmarket.store import Read, events, records
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.tixstock.rules import resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire.kinds import BROKER, LISTING


def is_linked(read: Read, who: Reseller, broker: str, event: str) -> bool:
    """Tell whether a reseller has a listing's event assigned to it and its broker connected."""
    return (
        resellers.event_id(read, who, event) is not None
        and resellers.broker_id(read, who, broker) is not None
    )  # fmt: skip


def is_open(read: Read, broker: str) -> bool:
    """Tell whether a broker's account is open; one that nobody declared is."""
    record = records.get(read, BROKER, broker)
    return record is None or bool(record["open"])


def sells(read: Read, who: Reseller, broker: str, event: str) -> bool:
    """Tell whether a reseller sells what a broker has of an event: it is linked to both, and the account is open."""
    return is_linked(read, who, broker, event) and is_open(read, broker)


def listed(read: Read, who: Reseller) -> list[Condition]:
    """Return the same rule as conditions on listings."""
    brokers = [one["id"] for one in records.find(read, BROKER)]
    barred = [id for id in brokers if resellers.broker_id(read, who, id) is None or not is_open(read, id)]
    return [*resellers.sells(read, who, "event"), *(("broker", "!=", id) for id in barred)]


def is_coming(read: Read, event: str) -> bool:
    """Tell whether an event is yet to begin and has not been cancelled."""
    show = events.get(read, event)
    return show is not None and show.status != "cancelled" and show.starts_at > read.now


def check(read: Read, who: Reseller, listing: Record) -> None:
    """Raise each reason for which tickets of a listing can neither be held nor sold by a reseller.

    NotFound when the event is not assigned to it, is over or cancelled, or the broker is not connected; Forbidden while the
    broker's account is closed.
    """
    theirs = resellers.external_id(read, who, listing["id"]) or listing["id"]
    event = records.own(read, LISTING, listing["id"])["event"]
    if not is_linked(read, who, listing["broker_id"], event):
        raise NotFound(f"There is no listing {theirs}.")
    if not is_open(read, listing["broker_id"]):
        raise Forbidden(f"The account of the broker of listing {theirs} is closed: none of its tickets can be sold.")
    if not is_coming(read, event):
        raise NotFound(f"Listing {theirs} is of an event that is over or cancelled.")
