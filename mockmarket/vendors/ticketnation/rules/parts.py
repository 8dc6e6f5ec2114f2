"""What belongs to an event and is not sold: performers, schedules, brands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockmarket.clock import iso_ms, parse_iso
from mockmarket.errors import Invalid
from mockmarket.records import defaults
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.ticketnation.records import Brand, Performer, Schedule
from mockmarket.vendors.ticketnation.rules.organizations import event_of, missing
from mockmarket.vendors.ticketnation.wire import BRAND, PERFORMER, SCHEDULE
from mockmarket.worlds.world import World

SHAPES: Mapping[Kind, type] = {PERFORMER: Performer, SCHEDULE: Schedule, BRAND: Brand}
TIMES = ("startTime", "endTime")


def create(world: World, organization: Record, ref: str, kind: Kind, body: Mapping[str, Any]) -> Record:
    """Add a part to an event; returns it."""
    with world.atomic() as tx:
        event, now = event_of(tx, organization, ref), iso_ms(tx.now)
        empty = defaults(SHAPES[kind]) | {
            "id": tx.ids.uuid(),
            "eventId": event["id"],
            "createdAt": now,
            "updatedAt": now,
        }
        part = written(empty, event, body)
        records.put(tx, kind, part)
        return part


def update(world: World, organization: Record, ref: str, kind: Kind, id: str, body: Mapping[str, Any]) -> Record:
    """Change a part of an event; what is not named stays."""
    with world.atomic() as tx:
        event = event_of(tx, organization, ref)
        part = written(part_of_event(tx, event, kind, id), event, body) | {"updatedAt": iso_ms(tx.now)}
        records.put(tx, kind, part)
        return part


def delete(world: World, organization: Record, ref: str, kind: Kind, id: str) -> str:
    """Remove a part of an event; returns its id."""
    with world.atomic() as tx:
        records.delete(tx, kind, part_of_event(tx, event_of(tx, organization, ref), kind, id)["id"])
        return id


def part_of_event(read: Read, event: Record, kind: Kind, id: str) -> Record:
    """Return a part of this event by id; NotFound when there is none."""
    part = records.get(read, kind, id)
    if part is None or part["eventId"] != event["id"]:
        raise missing(kind.name.title(), id)
    return part


def written(part: Record, event: Record, body: Mapping[str, Any]) -> Record:
    """Return a part with a body written into it; Invalid for an end before its beginning."""
    changed = part | dict(body)
    for name in TIMES:
        if body.get(name):
            changed[name] = iso_ms(parse_iso(body[name], event["timezone"]))
    if changed.get("endTime") and changed["endTime"] <= changed["startTime"]:
        raise Invalid("endTime must be after startTime.", details=[("endTime", "must be after startTime")])
    return changed


def add(tx: Tx, event: Record, kind: Kind, id: str, body: Mapping[str, Any], now: int) -> None:
    """Store a part that the fixture gives an event."""
    at = iso_ms(now)
    empty = defaults(SHAPES[kind]) | {"id": id, "eventId": event["id"], "createdAt": at, "updatedAt": at}
    records.put(tx, kind, written(empty, event, body))
