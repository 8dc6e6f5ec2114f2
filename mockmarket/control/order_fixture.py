"""One order as a fixture: its event, the row of its seats and itself, as a file that loads and shows the same order."""

from collections.abc import Sequence
from dataclasses import replace

import orjson

from mockmarket import stock
from mockmarket.api.context import current
from mockmarket.clock import iso_ms
from mockmarket.errors import Conflict
from mockmarket.recordings.fixtures import UNREADABLE, fixture_of
from mockmarket.seed.recorded import (
    AnyRecorded,
    Recorded,
    RecordedCaller,
    RecordedEvent,
    RecordedListing,
    RecordedOrder,
)
from mockmarket.stock import Stock
from mockmarket.store import Read, Record, events, history
from mockmarket.store.files import scratch
from mockmarket.vendor import OrderLine, Seller

CHANGES = 200


def changes_of(read: Read, seller: Seller, id: str) -> list[Record]:
    """Return the newest changes of an order's seats, newest first, each a line of the ledger."""
    vendor, view = seller
    return history.stock_changes(read, {"vendor": vendor.name, "record": [*view.names(read, id)]}, CHANGES)


def places_of(changes: Sequence[Record]) -> list[Record]:
    """Return the rows of which an order has or had seats, each as a line of the ledger."""
    return [*{change["stock"]: change for change in changes}.values()]


def obstacle(seller: Seller, record: Record, changes: Sequence[Record]) -> str:
    """Return why a fixture cannot have an order; "" when it can, as far as can be said without loading it."""
    try:
        _recorded(seller, record, changes)
    except Conflict as conflict:
        return conflict.message
    return ""


def text_of(seller: Seller, record: Record) -> str:
    """Return a fixture in YAML with an order, which has been loaded; Conflict, with the reason, for an order that none can have. The row
    begins with the order's seats, so that they are the first to be sold, and ends with them where nothing else loads."""
    vendors, left_out = [*current().world.vendors.values()], list[str]()
    changes = changes_of(current().read(), seller, str(record[seller[1].kind.id]))
    about = f"Order {record[seller[1].kind.id]} of {seller[0].title}."
    for only_own in (False, True):
        with scratch() as folder:
            text, left_out = fixture_of(_recorded(seller, record, changes, only_own), vendors, folder, about)
        if "\norders: []" not in text:
            return text
    raise Conflict(f"No fixture can have this order: {' '.join(left_out)}")


def _recorded(seller: Seller, record: Record, changes: Sequence[Record], only_own: bool = False) -> Recorded:
    """Return what the fixture of an order has, with `only_own` no other seats of its row; Conflict for an order that none can have."""
    vendor, view = seller
    read, recorded, places = current().read(), Recorded(), places_of(changes)
    if len(places) != 1:
        rows = f"{len(places) or 'no'} row{'' if len(places) == 1 else 's'}"
        raise Conflict(f"An order of a fixture has seats of one row; the seats of this order are of {rows}.")
    items = _items_of(seller, record)
    order = next((item for item in items if isinstance(item, RecordedOrder)), None)
    event = events.get(read, places[0]["event"])
    if order is None or event is None:
        raise Conflict(f"{vendor.title}'s orders in a fixture are of one kind of ticket; this order is not.")
    row = stock.get(read, places[0]["stock"])
    listing = next((item for item in items if isinstance(item, RecordedListing)), None)
    own = [item for item in items if isinstance(item, RecordedCaller)]
    placed = _order_of(row, order, view.line(read, record))
    offer = _listing_of(row, order, listing, _first_of(row, order, changes), only_own)
    chosen: list[AnyRecorded] = [_event_of(event), offer, placed, *own]
    for item in chosen:
        recorded.add(vendor.name, item, read.now)
    return recorded


def _first_of(row: Stock, order: RecordedOrder, changes: Sequence[Record]) -> int | None:
    """Return the number of the first of an order's seats, None where they have none; Conflict where they are not side by side."""
    if row.first_seat is None:
        return None
    taken = [sorted(orjson.loads(change["seats"])) for change in changes if change["what"] in ("sold", "held")]
    seats = next((seats for seats in taken if len(seats) == order.quantity), None)
    if seats is None or seats[-1] - seats[0] + 1 != order.quantity:
        raise Conflict(
            "An order of a fixture has seats side by side; the seats of this order are not, or are not known."
        )
    return int(seats[0])


def _items_of(seller: Seller, record: Record) -> list[AnyRecorded]:
    vendor, view = seller
    try:
        return [item for each in view.objects(current().read(), record) for item in vendor.recorded(each)]
    except UNREADABLE:
        return []


def _event_of(event: events.Event) -> RecordedEvent:
    venue = event.venue
    about = event.name, iso_ms(event.starts_at), venue.name, venue.city, venue.zone
    return RecordedEvent(event.id, *about, event.status == "cancelled", data=event.data)


def _listing_of(
    row: Stock, order: RecordedOrder, listing: RecordedListing | None, first: int | None, only_own: bool
) -> RecordedListing:
    sold, seats = order.quantity if order.keeps_seats else 0, row.total
    if first is not None and row.first_seat is not None:
        seats = order.quantity if only_own else row.first_seat + row.total - first
    terms = row.price / 100, row.currency, row.split, row.kind == "general"
    place, data = (None, row.event, row.section, row.row), row.data | dict(listing.data if listing else {})
    return RecordedListing(*place, max(0, seats - sold), *terms, data=data, first_seat=first or 1)


def _order_of(row: Stock, order: RecordedOrder, line: OrderLine) -> RecordedOrder:
    named = {name: text for name, text in (("name", line.buyer), ("email", line.email)) if text}
    place = replace(order, listing=None, event=row.event, section=row.section, row=row.row)
    return replace(place, at=iso_ms(line.at), buyer={**order.buyer, **named}, same_as=None)
