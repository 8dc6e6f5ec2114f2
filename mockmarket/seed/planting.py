"""Planting: fills a world's database with a checked fixture, each vendor's records and orders included."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from mockmarket import stock
from mockmarket.api.auth import read_allowlist
from mockmarket.clock import iso_s, later, monotonic
from mockmarket.errors import Conflict, Invalid, Refusal, SoldOut, SplitRefused
from mockmarket.seed import moments, shapes
from mockmarket.seed.problems import Problem, Where
from mockmarket.stock import Stock
from mockmarket.store import Store, Tx, endpoints, events, keys, outbox, settings
from mockmarket.store.events import Event, Venue
from mockmarket.vendor import Seeding, SeedOrder, Settings, Vendor

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

SLOW_S = 1.0
LOOK_EVERY = 100  # after how many steps the clock is looked at
MOST_IN_MEMORY = 250_000
"""Most stock rows that are kept in memory while a fixture is planted, at 400 bytes each."""
WRONG_FIELD = {SoldOut: "quantity", SplitRefused: "quantity", Conflict: "event", Invalid: "status"}
"""The field of an order that a vendor's refusal is about; the first class that matches counts."""
OF_SEATS = (SoldOut, SplitRefused)
ORDER_FIELDS = itemgetter("quantity", "status", "name", "email", "phone", "country_code", "data")
T = TypeVar("T", bound="DataclassInstance")


class Misplanted(Exception):
    """Parts of the fixture cannot be planted: `where` is the path of keys and indexes that leads to one, `others` are further ones."""

    def __init__(self, where: Where, words: str, *others: Problem) -> None:
        super().__init__(words)
        self.problems = ((where, words), *others)


class Progress:
    """Prints the progress of a slow load on standard error, if that is a terminal; silent for loads under a second. Its stages follow each
    other, each of a number of steps; steps beyond a stage's number do not count."""

    def __init__(self) -> None:
        self.every_s = SLOW_S
        self.total = self.done = self.end = 0
        self.reported = monotonic()
        self.unlooked = 0

    def stage(self, steps: int) -> None:
        """Finish the current stage and start the next."""
        self.done = self.end
        self.end += steps

    def step(self, what: str, count: int = 1) -> None:
        """Count finished steps, and print the progress at most every `every_s` seconds."""
        self.done = min(self.done + count, self.end)
        self.unlooked += count
        if self.unlooked < LOOK_EVERY and self.every_s:
            return
        self.unlooked = 0
        now = monotonic()
        if now - self.reported >= self.every_s:
            self.reported = now
            self.say(what)

    def say(self, what: str) -> None:
        """Print a line on a terminal; a failing write is ignored."""
        if sys.stderr is not None and sys.stderr.isatty():
            with suppress(OSError):
                sys.stderr.write(f"Loading {what}: {self.done} of {self.total} ({100 * self.done // self.total} %)\n")


class Rows:
    """Every stock row in the order of the fixture: from memory, or read from the database on each iteration when there
    are more than MOST_IN_MEMORY."""

    def __init__(self, tx: Tx, progress: Progress, content: shapes.Content) -> None:
        self._tx, self._progress, self._vendor = tx, progress, "stock"
        self._rows: list[Stock] = []
        self._of: defaultdict[str, list[Stock]] | None = None
        stock.add(tx, self._noted(rows_of_all(content["stock"], progress)))
        if len(self._rows) <= MOST_IN_MEMORY:
            self._of = defaultdict(list)
            for row in self._rows:
                self._of[row.event].append(row)
        else:
            self._rows.clear()

    def _noted(self, rows: Iterable[Stock]) -> Iterator[Stock]:
        for row in rows:
            if len(self._rows) <= MOST_IN_MEMORY:
                self._rows.append(row)
            yield row

    def read_by(self, vendor: str) -> "Rows":
        """Return the rows, the progress of whose reading is that of a vendor."""
        self._vendor = vendor
        return self

    def __iter__(self) -> Iterator[Stock]:
        number = 0
        for number, row in enumerate(stock.every(self._tx) if self._of is None else self._rows, 1):
            if number % LOOK_EVERY == 0:
                self._progress.step(self._vendor, LOOK_EVERY)
            yield row
        self._progress.step(self._vendor, number % LOOK_EVERY)

    def of(self, event: str) -> list[Stock]:
        """Return an event's rows in the same order."""
        rows = stock.of_event(self._tx, event) if self._of is None else self._of[event]
        self._progress.step(self._vendor, len(rows))
        return rows


def plant(
    store: Store, content: shapes.Content, vendors: Sequence[Vendor], start: int, progress: Progress | None = None
) -> None:
    """Fill a new world's database completely or, on an error, not at all. Events before the start are not announced.
    The store's listeners are the vendors; each one's rules place the fixture's orders of that vendor."""
    progress = progress or Progress()
    by_name = {vendor.name: vendor for vendor in vendors}
    listings, orders = len(content["stock"]), content["orders"]
    progress.total = len(content["events"]) + listings * (1 + 2 * len(vendors)) + len(orders)
    with store.atomic() as tx:
        tx.now = start
        with tx.without_notifying():
            plant_offers(tx, content, vendors, start, progress)
        progress.stage(len(orders))
        plant_orders(tx, orders, by_name, start, progress)
        outbox.forget(tx)
        tx.now = start
        plant_keys(tx, content["keys"], by_name, start)
        plant_endpoints(tx, content["endpoints"], start)
        for vendor, values in content["settings"].items():
            for name, value in values.items():
                settings.put(tx, vendor, name, value)


def default_settings(vendors: Sequence[Vendor]) -> Mapping[str, Settings]:
    """Return every vendor's default settings."""
    return {vendor.name: {name: setting.default for name, setting in vendor.settings.items()} for vendor in vendors}


def hosts_in(content: shapes.Content) -> dict[str, str]:
    """Return the `meta` value of the host names that a fixture gives vendors, as `VENDOR=HOST`; nothing without one."""
    pairs = [f"{vendor}={host}" for vendor, section in content["vendors"].items() for host in section.get("hosts", ())]
    return {"hosts": " ".join(pairs)} if pairs else {}


def plant_offers(tx: Tx, content: shapes.Content, vendors: Sequence[Vendor], start: int, progress: Progress) -> None:
    """Store the fixture's events and stock, and let each vendor create its records of them."""
    progress.stage(len(content["events"]))
    venues = {venue["id"]: Venue(**venue) for venue in content["venues"]}
    events.add_venues(tx, venues.values())
    shows = [event_of(number, entry, venues, start, progress) for number, entry in enumerate(content["events"])]
    events.add(tx, shows)
    progress.stage(len(content["stock"]))
    rows = Rows(tx, progress, content)
    problems: list[Problem] = []
    for vendor in vendors:
        progress.stage(steps := 2 * len(content["stock"]))  # a vendor reads the rows once or twice
        section = {name: value for name, value in content["vendors"].get(vendor.name, {}).items() if name != "hosts"}
        try:
            with blamed_on_section(vendor.name):
                vendor.records.seed(Seeding(tx, start, shows, rows.read_by(vendor.name), section))
        except Misplanted as error:
            problems += error.problems
        progress.step(vendor.name, steps)
    raise_all(problems)


def raise_all(problems: Sequence[Problem]) -> None:
    """Raise Misplanted when there are problems."""
    if problems:
        raise Misplanted(*problems[0], *problems[1:])


@contextmanager
def blamed_on_section(vendor: str) -> Iterator[None]:
    """Raise Misplanted for what a vendor refuses about its section: at the field that the refusal names as `vendors.NAME.…`."""
    try:
        yield
    except Invalid as error:
        field = next(
            (field for field, _ in error.details if field.startswith(f"vendors.{vendor}.")), f"vendors.{vendor}"
        )
        where = tuple(int(part) if part.isdecimal() else part for part in field.split("."))
        raise Misplanted(where, error.message.removeprefix(f"{field}: ")) from error


def event_of(
    number: int, entry: shapes.EventEntry, venues: Mapping[str, Venue], start: int, progress: Progress
) -> Event:
    """Return the event of an entry, with absolute dates."""
    venue = venues[entry["venue"]]
    with blamed_on("events", number, "starts"):
        begins = moments.moment(entry["starts"], start, venue.zone)
    ends = later(begins, moments.span(entry["lasts"]))
    progress.step("events")
    return Event(entry["id"], entry["name"], venue, begins, ends, entry["status"], entry["data"])


@contextmanager
def blamed_on(*where: str | int) -> Iterator[None]:
    """Raise Misplanted, with the place, for an invalid date or an order that its vendor refuses."""
    try:
        yield
    except Refusal as refusal:
        field = next((field for kind, field in WRONG_FIELD.items() if isinstance(refusal, kind)), None)
        raise Misplanted((*where, field) if field else where, refusal.message) from refusal
    except ValueError as error:
        raise Misplanted(where, str(error)) from error


@runtime_checkable
class OfRows(Protocol):
    """A section `stock` that knows the rows of its entries."""

    def rows(self) -> Iterator[Stock]:
        """Yield the rows, one for each entry."""


def rows_of_all(entries: Iterable[shapes.StockEntry] | OfRows, progress: Progress) -> Iterator[Stock]:
    """Yield the stock rows of the fixture's entries."""
    if isinstance(entries, OfRows):
        for row in entries.rows():
            yield row
            progress.step("stock")
        return
    for number, entry in enumerate(entries):
        yield from rows_of(number, entry)
        progress.step("stock")


def rows_of(number: int, entry: shapes.StockEntry) -> Iterator[Stock]:
    """Yield the stock rows of one entry: one for each section and row that it names."""
    first, count = shapes.seat_range(entry["seats"])
    for section in shapes.labels(entry["section"]):
        for place, row in enumerate(shapes.labels(entry["row"])):
            yield Stock(
                id=f"s{number + 1}-{shapes.row_id(section, row)}",
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
    tx: Tx, orders: Sequence[shapes.OrderEntry], vendors: Mapping[str, Vendor], start: int, progress: Progress
) -> None:
    """Place and advance each order of the fixture by its vendor's own rules, in the order of their dates."""
    named = {order["event"] for order in orders}
    rows = {(event, row.section, row.row): row.id for event in named for row in stock.of_event(tx, event)}
    dated, problems = dated_orders(orders, start)
    doubtful: set[str] = set()  # rows of which a refused order may have taken seats
    for at, number, order in sorted(dated, key=itemgetter(0, 1)):
        tx.now = at
        row = rows[order["event"], order["section"], order["row"]]
        try:
            with blamed_on("orders", number):
                vendors[order["vendor"]].records.place(tx, SeedOrder(row, *ORDER_FIELDS(order)))
        except Misplanted as error:
            if row not in doubtful or not isinstance(error.__cause__, OF_SEATS):
                problems += error.problems
            doubtful.add(row)
        progress.step("orders")
    raise_all(problems)


def dated_orders(
    orders: Sequence[shapes.OrderEntry], start: int
) -> tuple[list[tuple[int, int, shapes.OrderEntry]], list[Problem]]:
    """Return when each order was placed, its number and itself, and what is wrong with the dates of others."""
    dated: list[tuple[int, int, shapes.OrderEntry]] = []
    problems: list[Problem] = []
    for number, order in enumerate(orders):
        try:
            dated.append((placed_at(number, order, start), number, order))
        except Misplanted as error:
            problems += error.problems
    return dated, problems


def placed_at(number: int, order: shapes.OrderEntry, start: int) -> int:
    """Return when an order was placed, in epoch ms; Misplanted when that is after the world's start."""
    with blamed_on("orders", number, "at"):
        if (at := moments.moment(order["at"], start)) <= start:
            return at
        after = f"{order['at']!r} is after the world's start ({iso_s(start)})"
        raise ValueError(f"{after}; an order was placed before it.")


def record_of(record: type[T], entry: Mapping[str, Any], **others: Any) -> T:
    """Return a record from an entry's members of the same names, and further values."""
    names = {field.name for field in fields(record)} - set(others)
    return record(**{name: value for name, value in entry.items() if name in names}, **others)


def plant_keys(tx: Tx, entries: Sequence[shapes.KeyEntry], vendors: Mapping[str, Vendor], start: int) -> None:
    """Store the fixture's keys, hashed."""
    for key, entry in keys_of(entries, vendors, start):
        keys.put(tx, key)
        own = vendors[key.vendor].webhooks.key_signs
        keys.follow_callback(tx, key, entry["secret"] if own else entry["callback_secret"])


def keys_of(
    entries: Sequence[shapes.KeyEntry], vendors: Mapping[str, Vendor], start: int
) -> Iterator[tuple[keys.Key, shapes.KeyEntry]]:
    """Yield the fixture's keys, each with its entry."""
    for number, entry in enumerate(entries):
        vendor, scopes = vendors[entry["vendor"]], entry["scopes"]
        with blamed_on("keys", number, "expires"):
            expires = None if entry["expires"] is None else moments.moment(entry["expires"], start)
        key = record_of(
            keys.Key,
            entry,
            id=f"key_{vendor.name}_{number + 1}",
            hash=keys.digest(entry["secret"]),
            hint=keys.hint(entry["secret"]),
            scopes=tuple(scope.name for scope in vendor.api.scopes) if scopes == "all" else tuple(scopes),
            ip_allowlist=read_allowlist(entry["ip_allowlist"]),
            expires_at=expires,
            created_at=start,
        )
        yield key, entry


def plant_endpoints(tx: Tx, entries: Sequence[shapes.EndpointEntry], start: int) -> None:
    """Store the fixture's endpoints."""
    for number, entry in enumerate(entries):
        id = f"end_{entry['vendor']}_{number + 1}"
        types = None if entry["types"] is None else tuple(entry["types"])
        times = {"created_at": start, "updated_at": start}
        endpoints.put(tx, record_of(endpoints.Endpoint, entry, id=id, types=types, **times))
