"""Ticket types and the shared stock: one for each section of an event, from its stock rows. Numbered seats, held for a holder."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, count

from mockmarket import clock, errors, stock
from mockmarket.store import Read, Record, Tx, keys, records, seats, timers
from mockmarket.store.margins import Margin
from mockmarket.vendors.zatabox import wire
from mockmarket.vendors.zatabox.records.common import NAME, UNLIMITED, TicketType
from mockmarket.vendors.zatabox.rules.notices import notify
from mockmarket.vendors.zatabox.wire import EVENT, HOLD, SEATING, TICKET_TYPE

HOLD_LAPSES = "seat_hold_lapses"


def of_section(read: Read, event: str, section: str) -> records.Stored | None:
    """Return the ticket type of a section of one of the world's events, or None."""
    id = wire.event_id(event)
    if known := records.stored(read, TICKET_TYPE, ("event", "=", id), ("section", "=", section)):
        return known
    priced = (records.get(read, SEATING, id) or {"sections": ()})["sections"]
    types = [part["ticketTypeId"] for part in priced if part["id"] == section and part["ticketTypeId"]]
    return records.stored(read, TICKET_TYPE, ("id", "=", types[0])) if types else None


def sections_of(read: Read, ticket_type: Record) -> list[str]:
    """Return the sections of a ticket type: one of its own, or those of the event's map that it prices."""
    if own := records.own(read, TICKET_TYPE, ticket_type["id"])["section"]:
        return [str(own)]
    seating = records.get(read, SEATING, ticket_type["eventId"]) or {"sections": ()}
    return [part["id"] for part in seating["sections"] if part["ticketTypeId"] == ticket_type["id"]]


def cents_of(read: Read, ticket_type: Record) -> int:
    """Return the price of a ticket type in cents."""
    return int(records.own(read, TICKET_TYPE, ticket_type["id"])["cents"])


def type_of(read: Read, row: stock.Stock) -> Record:
    """Return a stock row's ticket type; each section on sale has one."""
    if (known := of_section(read, row.event, row.section)) is None:
        raise errors.NotFound(f"Section {row.section} has no ticket type.")
    return known.record


def of_row(tx: Tx, row: stock.Stock) -> records.Stored:
    """Store the ticket type of a section of the world's stock, at the price of this row, its first."""
    return _of_section(tx, row, seats.count_section(tx, row.event, row.section))


def of_rows(tx: Tx, rows: Sequence[stock.Stock]) -> records.Stored:
    """Store the ticket type of a section of the world's stock, which has these rows alone, at the price of the first."""
    counts = sum(row.total for row in rows), sum(row.held for row in rows), sum(row.sold for row in rows)
    return _of_section(tx, rows[0], counts)


def _of_section(tx: Tx, row: stock.Stock, counts: tuple[int, int, int]) -> records.Stored:
    counted = quantities(*counts)
    type = "general" if row.kind == "general" else "reserved"
    sold = {"name": row.section, "type": type, "price": wire.money(row.price), "currency": row.currency, **counted}
    ticket_type = wire.new(
        tx, TicketType, row.own_id(NAME) or wire.new_id(tx, "tkt"), sold, eventId=wire.event_id(row.event)
    )
    sold_out = int(counted["quantityTotal"] == counted["quantitySold"])
    own = {"section": row.section, "cents": row.price, "sold_out": sold_out}
    records.put(tx, TICKET_TYPE, ticket_type, **own)
    return records.Stored(ticket_type, own)


def put_on_sale(tx: Tx, ticket_type: Record) -> None:
    """Create a ticket type's stock: general admission, in the row GA of a section of its own, for every vendor."""
    event, name = wire.core_id(ticket_type["eventId"]), ticket_type["name"]
    names = chain([name], (f"{name} ({number})" for number in count(2)))
    rows, seating = stock.of_event(tx, event), records.get(tx, SEATING, ticket_type["eventId"]) or {"sections": ()}
    taken = {*(row.section for row in rows), *(part["id"] for part in seating["sections"])}
    section = next(name for name in names if name not in taken)
    records.update(tx, TICKET_TYPE, ticket_type, section=section)
    total = UNLIMITED if ticket_type["quantityTotal"] == -1 else ticket_type["quantityTotal"]
    sold = "general", section, "GA", None, total, cents_of(tx, ticket_type), ticket_type["currency"]
    row = stock.Stock(f"s-{tx.ids.text(10)}", event, *sold)
    stock.put_on_sale(tx, row, NAME, ticket_type["id"])


def put_seats_on_sale(tx: Tx, seating: Record) -> None:
    """Create the stock of the priced sections of an event's map that are not on sale, for every vendor."""
    id, core = seating["eventId"], wire.core_id(seating["eventId"])
    on_sale = {row.section for row in seats_on_sale(tx, id)}
    for place in map_of(tx, seating["venueMapId"]):
        known = of_section(tx, core, place.section)
        if known and place.section not in on_sale:
            price, currency = known.own["cents"], known.record["currency"]
            where = core, "seated", place.section, place.row, place.first_seat, place.total, price, currency
            stock.put_on_sale(tx, stock.Stock(f"s-{tx.ids.text(10)}", *where), NAME, known.record["id"])


def map_of(read: Read, venue: str) -> list[stock.Stock]:
    """Return the numbered rows of a venue's map: those of its first event that has any."""
    event = seats.first_seated(read, venue)
    return [] if event is None else seats_on_sale(read, wire.event_id(event))


def seats_on_sale(read: Read, event_id: str) -> list[stock.Stock]:
    """Return the numbered rows of an event."""
    return [row for row in stock.of_event(read, wire.core_id(event_id)) if row.first_seat is not None and row.total]


def is_general(read: Read, ticket_type: Record) -> bool:
    """Return whether a ticket type is on sale in a section of its own."""
    own = records.own(read, TICKET_TYPE, ticket_type["id"])["section"]
    return any(row.section == own for row in stock.of_event(read, wire.core_id(ticket_type["eventId"])))


def block_of(seat_id: str) -> str:
    """Return the record name of a blocked seat's claim."""
    return f"block/{seat_id}"


def unblock(tx: Tx, seat_ids: Sequence[str]) -> None:
    """Free blocked seats."""
    for seat_id in seat_ids:
        stock.release(tx, NAME, block_of(seat_id))


def taken(read: Read, event_id: str) -> dict[str, list[str]]:
    """Return an event's seats that are sold, blocked or held, in this order."""
    states: dict[str, list[str]] = {"sold": [], "blocked": [], "held": []}
    for row, number, state, vendor, record in seats.taken(read, wire.core_id(event_id)):
        seat_id = wire.seat_id(row, number)
        states["blocked" if (vendor, record) == (NAME, block_of(seat_id)) else state].append(seat_id)
    return states


def hold_ttl_s(read: Read, event_id: str) -> int:
    """Return for how many seconds an event's seats are held: its seating's, else the setting's."""
    seating = records.get(read, SEATING, event_id)
    return int(seating["holdTtlSeconds"] if seating else read.store.settings[NAME]["hold_ttl_s"])


def stock_changed(tx: Tx, change: stock.Change) -> Margin | None:
    """Update the ticket type of a stock row's section; announce its last sale, and a new section."""
    row = change.stock
    known = of_section(tx, row.event, row.section)
    if known is None:
        if records.get(tx, EVENT, wire.event_id(row.event)) is None:
            return None
        known = of_row(tx, row)
        notify(tx, "ticket_type.created", known.record)
    ticket_type, own = known
    if change.what in ("added", "changed"):
        own["cents"] = stock.of_event(tx, row.event, row.section)[0].price  # its section's first row has the price
    total, _, sold = counts = _count(tx, row, known)
    own["sold_out"] = own["sold_out"] and int(sold == total)
    changed = _update(tx, ticket_type, own, counts, tx.now)
    if (change.vendor, change.what) != (
        NAME,
        "sold",
    ):  # our own sales are announced before the resulting sold-out notice
        _notify_last_sale(tx, records.Stored(changed, own))
    total, _, sold = counts if own["section"] else seats.count_section(tx, row.event, row.section)
    return Margin({(NAME, TICKET_TYPE.name, changed["id"]): "stored"}, total - sold - 1)


def _count(read: Read, row: stock.Stock, known: records.Stored) -> tuple[int, int, int]:
    sections = [row.section] if known.own["section"] else sections_of(read, known.record)
    total, held, sold = map(sum, zip(*(seats.count_section(read, row.event, name) for name in sections), strict=True))
    return total, held, sold


def refresh(tx: Tx, id: str, moment: int) -> None:
    """Update the ticket type of a stock row's section after changes of seats, the last one at `moment`."""
    row = stock.get(tx, id)
    if known := of_section(tx, row.event, row.section):
        _update(tx, known.record, known.own, _count(tx, row, known), moment)


def _update(tx: Tx, ticket_type: Record, own: Record, counts: tuple[int, int, int], moment: int) -> Record:
    counted = quantities(*counts, unlimited=bool(own["section"]) and ticket_type["quantityTotal"] == -1)
    changed = ticket_type | counted | {"price": wire.money(own["cents"]), "updatedAt": clock.iso_s(moment)}
    records.update(tx, TICKET_TYPE, changed, cents=own["cents"], sold_out=own["sold_out"])
    return changed


def quantities(total: int, held: int, sold: int, unlimited: bool = False) -> dict[str, int]:
    """Return a ticket type's quantities."""
    limit, left = -1 if unlimited else total, total - held - sold
    return {"quantityTotal": limit, "quantitySold": sold, "quantityHeld": held, "quantityAvailable": left}


def notify_last_sales(tx: Tx, ids: Sequence[str]) -> None:
    """Announce which of these ticket types are sold out, unless announced before."""
    for id in dict.fromkeys(ids):
        _notify_last_sale(tx, records.Stored(records.get_or_404(tx, TICKET_TYPE, id), records.own(tx, TICKET_TYPE, id)))


def _notify_last_sale(tx: Tx, known: records.Stored) -> None:
    ticket_type, own = known
    if (
        ticket_type["quantitySold"]
        and not own["sold_out"]
        and ticket_type["quantityAvailable"] + ticket_type["quantityHeld"] == 0
    ):
        records.update(tx, TICKET_TYPE, ticket_type, sold_out=1)
        notify(tx, "ticket_type.sold_out", ticket_type)


def check_sale(read: Read, ticket_type: Record) -> None:
    """Raise Conflict unless a ticket type is on sale by the world's clock."""
    begins, ends = (ticket_type[name] and clock.parse_iso(ticket_type[name]) for name in ("saleStart", "saleEnd"))
    if begins and read.now < begins:
        raise errors.Conflict(f"Ticket type {ticket_type['id']} goes on sale at {ticket_type['saleStart']}.")
    if ends and read.now >= ends:
        raise errors.Conflict(f"The sale of ticket type {ticket_type['id']} ended at {ticket_type['saleEnd']}.")


def hold(tx: Tx, ticket_type: Record, quantity: int, record: str) -> None:
    """Hold a ticket type's seats for a record: in the first row that has them all, else row by row. SoldOut if there are too few."""
    event = wire.core_id(ticket_type["eventId"])
    rows = [row for section in sections_of(tx, ticket_type) for row in stock.of_event(tx, event, section)]
    free = sum(row.free for row in rows)
    if quantity > free:
        sentence = f"Ticket type {ticket_type['id']} has {free} left."
        raise errors.SoldOut(sentence, available=free, about={"ticketTypeId": ticket_type["id"]})
    for row in [row for row in rows if row.free >= quantity][:1] or rows:
        if part := min(row.free, quantity):
            stock.hold(tx, row.id, part, NAME, record)
            quantity -= part


@dataclass(frozen=True, slots=True)
class Place:
    """One numbered seat of a stock row; `id` is its id in holds and orders."""

    row: stock.Stock
    number: int
    id: str


def place_of(read: Read, seat_id: str, field: str = "venueSeatIds") -> Place:
    """Return the seat with this id; Invalid, at a field, when there is none."""
    row_id, _, number = seat_id.rpartition("-")
    with suppress(errors.NotFound):
        row = stock.get(read, row_id)
        first = row.first_seat if re.fullmatch("[0-9]{1,7}", number) else None
        if first is not None and first <= int(number) < first + row.total:
            return Place(row, int(number), wire.seat_id(row_id, int(number)))
    raise errors.Invalid(f"There is no seat {seat_id}.", details=[(field, f"no seat {seat_id}")])


def of_holder(read: Read, event_id: str, token: str) -> Record | None:
    """Return a holder's hold on an event, or None."""
    return records.first(read, HOLD, ("event", "=", event_id), ("token_hash", "=", keys.digest(token)))


def claim_of(hold: Record, seat_id: str) -> str:
    """Return the record name of one held seat's claim, so that the seat can be released alone."""
    return f"{hold['id']}/{seat_id}"


def store_hold(tx: Tx, hold: Record, prolong: bool = False) -> Record:
    """Store a hold, with `prolong` for its full time again; an empty one is deleted."""
    if not hold["seatIds"]:
        records.delete(tx, HOLD, hold["id"])
        timers.stop(tx, NAME, HOLD_LAPSES, hold["id"])
        return hold | {"expiresAt": None}
    if prolong:
        until = clock.later(tx.now, hold_ttl_s(tx, hold["eventId"]) * 1000)
        timers.set(tx, timers.Timer(NAME, HOLD_LAPSES, hold["id"], until))
        hold = hold | {"expiresAt": clock.iso_s(until)}
    records.update(tx, HOLD, hold)
    return hold


def free_seats(tx: Tx, hold: Record, seat_ids: list[str]) -> Record:
    """Free some of a holder's seats; returns the remaining hold, not yet stored."""
    for seat_id in seat_ids:
        stock.release(tx, NAME, claim_of(hold, seat_id))
    return hold | {"seatIds": [seat for seat in hold["seatIds"] if seat not in seat_ids]}


def lapse_hold(tx: Tx, id: str) -> None:
    """Free every seat of an expired hold."""
    if hold := records.get(tx, HOLD, id):
        store_hold(tx, free_seats(tx, hold, hold["seatIds"]))


def take_places(tx: Tx, order: str, ticket_type: Record, places: tuple[Place, ...], token: str | None) -> None:
    """Hold chosen seats for an order: those of its holder, whose hold loses them, or free ones. SoldOut for another holder's."""
    hold = of_holder(tx, ticket_type["eventId"], token) if token else None
    for place in places:
        if hold and place.id in hold["seatIds"]:
            stock.hand_over(tx, "held", NAME, claim_of(hold, place.id), order)
            hold["seatIds"].remove(place.id)
            continue
        try:
            stock.hold(tx, place.row.id, 1, NAME, order, seat=place.number)
        except errors.SoldOut as error:
            about = {"ticketTypeId": ticket_type["id"], "venueSeatId": place.id}
            raise errors.SoldOut(f"Seat {place.id} is not free.", available=place.row.free, about=about) from error
    if hold is not None:
        store_hold(tx, hold)
