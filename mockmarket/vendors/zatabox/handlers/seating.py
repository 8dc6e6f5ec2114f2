"""Seats: the public map, the seats that are taken, and holds, without a key; and how an organizer gives an event its seats."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

import flask
import orjson

from mockmarket import errors, stock
from mockmarket.api import context, operations as api, sse
from mockmarket.records import Create
from mockmarket.store import Read, Tx, events as shows, keys, records
from mockmarket.store.records import Record, get_or_404
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.handlers.conventions import OPEN, reads, writes
from mockmarket.vendors.zatabox.records import common as shapes, organizer
from mockmarket.vendors.zatabox.rules import events, inventory
from mockmarket.vendors.zatabox.rules.notices import invalid, open_event
from mockmarket.vendors.zatabox.wire import EVENT, HOLD, SEATING, TICKET_TYPE

PITCH = 20  # how far seats stand apart on the map, in the map's own units (convention)
LIVE = api.Answer(shapes.SeatUpdate, 200, "A `snapshot`, then `seat_update` events.", "text/event-stream")


def seated(read: Read, event_id: str) -> list[stock.Stock]:
    """Return the numbered rows of an event that is on sale; NotFound, NO_SEATING when it has none (public)."""
    event, rows = get_or_404(read, EVENT, event_id), inventory.seats_on_sale(read, event_id)
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
    ttl_s = inventory.hold_ttl_s(read, eventId)
    return {"eventId": eventId, "holdTtlSeconds": ttl_s, "elements": [stage], "sections": list(sections.values())}


@reads(answer=shapes.TakenSeats, refuses=(404,), public=True)
def list_taken_seats(read: Read, eventId: str) -> dict[str, list[str]]:
    """Get the seats that are sold, blocked or held; all others are free. Needs no key."""
    seated(read, eventId)
    return inventory.taken(read, eventId)


@reads(answer=LIVE, refuses=(404, 429), public=True)
def watch_seats(read: Read, eventId: str) -> flask.Response:
    """Stream an event's seats as server-sent events: a `snapshot` at once, then a `seat_update` for each change. Needs no key."""
    seated(read, eventId)
    world = context.current().world

    def events(server: context.ServerHooks) -> Iterator[tuple[str, bytes]]:
        before = None
        for _ in sse.changes(world, server):
            now = inventory.taken(world.read(), eventId)
            if before is None:
                yield "snapshot", orjson.dumps(now)
            else:
                yield from (("seat_update", orjson.dumps(update)) for update in _updates(before, now))
            before = now

    return sse.stream(world, events)


def _updates(before: dict[str, list[str]], now: dict[str, list[str]]) -> Iterator[shapes.SeatUpdate]:
    free = {"available": [seat for seats in before.values() for seat in seats if seat not in chain(*now.values())]}
    for status, seat_ids in (free | now).items():
        if fresh := [seat for seat in seat_ids if seat not in before.get(status, ())]:
            yield {"seatIds": fresh, "status": status}


@writes(body=shapes.HoldRequest, answer=shapes.HeldSeats, refuses=OPEN, public=True)
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


@writes(body=shapes.ReleaseRequest, answer=shapes.ReleasedSeats, refuses=OPEN, public=True)
def release_seats(tx: Tx, body: shapes.ReleaseRequest, eventId: str) -> shapes.ReleasedSeats:
    """Release some or all of a holder's seats. Needs no key."""
    seated(tx, eventId)
    hold = inventory.of_holder(tx, eventId, body["holderToken"])
    if hold is None:
        return {"released": []}
    released = [seat for seat in hold["seatIds"] if body["seatIds"] is None or seat in body["seatIds"]]
    inventory.store_hold(tx, inventory.free_seats(tx, hold, released))
    return {"released": released}


@reads(answer=shapes.Items[organizer.VenueMap], scope="events:read")
def list_venue_maps(read: Read) -> shapes.Items[Record]:
    """List the venues with numbered seats, whose maps an event may have."""
    maps = ((venue, inventory.map_of(read, venue.id)) for venue in shows.venues(read))
    return {"items": [_describe_map(venue, rows) for venue, rows in maps if rows]}


def _describe_map(venue: shows.Venue, rows: list[stock.Stock]) -> Record:
    sections: dict[str, Record] = {}
    for row in rows:
        section = sections.setdefault(row.section, {"id": row.section, "name": row.section, "seatCount": 0})
        section["seatCount"] += row.total
    capacity = sum(row.total for row in rows)
    return {
        "id": venue.id,
        "name": venue.name,
        "city": venue.city,
        "capacity": capacity,
        "sections": list(sections.values()),
    }


@reads(answer=organizer.Seating, scope="events:read")
def get_seating(read: Read, id: str) -> Record:
    """Get an event's seating: its map, the ticket type of each section, and its blocked and sold seats."""
    return _describe_seating(read, get_or_404(read, EVENT, id))


def _describe_seating(read: Read, event: Record) -> Record:
    seating = records.get(read, SEATING, event["id"]) or _own_seating(read, event["id"])
    states = inventory.taken(read, event["id"])
    return seating | {name: states[name] for name in ("blocked", "sold")}


def _own_seating(read: Read, event_id: str) -> Record:
    rows, show = inventory.seats_on_sale(read, event_id), shows.get(read, wire.core_id(event_id))
    if not rows or show is None:
        raise errors.NotFound(f"Event {event_id} has no seating.", code="NO_SEATING")
    types = {row.section: inventory.type_of(read, row)["id"] for row in rows}
    sections = [{"id": name, "name": name, "ticketTypeId": type} for name, type in types.items()]
    ttl_s = inventory.hold_ttl_s(read, event_id)
    return {
        "eventId": event_id,
        "venueMapId": show.venue.id,
        "mode": "interactive",
        "holdTtlSeconds": ttl_s,
        "sections": sections,
    }


@writes(body=Create(organizer.Seating), answer=organizer.Seating, scope="events:write")
def attach_seating(tx: Tx, body: Record, id: str) -> Record:
    """Give an event the map of a venue; its seats go on sale once they are priced and the event is published."""
    event = open_event(tx, id)
    rows = inventory.map_of(tx, body["venueMapId"])
    if not rows:
        raise errors.NotFound(f"There is no venue map {body['venueMapId']}.")
    names = dict.fromkeys(row.section for row in rows)
    if any(row.total and row.section in names for row in stock.of_event(tx, wire.core_id(id))):
        raise errors.Conflict(f"Event {id} has tickets on sale in a section of this map.")
    body["holdTtlSeconds"] = body["holdTtlSeconds"] or int(tx.store.settings[shapes.NAME]["hold_ttl_s"])
    sections = [{"id": name, "name": name, "ticketTypeId": None} for name in names]
    records.put(tx, SEATING, {"eventId": id, **body, "sections": sections, "blocked": [], "sold": []})
    return _describe_seating(tx, events.revise(tx, event, seating=True))


@writes(answer=organizer.Seating, scope="events:write")
def detach_seating(tx: Tx, id: str) -> Record:
    """Remove an event's seating before a seat is sold; answers what was removed."""
    event, seating = get_or_404(tx, EVENT, id), get_or_404(tx, SEATING, id)
    states = inventory.taken(tx, id)
    if states["sold"] or states["held"]:
        raise errors.Conflict(f"Event {id} has seats that are held or sold.")
    inventory.unblock(tx, states["blocked"])
    for row in inventory.seats_on_sale(tx, id):
        stock.alter(tx, row.id, shapes.NAME, id, total=0)
    records.delete(tx, SEATING, id)
    events.revise(tx, event, seating=False)
    return seating


@writes(body=organizer.Pricing, answer=organizer.Seating, scope="events:write")
def price_seating(tx: Tx, body: organizer.Pricing, id: str) -> Record:
    """Give sections of an event's map their ticket types."""
    event, seating = open_event(tx, id), get_or_404(tx, SEATING, id)
    sections = {section["id"]: section for section in seating["sections"]}
    on_sale = {row.section for row in inventory.seats_on_sale(tx, id)}
    for mapping in body["mappings"]:
        section, ticket_type = mapping["venueSectionId"], get_or_404(tx, TICKET_TYPE, mapping["ticketTypeId"])
        if section not in sections or ticket_type["eventId"] != id:
            raise invalid("mappings", f"must name sections of the map and ticket types of event {id}")
        if (section in on_sale and sections[section]["ticketTypeId"] != ticket_type["id"]) or inventory.is_general(
            tx, ticket_type
        ):
            raise errors.Conflict(f"Section {section} or ticket type {ticket_type['id']} is on sale already.")
        sections[section]["ticketTypeId"] = ticket_type["id"]
    records.put(tx, SEATING, seating)
    if shows.get(tx, wire.core_id(id)):
        inventory.put_seats_on_sale(tx, seating)
    return _describe_seating(tx, event)


@writes(body=organizer.Blocks, answer=organizer.Seating, scope="events:write")
def block_seats(tx: Tx, body: organizer.Blocks, id: str) -> Record:
    """Block seats of an event that is on sale, or unblock them; TICKET_SOLD_OUT for a seat that is held or sold."""
    event = get_or_404(tx, EVENT, id)
    blocked = inventory.taken(tx, id)["blocked"]
    inventory.unblock(tx, [seat for seat in body["unblock"] if seat in blocked])
    for seat_id in body["block"]:
        place = inventory.place_of(tx, seat_id, "block")
        if place.row.event != wire.core_id(id):
            raise invalid("block", f"must be seats of event {id}")
        if place.id not in blocked:
            stock.hold(tx, place.row.id, 1, shapes.NAME, inventory.block_of(place.id), seat=place.number)
    return _describe_seating(tx, event)
