"""Events and venues, which every vendor sells in its own records."""

from collections.abc import Iterable
from dataclasses import field, replace
from operator import attrgetter
from typing import Any

import orjson

from mockmarket.clock import later
from mockmarket.frozen import dataclass
from mockmarket.store.database import Read, Record, Tx
from mockmarket.store.row_cache import WHOLE
from mockmarket.store.rows import Table, to_json


@dataclass(frozen=True, slots=True)
class Venue:
    """A venue: `zone` is its IANA time zone, `data` the fixture's other members."""

    id: str
    name: str
    city: str
    zone: str
    data: Record = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Event:
    """A show at a venue; times are epoch ms, `status` is `scheduled` or `cancelled`, `data` the fixture's other members."""

    id: str
    name: str
    venue: Venue
    starts_at: int
    ends_at: int
    status: str = "scheduled"
    data: Record = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class EventChange:
    """A change of an event: `added`, `moved` in time, `cancelled`, or `changed` otherwise; `before` is the event's previous state."""

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
    """Store events; their venues must exist."""
    tx.rewrite("event")
    sql = "INSERT INTO event (id, name, venue, starts_at, ends_at, status, data) VALUES (?, ?, ?, ?, ?, ?, ?)"
    tx.conn.executemany(sql, ((*COLUMNS(event), to_json(event.data)) for event in events))


def get(read: Read, id: str) -> Event | None:
    """Return the event with this id, or None; an event is cached until any event changes."""
    return read.store.cached(read, "event", id, lambda: _get(read, id))


def _get(read: Read, id: str) -> Event | None:
    row = read.conn.execute(f"{SELECT} WHERE e.id = ?", (id,)).fetchone()
    return _from_row(row) if row else None


def venues(read: Read, id: str | None = None) -> list[Venue]:
    """Return every venue in the order of the fixture, or the venue with this id."""
    return list(VENUE.all(read, "WHERE ?1 IS NULL OR id = ?1 ORDER BY rowid", id))


def all(read: Read) -> list[Event]:
    """Return every event in the order of the fixture."""
    return [_from_row(row) for row in read.conn.execute(f"{SELECT} ORDER BY e.rowid")]


def zones(read: Read) -> list[str]:
    """Return the time zones of the venues that have events."""
    sql = "SELECT DISTINCT v.zone FROM event e JOIN venue v ON v.id = e.venue ORDER BY 1"
    return read.store.cached(read, "event", WHOLE, lambda: [zone for (zone,) in read.conn.execute(sql)])


def put_on(tx: Tx, event: Event) -> EventChange:
    """Store one new event at an existing venue while the world runs, and notify every vendor."""
    add(tx, [event])
    return notify(tx, EventChange("added", event, event))


def cancel(tx: Tx, event: Event) -> EventChange:
    """Cancel an event and notify every vendor."""
    return change(tx, "cancelled", event, replace(event, status="cancelled"))


def move(tx: Tx, event: Event, starts_at: int) -> EventChange:
    """Move an event to another start (epoch ms), keeping its length, and notify every vendor."""
    length = event.ends_at - event.starts_at
    return change(tx, "moved", event, replace(event, starts_at=starts_at, ends_at=later(starts_at, length)))


def revise(tx: Tx, before: Event, event: Event) -> EventChange:
    """Store an event's new name, venue or time and notify every vendor: `moved` when its start differs, else `changed`."""
    return change(tx, "changed" if before.starts_at == event.starts_at else "moved", before, event)


def change(tx: Tx, what: str, before: Event, event: Event) -> EventChange:
    """Store a changed event and notify every vendor; an event that stays as it was is left alone."""
    if event == before:
        return EventChange(what, before, event)
    tx.rewrite("event")
    sql = "UPDATE event SET name = ?, venue = ?, starts_at = ?, ends_at = ?, status = ? WHERE id = ?"
    tx.conn.execute(sql, (*COLUMNS(event)[1:], event.id))
    return notify(tx, EventChange(what, before, event))


def notify(tx: Tx, change: EventChange) -> EventChange:
    """Call each vendor in turn to update its records after a change of an event."""
    for vendor in tx.listeners:
        vendor.world.event_changed(tx, change)
    return change


def _from_row(row: tuple[Any, ...]) -> Event:
    id, name, starts_at, ends_at, status, data, *venue = row
    return Event(id, name, VENUE.load(venue), starts_at, ends_at, status, orjson.loads(data))
