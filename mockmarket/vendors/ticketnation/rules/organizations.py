"""Whose things these are: the organization of a key, of an endpoint, of what is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockmarket.errors import Forbidden, NotFound
from mockmarket.store import Read, keys, records
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.keys import Key
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.ticketnation.wire import EVENT, ORGANIZATION


def first(read: Read) -> Record:
    """Return the organization that owns what nobody else does; there always is one."""
    return records.find(read, ORGANIZATION, limit=1)[0]


def named(read: Read, name: str) -> Record | None:
    """Return the organization with this slug or id, or None."""
    by_slug = records.find(read, ORGANIZATION, ("slug", "=", name), limit=1)
    return by_slug[0] if by_slug else records.get(read, ORGANIZATION, name)


def of_key(read: Read, key: Key) -> Record:
    """Return the organization that a key's owner names, the first when it names none; Forbidden when there is none of that name."""
    name = key.owner.get("organization")
    organization = first(read) if name is None else named(read, str(name))
    if organization is None:
        raise Forbidden(
            f"This API key's organization {name!r} does not exist.", hint="Name one by slug in the key's owner."
        )
    return organization


def of_endpoint(read: Read, endpoint: Endpoint) -> str | None:
    """Return the id of the organization that an endpoint is of, or None for one of nobody, which hears them all."""
    if not endpoint.owner:
        return None
    key = keys.get(read, endpoint.owner)
    name = endpoint.owner if key is None else key.owner.get("organization")
    organization = first(read) if name is None else named(read, str(name))
    return organization["id"] if organization else ""


def hearing(read: Read, organization: str, event: str) -> Callable[[Endpoint], bool]:
    """Tell which endpoints hear of an organization's event: its own, and the event's callback URL, not another's (document)."""

    def hears(endpoint: Endpoint) -> bool:
        return endpoint.data.get("eventId") in (None, event) and of_endpoint(read, endpoint) in (None, organization)

    return hears


def event_of(read: Read, organization: Record, ref: str) -> Record:
    """Return an organization's event by id or slug; NotFound for another's too (public, errors page)."""
    event = records.get(read, EVENT, ref) or next(iter(records.find(read, EVENT, ("slug", "=", ref), limit=1)), None)
    if event is None or records.own(read, EVENT, event["id"])["organization"] != organization["id"]:
        raise missing("Event", ref)
    return event


def part_of(read: Read, organization: Record, kind: Kind, noun: str, id: str) -> Record:
    """Return what belongs to one of an organization's events, by id; NotFound for another's too."""
    record = records.get(read, kind, id)
    if record is None or owner_of_event(read, record["eventId"]) != organization["id"]:
        raise missing(noun, id)
    return record


def owner_of_event(read: Read, event: str) -> Any:
    """Return the id of the organization whose event this is."""
    return records.own(read, EVENT, event).get("organization")


def missing(noun: str, id: str) -> NotFound:
    """Return the refusal of what there is not, or is another's."""
    return NotFound(f"{noun} not found: {id}")
