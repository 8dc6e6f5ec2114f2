"""Events, their ticket types and seats: the public ones, and as their organizer has them. Seats and their holds need no key."""

from collections import Counter
from dataclasses import replace

from mockmarket import errors
from mockmarket.clock import iso_s, later, parse_iso
from mockmarket.records import Create, Update, defaults, members
from mockmarket.rules.search import folded
from mockmarket.store import Read, Tx, events as shows, records
from mockmarket.store.records import Condition, Record, get_or_404
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.conventions import page, read_page, reads, writes
from mockmarket.vendors.zatabox.records import common as shapes
from mockmarket.vendors.zatabox.records.courses import Course
from mockmarket.vendors.zatabox.rules import delivery, events, inventory
from mockmarket.vendors.zatabox.rules.notices import change_status, invalid, notify, open_event
from mockmarket.vendors.zatabox.wire import COURSE, EVENT, SEATING, SESSION, TICKET_TYPE

PITCH = 20  # how far seats stand apart on the map, in the map's own units (convention)

NEW_EVENT = Create(shapes.Event, (Create(Course), Create(shapes.Links)))
EVENT_CHANGE = Update(shapes.Event, (Update(Course), Update(shapes.Links)))
NEW_TICKET_TYPE = Create(shapes.TicketType, (Create(shapes.Access),))


@reads(query=shapes.EventQuery, answer=shapes.Page[shapes.Event], scope="events:read")
def list_events(read: Read, query: shapes.EventQuery) -> bytes:
    """List published events by their start, without drafts, cancelled and completed events."""
    return _page(read, _filters(query), query)


@reads(query=shapes.SearchQuery, answer=shapes.Search, scope="events:read")
def search_events(read: Read, query: shapes.SearchQuery) -> bytes:
    """Search published events by text, category, city and date; with counts by category and city."""
    where = _filters(query)
    events = records.find(read, EVENT, *where)
    facets = {"category": _facet(events, "category"), "city": _facet(events, "venueCity")}
    return _page(read, where, query, facets=facets)


def _page(read: Read, where: list[Condition], query: shapes.PageQuery, **extra: object) -> bytes:
    rows, cursor = read_page(read, EVENT, where, "place", query)
    return page(rows, {"pagination": {"cursor": cursor, "has_more": cursor is not None}, **extra})


def _filters(query: shapes.EventQuery) -> list[Condition]:
    conditions = records.matching(shapes.SearchQuery, query)
    conditions += [("category", "=", events.COURSE)] if query["course"] else []
    searched = ((column, way, folded(value) if way == "contains" else value) for column, way, value in conditions)
    return [("status", "=", "published"), *searched]


def _facet(events: list[Record], field: str) -> list[shapes.Facet]:
    counts = Counter(event[field] for event in events).most_common(20)
    return [{"value": value, "count": count} for value, count in counts]


@reads(answer=shapes.EventDetail, scope="events:read")
def get_event(read: Read, slug: str) -> Record:
    """Get an event that is or was public, by its slug or id, with organizer, schedule and ticket types."""
    event = records.first(read, EVENT, ("slug", "=", slug)) or get_or_404(read, EVENT, slug)
    sold, sessions = _ticket_types(read, event, slug), running_order(read, event["id"])
    video = {"highlightVideoUrl": delivery.of_event(read, event["id"])["highlightVideoUrl"]}
    return event | video | {"organizer": shapes.ORGANIZER, "schedule": sessions, "ticketTypes": sold}


def running_order(read: Read, event_id: str) -> list[Record]:
    """Return the sessions of an event's schedule by their start."""
    return records.find(read, SESSION, ("event", "=", event_id), order=[("start_time", "asc")])


@reads(answer=shapes.Items[shapes.TicketType], scope="events:read")
def list_ticket_types(read: Read, id: str) -> shapes.Items[Record]:
    """List an event's ticket types with the remaining quantity of each."""
    return {"items": _ticket_types(read, get_or_404(read, EVENT, id), id)}


def _ticket_types(read: Read, event: Record, name: str) -> list[Record]:
    if event["status"] == "draft":
        raise errors.NotFound(f"There is no event {name}.")
    return records.find(read, TICKET_TYPE, ("event", "=", event["id"]))


@writes(body=NEW_EVENT, answer=shapes.OrganizersEvent, status=201, scope="events:write")
def create_event(tx: Tx, body: Record) -> Record:
    """Create a draft event; an `online-course` with its content."""
    course, links = _taken(body, Course), _taken(body, shapes.Links)
    dates, id = shapes.dates_of(body, body["timezone"]), wire.new_id(tx, "evt")
    starts_at = parse_iso(dates["startDate"])
    own = events.OWN | {"slug": events.free_slug(tx, body["title"], id), "status": "draft"}
    own["productType"] = events.PRODUCTS.get(body["category"], "event")
    ends = events.dates(starts_at, later(starts_at, shapes.LENGTH_MS)) | dates
    event = wire.new(tx, shapes.Event, id, body | own | ends)
    _check_dates(event)
    events.store(tx, event)
    if event["category"] == events.COURSE:
        records.put(tx, COURSE, {"eventId": id, **course})
    records.put(tx, wire.LINKS, {"eventId": id, **links})
    return notify(tx, "event.created", event) | links


def _taken(body: Record, part: type) -> Record:
    """Take the members of a part, which is stored beside its record, out of a body."""
    return {member.key: body.pop(member.key) for member in members(Create(part)) if member.key in body}


def _change_part(tx: Tx, kind: records.Kind, shape: type, id: str, changes: Record) -> bool:
    """Store the changed members of an event's part; returns whether any differs."""
    before = records.get(tx, kind, id) or defaults(shape) | {"eventId": id}
    records.put(tx, kind, before | changes)
    return not changes.items() <= before.items()


def _check_dates(event: Record) -> None:
    if event["endDate"] and event["endDate"] <= event["startDate"]:
        raise invalid("endDate", "must be after startDate")


@writes(body=EVENT_CHANGE, answer=shapes.OrganizersEvent, scope="events:write")
def update_event(tx: Tx, body: Record, id: str) -> Record:
    """Update an event; omitted fields stay unchanged."""  # new dates of a live one are the world's, for every vendor
    before = open_event(tx, id)
    course, links = _taken(body, Course), _taken(body, shapes.Links)
    event = before | body | shapes.dates_of(body, str(body.get("timezone", before["timezone"])))
    event["productType"] = events.PRODUCTS.get(event["category"], "event")
    _check_dates(event)
    taught = event["category"] == events.COURSE and _change_part(tx, COURSE, Course, id, course)
    linked = _change_part(tx, wire.LINKS, shapes.Links, id, links)
    if event == before and not taught and not linked:
        return before | delivery.of_event(tx, id)
    event["updatedAt"] = iso_s(tx.now)
    events.store(tx, event)
    show, (starts_at, ends_at) = shows.get(tx, wire.core_id(id)), events.span(event)
    if show is not None and (show.starts_at // 1000, show.ends_at // 1000) != (starts_at // 1000, ends_at // 1000):
        shows.change(tx, "moved", show, replace(show, starts_at=starts_at, ends_at=ends_at))
    events.schedule_end(tx, event)
    return notify(tx, "event.updated", event) | delivery.of_event(tx, id)


@writes(answer=shapes.Event, scope="events:write")
def cancel_event(tx: Tx, id: str) -> Record:
    """Cancel an event, and all its unpaid orders."""
    event = events.call_off(tx, get_or_404(tx, EVENT, id))
    if (show := shows.get(tx, wire.core_id(id))) and show.status == "scheduled":
        shows.cancel(tx, show)
    return event


@writes(answer=shapes.Event, scope="events:write")
def publish_event(tx: Tx, id: str) -> Record:
    """Publish a draft: the event and its ticket types go on sale."""
    event = change_status(tx, EVENT, events.FLOW, get_or_404(tx, EVENT, id), "published", publishedAt=iso_s(tx.now))
    starts_at, ends_at = events.span(event)
    if ends_at <= tx.now:
        raise errors.Conflict(f"Event {id} ended at {event['endDate']}.")
    if shows.get(tx, wire.core_id(id)) is None:
        venue = shows.Venue(f"v-{tx.ids.text(10)}", event["venueName"], event["venueCity"], event["timezone"])
        shows.add_venues(tx, [venue])
        shows.put_on(tx, shows.Event(wire.core_id(id), event["title"], venue, starts_at, ends_at))
        seating = records.get(tx, SEATING, id)
        priced = [section["ticketTypeId"] for section in seating["sections"]] if seating else []
        for ticket_type in records.find(tx, TICKET_TYPE, ("event", "=", id)):
            if ticket_type["id"] not in priced:
                inventory.put_on_sale(tx, ticket_type)
        if seating:
            inventory.put_seats_on_sale(tx, seating)
    events.schedule_end(tx, event)
    return notify(tx, "event.published", event)


@writes(answer=shapes.Event, scope="events:write")
def unpublish_event(tx: Tx, id: str) -> Record:
    """Change a published event back to a draft."""
    event = change_status(tx, EVENT, events.FLOW, get_or_404(tx, EVENT, id), "draft", publishedAt=None)
    events.schedule_end(tx, event)
    return notify(tx, "event.updated", event)


@writes(body=NEW_TICKET_TYPE, answer=shapes.OrganizersTicketType, status=201, scope="tickets:write")
def create_ticket_type(tx: Tx, body: Record, id: str) -> Record:
    """Add a ticket type to an event."""  # its seats go on sale with the event
    event = open_event(tx, id)
    access = _taken(body, shapes.Access)
    cents, unlimited = round(body["price"] * 100), body["quantityTotal"] == -1
    counted = inventory.quantities(shapes.UNLIMITED if unlimited else body["quantityTotal"], 0, 0, unlimited)
    sale = shapes.dates_of(body, event["timezone"]) | {"price": wire.money(cents)}
    ticket_type = wire.new(tx, shapes.TicketType, wire.new_id(tx, "tkt"), body | counted | sale, eventId=id)
    records.put(tx, TICKET_TYPE, ticket_type, section="", cents=cents, sold_out=0)
    if shows.get(tx, wire.core_id(id)):
        inventory.put_on_sale(tx, ticket_type)
    records.put(tx, wire.ACCESS, {"ticketTypeId": ticket_type["id"], **access})
    return notify(tx, "ticket_type.created", get_or_404(tx, TICKET_TYPE, ticket_type["id"])) | access
