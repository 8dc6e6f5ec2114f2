"""The catalogue: events with their venues, performers and categories, made of the shared shows, mapped to resellers' own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mockmarket import stock
from mockmarket.clock import DAY, HOUR, later
from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.events import Event, Venue
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.tixstock.records.catalogue import Category, NewEvent, Parent
from mockmarket.vendors.tixstock.records.catalogue import Venue as VenueRecord
from mockmarket.vendors.tixstock.rules import notifications, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import CATEGORY, EVENT, PERFORMER, VENUE
from mockmarket.worlds.world import World

SAME_SHOW = DAY
"""How far apart the dates of a reseller's event and of ours may be for the two to be one (convention)."""
LASTS = 3 * HOUR


def put_event(tx: Tx, show: Event, seats: Sequence[Stock] | None = None) -> Record:
    """Store an event with its venue, performers and category."""
    rows = stock.of_event(tx, show.id) if seats is None else seats
    event: Record = dict(resources.event(show, rows))
    records.put(tx, EVENT, event, **resources.event_columns(show, event))  # type: ignore[arg-type]
    put_around(tx, show, event)
    return event


def put_around(tx: Tx, show: Event, event: Record) -> None:
    """Store what an event refers to and is not there yet."""
    if records.get(tx, VENUE, event["venue"]["id"]) is None:
        records.put(tx, VENUE, event["venue"], name_key=show.venue.name.casefold())
    for performer in event["performers"]:
        if records.get(tx, PERFORMER, performer["id"]) is None:
            variations = [str(other) for other in show.data.get("variations", ())]
            records.put(tx, PERFORMER, performer | {"variations": variations}, name_key=performer["name"].casefold())
    name, parent = formats.category_of(show.name, show.data, show.venue.data)
    for category, above in ((parent, ""), (name, parent)):
        if category and not records.find(tx, CATEGORY, ("name_key", "=", category.casefold()), limit=1):
            record = {"id": tx.ids.ulid(tx.now).lower(), "name": category, "parent": above}
            records.put(tx, CATEGORY, record, name_key=category.casefold(), parent_key=above.casefold())


def refresh_house(tx: Tx, change: stock.Change) -> None:
    """Show a section in an event's venue details once there is stock in it."""
    if change.what == "added":
        show = events.get(tx, change.stock.event)
        if show is not None:
            put_event(tx, show)


def category_tree(read: Read, name: str, upcoming: Mapping[str, int]) -> Category:
    """Return an event's category with its parent, each with how many events are to come; no parent is an empty list (public)."""
    rows = records.find(read, CATEGORY, ("name_key", "=", name.casefold()), limit=1)
    id, above = (rows[0]["id"], rows[0]["parent"]) if rows else ("", "")
    parent: Parent = dict(category_tree(read, above, upcoming)) if above else []
    return {"id": id, "name": name, "upcoming_events": upcoming.get(name.casefold(), 0), "parent": parent}


def upcoming(read: Read) -> dict[str, int]:
    """Return how many events are to come in each category, by its name in lower case."""
    return {
        category["name"].casefold(): records.count(read, EVENT, [
            ("category_key", "contains", f"|{category['name'].casefold()}|"), ("active", "=", 1), ("starts_at", ">", read.now),
        ])
        for category in records.find(read, CATEGORY)
    }  # fmt: skip


def add_event(world: World, seller: Reseller, own_id: str, body: NewEvent) -> tuple[Record, bool]:
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
    if event is None:
        raise NotFound(f"There is no event {own_id}.")
    return event, match is not None


def check_currency(read: Read, show: Event, body: NewEvent) -> None:
    """Raise Invalid when an event's tickets are priced in another currency than a reseller says."""
    event = records.get(read, EVENT, show.id)
    currency = event["currency"] if event else body["currency"]
    if currency != body["currency"]:
        details = [("currency", f"Must be the event's, {currency}.")]
        raise Invalid(f"The tickets of this event are sold in {currency}.", details=details)


def matching(read: Read, body: NewEvent) -> Event | None:
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


def put_on(tx: Tx, seller: Reseller, body: NewEvent) -> Event:
    """Take a reseller's event over as a new show at every vendor; only this reseller has it until others add it."""
    place = body["venue"]
    known = events.venues(tx, f"tx-{seller.id}-{place['id']}"[:64])
    venue = known[0] if known else new_venue(tx, seller, place)
    show = Event(
        id=f"tx-{tx.ids.text(10)}", name=body["name"], venue=venue, starts_at=body["datetime"],
        ends_at=later(body["datetime"], LASTS),
        data={"performers": [performer["name"] for performer in body["performers"]], "currency": body["currency"],
              **({"category": body["category"]} if body.get("category") else {})},
    )  # fmt: skip
    for other in resellers.known(tx):
        if other.id != seller.id and not other.is_partner:
            resellers.put_mapping(tx, other.id, show.id, show.id, "unassigned")
    events.put_on(tx, show)
    return show


def new_venue(tx: Tx, seller: Reseller, place: VenueRecord) -> Venue:
    """Store a reseller's venue; its time zone is not said, so it is UTC."""
    data = {name: value for name, value in place.items() if name not in ("id", "name", "city")}
    venue = Venue(f"tx-{seller.id}-{place['id']}"[:64], place["name"], place["city"], "UTC", data)
    events.add_venues(tx, [venue])
    return venue


def mapped_ids(read: Read, seller: Reseller, events_of: Iterable[Record]) -> list[str]:
    """Return the ids of those events that are assigned to a reseller."""
    return [event["id"] for event in events_of if resellers.event_id(read, seller, event["id"]) is not None]
