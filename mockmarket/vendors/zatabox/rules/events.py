"""Events: drafts, what goes live with them, and how the world's own events and Zatabox's stay one."""

from __future__ import annotations

from dataclasses import replace

from mockmarket.clock import iso_s, later, parse_iso
from mockmarket.errors import Conflict, Invalid
from mockmarket.records import defaults
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Tx, events, records, timers
from mockmarket.store.events import Venue
from mockmarket.store.records import Record
from mockmarket.store.timers import Timer
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import NAME, ORG
from mockmarket.vendors.zatabox.records.events import LENGTH_MS, Event
from mockmarket.vendors.zatabox.rules import inventory, orders
from mockmarket.vendors.zatabox.rules.notices import (
    change_status,
    get_or_404,
    invalid,
    notify,
    refused_for_status,
)
from mockmarket.vendors.zatabox.wire import EVENT, TICKET_TYPE
from mockmarket.worlds.world import World

FLOW = Flow("event", {"draft": ("published", "cancelled"), "published": ("draft", "cancelled", "completed")})
"""Document, "Event catalog", and public: unpublish goes back to draft, DELETE cancels."""

ENDS = "event_ends"


def draft(id: str, fields: Record, now: str) -> Record:
    """Return an event as Zatabox has it, with these fields."""
    own = {
        "id": id,
        "productType": "event",
        "seating": False,
        "organizationId": ORG,
        "createdAt": now,
        "updatedAt": now,
    }
    return defaults(Event) | own | fields


def of_world(show: events.Event, status: str, at: int, slug: str, capacity: int = 0, seating: bool = False) -> Record:
    """Write one of the world's own events as Zatabox shows it."""
    now, venue = iso_s(at), show.venue
    return draft(wire.event_id(show.id), {
        "slug": slug, "title": show.name, "description": str(show.data.get("description", "")),
        "category": str(show.data.get("category", "other")), "status": status, **dates(show.starts_at, show.ends_at),
        "timezone": venue.zone, "venueName": venue.name, "venueCity": venue.city, "capacity": capacity, "seating": seating,
        "publishedAt": now,
    }, now)  # fmt: skip


def dates(starts_at: int, ends_at: int) -> Record:
    """Write when an event begins and ends."""
    return {"startDate": iso_s(starts_at), "endDate": iso_s(ends_at)}


def create(world: World, body: Record) -> Record:
    """Store a draft, which no other vendor sees yet. Invalid for one that ends before it begins."""
    starts_at = body["startDate"]
    ends_at = body.get("endDate", later(starts_at, LENGTH_MS))
    if "endDate" in body and ends_at <= starts_at:
        raise Invalid("endDate: Must be after startDate.", details=[("endDate", "Must be after startDate.")])
    with world.atomic() as tx:
        id = wire.new_id(tx, "evt")
        own = {"slug": free_slug(tx, body["title"], id), "status": "draft", **dates(starts_at, ends_at)}
        event = draft(id, body | own, iso_s(tx.now))
        store(tx, event)
        notify(tx, "event.created", EVENT, event)
    return event


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


def update(world: World, id: str, body: Record) -> Record:
    """Change an event; what is not named stays. New dates of a live one are the world's, for every vendor."""
    with world.atomic() as tx:
        event = get_or_404(tx, EVENT, id)
        if event["status"] in ("cancelled", "completed"):
            raise refused_for_status(f"Event {id} is {event['status']}.", event)
        changes = {name: iso_s(value) if name in ("startDate", "endDate") else value for name, value in body.items()}
        event |= changes | {"updatedAt": iso_s(tx.now)}
        if event["endDate"] <= event["startDate"]:
            raise invalid("endDate", "must be after startDate")
        store(tx, event)
        reschedule(tx, event)
        notify(tx, "event.updated", EVENT, event)
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
        event = get_or_404(tx, EVENT, id)
        event = change_status(tx, EVENT, FLOW, event, "published", publishedAt=iso_s(tx.now))
        if parse_iso(event["endDate"]) <= tx.now:
            raise Conflict(f"Event {id} ended at {event['endDate']}.")
        if events.get(tx, wire.core_id(id)) is None:
            put_on_sale(tx, event)
        timers.set(tx, Timer(NAME, ENDS, id, parse_iso(event["endDate"])))
        notify(tx, "event.published", EVENT, event)
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
    """Take a live event back to draft: Zatabox sells no more of it, announced as event.updated (convention)."""
    with world.atomic() as tx:
        event = get_or_404(tx, EVENT, id)
        event = change_status(tx, EVENT, FLOW, event, "draft", publishedAt=None)
        timers.stop(tx, NAME, ENDS, id)
        notify(tx, "event.updated", EVENT, event)
    return event


def cancel(world: World, id: str) -> Record:
    """Call an event off, at every vendor if it was live there."""
    with world.atomic() as tx:
        event = call_off(tx, get_or_404(tx, EVENT, id))
        show = events.get(tx, wire.core_id(id))
        if show is not None and show.status == "scheduled":
            events.cancel(tx, show)
    return event


def call_off(tx: Tx, event: Record) -> Record:
    """Bring an event to cancelled, announce it, and cancel what was still to be paid."""
    event = change_status(tx, EVENT, FLOW, event, "cancelled")
    timers.stop(tx, NAME, ENDS, event["id"])
    notify(tx, "event.cancelled", EVENT, event)
    orders.cancel_of_event(tx, event["id"])
    return event


def end(tx: Tx, id: str) -> None:
    """Complete an event whose end has come."""
    event = records.get(tx, EVENT, id)
    if event is not None and event["status"] == "published":
        notify(tx, "event.completed", EVENT, change_status(tx, EVENT, FLOW, event, "completed"))


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Follow an event that was added, moved or called off elsewhere; what Zatabox did itself is in line already."""
    id = wire.event_id(change.event.id)
    event = records.get(tx, EVENT, id)
    if event is None:
        event = of_world(change.event, "published", tx.now, free_slug(tx, change.event.name, id))
        store(tx, event)
        timers.set(tx, Timer(NAME, ENDS, id, change.event.ends_at))
        notify(tx, "event.created", EVENT, event)
        notify(tx, "event.published", EVENT, event)
    elif change.what == "cancelled" and event["status"] in FLOW.moves:
        call_off(tx, event)
    elif change.what == "moved":
        follow_move(tx, event, change.event)


def follow_move(tx: Tx, event: Record, show: events.Event) -> None:
    """Bring an event to dates that it got elsewhere, and announce it."""
    new_dates = dates(show.starts_at, show.ends_at)
    if new_dates.items() <= event.items():
        return
    event |= new_dates | {"updatedAt": iso_s(tx.now)}
    store(tx, event)
    if event["status"] == "published":
        timers.set(tx, Timer(NAME, ENDS, event["id"], show.ends_at))
    notify(tx, "event.updated", EVENT, event)
