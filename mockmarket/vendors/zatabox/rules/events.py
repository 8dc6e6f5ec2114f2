"""Events: drafts, what goes live with them, and how the world's own events and Zatabox's stay one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mockmarket.clock import iso_s, parse_iso
from mockmarket.errors import Conflict, Invalid
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Tx, events, records, timers
from mockmarket.store.events import Venue
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.rules import inventory, orders
from mockmarket.vendors.zatabox.rules.notices import found, moved, tell_event
from mockmarket.vendors.zatabox.wire import EVENT, NAME, TICKET_TYPE
from mockmarket.worlds.world import World

FLOW = Flow("event", {"draft": ("published", "cancelled"), "published": ("draft", "cancelled", "completed")})
"""Document, "Event catalog", and public: unpublish goes back to draft, DELETE cancels."""

ENDS = "event_ends"


def of_world(show: events.Event, status: str, at: int, slug: str, capacity: int, seating: bool) -> wire.Event:
    """Write one of the world's own events as Zatabox shows it."""
    return {
        "id": wire.event_id(show.id), "slug": slug, "title": show.name,
        "description": str(show.data.get("description", "")), "category": str(show.data.get("category", "other")),
        "productType": "event", "status": status, "startDate": iso_s(show.starts_at), "endDate": iso_s(show.ends_at),
        "timezone": show.venue.zone, "venueType": "physical", "venueName": show.venue.name, "venueCity": show.venue.city,
        "capacity": capacity, "returnPolicy": "", "seating": seating, "organizationId": wire.ORG,
        "publishedAt": iso_s(at), "createdAt": iso_s(at), "updatedAt": iso_s(at),
    }  # fmt: skip


def create(world: World, given: dict[str, Any]) -> Record:
    """Store a draft, which no other vendor sees yet."""
    with world.atomic() as tx:
        id, now = wire.new_id(tx, "evt"), iso_s(tx.now)
        event: wire.Event = {
            "id": id, "slug": free_slug(tx, given["title"], id), "title": given["title"], "description": given["description"],
            "category": given["category"], "productType": "event", "status": "draft",
            "startDate": iso_s(given["startDate"]), "endDate": iso_s(given["endDate"]), "timezone": given["timezone"],
            "venueType": given["venueType"], "venueName": given["venueName"], "venueCity": given["venueCity"],
            "capacity": given["capacity"], "returnPolicy": given["returnPolicy"], "seating": False,
            "organizationId": wire.ORG, "publishedAt": None, "createdAt": now, "updatedAt": now,
        }  # fmt: skip
        store(tx, dict(event))
        tell_event(tx, "created", dict(event))
    return dict(event)


def free_slug(tx: Tx, title: str, id: str) -> str:
    """Return a title's slug, or the next one that no other event has."""
    slug = first = wire.slug(title, id)
    number = 1
    while records.find(tx, EVENT, ("slug", "=", slug), limit=1):
        number += 1
        slug = f"{first}-{number}"
    return slug


def store(tx: Tx, event: Record) -> None:
    """Store an event with its columns."""
    records.put(tx, EVENT, event, **wire.event_columns(event, parse_iso(event["startDate"])))


def update(world: World, id: str, given: dict[str, Any]) -> Record:
    """Change an event; what is not named stays. New dates of a live one are the world's, for every vendor."""
    with world.atomic() as tx:
        event = found(tx, EVENT, id)
        if event["status"] in ("cancelled", "completed"):
            raise Conflict(f"Event {id} is {event['status']}.", about={"status": event["status"]})
        changes = {name: iso_s(value) if name in ("startDate", "endDate") else value for name, value in given.items()}
        event |= changes | {"updatedAt": iso_s(tx.now)}
        if event["endDate"] <= event["startDate"]:
            raise Invalid("endDate must be after startDate.", details=[("endDate", "must be after startDate")])
        store(tx, event)
        reschedule(tx, event)
        tell_event(tx, "updated", event)
    return event


def reschedule(tx: Tx, event: Record) -> None:
    """Bring the world's event, if there is one, to an event's dates."""
    show = events.get(tx, wire.core_id(event["id"]))
    starts_at, ends_at = parse_iso(event["startDate"]), parse_iso(event["endDate"])
    if show is not None and (show.starts_at // 1000, show.ends_at // 1000) != (starts_at // 1000, ends_at // 1000):
        events.change(tx, "moved", show, replace(show, starts_at=starts_at, ends_at=ends_at))
    if event["status"] == "published":
        timers.set(tx, Timer(NAME, ENDS, event["id"], ends_at))


def publish(world: World, id: str) -> Record:
    """Let a draft go live: it and its ticket types are on sale from now on, at every vendor."""
    with world.atomic() as tx:
        event = found(tx, EVENT, id)
        moved(FLOW, event, "published")
        if parse_iso(event["endDate"]) <= tx.now:
            raise Conflict(f"Event {id} ended at {event['endDate']}.")
        event |= {"status": "published", "publishedAt": iso_s(tx.now), "updatedAt": iso_s(tx.now)}
        records.update(tx, EVENT, event)
        if events.get(tx, wire.core_id(id)) is None:
            put_on_sale(tx, event)
        timers.set(tx, Timer(NAME, ENDS, id, parse_iso(event["endDate"])))
        tell_event(tx, "published", event)
    return event


def put_on_sale(tx: Tx, event: Record) -> None:
    """Make an event that goes live the world's, with a venue of its own, and its ticket types stock."""
    venue = Venue(f"v-{tx.ids.text(10)}", event["venueName"], event["venueCity"], event["timezone"])
    events.add_venues(tx, [venue])
    starts_at, ends_at = parse_iso(event["startDate"]), parse_iso(event["endDate"])
    events.put_on(tx, events.Event(wire.core_id(event["id"]), event["title"], venue, starts_at, ends_at))
    for ticket_type in records.find(tx, TICKET_TYPE, ("event", "=", event["id"])):
        inventory.put_on_sale(tx, ticket_type)


def unpublish(world: World, id: str) -> Record:
    """Take a live event back to draft: Zatabox sells no more of it; told as event.updated (convention)."""
    with world.atomic() as tx:
        event = found(tx, EVENT, id)
        moved(FLOW, event, "draft")
        event |= {"status": "draft", "publishedAt": None, "updatedAt": iso_s(tx.now)}
        records.update(tx, EVENT, event)
        timers.stop(tx, NAME, ENDS, id)
        tell_event(tx, "updated", event)
    return event


def cancel(world: World, id: str) -> Record:
    """Call an event off, at every vendor if it was live there."""
    with world.atomic() as tx:
        event = call_off(tx, found(tx, EVENT, id))
        show = events.get(tx, wire.core_id(id))
        if show is not None and show.status == "scheduled":
            events.cancel(tx, show)
    return event


def call_off(tx: Tx, event: Record) -> Record:
    """Bring an event to cancelled, tell it, and cancel what was still to be paid."""
    moved(FLOW, event, "cancelled")
    event |= {"status": "cancelled", "updatedAt": iso_s(tx.now)}
    records.update(tx, EVENT, event)
    timers.stop(tx, NAME, ENDS, event["id"])
    tell_event(tx, "cancelled", event)
    orders.cancel_of_event(tx, event["id"])
    return event


def end(tx: Tx, id: str) -> None:
    """Complete an event whose end has come."""
    event = records.get(tx, EVENT, id)
    if event is not None and event["status"] == "published":
        event |= {"status": "completed", "updatedAt": iso_s(tx.now)}
        records.update(tx, EVENT, event)
        tell_event(tx, "completed", event)


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Follow an event that was added, moved or called off elsewhere; what Zatabox did itself is in line already."""
    id = wire.event_id(change.event.id)
    event = records.get(tx, EVENT, id)
    if event is None:
        event = dict(of_world(change.event, "published", tx.now, free_slug(tx, change.event.name, id), 0, False))
        store(tx, event)
        timers.set(tx, Timer(NAME, ENDS, id, change.event.ends_at))
        tell_event(tx, "created", event)
        tell_event(tx, "published", event)
    elif change.what == "cancelled" and event["status"] in FLOW.moves:
        call_off(tx, event)
    elif change.what == "moved":
        follow_move(tx, event, change.event)


def follow_move(tx: Tx, event: Record, show: events.Event) -> None:
    """Bring an event to dates that it was given elsewhere, and tell it."""
    dates = {"startDate": iso_s(show.starts_at), "endDate": iso_s(show.ends_at)}
    if dates.items() <= event.items():
        return
    event |= dates | {"updatedAt": iso_s(tx.now)}
    store(tx, event)
    if event["status"] == "published":
        timers.set(tx, Timer(NAME, ENDS, event["id"], show.ends_at))
    tell_event(tx, "updated", event)
