"""Events as their organizer writes them: found, created, changed, shown to the shared world."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mockmarket.clock import HOUR, iso_ms, later, parse_iso
from mockmarket.errors import IllegalTransition, Invalid
from mockmarket.records import defaults
from mockmarket.store import Read, Tx, events, records
from mockmarket.store.events import Event, Venue
from mockmarket.store.records import Condition, Record
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import Event as TnEvent
from mockmarket.vendors.ticketnation.records import EventQuery
from mockmarket.vendors.ticketnation.rules import tickets, webhooks
from mockmarket.vendors.ticketnation.rules.organizations import event_of
from mockmarket.vendors.ticketnation.wire import EVENT, VENUE
from mockmarket.worlds.world import World

LENGTH = 3 * HOUR
"""Convention: how long an event without an end lasts, for the vendors that need to know."""


def listed(organization: Record, query: EventQuery) -> list[Condition]:
    """Return the conditions of `GET /events`."""
    where: list[Condition] = [("organization", "=", organization["id"])]
    if query["status"]:
        where.append(("status", "=", query["status"]))
    if query["search"]:
        where.append(("name_key", "contains", query["search"].casefold()))
    return where


def create(world: World, organization: Record, body: dict[str, Any]) -> Record:
    """Create a draft with its inline ticket types; nobody else knows of it yet (public). Has `callbackSecret` with a callbackUrl."""
    with world.atomic() as tx:
        now = iso_ms(tx.now)
        base = {
            **defaults(TnEvent),
            "id": tx.ids.uuid(),
            "slug": unused_slug(tx, body["name"]),
            "status": "DRAFT",
            "createdAt": now,
            "updatedAt": now,
        }
        event = written(tx, base, body)
        records.put(tx, EVENT, event, **columns(event, organization["id"]))
        for number, ticket in enumerate(body["tickets"]):
            tickets.add(tx, event, ticket, f"tickets.{number}.")
        return event | webhooks.follow_event(tx, event, organization["id"])


def update(world: World, organization: Record, ref: str, body: dict[str, Any]) -> Record:
    """Change an event; once it is shared, its name, venue and times change at every vendor (convention)."""
    with world.atomic() as tx:
        event = event_of(tx, organization, ref)
        if event["status"] == "ARCHIVED":
            raise IllegalTransition("An archived event cannot be changed.")
        changed = written(tx, event, body) | {"updatedAt": iso_ms(tx.now)}
        own = records.own(tx, EVENT, event["id"])
        records.put(tx, EVENT, changed, **columns(changed, organization["id"], own["show"], own["withdrawn"]))
        revise(tx, changed, own["show"])
        secret = webhooks.follow_event(tx, changed, organization["id"])
        return (records.get(tx, EVENT, event["id"]) or {}) | secret


def written(read: Read, event: Record, body: Mapping[str, Any]) -> Record:
    """Return an event with what a body says written into it, in the order of its fields. Invalid names what contradicts."""
    changed = {name: body.get(name, value) for name, value in event.items()}
    for name in ("dateTime", "endDateTime"):
        if body.get(name):
            changed[name] = iso_ms(parse_iso(body[name], changed["timezone"]))
    if changed["endDateTime"] and changed["endDateTime"] <= changed["dateTime"]:
        raise Invalid("endDateTime must be after dateTime.", details=[("endDateTime", "must be after dateTime")])
    if "venueId" in body:
        changed["venue"] = venue_of(read, body["venueId"])
    return changed


def venue_of(read: Read, id: str | None) -> Record | None:
    """Return the venue with this id; Invalid when there is none."""
    venue = records.get(read, VENUE, id) if id else None
    if id and venue is None:
        raise Invalid(
            f"Venue not found: {id}", hint="Search GET /venues.", details=[("venueId", "must be a venue's id")]
        )
    return venue


def columns(event: Mapping[str, Any], organization: str, show: str | None = None, withdrawn: int = 0) -> dict[str, Any]:
    """Return the values of ours beside an event."""
    return {
        "organization": organization, "show": show, "withdrawn": withdrawn,
        "starts_at": parse_iso(event["dateTime"]), "name_key": event["name"].casefold(),
    }  # fmt: skip


def unused_slug(read: Read, name: str) -> str:
    """Return a name's slug, with a number behind it when another event has it."""
    slug = wire.slug_of(name)
    slugs = (slug if number == 1 else f"{slug}-{number}" for number in itertools.count(1))
    return next(slug for slug in slugs if not records.count(read, EVENT, [("slug", "=", slug)]))


def show_of(read: Read, event: Record, before: Event | None = None) -> Event:
    """Return an event as the shared world has it; Invalid without a venue, which every vendor shows."""
    starts_at = parse_iso(event["dateTime"])
    length = before.ends_at - before.starts_at if before else LENGTH
    ends_at = parse_iso(event["endDateTime"]) if event["endDateTime"] else later(starts_at, length)
    venue = place_of(read, event)
    if before:
        return replace(before, name=event["name"], venue=venue, starts_at=starts_at, ends_at=ends_at)
    return Event(event["id"], event["name"], venue, starts_at, ends_at)


def place_of(read: Read, event: Record) -> Venue:
    """Return the shared venue of an event; Invalid when it has none."""
    place = records.own(read, VENUE, event["venueId"]).get("place") if event["venueId"] else None
    matching = events.venues(read, place) if place else []
    if not matching:
        raise Invalid(
            "A published event needs a venue.", hint="Set venueId first.", details=[("venueId", "should not be empty")]
        )
    return matching[0]


def known_venue(tx: Tx, place: Venue) -> Record:
    """Return the venue that a shared one is here, made when it is new."""
    venue = {"id": wire.uuid_of("venue", place.id), "name": place.name, "city": place.city, "timezone": place.zone}
    records.put(tx, VENUE, venue, place=place.id, name_key=f"{place.name}\n{place.city}".casefold())
    return venue


def revise(tx: Tx, event: Record, show: str | None) -> None:
    """Bring the shared event into line with its organizer's changes."""
    before = events.get(tx, show) if show else None
    if before is None:
        return
    after = show_of(tx, event, before)
    if after != before:
        events.revise(tx, before, after)
