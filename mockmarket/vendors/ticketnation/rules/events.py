"""Organizations, and their events with parts and callback URLs: ownership, recipients of notices, and updates from the shared event."""

from collections.abc import Mapping
from dataclasses import replace

from mockmarket.clock import HOUR, iso_ms, later, parse_iso
from mockmarket.errors import Forbidden, IllegalTransition, Invalid, NotFound
from mockmarket.rules import lifecycle
from mockmarket.rules.search import folded
from mockmarket.store import Read, Record, Tx, endpoints, events, keys, outbox, records
from mockmarket.store.keys import Key
from mockmarket.vendors.ticketnation import records as shapes, wire
from mockmarket.vendors.ticketnation.records import NAME
from mockmarket.vendors.ticketnation.wire import BRAND, EVENT, ORGANIZATION, PERFORMER, SCHEDULE, VENUE

LENGTH = 3 * HOUR  # convention: the length of an event without an end, for vendors that require one
WITHDRAWN = ("DRAFT", "ARCHIVED")
MOVES = {"DRAFT": ("PUBLISHED", "ARCHIVED"), "PUBLISHED": WITHDRAWN, "SOLD_OUT": WITHDRAWN, "ARCHIVED": ()}
FLOW = lifecycle.Flow("event", MOVES)
"""Convention: the document has the verbs, not the transitions. Unpublish returns to draft; archived is final."""
SHAPES: Mapping[records.Kind, type] = {PERFORMER: shapes.Performer, SCHEDULE: shapes.Schedule, BRAND: shapes.Brand}
"""The parts of an event that are not sold."""


def _first_organization(read: Read) -> Record:
    return records.find(read, ORGANIZATION, limit=1)[0]


def _organization_named(read: Read, name: object) -> Record | None:
    if name is None:
        return _first_organization(read)
    return records.first(read, ORGANIZATION, ("slug", "=", str(name))) or records.get(read, ORGANIZATION, str(name))


def of_key(read: Read, key: Key) -> Record:
    """Return the organization that a key's owner names, by default the first; Forbidden for an unknown name."""
    name, hint = key.owner.get("organization"), "Name one by slug in the key's owner."
    if organization := _organization_named(read, name):
        return organization
    raise Forbidden(f"This API key's organization {name!r} does not exist.", hint=hint)


def of_endpoint(read: Read, endpoint: endpoints.Endpoint) -> str | None:
    """Return the id of an endpoint's organization, or None for one without an owner, which gets all notices."""
    if not endpoint.owner:
        return None
    key = keys.get(read, endpoint.owner)
    organization = _organization_named(read, endpoint.owner if key is None else key.owner.get("organization"))
    return organization["id"] if organization else ""


def notice_of(tx: Tx, type: str, record: Record) -> outbox.Notice:
    """Return a notice about an order, an event or a ticket type for the endpoints of the event's organization; of
    callback URLs, only for the event's own (document)."""
    kind = wire.DATA[type][0]
    event, own = record.get("eventId") or record["id"], records.own(tx, kind, record[kind.id])
    owner = own["organization"] if "organization" in own else _owner_of_event(tx, event)

    def hears(endpoint: endpoints.Endpoint) -> bool:
        return endpoint.data.get("eventId") in (None, event) and of_endpoint(tx, endpoint) in (None, owner)

    return wire.notice(tx, type, record, hears)


def by_id_or(read: Read, kind: records.Kind, column: str, ref: str) -> Record:
    """Return a record by its id or by a column's value, of any organization; NotFound when there is none."""
    if record := records.get(read, kind, ref) or records.first(read, kind, (column, "=", ref)):
        return record
    raise missing(kind, ref)


def event_called(read: Read, ref: str) -> Record:
    """Return an event by id or slug, of any organization, since buyers see them all."""
    return by_id_or(read, EVENT, "slug", ref)


def event_of(read: Read, organization: Record, ref: str) -> Record:
    """Return an organization's event by id or slug; NotFound also for another organization's (public, errors page)."""
    event = event_called(read, ref)
    if _owner_of_event(read, event["id"]) != organization["id"]:
        raise missing(EVENT, ref)
    return event


def part_of(read: Read, organization: Record, kind: records.Kind, id: str) -> Record:
    """Return a part of one of an organization's events, by id; NotFound also for another organization's."""
    record = records.get(read, kind, id)
    if record is None or _owner_of_event(read, record["eventId"]) != organization["id"]:
        raise missing(kind, id)
    return record


def _owner_of_event(read: Read, event: str) -> str | None:
    return records.own(read, EVENT, event).get("organization")


def missing(kind: records.Kind, id: str) -> NotFound:
    """Return the refusal of a record that does not exist, or is another organization's."""
    return NotFound(f"{kind.name.title()} not found: {id}")


def written(read: Read, event: Record, body: Record) -> Record:
    """Return an event with a body's members, in the order of its fields. Invalid names contradictory members."""
    changed: Record = {name: body.get(name, value) for name, value in event.items()}
    _set_times(changed, body, changed["timezone"], "dateTime", "endDateTime")
    if "venueId" in body:
        id = body["venueId"]
        changed["venue"] = records.get(read, VENUE, id) if id else None
        if id and changed["venue"] is None:
            details = [("venueId", "must be a venue's id")]
            raise Invalid(f"Venue not found: {id}", hint="Search GET /venues.", details=details)
    return changed


def _set_times(changed: Record, body: Record, zone: str, first: str, last: str) -> None:
    changed |= {name: iso_ms(parse_iso(body[name], zone)) for name in (first, last) if body.get(name)}
    if changed.get(last) and changed[last] <= changed[first]:
        raise Invalid(f"{last} must be after {first}.", details=[(last, f"must be after {first}")])


def put(tx: Tx, event: Record, organization: str, show: str | None = None, withdrawn: int = 0) -> None:
    """Store an event with its own columns."""
    keys = {"starts_at": parse_iso(event["dateTime"]), "name_key": folded(event["name"])}
    records.put(tx, EVENT, event, organization=organization, show=show, withdrawn=withdrawn, **keys)


def unused_slug(read: Read, name: str) -> str:
    """Return a name's slug, followed by a number if another event has it."""
    slugs = wire.numbered(wire.slug_of(name), "-")
    return next(slug for slug in slugs if not records.count(read, EVENT, [("slug", "=", slug)]))


def check_move(flow: lifecycle.Flow, record: Record, status: str) -> None:
    """Raise IllegalTransition for a transition that a record's flow does not have."""
    if problem := lifecycle.problem(flow, record["status"], status):
        raise IllegalTransition(problem, details=[("status", problem)])


def share(tx: Tx, organization: Record, event: Record) -> None:
    """Store a published event and, if it is new to the other vendors, add the shared event."""
    known = records.own(tx, EVENT, event["id"])["show"]
    show = show_of(tx, event, events.get(tx, known) if known else None)
    put(tx, event, organization["id"], show.id)
    if not known:
        events.put_on(tx, show)


def show_of(read: Read, event: Record, before: events.Event | None = None) -> events.Event:
    """Return an event as a shared event; Invalid without a venue, which every vendor requires."""
    place = records.own(read, VENUE, event["venueId"]).get("place") if event["venueId"] else None
    venues = events.venues(read, place) if place else []
    if not venues:
        details = [("venueId", "should not be empty")]
        raise Invalid("A published event needs a venue.", hint="Set venueId first.", details=details)
    starts_at = parse_iso(event["dateTime"])
    length = before.ends_at - before.starts_at if before else LENGTH
    ends_at = parse_iso(event["endDateTime"]) if event["endDateTime"] else later(starts_at, length)
    show = before or events.Event(event["id"], event["name"], venues[0], starts_at, ends_at)
    return replace(show, name=event["name"], venue=venues[0], starts_at=starts_at, ends_at=ends_at)


def add_part(tx: Tx, event: Record, kind: records.Kind, id: str, body: Record, at: int) -> Record:
    """Store a new part of an event, created at `at` (epoch ms)."""
    return put_part(tx, event, kind, wire.new_record(SHAPES[kind], id, at, {"eventId": event["id"]}), body)


def put_part(tx: Tx, event: Record, kind: records.Kind, part: Record, body: Record) -> Record:
    """Store a part with a body's members; Invalid for an end before its start."""
    changed = part | body
    _set_times(changed, body, event["timezone"], "startTime", "endTime")
    records.put(tx, kind, changed)
    return changed


def event_changed(tx: Tx, change: events.EventChange) -> None:
    """Follow the shared event: name, venue and times; a cancelled one is archived, an added one is published by the
    first organization (convention)."""
    show, event = change.event, records.first(tx, EVENT, ("show", "=", change.event.id))
    if event is None and change.what == "added":
        shared = shared_event(show, unused_slug(tx, show.name), known_venue(tx, show.venue), tx.now)
        put(tx, shared, _first_organization(tx)["id"], show.id)
    elif event is not None:
        own, status = records.own(tx, EVENT, event["id"]), "ARCHIVED" if show.status == "cancelled" else event["status"]
        changed = event | _facts_of(show, known_venue(tx, show.venue)) | {"status": status, "updatedAt": iso_ms(tx.now)}
        changed["endDateTime"] = changed["endDateTime"] if event["endDateTime"] else None
        put(tx, changed, own["organization"], show.id, own["withdrawn"])


def shared_event(show: events.Event, slug: str, venue: Record, at: int) -> Record:
    """Return an event for a shared one: published, or archived when it is cancelled (convention)."""
    status = "PUBLISHED" if show.status == "scheduled" else "ARCHIVED"
    fields = {"slug": slug, "status": status, "timezone": show.venue.zone, "publishedAt": iso_ms(at)}
    return wire.new_record(shapes.Event, wire.event_uuid(show.id), at, fields | _facts_of(show, venue))


def _facts_of(show: events.Event, venue: Record) -> Record:
    times = {"dateTime": iso_ms(show.starts_at), "endDateTime": iso_ms(show.ends_at)}
    return {"name": show.name, "venueId": venue["id"], "venue": venue} | times


def known_venue(tx: Tx, place: events.Venue) -> Record:
    """Return the record of a shared venue, created when missing."""
    venue = {"id": wire.uuid_of("venue", place.id), "name": place.name, "city": place.city, "timezone": place.zone}
    records.put(tx, VENUE, venue, place=place.id, name_key=folded(f"{place.name}\n{place.city}"))
    return venue


def callback_id(event: str) -> str:
    """Return the id of the endpoint of an event's callback URL."""
    return f"end_{event}"


def follow_callback(tx: Tx, event: Record, organization: str) -> Record:
    """Create, update or delete the endpoint of an event's callbackUrl; returns `callbackSecret` when it is new, else {} (convention)."""
    id, url, data = callback_id(event["id"]), event["callbackUrl"], {"eventId": event["id"]}
    endpoint = endpoints.get(tx, id)
    if url is None:
        endpoints.delete(tx, id)
    elif endpoint is not None:
        endpoints.put(tx, replace(endpoint, url=url, updated_at=tx.now))
    else:
        secret = tx.ids.secret(48)
        endpoints.put(tx, endpoints.Endpoint(id, NAME, url, secret, tx.now, tx.now, owner=organization, data=data))
        return {"callbackSecret": secret}
    return {}
