"""Events, their ticket types and seats: the public ones, and as their organizer has them. Seats and their holds need no key."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace

from mockmarket import errors, stock
from mockmarket.clock import iso_s, later
from mockmarket.records import Create, Update
from mockmarket.rules.search import folded
from mockmarket.store import Read, Tx, events as shows, keys, records, seats, timers
from mockmarket.store.records import Condition, Record, get_or_404
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.conventions import page, read_page, reads, writes
from mockmarket.vendors.zatabox.records import common as shapes
from mockmarket.vendors.zatabox.rules import events, inventory
from mockmarket.vendors.zatabox.rules.notices import change_status, check_status, invalid, notify
from mockmarket.vendors.zatabox.wire import EVENT, HOLD, TICKET_TYPE

PITCH = 20  # how far seats stand apart on the map, in the map's own units (convention)


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
    none = query["course"] or query["productType"] not in (None, "event")  # everything here is an event, and no course
    conditions = records.matching(shapes.SearchQuery, query)
    searched = ((column, way, folded(value) if way == "contains" else value) for column, way, value in conditions)
    return [("status", "=", "none is of this kind" if none else "published"), *searched]


def _facet(events: list[Record], field: str) -> list[shapes.Facet]:
    counts = Counter(event[field] for event in events).most_common(20)
    return [{"value": value, "count": count} for value, count in counts]


@reads(answer=shapes.EventDetail, scope="events:read")
def get_event(read: Read, slug: str) -> Record:
    """Get an event that is or was public, by its slug or id, with its ticket types."""
    event = records.first(read, EVENT, ("slug", "=", slug)) or get_or_404(read, EVENT, slug)
    return event | {"ticketTypes": _ticket_types(read, event, slug)}


@reads(answer=shapes.Items[shapes.TicketType], scope="events:read")
def list_ticket_types(read: Read, id: str) -> shapes.Items[Record]:
    """List an event's ticket types with the remaining quantity of each."""
    return {"items": _ticket_types(read, get_or_404(read, EVENT, id), id)}


def _ticket_types(read: Read, event: Record, name: str) -> list[Record]:
    if event["status"] == "draft":
        raise errors.NotFound(f"There is no event {name}.")
    return records.find(read, TICKET_TYPE, ("event", "=", event["id"]))


@writes(body=Create(shapes.Event), answer=shapes.Event, status=201, scope="events:write")
def create_event(tx: Tx, body: Record) -> Record:
    """Create a draft event."""
    starts_at = body["startDate"]
    ends_at = body.get("endDate", later(starts_at, shapes.LENGTH_MS))
    if "endDate" in body and ends_at <= starts_at:
        raise errors.Invalid("endDate: Must be after startDate.", details=[("endDate", "Must be after startDate.")])
    id = wire.new_id(tx, "evt")
    own = events.OWN | {"slug": events.free_slug(tx, body["title"], id), "status": "draft"}
    event = wire.new(tx, shapes.Event, id, body | own | events.dates(starts_at, ends_at))
    events.store(tx, event)
    return notify(tx, "event.created", event)


@writes(body=Update(shapes.Event), answer=shapes.Event, scope="events:write")
def update_event(tx: Tx, body: Record, id: str) -> Record:
    """Update an event; omitted fields stay unchanged."""  # new dates of a live one are the world's, for every vendor
    event = get_or_404(tx, EVENT, id)
    check_status("Event", event, "draft", "published")
    changes = {name: iso_s(value) if name in ("startDate", "endDate") else value for name, value in body.items()}
    event |= changes | {"updatedAt": iso_s(tx.now)}
    if event["endDate"] <= event["startDate"]:
        raise invalid("endDate", "must be after startDate")
    events.store(tx, event)
    show, (starts_at, ends_at) = shows.get(tx, wire.core_id(id)), events.span(event)
    if show is not None and (show.starts_at // 1000, show.ends_at // 1000) != (starts_at // 1000, ends_at // 1000):
        shows.change(tx, "moved", show, replace(show, starts_at=starts_at, ends_at=ends_at))
    if event["status"] == "published":
        timers.set(tx, timers.Timer(shapes.NAME, events.ENDS, id, ends_at))
    return notify(tx, "event.updated", event)


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
        for ticket_type in records.find(tx, TICKET_TYPE, ("event", "=", id)):
            inventory.put_on_sale(tx, ticket_type)
    timers.set(tx, timers.Timer(shapes.NAME, events.ENDS, id, ends_at))
    return notify(tx, "event.published", event)


@writes(answer=shapes.Event, scope="events:write")
def unpublish_event(tx: Tx, id: str) -> Record:
    """Change a published event back to a draft."""
    event = change_status(tx, EVENT, events.FLOW, get_or_404(tx, EVENT, id), "draft", publishedAt=None)
    timers.stop(tx, shapes.NAME, events.ENDS, id)
    return notify(tx, "event.updated", event)


@writes(body=Create(shapes.TicketType), answer=shapes.TicketType, status=201, scope="tickets:write")
def create_ticket_type(tx: Tx, body: Record, id: str) -> Record:
    """Add a ticket type to an event."""  # its seats go on sale with the event
    check_status("Event", get_or_404(tx, EVENT, id), "draft", "published")
    if inventory.of_section(tx, wire.core_id(id), body["name"]):
        raise errors.Conflict(f"Event {id} has a ticket type {body['name']!r} already.")
    cents, unlimited = round(body["price"] * 100), body["quantityTotal"] == -1
    counted = inventory.quantities(shapes.UNLIMITED if unlimited else body["quantityTotal"], 0, 0, unlimited)
    sale = {name: wire.iso(body[name]) for name in ("saleStart", "saleEnd")} | {"price": wire.money(cents)}
    ticket_type = wire.new(tx, shapes.TicketType, wire.new_id(tx, "tkt"), body | counted | sale, eventId=id)
    records.put(tx, TICKET_TYPE, ticket_type, section=body["name"], cents=cents, sold_out=0)
    if shows.get(tx, wire.core_id(id)):
        inventory.put_on_sale(tx, ticket_type)
    return notify(tx, "ticket_type.created", get_or_404(tx, TICKET_TYPE, ticket_type["id"]))


def seated(read: Read, event_id: str) -> list[stock.Stock]:
    """Return the numbered rows of an event that is on sale; NotFound, NO_SEATING when it has none (public)."""
    event = get_or_404(read, EVENT, event_id)
    rows = [row for row in stock.of_event(read, wire.core_id(event_id)) if row.first_seat is not None and row.total]
    if not rows or event["status"] == "draft":
        raise errors.NotFound(f"Event {event_id} has no seat map.", code="NO_SEATING")
    return rows


@reads(answer=shapes.SeatMap, refuses=(404,), public=True)
def get_seat_map(read: Read, eventId: str) -> Record:
    """Get an event's sections, with ticket type and price, and their seats with coordinates; needs no key."""
    sections: dict[str, Record] = {}
    for place, row in enumerate(seated(read, eventId)):
        if row.section not in sections:
            sold = inventory.type_of(read, row)
            about = {"name": row.section, "ticketTypeId": sold["id"], "price": sold["price"]}
            sections[row.section] = about | {"currency": sold["currency"], "seats": []}
        sections[row.section]["seats"] += [
            {**wire.seat(row, (row.first_seat or 0) + number), "x": number * PITCH, "y": place * PITCH}
            for number in range(row.total)
        ]
    width = max(seat["x"] for section in sections.values() for seat in section["seats"])
    stage = {"type": "stage", "label": "Stage", "x": width // 2, "y": -2 * PITCH}
    ttl_s = int(read.store.settings[shapes.NAME]["hold_ttl_s"])
    return {"eventId": eventId, "holdTtlSeconds": ttl_s, "elements": [stage], "sections": list(sections.values())}


@reads(answer=shapes.TakenSeats, refuses=(404,), public=True)
def list_taken_seats(read: Read, eventId: str) -> dict[str, list[str]]:
    """Get the seats that are sold, blocked or held; all others are free. Needs no key."""
    seated(read, eventId)
    states: dict[str, list[str]] = {"sold": [], "blocked": [], "held": []}
    for row, number, state, _, _ in seats.taken(read, wire.core_id(eventId)):
        states[state].append(wire.seat_id(row, number))
    return states


@writes(body=shapes.HoldRequest, answer=shapes.HeldSeats, refuses=(400, 404, 413), public=True)
def hold_seats(tx: Tx, body: shapes.HoldRequest, eventId: str) -> shapes.HeldSeats:
    """Hold seats for a holder token, replacing its earlier hold; by default a token is created. Needs no key."""
    event = get_or_404(tx, EVENT, eventId)
    seated(tx, eventId)
    token = body["holderToken"] or tx.ids.secret(32)
    hold = inventory.of_holder(tx, eventId, token)
    if hold is None:
        hold = wire.new(tx, shapes.Hold, wire.new_id(tx, "hld"), {"eventId": eventId, "seatIds": []})
        records.put(tx, HOLD, hold, token_hash=keys.digest(token))
    wanted = list(dict.fromkeys(body["seatIds"]))
    hold = inventory.free_seats(tx, hold, [seat for seat in hold["seatIds"] if seat not in wanted])
    fresh = [seat for seat in wanted if seat not in hold["seatIds"]]
    got = [seat for seat in fresh if event["status"] == "published" and _take_seat(tx, hold, seat)]
    seats = [seat for seat in wanted if seat in hold["seatIds"] or seat in got]
    hold = inventory.store_hold(tx, hold | {"seatIds": seats}, prolong=True)
    failed = [seat for seat in wanted if seat not in seats]
    return {"held": seats, "failed": failed, "holderToken": token, "expiresAt": hold["expiresAt"]}


def _take_seat(tx: Tx, hold: Record, seat_id: str) -> bool:
    with suppress(errors.Invalid, errors.SoldOut):
        place = inventory.place_of(tx, seat_id)
        if place.row.event == wire.core_id(hold["eventId"]):
            stock.hold(tx, place.row.id, 1, shapes.NAME, inventory.claim_of(hold, seat_id), seat=place.number)
            return True
    return False


@writes(body=shapes.ReleaseRequest, answer=shapes.ReleasedSeats, refuses=(400, 404, 413), public=True)
def release_seats(tx: Tx, body: shapes.ReleaseRequest, eventId: str) -> shapes.ReleasedSeats:
    """Release some or all of a holder's seats. Needs no key."""
    seated(tx, eventId)
    hold = inventory.of_holder(tx, eventId, body["holderToken"])
    if hold is None:
        return {"released": []}
    released = [seat for seat in hold["seatIds"] if body["seatIds"] is None or seat in body["seatIds"]]
    inventory.store_hold(tx, inventory.free_seats(tx, hold, released))
    return {"released": released}
