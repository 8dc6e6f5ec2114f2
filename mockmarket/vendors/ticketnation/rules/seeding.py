"""The first records: organizations, venues, events and ticket types of everything in the world's fixture; then its orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from mockmarket import stock
from mockmarket.clock import DAY
from mockmarket.errors import Invalid
from mockmarket.stock import Stock
from mockmarket.store import Tx, records
from mockmarket.store import events as shared
from mockmarket.store.events import Event
from mockmarket.store.records import Kind
from mockmarket.vendor import Seeding, SeedOrder
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.records import THRESHOLD
from mockmarket.vendors.ticketnation.rules import events, inventory, orders, parts, publishing, sections, tickets
from mockmarket.vendors.ticketnation.wire import BRAND, EVENT, ORGANIZATION, PERFORMER, SCHEDULE, TICKET

STATUSES = ("COMPLETED", "REFUNDED")
BEFORE = 30 * DAY
"""How long before the world's start the fixture's records were made; its orders came later."""


def seed(seeding: Seeding) -> None:
    """Make everything in the world's fixture this vendor's too: a ticket type for each section of each event."""
    section = sections.read(seeding)
    for organization in section["organizations"]:
        record = {
            "id": wire.uuid_of("organization", organization["slug"]),
            "name": organization["name"],
            "slug": organization["slug"],
        }
        records.put(seeding.tx, ORGANIZATION, record)
    seed_events(seeding, owners(seeding.events, section["organizations"]))
    seed_tickets(
        seeding, {(threshold["event"], threshold["section"]): threshold["at"] for threshold in section["thresholds"]}
    )
    for about in section["about_events"]:
        seed_parts(seeding, about)


def owners(shows: Iterable[Event], organizations: list[dict[str, Any]]) -> dict[str, str]:
    """Return whose each event is, by its id: whoever names it or its venue, else the first organization."""
    first, owner = organizations[0], {}
    for show in shows:
        named = (
            organization
            for organization in organizations
            if show.id in organization.get("events", ()) or show.venue.id in organization.get("venues", ())
        )
        owner[show.id] = wire.uuid_of("organization", next(named, first)["slug"])
    return owner


def seed_events(seeding: Seeding, owner: Mapping[str, str]) -> None:
    """Make a venue of every shared one, and an event."""
    slugs: set[str] = set()
    venues = {venue.id: events.known_venue(seeding.tx, venue) for venue in shared.venues(seeding.tx)}
    for show in seeding.events:
        slug = new_slug(show.name, slugs)
        event = publishing.shared_event(show, slug, venues[show.venue.id], seeding.start - BEFORE)
        records.put(seeding.tx, EVENT, event, **events.columns(event, owner[show.id], show.id))


def new_slug(name: str, taken: set[str]) -> str:
    """Return a name's slug, with a number behind it when it is taken, and take it."""
    slug = wire.slug_of(name)
    free = next(
        candidate for candidate in (slug if n == 1 else f"{slug}-{n}" for n in count(1)) if candidate not in taken
    )
    taken.add(free)
    return free


def seed_tickets(seeding: Seeding, thresholds: Mapping[tuple[str, str], int]) -> None:
    """Make a ticket type of each section of each event."""
    for show in seeding.events:
        sections: dict[str, list[Stock]] = {}
        for row in seeding.stock.of(show.id):
            sections.setdefault(row.section, []).append(row)
        records.put_many(seeding.tx, TICKET, (
            (ticket := tickets.of_rows(wire.uuid_of("event", show.id), rows, thresholds.get((show.id, section), THRESHOLD),
                                       seeding.start - BEFORE),
             tickets.columns(ticket, show.id, section))
            for section, rows in sections.items()
        ))  # fmt: skip


def seed_parts(seeding: Seeding, given: Mapping[str, Any]) -> None:
    """Give an event of the fixture its performers, schedules and brands."""
    event = records.get(seeding.tx, EVENT, wire.uuid_of("event", given["event"])) or {}
    kinds: dict[str, Kind] = {"performers": PERFORMER, "schedules": SCHEDULE, "brands": BRAND}
    for name, kind in kinds.items():
        for number, part in enumerate(given[name]):
            parts.add(
                seeding.tx, event, kind, wire.uuid_of(name, given["event"], str(number)), part, seeding.start - BEFORE
            )


def place(tx: Tx, seeded: SeedOrder) -> None:
    """Place an order of the fixture and bring it to its status, by the same rules as anybody."""
    if seeded.status not in STATUSES:
        raise Invalid(f"{seeded.status!r} is no order status; there are {', '.join(STATUSES)}.")
    ticket = inventory.ticket_of(tx, stock.get(tx, seeded.stock))
    if ticket is None:
        raise Invalid(f"No ticket type has the seats of {seeded.stock}.")
    event = orders.event_called(tx, ticket["eventId"])
    order = orders.place(tx, event, [(ticket, seeded.quantity)], (seeded.name, seeded.email), seeded.stock)
    if seeded.status == "REFUNDED":
        order = orders.give_back(tx, order)
    orders.settle(tx, order)
