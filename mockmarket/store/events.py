"""Events and venues: the shows that every vendor sells, each in its own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from mockmarket.clock import later
from mockmarket.store.database import Read, Tx


@dataclass(frozen=True, slots=True)
class Venue:
    """A place: `zone` is its IANA time zone, `data` what else the fixture says of it."""

    id: str
    name: str
    city: str
    zone: str
    data: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Event:
    """A show at a venue; times are epoch ms, `status` is `scheduled` or `cancelled`, `data` what else the fixture says of it."""

    id: str
    name: str
    venue: Venue
    starts_at: int
    ends_at: int
    status: str = "scheduled"
    data: dict[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class EventChange:
    """What happened to an event: it was `added`, `moved` to another time, `cancelled`, or `changed` otherwise.

    `before` is as it was.
    """

    what: str
    before: Event
    event: Event


SELECT = """
SELECT e.id, e.name, e.starts_at, e.ends_at, e.status, e.data, v.id, v.name, v.city, v.zone, v.data
FROM event e JOIN venue v ON v.id = e.venue
"""


def add_venues(tx: Tx, venues: Iterable[Venue]) -> None:
    """Store venues."""
    tx.conn.executemany(
        "INSERT INTO venue (id, name, city, zone, data) VALUES (?, ?, ?, ?, ?)",
        [(venue.id, venue.name, venue.city, venue.zone, orjson.dumps(venue.data).decode()) for venue in venues],
    )


def add(tx: Tx, events: Iterable[Event]) -> None:
    """Store events; their venues are there already."""
    tx.conn.executemany(
        "INSERT INTO event (id, name, venue, starts_at, ends_at, status, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(event.id, event.name, event.venue.id, event.starts_at, event.ends_at, event.status, orjson.dumps(event.data).decode())
         for event in events],
    )  # fmt: skip


def get(read: Read, id: str) -> Event | None:
    """Return the event with this id, or None."""
    row = read.conn.execute(f"{SELECT} WHERE e.id = ?", (id,)).fetchone()
    return from_row(row) if row else None


def venues(read: Read, id: str | None = None) -> list[Venue]:
    """Return every venue in the order of the fixture, or the one with this id."""
    rows = read.conn.execute(
        "SELECT id, name, city, zone, data FROM venue WHERE ?1 IS NULL OR id = ?1 ORDER BY rowid", (id,)
    )
    return [Venue(id, name, city, zone, orjson.loads(data)) for id, name, city, zone, data in rows]


def all(read: Read) -> list[Event]:
    """Return every event in the order of the fixture."""
    return [from_row(row) for row in read.conn.execute(f"{SELECT} ORDER BY e.rowid")]


def put_on(tx: Tx, event: Event) -> EventChange:
    """Store one new event while the world runs, at a venue that there is, and tell every vendor."""
    add(tx, [event])
    return notify(tx, EventChange("added", event, event))


def cancel(tx: Tx, event: Event) -> EventChange:
    """Call an event off and tell every vendor."""
    return change(tx, "cancelled", event, replace(event, status="cancelled"))


def move(tx: Tx, event: Event, starts_at: int) -> EventChange:
    """Put an event at another time (epoch ms), as long as before, and tell every vendor."""
    length = event.ends_at - event.starts_at
    return change(tx, "moved", event, replace(event, starts_at=starts_at, ends_at=later(starts_at, length)))


def revise(tx: Tx, before: Event, event: Event) -> EventChange:
    """Give an event another name, venue or time and tell every vendor: it was `moved` when it begins at another moment."""
    return change(tx, "changed" if before.starts_at == event.starts_at else "moved", before, event)


def change(tx: Tx, what: str, before: Event, event: Event) -> EventChange:
    """Store a changed event and tell every vendor."""
    tx.conn.execute(
        "UPDATE event SET name = ?, venue = ?, starts_at = ?, ends_at = ?, status = ? WHERE id = ?",
        (event.name, event.venue.id, event.starts_at, event.ends_at, event.status, event.id),
    )
    return notify(tx, EventChange(what, before, event))


def notify(tx: Tx, change: EventChange) -> EventChange:
    """Ask every vendor, one after the other, to bring its records into line with an event."""
    for vendor in tx.listeners:
        vendor.event_changed(tx, change)
    return change


def from_row(row: tuple[Any, ...]) -> Event:
    """Make an Event with its Venue of a row of SELECT."""
    venue = Venue(row[6], row[7], row[8], row[9], orjson.loads(row[10]))
    return Event(row[0], row[1], venue, row[2], row[3], row[4], orjson.loads(row[5]))
