"""Tickets: single seats, free in their inventory, on hold, sold on a line, or cancelled."""

from collections.abc import Callable, Iterable, Sequence

from mockmarket.store import Read, Record, Tx, records
from mockmarket.vendors.skybox import callers, wire
from mockmarket.vendors.skybox.records.inventory import Ticket
from mockmarket.vendors.skybox.records.types import NAME, Payload

BySeats = Callable[[Tx, str, Sequence[int], str, str], object]
Seats = Sequence[tuple[int, int | None]]
ByCount = Callable[[Tx, str, int, str, str], object]
ENTERED = {"filesUploaded": "fileName", "barCodesEntered": "barCode", "externalTicketIdEntered": "externalTicketId"}
"""What an inventory says of its tickets: that each of them has this member."""
BY_SEAT: tuple[records.Order, ...] = (("seat_number", "asc"), ("number", "asc"))
LEFT: tuple[records.Condition, ...] = (("status", "=", "AVAILABLE"), ("hold", "=", 0))
STANDING: records.Condition = ("status", "!=", "CANCELLED")
AS_INVENTORY = ("section", "row", "stockType", "eventId", "accountId", "createdDate", "createdBy")
"""The members that a new ticket copies from its inventory."""
MONEY = ("cost", "taxedCost", "faceValue")
"""The amounts of a ticket that an inventory shows as its tickets' total (public: its example of a purchase)."""


def _by_seat(read: Read, *where: records.Condition) -> list[Record]:
    return records.find(read, wire.TICKET, *where, order=BY_SEAT)


def pool(read: Read, id: int) -> list[Record]:
    """Return the remaining tickets of an inventory."""
    return _by_seat(read, ("inventory", "=", id), *LEFT)


def held_of(read: Read, id: int) -> list[Record]:
    """Return the tickets of an inventory that are on hold."""
    return _by_seat(read, ("inventory", "=", id), ("hold", ">", 0))


def sold_of(read: Read, id: int) -> list[Record]:
    """Return the sold tickets of an inventory."""
    return _by_seat(read, ("inventory", "=", id), ("status", "=", "SOLD"))


def of(read: Read, **owner: int) -> list[Record]:
    """Return the uncancelled tickets of a `hold`, sold on a line (`sale`) or bought with one (`purchase_line`)."""
    return _by_seat(read, *((column, "=", id) for column, id in owner.items()), STANDING)


def of_stock(read: Read, stock: str, seats: Sequence[int] = ()) -> list[Record]:
    """Return the uncancelled tickets of a stock row, or of these seats of it."""
    named: list[records.Condition] = [("seat", "in", list(seats))] if seats else []
    return _by_seat(read, ("stock", "=", stock), *named, STANDING)


def hold_of(read: Read, ticket: Payload) -> int:
    """Return the id of a ticket's hold, 0 for none."""
    return int(records.own(read, wire.TICKET, str(ticket["id"]))["hold"])


def holds_of(read: Read, tickets: Sequence[Record]) -> list[int]:
    """Return the ids of these tickets' holds."""
    return sorted({hold for ticket in tickets if (hold := hold_of(read, ticket))})


def stock_of(read: Read, ticket: Payload) -> tuple[str, int | None]:
    """Return a ticket's stock row, and its seat number there, None in general admission."""
    own = records.own(read, wire.TICKET, str(ticket["id"]))
    return own["stock"], own["seat"]


def claim(tx: Tx, tickets: Sequence[Record], by_seats: BySeats, by_count: ByCount, claim: str) -> None:
    """Claim tickets of one listing in the shared stock: their seats, or as many of general admission."""
    placed = [stock_of(tx, ticket) for ticket in tickets]
    row, seats = placed[0][0], [seat for _, seat in placed if seat is not None]
    if seats:
        by_seats(tx, row, seats, NAME, claim)
    else:
        by_count(tx, row, len(tickets), NAME, claim)


def mark(tx: Tx, tickets: Sequence[Record], by: callers.Actor, changes: Payload, **own: object) -> None:
    """Store tickets with changes of members and of own columns."""
    mark_each(tx, tickets, by, [changes] * len(tickets), **own)


def mark_each(tx: Tx, tickets: Sequence[Record], by: callers.Actor, changes: Iterable[Payload], **own: object) -> None:
    """Store tickets, each with its own changes of members."""
    for ticket, changed in zip(tickets, changes, strict=True):
        records.update(tx, wire.TICKET, {**ticket, **changed, **wire.change_stamp(by.name, tx.now)}, **own)


def sell(tx: Tx, tickets: Sequence[Record], line: int, amount: float, by: callers.Actor) -> None:
    """Sell tickets on a line, which divide its amount (public: passed through to ticket.sellPrice)."""
    sale = {"status": "SOLD", "invoiceLineId": line}
    mark_each(tx, tickets, by, [{**sale, "sellPrice": price} for price in wire.shares(amount, len(tickets))], hold=0)


def free(tx: Tx, tickets: Sequence[Record], by: callers.Actor, inventory: int | None = None) -> None:
    """Put tickets back into their inventory, or into another one."""
    back = {} if inventory is None else {"inventoryId": inventory}
    mark(tx, tickets, by, {"status": "AVAILABLE", "invoiceLineId": None, "sellPrice": 0.0, **back}, hold=0)


def cancel(tx: Tx, tickets: Sequence[Record], by: callers.Actor) -> None:
    """Cancel tickets: they leave their inventory's pool."""
    mark(tx, tickets, by, {"status": "CANCELLED", "dateCancelled": wire.moment(tx.now)}, hold=0)


def issue(
    tx: Tx, listing: Record, stock: str, seats: Seats, bodies: Sequence[Payload], purchase_line: int | None
) -> list[Record]:
    """Create the tickets of an inventory: `seats` gives each one's displayed number, and its number in the stock row, `bodies` its
    amounts and other own members."""
    issued = new(listing, seats, bodies, purchase_line, wire.next_number(tx, wire.TICKET))
    records.put_many(tx, wire.TICKET, zip(issued, columns_of(stock, seats), strict=True))
    return issued


def new(
    listing: Payload, seats: Seats, bodies: Sequence[Payload], purchase_line: int | None, first: int
) -> list[Record]:
    """Return the new tickets of an inventory, whose ids begin with `first`."""
    shared = {name: listing[name] for name in AS_INVENTORY}
    shared |= {"lastUpdate": listing["createdDate"], "lastUpdateBy": listing["createdBy"]}
    own: Record = {"inventoryId": listing["id"], "purchaseLineId": purchase_line}
    return [
        wire.new_record(Ticket, {"faceValue": 0.0, **shared, **filled(body)}, **own, id=id, seatNumber=seat)
        for id, ((seat, _), body) in enumerate(zip(seats, bodies, strict=True), first)
    ]


def columns_of(stock: str, seats: Seats) -> list[Record]:
    """Return the own columns of new tickets of a stock row."""
    return [{"stock": stock, "seat": seat, "hold": 0} for _, seat in seats]


def have(tickets: Sequence[Payload], name: str) -> bool:
    """Return whether each ticket has a barcode, a file or another such member."""
    return all(ticket.get(name) for ticket in tickets)


def filled(body: Payload) -> Record:
    """Return the members of a body that are not null."""
    return {name: value for name, value in body.items() if value is not None}


def priced(group: Payload, bodies: Sequence[Payload], path: str) -> list[Record]:
    """Return the bodies of a group's tickets with their amounts: their own, else their share of the group's."""
    parts = [
        (name, wire.divided(group.get(name), [body.get(name) for body in bodies], f"{path}{name}")) for name in MONEY
    ]
    return [{**body, **{name: part[place] for name, part in parts}} for place, body in enumerate(bodies)]
