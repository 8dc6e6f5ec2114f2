"""The life of an event: published, taken off sale, archived, deleted; and how it follows the shared event."""

from __future__ import annotations

from mockmarket.clock import iso_ms
from mockmarket.errors import IllegalTransition, Invalid
from mockmarket.records import defaults
from mockmarket.rules import lifecycle
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Tx, endpoints, events, records
from mockmarket.store.events import Event, EventChange
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import Event as TnEvent
from mockmarket.vendors.ticketnation.rules import inventory, organizations, webhooks
from mockmarket.vendors.ticketnation.rules.events import columns, known_venue, show_of, unused_slug
from mockmarket.vendors.ticketnation.rules.organizations import event_of
from mockmarket.vendors.ticketnation.wire import BRAND, EVENT, PERFORMER, SCHEDULE, TICKET
from mockmarket.worlds.world import World

FLOW = Flow("event", {
    "DRAFT": ("PUBLISHED", "ARCHIVED"),
    "PUBLISHED": ("DRAFT", "ARCHIVED"),
    "SOLD_OUT": ("DRAFT", "ARCHIVED"),
    "ARCHIVED": (),
})  # fmt: skip
"""Convention: the document has the verbs, not the moves. Unpublished is a draft again; archived is the end."""


def publish(world: World, organization: Record, ref: str) -> Record:
    """Put an event on sale: shared with every vendor at the first time, its seats given back at a later one (convention)."""
    with world.atomic() as tx:
        event = moved(tx, organization, ref, "PUBLISHED")
        share(tx, organization, event)
        for ticket in published_tickets(tx, event["id"]):
            inventory.offer(tx, ticket["id"])
            inventory.keep_off(tx, ticket)
            inventory.follow(tx, ticket["id"], tell=False)
        inventory.follow_event(tx, event["id"], tell=False)
        return records.get(tx, EVENT, event["id"]) or {}


def moved(tx: Tx, organization: Record, ref: str, status: str) -> Record:
    """Return an organization's event with a new status, not yet stored; IllegalTransition for a move that the flow does not have."""
    event = event_of(tx, organization, ref)
    try:
        lifecycle.check(FLOW, event["status"], status)
    except lifecycle.IllegalMove as error:
        raise IllegalTransition(str(error), details=[("status", str(error))]) from error
    now = iso_ms(tx.now)
    return event | {"status": status, "updatedAt": now} | ({"publishedAt": now} if status == "PUBLISHED" else {})


def share(tx: Tx, organization: Record, event: Record) -> None:
    """Store a published event and, when the other vendors do not know it yet, let it be added there."""
    known = records.own(tx, EVENT, event["id"])["show"]
    show = show_of(tx, event, events.get(tx, known) if known else None)
    records.put(tx, EVENT, event, **columns(event, organization["id"], show.id))
    if not known:
        events.put_on(tx, show)


def published_tickets(tx: Tx, event: str) -> list[Record]:
    """Return an event's published ticket types."""
    return records.find(tx, TICKET, ("event", "=", event), ("published", "=", 1))


def unpublish(world: World, organization: Record, ref: str) -> Record:
    """Take an event off sale: a draft again, its free seats held so that no vendor sells them (convention)."""
    with world.atomic() as tx:
        return withdraw(tx, organization, moved(tx, organization, ref, "DRAFT"))


def archive(world: World, organization: Record, ref: str) -> Record:
    """Put an event away for good, its free seats held so that no vendor sells them (convention)."""
    with world.atomic() as tx:
        return withdraw(tx, organization, moved(tx, organization, ref, "ARCHIVED"))


def withdraw(tx: Tx, organization: Record, event: Record) -> Record:
    """Store an event that is no longer published and hold its free seats."""
    show = records.own(tx, EVENT, event["id"])["show"]
    records.put(tx, EVENT, event, **columns(event, organization["id"], show, int(show is not None)))
    for ticket in records.find(tx, TICKET, ("event", "=", event["id"])):
        inventory.keep_off(tx, ticket)
        inventory.follow(tx, ticket["id"], tell=False)
    return event


def delete(world: World, organization: Record, ref: str) -> str:
    """Delete a draft of which nothing is sold (public); at vendors that know it it is called off. Returns its id."""
    with world.atomic() as tx:
        event = event_of(tx, organization, ref)
        if event["status"] != "DRAFT":
            raise IllegalTransition(
                f"Only a draft can be deleted; this event is {event['status']}.", hint="Unpublish it first."
            )
        if any(ticket["sold"] for ticket in records.find(tx, TICKET, ("event", "=", event["id"]))):
            raise Invalid("An event with sold tickets cannot be deleted.", hint="Archive it.")
        remove(tx, event["id"])
        return str(event["id"])


def remove(tx: Tx, id: str) -> None:
    """Remove an event with all that belongs to it, and call the shared one off."""
    show = records.own(tx, EVENT, id)["show"]
    for kind in (TICKET, PERFORMER, SCHEDULE, BRAND):
        remove_parts(tx, kind, id)
    records.delete(tx, EVENT, id)
    endpoints.delete(tx, webhooks.id_of_event(id))
    shared = events.get(tx, show) if show else None
    if shared and shared.status == "scheduled":
        events.cancel(tx, shared)


def remove_parts(tx: Tx, kind: Kind, event: str) -> None:
    """Remove what an event has of a kind."""
    for part in records.find(tx, kind, ("event", "=", event)):
        records.delete(tx, kind, part["id"])


def event_changed(tx: Tx, change: EventChange) -> None:
    """Follow the shared event: name, venue and times; one that is called off is archived, one that is added is published."""
    listed = records.find(tx, EVENT, ("show", "=", change.event.id), limit=1)
    if not listed and change.what != "added":
        return
    if not listed:
        add_shared(tx, change.event)
        return
    own = records.own(tx, EVENT, listed[0]["id"])
    event = followed(tx, listed[0], change.event)
    records.put(tx, EVENT, event, **columns(event, own["organization"], change.event.id, own["withdrawn"]))


def followed(tx: Tx, event: Record, show: Event) -> Record:
    """Return an event with what the shared one says now."""
    venue = known_venue(tx, show.venue)
    known = {
        "name": show.name, "dateTime": iso_ms(show.starts_at), "venueId": venue["id"], "venue": venue,
        "endDateTime": iso_ms(show.ends_at) if event["endDateTime"] else None,
    }  # fmt: skip
    return (
        event | known | ({"status": "ARCHIVED"} if show.status == "cancelled" else {}) | {"updatedAt": iso_ms(tx.now)}
    )


def add_shared(tx: Tx, show: Event) -> None:
    """Make an event of one that another vendor has put on: published, the first organization's (convention)."""
    event = shared_event(show, unused_slug(tx, show.name), known_venue(tx, show.venue), tx.now)
    records.put(tx, EVENT, event, **columns(event, organizations.first(tx)["id"], show.id))


def shared_event(show: Event, slug: str, venue: Record, now: int) -> Record:
    """Write an event of the shared world: published, or archived when it is called off (convention)."""
    at = iso_ms(now)
    return defaults(TnEvent) | {
        "id": wire.uuid_of("event", show.id), "slug": slug, "name": show.name,
        "status": "PUBLISHED" if show.status == "scheduled" else "ARCHIVED",
        "dateTime": iso_ms(show.starts_at), "endDateTime": iso_ms(show.ends_at), "timezone": show.venue.zone,
        "venueId": venue["id"], "venue": venue, "publishedAt": at, "createdAt": at, "updatedAt": at,
    }  # fmt: skip
