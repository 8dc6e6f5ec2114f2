"""The catalogue: events with their venues, performers and categories, made of the shared shows, mapped to resellers' own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mockmarket import stock
from mockmarket.clock import DAY, HOUR, later
from mockmarket.errors import Conflict, Invalid
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.events import Event, Venue
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.tixstock.records import listings
from mockmarket.vendors.tixstock.rules import notifications, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller, required
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import CATEGORY, EVENT, LISTING, ORDER, PERFORMER, VENUE
from mockmarket.worlds.world import World

SAME_SHOW = DAY
"""How far apart the dates of a reseller's event and of ours may be for the two to be one (convention)."""
LASTS = 3 * HOUR


def put_event(tx: Tx, show: Event, seats: Sequence[Stock] | None = None) -> Record:
    """Store an event, and of its venue, performers and category what is not stored yet."""
    event = resources.event(show, stock.of_event(tx, show.id) if seats is None else seats)
    records.put(tx, EVENT, event, **resources.event_columns(show, event))
    if records.get(tx, VENUE, show.venue.id) is None:
        records.put(tx, VENUE, event["venue"], name_key=show.venue.name.casefold())
    variations = [str(other) for other in show.data.get("variations", ())]
    for performer in event["performers"]:
        if records.get(tx, PERFORMER, performer["id"]) is None:
            records.put(tx, PERFORMER, {**performer, "variations": variations}, name_key=performer["name"].casefold())
    name, parent = formats.category_of(show.name, show.data, show.venue.data)
    put_category(tx, parent, "")
    put_category(tx, name, parent)
    return dict(event)


def put_category(tx: Tx, name: str, parent: str) -> None:
    """Store a category, unless there is one of this name."""
    key = name.casefold()
    if name and not records.first(tx, CATEGORY, ("name_key", "=", key)):
        record = {"id": tx.ids.ulid(tx.now).lower(), "name": name, "parent": parent}
        records.put(tx, CATEGORY, record, name_key=key, parent_key=parent.casefold())


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Bring an event, its listings and its orders into line, and notify the resellers to which it is assigned."""
    event = put_event(tx, change.event)
    if change.what == "moved":
        follow_date(tx, change.event)
    if change.what != "added":
        notifications.notify_of_event(tx, "event.cancel" if change.what == "cancelled" else "event.update", event)


def follow_date(tx: Tx, show: Event) -> None:
    """Have the listings and orders of an event sorted by its new date."""
    for kind, column in ((LISTING, "starts_at"), (ORDER, "event_at")):
        for record in records.find(tx, kind, ("event", "=", show.id)):
            records.put(tx, kind, record, **records.own(tx, kind, record[kind.id]) | {column: show.starts_at})


def category_tree(read: Read, name: str, upcoming: Mapping[str, int]) -> listings.Category:
    """Return an event's category with its parent, each with how many events are to come; no parent is an empty list (public)."""
    category = records.first(read, CATEGORY, ("name_key", "=", name.casefold())) or {"id": "", "parent": ""}
    id, above = category["id"], category["parent"]
    parent: listings.Parent = category_tree(read, above, upcoming) if above else []
    return {"id": id, "name": name, "upcoming_events": upcoming.get(name.casefold(), 0), "parent": parent}


def in_category(name: str) -> Condition:
    """Return the condition of events in a category or in one below it."""
    return "category_key", "contains", f"|{name.casefold()}|"


def coming(read: Read) -> list[Condition]:
    """Return the conditions of events that are to come and have not been cancelled."""
    return [("active", "=", 1), ("starts_at", ">", read.now)]


def upcoming(read: Read) -> dict[str, int]:
    """Return how many events are to come in each category, by its name in lower case."""
    names = [category["name"].casefold() for category in records.find(read, CATEGORY)]
    return {name: records.count(read, EVENT, [in_category(name), *coming(read)]) for name in names}


def add_event(world: World, seller: Reseller, own_id: str, body: listings.NewEvent) -> tuple[Record, bool]:
    """Map a reseller's event to ours, or take it over as a new one; returns it, and whether it was mapped.

    One that is mapped already must still map to the same (public: code 112).
    """
    with world.atomic() as tx:
        mapped = resellers.event_of(tx, seller, own_id)
        match = matching(tx, body)
        if mapped is not None and (match is None or match.id != mapped):
            raise Conflict(f"What is said of event {own_id} no longer fits the event that it is mapped to.", code="112")
        show = match or put_on(tx, seller, body)
        check_currency(tx, show, body)
        resellers.put_mapping(tx, seller.id, show.id, own_id)
        notifications.notify_missed(tx, seller)
        event = records.get(tx, EVENT, show.id)
    return required(event, f"There is no event {own_id}."), match is not None


def check_currency(read: Read, show: Event, body: listings.NewEvent) -> None:
    """Raise Invalid when an event's tickets are priced in another currency than a reseller says."""
    event = records.get(read, EVENT, show.id)
    currency = event["currency"] if event else body["currency"]
    if currency != body["currency"]:
        details = [("currency", f"Must be the event's, {currency}.")]
        raise Invalid(f"The tickets of this event are sold in {currency}.", details=details)


def matching(read: Read, body: listings.NewEvent) -> Event | None:
    """Return the show that a reseller's event is: the same name, or venue and performer, within a day of its date."""
    at = body["datetime"]
    near: list[Condition] = [("starts_at", ">", at - SAME_SHOW), ("starts_at", "<", at + SAME_SHOW), ("active", "=", 1)]
    names = {performer["name"].casefold() for performer in body["performers"]}
    for event in records.find(read, EVENT, *near, order=[("starts_at", "asc")]):
        same_name = event["name"].casefold() == body["name"].casefold()
        same_place = event["venue"]["name"].casefold() == body["venue"]["name"].casefold()
        if same_name or (same_place and names & {performer["name"].casefold() for performer in event["performers"]}):
            return events.get(read, event["id"])
    return None


def put_on(tx: Tx, seller: Reseller, body: listings.NewEvent) -> Event:
    """Take a reseller's event over as a new show at every vendor; only this reseller has it until others add it."""
    data: Record = {"performers": [performer["name"] for performer in body["performers"]], "currency": body["currency"]}
    if body.get("category"):
        data["category"] = body["category"]
    venue, starts_at = venue_of(tx, seller, body["venue"]), body["datetime"]
    show = Event(f"tx-{tx.ids.text(10)}", body["name"], venue, starts_at, later(starts_at, LASTS), data=data)
    for other in resellers.known(tx):
        if other.id != seller.id and not other.is_partner:
            resellers.put_mapping(tx, other.id, show.id, show.id, "unassigned")
    events.put_on(tx, show)
    return show


def venue_of(tx: Tx, seller: Reseller, place: listings.Venue) -> Venue:
    """Return a reseller's venue, stored if it is a new one; its time zone is not said, so it is UTC."""
    id = f"tx-{seller.id}-{place['id']}"[:64]
    stored = events.venues(tx, id)
    if stored:
        return stored[0]
    data = {name: value for name, value in place.items() if name not in ("id", "name", "city")}
    venue = Venue(id, place["name"], place["city"], "UTC", data)
    events.add_venues(tx, [venue])
    return venue
