"""One order as a fixture: its event, the row of its seats and itself, as a file that loads and shows the same order."""

from dataclasses import replace

from mockmarket import stock
from mockmarket.api.context import current
from mockmarket.clock import iso_ms
from mockmarket.dashboard import formats
from mockmarket.dashboard.order_list import Seller
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
from mockmarket.vendor import OrderLine

CHANGES = 200


def places_of(read: Read, seller: Seller, id: str) -> list[Record]:
    """Return the rows of which an order has or had seats, each as a line of the ledger."""
    vendor, view = seller
    changes = history.stock_changes(read, {"vendor": vendor.name, "record": [*view.names(read, id)]}, CHANGES)
    return [*{change["stock"]: change for change in changes}.values()]


def obstacle(seller: Seller, record: Record) -> str:
    """Return why a fixture cannot have an order; "" when it can, as far as can be said without loading it."""
    try:
        _recorded(seller, record)
    except Conflict as conflict:
        return conflict.message
    return ""


def text_of(seller: Seller, record: Record) -> str:
    """Return a fixture in YAML with an order, which has been loaded; Conflict, with the reason, for an order that none can have."""
    recorded, vendors = _recorded(seller, record), [*current().world.vendors.values()]
    with scratch() as folder:
        about = f"Order {record[seller[1].kind.id]} of {seller[0].title}."
        text, left_out = fixture_of(recorded, vendors, folder, about)
    if "\norders: []" in text:
        raise Conflict(f"No fixture can have this order: {' '.join(left_out)}")
    return text


def _recorded(seller: Seller, record: Record) -> Recorded:
    """Return what the fixture of an order has; Conflict for an order that no fixture can have."""
    vendor, view = seller
    read, recorded = current().read(), Recorded()
    places = places_of(read, seller, str(record[view.kind.id]))
    if len(places) != 1:
        rows = formats.counted(len(places), "row")
        raise Conflict(f"An order of a fixture has seats of one row; the seats of this order are of {rows}.")
    items = _items_of(seller, record)
    order = next((item for item in items if isinstance(item, RecordedOrder)), None)
    event = events.get(read, places[0]["event"])
    if order is None or event is None:
        raise Conflict(f"{vendor.title}'s orders in a fixture are of one kind of ticket; this order is not.")
    row, listing = (
        stock.get(read, places[0]["stock"]),
        next((each for each in items if isinstance(each, RecordedListing)), None),
    )
    own = [item for item in items if isinstance(item, RecordedCaller)]
    placed = _order_of(row, order, view.line(read, record))
    chosen: list[AnyRecorded] = [_event_of(event), _listing_of(row, order, listing), placed, *own]
    for item in chosen:
        recorded.add(vendor.name, item, read.now)
    return recorded


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


def _listing_of(row: Stock, order: RecordedOrder, listing: RecordedListing | None) -> RecordedListing:
    sold = order.quantity if order.keeps_seats else 0
    terms = row.price / 100, row.currency, row.split, row.kind == "general"
    data = row.data | dict(listing.data if listing else {})
    return RecordedListing(None, row.event, row.section, row.row, max(0, row.total - sold), *terms, data=data)


def _order_of(row: Stock, order: RecordedOrder, line: OrderLine) -> RecordedOrder:
    named = {name: text for name, text in (("name", line.buyer), ("email", line.email)) if text}
    place = replace(order, listing=None, event=row.event, section=row.section, row=row.row)
    return replace(place, at=iso_ms(line.at), buyer={**order.buyer, **named}, same_as=None)
