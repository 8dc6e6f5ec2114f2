"""Planting: a checked fixture becomes a world's database, each vendor's records and orders included."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from mockmarket import stock
from mockmarket.api.auth import read_allowlist
from mockmarket.clock import iso_s, later, monotonic
from mockmarket.errors import Conflict, Invalid, Refusal, SoldOut, SplitRefused
from mockmarket.seed import moments
from mockmarket.seed.shapes import labels, row_id, seat_range
from mockmarket.stock import Stock
from mockmarket.store import Store, Tx, endpoints, events, keys, outbox, settings
from mockmarket.store.events import Event, Venue
from mockmarket.vendor import Seeding, SeedOrder, Vendor

SLOW_S = 1.0
WRONG_FIELD: tuple[tuple[type[Refusal], str], ...] = (
    (SoldOut, "quantity"), (SplitRefused, "quantity"), (Conflict, "event"), (Invalid, "status"),
)  # fmt: skip
"""Which field of an order a vendor's refusal is about; the first that fits."""


class Misplanted(Exception):
    """What the fixture says cannot be: `where` is the path of keys and indexes that leads there."""

    def __init__(self, where: Sequence[Any], words: str) -> None:
        super().__init__(words)
        self.where = tuple(where)


class Progress:
    """Says on standard error how far a slow loading has come; silent when it takes less than a second.

    Its stages follow each other, each so many steps long; steps beyond a stage's length do not count.
    """

    def __init__(self) -> None:
        self.every_s = SLOW_S
        self.total = self.done = self.end = 0
        self.said = monotonic()

    def stage(self, steps: int) -> None:
        """Begin the next stage, the one before being over."""
        self.done = self.end
        self.end += steps

    def step(self, what: str, count: int = 1) -> None:
        """Count something done, and say so at most every `every_s` seconds."""
        self.done = min(self.done + count, self.end)
        now = monotonic()
        if now - self.said >= self.every_s:
            self.said = now
            self.say(what)

    def say(self, what: str) -> None:
        """Print a line; where nobody can read it, that stops nothing."""
        if sys.stderr is not None:
            with suppress(OSError):
                sys.stderr.write(f"Loading {what}: {self.done} of {self.total} ({100 * self.done // self.total} %)\n")


class Rows:
    """Every stock row in the order of the fixture, read from the database anew each time that they are gone through."""

    def __init__(self, tx: Tx, progress: Progress, vendor: str) -> None:
        self._tx = tx
        self._progress = progress
        self._vendor = vendor

    def __iter__(self) -> Iterator[Stock]:
        for row in stock.every(self._tx):
            self._progress.step(self._vendor)
            yield row

    def of(self, event: str) -> list[Stock]:
        """Return an event's rows, in the same order."""
        rows = stock.of_event(self._tx, event)
        self._progress.step(self._vendor, len(rows))
        return rows


def plant(
    store: Store, content: Mapping[str, Any], vendors: Sequence[Vendor], start: int, progress: Progress | None = None
) -> None:
    """Fill a new world's database: all of it or, on an error, nothing. What happened before the start is not announced.

    The store's listeners are the vendors; only the fixture's orders are asked of them.
    """
    progress = progress or Progress()
    entries = len(content["stock"])
    progress.total = len(content["events"]) + entries * (1 + len(vendors)) + len(content["orders"])
    with store.atomic() as tx:
        tx.now = start
        with tx.without_notifying():
            plant_offers(tx, content, vendors, start, progress)
        progress.stage(len(content["orders"]))
        plant_orders(tx, content["orders"], {vendor.name: vendor for vendor in vendors}, start, progress)
        outbox.forget(tx)
        tx.now = start
        plant_access(tx, content, vendors, start)


def default_settings(vendors: Sequence[Vendor]) -> Mapping[str, Mapping[str, Any]]:
    """Return the settings that vendors have when nothing sets them."""
    return {vendor.name: {name: setting.default for name, setting in vendor.settings.items()} for vendor in vendors}


def plant_offers(tx: Tx, content: Mapping[str, Any], vendors: Sequence[Vendor], start: int, progress: Progress) -> None:
    """Store the fixture's events and stock, and have each vendor make its records of them."""
    progress.stage(len(content["events"]))
    shows = plant_events(tx, content, start, progress)
    progress.stage(len(content["stock"]))
    plant_stock(tx, content["stock"], progress)
    for vendor in vendors:
        progress.stage(len(content["stock"]))
        rows = Rows(tx, progress, vendor.name)
        vendor.records.seed(Seeding(tx, start, shows, rows, content["vendors"].get(vendor.name, {})))


def plant_access(tx: Tx, content: Mapping[str, Any], vendors: Sequence[Vendor], start: int) -> None:
    """Store the fixture's keys, endpoints and settings."""
    plant_keys(tx, content["keys"], {vendor.name: vendor for vendor in vendors}, start)
    plant_endpoints(tx, content["endpoints"], start)
    for vendor_name, values in content["settings"].items():
        for name, value in values.items():
            settings.put(tx, vendor_name, name, value)


def plant_events(tx: Tx, content: Mapping[str, Any], start: int, progress: Progress) -> list[Event]:
    """Store the fixture's venues and events, its dates made absolute."""
    venues = {
        venue["id"]: Venue(venue["id"], venue["name"], venue["city"], venue["zone"], venue["data"])
        for venue in content["venues"]
    }
    events.add_venues(tx, venues.values())
    shows = []
    for number, one in enumerate(content["events"]):
        venue = venues[one["venue"]]
        with blamed_on("events", number, "starts"):
            begins = moments.moment(one["starts"], start, venue.zone)
        shows.append(
            Event(
                one["id"],
                one["name"],
                venue,
                begins,
                later(begins, moments.span(one["lasts"])),
                one["status"],
                one["data"],
            )
        )
        progress.step("events")
    events.add(tx, shows)
    return shows


@contextmanager
def blamed_on(*where: Any) -> Iterator[None]:
    """Raise Misplanted, saying where, for a date that cannot be or an order that its vendor refuses."""
    try:
        yield
    except Refusal as refusal:
        fields = [field for kind, field in WRONG_FIELD if isinstance(refusal, kind)]
        raise Misplanted((*where, *fields[:1]), refusal.message) from refusal
    except ValueError as error:
        raise Misplanted(where, str(error)) from error


def plant_stock(tx: Tx, entries: Iterable[Mapping[str, Any]], progress: Progress) -> None:
    """Store the fixture's stock: a row of it for each section and row that an entry names."""
    stock.add(tx, rows_of_all(entries, progress))


def rows_of_all(entries: Iterable[Mapping[str, Any]], progress: Progress) -> Iterator[Stock]:
    """Yield the stock rows that the entries of the fixture stand for."""
    for number, entry in enumerate(entries):
        yield from rows_of(number, entry)
        progress.step("stock")


def rows_of(number: int, entry: Mapping[str, Any]) -> Iterable[Stock]:
    """Return the stock rows that one entry of the fixture stands for."""
    first, count = seat_range(entry["seats"])
    for section in labels(entry["section"]):
        for place, row in enumerate(labels(entry["row"])):
            yield Stock(
                id=f"s{number + 1}-{row_id(section, row)}",
                event=entry["event"],
                kind=entry["kind"],
                section=section,
                row=row,
                first_seat=None if entry["kind"] == "general" else first,
                total=count,
                price=round((entry["price"] + place * entry["per_row"]) * 100),
                currency=entry["currency"],
                split=entry["split"],
                data=entry["data"],
            )


def plant_orders(
    tx: Tx, orders: Sequence[Mapping[str, Any]], vendors: Mapping[str, Vendor], start: int, progress: Progress
) -> None:
    """Have each order of the fixture placed and moved by its vendor's own rules, in the order of their dates."""
    named = {order["event"] for order in orders}
    rows = {(event, row.section, row.row): row.id for event in named for row in stock.of_event(tx, event)}
    dated = [(placed_at(number, one, start), number, one) for number, one in enumerate(orders)]
    for at, number, one in sorted(dated, key=lambda entry: entry[:2]):
        tx.now = at
        with blamed_on("orders", number):
            vendors[one["vendor"]].records.place(tx, SeedOrder(
                rows[one["event"], one["section"], one["row"]], one["quantity"], one["status"],
                one["name"], one["email"], one["phone"], one["country_code"], one["data"],
            ))  # fmt: skip
        progress.step("orders")


def placed_at(number: int, order: Mapping[str, Any], start: int) -> int:
    """Return when an order was placed, in epoch ms; Misplanted when that is after the world's start."""
    with blamed_on("orders", number, "at"):
        at = moments.moment(order["at"], start)
        if at > start:
            raise ValueError(
                f"{order['at']!r} is after the world's start ({iso_s(start)}); an order was placed before it."
            )
        return at


def plant_keys(tx: Tx, entries: Sequence[Mapping[str, Any]], vendors: Mapping[str, Vendor], start: int) -> None:
    """Store the fixture's keys, hashed."""
    for number, one in enumerate(entries):
        with blamed_on("keys", number, "expires"):
            expires = None if one["expires"] is None else moments.moment(one["expires"], start)
        granted = (
            [scope.name for scope in vendors[one["vendor"]].api.scopes] if one["scopes"] == "all" else one["scopes"]
        )
        key = keys.Key(
            id=f"key_{one['vendor']}_{number + 1}", vendor=one["vendor"], kind=one["kind"], name=one["name"],
            description=one["description"], hash=keys.digest(one["secret"]), hint=keys.hint(one["secret"]),
            scopes=tuple(granted), ip_allowlist=read_allowlist(one["ip_allowlist"]), callback_url=one["callback_url"],
            expires_at=expires, created_at=start, owner=one["owner"],
        )  # fmt: skip
        keys.put(tx, key)
        keys.follow_callback(
            tx, key, one["secret"] if vendors[one["vendor"]].webhooks.key_signs else one["callback_secret"]
        )


def plant_endpoints(tx: Tx, entries: Sequence[Mapping[str, Any]], start: int) -> None:
    """Store the fixture's endpoints."""
    for number, one in enumerate(entries):
        endpoints.put(tx, endpoints.Endpoint(
            id=f"end_{one['vendor']}_{number + 1}", vendor=one["vendor"], url=one["url"], secret=one["secret"],
            created_at=start, updated_at=start, owner=one["owner"], types=None if one["types"] is None else tuple(one["types"]),
            headers=one["headers"], basic_auth=one["basic_auth"], active=one["active"], data=one["data"],
        ))  # fmt: skip
