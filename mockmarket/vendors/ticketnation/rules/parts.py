"""What belongs to an event and is not sold: performers, schedules, brands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockmarket.clock import iso_ms, parse_iso
from mockmarket.errors import Invalid
from mockmarket.store import Read, Tx, records
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.ticketnation.rules.organizations import event_of, missing
from mockmarket.vendors.ticketnation.wire import BRAND, PERFORMER, SCHEDULE
from mockmarket.worlds.world import World

FIELDS: dict[Kind, tuple[str, ...]] = {
    PERFORMER: ("name", "role", "bio", "imageUrl"),
    SCHEDULE: ("title", "description", "startTime", "endTime"),
    BRAND: ("name", "logoUrl", "websiteUrl"),
}
"""Convention: the document names the three, and no field of theirs."""
TIMES = ("startTime", "endTime")


def create(world: World, organization: Record, ref: str, kind: Kind, given: Mapping[str, Any]) -> Record:
    """Add a part to an event; returns it."""
    with world.atomic() as tx:
        event, now = event_of(tx, organization, ref), iso_ms(tx.now)
        empty = {"id": tx.ids.uuid(), "eventId": event["id"], **dict.fromkeys(FIELDS[kind])}
        part = written(empty | {"createdAt": now, "updatedAt": now}, event, given)
        records.put(tx, kind, part)
        return part


def update(world: World, organization: Record, ref: str, kind: Kind, id: str, given: Mapping[str, Any]) -> Record:
    """Change a part of an event; what is not given stays."""
    with world.atomic() as tx:
        event = event_of(tx, organization, ref)
        part = written(found(tx, event, kind, id), event, given) | {"updatedAt": iso_ms(tx.now)}
        records.put(tx, kind, part)
        return part


def delete(world: World, organization: Record, ref: str, kind: Kind, id: str) -> str:
    """Remove a part of an event; returns its id."""
    with world.atomic() as tx:
        records.delete(tx, kind, found(tx, event_of(tx, organization, ref), kind, id)["id"])
        return id


def found(read: Read, event: Record, kind: Kind, id: str) -> Record:
    """Return a part of this event by id; NotFound when there is none."""
    part = records.get(read, kind, id)
    if part is None or part["eventId"] != event["id"]:
        raise missing(kind.name.title(), id)
    return part


def written(part: Record, event: Record, given: Mapping[str, Any]) -> Record:
    """Return a part with what was given written into it; Invalid for an end before its beginning."""
    changed = part | dict(given)
    for name in TIMES:
        if given.get(name):
            changed[name] = iso_ms(parse_iso(given[name], event["timezone"]))
    if changed.get("endTime") and changed["endTime"] <= changed["startTime"]:
        raise Invalid("endTime must be after startTime.", details=[("endTime", "must be after startTime")])
    return changed


def add(tx: Tx, event: Record, kind: Kind, id: str, given: Mapping[str, Any], now: int) -> None:
    """Store a part that the fixture gives an event."""
    empty = {"id": id, "eventId": event["id"], **dict.fromkeys(FIELDS[kind])}
    records.put(tx, kind, written(empty | {"createdAt": iso_ms(now), "updatedAt": iso_ms(now)}, event, given))
