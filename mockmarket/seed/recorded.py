"""A fixture of what recordings show: events, listings and orders, with their vendors' ids as far as a fixture can keep them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mockmarket.clock import iso_ms, parse_iso
from mockmarket.seed import shapes

UNKNOWN_VENUE = "Unknown venue"
UNKNOWN_ROW = "GA"
EVENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PLACE = re.compile(r"(stock|orders|events|venues)\[(\d+)\]")
"""Where the field of a fixture's problem begins with one of our entries."""
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event: `id` is the world's, from which the vendor makes its own. `starts` without an offset is in the venue's `zone`."""

    id: str
    name: str
    starts: str
    venue: str = UNKNOWN_VENUE
    city: str = ""
    zone: str = "UTC"
    is_cancelled: bool = False
    keeps_id: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what a recording may have wrong."""
        check_types((self.id, self.name, self.starts, self.venue, self.city, self.zone))


@dataclass(frozen=True, slots=True)
class RecordedListing:
    """Seats on sale: a row or, with `row` None, a whole section; `free` of them can be bought, numbered from `first_seat` on; `price` is of
    a seat, in the major unit. With `keeps_id` the vendor's listing gets the id that a stock row's `data` gives it (`Stock.own_id`)."""

    own: str | None
    event: str
    section: str
    row: str | None
    free: int
    price: float
    currency: str
    split: str = "any"
    is_general: bool = False
    keeps_id: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)
    first_seat: int = 1

    def __post_init__(self) -> None:
        """Check what a recording may have wrong."""
        check_types((self.own or "", self.event, self.section, self.row or ""), (self.free,), (self.price,))


@dataclass(frozen=True, slots=True)
class RecordedOrder:
    """An order: its listing is named by the vendor's id, or by section and row; `status` is a fixture's, `price` that of one seat.
    `same_as` is the id of an order at another vendor of which this one is the broker's view."""

    own: str
    listing: str | None
    event: str | None
    section: str | None
    row: str | None
    quantity: int
    status: str
    at: str
    buyer: Mapping[str, str]
    keeps_seats: bool = True
    price: float | None = None
    currency: str = "USD"
    keeps_id: bool = False
    same_as: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check what a recording may have wrong."""
        places = (self.listing, self.event, self.section, self.row)
        check_types((self.own, self.status, *(place or "" for place in places)), (self.quantity,), (self.price or 0,))
        parse_iso(self.at)


@dataclass(frozen=True, slots=True)
class RecordedCaller:
    """Who called the vendor: the owner of a key that can do the same, and the members of the vendor's section that it needs."""

    owner: Mapping[str, Any]
    section: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)


AnyRecorded = RecordedEvent | RecordedListing | RecordedOrder | RecordedCaller


def check_types(texts: Iterable[object], integers: Iterable[object] = (), numbers: Iterable[object] = ()) -> None:
    """Raise TypeError unless these values are texts, whole numbers and numbers: a recording may have anything."""
    kinds: tuple[tuple[Iterable[object], Any], ...] = ((texts, str), (integers, int), (numbers, (int, float)))
    for values, kind in kinds:
        if not all(isinstance(value, kind) and not isinstance(value, bool) for value in values):
            raise TypeError("A member has another type than the vendor's.")


def has(record: Mapping[str, Any], *names: str) -> bool:
    """Return whether a record has all these members, none of them null."""
    return all(record.get(name) is not None for name in names)


@dataclass(slots=True)
class Row:
    """A row of seats as the fixture will have it, with the orders that were placed on it; its listing was recorded at `seen` (epoch ms)."""

    event: str
    section: str
    row: str
    listing: RecordedListing
    seen: int | None
    data: Entry
    orders: list[tuple[str, RecordedOrder]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """The number of seats, with those that were sold before the listing was recorded."""
        sold = [order for _, order in self.orders if order.keeps_seats]
        return self.listing.free + sum(
            order.quantity for order in sold if self.seen is None or parse_iso(order.at) <= self.seen
        )

    def entry(self) -> Entry:
        """Return the row's entry of `stock`."""
        listing, own = self.listing, {"data": self.data} if self.data else {}
        kind = {"kind": "general"} if listing.is_general else {}
        first, total = listing.first_seat, self.total
        seats = total if first == 1 else f"{first}-{first + total - 1}"
        entry = {"event": self.event, "section": self.section, "row": self.row, "seats": seats, **kind}
        return entry | {"price": listing.price, "currency": listing.currency, "split": listing.split, **own}


class Recorded:
    """What recordings show, the newest version of each record. `left_out` has what the fixture does not have, with the reason."""

    def __init__(self) -> None:
        self.events: dict[str, RecordedEvent] = {}
        self.listings: dict[tuple[str, str], RecordedListing] = {}
        self.orders: dict[tuple[str, str], RecordedOrder] = {}
        self.callers: dict[str, list[RecordedCaller]] = defaultdict(list)
        self.seen: dict[tuple[str, str], int | None] = {}
        self.lost_ids: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self.left_out: list[str] = []
        self.newest = 0

    def add(self, vendor: str, item: AnyRecorded, at: int | None) -> None:
        """Add a record of a vendor that was recorded at a moment (epoch ms), in the place of an older version."""
        self.newest = max(self.newest, at or 0)
        self.callers.setdefault(vendor, [])
        if isinstance(item, RecordedEvent):
            self.events[item.id] = item
            self._note_id(vendor, "event", item.id, item.keeps_id)
        elif isinstance(item, RecordedListing):
            key = vendor, item.own or f"{item.event}/{item.section}/{item.row}"
            self.listings[key], self.seen[key] = item, at
            self._note_id(vendor, "listing", item.own, item.keeps_id)
        elif isinstance(item, RecordedOrder):
            self.orders[vendor, item.own] = item
            self._note_id(vendor, "order", item.own, item.keeps_id)
            self.newest = max(self.newest, parse_iso(item.at))
        elif item not in self.callers[vendor]:
            self.callers[vendor].append(item)

    def _note_id(self, vendor: str, what: str, id: str | None, is_kept: bool) -> None:
        if id and not is_kept:
            self.lost_ids[vendor, what][id] = None

    def content(self, secrets: Mapping[str, str], about: str) -> tuple[Entry, dict[str, list[str]]]:
        """Return a fixture with these secrets of keys, by vendor, and `about`, and by section a description of each of its entries."""
        rows = self._rows()
        self._place_orders(rows)
        events = [event for event in self.events.values() if self._is_usable(event)]
        placed = [(vendor, order, row) for row in rows.values() for vendor, order in row.orders]
        venues = [*self._venues(events).values()]
        content = {
            "about": about,
            "start": iso_ms(self.newest),
            "venues": venues,
            "events": [self._event_entry(event) for event in events],
            "stock": [row.entry() for row in rows.values()],
            "keys": [_key_of(vendor, secrets[vendor], callers) for vendor, callers in self.callers.items()],
            "orders": [_order_entry(*each) for each in placed],
            "vendors": {vendor: section for vendor, callers in self.callers.items() if (section := _section(callers))},
        }
        labels = {
            "venues": [f"venue {venue['name']}" for venue in venues],
            "events": [f"event {event.id}" for event in events],
            "stock": [f"row {row.row} of section {row.section}, event {row.event}" for row in rows.values()],
            "orders": [f"order {order.own} of {vendor}" for vendor, order, _ in placed],
        }
        return content, labels

    def _is_usable(self, event: RecordedEvent) -> bool:
        return EVENT_ID.fullmatch(event.id) is not None

    def _rows(self) -> dict[tuple[str, str, str], Row]:
        """Return the rows on sale; a listing that another vendor shows too adds its id, one of a whole section that of its first row."""
        rows: dict[tuple[str, str, str], Row] = {}
        for place, listing in sorted(self.listings.items(), key=lambda item: item[1].row is None):
            vendor = place[0]
            if reason := self._obstacle(listing):
                self.left_out.append(f"{vendor}: listing {listing.own} is left out: {reason}")
                continue
            own = {f"{vendor}_id": listing.own} if listing.own and listing.keeps_id else {}
            row = _row_of(rows, listing.event, listing.section, listing.row)
            if row is None:
                name = listing.row or UNKNOWN_ROW
                key = listing.event, listing.section, name
                row = rows[key] = Row(*key, listing, self.seen[place], {})
            row.data |= {**listing.data, **own}
        return rows

    def _obstacle(self, listing: RecordedListing) -> str | None:
        event = self.events.get(listing.event)
        if event is None:
            return f"its event {listing.event} is not shown"
        if not self._is_usable(event):
            return f"its event's id {listing.event} cannot be a fixture's"
        ranges = [name for name in (listing.section, listing.row or "") if shapes.ranged(name) != (name,)]
        return f"a fixture reads {ranges[0]} as several names" if ranges else None

    def _place_orders(self, rows: dict[tuple[str, str, str], Row]) -> None:
        ids = {id for _, id in self.orders}
        for (vendor, id), order in self.orders.items():
            if order.same_as in ids:
                continue
            listing = self.listings.get((vendor, order.listing or ""))
            place = (
                (listing.event, listing.section, listing.row) if listing else (order.event, order.section, order.row)
            )
            row = _row_of(rows, *place) or self._row_for(rows, order)
            if row is None:
                self.left_out.append(f"{vendor}: order {id} is left out: its event, or what it bought, is not shown")
            else:
                row.orders.append((vendor, order))

    def _row_for(self, rows: dict[tuple[str, str, str], Row], order: RecordedOrder) -> Row | None:
        """Return a new row with no more seats than an order has, where enough is known of it."""
        if order.event not in self.events or order.section is None or order.price is None:
            return None
        row = order.row or UNKNOWN_ROW
        own = RecordedListing(None, order.event, order.section, row, 0, order.price, order.currency)
        if self._obstacle(own):
            return None
        key = order.event, order.section, row
        rows[key] = Row(*key, own, None, {})
        return rows[key]

    def _venues(self, events: Iterable[RecordedEvent]) -> dict[tuple[str, str, str], Entry]:
        venues: dict[tuple[str, str, str], Entry] = {}
        for event in events:
            key = event.venue, event.city, event.zone
            id = re.sub(r"[^a-z0-9]+", "-", event.venue.lower()).strip("-")[:40] or "venue"
            taken = {venue["id"] for venue in venues.values()}
            id = id if id not in taken else f"{id}-{len(venues)}"
            venues.setdefault(
                key, {"id": id, "name": event.venue, "city": event.city or event.venue, "zone": event.zone}
            )
        return venues

    def _event_entry(self, event: RecordedEvent) -> Entry:
        venue = self._venues(self.events.values())[event.venue, event.city, event.zone]["id"]
        status = {"status": "cancelled"} if event.is_cancelled else {}
        data = {"data": dict(event.data)} if event.data else {}
        return {"id": event.id, "name": event.name, "venue": venue, "starts": event.starts, **status, **data}


def _row_of(
    rows: Mapping[tuple[str, str, str], Row], event: str | None, section: str | None, row: str | None
) -> Row | None:
    """Return a row by its names; without its own, the first of its section."""
    fitting = (
        each for each in rows.values() if (each.event, each.section) == (event, section) and row in (None, each.row)
    )
    return next(fitting, None)


def _order_entry(vendor: str, order: RecordedOrder, row: Row) -> Entry:
    place = {"vendor": vendor, "event": row.event, "section": row.section, "row": row.row}
    data = {"data": dict(order.data)} if order.data else {}
    return place | {"quantity": order.quantity, "status": order.status, "at": order.at, **order.buyer, **data}


def _key_of(vendor: str, secret: str, callers: Sequence[RecordedCaller]) -> Entry:
    owner = {"owner": dict(callers[0].owner)} if callers else {}
    return {"vendor": vendor, "name": "Full access", "secret": secret, **owner}


def _section(callers: Sequence[RecordedCaller]) -> Entry:
    section: dict[str, list[Mapping[str, Any]]] = {}
    for caller in callers:
        for name, members in caller.section.items():
            known = section.setdefault(name, [])
            known += [dict(member) for member in members if member not in known]
    return dict(section)


def without(content: Entry, labels: dict[str, list[str]], problems: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Take the entries with problems out of a fixture; yields each as a sentence. Nothing is yielded where no problem is an entry's."""
    wrong: dict[tuple[str, int], str] = {}
    for problem in problems:
        if place := PLACE.match(problem["field"]):
            wrong.setdefault((place[1], int(place[2])), problem["message"])
    for (section, number), words in sorted(wrong.items(), reverse=True):
        del content[section][number]
        yield f"{labels[section].pop(number)} is left out: {words}"
