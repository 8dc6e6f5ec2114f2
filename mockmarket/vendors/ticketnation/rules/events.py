"""Events as the shared world and an organizer's words make them, their parts and callback URL; how they follow the shared event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from mockmarket.clock import HOUR, iso_ms, later, parse_iso
from mockmarket.errors import IllegalTransition, Invalid
from mockmarket.rules import lifecycle
from mockmarket.rules.lifecycle import Flow
from mockmarket.store import Read, Tx, endpoints, events, records
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.events import Event, EventChange, Venue
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.ticketnation import records as shapes
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import NAME
from mockmarket.vendors.ticketnation.rules import organizations
from mockmarket.vendors.ticketnation.wire import BRAND, EVENT, PERFORMER, SCHEDULE, VENUE

LENGTH = 3 * HOUR
"""Convention: how long an event without an end lasts, for the vendors that need to know."""
WITHDRAWN = ("DRAFT", "ARCHIVED")
FLOW = Flow(
    "event",
    {"DRAFT": ("PUBLISHED", "ARCHIVED"), "PUBLISHED": WITHDRAWN, "SOLD_OUT": WITHDRAWN, "ARCHIVED": ()},
)
"""Convention: the document has the verbs, not the moves. Unpublished is a draft again; archived is the end."""
SHAPES: Mapping[Kind, type] = {PERFORMER: shapes.Performer, SCHEDULE: shapes.Schedule, BRAND: shapes.Brand}
"""What belongs to an event and is not sold."""


def written(read: Read, event: Record, body: Record) -> Record:
    """Return an event with what a body says written into it, in the order of its fields. Invalid names what contradicts."""
    changed: Record = {name: body.get(name, value) for name, value in event.items()}
    set_times(changed, body, changed["timezone"], "dateTime", "endDateTime")
    if "venueId" in body:
        id = body["venueId"]
        changed["venue"] = records.get(read, VENUE, id) if id else None
        if id and changed["venue"] is None:
            details = [("venueId", "must be a venue's id")]
            raise Invalid(f"Venue not found: {id}", hint="Search GET /venues.", details=details)
    return changed


def set_times(changed: Record, body: Record, zone: str, first: str, last: str) -> None:
    """Write a body's two times as moments of UTC; Invalid for an end before its beginning."""
    for name in (first, last):
        if body.get(name):
            changed[name] = iso_ms(parse_iso(body[name], zone))
    if changed.get(last) and changed[last] <= changed[first]:
        raise Invalid(f"{last} must be after {first}.", details=[(last, f"must be after {first}")])


def put(tx: Tx, event: Record, organization: str, show: str | None = None, withdrawn: int = 0) -> None:
    """Store an event with the values of ours beside it."""
    keys = {"starts_at": parse_iso(event["dateTime"]), "name_key": event["name"].casefold()}
    records.put(tx, EVENT, event, organization=organization, show=show, withdrawn=withdrawn, **keys)


def unused_slug(read: Read, name: str) -> str:
    """Return a name's slug, with a number behind it when another event has it."""
    slugs = wire.numbered(wire.slug_of(name), "-")
    return next(slug for slug in slugs if not records.count(read, EVENT, [("slug", "=", slug)]))


def check_move(flow: Flow, record: Record, status: str) -> None:
    """Raise IllegalTransition for a move that a record's flow does not have."""
    try:
        lifecycle.check(flow, record["status"], status)
    except lifecycle.IllegalMove as error:
        raise IllegalTransition(str(error), details=[("status", str(error))]) from error


def share(tx: Tx, organization: Record, event: Record) -> None:
    """Store a published event and, when the other vendors do not know it yet, let it be added there."""
    known = records.own(tx, EVENT, event["id"])["show"]
    show = show_of(tx, event, events.get(tx, known) if known else None)
    put(tx, event, organization["id"], show.id)
    if not known:
        events.put_on(tx, show)


def show_of(read: Read, event: Record, before: Event | None = None) -> Event:
    """Return an event as the shared world has it; Invalid without a venue, which every vendor shows."""
    place = records.own(read, VENUE, event["venueId"]).get("place") if event["venueId"] else None
    venues = events.venues(read, place) if place else []
    if not venues:
        details = [("venueId", "should not be empty")]
        raise Invalid("A published event needs a venue.", hint="Set venueId first.", details=details)
    starts_at = parse_iso(event["dateTime"])
    length = before.ends_at - before.starts_at if before else LENGTH
    ends_at = parse_iso(event["endDateTime"]) if event["endDateTime"] else later(starts_at, length)
    show = before or Event(event["id"], event["name"], venues[0], starts_at, ends_at)
    return replace(show, name=event["name"], venue=venues[0], starts_at=starts_at, ends_at=ends_at)


def add_part(tx: Tx, event: Record, kind: Kind, id: str, body: Record, at: int) -> Record:
    """Store a new part of an event, made at a moment in epoch ms."""
    return put_part(tx, event, kind, wire.new_record(SHAPES[kind], id, at, {"eventId": event["id"]}), body)


def put_part(tx: Tx, event: Record, kind: Kind, part: Record, body: Record) -> Record:
    """Store a part with a body written into it; Invalid for an end before its beginning."""
    changed = part | body
    set_times(changed, body, event["timezone"], "startTime", "endTime")
    records.put(tx, kind, changed)
    return changed


def event_changed(tx: Tx, change: EventChange) -> None:
    """Follow the shared event: name, venue and times; one that is called off is archived, one that is added is published.

    One that another vendor has put on is the first organization's (convention).
    """
    show, event = change.event, records.first(tx, EVENT, ("show", "=", change.event.id))
    if event is None and change.what == "added":
        shared = shared_event(show, unused_slug(tx, show.name), known_venue(tx, show.venue), tx.now)
        put(tx, shared, organizations.first(tx)["id"], show.id)
    elif event is not None:
        own, status = records.own(tx, EVENT, event["id"]), "ARCHIVED" if show.status == "cancelled" else event["status"]
        changed = event | facts_of(show, known_venue(tx, show.venue)) | {"status": status, "updatedAt": iso_ms(tx.now)}
        changed["endDateTime"] = changed["endDateTime"] if event["endDateTime"] else None
        put(tx, changed, own["organization"], show.id, own["withdrawn"])


def shared_event(show: Event, slug: str, venue: Record, at: int) -> Record:
    """Write an event of the shared world: published, or archived when it is called off (convention)."""
    status = "PUBLISHED" if show.status == "scheduled" else "ARCHIVED"
    fields = {"slug": slug, "status": status, "timezone": show.venue.zone, "publishedAt": iso_ms(at)}
    return wire.new_record(shapes.Event, wire.uuid_of("event", show.id), at, fields | facts_of(show, venue))


def facts_of(show: Event, venue: Record) -> Record:
    """Return the fields of an event that the shared one decides."""
    times = {"dateTime": iso_ms(show.starts_at), "endDateTime": iso_ms(show.ends_at)}
    return {"name": show.name, "venueId": venue["id"], "venue": venue} | times


def known_venue(tx: Tx, place: Venue) -> Record:
    """Return the venue that a shared one is here, made when it is new."""
    venue = {"id": wire.uuid_of("venue", place.id), "name": place.name, "city": place.city, "timezone": place.zone}
    records.put(tx, VENUE, venue, place=place.id, name_key=f"{place.name}\n{place.city}".casefold())
    return venue


def callback_id(event: str) -> str:
    """Return the id of the endpoint that an event's callback URL is."""
    return f"end_{event}"


def follow_callback(tx: Tx, event: Record, organization: str) -> Record:
    """Bring the endpoint of an event's callbackUrl into line; returns `callbackSecret` when it is new, else nothing (convention)."""
    id, url, data = callback_id(event["id"]), event["callbackUrl"], {"eventId": event["id"]}
    endpoint = endpoints.get(tx, id)
    if url is None:
        endpoints.delete(tx, id)
    elif endpoint is not None:
        endpoints.put(tx, replace(endpoint, url=url, updated_at=tx.now))
    else:
        secret = tx.ids.secret(48)
        endpoints.put(tx, Endpoint(id, NAME, url, secret, tx.now, tx.now, owner=organization, data=data))
        return {"callbackSecret": secret}
    return {}
