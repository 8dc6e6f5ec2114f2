"""The catalogue: events with their venues, performers and categories, made of the shared shows, mapped to resellers' own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mockmarket import stock
from mockmarket.clock import DAY, HOUR, later
from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.stock import Stock
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.events import Event, Venue
from mockmarket.store.records import Record
from mockmarket.vendors.tixstock.records.catalogue import Category, NewEvent, Parent
from mockmarket.vendors.tixstock.records.catalogue import Venue as VenueRecord
from mockmarket.vendors.tixstock.rules import missed, resellers
from mockmarket.vendors.tixstock.rules.resellers import Reseller
from mockmarket.vendors.tixstock.wire import formats, resources
from mockmarket.vendors.tixstock.wire.kinds import CATEGORY, EVENT, PERFORMER, VENUE
from mockmarket.worlds.world import World

SAME_SHOW = DAY
"""How far apart the dates of a reseller's event and of ours may be for the two to be one (convention)."""
LASTS = 3 * HOUR


def put_event(tx: Tx, show: Event, seats: Sequence[Stock] | None = None) -> Record:
    """Store an event with its venue, performers and category."""
    there = stock.of_event(tx, show.id) if seats is None else seats
    event: Record = dict(resources.event(show, there))
    records.put(tx, EVENT, event, **resources.event_columns(show, event))  # type: ignore[arg-type]
    put_around(tx, show, event)
    return event


def put_around(tx: Tx, show: Event, event: Mapping[str, Any]) -> None:
    """Store what an event refers to and is not there yet."""
    if records.get(tx, VENUE, event["venue"]["id"]) is None:
        records.put(tx, VENUE, event["venue"], name_key=show.venue.name.casefold())
    for one in event["performers"]:
        if records.get(tx, PERFORMER, one["id"]) is None:
            variations = [str(other) for other in show.data.get("variations", ())]
            records.put(tx, PERFORMER, one | {"variations": variations}, name_key=one["name"].casefold())
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
    found = records.find(read, CATEGORY, ("name_key", "=", name.casefold()), limit=1)
    above = found[0]["parent"] if found else ""
    parent: Parent = dict(category_tree(read, above, upcoming)) if above else []
    return {
        "id": found[0]["id"] if found else "",
        "name": name,
        "upcoming_events": upcoming.get(name.casefold(), 0),
        "parent": parent,
    }


def upcoming(read: Read) -> dict[str, int]:
    """Return how many events are to come in each category, by its name in lower case."""
    return {
        one["name"].casefold(): records.count(read, EVENT, [
            ("category_key", "contains", f"|{one['name'].casefold()}|"), ("active", "=", 1), ("starts_at", ">", read.now),
        ])
        for one in records.find(read, CATEGORY)
    }  # fmt: skip


def add_event(world: World, who: Reseller, theirs: str, asked: NewEvent) -> tuple[Record, bool]:
    """Map a reseller's event to ours, or take it over as a new one; returns it, and whether it was mapped.

    One that is mapped already must still map to the same (public: code 112).
    """
    with world.atomic() as tx:
        mapped = resellers.event_of(tx, who, theirs)
        match = matching(tx, asked)
        if mapped is not None and (match is None or match.id != mapped):
            raise Conflict(f"What is said of event {theirs} no longer fits the event that it is mapped to.", code="112")
        show = match or put_on(tx, who, theirs, asked)
        check_currency(tx, show, asked)
        resellers.assign(tx, who.id, show.id, theirs)
        missed.tell(tx, who)
        event = records.get(tx, EVENT, show.id)
    if event is None:
        raise NotFound(f"There is no event {theirs}.")
    return event, match is not None


def check_currency(read: Read, show: Event, asked: NewEvent) -> None:
    """Raise Invalid when an event's tickets are priced in another currency than a reseller says."""
    event = records.get(read, EVENT, show.id)
    if event is not None and event["currency"] != asked["currency"]:
        raise Invalid(
            f"The tickets of this event are sold in {event['currency']}.",
            details=[("currency", f"Must be the event's, {event['currency']}.")],
        )


def matching(read: Read, asked: NewEvent) -> Event | None:
    """Return the show that a reseller's event is: the same name, or venue and performer, within a day of its date."""
    near = [
        ("starts_at", ">", asked["datetime"] - SAME_SHOW), ("starts_at", "<", asked["datetime"] + SAME_SHOW), ("active", "=", 1),
    ]  # fmt: skip
    names = {one["name"].casefold() for one in asked["performers"]}
    for event in records.find(read, EVENT, *near, order=[("starts_at", "asc")]):  # type: ignore[arg-type]
        same_name = event["name"].casefold() == asked["name"].casefold()
        same_place = event["venue"]["name"].casefold() == asked["venue"]["name"].casefold()
        if same_name or (same_place and names & {one["name"].casefold() for one in event["performers"]}):
            return events.get(read, event["id"])
    return None


def put_on(tx: Tx, who: Reseller, theirs: str, asked: NewEvent) -> Event:
    """Take a reseller's event over as a new show at every vendor; only this reseller has it until others add it."""
    place = asked["venue"]
    known = events.venues(tx, f"tx-{who.id}-{place['id']}"[:64])
    venue = known[0] if known else new_venue(tx, who, place)
    show = Event(
        id=f"tx-{tx.ids.text(10)}", name=asked["name"], venue=venue, starts_at=asked["datetime"],
        ends_at=later(asked["datetime"], LASTS),
        data={"performers": [one["name"] for one in asked["performers"]], "currency": asked["currency"],
              **({"category": asked["category"]} if asked.get("category") else {})},
    )  # fmt: skip
    for other in resellers.known(tx):
        if other.id != who.id and not other.is_partner:
            resellers.put_mapping(tx, other.id, show.id, show.id, "unassigned")
    events.put_on(tx, show)
    return show


def new_venue(tx: Tx, who: Reseller, place: VenueRecord) -> Venue:
    """Store a reseller's venue; its time zone is not said, so it is UTC."""
    data = {name: value for name, value in place.items() if name not in ("id", "name", "city")}
    venue = Venue(
        f"tx-{who.id}-{place['id']}"[:64],
        place["name"],
        place["city"],
        "UTC",
        data,
    )
    events.add_venues(tx, [venue])
    return venue


def mapped_ids(read: Read, who: Reseller, events_of: Iterable[Record]) -> list[str]:
    """Return the ids of those events that are assigned to a reseller."""
    return [one["id"] for one in events_of if resellers.event_id(read, who, one["id"]) is not None]
