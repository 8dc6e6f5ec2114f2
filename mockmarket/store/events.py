"""Events and venues: the shows that every vendor sells, each in its own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field, replace
from operator import attrgetter
from typing import Any

import orjson

from mockmarket.clock import later
from mockmarket.frozen import dataclass
from mockmarket.store.database import Read, Record, Tx
from mockmarket.store.rows import Table, to_json


@dataclass(frozen=True, slots=True)
class Venue:
    """A place: `zone` is its IANA time zone, `data` what else the fixture says of it."""

    id: str
    name: str
    city: str
    zone: str
    data: Record = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Event:
    """A show at a venue; times are epoch ms, `status` is `scheduled` or `cancelled`, `data` what else the fixture says of it."""

    id: str
    name: str
    venue: Venue
    starts_at: int
    ends_at: int
    status: str = "scheduled"
    data: Record = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class EventChange:
    """What happened to an event: it was `added`, `moved` in time, `cancelled`, or `changed` otherwise; `before` is as it was."""

    what: str
    before: Event
    event: Event


COLUMNS = attrgetter("id", "name", "venue.id", "starts_at", "ends_at", "status")
SELECT = """
SELECT e.id, e.name, e.starts_at, e.ends_at, e.status, e.data, v.id, v.name, v.city, v.zone, v.data
FROM event e JOIN venue v ON v.id = e.venue
"""


VENUE = Table("venue", Venue, data=orjson.loads)
add_venues = VENUE.add


def add(tx: Tx, events: Iterable[Event]) -> None:
    """Store events; their venues are there already."""
    sql = "INSERT INTO event (id, name, venue, starts_at, ends_at, status, data) VALUES (?, ?, ?, ?, ?, ?, ?)"
    tx.conn.executemany(sql, ((*COLUMNS(event), to_json(event.data)) for event in events))


def get(read: Read, id: str) -> Event | None:
    """Return the event with this id, or None."""
    row = read.conn.execute(f"{SELECT} WHERE e.id = ?", (id,)).fetchone()
    return _from_row(row) if row else None


def venues(read: Read, id: str | None = None) -> list[Venue]:
    """Return every venue in the order of the fixture, or the one with this id."""
    return list(VENUE.all(read, "WHERE ?1 IS NULL OR id = ?1 ORDER BY rowid", id))


def all(read: Read) -> list[Event]:
    """Return every event in the order of the fixture."""
    return [_from_row(row) for row in read.conn.execute(f"{SELECT} ORDER BY e.rowid")]


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
    sql = "UPDATE event SET name = ?, venue = ?, starts_at = ?, ends_at = ?, status = ? WHERE id = ?"
    tx.conn.execute(sql, (*COLUMNS(event)[1:], event.id))
    return notify(tx, EventChange(what, before, event))


def notify(tx: Tx, change: EventChange) -> EventChange:
    """Ask every vendor, one after the other, to bring its records into line with an event."""
    for vendor in tx.listeners:
        vendor.world.event_changed(tx, change)
    return change


def _from_row(row: tuple[Any, ...]) -> Event:
    id, name, starts_at, ends_at, status, data, *venue = row
    return Event(id, name, VENUE.load(venue), starts_at, ends_at, status, orjson.loads(data))
