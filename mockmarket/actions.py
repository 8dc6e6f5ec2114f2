"""What happens to the shared shows whichever vendor sells them: moved to another time, or called off. Named `core` in control."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from mockmarket.clock import iso_ms, parse_iso
from mockmarket.errors import Conflict, Invalid, NotFound
from mockmarket.store import Tx, events
from mockmarket.store.events import Event
from mockmarket.vendors.base import Action
from mockmarket.world import World


class EventAction(Schema):
    """Which event."""

    event = fields.String(required=True)


class EventMove(EventAction):
    """Which event, and when it will be."""

    to = fields.String(
        required=True, metadata={"description": "ISO 8601; without an offset it is the venue's own time."}
    )


def found(tx: Tx, id: str) -> Event:
    """Return an event that still stands; NotFound, and Conflict for one that was cancelled."""
    event = events.get(tx, id)
    if event is None:
        raise NotFound(f"There is no event {id!r}.")
    if event.status == "cancelled":
        raise Conflict(f"Event {id} has been cancelled.")
    return event


def cancel_event(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """Call an event off."""
    with world.atomic() as tx:
        change = events.cancel(tx, found(tx, given["event"]))
    return event_dict(change.event)


def move_event(world: World, given: dict[str, Any]) -> dict[str, Any]:
    """Put an event at another time."""
    with world.atomic() as tx:
        event = found(tx, given["event"])
        try:
            starts_at = parse_iso(given["to"], event.venue.zone)
        except ValueError as error:
            raise Invalid(f"to must be an ISO 8601 date-time: {error}.", details=[("to", str(error))]) from error
        change = events.move(tx, event, starts_at)
    return event_dict(change.event)


def event_dict(event: Event) -> dict[str, Any]:
    """Describe an event in the world's own words."""
    return {
        "event": event.id,
        "name": event.name,
        "venue": event.venue.name,
        "starts_at": iso_ms(event.starts_at),
        "ends_at": iso_ms(event.ends_at),
        "status": event.status,
    }


CORE = (
    Action("cancel_event", "organiser", "Call an event off at every vendor.", EventAction(), cancel_event),
    Action("move_event", "organiser", "Put an event at another time at every vendor.", EventMove(), move_event),
)
