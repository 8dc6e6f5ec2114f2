"""Whose things these are: the organization of a key, of an endpoint, of what is asked for; and who hears of it."""

from __future__ import annotations

from mockmarket.errors import Forbidden, NotFound
from mockmarket.store import Read, Tx, keys, outbox, records
from mockmarket.store.endpoints import Endpoint
from mockmarket.store.keys import Key
from mockmarket.store.records import Kind, Record
from mockmarket.vendors.ticketnation import wire
from mockmarket.vendors.ticketnation.wire import EVENT, ORGANIZATION


def first(read: Read) -> Record:
    """Return the organization that owns what nobody else does; there always is one."""
    return records.find(read, ORGANIZATION, limit=1)[0]


def named(read: Read, name: object) -> Record | None:
    """Return the organization with this slug or id, the first without a name; None when there is none of that name."""
    if name is None:
        return first(read)
    return records.first(read, ORGANIZATION, ("slug", "=", str(name))) or records.get(read, ORGANIZATION, str(name))


def of_key(read: Read, key: Key) -> Record:
    """Return the organization that a key's owner names, the first when it names none; Forbidden when there is none of that name."""
    name = key.owner.get("organization")
    organization = named(read, name)
    if organization is None:
        hint = "Name one by slug in the key's owner."
        raise Forbidden(f"This API key's organization {name!r} does not exist.", hint=hint)
    return organization


def of_endpoint(read: Read, endpoint: Endpoint) -> str | None:
    """Return the id of the organization that an endpoint is of, or None for one of nobody, which hears them all."""
    if not endpoint.owner:
        return None
    key = keys.get(read, endpoint.owner)
    organization = named(read, endpoint.owner if key is None else key.owner.get("organization"))
    return organization["id"] if organization else ""


def hearing(read: Read, organization: str | None, event: str) -> wire.Hears:
    """Tell which endpoints hear of an organization's event: its own, and the event's callback URL, not another's (document)."""

    def hears(endpoint: Endpoint) -> bool:
        return endpoint.data.get("eventId") in (None, event) and of_endpoint(read, endpoint) in (None, organization)

    return hears


def notice_of(tx: Tx, type: str, record: Record) -> outbox.Notice:
    """Make a notice about an order, an event or a ticket type, for the endpoints that hear of it."""
    kind, _ = wire.DATA[type]
    event = record.get("eventId") or record["id"]
    own = records.own(tx, kind, record[kind.id])
    owner = own["organization"] if "organization" in own else owner_of_event(tx, event)
    return wire.notice(tx, type, record, hearing(tx, owner, event))


def by_id_or(read: Read, kind: Kind, column: str, ref: str) -> Record:
    """Return a record by its id or by what a column has, whoever's it is; NotFound when there is none."""
    record = records.get(read, kind, ref) or records.first(read, kind, (column, "=", ref))
    if record is None:
        raise missing(kind, ref)
    return record


def event_called(read: Read, ref: str) -> Record:
    """Return an event by id or slug, of any organization: buyers see them all."""
    return by_id_or(read, EVENT, "slug", ref)


def event_of(read: Read, organization: Record, ref: str) -> Record:
    """Return an organization's event by id or slug; NotFound for another's too (public, errors page)."""
    event = event_called(read, ref)
    if owner_of_event(read, event["id"]) != organization["id"]:
        raise missing(EVENT, ref)
    return event


def part_of(read: Read, organization: Record, kind: Kind, id: str) -> Record:
    """Return what belongs to one of an organization's events, by id; NotFound for another's too."""
    record = records.get(read, kind, id)
    if record is None or owner_of_event(read, record["eventId"]) != organization["id"]:
        raise missing(kind, id)
    return record


def owner_of_event(read: Read, event: str) -> str | None:
    """Return the id of the organization whose event this is."""
    return records.own(read, EVENT, event).get("organization")


def missing(kind: Kind, id: str) -> NotFound:
    """Return the refusal of what there is not, or is another's."""
    return NotFound(f"{kind.name.title()} not found: {id}")
