"""A house's plan: an event's sections and rows with each seat free, held or sold, and by whom. Drawn from stock; reads no store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mockmarket.dashboard.formats import visible
from mockmarket.stock import Stock

MOST_SEATS = 500
"""The longest row whose seats are drawn one by one; of a longer one, the first so many."""
MOST_ROWS = 150
"""How many rows of one section are drawn."""
MOST_OPEN = 40
"""How many sections can be open at once."""
OPEN_BELOW = 600
"""An event with no more seats than this is shown with every section open."""
ONLY = {"": "Every seat", "taken": "Sold or held", "sold": "Sold", "held": "Held"}
LETTERS = {"sold": "S", "held": "H"}

Taken = tuple[str, int, str, str, str]
"""A seat that is not free: (stock id, number, held or sold, vendor, record)."""
Standing = tuple[str, str, str, str, int]
"""Whose general admission it is: (stock id, held or sold, vendor, record, how many)."""
Links = Mapping[tuple[str, str], str]
"""The pages of orders by (vendor, record)."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat: `mark` is what stands in it, `told` what it is in words, `link` its order's page if it is an order's."""

    state: str
    mark: str
    told: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Part of general admission: who has how many."""

    state: str
    vendor: str
    record: str
    quantity: int
    link: str


@dataclass(frozen=True, slots=True)
class Row:
    """One stock row: its seats, or for general admission who has part of it; `left_out` is how many seats are not drawn."""

    stock: Stock
    seats: tuple[Seat, ...]
    parts: tuple[Part, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How many seats there are: in all, held, sold."""

    total: int
    held: int
    sold: int

    @property
    def free(self) -> int:
        """How many can be bought."""
        return self.total - self.held - self.sold


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its rows when it is open, `left_out` how many more there are; prices in minor units, least and most."""

    name: str
    tally: Tally
    prices: tuple[int, int]
    currency: str
    open: bool
    rows: tuple[Row, ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Claims:
    """Whose seats are whose: seats by (stock id, number), general admission by stock id, and the pages of orders.

    `came` tells as whose record a seat was last held or sold by the ledger: an order, where the seat is by now a ticket's of it.
    """

    seats: Mapping[tuple[str, int], tuple[str, str, str]]
    general: Mapping[str, Sequence[Standing]]
    came: Mapping[tuple[str, int], tuple[str, str]]
    links: Links
    titles: Mapping[str, str]


def claims(
    taken: Iterable[Taken], standing: Iterable[Standing], came: Mapping[tuple[str, int], tuple[str, str]], links: Links,
    titles: Mapping[str, str],
) -> Claims:  # fmt: skip
    """Return whose seats are whose, to be looked up; `titles` is what people call the vendors."""
    general: dict[str, list[Standing]] = {}
    for standing_row in standing:
        general.setdefault(standing_row[0], []).append(standing_row)
    seats = {(stock, number): (state, vendor, record) for stock, number, state, vendor, record in taken}
    return Claims(seats, general, came, links, titles)


def tally(rows: Iterable[Stock]) -> Tally:
    """Count seats."""
    listed = list(rows)
    return Tally(
        sum(listing.total for listing in listed),
        sum(listing.held for listing in listed),
        sum(listing.sold for listing in listed),
    )


def sections(stock: Iterable[Stock], whose: Claims, opened: Sequence[str], only: str) -> list[Section]:
    """Return an event's sections in the order of the fixture, those that are opened with their rows."""
    grouped: dict[str, list[Stock]] = {}
    for listing in stock:
        if listing.total:
            grouped.setdefault(listing.section, []).append(listing)
    fitting = {name: [row for row in rows if fits(row, only)] for name, rows in grouped.items()}
    return [section(name, grouped[name], rows, whose, name in opened) for name, rows in fitting.items() if rows]


def fits(row: Stock, only: str) -> bool:
    """Tell whether a row has any seat of the state that is asked for."""
    return bool({"": row.total, "taken": row.sold + row.held, "sold": row.sold, "held": row.held}[only])


def section(name: str, every: Sequence[Stock], shown: Sequence[Stock], whose: Claims, opened: bool) -> Section:
    """Return one section, with the rows that are to be shown if it is open."""
    prices = [listing.price for listing in every]
    rows = tuple(row(listing, whose) for listing in shown[:MOST_ROWS]) if opened else ()
    left_out = len(shown) - len(rows) if opened else 0
    return Section(name, tally(every), (min(prices), max(prices)), every[0].currency, opened, rows, left_out)


def row(stock: Stock, whose: Claims) -> Row:
    """Return one row with its seats, or with who has part of it."""
    if stock.first_seat is None:
        parts = [
            Part(state, vendor, record, quantity, whose.links.get((vendor, record), ""))
            for _, state, vendor, record, quantity in whose.general.get(stock.id, ())
        ]
        return Row(stock, (), tuple(parts))
    drawn = min(stock.total, MOST_SEATS)
    seats = tuple(seat(stock, number, whose) for number in range(stock.first_seat, stock.first_seat + drawn))
    return Row(stock, seats, (), stock.total - drawn)


def seat(stock: Stock, number: int, whose: Claims) -> Seat:
    """Return one seat: its number while it is free, a letter when it is somebody's."""
    state, vendor, record = whose.seats.get((stock.id, number), ("free", "", ""))
    place = f"Seat {number}, row {stock.row}, section {stock.section}"
    if not vendor:
        return Seat(state, str(number), visible(f"{place}: free. {money_of(stock)}"))
    came = whose.came.get((stock.id, number), (vendor, record))
    by = f"{record} of {came[1]}" if came[0] == vendor and came[1] != record else record
    title = visible(f"{place}: {state} through {whose.titles.get(vendor, vendor)}, {by}. {money_of(stock)}")
    return Seat(state, LETTERS[state], title, whose.links.get((vendor, record)) or whose.links.get(came, ""))


def money_of(stock: Stock) -> str:
    """Write what a seat costs."""
    return f"{stock.price / 100:,.2f} {stock.currency}"
